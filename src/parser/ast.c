// What can be said about every node kind at once: loops over the field table of ast_nodes.def.
#include "parser/ast.h"

#include <string.h>

// ── The tables ──────────────────────────────────────────────────────────────────────────────────────────────────
#define F(member, field_kind, field) {AST_FIELD_##field_kind, #field, offsetof(AstNode, member.field)},
#define AST_NODE(KIND, member, text, fields) \
  static const AstFieldInfo fields_of_##member[] = {fields{AST_FIELD_FLAG, NULL, 0}};
#include "parser/ast_nodes.def"

static const AstKindInfo kinds[] = {
#define F(member, field_kind, field) +1
#define AST_NODE(KIND, member, text, fields) \
  {text, offsetof(AstNode, member) + sizeof(((AstNode *)NULL)->member), fields_of_##member, 0 fields},
#include "parser/ast_nodes.def"
};

static const char *const op_texts[] = {
#define OPERATOR(id, text, method) text,
#include "parser/operators.def"
};

static const Name op_methods[] = {
#define OPERATOR(id, text, method) NAME_##method,
#include "parser/operators.def"
};

const AstKindInfo *ast_kind_info(AstKind kind) { return &kinds[kind]; }
const char *ast_op_text(AstOp op) { return op_texts[op]; }
Name ast_op_method(AstOp op) { return op_methods[op]; }

static void *field_at(const AstNode *node, const AstFieldInfo *field) {
  return (char *)(uintptr_t)node + field->offset;
}

// ── Making nodes ────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *ast_node(Arena *arena, AstKind kind, Span span) {
  AstNode *node = arena_alloc(arena, kinds[kind].size, alignof(AstNode));
  node->kind = kind;
  node->height = 1;
  node->span = span;
  return node;
}

AstList *ast_list(Arena *arena, AstNode *const *items, uint32_t count) {
  if (!count) return NULL;
  AstList *list = arena_alloc(arena, sizeof(AstList) + count * sizeof(AstNode *), alignof(AstList));
  list->count = count;
  memcpy(list->items, items, count * sizeof(AstNode *));
  return list;
}

static unsigned list_height(const AstList *list) {
  unsigned height = 0;
  for (uint32_t i = 0; i < AST_LIST_COUNT(list); i++)
    if (list->items[i]->height > height) height = list->items[i]->height;
  return height;
}

static unsigned field_height(const AstNode *node, const AstFieldInfo *field) {
  if (field->kind == AST_FIELD_LIST) return list_height(*(AstList **)field_at(node, field));
  if (field->kind != AST_FIELD_NODE && field->kind != AST_FIELD_OPT) return 0;
  const AstNode *child = *(AstNode **)field_at(node, field);
  return child ? child->height : 0;
}

bool ast_finish(AstNode *node) {
  const AstKindInfo *info = &kinds[node->kind];
  unsigned height = 0;
  for (uint32_t i = 0; i < info->field_count; i++) {
    unsigned below = field_height(node, &info->fields[i]);
    if (below > height) height = below;
  }
  node->height = (uint16_t)(height + 1);
  return node->height <= AST_HEIGHT_MAX;
}

// ── Walking ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void visit_field(AstNode *node, const AstFieldInfo *field, AstVisit *visit, void *data) {
  if (field->kind == AST_FIELD_NODE || field->kind == AST_FIELD_OPT) {
    AstNode *child = *(AstNode **)field_at(node, field);
    if (child) visit(child, data);
  } else if (field->kind == AST_FIELD_LIST) {
    AstList *list = *(AstList **)field_at(node, field);
    for (uint32_t i = 0; i < AST_LIST_COUNT(list); i++) visit(list->items[i], data);
  }
}

void ast_children(AstNode *node, AstVisit *visit, void *data) {
  const AstKindInfo *info = &kinds[node->kind];
  for (uint32_t i = 0; i < info->field_count; i++) visit_field(node, &info->fields[i], visit, data);
}

// ── Copying ─────────────────────────────────────────────────────────────────────────────────────────────────────
static AstList *copy_list(Arena *arena, const AstList *list) {
  AstList *copy = ast_list(arena, list ? list->items : NULL, AST_LIST_COUNT(list));
  for (uint32_t i = 0; i < AST_LIST_COUNT(copy); i++) copy->items[i] = ast_copy(arena, copy->items[i]);
  return copy;
}

static void copy_field(Arena *arena, AstNode *copy, const AstFieldInfo *field) {
  if (field->kind == AST_FIELD_NODE || field->kind == AST_FIELD_OPT) {
    AstNode **child = field_at(copy, field);
    *child = ast_copy(arena, *child);
  } else if (field->kind == AST_FIELD_LIST) {
    AstList **list = field_at(copy, field);
    *list = copy_list(arena, *list);
  }
}

AstNode *ast_copy(Arena *arena, const AstNode *node) {
  if (!node) return NULL;
  const AstKindInfo *info = &kinds[node->kind];
  AstNode *copy = arena_alloc(arena, info->size, alignof(AstNode));
  memcpy(copy, node, info->size);
  copy->type = NULL;
  copy->info = NULL;
  for (uint32_t i = 0; i < info->field_count; i++) copy_field(arena, copy, &info->fields[i]);
  return copy;
}

// ── Comparing ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool nodes_equal(const AstNode *a, const AstNode *b) { return a && b ? ast_equal(a, b) : a == b; }

static bool lists_equal(const AstList *a, const AstList *b) {
  if (AST_LIST_COUNT(a) != AST_LIST_COUNT(b)) return false;
  for (uint32_t i = 0; i < AST_LIST_COUNT(a); i++)
    if (!ast_equal(a->items[i], b->items[i])) return false;
  return true;
}

static bool fields_equal(const AstNode *a, const AstNode *b, const AstFieldInfo *field) {
  const void *x = field_at(a, field), *y = field_at(b, field);
  switch (field->kind) {
    case AST_FIELD_NODE:
    case AST_FIELD_OPT: return nodes_equal(*(AstNode *const *)x, *(AstNode *const *)y);
    case AST_FIELD_LIST: return lists_equal(*(AstList *const *)x, *(AstList *const *)y);
    case AST_FIELD_NAME:
    case AST_FIELD_TEXT: return *(const Name *)x == *(const Name *)y;
    case AST_FIELD_OP: return *(const AstOp *)x == *(const AstOp *)y;
    case AST_FIELD_INT: return *(const uint64_t *)x == *(const uint64_t *)y;
    case AST_FIELD_FLOAT: return memcmp(x, y, sizeof(double)) == 0;
    case AST_FIELD_FLAG: return *(const bool *)x == *(const bool *)y;
  }
  return false;
}

bool ast_equal(const AstNode *a, const AstNode *b) {
  if (a->kind != b->kind) return false;
  const AstKindInfo *info = &kinds[a->kind];
  for (uint32_t i = 0; i < info->field_count; i++)
    if (!fields_equal(a, b, &info->fields[i])) return false;
  return true;
}
