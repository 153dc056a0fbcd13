// The slow ways of the scheduler's own lock: spin for about as long as such a lock is held, then sleep.
#include "runtime/sched/lock.h"

#include "runtime/sched/futex.h"

enum { SPINS = 64 };

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("" ::: "memory");
#endif
}

void qz_lock_slow(QzLock *lock) {
  for (int i = 0; i < SPINS && !qz_sim_on; i++) {
    uint32_t expected = 0;
    relax();
    if (QZ_LOAD(&lock->word, relaxed) == 0 && QZ_SWAP_IF(&lock->word, &expected, 1, acquire)) return;
  }
  // Whoever takes it here cannot know whether others sleep, so it says that they do.
  while (QZ_EXCHANGE(&lock->word, 2, acquire) != 0) qz_futex_wait(&lock->word, 2, QZ_FOREVER);
}

void qz_unlock_slow(QzLock *lock) {
  if (!QZ_PLANTED(unlock_wakes_nobody)) qz_futex_wake(&lock->word, 1);
}
