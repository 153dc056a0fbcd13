// Did-you-mean: near enough, not too near, and the same whatever the order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/nearest.h"

static const char *nearest_of(const char *wanted, const char *a, const char *b, const char *c) {
  Nearest nearest = {.wanted = wanted};
  nearest_try(&nearest, a);
  nearest_try(&nearest, b);
  nearest_try(&nearest, c);
  return nearest.best;
}

static void one_edit_of_each_kind(void **state) {
  (void)state;
  assert_string_equal(nearest_of("relase", "release", "target", "emit"), "release");
  assert_string_equal(nearest_of("releease", "release", "target", "emit"), "release");
  assert_string_equal(nearest_of("relaese", "release", "target", "emit"), "release");
  assert_string_equal(nearest_of("relebse", "release", "target", "emit"), "release");
}

static void far_is_nothing(void **state) {
  (void)state;
  assert_null(nearest_of("x", "y", "xy", "z"));
  assert_null(nearest_of("", "a", "b", ""));
  assert_null(nearest_of("frobnicate", "build", "run", "check"));
}

static void order_does_not_matter(void **state) {
  (void)state;
  assert_string_equal(nearest_of("tess", "test", "less", "mess"), "less");
  assert_string_equal(nearest_of("tess", "mess", "test", "less"), "less");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(one_edit_of_each_kind), cmocka_unit_test(far_is_nothing),
                                     cmocka_unit_test(order_does_not_matter)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
