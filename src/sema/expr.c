// Expressions: the dispatch over node kinds, literals, names, and control flow.
#include <string.h>

#include "base/fresh.h"
#include "sema/internal.h"

// ── Literals ────────────────────────────────────────────────────────────────────────────────────────────────────
static Type *suffix_type(Checker *checker, AstNode *node, Name suffix) {
  AstNode *name = ast_node(checker->arena, AST_TYPE_NAME, node->span);
  name->type_name.name = suffix;
  return body_type(checker, name);
}

static bool integer_fits(uint64_t value, const Type *type, bool negated) {
  uint32_t bits = type_bits(type);
  uint64_t most = type_is_signed(type) ? (UINT64_C(1) << (bits - 1)) - !negated
                  : bits == 64         ? UINT64_MAX
                                       : (UINT64_C(1) << bits) - 1;
  return negated && !type_is_signed(type) ? true : value <= most;  // the negation itself is reported
}

// An integer literal takes the number type that is wanted, else Int.
Type *check_int_literal(Checker *checker, AstNode *node, Type *expected, bool negated) {
  Type *type = basic(checker, TYPE_INT);
  if (node->int_lit.suffix) {
    type = suffix_type(checker, node, node->int_lit.suffix);
  } else if (expected) {
    Type *head = resolve_head(expected);
    if (head->kind == TYPE_BORROW) head = resolve_head(head->borrow.inner);
    if (type_is_number(head)) type = head;
  }
  if (type_is_integer(type) && !integer_fits(node->int_lit.value, type, negated))
    diag_report(checker->context->diags, QZ0008, node->span, "%s%llu does not fit %s", negated ? "-" : "",
                (unsigned long long)node->int_lit.value, type_text(checker->context, type));
  return type;
}

static Type *check_float_literal(Checker *checker, AstNode *node, Type *expected) {
  if (node->float_lit.suffix) return suffix_type(checker, node, node->float_lit.suffix);
  Type *head = expected ? resolve_head(expected) : NULL;
  return head && type_is_float(head) ? head : basic(checker, TYPE_F64);
}

// b"…" is bytes_literal(text), where the lowering supplies the text, which need not be UTF-8.
static Type *check_bytes(Checker *checker, AstNode *node) {
  CallInfo *call = arena_new(checker->arena, CallInfo);
  call->arg_count = 1;
  call->args = arena_array(checker->arena, AstNode *, 1);
  info_new(checker, node, INFO_CALL)->call = call;
  want_prelude(checker, &call->instance, "bytes_literal", NULL, node->span);
  return type_named(checker->sema, NAME_Bytes, NULL, 0);
}

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────
// What a macro bound cannot be named outside of its text.
static Name name_to_suggest(Checker *checker, const AstNode *node, Name name) {
  if (!name_is_fresh(checker->context->names, name)) return name;
  return node->expansion ? name_written(checker->context->names, name) : NAME_NONE;
}

static void help_similar(Checker *checker, const AstNode *node, Diag *diag, Name name) {
  Name names[64 + 2];
  uint32_t count = 0;
  for (const Scope *scope = checker->scope; scope; scope = scope->parent)
    for (uint32_t i = 0; i < scope->locals.size && count < 64; i++)
      names[count++] = name_to_suggest(checker, node, scope->locals.data[i]->name);
  names[count++] = name_from(checker->context->names, "true");
  names[count++] = name_from(checker->context->names, "false");
  const char *similar = suggest_habit(checker->context, name);
  if (!similar) similar = closest_name(checker->context, name, names, count);
  if (!similar) similar = suggest(checker->sema, checker->module, name);
  const char *text = name_text(checker->context->names, name);
  const char *module = similar ? NULL : suggest_import(checker->sema, checker->module, text);
  if (similar) diag_help(checker->context->diags, diag, "did you mean `%s`?", similar);
  else if (module && strcmp(module, text) == 0)
    diag_help(checker->context->diags, diag, "if the module is meant: `import %s`, then `%s::name`", text, text);
}

// A body's bindings of one name, in order of the text.
typedef struct LaterBinding {
  AstNode *node;
  struct LaterBinding *next, *last;  // `last` of the first one
} LaterBinding;

static Name bound_name(const AstNode *node) {
  if (node->kind == AST_ASSIGN && !node->assign.op && node->assign.target->kind == AST_IDENT)
    return node->assign.target->ident.name;
  if (node->kind == AST_BINDING && node->binding.pattern->kind == AST_PAT_BIND)
    return node->binding.pattern->pat_bind.name;
  return NAME_NONE;
}

static void note_bindings(AstNode *node, void *data) {
  Checker *checker = data;
  Name name = bound_name(node);
  if (name) {
    LaterBinding *binding = arena_new(checker->arena, LaterBinding);
    *binding = (LaterBinding){node, NULL, binding};
    LaterBinding *first = map_get(&checker->bindings, name);
    if (first) first->last = first->last->next = binding;
    else map_put(checker->arena, &checker->bindings, name, binding);
  }
  ast_children(node, note_bindings, checker);
}

// The first binding of `name` behind its use at `use`, or NULL.
static AstNode *find_later(Checker *checker, Name name, const AstNode *use) {
  if (!checker->has_bindings && checker->instance->body) note_bindings(checker->instance->body, checker);
  checker->has_bindings = true;
  LaterBinding *binding = map_get(&checker->bindings, name);
  while (binding && binding->node->span.start <= use->span.start) binding = binding->next;
  return binding ? binding->node : NULL;
}

static Type *used_too_early(Checker *checker, AstNode *node, AstNode *binding) {
  Diag *diag = diag_report(checker->context->diags, QZ0104, node->span, "%s has no value yet",
                           name_text(checker->context->names, node->ident.name));
  Span name = name_span(checker->context, binding->span, node->ident.name);
  diag_note(checker->context->diags, diag, name, "it is bound only here");
  diag_help(checker->context->diags, diag, "move the binding above its first use");
  return basic(checker, TYPE_ERROR);
}

static Type *unknown_name(Checker *checker, AstNode *node, Name name) {
  AstNode *later = find_later(checker, name, node);
  if (later) return used_too_early(checker, node, later);
  if (named_module(checker, node)) {
    Diag *diag = diag_report(checker->context->diags, QZ0101, node->span, "%s is a module, not a value",
                             name_text(checker->context->names, name));
    diag_help(checker->context->diags, diag, "what is in a module is reached with `::`: `%s::name`",
              name_text(checker->context->names, name));
    return basic(checker, TYPE_ERROR);
  }
  Diag *diag = diag_report(checker->context->diags, QZ0100, node->span, "unknown name %s",
                           name_text(checker->context->names, name));
  help_similar(checker, node, diag, name);
  return basic(checker, TYPE_ERROR);
}

static Type *use_local(Checker *checker, AstNode *node, Local *local) {
  info_new(checker, node, INFO_LOCAL)->local = local;
  if (local->owner != checker->lambda) local_capture(checker, local);
  Type *type = resolve_head(local->type);
  return type->kind == TYPE_BORROW ? resolve_head(type->borrow.inner) : local->type;
}

static Type *use_global(Checker *checker, AstNode *node, Global *global) {
  global_check(checker->sema, global, node->span);
  info_new(checker, node, INFO_GLOBAL)->global = global;
  return global->type;
}

// A function used as a value: its type arguments follow from the type that is wanted.
static Type *use_function(Checker *checker, AstNode *node, Function *function, Type *expected) {
  Signature *signature = decl_signature(checker->sema, function);
  Type **args = fresh_args(checker, signature->type_param_count, node->span);
  TypeList *list = type_args_intern(checker->sema, args, signature->type_param_count);
  Type **params = arena_array(checker->arena, Type *, signature->param_count + 1);
  for (uint32_t i = 0; i < signature->param_count; i++)
    params[i] = substitute(checker->sema, signature->param_types[i], list);
  SemaInfo *info = info_new(checker, node, INFO_FUNCTION);
  info->is_c_function = function->is_c_abi;
  Type *result = signature->result ? substitute(checker->sema, signature->result, list)
                                   : function_result(checker, function, args, node->span);
  Type *type = type_fn(checker->types, params, signature->param_count, result);
  if (expected) can_coerce(checker, type, expected);
  want_instance(checker, &info->instance, function, args, node->span);
  return type;
}

// A variant without payload is a value; with payload, a function that makes one.
Type *use_variant(Checker *checker, AstNode *node, Type *type, const VariantInfo *variant, Type *expected) {
  SemaInfo *info = info_new(checker, node, INFO_VARIANT);
  info->index = variant->index;
  if (expected && !variant->fields->count) can_coerce(checker, type, expected);
  if (!variant->fields->count) return type;
  Type **params = arena_array(checker->arena, Type *, variant->fields->count);
  for (uint32_t i = 0; i < variant->fields->count; i++) params[i] = variant->fields->items[i].type;
  Type *fn = type_fn(checker->types, params, variant->fields->count, type);
  if (expected) can_coerce(checker, fn, expected);
  return fn;
}

// A newtype named as a value is the function that makes one; no other type is a value.
Type *use_type(Checker *checker, AstNode *node, Type *type, Type *expected) {
  Type *head = resolve_head(type);
  if (head->kind == TYPE_NEWTYPE) {
    info_new(checker, node, INFO_NEWTYPE);
    Type *fn = type_fn(checker->types, &sema_fields(checker->sema->program, head)->items[0].type, 1, head);
    if (expected) can_coerce(checker, fn, expected);
    return fn;
  }
  if (head->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0101, node->span, "%s is a type, not a value",
                type_text(checker->context, resolve(checker, head)));
  return basic(checker, TYPE_ERROR);
}

Type *fresh_enum(Checker *checker, TypeDecl *decl, Span span) {
  return type_nominal(checker->types, TYPE_ENUM, decl, fresh_args(checker, decl->param_count, span), decl->param_count);
}

static Type *use_symbol(Checker *checker, AstNode *node, Symbol *symbol, Type *expected) {
  switch (symbol->kind) {
    case SYMBOL_FUNCTION: return use_function(checker, node, symbol->function, expected);
    case SYMBOL_GLOBAL: return use_global(checker, node, symbol->global);
    case SYMBOL_VARIANT: {
      Type *type = fresh_enum(checker, symbol->type, node->span);
      return use_variant(checker, node, type, variant_find(checker, type, symbol->name), expected);
    }
    case SYMBOL_TYPE: return use_type(checker, node, named_value_type(checker, node), expected);
  }
  return basic(checker, TYPE_ERROR);
}

// An unqualified variant of the enum that is wanted here.
static const VariantInfo *expected_variant(Checker *checker, Type *expected, Name name) {
  Type *head = expected ? resolve_head(expected) : NULL;
  return head && head->kind == TYPE_ENUM ? variant_find(checker, head, name) : NULL;
}

Type *check_ident(Checker *checker, AstNode *node, Type *expected) {
  Name name = node->ident.name;
  Local *local = local_find(checker, node, name);
  if (local) return use_local(checker, node, local);
  const VariantInfo *variant = expected_variant(checker, expected, name);
  if (variant) return use_variant(checker, node, resolve_head(expected), variant, expected);
  Symbol *symbol = module_symbol(checker->sema, checker->module, node, name, USE_ANY);
  if (symbol) return use_symbol(checker, node, symbol, expected);
  Type *type = named_value_type(checker, node);
  return type ? use_type(checker, node, type, expected) : unknown_name(checker, node, name);
}

Module *named_module(Checker *checker, const AstNode *node) {
  if (node->kind != AST_IDENT) return NULL;
  return module_imported(checker->sema, checker->module, node->ident.name, node->expansion);
}

static Type *no_scope(Checker *checker, AstNode *scope, const Type *type) {
  Context *context = checker->context;
  if (type && type->kind == TYPE_ERROR) return basic(checker, TYPE_ERROR);
  Diag *diag = diag_report(context->diags, QZ0100, scope->span, "`::` follows a module or an enum");
  if (type) {
    diag_help(context->diags, diag, "what belongs to another type is reached with a dot: `%s.new()`",
              type_text(context, resolve(checker, (Type *)type)));
  } else if (scope->kind == AST_IDENT) {
    help_import(checker->sema, checker->module, scope->ident.name, diag);
  }
  return basic(checker, TYPE_ERROR);
}

Type *check_path(Checker *checker, AstNode *node, Type *expected) {
  AstNode *scope = node->path.scope;
  Module *module = named_module(checker, scope);
  if (module) {
    info_new(checker, scope, INFO_TYPE);
    scope->type = basic(checker, TYPE_VOID);
    Symbol *symbol =
        module_member(checker->sema, module, node->path.name, checker->module, member_span(checker->context, node));
    return symbol ? use_symbol(checker, node, symbol, expected) : basic(checker, TYPE_ERROR);
  }
  Type *type = named_value_type(checker, scope);
  if (!type || resolve_head(type)->kind != TYPE_ENUM) return no_scope(checker, scope, type);
  info_new(checker, scope, INFO_TYPE);
  set_type(checker, scope, type);
  if (expected && resolve_head(expected)->kind == TYPE_ENUM) can_coerce(checker, type, expected);
  const VariantInfo *variant = variant_find(checker, type, node->path.name);
  if (variant) return use_variant(checker, node, type, variant, expected);
  diag_report(checker->context->diags, QZ0100, node->span, "%s has no variant %s",
              type_text(checker->context, resolve(checker, type)), name_text(checker->context->names, node->path.name));
  return basic(checker, TYPE_ERROR);
}

// ── Types named in bodies ───────────────────────────────────────────────────────────────────────────────────────
static TypeScope body_scope(Checker *checker) {
  TypeScope scope = {.module = checker->module};
  if (!checker->instance->function) return scope;
  const Signature *signature = signature_of(checker->instance->function);
  scope.params = signature->params_of_type;
  scope.param_count = signature->type_param_count;
  scope.self_type = checker->instance->self_type;
  return scope;
}

Type *body_type(Checker *checker, AstNode *node) {
  TypeScope scope = body_scope(checker);
  return node->type = substitute(checker->sema, type_expr(checker->sema, &scope, node), checker->type_args);
}

// A TYPE_NAME node for the name that a value node spells.
static AstNode *as_type_name(Checker *checker, const AstNode *node) {
  AstNode *name = ast_node(checker->arena, AST_TYPE_NAME, node->span);
  name->expansion = node->expansion;
  if (node->kind == AST_IDENT) {
    name->type_name.name = node->ident.name;
  } else if (node->kind == AST_PATH) {
    name->type_name.scope = as_type_name(checker, node->path.scope);
    name->type_name.name = node->path.name;
  } else if (node->kind == AST_TYPE_APPLY) {
    name = as_type_name(checker, node->type_apply.base);
    name->type_name.args = node->type_apply.args;
  }
  return name;
}

static Symbol *type_symbol(Checker *checker, const AstNode *node) {
  if (node->kind == AST_IDENT) return module_symbol(checker->sema, checker->module, node, node->ident.name, USE_TYPE);
  if (node->kind == AST_TYPE_APPLY) return type_symbol(checker, node->type_apply.base);
  if (node->kind != AST_PATH) return NULL;
  Module *module = named_module(checker, node->path.scope);
  return module ? module_member(checker->sema, module, node->path.name, checker->module, node->span) : NULL;
}

static bool names_known_type(Checker *checker, const AstNode *node) {
  if (node->kind == AST_TYPE_APPLY) return names_known_type(checker, node->type_apply.base);
  if (node->kind != AST_IDENT) return false;
  TypeScope scope = body_scope(checker);
  for (uint32_t i = 0; i < scope.param_count; i++)
    if (scope.params[i]->param.name == node->ident.name) return true;
  return (node->ident.name == NAME_Self && scope.self_type) || type_name_is_basic(node->ident.name);
}

Type *named_value_type(Checker *checker, AstNode *node) {
  if (node->kind == AST_IDENT && local_find(checker, node, node->ident.name)) return NULL;
  if (names_known_type(checker, node)) {
    if (node->kind == AST_IDENT && node->ident.name == NAME_Ptr)
      return type_ptr(checker->types, fresh(checker, node->span));
    return body_type(checker, as_type_name(checker, node));
  }
  Symbol *symbol = type_symbol(checker, node);
  if (!symbol || symbol->kind != SYMBOL_TYPE) return NULL;
  TypeDecl *decl = symbol->type;
  if (node->kind == AST_TYPE_APPLY || decl->kind == AST_TYPE_ALIAS || decl->kind == AST_TRAIT)
    return body_type(checker, as_type_name(checker, node));
  TypeKind kind = decl->kind == AST_ENUM ? TYPE_ENUM : decl->kind == AST_NEWTYPE ? TYPE_NEWTYPE : TYPE_STRUCT;
  return type_nominal(checker->types, kind, decl, fresh_args(checker, decl->param_count, node->span),
                      decl->param_count);
}

// ── Control flow ────────────────────────────────────────────────────────────────────────────────────────────────
static void check_condition(Checker *checker, AstNode *node) { check_value(checker, node, basic(checker, TYPE_BOOL)); }

static bool is_dropped(const Type *expected) { return expected && expected->kind == TYPE_VOID; }

// What two branches give together. Where a union is wanted each branch becomes one by itself.
static Type *join_branch(Checker *checker, AstNode *node, Type *so_far, Type *type, Type *expected) {
  Type *want = expected ? resolve_head(expected) : NULL;
  if (!want || want->kind != TYPE_UNION) return join(checker, node, so_far, type);
  if (resolve_head(type)->kind == TYPE_NEVER) return so_far;
  return coerce(checker, node, type, want) ? want : basic(checker, TYPE_ERROR);
}

static Type *check_if(Checker *checker, AstNode *node, Type *expected) {
  check_condition(checker, node->if_.cond);
  Type *hint = node->if_.else_body ? expected : basic(checker, TYPE_VOID);
  scope_push(checker);
  Type *then_type = check_expr(checker, node->if_.then_body, hint);
  scope_pop(checker);
  if (!node->if_.else_body) return basic(checker, TYPE_VOID);
  scope_push(checker);
  Type *hint_else = hint ? hint : resolve_head(then_type)->kind == TYPE_NEVER ? NULL : then_type;
  Type *else_type = check_expr(checker, node->if_.else_body, hint_else);
  scope_pop(checker);
  if (!is_dropped(expected)) {
    Type *first = join_branch(checker, node->if_.then_body, basic(checker, TYPE_NEVER), then_type, expected);
    return join_branch(checker, node->if_.else_body, first, else_type, expected);
  }
  bool leaves = resolve_head(then_type)->kind == TYPE_NEVER && resolve_head(else_type)->kind == TYPE_NEVER;
  return basic(checker, leaves ? TYPE_NEVER : TYPE_VOID);
}

// The type of the arms so far; NEVER until one of them gives a value.
static Type *check_arm(Checker *checker, AstNode *arm, Type *subject, Type *expected, Type *so_far) {
  scope_push(checker);
  check_pattern(checker, arm->arm.pattern, subject, false);
  if (arm->arm.guard) check_condition(checker, arm->arm.guard);
  Type *hint = expected ? expected : so_far->kind == TYPE_NEVER ? NULL : so_far;
  Type *type = check_expr(checker, arm->arm.body, hint);
  scope_pop(checker);
  set_type(checker, arm, type);
  if (is_dropped(expected)) return resolve_head(type)->kind == TYPE_NEVER ? so_far : basic(checker, TYPE_VOID);
  return join_branch(checker, arm->arm.body, so_far, type, expected);
}

Type *check_match(Checker *checker, AstNode *node, Type *expected) {
  Type *subject = check_expr(checker, node->match.subject, NULL);
  Type *type = basic(checker, TYPE_NEVER);
  for (AST_EACH(arm, node->match.arms)) type = check_arm(checker, arm, subject, expected, resolve_head(type));
  vec_push(checker->arena, &checker->matches, node);
  return type;
}

static LoopContext loop_push(Checker *checker, Name label, bool takes_value, LoopContext *loop) {
  *loop = (LoopContext){.parent = checker->loop, .label = label, .lambda = checker->lambda, .takes_value = takes_value};
  checker->loop = loop;
  return *loop;
}

static void check_loop_body(Checker *checker, AstNode *body) {
  scope_push(checker);
  check_expr(checker, body, basic(checker, TYPE_VOID));
  scope_pop(checker);
}

static Type *check_while(Checker *checker, AstNode *node) {
  check_condition(checker, node->while_.cond);
  LoopContext loop;
  loop_push(checker, node->while_.label, false, &loop);
  check_loop_body(checker, node->while_.body);
  checker->loop = loop.parent;
  return basic(checker, TYPE_VOID);
}

static Type *check_loop(Checker *checker, AstNode *node) {
  LoopContext loop;
  loop_push(checker, node->loop.label, true, &loop);
  check_loop_body(checker, node->loop.body);
  checker->loop = loop.parent;
  if (!loop.has_break) return basic(checker, TYPE_NEVER);
  return loop.result ? loop.result : basic(checker, TYPE_VOID);
}

static void no_such_label(Checker *checker, const AstNode *node, Name label) {
  Context *context = checker->context;
  Name labels[64];
  uint32_t count = 0;
  const LoopContext *loop = checker->loop;
  for (; loop && loop->lambda == checker->lambda && count < 64; loop = loop->parent)
    if (loop->label) labels[count++] = loop->label;
  const char *name = name_text(context->names, label);
  Span at = name_span(context, node->span, label);
  Diag *diag = diag_report(context->diags, QZ0111, at, "no loop around this is labelled %s", name);
  const char *similar = closest_name(context, label, labels, count);
  if (similar) diag_help(context->diags, diag, "did you mean `%s`?", similar);
  else diag_help(context->diags, diag, "a label stands before its loop: `%s: while …`", name);
}

static void not_in_loop(Checker *checker, const AstNode *node) {
  Diag *diag = diag_report(checker->context->diags, QZ0111, node->span, "this is not inside a loop");
  if (checker->lambda)
    diag_help(checker->context->diags, diag,
              "a block is a function of its own: leave it with `return`, or write the loop with `for`");
}

static LoopContext *find_loop(Checker *checker, AstNode *node, Name label) {
  for (LoopContext *loop = checker->loop; loop && loop->lambda == checker->lambda; loop = loop->parent)
    if (!label || loop->label == label) return loop;
  if (label) no_such_label(checker, node, label);
  else not_in_loop(checker, node);
  return NULL;
}

static Type *check_break(Checker *checker, AstNode *node) {
  LoopContext *loop = find_loop(checker, node, node->break_.label);
  Type *never = basic(checker, TYPE_NEVER);
  AstNode *value = node->break_.value;
  if (!loop) return value ? check_expr(checker, value, NULL), basic(checker, TYPE_VOID) : basic(checker, TYPE_VOID);
  if (value && !loop->takes_value && value->kind == AST_IDENT && !local_named(checker, value->ident.name)) {
    no_such_label(checker, node, value->ident.name);
    value->type = basic(checker, TYPE_ERROR);
  } else if (value && !loop->takes_value) {
    Diag *diag = diag_report(checker->context->diags, QZ0111, value->span, "only `loop` takes a value from break");
    diag_help(checker->context->diags, diag, "assign to a variable that stands before the loop, then `break`");
  } else if (value) {
    Type *type = check_expr(checker, value, loop->result);
    if (loop->result) coerce(checker, value, type, loop->result);
    else loop->result = type;
  }
  loop->has_break = true;
  return never;
}

static Type *check_return(Checker *checker, AstNode *node) {
  AstNode *value = node->return_.value;
  Type *never = basic(checker, TYPE_NEVER);
  if (!checker->result) {
    diag_report(checker->context->diags, QZ0112, node->span, "there is nothing to return from here");
    return never;
  }
  Type *head = resolve_head(checker->result);
  if (!value) {
    if (head->kind == TYPE_VAR) unify(checker, head, basic(checker, TYPE_VOID));
    else if (head->kind != TYPE_VOID && head->kind != TYPE_ERROR)
      diag_report(checker->context->diags, QZ0123, node->span, "this function returns %s",
                  type_text(checker->context, resolve(checker, head)));
    return never;
  }
  if (head->kind == TYPE_VOID) {
    Type *type = check_expr(checker, value, NULL);
    if (resolve_head(type)->kind != TYPE_VOID && resolve_head(type)->kind != TYPE_NEVER &&
        resolve_head(type)->kind != TYPE_ERROR)
      diag_report(checker->context->diags, QZ0101, value->span, "this function returns no value");
    return never;
  }
  check_value(checker, value, checker->result);
  return never;
}

// ── Conversions and ranges ──────────────────────────────────────────────────────────────────────────────────────
static bool can_cast(const Type *from, const Type *to) {
  if (from == to || from->kind == TYPE_ERROR || to->kind == TYPE_ERROR) return true;
  if (type_is_number(from) && type_is_number(to)) return true;
  if (from->kind == TYPE_CHAR || from->kind == TYPE_BOOL) return type_is_integer(to);
  return (to->kind == TYPE_CHAR && from->kind == TYPE_U8) || (from->kind == TYPE_PTR && to->kind == TYPE_PTR);
}

// `compare as CPtr`: the address of a function that has C's convention.
static bool is_c_function(const AstNode *operand, const Type *to) {
  const SemaInfo *info = operand->info;
  return to->kind == TYPE_PTR && info && info->kind == INFO_FUNCTION && info->is_c_function;
}

static Type *check_cast(Checker *checker, AstNode *node) {
  Type *to = body_type(checker, node->cast.type);
  Type *from = resolve_head(check_expr(checker, node->cast.operand, NULL));
  if (from->kind == TYPE_BORROW) from = resolve_head(from->borrow.inner);
  if (is_c_function(node->cast.operand, to)) return to;
  if (from->kind == TYPE_NEWTYPE || !can_cast(from, to)) {
    Diag *diag = diag_report(checker->context->diags, QZ0114, node->span, "%s does not convert to %s",
                             type_text(checker->context, resolve(checker, from)), type_text(checker->context, to));
    if (to->kind == TYPE_CHAR)
      diag_help(checker->context->diags, diag, "not every number is a character: use `.to_char()`");
  }
  return to;
}

static Type *check_range(Checker *checker, AstNode *node) {
  Type *integer = basic(checker, TYPE_INT);
  if (node->range.start) check_value(checker, node->range.start, integer);
  if (node->range.end) check_value(checker, node->range.end, integer);
  return type_named(checker->sema, NAME_Range, NULL, 0);
}

static Type *check_tuple(Checker *checker, AstNode *node, Type *expected) {
  AstList *list = node->tuple.elements;
  uint32_t count = AST_LIST_COUNT(list);
  Type *want = expected ? resolve_head(expected) : NULL;
  bool has_hints = want && want->kind == TYPE_TUPLE && want->tuple.elements->count == count;
  Type **types = arena_array(checker->arena, Type *, count + 1);
  for (uint32_t i = 0; i < count; i++) {
    Type *hint = has_hints ? want->tuple.elements->items[i] : NULL;
    Type *type = check_expr(checker, list->items[i], hint);
    Type *element = resolve_head(type);
    if (element->kind == TYPE_BORROW) element = resolve_head(element->borrow.inner);
    types[i] = hint && can_coerce(checker, element, hint) ? hint : element;
  }
  return type_tuple(checker->types, types, count);
}

static Type *check_record_lit(Checker *checker, AstNode *node, Type *expected) {
  AstList *list = node->record_lit.fields;
  Type *want = expected ? resolve_head(expected) : NULL;
  if (want && want->kind == TYPE_RECORD) return check_wanted_record(checker, node, want);
  FieldInfo *fields = arena_array(checker->arena, FieldInfo, AST_LIST_COUNT(list) + 1);
  AstNode **parts = arena_array(checker->arena, AstNode *, AST_LIST_COUNT(list) + 1);
  uint32_t count = 0;
  for (AST_EACH(init, list)) {
    AstNode *value = field_init_value(checker, init);
    fields[count] = (FieldInfo){init->field_init.name, check_expr(checker, value, NULL), NULL};
    set_type(checker, init, fields[count].type);
    parts[count++] = value;
  }
  SemaInfo *info = info_new(checker, node, INFO_STRUCT);
  info->parts = parts;
  info->part_count = count;
  return type_record(checker->types, fields, count);
}

static Type *check_defer(Checker *checker, AstNode *node) {
  LoopContext *loop = checker->loop;
  Type *result = checker->result;
  checker->loop = NULL;  // a deferred statement does not leave the scope it runs at the end of
  checker->result = NULL;
  scope_push(checker);
  check_expr(checker, node->defer.body, basic(checker, TYPE_VOID));
  scope_pop(checker);
  checker->loop = loop;
  checker->result = result;
  return basic(checker, TYPE_VOID);
}

// A statement written for its effect only.
static void check_dropped(Checker *checker, AstNode *node, Type *type) {
  Type *head = resolve_head(type);
  const CallInfo *call = node->info && node->info->kind == INFO_CALL ? node->info->call : NULL;
  bool is_result = head->kind == TYPE_ENUM && head->nominal.decl->name == NAME_Result && call;
  if (is_result || (call && call->must_use))
    diag_report(checker->context->diags, QZ0118, node->span, "the %s of this call is not used",
                is_result ? "Result" : "result");
}

static Type *dispatch(Checker *checker, AstNode *node, Type *expected) {
  switch (node->kind) {
    case AST_POISON: return basic(checker, TYPE_ERROR);
    case AST_INT_LIT: return check_int_literal(checker, node, expected, false);
    case AST_FLOAT_LIT: return check_float_literal(checker, node, expected);
    case AST_CHAR_LIT: return basic(checker, TYPE_CHAR);
    case AST_STRING_LIT: return basic(checker, TYPE_STRING);
    case AST_BYTES_LIT: return check_bytes(checker, node);
    case AST_REGEX_LIT: return check_regex(checker, node);
    case AST_SYMBOL_LIT: return basic(checker, TYPE_SYMBOL);
    case AST_BOOL_LIT: return basic(checker, TYPE_BOOL);
    case AST_NIL_LIT: return check_nil(checker, node, expected);
    case AST_INTERPOLATION: return check_interpolation(checker, node);
    case AST_IDENT: return check_ident(checker, node, expected);
    case AST_PATH: return check_path(checker, node, expected);
    case AST_TYPE_APPLY: return check_type_apply(checker, node, expected);
    case AST_UNARY: return check_unary(checker, node, expected);
    case AST_BINARY: return check_binary(checker, node, expected);
    case AST_PIPE: return check_pipe(checker, node, expected);
    case AST_RANGE: return check_range(checker, node);
    case AST_CAST: return check_cast(checker, node);
    case AST_CALL: return check_call(checker, node, expected);
    case AST_METHOD_CALL: return check_method_call(checker, node, expected);
    case AST_FIELD: return check_field(checker, node, expected);
    case AST_TUPLE_FIELD: return check_tuple_field(checker, node);
    case AST_INDEX: return check_index(checker, node, expected);
    case AST_LAMBDA: return check_lambda(checker, node, expected);
    case AST_BLOCK: return check_block(checker, node, expected);
    case AST_IF: return check_if(checker, node, expected);
    case AST_MATCH: return check_match(checker, node, expected);
    case AST_WHILE: return check_while(checker, node);
    case AST_LOOP: return check_loop(checker, node);
    case AST_FOR: return check_for(checker, node);
    case AST_BREAK: return check_break(checker, node);
    case AST_CONTINUE:
      return basic(checker, find_loop(checker, node, node->continue_.label) ? TYPE_NEVER : TYPE_VOID);
    case AST_RETURN: return check_return(checker, node);
    case AST_DEFER: return check_defer(checker, node);
    case AST_ASSIGN: return check_assign(checker, node);
    case AST_BINDING: return check_binding(checker, node);
    case AST_ARRAY_LIT: return check_array_lit(checker, node, expected);
    case AST_ARRAY_FILL: return check_array_fill(checker, node, expected);
    case AST_MAP_LIT: return check_map_lit(checker, node, expected);
    case AST_RECORD_LIT: return check_record_lit(checker, node, expected);
    case AST_TUPLE: return check_tuple(checker, node, expected);
    case AST_STRUCT_LIT: return check_struct_lit(checker, node, expected);
    case AST_COMPREHENSION: return check_comprehension(checker, node, expected);
    case AST_INTRINSIC: return check_intrinsic(checker, node, expected);
    case AST_MODULE: case AST_IMPORT: case AST_IMPORT_NAME: case AST_PRIVATE_SECTION: case AST_ATTRIBUTE:
    case AST_FUNCTION: case AST_PARAM: case AST_TYPE_PARAM: case AST_WHERE_BOUND: case AST_STRUCT: case AST_FIELD_DECL:
    case AST_PACKED_STRUCT: case AST_BIT_FIELD: case AST_ENUM: case AST_VARIANT: case AST_TRAIT: case AST_IMPL:
    case AST_ACTOR: case AST_TYPE_ALIAS: case AST_NEWTYPE: case AST_CONST: case AST_GLOBAL: case AST_MACRO:
    case AST_GO: case AST_AWAIT: case AST_SELECT: case AST_DECL_MACRO_CALL: case AST_ARG: case AST_ARM:
    case AST_SPREAD: case AST_MAP_ENTRY: case AST_FIELD_INIT:
    case AST_MACRO_CALL: case AST_QUOTE: case AST_UNQUOTE: case AST_SELECT_ARM: case AST_PAT_WILDCARD:
    case AST_PAT_BIND: case AST_PAT_VALUE: case AST_PAT_RANGE: case AST_PAT_OR: case AST_PAT_VARIANT:
    case AST_PAT_TUPLE: case AST_PAT_LIST: case AST_PAT_REST: case AST_PAT_RECORD: case AST_PAT_FIELD:
    case AST_PAT_TYPE: case AST_PAT_REGEX: case AST_TYPE_NAME: case AST_TYPE_FN: case AST_TYPE_BORROW:
    case AST_TYPE_TUPLE: case AST_TYPE_RECORD: case AST_TYPE_ARRAY: case AST_TYPE_UNION: case AST_TYPE_INTERSECTION:
    case AST_TYPE_NEVER: case AST_TYPE_IMPL: case AST_KIND_COUNT: break;
  }
  diag_report(checker->context->diags, QZ0014, node->span, "this may not stand here");
  return basic(checker, TYPE_ERROR);
}

Type *check_expr(Checker *checker, AstNode *node, Type *expected) {
  uint32_t first = checker->context->diags->items.size;
  checker->sema->height++;
  Type *type = dispatch(checker, node, expected);
  checker->sema->height--;
  if (node->expansion && checker->context->diags->items.size > first)
    expansion_note_since(checker->context, &checker->sema->expansions, first, node->expansion);
  if (is_dropped(expected)) check_dropped(checker, node, type);
  return set_type(checker, node, type);
}
