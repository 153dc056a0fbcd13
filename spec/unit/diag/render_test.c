// Messages as they are printed, in each form.
#include "spec/unit/front.h"

static const char *rendered(Front *front, DiagFormat format, bool color) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  diag_list_sort(&front->diags);
  diag_render(out, &front->diags, &front->sources, format, color);
  fclose(out);
  const char *copy = arena_text(&front->arena, text, size);
  free(text);
  return copy;
}

static Span at(const Source *source, uint32_t start, uint32_t end) {
  return (Span){source->base + start, source->base + end};
}

static void the_human_form(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Source *source = front_source(&front, "one\n  match x\nthree\n");
  Diag *diag = diag_report(&front.diags, QZ0107, at(source, 6, 11), "`%s` is missing", "None");
  diag_note(&front.diags, diag, at(source, 0, 3), "it comes from here");
  diag_help(&front.diags, diag, "add an arm for it");
  assert_string_equal(rendered(&front, DIAG_FORMAT_HUMAN, false),
                      "error[QZ0107]: `None` is missing\n"
                      "  --> test.qz:2:3\n"
                      " 2 |   match x\n"
                      "   |   ^^^^^\n"
                      "  note: it comes from here\n"
                      "  --> test.qz:1:1\n"
                      " 1 | one\n"
                      "   | ---\n"
                      "  help: add an arm for it\n"
                      "\n");
  assert_non_null(strstr(rendered(&front, DIAG_FORMAT_HUMAN, true), "\x1b[1;31merror[QZ0107]"));
  front_close(&front);
}

static void the_short_form(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Source *source = front_source(&front, "a\nbc\n");
  diag_report(&front.diags, QZ0119, at(source, 3, 4), "never read");
  diag_report(&front.diags, QZ9000, (Span){0, 0}, "nowhere");
  assert_string_equal(rendered(&front, DIAG_FORMAT_SHORT, false),
                      "error[QZ9000]: nowhere\ntest.qz:2:2: warning[QZ0119]: never read\n");
  front_close(&front);
}

static void the_json_form(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Source *source = front_source(&front, "a\nbc\n");
  Diag *diag = diag_report(&front.diags, QZ0010, at(source, 2, 4), "a \"b\"\\\n");
  diag_note(&front.diags, diag, at(source, 0, 1), "n");
  diag_help(&front.diags, diag, "h");
  assert_string_equal(
      rendered(&front, DIAG_FORMAT_JSON, false),
      "{\"id\":\"QZ0010\",\"severity\":\"error\",\"file\":\"test.qz\",\"line\":2,\"column\":1,\"end_line\":2,"
      "\"end_column\":3,\"message\":\"a \\\"b\\\"\\\\\\u000A\",\"notes\":[{\"file\":\"test.qz\",\"line\":1,"
      "\"column\":1,\"end_line\":1,\"end_column\":2,\"message\":\"n\"}],\"help\":\"h\"}\n");
  front_close(&front);
}

static void expect_excerpt(const char *text, uint32_t start, uint32_t end, const char *expected) {
  Front front;
  front_open(&front);
  Source *source = front_source(&front, text);
  diag_report(&front.diags, QZ0010, at(source, start, end), "m");
  const char *lines = strchr(strchr(rendered(&front, DIAG_FORMAT_HUMAN, false), '\n') + 1, '\n') + 1;
  assert_string_equal(lines, expected);
  front_close(&front);
}

static void carets_stand_below_what_they_mean(void **state) {
  (void)state;
  expect_excerpt("\tab", 1, 3, " 1 |     ab\n   |     ^^\n\n");
  expect_excerpt("\xE6\x97\xA5\xE6\x9C\xAC x", 3, 6, " 1 | \xE6\x97\xA5\xE6\x9C\xAC x\n   |   ^^\n\n");
  expect_excerpt("e\xCC\x81 x", 4, 5, " 1 | e\xCC\x81 x\n   |   ^\n\n");
  expect_excerpt("ab", 2, 2, " 1 | ab\n   |   ^\n\n");
  expect_excerpt("", 0, 0, " 1 | \n   | ^\n\n");
  expect_excerpt("abc\ndef\ngh", 1, 9, " 1 | abc\n   |  ^^ ends at 3:2\n\n");
  expect_excerpt("a\r\nb", 0, 1, " 1 | a\n   | ^\n\n");
}

static void a_long_line_is_cut(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Source *source = front_source(&front, repeat(&front, "x", 1000000));
  diag_report(&front.diags, QZ0010, at(source, 500000, 500003), "m");
  const char *text = rendered(&front, DIAG_FORMAT_HUMAN, false);
  assert_true(strlen(text) < 600);
  assert_non_null(strstr(text, "^^^\n"));
  front_close(&front);
}

static void lists_are_sorted_and_said_once(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Source *source = front_source(&front, "abc");
  DiagList scratch = {.arena = &front.arena};
  diag_report(&scratch, QZ0101, at(source, 1, 2), "same");
  diag_report(&front.diags, QZ0102, at(source, 1, 2), "later id");
  diag_report(&front.diags, QZ0101, at(source, 1, 2), "same");
  diag_report(&front.diags, QZ0118, at(source, 0, 1), "first");
  diag_list_append(&front.diags, &scratch);
  assert_int_equal(front.diags.error_count, 3);
  assert_string_equal(front_messages(&front, true), "QZ0118 1:1 first\nQZ0101 1:2 same\nQZ0102 1:2 later id\n");
  assert_int_equal(front.diags.error_count, 2);
  front_close(&front);
}

static void names_show_as_they_are_written(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  Source *source = front_source(&front, "tmp\n");
  Diag *diag = diag_report(&front.diags, QZ0100, at(source, 0, 3), "unknown name %s", "tmp∙3");
  diag_help(&front.diags, diag, "did you mean %s?", "temp∙3");
  assert_string_equal(diag->message, "unknown name tmp");
  assert_string_equal(diag->help, "did you mean temp?");
  front_close(&front);
}

static void expect_cut(const char *piece, size_t count, const char *kept) {
  Front front;
  char expected[256];
  front_open(&front);
  snprintf(expected, sizeof expected, "no %s…", kept);
  Diag *diag = diag_report(&front.diags, QZ0100, (Span){0, 0}, "no %s", repeat(&front, piece, count));
  assert_string_equal(diag->message, expected);
  front_close(&front);
}

static void long_names_are_cut_between_characters(void **state) {
  (void)state;
  char kept[256] = "";
  for (int i = 0; i < 17; i++) strcat(kept, "ä€ab");
  expect_cut("ä€ab", 100, kept);
  expect_cut("\x80", 200, "");  // no characters
}

static void ids_have_names(void **state) {
  (void)state;
  assert_int_equal(diag_id_parse("QZ0107"), QZ0107);
  assert_int_equal(diag_id_parse("0107"), QZ0107);
  assert_int_equal(diag_id_parse("QZ107"), DIAG_NONE);
  assert_int_equal(diag_id_parse("QZ0999"), DIAG_NONE);
  assert_int_equal(diag_id_parse("x"), DIAG_NONE);
  assert_string_equal(diag_title(QZ0010), "syntax error");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_human_form),     cmocka_unit_test(the_short_form),
      cmocka_unit_test(the_json_form),      cmocka_unit_test(carets_stand_below_what_they_mean),
      cmocka_unit_test(a_long_line_is_cut), cmocka_unit_test(lists_are_sorted_and_said_once),
      cmocka_unit_test(ids_have_names),     cmocka_unit_test(names_show_as_they_are_written),
      cmocka_unit_test(long_names_are_cut_between_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
