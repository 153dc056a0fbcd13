// The allocator of compiled programs: small blocks from pages of one size each, large ones from malloc.
//
// Why not malloc alone: programs of small counted objects spend much of their time here. Making, walking and dropping
// trees of half a million nodes takes 0.7 s with this, 1.0 s with glibc's malloc, and a block has no header. Why not
// mimalloc: 1.0 s on the same load, and Debian ships it only as a shared library, which triples the time a program
// takes to start (0.5 ms, then 1.4 ms).
#ifndef QZ_RUNTIME_HEAP_H
#define QZ_RUNTIME_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Each thread has a heap of its own; a block may be freed by any of them.

// Everything from malloc instead, for valgrind and sanitizers: QUARTZ_ALLOC=system.
void qz_heap_start(bool use_system);

// Around what a thread other than the first does with the heap. False: there are too many threads.
bool qz_heap_begin_thread(void);
void qz_heap_end_thread(void);

// Around a sleep, in which the thread does nothing with the heap: what others free for it does not have to wait.
void qz_heap_lend(void);
void qz_heap_lend_end(void);

// By one thread, now and then: sees to lent heaps, and gives memory that nobody has needed for some time back to the
// system. `now`: of the monotonic clock. Gives the time of the next look; INT64_MAX: there is nothing to do until
// somebody frees something. Without such a thread the latter is done in passing.
int64_t qz_heap_look(int64_t now);

// Aligned to 8 bytes, to 16 where the size is a multiple of 16. NULL: there is no more. `size` is not 0.
static inline void *qz_heap_alloc(size_t size);
#define QZ_HEAP_ALIGNED(size) (((size) + 15) & ~(size_t)15)
void *qz_heap_realloc(void *memory, size_t old_size, size_t size);
static inline void qz_heap_free(void *memory);  // NULL is allowed

// ── The common ways through, inlined into their callers: a dozen instructions each ───────────────────────────────
enum {
  HEAP_PAGE_SIZE = 64 << 10,
  HEAP_FINE_LIMIT = 256,  // up to here classes are 8 bytes apart, then four to a doubling
  HEAP_FINE_CLASSES = HEAP_FINE_LIMIT / 8,
  HEAP_CLASS_COUNT = HEAP_FINE_CLASSES + 4 * 4 + 1,
};

typedef struct HeapBlock {
  struct HeapBlock *next;
} HeapBlock;

typedef struct HeapPage {
  HeapBlock *free;
  uint32_t used;        // blocks that are out
  uint32_t block_size;
  uint32_t fresh;       // offset of the first block that was never used
  uint32_t end;         // offset of the end of the last block
  struct HeapPage *next, *previous;  // of the same class, with room
  uint32_t class;
  uint16_t heap;        // number of the heap that has the page
  bool is_full;         // not in a list
} HeapPage;

// What a thread allocates from, and what others free for it.
typedef struct Heap {
  HeapPage *pages[HEAP_CLASS_COUNT];
  uint32_t number;
} Heap;

// The address space that all pages come from.
typedef struct HeapRegion {
  uintptr_t base;
  size_t size;          // 0: everything comes from malloc
} HeapRegion;

extern HeapRegion qz_heap_region;
extern _Thread_local Heap qz_heap;

void *qz_heap_alloc_slow(size_t size);
void qz_heap_free_slow(HeapPage *page);
void qz_heap_free_elsewhere(HeapPage *page, HeapBlock *block);
void qz_heap_free_large(void *memory);

static inline void *qz_heap_pop(HeapPage *page) {
  HeapBlock *block = page->free;
  page->free = block->next;
  page->used++;
  return block;
}

static inline bool qz_heap_owns(const void *memory) {
  return (uintptr_t)memory - qz_heap_region.base < qz_heap_region.size;
}

static inline HeapPage *qz_heap_page(const void *block) {
  return (HeapPage *)((uintptr_t)block & ~(uintptr_t)(HEAP_PAGE_SIZE - 1));
}

static inline void *qz_heap_alloc(size_t size) {
  if (__builtin_expect(size > HEAP_FINE_LIMIT, false)) return qz_heap_alloc_slow(size);
  HeapPage *page = qz_heap.pages[(size + 7) / 8];
  return __builtin_expect(page->free != NULL, true) ? qz_heap_pop(page) : qz_heap_alloc_slow(size);
}

static inline void qz_heap_free(void *memory) {
  if (__builtin_expect(!qz_heap_owns(memory), false)) {
    qz_heap_free_large(memory);
    return;
  }
  HeapPage *page = qz_heap_page(memory);
  HeapBlock *block = memory;
  if (__builtin_expect(page->heap != qz_heap.number, false)) {
    qz_heap_free_elsewhere(page, block);
    return;
  }
  block->next = page->free;
  page->free = block;
  page->used--;
  if (__builtin_expect(page->is_full || (page->used == 0 && (page->next || page->previous)), false))
    qz_heap_free_slow(page);
}

#endif
