// Fresh names and the text they stand in.
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/fresh.h"

static void expect_written(Arena *arena, const char *text, const char *wanted) {
  Text out = {.arena = arena};
  text_append_written(&out, text, strlen(text));
  assert_string_equal(text_str(&out), wanted);
}

static void text_shows_names_as_written(void **state) {
  (void)state;
  Arena arena = {0};
  expect_written(&arena, "", "");
  expect_written(&arena, "tmp is bound", "tmp is bound");
  expect_written(&arena, "tmp∙3 is bound", "tmp is bound");
  expect_written(&arena, "a∙1 and b∙22", "a and b");
  expect_written(&arena, "a ∙ b∙", "a ∙ b∙");
  arena_free(&arena);
}

static void a_fresh_name_gives_back_the_old_one(void **state) {
  (void)state;
  Arena arena = {0};
  Interner names;
  interner_init(&names, &arena);
  Name name = name_from(&names, "tmp"), fresh = name_fresh(&names, name, 7);
  assert_true(fresh != name && name_is_fresh(&names, fresh) && !name_is_fresh(&names, name));
  assert_int_equal(name_written(&names, fresh), name);
  assert_int_equal(name_written(&names, name), name);
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_shows_names_as_written),
      cmocka_unit_test(a_fresh_name_gives_back_the_old_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
