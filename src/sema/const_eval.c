// Constant evaluation: a typed (or not yet typed) expression to a number, bool, character or string. Arithmetic is done
// in 128 bits and then held against the type, so that an overflow is seen and not computed with.
#include "sema/const_eval.h"

#include <math.h>
#include <string.h>

typedef __int128 Wide;
typedef unsigned __int128 WideBits;

typedef struct Evaluator {
  Context *context;
  ConstLookup *lookup;  // NULL: nodes are typed
  void *data;
} Evaluator;

typedef bool EvaluateKind(const Evaluator *eval, AstNode *node, ConstValue *out);

static bool evaluate(const Evaluator *eval, AstNode *node, ConstValue *out);

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
// NULL stands for a type that is not known: an Int, as the default of literals.
static const Type *type_of(const AstNode *node) {
  const Type *type = node->type;
  while (type && type->kind == TYPE_VAR) type = type->var.binding;
  return type;
}

static uint32_t width(const Type *type) { return type && type_is_integer(type) ? type_bits(type) : 64; }
static bool has_sign(const Type *type) { return !type || !type_is_integer(type) || type_is_signed(type); }

static bool fits(const Type *type, Wide value) {
  Wide span = (Wide)1 << width(type);
  return has_sign(type) ? value >= -span / 2 && value < span / 2 : value >= 0 && value < span;
}

// The value modulo 2^n, in the range of the type.
static Wide wrapped(const Type *type, Wide value) {
  Wide span = (Wide)1 << width(type), low = value & (span - 1);
  return has_sign(type) && low >= span / 2 ? low - span : low;
}

static Wide wide(const ConstValue *value, const Type *type) {
  return has_sign(type) ? (Wide)value->integer : (Wide)(uint64_t)value->integer;
}

static bool set_int(ConstValue *out, Wide value) {
  *out = (ConstValue){.kind = CONST_INT, .integer = (int64_t)(uint64_t)value};
  return true;
}

static bool set_bool(ConstValue *out, bool value) {
  *out = (ConstValue){.kind = CONST_BOOL, .integer = value};
  return true;
}

static bool set_float(ConstValue *out, const Type *type, double value) {
  bool is_single = type && type->kind == TYPE_F32;
  *out = (ConstValue){.kind = CONST_FLOAT, .number = is_single ? (double)(float)value : value};
  return true;
}

static bool set_text(const Evaluator *eval, ConstValue *out, const Text *text) {
  *out = (ConstValue){.kind = CONST_STRING, .text = name_intern(eval->context->names, text_str(text), text->size)};
  return true;
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
// The operator between two operands, where its message belongs.
static Span operator_span(const Evaluator *eval, const AstNode *node) {
  const AstNode *left = node->binary.left, *right = node->binary.right;
  bool is_one_text = left->expansion == node->expansion && right->expansion == node->expansion;
  if (!is_one_text || left->span.end > right->span.start || !left->span.end) return node->span;
  Span gap = {left->span.end, right->span.start};
  const char *text = source_text(eval->context->sources, gap), *op = ast_op_text(node->binary.op);
  const char *found = *text ? memmem(text, gap.end - gap.start, op, strlen(op)) : NULL;
  if (!found) return node->span;
  uint32_t start = gap.start + (uint32_t)(found - text);
  return (Span){start, start + (uint32_t)strlen(op)};
}

static const char *wide_text(const Evaluator *eval, Wide value) {
  Text text = {.arena = eval->context->arena};
  if (value < 0) text_printf(&text, "%lld", (long long)value);
  else text_printf(&text, "%llu", (unsigned long long)value);
  return text_str(&text);
}

static const char *type_word(const Evaluator *eval, const Type *type) {
  return type ? type_text(eval->context, type) : "Int";
}

static bool fail(const Evaluator *eval, const AstNode *node, Wide left, Wide right, const char *why) {
  diag_report(eval->context->diags, QZ0126, operator_span(eval, node), "%s: %s %s %s", why, wide_text(eval, left),
              ast_op_text(node->binary.op), wide_text(eval, right));
  return false;
}

static bool overflow(const Evaluator *eval, const AstNode *node, const Type *type, Wide left, Wide right) {
  Text why = {.arena = eval->context->arena};
  text_printf(&why, "the result does not fit %s", type_word(eval, type));
  return fail(eval, node, left, right, text_str(&why));
}

// ── Literals and names ──────────────────────────────────────────────────────────────────────────────────────────
static bool eval_int(const Evaluator *eval, AstNode *node, ConstValue *out) {
  (void)eval;
  const Type *type = type_of(node);
  if (type && type_is_float(type)) return set_float(out, type, (double)node->int_lit.value);
  return fits(type, node->int_lit.value) && set_int(out, node->int_lit.value);
}

static bool eval_float(const Evaluator *eval, AstNode *node, ConstValue *out) {
  (void)eval;
  return set_float(out, type_of(node), node->float_lit.value);
}

static bool eval_char(const Evaluator *eval, AstNode *node, ConstValue *out) {
  (void)eval;
  *out = (ConstValue){.kind = CONST_CHAR, .integer = (int64_t)node->char_lit.value};
  return true;
}

static bool eval_bool(const Evaluator *eval, AstNode *node, ConstValue *out) {
  (void)eval;
  return set_bool(out, node->bool_lit.value);
}

static bool eval_string(const Evaluator *eval, AstNode *node, ConstValue *out) {
  (void)eval;
  *out = (ConstValue){.kind = CONST_STRING, .text = node->string_lit.text};
  return true;
}

static bool eval_symbol(const Evaluator *eval, AstNode *node, ConstValue *out) {
  (void)eval;
  *out = (ConstValue){.kind = CONST_SYMBOL, .text = node->symbol_lit.name};
  return true;
}

static bool eval_name(const Evaluator *eval, AstNode *node, ConstValue *out) {
  if (eval->lookup) return eval->lookup(eval->data, node, out);
  const Global *global = node->info && node->info->kind == INFO_GLOBAL ? node->info->global : NULL;
  if (!global || !global->is_const || global->constant.kind == CONST_NONE) return false;
  *out = global->constant;
  return true;
}

// ── Arithmetic ──────────────────────────────────────────────────────────────────────────────────────────────────
static bool power(const Evaluator *eval, const AstNode *node, const Type *type, Wide base, Wide exponent,
                  ConstValue *out) {
  if (exponent < 0) return fail(eval, node, base, exponent, "an integer has no negative power");
  Wide result = 1;
  if (base == 0 || base == 1) return set_int(out, exponent ? base : 1);
  if (base == -1) return set_int(out, exponent % 2 ? -1 : 1);
  for (Wide i = 0; i < exponent; i++) {  // ends after 64 rounds: the base is 2 or more
    bool is_wider = __builtin_mul_overflow(result, base, &result);
    if (is_wider || !fits(type, result)) return overflow(eval, node, type, base, exponent);
  }
  return set_int(out, result);
}

static bool divide(const Evaluator *eval, const AstNode *node, const Type *type, Wide left, Wide right,
                   ConstValue *out) {
  if (!right) return fail(eval, node, left, right, "division by zero");
  if (node->binary.op == AST_OP_MOD) return set_int(out, left % right);
  return fits(type, left / right) ? set_int(out, left / right) : overflow(eval, node, type, left, right);
}

static bool shift(const Evaluator *eval, const AstNode *node, const Type *type, Wide left, Wide count,
                  ConstValue *out) {
  if (count < 0 || count >= width(type)) return fail(eval, node, left, count, "the shift is not within the width");
  return set_int(out, wrapped(type, node->binary.op == AST_OP_SHL ? (Wide)((WideBits)left << count) : left >> count));
}

static bool multiply(const Evaluator *eval, const AstNode *node, const Type *type, Wide left, Wide right,
                     ConstValue *out) {
  Wide result;  // of two U64 it may need 128 bits and a sign
  bool is_wider = __builtin_mul_overflow(left, right, &result);
  return !is_wider && fits(type, result) ? set_int(out, result) : overflow(eval, node, type, left, right);
}

static bool checked(const Evaluator *eval, const AstNode *node, const Type *type, Wide left, Wide right, Wide result,
                    ConstValue *out) {
  return fits(type, result) ? set_int(out, result) : overflow(eval, node, type, left, right);
}

static bool eval_int_binary(const Evaluator *eval, const AstNode *node, Wide left, Wide right, ConstValue *out) {
  const Type *type = type_of(node);
  switch (node->binary.op) {
    case AST_OP_ADD: return checked(eval, node, type, left, right, left + right, out);
    case AST_OP_SUB: return checked(eval, node, type, left, right, left - right, out);
    case AST_OP_MUL: return multiply(eval, node, type, left, right, out);
    case AST_OP_DIV: case AST_OP_MOD: return divide(eval, node, type, left, right, out);
    case AST_OP_POW: return power(eval, node, type, left, right, out);
    case AST_OP_WRAP_ADD: return set_int(out, wrapped(type, left + right));
    case AST_OP_WRAP_SUB: return set_int(out, wrapped(type, left - right));
    case AST_OP_WRAP_MUL: return set_int(out, wrapped(type, (Wide)((WideBits)left * (WideBits)right)));
    case AST_OP_BIT_AND: return set_int(out, left & right);
    case AST_OP_BIT_OR: return set_int(out, left | right);
    case AST_OP_BIT_XOR: return set_int(out, left ^ right);
    case AST_OP_SHL: case AST_OP_SHR: return shift(eval, node, type, left, right, out);
    case AST_OP_EQ: return set_bool(out, left == right);
    case AST_OP_NE: return set_bool(out, left != right);
    case AST_OP_LT: return set_bool(out, left < right);
    case AST_OP_LE: return set_bool(out, left <= right);
    case AST_OP_GT: return set_bool(out, left > right);
    case AST_OP_GE: return set_bool(out, left >= right);
    case AST_OP_NONE: case AST_OP_AND: case AST_OP_OR: case AST_OP_MATCH: case AST_OP_NEG: case AST_OP_NOT:
    case AST_OP_BIT_NOT: case AST_OP_BORROW: case AST_OP_BORROW_MUT: case AST_OP_COUNT: break;
  }
  return false;
}

static bool eval_float_binary(const AstNode *node, double left, double right, ConstValue *out) {
  const Type *type = type_of(node);
  switch (node->binary.op) {
    case AST_OP_ADD: return set_float(out, type, left + right);
    case AST_OP_SUB: return set_float(out, type, left - right);
    case AST_OP_MUL: return set_float(out, type, left * right);
    case AST_OP_DIV: return set_float(out, type, left / right);
    case AST_OP_MOD: return set_float(out, type, fmod(left, right));
    case AST_OP_EQ: return set_bool(out, left == right);
    case AST_OP_NE: return set_bool(out, left != right);
    case AST_OP_LT: return set_bool(out, left < right);
    case AST_OP_LE: return set_bool(out, left <= right);
    case AST_OP_GT: return set_bool(out, left > right);
    case AST_OP_GE: return set_bool(out, left >= right);
    case AST_OP_NONE: case AST_OP_POW:  // pow is the target's: the last bit of its answer is not ours to fix
    case AST_OP_WRAP_ADD: case AST_OP_WRAP_SUB: case AST_OP_WRAP_MUL: case AST_OP_BIT_AND: case AST_OP_BIT_OR:
    case AST_OP_BIT_XOR: case AST_OP_SHL: case AST_OP_SHR: case AST_OP_AND: case AST_OP_OR: case AST_OP_MATCH:
    case AST_OP_NEG: case AST_OP_NOT: case AST_OP_BIT_NOT: case AST_OP_BORROW: case AST_OP_BORROW_MUT:
    case AST_OP_COUNT: break;
  }
  return false;
}

// ── Other operators ─────────────────────────────────────────────────────────────────────────────────────────────
static int compare_text(const Interner *names, Name left, Name right) {
  uint32_t a = name_size(names, left), b = name_size(names, right);
  int order = memcmp(name_text(names, left), name_text(names, right), a < b ? a : b);
  return order ? order : (a > b) - (a < b);
}

// The comparison of two values whose order is known as a number below, at or above zero.
static bool eval_order(AstOp op, int order, ConstValue *out) {
  if (op == AST_OP_EQ) return set_bool(out, order == 0);
  if (op == AST_OP_NE) return set_bool(out, order != 0);
  if (op == AST_OP_LT) return set_bool(out, order < 0);
  if (op == AST_OP_LE) return set_bool(out, order <= 0);
  if (op == AST_OP_GT) return set_bool(out, order > 0);
  return op == AST_OP_GE && set_bool(out, order >= 0);
}

static bool eval_text_binary(const Evaluator *eval, AstOp op, Name left, Name right, ConstValue *out) {
  const Interner *names = eval->context->names;
  if (op != AST_OP_ADD) return eval_order(op, compare_text(names, left, right), out);
  Text text = {.arena = eval->context->arena};
  text_bytes(&text, name_text(names, left), name_size(names, left));
  text_bytes(&text, name_text(names, right), name_size(names, right));
  return set_text(eval, out, &text);
}

static bool eval_bool_binary(AstOp op, int64_t left, int64_t right, ConstValue *out) {
  if (op == AST_OP_BIT_AND) return set_bool(out, left && right);
  if (op == AST_OP_BIT_OR) return set_bool(out, left || right);
  if (op == AST_OP_BIT_XOR) return set_bool(out, left != right);
  return eval_order(op, (left > right) - (left < right), out);
}

static bool eval_values(const Evaluator *eval, const AstNode *node, const ConstValue *left, const ConstValue *right,
                        ConstValue *out) {
  AstOp op = node->binary.op;
  switch (left->kind) {
    case CONST_INT:
      return eval_int_binary(eval, node, wide(left, type_of(node->binary.left)),
                             wide(right, type_of(node->binary.right)), out);
    case CONST_FLOAT: return eval_float_binary(node, left->number, right->number, out);
    case CONST_STRING: return eval_text_binary(eval, op, left->text, right->text, out);
    case CONST_SYMBOL: return eval_order(op, left->text != right->text, out);
    case CONST_BOOL: return eval_bool_binary(op, left->integer, right->integer, out);
    case CONST_CHAR: return eval_order(op, (left->integer > right->integer) - (left->integer < right->integer), out);
    case CONST_NONE: break;
  }
  return false;
}

static bool eval_logic(const Evaluator *eval, const AstNode *node, ConstValue *out) {
  bool decides = node->binary.op == AST_OP_OR;  // the value of the left side that settles it
  if (!evaluate(eval, node->binary.left, out) || out->kind != CONST_BOOL) return false;
  if ((out->integer != 0) == decides) return true;
  return evaluate(eval, node->binary.right, out) && out->kind == CONST_BOOL;
}

// A method of a type of the program may do anything.
static bool is_method(const AstNode *node, const ConstValue *left) {
  return node->info && node->info->kind == INFO_CALL && left->kind != CONST_STRING;
}

static bool eval_binary(const Evaluator *eval, AstNode *node, ConstValue *out) {
  ConstValue left, right;
  if (node->binary.op == AST_OP_AND || node->binary.op == AST_OP_OR) return eval_logic(eval, node, out);
  if (!evaluate(eval, node->binary.left, &left) || !evaluate(eval, node->binary.right, &right)) return false;
  return left.kind == right.kind && !is_method(node, &left) && eval_values(eval, node, &left, &right, out);
}

static bool negate(const Evaluator *eval, const AstNode *node, Wide value, ConstValue *out) {
  const Type *type = type_of(node);
  if (fits(type, -value)) return set_int(out, -value);
  diag_report(eval->context->diags, QZ0126, node->span, "the result does not fit %s: -(%s)", type_word(eval, type),
              wide_text(eval, value));
  return false;
}

static bool eval_negation(const Evaluator *eval, AstNode *node, ConstValue *out) {
  AstNode *operand = node->unary.operand;
  const Type *type = type_of(node);
  // The literal of -128: I8 is 128, which is no I8.
  if (operand->kind == AST_INT_LIT && !(type && type_is_float(type)))
    return fits(type, -(Wide)operand->int_lit.value) && set_int(out, -(Wide)operand->int_lit.value);
  if (!evaluate(eval, operand, out)) return false;
  if (out->kind == CONST_FLOAT) return set_float(out, type, -out->number);
  return out->kind == CONST_INT && negate(eval, node, wide(out, type_of(operand)), out);
}

static bool eval_unary(const Evaluator *eval, AstNode *node, ConstValue *out) {
  if (node->info && node->info->kind == INFO_CALL) return false;
  if (node->unary.op == AST_OP_NEG) return eval_negation(eval, node, out);
  if (node->unary.op != AST_OP_NOT && node->unary.op != AST_OP_BIT_NOT) return false;
  if (!evaluate(eval, node->unary.operand, out)) return false;
  if (node->unary.op == AST_OP_NOT) return out->kind == CONST_BOOL && set_bool(out, !out->integer);
  return out->kind == CONST_INT && set_int(out, wrapped(type_of(node), ~wide(out, type_of(node->unary.operand))));
}

// ── Conversions ─────────────────────────────────────────────────────────────────────────────────────────────────
// Floats go to the nearest integer that the type has; what is no number goes to 0.
static Wide saturated(const Type *type, double value) {
  Wide span = (Wide)1 << width(type), low = has_sign(type) ? -span / 2 : 0, high = low + span - 1;
  if (isnan(value)) return 0;
  if (value <= (double)low) return low;
  return value >= (double)high ? high : (Wide)value;
}

static bool is_scalar_value(Wide value) {
  return value >= 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

static bool cast_integer(Wide value, const Type *to, ConstValue *out) {
  if (type_is_float(to)) return set_float(out, to, (double)value);
  if (type_is_integer(to)) return set_int(out, wrapped(to, value));
  if (to->kind != TYPE_CHAR || !is_scalar_value(value)) return false;
  *out = (ConstValue){.kind = CONST_CHAR, .integer = (int64_t)value};
  return true;
}

static bool eval_cast(const Evaluator *eval, AstNode *node, ConstValue *out) {
  const Type *to = type_of(node);
  if (!to || !evaluate(eval, node->cast.operand, out)) return false;
  switch (out->kind) {
    case CONST_INT: return cast_integer(wide(out, type_of(node->cast.operand)), to, out);
    case CONST_CHAR: case CONST_BOOL: return cast_integer(out->integer, to, out);
    case CONST_FLOAT:
      return type_is_float(to) ? set_float(out, to, out->number)
                               : type_is_integer(to) && set_int(out, saturated(to, out->number));
    case CONST_STRING: return to->kind == TYPE_STRING;
    case CONST_SYMBOL: return to->kind == TYPE_SYMBOL;
    case CONST_NONE: break;
  }
  return false;
}

// ── Interpolation, blocks, if ───────────────────────────────────────────────────────────────────────────────────
void const_append_char(Text *text, uint32_t c) {
  if (c < 0x80) text_char(text, (char)c);
  else if (c < 0x800) text_printf(text, "%c%c", 0xC0 | c >> 6, 0x80 | (c & 0x3F));
  else if (c < 0x10000) text_printf(text, "%c%c%c", 0xE0 | c >> 12, 0x80 | (c >> 6 & 0x3F), 0x80 | (c & 0x3F));
  else
    text_printf(text, "%c%c%c%c", 0xF0 | c >> 18, 0x80 | (c >> 12 & 0x3F), 0x80 | (c >> 6 & 0x3F), 0x80 | (c & 0x3F));
}

static bool append_shown(const Evaluator *eval, Text *text, const ConstValue *value, const Type *type) {
  const Interner *names = eval->context->names;
  switch (value->kind) {
    case CONST_STRING: case CONST_SYMBOL:
      text_bytes(text, name_text(names, value->text), name_size(names, value->text));
      return true;
    case CONST_INT: text_append(text, wide_text(eval, wide(value, type))); return true;
    case CONST_BOOL: text_append(text, value->integer ? "true" : "false"); return true;
    case CONST_CHAR: const_append_char(text, (uint32_t)value->integer); return true;
    case CONST_FLOAT: case CONST_NONE: break;  // how a float is shown is the library's to say
  }
  return false;
}

static bool eval_interpolation(const Evaluator *eval, AstNode *node, ConstValue *out) {
  Text text = {.arena = eval->context->arena};
  for (AST_EACH(part, node->interpolation.parts))
    if (!evaluate(eval, part, out) || !append_shown(eval, &text, out, type_of(part))) return false;
  return set_text(eval, out, &text);
}

static bool eval_block(const Evaluator *eval, AstNode *node, ConstValue *out) {
  return AST_LIST_COUNT(node->block.stmts) == 1 && evaluate(eval, node->block.stmts->items[0], out);
}

static bool eval_if(const Evaluator *eval, AstNode *node, ConstValue *out) {
  if (!node->if_.else_body || !evaluate(eval, node->if_.cond, out) || out->kind != CONST_BOOL) return false;
  bool takes_then = (out->integer != 0) != node->if_.is_unless;
  return evaluate(eval, takes_then ? node->if_.then_body : node->if_.else_body, out);
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static EvaluateKind *const evaluators[AST_KIND_COUNT] = {  // other kinds are not constant
    [AST_INT_LIT] = eval_int,       [AST_FLOAT_LIT] = eval_float, [AST_CHAR_LIT] = eval_char,
    [AST_BOOL_LIT] = eval_bool,     [AST_STRING_LIT] = eval_string, [AST_IDENT] = eval_name,
    [AST_PATH] = eval_name,         [AST_UNARY] = eval_unary,     [AST_BINARY] = eval_binary,
    [AST_CAST] = eval_cast,         [AST_BLOCK] = eval_block,     [AST_IF] = eval_if,
    [AST_INTERPOLATION] = eval_interpolation, [AST_SYMBOL_LIT] = eval_symbol,
};

static bool evaluate(const Evaluator *eval, AstNode *node, ConstValue *out) {
  return evaluators[node->kind] && evaluators[node->kind](eval, node, out);
}

bool const_eval(Program *program, AstNode *expression, ConstValue *out) {
  *out = (ConstValue){0};
  return evaluate(&(Evaluator){.context = program->context}, expression, out);
}

bool const_eval_untyped(Context *context, AstNode *expression, ConstLookup *lookup, void *data, ConstValue *out) {
  *out = (ConstValue){0};
  return evaluate(&(Evaluator){context, lookup, data}, expression, out);
}
