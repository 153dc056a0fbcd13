// Expressions and statements as source.
#include <inttypes.h>
#include <string.h>

#include "parser/print.h"

// ── Precedence ──────────────────────────────────────────────────────────────────────────────────────────────────
static const unsigned char op_levels[AST_OP_COUNT] = {
    [AST_OP_ADD] = LEVEL_ADD,       [AST_OP_SUB] = LEVEL_ADD,
    [AST_OP_WRAP_ADD] = LEVEL_ADD,  [AST_OP_WRAP_SUB] = LEVEL_ADD,
    [AST_OP_MUL] = LEVEL_MULTIPLY,  [AST_OP_DIV] = LEVEL_MULTIPLY,
    [AST_OP_MOD] = LEVEL_MULTIPLY,  [AST_OP_WRAP_MUL] = LEVEL_MULTIPLY,
    [AST_OP_POW] = LEVEL_POWER,     [AST_OP_BIT_AND] = LEVEL_BIT_AND,
    [AST_OP_BIT_OR] = LEVEL_BIT_OR, [AST_OP_BIT_XOR] = LEVEL_BIT_XOR,
    [AST_OP_SHL] = LEVEL_SHIFT,     [AST_OP_SHR] = LEVEL_SHIFT,
    [AST_OP_EQ] = LEVEL_COMPARE,    [AST_OP_NE] = LEVEL_COMPARE,
    [AST_OP_LT] = LEVEL_COMPARE,    [AST_OP_LE] = LEVEL_COMPARE,
    [AST_OP_GT] = LEVEL_COMPARE,    [AST_OP_GE] = LEVEL_COMPARE,
    [AST_OP_MATCH] = LEVEL_COMPARE, [AST_OP_AND] = LEVEL_AND,
    [AST_OP_OR] = LEVEL_OR,         [AST_OP_NOT] = LEVEL_NOT,
    [AST_OP_NEG] = LEVEL_UNARY,     [AST_OP_BIT_NOT] = LEVEL_UNARY,
    [AST_OP_BORROW] = LEVEL_UNARY,  [AST_OP_BORROW_MUT] = LEVEL_UNARY,
};

static bool is_statement(const AstNode *node) {
  return node->kind == AST_ASSIGN || node->kind == AST_BINDING || node->kind == AST_RETURN || node->kind == AST_BREAK ||
         node->kind == AST_CONTINUE || node->kind == AST_DEFER || (node->kind == AST_IF && node->if_.is_postfix);
}

static Level level_of(const AstNode *node) {
  if (node->kind == AST_BINARY) return (Level)op_levels[node->binary.op];
  if (node->kind == AST_UNARY) return (Level)op_levels[node->unary.op];
  if (node->kind == AST_LAMBDA) return node->lambda.is_block ? LEVEL_POSTFIX : LEVEL_LAMBDA;
  if (node->kind == AST_PIPE) return LEVEL_PIPE;
  if (node->kind == AST_RANGE) return LEVEL_RANGE;
  if (node->kind == AST_GO || node->kind == AST_AWAIT) return LEVEL_UNARY;
  if (node->kind == AST_CAST) return LEVEL_CAST;
  return is_statement(node) ? LEVEL_STATEMENT : LEVEL_POSTFIX;
}

void print_level(Printer *printer, const AstNode *node, Level level) {
  bool is_open_range = node->kind == AST_RANGE && !node->range.end && level != LEVEL_STATEMENT;
  bool needs_parens = level_of(node) < level || is_open_range || node->in_parens;
  if (needs_parens) text_char(printer->out, '(');
  print_node(printer, node);
  if (needs_parens) text_char(printer->out, ')');
}

void print_expr(Printer *printer, const AstNode *node) { print_level(printer, node, LEVEL_LAMBDA); }

// Whether a character stood between two places of the original.
static bool had_text(const Printer *printer, uint32_t from, uint32_t to, char wanted) {
  const Source *source = printer->source;
  return source && from < to && memchr(source->text + (from - source->base), wanted, to - from) != NULL;
}

// ── Operators ───────────────────────────────────────────────────────────────────────────────────────────────────
static void print_binary(Printer *printer, const AstNode *node) {
  Level level = level_of(node);
  bool is_right = node->binary.op == AST_OP_POW;
  const AstNode *right = node->binary.right;
  print_level(printer, node->binary.left, level == LEVEL_COMPARE || is_right ? level + 1 : level);
  text_printf(printer->out, " %s", ast_op_text(node->binary.op));
  bool is_split = !printer->flat && had_text(printer, node->binary.left->span.end, right->span.start, '\n');
  printer->indent += is_split;
  if (is_split) print_line(printer);
  else text_char(printer->out, ' ');
  bool is_power_of_unary = is_right && right->kind == AST_UNARY && right->unary.op != AST_OP_NOT;
  print_level(printer, right, is_power_of_unary ? LEVEL_UNARY : is_right ? level : level + 1);
  printer->indent -= is_split;
}

static void print_unary(Printer *printer, const AstNode *node) {
  const AstNode *operand = node->unary.operand;
  print_text(printer, ast_op_text(node->unary.op));
  bool is_word = node->unary.op == AST_OP_NOT || node->unary.op == AST_OP_BORROW_MUT;
  bool would_merge = node->unary.op == AST_OP_BORROW && operand->kind == AST_UNARY;  // && and &- are other operators
  if (is_word || would_merge) text_char(printer->out, ' ');
  print_level(printer, operand, level_of(node));
}

static void print_pipe(Printer *printer, const AstNode *node) {
  print_level(printer, node->pipe.value, LEVEL_PIPE);
  bool is_split = !printer->flat && print_was_split(printer, node->span, false);
  if (is_split) {
    printer->indent++;
    print_line(printer);
    printer->indent--;
  } else text_char(printer->out, ' ');
  print_text(printer, "|> ");
  print_level(printer, node->pipe.call, LEVEL_OR);
}

static void print_range(Printer *printer, const AstNode *node) {
  if (node->range.start) print_level(printer, node->range.start, LEVEL_BIT_OR);
  print_text(printer, node->range.is_inclusive ? "..=" : "..");
  if (node->range.end) print_level(printer, node->range.end, LEVEL_BIT_OR);
}

static void print_cast(Printer *printer, const AstNode *node) {
  print_level(printer, node->cast.operand, LEVEL_CAST);
  print_text(printer, " as ");
  const AstNode *type = node->cast.type;
  bool is_open = type->kind == AST_TYPE_UNION || type->kind == AST_TYPE_INTERSECTION || type->kind == AST_TYPE_IMPL;
  if (is_open) text_char(printer->out, '(');
  print_type(printer, type);
  if (is_open) text_char(printer->out, ')');
}

// ── Blocks and lambdas ──────────────────────────────────────────────────────────────────────────────────────────
void print_body(Printer *printer, const AstNode *block, uint32_t end) {
  if (block->kind == AST_BLOCK) {
    print_lines(printer, block->block.stmts, end, print_statement);
    return;
  }
  AstNode *only = (AstNode *)(uintptr_t)block;
  union {
    AstList list;
    char room[sizeof(AstList) + sizeof(AstNode *)];
  } one = {.list = {1}};
  one.list.items[0] = only;
  print_lines(printer, &one.list, end, print_statement);
}

static uint32_t inner_end(Span span) { return span.end >= 3 ? span.end - 3 : 0; }  // where `end` starts

// What may stand on one line with `do` and `end` around it.
static bool is_simple(const AstNode *node) {
  AstKind kind = node->kind;
  if (kind == AST_IF) return node->if_.is_postfix;
  return kind != AST_WHILE && kind != AST_LOOP && kind != AST_FOR && kind != AST_MATCH && kind != AST_SELECT &&
         kind != AST_BLOCK && kind != AST_QUOTE && kind != AST_POISON;
}

// `do x -> x * 2 end` stays on one line when it was, and when it is one simple statement that fits.
static bool print_one_line_body(Printer *printer, const AstNode *block, const char *close) {
  const AstList *stmts = block->kind == AST_BLOCK ? block->block.stmts : NULL;
  if (AST_LIST_COUNT(stmts) != 1 || !is_simple(stmts->items[0])) return false;
  size_t before = printer->out->size;
  printer->flat++;
  text_char(printer->out, ' ');
  print_statement(printer, stmts->items[0]);
  print_text(printer, close);
  printer->flat--;
  const char *text = text_str(printer->out);
  size_t line = before;
  while (line && text[line - 1] != '\n') line--;
  bool fits = printer->out->size - line <= PRINT_WIDTH;
  for (size_t i = before; i < printer->out->size; i++) fits = fits && text[i] != '\n';
  if (!fits) print_cut(printer, before);
  return fits;
}

// Nothing between `do` and `end`, not even a comment.
static bool is_empty_block(const Printer *printer, const AstNode *block, Span span) {
  return block->kind == AST_BLOCK && !block->block.stmts && !print_was_split(printer, span, false);
}

static void print_block_expr(Printer *printer, const AstNode *node) {
  print_text(printer, "do");
  if (is_empty_block(printer, node, node->span)) {
    print_text(printer, " end");
    return;
  }
  print_lines(printer, node->block.stmts, inner_end(node->span), print_statement);
  print_text(printer, "end");
}

static bool was_arrow(const Printer *printer, uint32_t position) {
  const char *at = printer->source->text + (position - printer->source->base);
  while (*at == ' ') at++;
  return at[0] == '-' && at[1] == '>';
}

static void print_do_params(Printer *printer, const AstNode *node, bool is_trailing) {
  print_text(printer, "do");
  if (!node->lambda.params) {
    bool had_arrow = printer->source && was_arrow(printer, node->span.start + 2);
    if (!is_trailing || had_arrow) print_text(printer, " ->");
    return;
  }
  const AstNode *first = node->lambda.params->items[0];
  bool is_tuple =
      node->lambda.params->count == 1 && first->param.pattern && first->param.pattern->kind == AST_PAT_TUPLE;
  print_text(printer, is_tuple ? " (" : " ");  // `do (a, b) ->` alone would be two parameters
  print_commas(printer, node->lambda.params, ", ", print_param);
  print_text(printer, is_tuple ? ") ->" : " ->");
}

static void print_do(Printer *printer, const AstNode *node, bool is_trailing) {
  print_do_params(printer, node, is_trailing);
  if (is_empty_block(printer, node->lambda.body, node->span)) {
    print_text(printer, " end");
    return;
  }
  bool is_split = print_was_split(printer, node->span, is_trailing && !node->lambda.params);
  if (!is_split && print_one_line_body(printer, node->lambda.body, " end")) return;
  print_body(printer, node->lambda.body, inner_end(node->span));
  print_text(printer, "end");
}

static bool is_bare_param(const AstNode *param) {
  return param->param.name && !param->param.type && !param->param.default_value && !param->param.is_variadic &&
         !param->param.is_mutable;
}

static void print_lambda(Printer *printer, const AstNode *node) {
  if (node->lambda.is_block) {
    print_do(printer, node, false);
    return;
  }
  const AstList *params = node->lambda.params;
  bool is_bare = AST_LIST_COUNT(params) == 1 && is_bare_param(params->items[0]) && !node->lambda.result;
  if (is_bare) print_param(printer, params->items[0]);
  else if (params || node->lambda.result) print_params(printer, params);
  if (node->lambda.result) {
    print_text(printer, ": ");
    print_type(printer, node->lambda.result);
  }
  print_text(printer, is_bare || params || node->lambda.result ? " -> " : "-> ");
  print_level(printer, node->lambda.body, node->lambda.body->kind == AST_ASSIGN ? LEVEL_STATEMENT : LEVEL_LAMBDA);
}

// ── Calls and places ────────────────────────────────────────────────────────────────────────────────────────────
static void print_arg(Printer *printer, const AstNode *node) {
  if (node->kind != AST_ARG) {
    print_level(printer, node, LEVEL_STATEMENT);
    return;
  }
  if (node->arg.is_spread) print_text(printer, "...");
  if (node->arg.name) {
    print_name(printer, node->arg.name);
    print_text(printer, ": ");
  }
  print_expr(printer, node->arg.value);
}

static void print_trailing(Printer *printer, const AstNode *block) {
  if (!block) return;
  text_char(printer->out, ' ');
  if (block->kind == AST_LAMBDA && block->lambda.is_block) print_do(printer, block, true);
  else print_expr(printer, block);
}

static void print_callee(Printer *printer, const AstNode *node) {
  bool is_method =
      node->kind == AST_FIELD || (node->kind == AST_TYPE_APPLY && node->type_apply.base->kind == AST_FIELD);
  bool is_macro = node->kind == AST_MACRO_CALL && (!node->macro_call.args || node->macro_call.name == NAME_try);
  bool needs_parens = (is_method || is_macro) && !node->in_parens;
  if (needs_parens) text_char(printer->out, '(');
  print_level(printer, node, needs_parens ? LEVEL_LAMBDA : LEVEL_POSTFIX);
  if (needs_parens) text_char(printer->out, ')');
}

static void print_args(Printer *printer, const AstList *args) { print_group(printer, args, "(", ")", "", print_arg); }

static void print_call(Printer *printer, const AstNode *node) {
  const AstNode *callee = node->call.callee;
  bool is_name = callee->kind == AST_IDENT || callee->kind == AST_PATH || callee->kind == AST_TYPE_APPLY;
  print_callee(printer, callee);
  bool has_parens =
      !node->call.block || !is_name || had_text(printer, callee->span.end, node->call.block->span.start, '(');
  if (node->call.args || has_parens) print_args(printer, node->call.args);
  print_trailing(printer, node->call.block);
}

// A chain that was split before its dots stays split there.
static void print_method_call(Printer *printer, const AstNode *node) {
  const AstNode *receiver = node->method_call.receiver;
  print_level(printer, receiver, LEVEL_POSTFIX);
  bool is_split = false;
  if (printer->source && !printer->flat) {
    const char *at = printer->source->text + (receiver->span.end - printer->source->base);
    while (*at == ' ' || *at == '\t' || *at == '\r') at++;
    is_split = *at == '\n' || *at == '#';
  }
  printer->indent += is_split;
  if (is_split) print_line(printer);
  text_char(printer->out, '.');
  print_name(printer, node->method_call.name);
  print_type_args(printer, node->method_call.type_args);
  const AstNode *block = node->method_call.block;
  bool has_parens = !block || had_text(printer, receiver->span.end, block->span.start, '(');
  if (node->method_call.args || has_parens) print_args(printer, node->method_call.args);
  print_trailing(printer, block);
  printer->indent -= is_split;
}

static void print_macro_call(Printer *printer, const AstNode *node) {
  if (node->macro_call.is_postfix) {
    print_level(printer, node->macro_call.args->items[0]->arg.value, LEVEL_POSTFIX);
    text_char(printer->out, node->macro_call.name == NAME_try ? '?' : '!');
    return;
  }
  text_char(printer->out, '$');
  print_name(printer, node->macro_call.name);
  bool is_bare = node->macro_call.name == NAME_file || node->macro_call.name == NAME_line;
  if (node->macro_call.args || !is_bare) print_args(printer, node->macro_call.args);
  print_trailing(printer, node->macro_call.block);
}

static void print_field(Printer *printer, const AstNode *node) {
  print_level(printer, node->field.object, LEVEL_POSTFIX);
  text_char(printer->out, '.');
  print_name(printer, node->field.name);
}

static void print_tuple_field(Printer *printer, const AstNode *node) {
  bool is_number = node->tuple_field.object->kind == AST_INT_LIT && !node->tuple_field.object->in_parens;
  if (is_number) text_char(printer->out, '(');
  print_level(printer, node->tuple_field.object, LEVEL_POSTFIX);
  if (is_number) text_char(printer->out, ')');
  text_printf(printer->out, ".%" PRIu64, node->tuple_field.index);
}

static void print_path(Printer *printer, const AstNode *node) {
  print_level(printer, node->path.scope, LEVEL_POSTFIX);
  print_text(printer, "::");
  print_name(printer, node->path.name);
}

static void print_index(Printer *printer, const AstNode *node) {
  print_level(printer, node->index.object, LEVEL_POSTFIX);
  print_group(printer, node->index.args, "[", "]", "", print_arg);
}

// ── Collections ─────────────────────────────────────────────────────────────────────────────────────────────────
static void print_field_init(Printer *printer, const AstNode *node) {
  print_name(printer, node->field_init.name);
  if (!node->field_init.value) return;
  print_text(printer, ": ");
  print_expr(printer, node->field_init.value);
}

static void print_struct_lit(Printer *printer, const AstNode *node) {
  print_level(printer, node->struct_lit.type, LEVEL_POSTFIX);
  text_char(printer->out, ' ');
  print_group(printer, node->struct_lit.fields, "{", "}", " ", print_field_init);
}

static void print_map_entry(Printer *printer, const AstNode *node) {
  print_expr(printer, node->map_entry.key);
  print_text(printer, " => ");
  print_expr(printer, node->map_entry.value);
}

static void print_tuple(Printer *printer, const AstNode *node) {
  bool is_one = AST_LIST_COUNT(node->tuple.elements) == 1;
  print_group(printer, node->tuple.elements, "(", is_one ? ",)" : ")", "", print_expr);
}

static void print_fill(Printer *printer, const AstNode *node) {
  text_char(printer->out, '[');
  print_expr(printer, node->array_fill.value);
  print_text(printer, "; ");
  print_expr(printer, node->array_fill.count);
  text_char(printer->out, ']');
}

static void print_for_pattern(Printer *printer, const AstNode *pattern, bool was_bare) {
  bool is_list = pattern->kind == AST_PAT_TUPLE && AST_LIST_COUNT(pattern->pat_tuple.patterns) > 1 && was_bare;
  if (is_list) print_commas(printer, pattern->pat_tuple.patterns, ", ", print_pattern);
  else print_pattern(printer, pattern);
}

// `for k, v in m` and `for (k, v) in m` are one tree; which one it was stands in the source.
static bool was_bare_tuple(const Printer *printer, const AstNode *pattern) {
  if (!printer->source || pattern->span.start < printer->source->base) return true;
  return printer->source->text[pattern->span.start - printer->source->base] != '(';
}

static void print_comprehension(Printer *printer, const AstNode *node) {
  print_text(printer, node->comprehension.key ? "{ " : "[");
  if (node->comprehension.key) {
    print_expr(printer, node->comprehension.key);
    print_text(printer, " => ");
  }
  print_expr(printer, node->comprehension.value);
  print_text(printer, " for ");
  print_for_pattern(printer, node->comprehension.pattern, was_bare_tuple(printer, node->comprehension.pattern));
  print_text(printer, " in ");
  print_expr(printer, node->comprehension.iterable);
  if (node->comprehension.cond) {
    print_text(printer, " if ");
    print_expr(printer, node->comprehension.cond);
  }
  print_text(printer, node->comprehension.key ? " }" : "]");
}

// ── Conditions ──────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_one_simple(const AstNode *block) {
  const AstList *stmts = block->kind == AST_BLOCK ? block->block.stmts : NULL;
  return AST_LIST_COUNT(stmts) == 1 && is_simple(stmts->items[0]);
}

static bool is_one_line_if(const AstNode *node) {
  while (node->kind == AST_IF && is_one_simple(node->if_.then_body) && node->if_.else_body) node = node->if_.else_body;
  return is_one_simple(node);
}

static void print_then(Printer *printer, const AstNode *block) {
  print_text(printer, " then ");
  print_statement(printer, block->block.stmts->items[0]);
}

static bool print_one_line_if(Printer *printer, const AstNode *node) {
  if (!is_one_line_if(node) || print_was_split(printer, node->span, !printer->flat)) return false;
  print_text(printer, node->if_.is_unless ? "unless " : "if ");
  for (;;) {
    print_expr(printer, node->if_.cond);
    print_then(printer, node->if_.then_body);
    node = node->if_.else_body;
    if (node->kind != AST_IF) break;
    print_text(printer, " elsif ");
  }
  print_text(printer, " else ");
  print_statement(printer, node->block.stmts->items[0]);
  print_text(printer, " end");
  return true;
}

// Where a branch ends: at the next `else` or `elsif`, or at `end`; 0 when the original is not known.
static uint32_t branch_end(const Printer *printer, const AstNode *node) {
  const Source *source = printer->source;
  if (!node->if_.else_body) return inner_end(node->span);
  if (!source) return 0;
  const char *at = source->text + (node->if_.then_body->span.end - source->base);
  while (*at && strchr(" \t\r\n;#)", *at)) {
    if (*at == '#') at += strcspn(at, "\n");
    else at++;
  }
  return source->base + (uint32_t)(at - source->text);
}

static void print_if(Printer *printer, const AstNode *node) {
  if (node->if_.is_postfix) {
    print_statement(printer, node->if_.then_body);
    print_text(printer, node->if_.is_unless ? " unless " : " if ");
    print_expr(printer, node->if_.cond);
    return;
  }
  if (print_one_line_if(printer, node)) return;
  print_text(printer, node->if_.is_unless ? "unless " : "if ");
  uint32_t end = inner_end(node->span);
  for (;;) {
    print_expr(printer, node->if_.cond);
    print_body(printer, node->if_.then_body, branch_end(printer, node));
    node = node->if_.else_body;
    if (!node || node->kind != AST_IF) break;
    print_text(printer, "elsif ");
  }
  if (node) {
    print_text(printer, "else");
    print_body(printer, node, end);
  }
  print_text(printer, "end");
}

static void print_arm(Printer *printer, const AstNode *node) {
  if (node->kind != AST_ARM) {
    print_node(printer, node);
    return;
  }
  print_pattern(printer, node->arm.pattern);
  if (node->arm.guard) {
    print_text(printer, " if ");
    print_expr(printer, node->arm.guard);
  }
  print_text(printer, " => ");
  print_statement(printer, node->arm.body);
}

static void print_match(Printer *printer, const AstNode *node) {
  print_text(printer, "match ");
  print_expr(printer, node->match.subject);
  print_lines(printer, node->match.arms, inner_end(node->span), print_arm);
  print_text(printer, "end");
}

static void print_select_arm(Printer *printer, const AstNode *node) {
  if (node->kind != AST_SELECT_ARM) {
    print_node(printer, node);
    return;
  }
  if (node->select_arm.binding) {
    print_pattern(printer, node->select_arm.binding);
    print_text(printer, " = ");
  }
  if (node->select_arm.operation) print_expr(printer, node->select_arm.operation);
  else print_text(printer, "else");
  print_text(printer, " => ");
  print_statement(printer, node->select_arm.body);
}

static void print_select(Printer *printer, const AstNode *node) {
  print_text(printer, "select");
  print_lines(printer, node->select.arms, inner_end(node->span), print_select_arm);
  print_text(printer, "end");
}

// ── Loops ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_label(Printer *printer, Name label) {
  if (!label) return;
  print_name(printer, label);
  print_text(printer, ": ");
}

static void print_loop_body(Printer *printer, const AstNode *body, Span span) {
  print_body(printer, body, inner_end(span));
  print_text(printer, "end");
}

static void print_while(Printer *printer, const AstNode *node) {
  print_label(printer, node->while_.label);
  print_text(printer, node->while_.is_until ? "until " : "while ");
  print_expr(printer, node->while_.cond);
  print_loop_body(printer, node->while_.body, node->span);
}

static void print_loop(Printer *printer, const AstNode *node) {
  print_label(printer, node->loop.label);
  print_text(printer, "loop");
  print_loop_body(printer, node->loop.body, node->span);
}

static void print_for(Printer *printer, const AstNode *node) {
  print_label(printer, node->for_.label);
  print_text(printer, "for ");
  print_for_pattern(printer, node->for_.pattern, was_bare_tuple(printer, node->for_.pattern));
  print_text(printer, " in ");
  print_expr(printer, node->for_.iterable);
  print_loop_body(printer, node->for_.body, node->span);
}

// ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────
static void print_jump(Printer *printer, const char *word, Name label, const AstNode *value) {
  print_text(printer, word);
  if (label || value) text_char(printer->out, ' ');
  print_name(printer, label);
  if (value) print_expr(printer, value);
}

// `x: Int = 1` says it by its type; a name like that of a type would begin a path.
static bool needs_const(const Printer *printer, const AstNode *node) {
  const AstNode *pattern = node->binding.pattern;
  if (!node->binding.type || pattern->kind != AST_PAT_BIND) return true;
  return lexer_is_type_name(name_text(printer->names, pattern->pat_bind.name));
}

static void print_binding(Printer *printer, const AstNode *node) {
  if (node->binding.is_mutable) print_text(printer, "var ");
  else if (needs_const(printer, node)) print_text(printer, "const ");
  print_pattern(printer, node->binding.pattern);
  if (node->binding.type) {
    print_text(printer, ": ");
    print_type(printer, node->binding.type);
  }
  print_text(printer, " = ");
  print_expr(printer, node->binding.value);
}

static void print_assign(Printer *printer, const AstNode *node) {
  print_expr(printer, node->assign.target);
  text_printf(printer->out, " %s= ", ast_op_text(node->assign.op));
  print_expr(printer, node->assign.value);
}

void print_statement(Printer *printer, const AstNode *node) { print_level(printer, node, LEVEL_STATEMENT); }

// ── Macros ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_quote(Printer *printer, const AstNode *node) {
  print_text(printer, "quote do");
  print_body(printer, node->quote.body, inner_end(node->span));
  print_text(printer, "end");
}

static void print_unquote(Printer *printer, const AstNode *node) {
  print_text(printer, node->unquote.is_each ? "unquote_each(" : "unquote(");
  print_expr(printer, node->unquote.value);
  text_char(printer->out, ')');
}

static void print_intrinsic(Printer *printer, const AstNode *node) {
  print_text(printer, "$intrinsic_");
  print_name(printer, node->intrinsic.name);
  print_args(printer, node->intrinsic.args);
}

static void print_word(Printer *printer, const char *word, const AstNode *operand, Level level) {
  print_text(printer, word);
  print_level(printer, operand, level);
}

static void print_symbol(Printer *printer, Name name) {
  text_char(printer->out, ':');
  print_name(printer, name);
}

// ── One node of any kind ────────────────────────────────────────────────────────────────────────────────────────
// Flat: one line a kind.
void print_node(Printer *printer, const AstNode *node) {
  switch (node->kind) {
    case AST_INT_LIT:
    case AST_FLOAT_LIT:
    case AST_CHAR_LIT:
    case AST_STRING_LIT:
    case AST_BYTES_LIT:
    case AST_REGEX_LIT: print_literal(printer, node); return;
    case AST_INTERPOLATION: print_interpolation(printer, node); return;
    case AST_SYMBOL_LIT: print_symbol(printer, node->symbol_lit.name); return;
    case AST_BOOL_LIT: print_text(printer, node->bool_lit.value ? "true" : "false"); return;
    case AST_NIL_LIT: print_text(printer, "nil"); return;
    case AST_IDENT: print_name(printer, node->ident.name); return;
    case AST_PATH: print_path(printer, node); return;
    case AST_TYPE_APPLY:
      print_level(printer, node->type_apply.base, LEVEL_POSTFIX);
      print_type_args(printer, node->type_apply.args);
      return;
    case AST_UNARY: print_unary(printer, node); return;
    case AST_BINARY: print_binary(printer, node); return;
    case AST_PIPE: print_pipe(printer, node); return;
    case AST_RANGE: print_range(printer, node); return;
    case AST_CAST: print_cast(printer, node); return;
    case AST_CALL: print_call(printer, node); return;
    case AST_METHOD_CALL: print_method_call(printer, node); return;
    case AST_ARG: print_arg(printer, node); return;
    case AST_FIELD: print_field(printer, node); return;
    case AST_TUPLE_FIELD: print_tuple_field(printer, node); return;
    case AST_INDEX: print_index(printer, node); return;
    case AST_LAMBDA: print_lambda(printer, node); return;
    case AST_BLOCK: print_block_expr(printer, node); return;
    case AST_IF: print_if(printer, node); return;
    case AST_MATCH: print_match(printer, node); return;
    case AST_ARM: print_arm(printer, node); return;
    case AST_WHILE: print_while(printer, node); return;
    case AST_LOOP: print_loop(printer, node); return;
    case AST_FOR: print_for(printer, node); return;
    case AST_BREAK: print_jump(printer, "break", node->break_.label, node->break_.value); return;
    case AST_CONTINUE: print_jump(printer, "continue", node->continue_.label, NULL); return;
    case AST_RETURN: print_jump(printer, "return", NAME_NONE, node->return_.value); return;
    case AST_DEFER: print_word(printer, "defer ", node->defer.body, LEVEL_STATEMENT); return;
    case AST_ASSIGN: print_assign(printer, node); return;
    case AST_BINDING: print_binding(printer, node); return;
    case AST_ARRAY_LIT: print_group(printer, node->array_lit.elements, "[", "]", "", print_expr); return;
    case AST_ARRAY_FILL: print_fill(printer, node); return;
    case AST_SPREAD: print_word(printer, "...", node->spread.value, LEVEL_LAMBDA); return;
    case AST_MAP_LIT: print_group(printer, node->map_lit.entries, "{", "}", " ", print_map_entry); return;
    case AST_MAP_ENTRY: print_map_entry(printer, node); return;
    case AST_RECORD_LIT: print_group(printer, node->record_lit.fields, "{", "}", " ", print_field_init); return;
    case AST_FIELD_INIT: print_field_init(printer, node); return;
    case AST_TUPLE: print_tuple(printer, node); return;
    case AST_STRUCT_LIT: print_struct_lit(printer, node); return;
    case AST_COMPREHENSION: print_comprehension(printer, node); return;
    case AST_MACRO_CALL: print_macro_call(printer, node); return;
    case AST_INTRINSIC: print_intrinsic(printer, node); return;
    case AST_QUOTE: print_quote(printer, node); return;
    case AST_UNQUOTE: print_unquote(printer, node); return;
    case AST_GO: print_word(printer, "go ", node->go.body, LEVEL_UNARY); return;
    case AST_AWAIT: print_word(printer, "await ", node->await.operand, LEVEL_UNARY); return;
    case AST_SELECT: print_select(printer, node); return;
    case AST_SELECT_ARM: print_select_arm(printer, node); return;
    case AST_POISON: print_text(printer, "# something that could not be read"); return;
    case AST_PAT_WILDCARD:
    case AST_PAT_BIND:
    case AST_PAT_VALUE:
    case AST_PAT_RANGE:
    case AST_PAT_OR:
    case AST_PAT_VARIANT:
    case AST_PAT_TUPLE:
    case AST_PAT_LIST:
    case AST_PAT_REST:
    case AST_PAT_RECORD:
    case AST_PAT_FIELD:
    case AST_PAT_TYPE:
    case AST_PAT_REGEX: print_pattern(printer, node); return;
    case AST_TYPE_NAME:
    case AST_TYPE_FN:
    case AST_TYPE_BORROW:
    case AST_TYPE_TUPLE:
    case AST_TYPE_RECORD:
    case AST_TYPE_ARRAY:
    case AST_TYPE_UNION:
    case AST_TYPE_INTERSECTION:
    case AST_TYPE_NEVER:
    case AST_TYPE_IMPL: print_type(printer, node); return;
    case AST_MODULE:
    case AST_IMPORT:
    case AST_IMPORT_NAME:
    case AST_PRIVATE_SECTION:
    case AST_ATTRIBUTE:
    case AST_FUNCTION:
    case AST_PARAM:
    case AST_TYPE_PARAM:
    case AST_WHERE_BOUND:
    case AST_STRUCT:
    case AST_FIELD_DECL:
    case AST_PACKED_STRUCT:
    case AST_BIT_FIELD:
    case AST_ENUM:
    case AST_VARIANT:
    case AST_TRAIT:
    case AST_IMPL:
    case AST_ACTOR:
    case AST_TYPE_ALIAS:
    case AST_NEWTYPE:
    case AST_CONST:
    case AST_GLOBAL:
    case AST_MACRO:
    case AST_DECL_MACRO_CALL: print_decl(printer, node); return;
    case AST_KIND_COUNT: return;
  }
}
