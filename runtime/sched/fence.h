// A fence in two halves, for two sides each of which writes one thing and reads then what the other writes: one of them
// sees the other. The side that comes often has the light half, which only keeps the compiler's order; the one that
// comes seldom has the heavy half, behind which every thread of the program has passed a full fence.
//
// Where the system cannot do that, both halves are full fences; compiled code, which has light ones, asks first.
#ifndef QZ_SCHED_FENCE_H
#define QZ_SCHED_FENCE_H

#include "runtime/sched/point.h"

extern bool qz_fences_are_even;  // since the start: the light half is as heavy

void qz_fence_start(void);  // best while there is one thread: later it takes milliseconds
void qz_fence_heavy(void);

static inline void qz_fence_light(void) {
  if (__builtin_expect(qz_fences_are_even, false)) atomic_thread_fence(memory_order_seq_cst);
  else atomic_signal_fence(memory_order_seq_cst);
}

#endif
