// What a call gives for each parameter of its macro: positional, then named, the trailing block last, defaults for the
// rest. And arguments as text, for templates and for the messages of $assert and $debug.
#include <string.h>

#include "macro/internal.h"

AstNode *argument_value(AstNode *node) { return node->kind == AST_ARG ? node->arg.value : node; }

const MacroArg *arguments_find(const MacroArgs *args, Name param) {
  for (uint32_t i = 0; i < args->count; i++)
    if (args->items[i].param == param) return &args->items[i];
  return NULL;
}

// ── Binding ─────────────────────────────────────────────────────────────────────────────────────────────────────
// $name(a, b, rest...)
static void append_usage(const Context *context, Text *out, const AstNode *macro) {
  text_printf(out, "$%s(", name_text(context->names, macro->macro.name));
  for (uint32_t i = 0; i < AST_LIST_COUNT(macro->macro.params); i++) {
    const AstNode *param = macro->macro.params->items[i];
    text_printf(out, "%s%s%s", i ? ", " : "", name_text(context->names, param->param.name),
                param->param.is_variadic ? "..." : "");
  }
  text_char(out, ')');
}

static bool refuse(const MacroUse *use, Span span, const char *what, Name name) {
  Context *context = use->expander->context;
  const AstNode *macro = use->definition->node;
  Diag *diag = name ? use_report(use, QZ0301, span, "%s `%s`", what, name_text(context->names, name))
                    : use_report(use, QZ0301, span, "%s", what);
  Text usage = {.arena = context->arena};
  append_usage(context, &usage, macro);
  diag_note(context->diags, diag, macro->span, "`$%s` is declared here", name_text(context->names, macro->macro.name));
  diag_help(context->diags, diag, "write `%s`", text_str(&usage));
  return false;
}

static bool bind(const MacroUse *use, MacroArg *arg, AstNode *value) {
  if (arg->is_list) {
    vec_push(use->expander->context->arena, &arg->items, value);
    return true;
  }
  if (arg->value) return refuse(use, value->span, "there are two arguments for", arg->param);
  arg->value = value;
  return true;
}

static MacroArg *next_free(MacroArgs *args) {
  for (uint32_t i = 0; i < args->count; i++)
    if (args->items[i].is_list || !args->items[i].value) return &args->items[i];
  return NULL;
}

static bool bind_argument(const MacroUse *use, MacroArgs *args, AstNode *node) {
  if (node->kind == AST_SPREAD || (node->kind == AST_ARG && node->arg.is_spread))
    return refuse(use, node->span, "a macro takes its arguments as code, so `...` cannot spread them", NAME_NONE);
  Name name = node->kind == AST_ARG ? node->arg.name : NAME_NONE;
  MacroArg *arg = name ? (MacroArg *)arguments_find(args, name) : next_free(args);
  if (arg) return bind(use, arg, argument_value(node));
  return name ? refuse(use, node->span, "the macro has no parameter", name)
              : refuse(use, node->span, "the macro takes fewer arguments: this one is too many", NAME_NONE);
}

// A block without parameters is code that is pasted; one with parameters is a function value.
static AstNode *block_code(AstNode *block) {
  bool is_code = block->kind == AST_LAMBDA && block->lambda.is_block && !block->lambda.params && !block->lambda.result;
  return is_code ? block->lambda.body : block;
}

static bool fill_defaults(const MacroUse *use, MacroArgs *args) {
  const AstList *params = use->definition->node->macro.params;
  for (uint32_t i = 0; i < args->count; i++) {
    MacroArg *arg = &args->items[i];
    if (arg->is_list || arg->value) continue;
    arg->value = params->items[i]->param.default_value;
    arg->is_default = true;
    if (!arg->value) return refuse(use, use->call->span, "there is no argument for", arg->param);
  }
  return true;
}

bool arguments_bind(MacroUse *use, MacroArgs *out) {
  Arena *arena = use->expander->context->arena;
  const AstList *params = use->definition->node->macro.params;
  *out = (MacroArgs){.count = AST_LIST_COUNT(params)};
  out->items = arena_array(arena, MacroArg, out->count);
  for (uint32_t i = 0; i < out->count; i++)
    out->items[i] = (MacroArg){.param = params->items[i]->param.name, .is_list = params->items[i]->param.is_variadic};
  for (AST_EACH(node, use->call->macro_call.args))
    if (!bind_argument(use, out, node)) return false;
  AstNode *block = use->call->macro_call.block;
  if (block && !out->count) return refuse(use, block->span, "the macro takes no block", NAME_NONE);
  if (block && !bind(use, &out->items[out->count - 1], block_code(block))) return false;
  return fill_defaults(use, out);
}

// ── Arguments as text ───────────────────────────────────────────────────────────────────────────────────────────
typedef struct Origin {
  uint32_t expansion;
  bool is_mixed;
} Origin;

static void compare_origin(AstNode *node, void *data) {
  Origin *origin = data;
  if (node->expansion != origin->expansion) origin->is_mixed = true;
  if (!origin->is_mixed) ast_children(node, compare_origin, data);
}

const char *argument_source(Context *context, const AstNode *node, size_t *size) {
  Text out = {.arena = context->arena};
  Origin origin = {node->expansion, !node->span.end};
  ast_children((AstNode *)node, compare_origin, &origin);
  if (!origin.is_mixed) {
    text_bytes(&out, source_text(context->sources, node->span), node->span.end - node->span.start);
  } else {
    ast_print(&out, context->names, node);
  }
  *size = out.size;
  return text_str(&out);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// White space around a line break becomes one space; other spaces may belong to a string.
static void append_on_one_line(Text *out, const char *text, size_t size) {
  for (size_t at = 0; at < size;) {
    size_t blank = 0;
    while (at + blank < size && is_blank(text[at + blank])) blank++;
    bool is_break = memchr(text + at, '\n', blank) != NULL;
    if (is_break) text_char(out, ' ');
    else text_bytes(out, text + at, blank ? blank : 1);
    at += blank ? blank : 1;
  }
}

const char *argument_text(Context *context, const AstNode *node) {
  size_t size;
  const char *source = argument_source(context, node, &size);
  Text written = {.arena = context->arena}, out = {.arena = context->arena};
  text_append_written(&written, source, size);
  append_on_one_line(&out, text_str(&written), written.size);
  return text_str(&out);
}
