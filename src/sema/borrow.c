// Borrows: many readers or one writer. Within one call (QZ1205, QZ1206), over the life of a local that is a borrow
// (QZ1205, QZ1206, QZ1209), and none that outlives what it looks at (QZ1210).
#include "sema/analysis.h"

static const char *text_of(const Context *context, Name name) { return name_text(context->names, name); }

// ── Borrows that are locals ─────────────────────────────────────────────────────────────────────────────────────
void borrow_declare(Flow *flow, Local *local, AstNode *borrowed) {
  Track *track = flow_track(flow, local);
  Place *place = arena_new(flow->arena, Place);
  *place = place_of(flow->arena, &flow->borrows, borrowed);
  if (!track || !place->root) return;
  map_put(flow->arena, &flow->borrows, map_key(local), place);
  *track = (Track){.flags = TRACK_BOUND};
}

void borrow_use(Flow *flow, AstNode *ident) {
  const Local *local = node_local(ident);
  const Track *track = local && local->type->kind == TYPE_BORROW ? flow_track(flow, local) : NULL;
  if (!track || !track->conflict || !flow->state.is_reachable) return;
  const Conflict *conflict = track->conflict;
  if (!flow_report_once(flow, conflict->span)) return;
  const Place *place = map_get(&flow->borrows, map_key(local));
  DiagList *diags = flow->context->diags;
  Diag *diag = diag_report(diags, conflict->id, conflict->span, "%s %s while %s, a borrow of it, is still in use",
                           text_of(flow->context, place->name), conflict->what, text_of(flow->context, local->name));
  diag_note(diags, diag, local->span, "borrowed here");
  diag_note(diags, diag, ident->span, "%s is used here afterwards", text_of(flow->context, local->name));
}

// The change is made through the borrow itself, or through one that was made from it.
static bool is_through(const Flow *flow, const Place *place, const Local *borrow) {
  for (const Local *local = place->through; local;) {
    if (local == borrow) return true;
    const Place *outer = map_get(&flow->borrows, map_key(local));
    local = outer ? outer->through : NULL;
  }
  return false;
}

static Conflict conflict_of(ChangeKind kind, bool is_mutable, Span span) {
  switch (kind) {
    case CHANGE_ASSIGN: return (Conflict){QZ1209, span, "is assigned"};
    case CHANGE_MOVE: return (Conflict){QZ1209, span, "is consumed"};
    case CHANGE_BORROW: return (Conflict){QZ1206, span, "is borrowed"};
    case CHANGE_BORROW_MUT: return (Conflict){is_mutable ? QZ1205 : QZ1209, span, "is borrowed to be changed"};
  }
  return (Conflict){0};
}

void borrow_change(Flow *flow, AstNode *node, ChangeKind kind, Span span) {
  if (!flow->state.is_reachable || !flow->locals.size) return;
  Place place = place_of(flow->arena, &flow->borrows, node);
  for (uint32_t i = 0; place.root && i < flow->locals.size; i++) {
    const Local *borrow = flow->locals.data[i];
    Track *track = &flow->state.tracks[i];
    if (!(track->flags & TRACK_BOUND) || track->conflict || is_through(flow, &place, borrow)) continue;
    bool is_mutable = borrow->type->borrow.is_mutable;
    if (kind == CHANGE_BORROW && !is_mutable) continue;
    if (!place_overlaps(&place, map_get(&flow->borrows, map_key(borrow)))) continue;
    Conflict *conflict = arena_new(flow->arena, Conflict);
    *conflict = conflict_of(kind, is_mutable, span);
    track->conflict = conflict;
  }
}

// ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────
Type *call_param_type(const CallInfo *call, uint32_t index) {
  if (call->kind == CALL_FUNCTION)
    return call->instance && index < call->instance->param_count ? call->instance->params[index]->type : NULL;
  if (call->kind != CALL_CLOSURE) return NULL;
  const Type *type = type_without_borrow(call->callee->type);
  return type->kind == TYPE_FN && index < type->fn.params->count ? type->fn.params->items[index] : NULL;
}

// Argument number `at` in the order of evaluation, when its parameter is a borrow.
static AstNode *borrowed_arg(const CallInfo *call, uint32_t at, bool *is_mutable) {
  uint32_t index = call->order ? call->order[at] : at;
  const Type *param = call_param_type(call, index);
  if (!param || param->kind != TYPE_BORROW) return NULL;
  *is_mutable = param->borrow.is_mutable;
  return call->args[index];
}

static bool report_pair(Flow *flow, AstNode *first, bool first_mutable, AstNode *second, bool second_mutable) {
  if (!first_mutable && !second_mutable) return false;
  Place place = place_of(flow->arena, &flow->borrows, second), before = place_of(flow->arena, &flow->borrows, first);
  if (!place_overlaps(&before, &place)) return false;
  if (!flow_report_once(flow, second->span)) return true;
  DiagList *diags = flow->context->diags;
  bool is_both = first_mutable && second_mutable;
  Diag *diag = diag_report(diags, is_both ? QZ1205 : QZ1206, second->span,
                           is_both ? "%s is borrowed twice to be changed in one call"
                                   : "%s is borrowed to be read and to be changed in one call",
                           text_of(flow->context, place.name));
  diag_note(diags, diag, first->span, "the other borrow");
  return true;
}

static bool report_pairs(Flow *flow, const CallInfo *call) {
  bool found = false, first_mutable = false, second_mutable = false;
  for (uint32_t j = 1; j < call->arg_count; j++) {
    AstNode *second = borrowed_arg(call, j, &second_mutable);
    for (uint32_t i = 0; second && i < j; i++) {
      AstNode *first = borrowed_arg(call, i, &first_mutable);
      found |= first && report_pair(flow, first, first_mutable, second, second_mutable);
    }
  }
  return found;
}

static AstNode *place_root(AstNode *node) {
  switch ((int)node->kind) {
    case AST_UNARY: return node_is_borrow(node) ? place_root(node->unary.operand) : node;
    case AST_FIELD: return place_root(node->field.object);
    case AST_TUPLE_FIELD: return place_root(node->tuple_field.object);
    case AST_INDEX: return place_root(node->index.object);
    default: return node;
  }
}

// The borrows of a call begin when all its arguments have their values, so those may still read what is borrowed.
void borrow_call(Flow *flow, const CallInfo *call) {
  if (!flow->state.is_reachable || report_pairs(flow, call)) return;
  bool is_mutable = false;
  for (uint32_t i = 0; i < call->arg_count; i++) {
    AstNode *arg = borrowed_arg(call, i, &is_mutable);
    if (arg) borrow_change(flow, arg, is_mutable ? CHANGE_BORROW_MUT : CHANGE_BORROW, arg->span);
  }
  for (uint32_t i = 0; i < call->arg_count; i++) {
    AstNode *arg = borrowed_arg(call, i, &is_mutable);
    if (arg) borrow_use(flow, place_root(arg));
  }
}

// ── Borrows that would outlive the body ─────────────────────────────────────────────────────────────────────────
typedef struct Escapes {
  Checker *checker;
  uint32_t lambda_depth;
  bool returns_borrow;  // the result type is not written, and it is a borrow
} Escapes;

static void report_escape(const Context *context, Span span, const char *what) {
  Diag *diag = diag_report(context->diags, QZ1210, span, "%s", what);
  diag_help(context->diags, diag, "borrows are for parameters and local variables");
}

// A value that is kept beyond the statement it stands in.
static void keep(const Escapes *escapes, AstNode *node, const char *where) {
  if (!node) return;
  if (node_is_borrow(node)) {
    Text text = {.arena = escapes->checker->arena};
    text_printf(&text, "a borrow cannot be kept: it %s", where);
    report_escape(escapes->checker->context, node->span, text_str(&text));
  }
}

static void keep_result(const Escapes *escapes, AstNode *node) {
  switch ((int)node->kind) {
    case AST_BLOCK: {
      uint32_t count = AST_LIST_COUNT(node->block.stmts);
      if (count) keep_result(escapes, node->block.stmts->items[count - 1]);
      return;
    }
    case AST_IF:
      keep_result(escapes, node->if_.then_body);
      if (node->if_.else_body) keep_result(escapes, node->if_.else_body);
      return;
    case AST_MATCH:
      for (AST_EACH(arm, node->match.arms)) keep_result(escapes, arm->arm.body);
      return;
    default:
      if (!node_is_borrow(node) || escapes->returns_borrow) keep(escapes, node, "is returned");
  }
}

static void keep_all(const Escapes *escapes, AstList *nodes, const char *where) {
  for (AST_EACH(node, nodes)) keep(escapes, node, where);
}

// Payloads become part of a value.
static void keep_args(const Escapes *escapes, const CallInfo *call) {
  if (call->kind != CALL_VARIANT && call->kind != CALL_NEWTYPE) return;
  for (uint32_t i = 0; i < call->arg_count; i++) keep(escapes, call->args[i], "is stored in a value");
}

static void keep_assigned(const Escapes *escapes, AstNode *node) {
  const AstNode *target = node->assign.target;
  bool is_global = target->info && target->info->kind == INFO_GLOBAL;
  if (target->kind == AST_FIELD || target->kind == AST_INDEX || target->kind == AST_TUPLE_FIELD || is_global)
    keep(escapes, node->assign.value, "is stored");
}

static void keep_parts(const Escapes *escapes, const AstNode *node) {
  const SemaInfo *info = node->info;
  if (!info || info->kind != INFO_STRUCT) return;
  for (uint32_t i = 0; i < info->part_count; i++) keep(escapes, info->parts[i], "is stored in a field");
}

static void find_escapes(AstNode *node, void *data) {
  Escapes *escapes = data;
  const SemaInfo *info = node->info;
  switch ((int)node->kind) {
    case AST_ARRAY_LIT: keep_all(escapes, node->array_lit.elements, "is stored in a collection"); break;
    case AST_ARRAY_FILL: keep(escapes, node->array_fill.value, "is stored in a collection"); break;
    case AST_TUPLE: keep_all(escapes, node->tuple.elements, "is stored in a tuple"); break;
    case AST_MAP_ENTRY:
      keep(escapes, node->map_entry.key, "is stored in a collection");
      keep(escapes, node->map_entry.value, "is stored in a collection");
      break;
    case AST_STRUCT_LIT:
    case AST_RECORD_LIT: keep_parts(escapes, node); break;
    case AST_CALL:
    case AST_METHOD_CALL:
    case AST_PIPE:
      if (info && info->kind == INFO_CALL && info->call) keep_args(escapes, info->call);
      break;
    case AST_ASSIGN: keep_assigned(escapes, node); break;
    case AST_RETURN:
      if (node->return_.value && !escapes->lambda_depth) keep_result(escapes, node->return_.value);
      break;
    default: break;
  }
  escapes->lambda_depth += node->kind == AST_LAMBDA;
  ast_children(node, find_escapes, data);
  escapes->lambda_depth -= node->kind == AST_LAMBDA;
}

void borrow_check_escapes(Checker *checker, AstNode *body) {
  const Instance *instance = checker->instance;
  Escapes escapes = {.checker = checker};
  bool is_written = !instance->function || instance->function->node->function.result;
  escapes.returns_borrow = !is_written && instance->result && instance->result->kind == TYPE_BORROW;
  find_escapes(body, &escapes);
  keep_result(&escapes, body);
}

// ── Borrow types where none may stand ───────────────────────────────────────────────────────────────────────────
typedef struct TypeUse {
  Sema *sema;
  AstNode *parent;
} TypeUse;

static bool is_in_list(const AstList *list, const AstNode *node) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(list); i++)
    if (list->items[i] == node) return true;
  return false;
}

// Parameters and locals are borrows; an alias stands for what it names, and is looked at where it is used.
static bool may_be_borrow(const AstNode *parent, const AstNode *type) {
  switch ((int)parent->kind) {
    case AST_PARAM:
    case AST_BINDING:
    case AST_TYPE_ALIAS:
    case AST_IMPL: return true;
    case AST_TYPE_FN: return is_in_list(parent->type_fn.params, type);
    default: return false;
  }
}

static bool is_borrow_type(const AstNode *node) {
  return node->kind == AST_TYPE_BORROW ||
         (node->kind == AST_TYPE_NAME && node->type && node->type->kind == TYPE_BORROW);
}

static const char *kept_where(const AstNode *parent) {
  switch ((int)parent->kind) {
    case AST_FUNCTION:
    case AST_LAMBDA:
    case AST_TYPE_FN: return "a borrow cannot be returned";
    case AST_FIELD_DECL: return "a borrow cannot be stored in a field";
    default: return "a borrow cannot be part of another type";
  }
}

static void find_borrow_types(AstNode *node, void *data) {
  const TypeUse *use = data;
  if (is_borrow_type(node) && !may_be_borrow(use->parent, node))
    report_escape(use->sema->context, node->span, kept_where(use->parent));
  bool is_intrinsic = node->kind == AST_FUNCTION && attribute_find(use->sema, node->function.attributes, "intrinsic");
  if (!is_intrinsic) ast_children(node, find_borrow_types, &(TypeUse){use->sema, node});
}

void borrow_check_types(Sema *sema, const Module *module) {
  for (AST_EACH(decl, module->node->module.decls)) find_borrow_types(decl, &(TypeUse){sema, module->node});
}
