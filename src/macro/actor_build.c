// What the declarations of an actor are made of: types, parameters, literals.
#include "macro/actor.h"

AstList *actor_copy_list(const Actor *at, const AstList *list) {
  AstNodes items = {0};
  for (AST_EACH(item, list)) vec_push(actor_arena(at), &items, actor_copy(at, item));
  return ast_list(actor_arena(at), items.data, items.size);
}

AstList *actor_list(const Actor *at, const AstNodes *nodes) {
  return ast_list(actor_arena(at), nodes->data, nodes->size);
}

void actor_report(const Actor *at, Span span, const char *text, const char *help) {
  Diag *diag = diag_report(at->context->diags, QZ0132, span, "%s", text);
  expansion_note(at->context, at->expander->table, diag, at->own.expansion);
  diag_help(at->context->diags, diag, "%s", help);
}

AstNode *actor_type(const Actor *at, Name name) {
  AstNode *type = macro_build_node(&at->own, AST_TYPE_NAME);
  type->type_name.name = name;
  AstNodes args = {0};
  for (AST_EACH(param, at->node->actor.type_params)) {
    AstNode *arg = macro_build_node(&at->own, AST_TYPE_NAME);
    arg->type_name.name = param->type_param.name;
    vec_push(actor_arena(at), &args, arg);
  }
  type->type_name.args = actor_list(at, &args);
  return type;
}

AstNode *actor_prelude_type(const Actor *at, const char *name) {
  AstNode *type = macro_build_node(&at->prelude, AST_TYPE_NAME);
  type->type_name.name = actor_name(at, name);
  return type;
}

AstNode *actor_param(const Actor *at, Name name, AstNode *type) {
  AstNode *param = macro_build_node(&at->own, AST_PARAM);
  param->param.name = name;
  param->param.type = type;
  return param;
}

AstNode *actor_tuple(const Actor *at, const AstNodes *values) {
  if (!values->size) {  // what a message without arguments carries
    AstNode *nothing = macro_build_node(&at->own, AST_BOOL_LIT);
    return nothing;
  }
  AstNode *tuple = macro_build_node(&at->own, AST_TUPLE);
  tuple->tuple.elements = actor_list(at, values);
  return tuple;
}

AstNode *actor_tuple_type(const Actor *at, const AstNodes *types) {
  if (!types->size) return actor_prelude_type(at, "Bool");
  AstNode *tuple = macro_build_node(&at->own, AST_TYPE_TUPLE);
  tuple->type_tuple.elements = actor_list(at, types);
  return tuple;
}

AstNode *actor_lambda(const Actor *at, AstNode *const *params, uint32_t count, AstNode *body) {
  AstNode *lambda = macro_build_node(&at->own, AST_LAMBDA);
  lambda->lambda.params = ast_list(actor_arena(at), params, count);
  lambda->lambda.body = body;
  return lambda;
}

AstNode *actor_part_of_args(const Actor *at, uint32_t index) {
  AstNode *part = macro_build_node(&at->own, AST_TUPLE_FIELD);
  part->tuple_field.object = actor_ident(at, at->args);
  part->tuple_field.index = index;
  return part;
}

AstNode *actor_function(const Actor *at, Name name, AstList *params, AstNode *result, AstNode *body) {
  AstNode *function = macro_build_node(&at->own, AST_FUNCTION);
  function->function.name = name;
  function->function.params = params;
  function->function.result = result;
  function->function.body = body;
  return function;
}

AstNode *actor_impl(const Actor *at, AstNode *trait, AstNode *type, const AstNodes *members) {
  AstNode *impl = macro_build_node(&at->own, AST_IMPL);
  impl->impl.type_params = actor_copy_list(at, at->node->actor.type_params);
  impl->impl.trait = trait;
  impl->impl.type = type;
  impl->impl.members = actor_list(at, members);
  return impl;
}

AstNode *actor_own_place(const Actor *at) {
  AstNode *self = actor_ident(at, NAME_self);
  return macro_build_calls(&at->prelude, "actor_place", &self, 1);
}

AstNode *actor_call_for(const Actor *at, const char *function, AstNode *const *types, uint32_t type_count,
                        AstNode *const *values, uint32_t count) {
  AstNode *callee = macro_build_node(&at->prelude, AST_TYPE_APPLY), *call = macro_build_node(&at->prelude, AST_CALL);
  callee->type_apply.base = macro_build_ident(&at->prelude, actor_name(at, function));
  callee->type_apply.args = ast_list(actor_arena(at), types, type_count);
  call->call.callee = callee;
  call->call.args = macro_build_args(&at->prelude, values, count);
  return call;
}

AstNode *actor_struct_literal(const Actor *at, Name type, const AstNodes *fields) {
  AstNode *literal = macro_build_node(&at->own, AST_STRUCT_LIT);
  literal->struct_lit.type = actor_ident(at, type);
  literal->struct_lit.fields = actor_list(at, fields);
  return literal;
}

AstNode *actor_field_init(const Actor *at, Name name, AstNode *value) {
  AstNode *init = macro_build_node(&at->own, AST_FIELD_INIT);
  init->field_init.name = name;
  init->field_init.value = value;
  return init;
}

AstNode *actor_field(const Actor *at, Name name, AstNode *type, Span span) {
  Builder build = {at->context, at->own.expansion, span};
  AstNode *field = macro_build_node(&build, AST_FIELD_DECL);
  field->field_decl.name = name;
  field->field_decl.type = type;
  return field;
}

AstNode *actor_name_text(const Actor *at, Name name) {
  return macro_build_string(&at->own, name_text(at->context->names, name), name_size(at->context->names, name));
}
