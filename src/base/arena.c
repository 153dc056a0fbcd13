// Arena: a list of blocks, each filled from the front. Blocks double up to 1 MiB, so small compilations stay small.
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ArenaBlock {
  ArenaBlock *older;
  size_t size;
  alignas(16) char bytes[];
};

enum { FIRST_BLOCK = 16 << 10, LARGEST_BLOCK = 1 << 20 };

static size_t next_block_size(const Arena *arena, size_t wanted) {
  size_t size = arena->reserved < FIRST_BLOCK ? FIRST_BLOCK : arena->reserved;
  if (size > LARGEST_BLOCK) size = LARGEST_BLOCK;
  return size < wanted ? wanted : size;
}

static void *allocated(void *memory, size_t size) {
  if (memory) return memory;
  fprintf(stderr, "quartz: out of memory (asked for %zu bytes)\n", size);
  abort();
}

static void add_block(Arena *arena, size_t wanted) {
  size_t size = next_block_size(arena, wanted);
  // calloc: fresh pages come zeroed from the system, so the zeroing promise costs nothing.
  ArenaBlock *block = allocated(calloc(1, sizeof(ArenaBlock) + size), size);
  block->older = arena->newest;
  block->size = size;
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

static void free_blocks(ArenaBlock *block, const ArenaBlock *last) {
  while (block != last) {
    ArenaBlock *older = block->older;
    free(block);
    block = older;
  }
}

void arena_free(Arena *arena) {
  free_blocks(arena->newest, NULL);
  *arena = (Arena){0};
}

// ── Snapshots ───────────────────────────────────────────────────────────────────────────────────────────────────
static size_t used(const Arena *arena, const ArenaBlock *block) {
  return block == arena->newest ? (size_t)(arena->at - block->bytes) : block->size;
}

ArenaSnapshot arena_save(const Arena *arena) {
  ArenaSnapshot snapshot = {.arena = *arena, .bytes = allocated(malloc(arena->reserved + 1), arena->reserved + 1)};
  char *to = snapshot.bytes;
  for (const ArenaBlock *block = arena->newest; block; block = block->older) {
    memcpy(to, block->bytes, used(arena, block));
    to += used(arena, block);
  }
  return snapshot;
}

void arena_restore(Arena *arena, const ArenaSnapshot *snapshot) {
  const Arena *saved = &snapshot->arena;
  free_blocks(arena->newest, saved->newest);
  // What was handed out since must be zero again; a block that is full by now may have been written to its end.
  char *dirty_end = arena->newest == saved->newest ? arena->at : saved->end;
  if (saved->newest) memset(saved->at, 0, (size_t)(dirty_end - saved->at));
  *arena = *saved;
  const char *from = snapshot->bytes;
  for (ArenaBlock *block = arena->newest; block; block = block->older) {
    memcpy(block->bytes, from, used(arena, block));
    from += used(arena, block);
  }
}

void arena_snapshot_free(ArenaSnapshot *snapshot) {
  free(snapshot->bytes);
  *snapshot = (ArenaSnapshot){0};
}
