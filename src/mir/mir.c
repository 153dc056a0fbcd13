// Building MIR: modules, functions, locals, blocks, statements, places and operands, and the table of operations.
#include "mir/mir.h"

#include <string.h>

enum { PANICS = true };

static const MirOpInfo infos[MIR_OP_COUNT] = {
#define MIR_OP(KIND, text, shape, flags) [MIR_OP_##KIND] = {text, MIR_SHAPE_##shape, flags},
#include "mir/mir_ops.def"
};

const MirOpInfo *mir_op_info(MirOp op) { return &infos[op]; }

// ── Module, function, block, statement ──────────────────────────────────────────────────────────────────────────
MirModule *mir_module_new(Context *context, Arena *arena) {
  MirModule *module = arena_new(arena, MirModule);
  module->context = context;
  module->arena = arena;
  mir_types_init(&module->types, arena, context->names);
  return module;
}

MirFunction *mir_function_new(MirModule *module, Name symbol, Name display, MirType *result, Span span) {
  MirFunction *function = arena_new(module->arena, MirFunction);
  *function =
      (MirFunction){.symbol = symbol, .display = display, .result = result, .span = span, .id = module->functions.size};
  vec_push(module->arena, &module->functions, function);
  map_put(module->arena, &module->by_symbol, symbol, function);
  MirLocalId result_local = mir_local_new(module, function, MIR_LOCAL_RETURN, result, NAME_NONE, span);
  function->locals.data[result_local].is_owned = true;  // what a function gives back is its caller's
  return function;
}

MirLocalId mir_local_new(MirModule *module, MirFunction *function, MirLocalKind kind, MirType *type, Name name,
                         Span span) {
  assert(type && type->kind != MIR_TYPE_OBJECT);
  vec_push(module->arena, &function->locals, (MirLocal){.kind = kind, .type = type, .name = name, .span = span});
  if (kind == MIR_LOCAL_PARAM) {
    function->param_count++;
    assert(function->param_count + 1 == function->locals.size && "parameters come first");
  }
  return function->locals.size - 1;
}

MirBlockId mir_block_new(MirModule *module, MirFunction *function) {
  vec_push(module->arena, &function->blocks, arena_new(module->arena, MirBlock));
  return function->blocks.size - 1;
}

MirStmt *mir_stmt_new(MirModule *module, MirBlock *block, MirOp op, Span span, uint32_t operands, uint32_t targets) {
  MirStmt stmt = {.op = op, .span = span, .unwind = MIR_NO_BLOCK, .operand_count = operands, .target_count = targets};
  stmt.operands = operands ? arena_array(module->arena, MirOperand, operands) : NULL;
  stmt.targets = targets ? arena_array(module->arena, MirBlockId, targets) : NULL;
  stmt.cases = targets > 1 ? arena_array(module->arena, int64_t, targets - 1) : NULL;
  vec_push(module->arena, &block->stmts, stmt);
  return vec_last(&block->stmts);
}

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
MirPlace mir_place_local(const MirFunction *function, MirLocalId local) {
  assert(local < function->locals.size);
  return (MirPlace){.local = local, .type = function->locals.data[local].type};
}

MirPlace mir_place_global(MirGlobal *global) { return (MirPlace){.global = global, .type = global->type}; }

// Places are values: a longer one shares nothing with the one it was made from.
static MirPlace extend(MirModule *module, MirPlace base, MirProjection projection) {
  MirProjection *projections = arena_array(module->arena, MirProjection, base.projection_count + 1);
  if (base.projection_count) memcpy(projections, base.projections, base.projection_count * sizeof *projections);
  projections[base.projection_count++] = projection;
  base.projections = projections;
  base.type = projection.type;
  return base;
}

MirPlace mir_place_field(MirModule *module, MirPlace base, uint32_t index) {
  assert(base.type->kind == MIR_TYPE_OBJECT || base.type->kind == MIR_TYPE_STRUCT);
  assert(index < base.type->fields.field_count);
  MirType *type = base.type->fields.fields[index].type;
  return extend(module, base, (MirProjection){MIR_PROJECT_FIELD, 0, index, type});
}

MirPlace mir_place_variant(MirModule *module, MirPlace base, uint32_t variant, uint32_t index) {
  assert(base.type->kind == MIR_TYPE_ENUM && variant < base.type->enum_.variant_count);
  assert(index < base.type->enum_.variants[variant].field_count);
  MirType *type = base.type->enum_.variants[variant].fields[index].type;
  return extend(module, base, (MirProjection){MIR_PROJECT_VARIANT, variant, index, type});
}

MirPlace mir_place_deref(MirModule *module, MirPlace base) {
  assert((base.type->kind == MIR_TYPE_PTR || base.type->kind == MIR_TYPE_REF) && base.type->ptr.to);
  return extend(module, base, (MirProjection){MIR_PROJECT_DEREF, 0, 0, base.type->ptr.to});
}

MirPlace mir_place_index(MirModule *module, MirPlace base, MirLocalId index) {
  assert(base.type->kind == MIR_TYPE_ARRAY);
  return extend(module, base, (MirProjection){MIR_PROJECT_INDEX, 0, index, base.type->array.element});
}

// ── Operands ────────────────────────────────────────────────────────────────────────────────────────────────────
MirOperand mir_copy(MirPlace place) {
  return (MirOperand){.kind = MIR_OPERAND_COPY, .type = place.type, .place = place};
}

MirOperand mir_move(MirPlace place) {
  return (MirOperand){.kind = MIR_OPERAND_MOVE, .type = place.type, .place = place};
}

MirOperand mir_int(MirType *type, uint64_t bits) {
  uint32_t width = mir_type_bits(type);
  if (width < 64) bits &= ((uint64_t)1 << width) - 1;
  return (MirOperand){.kind = MIR_OPERAND_INT, .type = type, .bits = bits};
}

MirOperand mir_float(MirType *type, double number) {
  if (type->kind == MIR_TYPE_F32) number = (double)(float)number;
  return (MirOperand){.kind = MIR_OPERAND_FLOAT, .type = type, .number = number};
}

MirOperand mir_string(MirModule *module, Name text) {
  return (MirOperand){.kind = MIR_OPERAND_STRING, .type = module->types.basic[MIR_TYPE_STRING], .text = text};
}

MirOperand mir_zero(MirType *type) { return (MirOperand){.kind = MIR_OPERAND_ZERO, .type = type}; }
