// Blocks, conditions, if, return, unwrap and `?`. Where ways of control meet with a value, the value is in a local that
// each of them wrote.
#include "mir/lower_internal.h"

// ── Joins ───────────────────────────────────────────────────────────────────────────────────────────────────────
LowerJoin lower_join_new(LowerFn *fn, Type *want, Span span) {
  LowerJoin join = {.block = lower_block_new(fn), .result = NO_LOCAL, .want = want};
  if (lower_is_stored(want))
    join.result = lower_local(fn, MIR_LOCAL_VAR, lower_type(fn->lowering, want), NAME_NONE, span);
  return join;
}

void lower_join_operand(LowerFn *fn, LowerJoin *join, MirOperand value, Span span) {
  if (join->result != NO_LOCAL) {
    MirOperand owned = lower_consume(fn, lower_owned(fn, value, span));
    lower_write(fn, mir_place_local(fn->function, join->result), MIR_OP_USE, owned, span);
  }
  lower_goto(fn, join->block, span);
}

void lower_join_value(LowerFn *fn, LowerJoin *join, AstNode *node) {
  uint32_t mark = fn->cleanups.size;
  MirOperand value = lower_leave_with(fn, mark, lower_expr(fn, node, join->want), node->span);
  if (!lower_is_dead(fn)) lower_join_operand(fn, join, value, span_last(node->span));
  fn->cleanups.size = mark;
}

MirOperand lower_join_end(LowerFn *fn, LowerJoin *join, Span span) {
  lower_start(fn, join->block);
  if (join->result == NO_LOCAL) return mir_zero(lower_type(fn->lowering, join->want));
  lower_own(fn, join->result, false, span);
  return mir_copy(mir_place_local(fn->function, join->result));
}

// ── Blocks and conditions ───────────────────────────────────────────────────────────────────────────────────────
MirOperand lower_block(LowerFn *fn, AstNode *node, Type *want) {
  uint32_t mark = fn->cleanups.size, count = AST_LIST_COUNT(node->block.stmts);
  MirOperand value = mir_zero(lower_type(fn->lowering, want));
  for (uint32_t i = 0; i < count && !lower_is_dead(fn); i++) {
    AstNode *stmt = node->block.stmts->items[i];
    if (i + 1 < count || want->kind == TYPE_VOID) lower_statement(fn, stmt);
    else value = lower_expr(fn, stmt, want);
  }
  return lower_leave_with(fn, mark, value, node->span);
}

static bool is_operator(const AstNode *node) { return node->info && node->info->kind == INFO_OPERATOR; }

void lower_condition(LowerFn *fn, AstNode *node, MirBlockId yes, MirBlockId no) {
  if (node->kind == AST_UNARY && node->unary.op == AST_OP_NOT && is_operator(node)) {
    lower_condition(fn, node->unary.operand, no, yes);
    return;
  }
  if (node->kind == AST_BINARY && (node->binary.op == AST_OP_AND || node->binary.op == AST_OP_OR)) {
    MirBlockId right = lower_block_new(fn);
    bool is_and = node->binary.op == AST_OP_AND;
    lower_condition(fn, node->binary.left, is_and ? right : yes, is_and ? no : right);
    lower_start(fn, right);
    lower_condition(fn, node->binary.right, yes, no);
    return;
  }
  uint32_t mark = fn->cleanups.size;
  MirOperand value = lower_expr(fn, node, fn->lowering->program->types.basic[TYPE_BOOL]);
  lower_branch(fn, lower_leave_with(fn, mark, value, node->span), yes, no, node->span);
}

// true on the way through `yes`, false on the one through `no`.
static MirOperand join_bool(LowerFn *fn, MirBlockId yes, MirBlockId no, Span span) {
  LowerJoin join = lower_join_new(fn, fn->lowering->program->types.basic[TYPE_BOOL], span);
  lower_start(fn, yes);
  lower_join_operand(fn, &join, lower_bool(fn, true), span);
  lower_start(fn, no);
  lower_join_operand(fn, &join, lower_bool(fn, false), span);
  return lower_join_end(fn, &join, span);
}

MirOperand lower_logical(LowerFn *fn, AstNode *node) {
  MirBlockId yes = lower_block_new(fn), no = lower_block_new(fn);
  lower_condition(fn, node, yes, no);
  return join_bool(fn, yes, no, node->span);
}

static void lower_cond(LowerFn *fn, AstNode *node, MirBlockId yes, MirBlockId no) {
  lower_condition(fn, node->if_.cond, node->if_.is_unless ? no : yes, node->if_.is_unless ? yes : no);
}

// `defer f() if c` belongs to the scope around it: c is asked here, and what it said when the scope is left.
static MirOperand lower_conditional_defer(LowerFn *fn, AstNode *node) {
  MirBlockId yes = lower_block_new(fn), no = lower_block_new(fn);
  lower_cond(fn, node, yes, no);
  lower_defer_if(fn, node->if_.then_body, join_bool(fn, yes, no, node->span).place.local);
  return lower_void(fn);
}

MirOperand lower_if(LowerFn *fn, AstNode *node, Type *want) {
  if (node->if_.then_body->kind == AST_DEFER) return lower_conditional_defer(fn, node);
  if (!node->if_.else_body) want = fn->lowering->program->types.basic[TYPE_VOID];
  MirBlockId yes = lower_block_new(fn), no = lower_block_new(fn);
  lower_cond(fn, node, yes, no);
  LowerJoin join = lower_join_new(fn, want, node->span);
  lower_start(fn, yes);
  lower_join_value(fn, &join, node->if_.then_body);
  lower_start(fn, no);
  if (node->if_.else_body) lower_join_value(fn, &join, node->if_.else_body);
  else lower_goto(fn, join.block, node->span);
  return lower_join_end(fn, &join, node->span);
}

// ── Leaving the function ────────────────────────────────────────────────────────────────────────────────────────
void lower_return_operand(LowerFn *fn, MirOperand value, Span span) {
  MirLocalId keep = NO_LOCAL;
  span = span_last(span);
  if (lower_is_stored(fn->result)) {
    MirPlace result = mir_place_local(fn->function, MIR_RETURN_LOCAL);
    lower_write(fn, result, MIR_OP_USE, lower_consume(fn, lower_owned(fn, value, span)), span);
    if (result.type->is_managed) keep = MIR_RETURN_LOCAL;
  }
  lower_exit(fn, 0, keep, span);
  if (fn->result->kind == TYPE_NEVER) lower_unreachable(fn, span);
  else if (!lower_is_dead(fn)) lower_emit(fn, MIR_OP_RETURN, span, 0, 0);
}

MirOperand lower_return(LowerFn *fn, AstNode *node) {
  MirOperand value = lower_void(fn);
  uint32_t mark = fn->cleanups.size;
  if (node->return_.value) value = lower_expr(fn, node->return_.value, fn->result);
  if (!lower_is_dead(fn)) lower_return_operand(fn, value, node->span);
  fn->cleanups.size = mark;
  return mir_zero(lower_basic(fn, MIR_TYPE_NEVER));
}

// ── Variants, unwrap and `?` ────────────────────────────────────────────────────────────────────────────────────
static MirOperand boxed(LowerFn *fn, MirOperand payload, MirType *type, Span span) {
  MirOperand content = lower_consume(fn, payload);
  MirStmt *stmt = lower_many(fn, MIR_OP_NEW, type, &content, 1, span);
  stmt->type = lower_object(type);
  return lower_result(fn, stmt);
}

// `payload` is owned; a field that is kept in a box is put there.
MirOperand lower_variant(LowerFn *fn, Type *type, uint32_t variant, const MirOperand *payload, uint32_t count,
                         Span span) {
  MirType *lowered = lower_type(fn->lowering, type);
  MirField *fields = lowered->enum_.variants[variant].fields;
  MirOperand *operands = arena_array(fn->module->arena, MirOperand, count);
  for (uint32_t i = 0; i < count; i++)
    operands[i] = payload[i].type == fields[i].type ? payload[i] : boxed(fn, payload[i], fields[i].type, span);
  for (uint32_t i = 0; i < count; i++) operands[i] = lower_consume(fn, operands[i]);
  MirStmt *stmt = lower_many(fn, MIR_OP_VARIANT, lowered, operands, count, span);
  stmt->variant = (uint16_t)variant;
  return lower_result(fn, stmt);
}

static uint32_t payload_count(LowerFn *fn, Type *type, uint32_t variant) {
  return lower_type(fn->lowering, type)->enum_.variants[variant].field_count;
}

static MirOperand load_payload(LowerFn *fn, MirPlace base, Type *type, uint32_t variant, Span span) {
  MirPlace place = lower_payload(fn, base, type, variant, 0);
  return place.type->kind == MIR_TYPE_VOID ? mir_zero(place.type) : lower_load(fn, place, span);
}

// Control goes on where `subject` is not variant `failure`; the result is the block for where it is.
static MirBlockId branch_on_failure(LowerFn *fn, MirPlace subject, Type *type, uint32_t failure, Span span) {
  int64_t tag = sema_variants(fn->lowering->program, type)->items[failure].tag;
  MirOperand found = lower_unary(fn, MIR_OP_TAG, lower_basic(fn, MIR_TYPE_I64), mir_copy(subject), span);
  MirBlockId failed = lower_block_new(fn), success = lower_block_new(fn);
  lower_switch(fn, found, &tag, &failed, 1, success, span);
  lower_start(fn, success);
  return failed;
}

static MirOperand unwrap_or_fail(LowerFn *fn, MirOperand value, Type *type, const UnwrapInfo *unwrap, Span span) {
  MirPlace subject = lower_materialise(fn, value, span).place;
  MirBlockId failed = branch_on_failure(fn, subject, type, unwrap->failure, span), success = fn->block;
  uint32_t mark = fn->cleanups.size;
  lower_start(fn, failed);
  MirOperand payload = load_payload(fn, subject, type, unwrap->failure, span);
  lower_invoke(fn, unwrap->fail, &payload, 1, span);
  fn->cleanups.size = mark;
  lower_start(fn, success);
  return load_payload(fn, subject, type, unwrap->success, span);
}

// The payload of the variant moves out. When the enum is another variant, the panic finds it as it was, so that it is
// consumed only behind the statement.
MirOperand lower_option_unwrap(LowerFn *fn, MirOperand value, uint32_t variant, Span span) {
  value = lower_owned(fn, value, span);
  MirPlace place = lower_materialise(fn, value, span).place;
  MirType *payload = place.type->enum_.variants[variant].fields[0].type;
  MirOperand operand = payload->is_managed ? mir_move(place) : mir_copy(place);
  MirStmt *stmt = lower_many(fn, MIR_OP_OPTION_UNWRAP, payload, &operand, 1, span);
  stmt->variant = (uint16_t)variant;
  if (operand.kind == MIR_OPERAND_MOVE) lower_consume(fn, mir_copy(place));
  return lower_result(fn, stmt);
}

// e!: the operand is loaded here, each time control comes here.
MirOperand lower_unwrap(LowerFn *fn, AstNode *node) {
  AstNode *operand = node->intrinsic.args->items[0];
  const UnwrapInfo *unwrap = node->info->unwrap;
  Type *type = lower_strip(operand->type);
  MirOperand value = lower_expr(fn, operand, type);
  if (unwrap->fail) return unwrap_or_fail(fn, value, type, unwrap, node->span);
  return lower_option_unwrap(fn, value, unwrap->success, node->span);
}

static void propagate(LowerFn *fn, MirPlace subject, Type *type, const UnwrapInfo *unwrap, Span span) {
  MirOperand payload;
  uint32_t count = payload_count(fn, type, unwrap->failure);
  if (count) {
    payload = load_payload(fn, subject, type, unwrap->failure, span);
    if (unwrap->convert) payload = lower_invoke(fn, unwrap->convert, &payload, 1, span);
  }
  MirOperand failure = lower_variant(fn, unwrap->result, unwrap->failure, &payload, count, span);
  lower_return_operand(fn, lower_coerce(fn, failure, unwrap->result, fn->result, span), span);
}

MirOperand lower_try(LowerFn *fn, AstNode *node) {
  AstNode *operand = node->intrinsic.args->items[0];
  const UnwrapInfo *unwrap = node->info->unwrap;
  Type *type = lower_strip(operand->type);
  MirPlace subject = lower_materialise(fn, lower_expr(fn, operand, type), node->span).place;
  MirBlockId failed = branch_on_failure(fn, subject, type, unwrap->failure, node->span), success = fn->block;
  uint32_t mark = fn->cleanups.size;
  lower_start(fn, failed);
  propagate(fn, subject, type, unwrap, node->span);
  fn->cleanups.size = mark;
  lower_start(fn, success);
  return load_payload(fn, subject, type, unwrap->success, node->span);
}
