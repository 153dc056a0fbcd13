// borrows: see passes.def. A candidate is an owned local that is filled by one `retain`, never moved, only released.
// It may borrow instead when what it was retained from stays an owner as long as the candidate is full:
//
//   a constant  it is immortal
//   a local     nothing is taken out of it or put into it meanwhile
//   memory      nothing runs meanwhile that could release what the memory held: no call that returns, no release
#include "mir/pass.h"

typedef struct Borrows {
  MirFunction *function;
  Arena scratch;
  const MirLocalUse *uses;
  MirCfg cfg;
  MirBits **heads;
} Borrows;

typedef struct Candidate {
  MirLocalId local;
  MirBlockId block;
  uint32_t stmt;
  const MirPlace *source;  // NULL: a constant
} Candidate;

// ── Retained from a local ───────────────────────────────────────────────────────────────────────────────────────
// Is `candidate` empty wherever a statement changes `source`?
static bool stays_while_full(const Borrows *b, MirLocalId source, MirLocalId candidate) {
  Arena arena = {0};
  uint32_t words = mir_bits_words(b->function->locals.size);
  MirBits *full = arena_array(&arena, MirBits, words);
  bool stays = true;
  for (uint32_t i = 0; i < b->cfg.order_count && stays; i++) {
    const MirBlock *block = b->function->blocks.data[b->cfg.order[i]];
    for (uint32_t w = 0; w < words; w++) full[w] = b->heads[b->cfg.order[i]][w];
    for (uint32_t s = 0; s < block->stmts.size && stays; s++) {
      const MirStmt *stmt = &block->stmts.data[s];
      stays = !mir_bits_has(full, candidate) || !mir_stmt_changes_local(stmt, source);
      mir_full_step(b->function, full, stmt);
    }
  }
  arena_free(&arena);
  return stays;
}

static bool local_keeps_it(const Borrows *b, const Candidate *candidate) {
  MirLocalId source = candidate->source->local;
  const MirLocalUse *use = &b->uses[source];
  if (source == candidate->local || use->address_taken || use->part_writes) return false;
  if (mir_local_is_counted(b->function, source)) return stays_while_full(b, source, candidate->local);
  return b->function->locals.data[source].kind == MIR_LOCAL_PARAM && !use->writes;
}

// ── Retained from memory ────────────────────────────────────────────────────────────────────────────────────────
static bool may_release(const MirBlock *block, uint32_t at, MirLocalId candidate) {
  const MirStmt *stmt = &block->stmts.data[at];
  switch ((int)stmt->op) {
    case MIR_OP_RELEASE: return stmt->operands[0].type->is_managed && !mir_stmt_is_release_of(stmt, candidate);
    case MIR_OP_CALL: return !stmt->callee->is_noreturn && block->stmts.data[at + 1].op != MIR_OP_UNREACHABLE;
    case MIR_OP_CALL_FN: return true;
    default: return false;
  }
}

typedef VEC(MirBlockId) BlockList;

// Walks from the retain to the candidate's releases. Cleanup blocks are not walked: there it is only released.
static bool walk_block(Borrows *b, const Candidate *candidate, MirBlockId id, uint32_t from, BlockList *work,
                       MirBits *seen) {
  const MirBlock *block = b->function->blocks.data[id];
  for (uint32_t i = from; i < block->stmts.size; i++) {
    if (mir_stmt_is_release_of(&block->stmts.data[i], candidate->local)) return true;
    if (may_release(block, i, candidate->local)) return false;
  }
  const MirStmt *end = mir_block_end(block);
  for (uint32_t i = 0; i < end->target_count; i++) {
    if (mir_bits_has(seen, end->targets[i])) continue;
    mir_bits_add(seen, end->targets[i]);
    vec_push(&b->scratch, work, end->targets[i]);
  }
  return true;
}

static bool memory_keeps_it(Borrows *b, const Candidate *candidate) {
  BlockList work = {0};
  MirBits *seen = arena_array(&b->scratch, MirBits, mir_bits_words(b->function->blocks.size));
  if (!walk_block(b, candidate, candidate->block, candidate->stmt + 1, &work, seen)) return false;
  while (work.size)
    if (!walk_block(b, candidate, vec_pop(&work), 0, &work, seen)) return false;
  return true;
}

static bool is_only_released_in_cleanups(const Borrows *b, MirLocalId local) {
  for (uint32_t i = 0; i < b->function->blocks.size; i++) {
    const MirBlock *block = b->function->blocks.data[i];
    for (uint32_t s = 0; block->is_cleanup && s < block->stmts.size; s++)
      if (mir_stmt_reads_local(&block->stmts.data[s], local) && !mir_stmt_is_release_of(&block->stmts.data[s], local))
        return false;
  }
  return true;
}

// ── All candidates ──────────────────────────────────────────────────────────────────────────────────────────────
static bool takes_constant(const MirStmt *stmt) {
  return (stmt->op == MIR_OP_RETAIN || stmt->op == MIR_OP_USE) && !mir_operand_is_place(&stmt->operands[0]);
}

static bool is_candidate(const Borrows *b, const MirStmt *stmt) {
  bool takes_copy = stmt->op == MIR_OP_RETAIN && stmt->operands[0].kind == MIR_OPERAND_COPY;
  if (!takes_copy && !takes_constant(stmt)) return false;
  if (!mir_place_is_local(&stmt->dest) || stmt->dest.local == MIR_RETURN_LOCAL) return false;
  const MirLocalUse *use = &b->uses[stmt->dest.local];
  return mir_local_is_counted(b->function, stmt->dest.local) && use->writes == 1 && !use->part_writes && !use->moves &&
         !use->address_taken;
}

static bool is_forgotten(const Borrows *b, MirLocalId local) {
  for (uint32_t i = 0; i < b->function->blocks.size; i++) {
    const MirBlock *block = b->function->blocks.data[i];
    for (uint32_t s = 0; s < block->stmts.size; s++) {
      const MirStmt *stmt = &block->stmts.data[s];
      bool takes =
          stmt->op == MIR_OP_FORGET || (stmt->op == MIR_OP_RELEASE && !mir_place_is_local(&stmt->operands[0].place));
      if ((takes && mir_stmt_changes_local(stmt, local))) return true;
      for (uint32_t o = 0; o < stmt->operand_count; o++)
        if (stmt->operands[o].kind == MIR_OPERAND_MOVE && mir_stmt_changes_local(stmt, local)) return true;
    }
  }
  return false;
}

static bool can_borrow(Borrows *b, const Candidate *candidate) {
  if (is_forgotten(b, candidate->local)) return false;
  if (!candidate->source) return true;
  if (!mir_place_is_memory(candidate->source) && local_keeps_it(b, candidate)) return true;
  return mir_place_is_memory(candidate->source) && is_only_released_in_cleanups(b, candidate->local) &&
         memory_keeps_it(b, candidate);
}

static bool find_borrows(Borrows *b) {
  bool changed = false;
  for (uint32_t i = 0; i < b->cfg.order_count; i++) {
    MirBlock *block = b->function->blocks.data[b->cfg.order[i]];
    for (uint32_t s = 0; s < block->stmts.size; s++) {
      MirStmt *stmt = &block->stmts.data[s];
      if (!is_candidate(b, stmt)) continue;
      const MirPlace *source = takes_constant(stmt) ? NULL : &stmt->operands[0].place;
      Candidate candidate = {stmt->dest.local, b->cfg.order[i], s, source};
      if (!can_borrow(b, &candidate)) continue;
      stmt->op = MIR_OP_USE;
      b->function->locals.data[candidate.local].is_owned = false;
      changed = true;
    }
  }
  return changed;
}

static bool is_release_of_borrowed(const MirFunction *function, const MirStmt *stmt) {
  if (stmt->op != MIR_OP_RELEASE || !mir_place_is_local(&stmt->operands[0].place)) return false;
  return stmt->operands[0].type->is_managed && !mir_local_is_counted(function, stmt->operands[0].place.local);
}

static void remove_releases(Borrows *b) {
  for (uint32_t i = 0; i < b->function->blocks.size; i++) {
    MirBlock *block = b->function->blocks.data[i];
    MirBits *dead = arena_array(&b->scratch, MirBits, mir_bits_words(block->stmts.size));
    for (uint32_t s = 0; s < block->stmts.size; s++)
      if (is_release_of_borrowed(b->function, &block->stmts.data[s])) mir_bits_add(dead, s);
    mir_block_remove_dead(block, dead);
  }
}

// A release that goes may have been all that kept another value from being borrowed: so again, a few times.
enum { ROUND_LIMIT = 4 };

static bool run_round(MirFunction *function) {
  Borrows b = {.function = function};
  b.uses = mir_local_uses(&b.scratch, function);
  b.cfg = mir_cfg_new(&b.scratch, function);
  b.heads = mir_full_at_heads(&b.scratch, &b.cfg, function);
  bool changed = find_borrows(&b);
  if (changed) remove_releases(&b);
  arena_free(&b.scratch);
  return changed;
}

void mir_pass_borrows(MirModule *module) {
  for (uint32_t i = 0; i < module->functions.size; i++) {
    if (!module->functions.data[i]->blocks.size) continue;
    for (int round = 0; round < ROUND_LIMIT && run_round(module->functions.data[i]); round++) continue;
  }
}
