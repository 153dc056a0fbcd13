// Any bytes: the tree is sound; what parses without a message is formatted to a text with the same tree and as many
// comments, and formatting that text changes nothing. Messages can be rendered in every form.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lexer/lexer.h"
#include "parser/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const Text *text) {
  if (holds) return;
  fprintf(stderr, "%s\n%s\n", what, text_str(text));
  abort();
}

static AstNode *parse(Context *context, const Source *source) {
  AstNode *module = parse_module(context, source);
  Text why = {.arena = context->arena};
  require(ast_check(context, module, AST_PARSED, &why), "ast_check", &why);
  return module;
}

static void check_printed(Context *context, const AstNode *module) {
  Text printed = {.arena = context->arena};
  ast_print(&printed, context->names, module);
  AstNode *again =
      parse(context, source_add(context->arena, context->sources, "printed", text_str(&printed), printed.size));
  require(!context->diags->error_count && ast_equal(module, again), "printed as another tree", &printed);
}

static uint32_t comments(Context *context, const Source *source) { return lexer_run(context, source).comments.size; }

static void check_formatted(Context *context, const Source *source, const AstNode *module) {
  Text once = {.arena = context->arena}, twice = {.arena = context->arena};
  require(ast_format(&once, context, source), "not formatted", &once);
  Source *formatted = source_add(context->arena, context->sources, "formatted", text_str(&once), once.size);
  AstNode *again = parse(context, formatted);
  require(!context->diags->error_count && ast_equal(module, again), "formatted to another tree", &once);
  require(comments(context, source) == comments(context, formatted), "a comment was lost", &once);
  require(ast_format(&twice, context, formatted), "not formatted again", &once);
  require(once.size == twice.size && memcmp(text_str(&once), text_str(&twice), once.size) == 0,
          "formatting twice differs", &twice);
}

static void render(const Context *context) {
  FILE *out = fopen("/dev/null", "w");
  diag_list_sort(context->diags);
  for (int format = DIAG_FORMAT_HUMAN; format <= DIAG_FORMAT_JSON; format++)
    diag_render(out, context->diags, context->sources, (DiagFormat)format, true);
  fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena arena = {0};
  Interner names;
  SourceMap sources = {0};
  DiagList diags = {.arena = &arena};
  Context context = {.arena = &arena, .names = &names, .sources = &sources, .diags = &diags};
  interner_init(&names, &arena);
  const char *text = arena_text(&arena, (const char *)data, size);
  Source *source = source_add(&arena, &sources, "fuzz.qz", text, size);
  AstNode *module = parse(&context, source);
  if (diags.error_count) render(&context);
  else {
    check_printed(&context, module);
    check_formatted(&context, source, module);
  }
  arena_free(&arena);
  return 0;
}
