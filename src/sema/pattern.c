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

static void need_constant(Checker *checker, AstNode *node, ConstValue *out) {
  if (node->type->kind != TYPE_ERROR && !const_eval(checker->sema->program, node, out))
    diag_report(checker->context->diags, QZ0117, node->span, "a pattern's value must be known at compile time");
}

static void check_value_pattern(Checker *checker, AstNode *pattern, Type *subject) {
  AstNode *value = pattern->pat_value.value;
  Type *type = check_expr(checker, value, subject);
  SemaInfo *info = info_new(checker, pattern, INFO_EQUAL);
  Type *head = resolve_head(type);
  if (head->kind == TYPE_ERROR) return;
  if (!can_coerce(checker, type, subject)) {
    mismatch(checker, pattern, subject, "this value");
    pattern->type = error_of(checker);
    return;
  }
  need_constant(checker, value, &info->constant);
  if (is_scalar(head)) return;
  AstNode *args[] = {NULL, value};
  Type *types[] = {subject, type}, *result;
  info->call = call_operator(checker, value, NAME_op_eq, args, types, 2, &result);
}

static void check_range_pattern(Checker *checker, AstNode *pattern, Type *subject) {
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
  if (similar) diag_help(context->diags, diag, "did you mean %s?", similar);
}

const VariantInfo *variant_find(Checker *checker, Type *type, Name name) {
  const VariantList *variants = sema_variants(checker->sema->program, type);
  for (uint32_t i = 0; i < variants->count; i++)
    if (variants->items[i].name == name) return &variants->items[i];
  return NULL;
}

// The enum a variant pattern speaks of when the subject's type is not known yet.
static Type *guess_enum(Checker *checker, AstNode *variant) {
  Symbol *symbol = module_lookup(checker->sema, checker->module, variant_name(variant));
  if (variant->kind == AST_PATH && variant->path.scope->kind == AST_IDENT)
    symbol = module_lookup(checker->sema, checker->module, variant->path.scope->ident.name);
  if (!symbol || (symbol->kind != SYMBOL_VARIANT && symbol->kind != SYMBOL_TYPE) || symbol->type->kind != AST_ENUM)
    return NULL;
  uint32_t count = symbol->type->param_count;
  return type_nominal(checker->types, TYPE_ENUM, symbol->type, fresh_args(checker, count, variant->span), count);
}

static int field_index(const FieldList *fields, Name name) {
  for (uint32_t i = 0; i < fields->count; i++)
    if (fields->items[i].name == name) return (int)i;
  return -1;
}

static void unknown_field(Checker *checker, AstNode *at, Name name, const char *owner) {
  diag_report(checker->context->diags, QZ0116, at->span, "%s has no field %s", owner,
              name_text(checker->context->names, name));
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

static void wrong_payload(Checker *checker, AstNode *pattern, const VariantInfo *variant, uint32_t given) {
  diag_report(checker->context->diags, QZ0122, pattern->span, "%s has %u field%s, the pattern gives %u",
              name_text(checker->context->names, variant->name), variant->fields->count,
              variant->fields->count == 1 ? "" : "s", given);
  pattern->type = error_of(checker);
}

static void check_payload(Checker *checker, AstNode *pattern, SemaInfo *info, const VariantInfo *variant, bool is_mutable) {
  const FieldList *fields = variant->fields;
  AstList *args = pattern->pat_variant.args;
  info->part_count = fields->count;
  info->parts = arena_array(checker->arena, AstNode *, fields->count + 1);
  bool has_rest = false;
  uint32_t position = 0;
  for (AST_EACH(arg, args)) {
    if (arg->kind == AST_PAT_REST) {
      has_rest = true;
      arg->type = basic(checker, TYPE_VOID);
      continue;
    }
    bool is_named = arg->kind == AST_PAT_FIELD;
    int at = is_named ? field_index(fields, arg->pat_field.name) : (int)position++;
    if (at < 0 || (uint32_t)at >= fields->count) {
      if (is_named) unknown_field(checker, arg, arg->pat_field.name, name_text(checker->context->names, variant->name));
      poison_names(checker, arg);
      continue;
    }
    info->parts[at] = arg;
    check_part(checker, arg, fields->items[at].type, is_mutable);
  }
  bool is_positional = position > 0 || !AST_LIST_COUNT(args);
  if (is_positional && !has_rest && pattern->pat_variant.has_args && position != fields->count)
    wrong_payload(checker, pattern, variant, position);
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
    int at = field_index(fields, field->pat_field.name);
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

static void check_list_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  Type *element = fresh(checker, pattern->span);
  Type *wanted = type_named(checker->sema, NAME_Vec, &element, 1);
  if (!unify(checker, subject, wanted)) {
    mismatch(checker, pattern, subject, "a list pattern");
    poison_names(checker, pattern);
    return;
  }
  want_list_methods(checker, pattern, subject);
  uint32_t rests = 0;
  for (AST_EACH(part, pattern->pat_list.patterns)) {
    if (part->kind != AST_PAT_REST) {
      check_pattern(checker, part, element, is_mutable);
      continue;
    }
    if (rests++) diag_report(checker->context->diags, QZ0122, part->span, "a list pattern has one `...` at most");
    set_type(checker, part, subject);
    if (!part->pat_rest.name) continue;
    SemaInfo *info = info_new(checker, part, INFO_LOCAL);
    info->declares = true;
    info->local = local_declare(checker, part, part->pat_rest.name, subject, is_mutable);
  }
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
    vec_push(checker->arena, &outer->locals, first->locals.data[i]);
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

void check_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable) {
  subject = resolve_head(subject);
  if (subject->kind == TYPE_BORROW) subject = resolve_head(subject->borrow.inner);
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
    case AST_PAT_REGEX:
      diag_report(checker->context->diags, QZ0019, pattern->span, "regular expressions are not supported yet");
      return;
    default: return;
  }
}
