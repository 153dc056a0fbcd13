// The lexer's decisions: each test shows a text and the kinds of its tokens.
#include "lexer/lexer.h"
#include "spec/unit/front.h"

static const char *kinds(Front *front, const char *text) {
  TokenList list = lexer_run(&front->context, front_source(front, text));
  Text out = {.arena = &front->arena};
  for (uint32_t i = 0; i + 1 < list.tokens.size; i++)
    text_printf(&out, "%s%s", i ? " " : "", token_kind_name(list.tokens.data[i].kind));
  return text_str(&out);
}

static void expect_kinds(const char *text, const char *expected) {
  Front front;
  front_open(&front);
  assert_string_equal(kinds(&front, text), expected);
  assert_string_equal(front_messages(&front, true), "");
  front_close(&front);
}

static void expect_messages(const char *text, const char *expected) {
  Front front;
  front_open(&front);
  kinds(&front, text);
  assert_string_equal(front_messages(&front, false), expected);
  front_close(&front);
}

static void newlines_count_where_a_statement_may_end(void **state) {
  (void)state;
  expect_kinds("\n\na\n\n\nb\n", "NAME NEWLINE NAME");
  expect_kinds("a +\nb\n", "NAME PLUS NAME");
  expect_kinds("a ; ; b", "NAME NEWLINE NAME");
  expect_kinds("a = # why\n\n  1", "NAME ASSIGN INT");
  expect_kinds("f(\na,\nb\n)", "NAME LPAREN_CALL NAME COMMA NAME RPAREN");
  expect_kinds("x\n  # why\n\n  .f()", "NAME DOT NAME LPAREN_CALL RPAREN");
  expect_kinds("x\n|> f()", "NAME PIPE NAME LPAREN_CALL RPAREN");
  expect_kinds("x\n..b", "NAME NEWLINE RANGE NAME");
  expect_kinds("return\nx", "RETURN NEWLINE NAME");
  expect_kinds("x: Vec<Int>\ny", "NAME COLON TYPENAME LT_OPEN TYPENAME GT_CLOSE NEWLINE NAME");
  expect_kinds("[x; n]", "LBRACKET NAME SEMICOLON NAME RBRACKET");
}

static void blocks_in_brackets_have_lines(void **state) {
  (void)state;
  expect_kinds("f(do\na\nb\nend,\nc)", "NAME LPAREN_CALL DO NAME NEWLINE NAME END COMMA NAME RPAREN");
  expect_kinds("f(if a\nb\nend)", "NAME LPAREN_CALL IF NAME NEWLINE NAME END RPAREN");
}

static void conditions_behind_and_before(void **state) {
  (void)state;
  expect_kinds("a if b", "NAME POSTFIX_IF NAME");
  expect_kinds("return if b", "RETURN POSTFIX_IF NAME");
  expect_kinds("x = if a then b end", "NAME ASSIGN IF NAME THEN NAME END");
  expect_kinds("a\nif b\nend", "NAME NEWLINE IF NAME END");
  expect_kinds("x unless y", "NAME POSTFIX_UNLESS NAME");
  expect_kinds("[x for x in xs if x]", "LBRACKET NAME FOR_CLAUSE NAME IN NAME POSTFIX_IF NAME RBRACKET");
  expect_kinds("for x in xs\nend", "FOR NAME IN NAME END");
}

static void glue_makes_calls_and_elements(void **state) {
  (void)state;
  expect_kinds("f(x)", "NAME LPAREN_CALL NAME RPAREN");
  expect_kinds("f (x)", "NAME LPAREN NAME RPAREN");
  expect_kinds("x[1]", "NAME LBRACKET_INDEX INT RBRACKET");
  expect_kinds("return [1]", "RETURN LBRACKET INT RBRACKET");
  expect_kinds("Point { x: 1 }", "TYPENAME LBRACE_STRUCT NAME COLON INT RBRACE");
  expect_kinds("P<Int> { }", "TYPENAME LT_OPEN TYPENAME GT_CLOSE LBRACE_STRUCT RBRACE");
}

static void marks_behind_an_operand(void **state) {
  (void)state;
  expect_kinds("step! != !x", "NAME BANG_POSTFIX NE BANG NAME");
  expect_kinds("f()!.g?", "NAME LPAREN_CALL RPAREN BANG_POSTFIX DOT NAME QUESTION");
  expect_kinds("def f(): !\nx\nend", "DEF NAME LPAREN_CALL RPAREN COLON NEVER NEWLINE NAME END");
  expect_kinds("a!=b", "NAME NE NAME");
}

static void predicates_are_names(void **state) {
  (void)state;
  expect_kinds("xs.empty?()", "NAME DOT NAME LPAREN_CALL RPAREN");
  expect_kinds("xs.any? do x -> x end", "NAME DOT NAME DO_PARAMS NAME ARROW NAME END");
  expect_kinds("e? + 1", "NAME QUESTION PLUS INT");
}

static void less_or_type_arguments(void **state) {
  (void)state;
  expect_kinds("f<Int>(x)", "NAME LT_OPEN TYPENAME GT_CLOSE LPAREN_CALL NAME RPAREN");
  expect_kinds("i<n and m>k", "NAME LT NAME AND NAME GT NAME");
  expect_kinds("i < N", "NAME LT TYPENAME");
  expect_kinds("A<B<C>>", "TYPENAME LT_OPEN TYPENAME LT_OPEN TYPENAME GT_CLOSE GT_CLOSE");
  expect_kinds("a<b::C>(1)", "NAME LT_OPEN NAME COLON_COLON TYPENAME GT_CLOSE LPAREN_CALL INT RPAREN");
  expect_kinds("f(a<B, c>d)", "NAME LPAREN_CALL NAME LT TYPENAME COMMA NAME GT NAME RPAREN");
  expect_kinds("f(a<B)", "NAME LPAREN_CALL NAME LT TYPENAME RPAREN");
  expect_kinds("x >> 1", "NAME SHR INT");
}

static void lambda_heads(void **state) {
  (void)state;
  expect_kinds("x -> x", "LAMBDA_NAME ARROW NAME");
  expect_kinds("(a, b) -> a", "LPAREN_LAMBDA NAME COMMA NAME RPAREN ARROW NAME");
  expect_kinds("(a): Vec<Int> -> a", "LPAREN_LAMBDA NAME RPAREN COLON TYPENAME LT_OPEN TYPENAME GT_CLOSE ARROW NAME");
  expect_kinds("(f: Fn(A): B) -> f",
               "LPAREN_LAMBDA NAME COLON FN_TYPE LPAREN TYPENAME RPAREN COLON TYPENAME RPAREN ARROW NAME");
  expect_kinds("f(g: (a) -> a)", "NAME LPAREN_CALL NAME COLON LPAREN_LAMBDA NAME RPAREN ARROW NAME RPAREN");
  expect_kinds("do -> 1 end", "DO_PARAMS ARROW INT END");
  expect_kinds("do a, b: Int -> 1 end", "DO_PARAMS NAME COMMA NAME COLON TYPENAME ARROW INT END");
  expect_kinds("do (a, b), i -> 1 end", "DO_PARAMS LPAREN NAME COMMA NAME RPAREN COMMA NAME ARROW INT END");
  expect_kinds("do (a, b) -> 1 end", "DO_PARAMS LPAREN_LAMBDA NAME COMMA NAME RPAREN ARROW INT END");
  expect_kinds("do y = x -> x end", "DO NAME ASSIGN LAMBDA_NAME ARROW NAME END");
}

static void symbols_and_colons(void **state) {
  (void)state;
  expect_kinds("f(:a, b: :c)", "NAME LPAREN_CALL SYMBOL COMMA NAME COLON SYMBOL RPAREN");
  expect_kinds("x:Int = y", "NAME COLON TYPENAME ASSIGN NAME");
  expect_kinds("a::b", "NAME COLON_COLON NAME");
}

static void ranges(void **state) {
  (void)state;
  expect_kinds("1..5", "INT RANGE INT");
  expect_kinds("xs[1..]", "NAME LBRACKET_INDEX INT RANGE_OPEN RBRACKET");
  expect_kinds("0..=n", "INT RANGE_INCLUSIVE NAME");
  expect_kinds("t.0.1", "NAME DOT INT DOT INT");
  expect_kinds("1.5.f", "FLOAT DOT NAME");
}

static void keywords_as_names(void **state) {
  (void)state;
  expect_kinds("Set.from(x)", "TYPENAME DOT NAME LPAREN_CALL NAME RPAREN");
  expect_kinds("{ type: 1 }", "LBRACE NAME COLON INT RBRACE");
  expect_kinds("import actor as a", "IMPORT MODULE_PATH AS NAME");
  expect_kinds("from a/b import c, D", "FROM MODULE_PATH IMPORT NAME COMMA TYPENAME");
  expect_kinds("import * from qspec", "IMPORT STAR FROM MODULE_PATH");
  expect_kinds("def from(x) = x", "DEF NAME LPAREN_CALL NAME RPAREN ASSIGN NAME");
}

static void names_beyond_ascii(void **state) {
  (void)state;
  expect_kinds(
      "x gr\xC3\xB6\xC3\x9F"
      "e(\xC3\x84: \xCE\xA0i)",
      "NAME NAME LPAREN_CALL TYPENAME COLON TYPENAME RPAREN");
  expect_kinds("end\xC3\xA9 :\xC3\xA9?", "NAME COLON NAME QUESTION");
  expect_kinds("f(:\xC3\xA9)", "NAME LPAREN_CALL SYMBOL RPAREN");
  expect_messages(
      "a\xE2\x82\xAC"
      "b",
      "QZ0001 1:2\n");
  expect_messages("@\xE2\x82\xAC", "QZ0001 1:2\n");
}

static void functions_without_a_body(void **state) {
  (void)state;
  expect_kinds(
      "trait T\ndef a(): Int\ndef b()\nx\nend\ndef c()\nend",
      "TRAIT TYPENAME NEWLINE DEF_HEAD NAME LPAREN_CALL RPAREN COLON TYPENAME NEWLINE DEF NAME LPAREN_CALL RPAREN "
      "NEWLINE NAME END NEWLINE DEF_HEAD NAME LPAREN_CALL RPAREN END");
  expect_kinds("extern \"C\" def a()\nvar x = 1",
               "EXTERN STRING DEF_HEAD NAME LPAREN_CALL RPAREN NEWLINE VAR NAME ASSIGN INT");
  expect_kinds("extern \"C\" def a()\nvar x = 1\nend",
               "EXTERN STRING DEF NAME LPAREN_CALL RPAREN NEWLINE VAR NAME ASSIGN INT END");
  expect_kinds("@intrinsic\n@inline def a(): Int",
               "ATTRIBUTE NEWLINE ATTRIBUTE DEF_HEAD NAME LPAREN_CALL RPAREN COLON TYPENAME");
}

static void impl_is_a_declaration_or_a_type(void **state) {
  (void)state;
  expect_kinds("impl A for B end", "IMPL TYPENAME FOR_CLAUSE TYPENAME END");
  expect_kinds("f(x: impl A)", "NAME LPAREN_CALL NAME COLON IMPL_TYPE TYPENAME RPAREN");
}

static void strings_nest(void **state) {
  (void)state;
  expect_kinds("\"a#{b}c\"", "STRING_START NAME STRING_END");
  expect_kinds("\"a#{\"b#{{}}\"}c#{d}\"",
               "STRING_START STRING_START LBRACE RBRACE STRING_END STRING_MIDDLE NAME STRING_END");
  expect_kinds("r\"\\#{x}\" b\"x\" ~r\"\\\"\" 'a'", "STRING BYTES REGEX CHAR");
}

static const char *text_of(Front *front, const char *source) {
  TokenList list = lexer_run(&front->context, front_source(front, source));
  return name_text(&front->names, list.tokens.data[0].value);
}

static void expect_text(const char *source, const char *expected) {
  Front front;
  front_open(&front);
  assert_string_equal(text_of(&front, source), expected);
  assert_string_equal(front_messages(&front, true), "");
  front_close(&front);
}

static void string_texts(void **state) {
  (void)state;
  expect_text("\"a\\n\\t\\x41\\u{E9}\\\"\\#{\"", "a\n\tA\xC3\xA9\"#{");
  expect_text("r\"a\\n\"", "a\\n");
  expect_text("\"\"\"\n    a\n      b\n\n    c\n    \"\"\"", "a\n  b\n\nc\n");
  expect_text("\"\"\"one\"\"\"", "one");
  expect_text("\"\"\"\n  a\n    \"\"\"", "a\n");
}

static NumberValue number_of(Front *front, const char *source) {
  TokenList list = lexer_run(&front->context, front_source(front, source));
  return list.numbers.data[0];
}

static void numbers(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  assert_int_equal(number_of(&front, "1_000").integer, 1000);
  assert_int_equal(number_of(&front, "0xFFu8").integer, 255);
  assert_int_equal(number_of(&front, "0xFFu8").suffix, NAME_U8);
  assert_int_equal(number_of(&front, "0b1010").integer, 10);
  assert_int_equal(number_of(&front, "0o17").integer, 15);
  assert_true(number_of(&front, "18446744073709551615").integer == UINT64_MAX);
  assert_true(number_of(&front, "2e-9").real == 2e-9);
  assert_true(number_of(&front, "1.0f32").real == 1.0);
  assert_int_equal(number_of(&front, "'\\u{1F600}'").integer, 0x1F600);
  assert_string_equal(front_messages(&front, true), "");
  front_close(&front);
}

static void mistakes(void **state) {
  (void)state;
  expect_messages("a ` b", "QZ0001 1:3\n");
  expect_messages("a ?", "QZ0001 1:3\n");
  expect_messages("x = \"abc\ny = 1", "QZ0002 1:5\n");
  expect_messages("\"\"\"abc\n", "QZ0002 1:1\n");
  expect_messages("\"\\q\"", "QZ0003 1:2\n");
  expect_messages("\"\\xFF\"", "QZ0003 1:2\n");
  expect_messages("'\\u{D800}'", "QZ0003 1:2\n");
  expect_messages("12abc", "QZ0004 1:1\n");
  expect_messages("0x", "QZ0004 1:1\n");
  expect_messages("1.5i32", "QZ0004 1:1\n");
  expect_messages("\"a\xFF\xFE\"", "QZ0005 1:3\n");
  expect_messages("# \xC0\x80", "QZ0005 1:3\n");
  expect_messages("'ab'", "QZ0007 1:1\n");
  expect_messages("''", "QZ0007 1:1\n");
  expect_messages("18446744073709551616", "QZ0008 1:1\n");
  expect_messages("1e999", "QZ0008 1:1\n");
}

static void unbalanced(void **state) {
  (void)state;
  expect_messages("f(1, 2\n", "QZ0006 1:2\n");
  expect_messages("a]\nb", "QZ0006 1:2\n");
  expect_messages("(f<(){))", "QZ0006 1:6\nQZ0006 1:8\n");
  expect_messages("end", "QZ0006 1:1\n");
  expect_messages("def f()\n  if x\n    a\nend\ndef g()\nend", "QZ0006 2:3\n");
  expect_messages("def f()\n  (1\nend", "QZ0006 2:3\n");
  expect_messages("def f()\n  x = [(1]\nend", "QZ0006 2:8\n");
  expect_messages("impl A\n  def f()\n  end\nstruct B\nend", "QZ0006 1:1\n");
}

static void docs_and_comments(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  TokenList list =
      lexer_run(&front.context, front_source(&front, "## Module.\n\n## One.\n##\n## Two.\ndef f() = 1 # x\n"));
  assert_string_equal(name_text(&front.names, list.module_doc), "Module.");
  assert_int_equal(list.docs.size, 1);
  assert_string_equal(name_text(&front.names, list.docs.data[0].text), "One.\n\nTwo.");
  assert_int_equal(list.docs.data[0].at, list.tokens.data[0].start);
  assert_int_equal(list.comments.size, 5);
  front_close(&front);
}

static void a_doc_alone_is_the_modules(void **state) {
  (void)state;
  const char *const texts[] = {"## Module.", "## Module.\n", "## Module.\n;\n", "## Module.\n # and\n ; ;"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    Front front;
    front_open(&front);
    TokenList list = lexer_run(&front.context, front_source(&front, texts[i]));
    assert_string_equal(name_text(&front.names, list.module_doc), "Module.");
    front_close(&front);
  }
}

static void the_dump(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Source *source = front_source(&front, "x = \"é\"\ny");
  TokenList list = lexer_run(&front.context, source);
  Text out = {.arena = &front.arena};
  lexer_dump(&out, &front.context, source, &list);
  assert_string_equal(text_str(&out),
                      "1:1 NAME x\n1:3 ASSIGN =\n1:5 STRING \\\"é\\\"\n1:8 NEWLINE\n2:1 NAME y\n2:2 EOF\n");
  front_close(&front);
}

static void a_nul_is_a_character(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  lexer_run(&front.context, front_source_sized(&front, "a\0b\n\"x\0y\"", 9));
  assert_string_equal(front_messages(&front, false), "QZ0001 1:2\n");
  front_close(&front);
}

// After too many errors the rest of a file is not read: what was open ends there, not where the file does.
static void a_cut_file_ends_at_the_cut(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Text text = {.arena = &front.arena};
  text_append(&text, "f((\"a\n");
  text_append(&text, repeat(&front, "\x01", LEXER_ERRORS_MAX + 1));
  text_append(&text, "\n x");
  TokenList list = lexer_run(&front.context, front_source_sized(&front, text_str(&text), text.size));
  assert_true(list.is_cut);
  for (uint32_t i = 1; i < list.tokens.size; i++)
    assert_true(list.tokens.data[i].start >= token_span(list.tokens.data[i - 1]).end);
  front_close(&front);
}

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────
// Each text is a few megabytes of something that a quadratic lexer would take minutes for.
static void is_fast(const char *open, size_t count, const char *middle, const char *close, size_t closings) {
  Front front;
  front_open(&front);
  Text text = {.arena = &front.arena};
  text_append(&text, repeat(&front, open, count));
  text_append(&text, middle);
  text_append(&text, repeat(&front, close, closings));
  Source *source = front_source_sized(&front, text_str(&text), text.size);
  double start = seconds_now();
  lexer_run(&front.context, source);
  assert_true(seconds_now() - start < 5.0);
  assert_true(front.diags.items.size <= LEXER_ERRORS_MAX);
  front_close(&front);
}

static void long_texts_take_linear_time(void **state) {
  (void)state;
  is_fast("(", 3000000, "1", ")", 3000000);
  is_fast("(", 1900, "", "]", 3000000);
  is_fast("a<", 1000000, "", ">", 1000000);
  is_fast("a<B,", 1000000, "", "x", 1);
  is_fast("x->", 1000000, "x", "", 0);
  is_fast("A|", 1000000, "->", "A|A->", 300000);
  is_fast("\"#{", 1000000, "", "}\"", 1000000);
  is_fast("\"\"\"\n#{", 1900, "", "\n", 1000000);
  is_fast("do a,", 1000000, "->", "end ", 1000000);
  is_fast("if a\n", 1000000, "", "", 0);
  is_fast("x ", 5000000, "", "", 0);
  is_fast("'", 1000000, "\n", "\"", 1000000);
  is_fast("\xFF", 3000000, "", "", 0);
  is_fast("\xE2\x82\xAC", 1000000, "", "", 0);
  is_fast("a\xE2\x82\xAC", 1000000, "", "", 0);
  is_fast("\xC3\xA9", 3000000, "", "", 0);
  is_fast("## a\n", 20000, "def f() = 1", "", 0);
  is_fast("def f()\n", 300000, "", "", 0);
  is_fast("(\n", 1000, "", "end\n", 1000000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(newlines_count_where_a_statement_may_end),
      cmocka_unit_test(blocks_in_brackets_have_lines),
      cmocka_unit_test(conditions_behind_and_before),
      cmocka_unit_test(glue_makes_calls_and_elements),
      cmocka_unit_test(marks_behind_an_operand),
      cmocka_unit_test(predicates_are_names),
      cmocka_unit_test(less_or_type_arguments),
      cmocka_unit_test(lambda_heads),
      cmocka_unit_test(symbols_and_colons),
      cmocka_unit_test(ranges),
      cmocka_unit_test(keywords_as_names),
      cmocka_unit_test(names_beyond_ascii),
      cmocka_unit_test(functions_without_a_body),
      cmocka_unit_test(impl_is_a_declaration_or_a_type),
      cmocka_unit_test(strings_nest),
      cmocka_unit_test(string_texts),
      cmocka_unit_test(numbers),
      cmocka_unit_test(mistakes),
      cmocka_unit_test(unbalanced),
      cmocka_unit_test(docs_and_comments),
      cmocka_unit_test(a_doc_alone_is_the_modules),
      cmocka_unit_test(the_dump),
      cmocka_unit_test(a_nul_is_a_character),
      cmocka_unit_test(a_cut_file_ends_at_the_cut),
      cmocka_unit_test(long_texts_take_linear_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
