// Methods: which function a call `x.f(…)` means, and which traits a type satisfies. A type satisfies a trait by an
// impl, or because its methods already match.
#include "sema/method.h"

// ── Registering ─────────────────────────────────────────────────────────────────────────────────────────────────
// Records of the same field names are of one head.
static uint64_t record_head(const FieldList *fields) {
  uint64_t head = (uint64_t)TYPE_RECORD << 32 | fields->count;
  for (uint32_t i = 0; i < fields->count; i++) head = hash_mix(head) ^ fields->items[i].name;
  return head;
}

uint64_t method_head(const Type *type) {
  switch (type->kind) {
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE: return map_key(type->nominal.decl);
    case TYPE_TUPLE: case TYPE_UNION: return (uint64_t)type->kind << 32 | type->tuple.elements->count;
    case TYPE_RECORD: return record_head(type->record.fields);
    case TYPE_ARRAY: return (uint64_t)type->kind << 32 | (uint32_t)type->array.count;
    case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR: case TYPE_INT: case TYPE_I8:
    case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32: case TYPE_U64: case TYPE_F32:
    case TYPE_F64: case TYPE_STRING: case TYPE_SYMBOL: case TYPE_PTR: case TYPE_BORROW: case TYPE_FN:
    case TYPE_PARAM: case TYPE_VAR: case TYPE_KIND_COUNT: break;
  }
  return (uint64_t)type->kind << 32;
}

static Map *head_table(Sema *sema, Map *tables, uint64_t head) {
  Map *table = map_get(tables, head);
  if (!table) map_put(sema->arena, tables, head, table = arena_new(sema->arena, Map));
  return table;
}

void method_register_constant(Sema *sema, const Impl *impl, Global *global) {
  map_put(sema->arena, head_table(sema, &sema->constants, method_head(impl->target)), global->name, global);
}

Global *method_find_constant(Sema *sema, const Type *type, Name name) {
  const Map *table = map_get(&sema->constants, method_head(type));
  return table ? map_get(table, name) : NULL;
}

static void add_method(Sema *sema, Impl *impl, Function *function) {
  Map *table = head_table(sema, &sema->methods, method_head(impl->target));
  Method *method = arena_new(sema->arena, Method);
  *method = (Method){impl, function, map_get(table, function->name)};
  map_put(sema->arena, table, function->name, method);
}

static bool impl_defines(const Impl *impl, Name name) {
  for (uint32_t i = 0; i < impl->methods.size; i++)
    if (impl->methods.data[i]->name == name) return true;
  return false;
}

static void add_to_trait(Sema *sema, Impl *impl) {
  uint64_t key = map_key(impl->trait.trait);
  ImplVec *impls = map_get(&sema->impls_by_trait, key);
  if (!impls) map_put(sema->arena, &sema->impls_by_trait, key, impls = arena_new(sema->arena, ImplVec));
  vec_push(sema->arena, impls, impl);
}

// What `impl Drop` defines is called when a value goes, never by name: a type may have another method `drop`.
static bool is_drop(Sema *sema, const Impl *impl) {
  return impl->trait.trait && impl->trait.trait == prelude_type(sema, NAME_Drop);
}

void method_register(Sema *sema, Impl *impl) {
  for (uint32_t i = 0; i < impl->methods.size && !is_drop(sema, impl); i++)
    add_method(sema, impl, impl->methods.data[i]);
  if (!impl->trait.trait) return;
  add_to_trait(sema, impl);
  const TraitInfo *trait = impl->trait.trait->trait;
  for (uint32_t i = 0; i < trait->methods.size; i++) {
    Function *method = trait->methods.data[i];
    if (method->node->function.body && !impl_defines(impl, method->name)) add_method(sema, impl, method);
  }
}

void method_register_trait(Sema *sema, TypeDecl *decl) {
  const TraitInfo *trait = decl->trait;
  for (uint32_t i = 0; i < trait->methods.size; i++) {
    Function *method = trait->methods.data[i];
    if (!method->node->function.body) continue;
    FunctionVec *list = map_get(&sema->default_methods, method->name);
    if (!list) map_put(sema->arena, &sema->default_methods, method->name, list = arena_new(sema->arena, FunctionVec));
    vec_push(sema->arena, list, method);
  }
}

// ── Finding ─────────────────────────────────────────────────────────────────────────────────────────────────────
// An `extend` is seen where its module is imported; a generic body sees what the caller's types bring along.
static bool is_visible(Checker *checker, const Impl *impl) {
  if (!impl->is_extend || impl->is_derived || impl->module == checker->module || impl->module->is_prelude) return true;
  if (checker->type_args->count) return true;
  for (uint32_t i = 0; i < checker->module->all_imports.size; i++)
    if (checker->module->all_imports.data[i] == impl->module) return true;
  return false;
}

TraitRef bound_trait(Checker *checker, const Bound *bound, TypeList *args) {
  TraitRef trait = bound->trait;
  Type *tuple = type_tuple(checker->types, trait.args->items, trait.args->count);
  trait.args = substitute(checker->sema, tuple, args)->tuple.elements;
  return trait;
}

static bool bounds_hold(Checker *checker, const BoundVec *bounds, TypeList *args) {
  for (uint32_t i = 0; i < bounds->size; i++) {
    const Bound *bound = &bounds->data[i];
    if (!trait_holds(checker, substitute(checker->sema, bound->type, args), bound_trait(checker, bound, args)))
      return false;
  }
  return true;
}

// Does the type implement the trait more than once, as with different arguments?
static bool has_rivals(Checker *checker, Type *type, const TypeDecl *trait) {
  const ImplVec *impls = map_get(&checker->sema->impls_by_trait, map_key(trait));
  uint32_t count = 0;
  for (uint32_t i = 0; impls && i < impls->size; i++) count += method_head(impls->data[i]->target) == method_head(type);
  return count > 1;
}

void infer_from_bounds(Checker *checker, const BoundVec *bounds, TypeList *args) {
  for (uint32_t i = 0; i < bounds->size; i++) {
    const Bound *bound = &bounds->data[i];
    Type *type = resolve_head(substitute(checker->sema, bound->type, args));
    if (bound->trait.args->count && type->kind != TYPE_VAR && !has_rivals(checker, type, bound->trait.trait))
      trait_holds(checker, type, bound_trait(checker, bound, args));  // if not, finish_call says so
  }
}

// Type arguments of a trait's default method reached through `impl`: Self, the trait's arguments, then its own.
static Type **default_method_args(Checker *checker, Function *function, Type *self, const TypeList *trait_args,
                                  Span span) {
  Signature *signature = decl_signature(checker->sema, function);
  Type **args = fresh_args(checker, signature->type_param_count, span);
  args[0] = self;
  for (uint32_t i = 0; i < trait_args->count; i++) args[i + 1] = trait_args->items[i];
  return args;
}

static bool method_fits(Checker *checker, const Method *method, Type *receiver, bool is_static, MethodMatch *out) {
  Signature *signature = decl_signature(checker->sema, method->function);
  if (signature->has_self == is_static || !is_visible(checker, method->impl)) return false;
  Span span = {0, 0};
  Impl *impl = method->impl;
  Type **args = fresh_args(checker, impl->param_count, span);
  TypeList *list = type_args_intern(checker->sema, args, impl->param_count);
  uint32_t mark = trail_mark(checker);
  if (!unify(checker, substitute(checker->sema, impl->target, list), receiver) ||
      (method->next && !bounds_hold(checker, &impl->bounds, list)) ||
      (impl->is_derived && !derived_fits(checker, receiver, method->function->name))) {
    trail_undo(checker, mark);
    return false;
  }
  *out = (MethodMatch){.function = method->function, .method = method};
  if (signature->trait) {
    Type *tuple = type_tuple(checker->types, impl->trait.args->items, impl->trait.args->count);
    const TypeList *trait_args = substitute(checker->sema, tuple, list)->tuple.elements;
    out->type_args = default_method_args(checker, method->function, receiver, trait_args, span);
    return true;
  }
  out->type_args = fresh_args(checker, signature->type_param_count, span);
  for (uint32_t i = 0; i < impl->param_count; i++) out->type_args[i] = args[i];
  return true;
}

// A method of the same name that another trait gives by default.
static Function *find_rival(Checker *checker, const Method *method, Type *receiver, bool is_static) {
  uint32_t mark = trail_mark(checker);
  for (const Method *other = method->next; other; other = other->next) {
    MethodMatch match;
    const TypeDecl *trait = signature_of(other->function)->trait;
    bool fits = trait && trait != signature_of(method->function)->trait &&
                method_fits(checker, other, receiver, is_static, &match);
    trail_undo(checker, mark);
    if (fits) return other->function;
  }
  return NULL;
}

// What a type says itself goes before what a trait gives by default.
static bool find_in_head(Checker *checker, uint64_t head, Type *receiver, Name name, bool is_static, MethodMatch *out) {
  const Map *table = map_get(&checker->sema->methods, head);
  const Method *first = table ? map_get(table, name) : NULL;
  for (int by_trait = 0; by_trait < 2; by_trait++)
    for (const Method *method = first; method; method = method->next) {
      if ((signature_of(method->function)->trait != NULL) != by_trait) continue;
      if (!method_fits(checker, method, receiver, is_static, out)) continue;
      if (by_trait) out->rival = find_rival(checker, method, receiver, is_static);
      out->candidates = first;
      return true;
    }
  return false;
}

// Methods of impls for the type, of impls for every type, and those that types have structurally.
static bool find_own(Checker *checker, Type *receiver, Name name, bool is_static, MethodMatch *out) {
  uint64_t head = method_head(receiver);
  if (find_in_head(checker, head, receiver, name, is_static, out)) return true;
  // What a union does its members do, rather than what is there for every type.
  bool is_union = receiver->kind == TYPE_UNION && !is_static && derive_method(checker, receiver, name);
  if (is_union && find_in_head(checker, head, receiver, name, is_static, out)) return true;
  if (find_in_head(checker, (uint64_t)TYPE_PARAM << 32, receiver, name, is_static, out)) return true;
  return !is_static && derive_method(checker, receiver, name) &&
         find_in_head(checker, head, receiver, name, is_static, out);
}

static bool find_in_impls_of(Checker *checker, Name trait_name, Name name, Type *type, MethodMatch *out) {
  TypeDecl *trait = prelude_type(checker->sema, trait_name);
  const ImplVec *impls = trait ? map_get(&checker->sema->impls_by_trait, map_key(trait)) : NULL;
  for (uint32_t i = 0; impls && i < impls->size; i++) {
    Impl *impl = impls->data[i];
    for (uint32_t j = 0; j < impl->methods.size; j++) {
      Method method = {.impl = impl, .function = impl->methods.data[j]};
      if (method.function->name == name && method_fits(checker, &method, type, false, out)) return true;
    }
  }
  return false;
}

bool method_find_drop(Checker *checker, Type *type, MethodMatch *out) {
  return find_in_impls_of(checker, NAME_Drop, NAME_drop, type, out);
}

bool method_find_cross(Checker *checker, Type *type, MethodMatch *out) {
  return find_in_impls_of(checker, NAME_Send, NAME_cross, type, out);
}

// A default method of any trait that the type satisfies by its methods alone.
static bool find_default(Checker *checker, Type *receiver, Name name, bool is_static, MethodMatch *out) {
  const FunctionVec *list = map_get(&checker->sema->default_methods, name);
  for (uint32_t i = 0; list && i < list->size; i++) {
    Function *function = list->data[i];
    Signature *signature = decl_signature(checker->sema, function);
    if (signature->has_self == is_static) continue;
    uint32_t count = signature->trait->param_count - 1;
    Type **args = fresh_args(checker, count, (Span){0, 0});
    TraitRef trait = {signature->trait, type_args_intern(checker->sema, args, count), {0, 0}};
    uint32_t mark = trail_mark(checker);
    if (trait_holds(checker, receiver, trait)) {
      *out = (MethodMatch){.function = function,
                           .type_args = default_method_args(checker, function, receiver, trait.args, (Span){0, 0})};
      return true;
    }
    trail_undo(checker, mark);
  }
  return false;
}

static Type *look_through_borrows(Type *type) {
  type = resolve_head(type);
  while (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
  return type;
}

bool method_find(Checker *checker, Type *receiver, Name name, bool is_static, MethodMatch *out) {
  receiver = look_through_borrows(receiver);
  if (receiver->kind == TYPE_VAR || receiver->kind == TYPE_ERROR) return false;
  return find_own(checker, receiver, name, is_static, out) || find_default(checker, receiver, name, is_static, out);
}

// ── One trait with different arguments ──────────────────────────────────────────────────────────────────────────
static bool is_sibling(const Method *method, const Method *other) {
  const TraitRef *trait = &method->impl->trait;
  return trait->trait && trait->args->count && other->impl->trait.trait == trait->trait;
}

bool method_has_siblings(const MethodMatch *found) {
  for (const Method *method = found->candidates; method; method = method->next)
    if (method != found->method && is_sibling(method, found->method)) return true;
  return false;
}

// May a call give `count` arguments, defaults doing the rest?
static bool count_fits(const Function *function, const Signature *signature, uint32_t count) {
  if (count > signature->param_count) return false;
  for (uint32_t i = count; i < signature->param_count; i++)
    if (!function->node->function.params->items[i]->param.default_value) return false;
  return true;
}

// Do the arguments fit the parameters behind self: exactly, or after a coercion?
static bool arguments_fit(Checker *checker, const MethodMatch *match, const TypeList *args, Type *expected,
                          bool exactly) {
  Signature *signature = decl_signature(checker->sema, match->function);
  if (!count_fits(match->function, signature, args->count + signature->has_self)) return false;
  TypeList *list = type_args_intern(checker->sema, match->type_args, signature->type_param_count);
  for (uint32_t i = 0; i < args->count; i++) {
    Type *param = resolve_head(substitute(checker->sema, signature->param_types[i + signature->has_self], list));
    bool is_strict = exactly && param->kind != TYPE_BORROW;
    if (!(is_strict ? unify(checker, args->items[i], param) : can_coerce(checker, args->items[i], param))) return false;
  }
  Type *want = expected ? resolve_head(expected) : NULL;
  if (!want || !signature->result || want->kind == TYPE_VAR || want->kind == TYPE_VOID) return true;
  return can_coerce(checker, substitute(checker->sema, signature->result, list), want);
}

// The first candidate that fits, and whether a second one does; binds no variables.
static const Method *choose(Checker *checker, Type *receiver, const TypeList *args, Type *expected, bool exactly,
                            MethodMatch *found) {
  const Method *chosen = NULL;
  bool is_static = !decl_signature(checker->sema, found->function)->has_self;
  for (const Method *method = found->candidates; method; method = method->next) {
    MethodMatch match;
    uint32_t mark = trail_mark(checker);
    bool fits = is_sibling(method, found->method) && method_fits(checker, method, receiver, is_static, &match) &&
                arguments_fit(checker, &match, args, expected, exactly);
    trail_undo(checker, mark);
    if (fits && chosen) found->rival = method->function;
    if (fits && !chosen) chosen = method;
  }
  return chosen;
}

void method_choose(Checker *checker, Type *receiver, const TypeList *args, Type *expected, MethodMatch *found) {
  receiver = look_through_borrows(receiver);
  const Method *chosen = choose(checker, receiver, args, expected, true, found);
  if (!chosen) chosen = choose(checker, receiver, args, expected, false, found);
  if (!chosen) return;  // the one that was found says what does not fit
  Function *rival = found->rival;
  method_fits(checker, chosen, receiver, !decl_signature(checker->sema, found->function)->has_self, found);
  found->rival = rival;
}

// ── Traits ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool impl_provides(Checker *checker, const Impl *impl, Type *type, const TraitRef *wanted) {
  if (impl->is_negative) return false;
  Type **args = fresh_args(checker, impl->param_count, wanted->span);
  TypeList *list = type_args_intern(checker->sema, args, impl->param_count);
  uint32_t mark = trail_mark(checker);
  bool fits = unify(checker, substitute(checker->sema, impl->target, list), type);
  for (uint32_t i = 0; fits && i < wanted->args->count; i++)
    fits = unify(checker, substitute(checker->sema, impl->trait.args->items[i], list), wanted->args->items[i]);
  if (fits && bounds_hold(checker, &impl->bounds, list)) return true;
  trail_undo(checker, mark);
  return false;
}

static bool has_impl(Checker *checker, Type *type, const TraitRef *wanted) {
  const ImplVec *impls = map_get(&checker->sema->impls_by_trait, map_key(wanted->trait));
  for (uint32_t i = 0; impls && i < impls->size; i++)
    if (impl_provides(checker, impls->data[i], type, wanted)) return true;
  return false;
}

// Operators that the language itself gives to basic types.
static bool has_primitive(const Type *type, Name method) {
  switch (method) {
    case NAME_op_eq: case NAME_op_ne:
      return type_is_number(type) || type->kind == TYPE_BOOL || type->kind == TYPE_CHAR || type->kind == TYPE_SYMBOL ||
             type->kind == TYPE_PTR || type->kind == TYPE_VOID;
    case NAME_op_lt: case NAME_op_le: case NAME_op_gt: case NAME_op_ge:
      return type_is_number(type) || type->kind == TYPE_CHAR || type->kind == TYPE_BOOL;
    case NAME_op_add: case NAME_op_sub: case NAME_op_mul: case NAME_op_div: case NAME_op_mod: case NAME_op_neg:
      return type_is_number(type);
    default: return false;
  }
}

// Does the found method have the shape that the trait asks for?
static bool shape_fits(Checker *checker, const MethodMatch *found, Function *required, Type *type,
                       const TraitRef *wanted) {
  Signature *want = decl_signature(checker->sema, required);
  Signature *have = decl_signature(checker->sema, found->function);
  if (want->param_count != have->param_count) return false;
  Type **args = default_method_args(checker, required, type, wanted->args, wanted->span);
  TypeList *want_args = type_args_intern(checker->sema, args, want->type_param_count);
  TypeList *have_args = type_args_intern(checker->sema, found->type_args, have->type_param_count);
  for (uint32_t i = want->has_self; i < want->param_count; i++)
    if (!unify(checker, substitute(checker->sema, want->param_types[i], want_args),
               substitute(checker->sema, have->param_types[i], have_args)))
      return false;
  if (want->result && have->result && !unify(checker, substitute(checker->sema, want->result, want_args),
                                             substitute(checker->sema, have->result, have_args)))
    return false;
  return true;
}

// The shape, and what it asks of its type: `def show(self) … where T: Show`.
static bool signature_fits(Checker *checker, const MethodMatch *found, Function *required, Type *type,
                           const TraitRef *wanted) {
  if (!shape_fits(checker, found, required, type, wanted)) return false;
  const Signature *have = decl_signature(checker->sema, found->function);
  TypeList *args = type_args_intern(checker->sema, found->type_args, have->type_param_count);
  return !have->bounds.size || bounds_hold(checker, &have->bounds, args);
}

// The first required method that `type` lacks; NULL: it has them all.
static Function *missing_method(Checker *checker, Type *type, const TraitRef *wanted) {
  const TraitInfo *trait = wanted->trait->trait;
  for (uint32_t i = 0; i < trait->methods.size; i++) {
    Function *required = trait->methods.data[i];
    if (required->node->function.body || has_primitive(type, required->name)) continue;
    bool is_static = !decl_signature(checker->sema, required)->has_self;
    MethodMatch found;
    if (!find_own(checker, type, required->name, is_static, &found) ||
        !signature_fits(checker, &found, required, type, wanted))
      return required;
  }
  return NULL;
}

bool impl_method_fits(Checker *checker, Impl *impl, Function *given, Function *required) {
  Signature *signature = decl_signature(checker->sema, given);
  if (signature->has_self != decl_signature(checker->sema, required)->has_self) return false;
  Type **args = fresh_args(checker, signature->type_param_count, (Span){0, 0});
  for (uint32_t i = 0; i < impl->param_count; i++) args[i] = impl->params[i];
  MethodMatch found = {.function = given, .type_args = args};
  return shape_fits(checker, &found, required, impl->target, &impl->trait);  // its bounds say when the impl is there
}

// An impl may leave out what the type has already.
bool impl_has_method(Checker *checker, Impl *impl, Function *required) {
  if (impl_defines(impl, required->name) || has_primitive(impl->target, required->name)) return true;
  if (impl->param_count) return false;
  bool is_static = !decl_signature(checker->sema, required)->has_self;
  MethodMatch found;
  return find_own(checker, impl->target, required->name, is_static, &found) &&
         signature_fits(checker, &found, required, impl->target, &impl->trait);
}

static bool supers_hold(Checker *checker, Type *type, const TraitRef *wanted) {
  decl_resolve_type(checker->sema, wanted->trait);
  const TraitInfo *trait = wanted->trait->trait;
  Type **args = arena_array(checker->arena, Type *, wanted->args->count + 1);
  args[0] = type;
  for (uint32_t i = 0; i < wanted->args->count; i++) args[i + 1] = wanted->args->items[i];
  TypeList *list = type_args_intern(checker->sema, args, wanted->args->count + 1);
  for (uint32_t i = 0; i < trait->supers.size; i++) {
    TraitRef super = trait->supers.data[i];
    super.args = substitute(checker->sema, type_tuple(checker->types, super.args->items, super.args->count), list)
                     ->tuple.elements;
    if (!trait_holds(checker, type, super)) return false;
  }
  return true;
}

// Traits without methods hold unless an `impl !Trait` says otherwise.
static bool has_negative_impl(Checker *checker, Type *type, const TraitRef *wanted) {
  const ImplVec *impls = map_get(&checker->sema->impls_by_trait, map_key(wanted->trait));
  for (uint32_t i = 0; impls && i < impls->size; i++) {
    const Impl *impl = impls->data[i];
    if (impl->is_negative && method_head(impl->target) == method_head(type)) return true;
  }
  return false;
}

bool trait_holds(Checker *checker, Type *type, TraitRef wanted) {
  type = look_through_borrows(type);
  if (type->kind == TYPE_VAR || type->kind == TYPE_ERROR || type->kind == TYPE_NEVER) return true;
  if (wanted.trait == prelude_type(checker->sema, NAME_Reference)) return type_is_reference(type);
  if (wanted.trait == prelude_type(checker->sema, NAME_Send)) return send_holds(checker, type);
  if (has_impl(checker, type, &wanted)) return supers_hold(checker, type, &wanted);
  if (has_negative_impl(checker, type, &wanted)) return false;
  uint32_t mark = trail_mark(checker);
  if (!missing_method(checker, type, &wanted) && supers_hold(checker, type, &wanted)) return true;
  trail_undo(checker, mark);
  return false;
}

bool trait_satisfied(Checker *checker, Type *type, TraitRef wanted, Span span) {
  if (trait_holds(checker, type, wanted)) return true;
  Context *context = checker->context;
  Diag *diag = diag_report(context->diags, QZ0400, span, "%s does not satisfy %s", type_text(context, type),
                           name_text(context->names, wanted.trait->name));
  bool is_send = wanted.trait == prelude_type(checker->sema, NAME_Send);
  uint32_t mark = trail_mark(checker);
  Function *missing = is_send ? NULL : missing_method(checker, look_through_borrows(type), &wanted);
  trail_undo(checker, mark);
  if (is_send) send_explain(checker, look_through_borrows(type), diag);
  if (missing)
    diag_note(context->diags, diag, missing->node->span, "it has no method %s with this signature",
              name_text(context->names, missing->name));
  if (wanted.span.end) diag_note(context->diags, diag, wanted.span, "the bound is written here");
  return false;
}

// ── Suggestions ─────────────────────────────────────────────────────────────────────────────────────────────────
const char *method_suggest(Checker *checker, Type *receiver, Name name) {
  const char *habit = method_habit(checker, receiver, name);
  if (habit) return habit;
  const Map *table = map_get(&checker->sema->methods, method_head(look_through_borrows(receiver)));
  if (!table) return NULL;
  Name *names = arena_array(checker->arena, Name, table->size + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < table->capacity; i++)
    if (table->entries[i].value) names[count++] = (Name)table->entries[i].key;
  return closest_name(checker->context, name, names, count);
}
