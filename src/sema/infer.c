// Inference: unification of types within one body. A type variable is bound at most once; a trail records bindings so
// that an attempt (does this method fit?) can be undone. When the body is finished, every place where a type was
// written is filled with the type its variables stand for, and calls get their instances.
#include "sema/method.h"

// ── Walks ───────────────────────────────────────────────────────────────────────────────────────────────────────
// In `b = (a, a)`, `c = (b, b)`, … the ways to a part double with each type. A walk that turns out to be long therefore
// remembers what it found for a type, or a pair of types, and does it once.
enum { LONG_WALK = 64 };

typedef struct Walk {
  uint32_t steps;
  Map known;
} Walk;

static void *walk_known(const Walk *walk, uint64_t key) {
  return walk->steps < LONG_WALK ? NULL : map_get(&walk->known, key);
}

static void walk_learn(Walk *walk, Arena *arena, uint64_t key, void *result) {
  if (walk->steps < LONG_WALK) walk->steps++;
  else map_put(arena, &walk->known, key, result);
}

// ── Rebuilding types ────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Rebuild Rebuild;
struct Rebuild {
  TypeTable *types;
  Type *(*leaf)(Rebuild *at, Type *type);  // gives the replacement of a VAR or PARAM
  const TypeList *args;  // of substitute
  Checker *checker;      // of final_type
  Walk walk;
};

static Type *rebuild(Rebuild *at, Type *type);

static Type **rebuild_list(Rebuild *at, const TypeList *list) {
  Type **items = arena_array(at->types->arena, Type *, list->count + 1);
  for (uint32_t i = 0; i < list->count; i++) items[i] = rebuild(at, list->items[i]);
  return items;
}

static Type *rebuild_record(Rebuild *at, const FieldList *fields) {
  FieldInfo *items = arena_array(at->types->arena, FieldInfo, fields->count + 1);
  for (uint32_t i = 0; i < fields->count; i++) {
    items[i] = fields->items[i];
    items[i].type = rebuild(at, items[i].type);
  }
  return type_record(at->types, items, fields->count);
}

static Type *rebuild_parts(Rebuild *at, Type *type) {
  TypeTable *types = at->types;
  switch (type->kind) {
    case TYPE_VAR: case TYPE_PARAM: return at->leaf(at, type);
    case TYPE_PTR: return type_ptr(types, rebuild(at, type->ptr.to));
    case TYPE_BORROW:
      return type_borrow(types, rebuild(at, type->borrow.inner), type->borrow.is_mutable);
    case TYPE_TUPLE: {
      const TypeList *list = type->tuple.elements;
      return type_tuple(types, rebuild_list(at, list), list->count);
    }
    case TYPE_UNION: {
      const TypeList *list = type->tuple.elements;
      return type_union(types, rebuild_list(at, list), list->count);
    }
    case TYPE_RECORD: return rebuild_record(at, type->record.fields);
    case TYPE_ARRAY: return type_array(types, rebuild(at, type->array.element), type->array.count);
    case TYPE_FN: {
      Type **params = rebuild_list(at, type->fn.params);
      return type_fn(types, params, type->fn.params->count, rebuild(at, type->fn.result));
    }
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE: {
      const TypeList *list = type->nominal.args;
      return type_nominal(types, type->kind, type->nominal.decl, rebuild_list(at, list), list->count);
    }
    case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR: case TYPE_INT: case TYPE_I8:
    case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32: case TYPE_U64: case TYPE_F32:
    case TYPE_F64: case TYPE_STRING: case TYPE_SYMBOL: case TYPE_KIND_COUNT: break;
  }
  return type;
}

static Type *rebuild(Rebuild *at, Type *type) {
  if (!type->has_params && !type->has_vars) return type;
  Type *known = walk_known(&at->walk, type->id);
  if (known) return known;
  Type *rebuilt = rebuild_parts(at, type);
  walk_learn(&at->walk, at->types->arena, type->id, rebuilt);
  return rebuilt;
}

static Type *substitute_leaf(Rebuild *at, Type *type) {
  const TypeList *args = at->args;
  return type->kind == TYPE_PARAM && type->param.index < args->count ? args->items[type->param.index] : type;
}

Type *substitute(Sema *sema, Type *type, TypeList *args) {
  if (!args || !type->has_params) return type;
  return rebuild(&(Rebuild){.types = sema->types, .leaf = substitute_leaf, .args = args}, type);
}

TypeList *type_args_intern(Sema *sema, Type *const *items, uint32_t count) {
  return type_tuple(sema->types, items, count)->tuple.elements;
}

// ── Variables ───────────────────────────────────────────────────────────────────────────────────────────────────
Type *resolve_head(Type *type) {
  while (type->kind == TYPE_VAR && type->var.binding) type = type->var.binding;
  return type;
}

static Type *resolve_leaf(Rebuild *at, Type *type) {
  Type *head = resolve_head(type);
  return head->kind == TYPE_VAR ? head : rebuild(at, head);
}

Type *resolve(Checker *checker, Type *type) {
  return type->has_vars ? rebuild(&(Rebuild){.types = checker->types, .leaf = resolve_leaf}, type) : type;
}

Type *fresh(Checker *checker, Span span) { return type_var(checker->types, span); }

Type **fresh_args(Checker *checker, uint32_t count, Span span) {
  Type **args = arena_array(checker->arena, Type *, count + 1);
  for (uint32_t i = 0; i < count; i++) args[i] = fresh(checker, span);
  return args;
}

uint32_t trail_mark(const Checker *checker) { return checker->trail.size; }

void trail_undo(Checker *checker, uint32_t mark) {
  while (checker->trail.size > mark) vec_pop(&checker->trail)->var.binding = NULL;
}

typedef struct Occurrence {
  const Type *var;
  Arena *arena;
  Walk walk;
} Occurrence;

static bool occurs(Occurrence *at, Type *type);

static bool occurs_in_list(Occurrence *at, const TypeList *list) {
  for (uint32_t i = 0; i < list->count; i++)
    if (occurs(at, list->items[i])) return true;
  return false;
}

static bool occurs_in_record(Occurrence *at, const FieldList *fields) {
  for (uint32_t i = 0; i < fields->count; i++)
    if (occurs(at, fields->items[i].type)) return true;
  return false;
}

static bool occurs_in_parts(Occurrence *at, Type *type) {
  switch (type->kind) {
    case TYPE_PTR: return occurs(at, type->ptr.to);
    case TYPE_BORROW: return occurs(at, type->borrow.inner);
    case TYPE_TUPLE: case TYPE_UNION: return occurs_in_list(at, type->tuple.elements);
    case TYPE_RECORD: return occurs_in_record(at, type->record.fields);
    case TYPE_ARRAY: return occurs(at, type->array.element);
    case TYPE_FN: return occurs_in_list(at, type->fn.params) || occurs(at, type->fn.result);
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE: return occurs_in_list(at, type->nominal.args);
    case TYPE_VAR: case TYPE_PARAM: case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR:
    case TYPE_INT: case TYPE_I8: case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32:
    case TYPE_U64: case TYPE_F32: case TYPE_F64: case TYPE_STRING: case TYPE_SYMBOL: case TYPE_KIND_COUNT: break;
  }
  return false;
}

static bool occurs(Occurrence *at, Type *type) {
  type = resolve_head(type);
  if (type == at->var) return true;
  if (!type->has_vars || walk_known(&at->walk, type->id)) return false;
  if (occurs_in_parts(at, type)) return true;
  walk_learn(&at->walk, at->arena, type->id, type);
  return false;
}

static bool bind(Checker *checker, Type *var, Type *type) {
  if (occurs(&(Occurrence){.var = var, .arena = checker->arena}, type)) return false;
  var->var.binding = type;
  vec_push(checker->arena, &checker->trail, var);
  return true;
}

// ── Unification ─────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Unification {
  Checker *checker;
  Walk walk;  // pairs that are equal by now
} Unification;

static bool unify_types(Unification *at, Type *a, Type *b);

static bool unify_lists(Unification *at, const TypeList *a, const TypeList *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (!unify_types(at, a->items[i], b->items[i])) return false;
  return true;
}

static bool unify_records(Unification *at, const FieldList *a, const FieldList *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (a->items[i].name != b->items[i].name || !unify_types(at, a->items[i].type, b->items[i].type)) return false;
  return true;
}

static bool unify_parts(Unification *at, Type *a, Type *b) {
  switch (a->kind) {
    case TYPE_PTR: return unify_types(at, a->ptr.to, b->ptr.to);
    case TYPE_BORROW:
      return a->borrow.is_mutable == b->borrow.is_mutable && unify_types(at, a->borrow.inner, b->borrow.inner);
    case TYPE_TUPLE: case TYPE_UNION: return unify_lists(at, a->tuple.elements, b->tuple.elements);
    case TYPE_RECORD: return unify_records(at, a->record.fields, b->record.fields);
    case TYPE_ARRAY: return a->array.count == b->array.count && unify_types(at, a->array.element, b->array.element);
    case TYPE_FN: return unify_lists(at, a->fn.params, b->fn.params) && unify_types(at, a->fn.result, b->fn.result);
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE:
      return a->nominal.decl == b->nominal.decl && unify_lists(at, a->nominal.args, b->nominal.args);
    case TYPE_VAR: case TYPE_PARAM: case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR:
    case TYPE_INT: case TYPE_I8: case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32:
    case TYPE_U64: case TYPE_F32: case TYPE_F64: case TYPE_STRING: case TYPE_SYMBOL: case TYPE_KIND_COUNT: break;
  }
  return false;
}

static bool unify_types(Unification *at, Type *a, Type *b) {
  a = resolve_head(a);
  b = resolve_head(b);
  if (a == b) return true;
  if (a->kind == TYPE_VAR) return bind(at->checker, a, b);
  if (b->kind == TYPE_VAR) return bind(at->checker, b, a);
  if (a->kind == TYPE_ERROR || b->kind == TYPE_ERROR) return true;
  uint64_t pair = map_pair(a->id, b->id);
  if (walk_known(&at->walk, pair)) return true;
  if (a->kind != b->kind || !unify_parts(at, a, b)) return false;
  walk_learn(&at->walk, at->checker->arena, pair, a);
  return true;
}

bool unify(Checker *checker, Type *a, Type *b) { return unify_types(&(Unification){.checker = checker}, a, b); }

static bool try_unify(Checker *checker, Type *a, Type *b) {
  uint32_t mark = trail_mark(checker);
  if (unify(checker, a, b)) return true;
  trail_undo(checker, mark);
  return false;
}

// ── Coercion ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool fits_union(Checker *checker, Type *actual, const TypeList *members) {
  for (uint32_t i = 0; i < members->count; i++)
    if (try_unify(checker, actual, members->items[i])) return true;
  if (actual->kind != TYPE_UNION) return false;
  for (uint32_t i = 0; i < actual->tuple.elements->count; i++)
    if (!fits_union(checker, actual->tuple.elements->items[i], members)) return false;
  return true;
}

static bool fits_borrow(Checker *checker, Type *actual, Type *wanted) {
  if (actual->kind == TYPE_BORROW)  // &mut T where &T is wanted
    return actual->borrow.is_mutable && try_unify(checker, actual->borrow.inner, wanted->borrow.inner);
  return !wanted->borrow.is_mutable && try_unify(checker, actual, wanted->borrow.inner);
}

bool can_coerce(Checker *checker, Type *actual, Type *wanted) {
  actual = resolve_head(actual);
  wanted = resolve_head(wanted);
  if (actual->kind == TYPE_NEVER || wanted->kind == TYPE_VOID) return true;
  if (actual->kind == TYPE_BORROW && wanted->kind == TYPE_VAR)  // a borrow is read unless a borrow is asked for
    return can_coerce(checker, actual->borrow.inner, wanted);
  if (try_unify(checker, actual, wanted)) return true;
  if (type_widens(actual, wanted)) return true;
  if (wanted->kind == TYPE_UNION && fits_union(checker, actual, wanted->tuple.elements)) return true;
  if (wanted->kind == TYPE_BORROW) return fits_borrow(checker, actual, wanted);
  if (actual->kind == TYPE_BORROW) return can_coerce(checker, actual->borrow.inner, wanted);
  return false;
}

static void help_mismatch(Checker *checker, Diag *diag, Type *actual, Type *wanted) {
  DiagList *diags = checker->context->diags;
  const char *want = type_text(checker->context, wanted);
  if (type_is_number(actual) && type_is_number(wanted)) {
    diag_help(diags, diag, "convert it with `as %s`", want);
  } else if (wanted->kind == TYPE_ENUM && wanted->nominal.decl->name == NAME_Option &&
             can_coerce(checker, actual, wanted->nominal.args->items[0])) {
    diag_help(diags, diag, "wrap it: `Some(…)`");
  } else if (actual->kind == TYPE_ENUM && actual->nominal.decl->name == NAME_Option &&
             can_coerce(checker, actual->nominal.args->items[0], wanted)) {
    diag_help(diags, diag, "unwrap it with postfix `!`, or give a default with `.unwrap_or(…)`");
  }
}

bool coerce(Checker *checker, AstNode *node, Type *actual, Type *wanted) {
  if (can_coerce(checker, actual, wanted)) return true;
  actual = resolve(checker, actual);
  wanted = resolve(checker, wanted);
  Diag *diag = diag_report(checker->context->diags, QZ0101, node->span, "expected %s, found %s",
                           type_text(checker->context, wanted), type_text(checker->context, actual));
  help_mismatch(checker, diag, actual, wanted);
  return false;
}

Type *join(Checker *checker, AstNode *node, Type *a, Type *b) {
  a = resolve_head(a);
  b = resolve_head(b);
  if (a->kind == TYPE_NEVER) return b;
  if (b->kind == TYPE_NEVER || a->kind == TYPE_VOID) return a;
  if (b->kind == TYPE_VOID) return b;
  if (a->kind == TYPE_BORROW) a = resolve_head(a->borrow.inner);
  if (b->kind == TYPE_BORROW) b = resolve_head(b->borrow.inner);
  if (type_widens(a, b)) return b;
  if (type_widens(b, a)) return a;
  if (!coerce(checker, node, b, a)) return basic(checker, TYPE_ERROR);
  return a;
}

// ── The end of a body ───────────────────────────────────────────────────────────────────────────────────────────
void keep_type(Checker *checker, Type **slot, Type *type) {
  *slot = type;
  if (type->has_vars) vec_push(checker->arena, &checker->slots, slot);
}

Type *set_type(Checker *checker, AstNode *node, Type *type) {
  keep_type(checker, &node->type, type);
  return type;
}

// A variable that nothing determined becomes Int, with a warning.
static Type *default_leaf(Rebuild *at, Type *type) {
  Checker *checker = at->checker;
  Type *head = resolve_head(type);
  if (head->kind != TYPE_VAR) return rebuild(at, head);
  if (head->var.never_returns) return head->var.binding = basic(checker, TYPE_VOID);
  bool is_known_wrong = checker->context->diags->error_count > checker->errors_before;
  if (!is_known_wrong)
    diag_report(checker->context->diags, QZ0120, head->var.span.end ? head->var.span : checker->finishing,
                "nothing here determines this type; it becomes Int");
  return head->var.binding = basic(checker, TYPE_INT);
}

static Type *final_type(Checker *checker, Type *type) {
  if (!type->has_vars) return type;
  return rebuild(&(Rebuild){.types = checker->types, .leaf = default_leaf, .checker = checker}, type);
}

void want_instance(Checker *checker, Instance **slot, Function *function, Type **type_args, Span span) {
  PendingCall call = {slot, function, type_args, span};
  vec_push(checker->arena, &checker->pending, call);
}

static bool has_error(Type *const *types, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (types[i]->kind == TYPE_ERROR) return true;
  return false;
}

static void finish_call(Checker *checker, const PendingCall *call) {
  Signature *signature = signature_of(call->function);
  uint32_t count = signature->type_param_count;
  Type **args = arena_array(checker->arena, Type *, count + 1);
  checker->finishing = call->span;
  for (uint32_t i = 0; i < count; i++) args[i] = final_type(checker, call->type_args[i]);
  if (has_error(args, count)) return;
  TypeList *list = type_args_intern(checker->sema, args, count);
  for (uint32_t i = 0; i < signature->bounds.size; i++) {
    const Bound *bound = &signature->bounds.data[i];
    Type *type = substitute(checker->sema, bound->type, list);
    if (!trait_satisfied(checker, type, bound_trait(checker, bound, list), call->span)) return;
  }
  *call->slot = instance_get(checker->sema, call->function, list, call->span);
}

// What is found about patterns at the end was not seen by the walk that adds the notes of expansions.
static void note_expansion(Checker *checker, uint32_t first, const AstNode *node) {
  expansion_note_since(checker->context, &checker->sema->expansions, first, node->expansion);
}

static void check_match_arms(Checker *checker, AstNode *match) {
  uint32_t first = checker->context->diags->items.size;
  sema_match_check(checker->sema->program, match);
  note_expansion(checker, first, match);
}

static void check_irrefutable(Checker *checker, AstNode *pattern, Type *subject) {
  const char *witness = NULL;
  uint32_t first = checker->context->diags->items.size;
  if (sema_pattern_irrefutable(checker->sema->program, pattern, resolve(checker, subject), &witness)) return;
  Diag *diag =
      diag_report(checker->context->diags, QZ0107, pattern->span, "this pattern does not fit every value: %s", witness);
  diag_help(checker->context->diags, diag, "use `match` or `if` to handle the other values");
  note_expansion(checker, first, pattern);
}

void finish_body(Checker *checker) {
  // Bounds may bind further variables and ask for further instances, so the list may grow while it is worked off.
  for (uint32_t i = 0; i < checker->pending.size; i++) {
    PendingCall call = checker->pending.data[i];
    finish_call(checker, &call);
  }
  for (uint32_t i = 0; i < checker->slots.size; i++) {
    Type **slot = checker->slots.data[i];
    *slot = final_type(checker, *slot);
  }
  for (uint32_t i = 0; i < checker->irrefutable.size; i++)
    check_irrefutable(checker, checker->irrefutable.data[i].pattern, checker->irrefutable.data[i].subject);
  for (uint32_t i = 0; i < checker->matches.size; i++) check_match_arms(checker, checker->matches.data[i]);
}
