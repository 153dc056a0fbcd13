// The walk over a module: macro calls are replaced from the outside in (arguments are expanded where they end up), each
// by a fresh tree, which is then walked in its turn. Lists take what a call yields item by item, so that one call may
// stand for several declarations or statements.
#include "macro/internal.h"

static AstNode *expand_node(Expander *expander, AstNode *node);

AstNode *poison_at(Context *context, const AstNode *node) {
  AstNode *poison = ast_node(context->arena, AST_POISON, node->span);
  poison->expansion = node->expansion;
  return poison;
}

Diag *use_report(const MacroUse *use, DiagId id, Span span, const char *format, ...) {
  Context *context = use->expander->context;
  Text text = {.arena = context->arena};
  va_list args;
  va_start(args, format);
  text_vprintf(&text, format, args);
  va_end(args);
  Diag *diag = diag_report(context->diags, id, span, "%s", text_str(&text));
  expansion_note(context, use->expander->table, diag, use->call->expansion);
  return diag;
}

// ── Limits ──────────────────────────────────────────────────────────────────────────────────────────────────────
// A macro that calls itself twice makes 2^256 calls within the depth limit, so work is limited too.
static bool stop(MacroUse *use, const char *what, uint32_t limit) {
  Expander *expander = use->expander;
  Context *context = expander->context;
  Span site = expansion_site(expander->table, use->call->expansion, use->call->span);
  Diag *diag = diag_report(context->diags, QZ0302, site, "expanding `$%s` takes more than %u %s",
                           name_text(context->names, use->call->macro_call.name), limit, what);
  diag_note(context->diags, diag, use->call->span, "the last call");
  expansion_note(context, expander->table, diag, use->call->expansion);
  diag_help(context->diags, diag, "a macro that calls itself needs a variant that does not");
  expander->is_stopped = true;
  return false;
}

bool expander_spend(MacroUse *use, uint32_t count) {
  if (use->expander->is_stopped) return false;
  if (use->expander->nodes_left < count) return stop(use, "nodes", MACRO_NODES_MAX);
  use->expander->nodes_left -= count;
  return true;
}

static bool within_limits(MacroUse *use) {
  Expander *expander = use->expander;
  uint32_t depth = expansion_depth(expander->table, use->call->expansion);
  if (!depth) {  // a call of the user's own text: it has the whole allowance
    expander->calls_left = MACRO_CALLS_MAX;
    expander->nodes_left = MACRO_NODES_MAX;
    expander->is_stopped = false;
  }
  if (expander->is_stopped) return false;
  if (depth >= MACRO_DEPTH_MAX) return stop(use, "nested expansions", MACRO_DEPTH_MAX);
  if (!expander->calls_left) return stop(use, "macro calls", MACRO_CALLS_MAX);
  expander->calls_left--;
  return true;
}

// ── One call ────────────────────────────────────────────────────────────────────────────────────────────────────
// A call in the body of a macro means a macro of the module that declared it. The arguments a template pastes are text
// of the call site, so that is where the search ends.
static const MacroDef *find_definition(const Expander *expander, const AstNode *call) {
  const Expansion *items = expander->table->items.data;
  for (uint32_t id = call->expansion; id; id = items[id].parent) {
    const MacroDef *found = items[id].definition ? scope_find(items[id].definition->home, call->macro_call.name) : NULL;
    if (found || items[id].kind == EXPANSION_QUOTE) return found;
  }
  return scope_find(expander->scope, call->macro_call.name);
}

static AstNode *unknown_macro(MacroUse *use) {
  Context *context = use->expander->context;
  Name name = use->call->macro_call.name;
  Diag *diag = use_report(use, QZ0300, use->call->span, "there is no macro `$%s`", name_text(context->names, name));
  const char *similar = scope_suggest(context, use->expander->scope, name);
  if (similar) diag_help(context->diags, diag, "did you mean `$%s`?", similar);
  return poison_at(context, use->call);
}

static AstNode *instantiate(MacroUse *use, MacroPlace place) {
  Context *context = use->expander->context;
  MacroArgs args;
  if (!use->definition->is_sound || !arguments_bind(use, &args)) return poison_at(context, use->call);
  bool is_template = macro_is_template(use->definition);
  use->expansion = expansion_add(use->expander->table, (Expansion){
      .kind = is_template ? EXPANSION_TEMPLATE : EXPANSION_QUOTE,
      .macro = use->definition->name, .call = use->call->span, .parent = use->call->expansion,
      .definition = use->definition});
  return is_template ? template_instantiate(use, &args, place) : quote_instantiate(use, &args);
}

// What the call stands for, itself expanded: an expression (a BLOCK when it is several statements), or a MODULE whose
// declarations are the result.
static AstNode *expand_call(Expander *expander, AstNode *call, MacroPlace place) {
  MacroUse use = {.expander = expander, .call = call};
  if (!within_limits(&use)) return poison_at(expander->context, call);
  if (macro_is_builtin(call->macro_call.name)) return expand_node(expander, builtin_expand(&use));
  use.definition = find_definition(expander, call);
  if (!use.definition) return unknown_macro(&use);
  return expand_node(expander, instantiate(&use, place));
}

// ── Lists that take several nodes for one ───────────────────────────────────────────────────────────────────────
static void add_declaration(Expander *expander, AstNode *call, AstNode *node, AstNodes *out) {
  Context *context = expander->context;
  AstNode *declaration = declaration_from_statement(context->arena, node);
  if (!declaration) {
    MacroUse use = {.expander = expander, .call = call};
    Diag *diag = use_report(&use, QZ0303, call->span, "`$%s` makes a statement, where only declarations can stand",
                            name_text(context->names, call->macro_call.name));
    diag_note(context->diags, diag, node->span, "this statement");
    declaration = poison_at(context, call);
  }
  vec_push(context->arena, out, declaration);
}

static void expand_declaration(Expander *expander, const AstNode *parent, AstNode *node, AstNodes *out) {
  AstNode *call = node->decl_macro_call.call;
  AstNode *result = expand_call(expander, call, parent->kind);
  if (result->kind == AST_MODULE)
    for (AST_EACH(decl, result->module.decls)) vec_push(expander->context->arena, out, decl);
  else if (result->kind == AST_BLOCK)
    for (AST_EACH(stmt, result->block.stmts)) add_declaration(expander, call, stmt, out);
  else
    add_declaration(expander, call, result, out);
}

// The block of a user's macro, not one that is an argument of the call or belongs to a built-in macro.
static bool is_own_block(const Expander *expander, const AstNode *call, const AstNode *result) {
  return result->kind == AST_BLOCK && result->expansion != call->expansion &&
         expander->table->items.data[result->expansion].kind != EXPANSION_BUILTIN;
}

// A call that stands as a statement gives its statements to the block it stands in: what it defines under a name of the
// call site is then visible after it, and its `defer` runs when that block ends.
static void expand_statement(Expander *expander, AstNode *call, AstNodes *out) {
  AstNode *result = expand_call(expander, call, AST_BLOCK);
  Arena *arena = expander->context->arena;
  if (!is_own_block(expander, call, result)) vec_push(arena, out, result);
  else for (AST_EACH(stmt, result->block.stmts)) vec_push(arena, out, stmt);
}

static void expand_actor(Expander *expander, AstNode *node, AstNodes *out) {
  uint32_t first = out->size;
  node = expand_node(expander, node);
  if (node->kind == AST_POISON || !actor_expand(expander, node, out))
    vec_push(expander->context->arena, out, poison_at(expander->context, node));
  for (uint32_t i = first; i < out->size; i++) out->data[i] = expand_node(expander, out->data[i]);
}

static void expand_item(Expander *expander, const AstNode *parent, AstNode *item, AstNodes *out) {
  if (item->kind == AST_ACTOR) expand_actor(expander, item, out);
  else if (item->kind == AST_DECL_MACRO_CALL) expand_declaration(expander, parent, item, out);
  else if (item->kind == AST_MACRO_CALL && parent->kind == AST_BLOCK) expand_statement(expander, item, out);
  else vec_push(expander->context->arena, out, expand_node(expander, item));
}

static bool has_calls(AstList *list) {
  for (AST_EACH(item, list))
    if (item->kind == AST_DECL_MACRO_CALL || item->kind == AST_MACRO_CALL || item->kind == AST_ACTOR) return true;
  return false;
}

static AstList *expand_list(Expander *expander, const AstNode *parent, AstList *list) {
  if (!has_calls(list)) {
    for (uint32_t i = 0; i < AST_LIST_COUNT(list); i++) list->items[i] = expand_node(expander, list->items[i]);
    return list;
  }
  AstNodes out = {0};
  bool is_private = false;  // behind a `private` that stands alone
  for (AST_EACH(item, list)) {
    uint32_t first = out.size;
    if (item->kind == AST_PRIVATE_SECTION) is_private = true;
    expand_item(expander, parent, item, &out);
    for (uint32_t i = first; is_private && i < out.size; i++) declaration_make_private(out.data[i]);
  }
  return ast_list(expander->context->arena, out.data, out.size);
}

// ── The walk ────────────────────────────────────────────────────────────────────────────────────────────────────
static void expand_field(Expander *expander, AstNode *node, const AstFieldInfo *field) {
  void *at = (char *)node + field->offset;
  switch (field->kind) {
    case AST_FIELD_NODE:
    case AST_FIELD_OPT: {
      AstNode **child = at;
      if (*child) *child = expand_node(expander, *child);
      return;
    }
    case AST_FIELD_LIST: {
      AstList **list = at;
      *list = expand_list(expander, node, *list);
      return;
    }
    case AST_FIELD_NAME: case AST_FIELD_TEXT: case AST_FIELD_OP: case AST_FIELD_INT: case AST_FIELD_FLOAT:
    case AST_FIELD_FLAG: return;
  }
}

static AstNode *misplaced(Expander *expander, const AstNode *node, const char *what) {
  Diag *diag = diag_report(expander->context->diags, QZ0303, node->span, "`%s` stands outside a macro", what);
  expansion_note(expander->context, expander->table, diag, node->expansion);
  return poison_at(expander->context, node);
}

static AstNode *too_high(Expander *expander, const AstNode *node) {
  Diag *diag = diag_report(expander->context->diags, QZ0011, node->span, "this is nested more than %d levels deep",
                           AST_HEIGHT_MAX);
  expansion_note(expander->context, expander->table, diag, node->expansion);
  return poison_at(expander->context, node);
}

static AstNode *expand_node(Expander *expander, AstNode *node) {
  if (node->kind == AST_MACRO_CALL) return expand_call(expander, node, AST_BLOCK);
  if (node->kind == AST_QUOTE) return misplaced(expander, node, "quote");
  if (node->kind == AST_UNQUOTE) return misplaced(expander, node, node->unquote.is_each ? "unquote_each" : "unquote");
  node = syntax_expand(expander, node);
  const AstKindInfo *info = ast_kind_info(node->kind);
  for (uint32_t i = 0; i < info->field_count; i++) expand_field(expander, node, &info->fields[i]);
  return ast_finish(node) ? node : too_high(expander, node);
}

void macro_expand_module(Context *context, ExpansionTable *table, const MacroScope *scope, const MacroFiles *files) {
  Expander expander = {.context = context, .table = table, .scope = scope, .files = files};
  expand_node(&expander, scope->module);
}
