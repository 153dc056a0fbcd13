// Builders of patterns.
#include "parser/build.h"

static AstNode *start(Parser *parser, AstKind kind, Span span) {
  return ast_node(context_trees(parser->context), kind, span);
}
static Span between(Token first, Token last) { return span_join(token_span(first), token_span(last)); }

AstNode *build_pat_bind(Parser *parser, Token name, AstNode *pattern) {
  bool is_wildcard = name.value == NAME_underscore && !pattern;
  Span span = pattern ? span_join(token_span(name), pattern->span) : token_span(name);
  AstNode *node = start(parser, is_wildcard ? AST_PAT_WILDCARD : AST_PAT_BIND, span);
  if (is_wildcard) return node;
  node->pat_bind.name = name.value;
  node->pat_bind.pattern = pattern;
  return node_done(parser, node);
}

AstNode *build_pat_value(Parser *parser, AstNode *value) {
  AstNode *node = start(parser, AST_PAT_VALUE, value->span);
  node->pat_value.value = value;
  return node_done(parser, node);
}

// LIMIT, MAX_2: at least two letters, all of them capitals.
static bool is_constant_name(const Interner *names, Name name) {
  const char *text = name_text(names, name);
  uint32_t letters = 0;
  for (uint32_t i = 0; i < name_size(names, name); i++) {
    if (text[i] >= 'A' && text[i] <= 'Z') letters++;
    else if (text[i] != '_' && (text[i] < '0' || text[i] > '9')) return false;
  }
  return letters >= 2;
}

static AstNode *variant(Parser *parser, AstNode *path, bool has_args, AstList *args, Span span) {
  AstNode *node = start(parser, AST_PAT_VARIANT, span);
  node->pat_variant.variant = path;
  node->pat_variant.has_args = has_args;
  node->pat_variant.args = args;
  return node_done(parser, node);
}

AstNode *build_pat_name(Parser *parser, AstNode *path) {
  Name name = path->kind == AST_PATH ? path->path.name : path->kind == AST_IDENT ? path->ident.name : NAME_NONE;
  if (is_constant_name(parser->context->names, name)) return build_pat_value(parser, path);
  return variant(parser, path, false, NULL, path->span);
}

AstNode *build_pat_variant(Parser *parser, AstNode *path, AstList *args, Token end) {
  return variant(parser, path, true, args, span_join(path->span, token_span(end)));
}

AstNode *build_pat_range(Parser *parser, AstNode *first, Token op, AstNode *end) {
  Span span = token_span(op);
  if (first) span = span_join(first->span, span);
  if (end) span = span_join(span, end->span);
  AstNode *node = start(parser, AST_PAT_RANGE, span);
  node->pat_range.start = first;
  node->pat_range.end = end;
  node->pat_range.is_inclusive = op.kind == TOKEN_RANGE_INCLUSIVE;
  return node_done(parser, node);
}

AstNode *build_pat_record(Parser *parser, AstNode *type, Span first, AstList *fields, Token end) {
  AstNode *node = start(parser, AST_PAT_RECORD, span_join(first, token_span(end)));
  node->pat_record.type = type;
  node->pat_record.fields = fields;
  return node_done(parser, node);
}

AstNode *build_pat_field(Parser *parser, Token name, AstNode *pattern) {
  AstNode *node = start(parser, AST_PAT_FIELD, span_join(token_span(name), pattern ? pattern->span : (Span){0, 0}));
  node->pat_field.name = name.value;
  node->pat_field.pattern = pattern;
  return node_done(parser, node);
}

AstNode *build_pat_rest(Parser *parser, Token first, const Token *name) {
  AstNode *node = start(parser, AST_PAT_REST, name ? between(first, *name) : token_span(first));
  node->pat_rest.name = name && name->value != NAME_underscore ? name->value : NAME_NONE;
  return node;
}

static AstNode *group(Parser *parser, AstKind kind, AstList *patterns, Span span) {
  AstNode *node = start(parser, kind, span);
  _Static_assert(offsetof(AstNode, pat_list.patterns) == offsetof(AstNode, pat_tuple.patterns) &&
                     offsetof(AstNode, pat_list.patterns) == offsetof(AstNode, pat_or.patterns),
                 "the pattern groups share their shape");
  node->pat_list.patterns = patterns;
  return node_done(parser, node);
}

AstNode *build_pat_group(Parser *parser, AstKind kind, Token first, AstList *patterns, Token end) {
  return group(parser, kind, patterns, between(first, end));
}

AstNode *build_pattern_list(Parser *parser, AstKind kind, AstList *patterns) {
  return group(parser, kind, patterns, span_join(patterns->items[0]->span, patterns->items[patterns->count - 1]->span));
}

AstNode *build_pat_type(Parser *parser, Token name, AstNode *type) {
  AstNode *node = start(parser, AST_PAT_TYPE, span_join(token_span(name), type->span));
  node->pat_type.name = name.value;
  node->pat_type.type = type;
  return node_done(parser, node);
}

// ── `v = a.recv()` in a select: what was read as an expression is a pattern ─────────────────────────────────────
static AstList *patterns_from_exprs(Parser *parser, AstList *exprs) {
  ListMark mark = {parser->scratch.size, 0};
  for (AST_EACH(item, exprs)) {
    AstNode *value = item->kind == AST_ARG ? item->arg.value : item;
    mark = list_add(parser, mark, pattern_from_expr(parser, value));
  }
  return list_end(parser, mark);
}

static AstNode *name_pattern(Parser *parser, AstNode *expr) {
  const char *text = name_text(parser->context->names, expr->ident.name);
  if (text[0] >= 'A' && text[0] <= 'Z') return build_pat_name(parser, expr);
  Token token = {.start = expr->span.start,
                 .value = expr->ident.name,
                 .length = (expr->span.end - expr->span.start) & TOKEN_LENGTH_MAX};
  return build_pat_bind(parser, token, NULL);
}

AstNode *pattern_from_expr(Parser *parser, AstNode *expr) {
  if (expr->kind == AST_IDENT) return name_pattern(parser, expr);
  if (expr->kind == AST_PATH) return build_pat_name(parser, expr);
  if (expr->kind == AST_TUPLE)
    return group(parser, AST_PAT_TUPLE, patterns_from_exprs(parser, expr->tuple.elements), expr->span);
  if (expr->kind == AST_CALL && !expr->call.block)
    return variant(parser, expr->call.callee, true, patterns_from_exprs(parser, expr->call.args), expr->span);
  if (expr->kind != AST_POISON) parser_error(parser, QZ0010, expr->span, "expected a pattern before `=`");
  return start(parser, AST_POISON, expr->span);
}
