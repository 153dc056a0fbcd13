// What a stack carries with it: the panics it would catch and the releases it is in the middle of. Every stack of the
// program has one; `qz_context` leads to that of the running one.
#ifndef QZ_RUNTIME_CONTEXT_H
#define QZ_RUNTIME_CONTEXT_H

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
  QzAside aside;
} QzContext;

extern _Thread_local QzContext *qz_context;  // at first that of the first thread's own stack

#endif
