// Send: which values may cross from one task to another. The compiler decides by what a type is made of: numbers and
// strings may, @shared structs may, and so may whatever consists of parts that may. What may not are raw pointers,
// borrows, and structs that have a `drop` but do not say (by `impl Send`) what crosses with them.
//
// Functions may, as far as types can tell: what one captured is known where it is written (lambda.c), and checked by
// the runtime otherwise.
#include "sema/method.h"

typedef struct Culprit {
  Type *type;               // what cannot cross
  const FieldInfo *field;   // which is a field of `owner`; NULL: a part without a name
  Type *owner;
} Culprit;

typedef struct Search {
  Checker *checker;
  Map seen;        // types looked into, by id: a type that contains itself may cross if the rest of it may
  Culprit found;   // the innermost one
} Search;

static bool crosses(Search *search, Type *type);

static bool part_crosses(Search *search, Type *owner, Type *part, const FieldInfo *field) {
  if (crosses(search, part)) return true;
  if (!search->found.type) search->found = (Culprit){resolve_head(part), field, owner};
  return false;
}

static bool list_crosses(Search *search, Type *owner, const TypeList *parts) {
  for (uint32_t i = 0; i < parts->count; i++)
    if (!part_crosses(search, owner, parts->items[i], NULL)) return false;
  return true;
}

static bool fields_cross(Search *search, Type *owner, const FieldList *fields) {
  for (uint32_t i = 0; fields && i < fields->count; i++)
    if (!part_crosses(search, owner, fields->items[i].type, &fields->items[i])) return false;
  return true;
}

static bool variants_cross(Search *search, Type *type) {
  const VariantList *variants = sema_variants(search->checker->sema->program, type);
  for (uint32_t i = 0; i < variants->count; i++)
    if (!fields_cross(search, type, variants->items[i].fields)) return false;
  return true;
}

static bool is_refused(Search *search, Type *type) {
  const ImplVec *impls = map_get(&search->checker->sema->impls_by_trait,
                                 map_key(prelude_type(search->checker->sema, NAME_Send)));
  for (uint32_t i = 0; impls && i < impls->size; i++)
    if (impls->data[i]->is_negative && method_head(impls->data[i]->target) == method_head(type)) return true;
  return false;
}

// By its own impl, with the arguments that may cross themselves; else by its fields, unless a `drop` of its own shows
// that it stands for more than them.
static bool nominal_crosses(Search *search, Type *type) {
  MethodMatch found;
  decl_resolve_type(search->checker->sema, type->nominal.decl);
  if (is_refused(search, type)) return false;
  if (type->nominal.decl->is_shared || method_find_cross(search->checker, type, &found))
    return list_crosses(search, type, type->nominal.args);
  if (type->kind == TYPE_ENUM) return variants_cross(search, type);
  if (method_find_drop(search->checker, type, &found)) return false;
  return fields_cross(search, type, sema_fields(search->checker->sema->program, type));
}

static bool crosses(Search *search, Type *type) {
  type = resolve(search->checker, type);
  if (map_put(search->checker->arena, &search->seen, type->id, type)) return true;
  switch (type->kind) {
    case TYPE_PTR: case TYPE_BORROW: return false;
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE: return nominal_crosses(search, type);
    case TYPE_TUPLE: case TYPE_UNION: return list_crosses(search, type, type->tuple.elements);
    case TYPE_RECORD: return fields_cross(search, type, type->record.fields);
    case TYPE_ARRAY: return part_crosses(search, type, type->array.element, NULL);
    case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR: case TYPE_INT: case TYPE_I8:
    case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32: case TYPE_U64: case TYPE_F32:
    case TYPE_F64: case TYPE_STRING: case TYPE_SYMBOL: case TYPE_FN: case TYPE_PARAM: case TYPE_VAR:
    case TYPE_KIND_COUNT: break;
  }
  return true;
}

bool send_holds(Checker *checker, Type *type) { return crosses(&(Search){.checker = checker}, type); }

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
static const char *reason(Checker *checker, Type *type) {
  MethodMatch found;
  switch ((int)type->kind) {
    case TYPE_PTR: return "a raw pointer leads to memory that the task it came from still uses";
    case TYPE_BORROW: return "a borrow lasts only as long as the call that made it";
    default: break;
  }
  bool has_drop = method_find_drop(checker, type, &found);
  return has_drop ? "it has a `drop` of its own: `impl Send` would have to say what crosses with it"
                  : "`impl !Send` says that it stays in its task";
}

void send_explain(Checker *checker, Type *type, Diag *diag) {
  Context *context = checker->context;
  Search search = {.checker = checker};
  if (crosses(&search, type)) return;
  const Culprit *found = &search.found;
  Type *culprit = found->type ? found->type : type;
  const char *owner = found->owner ? type_text(context, found->owner) : NULL;
  if (found->field && found->field->declaration)
    diag_note(context->diags, diag, found->field->declaration->span, "the field %s of %s is a %s",
              name_text(context->names, found->field->name), owner, type_text(context, culprit));
  else if (owner) diag_note(context->diags, diag, (Span){0}, "%s holds a %s", owner, type_text(context, culprit));
  diag_help(context->diags, diag, "%s", reason(checker, culprit));
}
