// Files, the environment, child processes, time.
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/internal.h"
#include "runtime/support.h"

static QzString *text(const char *bytes) { return qz_string_of(bytes); }

static char folder[] = "/tmp/quartz-runtime-XXXXXX";

static QzString *in_folder(const char *name) { return qz_string_format("%s/%s", folder, name); }

static void files_are_written_and_read(void **state) {
  (void)state;
  QzString *path = in_folder("a.txt"), *other = in_folder("b.txt"), *here = text(folder);
  int64_t fd = qz_open(path, 1), fields[4], error;
  uint8_t bytes[16];
  assert_true(fd >= 0);
  assert_int_equal(qz_write(fd, (const uint8_t *)"hello", 5), 5), assert_int_equal(qz_close(fd), 0);
  assert_int_equal(qz_rename(path, other), 0), assert_int_equal(qz_open(path, 0), -ENOENT);
  fd = qz_open(other, 0);
  assert_int_equal(qz_seek(fd, 1, 0), 1), assert_int_equal(qz_read(fd, bytes, sizeof bytes), 4);
  assert_memory_equal(bytes, "ello", 4);
  assert_int_equal(qz_read(fd, bytes, sizeof bytes), 0), qz_close(fd);
  assert_int_equal(qz_stat(other, 1, fields), 0), assert_int_equal(fields[0], 0), assert_int_equal(fields[1], 5);
  QzString *names = qz_list_dir(here, &error);
  assert_int_equal(error, 0), assert_string_equal((char *)names->bytes, "b.txt");
  assert_int_equal(qz_unlink(other), 0);
  qz_string_free(path), qz_string_free(other), qz_string_free(here), qz_string_free(names);
}

static void names_with_nul_are_refused(void **state) {
  (void)state;
  QzString *name = qz_string_new((const uint8_t *)"a\0b", 3);
  int64_t error;
  assert_int_equal(qz_open(name, 0), -EINVAL), assert_int_equal(qz_mkdir(name), -EINVAL);
  QzString *names = qz_list_dir(name, &error);
  assert_int_equal(error, -EINVAL);
  qz_string_free(name), qz_string_free(names);
}

static void environment_is_read_and_set(void **state) {
  (void)state;
  QzString *name = text("QUARTZ_TEST_NAME"), *value = text("value");
  int64_t found;
  assert_int_equal(qz_env_set(name, value), 0);
  QzString *got = qz_env_get(name, &found);
  assert_int_equal(found, 1), assert_string_equal((char *)got->bytes, "value");
  assert_int_equal(qz_env_unset(name), 0);
  QzString *none = qz_env_get(name, &found);
  assert_int_equal(found, 0);
  qz_string_free(name), qz_string_free(value), qz_string_free(got), qz_string_free(none);
}

static void child_gets_input_and_gives_output(void **state) {
  (void)state;
  QzString *words = qz_string_new((const uint8_t *)"sh\0-c\0cat; echo oops >&2; exit 3", 32), *nowhere = text("");
  enum { SIZE = 300000 };  // more than a pipe holds
  uint8_t *input = malloc(SIZE), *out, *err;
  int64_t out_size, err_size;
  memset(input, 'x', SIZE);
  assert_int_equal(qz_process_run(words, nowhere, input, SIZE, &out, &out_size, &err, &err_size), 3);
  assert_int_equal(out_size, SIZE), assert_memory_equal(out, input, SIZE);
  assert_int_equal(err_size, 5), assert_memory_equal(err, "oops\n", 5);
  free(input), qz_free(out), qz_free(err);
  qz_string_free(words), qz_string_free(nowhere);
}

static void missing_program_is_an_error(void **state) {
  (void)state;
  QzString *words = text("quartz-no-such-program"), *nowhere = text("");
  uint8_t *out, *err;
  int64_t out_size, err_size;
  int64_t result = qz_process_run(words, nowhere, NULL, 0, &out, &out_size, &err, &err_size);
  // Under valgrind a spawned child shares no memory with us and can only say so by its status.
  assert_true(result == -ENOENT || (getenv("QUARTZ_ALLOC") && result == 127));
  qz_free(out), qz_free(err);
  qz_string_free(words), qz_string_free(nowhere);
}

static void time_passes(void **state) {
  (void)state;
  int64_t before = qz_clock(1);
  qz_sleep(2000000);
  assert_true(qz_clock(1) - before >= 2000000);
  assert_true(qz_clock(0) > 1600000000000000000);
}

static int64_t passed;
static int64_t what_passed(void) { return passed; }

static void clocks_may_follow_another(void **state) {
  (void)state;
  int64_t before = qz_clock(1), day = qz_clock(0), used = qz_clock(2);
  qz_clocks_follow(what_passed);
  int64_t begun = qz_clock(1);
  assert_true(begun >= before && qz_clock(1) == begun && qz_clock(0) >= day);
  passed = INT64_C(3600000000000);
  assert_true(qz_clock(1) == begun + passed && qz_clock(0) >= day + passed);
  assert_true(qz_clock(2) - used < passed);
  qz_clocks_follow(NULL);
  assert_true(qz_clock(1) - begun < passed);
}

// ── Panics ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void fails(void *argument) {
  (void)argument;
  qz_panic_bounds(5, 3, (QzPlace){.file = ""});
}

static void code_fails(QzClosure *self) { fails(self); }

static void catches_and_goes_on(void *argument) {
  QzClosure body = {{QZ_IMMORTAL, 0}, (void *)code_fails};
  *(int64_t *)argument = qz_catch_panic(&body);
}

static void panics_are_caught(void **state) {
  (void)state;
  int64_t caught = 0;
  assert_int_equal(qz_panic_guard(catches_and_goes_on, &caught, false), 0);
  assert_int_equal(caught, 1);
  QzString *message = qz_panic_message();
  assert_string_equal((char *)message->bytes, "index 5 is not in 0..3");
  qz_string_free(message);
  assert_int_equal(qz_panic_guard(fails, NULL, false), 1);
  qz_panic_forget();
}

int main(void) {
  if (!mkdtemp(folder)) return 1;
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_are_written_and_read),  cmocka_unit_test(names_with_nul_are_refused),
      cmocka_unit_test(environment_is_read_and_set), cmocka_unit_test(child_gets_input_and_gives_output),
      cmocka_unit_test(missing_program_is_an_error), cmocka_unit_test(time_passes),
      cmocka_unit_test(clocks_may_follow_another),
      cmocka_unit_test(panics_are_caught),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
