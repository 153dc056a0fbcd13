// Fibers: stacks, and the change from one to another. A fiber belongs to whoever holds its address; this file knows
// nothing of what runs on it.
//
// Memory of fibers is never given to anything else: a stale address still leads to a fiber, and its claim word says
// that it is not the wait that was meant (waiter.h).
#ifndef QZ_SCHED_FIBER_H
#define QZ_SCHED_FIBER_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/context.h"
#include "runtime/sched/point.h"

typedef struct QzWorker QzWorker;
typedef struct QzServed QzServed;

// Something with the right to run. The right is in one place at any time, so a runnable is in one queue at most.
typedef struct QzRunnable QzRunnable;
struct QzRunnable {
  QzRunnable *next;  // in an inject queue or a list, when it is in one
  void (*run)(QzRunnable *self);
};

typedef struct QzFiber {
  QzRunnable runnable;      // resumes it
  void *stack_pointer;      // while it does not run
  _Atomic uint64_t claim;   // whether it waits: see waiter.h
  uintptr_t waits;          // for what, as reports tell it: see waits.h
  bool had_no_stack;        // its last wait ended with QZ_WAKE_NO_STACK
  QzContext *context;       // the panic guards and releases of what runs on this stack
  _Atomic(QzServed *) serves;  // what runs on it, and can be asked to end its waits (served.h)
  struct QzScope *scopes;   // whose blocks stand on it, the innermost first (scope.h)
  struct QzActor *calls;    // whom its handler waits for in a call (cycle.c), NULL: nobody; and that wait
  uint64_t call_ticket;
  _Atomic(void *) awaits;     // the word of a descriptor that it waits at (poll.h)
  struct QzReading *reading;  // the read locks that are held on it, newest first (sync.h)
  void *slot;               // where a value stands while it crosses (program.c)
  size_t slot_room;
  struct QzFiber *next;     // in a pool
  QzContext own_context;    // but for the stack of the first thread, which had one before
#ifdef QZ_ASAN_FIBERS
  void *fake_stack;         // AddressSanitizer's, and what it has to know of the stack
  const void *stack_low;
  size_t stack_size;
#endif
#ifdef QZ_TSAN_FIBERS
  void *tsan;
#endif
} QzFiber;

// ThreadSanitizer follows it too, and has something of its own for each stack.
#ifdef QZ_TSAN_FIBERS
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
#endif

// AddressSanitizer follows the change of stacks if it is told before and after. Only where the runtime is made to be
// tested with it; a program that is linked without it has no such functions.
#ifdef QZ_ASAN_FIBERS
void __sanitizer_start_switch_fiber(void **fake_stack, const void *low, size_t size) __attribute__((weak));
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **low, size_t *size) __attribute__((weak));
static inline void qz_before_switch(QzFiber *from, const QzFiber *to) {
  if (__sanitizer_start_switch_fiber) __sanitizer_start_switch_fiber(&from->fake_stack, to->stack_low, to->stack_size);
}
static inline void qz_behind_switch(const QzFiber *self) {
  if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
}
#elif defined(QZ_TSAN_FIBERS)
// What the worker did before is before what the next stack does.
static inline void qz_before_switch(QzFiber *from, const QzFiber *to) {
  (void)from;
  __tsan_switch_to_fiber(to->tsan, 0);
}
static inline void qz_behind_switch(const QzFiber *self) { (void)self; }
#else
static inline void qz_before_switch(QzFiber *from, const QzFiber *to) { (void)from, (void)to; }
static inline void qz_behind_switch(const QzFiber *self) { (void)self; }
#endif

// Shows each fiber that was ever made, of all but the threads' own stacks.
void qz_fibers_each(void (*see)(QzFiber *fiber, void *to), void *to);
enum { QZ_STACK_SIZE = 1 << 20 };  // of a fiber that was made, which lies at the top of its stack
// Where something that qz_stack_switch left will go on, and its frame.
void qz_stack_left_at(void *stack_pointer, void **instruction, void **frame);

// A fiber that will begin with entry(); NULL: there is no memory for another one.
QzFiber *qz_fiber_new(void (*entry)(void));
// Makes a fiber whose stack holds nothing of worth begin with entry() again.
void qz_fiber_reset(QzFiber *fiber, void (*entry)(void));
// The stack that the calling thread runs on, as a fiber, with the context it has.
void qz_fiber_adopt(QzFiber *fiber);

// Leaves the running stack, keeping its place in *from, and goes on where `to` points. Returns when somebody comes
// back. The processor's stack of return addresses is of no use here, hence a jump: a `ret` would be guessed wrongly
// each time.
static inline __attribute__((always_inline)) void qz_stack_switch(void **from, void *to) {
#if defined(__x86_64__)
  __asm__ volatile(
      "leaq -128(%%rsp), %%rsp\n\t"  // the red zone
      "pushq %%rbp\n\t"
      "pushq %%rbx\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "movq %%rsp, (%0)\n\t"
      "movq %1, %%rsp\n\t"
      "popq %%rax\n\t"
      "jmpq *%%rax\n"
      "1:\n\t"
      "popq %%rbx\n\t"
      "popq %%rbp\n\t"
      "leaq 128(%%rsp), %%rsp\n\t"
      : "+D"(from), "+S"(to)
      :
      : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc", "xmm0", "xmm1",
        "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
        "xmm15");
#elif defined(__aarch64__)
  __asm__ volatile(
      "stp x29, x19, [sp, #-32]!\n\t"
      "adr x9, 1f\n\t"
      "str x9, [sp, #16]\n\t"
      "mov x10, sp\n\t"
      "str x10, [%0]\n\t"
      "mov sp, %1\n\t"
      "ldr x9, [sp, #16]\n\t"
      "br x9\n"
      "1:\n\t"
      "ldp x29, x19, [sp], #32\n\t"
      : "+r"(from), "+r"(to)
      :
      : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x20",
        "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30", "memory", "cc", "v0", "v1", "v2", "v3", "v4",
        "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20",
        "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
#else
#error "no stack switch known for this processor"
#endif
}

#endif
