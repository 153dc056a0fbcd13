// Points and atomics. A point is a place where another worker may get ahead of this one: before every atomic operation
// of the scheduler. Under a seed (sim.h) all workers share one thread and change there, so that a run can be repeated;
// otherwise a point is one predicted branch. Nothing in this folder uses an atomic operation of C directly.
//
// On threads a test can have pauses there (delay.c): in the runtime that is made for tests, with -DQZ_FAULTS.
#ifndef QZ_SCHED_POINT_H
#define QZ_SCHED_POINT_H

#include <stdatomic.h>
#include <stdbool.h>

extern bool qz_sim_on;
void qz_sim_point(void);
void qz_sim_spin(void);  // as a point, but another worker must get ahead: this one waits for it

void qz_delay(void);  // a pause now and then

// The code around a point must not pay for a call that is made under a seed only: this one keeps all registers.
static inline void qz_sim_point_here(void) {
#if defined(__x86_64__)
  __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t"  // the red zone
                   "call qz_sim_point_kept\n\t"
                   "leaq 128(%%rsp), %%rsp" ::: "memory", "cc");
#else
  qz_sim_point();
#endif
}

static inline void qz_point(void) {
  if (__builtin_expect(qz_sim_on, false)) qz_sim_point_here();
#ifdef QZ_FAULTS
  else qz_delay();
#endif
}

#define QZ_LOAD(place, order) (qz_point(), atomic_load_explicit(place, memory_order_##order))
#define QZ_STORE(place, value, order) (qz_point(), atomic_store_explicit(place, value, memory_order_##order))
#define QZ_EXCHANGE(place, value, order) (qz_point(), atomic_exchange_explicit(place, value, memory_order_##order))
#define QZ_ADD(place, value, order) (qz_point(), atomic_fetch_add_explicit(place, value, memory_order_##order))
#define QZ_SUBTRACT(place, value, order) (qz_point(), atomic_fetch_sub_explicit(place, value, memory_order_##order))
#define QZ_OR(place, value, order) (qz_point(), atomic_fetch_or_explicit(place, value, memory_order_##order))
#define QZ_AND(place, value, order) (qz_point(), atomic_fetch_and_explicit(place, value, memory_order_##order))
// Strong; a failure reads with acquire order. `expected` is a pointer, as in C.
#define QZ_SWAP_IF(place, expected, value, order) \
  (qz_point(),                                    \
   atomic_compare_exchange_strong_explicit(place, expected, value, memory_order_##order, memory_order_acquire))

// Faults that were made on purpose, to see that the tests find them: compiled in with -DQZ_FAULTS only, one at a time.
typedef enum QzFault {
  QZ_FAULT_NONE,
#define FAULT(name, text) QZ_FAULT_##name,
#include "runtime/sched/faults.def"
} QzFault;

#ifdef QZ_FAULTS
extern QzFault qz_fault_planted;
#define QZ_PLANTED(name) (qz_fault_planted == QZ_FAULT_##name)
#else
#define QZ_PLANTED(name) false
#endif

#endif
