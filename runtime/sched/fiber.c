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
  STACK_SIZE = QZ_STACK_SIZE,  // of address space, guard included
  STACKS_AT_ONCE = 64,
};

typedef struct Slab {
  struct Slab *older;
  char *memory;
  _Atomic uint32_t used;  // stacks, from the first on
} Slab;

// No lock of the scheduler, whose points a seed would count.
static pthread_mutex_t slabs_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(Slab *) newest_slab;

// ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────
// Huge pages would give a stack 2 MiB where it needs 4 KiB.
static Slab *open_slab(Slab *older) {
  size_t size = (size_t)STACK_SIZE * STACKS_AT_ONCE;
  Slab *slab = malloc(sizeof *slab);
  void *memory =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (!slab || memory == MAP_FAILED) {
    free(slab);
    if (memory != MAP_FAILED) munmap(memory, size);
    return NULL;
  }
  madvise(memory, size, MADV_NOHUGEPAGE);
  *slab = (Slab){.older = older, .memory = memory};
  return slab;
}

static char *take_stack(void) {
  pthread_mutex_lock(&slabs_lock);
  Slab *slab = atomic_load_explicit(&newest_slab, memory_order_relaxed);
  bool is_full = !slab || atomic_load_explicit(&slab->used, memory_order_relaxed) == STACKS_AT_ONCE;
  if (is_full && (slab = open_slab(slab))) atomic_store_explicit(&newest_slab, slab, memory_order_release);
  char *low = slab ? slab->memory + (size_t)STACK_SIZE * atomic_fetch_add(&slab->used, 1) : NULL;
  pthread_mutex_unlock(&slabs_lock);
  return low;
}

static QzFiber *fiber_of(char *low) {
  return (QzFiber *)((uintptr_t)(low + STACK_SIZE - sizeof(QzFiber)) & ~(uintptr_t)63);
}

// The memory of slabs begins as zeros: what is not made yet looks like a fiber that nothing runs on.
void qz_fibers_each(void (*see)(QzFiber *fiber, void *to), void *to) {
  const Slab *slab = atomic_load_explicit(&newest_slab, memory_order_acquire);
  for (; slab; slab = slab->older)
    for (uint32_t i = 0, used = atomic_load(&slab->used); i < used; i++)
      see(fiber_of(slab->memory + (size_t)STACK_SIZE * i), to);
}

// ── The first steps on a stack ──────────────────────────────────────────────────────────────────────────────────
// What qz_stack_switch finds at the stack pointer: where to go on, and what it restores.
#if defined(__x86_64__)
typedef struct Saved {
  void (*entry)(void);
  uintptr_t zero;  // in place of a return address: the stack ends here
} Saved;
static void prepare(Saved *saved, void (*entry)(void)) { *saved = (Saved){.entry = entry}; }
enum { LEFT_INSTRUCTION = 0, LEFT_FRAME = 2 };  // words from where qz_stack_switch left the stack pointer
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
enum { LEFT_INSTRUCTION = 2, LEFT_FRAME = 0 };
#endif

void qz_stack_left_at(void *stack_pointer, void **instruction, void **frame) {
  void *const *words = stack_pointer;
  *instruction = words[LEFT_INSTRUCTION];
  *frame = words[LEFT_FRAME];
}

void qz_fiber_reset(QzFiber *fiber, void (*entry)(void)) {
  Saved *saved = (Saved *)((uintptr_t)fiber & ~(uintptr_t)15) - 1;
  prepare(saved, entry);
  fiber->stack_pointer = saved;
#ifdef QZ_ASAN_FIBERS
  fiber->fake_stack = NULL;
#endif
#ifdef QZ_TSAN_FIBERS
  // The calls that it knows of this stack will never return.
  if (fiber->tsan) __tsan_destroy_fiber(fiber->tsan);
  fiber->tsan = __tsan_create_fiber(0);
#endif
}

QzFiber *qz_fiber_new(void (*entry)(void)) {
  char *low = take_stack();
  if (!low || !qz_guard_install(low)) return NULL;
  QzFiber *fiber = fiber_of(low);
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
#ifdef QZ_TSAN_FIBERS
  fiber->tsan = __tsan_get_current_fiber();
#endif
}
