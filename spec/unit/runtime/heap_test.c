// The heap: blocks do not overlap, keep what was written, come back, move when they grow.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/heap.h"

enum { SLOTS = 4000, ROUNDS = 200000 };

typedef struct Slot {
  uint8_t *bytes;
  size_t size;
  uint8_t fill;
} Slot;

static uint64_t seed = 12345;

static uint64_t next_random(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^= seed << 17;
}

static size_t random_size(void) {
  static const size_t limits[] = {16, 64, 128, 512, 4096, 70000};
  return 1 + next_random() % limits[next_random() % 6];
}

static void fill(Slot *slot) {
  slot->fill = (uint8_t)next_random();
  memset(slot->bytes, slot->fill, slot->size);
}

static void check(const Slot *slot) {
  for (size_t i = 0; i < slot->size; i++) assert_int_equal(slot->bytes[i], slot->fill);
}

static void open_slot(Slot *slot) {
  slot->size = random_size();
  slot->bytes = qz_heap_alloc(slot->size);
  assert_non_null(slot->bytes);
  assert_int_equal((uintptr_t)slot->bytes % 8, 0);
  fill(slot);
}

static void resize_slot(Slot *slot) {
  size_t size = random_size(), kept = size < slot->size ? size : slot->size;
  slot->bytes = qz_heap_realloc(slot->bytes, slot->size, size);
  slot->size = kept;
  check(slot);
  slot->size = size;
  fill(slot);
}

static void close_slot(Slot *slot) {
  check(slot);
  qz_heap_free(slot->bytes);
  slot->bytes = NULL;
}

static void blocks_keep_their_bytes(void **state) {
  (void)state;
  static Slot slots[SLOTS];
  for (int i = 0; i < ROUNDS; i++) {
    Slot *slot = &slots[next_random() % SLOTS];
    if (!slot->bytes) open_slot(slot);
    else if (next_random() % 4 == 0) resize_slot(slot);
    else close_slot(slot);
  }
  for (int i = 0; i < SLOTS; i++)
    if (slots[i].bytes) close_slot(&slots[i]);
}

// What one size gave back serves another: memory does not stay with a class for ever.
static void pages_change_their_size(void **state) {
  (void)state;
  static void *blocks[100000];
  for (size_t size = 8; size <= 4096; size *= 2) {
    size_t count = (size_t)(16 << 20) / size < 100000 ? (size_t)(16 << 20) / size : 100000;
    for (size_t i = 0; i < count; i++) memset(blocks[i] = qz_heap_alloc(size), 1, size);
    for (size_t i = 0; i < count; i++) qz_heap_free(blocks[i]);
  }
}

static void nothing_can_be_freed(void **state) {
  (void)state;
  qz_heap_free(NULL);
  void *made = qz_heap_realloc(NULL, 0, 24);
  assert_non_null(made);
  qz_heap_free(made);
}

int main(void) {
  const char *allocator = getenv("QUARTZ_ALLOC");
  qz_heap_start(allocator && strcmp(allocator, "system") == 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_keep_their_bytes),
      cmocka_unit_test(pages_change_their_size),
      cmocka_unit_test(nothing_can_be_freed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
