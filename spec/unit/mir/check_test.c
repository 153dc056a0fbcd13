// mir_check: each rule with a text that keeps it and texts that break it, and the exact words.

#include "support.h"

static void judge(const char *path) {
  Front s;
  front_open(&s);
  TestFile file = file_read(&s.arena, path);
  assert_int_equal(file.section_count, 1);
  Text why = {.arena = &s.arena};
  const char *wanted = file.sections[0].words;
  bool passes = mir_check(module_need(&s, file.text), &why);
  if (strcmp(wanted, "pass") == 0) {
    if (!passes) fail_msg("%s: %s", path, text_str(&why));
  } else {
    assert_true(strncmp(wanted, "fail ", 5) == 0);
    if (passes) fail_msg("%s: passes", path);
    if (strcmp(wanted + 5, text_str(&why)) != 0) fail_msg("%s: %s", path, text_str(&why));
  }
  front_close(&s);
}

static void every_rule(void **state) {
  (void)state;
  for_each_file("spec/mir/check", judge);
}

// 10,000 blocks and as many locals, every block a loop within the one before it for the first hundred.
static void large_functions_take_no_time(void **state) {
  (void)state;
  Front s;
  front_open(&s);
  Text text = {.arena = &s.arena};
  text_append(&text, "fn @f(_1: bool, _2: string) -> i64 {\n");
  for (int i = 0; i < 10000; i++) text_printf(&text, "var _%d: i64\n", i + 3);
  text_append(&text, "var _10003: owned string\n bb0:\n _10003 = retain _2\n _3 = use 1:i64\n goto -> bb1\n");
  for (int i = 1; i < 9999; i++) {
    text_printf(&text, "bb%d:\n _%d = add _%d, 1:i64 unwind bb10000\n branch _1 -> bb%d, bb%d\n", i, i + 3, i + 2,
                i + 1, i < 100 ? i : i / 2 + 1);
  }
  text_append(&text,
              "bb9999:\n release _10003\n _0 = use _9999\n return\nbb10000 cleanup:\n release _10003\n resume\n}\n");
  MirModule *module = module_need(&s, text_str(&text));
  double start = seconds_now();
  module_need_check(&s, module);
  double seconds = seconds_now() - start;
  assert_true(seconds < 5);
  print_message("10,000 blocks: %.3f s\n", seconds);
  front_close(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_rule), cmocka_unit_test(large_functions_take_no_time)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
