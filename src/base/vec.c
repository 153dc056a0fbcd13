#include "base/vec.h"

#include <string.h>

void *vec_grow(Arena *arena, void *data, uint32_t size, uint32_t *capacity, size_t item_size) {
  *capacity = *capacity ? *capacity * 2 : 8;
  void *larger = arena_alloc(arena, *capacity * item_size, alignof(max_align_t));
  if (size) memcpy(larger, data, size * item_size);
  return larger;
}
