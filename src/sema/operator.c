// Operators: primitive on numbers, Bool, Char and pointers; methods (op_add, op_eq, op_lt …) on everything else.
#include "sema/method.h"

static Type *error_of(Checker *checker) { return basic(checker, TYPE_ERROR); }

static bool is_literal(const AstNode *node) {
  if (node->kind == AST_UNARY && node->unary.op == AST_OP_NEG) node = node->unary.operand;
  return (node->kind == AST_INT_LIT && !node->int_lit.suffix) ||
         (node->kind == AST_FLOAT_LIT && !node->float_lit.suffix);
}

static bool is_comparison(AstOp op) { return op >= AST_OP_EQ && op <= AST_OP_GE; }

static Type *value_head(Type *type) {
  type = resolve_head(type);
  return type->kind == TYPE_BORROW ? resolve_head(type->borrow.inner) : type;
}

// ── Primitive operations ────────────────────────────────────────────────────────────────────────────────────────
// The type both operands are widened to; NULL: they are not two numbers of which one holds the other.
static Type *common_number(Type *left, Type *right) {
  if (left == right && type_is_number(left)) return left;
  if (type_widens(left, right)) return right;
  return type_widens(right, left) ? left : NULL;
}

static bool has_equality(const Type *type) {
  switch ((int)type->kind) {
    case TYPE_BOOL: case TYPE_CHAR: case TYPE_SYMBOL: case TYPE_PTR: return true;
    default: return false;
  }
}

// The operand type of a primitive operation; NULL: the operator is not primitive on these types.
static Type *primitive_type(AstOp op, Type *left, Type *right) {
  Type *number = common_number(left, right);
  switch (op) {
    case AST_OP_ADD: case AST_OP_SUB: case AST_OP_MUL: case AST_OP_DIV: case AST_OP_MOD: return number;
    case AST_OP_WRAP_ADD: case AST_OP_WRAP_SUB: case AST_OP_WRAP_MUL:
      return number && type_is_integer(number) ? number : NULL;
    case AST_OP_BIT_AND: case AST_OP_BIT_OR: case AST_OP_BIT_XOR:
      if (left == right && left->kind == TYPE_BOOL) return left;
      return number && type_is_integer(number) ? number : NULL;
    case AST_OP_SHL: case AST_OP_SHR: return type_is_integer(left) ? left : NULL;
    case AST_OP_EQ: case AST_OP_NE: return number ? number : left == right && has_equality(left) ? left : NULL;
    case AST_OP_LT: case AST_OP_LE: case AST_OP_GT: case AST_OP_GE:
      if (number) return number;
      return left == right && (left->kind == TYPE_CHAR || left->kind == TYPE_BOOL || left->kind == TYPE_PTR) ? left
                                                                                                             : NULL;
    case AST_OP_NONE: case AST_OP_POW: case AST_OP_AND: case AST_OP_OR: case AST_OP_MATCH: case AST_OP_NEG:
    case AST_OP_NOT: case AST_OP_BIT_NOT: case AST_OP_BORROW: case AST_OP_BORROW_MUT: case AST_OP_COUNT: break;
  }
  return NULL;
}

// ── Methods ─────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Comparison {
  Name method;
  bool is_negated, is_swapped;
} Comparison;

// Every comparison by op_eq or op_lt: a > b is b < a, a <= b is not (b < a).
static Comparison comparison_of(AstOp op) {
  switch ((int)op) {
    case AST_OP_NE: return (Comparison){NAME_op_eq, true, false};
    case AST_OP_LT: return (Comparison){NAME_op_lt, false, false};
    case AST_OP_LE: return (Comparison){NAME_op_lt, true, true};
    case AST_OP_GT: return (Comparison){NAME_op_lt, false, true};
    case AST_OP_GE: return (Comparison){NAME_op_lt, true, false};
    default: return (Comparison){NAME_op_eq, false, false};
  }
}

// Some(1) + 1: arithmetic is with what is inside.
static bool has_value_inside(const Type *type) {
  return type->kind == TYPE_ENUM &&
         (type->nominal.decl->name == NAME_Option || type->nominal.decl->name == NAME_Result);
}

static Type *undefined_operator(Checker *checker, AstNode *node, AstOp op, Type *left, Type *right) {
  if (left->kind == TYPE_ERROR || right->kind == TYPE_ERROR) return error_of(checker);
  Context *context = checker->context;
  const char *left_text = type_text(context, resolve(checker, left));
  const char *right_text = type_text(context, resolve(checker, right));
  Diag *diag = diag_report(context->diags, QZ0115, node->span, "%s is not defined for %s and %s", ast_op_text(op),
                           left_text, right_text);
  bool is_equality = op == AST_OP_EQ || op == AST_OP_NE;
  const Type *member = is_equality && left == right ? union_obstacle(checker, left, NAME_op_eq) : NULL;
  if (member)
    diag_help(context->diags, diag, "members of a union are compared: define op_eq on %s", type_text(context, member));
  else if (type_is_number(left) && type_is_number(right))
    diag_help(context->diags, diag, "convert one side with `as`: neither type holds every value of the other");
  else if (op == AST_OP_ADD && (left->kind == TYPE_STRING || right->kind == TYPE_STRING))
    diag_help(context->diags, diag, "a string takes in other values by interpolation: `\"#{value}\"`");
  else if (has_value_inside(left) || has_value_inside(right))
    diag_help(context->diags, diag,
              "take the value out first: `!` panics when there is none, `unwrap_or` or `match` do not");
  else if (op == AST_OP_MATCH)
    diag_help(context->diags, diag, "on the left stands a String, on the right a Regex, such as `~r\"…\"`");
  else if (ast_op_method(op))
    diag_help(context->diags, diag, "define %s on %s", name_text(context->names, ast_op_method(op)), left_text);
  return error_of(checker);
}

static Type *by_method(Checker *checker, AstNode *node, AstOp op, AstNode **operands, Type **types) {
  Comparison comparison = comparison_of(op);
  Name method = is_comparison(op) ? comparison.method : ast_op_method(op);
  Type *result;
  uint32_t first = comparison.is_swapped && is_comparison(op);
  AstNode *args[] = {operands[first], operands[!first]};
  Type *arg_types[] = {types[first], types[!first]};
  CallInfo *call = method ? call_operator(checker, node, method, args, arg_types, 2, &result) : NULL;
  if (!call) return undefined_operator(checker, node, op, types[0], types[1]);
  if (is_comparison(op)) {
    call->is_negated = comparison.is_negated;
    call->is_swapped = comparison.is_swapped;
    unify(checker, result, basic(checker, TYPE_BOOL));
  }
  info_new(checker, node, INFO_CALL)->call = call;
  return resolve(checker, result);
}

// ── Binary ──────────────────────────────────────────────────────────────────────────────────────────────────────
static Type *check_logic(Checker *checker, AstNode *node) {
  Type *type = basic(checker, TYPE_BOOL);
  check_value(checker, node->binary.left, type);
  check_value(checker, node->binary.right, type);
  info_new(checker, node, INFO_OPERATOR)->operand_type = type;
  return type;
}

static Type *number_hint(Type *expected) {
  Type *head = expected ? value_head(expected) : NULL;
  return head && type_is_number(head) ? head : NULL;
}

// A literal takes the type of the other side, so that is checked first.
static void check_operands(Checker *checker, AstNode *node, Type *hint, Type **types) {
  AstNode *left = node->binary.left, *right = node->binary.right;
  if (node->binary.op == AST_OP_SHL || node->binary.op == AST_OP_SHR || node->binary.op == AST_OP_POW) {
    types[0] = value_head(check_expr(checker, left, hint));
    types[1] = value_head(
        check_expr(checker, right,
                   node->binary.op == AST_OP_POW && type_is_float(types[0]) ? types[0] : basic(checker, TYPE_INT)));
  } else if (is_literal(left) && !is_literal(right)) {
    types[1] = value_head(check_expr(checker, right, hint));
    types[0] = value_head(check_expr(checker, left, types[1]));
  } else {
    types[0] = value_head(check_expr(checker, left, hint));
    types[1] = value_head(check_expr(checker, right, types[0]));
  }
  types[0] = value_head(types[0]);
}

// The operation on operand types that are known; sets node->info.
static Type *operation(Checker *checker, AstNode *node, AstOp op, AstNode **operands, Type **types) {
  if (types[0]->kind == TYPE_VAR || types[1]->kind == TYPE_VAR) {
    unify(checker, types[0], types[1]);
    types[0] = value_head(types[0]);
    types[1] = value_head(types[1]);
  }
  if (types[0]->kind == TYPE_VAR) {
    Diag *diag = diag_report(checker->context->diags, QZ0109, node->span,
                             "the types of these operands are not known here");
    help_annotate(checker, diag, node->binary.left);
    return error_of(checker);
  }
  Type *type = primitive_type(op, types[0], types[1]);
  if (!type) return by_method(checker, node, op, operands, types);
  if ((op == AST_OP_SHL || op == AST_OP_SHR) && operands[1])
    coerce(checker, operands[1], types[1], basic(checker, TYPE_INT));
  info_new(checker, node, INFO_OPERATOR)->operand_type = type;
  return is_comparison(op) ? basic(checker, TYPE_BOOL) : type;
}

static Type *check_regex_match(Checker *checker, AstNode *node) {
  Type *left = value_head(check_expr(checker, node->binary.left, basic(checker, TYPE_STRING)));
  Type *right = value_head(check_expr(checker, node->binary.right, regex_type(checker)));
  bool fits = unify(checker, left, basic(checker, TYPE_STRING)) && unify(checker, right, regex_type(checker));
  if (!fits) return undefined_operator(checker, node, AST_OP_MATCH, left, right);
  regex_match(checker, node);
  return basic(checker, TYPE_BOOL);
}

Type *check_binary(Checker *checker, AstNode *node, Type *expected) {
  AstOp op = node->binary.op;
  if (op == AST_OP_AND || op == AST_OP_OR) return check_logic(checker, node);
  if (op == AST_OP_MATCH) return check_regex_match(checker, node);
  Type *types[2];
  check_operands(checker, node, is_comparison(op) ? NULL : number_hint(expected), types);
  AstNode *operands[] = {node->binary.left, node->binary.right};
  return operation(checker, node, op, operands, types);
}

// `place op= value`: what the operator does, into info: an operand type or a call on (NULL, value).
Type *compound_operation(Checker *checker, AstNode *node, Type *place, Type *value, AssignInfo *info) {
  SemaInfo *own = node->info;
  AstNode *operands[] = {NULL, node->assign.value};
  Type *types[] = {value_head(place), value_head(value)};
  Type *result = operation(checker, node, node->assign.op, operands, types);
  SemaInfo *found = node->info;
  node->info = own;
  if (found && found != own && found->kind == INFO_OPERATOR) info->operand_type = found->operand_type;
  else if (found && found != own && found->kind == INFO_CALL) info->operation = found->call;
  return result;
}

// ── Unary ───────────────────────────────────────────────────────────────────────────────────────────────────────
static Type *check_negation(Checker *checker, AstNode *node, Type *expected) {
  AstNode *operand = node->unary.operand;
  Type *type = operand->kind == AST_INT_LIT
                   ? set_type(checker, operand, check_int_literal(checker, operand, expected, true))
                   : value_head(check_expr(checker, operand, number_hint(expected)));
  if (type_is_signed(type)) {
    info_new(checker, node, INFO_OPERATOR)->operand_type = type;
    return type;
  }
  if (type_is_number(type) && operand->kind == AST_INT_LIT && type_is_integer(type)) {
    diag_report(checker->context->diags, QZ0008, node->span, "-%llu does not fit %s",
                (unsigned long long)operand->int_lit.value, type_text(checker->context, type));
    return type;
  }
  if (type_is_number(type)) {
    diag_report(checker->context->diags, QZ0115, node->span, "%s has no negative values",
                type_text(checker->context, type));
    return error_of(checker);
  }
  AstNode *args[] = {operand};
  Type *result;
  CallInfo *call = call_operator(checker, node, NAME_op_neg, args, &type, 1, &result);
  if (!call) return undefined_operator(checker, node, AST_OP_NEG, type, type);
  info_new(checker, node, INFO_CALL)->call = call;
  return result;
}

static Type *check_bit_not(Checker *checker, AstNode *node, Type *expected) {
  Type *type = value_head(check_expr(checker, node->unary.operand, number_hint(expected)));
  if (!type_is_integer(type)) {
    AstNode *args[] = {node->unary.operand};
    Type *result;
    CallInfo *call = call_operator(checker, node, NAME_op_bit_not, args, &type, 1, &result);
    if (!call) return undefined_operator(checker, node, AST_OP_BIT_NOT, type, type);
    info_new(checker, node, INFO_CALL)->call = call;
    return result;
  }
  info_new(checker, node, INFO_OPERATOR)->operand_type = type;
  return type;
}

static Type *check_borrow(Checker *checker, AstNode *node, Type *expected) {
  bool is_mutable = node->unary.op == AST_OP_BORROW_MUT;
  Type *want = expected ? resolve_head(expected) : NULL;
  Type *hint = want && want->kind == TYPE_BORROW ? want->borrow.inner : NULL;
  Type *type = value_head(check_expr(checker, node->unary.operand, hint));
  if (is_mutable) require_mutable(checker, node->unary.operand, "this cannot be borrowed to be changed:");
  return type_borrow(checker->types, type, is_mutable);
}

Type *check_unary(Checker *checker, AstNode *node, Type *expected) {
  switch ((int)node->unary.op) {
    case AST_OP_NEG: return check_negation(checker, node, expected);
    case AST_OP_NOT:
      check_value(checker, node->unary.operand, basic(checker, TYPE_BOOL));
      info_new(checker, node, INFO_OPERATOR)->operand_type = basic(checker, TYPE_BOOL);
      return basic(checker, TYPE_BOOL);
    case AST_OP_BIT_NOT: return check_bit_not(checker, node, expected);
    case AST_OP_BORROW: case AST_OP_BORROW_MUT: return check_borrow(checker, node, expected);
    default: return error_of(checker);
  }
}
