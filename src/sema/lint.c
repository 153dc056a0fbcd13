// What is worth a message although the program means something: variables that nobody reads (QZ0119), deprecated
// functions and types (QZ0129). Also the entry of all analyses of finished bodies, which only the user's own text gets.
#include "sema/analysis.h"
#include "sema/method.h"

// ── Unused variables ────────────────────────────────────────────────────────────────────────────────────────────
enum { DEEPEST_DROP = 4 };  // fields of fields: further away a `drop` is no reason to hold a value

typedef struct Usage {
  Checker *checker;
  VEC(AstNode *) declared;  // nodes that bind a variable
  Map read;  // Local* → a node that reads it
} Usage;

static void find_usage(AstNode *node, void *data);

static void mark_read(Usage *usage, const Local *local, AstNode *node) {
  map_put(usage->checker->arena, &usage->read, map_key(local), node);
}

static void see_name(Usage *usage, AstNode *node) {
  const SemaInfo *info = node->info;
  if (!info || info->kind != INFO_LOCAL || !info->local) return;
  if (info->declares) vec_push(usage->checker->arena, &usage->declared, node);
  else mark_read(usage, info->local, node);
}

// Being written to is no use, except through a borrow, which writes to something else.
static void see_target(Usage *usage, AstNode *target) {
  const Local *local = node_local(target);
  if (!local || target->info->declares) find_usage(target, usage);
  else if (local->type->kind == TYPE_BORROW) mark_read(usage, local, target);
}

static void see_targets(Usage *usage, AstNode *target) {
  switch ((int)target->kind) {
    case AST_TUPLE:
      for (AST_EACH(part, target->tuple.elements)) see_targets(usage, part);
      return;
    case AST_RECORD_LIT:
      for (AST_EACH(init, target->record_lit.fields))
        see_targets(usage, init->field_init.value ? init->field_init.value : init);
      return;
    default: see_target(usage, target);
  }
}

// The names that a clause of a function gives its parameters.
static void see_clauses(Usage *usage, AstNode *match) {
  find_usage(match->match.subject, usage);
  for (AST_EACH(arm, match->match.arms)) {
    if (arm->arm.guard) find_usage(arm->arm.guard, usage);
    find_usage(arm->arm.body, usage);
  }
}

// Parameters are part of a function's type, and a loop may do without its element: neither has to be read.
static void find_usage(AstNode *node, void *data) {
  Usage *usage = data;
  see_name(usage, node);
  switch ((int)node->kind) {
    case AST_ASSIGN:
      see_targets(usage, node->assign.target);
      find_usage(node->assign.value, usage);
      return;
    case AST_LAMBDA: find_usage(node->lambda.body, usage); return;
    case AST_FOR:
      find_usage(node->for_.iterable, usage);
      find_usage(node->for_.body, usage);
      return;
    case AST_COMPREHENSION:
      if (node->comprehension.key) find_usage(node->comprehension.key, usage);
      find_usage(node->comprehension.value, usage);
      find_usage(node->comprehension.iterable, usage);
      if (node->comprehension.cond) find_usage(node->comprehension.cond, usage);
      return;
    case AST_MATCH:
      if (!node_is_clauses(usage->checker, node)) break;
      see_clauses(usage, node);
      return;
    default: break;
  }
  ast_children(node, find_usage, usage);
}

static bool is_dropped_by_hand(Usage *usage, Type *type, int depth);

static bool any_dropped_by_hand(Usage *usage, const FieldList *fields, int depth) {
  for (uint32_t i = 0; fields && i < fields->count; i++)
    if (is_dropped_by_hand(usage, fields->items[i].type, depth)) return true;
  return false;
}

static bool part_dropped_by_hand(Usage *usage, Type *type, int depth) {
  Program *program = usage->checker->sema->program;
  if (type->kind == TYPE_ENUM) {
    const VariantList *variants = sema_variants(program, type);
    for (uint32_t i = 0; i < variants->count; i++)
      if (any_dropped_by_hand(usage, variants->items[i].fields, depth)) return true;
  }
  bool has_args = type->kind == TYPE_STRUCT || type->kind == TYPE_ENUM || type->kind == TYPE_NEWTYPE;
  for (uint32_t i = 0; has_args && i < type->nominal.args->count; i++)
    if (is_dropped_by_hand(usage, type->nominal.args->items[i], depth)) return true;
  return any_dropped_by_hand(usage, sema_fields(program, type), depth);
}

// A value whose `drop` does something is of use by being there: a lock, a guard. What only gives memory back is not.
static bool is_dropped_by_hand(Usage *usage, Type *type, int depth) {
  MethodMatch drop;
  if (depth > DEEPEST_DROP) return false;
  if (type_is_linear(type)) return true;  // moves.c says what is wrong with those
  if (method_find_drop(usage->checker, type, &drop) && !drop.function->module->is_prelude) return true;
  return part_dropped_by_hand(usage, type, depth + 1);
}

static bool may_be_unused(Usage *usage, const AstNode *node, const Local *local) {
  const Interner *names = usage->checker->context->names;
  return node->expansion || local->is_param || !local->name || *name_text(names, local->name) == '_' ||
         is_dropped_by_hand(usage, local->type, 0);
}

static void report_unused(Usage *usage) {
  const Context *context = usage->checker->context;
  for (uint32_t i = 0; i < usage->declared.size; i++) {
    AstNode *node = usage->declared.data[i];
    const Local *local = node->info->local;
    if (map_get(&usage->read, map_key(local)) || may_be_unused(usage, node, local)) continue;
    const char *name = name_text(context->names, local->name);
    Diag *diag = diag_report(context->diags, QZ0119, name_span(context, node->span, local->name),
                             local->is_assigned ? "%s is assigned and never read" : "%s is never read", name);
    diag_help(context->diags, diag, "a name that begins with `_` says that this is meant: _%s", name);
    mark_read(usage, local, node);  // alternatives of a pattern share it
  }
}

static void lint_unused(Checker *checker, AstNode *body) {
  Usage usage = {.checker = checker};
  find_usage(body, &usage);
  report_unused(&usage);
}

// ── Deprecated functions ────────────────────────────────────────────────────────────────────────────────────────
static const AstNode *deprecation(const Sema *sema, const AstList *attributes) {
  return attribute_find(sema, attributes, "deprecated");
}

static void report_deprecated(const Context *context, Span span, Name name, const AstNode *attribute) {
  const AstList *args = attribute->attribute.args;
  const AstNode *reason = AST_LIST_COUNT(args) ? args->items[0]->arg.value : NULL;
  bool has_reason = reason && reason->kind == AST_STRING_LIT;
  diag_report(context->diags, QZ0129, span, "%s is deprecated%s%s", name_text(context->names, name),
              has_reason ? ": " : "", has_reason ? name_text(context->names, reason->string_lit.text) : "");
}

// The name that a call or a function value is written with.
static Span use_span(const Context *context, const AstNode *node) {
  switch ((int)node->kind) {
    case AST_CALL: return use_span(context, node->call.callee);
    case AST_PIPE: return use_span(context, node->pipe.call);
    case AST_TYPE_APPLY: return use_span(context, node->type_apply.base);
    case AST_METHOD_CALL:
    case AST_PATH: return member_span(context, node);
    default: return node->span;
  }
}

static void find_deprecated(AstNode *node, void *data) {
  const Checker *checker = data;
  const SemaInfo *info = node->info;
  const Instance *used = NULL;
  if (info && info->kind == INFO_CALL && info->call && info->call->kind == CALL_FUNCTION) used = info->call->instance;
  else if (info && info->kind == INFO_FUNCTION) used = info->instance;
  const AstNode *attribute = used ? deprecation(checker->sema, used->function->node->function.attributes) : NULL;
  if (attribute) report_deprecated(checker->context, use_span(checker->context, node), used->function->name, attribute);
  ast_children(node, find_deprecated, data);
}

// What is deprecated itself may use what is.
static void lint_deprecated(Checker *checker, AstNode *body) {
  const Function *function = checker->instance->function;
  if (!function || !deprecation(checker->sema, function->node->function.attributes)) find_deprecated(body, checker);
}

// ── Deprecated types ────────────────────────────────────────────────────────────────────────────────────────────
typedef struct TypeNames {
  Sema *sema;
  Module *module;
} TypeNames;

static const AstList *type_attributes(const AstNode *node) {
  switch ((int)node->kind) {
    case AST_STRUCT: return node->struct_.attributes;
    case AST_PACKED_STRUCT: return node->packed_struct.attributes;
    case AST_ENUM: return node->enum_.attributes;
    case AST_TRAIT: return node->trait.attributes;
    case AST_ACTOR: return node->actor.attributes;
    case AST_TYPE_ALIAS: return node->type_alias.attributes;
    case AST_NEWTYPE: return node->newtype.attributes;
    case AST_FUNCTION: return node->function.attributes;
    default: return NULL;
  }
}

static const Symbol *named_type(const TypeNames *names, const AstNode *node) {
  const Symbol *symbol = NULL;
  if (node->kind == AST_IDENT)
    symbol = module_lookup(names->sema, names->module, node->ident.name, node->expansion, USE_TYPE);
  if (node->kind == AST_TYPE_NAME && !node->type_name.scope)
    symbol = module_lookup(names->sema, names->module, node->type_name.name, node->expansion, USE_TYPE);
  if (node->kind == AST_TYPE_NAME && node->type_name.scope) {
    const AstNode *scope = node->type_name.scope;
    const Module *module = module_imported(names->sema, names->module, scope->type_name.name, scope->expansion);
    if (module) symbol = map_get(&module->symbols, node->type_name.name);
  }
  return symbol;
}

static const AstNode *type_deprecation(const TypeNames *names, const AstNode *node) {
  const Symbol *symbol = named_type(names, node);
  return symbol && symbol->kind == SYMBOL_TYPE ? deprecation(names->sema, type_attributes(symbol->type->node)) : NULL;
}

// Declarations that are deprecated, and the methods of types that are, may use what is.
static void find_type_names(AstNode *node, void *data) {
  const TypeNames *names = data;
  if (deprecation(names->sema, type_attributes(node))) return;
  if (node->kind == AST_IMPL && type_deprecation(names, node->impl.type)) return;
  const AstNode *attribute = type_deprecation(names, node);
  if (attribute) {
    Name name = node->kind == AST_IDENT ? node->ident.name : node->type_name.name;
    report_deprecated(names->sema->context, name_span(names->sema->context, node->span, name), name, attribute);
  }
  ast_children(node, find_type_names, data);
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_users(const Checker *checker) {
  const Function *function = checker->instance->function;
  const Impl *impl = function ? signature_of(function)->impl : NULL;
  return checker->module->is_user && !(impl && impl->is_derived);
}

static bool has_error(const DiagList *diags, Span span) {
  for (uint32_t i = 0; diags->error_count && i < diags->items.size; i++) {
    const Diag *diag = diags->items.data[i];
    if (diag->severity == DIAG_ERROR && diag->span.start >= span.start && diag->span.end <= span.end) return true;
  }
  return false;
}

// After an error, also one of the lexer or the parser, the tree may have holes, and what is missing may be a use.
static bool is_sound(const Checker *checker) {
  const DiagList *diags = checker->context->diags;
  return diags->error_count == checker->errors_before && !has_error(diags, checker->instance->span);
}

void analyse_body(Checker *checker, AstNode *body) {
  if (!is_users(checker) || !is_sound(checker)) return;
  flow_check(checker, body);
  borrow_check_escapes(checker, body);
  crossing_check(checker, body);
  guarded_check(checker, body);
  lint_unused(checker, body);
  lint_deprecated(checker, body);
  lint_narrow(checker, body);
}

void analyse_module(Sema *sema, Module *module) {
  borrow_check_types(sema, module);
  TypeNames names = {sema, module};
  for (AST_EACH(decl, module->node->module.decls)) find_type_names(decl, &names);
}
