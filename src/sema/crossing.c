// What a lambda takes along into a task: `go do … end`, and any lambda that is written as the argument of a function
// marked @sends, or in a list that is one. QZ1213: a variable whose value cannot cross; QZ7302: an assignment that only
// changes the task's copy.
#include "sema/analysis.h"
#include "sema/method.h"

typedef struct Sent {
  Checker *checker;
  const AstNode *lambda;
  const Local *local;  // searched for
  AstNode *use;        // the first one that was found
} Sent;

static bool is_inside(const Span *inner, const AstNode *outer) {
  return inner->start >= outer->span.start && inner->end <= outer->span.end;
}

static void find_use(AstNode *node, void *data) {
  Sent *sent = data;
  if (!sent->use && node_local(node) == sent->local) sent->use = node;
  if (!sent->use) ast_children(node, find_use, sent);
}

void crossing_report(Checker *checker, const AstNode *lambda, Local *local, Type *type) {
  Context *context = checker->context;
  Sent sent = {.checker = checker, .lambda = lambda, .local = local};
  find_use(lambda->lambda.body, &sent);
  Span span = sent.use ? sent.use->span : lambda->span;
  Diag *diag = diag_report(context->diags, QZ1213, span, "%s, a %s, cannot cross to another task",
                           name_text(context->names, local->name), type_text(context, type));
  diag_note(context->diags, diag, local->span, "it belongs to the task that this was written in");
  send_explain(checker, type, diag);
}

static void check_captures(const Sent *sent) {
  const Lambda *lambda = sent->lambda->info->lambda;
  for (uint32_t i = 0; i < lambda->captures.size; i++) {
    Local *local = lambda->captures.data[i];
    if (!send_holds(sent->checker, local->type)) crossing_report(sent->checker, sent->lambda, local, local->type);
  }
}

static void find_assignments(AstNode *node, void *data) {
  Sent *sent = data;
  const Local *local = node->kind == AST_ASSIGN ? node_local(node->assign.target) : NULL;
  if (local && !node->assign.target->info->declares && !is_inside(&local->span, sent->lambda)) {
    Context *context = sent->checker->context;
    const char *name = name_text(context->names, local->name);
    Diag *diag = diag_report(context->diags, QZ7302, node->span, "this changes the task's own copy of %s", name);
    diag_note(context->diags, diag, local->span, "this %s stays as it is", name);
    diag_help(context->diags, diag, "give the task's value back and `await` it, or send it through a Channel");
  }
  ast_children(node, find_assignments, sent);
}

// A lambda, or a list of them.
static void check_sent(Checker *checker, const AstNode *arg) {
  if (arg->kind == AST_ARRAY_LIT)
    for (AST_EACH(element, arg->array_lit.elements)) check_sent(checker, element);
  if (arg->kind != AST_LAMBDA) return;
  Sent sent = {.checker = checker, .lambda = arg};
  check_captures(&sent);
  find_assignments(sent.lambda->lambda.body, &sent);
}

static void find_sent(AstNode *node, void *data) {
  Checker *checker = data;
  const CallInfo *call = node->info && node->info->kind == INFO_CALL ? node->info->call : NULL;
  bool sends = call && call->kind == CALL_FUNCTION && call->instance && call->instance->function->sends;
  for (uint32_t i = 0; sends && i < call->arg_count; i++)
    if (call->args[i]) check_sent(checker, call->args[i]);
  ast_children(node, find_sent, checker);
}

void crossing_check(Checker *checker, AstNode *body) { find_sent(body, checker); }
