// Every program in programs/ at every level: its output, what it says of leaks, its status. A program X.mir with an X.c
// beside it is linked with that.
#include <glob.h>

#include "spec/unit/codegen/program.h"

static const CodegenLevel levels[] = {CODEGEN_O0, CODEGEN_O1, CODEGEN_O2, CODEGEN_O3, CODEGEN_OS};

static const char *compile_c(Program *program, const char *path, const char *object) {
  Text source = {.arena = &program->front.arena};
  text_bytes(&source, path, strlen(path) - strlen(".mir"));
  text_append(&source, ".c");
  if (access(text_str(&source), R_OK) != 0) return NULL;
  command_must(&program->front.arena, (const char *[]){"cc", "-O1", "-c", "-o", object, text_str(&source), NULL});
  return object;
}

static void check_outcome(Program *program, const char *path, int level, Outcome outcome) {
  const char *status = program_expectation(program, "status");
  int expected_status = *status ? atoi(status) : 0;
  const char *out = program_expectation(program, "expect"), *err = program_expectation(program, "expect-error");
  if (strcmp(outcome.out, out) == 0 && strcmp(outcome.err, *err ? err : "0 live objects\n") == 0 &&
      outcome.status == expected_status)
    return;
  fail_msg("%s at level %d: status %d\n%s%s", path, level, outcome.status, outcome.out, outcome.err);
}

static void run_at_each_level(void **state) {
  const char *path = *state;
  char object[] = "/tmp/quartz-test-c-XXXXXX.o";
  close(mkstemps(object, 2));
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    Program program;
    program_open(&program, path);
    Outcome outcome = program_run(&program, levels[i], compile_c(&program, path, object));
    check_outcome(&program, path, (int)i, outcome);
    program_close(&program);
  }
  unlink(object);
}

int main(void) {
  glob_t found;
  if (glob("spec/unit/codegen/programs/*.mir", 0, NULL, &found) != 0) return 1;
  struct CMUnitTest *tests = calloc(found.gl_pathc, sizeof *tests);
  for (size_t i = 0; i < found.gl_pathc; i++)
    tests[i] = (struct CMUnitTest){
        .name = found.gl_pathv[i], .test_func = run_at_each_level, .initial_state = found.gl_pathv[i]};
  int failed = _cmocka_run_group_tests("codegen programs", tests, found.gl_pathc, NULL, NULL);
  free(tests);
  globfree(&found);
  return failed;
}
