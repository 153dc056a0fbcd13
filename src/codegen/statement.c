// Dispatch: one function an operation. Terminators are here, the rest in the file of its group.
#include "codegen/emit.h"

static void emit_use(EmitFunction *f, const MirStmt *stmt) { emit_dest(f, stmt, emit_operand(f, &stmt->operands[0])); }

static void emit_addr(EmitFunction *f, const MirStmt *stmt) {
  EmitValue place = emit_place(f, &stmt->operands[0].place);
  EmitModule *m = f->module;
  // What has no bytes still has an address, which nothing reads.
  LLVMValueRef address = place.kind == EMIT_ADDRESS
                             ? place.llvm
                             : LLVMConstIntToPtr(LLVMConstInt(m->i64, stmt->operands[0].type->align, false), m->ptr);
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, address));
}

// ── Terminators ─────────────────────────────────────────────────────────────────────────────────────────────────
LLVMValueRef emit_branch_if(EmitModule *m, LLVMValueRef condition, LLVMBasicBlockRef then, LLVMBasicBlockRef other,
                            LLVMValueRef weights) {
  LLVMValueRef branch = LLVMBuildCondBr(m->builder, condition, then, other);
  if (weights && m->options->level != CODEGEN_O0) LLVMSetMetadata(branch, m->branch_weights_kind, weights);
  return branch;
}

static void emit_goto(EmitFunction *f, const MirStmt *stmt) {
  LLVMBuildBr(f->module->builder, f->blocks[stmt->targets[0]]);
}

static void emit_branch(EmitFunction *f, const MirStmt *stmt) {
  LLVMValueRef condition = emit_operand_scalar(f, &stmt->operands[0]);
  LLVMValueRef weights = stmt->flags & MIR_COLD ? f->module->unlikely_true : NULL;
  emit_branch_if(f->module, condition, f->blocks[stmt->targets[0]], f->blocks[stmt->targets[1]], weights);
}

static void emit_switch(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  LLVMValueRef subject = emit_operand_scalar(f, &stmt->operands[0]);
  LLVMTypeRef type = LLVMTypeOf(subject);
  uint32_t last = stmt->target_count - 1;
  LLVMValueRef branch = LLVMBuildSwitch(m->builder, subject, f->blocks[stmt->targets[last]], last);
  for (uint32_t i = 0; i < last; i++)
    LLVMAddCase(branch, LLVMConstInt(type, (uint64_t)stmt->cases[i], true), f->blocks[stmt->targets[i]]);
}

static void return_pieces(EmitFunction *f, EmitValue result) {
  EmitModule *m = f->module;
  const Passing *passing = &f->signature->result;
  LLVMValueRef pieces[2];
  for (uint32_t i = 0; i < passing->piece_count; i++)
    pieces[i] = emit_load_piece(m, passing->pieces[i], emit_offset(m, result.llvm, passing->offsets[i]),
                                passing->type->align, NULL);
  if (passing->piece_count == 1) LLVMBuildRet(m->builder, pieces[0]);
  else LLVMBuildAggregateRet(m->builder, pieces, passing->piece_count);
}

static void emit_return(EmitFunction *f, const MirStmt *stmt) {
  (void)stmt;
  EmitModule *m = f->module;
  EmitValue result = f->locals[MIR_RETURN_LOCAL].value;
  switch (f->signature->result.kind) {
    case PASS_NOTHING:
    case PASS_POINTER:
    case PASS_BYVAL: LLVMBuildRetVoid(m->builder); return;
    case PASS_SCALAR: LLVMBuildRet(m->builder, emit_load(f, result).llvm); return;
    case PASS_PIECES: return_pieces(f, result); return;
  }
}

static void emit_panic(EmitFunction *f, const MirStmt *stmt) {
  LLVMValueRef arguments[3] = {emit_operand_scalar(f, &stmt->operands[0])};
  emit_place_arguments(f->module, stmt->span, arguments + 1);
  emit_call_panic(f, RUNTIME_qz_panic, stmt->unwind, arguments, 3);
}

static void emit_unreachable(EmitFunction *f, const MirStmt *stmt) {
  (void)stmt;
  LLVMBuildUnreachable(f->module->builder);
}

static void emit_resume(EmitFunction *f, const MirStmt *stmt) {
  (void)stmt;
  EmitModule *m = f->module;
  if (!f->exception) {  // nothing in this function unwinds to here
    LLVMBuildUnreachable(m->builder);
    return;
  }
  LLVMValueRef exception = LLVMBuildLoad2(m->builder, m->ptr, f->exception, "");
  LLVMValueRef selector = LLVMBuildLoad2(m->builder, m->i32, f->exception_selector, "");
  LLVMValueRef pad = LLVMBuildInsertValue(m->builder, LLVMGetPoison(m->landing_pad), exception, 0, "");
  LLVMBuildResume(m->builder, LLVMBuildInsertValue(m->builder, pad, selector, 1, ""));
}

void emit_stmt(EmitFunction *f, const MirStmt *stmt) {
  switch (stmt->op) {
    case MIR_OP_USE: emit_use(f, stmt); break;
    case MIR_OP_RETAIN: emit_retain(f, stmt); break;
    case MIR_OP_ADDR: emit_addr(f, stmt); break;
    case MIR_OP_CAST: emit_cast(f, stmt); break;
    case MIR_OP_TAG: emit_tag(f, stmt); break;
    case MIR_OP_NEG: emit_negate(f, stmt); break;
    case MIR_OP_ADD:
    case MIR_OP_SUB:
    case MIR_OP_MUL: emit_checked_binary(f, stmt); break;
    case MIR_OP_DIV:
    case MIR_OP_REM: emit_division(f, stmt); break;
    case MIR_OP_SHL:
    case MIR_OP_SHR: emit_shift(f, stmt); break;
    case MIR_OP_WRAP_ADD:
    case MIR_OP_WRAP_SUB:
    case MIR_OP_WRAP_MUL:
    case MIR_OP_BIT_AND:
    case MIR_OP_BIT_OR:
    case MIR_OP_BIT_XOR:
    case MIR_OP_FADD:
    case MIR_OP_FSUB:
    case MIR_OP_FMUL:
    case MIR_OP_FDIV:
    case MIR_OP_FREM: emit_plain_binary(f, stmt); break;
    case MIR_OP_BIT_NOT:
    case MIR_OP_NOT:
    case MIR_OP_FNEG: emit_unary(f, stmt); break;
    case MIR_OP_EQ:
    case MIR_OP_NE:
    case MIR_OP_LT:
    case MIR_OP_LE:
    case MIR_OP_GT:
    case MIR_OP_GE: emit_comparison(f, stmt); break;
    case MIR_OP_STRUCT: emit_struct(f, stmt); break;
    case MIR_OP_VARIANT: emit_variant(f, stmt); break;
    case MIR_OP_ARRAY: emit_array(f, stmt); break;
    case MIR_OP_FILL: emit_fill(f, stmt); break;
    case MIR_OP_NEW: emit_new(f, stmt); break;
    case MIR_OP_CLOSURE: emit_closure(f, stmt); break;
    case MIR_OP_OPTION_UNWRAP: emit_option_unwrap(f, stmt); break;
    case MIR_OP_BOUNDS_CHECK: emit_bounds_check(f, stmt); break;
    case MIR_OP_CALL: emit_call_stmt(f, stmt); break;
    case MIR_OP_CALL_FN: emit_call_closure(f, stmt); break;
    case MIR_OP_INTRINSIC: emit_intrinsic(f, stmt); break;
    case MIR_OP_RELEASE: emit_release(f, stmt); break;
    case MIR_OP_FORGET: break;
    case MIR_OP_GOTO: emit_goto(f, stmt); break;
    case MIR_OP_BRANCH: emit_branch(f, stmt); break;
    case MIR_OP_SWITCH: emit_switch(f, stmt); break;
    case MIR_OP_RETURN: emit_return(f, stmt); break;
    case MIR_OP_PANIC: emit_panic(f, stmt); break;
    case MIR_OP_UNREACHABLE: emit_unreachable(f, stmt); break;
    case MIR_OP_RESUME: emit_resume(f, stmt); break;
    case MIR_OP_COUNT: break;
  }
}
