// Fibers. Their stacks are cut from slabs of address space; a stack takes memory page by page as it is used, and what
// describes the fiber lies at its top, so that a waiting fiber with little on its stack takes one page.
//
// Below each stack lies a guard, so that an overflow faults (fault.h) instead of writing into the neighbour's stack.
// Where a guard needs a mapping of its own, the limit of those (65,530 by default) ends the making of fibers at about
// 32,000.
#include "runtime/sched/fiber.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/fault.h"

enum {
  STACK_SIZE = 1 << 20,  // of address space, guard included
  STACKS_AT_ONCE = 64,
};

static struct {
  pthread_mutex_t lock;  // no lock of the scheduler, whose points a seed would count
  char *next, *end;      // of the slab: stacks that were never used
} slab = {.lock = PTHREAD_MUTEX_INITIALIZER};

// ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────
// Huge pages would give a stack 2 MiB where it needs 4 KiB.
static bool open_slab(void) {
  size_t size = (size_t)STACK_SIZE * STACKS_AT_ONCE;
  void *memory =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return false;
  madvise(memory, size, MADV_NOHUGEPAGE);
  slab.next = memory;
  slab.end = slab.next + size;
  return true;
}

static char *take_stack(void) {
  pthread_mutex_lock(&slab.lock);
  char *low = slab.next != slab.end || open_slab() ? slab.next : NULL;
  if (low) slab.next += STACK_SIZE;
  pthread_mutex_unlock(&slab.lock);
  return low;
}

// ── The first steps on a stack ──────────────────────────────────────────────────────────────────────────────────
// What qz_stack_switch finds at the stack pointer: where to go on, and what it restores.
#if defined(__x86_64__)
typedef struct Saved {
  void (*entry)(void);
  uintptr_t zero;  // in place of a return address: the stack ends here
} Saved;
static void prepare(Saved *saved, void (*entry)(void)) { *saved = (Saved){.entry = entry}; }
#elif defined(__aarch64__)
typedef struct Saved {
  uintptr_t frame;
  void (*entry)(void);  // in x19
  void (*begin)(void);
  uintptr_t unused;
} Saved;
void qz_fiber_begin(void);
__asm__(
    ".text\n.hidden qz_fiber_begin\n.globl qz_fiber_begin\nqz_fiber_begin:\n"
    "ldp x29, x19, [sp], #32\n"
    "mov x30, #0\n"  // the stack ends here
    "br x19\n");
static void prepare(Saved *saved, void (*entry)(void)) { *saved = (Saved){.entry = entry, .begin = qz_fiber_begin}; }
#endif

void qz_fiber_reset(QzFiber *fiber, void (*entry)(void)) {
  Saved *saved = (Saved *)((uintptr_t)fiber & ~(uintptr_t)15) - 1;
  prepare(saved, entry);
  fiber->stack_pointer = saved;
#ifdef QZ_ASAN_FIBERS
  fiber->fake_stack = NULL;
#endif
}

QzFiber *qz_fiber_new(void (*entry)(void)) {
  char *low = take_stack();
  if (!low || !qz_guard_install(low)) return NULL;
  QzFiber *fiber = (QzFiber *)((uintptr_t)(low + STACK_SIZE - sizeof *fiber) & ~(uintptr_t)63);
  fiber->context = &fiber->own_context;
  fiber->own_context.stack_low = low;
#ifdef QZ_ASAN_FIBERS
  fiber->stack_low = low + QZ_GUARD_SIZE;
  fiber->stack_size = STACK_SIZE - QZ_GUARD_SIZE;
#endif
  qz_fiber_reset(fiber, entry);
  return fiber;
}

// ── Stacks of threads ───────────────────────────────────────────────────────────────────────────────────────────
void qz_fiber_adopt(QzFiber *fiber) {
  *fiber = (QzFiber){.context = qz_context ? qz_context : &fiber->own_context};
#ifdef QZ_ASAN_FIBERS
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  pthread_attr_getstack(&attributes, (void **)&fiber->stack_low, &fiber->stack_size);
  pthread_attr_destroy(&attributes);
#endif
}
