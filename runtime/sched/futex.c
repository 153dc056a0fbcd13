#include "runtime/sched/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "runtime/sched/sim.h"

static const int64_t NS = 1000000000;

void qz_futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline) {
  if (qz_sim_on) {
    qz_sim_sleep(word, value, deadline);
    return;
  }
  const struct timespec at = {.tv_sec = deadline / NS, .tv_nsec = deadline % NS};
  // With this operation the time is absolute, on the monotonic clock.
  syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline == QZ_FOREVER ? NULL : &at, NULL,
          FUTEX_BITSET_MATCH_ANY);
}

uint32_t qz_futex_wake(_Atomic uint32_t *word, int count) {
  if (qz_sim_on) return qz_sim_wake(word, count);
  return (uint32_t)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

int64_t qz_now(void) {
  if (qz_sim_on) return qz_sim_now();
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * NS + now.tv_nsec;
}
