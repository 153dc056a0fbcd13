// Picture: one region of address space is reserved at the start; its 64 KiB pages are handed to size classes as they
// are needed. A page knows its blocks' size, a list of blocks that came back, and where blocks that were never used
// begin. The page of a block is found by clearing the low bits of its address; whether a block is ours, by comparing
// with the region's bounds. A page whose last block comes back can serve any class again.
//
// Invariant: the head of a class's list has room, or is `no_page`, or was just filled; pages without room are not in a
// list. One thread uses the heap.
#include "runtime/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
  PAGE_SIZE = 64 << 10,
  SYSTEM_PAGE = 4096,      // or a part of one: then madvise refuses, which is harmless
  SMALL_LIMIT = 4096,      // larger blocks come from malloc
  FINE_LIMIT = 128,        // up to here classes are 8 bytes apart, then four to a doubling
  FINE_CLASSES = FINE_LIMIT / 8,
  CLASS_COUNT = FINE_CLASSES + 4 * 5 + 1,
  CARVED_AT_ONCE = 4096,   // bytes of new blocks that are linked at a time
  RESIDENT_PAGES = 512,    // free pages that keep their memory
};

typedef struct Block {
  struct Block *next;
} Block;

typedef struct Page {
  Block *free;
  uint32_t used;        // blocks that are out
  uint32_t block_size;
  uint32_t fresh;       // offset of the first block that was never used
  uint32_t end;         // offset of the end of the last block
  struct Page *next, *previous;  // of the same class, with room
  uint32_t class;
  bool is_full;         // not in a list
} Page;

enum { PAGE_HEADER = 64 };
_Static_assert(sizeof(Page) <= PAGE_HEADER, "the first block is aligned to a cache line");

static Page no_page;  // always full

static struct {
  Page *pages[CLASS_COUNT];
  uintptr_t base;
  size_t size;          // of the region; 0: everything comes from malloc
  size_t handed_out;    // bytes of the region that were ever used
  Page *free_pages;     // by `next`
  uint32_t free_count;
} heap;

// ── Classes ─────────────────────────────────────────────────────────────────────────────────────────────────────
static inline uint32_t class_of(size_t size) {
  if (size <= FINE_LIMIT) return (uint32_t)((size + 7) / 8);
  uint32_t top = 63 - (uint32_t)__builtin_clzll(size - 1);  // 7 … 11
  return FINE_CLASSES + 1 + (top - 7) * 4 + (uint32_t)((size - 1) >> (top - 2) & 3);
}

static uint32_t size_of_class(uint32_t class) {
  if (class <= FINE_CLASSES) return class * 8;
  uint32_t step = class - FINE_CLASSES - 1;
  return (5 + step % 4) << (5 + step / 4);
}

// ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────
static inline bool is_ours(const void *memory) { return (uintptr_t)memory - heap.base < heap.size; }

static inline Page *page_of(const void *block) { return (Page *)((uintptr_t)block & ~(uintptr_t)(PAGE_SIZE - 1)); }

static Page *take_page(void) {
  Page *page = heap.free_pages;
  if (page) {
    heap.free_pages = page->next;
    heap.free_count--;
    return page;
  }
  if (heap.handed_out == heap.size) return NULL;
  page = (Page *)(heap.base + heap.handed_out);
  heap.handed_out += PAGE_SIZE;
  return page;
}

static void link_page(Page *page) {
  Page *first = heap.pages[page->class];
  page->is_full = false;
  page->previous = NULL;
  page->next = first == &no_page ? NULL : first;
  if (page->next) page->next->previous = page;
  heap.pages[page->class] = page;
}

static void unlink_page(Page *page) {
  if (page->next) page->next->previous = page->previous;
  if (page->previous) page->previous->next = page->next;
  else heap.pages[page->class] = page->next ? page->next : &no_page;
}

static Page *open_page(uint32_t class) {
  Page *page = take_page();
  if (!page) return NULL;
  uint32_t block_size = size_of_class(class);
  uint32_t room = (PAGE_SIZE - PAGE_HEADER) / block_size * block_size;
  *page = (Page){.block_size = block_size, .class = class, .fresh = PAGE_HEADER, .end = PAGE_HEADER + room};
  link_page(page);
  return page;
}

// Behind the first few, free pages give their memory back to the system.
static void close_page(Page *page) {
  unlink_page(page);
  if (heap.free_count >= RESIDENT_PAGES)  // all but the header
    madvise((char *)page + SYSTEM_PAGE, PAGE_SIZE - SYSTEM_PAGE, MADV_FREE);
  page->next = heap.free_pages;
  heap.free_pages = page;
  heap.free_count++;
}

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────
// Links some of the blocks that were never used, in rising order.
static void carve(Page *page) {
  uint32_t size = page->block_size, count = CARVED_AT_ONCE / size;
  uint32_t left = (page->end - page->fresh) / size;
  if (count > left) count = left;
  char *at = (char *)page + page->fresh;
  page->fresh += count * size;
  page->free = (Block *)at;
  for (; count > 1; count--, at += size) ((Block *)at)->next = (Block *)(at + size);
  ((Block *)at)->next = NULL;
}

static inline void *pop(Page *page) {
  Block *block = page->free;
  page->free = block->next;
  page->used++;
  return block;
}

static __attribute__((noinline)) void *alloc_slow(uint32_t class) {
  for (;;) {
    Page *page = heap.pages[class];
    if (page == &no_page && !(page = open_page(class))) return malloc(size_of_class(class));
    if (!page->free && page->fresh < page->end) carve(page);
    if (page->free) return pop(page);
    unlink_page(page);
    page->is_full = true;
  }
}

void *qz_heap_alloc(size_t size) {
  if (size > SMALL_LIMIT || !heap.size) return malloc(size);
  uint32_t class = class_of(size);
  Page *page = heap.pages[class];
  return page->free ? pop(page) : alloc_slow(class);
}

// The page had no room, or has nothing but room now. The only page of a class stays, so that one block that comes and
// goes does not open and close it each time.
static __attribute__((noinline)) void free_slow(Page *page) {
  if (page->is_full) link_page(page);
  if (page->used == 0 && (page->next || page->previous)) close_page(page);
}

void qz_heap_free(void *memory) {
  if (!is_ours(memory)) {
    free(memory);
    return;
  }
  Page *page = page_of(memory);
  Block *block = memory;
  block->next = page->free;
  page->free = block;
  page->used--;
  if (page->used == 0 || page->is_full) free_slow(page);
}

void *qz_heap_realloc(void *memory, size_t old_size, size_t size) {
  if (!memory) return qz_heap_alloc(size);
  bool is_small = is_ours(memory);
  if (!is_small && (size > SMALL_LIMIT || !heap.size)) return realloc(memory, size);
  if (is_small && size <= SMALL_LIMIT && class_of(size) == page_of(memory)->class) return memory;
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
    void *region =
        mmap(NULL, size + PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) continue;
    heap.base = ((uintptr_t)region + PAGE_SIZE - 1) & ~(uintptr_t)(PAGE_SIZE - 1);
    heap.size = size;
    return;
  }
}

void qz_heap_start(bool use_system) {
  if (heap.size || use_system) return;
  for (int i = 0; i < CLASS_COUNT; i++) heap.pages[i] = &no_page;
  reserve();
}
