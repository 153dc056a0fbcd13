// The intrinsics that the back ends implement: one function a row of intrinsics.def.
#include <string.h>

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

// ── Memory that tasks use together ──────────────────────────────────────────────────────────────────────────────
// One atomic operation, of which a result of NULL is none. `operands`: the statement's, as they are in memory.
typedef struct AtomicOp {
  const MirStmt *stmt;
  LLVMValueRef operands[3];
  LLVMAtomicRMWBinOp op;
} AtomicOp;
typedef LLVMValueRef EmitAtomic(EmitModule *m, const AtomicOp *op, IntrinsicOrder order);

static const LLVMAtomicOrdering llvm_orders[INTRINSIC_ORDER_COUNT] = {
    [INTRINSIC_RELAXED] = LLVMAtomicOrderingMonotonic,
    [INTRINSIC_ACQUIRE] = LLVMAtomicOrderingAcquire,
    [INTRINSIC_RELEASE] = LLVMAtomicOrderingRelease,
    [INTRINSIC_ACQ_REL] = LLVMAtomicOrderingAcquireRelease,
    [INTRINSIC_SEQ_CST] = LLVMAtomicOrderingSequentiallyConsistent,
};

static LLVMValueRef atomic_load(EmitModule *m, const AtomicOp *op, IntrinsicOrder order) {
  const MirType *type = op->stmt->type;
  bool has_order = order == INTRINSIC_RELAXED || order == INTRINSIC_ACQUIRE;
  LLVMValueRef load = emit_load_piece(m, emit_type_memory(m, type), op->operands[0], type->align, NULL);
  LLVMSetOrdering(load, llvm_orders[has_order ? order : INTRINSIC_SEQ_CST]);
  return load;
}

static LLVMValueRef atomic_store(EmitModule *m, const AtomicOp *op, IntrinsicOrder order) {
  bool has_order = order == INTRINSIC_RELAXED || order == INTRINSIC_RELEASE;
  LLVMValueRef store = LLVMBuildStore(m->builder, op->operands[1], op->operands[0]);
  LLVMSetAlignment(store, op->stmt->type->align);
  LLVMSetOrdering(store, llvm_orders[has_order ? order : INTRINSIC_SEQ_CST]);
  return NULL;
}

static LLVMValueRef atomic_update(EmitModule *m, const AtomicOp *op, IntrinsicOrder order) {
  return LLVMBuildAtomicRMW(m->builder, op->op, op->operands[0], op->operands[1], llvm_orders[order], false);
}

// A swap that was not made has read only.
static LLVMValueRef atomic_compare_swap(EmitModule *m, const AtomicOp *op, IntrinsicOrder order) {
  static const IntrinsicOrder of_failure[INTRINSIC_ORDER_COUNT] = {
      [INTRINSIC_RELAXED] = INTRINSIC_RELAXED, [INTRINSIC_ACQUIRE] = INTRINSIC_ACQUIRE,
      [INTRINSIC_RELEASE] = INTRINSIC_RELAXED, [INTRINSIC_ACQ_REL] = INTRINSIC_ACQUIRE,
      [INTRINSIC_SEQ_CST] = INTRINSIC_SEQ_CST,
  };
  LLVMValueRef both = LLVMBuildAtomicCmpXchg(m->builder, op->operands[0], op->operands[1], op->operands[2],
                                             llvm_orders[order], llvm_orders[of_failure[order]], false);
  return LLVMBuildExtractValue(m->builder, both, 1, "");
}

// An order that is not known yet: one block each. Where the call is inlined, LLVM keeps the one that is meant.
static LLVMValueRef of_every_order(EmitFunction *f, const AtomicOp *op, LLVMValueRef order, EmitAtomic *emit) {
  EmitModule *m = f->module;
  LLVMBasicBlockRef blocks[INTRINSIC_ORDER_COUNT], after = emit_block_after(f);
  LLVMValueRef results[INTRINSIC_ORDER_COUNT];
  for (int i = 0; i < INTRINSIC_ORDER_COUNT; i++) blocks[i] = emit_block_after(f);
  LLVMValueRef choice = LLVMBuildSwitch(m->builder, order, blocks[INTRINSIC_SEQ_CST], INTRINSIC_SEQ_CST);
  for (int i = 0; i < INTRINSIC_ORDER_COUNT; i++) {
    if (i != INTRINSIC_SEQ_CST) LLVMAddCase(choice, LLVMConstInt(m->i64, (unsigned)i, false), blocks[i]);
    LLVMPositionBuilderAtEnd(m->builder, blocks[i]);
    results[i] = emit(m, op, (IntrinsicOrder)i);
    LLVMBuildBr(m->builder, after);
  }
  LLVMPositionBuilderAtEnd(m->builder, after);
  if (!results[0]) return NULL;
  LLVMValueRef phi = LLVMBuildPhi(m->builder, LLVMTypeOf(results[0]), "");
  LLVMAddIncoming(phi, results, blocks, INTRINSIC_ORDER_COUNT);
  return phi;
}

// The last operand is the order. A Bool takes a byte in memory.
static void give_atomic(EmitFunction *f, const MirStmt *stmt, LLVMAtomicRMWBinOp llvm_op, EmitAtomic *emit) {
  EmitModule *m = f->module;
  AtomicOp op = {.stmt = stmt, .op = llvm_op};
  uint32_t last = stmt->operand_count - 1;
  for (uint32_t i = 0; i < last; i++) {
    op.operands[i] = operand(f, stmt, i);
    if (stmt->operands[i].type->kind == MIR_TYPE_BOOL)
      op.operands[i] = LLVMBuildZExt(m->builder, op.operands[i], m->i8, "");
  }
  LLVMValueRef order = operand(f, stmt, last);
  bool is_known = LLVMIsAConstantInt(order) && LLVMConstIntGetZExtValue(order) < INTRINSIC_ORDER_COUNT;
  LLVMValueRef result = is_known ? emit(m, &op, (IntrinsicOrder)LLVMConstIntGetZExtValue(order))
                                 : of_every_order(f, &op, order, emit);
  if (!result || !stmt->dest.type) return;
  bool is_byte = stmt->dest.type->kind == MIR_TYPE_BOOL && LLVMTypeOf(result) != m->i1;
  give(f, stmt, is_byte ? LLVMBuildTrunc(m->builder, result, m->i1, "") : result);
}

#define ATOMIC_INTRINSIC(name, llvm_op, emit) \
  static void emit_intrinsic_##name(EmitFunction *f, const MirStmt *stmt) { give_atomic(f, stmt, llvm_op, emit); }
ATOMIC_INTRINSIC(atomic_load, LLVMAtomicRMWBinOpXchg, atomic_load)
ATOMIC_INTRINSIC(atomic_store, LLVMAtomicRMWBinOpXchg, atomic_store)
ATOMIC_INTRINSIC(atomic_swap, LLVMAtomicRMWBinOpXchg, atomic_update)
ATOMIC_INTRINSIC(atomic_add, LLVMAtomicRMWBinOpAdd, atomic_update)
ATOMIC_INTRINSIC(atomic_sub, LLVMAtomicRMWBinOpSub, atomic_update)
ATOMIC_INTRINSIC(atomic_and, LLVMAtomicRMWBinOpAnd, atomic_update)
ATOMIC_INTRINSIC(atomic_or, LLVMAtomicRMWBinOpOr, atomic_update)
ATOMIC_INTRINSIC(atomic_xor, LLVMAtomicRMWBinOpXor, atomic_update)
ATOMIC_INTRINSIC(atomic_compare_swap, LLVMAtomicRMWBinOpXchg, atomic_compare_swap)

static void emit_intrinsic_fence_light(EmitFunction *f, const MirStmt *stmt) {
  (void)stmt;
  LLVMBuildFence(f->module->builder, LLVMAtomicOrderingSequentiallyConsistent, true, "");
}

static void emit_intrinsic_object_type(EmitFunction *f, const MirStmt *stmt) {
  give(f, stmt, LLVMConstInt(f->module->i64, stmt->type->ptr.to->id, false));
}

// The address of the stack's context, which the runtime keeps in a thread-local variable. The stack may go on on
// another thread behind any instruction, so on x86 one reads it. What was read stays right while the function runs.
typedef struct AsmText {
  const char *text, *constraints;
} AsmText;

static AsmText context_read(const EmitModule *m) {
  static const AsmText x86 = {"movq qz_context@gottpoff(%rip), $0\n\tmovq %fs:($0), $0", "=r"};
  static const AsmText arm = {
      "mrs x16, tpidr_el0\n\t"
      "adrp $0, :gottprel:qz_context\n\t"
      "ldr $0, [$0, :gottprel_lo12:qz_context]\n\t"
      "ldr $0, [x16, $0]", "=&r,~{x16}"};
  return strncmp(LLVMGetTarget(m->module), "aarch64", strlen("aarch64")) == 0 ? arm : x86;
}

static void emit_intrinsic_running_stack(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  AsmText read = context_read(m);
  LLVMTypeRef type = LLVMFunctionType(m->i64, NULL, 0, false);
  size_t text_size = strlen(read.text), constraints_size = strlen(read.constraints);
  LLVMValueRef code = LLVMGetInlineAsm(type, read.text, text_size, read.constraints, constraints_size, false, false,
                                       LLVMInlineAsmDialectATT, false);
  give(f, stmt, LLVMBuildCall2(m->builder, type, code, NULL, 0, ""));
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
