// The lock of the scheduler's own data: held for some dozens of instructions, never over a wait, never while memory is
// asked for. Giving it back is a plain store, which takes a fifth of an exchange's time; so nobody can be told of it,
// and who finds it taken spins, and lets others run when its holder seems to have lost the processor.
#ifndef QZ_SCHED_LOCK_H
#define QZ_SCHED_LOCK_H

#include <stdint.h>

#include "runtime/sched/point.h"

typedef struct QzLock {
  _Atomic uint32_t word;  // 1: taken; else what is shown to those who look without taking it, above that bit
} QzLock;

void qz_lock_slow(QzLock *lock);

static inline void qz_lock(QzLock *lock) {
  if (QZ_EXCHANGE(&lock->word, 1, acquire) & 1 && !QZ_PLANTED(no_lock)) qz_lock_slow(lock);  // pairs with qz_unlock
}

static inline void qz_unlock(QzLock *lock) { QZ_STORE(&lock->word, 0, release); }

// The same; until it is taken again it shows some bits, which who takes it learns. While it is taken it shows none.
static inline void qz_unlock_showing(QzLock *lock, uint32_t bits) { QZ_STORE(&lock->word, bits << 1, release); }
static inline uint32_t qz_lock_shows(QzLock *lock) { return QZ_LOAD(&lock->word, acquire) >> 1; }
static inline uint32_t qz_lock_seeing(QzLock *lock) {
  uint32_t word = QZ_EXCHANGE(&lock->word, 1, acquire);
  if (word & 1 && !QZ_PLANTED(no_lock)) qz_lock_slow(lock);
  return word >> 1;
}

#endif
