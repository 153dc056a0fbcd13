// Hardware faults as panics, and the guards of stacks that make an overflow one.
//
// A fiber's stack begins with its guard, which faults when it is touched. The upper part of it is a reserve: opened
// when the stack has run into it, it is the room in which the panic unwinds, and closed again when that was caught.
#ifndef QZ_RUNTIME_FAULT_H
#define QZ_RUNTIME_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum {
  QZ_GUARD_SIZE = 128 << 10,  // compiled functions touch larger frames page by page
  QZ_GUARD_KEPT = 16 << 10,   // what is no reserve
};

// Is the address one of compiled Quartz code?
bool qz_fault_is_program(const void *address);
bool qz_fault_may_interrupt(const void *address);  // and of a function that is not @no_preempt?
// How many bytes the running stack has left below an address of it; of a thread's own nobody knows: SIZE_MAX.
size_t qz_stack_room(const void *address);
// Makes the QZ_GUARD_SIZE bytes from `low` on a guard.
bool qz_guard_install(char *low);

void qz_fault_start(void);         // for the process and its first thread
void qz_fault_begin_thread(void);  // for another thread: handlers need a stack of their own
void qz_fault_end_thread(void);

// A panic is about to walk and unwind the running stack: every return address on it has to be the true one.
void qz_fault_before_unwind(void);
// A panic was caught: the stack has room again.
void qz_fault_after_unwind(void);

#endif
