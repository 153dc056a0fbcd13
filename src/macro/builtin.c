// The macros of the language (builtins.def): each makes a small tree around the call's own arguments, which are used
// once and so need no copy.
#include <string.h>

#include "macro/internal.h"

typedef struct BuiltinCall {
  MacroUse *use;
  Context *context;
  uint32_t count;
  AstNode *args[2];
} BuiltinCall;

// What a built-in makes has an entry in the table of its own: the functions it calls are those of the prelude.
static Builder builder(BuiltinCall *call) {
  const AstNode *node = call->use->call;
  call->use->expansion = expansion_add(call->use->expander->table, (Expansion){
      .kind = EXPANSION_BUILTIN, .macro = node->macro_call.name, .call = node->span, .parent = node->expansion});
  return (Builder){call->context, call->use->expansion, node->span};
}

// An intrinsic or the content of a file takes the place of the call as if it had been written there.
static Builder builder_in_place(const BuiltinCall *call) {
  return (Builder){call->context, call->use->call->expansion, call->use->call->span};
}

static Location call_location(const BuiltinCall *call) {
  const AstNode *node = call->use->call;
  Span site = expansion_site(call->use->expander->table, node->expansion, node->span);
  return source_locate(call->context->sources, site.start);
}

// ── $unwrap, $try ───────────────────────────────────────────────────────────────────────────────────────────────
static AstNode *intrinsic(const BuiltinCall *call, const char *name) {
  Builder build = builder_in_place(call);
  AstNode *node = macro_build_node(&build, AST_INTRINSIC);
  node->intrinsic.name = name_from(call->context->names, name);
  node->intrinsic.args = ast_list(call->context->arena, call->args, 1);
  return node;
}

static AstNode *expand_unwrap(BuiltinCall *call) { return intrinsic(call, "option_unwrap"); }

static AstNode *expand_try(BuiltinCall *call) { return intrinsic(call, "try_propagate"); }

// ── $file, $line: with an entry, by which a call knows them in the default of a parameter ──────────────────────────
static AstNode *expand_file(BuiltinCall *call) {
  Builder build = builder(call);
  Location at = call_location(call);
  const char *path = at.source ? at.source->path : "";
  return macro_build_string(&build, path, strlen(path));
}

static AstNode *expand_line(BuiltinCall *call) {
  Builder build = builder(call);
  AstNode *node = macro_build_node(&build, AST_INT_LIT);
  node->int_lit.value = call_location(call).line;
  return node;
}

// ── Messages that are put together when the program runs ────────────────────────────────────────────────────────
typedef struct Message {
  Builder build;
  Text text;  // literal text since the last value
  AstNodes parts;
} Message;

static Message message_begin(const Builder *build) {
  return (Message){.build = *build, .text = {.arena = build->context->arena}};
}

static void message_flush(Message *message) {
  if (!message->text.size) return;
  AstNode *literal = macro_build_string(&message->build, text_str(&message->text), message->text.size);
  vec_push(message->build.context->arena, &message->parts, literal);
  message->text = (Text){.arena = message->text.arena};
}

static void message_value(Message *message, AstNode *value) {
  if (value->kind == AST_STRING_LIT) {
    const Interner *names = message->build.context->names;
    text_bytes(&message->text, name_text(names, value->string_lit.text), name_size(names, value->string_lit.text));
    return;
  }
  message_flush(message);
  vec_push(message->build.context->arena, &message->parts, value);
}

// A value as a programmer wants to see it: strings in quotes.
static void message_inspect(Message *message, Name variable) {
  AstNode *node = macro_build_node(&message->build, AST_METHOD_CALL);
  node->method_call.receiver = macro_build_ident(&message->build, variable);
  node->method_call.name = name_from(message->build.context->names, "inspect");
  message_value(message, node);
}

static AstNode *message_end(Message *message) {
  message_flush(message);
  if (!message->parts.size) return macro_build_string(&message->build, "", 0);
  bool is_literal = message->parts.size == 1 && message->parts.data[0]->kind == AST_STRING_LIT;
  return is_literal ? message->parts.data[0] : macro_build_interpolation(&message->build, &message->parts);
}

// ── $todo, $unreachable ─────────────────────────────────────────────────────────────────────────────────────────
static AstNode *panic_with(BuiltinCall *call, const char *text) {
  Builder build = builder(call);
  Message message = message_begin(&build);
  text_append(&message.text, text);
  if (call->count) {
    text_append(&message.text, ": ");
    message_value(&message, call->args[0]);
  }
  return macro_build_call(&build, "panic", message_end(&message));
}

static AstNode *expand_todo(BuiltinCall *call) { return panic_with(call, "not implemented yet"); }

static AstNode *expand_unreachable(BuiltinCall *call) { return panic_with(call, "unreachable code was reached"); }

// ── $debug ──────────────────────────────────────────────────────────────────────────────────────────────────────
// name∙id = value; the names of a comparison's sides and of $debug's value.
static AstNode *bind_fresh(const Builder *build, const char *name, AstNode *value, Name *fresh) {
  *fresh = name_fresh(build->context->names, name_from(build->context->names, name), build->expansion);
  AstNode *node = macro_build_node(build, AST_ASSIGN);
  node->assign.target = macro_build_ident(build, *fresh);
  node->assign.value = value;
  return node;
}

static AstNode *expand_debug(BuiltinCall *call) {
  Location at = call_location(call);
  Builder build = builder(call);
  AstNodes stmts = {0};
  Name value;
  Message message = message_begin(&build);
  text_printf(&message.text, "%s:%u: %s = ", at.source ? at.source->path : "?", at.line,
              argument_text(call->context, call->args[0]));
  vec_push(call->context->arena, &stmts, bind_fresh(&build, "value", call->args[0], &value));
  message_inspect(&message, value);
  vec_push(call->context->arena, &stmts, macro_build_call(&build, "eputs", message_end(&message)));
  vec_push(call->context->arena, &stmts, macro_build_ident(&build, value));
  return macro_build_block(&build, &stmts);
}

// ── $assert ─────────────────────────────────────────────────────────────────────────────────────────────────────
// In `shape == Circle(2.0)` and `byte == 10` the right side takes its type from the left one, so it stays where it is.
// Its text already tells its value. These are the forms that build a value.
static bool is_capital(Context *context, const AstNode *node) {
  char first = node->kind == AST_IDENT ? name_text(context->names, node->ident.name)[0] : 'a';
  return first >= 'A' && first <= 'Z';
}

static bool is_literal(const AstNode *node) {
  return node->kind == AST_INT_LIT || node->kind == AST_FLOAT_LIT || node->kind == AST_CHAR_LIT ||
         node->kind == AST_STRING_LIT || node->kind == AST_BYTES_LIT || node->kind == AST_SYMBOL_LIT ||
         node->kind == AST_BOOL_LIT || node->kind == AST_NIL_LIT;
}

static bool builds_value(Context *context, const AstNode *node) {
  if (node->kind == AST_UNARY && node->unary.op == AST_OP_NEG) return builds_value(context, node->unary.operand);
  if (node->kind == AST_CALL) return is_capital(context, node->call.callee);
  return is_literal(node) || is_capital(context, node) || node->kind == AST_ARRAY_LIT || node->kind == AST_MAP_LIT ||
         node->kind == AST_RECORD_LIT || node->kind == AST_TUPLE || node->kind == AST_LAMBDA;
}

static bool is_comparison(AstOp op) { return op >= AST_OP_EQ && op <= AST_OP_GE; }
_Static_assert(AST_OP_GE - AST_OP_EQ == 5, "the six comparisons stand together in operators.def");

typedef struct Assertion {
  BuiltinCall *call;
  Builder build;
  Message message;
  AstNodes stmts;
} Assertion;

// Binds one side, so that it is evaluated once and can be shown, and puts the name in its place.
static void bind_side(Assertion *assertion, AstNode **side, const char *name) {
  Name variable;
  AstNode *value = *side;
  vec_push(assertion->call->context->arena, &assertion->stmts, bind_fresh(&assertion->build, name, value, &variable));
  Builder at_side = {assertion->build.context, assertion->build.expansion, value->span};
  *side = macro_build_ident(&at_side, variable);
  text_printf(&assertion->message.text, "\n  %5s: ", name);
  message_inspect(&assertion->message, variable);
}

static void bind_sides(Assertion *assertion, AstNode *condition) {
  if (condition->kind != AST_BINARY || !is_comparison(condition->binary.op)) return;
  Context *context = assertion->call->context;
  bool keeps_left = builds_value(context, condition->binary.left);
  if (!keeps_left) bind_side(assertion, &condition->binary.left, "left");
  // The right side must not run before a left side that does something.
  bool keeps_right =
      builds_value(context, condition->binary.right) || (keeps_left && !is_literal(condition->binary.left));
  if (!keeps_right) bind_side(assertion, &condition->binary.right, "right");
}

static void begin_message(Assertion *assertion, const char *text) {
  BuiltinCall *call = assertion->call;
  assertion->message = message_begin(&assertion->build);
  text_append(&assertion->message.text, "assertion failed: ");
  if (call->count == 2) {
    message_value(&assertion->message, call->args[1]);
    text_printf(&assertion->message.text, " (%s)", text);
  } else {
    text_append(&assertion->message.text, text);
  }
}

static AstNode *expand_assert(BuiltinCall *call) {
  AstNode *condition = call->args[0];
  Assertion assertion = {.call = call, .build = builder(call)};
  begin_message(&assertion, argument_text(call->context, condition));
  bind_sides(&assertion, condition);
  AstNode *check = macro_build_node(&assertion.build, AST_IF);
  AstNodes failure = {0};
  vec_push(call->context->arena, &failure,
           macro_build_call(&assertion.build, "panic", message_end(&assertion.message)));
  check->if_.is_unless = true;
  check->if_.cond = condition;
  check->if_.then_body = macro_build_block(&assertion.build, &failure);
  vec_push(call->context->arena, &assertion.stmts, check);
  return macro_build_block(&assertion.build, &assertion.stmts);
}

// ── $include_str, $include_bytes ────────────────────────────────────────────────────────────────────────────────
static const char *read_file(void *data, Arena *arena, const char *path, size_t *size) {
  (void)data;
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  Text text = {.arena = arena};
  char buffer[4096];
  size_t count;
  do text_bytes(&text, buffer, count = fread(buffer, 1, sizeof buffer, file));
  while (count == sizeof buffer);
  bool is_whole = !ferror(file);
  fclose(file);
  *size = text.size;
  return is_whole ? text_str(&text) : NULL;
}

// The path as written is relative to the folder of the file that contains it. The text of a template is in no file: the
// call's is meant.
static const char *included_path(const BuiltinCall *call, const AstNode *literal) {
  const ExpansionTable *table = call->use->expander->table;
  Span span = literal->span;
  uint32_t id = literal->expansion;
  for (; id && table->items.data[id].kind == EXPANSION_TEMPLATE; id = table->items.data[id].parent)
    span = table->items.data[id].call;
  const Source *source = source_at(call->context->sources, span.start);
  const char *path = name_text(call->context->names, literal->string_lit.text);
  const char *slash = source && path[0] != '/' ? strrchr(source->path, '/') : NULL;
  Text full = {.arena = call->context->arena};
  if (slash) text_bytes(&full, source->path, (size_t)(slash - source->path) + 1);
  text_append(&full, path);
  return text_str(&full);
}

static bool included_text(BuiltinCall *call, Name *out) {
  const AstNode *literal = call->args[0];
  if (literal->kind != AST_STRING_LIT) {
    use_report(call->use, QZ0301, literal->span, "the file's name has to be a string literal");
    return false;
  }
  const MacroFiles *files = call->use->expander->files;
  MacroFileReader *reader = files && files->read ? files->read : read_file;
  const char *path = included_path(call, literal);
  size_t size = 0;
  const char *text = reader(files ? files->data : NULL, call->context->arena, path, &size);
  if (!text) use_report(call->use, QZ9000, literal->span, "cannot read `%s`", path);
  else *out = name_intern(call->context->names, text, size);
  return text != NULL;
}

static bool is_continuation(unsigned char c) { return (c & 0xC0) == 0x80; }

// The length of the UTF-8 sequence at `at`, or 0 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
static size_t sequence_size(const unsigned char *at, size_t left) {
  static const struct { unsigned char low, high, second_low, second_high, size; } forms[] = {
      {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
      {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
      {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    if (*at < forms[i].low || *at > forms[i].high) continue;
    size_t size = forms[i].size;
    if (size > left || (size > 1 && (at[1] < forms[i].second_low || at[1] > forms[i].second_high))) return 0;
    for (size_t k = 2; k < size; k++)
      if (!is_continuation(at[k])) return 0;
    return size;
  }
  return 0;
}

static bool is_utf8(const char *text, size_t size) {
  for (size_t at = 0, step; at < size; at += step) {
    step = sequence_size((const unsigned char *)text + at, size - at);
    if (!step) return false;
  }
  return true;
}

static AstNode *expand_include_bytes(BuiltinCall *call) {
  Name text;
  if (!included_text(call, &text)) return poison_at(call->context, call->use->call);
  Builder build = builder_in_place(call);
  AstNode *node = macro_build_node(&build, AST_BYTES_LIT);
  node->bytes_lit.text = text;
  return node;
}

static AstNode *expand_include_str(BuiltinCall *call) {
  Name text;
  if (!included_text(call, &text)) return poison_at(call->context, call->use->call);
  const char *bytes = name_text(call->context->names, text);
  size_t size = name_size(call->context->names, text);
  Builder build = builder_in_place(call);
  if (is_utf8(bytes, size)) return macro_build_string(&build, bytes, size);
  Diag *diag = use_report(call->use, QZ0005, call->args[0]->span, "the file is not UTF-8 text");
  diag_help(call->context->diags, diag, "$include_bytes takes any file");
  return poison_at(call->context, call->use->call);
}

// ── Dispatch ────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Builtin {
  Name name;
  uint32_t least, most;
  const char *usage;
  AstNode *(*expand)(BuiltinCall *call);
} Builtin;

static const Builtin builtins[] = {
#define BUILTIN(name, least, most, usage) {NAME_##name, least, most, usage, expand_##name},
#include "macro/builtins.def"
};

static const Builtin *find_builtin(Name name) {
  const Builtin *found = builtins;
  while (found->name != name) found++;
  return found;
}

static bool take_arguments(BuiltinCall *call, const Builtin *builtin) {
  const AstNode *node = call->use->call;
  uint32_t count = AST_LIST_COUNT(node->macro_call.args);
  bool fits = count >= builtin->least && count <= builtin->most && !node->macro_call.block;
  for (uint32_t i = 0; fits && i < count; i++) {
    AstNode *arg = node->macro_call.args->items[i];
    fits = arg->kind != AST_SPREAD && (arg->kind != AST_ARG || (!arg->arg.name && !arg->arg.is_spread));
    call->args[i] = argument_value(arg);
  }
  call->count = count;
  if (fits) return true;
  Diag *diag = use_report(call->use, QZ0301, node->span, "these arguments do not fit `$%s`",
                          name_text(call->context->names, builtin->name));
  diag_help(call->context->diags, diag, "write %s", builtin->usage);
  return false;
}

AstNode *builtin_expand(MacroUse *use) {
  BuiltinCall call = {.use = use, .context = use->expander->context};
  const Builtin *builtin = find_builtin(use->call->macro_call.name);
  if (!take_arguments(&call, builtin)) return poison_at(call.context, use->call);
  return builtin->expand(&call);
}
