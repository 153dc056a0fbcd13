// What comes to an actor beside its messages: stops, kills, links, monitors, and word of the end of others. And its own
// end, of which it tells.
#include <stdlib.h>

#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"

enum { WATCHES_AT_FIRST = 4 };

typedef enum SignalKind { STOP, JOIN, KILL, WATCH, UNWATCH, EXIT, DOWN } SignalKind;

struct QzActorSignal {
  QzSignal signal;
  SignalKind kind;
  QzExitReason why;  // EXIT, DOWN
  QzWatch watch;     // WATCH, UNWATCH: its id
  uint64_t who;      // EXIT, DOWN: no reference, for who ends may have none left to give
  QzFiber *fiber;    // STOP, JOIN: who waits
  QzTicket ticket;
};

// ── Arrivals ────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_actor_signal(QzActor *actor, QzActorSignal *signal) {
  if (signal->kind == KILL) QZ_OR(&actor->marks, QZ_MARK_KILLED, release);
  if (signal->kind == STOP || signal->kind == KILL) qz_served_ask(&actor->served);
  switch (qz_mailbox_signal(&actor->mailbox, &signal->signal)) {
    case QZ_ARRIVED: qz_served_interrupt(&actor->served); break;  // it may wait inside a message
    case QZ_ARRIVED_TO_IDLE:  // who asks, and has a fiber that waits, leaves its worker to it
      (signal->fiber ? qz_ready_next : qz_ready)(&actor->runnable);
      break;
  }
}

static QzActorSignal *new_signal(SignalKind kind) {
  QzActorSignal *signal = qz_actor_allocate(sizeof *signal);
  signal->kind = kind;
  return signal;
}

// ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void wake_stoppers(QzActor *actor) {
  QzActorSignal *next, *stopper = actor->life ? actor->life->stoppers : NULL;
  if (actor->life) actor->life->stoppers = NULL;
  for (; stopper; stopper = next) {
    next = (QzActorSignal *)stopper->signal.next;
    qz_wake(stopper->fiber, stopper->ticket, QZ_WAKE_EVENT);
    qz_heap_free(stopper);
  }
}

// Both that panicked and those that ended with one that did.
QzExitReason qz_actor_reason(const QzActor *actor, QzExit why) {
  QzExitReason reason = {.exit = why};
  if ((why != QZ_EXIT_PANICKED && why != QZ_EXIT_LINKED) || !actor->life || !actor->life->message) return reason;
  reason.message = actor->life->message;
  qz_retain_slow(&reason.message->header);
  return reason;
}

// Gives the watch up.
static void tell(const QzActor *actor, const QzWatch *watch) {
  QzActorSignal *news = new_signal(watch->is_link ? EXIT : DOWN);
  news->who = actor->id;
  news->why = qz_actor_reason(actor, actor->why);
  qz_actor_signal(watch->watcher, news);
  qz_actor_release(watch->watcher);
}

static void tell_watchers(QzActor *actor) {
  if (!actor->life) return;
  for (uint32_t i = 0; i < actor->life->watch_count; i++) tell(actor, &actor->life->watches[i]);
  actor->life->watch_count = 0;
}

static void call_on_stop(void *argument) {
  QzActor *actor = argument;
  actor->kind->on_stop(actor->state);
}

void qz_actor_die(QzActor *actor, QzExit why) {
  qz_actor_set_phase(actor, QZ_DEAD);
  QZ_OR(&actor->served.ends, QZ_ENDS_OVER, release);  // its hooks may wait as long as they like
  actor->why = (uint8_t)why;
  if (why == QZ_EXIT_STOPPED && actor->has_state && actor->kind->on_stop)
    qz_actor_panics(actor, "on_stop", call_on_stop, actor);
  qz_actor_destroy_state(actor);
  if (actor->kind->drop_arguments) actor->kind->drop_arguments(actor->state, qz_actor_arguments(actor));
  if (QZ_PLANTED(stopper_hears_first)) wake_stoppers(actor);
  tell_watchers(actor);
  qz_registry_remove(actor);
  wake_stoppers(actor);
}

// What has come by now is handled first.
void qz_actor_begin_to_stop(QzActor *actor) {
  if (qz_actor_phase(actor) != QZ_ALIVE) return;
  qz_actor_set_phase(actor, QZ_STOPPING);
  QzMessage *last = qz_mailbox_last(&actor->mailbox);
  if (last != qz_mailbox_taken(&actor->mailbox)) qz_actor_life(actor)->last = last;
}

// Who waits for the end, whether it is to come now or not.
static void add_stopper(QzActor *actor, QzActorSignal *stop) {
  bool is_join = stop->kind == JOIN && !QZ_PLANTED(joins_ask);
  if (qz_actor_phase(actor) == QZ_DEAD) {
    if (stop->fiber) qz_wake(stop->fiber, stop->ticket, QZ_WAKE_EVENT);
    qz_heap_free(stop);
    return;
  }
  if (stop->fiber) {
    QzLife *life = qz_actor_life(actor);
    stop->signal.next = (QzSignal *)life->stoppers;
    life->stoppers = stop;
  } else {
    qz_heap_free(stop);
  }
  if (!is_join) qz_actor_begin_to_stop(actor);
}

// ── Who watches it ──────────────────────────────────────────────────────────────────────────────────────────────
static void remove_watch(QzLife *life, uint32_t at) {
  QzActor *watcher = life->watches[at].watcher;
  life->watches[at] = life->watches[--life->watch_count];
  qz_actor_release(watcher);
}

static void forget_watch(QzActor *actor, uint64_t id) {
  QzLife *life = actor->life;
  for (uint32_t i = 0; life && i < life->watch_count; i++) {
    if (life->watches[i].id != id) continue;
    remove_watch(life, i);
    return;
  }
}

// Room for one more. Who has ended needs no word: an actor that is watched by many, one after the other, keeps few.
static void make_room_for_watch(QzLife *life) {
  if (life->watch_count < life->watch_room) return;
  for (uint32_t i = life->watch_count; i-- > 0;)
    if (!qz_actor_is_alive(life->watches[i].watcher)) remove_watch(life, i);
  if (life->watch_count < life->watch_room / 2) return;
  life->watch_room = life->watch_room ? life->watch_room * 2 : WATCHES_AT_FIRST;
  life->watches = realloc(life->watches, life->watch_room * sizeof *life->watches);
  if (!life->watches) qz_panic_text("out of memory for a link");
}

static void add_watch(QzActor *actor, const QzWatch *watch) {
  if (qz_actor_phase(actor) == QZ_DEAD) {
    if (!QZ_PLANTED(dead_tells_nobody)) tell(actor, watch);
    return;
  }
  QzLife *life = qz_actor_life(actor);
  make_room_for_watch(life);
  life->watches[life->watch_count++] = *watch;
}

// ── Word of the end of others ───────────────────────────────────────────────────────────────────────────────────
typedef struct News {
  QzActor *actor;
  QzNewsHook *hook;
  const QzActorSignal *signal;
} News;

static void call_hook(void *argument) {
  const News *news = argument;
  news->hook(news->actor->state, news->signal->who, &news->signal->why);
}

static void hear_news(QzActor *actor, const char *name, QzNewsHook *hook, QzActorSignal *signal) {
  News news = {actor, hook, signal};
  if (qz_actor_panics(actor, name, call_hook, &news)) qz_actor_rebuild(actor);
}

static void end_with(QzActor *actor, QzActorSignal *exit) {
  QzLife *life = qz_actor_life(actor);
  qz_string_release(life->message);
  life->message = exit->why.message;
  exit->why.message = NULL;
  qz_actor_die(actor, QZ_EXIT_LINKED);
}

static bool takes_follow(QzActor *actor) {
  bool follows = actor->life && actor->life->follows;
  if (follows) actor->life->follows = false;
  return follows;
}

static void hear_exit(QzActor *actor, QzActorSignal *exit) {
  forget_watch(actor, exit->who);
  if (qz_actor_phase(actor) == QZ_DEAD) return;
  if (actor->kind->on_exit) hear_news(actor, "on_exit", actor->kind->on_exit, exit);
  // Who is stopped ends alone.
  bool follows = actor->kind->on_exit ? takes_follow(actor) : exit->why.exit != QZ_EXIT_STOPPED;
  if (follows && qz_actor_phase(actor) != QZ_DEAD) end_with(actor, exit);
}

static void hear_down(QzActor *actor, QzActorSignal *down) {
  if (qz_actor_phase(actor) == QZ_DEAD || !actor->kind->on_down) return;
  hear_news(actor, "on_down", actor->kind->on_down, down);
}

static void hear(QzActor *actor, QzActorSignal *signal) {
  switch (signal->kind) {
    case STOP: case JOIN: add_stopper(actor, signal); return;
    case KILL:
      if (qz_actor_phase(actor) != QZ_DEAD) qz_actor_die(actor, QZ_EXIT_KILLED);
      break;
    case WATCH: add_watch(actor, &signal->watch); break;
    case UNWATCH: forget_watch(actor, signal->watch.id); break;
    case EXIT: hear_exit(actor, signal); break;
    case DOWN: hear_down(actor, signal); break;
  }
  qz_string_release(signal->why.message);
  qz_heap_free(signal);
}

void qz_actor_hear_all(QzActor *actor) {
  QzSignal *next, *signal = qz_mailbox_take_signals(&actor->mailbox);
  for (; signal; signal = next) {
    next = signal->next;
    hear(actor, (QzActorSignal *)signal);
  }
}

// ── For others ──────────────────────────────────────────────────────────────────────────────────────────────────
QzActorSignal *qz_actor_new_stop(QzFiber *waiting, QzTicket ticket) {
  QzActorSignal *stop = new_signal(STOP);
  stop->fiber = waiting;
  stop->ticket = ticket;
  return stop;
}

QzActorSignal *qz_actor_new_kill(void) { return new_signal(KILL); }

// Who stops the actor whose message it handles cannot wait for that.
static QzStopped stop_until(QzActor *actor, int64_t deadline) {
  QzFiber *self = qz_worker()->fiber;
  if (qz_actor_here() == actor) {
    qz_actor_signal(actor, new_signal(STOP));
    return QZ_STOPPED;
  }
  QzTicket ticket = qz_wait_announce(self);
  qz_waits_for(self, QZ_FOR_STOP, actor);
  qz_actor_signal(actor, qz_actor_new_stop(self, ticket));
  uint32_t reason = qz_suspend_until(self, ticket, deadline);
  if (reason == QZ_WAKE_EVENT) return QZ_STOPPED;
  return reason == QZ_WAKE_TIMEOUT ? QZ_STOPPED_BY_KILL : QZ_STOP_INTERRUPTED;
}

bool qz_actor_stop(QzActor *actor) { return stop_until(actor, QZ_FOREVER) == QZ_STOPPED; }

QzStopped qz_actor_stop_within(QzActor *actor, int64_t ns) {
  QzStopped stopped = stop_until(actor, qz_now() + ns);
  if (stopped == QZ_STOPPED_BY_KILL) qz_actor_kill(actor);
  return stopped;
}

static QzExitReason circle_of_one(void) {
  QzExitReason reason = {.exit = QZ_EXIT_CYCLE, .message = qz_string_share(qz_string_of("it waits for its own end"))};
  return reason;
}

// It cannot be freed before it is asked why: the caller has a reference.
QzExitReason qz_actor_join(QzActor *actor) {
  QzFiber *self = qz_worker()->fiber;
  if (qz_actor_here() == actor) return circle_of_one();
  QzActorSignal *join = new_signal(JOIN);
  join->fiber = self;
  join->ticket = qz_wait_announce(self);
  QzTicket ticket = join->ticket;
  qz_waits_for(self, QZ_FOR_JOIN, actor);
  qz_actor_signal(actor, join);
  if (qz_suspend_until(self, ticket, QZ_FOREVER) != QZ_WAKE_EVENT) return (QzExitReason){.exit = QZ_EXIT_INTERRUPTED};
  return qz_actor_reason(actor, actor->why);
}

void qz_actor_follow(void) {
  QzActor *actor = qz_actor_here();
  if (actor) qz_actor_life(actor)->follows = true;
}

void qz_actor_kill(QzActor *actor) { qz_actor_signal(actor, qz_actor_new_kill()); }

static void watch(QzActor *watched, QzActor *watcher, uint64_t id, bool is_link) {
  QzActorSignal *signal = new_signal(WATCH);
  qz_actor_retain(watcher);
  signal->watch = (QzWatch){.watcher = watcher, .id = id, .is_link = is_link};
  qz_actor_signal(watched, signal);
}

void qz_actor_link(QzActor *a, QzActor *b) {
  watch(a, b, qz_actor_id(b), true);
  watch(b, a, qz_actor_id(a), true);
}

uint64_t qz_actor_monitor(QzActor *watched, QzActor *watcher) {
  uint64_t id = qz_actor_new_id();
  watch(watched, watcher, id, false);
  return id;
}

void qz_actor_unmonitor(QzActor *watched, uint64_t monitor) {
  QzActorSignal *signal = new_signal(UNWATCH);
  signal->watch.id = monitor;
  qz_actor_signal(watched, signal);
}
