// Declarations as source.
#include <string.h>

#include "parser/print.h"

// ── What stands before a declaration ────────────────────────────────────────────────────────────────────────────
void print_doc(Printer *printer, Name doc) {
  if (!doc || printer->source) return;  // with the source at hand it is printed as the comment it is
  const char *text = name_text(printer->names, doc), *limit = text + name_size(printer->names, doc);
  for (const char *end; text <= limit; text = end + 1) {
    end = memchr(text, '\n', (size_t)(limit - text));
    if (!end) end = limit;
    print_text(printer, end > text ? "## " : "##");
    text_bytes(printer->out, text, (size_t)(end - text));
    print_line(printer);
  }
}

static void print_attribute_arg(Printer *printer, const AstNode *node) { print_node(printer, node); }

static void print_attribute(Printer *printer, const AstNode *node) {
  text_char(printer->out, '@');
  print_name(printer, node->attribute.name);
  if (node->attribute.args) print_group(printer, node->attribute.args, "(", ")", "", print_attribute_arg);
}

// An attribute stays on the line of what it belongs to if it stood there.
static bool is_on_own_line(const Printer *printer, const AstNode *attribute) {
  if (!printer->source) return true;
  const char *at = printer->source->text + (attribute->span.end - printer->source->base);
  while (*at == ' ' || *at == '\t' || *at == '\r') at++;
  return *at == '\n' || *at == '#';
}

// Where the program goes on behind `position`, past comments.
static uint32_t next_code(const Printer *printer, uint32_t position) {
  const char *text = printer->source->text, *at = text + (position - printer->source->base);
  while (*at && strchr(" \t\r\n#", *at)) at += *at == '#' ? strcspn(at, "\n") : 1;
  return printer->source->base + (uint32_t)(at - text);
}

static void print_attributes(Printer *printer, const AstList *attributes) {
  for (AST_EACH(attribute, attributes)) {
    print_attribute(printer, attribute);
    if (!is_on_own_line(printer, attribute)) {
      text_char(printer->out, ' ');
      continue;
    }
    print_trailing_comment(printer, attribute->span.end);
    print_line(printer);
    if (printer->source) print_comments(printer, next_code(printer, attribute->span.end), false);
  }
}

static void print_head(Printer *printer, Name doc, const AstList *attributes, bool is_private) {
  print_doc(printer, doc);
  print_attributes(printer, attributes);
  if (is_private && !printer->in_section) print_text(printer, "private ");
}

static uint32_t inner_end(Span span) { return span.end >= 3 ? span.end - 3 : 0; }

static bool end_starts_its_line(const Printer *printer, Span span) {
  if (!printer->source) return false;
  const char *at = printer->source->text + (inner_end(span) - printer->source->base);
  while (at[-1] == ' ' || at[-1] == '\t') at--;
  return at[-1] == '\n';
}

static void print_members(Printer *printer, const AstList *members, Span span) {
  if (members || end_starts_its_line(printer, span)) print_lines(printer, members, inner_end(span), print_decl);
  else text_char(printer->out, ' ');
  print_text(printer, "end");
}

// ── Imports ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_import_name(Printer *printer, const AstNode *node) {
  print_name(printer, node->import_name.name);
  if (!node->import_name.alias) return;
  print_text(printer, " as ");
  print_name(printer, node->import_name.alias);
}

static void print_import(Printer *printer, const AstNode *node) {
  print_attributes(printer, node->import.attributes);
  print_text(printer, node->import.all ? "import * from " : node->import.names ? "from " : "import ");
  print_name(printer, node->import.path);
  if (node->import.names) {
    print_text(printer, " import ");
    print_commas(printer, node->import.names, ", ", print_import_name);
  }
  if (!node->import.alias) return;
  print_text(printer, " as ");
  print_name(printer, node->import.alias);
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_borrowed_self(const AstNode *node) {
  const AstNode *type = node->param.type;
  if (node->param.name != NAME_self || !type || type->kind != AST_TYPE_BORROW || node->param.default_value)
    return false;
  const AstNode *inner = type->type_borrow.inner;
  return inner->kind == AST_TYPE_NAME && inner->type_name.name == NAME_Self && !inner->type_name.scope;
}

void print_param(Printer *printer, const AstNode *node) {
  if (node->kind != AST_PARAM) {
    print_node(printer, node);
    return;
  }
  if (is_borrowed_self(node)) {
    print_text(printer, node->param.type->type_borrow.is_mutable ? "&mut self" : "&self");
    return;
  }
  if (node->param.is_mutable) print_text(printer, "mut ");
  if (node->param.pattern) {
    bool is_open = node->param.pattern->kind == AST_PAT_OR || node->param.pattern->kind == AST_PAT_TYPE ||
                   (node->param.pattern->kind == AST_PAT_BIND && !node->param.pattern->pat_bind.pattern) ||
                   node->param.pattern->kind == AST_PAT_WILDCARD;
    if (is_open) text_char(printer->out, '(');
    print_pattern(printer, node->param.pattern);
    if (is_open) text_char(printer->out, ')');
  } else print_name(printer, node->param.name);
  if (node->param.type) {
    print_text(printer, ": ");
    print_type(printer, node->param.type);
  }
  if (node->param.is_variadic) print_text(printer, "...");
  if (!node->param.default_value) return;
  print_text(printer, " = ");
  print_expr(printer, node->param.default_value);
}

void print_params(Printer *printer, const AstList *params) { print_group(printer, params, "(", ")", "", print_param); }

static void print_type_param(Printer *printer, const AstNode *node) {
  print_name(printer, node->type_param.name);
  if (!node->type_param.bounds) return;
  print_text(printer, ": ");
  print_bounds(printer, node->type_param.bounds);
}

static void print_type_params(Printer *printer, const AstList *params) {
  print_angles(printer, params, print_type_param);
}

static void print_where_bound(Printer *printer, const AstNode *node) {
  print_type(printer, node->where_bound.type);
  print_text(printer, ": ");
  print_bounds(printer, node->where_bound.bounds);
}

static void print_where(Printer *printer, const AstList *bounds) {
  if (!bounds) return;
  print_text(printer, " where ");
  print_commas(printer, bounds, ", ", print_where_bound);
}

static void print_extern(Printer *printer, const AstNode *node) {
  if (!node->function.abi) return;
  print_text(printer, "extern \"");
  print_name(printer, node->function.abi);
  print_text(printer, node->function.is_variadic ? "\" variadic " : "\" ");
}

static void print_result(Printer *printer, const AstNode *node) {
  if (node->function.result) {
    print_text(printer, ": ");
    print_type(printer, node->function.result);
  }
  print_where(printer, node->function.bounds);
}

// The result begins on the last line of the parameters.
static void print_params_and_result(Printer *printer, const AstNode *node) {
  size_t start = printer->out->size;
  uint32_t comment = printer->comment;
  print_result(printer, node);
  printer->behind = strcspn(text_str(printer->out) + start, "\n");
  print_cut(printer, start);
  printer->comment = comment;
  print_params(printer, node->function.params);
  print_result(printer, node);
}

static void print_function(Printer *printer, const AstNode *node) {
  print_head(printer, node->function.doc, node->function.attributes, node->function.is_private);
  print_extern(printer, node);
  print_text(printer, "def ");
  print_name(printer, node->function.name);
  print_type_params(printer, node->function.type_params);
  print_params_and_result(printer, node);
  const AstNode *body = node->function.body;
  if (!body) return;
  if (body->kind != AST_BLOCK) {
    print_text(printer, " = ");
    print_statement(printer, body);
    return;
  }
  print_body(printer, body, inner_end(node->span));
  print_text(printer, "end");
}

// ── Types with members ──────────────────────────────────────────────────────────────────────────────────────────
static void print_struct(Printer *printer, const AstNode *node) {
  print_head(printer, node->struct_.doc, node->struct_.attributes, node->struct_.is_private);
  print_text(printer, node->struct_.is_linear ? "linear struct " : "struct ");
  print_name(printer, node->struct_.name);
  print_type_params(printer, node->struct_.type_params);
  print_where(printer, node->struct_.bounds);
  print_members(printer, node->struct_.members, node->span);
}

static void print_field_decl(Printer *printer, const AstNode *node) {
  print_head(printer, node->field_decl.doc, node->field_decl.attributes, node->field_decl.is_private);
  if (node->field_decl.name) {
    print_name(printer, node->field_decl.name);
    print_text(printer, ": ");
  }
  print_type(printer, node->field_decl.type);
  if (!node->field_decl.default_value) return;
  print_text(printer, " = ");
  print_expr(printer, node->field_decl.default_value);
}

static void print_bit_field(Printer *printer, const AstNode *node) {
  if (node->kind != AST_BIT_FIELD) {
    print_node(printer, node);
    return;
  }
  print_doc(printer, node->bit_field.doc);
  print_name(printer, node->bit_field.name);
  print_text(printer, ": ");
  print_expr(printer, node->bit_field.width);
}

static void print_packed_struct(Printer *printer, const AstNode *node) {
  print_head(printer, node->packed_struct.doc, node->packed_struct.attributes, node->packed_struct.is_private);
  print_text(printer, "packed struct(");
  const AstNode *word = node->packed_struct.word;
  const char *text = word->kind == AST_TYPE_NAME ? name_text(printer->names, word->type_name.name) : "";
  if (text[0] == 'U') text_printf(printer->out, "u%s", text + 1);
  else print_type(printer, word);
  print_text(printer, ") ");
  print_name(printer, node->packed_struct.name);
  print_lines(printer, node->packed_struct.fields, inner_end(node->span), print_bit_field);
  print_text(printer, "end");
}

static void print_enum(Printer *printer, const AstNode *node) {
  print_head(printer, node->enum_.doc, node->enum_.attributes, node->enum_.is_private);
  print_text(printer, "enum ");
  print_name(printer, node->enum_.name);
  print_type_params(printer, node->enum_.type_params);
  print_where(printer, node->enum_.bounds);
  print_members(printer, node->enum_.members, node->span);
}

static void print_variant(Printer *printer, const AstNode *node) {
  print_doc(printer, node->variant.doc);
  print_name(printer, node->variant.name);
  if (node->variant.fields) print_group(printer, node->variant.fields, "(", ")", "", print_field_decl);
  if (!node->variant.tag) return;
  print_text(printer, " = ");
  print_expr(printer, node->variant.tag);
}

static void print_trait(Printer *printer, const AstNode *node) {
  print_head(printer, node->trait.doc, node->trait.attributes, node->trait.is_private);
  print_text(printer, "trait ");
  print_name(printer, node->trait.name);
  print_type_params(printer, node->trait.type_params);
  if (node->trait.supertraits) {
    print_text(printer, ": ");
    print_bounds(printer, node->trait.supertraits);
  }
  print_members(printer, node->trait.members, node->span);
}

static void print_impl(Printer *printer, const AstNode *node) {
  print_head(printer, NAME_NONE, node->impl.attributes, false);
  print_text(printer, node->impl.is_extend ? "extend" : "impl");
  print_type_params(printer, node->impl.type_params);
  print_text(printer, node->impl.is_negative ? " !" : " ");
  if (node->impl.trait) {
    print_type(printer, node->impl.trait);
    print_text(printer, " for ");
  }
  print_type(printer, node->impl.type);
  print_where(printer, node->impl.bounds);
  print_members(printer, node->impl.members, node->span);
}

static void print_actor(Printer *printer, const AstNode *node) {
  print_head(printer, node->actor.doc, node->actor.attributes, node->actor.is_private);
  print_text(printer, "actor ");
  print_name(printer, node->actor.name);
  print_type_params(printer, node->actor.type_params);
  print_members(printer, node->actor.members, node->span);
}

// ── Other declarations ──────────────────────────────────────────────────────────────────────────────────────────
static void print_alias(Printer *printer, const char *word, const AstNode *node) {
  print_head(printer, node->type_alias.doc, node->type_alias.attributes, node->type_alias.is_private);
  print_text(printer, word);
  print_name(printer, node->type_alias.name);
  print_type_params(printer, node->type_alias.type_params);
  print_text(printer, " = ");
  print_type(printer, node->type_alias.type);
}

static void print_value(Printer *printer, const char *word, Name name, const AstNode *type, const AstNode *value) {
  print_text(printer, word);
  print_name(printer, name);
  if (type) {
    print_text(printer, ": ");
    print_type(printer, type);
  }
  print_text(printer, " = ");
  print_expr(printer, value);
}

static void print_const(Printer *printer, const AstNode *node) {
  print_head(printer, node->const_.doc, node->const_.attributes, node->const_.is_private);
  print_value(printer, "const ", node->const_.name, node->const_.type, node->const_.value);
}

static void print_global(Printer *printer, const AstNode *node) {
  print_head(printer, node->global.doc, node->global.attributes, node->global.is_private);
  print_value(printer, "var ", node->global.name, node->global.type, node->global.value);
}

static void print_macro(Printer *printer, const AstNode *node) {
  print_head(printer, node->macro.doc, node->macro.attributes, node->macro.is_private);
  print_text(printer, "macro ");
  print_name(printer, node->macro.name);
  print_params(printer, node->macro.params);
  print_text(printer, " do");
  print_body(printer, node->macro.body, inner_end(node->span));
  print_text(printer, "end");
}

// ── Blank lines ─────────────────────────────────────────────────────────────────────────────────────────────────
static bool has_own_lines(const AstNode *node) {
  switch ((int)node->kind) {
    case AST_FUNCTION: return node->function.body && node->function.body->kind == AST_BLOCK;
    case AST_STRUCT:
    case AST_PACKED_STRUCT:
    case AST_ENUM:
    case AST_TRAIT:
    case AST_ACTOR:
    case AST_MACRO: return true;
    case AST_IMPL: return node->impl.members != NULL;
    default: return false;
  }
}

static bool is_declaration(const AstNode *node) { return node->kind < AST_POISON; }

// Declarations of several lines stand apart; so do imports from what follows them.
bool print_is_apart(const AstNode *before, const AstNode *after) {
  if (!is_declaration(before) || !is_declaration(after)) return false;
  if (has_own_lines(before) || has_own_lines(after)) return true;
  if (before->kind == AST_PRIVATE_SECTION || after->kind == AST_PRIVATE_SECTION) return true;
  return (before->kind == AST_IMPORT) != (after->kind == AST_IMPORT);
}

// ── One declaration of any kind ─────────────────────────────────────────────────────────────────────────────────
void print_decl(Printer *printer, const AstNode *node) {
  if (node->kind == AST_IMPORT) print_import(printer, node);
  else if (node->kind == AST_PRIVATE_SECTION) print_text(printer, "private");
  else if (node->kind == AST_ATTRIBUTE) print_attribute(printer, node);
  else if (node->kind == AST_FUNCTION) print_function(printer, node);
  else if (node->kind == AST_PARAM) print_param(printer, node);
  else if (node->kind == AST_TYPE_PARAM) print_type_param(printer, node);
  else if (node->kind == AST_WHERE_BOUND) print_where_bound(printer, node);
  else if (node->kind == AST_IMPORT_NAME) print_import_name(printer, node);
  else if (node->kind == AST_STRUCT) print_struct(printer, node);
  else if (node->kind == AST_FIELD_DECL) print_field_decl(printer, node);
  else if (node->kind == AST_PACKED_STRUCT) print_packed_struct(printer, node);
  else if (node->kind == AST_BIT_FIELD) print_bit_field(printer, node);
  else if (node->kind == AST_ENUM) print_enum(printer, node);
  else if (node->kind == AST_VARIANT) print_variant(printer, node);
  else if (node->kind == AST_TRAIT) print_trait(printer, node);
  else if (node->kind == AST_IMPL) print_impl(printer, node);
  else if (node->kind == AST_ACTOR) print_actor(printer, node);
  else if (node->kind == AST_TYPE_ALIAS) print_alias(printer, "type ", node);
  else if (node->kind == AST_NEWTYPE) print_alias(printer, "newtype ", node);
  else if (node->kind == AST_CONST) print_const(printer, node);
  else if (node->kind == AST_GLOBAL) print_global(printer, node);
  else if (node->kind == AST_MACRO) print_macro(printer, node);
  else if (node->kind == AST_DECL_MACRO_CALL) print_node(printer, node->decl_macro_call.call);
  else print_node(printer, node);
}
