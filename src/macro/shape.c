// Which nodes may stand where: an argument is read as an expression and a quote as statements, but `unquote(T)` may
// stand for a type, and a quote may be called where declarations stand.
#include <string.h>

#include "macro/internal.h"

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
bool holds_types(AstKind parent, const char *field) {
  if (parent == AST_STRUCT_LIT || parent == AST_PAT_RECORD) return false;  // their `type` is a name, as in expressions
  if (parent == AST_TYPE_ARRAY) return strcmp(field, "element") == 0;
  if (parent == AST_TYPE_APPLY) return strcmp(field, "args") == 0;
  if (parent > AST_PAT_REGEX) return true;
  static const char *const fields[] = {"type", "result", "type_args", "bounds", "trait", "supertraits", "word"};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (strcmp(field, fields[i]) == 0) return true;
  return false;
}
_Static_assert(AST_TYPE_NAME == AST_PAT_REGEX + 1, "the kinds of types come last");

static AstNode *type_at(Arena *arena, AstKind kind, const AstNode *node) {
  AstNode *type = ast_node(arena, kind, node->span);
  type->expansion = node->expansion;
  return type;
}

static AstNode *type_name(Arena *arena, const AstNode *node, AstNode *scope, Name name) {
  AstNode *type = type_at(arena, AST_TYPE_NAME, node);
  type->type_name.scope = scope;
  type->type_name.name = name;
  return type;
}

static AstNode *type_path(Arena *arena, AstNode *node) {
  AstNode *scope = type_from_expression(arena, node->path.scope);
  return scope && scope->kind == AST_TYPE_NAME ? type_name(arena, node, scope, node->path.name) : NULL;
}

static AstNode *type_apply(Arena *arena, AstNode *node) {
  AstNode *type = type_from_expression(arena, node->type_apply.base);
  if (!type || type->kind != AST_TYPE_NAME) return NULL;
  type->span = node->span;
  type->type_name.args = node->type_apply.args;
  return type;
}

static AstNode *type_tuple(Arena *arena, AstNode *node) {
  AstList *elements = node->tuple.elements;
  for (uint32_t i = 0; i < AST_LIST_COUNT(elements); i++) {
    elements->items[i] = type_from_expression(arena, elements->items[i]);
    if (!elements->items[i]) return NULL;
  }
  AstNode *type = type_at(arena, AST_TYPE_TUPLE, node);
  type->type_tuple.elements = elements;
  return type;
}

// The parts of `node` become parts of the type: it is a copy that nothing else uses.
AstNode *type_from_expression(Arena *arena, AstNode *node) {
  if (node->kind == AST_POISON || node->kind >= AST_TYPE_NAME) return node;
  if (node->kind == AST_IDENT) return type_name(arena, node, NULL, node->ident.name);
  if (node->kind == AST_PATH) return type_path(arena, node);
  if (node->kind == AST_TYPE_APPLY) return type_apply(arena, node);
  if (node->kind == AST_TUPLE) return type_tuple(arena, node);
  return NULL;
}

// ── Declarations ────────────────────────────────────────────────────────────────────────────────────────────────
static void *declaration_field(const AstNode *node, const char *name) {
  const AstKindInfo *info = ast_kind_info(node->kind);
  if (node->kind >= AST_POISON) return NULL;
  for (uint32_t i = 0; i < info->field_count; i++)
    if (strcmp(info->fields[i].name, name) == 0) return (char *)node + info->fields[i].offset;
  return NULL;
}

Name declared_name(const AstNode *node) {
  const Name *name = declaration_field(node, "name");
  return name ? *name : NAME_NONE;
}

void declaration_make_private(AstNode *node) {
  bool *is_private = declaration_field(node, "is_private");
  if (is_private) *is_private = true;
}

// In a quote, `const X = 1` and `var x = 1` are read as statements.
AstNode *declaration_from_statement(Arena *arena, AstNode *node) {
  if (node->kind <= AST_POISON) return node;
  if (node->kind != AST_BINDING || node->binding.pattern->kind != AST_PAT_BIND ||
      node->binding.pattern->pat_bind.pattern)
    return NULL;
  AstNode *declaration = type_at(arena, node->binding.is_mutable ? AST_GLOBAL : AST_CONST, node);
  Name name = node->binding.pattern->pat_bind.name;
  if (node->binding.is_mutable) {
    declaration->global.name = name;
    declaration->global.type = node->binding.type;
    declaration->global.value = node->binding.value;
  } else {
    declaration->const_.name = name;
    declaration->const_.type = node->binding.type;
    declaration->const_.value = node->binding.value;
  }
  ast_finish(declaration);
  return declaration;
}
