// An actor's run: signals first, then messages, in batches; crashes and restarts in between; in the end, idle.
#include "runtime/sched/actor.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"
#include "runtime/sched/sim.h"
#include "runtime/sched/task.h"

enum { BATCH = 100, LINKS_AT_ONCE = 4 };

typedef enum Phase { ALIVE, STOPPING, DEAD } Phase;

// What happens to few actors.
typedef struct Life {
  int64_t *crashes;       // when the last ones were: a ring of kind->restarts
  uint32_t crash_count;
  int64_t backoff;        // before the next restart
  struct Signal *stoppers;  // who wait for the end
  QzActor **links;
  uint32_t link_count, link_room;
} Life;

struct QzActor {
  QzRunnable runnable;
  QzMailbox mailbox;
  _Atomic(QzFiber *) fiber;  // on which it is run
  _Atomic uint32_t references;
  _Atomic uint32_t restarts;
  _Atomic uint8_t phase;     // written by whoever has the right to run
  _Atomic bool is_to_end;    // a stop or a kill was sent: waits inside messages end
  bool has_state;
  bool is_unreachable;       // the last reference has gone, and this run knows
  QzExit why;                // it ended
  uint64_t id;
  const QzActorKind *kind;
  void *arguments;
  QzMessage *last;           // when it stops: the last message that was sent before
  Life *life;
  QzMessage first;
  _Alignas(16) uint8_t state[];
};

typedef enum SignalKind { STOP, KILL, LINK, EXIT } SignalKind;

typedef struct Signal {
  QzSignal signal;
  SignalKind kind;
  QzExit why;
  QzActor *other;    // LINK: to whom, a reference
  uint64_t who;      // EXIT: no reference, for who ends may have none left to give
  QzFiber *fiber;    // STOP: who waits
  QzTicket ticket;
} Signal;

static Phase phase_of(QzActor *actor) { return (Phase)atomic_load_explicit(&actor->phase, memory_order_acquire); }
static void set_phase(QzActor *actor, Phase phase) {
  atomic_store_explicit(&actor->phase, phase, memory_order_release);
}

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (!memory) qz_panic_text("out of memory for an actor");
  return memory;
}

static Life *life_of(QzActor *actor) {
  if (!actor->life) actor->life = allocate(sizeof *actor->life);
  return actor->life;
}

// ── Arrivals ────────────────────────────────────────────────────────────────────────────────────────────────────
// The actor may wait inside a message. The claim word is read first: if it says that the fiber waits, the fiber serves
// this actor after that, and the claim succeeds, then it was this actor's wait all the time. A hook that runs at the
// end may wait as long as it likes.
static void interrupt(QzActor *actor) {
  QzFiber *fiber = QZ_LOAD(&actor->fiber, acquire);
  if (!fiber || !QZ_LOAD(&actor->is_to_end, acquire)) return;
  uint64_t word = QZ_LOAD(&fiber->claim, acquire);
  bool waits = (word & QZ_STATE_MASK) == QZ_PREPARES || (word & QZ_STATE_MASK) == QZ_WAITS;
  if (!waits && !QZ_PLANTED(claims_what_runs)) return;
  if (QZ_LOAD(&fiber->serves, acquire) == actor && phase_of(actor) != DEAD)
    qz_wake(fiber, word & QZ_TICKET_MASK, QZ_WAKE_STOPPED);
}

static void send_signal(QzActor *actor, Signal *signal) {
  if (signal->kind == STOP || signal->kind == KILL)
    QZ_STORE(&actor->is_to_end, true, relaxed);  // the signal releases it
  switch (qz_mailbox_signal(&actor->mailbox, &signal->signal)) {
    case QZ_ARRIVED: break;
    case QZ_ARRIVED_TO_IDLE: qz_ready(&actor->runnable); break;
    case QZ_ARRIVED_WITH_SIGNAL: interrupt(actor); break;
  }
}

static Signal *new_signal(SignalKind kind) {
  Signal *signal = allocate(sizeof *signal);
  signal->kind = kind;
  return signal;
}

void qz_actor_send(QzActor *actor, QzMessage *message) {
  switch (qz_mailbox_put(&actor->mailbox, message)) {
    case QZ_ARRIVED: break;
    case QZ_ARRIVED_TO_IDLE: qz_ready_next(&actor->runnable); break;
    case QZ_ARRIVED_WITH_SIGNAL: break;  // who signalled looks after the wait
  }
}

void qz_actor_before_wait(QzFiber *fiber) {
  QzActor *actor = atomic_load_explicit(&fiber->serves, memory_order_relaxed);
  if (phase_of(actor) == DEAD) return;  // its hooks may wait
  QzTicket ticket = atomic_load_explicit(&fiber->claim, memory_order_relaxed) & QZ_TICKET_MASK;
  // The wait was announced before this look: pairs with a signaller, who looks at the wait after his signal.
  atomic_thread_fence(memory_order_seq_cst);
  if (QZ_PLANTED(wait_ignores_signal)) return;
  if (QZ_LOAD(&actor->is_to_end, acquire)) qz_wait_claim(fiber, ticket, QZ_WAKE_STOPPED);
}

// ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void answer_call(QzCallMessage *message, QzExit failed, uint64_t answer) {
  QzCall *call = message->call;
  if (!call) return;
  message->call = NULL;
  call->failed = failed;
  call->answer = answer;
  if (!qz_wake(call->fiber, call->ticket, QZ_WAKE_EVENT)) free(call);  // the caller has gone
}

void qz_actor_answer(QzCallMessage *message, uint64_t answer) { answer_call(message, QZ_EXIT_NONE, answer); }

static void fail_call(QzMessage *message, QzExit why) {
  if (message->kind->is_call) answer_call((QzCallMessage *)message, why, 0);
}

QzExit qz_actor_call(QzActor *actor, QzCallMessage *message, uint64_t *answer) {
  QzFiber *self = qz_worker()->fiber;
  QzCall *call = allocate(sizeof *call);
  *call = (QzCall){.fiber = self, .ticket = qz_wait_announce(self)};
  message->call = call;
  qz_actor_send(actor, &message->message);
  if (qz_suspend() != QZ_WAKE_EVENT) return QZ_EXIT_INTERRUPTED;
  QzExit failed = call->failed;
  *answer = call->answer;
  free(call);
  return failed;
}

// ── Guarded calls of what the program wrote ─────────────────────────────────────────────────────────────────────
typedef struct Handling {
  QzActor *actor;
  QzMessage *message;
} Handling;

static void call_handler(void *argument) {
  const Handling *handling = argument;
  handling->message->kind->handle(handling->message, handling->actor->state);
}

static void call_construct(void *argument) {
  QzActor *actor = argument;
  actor->kind->construct(actor->state, actor->arguments);
}

static void call_destroy(void *argument) {
  QzActor *actor = argument;
  actor->kind->destroy(actor->state);
}

static void call_on_stop(void *argument) {
  QzActor *actor = argument;
  actor->kind->on_stop(actor->state);
}

static void call_on_restart(void *argument) {
  QzActor *actor = argument;
  actor->kind->on_restart(actor->state);
}

static bool panics(void (*body)(void *argument), void *argument) { return qz_panic_guard(body, argument, true) != 0; }

static void destroy_state(QzActor *actor) {
  if (actor->has_state) panics(call_destroy, actor);
  actor->has_state = false;
}

static bool construct_state(QzActor *actor) { return actor->has_state = !panics(call_construct, actor); }

// ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void wake_stoppers(QzActor *actor) {
  Signal *next, *stopper = actor->life ? actor->life->stoppers : NULL;
  if (actor->life) actor->life->stoppers = NULL;
  for (; stopper; stopper = next) {
    next = (Signal *)stopper->signal.next;
    qz_wake(stopper->fiber, stopper->ticket, QZ_WAKE_EVENT);
    free(stopper);
  }
}

static void tell_exit(const QzActor *actor, QzActor *other) {
  Signal *exit = new_signal(EXIT);
  exit->who = actor->id;
  exit->why = actor->why;
  send_signal(other, exit);
  qz_actor_release(other);
}

static void tell_links(QzActor *actor) {
  if (!actor->life) return;
  for (uint32_t i = 0; i < actor->life->link_count; i++) tell_exit(actor, actor->life->links[i]);
  actor->life->link_count = 0;
}

static void die(QzActor *actor, QzExit why) {
  set_phase(actor, DEAD);
  actor->why = why;
  if (why == QZ_EXIT_STOPPED && actor->has_state && actor->kind->on_stop) panics(call_on_stop, actor);
  destroy_state(actor);
  if (actor->kind->drop_arguments) actor->kind->drop_arguments(actor->arguments);
  tell_links(actor);
  wake_stoppers(actor);
}

static void free_actor(QzActor *actor) {
  if (actor->mailbox.taken != &actor->first) free(actor->mailbox.taken);
  if (actor->life) free(actor->life->crashes), free(actor->life->links), free(actor->life);
  free(actor);
}

// ── Crashes ─────────────────────────────────────────────────────────────────────────────────────────────────────
// A restart is allowed unless the last `restarts` ones all were within the period.
static bool may_restart(QzActor *actor) {
  const QzActorKind *kind = actor->kind;
  if (!kind->restarts) return false;
  Life *life = life_of(actor);
  if (!life->crashes) life->crashes = allocate(kind->restarts * sizeof *life->crashes);
  int64_t now = qz_now(), *oldest = &life->crashes[life->crash_count % kind->restarts];
  if (life->crash_count >= kind->restarts && now - *oldest < kind->restarts_within) return false;
  *oldest = now;
  life->crash_count++;
  return true;
}

// The right to run stays with the stack that waits here; a stop claims it.
static void back_off(QzActor *actor) {
  const QzActorKind *kind = actor->kind;
  if (!kind->backoff) return;
  Life *life = life_of(actor);
  int64_t pause = life->backoff ? life->backoff : kind->backoff;
  life->backoff = pause < kind->backoff_limit / 2 ? pause * 2 : kind->backoff_limit;
  qz_sleep_until(qz_now() + pause);
}

// Builds the state anew, as often as that is allowed. The mailbox stays as it is.
static void restart(QzActor *actor) {
  destroy_state(actor);
  for (;;) {
    if (!may_restart(actor)) {
      die(actor, QZ_EXIT_PANICKED);
      return;
    }
    back_off(actor);
    if (phase_of(actor) == ALIVE && QZ_LOAD(&actor->is_to_end, acquire)) {  // there is no state to handle the rest with
      die(actor, QZ_EXIT_STOPPED);
      return;
    }
    atomic_fetch_add_explicit(&actor->restarts, 1, memory_order_relaxed);
    if (construct_state(actor)) break;
  }
  if (actor->kind->on_restart && panics(call_on_restart, actor)) restart(actor);
}

// ── Signals ─────────────────────────────────────────────────────────────────────────────────────────────────────
// What has come by now is handled first.
static void begin_to_stop(QzActor *actor) {
  if (phase_of(actor) != ALIVE) return;
  set_phase(actor, STOPPING);
  actor->last = qz_mailbox_last(&actor->mailbox);
}

static void add_stopper(QzActor *actor, Signal *stop) {
  if (phase_of(actor) == DEAD) {
    if (stop->fiber) qz_wake(stop->fiber, stop->ticket, QZ_WAKE_EVENT);
    free(stop);
    return;
  }
  if (stop->fiber) {
    Life *life = life_of(actor);
    stop->signal.next = (QzSignal *)life->stoppers;
    life->stoppers = stop;
  } else {
    free(stop);
  }
  begin_to_stop(actor);
}

static void add_link(QzActor *actor, QzActor *other) {
  if (phase_of(actor) == DEAD) {  // the other one learns it at once
    tell_exit(actor, other);
    return;
  }
  Life *life = life_of(actor);
  if (life->link_count == life->link_room) {
    life->link_room += LINKS_AT_ONCE;
    life->links = realloc(life->links, life->link_room * sizeof *life->links);
    if (!life->links) qz_panic_text("out of memory for a link");
  }
  life->links[life->link_count++] = other;
}

static void forget_link(QzActor *actor, uint64_t who) {
  Life *life = actor->life;
  for (uint32_t i = 0; life && i < life->link_count; i++) {
    if (life->links[i]->id != who) continue;
    qz_actor_release(life->links[i]);
    life->links[i] = life->links[--life->link_count];
    return;
  }
}

typedef struct Exiting {
  QzActor *actor;
  const Signal *exit;
} Exiting;

static void call_on_exit(void *argument) {
  const Exiting *exiting = argument;
  exiting->actor->kind->on_exit(exiting->actor->state, exiting->exit->who, exiting->exit->why);
}

static void hear_exit(QzActor *actor, Signal *exit) {
  forget_link(actor, exit->who);
  Exiting exiting = {actor, exit};
  if (phase_of(actor) != DEAD) {
    if (!actor->kind->on_exit) die(actor, QZ_EXIT_LINKED);
    else if (panics(call_on_exit, &exiting)) restart(actor);
  }
  free(exit);
}

static void hear(QzActor *actor, Signal *signal) {
  switch (signal->kind) {
    case STOP: add_stopper(actor, signal); return;
    case KILL:
      if (phase_of(actor) != DEAD) die(actor, QZ_EXIT_KILLED);
      break;
    case LINK: add_link(actor, signal->other); break;
    case EXIT: hear_exit(actor, signal); return;
  }
  free(signal);
}

static void hear_all(QzActor *actor) {
  QzSignal *next, *signal = qz_mailbox_take_signals(&actor->mailbox);
  for (; signal; signal = next) {
    next = signal->next;
    hear(actor, (Signal *)signal);
  }
}

// ── The run ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void handle(QzActor *actor, QzMessage *message) {
  if (phase_of(actor) == DEAD) {
    fail_call(message, actor->why);
    message->kind->refuse(message);
    return;
  }
  Handling handling = {actor, message};
  bool crashed = panics(call_handler, &handling);
  fail_call(message, QZ_EXIT_PANICKED);  // unless it was answered
  if (crashed) restart(actor);
}

static void serve(QzActor *actor, QzActor *served) {
  QzFiber *fiber = qz_worker()->fiber;
  atomic_store_explicit(&fiber->serves, served, memory_order_release);
  QZ_STORE(&actor->fiber, served ? fiber : NULL, release);
}

static bool is_at_end(const QzActor *actor) { return actor->mailbox.taken == actor->last; }

// True: go on; false: there is nothing to do just now.
static bool step(QzActor *actor) {
  if (!actor->is_unreachable && qz_mailbox_is_abandoned(&actor->mailbox)) {
    actor->is_unreachable = true;
    begin_to_stop(actor);
  }
  if (qz_mailbox_has_signal(&actor->mailbox)) hear_all(actor);
  if (phase_of(actor) == STOPPING && is_at_end(actor)) die(actor, QZ_EXIT_STOPPED);
  QzMessage *freed, *message = qz_mailbox_take(&actor->mailbox, &freed);
  if (!message) return false;
  if (freed != &actor->first) free(freed);
  handle(actor, message);
  return true;
}

// False: at the end it had nothing to do.
static bool run(QzActor *actor) {
  uint32_t restarts = qz_actor_restarts(actor);
  for (uint32_t batch = qz_sim_on ? 1 + qz_sim_choose(3) : BATCH; batch; batch--) {
    if (!step(actor)) return false;
    if (QZ_PLANTED(restart_leaves) && restarts != qz_actor_restarts(actor)) return !qz_mailbox_leave(&actor->mailbox);
  }
  return true;
}

static bool is_to_be_freed(QzActor *actor) {
  return actor->is_unreachable && phase_of(actor) == DEAD && qz_mailbox_last(&actor->mailbox) == actor->mailbox.taken;
}

// Something came, or a sender has not linked its message yet: it may have lost its processor, so others go first.
static void come_again(QzActor *actor) {
  if (qz_sim_on) qz_sim_spin();
  qz_ready(&actor->runnable);
}

// After going idle, and after the push on a queue, the actor is somebody else's: hands off.
static void run_actor(QzRunnable *self) {
  QzActor *actor = (QzActor *)self;
  serve(actor, actor);
  bool goes_on = run(actor);
  serve(actor, NULL);
  if (QZ_PLANTED(restart_leaves) && !goes_on && qz_mailbox_is_idle(&actor->mailbox)) return;
  if (goes_on) qz_ready(&actor->runnable);
  else if (is_to_be_freed(actor)) free_actor(actor);
  else if (!qz_mailbox_go_idle(&actor->mailbox)) come_again(actor);
}

static void begin_actor(QzRunnable *self) {
  QzActor *actor = (QzActor *)self;
  actor->runnable.run = run_actor;
  serve(actor, actor);
  if (!construct_state(actor)) restart(actor);
  run_actor(self);
}

// ── For others ──────────────────────────────────────────────────────────────────────────────────────────────────
static _Atomic uint64_t last_id;

uint64_t qz_actor_id(const QzActor *actor) { return actor->id; }

QzActor *qz_actor_start(const QzActorKind *kind, void *arguments) {
  QzActor *actor = calloc(1, sizeof *actor + kind->state_size);
  if (!actor) return NULL;
  actor->id = 1 + QZ_ADD(&last_id, 1, relaxed);
  actor->kind = kind;
  actor->arguments = arguments;
  actor->runnable.run = begin_actor;
  atomic_init(&actor->references, 1);
  qz_mailbox_start(&actor->mailbox, &actor->first);
  qz_ready(&actor->runnable);
  return actor;
}

void qz_actor_retain(QzActor *actor) { QZ_ADD(&actor->references, 1, relaxed); }

void qz_actor_release(QzActor *actor) {
  if (QZ_SUBTRACT(&actor->references, 1, acq_rel) == 1 && qz_mailbox_abandon(&actor->mailbox))
    qz_ready(&actor->runnable);
}

bool qz_actor_stop(QzActor *actor) {
  QzFiber *self = qz_worker()->fiber;
  Signal *stop = new_signal(STOP);
  bool is_own = atomic_load_explicit(&self->serves, memory_order_relaxed) == actor;
  if (!is_own) {
    stop->fiber = self;
    stop->ticket = qz_wait_announce(self);
  }
  send_signal(actor, stop);
  return is_own || qz_suspend() == QZ_WAKE_EVENT;
}

void qz_actor_kill(QzActor *actor) { send_signal(actor, new_signal(KILL)); }

static void link_to(QzActor *actor, QzActor *other) {
  Signal *link = new_signal(LINK);
  qz_actor_retain(other);
  link->other = other;
  send_signal(actor, link);
}

void qz_actor_link(QzActor *a, QzActor *b) {
  link_to(a, b);
  link_to(b, a);
}

bool qz_actor_is_alive(QzActor *actor) { return phase_of(actor) != DEAD; }

uint32_t qz_actor_restarts(QzActor *actor) { return atomic_load_explicit(&actor->restarts, memory_order_relaxed); }
