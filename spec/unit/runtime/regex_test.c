// Patterns, matches and the words of literals. What a program sees of them is in spec/qspec/std/regex_spec.qz.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/internal.h"
#include "runtime/regex.h"

static QzRegex *compiled(const char *pattern) {
  QzString *text = qz_string_of(pattern);
  int64_t fault[2];
  QzRegex *regex = qz_regex_new(text, fault);
  assert_non_null(regex);
  qz_string_free(text);
  return regex;
}

static int32_t match(QzRegex *regex, const char *subject, int64_t *bounds) {
  QzString *text = qz_string_of(subject);
  int32_t found = qz_regex_match(regex, text, 0, 0, bounds);
  qz_string_free(text);
  return found;
}

static void faults_have_a_place(void **state) {
  (void)state;
  static const struct {
    const char *pattern;
    int64_t offset;
  } cases[] = {{"*", 0}, {"(", 1}, {"a)", 1}, {"(?<\xC3\xA9>a)(?<\xC3\xA9>b)", 11}, {"\\y", 1}, {"\\", 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    QzRegexFault fault;
    assert_null(qz_regex_compile(cases[i].pattern, strlen(cases[i].pattern), &fault));
    assert_int_equal(fault.offset, cases[i].offset);
    char why[100];
    qz_regex_explain(fault.code, why, sizeof why);
    assert_true(strlen(why) > 10);
  }
}

static void bounds_are_those_of_groups(void **state) {
  (void)state;
  QzRegex *regex = compiled("(a)|(?<b>b)(?<c>c)?");
  int64_t bounds[8];
  assert_int_equal(qz_regex_group_count(regex), 4);
  assert_int_equal(match(regex, "xb", bounds), 1);
  const int64_t wanted[] = {1, 2, -1, -1, 1, 2, -1, -1};
  assert_memory_equal(bounds, wanted, sizeof wanted);
  assert_int_equal(qz_regex_name_count(regex), 2);
  assert_string_equal(qz_regex_name_text(regex, 1), "c");
  assert_int_equal(qz_regex_named_group(regex, 0, bounds), 2);
  assert_int_equal(match(regex, "xyz", bounds), 0);
  assert_int_equal(match(regex, "xa", NULL), 1);
  qz_regex_free(regex);
}

static void text_that_is_not_utf8_is_refused(void **state) {
  (void)state;
  QzRegex *regex = compiled(".");
  assert_true(match(regex, "a\xFF", NULL) < 0);
  assert_true(match(regex, "\xC3", NULL) < 0);
  qz_regex_free(regex);
}

// More than machine code has room for: matched without it, as far as memory goes.
static void deep_matches_go_on_without_machine_code(void **state) {
  (void)state;
  QzRegex *regex = compiled("^(?:(a)|(b))*c$");
  size_t size = 400000;
  char *text = malloc(size + 2);
  for (size_t i = 0; i < size; i++) text[i] = "ab"[i & 1];
  memcpy(text + size, "c", 2);
  assert_int_equal(match(regex, text, NULL), 1);
  free(text);
  qz_regex_free(regex);
}

// ── Literals ────────────────────────────────────────────────────────────────────────────────────────────────────
enum { THREADS = 4, ROUNDS = 2000 };

static QzObject *words[ROUNDS];
static QzObject objects[THREADS][ROUNDS];
static pthread_barrier_t barrier;

static void *publish_all(void *own) {
  for (int i = 0; i < ROUNDS; i++) {
    pthread_barrier_wait(&barrier);
    if (!qz_regex_is_known(&words[i])) qz_regex_publish(&words[i], &((QzObject *)own)[i]);
    assert_true(qz_regex_is_known(&words[i]));
  }
  return NULL;
}

static void one_object_of_several_stays(void **state) {
  (void)state;
  pthread_t threads[THREADS];
  pthread_barrier_init(&barrier, NULL, THREADS);
  for (int t = 0; t < THREADS; t++) {
    for (int i = 0; i < ROUNDS; i++) objects[t][i].count = 1;
    pthread_create(&threads[t], NULL, publish_all, objects[t]);
  }
  for (int t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
  for (int i = 0; i < ROUNDS; i++)
    for (int t = 0; t < THREADS; t++)
      assert_int_equal(objects[t][i].count, words[i] == &objects[t][i] ? QZ_IMMORTAL : 1);
  pthread_barrier_destroy(&barrier);
}

static const QzProgram program;

int main(void) {
  qz_program = &program;
  qz_mem_start();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(faults_have_a_place),
      cmocka_unit_test(bounds_are_those_of_groups),
      cmocka_unit_test(text_that_is_not_utf8_is_refused),
      cmocka_unit_test(deep_matches_go_on_without_machine_code),
      cmocka_unit_test(one_object_of_several_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
