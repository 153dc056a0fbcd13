// Any bytes: the tree is sound; what parses without a message is formatted to a text with the same tree and as many
// comments, and formatting that text changes nothing. Messages can be rendered in every form.
#include "lexer/lexer.h"
#include "parser/parser.h"
#include "spec/fuzz/fresh.h"

static AstNode *parse(Context *context, const Source *source) {
  AstNode *module = parse_module(context, source);
  Text why = {.arena = context->arena};
  require(ast_check(context, module, AST_PARSED, &why), "ast_check", &why);
  return module;
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

static void fuzz(Compiler *compiler, const Source *input) {
  Context *context = &compiler->context;
  AstNode *module = parse(context, input);
  if (compiler->diags.error_count) {
    render(context);
    return;
  }
  check_formatted(context, input, module);
}
