// Assignments and bindings. `x = e` binds x where x is not bound yet, and is an error where it is bound for good.
#include "sema/internal.h"

static Type *void_of(Checker *checker) { return basic(checker, TYPE_VOID); }

static void report_immutable(Checker *checker, AstNode *target, const Local *local) {
  Context *context = checker->context;
  Diag *diag = diag_report(context->diags, QZ0102, target->span, "%s is %s", name_text(context->names, local->name),
                           local->is_param ? "a parameter and cannot be assigned" : "bound already and is immutable");
  diag_note(context->diags, diag, local->span, "bound here");
  if (!local->is_param) diag_help(context->diags, diag, "bind it with `var` to change it later");
}

// A method may change the object, not which one the caller's name refers to: that name may be immutable.
static void report_self(Checker *checker, const AstNode *target) {
  DiagList *diags = checker->context->diags;
  Diag *diag = diag_report(diags, QZ0102, target->span, "self stays the object that the method was called on");
  diag_help(diags, diag, "assign its fields, or take the variable as a parameter: `place: &mut %s`",
            type_text(checker->context, target->type));
}

static Type *read_type(Type *type) {
  type = resolve_head(type);
  return type->kind == TYPE_BORROW ? resolve_head(type->borrow.inner) : type;
}

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void bind_new(Checker *checker, AstNode *target, Type *type) {
  SemaInfo *info = info_new(checker, target, INFO_LOCAL);
  info->declares = true;
  info->local = local_declare(checker, target, target->ident.name, type, false);
  set_type(checker, target, type);
}

static Global *assigned_global(Checker *checker, const AstNode *target) {
  Name name = target->ident.name;
  Symbol *symbol = module_lookup(checker->sema, checker->module, name, target->expansion, USE_ANY);
  if (!symbol || symbol->kind != SYMBOL_GLOBAL) return NULL;  // a function, say: the name may be bound all the same
  return module_symbol(checker->sema, checker->module, target, name, USE_ANY)->global;
}

// The type a name that exists already takes; NULL: it is new.
static Type *existing_target(Checker *checker, AstNode *target) {
  Local *local = local_find(checker, target, target->ident.name);
  if (local) {
    info_new(checker, target, INFO_LOCAL)->local = local;
    if (local->owner != checker->lambda) local_capture(checker, local);
    local->is_assigned = true;
    bool through_borrow =
        resolve_head(local->type)->kind == TYPE_BORROW && resolve_head(local->type)->borrow.is_mutable;
    set_type(checker, target, read_type(local->type));
    if (local_is_object_self(local)) report_self(checker, target);
    else if (!local->is_mutable && !through_borrow && local->type->kind != TYPE_ERROR)
      report_immutable(checker, target, local);
    return target->type;
  }
  Global *global = assigned_global(checker, target);
  if (!global) return NULL;
  global_check(checker->sema, global, target->span);
  info_new(checker, target, INFO_GLOBAL)->global = global;
  if (global->is_const)
    diag_report(checker->context->diags, QZ0102, target->span, "%s is a constant",
                name_text(checker->context->names, global->name));
  return set_type(checker, target, global->type);
}

// What a new name gets from its value. A borrow is kept only where one is written: `alias = &mut n`.
static Type *bound_type(Checker *checker, AstNode *value) {
  bool is_borrow =
      value->kind == AST_UNARY && (value->unary.op == AST_OP_BORROW || value->unary.op == AST_OP_BORROW_MUT);
  if (is_borrow) return check_expr(checker, value, NULL);
  return read_type(check_value(checker, value, fresh(checker, value->span)));
}

static Type *assign_name(Checker *checker, AstNode *node) {
  AstNode *target = node->assign.target;
  if (target->ident.name == NAME_underscore) {
    check_expr(checker, node->assign.value, NULL);
    set_type(checker, target, void_of(checker));
    return void_of(checker);
  }
  Type *type = existing_target(checker, target);
  if (type) {
    check_value(checker, node->assign.value, type);
    return void_of(checker);
  }
  bind_new(checker, target, bound_type(checker, node->assign.value));
  return void_of(checker);
}

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
static AssignInfo *assign_info(Checker *checker, AstNode *node) {
  AssignInfo *info = arena_new(checker->arena, AssignInfo);
  info_new(checker, node, INFO_ASSIGN)->assign = info;
  return info;
}

static void check_place(Checker *checker, AstNode *target) {
  require_mutable(checker, target, "this cannot be changed:");
}

// op_index_set(object, indices …, NULL) for the op_index that reads the same element.
static CallInfo *index_store(Checker *checker, AstNode *target, Type *type, Type *element, const CallInfo *load) {
  uint32_t count = load->arg_count;
  AstNode **args = arena_array(checker->arena, AstNode *, count + 1);
  Type **types = arena_array(checker->arena, Type *, count + 1), *result;
  for (uint32_t i = 0; i < count; i++) args[i] = load->args[i], types[i] = i ? load->args[i]->type : type;
  types[count] = element;
  bool from_end = count == 2 && args[1] != target->index.args->items[0];
  Name method = from_end ? name_from(checker->context->names, "op_index_set_from_end") : NAME_op_index_set;
  CallInfo *store = call_operator(checker, target, method, args, types, count + 1, &result);
  if (!store)
    diag_report(checker->context->diags, QZ0115, target->span, "elements of %s cannot be assigned",
                type_text(checker->context, resolve(checker, type)));
  return store;
}

// ── Destructuring ───────────────────────────────────────────────────────────────────────────────────────────────
static void destructure(Checker *checker, AstNode *target, Type *type);

static void destructure_tuple(Checker *checker, AstNode *target, Type *type) {
  AstList *parts = target->tuple.elements;
  if (type->kind == TYPE_VAR) {
    Type *guess = type_tuple(checker->types, fresh_args(checker, parts->count, target->span), parts->count);
    unify(checker, type, guess);
    type = guess;
  }
  bool fits = type->kind == TYPE_TUPLE && type->tuple.elements->count == AST_LIST_COUNT(parts);
  if (!fits && type->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0122, target->span, "a value of type %s does not come apart into %u parts",
                type_text(checker->context, resolve(checker, type)), AST_LIST_COUNT(parts));
  set_type(checker, target, type);
  for (uint32_t i = 0; i < AST_LIST_COUNT(parts); i++)
    destructure(checker, parts->items[i], fits ? type->tuple.elements->items[i] : basic(checker, TYPE_ERROR));
}

static void bind_record_field(Checker *checker, AstNode *init, Type *type) {
  SemaInfo *info = info_new(checker, init, INFO_LOCAL);
  info->declares = true;
  info->local = local_declare(checker, init, init->field_init.name, type, false);
  set_type(checker, init, type);
}

static void destructure_record(Checker *checker, AstNode *target, Type *type) {
  bool fits = type->kind == TYPE_STRUCT || type->kind == TYPE_RECORD;
  const FieldList *fields = fits ? sema_fields(checker->sema->program, resolve(checker, type)) : NULL;
  if (!fits && type->kind != TYPE_ERROR)
    diag_report(checker->context->diags, QZ0122, target->span, "a value of type %s has no fields to take out",
                type_text(checker->context, resolve(checker, type)));
  SemaInfo *info = info_new(checker, target, INFO_RECORD);
  info->part_count = fields ? fields->count : 0;
  info->parts = arena_array(checker->arena, AstNode *, info->part_count + 1);
  set_type(checker, target, type);
  for (AST_EACH(init, target->record_lit.fields)) {
    int at = fields ? field_list_find(fields, init->field_init.name) : -1;
    if (at < 0 && fields)
      diag_report(checker->context->diags, QZ0116, init->span, "%s has no field %s",
                  type_text(checker->context, resolve(checker, type)),
                  name_text(checker->context->names, init->field_init.name));
    if (at >= 0) info->parts[at] = init;
    if (init->field_init.value)
      destructure(checker, init->field_init.value, at >= 0 ? fields->items[at].type : basic(checker, TYPE_ERROR));
    else bind_record_field(checker, init, at >= 0 ? fields->items[at].type : basic(checker, TYPE_ERROR));
  }
}

static void destructure_place(Checker *checker, AstNode *target, Type *type) {
  Type *place = check_expr(checker, target, NULL);
  coerce(checker, target, type, place);
  if (target->kind != AST_INDEX || place->kind == TYPE_ERROR || !target->info) {
    check_place(checker, target);
    return;
  }
  const CallInfo *load = target->info->call;
  assign_info(checker, target)->store =
      index_store(checker, target, read_type(target->index.object->type), place, load);
}

static void destructure(Checker *checker, AstNode *target, Type *type) {
  type = read_type(type);
  switch ((int)target->kind) {
    case AST_IDENT: {
      if (target->ident.name == NAME_underscore) {
        set_type(checker, target, type);
        return;
      }
      Type *existing = existing_target(checker, target);
      if (!existing) bind_new(checker, target, type);
      else coerce(checker, target, type, existing);
      return;
    }
    case AST_TUPLE: destructure_tuple(checker, target, type); return;
    case AST_RECORD_LIT: destructure_record(checker, target, type); return;
    case AST_FIELD: case AST_TUPLE_FIELD: case AST_INDEX: destructure_place(checker, target, type); return;
    default:
      diag_report(checker->context->diags, QZ0014, target->span, "this cannot be assigned to");
      target->type = basic(checker, TYPE_ERROR);
  }
}

// ── Elements and fields ──────────────────────────────────────────────────────────────────────────────────────────
// v[i] = e by op_index_set(v, i, e); v[i] += e reads by op_index first.
static Type *assign_index(Checker *checker, AstNode *node) {
  AstNode *target = node->assign.target;
  Type *element = check_expr(checker, target, NULL);
  AstNode *object = target->index.object;
  Type *type = read_type(object->type);
  if (element->kind == TYPE_ERROR) {
    check_expr(checker, node->assign.value, NULL);
    return void_of(checker);
  }
  AssignInfo *info = assign_info(checker, node);
  Type *value = node->assign.op ? check_expr(checker, node->assign.value, element)
                                : check_value(checker, node->assign.value, element);
  if (node->assign.op) value = compound_operation(checker, node, element, value, info);
  if (node->assign.op) coerce(checker, node->assign.value, value, element);
  if (type->kind == TYPE_ARRAY) {
    check_place(checker, target);
    return void_of(checker);
  }
  info->load = target->info->call;
  info->store = index_store(checker, target, type, element, info->load);
  return void_of(checker);
}

static Type *assign_place(Checker *checker, AstNode *node) {
  AstNode *target = node->assign.target;
  Type *type = target->kind == AST_IDENT ? existing_target(checker, target) : check_expr(checker, target, NULL);
  if (!type) {
    diag_report(checker->context->diags, QZ0104, target->span, "%s has no value yet",
                name_text(checker->context->names, target->ident.name));
    check_expr(checker, node->assign.value, NULL);
    target->type = basic(checker, TYPE_ERROR);
    return void_of(checker);
  }
  if (target->kind != AST_IDENT) check_place(checker, target);
  if (!node->assign.op) {
    check_value(checker, node->assign.value, type);
    return void_of(checker);
  }
  Type *value = check_expr(checker, node->assign.value, type);
  AssignInfo *info = assign_info(checker, node);
  Type *result = compound_operation(checker, node, type, value, info);
  coerce(checker, node->assign.value, result, type);
  return void_of(checker);
}

Type *check_assign(Checker *checker, AstNode *node) {
  AstNode *target = node->assign.target;
  bool is_compound = node->assign.op != AST_OP_NONE;
  switch ((int)target->kind) {
    case AST_IDENT: return is_compound ? assign_place(checker, node) : assign_name(checker, node);
    case AST_FIELD: case AST_TUPLE_FIELD: case AST_PATH: return assign_place(checker, node);
    case AST_INDEX: return assign_index(checker, node);
    case AST_TUPLE: case AST_RECORD_LIT:
      if (is_compound) break;
      destructure(checker, target, check_expr(checker, node->assign.value, NULL));
      return void_of(checker);
    default: break;
  }
  diag_report(checker->context->diags, QZ0014, target->span, "this cannot be assigned to");
  check_expr(checker, node->assign.value, NULL);
  target->type = basic(checker, TYPE_ERROR);
  return void_of(checker);
}

// var pattern: T = value
Type *check_binding(Checker *checker, AstNode *node) {
  Type *type;
  if (node->binding.type) {
    type = body_type(checker, node->binding.type);
    check_value(checker, node->binding.value, type);
  } else {
    type = bound_type(checker, node->binding.value);
  }
  check_binding_pattern(checker, node->binding.pattern, type, node->binding.is_mutable);
  return void_of(checker);
}
