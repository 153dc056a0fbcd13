// Patterns: fitted to the type of their subject; names in them become bindings.
#include "sema/internal.h"

static Type *error_of(Checker *checker) { return basic(checker, TYPE_ERROR); }

static void mismatch(Checker *checker, AstNode *pattern, Type *subject, const char *what) {
  if (resolve_head(subject)->kind == TYPE_ERROR) return;
  diag_report(checker->context->diags, QZ0122, pattern->span, "%s does not fit a subject of type %s", what,
              type_text(checker->context, resolve(checker, subject)));
}

// After a message, names inside still get bindings, so that their uses are not reported too.
static void poison_names(Checker *checker, AstNode *pattern);
static void poison_child(AstNode *child, void *checker) { poison_names(checker, child); }
static void poison_names(Checker *checker, AstNode *pattern) {
  pattern->type = error_of(checker);
  if (pattern->kind == AST_PAT_BIND || pattern->kind == AST_PAT_REST) {
    Name name = pattern->kind == AST_PAT_BIND ? pattern->pat_bind.name : pattern->pat_rest.name;
    SemaInfo *info = info_new(checker, pattern, INFO_LOCAL);
    info->declares = true;
    if (name) info->local = local_declare(checker, pattern, name, error_of(checker), false);
  } else if (pattern->kind == AST_PAT_FIELD && !pattern->pat_field.pattern) {
    info_new(checker, pattern, INFO_LOCAL)->local =
        local_declare(checker, pattern, pattern->pat_field.name, error_of(checker), false);
  }
  ast_children(pattern, poison_child, checker);
}

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_scalar(const Type *type) {
  return type_is_number(type) || type->kind == TYPE_BOOL || type->kind == TYPE_CHAR || type->kind == TYPE_SYMBOL;
}

// A value that is made anew at each use of its name is a constant all the same.
static const AstNode *named_constant(const AstNode *node) {
  const SemaInfo *info = node->info;
  return info && info->kind == INFO_GLOBAL && info->global->is_const ? named_constant(info->global->value) : node;
}

static void need_constant(Checker *checker, AstNode *node, ConstValue *out) {
  if (node->type->kind == TYPE_ERROR || const_eval(checker->sema->program, node, out)) return;
  const AstNode *constant = named_constant(node);
  if (constant->kind == AST_BYTES_LIT) *out = (ConstValue){.kind = CONST_STRING, .text = constant->bytes_lit.text};
  else if (constant == node)
    diag_report(checker->context->diags, QZ0117, node->span, "a pattern's value must be known at compile time");
}

static Type *member_of_type(Checker *checker, Type *subject, Type *type);

static void compare_by_method(Checker *checker, AstNode *pattern, Type *subject) {
  AstNode *value = pattern->pat_value.value, *args[] = {NULL, value};
  Type *types[] = {subject, value->type}, *result;
  pattern->info->call = call_operator(checker, value, NAME_op_eq, args, types, 2, &result);
  if (pattern->info->call) return;
  diag_report(checker->context->diags, QZ0115, value->span, "values of type %s cannot be compared",
              type_text(checker->context, resolve(checker, subject)));
  pattern->type = error_of(checker);
}

static const ConstValue *constant_new(const Checker *checker, ConstValue value) {
  ConstValue *constant = arena_new(checker->arena, ConstValue);
  *constant = value;
  return constant;
}

// `nil` is the variant None of an Option, the null pointer of a Ptr, the value of Void.
static void check_nil_pattern(Checker *checker, AstNode *pattern) {
  const SemaInfo *value = pattern->pat_value.value->info;
  if (value) info_new(checker, pattern, INFO_VARIANT)->index = value->index;
  else pattern->info->constant = constant_new(checker, (ConstValue){.kind = CONST_INT});
}

static void check_value_pattern(Checker *checker, AstNode *pattern, Type *subject) {
  AstNode *value = pattern->pat_value.value;
  Type *type = check_expr(checker, value, subject);
  SemaInfo *info = info_new(checker, pattern, INFO_EQUAL);
  Type *head = resolve_head(type);
  if (head->kind == TYPE_ERROR) return;
  subject = set_type(checker, pattern, member_of_type(checker, subject, type));
  if (!can_coerce(checker, type, subject)) {
    mismatch(checker, pattern, subject, "this value");
    pattern->type = error_of(checker);
    return;
  }
  if (value->kind == AST_NIL_LIT) {
    check_nil_pattern(checker, pattern);
    return;
  }
  ConstValue constant = {0};
  need_constant(checker, value, &constant);
  info->constant = constant_new(checker, constant);
  if (!is_scalar(head)) compare_by_method(checker, pattern, subject);
}

static void check_range_pattern(Checker *checker, AstNode *pattern, Type *subject) {
  AstNode *end = pattern->pat_range.start ? pattern->pat_range.start : pattern->pat_range.end;
  if (subject->kind == TYPE_UNION)
    subject = set_type(checker, pattern, member_of_type(checker, subject, check_expr(checker, end, NULL)));
  Type *head = resolve_head(subject);
  if (head->kind != TYPE_ERROR && !type_is_number(head) && head->kind != TYPE_CHAR) {
    mismatch(checker, pattern, subject, "a range");
    return;
  }
  info_new(checker, pattern, INFO_EQUAL);
  ConstValue ignored;
  if (pattern->pat_range.start) {
    check_value(checker, pattern->pat_range.start, subject);
    need_constant(checker, pattern->pat_range.start, &ignored);
  }
  if (pattern->pat_range.end) {
    check_value(checker, pattern->pat_range.end, subject);
    need_constant(checker, pattern->pat_range.end, &ignored);
  }
}

// ── Variants ────────────────────────────────────────────────────────────────────────────────────────────────────
static Name variant_name(const AstNode *node) {
  return node->kind == AST_PATH ? node->path.name : node->kind == AST_IDENT ? node->ident.name : NAME_NONE;
}

static void no_such_variant(Checker *checker, AstNode *pattern, Type *subject, Name name) {
  Context *context = checker->context;
  const VariantList *variants = sema_variants(checker->sema->program, subject);
  Name *names = arena_array(checker->arena, Name, variants->count + 1);
  for (uint32_t i = 0; i < variants->count; i++) names[i] = variants->items[i].name;
  Diag *diag = diag_report(context->diags, QZ0100, pattern->span, "%s has no variant %s", type_text(context, subject),
                           name_text(context->names, name));
  const char *similar = closest_name(context, name, names, variants->count);
  if (similar) diag_help(context->diags, diag, "did you mean `%s`?", similar);
}

const VariantInfo *variant_find(Checker *checker, Type *type, Name name) {
  const VariantList *variants = sema_variants(checker->sema->program, type);
  uintptr_t at = (uintptr_t)map_get(&variants->by_name, name);
  return at ? &variants->items[at - 1] : NULL;
}

// The enum a variant pattern speaks of when the subject's type is not known yet.
static Type *guess_enum(Checker *checker, AstNode *variant) {
  const AstNode *named =
      variant->kind == AST_PATH && variant->path.scope->kind == AST_IDENT ? variant->path.scope : variant;
  Symbol *symbol =
      module_symbol(checker->sema, checker->module, named, variant_name(named), named == variant ? USE_ANY : USE_TYPE);
  if (!symbol || (symbol->kind != SYMBOL_VARIANT && symbol->kind != SYMBOL_TYPE) || symbol->type->kind != AST_ENUM)
    return NULL;
  uint32_t count = symbol->type->param_count;
  return type_nominal(checker->types, TYPE_ENUM, symbol->type, fresh_args(checker, count, variant->span), count);
}

static Diag *unknown_field(Checker *checker, AstNode *at, Name name, const char *owner) {
  return diag_report(checker->context->diags, QZ0116, at->span, "%s has no field %s", owner,
                     name_text(checker->context->names, name));
}

// `Some(n: Int)` reads as a field n; was the member of a union meant?
static void unknown_payload(Checker *checker, AstNode *arg, const VariantInfo *variant) {
  const Interner *names = checker->context->names;
  const char *name = name_text(names, arg->pat_field.name);
  Diag *diag = unknown_field(checker, arg, arg->pat_field.name, name_text(names, variant->name));
  const AstNode *given = arg->pat_field.pattern;
  bool is_name = given && given->kind == AST_PAT_VARIANT && !given->pat_variant.has_args;
  if (is_name && named_value_type(checker, given->pat_variant.variant))
    diag_help(checker->context->diags, diag, "a member of a union goes into parentheses of its own: `(%s: %s)`", name,
              name_text(names, variant_name(given->pat_variant.variant)));
}

static AstNode *named_part(AstNode *arg) { return arg->kind == AST_PAT_FIELD ? arg->pat_field.pattern : arg; }

// `name` without a pattern binds a variable of that name.
static void bind_field(Checker *checker, AstNode *field, Type *type, bool is_mutable) {
  set_type(checker, field, type);
  SemaInfo *info = info_new(checker, field, INFO_LOCAL);
  info->declares = true;
  info->local = local_declare(checker, field, field->pat_field.name, type, is_mutable);
}

static void check_part(Checker *checker, AstNode *arg, Type *type, bool is_mutable) {
  if (arg->kind == AST_PAT_FIELD && !arg->pat_field.pattern) bind_field(checker, arg, type, is_mutable);
  else {
    if (arg->kind == AST_PAT_FIELD) set_type(checker, arg, type);
    check_pattern(checker, named_part(arg), type, is_mutable);
  }
}

// The field a part stands for: by name, or the next one that none names.
static int payload_field(AstNode *const *parts, const FieldList *fields, const AstNode *arg, uint32_t *next) {
  if (arg->kind == AST_PAT_FIELD) return field_list_find(fields, arg->pat_field.name);
  while (*next < fields->count && parts[*next]) ++*next;
  return *next < fields->count ? (int)*next : -1;
}

static void wrong_payload(Checker *checker, AstNode *pattern, const VariantInfo *variant, uint32_t given) {
  diag_report(checker->context->diags, QZ0122, pattern->span, "%s has %u field%s, the pattern gives %u",
              name_text(checker->context->names, variant->name), variant->fields->count,
              variant->fields->count == 1 ? "" : "s", given);
  pattern->type = error_of(checker);
}

static void check_payload_part(Checker *checker, AstNode *arg, SemaInfo *info, const VariantInfo *variant, int at,
                               bool is_mutable) {
  if (at < 0) {
    if (arg->kind == AST_PAT_FIELD) unknown_payload(checker, arg, variant);
    poison_names(checker, arg);
    return;
  }
  if (info->parts[at])
    diag_report(checker->context->diags, QZ0116, arg->span, "field %s is given twice",
                name_text(checker->context->names, arg->pat_field.name));
  info->parts[at] = arg;
  check_part(checker, arg, variant->fields->items[at].type, is_mutable);
}

// Named parts first: the others take the fields that are left, in order. Named parts alone may leave fields out.
static void check_payload(Checker *checker, AstNode *pattern, SemaInfo *info, const VariantInfo *variant,
                          bool is_mutable) {
  const FieldList *fields = variant->fields;
  AstList *args = pattern->pat_variant.args;
  info->part_count = fields->count;
  info->parts = arena_array(checker->arena, AstNode *, fields->count + 1);
  uint32_t rests = 0, named = 0, next = 0, count = AST_LIST_COUNT(args);
  for (AST_EACH(arg, args)) {
    if (arg->kind == AST_PAT_REST) rests++, arg->type = basic(checker, TYPE_VOID);
    if (arg->kind != AST_PAT_FIELD) continue;
    named++;
    check_payload_part(checker, arg, info, variant, payload_field(info->parts, fields, arg, &next), is_mutable);
  }
  for (AST_EACH(arg, args))
    if (arg->kind != AST_PAT_REST && arg->kind != AST_PAT_FIELD)
      check_payload_part(checker, arg, info, variant, payload_field(info->parts, fields, arg, &next), is_mutable);
  bool lists_all = !rests && (!count || named < count) && pattern->pat_variant.has_args;
  if (lists_all && count != fields->count) wrong_payload(checker, pattern, variant, count);
}

static void check_variant_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  Type *head = resolve_head(subject);
  if (head->kind == TYPE_VAR) {
    Type *guess = guess_enum(checker, pattern->pat_variant.variant);
    if (guess) unify(checker, head, guess), head = guess;
  }
  Name name = variant_name(pattern->pat_variant.variant);
  if (head->kind == TYPE_NEWTYPE && head->nominal.decl->name == name) {
    check_newtype_pattern(checker, pattern, head, is_mutable);
    return;
  }
  if (head->kind != TYPE_ENUM) {
    mismatch(checker, pattern, subject, "a variant");
    poison_names(checker, pattern);
    return;
  }
  const VariantInfo *variant = variant_find(checker, head, name);
  if (!variant) {
    no_such_variant(checker, pattern, head, name);
    poison_names(checker, pattern);
    return;
  }
  SemaInfo *info = info_new(checker, pattern, INFO_VARIANT);
  info->index = variant->index;
  info_new(checker, pattern->pat_variant.variant, INFO_TYPE);
  set_type(checker, pattern->pat_variant.variant, head);
  check_payload(checker, pattern, info, variant, is_mutable);
}

// Metres(x) takes the newtype apart.
void check_newtype_pattern(Checker *checker, AstNode *pattern, Type *type, bool is_mutable) {
  const FieldList *fields = sema_fields(checker->sema->program, type);
  SemaInfo *info = info_new(checker, pattern, INFO_RECORD);
  info->part_count = 1;
  info->parts = arena_array(checker->arena, AstNode *, 1);
  info_new(checker, pattern->pat_variant.variant, INFO_TYPE);
  set_type(checker, pattern->pat_variant.variant, type);
  if (AST_LIST_COUNT(pattern->pat_variant.args) != 1) {
    diag_report(checker->context->diags, QZ0122, pattern->span, "a newtype holds one value");
    poison_names(checker, pattern);
    return;
  }
  info->parts[0] = pattern->pat_variant.args->items[0];
  check_part(checker, info->parts[0], fields->items[0].type, is_mutable);
}

// ── Compound patterns ───────────────────────────────────────────────────────────────────────────────────────────
static void check_tuple_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  AstList *parts = pattern->pat_tuple.patterns;
  uint32_t count = AST_LIST_COUNT(parts);
  Type *head = resolve_head(subject);
  if (head->kind == TYPE_VAR) {
    Type *guess = type_tuple(checker->types, fresh_args(checker, count, pattern->span), count);
    unify(checker, head, guess);
    head = guess;
  }
  if (head->kind != TYPE_TUPLE || head->tuple.elements->count != count) {
    mismatch(checker, pattern, subject, "this tuple pattern");
    poison_names(checker, pattern);
    return;
  }
  for (uint32_t i = 0; i < count; i++)
    check_pattern(checker, parts->items[i], head->tuple.elements->items[i], is_mutable);
}

static void check_record_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  Type *head = resolve_head(subject);
  if (pattern->pat_record.type) {
    Type *named = named_value_type(checker, pattern->pat_record.type);
    info_new(checker, pattern->pat_record.type, INFO_TYPE);
    if (named && !unify(checker, named, head)) mismatch(checker, pattern, subject, "this pattern");
    if (named && head->kind == TYPE_VAR) head = resolve_head(named);
  }
  if (head->kind != TYPE_STRUCT && head->kind != TYPE_RECORD) {
    mismatch(checker, pattern, subject, "a record pattern");
    poison_names(checker, pattern);
    return;
  }
  const FieldList *fields = sema_fields(checker->sema->program, resolve(checker, head));
  SemaInfo *info = info_new(checker, pattern, INFO_RECORD);
  info->part_count = fields->count;
  info->parts = arena_array(checker->arena, AstNode *, fields->count + 1);
  for (AST_EACH(field, pattern->pat_record.fields)) {
    if (field->kind == AST_PAT_REST) {
      field->type = basic(checker, TYPE_VOID);
      continue;
    }
    int at = field_list_find(fields, field->pat_field.name);
    if (at < 0) {
      unknown_field(checker, field, field->pat_field.name, type_text(checker->context, resolve(checker, head)));
      poison_names(checker, field);
      continue;
    }
    info->parts[at] = field;
    check_part(checker, field, fields->items[at].type, is_mutable);
  }
}

static void want_list_methods(Checker *checker, AstNode *pattern, Type *subject) {
  SemaInfo *info = info_new(checker, pattern, INFO_LIST);
  info->list = arena_new(checker->arena, ListPatternInfo);
  want_method(checker, &info->list->size, subject, name_from(checker->context->names, "size"), pattern->span);
  want_method(checker, &info->list->at, subject, NAME_op_index, pattern->span);
  want_method(checker, &info->list->slice, subject, name_from(checker->context->names, "slice_range"), pattern->span);
}

static void check_rest(Checker *checker, AstNode *rest, Type *subject, bool is_mutable) {
  set_type(checker, rest, subject);
  if (!rest->pat_rest.name) return;
  SemaInfo *info = info_new(checker, rest, INFO_LOCAL);
  info->declares = true;
  info->local = local_declare(checker, rest, rest->pat_rest.name, subject, is_mutable);
  if (subject->kind != TYPE_ARRAY) return;
  Diag *diag = diag_report(checker->context->diags, QZ0122, rest->span, "the rest of a fixed array has no name");
  diag_help(checker->context->diags, diag, "write `...` alone, or match on a Vec");
}

static void check_elements(Checker *checker, AstNode *pattern, Type *subject, Type *element, bool is_mutable) {
  uint32_t rests = 0;
  for (AST_EACH(part, pattern->pat_list.patterns)) {
    if (part->kind != AST_PAT_REST) {
      check_pattern(checker, part, element, is_mutable);
      continue;
    }
    if (rests++) diag_report(checker->context->diags, QZ0122, part->span, "a list pattern has one `...` at most");
    check_rest(checker, part, subject, is_mutable);
  }
}

// An array has its length in its type, so the pattern says nothing about the length.
static void check_array_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  uint32_t count = 0;
  bool has_rest = false;
  for (AST_EACH(part, pattern->pat_list.patterns))
    if (part->kind == AST_PAT_REST) has_rest = true;
    else count++;
  check_elements(checker, pattern, subject, subject->array.element, is_mutable);
  if (count == subject->array.count || (has_rest && count < subject->array.count)) return;
  diag_report(checker->context->diags, QZ0122, pattern->span, "the array has %llu element%s, the pattern gives %u",
              (unsigned long long)subject->array.count, subject->array.count == 1 ? "" : "s", count);
  pattern->type = error_of(checker);
}

static void check_list_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  if (subject->kind == TYPE_ARRAY) {
    check_array_pattern(checker, pattern, subject, is_mutable);
    return;
  }
  Type *element = fresh(checker, pattern->span);
  Type *wanted = type_named(checker->sema, NAME_Vec, &element, 1);
  if (!unify(checker, subject, wanted)) {
    mismatch(checker, pattern, subject, "a list pattern");
    poison_names(checker, pattern);
    return;
  }
  want_list_methods(checker, pattern, subject);
  check_elements(checker, pattern, subject, element, is_mutable);
}

// ── Members of unions ───────────────────────────────────────────────────────────────────────────────────────────
static bool is_nominal_of(const Type *type, const Type *named) {
  bool is_nominal = type->kind == TYPE_STRUCT || type->kind == TYPE_ENUM || type->kind == TYPE_NEWTYPE;
  return is_nominal && type->kind == named->kind && type->nominal.decl == named->nominal.decl;
}

static bool variant_fits(Checker *checker, AstNode *variant, Type *member) {
  Name name = variant_name(variant);
  if (member->kind == TYPE_NEWTYPE) return member->nominal.decl->name == name;
  if (member->kind != TYPE_ENUM || !variant_find(checker, member, name)) return false;
  Type *qualified = variant->kind == AST_PATH ? guess_enum(checker, variant) : NULL;
  return !qualified || is_nominal_of(member, qualified);
}

static bool record_fits(Checker *checker, AstNode *pattern, Type *member) {
  if (member->kind != TYPE_STRUCT && member->kind != TYPE_RECORD) return false;
  if (pattern->pat_record.type) {
    Type *named = named_value_type(checker, pattern->pat_record.type);
    return named && (member == resolve_head(named) || is_nominal_of(member, resolve_head(named)));
  }
  const FieldList *fields = sema_fields(checker->sema->program, member);
  for (AST_EACH(field, pattern->pat_record.fields))
    if (field->kind != AST_PAT_REST && field_list_find(fields, field->pat_field.name) < 0) return false;
  return true;
}

static bool shape_fits(Checker *checker, AstNode *pattern, Type *member) {
  switch ((int)pattern->kind) {
    case AST_PAT_VARIANT: return variant_fits(checker, pattern->pat_variant.variant, member);
    case AST_PAT_RECORD: return record_fits(checker, pattern, member);
    case AST_PAT_REGEX: return member->kind == TYPE_STRING;
    case AST_PAT_TUPLE:
      return member->kind == TYPE_TUPLE && member->tuple.elements->count == AST_LIST_COUNT(pattern->pat_tuple.patterns);
    case AST_PAT_LIST:
      return member->kind == TYPE_ARRAY ||
             (member->kind == TYPE_STRUCT && member->nominal.decl == prelude_type(checker->sema, NAME_Vec));
    default: return false;
  }
}

// A pattern that fits the shape of one member only is a pattern of that member.
static Type *member_of_shape(Checker *checker, AstNode *pattern, Type *subject) {
  const TypeList *members = subject->tuple.elements;
  Type *found = NULL;
  for (uint32_t i = 0; i < members->count; i++) {
    Type *member = resolve(checker, members->items[i]);
    if (!shape_fits(checker, pattern, member)) continue;
    if (found) return subject;
    found = member;
  }
  return found ? found : subject;
}

static Type *member_of_type(Checker *checker, Type *subject, Type *type) {
  if (subject->kind != TYPE_UNION) return subject;
  const TypeList *members = subject->tuple.elements;
  for (uint32_t i = 0; i < members->count; i++)
    if (resolve_head(members->items[i]) == resolve(checker, type)) return members->items[i];
  return subject;
}

// ── Or ──────────────────────────────────────────────────────────────────────────────────────────────────────────
// Every alternative binds the same names with the same types; the bindings of the first one are those of the arm.
static Local *find_from(const Scope *scope, uint32_t first, Name name) {
  for (uint32_t i = first; i < scope->locals.size; i++)
    if (scope->locals.data[i]->name == name) return scope->locals.data[i];
  return NULL;
}

static void check_same_bindings(Checker *checker, AstNode *pattern, const Scope *first, const Scope *other) {
  for (uint32_t i = 0; i < first->locals.size; i++) {
    const Local *local = first->locals.data[i];
    const Local *same = find_from(other, 0, local->name);
    if (!same)
      diag_report(checker->context->diags, QZ0122, pattern->span, "this alternative does not bind %s",
                  name_text(checker->context->names, local->name));
    else if (!unify(checker, local->type, same->type))
      diag_report(checker->context->diags, QZ0122, same->span, "%s has another type in the first alternative",
                  name_text(checker->context->names, local->name));
  }
}

typedef struct Rebind {
  const Scope *to;
} Rebind;

static void rebind(AstNode *node, void *data) {
  const Scope *to = ((Rebind *)data)->to;
  if (node->info && node->info->kind == INFO_LOCAL && node->info->declares && node->info->local) {
    Local *local = find_from(to, 0, node->info->local->name);
    if (local) node->info->local = local;
  }
  ast_children(node, rebind, data);
}

static void check_or_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  AstList *alternatives = pattern->pat_or.patterns;
  Scope *outer = checker->scope, *first = NULL;
  for (uint32_t i = 0; i < AST_LIST_COUNT(alternatives); i++) {
    Scope *scope = scope_push(checker);
    check_pattern(checker, alternatives->items[i], subject, is_mutable);
    scope_pop(checker);
    if (!first) {
      first = scope;
      continue;
    }
    check_same_bindings(checker, alternatives->items[i], first, scope);
    check_same_bindings(checker, alternatives->items[i], scope, first);
    rebind(alternatives->items[i], &(Rebind){first});
  }
  for (uint32_t i = 0; first && i < first->locals.size; i++)
    scope_add(checker, outer, first->locals.data[i]);
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void check_bind(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  if (pattern->pat_bind.name == NAME_underscore) return;
  SemaInfo *info = info_new(checker, pattern, INFO_LOCAL);
  info->declares = true;
  info->local = local_declare(checker, pattern, pattern->pat_bind.name, subject, is_mutable);
  if (pattern->pat_bind.pattern) check_pattern(checker, pattern->pat_bind.pattern, subject, is_mutable);
}

static void check_type_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  Type *type = body_type(checker, pattern->pat_type.type);
  Type *head = resolve_head(subject);
  bool fits = head->kind == TYPE_UNION ? can_coerce(checker, type, head) : unify(checker, type, head);
  if (!fits) mismatch(checker, pattern, subject, "this type");
  SemaInfo *info = info_new(checker, pattern, INFO_LOCAL);
  info->declares = true;
  if (pattern->pat_type.name && pattern->pat_type.name != NAME_underscore)
    info->local = local_declare(checker, pattern, pattern->pat_type.name, type, is_mutable);
}

static void check_regex_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  if (unify(checker, subject, basic(checker, TYPE_STRING))) {
    check_regex_groups(checker, pattern, is_mutable);
    return;
  }
  mismatch(checker, pattern, subject, "a regular expression");
  poison_names(checker, pattern);
}

void check_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  subject = resolve_head(subject);
  if (subject->kind == TYPE_BORROW) subject = resolve_head(subject->borrow.inner);
  if (subject->kind == TYPE_UNION) subject = member_of_shape(checker, pattern, subject);
  set_type(checker, pattern, subject);
  switch ((int)pattern->kind) {
    case AST_PAT_WILDCARD: return;
    case AST_PAT_BIND: check_bind(checker, pattern, subject, is_mutable); return;
    case AST_PAT_VALUE: check_value_pattern(checker, pattern, subject); return;
    case AST_PAT_RANGE: check_range_pattern(checker, pattern, subject); return;
    case AST_PAT_OR: check_or_pattern(checker, pattern, subject, is_mutable); return;
    case AST_PAT_VARIANT: check_variant_pattern(checker, pattern, subject, is_mutable); return;
    case AST_PAT_TUPLE: check_tuple_pattern(checker, pattern, subject, is_mutable); return;
    case AST_PAT_LIST: check_list_pattern(checker, pattern, subject, is_mutable); return;
    case AST_PAT_RECORD: check_record_pattern(checker, pattern, subject, is_mutable); return;
    case AST_PAT_TYPE: check_type_pattern(checker, pattern, subject, is_mutable); return;
    case AST_PAT_REGEX: check_regex_pattern(checker, pattern, subject, is_mutable); return;
    default: return;
  }
}

void check_binding_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  check_pattern(checker, pattern, subject, is_mutable);
  vec_push(checker->arena, &checker->irrefutable, ((BindingPattern){pattern, subject}));
}
