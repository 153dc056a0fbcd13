// Follows a body along its paths, in the order in which it runs, and keeps for each linear local and each borrow what
// happened to it on some path that leads here. Loops are gone round until nothing new is found; a lambda is followed
// where it stands. moves.c and borrow.c say what each event means.
#include "sema/analysis.h"

enum { MOST_ROUNDS = 8 };

// ── States ──────────────────────────────────────────────────────────────────────────────────────────────────────
static State unreachable(const Flow *flow) {
  return (State){false, arena_array(flow->arena, Track, flow->locals.size + 1)};
}

static State copy(const Flow *flow, const State *state) {
  State result = unreachable(flow);
  result.is_reachable = state->is_reachable;
  for (uint32_t i = 0; i < flow->locals.size; i++) result.tracks[i] = state->tracks[i];
  return result;
}

static void join_track(Track *into, const Track *from) {
  if (!into->live_when.text) into->live_when = from->live_when;
  if (!(into->flags & (TRACK_MOVED | TRACK_DEFERRED))) into->moved_at = from->moved_at;
  if (!into->conflict) into->conflict = from->conflict;
  into->flags |= from->flags;
  if (!(into->flags & (TRACK_MOVED | TRACK_DEFERRED))) into->live_when = (Reason){0};  // on no path is it consumed
}

// True: `into` has learned something.
static bool join_state(const Flow *flow, State *into, const State *from) {
  if (!from->is_reachable) return false;
  if (!into->is_reachable) {
    *into = copy(flow, from);
    return true;
  }
  bool changed = false;
  for (uint32_t i = 0; i < flow->locals.size; i++) {
    Track before = into->tracks[i];
    join_track(&into->tracks[i], &from->tracks[i]);
    changed |= before.flags != into->tracks[i].flags || before.conflict != into->tracks[i].conflict;
  }
  return changed;
}

// Names the path for what is not consumed on it.
static void name_path(Flow *flow, Span span, const char *text) {
  for (uint32_t i = 0; i < flow->locals.size; i++) {
    Track *track = &flow->state.tracks[i];
    if ((track->flags & TRACK_LIVE) && !track->live_when.text) track->live_when = (Reason){span, text};
  }
}

Track *flow_track(Flow *flow, const Local *local) {
  uintptr_t number = (uintptr_t)map_get(&flow->numbers, map_key(local));
  return number ? &flow->state.tracks[number - 1] : NULL;
}

bool flow_report_once(Flow *flow, Span span) {
  for (uint32_t i = 0; i < flow->reported.size; i++)
    if (flow->reported.data[i].start == span.start && flow->reported.data[i].end == span.end) return false;
  vec_push(flow->arena, &flow->reported, span);
  return true;
}

// ── Scopes and exits ────────────────────────────────────────────────────────────────────────────────────────────
static void close_scope(Flow *flow, uint32_t size) {
  move_leave(flow, size, (Reason){0});
  flow->scope.size = size;
}

static void push_exit(Flow *flow, Exit *exit, Name label, bool is_function) {
  *exit = (Exit){.outer = flow->exit,
                 .label = label,
                 .is_function = is_function,
                 .scope_size = flow->scope.size,
                 .left = unreachable(flow),
                 .again = unreachable(flow)};
  flow->exit = exit;
}

static void pop_exit(Flow *flow) { flow->exit = flow->exit->outer; }

static Exit *loop_exit(const Flow *flow, Name label) {
  for (Exit *exit = flow->exit; exit && !exit->is_function; exit = exit->outer)
    if (!label || exit->label == label) return exit;
  return NULL;
}

static Exit *function_exit(const Flow *flow) {
  Exit *exit = flow->exit;
  while (exit && !exit->is_function) exit = exit->outer;
  return exit;
}

static void leave(Flow *flow, Exit *exit, State *into, Span span, const char *text) {
  if (exit) {
    move_leave(flow, exit->scope_size, (Reason){span, text});
    join_state(flow, into, &flow->state);
  }
  flow->state.is_reachable = false;
}

static void visit_break(Flow *flow, AstNode *node) {
  if (node->break_.value) flow_visit(flow, node->break_.value, FLOW_MOVE);
  Exit *exit = loop_exit(flow, node->break_.label);
  leave(flow, exit, exit ? &exit->left : NULL, node->span, "when the loop is left here");
}

static void visit_continue(Flow *flow, AstNode *node) {
  Exit *exit = loop_exit(flow, node->continue_.label);
  leave(flow, exit, exit ? &exit->again : NULL, node->span, "when the loop goes on here");
}

static void visit_return(Flow *flow, AstNode *node) {
  if (node->return_.value) flow_visit(flow, node->return_.value, FLOW_MOVE);
  Exit *exit = function_exit(flow);
  leave(flow, exit, exit ? &exit->left : NULL, node->span, "when the function returns here");
}

// e? goes on or returns.
static void visit_intrinsic(Flow *flow, AstNode *node) {
  for (AST_EACH(arg, node->intrinsic.args)) flow_visit(flow, arg, FLOW_MOVE);
  const Exit *exit = function_exit(flow);
  if (exit && node->info && node->info->kind == INFO_TRY)
    move_leave(flow, exit->scope_size, (Reason){node->span, "when this returns early"});
}

// ── Bindings ────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Declaring {
  Flow *flow;
  bool is_view;
} Declaring;

static void declare_node(AstNode *pattern, void *data) {
  const Declaring *declaring = data;
  const SemaInfo *info = pattern->info;
  if (info && info->kind == INFO_LOCAL && info->declares && info->local)
    move_declare(declaring->flow, info->local, declaring->is_view);
  ast_children(pattern, declare_node, data);
}

static void declare_pattern(Flow *flow, AstNode *pattern, bool is_view) {
  declare_node(pattern, &(Declaring){flow, is_view});
}

static void bind(Flow *flow, Local *local, AstNode *value) {
  if (node_is_borrow(value) && local->type->kind == TYPE_BORROW) {
    AstNode *place = value->unary.operand;
    flow_visit(flow, place, FLOW_READ);
    borrow_change(flow, place, value->unary.op == AST_OP_BORROW ? CHANGE_BORROW : CHANGE_BORROW_MUT, value->span);
    borrow_declare(flow, local, place);
    return;
  }
  bool is_view = move_is_view(flow, value);
  flow_visit(flow, value, FLOW_MOVE);
  move_declare(flow, local, is_view);
}

static void visit_binding(Flow *flow, AstNode *node) {
  AstNode *pattern = node->binding.pattern;
  if (pattern->kind == AST_PAT_BIND && !pattern->pat_bind.pattern && pattern->info) {
    bind(flow, pattern->info->local, node->binding.value);
    return;
  }
  bool is_view = move_is_view(flow, node->binding.value);
  flow_visit(flow, node->binding.value, FLOW_MOVE);
  declare_pattern(flow, pattern, is_view);
}

// One place on the left of `=`, once its value is known.
static void assign_place(Flow *flow, AstNode *target, bool is_view) {
  const SemaInfo *info = target->info;
  if (info && info->kind == INFO_LOCAL && info->declares) {
    if (info->local) move_declare(flow, info->local, is_view);
    return;
  }
  Local *local = node_local(target);
  if (local) borrow_use(flow, target), move_overwrite(flow, target, local);
  else flow_visit(flow, target, FLOW_READ);
  borrow_change(flow, target, CHANGE_ASSIGN, target->span);
}

static void assign_parts(Flow *flow, AstNode *target, bool is_view) {
  switch ((int)target->kind) {
    case AST_TUPLE:
      for (AST_EACH(part, target->tuple.elements)) assign_parts(flow, part, is_view);
      return;
    case AST_RECORD_LIT:
      for (AST_EACH(init, target->record_lit.fields))
        assign_parts(flow, init->field_init.value ? init->field_init.value : init, is_view);
      return;
    default: assign_place(flow, target, is_view);
  }
}

static void visit_assign(Flow *flow, AstNode *node) {
  AstNode *target = node->assign.target, *value = node->assign.value;
  const SemaInfo *info = target->info;
  if (node->assign.op) {
    flow_visit(flow, value, FLOW_READ);
    flow_visit(flow, target, FLOW_READ);
    borrow_change(flow, target, CHANGE_ASSIGN, target->span);
  } else if (target->kind == AST_IDENT && info && info->kind == INFO_LOCAL && info->declares) {
    bind(flow, info->local, value);
  } else {
    bool is_view = move_is_view(flow, value);
    flow_visit(flow, value, FLOW_MOVE);
    assign_parts(flow, target, is_view);
  }
}

// ── Branches ────────────────────────────────────────────────────────────────────────────────────────────────────
static void visit_logic(Flow *flow, AstNode *node) {
  flow_visit(flow, node->binary.left, FLOW_READ);
  State skipped = copy(flow, &flow->state);
  flow_visit(flow, node->binary.right, FLOW_READ);
  join_state(flow, &flow->state, &skipped);
}

static void visit_binary(Flow *flow, AstNode *node) {
  if (node->binary.op == AST_OP_AND || node->binary.op == AST_OP_OR) {
    visit_logic(flow, node);
    return;
  }
  flow_visit(flow, node->binary.left, FLOW_READ);
  flow_visit(flow, node->binary.right, FLOW_READ);
}

static void visit_scope(Flow *flow, AstNode *node, FlowUse use) {
  uint32_t size = flow->scope.size;
  flow_visit(flow, node, use);
  close_scope(flow, size);
}

static void visit_if(Flow *flow, AstNode *node, FlowUse use) {
  flow_visit(flow, node->if_.cond, FLOW_READ);
  State other = copy(flow, &flow->state);
  visit_scope(flow, node->if_.then_body, use);
  name_path(flow, node->if_.cond->span,
            node->if_.is_unless ? "when the condition is false" : "when the condition is true");
  State then = flow->state;
  flow->state = other;
  if (node->if_.else_body) visit_scope(flow, node->if_.else_body, use);
  name_path(flow, node->if_.cond->span,
            node->if_.is_unless ? "when the condition is true" : "when the condition is false");
  join_state(flow, &flow->state, &then);
}

static bool binds_whole(const AstNode *match) {
  for (AST_EACH(arm, match->match.arms))
    if (arm->arm.pattern->kind == AST_PAT_BIND && arm->arm.pattern->info && arm->arm.pattern->info->kind == INFO_LOCAL)
      return true;
  return false;
}

static void visit_arm(Flow *flow, AstNode *arm, bool is_view, FlowUse use) {
  uint32_t size = flow->scope.size;
  declare_pattern(flow, arm->arm.pattern, is_view);
  if (arm->arm.guard) flow_visit(flow, arm->arm.guard, FLOW_READ);
  flow_visit(flow, arm->arm.body, use);
  close_scope(flow, size);
  name_path(flow, arm->arm.pattern->span, "in this arm");
}

// A name that is matched on is consumed by an arm that gives it another name, not by being looked at.
static void visit_match(Flow *flow, AstNode *node, FlowUse use) {
  AstNode *subject = node->match.subject;
  bool is_view = move_is_view(flow, subject) || node_is_clauses(flow->checker, node);
  bool is_read = subject->kind == AST_IDENT && !binds_whole(node);
  flow_visit(flow, subject, is_read || is_view ? FLOW_READ : FLOW_MOVE);
  State before = flow->state, after = unreachable(flow);
  for (AST_EACH(arm, node->match.arms)) {
    flow->state = copy(flow, &before);
    visit_arm(flow, arm, is_view, use);
    join_state(flow, &after, &flow->state);
  }
  flow->state = after;
}

// ── Loops ───────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Loop {
  AstNode *cond;     // or NULL
  AstNode *pattern;  // or NULL
  AstNode *parts[3]; // of the body; NULL: none
  FlowUse use;
  bool is_endless;   // left by `break` only
} Loop;

static void visit_round(Flow *flow, const Loop *loop, State *done) {
  uint32_t size = flow->scope.size;
  if (loop->cond && !loop->pattern) flow_visit(flow, loop->cond, FLOW_READ);
  if (!loop->is_endless) join_state(flow, done, &flow->state);
  if (loop->pattern) declare_pattern(flow, loop->pattern, true);
  if (loop->cond && loop->pattern) flow_visit(flow, loop->cond, FLOW_READ);
  for (int i = 0; i < 3; i++)
    if (loop->parts[i]) flow_visit(flow, loop->parts[i], loop->use);
  close_scope(flow, size);
}

static void visit_loop(Flow *flow, const Loop *loop, Name label) {
  Exit exit;
  push_exit(flow, &exit, label, false);
  State head = copy(flow, &flow->state), done = unreachable(flow);
  bool changed = true;
  for (int round = 0; changed && round < MOST_ROUNDS; round++) {
    flow->state = copy(flow, &head);
    visit_round(flow, loop, &done);
    changed = join_state(flow, &head, &flow->state);
    changed |= join_state(flow, &head, &exit.again);
  }
  pop_exit(flow);
  join_state(flow, &done, &exit.left);
  flow->state = done;
}

static bool is_always(const AstNode *node) {
  return node->while_.cond->kind == AST_BOOL_LIT && node->while_.cond->bool_lit.value != node->while_.is_until;
}

static void visit_while(Flow *flow, AstNode *node) {
  Loop loop = {
      .cond = node->while_.cond, .parts = {node->while_.body}, .use = FLOW_DROP, .is_endless = is_always(node)};
  visit_loop(flow, &loop, node->while_.label);
}

static void visit_for(Flow *flow, AstNode *node) {
  flow_visit(flow, node->for_.iterable, FLOW_READ);
  visit_loop(flow, &(Loop){.pattern = node->for_.pattern, .parts = {node->for_.body}, .use = FLOW_DROP},
             node->for_.label);
}

static void visit_comprehension(Flow *flow, AstNode *node) {
  flow_visit(flow, node->comprehension.iterable, FLOW_READ);
  Loop loop = {.cond = node->comprehension.cond,
               .pattern = node->comprehension.pattern,
               .parts = {node->comprehension.key, node->comprehension.value},
               .use = FLOW_MOVE};
  visit_loop(flow, &loop, NAME_NONE);
}

// ── Blocks, lambdas, defer ──────────────────────────────────────────────────────────────────────────────────────
static void visit_block(Flow *flow, AstNode *node, FlowUse use) {
  uint32_t size = flow->scope.size, count = AST_LIST_COUNT(node->block.stmts);
  for (uint32_t i = 0; i < count; i++) flow_visit(flow, node->block.stmts->items[i], i + 1 == count ? use : FLOW_DROP);
  close_scope(flow, size);
}

// What a lambda consumes counts as consumed where the lambda is made.
static void visit_lambda(Flow *flow, AstNode *node) {
  if (!node->info || node->info->kind != INFO_LAMBDA) return;
  const Lambda *lambda = node->info->lambda;
  State before = copy(flow, &flow->state);
  Exit exit;
  uint32_t size = flow->scope.size;
  push_exit(flow, &exit, NAME_NONE, true);
  for (uint32_t i = 0; i < lambda->param_count; i++) move_declare(flow, lambda->params[i], false);
  for (AST_EACH(param, node->lambda.params))
    if (param->param.pattern) declare_pattern(flow, param->param.pattern, true);
  flow_visit(flow, node->lambda.body, lambda->result->kind == TYPE_VOID ? FLOW_DROP : FLOW_MOVE);
  close_scope(flow, size);
  pop_exit(flow);
  join_state(flow, &flow->state, &exit.left);
  if (!flow->state.is_reachable) flow->state = before;
}

static void visit_defer(Flow *flow, AstNode *node) {
  State before = copy(flow, &flow->state);
  flow_visit(flow, node->defer.body, FLOW_DROP);
  State after = flow->state;
  flow->state = before;
  for (uint32_t i = 0; i < flow->locals.size; i++) {
    Track *track = &flow->state.tracks[i];
    bool consumes = (after.tracks[i].flags & TRACK_MOVED) && !(track->flags & TRACK_MOVED);
    if (!consumes) continue;
    track->flags = (uint8_t)((track->flags & ~TRACK_LIVE) | TRACK_DEFERRED);
    track->moved_at = after.tracks[i].moved_at;
  }
}

// ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────
// Methods that come by themselves (==, show, clone …) look at their arguments.
static bool is_derived(const CallInfo *call) {
  if (call->kind != CALL_FUNCTION || !call->instance) return false;
  const Impl *impl = signature_of(call->instance->function)->impl;
  return impl && impl->is_derived;
}

static void visit_call(Flow *flow, const CallInfo *call) {
  if (call->kind == CALL_CLOSURE) flow_visit(flow, call->callee, FLOW_READ);
  for (uint32_t i = 0; i < call->arg_count; i++) {
    uint32_t index = call->order ? call->order[i] : i;
    AstNode *arg = call->args[index];
    if (!arg) continue;
    const Type *param = call_param_type(call, index);
    bool is_read = (param && param->kind == TYPE_BORROW) || is_derived(call);
    if (node_is_borrow(arg)) flow_visit(flow, arg->unary.operand, FLOW_READ);
    else flow_visit(flow, arg, is_read ? FLOW_READ : FLOW_MOVE);
  }
  borrow_call(flow, call);
}

// ── Dispatch ────────────────────────────────────────────────────────────────────────────────────────────────────
static void visit_part(AstNode *node, void *flow) { flow_visit(flow, node, FLOW_MOVE); }
static void look_at_part(AstNode *node, void *flow) { flow_visit(flow, node, FLOW_READ); }

static void visit_unary(Flow *flow, AstNode *node) {
  flow_visit(flow, node->unary.operand, FLOW_READ);
  if (!node_is_borrow(node)) return;
  borrow_change(flow, node->unary.operand, node->unary.op == AST_OP_BORROW ? CHANGE_BORROW : CHANGE_BORROW_MUT,
                node->span);
}

static void visit_ident(Flow *flow, AstNode *node, FlowUse use) {
  borrow_use(flow, node);
  move_use(flow, node, use);
}

static void visit_value(Flow *flow, AstNode *node, FlowUse use) {
  bool is_call = node->info && node->info->kind == INFO_CALL && node->info->call;
  switch ((int)node->kind) {
    case AST_IDENT: visit_ident(flow, node, use); return;
    case AST_UNARY: visit_unary(flow, node); return;
    case AST_BINARY: visit_binary(flow, node); return;
    case AST_INTERPOLATION:
    case AST_FIELD:
    case AST_TUPLE_FIELD:
    case AST_INDEX: ast_children(node, look_at_part, flow); return;
    case AST_CALL:
    case AST_METHOD_CALL:
    case AST_PIPE:
      if (is_call) visit_call(flow, node->info->call);
      if (use == FLOW_DROP) move_drop(flow, node);
      return;
    case AST_STRUCT_LIT:
      ast_children(node, visit_part, flow);
      if (use == FLOW_DROP) move_drop(flow, node);
      return;
    case AST_INTRINSIC: visit_intrinsic(flow, node); return;
    case AST_BLOCK: visit_block(flow, node, use); return;
    case AST_IF: visit_if(flow, node, use); return;
    case AST_MATCH: visit_match(flow, node, use); return;
    case AST_WHILE: visit_while(flow, node); return;
    case AST_LOOP:
      visit_loop(flow, &(Loop){.parts = {node->loop.body}, .use = FLOW_DROP, .is_endless = true}, node->loop.label);
      return;
    case AST_FOR: visit_for(flow, node); return;
    case AST_COMPREHENSION: visit_comprehension(flow, node); return;
    case AST_BREAK: visit_break(flow, node); return;
    case AST_CONTINUE: visit_continue(flow, node); return;
    case AST_RETURN: visit_return(flow, node); return;
    case AST_DEFER: visit_defer(flow, node); return;
    case AST_ASSIGN: visit_assign(flow, node); return;
    case AST_BINDING: visit_binding(flow, node); return;
    case AST_LAMBDA: visit_lambda(flow, node); return;
    default: ast_children(node, visit_part, flow);
  }
}

void flow_visit(Flow *flow, AstNode *node, FlowUse use) {
  visit_value(flow, node, use);
  if (node->type && node->type->kind == TYPE_NEVER) flow->state.is_reachable = false;
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void track_locals(Flow *flow) {
  const Instance *instance = flow->checker->instance;
  for (uint32_t i = 0; i < instance->locals.size; i++) {
    Local *local = instance->locals.data[i];
    bool is_borrow = local->type->kind == TYPE_BORROW && !local->is_param;
    if (!is_borrow && !type_is_linear(local->type)) continue;
    vec_push(flow->arena, &flow->locals, local);
    map_put(flow->arena, &flow->numbers, map_key(local), (void *)(uintptr_t)flow->locals.size);
  }
}

void flow_check(Checker *checker, AstNode *body) {
  Arena arena = {0};  // the states of one body, of which only messages remain
  Flow flow = {.checker = checker, .context = checker->context, .arena = &arena};
  const Instance *instance = checker->instance;
  track_locals(&flow);
  flow.state = unreachable(&flow);
  flow.state.is_reachable = true;
  Exit exit;
  push_exit(&flow, &exit, NAME_NONE, true);
  for (uint32_t i = 0; i < instance->param_count; i++) move_declare(&flow, instance->params[i], false);
  flow_visit(&flow, body, instance->result && instance->result->kind == TYPE_VOID ? FLOW_DROP : FLOW_MOVE);
  close_scope(&flow, 0);
  arena_free(&arena);
}
