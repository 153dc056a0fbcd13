// TAP among other output: whose line is whose.
#include "driver/tap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void lines_find_their_result(void **state) {
  (void)state;
  Arena arena = {0};
  TapReport report =
      tap_parse(&arena,
                "noise of one\nok 1 - one\n  about one\n# more of one\nnoise of two\n  indented noise of two\n"
                "not ok 2 - two\n  expected 3\nok 3 - three # SKIP too slow\n1..3\nlast words", NULL);
  assert_int_equal(report.results.size, 3);
  assert_int_equal(report.planned, 3);
  assert_string_equal(report.rest, "last words\n");
  assert_string_equal(report.results.data[0].name, "one");
  assert_string_equal(report.results.data[0].details, "noise of one\n  about one\n# more of one\n");
  assert_int_equal(report.results.data[1].outcome, TEST_FAILED);
  assert_string_equal(report.results.data[1].details, "noise of two\n  indented noise of two\n  expected 3\n");
  assert_int_equal(report.results.data[2].outcome, TEST_SKIPPED);
  assert_string_equal(report.results.data[2].name, "three");
  assert_string_equal(report.results.data[2].details, "too slow");
  arena_free(&arena);
}

static void what_only_looks_like_tap(void **state) {
  (void)state;
  Arena arena = {0};
  TapReport report = tap_parse(&arena, "okay\nok\n1..\n1..x\n1..2 things\nnot okay\n", NULL);
  assert_int_equal(report.results.size, 0);
  assert_int_equal(report.planned, -1);
  assert_false(report.is_tap);
  report = tap_parse(&arena, "TAP version 14\nwords\n", NULL);
  assert_true(report.is_tap);
  assert_string_equal(report.rest, "words\n");
  report = tap_parse(&arena, "\nok 1 - a \\# SKIP \\\\ b\n\nunfinished\nok 2 - c # SKIP why\n", NULL);
  assert_int_equal(report.results.data[0].outcome, TEST_PASSED);
  assert_string_equal(report.results.data[0].name, "a # SKIP \\ b");
  assert_string_equal(report.results.data[1].details, "why");
  report = tap_parse(&arena, "", NULL);
  assert_int_equal(report.results.size, 0);
  assert_string_equal(report.rest, "");
  arena_free(&arena);
}

static void only_marked_lines_are_results(void **state) {
  (void)state;
  Arena arena = {0};
  const char *text = "not ok 7 - mine\n1..9\nM TAP version 14\n\nM 1..2\n  noise\n# noise\nMok 3 - no\n\nM ok 1 - one\n"
                     "# noise of two\nTAP version 13\nok 8 - x\n\nM not ok 2 - two\nM # because\nthe end\n";
  TapReport report = tap_parse(&arena, text, "M");
  assert_int_equal(report.results.size, 2);
  assert_int_equal(report.planned, 2);
  assert_true(report.is_tap);
  assert_string_equal(report.results.data[0].name, "one");
  assert_string_equal(report.results.data[0].details, "not ok 7 - mine\n1..9\n\n  noise\n# noise\nMok 3 - no\n\n");
  assert_string_equal(report.results.data[1].details, "# noise of two\nTAP version 13\nok 8 - x\n\n# because\n");
  assert_string_equal(report.rest, "the end\n");
  report = tap_parse(&arena, "ok 1 - M one\nMM not ok 2\n1..1\n", "M");
  assert_int_equal(report.results.size, 1);
  assert_int_equal(report.planned, 1);
  arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(lines_find_their_result),
                                     cmocka_unit_test(what_only_looks_like_tap),
                                     cmocka_unit_test(only_marked_lines_are_results)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
