// The rules that one statement shows by itself: its operands are well formed, their types fit the op (rule 1), an
// owner is given where one is wanted, and borrowed values are neither given away nor released (rule 5).
#include <ctype.h>
#include <string.h>

#include "intrinsics/intrinsics.h"
#include "mir/check.h"

#define FAIL(...) mir_check_fail(c, 1, __VA_ARGS__)

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
static const MirType *field_type(const MirField *fields, uint32_t count, uint32_t index) {
  return index < count ? fields[index].type : NULL;
}

// The type that a projection of `base` has, or NULL when it has no such projection.
static const MirType *projected_type(MirChecker *c, const MirType *base, const MirProjection *projection) {
  switch (projection->kind) {
    case MIR_PROJECT_FIELD:
      if (base->kind != MIR_TYPE_OBJECT && base->kind != MIR_TYPE_STRUCT) return NULL;
      return field_type(base->fields.fields, base->fields.field_count, projection->index);
    case MIR_PROJECT_VARIANT: {
      if (base->kind != MIR_TYPE_ENUM || projection->variant >= base->enum_.variant_count) return NULL;
      const MirVariant *variant = &base->enum_.variants[projection->variant];
      return field_type(variant->fields, variant->field_count, projection->index);
    }
    case MIR_PROJECT_DEREF: return base->kind == MIR_TYPE_PTR || base->kind == MIR_TYPE_REF ? base->ptr.to : NULL;
    case MIR_PROJECT_INDEX:
      if (base->kind != MIR_TYPE_ARRAY || projection->index >= c->function->locals.size) return NULL;
      if (c->function->locals.data[projection->index].type->kind != MIR_TYPE_I64) return NULL;
      return base->array.element;
  }
  return NULL;
}

static bool check_place(MirChecker *c, const MirPlace *place) {
  if (!place->global && place->local >= c->function->locals.size) return FAIL("there is no _%u", place->local), false;
  const MirType *type = place->global ? place->global->type : c->function->locals.data[place->local].type;
  for (uint32_t i = 0; i < place->projection_count; i++) {
    const MirType *next = projected_type(c, type, &place->projections[i]);
    if (!next || next != place->projections[i].type)
      return FAIL("projection %u of a place does not fit %s", i, mir_check_type_text(c, type)), false;
    type = next;
  }
  if (type != place->type)
    FAIL("a place says it is %s and is %s", mir_check_type_text(c, place->type), mir_check_type_text(c, type));
  else if (type->kind == MIR_TYPE_OBJECT) FAIL("an object is used as a value");
  return !c->failed;
}

// ── Operands ────────────────────────────────────────────────────────────────────────────────────────────────────
// A constant function as a closure: the same parameters and result, and every parameter borrowed, since no caller of
// a closure gives an owner away.
static void check_function_operand(MirChecker *c, const MirOperand *operand) {
  const MirType *fn = operand->type;
  const MirFunction *function = operand->function;
  if (fn->kind == MIR_TYPE_PTR) return;
  if (fn->kind != MIR_TYPE_FN || fn->fn.param_count != function->param_count || fn->fn.result != function->result) {
    FAIL("a function constant is not of its function's type");
    return;
  }
  if (!function->blocks.size) FAIL("a C function is no function value: it takes no closure");
  for (uint32_t i = 0; i < fn->fn.param_count; i++) {
    if (function->locals.data[i + 1].type != fn->fn.params[i])
      FAIL("parameter %u of a function constant differs", i + 1);
    if (mir_local_is_counted(function, i + 1)) FAIL("a function constant takes ownership of parameter %u", i + 1);
  }
}

static void check_int(MirChecker *c, const MirOperand *operand) {
  const MirType *type = operand->type;
  if (!mir_type_is_integer(type) && type->kind != MIR_TYPE_BOOL && type->kind != MIR_TYPE_CHAR)
    FAIL("an integer constant has type %s", mir_check_type_text(c, type));
  else if (mir_type_bits(type) < 64 && operand->bits >> mir_type_bits(type))
    FAIL("an integer constant is wider than %s", mir_check_type_text(c, type));
}

static bool check_operand(MirChecker *c, const MirOperand *operand) {
  switch (operand->kind) {
    case MIR_OPERAND_COPY:
    case MIR_OPERAND_MOVE:
      if (check_place(c, &operand->place) && operand->type != operand->place.type)
        FAIL("an operand is not of its place's type");
      break;
    case MIR_OPERAND_INT: check_int(c, operand); break;
    case MIR_OPERAND_FLOAT:
      if (!mir_type_is_float(operand->type)) FAIL("a float constant is no float");
      break;
    case MIR_OPERAND_STRING:
      if (operand->type->kind != MIR_TYPE_STRING) FAIL("a string constant is no string");
      break;
    case MIR_OPERAND_FUNCTION: check_function_operand(c, operand); break;
    case MIR_OPERAND_GLOBAL:
      if (operand->type->kind != MIR_TYPE_PTR ||
          (operand->type->ptr.to && operand->type->ptr.to != operand->global->type))
        FAIL("the address of a global has the wrong type");
      break;
    case MIR_OPERAND_ZERO:
      if (operand->type->kind == MIR_TYPE_OBJECT) FAIL("an object is used as a value");
      break;
  }
  return !c->failed;
}

// ── Ownership ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_borrowed(MirChecker *c, const MirPlace *place) {
  if (mir_place_is_memory(place)) return false;
  return c->function->locals.data[place->local].type->is_managed && !mir_local_is_counted(c->function, place->local);
}

// The operand's value goes where it is kept: an owner must be given.
static void check_owner_given(MirChecker *c, const MirOperand *operand, const char *where) {
  if (!operand->type->is_managed || operand->kind != MIR_OPERAND_COPY) return;
  mir_check_fail(c, 5, "%s takes an owner and a borrowed value is given: move or retain it", where);
}

// The operand's value is only looked at: an owner given away here would be lost.
static void check_owner_kept(MirChecker *c, const MirOperand *operand, const char *where) {
  if (!operand->type->is_managed || operand->kind != MIR_OPERAND_MOVE) return;
  mir_check_fail(c, 5, "%s borrows and an owner is moved into it", where);
}

static void check_given_to(MirChecker *c, const MirStmt *stmt, const MirOperand *operand) {
  if (mir_place_is_owner(c->function, &stmt->dest)) check_owner_given(c, operand, "the destination");
  else check_owner_kept(c, operand, "the destination");
}

// The result is a fresh owner, so something must keep it.
static void check_fresh_dest(MirChecker *c, const MirStmt *stmt, const MirType *type) {
  if (!type->is_managed) return;
  if (!stmt->dest.type) mir_check_fail(c, 5, "the result is an owner and nothing keeps it");
  else if (!mir_place_is_owner(c->function, &stmt->dest))
    mir_check_fail(c, 5, "the result is an owner and the destination is borrowed");
}

static void check_moves(MirChecker *c, const MirStmt *stmt) {
  for (uint32_t i = 0; i < stmt->operand_count && !c->failed; i++) {
    const MirOperand *operand = &stmt->operands[i];
    if (operand->kind == MIR_OPERAND_MOVE && operand->type->is_managed && is_borrowed(c, &operand->place))
      mir_check_fail(c, 5, "_%u is borrowed and is moved", operand->place.local);
  }
}

// ── Types of one op ─────────────────────────────────────────────────────────────────────────────────────────────
static void want_type(MirChecker *c, const MirType *want, const MirType *have, const char *what) {
  if (!mir_check_type_fits(want, have))
    FAIL("%s should be %s and is %s", what, mir_check_type_text(c, want), mir_check_type_text(c, have));
}

static void want_kind(MirChecker *c, MirTypeKind want, const MirType *have, const char *what) {
  if (have->kind != want)
    FAIL("%s should be %s and is %s", what, mir_type_kind_text(want), mir_check_type_text(c, have));
}

static void want_operands(MirChecker *c, const MirStmt *stmt, uint32_t count) {
  if (stmt->operand_count != count) FAIL("%u operands and should have %u", stmt->operand_count, count);
}

static void check_use(MirChecker *c, const MirStmt *stmt) {
  want_type(c, stmt->dest.type, stmt->operands[0].type, "the operand");
  if (stmt->op == MIR_OP_USE) check_given_to(c, stmt, &stmt->operands[0]);
  else check_fresh_dest(c, stmt, stmt->dest.type);
  if (stmt->op == MIR_OP_RETAIN) check_owner_kept(c, &stmt->operands[0], "`retain`");
}

static void check_addr(MirChecker *c, const MirStmt *stmt) {
  want_kind(c, MIR_TYPE_PTR, stmt->dest.type, "the destination");
  if (c->failed) return;
  if (stmt->operands[0].kind != MIR_OPERAND_COPY) FAIL("the operand of `addr` is not a place");
  else if (stmt->dest.type->ptr.to) want_type(c, stmt->dest.type->ptr.to, stmt->operands[0].type, "the operand");
}

static bool is_pointer(const MirType *type) {
  return type->kind == MIR_TYPE_PTR || type->kind == MIR_TYPE_REF || type->kind == MIR_TYPE_STRING ||
         type->kind == MIR_TYPE_FN;
}

static bool is_address(const MirType *type) {
  return is_pointer(type) || type->kind == MIR_TYPE_U64 || type->kind == MIR_TYPE_I64;
}

static void check_cast(MirChecker *c, const MirStmt *stmt) {
  const MirType *from = stmt->operands[0].type, *to = stmt->dest.type;
  bool are_numbers = mir_type_is_scalar(from) && mir_type_is_scalar(to) && !is_pointer(from) && !is_pointer(to);
  bool is_to_bool = to->kind == MIR_TYPE_BOOL && from != to;
  if ((!are_numbers || is_to_bool) && !(is_address(from) && is_address(to)))
    FAIL("no cast from %s to %s", mir_check_type_text(c, from), mir_check_type_text(c, to));
  else if (from->is_managed && !to->is_managed) check_owner_kept(c, &stmt->operands[0], "a cast to a number or `ptr`");
  else if (!from->is_managed && to->is_managed && mir_place_is_owner(c->function, &stmt->dest))
    mir_check_fail(c, 5, "a cast from a number or `ptr` gives a borrowed value and the destination owns");
  else check_given_to(c, stmt, &stmt->operands[0]);
}

static void check_tag(MirChecker *c, const MirStmt *stmt) {
  want_kind(c, MIR_TYPE_ENUM, stmt->operands[0].type, "the operand");
  want_kind(c, MIR_TYPE_I64, stmt->dest.type, "the destination");
  check_owner_kept(c, &stmt->operands[0], "`tag`");
}

static void check_numbers(MirChecker *c, const MirStmt *stmt, bool are_right) {
  if (!are_right)
    FAIL("`%s` does not work on %s", mir_op_info(stmt->op)->text, mir_check_type_text(c, stmt->dest.type));
  for (uint32_t i = 0; i < stmt->operand_count && !c->failed; i++)
    want_type(c, stmt->dest.type, stmt->operands[i].type, "an operand");
}

static void check_shift(MirChecker *c, const MirStmt *stmt) {
  if (!mir_type_is_integer(stmt->dest.type))
    FAIL("a shift does not work on %s", mir_check_type_text(c, stmt->dest.type));
  want_type(c, stmt->dest.type, stmt->operands[0].type, "the operand");
  want_kind(c, MIR_TYPE_I64, stmt->operands[1].type, "the count");
}

static void check_comparison(MirChecker *c, const MirStmt *stmt) {
  want_kind(c, MIR_TYPE_BOOL, stmt->dest.type, "the destination");
  want_type(c, stmt->operands[0].type, stmt->operands[1].type, "the second operand");
  if (!mir_type_is_scalar(stmt->operands[0].type)) FAIL("only scalars are compared");
  check_owner_kept(c, &stmt->operands[0], "a comparison");
  check_owner_kept(c, &stmt->operands[1], "a comparison");
}

// ── Aggregates ──────────────────────────────────────────────────────────────────────────────────────────────────
static void check_parts(MirChecker *c, const MirStmt *stmt, const MirField *fields, uint32_t count) {
  want_operands(c, stmt, count);
  for (uint32_t i = 0; i < count && !c->failed; i++) want_type(c, fields[i].type, stmt->operands[i].type, "a part");
}

static void check_struct(MirChecker *c, const MirStmt *stmt) {
  const MirType *type = stmt->dest.type;
  want_kind(c, MIR_TYPE_STRUCT, type, "the destination");
  if (!c->failed) check_parts(c, stmt, type->fields.fields, type->fields.field_count);
  for (uint32_t i = 0; i < stmt->operand_count; i++) check_given_to(c, stmt, &stmt->operands[i]);
}

static void check_variant(MirChecker *c, const MirStmt *stmt) {
  const MirType *type = stmt->dest.type;
  want_kind(c, MIR_TYPE_ENUM, type, "the destination");
  if (!c->failed && stmt->variant >= type->enum_.variant_count)
    FAIL("the enum has no variant number %u", stmt->variant);
  if (c->failed) return;
  check_parts(c, stmt, type->enum_.variants[stmt->variant].fields, type->enum_.variants[stmt->variant].field_count);
  for (uint32_t i = 0; i < stmt->operand_count; i++) check_given_to(c, stmt, &stmt->operands[i]);
}

static void check_array(MirChecker *c, const MirStmt *stmt) {
  const MirType *type = stmt->dest.type;
  want_kind(c, MIR_TYPE_ARRAY, type, "the destination");
  if (c->failed) return;
  if (stmt->op == MIR_OP_ARRAY && stmt->operand_count != type->array.count) FAIL("the number of elements differs");
  if (stmt->op == MIR_OP_FILL && type->array.element->is_managed) FAIL("`fill` copies and the elements are counted");
  for (uint32_t i = 0; i < stmt->operand_count && !c->failed; i++) {
    want_type(c, type->array.element, stmt->operands[i].type, "an element");
    check_given_to(c, stmt, &stmt->operands[i]);
  }
}

static void check_new(MirChecker *c, const MirStmt *stmt) {
  want_kind(c, MIR_TYPE_REF, stmt->dest.type, "the destination");
  if (!c->failed && stmt->dest.type->ptr.to != stmt->type) FAIL("the destination refers to another type");
  if (c->failed) return;
  check_parts(c, stmt, stmt->type->fields.fields, stmt->type->fields.field_count);
  check_fresh_dest(c, stmt, stmt->dest.type);
  for (uint32_t i = 0; i < stmt->operand_count; i++) check_owner_given(c, &stmt->operands[i], "a new object");
}

// The callee of a closure: its first parameter is the closure, then those of the function type, all borrowed.
static void check_closure_callee(MirChecker *c, const MirStmt *stmt) {
  const MirFunction *callee = stmt->callee;
  const MirType *fn = stmt->dest.type;
  if (callee->param_count != fn->fn.param_count + 1 || callee->result != fn->fn.result) {
    FAIL("the code of the closure does not fit its type");
    return;
  }
  for (uint32_t i = 0; i < fn->fn.param_count && !c->failed; i++)
    want_type(c, fn->fn.params[i], callee->locals.data[i + 2].type, "a parameter of the closure's code");
  if (!is_pointer(callee->locals.data[1].type)) FAIL("the first parameter of a closure's code is the closure");
  for (MirLocalId i = 1; i <= callee->param_count; i++)
    if (mir_local_is_counted(callee, i)) FAIL("the code of a closure takes ownership of parameter %u", i);
}

// Field 0 of the object is the code; the captured values fill the others.
static void check_closure(MirChecker *c, const MirStmt *stmt) {
  want_kind(c, MIR_TYPE_FN, stmt->dest.type, "the destination");
  if (!stmt->type || stmt->type->kind != MIR_TYPE_OBJECT || !stmt->callee)
    FAIL("a closure needs its object type and its code");
  if (c->failed) return;
  const MirField *fields = stmt->type->fields.fields;
  if (!stmt->type->fields.field_count || fields[0].type->kind != MIR_TYPE_PTR)
    FAIL("field 0 of a closure's object is no `ptr` to its code");
  if (c->failed) return;
  check_parts(c, stmt, fields + 1, stmt->type->fields.field_count - 1);
  check_closure_callee(c, stmt);
  check_fresh_dest(c, stmt, stmt->dest.type);
  for (uint32_t i = 0; i < stmt->operand_count; i++) check_owner_given(c, &stmt->operands[i], "a closure");
}

// ── Checks and calls ────────────────────────────────────────────────────────────────────────────────────────────
static void check_option_unwrap(MirChecker *c, const MirStmt *stmt) {
  const MirType *type = stmt->operands[0].type;
  want_kind(c, MIR_TYPE_ENUM, type, "the operand");
  if (!mir_operand_is_place(&stmt->operands[0])) FAIL("the operand is not a place");
  if (c->failed) return;
  if (stmt->variant >= type->enum_.variant_count || !type->enum_.variants[stmt->variant].field_count) {
    FAIL("variant number %u has no payload", stmt->variant);
    return;
  }
  const MirType *payload = type->enum_.variants[stmt->variant].fields[0].type;
  bool is_void = payload->kind == MIR_TYPE_VOID;  // it is only asked whether the variant is the right one
  if (is_void == (stmt->dest.type != NULL)) FAIL("`option_unwrap` has a destination for what is not void");
  if (is_void || c->failed) return;
  want_type(c, stmt->dest.type, payload, "the payload");
  if (stmt->dest.type->is_managed) check_given_to(c, stmt, &stmt->operands[0]);
}

static void check_bounds(MirChecker *c, const MirStmt *stmt) {
  want_operands(c, stmt, 2);
  if (stmt->dest.type) FAIL("`bounds_check` has no destination");
  for (uint32_t i = 0; i < stmt->operand_count; i++) want_kind(c, MIR_TYPE_I64, stmt->operands[i].type, "an operand");
}

static void check_result(MirChecker *c, const MirStmt *stmt, const MirType *result) {
  if (stmt->dest.type) want_type(c, stmt->dest.type, result, "the result");
  check_fresh_dest(c, stmt, result);
}

static void check_argument(MirChecker *c, const MirFunction *callee, uint32_t index, const MirOperand *operand) {
  if (index >= callee->param_count) {  // of a variadic C function
    check_owner_kept(c, operand, "a variadic call");
    return;
  }
  want_type(c, callee->locals.data[index + 1].type, operand->type, "an argument");
  if (mir_local_is_counted(callee, index + 1)) check_owner_given(c, operand, "the parameter");
  else check_owner_kept(c, operand, "the parameter");
}

static void check_call(MirChecker *c, const MirStmt *stmt) {
  const MirFunction *callee = stmt->callee;
  if (!callee) {
    FAIL("a call without a callee");
    return;
  }
  bool fits =
      callee->is_variadic ? stmt->operand_count >= callee->fixed_params : stmt->operand_count == callee->param_count;
  if (!fits) FAIL("%u arguments for %u parameters", stmt->operand_count, callee->param_count);
  for (uint32_t i = 0; i < stmt->operand_count && !c->failed; i++) check_argument(c, callee, i, &stmt->operands[i]);
  if (!c->failed) check_result(c, stmt, callee->result);
}

static void check_call_fn(MirChecker *c, const MirStmt *stmt) {
  if (!stmt->operand_count || stmt->operands[0].type->kind != MIR_TYPE_FN) {
    FAIL("operand 0 is no function value");
    return;
  }
  const MirType *fn = stmt->operands[0].type;
  want_operands(c, stmt, fn->fn.param_count + 1);
  for (uint32_t i = 0; i < stmt->operand_count && !c->failed; i++) {
    if (i) want_type(c, fn->fn.params[i - 1], stmt->operands[i].type, "an argument");
    check_owner_kept(c, &stmt->operands[i], "a call of a function value");
  }
  if (!c->failed) check_result(c, stmt, fn->fn.result);
}

// ── Intrinsics: the signature column of intrinsics.def, read here as types of MIR ───────────────────────────────
static bool signature_type_fits(const char *word, size_t size, const MirType *have, const MirType *of) {
  static const struct {
    const char *text;
    MirTypeKind kind;
  } rows[] = {{"Int", MIR_TYPE_I64},
              {"U64", MIR_TYPE_U64},
              {"U8", MIR_TYPE_U8},
              {"Bool", MIR_TYPE_BOOL},
              {"F64", MIR_TYPE_F64}};
  if (size > 4 && strncmp(word, "Ptr<", 4) == 0) return have->kind == MIR_TYPE_PTR;
  if (size == 1 && *word == 'T') return of && mir_check_type_fits(of, have);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strlen(rows[i].text) == size && strncmp(word, rows[i].text, size) == 0) return have->kind == rows[i].kind;
  return false;
}

static size_t word_size(const char *text) {
  size_t size = 0;
  while (isalnum((unsigned char)text[size]) || text[size] == '<' || text[size] == '>') size++;
  return size;
}

// The type behind the next `:` of a signature.
static const char *next_signature_type(const char *at) {
  const char *colon = strchr(at, ':');
  return colon ? colon + 2 : NULL;
}

static void check_signature(MirChecker *c, const MirStmt *stmt, const char *signature) {
  uint32_t count = 0;
  const char *close = strrchr(signature, ')'), *at = next_signature_type(signature);
  for (; at && at < close; at = next_signature_type(at), count++) {
    if (count < stmt->operand_count && !signature_type_fits(at, word_size(at), stmt->operands[count].type, stmt->type))
      FAIL("operand %u of an intrinsic does not fit `%s`", count, signature);
  }
  if (count != stmt->operand_count) FAIL("%u operands for the intrinsic's `%s`", stmt->operand_count, signature);
  if (at && stmt->dest.type && !signature_type_fits(at, word_size(at), stmt->dest.type, stmt->type))
    FAIL("the result of an intrinsic does not fit `%s`", signature);
  if (!at && stmt->dest.type && stmt->dest.type->kind != MIR_TYPE_VOID) FAIL("the intrinsic has no result");
}

void mir_check_intrinsic(MirChecker *c, const MirStmt *stmt) {
  const IntrinsicInfo *info =
      stmt->intrinsic && stmt->intrinsic < INTRINSIC_COUNT ? intrinsic_info((IntrinsicId)stmt->intrinsic) : NULL;
  if (!info || !info->in_backend) FAIL("the back ends know no such intrinsic");
  else if (info->signature[0] == '<' && !stmt->type) FAIL("the intrinsic needs its type argument");
  else check_signature(c, stmt, info->signature);
}

// ── Effects and terminators ─────────────────────────────────────────────────────────────────────────────────────
static void check_effect(MirChecker *c, const MirStmt *stmt) {
  const MirOperand *operand = &stmt->operands[0];
  if (operand->kind != MIR_OPERAND_COPY) FAIL("the operand of `%s` is not a place", mir_op_info(stmt->op)->text);
  else if (operand->type->is_managed && is_borrowed(c, &operand->place))
    mir_check_fail(c, 5, "_%u is borrowed and reaches `%s`", operand->place.local, mir_op_info(stmt->op)->text);
}

static void want_targets(MirChecker *c, const MirStmt *stmt, uint32_t count) {
  if (stmt->target_count != count) FAIL("%u targets and should have %u", stmt->target_count, count);
}

static void check_branch(MirChecker *c, const MirStmt *stmt) {
  want_targets(c, stmt, 2);
  want_operands(c, stmt, 1);
  if (!c->failed) want_kind(c, MIR_TYPE_BOOL, stmt->operands[0].type, "the condition");
}

static void check_switch(MirChecker *c, const MirStmt *stmt) {
  want_operands(c, stmt, 1);
  if (!stmt->target_count) FAIL("a switch without a default");
  if (c->failed) return;
  const MirType *type = stmt->operands[0].type;
  if (!mir_type_is_integer(type) && type->kind != MIR_TYPE_CHAR) FAIL("a switch on %s", mir_check_type_text(c, type));
}

static void check_panic(MirChecker *c, const MirStmt *stmt) {
  want_targets(c, stmt, 0);
  want_operands(c, stmt, 1);
  if (c->failed) return;
  want_kind(c, MIR_TYPE_STRING, stmt->operands[0].type, "the message");
  check_owner_given(c, &stmt->operands[0], "`panic`");
}

static void check_bare_end(MirChecker *c, const MirStmt *stmt, uint32_t targets) {
  want_operands(c, stmt, 0);
  want_targets(c, stmt, targets);
}

// ── One statement ───────────────────────────────────────────────────────────────────────────────────────────────
static void check_shape(MirChecker *c, const MirStmt *stmt) {
  MirOpShape shape = mir_op_info(stmt->op)->shape;
  bool needs_dest = shape == MIR_SHAPE_NULLARY || shape == MIR_SHAPE_BINARY ||
                    (shape == MIR_SHAPE_UNARY && stmt->op != MIR_OP_OPTION_UNWRAP);
  bool makes = stmt->op >= MIR_OP_STRUCT && stmt->op <= MIR_OP_CLOSURE;
  if ((needs_dest || makes) && !stmt->dest.type) FAIL("`%s` needs a destination", mir_op_info(stmt->op)->text);
  if ((shape == MIR_SHAPE_EFFECT || shape == MIR_SHAPE_TERM) && stmt->dest.type)
    FAIL("`%s` has no destination", mir_op_info(stmt->op)->text);
  if (shape == MIR_SHAPE_UNARY || shape == MIR_SHAPE_EFFECT) want_operands(c, stmt, 1);
  if (shape == MIR_SHAPE_BINARY) want_operands(c, stmt, 2);
  if (shape != MIR_SHAPE_TERM) want_targets(c, stmt, 0);
}

static void check_op(MirChecker *c, const MirStmt *stmt) {
  const MirType *dest = stmt->dest.type;
  switch (stmt->op) {
    case MIR_OP_USE:
    case MIR_OP_RETAIN: check_use(c, stmt); return;
    case MIR_OP_ADDR: check_addr(c, stmt); return;
    case MIR_OP_CAST: check_cast(c, stmt); return;
    case MIR_OP_TAG: check_tag(c, stmt); return;
    case MIR_OP_NEG:
    case MIR_OP_ADD:
    case MIR_OP_SUB:
    case MIR_OP_MUL:
    case MIR_OP_DIV:
    case MIR_OP_REM:
    case MIR_OP_WRAP_ADD:
    case MIR_OP_WRAP_SUB:
    case MIR_OP_WRAP_MUL: check_numbers(c, stmt, mir_type_is_integer(dest)); return;
    case MIR_OP_BIT_AND:
    case MIR_OP_BIT_OR:
    case MIR_OP_BIT_XOR: check_numbers(c, stmt, mir_type_is_integer(dest) || dest->kind == MIR_TYPE_BOOL); return;
    case MIR_OP_BIT_NOT: check_numbers(c, stmt, mir_type_is_integer(dest)); return;
    case MIR_OP_NOT: check_numbers(c, stmt, dest->kind == MIR_TYPE_BOOL); return;
    case MIR_OP_SHL:
    case MIR_OP_SHR: check_shift(c, stmt); return;
    case MIR_OP_FNEG:
    case MIR_OP_FADD:
    case MIR_OP_FSUB:
    case MIR_OP_FMUL:
    case MIR_OP_FDIV:
    case MIR_OP_FREM: check_numbers(c, stmt, mir_type_is_float(dest)); return;
    case MIR_OP_EQ:
    case MIR_OP_NE:
    case MIR_OP_LT:
    case MIR_OP_LE:
    case MIR_OP_GT:
    case MIR_OP_GE: check_comparison(c, stmt); return;
    case MIR_OP_STRUCT: check_struct(c, stmt); return;
    case MIR_OP_VARIANT: check_variant(c, stmt); return;
    case MIR_OP_ARRAY:
    case MIR_OP_FILL: check_array(c, stmt); return;
    case MIR_OP_NEW: check_new(c, stmt); return;
    case MIR_OP_CLOSURE: check_closure(c, stmt); return;
    case MIR_OP_OPTION_UNWRAP: check_option_unwrap(c, stmt); return;
    case MIR_OP_BOUNDS_CHECK: check_bounds(c, stmt); return;
    case MIR_OP_CALL: check_call(c, stmt); return;
    case MIR_OP_CALL_FN: check_call_fn(c, stmt); return;
    case MIR_OP_INTRINSIC: mir_check_intrinsic(c, stmt); return;
    case MIR_OP_RELEASE:
    case MIR_OP_FORGET: check_effect(c, stmt); return;
    case MIR_OP_GOTO: check_bare_end(c, stmt, 1); return;
    case MIR_OP_BRANCH: check_branch(c, stmt); return;
    case MIR_OP_SWITCH: check_switch(c, stmt); return;
    case MIR_OP_PANIC: check_panic(c, stmt); return;
    case MIR_OP_RETURN:
    case MIR_OP_UNREACHABLE:
    case MIR_OP_RESUME: check_bare_end(c, stmt, 0); return;
    case MIR_OP_COUNT: FAIL("there is no such op"); return;
  }
}

void mir_check_stmt(MirChecker *c, const MirStmt *stmt) {
  check_shape(c, stmt);
  if (!c->failed && stmt->dest.type) check_place(c, &stmt->dest);
  for (uint32_t i = 0; i < stmt->operand_count && !c->failed; i++) check_operand(c, &stmt->operands[i]);
  if (!c->failed) check_moves(c, stmt);
  if (!c->failed) check_op(c, stmt);
}
