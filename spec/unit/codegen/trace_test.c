// What a program says when it panics: the text, the place, the functions on the stack with their lines, at every level.
#include "spec/unit/codegen/program.h"

static const char source[] =
    "main @main\n"
    "fn @\"Deep.fail\" as \"Deep.fail\"(_1: i64) -> i64 {\n"
    "  bb0:\n"
    "    bounds_check (_1, 3:i64)\n"  // line 4
    "    _0 = use _1\n"
    "    return\n"
    "}\n"
    "fn @middle(_1: i64) -> i64 {\n"
    "  temp _2: i64\n"
    "  bb0:\n"
    "    _2 = call @\"Deep.fail\" (_1)\n"  // line 11
    "    _0 = wrap_add _2, 1:i64\n"
    "    return\n"
    "}\n"
    "fn @main() -> i64 {\n"
    "  temp _1: i64\n"
    "  bb0:\n"
    "    _1 = call @middle (7:i64)\n"  // line 18
    "    _0 = use _1\n"
    "    return\n"
    "}\n";

static void check_panic(CodegenLevel level) {
  Program program;
  program_open_text(&program, "src/deep.mir", source);
  Outcome outcome = program_run(&program, level, NULL);
  assert_int_equal(outcome.status, 101);
  assert_string_equal(outcome.err,
                      "panic: index 7 is not in 0..3\n"
                      "  at src/deep.mir:4:5\n"
                      "  0: Deep.fail  src/deep.mir:4\n"
                      "  1: middle  src/deep.mir:11\n"
                      "  2: main  src/deep.mir:18\n"
                      "0 live objects\n");
  program_close(&program);
}

static void panic_names_its_frames(void **state) {
  (void)state;
  check_panic(CODEGEN_O0);
}

// Everything is inlined into one function there: the frames come from the debug information alone.
static void panic_names_inlined_frames(void **state) {
  (void)state;
  check_panic(CODEGEN_O2);
}

static const char endless[] =
    "main @main\n"
    "fn @again(_1: i64) -> i64 {\n"
    "  temp _2: i64\n"
    "  temp _3: i64\n"
    "  bb0:\n"
    "    _2 = add _1, 1:i64\n"
    "    _3 = call @again (_2)\n"
    "    _0 = add _3, _2\n"
    "    return\n"
    "}\n"
    "fn @main() -> i64 {\n"
    "  bb0:\n"
    "    _0 = call @again (0:i64)\n"
    "    return\n"
    "}\n";

static void stack_overflow_is_reported(void **state) {
  (void)state;
  Program program;
  program_open_text(&program, "endless.mir", endless);
  Outcome outcome = program_run(&program, CODEGEN_O0, NULL);
  assert_int_equal(outcome.status, 101);
  assert_non_null(strstr(outcome.err, "panic: stack overflow\n"));
  assert_non_null(strstr(outcome.err, "0: again  endless.mir:"));
  assert_non_null(strstr(outcome.err, "more of the same"));
  program_close(&program);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(panic_names_its_frames),
      cmocka_unit_test(panic_names_inlined_frames),
      cmocka_unit_test(stack_overflow_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
