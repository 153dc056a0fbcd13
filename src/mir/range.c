// States of the range analysis: intervals, `x < y` between locals, equal locals, and locals that hold what stands in
// memory.
#include "mir/range.h"

#include <string.h>

// ── Intervals ───────────────────────────────────────────────────────────────────────────────────────────────────
MirRange mir_range_full(const MirType *type) {
  MirWide one = 1;
  uint32_t bits = type->kind == MIR_TYPE_CHAR ? 32 : mir_type_bits(type);
  if (mir_type_is_signed(type)) return mir_range_of(-(one << (bits - 1)), (one << (bits - 1)) - 1);
  return mir_range_of(0, (one << bits) - 1);
}

bool mir_range_fits(MirRange range, const MirType *type) {
  MirRange full = mir_range_full(type);
  return range.lo >= full.lo && range.hi <= full.hi;
}

static MirWide smaller(MirWide a, MirWide b) { return a < b ? a : b; }
static MirWide larger(MirWide a, MirWide b) { return a > b ? a : b; }

MirRange mir_range_hull(const MirWide *points, int count) {
  MirRange hull = mir_range_of(points[0], points[0]);
  for (int i = 1; i < count; i++) {
    hull.lo = smaller(hull.lo, points[i]);
    hull.hi = larger(hull.hi, points[i]);
  }
  return hull;
}

static MirRange product(MirRange x, MirRange y) {
  MirWide corners[4];
  MirRange unknown = mir_range_of(-((MirWide)1 << 126), (MirWide)1 << 126);
  if (__builtin_mul_overflow(x.lo, y.lo, &corners[0]) || __builtin_mul_overflow(x.lo, y.hi, &corners[1]) ||
      __builtin_mul_overflow(x.hi, y.lo, &corners[2]) || __builtin_mul_overflow(x.hi, y.hi, &corners[3]))
    return unknown;
  return mir_range_hull(corners, 4);
}

MirRange mir_range_exact(MirOp op, MirRange x, MirRange y) {
  switch ((int)op) {
    case MIR_OP_ADD:
    case MIR_OP_WRAP_ADD: return mir_range_of(x.lo + y.lo, x.hi + y.hi);
    case MIR_OP_SUB:
    case MIR_OP_WRAP_SUB: return mir_range_of(x.lo - y.hi, x.hi - y.lo);
    default: return product(x, y);
  }
}

// ── States ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_tracked(const MirRangeFacts *facts, MirLocalId local) { return mir_bits_has(facts->tracked, local); }

void mir_ranges_start(const MirRangeFacts *facts, MirRanges *ranges, Arena *arena) {
  uint32_t count = facts->function->locals.size;
  *ranges = (MirRanges){.of = arena_array(arena, MirRange, count)};
  for (MirLocalId i = 0; i < count; i++)
    if (is_tracked(facts, i)) ranges->of[i] = mir_range_full(facts->function->locals.data[i].type);
}

void mir_ranges_copy(const MirRangeFacts *facts, MirRanges *to, const MirRanges *from, Arena *arena) {
  size_t size = facts->function->locals.size * sizeof *to->of;
  MirRange *of = to->of ? to->of : arena_array(arena, MirRange, facts->function->locals.size);
  *to = *from;
  to->of = of;
  memcpy(of, from->of, size);
}

static bool merge_bounds(MirRange *into, const MirRange *other, MirRange full, bool widens) {
  MirWide lo = smaller(into->lo, other->lo), hi = larger(into->hi, other->hi);
  if (lo == into->lo && hi == into->hi) return false;
  if (widens && lo < into->lo) lo = full.lo;
  if (widens && hi > into->hi) hi = full.hi;
  into->lo = lo;
  into->hi = hi;
  return true;
}

static bool merge_relations(MirRange *into, const MirRange *other) {
  bool changed = false;
  if (into->less != MIR_NO_LOCAL && into->less != other->less) {
    into->less = MIR_NO_LOCAL;
    changed = true;
  }
  if (into->same != MIR_NO_LOCAL && into->same != other->same) {
    into->same = MIR_NO_LOCAL;
    changed = true;
  }
  return changed;
}

static bool has_load(const MirRanges *ranges, const MirLoad *load) {
  for (uint32_t i = 0; i < ranges->load_count; i++)
    if (ranges->loads[i].local == load->local && mir_place_equal(ranges->loads[i].place, load->place)) return true;
  return false;
}

static bool merge_loads(MirRanges *into, const MirRanges *other) {
  uint32_t kept = 0, count = into->load_count;
  for (uint32_t i = 0; i < count; i++)
    if (has_load(other, &into->loads[i])) into->loads[kept++] = into->loads[i];
  into->load_count = kept;
  return kept != count;
}

bool mir_ranges_merge(const MirRangeFacts *facts, MirRanges *into, const MirRanges *other, bool widens) {
  bool changed = merge_loads(into, other);
  for (MirLocalId i = 0; i < facts->function->locals.size; i++) {
    if (!is_tracked(facts, i)) continue;
    MirRange full = mir_range_full(facts->function->locals.data[i].type);
    changed |= merge_bounds(&into->of[i], &other->of[i], full, widens);
    changed |= merge_relations(&into->of[i], &other->of[i]);
  }
  return changed;
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────
MirLocalId mir_ranges_root(const MirRanges *ranges, MirLocalId local) {
  MirLocalId same = ranges->of[local].same;
  return same == MIR_NO_LOCAL ? local : same;
}

// The tracked local that an operand reads, or MIR_NO_LOCAL.
static MirLocalId local_of(const MirRangeFacts *facts, const MirOperand *operand) {
  if (!mir_operand_is_place(operand) || !mir_place_is_local(&operand->place)) return MIR_NO_LOCAL;
  return is_tracked(facts, operand->place.local) ? operand->place.local : MIR_NO_LOCAL;
}

MirRange mir_range_of_constant(const MirOperand *operand) {
  uint32_t unused = 64 - mir_type_bits(operand->type);
  MirWide value = mir_type_is_signed(operand->type) ? (MirWide)((int64_t)(operand->bits << unused) >> unused)
                                                    : (MirWide)operand->bits;
  return mir_range_of(value, value);
}

MirRange mir_ranges_get(const MirRangeFacts *facts, const MirRanges *ranges, const MirOperand *operand) {
  MirLocalId local = local_of(facts, operand);
  if (local != MIR_NO_LOCAL) {
    MirRange own = ranges->of[local], root = ranges->of[mir_ranges_root(ranges, local)];
    MirLocalId less = own.less != MIR_NO_LOCAL ? own.less : root.less;
    return (MirRange){larger(own.lo, root.lo), smaller(own.hi, root.hi), less, own.same};
  }
  if (operand->kind == MIR_OPERAND_INT) return mir_range_of_constant(operand);
  if (operand->kind == MIR_OPERAND_ZERO) return mir_range_of(0, 0);
  return mir_range_full(operand->type);
}

bool mir_ranges_same(const MirRangeFacts *facts, const MirRanges *ranges, const MirOperand *a, const MirOperand *b) {
  MirLocalId x = local_of(facts, a), y = local_of(facts, b);
  if (x == MIR_NO_LOCAL || y == MIR_NO_LOCAL) return false;
  return mir_ranges_root(ranges, x) == mir_ranges_root(ranges, y);
}

bool mir_ranges_less(const MirRangeFacts *facts, const MirRanges *ranges, const MirOperand *a, const MirOperand *b) {
  MirRange x = mir_ranges_get(facts, ranges, a), y = mir_ranges_get(facts, ranges, b);
  if (x.hi < y.lo) return true;
  MirLocalId other = local_of(facts, b);
  if (x.less == MIR_NO_LOCAL || other == MIR_NO_LOCAL) return false;
  return mir_ranges_root(ranges, x.less) == mir_ranges_root(ranges, other);
}

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────
static bool place_names(const MirPlace *place, MirLocalId local) {
  if (!place->global && place->local == local) return true;
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_INDEX && place->projections[i].index == local) return true;
  return false;
}

static void forget_loads_of(MirRanges *ranges, MirLocalId local) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < ranges->load_count; i++)
    if (ranges->loads[i].local != local && !place_names(ranges->loads[i].place, local))
      ranges->loads[kept++] = ranges->loads[i];
  ranges->load_count = kept;
}

static void note_name(const MirRangeFacts *facts, MirLocalId local) {
  if (local != MIR_NO_LOCAL) mir_bits_add(facts->named, local);
}

// Others that were known by the old value of `local` are known by each other, through the first of them, from now on.
static void rename_root(const MirRangeFacts *facts, MirRanges *ranges, MirLocalId local) {
  MirLocalId heir = MIR_NO_LOCAL;
  if (!mir_bits_has(facts->named, local)) return;
  for (MirLocalId i = 0; i < facts->function->locals.size; i++) {
    if (!is_tracked(facts, i) || i == local) continue;
    MirRange *range = &ranges->of[i];
    if (range->same == local) {
      if (heir == MIR_NO_LOCAL) {
        heir = i;
        note_name(facts, heir);
        range->lo = larger(range->lo, ranges->of[local].lo);
        range->hi = smaller(range->hi, ranges->of[local].hi);
        if (range->less == MIR_NO_LOCAL) range->less = ranges->of[local].less;
      }
      range->same = heir == i ? MIR_NO_LOCAL : heir;
    }
    if (range->less == local) range->less = MIR_NO_LOCAL;
  }
}

void mir_ranges_set(const MirRangeFacts *facts, MirRanges *ranges, MirLocalId local, MirRange range) {
  forget_loads_of(ranges, local);
  if (!is_tracked(facts, local)) return;
  rename_root(facts, ranges, local);
  if (range.less == local) range.less = MIR_NO_LOCAL;
  if (range.same == local) range.same = MIR_NO_LOCAL;
  note_name(facts, range.less);
  note_name(facts, range.same);
  ranges->of[local] = range;
}

static void narrow(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *operand, MirWide lo, MirWide hi,
                   MirLocalId less) {
  MirLocalId local = local_of(facts, operand);
  if (local == MIR_NO_LOCAL) return;
  note_name(facts, less);
  MirLocalId both[] = {local, mir_ranges_root(ranges, local)};
  for (int i = 0; i < 2; i++) {
    MirRange *range = &ranges->of[both[i]];
    range->lo = larger(range->lo, lo);
    range->hi = smaller(range->hi, hi);
    if (less != MIR_NO_LOCAL && less != both[i]) range->less = less;
  }
}

void mir_ranges_assume_less(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *a, const MirOperand *b,
                            bool strict) {
  MirRange x = mir_ranges_get(facts, ranges, a), y = mir_ranges_get(facts, ranges, b);
  MirLocalId other = local_of(facts, b);
  MirLocalId less = strict && other != MIR_NO_LOCAL ? mir_ranges_root(ranges, other) : MIR_NO_LOCAL;
  narrow(facts, ranges, a, x.lo, y.hi - strict, less);
  narrow(facts, ranges, b, x.lo + strict, y.hi, MIR_NO_LOCAL);
}

void mir_ranges_assume_within(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *operand, MirWide lo,
                              MirWide hi) {
  narrow(facts, ranges, operand, lo, hi, MIR_NO_LOCAL);
}

void mir_ranges_assume_same(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *a, const MirOperand *b) {
  MirRange x = mir_ranges_get(facts, ranges, a), y = mir_ranges_get(facts, ranges, b);
  MirWide lo = larger(x.lo, y.lo), hi = smaller(x.hi, y.hi);
  narrow(facts, ranges, a, lo, hi, y.less);
  narrow(facts, ranges, b, lo, hi, x.less);
}

static void differ_from(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *a, MirRange x, MirRange y) {
  if (y.lo != y.hi) return;
  narrow(facts, ranges, a, x.lo == y.lo ? x.lo + 1 : x.lo, x.hi == y.hi ? x.hi - 1 : x.hi, MIR_NO_LOCAL);
}

void mir_ranges_assume_differ(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *a, const MirOperand *b) {
  MirRange x = mir_ranges_get(facts, ranges, a), y = mir_ranges_get(facts, ranges, b);
  differ_from(facts, ranges, a, x, y);
  differ_from(facts, ranges, b, y, x);
}

// ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────
MirLocalId mir_ranges_loaded(const MirRanges *ranges, const MirPlace *place) {
  for (uint32_t i = 0; i < ranges->load_count; i++)
    if (mir_place_equal(ranges->loads[i].place, place)) return ranges->loads[i].local;
  return MIR_NO_LOCAL;
}

static bool is_steady(const MirRangeFacts *facts, const MirPlace *place) {
  if (!place->global && mir_bits_has(facts->shared, place->local)) return false;
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_INDEX && mir_bits_has(facts->shared, place->projections[i].index))
      return false;
  return true;
}

void mir_ranges_note_load(const MirRangeFacts *facts, MirRanges *ranges, const MirPlace *place, MirLocalId local) {
  if (ranges->load_count == MIR_LOAD_LIMIT || place_names(place, local) || !is_steady(facts, place)) return;
  ranges->loads[ranges->load_count++] = (MirLoad){place, local};
}

bool mir_place_object_field(const MirPlace *place, uint64_t *key) {
  for (uint32_t i = place->projection_count; i-- > 0;) {
    if (place->projections[i].kind != MIR_PROJECT_DEREF) continue;
    if (place->projections[i].type->kind != MIR_TYPE_OBJECT || i + 1 == place->projection_count) return false;
    *key = map_pair(place->projections[i].type->id, place->projections[i + 1].index);
    return true;
  }
  return false;
}

// A field whose address nobody takes is written only under its own name; everything else may be anything.
bool mir_place_may_alias(const Map *exposed, const MirPlace *written, const MirPlace *loaded) {
  uint64_t a, b;
  bool is_field_a = mir_place_object_field(written, &a), is_field_b = mir_place_object_field(loaded, &b);
  if (is_field_a && is_field_b) return a == b;
  if (is_field_b) return map_get(exposed, b) != NULL;
  if (is_field_a) return map_get(exposed, a) != NULL;
  return true;
}

static void expose(MirModule *module, Map *exposed, const MirPlace *place, MirType *type) {
  uint64_t key;
  if (mir_place_object_field(place, &key)) map_put(module->arena, exposed, key, type);
}

static void find_exposed(MirModule *module, Map *exposed, const MirFunction *function) {
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++) {
      const MirStmt *stmt = &block->stmts.data[i];
      if (stmt->op == MIR_OP_ADDR && mir_operand_is_place(&stmt->operands[0]))
        expose(module, exposed, &stmt->operands[0].place, stmt->dest.type);
    }
  }
}

Map mir_exposed_fields(MirModule *module) {
  Map exposed = {0};
  for (uint32_t i = 0; i < module->functions.size; i++) find_exposed(module, &exposed, module->functions.data[i]);
  return exposed;
}

void mir_ranges_write_memory(const MirRangeFacts *facts, MirRanges *ranges, const MirStmt *stmt) {
  bool is_store =
      stmt->dest.type && mir_place_is_memory(&stmt->dest) && stmt->op != MIR_OP_CALL && stmt->op != MIR_OP_CALL_FN;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < ranges->load_count; i++)
    if (is_store && !mir_place_may_alias(facts->exposed, &stmt->dest, ranges->loads[i].place))
      ranges->loads[kept++] = ranges->loads[i];
  ranges->load_count = kept;
}
