// Access: fields, tuple elements, indexing; and which places may be changed.
#include "sema/method.h"

static Type *error_of(Checker *checker) { return basic(checker, TYPE_ERROR); }

static Type *object_type(Checker *checker, AstNode *object) {
  Type *type = resolve_head(check_expr(checker, object, NULL));
  return type->kind == TYPE_BORROW ? resolve_head(type->borrow.inner) : type;
}

// ── Fields ──────────────────────────────────────────────────────────────────────────────────────────────────────
static Type *unknown_field(Checker *checker, AstNode *node, Type *type, const FieldList *fields) {
  if (type->kind == TYPE_ERROR) return type;
  Context *context = checker->context;
  Name name = node->field.name;
  if (type->kind == TYPE_VAR) {
    Diag *diag = diag_report(context->diags, QZ0109, node->field.object->span,
                             "the type of this is not known where its field %s is used",
                             name_text(context->names, name));
    help_annotate(checker, diag, node->field.object);
    return error_of(checker);
  }
  Diag *diag = diag_report(context->diags, QZ0106, member_span(context, node), "%s has no field %s",
                           type_text(context, resolve(checker, type)), name_text(context->names, name));
  Name *names = arena_array(checker->arena, Name, (fields ? fields->count : 0) + 1);
  for (uint32_t i = 0; fields && i < fields->count; i++) names[i] = fields->items[i].name;
  const char *similar = fields ? closest_name(context, name, names, fields->count) : NULL;
  MethodMatch found;
  if (similar) diag_help(context->diags, diag, "did you mean `%s`?", similar);
  else if (method_find(checker, type, name, false, &found))
    diag_help(context->diags, diag, "%s is a method: call it with parentheses", name_text(context->names, name));
  else if ((similar = method_suggest(checker, type, name)))
    diag_help(context->diags, diag, "did you mean `%s()`?", similar);
  return error_of(checker);
}

static bool is_private_field(Checker *checker, Type *type, const FieldInfo *field) {
  return type->kind == TYPE_STRUCT && field->declaration && field->declaration->field_decl.is_private &&
         type->nominal.decl->module != checker->module;
}

static Type *use_field(Checker *checker, AstNode *node, Type *type, const FieldList *fields) {
  for (uint32_t i = 0; i < fields->count; i++) {
    if (fields->items[i].name != node->field.name) continue;
    if (is_private_field(checker, type, &fields->items[i]))
      diag_report(checker->context->diags, QZ0203, member_span(checker->context, node),
                  "field %s is private to its module", name_text(checker->context->names, node->field.name));
    info_new(checker, node, INFO_FIELD)->index = i;
    return fields->items[i].type;
  }
  return unknown_field(checker, node, type, fields);
}

// `Int.MAX`, `Color.Red`: a constant of the type's impls, or a variant.
static Type *type_member(Checker *checker, AstNode *node, Type *type, Type *expected) {
  info_new(checker, node->field.object, INFO_TYPE);
  set_type(checker, node->field.object, type);
  Type *head = resolve_head(type);
  const VariantInfo *variant = head->kind == TYPE_ENUM ? variant_find(checker, head, node->field.name) : NULL;
  if (variant) return use_variant(checker, node, head, variant, expected);
  Global *constant = method_find_constant(checker->sema, head, node->field.name);
  if (constant) {
    global_check(checker->sema, constant, node->span);
    info_new(checker, node, INFO_GLOBAL)->global = constant;
    return constant->type;
  }
  if (head->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0106, member_span(checker->context, node), "%s has no member %s",
                type_text(checker->context, resolve(checker, type)),
                name_text(checker->context->names, node->field.name));
  return error_of(checker);
}

Type *check_field(Checker *checker, AstNode *node, Type *expected) {
  Type *named = named_value_type(checker, node->field.object);
  if (named) return type_member(checker, node, named, expected);
  Type *type = object_type(checker, node->field.object);
  switch ((int)type->kind) {
    case TYPE_STRUCT: case TYPE_RECORD: case TYPE_NEWTYPE:
      return use_field(checker, node, type, sema_fields(checker->sema->program, resolve(checker, type)));
    case TYPE_ENUM:
      if (node->field.name != NAME_tag) break;
      info_new(checker, node, INFO_FIELD)->is_tag = true;
      return basic(checker, TYPE_INT);
    default: break;
  }
  return unknown_field(checker, node, type, NULL);
}

Type *check_tuple_field(Checker *checker, AstNode *node) {
  Type *type = object_type(checker, node->tuple_field.object);
  uint64_t index = node->tuple_field.index;
  if (type->kind == TYPE_TUPLE && index < type->tuple.elements->count) {
    info_new(checker, node, INFO_FIELD)->index = (uint32_t)index;
    return type->tuple.elements->items[index];
  }
  if (type->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0106, (Span){node->span.end - 1, node->span.end}, "%s has no element %llu",
                type_text(checker->context, resolve(checker, type)), (unsigned long long)index);
  return error_of(checker);
}

Type *check_type_apply(Checker *checker, AstNode *node, Type *expected) {
  Type *type = named_value_type(checker, node);
  if (type) return use_type(checker, node, type, expected);
  diag_report(checker->context->diags, QZ0100, node->span,
              "type arguments follow the name of a type or of a called function");
  return error_of(checker);
}

// ── Indexing ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_negative_literal(const AstNode *node) {
  return node->kind == AST_UNARY && node->unary.op == AST_OP_NEG && node->unary.operand->kind == AST_INT_LIT;
}

static Name index_method(Checker *checker, AstNode *index, Type *index_type) {
  Interner *names = checker->context->names;
  Type *head = resolve_head(index_type);
  if (head->kind == TYPE_STRUCT && head->nominal.decl == prelude_type(checker->sema, NAME_Range))
    return name_from(names, "op_index_range");
  return is_negative_literal(index) ? name_from(names, "op_index_from_end") : NAME_op_index;
}

// The argument of `xs[-1]`: how far from the end.
static AstNode *distance(Checker *checker, AstNode *index) {
  AstNode *literal = index->unary.operand;
  set_type(checker, literal, basic(checker, TYPE_INT));
  return literal;
}

static Type *index_array(Checker *checker, AstNode *node, Type *type) {
  AstNode *index = node->index.args->items[0];
  check_value(checker, index, basic(checker, TYPE_INT));
  return type->array.element;
}

static Type *index_hint(Checker *checker, Type *type) {
  if (type->kind == TYPE_STRUCT && type->nominal.decl->name == NAME_Map && type->nominal.args->count)
    return type->nominal.args->items[0];
  return basic(checker, TYPE_INT);
}

static CallInfo *index_call(Checker *checker, AstNode *node, Type *type, Name method, AstNode *index, Type *index_type,
                            Type **result) {
  AstNode *args[] = {node->index.object, index};
  Type *types[] = {type, index_type};
  CallInfo *call = call_operator(checker, node, method, args, types, 2, result);
  if (!call && type->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0115, node->span, "a value of type %s cannot be indexed with %s",
                type_text(checker->context, resolve(checker, type)),
                type_text(checker->context, resolve(checker, index_type)));
  return call;
}

// grid[x, y]: op_index with all of them.
static Type *index_many(Checker *checker, AstNode *node, Type *type) {
  uint32_t count = AST_LIST_COUNT(node->index.args);
  AstNode **args = arena_array(checker->arena, AstNode *, count + 1);
  Type **types = arena_array(checker->arena, Type *, count + 1), *result;
  args[0] = node->index.object;
  types[0] = type;
  for (uint32_t i = 0; i < count; i++) {
    args[i + 1] = node->index.args->items[i];
    types[i + 1] = check_expr(checker, args[i + 1], basic(checker, TYPE_INT));
  }
  CallInfo *call = call_operator(checker, node, NAME_op_index, args, types, count + 1, &result);
  if (!call && type->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0115, node->span, "a value of type %s cannot be indexed with %u values",
                type_text(checker->context, resolve(checker, type)), count);
  if (!call) return error_of(checker);
  info_new(checker, node, INFO_CALL)->call = call;
  return resolve(checker, result);
}

Type *check_index(Checker *checker, AstNode *node, Type *expected) {
  (void)expected;
  Type *type = object_type(checker, node->index.object);
  if (AST_LIST_COUNT(node->index.args) != 1) return index_many(checker, node, type);
  if (type->kind == TYPE_ARRAY) return index_array(checker, node, type);
  AstNode *index = node->index.args->items[0];
  Type *index_type = check_expr(checker, index, index_hint(checker, type));
  Name method = index_method(checker, index, index_type);
  bool from_end = is_negative_literal(index) && type->kind != TYPE_ERROR;
  MethodMatch ignored;
  if (from_end && !method_find(checker, type, method, false, &ignored)) from_end = false, method = NAME_op_index;
  if (from_end) index = distance(checker, index), index_type = basic(checker, TYPE_INT);
  Type *result;
  CallInfo *call = index_call(checker, node, type, method, index, index_type, &result);
  if (!call) return error_of(checker);
  info_new(checker, node, INFO_CALL)->call = call;
  return resolve(checker, result);
}

// Why a place may not change, and what to do about it or NULL.
typedef struct PlaceFault {
  const char *why, *help;
} PlaceFault;

static bool place_is_mutable(Checker *checker, AstNode *place, PlaceFault *fault);

// The element itself, to change a part of it in place (`v[i].x = 1` with a value type): op_index_ptr gives its address.
static bool index_as_place(Checker *checker, AstNode *node, PlaceFault *fault) {
  Type *type = resolve_head(node->index.object->type);
  if (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
  if (type->kind == TYPE_ARRAY) return place_is_mutable(checker, node->index.object, fault);
  SemaInfo *info = node->info;
  MethodMatch found;
  *fault = (PlaceFault){.why = "its elements are read as copies"};
  if (!info || info->kind != INFO_CALL || info->call->arg_count != 2) return false;
  if (!method_find(checker, type, name_from(checker->context->names, "op_index_ptr"), false, &found)) return false;
  Type *types[] = {type, info->call->args[1]->type}, *result;
  info->call = call_operator(checker, node, found.function->name, info->call->args, types, 2, &result);
  info->is_place = true;
  return true;
}

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
bool local_is_object_self(const Local *local) {
  const Type *type = resolve_head(local->type);
  return local->name == NAME_self && type->kind == TYPE_BORROW && type_is_object(resolve_head(type->borrow.inner));
}

static PlaceFault fault_of_local(Checker *checker, const Local *local) {
  const char *name = name_text(checker->context->names, local->name);
  Text why = {.arena = checker->arena}, help = {.arena = checker->arena};
  text_printf(&why, "%s is %s", name, local->is_param ? "a parameter" : "an immutable binding");
  if (local->name == NAME_self)
    text_append(&help, "declare the method with `mut self`");
  else if (local->is_param)
    text_printf(&help, "take it as `%s: &mut %s` to change the caller's, or change a copy: `var copy = %s`", name,
                type_text(checker->context, resolve(checker, local->type)), name);
  else
    text_printf(&help, "declare it with `var %s = …`", name);
  return (PlaceFault){text_str(&why), text_str(&help)};
}

static bool local_is_mutable(Checker *checker, const Local *local, PlaceFault *fault) {
  if (!local || local->type->kind == TYPE_ERROR) return true;
  Type *type = resolve_head(local->type);
  if (type->kind != TYPE_BORROW) {
    *fault = fault_of_local(checker, local);
    return local->is_mutable;
  }
  bool is_object = local_is_object_self(local);
  fault->why = is_object ? "self stays the object that the method was called on" : "it is borrowed for reading only";
  return type->borrow.is_mutable && !is_object;
}

static bool ident_is_mutable(Checker *checker, AstNode *place, PlaceFault *fault) {
  if (!place->info) return place->type->kind == TYPE_ERROR;
  if (place->info->kind == INFO_LOCAL) {
    if (place->info->local) place->info->local->is_assigned = true;
    return local_is_mutable(checker, place->info->local, fault);
  }
  fault->why = "it is a constant";
  return place->info->kind != INFO_GLOBAL || !place->info->global->is_const;
}

static bool part_is_mutable(Checker *checker, AstNode *object, PlaceFault *fault) {
  Type *type = resolve_head(object->type);
  if (type->kind == TYPE_ERROR || type_is_reference(type)) return true;
  return place_is_mutable(checker, object, fault);
}

static bool place_is_mutable(Checker *checker, AstNode *place, PlaceFault *fault) {
  switch ((int)place->kind) {
    case AST_IDENT: case AST_PATH: return ident_is_mutable(checker, place, fault);
    case AST_FIELD: return part_is_mutable(checker, place->field.object, fault);
    case AST_TUPLE_FIELD: return part_is_mutable(checker, place->tuple_field.object, fault);
    case AST_INDEX: return index_as_place(checker, place, fault);
    default: return true;  // a value of its own: changing it changes nothing else
  }
}

void require_mutable(Checker *checker, AstNode *place, const char *wanted) {
  PlaceFault fault = {0};
  if (place_is_mutable(checker, place, &fault)) return;
  DiagList *diags = checker->context->diags;
  Diag *diag = diag_report(diags, QZ0121, place->span, "%s %s", wanted, fault.why);
  if (fault.help) diag_help(diags, diag, "%s", fault.help);
}
