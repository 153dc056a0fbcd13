// Map: 64-bit key to pointer, open addressing, in an arena. Keys are ids or addresses; key 0 is allowed.
#ifndef QZ_BASE_MAP_H
#define QZ_BASE_MAP_H

#include "base/arena.h"

typedef struct MapEntry {
  uint64_t key;
  void *value;  // NULL: the entry is free
} MapEntry;

typedef struct Map {
  MapEntry *entries;
  uint32_t capacity;  // a power of two, or 0
  uint32_t size;
} Map;

// The value stored for `key`, or NULL.
void *map_get(const Map *map, uint64_t key);
// Stores `value` (not NULL) for `key` and returns what was there before, or NULL.
void *map_put(Arena *arena, Map *map, uint64_t key, void *value);

uint64_t hash_mix(uint64_t x);
uint64_t hash_bytes(const void *bytes, size_t size);

static inline uint64_t map_key(const void *address) { return (uint64_t)(uintptr_t)address; }
static inline uint64_t map_pair(uint32_t high, uint32_t low) { return (uint64_t)high << 32 | low; }

#endif
