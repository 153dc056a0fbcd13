// Lambdas that run under a lock, on what the lock guards: those given to a function marked @guards. Whoever holds the
// lock next may run at the same time as this task, so the two must share nothing that is counted or can change. What
// the lambda captured becomes its own by a copy, made when it begins (plain data does not need one); what it gives is
// made the caller's own by the library. QZ1213: a captured value that cannot cross; QZ1214: an assignment to a captured
// variable that is no plain data, and a lambda that was written elsewhere; QZ7302: a change that only a copy would see.
#include "sema/analysis.h"
#include "sema/method.h"

// ── While types are inferred: the functions that make the copies ─────────────────────────────────────────────────
static void want_crossings(Checker *checker, const AstNode *node) {
  Lambda *lambda = node->info->lambda;
  lambda->crossings = arena_array(checker->arena, Instance *, lambda->captures.size + 1);
  for (uint32_t i = 0; i < lambda->captures.size; i++) {
    Type *type = lambda->captures.data[i]->type;
    if (resolve_head(type)->kind != TYPE_BORROW)
      want_prelude(checker, &lambda->crossings[i], "taken_along", type, node->span);
  }
}

static bool is_lambda(const AstNode *node) {
  return node && node->kind == AST_LAMBDA && node->info && node->info->kind == INFO_LAMBDA;
}

void guarded_want(Checker *checker, const CallInfo *call) {
  for (uint32_t i = 0; i < call->arg_count; i++)
    if (is_lambda(call->args[i])) want_crossings(checker, call->args[i]);
}

// ── Plain data: values without counted parts, which a lambda may share with the code around it ─────────────────────
enum { DEEPEST = 16 };  // types within types; what lies deeper counts as no plain data

static bool is_plain(Checker *checker, Type *type, uint32_t depth);

static bool are_plain(Checker *checker, const FieldList *fields, uint32_t depth) {
  for (uint32_t i = 0; fields && i < fields->count; i++)
    if (!is_plain(checker, fields->items[i].type, depth)) return false;
  return true;
}

static bool list_is_plain(Checker *checker, const TypeList *types, uint32_t depth) {
  for (uint32_t i = 0; i < types->count; i++)
    if (!is_plain(checker, types->items[i], depth)) return false;
  return true;
}

static bool enum_is_plain(Checker *checker, Type *type, uint32_t depth) {
  const VariantList *variants = sema_variants(checker->sema->program, type);
  for (uint32_t i = 0; i < variants->count; i++)
    if (!are_plain(checker, variants->items[i].fields, depth)) return false;
  return true;
}

static bool is_plain(Checker *checker, Type *type, uint32_t depth) {
  type = resolve(checker, type);
  if (depth > DEEPEST || type_is_reference(type)) return false;
  switch (type->kind) {
    case TYPE_STRUCT: case TYPE_NEWTYPE:
      return are_plain(checker, sema_fields(checker->sema->program, type), depth + 1);
    case TYPE_RECORD: return are_plain(checker, type->record.fields, depth + 1);
    case TYPE_ENUM: return enum_is_plain(checker, type, depth + 1);
    case TYPE_TUPLE: case TYPE_UNION: return list_is_plain(checker, type->tuple.elements, depth + 1);
    case TYPE_ARRAY: return is_plain(checker, type->array.element, depth + 1);
    case TYPE_STRING: case TYPE_FN: case TYPE_PTR: case TYPE_BORROW: case TYPE_PARAM: case TYPE_VAR: return false;
    case TYPE_ERROR: case TYPE_VOID: case TYPE_NEVER: case TYPE_BOOL: case TYPE_CHAR: case TYPE_INT: case TYPE_I8:
    case TYPE_I16: case TYPE_I32: case TYPE_U8: case TYPE_U16: case TYPE_U32: case TYPE_U64: case TYPE_F32:
    case TYPE_F64: case TYPE_SYMBOL: case TYPE_KIND_COUNT: break;
  }
  return true;
}

// ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Guarded {
  Checker *checker;
  const AstNode *lambda;
} Guarded;

static const char *name_of(const Guarded *at, const Local *local) {
  return name_text(at->checker->context->names, local->name);
}

// A variable of the code around the lambda of which this has a copy. NULL: it is another one. Borrows are not copied.
static Local *copied_local(const Guarded *at, AstNode *node) {
  Local *local = node_local(node);
  const Lambda *lambda = at->lambda->info->lambda;
  if (local && local->type->kind == TYPE_BORROW) return NULL;
  for (uint32_t i = 0; local && i < lambda->captures.size; i++)
    if (lambda->captures.data[i] == local) return is_plain(at->checker, local->type, 0) ? NULL : local;
  return NULL;
}

// What a place is part of. NULL: it is the root.
static AstNode *outer_place(AstNode *node) {
  switch ((int)node->kind) {
    case AST_FIELD: return node->field.object;
    case AST_TUPLE_FIELD: return node->tuple_field.object;
    case AST_INDEX: return node->index.object;
    case AST_UNARY: return node_is_borrow(node) ? node->unary.operand : NULL;
    default: return NULL;
  }
}

// The variable that a place lies in, if the lambda has a copy of it. `is_within`: in the variable itself, and not in an
// object that it leads to.
static Local *copied_root(const Guarded *at, AstNode *node, bool *is_within) {
  *is_within = true;
  for (AstNode *outer; (outer = outer_place(node)); node = outer)
    *is_within &= node_is_borrow(node) || !(outer->type && type_is_reference(type_without_borrow(outer->type)));
  return copied_local(at, node);
}

static void report_assignment(const Guarded *at, Span span, const Local *local) {
  DiagList *diags = at->checker->context->diags;
  Diag *diag = diag_report(diags, QZ1214, span, "%s cannot be assigned while a lock is held", name_of(at, local));
  diag_note(diags, diag, local->span, "it belongs to the code around the block, which uses it without the lock");
  diag_help(diags, diag, "let the block give the value: `%s = lock.with do v -> ... end`", name_of(at, local));
}

static void report_lost(const Guarded *at, Span span, const Local *local) {
  DiagList *diags = at->checker->context->diags;
  Diag *diag = diag_report(diags, QZ7302, span, "this changes a copy of %s that the block has", name_of(at, local));
  diag_note(diags, diag, local->span, "this %s stays as it is", name_of(at, local));
  diag_help(diags, diag, "let the block give a value, and change %s behind it", name_of(at, local));
}

// ── What the lambda does ────────────────────────────────────────────────────────────────────────────────────────
static void check_target(AstNode *target, void *data) {
  const Guarded *at = data;
  bool is_within, declares = target->info && target->info->kind == INFO_LOCAL && target->info->declares;
  Local *local = copied_root(at, target, &is_within);
  if (local && !declares) (is_within ? report_assignment : report_lost)(at, target->span, local);
  else if (target->kind == AST_TUPLE || target->kind == AST_RECORD_LIT || target->kind == AST_FIELD_INIT)
    ast_children(target, check_target, data);
}

// Whoever has a `&mut` may assign it.
static void check_borrow(const Guarded *at, AstNode *node) {
  bool is_within;
  Local *local = copied_root(at, node, &is_within);
  if (local && is_within) report_assignment(at, node->span, local);
}

// A receiver is borrowed without a word; but one that is an object stays the one it is.
static void check_receivers(const Guarded *at, const CallInfo *call) {
  for (uint32_t i = 0; i < call->arg_count; i++) {
    const Type *param = call->args[i] ? call_param_type(call, i) : NULL;
    bool is_borrowed = param && param->kind == TYPE_BORROW && param->borrow.is_mutable;
    if (is_borrowed && !node_is_borrow(call->args[i]) && !type_is_reference(call->args[i]->type))
      check_borrow(at, call->args[i]);
  }
}

// A method that gives nothing was called for what it does to its receiver, which is a copy, or for what that leads to.
static void check_effect(const Guarded *at, const AstNode *node, const CallInfo *call) {
  if (call->kind != CALL_FUNCTION || !call->instance || !call->arg_count || !call->args[0]) return;
  bool is_within;
  Local *local = copied_root(at, call->args[0], &is_within);
  const Type *receiver = type_without_borrow(call->args[0]->type);
  const TypeDecl *decl = receiver->kind == TYPE_STRUCT ? receiver->nominal.decl : NULL;
  bool is_handle = decl && (decl->is_shared || decl->is_actor);
  bool changes = type_is_reference(receiver) && !is_handle && call->instance->result->kind == TYPE_VOID;
  if (local && changes) report_lost(at, node->span, local);
}

static void find_changes(AstNode *node, void *data) {
  const CallInfo *call = node->info && node->info->kind == INFO_CALL ? node->info->call : NULL;
  if (node->kind == AST_ASSIGN) check_target(node->assign.target, data);
  if (node->kind == AST_UNARY && node->unary.op == AST_OP_BORROW_MUT) check_borrow(data, node);
  if (call) check_receivers(data, call);
  if (call && node->kind == AST_METHOD_CALL) check_effect(data, node, call);
  ast_children(node, find_changes, data);
}

static void check_captures(const Guarded *at) {
  const Lambda *lambda = at->lambda->info->lambda;
  for (uint32_t i = 0; i < lambda->captures.size; i++) {
    Local *local = lambda->captures.data[i];
    bool is_shared_plainly = is_plain(at->checker, type_without_borrow(local->type), 0);
    if (!is_shared_plainly && !send_holds(at->checker, local->type))
      crossing_report(at->checker, at->lambda, local, local->type);
  }
}

static void check_lambda_here(Checker *checker, AstNode *node) {
  Guarded at = {checker, node};
  check_captures(&at);
  find_changes(node->lambda.body, &at);
}

// A function captured nothing; of any other function value nobody knows what it captured.
static void check_function_value(Checker *checker, const AstNode *node) {
  if (node->info && node->info->kind == INFO_FUNCTION) return;
  DiagList *diags = checker->context->diags;
  Diag *diag = diag_report(diags, QZ1214, node->span, "the block of a lock has to be written where the lock is taken");
  diag_help(diags, diag, "call it in a block of its own: `lock.with do v -> f(&mut v) end`");
}

static void find_guarded(AstNode *node, void *data) {
  const CallInfo *call = node->info && node->info->kind == INFO_CALL ? node->info->call : NULL;
  bool guards = call && call->kind == CALL_FUNCTION && call->instance && call->instance->function->guards;
  for (uint32_t i = 0; guards && i < call->arg_count; i++) {
    AstNode *arg = call->args[i];
    if (is_lambda(arg)) check_lambda_here(data, arg);
    else if (arg && arg->type->kind == TYPE_FN) check_function_value(data, arg);
  }
  ast_children(node, find_guarded, data);
}

void guarded_check(Checker *checker, AstNode *body) { find_guarded(body, checker); }
