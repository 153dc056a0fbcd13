// Work that lies in a queue while a worker sleeps, and nobody was woken for it: a fault of the scheduler. Somebody is
// woken then, and that is counted: the count is to be 0.
#ifndef QZ_SCHED_RESCUE_H
#define QZ_SCHED_RESCUE_H

#include <stdbool.h>
#include <stdint.h>

void qz_rescue_look(void);  // by the monitor, now and then
bool qz_rescue_sees_work(void);  // in some queue
uint32_t qz_rescues(void);

#endif
