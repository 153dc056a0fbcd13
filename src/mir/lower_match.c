// Matches to decision trees (Maranget 2008): at each node one part of the subject is tested, and each way on keeps the
// rows that may still match. Every part is loaded at most once on a way through the tree, and always after control came
// to this match: nothing about the subject is known before. An arm's body is lowered once; the leaves that lead to it
// write its bindings first.
#include "mir/lower_pattern.h"

static void tree(Match *match, Rows rows);

// One way on from a branch: what it loads and registers is its own.
static void way(Match *match, MirBlockId block, Rows rows) {
  uint32_t trail = match->trail.size, count;
  Cleanup *saved = lower_cleanups_save(match->fn, match->base, &count);
  lower_start(match->fn, block);
  tree(match, rows);
  part_forget(match, trail);
  lower_cleanups_restore(match->fn, match->base, saved, count);
}

// ── Leaves ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_stored(const Bind *bind) { return lower_is_stored(bind->local->type); }

// The arm's body and the slots of its bindings, when the first leaf comes to it.
static void declare_arm(Match *match, const Row *row) {
  if (row->arm->block != MIR_NO_BLOCK) return;
  row->arm->block = lower_block_new(match->fn);
  for (uint32_t i = 0; i < row->binds.size; i++) {
    lower_declare_slot(match->fn, row->binds.data[i].local);
    vec_push(match->arena, &row->arm->locals, row->binds.data[i].local);
  }
}

// An owner for the binding; the part itself stays, for the guard's other rows. `x: A | B` binds a member as that union.
static MirOperand bound_value(Match *match, const Bind *bind) {
  MirPlace place = part_place(match, bind->part);
  MirOperand value = place.type->is_managed ? lower_load(match->fn, place, match->span) : mir_copy(place);
  Type *type = bind->local->type;
  return type->kind == TYPE_UNION ? lower_coerce(match->fn, value, bind->part->type, type, match->span) : value;
}

static void make_bindings(Match *match, const Row *row) {
  for (uint32_t i = 0; i < row->binds.size; i++) {
    const Bind *bind = &row->binds.data[i];
    if (!is_stored(bind)) continue;
    MirOperand value = bound_value(match, bind);
    lower_initialise(match->fn, bind->local, value, match->span);
    lower_declared(match->fn, bind->local, match->span);
  }
}

static void go_to_body(Match *match, const MatchArm *arm) {
  lower_end_temps(match->fn, match->base);
  lower_goto(match->fn, arm->block, match->span);
}

static void guarded_leaf(Match *match, const MatchArm *arm, uint32_t bindings) {
  LowerFn *fn = match->fn;
  MirBlockId yes = lower_block_new(fn), no = lower_block_new(fn);
  lower_condition(fn, arm->guard, yes, no);
  uint32_t count;
  Cleanup *saved = lower_cleanups_save(fn, match->base, &count);
  lower_start(fn, yes);
  go_to_body(match, arm);
  lower_cleanups_restore(fn, match->base, saved, count);
  lower_start(fn, no);
  lower_leave(fn, bindings, match->span);
}

// Whether there is more to test: what is left where the guard said no.
static bool leaf(Match *match, Rows *rows) {
  const Row *row = rows->items[0];
  declare_arm(match, row);
  for (uint32_t i = 0; i < row->binds.size; i++)
    if (is_stored(&row->binds.data[i])) part_place(match, row->binds.data[i].part);
  uint32_t bindings = match->fn->cleanups.size;
  make_bindings(match, row);
  *rows = (Rows){rows->items + 1, rows->count - 1};
  if (row->arm->guard) guarded_leaf(match, row->arm, bindings);
  else go_to_body(match, row->arm);
  return row->arm->guard;
}

// ── Enums and unions ────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t variant_count(Match *match, Type *type) {
  return lower_type(match->fn->lowering, type)->enum_.variant_count;
}

static MirBlockId impossible(LowerFn *fn, Span span) {
  MirBlockId block = lower_block_new(fn), current = fn->block;
  lower_start(fn, block);
  lower_unreachable(fn, span);
  lower_start(fn, current);
  return block;
}

static void switch_variant(Match *match, Rows rows, Part *part) {
  LowerFn *fn = match->fn;
  uint32_t count = variant_count(match, part->type), cases = 0;
  const MirVariant *variants = lower_type(fn->lowering, part->type)->enum_.variants;
  Partition partition = rows_partition(match, rows, part, TEST_VARIANT);
  int64_t *tags = arena_array(match->arena, int64_t, count);
  uint32_t *numbers = arena_array(match->arena, uint32_t, count);
  MirBlockId *blocks = arena_array(match->arena, MirBlockId, count);
  for (uint32_t i = 0; i < count; i++) {
    if (!rows_of_key(&partition, i)) continue;
    tags[cases] = variants[i].tag;
    numbers[cases] = i;
    blocks[cases++] = lower_block_new(fn);
  }
  MirPlace place = part_place(match, part);
  MirOperand tag = lower_unary(fn, MIR_OP_TAG, lower_basic(fn, MIR_TYPE_I64), mir_copy(place), match->span);
  MirBlockId otherwise = cases == count ? impossible(fn, match->span) : lower_block_new(fn);
  lower_switch(fn, tag, tags, blocks, cases, otherwise, match->span);
  for (uint32_t i = 0; i < cases; i++) {
    Condition condition = {.kind = IS_VARIANT, .variant = numbers[i]};
    way(match, blocks[i], rows_of_way(match, &partition, rows_of_key(&partition, numbers[i]), &condition));
  }
  if (cases == count) return;
  way(match, otherwise, rows_of_way(match, &partition, NULL, &(Condition){.kind = IS_NO_VARIANT}));
}

// ── Integers, chars, bools ──────────────────────────────────────────────────────────────────────────────────────
static void branch_bool(Match *match, Rows rows, Part *part) {
  LowerFn *fn = match->fn;
  MirBlockId yes = lower_block_new(fn), no = lower_block_new(fn);
  lower_branch(fn, part_scalar(match, part), yes, no, match->span);
  way(match, yes, rows_given(match, rows, part, &(Condition){.kind = IS_VALUE, .value = true}));
  way(match, no, rows_given(match, rows, part, &(Condition){.kind = IS_VALUE, .value = false}));
}

static void switch_value(Match *match, Rows rows, Part *part) {
  LowerFn *fn = match->fn;
  if (lower_type(fn->lowering, part->type)->kind == MIR_TYPE_BOOL) {
    branch_bool(match, rows, part);
    return;
  }
  Partition partition = rows_partition(match, rows, part, TEST_CONSTANT);
  uint32_t count = partition.first_tests.size;
  int64_t *values = arena_array(match->arena, int64_t, count);
  MirBlockId *blocks = arena_array(match->arena, MirBlockId, count);
  for (uint32_t i = 0; i < count; i++) {
    values[i] = partition.first_tests.data[i]->low.integer;
    blocks[i] = lower_block_new(fn);
  }
  MirOperand value = part_scalar(match, part);
  MirBlockId otherwise = lower_block_new(fn);
  lower_switch(fn, value, values, blocks, count, otherwise, match->span);
  for (uint32_t i = 0; i < count; i++) {
    const RowNumbers *own = rows_of_key(&partition, test_key(partition.first_tests.data[i]));
    way(match, blocks[i], rows_of_way(match, &partition, own, &(Condition){.kind = IS_VALUE, .value = values[i]}));
  }
  way(match, otherwise, rows_of_way(match, &partition, NULL, &(Condition){.kind = IS_OTHER_VALUE}));
}

// ── Tests with two outcomes ─────────────────────────────────────────────────────────────────────────────────────
static void branch_range(Match *match, const Test *test, MirBlockId yes, MirBlockId no) {
  LowerFn *fn = match->fn;
  Type *type = test->part->type;
  MirOperand value = part_scalar(match, test->part);
  if (test->has_low) {
    MirBlockId reached = test->has_high ? lower_block_new(fn) : yes;
    MirOperand low = lower_constant(fn, &test->low, type, match->span);
    lower_branch(fn, lower_compare(fn, MIR_OP_GE, value, low, match->span), reached, no, match->span);
    if (!test->has_high) return;
    lower_start(fn, reached);
  }
  MirOperand high = lower_constant(fn, &test->high, type, match->span);
  MirOp op = test->is_exclusive ? MIR_OP_LT : MIR_OP_LE;
  lower_branch(fn, lower_compare(fn, op, value, high, match->span), yes, no, match->span);
}

static MirOperand equals(Match *match, const Test *test) {
  const SemaInfo *info = test->pattern->info;
  MirType *type = lower_type(match->fn->lowering, test->part->type);
  if (type->kind == MIR_TYPE_PTR)
    return lower_compare(match->fn, MIR_OP_EQ, mir_copy(part_place(match, test->part)), mir_zero(type), match->span);
  if (mir_type_is_float(type))
    return lower_compare(match->fn, MIR_OP_EQ, mir_copy(part_place(match, test->part)),
                   lower_constant(match->fn, &test->low, test->part->type, match->span), match->span);
  MirOperand subject = mir_copy(part_place(match, test->part));
  return lower_call(match->fn, info->call, &subject, match->span);
}

// The part outlives the test; what the comparison makes does not.
static void branch_equal(Match *match, const Test *test, MirBlockId yes, MirBlockId no) {
  part_place(match, test->part);
  uint32_t mark = match->fn->cleanups.size;
  MirOperand result = lower_leave_with(match->fn, mark, equals(match, test), match->span);
  lower_branch(match->fn, result, yes, no, match->span);
}

static void branch_list(Match *match, const Test *test, MirBlockId yes, MirBlockId no) {
  LowerFn *fn = match->fn;
  Part *size = part_child(match, test->part, PART_SIZE, 0, 0, fn->lowering->program->types.basic[TYPE_INT]);
  MirOperand wanted = lower_int(fn, test->front + test->back);
  MirOp op = test->has_rest ? MIR_OP_GE : MIR_OP_EQ;
  lower_branch(fn, lower_compare(fn, op, part_scalar(match, size), wanted, match->span), yes, no, match->span);
}

// What is left where the test failed.
static Rows branch_test(Match *match, Rows rows, const Test *test) {
  LowerFn *fn = match->fn;
  MirBlockId yes = lower_block_new(fn), no = lower_block_new(fn);
  if (test->kind == TEST_RANGE) branch_range(match, test, yes, no);
  else if (test->kind == TEST_LIST) branch_list(match, test, yes, no);
  else branch_equal(match, test, yes, no);
  way(match, yes, rows_given(match, rows, test->part, &(Condition){.kind = HOLDS, .test = test}));
  lower_start(fn, no);
  return rows_given(match, rows, test->part, &(Condition){.kind = FAILS, .test = test});
}

// ── Chains ──────────────────────────────────────────────────────────────────────────────────────────────────────
// Literals that are tested one after the other. The rows are sorted by literal once: no test looks at all of them.
typedef struct Chain {
  Match *match;
  Partition partition;
  bool *is_gone;   // rows whose literal was tested
  uint32_t first;  // the first row that is left
} Chain;

enum { CHOICE_ROWS = 64 };

// Of the first row's tests the one whose part most rows test: the others learn most from it. The first rows speak for
// all where there are many.
static const Test *choose(Rows rows) {
  if (!rows.count) return NULL;
  const Row *first = rows.items[0];
  const Test *best = NULL;
  uint32_t best_count = 0;
  if (rows.count > CHOICE_ROWS) rows.count = CHOICE_ROWS;
  for (uint32_t i = 0; i < first->tests.size; i++) {
    const Test *test = &first->tests.data[i];
    uint32_t count = 0;
    for (uint32_t r = 0; r < rows.count; r++) count += row_test(rows.items[r], test->part) != NULL;
    if (count > best_count) {
      best = test;
      best_count = count;
    }
  }
  return best;
}

static bool is_chain(Rows rows, const Test *test) {
  if (!test_is_literal(test)) return false;
  for (uint32_t i = 0; i < rows.count; i++) {
    const Row *row = rows.items[i];
    uint32_t count = 0;
    for (uint32_t t = 0; t < row->tests.size; t++) {
      if (row->tests.data[t].part != test->part) continue;
      if (count++ || !test_is_literal(&row->tests.data[t])) return false;
    }
  }
  return true;
}

// At most `limit` of the rows that are left.
static Rows rows_left(Chain *chain, Row **out, uint32_t limit) {
  Rows rows = chain->partition.rows;
  while (chain->first < rows.count && chain->is_gone[chain->first]) chain->first++;
  uint32_t count = 0;
  for (uint32_t i = chain->first; i < rows.count && count < limit; i++)
    if (!chain->is_gone[i]) out[count++] = rows.items[i];
  return (Rows){out, count};
}

// One test of the chain; goes on where it failed.
static void chain_test(Chain *chain, const Test *test) {
  Match *match = chain->match;
  const Part *part = chain->partition.part;
  MirBlockId yes = lower_block_new(match->fn), no = lower_block_new(match->fn);
  branch_equal(match, test, yes, no);
  RowNumbers *own = rows_of_key(&chain->partition, test_key(test));
  way(match, yes, rows_of_way(match, &chain->partition, own, &(Condition){.kind = HOLDS, .test = test}));
  lower_start(match->fn, no);
  uint32_t left = 0;
  for (uint32_t i = 0; i < own->size; i++) {
    uint32_t number = own->data[i];
    Condition fails = {.kind = FAILS, .test = test};
    chain->is_gone[number] = !row_given(match, chain->partition.rows.items[number], part, &fails);
    if (!chain->is_gone[number]) own->data[left++] = number;
  }
  own->size = left;
}

static Rows chain_literals(Match *match, Rows rows, const Test *test) {
  const Part *part = test->part;
  Chain chain = {match, rows_partition(match, rows, part, TEST_EQUAL), arena_array(match->arena, bool, rows.count), 0};
  Row *window[CHOICE_ROWS];
  while (test && test->part == part) {
    chain_test(&chain, test);
    test = choose(rows_left(&chain, window, CHOICE_ROWS));
  }
  return rows_left(&chain, arena_array(match->arena, Row *, rows.count), rows.count);
}

// ── The tree ────────────────────────────────────────────────────────────────────────────────────────────────────
// One node. True: `rows` are left where the last test failed, and control is there.
static bool node(Match *match, Rows *rows) {
  *rows = rows_alternatives(match, *rows);
  const Test *test = choose(*rows);
  if (!rows->count) lower_unreachable(match->fn, match->span);
  if (!test) return rows->count && leaf(match, rows);
  switch (test->kind) {
    case TEST_VARIANT: switch_variant(match, *rows, test->part); return false;
    case TEST_CONSTANT: switch_value(match, *rows, test->part); return false;
    case TEST_OR: case TEST_RANGE: case TEST_EQUAL: case TEST_LIST: break;
  }
  *rows = is_chain(*rows, test) ? chain_literals(match, *rows, test) : branch_test(match, *rows, test);
  return true;
}

// A loop: there may be thousands of tests, one after the other.
static void tree(Match *match, Rows rows) {
  while (node(match, &rows)) continue;
}

// ── match ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool guards_may_write(const AstNode *node) {
  for (AST_EACH(arm, node->match.arms))
    if (arm->arm.guard && lower_may_write(arm->arm.guard)) return true;
  return false;
}

// The subject where nothing can change it until the last part is read.
static MirPlace subject_place(LowerFn *fn, AstNode *node) {
  AstNode *subject = node->match.subject;
  if (!lower_is_stored(lower_strip(subject->type))) {
    MirOperand value = lower_value(fn, subject);
    return (MirPlace){.type = value.type};
  }
  LowerPlace place = lower_place(fn, subject, false);
  bool may_change = place.stability == PLACE_SHARED || (place.stability == PLACE_VARIABLE && guards_may_write(node));
  return may_change ? lower_load(fn, place.place, subject->span).place : place.place;
}

static Match match_new(LowerFn *fn, Span span, uint32_t base) {
  return (Match){.fn = fn, .arena = fn->module->arena, .span = span, .base = base};
}

static Row *row_new(Match *match, MatchArm *arm, Part *subject, AstNode *pattern) {
  Row *row = arena_new(match->arena, Row);
  row->arm = arm;
  row_add(match, row, subject, pattern);
  return row;
}

static void lower_arm(LowerFn *fn, const MatchArm *arm, LowerJoin *join) {
  if (arm->block == MIR_NO_BLOCK) return;
  lower_start(fn, arm->block);
  uint32_t mark = fn->cleanups.size;
  for (uint32_t i = 0; i < arm->locals.size; i++) lower_declared(fn, arm->locals.data[i], arm->body->span);
  MirOperand value = lower_leave_with(fn, mark, lower_expr(fn, arm->body, join->want), arm->body->span);
  if (!lower_is_dead(fn)) lower_join_operand(fn, join, value, span_last(arm->body->span));
  fn->cleanups.size = mark;
}

MirOperand lower_match(LowerFn *fn, AstNode *node, Type *want) {
  MirPlace place = subject_place(fn, node);
  Match match = match_new(fn, node->match.subject->span, fn->cleanups.size);
  Part *subject = part_subject(&match, place, lower_strip(node->match.subject->type));
  uint32_t count = AST_LIST_COUNT(node->match.arms);
  MatchArm *arms = arena_array(match.arena, MatchArm, count);
  Rows rows = {arena_array(match.arena, Row *, count), count};
  for (uint32_t i = 0; i < count; i++) {
    AstNode *arm = node->match.arms->items[i];
    arms[i] = (MatchArm){.guard = arm->arm.guard, .body = arm->arm.body, .block = MIR_NO_BLOCK};
    rows.items[i] = row_new(&match, &arms[i], subject, arm->arm.pattern);
  }
  tree(&match, rows);
  LowerJoin join = lower_join_new(fn, want, node->span);
  fn->cleanups.size = match.base;
  for (uint32_t i = 0; i < count; i++) lower_arm(fn, &arms[i], &join);
  return lower_join_end(fn, &join, node->span);
}

// ── Patterns that cannot fail ───────────────────────────────────────────────────────────────────────────────────
static void bind_one(Match *match, const Bind *bind) {
  if (!is_stored(bind)) return;
  LowerFn *fn = match->fn;
  MirOperand value = bound_value(match, bind);
  const LowerPlace *existing = bind->declares ? NULL : lower_binding(fn, bind->local);
  if (existing) {
    lower_store(fn, existing->place, value, match->span);
    return;
  }
  lower_declare(fn, bind->local, value, match->span);
  lower_declared(fn, bind->local, match->span);
}

// Binds the pattern's names to the parts of `subject` and releases the temps registered since `mark`.
void lower_destructure(LowerFn *fn, AstNode *pattern, LowerPlace subject, Type *type, uint32_t mark) {
  Match match = match_new(fn, pattern->span, mark);
  MatchArm arm = {.block = MIR_NO_BLOCK};
  Row *row = row_new(&match, &arm, part_subject(&match, subject.place, type), pattern);
  if (!row->tests.size) {
    for (uint32_t i = 0; i < row->binds.size; i++) bind_one(&match, &row->binds.data[i]);
    lower_end_temps(fn, mark);
    return;
  }
  tree(&match, (Rows){&row, 1});  // an enum of one variant
  fn->cleanups.size = mark;
  lower_start(fn, arm.block);
  for (uint32_t i = 0; i < arm.locals.size; i++) lower_declared(fn, arm.locals.data[i], pattern->span);
}
