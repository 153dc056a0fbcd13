// Lowering: the programs of spec/mir/lower against the MIR that stands beside each of them. With QZ_UPDATE=1 the MIR is
// written instead of compared; read the difference before it is committed.
#include "support.h"

#include "mir/lower.h"
#include "sema/sema.h"

static const char *const folder = "spec/mir/lower";

static void need_no_errors(const Front *s, const char *path) {
  for (uint32_t i = 0; i < s->diags.items.size; i++)
    if (s->diags.items.data[i]->severity == DIAG_ERROR) fail_msg("%s: %s", path, s->diags.items.data[i]->message);
}

static MirModule *lower_file(Front *s, const char *path) {
  const Source *source = front_read(s, path);
  assert_non_null(source);
  SemaOptions options = {.load = front_import, .load_data = s};
  Program *program = sema_program(&s->context, &s->arena, source, &options);
  need_no_errors(s, path);
  MirModule *module = mir_lower(program, &s->arena, &(MirLowerOptions){0});
  module_need_check(s, module);
  return module;
}

// The functions of the file's own module: `name` is the file's without its ending.
static const char *print_own(Front *s, const MirModule *module, const char *name) {
  Text text = {.arena = &s->arena};
  size_t size = strlen(name);
  for (uint32_t i = 0; i < module->functions.size; i++) {
    const MirFunction *function = module->functions.data[i];
    const char *symbol = name_text(&s->names, function->symbol);
    if (strncmp(symbol, name, size) != 0 || strncmp(symbol + size, "::", 2) != 0) continue;
    if (text.size) text_char(&text, '\n');
    mir_print_function(&text, module, function);
  }
  return text_str(&text);
}

static const char *path_of(Front *s, const char *name, const char *ending) {
  Text path = {.arena = &s->arena};
  text_printf(&path, "%s/%s%s", folder, name, ending);
  return text_str(&path);
}

static void write_whole(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void check_golden(const char *name) {
  Front s;
  front_open(&s);
  const char *found = print_own(&s, lower_file(&s, path_of(&s, name, ".qz")), name),
             *golden = path_of(&s, name, ".mir");
  if (getenv("QZ_UPDATE")) write_whole(golden, found);
  else assert_string_equal(found, need_text(&s.arena, golden));
  front_close(&s);
}

static void test_match_tree(void **state) { (void)state, check_golden("match_tree"); }
static void test_scope(void **state) { (void)state, check_golden("scope"); }
static void test_loops(void **state) { (void)state, check_golden("loops"); }
static void test_places(void **state) { (void)state, check_golden("places"); }
static void test_closures(void **state) { (void)state, check_golden("closures"); }
static void test_regexes(void **state) { (void)state, check_golden("regexes"); }

// The whole module, library included, comes out the same in another compilation of the same process.
static void test_same_text_again(void **state) {
  (void)state;
  Front first, second;
  front_open(&first);
  front_open(&second);
  const char *a = module_print(&first, lower_file(&first, path_of(&first, "loops", ".qz")));
  const char *b = module_print(&second, lower_file(&second, path_of(&second, "loops", ".qz")));
  assert_string_equal(a, b);
  front_close(&first);
  front_close(&second);
}

// ── Decision trees ──────────────────────────────────────────────────────────────────────────────────────────────
static const MirFunction *function_named(const Front *s, const MirModule *module, const char *symbol) {
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (strcmp(name_text(&s->names, module->functions.data[i]->symbol), symbol) == 0) return module->functions.data[i];
  fail_msg("no function %s", symbol);
  return NULL;
}

static uint32_t count_op(const MirFunction *function, MirOp op) {
  uint32_t count = 0;
  for (uint32_t b = 0; b < function->blocks.size; b++)
    for (uint32_t i = 0; i < function->blocks.data[b]->stmts.size; i++)
      count += function->blocks.data[b]->stmts.data[i].op == op;
  return count;
}

static void test_each_part_is_tested_once(void **state) {
  (void)state;
  Front s;
  front_open(&s);
  const MirModule *module = lower_file(&s, path_of(&s, "match_tree", ".qz"));
  const MirFunction *area = function_named(&s, module, "match_tree::area");
  assert_int_equal(count_op(area, MIR_OP_TAG), 1);
  assert_int_equal(count_op(area, MIR_OP_MUL), 2);  // the bodies of Circle and Rect, each once
  // The tag of the shape, then the bool on the one way that needs it.
  const MirFunction *columns = function_named(&s, module, "match_tree::columns");
  assert_int_equal(count_op(columns, MIR_OP_TAG), 1);
  assert_int_equal(count_op(columns, MIR_OP_BRANCH), 1);
  front_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_match_tree),
      cmocka_unit_test(test_scope),
      cmocka_unit_test(test_loops),
      cmocka_unit_test(test_places),
      cmocka_unit_test(test_closures), cmocka_unit_test(test_regexes),
      cmocka_unit_test(test_same_text_again),
      cmocka_unit_test(test_each_part_is_tested_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
