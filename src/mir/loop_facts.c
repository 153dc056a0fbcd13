// Facts of one counting loop, gathered in one walk over its blocks in reverse postorder.
#include "mir/loop_facts.h"

enum { STMT_LIMIT = 160, STEP_LIMIT = 1 << 20 };

// ── The blocks ──────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_innermost(const MirCfg *cfg, MirBlockId header) {
  for (uint32_t i = 0; i < cfg->order_count; i++)
    if (cfg->outer_loop[cfg->order[i]] == header) return false;
  return true;
}

static bool collect_blocks(MirLoop *loop) {
  uint32_t stmts = 0;
  loop->holds = arena_array(loop->arena, MirBits, mir_bits_words(loop->cfg->block_count));
  for (uint32_t i = loop->cfg->position[loop->header]; i < loop->cfg->order_count; i++) {
    MirBlockId block = loop->cfg->order[i];
    if (loop->cfg->loop[block] != loop->header) continue;
    vec_push(loop->arena, &loop->blocks, block);
    mir_bits_add(loop->holds, block);
    stmts += loop->function->blocks.data[block]->stmts.size;
    if (stmts > STMT_LIMIT) return false;
  }
  return true;
}

// The one block that control comes back from.
static bool find_latch(MirLoop *loop) {
  const MirEdges *before = &loop->cfg->before;
  loop->latch = MIR_NO_BLOCK;
  for (uint32_t e = before->start[loop->header]; e < before->start[loop->header + 1]; e++) {
    if (!mir_bits_has(loop->holds, before->items[e])) continue;
    if (loop->latch != MIR_NO_BLOCK) return false;
    loop->latch = before->items[e];
  }
  return loop->latch != MIR_NO_BLOCK;
}

// ── The counter ─────────────────────────────────────────────────────────────────────────────────────────────────
static void count_writes(MirLoop *loop) {
  for (uint32_t b = 0; b < loop->blocks.size; b++) {
    const MirBlock *block = loop->function->blocks.data[loop->blocks.data[b]];
    for (uint32_t i = 0; i < block->stmts.size; i++) {
      const MirPlace *dest = &block->stmts.data[i].dest;
      if (dest->type && !mir_place_is_memory(dest)) loop->facts[dest->local].writes++;
    }
  }
}

static bool reads_plain_local(const MirOperand *operand) {
  return operand->kind == MIR_OPERAND_COPY && mir_place_is_local(&operand->place);
}

static bool is_step(const MirStmt *stmt, MirLocalId counter) {
  if (stmt->op != MIR_OP_ADD || !mir_stmt_writes_local(stmt, counter)) return false;
  const MirOperand *from = &stmt->operands[0], *by = &stmt->operands[1];
  return reads_plain_local(from) && from->place.local == counter && by->kind == MIR_OPERAND_INT && by->bits > 0 &&
         by->bits <= STEP_LIMIT;
}

static bool find_step(MirLoop *loop) {
  const MirBlock *latch = loop->function->blocks.data[loop->latch];
  for (uint32_t i = 0; i < latch->stmts.size; i++) {
    if (!is_step(&latch->stmts.data[i], loop->counter)) continue;
    loop->step_at = (MirSpot){loop->latch, i};
    loop->step = (int64_t)latch->stmts.data[i].operands[1].bits;
  }
  return loop->step > 0;
}

static bool is_counter(const MirLoop *loop, const MirOperand *operand) {
  if (!reads_plain_local(operand) || operand->type->kind != MIR_TYPE_I64) return false;
  MirLocalId local = operand->place.local;
  return loop->facts[local].writes == 1 && !loop->uses[local].address_taken;
}

static bool find_counter(MirLoop *loop) {
  const MirBlock *header = loop->function->blocks.data[loop->header];
  const MirStmt *end = mir_block_end(header), *compare = mir_deciding_compare(header);
  if (!compare || !mir_bits_has(loop->holds, end->targets[0]) || mir_bits_has(loop->holds, end->targets[1]))
    return false;
  bool is_turned = compare->op == MIR_OP_GT || compare->op == MIR_OP_GE;
  if (!is_turned && compare->op != MIR_OP_LT && compare->op != MIR_OP_LE) return false;
  const MirOperand *counter = &compare->operands[is_turned];
  loop->limit = &compare->operands[!is_turned];
  loop->limit_is_included = compare->op == MIR_OP_LE || compare->op == MIR_OP_GE;
  if (!is_counter(loop, counter)) return false;
  loop->counter = counter->place.local;
  return find_step(loop);
}

// ── Ranges ──────────────────────────────────────────────────────────────────────────────────────────────────────
static MirRange range_of_type(const MirType *type) {
  return mir_type_is_countable(type) ? mir_range_full(type) : mir_range_of(0, 0);
}

static MirRange small_range(const MirType *type) {
  MirRange range = range_of_type(type);
  if (range.lo < -MIR_SMALL) range.lo = -MIR_SMALL;
  if (range.hi > MIR_SMALL) range.hi = MIR_SMALL;
  return range;
}

static MirLoopFact leaf(const MirType *type) {
  return (MirLoopFact){.motion = MIR_MOTION_STEADY, .range = small_range(type)};
}

static MirLoopFact unknown(const MirType *type) { return (MirLoopFact){.range = range_of_type(type)}; }

// ── Facts of operands ───────────────────────────────────────────────────────────────────────────────────────────
// Does control that comes to `later` come by `earlier` in the same round?
static bool is_before(const MirLoop *loop, MirSpot earlier, MirSpot later) {
  if (earlier.block == later.block) return earlier.index < later.index;
  return mir_cfg_dominates(loop->cfg, earlier.block, later.block);
}

MirLoopFact mir_loop_fact_of_local(const MirLoop *loop, MirSpot spot, MirLocalId local) {
  const MirLoopFact *fact = &loop->facts[local];
  const MirType *type = loop->function->locals.data[local].type;
  if (loop->uses[local].address_taken) return unknown(type);
  if (!fact->writes) return leaf(type);
  if (local == loop->counter) return is_before(loop, loop->step_at, spot) ? unknown(type) : *fact;
  return fact->made_by && is_before(loop, fact->made_at, spot) ? *fact : unknown(type);
}

MirLoopFact mir_loop_fact(const MirLoop *loop, MirSpot spot, const MirOperand *operand) {
  if (operand->kind == MIR_OPERAND_INT && mir_type_is_countable(operand->type))
    return (MirLoopFact){.motion = MIR_MOTION_STEADY, .range = mir_range_of_constant(operand)};
  return reads_plain_local(operand) ? mir_loop_fact_of_local(loop, spot, operand->place.local)
                                    : unknown(operand->type);
}

// ── Facts of statements ─────────────────────────────────────────────────────────────────────────────────────────
// A reference that is there in one round is there before the first; a payload may not be.
static bool is_safe_path(const MirPlace *place) {
  if (place->global) return false;
  const MirType *type = NULL;
  for (uint32_t i = 0; i < place->projection_count; i++) {
    const MirProjection *projection = &place->projections[i];
    bool through_pointer = projection->kind == MIR_PROJECT_DEREF && projection->type->kind != MIR_TYPE_OBJECT;
    if (through_pointer || projection->kind == MIR_PROJECT_VARIANT || projection->kind == MIR_PROJECT_INDEX)
      return false;
    type = projection->type;
  }
  return type != NULL;
}

static bool may_write(const MirLoop *loop, const MirStmt *stmt, const MirPlace *place) {
  if (!mir_stmt_writes_memory(stmt)) return false;
  bool is_store =
      stmt->dest.type && mir_place_is_memory(&stmt->dest) && stmt->op != MIR_OP_CALL && stmt->op != MIR_OP_CALL_FN;
  return !is_store || mir_place_may_alias(loop->exposed, &stmt->dest, place);
}

static bool is_written_in_loop(const MirLoop *loop, const MirPlace *place) {
  for (uint32_t b = 0; b < loop->blocks.size; b++) {
    const MirBlock *block = loop->function->blocks.data[loop->blocks.data[b]];
    for (uint32_t i = 0; i < block->stmts.size; i++)
      if (may_write(loop, &block->stmts.data[i], place)) return true;
  }
  return false;
}

static bool is_steady_load(const MirLoop *loop, MirSpot spot, const MirStmt *stmt) {
  const MirOperand *operand = &stmt->operands[0];
  if (stmt->op != MIR_OP_USE || operand->kind != MIR_OPERAND_COPY || !mir_place_is_memory(&operand->place))
    return false;
  if (!mir_type_is_countable(operand->type) && operand->type->kind != MIR_TYPE_REF) return false;
  if (!is_safe_path(&operand->place) || is_written_in_loop(loop, &operand->place)) return false;
  return mir_loop_fact_of_local(loop, spot, operand->place.local).motion == MIR_MOTION_STEADY;
}

static MirMotion slower(MirMotion a, MirMotion b) { return a < b ? a : b; }

static MirMotion motion_of_arithmetic(MirOp op, MirMotion x, MirMotion y) {
  if (x == MIR_MOTION_STEADY && y == MIR_MOTION_STEADY) return MIR_MOTION_STEADY;
  bool is_product = op == MIR_OP_MUL || op == MIR_OP_WRAP_MUL;
  if (is_product && x == MIR_MOTION_LINEAR && y == MIR_MOTION_LINEAR) return MIR_MOTION_ANY;
  return slower(slower(x, y), MIR_MOTION_LINEAR);
}

static MirLoopFact arithmetic(const MirStmt *stmt, MirLoopFact x, MirLoopFact y) {
  MirLoopFact fact = {.motion = motion_of_arithmetic(stmt->op, x.motion, y.motion)};
  fact.range = mir_range_exact(stmt->op, x.range, y.range);
  return mir_range_fits(fact.range, stmt->dest.type) ? fact : unknown(stmt->dest.type);
}

// The size of x / y is at most that of x; x % y is smaller than y too, and has the sign of x.
static MirLoopFact division(const MirStmt *stmt, MirRange x, MirRange y) {
  MirLoopFact fact = unknown(stmt->dest.type);
  MirWide size = x.hi > -x.lo ? x.hi : -x.lo, y_size = y.hi > -y.lo ? y.hi : -y.lo;
  bool is_rem = stmt->op == MIR_OP_REM;
  if (is_rem && y_size && y_size - 1 < size) size = y_size - 1;
  bool may_be_negative = x.lo < 0 || (!is_rem && y.lo < 0), may_be_positive = x.hi > 0 || (!is_rem && y.lo < 0);
  MirRange range = mir_range_of(may_be_negative ? -size : 0, may_be_positive ? size : 0);
  if (mir_range_fits(range, stmt->dest.type)) fact.range = range;
  return fact;
}

static MirLoopFact of_two(const MirStmt *stmt, MirLoopFact x, MirLoopFact y) {
  switch ((int)stmt->op) {
    case MIR_OP_ADD:
    case MIR_OP_SUB:
    case MIR_OP_MUL:
    case MIR_OP_WRAP_ADD:
    case MIR_OP_WRAP_SUB:
    case MIR_OP_WRAP_MUL: return arithmetic(stmt, x, y);
    case MIR_OP_DIV:
    case MIR_OP_REM: return division(stmt, x.range, y.range);
    default: return unknown(stmt->dest.type);
  }
}

static MirLoopFact fact_of_stmt(const MirLoop *loop, MirSpot spot, const MirStmt *stmt) {
  if (is_steady_load(loop, spot, stmt)) return leaf(stmt->dest.type);
  if (stmt->op == MIR_OP_USE) return mir_loop_fact(loop, spot, &stmt->operands[0]);
  if (!mir_type_is_countable(stmt->dest.type) || !stmt->operand_count) return unknown(stmt->dest.type);
  if (!mir_type_is_countable(stmt->operands[0].type)) return unknown(stmt->dest.type);
  MirLoopFact x = mir_loop_fact(loop, spot, &stmt->operands[0]);
  if (stmt->op == MIR_OP_CAST) return mir_range_fits(x.range, stmt->dest.type) ? x : unknown(stmt->dest.type);
  if (stmt->operand_count != 2) return unknown(stmt->dest.type);
  return of_two(stmt, x, mir_loop_fact(loop, spot, &stmt->operands[1]));
}

static void learn(MirLoop *loop, MirSpot spot, const MirStmt *stmt) {
  if (!stmt->dest.type || !mir_place_is_local(&stmt->dest)) return;
  MirLocalId local = stmt->dest.local;
  MirLoopFact *fact = &loop->facts[local];
  if (fact->writes != 1 || local == loop->counter || mir_local_is_counted(loop->function, local)) return;
  *fact = fact_of_stmt(loop, spot, stmt);
  fact->made_by = stmt;
  fact->made_at = spot;
  fact->writes = 1;
}

static void learn_block(MirLoop *loop, MirBlockId id) {
  const MirBlock *block = loop->function->blocks.data[id];
  for (uint32_t i = 0; i < block->stmts.size; i++) learn(loop, (MirSpot){id, i}, &block->stmts.data[i]);
}

// It runs from where it comes in to its limit; the header sees it one step further on.
static bool bound_counter(MirLoop *loop) {
  MirSpot end = {loop->header, loop->function->blocks.data[loop->header]->stmts.size};
  MirLoopFact limit = mir_loop_fact(loop, end, loop->limit), *counter = &loop->facts[loop->counter];
  if (limit.motion != MIR_MOTION_STEADY) return false;
  counter->motion = MIR_MOTION_LINEAR;
  MirWide last = limit.range.hi > MIR_SMALL ? limit.range.hi : MIR_SMALL;
  counter->range = mir_range_of(-MIR_SMALL, last + loop->step);
  return true;
}

bool mir_loop_open(MirLoop *loop, MirBlockId header) {
  loop->header = header;
  if (loop->function->blocks.data[header]->is_cleanup) return false;
  if (!is_innermost(loop->cfg, header) || !collect_blocks(loop) || !find_latch(loop)) return false;
  loop->facts = arena_array(loop->arena, MirLoopFact, loop->local_count);
  count_writes(loop);
  if (!find_counter(loop)) return false;
  learn_block(loop, header);  // for the limit, which may be computed there
  if (!bound_counter(loop)) return false;
  for (uint32_t b = 0; b < loop->blocks.size; b++) learn_block(loop, loop->blocks.data[b]);
  return true;
}
