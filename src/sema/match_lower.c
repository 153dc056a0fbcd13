// Typed patterns of the AST to heads and fields.
#include <string.h>

#include "sema/const_eval.h"
#include "sema/match_internal.h"

Type *match_type(Type *type) {
  while (type && ((type->kind == TYPE_VAR && type->var.binding) || type->kind == TYPE_BORROW))
    type = type->kind == TYPE_VAR ? type->var.binding : type->borrow.inner;
  return type;
}

static Pattern *new_pattern(MatchCheck *check, AstNode *node, Type *type, Ctor ctor, uint32_t count) {
  Pattern *pattern = arena_new(check->arena, Pattern);
  *pattern = (Pattern){.ctor = ctor, .type = match_type(type), .node = node, .count = count};
  pattern->fields = arena_array(check->arena, Pattern *, count + 1);
  return pattern;
}

Pattern *match_wild(MatchCheck *check, Type *type) {
  return new_pattern(check, NULL, type, (Ctor){.kind = CTOR_WILD}, 0);
}

static Pattern *wild_at(MatchCheck *check, AstNode *node, Type *type) {
  return new_pattern(check, node, type, (Ctor){.kind = CTOR_WILD}, 0);
}

static Pattern *poison(MatchCheck *check, AstNode *node, Type *type) {
  check->is_poisoned = true;
  return wild_at(check, node, type);
}

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────
static Ctor literal_ctor(const ConstValue *value, const AstNode *node) {
  Ctor ctor = {.kind = CTOR_LITERAL};
  double number = value->number + 0.0;  // -0.0 equals 0.0
  if (value->kind == CONST_STRING || value->kind == CONST_SYMBOL) ctor.literal = value->text;
  else if (value->kind == CONST_INT) ctor.literal = (uint64_t)value->integer;
  else if (value->kind == CONST_FLOAT && number == number) memcpy(&ctor.literal, &number, sizeof number);
  else ctor = (Ctor){.kind = CTOR_OPAQUE, .opaque = node};
  return ctor;
}

static Ctor value_ctor(const ConstValue *value, const Type *type, const AstNode *node) {
  bool is_ordinal = value->kind == CONST_INT || value->kind == CONST_BOOL || value->kind == CONST_CHAR;
  if (!is_ordinal || !type_has_ranges(type)) return literal_ctor(value, node);
  uint64_t code = range_encode(type, value->integer);
  return (Ctor){.kind = CTOR_RANGE, .range = {code, code}};
}

static Pattern *lower_parts(MatchCheck *check, AstNode *node, Type *type, Ctor ctor);

static Pattern *lower_value(MatchCheck *check, AstNode *node, Type *type) {
  if (type->kind == TYPE_VOID) return wild_at(check, node, type);  // nil, its one value
  if (node->info && node->info->kind == INFO_VARIANT)
    return lower_parts(check, node, type, (Ctor){.kind = CTOR_VARIANT, .index = node->info->index});
  ConstValue value = node->info && node->info->constant ? *node->info->constant : (ConstValue){0};
  return new_pattern(check, node, type, value_ctor(&value, type, node), 0);
}

static bool range_end(MatchCheck *check, AstNode *end, const Type *type, uint64_t *out) {
  ConstValue value;
  if (!end) return true;
  if (!const_eval(check->program, end, &value)) return false;
  *out = range_encode(type, value.integer);
  return true;
}

static Pattern *lower_range(MatchCheck *check, AstNode *node, Type *type) {
  Ctor opaque = {.kind = CTOR_OPAQUE, .opaque = node};
  if (!type_has_ranges(type)) return new_pattern(check, node, type, opaque, 0);  // of floats
  ValueRange range = range_of_type(type);
  AstNode *end = node->pat_range.end;
  if (!range_end(check, node->pat_range.start, type, &range.low) || !range_end(check, end, type, &range.high))
    return poison(check, node, type);
  bool is_empty = range.high < range.low || (end && !node->pat_range.is_inclusive && range.high == range.low);
  if (is_empty) return new_pattern(check, node, type, opaque, 0);
  if (end && !node->pat_range.is_inclusive) range.high--;
  return new_pattern(check, node, type, (Ctor){.kind = CTOR_RANGE, .range = {range.low, range.high}}, 0);
}

// ── Patterns with parts ─────────────────────────────────────────────────────────────────────────────────────────
static Pattern *lower_part(MatchCheck *check, AstNode *part, Type *type) {
  if (part && part->kind == AST_PAT_FIELD) part = part->pat_field.pattern;
  return part ? match_lower(check, part, type) : match_wild(check, type);
}

// A pattern whose parts sema has put in the order of the fields.
static Pattern *lower_parts(MatchCheck *check, AstNode *node, Type *type, Ctor ctor) {
  const SemaInfo *info = node->info;
  uint32_t count = ctor_arity(check, type, &ctor);
  Pattern *pattern = new_pattern(check, node, type, ctor, count);
  for (uint32_t i = 0; i < count; i++) {
    AstNode *part = i < info->part_count ? info->parts[i] : NULL;
    pattern->fields[i] = lower_part(check, part, ctor_field_type(check, type, &ctor, i));
  }
  return pattern;
}

static Pattern *lower_variant(MatchCheck *check, AstNode *node, Type *type) {
  if (!node->info) return poison(check, node, type);
  bool is_enum = node->info->kind == INFO_VARIANT && type->kind == TYPE_ENUM;
  Ctor ctor = is_enum ? (Ctor){.kind = CTOR_VARIANT, .index = node->info->index} : (Ctor){.kind = CTOR_SINGLE};
  return lower_parts(check, node, type, ctor);
}

static Pattern *lower_record(MatchCheck *check, AstNode *node, Type *type) {
  if (!node->info) return poison(check, node, type);
  return lower_parts(check, node, type, (Ctor){.kind = CTOR_SINGLE});
}

static Pattern *lower_tuple(MatchCheck *check, AstNode *node, Type *type) {
  uint32_t count = AST_LIST_COUNT(node->pat_tuple.patterns);
  if (type->kind != TYPE_TUPLE || type->tuple.elements->count != count) return poison(check, node, type);
  Pattern *pattern = new_pattern(check, node, type, (Ctor){.kind = CTOR_SINGLE}, count);
  for (uint32_t i = 0; i < count; i++)
    pattern->fields[i] = match_lower(check, node->pat_tuple.patterns->items[i], type->tuple.elements->items[i]);
  return pattern;
}

static Ctor list_ctor(const AstNode *node) {
  Ctor ctor = {.kind = CTOR_LIST};
  for (AST_EACH(part, node->pat_list.patterns))
    if (part->kind == AST_PAT_REST) ctor.list.has_rest = true;
    else if (ctor.list.has_rest) ctor.list.suffix++;
    else ctor.list.prefix++;
  return ctor;
}

static Pattern *lower_list(MatchCheck *check, AstNode *node, Type *type) {
  Ctor ctor = list_ctor(node);
  Pattern *pattern = new_pattern(check, node, type, ctor, ctor.list.prefix + ctor.list.suffix);
  uint32_t at = 0;
  for (AST_EACH(part, node->pat_list.patterns))
    if (part->kind != AST_PAT_REST)
      pattern->fields[at] = match_lower(check, part, ctor_field_type(check, type, &ctor, at)), at++;
  return pattern;
}

static Pattern *lower_or(MatchCheck *check, AstNode *node, Type *type) {
  AstList *alternatives = node->pat_or.patterns;
  Pattern *pattern = new_pattern(check, node, type, (Ctor){.kind = CTOR_OR}, AST_LIST_COUNT(alternatives));
  for (uint32_t i = 0; i < pattern->count; i++) pattern->fields[i] = match_lower(check, alternatives->items[i], type);
  return pattern;
}

// ── Members of unions ───────────────────────────────────────────────────────────────────────────────────────────
static uint32_t union_member(const Type *type, const Type *member) {
  const TypeList *members = type->tuple.elements;
  for (uint32_t i = 0; i < members->count; i++)
    if (match_type(members->items[i]) == member) return i;
  return members->count;
}

// `inner` of one member; NULL: all its values.
static Pattern *lower_member(MatchCheck *check, AstNode *node, Type *type, Type *member, Pattern *inner) {
  uint32_t index = union_member(type, member);
  if (index == type->tuple.elements->count) return poison(check, node, type);
  Pattern *pattern = new_pattern(check, node, type, (Ctor){.kind = CTOR_VARIANT, .index = index}, 1);
  pattern->fields[0] = inner ? inner : match_wild(check, member);
  return pattern;
}

static Pattern *lower_type(MatchCheck *check, AstNode *node, Type *type) {
  Type *wanted = match_type(node->pat_type.type->type);
  if (!wanted || wanted->kind == TYPE_ERROR) return poison(check, node, type);
  if (type->kind != TYPE_UNION || wanted == type) return wild_at(check, node, type);
  if (wanted->kind != TYPE_UNION) return lower_member(check, node, type, wanted, NULL);
  const TypeList *members = wanted->tuple.elements;
  Pattern *pattern = new_pattern(check, node, type, (Ctor){.kind = CTOR_OR}, members->count);
  for (uint32_t i = 0; i < members->count; i++)
    pattern->fields[i] = lower_member(check, NULL, type, match_type(members->items[i]), NULL);
  return pattern;
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static Pattern *lower_regex(MatchCheck *check, AstNode *node, Type *type) {
  const char *text = name_text(check->program->context->names, node->pat_regex.text);
  return new_pattern(check, node, type, (Ctor){.kind = CTOR_OPAQUE, .opaque = text}, 0);
}

static Pattern *lower_bind(MatchCheck *check, AstNode *node, Type *type) {
  if (node->info && node->info->kind == INFO_VARIANT) return lower_variant(check, node, type);
  AstNode *inner = node->pat_bind.pattern;
  return inner ? match_lower(check, inner, type) : wild_at(check, node, type);
}

typedef Pattern *LowerPattern(MatchCheck *check, AstNode *node, Type *type);
static LowerPattern *const lowerings[AST_KIND_COUNT] = {  // whatever is not here is no pattern: a message was given
    [AST_PAT_WILDCARD] = wild_at,    [AST_PAT_BIND] = lower_bind, [AST_PAT_VALUE] = lower_value,
    [AST_PAT_RANGE] = lower_range,   [AST_PAT_OR] = lower_or,     [AST_PAT_VARIANT] = lower_variant,
    [AST_PAT_TUPLE] = lower_tuple,   [AST_PAT_LIST] = lower_list, [AST_PAT_RECORD] = lower_record,
    [AST_PAT_TYPE] = lower_type,     [AST_PAT_REGEX] = lower_regex,
};

Pattern *match_lower(MatchCheck *check, AstNode *node, Type *type) {
  type = match_type(type);
  Type *own = match_type(node->type);
  bool is_known = type && own && own->kind != TYPE_ERROR && type->kind != TYPE_ERROR && type->kind != TYPE_VAR;
  if (!is_known || !lowerings[node->kind]) return poison(check, node, type);
  if (type->kind == TYPE_UNION && own->kind != TYPE_UNION)
    return lower_member(check, node, type, own, lowerings[node->kind](check, node, own));
  return lowerings[node->kind](check, node, type);
}
