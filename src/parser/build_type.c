// Builders of types.
#include "parser/build.h"

static AstNode *start(Parser *parser, AstKind kind, Span span) {
  return ast_node(context_trees(parser->context), kind, span);
}
static Span between(Token first, Token last) { return span_join(token_span(first), token_span(last)); }

AstNode *build_type_name(Parser *parser, AstNode *scope, Token name) {
  AstNode *node = start(parser, AST_TYPE_NAME, span_join(scope ? scope->span : (Span){0, 0}, token_span(name)));
  node->type_name.scope = scope;
  node->type_name.name = name.value;
  return node_done(parser, node);
}

AstNode *build_type_args(Parser *parser, AstNode *name, AstList *args, Token end) {
  if (name->kind != AST_TYPE_NAME) return name;
  name->type_name.args = args;
  name->span = span_join(name->span, token_span(end));
  return node_done(parser, name);
}

AstNode *build_type_list(Parser *parser, AstKind kind, AstList *types) {
  AstNode *node = start(parser, kind, span_join(types->items[0]->span, types->items[types->count - 1]->span));
  _Static_assert(offsetof(AstNode, type_union.types) == offsetof(AstNode, type_intersection.types),
                 "unions and intersections share their shape");
  node->type_union.types = types;
  return node_done(parser, node);
}

AstNode *build_type_fn(Parser *parser, Token first, AstList *params, AstNode *result, Span end) {
  AstNode *node = start(parser, AST_TYPE_FN, span_join(token_span(first), end));
  node->type_fn.params = params;
  node->type_fn.result = result;
  return node_done(parser, node);
}

AstNode *build_type_borrow(Parser *parser, Token first, bool is_mutable, AstNode *inner) {
  AstNode *node = start(parser, AST_TYPE_BORROW, span_join(token_span(first), inner->span));
  node->type_borrow.is_mutable = is_mutable;
  node->type_borrow.inner = inner;
  return node_done(parser, node);
}

AstNode *build_type_tuple(Parser *parser, Token first, AstList *elements, Token end) {
  AstNode *node = start(parser, AST_TYPE_TUPLE, between(first, end));
  node->type_tuple.elements = elements;
  return node_done(parser, node);
}

AstNode *build_type_record(Parser *parser, Token first, AstList *fields, Token end) {
  AstNode *node = start(parser, AST_TYPE_RECORD, between(first, end));
  node->type_record.fields = fields;
  return node_done(parser, node);
}

AstNode *build_type_array(Parser *parser, Token first, AstNode *element, AstNode *count, Token end) {
  AstNode *node = start(parser, AST_TYPE_ARRAY, between(first, end));
  node->type_array.element = element;
  node->type_array.count = count;
  return node_done(parser, node);
}

AstNode *build_type_never(Parser *parser, Token token) { return start(parser, AST_TYPE_NEVER, token_span(token)); }

AstNode *build_type_impl(Parser *parser, Token first, AstList *bounds) {
  AstNode *node = start(parser, AST_TYPE_IMPL, span_join(token_span(first), bounds->items[bounds->count - 1]->span));
  node->type_impl.bounds = bounds;
  return node_done(parser, node);
}
