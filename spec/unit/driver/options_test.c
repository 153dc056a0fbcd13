// The command line to Options: values in each spelling, and what is said about mistakes.
#include "driver/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct Line {
  Arena arena;
  Options options;
  Text error;
  bool is_good;
} Line;

// Words are separated by one space.
static void parse(Line *line, const char *words) {
  *line = (Line){0};
  line->error.arena = &line->arena;
  char *argv[32] = {"quartz"};
  int argc = 1;
  char *rest = arena_text(&line->arena, words, strlen(words));
  for (char *word = strtok(rest, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
  char **kept = arena_array(&line->arena, char *, argc + 1);
  memcpy(kept, argv, sizeof *argv * (size_t)argc);
  line->is_good = options_parse(&line->options, &line->arena, argc, kept, &line->error);
}

static void expect_error(const char *words, const char *message) {
  Line line;
  parse(&line, words);
  assert_false(line.is_good);
  assert_string_equal(text_str(&line.error), message);
  arena_free(&line.arena);
}

static void values_joined_or_apart(void **state) {
  (void)state;
  static const char *const spellings[] = {"build a.qz -o out --emit=mir -I lib", "build -oout --emit mir -Ilib a.qz"};
  for (int i = 0; i < 2; i++) {
    Line line;
    parse(&line, spellings[i]);
    assert_true(line.is_good);
    assert_int_equal(line.options.command, COMMAND_BUILD);
    assert_string_equal(line.options.operands.data[0], "a.qz");
    assert_string_equal(line.options.output, "out");
    assert_int_equal(line.options.emit, EMIT_MIR);
    assert_int_equal(line.options.include.size, 1);
    assert_string_equal(line.options.include.data[0], "lib");
    arena_free(&line.arena);
  }
}

static void levels_have_defaults(void **state) {
  (void)state;
  static const struct {
    const char *words;
    OptimiseLevel level;
  } cases[] = {{"build a", LEVEL_1},           {"run a", LEVEL_0},     {"test", LEVEL_0},
               {"build --release a", LEVEL_2}, {"run -Os a", LEVEL_S}, {"build --release -O3 a", LEVEL_3}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    Line line;
    parse(&line, cases[i].words);
    assert_int_equal(line.options.level, cases[i].level);
    arena_free(&line.arena);
  }
}

static void rest_goes_to_the_program(void **state) {
  (void)state;
  Line line;
  parse(&line, "run a.qz -O2 -- -O3 -- b");
  assert_true(line.is_good);
  assert_int_equal(line.options.level, LEVEL_2);
  assert_int_equal(line.options.rest_count, 3);
  assert_string_equal(line.options.rest[0], "-O3");
  assert_string_equal(line.options.rest[2], "b");
  assert_null(line.options.rest[3]);
  arena_free(&line.arena);
}

static void help_needs_no_operands(void **state) {
  (void)state;
  static const char *const ways[] = {"build --help", "help build", "build -h"};
  for (int i = 0; i < 3; i++) {
    Line line;
    parse(&line, ways[i]);
    assert_true(line.is_good && line.options.help);
    assert_int_equal(line.options.command, COMMAND_BUILD);
    arena_free(&line.arena);
  }
}

static void mistakes_have_suggestions(void **state) {
  (void)state;
  expect_error("", "quartz: no command given\nTry `quartz help`.\n");
  expect_error("biuld", "quartz: unknown command `biuld`; did you mean `build`?\nTry `quartz help`.\n");
  expect_error("frobnicate", "quartz: unknown command `frobnicate`\nTry `quartz help`.\n");
  expect_error("build --emti=mir a",
               "quartz: `build` has no option `--emti`; did you mean `--emit`?\nTry `quartz help build`.\n");
  expect_error("build --emit=nir a",
               "quartz: `--emit` cannot be `nir`; did you mean `mir`?\nTry `quartz help build`.\n");
  expect_error("check -O2 a", "quartz: `check` has no option `-O2`\nTry `quartz help check`.\n");
  expect_error("test -j x", "quartz: `--jobs` needs a number from 1, not `x`\nTry `quartz help test`.\n");
  expect_error("build -o", "quartz: `-o` needs a value: write the result to OUT\nTry `quartz help build`.\n");
  expect_error("build a -- b", "quartz: `build` passes nothing on after `--`\nTry `quartz help build`.\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_joined_or_apart),    cmocka_unit_test(levels_have_defaults),
      cmocka_unit_test(rest_goes_to_the_program),  cmocka_unit_test(help_needs_no_operands),
      cmocka_unit_test(mistakes_have_suggestions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
