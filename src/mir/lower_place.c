// Places: where a value lives. A place that must stay valid while other code runs (`hold`) keeps the objects on its way
// alive: each reference it goes through that somebody might replace is retained first.
#include "mir/lower_internal.h"

static LowerPlace through_borrow(LowerFn *fn, LowerPlace pointer) {
  return (LowerPlace){mir_place_deref(fn->module, pointer.place), PLACE_SHARED};
}

static LowerPlace place_of_local(LowerFn *fn, AstNode *node) {
  const Local *local = node->info->local;
  const LowerPlace *binding = lower_binding(fn, local);
  if (!binding) lower_unexpected(fn->lowering, node->span, "local without a place");
  return local->type->kind == TYPE_BORROW ? through_borrow(fn, *binding) : *binding;
}

static LowerPlace place_of_rvalue(LowerFn *fn, AstNode *node) {
  LowerPlace place = lower_materialise(fn, lower_value(fn, node), node->span);
  return node->type->kind == TYPE_BORROW ? through_borrow(fn, place) : place;
}

static LowerPlace place_of_name(LowerFn *fn, AstNode *node) {
  if (node->info->kind == INFO_LOCAL) return place_of_local(fn, node);
  if (node->info->kind == INFO_GLOBAL && !node->info->global->is_const) {
    MirGlobal *global = lower_global(fn->lowering, node->info->global);
    return (LowerPlace){mir_place_global(global), PLACE_SHARED};
  }
  return place_of_rvalue(fn, node);
}

LowerPlace lower_part(LowerFn *fn, LowerPlace base, uint32_t index, bool hold, Span span) {
  if (base.place.type->kind != MIR_TYPE_REF)
    return (LowerPlace){mir_place_field(fn->module, base.place, index), base.stability};
  if (hold && base.stability != PLACE_FIXED) base.place = lower_load(fn, base.place, span).place;
  return (LowerPlace){mir_place_field(fn->module, mir_place_deref(fn->module, base.place), index), PLACE_SHARED};
}

static LowerPlace place_of_field(LowerFn *fn, AstNode *node, AstNode *object, bool hold) {
  LowerPlace base = lower_place(fn, object, hold);
  if (lower_strip(object->type)->kind == TYPE_NEWTYPE) return base;
  return lower_part(fn, base, node->info->index, hold, node->span);
}

// The number of an element in a local, as the projection wants it.
static MirLocalId index_local(LowerFn *fn, MirOperand index, Span span) {
  bool is_temp = index.kind == MIR_OPERAND_COPY && !index.place.projection_count && !index.place.global &&
                 !lower_is_variable(fn, index);
  return is_temp ? index.place.local : lower_unary(fn, MIR_OP_USE, index.type, index, span).place.local;
}

static bool is_literal(const AstNode *node, int64_t *value) {
  bool is_negative = node->kind == AST_UNARY && node->unary.op == AST_OP_NEG;
  const AstNode *digits = is_negative ? node->unary.operand : node;
  if (digits->kind != AST_INT_LIT) return false;
  *value = (int64_t)(is_negative ? 0 - digits->int_lit.value : digits->int_lit.value);
  return true;
}

static AstNode *index_of(const AstNode *node) {
  AstNode *index = node->index.args->items[0];
  return index->kind == AST_ARG ? index->arg.value : index;
}

// An element of a fixed array; a negative literal counts from the end.
static LowerPlace place_of_element(LowerFn *fn, AstNode *node, bool hold) {
  AstNode *object = node->index.object, *number = index_of(node);
  LowerPlace base = lower_place(fn, object, hold);
  int64_t size = (int64_t)base.place.type->array.count, literal;
  MirOperand index = is_literal(number, &literal) && literal < 0
                         ? lower_int(fn, literal + size)
                         : lower_expr(fn, number, fn->lowering->program->types.basic[TYPE_INT]);
  MirLocalId local = index_local(fn, index, number->span);
  MirOperand check[] = {mir_copy(mir_place_local(fn->function, local)), lower_int(fn, size)};
  lower_many(fn, MIR_OP_BOUNDS_CHECK, lower_basic(fn, MIR_TYPE_VOID), check, 2, node->span);
  return (LowerPlace){mir_place_index(fn->module, base.place, local), base.stability};
}

// v[i] of a sequence, to be changed in place: op_index_ptr gives its address, and what it points into is held.
static LowerPlace place_of_address(LowerFn *fn, AstNode *node) {
  MirOperand pointer = lower_call(fn, node->info->call, NULL, node->span);
  return through_borrow(fn, lower_materialise(fn, pointer, node->span));
}

LowerPlace lower_place(LowerFn *fn, AstNode *node, bool hold) {
  if (node->kind == AST_INDEX && node->info && node->info->is_place) return place_of_address(fn, node);
  bool is_call = node->info && node->info->kind == INFO_CALL;
  if (node->kind == AST_ARG) return lower_place(fn, node->arg.value, hold);
  bool is_name = node->kind == AST_IDENT || node->kind == AST_PATH || node->kind == AST_FIELD;
  if (is_name && node->info && (node->info->kind == INFO_LOCAL || node->info->kind == INFO_GLOBAL))
    return place_of_name(fn, node);
  if (node->kind == AST_FIELD && node->info->kind == INFO_FIELD && !node->info->is_tag)
    return place_of_field(fn, node, node->field.object, hold);
  if (node->kind == AST_TUPLE_FIELD) return place_of_field(fn, node, node->tuple_field.object, hold);
  if (node->kind == AST_INDEX && !is_call && lower_strip(node->index.object->type)->kind == TYPE_ARRAY)
    return place_of_element(fn, node, hold);
  if (node->kind == AST_UNARY && (node->unary.op == AST_OP_BORROW || node->unary.op == AST_OP_BORROW_MUT))
    return lower_place(fn, node->unary.operand, hold);
  return place_of_rvalue(fn, node);
}

MirOperand lower_peek(LowerFn *fn, AstNode *node) { return mir_copy(lower_place(fn, node, false).place); }

MirOperand lower_address(LowerFn *fn, AstNode *node) {
  bool is_borrow_value = node->type->kind == TYPE_BORROW && node->kind != AST_IDENT && node->kind != AST_UNARY;
  if (is_borrow_value) return lower_value(fn, node);
  return lower_address_of(fn, lower_place(fn, node, true), node->span);
}

// Payload fields that would make the enum contain itself are in a box, which nobody changes while the enum lives.
MirPlace lower_payload(LowerFn *fn, MirPlace base, Type *type, uint32_t variant, uint32_t index) {
  MirPlace place = mir_place_variant(fn->module, base, variant, index);
  if (type->kind != TYPE_ENUM) return place;
  const VariantInfo *info = &sema_variants(fn->lowering->program, type)->items[variant];
  bool is_boxed = info->is_boxed && info->is_boxed[index];
  return is_boxed ? mir_place_field(fn->module, mir_place_deref(fn->module, place), 0) : place;
}
