// Calls: arguments are matched to parameters (positional, named, defaults, variadic, trailing block), type arguments
// inferred from them, and the function chosen: by name, by method, by type, or as a value.
#include "sema/internal.h"

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
static CallInfo *new_call(Checker *checker, CallKind kind, AstNode **args, uint32_t count) {
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

bool prelude_function(Checker *checker, const char *name, Span span, MethodMatch *out) {
  Symbol *symbol = map_get(&checker->sema->prelude_symbols, name_from(checker->context->names, name));
  if (!symbol || symbol->kind != SYMBOL_FUNCTION) {
    diag_report(checker->context->diags, QZ0100, span, "the prelude does not define %s", name);
    return false;
  }
  Signature *signature = decl_signature(checker->sema, symbol->function);
  *out = (MethodMatch){.function = symbol->function, .type_args = fresh_args(checker, signature->type_param_count, span)};
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

// ── Arguments to parameters ─────────────────────────────────────────────────────────────────────────────────────
typedef struct Arguments {
  AstNode *node;      // the call, for messages
  AstNode *receiver;  // typed already; argument 0, or NULL
  AstList *list;
  AstNode *block;
  bool is_typed;      // the arguments in `list` too
} Arguments;

typedef struct Matching {
  Checker *checker;
  AstNode *call;
  Function *function;
  Signature *signature;
  AstList *params;
  AstNode **slots;      // one a parameter
  Local **locals;       // of parameters that the default of a later one reads
  Scope *scope;         // holds those locals; NULL: there are none
  VEC(AstNode *) rest;  // of the variadic parameter, or the tail of an extern "C" variadic
  uint32_t next;        // position
  bool has_stray;       // an argument has no parameter: it may be meant for any that is missing
  bool failed;
} Matching;

static AstNode *param_node(const Matching *at, uint32_t index) { return at->params->items[index]; }

static Diag *wrong_arguments(Matching *at, AstNode *node, const char *format, const char *name) {
  at->failed = true;
  Diag *diag = diag_report(at->checker->context->diags, QZ0105, node->span, format, name);
  Context *context = at->checker->context;
  Span declared = name_span(context, at->function->node->span, at->function->name);
  diag_note(context->diags, diag, declared, "%s is defined here", text_of(at->checker, at->function->name));
  return diag;
}

static void missing_argument(Matching *at, uint32_t index, const Arguments *arguments) {
  Checker *checker = at->checker;
  Diag *diag = wrong_arguments(at, arguments->node, "argument %s is missing", text_of(checker, param_node(at, index)->param.name));
  bool is_bare = arguments->receiver && !AST_LIST_COUNT(arguments->list) && !arguments->block;
  const char *habit = is_bare ? method_habit(checker, arguments->receiver->type, at->function->name) : NULL;
  if (habit) diag_help(checker->context->diags, diag, "did you mean `%s`?", habit);
}

static void match_named(Matching *at, AstNode *arg) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(at->params); i++) {
    if (param_node(at, i)->param.name != arg->arg.name) continue;
    if (at->slots[i]) wrong_arguments(at, arg, "argument %s is given twice", text_of(at->checker, arg->arg.name));
    at->slots[i] = arg->arg.value;
    return;
  }
  at->has_stray = true;
  wrong_arguments(at, arg, "there is no parameter %s", text_of(at->checker, arg->arg.name));
}

static AstNode *spread_of(Checker *checker, AstNode *arg) {
  if (!arg->arg.is_spread) return arg->arg.value;
  AstNode *spread = ast_node(checker->arena, AST_SPREAD, arg->span);
  spread->spread.value = arg->arg.value;
  return spread;
}

static void match_positional(Matching *at, AstNode *arg) {
  uint32_t count = AST_LIST_COUNT(at->params);
  while (at->next < count && at->slots[at->next] && !param_node(at, at->next)->param.is_variadic) at->next++;
  bool is_rest = at->next < count ? param_node(at, at->next)->param.is_variadic : at->function->is_variadic;
  if (is_rest) {
    vec_push(at->checker->arena, &at->rest, spread_of(at->checker, arg));
  } else if (at->next == count) {
    if (!at->has_stray) wrong_arguments(at, arg, "too many arguments for %s", text_of(at->checker, at->function->name));
    at->has_stray = true;
  } else if (arg->arg.is_spread) {
    wrong_arguments(at, arg, "%s takes no variable number of arguments", text_of(at->checker, at->function->name));
  } else {
    at->slots[at->next++] = arg->arg.value;
  }
}

// A trailing block is the last parameter that nothing else was given for.
static void match_block(Matching *at, AstNode *block) {
  for (uint32_t i = AST_LIST_COUNT(at->params); i-- > 0;) {
    if (at->slots[i]) continue;
    at->slots[i] = block;
    return;
  }
  wrong_arguments(at, block, "%s takes no block", text_of(at->checker, at->function->name));
}

static void match_rest(Matching *at, AstNode *node) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(at->params); i++) {
    if (!param_node(at, i)->param.is_variadic || at->slots[i]) continue;
    AstNode *array = ast_node(at->checker->arena, AST_ARRAY_LIT, node->span);
    array->array_lit.elements = ast_list(at->checker->arena, at->rest.data, at->rest.size);
    at->slots[i] = array;
  }
}

// The receiver, the arguments as written, the block, then what defaults give.
static uint32_t *written_order(const Matching *at, const Arguments *arguments) {
  bool has_names = false;
  for (AST_EACH(arg, arguments->list)) has_names |= arg->arg.name != NAME_NONE;
  if (!has_names) return NULL;
  uint32_t count = AST_LIST_COUNT(at->params), size = 0;
  uint32_t *order = arena_array(at->checker->arena, uint32_t, count + 1);
  bool *taken = arena_array(at->checker->arena, bool, count + 1);
  if (arguments->receiver && count) order[size++] = 0, taken[0] = true;
  for (AST_EACH(arg, arguments->list))
    for (uint32_t i = 0; i < count; i++)
      if (at->slots[i] == arg->arg.value && !taken[i]) order[size++] = i, taken[i] = true;
  for (uint32_t i = 0; i < count; i++)
    if (at->slots[i] && !taken[i]) order[size++] = i, taken[i] = true;
  for (uint32_t i = 0; i < count; i++)
    if (!taken[i]) order[size++] = i;
  return order;
}

static Matching match_arguments(Checker *checker, Function *function, const Arguments *arguments) {
  Matching at = {.checker = checker, .call = arguments->node, .function = function, .signature = decl_signature(checker->sema, function),
                 .params = function->node->function.params};
  at.slots = arena_array(checker->arena, AstNode *, AST_LIST_COUNT(at.params) + 1);
  if (arguments->receiver && AST_LIST_COUNT(at.params)) at.slots[at.next++] = arguments->receiver;
  for (AST_EACH(arg, arguments->list)) {
    if (arg->arg.name) match_named(&at, arg);
    else match_positional(&at, arg);
  }
  if (arguments->block) match_block(&at, arguments->block);
  match_rest(&at, arguments->node);
  return at;
}

// Checks a copy of a default with the names of the module that declares it.
static AstNode *check_default_in(Checker *checker, Module *module, Scope *scope, AstNode *copy, Type *type) {
  Module *own_module = checker->module;
  Scope *own_scope = checker->scope;
  checker->module = module;
  checker->scope = scope;
  scope_push(checker);
  check_value(checker, copy, type);
  checker->module = own_module;
  checker->scope = own_scope;
  return copy;
}

// A default is evaluated at each call.
AstNode *check_default(Checker *checker, Module *module, AstNode *value, Type *type) {
  return check_default_in(checker, module, NULL, ast_copy(checker->arena, value), type);
}

// `def f(a: Int, b: Int = a * 2)`: the default of b reads a, whose value the call keeps in a local.
static void keep_argument(Matching *at, uint32_t index, TypeList *args) {
  Checker *checker = at->checker;
  if (!at->scope) {
    at->scope = arena_new(checker->arena, Scope);
    at->scope->lambda = checker->lambda;
    at->locals = arena_array(checker->arena, Local *, at->signature->param_count + 1);
  }
  if (at->locals[index]) return;
  Local *local = arena_new(checker->arena, Local);
  *local = (Local){.name = param_node(at, index)->param.name, .span = param_node(at, index)->span, .owner = checker->lambda};
  Type *type = resolve(checker, substitute(checker->sema, at->signature->param_types[index], args));
  keep_type(checker, &local->type, type->kind == TYPE_BORROW ? type->borrow.inner : type);
  scope_add(checker, at->scope, local);
  vec_push(checker->arena, &checker->instance->locals, local);
  at->locals[index] = local;
}

typedef struct DefaultUses {
  Matching *at;
  uint32_t before;
  TypeList *args;
} DefaultUses;

static void find_uses(AstNode *node, void *data) {
  const DefaultUses *uses = data;
  for (uint32_t i = 0; node->kind == AST_IDENT && i < uses->before; i++)
    if (param_node(uses->at, i)->param.name == node->ident.name) keep_argument(uses->at, i, uses->args);
  ast_children(node, find_uses, data);
}

// `line: Int = $line`: the place of the call, not of the declaration.
typedef struct CallPlace {
  Checker *checker;
  Location location;
} CallPlace;

static void use_call_place(AstNode *node, void *data) {
  const CallPlace *place = data;
  const Source *source = place->location.source;
  const Expansion *expansion = &place->checker->sema->expansions.items.data[node->expansion];
  bool is_builtin = node->expansion && expansion->kind == EXPANSION_BUILTIN;
  if (is_builtin && expansion->macro == NAME_line) node->int_lit.value = place->location.line;
  if (is_builtin && expansion->macro == NAME_file && source)
    node->string_lit.text = name_from(place->checker->context->names, source->path);
  ast_children(node, use_call_place, data);
}

static Location location_of_call(const Matching *at) {
  const Checker *checker = at->checker;
  Span site = expansion_site(&checker->sema->expansions, at->call->expansion, at->call->span);
  return source_locate(checker->context->sources, site.start);
}

static AstNode *default_argument(Matching *at, uint32_t index, AstNode *value, Type *type, TypeList *args) {
  Checker *checker = at->checker;
  AstNode *copy = ast_copy(checker->arena, value);
  use_call_place(copy, &(CallPlace){checker, location_of_call(at)});
  find_uses(copy, &(DefaultUses){at, index, args});
  return check_default_in(checker, at->function->module, at->scope, copy, type);
}

static bool is_lambda(const AstNode *node) { return node && node->kind == AST_LAMBDA; }

// A receiver that is passed as `&mut` must be a place that may change; but a method changes what is in an object, not
// which object it is called on.
static void check_receiver(Checker *checker, AstNode *receiver, Type *param, bool is_self) {
  Type *want = resolve_head(param);
  if (want->kind == TYPE_BORROW) {
    unify(checker, receiver->type, want->borrow.inner);
    bool is_object = is_self && type_is_object(resolve_head(want->borrow.inner));
    if (want->borrow.is_mutable && !is_object)
      require_mutable(checker, receiver, "this method changes its receiver, but");
    return;
  }
  coerce(checker, receiver, receiver->type, param);
}

static void check_slot(Matching *at, uint32_t index, TypeList *args, const Arguments *arguments) {
  Checker *checker = at->checker;
  AstNode *slot = at->slots[index];
  Type *param = resolve(checker, substitute(checker->sema, at->signature->param_types[index], args));
  if (!slot) {
    AstNode *value = param_node(at, index)->param.default_value;
    if (value) at->slots[index] = default_argument(at, index, value, param, args);
    else if (!at->has_stray) missing_argument(at, index, arguments);
  } else if (slot == arguments->receiver) {
    check_receiver(checker, slot, param, param_node(at, index)->param.name == NAME_self);
  } else if (arguments->is_typed) {
    coerce(checker, slot, slot->type, param);
  } else {
    check_value(checker, slot, param);
  }
}

// Lambdas last: their parameter types often follow from the other arguments.
static void check_slots(Matching *at, TypeList *args, const Arguments *arguments) {
  uint32_t count = at->signature->param_count;
  for (uint32_t i = 0; i < count; i++)
    if (!is_lambda(at->slots[i])) check_slot(at, i, args, arguments);
  infer_from_bounds(at->checker, &at->signature->bounds, args);
  for (uint32_t i = 0; i < count; i++)
    if (is_lambda(at->slots[i])) check_slot(at, i, args, arguments);
  infer_from_bounds(at->checker, &at->signature->bounds, args);
}

// The tail of a C variadic call: checked by itself, passed as C would.
static void append_c_rest(Matching *at, CallInfo *call) {
  if (!at->function->is_variadic) return;
  AstNode **all = arena_array(at->checker->arena, AstNode *, call->arg_count + at->rest.size + 1);
  for (uint32_t i = 0; i < call->arg_count; i++) all[i] = call->args[i];
  for (uint32_t i = 0; i < at->rest.size; i++) {
    check_expr(at->checker, at->rest.data[i], NULL);
    all[call->arg_count + i] = at->rest.data[i];
  }
  call->args = all;
  call->arg_count += at->rest.size;
}

// What is wanted of the result often decides type arguments that no argument does (`Vec.new()`, `None`). A bare type
// parameter waits for the arguments: the result may still be widened.
static void use_expected(Checker *checker, Type *result, Type *expected) {
  if (!expected || !result || !result->has_vars) return;
  Type *want = resolve_head(expected);
  if (resolve_head(result)->kind == TYPE_VAR || want->kind == TYPE_VOID || want->kind == TYPE_VAR) return;
  can_coerce(checker, result, want);
}

static Type *call_function(Checker *checker, Function *function, Type **type_args, const Arguments *arguments, Type *expected) {
  Signature *signature = decl_signature(checker->sema, function);
  AstNode *node = arguments->node;
  Matching at = match_arguments(checker, function, arguments);
  uint32_t *order = written_order(&at, arguments);
  TypeList *args = type_args_intern(checker->sema, type_args, signature->type_param_count);
  if (signature->result) use_expected(checker, substitute(checker->sema, signature->result, args), expected);
  check_slots(&at, args, arguments);
  CallInfo *call = new_call(checker, CALL_FUNCTION, at.slots, signature->param_count);
  call->must_use = function->is_must_use;
  call->order = order;
  call->arg_locals = at.locals;
  append_c_rest(&at, call);
  info_new(checker, node, INFO_CALL)->call = call;
  if (at.failed) return error_of(checker);
  Type *result = function_result(checker, function, type_args, node->span);
  if (expected && resolve_head(result)->kind == TYPE_VAR) can_coerce(checker, result, expected);
  want_instance(checker, &call->instance, function, type_args, node->span);
  return resolve(checker, result);
}

// ── Values that are called ──────────────────────────────────────────────────────────────────────────────────────
static bool fill_simple(Checker *checker, AstNode *node, AstList *list, AstNode *block, const TypeList *params, AstNode **out) {
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

static Type *call_closure(Checker *checker, AstNode *node, AstNode *callee, Type *type, AstList *list, AstNode *block) {
  AstNode **args = arena_array(checker->arena, AstNode *, type->fn.params->count + 1);
  if (!fill_simple(checker, node, list, block, type->fn.params, args)) return error_of(checker);
  CallInfo *call = new_call(checker, CALL_CLOSURE, args, type->fn.params->count);
  call->callee = callee;
  info_new(checker, node, INFO_CALL)->call = call;
  return type->fn.result;
}

static Type *call_op_call(Checker *checker, AstNode *node, AstNode *callee, Type *type, AstList *list, AstNode *block, Type *expected) {
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

static Type *call_value(Checker *checker, AstNode *node, AstNode *callee, AstList *list, AstNode *block, Type *expected) {
  Type *type = resolve_head(check_expr(checker, callee, NULL));
  if (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
  if (type->kind == TYPE_VAR) type = guess_fn(checker, type, list, node->span);
  if (type->kind == TYPE_FN) return call_closure(checker, node, callee, type, list, block);
  return call_op_call(checker, node, callee, type, list, block, expected);
}

// ── Constructors ────────────────────────────────────────────────────────────────────────────────────────────────
static bool place_variant_arg(Checker *checker, const VariantInfo *variant, AstNode *arg, uint32_t *position, AstNode **out) {
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

static Type *call_variant(Checker *checker, AstNode *node, Type *type, const VariantInfo *variant, AstList *list, Type *expected) {
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

static Type *call_type(Checker *checker, AstNode *node, Type *type, AstList *list) {
  Type *head = resolve_head(type);
  if (head->kind == TYPE_NEWTYPE) return call_newtype(checker, node, head, list);
  if (head->kind == TYPE_ERROR) return head;
  Diag *diag = diag_report(checker->context->diags, QZ0113, node->span, "%s is a type and cannot be called",
                           type_text(checker->context, resolve(checker, head)));
  if (head->kind == TYPE_STRUCT) diag_help(checker->context->diags, diag, "a struct is made with braces: `{ field: value }`");
  return head->kind == TYPE_STRUCT ? head : error_of(checker);
}

// ── f(…) ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void mark_type(Checker *checker, AstNode *node, Type *type) {
  info_new(checker, node, INFO_TYPE);
  set_type(checker, node, type);
}

// Explicit type arguments are the function's own; those of its impl or trait follow from the receiver.
static void bind_explicit(Checker *checker, AstNode *node, Function *function, Type **type_args, AstList *given) {
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

static Type *call_named_function(Checker *checker, AstNode *node, AstNode *callee, Function *function, AstList *type_args, Type *expected) {
  Signature *signature = decl_signature(checker->sema, function);
  Type **args = fresh_args(checker, signature->type_param_count, node->span);
  bind_explicit(checker, callee, function, args, type_args);
  mark_type(checker, callee, basic(checker, TYPE_VOID));
  Arguments arguments = {.node = node, .list = node->call.args, .block = node->call.block};
  return call_function(checker, function, args, &arguments, expected);
}

static Type *call_symbol(Checker *checker, AstNode *node, AstNode *callee, Symbol *symbol, AstList *type_args, Type *expected) {
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
      return type ? call_type(checker, node, type, node->call.args) : error_of(checker);
    }
    case SYMBOL_GLOBAL: break;
  }
  return call_value(checker, node, callee, node->call.args, node->call.block, expected);
}

static Type *call_ident(Checker *checker, AstNode *node, AstNode *callee, AstList *type_args, Type *expected) {
  Name name = callee->ident.name;
  if (local_find(checker, callee, name)) return call_value(checker, node, callee, node->call.args, node->call.block, expected);
  Type *want = expected ? resolve_head(expected) : NULL;
  const VariantInfo *variant = want && want->kind == TYPE_ENUM ? variant_find(checker, want, name) : NULL;
  if (variant) {
    mark_type(checker, callee, basic(checker, TYPE_VOID));
    return call_variant(checker, node, want, variant, node->call.args, expected);
  }
  Symbol *symbol = module_symbol(checker->sema, checker->module, callee, name, USE_ANY);
  if (symbol) return call_symbol(checker, node, callee, symbol, type_args, expected);
  Type *type = named_value_type(checker, callee);
  if (type) return call_type(checker, node, type, node->call.args);
  return call_value(checker, node, callee, node->call.args, node->call.block, expected);
}

static Type *call_path(Checker *checker, AstNode *node, AstNode *callee, AstList *type_args, Type *expected) {
  AstNode *scope = callee->path.scope;
  Module *module = named_module(checker, scope);
  if (module) {
    mark_type(checker, scope, basic(checker, TYPE_VOID));
    Symbol *symbol = module_member(checker->sema, module, callee->path.name, checker->module, member_span(checker->context, callee));
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
      return call_type(checker, node, type, node->call.args);
    }
    mark_type(checker, callee, basic(checker, TYPE_VOID));
    type_args = callee->type_apply.args;
    callee = callee->type_apply.base;
  }
  if (callee->kind == AST_IDENT) return call_ident(checker, node, callee, type_args, expected);
  if (callee->kind == AST_PATH) return call_path(checker, node, callee, type_args, expected);
  return call_value(checker, node, callee, node->call.args, node->call.block, expected);
}

// ── One trait with different arguments ──────────────────────────────────────────────────────────────────────────
// Can the types of the arguments be known before the function is? Not those of lambdas.
static bool are_plain(const Arguments *arguments) {
  for (AST_EACH(arg, arguments->list))
    if (arg->arg.name || arg->arg.is_spread || is_lambda(arg->arg.value)) return false;
  return !arguments->block;
}

// `E.from(x)` where E has a From<A> and a From<B>: x decides.
static void choose_method(Checker *checker, Type *receiver, Arguments *arguments, Type *expected, MethodMatch *found) {
  if (!method_has_siblings(found) || signature_of(found->function)->is_variadic || !are_plain(arguments)) return;
  Type **types = arena_array(checker->arena, Type *, AST_LIST_COUNT(arguments->list) + 1);
  uint32_t count = 0;
  for (AST_EACH(arg, arguments->list)) types[count++] = check_expr(checker, arg->arg.value, NULL);
  arguments->is_typed = true;
  method_choose(checker, receiver, type_args_intern(checker->sema, types, count), expected, found);
}

// ── x.f(…) ──────────────────────────────────────────────────────────────────────────────────────────────────────
static Type *unknown_method(Checker *checker, AstNode *node, Type *receiver) {
  Name name = node->method_call.name;
  if (receiver->kind == TYPE_ERROR) return receiver;
  if (receiver->kind == TYPE_VAR) {
    Diag *diag = diag_report(checker->context->diags, QZ0109, node->method_call.receiver->span,
                             "the type of this is not known where %s is called on it", text_of(checker, name));
    help_annotate(checker, diag, node->method_call.receiver);
    return error_of(checker);
  }
  Diag *diag = diag_report(checker->context->diags, QZ0106, member_span(checker->context, node), "%s has no method %s",
                           type_text(checker->context, resolve(checker, receiver)), text_of(checker, name));
  const char *similar = method_suggest(checker, receiver, name);
  if (similar) diag_help(checker->context->diags, diag, "did you mean `%s`?", similar);
  return error_of(checker);
}

static void report_rivals(Checker *checker, AstNode *node, const MethodMatch *found) {
  DiagList *diags = checker->context->diags;
  Diag *diag = diag_report(diags, QZ0403, node->span, "two methods %s of this type fit this call",
                           text_of(checker, found->function->name));
  diag_note(diags, diag, found->function->node->span, "one here");
  diag_note(diags, diag, found->rival->node->span, "the other here");
  diag_help(diags, diag, "define %s in one of the type's impls", text_of(checker, found->function->name));
}

// May this method be called here, and is it the only one?
static void check_choice(Checker *checker, AstNode *node, const MethodMatch *found) {
  if (found->rival) report_rivals(checker, node, found);
  if (!found->function->node->function.is_private || found->function->module == checker->module) return;
  Diag *diag = diag_report(checker->context->diags, QZ0203, member_span(checker->context, node), "%s is private to its module",
                           text_of(checker, found->function->name));
  diag_note(checker->context->diags, diag, found->function->node->span, "declared here");
}

static Type *call_static(Checker *checker, AstNode *node, Type *type, Type *expected) {
  AstNode *receiver = node->method_call.receiver;
  MethodMatch found;
  mark_type(checker, receiver, type);
  if (!method_find(checker, type, node->method_call.name, true, &found)) {
    const VariantInfo *variant = resolve_head(type)->kind == TYPE_ENUM ? variant_find(checker, type, node->method_call.name) : NULL;
    if (variant) return call_variant(checker, node, type, variant, node->method_call.args, expected);
    return unknown_method(checker, node, resolve_head(type));
  }
  Arguments arguments = {.node = node, .list = node->method_call.args, .block = node->method_call.block};
  choose_method(checker, type, &arguments, expected, &found);
  check_choice(checker, node, &found);
  bind_explicit(checker, node, found.function, found.type_args, node->method_call.type_args);
  return call_function(checker, found.function, found.type_args, &arguments, expected);
}

static Type *field_of_fn_type(Checker *checker, Type *receiver, Name name, uint32_t *index) {
  if (receiver->kind != TYPE_STRUCT && receiver->kind != TYPE_RECORD) return NULL;
  const FieldList *fields = sema_fields(checker->sema->program, resolve(checker, receiver));
  int at = field_list_find(fields, name);
  if (at < 0) return NULL;
  *index = (uint32_t)at;
  Type *type = resolve_head(fields->items[at].type);
  return type->kind == TYPE_FN ? type : NULL;
}

// x.callback(…), where callback is a field that holds a function.
static Type *call_field(Checker *checker, AstNode *node, Type *type, uint32_t index) {
  AstNode *field = ast_node(checker->arena, AST_FIELD, node->span);
  field->field.object = node->method_call.receiver;
  field->field.name = node->method_call.name;
  info_new(checker, field, INFO_FIELD)->index = index;
  set_type(checker, field, type);
  return call_closure(checker, node, field, type, node->method_call.args, node->method_call.block);
}

static Type *call_ufcs(Checker *checker, AstNode *node, Function *function, Type *expected) {
  Signature *signature = decl_signature(checker->sema, function);
  Type **args = fresh_args(checker, signature->type_param_count, node->span);
  bind_explicit(checker, node, function, args, node->method_call.type_args);
  Arguments arguments = {.node = node, .receiver = node->method_call.receiver, .list = node->method_call.args,
                         .block = node->method_call.block};
  return call_function(checker, function, args, &arguments, expected);
}

Type *check_method_call(Checker *checker, AstNode *node, Type *expected) {
  AstNode *receiver = node->method_call.receiver;
  Name name = node->method_call.name;
  Type *named = named_value_type(checker, receiver);
  if (named) return call_static(checker, node, named, expected);
  Type *type = resolve_head(check_expr(checker, receiver, NULL));
  if (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
  MethodMatch found;
  if (method_find(checker, type, name, false, &found)) {
    Arguments arguments = {.node = node, .receiver = receiver, .list = node->method_call.args,
                           .block = node->method_call.block};
    choose_method(checker, type, &arguments, expected, &found);
    check_choice(checker, node, &found);
    bind_explicit(checker, node, found.function, found.type_args, node->method_call.type_args);
    return call_function(checker, found.function, found.type_args, &arguments, expected);
  }
  uint32_t index;
  Type *fn = field_of_fn_type(checker, type, name, &index);
  if (fn) return call_field(checker, node, fn, index);
  Symbol *symbol = module_symbol(checker->sema, checker->module, node, name, USE_ANY);
  if (symbol && symbol->kind == SYMBOL_FUNCTION && type->kind != TYPE_ERROR)
    return call_ufcs(checker, node, symbol->function, expected);
  return unknown_method(checker, node, type);
}

// ── a |> f(b) ───────────────────────────────────────────────────────────────────────────────────────────────────
static Function *piped_function(Checker *checker, AstNode *callee) {
  Symbol *symbol = NULL;
  if (callee->kind == AST_IDENT && !local_find(checker, callee, callee->ident.name))
    symbol = module_symbol(checker->sema, checker->module, callee, callee->ident.name, USE_ANY);
  else if (callee->kind == AST_PATH && named_module(checker, callee->path.scope))
    symbol = module_member(checker->sema, named_module(checker, callee->path.scope), callee->path.name, checker->module, callee->span);
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
