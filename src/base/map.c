#include "base/map.h"

#include <assert.h>
#include <xxhash.h>

uint64_t hash_mix(uint64_t x) {  // the finaliser of SplitMix64 (Steele, Lea, Flood 2014)
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

uint64_t hash_bytes(const void *bytes, size_t size) { return XXH3_64bits(bytes, size); }

static MapEntry *find(const Map *map, uint64_t key) {
  uint32_t mask = map->capacity - 1;
  uint32_t at = (uint32_t)hash_mix(key) & mask;
  while (map->entries[at].value && map->entries[at].key != key) at = (at + 1) & mask;
  return &map->entries[at];
}

void *map_get(const Map *map, uint64_t key) { return map->capacity ? find(map, key)->value : NULL; }

static void grow(Arena *arena, Map *map) {
  Map larger = {.capacity = map->capacity ? map->capacity * 2 : 16, .size = map->size};
  larger.entries = arena_array(arena, MapEntry, larger.capacity);
  for (uint32_t i = 0; i < map->capacity; i++)
    if (map->entries[i].value) *find(&larger, map->entries[i].key) = map->entries[i];
  *map = larger;
}

void *map_put(Arena *arena, Map *map, uint64_t key, void *value) {
  assert(value);
  if (map->size * 4 >= map->capacity * 3) grow(arena, map);
  MapEntry *entry = find(map, key);
  void *before = entry->value;
  if (!before) map->size++;
  *entry = (MapEntry){key, value};
  return before;
}
