// How values cross a call. Between Quartz functions: scalars directly, aggregates of at most 16 bytes as one or two
// scalars, larger ones as a pointer to memory nobody writes during the call; larger results through a pointer. For
// extern "C" the same pieces are what System V x86-64 asks for, as long as registers last; then, and above 16 bytes,
// a copy on the stack.
#include "codegen/emit.h"

#include <string.h>

// ── Pieces: what stands in each eight bytes of a small aggregate ────────────────────────────────────────────────
typedef struct Eightbyte {
  LLVMTypeRef only;  // the one scalar at its start; NULL: several different ones
  bool is_used, is_float;
} Eightbyte;

static void add_leaf(EmitModule *m, Eightbyte *parts, const MirType *type, uint64_t offset) {
  Eightbyte *part = &parts[offset / 8];
  LLVMTypeRef scalar = offset % 8 ? NULL : emit_type_memory(m, type);
  bool is_float = mir_type_is_float(type);
  if (!part->is_used) *part = (Eightbyte){scalar, true, is_float};
  if (part->only != scalar) part->only = NULL;
  part->is_float = part->is_float && is_float;
}

static void add_leaves(EmitModule *m, Eightbyte *parts, const MirType *type, uint64_t offset);

static void add_fields(EmitModule *m, Eightbyte *parts, const MirField *fields, uint32_t count, uint64_t offset) {
  for (uint32_t i = 0; i < count; i++) add_leaves(m, parts, fields[i].type, offset + fields[i].offset);
}

static void add_enum(EmitModule *m, Eightbyte *parts, const MirType *type, uint64_t offset) {
  if (type->enum_.repr == MIR_ENUM_TAGGED) add_leaf(m, parts, type->enum_.tag_type, offset);
  for (uint32_t i = 0; i < type->enum_.variant_count; i++)
    add_fields(m, parts, type->enum_.variants[i].fields, type->enum_.variants[i].field_count, offset);
}

static void add_leaves(EmitModule *m, Eightbyte *parts, const MirType *type, uint64_t offset) {
  if (!type->size) return;
  if (mir_type_is_scalar(type)) add_leaf(m, parts, type, offset);
  else if (type->kind == MIR_TYPE_STRUCT) add_fields(m, parts, type->fields.fields, type->fields.field_count, offset);
  else if (type->kind == MIR_TYPE_ENUM) add_enum(m, parts, type, offset);
  else
    for (uint64_t i = 0; i < type->array.count; i++)
      add_leaves(m, parts, type->array.element, offset + i * type->array.element->size);
}

static LLVMTypeRef piece_type(EmitModule *m, const Eightbyte *part, uint64_t bytes) {
  if (part->only) return part->only;
  if (part->is_float && bytes >= 8) return m->f64;
  return LLVMIntTypeInContext(m->llvm, (unsigned)(bytes < 8 ? bytes : 8) * 8);
}

static void find_pieces(EmitModule *m, Passing *passing) {
  Eightbyte parts[2] = {0};
  uint64_t size = passing->type->size;
  add_leaves(m, parts, passing->type, 0);
  for (uint32_t i = 0; i < 2; i++) {
    if (!parts[i].is_used) continue;
    uint32_t offset = i * 8;
    passing->offsets[passing->piece_count] = offset;
    passing->pieces[passing->piece_count++] = piece_type(m, &parts[i], size - offset);
  }
}

Passing emit_passing(EmitModule *m, MirType *type) {
  Passing passing = {.type = type};
  if (!emit_type_has_bytes(type)) passing.kind = PASS_NOTHING;
  else if (mir_type_is_scalar(type)) passing.kind = PASS_SCALAR;
  else if (type->size > 16) passing.kind = PASS_POINTER;
  else find_pieces(m, &passing), passing.kind = PASS_PIECES;
  return passing;
}

// ── System V: registers run out ─────────────────────────────────────────────────────────────────────────────────
typedef struct Registers {
  int integer, vector;
} Registers;

static bool is_float_piece(const EmitModule *m, LLVMTypeRef piece) { return piece == m->f32 || piece == m->f64; }

static void use_registers(const EmitModule *m, const Passing *passing, Registers *left) {
  if (passing->kind == PASS_POINTER) left->integer--;
  if (passing->kind == PASS_SCALAR) mir_type_is_float(passing->type) ? left->vector-- : left->integer--;
  for (uint32_t i = 0; i < passing->piece_count; i++)
    is_float_piece(m, passing->pieces[i]) ? left->vector-- : left->integer--;
}

// An aggregate goes into registers whole or not at all.
static Passing c_param_passing(EmitModule *m, MirType *type, Registers *left) {
  Passing passing = emit_passing(m, type);
  if (passing.kind == PASS_POINTER) return (Passing){.kind = PASS_BYVAL, .type = type};
  Registers after = *left;
  use_registers(m, &passing, &after);
  if (passing.kind == PASS_PIECES && (after.integer < 0 || after.vector < 0))
    return (Passing){.kind = PASS_BYVAL, .type = type};
  *left = after;
  return passing;
}

// ── Signatures ──────────────────────────────────────────────────────────────────────────────────────────────────
static LLVMTypeRef result_type(EmitModule *m, const Passing *result) {
  switch (result->kind) {
    case PASS_NOTHING:
    case PASS_POINTER:
    case PASS_BYVAL: return m->void_type;
    case PASS_SCALAR: return emit_type_register(m, result->type);
    case PASS_PIECES: break;
  }
  if (result->piece_count == 1) return result->pieces[0];
  return LLVMStructTypeInContext(m->llvm, (LLVMTypeRef *)result->pieces, result->piece_count, false);
}

static uint32_t add_param_types(EmitModule *m, const Passing *passing, LLVMTypeRef *types) {
  switch (passing->kind) {
    case PASS_NOTHING: return 0;
    case PASS_SCALAR: types[0] = emit_type_register(m, passing->type); return 1;
    case PASS_POINTER:
    case PASS_BYVAL: types[0] = m->ptr; return 1;
    case PASS_PIECES: break;
  }
  for (uint32_t i = 0; i < passing->piece_count; i++) types[i] = passing->pieces[i];
  return passing->piece_count;
}

static void finish_signature(EmitModule *m, Signature *signature) {
  LLVMTypeRef *types = arena_array(m->arena, LLVMTypeRef, 2 * signature->param_count + 1);
  uint32_t count = 0;
  if (signature->result.kind == PASS_POINTER) types[count++] = m->ptr;
  for (uint32_t i = 0; i < signature->param_count; i++)
    count += add_param_types(m, &signature->params[i], types + count);
  signature->type = LLVMFunctionType(result_type(m, &signature->result), types, count, signature->is_variadic);
}

static Signature *signature_new(EmitModule *m, MirType *result, uint32_t param_count) {
  Signature *signature = arena_new(m->arena, Signature);
  signature->result = emit_passing(m, result);
  signature->params = arena_array(m->arena, Passing, param_count + 1);
  signature->param_count = param_count;
  return signature;
}

static Signature *make_signature(EmitModule *m, const MirFunction *function) {
  Signature *signature = signature_new(m, function->result, function->param_count);
  signature->is_c = function->is_c_abi;
  signature->is_variadic = function->is_c_abi && function->is_variadic;
  Registers left = {6 - (signature->result.kind == PASS_POINTER), 8};
  for (uint32_t i = 0; i < function->param_count; i++) {
    MirType *type = function->locals.data[i + 1].type;
    signature->params[i] = function->is_c_abi ? c_param_passing(m, type, &left) : emit_passing(m, type);
  }
  finish_signature(m, signature);
  return signature;
}

const Signature *emit_signature_of_function(EmitModule *m, const MirFunction *function) {
  FunctionState *state = &m->functions[function->id];
  if (!state->signature) state->signature = make_signature(m, function);
  return state->signature;
}

const Signature *emit_signature_of_closure(EmitModule *m, const MirType *fn) {
  Signature *known = map_get(&m->closure_signatures, map_key(fn));
  if (known) return known;
  Signature *signature = signature_new(m, fn->fn.result, fn->fn.param_count + 1);
  signature->params[0] = (Passing){.kind = PASS_SCALAR, .type = (MirType *)fn};
  for (uint32_t i = 0; i < fn->fn.param_count; i++) signature->params[i + 1] = emit_passing(m, fn->fn.params[i]);
  finish_signature(m, signature);
  map_put(m->arena, &m->closure_signatures, map_key(fn), signature);
  return signature;
}

// ── Attributes ──────────────────────────────────────────────────────────────────────────────────────────────────
static void add(EmitModule *m, LLVMValueRef on, bool is_call, unsigned index, const char *name, uint64_t value) {
  if (!name) return;
  unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
  LLVMAttributeRef attribute = LLVMCreateEnumAttribute(m->llvm, kind, value);
  if (is_call) LLVMAddCallSiteAttribute(on, index, attribute);
  else LLVMAddAttributeAtIndex(on, index, attribute);
}

// C callees expect small integers extended to 32 bits.
static void add_extension(EmitModule *m, LLVMValueRef on, bool is_call, unsigned index, const MirType *type) {
  if (type->kind == MIR_TYPE_BOOL || (mir_type_is_integer(type) && mir_type_bits(type) < 32))
    add(m, on, is_call, index, mir_type_is_signed(type) ? "signext" : "zeroext", 0);
}

// What only optimisation asks for, and at -O0 would take time at every call.
static void add_fact(EmitModule *m, LLVMValueRef on, bool is_call, unsigned index, const char *name, uint64_t value) {
  if (m->options->level != CODEGEN_O0) add(m, on, is_call, index, name, value);
}

static void add_pointer_facts(EmitModule *m, LLVMValueRef on, bool is_call, unsigned index, const MirType *type) {
  add_fact(m, on, is_call, index, "noalias", 0);
  add_fact(m, on, is_call, index, LLVM_COMPAT_NOCAPTURE, 0);
  add_fact(m, on, is_call, index, "nonnull", 0);
  add_fact(m, on, is_call, index, "align", type->align);
  add_fact(m, on, is_call, index, "dereferenceable", type->size);
}

static void result_attributes(EmitModule *m, LLVMValueRef on, const Signature *signature, bool is_call) {
  const MirType *type = signature->result.type;
  if (signature->result.kind == PASS_POINTER) {
    emit_attribute_type(m, on, is_call, 1, "sret", emit_type_bytes(m, type));
    add_pointer_facts(m, on, is_call, 1, type);
  } else if (signature->is_c && signature->result.kind == PASS_SCALAR) {
    add_extension(m, on, is_call, LLVMAttributeReturnIndex, type);
  }
}

static void param_attributes(EmitModule *m, LLVMValueRef on, const Signature *signature, const Passing *param,
                             bool is_call, unsigned index) {
  if (param->kind == PASS_POINTER) {
    add_pointer_facts(m, on, is_call, index, param->type);
    add_fact(m, on, is_call, index, "readonly", 0);
  } else if (param->kind == PASS_BYVAL) {
    emit_attribute_type(m, on, is_call, index, "byval", emit_type_bytes(m, param->type));
    add(m, on, is_call, index, "align", param->type->align < 8 ? 8 : param->type->align);
  } else if (param->kind == PASS_SCALAR && signature->is_c) {
    add_extension(m, on, is_call, index, param->type);
  } else if (param->kind == PASS_SCALAR && param->type->kind == MIR_TYPE_REF) {
    add_fact(m, on, is_call, index, "nonnull", 0);  // null is the empty variant of an enum, never a value of the type
  }
}

static unsigned register_count(const Passing *param) {
  if (param->kind == PASS_PIECES) return param->piece_count;
  return param->kind == PASS_NOTHING ? 0 : 1;
}

void emit_signature_attributes(EmitModule *m, LLVMValueRef on, const Signature *signature, bool is_call) {
  result_attributes(m, on, signature, is_call);
  unsigned index = 1 + (signature->result.kind == PASS_POINTER);
  for (uint32_t i = 0; i < signature->param_count; i++) {
    param_attributes(m, on, signature, &signature->params[i], is_call, index);
    index += register_count(&signature->params[i]);
  }
}
