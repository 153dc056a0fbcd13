// Calls: arguments as the signature wants them, plain or with a landing pad; panics in cold blocks.
#include "codegen/emit.h"

#include <string.h>

LLVMValueRef emit_call(EmitFunction *f, const EmitCall *call) {
  EmitModule *m = f->module;
  if (call->unwind == MIR_NO_BLOCK || !call->may_panic)
    return LLVMBuildCall2(m->builder, call->type, call->callee, call->arguments, call->argument_count, "");
  LLVMBasicBlockRef after = call->is_noreturn ? emit_dead_block(f) : emit_block_after(f);
  LLVMBasicBlockRef pad = emit_landing_pad(f, call->unwind);
  LLVMValueRef result =
      LLVMBuildInvoke2(m->builder, call->type, call->callee, call->arguments, call->argument_count, after, pad, "");
  if (call->is_noreturn) return result;
  LLVMPositionBuilderAtEnd(m->builder, after);
  return result;
}

// Making up the full name takes longer than looking in the few that are used.
static LLVMValueRef intrinsic_declaration(EmitModule *m, const char *name, LLVMTypeRef *overloads, uint32_t count) {
  LLVMTypeRef first = count ? overloads[0] : NULL;
  for (uint32_t i = 0; i < m->intrinsics.size && count < 2; i++) {
    const EmitIntrinsic *known = &m->intrinsics.data[i];
    if (known->name == name && known->overload == first) return known->function;
  }
  unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
  LLVMValueRef function = LLVMGetIntrinsicDeclaration(m->module, id, overloads, count);
  if (count < 2) vec_push(m->arena, &m->intrinsics, (EmitIntrinsic){name, first, function});
  return function;
}

LLVMValueRef emit_llvm_intrinsic(EmitModule *m, const char *name, LLVMTypeRef *overloads, uint32_t overload_count,
                                 LLVMValueRef *arguments, uint32_t count) {
  LLVMValueRef function = intrinsic_declaration(m, name, overloads, overload_count);
  return LLVMBuildCall2(m->builder, LLVMGlobalGetValueType(function), function, arguments, count, "");
}

LLVMValueRef emit_call_runtime(EmitFunction *f, RuntimeId id, MirBlockId unwind, LLVMValueRef *arguments,
                               uint32_t count) {
  LLVMValueRef callee = emit_runtime(f->module, id);
  EmitCall call = {f->module->runtime_types[id], callee, arguments, count, unwind, true, false};
  return emit_call(f, &call);
}

void emit_call_panic(EmitFunction *f, RuntimeId panic, MirBlockId unwind, LLVMValueRef *arguments, uint32_t count) {
  EmitModule *m = f->module;
  LLVMValueRef callee = emit_runtime(m, panic);
  EmitCall call = {m->runtime_types[panic], callee, arguments, count, unwind, true, true};
  emit_call(f, &call);
  if (unwind == MIR_NO_BLOCK) LLVMBuildUnreachable(m->builder);
}

// At -O0 blocks stay as they are made: the cold one stands behind its check, on the same line of the program and a
// short jump away. Optimisation moves it out of the way.
LLVMBasicBlockRef emit_cold_block(EmitFunction *f, LLVMValueRef failed) {
  EmitModule *m = f->module;
  LLVMBasicBlockRef after = emit_block_after(f), cold = emit_block_after(f);
  emit_branch_if(m, failed, cold, after, m->unlikely_true);
  LLVMPositionBuilderAtEnd(m->builder, cold);
  return after;
}

void emit_panic_when(EmitFunction *f, const MirStmt *stmt, LLVMValueRef failed, RuntimeId panic,
                     LLVMValueRef *arguments, uint32_t count) {
  LLVMBasicBlockRef after = emit_cold_block(f, failed);
  emit_call_panic(f, panic, stmt->unwind, arguments, count);
  LLVMPositionBuilderAtEnd(f->module->builder, after);
}

// ── Arguments ───────────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t pass_pieces(EmitFunction *f, EmitValue value, const Passing *passing, LLVMValueRef *out) {
  EmitModule *m = f->module;
  for (uint32_t i = 0; i < passing->piece_count; i++)
    out[i] = emit_load_piece(m, passing->pieces[i], emit_offset(m, value.llvm, passing->offsets[i]), value.type->align,
                             value.alias);
  return passing->piece_count;
}

// The callee relies on this memory staying as it is: a local that nobody else can write to, or else a copy.
static LLVMValueRef pass_pointer(EmitFunction *f, const MirOperand *operand, EmitValue value) {
  if (emit_operand_is_stable(f, operand)) return value.llvm;
  EmitValue copy = emit_address(value.type, emit_slot(f->module, value.type), NULL);
  emit_store(f, copy, value);
  return copy.llvm;
}

static uint32_t pass(EmitFunction *f, const MirOperand *operand, const Passing *passing, LLVMValueRef *out) {
  EmitValue value = emit_operand(f, operand);
  switch (passing->kind) {
    case PASS_NOTHING: return 0;
    case PASS_SCALAR: out[0] = value.llvm; return 1;
    case PASS_PIECES: return pass_pieces(f, value, passing, out);
    case PASS_POINTER: out[0] = pass_pointer(f, operand, value); return 1;
    case PASS_BYVAL: out[0] = value.llvm; return 1;
  }
  return 0;
}

// What stands in the `...` of a C function: at least 32 bits wide, floats as doubles.
static LLVMValueRef promoted(EmitFunction *f, const MirOperand *operand) {
  EmitModule *m = f->module;
  LLVMValueRef value = emit_operand_scalar(f, operand);
  if (operand->type->kind == MIR_TYPE_F32) return LLVMBuildFPExt(m->builder, value, m->f64, "");
  bool is_small =
      operand->type->kind == MIR_TYPE_BOOL || (mir_type_is_integer(operand->type) && mir_type_bits(operand->type) < 32);
  if (!is_small) return value;
  return LLVMBuildIntCast2(m->builder, value, m->i32, mir_type_is_signed(operand->type), "");
}

typedef struct Arguments {
  LLVMValueRef *values;
  uint32_t count;
  EmitValue result_memory;  // sret
} Arguments;

static void pass_all(EmitFunction *f, const MirStmt *stmt, const Signature *signature, Arguments *to) {
  for (uint32_t i = 0; i < signature->param_count; i++)
    to->count += pass(f, &stmt->operands[i], &signature->params[i], to->values + to->count);
  for (uint32_t i = signature->param_count; i < stmt->operand_count; i++)
    to->values[to->count++] = promoted(f, &stmt->operands[i]);
}

static Arguments make_arguments(EmitFunction *f, const MirStmt *stmt, const Signature *signature) {
  Arguments arguments = {.values = arena_array(f->module->scratch, LLVMValueRef, 2 * stmt->operand_count + 1)};
  if (signature->result.kind == PASS_POINTER) {
    MirType *type = signature->result.type;
    bool in_place = stmt->dest.type && emit_dest_is_private(f, stmt);
    arguments.result_memory =
        in_place ? emit_place(f, &stmt->dest) : emit_address(type, emit_slot(f->module, type), NULL);
    arguments.values[arguments.count++] = arguments.result_memory.llvm;
  }
  pass_all(f, stmt, signature, &arguments);
  return arguments;
}

// ── Results ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void store_result_pieces(EmitFunction *f, EmitValue to, LLVMValueRef result, const Passing *passing) {
  EmitModule *m = f->module;
  for (uint32_t i = 0; i < passing->piece_count; i++) {
    LLVMValueRef piece = passing->piece_count == 1 ? result : LLVMBuildExtractValue(m->builder, result, i, "");
    emit_store_piece(m, piece, emit_offset(m, to.llvm, passing->offsets[i]), to.type->align, to.alias);
  }
}

static void take_result(EmitFunction *f, const MirStmt *stmt, const Passing *passing, LLVMValueRef result,
                        EmitValue memory) {
  if (!stmt->dest.type) return;
  switch (passing->kind) {
    case PASS_NOTHING: return;
    case PASS_SCALAR: emit_dest(f, stmt, emit_scalar(passing->type, result)); return;
    case PASS_PIECES: store_result_pieces(f, emit_place(f, &stmt->dest), result, passing); return;
    case PASS_POINTER:
    case PASS_BYVAL: break;
  }
  if (!emit_dest_is_private(f, stmt)) emit_dest(f, stmt, memory);
}

static LLVMValueRef call_with(EmitFunction *f, const MirStmt *stmt, const Signature *signature, LLVMValueRef callee,
                              bool may_panic) {
  Arguments arguments = make_arguments(f, stmt, signature);
  EmitCall call = {signature->type, callee, arguments.values, arguments.count, stmt->unwind, may_panic, false};
  LLVMValueRef result = emit_call(f, &call);
  emit_signature_attributes(f->module, result, signature, true);
  take_result(f, stmt, &signature->result, result, arguments.result_memory);
  return result;
}

// Where a task was started is read off the stack: that call must not become a jump.
void emit_call_stmt(EmitFunction *f, const MirStmt *stmt) {
  const Signature *signature = emit_signature_of_function(f->module, stmt->callee);
  LLVMValueRef callee = emit_function(f->module, stmt->callee);
  LLVMValueRef call = call_with(f, stmt, signature, callee, emit_stmt_may_panic(f->module->plan, stmt));
  if (stmt->callee->sends && LLVMIsACallInst(call)) LLVMSetTailCallKind(call, LLVMTailCallKindNoTail);
}

static LLVMValueRef load_code(EmitFunction *f, LLVMValueRef closure) {
  EmitModule *m = f->module;
  return emit_load_piece(m, m->ptr, emit_offset(m, closure, EMIT_CLOSURE_CODE_OFFSET), 8, emit_alias_code(m));
}

void emit_call_closure(EmitFunction *f, const MirStmt *stmt) {
  const Signature *signature = emit_signature_of_closure(f->module, stmt->operands[0].type);
  LLVMValueRef closure = emit_operand_scalar(f, &stmt->operands[0]);
  call_with(f, stmt, signature, load_code(f, closure), true);
}
