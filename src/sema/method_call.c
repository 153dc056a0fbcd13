// x.f(…): a method of the type, a static function or variant of a type, a field that holds a function, or a function
// whose first parameter is x.
#include "sema/call.h"

static Type *error_of(Checker *checker) { return basic(checker, TYPE_ERROR); }

static const char *text_of(Checker *checker, Name name) { return name_text(checker->context->names, name); }

// ── One trait with different arguments ──────────────────────────────────────────────────────────────────────────
// `E.from(x)` where E has a From<A> and a From<B>: x decides.
static void choose_method(Checker *checker, Type *receiver, Arguments *arguments, Type *expected, MethodMatch *found) {
  if (!method_has_siblings(found) || signature_of(found->function)->is_variadic || !arguments_are_plain(arguments))
    return;
  Type **types = arena_array(checker->arena, Type *, AST_LIST_COUNT(arguments->list) + 1);
  uint32_t count = 0;
  for (AST_EACH(arg, arguments->list)) types[count++] = check_expr(checker, arg->arg.value, NULL);
  arguments->is_typed = true;
  method_choose(checker, receiver, type_args_intern(checker->sema, types, count), expected, found);
}

// ── x.f(…) ──────────────────────────────────────────────────────────────────────────────────────────────────────
static Type *unknown_method(Checker *checker, AstNode *node, Type *receiver) {
  Name name = node->method_call.name;
  if (receiver->kind == TYPE_ERROR) return receiver;
  if (receiver->kind == TYPE_VAR) {
    Diag *diag = diag_report(checker->context->diags, QZ0109, node->method_call.receiver->span,
                             "the type of this is not known where %s is called on it", text_of(checker, name));
    help_annotate(checker, diag, node->method_call.receiver);
    return error_of(checker);
  }
  Diag *diag = diag_report(checker->context->diags, QZ0106, member_span(checker->context, node), "%s has no method %s",
                           type_text(checker->context, resolve(checker, receiver)), text_of(checker, name));
  const char *similar = method_suggest(checker, receiver, name);
  if (similar) diag_help(checker->context->diags, diag, "did you mean `%s`?", similar);
  return error_of(checker);
}

static void report_rivals(Checker *checker, AstNode *node, const MethodMatch *found) {
  DiagList *diags = checker->context->diags;
  Diag *diag = diag_report(diags, QZ0403, node->span, "two methods %s of this type fit this call",
                           text_of(checker, found->function->name));
  diag_note(diags, diag, found->function->node->span, "one here");
  diag_note(diags, diag, found->rival->node->span, "the other here");
  diag_help(diags, diag, "define %s in one of the type's impls", text_of(checker, found->function->name));
}

// May this method be called here, and is it the only one?
static void check_choice(Checker *checker, AstNode *node, const MethodMatch *found) {
  if (found->rival) report_rivals(checker, node, found);
  if (!found->function->node->function.is_private || found->function->module == checker->module) return;
  Diag *diag = diag_report(checker->context->diags, QZ0203, member_span(checker->context, node),
                           "%s is private to its module", text_of(checker, found->function->name));
  diag_note(checker->context->diags, diag, found->function->node->span, "declared here");
}

static Type *call_static(Checker *checker, AstNode *node, Type *type, Type *expected) {
  AstNode *receiver = node->method_call.receiver;
  MethodMatch found;
  mark_type(checker, receiver, type);
  if (!method_find(checker, type, node->method_call.name, true, &found)) {
    const VariantInfo *variant =
        resolve_head(type)->kind == TYPE_ENUM ? variant_find(checker, type, node->method_call.name) : NULL;
    if (variant) return call_variant(checker, node, type, variant, node->method_call.args, expected);
    return unknown_method(checker, node, resolve_head(type));
  }
  Arguments arguments = {.node = node, .list = node->method_call.args, .block = node->method_call.block};
  choose_method(checker, type, &arguments, expected, &found);
  check_choice(checker, node, &found);
  bind_explicit(checker, node, found.function, found.type_args, node->method_call.type_args);
  return call_function(checker, found.function, found.type_args, &arguments, expected);
}

static Type *field_of_fn_type(Checker *checker, Type *receiver, Name name, uint32_t *index) {
  if (receiver->kind != TYPE_STRUCT && receiver->kind != TYPE_RECORD) return NULL;
  const FieldList *fields = sema_fields(checker->sema->program, resolve(checker, receiver));
  int at = field_list_find(fields, name);
  if (at < 0) return NULL;
  *index = (uint32_t)at;
  Type *type = resolve_head(fields->items[at].type);
  return type->kind == TYPE_FN ? type : NULL;
}

// x.callback(…), where callback is a field that holds a function.
static Type *call_field(Checker *checker, AstNode *node, Type *type, uint32_t index) {
  AstNode *field = ast_node(checker->arena, AST_FIELD, node->span);
  field->field.object = node->method_call.receiver;
  field->field.name = node->method_call.name;
  info_new(checker, field, INFO_FIELD)->index = index;
  set_type(checker, field, type);
  return call_closure(checker, node, field, type, node->method_call.args, node->method_call.block);
}

static Type *call_ufcs(Checker *checker, AstNode *node, Function *function, Type *expected) {
  Signature *signature = decl_signature(checker->sema, function);
  Type **args = fresh_args(checker, signature->type_param_count, node->span);
  bind_explicit(checker, node, function, args, node->method_call.type_args);
  Arguments arguments = {.node = node, .receiver = node->method_call.receiver, .list = node->method_call.args,
                         .block = node->method_call.block};
  return call_function(checker, function, args, &arguments, expected);
}

Type *check_method_call(Checker *checker, AstNode *node, Type *expected) {
  AstNode *receiver = node->method_call.receiver;
  Name name = node->method_call.name;
  Type *named = named_value_type(checker, receiver);
  if (named) return call_static(checker, node, named, expected);
  Type *type = resolve_head(check_expr(checker, receiver, NULL));
  if (type->kind == TYPE_BORROW) type = resolve_head(type->borrow.inner);
  MethodMatch found;
  if (method_find(checker, type, name, false, &found)) {
    Arguments arguments = {.node = node, .receiver = receiver, .list = node->method_call.args,
                           .block = node->method_call.block};
    choose_method(checker, type, &arguments, expected, &found);
    check_choice(checker, node, &found);
    bind_explicit(checker, node, found.function, found.type_args, node->method_call.type_args);
    return call_function(checker, found.function, found.type_args, &arguments, expected);
  }
  uint32_t index;
  Type *fn = field_of_fn_type(checker, type, name, &index);
  if (fn) return call_field(checker, node, fn, index);
  Symbol *symbol = module_symbol(checker->sema, checker->module, node, name, USE_ANY);
  if (symbol && symbol->kind == SYMBOL_FUNCTION && type->kind != TYPE_ERROR)
    return call_ufcs(checker, node, symbol->function, expected);
  return unknown_method(checker, node, type);
}
