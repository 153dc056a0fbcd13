#include "runtime/sched/served.h"

#include "runtime/internal.h"

void qz_served_begin(QzServed *served) {
  QzFiber *fiber = qz_worker()->fiber;
  atomic_store_explicit(&fiber->serves, served, memory_order_release);
  QZ_STORE(&served->fiber, fiber, release);
}

void qz_served_end(QzServed *served) {
  atomic_store_explicit(&qz_worker()->fiber->serves, NULL, memory_order_release);
  QZ_STORE(&served->fiber, NULL, release);
}

QzServed *qz_served_here(void) { return atomic_load_explicit(&qz_worker()->fiber->serves, memory_order_relaxed); }

// Who would end a wait reads the claim word first, and finds then that the fiber serves nobody.
QzServed *qz_served_hide(void) {
  QzServed *served = qz_served_here();
  QZ_STORE(&qz_worker()->fiber->serves, NULL, release);
  return served;
}

void qz_served_show(QzServed *served) { QZ_STORE(&qz_worker()->fiber->serves, served, release); }

void qz_served_unwinds(void) {
  QzServed *served = qz_served_here();
  if (served) QZ_OR(&served->ends, QZ_ENDS_UNWINDS, release);
}

bool qz_served_is_asked(QzServed *served) { return QZ_LOAD(&served->ends, acquire) & QZ_ENDS_ASKED; }

void qz_served_ask(QzServed *served) { QZ_OR(&served->ends, QZ_ENDS_ASKED, release); }

// The claim word is read first: if it says that the fiber waits, the fiber serves this one after that, and the claim
// succeeds, then it was a wait of this one all the time. What must not be ended any more said so before it waited.
void qz_served_interrupt(QzServed *served) {
  atomic_thread_fence(memory_order_seq_cst);  // pairs with qz_served_before_wait
  QzFiber *fiber = QZ_LOAD(&served->fiber, acquire);
  if (!fiber) return;
  uint64_t word = QZ_LOAD(&fiber->claim, acquire);
  bool waits = (word & QZ_STATE_MASK) == QZ_PREPARES || (word & QZ_STATE_MASK) == QZ_WAITS;
  if (!waits && !QZ_PLANTED(claims_what_runs)) return;
  if (QZ_LOAD(&fiber->serves, acquire) == served && QZ_LOAD(&served->ends, acquire) == QZ_ENDS_ASKED)
    qz_wake(fiber, word & QZ_TICKET_MASK, served->reason);
}

void qz_served_before_wait(QzFiber *fiber) {
  QzServed *served = atomic_load_explicit(&fiber->serves, memory_order_relaxed);
  QzTicket ticket = atomic_load_explicit(&fiber->claim, memory_order_relaxed) & QZ_TICKET_MASK;
  // The wait was announced before this look: pairs with who asks, and looks at the wait after that.
  atomic_thread_fence(memory_order_seq_cst);
  if (QZ_PLANTED(wait_ignores_signal)) return;
  if (QZ_LOAD(&served->ends, acquire) == QZ_ENDS_ASKED) qz_wait_claim(fiber, ticket, served->reason);
}

void qz_served_was_told(QzFiber *fiber) {
  QzServed *served = atomic_load_explicit(&fiber->serves, memory_order_relaxed);
  if (!QZ_PLANTED(cancel_stays)) QZ_OR(&served->ends, QZ_ENDS_OVER, release);
}

_Noreturn void qz_cancelled(void) {
  qz_served_unwinds();
  qz_panic_cancel();
}
