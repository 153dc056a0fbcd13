// Builders of expressions.
#include "parser/build.h"

static AstNode *start(Parser *parser, AstKind kind, Span span) {
  return ast_node(context_trees(parser->context), kind, span);
}
static Span between(Token first, Token last) { return span_join(token_span(first), token_span(last)); }

static const unsigned char operators[TOKEN_KIND_COUNT] = {
    [TOKEN_PLUS] = AST_OP_ADD,
    [TOKEN_ADD_ASSIGN] = AST_OP_ADD,
    [TOKEN_MINUS] = AST_OP_SUB,
    [TOKEN_SUB_ASSIGN] = AST_OP_SUB,
    [TOKEN_STAR] = AST_OP_MUL,
    [TOKEN_MUL_ASSIGN] = AST_OP_MUL,
    [TOKEN_SLASH] = AST_OP_DIV,
    [TOKEN_DIV_ASSIGN] = AST_OP_DIV,
    [TOKEN_PERCENT] = AST_OP_MOD,
    [TOKEN_MOD_ASSIGN] = AST_OP_MOD,
    [TOKEN_POW] = AST_OP_POW,
    [TOKEN_POW_ASSIGN] = AST_OP_POW,
    [TOKEN_WRAP_ADD] = AST_OP_WRAP_ADD,
    [TOKEN_WRAP_ADD_ASSIGN] = AST_OP_WRAP_ADD,
    [TOKEN_WRAP_SUB] = AST_OP_WRAP_SUB,
    [TOKEN_WRAP_SUB_ASSIGN] = AST_OP_WRAP_SUB,
    [TOKEN_WRAP_MUL] = AST_OP_WRAP_MUL,
    [TOKEN_WRAP_MUL_ASSIGN] = AST_OP_WRAP_MUL,
    [TOKEN_AMP] = AST_OP_BIT_AND,
    [TOKEN_AND_ASSIGN] = AST_OP_BIT_AND,
    [TOKEN_BAR] = AST_OP_BIT_OR,
    [TOKEN_OR_ASSIGN] = AST_OP_BIT_OR,
    [TOKEN_CARET] = AST_OP_BIT_XOR,
    [TOKEN_XOR_ASSIGN] = AST_OP_BIT_XOR,
    [TOKEN_SHL] = AST_OP_SHL,
    [TOKEN_SHL_ASSIGN] = AST_OP_SHL,
    [TOKEN_SHR] = AST_OP_SHR,
    [TOKEN_SHR_ASSIGN] = AST_OP_SHR,
    [TOKEN_EQ] = AST_OP_EQ,
    [TOKEN_NE] = AST_OP_NE,
    [TOKEN_LT] = AST_OP_LT,
    [TOKEN_LE] = AST_OP_LE,
    [TOKEN_GT] = AST_OP_GT,
    [TOKEN_GE] = AST_OP_GE,
    [TOKEN_TILDE_MATCH] = AST_OP_MATCH,
    [TOKEN_AND] = AST_OP_AND,
    [TOKEN_OR] = AST_OP_OR,
};

AstOp token_operator(Token token) { return (AstOp)operators[token.kind]; }

// ── Literals and names ──────────────────────────────────────────────────────────────────────────────────────────
// A node in parentheses takes their place, so that messages underline them too.
AstNode *build_paren(Token open, AstNode *inner, Token close) {
  inner->span = between(open, close);
  inner->in_parens = true;
  return inner;
}

AstNode *build_ident(Parser *parser, Token token) {
  AstNode *node = start(parser, AST_IDENT, token_span(token));
  node->ident.name = token.value;
  return node;
}

AstNode *build_int(Parser *parser, Token token) {
  AstNode *node = start(parser, AST_INT_LIT, token_span(token));
  const NumberValue *number = &parser->list->numbers.data[token.value];
  node->int_lit.value = number->integer;
  node->int_lit.suffix = number->suffix;
  return node;
}

AstNode *build_float(Parser *parser, Token token) {
  AstNode *node = start(parser, AST_FLOAT_LIT, token_span(token));
  const NumberValue *number = &parser->list->numbers.data[token.value];
  node->float_lit.value = number->real;
  node->float_lit.suffix = number->suffix;
  return node;
}

AstNode *build_char(Parser *parser, Token token) {
  AstNode *node = start(parser, AST_CHAR_LIT, token_span(token));
  node->char_lit.value = parser->list->numbers.data[token.value].integer;
  return node;
}

AstNode *build_text(Parser *parser, AstKind kind, Token token) {
  AstNode *node = start(parser, kind, token_span(token));
  _Static_assert(offsetof(AstNode, string_lit.text) == offsetof(AstNode, bytes_lit.text) &&
                     offsetof(AstNode, string_lit.text) == offsetof(AstNode, regex_lit.text),
                 "the text literals share their shape");
  node->string_lit.text = token.value;
  return node;
}

AstNode *build_symbol(Parser *parser, Token token) {
  AstNode *node = start(parser, AST_SYMBOL_LIT, token_span(token));
  node->symbol_lit.name = token.value;
  return node;
}

AstNode *build_bool(Parser *parser, Token token, bool value) {
  AstNode *node = start(parser, AST_BOOL_LIT, token_span(token));
  node->bool_lit.value = value;
  return node;
}

AstNode *build_nil(Parser *parser, Token token) { return start(parser, AST_NIL_LIT, token_span(token)); }

// ── "a#{b}c" ────────────────────────────────────────────────────────────────────────────────────────────────────
static StringParts add_text(Parser *parser, StringParts parts, Token token) {
  if (name_size(parser->context->names, token.value))
    parts.list = list_add(parser, parts.list, build_text(parser, AST_STRING_LIT, token));
  return parts;
}

StringParts string_parts_start(Parser *parser, Token token) {
  return add_text(parser, (StringParts){{parser->scratch.size, 0}, token.start}, token);
}

StringParts string_parts_add(Parser *parser, StringParts parts, AstNode *value, Token token) {
  parts.list = list_add(parser, parts.list, value);
  return add_text(parser, parts, token);
}

AstNode *build_interpolation(Parser *parser, StringParts parts, AstNode *value, Token end) {
  AstNode *node = start(parser, AST_INTERPOLATION, (Span){parts.start, token_span(end).end});
  node->interpolation.parts = list_end(parser, string_parts_add(parser, parts, value, end).list);
  return node_done(parser, node);
}

// ── Collections ─────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_tuple(Parser *parser, Token first, AstList *elements, Token end) {
  AstNode *node = start(parser, AST_TUPLE, between(first, end));
  node->tuple.elements = elements;
  return node_done(parser, node);
}

AstNode *build_array(Parser *parser, Token first, AstList *elements, Token end) {
  AstNode *node = start(parser, AST_ARRAY_LIT, between(first, end));
  node->array_lit.elements = elements;
  return node_done(parser, node);
}

AstNode *build_array_fill(Parser *parser, Token first, AstNode *value, AstNode *count, Token end) {
  AstNode *node = start(parser, AST_ARRAY_FILL, between(first, end));
  node->array_fill.value = value;
  node->array_fill.count = count;
  return node_done(parser, node);
}

AstNode *build_comprehension(Parser *parser, Token first, AstNode *key, AstNode *value, ForClause clause, Token end) {
  AstNode *node = start(parser, AST_COMPREHENSION, between(first, end));
  node->comprehension.key = key;
  node->comprehension.value = value;
  node->comprehension.pattern = clause.pattern;
  node->comprehension.iterable = clause.iterable;
  node->comprehension.cond = clause.cond;
  return node_done(parser, node);
}

AstNode *build_spread(Parser *parser, Token first, AstNode *value) {
  AstNode *node = start(parser, AST_SPREAD, span_join(token_span(first), value->span));
  node->spread.value = value;
  return node_done(parser, node);
}

AstNode *build_map(Parser *parser, Token first, AstList *entries, Token end) {
  AstNode *node = start(parser, AST_MAP_LIT, between(first, end));
  node->map_lit.entries = entries;
  return node_done(parser, node);
}

AstNode *build_map_entry(Parser *parser, AstNode *key, AstNode *value) {
  AstNode *node = start(parser, AST_MAP_ENTRY, span_join(key->span, value->span));
  node->map_entry.key = key;
  node->map_entry.value = value;
  return node_done(parser, node);
}

AstNode *build_record(Parser *parser, Token first, AstList *fields, Token end) {
  AstNode *node = start(parser, AST_RECORD_LIT, between(first, end));
  node->record_lit.fields = fields;
  return node_done(parser, node);
}

AstNode *build_field_init(Parser *parser, Token name, AstNode *value) {
  AstNode *node = start(parser, AST_FIELD_INIT, span_join(token_span(name), value ? value->span : (Span){0, 0}));
  node->field_init.name = name.value;
  node->field_init.value = value;
  return node_done(parser, node);
}

AstNode *build_struct_lit(Parser *parser, AstNode *type, AstList *fields, Token end) {
  AstNode *node = start(parser, AST_STRUCT_LIT, span_join(type->span, token_span(end)));
  node->struct_lit.type = type;
  node->struct_lit.fields = fields;
  return node_done(parser, node);
}

// ── Operators ───────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_unary(Parser *parser, Token first, AstOp op, AstNode *operand) {
  AstNode *node = start(parser, AST_UNARY, span_join(token_span(first), operand->span));
  node->unary.op = op;
  node->unary.operand = operand;
  return node_done(parser, node);
}

AstNode *build_binary(Parser *parser, AstNode *left, Token op, AstNode *right) {
  AstNode *node = start(parser, AST_BINARY, span_join(left->span, right->span));
  node->binary.op = token_operator(op);
  node->binary.left = left;
  node->binary.right = right;
  return node_done(parser, node);
}

AstNode *build_pipe(Parser *parser, AstNode *value, AstNode *call) {
  AstNode *node = start(parser, AST_PIPE, span_join(value->span, call->span));
  node->pipe.value = value;
  node->pipe.call = call;
  return node_done(parser, node);
}

AstNode *build_range(Parser *parser, AstNode *first, Token op, AstNode *end) {
  Span span = token_span(op);
  if (first) span = span_join(first->span, span);
  if (end) span = span_join(span, end->span);
  AstNode *node = start(parser, AST_RANGE, span);
  node->range.start = first;
  node->range.end = end;
  node->range.is_inclusive = op.kind == TOKEN_RANGE_INCLUSIVE;
  return node_done(parser, node);
}

// `go do … end` runs a function without parameters.
static AstNode *block_as_lambda(Parser *parser, AstNode *block) {
  if (block->kind != AST_BLOCK) return block;
  AstNode *node = start(parser, AST_LAMBDA, block->span);
  node->lambda.body = block;
  node->lambda.is_block = true;
  return node_done(parser, node);
}

AstNode *build_go(Parser *parser, Token first, AstNode *body) {
  AstNode *node = start(parser, AST_GO, span_join(token_span(first), body->span));
  node->go.body = block_as_lambda(parser, body);
  return node_done(parser, node);
}

AstNode *build_await(Parser *parser, Token first, AstNode *operand) {
  AstNode *node = start(parser, AST_AWAIT, span_join(token_span(first), operand->span));
  node->await.operand = operand;
  return node_done(parser, node);
}

AstNode *build_cast(Parser *parser, AstNode *operand, AstNode *type) {
  AstNode *node = start(parser, AST_CAST, span_join(operand->span, type->span));
  node->cast.operand = operand;
  node->cast.type = type;
  return node_done(parser, node);
}

// ── Behind a value ──────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_field(Parser *parser, AstNode *object, Token name) {
  AstNode *node = start(parser, AST_FIELD, span_join(object->span, token_span(name)));
  node->field.object = object;
  node->field.name = name.value;
  return node_done(parser, node);
}

AstNode *build_tuple_field(Parser *parser, AstNode *object, Token index) {
  AstNode *node = start(parser, AST_TUPLE_FIELD, span_join(object->span, token_span(index)));
  node->tuple_field.object = object;
  node->tuple_field.index = parser->list->numbers.data[index.value].integer;
  return node_done(parser, node);
}

AstNode *build_path(Parser *parser, AstNode *scope, Token name) {
  AstNode *node = start(parser, AST_PATH, span_join(scope->span, token_span(name)));
  node->path.scope = scope;
  node->path.name = name.value;
  if (scope->kind != AST_IDENT && scope->kind != AST_PATH && scope->kind != AST_TYPE_APPLY && scope->kind != AST_POISON)
    parser_error(parser, QZ0010, scope->span, "only a module or a type can stand before `::`");
  return node_done(parser, node);
}

AstNode *build_index(Parser *parser, AstNode *object, AstList *args, Token end) {
  AstNode *node = start(parser, AST_INDEX, span_join(object->span, token_span(end)));
  node->index.object = object;
  node->index.args = args;
  if (!args) parser_error(parser, QZ0010, token_span(end), "expected an index, found `]`");
  return node_done(parser, node);
}

AstNode *build_type_apply(Parser *parser, AstNode *base, AstList *args, Token end) {
  AstNode *node = start(parser, AST_TYPE_APPLY, span_join(base->span, token_span(end)));
  node->type_apply.base = base;
  node->type_apply.args = args;
  return node_done(parser, node);
}

// ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_arg(Parser *parser, Span first, Name name, bool is_spread, AstNode *value) {
  AstNode *node = start(parser, AST_ARG, span_join(first, value->span));
  node->arg.name = name;
  node->arg.is_spread = is_spread;
  node->arg.value = value;
  return node_done(parser, node);
}

AstNode *build_call(Parser *parser, AstNode *callee, AstList *args, Token end) {
  AstNode *node = start(parser, AST_CALL, span_join(callee->span, token_span(end)));
  node->call.callee = callee;
  node->call.args = args;
  return node_done(parser, node);
}

AstNode *build_method_call(Parser *parser, AstNode *receiver, Token name, AstList *type_args, AstList *args,
                           Token end) {
  AstNode *node = start(parser, AST_METHOD_CALL, span_join(receiver->span, token_span(end)));
  node->method_call.receiver = receiver;
  node->method_call.name = name.value;
  node->method_call.type_args = type_args;
  node->method_call.args = args;
  return node_done(parser, node);
}

AstNode *build_macro_call(Parser *parser, Token name, AstList *args, Span end) {
  AstNode *node = start(parser, AST_MACRO_CALL, span_join(token_span(name), end));
  node->macro_call.name = name.value;
  node->macro_call.args = args;
  return node_done(parser, node);
}

// `e!` and `e?`
AstNode *build_postfix_macro(Parser *parser, Name name, AstNode *value, Token mark) {
  AstNode *node = start(parser, AST_MACRO_CALL, span_join(value->span, token_span(mark)));
  node->macro_call.name = name;
  node->macro_call.is_postfix = true;
  node->macro_call.args = list_one(parser, build_arg(parser, value->span, NAME_NONE, false, value));
  return node_done(parser, node);
}

// The call that a trailing block belongs to: `f`, `m::f` and `x.f` become calls by it. NULL: nothing that can be
// called.
static AstNode *as_call(Parser *parser, AstNode *node) {
  if (node->kind == AST_FIELD) {
    AstNode *call = start(parser, AST_METHOD_CALL, node->span);
    call->method_call.receiver = node->field.object;
    call->method_call.name = node->field.name;
    return call;
  }
  if (node->kind == AST_IDENT || node->kind == AST_PATH || node->kind == AST_TYPE_APPLY) {
    AstNode *call = start(parser, AST_CALL, node->span);
    call->call.callee = node;
    return call;
  }
  bool is_call = node->kind == AST_CALL || node->kind == AST_METHOD_CALL ||
                 (node->kind == AST_MACRO_CALL && !node->macro_call.is_postfix);
  return is_call ? node : NULL;
}

static AstNode **block_of(AstNode *call) {
  if (call->kind == AST_METHOD_CALL) return &call->method_call.block;
  return call->kind == AST_MACRO_CALL ? &call->macro_call.block : &call->call.block;
}

AstNode *build_trailing_block(Parser *parser, AstNode *callee, AstNode *block) {
  if (callee->kind == AST_POISON) return callee;
  AstNode *call = as_call(parser, callee);
  if (!call || *block_of(call)) {
    Span word = {block->span.start, block->span.start + 2};
    const char *message = call ? "a call takes one block" : "a block must follow a call";
    Diag *diag = parser_error(parser, QZ0010, word, "%s", message);
    if (!call) diag_help(parser->context->diags, diag, "`if`, `while`, `for` and `loop` have no `do`");
    return callee;
  }
  *block_of(call) = block_as_lambda(parser, block);
  call->in_parens = false;  // the block stands behind them
  call->span = span_join(call->span, block->span);
  return node_done(parser, call);
}

// ── Lambdas ─────────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *build_lambda(Parser *parser, Span first, AstList *params, AstNode *result, AstNode *body) {
  AstNode *node = start(parser, AST_LAMBDA, span_join(first, body->span));
  node->lambda.params = params;
  node->lambda.result = result;
  node->lambda.body = body;
  return node_done(parser, node);
}

AstNode *build_do_lambda(Parser *parser, Token first, AstList *params, AstList *stmts, Token end) {
  AstNode *node = start(parser, AST_LAMBDA, between(first, end));
  node->lambda.params = params;
  node->lambda.body = build_block(parser, stmts, end);
  node->lambda.is_block = true;
  return node_done(parser, node);
}
