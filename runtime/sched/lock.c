#include "runtime/sched/lock.h"

#include <sched.h>

enum { SPINS = 100 };  // about as long as such a lock is held

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield" ::: "memory");
#endif
}

static void wait_a_little(QzLock *lock) {
  if (qz_sim_on) {
    qz_sim_spin();
    return;
  }
  for (int i = 0; i < SPINS; i++) {
    if (!(QZ_LOAD(&lock->word, relaxed) & 1)) return;
    relax();
  }
  sched_yield();
}

void qz_lock_slow(QzLock *lock) {
  do wait_a_little(lock);
  while (QZ_EXCHANGE(&lock->word, 1, acquire) & 1);
}
