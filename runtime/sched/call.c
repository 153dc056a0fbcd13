// Messages to actors, and calls, which wait for an answer.
#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/task.h"

static void drop_unsent(QzMessage *message) {
  message->kind->refuse(message);
  qz_heap_free(message);
}

// A sender who is not told leaves a dead letter.
static void drop_for_room(QzActor *actor, QzMessage *message, QzSent sent) {
  if (sent != QZ_SENT_DROPPED) {
    drop_unsent(message);
    return;
  }
  qz_actor_refuse(actor, message, QZ_EXIT_FULL);
  qz_heap_free(message);
}

static void sign(QzMessage *message, const QzActor *sender) { message->sender = sender ? sender->id : 0; }

static __attribute__((noinline)) QzSent send_counted(QzActor *actor, QzMessage *message, int64_t deadline) {
  QzSent sent = qz_bounds_enter(actor, message, deadline);
  if (sent == QZ_SENT) qz_bounds_put(actor, message);
  else drop_for_room(actor, message, sent);
  return sent;
}

QzSent qz_actor_send_until(QzActor *actor, QzMessage *message, int64_t deadline) {
  sign(message, qz_actor_here());
  if (qz_bounds_count(actor, message)) return send_counted(actor, message, deadline);
  qz_actor_put(actor, message);
  return QZ_SENT;
}

QzSent qz_actor_send(QzActor *actor, QzMessage *message) { return qz_actor_send_until(actor, message, QZ_FOREVER); }

// ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void drop_answer(const QzMessageKind *kind, const QzCall *call) {
  if (call->failed != QZ_EXIT_NONE) qz_string_release(call->message);
  else if (kind->drop_answer && !QZ_PLANTED(late_answer_is_kept)) kind->drop_answer(call->answer);
}

// Whoever claims the caller hands over what is in the call; if the caller has gone, nobody wants it.
static inline void end_call(QzCallMessage *message, QzCall *call) {
  message->call = NULL;
  if (qz_wake(call->fiber, call->ticket, QZ_WAKE_EVENT)) return;
  drop_answer(message->message.kind, call);
  qz_heap_free(call);
}

void qz_actor_answer(QzCallMessage *message, uint64_t answer) {
  QzCall *call = message->call;
  call->failed = QZ_EXIT_NONE;
  call->answer = answer;
  end_call(message, call);
}

void qz_actor_fail_unanswered(QzActor *actor, QzCallMessage *message, QzExit why) {
  QzCall *call = message->call;
  QzExitReason reason = qz_actor_reason(actor, why);
  call->failed = reason.exit;
  call->message = reason.message;
  end_call(message, call);
}

// ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────
QzExit qz_actor_exit_of(QzSent sent) {
  switch (sent) {
    case QZ_SENT: return QZ_EXIT_NONE;
    case QZ_SENT_DROPPED:
    case QZ_SENT_FULL: return QZ_EXIT_FULL;
    case QZ_SENT_TIMED_OUT: return QZ_EXIT_TIMED_OUT;
    case QZ_SENT_INTERRUPTED: break;
  }
  return QZ_EXIT_INTERRUPTED;
}

// After a wait that somebody else has ended the call is the answerer's.
static QzExitReason wait_for_answer(QzCall *call, int64_t time, uint64_t *answer) {
  uint32_t reason = qz_suspend_until(call->fiber, call->ticket, time);
  if (reason == QZ_WAKE_TIMEOUT) return (QzExitReason){.exit = QZ_EXIT_TIMED_OUT};
  if (reason != QZ_WAKE_EVENT) return (QzExitReason){.exit = QZ_EXIT_INTERRUPTED};
  QzExitReason failed = {.exit = call->failed};
  if (failed.exit == QZ_EXIT_NONE) *answer = call->answer;
  else failed.message = call->message;
  qz_heap_free(call);
  return failed;
}

static QzExitReason call(QzFiber *self, QzActor *actor, QzCallMessage *message, int64_t deadline, uint64_t *answer) {
  QzSent sent = qz_bounds_enter(actor, &message->message, deadline);
  if (sent != QZ_SENT) {
    drop_for_room(actor, &message->message, sent);
    return (QzExitReason){.exit = qz_actor_exit_of(sent)};
  }
  QzCall *waiting = qz_heap_alloc(sizeof *waiting);
  if (!waiting) qz_panic_text("out of memory for a call");
  waiting->fiber = self;
  waiting->ticket = qz_wait_announce(self);
  if (self->calls) qz_call_waits(self, waiting->ticket);
  qz_waits_for(self, QZ_FOR_CALL, actor);
  message->call = waiting;
  qz_bounds_put(actor, &message->message);
  if (QZ_PLANTED(waits_in_between)) qz_sleep_until(qz_now());
  return wait_for_answer(waiting, deadline, answer);
}

QzExitReason qz_actor_call_until(QzActor *actor, QzCallMessage *message, int64_t deadline, uint64_t *answer) {
  QzFiber *self = qz_worker()->fiber;
  message->call = NULL;  // there is nobody to answer yet
  QzActor *caller = qz_actor_here();
  sign(&message->message, caller);
  if (!caller) return call(self, actor, message, deadline, answer);  // nobody can call it
  QzString *path = qz_call_begin(self, caller, actor);
  if (path) {
    drop_unsent(&message->message);
    return (QzExitReason){.exit = QZ_EXIT_CYCLE, .message = path};
  }
  QzExitReason failed = call(self, actor, message, deadline, answer);
  qz_call_end(self);
  return failed;
}

QzExitReason qz_actor_call(QzActor *actor, QzCallMessage *message, uint64_t *answer) {
  return qz_actor_call_until(actor, message, QZ_FOREVER, answer);
}
