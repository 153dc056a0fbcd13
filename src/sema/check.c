// sema_check: what the lowering relies on holds. Runs in debug builds and in tests, after sema reported no error.
#include "sema/sema.h"

typedef struct Check {
  const Program *program;
  const Instance *instance;
  Text *why;
  bool failed;
} Check;

static void fail(Check *check, const AstNode *node, const char *what) {
  if (check->failed) return;
  check->failed = true;
  const Interner *names = check->program->context->names;
  Location place = source_locate(check->program->context->sources, node->span.start);
  text_printf(check->why, "%s: %s at %s:%u:%u in %s", ast_kind_info(node->kind)->name, what,
              place.source ? place.source->path : "?", place.line, place.column,
              name_text(names, check->instance->display));
}

static bool is_concrete(const Type *type) {
  return type && !type->has_params && !type->has_vars && type->kind != TYPE_ERROR;
}

// Nodes whose type nobody asks for: parts of a larger form that is typed as a whole.
static bool needs_type(AstKind kind) {
  switch ((int)kind) {
    case AST_ARG: case AST_PARAM: case AST_FIELD_INIT: case AST_MAP_ENTRY: case AST_ATTRIBUTE: case AST_ARM:
    case AST_PAT_FIELD: case AST_PAT_REST: return false;
    default: return kind >= AST_POISON && kind < AST_TYPE_NAME;
  }
}

static void check_call(Check *check, const AstNode *node, const CallInfo *call) {
  if (!call) return;
  if (call->kind == CALL_FUNCTION && !call->instance) fail(check, node, "a call without an instance");
  if ((call->kind == CALL_VARIANT || call->kind == CALL_NEWTYPE) && !is_concrete(call->type))
    fail(check, node, "a constructor of no concrete type");
}

static void check_loop(Check *check, const AstNode *node, const LoopInfo *loop) {
  check_call(check, node, loop->iter);
  check_call(check, node, loop->next);
  if (!is_concrete(loop->element)) fail(check, node, "a loop over elements of no concrete type");
}

static void check_info(Check *check, const AstNode *node) {
  const SemaInfo *info = node->info;
  switch (info->kind) {
    case INFO_LOCAL:
      if (info->local && !is_concrete(info->local->type)) fail(check, node, "a local of no concrete type");
      return;
    case INFO_FUNCTION:
      if (!info->instance) fail(check, node, "a function value without an instance");
      return;
    case INFO_CALL: check_call(check, node, info->call); return;
    case INFO_ASSIGN:
      check_call(check, node, info->assign->load);
      check_call(check, node, info->assign->store);
      check_call(check, node, info->assign->operation);
      return;
    case INFO_OPERATOR:
      if (!is_concrete(info->operand_type)) fail(check, node, "an operation on no concrete type");
      return;
    case INFO_LOOP: check_loop(check, node, info->loop); return;
    case INFO_LAMBDA:
      if (!is_concrete(info->lambda->result)) fail(check, node, "a lambda whose result has no concrete type");
      return;
    case INFO_REGEX:
      if (!info->regex->literal || !info->regex->match) fail(check, node, "a regular expression without instances");
      return;
    case INFO_GLOBAL: case INFO_VARIANT: case INFO_NEWTYPE: case INFO_TYPE: case INFO_FIELD: case INFO_STRUCT:
    case INFO_RECORD: case INFO_SEQUENCE: case INFO_LIST: case INFO_EQUAL: case INFO_UNWRAP: case INFO_TRY: return;
  }
}

static void check_node(AstNode *node, void *data) {
  Check *check = data;
  if (check->failed || node->kind >= AST_TYPE_NAME) return;  // types as written hold no values
  bool names_type = node->info && node->info->kind == INFO_TYPE;
  if (needs_type(node->kind) && !names_type && !is_concrete(node->type)) fail(check, node, "it has no concrete type");
  if (node->info) check_info(check, node);
  bool holds_types = names_type || (node->info && node->info->kind == INFO_NEWTYPE);
  if (holds_types || node->kind == AST_STRUCT_LIT || node->kind == AST_CAST) return;  // types within are not values
  ast_children(node, check_node, check);
}

bool sema_check(const Program *program, Text *why) {
  const Text *tree_fault = &program->tree_fault;
  text_bytes(why, text_str(tree_fault), tree_fault->size);
  if (tree_fault->size) return false;
  Check check = {.program = program, .why = why};
  for (uint32_t i = 0; i < program->instances.size && !check.failed; i++) {
    check.instance = program->instances.data[i];
    if (check.instance->body) check_node(check.instance->body, &check);
  }
  return !check.failed;
}
