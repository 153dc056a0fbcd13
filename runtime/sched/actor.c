// An actor's run: signals first, then messages, in batches; crashes and restarts in between; in the end, idle.
#include <stdlib.h>
#include <string.h>

#include "runtime/object.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/sim.h"
#include "runtime/sched/task.h"
#include "runtime/sched/trace_events.h"

enum { BATCH = 100, LOOK_AFTER = 64 };

static void *allocate(size_t size) {
  void *memory = qz_heap_alloc(size);
  if (!memory) qz_panic_text("out of memory for an actor");
  return memory;
}

void *qz_actor_allocate(size_t size) { return memset(allocate(size), 0, size); }

QzLife *qz_actor_life(QzActor *actor) {
  if (!actor->life) actor->life = qz_actor_allocate(sizeof *actor->life);
  return actor->life;
}

// ── Memory of an actor ──────────────────────────────────────────────────────────────────────────────────────────
static size_t round_up(size_t size, size_t align) { return (size + align - 1) & ~(align - 1); }

// A type that is aligned to 16 bytes has a size that is a multiple of 16.
static size_t align_of(size_t size) { return size % 16 ? 8 : 16; }

static size_t size_of_arguments(const QzActorKind *kind) {
  return kind->arguments_size ? kind->arguments_size : sizeof(void *);
}

static size_t offset_of_arguments(const QzActorKind *kind) {
  return round_up(offsetof(QzActor, state) + kind->state_size, align_of(size_of_arguments(kind)));
}

static size_t size_of_actor(const QzActorKind *kind) {
  size_t size = size_of_arguments(kind);
  return round_up(offset_of_arguments(kind) + size, align_of(size));
}

void *qz_actor_arguments(QzActor *actor) {
  void *kept = (uint8_t *)actor + offset_of_arguments(actor->kind);
  return actor->kind->arguments_size ? kept : *(void **)kept;
}

// ── Guarded calls of what the program wrote ─────────────────────────────────────────────────────────────────────
static void call_construct(void *argument) {
  QzActor *actor = argument;
  actor->kind->construct(actor->state, qz_actor_arguments(actor));
}

static void call_destroy(void *argument) {
  QzActor *actor = argument;
  actor->kind->destroy(actor->state);
}

static void call_on_restart(void *argument) {
  QzActor *actor = argument;
  actor->kind->on_restart(actor->state, actor->life ? actor->life->message : NULL);
}

void qz_actor_destroy_state(QzActor *actor) {
  if (actor->has_state) qz_actor_panics(actor, "destroy", call_destroy, actor);
  actor->has_state = false;
}

static QzExit asked_end(QzActor *actor) {
  return QZ_LOAD(&actor->marks, acquire) & QZ_MARK_KILLED ? QZ_EXIT_KILLED : QZ_EXIT_STOPPED;
}

// False: it panicked; or a wait of it was ended, and so has the actor.
static bool construct_state(QzActor *actor) {
  QzUnwound how = qz_actor_try(actor, "construct", call_construct, actor);
  actor->has_state = how == QZ_UNWOUND_NOT;
  if (how == QZ_UNWOUND_BY_CANCEL) qz_actor_die(actor, asked_end(actor));
  return actor->has_state;
}

static void free_life(QzLife *life) {
  if (!life) return;
  qz_string_release(life->message);
  qz_heap_free(life->crashes);
  free(life->watches);
  free(life->bounds);
  qz_heap_free(life);
}

static inline void count_live(const QzActor *actor, int64_t change) {
  if (__builtin_expect(qz_live_objects && actor->kind->type, false)) qz_count_live(actor->kind->type, change);
}

static void free_actor(QzActor *actor) {
  qz_heap_free(qz_taken_of(atomic_load_explicit(&actor->mailbox.end, memory_order_relaxed)));
  free_life(actor->life);
  count_live(actor, -1);
  qz_heap_free(actor);
}

// ── Crashes ─────────────────────────────────────────────────────────────────────────────────────────────────────
// A restart is allowed unless the last `restarts` ones all were within the period. Of a large ring as much becomes
// memory as there were crashes.
static bool may_restart(QzActor *actor) {
  const QzActorKind *kind = actor->kind;
  if (!kind->restarts) return false;
  QzLife *life = qz_actor_life(actor);
  if (!life->crashes) life->crashes = allocate(kind->restarts * sizeof *life->crashes);
  int64_t now = qz_now(), *oldest = &life->crashes[life->crash_count % kind->restarts];
  if (life->crash_count >= kind->restarts && now - *oldest < kind->restarts_within) return false;
  *oldest = now;
  life->crash_count++;
  return true;
}

// Between half of it and the whole: what crashed together does not come back together.
static int64_t part_of(int64_t pause) {
  enum { STEPS = 1024 };
  return pause / 2 + pause / 2 / STEPS * qz_random_below(STEPS + 1);
}

// The right to run stays with the stack that waits here; a stop claims it. False: one did.
static bool back_off(QzActor *actor) {
  const QzActorKind *kind = actor->kind;
  if (!kind->backoff) return true;
  QzLife *life = qz_actor_life(actor);
  int64_t pause = life->backoff ? life->backoff : kind->backoff;
  life->backoff = pause < kind->backoff_limit / 2 ? pause * 2 : kind->backoff_limit;
  return qz_sleep_until(qz_now() + part_of(pause));
}

// After a crash. False: it may not be built anew, or was stopped meanwhile, and has ended.
static bool survives(QzActor *actor) {
  if (qz_actor_phase(actor) == QZ_DEAD) return false;
  qz_actor_destroy_state(actor);
  bool is_allowed = may_restart(actor);
  if (!is_allowed) qz_actor_die(actor, QZ_EXIT_PANICKED);
  return is_allowed;
}

// It ends without a state, and what is left in the mailbox is not handled: it was killed, or a stop cut off its pause.
// A stop that comes without a pause, or came before it, has the rest handled.
static bool is_cut_off(QzActor *actor) {
  bool has_waited = back_off(actor);
  QzExit end = asked_end(actor);
  if (end == QZ_EXIT_STOPPED && (has_waited || qz_actor_phase(actor) == QZ_STOPPING)) return false;
  qz_actor_die(actor, end);
  return true;
}

// Builds the state anew, as often as that is allowed; it is once more. The mailbox stays as it is.
static void build_anew(QzActor *actor) {
  for (;;) {
    if (is_cut_off(actor)) return;
    atomic_fetch_add_explicit(&actor->restarts, 1, memory_order_relaxed);
    qz_event_who(QZ_EVENT_RESTART, &actor->served);
    if (construct_state(actor)) break;
    if (!survives(actor)) return;
  }
  if (actor->kind->on_restart && qz_actor_panics(actor, "on_restart", call_on_restart, actor)) qz_actor_rebuild(actor);
}

void qz_actor_rebuild(QzActor *actor) {
  if (survives(actor)) build_anew(actor);
}

// ── The run ─────────────────────────────────────────────────────────────────────────────────────────────────────
// What one run does, under one guard: after a crash it goes on under another.
typedef struct Batch {
  QzTried tried;
  QzMessage *taken;    // out of the mailbox, and
  QzMessage *handled;  // what is handled now: that one, or one that it stands for; NULL: nothing
  uint32_t left;
  uint32_t restarts;   // at its begin
  bool goes_on;
} Batch;

static void handle(Batch *batch, QzActor *actor, QzMessage *message) {
  if (qz_actor_phase(actor) == QZ_DEAD) {
    qz_actor_refuse(actor, message, actor->why);
    return;
  }
  qz_event(QZ_EVENT_MESSAGE, message->kind->name, actor->id);
  batch->tried.where = message->kind->name;
  batch->handled = message;
  message->kind->handle(message, actor->state);
  batch->handled = NULL;
  qz_actor_fail_call(actor, message, QZ_EXIT_PANICKED);
}

// It was unwound. What the scheduler itself did there has no business to panic.
static void end_handling(QzActor *actor, QzMessage *message, QzUnwound how) {
  if (!message) qz_die(QZ_STATUS_PANIC);
  // Its caller learns of a crash when everybody has been sent word of the end that may come of it.
  if (QZ_PLANTED(caller_hears_first)) qz_actor_fail_call(actor, message, QZ_EXIT_PANICKED);
  bool goes_on = how != QZ_UNWOUND_BY_PANIC || survives(actor);
  qz_actor_fail_call(actor, message, how == QZ_UNWOUND_BY_CANCEL ? QZ_EXIT_STOPPED : QZ_EXIT_PANICKED);
  if (how == QZ_UNWOUND_BY_PANIC && goes_on) build_anew(actor);
}

static bool is_at_end(const QzActor *actor) {
  return !actor->life || !actor->life->last || qz_mailbox_taken(&actor->mailbox) == actor->life->last;
}

static void end_step(QzActor *actor) {
  if (qz_actor_phase(actor) == QZ_STOPPING && is_at_end(actor)) qz_actor_die(actor, QZ_EXIT_STOPPED);
}

static void handle_taken(Batch *batch, QzActor *actor, QzMessage *taken) {
  batch->taken = taken;
  QzMessage *message = actor->kind->capacity ? qz_bounds_leave(actor, taken) : taken;
  handle(batch, actor, message);
  if (message != taken) qz_heap_free(message);
}

// The end of the last reference comes behind all signals.
static __attribute__((noinline)) void hear(QzActor *actor, uintptr_t news) {
  if (news & QZ_NEWS_SIGNAL) qz_actor_hear_all(actor);
  if (actor->is_unreachable || !(news & QZ_NEWS_ABANDONED)) return;
  actor->is_unreachable = true;
  qz_actor_begin_to_stop(actor);
}

static inline void hear_news(QzActor *actor) {
  uintptr_t news = qz_mailbox_news(&actor->mailbox);
  if (__builtin_expect(news != 0, false)) hear(actor, news);
}

// True: go on; false: there is nothing to do just now.
static bool step(Batch *batch, QzActor *actor) {
  if (QZ_PLANTED(signals_before_looking)) hear_news(actor);
  QzMessage *freed, *taken = qz_mailbox_take(&actor->mailbox, &freed);
  // Behind the look for a message: whatever came before that one is heard before it.
  if (!QZ_PLANTED(signals_before_looking)) hear_news(actor);
  if (taken) {
    if (freed) qz_heap_free(freed);
    handle_taken(batch, actor, taken);
  }
  end_step(actor);
  return taken != NULL;
}

// After a whole batch. A mailbox without bounds that has grown long is reported, and again each time it has doubled.
// The messages are counted as seldom as it takes to look at each about once.
static void look_at_length(QzActor *actor) {
  QzLife *life = qz_actor_life(actor);
  if (life->batches_to_look-- > 0) return;
  uint32_t limit = life->crowd ? life->crowd : qz_report_crowd_from, count = qz_mailbox_count(&actor->mailbox, limit);
  life->batches_to_look = count / BATCH > LOOK_AFTER ? count / BATCH : LOOK_AFTER;
  if (count < limit) return;
  if (limit <= UINT32_MAX / 2) life->crowd = limit * 2;
  qz_report_crowd(actor, count);
}

static bool leaves_at_restart(const Batch *batch, QzActor *actor) {
  return QZ_PLANTED(restart_leaves) && batch->restarts != qz_actor_restarts(actor);
}

static void run_batch(void *argument) {
  Batch *batch = argument;
  QzActor *actor = batch->tried.actor;
  for (; batch->left && !leaves_at_restart(batch, actor); batch->left--) {
    if (step(batch, actor)) continue;
    batch->goes_on = false;
    return;
  }
}

// The message that was handled when it was unwound, and what comes behind a message.
static void end_crashed(Batch *batch, QzUnwound how) {
  QzMessage *message = batch->handled;
  QzActor *actor = batch->tried.actor;
  batch->handled = NULL;
  end_handling(actor, message, how);
  if (message != batch->taken) qz_heap_free(message);
  end_step(actor);
  batch->left--;
}

// False: at the end it had nothing to do.
static bool run(QzActor *actor) {
  Batch batch;
  qz_actor_begin_tries(&batch.tried, actor);
  batch.handled = NULL;
  batch.left = qz_sim_on ? 1 + qz_sim_choose(3) : BATCH;
  batch.restarts = qz_actor_restarts(actor);
  batch.goes_on = true;
  for (QzUnwound how; (how = qz_actor_try_all(&batch.tried, run_batch, &batch)) != QZ_UNWOUND_NOT;)
    end_crashed(&batch, how);
  if (leaves_at_restart(&batch, actor)) return !qz_mailbox_leave(&actor->mailbox);
  if (batch.goes_on && !actor->kind->capacity) look_at_length(actor);
  return batch.goes_on;
}

// Nobody can send any more, and whoever asks has the right to run it.
static bool is_to_be_freed(QzActor *actor) {
  if (qz_actor_phase(actor) != QZ_DEAD) return false;
  if (qz_mailbox_news(&actor->mailbox) & QZ_NEWS_SIGNAL && !QZ_PLANTED(freed_with_signals)) return false;
  return qz_mailbox_last(&actor->mailbox) == qz_mailbox_taken(&actor->mailbox);
}

// Something came, or a sender has not linked its message yet: it may have lost its processor, so others go first.
static void come_again(QzActor *actor) {
  if (qz_sim_on) qz_sim_spin();
  qz_ready(&actor->runnable);
}

// What is freed afterwards is no part of the actor.
static inline __attribute__((always_inline)) bool go_idle(QzActor *actor) {
  QzMessage *freed;
  bool is_idle = qz_mailbox_go_idle(&actor->mailbox, &freed);
  if (is_idle && freed) qz_heap_free(freed);
  return is_idle;
}

// After going idle, and after the push on a queue, the actor is somebody else's: hands off.
static void run_actor(QzRunnable *self) {
  QzActor *actor = qz_actor_of_runnable(self);
  qz_served_begin(&actor->served);
  bool goes_on = run(actor);
  qz_served_end(&actor->served);
  if (QZ_PLANTED(restart_leaves) && !goes_on && qz_mailbox_is_idle(&actor->mailbox)) return;
  if (goes_on) qz_ready(&actor->runnable);
  else if (actor->is_unreachable && is_to_be_freed(actor)) free_actor(actor);
  else if (!go_idle(actor)) come_again(actor);
}

// Most have got nothing yet when they have begun: they go idle without a run.
static void begin_actor(QzRunnable *self) {
  QzActor *actor = qz_actor_of_runnable(self);
  actor->runnable.run = run_actor;
  qz_served_begin(&actor->served);
  if (!construct_state(actor)) qz_actor_rebuild(actor);
  qz_served_end(&actor->served);
  if (!go_idle(actor)) run_actor(self);
}

// ── For others ──────────────────────────────────────────────────────────────────────────────────────────────────
static _Atomic uint64_t last_id;

uint64_t qz_actor_new_id(void) { return 1 + QZ_ADD(&last_id, 1, relaxed); }

uint64_t qz_actor_id(const QzActor *actor) { return actor->id; }

static bool bound(QzActor *actor, const QzActorKind *kind) {
  actor->life = qz_heap_alloc(sizeof *actor->life);
  if (!actor->life) return false;
  *actor->life = (QzLife){.bounds = qz_bounds_new(kind)};
  return actor->life->bounds;
}

QzActor *qz_actor_start(const QzActorKind *kind, const void *arguments) {
  return qz_actor_start_at(kind, arguments, 0);
}

QzActor *qz_actor_start_at(const QzActorKind *kind, const void *arguments, QzSite site) {
  size_t size = size_of_actor(kind);
  QzActor *actor = qz_heap_alloc(size);
  if (!actor) return NULL;
  memset(actor, 0, size);
  actor->header = (QzObject){.count = -1, .type = kind->type};
  actor->kind = kind;
  count_live(actor, 1);
  if (kind->capacity && !bound(actor, kind)) {
    free_actor(actor);
    return NULL;
  }
  actor->id = qz_actor_new_id();
  memcpy((uint8_t *)actor + offset_of_arguments(kind), kind->arguments_size ? arguments : &arguments,
         size_of_arguments(kind));
  actor->runnable.run = begin_actor;
  actor->served.reason = QZ_WAKE_STOPPED;
  actor->served.site = site;
  qz_mailbox_start(&actor->mailbox);
  qz_registry_add(actor);
  qz_event_who(QZ_EVENT_SPAWN, &actor->served);
  qz_ready(&actor->runnable);
  return actor;
}

void qz_actor_retain(QzActor *actor) {
  qz_point();
  qz_retain_slow(&actor->header);
}

void qz_actor_release(QzActor *actor) {
  qz_point();
  if (qz_release_slow(&actor->header)) qz_actor_end_references(actor);
}

// One that has ended before needs no run for its end.
void qz_actor_end_references(QzActor *actor) {
  if (!qz_mailbox_abandon(&actor->mailbox)) return;
  if (is_to_be_freed(actor)) free_actor(actor);
  else qz_ready(&actor->runnable);
}

bool qz_actor_is_alive(QzActor *actor) { return qz_actor_phase(actor) != QZ_DEAD; }

uint32_t qz_actor_restarts(QzActor *actor) { return atomic_load_explicit(&actor->restarts, memory_order_relaxed); }

void qz_actors_end(void) {
  qz_reports_end();
  qz_registry_forget();
  atomic_store(&last_id, 0);
}
