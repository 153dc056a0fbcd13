// Every source in the tree: parsing it, printing the tree and parsing that gives an equal tree. One test a file; those
// that are meant not to parse (spec/diagnostics) only have to come back from the parser in one piece.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/compiler.h"
#include "driver/file.h"
#include "parser/parser.h"

static AstNode *parse(Compiler *compiler, const char *path, const char *text, size_t size) {
  return parse_module(&compiler->context, source_add(&compiler->forever, &compiler->sources, path, text, size));
}

static void expect_sound(Compiler *compiler, AstNode *module) {
  Text why = {.arena = &compiler->unit};
  if (!ast_check(&compiler->context, module, AST_PARSED, &why)) fail_msg("%s", text_str(&why));
}

static void round_trip(void **state) {
  const char *path = *state;
  Options options = {.level = LEVEL_0};
  Compiler compiler;
  compiler_init(&compiler, &options);
  FileText text = file_read(&compiler.forever, path);
  assert_non_null(text.data);
  AstNode *module = parse(&compiler, path, text.data, text.size);
  expect_sound(&compiler, module);
  if (!compiler.diags.error_count) {
    Text printed = {.arena = &compiler.forever};
    ast_print(&printed, &compiler.names, module);
    AstNode *again = parse(&compiler, "printed", text_str(&printed), printed.size);
    expect_sound(&compiler, again);
    if (!ast_equal(module, again)) fail_msg("the printed source parses to another tree:\n%s", text_str(&printed));
  } else if (strncmp(path, "spec/diagnostics/", 17) != 0) {
    fail_msg("it does not parse: %s", compiler.diags.items.data[0]->message);
  }
  compiler_free(&compiler);
}

static bool is_source(const char *name) {
  const char *end = strrchr(name, '.');
  return end && strcmp(end, ".qz") == 0;
}

static PathList find_sources(Arena *arena) {
  const char *folders[] = {"examples", "spec", "std", "tools"};  // the tests run in the root of the tree
  PathList found = {0};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) files_at(arena, folders[i], is_source, &found);
  return found;
}

int main(void) {
  Arena arena = {0};
  PathList paths = find_sources(&arena);
  struct CMUnitTest *tests = arena_array(&arena, struct CMUnitTest, paths.size);
  for (uint32_t i = 0; i < paths.size; i++)
    tests[i] = (struct CMUnitTest){
        .name = paths.data[i], .test_func = round_trip, .initial_state = (void *)(uintptr_t)paths.data[i]};
  int failed = _cmocka_run_group_tests("sources", tests, paths.size, NULL, NULL);
  arena_free(&arena);
  return failed;
}
