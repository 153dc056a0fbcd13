// Locals, blocks and statements of the function being lowered. Whatever may panic gets the cleanups of this moment as
// its unwind block; whatever follows a terminator goes to a block that is removed at the end.
#include "mir/lower_internal.h"

#include <string.h>

MirLocalId lower_local(LowerFn *fn, MirLocalKind kind, MirType *type, Name name, Span span) {
  lower_check_size(fn->lowering, type, span);
  MirLocalId local = mir_local_new(fn->module, fn->function, kind, type, name, span);
  while (fn->variables.size <= local) vec_push(fn->module->arena, &fn->variables, false);
  fn->function->locals.data[local].is_owned = kind != MIR_LOCAL_PARAM && type->is_managed;
  return local;
}

MirBlockId lower_block_new(LowerFn *fn) {
  MirBlockId block = mir_block_new(fn->module, fn->function);
  fn->function->blocks.data[block]->is_cleanup = fn->in_cleanup;
  return block;
}

void lower_start(LowerFn *fn, MirBlockId block) { fn->block = block; }

bool lower_is_dead(const LowerFn *fn) { return fn->block == MIR_NO_BLOCK || fn->block == fn->dead_block; }

static MirBlock *current_block(LowerFn *fn) {
  if (fn->block == MIR_NO_BLOCK) fn->block = fn->dead_block = lower_block_new(fn);
  return fn->function->blocks.data[fn->block];
}

MirStmt *lower_emit(LowerFn *fn, MirOp op, Span span, uint32_t operands, uint32_t targets) {
  bool panics = mir_op_info(op)->panics && op != MIR_OP_INTRINSIC;  // none of the back ends' intrinsics does
  MirBlockId unwind = panics ? lower_unwind(fn) : MIR_NO_BLOCK;
  MirStmt *stmt = mir_stmt_new(fn->module, current_block(fn), op, span, operands, targets);
  stmt->unwind = unwind;
  if (mir_op_info(op)->shape == MIR_SHAPE_TERM) fn->block = MIR_NO_BLOCK;
  return stmt;
}

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void set_dest(LowerFn *fn, MirStmt *stmt, MirType *type) {
  if (type->kind == MIR_TYPE_VOID || type->kind == MIR_TYPE_NEVER) return;
  stmt->dest = mir_place_local(fn->function, lower_local(fn, MIR_LOCAL_TEMP, type, NAME_NONE, stmt->span));
}

MirStmt *lower_many(LowerFn *fn, MirOp op, MirType *type, const MirOperand *operands, uint32_t count, Span span) {
  MirStmt *stmt = lower_emit(fn, op, span, count, 0);
  if (count) memcpy(stmt->operands, operands, count * sizeof *operands);
  set_dest(fn, stmt, type);
  return stmt;
}

MirOperand lower_result(LowerFn *fn, MirStmt *stmt) {
  if (!stmt->dest.type) return lower_void(fn);
  MirPlace dest = stmt->dest;
  lower_own(fn, dest.local, false, stmt->span);
  return mir_copy(dest);
}

MirOperand lower_unary(LowerFn *fn, MirOp op, MirType *type, MirOperand a, Span span) {
  return lower_result(fn, lower_many(fn, op, type, &a, 1, span));
}

MirOperand lower_binary(LowerFn *fn, MirOp op, MirType *type, MirOperand a, MirOperand b, Span span) {
  return lower_result(fn, lower_many(fn, op, type, (MirOperand[]){a, b}, 2, span));
}

MirOperand lower_compare(LowerFn *fn, MirOp op, MirOperand a, MirOperand b, Span span) {
  return lower_binary(fn, op, lower_basic(fn, MIR_TYPE_BOOL), a, b, span);
}

MirOperand lower_proved(LowerFn *fn, MirOp op, MirOperand a, MirOperand b, Span span) {
  MirStmt *stmt = lower_many(fn, op, a.type, (MirOperand[]){a, b}, 2, span);
  stmt->flags |= MIR_PROVED;
  stmt->unwind = MIR_NO_BLOCK;
  return lower_result(fn, stmt);
}

void lower_write(LowerFn *fn, MirPlace to, MirOp op, MirOperand value, Span span) {
  MirStmt *stmt = lower_emit(fn, op, span, 1, 0);
  stmt->operands[0] = value;
  stmt->dest = to;
}

void lower_effect(LowerFn *fn, MirOp op, MirOperand a, Span span) {
  MirStmt *stmt = lower_emit(fn, op, span, 1, 0);
  stmt->operands[0] = a;
}

// ── Terminators ─────────────────────────────────────────────────────────────────────────────────────────────────
void lower_goto(LowerFn *fn, MirBlockId target, Span span) {
  if (fn->block == MIR_NO_BLOCK) return;
  lower_emit(fn, MIR_OP_GOTO, span, 0, 1)->targets[0] = target;
}

void lower_branch(LowerFn *fn, MirOperand cond, MirBlockId yes, MirBlockId no, Span span) {
  if (cond.kind == MIR_OPERAND_INT) {
    lower_goto(fn, cond.bits ? yes : no, span);
    return;
  }
  MirStmt *stmt = lower_emit(fn, MIR_OP_BRANCH, span, 1, 2);
  stmt->operands[0] = cond;
  stmt->targets[0] = yes;
  stmt->targets[1] = no;
}

void lower_switch(LowerFn *fn, MirOperand value, const int64_t *cases, const MirBlockId *targets, uint32_t count,
                  MirBlockId otherwise, Span span) {
  MirStmt *stmt = lower_emit(fn, MIR_OP_SWITCH, span, 1, count + 1);
  stmt->operands[0] = value;
  for (uint32_t i = 0; i < count; i++) {
    stmt->cases[i] = cases[i];
    stmt->targets[i] = targets[i];
  }
  stmt->targets[count] = otherwise;
}

void lower_unreachable(LowerFn *fn, Span span) {
  if (fn->block != MIR_NO_BLOCK) lower_emit(fn, MIR_OP_UNREACHABLE, span, 0, 0);
}

// ── Constants ───────────────────────────────────────────────────────────────────────────────────────────────────
MirOperand lower_int(LowerFn *fn, int64_t value) { return mir_int(lower_basic(fn, MIR_TYPE_I64), (uint64_t)value); }

MirOperand lower_bool(LowerFn *fn, bool value) { return mir_int(lower_basic(fn, MIR_TYPE_BOOL), value); }

MirOperand lower_void(const LowerFn *fn) { return mir_zero(lower_basic(fn, MIR_TYPE_VOID)); }
