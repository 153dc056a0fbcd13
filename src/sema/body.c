// Bodies: functions, blocks and statements.
#include <ctype.h>
#include <string.h>

#include "sema/internal.h"

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80; }

Span name_span(const Context *context, Span within, Name name) {
  const char *text = source_text(context->sources, within);
  uint32_t size = name_size(context->names, name);
  for (uint32_t at = 0; size && within.start + at + size <= within.end; at++) {
    bool starts = !at || !is_word(text[at - 1]);
    bool fits = starts && memcmp(text + at, name_text(context->names, name), size) == 0 && !is_word(text[at + size]);
    if (fits) return (Span){within.start + at, within.start + at + size};
  }
  return within;
}

void help_annotate(Checker *checker, Diag *diag, const AstNode *value) {
  Context *context = checker->context;
  const char *name = value->kind == AST_IDENT ? name_text(context->names, value->ident.name) : NULL;
  if (name) diag_help(context->diags, diag, "say its type where it is bound: `%s: Type`", name);
  else diag_help(context->diags, diag, "bind it to a name with a type first: `name: Type = …`");
}

Span member_span(const Context *context, const AstNode *node) {
  const AstNode *before = node->kind == AST_METHOD_CALL ? node->method_call.receiver
                          : node->kind == AST_FIELD     ? node->field.object
                                                        : node->path.scope;
  Name name = node->kind == AST_METHOD_CALL ? node->method_call.name
              : node->kind == AST_FIELD     ? node->field.name
                                            : node->path.name;
  Span behind = {before->span.end, node->span.end};
  return behind.start < behind.end && before->span.start >= node->span.start ? name_span(context, behind, name)
                                                                             : node->span;
}

SemaInfo *info_new(Checker *checker, AstNode *node, InfoKind kind) {
  SemaInfo *info = arena_new(checker->arena, SemaInfo);
  info->kind = kind;
  return node->info = info;
}

Type *poison(AstNode *node, Type *error) { return node->type = error; }

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static void bind_params(Checker *checker, const Instance *instance) {
  for (uint32_t i = 0; i < instance->param_count; i++) {
    Local *param = instance->params[i];
    if (scope_local(checker->scope, param->name) && param->name != NAME_underscore)
      diag_report(checker->context->diags, QZ0103, param->span, "parameter %s is named twice",
                  name_text(checker->context->names, param->name));
    scope_add(checker, checker->scope, param);
  }
}

// A body that is a block ends in its value; `= e` is its value.
void check_function_body(Checker *checker, Instance *instance) {
  scope_push(checker);
  bind_params(checker, instance);
  checker->result = checker->function_result;
  Type *type = check_body_value(checker, instance->body, checker->result);
  Type *head = resolve_head(checker->result);
  if (head->kind == TYPE_VAR && head != resolve_head(type)) unify(checker, head, type);
  scope_pop(checker);
}

void finish_function(Checker *checker) {
  Type *head = resolve_head(checker->function_result);
  if (head->kind == TYPE_VAR) unify(checker, head, basic(checker, TYPE_VOID));  // it only ever calls itself
  keep_type(checker, &checker->instance->result, checker->function_result);
  finish_body(checker);
  analyse_body(checker, checker->instance->body);
  checker->instance->state = 2;
}

// The node that gives a block its value: the last statement of the last block.
static AstNode *value_node(AstNode *node) {
  while (node->kind == AST_BLOCK && AST_LIST_COUNT(node->block.stmts))
    node = node->block.stmts->items[node->block.stmts->count - 1];
  return node;
}

Type *check_body_value(Checker *checker, AstNode *node, Type *wanted) {
  Type *type = check_expr(checker, node, wanted);
  Type *want = resolve_head(wanted);
  if (want->kind == TYPE_VOID || resolve_head(type)->kind == TYPE_NEVER) return type;
  if (resolve_head(type)->kind == TYPE_VOID && want->kind != TYPE_VAR && want->kind != TYPE_ERROR) {
    Diag *diag = diag_report(checker->context->diags, QZ0123, value_node(node)->span,
                             "expected a value of type %s at the end of this body",
                             type_text(checker->context, resolve(checker, want)));
    diag_help(checker->context->diags, diag, "the last expression of a body is its value");
    return type;
  }
  coerce(checker, value_node(node), type, wanted);
  return type;
}

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_dropped(const Type *expected) { return expected && expected->kind == TYPE_VOID; }

static void warn_unreachable(Checker *checker, const AstNode *node) {
  diag_report(checker->context->diags, QZ0124, node->span, "this is never reached");
}

// The type of a block is that of its last statement, or NEVER when an earlier one leaves it.
Type *check_block(Checker *checker, AstNode *node, Type *expected) {
  AstList *stmts = node->block.stmts;
  Type *type = basic(checker, TYPE_VOID);
  bool leaves = false;
  scope_push(checker);
  for (uint32_t i = 0; i < AST_LIST_COUNT(stmts); i++) {
    AstNode *stmt = stmts->items[i];
    if (leaves && resolve_head(type)->kind == TYPE_NEVER) {
      warn_unreachable(checker, stmt);
      leaves = false;
    }
    bool is_last = i + 1 == stmts->count;
    Type *stmt_type = check_expr(checker, stmt, is_last ? expected : basic(checker, TYPE_VOID));
    if (resolve_head(type)->kind != TYPE_NEVER) type = stmt_type;
    leaves |= resolve_head(stmt_type)->kind == TYPE_NEVER;
  }
  scope_pop(checker);
  if (is_dropped(expected) && resolve_head(type)->kind != TYPE_NEVER) type = basic(checker, TYPE_VOID);
  return type;
}

Type *check_value(Checker *checker, AstNode *node, Type *wanted) {
  Type *type = check_expr(checker, node, wanted);
  if (resolve_head(type)->kind == TYPE_VOID && resolve_head(wanted)->kind == TYPE_VAR) {
    diag_report(checker->context->diags, QZ0101, node->span, "this has no value");
    return poison(node, basic(checker, TYPE_ERROR));
  }
  coerce(checker, node, type, wanted);
  return type;
}
