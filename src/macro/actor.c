// Actors: an `actor` declaration becomes two structs. The state holds the fields, and the handlers are its methods;
// what the program sees under the actor's name is a handle, whose methods put a message into the actor's mailbox:
//
//   struct Counter∙1                          @shared struct Counter
//     n: Int                                    private raw: Ptr<U8>
//     step: Int                               end
//   end                                       impl Actor for Counter … end
//   impl Counter∙1                            impl Counter
//     def bump(self)                            def new(step: Int): Counter
//       self.n += self.step                       Counter { raw: actor_start(actor_kind<Counter∙1>(kind∙ -> do … end),
//     end                                                                    (step,)) }
//   end                                         end
//                                               def bump(self) = actor_pass(self.raw, 0, …, (state, _) -> state.bump())
//                                             end
//
// In handlers the names of fields mean those of the state and calls of other members go to the state, unless a variable
// has the name; `self` is the handle.
#include <string.h>

#include "macro/internal.h"

typedef struct Actor {
  Expander *expander;
  Context *context;
  const AstNode *node;
  Builder own;      // of what the program could have written
  Builder prelude;  // of the prelude's names
  Name state, raw, kind, args;  // fresh
  AstNodes inputs;  // FIELD_DECL: constructor arguments
  AstNodes vars;    // GLOBAL: private state
  AstNodes methods; // FUNCTION
  Map fields, functions;  // Name → node
} Actor;

static Arena *arena_of(const Actor *at) { return at->context->arena; }
static Name name_of(const Actor *at, const char *text) { return name_from(at->context->names, text); }
static Name fresh_of(const Actor *at, Name name) { return name_fresh(at->context->names, name, at->prelude.expansion); }
static AstNode *ident(const Actor *at, Name name) { return macro_build_ident(&at->own, name); }
static AstNode *copy(const Actor *at, const AstNode *node) { return node ? ast_copy(arena_of(at), node) : NULL; }

static AstList *copy_list(const Actor *at, const AstList *list) {
  AstNodes items = {0};
  for (AST_EACH(item, list)) vec_push(arena_of(at), &items, copy(at, item));
  return ast_list(arena_of(at), items.data, items.size);
}

static AstList *list_of(const Actor *at, const AstNodes *nodes) {
  return ast_list(arena_of(at), nodes->data, nodes->size);
}

static void report(const Actor *at, Span span, const char *text, const char *help) {
  Diag *diag = diag_report(at->context->diags, QZ0132, span, "%s", text);
  expansion_note(at->context, at->expander->table, diag, at->own.expansion);
  diag_help(at->context->diags, diag, "%s", help);
}

// ── Types and parameters ────────────────────────────────────────────────────────────────────────────────────────
static AstNode *type_named(const Actor *at, Name name) {
  AstNode *type = macro_build_node(&at->own, AST_TYPE_NAME);
  type->type_name.name = name;
  AstNodes args = {0};
  for (AST_EACH(param, at->node->actor.type_params)) {
    AstNode *arg = macro_build_node(&at->own, AST_TYPE_NAME);
    arg->type_name.name = param->type_param.name;
    vec_push(arena_of(at), &args, arg);
  }
  type->type_name.args = list_of(at, &args);
  return type;
}

static AstNode *prelude_type(const Actor *at, const char *name) {
  AstNode *type = macro_build_node(&at->prelude, AST_TYPE_NAME);
  type->type_name.name = name_of(at, name);
  return type;
}

static AstNode *param_of(const Actor *at, Name name, AstNode *type) {
  AstNode *param = macro_build_node(&at->own, AST_PARAM);
  param->param.name = name;
  param->param.type = type;
  return param;
}

static AstNode *tuple_of(const Actor *at, const AstNodes *values) {
  if (!values->size) {  // what a message without arguments carries
    AstNode *nothing = macro_build_node(&at->own, AST_BOOL_LIT);
    return nothing;
  }
  AstNode *tuple = macro_build_node(&at->own, AST_TUPLE);
  tuple->tuple.elements = list_of(at, values);
  return tuple;
}

static AstNode *tuple_type(const Actor *at, const AstNodes *types) {
  if (!types->size) return prelude_type(at, "Bool");
  AstNode *tuple = macro_build_node(&at->own, AST_TYPE_TUPLE);
  tuple->type_tuple.elements = list_of(at, types);
  return tuple;
}

static AstNode *lambda_of(const Actor *at, AstNode *const *params, uint32_t count, AstNode *body) {
  AstNode *lambda = macro_build_node(&at->own, AST_LAMBDA);
  lambda->lambda.params = ast_list(arena_of(at), params, count);
  lambda->lambda.body = body;
  return lambda;
}

static AstNode *part_of_args(const Actor *at, uint32_t index) {
  AstNode *part = macro_build_node(&at->own, AST_TUPLE_FIELD);
  part->tuple_field.object = ident(at, at->args);
  part->tuple_field.index = index;
  return part;
}

static AstNode *function_of(const Actor *at, Name name, AstList *params, AstNode *result, AstNode *body) {
  AstNode *function = macro_build_node(&at->own, AST_FUNCTION);
  function->function.name = name;
  function->function.params = params;
  function->function.result = result;
  function->function.body = body;
  return function;
}

static AstNode *impl_of(const Actor *at, AstNode *trait, AstNode *type, const AstNodes *members) {
  AstNode *impl = macro_build_node(&at->own, AST_IMPL);
  impl->impl.type_params = copy_list(at, at->node->actor.type_params);
  impl->impl.trait = trait;
  impl->impl.type = type;
  impl->impl.members = list_of(at, members);
  return impl;
}

static AstNode *own_raw(const Actor *at) {
  AstNode *field = macro_build_node(&at->own, AST_FIELD);
  field->field.object = ident(at, NAME_self);
  field->field.name = at->raw;
  return field;
}

static AstNode *struct_literal(const Actor *at, Name type, const AstNodes *fields) {
  AstNode *literal = macro_build_node(&at->own, AST_STRUCT_LIT);
  literal->struct_lit.type = ident(at, type);
  literal->struct_lit.fields = list_of(at, fields);
  return literal;
}

static AstNode *field_init(const Actor *at, Name name, AstNode *value) {
  AstNode *init = macro_build_node(&at->own, AST_FIELD_INIT);
  init->field_init.name = name;
  init->field_init.value = value;
  return init;
}

static AstNode *handle_of(const Actor *at, AstNode *raw) {
  AstNodes fields = {0};
  vec_push(arena_of(at), &fields, field_init(at, at->raw, raw));
  return struct_literal(at, at->node->actor.name, &fields);
}

// ── The state ───────────────────────────────────────────────────────────────────────────────────────────────────
static AstNode *field_of(const Actor *at, Name name, AstNode *type, Span span) {
  Builder build = {at->context, at->own.expansion, span};
  AstNode *field = macro_build_node(&build, AST_FIELD_DECL);
  field->field_decl.name = name;
  field->field_decl.type = type;
  return field;
}

static AstNode *state_struct(const Actor *at) {
  AstNodes fields = {0};
  for (uint32_t i = 0; i < at->inputs.size; i++) {
    const AstNode *input = at->inputs.data[i];
    AstNode *type = copy(at, input->field_decl.type);
    vec_push(arena_of(at), &fields, field_of(at, input->field_decl.name, type, input->span));
  }
  for (uint32_t i = 0; i < at->vars.size; i++) {
    const AstNode *var = at->vars.data[i];
    vec_push(arena_of(at), &fields, field_of(at, var->global.name, copy(at, var->global.type), var->span));
  }
  AstNode *node = macro_build_node(&at->own, AST_STRUCT);
  node->struct_.is_private = true;
  node->struct_.name = at->state;
  node->struct_.type_params = copy_list(at, at->node->actor.type_params);
  node->struct_.members = list_of(at, &fields);
  return node;
}

// The method as written, in which names are those of the state. `self` is bound to the handle where it is used.
static AstNode *state_method(const Actor *actor, AstNode *method) {
  Actor here = *actor;
  here.own.span = method->span;
  const Actor *at = &here;
  ActorNames names = {.context = at->context, .expansion = at->own.expansion, .fields = &at->fields,
                      .functions = &at->functions, .handle = fresh_of(at, name_of(at, "handle"))};
  AstNodes params = {0};
  vec_push(arena_of(at), &params, param_of(at, NAME_self, NULL));
  for (AST_EACH(param, method->function.params)) vec_push(arena_of(at), &params, param);
  bool uses_handle = false;
  AstNode *resolved = method->function.body;
  if (resolved) resolved = actor_resolve(&names, method->function.params, resolved, &uses_handle);
  if (uses_handle) {
    AstNodes stmts = {0};
    AstNode *bind = macro_build_node(&at->own, AST_ASSIGN);
    bind->assign.target = ident(at, names.handle);
    bind->assign.value = handle_of(at, macro_build_calls(&at->prelude, "actor_self", NULL, 0));
    vec_push(arena_of(at), &stmts, bind);
    vec_push(arena_of(at), &stmts, resolved);
    resolved = macro_build_block(&at->own, &stmts);
  }
  AstNode *function = macro_build_node(&at->own, AST_FUNCTION);
  function->span = method->span;
  function->function = method->function;
  function->function.params = list_of(at, &params);
  function->function.body = resolved;
  function->function.is_private = false;
  return function;
}

static AstNode *state_impl(const Actor *at) {
  AstNodes members = {0};
  for (uint32_t i = 0; i < at->methods.size; i++)
    vec_push(arena_of(at), &members, state_method(at, at->methods.data[i]));
  return impl_of(at, NULL, type_named(at, at->state), &members);
}

// ── Handlers as functions ───────────────────────────────────────────────────────────────────────────────────────
// (state∙: Counter∙1, args∙: (A, B)) -> state∙.put(args∙.0, args∙.1)
static AstNode *handler_lambda(const Actor *at, const AstNode *method) {
  Name state = fresh_of(at, name_of(at, "state"));
  AstNodes values = {0}, types = {0};
  for (AST_EACH(param, method->function.params)) {
    AstNode *part = part_of_args(at, values.size);
    vec_push(arena_of(at), &values, part);
    vec_push(arena_of(at), &types, copy(at, param->param.type));
  }
  AstNode *call = macro_build_node(&at->own, AST_METHOD_CALL);
  call->method_call.receiver = ident(at, state);
  call->method_call.name = method->function.name;
  call->method_call.args = macro_build_args(&at->own, values.data, values.size);
  AstNode *params[] = {param_of(at, state, type_named(at, at->state)), param_of(at, at->args, tuple_type(at, &types))};
  return lambda_of(at, params, 2, call);
}

// name: Type = value, and the field of this name
static void bind_field(const Actor *at, Name name, AstNode *type, AstNode *value, Span span, AstNodes *stmts,
                       AstNodes *fields) {
  Builder build = {at->context, at->own.expansion, span};
  AstNode *bind = macro_build_node(&build, AST_BINDING), *pattern = macro_build_node(&build, AST_PAT_BIND);
  pattern->pat_bind.name = name;
  bind->binding.pattern = pattern;
  bind->binding.type = type;
  bind->binding.value = value;
  vec_push(arena_of(at), stmts, bind);
  vec_push(arena_of(at), fields, field_init(at, name, ident(at, name)));
}

// (args∙: (Int,)) -> do  step: Int = args∙.0 … n: Int = 0 … Counter∙1 { step: step, n: n }  end
static AstNode *construct_lambda(const Actor *at) {
  AstNodes stmts = {0}, types = {0}, fields = {0};
  for (uint32_t i = 0; i < at->inputs.size; i++) {
    const AstNode *input = at->inputs.data[i], *type = input->field_decl.type;
    Actor here = *at;
    here.own.span = input->span;
    bind_field(at, input->field_decl.name, copy(at, type), part_of_args(&here, i), input->span, &stmts, &fields);
    vec_push(arena_of(at), &types, copy(at, type));
  }
  for (uint32_t i = 0; i < at->vars.size; i++) {
    AstNode *var = at->vars.data[i];
    bind_field(at, var->global.name, var->global.type, var->global.value, var->span, &stmts, &fields);
  }
  vec_push(arena_of(at), &stmts, struct_literal(at, at->state, &fields));
  AstNode *param = param_of(at, at->args, tuple_type(at, &types));
  return lambda_of(at, &param, 1, macro_build_block(&at->own, &stmts));
}

// ── The kind: what the runtime knows of all actors of this declaration ──────────────────────────────────────────
static bool is_hook(const Actor *at, const AstNode *method) {
  static const char *const hooks[] = {"on_start", "on_stop", "on_restart", "on_exit", "on_down"};
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
    if (method->function.name == name_of(at, hooks[i])) return true;
  return false;
}

static bool is_message(const Actor *at, const AstNode *method) {
  return !method->function.is_private && !is_hook(at, method);
}

static AstNode *name_text_of(const Actor *at, Name name) {
  return macro_build_string(&at->own, name_text(at->context->names, name), name_size(at->context->names, name));
}

static void add_kind_call(const Actor *at, AstNodes *stmts, const char *function, AstNode *const *values,
                          uint32_t count) {
  AstNode *all[4] = {ident(at, at->kind)};
  for (uint32_t i = 0; i < count; i++) all[i + 1] = values[i];
  vec_push(arena_of(at), stmts, macro_build_calls(&at->prelude, function, all, count + 1));
}

// Its `@restart` and `@mailbox`, whose settings become calls; any other attribute is the handle's.
static const struct { const char *attribute, *name, *words; } settings[] = {
    {"restart", "max", NULL},          {"restart", "within_ms", NULL},        {"restart", "backoff_ms", NULL},
    {"restart", "backoff_most_ms", NULL}, {"mailbox", "capacity", NULL},
    {"mailbox", "overflow", "block drop_new drop_old panic"}};

static bool has_settings(const Actor *at, const AstNode *attribute) {
  return attribute->attribute.name == name_of(at, "restart") || attribute->attribute.name == name_of(at, "mailbox");
}

static bool is_one_of(const char *words, const char *word) {
  size_t size = strlen(word);
  for (const char *at = words; (at = strstr(at, word)); at += size)
    if ((at == words || at[-1] == ' ') && (!at[size] || at[size] == ' ')) return true;
  return false;
}

static bool is_setting(const Actor *at, const AstNode *attribute, const AstNode *arg) {
  const Interner *names = at->context->names;
  const char *owner = name_text(names, attribute->attribute.name);
  const AstNode *value = arg->arg.value;
  bool is_word = value->kind == AST_IDENT;
  const char *word = is_word ? name_text(names, value->ident.name) : "";
  if (!arg->arg.name) return strcmp(owner, "restart") == 0 && strcmp(word, "never") == 0;
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    if (strcmp(settings[i].attribute, owner) != 0 || arg->arg.name != name_of(at, settings[i].name)) continue;
    return settings[i].words ? is_word && is_one_of(settings[i].words, word) : value->kind == AST_INT_LIT;
  }
  return false;
}

static void add_setting(const Actor *at, AstNodes *stmts, const AstNode *attribute, AstNode *arg) {
  if (!is_setting(at, attribute, arg)) {
    report(at, arg->span, "actors have no such setting",
           "@restart(max: 10, within_ms: 1000, backoff_ms: 5, backoff_most_ms: 500), @restart(never), "
           "@mailbox(capacity: 100, overflow: block), or drop_new, drop_old, panic");
    return;
  }
  bool is_word = arg->arg.value->kind == AST_IDENT;
  AstNode *name = name_text_of(at, arg->arg.name ? arg->arg.name : attribute->attribute.name);
  AstNode *value = is_word ? name_text_of(at, arg->arg.value->ident.name) : arg->arg.value;
  add_kind_call(at, stmts, is_word ? "actor_policy" : "actor_limit", (AstNode *[]){name, value}, 2);
}

static void add_settings(const Actor *at, AstNodes *stmts) {
  for (AST_EACH(attribute, at->node->actor.attributes))
    for (AST_EACH(arg, attribute->attribute.args))
      if (has_settings(at, attribute)) add_setting(at, stmts, attribute, arg);
}

static void add_handler(const Actor *at, AstNodes *stmts, const AstNode *method) {
  AstNode *lambda = handler_lambda(at, method);
  Text hook = {.arena = arena_of(at)};
  text_printf(&hook, "actor_%s", name_text(at->context->names, method->function.name));
  if (is_hook(at, method)) add_kind_call(at, stmts, text_str(&hook), &lambda, 1);
  else add_kind_call(at, stmts, "actor_handler", (AstNode *[]){name_text_of(at, method->function.name), lambda}, 2);
}

static AstNode *kind_lambda(const Actor *at) {
  AstNodes stmts = {0};
  AstNode *construct = construct_lambda(at);
  add_kind_call(at, &stmts, "actor_constructor", &construct, 1);
  add_settings(at, &stmts);
  for (uint32_t i = 0; i < at->methods.size; i++) {
    AstNode *method = at->methods.data[i];
    if (method->function.is_private) continue;
    add_handler(at, &stmts, method);
  }
  AstNode *param = param_of(at, at->kind, NULL);
  return lambda_of(at, &param, 1, macro_build_block(&at->own, &stmts));
}

// ── The handle ──────────────────────────────────────────────────────────────────────────────────────────────────
static AstNode *raw_type(const Actor *at) {
  AstNode *type = prelude_type(at, "Ptr"), *byte = prelude_type(at, "U8");
  type->type_name.args = ast_list(arena_of(at), &byte, 1);
  return type;
}

static AstNode *handle_struct(const Actor *at) {
  AstNodes fields = {0};
  AstNode *field = field_of(at, at->raw, raw_type(at), at->own.span);
  field->field_decl.is_private = true;
  vec_push(arena_of(at), &fields, field);
  AstNode *node = macro_build_node(&at->own, AST_STRUCT), *shared = macro_build_node(&at->own, AST_ATTRIBUTE);
  shared->attribute.name = name_of(at, "shared");
  AstNode *actor = macro_build_node(&at->own, AST_ATTRIBUTE);
  actor->attribute.name = name_of(at, "actor");
  AstNodes attributes = {0};
  vec_push(arena_of(at), &attributes, shared);
  vec_push(arena_of(at), &attributes, actor);
  for (AST_EACH(attribute, at->node->actor.attributes))
    if (!has_settings(at, attribute)) vec_push(arena_of(at), &attributes, attribute);
  node->struct_.attributes = list_of(at, &attributes);
  node->struct_.is_private = at->node->actor.is_private;
  node->struct_.name = at->node->actor.name;
  node->struct_.doc = at->node->actor.doc;
  node->struct_.type_params = copy_list(at, at->node->actor.type_params);
  node->struct_.members = list_of(at, &fields);
  return node;
}

static AstNode *one_method_impl(const Actor *at, const char *trait, const char *method, AstNode *result,
                                AstNode *body) {
  AstNodes params = {0}, members = {0};
  vec_push(arena_of(at), &params, param_of(at, NAME_self, NULL));
  vec_push(arena_of(at), &members, function_of(at, name_of(at, method), list_of(at, &params), result, body));
  return impl_of(at, prelude_type(at, trait), type_named(at, at->node->actor.name), &members);
}

static AstNode *constructor(const Actor *at) {
  AstNodes params = {0}, values = {0};
  for (uint32_t i = 0; i < at->inputs.size; i++) {
    const AstNode *input = at->inputs.data[i];
    AstNode *param = param_of(at, input->field_decl.name, copy(at, input->field_decl.type));
    param->span = input->span;
    param->param.default_value = copy(at, input->field_decl.default_value);
    vec_push(arena_of(at), &params, param);
    vec_push(arena_of(at), &values, ident(at, input->field_decl.name));
  }
  AstNode *kind = kind_lambda(at), *state = macro_build_node(&at->prelude, AST_TYPE_APPLY);
  state->type_apply.base = macro_build_ident(&at->prelude, name_of(at, "actor_kind"));
  AstNode *type = type_named(at, at->state);
  state->type_apply.args = ast_list(arena_of(at), &type, 1);
  AstNode *known = macro_build_node(&at->prelude, AST_CALL);
  known->call.callee = state;
  known->call.args = macro_build_args(&at->prelude, (AstNode *[]){name_text_of(at, at->node->actor.name), kind}, 2);
  AstNode *given[] = {known, tuple_of(at, &values)};
  AstNode *body = handle_of(at, macro_build_calls(&at->prelude, "actor_start", given, 2));
  return function_of(at, NAME_new, list_of(at, &params), type_named(at, at->node->actor.name), body);
}

// How long `try_put` waits, by default for ever. A parameter of the handler that has the name leaves no room for it.
static AstNode *add_limit(const Actor *at, const AstNode *method, AstNodes *params) {
  Name name = name_of(at, "within");
  for (AST_EACH(param, method->function.params))
    if (param->param.name == name) return macro_build_negative(&at->prelude, 1);
  AstNode *param = param_of(at, name, prelude_type(at, "Int"));
  param->param.default_value = macro_build_negative(&at->prelude, 1);
  vec_push(arena_of(at), params, param);
  return ident(at, name);
}

// def put(self, a: A, b: B) = actor_pass(self.raw∙, 3, (a, b), handler)
// def try_put(self, a: A, b: B, within: Int = -1) = actor_try(self.raw∙, 3, (a, b), handler, within)
static AstNode *handle_method(const Actor *at, const AstNode *method, uint32_t number, Name name,
                              const char *function, bool has_limit) {
  AstNodes params = {0}, values = {0};
  vec_push(arena_of(at), &params, param_of(at, NAME_self, NULL));
  for (AST_EACH(param, method->function.params)) {
    vec_push(arena_of(at), &params, copy(at, param));
    vec_push(arena_of(at), &values, ident(at, param->param.name));
  }
  AstNode *limit = has_limit ? add_limit(at, method, &params) : NULL;
  AstNode *given[] = {own_raw(at), macro_build_int(&at->prelude, number), tuple_of(at, &values),
                      handler_lambda(at, method), limit};
  AstNode *call = macro_build_calls(&at->prelude, function, given, has_limit ? 5 : 4);
  AstNode *made = function_of(at, name, list_of(at, &params), NULL, call);
  made->function.doc = method->function.doc;
  return made;
}

static Name try_name(const Actor *at, Name name) {
  Text text = {.arena = arena_of(at)};
  text_printf(&text, "try_%s", name_text(at->context->names, name));
  return name_from(at->context->names, text_str(&text));
}

static AstNode *handle_impl(const Actor *at) {
  AstNodes members = {0};
  uint32_t number = 0;
  vec_push(arena_of(at), &members, constructor(at));
  for (uint32_t i = 0; i < at->methods.size; i++) {
    const AstNode *method = at->methods.data[i];
    if (!is_message(at, method)) continue;
    Name tried = try_name(at, method->function.name);
    vec_push(arena_of(at), &members, handle_method(at, method, number, method->function.name, "actor_pass", false));
    if (!map_get(&at->functions, tried))
      vec_push(arena_of(at), &members, handle_method(at, method, number, tried, "actor_try", true));
    number++;
  }
  return impl_of(at, NULL, type_named(at, at->node->actor.name), &members);
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_handler_sound(const Actor *at, const AstNode *method) {
  uint32_t before = at->context->diags->error_count;
  if (method->function.is_private) return true;
  if (method->function.type_params)
    report(at, method->span, "a handler of an actor has no type parameters",
           "give them to the actor: its messages are of fixed types");
  for (AST_EACH(param, method->function.params)) {
    if (param->param.pattern || !param->param.type)
      report(at, param->span, "a parameter of a handler has a name and a type", "match it in the handler's body");
    else if (param->param.is_variadic)
      report(at, param->span, "a handler takes a fixed number of arguments", "take a Vec");
  }
  return at->context->diags->error_count == before;
}

static bool add_member(Actor *at, AstNode *member) {
  switch ((int)member->kind) {
    case AST_FIELD_DECL:
      vec_push(arena_of(at), &at->inputs, member);
      map_put(arena_of(at), &at->fields, member->field_decl.name, member);
      return true;
    case AST_GLOBAL:
      vec_push(arena_of(at), &at->vars, member);
      map_put(arena_of(at), &at->fields, member->global.name, member);
      if (member->global.type) return true;
      report(at, member->span, "the type of an actor's variable has to be written", "write `var name: Type = value`");
      return false;
    case AST_FUNCTION:
      vec_push(arena_of(at), &at->methods, member);
      map_put(arena_of(at), &at->functions, member->function.name, member);
      return is_handler_sound(at, member);
    case AST_POISON: case AST_PRIVATE_SECTION: return true;
    default: report(at, member->span, "this cannot be a member of an actor", "put it beside the actor"); return false;
  }
}

bool actor_expand(Expander *expander, const AstNode *node, AstNodes *out) {
  Context *context = expander->context;
  uint32_t id = expansion_add(expander->table, (Expansion){.kind = EXPANSION_SYNTAX, .call = node->span,
                                                           .parent = node->expansion});
  Actor at = {.expander = expander, .context = context, .node = node, .own = {context, node->expansion, node->span},
              .prelude = {context, id, node->span}};
  at.state = fresh_of(&at, node->actor.name);
  at.raw = fresh_of(&at, name_of(&at, "raw"));
  at.kind = fresh_of(&at, name_of(&at, "kind"));
  at.args = fresh_of(&at, name_of(&at, "args"));
  bool is_sound = true, is_private = false;
  for (AST_EACH(member, node->actor.members)) {
    if (member->kind == AST_PRIVATE_SECTION) is_private = true;
    if (is_private && member->kind == AST_FUNCTION) member->function.is_private = true;
    is_sound &= add_member(&at, member);
  }
  if (!is_sound) return false;
  AstNode *handle = handle_struct(&at), *impl = handle_impl(&at);
  AstNode *end = macro_build_calls(&at.prelude, "actor_release", (AstNode *[]){own_raw(&at)}, 1);
  AstNode *drop = one_method_impl(&at, "Drop", "drop", prelude_type(&at, "Void"), end);
  AstNode *actor = one_method_impl(&at, "Actor", "actor_address", raw_type(&at), own_raw(&at));
  AstNode *made[] = {state_struct(&at), state_impl(&at), handle, impl, drop, actor};
  for (size_t i = 0; i < sizeof made / sizeof *made; i++) vec_push(context->arena, out, made[i]);
  return true;
}
