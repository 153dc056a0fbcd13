// Calls: arguments in parameter order, borrowed; the result owned.
#include "mir/lower_internal.h"

#include "intrinsics/intrinsics.h"

// C passes what a variadic function takes at least as wide as an int or a double.
static MirOperand promote(LowerFn *fn, MirOperand value, Span span) {
  MirType *type = value.type;
  if (type->kind == MIR_TYPE_F32) return lower_unary(fn, MIR_OP_CAST, lower_basic(fn, MIR_TYPE_F64), value, span);
  bool is_narrow = type->kind == MIR_TYPE_BOOL || (mir_type_is_integer(type) && mir_type_bits(type) < 32);
  return is_narrow ? lower_unary(fn, MIR_OP_CAST, lower_basic(fn, MIR_TYPE_I32), value, span) : value;
}

// What the lowering itself computed, for a parameter of type `want`: as it is, or its address for a borrow.
static MirOperand supplied_as(LowerFn *fn, MirOperand value, Type *want, Span span) {
  if (want->kind != TYPE_BORROW || value.type->kind == MIR_TYPE_PTR) return value;
  return lower_address_of(fn, lower_materialise(fn, value, span), span);
}

// What the lowering expands looks at its arguments at once: a place can stay where it is, without an owner for the
// call.
static bool may_peek(LowerFn *fn, const CallInfo *call, uint32_t i) {
  const Function *function = call->instance->function;
  if (function->kind != FUNCTION_INTRINSIC || intrinsic_info(function->intrinsic)->in_backend) return false;
  const AstNode *arg = call->args[i];
  bool is_place = arg->kind == AST_IDENT || arg->kind == AST_FIELD || arg->kind == AST_TUPLE_FIELD;
  if (!is_place || arg->type != call->instance->params[i]->type || !lower_is_managed(fn->lowering, arg->type))
    return false;
  while (++i < call->arg_count)
    if (!lower_is_quiet(call->args[i])) return false;
  return true;
}

static MirOperand lower_arg(LowerFn *fn, const CallInfo *call, uint32_t i) {
  AstNode *arg = call->args[i];
  if (may_peek(fn, call, i)) return lower_peek(fn, arg);
  if (i < call->instance->param_count) return lower_expr(fn, arg, call->instance->params[i]->type);
  return promote(fn, lower_expr(fn, arg, arg->type), arg->span);
}

static bool written_after(const CallInfo *call, const uint32_t *order, uint32_t n) {
  while (++n < call->arg_count)
    if (call->args[order[n]] && lower_may_write(call->args[order[n]])) return true;
  return false;
}

// The local through which a later default reads this argument: a variable, since the default may hold a loop.
static void keep_argument(LowerFn *fn, Local *local, MirOperand value, const Type *param, Span span) {
  if (!lower_is_stored(local->type)) return;
  LowerPlace place = lower_materialise(fn, value, span);
  if (param->kind == TYPE_BORROW && local->type->kind != TYPE_BORROW)
    place = (LowerPlace){mir_place_deref(fn->module, place.place), PLACE_SHARED};
  bool is_managed = place.place.type->is_managed;
  lower_declare(fn, local, is_managed ? lower_load(fn, place.place, span) : mir_copy(place.place), span);
  lower_own(fn, lower_binding(fn, local)->place.local, false, span);
}

// A managed variable that the callee may write through another argument is held by an owner of its own.
static void lower_args(LowerFn *fn, const CallInfo *call, const MirOperand *supplied, const uint32_t *order,
                       MirOperand *out, Span span) {
  bool changes = lower_takes_mutable_borrow(call);
  for (uint32_t n = 0; n < call->arg_count; n++) {
    uint32_t i = order[n];
    if (!call->args[i]) {
      out[i] = supplied_as(fn, *supplied++, call->instance->params[i]->type, span);
      continue;
    }
    out[i] = lower_arg(fn, call, i);
    if ((changes && out[i].type->is_managed) || (lower_is_variable(fn, out[i]) && written_after(call, order, n)))
      out[i] = lower_settle(fn, out[i], call->args[i]->span);
    if (call->arg_locals && i < call->instance->param_count && call->arg_locals[i])
      keep_argument(fn, call->arg_locals[i], out[i], call->instance->params[i]->type, span);
  }
}

// The numbers of the arguments in order of evaluation: as written, receiver first, defaults last.
static const uint32_t *evaluation_order(LowerFn *fn, const CallInfo *call) {
  uint32_t *order = arena_array(fn->module->arena, uint32_t, call->arg_count);
  for (uint32_t n = 0; n < call->arg_count; n++) {
    bool is_ordered = call->order && (call->kind != CALL_FUNCTION || n < call->instance->param_count);
    order[n] = call->is_swapped ? call->arg_count - 1 - n : is_ordered ? call->order[n] : n;
  }
  return order;
}

// ── The call ────────────────────────────────────────────────────────────────────────────────────────────────────
static MirOperand call_result(LowerFn *fn, MirStmt *stmt, Type *result, Span span) {
  MirOperand value = lower_result(fn, stmt);
  if (result->kind != TYPE_NEVER) return value;
  lower_unreachable(fn, span);
  return mir_zero(lower_basic(fn, MIR_TYPE_NEVER));
}

MirOperand lower_invoke(LowerFn *fn, Instance *instance, const MirOperand *args, uint32_t count, Span span) {
  if (instance->function->kind == FUNCTION_INTRINSIC) return lower_intrinsic(fn, instance, args, count, span);
  MirFunction *callee = lower_instance(fn->lowering, instance);
  MirStmt *stmt = lower_many(fn, MIR_OP_CALL, callee->result, args, count, span);
  stmt->callee = callee;
  return call_result(fn, stmt, instance->result, span);
}

static MirOperand call_function(LowerFn *fn, const CallInfo *call, const MirOperand *supplied, const uint32_t *order,
                                Span span) {
  MirOperand *args = arena_array(fn->module->arena, MirOperand, call->arg_count);
  lower_args(fn, call, supplied, order, args, span);
  return lower_invoke(fn, call->instance, args, call->arg_count, span);
}

static MirOperand call_closure(LowerFn *fn, const CallInfo *call, Span span) {
  Type *type = lower_strip(call->callee->type);
  uint32_t count = call->arg_count + 1;
  AstNode **nodes = arena_array(fn->module->arena, AstNode *, count);
  Type **types = arena_array(fn->module->arena, Type *, count);
  nodes[0] = call->callee;
  types[0] = type;
  for (uint32_t i = 1; i < count; i++) {
    nodes[i] = call->args[i - 1];
    types[i] = type->fn.params->items[i - 1];
  }
  MirOperand *operands = arena_array(fn->module->arena, MirOperand, count);
  lower_operands(fn, nodes, types, NULL, count, false, operands);
  MirType *result = lower_type(fn->lowering, type->fn.result);
  return call_result(fn, lower_many(fn, MIR_OP_CALL_FN, result, operands, count, span), type->fn.result, span);
}

static MirOperand make_variant(LowerFn *fn, const CallInfo *call, const uint32_t *order, Span span) {
  const FieldList *fields = sema_variants(fn->lowering->program, call->type)->items[call->variant].fields;
  Type **types = arena_array(fn->module->arena, Type *, call->arg_count);
  for (uint32_t i = 0; i < call->arg_count; i++) types[i] = fields->items[i].type;
  MirOperand *payload = arena_array(fn->module->arena, MirOperand, call->arg_count);
  lower_operands(fn, call->args, types, order, call->arg_count, true, payload);
  return lower_variant(fn, call->type, call->variant, payload, call->arg_count, span);
}

// It is what it is made of.
static MirOperand make_newtype(LowerFn *fn, const CallInfo *call) {
  return lower_expr(fn, call->args[0], sema_fields(fn->lowering->program, call->type)->items[0].type);
}

MirOperand lower_call(LowerFn *fn, const CallInfo *call, const MirOperand *supplied, Span span) {
  const uint32_t *order = evaluation_order(fn, call);
  switch (call->kind) {
    case CALL_FUNCTION: {
      MirOperand result = call_function(fn, call, supplied, order, span);
      return call->is_negated ? lower_unary(fn, MIR_OP_NOT, result.type, result, span) : result;
    }
    case CALL_CLOSURE: return call_closure(fn, call, span);
    case CALL_VARIANT: return make_variant(fn, call, order, span);
    case CALL_NEWTYPE: return make_newtype(fn, call);
  }
  return lower_void(fn);
}
