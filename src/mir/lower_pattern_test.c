// Tests of patterns: what each compares with, and what the outcome of one says about another of the same part.
#include <string.h>

#include "mir/lower_pattern.h"

// ── Classifying ─────────────────────────────────────────────────────────────────────────────────────────────────
static ConstValue integer_constant(uint64_t bits) { return (ConstValue){.kind = CONST_INT, .integer = (int64_t)bits}; }

// A literal, a negated literal or a constant's name.
static ConstValue constant_of(const Match *match, const AstNode *node) {
  bool is_negative = node->kind == AST_UNARY && node->unary.op == AST_OP_NEG;
  if (is_negative) {
    ConstValue value = constant_of(match, node->unary.operand);
    value.integer = (int64_t)(0 - (uint64_t)value.integer);
    value.number = -value.number;
    return value;
  }
  if (node->kind == AST_INT_LIT) {
    ConstValue value = integer_constant(node->int_lit.value);
    if (node->type && type_is_float(node->type))
      value = (ConstValue){.kind = CONST_FLOAT, .number = (double)node->int_lit.value};
    return value;
  }
  if (node->kind == AST_CHAR_LIT) return integer_constant(node->char_lit.value);
  if (node->kind == AST_BOOL_LIT) return integer_constant(node->bool_lit.value);
  if (node->kind == AST_FLOAT_LIT) return (ConstValue){.kind = CONST_FLOAT, .number = node->float_lit.value};
  if (node->info && node->info->kind == INFO_GLOBAL) return node->info->global->constant;
  if (node->info && node->info->kind == INFO_EQUAL) return *node->info->constant;
  lower_unexpected(match->fn->lowering, node->span, "pattern bound that is not constant");
}

static bool is_discrete(const Type *type) {
  return type_is_integer(type) || type->kind == TYPE_CHAR || type->kind == TYPE_BOOL || type->kind == TYPE_SYMBOL;
}

static Type *scalar_type(const Match *match, Type *type) {
  while (type->kind == TYPE_NEWTYPE) type = sema_fields(match->fn->lowering->program, type)->items[0].type;
  return type;
}

static void classify_value(Match *match, Test *test) {
  const AstNode *pattern = test->pattern;
  if (pattern->info->kind == INFO_VARIANT) {
    test->kind = TEST_VARIANT;
    test->variant = pattern->info->index;
    return;
  }
  test->kind = TEST_EQUAL;
  test->low = *pattern->info->constant;
  if (test->low.kind == CONST_NONE && is_discrete(scalar_type(match, test->part->type)))
    test->low = constant_of(match, pattern->pat_value.value);
  if (test->low.kind == CONST_SYMBOL)
    test->low = integer_constant(lower_symbol_number(match->fn->lowering, test->low.text));
  if (test->low.kind != CONST_NONE && is_discrete(scalar_type(match, test->part->type))) test->kind = TEST_CONSTANT;
}

static void classify_range(Match *match, Test *test) {
  const AstNode *pattern = test->pattern;
  test->kind = TEST_RANGE;
  test->has_low = pattern->pat_range.start;
  test->has_high = pattern->pat_range.end;
  if (test->has_low) test->low = constant_of(match, pattern->pat_range.start);
  if (test->has_high) test->high = constant_of(match, pattern->pat_range.end);
  test->is_exclusive = !pattern->pat_range.is_inclusive;
}

static void classify_list(Test *test) {
  test->kind = TEST_LIST;
  for (AST_EACH(item, test->pattern->pat_list.patterns)) {
    if (item->kind == AST_PAT_REST) test->has_rest = true;
    else if (test->has_rest) test->back++;
    else test->front++;
  }
  test->part->list = test->pattern->info->list;
}

// A pattern of one member of a union; `x: A | B` is one of several.
static void classify_member(Match *match, Test *test) {
  const AstNode *pattern = test->pattern;
  const Type *member = pattern->kind == AST_PAT_TYPE ? pattern->pat_type.type->type : pattern->type;
  test->kind = member->kind == TYPE_UNION ? TEST_OR : TEST_VARIANT;
  if (test->kind == TEST_VARIANT)
    test->variant = lower_member(match->fn->lowering, test->part->type, member, pattern->span);
}

// Did it match? With groups that is an Option of them.
static void classify_regex(Test *test) {
  bool has_groups = test->part->type->kind == TYPE_ENUM;
  test->kind = has_groups ? TEST_VARIANT : TEST_CONSTANT;
  if (has_groups) test->variant = test->pattern->info->index;
  else test->low = integer_constant(true);
}

void test_classify(Match *match, Test *test) {
  AstKind kind = test->pattern->kind;
  if (kind == AST_PAT_OR) {
    test->kind = TEST_OR;
  } else if (test->part->type->kind == TYPE_UNION) {
    classify_member(match, test);
  } else if (kind == AST_PAT_RANGE) {
    classify_range(match, test);
  } else if (kind == AST_PAT_LIST) {
    classify_list(test);
  } else if (kind == AST_PAT_VALUE) {
    classify_value(match, test);
  } else if (kind == AST_PAT_REGEX) {
    classify_regex(test);
  } else {
    test->kind = TEST_VARIANT;
    test->variant = test->pattern->info->index;
  }
}

// ── Comparing ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_below(const Type *type, int64_t a, int64_t b) {
  return type->kind == TYPE_U64 ? (uint64_t)a < (uint64_t)b : a < b;
}

bool test_contains(const Test *range, int64_t value) {
  const Type *type = range->part->type;
  if (range->has_low && is_below(type, value, range->low.integer)) return false;
  if (!range->has_high) return true;
  return is_below(type, value, range->high.integer) || (!range->is_exclusive && value == range->high.integer);
}

static bool same_constant(const ConstValue *a, const ConstValue *b) {
  if (a->kind != b->kind) return false;
  switch (a->kind) {
    case CONST_NONE: return false;
    case CONST_INT: case CONST_BOOL: case CONST_CHAR: return a->integer == b->integer;
    case CONST_FLOAT: return a->number == b->number;
    case CONST_STRING: case CONST_SYMBOL: return a->text == b->text;
  }
  return false;
}

static bool same_bound(bool has_a, const ConstValue *a, bool has_b, const ConstValue *b) {
  return has_a == has_b && (!has_a || same_constant(a, b));
}

static bool same_test(const Test *a, const Test *b) {
  if (a->kind != b->kind) return false;
  if (a->pattern == b->pattern) return true;
  if (a->kind == TEST_RANGE)
    return same_bound(a->has_low, &a->low, b->has_low, &b->low) && a->is_exclusive == b->is_exclusive &&
           same_bound(a->has_high, &a->high, b->has_high, &b->high);
  if (a->kind == TEST_LIST) return a->front == b->front && a->back == b->back && a->has_rest == b->has_rest;
  if (a->pattern->kind != AST_PAT_VALUE || b->pattern->kind != AST_PAT_VALUE) return false;
  return same_constant(&a->low, &b->low) || ast_equal(a->pattern, b->pattern);
}

static uint32_t least_size(const Test *list) { return list->front + list->back; }

// `known` is a list test that held or failed.
static Verdict list_verdict(const Test *test, const Test *known, bool holds) {
  uint32_t size = least_size(known), wanted = least_size(test);
  if (holds && !known->has_rest) {
    bool fits = test->has_rest ? wanted <= size : wanted == size;
    return fits ? VERDICT_MATCHED : VERDICT_DROP;
  }
  if (holds) {
    if (!test->has_rest) return wanted < size ? VERDICT_DROP : VERDICT_KEEP;
    return wanted <= size ? VERDICT_MATCHED : VERDICT_KEEP;
  }
  if (!known->has_rest) return !test->has_rest && wanted == size ? VERDICT_DROP : VERDICT_KEEP;
  return wanted >= size ? VERDICT_DROP : VERDICT_KEEP;
}

bool test_is_literal(const Test *test) { return test->kind == TEST_EQUAL && test->low.kind != CONST_NONE; }

uint64_t test_key(const Test *test) {
  if (test->kind == TEST_VARIANT) return test->variant;
  switch (test->low.kind) {
    case CONST_INT: case CONST_BOOL: case CONST_CHAR: return (uint64_t)test->low.integer;
    case CONST_STRING: case CONST_SYMBOL: return test->low.text;
    case CONST_FLOAT: {
      double number = test->low.number + 0.0;  // -0.0 equals 0.0
      uint64_t bits;
      memcpy(&bits, &number, sizeof bits);
      return bits;
    }
    case CONST_NONE: break;
  }
  return 0;
}

static Verdict outcome_verdict(const Test *test, const Test *known, bool holds) {
  if (test->kind == TEST_LIST && known->kind == TEST_LIST) return list_verdict(test, known, holds);
  if (same_test(test, known)) return holds ? VERDICT_MATCHED : VERDICT_DROP;
  if (known->kind == TEST_RANGE && test->kind == TEST_CONSTANT)
    return test_contains(known, test->low.integer) == holds ? VERDICT_KEEP : VERDICT_DROP;
  return holds && test_is_literal(test) && test_is_literal(known) ? VERDICT_DROP : VERDICT_KEEP;
}

static Verdict value_verdict(const Test *test, int64_t value) {
  if (test->kind == TEST_CONSTANT) return test->low.integer == value ? VERDICT_MATCHED : VERDICT_DROP;
  if (test->kind == TEST_RANGE) return test_contains(test, value) ? VERDICT_MATCHED : VERDICT_DROP;
  return VERDICT_KEEP;
}

Verdict test_verdict(const Test *test, const Condition *condition) {
  switch (condition->kind) {
    case IS_VARIANT:
      return test->kind != TEST_VARIANT ? VERDICT_KEEP
             : test->variant == condition->variant ? VERDICT_MATCHED : VERDICT_DROP;
    case IS_NO_VARIANT: return test->kind == TEST_VARIANT ? VERDICT_DROP : VERDICT_KEEP;
    case IS_VALUE: return value_verdict(test, condition->value);
    case IS_OTHER_VALUE: return test->kind == TEST_CONSTANT ? VERDICT_DROP : VERDICT_KEEP;
    case HOLDS: return outcome_verdict(test, condition->test, true);
    case FAILS: return outcome_verdict(test, condition->test, false);
  }
  return VERDICT_KEEP;
}
