// The kind of an actor, which is what the runtime knows of all actors of one declaration: calls of the prelude that say
// how a state is made, what messages and hooks there are, and what the attributes set.
#include "macro/actor.h"

static bool is_hook(const Actor *at, const AstNode *method) {
  static const char *const hooks[] = {
#define HOOK(id, name) #name,
#include "runtime/sched/actor.def"
  };
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
    if (method->function.name == actor_name(at, hooks[i])) return true;
  return false;
}

bool actor_is_message(const Actor *at, const AstNode *method) {
  return !method->function.is_private && !is_hook(at, method);
}

AstNode *actor_handler_lambda(const Actor *at, const AstNode *method) {
  Name state = actor_fresh(at, actor_name(at, "state"));
  AstNodes values = {0}, types = {0};
  for (AST_EACH(param, method->function.params)) {
    AstNode *part = actor_part_of_args(at, values.size);
    vec_push(actor_arena(at), &values, part);
    vec_push(actor_arena(at), &types, actor_copy(at, param->param.type));
  }
  AstNode *call = macro_build_node(&at->own, AST_METHOD_CALL);
  call->method_call.receiver = actor_ident(at, state);
  call->method_call.name = method->function.name;
  call->method_call.args = macro_build_args(&at->own, values.data, values.size);
  AstNode *params[] = {actor_param(at, state, actor_type(at, at->state)),
                       actor_param(at, at->args, actor_tuple_type(at, &types))};
  return actor_lambda(at, params, 2, call);
}

static void add_kind_call(const Actor *at, AstNodes *stmts, const char *function, AstNode *const *values,
                          uint32_t count) {
  AstNode *all[4] = {actor_ident(at, at->kind)};
  for (uint32_t i = 0; i < count; i++) all[i + 1] = values[i];
  vec_push(actor_arena(at), stmts, macro_build_calls(&at->prelude, function, all, count + 1));
}

// Its `@restart` and `@mailbox`, whose settings become calls; any other attribute is the handle's.
static const struct Setting {
  const char *attribute, *name, *word;  // without a name: the word stands alone; without a word: a number
} settings[] = {
#define LIMIT(attribute, name, member, unit) {#attribute, #name, NULL},
#define CHOICE(attribute, name, word, member, value) {#attribute, #name, #word},
#define LONE(attribute, word, member, value) {#attribute, NULL, #word},
#include "runtime/sched/actor.def"
};

bool actor_has_settings(const Actor *at, const AstNode *attribute) {
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    if (attribute->attribute.name == actor_name(at, settings[i].attribute)) return true;
  return false;
}

static bool is_this(const Actor *at, const struct Setting *setting, const AstNode *attribute, const AstNode *arg) {
  const AstNode *value = arg->arg.value;
  if (attribute->attribute.name != actor_name(at, setting->attribute)) return false;
  if (arg->arg.name != (setting->name ? actor_name(at, setting->name) : NAME_NONE)) return false;
  if (!setting->word) return value->kind == AST_INT_LIT;
  return value->kind == AST_IDENT && value->ident.name == actor_name(at, setting->word);
}

static bool is_setting(const Actor *at, const AstNode *attribute, const AstNode *arg) {
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
    if (is_this(at, &settings[i], attribute, arg)) return true;
  return false;
}

static void add_setting(const Actor *at, AstNodes *stmts, const AstNode *attribute, AstNode *arg) {
  if (!is_setting(at, attribute, arg)) {
    actor_report(at, arg->span, "actors have no such setting",
                 "@restart(max: 10, within_ms: 1000, backoff_ms: 5, backoff_most_ms: 500), @restart(never), "
                 "@mailbox(capacity: 100, overflow: block), or drop_new, drop_old, panic");
    return;
  }
  bool is_word = arg->arg.value->kind == AST_IDENT;
  AstNode *name = actor_name_text(at, arg->arg.name ? arg->arg.name : attribute->attribute.name);
  AstNode *value = is_word ? actor_name_text(at, arg->arg.value->ident.name) : arg->arg.value;
  add_kind_call(at, stmts, is_word ? "actor_policy" : "actor_limit", (AstNode *[]){name, value}, 2);
}

static void add_settings(const Actor *at, AstNodes *stmts) {
  for (AST_EACH(attribute, at->node->actor.attributes))
    for (AST_EACH(arg, attribute->attribute.args))
      if (actor_has_settings(at, attribute)) add_setting(at, stmts, attribute, arg);
}

static void add_handler(const Actor *at, AstNodes *stmts, const AstNode *method) {
  AstNode *lambda = actor_handler_lambda(at, method);
  Text hook = {.arena = actor_arena(at)};
  text_printf(&hook, "actor_%s", name_text(at->context->names, method->function.name));
  if (is_hook(at, method)) add_kind_call(at, stmts, text_str(&hook), &lambda, 1);
  else add_kind_call(at, stmts, "actor_handler", (AstNode *[]){actor_name_text(at, method->function.name), lambda}, 2);
}

AstNode *actor_kind_lambda(const Actor *at) {
  AstNodes stmts = {0};
  AstNode *construct = actor_construct_lambda(at), *handle = actor_type(at, at->node->actor.name);
  AstNode *kind = actor_ident(at, at->kind);
  vec_push(actor_arena(at), &stmts, actor_call_for(at, "actor_handles", &handle, 1, &kind, 1));
  add_kind_call(at, &stmts, "actor_constructor", &construct, 1);
  add_settings(at, &stmts);
  for (uint32_t i = 0; i < at->methods.size; i++) {
    AstNode *method = at->methods.data[i];
    if (method->function.is_private) continue;
    add_handler(at, &stmts, method);
  }
  AstNode *param = actor_param(at, at->kind, NULL);
  return actor_lambda(at, &param, 1, macro_build_block(&at->own, &stmts));
}
