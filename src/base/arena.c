// Arena: a list of blocks, each filled from the front. Blocks double up to 1 MiB, so small compilations stay small.
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ArenaBlock {
  ArenaBlock *older;
  alignas(16) char bytes[];
};

enum { FIRST_BLOCK = 16 << 10, LARGEST_BLOCK = 1 << 20 };

static size_t next_block_size(const Arena *arena, size_t wanted) {
  size_t size = arena->reserved < FIRST_BLOCK ? FIRST_BLOCK : arena->reserved;
  if (size > LARGEST_BLOCK) size = LARGEST_BLOCK;
  return size < wanted ? wanted : size;
}

static void add_block(Arena *arena, size_t wanted) {
  size_t size = next_block_size(arena, wanted);
  // calloc: fresh pages come zeroed from the system, so the zeroing promise costs nothing.
  ArenaBlock *block = calloc(1, sizeof(ArenaBlock) + size);
  if (!block) {
    fprintf(stderr, "quartz: out of memory (asked for %zu bytes)\n", size);
    abort();
  }
  block->older = arena->newest;
  arena->newest = block;
  arena->at = block->bytes;
  arena->end = block->bytes + size;
  arena->reserved += size;
}

void *arena_alloc(Arena *arena, size_t size, size_t align) {
  size_t gap = (size_t)(-(uintptr_t)arena->at) & (align - 1);
  if (!arena->at || size + gap > (size_t)(arena->end - arena->at)) {
    add_block(arena, size + align);
    gap = (size_t)(-(uintptr_t)arena->at) & (align - 1);
  }
  char *result = arena->at + gap;
  arena->at = result + size;
  return result;
}

char *arena_text(Arena *arena, const char *text, size_t size) {
  char *copy = arena_alloc(arena, size + 1, 1);
  if (size) memcpy(copy, text, size);
  return copy;
}

void arena_free(Arena *arena) {
  for (ArenaBlock *block = arena->newest; block;) {
    ArenaBlock *older = block->older;
    free(block);
    block = older;
  }
  *arena = (Arena){0};
}
