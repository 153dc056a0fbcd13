// Arenas: memory is zeroed, snapshots bring everything back.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static bool is_zero(const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i]) return false;
  return true;
}

static void memory_is_zeroed(void **state) {
  (void)state;
  Arena arena = {0};
  for (size_t size = 1; size < 200000; size *= 3) assert_true(is_zero(arena_alloc(&arena, size, 8), size));
  arena_free(&arena);
}

// Allocates and fills `count` pieces, and expects each to be zero before.
static void use(Arena *arena, int count) {
  for (int i = 0; i < count; i++) {
    char *piece = arena_alloc(arena, 1000, 8);
    assert_true(is_zero(piece, 1000));
    memset(piece, 0xEE, 1000);
  }
}

static void restoring_brings_back(int before, int after) {
  Arena arena = {0};
  char *text = arena_text(&arena, "as it was", 9);
  use(&arena, before);
  ArenaSnapshot snapshot = arena_save(&arena);
  for (int round = 0; round < 3; round++) {
    strcpy(text, "changed");
    use(&arena, after);
    arena_restore(&arena, &snapshot);
    assert_string_equal(text, "as it was");
    assert_int_equal(arena.reserved, snapshot.arena.reserved);
  }
  use(&arena, 1);
  arena_snapshot_free(&snapshot);
  arena_free(&arena);
}

static void restoring_within_a_block(void **state) {
  (void)state;
  restoring_brings_back(2, 3);
}

static void restoring_after_more_blocks(void **state) {
  (void)state;
  restoring_brings_back(100, 1000);
}

static void restoring_an_empty_arena(void **state) {
  (void)state;
  Arena arena = {0};
  ArenaSnapshot snapshot = arena_save(&arena);
  use(&arena, 100);
  arena_restore(&arena, &snapshot);
  assert_null(arena.newest);
  use(&arena, 1);
  arena_snapshot_free(&snapshot);
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_is_zeroed),
      cmocka_unit_test(restoring_within_a_block),
      cmocka_unit_test(restoring_after_more_blocks),
      cmocka_unit_test(restoring_an_empty_arena),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
