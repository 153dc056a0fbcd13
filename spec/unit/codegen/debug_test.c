// gdb stops at a line of the source and prints an Int, a String, fields of objects and structs, an enum, parameters.
#include "spec/unit/codegen/program.h"

static const char *const commands[] = {"break debug.mir:23", "run",         "print total",
                                       "print flag",         "print ratio", "print name",
                                       "print self.x",       "print *self", "print size.height",
                                       "print option",       "print count", "up",
                                       "print size.width",   "print size.name",
                                       "print size",         NULL};

static const char *const expected[] = {"debug.mir:23",
                                       "$1 = 42\n",
                                       "$2 = true\n",
                                       "$3 = 2.5\n",
                                       "$4 = \"hello gdb\"\n",
                                       "$5 = 3\n",
                                       "$6 = {x = 3, y = 4.5}\n",
                                       "$7 = 480\n",
                                       "Some = {_0 = 77}",
                                       "$9 = 41\n",
                                       "in main ()",
                                       "$10 = 640\n",
                                       "$11 = \"screen\"\n",
                                       "name = \"screen\", deep = 1}",
                                       NULL};

static Outcome run_gdb(Program *program, const char *path) {
  VEC(const char *) words = {0};
  const char *const head[] = {"gdb", "-batch", "-nx", "-iex", "set debuginfod enabled off"};
  for (size_t i = 0; i < sizeof head / sizeof *head; i++) vec_push(&program->front.arena, &words, head[i]);
  for (size_t i = 0; commands[i]; i++) {
    vec_push(&program->front.arena, &words, "-ex");
    vec_push(&program->front.arena, &words, commands[i]);
  }
  vec_push(&program->front.arena, &words, path);
  vec_push(&program->front.arena, &words, NULL);
  return command_run(&program->front.arena, words.data);
}

static void gdb_prints_locals(void **state) {
  (void)state;
  if (!command_exists("gdb")) {
    print_message("skipped: gdb is not installed\n");
    skip();
  }
  Program program;
  char path[] = "/tmp/quartz-test-debug-XXXXXX";
  close(mkstemp(path));
  program_open(&program, "spec/unit/codegen/debug.mir");
  program_build(&program, CODEGEN_O0, NULL, path);
  Outcome outcome = run_gdb(&program, path);
  for (size_t i = 0; expected[i]; i++)
    if (!strstr(outcome.out, expected[i]))
      fail_msg("gdb did not print `%s`:\n%s%s", expected[i], outcome.out, outcome.err);
  unlink(path);
  program_close(&program);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(gdb_prints_locals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
