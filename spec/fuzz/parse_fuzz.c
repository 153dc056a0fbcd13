// Any bytes: the lexer and parser come back with a sound tree, and what parses without a message prints and parses to
// the same tree.
#include "parser/parser.h"
#include "spec/fuzz/fresh.h"

static AstNode *parse(Compiler *compiler, const Source *source) {
  AstNode *module = parse_module(&compiler->context, source);
  Text why = {.arena = &compiler->unit};
  require(ast_check(&compiler->context, module, AST_PARSED, &why), "ast_check", &why);
  return module;
}

static void fuzz(Compiler *compiler, const Source *input) {
  AstNode *module = parse(compiler, input);
  if (compiler->diags.error_count) return;
  Text printed = {.arena = &compiler->forever};
  ast_print(&printed, &compiler->names, module);
  AstNode *again = parse(compiler, add_source(compiler, text_str(&printed), printed.size));
  require(!compiler->diags.error_count && ast_equal(module, again), "prints as another tree", &printed);
}
