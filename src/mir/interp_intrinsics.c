// The intrinsics of the back ends, one handler a row of intrinsics.def; a row without one does not compile.
#include <math.h>
#include <string.h>

#include "intrinsics/intrinsics.h"
#include "mir/interp.h"

#define INTRINSIC(name) static const Insn *interp_intrinsic_##name(Interp *in, const Insn *insn)
#define ARG(T, i) INTERP_ARG(T, &insn->args[i])

static const MirType *type_argument(const Insn *insn) { return insn->stmt->type; }

static uint64_t integer_argument(Interp *in, const Insn *insn, uint32_t i) {
  return interp_load_integer(insn->stmt->operands[i].type, interp_address(in, &insn->args[i]));
}

// ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────
INTRINSIC(ptr_offset) {
  INTERP_DEST(uint64_t, ARG(uint64_t, 0) + ARG(uint64_t, 1) * type_argument(insn)->size);
  return insn + 1;
}

// Elements without size are all at one address.
INTRINSIC(ptr_diff) {
  int64_t size = (int64_t)type_argument(insn)->size;
  INTERP_DEST(int64_t, size ? (int64_t)(ARG(uint64_t, 0) - ARG(uint64_t, 1)) / size : 0);
  return insn + 1;
}

static const Insn *move_memory(Interp *in, const Insn *insn) {
  uint64_t size = ARG(uint64_t, 2) * type_argument(insn)->size;
  if (size) memmove(ARG(void *, 0), ARG(void *, 1), size);
  return insn + 1;
}

INTRINSIC(mem_copy) { return move_memory(in, insn); }

INTRINSIC(mem_move) { return move_memory(in, insn); }

INTRINSIC(mem_fill) {
  if (ARG(uint64_t, 2)) memset(ARG(void *, 0), ARG(uint8_t, 1), ARG(uint64_t, 2));
  return insn + 1;
}

INTRINSIC(mem_compare) {
  INTERP_DEST(int64_t, ARG(uint64_t, 2) ? memcmp(ARG(void *, 0), ARG(void *, 1), ARG(uint64_t, 2)) : 0);
  return insn + 1;
}

INTRINSIC(volatile_load) {
  memcpy(interp_address(in, &insn->dest), ARG(void *, 0), type_argument(insn)->size);
  return insn + 1;
}

INTRINSIC(volatile_store) {
  memcpy(ARG(void *, 0), interp_address(in, &insn->args[1]), type_argument(insn)->size);
  return insn + 1;
}

// ── Memory that tasks use together: always in the strongest order ───────────────────────────────────────────────
// Of unsigned numbers, whose operations are the same bit for bit.
#define BY_SIZE(OPERATION)                            \
  switch (type_argument(insn)->size) {                \
    case 1: OPERATION(uint8_t); return insn + 1;      \
    case 2: OPERATION(uint16_t); return insn + 1;     \
    case 4: OPERATION(uint32_t); return insn + 1;     \
    default: OPERATION(uint64_t); return insn + 1;    \
  }

#define LOAD(T) INTERP_DEST(T, __atomic_load_n(ARG(T *, 0), __ATOMIC_SEQ_CST))
#define STORE(T) __atomic_store_n(ARG(T *, 0), ARG(T, 1), __ATOMIC_SEQ_CST)
#define COMPARE_SWAP(T)                                                                                         \
  do {                                                                                                          \
    T expected = ARG(T, 1);                                                                                     \
    INTERP_DEST(uint8_t, __atomic_compare_exchange_n(ARG(T *, 0), &expected, ARG(T, 2), false, __ATOMIC_SEQ_CST, \
                                                     __ATOMIC_SEQ_CST));                                        \
  } while (0)
INTRINSIC(atomic_load) { BY_SIZE(LOAD) }
INTRINSIC(atomic_store) { BY_SIZE(STORE) }
INTRINSIC(atomic_compare_swap) { BY_SIZE(COMPARE_SWAP) }

// What was there before is dropped where nobody asks for it.
static const Insn *give_before(Interp *in, const Insn *insn, uint64_t before) {
  if (insn->stmt->dest.type) memcpy(interp_address(in, &insn->dest), &before, type_argument(insn)->size);
  return insn + 1;
}

#define UPDATE(T) return give_before(in, insn, UPDATE_BY(ARG(T *, 0), ARG(T, 1), __ATOMIC_SEQ_CST))
#define UPDATE_BY __atomic_exchange_n
INTRINSIC(atomic_swap) { BY_SIZE(UPDATE) }
#undef UPDATE_BY
#define UPDATE_BY __atomic_fetch_add
INTRINSIC(atomic_add) { BY_SIZE(UPDATE) }
#undef UPDATE_BY
#define UPDATE_BY __atomic_fetch_sub
INTRINSIC(atomic_sub) { BY_SIZE(UPDATE) }
#undef UPDATE_BY
#define UPDATE_BY __atomic_fetch_and
INTRINSIC(atomic_and) { BY_SIZE(UPDATE) }
#undef UPDATE_BY
#define UPDATE_BY __atomic_fetch_or
INTRINSIC(atomic_or) { BY_SIZE(UPDATE) }
#undef UPDATE_BY
#define UPDATE_BY __atomic_fetch_xor
INTRINSIC(atomic_xor) { BY_SIZE(UPDATE) }

INTRINSIC(fence_light) {
  (void)in;
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return insn + 1;
}

INTRINSIC(object_type) {
  INTERP_DEST(int64_t, type_argument(insn)->ptr.to->id);
  return insn + 1;
}

INTRINSIC(running_stack) {
  INTERP_DEST(uint64_t, (uintptr_t)qz_context);
  return insn + 1;
}

// ── Integers ────────────────────────────────────────────────────────────────────────────────────────────────────
// The exact result of an operation on two numbers of up to 64 bits fits in 128; does it fit in the type?
static bool fits(const MirType *type, __int128 exact) {
  uint32_t bits = mir_type_bits(type);
  __int128 one = 1;
  if (!mir_type_is_signed(type)) return exact >= 0 && exact < one << bits;
  return exact >= -(one << (bits - 1)) && exact < one << (bits - 1);
}

static __int128 exact_argument(Interp *in, const Insn *insn, uint32_t i) {
  uint64_t value = integer_argument(in, insn, i);
  return mir_type_is_signed(type_argument(insn)) ? (__int128)(int64_t)value : (__int128)value;
}

INTRINSIC(add_overflows) {
  INTERP_DEST(uint8_t, !fits(type_argument(insn), exact_argument(in, insn, 0) + exact_argument(in, insn, 1)));
  return insn + 1;
}

INTRINSIC(sub_overflows) {
  INTERP_DEST(uint8_t, !fits(type_argument(insn), exact_argument(in, insn, 0) - exact_argument(in, insn, 1)));
  return insn + 1;
}

INTRINSIC(mul_overflows) {
  __int128 product;  // of two 64-bit unsigned numbers it may pass 127 bits: then it fits nothing
  bool is_huge = __builtin_mul_overflow(exact_argument(in, insn, 0), exact_argument(in, insn, 1), &product);
  INTERP_DEST(uint8_t, is_huge || !fits(type_argument(insn), product));
  return insn + 1;
}

// The argument without the copies of its sign above its width.
static uint64_t bits_argument(Interp *in, const Insn *insn) {
  return integer_argument(in, insn, 0) << (64 - mir_type_bits(type_argument(insn))) >>
         (64 - mir_type_bits(type_argument(insn)));
}

INTRINSIC(bit_count) {
  INTERP_DEST(int64_t, __builtin_popcountll(bits_argument(in, insn)));
  return insn + 1;
}

INTRINSIC(leading_zeros) {
  uint64_t bits = bits_argument(in, insn);
  int64_t width = mir_type_bits(type_argument(insn));
  INTERP_DEST(int64_t, bits ? __builtin_clzll(bits) - (64 - width) : width);
  return insn + 1;
}

INTRINSIC(trailing_zeros) {
  uint64_t bits = bits_argument(in, insn);
  INTERP_DEST(int64_t, bits ? (int64_t)__builtin_ctzll(bits) : (int64_t)mir_type_bits(type_argument(insn)));
  return insn + 1;
}

INTRINSIC(byte_swap) {
  uint64_t bits = __builtin_bswap64(bits_argument(in, insn)) >> (64 - mir_type_bits(type_argument(insn)));
  interp_store_integer(type_argument(insn), interp_address(in, &insn->dest), bits);
  return insn + 1;
}

INTRINSIC(mul_high) {
  INTERP_DEST(uint64_t, (uint64_t)((unsigned __int128)ARG(uint64_t, 0) * ARG(uint64_t, 1) >> 64));
  return insn + 1;
}

// ── Floats ──────────────────────────────────────────────────────────────────────────────────────────────────────
#define FLOAT_INTRINSIC(name, function)                                                            \
  INTRINSIC(name) {                                                                                \
    if (type_argument(insn)->kind == MIR_TYPE_F32) INTERP_DEST(float, function##f(ARG(float, 0))); \
    else INTERP_DEST(double, function(ARG(double, 0)));                                            \
    return insn + 1;                                                                               \
  }
FLOAT_INTRINSIC(float_sqrt, sqrt)
FLOAT_INTRINSIC(float_floor, floor)
FLOAT_INTRINSIC(float_ceil, ceil)
FLOAT_INTRINSIC(float_trunc, trunc)
FLOAT_INTRINSIC(float_round, round)
FLOAT_INTRINSIC(float_abs, fabs)

INTRINSIC(float_fma) {
  if (type_argument(insn)->kind == MIR_TYPE_F32) INTERP_DEST(float, fmaf(ARG(float, 0), ARG(float, 1), ARG(float, 2)));
  else INTERP_DEST(double, fma(ARG(double, 0), ARG(double, 1), ARG(double, 2)));
  return insn + 1;
}

INTRINSIC(float_to_bits) {
  INTERP_DEST(uint64_t, ARG(uint64_t, 0));
  return insn + 1;
}

INTRINSIC(float_from_bits) {
  INTERP_DEST(uint64_t, ARG(uint64_t, 0));
  return insn + 1;
}

// ── The table ───────────────────────────────────────────────────────────────────────────────────────────────────
static Handler *const handlers[INTRINSIC_COUNT] = {
#define INTRINSIC_MIR(name, signature)
#define INTRINSIC_BACKEND(name, signature) [INTRINSIC_##name] = interp_intrinsic_##name,
#include "intrinsics/intrinsics.def"
};

Handler *interp_intrinsic_handler(uint32_t intrinsic) { return handlers[intrinsic]; }
