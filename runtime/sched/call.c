// Messages to actors, and calls, which wait for an answer.
#include <stdlib.h>

#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"

void qz_actor_send(QzActor *actor, QzMessage *message) {
  switch (qz_mailbox_put(&actor->mailbox, message)) {
    case QZ_ARRIVED: break;
    case QZ_ARRIVED_TO_IDLE: qz_ready_next(&actor->runnable); break;
    case QZ_ARRIVED_WITH_SIGNAL: break;  // who signalled looks after the wait
  }
}

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

QzExitReason qz_actor_call(QzActor *actor, QzCallMessage *message, uint64_t *answer) {
  QzFiber *self = qz_worker()->fiber;
  QzCall *call = qz_actor_allocate(sizeof *call);
  *call = (QzCall){.fiber = self, .ticket = qz_wait_announce(self)};
  message->call = call;
  qz_actor_send(actor, &message->message);
  if (qz_suspend() != QZ_WAKE_EVENT) return (QzExitReason){.exit = QZ_EXIT_INTERRUPTED};
  QzExitReason failed = call->failed;
  *answer = call->answer;
  free(call);
  return failed;
}
