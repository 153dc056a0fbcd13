// Narrow comparison (QZ7301): a value widened from 8, 16 or 32 bits against a wider one that may lie outside of the
// narrow type. A counter that wraps at 65,535 never again equals one that does not. What a value may be is found out
// from how it is computed: constants, masks, remainders, shifts, conversions, and names that are bound once.
#include <string.h>

#include "sema/analysis.h"

typedef __int128 Wide;

// Every value from low to high may occur.
typedef struct Bounds {
  Wide low, high;
} Bounds;

typedef struct Narrow {
  Checker *checker;
  Map values;  // Local* → the expression it is bound to; for a loop over a range, the RANGE
} Narrow;

enum { DEEPEST = 64 };  // names bound to names: what is further away may be anything

static Bounds bounds_of(const Narrow *narrow, AstNode *node, int depth);

// ── Bounds ──────────────────────────────────────────────────────────────────────────────────────────────────────
static Bounds type_bounds(const Type *type) {
  type = type_without_borrow((Type *)type);
  if (type->kind == TYPE_BOOL) return (Bounds){0, 1};
  if (type->kind == TYPE_CHAR) return (Bounds){0, 0x10FFFF};
  uint32_t bits = type_is_integer(type) ? type_bits(type) : 64;
  if (type_is_integer(type) && !type_is_signed(type)) return (Bounds){0, ((Wide)1 << bits) - 1};
  return (Bounds){-((Wide)1 << (bits - 1)), ((Wide)1 << (bits - 1)) - 1};
}

static bool contains(Bounds outer, Bounds inner) { return outer.low <= inner.low && inner.high <= outer.high; }

// The result of arithmetic that panics where it does not fit.
static Bounds clamped(Bounds value, Bounds type) {
  Bounds result = {value.low > type.low ? value.low : type.low, value.high < type.high ? value.high : type.high};
  return result.low <= result.high ? result : type;
}

static Bounds both(Bounds a, Bounds b) {
  return (Bounds){a.low < b.low ? a.low : b.low, a.high > b.high ? a.high : b.high};
}

static Bounds corners(Wide a, Wide b, Wide c, Wide d) {
  return both(both((Bounds){a, a}, (Bounds){b, b}), both((Bounds){c, c}, (Bounds){d, d}));
}

static Bounds product(Bounds a, Bounds b, Bounds type) {
  Bounds small = type_bounds(&(Type){.kind = TYPE_I32});
  if (!contains(small, a) && !contains(small, b)) return type;  // keeps the products within a Wide
  return corners(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high);
}

static Bounds quotient(Bounds a, Bounds b, Bounds type) {
  return b.low > 0 ? corners(a.low / b.low, a.low / b.high, a.high / b.low, a.high / b.high) : type;
}

// The sign is the dividend's, the size below the divisor's.
static Bounds remainder_of(Bounds a, Bounds b) {
  Wide size = b.high > -b.low ? b.high : -b.low;
  Wide most = size > 0 ? size - 1 : 0;
  Bounds result = {a.low < 0 ? -most : 0, a.high > 0 ? most : 0};
  if (a.low > result.low) result.low = a.low < 0 ? a.low : 0;
  if (a.high < result.high) result.high = a.high > 0 ? a.high : 0;
  return result;
}

static Bounds masked(Bounds a, Bounds b, Bounds type) {
  if (a.low < 0 && b.low < 0) return type;
  if (a.low < 0) return (Bounds){0, b.high};
  if (b.low < 0) return (Bounds){0, a.high};
  return (Bounds){0, a.high < b.high ? a.high : b.high};
}

// All bits that either may have.
static Bounds merged(Bounds a, Bounds b, Bounds type) {
  if (a.low < 0 || b.low < 0) return type;
  Wide most = a.high > b.high ? a.high : b.high, ones = 0;
  while (ones < most) ones = ones * 2 + 1;
  return (Bounds){0, ones};
}

static Bounds shifted_right(Bounds a, Bounds count, Bounds type) {
  if (count.low < 0 || count.high > 63) return type;
  return corners(a.low >> count.low, a.low >> count.high, a.high >> count.low, a.high >> count.high);
}

static Bounds shifted_left(Bounds a, Bounds count, Bounds type) {
  if (count.low < 0 || count.high > 62) return type;
  Bounds result = corners(a.low << count.low, a.low << count.high, a.high << count.low, a.high << count.high);
  return contains(type, result) ? result : type;  // bits beyond the type are dropped
}

// ── Expressions ─────────────────────────────────────────────────────────────────────────────────────────────────
static Bounds binary_bounds(const Narrow *narrow, AstNode *node, int depth) {
  Bounds type = type_bounds(node->type);
  if (!node->info || node->info->kind != INFO_OPERATOR || !type_is_integer(node->info->operand_type)) return type;
  Bounds a = bounds_of(narrow, node->binary.left, depth), b = bounds_of(narrow, node->binary.right, depth);
  Bounds sum = {a.low + b.low, a.high + b.high}, difference = {a.low - b.high, a.high - b.low};
  switch (node->binary.op) {
    case AST_OP_ADD: return clamped(sum, type);
    case AST_OP_SUB: return clamped(difference, type);
    case AST_OP_MUL: return clamped(product(a, b, type), type);
    case AST_OP_DIV: return clamped(quotient(a, b, type), type);
    case AST_OP_MOD: return clamped(remainder_of(a, b), type);
    case AST_OP_WRAP_ADD: return contains(type, sum) ? sum : type;
    case AST_OP_WRAP_SUB: return contains(type, difference) ? difference : type;
    case AST_OP_WRAP_MUL: return contains(type, product(a, b, type)) ? product(a, b, type) : type;
    case AST_OP_BIT_AND: return masked(a, b, type);
    case AST_OP_BIT_OR:
    case AST_OP_BIT_XOR: return merged(a, b, type);
    case AST_OP_SHL: return shifted_left(a, b, type);
    case AST_OP_SHR: return shifted_right(a, b, type);
    case AST_OP_NONE:
    case AST_OP_POW:
    case AST_OP_EQ:
    case AST_OP_NE:
    case AST_OP_LT:
    case AST_OP_LE:
    case AST_OP_GT:
    case AST_OP_GE:
    case AST_OP_AND:
    case AST_OP_OR:
    case AST_OP_MATCH:
    case AST_OP_NEG:
    case AST_OP_NOT:
    case AST_OP_BIT_NOT:
    case AST_OP_BORROW:
    case AST_OP_BORROW_MUT:
    case AST_OP_COUNT: break;
  }
  return type;
}

static Bounds unary_bounds(const Narrow *narrow, AstNode *node, int depth) {
  Bounds type = type_bounds(node->type);
  if (node->unary.op == AST_OP_BORROW) return bounds_of(narrow, node->unary.operand, depth);
  if (node->unary.op != AST_OP_NEG || !type_is_integer(node->type)) return type;
  Bounds operand = bounds_of(narrow, node->unary.operand, depth);
  return clamped((Bounds){-operand.high, -operand.low}, type);
}

static Bounds cast_bounds(const Narrow *narrow, AstNode *node, int depth) {
  const Type *from = type_without_borrow(node->cast.operand->type);
  Bounds to = type_bounds(node->type);
  if (!type_is_integer(from) && from->kind != TYPE_CHAR && from->kind != TYPE_BOOL) return to;
  Bounds value = bounds_of(narrow, node->cast.operand, depth);
  return contains(to, value) ? value : to;
}

static Bounds range_bounds(const Narrow *narrow, const AstNode *range, int depth) {
  Bounds type = type_bounds(&(Type){.kind = TYPE_INT});
  Bounds start = range->range.start ? bounds_of(narrow, range->range.start, depth) : type;
  Bounds end = range->range.end ? bounds_of(narrow, range->range.end, depth) : type;
  return clamped((Bounds){start.low, range->range.is_inclusive ? end.high : end.high - 1}, type);
}

static Bounds name_bounds(const Narrow *narrow, const AstNode *node, int depth) {
  const SemaInfo *info = node->info;
  Bounds type = type_bounds(node->type);
  if (info && info->kind == INFO_GLOBAL && info->global->constant.kind == CONST_INT &&
      type_is_integer(info->global->type)) {
    int64_t value = info->global->constant.integer;
    Wide wide = type_is_signed(info->global->type) ? (Wide)value : (Wide)(uint64_t)value;
    return (Bounds){wide, wide};
  }
  const Local *local = info && info->kind == INFO_LOCAL ? info->local : NULL;
  AstNode *value = local && !local->is_assigned ? map_get(&narrow->values, map_key(local)) : NULL;
  if (!value || depth >= DEEPEST) return type;
  return clamped(value->kind == AST_RANGE ? range_bounds(narrow, value, depth) : bounds_of(narrow, value, depth), type);
}

static Bounds compute_bounds(const Narrow *narrow, AstNode *node, int depth) {
  switch ((int)node->kind) {
    case AST_INT_LIT: return (Bounds){node->int_lit.value, node->int_lit.value};
    case AST_CHAR_LIT: return (Bounds){node->char_lit.value, node->char_lit.value};
    case AST_IDENT:
    case AST_PATH:
    case AST_FIELD: return name_bounds(narrow, node, depth);
    case AST_UNARY: return unary_bounds(narrow, node, depth);
    case AST_BINARY: return binary_bounds(narrow, node, depth);
    case AST_CAST: return cast_bounds(narrow, node, depth);
    case AST_IF:
      if (!node->if_.else_body) break;
      return both(bounds_of(narrow, node->if_.then_body, depth), bounds_of(narrow, node->if_.else_body, depth));
    case AST_BLOCK: {
      uint32_t count = AST_LIST_COUNT(node->block.stmts);
      if (count) return bounds_of(narrow, node->block.stmts->items[count - 1], depth);
      break;
    }
    default: break;
  }
  return type_bounds(node->type);
}

static Bounds bounds_of(const Narrow *narrow, AstNode *node, int depth) {
  Type *type = type_without_borrow(node->type);
  bool is_number = type_is_integer(type) || type->kind == TYPE_CHAR || type->kind == TYPE_BOOL;
  return is_number && depth < DEEPEST ? compute_bounds(narrow, node, depth + 1) : type_bounds(type);
}

// ── Comparisons ─────────────────────────────────────────────────────────────────────────────────────────────────
static Span operator_span(const Context *context, const AstNode *node) {
  const AstNode *left = node->binary.left, *right = node->binary.right;
  if (left->expansion != right->expansion || left->span.end > right->span.start) return node->span;
  Span gap = {left->span.end, right->span.start};
  const char *text = source_text(context->sources, gap), *op = ast_op_text(node->binary.op);
  const char *found = memmem(text, gap.end - gap.start, op, strlen(op));
  if (!found) return node->span;
  uint32_t start = gap.start + (uint32_t)(found - text);
  return (Span){start, start + (uint32_t)strlen(op)};
}

static void report_narrow(const Narrow *narrow, const AstNode *node, const Type *small, const Type *wide) {
  const Checker *checker = narrow->checker;
  DiagList *diags = checker->context->diags;
  const char *name = type_text(checker->context, small);
  Diag *diag =
      diag_report(diags, QZ7301, operator_span(checker->context, node),
                  "%s is compared with %s, which may be outside of its range", name, type_text(checker->context, wide));
  diag_help(diags, diag, "compare with `(… as %s)`, or mask the wider value before", name);
  if (checker->sema->options->freestanding && diag->severity != DIAG_ERROR) {
    diag->severity = DIAG_ERROR;
    diags->error_count++;
  }
}

// Of an unsigned type only the upper end counts: what wraps, wraps there.
static bool exceeds(Bounds value, const Type *narrow) {
  Bounds type = type_bounds(narrow);
  return value.high > type.high || (type_is_signed(narrow) && value.low < type.low);
}

// A limit that is written as a constant is no counter that wraps.
static bool is_constant(const AstNode *node) {
  return node->kind == AST_INT_LIT || (node->info && node->info->kind == INFO_GLOBAL && node->info->global->is_const);
}

static void check_side(const Narrow *narrow, const AstNode *node, AstNode *side, AstNode *other) {
  const Type *small = type_without_borrow(side->type), *wide = type_without_borrow(other->type);
  if (!type_is_integer(small) || !type_is_integer(wide) || type_bits(small) >= type_bits(wide)) return;
  if (is_constant(side)) return;
  if (exceeds(bounds_of(narrow, other, 0), small)) report_narrow(narrow, node, small, wide);
}

static void remember(const Narrow *narrow, Map *values, const AstNode *pattern, AstNode *value) {
  const SemaInfo *info = pattern->info;
  bool is_name = pattern->kind == AST_IDENT || (pattern->kind == AST_PAT_BIND && !pattern->pat_bind.pattern);
  if (is_name && info && info->kind == INFO_LOCAL && info->declares && info->local)
    map_put(narrow->checker->arena, values, map_key(info->local), value);
}

static void visit(AstNode *node, void *data) {
  Narrow *narrow = data;
  switch ((int)node->kind) {
    case AST_ASSIGN:
      if (!node->assign.op) remember(narrow, &narrow->values, node->assign.target, node->assign.value);
      break;
    case AST_BINDING: remember(narrow, &narrow->values, node->binding.pattern, node->binding.value); break;
    case AST_FOR:
      if (node->for_.iterable->kind == AST_RANGE)
        remember(narrow, &narrow->values, node->for_.pattern, node->for_.iterable);
      break;
    case AST_BINARY:
      if (node->binary.op < AST_OP_EQ || node->binary.op > AST_OP_GE || !node->info ||
          node->info->kind != INFO_OPERATOR)
        break;
      check_side(narrow, node, node->binary.left, node->binary.right);
      check_side(narrow, node, node->binary.right, node->binary.left);
      break;
    default: break;
  }
  ast_children(node, visit, data);
}

void lint_narrow(Checker *checker, AstNode *body) { visit(body, &(Narrow){.checker = checker}); }
