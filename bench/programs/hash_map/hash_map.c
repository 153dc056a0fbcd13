// Counts numbers and words in maps: inserting, updating, looking up, deleting. The maps keep the order of insertion, as
// the maps on the other side of the comparison do: entries stand in a vector, a table of indices finds them.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 3000000, EMPTY = -1, DELETED = -2 };

typedef struct Entry {
  uint64_t hash;
  const char *word;  // NULL in a map of numbers
  int64_t number, value;
  bool is_live;
} Entry;

typedef struct Map {
  Entry *entries;
  size_t used, live, capacity;
  int32_t *slots;
  size_t slot_count;  // a power of two
} Map;

static uint64_t hash_number(int64_t n) {
  uint64_t h = (uint64_t)n * UINT64_C(0x9E3779B97F4A7C15);
  return h ^ h >> 32;
}

static uint64_t hash_word(const char *word) {
  uint64_t h = UINT64_C(0xCBF29CE484222325);
  for (; *word; word++) h = (h ^ (unsigned char)*word) * UINT64_C(0x100000001B3);
  return h ^ h >> 32;
}

static bool same_key(const Entry *entry, uint64_t hash, const char *word, int64_t number) {
  if (entry->hash != hash) return false;
  return word ? strcmp(entry->word, word) == 0 : entry->number == number;
}

static Entry *map_find(const Map *map, uint64_t hash, const char *word, int64_t number, size_t *slot) {
  if (!map->slot_count) return NULL;
  for (size_t i = hash & (map->slot_count - 1);; i = (i + 1) & (map->slot_count - 1)) {
    int32_t index = map->slots[i];
    if (index == EMPTY) return NULL;
    if (index == DELETED || !same_key(&map->entries[index], hash, word, number)) continue;
    if (slot) *slot = i;
    return &map->entries[index];
  }
}

static void map_place(Map *map, uint64_t hash, int32_t index) {
  size_t i = hash & (map->slot_count - 1);
  while (map->slots[i] >= 0) i = (i + 1) & (map->slot_count - 1);
  map->slots[i] = index;
}

static void map_grow(Map *map) {
  size_t kept = 0;
  for (size_t i = 0; i < map->used; i++)
    if (map->entries[i].is_live) map->entries[kept++] = map->entries[i];
  map->used = kept;
  map->slot_count = 16;
  while (map->slot_count < map->live * 4) map->slot_count *= 2;
  map->capacity = map->slot_count / 2;
  map->entries = realloc(map->entries, map->capacity * sizeof *map->entries);
  map->slots = realloc(map->slots, map->slot_count * sizeof *map->slots);
  for (size_t i = 0; i < map->slot_count; i++) map->slots[i] = EMPTY;
  for (size_t i = 0; i < kept; i++) map_place(map, map->entries[i].hash, (int32_t)i);
}

static void map_add(Map *map, uint64_t hash, const char *word, int64_t number, int64_t more) {
  Entry *entry = map_find(map, hash, word, number, NULL);
  if (entry) {
    entry->value += more;
    return;
  }
  if (map->used == map->capacity) map_grow(map);
  map->entries[map->used] = (Entry){hash, word, number, more, true};
  map_place(map, hash, (int32_t)map->used++);
  map->live++;
}

static int64_t map_get_or(const Map *map, uint64_t hash, const char *word, int64_t number, int64_t fallback) {
  Entry *entry = map_find(map, hash, word, number, NULL);
  return entry ? entry->value : fallback;
}

static void map_delete(Map *map, uint64_t hash, const char *word, int64_t number) {
  size_t slot;
  Entry *entry = map_find(map, hash, word, number, &slot);
  if (!entry) return;
  entry->is_live = false;
  map->slots[slot] = DELETED;
  map->live--;
}

static void map_free(Map *map) {
  free(map->entries);
  free(map->slots);
}

static int64_t below(uint64_t *state, int64_t n) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (int64_t)(*state >> 33) % n;
}

static int64_t count_numbers(uint64_t *noise) {
  Map counts = {0};
  for (int i = 0; i < COUNT; i++) {
    int64_t n = below(noise, 500000);
    map_add(&counts, hash_number(n), NULL, n, 1);
  }
  int64_t found = 0;
  for (int64_t i = 0; i < COUNT; i++) found += map_get_or(&counts, hash_number(i), NULL, i, 0);
  for (int64_t i = 0; i < 500000; i += 2) map_delete(&counts, hash_number(i), NULL, i);
  found += (int64_t)counts.live;
  map_free(&counts);
  return found;
}

enum { WORDS = 50000, WORD_SIZE = 8 };

static int64_t count_words(uint64_t *noise) {
  char(*words)[WORD_SIZE] = malloc(WORDS * WORD_SIZE);
  for (int64_t i = 0; i < WORDS; i++) snprintf(words[i], WORD_SIZE, "w%d", (int)(i * 7919 % 100003));
  Map counts = {0};
  for (int i = 0; i < COUNT / 2; i++) {
    const char *word = words[below(noise, WORDS)];
    map_add(&counts, hash_word(word), word, 0, 1);
  }
  int64_t best = 0;
  for (size_t i = 0; i < WORDS; i++) {
    int64_t count = map_get_or(&counts, hash_word(words[i]), words[i], 0, 0);
    if (count > best) best = count;
  }
  best = best * 1000000 + (int64_t)counts.live;
  map_free(&counts);
  free(words);
  return best;
}

int main(void) {
  uint64_t noise = 1;
  printf("%" PRId64 "\n", count_numbers(&noise));
  printf("%" PRId64 "\n", count_words(&noise));
  return 0;
}
