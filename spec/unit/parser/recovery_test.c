// Several mistakes give one message each, at the right place; what is right around them is still read.
#include "parser/parser.h"
#include "spec/unit/front.h"

static void expect_messages(const char *text, const char *expected) {
  Front front;
  front_open(&front);
  AstNode *module = parse_module(&front.context, front_source(&front, text));
  assert_string_equal(front_messages(&front, true), expected);
  Text why = {.arena = &front.arena};
  if (!ast_check(&front.context, module, AST_PARSED, &why)) fail_msg("%s", text_str(&why));
  front_close(&front);
}

static void one_message_for_each_statement(void **state) {
  (void)state;
  expect_messages(
      "def f()\n"
      "  x = foo bar\n"
      "  y = 1\n"
      "  b c\n"
      "  d =\n"
      "end\n"
      "def g() = )\n"
      "def h() = 1 2\n",
      "QZ0010 2:11 expected end of line, found `bar`\n"
      "QZ0010 4:5 expected end of line, found `c`\n"
      "QZ0010 6:1 expected an expression, found `end`\n"
      "QZ0006 7:11 this `)` closes nothing\n"
      "QZ0010 8:1 expected an expression, found `def`\n"
      "QZ0010 8:13 expected end of line, found `2`\n");
}

static void a_wrong_head_costs_its_block_only(void **state) {
  (void)state;
  expect_messages(
      "def f()\n"
      "  while x y\n"
      "    a b\n"
      "  end\n"
      "  for x y\n"
      "    z\n"
      "  end\n"
      "  match\n"
      "    1 => 2\n"
      "  end\n"
      "  if x = 1\n"
      "    z\n"
      "  else\n"
      "    w\n"
      "  end\n"
      "  q r\n"
      "end\n",
      "QZ0010 2:11 expected end of line, found `y`\n"
      "QZ0010 3:7 expected end of line, found `b`\n"
      "QZ0010 5:9 expected `in`, `,` or `@`, found `y`\n"
      "QZ0010 9:7 expected end of line, found `=>`\n"
      "QZ0010 11:8 expected `then` or end of line, found `=`\n"
      "QZ0010 16:5 expected end of line, found `r`\n");
}

static void declarations_and_members(void **state) {
  (void)state;
  expect_messages(
      "x = 3\n"
      "def main\n"
      "  1\n"
      "end\n"
      "def f(a: , b)\n"
      "  1\n"
      "end\n"
      "struct P\n"
      "  x Int\n"
      "  y: Int\n"
      "  Red\n"
      "end\n"
      "enum E\n"
      "  x: Int\n"
      "  A(Int,,)\n"
      "end\n"
      "impl A of B\n"
      "  def f() = 1\n"
      "end\n"
      "packed struct(i32) Q\n"
      "  a: 1\n"
      "end\n",
      "QZ0010 1:1 expected a declaration, found `x`\n"
      "QZ0010 2:9 expected `(`, found end of line\n"
      "QZ0010 5:10 expected a type, found `,`\n"
      "QZ0010 9:5 expected `:`, found `Int`\n"
      "QZ0014 11:3 a variant cannot stand in a struct\n"
      "QZ0014 14:3 a field cannot stand in an enum\n"
      "QZ0010 15:9 expected a type, found `,`\n"
      "QZ0010 17:11 expected `:`, found `B`\n"
      "QZ0010 20:15 expected `u8`, `u16`, `u32` or `u64`, found `i32`\n");
}

static void what_is_not_closed(void **state) {
  (void)state;
  expect_messages("def f()\n  x = (1 +\n  y = foo bar\nend\ndef g()\n  a b\nend\n",
                  "QZ0006 2:7 `(` is never closed\nQZ0010 6:5 expected end of line, found `b`\n");
  expect_messages("def f()\n  if x\n    a\nend\n\ndef g() = 1\n", "QZ0006 2:3 `if` is never closed\n");
  expect_messages("def f()\n  x\n\n@inline\ndef g() = 1\n", "QZ0006 1:1 `def` is never closed\n");
  expect_messages("def f()\n  while x do\n    y\n  end\nend\n", "QZ0006 2:3 `while` is never closed\n");
  expect_messages("def f()\n  x = \"a\n  y = 'ab'\nend\n",
                  "QZ0002 2:7 this string is not closed\nQZ0007 3:7 a character literal holds one character\n");
}

static void places_and_operators(void **state) {
  (void)state;
  expect_messages(
      "def f()\n"
      "  1 = 2\n"
      "  f(x) = 3\n"
      "  a == b = c\n"
      "  (a, 1) = c\n"
      "  (a, b) += c\n"
      "  a < b < c\n"
      "  a == b != c\n"
      "  0..1..2\n"
      "  x do end\n"
      "  1 do end\n"
      "  f() do end do end\n"
      "  x[]\n"
      "  1::y\n"
      "end\n",
      "QZ0010 2:3 this cannot be assigned to\n"
      "QZ0010 3:3 this cannot be assigned to\n"
      "QZ0010 4:3 this cannot be assigned to\n"
      "QZ0010 5:3 this cannot be assigned to\n"
      "QZ0010 6:3 this cannot be assigned to\n"
      "QZ0010 7:9 expected end of line, found `<`\n"
      "QZ0010 8:10 expected end of line, found `!=`\n"
      "QZ0010 9:7 expected end of line, found `..`\n"
      "QZ0010 11:5 a block must follow a call\n"
      "QZ0010 12:14 a call takes one block\n"
      "QZ0010 13:5 expected an index, found `]`\n"
      "QZ0010 14:3 only a module or a type can stand before `::`\n");
}

static void attributes_and_macros(void **state) {
  (void)state;
  expect_messages("@inlin def f() = 1\n@private\ndef g() = 2\n",
                  "QZ0012 1:1 there is no attribute `@inlin`\nQZ0012 2:1 there is no attribute `@private`\n");
  expect_messages("@inline private\nenum E\n  @inline A\n  private B\nend\nprivate import x\n",
                  "QZ0014 1:1 an attribute needs a declaration behind it\n"
                  "QZ0014 3:3 a variant has no attributes\n"
                  "QZ0014 4:3 a variant cannot be private\n"
                  "QZ0014 6:1 an import cannot be private\n");
  expect_messages("macro m() do\n  1\nend\nmacro n() do\nend\n",
                  "QZ0010 2:3 a macro's body is one `quote do … end` or one string template\n"
                  "QZ0010 4:7 a macro's body is one `quote do … end` or one string template\n");
  expect_messages("def f()\n  select\n    1 + 2 => 3\n    1 = a.recv() => 4\n  end\nend\n",
                  "QZ0010 3:5 expected `recv()`, `send(…)`, `await …` or `timeout(…)` in a `select` arm\n"
                  "QZ0010 4:5 expected a pattern before `=`\n");
  expect_messages("extern \"C\" varidic def f(x: CInt): CInt\ndef g(&x) = 1\n",
                  "QZ0010 1:12 expected `variadic` or `def`, found `varidic`\n"
                  "QZ0010 2:7 only `self` is borrowed this way; write `x: &T`\n");
}

static const char *help_of(Front *front, const char *text) {
  parse_module(&front->context, front_source(front, text));
  assert_int_equal(front->diags.items.size, 1);
  const char *help = front->diags.items.data[0]->help;
  return help ? help : "";
}

static void expect_help(const char *text, const char *expected) {
  Front front;
  front_open(&front);
  assert_string_equal(help_of(&front, text), expected);
  front_close(&front);
}

static void help_where_the_cause_is_known(void **state) {
  (void)state;
  expect_help("def f()\n  puts \"x\"\nend\n",
              "the arguments of a call stand in parentheses, `(` directly behind the name");
  expect_help("def f()\n  if x {\n  }\n  end\nend\n", "blocks are closed by `end`; braces hold records and maps");
  expect_help("def f()\n  while x do\n    y\n  end\nend\n", "loops have no `do`: take it away");
  expect_help("def f()\n  x = newtype A\nend\n", "declarations stand at the top of a file");
  expect_help("@inlin def f() = 1\n", "did you mean `@inline`?");
}

static void the_good_parts_are_kept(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  AstNode *module = parse_module(
      &front.context, front_source(&front, "def a() = 1\nx y\ndef b()\n  p\n  q r\n  s\nend\ndef c() = 2\n"));
  assert_int_equal(AST_LIST_COUNT(module->module.decls), 4);
  assert_int_equal(module->module.decls->items[1]->kind, AST_POISON);
  AstNode *body = module->module.decls->items[2]->function.body;
  assert_int_equal(AST_LIST_COUNT(body->block.stmts), 3);
  front_close(&front);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_message_for_each_statement), cmocka_unit_test(a_wrong_head_costs_its_block_only),
      cmocka_unit_test(declarations_and_members),       cmocka_unit_test(what_is_not_closed),
      cmocka_unit_test(places_and_operators),           cmocka_unit_test(attributes_and_macros),
      cmocka_unit_test(help_where_the_cause_is_known),  cmocka_unit_test(the_good_parts_are_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
