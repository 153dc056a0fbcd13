// The lock of the scheduler's own data: held for some dozens of instructions, never over a wait. A thread that finds it
// taken spins a little and then sleeps, since its holder may have lost the processor.
#ifndef QZ_SCHED_LOCK_H
#define QZ_SCHED_LOCK_H

#include <stdint.h>

#include "runtime/sched/point.h"

typedef struct QzLock {
  _Atomic uint32_t word;  // 0 free, 1 taken, 2 taken and somebody may sleep
} QzLock;

void qz_lock_slow(QzLock *lock);
void qz_unlock_slow(QzLock *lock);

static inline void qz_lock(QzLock *lock) {
  uint32_t expected = 0;
  if (!QZ_SWAP_IF(&lock->word, &expected, 1, acquire)) qz_lock_slow(lock);  // pairs with qz_unlock's exchange
}

static inline void qz_unlock(QzLock *lock) {
  if (QZ_EXCHANGE(&lock->word, 0, release) == 2) qz_unlock_slow(lock);
}

#endif
