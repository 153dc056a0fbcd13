// Sleeping and waking of threads; under a seed, of the workers that share one.
#ifndef QZ_SCHED_FUTEX_H
#define QZ_SCHED_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

#define QZ_FOREVER INT64_MAX

// Sleeps while *word == value, until woken, until qz_now() reaches `deadline`, or for no reason at all.
void qz_futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline);
uint32_t qz_futex_wake(_Atomic uint32_t *word, int count);  // gives how many

int64_t qz_now(void);  // ns, monotonic; under a seed, the logical clock

#endif
