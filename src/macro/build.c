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

AstList *macro_build_args(const Builder *build, AstNode *const *values, uint32_t count) {
  AstNode **args = arena_array(build->context->arena, AstNode *, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    args[i] = macro_build_node(build, AST_ARG);
    args[i]->arg.value = values[i];
    args[i]->span = values[i]->span;
  }
  return ast_list(build->context->arena, args, count);
}

AstNode *macro_build_calls(const Builder *build, const char *function, AstNode *const *values, uint32_t count) {
  AstNode *node = macro_build_node(build, AST_CALL);
  node->call.callee = macro_build_ident(build, name_from(build->context->names, function));
  node->call.args = macro_build_args(build, values, count);
  return node;
}

AstNode *macro_build_call(const Builder *build, const char *function, AstNode *argument) {
  return macro_build_calls(build, function, &argument, 1);
}

AstNode *macro_build_int(const Builder *build, uint64_t value) {
  AstNode *node = macro_build_node(build, AST_INT_LIT);
  node->int_lit.value = value;
  return node;
}

AstNode *macro_build_negative(const Builder *build, uint64_t value) {
  AstNode *node = macro_build_node(build, AST_UNARY);
  node->unary.op = AST_OP_NEG;
  node->unary.operand = macro_build_int(build, value);
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
