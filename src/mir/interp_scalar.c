// Numbers: arithmetic that panics and that wraps, floats, comparisons, casts. One handler for each op and type.
#include <math.h>

#include "mir/interp.h"

// ── Integers of any width as 64 bits ────────────────────────────────────────────────────────────────────────────
uint64_t interp_load_integer(const MirType *type, const char *at) {
  bool is_signed = mir_type_is_signed(type);
  switch (type->size) {
    case 1: return is_signed ? (uint64_t)INTERP_LOAD(int8_t, at) : INTERP_LOAD(uint8_t, at);
    case 2: return is_signed ? (uint64_t)INTERP_LOAD(int16_t, at) : INTERP_LOAD(uint16_t, at);
    case 4: return is_signed ? (uint64_t)INTERP_LOAD(int32_t, at) : INTERP_LOAD(uint32_t, at);
    default: return INTERP_LOAD(uint64_t, at);
  }
}

void interp_store_integer(const MirType *type, char *at, uint64_t value) { memcpy(at, &value, type->size); }

// ── Panics ──────────────────────────────────────────────────────────────────────────────────────────────────────
static const Insn *overflow(Interp *in, const Insn *insn, const char *op, uint64_t a, uint64_t b) {
  if (insn->stmt->flags & MIR_PROVED) interp_wrong_proof(in, insn);
  const MirType *type = insn->stmt->dest.type;
  QzPlace place = interp_panic_place(in, insn);
  interp_mark(in, insn);
  QzOperation operation = {place.file, op, mir_type_bits(type)};
  QzSpot spot = {place.line, place.column};
  if (mir_type_is_signed(type)) qz_panic_overflow((int64_t)a, (int64_t)b, &operation, spot);
  else qz_panic_overflow_unsigned(a, b, &operation, spot);
  return NULL;
}

static const Insn *divide_by_zero(Interp *in, const Insn *insn) {
  if (insn->stmt->flags & MIR_PROVED) interp_wrong_proof(in, insn);
  QzPlace place = interp_panic_place(in, insn);
  interp_mark(in, insn);
  qz_panic_divide(place);
  return NULL;
}

static const Insn *bad_shift(Interp *in, const Insn *insn, int64_t count) {
  if (insn->stmt->flags & MIR_PROVED) interp_wrong_proof(in, insn);
  QzPlace place = interp_panic_place(in, insn);
  interp_mark(in, insn);
  qz_panic_shift(count, mir_type_bits(insn->stmt->dest.type), place);
  return NULL;
}

// ── Integer arithmetic ──────────────────────────────────────────────────────────────────────────────────────────
#define INTEGER_TYPES(X)                                                                                 \
  X(i8, int8_t, uint8_t)                                                                                 \
  X(i16, int16_t, uint16_t)                                                                              \
  X(i32, int32_t, uint32_t) X(i64, int64_t, uint64_t) X(u8, uint8_t, uint8_t) X(u16, uint16_t, uint16_t) \
      X(u32, uint32_t, uint32_t) X(u64, uint64_t, uint64_t)

#define CHECKED(name, T, builtin, text)                                                                         \
  static const Insn *name(Interp *in, const Insn *insn) {                                                       \
    T a = INTERP_ARG(T, &insn->a), b = INTERP_ARG(T, &insn->b), result;                                         \
    if (__builtin_expect(builtin(a, b, &result), 0)) return overflow(in, insn, text, (uint64_t)a, (uint64_t)b); \
    INTERP_DEST(T, result);                                                                                     \
    return insn + 1;                                                                                            \
  }

// Computed in the unsigned type, or wider when that is narrower than an int, which would be signed.
#define WRAPPING(name, T, U, op)                                             \
  static const Insn *name(Interp *in, const Insn *insn) {                    \
    uint64_t a = (U)INTERP_ARG(T, &insn->a), b = (U)INTERP_ARG(T, &insn->b); \
    INTERP_DEST(T, (T)(a op b));                                             \
    return insn + 1;                                                         \
  }

#define IS_SIGNED(T) ((T) - 1 < 1)
#define DIVISION(name, T, op, text, on_minus_one)                     \
  static const Insn *name(Interp *in, const Insn *insn) {             \
    T a = INTERP_ARG(T, &insn->a), b = INTERP_ARG(T, &insn->b);       \
    if (__builtin_expect(b == 0, 0)) return divide_by_zero(in, insn); \
    if (IS_SIGNED(T) && b == (T) - 1) on_minus_one;                   \
    INTERP_DEST(T, (T)(a op b));                                      \
    return insn + 1;                                                  \
  }

// a / -1 is -a, which the smallest number does not have; a % -1 is 0 for all.
#define NEGATED_QUOTIENT(T)                                                                                 \
  {                                                                                                         \
    T result;                                                                                               \
    if (__builtin_sub_overflow((T)0, a, &result)) return overflow(in, insn, "/", (uint64_t)a, (uint64_t)b); \
    INTERP_DEST(T, result);                                                                                 \
    return insn + 1;                                                                                        \
  }
#define ZERO_REMAINDER(T) \
  {                       \
    INTERP_DEST(T, 0);    \
    return insn + 1;      \
  }

#define SHIFT(name, T, U, op)                                                                     \
  static const Insn *name(Interp *in, const Insn *insn) {                                         \
    T a = INTERP_ARG(T, &insn->a);                                                                \
    int64_t count = INTERP_ARG(int64_t, &insn->b);                                                \
    if (__builtin_expect((uint64_t)count >= sizeof(T) * 8, 0)) return bad_shift(in, insn, count); \
    INTERP_DEST(T, (T)((U)a op count));                                                           \
    return insn + 1;                                                                              \
  }

#define NEGATION(name, T)                                                                           \
  static const Insn *name(Interp *in, const Insn *insn) {                                           \
    T a = INTERP_ARG(T, &insn->a), result;                                                          \
    if (__builtin_sub_overflow((T)0, a, &result)) return overflow(in, insn, "neg", 0, (uint64_t)a); \
    INTERP_DEST(T, result);                                                                         \
    return insn + 1;                                                                                \
  }

#define COMPLEMENT(name, T)                                 \
  static const Insn *name(Interp *in, const Insn *insn) {   \
    INTERP_DEST(T, (T) ~(uint64_t)INTERP_ARG(T, &insn->a)); \
    return insn + 1;                                        \
  }

#define INTEGER_HANDLERS(n, T, U)                   \
  CHECKED(add_##n, T, __builtin_add_overflow, "+")  \
  CHECKED(sub_##n, T, __builtin_sub_overflow, "-")  \
  CHECKED(mul_##n, T, __builtin_mul_overflow, "*")  \
  DIVISION(div_##n, T, /, "/", NEGATED_QUOTIENT(T)) \
  DIVISION(rem_##n, T, %, "%", ZERO_REMAINDER(T))   \
  WRAPPING(wrap_add_##n, T, U, +)                   \
  WRAPPING(wrap_sub_##n, T, U, -)                   \
  WRAPPING(wrap_mul_##n, T, U, *)                   \
  WRAPPING(and_##n, T, U, &)                        \
  WRAPPING(or_##n, T, U, |)                         \
  WRAPPING(xor_##n, T, U, ^)                        \
  SHIFT(shl_##n, T, uint64_t, <<)                   \
  SHIFT(shr_##n, T, T, >>)                          \
  NEGATION(neg_##n, T)                              \
  COMPLEMENT(bit_not_##n, T)
INTEGER_TYPES(INTEGER_HANDLERS)

typedef enum IntegerRow {
  ROW_ADD,
  ROW_SUB,
  ROW_MUL,
  ROW_DIV,
  ROW_REM,
  ROW_WRAP_ADD,
  ROW_WRAP_SUB,
  ROW_WRAP_MUL,
  ROW_AND,
  ROW_OR,
  ROW_XOR,
  ROW_SHL,
  ROW_SHR,
  ROW_NEG,
  ROW_BIT_NOT,
  ROW_COUNT
} IntegerRow;

#define INTEGER_COLUMN(n, T, U)                                  \
  {[ROW_ADD] = add_##n,           [ROW_SUB] = sub_##n,           \
   [ROW_MUL] = mul_##n,           [ROW_DIV] = div_##n,           \
   [ROW_REM] = rem_##n,           [ROW_WRAP_ADD] = wrap_add_##n, \
   [ROW_WRAP_SUB] = wrap_sub_##n, [ROW_WRAP_MUL] = wrap_mul_##n, \
   [ROW_AND] = and_##n,           [ROW_OR] = or_##n,             \
   [ROW_XOR] = xor_##n,           [ROW_SHL] = shl_##n,           \
   [ROW_SHR] = shr_##n,           [ROW_NEG] = neg_##n,           \
   [ROW_BIT_NOT] = bit_not_##n},

static_assert(MIR_TYPE_U64 - MIR_TYPE_I8 == 7, "the columns below stand in the order of mir_types.def");
static Handler *const integer_handlers[8][ROW_COUNT] = {INTEGER_TYPES(INTEGER_COLUMN)};

// Bools take part in the bit operations as one-byte numbers.
static Handler *integer_handler(const MirType *type, IntegerRow row) {
  return integer_handlers[mir_type_is_integer(type) ? type->kind - MIR_TYPE_I8 : MIR_TYPE_U8 - MIR_TYPE_I8][row];
}

static const Insn *not_bool(Interp *in, const Insn *insn) {
  INTERP_DEST(uint8_t, !INTERP_ARG(uint8_t, &insn->a));
  return insn + 1;
}

// ── Floats ──────────────────────────────────────────────────────────────────────────────────────────────────────
#define FLOAT_BINARY(name, T, expression)                       \
  static const Insn *name(Interp *in, const Insn *insn) {       \
    T a = INTERP_ARG(T, &insn->a), b = INTERP_ARG(T, &insn->b); \
    INTERP_DEST(T, expression);                                 \
    return insn + 1;                                            \
  }

#define FLOAT_HANDLERS(n, T, remainder)                       \
  FLOAT_BINARY(fadd_##n, T, a + b)                            \
  FLOAT_BINARY(fsub_##n, T, a - b)                            \
  FLOAT_BINARY(fmul_##n, T, a *b)                             \
  FLOAT_BINARY(fdiv_##n, T, a / b)                            \
  FLOAT_BINARY(frem_##n, T, remainder(a, b))                  \
  static const Insn *fneg_##n(Interp *in, const Insn *insn) { \
    INTERP_DEST(T, -INTERP_ARG(T, &insn->a));                 \
    return insn + 1;                                          \
  }
FLOAT_HANDLERS(f32, float, fmodf)
FLOAT_HANDLERS(f64, double, fmod)

#define FLOAT_HANDLER(type, op) ((type)->kind == MIR_TYPE_F32 ? op##_f32 : op##_f64)

// ── Comparisons ─────────────────────────────────────────────────────────────────────────────────────────────────
#define COMPARISON(name, T, op)                                               \
  static const Insn *name(Interp *in, const Insn *insn) {                     \
    INTERP_DEST(uint8_t, INTERP_ARG(T, &insn->a) op INTERP_ARG(T, &insn->b)); \
    return insn + 1;                                                          \
  }
#define COMPARISONS(n, T, ignored) \
  COMPARISON(eq_##n, T, ==)        \
  COMPARISON(ne_##n, T, !=)        \
  COMPARISON(lt_##n, T, <)         \
  COMPARISON(le_##n, T, <=)        \
  COMPARISON(gt_##n, T, >)         \
  COMPARISON(ge_##n, T, >=)
#define COMPARABLE_TYPES(X) INTEGER_TYPES(X) X(f32, float, float) X(f64, double, double)
COMPARABLE_TYPES(COMPARISONS)

#define COMPARISON_COLUMN(n, T, ignored) {eq_##n, ne_##n, lt_##n, le_##n, gt_##n, ge_##n},
static Handler *const comparison_handlers[][6] = {COMPARABLE_TYPES(COMPARISON_COLUMN)};

static Handler *comparison_handler(const MirStmt *stmt) {
  const MirType *type = stmt->operands[0].type;
  MirTypeKind as = mir_type_is_integer(type) ? type->kind
                   : type->size == 1         ? MIR_TYPE_U8
                   : type->size == 4         ? MIR_TYPE_U32
                                             : MIR_TYPE_U64;
  uint32_t column = mir_type_is_float(type) ? (type->kind == MIR_TYPE_F32 ? 8 : 9) : as - MIR_TYPE_I8;
  return comparison_handlers[column][stmt->op - MIR_OP_EQ];
}

// ── Casts ───────────────────────────────────────────────────────────────────────────────────────────────────────
static double load_float(const MirType *type, const char *at) {
  return type->kind == MIR_TYPE_F32 ? (double)INTERP_LOAD(float, at) : INTERP_LOAD(double, at);
}

static uint64_t saturate_unsigned(double x, uint32_t bits) {
  double limit = ldexp(1.0, (int)bits);
  if (!(x > 0)) return 0;  // NaN too
  return x >= limit ? UINT64_MAX >> (64 - bits) : (uint64_t)x;
}

static uint64_t saturate_signed(double x, uint32_t bits) {
  double limit = ldexp(1.0, (int)bits - 1);
  int64_t largest = (int64_t)(UINT64_MAX >> (65 - bits));
  if (isnan(x)) return 0;
  if (x >= limit) return (uint64_t)largest;
  return x < -limit ? (uint64_t)(-largest - 1) : (uint64_t)(int64_t)x;
}

static const Insn *cast_from_float(Interp *in, const Insn *insn) {
  const MirType *from = insn->stmt->operands[0].type, *to = insn->stmt->dest.type;
  double x = load_float(from, interp_address(in, &insn->a));
  char *at = interp_address(in, &insn->dest);
  if (to->kind == MIR_TYPE_F32) INTERP_STORE(float, at, (float)x);
  else if (to->kind == MIR_TYPE_F64) INTERP_STORE(double, at, x);
  else
    interp_store_integer(
        to, at,
        mir_type_is_signed(to) ? saturate_signed(x, mir_type_bits(to)) : saturate_unsigned(x, mir_type_bits(to)));
  return insn + 1;
}

static const Insn *cast_to_float(Interp *in, const Insn *insn) {
  const MirType *from = insn->stmt->operands[0].type, *to = insn->stmt->dest.type;
  uint64_t bits = interp_load_integer(from, interp_address(in, &insn->a));
  char *at = interp_address(in, &insn->dest);
  bool is_signed = mir_type_is_signed(from);
  if (to->kind == MIR_TYPE_F32) INTERP_STORE(float, at, is_signed ? (float)(int64_t)bits : (float)bits);
  else INTERP_STORE(double, at, is_signed ? (double)(int64_t)bits : (double)bits);
  return insn + 1;
}

static const Insn *cast_integer(Interp *in, const Insn *insn) {
  uint64_t bits = interp_load_integer(insn->stmt->operands[0].type, interp_address(in, &insn->a));
  interp_store_integer(insn->stmt->dest.type, interp_address(in, &insn->dest), bits);
  return insn + 1;
}

static Handler *cast_handler(const MirStmt *stmt) {
  if (mir_type_is_float(stmt->operands[0].type)) return cast_from_float;
  return mir_type_is_float(stmt->dest.type) ? cast_to_float : cast_integer;
}

// ── Which one ───────────────────────────────────────────────────────────────────────────────────────────────────
Handler *interp_scalar_handler(const MirStmt *stmt) {
  const MirType *type = stmt->dest.type;
  switch ((int)stmt->op) {
    case MIR_OP_CAST: return cast_handler(stmt);
    case MIR_OP_NEG: return integer_handler(type, ROW_NEG);
    case MIR_OP_ADD: return integer_handler(type, ROW_ADD);
    case MIR_OP_SUB: return integer_handler(type, ROW_SUB);
    case MIR_OP_MUL: return integer_handler(type, ROW_MUL);
    case MIR_OP_DIV: return integer_handler(type, ROW_DIV);
    case MIR_OP_REM: return integer_handler(type, ROW_REM);
    case MIR_OP_SHL: return integer_handler(type, ROW_SHL);
    case MIR_OP_SHR: return integer_handler(type, ROW_SHR);
    case MIR_OP_WRAP_ADD: return integer_handler(type, ROW_WRAP_ADD);
    case MIR_OP_WRAP_SUB: return integer_handler(type, ROW_WRAP_SUB);
    case MIR_OP_WRAP_MUL: return integer_handler(type, ROW_WRAP_MUL);
    case MIR_OP_BIT_AND: return integer_handler(type, ROW_AND);
    case MIR_OP_BIT_OR: return integer_handler(type, ROW_OR);
    case MIR_OP_BIT_XOR: return integer_handler(type, ROW_XOR);
    case MIR_OP_BIT_NOT: return integer_handler(type, ROW_BIT_NOT);
    case MIR_OP_NOT: return not_bool;
    case MIR_OP_FNEG: return FLOAT_HANDLER(type, fneg);
    case MIR_OP_FADD: return FLOAT_HANDLER(type, fadd);
    case MIR_OP_FSUB: return FLOAT_HANDLER(type, fsub);
    case MIR_OP_FMUL: return FLOAT_HANDLER(type, fmul);
    case MIR_OP_FDIV: return FLOAT_HANDLER(type, fdiv);
    case MIR_OP_FREM: return FLOAT_HANDLER(type, frem);
    case MIR_OP_EQ:
    case MIR_OP_NE:
    case MIR_OP_LT:
    case MIR_OP_LE:
    case MIR_OP_GT:
    case MIR_OP_GE: return comparison_handler(stmt);
    default: return NULL;  // another file's
  }
}
