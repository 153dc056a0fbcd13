// Stalls: a task or handler that keeps its worker while others are ready and cannot run there.
#ifndef QZ_SCHED_STALL_H
#define QZ_SCHED_STALL_H

#include <stdbool.h>
#include <stdint.h>

void qz_stall_start(int64_t limit);  // ns of processor time; 0: nothing is told
// By the monitor, now and then. True: some worker got on since the last look.
bool qz_stall_look(void);

#endif
