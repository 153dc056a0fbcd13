// versions: see passes.def. A loop that counts, with checks in it that could not be proved:
//
//     guard: are the numbers that come into the loop small?          no ─▶ the loop as it was
//            are the first and the last of each index inside?        no ─▶ the loop as it was
//     a copy of the loop without these checks
//
// Small numbers cannot overflow in sums and products of two sums (MIR_SMALL). An index that moves by the same amount in
// each round has its extremes in the first and the last round, so two comparisons stand for all of them.
#include <string.h>

#include "mir/loop_facts.h"

typedef struct Bound {
  MirOperand index, size;  // as a statement of the loop reads them
  bool moves;              // the index does; the size never
} Bound;

typedef struct Versions {
  MirModule *module;
  MirFunction *function;
  MirLoop *loop;
  Arena *scratch;
  MirBits *needed;              // locals whose facts the proofs rest on
  VEC(Bound) bounds;            // to be tested before the loop
  VEC(const MirStmt *) proved;  // checks that cannot fail behind the guard …
  VEC(const MirStmt *) never;   // … and comparisons that are false there
  // Making the guard
  MirBlock *guard;         // the block being written
  MirLocalId *hoisted;     // by local: the one that holds its value before the loop
  MirLocalId *in_round;    // by local: the one that holds its value in the round being asked for
  MirOperand counter_now;  // the counter in that round
  // Making the copy
  MirLocalId *locals;  // by local: its twin in the copy
  MirBlockId *blocks;  // by block: its twin
} Versions;

// ── What can be proved ──────────────────────────────────────────────────────────────────────────────────────────
static void need(Versions *v, MirSpot spot, const MirOperand *operand);

static bool says_nothing(const MirLoopFact *fact, const MirType *type) {
  if (fact->motion != MIR_MOTION_ANY) return false;
  MirRange full = mir_type_is_countable(type) ? mir_range_full(type) : fact->range;
  return fact->range.lo == full.lo && fact->range.hi == full.hi;
}

static void need_local(Versions *v, MirSpot spot, MirLocalId local) {
  MirLoopFact fact = mir_loop_fact_of_local(v->loop, spot, local);
  if (mir_bits_has(v->needed, local) || says_nothing(&fact, v->function->locals.data[local].type)) return;
  mir_bits_add(v->needed, local);
  if (local == v->loop->counter) need(v, (MirSpot){v->loop->header, UINT32_MAX}, v->loop->limit);
  for (uint32_t i = 0; fact.made_by && i < fact.made_by->operand_count; i++)
    need(v, fact.made_at, &fact.made_by->operands[i]);
}

static void need(Versions *v, MirSpot spot, const MirOperand *operand) {
  if (mir_operand_is_place(operand) && !operand->place.global) need_local(v, spot, operand->place.local);
}

static bool is_checked(const MirStmt *stmt) {
  return (stmt->op == MIR_OP_ADD || stmt->op == MIR_OP_SUB || stmt->op == MIR_OP_MUL) && !(stmt->flags & MIR_PROVED);
}

static void prove_arithmetic(Versions *v, MirSpot spot, const MirStmt *stmt) {
  MirLoopFact x = mir_loop_fact(v->loop, spot, &stmt->operands[0]);
  MirLoopFact y = mir_loop_fact(v->loop, spot, &stmt->operands[1]);
  if (!mir_range_fits(mir_range_exact(stmt->op, x.range, y.range), stmt->dest.type)) return;
  need(v, spot, &stmt->operands[0]);
  need(v, spot, &stmt->operands[1]);
  vec_push(v->scratch, &v->proved, stmt);
}

static bool add_bound(Versions *v, MirSpot spot, const MirOperand *index, const MirOperand *size) {
  if (index->type->kind != MIR_TYPE_I64 || size->type->kind != MIR_TYPE_I64) return false;
  MirMotion motion = mir_loop_fact(v->loop, spot, index).motion;
  // The header runs once more than the rounds that the first and the last index stand for.
  bool is_in_round = spot.block != v->loop->header;
  if (motion == MIR_MOTION_ANY || (motion == MIR_MOTION_LINEAR && !is_in_round)) return false;
  if (mir_loop_fact(v->loop, spot, size).motion != MIR_MOTION_STEADY) return false;
  need(v, spot, index);
  need(v, spot, size);
  vec_push(v->scratch, &v->bounds, (Bound){*index, *size, motion == MIR_MOTION_LINEAR});
  return true;
}

// What the cast of an i64 to u64 was made from; NULL when the operand is something else.
static const MirStmt *cast_of(const Versions *v, const MirOperand *operand) {
  if (operand->kind != MIR_OPERAND_COPY || !mir_place_is_local(&operand->place)) return NULL;
  const MirLoopFact *fact = &v->loop->facts[operand->place.local];
  return fact->made_by && fact->made_by->op == MIR_OP_CAST ? fact->made_by : NULL;
}

// `(index as U64) >= (size as U64)` decides about leaving the loop: so the library writes its bounds checks.
static void prove_comparison(Versions *v, MirSpot spot, const MirBlock *block, const MirStmt *stmt) {
  const MirStmt *end = mir_block_end(block);
  if (stmt->operands[0].type->kind != MIR_TYPE_U64 || mir_deciding_compare(block) != stmt) return;
  if (mir_bits_has(v->loop->holds, end->targets[0]) || !mir_bits_has(v->loop->holds, end->targets[1])) return;
  const MirStmt *index = cast_of(v, &stmt->operands[0]), *size = cast_of(v, &stmt->operands[1]);
  if (!index || !size || !add_bound(v, spot, &index->operands[0], &size->operands[0])) return;
  vec_push(v->scratch, &v->never, stmt);
}

static void prove_stmt(Versions *v, MirSpot spot, const MirBlock *block, const MirStmt *stmt) {
  if (is_checked(stmt)) prove_arithmetic(v, spot, stmt);
  if (stmt->op == MIR_OP_GE) prove_comparison(v, spot, block, stmt);
  if (stmt->op == MIR_OP_BOUNDS_CHECK && !(stmt->flags & MIR_PROVED) &&
      add_bound(v, spot, &stmt->operands[0], &stmt->operands[1]))
    vec_push(v->scratch, &v->proved, stmt);
}

static bool prove(Versions *v) {
  for (uint32_t b = 0; b < v->loop->blocks.size; b++) {
    MirBlockId id = v->loop->blocks.data[b];
    const MirBlock *block = v->function->blocks.data[id];
    for (uint32_t i = 0; i < block->stmts.size; i++) prove_stmt(v, (MirSpot){id, i}, block, &block->stmts.data[i]);
  }
  return v->proved.size || v->never.size;
}

// ── The guard: values before the loop ───────────────────────────────────────────────────────────────────────────
static MirLocalId new_temp(Versions *v, MirType *type) {
  return mir_local_new(v->module, v->function, MIR_LOCAL_TEMP, type, NAME_NONE, v->function->span);
}

static MirOperand read(const Versions *v, MirLocalId local) { return mir_copy(mir_place_local(v->function, local)); }

// Appends `temp = op operands` and gives the temp.
static MirLocalId compute(Versions *v, MirOp op, MirType *type, const MirOperand *operands, uint32_t count) {
  MirLocalId temp = new_temp(v, type);
  MirStmt *stmt = mir_stmt_new(v->module, v->guard, op, v->function->span, count, 0);
  stmt->dest = mir_place_local(v->function, temp);
  memcpy(stmt->operands, operands, count * sizeof *operands);
  return temp;
}

static MirOp unchecked(MirOp op) {
  switch ((int)op) {
    case MIR_OP_ADD: return MIR_OP_WRAP_ADD;
    case MIR_OP_SUB: return MIR_OP_WRAP_SUB;
    case MIR_OP_MUL: return MIR_OP_WRAP_MUL;
    default: return op;
  }
}

static MirOperand before_loop(Versions *v, MirOperand operand);

static MirLocalId compute_again(Versions *v, const MirStmt *stmt) {
  MirOperand operands[2];
  assert(stmt->operand_count <= 2);
  for (uint32_t i = 0; i < stmt->operand_count; i++) operands[i] = before_loop(v, stmt->operands[i]);
  return compute(v, unchecked(stmt->op), stmt->dest.type, operands, stmt->operand_count);
}

// The local that holds, before the loop, what `local` holds in every round or, if it moves, in the round asked for.
static MirLocalId local_before_loop(Versions *v, MirLocalId local) {
  const MirLoopFact *fact = &v->loop->facts[local];
  if (!fact->made_by) return local;
  MirLocalId *known = fact->motion == MIR_MOTION_STEADY ? &v->hoisted[local] : &v->in_round[local];
  if (*known == MIR_NO_LOCAL) *known = compute_again(v, fact->made_by);
  return *known;
}

static MirOperand before_loop(Versions *v, MirOperand operand) {
  if (!mir_operand_is_place(&operand)) return operand;
  if (mir_place_is_local(&operand.place) && operand.place.local == v->loop->counter) return v->counter_now;
  operand.place.local = local_before_loop(v, operand.place.local);
  return operand;
}

// ── The guard: tests ────────────────────────────────────────────────────────────────────────────────────────────
static MirBlock *block_at(const Versions *v, MirBlockId id) { return v->function->blocks.data[id]; }

static void jump(Versions *v, MirBlock *from, MirBlockId target) {
  MirStmt *stmt = mir_stmt_new(v->module, from, MIR_OP_GOTO, v->function->span, 0, 1);
  stmt->targets[0] = target;
}

// Goes on where the local is true, and to the loop as it was where it is not.
static void require(Versions *v, MirLocalId condition) {
  MirBlockId next = mir_block_new(v->module, v->function);
  MirStmt *stmt = mir_stmt_new(v->module, v->guard, MIR_OP_BRANCH, v->function->span, 1, 2);
  stmt->operands[0] = read(v, condition);
  stmt->targets[0] = next;
  stmt->targets[1] = v->loop->header;
  v->guard = block_at(v, next);
}

static void require_order(Versions *v, MirOp op, MirOperand a, MirOperand b) {
  MirType *boolean = v->module->types.basic[MIR_TYPE_BOOL];
  require(v, compute(v, op, boolean, (MirOperand[]){a, b}, 2));
}

static void require_small(Versions *v, MirOperand value) {
  MirRange full = mir_range_full(value.type);
  if (full.hi > MIR_SMALL) require_order(v, MIR_OP_LE, value, mir_int(value.type, (uint64_t)MIR_SMALL));
  if (full.lo < -MIR_SMALL) require_order(v, MIR_OP_LE, mir_int(value.type, -(uint64_t)MIR_SMALL), value);
}

static bool is_load(const MirStmt *stmt) {
  return stmt->op == MIR_OP_USE && mir_operand_is_place(&stmt->operands[0]) &&
         mir_place_is_memory(&stmt->operands[0].place);
}

// The proofs rest on the numbers that the loop finds: locals from before it, and what it loads.
static void require_small_leaves(Versions *v, uint32_t local_count) {
  for (MirLocalId local = 0; local < local_count; local++) {
    const MirStmt *made_by = v->loop->facts[local].made_by;
    if (!mir_bits_has(v->needed, local) || !mir_type_is_countable(v->function->locals.data[local].type)) continue;
    if (!made_by || is_load(made_by)) require_small(v, read(v, local_before_loop(v, local)));
  }
}

// What the counter is in the last round: the greatest first + n × step within the limit.
static MirOperand last_counter(Versions *v) {
  MirType *type = v->module->types.basic[MIR_TYPE_I64];
  MirOperand first = read(v, v->loop->counter), one = mir_int(type, 1), step = mir_int(type, (uint64_t)v->loop->step);
  MirOperand last = before_loop(v, *v->loop->limit);
  if (!v->loop->limit_is_included) last = read(v, compute(v, MIR_OP_WRAP_SUB, type, (MirOperand[]){last, one}, 2));
  if (v->loop->step == 1) return last;
  MirOperand way = read(v, compute(v, MIR_OP_WRAP_SUB, type, (MirOperand[]){last, first}, 2));
  MirOperand rounds = read(v, compute(v, MIR_OP_DIV, type, (MirOperand[]){way, step}, 2));
  vec_last(&v->guard->stmts)->flags |= MIR_PROVED;
  MirOperand length = read(v, compute(v, MIR_OP_WRAP_MUL, type, (MirOperand[]){rounds, step}, 2));
  return read(v, compute(v, MIR_OP_WRAP_ADD, type, (MirOperand[]){first, length}, 2));
}

static void require_inside(Versions *v, const Bound *bound, MirOperand counter) {
  v->counter_now = counter;
  memset(v->in_round, 0xFF, v->loop->local_count * sizeof *v->in_round);
  MirOperand size = before_loop(v, bound->size), index = before_loop(v, bound->index);
  require_order(v, MIR_OP_LE, mir_int(index.type, 0), index);
  require_order(v, MIR_OP_LT, index, size);
}

static void require_bounds(Versions *v) {
  if (!v->bounds.size) return;
  MirOperand first = read(v, v->loop->counter), last = last_counter(v);
  for (uint32_t i = 0; i < v->bounds.size; i++) {
    const Bound *bound = &v->bounds.data[i];
    require_inside(v, bound, first);
    if (bound->moves) require_inside(v, bound, last);
  }
}

// ── The copy ────────────────────────────────────────────────────────────────────────────────────────────────────
static void mark_read(void *context, MirLocalId local) { mir_bits_add(context, local); }

// A temp that something outside the loop reads is written by both loops from now on, which makes it a variable.
static void share_temps_read_outside(Versions *v) {
  MirBits *read_outside = arena_array(v->scratch, MirBits, mir_bits_words(v->function->locals.size));
  for (MirBlockId b = 0; b < v->function->blocks.size; b++) {
    if (b < v->loop->cfg->block_count && mir_bits_has(v->loop->holds, b)) continue;
    const MirBlock *block = block_at(v, b);
    for (uint32_t i = 0; i < block->stmts.size; i++) mir_stmt_reads(&block->stmts.data[i], mark_read, read_outside);
  }
  for (MirLocalId local = 0; local < v->loop->local_count; local++) {
    MirLocal *info = &v->function->locals.data[local];
    bool is_shared = v->loop->facts[local].writes && mir_bits_has(read_outside, local);
    if (is_shared && info->kind == MIR_LOCAL_TEMP) info->kind = MIR_LOCAL_VAR;
  }
}

static void make_twins(Versions *v) {
  v->locals = arena_array(v->scratch, MirLocalId, v->loop->local_count);
  for (MirLocalId local = 0; local < v->loop->local_count; local++) {
    MirLocal info = v->function->locals.data[local];
    v->locals[local] = local;
    if (!v->loop->facts[local].writes || info.kind != MIR_LOCAL_TEMP) continue;
    v->locals[local] = v->function->locals.size;
    vec_push(v->module->arena, &v->function->locals, info);
  }
  v->blocks = arena_array(v->scratch, MirBlockId, v->loop->cfg->block_count);
  for (uint32_t b = 0; b < v->loop->blocks.size; b++)
    v->blocks[v->loop->blocks.data[b]] = mir_block_new(v->module, v->function);
}

static void rename_place(const Versions *v, MirPlace *place) {
  if (!place->global) place->local = v->locals[place->local];
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_INDEX)
      place->projections[i].index = v->locals[place->projections[i].index];
}

static void rename_stmt(const Versions *v, MirStmt *stmt) {
  if (stmt->dest.type) rename_place(v, &stmt->dest);
  for (uint32_t i = 0; i < stmt->operand_count; i++)
    if (mir_operand_is_place(&stmt->operands[i])) rename_place(v, &stmt->operands[i].place);
  for (uint32_t i = 0; i < stmt->target_count; i++)
    if (mir_bits_has(v->loop->holds, stmt->targets[i])) stmt->targets[i] = v->blocks[stmt->targets[i]];
}

static bool is_among(const MirStmt *const *list, uint32_t count, const MirStmt *stmt) {
  for (uint32_t i = 0; i < count; i++)
    if (list[i] == stmt) return true;
  return false;
}

static void copy_loop_block(Versions *v, MirBlockId id) {
  const MirBlock *old = block_at(v, id);
  MirBlock *copy = block_at(v, v->blocks[id]);
  for (uint32_t i = 0; i < old->stmts.size; i++) {
    const MirStmt *stmt = &old->stmts.data[i];
    MirStmt twin = mir_stmt_copy(v->module, stmt);
    rename_stmt(v, &twin);
    if (is_among(v->proved.data, v->proved.size, stmt)) twin.flags |= MIR_PROVED;
    if (is_among(v->never.data, v->never.size, stmt)) mir_stmt_become_bool(&twin, false);
    vec_push(v->module->arena, &copy->stmts, twin);
  }
}

static void enter_through(Versions *v, MirBlockId guard) {
  for (MirBlockId b = 0; b < v->function->blocks.size; b++) {
    if (b < v->loop->cfg->block_count && mir_bits_has(v->loop->holds, b)) continue;
    MirStmt *end = mir_block_end(block_at(v, b));
    for (uint32_t i = 0; i < end->target_count; i++)
      if (end->targets[i] == v->loop->header) end->targets[i] = guard;
  }
}

static MirLocalId *no_locals(Arena *arena, uint32_t count) {
  MirLocalId *locals = arena_array(arena, MirLocalId, count);
  memset(locals, 0xFF, count * sizeof *locals);
  return locals;
}

static void make_versions(Versions *v) {
  share_temps_read_outside(v);
  MirBlock *entry = arena_new(v->module->arena, MirBlock);
  MirBlockId guard = v->function->blocks.size;
  enter_through(v, guard);
  vec_push(v->module->arena, &v->function->blocks, entry);
  v->guard = entry;
  v->counter_now = read(v, v->loop->counter);
  v->hoisted = no_locals(v->scratch, v->loop->local_count);
  v->in_round = no_locals(v->scratch, v->loop->local_count);
  require_small_leaves(v, v->loop->local_count);
  require_bounds(v);
  make_twins(v);
  jump(v, v->guard, v->blocks[v->loop->header]);
  for (uint32_t b = 0; b < v->loop->blocks.size; b++) copy_loop_block(v, v->loop->blocks.data[b]);
}

// ── Loops ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool try_loop(MirModule *module, MirFunction *function, MirLoop loop, MirBlockId header) {
  if (!mir_loop_open(&loop, header)) return false;
  Versions v = {.module = module, .function = function, .loop = &loop, .scratch = loop.arena};
  v.needed = arena_array(loop.arena, MirBits, mir_bits_words(loop.local_count));
  if (!prove(&v)) return false;
  make_versions(&v);
  return true;
}

static void run(MirModule *module, MirFunction *function, const Map *exposed) {
  Arena scratch = {0};
  MirCfg cfg = mir_cfg_new(&scratch, function);
  MirLoop loop = {.function = function, .cfg = &cfg, .exposed = exposed, .arena = &scratch};
  loop.uses = mir_local_uses(&scratch, function);
  loop.local_count = function->locals.size;
  bool changed = false;
  for (uint32_t i = 0; i < cfg.order_count; i++)
    if (cfg.loop[cfg.order[i]] == cfg.order[i]) changed |= try_loop(module, function, loop, cfg.order[i]);
  if (changed) mir_function_renumber(&scratch, function);
  arena_free(&scratch);
}

void mir_pass_versions(MirModule *module) {
  Map exposed = mir_exposed_fields(module);
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->blocks.size) run(module, module->functions.data[i], &exposed);
}
