// The interpreter: each file of spec/mir/run is a program with its exit status and what it prints.
#include "support.h"

static void expect_text(const char *path, const char *what, const char *wanted, const char *got, bool is_start) {
  size_t size = strlen(wanted);
  while (size && wanted[size - 1] == '\n') size--;
  bool fits = strncmp(wanted, got, size) == 0 && (is_start || strspn(got + size, "\n") == strlen(got + size));
  if (!fits) fail_msg("%s: %s is\n%s\nand should be\n%s", path, what, got, wanted);
}

static void expect(const char *path, const Section *section, const Outcome *outcome) {
  if (strncmp(section->words, "status ", 7) == 0) {
    if (outcome->status != atoi(section->words + 7))
      fail_msg("%s: status %d, %s\n%s", path, outcome->status, outcome->err, outcome->out);
  } else if (strcmp(section->words, "out") == 0) {
    expect_text(path, "stdout", section->body, outcome->out, false);
  } else if (strcmp(section->words, "err") == 0) {
    expect_text(path, "stderr", section->body, outcome->err, true);
  } else {
    fail_msg("%s: what is `expect %s`?", path, section->words);
  }
}

static void run_file(const char *path) {
  Front s;
  front_open(&s);
  TestFile file = file_read(&s.arena, path);
  MirModule *module = module_need(&s, file.text);
  module_need_check(&s, module);
  mir_make_glue(module);
  module_need_check(&s, module);
  Outcome outcome = run_module(&s, module);
  for (uint32_t i = 0; i < file.section_count; i++) expect(path, &file.sections[i], &outcome);
  front_close(&s);
}

static void programs(void **state) {
  (void)state;
  for_each_file("spec/mir/run", run_file);
}

// Nothing is left allocated: the runtime's leak report says so.
static void leak_free(const char *path) {
  Front s;
  front_open(&s);
  setenv("QUARTZ_LEAKS", "1", 1);
  Outcome outcome = run_module(&s, module_need(&s, file_read(&s.arena, path).text));
  unsetenv("QUARTZ_LEAKS");
  if (!strstr(outcome.err, "0 live objects\n") || strstr(outcome.err, "10 live")) fail_msg("%s: %s", path, outcome.err);
  front_close(&s);
}

static void programs_leave_nothing(void **state) {
  (void)state;
  for_each_file("spec/mir/run", leak_free);
}

static void statements_are_counted(void **state) {
  (void)state;
  Front s;
  front_open(&s);
  MirModule *module =
      module_need(&s, "main @f\nfn @f() -> i64 {\n bb0:\n _0 = use 1:i64\n goto -> bb1\n bb1:\n return\n}\n");
  char *arguments[] = {"test", NULL};
  MirInterpResult result = mir_interpret(module, 1, arguments);
  assert_int_equal(result.status, 1);
  assert_int_equal(result.statements, 3);
  front_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(programs), cmocka_unit_test(programs_leave_nothing),
                                     cmocka_unit_test(statements_are_counted)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
