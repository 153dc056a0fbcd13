// The intrinsics that the back ends implement: one function a row of intrinsics.def.
#include "codegen/emit.h"

static LLVMValueRef operand(EmitFunction *f, const MirStmt *stmt, uint32_t i) {
  return emit_operand_scalar(f, &stmt->operands[i]);
}

static void give(EmitFunction *f, const MirStmt *stmt, LLVMValueRef value) {
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, value));
}

// ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void emit_intrinsic_ptr_offset(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  LLVMValueRef base = operand(f, stmt, 0), count = operand(f, stmt, 1);
  give(f, stmt, LLVMBuildInBoundsGEP2(m->builder, emit_type_bytes(m, stmt->type), base, &count, 1, ""));
}

static void emit_intrinsic_ptr_diff(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  LLVMValueRef a = LLVMBuildPtrToInt(m->builder, operand(f, stmt, 0), m->i64, "");
  LLVMValueRef b = LLVMBuildPtrToInt(m->builder, operand(f, stmt, 1), m->i64, "");
  LLVMValueRef size = LLVMConstInt(m->i64, stmt->type->size ? stmt->type->size : 1, false);
  give(f, stmt, LLVMBuildExactSDiv(m->builder, LLVMBuildSub(m->builder, a, b, ""), size, ""));
}

static LLVMValueRef byte_count(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  return LLVMBuildMul(m->builder, operand(f, stmt, 2), LLVMConstInt(m->i64, stmt->type->size, false), "");
}

static void emit_intrinsic_mem_copy(EmitFunction *f, const MirStmt *stmt) {
  unsigned align = stmt->type->align;
  LLVMBuildMemCpy(f->module->builder, operand(f, stmt, 0), align, operand(f, stmt, 1), align, byte_count(f, stmt));
}

static void emit_intrinsic_mem_move(EmitFunction *f, const MirStmt *stmt) {
  unsigned align = stmt->type->align;
  LLVMBuildMemMove(f->module->builder, operand(f, stmt, 0), align, operand(f, stmt, 1), align, byte_count(f, stmt));
}

static void emit_intrinsic_mem_fill(EmitFunction *f, const MirStmt *stmt) {
  LLVMBuildMemSet(f->module->builder, operand(f, stmt, 0), operand(f, stmt, 1), operand(f, stmt, 2), 1);
}

static void emit_intrinsic_mem_compare(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  LLVMTypeRef params[] = {m->ptr, m->ptr, m->i64};
  LLVMTypeRef type = LLVMFunctionType(m->i32, params, 3, false);
  LLVMValueRef compare = LLVMGetNamedFunction(m->module, "memcmp");
  if (!compare) {
    compare = LLVMAddFunction(m->module, "memcmp", type);
    emit_attribute(m, compare, EMIT_ON_FUNCTION, "nounwind", 0);
  }
  LLVMValueRef arguments[] = {operand(f, stmt, 0), operand(f, stmt, 1), operand(f, stmt, 2)};
  LLVMValueRef order = LLVMBuildCall2(m->builder, type, compare, arguments, 3, "");
  give(f, stmt, LLVMBuildSExt(m->builder, order, m->i64, ""));
}

static EmitValue volatile_place(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  return emit_address(stmt->type, LLVMBuildIntToPtr(m->builder, operand(f, stmt, 0), m->ptr, ""), NULL);
}

static void emit_intrinsic_volatile_load(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  EmitValue place = volatile_place(f, stmt);
  LLVMValueRef load = emit_load_piece(m, emit_type_memory(m, stmt->type), place.llvm, stmt->type->align, NULL);
  LLVMSetVolatile(load, true);
  if (stmt->type->kind == MIR_TYPE_BOOL) load = LLVMBuildTrunc(m->builder, load, m->i1, "");
  give(f, stmt, load);
}

static void emit_intrinsic_volatile_store(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  EmitValue place = volatile_place(f, stmt);
  LLVMValueRef value = operand(f, stmt, 1);
  if (stmt->type->kind == MIR_TYPE_BOOL) value = LLVMBuildZExt(m->builder, value, m->i8, "");
  LLVMValueRef store = LLVMBuildStore(m->builder, value, place.llvm);
  LLVMSetAlignment(store, stmt->type->align);
  LLVMSetVolatile(store, true);
}

// ── Integers ────────────────────────────────────────────────────────────────────────────────────────────────────
static void give_overflow(EmitFunction *f, const MirStmt *stmt, const char *if_signed, const char *if_unsigned) {
  EmitModule *m = f->module;
  LLVMValueRef arguments[] = {operand(f, stmt, 0), operand(f, stmt, 1)};
  LLVMTypeRef type = LLVMTypeOf(arguments[0]);
  const char *name = mir_type_is_signed(stmt->type) ? if_signed : if_unsigned;
  LLVMValueRef both = emit_llvm_intrinsic(m, name, &type, 1, arguments, 2);
  give(f, stmt, LLVMBuildExtractValue(m->builder, both, 1, ""));
}

static void emit_intrinsic_add_overflows(EmitFunction *f, const MirStmt *stmt) {
  give_overflow(f, stmt, "llvm.sadd.with.overflow", "llvm.uadd.with.overflow");
}

static void emit_intrinsic_sub_overflows(EmitFunction *f, const MirStmt *stmt) {
  give_overflow(f, stmt, "llvm.ssub.with.overflow", "llvm.usub.with.overflow");
}

static void emit_intrinsic_mul_overflows(EmitFunction *f, const MirStmt *stmt) {
  give_overflow(f, stmt, "llvm.smul.with.overflow", "llvm.umul.with.overflow");
}

// An LLVM intrinsic of one number; with `zero_is_poison` it takes that flag too.
static LLVMValueRef of_number(EmitFunction *f, const MirStmt *stmt, const char *name, bool takes_flag) {
  LLVMValueRef arguments[] = {operand(f, stmt, 0), LLVMConstInt(f->module->i1, 0, false)};
  LLVMTypeRef type = LLVMTypeOf(arguments[0]);
  return emit_llvm_intrinsic(f->module, name, &type, 1, arguments, takes_flag ? 2 : 1);
}

static void give_count(EmitFunction *f, const MirStmt *stmt, LLVMValueRef count) {
  give(f, stmt, LLVMBuildIntCast2(f->module->builder, count, f->module->i64, false, ""));
}

static void emit_intrinsic_bit_count(EmitFunction *f, const MirStmt *stmt) {
  give_count(f, stmt, of_number(f, stmt, "llvm.ctpop", false));
}

static void emit_intrinsic_leading_zeros(EmitFunction *f, const MirStmt *stmt) {
  give_count(f, stmt, of_number(f, stmt, "llvm.ctlz", true));
}

static void emit_intrinsic_trailing_zeros(EmitFunction *f, const MirStmt *stmt) {
  give_count(f, stmt, of_number(f, stmt, "llvm.cttz", true));
}

static void emit_intrinsic_byte_swap(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, stmt->type->size == 1 ? operand(f, stmt, 0) : of_number(f, stmt, "llvm.bswap", false));
}

static void emit_intrinsic_mul_high(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  LLVMTypeRef wide = LLVMIntTypeInContext(m->llvm, 128);
  LLVMValueRef a = LLVMBuildZExt(m->builder, operand(f, stmt, 0), wide, "");
  LLVMValueRef b = LLVMBuildZExt(m->builder, operand(f, stmt, 1), wide, "");
  LLVMValueRef product = LLVMBuildNUWMul(m->builder, a, b, "");
  LLVMValueRef high = LLVMBuildLShr(m->builder, product, LLVMConstInt(wide, 64, false), "");
  give(f, stmt, LLVMBuildTrunc(m->builder, high, m->i64, ""));
}

// ── Floats ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void emit_intrinsic_float_sqrt(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, of_number(f, stmt, "llvm.sqrt", false));
}

static void emit_intrinsic_float_floor(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, of_number(f, stmt, "llvm.floor", false));
}

static void emit_intrinsic_float_ceil(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, of_number(f, stmt, "llvm.ceil", false));
}

static void emit_intrinsic_float_trunc(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, of_number(f, stmt, "llvm.trunc", false));
}

static void emit_intrinsic_float_round(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, of_number(f, stmt, "llvm.round", false));
}

static void emit_intrinsic_float_abs(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, of_number(f, stmt, "llvm.fabs", false));
}

static void emit_intrinsic_float_fma(EmitFunction *f, const MirStmt *stmt) {
  LLVMValueRef arguments[] = {operand(f, stmt, 0), operand(f, stmt, 1), operand(f, stmt, 2)};
  LLVMTypeRef type = LLVMTypeOf(arguments[0]);
  give(f, stmt, emit_llvm_intrinsic(f->module, "llvm.fma", &type, 1, arguments, 3));
}

static void emit_intrinsic_float_to_bits(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, LLVMBuildBitCast(f->module->builder, operand(f, stmt, 0), f->module->i64, ""));
}

static void emit_intrinsic_float_from_bits(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, LLVMBuildBitCast(f->module->builder, operand(f, stmt, 0), f->module->f64, ""));
}

// ── The table ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef void IntrinsicEmitter(EmitFunction *f, const MirStmt *stmt);

static IntrinsicEmitter *const emitters[INTRINSIC_COUNT] = {
#define INTRINSIC_MIR(name, signature) [INTRINSIC_##name] = NULL,
#define INTRINSIC_BACKEND(name, signature) [INTRINSIC_##name] = emit_intrinsic_##name,
#include "intrinsics/intrinsics.def"
};

void emit_intrinsic(EmitFunction *f, const MirStmt *stmt) {
  assert(stmt->intrinsic < INTRINSIC_COUNT && emitters[stmt->intrinsic] && "the lowering expands this intrinsic");
  emitters[stmt->intrinsic](f, stmt);
}
