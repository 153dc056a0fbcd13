// Trees are never higher than AST_HEIGHT_MAX, whatever the text: later stages may recurse. And nothing takes long.
#include "parser/parser.h"
#include "spec/unit/front.h"

static void expect_fast(Front *front, const Text *text) {
  Source *source = front_source_sized(front, text_str(text), text->size);
  double start = seconds_now();
  AstNode *module = parse_module(&front->context, source);
  assert_true(seconds_now() - start < 5.0);
  Text why = {.arena = &front->arena};
  if (!ast_check(&front->context, module, AST_PARSED, &why)) fail_msg("%s", text_str(&why));
}

static void expect(const char *open, size_t count, const char *middle, const char *close, const char *messages) {
  Front front;
  front_open(&front);
  Text text = {.arena = &front.arena};
  text_append(&text, "def f() = ");
  text_append(&text, repeat(&front, open, count));
  text_append(&text, middle);
  text_append(&text, repeat(&front, close, count));
  expect_fast(&front, &text);
  assert_string_equal(front_messages(&front, false), messages);
  front_close(&front);
}

static void deep_nesting_is_refused(void **state) {
  (void)state;
  expect("(", 10000, "1", ")", "QZ0011 1:2011\n");
  expect("[", 10000, "1", "]", "QZ0011 1:2011\n");
  expect("\"#{", 10000, "1", "}\"", "QZ0011 1:6011\n");
  expect("-", 10000, "1", "", "QZ0011 1:8011\n");
  expect("x -> ", 10000, "1", "", "QZ0011 1:40011\n");
  expect("if x then ", 10000, "1", " end", "QZ0011 1:20011\n");
  expect("2 ** ", 10000, "1", "", "QZ0011 1:40011\n");
  expect("{ a: ", 10000, "1", " }", "QZ0011 1:10011\n");
  expect("$unwrap(", 10000, "1", ")", "QZ0011 1:16018\n");
  expect("do x ->\n", 10000, "1", "\nend", "QZ0011 2001:1\n");
  expect("match x\n1 => ", 10000, "y", "\nend", "QZ0011 2001:6\n");
}

static void long_chains_are_refused(void **state) {
  (void)state;
  expect("1 + ", 100000, "1", "", "QZ0011 1:11\n");
  expect("x", 1, "", ".f()", "");
  expect("", 100000, "x", ".f()", "QZ0011 1:11\n");
  expect("", 100000, "x", "[0]", "QZ0011 1:11\n");
  expect("", 100000, "x", "!", "QZ0011 1:11\n");
  expect("", 100000, "x", " |> f()", "QZ0011 1:11\n");
  expect("", 100000, "if x then 1 ", "elsif y then 2 ", "QZ0006 1:11\nQZ0011 1:1470038\n");
}

static void moderate_depth_is_fine(void **state) {
  (void)state;
  expect("(", 1900, "1", ")", "");
  expect("[", 900, "1", "]", "");
  expect("1 + ", 1900, "1", "", "");
  expect("", 900, "x", ".f()", "");
}

static void garbage_is_read_quickly(void **state) {
  (void)state;
  static const char *const pieces[] = {"a b\n",     ")", "end\n", "def ",  "if x y\n", "=> ",
                                       "match x\n", "@", "f(do ", "{ x: ", "x y z\n"};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    Front front;
    front_open(&front);
    Text text = {.arena = &front.arena};
    text_append(&text, "def f()\n");
    text_append(&text, repeat(&front, pieces[i], 300000));
    expect_fast(&front, &text);
    assert_true(front.diags.error_count <= 250);
    front_close(&front);
  }
}

static void one_line_of_ten_megabytes(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Text text = {.arena = &front.arena};
  text_append(&text, "def f() = [");
  text_append(&text, repeat(&front, "12345678, ", 1000000));
  text_append(&text, "]");
  expect_fast(&front, &text);
  assert_string_equal(front_messages(&front, false), "");
  front_close(&front);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(deep_nesting_is_refused),   cmocka_unit_test(long_chains_are_refused),
      cmocka_unit_test(moderate_depth_is_fine),    cmocka_unit_test(garbage_is_read_quickly),
      cmocka_unit_test(one_line_of_ten_megabytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
