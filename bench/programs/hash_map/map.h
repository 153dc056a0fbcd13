// A map from keys to numbers, written for the type of key that the including file names:
//   MAP    the name of the map's type, which begins the names of its functions too
//   KEY    the type of its keys
//   HASH   uint64_t HASH(KEY)
//   EQUAL  bool EQUAL(KEY, KEY)
// Entries stand in a vector in order of insertion. A table with open addressing finds them: a slot holds 32 bits of the
// key's hash and the number of an entry. A deleted entry leaves a hole in the vector until the vector is full.

#define JOIN_NAMES(a, b) a##_##b
#define JOIN(a, b) JOIN_NAMES(a, b)
#define NAME(name) JOIN(MAP, name)

typedef struct NAME(Entry) {
  KEY key;
  int64_t value;
} NAME(Entry);

typedef struct MAP {
  NAME(Entry) *entries;  // `used` entries or holes
  size_t used, capacity;
  size_t size;        // entries that are not holes
  bool *holes;        // for each entry; NULL while there are none
  uint64_t *slots;    // 0, or the hash's 32 bits and the entry's number + 1
  size_t slot_count;  // a power of two, or 0
} MAP;

static inline size_t NAME(entry_of)(const MAP *map, size_t slot) { return (map->slots[slot] & 0xFFFFFFFF) - 1; }

static inline size_t NAME(home)(const MAP *map, uint64_t tag) { return tag & (map->slot_count - 1); }

static inline size_t NAME(next)(const MAP *map, size_t slot) { return (slot + 1) & (map->slot_count - 1); }

// The slot of the key, or the empty one where the search for it ended. There are slots.
static inline size_t NAME(find)(const MAP *map, KEY key, uint64_t tag) {
  size_t slot = NAME(home)(map, tag);
  for (; map->slots[slot]; slot = NAME(next)(map, slot))
    if (map->slots[slot] >> 32 == tag && EQUAL(map->entries[NAME(entry_of)(map, slot)].key, key)) break;
  return slot;
}

static inline void NAME(occupy)(MAP *map, uint64_t tag, size_t entry) {
  size_t slot = NAME(home)(map, tag);
  while (map->slots[slot]) slot = NAME(next)(map, slot);
  map->slots[slot] = tag << 32 | (entry + 1);
}

// Moves the entries together and makes a new table, a larger one unless there were many holes.
static inline void NAME(rebuild)(MAP *map) {
  size_t kept = 0;
  for (size_t i = 0; i < map->used; i++)
    if (!map->holes || !map->holes[i]) map->entries[kept++] = map->entries[i];
  bool had_many_holes = kept < map->used - map->used / 4;
  free(map->holes);
  free(map->slots);
  map->holes = NULL;
  map->used = kept;
  if (!had_many_holes) map->slot_count = map->slot_count ? map->slot_count * 2 : 8;
  map->slots = calloc(map->slot_count, sizeof *map->slots);
  map->capacity = map->slot_count / 4 * 3;
  map->entries = realloc(map->entries, map->capacity * sizeof *map->entries);
  for (size_t i = 0; i < kept; i++) NAME(occupy)(map, HASH(map->entries[i].key) >> 32, i);
}

// The place of the key's value, which is 0 when the key is new.
static inline int64_t *NAME(at)(MAP *map, KEY key) {
  if (!map->slots) NAME(rebuild)(map);
  uint64_t tag = HASH(key) >> 32;
  size_t slot = NAME(find)(map, key, tag);
  if (map->slots[slot]) return &map->entries[NAME(entry_of)(map, slot)].value;
  if (map->used == map->capacity) {
    NAME(rebuild)(map);
    slot = NAME(find)(map, key, tag);
  }
  size_t entry = map->used++;
  map->size++;
  map->slots[slot] = tag << 32 | (entry + 1);
  map->entries[entry] = (NAME(Entry)){key, 0};
  if (map->holes) map->holes[entry] = false;
  return &map->entries[entry].value;
}

static inline int64_t NAME(get_or)(const MAP *map, KEY key, int64_t fallback) {
  if (!map->slots) return fallback;
  size_t slot = NAME(find)(map, key, HASH(key) >> 32);
  return map->slots[slot] ? map->entries[NAME(entry_of)(map, slot)].value : fallback;
}

// Slots that follow move up as far as their own hash allows, so that no search ends too early.
static inline void NAME(free_slot)(MAP *map, size_t gap) {
  size_t mask = map->slot_count - 1;
  for (size_t slot = NAME(next)(map, gap); map->slots[slot]; slot = NAME(next)(map, slot)) {
    size_t home = NAME(home)(map, map->slots[slot] >> 32);
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
    map->slots[gap] = map->slots[slot];
    gap = slot;
  }
  map->slots[gap] = 0;
}

static inline void NAME(delete)(MAP *map, KEY key) {
  if (!map->slots) return;
  size_t slot = NAME(find)(map, key, HASH(key) >> 32);
  if (!map->slots[slot]) return;
  if (!map->holes) map->holes = calloc(map->capacity, sizeof *map->holes);
  map->holes[NAME(entry_of)(map, slot)] = true;
  NAME(free_slot)(map, slot);
  map->size--;
}

static inline void NAME(free)(MAP *map) {
  free(map->entries);
  free(map->holes);
  free(map->slots);
}

#undef MAP
#undef KEY
#undef HASH
#undef EQUAL
#undef NAME
#undef JOIN
#undef JOIN_NAMES
