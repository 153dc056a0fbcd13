// simplify-cfg: see passes.def.
#include <string.h>

#include "mir/pass.h"

enum { CHAIN_LIMIT = 64 };  // a chain of empty blocks may be a loop of nothing

static void become_goto(MirStmt *stmt, MirBlockId target) {
  stmt->op = MIR_OP_GOTO;
  stmt->operand_count = 0;
  stmt->target_count = 1;
  stmt->targets[0] = target;
}

// ── Known branches ──────────────────────────────────────────────────────────────────────────────────────────────
static MirBlockId known_switch_target(const MirStmt *stmt) {
  const MirOperand *operand = &stmt->operands[0];
  uint32_t unused = 64 - mir_type_bits(operand->type);
  int64_t value =
      mir_type_is_signed(operand->type) ? (int64_t)(operand->bits << unused) >> unused : (int64_t)operand->bits;
  for (uint32_t i = 0; i + 1 < stmt->target_count; i++)
    if (stmt->cases[i] == value) return stmt->targets[i];
  return stmt->targets[stmt->target_count - 1];
}

static bool all_targets_equal(const MirStmt *stmt) {
  for (uint32_t i = 1; i < stmt->target_count; i++)
    if (stmt->targets[i] != stmt->targets[0]) return false;
  return true;
}

static bool decide(MirStmt *stmt) {
  if (stmt->op != MIR_OP_BRANCH && stmt->op != MIR_OP_SWITCH) return false;
  bool is_known = stmt->operands[0].kind == MIR_OPERAND_INT;
  if (!is_known && !all_targets_equal(stmt)) return false;
  if (!is_known) become_goto(stmt, stmt->targets[0]);
  else if (stmt->op == MIR_OP_BRANCH) become_goto(stmt, stmt->targets[stmt->operands[0].bits ? 0 : 1]);
  else become_goto(stmt, known_switch_target(stmt));
  return true;
}

// ── Jumps to jumps ──────────────────────────────────────────────────────────────────────────────────────────────
static MirBlockId final_target(const MirFunction *function, MirBlockId first) {
  MirBlockId target = first;
  for (int hops = 0; hops < CHAIN_LIMIT; hops++) {
    const MirBlock *block = function->blocks.data[target];
    if (block->stmts.size != 1 || block->stmts.data[0].op != MIR_OP_GOTO) return target;
    target = block->stmts.data[0].targets[0];
  }
  return first;  // round and round, or so long that its own blocks must be shortened first
}

// A cleanup that does nothing but go on unwinding is no cleanup.
static MirBlockId final_unwind(const MirFunction *function, MirBlockId unwind) {
  MirBlockId target = final_target(function, unwind);
  const MirBlock *block = function->blocks.data[target];
  return block->stmts.data[0].op == MIR_OP_RESUME ? MIR_NO_BLOCK : target;
}

static bool set_block(MirBlockId *at, MirBlockId target) {
  bool changed = *at != target;
  *at = target;
  return changed;
}

static bool shorten(const MirFunction *function, MirStmt *stmt) {
  bool changed = false;
  for (uint32_t i = 0; i < stmt->target_count; i++)
    changed |= set_block(&stmt->targets[i], final_target(function, stmt->targets[i]));
  if (stmt->unwind == MIR_NO_BLOCK) return changed;
  bool can_panic = mir_stmt_may_panic(stmt);
  return set_block(&stmt->unwind, can_panic ? final_unwind(function, stmt->unwind) : MIR_NO_BLOCK) || changed;
}

static bool shorten_all(MirFunction *function) {
  bool changed = false;
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++) changed |= shorten(function, &block->stmts.data[i]);
    changed |= decide(mir_block_end(block));
  }
  return changed;
}

// ── Merging ─────────────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t *count_entries(Arena *scratch, const MirFunction *function) {
  uint32_t *entries = arena_array(scratch, uint32_t, function->blocks.size);
  entries[MIR_ENTRY] = 1;
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++)
      if (block->stmts.data[i].unwind != MIR_NO_BLOCK) entries[block->stmts.data[i].unwind]++;
    const MirStmt *end = mir_block_end(block);
    for (uint32_t i = 0; i < end->target_count; i++) entries[end->targets[i]]++;
  }
  return entries;
}

static void append(MirModule *module, MirBlock *block, const MirBlock *next) {
  block->stmts.size--;
  for (uint32_t i = 0; i < next->stmts.size; i++) vec_push(module->arena, &block->stmts, next->stmts.data[i]);
}

// A block that was appended to the one before it stays behind as a jump to itself, which nobody enters.
static void leave_behind(MirBlock *block, MirBlockId id, MirStmt jump) {
  block->stmts.size = 1;
  block->stmts.data[0] = jump;
  block->stmts.data[0].targets[0] = id;
}

static bool merge_all(MirModule *module, Arena *scratch, MirFunction *function) {
  const uint32_t *entries = count_entries(scratch, function);
  bool changed = false;
  for (MirBlockId b = 0; b < function->blocks.size; b++) {
    MirBlock *block = function->blocks.data[b];
    for (MirStmt end; (end = *mir_block_end(block)).op == MIR_OP_GOTO; changed = true) {
      MirBlockId next = end.targets[0];
      if (next == b || entries[next] != 1) break;
      append(module, block, function->blocks.data[next]);
      leave_behind(function->blocks.data[next], next, end);
    }
  }
  return changed;
}

static void simplify(MirModule *module, MirFunction *function) {
  Arena scratch = {0};
  bool changed = true;
  while (changed) {
    changed = shorten_all(function);
    mir_function_renumber(&scratch, function);
    changed |= merge_all(module, &scratch, function);
    mir_function_renumber(&scratch, function);
    arena_free(&scratch);
  }
}

void mir_pass_simplify_cfg(MirModule *module) {
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->blocks.size) simplify(module, module->functions.data[i]);
}
