// Pauses at points, on threads. QUARTZ_DELAYS=n begins the series of chances; about one point in RARELY gets a pause.
// Whoever has just looked at a word, and is about to change another, is so overtaken far more often than the system
// would let it be. Only the runtime made for tests calls this (point.h).
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/sched/point.h"

enum { RARELY = 400, SPINS_LIMIT = 2000, SLEEP_NS_LIMIT = 200000 };

typedef enum Pause { YIELDS, SPINS, SLEEPS, PAUSES } Pause;

static _Atomic uint64_t threads;  // that have been here: each has a series of its own

static uint64_t seed_wanted(void) {
  const char *text = getenv("QUARTZ_DELAYS");
  return text ? strtoull(text, NULL, 10) : 0;
}

// splitmix64, as in sim.c.
static uint64_t next_random(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

static void spin(uint64_t times) {
  for (volatile uint64_t i = 0; i < times;) i++;
}

static void pause_for(uint64_t random) {
  const struct timespec moment = {.tv_nsec = (long)(random % SLEEP_NS_LIMIT)};
  switch ((Pause)(random >> 32) % PAUSES) {
    case YIELDS: sched_yield(); break;
    case SPINS: spin(random % SPINS_LIMIT); break;
    case SLEEPS: nanosleep(&moment, NULL); break;
    case PAUSES: break;
  }
}

// A function of its own, so that the address of what is the thread's is never kept over a change of stacks.
void __attribute__((noinline)) qz_delay(void) {
  static _Thread_local uint64_t state;
  static _Thread_local bool has_begun;
  if (!has_begun) {
    has_begun = true;
    uint64_t seed = seed_wanted();
    if (seed) state = (seed << 16) + atomic_fetch_add(&threads, 1);
  }
  if (!state) return;
  uint64_t random = next_random(&state);
  int error = errno;
  if (random % RARELY == 0) pause_for(random / RARELY);
  errno = error;
}
