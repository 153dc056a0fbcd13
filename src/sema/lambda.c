// Lambdas: parameters take their types from what is wanted of the lambda; names of enclosing bodies are captured.
#include "sema/internal.h"

static const TypeList *wanted_params(Type *expected) {
  Type *head = expected ? resolve_head(expected) : NULL;
  return head && head->kind == TYPE_FN ? head->fn.params : NULL;
}

// `(a, b) -> a + b` where one tuple is passed: the parameters become a pattern for it.
static void gather_tuple(Checker *checker, AstNode *node, const TypeList *wanted) {
  AstList *params = node->lambda.params;
  if (!wanted || wanted->count != 1 || AST_LIST_COUNT(params) < 2) return;
  Type *tuple = resolve_head(wanted->items[0]);
  if (tuple->kind != TYPE_TUPLE || tuple->tuple.elements->count != params->count) return;
  AstNode **patterns = arena_array(checker->arena, AstNode *, params->count);
  for (uint32_t i = 0; i < params->count; i++) {
    AstNode *param = params->items[i];
    patterns[i] = param->param.pattern;
    if (patterns[i]) continue;
    patterns[i] = ast_node(checker->arena, AST_PAT_BIND, param->span);
    patterns[i]->expansion = param->expansion;
    patterns[i]->pat_bind.name = param->param.name;
  }
  AstNode *pattern = ast_node(checker->arena, AST_PAT_TUPLE, node->span);
  pattern->pat_tuple.patterns = ast_list(checker->arena, patterns, params->count);
  AstNode *param = ast_node(checker->arena, AST_PARAM, node->span);
  param->param.pattern = pattern;
  node->lambda.params = ast_list(checker->arena, &param, 1);
}

static Type *param_type(Checker *checker, AstNode *param, const TypeList *wanted, uint32_t index) {
  if (param->param.type) return body_type(checker, param->param.type);
  return wanted && index < wanted->count ? wanted->items[index] : fresh(checker, param->span);
}

static void bind_params(Checker *checker, AstNode *node, Lambda *lambda, const TypeList *wanted) {
  AstList *params = node->lambda.params;
  lambda->param_count = AST_LIST_COUNT(params);
  lambda->params = arena_array(checker->arena, Local *, lambda->param_count + 1);
  for (uint32_t i = 0; i < lambda->param_count; i++) {
    AstNode *param = params->items[i];
    Type *type = param_type(checker, param, wanted, i);
    Name name = param->param.pattern || param->param.name == NAME_underscore ? NAME_NONE : param->param.name;
    lambda->params[i] = local_declare(checker, param, name, type, false);
    lambda->params[i]->is_param = true;
    set_type(checker, param, type);
  }
  for (AST_EACH(param, params))
    if (param->param.pattern) check_binding_pattern(checker, param->param.pattern, param->type, false);
}

static Type *wanted_result(Checker *checker, AstNode *node, Type *expected) {
  if (node->lambda.result) return body_type(checker, node->lambda.result);
  Type *head = expected ? resolve_head(expected) : NULL;
  return head && head->kind == TYPE_FN ? head->fn.result : fresh(checker, node->span);
}

static Type *check_lambda_body(Checker *checker, AstNode *node, Type *result) {
  Type *outer_result = checker->result;
  LoopContext *outer_loop = checker->loop;
  checker->result = result;
  checker->loop = NULL;
  Type *type = check_body_value(checker, node->lambda.body, result);
  Type *head = resolve_head(result);
  if (head->kind == TYPE_VAR && resolve_head(type)->kind == TYPE_NEVER) head->var.never_returns = true;
  else if (head->kind == TYPE_VAR && head != resolve_head(type)) unify(checker, head, type);
  checker->result = outer_result;
  checker->loop = outer_loop;
  return result;
}

static bool too_many_params(Checker *checker, AstNode *node, const TypeList *wanted) {
  uint32_t given = AST_LIST_COUNT(node->lambda.params);
  if (!wanted || given == wanted->count) return false;
  diag_report(checker->context->diags, QZ0105, node->span, "a function of %u parameter%s is wanted, this takes %u",
              wanted->count, wanted->count == 1 ? "" : "s", given);
  return true;
}

Type *check_lambda(Checker *checker, AstNode *node, Type *expected) {
  const TypeList *wanted = wanted_params(expected);
  gather_tuple(checker, node, wanted);
  if (too_many_params(checker, node, wanted)) wanted = NULL, expected = NULL;
  Lambda *lambda = arena_new(checker->arena, Lambda);
  *lambda = (Lambda){.node = node, .parent = checker->lambda};
  info_new(checker, node, INFO_LAMBDA)->lambda = lambda;
  vec_push(checker->arena, &checker->instance->lambdas, lambda);
  checker->lambda = lambda;
  scope_push(checker);
  bind_params(checker, node, lambda, wanted);
  Type *result = check_lambda_body(checker, node, wanted_result(checker, node, expected));
  scope_pop(checker);
  checker->lambda = lambda->parent;
  keep_type(checker, &lambda->result, result);
  Type **params = arena_array(checker->arena, Type *, lambda->param_count + 1);
  for (uint32_t i = 0; i < lambda->param_count; i++) params[i] = lambda->params[i]->type;
  return type_fn(checker->types, params, lambda->param_count, result);
}
