// Arguments to parameters: positional, named, defaults, variadic, trailing block. Type arguments are inferred from
// them.
#include "sema/call.h"

static Type *error_of(Checker *checker) { return basic(checker, TYPE_ERROR); }

static const char *text_of(Checker *checker, Name name) { return name_text(checker->context->names, name); }

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
  Diag *diag = wrong_arguments(at, arguments->node, "argument %s is missing",
                               text_of(checker, param_node(at, index)->param.name));
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
  Matching at = {.checker = checker,
                 .call = arguments->node,
                 .function = function,
                 .signature = decl_signature(checker->sema, function),
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
  *local =
      (Local){.name = param_node(at, index)->param.name, .span = param_node(at, index)->span, .owner = checker->lambda};
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

Type *call_function(Checker *checker, Function *function, Type **type_args, const Arguments *arguments,
                    Type *expected) {
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
  if (function->guards) guarded_want(checker, call);
  info_new(checker, node, INFO_CALL)->call = call;
  if (at.failed) return error_of(checker);
  Type *result = function_result(checker, function, type_args, node->span);
  if (expected && resolve_head(result)->kind == TYPE_VAR) can_coerce(checker, result, expected);
  want_instance(checker, &call->instance, function, type_args, node->span);
  return resolve(checker, result);
}

bool arguments_are_plain(const Arguments *arguments) {
  for (AST_EACH(arg, arguments->list))
    if (arg->arg.name || arg->arg.is_spread || is_lambda(arg->arg.value)) return false;
  return !arguments->block;
}
