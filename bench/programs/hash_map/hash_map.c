// Counts numbers and words in maps: inserting, updating, looking up, deleting. The maps keep the order of insertion and
// hash as the maps on the other side of the comparison do.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 3000000, NUMBERS = 500000, WORDS = 50000 };

typedef struct Word {
  char *bytes;
  size_t size;
} Word;

static const uint64_t SEED = 0x9E3779B97F4A7C15, FACTOR = 0xE7037ED1A0B428DB;

// Both halves of a product folded into one: every bit of the result depends on every bit of `a` and `b`.
static uint64_t fold(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static uint64_t load(const char *bytes, size_t size) {
  uint64_t value = 0;
  memcpy(&value, bytes, size);
  return value;
}

static uint64_t hash_number(int64_t n) { return fold((uint64_t)n ^ SEED, FACTOR); }

// 16 bytes at a time, then the last 16 or fewer: two reads that may overlap cover any size from 4 on.
static uint64_t hash_word(Word word) {
  const char *bytes = word.bytes;
  size_t left = word.size;
  uint64_t state = word.size ^ SEED, low = 0, high = 0;
  for (; left > 16; bytes += 16, left -= 16) state = fold(load(bytes, 8) ^ FACTOR, load(bytes + 8, 8) ^ state);
  if (left >= 8) {
    low = load(bytes, 8);
    high = load(bytes + left - 8, 8);
  } else if (left >= 4) {
    low = load(bytes, 4);
    high = load(bytes + left - 4, 4);
  } else if (left > 0) {
    low = load(bytes, 1) | load(bytes + left / 2, 1) << 8 | load(bytes + left - 1, 1) << 16;
  }
  return fold(fold(low ^ FACTOR, high ^ state), SEED ^ state);
}

static bool same_number(int64_t a, int64_t b) { return a == b; }

static bool same_word(Word a, Word b) { return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0; }

#define MAP NumberMap
#define KEY int64_t
#define HASH hash_number
#define EQUAL same_number
#include "map.h"

#define MAP WordMap
#define KEY Word
#define HASH hash_word
#define EQUAL same_word
#include "map.h"

static int64_t below(uint64_t *noise, int64_t n) {
  *noise = *noise * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)(*noise >> 33) % n;
}

static int64_t count_numbers(uint64_t *noise) {
  NumberMap counts = {0};
  for (int64_t i = 0; i < COUNT; i++) *NumberMap_at(&counts, below(noise, NUMBERS)) += 1;
  int64_t found = 0;
  for (int64_t i = 0; i < COUNT; i++) found += NumberMap_get_or(&counts, i, 0);
  for (int64_t i = 0; i < NUMBERS; i += 2) NumberMap_delete(&counts, i);
  found += (int64_t)counts.size;
  NumberMap_free(&counts);
  return found;
}

static Word word_new(int64_t number) {
  char text[24];
  int size = snprintf(text, sizeof text, "w%" PRId64, number);
  return (Word){strdup(text), (size_t)size};
}

static int64_t count_words(uint64_t *noise) {
  Word *words = malloc(WORDS * sizeof *words);
  for (int64_t i = 0; i < WORDS; i++) words[i] = word_new(i * 7919 % 100003);
  WordMap counts = {0};
  for (int64_t i = 0; i < COUNT / 2; i++) *WordMap_at(&counts, words[below(noise, WORDS)]) += 1;
  int64_t best = 0;
  for (size_t i = 0; i < WORDS; i++) {
    int64_t count = WordMap_get_or(&counts, words[i], 0);
    if (count > best) best = count;
  }
  int64_t result = best * 1000000 + (int64_t)counts.size;
  WordMap_free(&counts);
  for (size_t i = 0; i < WORDS; i++) free(words[i].bytes);
  free(words);
  return result;
}

int main(void) {
  uint64_t noise = 1;
  printf("%" PRId64 "\n", count_numbers(&noise));
  printf("%" PRId64 "\n", count_words(&noise));
  return 0;
}
