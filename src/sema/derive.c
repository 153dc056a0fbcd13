// Derived methods: ==, <, hash, show and clone that types have by their structure. Each is written as Quartz text, an
// `extend` of the type's declaration, and goes the same way as any other source: parser, instances, lowering.
#include "parser/parser.h"
#include "sema/internal.h"

typedef struct Derivation {
  Checker *checker;
  const Interner *names;
  Text text;
  Type *type;            // as asked for; its declaration decides the text
  const FieldList *fields;      // STRUCT, TUPLE, RECORD, NEWTYPE: in terms of the declaration's parameters
  const VariantList *variants;  // ENUM
} Derivation;

// ── What can be derived ─────────────────────────────────────────────────────────────────────────────────────────
static bool is_derivable(Name method) {
  switch (method) {
    case NAME_op_eq: case NAME_op_lt: case NAME_hash: case NAME_show: case NAME_clone: return true;
    default: return false;
  }
}

static bool has_structure(const Type *type) {
  switch ((int)type->kind) {
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE: case TYPE_TUPLE: case TYPE_RECORD: return true;
    default: return false;
  }
}

static uint64_t derivation_key(const Type *type, Name method) { return hash_mix(method_head(type)) ^ hash_mix(method); }

static bool part_allows(Checker *checker, Type *type, Name method) {
  if (type->kind == TYPE_PARAM || type->kind == TYPE_ERROR || type->has_params) return true;
  if (type->kind == TYPE_FN) return method == NAME_clone;
  if (type->kind == TYPE_PTR || type->kind == TYPE_BORROW) return method == NAME_op_eq;
  if (has_structure(type) && map_get(&checker->sema->derived, derivation_key(type, method))) return true;
  if ((method == NAME_op_eq || method == NAME_op_lt) && !has_structure(type)) return true;
  MethodMatch found;
  return method_find(checker, type, method, false, &found);
}

static bool fields_allow(Checker *checker, const FieldList *fields, Name method) {
  for (uint32_t i = 0; fields && i < fields->count; i++)
    if (!part_allows(checker, fields->items[i].type, method)) return false;
  return true;
}

static bool variants_allow(Checker *checker, const VariantList *variants, Name method) {
  for (uint32_t i = 0; variants && i < variants->count; i++)
    if (!fields_allow(checker, variants->items[i].fields, method)) return false;
  return true;
}

// ── Text ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put(Derivation *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(Derivation *d, const char *format, ...) {
  va_list args;
  va_start(args, format);
  text_vprintf(&d->text, format, args);
  va_end(args);
}

static const char *field_name(const Derivation *d, const FieldList *fields, uint32_t index) {
  if (fields->items[index].name) return name_text(d->names, fields->items[index].name);
  Text digits = {.arena = d->checker->arena};
  text_printf(&digits, "%u", index);
  return text_str(&digits);
}

static bool is_product(const Derivation *d) { return d->type->kind != TYPE_ENUM; }

static const char *type_name_text(const Derivation *d) {
  return d->type->kind == TYPE_TUPLE || d->type->kind == TYPE_RECORD ? "" : name_text(d->names, d->type->nominal.decl->name);
}

// `extend<T> Pair<T>`; for tuples and records a type parameter a field: `extend<A0, A1>`
static void put_params(Derivation *d, uint32_t count, Type *const *params) {
  for (uint32_t i = 0; i < count; i++) {
    put(d, "%s", i ? ", " : "<");
    if (params) put(d, "%s", name_text(d->names, params[i]->param.name));
    else put(d, "A%u", i);
  }
  if (count) put(d, ">");
}

static void put_head(Derivation *d) {
  put(d, "extend");
  if (d->type->kind == TYPE_TUPLE || d->type->kind == TYPE_RECORD) {
    put_params(d, d->fields->count, NULL);
    put(d, " Void\n");  // its target is given to derived_impl as a type
    return;
  }
  const TypeDecl *decl = d->type->nominal.decl;
  put_params(d, decl->param_count, decl->params);
  put(d, " %s", name_text(d->names, decl->name));
  put_params(d, decl->param_count, decl->params);
  put(d, "\n");
}

// Circle(a0, a1) or Empty
static void put_variant(Derivation *d, const VariantInfo *variant, char letter) {
  put(d, "%s::%s", type_name_text(d), name_text(d->names, variant->name));
  for (uint32_t i = 0; i < variant->fields->count; i++) put(d, "%s%c%u", i ? ", " : "(", letter, i);
  if (variant->fields->count) put(d, ")");
}

// ── == ──────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_eq(Derivation *d) {
  put(d, "  def op_eq(self, other: Self): Bool");
  if (is_product(d)) {
    put(d, " = ");
    for (uint32_t i = 0; i < d->fields->count; i++)
      put(d, "%sself.%s == other.%s", i ? " and " : "", field_name(d, d->fields, i), field_name(d, d->fields, i));
    put(d, d->fields->count ? "\n" : "true\n");
    return;
  }
  put(d, "\n    match (self, other)\n");
  for (uint32_t v = 0; v < d->variants->count; v++) {
    const VariantInfo *variant = &d->variants->items[v];
    put(d, "      (");
    put_variant(d, variant, 'a');
    put(d, ", ");
    put_variant(d, variant, 'b');
    put(d, ") => ");
    for (uint32_t i = 0; i < variant->fields->count; i++) put(d, "%sa%u == b%u", i ? " and " : "", i, i);
    put(d, variant->fields->count ? "\n" : "true\n");
  }
  if (d->variants->count > 1) put(d, "      _ => false\n");
  put(d, "    end\n  end\n");
}

// ── < ───────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_rank(Derivation *d) {
  put(d, "  def derived_rank(self): Int\n    match self\n");
  for (uint32_t v = 0; v < d->variants->count; v++) {
    const VariantInfo *variant = &d->variants->items[v];
    put(d, "      %s::%s", type_name_text(d), name_text(d->names, variant->name));
    for (uint32_t i = 0; i < variant->fields->count; i++) put(d, i ? ", _" : "(_");
    put(d, "%s => %u\n", variant->fields->count ? ")" : "", v);
  }
  put(d, "    end\n  end\n");
}

static void put_lt(Derivation *d) {
  if (!is_product(d)) put_rank(d);
  put(d, "  def op_lt(self, other: Self): Bool\n");
  if (is_product(d)) {
    for (uint32_t i = 0; i < d->fields->count; i++) {
      const char *name = field_name(d, d->fields, i);
      put(d, "    return true if self.%s < other.%s\n    return false if other.%s < self.%s\n", name, name, name, name);
    }
    put(d, "    false\n  end\n");
    return;
  }
  put(d, "    match (self, other)\n");
  for (uint32_t v = 0; v < d->variants->count; v++) {
    const VariantInfo *variant = &d->variants->items[v];
    if (!variant->fields->count) continue;
    put(d, "      (");
    put_variant(d, variant, 'a');
    put(d, ", ");
    put_variant(d, variant, 'b');
    put(d, ") => do\n");
    for (uint32_t i = 0; i < variant->fields->count; i++)
      put(d, "        return true if a%u < b%u\n        return false if b%u < a%u\n", i, i, i, i);
    put(d, "        false\n      end\n");
  }
  put(d, "      _ => self.derived_rank() < other.derived_rank()\n    end\n  end\n");
}

// ── hash ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_hash_of(Derivation *d, uint32_t seed, const FieldList *fields, bool in_self) {
  for (uint32_t i = 0; i < fields->count; i++) put(d, "hash_mix(");
  put(d, "%u", seed);
  for (uint32_t i = 0; i < fields->count; i++) {
    if (in_self) put(d, ", self.%s.hash())", field_name(d, fields, i));
    else put(d, ", a%u.hash())", i);
  }
  put(d, "\n");
}

static void put_hash(Derivation *d) {
  put(d, "  def hash(self): Int");
  if (is_product(d)) {
    put(d, " = ");
    put_hash_of(d, 0, d->fields, true);
    return;
  }
  put(d, "\n    match self\n");
  for (uint32_t v = 0; v < d->variants->count; v++) {
    put(d, "      ");
    put_variant(d, &d->variants->items[v], 'a');
    put(d, " => ");
    put_hash_of(d, v + 1, d->variants->items[v].fields, false);
  }
  put(d, "    end\n  end\n");
}

// ── show ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_show_product(Derivation *d) {
  bool is_tuple = d->type->kind == TYPE_TUPLE, is_newtype = d->type->kind == TYPE_NEWTYPE;
  bool is_round = is_tuple || is_newtype;
  put(d, "\"%s", type_name_text(d));
  if (d->fields->count || is_tuple) {
    put(d, is_round ? "(" : d->type->kind == TYPE_RECORD ? "{ " : " { ");
    for (uint32_t i = 0; i < d->fields->count; i++) {
      put(d, "%s", i ? ", " : "");
      if (!is_round) put(d, "%s: ", field_name(d, d->fields, i));
      put(d, "#{self.%s.inspect()}", field_name(d, d->fields, i));
    }
    put(d, is_round ? (is_tuple && d->fields->count == 1 ? ",)" : ")") : " }");
  }
  put(d, "\"\n");
}

static void put_show(Derivation *d) {
  put(d, "  def show(self): String");
  if (is_product(d)) {
    put(d, " = ");
    put_show_product(d);
    return;
  }
  put(d, "\n    match self\n");
  for (uint32_t v = 0; v < d->variants->count; v++) {
    const VariantInfo *variant = &d->variants->items[v];
    put(d, "      ");
    put_variant(d, variant, 'a');
    put(d, " => \"%s", name_text(d->names, variant->name));
    for (uint32_t i = 0; i < variant->fields->count; i++) {
      put(d, "%s", i ? ", " : "(");
      if (variant->fields->items[i].name) put(d, "%s: ", name_text(d->names, variant->fields->items[i].name));
      put(d, "#{a%u.inspect()}", i);
    }
    put(d, "%s\"\n", variant->fields->count ? ")" : "");
  }
  put(d, "    end\n  end\n");
}

// ── clone ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_clone_of(Derivation *d, const char *value, uint32_t number, const FieldInfo *field) {
  Text part = {.arena = d->checker->arena};
  if (number == UINT32_MAX) text_append(&part, value);
  else text_printf(&part, "%s%u", value, number);
  put(d, field->type->kind == TYPE_FN ? "%s" : "%s.clone()", text_str(&part));
}

static void put_clone_product(Derivation *d) {
  bool is_round = d->type->kind == TYPE_TUPLE || d->type->kind == TYPE_NEWTYPE;
  put(d, "%s%s", type_name_text(d), is_round ? "(" : " { ");
  for (uint32_t i = 0; i < d->fields->count; i++) {
    put(d, "%s", i ? ", " : "");
    if (!is_round) put(d, "%s: ", field_name(d, d->fields, i));
    Text self_field = {.arena = d->checker->arena};
    text_printf(&self_field, "self.%s", field_name(d, d->fields, i));
    put_clone_of(d, text_str(&self_field), UINT32_MAX, &d->fields->items[i]);
  }
  put(d, is_round ? (d->type->kind == TYPE_TUPLE && d->fields->count == 1 ? ",)\n" : ")\n") : " }\n");
}

static void put_clone(Derivation *d) {
  put(d, "  def clone(self): Self");
  if (is_product(d)) {
    put(d, " = ");
    put_clone_product(d);
    return;
  }
  put(d, "\n    match self\n");
  for (uint32_t v = 0; v < d->variants->count; v++) {
    const VariantInfo *variant = &d->variants->items[v];
    put(d, "      ");
    put_variant(d, variant, 'a');
    put(d, " => %s::%s", type_name_text(d), name_text(d->names, variant->name));
    for (uint32_t i = 0; i < variant->fields->count; i++) {
      put(d, "%s", i ? ", " : "(");
      put_clone_of(d, "a", i, &variant->fields->items[i]);
    }
    put(d, variant->fields->count ? ")\n" : "\n");
  }
  put(d, "    end\n  end\n");
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_method(Derivation *d, Name method) {
  put_head(d);
  switch (method) {
    case NAME_op_eq: put_eq(d); break;
    case NAME_op_lt: put_lt(d); break;
    case NAME_hash: put_hash(d); break;
    case NAME_show: put_show(d); break;
    default: put_clone(d); break;
  }
  put(d, "end\n");
}

static FieldList *tuple_fields(Checker *checker, const TypeList *elements) {
  FieldList *fields = arena_alloc(checker->arena, sizeof(FieldList) + elements->count * sizeof(FieldInfo), alignof(FieldList));
  fields->count = elements->count;
  for (uint32_t i = 0; i < elements->count; i++) fields->items[i].type = elements->items[i];
  return fields;
}

static void take_structure(Derivation *d) {
  Type *type = d->type;
  switch ((int)type->kind) {
    case TYPE_TUPLE: d->fields = tuple_fields(d->checker, type->tuple.elements); return;
    case TYPE_RECORD: d->fields = type->record.fields; return;
    default:
      decl_resolve_type(d->checker->sema, type->nominal.decl);
      d->fields = type->nominal.decl->fields;
      d->variants = type->nominal.decl->variants;
  }
}

// The tuple or record type whose fields are the type parameters; NULL for a nominal type, which the text names.
static Type *structural_target(const Derivation *d) {
  TypeTable *types = d->checker->types;
  uint32_t count = d->fields ? d->fields->count : 0;
  if (d->type->kind != TYPE_TUPLE && d->type->kind != TYPE_RECORD) return NULL;
  FieldInfo *fields = arena_array(d->checker->arena, FieldInfo, count + 1);
  Type **elements = arena_array(d->checker->arena, Type *, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    char name[16];
    snprintf(name, sizeof name, "A%u", i);
    elements[i] = type_param(types, name_from(d->checker->context->names, name), i, NULL);
    fields[i] = (FieldInfo){d->fields->items[i].name, elements[i], NULL};
  }
  return d->type->kind == TYPE_TUPLE ? type_tuple(types, elements, count) : type_record(types, fields, count);
}

static void add_text(Sema *sema, Derivation *d, Module *home, Name method) {
  Text path = {.arena = sema->arena};
  text_printf(&path, "<derived %s of %s>", name_text(d->names, method), type_text(sema->context, d->type));
  const Source *source = source_add(sema->arena, sema->context->sources, text_str(&path), text_str(&d->text), d->text.size);
  AstNode *module = parse_module(sema->context, source);
  derived_impl(sema, home, module->module.decls->items[0], structural_target(d));
}

bool derive_method(Checker *checker, Type *type, Name method) {
  Sema *sema = checker->sema;
  if (!is_derivable(method) || !has_structure(type)) return false;
  if (method == NAME_op_lt && type->kind == TYPE_STRUCT) return false;  // an order of structs is written by hand
  uint64_t key = derivation_key(type, method);
  if (map_get(&sema->derived, key)) return false;
  map_put(sema->arena, &sema->derived, key, type);
  Derivation d = {.checker = checker, .names = sema->context->names, .text = {.arena = sema->arena}, .type = type};
  take_structure(&d);
  if (!fields_allow(checker, d.fields, method) || !variants_allow(checker, d.variants, method)) return false;
  if (method == NAME_clone && method_find_drop(checker, type, &(MethodMatch){0})) return false;
  if (d.variants && !d.variants->count) return false;
  put_method(&d, method);
  bool is_nominal = type->kind != TYPE_TUPLE && type->kind != TYPE_RECORD;
  add_text(sema, &d, is_nominal ? type->nominal.decl->module : sema->prelude, method);
  return true;
}
