// The monitor: a thread beside the workers, from the program's first task on. It prints dumps, tells who keeps a worker
// too long, and finds work that nobody was woken for. While all workers sleep, so does it; there is none under a seed.
#ifndef QZ_SCHED_MONITOR_H
#define QZ_SCHED_MONITOR_H

#include <stdint.h>

#include "runtime/sched/point.h"

void qz_monitor_start(void);
void qz_monitor_stop(void);  // before the workers end
uint32_t qz_monitor_rescues(void);  // how often it found such work

// It sleeps, or looks rarely, until a worker wakes.
extern _Atomic bool qz_monitor_rests;
void qz_monitor_call(void);

// By a worker that has slept.
static inline void qz_monitor_worker_woke(void) {
  if (__builtin_expect(atomic_load(&qz_monitor_rests), false)) qz_monitor_call();
}

#endif
