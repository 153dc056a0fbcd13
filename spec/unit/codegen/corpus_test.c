// The interpreter's programs, spec/mir/run, compiled: the same status, the same output, the same start of the report,
// and nothing left allocated. A program ends with sections `; expect status N`, `; expect out`, `; expect err`.
#include <glob.h>

#include "spec/unit/codegen/program.h"

static const char mark[] = "\n; expect ";

// The MIR of a file: what stands in front of its first section. NULL-terminated sections begin at the result's end.
static const char *first_section(const char *text) {
  const char *found = strstr(text, mark);
  return found ? found : text + strlen(text);
}

static void expect_section(const char *path, const char *section, size_t size, const Outcome *outcome) {
  const char *body = memchr(section, '\n', size);
  size_t body_size = body ? size - (size_t)(++body - section) : 0;
  while (body_size && body[body_size - 1] == '\n') body_size--;
  if (begins(section, "status ")) {
    if (atoi(section + 7) != outcome->status) fail_msg("%s: status %d\n%s", path, outcome->status, outcome->err);
  } else {
    const char *got = begins(section, "out") ? outcome->out : outcome->err;
    if (!begins(section, "out") && !begins(section, "err")) fail_msg("%s: what is `expect %.8s`?", path, section);
    if (body_size && strncmp(got, body, body_size) != 0) fail_msg("%s: got\n%s", path, got);
  }
}

static void expect_all(const char *path, const char *section, const Outcome *outcome) {
  while (*section) {
    section += strlen(mark);
    const char *next = first_section(section);
    expect_section(path, section, (size_t)(next - section), outcome);
    section = next;
  }
}

static void run_at(const char *path, CodegenLevel level) {
  Arena arena = {0};
  Program program;
  const char *whole = need_text(&arena, path), *sections = first_section(whole);
  program_open_text(&program, path, arena_text(&arena, whole, (size_t)(sections - whole) + (*sections != 0)));
  Outcome outcome = program_run(&program, level, NULL);
  expect_all(path, sections, &outcome);
  // A stack that overflowed is not unwound: what lived on it is still there.
  bool is_clean = strstr(outcome.err, "0 live objects\n") || strstr(outcome.err, "stack overflow");
  if (!is_clean) fail_msg("%s at level %d: %s", path, (int)level, outcome.err);
  program_close(&program);
  arena_free(&arena);
}

// Endless recursion may become an endless loop at -O2.
static void run_at_both_ends(void **state) {
  run_at(*state, CODEGEN_O0);
  if (!strstr(*state, "stack_overflow")) run_at(*state, CODEGEN_O2);
}

// A program that calls a C function that does not exist is refused by the linker: only the interpreter gets that far.
static bool can_link(const char *path) { return !strstr(path, "missing"); }

int main(void) {
  glob_t found;
  if (glob("spec/mir/run/*.mir", 0, NULL, &found) != 0) return 1;
  struct CMUnitTest *tests = calloc(found.gl_pathc, sizeof *tests);
  size_t count = 0;
  for (size_t i = 0; i < found.gl_pathc; i++)
    if (can_link(found.gl_pathv[i]))
      tests[count++] = (struct CMUnitTest){
          .name = found.gl_pathv[i], .test_func = run_at_both_ends, .initial_state = found.gl_pathv[i]};
  int failed = _cmocka_run_group_tests("spec/mir/run compiled", tests, count, NULL, NULL);
  free(tests);
  globfree(&found);
  return failed;
}
