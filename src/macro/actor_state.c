// The state of an actor: a struct with its fields, whose methods are the handlers as they were written; and the
// function that makes one from the arguments of the constructor.
#include "macro/actor.h"

AstNode *actor_state_struct(const Actor *at) {
  AstNodes fields = {0};
  for (uint32_t i = 0; i < at->inputs.size; i++) {
    const AstNode *input = at->inputs.data[i];
    AstNode *type = actor_copy(at, input->field_decl.type);
    vec_push(actor_arena(at), &fields, actor_field(at, input->field_decl.name, type, input->span));
  }
  for (uint32_t i = 0; i < at->vars.size; i++) {
    const AstNode *var = at->vars.data[i];
    vec_push(actor_arena(at), &fields, actor_field(at, var->global.name, actor_copy(at, var->global.type), var->span));
  }
  AstNode *node = macro_build_node(&at->own, AST_STRUCT);
  node->struct_.is_private = true;
  node->struct_.name = at->state;
  node->struct_.type_params = actor_copy_list(at, at->node->actor.type_params);
  node->struct_.members = actor_list(at, &fields);
  return node;
}

// The method as written, in which names are those of the state. `self` is bound to the handle where it is used.
static AstNode *state_method(const Actor *actor, AstNode *method) {
  Actor here = *actor;
  here.own.span = method->span;
  const Actor *at = &here;
  ActorNames names = {.context = at->context, .expansion = at->own.expansion, .fields = &at->fields,
                      .functions = &at->functions, .handle = actor_fresh(at, actor_name(at, "handle"))};
  AstNodes params = {0};
  vec_push(actor_arena(at), &params, actor_param(at, NAME_self, NULL));
  for (AST_EACH(param, method->function.params)) vec_push(actor_arena(at), &params, param);
  bool uses_handle = false;
  AstNode *resolved = method->function.body;
  if (resolved) resolved = actor_resolve(&names, method->function.params, resolved, &uses_handle);
  if (uses_handle) {
    AstNodes stmts = {0};
    AstNode *bind = macro_build_node(&at->own, AST_ASSIGN);
    bind->assign.target = actor_ident(at, names.handle);
    AstNode *handle = actor_type(at, at->node->actor.name);
    bind->assign.value = actor_call_for(at, "actor_self", &handle, 1, NULL, 0);
    vec_push(actor_arena(at), &stmts, bind);
    vec_push(actor_arena(at), &stmts, resolved);
    resolved = macro_build_block(&at->own, &stmts);
  }
  AstNode *function = macro_build_node(&at->own, AST_FUNCTION);
  function->span = method->span;
  function->function = method->function;
  function->function.params = actor_list(at, &params);
  function->function.body = resolved;
  function->function.is_private = false;
  return function;
}

AstNode *actor_state_impl(const Actor *at) {
  AstNodes members = {0};
  for (uint32_t i = 0; i < at->methods.size; i++)
    vec_push(actor_arena(at), &members, state_method(at, at->methods.data[i]));
  return actor_impl(at, NULL, actor_type(at, at->state), &members);
}

// name: Type = value, and the field of this name
static void bind_field(const Actor *at, Name name, AstNode *type, AstNode *value, Span span, AstNodes *stmts,
                       AstNodes *fields) {
  Builder build = {at->context, at->own.expansion, span};
  AstNode *bind = macro_build_node(&build, AST_BINDING), *pattern = macro_build_node(&build, AST_PAT_BIND);
  pattern->pat_bind.name = name;
  bind->binding.pattern = pattern;
  bind->binding.type = type;
  bind->binding.value = value;
  vec_push(actor_arena(at), stmts, bind);
  vec_push(actor_arena(at), fields, actor_field_init(at, name, actor_ident(at, name)));
}

// (args∙: (Int,)) -> do  step: Int = args∙.0 … n: Int = 0 … Counter∙1 { step: step, n: n }  end
AstNode *actor_construct_lambda(const Actor *at) {
  AstNodes stmts = {0}, types = {0}, fields = {0};
  for (uint32_t i = 0; i < at->inputs.size; i++) {
    const AstNode *input = at->inputs.data[i], *type = input->field_decl.type;
    Actor here = *at;
    here.own.span = input->span;
    AstNode *part = actor_part_of_args(&here, i);
    bind_field(at, input->field_decl.name, actor_copy(at, type), part, input->span, &stmts, &fields);
    vec_push(actor_arena(at), &types, actor_copy(at, type));
  }
  for (uint32_t i = 0; i < at->vars.size; i++) {
    AstNode *var = at->vars.data[i];
    bind_field(at, var->global.name, var->global.type, var->global.value, var->span, &stmts, &fields);
  }
  vec_push(actor_arena(at), &stmts, actor_struct_literal(at, at->state, &fields));
  AstNode *param = actor_param(at, at->args, actor_tuple_type(at, &types));
  return actor_lambda(at, &param, 1, macro_build_block(&at->own, &stmts));
}
