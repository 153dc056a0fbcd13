// Bindings and assignments. The target's place is evaluated first and once; the new value is owned before the old one
// is moved out. Only where the place is an element's address, which a growing sequence would leave behind, and the
// value runs code of the program, does the value come first.
#include "mir/lower_internal.h"

// ── New bindings ────────────────────────────────────────────────────────────────────────────────────────────────
static void declare(LowerFn *fn, Local *local, AstNode *value, Span span) {
  uint32_t mark = fn->cleanups.size;
  lower_declare(fn, local, lower_owned(fn, lower_expr(fn, value, local->type), span), span);
  lower_end_temps(fn, mark);
  lower_declared(fn, local, span);
}

static void destructure(LowerFn *fn, AstNode *pattern, AstNode *value) {
  uint32_t mark = fn->cleanups.size;
  LowerPlace subject = lower_materialise(fn, lower_expr(fn, value, pattern->type), value->span);
  lower_destructure(fn, pattern, subject, pattern->type, mark);
}

void lower_bind(LowerFn *fn, AstNode *node) {
  AstNode *pattern = node->binding.pattern;
  bool is_name = pattern->kind == AST_PAT_BIND && !pattern->pat_bind.pattern && pattern->info->kind == INFO_LOCAL;
  if (is_name) declare(fn, pattern->info->local, node->binding.value, node->span);
  else destructure(fn, pattern, node->binding.value);
}

// ── Stores ──────────────────────────────────────────────────────────────────────────────────────────────────────
static const CallInfo *store_call(const AstNode *assign, const AstNode *target) {
  const SemaInfo *info = assign && assign->info && assign->info->kind == INFO_ASSIGN ? assign->info : target->info;
  return info && info->kind == INFO_ASSIGN ? info->assign->store : NULL;
}

// v[i] = value: op_index_set with the value as its last argument, evaluated last.
static void store_element(LowerFn *fn, const CallInfo *store, AstNode *value, Span span) {
  CallInfo call = *store;
  call.args = arena_array(fn->module->arena, AstNode *, call.arg_count);
  for (uint32_t i = 0; i < call.arg_count; i++) call.args[i] = store->args[i] ? store->args[i] : value;
  lower_call(fn, &call, NULL, span);
}

static bool is_in_element(const AstNode *target) {
  if (target->kind == AST_FIELD) return is_in_element(target->field.object);
  if (target->kind == AST_TUPLE_FIELD) return is_in_element(target->tuple_field.object);
  if (target->kind != AST_INDEX) return false;
  return (target->info && target->info->is_place) || is_in_element(target->index.object);
}

static bool comes_late(const AstNode *target, const AstNode *value) {
  return is_in_element(target) && !lower_is_quiet(value);
}

static void store_value(LowerFn *fn, AstNode *target, AstNode *value, Span span) {
  if (comes_late(target, value)) {
    MirOperand first = lower_owned(fn, lower_expr(fn, value, lower_strip(target->type)), value->span);
    lower_store(fn, lower_place(fn, target, false).place, first, span);
    return;
  }
  LowerPlace place = lower_place(fn, target, !lower_is_quiet(value));
  MirOperand owned = lower_owned(fn, lower_expr(fn, value, lower_strip(target->type)), value->span);
  lower_store(fn, place.place, owned, span);
}

static bool is_ignored(const AstNode *target) {
  return target->kind == AST_PAT_WILDCARD ||
         (target->kind == AST_IDENT && target->ident.name == NAME_underscore && !target->info);
}

static bool is_name(const AstNode *target) {
  return (target->kind == AST_IDENT || target->kind == AST_FIELD_INIT) && target->info &&
         target->info->kind == INFO_LOCAL;
}

// ── Destructuring assignment to names, fields and elements ──────────────────────────────────────────────────────
static void assign_from(LowerFn *fn, AstNode *target, LowerPlace from, Type *type);

static void assign_operand(LowerFn *fn, AstNode *target, LowerPlace from, Type *type) {
  Type *want = lower_strip(target->type);
  MirOperand value = lower_coerce(fn, lower_read(fn, from, target->span), type, want, target->span);
  const CallInfo *store = store_call(NULL, target);
  if (store) {
    lower_call(fn, store, &value, target->span);
    return;
  }
  MirOperand owned = lower_owned(fn, value, target->span);
  if (is_name(target) && target->info->declares) lower_declare(fn, target->info->local, owned, target->span);
  else lower_store(fn, lower_place(fn, target, false).place, owned, target->span);
}

static uint32_t field_named(const LowerFn *fn, const FieldList *fields, Name name, Span span) {
  for (uint32_t i = 0; i < fields->count; i++)
    if (fields->items[i].name == name) return i;
  lower_unexpected(fn->lowering, span, "unknown field");
}

static void assign_part(LowerFn *fn, AstNode *target, LowerPlace from, const FieldList *fields, uint32_t index) {
  assign_from(fn, target, lower_part(fn, from, index, true, target->span), fields->items[index].type);
}

static void assign_from(LowerFn *fn, AstNode *target, LowerPlace from, Type *type) {
  if (is_ignored(target)) return;
  if (target->kind == AST_TUPLE) {
    const FieldList *fields = sema_fields(fn->lowering->program, type);
    for (uint32_t i = 0; i < fields->count; i++) assign_part(fn, target->tuple.elements->items[i], from, fields, i);
  } else if (target->kind == AST_RECORD_LIT) {
    const FieldList *fields = sema_fields(fn->lowering->program, type);
    for (AST_EACH(init, target->record_lit.fields)) {
      AstNode *part = init->field_init.value ? init->field_init.value : init;
      assign_part(fn, part, from, fields, field_named(fn, fields, init->field_init.name, init->span));
    }
  } else {
    assign_operand(fn, target, from, type);
  }
}

// The new bindings among the targets belong to the scope; the temps of the statement do not.
static void own_declared(LowerFn *fn, AstNode *target) {
  if (is_name(target) && target->info->declares) lower_declared(fn, target->info->local, target->span);
  if (target->kind == AST_TUPLE)
    for (AST_EACH(element, target->tuple.elements)) own_declared(fn, element);
  if (target->kind == AST_RECORD_LIT)
    for (AST_EACH(init, target->record_lit.fields))
      own_declared(fn, init->field_init.value ? init->field_init.value : init);
}

static void assign_parts(LowerFn *fn, AstNode *target, AstNode *value) {
  uint32_t mark = fn->cleanups.size;
  MirOperand operand = lower_owned(fn, lower_expr(fn, value, lower_strip(value->type)), value->span);
  LowerPlace from = {lower_materialise(fn, operand, value->span).place, PLACE_FIXED};
  assign_from(fn, target, from, lower_strip(value->type));
  lower_end_temps(fn, mark);
  own_declared(fn, target);
}

// ── Compound assignment ─────────────────────────────────────────────────────────────────────────────────────────
typedef struct Update {
  AstNode *node;
  const AssignInfo *assign;  // NULL: a primitive operation on a name or field
  const MirOperand *right;   // the operand, when it is evaluated already
} Update;

static Type *operand_type(const Update *update) {
  return update->assign ? update->assign->operand_type : update->node->info->operand_type;
}

static Type *right_type(LowerFn *fn, const Update *update) {
  if (update->assign && update->assign->operation) return update->assign->operation->instance->params[1]->type;
  return lower_right_type(fn, update->node->assign.op, operand_type(update));
}

static MirOperand combine_by_method(LowerFn *fn, const Update *update, MirOperand old, Type *type) {
  const CallInfo *operation = update->assign->operation;
  Span span = update->node->span;
  MirOperand result;
  if (update->right) {
    MirOperand args[] = {lower_coerce(fn, old, type, operation->instance->params[0]->type, span), *update->right};
    result = lower_invoke(fn, operation->instance, args, 2, span);
  } else {
    result = lower_call(fn, operation, &old, span);
  }
  return lower_coerce(fn, result, operation->instance->result, type, span);
}

// The old value (read already) and the operand give the new value, of the target's type.
static MirOperand combine(LowerFn *fn, const Update *update, MirOperand old, Type *type) {
  if (update->assign && update->assign->operation) return combine_by_method(fn, update, old, type);
  AstNode *node = update->node;
  if (lower_may_write(node->assign.value)) old = lower_settle(fn, old, node->span);
  Type *common = operand_type(update);
  old = lower_coerce(fn, old, type, common, node->span);
  MirOperand right = update->right ? *update->right : lower_expr(fn, node->assign.value, right_type(fn, update));
  MirOperand result = lower_arithmetic(fn, node->assign.op, common, old, right, node->span);
  return lower_coerce(fn, result, common, type, node->span);
}

static void update_place(LowerFn *fn, Update update) {
  AstNode *node = update.node, *target = node->assign.target;
  MirOperand right;
  if (comes_late(target, node->assign.value)) {
    right = lower_settle(fn, lower_expr(fn, node->assign.value, right_type(fn, &update)), node->span);
    update.right = &right;
  }
  bool runs_code = (update.assign && update.assign->operation) || !lower_is_quiet(node->assign.value);
  LowerPlace place = lower_place(fn, target, runs_code);
  MirOperand value = combine(fn, &update, lower_read(fn, place, target->span), lower_strip(target->type));
  lower_store(fn, place.place, lower_owned(fn, value, node->span), node->span);
}

// The receiver and indices, evaluated once, as `load` and as `store` want them.
static void element_operands(LowerFn *fn, const CallInfo *load, const CallInfo *store, MirOperand *for_load,
                             MirOperand *for_store) {
  for (uint32_t i = 0; i < load->arg_count; i++) {
    AstNode *arg = load->args[i];
    Type *load_type = load->instance->params[i]->type, *store_type = store->instance->params[i]->type;
    if (load_type == store_type) {
      for_load[i] = for_store[i] = lower_settle(fn, lower_expr(fn, arg, load_type), arg->span);
      continue;
    }
    LowerPlace place = lower_place(fn, arg, true);
    MirOperand address = lower_address_of(fn, place, arg->span);
    for_store[i] = store_type->kind == TYPE_BORROW ? address : lower_read(fn, place, arg->span);
    for_load[i] = load_type->kind == TYPE_BORROW ? address : lower_read(fn, place, arg->span);
  }
}

static void update_element(LowerFn *fn, AstNode *node, const AssignInfo *assign) {
  uint32_t count = assign->load->arg_count;
  MirOperand *for_load = arena_array(fn->module->arena, MirOperand, count);
  MirOperand *for_store = arena_array(fn->module->arena, MirOperand, count + 1);
  element_operands(fn, assign->load, assign->store, for_load, for_store);
  Instance *load = assign->load->instance, *store = assign->store->instance;
  MirOperand old = lower_invoke(fn, load, for_load, count, node->span);
  Type *type = lower_strip(node->assign.target->type);
  old = lower_coerce(fn, old, load->result, type, node->span);
  MirOperand value = combine(fn, &(Update){.node = node, .assign = assign}, old, type);
  for_store[count] = lower_coerce(fn, value, type, store->params[count]->type, node->span);
  lower_invoke(fn, store, for_store, count + 1, node->span);
}

static void update(LowerFn *fn, AstNode *node) {
  const AssignInfo *assign = node->info->kind == INFO_ASSIGN ? node->info->assign : NULL;
  if (assign && assign->load) update_element(fn, node, assign);
  else update_place(fn, (Update){.node = node, .assign = assign});
}

// ── Dispatch ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_pattern(const AstNode *target) {
  return target->kind == AST_PAT_TUPLE || target->kind == AST_PAT_RECORD || target->kind == AST_PAT_BIND ||
         target->kind == AST_PAT_LIST || target->kind == AST_PAT_VARIANT;
}

MirOperand lower_assign(LowerFn *fn, AstNode *node) {
  AstNode *target = node->assign.target, *value = node->assign.value;
  const CallInfo *store = store_call(node, target);
  if (node->assign.op != AST_OP_NONE) update(fn, node);
  else if (is_ignored(target)) lower_statement(fn, value);
  else if (is_name(target) && target->info->declares) declare(fn, target->info->local, value, node->span);
  else if (target->kind == AST_TUPLE || target->kind == AST_RECORD_LIT) assign_parts(fn, target, value);
  else if (is_pattern(target)) destructure(fn, target, value);
  else if (store) store_element(fn, store, value, node->span);
  else store_value(fn, target, value, node->span);
  return lower_void(fn);
}
