// Syntax that stands for calls of the prelude: `go`, `await` and `select`. What it becomes has an entry in the table,
// by which the names of those functions are the prelude's, whatever the program calls so; messages do not mention it.
#include "macro/internal.h"

typedef struct Syntax {
  Expander *expander;
  Context *context;
  Builder build;  // of the prelude's names
} Syntax;

static Syntax syntax_begin(Expander *expander, const AstNode *node) {
  uint32_t id = expansion_add(expander->table, (Expansion){.kind = EXPANSION_SYNTAX, .call = node->span,
                                                           .parent = node->expansion});
  return (Syntax){expander, expander->context, {expander->context, id, node->span}};
}

static AstNode *call(const Syntax *at, const char *function, AstNode *const *values, uint32_t count) {
  return macro_build_calls(&at->build, function, values, count);
}

// ── go, await ───────────────────────────────────────────────────────────────────────────────────────────────────
// `go f(x)`: the task evaluates all of it.
static AstNode *as_lambda(const Syntax *at, AstNode *body) {
  if (body->kind == AST_LAMBDA) return body;
  Builder build = {at->context, body->expansion, body->span};
  AstNode *lambda = macro_build_node(&build, AST_LAMBDA);
  lambda->lambda.body = body;
  return lambda;
}

static AstNode *expand_go(const Syntax *at, const AstNode *node) {
  AstNode *body = as_lambda(at, node->go.body);
  return call(at, "task_start", &body, 1);
}

static AstNode *expand_await(const Syntax *at, const AstNode *node) {
  AstNode *task = node->await.operand;
  return call(at, "task_await", &task, 1);
}

// ── select ──────────────────────────────────────────────────────────────────────────────────────────────────────
// choice∙ = select_begin(2)
// channel0∙ = a                                      every channel and value in order, before anything is offered
// channel1∙ = b
// value1∙ = x
// select_recv(choice∙, channel0∙)
// select_send(choice∙, channel1∙, value1∙)
// chosen∙ = select_wait(choice∙, milliseconds)       -1: for ever
// select_settle(choice∙, 1, channel1∙, chosen∙)      a value that was not sent goes
//                                                    of `v = await t`: select_task(choice∙, t), v = task_await(t)
// match select_chosen(chosen∙)
//   0 => do
//     v = select_value(choice∙, 0, channel0∙)
//     …
//   end
//   1 => …
//   _ => …
// end
typedef enum ArmKind { ARM_RECEIVES, ARM_SENDS, ARM_AWAITS, ARM_JOINS, ARM_TIMES_OUT, ARM_ELSE } ArmKind;

typedef struct Arm {
  ArmKind kind;
  AstNode *node;
  AstNode *channel, *value;  // what they are, `channel` perhaps a task; `value`: that of a send, or the time
  Name channel_name, value_name;
} Arm;

typedef struct Choice {
  Syntax syntax;
  Name choice, chosen;
  Arm *arms;
  uint32_t count, cases;  // `cases`: all that are no time and no `else`
  AstNode *limit, *otherwise;
  AstNodes stmts;
} Choice;

static bool is_named(const Choice *at, Name name, const char *text) {
  return name == name_from(at->syntax.context->names, text);
}

static AstNode *argument(const AstList *args, uint32_t index) { return argument_value(args->items[index]); }

static bool read_operation(const Choice *at, Arm *arm) {
  const AstNode *operation = arm->node->select_arm.operation;
  if (operation->kind == AST_AWAIT) {
    arm->kind = ARM_AWAITS;
    arm->channel = operation->await.operand;
    return true;
  }
  bool is_method = operation->kind == AST_METHOD_CALL, is_call = operation->kind == AST_CALL;
  if (is_call && operation->call.callee->kind != AST_IDENT) return false;
  if (!is_method && !is_call) return false;
  const AstList *args = is_method ? operation->method_call.args : operation->call.args;
  Name name = is_method ? operation->method_call.name : operation->call.callee->ident.name;
  uint32_t count = AST_LIST_COUNT(args) + is_method;  // with the channel
  if (is_named(at, name, "recv") && count == 1) arm->kind = ARM_RECEIVES;
  else if (is_named(at, name, "send") && count == 2) arm->kind = ARM_SENDS;
  else if (is_named(at, name, "join") && count == 1 && is_method) arm->kind = ARM_JOINS;
  else if (is_named(at, name, "timeout") && is_call && count == 1) arm->kind = ARM_TIMES_OUT;
  else return false;
  if (arm->kind == ARM_TIMES_OUT) arm->value = argument(args, 0);
  else arm->channel = is_method ? operation->method_call.receiver : argument(args, 0);
  if (arm->kind == ARM_SENDS) arm->value = argument(args, is_method ? 0 : 1);
  return true;
}

static void report(const Choice *at, const AstNode *node, const char *text, const char *help) {
  Diag *diag = diag_report(at->syntax.context->diags, QZ0131, node->span, "%s", text);
  expansion_note(at->syntax.context, at->syntax.expander->table, diag, node->expansion);
  diag_help(at->syntax.context->diags, diag, "%s", help);
}

static bool read_arm(Choice *at, Arm *arm) {
  if (!arm->node->select_arm.operation) {
    arm->kind = ARM_ELSE;
    at->otherwise = arm->node;
    return true;
  }
  if (!read_operation(at, arm)) {
    report(at, arm->node->select_arm.operation, "an arm of a select receives, sends, awaits a task or times out",
           "write `x = channel.recv()`, `channel.send(x)`, `x = await task` or `timeout(milliseconds)`");
    return false;
  }
  if (arm->node->select_arm.binding && (arm->kind == ARM_SENDS || arm->kind == ARM_TIMES_OUT)) {
    report(at, arm->node->select_arm.binding, "only a receive and a task give a value", "take the name away");
    return false;
  }
  if (arm->kind != ARM_TIMES_OUT) {
    at->cases++;
    return true;
  }
  if (at->limit) report(at, arm->node, "this select times out twice", "leave the shorter of both times");
  at->limit = arm->value;
  if (!at->otherwise) at->otherwise = arm->node;
  return true;
}

static bool read_arms(Choice *at, const AstNode *node) {
  at->arms = arena_array(at->syntax.context->arena, Arm, AST_LIST_COUNT(node->select.arms) + 1);
  bool is_sound = true;
  for (AST_EACH(arm, node->select.arms)) {
    if (arm->kind == AST_POISON) continue;
    at->arms[at->count].node = arm;
    is_sound &= read_arm(at, &at->arms[at->count++]);
  }
  bool never_waits = at->otherwise && !at->otherwise->select_arm.operation;
  if (at->limit && never_waits)
    report(at, at->limit, "this time never passes", "a select with `else` does not wait: take one of them away");
  if (!at->cases && is_sound)
    report(at, node, "this select has nothing to wait for", "`sleep(milliseconds)` waits for time alone");
  return is_sound && at->cases;
}

// name∙ = value
static Name keep(Choice *at, const char *text, AstNode *value) {
  Interner *names = at->syntax.context->names;
  Name name = name_fresh(names, name_from(names, text), at->syntax.build.expansion);
  AstNode *node = macro_build_node(&at->syntax.build, AST_ASSIGN);
  node->assign.target = macro_build_ident(&at->syntax.build, name);
  node->assign.value = value;
  vec_push(at->syntax.context->arena, &at->stmts, node);
  return name;
}

static AstNode *named(const Choice *at, Name name) { return macro_build_ident(&at->syntax.build, name); }

static AstNode *number(const Choice *at, uint64_t value) { return macro_build_int(&at->syntax.build, value); }

static bool is_case(const Arm *arm) { return arm->kind != ARM_TIMES_OUT && arm->kind != ARM_ELSE; }

static void keep_operands(Choice *at) {
  for (uint32_t i = 0; i < at->count; i++) {
    Arm *arm = &at->arms[i];
    Text channel = {.arena = at->syntax.context->arena}, value = {.arena = at->syntax.context->arena};
    text_printf(&channel, "channel%u", i);
    text_printf(&value, "value%u", i);
    if (is_case(arm)) arm->channel_name = keep(at, text_str(&channel), arm->channel);
    if (arm->kind == ARM_SENDS) arm->value_name = keep(at, text_str(&value), arm->value);
  }
}

static void offer(Choice *at) {
  for (uint32_t i = 0; i < at->count; i++) {
    const Arm *arm = &at->arms[i];
    if (!is_case(arm)) continue;
    bool sends = arm->kind == ARM_SENDS, receives = arm->kind == ARM_RECEIVES;
    AstNode *values[] = {named(at, at->choice), named(at, arm->channel_name),
                         sends ? named(at, arm->value_name) : NULL};
    const char *function = sends ? "select_send" : receives ? "select_recv" : "select_task";
    AstNode *node = call(&at->syntax, function, values, sends ? 3 : 2);
    vec_push(at->syntax.context->arena, &at->stmts, node);
  }
}

static void settle(Choice *at) {
  uint32_t index = 0;
  for (uint32_t i = 0; i < at->count; i++) {
    const Arm *arm = &at->arms[i];
    if (arm->kind == ARM_SENDS) {
      AstNode *values[] = {named(at, at->choice), number(at, index), named(at, arm->channel_name),
                           named(at, at->chosen)};
      vec_push(at->syntax.context->arena, &at->stmts, call(&at->syntax, "select_settle", values, 4));
    }
    index += is_case(arm);
  }
}

// What was received, or the task's value, which is taken now. A panic of an awaited task goes on also without a name.
static AstNode *value_of_arm(const Choice *at, const Arm *arm, uint32_t index) {
  AstNode *task = named(at, arm->channel_name);
  if (arm->kind == ARM_AWAITS) return call(&at->syntax, "task_await", &task, 1);
  if (arm->kind == ARM_JOINS) return call(&at->syntax, "select_join", &task, 1);
  AstNode *values[] = {named(at, at->choice), number(at, index), named(at, arm->channel_name)};
  return call(&at->syntax, "select_value", values, 3);
}

// The value goes to the arm's own name.
static AstNode *arm_body(Choice *at, const Arm *arm, uint32_t index) {
  AstNode *body = arm->node->select_arm.body, *pattern = arm->node->select_arm.binding;
  if (!pattern && arm->kind != ARM_AWAITS) return body;
  AstNode *value = value_of_arm(at, arm, index);
  AstNodes stmts = {0};
  if (pattern) {
    Builder build = {at->syntax.context, arm->node->expansion, pattern->span};
    AstNode *binding = macro_build_node(&build, AST_BINDING);
    binding->binding.pattern = pattern;
    binding->binding.value = value;
    value = binding;
  }
  vec_push(at->syntax.context->arena, &stmts, value);
  vec_push(at->syntax.context->arena, &stmts, body);
  Builder whole = {at->syntax.context, arm->node->expansion, arm->node->span};
  return macro_build_block(&whole, &stmts);
}

static void add_arm(Choice *at, AstNodes *arms, AstNode *pattern, AstNode *body) {
  AstNode *node = macro_build_node(&at->syntax.build, AST_ARM);
  node->arm.pattern = pattern;
  node->arm.body = body;
  vec_push(at->syntax.context->arena, arms, node);
}

static AstNode *match_chosen(Choice *at) {
  AstNodes arms = {0};
  uint32_t index = 0;
  for (uint32_t i = 0; i < at->count; i++) {
    const Arm *arm = &at->arms[i];
    if (!is_case(arm)) continue;
    AstNode *pattern = macro_build_node(&at->syntax.build, AST_PAT_VALUE);
    pattern->pat_value.value = number(at, index);
    add_arm(at, &arms, pattern, arm_body(at, arm, index++));
  }
  AstNode *last = at->otherwise ? at->otherwise->select_arm.body : call(&at->syntax, "select_failed", NULL, 0);
  add_arm(at, &arms, macro_build_node(&at->syntax.build, AST_PAT_WILDCARD), last);
  AstNode *match = macro_build_node(&at->syntax.build, AST_MATCH), *chosen = named(at, at->chosen);
  match->match.subject = call(&at->syntax, "select_chosen", &chosen, 1);
  match->match.arms = ast_list(at->syntax.context->arena, arms.data, arms.size);
  return match;
}

static AstNode *expand_select(const Syntax *syntax, const AstNode *node) {
  Choice at = {.syntax = *syntax};
  if (!read_arms(&at, node)) return poison_at(syntax->context, node);
  AstNode *count = number(&at, at.cases);
  at.choice = keep(&at, "choice", call(syntax, "select_begin", &count, 1));
  keep_operands(&at);
  offer(&at);
  AstNode *limit = at.limit ? at.limit : at.otherwise ? number(&at, 0) : macro_build_negative(&at.syntax.build, 1);
  AstNode *values[] = {named(&at, at.choice), limit};
  at.chosen = keep(&at, "chosen", call(syntax, "select_wait", values, 2));
  settle(&at);
  vec_push(syntax->context->arena, &at.stmts, match_chosen(&at));
  return macro_build_block(&syntax->build, &at.stmts);
}

// ── Regular expressions ─────────────────────────────────────────────────────────────────────────────────────────
// They stay as they are, and nobody imports what they need.
static bool is_regex(const AstNode *node) {
  return node->kind == AST_REGEX_LIT || node->kind == AST_PAT_REGEX ||
         (node->kind == AST_BINARY && node->binary.op == AST_OP_MATCH);
}

// ── Dispatch ────────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *syntax_expand(Expander *expander, AstNode *node) {
  if (is_regex(node)) expander->table->has_regex = true;
  if (node->kind != AST_GO && node->kind != AST_AWAIT && node->kind != AST_SELECT) return node;
  Syntax syntax = syntax_begin(expander, node);
  if (node->kind == AST_GO) return expand_go(&syntax, node);
  if (node->kind == AST_AWAIT) return expand_await(&syntax, node);
  return expand_select(&syntax, node);
}
