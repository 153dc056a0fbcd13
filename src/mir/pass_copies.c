// copies: see passes.def. Three kinds, of temps that are not counted themselves:
//
//   everywhere    `_t = use S` where S never changes: a constant, a parameter nobody writes, another temp; or an owner
//                 that is filled once, wherever it is still full. A variable written once counts as a temp where S is
//                 a constant or a parameter: these are the same in every round of a loop
//   in a block    `_t = use _v` until _v is written
//   forwards      `_t = op …` … `_v = use _t`, the only read of _t, becomes `_v = op …`; this one moves owners too
#include <string.h>

#include "mir/pass.h"

enum { ACTIVE_LIMIT = 16, PASSING_WINDOW = 32 };

typedef struct Copies {
  MirModule *module;
  MirFunction *function;
  Arena scratch;
  const MirLocalUse *uses;
  const MirOperand **sources;  // by local: what to read instead everywhere
  MirBits *full;               // where we are: owners that are full …
  const MirStmt *stmt;         // … before this statement
  struct {
    MirLocalId temp, of;
  } active[ACTIVE_LIMIT];
  uint32_t active_count;
} Copies;

// ── What can be read instead ────────────────────────────────────────────────────────────────────────────────────
static bool is_written_once(const Copies *c, MirLocalId local) {
  const MirLocalUse *use = &c->uses[local];
  return !mir_local_is_counted(c->function, local) && use->writes == 1 && !use->part_writes && !use->address_taken;
}

static bool is_plain_temp(const Copies *c, MirLocalId local) {
  return c->function->locals.data[local].kind == MIR_LOCAL_TEMP && is_written_once(c, local);
}

static bool is_plain_variable(const Copies *c, MirLocalId local) {
  return c->function->locals.data[local].kind == MIR_LOCAL_VAR && is_written_once(c, local);
}

static bool is_constant_param(const Copies *c, MirLocalId local) {
  const MirLocalUse *use = &c->uses[local];
  return c->function->locals.data[local].kind == MIR_LOCAL_PARAM && !mir_local_is_counted(c->function, local) &&
         !use->writes && !use->part_writes && !use->address_taken;
}

static bool is_filled_once(const Copies *c, MirLocalId local) {
  const MirLocalUse *use = &c->uses[local];
  bool is_param = c->function->locals.data[local].kind == MIR_LOCAL_PARAM;
  return mir_local_is_counted(c->function, local) && use->writes + is_param == 1 && !use->part_writes &&
         !use->address_taken;
}

static bool is_fixed(const Copies *c, const MirOperand *operand) {
  if (!mir_operand_is_place(operand)) return true;
  if (!mir_place_is_local(&operand->place)) return false;
  MirLocalId local = operand->place.local;
  if (is_filled_once(c, local)) return operand->kind == MIR_OPERAND_COPY;
  return is_plain_temp(c, local) || is_constant_param(c, local);
}

static bool is_same_everywhere(const Copies *c, const MirOperand *operand) {
  if (!mir_operand_is_place(operand)) return true;
  return mir_place_is_local(&operand->place) && is_constant_param(c, operand->place.local);
}

static bool is_copy(const MirStmt *stmt) {
  return stmt->op == MIR_OP_USE && mir_place_is_local(&stmt->dest) && stmt->dest.type == stmt->operands[0].type;
}

static bool is_copy_of_temp(const Copies *c, const MirStmt *stmt) {
  return is_copy(stmt) && is_plain_temp(c, stmt->dest.local);
}

static bool is_copy_of_fixed(const Copies *c, const MirStmt *stmt) {
  if (!is_copy(stmt)) return false;
  if (is_plain_temp(c, stmt->dest.local)) return is_fixed(c, &stmt->operands[0]);
  return is_plain_variable(c, stmt->dest.local) && is_same_everywhere(c, &stmt->operands[0]);
}

static void find_sources(Copies *c) {
  for (uint32_t b = 0; b < c->function->blocks.size; b++) {
    const MirBlock *block = c->function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++) {
      const MirStmt *stmt = &block->stmts.data[i];
      if (!is_copy_of_fixed(c, stmt)) continue;
      MirOperand *source = arena_new(&c->scratch, MirOperand);
      *source = stmt->operands[0];
      if (source->kind == MIR_OPERAND_MOVE) source->kind = MIR_OPERAND_COPY;  // nothing counted: the same
      c->sources[stmt->dest.local] = source;
    }
  }
}

// An owner is read only while it is full, and not by the statement that empties it.
static bool can_read_local(const Copies *c, MirLocalId local) {
  if (!mir_local_is_counted(c->function, local)) return true;
  return mir_bits_has(c->full, local) && !mir_stmt_changes_local(c->stmt, local);
}

static bool can_read(const Copies *c, const MirOperand *source) {
  return !mir_operand_is_place(source) || can_read_local(c, source->place.local);
}

// The end of a chain of copies; chains are as long as the function has temps at most, and end, as each is written once.
static const MirOperand *source_of(const Copies *c, MirLocalId local) {
  const MirOperand *source = NULL, *next = c->sources[local];
  while (next && can_read(c, next)) {
    source = next;
    next = mir_operand_is_place(next) ? c->sources[next->place.local] : NULL;
  }
  return source;
}

static MirLocalId active_source(const Copies *c, MirLocalId local) {
  for (uint32_t i = 0; i < c->active_count; i++)
    if (c->active[i].temp == local && can_read_local(c, c->active[i].of)) return c->active[i].of;
  return local;
}

// ── Reading it ──────────────────────────────────────────────────────────────────────────────────────────────────
// The local to read instead of `local`, which may be itself.
static MirLocalId local_instead(const Copies *c, MirLocalId local) {
  const MirOperand *source = source_of(c, local);
  if (source && mir_operand_is_place(source)) local = source->place.local;
  return active_source(c, local);
}

static void replace_indices(Copies *c, MirPlace *place) {
  for (uint32_t i = 0; i < place->projection_count; i++) {
    if (place->projections[i].kind != MIR_PROJECT_INDEX) continue;
    MirLocalId instead = local_instead(c, place->projections[i].index);
    if (instead == place->projections[i].index) continue;
    MirProjection *copy = arena_array(c->module->arena, MirProjection, place->projection_count);
    memcpy(copy, place->projections, place->projection_count * sizeof *copy);
    copy[i].index = instead;
    place->projections = copy;
  }
}

static bool takes_constant(const MirStmt *stmt) {
  return stmt->op != MIR_OP_OPTION_UNWRAP && stmt->op != MIR_OP_ADDR && stmt->op != MIR_OP_TAG;
}

static void replace_operand(Copies *c, const MirStmt *stmt, MirOperand *operand) {
  if (!mir_operand_is_place(operand)) return;
  replace_indices(c, &operand->place);
  if (operand->place.global) return;
  const MirOperand *source = source_of(c, operand->place.local);
  if (source && !mir_operand_is_place(source)) {
    if (!operand->place.projection_count && takes_constant(stmt)) *operand = *source;
    return;
  }
  MirLocalId instead = local_instead(c, operand->place.local);
  // A `move` of a plain temp is a copy, and what is read instead keeps its value; a move out of memory stays one.
  if (instead != operand->place.local && mir_place_is_local(&operand->place)) operand->kind = MIR_OPERAND_COPY;
  operand->place.local = instead;
}

static void replace_dest(Copies *c, MirPlace *dest) {
  if (!dest->type) return;
  replace_indices(c, dest);
  if (!dest->global && mir_place_is_memory(dest)) dest->local = local_instead(c, dest->local);
}

// ── Copies within a block ───────────────────────────────────────────────────────────────────────────────────────
static void forget_local(Copies *c, MirLocalId local) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < c->active_count; i++)
    if (c->active[i].of != local && c->active[i].temp != local) c->active[kept++] = c->active[i];
  c->active_count = kept;
}

// Writing a local, or giving away what it owns, ends what was copied from it.
static void forget_changed(Copies *c, const MirStmt *stmt) {
  if (stmt->dest.type && !mir_place_is_memory(&stmt->dest)) forget_local(c, stmt->dest.local);
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    const MirOperand *operand = &stmt->operands[i];
    bool empties = operand->kind == MIR_OPERAND_MOVE || stmt->op == MIR_OP_RELEASE || stmt->op == MIR_OP_FORGET;
    if (empties && mir_operand_is_place(operand) && !operand->place.global) forget_local(c, operand->place.local);
  }
}

static void remember_copy(Copies *c, const MirStmt *stmt) {
  if (!is_copy_of_temp(c, stmt)) return;
  const MirOperand *operand = &stmt->operands[0];
  if (operand->kind != MIR_OPERAND_COPY || !mir_place_is_local(&operand->place)) return;
  if (c->uses[operand->place.local].address_taken || c->active_count == ACTIVE_LIMIT) return;
  if (operand->place.local == stmt->dest.local) return;
  c->active[c->active_count].temp = stmt->dest.local;
  c->active[c->active_count++].of = operand->place.local;
}

static void replace_in_block(Copies *c, MirBlock *block, MirBits *full) {
  c->active_count = 0;
  c->full = full;
  for (uint32_t i = 0; i < block->stmts.size; i++) {
    MirStmt *stmt = &block->stmts.data[i];
    c->stmt = stmt;
    for (uint32_t o = 0; o < stmt->operand_count; o++) replace_operand(c, stmt, &stmt->operands[o]);
    replace_dest(c, &stmt->dest);
    mir_full_step(c->function, full, stmt);
    forget_changed(c, stmt);
    remember_copy(c, stmt);
  }
}

// ── Writing directly ────────────────────────────────────────────────────────────────────────────────────────────
static bool is_single_read_temp(const Copies *c, const MirStmt *stmt) {
  if (!stmt->dest.type || !mir_place_is_local(&stmt->dest)) return false;
  const MirLocalUse *use = &c->uses[stmt->dest.local];
  return c->function->locals.data[stmt->dest.local].kind == MIR_LOCAL_TEMP && use->writes == 1 && use->reads == 1 &&
         !use->part_writes && !use->address_taken;
}

static bool passes_on(const Copies *c, const MirStmt *stmt, MirLocalId temp) {
  if (stmt->op != MIR_OP_USE || !mir_place_is_local(&stmt->dest) || c->uses[stmt->dest.local].address_taken)
    return false;
  const MirOperand *operand = &stmt->operands[0];
  if (!mir_operand_is_place(operand) || !mir_place_is_local(&operand->place) || operand->place.local != temp)
    return false;
  return operand->type == stmt->dest.type &&
         mir_local_is_counted(c->function, temp) == mir_local_is_counted(c->function, stmt->dest.local);
}

static bool is_between(const MirStmt *stmt, MirLocalId to) {
  return !mir_stmt_may_panic(stmt) && !mir_stmt_reads_local(stmt, to) && !mir_stmt_writes_local(stmt, to);
}

// The statement that hands the temp of statement `from` on to a local that nothing touches until then, or 0.
static uint32_t find_passing(const Copies *c, const MirBlock *block, uint32_t from) {
  MirLocalId temp = block->stmts.data[from].dest.local;
  uint32_t at = from + 1, end = block->stmts.size - from > PASSING_WINDOW ? from + PASSING_WINDOW : block->stmts.size;
  while (at < end && !mir_stmt_reads_local(&block->stmts.data[at], temp)) at++;
  if (at == end || !passes_on(c, &block->stmts.data[at], temp)) return 0;
  for (uint32_t i = from + 1; i < at; i++)
    if (!is_between(&block->stmts.data[i], block->stmts.data[at].dest.local)) return 0;
  return at;
}

static void write_directly(Copies *c, MirBlock *block) {
  MirBits *dead = arena_array(&c->scratch, MirBits, mir_bits_words(block->stmts.size));
  for (uint32_t i = 0; i < block->stmts.size; i++) {
    MirStmt *stmt = &block->stmts.data[i];
    if (!is_single_read_temp(c, stmt) || mir_bits_has(dead, i)) continue;
    uint32_t passing = find_passing(c, block, i);
    if (!passing) continue;
    stmt->dest = block->stmts.data[passing].dest;
    mir_bits_add(dead, passing);
  }
  mir_block_remove_dead(block, dead);
}

void mir_function_copies(MirModule *module, MirFunction *function) {
  Copies c = {.module = module, .function = function};
  c.uses = mir_local_uses(&c.scratch, function);
  c.sources = arena_array(&c.scratch, const MirOperand *, function->locals.size);
  find_sources(&c);
  MirCfg cfg = mir_cfg_new(&c.scratch, function);
  MirBits **heads = mir_full_at_heads(&c.scratch, &cfg, function);
  for (uint32_t b = 0; b < function->blocks.size; b++)
    if (heads[b]) replace_in_block(&c, function->blocks.data[b], heads[b]);
  c.uses = mir_local_uses(&c.scratch, function);
  for (uint32_t b = 0; b < function->blocks.size; b++) write_directly(&c, function->blocks.data[b]);
  arena_free(&c.scratch);
}

void mir_pass_copies(MirModule *module) {
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->blocks.size) mir_function_copies(module, module->functions.data[i]);
}
