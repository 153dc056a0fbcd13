// The type table: one Type for each distinct type, found again by the hash of its parts.
#include "sema/type.h"

#include <string.h>

#include "sema/sema.h"

static const char *const kind_names[] = {
#define TYPE(KIND, name) name,
#include "sema/types.def"
};

static Type *new_type(TypeTable *types, TypeKind kind) {
  Type *type = arena_new(types->arena, Type);
  type->kind = kind;
  type->depth = 1;
  type->id = types->count++;
  if (kind != TYPE_VAR) vec_push(types->arena, &types->all, type);
  return type;
}

void type_table_init(TypeTable *types, Arena *arena, Interner *names) {
  *types = (TypeTable){.arena = arena, .names = names};
  for (int kind = 0; kind < TYPE_KIND_COUNT; kind++)
    if (kind_names[kind][0]) types->basic[kind] = new_type(types, (TypeKind)kind);
}

// ── Lists of fields ─────────────────────────────────────────────────────────────────────────────────────────────
void field_list_index(Arena *arena, FieldList *fields) {
  enum { LONG_LIST = 16 };
  if (fields->count < LONG_LIST) return;
  for (uint32_t i = fields->count; i--;)  // of fields of one name, which are reported, the first stays
    map_put(arena, &fields->by_name, fields->items[i].name, (void *)(uintptr_t)(i + 1));
}

int field_list_find(const FieldList *fields, Name name) {
  if (fields->by_name.size) return (int)(uintptr_t)map_get(&fields->by_name, name) - 1;
  for (uint32_t i = 0; i < fields->count; i++)
    if (fields->items[i].name == name) return (int)i;
  return -1;
}

// ── Interning ───────────────────────────────────────────────────────────────────────────────────────────────────
// A structural type is described by a kind and a row of words; equal descriptions are equal types.
typedef struct Shape {
  TypeKind kind;
  uint32_t count;
  const uint64_t *words;
} Shape;

typedef struct Interned {
  struct Interned *next;  // same hash
  Type *type;
  Shape shape;
} Interned;

static uint64_t shape_hash(const Shape *shape) {
  return hash_mix(hash_bytes(shape->words, shape->count * sizeof *shape->words) + (uint64_t)shape->kind);
}

static bool shape_equal(const Shape *a, const Shape *b) {
  return a->kind == b->kind && a->count == b->count &&
         (!a->count || memcmp(a->words, b->words, a->count * sizeof *a->words) == 0);
}

// The type with this shape; `*is_new` tells the caller to fill in its parts.
static Type *intern(TypeTable *types, TypeKind kind, const uint64_t *words, uint32_t count, bool *is_new) {
  Shape shape = {kind, count, words};
  uint64_t hash = shape_hash(&shape);
  Interned *first = map_get(&types->interned, hash);
  for (Interned *entry = first; entry; entry = entry->next)
    if (shape_equal(&entry->shape, &shape)) return *is_new = false, entry->type;
  uint64_t *kept = arena_array(types->arena, uint64_t, count + 1);
  if (count) memcpy(kept, words, count * sizeof *words);
  Interned *entry = arena_new(types->arena, Interned);
  *entry = (Interned){first, new_type(types, kind), {kind, count, kept}};
  map_put(types->arena, &types->interned, hash, entry);
  *is_new = true;
  return entry->type;
}

static TypeList *type_list(TypeTable *types, Type *const *items, uint32_t count) {
  TypeList *list = arena_alloc(types->arena, sizeof(TypeList) + count * sizeof(Type *), alignof(TypeList));
  list->count = count;
  if (count) memcpy(list->items, items, count * sizeof(Type *));
  return list;
}

static void add_part(Type *type, const Type *part) {
  type->has_params |= part->has_params;
  type->has_vars |= part->has_vars;
  if (type->depth <= part->depth) type->depth = part->depth + 1;
}

static void add_parts(Type *type, const TypeList *parts) {
  for (uint32_t i = 0; i < parts->count; i++) add_part(type, parts->items[i]);
}

Type *type_ptr(TypeTable *types, Type *to) {
  bool is_new;
  Type *type = intern(types, TYPE_PTR, (uint64_t[]){map_key(to)}, 1, &is_new);
  if (is_new) type->ptr.to = to, add_part(type, to);
  return type;
}

Type *type_borrow(TypeTable *types, Type *inner, bool is_mutable) {
  bool is_new;
  Type *type = intern(types, TYPE_BORROW, (uint64_t[]){map_key(inner), is_mutable}, 2, &is_new);
  if (is_new) type->borrow.inner = inner, type->borrow.is_mutable = is_mutable, add_part(type, inner);
  return type;
}

static Type *type_of_list(TypeTable *types, TypeKind kind, Type *const *elements, uint32_t count) {
  bool is_new;
  Type *type = intern(types, kind, (const uint64_t *)elements, count, &is_new);
  if (is_new) add_parts(type, type->tuple.elements = type_list(types, elements, count));
  return type;
}
_Static_assert(sizeof(Type *) == sizeof(uint64_t), "types are interned by their addresses as 64-bit words");

Type *type_tuple(TypeTable *types, Type *const *elements, uint32_t count) {
  return type_of_list(types, TYPE_TUPLE, elements, count);
}

Type *type_record(TypeTable *types, const FieldInfo *fields, uint32_t count) {
  uint64_t *words = arena_array(types->arena, uint64_t, count * 2 + 1);
  for (size_t i = 0; i < count; i++) words[i * 2] = fields[i].name, words[i * 2 + 1] = map_key(fields[i].type);
  bool is_new;
  Type *type = intern(types, TYPE_RECORD, words, count * 2, &is_new);
  if (!is_new) return type;
  FieldList *list = arena_alloc(types->arena, sizeof(FieldList) + count * sizeof(FieldInfo), alignof(FieldList));
  list->count = count;
  for (uint32_t i = 0; i < count; i++) list->items[i] = fields[i], add_part(type, fields[i].type);
  field_list_index(types->arena, list);
  type->record.fields = list;
  return type;
}

Type *type_array(TypeTable *types, Type *element, uint64_t count) {
  bool is_new;
  Type *type = intern(types, TYPE_ARRAY, (uint64_t[]){map_key(element), count}, 2, &is_new);
  if (is_new) type->array.element = element, type->array.count = count, add_part(type, element);
  return type;
}

Type *type_fn(TypeTable *types, Type *const *params, uint32_t count, Type *result) {
  Type *list = type_tuple(types, params, count);
  bool is_new;
  Type *type = intern(types, TYPE_FN, (uint64_t[]){map_key(list), map_key(result)}, 2, &is_new);
  if (!is_new) return type;
  type->fn.params = list->tuple.elements;
  type->fn.result = result;
  add_parts(type, type->fn.params);
  add_part(type, result);
  return type;
}

Type *type_nominal(TypeTable *types, TypeKind kind, TypeDecl *decl, Type *const *args, uint32_t count) {
  Type *list = type_tuple(types, args, count);
  bool is_new;
  Type *type = intern(types, kind, (uint64_t[]){map_key(decl), map_key(list)}, 2, &is_new);
  if (!is_new) return type;
  type->nominal.decl = decl;
  type->nominal.args = list->tuple.elements;
  add_parts(type, type->nominal.args);
  return type;
}

// Members of a union in order of their ids, each once, nested unions flattened: A | B is B | A.
static uint32_t union_members(Type *const *members, uint32_t count, Type **out, uint32_t size) {
  for (uint32_t i = 0; i < count; i++) {
    Type *member = members[i];
    if (member->kind == TYPE_UNION) {
      size = union_members(member->tuple.elements->items, member->tuple.elements->count, out, size);
      continue;
    }
    uint32_t at = size;
    while (at && out[at - 1]->id > member->id) at--;
    if (at && out[at - 1] == member) continue;
    memmove(out + at + 1, out + at, (size - at) * sizeof *out);
    out[at] = member;
    size++;
  }
  return size;
}

static uint32_t union_size(Type *const *members, uint32_t count) {
  uint32_t size = 0;
  for (uint32_t i = 0; i < count; i++)
    size += members[i]->kind == TYPE_UNION ? members[i]->tuple.elements->count : 1;
  return size;
}

Type *type_union(TypeTable *types, Type *const *members, uint32_t count) {
  Type **flat = arena_array(types->arena, Type *, union_size(members, count) + 1);
  uint32_t size = union_members(members, count, flat, 0);
  return size == 1 ? flat[0] : type_of_list(types, TYPE_UNION, flat, size);
}

Type *type_param(TypeTable *types, Name name, uint32_t index, TypeDecl *owner) {
  bool is_new;
  Type *type = intern(types, TYPE_PARAM, (uint64_t[]){name, index, map_key(owner)}, 3, &is_new);
  if (!is_new) return type;
  type->param.name = name;
  type->param.index = index;
  type->param.owner = owner;
  type->has_params = true;
  return type;
}

Type *type_var(TypeTable *types, Span span) {
  Type *type = new_type(types, TYPE_VAR);
  type->var.span = span;
  type->has_vars = true;
  return type;
}

// ── Properties ──────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct NumberInfo {
  uint8_t bits;
  bool is_signed;
  bool is_float;
} NumberInfo;

static const NumberInfo numbers[TYPE_KIND_COUNT] = {
    [TYPE_INT] = {64, true, false}, [TYPE_I8] = {8, true, false},   [TYPE_I16] = {16, true, false},
    [TYPE_I32] = {32, true, false}, [TYPE_U8] = {8, false, false},  [TYPE_U16] = {16, false, false},
    [TYPE_U32] = {32, false, false}, [TYPE_U64] = {64, false, false}, [TYPE_F32] = {32, true, true},
    [TYPE_F64] = {64, true, true},
};

bool type_is_number(const Type *type) { return numbers[type->kind].bits; }
bool type_is_integer(const Type *type) { return numbers[type->kind].bits && !numbers[type->kind].is_float; }
bool type_is_signed(const Type *type) { return numbers[type->kind].is_signed; }
bool type_is_float(const Type *type) { return numbers[type->kind].is_float; }
uint32_t type_bits(const Type *type) { return numbers[type->kind].bits; }

bool type_widens(const Type *from, const Type *to) {
  if (!type_is_integer(from) || !type_is_integer(to)) return false;
  if (type_is_signed(from) == type_is_signed(to)) return type_bits(from) <= type_bits(to);
  return !type_is_signed(from) && type_bits(from) < type_bits(to);
}

bool type_is_object(const Type *type) { return type->kind == TYPE_STRUCT && !type->nominal.decl->is_value; }

bool type_is_reference(const Type *type) {
  return type->kind == TYPE_STRING || type->kind == TYPE_FN || type_is_object(type);
}

// ── Printing ────────────────────────────────────────────────────────────────────────────────────────────────────
// A few types can make one of astronomical size (`b = (a, a)`, `c = (b, b)`, …): its text is cut, and the walk ends
// there.
enum { LONGEST_TEXT = 240 };

typedef struct TypePrinter {
  Text *out;
  const Interner *names;
  size_t end;  // no part that would begin behind this is printed
} TypePrinter;

static void print_type(TypePrinter *p, const Type *type);

static void print_list(TypePrinter *p, const TypeList *list, const char *between) {
  for (uint32_t i = 0; i < list->count && p->out->size <= p->end; i++) {
    if (i) text_append(p->out, between);
    print_type(p, list->items[i]);
  }
}

static void print_nominal(TypePrinter *p, const Type *type) {
  text_append(p->out, name_text(p->names, type->nominal.decl->name));
  if (!type->nominal.args->count) return;
  text_char(p->out, '<');
  print_list(p, type->nominal.args, ", ");
  text_char(p->out, '>');
}

static void print_record(TypePrinter *p, const FieldList *fields) {
  text_append(p->out, "{ ");
  for (uint32_t i = 0; i < fields->count && p->out->size <= p->end; i++) {
    text_printf(p->out, "%s%s: ", i ? ", " : "", name_text(p->names, fields->items[i].name));
    print_type(p, fields->items[i].type);
  }
  text_append(p->out, " }");
}

static void print_fn(TypePrinter *p, const Type *type) {
  text_append(p->out, "Fn(");
  print_list(p, type->fn.params, ", ");
  text_append(p->out, "): ");
  print_type(p, type->fn.result);
}

static void print_tuple(TypePrinter *p, const Type *type) {
  text_char(p->out, '(');
  print_list(p, type->tuple.elements, ", ");
  text_append(p->out, type->tuple.elements->count == 1 ? ",)" : ")");
}

static void print_array(TypePrinter *p, const Type *type) {
  text_char(p->out, '[');
  print_type(p, type->array.element);
  text_printf(p->out, "; %llu]", (unsigned long long)type->array.count);
}

static void print_ptr(TypePrinter *p, const Type *type) {
  text_append(p->out, "Ptr<");
  print_type(p, type->ptr.to);
  text_char(p->out, '>');
}

static void print_borrow(TypePrinter *p, const Type *type) {
  text_append(p->out, type->borrow.is_mutable ? "&mut " : "&");
  print_type(p, type->borrow.inner);
}

static void print_var(TypePrinter *p, const Type *type) {
  if (type->var.binding) print_type(p, type->var.binding);
  else text_char(p->out, '_');
}

static void print_type(TypePrinter *p, const Type *type) {
  if (p->out->size > p->end) return;
  switch (type->kind) {
    case TYPE_PTR: print_ptr(p, type); return;
    case TYPE_BORROW: print_borrow(p, type); return;
    case TYPE_TUPLE: print_tuple(p, type); return;
    case TYPE_RECORD: print_record(p, type->record.fields); return;
    case TYPE_ARRAY: print_array(p, type); return;
    case TYPE_FN: print_fn(p, type); return;
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE: print_nominal(p, type); return;
    case TYPE_UNION: print_list(p, type->tuple.elements, " | "); return;
    case TYPE_PARAM: text_append(p->out, name_text(p->names, type->param.name)); return;
    case TYPE_VAR: print_var(p, type); return;
    case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR: case TYPE_INT: case TYPE_I8:
    case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32: case TYPE_U64: case TYPE_F32:
    case TYPE_F64: case TYPE_STRING: case TYPE_SYMBOL: case TYPE_KIND_COUNT:
      text_append(p->out, kind_names[type->kind]);
  }
}

// Prints at most so many bytes; was it all of the type?
static bool print_cut(Text *out, const Interner *names, const Type *type) {
  size_t end = out->size + LONGEST_TEXT;
  print_type(&(TypePrinter){out, names, end}, type);
  if (out->size <= end) return true;
  while (((uint8_t)out->data[end] & 0xC0) == 0x80) end--;  // not inside a character
  text_cut(out, end);
  text_append(out, "…");
  return false;
}

void type_print(Text *out, const Interner *names, const Type *type) { print_cut(out, names, type); }

void type_print_name(Text *out, const Interner *names, const Type *type) {
  if (!print_cut(out, names, type)) text_printf(out, "#%u", type->id);
}

const char *type_text(Context *context, const Type *type) {
  Text text = {.arena = context->arena};
  type_print(&text, context->names, type);
  return text_str(&text);
}
