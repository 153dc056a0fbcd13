// Numbers: checked and plain arithmetic, comparisons, conversions. A check that MIR proved away becomes nsw/nuw.
#include "codegen/emit.h"

#include <string.h>

static bool is_signed(const MirStmt *stmt) { return mir_type_is_signed(stmt->operands[0].type); }
static bool is_proved(const MirStmt *stmt) { return stmt->flags & MIR_PROVED; }

static const char *op_sign(MirOp op) {
  switch ((int)op) {
    case MIR_OP_ADD: return "+";
    case MIR_OP_SUB: return "-";
    case MIR_OP_NEG: return "neg";
    case MIR_OP_MUL: return "*";
    case MIR_OP_DIV: return "/";
    default: return "%";
  }
}

// ── Overflow ────────────────────────────────────────────────────────────────────────────────────────────────────
static LLVMValueRef widened(EmitModule *m, const MirStmt *stmt, LLVMValueRef value) {
  return LLVMBuildIntCast2(m->builder, value, m->i64, is_signed(stmt), "");
}

// At -O0 what two blocks use is put into memory by the first and read by the second; a variable is there already.
static LLVMValueRef read_again(EmitFunction *f, const MirOperand *operand, LLVMValueRef value) {
  bool is_place = operand->kind == MIR_OPERAND_COPY || operand->kind == MIR_OPERAND_MOVE;
  if (f->module->options->level != CODEGEN_O0 || !is_place) return value;
  bool is_variable = !operand->place.global && !operand->place.projection_count;
  return is_variable && !f->locals[operand->place.local].is_value ? emit_operand_scalar(f, operand) : value;
}

// The operands are widened in the cold block only. A negation has one, which is `b`.
static void panic_on_overflow(EmitFunction *f, const MirStmt *stmt, LLVMValueRef failed, LLVMValueRef a,
                              LLVMValueRef b) {
  EmitModule *m = f->module;
  LLVMBasicBlockRef after = emit_cold_block(f, failed);
  if (stmt->op != MIR_OP_NEG) a = read_again(f, &stmt->operands[0], a);
  b = read_again(f, &stmt->operands[stmt->operand_count - 1], b);
  LLVMValueRef arguments[4] = {widened(m, stmt, a), widened(m, stmt, b)};
  emit_operation_arguments(m, stmt->span, op_sign(stmt->op), mir_type_bits(stmt->operands[0].type), arguments + 2);
  emit_call_panic(f, is_signed(stmt) ? RUNTIME_qz_panic_overflow : RUNTIME_qz_panic_overflow_unsigned, stmt->unwind,
                  arguments, 4);
  LLVMPositionBuilderAtEnd(m->builder, after);
}

static const char *overflow_intrinsic(const MirStmt *stmt) {
  bool is_s = is_signed(stmt);
  if (stmt->op == MIR_OP_ADD) return is_s ? "llvm.sadd.with.overflow" : "llvm.uadd.with.overflow";
  if (stmt->op == MIR_OP_MUL) return is_s ? "llvm.smul.with.overflow" : "llvm.umul.with.overflow";
  return is_s ? "llvm.ssub.with.overflow" : "llvm.usub.with.overflow";
}

// Of two constants, when the result fits.
static LLVMValueRef folded(const MirStmt *stmt, LLVMValueRef a, LLVMValueRef b) {
  if (!is_signed(stmt) || !LLVMIsAConstantInt(a) || !LLVMIsAConstantInt(b)) return NULL;
  long long x = LLVMConstIntGetSExtValue(a), y = LLVMConstIntGetSExtValue(b), result;
  bool overflows = stmt->op == MIR_OP_ADD   ? __builtin_add_overflow(x, y, &result)
                   : stmt->op == MIR_OP_MUL ? __builtin_mul_overflow(x, y, &result)
                                            : __builtin_sub_overflow(x, y, &result);
  unsigned spare = 64 - LLVMGetIntTypeWidth(LLVMTypeOf(a));
  if (overflows || (long long)((uint64_t)result << spare) >> spare != result) return NULL;
  return LLVMConstInt(LLVMTypeOf(a), (uint64_t)result, true);
}

static LLVMValueRef checked(EmitFunction *f, const MirStmt *stmt, LLVMValueRef a, LLVMValueRef b) {
  EmitModule *m = f->module;
  LLVMTypeRef type = LLVMTypeOf(a);
  LLVMValueRef known = folded(stmt, a, b);
  if (known) return known;
  LLVMValueRef both = emit_llvm_intrinsic(m, overflow_intrinsic(stmt), &type, 1, (LLVMValueRef[]){a, b}, 2);
  LLVMValueRef result = LLVMBuildExtractValue(m->builder, both, 0, "");
  panic_on_overflow(f, stmt, LLVMBuildExtractValue(m->builder, both, 1, ""), a, b);
  return result;
}

static LLVMValueRef proved(EmitFunction *f, const MirStmt *stmt, LLVMValueRef a, LLVMValueRef b) {
  LLVMBuilderRef builder = f->module->builder;
  bool is_s = is_signed(stmt);
  if (stmt->op == MIR_OP_ADD) return (is_s ? LLVMBuildNSWAdd : LLVMBuildNUWAdd)(builder, a, b, "");
  if (stmt->op == MIR_OP_MUL) return (is_s ? LLVMBuildNSWMul : LLVMBuildNUWMul)(builder, a, b, "");
  return (is_s ? LLVMBuildNSWSub : LLVMBuildNUWSub)(builder, a, b, "");
}

void emit_checked_binary(EmitFunction *f, const MirStmt *stmt) {
  LLVMValueRef a = emit_operand_scalar(f, &stmt->operands[0]), b = emit_operand_scalar(f, &stmt->operands[1]);
  LLVMValueRef result = is_proved(stmt) ? proved(f, stmt, a, b) : checked(f, stmt, a, b);
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, result));
}

void emit_negate(EmitFunction *f, const MirStmt *stmt) {
  LLVMValueRef a = emit_operand_scalar(f, &stmt->operands[0]);
  LLVMValueRef zero = LLVMConstNull(LLVMTypeOf(a));
  LLVMValueRef result = is_proved(stmt) ? proved(f, stmt, zero, a) : checked(f, stmt, zero, a);
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, result));
}

// ── Division and shifts ─────────────────────────────────────────────────────────────────────────────────────────
static void check_divisor(EmitFunction *f, const MirStmt *stmt, LLVMValueRef b) {
  EmitModule *m = f->module;
  LLVMValueRef is_zero = LLVMBuildICmp(m->builder, LLVMIntEQ, b, LLVMConstNull(LLVMTypeOf(b)), "");
  LLVMValueRef arguments[2];
  emit_place_arguments(m, stmt->span, arguments);
  emit_panic_when(f, stmt, is_zero, RUNTIME_qz_panic_divide, arguments, 2);
}

static LLVMValueRef smallest(LLVMTypeRef type) {
  return LLVMConstInt(type, (uint64_t)1 << (LLVMGetIntTypeWidth(type) - 1), false);
}

// The smallest number divided by -1 is the one quotient that does not fit.
static void check_quotient(EmitFunction *f, const MirStmt *stmt, LLVMValueRef a, LLVMValueRef b) {
  EmitModule *m = f->module;
  LLVMTypeRef type = LLVMTypeOf(a);
  LLVMValueRef is_smallest = LLVMBuildICmp(m->builder, LLVMIntEQ, a, smallest(type), "");
  LLVMValueRef is_minus_one = LLVMBuildICmp(m->builder, LLVMIntEQ, b, LLVMConstAllOnes(type), "");
  panic_on_overflow(f, stmt, LLVMBuildAnd(m->builder, is_smallest, is_minus_one, ""), a, b);
}

// x % -1 is 0 for every x, but the machine's instruction traps on the smallest: divide by 1 instead.
static LLVMValueRef harmless_divisor(EmitModule *m, LLVMValueRef b) {
  LLVMTypeRef type = LLVMTypeOf(b);
  LLVMValueRef is_minus_one = LLVMBuildICmp(m->builder, LLVMIntEQ, b, LLVMConstAllOnes(type), "");
  return LLVMBuildSelect(m->builder, is_minus_one, LLVMConstInt(type, 1, false), b, "");
}

static bool is_constant(const MirOperand *operand) { return operand->kind == MIR_OPERAND_INT; }

void emit_division(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  LLVMValueRef a = emit_operand_scalar(f, &stmt->operands[0]), b = emit_operand_scalar(f, &stmt->operands[1]);
  // A constant divisor other than 0 and -1 needs no check.
  bool is_safe = is_constant(&stmt->operands[1]) && !LLVMIsNull(b) && b != LLVMConstAllOnes(LLVMTypeOf(b));
  if (!is_proved(stmt) && !is_safe) check_divisor(f, stmt, b);
  LLVMValueRef result;
  if (!is_signed(stmt)) {
    result = (stmt->op == MIR_OP_DIV ? LLVMBuildUDiv : LLVMBuildURem)(m->builder, a, b, "");
  } else if (stmt->op == MIR_OP_DIV) {
    if (!is_proved(stmt) && !is_safe) check_quotient(f, stmt, a, b);
    result = LLVMBuildSDiv(m->builder, a, b, "");
  } else {
    result = LLVMBuildSRem(m->builder, a, is_safe ? b : harmless_divisor(m, b), "");
  }
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, result));
}

static void check_shift(EmitFunction *f, const MirStmt *stmt, LLVMValueRef count, uint32_t bits) {
  EmitModule *m = f->module;
  LLVMValueRef failed = LLVMBuildICmp(m->builder, LLVMIntUGE, count, LLVMConstInt(m->i64, bits, false), "");
  LLVMValueRef arguments[4] = {count, LLVMConstInt(m->i32, bits, false)};
  emit_place_arguments(m, stmt->span, arguments + 2);
  emit_panic_when(f, stmt, failed, RUNTIME_qz_panic_shift, arguments, 4);
}

void emit_shift(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  uint32_t bits = mir_type_bits(stmt->operands[0].type);
  LLVMValueRef a = emit_operand_scalar(f, &stmt->operands[0]), count = emit_operand_scalar(f, &stmt->operands[1]);
  bool is_safe = is_constant(&stmt->operands[1]) && stmt->operands[1].bits < bits;
  if (!is_proved(stmt) && !is_safe) check_shift(f, stmt, count, bits);
  LLVMValueRef narrow = LLVMBuildIntCast2(m->builder, count, LLVMTypeOf(a), false, "");
  LLVMValueRef result;
  if (stmt->op == MIR_OP_SHL) result = LLVMBuildShl(m->builder, a, narrow, "");
  else if (is_signed(stmt)) result = LLVMBuildAShr(m->builder, a, narrow, "");
  else result = LLVMBuildLShr(m->builder, a, narrow, "");
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, result));
}

void emit_bounds_check(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  if (is_proved(stmt)) return;
  LLVMValueRef index = emit_operand_scalar(f, &stmt->operands[0]), size = emit_operand_scalar(f, &stmt->operands[1]);
  // A size is never negative, so one unsigned comparison catches negative indices too.
  LLVMValueRef failed = LLVMBuildICmp(m->builder, LLVMIntUGE, index, size, "");
  LLVMValueRef arguments[4] = {index, size};
  emit_place_arguments(m, stmt->span, arguments + 2);
  emit_panic_when(f, stmt, failed, RUNTIME_qz_panic_bounds, arguments, 4);
}

// ── What never panics ───────────────────────────────────────────────────────────────────────────────────────────
static LLVMOpcode plain_opcode(MirOp op) {
  switch ((int)op) {
    case MIR_OP_WRAP_ADD: return LLVMAdd;
    case MIR_OP_WRAP_SUB: return LLVMSub;
    case MIR_OP_WRAP_MUL: return LLVMMul;
    case MIR_OP_BIT_AND: return LLVMAnd;
    case MIR_OP_BIT_OR: return LLVMOr;
    case MIR_OP_BIT_XOR: return LLVMXor;
    case MIR_OP_FADD: return LLVMFAdd;
    case MIR_OP_FSUB: return LLVMFSub;
    case MIR_OP_FMUL: return LLVMFMul;
    case MIR_OP_FDIV: return LLVMFDiv;
    default: return LLVMFRem;
  }
}

void emit_plain_binary(EmitFunction *f, const MirStmt *stmt) {
  LLVMValueRef a = emit_operand_scalar(f, &stmt->operands[0]), b = emit_operand_scalar(f, &stmt->operands[1]);
  LLVMValueRef result = LLVMBuildBinOp(f->module->builder, plain_opcode(stmt->op), a, b, "");
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, result));
}

void emit_unary(EmitFunction *f, const MirStmt *stmt) {
  LLVMBuilderRef builder = f->module->builder;
  LLVMValueRef a = emit_operand_scalar(f, &stmt->operands[0]);
  LLVMValueRef result = stmt->op == MIR_OP_FNEG ? LLVMBuildFNeg(builder, a, "") : LLVMBuildNot(builder, a, "");
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, result));
}

// ── Comparisons ─────────────────────────────────────────────────────────────────────────────────────────────────
static const struct {
  LLVMIntPredicate signed_, unsigned_;
  LLVMRealPredicate real;
} predicates[] = {
    [MIR_OP_EQ] = {LLVMIntEQ, LLVMIntEQ, LLVMRealOEQ},
    [MIR_OP_NE] = {LLVMIntNE, LLVMIntNE, LLVMRealUNE},
    [MIR_OP_LT] = {LLVMIntSLT, LLVMIntULT, LLVMRealOLT},
    [MIR_OP_LE] = {LLVMIntSLE, LLVMIntULE, LLVMRealOLE},
    [MIR_OP_GT] = {LLVMIntSGT, LLVMIntUGT, LLVMRealOGT},
    [MIR_OP_GE] = {LLVMIntSGE, LLVMIntUGE, LLVMRealOGE},
};

static LLVMIntPredicate integer_predicate(const MirStmt *stmt) {
  return is_signed(stmt) ? predicates[stmt->op].signed_ : predicates[stmt->op].unsigned_;
}

void emit_comparison(EmitFunction *f, const MirStmt *stmt) {
  LLVMBuilderRef builder = f->module->builder;
  LLVMValueRef a = emit_operand_scalar(f, &stmt->operands[0]), b = emit_operand_scalar(f, &stmt->operands[1]);
  LLVMValueRef result;
  if (mir_type_is_float(stmt->operands[0].type)) result = LLVMBuildFCmp(builder, predicates[stmt->op].real, a, b, "");
  else result = LLVMBuildICmp(builder, integer_predicate(stmt), a, b, "");
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, result));
}

// ── Conversions ─────────────────────────────────────────────────────────────────────────────────────────────────
static LLVMValueRef float_to_integer(EmitModule *m, LLVMValueRef value, const MirType *to, LLVMTypeRef type) {
  const char *name = mir_type_is_signed(to) ? "llvm.fptosi.sat" : "llvm.fptoui.sat";
  return emit_llvm_intrinsic(m, name, (LLVMTypeRef[]){type, LLVMTypeOf(value)}, 2, &value, 1);
}

static LLVMValueRef cast_from_float(EmitModule *m, LLVMValueRef value, const MirType *to, LLVMTypeRef type) {
  if (mir_type_is_float(to)) return LLVMBuildFPCast(m->builder, value, type, "");
  return float_to_integer(m, value, to, type);
}

static LLVMValueRef cast_from_integer(EmitModule *m, LLVMValueRef value, const MirType *from, const MirType *to,
                                      LLVMTypeRef type) {
  bool is_s = mir_type_is_signed(from);
  if (mir_type_is_float(to)) return (is_s ? LLVMBuildSIToFP : LLVMBuildUIToFP)(m->builder, value, type, "");
  if (emit_type_is_pointer(to)) return LLVMBuildIntToPtr(m->builder, value, type, "");
  return LLVMBuildIntCast2(m->builder, value, type, is_s, "");
}

static LLVMValueRef cast_from_pointer(EmitModule *m, LLVMValueRef value, const MirType *to, LLVMTypeRef type) {
  return emit_type_is_pointer(to) ? value : LLVMBuildPtrToInt(m->builder, value, type, "");
}

void emit_cast(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  const MirType *from = stmt->operands[0].type;
  MirType *to = stmt->dest.type;
  LLVMTypeRef type = emit_type_register(m, to);
  LLVMValueRef value = emit_operand_scalar(f, &stmt->operands[0]);
  if (mir_type_is_float(from)) value = cast_from_float(m, value, to, type);
  else if (emit_type_is_pointer(from)) value = cast_from_pointer(m, value, to, type);
  else value = cast_from_integer(m, value, from, to, type);
  emit_dest(f, stmt, emit_scalar(to, value));
}
