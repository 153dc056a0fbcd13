// Floats and characters as text, and back.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/qz_runtime.h"

static void shows(double x, const char *expected) {
  QzString *text = qz_float_show(x);
  assert_string_equal((char *)text->bytes, expected);
  qz_string_free(text);
}

static void floats_show_as_written(void **state) {
  (void)state;
  shows(1, "1.0"), shows(0.1, "0.1"), shows(-0.0, "-0.0"), shows(0, "0.0"), shows(1e21, "1e+21"),
      shows(1e20, "100000000000000000000.0");
  shows(123456.789, "123456.789"), shows(1e-6, "0.000001"), shows(1e-7, "1e-7"), shows(1.5e-9, "1.5e-9");
  shows(5e-324, "5e-324"), shows(1.7976931348623157e308, "1.7976931348623157e+308"), shows(-2.5, "-2.5");
  shows(NAN, "nan"), shows(INFINITY, "inf"), shows(-INFINITY, "-inf"), shows(0.3, "0.3"),
      shows(0.1 + 0.2, "0.30000000000000004");
  shows(9007199254740993.0, "9007199254740992.0"), shows(4.35, "4.35"), shows(100, "100.0");
}

static void single_floats_show_as_written(void **state) {
  (void)state;
  static const struct {
    float x;
    const char *text;
  } rows[] = {{0.1f, "0.1"},
              {16777216.0f, "16777216.0"},
              {3.4028235e38f, "3.4028235e+38"},
              {1e-45f, "1e-45"},
              {1.0f / 3, "0.33333334"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    QzString *text = qz_float32_show(rows[i].x);
    assert_string_equal((char *)text->bytes, rows[i].text);
    qz_string_free(text);
  }
}

static int significant_digits(const char *text) {
  int count = 0, zeros = 0;
  for (; *text && *text != 'e'; text++) {
    if (*text < '0' || *text > '9' || (count == 0 && *text == '0')) continue;
    zeros = *text == '0' ? zeros + 1 : 0;
    count++;
  }
  return count - zeros;
}

// No shorter decimal reads back: every one of fewer digits around the number is tried.
static void is_shortest(double x, const char *text) {
  int digits = significant_digits(text);
  for (int count = 1; count < digits; count++) {
    char shorter[64];
    snprintf(shorter, sizeof shorter, "%.*e", count - 1, x);
    assert_true(strtod(shorter, NULL) != x);
  }
}

static void random_floats_read_back(void **state) {
  (void)state;
  uint64_t bits = 88172645463325252u;
  for (int i = 0; i < 20000; i++) {
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
    double x, back = 0;
    uint64_t chosen = i % 3 ? bits : bits & 0x7FF0000000000000u;  // every third a power of two
    memcpy(&x, &chosen, sizeof x);
    if (!isfinite(x) || x == 0) continue;
    QzString *text = qz_float_show(x);
    assert_int_equal(qz_float_parse(text->bytes, text->byte_size, &back), 1);
    assert_memory_equal(&x, &back, sizeof x);
    is_shortest(x, (char *)text->bytes);
    qz_string_free(text);
  }
}

static void only_decimals_are_floats(void **state) {
  (void)state;
  static const char *const good[] = {
      "1",     "-1.5",  ".5",
      "5.",    "1e9",   "1E-9",
      "+0.25", "00012", "123456789012345678901234567890123456789012345678901234567890123456789"};
  static const char *const bad[] = {"",    " 1", "1 ",  "e5",    ".",   "0x10", "inf",
                                    "nan", "1e", "1e+", "1_000", "--1", "1.2.3"};
  double x;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    assert_int_equal(qz_float_parse((const uint8_t *)good[i], (int64_t)strlen(good[i]), &x), 1);
    assert_true(x == strtod(good[i], NULL));
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(qz_float_parse((const uint8_t *)bad[i], (int64_t)strlen(bad[i]), &x), 0);
}

static void fixed_places(void **state) {
  (void)state;
  QzString *text = qz_float_show_fixed(3.14159, 2);
  assert_string_equal((char *)text->bytes, "3.14");
  qz_string_free(text);
}

static void characters_have_classes_and_cases(void **state) {
  (void)state;
  assert_int_equal(qz_char_class('a'), 1 | 16), assert_int_equal(qz_char_class('Z'), 1 | 8),
      assert_int_equal(qz_char_class('7'), 2);
  assert_int_equal(qz_char_class(' '), 4), assert_int_equal(qz_char_class('_'), 0),
      assert_int_equal(qz_char_class(0xE9), 1 | 16);
  assert_int_equal(qz_char_class(0x410), 1 | 8), assert_int_equal(qz_char_class(0x4E2D), 1),
      assert_int_equal(qz_char_class(0x10FFFF), 0);
  assert_int_equal(qz_char_upcase('q'), 'Q'), assert_int_equal(qz_char_upcase(0xE9), 0xC9),
      assert_int_equal(qz_char_upcase('1'), '1');
  assert_int_equal(qz_char_downcase(0x416), 0x436), assert_int_equal(qz_char_downcase(0x100), 0x101);
  assert_int_equal(qz_char_downcase(0x101), 0x101), assert_int_equal(qz_char_upcase(0x101), 0x100);
  assert_int_equal(qz_char_upcase(0xDF), 0xDF), assert_int_equal(qz_char_upcase(0x1F600), 0x1F600);
}

static void strings_count_and_join(void **state) {
  (void)state;
  QzString *a = qz_string_new((const uint8_t *)"h\xC3\xA9", 3), *b = qz_string_new((const uint8_t *)"llo", 3);
  QzString *both = qz_string_concat(a, b);
  assert_int_equal(qz_string_count(both), 5);
  assert_int_equal(both->byte_size, 6);
  assert_int_equal(qz_mem_find(both->bytes, 6, b->bytes, 3), 3),
      assert_int_equal(qz_mem_find(b->bytes, 3, both->bytes, 6), -1);
  qz_string_free(a), qz_string_free(b), qz_string_free(both);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(floats_show_as_written),
      cmocka_unit_test(single_floats_show_as_written),
      cmocka_unit_test(random_floats_read_back),
      cmocka_unit_test(only_decimals_are_floats),
      cmocka_unit_test(fixed_places),
      cmocka_unit_test(characters_have_classes_and_cases),
      cmocka_unit_test(strings_count_and_join),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
