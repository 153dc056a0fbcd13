// Taking the picture. Stacks of fibers are walked by frame pointers, which everything that is compiled with the program
// keeps.
#include "runtime/sched/survey.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/channel.h"
#include "runtime/sched/pause.h"
#include "runtime/sched/poll.h"
#include "runtime/sched/sim.h"
#include "runtime/sched/task.h"

enum { STACK_LIMIT = 48, CASES_LIMIT = 16, MAILBOX_LIMIT = 1000000, SLACK = 1024 };

// ── Memory: address space for the most there can be, of which only what is used becomes memory ──────────────────
static void count_fiber(QzFiber *fiber, void *to) { (void)fiber, ++*(uint32_t *)to; }

bool qz_survey_begin(QzSurvey *survey) {
  uint32_t fibers = 0;
  qz_fibers_each(count_fiber, &fibers);
  *survey = (QzSurvey){.room = fibers + qz_registry_size() + qz_sched_queue_room() + SLACK};
  size_t seen = survey->room * sizeof *survey->seen;
  size_t each = STACK_LIMIT * sizeof(void *) + CASES_LIMIT * sizeof(QzSeenWait);
  survey->memory_size = seen + (fibers + SLACK) * each;
  survey->memory =
      mmap(NULL, survey->memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (survey->memory == MAP_FAILED) return false;
  survey->seen = survey->memory;
  survey->next = (char *)survey->memory + seen;
  survey->end = (char *)survey->memory + survey->memory_size;
  return true;
}

void qz_survey_end(QzSurvey *survey) { munmap(survey->memory, survey->memory_size); }

static void *take_memory(QzSurvey *survey, size_t size) {
  if ((size_t)(survey->end - survey->next) < size) return NULL;
  void *memory = survey->next;
  survey->next += size;
  return memory;
}

static QzSeen *add(QzSurvey *survey, QzSeen seen) {
  if (survey->size == survey->room) return NULL;
  survey->seen[survey->size] = seen;
  return &survey->seen[survey->size++];
}

// ── What it waits for ───────────────────────────────────────────────────────────────────────────────────────────
static QzSeenWait see_channel(QzWaits what, const QzChannel *channel) {
  return (QzSeenWait){.what = what, .room = qz_channel_room(channel), .size = qz_channel_size_now(channel)};
}

static QzSeenWait see_actor_wait(QzWaits what, const QzActor *actor) {
  return (QzSeenWait){.what = what, .actor = actor->kind->name, .id = actor->id};
}

static QzSeenWait see_wait(uintptr_t waits) {
  QzWaits what = qz_waits_kind(waits);
  const void *thing = qz_waits_thing(waits);
  switch (what) {
    case QZ_FOR_RECEIVE: case QZ_FOR_SEND: return see_channel(what, thing);
    case QZ_FOR_TASK: return (QzSeenWait){.what = what, .site = ((const QzTask *)thing)->served.site};
    case QZ_FOR_CALL: case QZ_FOR_ROOM: case QZ_FOR_STOP: case QZ_FOR_JOIN: return see_actor_wait(what, thing);
    case QZ_FOR_INPUT: case QZ_FOR_OUTPUT: return (QzSeenWait){.what = what, .fd = ((const QzSlot *)thing)->fd};
    case QZ_FOR_SHARED_INPUT: return (QzSeenWait){.what = what, .fd = (int)(uintptr_t)thing};
    case QZ_FOR_NOTHING: case QZ_FOR_TIME: case QZ_FOR_SELECT: case QZ_FOR_SCOPE: case QZ_FOR_MUTEX:
    case QZ_FOR_READ_LOCK: case QZ_FOR_WRITE_LOCK: case QZ_FOR_SEMAPHORE: case QZ_FOR_NAME: break;
  }
  return (QzSeenWait){.what = what};
}

static QzSeenWait see_case(const QzSelectCase *item) {
  if (item->task) return see_wait(qz_waits_word(QZ_FOR_TASK, item->task));
  return see_wait(qz_waits_word(item->sends ? QZ_FOR_SEND : QZ_FOR_RECEIVE, item->channel));
}

static void see_cases(QzSurvey *survey, QzSeen *seen, const QzSelecting *selecting) {
  uint32_t count = selecting->count < CASES_LIMIT ? selecting->count : CASES_LIMIT;
  QzSeenWait *cases = take_memory(survey, count * sizeof *cases);
  if (!cases) return;
  for (uint32_t i = 0; i < count; i++) cases[i] = see_case(&selecting->cases[i]);
  seen->cases = cases;
  seen->case_count = selecting->count;
}

// ── What is on a stack ──────────────────────────────────────────────────────────────────────────────────────────
// Of a worker that runs it; UINT32_MAX: of none.
static uint32_t runner_of(const QzFiber *fiber) {
  for (uint32_t i = 0; i < qz_sched_workers(); i++)
    if (qz_sched_worker(i)->fiber == fiber) return i;
  return UINT32_MAX;
}

// Where the stack ends that the fiber stands for, if the stack pointer lies on it; else NULL: a worker that is paused
// between two stacks may not be where it says. Between stack pointer and end all is memory.
static const void *end_of(const QzFiber *fiber, const void *stack_pointer) {
  enum { FIRST_STACK_MOST = 64 << 20 };
  bool is_first = fiber == &qz_sched_worker(0)->home;
  const void *end = is_first ? qz_main_frame : fiber;
  uintptr_t size = (uintptr_t)end - (uintptr_t)stack_pointer;
  return size < (is_first ? FIRST_STACK_MOST : QZ_STACK_SIZE) ? end : NULL;
}

static void see_stack(QzSurvey *survey, QzSeen *seen, const QzFiber *fiber, const QzPausedAt *at) {
  void **stack = take_memory(survey, STACK_LIMIT * sizeof *stack);
  if (!stack) return;
  const void *end = end_of(fiber, at->stack_pointer);
  seen->stack = stack;
  void *first = end && at->frame >= at->stack_pointer ? at->frame : NULL;
  seen->stack_size = (uint32_t)qz_trace_frames(at->instruction, first, end, stack, STACK_LIMIT);
  survey->next = (char *)(stack + seen->stack_size);
}

static void see_left_stack(QzSurvey *survey, QzSeen *seen, const QzFiber *fiber, void *stack_pointer) {
  QzPausedAt at = {.stack_pointer = stack_pointer};
  if (!end_of(fiber, stack_pointer)) return;
  qz_stack_left_at(stack_pointer, &at.instruction, &at.frame);
  see_stack(survey, seen, fiber, &at);
}

static void see_own_stack(QzSurvey *survey, QzSeen *seen, const QzFiber *fiber) {
  void **frame = __builtin_frame_address(0);
  const QzPausedAt at = {.instruction = qz_trace_call((uintptr_t)frame[1]), .frame = frame[0], .stack_pointer = frame};
  see_stack(survey, seen, fiber, &at);
}

static void see_running_stack(QzSurvey *survey, QzSeen *seen, const QzFiber *fiber, uint32_t number) {
  QzPausedAt at;
  void *sim_stack = qz_sched_worker(number)->sim_stack;
  if (qz_worker() && qz_worker()->number == number) see_own_stack(survey, seen, fiber);
  else if (qz_sim_on && sim_stack) see_left_stack(survey, seen, fiber, sim_stack);
  else if (qz_paused_at(number, &at)) see_stack(survey, seen, fiber, &at);
}

// Its worker is paused between the decision to leave it and the change to another stack.
static bool is_being_left(const QzFiber *fiber) {
  for (uint32_t i = 0; i < qz_sched_workers(); i++)
    if (qz_sched_worker(i)->left == fiber) return true;
  return false;
}

// What runs, or stands, on a fiber.
static void see_on_fiber(QzSurvey *survey, QzSeen seen, QzFiber *fiber) {
  uint64_t state = atomic_load_explicit(&fiber->claim, memory_order_acquire) & QZ_STATE_MASK;
  uint32_t worker = runner_of(fiber);
  bool waits = (state == QZ_WAITS || state == QZ_PREPARES) && worker == UINT32_MAX;
  seen.state = waits ? QZ_SEEN_WAITS : worker != UINT32_MAX ? QZ_SEEN_RUNS : QZ_SEEN_READY;
  seen.worker = worker;
  if (waits) seen.wait = see_wait(fiber->waits);
  QzSeen *added = add(survey, seen);
  if (!added) return;
  if (seen.wait.what == QZ_FOR_SELECT) see_cases(survey, added, qz_waits_thing(fiber->waits));
  if (seen.state == QZ_SEEN_RUNS) see_running_stack(survey, added, fiber, worker);
  else if (!is_being_left(fiber)) see_left_stack(survey, added, fiber, fiber->stack_pointer);
}

// ── Who there is ────────────────────────────────────────────────────────────────────────────────────────────────
// A stack without anybody on it is a spare one, or that of a worker's loop.
static void see_fiber(QzFiber *fiber, void *to) {
  const QzServed *served = atomic_load_explicit(&fiber->serves, memory_order_acquire);
  if (!served || served->reason != QZ_WAKE_CANCELLED) return;
  see_on_fiber(to, (QzSeen){.what = QZ_SEEN_TASK, .who = served, .site = served->site}, fiber);
}

static void see_actor(QzActor *actor, void *to) {
  QzSeen seen = {.what = QZ_SEEN_ACTOR, .who = actor, .kind = actor->kind->name, .id = actor->id,
                 .site = actor->served.site, .state = QZ_SEEN_READY};
  seen.restarts = qz_actor_restarts(actor);
  seen.mailbox = qz_mailbox_count(&actor->mailbox, MAILBOX_LIMIT);
  QzFiber *fiber = atomic_load_explicit(&actor->served.fiber, memory_order_acquire);
  if (fiber) {
    see_on_fiber(to, seen, fiber);
    return;
  }
  if (qz_mailbox_rests(&actor->mailbox)) seen.state = QZ_SEEN_RESTS;
  add(to, seen);
}

static void see_queued(QzRunnable *runnable, void *to) {
  const QzServed *task = qz_task_to_begin(runnable);
  if (!task) return;
  add(to, (QzSeen){.what = QZ_SEEN_TASK, .state = QZ_SEEN_TO_BEGIN, .who = task, .site = task->site});
}

void qz_survey_take_worker(QzSurvey *survey, uint32_t number) {
  QzWorker *worker = qz_sched_worker(number);
  const QzServed *served = atomic_load_explicit(&worker->fiber->serves, memory_order_acquire);
  if (worker->fiber == &qz_sched_worker(0)->home) see_on_fiber(survey, (QzSeen){.what = QZ_SEEN_MAIN}, worker->fiber);
  else if (served && served->reason == QZ_WAKE_STOPPED) see_actor(qz_actor_served(served), survey);
  else if (served) see_fiber(worker->fiber, survey);
}

void qz_survey_take(QzSurvey *survey) {
  survey->workers = qz_sched_workers();
  see_on_fiber(survey, (QzSeen){.what = QZ_SEEN_MAIN}, &qz_sched_worker(0)->home);
  qz_fibers_each(see_fiber, survey);
  qz_registry_each(see_actor, survey);
  qz_sched_each_ready(see_queued, survey);
}
