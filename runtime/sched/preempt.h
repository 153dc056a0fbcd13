// Preemption: what runs on a worker gives it to others without being asked, wherever it stands in compiled Quartz code.
// In C code, which may hold locks, it goes on: the next look may find it elsewhere, and many calls of the runtime look
// whether somebody was to give way (qz_program_enter).
#ifndef QZ_SCHED_PREEMPT_H
#define QZ_SCHED_PREEMPT_H

#include <stdbool.h>
#include <ucontext.h>

// In the handler of a signal that came to a worker's thread: lets it go on as if the interrupted instruction had called
// qz_give_way. False: it cannot be interrupted where it stands.
bool qz_preempt(ucontext_t *context);

#endif
