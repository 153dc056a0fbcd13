// Names in the handlers of an actor: those of its members mean the state's, unless a variable hides them.
#include "macro/actor.h"

typedef struct Body {
  const ActorNames *names;
  VEC(Name) locals;  // innermost last
  bool uses_handle;
} Body;

static Arena *arena_of(const Body *body) { return body->names->context->arena; }

static bool is_local(const Body *body, Name name) {
  for (uint32_t i = 0; i < body->locals.size; i++)
    if (body->locals.data[i] == name) return true;
  return false;
}

static void add_local(Body *body, Name name) {
  if (name) vec_push(arena_of(body), &body->locals, name);
}

// Every name that a pattern binds.
static void add_pattern(AstNode *pattern, void *data) {
  Body *body = data;
  if (pattern->kind == AST_PAT_BIND) add_local(body, pattern->pat_bind.name);
  if (pattern->kind == AST_PAT_REST) add_local(body, pattern->pat_rest.name);
  if (pattern->kind == AST_PAT_TYPE) add_local(body, pattern->pat_type.name);
  if (pattern->kind == AST_PAT_FIELD && !pattern->pat_field.pattern) add_local(body, pattern->pat_field.name);
  ast_children(pattern, add_pattern, body);
}

static void add_param(Body *body, AstNode *param) {
  add_local(body, param->param.name);
  if (param->param.pattern) add_pattern(param->param.pattern, body);
}

static AstNode *state_self(const Body *body, const AstNode *at) {
  Builder build = {body->names->context, body->names->expansion, at->span};
  return macro_build_ident(&build, NAME_self);
}

static AstNode *resolve(Body *body, AstNode *node);

// Names that a macro brought along are not the actor's.
static AstNode *resolve_ident(Body *body, AstNode *node) {
  const ActorNames *names = body->names;
  Name name = node->ident.name;
  if (node->expansion != names->expansion) return node;
  if (name == NAME_self) {
    body->uses_handle = true;
    node->ident.name = names->handle;
    return node;
  }
  if (is_local(body, name) || !map_get(names->fields, name)) return node;
  Builder build = {names->context, node->expansion, node->span};
  AstNode *field = macro_build_node(&build, AST_FIELD);
  field->field.object = state_self(body, node);
  field->field.name = name;
  return field;
}

// `helper(x)`: a member of the actor.
static AstNode *resolve_call(Body *body, AstNode *node) {
  const AstNode *callee = node->call.callee;
  bool is_member = callee->kind == AST_IDENT && !is_local(body, callee->ident.name) &&
                   map_get(body->names->functions, callee->ident.name);
  if (!is_member) return node;
  Builder build = {body->names->context, node->expansion, node->span};
  AstNode *call = macro_build_node(&build, AST_METHOD_CALL);
  call->method_call.receiver = state_self(body, callee);
  call->method_call.name = callee->ident.name;
  call->method_call.args = node->call.args;
  call->method_call.block = node->call.block;
  return call;
}

static void resolve_field(Body *body, AstNode *node, const AstFieldInfo *field) {
  void *at = (char *)node + field->offset;
  AstNode **child = at;
  AstList **list = at;
  bool is_node = field->kind == AST_FIELD_NODE || field->kind == AST_FIELD_OPT;
  if (is_node && *child) *child = resolve(body, *child);
  for (uint32_t i = 0; field->kind == AST_FIELD_LIST && i < AST_LIST_COUNT(*list); i++)
    (*list)->items[i] = resolve(body, (*list)->items[i]);
}

static void resolve_children(Body *body, AstNode *node) {
  const AstKindInfo *info = ast_kind_info(node->kind);
  for (uint32_t i = 0; i < info->field_count; i++) resolve_field(body, node, &info->fields[i]);
}

// What `node` binds is known behind it, to the end of the block around it.
static void add_bindings(Body *body, AstNode *node) {
  if (node->kind == AST_BINDING) add_pattern(node->binding.pattern, body);
  bool is_new = node->kind == AST_ASSIGN && !node->assign.op && node->assign.target->kind == AST_IDENT;
  if (is_new) add_local(body, node->assign.target->ident.name);
}

// `{ n }` means `{ n: n }`.
static void spell_out(Body *body, AstNode *node) {
  if (node->field_init.value || is_local(body, node->field_init.name)) return;
  if (!map_get(body->names->fields, node->field_init.name)) return;
  Builder build = {body->names->context, node->expansion, node->span};
  node->field_init.value = macro_build_ident(&build, node->field_init.name);
}

static void open_scope(Body *body, AstNode *node) {
  switch ((int)node->kind) {
    case AST_LAMBDA:
      for (AST_EACH(param, node->lambda.params)) add_param(body, param);
      return;
    case AST_FOR: add_pattern(node->for_.pattern, body); return;
    case AST_ARM: add_pattern(node->arm.pattern, body); return;
    case AST_COMPREHENSION: add_pattern(node->comprehension.pattern, body); return;
    case AST_SELECT_ARM:
      if (node->select_arm.binding) add_pattern(node->select_arm.binding, body);
      return;
    default: return;
  }
}

static AstNode *resolve(Body *body, AstNode *node) {
  if (node->kind == AST_IDENT) return resolve_ident(body, node);
  if (node->kind == AST_CALL) {
    AstNode *call = resolve_call(body, node);
    if (call != node) {  // its receiver is the state
      AstList *args = call->method_call.args;
      for (uint32_t i = 0; i < AST_LIST_COUNT(args); i++) args->items[i] = resolve(body, args->items[i]);
      if (call->method_call.block) call->method_call.block = resolve(body, call->method_call.block);
      return call;
    }
  }
  if (node->kind == AST_FIELD_INIT) spell_out(body, node);
  uint32_t mark = body->locals.size;
  open_scope(body, node);
  resolve_children(body, node);
  bool is_scope = node->kind != AST_BINDING && node->kind != AST_ASSIGN;
  if (is_scope) body->locals.size = mark;
  add_bindings(body, node);
  return node;
}

AstNode *actor_resolve(const ActorNames *names, const AstList *params, AstNode *body, bool *uses_handle) {
  Body at = {.names = names};
  for (AST_EACH(param, params)) add_param(&at, param);
  AstNode *resolved = resolve(&at, body);
  *uses_handle = at.uses_handle;
  return resolved;
}
