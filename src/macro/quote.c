// AST macros: a fresh copy of the quote, with copies of the arguments where it says `unquote`, and the names that the
// quote binds renamed so that they meet no name of the call site.
#include <string.h>

#include "macro/internal.h"

// ── Names in nodes ──────────────────────────────────────────────────────────────────────────────────────────────
typedef enum NameUse { USES_VARIABLE, BINDS_VARIABLE, USES_LABEL, BINDS_LABEL } NameUse;

typedef struct NamePlace {
  AstKind kind;
  NameUse use;
  size_t offset;
} NamePlace;

#define NAME_PLACE(KIND, member, field, use) {AST_##KIND, use, offsetof(AstNode, member.field)}
static const NamePlace name_places[] = {
    NAME_PLACE(IDENT, ident, name, USES_VARIABLE),      NAME_PLACE(PAT_BIND, pat_bind, name, BINDS_VARIABLE),
    NAME_PLACE(PARAM, param, name, BINDS_VARIABLE),     NAME_PLACE(PAT_REST, pat_rest, name, BINDS_VARIABLE),
    NAME_PLACE(PAT_TYPE, pat_type, name, BINDS_VARIABLE), NAME_PLACE(WHILE, while_, label, BINDS_LABEL),
    NAME_PLACE(LOOP, loop, label, BINDS_LABEL),         NAME_PLACE(FOR, for_, label, BINDS_LABEL),
    NAME_PLACE(BREAK, break_, label, USES_LABEL),       NAME_PLACE(CONTINUE, continue_, label, USES_LABEL),
};
enum { NAME_PLACE_COUNT = sizeof name_places / sizeof *name_places };

static const NamePlace *name_place(AstKind kind) {
  for (uint32_t i = 0; i < NAME_PLACE_COUNT; i++)
    if (name_places[i].kind == kind) return &name_places[i];
  return NULL;
}

static Name *name_at(AstNode *node, const NamePlace *place) { return (Name *)((char *)node + place->offset); }

// ── Which names a quote binds ───────────────────────────────────────────────────────────────────────────────────
typedef struct BoundNames {
  Context *context;
  const AstNode *module;  // where the macro is declared
  Map variables, labels;  // Name → the node that binds it
} BoundNames;

// Capitals are variants and constants, which a pattern only tests.
static bool is_variable(const BoundNames *bound, Name name) {
  char first = name ? name_text(bound->context->names, name)[0] : 'A';
  return (first < 'A' || first > 'Z') && name != NAME_underscore && name != NAME_self;
}

static void add_variable(BoundNames *bound, Name name, AstNode *node) {
  if (is_variable(bound, name)) map_put(bound->context->arena, &bound->variables, name, node);
}

static bool is_module_variable(const BoundNames *bound, Name name) {
  for (AST_EACH(decl, bound->module->module.decls))
    if (decl->kind == AST_GLOBAL && decl->global.name == name) return true;
  return false;
}

static void add_target(BoundNames *bound, AstNode *target);

static void add_targets(BoundNames *bound, AstList *targets) {
  for (AST_EACH(target, targets)) add_target(bound, target);
}

static void add_field_target(BoundNames *bound, AstNode *field) {
  if (field->field_init.value) add_target(bound, field->field_init.value);
  else add_variable(bound, field->field_init.name, field);
}

// The target of `=` binds, unless it names a variable of the macro's module.
static void add_target(BoundNames *bound, AstNode *target) {
  if (target->kind == AST_IDENT && !is_module_variable(bound, target->ident.name))
    add_variable(bound, target->ident.name, target);
  if (target->kind == AST_TUPLE) add_targets(bound, target->tuple.elements);
  if (target->kind == AST_ARRAY_LIT) add_targets(bound, target->array_lit.elements);
  if (target->kind == AST_SPREAD) add_target(bound, target->spread.value);
  if (target->kind == AST_RECORD_LIT)
    for (AST_EACH(field, target->record_lit.fields)) add_field_target(bound, field);
}

static void collect_bound(AstNode *node, void *data) {
  BoundNames *bound = data;
  const NamePlace *place = name_place(node->kind);
  if (place && place->use == BINDS_VARIABLE) add_variable(bound, *name_at(node, place), node);
  if (place && place->use == BINDS_LABEL && *name_at(node, place))
    map_put(bound->context->arena, &bound->labels, *name_at(node, place), node);
  if (node->kind == AST_ASSIGN && node->assign.op == AST_OP_NONE) add_target(bound, node->assign.target);
  if (node->kind == AST_PAT_FIELD && !node->pat_field.pattern) add_variable(bound, node->pat_field.name, node);
  ast_children(node, collect_bound, data);
}

static BoundNames bound_names(Context *context, const MacroDef *definition) {
  BoundNames bound = {.context = context, .module = definition->home->module};
  collect_bound(definition->node->macro.body, &bound);
  return bound;
}

// ── The check at the declaration ────────────────────────────────────────────────────────────────────────────────
typedef struct QuoteCheck {
  Context *context;
  AstList *params;
  BoundNames bound;
  bool is_sound;
} QuoteCheck;

static DiagList *unsound(QuoteCheck *check) {
  check->is_sound = false;
  return check->context->diags;
}

static const AstNode *find_param(const QuoteCheck *check, Name name) {
  for (AST_EACH(param, check->params))
    if (param->param.name == name) return param;
  return NULL;
}

static void check_unquoted_param(QuoteCheck *check, const AstNode *node, const AstNode *param, bool in_list) {
  const char *name = name_text(check->context->names, param->param.name);
  if (node->unquote.is_each && !in_list)
    diag_report(unsound(check), QZ0303, node->span, "`unquote_each(%s)` gives several nodes, but one is wanted here",
                name);
  if (node->unquote.is_each || !param->param.is_variadic) return;
  Diag *diag = diag_report(unsound(check), QZ0303, node->span, "`%s` holds several arguments", name);
  diag_help(check->context->diags, diag, "write `unquote_each(%s)`", name);
}

static void check_unquote(QuoteCheck *check, const AstNode *node, bool in_list) {
  const AstNode *value = node->unquote.value;
  const AstNode *param = value->kind == AST_IDENT ? find_param(check, value->ident.name) : NULL;
  if (param) check_unquoted_param(check, node, param, in_list);
  else diag_report(unsound(check), QZ0303, value->span, "unquote takes the name of a parameter of the macro");
}

static void check_bare_param(QuoteCheck *check, const AstNode *ident) {
  Name name = ident->ident.name;
  if (!find_param(check, name) || map_get(&check->bound.variables, name)) return;
  const char *text = name_text(check->context->names, name);
  Diag *diag =
      diag_report(unsound(check), QZ0303, ident->span, "`%s` is a parameter of the macro, not a variable", text);
  diag_help(check->context->diags, diag, "write `unquote(%s)` to paste the argument", text);
}

static void check_node(QuoteCheck *check, const AstNode *node, bool in_list);

static void check_field(QuoteCheck *check, const AstNode *node, const AstFieldInfo *field, bool in_list) {
  const char *at = (const char *)node + field->offset;
  if (field->kind == AST_FIELD_NODE || field->kind == AST_FIELD_OPT) {
    const AstNode *child = *(AstNode *const *)at;
    // f(unquote_each(xs)): the argument around it counts as the list's item
    if (child) check_node(check, child, node->kind == AST_ARG && in_list && !node->arg.name);
  }
  if (field->kind != AST_FIELD_LIST) return;
  const AstList *children = *(AstList *const *)at;
  for (AST_EACH(child, children)) check_node(check, child, true);
}

static void check_node(QuoteCheck *check, const AstNode *node, bool in_list) {
  if (node->kind == AST_UNQUOTE) {
    check_unquote(check, node, in_list);
    return;
  }
  if (node->kind == AST_QUOTE) diag_report(unsound(check), QZ0303, node->span, "a quote cannot stand in a quote");
  if (node->kind == AST_IDENT) check_bare_param(check, node);
  const AstKindInfo *info = ast_kind_info(node->kind);
  for (uint32_t i = 0; i < info->field_count; i++) check_field(check, node, &info->fields[i], in_list);
}

// What a quote declares belongs to the call site's module, and its own code finds it there.
static void collect_declared(Context *context, MacroDef *definition) {
  const AstNode *body = definition->node->macro.body->quote.body;
  if (body->kind != AST_BLOCK) return;
  for (AST_EACH(stmt, body->block.stmts)) {
    Name name = declared_name(stmt);
    if (name) map_put(context->arena, &definition->declares, name, stmt);
    if (stmt->kind == AST_ENUM)
      for (AST_EACH(variant, stmt->enum_.members))
        if (variant->kind == AST_VARIANT)
          map_put(context->arena, &definition->declares, variant->variant.name, variant);
  }
}

bool quote_check(Context *context, MacroDef *definition) {
  AstNode *macro = definition->node, *body = macro->macro.body;
  if (body->kind == AST_POISON) return false;
  QuoteCheck check = {context, macro->macro.params, .is_sound = true};
  if (body->kind != AST_QUOTE) {
    Diag *diag = diag_report(context->diags, QZ0303, body->span, "the body of a macro is a quote or a string");
    diag_help(context->diags, diag, "write `macro %s(…) do quote do … end end`",
              name_text(context->names, definition->name));
    return false;
  }
  check.bound = bound_names(context, definition);
  check_node(&check, body->quote.body, false);
  collect_declared(context, definition);
  return check.is_sound;
}

// ── The copy ────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Copy {
  MacroUse *use;
  Arena *arena;
  const MacroArgs *args;    // NULL: the tree is an argument, nothing in it is replaced
  const BoundNames *bound;
  uint32_t expansion;       // of the new nodes; 0: what they had, as an argument's nodes stay those of the call site
} Copy;

static AstNode *copy_node(const Copy *copy, const AstNode *node);

// A default is text of the macro, but none of the quote's: an expansion of its own.
static uint32_t default_expansion(const MacroUse *use) {
  ExpansionTable *table = use->expander->table;
  return expansion_add(table, table->items.data[use->expansion]);
}

static AstNode *copy_argument(const Copy *copy, const MacroArg *arg, const AstNode *value) {
  Copy plain = {.use = copy->use, .arena = copy->arena};
  if (arg->is_default) plain.expansion = default_expansion(copy->use);
  return copy_node(&plain, value);
}

static const AstNode *spliced(const Copy *copy, const AstNode *item) {
  if (!copy->args) return NULL;
  const AstNode *value = argument_value((AstNode *)item);
  return value->kind == AST_UNQUOTE && value->unquote.is_each ? value : NULL;
}

// f(unquote_each(xs)): each node of xs gets an ARG of its own.
static AstNode *copy_spliced(const Copy *copy, const MacroArg *arg, const AstNode *item, AstNode *value) {
  AstNode *node = copy_argument(copy, arg, value);
  if (item->kind != AST_ARG) return node;
  AstNode *wrapper = ast_node(copy->arena, AST_ARG, item->span);
  wrapper->expansion = copy->expansion;
  wrapper->arg.value = node;
  return wrapper;
}

static void copy_each(const Copy *copy, const AstNode *item, const AstNode *unquote, AstNodes *out) {
  const MacroArg *arg = arguments_find(copy->args, unquote->unquote.value->ident.name);
  if (arg->is_list) {
    for (uint32_t i = 0; i < arg->items.size; i++)
      vec_push(copy->arena, out, copy_spliced(copy, arg, item, arg->items.data[i]));
  } else if (arg->value->kind == AST_ARRAY_LIT) {
    for (AST_EACH(value, arg->value->array_lit.elements))
      vec_push(copy->arena, out, copy_spliced(copy, arg, item, value));
  } else {
    use_report(copy->use, QZ0301, arg->value->span, "`%s` has to be a list such as [a, b] here",
               name_text(copy->use->expander->context->names, arg->param));
  }
}

// unquote(T) where a type stands: the argument was read as an expression.
static AstNode *copy_type(const Copy *copy, const AstNode *unquote) {
  const MacroArg *arg = arguments_find(copy->args, unquote->unquote.value->ident.name);
  AstNode *value = copy_argument(copy, arg, arg->value);
  AstNode *type = type_from_expression(copy->arena, value);
  if (type) return type;
  use_report(copy->use, QZ0301, arg->value->span, "`%s` has to be a type here",
             name_text(copy->use->expander->context->names, arg->param));
  return poison_at(copy->use->expander->context, value);
}

static bool is_type_unquote(const Copy *copy, const AstNode *node, bool is_type) {
  return is_type && copy->args && node->kind == AST_UNQUOTE && !node->unquote.is_each;
}

static AstNode *copy_child(const Copy *copy, const AstNode *child, bool is_type) {
  return is_type_unquote(copy, child, is_type) ? copy_type(copy, child) : copy_node(copy, child);
}

static AstList *copy_list(const Copy *copy, AstList *list, bool is_type) {
  AstNodes out = {0};
  for (AST_EACH(item, list)) {
    const AstNode *unquote = spliced(copy, item);
    if (unquote) copy_each(copy, item, unquote, &out);
    else vec_push(copy->arena, &out, copy_child(copy, item, is_type));
  }
  return ast_list(copy->arena, out.data, out.size);
}

static void copy_field(const Copy *copy, AstNode *node, const AstFieldInfo *field) {
  void *at = (char *)node + field->offset;
  bool is_type = holds_types(node->kind, field->name);
  switch (field->kind) {
    case AST_FIELD_NODE:
    case AST_FIELD_OPT: {
      AstNode **child = at;
      if (*child) *child = copy_child(copy, *child, is_type);
      return;
    }
    case AST_FIELD_LIST: {
      AstList **list = at;
      *list = copy_list(copy, *list, is_type);
      return;
    }
    case AST_FIELD_NAME: case AST_FIELD_TEXT: case AST_FIELD_OP: case AST_FIELD_INT: case AST_FIELD_FLOAT:
    case AST_FIELD_FLAG: return;
  }
}

static Name renamed(const Copy *copy, Name name) {
  return name_fresh(copy->use->expander->context->names, name, copy->expansion);
}

static AstNode *shorthand(const Copy *copy, AstKind kind, const AstNode *field, Name name) {
  AstNode *node = ast_node(copy->arena, kind, field->span);
  node->expansion = copy->expansion;
  Name *at = kind == AST_IDENT ? &node->ident.name : &node->pat_bind.name;
  *at = renamed(copy, name);
  return node;
}

// { x } becomes { x: x∙3 }: the field keeps its name, the variable does not.
static void rename_shorthand(const Copy *copy, AstNode *node) {
  const Map *bound = &copy->bound->variables;
  if (node->kind == AST_FIELD_INIT && !node->field_init.value && map_get(bound, node->field_init.name))
    node->field_init.value = shorthand(copy, AST_IDENT, node, node->field_init.name);
  if (node->kind == AST_PAT_FIELD && !node->pat_field.pattern && map_get(bound, node->pat_field.name))
    node->pat_field.pattern = shorthand(copy, AST_PAT_BIND, node, node->pat_field.name);
}

static void rename_node(const Copy *copy, AstNode *node) {
  const NamePlace *place = name_place(node->kind);
  if (place) {
    bool is_label = place->use == USES_LABEL || place->use == BINDS_LABEL;
    Name *name = name_at(node, place);
    if (*name && map_get(is_label ? &copy->bound->labels : &copy->bound->variables, *name))
      *name = renamed(copy, *name);
  }
  rename_shorthand(copy, node);
}

static AstNode *copy_node(const Copy *copy, const AstNode *node) {
  if (copy->args && node->kind == AST_UNQUOTE) {
    const MacroArg *arg = arguments_find(copy->args, node->unquote.value->ident.name);
    return copy_argument(copy, arg, arg->value);
  }
  if (!expander_spend(copy->use, 1)) return poison_at(copy->use->expander->context, node);
  const AstKindInfo *info = ast_kind_info(node->kind);
  AstNode *fresh = ast_node(copy->arena, node->kind, node->span);
  memcpy(fresh, node, info->size);
  if (copy->expansion) fresh->expansion = copy->expansion;
  for (uint32_t i = 0; i < info->field_count; i++) copy_field(copy, fresh, &info->fields[i]);
  if (copy->args) rename_node(copy, fresh);
  return fresh;
}

// A quote of one statement stands for that statement, so that it can be a value.
AstNode *quote_instantiate(MacroUse *use, const MacroArgs *args) {
  Context *context = use->expander->context;
  BoundNames bound = bound_names(context, use->definition);
  Copy copy = {.use = use, .arena = context->arena, .args = args, .bound = &bound, .expansion = use->expansion};
  AstNode *body = copy_node(&copy, use->definition->node->macro.body->quote.body);
  bool is_single = body->kind == AST_BLOCK && AST_LIST_COUNT(body->block.stmts) == 1;
  return is_single ? body->block.stmts->items[0] : body;
}
