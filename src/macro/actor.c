// Actors: an `actor` declaration becomes two structs. The state holds the fields, and the handlers are its methods;
// what the program sees under the actor's name is a handle, whose methods put a message into the actor's mailbox:
//
//   struct Counter∙1                          @shared @actor struct Counter
//     n: Int                                  end
//     step: Int                               impl Actor for Counter … end
//   end                                       impl Counter
//   impl Counter∙1                              def new(step: Int): Counter
//     def bump(self)                              actor_start(actor_kind<Counter∙1>(kind∙ -> do … end), (step,))
//       self.n += self.step                     end
//     end                                       def bump(self)
//   end                                           actor_pass(actor_place(self), 0, …, (state, _) -> state.bump())
//                                               end
//                                             end
//
// A handle has no fields: it is the runtime's own object (`@actor`), whose owners are counted like those of any other.
//
// In handlers the names of fields mean those of the state and calls of other members go to the state, unless a variable
// has the name; `self` is the handle.
#include "macro/actor.h"

// ── The handle ──────────────────────────────────────────────────────────────────────────────────────────────────
static AstNode *address_type(const Actor *at) {
  AstNode *type = actor_prelude_type(at, "Ptr"), *byte = actor_prelude_type(at, "U8");
  type->type_name.args = ast_list(actor_arena(at), &byte, 1);
  return type;
}

static AstNode *handle_struct(const Actor *at) {
  AstNode *node = macro_build_node(&at->own, AST_STRUCT), *shared = macro_build_node(&at->own, AST_ATTRIBUTE);
  shared->attribute.name = actor_name(at, "shared");
  AstNode *actor = macro_build_node(&at->own, AST_ATTRIBUTE);
  actor->attribute.name = actor_name(at, "actor");
  AstNodes attributes = {0};
  vec_push(actor_arena(at), &attributes, shared);
  vec_push(actor_arena(at), &attributes, actor);
  for (AST_EACH(attribute, at->node->actor.attributes))
    if (!actor_has_settings(at, attribute)) vec_push(actor_arena(at), &attributes, attribute);
  node->struct_.attributes = actor_list(at, &attributes);
  node->struct_.is_private = at->node->actor.is_private;
  node->struct_.name = at->node->actor.name;
  node->struct_.doc = at->node->actor.doc;
  node->struct_.type_params = actor_copy_list(at, at->node->actor.type_params);
  return node;
}

static AstNode *method_of(const Actor *at, const char *name, AstNode *result, AstNode *body) {
  AstNode *self = actor_param(at, NAME_self, NULL);
  return actor_function(at, actor_name(at, name), ast_list(actor_arena(at), &self, 1), result, body);
}

static AstNode *constructor(const Actor *at) {
  AstNodes params = {0}, values = {0};
  for (uint32_t i = 0; i < at->inputs.size; i++) {
    const AstNode *input = at->inputs.data[i];
    AstNode *param = actor_param(at, input->field_decl.name, actor_copy(at, input->field_decl.type));
    param->span = input->span;
    param->param.default_value = actor_copy(at, input->field_decl.default_value);
    vec_push(actor_arena(at), &params, param);
    vec_push(actor_arena(at), &values, actor_ident(at, input->field_decl.name));
  }
  AstNode *state = actor_type(at, at->state), *handle = actor_type(at, at->node->actor.name);
  AstNode *known[] = {actor_name_text(at, at->node->actor.name), actor_kind_lambda(at)};
  AstNode *given[] = {actor_call_for(at, "actor_kind", &state, 1, known, 2), actor_tuple(at, &values)};
  AstNode *body = macro_build_calls(&at->prelude, "actor_start", given, 2);
  return actor_function(at, NAME_new, actor_list(at, &params), handle, body);
}

// def actor_at(args∙: Ptr<U8>): Option<Counter> = actor_known<Counter∙1, Counter>(args∙)
static AstNode *actor_at(const Actor *at) {
  AstNode *result = actor_prelude_type(at, "Option"), *own = actor_type(at, at->node->actor.name);
  result->type_name.args = ast_list(actor_arena(at), &own, 1);
  AstNode *address = actor_param(at, at->args, address_type(at)), *given = actor_ident(at, at->args);
  AstNode *types[] = {actor_type(at, at->state), actor_type(at, at->node->actor.name)};
  AstNode *body = actor_call_for(at, "actor_known", types, 2, &given, 1);
  return actor_function(at, actor_name(at, "actor_at"), ast_list(actor_arena(at), &address, 1), result, body);
}

static AstNode *trait_impl(const Actor *at) {
  AstNodes members = {0};
  vec_push(actor_arena(at), &members, method_of(at, "actor_address", address_type(at), actor_own_place(at)));
  vec_push(actor_arena(at), &members, actor_at(at));
  return actor_impl(at, actor_prelude_type(at, "Actor"), actor_type(at, at->node->actor.name), &members);
}

// How long `try_put` waits, by default for ever. A parameter of the handler that has the name leaves no room for it.
static AstNode *add_limit(const Actor *at, const AstNode *method, AstNodes *params) {
  Name name = actor_name(at, "within");
  for (AST_EACH(param, method->function.params))
    if (param->param.name == name) return macro_build_negative(&at->prelude, 1);
  AstNode *param = actor_param(at, name, actor_prelude_type(at, "Int"));
  param->param.default_value = macro_build_negative(&at->prelude, 1);
  vec_push(actor_arena(at), params, param);
  return actor_ident(at, name);
}

// def put(self, a: A, b: B) = actor_pass(actor_place(self), 3, (a, b), handler)
// def try_put(self, a: A, b: B, within: Int = -1) = actor_try(actor_place(self), 3, (a, b), handler, within)
static AstNode *handle_method(const Actor *at, const AstNode *method, uint32_t number, Name name,
                              const char *function, bool has_limit) {
  AstNodes params = {0}, values = {0};
  vec_push(actor_arena(at), &params, actor_param(at, NAME_self, NULL));
  for (AST_EACH(param, method->function.params)) {
    vec_push(actor_arena(at), &params, actor_copy(at, param));
    vec_push(actor_arena(at), &values, actor_ident(at, param->param.name));
  }
  AstNode *limit = has_limit ? add_limit(at, method, &params) : NULL;
  AstNode *given[] = {actor_own_place(at), macro_build_int(&at->prelude, number), actor_tuple(at, &values),
                      actor_handler_lambda(at, method), limit};
  AstNode *call = macro_build_calls(&at->prelude, function, given, has_limit ? 5 : 4);
  AstNode *made = actor_function(at, name, actor_list(at, &params), NULL, call);
  made->function.doc = method->function.doc;
  return made;
}

static Name try_name(const Actor *at, Name name) {
  Text text = {.arena = actor_arena(at)};
  text_printf(&text, "try_%s", name_text(at->context->names, name));
  return name_from(at->context->names, text_str(&text));
}

static AstNode *handle_impl(const Actor *at) {
  AstNodes members = {0};
  uint32_t number = 0;
  vec_push(actor_arena(at), &members, constructor(at));
  for (uint32_t i = 0; i < at->methods.size; i++) {
    const AstNode *method = at->methods.data[i];
    if (!actor_is_message(at, method)) continue;
    Name tried = try_name(at, method->function.name);
    vec_push(actor_arena(at), &members, handle_method(at, method, number, method->function.name, "actor_pass", false));
    if (!map_get(&at->functions, tried))
      vec_push(actor_arena(at), &members, handle_method(at, method, number, tried, "actor_try", true));
    number++;
  }
  return actor_impl(at, NULL, actor_type(at, at->node->actor.name), &members);
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_handler_sound(const Actor *at, const AstNode *method) {
  uint32_t before = at->context->diags->error_count;
  if (method->function.is_private) return true;
  if (method->function.type_params)
    actor_report(at, method->span, "a handler of an actor has no type parameters",
                 "give them to the actor: its messages are of fixed types");
  for (AST_EACH(param, method->function.params)) {
    if (param->param.pattern || !param->param.type)
      actor_report(at, param->span, "a parameter of a handler has a name and a type", "match it in the handler's body");
    else if (param->param.is_variadic)
      actor_report(at, param->span, "a handler takes a fixed number of arguments", "take a Vec");
  }
  return at->context->diags->error_count == before;
}

static bool add_member(Actor *at, AstNode *member) {
  switch ((int)member->kind) {
    case AST_FIELD_DECL:
      vec_push(actor_arena(at), &at->inputs, member);
      map_put(actor_arena(at), &at->fields, member->field_decl.name, member);
      return true;
    case AST_GLOBAL:
      vec_push(actor_arena(at), &at->vars, member);
      map_put(actor_arena(at), &at->fields, member->global.name, member);
      if (member->global.type) return true;
      actor_report(at, member->span, "the type of an actor's variable has to be written",
                   "write `var name: Type = value`");
      return false;
    case AST_FUNCTION:
      vec_push(actor_arena(at), &at->methods, member);
      map_put(actor_arena(at), &at->functions, member->function.name, member);
      return is_handler_sound(at, member);
    case AST_POISON: case AST_PRIVATE_SECTION: return true;
    default:
      actor_report(at, member->span, "this cannot be a member of an actor", "put it beside the actor");
      return false;
  }
}

bool actor_expand(Expander *expander, const AstNode *node, AstNodes *out) {
  Context *context = expander->context;
  uint32_t id = expansion_add(expander->table, (Expansion){.kind = EXPANSION_SYNTAX, .call = node->span,
                                                           .parent = node->expansion});
  Actor at = {.expander = expander, .context = context, .node = node, .own = {context, node->expansion, node->span},
              .prelude = {context, id, node->span}};
  at.state = actor_fresh(&at, node->actor.name);
  at.kind = actor_fresh(&at, actor_name(&at, "kind"));
  at.args = actor_fresh(&at, actor_name(&at, "args"));
  bool is_sound = true, is_private = false;
  for (AST_EACH(member, node->actor.members)) {
    if (member->kind == AST_PRIVATE_SECTION) is_private = true;
    if (is_private && member->kind == AST_FUNCTION) member->function.is_private = true;
    is_sound &= add_member(&at, member);
  }
  if (!is_sound) return false;
  AstNode *handle = handle_struct(&at), *impl = handle_impl(&at);
  AstNode *made[] = {actor_state_struct(&at), actor_state_impl(&at), handle, impl, trait_impl(&at)};
  for (size_t i = 0; i < sizeof made / sizeof *made; i++) vec_push(context->arena, out, made[i]);
  return true;
}
