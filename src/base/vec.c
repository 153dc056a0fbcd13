#include "base/vec.h"

#include <string.h>

// Most vectors stay small, and some have large items: a block's statements.
enum { FIRST_ITEMS = 8, FIRST_BYTES = 512 };

static uint32_t first_capacity(size_t item_size) {
  if (item_size * FIRST_ITEMS <= FIRST_BYTES) return FIRST_ITEMS;
  return item_size < FIRST_BYTES ? (uint32_t)(FIRST_BYTES / item_size) : 1;
}

void *vec_grow(Arena *arena, void *data, uint32_t size, uint32_t *capacity, size_t item_size) {
  *capacity = *capacity ? *capacity * 2 : first_capacity(item_size);
  void *larger = arena_alloc(arena, *capacity * item_size, alignof(max_align_t));
  if (size) memcpy(larger, data, size * item_size);
  return larger;
}
