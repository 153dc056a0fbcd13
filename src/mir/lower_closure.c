// Function values. A lambda that captures becomes a function whose first parameter is its environment: the closure
// object, with the code first and then what it captured. Any other function value is a constant: the function itself,
// or a thunk where what is called is no Quartz function (variants, newtypes, intrinsics, C functions).
#include "mir/lower_internal.h"

// A lambda that runs under a lock has values of its own of what it captured (std/core/sync.qz), but for plain data.
static Instance *crossing_of(Lowering *lowering, const Lambda *lambda, uint32_t i) {
  bool is_own = lambda->crossings && lower_is_managed(lowering, lambda->captures.data[i]->type);
  return is_own ? lambda->crossings[i] : NULL;
}

static bool has_own(Lowering *lowering, const Lambda *lambda, const Local *local) {
  for (uint32_t i = 0; i < lambda->captures.size; i++)
    if (lambda->captures.data[i] == local) return crossing_of(lowering, lambda, i) != NULL;
  return false;
}

// Does the lambda share the variable with the code around it? Not if one in between has its own.
static bool takes_cell(Lowering *lowering, const Lambda *lambda, const Local *local) {
  if (!local_in_cell(local)) return false;
  for (const Lambda *outer = lambda->parent; outer && outer != local->owner; outer = outer->parent)
    if (has_own(lowering, outer, local)) return false;
  return true;
}

static bool *cells_of(Lowering *lowering, const Lambda *lambda, Type **types) {
  bool *in_cell = arena_array(lowering->arena, bool, lambda->captures.size);
  for (uint32_t i = 0; i < lambda->captures.size; i++) {
    types[i] = lower_captured_type(lambda->captures.data[i]);
    in_cell[i] = takes_cell(lowering, lambda, lambda->captures.data[i]);
  }
  return in_cell;
}

static MirType *environment(Lowering *lowering, const Lambda *lambda, Name symbol) {
  Text name = {.arena = lowering->arena};
  text_printf(&name, "closure of %s", name_text(lowering->context->names, symbol));
  Type **types = arena_array(lowering->arena, Type *, lambda->captures.size);
  bool *in_cell = cells_of(lowering, lambda, types);
  MirType *object = lower_closure_object(lowering, name_from(lowering->context->names, text_str(&name)), types,
                                         in_cell, lambda->captures.size);
  object->is_bound = lambda->is_bound;
  return mir_type_ref(lowering->types, object);
}

static MirLocalId add_param(Lowering *lowering, MirFunction *function, MirType *type, Name name, Span span) {
  return mir_local_new(lowering->module, function, MIR_LOCAL_PARAM, type, name, span);
}

MirFunction *lower_lambda_function(LowerFn *fn, Lambda *lambda) {
  Lowering *lowering = fn->lowering;
  MirFunction *function = map_get(&lowering->lambdas, map_key(lambda));
  if (function) return function;
  Name symbol = lower_symbol(lowering, fn->function->symbol, "$lambda");
  Name display = lower_symbol(lowering, fn->function->display, ".lambda");
  MirType *result = lower_type(lowering, lambda->result);
  function = mir_function_new(lowering->module, symbol, display, result, lambda->node->span);
  function->is_noreturn = result->kind == MIR_TYPE_NEVER;
  function->is_bound = lambda->is_bound;
  Name env = name_from(lowering->context->names, "env");
  if (lambda->captures.size)
    add_param(lowering, function, environment(lowering, lambda, symbol), env, lambda->node->span);
  for (uint32_t i = 0; i < lambda->param_count; i++)
    add_param(lowering, function, lower_type(lowering, lambda->params[i]->type), lambda->params[i]->name,
              lambda->params[i]->span);
  map_put(lowering->arena, &lowering->lambdas, map_key(lambda), function);
  vec_push(lowering->arena, &lowering->jobs, (LowerJob){.kind = JOB_LAMBDA, .function = function, .lambda = lambda});
  return function;
}

MirOperand lower_lambda(LowerFn *fn, AstNode *node) {
  Lambda *lambda = node->info->lambda;
  MirFunction *function = lower_lambda_function(fn, lambda);
  MirType *type = lower_type(fn->lowering, node->type);
  uint32_t count = lambda->captures.size;
  if (!count) return (MirOperand){.kind = MIR_OPERAND_FUNCTION, .type = type, .function = function};
  MirOperand *captured = arena_array(fn->module->arena, MirOperand, count);
  for (uint32_t i = 0; i < count; i++) {
    Local *local = lambda->captures.data[i];
    captured[i] = lower_captured(fn, local, takes_cell(fn->lowering, lambda, local), node->span);
  }
  for (uint32_t i = 0; i < count; i++) captured[i] = lower_consume(fn, captured[i]);
  MirStmt *stmt = lower_many(fn, MIR_OP_CLOSURE, type, captured, count, node->span);
  stmt->callee = function;
  stmt->type = lower_object(function->locals.data[1].type);
  return lower_result(fn, stmt);
}

// ── Bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────
enum { ENV_LOCAL = 1 };

static void bind_param_patterns(LowerFn *fn, const Lambda *lambda, MirLocalId param_local) {
  for (AST_EACH(param, lambda->node->lambda.params)) {
    AstNode *pattern = param->param.pattern;
    LowerPlace place = {mir_place_local(fn->function, param_local++), PLACE_FIXED};
    if (pattern) lower_destructure(fn, pattern, place, pattern->type, fn->cleanups.size);
  }
}

void lower_lambda_body(Lowering *lowering, const LowerJob *job) {
  const Lambda *lambda = job->lambda;
  LowerFn fn = lower_fn_new(lowering, job->function, lambda->result);
  lower_start(&fn, lower_block_new(&fn));
  for (uint32_t i = 0; i < lambda->captures.size; i++) {
    MirPlace env = mir_place_deref(lowering->module, mir_place_local(job->function, ENV_LOCAL));
    Local *local = lambda->captures.data[i];
    lower_capture(&fn, local, mir_place_field(lowering->module, env, i + 1), takes_cell(lowering, lambda, local));
    Instance *crossing = crossing_of(lowering, lambda, i);
    if (crossing) lower_take_along(&fn, local, crossing);
  }
  MirLocalId first = lambda->captures.size ? ENV_LOCAL + 1 : ENV_LOCAL;
  for (uint32_t i = 0; i < lambda->param_count; i++) lower_declare_param(&fn, lambda->params[i], first + i);
  bind_param_patterns(&fn, lambda, first);
  AstNode *body = lambda->node->lambda.body;
  MirOperand value = lower_expr(&fn, body, lambda->result);
  if (!lower_is_dead(&fn)) lower_return_operand(&fn, value, body->span);
  lower_prune(lowering->module, job->function);
}

// ── Thunks ──────────────────────────────────────────────────────────────────────────────────────────────────────
static MirFunction *thunk_new(Lowering *lowering, Name symbol, Name display, MirType *result, Span span) {
  return mir_function_new(lowering->module, lower_symbol(lowering, symbol, "$value"), display, result, span);
}

MirFunction *lower_function_thunk(Lowering *lowering, Instance *instance) {
  MirFunction *thunk = map_get(&lowering->function_thunks, map_key(instance));
  if (thunk) return thunk;
  MirType *result = lower_type(lowering, instance->result);
  thunk = thunk_new(lowering, instance->symbol, instance->display, result, instance->span);
  thunk->is_noreturn = result->kind == MIR_TYPE_NEVER;
  for (uint32_t i = 0; i < instance->param_count; i++)
    add_param(lowering, thunk, lower_type(lowering, instance->params[i]->type), instance->params[i]->name,
              instance->params[i]->span);
  map_put(lowering->arena, &lowering->function_thunks, map_key(instance), thunk);
  vec_push(lowering->arena, &lowering->jobs,
           (LowerJob){.kind = JOB_FUNCTION_THUNK, .function = thunk, .instance = instance});
  return thunk;
}

static Name constructor_name(Lowering *lowering, Type *type, const VariantInfo *variant) {
  Text name = {.arena = lowering->arena};
  type_print_name(&name, lowering->context->names, type);
  if (variant) text_printf(&name, ".%s", name_text(lowering->context->names, variant->name));
  return name_from(lowering->context->names, text_str(&name));
}

MirFunction *lower_constructor_thunk(Lowering *lowering, Type *type, uint32_t variant) {
  uint64_t key = map_pair(type->id, variant);
  MirFunction *thunk = map_get(&lowering->constructor_thunks, key);
  if (thunk) return thunk;
  bool is_enum = type->kind == TYPE_ENUM;
  const VariantInfo *info = is_enum ? &sema_variants(lowering->program, type)->items[variant] : NULL;
  const FieldList *fields = is_enum ? info->fields : sema_fields(lowering->program, type);
  Name display = constructor_name(lowering, type, info);
  thunk = thunk_new(lowering, display, display, lower_type(lowering, type), (Span){0});
  for (uint32_t i = 0; i < fields->count; i++)
    add_param(lowering, thunk, lower_type(lowering, fields->items[i].type), fields->items[i].name, (Span){0});
  map_put(lowering->arena, &lowering->constructor_thunks, key, thunk);
  vec_push(lowering->arena, &lowering->jobs,
           (LowerJob){.kind = JOB_CONSTRUCTOR_THUNK, .function = thunk, .type = type, .variant = variant});
  return thunk;
}

static Type *thunk_result(const LowerJob *job) {
  return job->kind == JOB_FUNCTION_THUNK ? job->instance->result : job->type;
}

void lower_thunk_body(Lowering *lowering, const LowerJob *job) {
  LowerFn fn = lower_fn_new(lowering, job->function, thunk_result(job));
  lower_start(&fn, lower_block_new(&fn));
  Span span = job->function->span;
  uint32_t count = job->function->param_count;
  MirOperand *args = arena_array(lowering->arena, MirOperand, count);
  for (uint32_t i = 0; i < count; i++) args[i] = mir_copy(mir_place_local(job->function, i + 1));
  MirOperand value;
  if (job->kind == JOB_FUNCTION_THUNK) {
    value = lower_invoke(&fn, job->instance, args, count, span);
  } else if (job->type->kind == TYPE_NEWTYPE) {
    value = args[0];  // it is what it is made of
  } else {
    for (uint32_t i = 0; i < count; i++) args[i] = lower_owned(&fn, args[i], span);
    value = lower_variant(&fn, job->type, job->variant, args, count, span);
  }
  if (!lower_is_dead(&fn)) lower_return_operand(&fn, value, span);
  lower_prune(lowering->module, job->function);
}

static bool needs_thunk(const Function *function) { return function->kind != FUNCTION_PLAIN || function->is_c_abi; }

// A function as a closure; where C wants it, its bare address.
MirOperand lower_function_value(LowerFn *fn, Instance *instance, Type *type) {
  MirOperand value = {.kind = MIR_OPERAND_FUNCTION, .type = lower_type(fn->lowering, type)};
  bool is_thunk = type->kind == TYPE_FN && needs_thunk(instance->function);
  value.function = is_thunk ? lower_function_thunk(fn->lowering, instance) : lower_instance(fn->lowering, instance);
  return value;
}
