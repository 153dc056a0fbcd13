// Scopes of one body: bindings, and what lambdas capture of them.
#include "sema/internal.h"

Scope *scope_push(Checker *checker) {
  Scope *scope = arena_new(checker->arena, Scope);
  scope->parent = checker->scope;
  scope->lambda = checker->lambda;
  return checker->scope = scope;
}

void scope_pop(Checker *checker) { checker->scope = checker->scope->parent; }

// Few locals are quicker looked through than looked up.
enum { LOCALS_LISTED = 16 };

Local *scope_local(const Scope *scope, Name name) {
  if (scope->by_name.size) return map_get(&scope->by_name, name);
  for (uint32_t i = scope->locals.size; i-- > 0;)
    if (scope->locals.data[i]->name == name) return scope->locals.data[i];
  return NULL;
}

void scope_add(Checker *checker, Scope *scope, Local *local) {
  vec_push(checker->arena, &scope->locals, local);
  if (scope->locals.size <= LOCALS_LISTED) return;
  uint32_t first = scope->by_name.size ? scope->locals.size - 1 : 0;
  for (uint32_t i = first; i < scope->locals.size; i++)
    map_put(checker->arena, &scope->by_name, scope->locals.data[i]->name, scope->locals.data[i]);
}

Local *local_named(Checker *checker, Name name) {
  for (const Scope *scope = checker->scope; scope; scope = scope->parent) {
    Local *local = scope_local(scope, name);
    if (local) return local;
  }
  return NULL;
}

Local *local_find(Checker *checker, const AstNode *ident, Name name) {
  AstNode *module;
  if (ident->expansion && expansion_names(&checker->sema->expansions, checker->context->names, ident->expansion, name,
                                          &module) != EXPANSION_NAMES_HERE)
    return NULL;
  return local_named(checker, name);
}

static void report_duplicate(Checker *checker, const AstNode *at, const Local *before) {
  Context *context = checker->context;
  Diag *diag = diag_report(context->diags, QZ0103, at->span, "%s is already bound in this scope",
                           name_text(context->names, before->name));
  diag_note(context->diags, diag, before->span, "first bound here");
}

Local *local_declare(Checker *checker, AstNode *at, Name name, Type *type, bool is_mutable) {
  Local *before = name ? scope_local(checker->scope, name) : NULL;
  if (before) report_duplicate(checker, at, before);
  Local *local = arena_new(checker->arena, Local);
  *local = (Local){.name = name, .span = at->span, .is_mutable = is_mutable, .owner = checker->lambda};
  keep_type(checker, &local->type, type);
  scope_add(checker, checker->scope, local);
  vec_push(checker->arena, &checker->instance->locals, local);
  return local;
}

static bool captures(const Lambda *lambda, const Local *local) {
  for (uint32_t i = 0; i < lambda->captures.size; i++)
    if (lambda->captures.data[i] == local) return true;
  return false;
}

// Every lambda between the use and the binding captures it: an inner one takes it from the one around it.
void local_capture(Checker *checker, Local *local) {
  for (Lambda *lambda = checker->lambda; lambda && lambda != local->owner; lambda = lambda->parent) {
    local->is_captured = true;
    if (!captures(lambda, local)) vec_push(checker->arena, &lambda->captures, local);
  }
}
