// Literals of compound values: arrays, maps, structs, records, interpolated strings; nil; and the intrinsics that
// postfix `!` and `?` stand for.
#include "sema/method.h"

static Type *error_of(Checker *checker) { return basic(checker, TYPE_ERROR); }

static bool is_decl(const Type *type, Name name) {
  return (type->kind == TYPE_STRUCT || type->kind == TYPE_ENUM) && type->nominal.decl->name == name &&
         type->nominal.decl->module->is_prelude;
}

static void want_static(Checker *checker, Instance **slot, Type *type, const char *name, Span span) {
  MethodMatch found;
  if (method_find(checker, type, name_from(checker->context->names, name), true, &found))
    want_instance(checker, slot, found.function, found.type_args, span);
}

// with_capacity(n), then push(x) or op_index_set(k, v) for each part.
SequenceInfo *sequence_info(Checker *checker, AstNode *node, Type *type, bool is_map) {
  SequenceInfo *sequence = arena_new(checker->arena, SequenceInfo);
  Interner *names = checker->context->names;
  want_static(checker, &sequence->create, type, "with_capacity", node->span);
  want_method(checker, &sequence->add, type, is_map ? NAME_op_index_set : name_from(names, "push"), node->span);
  if (!is_map) want_method(checker, &sequence->add_all, type, name_from(names, "append"), node->span);
  return sequence;
}

// ── Arrays ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void check_element(Checker *checker, AstNode *element, Type *type, Type *whole) {
  if (element->kind != AST_SPREAD) {
    check_value(checker, element, type);
    return;
  }
  set_type(checker, element, whole);
  check_value(checker, element->spread.value, whole);
}

static Type *check_fixed_array(Checker *checker, AstNode *node, Type *wanted) {
  AstList *elements = node->array_lit.elements;
  for (AST_EACH(element, elements)) check_value(checker, element, wanted->array.element);
  if (AST_LIST_COUNT(elements) != wanted->array.count)
    diag_report(checker->context->diags, QZ0101, node->span, "%s wants %llu elements, this has %u",
                type_text(checker->context, wanted), (unsigned long long)wanted->array.count, AST_LIST_COUNT(elements));
  return wanted;
}

// The type of the elements: what is wanted, or that of the first one, widened by the others.
static Type *element_type(Checker *checker, AstNode *node, Type *expected) {
  Type *want = expected ? resolve_head(expected) : NULL;
  if (want && is_decl(want, NAME_Vec)) return want->nominal.args->items[0];
  Type *type = NULL;
  for (AST_EACH(element, node->array_lit.elements)) {
    if (element->kind == AST_SPREAD) continue;
    Type *found = resolve_head(check_expr(checker, element, type));
    if (found->kind == TYPE_BORROW) found = resolve_head(found->borrow.inner);
    type = type ? join(checker, element, type, found) : found;
  }
  return type ? type : fresh(checker, node->span);
}

// So many that their bytes in the program's data are better than a call for each.
enum { DATA_MINIMUM = 16 };

static bool is_number(const AstNode *node) {
  if (node->kind == AST_UNARY) return node->unary.op == AST_OP_NEG && is_number(node->unary.operand);
  return node->kind == AST_INT_LIT || node->kind == AST_FLOAT_LIT;
}

static bool is_data(const AstList *elements) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(elements); i++)
    if (!is_number(elements->items[i])) return false;
  return AST_LIST_COUNT(elements) >= DATA_MINIMUM;
}

Type *check_array_lit(Checker *checker, AstNode *node, Type *expected) {
  Type *want = expected ? resolve_head(expected) : NULL;
  if (want && want->kind == TYPE_ARRAY) return check_fixed_array(checker, node, want);
  bool is_told = want && is_decl(want, NAME_Vec);
  Type *element = element_type(checker, node, expected);
  Type *type = type_named(checker->sema, NAME_Vec, &element, 1);
  for (AST_EACH(item, node->array_lit.elements))
    if (is_told || item->kind == AST_SPREAD) check_element(checker, item, element, type);
  SequenceInfo *sequence = sequence_info(checker, node, type, false);
  if (is_data(node->array_lit.elements)) want_static(checker, &sequence->of_data, type, "of_data", node->span);
  info_new(checker, node, INFO_SEQUENCE)->sequence = sequence;
  return type;
}

Type *check_array_fill(Checker *checker, AstNode *node, Type *expected) {
  Type *want = expected ? resolve_head(expected) : NULL;
  Type *hint = want && want->kind == TYPE_ARRAY ? want->array.element : NULL;
  Type *element = check_value(checker, node->array_fill.value, hint ? hint : fresh(checker, node->span));
  uint64_t count;
  check_value(checker, node->array_fill.count, basic(checker, TYPE_INT));
  if (!array_count(checker->sema, checker->module, node->array_fill.count, &count)) return error_of(checker);
  return type_array(checker->types, hint ? hint : element, count);
}

// ── Maps ────────────────────────────────────────────────────────────────────────────────────────────────────────
Type *check_map_lit(Checker *checker, AstNode *node, Type *expected) {
  Type *want = expected ? resolve_head(expected) : NULL;
  bool is_told = want && is_decl(want, NAME_Map);
  Type *args[2] = {is_told ? want->nominal.args->items[0] : fresh(checker, node->span),
                   is_told ? want->nominal.args->items[1] : fresh(checker, node->span)};
  for (AST_EACH(entry, node->map_lit.entries)) {
    check_value(checker, entry->map_entry.key, args[0]);
    check_value(checker, entry->map_entry.value, args[1]);
    entry->type = basic(checker, TYPE_VOID);
  }
  Type *type = type_named(checker->sema, NAME_Map, args, 2);
  info_new(checker, node, INFO_SEQUENCE)->sequence = sequence_info(checker, node, type, true);
  return type;
}

// ── Structs and records ─────────────────────────────────────────────────────────────────────────────────────────
// The shorthand `{ x }` stands for `{ x: x }`.
AstNode *field_init_value(Checker *checker, AstNode *init) {
  if (!init->field_init.value) {
    init->field_init.value = ast_node(checker->arena, AST_IDENT, init->span);
    init->field_init.value->expansion = init->expansion;
    init->field_init.value->ident.name = init->field_init.name;
  }
  return init->field_init.value;
}

static void report_field(Checker *checker, AstNode *init, Type *type, const FieldList *fields) {
  Context *context = checker->context;
  Diag *diag =
      diag_report(context->diags, QZ0116, init->span, "%s has no field %s", type_text(context, resolve(checker, type)),
                  name_text(context->names, init->field_init.name));
  Name *names = arena_array(checker->arena, Name, fields->count + 1);
  for (uint32_t i = 0; i < fields->count; i++) names[i] = fields->items[i].name;
  const char *similar = closest_name(context, init->field_init.name, names, fields->count);
  if (similar) diag_help(context->diags, diag, "did you mean `%s`?", similar);
}

// False: a name that is given is no field. It may be meant for any that is missing.
static bool check_inits(Checker *checker, AstList *inits, Type *type, const FieldList *fields, SemaInfo *info) {
  bool are_fields = true;
  for (AST_EACH(init, inits)) {
    int at = field_list_find(fields, init->field_init.name);
    if (at < 0) report_field(checker, init, type, fields), are_fields = false;
    if (at >= 0 && info->parts[at])
      diag_report(checker->context->diags, QZ0116, init->span, "field %s is given twice",
                  name_text(checker->context->names, init->field_init.name));
    AstNode *value = field_init_value(checker, init);
    Type *wanted = at >= 0 ? fields->items[at].type : error_of(checker);
    set_type(checker, init, wanted);
    check_value(checker, value, wanted);
    if (at >= 0) info->parts[at] = value;
  }
  return are_fields;
}

static void fill_defaults(Checker *checker, AstNode *node, Type *type, const FieldList *fields, SemaInfo *info) {
  Module *module = type->kind == TYPE_STRUCT ? type->nominal.decl->module : checker->module;
  for (uint32_t i = 0; i < fields->count; i++) {
    const AstNode *declaration = fields->items[i].declaration;
    if (info->parts[i]) continue;
    if (declaration && declaration->field_decl.default_value)
      info->parts[i] = check_default(checker, module, declaration->field_decl.default_value, fields->items[i].type);
    else
      diag_report(checker->context->diags, QZ0116, node->span, "field %s is missing",
                  name_text(checker->context->names, fields->items[i].name));
  }
}

static void check_fields(Checker *checker, AstNode *node, AstList *inits, Type *type) {
  const FieldList *fields = sema_fields(checker->sema->program, type);
  SemaInfo *info = info_new(checker, node, INFO_STRUCT);
  info->part_count = fields->count;
  info->parts = arena_array(checker->arena, AstNode *, fields->count + 1);
  if (check_inits(checker, inits, type, fields, info)) fill_defaults(checker, node, type, fields, info);
}

static void started_by_literal(Checker *checker, const AstNode *node, Type *actor) {
  const char *name = type_text(checker->context, actor);
  Diag *diag = diag_report(checker->context->diags, QZ0116, node->span, "%s is an actor, which has no fields to give",
                           name);
  diag_help(checker->context->diags, diag, "start one with %s(…)", name);
}

Type *check_struct_lit(Checker *checker, AstNode *node, Type *expected) {
  Type *type = named_value_type(checker, node->struct_lit.type);
  Type *head = type ? resolve_head(type) : error_of(checker);
  if (!type)
    diag_report(checker->context->diags, QZ0110, node->struct_lit.type->span, "unknown type %.*s",
                (int)(node->struct_lit.type->span.end - node->struct_lit.type->span.start),
                source_text(checker->context->sources, node->struct_lit.type->span));
  info_new(checker, node->struct_lit.type, INFO_TYPE);
  set_type(checker, node->struct_lit.type, head);
  if (head->kind == TYPE_ENUM || (head->kind != TYPE_STRUCT && head->kind != TYPE_RECORD)) {
    if (head->kind != TYPE_ERROR)
      diag_report(checker->context->diags, QZ0116, node->span, "%s has no fields to give",
                  type_text(checker->context, head));
    for (AST_EACH(init, node->struct_lit.fields)) check_expr(checker, field_init_value(checker, init), NULL);
    return error_of(checker);
  }
  if (head->kind == TYPE_STRUCT && head->nominal.decl->is_actor) started_by_literal(checker, node, head);
  if (expected && resolve_head(expected)->kind == TYPE_STRUCT) can_coerce(checker, head, expected);
  check_fields(checker, node, node->struct_lit.fields, head);
  return head;
}

Type *check_wanted_record(Checker *checker, AstNode *node, Type *wanted) {
  check_fields(checker, node, node->record_lit.fields, wanted);
  return wanted;
}

// ── Interpolation ───────────────────────────────────────────────────────────────────────────────────────────────
Type *check_interpolation(Checker *checker, AstNode *node) {
  AstList *parts = node->interpolation.parts;
  SequenceInfo *sequence = arena_new(checker->arena, SequenceInfo);
  sequence->shows = arena_array(checker->arena, Instance *, AST_LIST_COUNT(parts) + 1);
  info_new(checker, node, INFO_SEQUENCE)->sequence = sequence;
  for (uint32_t i = 0; i < AST_LIST_COUNT(parts); i++) {
    Type *type = resolve_head(check_expr(checker, parts->items[i], NULL));
    if (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
    if (type->kind == TYPE_VOID)
      diag_report(checker->context->diags, QZ0101, parts->items[i]->span, "this has no value to show");
    else if (type->kind != TYPE_STRING && type->kind != TYPE_ERROR && type->kind != TYPE_NEVER)
      want_method(checker, &sequence->shows[i], type, NAME_show, parts->items[i]->span);
  }
  want_prelude(checker, &sequence->create, "interpolation_new", NULL, node->span);
  want_prelude(checker, &sequence->add, "interpolation_add", NULL, node->span);
  want_prelude(checker, &sequence->finish, "interpolation_finish", NULL, node->span);
  return basic(checker, TYPE_STRING);
}

// ── nil ─────────────────────────────────────────────────────────────────────────────────────────────────────────
Type *check_nil(Checker *checker, AstNode *node, Type *expected) {
  Type *want = expected ? resolve_head(expected) : NULL;
  if (want && (want->kind == TYPE_PTR || want->kind == TYPE_VOID)) return want;
  Type *argument = fresh(checker, node->span);
  Type *type = type_named(checker->sema, NAME_Option, &argument, 1);
  if (type->kind != TYPE_ENUM) return type;
  return use_variant(checker, node, type, variant_find(checker, type, NAME_None), expected);
}

// ── e! and e? ───────────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t variant_index(Checker *checker, Type *type, Name name) {
  const VariantInfo *variant = variant_find(checker, type, name);
  return variant ? variant->index : 0;
}

// The operand, which must be an Option or a Result; NULL after a message.
static Type *check_operand(Checker *checker, AstNode *node, const char *what) {
  AstNode *operand = node->intrinsic.args->items[0];
  Type *type = resolve_head(check_expr(checker, operand, NULL));
  if (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
  if (type->kind == TYPE_VAR) {
    Type *argument = fresh(checker, operand->span);
    Type *option = type_named(checker->sema, NAME_Option, &argument, 1);
    unify(checker, type, option);
    type = option;
  }
  if (is_decl(type, NAME_Option) || is_decl(type, NAME_Result)) return type;
  if (type->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0101, operand->span, "%s wants an Option or a Result, this is %s", what,
                type_text(checker->context, resolve(checker, type)));
  return NULL;
}

static UnwrapInfo *unwrap_info(Checker *checker, AstNode *node, InfoKind kind, Type *type) {
  bool is_option = is_decl(type, NAME_Option);
  UnwrapInfo *info = arena_new(checker->arena, UnwrapInfo);
  info->success = variant_index(checker, type, is_option ? NAME_Some : NAME_Ok);
  info->failure = variant_index(checker, type, is_option ? NAME_None : NAME_Err);
  info_new(checker, node, kind)->unwrap = info;
  return info;
}

static Type *check_unwrap(Checker *checker, AstNode *node) {
  Type *type = check_operand(checker, node, "`!`");
  if (!type) return error_of(checker);
  UnwrapInfo *info = unwrap_info(checker, node, INFO_UNWRAP, type);
  if (is_decl(type, NAME_Result))
    want_prelude(checker, &info->fail, "unwrap_failed", type->nominal.args->items[1], node->span);
  return type->nominal.args->items[0];
}

static void convert_error(Checker *checker, AstNode *node, Type *from, Type *to, UnwrapInfo *info) {
  if (can_coerce(checker, from, to)) return;
  MethodMatch found;
  bool has_from = method_find(checker, to, NAME_from, true, &found);
  if (has_from && method_has_siblings(&found))
    method_choose(checker, to, type_args_intern(checker->sema, &from, 1), NULL, &found);
  Signature *signature = has_from ? decl_signature(checker->sema, found.function) : NULL;
  TypeList *args = has_from ? type_args_intern(checker->sema, found.type_args, signature->type_param_count) : NULL;
  if (has_from && signature->param_count == 1 &&
      unify(checker, from, substitute(checker->sema, signature->param_types[0], args))) {
    want_instance(checker, &info->convert, found.function, found.type_args, node->span);
    return;
  }
  Diag *diag = diag_report(checker->context->diags, QZ0128, node->span, "an error of type %s does not become %s",
                           type_text(checker->context, resolve(checker, from)),
                           type_text(checker->context, resolve(checker, to)));
  diag_help(checker->context->diags, diag,
            "write `impl From<…>` for the function's error type, or map the error with `.map_err(…)`");
}

// What the enclosing function returns; an inferred result becomes the same kind as the operand.
static Type *propagation_target(Checker *checker, AstNode *node, Type *type) {
  Type *result = checker->result ? resolve_head(checker->result) : NULL;
  bool is_option = is_decl(type, NAME_Option);
  if (result && result->kind == TYPE_VAR) {
    Type *args[2] = {fresh(checker, node->span), is_option ? NULL : type->nominal.args->items[1]};
    Type *made = type_named(checker->sema, is_option ? NAME_Option : NAME_Result, args, is_option ? 1 : 2);
    unify(checker, result, made);
    return made;
  }
  if (result && result->kind == TYPE_ENUM && result->nominal.decl == type->nominal.decl) return result;
  if (!result || result->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0128, node->span,
                "`?` on %s wants a function that returns %s, this one returns %s", is_option ? "an Option" : "a Result",
                is_option ? "an Option" : "a Result",
                result ? type_text(checker->context, resolve(checker, result)) : "nothing");
  return NULL;
}

static Type *check_try(Checker *checker, AstNode *node) {
  Type *type = check_operand(checker, node, "`?`");
  if (!type) return error_of(checker);
  UnwrapInfo *info = unwrap_info(checker, node, INFO_TRY, type);
  Type *target = propagation_target(checker, node, type);
  if (!target) return type->nominal.args->items[0];
  keep_type(checker, &info->result, target);
  if (is_decl(type, NAME_Result))
    convert_error(checker, node, type->nominal.args->items[1], target->nominal.args->items[1], info);
  return type->nominal.args->items[0];
}

Type *check_intrinsic(Checker *checker, AstNode *node, Type *expected) {
  (void)expected;
  const char *name = name_text(checker->context->names, node->intrinsic.name);
  if (intrinsic_find(name) == INTRINSIC_option_unwrap) return check_unwrap(checker, node);
  return check_try(checker, node);
}
