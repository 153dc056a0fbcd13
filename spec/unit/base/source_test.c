// Places in sources: lines and columns, in whatever order they are asked for, and in time.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/source.h"

typedef struct Fixture {
  Arena arena;
  SourceMap sources;
  const Source *source;
} Fixture;

static void set_up(Fixture *f, const char *text) {
  *f = (Fixture){0};
  f->source = source_add(&f->arena, &f->sources, "a.qz", text, strlen(text));
}

static void expect_at(Fixture *f, uint32_t offset, uint32_t line, uint32_t column) {
  Location at = source_locate(&f->sources, f->source->base + offset);
  assert_int_equal(at.line, line);
  assert_int_equal(at.column, column);
  assert_int_equal(at.offset, offset);
}

static void columns_count_characters(void **state) {
  (void)state;
  Fixture f;
  set_up(&f, "a\xC3\xA9o\n\nxy");
  expect_at(&f, 3, 1, 3);
  expect_at(&f, 0, 1, 1);
  expect_at(&f, 1, 1, 2);
  expect_at(&f, 7, 3, 2);
  expect_at(&f, 6, 3, 1);
  expect_at(&f, 5, 2, 1);
  expect_at(&f, 4, 1, 4);
  expect_at(&f, 4, 1, 4);
  arena_free(&f.arena);
}

static void a_long_line_takes_linear_time(void **state) {
  (void)state;
  enum { SIZE = 4000000 };
  char *text = malloc(SIZE + 1);
  memset(text, 'x', SIZE);
  text[SIZE] = 0;
  Fixture f;
  set_up(&f, text);
  clock_t start = clock();
  for (uint32_t offset = 0; offset < SIZE; offset += 10) expect_at(&f, offset, 1, offset + 1);
  for (uint32_t offset = SIZE; offset; offset -= 10) expect_at(&f, offset, 1, offset + 1);
  assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
  arena_free(&f.arena);
  free(text);
}

static void columns_of_a_long_line_count_characters(void **state) {
  (void)state;
  enum { COUNT = 1000 };
  char text[4 + COUNT * 3] = "\n";
  for (int i = 0; i < COUNT; i++) strcat(text, i % 7 ? "\xC3\xA9" : "x");
  Fixture f;
  set_up(&f, text);
  uint32_t offset = 1;
  for (uint32_t i = 0; i < COUNT; i++) {
    expect_at(&f, offset, 2, i + 1);
    offset += i % 7 ? 2 : 1;
  }
  expect_at(&f, offset, 2, COUNT + 1);
  arena_free(&f.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_count_characters),
      cmocka_unit_test(columns_of_a_long_line_count_characters),
      cmocka_unit_test(a_long_line_takes_linear_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
