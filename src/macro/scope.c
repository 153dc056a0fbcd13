// The macros a module can call: its own, collected before anything is expanded (so their order in the file does not
// matter), and those it imports. A declaration is checked once, here, and not again at each call.
#include "base/nearest.h"
#include "macro/internal.h"

static const Name builtins[] = {
#define BUILTIN(name, least, most, usage) NAME_##name,
#include "macro/builtins.def"
};

enum { BUILTIN_COUNT = sizeof builtins / sizeof *builtins };

bool macro_is_builtin(Name name) {
  for (uint32_t i = 0; i < BUILTIN_COUNT; i++)
    if (builtins[i] == name) return true;
  return false;
}

static bool check_name(Context *context, const MacroScope *scope, const AstNode *node) {
  const char *name = name_text(context->names, node->macro.name);
  if (macro_is_builtin(node->macro.name))
    return diag_report(context->diags, QZ0103, node->span, "`$%s` is a macro of the language", name), false;
  const MacroDef *before = macro_scope_own(scope, node->macro.name);
  if (!before) return true;
  Diag *diag = diag_report(context->diags, QZ0103, node->span, "macro `$%s` is declared twice", name);
  diag_note(context->diags, diag, before->node->span, "the first declaration");
  return false;
}

static bool check_param(Context *context, const AstList *params, uint32_t at) {
  const AstNode *param = params->items[at];
  if (!param->param.name)
    return diag_report(context->diags, QZ0014, param->span, "a macro parameter is a plain name"), false;
  const char *name = name_text(context->names, param->param.name);
  if (param->param.type && !param->param.is_variadic)
    return diag_report(context->diags, QZ0014, param->span,
                       "macro parameter `%s` has a type, but it stands for code, not for a value", name), false;
  if (param->param.is_variadic && at + 1 < params->count)
    return diag_report(context->diags, QZ0014, param->span, "`%s...` takes all that is left, so it comes last", name),
           false;
  for (uint32_t i = 0; i < at; i++)
    if (params->items[i]->param.name == param->param.name)
      return diag_report(context->diags, QZ0103, param->span, "macro parameter `%s` is declared twice", name), false;
  return true;
}

static bool check_params(Context *context, const AstNode *node) {
  bool is_sound = true;
  for (uint32_t i = 0; i < AST_LIST_COUNT(node->macro.params); i++)
    is_sound &= check_param(context, node->macro.params, i);
  return is_sound;
}

static void declare(Context *context, MacroScope *scope, AstNode *node) {
  bool is_new = check_name(context, scope, node);
  MacroDef *definition = arena_new(context->arena, MacroDef);
  *definition = (MacroDef){.name = node->macro.name, .node = node, .home = scope};
  definition->is_sound = check_params(context, node) &&
                         (macro_is_template(definition) ? template_check(context, definition)
                                                        : quote_check(context, definition));
  if (is_new) vec_push(context->arena, &scope->own, definition);
}

MacroScope *macro_scope_new(Context *context, AstNode *module) {
  MacroScope *scope = arena_new(context->arena, MacroScope);
  scope->module = module;
  AstNodes rest = {0}, macros = {0};
  for (AST_EACH(decl, module->module.decls))
    if (decl->kind == AST_MACRO) vec_push(context->arena, &macros, decl);
    else vec_push(context->arena, &rest, decl);
  if (!macros.size) return scope;
  // A quote tells its bindings from assignments to module variables by the declarations, so they are in place first.
  module->module.decls = ast_list(context->arena, rest.data, rest.size);
  for (uint32_t i = 0; i < macros.size; i++) declare(context, scope, macros.data[i]);
  return scope;
}

void macro_scope_import(Context *context, MacroScope *scope, Name name, const MacroDef *definition) {
  vec_push(context->arena, &scope->imported, (MacroImport){name, definition});
}

const MacroDef *macro_scope_own(const MacroScope *scope, Name name) {
  for (uint32_t i = 0; i < scope->own.size; i++)
    if (scope->own.data[i]->name == name) return scope->own.data[i];
  return NULL;
}

const MacroDef *scope_find(const MacroScope *scope, Name name) {
  const MacroDef *own = macro_scope_own(scope, name);
  if (own) return own;
  for (uint32_t i = 0; i < scope->imported.size; i++)
    if (scope->imported.data[i].name == name) return scope->imported.data[i].definition;
  return NULL;
}

// The macro whose name is nearest to `wanted`, or NULL.
const char *scope_suggest(Context *context, const MacroScope *scope, Name wanted) {
  const Interner *names = context->names;
  Nearest meant = {.wanted = name_text(names, wanted)};
  for (uint32_t i = 0; i < scope->own.size; i++) nearest_try(&meant, name_text(names, scope->own.data[i]->name));
  for (uint32_t i = 0; i < scope->imported.size; i++)
    nearest_try(&meant, name_text(names, scope->imported.data[i].name));
  for (uint32_t i = 0; i < BUILTIN_COUNT; i++) nearest_try(&meant, name_text(names, builtins[i]));
  return meant.best;
}
