// Sema's types to MIR types, each once. A type may lead back to itself by way of references, pointers and functions, so
// that first all types that hang together get their parts, and only then are they laid out.
#include "mir/lower_internal.h"

Type *lower_strip(Type *type) { return type->kind == TYPE_BORROW ? type->borrow.inner : type; }

bool lower_is_stored(const Type *type) { return type->kind != TYPE_VOID && type->kind != TYPE_NEVER; }

bool lower_is_managed(Lowering *lowering, Type *type) { return lower_type(lowering, type)->is_managed; }

MirType *lower_object(MirType *ref) { return ref->ptr.to; }

// Types of different modules may have the same text; the later one gets a number.
static Name type_name(Lowering *lowering, const char *prefix, const Type *type) {
  Text text = {.arena = lowering->arena};
  text_append(&text, prefix);
  type_print_name(&text, lowering->context->names, type);
  size_t size = text.size;
  for (int number = 2;; number++) {
    Name name = name_intern(lowering->context->names, text_str(&text), text.size);
    if (!map_get(&lowering->types->nominal, name)) return name;
    text.size = size;
    text_printf(&text, "#%d", number);
  }
}

static MirType *basic_type(Lowering *lowering, MirTypeKind kind) { return lowering->types->basic[kind]; }

static void lay_out_later(Lowering *lowering, MirType *type) { vec_push(lowering->arena, &lowering->unlaid, type); }

// ── Objects ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void set_fields(Lowering *lowering, MirType *type, const FieldList *fields) {
  MirField *lowered = arena_array(lowering->arena, MirField, fields->count);
  for (uint32_t i = 0; i < fields->count; i++)
    lowered[i] = (MirField){.name = fields->items[i].name, .type = lower_type(lowering, fields->items[i].type)};
  mir_type_set_fields(lowering->types, type, lowered, fields->count);
}

static void set_user_drop(Lowering *lowering, MirType *lowered, Type *type) {
  Instance *drop = sema_drop(lowering->program, type);
  if (!drop) return;
  lowered->user_drop = lower_instance(lowering, drop);
  lowered->is_managed = true;
}

static void set_user_cross(Lowering *lowering, MirType *lowered, Type *type) {
  Instance *cross = sema_cross(lowering->program, type);
  if (cross) lowered->user_cross = lower_instance(lowering, cross);
  lowered->is_shared = type->nominal.decl->is_shared;
  lowered->is_actor = type->nominal.decl->is_actor;
}

static void complete_object(Lowering *lowering, const LowerObject *job) {
  if (job->is_box) {
    MirField content = {.name = NAME_value, .type = lower_type(lowering, job->type)};
    mir_type_set_fields(lowering->types, job->object, &content, 1);
  } else {
    set_fields(lowering, job->object, sema_fields(lowering->program, job->type));
    set_user_drop(lowering, job->object, job->type);
    set_user_cross(lowering, job->object, job->type);
  }
  lay_out_later(lowering, job->object);
}

static MirType *new_object(Lowering *lowering, Name name, Type *type, bool is_box) {
  MirType *object = mir_type_nominal(lowering->types, MIR_TYPE_OBJECT, name);
  vec_push(lowering->arena, &lowering->objects, (LowerObject){object, type, is_box});
  return object;
}

static void complete_objects(Lowering *lowering) {
  while (lowering->next_object < lowering->objects.size) {
    LowerObject job = lowering->objects.data[lowering->next_object++];
    complete_object(lowering, &job);
  }
}

// Once the outermost type has its parts.
static void end_type(Lowering *lowering) {
  if (lowering->type_depth > 1) return;
  complete_objects(lowering);
  while (lowering->unlaid.size) mir_type_layout(vec_pop(&lowering->unlaid));
}

MirType *lower_box(Lowering *lowering, Type *content) {
  MirType *object = map_get(&lowering->boxes, content->id);
  if (object) return object;
  lowering->type_depth++;
  object = new_object(lowering, type_name(lowering, "box of ", content), content, true);
  map_put(lowering->arena, &lowering->boxes, content->id, object);
  end_type(lowering);
  lowering->type_depth--;
  return object;
}

MirType *lower_closure_object(Lowering *lowering, Name name, Type *const *captured, const bool *in_cell,
                              uint32_t count) {
  MirField *fields = arena_array(lowering->arena, MirField, count + 1);
  fields[0] = (MirField){.type = mir_type_ptr(lowering->types, NULL)};
  for (uint32_t i = 0; i < count; i++)
    fields[i + 1].type = in_cell[i] ? mir_type_ref(lowering->types, lower_box(lowering, captured[i]))
                                    : lower_type(lowering, captured[i]);
  MirType *object = mir_type_nominal(lowering->types, MIR_TYPE_OBJECT, name);
  mir_type_set_fields(lowering->types, object, fields, count + 1);
  mir_type_layout(object);
  return object;
}

// QzString, as runtime/qz_runtime.h has it.
MirType *lower_string_layout(Lowering *lowering) {
  if (lowering->string_layout) return lowering->string_layout;
  MirTypeKind kinds[] = {MIR_TYPE_I32, MIR_TYPE_U32, MIR_TYPE_I64, MIR_TYPE_I64, MIR_TYPE_U8};
  const char *names[] = {"count", "type", "byte_size", "char_size", "bytes"};
  MirField fields[5];
  for (uint32_t i = 0; i < 5; i++)
    fields[i] =
        (MirField){.name = name_from(lowering->context->names, names[i]), .type = basic_type(lowering, kinds[i])};
  Name name = name_from(lowering->context->names, "layout of String");
  MirType *layout = lowering->string_layout = mir_type_nominal(lowering->types, MIR_TYPE_STRUCT, name);
  mir_type_set_fields(lowering->types, layout, fields, 5);
  mir_type_layout(layout);
  return layout;
}

// ── Types by value ──────────────────────────────────────────────────────────────────────────────────────────────
static MirType *lower_struct(Lowering *lowering, Type *type) {
  MirType *lowered = mir_type_nominal(lowering->types, MIR_TYPE_STRUCT, type_name(lowering, "", type));
  type->lowered = lowered;
  set_fields(lowering, lowered, sema_fields(lowering->program, type));
  lay_out_later(lowering, lowered);
  return lowered;
}

static MirType *lower_reference(Lowering *lowering, Type *type) {
  MirType *object = new_object(lowering, type_name(lowering, "", type), type, false);
  return type->lowered = mir_type_ref(lowering->types, object);
}

static MirType *payload_type(Lowering *lowering, const VariantInfo *variant, uint32_t index) {
  Type *type = variant->fields->items[index].type;
  bool is_boxed = variant->is_boxed && variant->is_boxed[index];
  return is_boxed ? mir_type_ref(lowering->types, lower_box(lowering, type)) : lower_type(lowering, type);
}

static MirVariant lower_enum_variant(Lowering *lowering, const VariantInfo *variant) {
  uint32_t count = variant->fields ? variant->fields->count : 0;
  MirField *fields = arena_array(lowering->arena, MirField, count);
  for (uint32_t i = 0; i < count; i++)
    fields[i] = (MirField){variant->fields->items[i].name, payload_type(lowering, variant, i), 0};
  return (MirVariant){.name = variant->name, .tag = variant->tag, .fields = fields, .field_count = count};
}

static MirType *lower_enum(Lowering *lowering, Type *type) {
  MirType *lowered = mir_type_nominal(lowering->types, MIR_TYPE_ENUM, type_name(lowering, "", type));
  type->lowered = lowered;
  const VariantList *variants = sema_variants(lowering->program, type);
  MirVariant *list = arena_array(lowering->arena, MirVariant, variants->count);
  for (uint32_t i = 0; i < variants->count; i++) list[i] = lower_enum_variant(lowering, &variants->items[i]);
  mir_type_set_variants(lowering->types, lowered, list, variants->count);
  lay_out_later(lowering, lowered);
  return lowered;
}

uint32_t lower_member(const Lowering *lowering, const Type *members, const Type *type, Span span) {
  for (uint32_t i = 0; i < members->tuple.elements->count; i++)
    if (members->tuple.elements->items[i] == type) return i;
  lower_unexpected(lowering, span, "type that is not a member of the union");
}

// A | B is an enum with one variant a member, named as the member's type.
static MirType *lower_union(Lowering *lowering, Type *type) {
  MirType *lowered = mir_type_nominal(lowering->types, MIR_TYPE_ENUM, type_name(lowering, "", type));
  type->lowered = lowered;
  const TypeList *members = type->tuple.elements;
  MirVariant *list = arena_array(lowering->arena, MirVariant, members->count);
  for (uint32_t i = 0; i < members->count; i++) {
    MirField *field = arena_new(lowering->arena, MirField);
    field->type = lower_type(lowering, members->items[i]);
    Text name = {.arena = lowering->arena};
    type_print_name(&name, lowering->context->names, members->items[i]);
    list[i] = (MirVariant){
        .name = name_from(lowering->context->names, text_str(&name)), .tag = i, .fields = field, .field_count = 1};
  }
  mir_type_set_variants(lowering->types, lowered, list, members->count);
  lay_out_later(lowering, lowered);
  return lowered;
}

static MirType *lower_fn_type(Lowering *lowering, Type *type) {
  const TypeList *params = type->fn.params;
  MirType **lowered = arena_array(lowering->arena, MirType *, params->count);
  for (uint32_t i = 0; i < params->count; i++) lowered[i] = lower_type(lowering, params->items[i]);
  MirType *result = lower_type(lowering, type->fn.result);
  return mir_type_fn(lowering->types, lowered, params->count, result);
}

static MirType *lower_array(Lowering *lowering, Type *type) {
  MirType *array = mir_type_array(lowering->types, lower_type(lowering, type->array.element), type->array.count);
  lay_out_later(lowering, array);
  return array;
}

// Ptr<Void> is an address and nothing else.
static MirType *lower_pointer(Lowering *lowering, Type *to) {
  MirType *lowered = lower_type(lowering, to);
  return mir_type_ptr(lowering->types, lowered->kind == MIR_TYPE_VOID ? NULL : lowered);
}

static MirType *lower_newtype(Lowering *lowering, Type *type) {
  return lower_type(lowering, sema_fields(lowering->program, type)->items[0].type);
}

static MirType *make_type(Lowering *lowering, Type *type) {
  switch (type->kind) {
    case TYPE_VOID: return basic_type(lowering, MIR_TYPE_VOID);
    case TYPE_NEVER: return basic_type(lowering, MIR_TYPE_NEVER);
    case TYPE_BOOL: return basic_type(lowering, MIR_TYPE_BOOL);
    case TYPE_CHAR: return basic_type(lowering, MIR_TYPE_CHAR);
    case TYPE_INT: return basic_type(lowering, MIR_TYPE_I64);
    case TYPE_I8: return basic_type(lowering, MIR_TYPE_I8);
    case TYPE_I16: return basic_type(lowering, MIR_TYPE_I16);
    case TYPE_I32: return basic_type(lowering, MIR_TYPE_I32);
    case TYPE_U8: return basic_type(lowering, MIR_TYPE_U8);
    case TYPE_U16: return basic_type(lowering, MIR_TYPE_U16);
    case TYPE_U32: return basic_type(lowering, MIR_TYPE_U32);
    case TYPE_U64: return basic_type(lowering, MIR_TYPE_U64);
    case TYPE_F32: return basic_type(lowering, MIR_TYPE_F32);
    case TYPE_F64: return basic_type(lowering, MIR_TYPE_F64);
    case TYPE_STRING: return basic_type(lowering, MIR_TYPE_STRING);
    case TYPE_SYMBOL: return basic_type(lowering, MIR_TYPE_U32);  // lower_symbol.c
    case TYPE_PTR: return lower_pointer(lowering, type->ptr.to);
    case TYPE_BORROW: return lower_pointer(lowering, type->borrow.inner);
    case TYPE_TUPLE: case TYPE_RECORD: return lower_struct(lowering, type);
    case TYPE_ARRAY: return lower_array(lowering, type);
    case TYPE_FN: return lower_fn_type(lowering, type);
    case TYPE_STRUCT:
      return type_is_reference(type) ? lower_reference(lowering, type) : lower_struct(lowering, type);
    case TYPE_ENUM: return lower_enum(lowering, type);
    case TYPE_NEWTYPE: return lower_newtype(lowering, type);
    case TYPE_UNION: return lower_union(lowering, type);
    case TYPE_ERROR: case TYPE_PARAM: case TYPE_VAR: case TYPE_KIND_COUNT: break;
  }
  lower_unexpected(lowering, (Span){0}, type_text(lowering->context, type));
}

MirType *lower_type(Lowering *lowering, Type *type) {
  if (type->lowered) return type->lowered;
  lowering->type_depth++;
  MirType *lowered = make_type(lowering, type);
  type->lowered = lowered;
  end_type(lowering);
  lowering->type_depth--;
  return lowered;
}

// ── Size ────────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_too_large(const MirType *type) { return type->size > MIR_VALUE_SIZE_LIMIT; }

static const MirType *large_field(const MirField *fields, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (is_too_large(fields[i].type)) return fields[i].type;
  return NULL;
}

static const MirType *large_part(const MirType *type) {
  switch (mir_type_kind_parts(type->kind)) {
    case MIR_PARTS_FIELDS: return large_field(type->fields.fields, type->fields.field_count);
    case MIR_PARTS_ELEMENT: return is_too_large(type->array.element) ? type->array.element : NULL;
    case MIR_PARTS_VARIANTS:
      for (uint32_t i = 0; i < type->enum_.variant_count; i++) {
        const MirVariant *variant = &type->enum_.variants[i];
        const MirType *part = large_field(variant->fields, variant->field_count);
        if (part) return part;
      }
      return NULL;
    case MIR_PARTS_NONE:
    case MIR_PARTS_TARGET:
    case MIR_PARTS_SIGNATURE: return NULL;
  }
  return NULL;
}

// The same as its text in the program; only messages ask, so that nothing need remember it.
static const char *source_text_of(const Lowering *lowering, const MirType *type) {
  const TypeTable *types = &lowering->program->types;
  for (uint32_t i = 0; i < types->all.size; i++)
    if (types->all.data[i]->lowered == type) return type_text(lowering->context, types->all.data[i]);
  return name_text(lowering->context->names, type->name);
}

// What makes a type too large makes all those too large that it is a part of, which is no news.
void lower_check_size(Lowering *lowering, const MirType *type, Span span) {
  if (!is_too_large(type)) return;
  const MirType *cause = type;
  for (const MirType *part = type; part; part = large_part(part)) cause = part;
  if (map_put(lowering->arena, &lowering->too_large, cause->id, lowering)) return;
  DiagList *diags = lowering->context->diags;
  const char *text = source_text_of(lowering, type), *most = type->size < MIR_TYPE_SIZE_LIMIT ? "" : "more than ";
  Diag *diag = diag_report(diags, QZ0130, span, "a value of type %s takes %s%llu bytes", text, most,
                           (unsigned long long)type->size);
  diag_help(diags, diag,
            "values live on the stack and take at most %d bytes; keep many of them in a Vec, or parts in a struct, "
            "which is referred to",
            MIR_VALUE_SIZE_LIMIT);
}
