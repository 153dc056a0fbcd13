// Two compilations in one process, one inside the other: neither sees the other's names, types or messages.
#include "driver/compile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/file.h"

typedef struct Run {
  Compiler compiler;
  CompileJob job;
  CompileStatus status;
} Run;

static const char *write_source(Arena *arena, const char *folder, const char *name, const char *text) {
  const char *path = path_join(arena, folder, name);
  Text why = {.arena = arena};
  Staged file = {path, path};
  assert_true(staged_write(&file, text, strlen(text), &why));
  return path;
}

static void compile(Run *run, const Options *options, const char *path) {
  *run = (Run){.job = {.path = path, .last = LAST_MIR, .wants_main = true}};
  compiler_init(&run->compiler, options);
  run->status = compile_unit(&run->compiler, &run->job);
}

static const char *mir_text(Run *run) {
  Text text = {.arena = &run->compiler.unit};
  mir_print_module(&text, run->job.mir);
  return text_str(&text);
}

static void two_at_a_time(void **state) {
  (void)state;
  Arena arena = {0};
  Text why = {.arena = &arena};
  const char *folder = scratch_new(&arena, &why);
  const char *good = write_source(&arena, folder, "good.qz", "def main(): Int = 1 + 2\n");
  const char *wrong = write_source(&arena, folder, "wrong.qz", "def main(): Int = nothing\n");
  Options options = {.level = LEVEL_0};
  Run first, second, third;
  compile(&first, &options, good);
  compile(&second, &options, wrong);
  compile(&third, &options, good);
  assert_int_equal(first.status, COMPILE_OK);
  assert_int_equal(second.status, COMPILE_ERRORS);
  assert_int_equal(third.status, COMPILE_OK);
  assert_int_equal(first.compiler.diags.items.size, 0);
  assert_int_equal(second.compiler.diags.error_count, 1);
  assert_int_equal(second.compiler.diags.items.data[0]->id, QZ0100);
  assert_string_equal(mir_text(&first), mir_text(&third));
  compiler_free(&first.compiler);
  assert_non_null(strstr(mir_text(&third), "main"));
  compiler_free(&second.compiler);
  compiler_free(&third.compiler);
  scratch_remove(folder);
  arena_free(&arena);
}

// Nothing but MIR is left of the program: its text is made from what is still there.
static void trees_go_when_the_program_is_mir(void **state) {
  (void)state;
  Arena arena = {0};
  Text why = {.arena = &arena};
  const char *folder = scratch_new(&arena, &why);
  const char *path = write_source(&arena, folder, "good.qz", "def main(): Int = 1 + 2\n");
  Options options = {.level = LEVEL_0};
  Run run;
  compile(&run, &options, path);
  assert_int_equal(run.status, COMPILE_OK);
  assert_int_equal(run.compiler.unit.reserved, 0);
  assert_non_null(strstr(mir_text(&run), "main"));
  compiler_free(&run.compiler);
  scratch_remove(folder);
  arena_free(&arena);
}

int main(void) {
  setenv("QUARTZ_STD", "std", 0);  // the tests run in the root of the tree
  const struct CMUnitTest tests[] = {cmocka_unit_test(two_at_a_time),
                                     cmocka_unit_test(trees_go_when_the_program_is_mir)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
