// Derived methods: ==, <, hash, show and clone that types have by their structure, size and iter of arrays. Each is
// written as Quartz text, an `extend` of the type's declaration, and goes the same way as any other source: parser,
// instances, lowering.
#include "parser/parser.h"
#include "sema/method.h"

typedef struct Derivation {
  Checker *checker;
  const Interner *names;
  Text text;
  Type *type;            // as asked for; its declaration decides the text
  const FieldList *fields;      // STRUCT, TUPLE, RECORD, NEWTYPE: in terms of the declaration's parameters;
                                // ARRAY: the element
  const VariantList *variants;  // ENUM; UNION: one for each member, without a name
} Derivation;

// ── What can be derived ─────────────────────────────────────────────────────────────────────────────────────────
static bool is_derivable(const Type *type, Name method) {
  switch (method) {
    case NAME_op_eq: case NAME_op_lt: case NAME_hash: case NAME_show: case NAME_clone: return true;
    case NAME_size: case NAME_iter: return type->kind == TYPE_ARRAY;
    case NAME_inspect: return type->kind == TYPE_UNION;
    default: return false;
  }
}

static bool has_structure(const Type *type) {
  switch ((int)type->kind) {
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE: case TYPE_TUPLE: case TYPE_RECORD: case TYPE_ARRAY:
    case TYPE_UNION:
      return true;
    default: return false;
  }
}

// Types without a declaration: the text is for one of type parameters.
static bool is_structural(const Type *type) {
  return type->kind == TYPE_TUPLE || type->kind == TYPE_RECORD || type->kind == TYPE_ARRAY || type->kind == TYPE_UNION;
}

static uint64_t derivation_key(const Type *type, Name method) { return hash_mix(method_head(type)) ^ hash_mix(method); }

// What became of a derivation, the value of its key in `derived`.
enum { DERIVE_BEGUN = 1, DERIVE_REFUSED };
static uintptr_t derivation_state(const Sema *sema, uint64_t key) { return (uintptr_t)map_get(&sema->derived, key); }

// Begun is as good as done: a type that contains itself allows what its other parts allow.
static bool part_allows(Checker *checker, Type *type, Name method) {
  type = resolve_head(type);
  if (type->kind == TYPE_VAR || type->kind == TYPE_PARAM || type->kind == TYPE_ERROR || type->has_params) return true;
  if (type->kind == TYPE_FN) return method == NAME_clone;
  if (type->kind == TYPE_PTR || type->kind == TYPE_BORROW) return method == NAME_op_eq;
  bool is_declared = has_structure(type) && !is_structural(type);
  if (is_declared && derivation_state(checker->sema, derivation_key(type, method)) == DERIVE_BEGUN) return true;
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

static bool is_union(const Derivation *d) { return d->type->kind == TYPE_UNION; }
static bool is_product(const Derivation *d) { return d->type->kind != TYPE_ENUM && !is_union(d); }

static const char *type_name_text(const Derivation *d) {
  return is_structural(d->type) ? "" : name_text(d->names, d->type->nominal.decl->name);
}

// `extend<T> Pair<T>`; for tuples, records and arrays a type parameter a field: `extend<A0, A1>`
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
  if (is_structural(d->type)) {
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

// Circle(a0, a1) or Empty; (a0: A1) of a union
static void put_variant(Derivation *d, const VariantInfo *variant, char letter) {
  if (is_union(d)) {
    put(d, "(%c0: A%u)", letter, variant->index);
    return;
  }
  put(d, "%s::%s", type_name_text(d), name_text(d->names, variant->name));
  for (uint32_t i = 0; i < variant->fields->count; i++) put(d, "%s%c%u", i ? ", " : "(", letter, i);
  if (variant->fields->count) put(d, ")");
}

// ── Bodies: each serves a product, whose parts are fields, and a variant, whose parts a pattern has named ───────────
typedef enum Side { SELF, OTHER } Side;

static const char *part(const Derivation *d, Side side, const FieldList *fields, uint32_t index) {
  Text text = {.arena = d->checker->arena};
  if (is_product(d)) text_printf(&text, "%s.%s", side == SELF ? "self" : "other", field_name(d, fields, index));
  else text_printf(&text, "%c%u", side == SELF ? 'a' : 'b', index);
  return text_str(&text);
}

// How a value of the type is written.
typedef struct Form {
  const char *open, *close;
  bool has_names;  // `x: 1`
} Form;

static Form product_form(const Derivation *d) {
  switch ((int)d->type->kind) {
    case TYPE_TUPLE: return (Form){"(", d->fields->count == 1 ? ",)" : ")", false};
    case TYPE_NEWTYPE: return (Form){"(", ")", false};
    case TYPE_RECORD: return (Form){"{ ", " }", true};
    default: return (Form){" { ", " }", true};
  }
}

typedef void PutPart(Derivation *d, const char *part, const FieldInfo *field);

static void put_parts(Derivation *d, Form form, const FieldList *fields, PutPart *put_part) {
  put(d, "%s", form.open);
  for (uint32_t i = 0; i < fields->count; i++) {
    put(d, "%s", i ? ", " : "");
    if (form.has_names && fields->items[i].name) put(d, "%s: ", name_text(d->names, fields->items[i].name));
    put_part(d, part(d, SELF, fields, i), &fields->items[i]);
  }
  put(d, "%s", form.close);
}

typedef void PutArm(Derivation *d, const VariantInfo *variant, uint32_t number);

// The body of an enum's method: a match with what `put_arm` makes of each variant, then `rest`.
static void put_match(Derivation *d, const char *subject, PutArm *put_arm, const char *rest) {
  put(d, "\n    match %s\n", subject);
  for (uint32_t v = 0; v < d->variants->count; v++) put_arm(d, &d->variants->items[v], v);
  put(d, "%s    end\n  end\n", rest);
}

static void put_pattern(Derivation *d, const VariantInfo *variant) {
  put(d, "      ");
  put_variant(d, variant, 'a');
  put(d, " => ");
}

static void put_pair_pattern(Derivation *d, const VariantInfo *variant) {
  put(d, "      (");
  put_variant(d, variant, 'a');
  put(d, ", ");
  put_variant(d, variant, 'b');
  put(d, ") => ");
}

// ── == ──────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_eq_of(Derivation *d, const FieldList *fields) {
  for (uint32_t i = 0; i < fields->count; i++)
    put(d, "%s%s == %s", i ? " and " : "", part(d, SELF, fields, i), part(d, OTHER, fields, i));
  put(d, fields->count ? "\n" : "true\n");
}

static void put_eq_arm(Derivation *d, const VariantInfo *variant, uint32_t number) {
  (void)number;
  put_pair_pattern(d, variant);
  put_eq_of(d, variant->fields);
}

static void put_eq(Derivation *d) {
  put(d, "  def op_eq(self, other: Self): Bool");
  if (is_product(d)) {
    put(d, " = ");
    put_eq_of(d, d->fields);
  } else {
    put_match(d, "(self, other)", put_eq_arm, d->variants->count > 1 ? "      _ => false\n" : "");
  }
}

// ── < ───────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_rank_arm(Derivation *d, const VariantInfo *variant, uint32_t number) {
  put(d, "      %s::%s", type_name_text(d), name_text(d->names, variant->name));
  for (uint32_t i = 0; i < variant->fields->count; i++) put(d, i ? ", _" : "(_");
  put(d, "%s => %u\n", variant->fields->count ? ")" : "", number);
}

static void put_lt_of(Derivation *d, const FieldList *fields) {
  for (uint32_t i = 0; i < fields->count; i++) {
    const char *mine = part(d, SELF, fields, i), *others = part(d, OTHER, fields, i);
    put(d, "    return true if %s < %s\n    return false if %s < %s\n", mine, others, others, mine);
  }
  put(d, "    false\n  end\n");
}

static void put_lt_arm(Derivation *d, const VariantInfo *variant, uint32_t number) {
  (void)number;
  if (!variant->fields->count) return;
  put_pair_pattern(d, variant);
  put(d, "do\n");
  put_lt_of(d, variant->fields);
}

static void put_lt(Derivation *d) {
  static const char head[] = "  def op_lt(self, other: Self): Bool\n";
  if (is_product(d)) {
    put(d, "%s", head);
    put_lt_of(d, d->fields);
    return;
  }
  put(d, "  def derived_rank(self): Int");
  put_match(d, "self", put_rank_arm, "");
  put(d, "%s", head);
  put_match(d, "(self, other)", put_lt_arm, "      _ => self.derived_rank() < other.derived_rank()\n");
}

// ── hash ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_hash_of(Derivation *d, uint32_t seed, const FieldList *fields) {
  for (uint32_t i = 0; i < fields->count; i++) put(d, "hash_mix(");
  put(d, "%u", seed);
  for (uint32_t i = 0; i < fields->count; i++) put(d, ", %s.hash())", part(d, SELF, fields, i));
  put(d, "\n");
}

static void put_hash_arm(Derivation *d, const VariantInfo *variant, uint32_t number) {
  put_pattern(d, variant);
  put_hash_of(d, number + 1, variant->fields);
}

static void put_hash(Derivation *d) {
  put(d, "  def hash(self): Int");
  if (is_product(d)) {
    put(d, " = ");
    put_hash_of(d, 0, d->fields);
  } else {
    put_match(d, "self", put_hash_arm, "");
  }
}

// ── show ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_show_part(Derivation *d, const char *part, const FieldInfo *field) {
  (void)field;
  put(d, "#{%s.inspect()}", part);
}

static void put_show_arm(Derivation *d, const VariantInfo *variant, uint32_t number) {
  (void)number;
  put_pattern(d, variant);
  put(d, "\"%s", name_text(d->names, variant->name));
  if (variant->fields->count) put_parts(d, (Form){"(", ")", true}, variant->fields, put_show_part);
  put(d, "\"\n");
}

// A union shows its member, and is written as that in a program.
static void put_member_show_arm(Derivation *d, const VariantInfo *variant, uint32_t number) {
  (void)number;
  put_pattern(d, variant);
  put(d, "a0.show()\n");
}

static void put_show(Derivation *d) {
  put(d, "  def show(self): String");
  if (is_product(d)) {
    put(d, " = \"%s", type_name_text(d));
    if (d->fields->count || d->type->kind == TYPE_TUPLE) put_parts(d, product_form(d), d->fields, put_show_part);
    put(d, "\"\n");
  } else {
    put_match(d, "self", is_union(d) ? put_member_show_arm : put_show_arm, "");
  }
}

static void put_member_inspect_arm(Derivation *d, const VariantInfo *variant, uint32_t number) {
  (void)number;
  put_pattern(d, variant);
  put(d, "a0.inspect()\n");
}

static void put_inspect(Derivation *d) {
  put(d, "  def inspect(self): String");
  put_match(d, "self", put_member_inspect_arm, "");
}

// ── clone ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_clone_part(Derivation *d, const char *part, const FieldInfo *field) {
  put(d, field->type->kind == TYPE_FN ? "%s" : "%s.clone()", part);
}

static void put_clone_arm(Derivation *d, const VariantInfo *variant, uint32_t number) {
  (void)number;
  put_pattern(d, variant);
  if (is_union(d)) {
    put_clone_part(d, "a0", &variant->fields->items[0]);
    put(d, "\n");
    return;
  }
  put(d, "%s::%s", type_name_text(d), name_text(d->names, variant->name));
  if (variant->fields->count) put_parts(d, (Form){"(", ")", false}, variant->fields, put_clone_part);
  put(d, "\n");
}

static void put_clone(Derivation *d) {
  put(d, "  def clone(self): Self");
  if (is_product(d)) {
    put(d, " = %s", type_name_text(d));
    put_parts(d, product_form(d), d->fields, put_clone_part);
    put(d, "\n");
  } else {
    put_match(d, "self", put_clone_arm, "");
  }
}

// ── Arrays ──────────────────────────────────────────────────────────────────────────────────────────────────────
// What a Vec of the elements has is that Vec's to do; a loop over an array goes over a copy, as of any value.
static void put_array_method(Derivation *d, Name method) {
  unsigned long long count = d->type->array.count;
  const char *name = name_text(d->names, method);
  switch (method) {
    case NAME_size: put(d, "  def size(self): Int = %llu\n", count); return;
    case NAME_op_eq:
      put(d, "  def op_eq(self, other: Self): Bool\n    for i in 0..%llu\n", count);
      put(d, "      return false unless self[i] == other[i]\n    end\n    true\n  end\n");
      return;
    case NAME_op_lt:
      put(d, "  def op_lt(self, other: Self): Bool\n    for i in 0..%llu\n", count);
      put(d, "      return true if self[i] < other[i]\n      return false if other[i] < self[i]\n");
      put(d, "    end\n    false\n  end\n");
      return;
    case NAME_clone:
      put(d, "  def clone(self): Self\n    var copy = self\n    for i in 0..%llu\n", count);
      put(d, "      copy[i] = self[i].clone()\n    end\n    copy\n  end\n");
      return;
    default: put(d, "  def %s(self) = [self[i] for i in 0..%llu].%s()\n", name, count, name); return;
  }
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_structural_method(Derivation *d, Name method) {
  switch (method) {
    case NAME_op_eq: put_eq(d); return;
    case NAME_op_lt: put_lt(d); return;
    case NAME_hash: put_hash(d); return;
    case NAME_show: put_show(d); return;
    case NAME_inspect: put_inspect(d); return;
    default: put_clone(d); return;
  }
}

static void put_method(Derivation *d, Name method) {
  put_head(d);
  if (d->type->kind == TYPE_ARRAY) put_array_method(d, method);
  else put_structural_method(d, method);
  put(d, "end\n");
}

static FieldList *unnamed_fields(Checker *checker, Type *const *types, uint32_t count) {
  FieldList *fields = arena_alloc(checker->arena, sizeof(FieldList) + count * sizeof(FieldInfo), alignof(FieldList));
  fields->count = count;
  for (uint32_t i = 0; i < count; i++) fields->items[i].type = types[i];
  return fields;
}

static VariantList *member_variants(Checker *checker, const TypeList *members) {
  size_t size = sizeof(VariantList) + members->count * sizeof(VariantInfo);
  VariantList *variants = arena_alloc(checker->arena, size, alignof(VariantList));
  variants->count = members->count;
  for (uint32_t i = 0; i < members->count; i++)
    variants->items[i] = (VariantInfo){.index = i, .fields = unnamed_fields(checker, &members->items[i], 1)};
  return variants;
}

static void take_structure(Derivation *d) {
  Type *type = d->type;
  const TypeList *elements = type->kind == TYPE_TUPLE ? type->tuple.elements : NULL;
  switch ((int)type->kind) {
    case TYPE_TUPLE: d->fields = unnamed_fields(d->checker, elements->items, elements->count); return;
    case TYPE_ARRAY: d->fields = unnamed_fields(d->checker, &type->array.element, 1); return;
    case TYPE_RECORD: d->fields = type->record.fields; return;
    case TYPE_UNION:
      d->fields = unnamed_fields(d->checker, type->tuple.elements->items, type->tuple.elements->count);
      d->variants = member_variants(d->checker, type->tuple.elements);
      return;
    default:
      decl_resolve_type(d->checker->sema, type->nominal.decl);
      d->fields = type->nominal.decl->fields;
      d->variants = type->nominal.decl->variants;
  }
}

// The tuple, record or array type whose fields are the type parameters; NULL for a nominal type, which the text names.
static Type *structural_target(const Derivation *d) {
  TypeTable *types = d->checker->types;
  uint32_t count = d->fields ? d->fields->count : 0;
  if (!is_structural(d->type)) return NULL;
  FieldInfo *fields = arena_array(d->checker->arena, FieldInfo, count + 1);
  Type **elements = arena_array(d->checker->arena, Type *, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    char name[16];
    snprintf(name, sizeof name, "A%u", i);
    elements[i] = type_param(types, name_from(d->checker->context->names, name), i, NULL);
    fields[i] = (FieldInfo){d->fields->items[i].name, elements[i], NULL};
  }
  if (d->type->kind == TYPE_ARRAY) return type_array(types, elements[0], d->type->array.count);
  if (is_union(d)) return type_union(types, elements, count);
  return d->type->kind == TYPE_TUPLE ? type_tuple(types, elements, count) : type_record(types, fields, count);
}

static void add_text(Sema *sema, Derivation *d, Module *home, Name method) {
  Context *context = sema->context;
  Text path = {.arena = context->arena};
  text_printf(&path, "<derived %s of %s>", name_text(d->names, method), type_text(context, d->type));
  const Source *source =
      source_add(context->arena, context->sources, text_str(&path), text_str(&d->text), d->text.size);
  AstNode *module = parse_module(context, source);
  derived_impl(sema, home, module->module.decls->items[0], structural_target(d));
}

static bool parts_allow(Derivation *d, Name method) {
  if (method == NAME_size || method == NAME_iter) return true;
  return fields_allow(d->checker, d->fields, method) && variants_allow(d->checker, d->variants, method);
}

// What a type's parts allow is remembered, as tuples of tuples are made of the same few types again and again. Which
// methods are seen depends on the module; what was said while a derivation was only begun holds until one is refused.
static uint64_t fit_key(const Checker *checker, const Type *type, Name method) {
  uint64_t place = map_key(checker->module) | (checker->type_args->count != 0);
  return hash_mix(hash_mix(map_pair(type->id, method)) + hash_mix(place));
}

// What is derived for one tuple serves all of its size, as far as their parts allow it.
bool derived_fits(Checker *checker, Type *type, Name method) {
  enum { UNKNOWN, FITS, MISFITS };
  Sema *sema = checker->sema;
  if (!is_structural(type)) return true;
  uint64_t key = fit_key(checker, type, method);
  uintptr_t known = type->has_vars ? UNKNOWN : (uintptr_t)map_get(&sema->derived_fits, key);
  if (known) return known == FITS;
  Derivation d = {.checker = checker, .type = type};
  take_structure(&d);
  bool fits = parts_allow(&d, method);
  if (!type->has_vars) map_put(sema->arena, &sema->derived_fits, key, (void *)(uintptr_t)(fits ? FITS : MISFITS));
  return fits;
}

static bool is_refused(Derivation *d, Name method) {
  if (!parts_allow(d, method) || (d->variants && !d->variants->count)) return true;
  return method == NAME_clone && method_find_drop(d->checker, d->type, &(MethodMatch){0});
}

Type *union_obstacle(Checker *checker, const Type *type, Name method) {
  const TypeList *members = type->kind == TYPE_UNION ? type->tuple.elements : NULL;
  for (uint32_t i = 0; members && i < members->count; i++)
    if (!part_allows(checker, members->items[i], method)) return members->items[i];
  return NULL;
}

bool derive_method(Checker *checker, Type *type, Name method) {
  Sema *sema = checker->sema;
  if (!is_derivable(type, method) || !has_structure(type)) return false;
  bool has_order = type->kind != TYPE_STRUCT && type->kind != TYPE_UNION;  // that of structs is written by hand
  if (method == NAME_op_lt && !has_order) return false;
  if (!derived_fits(checker, type, method)) return false;
  uint64_t key = derivation_key(type, method);
  if (derivation_state(sema, key)) return is_structural(type);  // maybe since a moment, for one of its parts
  map_put(sema->arena, &sema->derived, key, (void *)(uintptr_t)DERIVE_BEGUN);
  Derivation d = {
      .checker = checker, .names = sema->context->names, .text = {.arena = sema->context->arena}, .type = type};
  take_structure(&d);
  if (is_refused(&d, method)) {
    map_put(sema->arena, &sema->derived, key, (void *)(uintptr_t)DERIVE_REFUSED);
    sema->derived_fits = (Map){0};
    return false;
  }
  put_method(&d, method);
  add_text(sema, &d, is_structural(type) ? sema->prelude : type->nominal.decl->module, method);
  return true;
}
