// last-use: see passes.def. `x = retain y` … `release y` in one block, where nothing in between touches y: the owner
// moves. A statement in between that panics then finds y empty, so it unwinds to a copy of its cleanup without y.
// `x = retain y.part`, `release y`: the part moves, and what is left of y is released by itself.
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

// ── Taking apart ────────────────────────────────────────────────────────────────────────────────────────────────
enum { PART_LIMIT = 8 };

typedef struct Parts {
  MirStmt *stmts[PART_LIMIT];  // the retains
  uint32_t count;
} Parts;

static const MirPlace *part_place(const Parts *parts, uint32_t i) { return &parts->stmts[i]->operands[0].place; }

static bool same_projection(const MirProjection *a, const MirProjection *b) {
  return a->kind == b->kind && a->variant == b->variant && a->index == b->index;
}

// Does `inner` lie in `outer`, or is it the same?
static bool lies_in(const MirPlace *inner, const MirPlace *outer) {
  if (inner->projection_count < outer->projection_count) return false;
  for (uint32_t i = 0; i < outer->projection_count; i++)
    if (!same_projection(&inner->projections[i], &outer->projections[i])) return false;
  return true;
}

// Nothing along the way has a drop of its own, which would have to see the whole.
static bool can_leave(const MirFunction *function, const MirPlace *part) {
  if (function->locals.data[part->local].type->user_drop) return false;
  for (uint32_t i = 0; i < part->projection_count; i++) {
    const MirProjection *projection = &part->projections[i];
    if (projection->kind != MIR_PROJECT_FIELD && projection->kind != MIR_PROJECT_VARIANT) return false;
    if (i + 1 < part->projection_count && projection->type->user_drop) return false;
  }
  return true;
}

static bool is_part_of(const LastUse *l, const MirStmt *stmt, MirLocalId local) {
  if (stmt->op != MIR_OP_RETAIN || stmt->operands[0].kind != MIR_OPERAND_COPY) return false;
  const MirPlace *place = &stmt->operands[0].place;
  return !place->global && place->local == local && place->projection_count && !mir_place_is_memory(place) &&
         mir_place_is_local(&stmt->dest) && stmt->dest.type == stmt->operands[0].type && can_leave(l->function, place);
}

static bool overlaps(const Parts *parts, const MirPlace *place) {
  for (uint32_t i = 0; i < parts->count; i++)
    if (lies_in(place, part_place(parts, i)) || lies_in(part_place(parts, i), place)) return true;
  return false;
}

// The retains of parts before the release at `at`, with nothing in between that could see the difference.
static Parts find_parts(const LastUse *l, const MirBlock *block, uint32_t at, MirLocalId local) {
  Parts parts = {0};
  for (uint32_t i = at; i-- > 0 && parts.count < PART_LIMIT;) {
    MirStmt *stmt = &block->stmts.data[i];
    if (is_part_of(l, stmt, local)) {
      if (overlaps(&parts, &stmt->operands[0].place)) break;
      parts.stmts[parts.count++] = stmt;
    } else if (!mir_stmt_is_pure(l->function, stmt)) {
      break;
    }
  }
  return parts;
}

typedef VEC(MirPlace) Places;

static uint32_t field_count(const MirType *type, uint32_t variant) {
  return type->kind == MIR_TYPE_ENUM ? type->enum_.variants[variant].field_count : type->fields.field_count;
}

static MirPlace field_of(LastUse *l, MirPlace place, uint32_t variant, uint32_t i) {
  if (place.type->kind == MIR_TYPE_ENUM) return mir_place_variant(l->module, place, variant, i);
  return mir_place_field(l->module, place, i);
}

// What of `place` no part takes; false when parts disagree on the variant.
static bool find_rest(LastUse *l, const Parts *parts, MirPlace place, Places *rest) {
  const MirProjection *next = NULL;
  for (uint32_t i = 0; i < parts->count; i++) {
    const MirPlace *part = part_place(parts, i);
    if (!lies_in(part, &place)) continue;
    if (part->projection_count == place.projection_count) return true;
    if (next && next->variant != part->projections[place.projection_count].variant) return false;
    next = &part->projections[place.projection_count];
  }
  if (!place.type->is_managed) return true;
  if (!next) return vec_push(&l->scratch, rest, place), true;
  uint32_t variant = next->variant, count = field_count(place.type, variant);
  for (uint32_t i = 0; i < count; i++)
    if (!find_rest(l, parts, field_of(l, place, variant, i), rest)) return false;
  return true;
}

// Only the last release may panic: nothing is left behind it then.
static bool put_last_what_may_panic(Places *rest) {
  for (uint32_t i = 0; i + 1 < rest->size; i++) {
    if (rest->data[i].type->kind == MIR_TYPE_STRING) continue;
    MirPlace other = rest->data[rest->size - 1];
    if (other.type->kind != MIR_TYPE_STRING) return false;
    rest->data[rest->size - 1] = rest->data[i];
    rest->data[i] = other;
  }
  return true;
}

static MirStmt unary(LastUse *l, MirOp op, MirOperand operand, Span span) {
  MirStmt stmt = {.op = op, .span = span, .unwind = MIR_NO_BLOCK, .operand_count = 1};
  stmt.operands = arena_new(l->module->arena, MirOperand);
  stmt.operands[0] = operand;
  return stmt;
}

// Each of the rest moves to a temp, `release y` becomes `forget y`, and the temps are released behind it.
static void release_rest(LastUse *l, MirBlock *block, uint32_t at, const Places *rest) {
  MirBlockId unwind = block->stmts.data[at].unwind;
  Span span = block->stmts.data[at].span;
  block->stmts.data[at].op = MIR_OP_FORGET;
  block->stmts.data[at].unwind = MIR_NO_BLOCK;
  for (uint32_t i = 0; i < rest->size; i++) {
    MirType *type = rest->data[i].type;
    MirLocalId temp = mir_local_new(l->module, l->function, MIR_LOCAL_TEMP, type, NAME_NONE, span);
    l->function->locals.data[temp].is_owned = true;
    MirStmt take = unary(l, MIR_OP_USE, mir_move(rest->data[i]), span);
    take.dest = mir_place_local(l->function, temp);
    mir_block_insert(l->module, block, at + i, take);
    MirStmt release = unary(l, MIR_OP_RELEASE, mir_copy(take.dest), span);
    if (i + 1 == rest->size) release.unwind = unwind;
    mir_block_insert(l->module, block, at + 2 * i + 2, release);
  }
}

static void take_apart(LastUse *l, MirBlock *block, uint32_t at) {
  const MirStmt *release = &block->stmts.data[at];
  if (release->op != MIR_OP_RELEASE || !mir_place_is_local(&release->operands[0].place)) return;
  MirPlace whole = release->operands[0].place;
  if (!mir_local_is_counted(l->function, whole.local)) return;
  Parts parts = find_parts(l, block, at, whole.local);
  Places rest = {0};
  if (!parts.count || !find_rest(l, &parts, whole, &rest) || !put_last_what_may_panic(&rest)) return;
  for (uint32_t i = 0; i < parts.count; i++) {
    parts.stmts[i]->op = MIR_OP_USE;
    parts.stmts[i]->operands[0].kind = MIR_OPERAND_MOVE;
  }
  release_rest(l, block, at, &rest);
}

// ── All blocks ──────────────────────────────────────────────────────────────────────────────────────────────────
static void take_apart_in(LastUse *l, MirBlock *block) {
  for (uint32_t i = 0; i < block->stmts.size; i++) take_apart(l, block, i);
}

static void move_in(LastUse *l, MirBlock *block) {
  MirBits *dead = arena_array(&l->scratch, MirBits, mir_bits_words(block->stmts.size));
  for (uint32_t i = 0; i < block->stmts.size; i++)
    if (move_instead(l, block, i)) mir_bits_add(dead, i);
  mir_block_remove_dead(block, dead);
}

static void run(MirModule *module, MirFunction *function) {
  LastUse l = {.module = module, .function = function};
  uint32_t count = function->blocks.size;  // copies of cleanups come behind
  for (uint32_t b = 0; b < count; b++)
    if (!function->blocks.data[b]->is_cleanup) take_apart_in(&l, function->blocks.data[b]);
  find_lent(&l);
  for (uint32_t b = 0; b < count; b++)
    if (!function->blocks.data[b]->is_cleanup) move_in(&l, function->blocks.data[b]);
  if (function->blocks.size > count) mir_function_renumber(&l.scratch, function);
  arena_free(&l.scratch);
}

void mir_pass_last_use(MirModule *module) {
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->blocks.size) run(module, module->functions.data[i]);
}
