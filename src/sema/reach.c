// What tasks reach: QZ1215. A module variable belongs to the program's first task, the one that runs `main`. Another
// task may read it when nobody changes it after its first value, and tasks share that value: a number, a string, a
// @shared object, or something flat that is made of those. For everything else two tasks would race.
//
// The question is asked of the whole program: a task runs the body of a lambda that was sent, what that calls, and what
// it makes functions of, since nobody knows when those are called. A function that was made elsewhere comes into a task
// only by crossing: those that would lead it to such a variable are marked, and the runtime refuses them.
#include "sema/analysis.h"

typedef struct Step Step;

typedef struct Use {
  Global *global;
  AstNode *node;
} Use;

typedef struct Caller {
  Step *step;
  Span span;  // where in it
} Caller;

// A body: of an instance, of a lambda, or a constant's value.
struct Step {
  Instance *instance;
  Lambda *lambda;
  bool is_sent;         // LAMBDA: runs in a task of its own, not in its writer's
  VEC(Use) uses;        // of module variables
  VEC(Caller) callers;
  Map types;            // whose drops are among what it calls
  const Use *found;     // here, or by `next`, where `at` calls it: the shortest way to what a task must not use
  Step *next;
  Span at;
};

typedef struct Root {
  Step *step;
  AstNode *node;  // what was sent
} Root;

typedef VEC(Instance *) InstanceVec;

typedef struct Reach {
  Sema *sema;
  Arena *arena;
  Map steps;     // Instance*, Lambda* or Global* → Step*
  Map written;   // Global* → AstNode*: where it is changed
  Map drops;     // type id → InstanceVec*: what runs when a value of it goes, or crosses
  Map extra;     // defaults that were looked at
  Map reported;  // start and end of the spans that have a message
  VEC(Step *) order;
  VEC(Root) roots;
  Step *step;    // whose body is being looked at
} Reach;

// ── Shared values ───────────────────────────────────────────────────────────────────────────────────────────────
static bool is_shareable(Reach *reach, Map *within, Type *type);

static bool fields_are_shareable(Reach *reach, Map *within, const FieldList *fields) {
  for (uint32_t i = 0; fields && i < fields->count; i++)
    if (!is_shareable(reach, within, fields->items[i].type)) return false;
  return true;
}

static bool list_is_shareable(Reach *reach, Map *within, const TypeList *types) {
  for (uint32_t i = 0; i < types->count; i++)
    if (!is_shareable(reach, within, types->items[i])) return false;
  return true;
}

typedef struct EnumState {
  bool is_done;
} EnumState;

// An enum that contains itself owns objects.
static bool enum_is_shareable(Reach *reach, Map *within, Type *type) {
  const EnumState *known = map_get(within, type->id);
  if (known) return known->is_done;
  EnumState *state = arena_new(reach->arena, EnumState);
  map_put(reach->arena, within, type->id, state);
  const VariantList *variants = sema_variants(reach->sema->program, type);
  for (uint32_t i = 0; i < variants->count; i++)
    if (!fields_are_shareable(reach, within, variants->items[i].fields)) return false;
  return state->is_done = true;
}

static bool is_shareable(Reach *reach, Map *within, Type *type) {
  switch (type->kind) {
    case TYPE_STRUCT:
      if (type->nominal.decl->is_shared) return true;
      return !type_is_reference(type) && fields_are_shareable(reach, within, sema_fields(reach->sema->program, type));
    case TYPE_NEWTYPE: return fields_are_shareable(reach, within, sema_fields(reach->sema->program, type));
    case TYPE_RECORD: return !type_is_reference(type) && fields_are_shareable(reach, within, type->record.fields);
    case TYPE_ENUM: return enum_is_shareable(reach, within, type);
    case TYPE_TUPLE: case TYPE_UNION: return list_is_shareable(reach, within, type->tuple.elements);
    case TYPE_ARRAY: return is_shareable(reach, within, type->array.element);
    case TYPE_FN: case TYPE_PTR: case TYPE_BORROW: case TYPE_PARAM: case TYPE_VAR: case TYPE_KIND_COUNT: return false;
    case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR: case TYPE_INT: case TYPE_I8:
    case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32: case TYPE_U64: case TYPE_F32:
    case TYPE_F64: case TYPE_STRING: case TYPE_SYMBOL: break;
  }
  return true;
}

static bool tasks_share(Reach *reach, const Global *global) {
  Map within = {0};
  return !map_get(&reach->written, map_key(global)) && is_shareable(reach, &within, global->type);
}

// ── Steps ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void look(AstNode *node, void *data);

static Step *step_of(Reach *reach, const void *what) {
  Step *step = map_get(&reach->steps, map_key(what));
  if (step) return step;
  step = arena_new(reach->arena, Step);
  map_put(reach->arena, &reach->steps, map_key(what), step);
  vec_push(reach->arena, &reach->order, step);
  return step;
}

static void add_call(Reach *reach, const void *what, Span span) {
  Step *callee = step_of(reach, what);
  vec_push(reach->arena, &callee->callers, (Caller){reach->step, span});
}

static void add_instance(Reach *reach, const Instance *instance, Span span) {
  if (instance && instance->body) add_call(reach, instance, span);
}

static void look_into(Reach *reach, Step *step, AstNode *body) {
  Step *outer = reach->step;
  reach->step = step;
  look(body, reach);
  reach->step = outer;
}

// ── Drops: nobody's source calls them ───────────────────────────────────────────────────────────────────────────
static void collect_drops(Reach *reach, InstanceVec *found, Map *seen, Type *type);

static void collect_list(Reach *reach, InstanceVec *found, Map *seen, const TypeList *types) {
  for (uint32_t i = 0; types && i < types->count; i++) collect_drops(reach, found, seen, types->items[i]);
}

static void collect_fields(Reach *reach, InstanceVec *found, Map *seen, const FieldList *fields) {
  for (uint32_t i = 0; fields && i < fields->count; i++) collect_drops(reach, found, seen, fields->items[i].type);
}

static void collect_nominal(Reach *reach, InstanceVec *found, Map *seen, Type *type) {
  Instance *drop = sema_drop(reach->sema->program, type), *cross = sema_cross(reach->sema->program, type);
  if (drop) vec_push(reach->arena, found, drop);
  if (cross) vec_push(reach->arena, found, cross);
  collect_list(reach, found, seen, type->nominal.args);
  if (type->kind != TYPE_ENUM) {
    collect_fields(reach, found, seen, sema_fields(reach->sema->program, type));
    return;
  }
  const VariantList *variants = sema_variants(reach->sema->program, type);
  for (uint32_t i = 0; i < variants->count; i++) collect_fields(reach, found, seen, variants->items[i].fields);
}

static void collect_drops(Reach *reach, InstanceVec *found, Map *seen, Type *type) {
  if (map_put(reach->arena, seen, type->id, type)) return;
  switch ((int)type->kind) {
    case TYPE_STRUCT: case TYPE_ENUM: case TYPE_NEWTYPE: collect_nominal(reach, found, seen, type); return;
    case TYPE_TUPLE: case TYPE_UNION: collect_list(reach, found, seen, type->tuple.elements); return;
    case TYPE_RECORD: collect_fields(reach, found, seen, type->record.fields); return;
    case TYPE_ARRAY: collect_drops(reach, found, seen, type->array.element); return;
    default: return;
  }
}

static const InstanceVec *drops_of(Reach *reach, Type *type) {
  InstanceVec *found = map_get(&reach->drops, type->id);
  if (found) return found;
  Map seen = {0};
  found = arena_new(reach->arena, InstanceVec);
  collect_drops(reach, found, &seen, type);
  map_put(reach->arena, &reach->drops, type->id, found);
  return found;
}

static void add_drops(Reach *reach, const AstNode *node) {
  if (!node->type || node->type->has_params || node->type->has_vars) return;
  if (map_put(reach->arena, &reach->step->types, node->type->id, node->type)) return;
  const InstanceVec *drops = drops_of(reach, node->type);
  for (uint32_t i = 0; i < drops->size; i++) add_instance(reach, drops->data[i], node->span);
}

// ── Module variables ────────────────────────────────────────────────────────────────────────────────────────────
static void add_written(Reach *reach, AstNode *place, AstNode *by) {
  Map borrows = {0};
  const void *root = place_of(reach->arena, &borrows, place).root;
  if (root && !map_get(&reach->written, map_key(root))) map_put(reach->arena, &reach->written, map_key(root), by);
}

static void add_targets(Reach *reach, AstNode *target, AstNode *by) {
  if (target->kind == AST_TUPLE)
    for (AST_EACH(part, target->tuple.elements)) add_targets(reach, part, by);
  else if (target->kind == AST_RECORD_LIT)
    for (AST_EACH(part, target->record_lit.fields)) add_targets(reach, part, by);
  else if (target->kind == AST_FIELD_INIT && target->field_init.value)
    add_targets(reach, target->field_init.value, by);
  else if (target->kind == AST_FIELD_INIT && target->info && target->info->kind == INFO_GLOBAL)
    map_put(reach->arena, &reach->written, map_key(target->info->global), by);
  else add_written(reach, target, by);
}

static void look_at_global(Reach *reach, AstNode *node) {
  Global *global = node->info->global;
  if (!global->is_const) {
    vec_push(reach->arena, &reach->step->uses, (Use){global, node});
  } else if (global->constant.kind == CONST_NONE && global->value) {
    bool is_new = !map_get(&reach->steps, map_key(global));
    add_call(reach, global, node->span);
    if (is_new) look_into(reach, step_of(reach, global), global->value);
  }
}

// ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_within(Span inner, Span outer) { return inner.start >= outer.start && inner.end <= outer.end; }

// A default stands where the parameter or field was declared, and not in the tree.
static void look_at_extra(Reach *reach, const AstNode *node, AstNode *extra) {
  if (!extra || is_within(extra->span, node->span)) return;
  if (!map_put(reach->arena, &reach->extra, map_key(extra), extra)) look(extra, reach);
}

static void add_root(Reach *reach, AstNode *sent) {
  Step *step = NULL;
  if (sent->kind == AST_ARRAY_LIT)
    for (AST_EACH(element, sent->array_lit.elements)) add_root(reach, element);
  if (sent->kind == AST_LAMBDA) step = step_of(reach, sent->info->lambda);
  else if (sent->info && sent->info->kind == INFO_FUNCTION && sent->info->instance->body)
    step = step_of(reach, sent->info->instance);
  if (!step) return;
  step->is_sent = sent->kind == AST_LAMBDA;
  vec_push(reach->arena, &reach->roots, (Root){step, sent});
}

static void look_at_call(Reach *reach, AstNode *node, const CallInfo *call) {
  if (!call) return;
  bool sends = call->kind == CALL_FUNCTION && call->instance && call->instance->function->sends;
  add_instance(reach, call->instance, node->span);
  for (uint32_t i = 0; i < call->arg_count; i++) {
    Type *param = call->args[i] ? call_param_type(call, i) : NULL;
    look_at_extra(reach, node, call->args[i]);
    if (sends && call->args[i]) add_root(reach, call->args[i]);
    if (param && param->kind == TYPE_BORROW && param->borrow.is_mutable) add_written(reach, call->args[i], node);
  }
}

static void look_at_sequence(Reach *reach, const AstNode *node, const SequenceInfo *sequence) {
  if (!sequence) return;
  Instance *const used[] = {sequence->create, sequence->add, sequence->add_all, sequence->finish, sequence->of_data};
  for (uint32_t i = 0; i < sizeof used / sizeof *used; i++) add_instance(reach, used[i], node->span);
  if (node->kind != AST_INTERPOLATION || !sequence->shows) return;
  for (uint32_t i = 0; i < AST_LIST_COUNT(node->interpolation.parts); i++)
    add_instance(reach, sequence->shows[i], node->interpolation.parts->items[i]->span);
}

static void look_at_list(Reach *reach, const AstNode *node, const ListPatternInfo *list) {
  add_instance(reach, list->size, node->span);
  add_instance(reach, list->at, node->span);
  add_instance(reach, list->slice, node->span);
}

static void look_at_lambda(Reach *reach, AstNode *node) {
  Step *step = step_of(reach, node->info->lambda);
  step->lambda = node->info->lambda;
  vec_push(reach->arena, &step->callers, (Caller){reach->step, node->span});
  look_into(reach, step, node->lambda.body);
}

static void look_at_info(Reach *reach, AstNode *node) {
  const SemaInfo *info = node->info;
  switch (info->kind) {
    case INFO_GLOBAL: look_at_global(reach, node); return;
    case INFO_FUNCTION: add_instance(reach, info->instance, node->span); return;
    case INFO_CALL: case INFO_EQUAL: look_at_call(reach, node, info->call); return;
    case INFO_ASSIGN:
      look_at_call(reach, node, info->assign->load);
      look_at_call(reach, node, info->assign->store);
      look_at_call(reach, node, info->assign->operation);
      return;
    case INFO_STRUCT:
      for (uint32_t i = 0; i < info->part_count; i++) look_at_extra(reach, node, info->parts[i]);
      return;
    case INFO_LOOP:
      look_at_call(reach, node, info->loop->iter);
      look_at_call(reach, node, info->loop->next);
      look_at_sequence(reach, node, info->loop->sequence);
      return;
    case INFO_SEQUENCE: look_at_sequence(reach, node, info->sequence); return;
    case INFO_LIST: look_at_list(reach, node, info->list); return;
    case INFO_REGEX:
      add_instance(reach, info->regex->literal, node->span);
      add_instance(reach, info->regex->match, node->span);
      look_at_list(reach, node, &info->regex->groups);
      return;
    case INFO_UNWRAP: case INFO_TRY:
      add_instance(reach, info->unwrap->fail, node->span);
      add_instance(reach, info->unwrap->convert, node->span);
      return;
    case INFO_LOCAL: case INFO_VARIANT: case INFO_NEWTYPE: case INFO_TYPE: case INFO_OPERATOR: case INFO_FIELD:
    case INFO_RECORD: case INFO_LAMBDA: return;
  }
}

static void look(AstNode *node, void *data) {
  Reach *reach = data;
  if (node->kind >= AST_TYPE_NAME) return;  // types as written do nothing
  if (node->kind == AST_ASSIGN) add_targets(reach, node->assign.target, node);
  if (node->kind == AST_UNARY && node->unary.op == AST_OP_BORROW_MUT) add_written(reach, node->unary.operand, node);
  add_drops(reach, node);
  if (node->kind == AST_LAMBDA && node->info) {
    look_at_lambda(reach, node);
    return;
  }
  if (node->info) look_at_info(reach, node);
  ast_children(node, look, reach);
}

// ── The ways to what tasks must not use ─────────────────────────────────────────────────────────────────────────
static const Use *first_conflict(Reach *reach, const Step *step) {
  for (uint32_t i = 0; i < step->uses.size; i++)
    if (!tasks_share(reach, step->uses.data[i].global)) return &step->uses.data[i];
  return NULL;
}

static void find_ways(Reach *reach) {
  VEC(Step *) queue = {0};
  for (uint32_t i = 0; i < reach->order.size; i++) {
    Step *step = reach->order.data[i];
    step->found = first_conflict(reach, step);
    if (step->found) vec_push(reach->arena, &queue, step);
  }
  for (uint32_t at = 0; at < queue.size; at++) {
    Step *step = queue.data[at];
    for (uint32_t i = 0; !step->is_sent && i < step->callers.size; i++) {
      const Caller *caller = &step->callers.data[i];
      if (caller->step->found) continue;
      caller->step->found = step->found;
      caller->step->next = step;
      caller->step->at = caller->span;
      vec_push(reach->arena, &queue, caller->step);
    }
  }
}

static void mark_functions(const Reach *reach) {
  for (uint32_t i = 0; i < reach->order.size; i++) {
    Step *step = reach->order.data[i];
    if (step->found && step->instance) step->instance->is_bound = true;
    if (step->found && step->lambda) step->lambda->is_bound = true;
  }
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
static const char *step_name(const Reach *reach, const Step *step) {
  const Interner *names = reach->sema->context->names;
  return step->instance ? name_text(names, step->instance->display) : "a function written here";
}

enum { WAY_SHOWN = 5 };

// Where in a step the way goes on.
static Span span_of(const Step *step) { return step->next ? step->at : step->found->node->span; }

static void note_way(const Reach *reach, Diag *diag, const Step *step) {
  DiagList *diags = reach->sema->context->diags;
  for (uint32_t shown = 0; step && shown < WAY_SHOWN; step = step->next, shown++)
    diag_note(diags, diag, span_of(step), "%s %s", step_name(reach, step),
              step->next ? "goes on here" : "uses it here");
}

// What an actor's declaration became stands where all of the declaration does, and the handler in it.
static const Step *first_written(const Step *step) {
  while (step->next && is_within(span_of(step->next), span_of(step))) step = step->next;
  return step;
}

static void report(Reach *reach, const Root *root) {
  bool is_lambda = root->node->kind == AST_LAMBDA;
  const Step *step = is_lambda ? first_written(root->step) : root->step;
  Span span = is_lambda ? span_of(step) : root->node->span;
  if (map_put(reach->arena, &reach->reported, map_pair(span.start, span.end), root->step)) return;
  DiagList *diags = reach->sema->context->diags;
  const Global *global = step->found->global;
  const char *name = name_text(reach->sema->context->names, global->name);
  bool is_direct = is_lambda && !step->next;
  Diag *diag = diag_report(diags, QZ1215, span, is_direct ? "a task cannot use the module variable %s"
                                                          : "this leads a task to the module variable %s", name);
  note_way(reach, diag, is_lambda ? step->next : step);
  const AstNode *written = map_get(&reach->written, map_key(global));
  if (written) diag_note(diags, diag, written->span, "it is changed here");
  else diag_note(diags, diag, global->node->span, "a %s can be changed by whoever has it",
                 type_text(reach->sema->context, global->type));
  diag_help(diags, diag, "keep it in a Mutex or an Atomic, or give the task what it needs as a value of its own");
}

static void look_at_program(Reach *reach, const Program *program) {
  for (uint32_t i = 0; i < program->instances.size; i++) {
    Instance *instance = program->instances.data[i];
    if (!instance->body) continue;
    Step *step = step_of(reach, instance);
    step->instance = instance;
    look_into(reach, step, instance->body);
  }
  for (uint32_t i = 0; i < program->globals.size; i++) {
    Global *global = program->globals.data[i];
    if (!global->is_const) look_into(reach, step_of(reach, global), global->value);
  }
}

void reach_check(Sema *sema) {
  Reach reach = {.sema = sema, .arena = sema->arena};
  look_at_program(&reach, sema->program);
  find_ways(&reach);
  mark_functions(&reach);
  for (uint32_t i = 0; i < reach.roots.size; i++)
    if (reach.roots.data[i].step->found) report(&reach, &reach.roots.data[i]);
  for (uint32_t i = 0; i < sema->program->globals.size; i++)
    sema->program->globals.data[i]->is_shared = tasks_share(&reach, sema->program->globals.data[i]);
}
