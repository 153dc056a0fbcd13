// Literals that make library values: [a, b], { k => v }, "a#{b}". The library's functions create the value, add each
// part and finish it. Fixed arrays are plain aggregates.
#include <string.h>

#include "mir/lower_internal.h"
#include "sema/const_eval.h"

MirOperand lower_sequence_new(LowerFn *fn, const SequenceInfo *sequence, uint32_t capacity, Span span) {
  MirOperand size = lower_int(fn, capacity);
  return lower_invoke(fn, sequence->create, &size, sequence->create->param_count, span);
}

// The sequence as parameter 0 of a library function: itself, or its address for `mut self`.
static MirOperand as_self(LowerFn *fn, const Instance *function, MirOperand sequence, Span span) {
  if (function->params[0]->type->kind != TYPE_BORROW) return sequence;
  return lower_address_of(fn, lower_materialise(fn, sequence, span), span);
}

void lower_sequence_add(LowerFn *fn, Instance *function, MirOperand sequence, AstNode *const *parts, uint32_t count,
                        Span span) {
  uint32_t mark = fn->cleanups.size;
  MirOperand args[3] = {as_self(fn, function, sequence, span)};
  Type *types[2];
  for (uint32_t i = 0; i < count; i++) types[i] = function->params[i + 1]->type;
  lower_operands(fn, parts, types, NULL, count, false, args + 1);
  lower_invoke(fn, function, args, count + 1, span);
  lower_leave(fn, mark, span);
}

MirOperand lower_sequence_finish(LowerFn *fn, const SequenceInfo *sequence, MirOperand value, Span span) {
  if (!sequence->finish) return value;
  MirOperand self = as_self(fn, sequence->finish, value, span);
  return lower_invoke(fn, sequence->finish, &self, 1, span);
}

// ── Arrays ──────────────────────────────────────────────────────────────────────────────────────────────────────
static MirOperand fixed_array(LowerFn *fn, AstNode *node) {
  uint32_t count = AST_LIST_COUNT(node->array_lit.elements);
  Type **types = arena_array(fn->module->arena, Type *, count);
  for (uint32_t i = 0; i < count; i++) types[i] = node->type->array.element;
  MirOperand *elements = arena_array(fn->module->arena, MirOperand, count);
  if (count) lower_operands(fn, node->array_lit.elements->items, types, NULL, count, true, elements);
  for (uint32_t i = 0; i < count; i++) elements[i] = lower_consume(fn, elements[i]);
  MirType *type = lower_type(fn->lowering, node->type);
  return lower_result(fn, lower_many(fn, MIR_OP_ARRAY, type, elements, count, node->span));
}

// The value as it stands in memory, the lowest byte first.
static void append_bytes(Text *data, const MirOperand *value) {
  uint64_t bits = value->bits;
  float narrow = (float)value->number;
  if (value->kind == MIR_OPERAND_FLOAT) {
    bits = 0;
    if (value->type->kind == MIR_TYPE_F32) memcpy(&bits, &narrow, sizeof narrow);
    else memcpy(&bits, &value->number, sizeof value->number);
  }
  for (uint64_t i = 0; i < value->type->size; i++) text_char(data, (char)(bits >> 8 * i));
}

static bool append_number(LowerFn *fn, Text *data, AstNode *element, Type *type) {
  ConstValue value;
  if (!const_eval(fn->lowering->program, element, &value)) return false;
  MirOperand operand = lower_constant(fn, &value, type, element->span);
  append_bytes(data, &operand);
  return true;
}

static bool is_plain_number(const MirType *type) { return mir_type_is_integer(type) || mir_type_is_float(type); }

// Many literal numbers: one constant with their bytes, which the library copies. False when they are something else.
static bool array_of_data(LowerFn *fn, AstNode *node, MirOperand *result) {
  const SequenceInfo *sequence = node->info->sequence;
  if (!sequence->of_data) return false;
  Type *type = sequence->add->params[1]->type;
  if (!is_plain_number(lower_type(fn->lowering, type))) return false;
  Arena scratch = {0};
  Text data = {.arena = &scratch};
  bool is_data = true;
  for (AST_EACH(element, node->array_lit.elements)) is_data = is_data && append_number(fn, &data, element, type);
  Name bytes = is_data ? name_intern(fn->lowering->context->names, text_str(&data), data.size) : NAME_NONE;
  arena_free(&scratch);
  if (!is_data) return false;
  MirOperand args[] = {mir_string(fn->module, bytes), lower_int(fn, AST_LIST_COUNT(node->array_lit.elements))};
  *result = lower_invoke(fn, sequence->of_data, args, 2, node->span);
  return true;
}

MirOperand lower_array_lit(LowerFn *fn, AstNode *node) {
  if (node->type->kind == TYPE_ARRAY) return fixed_array(fn, node);
  MirOperand data;
  if (array_of_data(fn, node, &data)) return data;
  const SequenceInfo *sequence = node->info->sequence;
  MirOperand value = lower_sequence_new(fn, sequence, AST_LIST_COUNT(node->array_lit.elements), node->span);
  for (AST_EACH(element, node->array_lit.elements)) {
    bool is_spread = element->kind == AST_SPREAD;
    AstNode *part = is_spread ? element->spread.value : element;
    lower_sequence_add(fn, is_spread ? sequence->add_all : sequence->add, value, &part, 1, element->span);
  }
  return lower_sequence_finish(fn, sequence, value, node->span);
}

// [x; n] of counted values: one owner an element, in a loop; the array starts out as null pointers.
static MirOperand fill_managed(LowerFn *fn, MirOperand value, MirType *type, Span span) {
  MirLocalId array = lower_local(fn, MIR_LOCAL_VAR, type, NAME_NONE, span);
  MirLocalId index = lower_local(fn, MIR_LOCAL_VAR, lower_basic(fn, MIR_TYPE_I64), NAME_NONE, span);
  MirLocalId source = lower_local(fn, MIR_LOCAL_VAR, type->array.element, NAME_NONE, span);
  MirPlace place = mir_place_local(fn->function, array), at = mir_place_local(fn->function, index);
  lower_write(fn, mir_place_local(fn->function, source), MIR_OP_USE, lower_consume(fn, lower_owned(fn, value, span)),
              span);
  lower_own(fn, source, false, span);
  lower_write(fn, place, MIR_OP_USE, mir_zero(type), span);
  lower_own(fn, array, false, span);
  lower_write(fn, at, MIR_OP_USE, lower_int(fn, 0), span);
  MirBlockId header = lower_block_new(fn), body = lower_block_new(fn), end = lower_block_new(fn);
  lower_goto(fn, header, span);
  lower_start(fn, header);
  MirOperand more = lower_binary(fn, MIR_OP_LT, lower_basic(fn, MIR_TYPE_BOOL), mir_copy(at),
                                 lower_int(fn, (int64_t)type->array.count), span);
  lower_branch(fn, more, body, end, span);
  lower_start(fn, body);
  MirOperand copy = mir_copy(mir_place_local(fn->function, source));
  lower_write(fn, mir_place_index(fn->module, place, index), MIR_OP_RETAIN, copy, span);
  lower_write(fn, at, MIR_OP_USE, lower_proved(fn, MIR_OP_ADD, mir_copy(at), lower_int(fn, 1), span), span);
  lower_goto(fn, header, span);
  lower_start(fn, end);
  return mir_copy(place);
}

MirOperand lower_array_fill(LowerFn *fn, AstNode *node) {
  if (node->type->kind != TYPE_ARRAY) lower_unexpected(fn->lowering, node->span, "array of unknown size");
  MirType *type = lower_type(fn->lowering, node->type);
  MirOperand value = lower_expr(fn, node->array_fill.value, node->type->array.element);
  return type->is_managed ? fill_managed(fn, value, type, node->span)
                          : lower_unary(fn, MIR_OP_FILL, type, value, node->span);
}

// ── Maps and interpolation ──────────────────────────────────────────────────────────────────────────────────────
MirOperand lower_map_lit(LowerFn *fn, AstNode *node) {
  const SequenceInfo *sequence = node->info->sequence;
  MirOperand value = lower_sequence_new(fn, sequence, AST_LIST_COUNT(node->map_lit.entries), node->span);
  for (AST_EACH(entry, node->map_lit.entries)) {
    AstNode *parts[] = {entry->map_entry.key, entry->map_entry.value};
    lower_sequence_add(fn, sequence->add, value, parts, 2, entry->span);
  }
  return lower_sequence_finish(fn, sequence, value, node->span);
}

static void add_shown(LowerFn *fn, const SequenceInfo *sequence, MirOperand value, AstNode *part, Instance *show) {
  if (!show) {
    lower_sequence_add(fn, sequence->add, value, &part, 1, part->span);
    return;
  }
  uint32_t mark = fn->cleanups.size;
  MirOperand shown = lower_expr(fn, part, show->params[0]->type);
  shown = lower_invoke(fn, show, &shown, 1, part->span);
  MirOperand args[] = {as_self(fn, sequence->add, value, part->span), shown};
  lower_invoke(fn, sequence->add, args, 2, part->span);
  lower_leave(fn, mark, part->span);
}

MirOperand lower_interpolation(LowerFn *fn, AstNode *node) {
  const SequenceInfo *sequence = node->info->sequence;
  AstList *parts = node->interpolation.parts;
  MirOperand value = lower_sequence_new(fn, sequence, AST_LIST_COUNT(parts), node->span);
  for (uint32_t i = 0; i < AST_LIST_COUNT(parts); i++)
    add_shown(fn, sequence, value, parts->items[i], sequence->shows ? sequence->shows[i] : NULL);
  return lower_sequence_finish(fn, sequence, value, node->span);
}
