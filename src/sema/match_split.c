// The constructors of a type, and those that the patterns of one column tell apart: each either lies within a head or
// outside of it, so the algorithm treats all its values alike.
#include <stdlib.h>

#include "sema/match_internal.h"

// ── Types whose values have an order ────────────────────────────────────────────────────────────────────────────
bool type_has_ranges(const Type *type) {
  return type_is_integer(type) || type->kind == TYPE_BOOL || type->kind == TYPE_CHAR;
}

// Signed values are moved up by half their range, so that the order of codes is the order of values.
static uint64_t sign_shift(const Type *type) {
  return type_is_integer(type) && type_is_signed(type) ? (uint64_t)1 << (type_bits(type) - 1) : 0;
}

ValueRange range_of_type(const Type *type) {
  if (type->kind == TYPE_BOOL) return (ValueRange){0, 1};
  if (type->kind == TYPE_CHAR) return (ValueRange){0, 0x10FFFF};
  return (ValueRange){0, UINT64_MAX >> (64 - type_bits(type))};
}

uint64_t range_encode(const Type *type, int64_t value) {
  return ((uint64_t)value + sign_shift(type)) & range_of_type(type).high;
}

// ── Fields ──────────────────────────────────────────────────────────────────────────────────────────────────────
static const FieldList *variant_fields(MatchCheck *check, Type *type, uint32_t index) {
  return sema_variants(check->program, type)->items[index].fields;
}

uint32_t ctor_arity(MatchCheck *check, Type *type, const Ctor *ctor) {
  switch (ctor->kind) {
    case CTOR_SINGLE:
      return type->kind == TYPE_TUPLE ? type->tuple.elements->count : sema_fields(check->program, type)->count;
    case CTOR_VARIANT: {
      if (type->kind == TYPE_UNION) return 1;
      const FieldList *fields = variant_fields(check, type, ctor->index);
      return fields ? fields->count : 0;
    }
    case CTOR_LIST: return ctor->list.prefix + ctor->list.suffix;
    case CTOR_WILD: case CTOR_RANGE: case CTOR_LITERAL: case CTOR_OPAQUE: case CTOR_OTHER: case CTOR_OR: break;
  }
  return 0;
}

static Type *element_type(Type *type) {
  return type->kind == TYPE_ARRAY ? type->array.element : type->nominal.args->items[0];
}

static Type *single_field_type(MatchCheck *check, Type *type, uint32_t field) {
  return type->kind == TYPE_TUPLE ? type->tuple.elements->items[field]
                                  : sema_fields(check->program, type)->items[field].type;
}

Type *ctor_field_type(MatchCheck *check, Type *type, const Ctor *ctor, uint32_t field) {
  if (ctor->kind == CTOR_LIST) return match_type(element_type(type));
  if (ctor->kind == CTOR_SINGLE) return match_type(single_field_type(check, type, field));
  if (type->kind == TYPE_UNION) return match_type(type->tuple.elements->items[ctor->index]);
  return match_type(variant_fields(check, type, ctor->index)->items[field].type);
}

// ── Covering ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool list_covers(const Ctor *head, const Ctor *part) {
  uint32_t least = head->list.prefix + head->list.suffix, size = part->list.prefix + part->list.suffix;
  if (!head->list.has_rest) return !part->list.has_rest && size == least;
  return part->list.has_rest ? part->list.prefix >= head->list.prefix && part->list.suffix >= head->list.suffix
                             : size >= least;
}

bool ctor_covers(const Ctor *head, const Ctor *part) {
  if (head->kind == CTOR_WILD) return true;
  if (head->kind != part->kind) return false;
  switch (head->kind) {
    case CTOR_SINGLE: return true;
    case CTOR_VARIANT: return head->index == part->index;
    case CTOR_RANGE: return head->range.low <= part->range.low && part->range.high <= head->range.high;
    case CTOR_LIST: return list_covers(head, part);
    case CTOR_LITERAL: return head->literal == part->literal;
    case CTOR_OPAQUE: return head->opaque == part->opaque;
    case CTOR_WILD: case CTOR_OTHER: case CTOR_OR: break;
  }
  return false;
}

// ── Splitting ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Column {
  MatchCheck *check;
  Type *type;
  Pattern *const *heads;
  uint32_t count;
  Split split;
} Column;

static bool has_head(const Column *column, CtorKind kind) {
  for (uint32_t i = 0; i < column->count; i++)
    if (column->heads[i]->ctor.kind == kind) return true;
  return false;
}

static void add_part(Column *column, Ctor part) { vec_push(column->check->arena, &column->split.parts, part); }

// Does a type have no value at all? Then nobody has to match it. Types that contain themselves end the search.
enum { EMPTY_DEPTH = 8 };
static bool is_empty(MatchCheck *check, Type *type, uint32_t depth);

static bool is_empty_variant(MatchCheck *check, Type *type, uint32_t index, uint32_t depth) {
  const FieldList *fields = variant_fields(check, type, index);
  for (uint32_t i = 0; fields && i < fields->count; i++)
    if (is_empty(check, fields->items[i].type, depth)) return true;
  return false;
}

static bool is_empty(MatchCheck *check, Type *type, uint32_t depth) {
  type = match_type(type);
  if (type->kind == TYPE_NEVER) return true;
  if (type->kind != TYPE_ENUM || !depth) return false;
  const VariantList *variants = sema_variants(check->program, type);
  for (uint32_t i = 0; i < variants->count; i++)
    if (!is_empty_variant(check, type, i, depth - 1)) return false;
  return true;
}

static const bool *named_variants(const Column *column, uint32_t count) {
  bool *is_named = arena_array(column->check->arena, bool, count);
  for (uint32_t i = 0; i < column->count; i++)
    if (column->heads[i]->ctor.kind == CTOR_VARIANT) is_named[column->heads[i]->ctor.index] = true;
  return is_named;
}

static void split_variants(Column *column) {
  Type *type = column->type;
  uint32_t count = type->kind == TYPE_UNION ? type->tuple.elements->count
                                            : sema_variants(column->check->program, type)->count;
  const bool *is_named = named_variants(column, count);
  for (uint32_t i = 0; i < count; i++) {
    bool is_dead = type->kind == TYPE_ENUM && is_empty_variant(column->check, type, i, EMPTY_DEPTH);
    if (!is_dead || is_named[i]) add_part(column, (Ctor){.kind = CTOR_VARIANT, .index = i});
  }
}

typedef unsigned __int128 Border;  // a code, or one past the last

static int compare_borders(const void *a, const void *b) {
  Border left = *(const Border *)a, right = *(const Border *)b;
  return (left > right) - (left < right);
}

static void add_ranges_between(Column *column, const Border *borders, uint32_t count) {
  for (uint32_t i = 0; i + 1 < count; i++) {
    bool is_gap = borders[i] == borders[i + 1] || (column->type->kind == TYPE_CHAR && borders[i] == 0xD800);
    if (is_gap) continue;
    add_part(column, (Ctor){.kind = CTOR_RANGE, .range = {(uint64_t)borders[i], (uint64_t)(borders[i + 1] - 1)}});
  }
}

// The ends of all ranges cut the type's range into pieces. Surrogates (U+D800 to U+DFFF) are no characters.
static void split_ranges(Column *column) {
  ValueRange whole = range_of_type(column->type);
  Border *borders = arena_array(column->check->arena, Border, 2 * column->count + 4);
  uint32_t count = 0;
  borders[count++] = whole.low;
  borders[count++] = (Border)whole.high + 1;
  if (column->type->kind == TYPE_CHAR) borders[count++] = 0xD800, borders[count++] = 0xE000;
  for (uint32_t i = 0; i < column->count; i++) {
    const Ctor *head = &column->heads[i]->ctor;
    if (head->kind != CTOR_RANGE) continue;
    borders[count++] = head->range.low;
    borders[count++] = (Border)head->range.high + 1;
  }
  qsort(borders, count, sizeof *borders, compare_borders);
  add_ranges_between(column, borders, count);
}

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

// The lengths that the heads tell apart, one by one, then all longer ones together: those are long enough for the
// longest beginning and the longest end not to overlap.
static void split_lists(Column *column) {
  uint32_t prefix = 0, suffix = 0, longest = 0;
  for (uint32_t i = 0; i < column->count; i++) {
    const Ctor *head = &column->heads[i]->ctor;
    if (head->kind != CTOR_LIST) continue;
    if (!head->list.has_rest) longest = larger(longest, head->list.prefix + 1);
    else prefix = larger(prefix, head->list.prefix), suffix = larger(suffix, head->list.suffix);
  }
  if (prefix + suffix < longest) prefix = longest - suffix;
  bool is_array = column->type->kind == TYPE_ARRAY;
  uint32_t first = is_array ? (uint32_t)column->type->array.count : 0;
  uint32_t last = is_array ? first : prefix + suffix - 1;
  for (uint32_t size = first; size <= last && prefix + suffix + is_array; size++)
    add_part(column, (Ctor){.kind = CTOR_LIST, .list = {.prefix = size}});
  if (!is_array) add_part(column, (Ctor){.kind = CTOR_LIST, .list = {prefix, suffix, true}});
}

static void add_literal(Column *column, Map *numbers, uint64_t key, const Ctor *head) {
  if (map_get(numbers, key)) return;
  add_part(column, *head);
  map_put(column->check->arena, numbers, key, (void *)(uintptr_t)column->split.parts.size);
}

// Literals and values compared by a method are classes of their own, whatever the type.
static bool split_literals(Column *column) {
  Split *split = &column->split;
  for (uint32_t i = 0; i < column->count; i++) {
    const Ctor *head = &column->heads[i]->ctor;
    if (head->kind == CTOR_LITERAL) add_literal(column, &split->literals, head->literal, head);
    else if (head->kind == CTOR_OPAQUE) add_literal(column, &split->opaques, map_key(head->opaque), head);
  }
  split->literal_count = split->parts.size;
  return split->literal_count > 0;
}

Split match_split(MatchCheck *check, Type *type, Pattern *const *heads, uint32_t count, bool is_top) {
  Column column = {check, type, heads, count, {.is_empty_type = is_empty(check, type, EMPTY_DEPTH)}};
  bool has_literal = split_literals(&column);
  bool is_enum = type->kind == TYPE_ENUM || type->kind == TYPE_UNION;
  // Of an enum nobody has taken apart, only the subject itself is listed by variant.
  if (is_enum && (is_top || has_head(&column, CTOR_VARIANT))) split_variants(&column);
  else if (has_head(&column, CTOR_RANGE)) split_ranges(&column);
  else if (has_head(&column, CTOR_LIST)) split_lists(&column);
  else if (has_head(&column, CTOR_SINGLE)) add_part(&column, (Ctor){.kind = CTOR_SINGLE});
  else add_part(&column, (Ctor){.kind = has_literal ? CTOR_OTHER : CTOR_WILD});
  return column.split;
}

// ── From heads to parts ─────────────────────────────────────────────────────────────────────────────────────────
// What the parts of a kind are in order of; a head covers none before that of its own place.
static uint64_t ctor_place(const Ctor *ctor) {
  switch (ctor->kind) {
    case CTOR_VARIANT: return ctor->index;
    case CTOR_RANGE: return ctor->range.low;
    case CTOR_LIST: return ctor->list.prefix + ctor->list.suffix;
    case CTOR_WILD: case CTOR_SINGLE: case CTOR_LITERAL: case CTOR_OPAQUE: case CTOR_OTHER: case CTOR_OR: break;
  }
  return 0;
}

static uint32_t first_from(const Split *split, uint64_t place) {
  uint32_t low = split->literal_count, high = split->parts.size;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (ctor_place(&split->parts.data[middle]) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

PartRange split_covered(const Split *split, const Ctor *head) {
  if (head->kind == CTOR_LITERAL || head->kind == CTOR_OPAQUE) {
    bool is_literal = head->kind == CTOR_LITERAL;
    void *number = is_literal ? map_get(&split->literals, head->literal)
                              : map_get(&split->opaques, map_key(head->opaque));
    return (PartRange){(uint32_t)(uintptr_t)number - 1, 1};
  }
  PartRange range = {first_from(split, ctor_place(head)), 0};
  uint32_t end = range.first;
  while (end < split->parts.size && ctor_covers(head, &split->parts.data[end])) end++;
  range.count = end - range.first;
  return range;
}
