// Builders of statements, blocks and control flow.
#include "parser/build.h"

static AstNode *start(Parser *parser, AstKind kind, Span span) {
  return ast_node(context_trees(parser->context), kind, span);
}
static Span between(Token first, Token last) { return span_join(token_span(first), token_span(last)); }

AstNode *build_poison(Parser *parser, Token skipped) { return start(parser, AST_POISON, token_span(skipped)); }

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────
static AstNode *block(Parser *parser, AstList *stmts, Span span) {
  AstNode *node = start(parser, AST_BLOCK, span);
  node->block.stmts = stmts;
  return node_done(parser, node);
}

static Span list_span(const AstList *list, uint32_t nowhere) {
  if (!list) return (Span){nowhere, nowhere};
  return span_join(list->items[0]->span, list->items[list->count - 1]->span);
}

// The place of a body is what it holds; an empty one stands where its `end` starts.
AstNode *build_block(Parser *parser, AstList *stmts, Token end) {
  return block(parser, stmts, list_span(stmts, end.start));
}

AstNode *build_body(Parser *parser, AstList *stmts) {
  return block(parser, stmts, list_span(stmts, parser->list->tokens.data[parser->at].start));
}

AstNode *build_do(Parser *parser, Token first, AstList *stmts, Token end) {
  return block(parser, stmts, between(first, end));
}

// ── Conditions ──────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_postfix_if(Parser *parser, AstNode *stmt, Token word, AstNode *cond) {
  AstNode *node = start(parser, AST_IF, span_join(stmt->span, cond->span));
  node->if_.is_unless = word.kind == TOKEN_POSTFIX_UNLESS;
  node->if_.is_postfix = true;
  node->if_.cond = cond;
  node->if_.then_body = stmt;
  return node_done(parser, node);
}

static AstNode *condition(Parser *parser, Token first, AstNode *cond, AstNode *then_body, AstNode *else_body,
                          Span end) {
  AstNode *node = start(parser, AST_IF, span_join(token_span(first), end));
  node->if_.is_unless = first.kind == TOKEN_UNLESS;
  node->if_.cond = cond;
  node->if_.then_body = then_body;
  node->if_.else_body = else_body;
  return node_done(parser, node);
}

AstNode *build_if(Parser *parser, Token first, AstNode *cond, AstNode *then_body, AstNode *else_body, Token end) {
  return condition(parser, first, cond, then_body, else_body, token_span(end));
}

AstNode *build_elsif(Parser *parser, Token first, AstNode *cond, AstNode *then_body, AstNode *else_body) {
  return condition(parser, first, cond, then_body, else_body, else_body ? else_body->span : then_body->span);
}

// ── Bindings and assignments ────────────────────────────────────────────────────────────────────────────────────
AstNode *build_binding(Parser *parser, Token first, bool is_mutable, AstNode *pattern, AstNode *value) {
  AstNode *node = start(parser, AST_BINDING, span_join(token_span(first), value->span));
  node->binding.is_mutable = is_mutable;
  node->binding.pattern = pattern;
  node->binding.value = value;
  return node_done(parser, node);
}

AstNode *build_typed_binding(Parser *parser, Token first, bool is_mutable, Token name, AstNode *type, AstNode *value) {
  AstNode *node = start(parser, AST_BINDING, span_join(token_span(first), value->span));
  node->binding.is_mutable = is_mutable;
  node->binding.pattern = build_pat_bind(parser, name, NULL);
  node->binding.type = type;
  node->binding.value = value;
  return node_done(parser, node);
}

static bool is_place(const AstNode *target);

// `{ x, at: (left, top) }`: a field goes to the variable of its name, or to the target that is given for it.
static bool all_field_places(const AstList *fields) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(fields); i++) {
    const AstNode *value = fields->items[i]->field_init.value;
    if (value && !is_place(value)) return false;
  }
  return true;
}

static bool all_places(const AstList *list) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(list); i++)
    if (!is_place(list->items[i])) return false;
  return true;
}

static bool is_place(const AstNode *target) {
  if (target->kind == AST_TUPLE) return target->tuple.elements && all_places(target->tuple.elements);
  if (target->kind == AST_RECORD_LIT) return all_field_places(target->record_lit.fields);
  return target->kind == AST_IDENT || target->kind == AST_FIELD || target->kind == AST_TUPLE_FIELD ||
         target->kind == AST_INDEX || target->kind == AST_PATH || target->kind == AST_UNQUOTE ||
         target->kind == AST_POISON;
}

static void check_target(Parser *parser, AstNode *target, Token op) {
  bool is_group = target->kind == AST_TUPLE || target->kind == AST_RECORD_LIT;
  if (is_place(target) && !(is_group && op.kind != TOKEN_ASSIGN)) return;
  Diag *diag = parser_error(parser, QZ0010, target->span, "this cannot be assigned to");
  if (op.kind == TOKEN_ASSIGN && target->kind == AST_BINARY)
    diag_help(parser->context->diags, diag, "`==` compares, `=` assigns");
}

AstNode *build_assign(Parser *parser, AstNode *target, Token op, AstNode *value) {
  check_target(parser, target, op);
  AstNode *node = start(parser, AST_ASSIGN, span_join(target->span, value->span));
  node->assign.op = token_operator(op);
  node->assign.target = target;
  node->assign.value = value;
  return node_done(parser, node);
}

// ── Jumps ───────────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_return(Parser *parser, Token first, AstNode *value) {
  AstNode *node = start(parser, AST_RETURN, span_join(token_span(first), value ? value->span : (Span){0, 0}));
  node->return_.value = value;
  return node_done(parser, node);
}

static bool is_label(const Parser *parser, Name name) {
  for (uint32_t i = 0; i < parser->labels.size; i++)
    if (parser->labels.data[i] == name) return true;
  return false;
}

// `break outer` names a loop around it, `break x` gives a value.
AstNode *build_break(Parser *parser, Token first, AstNode *value) {
  AstNode *node = start(parser, AST_BREAK, span_join(token_span(first), value ? value->span : (Span){0, 0}));
  if (value && value->kind == AST_IDENT && is_label(parser, value->ident.name)) node->break_.label = value->ident.name;
  else node->break_.value = value;
  return node_done(parser, node);
}

AstNode *build_continue(Parser *parser, Token first, const Token *label) {
  AstNode *node = start(parser, AST_CONTINUE, label ? between(first, *label) : token_span(first));
  node->continue_.label = label ? label->value : NAME_NONE;
  return node;
}

AstNode *build_defer(Parser *parser, Token first, AstNode *body) {
  AstNode *node = start(parser, AST_DEFER, span_join(token_span(first), body->span));
  node->defer.body = body;
  return node_done(parser, node);
}

// ── Loops ───────────────────────────────────────────────────────────────────────────────────────────────────────
void label_open(Parser *parser, Token name) { vec_push(parser->context->arena, &parser->labels, name.value); }

AstNode *build_labelled(Parser *parser, Token label, AstNode *loop) {
  if (parser->labels.size) parser->labels.size--;
  loop->span = span_join(token_span(label), loop->span);
  if (loop->kind == AST_WHILE) loop->while_.label = label.value;
  else if (loop->kind == AST_LOOP) loop->loop.label = label.value;
  else if (loop->kind == AST_FOR) loop->for_.label = label.value;
  return loop;
}

AstNode *build_while(Parser *parser, Token first, AstNode *cond, AstList *body, Token end) {
  AstNode *node = start(parser, AST_WHILE, between(first, end));
  node->while_.is_until = first.kind == TOKEN_UNTIL;
  node->while_.cond = cond;
  node->while_.body = build_block(parser, body, end);
  return node_done(parser, node);
}

AstNode *build_loop(Parser *parser, Token first, AstList *body, Token end) {
  AstNode *node = start(parser, AST_LOOP, between(first, end));
  node->loop.body = build_block(parser, body, end);
  return node_done(parser, node);
}

AstNode *build_for(Parser *parser, Token first, AstNode *pattern, AstNode *iterable, AstList *body, Token end) {
  AstNode *node = start(parser, AST_FOR, between(first, end));
  node->for_.pattern = pattern;
  node->for_.iterable = iterable;
  node->for_.body = build_block(parser, body, end);
  return node_done(parser, node);
}

// ── Matches and selects ─────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_match(Parser *parser, Token first, AstNode *subject, AstList *arms, Token end) {
  AstNode *node = start(parser, AST_MATCH, between(first, end));
  node->match.subject = subject;
  node->match.arms = arms;
  return node_done(parser, node);
}

AstNode *build_arm(Parser *parser, AstNode *pattern, AstNode *guard, AstNode *body) {
  AstNode *node = start(parser, AST_ARM, span_join(pattern->span, body->span));
  node->arm.pattern = pattern;
  node->arm.guard = guard;
  node->arm.body = body;
  return node_done(parser, node);
}

AstNode *build_select(Parser *parser, Token first, AstList *arms, Token end) {
  AstNode *node = start(parser, AST_SELECT, between(first, end));
  node->select.arms = arms;
  return node_done(parser, node);
}

AstNode *build_select_arm(Parser *parser, AstNode *binding, AstNode *operation, AstNode *body) {
  AstNode *node = start(parser, AST_SELECT_ARM, span_join(binding ? binding->span : operation->span, body->span));
  node->select_arm.binding = binding ? pattern_from_expr(parser, binding) : NULL;
  node->select_arm.operation = operation;
  node->select_arm.body = body;
  bool is_operation = operation->kind == AST_METHOD_CALL || operation->kind == AST_CALL ||
                      operation->kind == AST_AWAIT || operation->kind == AST_POISON;
  if (!is_operation)
    parser_error(parser, QZ0010, operation->span,
                 "expected `recv()`, `send(…)`, `await …` or `timeout(…)` in a `select` arm");
  return node_done(parser, node);
}

AstNode *build_select_else(Parser *parser, Token first, AstNode *body) {
  AstNode *node = start(parser, AST_SELECT_ARM, span_join(token_span(first), body->span));
  node->select_arm.body = body;
  return node_done(parser, node);
}

// ── Macros ──────────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_quote(Parser *parser, Token first, AstList *stmts, Token end) {
  AstNode *node = start(parser, AST_QUOTE, between(first, end));
  node->quote.body = build_block(parser, stmts, end);
  return node_done(parser, node);
}

AstNode *build_unquote(Parser *parser, Token first, AstNode *value, Token end) {
  AstNode *node = start(parser, AST_UNQUOTE, between(first, end));
  node->unquote.value = value;
  node->unquote.is_each = first.value;
  return node_done(parser, node);
}
