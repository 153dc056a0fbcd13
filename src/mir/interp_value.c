// Values as wholes: copies, addresses, owners, aggregates, objects, and the checks on them.
#include "mir/interp.h"

// ── Copies ──────────────────────────────────────────────────────────────────────────────────────────────────────
#define COPY(name, T)                                     \
  static const Insn *name(Interp *in, const Insn *insn) { \
    INTERP_DEST(T, INTERP_ARG(T, &insn->a));              \
    return insn + 1;                                      \
  }
COPY(copy_1, uint8_t)
COPY(copy_2, uint16_t)
COPY(copy_4, uint32_t)
COPY(copy_8, uint64_t)

static const Insn *copy_any(Interp *in, const Insn *insn) {
  memmove(interp_address(in, &insn->dest), interp_address(in, &insn->a), insn->size);
  return insn + 1;
}

static Handler *copy_handler(uint64_t size) {
  switch (size) {
    case 1: return copy_1;
    case 2: return copy_2;
    case 4: return copy_4;
    case 8: return copy_8;
    default: return copy_any;
  }
}

static const Insn *address_of(Interp *in, const Insn *insn) {
  INTERP_DEST(char *, interp_address(in, &insn->a));
  return insn + 1;
}

// ── Owners ──────────────────────────────────────────────────────────────────────────────────────────────────────
void interp_retain(QzObject *object) {
  if (object->count < 0) qz_retain_slow(object);
  else object->count++;
}

bool interp_release(QzObject *object) {
  if (object->count < 0) return qz_release_slow(object) != 0;
  return --object->count == 0;
}

// The object that a niche enum or a counted pointer holds; NULL for the empty variant.
static QzObject *object_at(const char *at) { return INTERP_LOAD(QzObject *, at); }

static const Insn *retain_counted(Interp *in, const Insn *insn) {
  QzObject *object = object_at(interp_address(in, &insn->a));
  if (object) interp_retain(object);
  INTERP_DEST(QzObject *, object);
  return insn + 1;
}

// Calls glue on the value at `at`; control goes on behind `insn`.
static const Insn *call_glue(Interp *in, const Insn *insn, MirFunction *glue, char *at) {
  Code *code = interp_code(in, glue);
  interp_mark(in, insn);
  char *frame = interp_push(in, code, insn);
  INTERP_STORE(char *, frame + code->offsets[1], at);
  return interp_enter(in, code, frame);
}

static const Insn *retain_aggregate(Interp *in, const Insn *insn) {
  char *dest = interp_address(in, &insn->dest);
  memmove(dest, interp_address(in, &insn->a), insn->size);
  return call_glue(in, insn, insn->stmt->dest.type->retain_glue, dest);
}

// The object's own type says how its content is released: it may be any closure's.
static const Insn *release_object(Interp *in, const Insn *insn, QzObject *object) {
  if (!object || !interp_release(object)) return insn + 1;
  uint32_t type = qz_type_number(object);
  if (type != QZ_TYPE_STRING)
    return call_glue(in, insn, in->module->types.all.data[type]->release_glue, (char *)object);
  qz_string_free((QzString *)object);
  return insn + 1;
}

static const Insn *release_counted(Interp *in, const Insn *insn) {
  return release_object(in, insn, object_at(interp_address(in, &insn->a)));
}

static const Insn *release_aggregate(Interp *in, const Insn *insn) {
  return call_glue(in, insn, insn->stmt->operands[0].type->release_glue, interp_address(in, &insn->a));
}

static const Insn *do_nothing(Interp *in, const Insn *insn) {
  (void)in;
  return insn + 1;
}

// One counted pointer, perhaps null, and nothing else. Enums with a drop of their own go through glue.
static bool is_counted_pointer(const MirType *type) {
  if (type->kind == MIR_TYPE_ENUM) return type->enum_.repr == MIR_ENUM_NICHE && !type->user_drop;
  return type->kind == MIR_TYPE_REF || type->kind == MIR_TYPE_STRING || type->kind == MIR_TYPE_FN;
}

static Handler *retain_handler(const MirType *type) {
  if (!type->is_managed) return copy_handler(type->size);
  return is_counted_pointer(type) ? retain_counted : retain_aggregate;
}

static Handler *release_handler(const MirType *type) {
  if (!type->is_managed) return do_nothing;
  return is_counted_pointer(type) ? release_counted : release_aggregate;
}

// ── Aggregates: put together beside the stack first, since the operands may lie in the destination ──────────────
static void write_parts(Interp *in, const Insn *insn, const MirField *fields, char *at) {
  for (uint32_t i = 0; i < insn->stmt->operand_count; i++)
    memcpy(at + fields[i].offset, interp_address(in, &insn->args[i]), fields[i].type->size);
}

static const Insn *finish_aggregate(Interp *in, const Insn *insn) {
  memcpy(interp_address(in, &insn->dest), in->stack.top, insn->size);
  return insn + 1;
}

static const Insn *make_struct(Interp *in, const Insn *insn) {
  write_parts(in, insn, insn->stmt->dest.type->fields.fields, in->stack.top);
  return finish_aggregate(in, insn);
}

static const Insn *make_variant(Interp *in, const Insn *insn) {
  const MirType *type = insn->stmt->dest.type;
  const MirVariant *variant = &type->enum_.variants[insn->stmt->variant];
  memset(in->stack.top, 0, insn->size);
  if (type->enum_.repr == MIR_ENUM_TAGGED)
    interp_store_integer(type->enum_.tag_type, in->stack.top, (uint64_t)variant->tag);
  write_parts(in, insn, variant->fields, in->stack.top);
  return finish_aggregate(in, insn);
}

static const Insn *make_array(Interp *in, const Insn *insn) {
  uint64_t size = insn->stmt->dest.type->array.element->size;
  for (uint32_t i = 0; i < insn->stmt->operand_count; i++)
    memcpy(in->stack.top + i * size, interp_address(in, &insn->args[i]), size);
  return finish_aggregate(in, insn);
}

static const Insn *fill_array(Interp *in, const Insn *insn) {
  const MirType *type = insn->stmt->dest.type;
  uint64_t size = type->array.element->size;
  char *from = interp_address(in, &insn->a);
  for (uint64_t i = 0; i < type->array.count; i++) memcpy(in->stack.top + i * size, from, size);
  return finish_aggregate(in, insn);
}

static const Insn *make_object(Interp *in, const Insn *insn) {
  const MirType *type = insn->stmt->type;
  interp_mark(in, insn);
  char *object = (char *)qz_object_new((int64_t)type->size, type->id);
  write_parts(in, insn, type->fields.fields, object);
  INTERP_DEST(char *, object);
  return insn + 1;
}

static const Insn *make_closure(Interp *in, const Insn *insn) {
  const MirType *type = insn->stmt->type;
  interp_mark(in, insn);
  QzClosure *closure = (QzClosure *)qz_object_new((int64_t)type->size, type->id);
  closure->code = insn->extra;
  write_parts(in, insn, type->fields.fields + 1, (char *)closure);
  INTERP_DEST(QzClosure *, closure);
  return insn + 1;
}

// ── Tags and checks ─────────────────────────────────────────────────────────────────────────────────────────────
static int64_t tag_of(const MirType *type, const char *at) {
  if (type->enum_.repr == MIR_ENUM_TAGGED) return (int64_t)interp_load_integer(type->enum_.tag_type, at);
  const MirVariant *variants = type->enum_.variants;
  bool first_is_full = variants[0].field_count > 0;
  return (object_at(at) != NULL) == first_is_full ? variants[0].tag : variants[1].tag;
}

static const Insn *read_tag(Interp *in, const Insn *insn) {
  INTERP_DEST(int64_t, tag_of(insn->stmt->operands[0].type, interp_address(in, &insn->a)));
  return insn + 1;
}

static const char *variant_name(const Interp *in, const MirType *type, int64_t tag) {
  for (uint32_t i = 0; i < type->enum_.variant_count; i++)
    if (type->enum_.variants[i].tag == tag) return name_text(in->module->context->names, type->enum_.variants[i].name);
  return "";
}

static const Insn *unwrap(Interp *in, const Insn *insn) {
  const MirType *type = insn->stmt->operands[0].type;
  const MirVariant *variant = &type->enum_.variants[insn->stmt->variant];
  char *at = interp_address(in, &insn->a);
  int64_t tag = tag_of(type, at);
  if (__builtin_expect(tag == variant->tag, 1)) {
    if (insn->size) memmove(interp_address(in, &insn->dest), at + variant->fields[0].offset, insn->size);
    return insn + 1;
  }
  if (insn->stmt->flags & MIR_PROVED) interp_wrong_proof(in, insn);
  QzPlace place = interp_panic_place(in, insn);
  interp_mark(in, insn);
  qz_panic_unwrap(variant_name(in, type, tag), place);
  return NULL;
}

static const Insn *check_bounds(Interp *in, const Insn *insn) {
  int64_t index = INTERP_ARG(int64_t, &insn->args[0]), size = INTERP_ARG(int64_t, &insn->args[1]);
  if (__builtin_expect((uint64_t)index < (uint64_t)size, 1)) return insn + 1;
  if (insn->stmt->flags & MIR_PROVED) interp_wrong_proof(in, insn);
  QzPlace place = interp_panic_place(in, insn);
  interp_mark(in, insn);
  qz_panic_bounds(index, size, place);
  return NULL;
}

Handler *interp_value_handler(const MirStmt *stmt) {
  switch ((int)stmt->op) {
    case MIR_OP_USE: return copy_handler(stmt->dest.type->size);
    case MIR_OP_RETAIN: return retain_handler(stmt->dest.type);
    case MIR_OP_ADDR: return address_of;
    case MIR_OP_TAG: return read_tag;
    case MIR_OP_STRUCT: return make_struct;
    case MIR_OP_VARIANT: return make_variant;
    case MIR_OP_ARRAY: return make_array;
    case MIR_OP_FILL: return fill_array;
    case MIR_OP_NEW: return make_object;
    case MIR_OP_CLOSURE: return make_closure;
    case MIR_OP_OPTION_UNWRAP: return unwrap;
    case MIR_OP_BOUNDS_CHECK: return check_bounds;
    case MIR_OP_RELEASE: return release_handler(stmt->operands[0].type);
    case MIR_OP_FORGET: return do_nothing;
    default: return NULL;  // another file's
  }
}
