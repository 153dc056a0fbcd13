#include "runtime/sched/idle.h"

#include "runtime/sched/futex.h"
#include "runtime/sched/poll.h"

enum { SITS = 1, NOTIFIED = 2 };

uint32_t qz_idle_announce(QzIdle *idle) {
  // The fence of the announcement: pairs with that of qz_idle_notify's caller.
  QZ_ADD(&idle->sleepers, 1, seq_cst);
  return QZ_LOAD(&idle->epoch, acquire);
}

void qz_idle_withdraw(QzIdle *idle) { QZ_SUBTRACT(&idle->sleepers, 1, seq_cst); }

void qz_idle_sleep(QzIdle *idle, uint32_t key, int64_t deadline) {
  qz_futex_wait(&idle->epoch, QZ_PLANTED(key_read_late) ? QZ_LOAD(&idle->epoch, acquire) : key, deadline);
  qz_idle_withdraw(idle);
}

void qz_idle_notify(QzIdle *idle, uint32_t count) {
  if (QZ_LOAD(&idle->sleepers, relaxed) == 0) return;
  uint32_t epoch = QZ_ADD(&idle->epoch, NOTIFIED, release);
  if (qz_futex_wake(&idle->epoch, (int)count) < count && epoch & SITS) qz_idle_unseat(idle);
}

bool qz_idle_sit(QzIdle *idle, uint32_t key) { return QZ_SWAP_IF(&idle->epoch, &key, key | SITS, acq_rel); }

void qz_idle_rise(QzIdle *idle) {
  QZ_AND(&idle->epoch, ~(uint32_t)SITS, acq_rel);
  qz_idle_withdraw(idle);
}

// Who takes the bit off interrupts, and nobody else does.
void qz_idle_unseat(QzIdle *idle) {
  if (QZ_AND(&idle->epoch, ~(uint32_t)SITS, acq_rel) & SITS) qz_poll_interrupt();
}
