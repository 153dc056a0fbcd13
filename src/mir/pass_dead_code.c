// dead-code: see passes.def.
#include "mir/pass.h"

// ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_dead(const MirFunction *function, const MirLocalUse *uses, const MirStmt *stmt) {
  if (!mir_stmt_is_pure(function, stmt)) return false;
  const MirLocalUse *use = &uses[stmt->dest.local];
  return stmt->dest.local != MIR_RETURN_LOCAL && !use->reads && !use->address_taken && !use->part_writes;
}

static bool remove_round(Arena *scratch, MirFunction *function) {
  const MirLocalUse *uses = mir_local_uses(scratch, function);
  bool changed = false;
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    MirBlock *block = function->blocks.data[b];
    MirBits *dead = arena_array(scratch, MirBits, mir_bits_words(block->stmts.size));
    for (uint32_t i = 0; i < block->stmts.size; i++)
      if (is_dead(function, uses, &block->stmts.data[i])) mir_bits_add(dead, i);
    uint32_t before = block->stmts.size;
    mir_block_remove_dead(block, dead);
    changed |= block->stmts.size != before;
  }
  return changed;
}

// ── Locals ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void renumber_place(MirPlace *place, const MirLocalId *numbers) {
  if (!place->global) place->local = numbers[place->local];
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_INDEX)
      place->projections[i].index = numbers[place->projections[i].index];
}

// Places share no projections, each builder call having made its own; but a statement that was copied shares them.
static MirProjection *copy_projections(Arena *arena, const MirPlace *place) {
  MirProjection *copy = arena_array(arena, MirProjection, place->projection_count);
  for (uint32_t i = 0; i < place->projection_count; i++) copy[i] = place->projections[i];
  return copy;
}

static void renumber_stmt(Arena *arena, MirStmt *stmt, const MirLocalId *numbers) {
  if (stmt->dest.type) {
    if (stmt->dest.projection_count) stmt->dest.projections = copy_projections(arena, &stmt->dest);
    renumber_place(&stmt->dest, numbers);
  }
  MirOperand *operands = arena_array(arena, MirOperand, stmt->operand_count);
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    operands[i] = stmt->operands[i];
    if (!mir_operand_is_place(&operands[i])) continue;
    if (operands[i].place.projection_count) operands[i].place.projections = copy_projections(arena, &operands[i].place);
    renumber_place(&operands[i].place, numbers);
  }
  stmt->operands = operands;
}

static void remove_locals(MirModule *module, Arena *scratch, MirFunction *function) {
  const MirLocalUse *uses = mir_local_uses(scratch, function);
  MirLocalId *numbers = arena_array(scratch, MirLocalId, function->locals.size);
  uint32_t kept = 0, count = function->locals.size;
  for (MirLocalId i = 0; i < count; i++) {
    bool is_used = i <= function->param_count || uses[i].reads || uses[i].writes || uses[i].part_writes;
    numbers[i] = kept;
    if (is_used) function->locals.data[kept++] = function->locals.data[i];
  }
  function->locals.size = kept;
  if (kept == count) return;
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++) renumber_stmt(module->arena, &block->stmts.data[i], numbers);
  }
}

void mir_pass_dead_code(MirModule *module) {
  for (uint32_t i = 0; i < module->functions.size; i++) {
    MirFunction *function = module->functions.data[i];
    Arena scratch = {0};
    if (!function->blocks.size) continue;
    while (remove_round(&scratch, function)) arena_free(&scratch);
    remove_locals(module, &scratch, function);
    arena_free(&scratch);
  }
}
