// The rules that follow control through a function.
//
//  rule 4  forwards, once through: the state of the owned locals where a block begins is what the first edge into it
//          brings; every other edge must bring the same.
//  rule 2  forwards to a fixed point: what is written on every path to a block's head. In reverse postorder two or
//          three rounds are enough for anything a program's source can say.
//  rule 3  by the tree of loops.
#include <string.h>

#include "mir/check.h"

typedef struct Flow {
  MirChecker *c;
  MirCfg cfg;
  uint32_t words;
  MirBits *owned;      // owned locals of managed type: rule 4; all others: rule 2
  MirBits *full;       // where we are: owned locals that are FULL
  MirBits *written;    // where we are: other locals that are written
  MirBits **entry;     // of each block, once known: full, then written
  // Rule 3, by local:
  MirBlockId *writer;  // block that writes the TEMP
  MirBits *is_written_temp;
} Flow;

static void fail_local(Flow *f, int rule, MirLocalId local, const char *what) {
  const MirLocal *info = &f->c->function->locals.data[local];
  const char *name = info->name ? name_text(f->c->module->context->names, info->name) : "";
  mir_check_fail(f->c, rule, "_%u%s%s %s", local, info->name ? " " : "", name, what);
}

static bool is_nothing(const MirType *type) { return type->kind == MIR_TYPE_VOID || type->kind == MIR_TYPE_NEVER; }

// ── Reads and writes ────────────────────────────────────────────────────────────────────────────────────────────
static void read_local(Flow *f, MirLocalId local) {
  if (mir_bits_has(f->owned, local)) {
    if (!mir_bits_has(f->full, local)) fail_local(f, 4, local, "is read and is empty");
  } else if (!mir_bits_has(f->written, local) && !is_nothing(f->c->function->locals.data[local].type)) {
    fail_local(f, 2, local, "is read and is not written on every path to here");
  }
}

static void read_indices(Flow *f, const MirPlace *place) {
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_INDEX) read_local(f, place->projections[i].index);
}

static void empty_local(Flow *f, MirLocalId local) {
  if (mir_bits_has(f->owned, local)) mir_bits_remove(f->full, local);
}

static void read_operand(Flow *f, const MirOperand *operand, bool empties) {
  if (!mir_operand_is_place(operand)) return;
  read_indices(f, &operand->place);
  if (operand->place.global) return;
  read_local(f, operand->place.local);
  if (empties && mir_place_is_local(&operand->place)) empty_local(f, operand->place.local);
}

static void write_local(Flow *f, MirLocalId local) {
  if (!mir_bits_has(f->owned, local)) {
    mir_bits_add(f->written, local);
    return;
  }
  if (mir_bits_has(f->full, local)) fail_local(f, 4, local, "is written and is still full");
  mir_bits_add(f->full, local);
}

static void write_dest(Flow *f, const MirPlace *dest) {
  if (!dest->type || dest->global) return;
  if (dest->projection_count) read_local(f, dest->local);
  else write_local(f, dest->local);
}

// ── Rule 4 and the local part of rule 2 ─────────────────────────────────────────────────────────────────────────
static void check_all_empty(Flow *f, const char *where) {
  for (uint32_t w = 0; w < f->words; w++) {
    MirBits left = f->full[w];
    if (w == 0) left &= ~(MirBits)1;  // _0 goes to the caller
    if (!left) continue;
    fail_local(f, 4, w * 64 + (uint32_t)__builtin_ctzll(left), where);
    return;
  }
}

static void compare_full(Flow *f, MirBlockId target) {
  for (uint32_t w = 0; w < f->words; w++) {
    MirBits differ = f->full[w] ^ f->entry[target][w];
    if (!differ) continue;
    MirLocalId local = w * 64 + (uint32_t)__builtin_ctzll(differ);
    bool is_full = mir_bits_has(f->full, local);
    Text what = {.arena = &f->c->scratch};
    text_printf(&what, "is %s on the way to bb%u from here and %s from elsewhere", is_full ? "full" : "empty", target,
                is_full ? "empty" : "full");
    fail_local(f, 4, local, text_str(&what));
    return;
  }
}

// Brings the present state to the head of `target`. What is written there is narrowed to what every edge wrote.
static bool reach(Flow *f, MirBlockId target) {
  size_t size = f->words * sizeof(MirBits);
  MirBits *entry = f->entry[target];
  if (!entry) {
    entry = f->entry[target] = arena_array(&f->c->scratch, MirBits, f->words * 2 + 1);
    memcpy(entry, f->full, size);
    memcpy(entry + f->words, f->written, size);
    return true;
  }
  compare_full(f, target);
  bool changed = false;
  for (uint32_t w = 0; w < f->words; w++) {
    MirBits both = entry[f->words + w] & f->written[w];
    changed |= both != entry[f->words + w];
    entry[f->words + w] = both;
  }
  return changed;
}

static bool unwind_from(Flow *f, const MirStmt *stmt) {
  if (stmt->unwind != MIR_NO_BLOCK) return reach(f, stmt->unwind);
  bool is_cleanup = f->c->function->blocks.data[f->c->block]->is_cleanup;
  if (mir_stmt_may_panic(stmt) && !is_cleanup) check_all_empty(f, "is full where a panic leaves the function");
  return false;
}

// A failing unwrap leaves its operand as it was: what the other variant holds is still there.
static bool empties_before_panic(const MirStmt *stmt) { return stmt->op != MIR_OP_OPTION_UNWRAP; }

// Runs one statement over the state; true when the head of some block changed.
static bool step(Flow *f, const MirStmt *stmt) {
  bool is_effect = stmt->op == MIR_OP_RELEASE || stmt->op == MIR_OP_FORGET;
  bool changed = false;
  if (!empties_before_panic(stmt)) changed |= unwind_from(f, stmt);
  for (uint32_t i = 0; i < stmt->operand_count && !f->c->failed; i++)
    read_operand(f, &stmt->operands[i], is_effect || stmt->operands[i].kind == MIR_OPERAND_MOVE);
  if (f->c->failed) return false;
  if (stmt->dest.type) read_indices(f, &stmt->dest);
  if (empties_before_panic(stmt)) changed |= unwind_from(f, stmt);
  write_dest(f, &stmt->dest);
  if (stmt->op == MIR_OP_RETURN) read_local(f, MIR_RETURN_LOCAL);
  if (stmt->op == MIR_OP_RETURN) check_all_empty(f, "is still full at `return`");
  if (stmt->op == MIR_OP_RESUME) check_all_empty(f, "is still full at `resume`");
  for (uint32_t i = 0; i < stmt->target_count && !f->c->failed; i++) changed |= reach(f, stmt->targets[i]);
  return changed;
}

static bool run_block(Flow *f, MirBlockId id) {
  const MirBlock *block = f->c->function->blocks.data[id];
  memcpy(f->full, f->entry[id], f->words * sizeof(MirBits));
  memcpy(f->written, f->entry[id] + f->words, f->words * sizeof(MirBits));
  bool changed = false;
  f->c->block = id;
  for (f->c->stmt = 0; f->c->stmt < block->stmts.size && !f->c->failed; f->c->stmt++)
    changed |= step(f, &block->stmts.data[f->c->stmt]);
  return changed;
}

static void start(Flow *f) {
  const MirFunction *function = f->c->function;
  for (MirLocalId i = 0; i < function->locals.size; i++)
    if (mir_local_is_counted(function, i)) mir_bits_add(f->owned, i);
  for (MirLocalId i = 1; i <= function->param_count; i++) {
    if (mir_bits_has(f->owned, i)) mir_bits_add(f->full, i);
    else mir_bits_add(f->written, i);
  }
  reach(f, MIR_ENTRY);
}

// Reads are judged with what is known so far to be written, which only shrinks: a read that is wrong in the end is
// found in the round that shrinks it.
static void check_states(Flow *f) {
  start(f);
  for (bool changed = true; changed && !f->c->failed;) {
    changed = false;
    for (uint32_t i = 0; i < f->cfg.order_count && !f->c->failed; i++) changed |= run_block(f, f->cfg.order[i]);
  }
}

// ── Rule 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_temp(const Flow *f, const MirPlace *place) {
  return !place->global && f->c->function->locals.data[place->local].kind == MIR_LOCAL_TEMP;
}

static void note_writer(Flow *f, const MirStmt *stmt) {
  if (!stmt->dest.type || !is_temp(f, &stmt->dest) || mir_place_is_memory(&stmt->dest)) return;
  MirLocalId local = stmt->dest.local;
  if (mir_bits_has(f->is_written_temp, local)) fail_local(f, 3, local, "is a temp and is written by two statements");
  mir_bits_add(f->is_written_temp, local);
  f->writer[local] = f->c->block;
}

static void check_reader(Flow *f, MirLocalId local) {
  if (f->c->function->locals.data[local].kind != MIR_LOCAL_TEMP || !mir_bits_has(f->is_written_temp, local)) return;
  MirBlockId loop = f->cfg.loop[f->c->block];
  if (loop == MIR_NO_BLOCK || f->writer[local] == f->c->block) return;
  if (mir_cfg_loop_holds(&f->cfg, loop, f->writer[local])) return;
  fail_local(f, 3, local, "is a temp, written outside the loop that reads it here");
}

static void check_place_reads(Flow *f, const MirPlace *place, bool reads_base) {
  if (!place->global && reads_base) check_reader(f, place->local);
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_INDEX) check_reader(f, place->projections[i].index);
}

static void check_readers(Flow *f, const MirStmt *stmt) {
  for (uint32_t i = 0; i < stmt->operand_count; i++)
    if (mir_operand_is_place(&stmt->operands[i])) check_place_reads(f, &stmt->operands[i].place, true);
  if (stmt->dest.type) check_place_reads(f, &stmt->dest, stmt->dest.projection_count > 0);
}

static void for_each_stmt(Flow *f, void (*visit)(Flow *, const MirStmt *)) {
  const MirFunction *function = f->c->function;
  for (uint32_t i = 0; i < f->cfg.order_count; i++) {
    f->c->block = f->cfg.order[i];
    const MirBlock *block = function->blocks.data[f->c->block];
    for (f->c->stmt = 0; f->c->stmt < block->stmts.size && !f->c->failed; f->c->stmt++)
      visit(f, &block->stmts.data[f->c->stmt]);
  }
}

void mir_check_flow(MirChecker *c) {
  Arena *arena = &c->scratch;
  uint32_t locals = c->function->locals.size, words = mir_bits_words(locals);
  Flow f = {.c = c, .cfg = mir_cfg_new(arena, c->function), .words = words};
  f.owned = arena_array(arena, MirBits, words);
  f.full = arena_array(arena, MirBits, words);
  f.written = arena_array(arena, MirBits, words);
  f.is_written_temp = arena_array(arena, MirBits, words);
  f.entry = arena_array(arena, MirBits *, c->function->blocks.size);
  f.writer = arena_array(arena, MirBlockId, locals);
  check_states(&f);
  for_each_stmt(&f, note_writer);
  for_each_stmt(&f, check_readers);
}
