// Facts and changes that several passes need.
#include "mir/pass.h"

#include <string.h>

#include "intrinsics/intrinsics.h"

// ── Reads ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void place_reads(const MirPlace *place, bool reads_base, MirReadVisit *visit, void *context) {
  if (!place->global && reads_base) visit(context, place->local);
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_INDEX) visit(context, place->projections[i].index);
}

void mir_stmt_reads(const MirStmt *stmt, MirReadVisit *visit, void *context) {
  for (uint32_t i = 0; i < stmt->operand_count; i++)
    if (mir_operand_is_place(&stmt->operands[i])) place_reads(&stmt->operands[i].place, true, visit, context);
  if (stmt->dest.type) place_reads(&stmt->dest, mir_place_is_memory(&stmt->dest), visit, context);
}

typedef struct Search {
  MirLocalId local;
  bool found;
} Search;

static void match(void *context, MirLocalId local) {
  Search *search = context;
  search->found |= search->local == local;
}

bool mir_stmt_reads_local(const MirStmt *stmt, MirLocalId local) {
  Search search = {local, false};
  mir_stmt_reads(stmt, match, &search);
  return search.found;
}

bool mir_stmt_writes_local(const MirStmt *stmt, MirLocalId local) {
  return stmt->dest.type && !stmt->dest.global && stmt->dest.local == local && !mir_place_is_memory(&stmt->dest);
}

// ── Uses ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void count_read(void *context, MirLocalId local) { ((MirLocalUse *)context)[local].reads++; }

static void count_operand(MirLocalUse *uses, const MirStmt *stmt, const MirOperand *operand) {
  if (!mir_operand_is_place(operand) || operand->place.global) return;
  MirLocalUse *use = &uses[operand->place.local];
  if (stmt->op == MIR_OP_ADDR && !mir_place_is_memory(&operand->place)) use->address_taken = true;
  if (!mir_place_is_local(&operand->place)) return;
  if (operand->kind == MIR_OPERAND_MOVE) use->moves++;
  if (stmt->op == MIR_OP_RELEASE || stmt->op == MIR_OP_FORGET) use->releases++;
}

static void count_stmt(MirLocalUse *uses, const MirStmt *stmt) {
  mir_stmt_reads(stmt, count_read, uses);
  for (uint32_t i = 0; i < stmt->operand_count; i++) count_operand(uses, stmt, &stmt->operands[i]);
  if (!stmt->dest.type || mir_place_is_memory(&stmt->dest)) return;
  if (stmt->dest.projection_count) uses[stmt->dest.local].part_writes++;
  else uses[stmt->dest.local].writes++;
}

MirLocalUse *mir_local_uses(Arena *arena, const MirFunction *function) {
  MirLocalUse *uses = arena_array(arena, MirLocalUse, function->locals.size);
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++) count_stmt(uses, &block->stmts.data[i]);
  }
  return uses;
}

// ── Effects ─────────────────────────────────────────────────────────────────────────────────────────────────────
bool mir_stmt_writes_memory(const MirStmt *stmt) {
  if (stmt->dest.type && mir_place_is_memory(&stmt->dest)) return true;
  switch ((int)stmt->op) {
    case MIR_OP_CALL:
    case MIR_OP_CALL_FN: return true;
    // Those with a result write nothing else; but what an atomic one reads may say that others have written.
    case MIR_OP_INTRINSIC: return !stmt->dest.type || intrinsic_info((IntrinsicId)stmt->intrinsic)->is_atomic;
    case MIR_OP_RELEASE: return stmt->operands[0].type->is_managed;
    default: return false;
  }
}

bool mir_stmt_is_pure(const MirFunction *function, const MirStmt *stmt) {
  if (mir_stmt_may_panic(stmt) || mir_stmt_writes_memory(stmt)) return false;
  if (!stmt->dest.type || !mir_place_is_local(&stmt->dest)) return false;
  if (mir_local_is_counted(function, stmt->dest.local)) return false;
  for (uint32_t i = 0; i < stmt->operand_count; i++)
    if (stmt->operands[i].kind == MIR_OPERAND_MOVE && stmt->operands[i].type->is_managed) return false;
  switch ((int)stmt->op) {
    case MIR_OP_RETAIN:
    case MIR_OP_NEW:
    case MIR_OP_CLOSURE: return false;
    case MIR_OP_INTRINSIC: return false;  // a volatile read is an effect
    default: return true;
  }
}

// ── Branches ────────────────────────────────────────────────────────────────────────────────────────────────────
bool mir_op_is_comparison(MirOp op) { return op >= MIR_OP_EQ && op <= MIR_OP_GE; }

static bool operands_written(const MirStmt *compare, const MirStmt *by) {
  for (uint32_t i = 0; i < 2; i++) {
    const MirOperand *operand = &compare->operands[i];
    if (!mir_operand_is_place(operand)) continue;
    if (mir_place_is_memory(&operand->place) ? mir_stmt_writes_memory(by)
                                             : mir_stmt_writes_local(by, operand->place.local))
      return true;
  }
  return false;
}

const MirStmt *mir_deciding_compare(const MirBlock *block) {
  const MirStmt *end = mir_block_end(block);
  if (end->op != MIR_OP_BRANCH || !mir_operand_is_place(&end->operands[0]) ||
      !mir_place_is_local(&end->operands[0].place))
    return NULL;
  MirLocalId cond = end->operands[0].place.local;
  for (uint32_t i = block->stmts.size - 1; i-- > 0;) {
    const MirStmt *stmt = &block->stmts.data[i];
    if (!mir_stmt_writes_local(stmt, cond)) continue;
    if (!mir_op_is_comparison(stmt->op)) return NULL;
    for (uint32_t later = i + 1; later + 1 < block->stmts.size; later++)
      if (operands_written(stmt, &block->stmts.data[later])) return NULL;
    return stmt;
  }
  return NULL;
}

// ── Who is FULL where ───────────────────────────────────────────────────────────────────────────────────────────
static void empty_operands(const MirFunction *function, MirBits *full, const MirStmt *stmt) {
  bool is_effect = stmt->op == MIR_OP_RELEASE || stmt->op == MIR_OP_FORGET;
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    const MirOperand *operand = &stmt->operands[i];
    if (!mir_operand_is_place(operand) || !mir_place_is_local(&operand->place)) continue;
    if (!is_effect && operand->kind != MIR_OPERAND_MOVE) continue;
    if (mir_local_is_counted(function, operand->place.local)) mir_bits_remove(full, operand->place.local);
  }
}

static void fill_dest(const MirFunction *function, MirBits *full, const MirStmt *stmt) {
  if (!stmt->dest.type || !mir_place_is_local(&stmt->dest)) return;
  if (mir_local_is_counted(function, stmt->dest.local)) mir_bits_add(full, stmt->dest.local);
}

void mir_full_step(const MirFunction *function, MirBits *full, const MirStmt *stmt) {
  empty_operands(function, full, stmt);
  fill_dest(function, full, stmt);
}

static void reach(Arena *arena, MirBits **heads, MirBlockId target, const MirBits *full, uint32_t words) {
  if (target == MIR_NO_BLOCK || heads[target]) return;
  heads[target] = arena_array(arena, MirBits, words);
  memcpy(heads[target], full, words * sizeof *full);
}

// By rule 4 every way into a block brings the same, so each block is run once.
MirBits **mir_full_at_heads(Arena *arena, const MirCfg *cfg, const MirFunction *function) {
  uint32_t words = mir_bits_words(function->locals.size);
  MirBits **heads = arena_array(arena, MirBits *, function->blocks.size);
  MirBits *full = arena_array(arena, MirBits, words);
  for (MirLocalId i = 1; i <= function->param_count; i++)
    if (mir_local_is_counted(function, i)) mir_bits_add(full, i);
  reach(arena, heads, MIR_ENTRY, full, words);
  for (uint32_t i = 0; i < cfg->order_count; i++) {
    const MirBlock *block = function->blocks.data[cfg->order[i]];
    memcpy(full, heads[cfg->order[i]], words * sizeof *full);
    for (uint32_t s = 0; s < block->stmts.size; s++) {
      const MirStmt *stmt = &block->stmts.data[s];
      if (stmt->op == MIR_OP_OPTION_UNWRAP) reach(arena, heads, stmt->unwind, full, words);
      empty_operands(function, full, stmt);
      reach(arena, heads, stmt->unwind, full, words);
      fill_dest(function, full, stmt);
    }
    for (uint32_t t = 0; t < mir_block_end(block)->target_count; t++)
      reach(arena, heads, mir_block_end(block)->targets[t], full, words);
  }
  return heads;
}

bool mir_stmt_changes_local(const MirStmt *stmt, MirLocalId local) {
  if (mir_stmt_writes_local(stmt, local)) return true;
  bool is_effect = stmt->op == MIR_OP_RELEASE || stmt->op == MIR_OP_FORGET;
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    const MirOperand *operand = &stmt->operands[i];
    if (!mir_operand_is_place(operand) || operand->place.global || operand->place.local != local) continue;
    if ((is_effect || operand->kind == MIR_OPERAND_MOVE) && !mir_place_is_memory(&operand->place)) return true;
  }
  return false;
}

bool mir_stmt_is_release_of(const MirStmt *stmt, MirLocalId local) {
  if (stmt->op != MIR_OP_RELEASE || !mir_place_is_local(&stmt->operands[0].place)) return false;
  return stmt->operands[0].place.local == local;
}

// ── Changes ─────────────────────────────────────────────────────────────────────────────────────────────────────
void mir_block_remove_dead(MirBlock *block, const MirBits *dead) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < block->stmts.size; i++)
    if (!mir_bits_has(dead, i)) block->stmts.data[kept++] = block->stmts.data[i];
  block->stmts.size = kept;
}

static MirPlace copy_place(MirModule *module, MirPlace place) {
  if (!place.projection_count) return place;
  MirProjection *copy = arena_array(module->arena, MirProjection, place.projection_count);
  memcpy(copy, place.projections, place.projection_count * sizeof *copy);
  place.projections = copy;
  return place;
}

MirStmt mir_stmt_copy(MirModule *module, const MirStmt *stmt) {
  MirStmt copy = *stmt;
  if (copy.dest.type) copy.dest = copy_place(module, copy.dest);
  copy.operands = arena_array(module->arena, MirOperand, stmt->operand_count);
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    copy.operands[i] = stmt->operands[i];
    if (mir_operand_is_place(&copy.operands[i])) copy.operands[i].place = copy_place(module, copy.operands[i].place);
  }
  copy.targets = arena_array(module->arena, MirBlockId, stmt->target_count);
  if (stmt->target_count) memcpy(copy.targets, stmt->targets, stmt->target_count * sizeof *copy.targets);
  return copy;
}

void mir_stmt_become_bool(MirStmt *stmt, bool value) {
  stmt->op = MIR_OP_USE;
  stmt->operand_count = 1;
  stmt->operands[0] = mir_int(stmt->dest.type, value);
}

MirBlock *mir_block_copy(MirModule *module, const MirBlock *block) {
  MirBlock *copy = arena_new(module->arena, MirBlock);
  copy->is_cleanup = block->is_cleanup;
  for (uint32_t i = 0; i < block->stmts.size; i++) {
    MirStmt stmt = mir_stmt_copy(module, &block->stmts.data[i]);
    vec_push(module->arena, &copy->stmts, stmt);
  }
  return copy;
}

void mir_block_insert(MirModule *module, MirBlock *block, uint32_t at, MirStmt stmt) {
  vec_push(module->arena, &block->stmts, stmt);
  memmove(&block->stmts.data[at + 1], &block->stmts.data[at], (block->stmts.size - 1 - at) * sizeof stmt);
  block->stmts.data[at] = stmt;
}

// ── Cleanup chains ──────────────────────────────────────────────────────────────────────────────────────────────
enum { CHAIN_LIMIT = 32 };

// Cleanup blocks, each of which goes on to the next. A statement in them may itself unwind, to a block further on.
typedef struct Chain {
  MirBlockId blocks[CHAIN_LIMIT], copies[CHAIN_LIMIT];
  uint32_t count;
  MirLocalId local;
  bool leaves_out;
} Chain;

static uint32_t find_release(const MirBlock *block, MirLocalId local) {
  uint32_t at = 0;
  while (at < block->stmts.size && !mir_stmt_is_release_of(&block->stmts.data[at], local)) at++;
  return at;
}

static bool reads_before(const MirBlock *block, uint32_t end, MirLocalId local) {
  for (uint32_t i = 0; i < end; i++)
    if (mir_stmt_reads_local(&block->stmts.data[i], local)) return true;
  return false;
}

// A temp has one writer, so a block that writes one is not copied. Such are the blocks of a `defer`, not the common
// ones.
static bool writes_temp(const MirFunction *function, const MirBlock *block) {
  for (uint32_t i = 0; i < block->stmts.size; i++) {
    const MirPlace *dest = &block->stmts.data[i].dest;
    if (!dest->type || mir_place_is_memory(dest)) continue;
    if (function->locals.data[dest->local].kind == MIR_LOCAL_TEMP) return true;
  }
  return false;
}

// False when the chain branches, reads the local otherwise, writes a temp, or does not end as it should.
static bool collect_chain(const MirFunction *function, MirBlockId first, Chain *chain) {
  while (chain->count < CHAIN_LIMIT) {
    const MirBlock *block = function->blocks.data[first];
    uint32_t release = find_release(block, chain->local);
    chain->blocks[chain->count++] = first;
    if (reads_before(block, release, chain->local) || writes_temp(function, block)) return false;
    if (release < block->stmts.size) return chain->leaves_out;
    const MirStmt *end = mir_block_end(block);
    if (end->op == MIR_OP_RESUME) return !chain->leaves_out;
    if (end->op != MIR_OP_GOTO) return false;
    first = end->targets[0];
  }
  return false;
}

static uint32_t place_in_chain(const Chain *chain, MirBlockId block) {
  uint32_t at = 0;
  while (at < chain->count && chain->blocks[at] != block) at++;
  return at;
}

// A panic in the copy must go on in the copy, as long as the local differs from what it is in the original.
static bool unwinds_along(const MirFunction *function, const Chain *chain) {
  for (uint32_t b = 0; b < chain->count; b++) {
    const MirBlock *block = function->blocks.data[chain->blocks[b]];
    uint32_t end = find_release(block, chain->local);
    for (uint32_t i = 0; i < end; i++) {
      MirBlockId unwind = block->stmts.data[i].unwind;
      if (unwind != MIR_NO_BLOCK && place_in_chain(chain, unwind) == chain->count) return false;
    }
  }
  return true;
}

static MirStmt new_release(MirModule *module, const MirFunction *function, MirLocalId local) {
  MirOperand *operand = arena_new(module->arena, MirOperand);
  *operand = mir_copy(mir_place_local(function, local));
  return (MirStmt){
      .op = MIR_OP_RELEASE, .unwind = MIR_NO_BLOCK, .span = function->span, .operand_count = 1, .operands = operand};
}

static MirStmt chain_stmt(MirModule *module, const Chain *chain, const MirStmt *stmt, bool differs) {
  MirStmt copy = mir_stmt_copy(module, stmt);
  uint32_t at = place_in_chain(chain, copy.unwind);
  if (differs && at < chain->count) copy.unwind = chain->copies[at];
  return copy;
}

static void copy_chain_block(MirModule *module, MirFunction *function, const Chain *chain, uint32_t index) {
  const MirBlock *old = function->blocks.data[chain->blocks[index]];
  MirBlock *block = function->blocks.data[chain->copies[index]];
  uint32_t release = find_release(old, chain->local);
  block->is_cleanup = true;
  for (uint32_t i = 0; i < old->stmts.size; i++) {
    if (i == release) continue;
    MirStmt copy = chain_stmt(module, chain, &old->stmts.data[i], i < release);
    vec_push(module->arena, &block->stmts, copy);
  }
  if (index + 1 < chain->count) mir_block_end(block)->targets[0] = chain->copies[index + 1];
  else if (!chain->leaves_out)
    mir_block_insert(module, block, block->stmts.size - 1, new_release(module, function, chain->local));
}

MirBlockId mir_cleanup_copy(MirModule *module, MirFunction *function, MirBlockId first, MirLocalId local,
                            bool leaves_out) {
  Chain chain = {.local = local, .leaves_out = leaves_out};
  if (!collect_chain(function, first, &chain) || !unwinds_along(function, &chain)) return MIR_NO_BLOCK;
  for (uint32_t i = 0; i < chain.count; i++) chain.copies[i] = mir_block_new(module, function);
  for (uint32_t i = 0; i < chain.count; i++) copy_chain_block(module, function, &chain, i);
  return chain.copies[0];
}

static void renumber_block(MirBlock *block, const uint32_t *position) {
  for (uint32_t i = 0; i < block->stmts.size; i++) {
    MirStmt *stmt = &block->stmts.data[i];
    if (stmt->unwind != MIR_NO_BLOCK) stmt->unwind = position[stmt->unwind];
    for (uint32_t t = 0; t < stmt->target_count; t++) stmt->targets[t] = position[stmt->targets[t]];
  }
}

void mir_function_renumber(Arena *scratch, MirFunction *function) {
  MirCfg cfg = mir_cfg_new(scratch, function);
  MirBlock **old = arena_array(scratch, MirBlock *, cfg.order_count);
  for (uint32_t i = 0; i < cfg.order_count; i++) old[i] = function->blocks.data[cfg.order[i]];
  for (uint32_t i = 0; i < cfg.order_count; i++) {
    function->blocks.data[i] = old[i];
    renumber_block(old[i], cfg.position);
  }
  function->blocks.size = cfg.order_count;
}
