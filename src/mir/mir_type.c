// MIR types: makes them (structural kinds once per distinct type, nominal kinds once per name) and lays them out as the
// C ABI would: fields in order at their natural alignment, so that a Quartz struct is the C struct of the same fields.
#include "mir/mir_type.h"

#include <string.h>

static const struct {
  const char *text;
  uint8_t size, align;
  MirTypeParts parts;
} kinds[MIR_TYPE_KIND_COUNT] = {
#define MIR_TYPE(KIND, text, size, align, PARTS) [MIR_TYPE_##KIND] = {text, size, align, MIR_PARTS_##PARTS},
#include "mir/mir_types.def"
};

const char *mir_type_kind_text(MirTypeKind kind) { return kinds[kind].text; }

MirTypeParts mir_type_kind_parts(MirTypeKind kind) { return kinds[kind].parts; }

bool mir_type_kind_is_nominal(MirTypeKind kind) {
  return kinds[kind].parts == MIR_PARTS_FIELDS || kinds[kind].parts == MIR_PARTS_VARIANTS;
}

bool mir_type_kind_is_basic(MirTypeKind kind) { return kinds[kind].parts == MIR_PARTS_NONE; }

static bool is_counted(MirTypeKind kind) {
  return kind == MIR_TYPE_STRING || kind == MIR_TYPE_REF || kind == MIR_TYPE_FN;
}

// ── Making ──────────────────────────────────────────────────────────────────────────────────────────────────────
static MirType *add(MirTypeTable *types, MirTypeKind kind) {
  MirType *type = arena_new(types->arena, MirType);
  *type = (MirType){.kind = kind, .id = types->all.size, .size = kinds[kind].size, .align = kinds[kind].align};
  type->is_managed = is_counted(kind);
  type->is_laid_out = !mir_type_kind_is_nominal(kind) && kind != MIR_TYPE_ARRAY;
  vec_push(types->arena, &types->all, type);
  return type;
}

// The string type comes first: its id is 0, the type number that the runtime gives to strings.
void mir_types_init(MirTypeTable *types, Arena *arena, Interner *names) {
  *types = (MirTypeTable){.arena = arena, .names = names};
  types->basic[MIR_TYPE_STRING] = add(types, MIR_TYPE_STRING);
  for (int kind = 0; kind < MIR_TYPE_KIND_COUNT; kind++)
    if (mir_type_kind_is_basic((MirTypeKind)kind) && !types->basic[kind])
      types->basic[kind] = add(types, (MirTypeKind)kind);
}

static bool same_parts(const MirType *a, const MirType *b) {
  if (a->kind != b->kind) return false;
  switch (mir_type_kind_parts(a->kind)) {
    case MIR_PARTS_TARGET: return a->ptr.to == b->ptr.to;
    case MIR_PARTS_ELEMENT: return a->array.element == b->array.element && a->array.count == b->array.count;
    case MIR_PARTS_SIGNATURE:
      return a->fn.result == b->fn.result && a->fn.param_count == b->fn.param_count &&
             (!a->fn.param_count || memcmp(a->fn.params, b->fn.params, a->fn.param_count * sizeof *a->fn.params) == 0);
    case MIR_PARTS_NONE:
    case MIR_PARTS_FIELDS:
    case MIR_PARTS_VARIANTS: return a == b;
  }
  return false;
}

// The type equal to `wanted` under this hash; hashes that clash take the next number.
static MirType *intern(MirTypeTable *types, const MirType *wanted, uint64_t hash) {
  for (;; hash++) {
    MirType *found = map_get(&types->interned, hash);
    if (found && same_parts(found, wanted)) return found;
    if (found) continue;
    MirType *made = add(types, wanted->kind);
    made->ptr = wanted->ptr;
    if (wanted->kind == MIR_TYPE_FN) made->fn = wanted->fn;
    if (wanted->kind == MIR_TYPE_ARRAY) made->array = wanted->array;
    map_put(types->arena, &types->interned, hash, made);
    return made;
  }
}

static uint64_t hash_part(uint64_t hash, uint64_t part) { return hash_mix(hash ^ (part + 0x9E3779B97F4A7C15u)); }

// Types are hashed by id, not by address, so that a run does not depend on where memory happens to lie.
static uint64_t hash_type(uint64_t hash, const MirType *type) { return hash_part(hash, type ? type->id + 1u : 0); }

MirType *mir_type_ptr(MirTypeTable *types, MirType *to) {
  return intern(types, &(MirType){.kind = MIR_TYPE_PTR, .ptr = {to}}, hash_type(MIR_TYPE_PTR, to));
}

MirType *mir_type_ref(MirTypeTable *types, MirType *object) {
  assert(object && object->kind == MIR_TYPE_OBJECT);
  return intern(types, &(MirType){.kind = MIR_TYPE_REF, .ptr = {object}}, hash_type(MIR_TYPE_REF, object));
}

static bool holds_fn(const MirType *type) {
  if (type->kind == MIR_TYPE_PTR) return type->ptr.to && holds_fn(type->ptr.to);
  return type->kind == MIR_TYPE_FN || (type->kind == MIR_TYPE_ARRAY && holds_fn(type->array.element));
}

MirType *mir_type_fn(MirTypeTable *types, MirType **params, uint32_t param_count, MirType *result) {
  MirType **copy = arena_array(types->arena, MirType *, param_count + 1);
  uint64_t hash = hash_type(MIR_TYPE_FN, result);
  bool is_numbered = holds_fn(result);
  for (uint32_t i = 0; i < param_count; i++) {
    hash = hash_type(hash, copy[i] = params[i]);
    is_numbered |= holds_fn(params[i]);
  }
  MirType *fn = intern(types, &(MirType){.kind = MIR_TYPE_FN, .fn = {copy, param_count, result, 0}}, hash);
  if (is_numbered && !fn->fn.number) fn->fn.number = ++types->numbered_fns;
  return fn;
}

MirType *mir_type_array(MirTypeTable *types, MirType *element, uint64_t count) {
  uint64_t hash = hash_part(hash_type(MIR_TYPE_ARRAY, element), count);
  return intern(types, &(MirType){.kind = MIR_TYPE_ARRAY, .array = {element, count}}, hash);
}

MirType *mir_type_nominal(MirTypeTable *types, MirTypeKind kind, Name name) {
  assert(mir_type_kind_is_nominal(kind));
  MirType *type = map_get(&types->nominal, name);
  if (type) return type;
  type = add(types, kind);
  type->name = name;
  map_put(types->arena, &types->nominal, name, type);
  return type;
}

static MirField *copy_fields(Arena *arena, const MirField *fields, uint32_t count) {
  MirField *copy = arena_array(arena, MirField, count + 1);
  if (count) memcpy(copy, fields, count * sizeof *fields);
  return copy;
}

void mir_type_set_fields(MirTypeTable *types, MirType *type, const MirField *fields, uint32_t count) {
  assert(type->kind == MIR_TYPE_OBJECT || type->kind == MIR_TYPE_STRUCT);
  type->fields.fields = copy_fields(types->arena, fields, count);
  type->fields.field_count = count;
}

void mir_type_set_variants(MirTypeTable *types, MirType *type, const MirVariant *variants, uint32_t count) {
  assert(type->kind == MIR_TYPE_ENUM);
  MirVariant *copy = arena_array(types->arena, MirVariant, count + 1);
  bool is_signed = false;
  uint64_t largest = 0;
  for (uint32_t i = 0; i < count; i++) {
    copy[i] = variants[i];
    copy[i].fields = copy_fields(types->arena, variants[i].fields, variants[i].field_count);
    is_signed |= variants[i].tag < 0;
    uint64_t reach = variants[i].tag < 0 ? ~(uint64_t)variants[i].tag : (uint64_t)variants[i].tag;
    if (reach > largest) largest = reach;
  }
  MirTypeKind tag = is_signed ? (largest <= INT8_MAX    ? MIR_TYPE_I8
                                 : largest <= INT16_MAX ? MIR_TYPE_I16
                                 : largest <= INT32_MAX ? MIR_TYPE_I32
                                                        : MIR_TYPE_I64)
                              : (largest <= UINT8_MAX    ? MIR_TYPE_U8
                                 : largest <= UINT16_MAX ? MIR_TYPE_U16
                                 : largest <= UINT32_MAX ? MIR_TYPE_U32
                                                         : MIR_TYPE_I64);
  type->enum_.variants = copy;
  type->enum_.variant_count = count;
  type->enum_.tag_type = types->basic[tag];
}

// ── Layout ──────────────────────────────────────────────────────────────────────────────────────────────────────
static uint64_t round_up(uint64_t size, uint64_t align) { return (size + align - 1) & ~(align - 1); }

static uint64_t limited(uint64_t size) { return size < MIR_TYPE_SIZE_LIMIT ? size : MIR_TYPE_SIZE_LIMIT; }

// Puts fields one after another from `at`; gives the end and raises the type's alignment.
static uint64_t lay_out_fields(MirType *type, MirField *fields, uint32_t count, uint64_t at) {
  for (uint32_t i = 0; i < count; i++) {
    MirType *field = fields[i].type;
    mir_type_layout(field);
    if (field->align > type->align) type->align = field->align;
    type->is_managed |= field->is_managed;
    fields[i].offset = at = round_up(at, field->align);
    at = limited(at + field->size);
  }
  return at;
}

static void lay_out_struct(MirType *type) {
  uint64_t start = type->kind == MIR_TYPE_OBJECT ? MIR_OBJECT_HEADER_SIZE : 0;
  uint64_t end = lay_out_fields(type, type->fields.fields, type->fields.field_count, start);
  type->size = limited(round_up(end, type->align));
}

static bool is_niche(const MirVariant *empty, const MirVariant *full) {
  return empty->field_count == 0 && full->field_count == 1 && is_counted(full->fields[0].type->kind);
}

static void lay_out_enum(MirType *type) {
  MirVariant *variants = type->enum_.variants;
  if (type->enum_.variant_count == 2 &&
      (is_niche(&variants[0], &variants[1]) || is_niche(&variants[1], &variants[0]))) {
    type->enum_.repr = MIR_ENUM_NICHE;
    type->size = type->align = 8;
    type->is_managed = true;
    return;
  }
  type->enum_.repr = MIR_ENUM_TAGGED;
  type->align = type->enum_.tag_type->align;
  uint64_t end = type->enum_.tag_type->size;
  for (uint32_t i = 0; i < type->enum_.variant_count; i++) {
    uint64_t variant = lay_out_fields(type, variants[i].fields, variants[i].field_count, type->enum_.tag_type->size);
    if (variant > end) end = variant;
  }
  type->size = limited(round_up(end, type->align));
}

static void lay_out_array(MirType *type) {
  MirType *element = type->array.element;
  mir_type_layout(element);
  uint64_t size;
  if (__builtin_mul_overflow(element->size, type->array.count, &size)) size = MIR_TYPE_SIZE_LIMIT;
  type->size = limited(size);
  type->align = element->align;
  type->is_managed = element->is_managed && type->array.count;
}

void mir_type_layout(MirType *type) {
  if (type->is_laid_out) return;
  type->is_laid_out = true;
  if (!type->align) type->align = 1;
  switch (mir_type_kind_parts(type->kind)) {
    case MIR_PARTS_FIELDS: lay_out_struct(type); return;
    case MIR_PARTS_VARIANTS: lay_out_enum(type); return;
    case MIR_PARTS_ELEMENT: lay_out_array(type); return;
    case MIR_PARTS_NONE:
    case MIR_PARTS_TARGET:
    case MIR_PARTS_SIGNATURE: return;
  }
}

void mir_types_layout(MirTypeTable *types) {
  for (uint32_t i = 0; i < types->all.size; i++) mir_type_layout(types->all.data[i]);
}

// ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────
bool mir_type_is_countable(const MirType *type) {
  return mir_type_is_integer(type) || type->kind == MIR_TYPE_CHAR;
}

bool mir_type_is_integer(const MirType *type) { return type->kind >= MIR_TYPE_I8 && type->kind <= MIR_TYPE_U64; }

bool mir_type_is_signed(const MirType *type) { return type->kind >= MIR_TYPE_I8 && type->kind <= MIR_TYPE_I64; }

bool mir_type_is_float(const MirType *type) { return type->kind == MIR_TYPE_F32 || type->kind == MIR_TYPE_F64; }

bool mir_type_is_scalar(const MirType *type) { return type->kind >= MIR_TYPE_BOOL && type->kind <= MIR_TYPE_FN; }

static_assert(MIR_TYPE_BOOL < MIR_TYPE_I8 && MIR_TYPE_I8 < MIR_TYPE_I64 && MIR_TYPE_I64 < MIR_TYPE_U8 &&
                  MIR_TYPE_U8 < MIR_TYPE_U64 && MIR_TYPE_U64 < MIR_TYPE_CHAR && MIR_TYPE_CHAR < MIR_TYPE_FN &&
                  MIR_TYPE_FN < MIR_TYPE_OBJECT,
              "the questions above read the order of mir_types.def");

uint32_t mir_type_bits(const MirType *type) {
  return type->kind == MIR_TYPE_BOOL ? 1 : (uint32_t)kinds[type->kind].size * 8;
}

// ── Text ────────────────────────────────────────────────────────────────────────────────────────────────────────
void mir_type_print_signature(Text *out, const Interner *names, const MirType *type) {
  text_append(out, "fn(");
  for (uint32_t i = 0; i < type->fn.param_count; i++) {
    if (i) text_append(out, ", ");
    mir_type_print(out, names, type->fn.params[i]);
  }
  text_append(out, ") ");
  mir_type_print(out, names, type->fn.result);
}

static void print_quoted(Text *out, const Interner *names, Name name) {
  text_char(out, '"');
  text_escaped(out, name_text(names, name), name_size(names, name));
  text_char(out, '"');
}

void mir_type_print(Text *out, const Interner *names, const MirType *type) {
  switch (mir_type_kind_parts(type->kind)) {
    case MIR_PARTS_NONE: text_append(out, kinds[type->kind].text); return;
    case MIR_PARTS_TARGET:
      text_append(out, kinds[type->kind].text);
      if (!type->ptr.to) return;
      text_char(out, ' ');
      mir_type_print(out, names, type->ptr.to);
      return;
    case MIR_PARTS_SIGNATURE:
      if (type->fn.number) text_printf(out, "fn%u", type->fn.number);
      else mir_type_print_signature(out, names, type);
      return;
    case MIR_PARTS_ELEMENT:
      text_char(out, '[');
      mir_type_print(out, names, type->array.element);
      text_printf(out, " x %llu]", (unsigned long long)type->array.count);
      return;
    case MIR_PARTS_FIELDS:
    case MIR_PARTS_VARIANTS: print_quoted(out, names, type->name); return;
  }
}
