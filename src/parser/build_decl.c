// Builders of declarations.
#include <string.h>

#include "parser/build.h"

static AstNode *start(Parser *parser, AstKind kind, Span span) {
  return ast_node(context_trees(parser->context), kind, span);
}
static Span between(Token first, Token last) { return span_join(token_span(first), token_span(last)); }

// The field of that name in whatever declaration this is, or NULL.
static void *field_named(AstNode *node, const char *name) {
  const AstKindInfo *info = ast_kind_info(node->kind);
  for (uint32_t i = 0; i < info->field_count; i++)
    if (strcmp(info->fields[i].name, name) == 0) return (char *)node + info->fields[i].offset;
  return NULL;
}

// What a message calls a declaration.
static const char *phrase(AstKind kind) {
  static const char *const phrases[AST_KIND_COUNT] = {
      [AST_IMPORT] = "an import",   [AST_FUNCTION] = "a function",    [AST_STRUCT] = "a struct",
      [AST_FIELD_DECL] = "a field", [AST_ENUM] = "an enum",           [AST_VARIANT] = "a variant",
      [AST_TRAIT] = "a trait",      [AST_IMPL] = "an implementation", [AST_ACTOR] = "an actor",
      [AST_CONST] = "a constant",   [AST_GLOBAL] = "a variable",      [AST_DECL_MACRO_CALL] = "a macro call",
  };
  return phrases[kind] ? phrases[kind] : "this declaration";
}

// ── What holds declarations ─────────────────────────────────────────────────────────────────────────────────────
// Everything behind `private` alone on a line is private.
static void mark_private(AstList *decls) {
  bool is_private = false;
  for (AST_EACH(decl, decls)) {
    if (decl->kind == AST_PRIVATE_SECTION) is_private = true;
    bool *flag = is_private ? field_named(decl, "is_private") : NULL;
    if (flag) *flag = true;
  }
}

// A module stays a module: its declarations are cut to the height that it may have.
static void limit_height(Parser *parser, AstList *decls) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(decls); i++) {
    if (decls->items[i]->height < AST_HEIGHT_MAX) continue;
    report_height(parser, decls->items[i]);
    decls->items[i] = start(parser, AST_POISON, decls->items[i]->span);
  }
}

void build_module(Parser *parser, AstList *decls) {
  const TokenList *list = parser->list;
  Span span = {list->tokens.data[0].start, list->tokens.data[list->tokens.size - 1].start};
  parser->module = start(parser, AST_MODULE, span);
  parser->module->module.doc = list->module_doc;
  parser->module->module.decls = decls;
  mark_private(decls);
  limit_height(parser, decls);
  ast_finish(parser->module);
}

static bool is_member(AstKind kind, AstKind holder) {
  if (kind == AST_FUNCTION || kind == AST_PRIVATE_SECTION || kind == AST_DECL_MACRO_CALL || kind == AST_POISON)
    return true;
  if (kind == AST_FIELD_DECL) return holder == AST_STRUCT || holder == AST_ACTOR;
  if (kind == AST_VARIANT) return holder == AST_ENUM;
  if (kind == AST_GLOBAL) return holder == AST_ACTOR;
  return kind == AST_CONST && holder != AST_TRAIT;
}

static void check_members(Parser *parser, AstList *members, AstKind holder) {
  mark_private(members);
  for (uint32_t i = 0; i < AST_LIST_COUNT(members); i++) {
    AstNode *member = members->items[i];
    if (is_member(member->kind, holder)) continue;
    parser_error(parser, QZ0014, member->span, "%s cannot stand in %s", phrase(member->kind), phrase(holder));
    members->items[i] = start(parser, AST_POISON, member->span);
  }
}

// ── Attributes, `private`, documentation ────────────────────────────────────────────────────────────────────────
AttributeList attributes_none(void) { return (AttributeList){{0, 0}, 0}; }

AttributeList attributes_add(Parser *parser, AttributeList list, AstNode *attribute) {
  if (list.start) return (AttributeList){list_add(parser, list.list, attribute), list.start};
  return (AttributeList){list_start(parser, attribute), attribute->span.start};
}

AstNode *build_attribute(Parser *parser, Token name, AstList *args, Token last) {
  attribute_check(parser, name);
  AstNode *node = start(parser, AST_ATTRIBUTE, between(name, last));
  node->attribute.name = name.value;
  node->attribute.args = args;
  return node_done(parser, node);
}

static Name find_doc(const Parser *parser, uint32_t position) {
  uint32_t low = 0, high = parser->list->docs.size;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (parser->list->docs.data[middle].at < position) low = middle + 1;
    else high = middle;
  }
  bool is_found = low < parser->list->docs.size && parser->list->docs.data[low].at == position;
  return is_found ? parser->list->docs.data[low].text : NAME_NONE;
}

static void set_attributes(Parser *parser, AttributeList attributes, AstNode *decl) {
  AstList **field = field_named(decl, "attributes");
  AstList *list = list_end(parser, attributes.list);
  if (field) *field = list;
  else if (decl->kind != AST_POISON)
    parser_error(parser, QZ0014, list->items[0]->span, "%s has no attributes", phrase(decl->kind));
}

static void set_private(Parser *parser, Token token, AstNode *decl) {
  bool *field = field_named(decl, "is_private");
  if (field) *field = true;
  else if (decl->kind != AST_POISON)
    parser_error(parser, QZ0014, token_span(token), "%s cannot be private", phrase(decl->kind));
}

AstNode *build_declared(Parser *parser, AttributeList attributes, const Token *private, AstNode *decl) {
  uint32_t first = attributes.start ? attributes.start : private ? private->start : decl->span.start;
  if (attributes.start) set_attributes(parser, attributes, decl);
  if (private) set_private(parser, *private, decl);
  Name *doc = parser->list->docs.size ? field_named(decl, "doc") : NULL;
  if (doc) *doc = find_doc(parser, first);
  decl->span.start = first;
  return attributes.start ? node_done(parser, decl) : decl;
}

AstNode *build_private_section(Parser *parser, AttributeList attributes, Token token) {
  if (attributes.start) {
    AstList *list = list_end(parser, attributes.list);
    parser_error(parser, QZ0014, list->items[0]->span, "an attribute needs a declaration behind it");
  }
  return start(parser, AST_PRIVATE_SECTION, token_span(token));
}

// ── Imports ─────────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_import(Parser *parser, Token first, Token path, const Token *alias, Token last) {
  AstNode *node = start(parser, AST_IMPORT, between(first, last));
  node->import.path = path.value;
  node->import.alias = alias ? alias->value : NAME_NONE;
  return node_done(parser, node);
}

AstNode *build_import_all(Parser *parser, Token first, Token path) {
  AstNode *node = start(parser, AST_IMPORT, between(first, path));
  node->import.path = path.value;
  node->import.all = true;
  return node_done(parser, node);
}

AstNode *build_import_names(Parser *parser, Token first, Token path, AstList *names) {
  AstNode *node = start(parser, AST_IMPORT, span_join(token_span(first), names->items[names->count - 1]->span));
  node->import.path = path.value;
  node->import.names = names;
  return node_done(parser, node);
}

AstNode *build_import_name(Parser *parser, Token name, const Token *alias, Token last) {
  AstNode *node = start(parser, AST_IMPORT_NAME, between(name, last));
  node->import_name.name = name.value;
  node->import_name.alias = alias ? alias->value : NAME_NONE;
  return node;
}

AstNode *build_import_predicate(Parser *parser, Token name, Token question) {
  Interner *names = parser->context->names;
  Text text = {.arena = parser->context->arena};
  text_printf(&text, "%s?", name_text(names, name.value));
  name.value = name_intern(names, text_str(&text), text.size);
  return build_import_name(parser, name, NULL, question);
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_function(Parser *parser, Token def, Token name, AstList *type_params, AstList *params, AstNode *result,
                        AstList *bounds, AstNode *body, Span end) {
  Span span = span_join(token_span(def), end);
  if (result) span = span_join(span, result->span);
  if (bounds) span = span_join(span, bounds->items[bounds->count - 1]->span);
  AstNode *node = start(parser, AST_FUNCTION, span);
  node->function.name = name.value;
  node->function.type_params = type_params;
  node->function.params = params;
  node->function.result = result;
  node->function.bounds = bounds;
  node->function.body = body;
  parser->labels.size = 0;
  return node_done(parser, node);
}

AstNode *build_extern(Parser *parser, Token first, Token abi, const Token *variadic, AstNode *function) {
  if (function->kind != AST_FUNCTION) return function;
  function->function.abi = abi.value;
  function->function.is_variadic = variadic != NULL;
  function->span = span_join(token_span(first), function->span);
  if (variadic && strcmp(name_text(parser->context->names, variadic->value), "variadic") != 0)
    parser_error(parser, QZ0010, token_span(*variadic), "expected `variadic` or `def`, found `%s`",
                 name_text(parser->context->names, variadic->value));
  return function;
}

static AstNode *param(Parser *parser, Span span, Name name, AstNode *type) {
  AstNode *node = start(parser, AST_PARAM, type ? span_join(span, type->span) : span);
  node->param.name = name;
  node->param.type = type;
  return node;
}

AstNode *build_param(Parser *parser, Token name, AstNode *type, AstNode *default_value) {
  AstNode *node = param(parser, token_span(name), name.value, type);
  node->param.default_value = default_value;
  if (default_value) node->span = span_join(node->span, default_value->span);
  return node_done(parser, node);
}

AstNode *build_variadic_param(Parser *parser, Token name, AstNode *type, Token ellipsis) {
  AstNode *node = param(parser, between(name, ellipsis), name.value, type);
  node->param.is_variadic = true;
  return node_done(parser, node);
}

AstNode *build_mut_param(Parser *parser, Token mut, Token name, AstNode *type) {
  AstNode *node = param(parser, between(mut, name), name.value, type);
  node->param.is_mutable = true;
  return node_done(parser, node);
}

// `&self`, `&mut self`: short for `self: &Self`.
AstNode *build_borrowed_self(Parser *parser, Token amp, Token name, bool is_mutable) {
  if (name.value != NAME_self)
    parser_error(parser, QZ0010, between(amp, name), "only `self` is borrowed this way; write `%s: &T`",
                 name_text(parser->context->names, name.value));
  Token type = name;
  type.value = NAME_Self;
  AstNode *borrow = build_type_borrow(parser, amp, is_mutable, build_type_name(parser, NULL, type));
  return node_done(parser, param(parser, between(amp, name), name.value, borrow));
}

AstNode *build_pattern_param(Parser *parser, AstNode *pattern, AstNode *type) {
  AstNode *node = param(parser, pattern->span, NAME_NONE, type);
  node->param.pattern = pattern;
  return node_done(parser, node);
}

AstNode *build_type_param(Parser *parser, Token name, AstList *bounds) {
  Span last = bounds ? bounds->items[bounds->count - 1]->span : (Span){0, 0};
  AstNode *node = start(parser, AST_TYPE_PARAM, span_join(token_span(name), last));
  node->type_param.name = name.value;
  node->type_param.bounds = bounds;
  return node_done(parser, node);
}

AstNode *build_where_bound(Parser *parser, AstNode *type, AstList *bounds) {
  AstNode *node = start(parser, AST_WHERE_BOUND, span_join(type->span, bounds->items[bounds->count - 1]->span));
  node->where_bound.type = type;
  node->where_bound.bounds = bounds;
  return node_done(parser, node);
}

// ── Types with members ──────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_struct(Parser *parser, Token first, bool is_linear, Token name, AstList *type_params, AstList *bounds,
                      AstList *members, Token end) {
  AstNode *node = start(parser, AST_STRUCT, between(first, end));
  check_members(parser, members, AST_STRUCT);
  node->struct_.is_linear = is_linear;
  node->struct_.name = name.value;
  node->struct_.type_params = type_params;
  node->struct_.bounds = bounds;
  node->struct_.members = members;
  return node_done(parser, node);
}

AstNode *build_enum(Parser *parser, Token first, Token name, AstList *type_params, AstList *bounds, AstList *members,
                    Token end) {
  AstNode *node = start(parser, AST_ENUM, between(first, end));
  check_members(parser, members, AST_ENUM);
  node->enum_.name = name.value;
  node->enum_.type_params = type_params;
  node->enum_.bounds = bounds;
  node->enum_.members = members;
  return node_done(parser, node);
}

AstNode *build_trait(Parser *parser, Token first, Token name, AstList *type_params, AstList *supertraits,
                     AstList *members, Token end) {
  AstNode *node = start(parser, AST_TRAIT, between(first, end));
  check_members(parser, members, AST_TRAIT);
  node->trait.name = name.value;
  node->trait.type_params = type_params;
  node->trait.supertraits = supertraits;
  node->trait.members = members;
  return node_done(parser, node);
}

AstNode *build_impl(Parser *parser, Token first, bool is_negative, AstList *type_params, AstNode *trait, AstNode *type,
                    AstList *bounds, AstList *members, Token end) {
  AstNode *node = start(parser, AST_IMPL, between(first, end));
  check_members(parser, members, AST_IMPL);
  node->impl.is_extend = first.kind == TOKEN_EXTEND;
  node->impl.is_negative = is_negative;
  node->impl.type_params = type_params;
  node->impl.trait = trait;
  node->impl.type = type;
  node->impl.bounds = bounds;
  node->impl.members = members;
  return node_done(parser, node);
}

AstNode *build_actor(Parser *parser, Token first, Token name, AstList *type_params, AstList *members, Token end) {
  AstNode *node = start(parser, AST_ACTOR, between(first, end));
  check_members(parser, members, AST_ACTOR);
  node->actor.name = name.value;
  node->actor.type_params = type_params;
  node->actor.members = members;
  return node_done(parser, node);
}

AstNode *build_field_decl(Parser *parser, Token name, AstNode *type, AstNode *default_value) {
  Span last = default_value ? default_value->span : type->span;
  AstNode *node = start(parser, AST_FIELD_DECL, span_join(token_span(name), last));
  node->field_decl.name = name.value;
  node->field_decl.type = type;
  node->field_decl.default_value = default_value;
  return node_done(parser, node);
}

AstNode *build_positional_field(Parser *parser, AstNode *type) {
  AstNode *node = start(parser, AST_FIELD_DECL, type->span);
  node->field_decl.type = type;
  return node_done(parser, node);
}

AstNode *build_variant(Parser *parser, Token name, AstList *fields, AstNode *tag, Span end) {
  AstNode *node = start(parser, AST_VARIANT, span_join(token_span(name), end));
  node->variant.name = name.value;
  node->variant.fields = fields;
  node->variant.tag = tag;
  return node_done(parser, node);
}

AstNode *build_packed_struct(Parser *parser, Token first, AstNode *word, Token name, AstList *fields, Token end) {
  AstNode *node = start(parser, AST_PACKED_STRUCT, between(first, end));
  node->packed_struct.word = word;
  node->packed_struct.name = name.value;
  node->packed_struct.fields = fields;
  return node_done(parser, node);
}

// `packed struct(u32)` writes the word as a number's suffix is written.
AstNode *build_packed_word(Parser *parser, Token name) {
  static const Name words[][2] = {{NAME_U8, 8}, {NAME_U16, 16}, {NAME_U32, 32}, {NAME_U64, 64}};
  const char *text = name_text(parser->context->names, name.value);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (text[0] == 'u' && strcmp(text + 1, name_text(parser->context->names, words[i][0]) + 1) == 0)
      name.value = words[i][0];
  if (text[0] == 'u' && name_text(parser->context->names, name.value)[0] == 'U')
    return build_type_name(parser, NULL, name);
  parser_error(parser, QZ0010, token_span(name), "expected `u8`, `u16`, `u32` or `u64`, found `%s`", text);
  return start(parser, AST_POISON, token_span(name));
}

static AstNode *with_doc(Parser *parser, AstNode *node, Name *doc) {
  if (parser->list->docs.size) *doc = find_doc(parser, node->span.start);
  return node_done(parser, node);
}

AstNode *build_bit_field(Parser *parser, Token name, AstNode *width) {
  AstNode *node = start(parser, AST_BIT_FIELD, span_join(token_span(name), width->span));
  node->bit_field.name = name.value;
  node->bit_field.width = width;
  return with_doc(parser, node, &node->bit_field.doc);
}

// ── Other declarations ──────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_alias(Parser *parser, AstKind kind, Token first, Token name, AstList *type_params, AstNode *type) {
  AstNode *node = start(parser, kind, span_join(token_span(first), type->span));
  _Static_assert(offsetof(AstNode, type_alias.type) == offsetof(AstNode, newtype.type), "aliases share their shape");
  node->type_alias.name = name.value;
  node->type_alias.type_params = type_params;
  node->type_alias.type = type;
  return node_done(parser, node);
}

AstNode *build_const(Parser *parser, Token first, Token name, AstNode *type, AstNode *value) {
  AstNode *node = start(parser, AST_CONST, span_join(token_span(first), value->span));
  node->const_.name = name.value;
  node->const_.type = type;
  node->const_.value = value;
  return node_done(parser, node);
}

AstNode *build_global(Parser *parser, Token first, Token name, AstNode *type, AstNode *value) {
  AstNode *node = start(parser, AST_GLOBAL, span_join(token_span(first), value->span));
  node->global.name = name.value;
  node->global.type = type;
  node->global.value = value;
  return node_done(parser, node);
}

AstNode *build_macro(Parser *parser, Token first, Token name, AstList *params, AstList *body, Token end) {
  AstNode *node = start(parser, AST_MACRO, between(first, end));
  AstNode *only = AST_LIST_COUNT(body) == 1 ? body->items[0] : NULL;
  bool is_body = only && (only->kind == AST_QUOTE || only->kind == AST_STRING_LIT || only->kind == AST_INTERPOLATION ||
                          only->kind == AST_POISON);
  if (!is_body) {
    Diag *diag = parser_error(parser, QZ0010, only ? only->span : token_span(name),
                              "a macro's body is one `quote do … end` or one string template");
    diag_help(parser->context->diags, diag, "write `macro name(a) do quote do … end end`");
    only = start(parser, AST_POISON, token_span(end));
  }
  node->macro.name = name.value;
  node->macro.params = params;
  node->macro.body = only;
  return node_done(parser, node);
}

AstNode *build_decl_macro_call(Parser *parser, AstNode *call) {
  AstNode *node = start(parser, AST_DECL_MACRO_CALL, call->span);
  node->decl_macro_call.call = call;
  return node_done(parser, node);
}
