// The scheduler as compiled programs see it (runtime.def has what they call).
#ifndef QZ_SCHED_PROGRAM_H
#define QZ_SCHED_PROGRAM_H

#include "runtime/qz_runtime.h"
#include "runtime/sched/worker.h"

// What qz_go_wait gives; std/core/task.qz knows the numbers.
enum { QZ_GO_VALUE, QZ_GO_PANICKED, QZ_GO_TAKEN, QZ_GO_CANCELLED };

// At the start of what programs call. The scheduler begins with the first of these calls; and in any of them who was to
// be interrupted before, but stood in C code, gives way to others.
void qz_program_begin(void);
static inline void qz_program_enter(void) {
  if (__builtin_expect(!qz_worker(), false)) qz_program_begin();
  else qz_give_way_if_asked();
}
// At most so many workers; the interpreter can have one.
extern uint32_t qz_program_workers_limit;
void qz_release_closure(QzClosure *closure);  // NULL is allowed
// Set by the first actor: called when main has ended, and when the scheduler has.
extern void (*qz_stop_actors)(void);
extern void (*qz_end_kinds)(void);
extern void (*qz_end_hooks)(void);  // the same, by the first hook

#endif
