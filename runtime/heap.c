// Picture: one region of address space is reserved at the start; its 64 KiB pages (heap_pages.c) are handed to size
// classes as they are needed. A page knows its blocks' size, a list of blocks that came back, and where blocks begin
// that were never used. The page of a block is found by clearing the low bits of its address; whether a block is ours,
// by comparing with the region's bounds. A page whose last block comes back can serve any class again.
//
// Each thread has a heap: pages that only it touches. A block of another thread's page is put on a list of that heap,
// for its thread to take back when it runs out of blocks. A thread that sleeps lends its heap to whoever takes back for
// it meanwhile. A thread that ends leaves its heap to the next one that begins.
//
// Invariant: the head of a class's list has room, or is `no_page`, or was just filled; pages without room are not in a
// list.
#include "runtime/heap.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/heap_pages.h"

enum {
  SYSTEM_PAGE = 4096,      // or a part of one: then madvise refuses, which is harmless
  SMALL_LIMIT = 4096,      // larger blocks come from malloc
  CARVED_AT_ONCE = 4096,   // bytes of new blocks that are linked at a time
  TAKEN_AT_ONCE = 1024,    // blocks that others have freed
  HUGE_BLOCK = 4 << 20,    // blocks from here on ask for huge pages …
  HUGE_HEAP = 32 << 20,    // … and so does what lies behind the first bytes of the region
};

enum { PAGE_HEADER = 64 };
_Static_assert(sizeof(HeapPage) <= PAGE_HEADER, "the first block is aligned to a cache line");

static HeapPage no_page;  // always full

HeapRegion qz_heap_region;
_Thread_local Heap qz_heap = {.pages = {[0 ... HEAP_CLASS_COUNT - 1] = &no_page}};

enum { HEAPS_LIMIT = 1024, SEEN_TO_AT_ONCE = 64 };
static const int64_t LENT_PAUSE = 10000000;  // ns

// What threads share.
static struct {
  pthread_mutex_t lock;     // of what follows
  uint32_t heap_count;
  Heap *left[HEAPS_LIMIT];  // heaps of threads that have ended
  uint32_t left_count;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER, .heap_count = 1};

static _Atomic(HeapBlock *) returned[HEAPS_LIMIT];  // by number: blocks that others have freed
static _Atomic(HeapBlock *) taken[HEAPS_LIMIT];     // by number: those on their way from there into their pages
static _Atomic(Heap *) lent[HEAPS_LIMIT];           // by number; NULL: a thread uses it

// ── Classes ─────────────────────────────────────────────────────────────────────────────────────────────────────
static inline uint32_t class_of(size_t size) {
  if (size <= HEAP_FINE_LIMIT) return (uint32_t)((size + 7) / 8);
  uint32_t top = 63 - (uint32_t)__builtin_clzll(size - 1);  // 8 … 11
  return HEAP_FINE_CLASSES + 1 + (top - 8) * 4 + (uint32_t)((size - 1) >> (top - 2) & 3);
}

static uint32_t size_of_class(uint32_t class) {
  if (class <= HEAP_FINE_CLASSES) return class * 8;
  uint32_t step = class - HEAP_FINE_CLASSES - 1;
  return (5 + step % 4) << (6 + step / 4);
}

// ── Huge pages ──────────────────────────────────────────────────────────────────────────────────────────────────
// Random access to much memory spends most of its time on looking up where 4 KiB pages are; 2 MiB pages need 512 times
// fewer look-ups. Only large memory asks for them: a page that is touched is there as a whole. Where the system has
// none, nothing changes.
static void want_huge_pages(uintptr_t start, size_t size) {
  // Whole pages, those at the ends too: mremap, and with it realloc, refuses to move a mapping of two kinds of pages.
  uintptr_t first = start & ~(uintptr_t)(SYSTEM_PAGE - 1);
  uintptr_t end = (start + size + SYSTEM_PAGE - 1) & ~(uintptr_t)(SYSTEM_PAGE - 1);
  madvise((void *)first, end - first, MADV_HUGEPAGE);
}

static void *large_block(void *memory, size_t size) {
  if (memory && size >= HUGE_BLOCK) want_huge_pages((uintptr_t)memory, size);
  return memory;
}

// ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void link_page(HeapPage *page) {
  HeapPage *first = qz_heap.pages[page->class];
  page->is_full = false;
  page->previous = NULL;
  page->next = first == &no_page ? NULL : first;
  if (page->next) page->next->previous = page;
  qz_heap.pages[page->class] = page;
}

static void unlink_page(HeapPage *page) {
  if (page->next) page->next->previous = page->previous;
  if (page->previous) page->previous->next = page->next;
  else qz_heap.pages[page->class] = page->next ? page->next : &no_page;
}

static HeapPage *open_page(uint32_t class) {
  HeapPage *page = qz_page_take();
  if (!page) return NULL;
  uint32_t block_size = size_of_class(class);
  uint32_t room = (HEAP_PAGE_SIZE - PAGE_HEADER) / block_size * block_size;
  *page = (HeapPage){.block_size = block_size,
                     .class = class,
                     .heap = (uint16_t)qz_heap.number,
                     .fresh = PAGE_HEADER,
                     .end = PAGE_HEADER + room};
  link_page(page);
  return page;
}

static void close_page(HeapPage *page) {
  unlink_page(page);
  qz_page_give(page);
}

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────
// Links some of the blocks that were never used, in rising order.
static void carve(HeapPage *page) {
  uint32_t size = page->block_size, count = CARVED_AT_ONCE / size;
  uint32_t left = (page->end - page->fresh) / size;
  if (count > left) count = left;
  char *at = (char *)page + page->fresh;
  page->fresh += count * size;
  page->free = (HeapBlock *)at;
  for (; count > 1; count--, at += size) ((HeapBlock *)at)->next = (HeapBlock *)(at + size);
  ((HeapBlock *)at)->next = NULL;
}

// ── Blocks of other threads ─────────────────────────────────────────────────────────────────────────────────────
void qz_heap_free_elsewhere(HeapPage *page, HeapBlock *block) {
  _Atomic(HeapBlock *) *list = &returned[page->heap];
  block->next = atomic_load_explicit(list, memory_order_relaxed);
  // Release: whatever was done with the block is over. Pairs with take_back.
  for (bool is_listed = false; !is_listed;)
    is_listed = atomic_compare_exchange_weak_explicit(list, &block->next, block, memory_order_release,
                                                      memory_order_relaxed);
}

static HeapBlock *first_of(_Atomic(HeapBlock *) *list) { return atomic_load_explicit(list, memory_order_relaxed); }

static bool has_returned(uint32_t number) { return first_of(&returned[number]) || first_of(&taken[number]); }

// Some at a time, so that nobody waits long for it.
static void take_back(void) {
  uint32_t number = qz_heap.number;
  if (!has_returned(number)) return;
  HeapBlock *block = first_of(&taken[number]);
  if (!block) block = atomic_exchange_explicit(&returned[number], NULL, memory_order_acquire);
  for (uint32_t left = TAKEN_AT_ONCE; block && left; left--) {
    HeapBlock *next = block->next;
    qz_heap_free(block);
    block = next;
  }
  atomic_store_explicit(&taken[number], block, memory_order_relaxed);
}

void *qz_heap_alloc_slow(size_t size) {
  if (size > SMALL_LIMIT || !qz_heap_region.size) return large_block(malloc(size), size);
  uint32_t class = class_of(size);
  take_back();
  for (;;) {
    HeapPage *page = qz_heap.pages[class];
    if (page == &no_page && !(page = open_page(class))) return malloc(size);
    if (!page->free && page->fresh < page->end) carve(page);
    if (page->free) return qz_heap_pop(page);
    unlink_page(page);
    page->is_full = true;
  }
}

// The page had no room, or has nothing but room now. The only page of a class stays, so that one block that comes and
// goes does not open and close it each time.
void qz_heap_free_slow(HeapPage *page) {
  if (page->is_full) link_page(page);
  if (page->used == 0 && (page->next || page->previous)) close_page(page);
}

void qz_heap_free_large(void *memory) { free(memory); }

void *qz_heap_realloc(void *memory, size_t old_size, size_t size) {
  if (!memory) return qz_heap_alloc(size);
  bool is_small = qz_heap_owns(memory);
  if (!is_small && (size > SMALL_LIMIT || !qz_heap_region.size)) return large_block(realloc(memory, size), size);
  if (is_small && size <= SMALL_LIMIT && class_of(size) == qz_heap_page(memory)->class) return memory;
  void *moved = qz_heap_alloc(size);
  if (!moved) return NULL;
  memcpy(moved, memory, old_size < size ? old_size : size);
  qz_heap_free(memory);
  return moved;
}

// ── Start ───────────────────────────────────────────────────────────────────────────────────────────────────────
// The most that the system lets us reserve, from 256 GiB down; nothing of it takes memory before it is used.
static void reserve(void) {
  for (size_t size = (size_t)256 << 30; size >= (size_t)1 << 30; size /= 4) {
    size_t whole = HEAP_PAGE_SIZE + size + qz_pages_marks_size(size);
    void *region = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) continue;
    qz_heap_region.base = ((uintptr_t)region + HEAP_PAGE_SIZE - 1) & ~(uintptr_t)(HEAP_PAGE_SIZE - 1);
    qz_heap_region.size = size;
    want_huge_pages(qz_heap_region.base + HUGE_HEAP, size - HUGE_HEAP);
    qz_pages_start(qz_heap_region.base, size, (void *)(qz_heap_region.base + size));
    return;
  }
}

void qz_heap_start(bool use_system) {
  if (!qz_heap_region.size && !use_system) reserve();
}

// ── Threads ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void lend(Heap *heap) { atomic_store_explicit(&lent[heap->number], heap, memory_order_release); }

// Whoever has it gives it back after a moment. Pairs with lend.
static void take_again(Heap *heap) {
  for (Heap *found = heap;
       !atomic_compare_exchange_weak_explicit(&lent[heap->number], &found, NULL, memory_order_acquire,
                                              memory_order_relaxed);
       found = heap)
    sched_yield();
}

void qz_heap_lend(void) { lend(&qz_heap); }

void qz_heap_lend_end(void) { take_again(&qz_heap); }

static bool take_left(void) {
  if (!shared.left_count) return false;
  Heap *left = shared.left[--shared.left_count];
  take_again(left);
  qz_heap = *left;
  free(left);
  return true;
}

bool qz_heap_begin_thread(void) {
  pthread_mutex_lock(&shared.lock);
  bool is_begun = take_left() || shared.heap_count < HEAPS_LIMIT;
  if (is_begun && !qz_heap.number) qz_heap.number = shared.heap_count++;
  pthread_mutex_unlock(&shared.lock);
  return is_begun;
}

void qz_heap_end_thread(void) {
  Heap *left = malloc(sizeof *left);
  if (!left) return;  // its pages stay as they are, for ever
  *left = qz_heap;
  lend(left);
  pthread_mutex_lock(&shared.lock);
  shared.left[shared.left_count++] = left;
  pthread_mutex_unlock(&shared.lock);
}

// ── Heaps that are lent ─────────────────────────────────────────────────────────────────────────────────────────
// False: there is nothing to take back, or its thread uses it again.
static bool take_back_for(uint32_t number) {
  Heap own = qz_heap, *heap = atomic_exchange_explicit(&lent[number], NULL, memory_order_acquire);
  if (!heap) return false;
  qz_heap = *heap;
  take_back();
  *heap = qz_heap;
  qz_heap = own;
  lend(heap);
  return has_returned(number);
}

static bool is_any_owed(uint32_t count) {
  bool is_owed = false;
  for (uint32_t number = 0; number < count; number++)
    is_owed |= has_returned(number) && atomic_load_explicit(&lent[number], memory_order_relaxed);
  return is_owed;
}

static uint32_t heap_count(void) {
  pthread_mutex_lock(&shared.lock);
  uint32_t count = shared.heap_count;
  pthread_mutex_unlock(&shared.lock);
  return count;
}

// For a millisecond or two.
static void see_to_lent(uint32_t count) {
  for (uint32_t number = 0, left = SEEN_TO_AT_ONCE; number < count; number++)
    while (left && take_back_for(number)) left--;
}

int64_t qz_heap_look(int64_t now) {
  static int64_t next;
  int64_t next_of_pages = qz_pages_look(now);
  if (!is_any_owed(heap_count())) return next_of_pages;
  if (now >= next) see_to_lent(heap_count()), next = now + LENT_PAUSE;
  return next < next_of_pages ? next : next_of_pages;
}
