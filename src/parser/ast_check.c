// The invariants of the tree, checked between the stages in every debug build and every test.
#include "base/map.h"
#include "parser/ast.h"

typedef struct Check {
  Context *context;
  AstStage stage;
  Text *why;
  Map seen;     // every node met so far
  Arena arena;  // of `seen`
  bool holds;
} Check;

static void violate(Check *check, const AstNode *node, const char *what) {
  if (!check->holds) return;
  check->holds = false;
  Location at = source_locate(check->context->sources, node->span.start);
  text_printf(check->why, "%s:%u:%u: %s: %s", at.source ? at.source->path : "?", at.line, at.column,
              ast_kind_info(node->kind)->name, what);
}

static bool is_inside(Span inner, Span outer) {
  bool is_nowhere = !inner.end || !outer.end;
  return is_nowhere || (inner.start >= outer.start && inner.end <= outer.end && inner.start <= inner.end);
}

static void check_kind(Check *check, const AstNode *node) {
  if (node->kind == AST_POISON && !check->context->diags->error_count) violate(check, node, "poison without a message");
  bool is_call = node->kind == AST_MACRO_CALL || node->kind == AST_DECL_MACRO_CALL || node->kind == AST_UNQUOTE;
  is_call |= node->kind == AST_GO || node->kind == AST_AWAIT || node->kind == AST_SELECT ||
             node->kind == AST_ACTOR;
  if (check->stage == AST_EXPANDED && is_call) violate(check, node, "left over after expansion");
  if (node->height > AST_HEIGHT_MAX) violate(check, node, "higher than AST_HEIGHT_MAX");
}

static void check_required(Check *check, const AstNode *node) {
  const AstKindInfo *info = ast_kind_info(node->kind);
  for (uint32_t i = 0; i < info->field_count; i++) {
    const void *at = (const char *)node + info->fields[i].offset;
    if (info->fields[i].kind == AST_FIELD_NODE && !*(AstNode *const *)at)
      violate(check, node, "a required child is missing");
  }
}

typedef struct Parent {
  Check *check;
  const AstNode *node;
} Parent;

static void check_node(Check *check, AstNode *node);

static void check_child(AstNode *child, void *data) {
  const Parent *parent = data;
  Check *check = parent->check;
  if (child->expansion == parent->node->expansion && !is_inside(child->span, parent->node->span))
    violate(check, child, "its place is outside its parent's");
  if (child->height >= parent->node->height) violate(check, child, "not lower than its parent");
  check_node(check, child);
}

// A macro's body is a template: it holds macro calls and unquotes for ever.
static bool is_template(const Check *check, const AstNode *node) {
  return check->stage == AST_EXPANDED && node->kind == AST_MACRO;
}

static void check_node(Check *check, AstNode *node) {
  if (!check->holds) return;
  if (map_put(&check->arena, &check->seen, map_key(node), node)) violate(check, node, "it has two parents");
  check_kind(check, node);
  check_required(check, node);
  Parent parent = {check, node};
  if (check->holds && !is_template(check, node)) ast_children(node, check_child, &parent);
}

bool ast_check(Context *context, AstNode *module, AstStage stage, Text *why) {
  Check check = {.context = context, .stage = stage, .why = why, .holds = true};
  check_node(&check, module);
  arena_free(&check.arena);
  return check.holds;
}
