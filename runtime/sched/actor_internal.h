// What the files of an actor share: actor.c runs it, signal.c says what ends it and who is told, call.c sends.
#ifndef QZ_SCHED_ACTOR_INTERNAL_H
#define QZ_SCHED_ACTOR_INTERNAL_H

#include "runtime/internal.h"
#include "runtime/sched/actor.h"

typedef enum QzPhase { QZ_ALIVE, QZ_STOPPING, QZ_DEAD } QzPhase;

// Somebody who is told of the end.
typedef struct QzWatch {
  QzActor *watcher;  // a reference
  uint64_t id;       // of a link: the watcher's
  bool is_link;
} QzWatch;

// Made by others: it was killed, or a kill is on its way; with all others (registry.c).
typedef enum QzMark { QZ_MARK_KILLED = 1, QZ_MARK_SHUT_DOWN = 2 } QzMark;

typedef struct QzBounds QzBounds;

// What happens to few actors, or late.
typedef struct QzLife {
  int64_t *crashes;  // when the last ones were: a ring of kind->restarts
  uint32_t crash_count;
  int64_t backoff;   // before the next restart
  QzString *message; // what the last panic said; of one that ended with another: what the panic said that began it
  struct QzActorSignal *stoppers;  // who wait for the end
  QzMessage *last;   // when it stops: the last message that was sent before; NULL: the one that was taken last
  QzWatch *watches;
  uint32_t watch_count, watch_room;
  QzBounds *bounds;  // of the mailbox, from the start on; NULL: none
  uint32_t crowd;    // so many messages are reported next; 0: the first time
  uint32_t batches_to_look;  // for how many there are
  bool follows;      // it ends with the one whose end it hears of
} QzLife;

// Of an actor there may be millions: what most do not need is no part of it. Behind the state are the arguments.
struct QzActor {
  QzObject header;           // it is what a program has as its handle: references are owners
  QzRunnable runnable;
  QzMailbox mailbox;
  QzServed served;           // a stop or a kill asks it to end the waits inside its messages
  _Atomic uint32_t restarts;
  _Atomic uint8_t phase;     // written by whoever has the right to run
  _Atomic uint8_t marks;     // QzMark
  bool has_state : 1;
  bool has_begun : 1;        // a state was constructed once (program_actor.c)
  bool is_unreachable : 1;   // the last reference has gone, and this run knows
  uint8_t why;               // QzExit: it ended
  uint64_t id;
  const QzActorKind *kind;
  QzLife *life;
  QzActor *newer, *older;    // in the registry
  _Alignas(8) uint8_t state[];
};

static inline QzActor *qz_actor_of_state(const void *state) {
  return (QzActor *)((uintptr_t)state - offsetof(QzActor, state));
}

static inline QzActor *qz_actor_of_runnable(QzRunnable *runnable) {
  return (QzActor *)((char *)runnable - offsetof(QzActor, runnable));
}

static inline QzPhase qz_actor_phase(QzActor *actor) {
  return (QzPhase)atomic_load_explicit(&actor->phase, memory_order_acquire);
}

// By whoever has the right to run it.
static inline void qz_actor_set_phase(QzActor *actor, QzPhase phase) {
  atomic_store_explicit(&actor->phase, phase, memory_order_release);
}

static inline QzActor *qz_actor_served(const QzServed *served) {
  return (QzActor *)((char *)served - offsetof(QzActor, served));
}

// Whose message is handled on the running stack; NULL: nobody's.
static inline QzActor *qz_actor_here(void) {
  QzServed *served = qz_served_here();
  return served && served->reason == QZ_WAKE_STOPPED ? qz_actor_served(served) : NULL;
}

void *qz_actor_arguments(QzActor *actor);
void *qz_actor_allocate(size_t size);  // zeroed; panics when there is no memory
uint64_t qz_actor_new_id(void);

// ── actor.c, by whoever has the right to run it ─────────────────────────────────────────────────────────────────
void qz_actor_rebuild(QzActor *actor);  // after a crash: builds the state anew, as often as that is allowed
void qz_actor_destroy_state(QzActor *actor);
QzLife *qz_actor_life(QzActor *actor);

// ── report.c ────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct QzTried {
  QzPanicWitness witness;
  QzActor *actor;
  const char *where;  // what the program wrote there; it may change as that runs
  QzPlace place;      // of the panic, and how many there were
  uint64_t count;
} QzTried;

// Their witness, on the stack that panicked; and what follows once that is unwound.
void qz_actor_report_crash(QzPanicWitness *self, const QzString *message, const QzPlace *place);
void qz_actor_note_crash(const QzTried *tried);

static inline void qz_actor_begin_tries(QzTried *tried, QzActor *actor) {
  tried->witness.tell = qz_actor_report_crash;
  tried->actor = actor;
}

static inline QzUnwound qz_actor_try_all(QzTried *tried, void (*body)(void *argument), void *argument) {
  QzUnwound how = qz_panic_witnessed(body, argument, &tried->witness);
  if (how == QZ_UNWOUND_BY_PANIC) qz_actor_note_crash(tried);
  return how;
}

// Runs what the program wrote; `where` is its name. True: it panicked, of which there was a report.
bool qz_actor_panics(QzActor *actor, const char *where, void (*body)(void *argument), void *argument);
// The same. What is unwound since the actor is to stop is no crash: its state is as it was left.
QzUnwound qz_actor_try(QzActor *actor, const char *where, void (*body)(void *argument), void *argument);
// A message that will not be handled: it is told, its caller too, and what it carries is dropped.
void qz_actor_refuse(QzActor *actor, QzMessage *message, QzExit why);
void qz_report_crowd(const QzActor *actor, uint32_t waiting);
void qz_reports_end(void);  // sums up, and forgets the counts
extern void (*qz_report_printer)(const char *line);  // to standard error, at first
extern uint32_t qz_report_crowd_from;  // messages that wait

// ── call.c ──────────────────────────────────────────────────────────────────────────────────────────────────────
// Into the mailbox, as it is.
static inline void qz_actor_put(QzActor *actor, QzMessage *message) {
  if (qz_mailbox_put(&actor->mailbox, message) == QZ_ARRIVED_TO_IDLE) qz_ready_next(&actor->runnable);
}
void qz_actor_fail_unanswered(QzActor *actor, QzCallMessage *message, QzExit why);
// Unless it was answered, or is no call.
static inline void qz_actor_fail_call(QzActor *actor, QzMessage *message, QzExit why) {
  if (!message->kind->is_call || !((QzCallMessage *)message)->call) return;
  qz_actor_fail_unanswered(actor, (QzCallMessage *)message, why);
}

// ── cycle.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
// The handler of the caller, on this fiber, is about to call. NULL: it may; else the path, in words, by which it would
// wait for itself.
QzString *qz_call_begin(QzFiber *fiber, QzActor *caller, QzActor *callee);
void qz_call_waits(QzFiber *fiber, QzTicket ticket);  // for the answer, from now on
void qz_call_end(QzFiber *fiber);

// ── bounds.c ────────────────────────────────────────────────────────────────────────────────────────────────────
QzBounds *qz_bounds_new(const QzActorKind *kind);  // NULL: no memory
static inline bool qz_bounds_count(const QzActor *actor, const QzMessage *message) {
  return actor->kind->capacity && !message->kind->never_counts;
}
QzSent qz_bounds_enter_counted(QzActor *actor, int64_t deadline);
void qz_bounds_put_counted(QzActor *actor, QzMessage *message);
// Takes a place for the message. Only QZ_SENT: it may, and must, be put in.
static inline QzSent qz_bounds_enter(QzActor *actor, const QzMessage *message, int64_t deadline) {
  return qz_bounds_count(actor, message) ? qz_bounds_enter_counted(actor, deadline) : QZ_SENT;
}
static inline void qz_bounds_put(QzActor *actor, QzMessage *message) {
  if (__builtin_expect(qz_bounds_count(actor, message), false)) qz_bounds_put_counted(actor, message);
  else qz_actor_put(actor, message);
}
// Something was taken out of the mailbox. Gives the message to handle: this one, or one that it stands for.
QzMessage *qz_bounds_leave(QzActor *actor, QzMessage *taken);

// ── signal.c, by whoever has the right to run it ────────────────────────────────────────────────────────────────
void qz_actor_hear_all(QzActor *actor);
void qz_actor_begin_to_stop(QzActor *actor);
void qz_actor_die(QzActor *actor, QzExit why);
QzExitReason qz_actor_reason(const QzActor *actor, QzExit why);  // the message is one owner more

// By anybody who knows that the actor is not freed meanwhile.
typedef struct QzActorSignal QzActorSignal;
QzActorSignal *qz_actor_new_stop(QzFiber *waiting, QzTicket ticket);
QzActorSignal *qz_actor_new_kill(void);
void qz_actor_signal(QzActor *actor, QzActorSignal *signal);

// ── registry.c ──────────────────────────────────────────────────────────────────────────────────────────────────
void qz_registry_add(QzActor *actor);
void qz_registry_remove(QzActor *actor);  // it has died
void qz_registry_forget(void);
// For reports, while nobody runs.
void qz_registry_each(void (*see)(QzActor *actor, void *to), void *to);
uint32_t qz_registry_size(void);

#endif
