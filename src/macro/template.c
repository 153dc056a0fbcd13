// String-template macros: the body's text with `${param}` replaced by the text of the arguments, parsed as a source of
// its own whose name says where it came from.
#include <string.h>

#include "macro/internal.h"

bool macro_is_template(const MacroDef *definition) {
  AstKind kind = definition->node->macro.body->kind;
  return kind == AST_STRING_LIT || kind == AST_INTERPOLATION;
}

// ── Holes ───────────────────────────────────────────────────────────────────────────────────────────────────────
// What stands for one `${name}`.
typedef void FillHole(void *data, Text *out, Name name);

typedef struct Filling {
  Context *context;
  Text *out;
  FillHole *fill;
  void *data;
} Filling;

static void fill_holes(const Filling *filling, const char *text, size_t size) {
  const char *end = text + size;
  while (text < end) {
    const char *hole = memmem(text, (size_t)(end - text), "${", 2);
    const char *close = hole ? memchr(hole, '}', (size_t)(end - hole)) : NULL;
    text_bytes(filling->out, text, (size_t)((close ? hole : end) - text));
    if (!close) return;
    filling->fill(filling->data, filling->out,
                  name_intern(filling->context->names, hole + 2, (size_t)(close - hole - 2)));
    text = close + 1;
  }
}

// An `#{…}` of the template belongs to the code it makes, so its text is put back.
static void fill_part(const Filling *filling, const AstNode *part) {
  if (part->kind == AST_STRING_LIT) {
    Name text = part->string_lit.text;
    fill_holes(filling, name_text(filling->context->names, text), name_size(filling->context->names, text));
    return;
  }
  size_t size;
  const char *source = argument_source(filling->context, part, &size);
  text_append(filling->out, "#{");
  fill_holes(filling, source, size);
  text_append(filling->out, "}");
}

static void fill_template(const Filling *filling, const AstNode *body) {
  if (body->kind == AST_STRING_LIT) fill_part(filling, body);
  else for (AST_EACH(part, body->interpolation.parts)) fill_part(filling, part);
}

// ── The check at the declaration ────────────────────────────────────────────────────────────────────────────────
typedef struct TemplateCheck {
  Context *context;
  const AstNode *macro;
  bool is_sound;
} TemplateCheck;

static void check_hole(void *data, Text *out, Name name) {
  TemplateCheck *check = data;
  (void)out;
  for (AST_EACH(param, check->macro->macro.params))
    if (param->param.name == name) return;
  check->is_sound = false;
  Diag *diag = diag_report(check->context->diags, QZ0303, check->macro->macro.body->span,
                           "`${%s}` is no parameter of the macro", name_text(check->context->names, name));
  diag_help(check->context->diags, diag, "between `${` and `}` stands the name of a parameter, without spaces");
}

bool template_check(Context *context, const MacroDef *definition) {
  TemplateCheck check = {context, definition->node, true};
  Text text = {.arena = context->arena};
  fill_template(&(Filling){context, &text, check_hole, &check}, definition->node->macro.body);
  return check.is_sound;
}

// ── The text of one use ─────────────────────────────────────────────────────────────────────────────────────────
typedef struct TemplateUse {
  Context *context;
  const MacroArgs *args;
} TemplateUse;

// Strings and symbols give what they hold, so that any text can be pasted; all else gives its source.
static void append_argument(Context *context, Text *out, const AstNode *value) {
  Name literal = value->kind == AST_STRING_LIT ? value->string_lit.text
               : value->kind == AST_SYMBOL_LIT ? value->symbol_lit.name : NAME_NONE;
  size_t size = literal ? name_size(context->names, literal) : 0;
  const char *text = literal ? name_text(context->names, literal) : argument_source(context, value, &size);
  text_bytes(out, text, size);
}

static void fill_hole(void *data, Text *out, Name name) {
  TemplateUse *use = data;
  const MacroArg *arg = arguments_find(use->args, name);
  if (!arg->is_list) append_argument(use->context, out, arg->value);
  for (uint32_t i = 0; i < arg->items.size; i++) {
    if (i) text_append(out, ", ");
    append_argument(use->context, out, arg->items.data[i]);
  }
}

// What the parser needs around a text that is not a list of declarations, and where it then finds it.
typedef struct Wrapper {
  AstKind place, kind;
  const char *before, *after;
  size_t members;  // offset of the list in the node of that kind
} Wrapper;

static const Wrapper wrappers[] = {
    {AST_STRUCT, AST_STRUCT, "struct Expansion\n", "\nend\n", offsetof(AstNode, struct_.members)},
    {AST_ENUM, AST_ENUM, "enum Expansion\n", "\nend\n", offsetof(AstNode, enum_.members)},
    {AST_TRAIT, AST_TRAIT, "trait Expansion\n", "\nend\n", offsetof(AstNode, trait.members)},
    {AST_IMPL, AST_IMPL, "impl Expansion\n", "\nend\n", offsetof(AstNode, impl.members)},
    {AST_ACTOR, AST_ACTOR, "actor Expansion\n", "\nend\n", offsetof(AstNode, actor.members)},
    {AST_BLOCK, AST_FUNCTION, "def expansion()\n", "\nend\n", 0},
    {AST_MODULE, AST_MODULE, "", "\n", offsetof(AstNode, module.decls)},
};

static const Wrapper *wrapper_for(MacroPlace place) {
  const Wrapper *wrapper = wrappers;
  while (wrapper->place != place && wrapper->kind != AST_MODULE) wrapper++;
  return wrapper;
}

static Source *make_source(MacroUse *use, const MacroArgs *args, const Wrapper *wrapper) {
  Context *context = use->expander->context;
  Text text = {.arena = context->arena}, path = {.arena = context->arena};
  TemplateUse filler = {context, args};
  text_append(&text, wrapper->before);
  fill_template(&(Filling){context, &text, fill_hole, &filler}, use->definition->node->macro.body);
  text_append(&text, wrapper->after);
  Span site = expansion_site(use->expander->table, use->call->expansion, use->call->span);
  Location at = source_locate(context->sources, site.start);
  text_printf(&path, "<macro %s at %s:%u>", name_text(context->names, use->definition->name),
              at.source ? at.source->path : "?", at.line);
  return source_add(context->arena, context->sources, text_str(&path), text_str(&text), text.size);
}

// ── From text to tree ───────────────────────────────────────────────────────────────────────────────────────────
static void set_expansion(AstNode *node, void *data) {
  node->expansion = *(uint32_t *)data;
  ast_children(node, set_expansion, data);
}

// The first message about the text itself: in the wrapper's lines only what its lack of an end leads to is found.
static const Diag *first_fault(const DiagList *faults, const Source *source, const Wrapper *wrapper) {
  uint32_t start = source->base + (uint32_t)strlen(wrapper->before);
  uint32_t end = source->base + (uint32_t)(source->size - strlen(wrapper->after));
  const Diag *first = NULL;
  for (uint32_t i = 0; i < faults->items.size; i++) {
    const Diag *fault = faults->items.data[i];
    bool is_inside = fault->span.start >= start && fault->span.start < end;
    if (is_inside && (!first || fault->span.start < first->span.start)) first = fault;
  }
  return first ? first : faults->items.data[0];
}

// The text is nobody's file: the message stands at the call, and shows the place in the text.
static void report_faults(MacroUse *use, const DiagList *faults, const Source *source, const Wrapper *wrapper) {
  DiagList *diags = use->expander->context->diags;
  const char *macro = name_text(use->expander->context->names, use->definition->name);
  const Diag *fault = first_fault(faults, source, wrapper);
  Diag *diag = use_report(use, QZ0303, use->call->span, "the text that `$%s` makes of this is no valid code: %s", macro,
                          fault->message);
  diag_note(diags, diag, fault->span, "here in that text");
  diag_note(diags, diag, use->definition->node->macro.body->span, "it is made from this template");
  diag_help(diags, diag, "arguments are pasted as they are written");
}

static AstNode *parse(MacroUse *use, const Source *source, const Wrapper *wrapper) {
  Context *context = use->expander->context;
  DiagList *diags = context->diags, faults = {.arena = context->arena};
  context->diags = &faults;
  AstNode *module = parse_module(context, source);
  context->diags = diags;
  set_expansion(module, &use->expansion);
  if (faults.items.size) report_faults(use, &faults, source, wrapper);
  return module;
}

static AstNode *refuse(MacroUse *use, const AstNode *node, const char *what) {
  use_report(use, QZ0303, node->span, "a macro cannot make %s", what);
  return poison_at(use->expander->context, use->call);
}

static AstNode *as_declarations(MacroUse *use, AstNode *module) {
  for (AST_EACH(decl, module->module.decls)) {
    if (decl->kind == AST_MACRO) return refuse(use, decl, "a macro");
    if (decl->kind == AST_IMPORT) return refuse(use, decl, "an import");
    if (decl->kind == AST_PRIVATE_SECTION) return refuse(use, decl, "what follows in the file private");
  }
  return module;
}

static AstNode *as_expression(AstNode *function) {
  AstNode *body = function->function.body;
  bool is_single = body->kind == AST_BLOCK && AST_LIST_COUNT(body->block.stmts) == 1;
  return is_single ? body->block.stmts->items[0] : body;
}

// What stands inside the wrapper. A text such as `end`, then a declaration, would leave it.
static AstNode *unwrap(MacroUse *use, AstNode *module, const Wrapper *wrapper) {
  AstNode *outer = AST_LIST_COUNT(module->module.decls) == 1 ? module->module.decls->items[0] : NULL;
  if (!outer || outer->kind != wrapper->kind) return refuse(use, use->call, "more than what stands in its place");
  if (wrapper->place == AST_BLOCK) return as_expression(outer);
  module->module.decls = *(AstList **)((char *)outer + wrapper->members);
  return module;
}

AstNode *template_instantiate(MacroUse *use, const MacroArgs *args, MacroPlace place) {
  const Wrapper *wrapper = wrapper_for(place);
  DiagList *diags = use->expander->context->diags;
  Source *source = make_source(use, args, wrapper);
  if (!source) return refuse(use, use->call, "the program larger than 4 GiB");
  if (!expander_spend(use, source->size)) return poison_at(use->expander->context, use->call);
  uint32_t before = diags->error_count;
  AstNode *module = parse(use, source, wrapper);
  if (wrapper->kind == AST_MODULE) return as_declarations(use, module);
  bool is_broken = diags->error_count > before;
  return is_broken ? poison_at(use->expander->context, use->call) : unwrap(use, module, wrapper);
}
