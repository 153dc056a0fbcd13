// Places and operands as EmitValues; the one function that loads, the one that stores.
#include "codegen/emit.h"

EmitValue emit_none(void) { return (EmitValue){.kind = EMIT_NONE}; }

EmitValue emit_scalar(MirType *type, LLVMValueRef value) { return (EmitValue){EMIT_SCALAR, type, value, NULL}; }

EmitValue emit_address(MirType *type, LLVMValueRef address, LLVMValueRef alias) {
  return (EmitValue){EMIT_ADDRESS, type, address, alias};
}

// ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────
LLVMValueRef emit_slot(EmitModule *m, const MirType *type) {
  LLVMTypeRef room = mir_type_is_scalar(type) ? emit_type_memory(m, type) : emit_type_bytes(m, type);
  LLVMValueRef slot = LLVMBuildAlloca(m->entry, room, "");
  LLVMSetAlignment(slot, type->align);
  return slot;
}

LLVMValueRef emit_offset(EmitModule *m, LLVMValueRef base, uint64_t bytes) {
  if (!bytes) return base;
  LLVMValueRef offset = LLVMConstInt(m->i64, bytes, false);
  return LLVMBuildInBoundsGEP2(m->builder, m->i8, base, &offset, 1, "");
}

static void tag_access(EmitModule *m, LLVMValueRef access, LLVMValueRef alias) {
  if (alias) LLVMSetMetadata(access, m->tbaa_kind, alias);
}

LLVMValueRef emit_load_piece(EmitModule *m, LLVMTypeRef type, LLVMValueRef address, unsigned align,
                             LLVMValueRef alias) {
  LLVMValueRef load = LLVMBuildLoad2(m->builder, type, address, "");
  LLVMSetAlignment(load, align);
  tag_access(m, load, alias);
  return load;
}

void emit_store_piece(EmitModule *m, LLVMValueRef value, LLVMValueRef address, unsigned align, LLVMValueRef alias) {
  LLVMValueRef store = LLVMBuildStore(m->builder, value, address);
  LLVMSetAlignment(store, align);
  tag_access(m, store, alias);
}

EmitValue emit_load(EmitFunction *f, EmitValue value) {
  EmitModule *m = f->module;
  if (value.kind != EMIT_ADDRESS || !mir_type_is_scalar(value.type)) return value;
  LLVMValueRef load = emit_load_piece(m, emit_type_memory(m, value.type), value.llvm, value.type->align, value.alias);
  if (value.type->kind == MIR_TYPE_BOOL) {
    if (m->options->level != CODEGEN_O0) LLVMSetMetadata(load, m->range_kind, m->bool_range);
    load = LLVMBuildTrunc(m->builder, load, m->i1, "");
  }
  return emit_scalar(value.type, load);
}

static void copy_pieces(EmitFunction *f, EmitValue to, EmitValue from, const Passing *passing) {
  EmitModule *m = f->module;
  LLVMValueRef pieces[2];
  unsigned align = to.type->align;
  for (uint32_t i = 0; i < passing->piece_count; i++)
    pieces[i] =
        emit_load_piece(m, passing->pieces[i], emit_offset(m, from.llvm, passing->offsets[i]), align, from.alias);
  for (uint32_t i = 0; i < passing->piece_count; i++)
    emit_store_piece(m, pieces[i], emit_offset(m, to.llvm, passing->offsets[i]), align, to.alias);
}

// One tag stands for both sides of a copy. A local (no tag) may be read through a pointer by glue later, so only the
// tag of memory behind pointers may stand for it.
static LLVMValueRef copy_alias(EmitModule *m, EmitValue to, EmitValue from) {
  LLVMValueRef pointer = emit_alias_pointer(m, to.type);
  if (from.alias == to.alias) return from.alias;
  return (!from.alias && to.alias == pointer) || (!to.alias && from.alias == pointer) ? pointer : NULL;
}

// Small aggregates are copied as the scalars they are passed as, so that pointers in them stay pointers.
static void copy_aggregate(EmitFunction *f, EmitValue to, EmitValue from) {
  EmitModule *m = f->module;
  Passing passing = emit_passing(m, to.type);
  if (passing.kind == PASS_PIECES) {
    copy_pieces(f, to, from, &passing);
    return;
  }
  LLVMValueRef size = LLVMConstInt(m->i64, to.type->size, false);
  LLVMValueRef copy = LLVMBuildMemCpy(m->builder, to.llvm, to.type->align, from.llvm, to.type->align, size);
  tag_access(m, copy, copy_alias(m, to, from));
}

void emit_store(EmitFunction *f, EmitValue to, EmitValue value) {
  EmitModule *m = f->module;
  if (value.kind == EMIT_NONE || to.kind == EMIT_NONE) return;
  assert(to.kind == EMIT_ADDRESS);
  value = emit_load(f, value);
  if (value.kind == EMIT_ADDRESS) {
    copy_aggregate(f, to, value);
    return;
  }
  LLVMValueRef scalar = value.llvm;
  if (to.type->kind == MIR_TYPE_BOOL) scalar = LLVMBuildZExt(m->builder, scalar, m->i8, "");
  emit_store_piece(m, scalar, to.llvm, to.type->align, to.alias);
}

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
// What a place is reached through decides its tag.
typedef struct PlaceWalk {
  LLVMValueRef address;
  MirType *type;
  enum { IN_LOCAL, IN_GLOBAL, BEHIND_POINTER, IN_OBJECT } memory;
  const MirGlobal *global;
  const MirType *object;
  uint32_t field;
} PlaceWalk;

static LLVMValueRef walk_alias(EmitModule *m, const PlaceWalk *walk) {
  switch (walk->memory) {
    case IN_LOCAL: break;
    case IN_GLOBAL: return emit_alias_global(m, walk->global, walk->type);
    case BEHIND_POINTER: return emit_alias_pointer(m, walk->type);
    case IN_OBJECT: return emit_alias_field(m, walk->object, walk->field, walk->type);
  }
  return NULL;
}

static void walk_deref(EmitFunction *f, PlaceWalk *walk, MirType *to, LLVMValueRef known) {
  EmitValue at = emit_address(walk->type, walk->address, walk_alias(f->module, walk));
  walk->address = known ? known : emit_load(f, at).llvm;
  walk->object = to && to->kind == MIR_TYPE_OBJECT ? to : NULL;
  walk->memory = BEHIND_POINTER;
}

static void walk_field(EmitModule *m, PlaceWalk *walk, const MirProjection *step, const MirField *field) {
  walk->address = emit_offset(m, walk->address, field->offset);
  if (walk->memory != BEHIND_POINTER || !walk->object) return;
  walk->memory = IN_OBJECT;
  walk->field = step->index;
}

static void walk_index(EmitFunction *f, PlaceWalk *walk, const MirProjection *step) {
  EmitModule *m = f->module;
  LLVMValueRef index = emit_load(f, f->locals[step->index].value).llvm;
  walk->address = LLVMBuildInBoundsGEP2(m->builder, emit_type_bytes(m, step->type), walk->address, &index, 1, "");
}

static void walk_step(EmitFunction *f, PlaceWalk *walk, const MirProjection *step, LLVMValueRef known) {
  const MirType *type = walk->type;
  assert(type);  // mir_check: nothing is reached through a `ptr` to what is not known
  switch (step->kind) {
    case MIR_PROJECT_DEREF: walk_deref(f, walk, step->type, known); break;
    case MIR_PROJECT_FIELD: walk_field(f->module, walk, step, &type->fields.fields[step->index]); break;
    case MIR_PROJECT_VARIANT:
      walk_field(f->module, walk, step, &type->enum_.variants[step->variant].fields[step->index]);
      break;
    case MIR_PROJECT_INDEX: walk_index(f, walk, step); break;
  }
  walk->type = step->type;
}

EmitValue emit_place(EmitFunction *f, const MirPlace *place) {
  EmitModule *m = f->module;
  const EmitLocal *local = place->global ? NULL : &f->locals[place->local];
  if (local && !place->projection_count) return local->value;
  PlaceWalk walk = {.global = place->global};
  walk.memory = place->global ? IN_GLOBAL : IN_LOCAL;
  walk.type = place->global ? place->global->type : f->mir->locals.data[place->local].type;
  walk.address = place->global ? emit_global(m, place->global) : local->value.llvm;
  for (uint32_t i = 0; i < place->projection_count; i++)
    walk_step(f, &walk, &place->projections[i], i == 0 && local && local->is_value ? local->value.llvm : NULL);
  if (!emit_type_has_bytes(place->type)) return emit_none();
  return emit_address(place->type, walk.address, walk_alias(m, &walk));
}

// ── Operands ────────────────────────────────────────────────────────────────────────────────────────────────────
static EmitValue zero_value(EmitModule *m, MirType *type) {
  if (!emit_type_has_bytes(type)) return emit_none();
  if (mir_type_is_scalar(type)) return emit_scalar(type, LLVMConstNull(emit_type_register(m, type)));
  LLVMValueRef zeros = map_get(&m->zeros, type->size);
  if (!zeros) {
    zeros = emit_private_constant(m, LLVMConstNull(emit_type_bytes(m, type)), 16);
    map_put(m->arena, &m->zeros, type->size, zeros);
  }
  return emit_address(type, zeros, NULL);
}

static LLVMValueRef function_value(EmitModule *m, const MirOperand *operand) {
  if (operand->type->kind == MIR_TYPE_FN) return emit_closure_constant(m, operand->function, operand->type);
  return emit_function(m, operand->function);
}

EmitValue emit_operand(EmitFunction *f, const MirOperand *operand) {
  EmitModule *m = f->module;
  MirType *type = operand->type;
  switch (operand->kind) {
    case MIR_OPERAND_COPY:
    case MIR_OPERAND_MOVE: return emit_load(f, emit_place(f, &operand->place));
    case MIR_OPERAND_INT: return emit_scalar(type, LLVMConstInt(emit_type_register(m, type), operand->bits, false));
    case MIR_OPERAND_FLOAT: return emit_scalar(type, LLVMConstReal(emit_type_register(m, type), operand->number));
    case MIR_OPERAND_STRING: return emit_scalar(type, emit_string_constant(m, operand->text));
    case MIR_OPERAND_FUNCTION: return emit_scalar(type, function_value(m, operand));
    case MIR_OPERAND_GLOBAL: return emit_scalar(type, emit_global(m, operand->global));
    case MIR_OPERAND_ZERO: break;
  }
  return zero_value(m, type);
}

LLVMValueRef emit_operand_scalar(EmitFunction *f, const MirOperand *operand) { return emit_operand(f, operand).llvm; }

// ── Destinations ────────────────────────────────────────────────────────────────────────────────────────────────
void emit_dest(EmitFunction *f, const MirStmt *stmt, EmitValue value) {
  const MirPlace *dest = &stmt->dest;
  if (!dest->type || value.kind == EMIT_NONE) return;
  if (!dest->global && f->locals[dest->local].is_value && !dest->projection_count)
    f->locals[dest->local].value = emit_load(f, value);
  else emit_store(f, emit_place(f, dest), value);
}

static bool place_is_in_local(const MirPlace *place) {
  if (place->global) return false;
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_DEREF) return false;
  return true;
}

static bool is_place(const MirOperand *operand) {
  return operand->kind == MIR_OPERAND_COPY || operand->kind == MIR_OPERAND_MOVE;
}

bool emit_dest_is_private(const EmitFunction *f, const MirStmt *stmt) {
  if (!place_is_in_local(&stmt->dest) || f->local_facts[stmt->dest.local].is_exposed) return false;
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    const MirOperand *operand = &stmt->operands[i];
    if (is_place(operand) && place_is_in_local(&operand->place) && operand->place.local == stmt->dest.local)
      return false;
  }
  return true;
}

bool emit_operand_is_stable(const EmitFunction *f, const MirOperand *operand) {
  if (!is_place(operand)) return true;
  return place_is_in_local(&operand->place) && !f->local_facts[operand->place.local].is_exposed;
}
