// Intrinsics: one function per INTRINSIC_MIR row, which expands it into ordinary MIR; the rows that the back ends
// implement become an INTRINSIC statement. A row without its function does not compile.
#include "mir/lower_internal.h"

typedef struct IntrinsicCall {
  Instance *instance;
  MirType *type;    // the first type argument, or NULL
  Type *quartz_type;
  MirType *result;
  const MirOperand *args;
  uint32_t count;
  Span span;
} IntrinsicCall;

typedef MirOperand LowerIntrinsic(LowerFn *fn, const IntrinsicCall *call);

// What a pointer operand points to.
static MirPlace pointee(LowerFn *fn, const IntrinsicCall *call) {
  return mir_place_deref(fn->module, lower_materialise(fn, call->args[0], call->span).place);
}

static bool is_void(const IntrinsicCall *call) { return call->type->kind == MIR_TYPE_VOID; }

static MirOperand cast(LowerFn *fn, const IntrinsicCall *call, MirType *type) {
  return call->args[0].type == type ? call->args[0] : lower_unary(fn, MIR_OP_CAST, type, call->args[0], call->span);
}

// ── Types ───────────────────────────────────────────────────────────────────────────────────────────────────────
static MirOperand lower_intrinsic_size_of(LowerFn *fn, const IntrinsicCall *call) {
  return lower_int(fn, (int64_t)call->type->size);
}

static MirOperand lower_intrinsic_align_of(LowerFn *fn, const IntrinsicCall *call) {
  return lower_int(fn, call->type->align);
}

static MirOperand lower_intrinsic_type_name(LowerFn *fn, const IntrinsicCall *call) {
  return mir_string(fn->module,
                    name_from(fn->lowering->context->names, type_text(fn->lowering->context, call->quartz_type)));
}

static MirOperand lower_intrinsic_needs_release(LowerFn *fn, const IntrinsicCall *call) {
  return lower_bool(fn, call->type->is_managed);
}

static bool are_steady(const MirField *fields, uint32_t count);

static bool is_steady(const MirType *type) {
  switch ((int)type->kind) {
    case MIR_TYPE_STRUCT: return are_steady(type->fields.fields, type->fields.field_count);
    case MIR_TYPE_ARRAY: return is_steady(type->array.element);
    case MIR_TYPE_ENUM:
      for (uint32_t i = 0; i < type->enum_.variant_count; i++)
        if (!are_steady(type->enum_.variants[i].fields, type->enum_.variants[i].field_count)) return false;
      return true;
    case MIR_TYPE_REF: return type->ptr.to->is_shared;
    default: return type->kind == MIR_TYPE_STRING || !type->is_managed;
  }
}

static bool are_steady(const MirField *fields, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (!is_steady(fields[i].type)) return false;
  return true;
}

static MirOperand lower_intrinsic_is_steady(LowerFn *fn, const IntrinsicCall *call) {
  return lower_bool(fn, is_steady(call->type));
}

static MirOperand lower_intrinsic_is_void(LowerFn *fn, const IntrinsicCall *call) {
  return lower_bool(fn, is_void(call));
}

static MirOperand lower_intrinsic_static_word(LowerFn *fn, const IntrinsicCall *call) {
  MirGlobal *global = lower_static_word(fn->lowering, call->quartz_type);
  return (MirOperand){.kind = MIR_OPERAND_GLOBAL, .type = call->result, .global = global};
}

static MirOperand lower_intrinsic_symbol_name(LowerFn *fn, const IntrinsicCall *call) {
  MirStmt *stmt = lower_many(fn, MIR_OP_CALL, call->result, call->args, 1, call->span);
  stmt->callee = lower_symbol_name(fn->lowering);
  return lower_result(fn, stmt);
}

// ── Memory through pointers ─────────────────────────────────────────────────────────────────────────────────────
static MirOperand lower_intrinsic_ptr_get(LowerFn *fn, const IntrinsicCall *call) {
  return is_void(call) ? lower_void(fn) : lower_load(fn, pointee(fn, call), call->span);
}

static MirOperand lower_intrinsic_ptr_set(LowerFn *fn, const IntrinsicCall *call) {
  if (is_void(call)) return lower_void(fn);
  MirOperand value = lower_owned(fn, call->args[1], call->span);
  lower_store(fn, pointee(fn, call), value, call->span);
  return lower_void(fn);
}

static MirOperand lower_intrinsic_ptr_take(LowerFn *fn, const IntrinsicCall *call) {
  if (is_void(call)) return lower_void(fn);
  MirPlace place = pointee(fn, call);
  MirOperand taken = call->type->is_managed ? mir_move(place) : mir_copy(place);
  return lower_unary(fn, MIR_OP_USE, call->type, taken, call->span);
}

static MirOperand lower_intrinsic_ptr_init(LowerFn *fn, const IntrinsicCall *call) {
  if (is_void(call)) return lower_void(fn);
  MirOperand value = lower_consume(fn, lower_owned(fn, call->args[1], call->span));
  lower_write(fn, pointee(fn, call), MIR_OP_USE, value, call->span);
  return lower_void(fn);
}

static MirOperand lower_intrinsic_ptr_release(LowerFn *fn, const IntrinsicCall *call) {
  if (call->type->is_managed) lower_effect(fn, MIR_OP_RELEASE, mir_copy(pointee(fn, call)), call->span);
  return lower_void(fn);
}

static MirOperand lower_intrinsic_ptr_borrow(LowerFn *fn, const IntrinsicCall *call) {
  return cast(fn, call, call->result);
}

static MirOperand lower_intrinsic_ptr_of(LowerFn *fn, const IntrinsicCall *call) {
  return cast(fn, call, call->result);
}

static MirOperand lower_intrinsic_ptr_null(LowerFn *fn, const IntrinsicCall *call) {
  (void)fn;
  return mir_zero(call->result);
}

static MirOperand lower_intrinsic_ptr_cast(LowerFn *fn, const IntrinsicCall *call) {
  return cast(fn, call, call->result);
}

static MirOperand lower_intrinsic_ptr_address(LowerFn *fn, const IntrinsicCall *call) {
  return cast(fn, call, call->result);
}

static MirOperand lower_intrinsic_ptr_from_address(LowerFn *fn, const IntrinsicCall *call) {
  return cast(fn, call, call->result);
}

// A counted pointer is shown itself, a value what is in it.
void lower_cross_parts(LowerFn *fn, MirType *type, MirOperand address, MirOperand crossing, Span span) {
  if (!type->is_managed) return;
  MirType *pointer = mir_type_ptr(fn->lowering->types, NULL);
  bool is_pointer = mir_type_is_scalar(type);
  MirFunction *callee = is_pointer ? mir_cross_pointer(fn->module) : mir_cross_glue(fn->module, type);
  MirOperand operands[] = {is_pointer ? lower_unary(fn, MIR_OP_CAST, pointer, address, span) : address, crossing};
  lower_many(fn, MIR_OP_CALL, lower_basic(fn, MIR_TYPE_VOID), operands, 2, span)->callee = callee;
}

static MirOperand lower_intrinsic_cross_parts(LowerFn *fn, const IntrinsicCall *call) {
  MirType *pointer = mir_type_ptr(fn->lowering->types, NULL);
  MirOperand crossing = lower_unary(fn, MIR_OP_CAST, pointer, call->args[1], call->span);
  lower_cross_parts(fn, call->type, call->args[0], crossing, call->span);
  return lower_void(fn);
}

// ── Counted objects ─────────────────────────────────────────────────────────────────────────────────────────────
static bool is_reference(const MirType *type) {
  return type->kind == MIR_TYPE_REF || type->kind == MIR_TYPE_STRING || type->kind == MIR_TYPE_FN;
}

// Structs are the same when all their fields are.
static MirOperand is_same(LowerFn *fn, MirOperand a, MirOperand b, Span span) {
  MirType *truth = lower_basic(fn, MIR_TYPE_BOOL);
  if (a.type->kind != MIR_TYPE_STRUCT) return lower_binary(fn, MIR_OP_EQ, truth, a, b, span);
  MirPlace left = lower_materialise(fn, a, span).place, right = lower_materialise(fn, b, span).place;
  MirOperand all = lower_bool(fn, true);
  for (uint32_t i = 0; i < a.type->fields.field_count; i++) {
    MirOperand x = mir_copy(mir_place_field(fn->module, left, i)), y = mir_copy(mir_place_field(fn->module, right, i));
    all = lower_binary(fn, MIR_OP_BIT_AND, truth, all, is_same(fn, x, y, span), span);
  }
  return all;
}

static MirOperand lower_intrinsic_same(LowerFn *fn, const IntrinsicCall *call) {
  return is_same(fn, call->args[0], call->args[1], call->span);
}

// The count is the first word of every object.
static MirOperand lower_intrinsic_is_unique(LowerFn *fn, const IntrinsicCall *call) {
  if (!is_reference(call->type)) return lower_bool(fn, true);
  MirType *i32 = lower_basic(fn, MIR_TYPE_I32);
  MirOperand pointer = cast(fn, call, mir_type_ptr(&fn->module->types, i32));
  MirOperand count = lower_load(fn, mir_place_deref(fn->module, pointer.place), call->span);
  return lower_binary(fn, MIR_OP_EQ, lower_basic(fn, MIR_TYPE_BOOL), count, mir_int(i32, 1), call->span);
}

static MirOperand lower_intrinsic_object_address(LowerFn *fn, const IntrinsicCall *call) {
  return cast(fn, call, call->result);
}

// A field of the string's own layout.
static MirPlace string_field(LowerFn *fn, const IntrinsicCall *call, uint32_t index) {
  MirOperand pointer = cast(fn, call, mir_type_ptr(&fn->module->types, lower_string_layout(fn->lowering)));
  return mir_place_field(fn->module, mir_place_deref(fn->module, pointer.place), index);
}

enum { STRING_BYTE_SIZE = 2, STRING_BYTES = 4 };

static MirOperand lower_intrinsic_string_byte_size(LowerFn *fn, const IntrinsicCall *call) {
  return lower_load(fn, string_field(fn, call, STRING_BYTE_SIZE), call->span);
}

static MirOperand lower_intrinsic_string_data(LowerFn *fn, const IntrinsicCall *call) {
  MirPlace bytes = string_field(fn, call, STRING_BYTES);
  return lower_unary(fn, MIR_OP_ADDR, call->result, mir_copy(bytes), call->span);
}

// ── Control ─────────────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t some_variant(const MirType *option) {
  uint32_t variant = 0;
  while (option->enum_.variants[variant].name != NAME_Some) variant++;
  return variant;
}

static MirOperand lower_intrinsic_option_unwrap(LowerFn *fn, const IntrinsicCall *call) {
  return lower_option_unwrap(fn, call->args[0], some_variant(call->args[0].type), call->span);
}

static MirOperand lower_intrinsic_panic(LowerFn *fn, const IntrinsicCall *call) {
  MirOperand message = lower_consume(fn, lower_owned(fn, call->args[0], call->span));
  lower_emit(fn, MIR_OP_PANIC, call->span, 1, 0)->operands[0] = message;
  return mir_zero(call->result);
}

static MirOperand lower_intrinsic_unreachable_unchecked(LowerFn *fn, const IntrinsicCall *call) {
  lower_unreachable(fn, call->span);
  return mir_zero(call->result);
}

// ── Back end ────────────────────────────────────────────────────────────────────────────────────────────────────
static MirOperand lower_in_backend(LowerFn *fn, const IntrinsicCall *call) {
  MirStmt *stmt = lower_many(fn, MIR_OP_INTRINSIC, call->result, call->args, call->count, call->span);
  stmt->intrinsic = call->instance->function->intrinsic;
  stmt->type = call->type;
  return lower_result(fn, stmt);
}

static LowerIntrinsic *const intrinsics[INTRINSIC_COUNT] = {
#define INTRINSIC_MIR(name, signature) [INTRINSIC_##name] = lower_intrinsic_##name,
#define INTRINSIC_BACKEND(name, signature) [INTRINSIC_##name] = lower_in_backend,
#include "intrinsics/intrinsics.def"
};

MirOperand lower_intrinsic(LowerFn *fn, Instance *instance, const MirOperand *args, uint32_t count, Span span) {
  IntrinsicCall call = {.instance = instance, .args = args, .count = count, .span = span};
  call.result = lower_type(fn->lowering, instance->result);
  if (instance->type_args->count) {
    call.quartz_type = instance->type_args->items[0];
    call.type = lower_type(fn->lowering, call.quartz_type);
  }
  return intrinsics[instance->function->intrinsic](fn, &call);
}
