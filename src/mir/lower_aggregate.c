// Tuples, records and struct literals: the parts are evaluated as written and consumed in the order of the fields.
#include "mir/lower_internal.h"

static MirOperand make(LowerFn *fn, Type *type, MirOperand *parts, uint32_t count, Span span) {
  MirType *lowered = lower_type(fn->lowering, type);
  bool is_object = lowered->kind == MIR_TYPE_REF;
  for (uint32_t i = 0; i < count; i++) parts[i] = lower_consume(fn, parts[i]);
  MirStmt *stmt = lower_many(fn, is_object ? MIR_OP_NEW : MIR_OP_STRUCT, lowered, parts, count, span);
  if (is_object) stmt->type = lower_object(lowered);
  return lower_result(fn, stmt);
}

static Type **field_types(LowerFn *fn, const FieldList *fields) {
  Type **types = arena_array(fn->module->arena, Type *, fields->count);
  for (uint32_t i = 0; i < fields->count; i++) types[i] = fields->items[i].type;
  return types;
}

MirOperand lower_tuple(LowerFn *fn, AstNode *node) {
  const FieldList *fields = sema_fields(fn->lowering->program, node->type);
  MirOperand *parts = arena_array(fn->module->arena, MirOperand, fields->count);
  lower_operands(fn, node->tuple.elements->items, field_types(fn, fields), NULL, fields->count, true, parts);
  return make(fn, node->type, parts, fields->count, node->span);
}

// ── Fields by name ──────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t index_of(AstNode *const *values, uint32_t count, const AstNode *value) {
  for (uint32_t i = 0; i < count; i++)
    if (values[i] == value) return i;
  return count;
}

// The fields' numbers in order of evaluation: those written, as written, then the defaults.
static uint32_t *evaluation_order(LowerFn *fn, AstList *inits, AstNode *const *values, uint32_t count) {
  uint32_t *order = arena_array(fn->module->arena, uint32_t, count), done = 0;
  bool *is_placed = arena_array(fn->module->arena, bool, count);
  for (AST_EACH(init, inits)) {
    uint32_t i = index_of(values, count, init->field_init.value);
    if (i == count || is_placed[i]) continue;
    is_placed[i] = true;
    order[done++] = i;
  }
  for (uint32_t i = 0; i < count; i++)
    if (!is_placed[i]) order[done++] = i;
  return order;
}

static MirOperand make_fields(LowerFn *fn, AstNode *node, AstList *inits, AstNode *const *values) {
  const FieldList *fields = sema_fields(fn->lowering->program, node->type);
  const uint32_t *order = evaluation_order(fn, inits, values, fields->count);
  MirOperand *parts = arena_array(fn->module->arena, MirOperand, fields->count);
  lower_operands(fn, values, field_types(fn, fields), order, fields->count, true, parts);
  return make(fn, node->type, parts, fields->count, node->span);
}

MirOperand lower_struct_lit(LowerFn *fn, AstNode *node) {
  return make_fields(fn, node, node->struct_lit.fields, node->info->parts);
}

static AstNode *value_of_field(const LowerFn *fn, AstNode *record, Name name) {
  for (AST_EACH(init, record->record_lit.fields))
    if (init->field_init.name == name) return init->field_init.value;
  lower_unexpected(fn->lowering, record->span, "record without one of its fields");
}

MirOperand lower_record_lit(LowerFn *fn, AstNode *node) {
  if (node->info && node->info->kind == INFO_STRUCT)
    return make_fields(fn, node, node->record_lit.fields, node->info->parts);
  const FieldList *fields = sema_fields(fn->lowering->program, node->type);
  AstNode **values = arena_array(fn->module->arena, AstNode *, fields->count);
  for (uint32_t i = 0; i < fields->count; i++) values[i] = value_of_field(fn, node, fields->items[i].name);
  return make_fields(fn, node, node->record_lit.fields, values);
}
