// Instances: one for each function and list of concrete type arguments that is used. Their bodies are checked from a
// queue, or at once when a caller needs an inferred result type.
#include "base/fresh.h"
#include "sema/internal.h"

// A body or a value that is needed while another is checked is checked within it. The stack holds what is on the way
// there: so many bodies, and the expressions of all of them; one more body adds up to AST_HEIGHT_MAX of these.
enum { DEEPEST_TYPE = 64, DEEPEST_INFERENCE = 500, HIGHEST_WITHIN = 2 * AST_HEIGHT_MAX };

// How deep the type arguments nest; a generic function that calls itself with ever larger types has no end.
static uint32_t list_depth(const TypeList *list) {
  uint32_t deepest = 0;
  for (uint32_t i = 0; i < list->count; i++)
    if (list->items[i]->depth > deepest) deepest = list->items[i]->depth;
  return deepest;
}

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_args(Text *out, Context *context, Type *const *args, uint32_t count) {
  if (!count) return;
  text_char(out, '<');
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(out, ", ");
    type_print_name(out, context->names, args[i]);
  }
  text_char(out, '>');
}

static Name display_name(Sema *sema, const Instance *instance) {
  Context *context = sema->context;
  const Signature *signature = signature_of(instance->function);
  Text text = {.arena = sema->arena};
  if (instance->self_type) {
    type_print_name(&text, context->names, instance->self_type);
    text_char(&text, '.');
  }
  text_append(&text, name_text(context->names, instance->function->name));
  print_args(&text, context, instance->type_args->items + signature->outer_count,
             signature->type_param_count - signature->outer_count);
  Text written = {.arena = sema->arena};  // as the program has it: the state of an actor is called like the actor
  text_append_written(&written, text_str(&text), text.size);
  return name_intern(context->names, text_str(&written), written.size);
}

static Name unique_symbol(Sema *sema, const Instance *instance) {
  Interner *names = sema->context->names;
  if (instance->function->is_c_abi) return instance->function->name;
  Text text = {.arena = sema->arena};
  text_printf(&text, "%s::%s", name_text(names, instance->function->module->path), name_text(names, instance->display));
  Name symbol = name_intern(names, text_str(&text), text.size);
  for (uint32_t i = 2; map_get(&sema->symbols_taken, symbol); i++) {  // two private functions, or two impls
    Text again = {.arena = sema->arena};
    text_printf(&again, "%s#%u", text_str(&text), i);
    symbol = name_intern(names, text_str(&again), again.size);
  }
  map_put(sema->arena, &sema->symbols_taken, symbol, (void *)instance);
  return symbol;
}

// ── Making ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void make_params(Sema *sema, Instance *instance) {
  const Signature *signature = signature_of(instance->function);
  instance->param_count = signature->param_count;
  instance->params = arena_array(sema->arena, Local *, signature->param_count + 1);
  for (uint32_t i = 0; i < signature->param_count; i++) {
    const AstNode *node = instance->function->node->function.params->items[i];
    Local *local = arena_new(sema->arena, Local);
    *local = (Local){.name = node->param.name, .span = node->span, .is_param = true,
                     .type = substitute(sema, signature->param_types[i], instance->type_args)};
    instance->params[i] = local;
    vec_push(sema->arena, &instance->locals, local);
  }
}

static Type *self_type(Sema *sema, const Signature *signature, TypeList *type_args) {
  if (signature->impl) return substitute(sema, signature->impl->target, type_args);
  return signature->trait ? type_args->items[0] : NULL;
}

static Instance *make(Sema *sema, Function *function, TypeList *type_args) {
  const Signature *signature = signature_of(function);
  Instance *instance = arena_new(sema->arena, Instance);
  *instance = (Instance){.function = function, .type_args = type_args, .span = function->node->span,
                         .self_type = self_type(sema, signature, type_args)};
  if (function->kind == FUNCTION_INTRINSIC && function->intrinsic == INTRINSIC_cross_parts) sema->values_cross = true;
  make_params(sema, instance);
  instance->result = signature->result ? substitute(sema, signature->result, type_args) : NULL;
  instance->display = display_name(sema, instance);
  instance->symbol = unique_symbol(sema, instance);
  vec_push(sema->arena, &sema->program->instances, instance);
  vec_push(sema->arena, &sema->queue, instance);
  return instance;
}

Instance *instance_get(Sema *sema, Function *function, TypeList *type_args, Span span) {
  Signature *signature = decl_signature(sema, function);
  Instance *instance = map_get(&signature->instances, map_key(type_args));
  if (instance) return instance;
  if (list_depth(type_args) > DEEPEST_TYPE) {
    diag_report(sema->context->diags, QZ0405, span, "the types of %s nest deeper than %d levels",
                name_text(sema->context->names, function->name), DEEPEST_TYPE);
    return NULL;
  }
  instance = make(sema, function, type_args);
  map_put(sema->arena, &signature->instances, map_key(type_args), instance);
  return instance;
}

// ── Bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────
static AstNode *body_of(Sema *sema, const Instance *instance) {
  AstNode *body = instance->function->node->function.body;
  return signature_of(instance->function)->type_param_count ? ast_copy(sema->arena, body) : body;
}

// Checks under way form a stack: a body that needs the inferred result of a function not yet checked checks that first.
// Functions that call each other in a circle share their result's type variable until the outermost of them is done:
// those within are finished with it.
static void depend_on(Checker *checker, uint32_t depth) {
  if (depth < checker->depends_on) checker->depends_on = depth;
}

static void finish_all(Checker *checker) {
  finish_function(checker);
  for (uint32_t i = 0; i < checker->postponed.size; i++) finish_function(checker->postponed.data[i]);
}

static void postpone(Sema *sema, Checker *checker) {
  Checker *outer = sema->under_way.data[checker->depends_on];
  vec_push(sema->arena, &outer->postponed, checker);
  for (uint32_t i = 0; i < checker->postponed.size; i++)
    vec_push(sema->arena, &outer->postponed, checker->postponed.data[i]);
  depend_on(sema->under_way.data[checker->depth - 1], checker->depends_on);
}

static void check_body(Sema *sema, Instance *instance) {
  sema->context->at = instance->span;
  Checker *checker = arena_new(sema->arena, Checker);
  *checker = checker_new(sema, instance->function->module, instance);
  checker->depth = checker->depends_on = sema->under_way.size;
  checker->function_result = instance->result ? instance->result : fresh(checker, instance->span);
  instance->body = body_of(sema, instance);
  vec_push(sema->arena, &sema->under_way, checker);
  map_put(sema->arena, &sema->checkers, map_key(instance), checker);
  check_function_body(checker, instance);
  (void)vec_pop(&sema->under_way);
  if (checker->depends_on < checker->depth) postpone(sema, checker);
  else finish_all(checker);
}

void instance_check_body(Sema *sema, Instance *instance) {
  if (instance->state) return;
  instance->state = 1;
  if (instance->function->node->function.body && instance->function->kind == FUNCTION_PLAIN) {
    check_body(sema, instance);
    return;
  }
  if (!instance->result) instance->result = sema->types->basic[TYPE_VOID];
  instance->state = 2;
}

Type *instance_result(Sema *sema, Checker *caller, Instance *instance) {
  bool has_room = sema->under_way.size < DEEPEST_INFERENCE && sema->height < HIGHEST_WITHIN;
  if (!instance->result && instance->state == 0 && has_room)
    instance_check_body(sema, instance);
  if (instance->result) return instance->result;
  const Checker *checker = map_get(&sema->checkers, map_key(instance));
  if (checker && caller) {
    depend_on(caller, checker->depends_on);
    return checker->function_result;
  }
  Diag *diag = diag_report(sema->context->diags, QZ0109, instance->span, "cannot infer the result type of %s",
                           name_text(sema->context->names, instance->display));
  diag_help(sema->context->diags, diag, "write its result type");
  return instance->result = sema->types->basic[TYPE_ERROR];
}

void instance_run_queue(Sema *sema) {
  for (uint32_t i = 0; i < sema->queue.size; i++) {
    Instance *instance = sema->queue.data[i];  // the queue may move while its items are checked
    instance_check_body(sema, instance);
  }
  sema->queue.size = 0;
}

Checker checker_new(Sema *sema, Module *module, Instance *instance) {
  return (Checker){.sema = sema,
                   .context = sema->context,
                   .errors_before = sema->context->diags->error_count,
                   .arena = sema->arena,
                   .types = sema->types,
                   .module = module,
                   .instance = instance,
                   .type_args = instance->type_args};
}

// ── Globals ─────────────────────────────────────────────────────────────────────────────────────────────────────
static Type *declared_type(Checker *checker, AstNode *node) {
  TypeScope scope = {.module = checker->module};
  return node ? type_expr(checker->sema, &scope, node) : NULL;
}

static void need_constant(Sema *sema, AstNode *node, ConstValue *value);

static void need_constants(Sema *sema, AstList *nodes) {
  ConstValue ignored;
  for (AST_EACH(node, nodes)) need_constant(sema, node, &ignored);
}

// A constant is a scalar known now, or a literal made of constants, which is made anew wherever it is used.
static void need_constant(Sema *sema, AstNode *node, ConstValue *value) {
  const SemaInfo *info = node->info;
  uint32_t errors = sema->context->diags->error_count;
  if (const_eval(sema->program, node, value) || node->type->kind == TYPE_ERROR) return;
  if (sema->context->diags->error_count > errors) return;  // it is constant, but has no value
  switch ((int)node->kind) {
    case AST_ARRAY_LIT: need_constants(sema, node->array_lit.elements); return;
    case AST_ARRAY_FILL: need_constant(sema, node->array_fill.value, &(ConstValue){0}); return;
    case AST_TUPLE: need_constants(sema, node->tuple.elements); return;
    case AST_MAP_LIT:
      for (AST_EACH(entry, node->map_lit.entries)) {
        need_constant(sema, entry->map_entry.key, &(ConstValue){0});
        need_constant(sema, entry->map_entry.value, &(ConstValue){0});
      }
      return;
    case AST_STRUCT_LIT: case AST_RECORD_LIT:
      for (uint32_t i = 0; i < info->part_count; i++) need_constant(sema, info->parts[i], &(ConstValue){0});
      return;
    case AST_BYTES_LIT: case AST_REGEX_LIT: case AST_LAMBDA: case AST_NIL_LIT: return;
    default: break;
  }
  bool is_global = info && info->kind == INFO_GLOBAL && info->global->is_const;
  bool is_constructor =
      info && info->kind == INFO_CALL && info->call->kind != CALL_FUNCTION && info->call->kind != CALL_CLOSURE;
  for (uint32_t i = 0; is_constructor && i < info->call->arg_count; i++)
    need_constant(sema, info->call->args[i], &(ConstValue){0});
  bool is_named = info && (info->kind == INFO_VARIANT || info->kind == INFO_NEWTYPE || info->kind == INFO_FUNCTION);
  if (is_global || is_constructor || is_named) return;
  diag_report(sema->context->diags, QZ0117, node->span, "this is not known at compile time");
}

static void check_global_value(Sema *sema, Global *global) {
  AstNode *node = global->node;
  uint32_t errors = sema->context->diags->error_count;
  Checker checker = checker_new(sema, global->module, global->context);
  scope_push(&checker);
  Type *declared = declared_type(&checker, global->is_const ? node->const_.type : node->global.type);
  Type *type = declared ? check_value(&checker, global->value, declared) : check_expr(&checker, global->value, NULL);
  keep_type(&checker, &global->type, declared ? declared : type);
  finish_body(&checker);
  analyse_body(&checker, global->value);
  if (!global->is_const || sema->context->diags->error_count > errors) return;
  need_constant(sema, global->value, &global->constant);
}

static Instance *global_context(Sema *sema, const Global *global) {
  Instance *context = arena_new(sema->arena, Instance);
  context->type_args = type_args_intern(sema, NULL, 0);
  context->display = context->symbol = global->name;
  context->span = global->node->span;
  return context;
}

static void report_global(Sema *sema, Global *global, DiagId id, Span use, const char *what, const char *help) {
  const char *name = name_text(sema->context->names, global->name);
  Diag *diag = diag_report(sema->context->diags, id, use, "the value of %s %s", name, what);
  Span declared = name_span(sema->context, global->node->span, global->name);
  diag_note(sema->context->diags, diag, declared, "%s is declared here", name);
  diag_help(sema->context->diags, diag, "%s", help);
  global->type = sema->types->basic[TYPE_ERROR];
}

void global_check(Sema *sema, Global *global, Span use) {
  if (global->state == 2) return;
  if (global->state == 1) {
    report_global(sema, global, QZ0104, use, "depends on itself",
                  "one of the values on the way has to do without the others");
    return;
  }
  if (sema->height >= HIGHEST_WITHIN) {
    report_global(sema, global, QZ0011, use, "is needed by too many others on the way here",
                  "declare it above the values that are made of it");
    return;
  }
  global->state = 1;
  global->context = global_context(sema, global);
  uint32_t errors = sema->context->diags->error_count;
  check_global_value(sema, global);
  global->state = 2;
  // What is made of a constant without a value has none either, and that is said.
  if (global->is_const && sema->context->diags->error_count > errors) global->type = sema->types->basic[TYPE_ERROR];
  if (!global->is_const) vec_push(sema->arena, &sema->program->globals, global);
}
