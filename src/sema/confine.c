// Lambdas that captured a borrow which cannot be copied: of &mut, or of a linear value. They may be called, and handed
// to functions that do no more with them: the borrow must not be used after what it looks at has gone (QZ1210).
//
// Whether a function keeps what it is given is asked of its body, and of those of the functions that it hands it to.
#include "sema/analysis.h"

typedef struct Question {
  const Instance *instance;
  Local *param;
} Question;

typedef struct Confine {
  Sema *sema;
  Map asked;              // Local* of parameters that were asked for
  VEC(Question) questions;
} Confine;

// What is followed through one body: a parameter with all that it becomes part of, or lambdas with their borrows.
typedef struct Walk {
  Confine *confine;
  Map followed;           // Local*
  const Lambda *lambda;   // the one being looked for; NULL: the parameter of a question
  const char *where;      // found: how it is kept
} Walk;

// What becomes of the value of an expression.
typedef struct Fate {
  enum { FATE_USED, FATE_KEPT, FATE_GIVEN, FATE_BOUND } kind;
  const char *where;         // KEPT
  const Instance *instance;  // GIVEN: as its parameter number `param`
  uint32_t param;
  Local *local;              // BOUND
} Fate;

static const Fate used = {FATE_USED};

static void follow(Walk *walk, AstNode *node, Fate fate);

static Fate kept(const char *where) { return (Fate){FATE_KEPT, .where = where}; }

// ── What is followed ────────────────────────────────────────────────────────────────────────────────────────────
static bool holds_borrow(const Local *local) {
  return local->type->kind == TYPE_BORROW && !local_is_copied_into_lambdas(local);
}

static bool captures_followed(const Walk *walk, const Lambda *lambda) {
  for (uint32_t i = 0; i < lambda->captures.size; i++)
    if (map_get(&walk->followed, map_key(lambda->captures.data[i]))) return true;
  return false;
}

static bool is_followed(const Walk *walk, const AstNode *node) {
  Local *local = node_local(node);
  if (local) return map_get(&walk->followed, map_key(local)) != NULL;
  if (node->kind != AST_LAMBDA || !node->info || node->info->kind != INFO_LAMBDA) return false;
  return node->info->lambda == walk->lambda || captures_followed(walk, node->info->lambda);
}

static void ask(Confine *confine, const Instance *instance, uint32_t param) {
  Local *local = param < instance->param_count ? instance->params[param] : NULL;
  if (!local || map_put(confine->sema->arena, &confine->asked, map_key(local), local)) return;
  vec_push(confine->sema->arena, &confine->questions, (Question){instance, local});
}

// C code keeps no function of ours; what an intrinsic is given becomes part of memory.
static void give(Walk *walk, const Fate *fate) {
  const Function *function = fate->instance->function;
  if (fate->instance->body) ask(walk->confine, fate->instance, fate->param);
  else if (function->kind == FUNCTION_INTRINSIC) walk->where = "is stored";
}

static void meet(Walk *walk, const Fate *fate) {
  Arena *arena = walk->confine->sema->arena;
  if (fate->kind == FATE_KEPT) walk->where = fate->where;
  else if (fate->kind == FATE_GIVEN) give(walk, fate);
  else if (fate->kind == FATE_BOUND) map_put(arena, &walk->followed, map_key(fate->local), fate->local);
}

// ── Through a body ──────────────────────────────────────────────────────────────────────────────────────────────
static void follow_child(AstNode *node, void *walk) { follow(walk, node, kept("is stored")); }

static void follow_block(Walk *walk, AstNode *node, Fate fate) {
  uint32_t count = AST_LIST_COUNT(node->block.stmts);
  for (uint32_t i = 0; i < count; i++) follow(walk, node->block.stmts->items[i], i + 1 < count ? used : fate);
}

static void follow_if(Walk *walk, AstNode *node, Fate fate) {
  follow(walk, node->if_.cond, used);
  follow(walk, node->if_.then_body, fate);
  if (node->if_.else_body) follow(walk, node->if_.else_body, fate);
}

static void follow_call(Walk *walk, const CallInfo *call) {
  if (call->callee) follow(walk, call->callee, used);
  for (uint32_t i = 0; i < call->arg_count; i++) {
    Fate fate = kept(call->kind == CALL_CLOSURE ? "is passed to a function value" : "is stored in a value");
    if (call->kind == CALL_FUNCTION && call->instance)
      fate = (Fate){FATE_GIVEN, .instance = call->instance, .param = i};
    if (call->args[i]) follow(walk, call->args[i], fate);
  }
}

static Fate fate_of_bound(const AstNode *target) {
  const SemaInfo *info = target->info;
  if (!info || info->kind != INFO_LOCAL || !info->declares || !info->local) return kept("is stored");
  return (Fate){FATE_BOUND, .local = info->local};
}

static Fate fate_of_matched(const AstNode *pattern) {
  if (pattern->kind == AST_PAT_WILDCARD) return used;
  return pattern->kind == AST_PAT_BIND && !pattern->pat_bind.pattern ? fate_of_bound(pattern) : kept("is matched");
}

// `part`: the subject, or number `index` of one that is a tuple.
static void follow_subject(Walk *walk, AstNode *part, uint32_t index, const AstNode *match) {
  if (!node_local(part) || !is_followed(walk, part)) {
    follow(walk, part, kept("is matched"));
    return;
  }
  for (AST_EACH(arm, match->match.arms)) {
    const AstNode *pattern = arm->arm.pattern;
    bool is_part = part != match->match.subject && pattern->kind == AST_PAT_TUPLE;
    Fate fate = fate_of_matched(is_part ? pattern->pat_tuple.patterns->items[index] : pattern);
    meet(walk, &fate);
  }
}

// Parts of `match (f, n)` go to the patterns in their places: so do the parameters of clauses.
static void follow_match(Walk *walk, AstNode *node, Fate fate) {
  AstNode *subject = node->match.subject;
  uint32_t count = subject->kind == AST_TUPLE ? AST_LIST_COUNT(subject->tuple.elements) : 0;
  for (uint32_t i = 0; i < count; i++) follow_subject(walk, subject->tuple.elements->items[i], i, node);
  if (!count) follow_subject(walk, subject, 0, node);
  for (AST_EACH(arm, node->match.arms)) {
    if (arm->arm.guard) follow(walk, arm->arm.guard, used);
    follow(walk, arm->arm.body, fate);
  }
}

static void follow(Walk *walk, AstNode *node, Fate fate) {
  if (walk->where || node->kind >= AST_TYPE_NAME) return;
  if (is_followed(walk, node)) meet(walk, &fate);
  switch ((int)node->kind) {
    case AST_BLOCK: follow_block(walk, node, fate); return;
    case AST_IF: follow_if(walk, node, fate); return;
    case AST_LAMBDA: follow(walk, node->lambda.body, kept("is returned")); return;
    case AST_RETURN:
      if (node->return_.value) follow(walk, node->return_.value, kept("is returned"));
      return;
    case AST_BINDING:
      if (node->binding.value) follow(walk, node->binding.value, fate_of_bound(node->binding.pattern));
      return;
    case AST_ASSIGN:
      follow(walk, node->assign.value, fate_of_bound(node->assign.target));
      if (!node_local(node->assign.target)) ast_children(node->assign.target, follow_child, walk);
      return;
    case AST_MATCH: follow_match(walk, node, fate); return;
    default: break;
  }
  bool is_call = node->info && node->info->kind == INFO_CALL && node->info->call;
  if (is_call) follow_call(walk, node->info->call);
  else ast_children(node, follow_child, walk);
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct CaptureUse {
  const Local *local;
  const AstNode *found;
} CaptureUse;

static void find_use(AstNode *node, void *data) {
  CaptureUse *use = data;
  if (!use->found && node_local(node) == use->local) use->found = node;
  if (!use->found) ast_children(node, find_use, data);
}

// `by`: the function that keeps it, or NULL.
static void report(const Sema *sema, const Lambda *lambda, const Local *local, const char *where, const Instance *by) {
  const Context *context = sema->context;
  CaptureUse use = {.local = local};
  find_use(lambda->node->lambda.body, &use);
  Diag *diag = diag_report(context->diags, QZ1210, use.found ? use.found->span : lambda->node->span,
                           "the borrow %s is kept by a lambda that %s", name_text(context->names, local->name),
                           by ? "is given away" : where);
  diag_note(context->diags, diag, local->span, "borrowed here");
  if (by) diag_note(context->diags, diag, by->span, "%s keeps it", name_text(context->names, by->display));
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static const Local *first_borrow(const Lambda *lambda) {
  for (uint32_t i = 0; i < lambda->captures.size; i++)
    if (holds_borrow(lambda->captures.data[i])) return lambda->captures.data[i];
  return NULL;
}

// NULL: none of them.
static const Instance *first_that_keeps(Confine *confine, const char **where) {
  for (uint32_t i = 0; i < confine->questions.size; i++) {
    Question question = confine->questions.data[i];
    Walk walk = {.confine = confine};
    map_put(confine->sema->arena, &walk.followed, map_key(question.param), question.param);
    follow(&walk, question.instance->body, kept("is returned"));
    *where = walk.where;
    if (walk.where) return question.instance;
  }
  return NULL;
}

static void confine_lambda(Sema *sema, AstNode *body, const Lambda *lambda) {
  const Local *borrow = first_borrow(lambda);
  if (!borrow) return;
  Confine confine = {.sema = sema};
  Walk walk = {.confine = &confine, .lambda = lambda};
  follow(&walk, body, kept("is returned"));
  const Instance *by = walk.where ? NULL : first_that_keeps(&confine, &walk.where);
  if (walk.where) report(sema, lambda, borrow, walk.where, by);
}

static void confine_body(Sema *sema, const Instance *owner, AstNode *body) {
  for (uint32_t i = 0; i < owner->lambdas.size; i++) confine_lambda(sema, body, owner->lambdas.data[i]);
}

void confine_check(Sema *sema) {
  const Program *program = sema->program;
  for (uint32_t i = 0; i < program->instances.size; i++) {
    const Instance *instance = program->instances.data[i];
    if (instance->body && instance->function->module->is_user) confine_body(sema, instance, instance->body);
  }
  for (uint32_t i = 0; i < program->globals.size; i++) {
    const Global *global = program->globals.data[i];
    if (global->module->is_user && global->context && global->value) confine_body(sema, global->context, global->value);
  }
}
