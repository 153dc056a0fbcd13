// Slices: who keeps a worker for longer than one while others want it is interrupted (preempt.h). Who cannot be, being
// in C code, loses the others to another worker.
#ifndef QZ_SCHED_SLICE_H
#define QZ_SCHED_SLICE_H

#include <stdbool.h>
#include <stdint.h>

// By the monitor, now and then. Gives when it has to look again (of qz_now()); QZ_FOREVER: nobody waits for anybody.
int64_t qz_slice_look(void);
void qz_slice_stop(void);
// By the monitor: did others take over what waited for that worker at that turn?
bool qz_slice_is_helped(uint32_t worker, uint32_t turn);

#endif
