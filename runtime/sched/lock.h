// The lock of the scheduler's own data: held for some dozens of instructions, never over a wait, never while memory is
// asked for. Giving it back is a plain store, which takes a fifth of an exchange's time; so nobody can be told of it,
// and who finds it taken spins, and lets others run when its holder seems to have lost the processor.
#ifndef QZ_SCHED_LOCK_H
#define QZ_SCHED_LOCK_H

#include <stdint.h>

#include "runtime/sched/point.h"

typedef struct QzLock {
  _Atomic uint32_t word;  // 1: taken
} QzLock;

void qz_lock_slow(QzLock *lock);

static inline void qz_lock(QzLock *lock) {
  if (QZ_EXCHANGE(&lock->word, 1, acquire) && !QZ_PLANTED(no_lock)) qz_lock_slow(lock);  // pairs with qz_unlock
}

static inline void qz_unlock(QzLock *lock) { QZ_STORE(&lock->word, 0, release); }

#endif
