// Calls: the function is chosen by name, by type, or as a value; calls that syntax makes.
#include "sema/call.h"

static Type *error_of(Checker *checker) { return basic(checker, TYPE_ERROR); }

static const char *text_of(Checker *checker, Name name) { return name_text(checker->context->names, name); }

// ── Results ─────────────────────────────────────────────────────────────────────────────────────────────────────
static Type *infer_result(Checker *checker, Function *function, Type **args, Span span) {
  Signature *signature = decl_signature(checker->sema, function);
  Type **known = arena_array(checker->arena, Type *, signature->type_param_count + 1);
  for (uint32_t i = 0; i < signature->type_param_count; i++) {
    known[i] = resolve(checker, args[i]);
    if (known[i]->kind == TYPE_ERROR) return error_of(checker);
    if (!known[i]->has_vars) continue;
    Diag *diag = diag_report(checker->context->diags, QZ0109, span, "the types of this call of %s are not known here",
                             text_of(checker, function->name));
    diag_help(checker->context->diags, diag, "write the types of the arguments");
    return error_of(checker);
  }
  TypeList *list = type_args_intern(checker->sema, known, signature->type_param_count);
  Instance *instance = instance_get(checker->sema, function, list, span);
  return instance ? instance_result(checker->sema, checker, instance) : error_of(checker);
}

Type *function_result(Checker *checker, Function *function, Type **args, Span span) {
  Signature *signature = decl_signature(checker->sema, function);
  if (!signature->result) return infer_result(checker, function, args, span);
  TypeList *list = type_args_intern(checker->sema, args, signature->type_param_count);
  return substitute(checker->sema, signature->result, list);
}

// ── Calls that syntax makes ─────────────────────────────────────────────────────────────────────────────────────
CallInfo *new_call(Checker *checker, CallKind kind, AstNode **args, uint32_t count) {
  CallInfo *call = arena_new(checker->arena, CallInfo);
  call->kind = kind;
  call->arg_count = count;
  call->args = arena_array(checker->arena, AstNode *, count + 1);
  for (uint32_t i = 0; i < count; i++) call->args[i] = args[i];
  return call;
}

// `function` with arguments that are typed already; a NULL argument has its type only.
static CallInfo *call_typed(Checker *checker, AstNode *node, const MethodMatch *found, AstNode **args, Type **types,
                            uint32_t count, Type **result) {
  Signature *signature = decl_signature(checker->sema, found->function);
  CallInfo *call = new_call(checker, CALL_FUNCTION, args, count);
  TypeList *list = type_args_intern(checker->sema, found->type_args, signature->type_param_count);
  if (signature->param_count != count) {
    diag_report(checker->context->diags, QZ0404, node->span, "%s must take %u parameters to be used here",
                text_of(checker, found->function->name), count);
    *result = error_of(checker);
    return call;
  }
  for (uint32_t i = 0; i < count; i++) {
    Type *param = substitute(checker->sema, signature->param_types[i], list);
    if (args[i]) coerce(checker, args[i], types[i], resolve_head(param)->kind == TYPE_BORROW && !i ? types[i] : param);
    else can_coerce(checker, types[i], param);
  }
  *result = function_result(checker, found->function, found->type_args, node->span);
  want_instance(checker, &call->instance, found->function, found->type_args, node->span);
  return call;
}

CallInfo *call_operator(Checker *checker, AstNode *node, Name method, AstNode **args, Type **types, uint32_t count,
                        Type **result) {
  MethodMatch found;
  if (!method_find(checker, types[0], method, false, &found)) {
    *result = error_of(checker);
    return NULL;
  }
  if (method_has_siblings(&found))
    method_choose(checker, types[0], type_args_intern(checker->sema, types + 1, count - 1), NULL, &found);
  return call_typed(checker, node, &found, args, types, count, result);
}

void want_method(Checker *checker, Instance **slot, Type *receiver, Name name, Span span) {
  MethodMatch found;
  if (method_find(checker, receiver, name, false, &found)) {
    want_instance(checker, slot, found.function, found.type_args, span);
  } else if (resolve_head(receiver)->kind != TYPE_ERROR) {
    diag_report(checker->context->diags, QZ0106, span, "%s has no method %s",
                type_text(checker->context, resolve(checker, receiver)), text_of(checker, name));
  }
}

static bool prelude_function(Checker *checker, const char *name, Span span, MethodMatch *out) {
  Symbol *symbol = map_get(&checker->sema->prelude_symbols, name_from(checker->context->names, name));
  if (!symbol || symbol->kind != SYMBOL_FUNCTION) {
    diag_report(checker->context->diags, QZ0100, span, "the prelude does not define %s", name);
    return false;
  }
  Signature *signature = decl_signature(checker->sema, symbol->function);
  *out =
      (MethodMatch){.function = symbol->function, .type_args = fresh_args(checker, signature->type_param_count, span)};
  return true;
}

void want_prelude(Checker *checker, Instance **slot, const char *name, Type *first_param, Span span) {
  MethodMatch found;
  if (!prelude_function(checker, name, span, &found)) return;
  Signature *signature = signature_of(found.function);
  TypeList *list = type_args_intern(checker->sema, found.type_args, signature->type_param_count);
  if (first_param && signature->param_count)
    can_coerce(checker, first_param, substitute(checker->sema, signature->param_types[0], list));
  want_instance(checker, slot, found.function, found.type_args, span);
}

// ── Values that are called ──────────────────────────────────────────────────────────────────────────────────────
static bool fill_simple(Checker *checker, AstNode *node, AstList *list, AstNode *block, const TypeList *params,
                        AstNode **out) {
  uint32_t given = AST_LIST_COUNT(list) + (block != NULL);
  if (given != params->count) {
    diag_report(checker->context->diags, QZ0105, node->span, "this takes %u argument%s, %u given", params->count,
                params->count == 1 ? "" : "s", given);
    return false;
  }
  for (uint32_t i = 0; i < params->count; i++) {
    AstNode *arg = i < AST_LIST_COUNT(list) ? list->items[i] : NULL;
    if (arg && (arg->arg.name || arg->arg.is_spread)) {
      diag_report(checker->context->diags, QZ0105, arg->span, "a function value takes plain arguments only");
      return false;
    }
    out[i] = arg ? arg->arg.value : block;
    check_value(checker, out[i], params->items[i]);
  }
  return true;
}

Type *call_closure(Checker *checker, AstNode *node, AstNode *callee, Type *type, AstList *list, AstNode *block) {
  AstNode **args = arena_array(checker->arena, AstNode *, type->fn.params->count + 1);
  if (!fill_simple(checker, node, list, block, type->fn.params, args)) return error_of(checker);
  CallInfo *call = new_call(checker, CALL_CLOSURE, args, type->fn.params->count);
  call->callee = callee;
  info_new(checker, node, INFO_CALL)->call = call;
  return type->fn.result;
}

static Type *call_op_call(Checker *checker, AstNode *node, AstNode *callee, Type *type, AstList *list, AstNode *block,
                          Type *expected) {
  MethodMatch found;
  if (!method_find(checker, type, NAME_op_call, false, &found)) {
    if (type->kind != TYPE_ERROR)
      diag_report(checker->context->diags, QZ0113, node->span, "a value of type %s cannot be called",
                  type_text(checker->context, resolve(checker, type)));
    return error_of(checker);
  }
  Arguments arguments = {.node = node, .receiver = callee, .list = list, .block = block};
  return call_function(checker, found.function, found.type_args, &arguments, expected);
}

// A callee whose type nothing has told yet: the call itself tells its shape.
static Type *guess_fn(Checker *checker, Type *var, AstList *list, Span span) {
  uint32_t count = AST_LIST_COUNT(list);
  Type *fn = type_fn(checker->types, fresh_args(checker, count, span), count, fresh(checker, span));
  unify(checker, var, fn);
  return fn;
}

static Type *call_value(Checker *checker, AstNode *node, AstNode *callee, AstList *list, AstNode *block,
                        Type *expected) {
  Type *type = resolve_head(check_expr(checker, callee, NULL));
  if (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
  if (type->kind == TYPE_VAR) type = guess_fn(checker, type, list, node->span);
  if (type->kind == TYPE_FN) return call_closure(checker, node, callee, type, list, block);
  return call_op_call(checker, node, callee, type, list, block, expected);
}

// ── Constructors ────────────────────────────────────────────────────────────────────────────────────────────────
static bool place_variant_arg(Checker *checker, const VariantInfo *variant, AstNode *arg, uint32_t *position,
                              AstNode **out) {
  const FieldList *fields = variant->fields;
  int at = arg->arg.name ? field_list_find(fields, arg->arg.name) : (int)(*position)++;
  if (at < 0 || (uint32_t)at >= fields->count || out[at] || arg->arg.is_spread) {
    diag_report(checker->context->diags, QZ0105, arg->span, "this argument does not fit the variant %s",
                text_of(checker, variant->name));
    return false;
  }
  out[at] = arg->arg.value;
  return true;
}

static bool variant_args(Checker *checker, AstNode *node, const VariantInfo *variant, AstList *list, AstNode **out) {
  uint32_t position = 0;
  for (AST_EACH(arg, list))
    if (!place_variant_arg(checker, variant, arg, &position, out)) return false;
  for (uint32_t i = 0; i < variant->fields->count; i++) {
    const FieldInfo *field = &variant->fields->items[i];
    AstNode *value = field->declaration ? field->declaration->field_decl.default_value : NULL;
    if (!out[i] && !value && resolve_head(field->type)->kind == TYPE_VOID)
      out[i] = ast_node(checker->arena, AST_BLOCK, node->span);  // Ok() of a Result<Void, E>
    if (out[i]) {
      check_value(checker, out[i], field->type);
    } else if (value) {
      out[i] = check_default(checker, checker->module, value, field->type);
    } else {
      diag_report(checker->context->diags, QZ0105, node->span, "%s takes %u argument%s, %u given",
                  text_of(checker, variant->name), variant->fields->count, variant->fields->count == 1 ? "" : "s",
                  AST_LIST_COUNT(list));
      return false;
    }
  }
  return true;
}

Type *call_variant(Checker *checker, AstNode *node, Type *type, const VariantInfo *variant, AstList *list,
                   Type *expected) {
  Type *want = expected ? resolve_head(expected) : NULL;
  if (want && want->kind == TYPE_ENUM) can_coerce(checker, type, want);
  AstNode **args = arena_array(checker->arena, AstNode *, variant->fields->count + 1);
  if (!variant_args(checker, node, variant, list, args)) return error_of(checker);
  CallInfo *call = new_call(checker, CALL_VARIANT, args, variant->fields->count);
  call->variant = variant->index;
  keep_type(checker, &call->type, type);
  info_new(checker, node, INFO_CALL)->call = call;
  return type;
}

static Type *call_newtype(Checker *checker, AstNode *node, Type *type, AstList *list) {
  const FieldList *fields = sema_fields(checker->sema->program, type);
  TypeList *params = type_args_intern(checker->sema, &fields->items[0].type, 1);
  AstNode *args[1];
  if (!fill_simple(checker, node, list, NULL, params, args)) return error_of(checker);
  CallInfo *call = new_call(checker, CALL_NEWTYPE, args, 1);
  keep_type(checker, &call->type, type);
  info_new(checker, node, INFO_CALL)->call = call;
  return type;
}

// `Counter(step: 2)` starts an actor.
static Type *call_actor(Checker *checker, AstNode *node, Type *type, Type *expected) {
  MethodMatch found;
  if (!method_find(checker, type, NAME_new, true, &found)) return error_of(checker);
  Arguments arguments = {.node = node, .list = node->call.args, .block = node->call.block};
  return call_function(checker, found.function, found.type_args, &arguments, expected);
}

static Type *call_type(Checker *checker, AstNode *node, Type *type, AstList *list, Type *expected) {
  Type *head = resolve_head(type);
  if (head->kind == TYPE_STRUCT && head->nominal.decl->is_actor) return call_actor(checker, node, head, expected);
  if (head->kind == TYPE_NEWTYPE) return call_newtype(checker, node, head, list);
  if (head->kind == TYPE_ERROR) return head;
  Diag *diag = diag_report(checker->context->diags, QZ0113, node->span, "%s is a type and cannot be called",
                           type_text(checker->context, resolve(checker, head)));
  if (head->kind == TYPE_STRUCT)
    diag_help(checker->context->diags, diag, "a struct is made with braces: `{ field: value }`");
  return head->kind == TYPE_STRUCT ? head : error_of(checker);
}

// ── f(…) ────────────────────────────────────────────────────────────────────────────────────────────────────────
void mark_type(Checker *checker, AstNode *node, Type *type) {
  info_new(checker, node, INFO_TYPE);
  set_type(checker, node, type);
}

void bind_explicit(Checker *checker, AstNode *node, Function *function, Type **type_args, AstList *given) {
  if (!given) return;
  Signature *signature = decl_signature(checker->sema, function);
  uint32_t own = AST_LIST_COUNT(function->node->function.type_params);
  if (given->count > own) {
    diag_report(checker->context->diags, QZ0127, node->span, "%s takes %u type argument%s, %u given",
                text_of(checker, function->name), own, own == 1 ? "" : "s", given->count);
    return;
  }
  for (uint32_t i = 0; i < given->count; i++)
    unify(checker, type_args[signature->outer_count + i], body_type(checker, given->items[i]));
}

static Type *call_named_function(Checker *checker, AstNode *node, AstNode *callee, Function *function,
                                 AstList *type_args, Type *expected) {
  Signature *signature = decl_signature(checker->sema, function);
  Type **args = fresh_args(checker, signature->type_param_count, node->span);
  bind_explicit(checker, callee, function, args, type_args);
  mark_type(checker, callee, basic(checker, TYPE_VOID));
  Arguments arguments = {.node = node, .list = node->call.args, .block = node->call.block};
  return call_function(checker, function, args, &arguments, expected);
}

static Type *call_symbol(Checker *checker, AstNode *node, AstNode *callee, Symbol *symbol, AstList *type_args,
                         Type *expected) {
  switch (symbol->kind) {
    case SYMBOL_FUNCTION: return call_named_function(checker, node, callee, symbol->function, type_args, expected);
    case SYMBOL_VARIANT: {
      Type *type = fresh_enum(checker, symbol->type, node->span);
      mark_type(checker, callee, basic(checker, TYPE_VOID));
      return call_variant(checker, node, type, variant_find(checker, type, symbol->name), node->call.args, expected);
    }
    case SYMBOL_TYPE: {
      Type *type = named_value_type(checker, callee);
      mark_type(checker, callee, basic(checker, TYPE_VOID));
      return type ? call_type(checker, node, type, node->call.args, expected) : error_of(checker);
    }
    case SYMBOL_GLOBAL: break;
  }
  return call_value(checker, node, callee, node->call.args, node->call.block, expected);
}

static Type *call_ident(Checker *checker, AstNode *node, AstNode *callee, AstList *type_args, Type *expected) {
  Name name = callee->ident.name;
  if (local_find(checker, callee, name))
    return call_value(checker, node, callee, node->call.args, node->call.block, expected);
  Type *want = expected ? resolve_head(expected) : NULL;
  const VariantInfo *variant = want && want->kind == TYPE_ENUM ? variant_find(checker, want, name) : NULL;
  if (variant) {
    mark_type(checker, callee, basic(checker, TYPE_VOID));
    return call_variant(checker, node, want, variant, node->call.args, expected);
  }
  Symbol *symbol = module_symbol(checker->sema, checker->module, callee, name, USE_ANY);
  if (symbol) return call_symbol(checker, node, callee, symbol, type_args, expected);
  Type *type = named_value_type(checker, callee);
  if (type) return call_type(checker, node, type, node->call.args, expected);
  return call_value(checker, node, callee, node->call.args, node->call.block, expected);
}

static Type *call_path(Checker *checker, AstNode *node, AstNode *callee, AstList *type_args, Type *expected) {
  AstNode *scope = callee->path.scope;
  Module *module = named_module(checker, scope);
  if (module) {
    mark_type(checker, scope, basic(checker, TYPE_VOID));
    Symbol *symbol =
        module_member(checker->sema, module, callee->path.name, checker->module, member_span(checker->context, callee));
    return symbol ? call_symbol(checker, node, callee, symbol, type_args, expected) : error_of(checker);
  }
  Type *type = named_value_type(checker, scope);
  Type *head = type ? resolve_head(type) : NULL;
  const VariantInfo *variant = head && head->kind == TYPE_ENUM ? variant_find(checker, head, callee->path.name) : NULL;
  if (!variant) return call_value(checker, node, callee, node->call.args, node->call.block, expected);
  mark_type(checker, scope, type);
  mark_type(checker, callee, basic(checker, TYPE_VOID));
  return call_variant(checker, node, head, variant, node->call.args, expected);
}

Type *check_call(Checker *checker, AstNode *node, Type *expected) {
  AstNode *callee = node->call.callee;
  AstList *type_args = NULL;
  if (callee->kind == AST_TYPE_APPLY) {
    Type *type = named_value_type(checker, callee);
    if (type) {
      mark_type(checker, callee, basic(checker, TYPE_VOID));
      return call_type(checker, node, type, node->call.args, expected);
    }
    mark_type(checker, callee, basic(checker, TYPE_VOID));
    type_args = callee->type_apply.args;
    callee = callee->type_apply.base;
  }
  if (callee->kind == AST_IDENT) return call_ident(checker, node, callee, type_args, expected);
  if (callee->kind == AST_PATH) return call_path(checker, node, callee, type_args, expected);
  return call_value(checker, node, callee, node->call.args, node->call.block, expected);
}

// ── a |> f(b) ───────────────────────────────────────────────────────────────────────────────────────────────────
static Function *piped_function(Checker *checker, AstNode *callee) {
  Symbol *symbol = NULL;
  if (callee->kind == AST_IDENT && !local_find(checker, callee, callee->ident.name))
    symbol = module_symbol(checker->sema, checker->module, callee, callee->ident.name, USE_ANY);
  else if (callee->kind == AST_PATH && named_module(checker, callee->path.scope))
    symbol = module_member(checker->sema, named_module(checker, callee->path.scope), callee->path.name, checker->module,
                           callee->span);
  return symbol && symbol->kind == SYMBOL_FUNCTION ? symbol->function : NULL;
}

static AstList *with_first(Checker *checker, AstNode *value, AstList *rest) {
  uint32_t count = AST_LIST_COUNT(rest);
  AstNode **items = arena_array(checker->arena, AstNode *, count + 1);
  AstNode *arg = ast_node(checker->arena, AST_ARG, value->span);
  arg->arg.value = value;
  items[0] = arg;
  for (uint32_t i = 0; i < count; i++) items[i + 1] = rest->items[i];
  return ast_list(checker->arena, items, count + 1);
}

Type *check_pipe(Checker *checker, AstNode *node, Type *expected) {
  AstNode *call = node->pipe.call, *value = node->pipe.value;
  bool is_call = call->kind == AST_CALL;
  AstNode *callee = is_call ? call->call.callee : call;
  AstList *list = is_call ? call->call.args : NULL;
  AstNode *block = is_call ? call->call.block : NULL;
  mark_type(checker, call, basic(checker, TYPE_VOID));
  Function *function = piped_function(checker, callee);
  if (!function) return call_value(checker, node, callee, with_first(checker, value, list), block, expected);
  mark_type(checker, callee, basic(checker, TYPE_VOID));
  Signature *signature = decl_signature(checker->sema, function);
  Type **args = fresh_args(checker, signature->type_param_count, node->span);
  Arguments arguments = {.node = node, .list = with_first(checker, value, list), .block = block};
  return call_function(checker, function, args, &arguments, expected);
}
