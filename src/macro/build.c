// Nodes that the built-in macros are made of. Each carries the span of what it stands for and its expansion.
#include <string.h>

#include "macro/internal.h"

AstNode *macro_build_node(const Builder *build, AstKind kind) {
  AstNode *node = ast_node(build->context->arena, kind, build->span);
  node->expansion = build->expansion;
  return node;
}

AstNode *macro_build_ident(const Builder *build, Name name) {
  AstNode *node = macro_build_node(build, AST_IDENT);
  node->ident.name = name;
  return node;
}

AstNode *macro_build_string(const Builder *build, const char *text, size_t size) {
  AstNode *node = macro_build_node(build, AST_STRING_LIT);
  node->string_lit.text = name_intern(build->context->names, text, size);
  return node;
}

AstNode *macro_build_call(const Builder *build, const char *function, AstNode *argument) {
  AstNode *node = macro_build_node(build, AST_CALL);
  node->call.callee = macro_build_ident(build, name_from(build->context->names, function));
  AstNode *arg = macro_build_node(build, AST_ARG);
  arg->arg.value = argument;
  node->call.args = ast_list(build->context->arena, &arg, 1);
  return node;
}

AstNode *macro_build_block(const Builder *build, const AstNodes *stmts) {
  AstNode *node = macro_build_node(build, AST_BLOCK);
  node->block.stmts = ast_list(build->context->arena, stmts->data, stmts->size);
  return node;
}

AstNode *macro_build_interpolation(const Builder *build, const AstNodes *parts) {
  AstNode *node = macro_build_node(build, AST_INTERPOLATION);
  node->interpolation.parts = ast_list(build->context->arena, parts->data, parts->size);
  return node;
}
