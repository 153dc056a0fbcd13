// Messages to actors, and calls, which wait for an answer.
#include <stdlib.h>

#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"

void qz_actor_put(QzActor *actor, QzMessage *message) {
  switch (qz_mailbox_put(&actor->mailbox, message)) {
    case QZ_ARRIVED: break;
    case QZ_ARRIVED_TO_IDLE: qz_ready_next(&actor->runnable); break;
    case QZ_ARRIVED_WITH_SIGNAL: break;  // who signalled looks after the wait
  }
}

static void drop_unsent(QzActor *actor, QzMessage *message, QzSent sent) {
  if (sent == QZ_SENT_DROPPED) qz_actor_refuse(actor, message, QZ_EXIT_FULL);
  else message->kind->refuse(message);
  free(message);
}

QzSent qz_actor_send_until(QzActor *actor, QzMessage *message, int64_t deadline) {
  QzSent sent = qz_bounds_enter(actor, message, deadline);
  if (sent == QZ_SENT) qz_bounds_put(actor, message);
  else drop_unsent(actor, message, sent);
  return sent;
}

QzSent qz_actor_send(QzActor *actor, QzMessage *message) { return qz_actor_send_until(actor, message, QZ_FOREVER); }

// ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void answer_call(QzCallMessage *message, QzExitReason failed, uint64_t answer) {
  QzCall *call = message->call;
  message->call = NULL;
  call->failed = failed;
  call->answer = answer;
  if (qz_wake(call->fiber, call->ticket, QZ_WAKE_EVENT)) return;
  qz_string_release(failed.message);  // the caller has gone
  free(call);
}

void qz_actor_answer(QzCallMessage *message, uint64_t answer) {
  answer_call(message, (QzExitReason){.exit = QZ_EXIT_NONE}, answer);
}

void qz_actor_fail_call(QzActor *actor, QzMessage *message, QzExit why) {
  if (!message->kind->is_call || !((QzCallMessage *)message)->call) return;
  answer_call((QzCallMessage *)message, qz_actor_reason(actor, why), 0);
}

static QzExit exit_of_unsent(QzSent sent) {
  switch (sent) {
    case QZ_SENT: return QZ_EXIT_NONE;
    case QZ_SENT_DROPPED:
    case QZ_SENT_FULL: return QZ_EXIT_FULL;
    case QZ_SENT_TIMED_OUT: return QZ_EXIT_TIMED_OUT;
    case QZ_SENT_INTERRUPTED: break;
  }
  return QZ_EXIT_INTERRUPTED;
}

QzExitReason qz_actor_call(QzActor *actor, QzCallMessage *message, uint64_t *answer) {
  message->call = NULL;  // there is nobody to answer yet
  QzSent sent = qz_bounds_enter(actor, &message->message, QZ_FOREVER);
  if (sent != QZ_SENT) {
    drop_unsent(actor, &message->message, sent);
    return (QzExitReason){.exit = exit_of_unsent(sent)};
  }
  QzFiber *self = qz_worker()->fiber;
  QzCall *call = qz_actor_allocate(sizeof *call);
  *call = (QzCall){.fiber = self, .ticket = qz_wait_announce(self)};
  message->call = call;
  qz_bounds_put(actor, &message->message);
  if (qz_suspend() != QZ_WAKE_EVENT) return (QzExitReason){.exit = QZ_EXIT_INTERRUPTED};
  QzExitReason failed = call->failed;
  *answer = call->answer;
  free(call);
  return failed;
}
