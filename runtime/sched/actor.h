// Actors: a state that one message at a time may touch. What an actor is, its kind says: code that the compiler makes.
//
// The right to run an actor is in one place (README.md). A crash, a restart and a wait in between do not give it up:
// they happen inside a run. Death is a way of behaving, not a place: the run of a dead actor refuses what still comes.
#ifndef QZ_SCHED_ACTOR_H
#define QZ_SCHED_ACTOR_H

#include "runtime/qz_runtime.h"
#include "runtime/sched/mailbox.h"
#include "runtime/sched/served.h"

typedef struct QzActor QzActor;

// Why an actor ended, or what became of a call.
typedef enum QzExit {
#define EXIT(id, variant) QZ_EXIT_##id,
#include "runtime/sched/actor.def"
} QzExit;

typedef struct QzExitReason {
  QzExit exit;
  QzString *message;    // what the panic said that began it; NULL: nothing. May be owned by several tasks
} QzExitReason;

// A caller that waits for an answer. Whoever claims the caller hands it over; if the caller has gone, the call and the
// answer are the answerer's to free.
typedef struct QzCall {
  QzFiber *fiber;
  QzTicket ticket;
  QzExit failed;        // NONE: there is an answer
  union {
    uint64_t answer;    // or where it is
    QzString *message;  // of the exit; NULL: nothing
  };
} QzCall;

typedef struct QzMessageKind {
  const char *name;  // of the handler
  // Runs the handler: takes what the message carries; may panic, may wait.
  void (*handle)(QzMessage *self, void *state);
  // It will not be handled: drops what it carries. Its call, if it has one, is answered by the actor.
  void (*refuse)(QzMessage *self);
  void (*drop_answer)(uint64_t answer);  // that comes too late; NULL: it owns nothing
  bool is_call;      // the message is a QzCallMessage
  bool never_counts; // takes no room: the message of a timer
} QzMessageKind;

typedef struct QzCallMessage {
  QzMessage message;
  QzCall *call;      // NULL: answered
} QzCallMessage;

// What happens to a message that finds no room.
typedef enum QzOverflow {
  QZ_OVERFLOW_PARK,         // its sender waits for room
  QZ_OVERFLOW_FAIL,         // its sender is told
  QZ_OVERFLOW_DROP_NEWEST,  // it is a dead letter
  QZ_OVERFLOW_DROP_OLDEST,  // the oldest in the mailbox is
} QzOverflow;

// What an actor does when it is told that another one has ended.
typedef void QzNewsHook(void *state, uint64_t who, const QzExitReason *why);

typedef struct QzActorKind {
  const char *name;
  uint32_t type;  // of its actors, as objects of the program; 0: it has none of them
  void (*construct)(void *state, const void *arguments);  // may panic, may wait
  void (*destroy)(void *state);                            // drops the fields
  void (*on_stop)(void *state);                            // NULL, as the next ones: there is no hook
  void (*on_restart)(void *state, const QzString *message);  // what the panic said
  QzNewsHook *on_exit;  // of a linked actor; without it the actor ends too
  QzNewsHook *on_down;  // of an actor that it monitors
  void (*drop_arguments)(void *state, void *arguments);
  uint32_t state_size;      // aligned to 8 bytes
  uint32_t arguments_size;  // so many bytes are kept with the actor; 0: what the pointer leads to is its starter's
  uint32_t restarts;        // at most so many …
  int64_t restarts_within;  // … in so many ns; 0 restarts: never
  uint32_t capacity;        // of the mailbox, in messages; 0: no bounds
  QzOverflow overflow;
  int64_t backoff, backoff_limit;  // before a restart: ns, doubled each time up to the limit; 0: none
} QzActorKind;

// Starts an actor; its arguments are its own from here on. The caller has one reference. NULL: no memory.
QzActor *qz_actor_start(const QzActorKind *kind, const void *arguments);
QzActor *qz_actor_start_at(const QzActorKind *kind, const void *arguments, QzSite site);  // where that was, for reports
void qz_actor_retain(QzActor *actor);
void qz_actor_release(QzActor *actor);  // the last reference ends it: nobody could send anything more
void qz_actor_end_references(QzActor *actor);  // by whoever found that there is none any more

typedef enum QzSent {
  QZ_SENT,
  QZ_SENT_DROPPED,      // there was no room, and the policy is to drop the newest
  QZ_SENT_FULL,         // there was no room, and the sender does not wait: by policy, or it would wait for itself
  QZ_SENT_TIMED_OUT,    // while it waited for room
  QZ_SENT_INTERRUPTED,  // the same, for another reason
} QzSent;

// Sends what came from qz_heap_alloc or malloc. However that ends, the message is no longer the sender's: what was not
// sent is dropped.
QzSent qz_actor_send(QzActor *actor, QzMessage *message);
QzExit qz_actor_exit_of(QzSent sent);  // of a call whose message was not sent
QzSent qz_actor_send_until(QzActor *actor, QzMessage *message, int64_t deadline);  // of qz_now(), or QZ_FOREVER
// Sends and waits for the answer; QZ_EXIT_NONE: *answer is it. The text that comes with another exit is the caller's.
QzExitReason qz_actor_call(QzActor *actor, QzCallMessage *message, uint64_t *answer);
QzExitReason qz_actor_call_until(QzActor *actor, QzCallMessage *message, int64_t deadline, uint64_t *answer);
// By a handler, once at most.
void qz_actor_answer(QzCallMessage *message, uint64_t answer);

// Ends it when every message sent before was handled, and waits for that. What waits inside a message is woken. False:
// the wait was ended for another reason.
bool qz_actor_stop(QzActor *actor);
// The same; one that has not ended after so many ns is killed.
typedef enum QzStopped { QZ_STOPPED, QZ_STOPPED_BY_KILL, QZ_STOP_INTERRUPTED } QzStopped;
QzStopped qz_actor_stop_within(QzActor *actor, int64_t ns);
// Stops all actors of the program, but the one that does it, one after the other, the newest first. When so many ns
// have passed, those that are left are killed. Gives how many, and who, as far as there is room.
typedef struct QzUnstopped {
  const char *kind;
  uint64_t actor;
  bool has_ended;  // by now
} QzUnstopped;
uint32_t qz_actor_shutdown_all(int64_t ns, QzUnstopped *list, uint32_t room);
bool qz_actor_shuts_down(void);  // that is under way: whoever restarts others should not do so now
// Waits for its end, and gives the reason, whose text is the caller's. INTERRUPTED: the wait was ended before.
QzExitReason qz_actor_join(QzActor *actor);
void qz_actor_kill(QzActor *actor);  // ends it before its next message, and does not wait
void qz_actor_link(QzActor *a, QzActor *b);
void qz_actor_follow(void);  // by on_exit: the actor ends with the other one after all, as it would without the hook
// The watcher is told of the end of the other one, once; at once if that has ended. Gives the monitor's id.
uint64_t qz_actor_monitor(QzActor *watched, QzActor *watcher);
void qz_actor_unmonitor(QzActor *watched, uint64_t monitor);  // word that is on its way still comes
uint64_t qz_actor_id(const QzActor *actor);  // of no other one, until the scheduler stops
bool qz_actor_is_alive(QzActor *actor);
uint32_t qz_actor_restarts(QzActor *actor);

// ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────
// A crash is printed to standard error, with its stack; more than ten a second of one kind are summed up in a line.
typedef struct QzCrash {
  const char *kind;
  uint64_t actor;
  const char *where;        // the handler, or construct, on_stop …
  const QzString *message;  // of the panic
  QzPlace place;
  uint64_t count;           // of this kind, this one included
} QzCrash;

// Called after each crash, printed or not, by the actor, which has not been built anew yet.
void qz_actor_when_crashed(void (*hook)(const QzCrash *crash));
uint64_t qz_actor_crashes(const char *kind);  // of all kinds of that name; NULL: of all
void qz_actor_report_left_out(void);  // sums up now what was not printed; also done at the end

// A message that nobody handled.
typedef struct QzDeadLetter {
  const char *kind;
  uint64_t actor;
  const char *handler;
  uint64_t sender;  // the actor whose handler sent it; 0: a task
  QzExit why;       // the actor ended
} QzDeadLetter;

void qz_actor_when_dead_letter(void (*hook)(const QzDeadLetter *letter));  // called before what it carries is dropped
uint64_t qz_actor_dead_letters(void);                                      // how many there were

// By the scheduler when it stops: sums up, and forgets counts and whoever still lives.
void qz_actors_end(void);

#endif
