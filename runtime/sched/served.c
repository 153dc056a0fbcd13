#include "runtime/sched/served.h"

#include "runtime/internal.h"
#include "runtime/sched/scope.h"
#include "runtime/sched/trace_events.h"

// Who would end a wait reads the claim word first, and finds then that it lasts.
void qz_served_hide(void) { QZ_ADD(&qz_worker()->fiber->context->lasting, 1, release); }
void qz_served_show(void) { QZ_SUBTRACT(&qz_worker()->fiber->context->lasting, 1, release); }

void qz_served_ask(QzServed *served) { QZ_OR(&served->ends, QZ_ENDS_ASKED, release); }

// ── By others ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_wait(uint64_t word) {
  return (word & QZ_STATE_MASK) == QZ_PREPARES || (word & QZ_STATE_MASK) == QZ_WAITS;
}

static void end_wait(QzFiber *fiber, uint64_t word, uint32_t reason) {
  if (!QZ_LOAD(&fiber->context->lasting, acquire)) qz_wake(fiber, word & QZ_TICKET_MASK, reason);
}

// The claim word is read first: if it says that the fiber waits, the fiber serves this one after that, and the claim
// succeeds, then it was a wait of this one all the time. What must not be ended any more said so before it waited.
void qz_served_interrupt(QzServed *served) {
  atomic_thread_fence(memory_order_seq_cst);  // pairs with qz_served_before_wait
  QzFiber *fiber = QZ_LOAD(&served->fiber, acquire);
  if (!fiber) return;
  uint64_t word = QZ_LOAD(&fiber->claim, acquire);
  if (!is_wait(word) && !QZ_PLANTED(claims_what_runs)) return;
  if (QZ_LOAD(&fiber->serves, acquire) == served && QZ_LOAD(&served->ends, acquire) == QZ_ENDS_ASKED)
    end_wait(fiber, word, served->reason);
}

// The block cannot end meanwhile: that takes the scope's lock, which the caller has.
void qz_served_interrupt_block(QzFiber *fiber) {
  atomic_thread_fence(memory_order_seq_cst);  // pairs with qz_served_before_wait
  uint64_t word = QZ_LOAD(&fiber->claim, acquire);
  if (is_wait(word)) end_wait(fiber, word, QZ_WAKE_SCOPE);
}

// ── By the running stack ────────────────────────────────────────────────────────────────────────────────────────
// Why its waits are to end now; QZ_WAKE_EVENT: they are not.
static uint32_t reason_to_end(const QzFiber *self) {
  QzServed *served = atomic_load_explicit(&self->serves, memory_order_relaxed);
  if (QZ_LOAD(&self->context->lasting, relaxed)) return QZ_WAKE_EVENT;
  if (served && QZ_LOAD(&served->ends, acquire) == QZ_ENDS_ASKED) return served->reason;
  return qz_scope_ends_block(self->scopes) ? QZ_WAKE_SCOPE : QZ_WAKE_EVENT;
}

bool qz_served_asked_here(void) { return reason_to_end(qz_worker()->fiber) != QZ_WAKE_EVENT; }

void qz_served_before_wait(QzFiber *fiber) {
  QzTicket ticket = atomic_load_explicit(&fiber->claim, memory_order_relaxed) & QZ_TICKET_MASK;
  // The wait was announced before this look: pairs with who asks, and looks at the wait after that.
  atomic_thread_fence(memory_order_seq_cst);
  if (QZ_PLANTED(wait_ignores_signal)) return;
  uint32_t reason = reason_to_end(fiber);
  if (reason != QZ_WAKE_EVENT) qz_wait_claim(fiber, ticket, reason);
}

void qz_served_was_told(QzFiber *fiber) {
  QzServed *served = atomic_load_explicit(&fiber->serves, memory_order_relaxed);
  if (!QZ_PLANTED(cancel_stays)) QZ_OR(&served->ends, QZ_ENDS_OVER, release);
}

// A cancelled task is asked until it has ended: a scope on the way goes on unwinding when its tasks have ended.
_Noreturn void qz_cancelled(void) {
  if (qz_worker()->fiber->had_no_stack) qz_panic_text(QZ_NO_STACK_TEXT);
  QzServed *served = qz_served_here();
  if (served && served->reason == QZ_WAKE_CANCELLED) QZ_AND(&served->ends, (uint8_t)~QZ_ENDS_OVER, release);
  qz_panic_cancel();
}
