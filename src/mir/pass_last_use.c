// last-use: see passes.def. `x = retain y` … `release y` in one block, where nothing in between touches y: the owner
// moves. A statement in between that panics then finds y empty, so it unwinds to a copy of its cleanup without y.
//
// In between, x may be given away, and the object may end sooner than it did. That is noticed only through a borrow
// that was taken from y before; functions that take any are left alone unless x stays.
#include "mir/pass.h"

enum { WINDOW = 64 };

typedef struct LastUse {
  MirModule *module;
  MirFunction *function;
  Arena scratch;
  MirBits *lent;  // locals from which a pointer or a borrowed value was taken that may live on
} LastUse;

// ── What was lent ───────────────────────────────────────────────────────────────────────────────────────────────
// Does the result of the statement possibly point into what its operands own?
static bool lends(const MirFunction *function, const MirStmt *stmt) {
  if (!stmt->dest.type || stmt->op == MIR_OP_RETAIN) return false;
  if (stmt->dest.type->kind == MIR_TYPE_PTR) return true;
  return stmt->dest.type->is_managed && !mir_place_is_owner(function, &stmt->dest);
}

static void note_lent(void *context, MirLocalId local) { mir_bits_add(context, local); }

static void find_lent(LastUse *l) {
  l->lent = arena_array(&l->scratch, MirBits, mir_bits_words(l->function->locals.size));
  for (uint32_t b = 0; b < l->function->blocks.size; b++) {
    const MirBlock *block = l->function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++)
      if (lends(l->function, &block->stmts.data[i])) mir_stmt_reads(&block->stmts.data[i], note_lent, l->lent);
  }
}

// ── One pair ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_retain_of(const MirStmt *stmt, MirLocalId local) {
  if (stmt->op != MIR_OP_RETAIN || stmt->operands[0].kind != MIR_OPERAND_COPY) return false;
  const MirPlace *place = &stmt->operands[0].place;
  return mir_place_is_local(place) && place->local == local && !mir_stmt_writes_local(stmt, local) &&
         stmt->dest.type == stmt->operands[0].type && !mir_stmt_reads_local(&(MirStmt){.dest = stmt->dest}, local);
}

// The retain that belongs to the release at `at`, or `at` itself: none.
static uint32_t find_retain(const MirBlock *block, uint32_t at, MirLocalId local) {
  uint32_t stop = at > WINDOW ? at - WINDOW : 0;
  for (uint32_t i = at; i-- > stop;) {
    const MirStmt *stmt = &block->stmts.data[i];
    if (is_retain_of(stmt, local)) return i;
    if (mir_stmt_reads_local(stmt, local) || mir_stmt_writes_local(stmt, local)) return at;
  }
  return at;
}

static bool keeps_until(const MirBlock *block, uint32_t from, uint32_t to) {
  const MirPlace *dest = &block->stmts.data[from].dest;
  if (!mir_place_is_local(dest)) return to == from + 1;
  for (uint32_t i = from + 1; i < to; i++)
    if (mir_stmt_changes_local(&block->stmts.data[i], dest->local)) return false;
  return true;
}

// Copies of the cleanups without the release; all of them, or none when one cannot be copied.
static bool redirect_unwinds(LastUse *l, MirBlock *block, uint32_t from, uint32_t to, MirLocalId local) {
  MirBlockId *copies = arena_array(&l->scratch, MirBlockId, to - from);
  for (uint32_t i = from + 1; i < to; i++) {
    const MirStmt *stmt = &block->stmts.data[i];
    if (!mir_stmt_may_panic(stmt)) continue;
    if (stmt->unwind == MIR_NO_BLOCK) return false;
    bool is_as_before = i > from + 1 && block->stmts.data[i - 1].unwind == stmt->unwind && copies[i - 1 - from];
    copies[i - from] =
        is_as_before ? copies[i - 1 - from] : mir_cleanup_copy(l->module, l->function, stmt->unwind, local, true);
    if (copies[i - from] == MIR_NO_BLOCK) return false;
  }
  for (uint32_t i = from + 1; i < to; i++)
    if (copies[i - from]) block->stmts.data[i].unwind = copies[i - from];
  return true;
}

static bool move_instead(LastUse *l, MirBlock *block, uint32_t at) {
  const MirStmt *release = &block->stmts.data[at];
  if (release->op != MIR_OP_RELEASE || !mir_place_is_local(&release->operands[0].place)) return false;
  MirLocalId local = release->operands[0].place.local;
  if (!mir_local_is_counted(l->function, local)) return false;
  uint32_t from = find_retain(block, at, local);
  if (from == at || (mir_bits_has(l->lent, local) && !keeps_until(block, from, at))) return false;
  if (!redirect_unwinds(l, block, from, at, local)) return false;
  MirStmt *retain = &block->stmts.data[from];
  retain->op = MIR_OP_USE;
  retain->operands[0].kind = MIR_OPERAND_MOVE;
  return true;
}

static void run_block(LastUse *l, MirBlock *block) {
  MirBits *dead = arena_array(&l->scratch, MirBits, mir_bits_words(block->stmts.size));
  for (uint32_t i = 0; i < block->stmts.size; i++)
    if (move_instead(l, block, i)) mir_bits_add(dead, i);
  mir_block_remove_dead(block, dead);
}

static void run(MirModule *module, MirFunction *function) {
  LastUse l = {.module = module, .function = function};
  find_lent(&l);
  uint32_t count = function->blocks.size;  // copies of cleanups come behind
  for (uint32_t b = 0; b < count; b++)
    if (!function->blocks.data[b]->is_cleanup) run_block(&l, function->blocks.data[b]);
  if (function->blocks.size > count) mir_function_renumber(&l.scratch, function);
  arena_free(&l.scratch);
}

void mir_pass_last_use(MirModule *module) {
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->blocks.size) run(module, module->functions.data[i]);
}
