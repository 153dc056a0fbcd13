#include "runtime/sched/idle.h"

#include "runtime/sched/futex.h"

uint32_t qz_idle_announce(QzIdle *idle) {
  // The fence of the announcement: pairs with that of qz_idle_notify's caller.
  QZ_ADD(&idle->sleepers, 1, seq_cst);
  return QZ_LOAD(&idle->epoch, acquire);
}

void qz_idle_withdraw(QzIdle *idle) { QZ_SUBTRACT(&idle->sleepers, 1, seq_cst); }

void qz_idle_sleep(QzIdle *idle, uint32_t key, int64_t deadline) {
  qz_futex_wait(&idle->epoch, key, deadline);
  qz_idle_withdraw(idle);
}

void qz_idle_notify(QzIdle *idle, uint32_t count) {
  if (QZ_LOAD(&idle->sleepers, relaxed) == 0) return;
  QZ_ADD(&idle->epoch, 1, release);
  qz_futex_wake(&idle->epoch, (int)count);
}
