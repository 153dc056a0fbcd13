// What a stack carries with it: the panics it would catch and the releases it is in the middle of. Every stack of the
// program has one; `qz_context` leads to that of the running one.
#ifndef QZ_RUNTIME_CONTEXT_H
#define QZ_RUNTIME_CONTEXT_H

#include <stdatomic.h>

#include "runtime/qz_runtime.h"

// Objects that wait to be released (release.c).
typedef struct QzAside {
  QzObject **objects;  // the next to release last
  uint32_t depth, size, capacity;
} QzAside;

typedef struct QzContext {
  struct QzGuard *guard;     // the innermost one set up (panic.c)
  QzString *caught_message;  // of the panic that was caught last
  QzPlace caught_place;
  _Atomic uint32_t lasting;  // not 0: waits on this stack are not ended from outside (sched/served.h)
  QzAside aside;
  char *stack_low;           // where the guard of the stack begins; NULL: it is a thread's own
  char *reserve;             // where the open part of the guard begins (fault.h); NULL: all of it is closed
  uintptr_t *return_slot;    // where a C function returns to that needs the reserve; NULL: there is none
  uintptr_t return_address;  // where it would have returned to
} QzContext;

extern _Thread_local QzContext *qz_context;  // at first that of the first thread's own stack

#endif
