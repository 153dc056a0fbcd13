// Any bytes: the lexer and parser come back with a sound tree, and what parses without a message prints and parses to
// the same tree.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/compiler.h"
#include "parser/parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static AstNode *parse(Compiler *compiler, const char *text, size_t size) {
  AstNode *module =
      parse_module(&compiler->context, source_add(&compiler->forever, &compiler->sources, "fuzz.qz", text, size));
  Text why = {.arena = &compiler->unit};
  if (ast_check(&compiler->context, module, AST_PARSED, &why)) return module;
  fprintf(stderr, "ast_check: %s\n", text_str(&why));
  abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Options options = {.level = LEVEL_0};
  Compiler compiler;
  compiler_init(&compiler, &options);
  AstNode *module = parse(&compiler, arena_text(&compiler.forever, (const char *)data, size), size);
  if (!compiler.diags.error_count) {
    Text printed = {.arena = &compiler.forever};
    ast_print(&printed, &compiler.names, module);
    if (!ast_equal(module, parse(&compiler, text_str(&printed), printed.size))) {
      fprintf(stderr, "prints as another tree:\n%s\n", text_str(&printed));
      abort();
    }
  }
  compiler_free(&compiler);
  return 0;
}
