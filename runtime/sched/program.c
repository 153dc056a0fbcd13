// What compiled programs call: tasks and channels as the language has them. The scheduler begins with the first of
// them, so that a program without tasks pays nothing.
#include <stdlib.h>
#include <string.h>

#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/object.h"
#include "runtime/sched/channel.h"
#include "runtime/sched/deadlock.h"
#include "runtime/sched/dump.h"
#include "runtime/sched/io.h"
#include "runtime/sched/leaks.h"
#include "runtime/sched/monitor.h"
#include "runtime/sched/program.h"
#include "runtime/sched/scope.h"
#include "runtime/sched/served.h"
#include "runtime/sched/sim.h"
#include "runtime/sched/sim_descriptor.h"
#include "runtime/sched/sync.h"
#include "runtime/sched/task.h"
#include "runtime/sched/trace_events.h"

enum { ADDED_WORKERS = 32 };  // at most, while others are in C code

uint32_t qz_program_workers_limit = UINT32_MAX;
void (*qz_stop_actors)(void);
void (*qz_end_kinds)(void);
void (*qz_end_hooks)(void);

// Used by the worker that has the number, and nobody else.
static struct {
  _Alignas(64) _Atomic uint64_t started;  // tasks, here; and that have ended here
  _Atomic uint64_t ended;
  struct Choice *choice;                  // of a select that is over, for the next one
} of_workers[QZ_WORKERS_LIMIT];

static void count_one(_Atomic uint64_t *counter) {
  QZ_STORE(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, release);
}

// What has ended is summed up first, and who sees an end sees the start before it: the sums are equal only if at some
// moment no task was left.
static bool has_unfinished(void) {
  uint64_t started = 0, ended = 0;
  for (int i = 0; i < QZ_WORKERS_LIMIT; i++) ended += QZ_LOAD(&of_workers[i].ended, acquire);
  for (int i = 0; i < QZ_WORKERS_LIMIT; i++) started += QZ_LOAD(&of_workers[i].started, acquire);
  return started != ended;
}

// ── Beginning and end ───────────────────────────────────────────────────────────────────────────────────────────
static uint32_t workers_wanted(void) {
  const char *text = getenv("QUARTZ_WORKERS");
  long count = text ? strtol(text, NULL, 10) : 0;
  if (count <= 0) count = (long)qz_cpu_count();
  return (uint64_t)count < qz_program_workers_limit ? (uint32_t)count : qz_program_workers_limit;
}

static bool start_seeded(uint32_t workers) {
  const char *text = getenv("QUARTZ_SCHED_SEED");
  QzSimPlan plan = {.seed = text ? strtoull(text, NULL, 10) : 0, .policy = QZ_SIM_WALK};
  bool has_started = !text || qz_sim_start(&plan, workers);
  if (text && has_started) qz_clocks_follow(qz_now);
  qz_sim_fd_on = false;
  return has_started;
}

// A program ends with its main; tasks and actors that are about to end may do so where somebody counts what is left.
// Once at least: this worker's own queue runs only while main waits.
static void wait_a_little(void) {
  if (!qz_live_objects) return;
  int waits = 0;
  do qz_sleep_until(qz_now() + 1000000);
  while (++waits < 100 && (has_unfinished() || !qz_sched_is_quiet()));
}

static void print_statistics(void) {
  const char *wanted = getenv("QUARTZ_STATS");
  if (wanted && strcmp(wanted, "1") == 0) qz_error_printf("rescues: %u\n", qz_monitor_rescues());
}

static bool end(void) {
  if (qz_stop_actors) qz_stop_actors();
  wait_a_little();
  qz_leaks_report();
  print_statistics();
  qz_monitor_stop();
  qz_events_write();
  if (has_unfinished()) return false;
  qz_awaiter = NULL;
  qz_mutex_taker = qz_mutex_giver = NULL;
  qz_clocks_follow(NULL);
  qz_sched_stop();
  if (qz_end_kinds) qz_end_kinds();
  if (qz_end_hooks) qz_end_hooks();
  return true;
}

static void sleep_as_task(int64_t nanoseconds) {
  if (!qz_sleep_until(qz_now() + nanoseconds)) qz_cancelled();
}

_Static_assert(sizeof(QzMutex) == 4 * sizeof(uint64_t), "the library has four words for a lock");

static void take_mutex(void *mutex) {
  if (qz_mutex_lock(mutex) == QZ_LOCK_STOPPED) qz_cancelled();
}

static void give_mutex(void *mutex) { qz_mutex_unlock(mutex, false); }

void qz_program_begin(void) {
  uint32_t workers = workers_wanted();
  uint32_t most = workers + ADDED_WORKERS;
  if (most > qz_program_workers_limit) most = qz_program_workers_limit;
  if (!start_seeded(workers) || !qz_sched_start_growing(workers, most)) qz_panic_text("out of memory for tasks");
  qz_sched_when_stuck(qz_deadlock_report);
  qz_events_start();
  qz_monitor_start();
  qz_end_tasks = end;
  qz_sleeper = sleep_as_task;
  qz_awaiter = qz_io_await;
  qz_unwinder = qz_cancelled;
  qz_mutex_taker = take_mutex;
  qz_mutex_giver = give_mutex;
}

int64_t qz_deadline(int64_t milliseconds) {
  int64_t nanoseconds, deadline;
  if (milliseconds == 0) return 0;
  bool is_far = milliseconds < 0 || __builtin_mul_overflow(milliseconds, 1000000, &nanoseconds) ||
                __builtin_add_overflow(qz_now(), nanoseconds, &deadline);
  return is_far ? QZ_FOREVER : deadline;
}

// ── Values on their way ─────────────────────────────────────────────────────────────────────────────────────────
// One a fiber: a value stands there between a program's variable and the inside of a channel or task.
void *qz_value_slot(int64_t bytes) {
  qz_program_enter();
  QzFiber *fiber = qz_worker()->fiber;
  if (fiber->slot_room >= (size_t)bytes) return fiber->slot;
  void *larger = realloc(fiber->slot, (size_t)bytes);
  if (!larger) qz_panic_text("out of memory for a value that crosses to another task");
  fiber->slot = larger;
  fiber->slot_room = (size_t)bytes;
  return larger;
}

// ── Tasks ───────────────────────────────────────────────────────────────────────────────────────────────────────
typedef enum GoState {
  GO_RUNS,
  GO_HAS_VALUE,
  GO_TAKEN,
  GO_PANICKED,
  GO_CANCELLED,
  GO_ABANDONED,  // nobody will ask for the value
} GoState;

// In task.state one of these.
typedef struct QzGo {
  QzTask task;
  union {
    struct {
      QzClosure *run;   // of (the task's QzGo), immortal: calls the body and puts its value in place
      QzClosure *body;  // run is NULL: it was called, and has gone
    };
    struct {
      QzString *message, *place;  // of the panic, when it has ended
    };
  };
  _Alignas(16) uint8_t value[];
} QzGo;

static void free_go(QzTask *task) {
  QzGo *go = (QzGo *)task;
  if (atomic_load_explicit(&task->state, memory_order_relaxed) == GO_PANICKED) {
    qz_string_release(go->message);
    qz_string_release(go->place);
  }
  qz_heap_free(go);
}

void qz_release_closure(QzClosure *closure) {
  if (!closure) return;
  QzObject *object = &closure->header;
  if (qz_object_count(object) > 0 ? --object->count == 0 : qz_release_slow(object)) qz_release_dynamic(object);
}

static void drop_body(void *argument) { qz_release_closure(((QzGo *)argument)->body); }

static void run_body(void *argument) {
  QzGo *go = argument;
  if (qz_task_is_asked_to_end(&go->task)) qz_cancelled();  // before it began
  QzClosure *run = go->run;
  go->run = NULL;
  ((void (*)(QzClosure *, QzGo *))run->code)(run, go);
}

// A body that never ran goes without anybody who could end its waits.
static void drop_unused_body(QzGo *go) {
  qz_served_hide();
  (void)qz_panic_guard(drop_body, go, true);
  qz_served_show();
}

static bool ends_as(QzGo *go, uint8_t state) {
  uint8_t runs = GO_RUNS;
  return QZ_SWAP_IF(&go->task.state, &runs, state, acq_rel);
}

// Nobody looks at the strings before the task has ended, and only if its state says that they are there.
static void note_panic(QzGo *go, QzString *message) {
  qz_event_who(QZ_EVENT_CRASH, qz_served_here());
  go->message = message;
  go->place = NULL;
  if (!ends_as(go, GO_PANICKED)) return;
  qz_retain_slow(&message->header);
  go->place = qz_string_share(qz_panic_place());
}

static void end_go(QzTask *task, QzUnwound how, QzString *message) {
  QzGo *go = (QzGo *)task;
  if (go->run) drop_unused_body(go);
  count_one(&of_workers[qz_worker()->number].ended);
  if (how == QZ_UNWOUND_BY_PANIC) note_panic(go, message);
  else if (how == QZ_UNWOUND_BY_CANCEL) ends_as(go, GO_CANCELLED);
}

static const QzTaskKind goes = {.body = run_body, .ended = end_go, .free = free_go};

void *qz_go(void *scope, QzClosure *run, const void *slot, int64_t value_size) {
  qz_program_enter();
  QzGo *go = qz_heap_alloc(sizeof *go + (size_t)value_size);
  if (!go) qz_panic_text("out of memory for a task");
  QzSite of_race = scope ? ((QzScope *)scope)->site : 0;
  qz_task_init(&go->task, &goes, of_race ? of_race : QZ_SITE_HERE(0));
  go->run = run;
  memcpy(&go->body, slot, sizeof go->body);
  count_one(&of_workers[qz_worker()->number].started);
  if (scope) qz_scope_add(scope, &go->task);
  qz_task_set_off(&go->task);
  return go;
}

void *qz_go_body(void *go) { return &((QzGo *)go)->body; }

void *qz_go_value(void *go) { return ((QzGo *)go)->value; }

int32_t qz_go_finish(void *go) {
  uint8_t state = QZ_LOAD(&((QzTask *)go)->state, acquire);
  return state == GO_RUNS && ends_as(go, GO_HAS_VALUE);
}

int32_t qz_go_abandon(void *self) {
  QzTask *task = self;
  uint8_t state = QZ_LOAD(&task->state, acquire);
  if (state == GO_RUNS) QZ_SWAP_IF(&task->state, &state, GO_ABANDONED, acq_rel);
  if (state == GO_HAS_VALUE) return true;
  qz_task_release(task);
  return false;
}

void qz_go_release(void *go) { qz_task_release(go); }

// Of several that ended because of one panic, only that one is told.
int32_t qz_go_wait(void *self) {
  QzTask *task = self;
  if (!qz_task_join(task)) qz_cancelled();
  uint8_t state = GO_HAS_VALUE;
  if (QZ_SWAP_IF(&task->state, &state, GO_TAKEN, acq_rel)) return QZ_GO_VALUE;
  if (state == GO_TAKEN) return QZ_GO_TAKEN;
  if (qz_served_asked_here()) qz_cancelled();
  return state == GO_PANICKED ? QZ_GO_PANICKED : QZ_GO_CANCELLED;
}

int32_t qz_go_has_ended(void *go) { return qz_task_has_ended(go); }

void qz_go_cancel(void *go) { qz_task_cancel(go); }

// Of one that panicked.
static QzString *owned(QzString *text) {
  if (text) qz_retain_slow(&text->header);
  return text ? text : qz_string_of("");
}

QzString *qz_go_message(void *go) { return owned(((QzGo *)go)->message); }

QzString *qz_go_place(void *go) { return owned(((QzGo *)go)->place); }

// ── Channels ────────────────────────────────────────────────────────────────────────────────────────────────────
void *qz_chan_new(int64_t value_size, int64_t room) {
  qz_program_enter();
  bool fits = room >= 0 && room <= INT32_MAX && value_size <= INT32_MAX;
  QzChannel *channel = fits ? qz_channel_new((uint32_t)value_size, (uint32_t)room) : NULL;
  if (!channel) qz_panic_text("out of memory for a channel");
  return channel;
}

int32_t qz_chan_end(void *channel) {
  if (qz_channel_size_now(channel)) return false;
  qz_channel_free(channel);
  return true;
}

int32_t qz_chan_send(void *channel, const void *slot) { return qz_channel_send(channel, slot); }
int32_t qz_chan_receive(void *channel, void *slot) {
  QzChannelResult result = qz_channel_receive(channel, slot);
  if (result == QZ_CHANNEL_STOPPED) qz_cancelled();
  return result;
}

int32_t qz_chan_try_send(void *channel, const void *slot) { return qz_channel_try_send(channel, slot); }
int32_t qz_chan_try_receive(void *channel, void *slot) { return qz_channel_try_receive(channel, slot); }
int32_t qz_chan_close(void *channel) { return qz_channel_close(channel); }
int64_t qz_chan_size(void *channel) { return qz_channel_size(channel); }

// ── Select ──────────────────────────────────────────────────────────────────────────────────────────────────────
// A value of a few bytes, as most are, has its slot there; a larger one has memory of its own.
typedef struct Slot {
  _Alignas(16) uint8_t bytes[16];
} Slot;

typedef struct Choice {
  int32_t size, room;      // of the cases that came; and of all that may
  bool has_larger_values;
  QzSelectCase *cases;     // behind the slots
  Slot slots[];
} Choice;

enum { USUAL_CASES = 16 };

static Choice *choice_for(int32_t cases) {
  size_t bytes = sizeof(Choice) + (size_t)cases * (sizeof(Slot) + sizeof(QzSelectCase));
  Choice *choice = qz_heap_alloc(QZ_HEAP_ALIGNED(bytes));
  if (!choice) qz_panic_text("out of memory for a select");
  choice->room = cases;
  choice->cases = (QzSelectCase *)(choice->slots + cases);
  return choice;
}

// A worker keeps the last one that is done, if it is of the usual size.
void *qz_choice_new(int64_t cases) {
  qz_program_enter();
  Choice **kept = &of_workers[qz_worker()->number].choice, *choice = *kept;
  if (cases <= USUAL_CASES && choice) *kept = NULL;
  else choice = choice_for(cases <= USUAL_CASES ? USUAL_CASES : (int32_t)cases);
  choice->size = 0;
  choice->has_larger_values = false;
  return choice;
}

static void *larger_slot(Choice *choice, int64_t value_size) {
  void *own = qz_heap_alloc(QZ_HEAP_ALIGNED((size_t)value_size));
  if (!own) qz_panic_text("out of memory for a select");
  choice->has_larger_values = true;
  return own;
}

// Gives where its value stands.
static inline void *add_case(Choice *choice, void *channel, bool sends, int64_t value_size) {
  void *value = &choice->slots[choice->size];
  if (value_size > (int64_t)sizeof(Slot)) value = larger_slot(choice, value_size);
  QzSelectCase *added = &choice->cases[choice->size++];
  added->task = NULL;
  added->channel = channel;
  added->sends = sends;
  added->value = value;
  return value;
}

void qz_choice_receive(void *choice, void *channel, int64_t value_size) {
  add_case(choice, channel, false, value_size);
}

void qz_choice_send(void *choice, void *channel, const void *slot, int64_t value_size) {
  memcpy(add_case(choice, channel, true, value_size), slot, (size_t)value_size);
}

void qz_choice_task(void *self, void *go) {
  Choice *choice = self;
  QzSelectCase *added = &choice->cases[choice->size++];
  added->task = go;
  added->value = NULL;
}

int64_t qz_choice_wait(void *self, int64_t milliseconds) {
  Choice *choice = self;
  return qz_select(choice->cases, (uint32_t)choice->size, qz_deadline(milliseconds));
}

int32_t qz_choice_is_closed(void *choice, int64_t number) {
  return ((Choice *)choice)->cases[number].result == QZ_CHANNEL_CLOSED;
}

void *qz_choice_value(void *choice, int64_t number) { return ((Choice *)choice)->cases[number].value; }

static void free_larger_values(const Choice *choice) {
  for (int32_t i = 0; i < choice->size; i++)
    if (!choice->cases[i].task && choice->cases[i].value != &choice->slots[i]) qz_heap_free(choice->cases[i].value);
}

void qz_choice_free(void *self) {
  Choice *choice = self, **kept = &of_workers[qz_worker()->number].choice;
  if (choice->has_larger_values) free_larger_values(choice);
  if (choice->room == USUAL_CASES && !*kept) *kept = choice;
  else qz_heap_free(choice);
}

// ── Waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_tasks_dump(void) {
  qz_program_enter();
  qz_dump();
}

void qz_go_yield(void) {
  if (!qz_worker()) return;
  qz_yield();
  if (qz_served_asked_here()) qz_cancelled();
}

void qz_go_unwind(void) { qz_cancelled(); }

// Who asks in a loop that never waits keeps its worker from what would cancel it: timers, and other tasks.
int32_t qz_go_is_cancelled(void) {
  if (!qz_worker()) return false;
  qz_timers_run(&qz_worker()->timers, qz_now());
  qz_yield();
  return qz_served_asked_here();
}
