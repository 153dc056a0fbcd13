// What all builders share: growing lists, heights, messages.
#include "parser/build.h"

// ── Lists ───────────────────────────────────────────────────────────────────────────────────────────────────────
static ListMark push(Parser *parser, ListMark mark, AstNode *item) {
  parser->scratch.size = mark.base + mark.count;
  vec_push(parser->context->arena, &parser->scratch, item);
  return (ListMark){mark.base, mark.count + 1};
}

ListMark list_start(Parser *parser, AstNode *item) { return push(parser, (ListMark){parser->scratch.size, 0}, item); }
ListMark list_add(Parser *parser, ListMark mark, AstNode *item) { return push(parser, mark, item); }

AstList *list_end(Parser *parser, ListMark mark) {
  AstList *list = ast_list(context_trees(parser->context), parser->scratch.data + mark.base, mark.count);
  parser->scratch.size = mark.base;
  return list;
}

AstList *list_one(Parser *parser, AstNode *item) { return ast_list(context_trees(parser->context), &item, 1); }

// ── Nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────
Diag *parser_error(Parser *parser, DiagId id, Span span, const char *format, ...) {
  va_list args;
  va_start(args, format);
  Text message = {.arena = parser->context->arena};
  text_vprintf(&message, format, args);
  va_end(args);
  DiagList scratch = {.arena = parser->context->arena};
  DiagList *list = parser->error_count++ < PARSER_ERRORS_MAX ? parser->context->diags : &scratch;
  return diag_report(list, id, span, "%s", text_str(&message));
}

void report_height(Parser *parser, const AstNode *node) {
  if (!parser->is_too_deep && !parser->list->is_cut) {
    Span start = {node->span.start, node->span.start + 1};
    Diag *diag = parser_error(parser, QZ0011, start, "this is nested more than %d levels deep", AST_HEIGHT_MAX);
    diag_help(parser->context->diags, diag, "split it: give names to its parts");
  }
  parser->is_too_deep = true;
}

AstNode *node_done(Parser *parser, AstNode *node) {
  if (ast_finish(node)) return node;
  report_height(parser, node);
  return ast_node(context_trees(parser->context), AST_POISON, node->span);
}
