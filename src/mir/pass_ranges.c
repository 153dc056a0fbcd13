// ranges: see passes.def. Forwards over the ordinary blocks of a function to a fixed point, then once more to mark what
// is known. Where a loop begins, a bound that moved goes to the end of its type at once; the loop's own condition
// brings it back inside.
#include <string.h>

#include "mir/range.h"

enum { VISIT_LIMIT = 12, RESTART_LIMIT = 30, SIZE_LIMIT = 1 << 20 };

typedef struct Analysis {
  MirRangeFacts facts;
  MirFunction *function;
  Arena scratch;
  MirCfg cfg;
  MirRanges *heads;  // by block
  uint32_t *reached;  // the last round in which control was seen to come to the block
  MirBits *is_looped;  // blocks that control comes back to: their heads gather from round to round
  uint32_t *visits;
  uint32_t round;
  uint32_t first_changed;  // position of the first looped block whose head changed in the last round
  MirRanges now;
  bool marks;    // what is known now holds whatever happens: statements are marked
  bool spreads;  // blocks hand what is known on to the next ones; it is all there in the last round
} Analysis;

static MirRange get(const Analysis *a, const MirOperand *operand) {
  return mir_ranges_get(&a->facts, &a->now, operand);
}

// ── Arithmetic ──────────────────────────────────────────────────────────────────────────────────────────────────
static MirRange clipped(MirRange range, const MirType *type) {
  MirRange full = mir_range_full(type);
  if (range.lo > full.lo) full.lo = range.lo;
  if (range.hi < full.hi) full.hi = range.hi;
  return full;
}

static void prove(const Analysis *a, MirStmt *stmt, bool holds) {
  if (a->marks && holds) stmt->flags |= MIR_PROVED;
}

// x - c < x for c > 0, and x - y < x for a positive y.
static MirLocalId less_after_sub(const Analysis *a, const MirStmt *stmt, MirRange y) {
  const MirOperand *operand = &stmt->operands[0];
  if (stmt->op != MIR_OP_SUB || y.lo <= 0 || !mir_operand_is_place(operand) || !mir_place_is_local(&operand->place))
    return MIR_NO_LOCAL;
  if (!mir_bits_has(a->facts.tracked, operand->place.local)) return MIR_NO_LOCAL;
  return mir_ranges_root(&a->now, operand->place.local);
}

static MirRange checked(const Analysis *a, MirStmt *stmt) {
  MirRange x = get(a, &stmt->operands[0]), y = get(a, &stmt->operands[1]);
  MirRange result = mir_range_exact(stmt->op, x, y);
  prove(a, stmt, mir_range_fits(result, stmt->dest.type));
  result = clipped(result, stmt->dest.type);
  result.less = less_after_sub(a, stmt, y);
  return result;
}

static MirRange wrapping(const Analysis *a, const MirStmt *stmt) {
  MirRange result = mir_range_exact(stmt->op, get(a, &stmt->operands[0]), get(a, &stmt->operands[1]));
  return mir_range_fits(result, stmt->dest.type) ? result : mir_range_full(stmt->dest.type);
}

static MirRange negated(const Analysis *a, MirStmt *stmt) {
  MirRange x = get(a, &stmt->operands[0]), result = mir_range_of(-x.hi, -x.lo);
  prove(a, stmt, mir_range_fits(result, stmt->dest.type));
  return clipped(result, stmt->dest.type);
}

static bool excludes_zero(MirRange range) { return range.lo > 0 || range.hi < 0; }

static MirRange quotient(const Analysis *a, MirStmt *stmt) {
  MirRange x = get(a, &stmt->operands[0]), y = get(a, &stmt->operands[1]), full = mir_range_full(stmt->dest.type);
  bool can_overflow = mir_type_is_signed(stmt->dest.type) && x.lo == full.lo && y.lo <= -1 && y.hi >= -1;
  prove(a, stmt, excludes_zero(y) && !can_overflow);
  if (y.lo <= 0) return full;
  MirWide corners[] = {x.lo / y.lo, x.lo / y.hi, x.hi / y.lo, x.hi / y.hi};
  return mir_range_hull(corners, 4);
}

// |x % y| < |y|, with the sign of x; so x % n is an index below n.
static MirRange remainder_of(const Analysis *a, MirStmt *stmt) {
  MirRange x = get(a, &stmt->operands[0]), y = get(a, &stmt->operands[1]);
  prove(a, stmt, excludes_zero(y));
  MirWide reach = (y.hi > -y.lo ? y.hi : -y.lo) - 1;
  if (reach < 0) reach = 0;
  MirRange result = mir_range_of(x.lo >= 0 ? 0 : -reach, x.hi <= 0 ? 0 : reach);
  if (x.lo >= 0 && x.hi < result.hi) result.hi = x.hi;
  const MirOperand *divisor = &stmt->operands[1];
  bool is_local = mir_operand_is_place(divisor) && mir_place_is_local(&divisor->place) &&
                  mir_bits_has(a->facts.tracked, divisor->place.local);
  if (is_local && y.lo >= 0) result.less = mir_ranges_root(&a->now, divisor->place.local);
  return clipped(result, stmt->dest.type).lo == result.lo ? result : mir_range_full(stmt->dest.type);
}

// ── Bits, casts ─────────────────────────────────────────────────────────────────────────────────────────────────
static MirRange masked(const Analysis *a, const MirStmt *stmt) {
  MirRange x = get(a, &stmt->operands[0]), y = get(a, &stmt->operands[1]);
  if (x.lo < 0 && y.lo < 0) return mir_range_full(stmt->dest.type);
  MirWide hi = x.lo < 0 ? y.hi : y.lo < 0 ? x.hi : x.hi < y.hi ? x.hi : y.hi;
  return mir_range_of(0, hi);
}

static bool count_fits(const Analysis *a, const MirStmt *stmt) {
  MirRange count = get(a, &stmt->operands[1]);
  return count.lo >= 0 && count.hi < mir_type_bits(stmt->dest.type);
}

static MirRange shifted(const Analysis *a, MirStmt *stmt) {
  MirRange x = get(a, &stmt->operands[0]), count = get(a, &stmt->operands[1]);
  prove(a, stmt, count_fits(a, stmt));
  if (stmt->op == MIR_OP_SHL) return mir_range_full(stmt->dest.type);
  if (x.lo < 0) return mir_range_of(x.lo, x.hi > -1 ? x.hi : -1);
  int64_t few = count.lo < 0 ? 0 : count.lo > 63 ? 63 : (int64_t)count.lo;
  return mir_range_of(0, x.hi >> few);
}

// What a local or constant holds, under another name.
static MirRange renamed(const Analysis *a, const MirOperand *operand) {
  MirRange range = get(a, operand);
  bool is_local = mir_operand_is_place(operand) && mir_place_is_local(&operand->place) &&
                  mir_bits_has(a->facts.tracked, operand->place.local);
  range.same = is_local ? mir_ranges_root(&a->now, operand->place.local) : MIR_NO_LOCAL;
  return range;
}

static MirRange cast(const Analysis *a, const MirStmt *stmt) {
  const MirOperand *operand = &stmt->operands[0];
  if (operand->type->kind == MIR_TYPE_BOOL) return mir_range_of(0, 1);
  if (!mir_type_is_countable(operand->type)) return mir_range_full(stmt->dest.type);
  MirRange range = renamed(a, operand);
  return mir_range_fits(range, stmt->dest.type) ? range : mir_range_full(stmt->dest.type);
}

static MirRange tag(const MirStmt *stmt) {
  const MirType *type = stmt->operands[0].type;
  if (!type->enum_.variant_count) return mir_range_full(stmt->dest.type);
  MirRange range = mir_range_of(type->enum_.variants[0].tag, type->enum_.variants[0].tag);
  for (uint32_t i = 1; i < type->enum_.variant_count; i++) {
    if (type->enum_.variants[i].tag < range.lo) range.lo = type->enum_.variants[i].tag;
    if (type->enum_.variants[i].tag > range.hi) range.hi = type->enum_.variants[i].tag;
  }
  return range;
}

// A load from where a local is known to hold the same.
static MirRange use(const Analysis *a, const MirStmt *stmt) {
  const MirOperand *operand = &stmt->operands[0];
  if (!mir_operand_is_place(operand) || !mir_place_is_memory(&operand->place)) return renamed(a, operand);
  MirLocalId known = mir_ranges_loaded(&a->now, &operand->place);
  if (known == MIR_NO_LOCAL) return mir_range_full(stmt->dest.type);
  MirOperand local = mir_copy(mir_place_local(a->function, known));
  return renamed(a, &local);
}

static MirRange result_of(const Analysis *a, MirStmt *stmt) {
  switch ((int)stmt->op) {
    case MIR_OP_USE: return use(a, stmt);
    case MIR_OP_CAST: return cast(a, stmt);
    case MIR_OP_TAG: return tag(stmt);
    case MIR_OP_ADD:
    case MIR_OP_SUB:
    case MIR_OP_MUL: return checked(a, stmt);
    case MIR_OP_WRAP_ADD:
    case MIR_OP_WRAP_SUB:
    case MIR_OP_WRAP_MUL: return wrapping(a, stmt);
    case MIR_OP_NEG: return negated(a, stmt);
    case MIR_OP_DIV: return quotient(a, stmt);
    case MIR_OP_REM: return remainder_of(a, stmt);
    case MIR_OP_BIT_AND: return masked(a, stmt);
    case MIR_OP_SHL:
    case MIR_OP_SHR: return shifted(a, stmt);
    default: return mir_range_full(stmt->dest.type);
  }
}

// ── Comparisons ─────────────────────────────────────────────────────────────────────────────────────────────────
typedef enum Answer { NO, YES, UNKNOWN } Answer;

static Answer opposite(Answer answer) { return answer == UNKNOWN ? UNKNOWN : answer == YES ? NO : YES; }

static Answer is_less(const Analysis *a, const MirOperand *x, const MirOperand *y) {
  if (mir_ranges_less(&a->facts, &a->now, x, y)) return YES;
  if (get(a, y).hi <= get(a, x).lo || mir_ranges_same(&a->facts, &a->now, x, y) ||
      mir_ranges_less(&a->facts, &a->now, y, x))
    return NO;
  return UNKNOWN;
}

static Answer is_equal(const Analysis *a, const MirOperand *x, const MirOperand *y) {
  MirRange p = get(a, x), q = get(a, y);
  if (mir_ranges_same(&a->facts, &a->now, x, y) || (p.lo == p.hi && q.lo == q.hi && p.lo == q.lo)) return YES;
  return is_less(a, x, y) == YES || is_less(a, y, x) == YES ? NO : UNKNOWN;
}

static Answer answer(const Analysis *a, const MirStmt *stmt) {
  const MirOperand *x = &stmt->operands[0], *y = &stmt->operands[1];
  if (!mir_type_is_countable(x->type)) return UNKNOWN;
  switch ((int)stmt->op) {
    case MIR_OP_LT: return is_less(a, x, y);
    case MIR_OP_GE: return opposite(is_less(a, x, y));
    case MIR_OP_GT: return is_less(a, y, x);
    case MIR_OP_LE: return opposite(is_less(a, y, x));
    case MIR_OP_EQ: return is_equal(a, x, y);
    case MIR_OP_NE: return opposite(is_equal(a, x, y));
    default: return UNKNOWN;
  }
}

static void assume(Analysis *a, const MirStmt *compare, bool is_true) {
  const MirOperand *x = &compare->operands[0], *y = &compare->operands[1];
  if (!mir_type_is_countable(x->type)) return;
  switch ((int)compare->op) {
    case MIR_OP_LT:
      is_true ? mir_ranges_assume_less(&a->facts, &a->now, x, y, true)
              : mir_ranges_assume_less(&a->facts, &a->now, y, x, false);
      return;
    case MIR_OP_GE:
      is_true ? mir_ranges_assume_less(&a->facts, &a->now, y, x, false)
              : mir_ranges_assume_less(&a->facts, &a->now, x, y, true);
      return;
    case MIR_OP_GT:
      is_true ? mir_ranges_assume_less(&a->facts, &a->now, y, x, true)
              : mir_ranges_assume_less(&a->facts, &a->now, x, y, false);
      return;
    case MIR_OP_LE:
      is_true ? mir_ranges_assume_less(&a->facts, &a->now, x, y, false)
              : mir_ranges_assume_less(&a->facts, &a->now, y, x, true);
      return;
    case MIR_OP_EQ: (is_true ? mir_ranges_assume_same : mir_ranges_assume_differ)(&a->facts, &a->now, x, y); return;
    case MIR_OP_NE: (is_true ? mir_ranges_assume_differ : mir_ranges_assume_same)(&a->facts, &a->now, x, y); return;
    default: return;
  }
}

// ── Statements and blocks ───────────────────────────────────────────────────────────────────────────────────────
static void check_bounds(Analysis *a, MirStmt *stmt) {
  const MirOperand *index = &stmt->operands[0], *size = &stmt->operands[1];
  MirOperand zero = mir_int(index->type, 0);
  prove(a, stmt, get(a, index).lo >= 0 && mir_ranges_less(&a->facts, &a->now, index, size));
  mir_ranges_assume_less(&a->facts, &a->now, &zero, index, false);
  mir_ranges_assume_less(&a->facts, &a->now, index, size, true);
}

// A sum that did not panic fits: that bounds what was added.
static void learn_from_success(Analysis *a, const MirStmt *stmt) {
  if ((stmt->op != MIR_OP_ADD && stmt->op != MIR_OP_SUB) || !mir_type_is_integer(stmt->dest.type)) return;
  MirRange full = mir_range_full(stmt->dest.type), y = get(a, &stmt->operands[1]);
  bool adds = stmt->op == MIR_OP_ADD;
  MirWide lo = adds ? full.lo - y.hi : full.lo + y.lo, hi = adds ? full.hi - y.lo : full.hi + y.hi;
  mir_ranges_assume_within(&a->facts, &a->now, &stmt->operands[0], lo, hi);
}

static void write_result(Analysis *a, MirStmt *stmt) {
  MirLocalId local = stmt->dest.local;
  if (!mir_place_is_local(&stmt->dest) || !mir_bits_has(a->facts.tracked, local)) {
    if (!stmt->dest.global && !mir_place_is_memory(&stmt->dest))
      mir_ranges_set(&a->facts, &a->now, local, (MirRange){0});
    return;
  }
  MirRange result = result_of(a, stmt);
  learn_from_success(a, stmt);
  mir_ranges_set(&a->facts, &a->now, local, result);
  if (stmt->op != MIR_OP_USE) return;
  const MirOperand *operand = &stmt->operands[0];
  if (operand->kind == MIR_OPERAND_COPY && mir_place_is_memory(&operand->place) &&
      mir_ranges_loaded(&a->now, &operand->place) == MIR_NO_LOCAL)
    mir_ranges_note_load(&a->facts, &a->now, &operand->place, local);
}

static void step(Analysis *a, MirStmt *stmt) {
  if (stmt->op == MIR_OP_BOUNDS_CHECK) check_bounds(a, stmt);
  if (a->marks && mir_op_is_comparison(stmt->op) && answer(a, stmt) != UNKNOWN)
    mir_stmt_become_bool(stmt, answer(a, stmt) == YES);
  // What goes to memory or to an untracked place is proved all the same.
  if (a->marks && stmt->dest.type && mir_type_is_integer(stmt->dest.type)) (void)result_of(a, stmt);
  if (mir_stmt_writes_memory(stmt)) mir_ranges_write_memory(&a->facts, &a->now, stmt);
  if (stmt->dest.type) write_result(a, stmt);
}

// Brings the present state to a block's head; true when that changed and the block was, or must be, seen before this
// round ends. Heads that no loop leads back to are put together anew in each round.
static bool reach(Analysis *a, MirBlockId from, MirBlockId target) {
  MirRanges *head = &a->heads[target];
  bool is_looped = mir_bits_has(a->is_looped, target);
  bool is_known = is_looped ? a->reached[target] > 0 : a->reached[target] == a->round;
  a->reached[target] = a->round;
  if (!is_known) mir_ranges_copy(&a->facts, head, &a->now, &a->scratch);
  if (!is_known) return is_looped;
  bool is_back = a->cfg.position[target] <= a->cfg.position[from];
  bool changed = mir_ranges_merge(&a->facts, head, &a->now, is_back || (is_looped && a->visits[target] > VISIT_LIMIT));
  if (!changed || !is_looped) return false;
  if (a->cfg.position[target] < a->first_changed) a->first_changed = a->cfg.position[target];
  return true;
}

// What a loop gathered while the state before it was another one would only blur it: behind a head that changed, loops
// start anew. The first head that changes moves down the function, so this ends; long functions stop it earlier.
static void restart_loops(Analysis *a) {
  for (uint32_t i = 0; i < a->cfg.order_count && a->round < RESTART_LIMIT; i++) {
    MirBlockId block = a->cfg.order[i];
    if (i <= a->first_changed || !mir_bits_has(a->is_looped, block)) continue;
    a->reached[block] = a->visits[block] = 0;
  }
  a->first_changed = UINT32_MAX;
}

static bool leave(Analysis *a, MirBlockId id, const MirBlock *block, MirRanges *kept) {
  const MirStmt *end = mir_block_end(block), *compare = mir_deciding_compare(block);
  Answer known = compare ? answer(a, compare) : UNKNOWN;
  bool changed = false;
  for (uint32_t i = 0; i < end->target_count; i++) {
    if (!compare) {
      changed |= reach(a, id, end->targets[i]);
      continue;
    }
    if (known == (i == 0 ? NO : YES)) continue;  // control does not go there
    mir_ranges_copy(&a->facts, kept, &a->now, &a->scratch);
    assume(a, compare, i == 0);
    changed |= reach(a, id, end->targets[i]);
    mir_ranges_copy(&a->facts, &a->now, kept, &a->scratch);
  }
  return changed;
}

static bool run_block(Analysis *a, MirBlockId id, MirRanges *kept) {
  MirBlock *block = a->function->blocks.data[id];
  if (block->is_cleanup || a->reached[id] != a->round) return false;
  a->visits[id]++;
  mir_ranges_copy(&a->facts, &a->now, &a->heads[id], &a->scratch);
  for (uint32_t i = 0; i < block->stmts.size; i++) step(a, &block->stmts.data[i]);
  return a->spreads && leave(a, id, block, kept);
}

static bool has_loops(const Analysis *a) {
  for (uint32_t i = 0; i < mir_bits_words(a->cfg.block_count); i++)
    if (a->is_looped[i]) return true;
  return false;
}

// True when something changed that a block before it, or at it, depends on.
static bool run_round(Analysis *a, MirRanges *kept) {
  bool changed = false;
  restart_loops(a);
  a->round++;
  mir_ranges_start(&a->facts, &a->now, &a->scratch);
  reach(a, MIR_ENTRY, MIR_ENTRY);
  for (uint32_t i = 0; i < a->cfg.order_count; i++) changed |= run_block(a, a->cfg.order[i], kept);
  return changed;
}

// Without loops, the first round knows all there is to know.
static void run_all(Analysis *a) {
  MirRanges kept = {0};
  a->spreads = true;
  a->marks = !has_loops(a);
  while (run_round(a, &kept)) {}
  if (a->marks) return;
  a->marks = true;
  a->spreads = false;
  for (uint32_t i = 0; i < a->cfg.order_count; i++) run_block(a, a->cfg.order[i], &kept);
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static MirRangeFacts find_facts(Arena *arena, const MirFunction *function, const Map *exposed) {
  const MirLocalUse *uses = mir_local_uses(arena, function);
  MirBits *tracked = arena_array(arena, MirBits, mir_bits_words(function->locals.size));
  MirBits *shared = arena_array(arena, MirBits, mir_bits_words(function->locals.size));
  for (MirLocalId i = 0; i < function->locals.size; i++) {
    if (uses[i].address_taken) mir_bits_add(shared, i);
    else if (mir_type_is_countable(function->locals.data[i].type)) mir_bits_add(tracked, i);
  }
  MirBits *named = arena_array(arena, MirBits, mir_bits_words(function->locals.size));
  return (MirRangeFacts){function, tracked, shared, named, exposed};
}

static MirBits *find_looped(Arena *arena, const MirCfg *cfg) {
  MirBits *looped = arena_array(arena, MirBits, mir_bits_words(cfg->block_count));
  for (uint32_t i = 0; i < cfg->order_count; i++) {
    MirBlockId from = cfg->order[i];
    for (uint32_t e = cfg->next.start[from]; e < cfg->next.start[from + 1]; e++)
      if (cfg->position[cfg->next.items[e]] <= i) mir_bits_add(looped, cfg->next.items[e]);
  }
  return looped;
}

// Comparisons, casts and checks that read memory directly get a temp for what they read, so that it has a name.
static bool wants_named_loads(const MirStmt *stmt) {
  return mir_op_is_comparison(stmt->op) || stmt->op == MIR_OP_CAST || stmt->op == MIR_OP_BOUNDS_CHECK;
}

static uint32_t name_loads_of(MirModule *module, MirFunction *function, MirBlock *block, uint32_t at) {
  uint32_t added = 0, count = block->stmts.data[at].operand_count;
  for (uint32_t i = 0; i < count; i++) {
    const MirStmt *stmt = &block->stmts.data[at + added];
    MirOperand *operand = &stmt->operands[i];
    if (!mir_operand_is_place(operand) || !mir_place_is_memory(&operand->place) ||
        !mir_type_is_countable(operand->type))
      continue;
    MirLocalId temp = mir_local_new(module, function, MIR_LOCAL_TEMP, operand->type, NAME_NONE, stmt->span);
    MirStmt load = {.op = MIR_OP_USE,
                    .span = stmt->span,
                    .inlined = stmt->inlined,
                    .unwind = MIR_NO_BLOCK,
                    .operand_count = 1,
                    .dest = mir_place_local(function, temp)};
    load.operands = arena_new(module->arena, MirOperand);
    load.operands[0] = *operand;
    *operand = mir_copy(load.dest);
    mir_block_insert(module, block, at + added++, load);
  }
  return added;
}

static void name_loads(MirModule *module, MirFunction *function) {
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++)
      if (wants_named_loads(&block->stmts.data[i])) i += name_loads_of(module, function, block, i);
  }
}

static void run(MirModule *module, MirFunction *function, const Map *exposed) {
  name_loads(module, function);
  if ((uint64_t)function->blocks.size * function->locals.size > SIZE_LIMIT) return;  // states would not fit in memory
  Analysis a = {.function = function, .first_changed = UINT32_MAX};
  a.facts = find_facts(&a.scratch, function, exposed);
  a.cfg = mir_cfg_new(&a.scratch, function);
  a.heads = arena_array(&a.scratch, MirRanges, function->blocks.size);
  a.reached = arena_array(&a.scratch, uint32_t, function->blocks.size);
  a.is_looped = find_looped(&a.scratch, &a.cfg);
  a.visits = arena_array(&a.scratch, uint32_t, function->blocks.size);
  run_all(&a);
  arena_free(&a.scratch);
}

void mir_pass_ranges(MirModule *module) {
  Map exposed = mir_exposed_fields(module);
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->blocks.size) run(module, module->functions.data[i], &exposed);
}
