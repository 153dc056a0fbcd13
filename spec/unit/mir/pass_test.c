// The passes: spec/mir/passes/PASS/*.mir, each with what the pass makes of it. QZ_UPDATE=1 writes the expectations
// anew.
#include "support.h"

static const char *pass_of(Arena *arena, const char *path) {
  const char *end = strrchr(path, '/');
  const char *start = end;
  while (start[-1] != '/') start--;
  return arena_text(arena, start, (size_t)(end - start));
}

static void update(const TestFile *file, const char *printed) {
  FILE *out = fopen(file->path, "w");
  fprintf(out, "%s\n; expect\n%s", file->text, printed);
  fclose(out);
}

static void transform(const char *path) {
  Front s;
  front_open(&s);
  TestFile file = file_read(&s.arena, path);
  MirModule *module = module_need(&s, file.text);
  module_need_check(&s, module);
  assert_true(mir_run_pass(module, pass_of(&s.arena, path)));
  module_need_check(&s, module);
  const char *printed = module_print(&s, module);
  if (getenv("QZ_UPDATE")) update(&file, printed);
  else if (!file.section_count || strcmp(printed, file.sections[0].body) != 0)
    fail_msg("%s becomes\n%s", path, printed);
  front_close(&s);
}

#define PASS_FOLDER(name, folder)                        \
  static void name(void **state) {                       \
    (void)state;                                         \
    for_each_file("spec/mir/passes/" folder, transform); \
  }
PASS_FOLDER(simplify_cfg, "simplify-cfg")
PASS_FOLDER(copies, "copies")
PASS_FOLDER(inlining, "inline")
PASS_FOLDER(parameters, "parameters")
PASS_FOLDER(borrows, "borrows")
PASS_FOLDER(last_use, "last-use")
PASS_FOLDER(ranges, "ranges")
PASS_FOLDER(versions, "versions")
PASS_FOLDER(masks, "masks")
PASS_FOLDER(dead_code, "dead-code")

// Every program of spec/mir/run does the same after all passes, which keep every rule.
static void runs_the_same(const char *path) {
  Front s;
  front_open(&s);
  TestFile file = file_read(&s.arena, path);
  Text why = {.arena = &s.arena};
  MirModule *plain = module_need(&s, file.text), *passed = module_need(&s, file.text);
  mir_make_glue(passed);
  if (!mir_run_passes(passed, &(MirPassOptions){.level = 3, .check = true}, &why))
    fail_msg("%s: %s", path, text_str(&why));
  Outcome before = run_module(&s, plain), after = run_module(&s, passed);
  if (before.status != after.status || strcmp(before.out, after.out) != 0 || strcmp(before.err, after.err) != 0)
    fail_msg("%s: status %d, then %d\n%s%s", path, before.status, after.status, after.out, after.err);
  front_close(&s);
}

static void programs_run_the_same(void **state) {
  (void)state;
  for_each_file("spec/mir/run", runs_the_same);
}

static void levels_choose(void **state) {
  (void)state;
  Front s;
  front_open(&s);
  Text why = {.arena = &s.arena}, trace = {.arena = &s.arena};
  MirModule *module = module_need(&s, "fn @f() -> void {\n bb0:\n return\n}\n");
  assert_true(mir_run_passes(module, &(MirPassOptions){.level = 0, .print_after = &trace}, &why));
  assert_non_null(strstr(text_str(&trace), "; after ranges\n"));
  assert_null(strstr(text_str(&trace), "; after copies\n"));
  assert_true(mir_run_passes(module, &(MirPassOptions){.level = 's', .print_after = &trace}, &why));
  assert_non_null(strstr(text_str(&trace), "; after borrows\n"));
  assert_null(strstr(text_str(&trace), "; after versions\n"));
  assert_false(mir_run_pass(module, "no-such-pass"));
  front_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(simplify_cfg),
                                     cmocka_unit_test(copies),
                                     cmocka_unit_test(inlining),
                                     cmocka_unit_test(parameters),
                                     cmocka_unit_test(borrows),
                                     cmocka_unit_test(last_use),
                                     cmocka_unit_test(ranges),
                                     cmocka_unit_test(versions),
                                     cmocka_unit_test(masks),
                                     cmocka_unit_test(dead_code),
                                     cmocka_unit_test(programs_run_the_same),
                                     cmocka_unit_test(levels_choose)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
