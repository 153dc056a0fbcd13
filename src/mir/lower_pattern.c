// Parts of a match's subject, and rows: the patterns of a match as conjunctions of tests on parts. Patterns that cannot
// fail (names, tuples, records) leave no test, only bindings.
#include "mir/lower_pattern.h"

// ── Parts ───────────────────────────────────────────────────────────────────────────────────────────────────────
Part *part_subject(Match *match, MirPlace place, Type *type) {
  Part *part = arena_new(match->arena, Part);
  part->step = PART_SUBJECT;
  part->type = type;
  part->subject = place;
  return part;
}

Part *part_child(Match *match, Part *parent, PartStep step, uint32_t variant, uint32_t index, Type *type) {
  for (uint32_t i = 0; i < parent->children.size; i++) {
    Part *child = parent->children.data[i];
    if (child->step == step && child->variant == variant && child->index == index) return child;
  }
  Part *child = arena_new(match->arena, Part);
  *child =
      (Part){.step = step, .parent = parent, .type = type, .variant = variant, .index = index, .list = parent->list};
  vec_push(match->arena, &parent->children, child);
  return child;
}

static MirPlace remember(Match *match, Part *part, MirOperand value) {
  part->value = mir_copy(lower_materialise(match->fn, value, match->span).place);
  part->is_loaded = true;
  vec_push(match->arena, &match->trail, part);
  return part->value.place;
}

void part_forget(Match *match, uint32_t trail) {
  while (match->trail.size > trail) vec_pop(&match->trail)->is_loaded = false;
}

static MirPlace field_place(Match *match, Part *part) {
  LowerFn *fn = match->fn;
  MirPlace base = part_place(match, part->parent);
  if (base.type->kind != MIR_TYPE_REF) return mir_place_field(fn->module, base, part->index);
  MirPlace field = mir_place_field(fn->module, mir_place_deref(fn->module, base), part->index);
  return remember(match, part, lower_load(fn, field, match->span));
}

static MirOperand list_size(Match *match, Part *list) {
  Type *type = match->fn->lowering->program->types.basic[TYPE_INT];
  return mir_copy(part_place(match, part_child(match, list, PART_SIZE, 0, 0, type)));
}

static MirOperand from_end(Match *match, Part *list, uint32_t count) {
  MirOperand size = list_size(match, list);
  return count ? lower_proved(match->fn, MIR_OP_SUB, size, lower_int(match->fn, count), match->span) : size;
}

static MirPlace array_element(Match *match, Part *part) {
  LowerFn *fn = match->fn;
  MirPlace array = part_place(match, part->parent);
  uint64_t number = part->step == PART_FRONT ? part->index : array.type->array.count - part->index;
  MirOperand index =
      lower_unary(fn, MIR_OP_USE, lower_basic(fn, MIR_TYPE_I64), lower_int(fn, (int64_t)number), match->span);
  return mir_place_index(fn->module, array, index.place.local);
}

static MirPlace element_place(Match *match, Part *part) {
  if (part->parent->type->kind == TYPE_ARRAY) return array_element(match, part);
  MirOperand index = part->step == PART_FRONT ? lower_int(match->fn, part->index)
                                              : from_end(match, part->parent, part->index);
  MirOperand args[] = {mir_copy(part_place(match, part->parent)), index};
  return remember(match, part, lower_invoke(match->fn, part->list->at, args, 2, match->span));
}

static MirPlace size_place(Match *match, Part *part) {
  MirOperand list = mir_copy(part_place(match, part->parent));
  return remember(match, part, lower_invoke(match->fn, part->list->size, &list, 1, match->span));
}

static MirPlace rest_place(Match *match, Part *part) {
  MirOperand end = from_end(match, part->parent, part->variant);
  MirOperand args[] = {mir_copy(part_place(match, part->parent)), lower_int(match->fn, part->index), end};
  return remember(match, part, lower_invoke(match->fn, part->list->slice, args, 3, match->span));
}

// The regex goes when it has matched: there may be many arms.
static MirPlace regex_place(Match *match, Part *part) {
  LowerFn *fn = match->fn;
  const AstNode *pattern = part->regex;
  const RegexPatternInfo *info = pattern->info->regex;
  MirOperand subject = mir_copy(part_place(match, part->parent));
  uint32_t mark = fn->cleanups.size;
  MirOperand regex = lower_regex(fn, info->literal, pattern->pat_regex.text, pattern->span);
  MirOperand found = lower_invoke(fn, info->match, (MirOperand[]){subject, regex}, 2, pattern->span);
  return remember(match, part, lower_leave_with(fn, mark, found, pattern->span));
}

MirPlace part_place(Match *match, Part *part) {
  if (part->is_loaded) return part->value.place;
  switch (part->step) {
    case PART_SUBJECT: return part->subject;
    case PART_FIELD: return field_place(match, part);
    case PART_PAYLOAD:
      return lower_payload(match->fn, part_place(match, part->parent), part->parent->type, part->variant, part->index);
    case PART_NEWTYPE: return part_place(match, part->parent);
    case PART_SIZE: return size_place(match, part);
    case PART_FRONT: case PART_BACK: return element_place(match, part);
    case PART_REST: return rest_place(match, part);
    case PART_REGEX: return regex_place(match, part);
  }
  return part->subject;
}

MirOperand part_scalar(Match *match, Part *part) {
  MirPlace place = part_place(match, part);
  if (!part->is_loaded) remember(match, part, lower_load(match->fn, place, match->span));
  return part->value;
}

// ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void add_bind(Match *match, Row *row, Part *part, const AstNode *pattern) {
  if (!pattern->info || pattern->info->kind != INFO_LOCAL || !pattern->info->local) return;
  Bind bind = {pattern->info->local, part, pattern->info->declares};
  vec_push(match->arena, &row->binds, bind);
}

static void add_test(Match *match, Row *row, Part *part, AstNode *pattern) {
  Test test = {.part = part, .pattern = pattern};
  test_classify(match, &test);
  vec_push(match->arena, &row->tests, test);
}

static void add_name(Match *match, Row *row, Part *part, AstNode *pattern) {
  if (pattern->info && pattern->info->kind == INFO_VARIANT) {
    add_test(match, row, part, pattern);
    return;
  }
  add_bind(match, row, part, pattern);
  if (pattern->pat_bind.pattern) row_add(match, row, part, pattern->pat_bind.pattern);
}

static const FieldList *fields_of(const Match *match, Type *type) {
  return sema_fields(match->fn->lowering->program, type);
}

static void add_fields(Match *match, Row *row, Part *part, AstNode *const *patterns, uint32_t count) {
  const FieldList *fields = fields_of(match, part->type);
  for (uint32_t i = 0; i < count; i++)
    if (patterns[i]) row_add(match, row, part_child(match, part, PART_FIELD, 0, i, fields->items[i].type), patterns[i]);
}

static void add_variant(Match *match, Row *row, Part *part, AstNode *pattern) {
  if (part->type->kind != TYPE_NEWTYPE) {
    add_test(match, row, part, pattern);
    return;
  }
  Type *inner = fields_of(match, part->type)->items[0].type;
  AstNode *value = pattern->info->part_count ? pattern->info->parts[0] : NULL;
  if (value) row_add(match, row, part_child(match, part, PART_NEWTYPE, 0, 0, inner), value);
}

static void add_record(Match *match, Row *row, Part *part, AstNode *pattern) {
  if (pattern->info->kind == INFO_VARIANT) add_test(match, row, part, pattern);
  else add_fields(match, row, part, pattern->info->parts, pattern->info->part_count);
}

// The elements before the rest, the rest, the elements after it.
static void add_elements(Match *match, Row *row, Part *part, AstNode *pattern) {
  AstList *patterns = pattern->pat_list.patterns;
  uint32_t count = AST_LIST_COUNT(patterns), rest = 0;
  if (pattern->info && pattern->info->kind == INFO_LIST) part->list = pattern->info->list;
  Type *element = part->type->kind == TYPE_ARRAY ? part->type->array.element : NULL;
  while (rest < count && patterns->items[rest]->kind != AST_PAT_REST) rest++;
  for (uint32_t i = 0; i < count; i++) {
    AstNode *item = patterns->items[i];
    Type *type = element && item->kind != AST_PAT_REST ? element : item->type;
    if (i < rest) row_add(match, row, part_child(match, part, PART_FRONT, 0, i, type), item);
    else if (i > rest) row_add(match, row, part_child(match, part, PART_BACK, 0, count - i, type), item);
    else if (item->info) add_bind(match, row, part_child(match, part, PART_REST, count - rest - 1, rest, type), item);
  }
}

static void add_list(Match *match, Row *row, Part *part, AstNode *pattern) {
  if (part->type->kind == TYPE_ARRAY) add_elements(match, row, part, pattern);
  else add_test(match, row, part, pattern);
}

static void add_type(Match *match, Row *row, Part *part, AstNode *pattern) {
  if (part->type->kind == TYPE_UNION && pattern->pat_type.type->type != part->type) add_test(match, row, part, pattern);
  else add_bind(match, row, part, pattern);
}

static void add_value(Match *match, Row *row, Part *part, AstNode *pattern) {
  if (part->type->kind != TYPE_VOID) add_test(match, row, part, pattern);
}

static void add_tuple(Match *match, Row *row, Part *part, AstNode *pattern) {
  add_fields(match, row, part, pattern->pat_tuple.patterns->items, pattern->pat_tuple.patterns->count);
}

static void add_field(Match *match, Row *row, Part *part, AstNode *pattern) {
  if (pattern->pat_field.pattern) row_add(match, row, part, pattern->pat_field.pattern);
  else add_bind(match, row, part, pattern);
}

// The test is of what the match gives; the groups are bound where it holds. Patterns of one text share the match.
static void add_regex(Match *match, Row *row, Part *part, AstNode *pattern) {
  Type *type = pattern->info->regex->match->result;
  Part *found = part_child(match, part, PART_REGEX, 0, pattern->pat_regex.text, type);
  found->regex = pattern;
  add_test(match, row, found, pattern);
}

static void add_nothing(Match *match, Row *row, Part *part, AstNode *pattern) {
  (void)match, (void)row, (void)part, (void)pattern;
}

typedef void AddPattern(Match *match, Row *row, Part *part, AstNode *pattern);

static AddPattern *const patterns[AST_KIND_COUNT] = {
    [AST_PAT_WILDCARD] = add_nothing, [AST_PAT_REST] = add_nothing,  [AST_PAT_BIND] = add_name,
    [AST_PAT_VARIANT] = add_variant,  [AST_PAT_TUPLE] = add_tuple,   [AST_PAT_LIST] = add_list,
    [AST_PAT_RECORD] = add_record,    [AST_PAT_FIELD] = add_field,   [AST_PAT_TYPE] = add_type,
    [AST_PAT_VALUE] = add_value,      [AST_PAT_RANGE] = add_test,    [AST_PAT_OR] = add_test,
    [AST_PAT_REGEX] = add_regex,
};

void row_add(Match *match, Row *row, Part *part, AstNode *pattern) {
  if (!patterns[pattern->kind])
    lower_unexpected(match->fn->lowering, pattern->span, ast_kind_info(pattern->kind)->name);
  bool is_of_member = part->type->kind == TYPE_UNION && pattern->type->kind != TYPE_UNION;
  if (is_of_member) add_test(match, row, part, pattern);
  else patterns[pattern->kind](match, row, part, pattern);
}

const Test *row_test(const Row *row, const Part *part) {
  for (uint32_t i = 0; i < row->tests.size; i++)
    if (row->tests.data[i].part == part) return &row->tests.data[i];
  return NULL;
}

static Row *copy_without(Match *match, const Row *row, const Test *gone) {
  Row *copy = arena_new(match->arena, Row);
  copy->arm = row->arm;
  for (uint32_t i = 0; i < row->tests.size; i++)
    if (&row->tests.data[i] != gone) vec_push(match->arena, &copy->tests, row->tests.data[i]);
  for (uint32_t i = 0; i < row->binds.size; i++) vec_push(match->arena, &copy->binds, row->binds.data[i]);
  return copy;
}

// ── Alternatives ────────────────────────────────────────────────────────────────────────────────────────────────
typedef VEC(Row *) RowVec;

static const Test *find_or(const Row *row) {
  for (uint32_t i = 0; i < row->tests.size; i++)
    if (row->tests.data[i].kind == TEST_OR) return &row->tests.data[i];
  return NULL;
}

static void add_alternatives(Match *match, RowVec *out, Row *row);

// `x: A | B`: a row for each member.
static void add_members(Match *match, RowVec *out, Row *row, const Test *test) {
  const TypeList *members = test->pattern->pat_type.type->type->tuple.elements;
  for (uint32_t i = 0; i < members->count; i++) {
    Row *alternative = copy_without(match, row, test);
    Test member = {.kind = TEST_VARIANT, .part = test->part, .pattern = test->pattern};
    member.variant = lower_member(match->fn->lowering, test->part->type, members->items[i], test->pattern->span);
    vec_push(match->arena, &alternative->tests, member);
    add_alternatives(match, out, alternative);
  }
}

static void add_alternatives(Match *match, RowVec *out, Row *row) {
  const Test *test = find_or(row);
  if (!test) {
    vec_push(match->arena, out, row);
    return;
  }
  if (test->pattern->kind == AST_PAT_TYPE) {
    add_members(match, out, row, test);
    return;
  }
  for (AST_EACH(pattern, test->pattern->pat_or.patterns)) {
    Row *alternative = copy_without(match, row, test);
    row_add(match, alternative, test->part, pattern);
    add_alternatives(match, out, alternative);
  }
}

Rows rows_alternatives(Match *match, Rows rows) {
  bool has_or = false;
  for (uint32_t i = 0; i < rows.count; i++) has_or |= find_or(rows.items[i]) != NULL;
  if (!has_or) return rows;
  RowVec out = {0};
  for (uint32_t i = 0; i < rows.count; i++) add_alternatives(match, &out, rows.items[i]);
  return (Rows){out.data, out.size};
}

// ── What is left of the rows after a branch ─────────────────────────────────────────────────────────────────────
static Type *payload_type(const Match *match, Type *type, uint32_t variant, uint32_t index) {
  if (type->kind == TYPE_UNION) return type->tuple.elements->items[variant];
  return sema_variants(match->fn->lowering->program, type)->items[variant].fields->items[index].type;
}

static void add_groups(Match *match, Row *row, const Test *test) {
  const AstNode *pattern = test->pattern;
  Type *texts = payload_type(match, test->part->type, test->variant, 0);
  Part *captures = part_child(match, test->part, PART_PAYLOAD, test->variant, 0, texts);
  captures->list = &pattern->info->regex->groups;
  for (uint32_t i = 0; i < AST_LIST_COUNT(pattern->pat_regex.groups); i++) {
    AstNode *group = pattern->pat_regex.groups->items[i];
    row_add(match, row, part_child(match, captures, PART_FRONT, 0, i, group->type), group);
  }
}

static void add_payload(Match *match, Row *row, const Test *test) {
  AstNode *pattern = test->pattern;
  Type *type = test->part->type;
  if (test->part->step == PART_REGEX) {
    add_groups(match, row, test);
    return;
  }
  if (type->kind == TYPE_UNION) {
    Type *member = payload_type(match, type, test->variant, 0);
    Part *payload = part_child(match, test->part, PART_PAYLOAD, test->variant, 0, member);
    if (pattern->kind == AST_PAT_TYPE) add_bind(match, row, payload, pattern);
    else row_add(match, row, payload, pattern);
    return;
  }
  for (uint32_t i = 0; i < pattern->info->part_count; i++) {
    AstNode *sub = pattern->info->parts[i];
    if (!sub) continue;
    Type *field = payload_type(match, type, test->variant, i);
    row_add(match, row, part_child(match, test->part, PART_PAYLOAD, test->variant, i, field), sub);
  }
}

static Row *without_matched(Match *match, const Row *row, const Test *test) {
  Row *copy = copy_without(match, row, test);
  if (test->kind == TEST_VARIANT) add_payload(match, copy, test);
  if (test->kind == TEST_LIST) add_elements(match, copy, test->part, test->pattern);
  return copy;
}

// The row under the condition, NULL when it cannot match. A part may carry several tests (`x @ …` under an or-pattern).
Row *row_given(Match *match, Row *row, const Part *part, const Condition *condition) {
  for (uint32_t i = 0; i < row->tests.size; i++) {
    const Test *test = &row->tests.data[i];
    if (test->part != part) continue;
    Verdict verdict = test_verdict(test, condition);
    if (verdict == VERDICT_DROP) return NULL;
    if (verdict == VERDICT_KEEP) continue;
    return row_given(match, without_matched(match, row, test), part, condition);
  }
  return row;
}

static bool takes_all(const Row *row) { return !row->tests.size && !row->arm->guard; }

// The rows themselves where none changes: most branches only leave out the first.
Rows rows_given(Match *match, Rows rows, const Part *part, const Condition *condition) {
  uint32_t first = 0;
  while (first < rows.count && !row_given(match, rows.items[first], part, condition)) first++;
  rows = (Rows){rows.items + first, rows.count - first};
  uint32_t same = 0;
  while (same < rows.count && row_given(match, rows.items[same], part, condition) == rows.items[same])
    if (takes_all(rows.items[same++])) return (Rows){rows.items, same};
  if (same == rows.count) return rows;
  RowVec out = {0};
  for (uint32_t i = 0; i < same; i++) vec_push(match->arena, &out, rows.items[i]);
  for (uint32_t i = same; i < rows.count && !(out.size && takes_all(*vec_last(&out))); i++) {
    Row *row = row_given(match, rows.items[i], part, condition);
    if (row) vec_push(match->arena, &out, row);
  }
  return (Rows){out.data, out.size};
}

// ── Partitions ──────────────────────────────────────────────────────────────────────────────────────────────────
static void add_number(Match *match, Partition *partition, const Test *test, uint32_t number) {
  RowNumbers *own = map_get(&partition->numbers, test_key(test));
  if (!own) {
    own = arena_new(match->arena, RowNumbers);
    map_put(match->arena, &partition->numbers, test_key(test), own);
    vec_push(match->arena, &partition->first_tests, test);
  }
  vec_push(match->arena, own, number);
}

Partition rows_partition(Match *match, Rows rows, const Part *part, TestKind kind) {
  Partition partition = {.rows = rows, .part = part};
  for (uint32_t i = 0; i < rows.count; i++) {
    const Test *test = row_test(rows.items[i], part);
    if (test && test->kind == kind) add_number(match, &partition, test, i);
    else vec_push(match->arena, &partition.others, i);
  }
  return partition;
}

RowNumbers *rows_of_key(const Partition *partition, uint64_t key) { return map_get(&partition->numbers, key); }

Rows rows_of_way(Match *match, const Partition *partition, const RowNumbers *own, const Condition *condition) {
  static const RowNumbers none;
  const RowNumbers *others = &partition->others;
  if (!own) own = &none;
  RowVec out = {0};
  uint32_t n = 0, o = 0;
  while ((n < own->size || o < others->size) && !(out.size && takes_all(*vec_last(&out)))) {
    bool is_own = o == others->size || (n < own->size && own->data[n] < others->data[o]);
    Row *from = partition->rows.items[is_own ? own->data[n++] : others->data[o++]];
    Row *row = row_given(match, from, partition->part, condition);
    if (row) vec_push(match->arena, &out, row);
  }
  return (Rows){out.data, out.size};
}
