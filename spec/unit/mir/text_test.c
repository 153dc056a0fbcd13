// The text form: what prints reads back as the same text; what is no MIR is refused with a place and never a crash.
#include "support.h"

static void reads_back(const char *path) {
  Front s;
  front_open(&s);
  TestFile file = file_read(&s.arena, path);
  const char *first = module_print(&s, module_need(&s, file.text));
  const char *second = module_print(&s, module_need(&s, first));
  assert_string_equal(first, second);
  front_close(&s);
}

static void is_canonical(const char *path) {
  Front s;
  front_open(&s);
  TestFile file = file_read(&s.arena, path);
  MirModule *module = module_need(&s, file.text);
  assert_string_equal(module_print(&s, module), file.text);
  front_close(&s);
}

static void canonical_files_print_as_they_stand(void **state) {
  (void)state;
  for_each_file("spec/mir/text", is_canonical);
}

static void every_file_reads_back(void **state) {
  (void)state;
  for_each_file("spec/mir/check", reads_back);
  for_each_file("spec/mir/run", reads_back);
}

// Every op, flag and kind of operand stands in some file of spec/mir/text.
static void the_corpus_has_every_op(void **state) {
  (void)state;
  Arena arena = {0};
  const char *text = need_text(&arena, "spec/mir/text/every_op.mir");
  for (int op = 0; op < MIR_OP_COUNT; op++) {
    char wanted[32];
    snprintf(wanted, sizeof wanted, " %s", mir_op_info((MirOp)op)->text);
    if (!strstr(text, wanted)) fail_msg("every_op.mir lacks `%s`", wanted + 1);
  }
  arena_free(&arena);
}

static void refuses(const char *text, const char *message, uint32_t start) {
  Front s;
  front_open(&s);
  assert_null(module_parse(&s, text, strlen(text)));
  assert_int_equal(s.diags.items.size, 1);
  assert_int_equal(s.diags.items.data[0]->id, QZ9003);
  assert_string_equal(s.diags.items.data[0]->message, message);
  assert_int_equal(s.diags.items.data[0]->span.start, start + 1);
  front_close(&s);
}

static void errors_say_what_was_expected_and_where(void **state) {
  (void)state;
  refuses("nonsense",
          "expected `type`, `glue`, `global`, `main`, `init`, `deinit`, `declare` or `fn`, found `nonsense`", 0);
  refuses("fn @f() {", "expected `->` and the result type, found `{`", 8);
  refuses("fn @f() -> i65 {", "expected a type, found `i65`", 11);
  refuses("fn @f() -> void {\n}", "a function has at least one block; one without is a `declare`", 19);
  refuses("fn @f() -> void {\n bb1:\n return\n}", "expected bb0: blocks stand in the order of their numbers", 19);
  refuses("fn @f() -> void {\n bb0:\n goto -> bb7\n}", "the function above names bb7 and has no such block", 38);
  refuses("fn @f() -> void {\n bb0:\n _1 = use 1:i64\n}", "expected a declared local, found `_1`", 25);
  refuses("fn @f() -> void {\n bb0:\n _0 = frob 1:i64\n}", "expected an operation, found `frob`", 30);
  refuses("fn @f() -> i8 {\n bb0:\n _0 = use 128:i8\n}", "128 is no value of the type", 39);
  refuses("fn @f() -> void {\n bb0:\n call @g ()\n}", "no function has the symbol g", 30);
  refuses("type \"A\" = struct { \"A\" }", "a type holds itself by value, or holds too many types one inside the other",
          25);
  refuses("type \"A\" = struct { [[i64 x 1000000000000] x 1000000000000] }", "a type is too large", 61);
  refuses("type fn2 = fn(fn1) void", "no type before here has the name fn1", 14);
  refuses("type fn1 = fn(fn() i8) i8\ntype fn1 = fn() i8", "the type is declared twice", 31);
  refuses("type fn1 = ptr", "expected `fn`, found `ptr`", 11);
  refuses("main @f\ntype \"A\" = enum { N = 0 }", "types stand before all else, and A does not", 0);
  refuses("global @\"x", "quoted name is not closed or has an unknown escape", 8);
  refuses("fn @f(_1: \"Gone\") -> void {", "no type has the name \"Gone\"", 10);
}

static void deep_nesting_is_refused(void **state) {
  (void)state;
  Front s;
  front_open(&s);
  Text text = {.arena = &s.arena};
  text_append(&text, "declare @f(_1: ");
  for (int i = 0; i < 100000; i++) text_append(&text, "ptr ");
  assert_null(module_parse(&s, text_str(&text), text.size));
  assert_string_equal(s.diags.items.data[0]->message, "the type is nested too deeply");
  front_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(canonical_files_print_as_they_stand),
                                     cmocka_unit_test(every_file_reads_back), cmocka_unit_test(the_corpus_has_every_op),
                                     cmocka_unit_test(errors_say_what_was_expected_and_where),
                                     cmocka_unit_test(deep_nesting_is_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
