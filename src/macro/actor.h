// What the files of an actor share: actor.c makes the handle, the others what stands behind it.
#ifndef QZ_MACRO_ACTOR_H
#define QZ_MACRO_ACTOR_H

#include "macro/internal.h"

typedef struct Actor {
  Expander *expander;
  Context *context;
  const AstNode *node;
  Builder own;      // of what the program could have written
  Builder prelude;  // of the prelude's names
  Name state, kind, args;  // fresh
  AstNodes inputs;  // FIELD_DECL: constructor arguments
  AstNodes vars;    // GLOBAL: private state
  AstNodes methods; // FUNCTION
  Map fields, functions;  // Name → node
} Actor;

// ── actor_build.c ───────────────────────────────────────────────────────────────────────────────────────────────
static inline Arena *actor_arena(const Actor *at) { return at->context->arena; }

static inline Name actor_name(const Actor *at, const char *text) { return name_from(at->context->names, text); }

static inline Name actor_fresh(const Actor *at, Name name) {
  return name_fresh(at->context->names, name, at->prelude.expansion);
}

static inline AstNode *actor_ident(const Actor *at, Name name) { return macro_build_ident(&at->own, name); }

static inline AstNode *actor_copy(const Actor *at, const AstNode *node) {
  return node ? ast_copy(actor_arena(at), node) : NULL;
}

void actor_report(const Actor *at, Span span, const char *text, const char *help);  // QZ0132
AstList *actor_copy_list(const Actor *at, const AstList *list);
AstList *actor_list(const Actor *at, const AstNodes *nodes);
AstNode *actor_type(const Actor *at, Name name);  // with the actor's type parameters
AstNode *actor_prelude_type(const Actor *at, const char *name);
AstNode *actor_param(const Actor *at, Name name, AstNode *type);
AstNode *actor_field(const Actor *at, Name name, AstNode *type, Span span);
AstNode *actor_tuple(const Actor *at, const AstNodes *values);  // of none: a Bool, as the next one
AstNode *actor_tuple_type(const Actor *at, const AstNodes *types);
AstNode *actor_lambda(const Actor *at, AstNode *const *params, uint32_t count, AstNode *body);
AstNode *actor_function(const Actor *at, Name name, AstList *params, AstNode *result, AstNode *body);
AstNode *actor_impl(const Actor *at, AstNode *trait, AstNode *type, const AstNodes *members);
AstNode *actor_struct_literal(const Actor *at, Name type, const AstNodes *fields);
AstNode *actor_field_init(const Actor *at, Name name, AstNode *value);
AstNode *actor_name_text(const Actor *at, Name name);
AstNode *actor_part_of_args(const Actor *at, uint32_t index);  // args∙.0
AstNode *actor_own_place(const Actor *at);                     // actor_place(self)
// function<Types…>(values…), a function of the prelude
AstNode *actor_call_for(const Actor *at, const char *function, AstNode *const *types, uint32_t type_count,
                        AstNode *const *values, uint32_t count);

// ── actor_state.c ───────────────────────────────────────────────────────────────────────────────────────────────
AstNode *actor_state_struct(const Actor *at);
AstNode *actor_state_impl(const Actor *at);
AstNode *actor_construct_lambda(const Actor *at);  // (args∙: (Int,)) -> … Counter∙1 { step: step, n: n }

// ── actor_kind.c ────────────────────────────────────────────────────────────────────────────────────────────────
bool actor_is_message(const Actor *at, const AstNode *method);
bool actor_has_settings(const Actor *at, const AstNode *attribute);  // which are the kind's, not the handle's
// (state∙: Counter∙1, args∙: (A, B)) -> state∙.put(args∙.0, args∙.1)
AstNode *actor_handler_lambda(const Actor *at, const AstNode *method);
AstNode *actor_kind_lambda(const Actor *at);  // kind∙ -> do … end

// ── actor_names.c ───────────────────────────────────────────────────────────────────────────────────────────────
// The body of a handler, in which the members' names are those of the state and `self` is `handle`.
typedef struct ActorNames {
  Context *context;
  uint32_t expansion;              // that of the actor: names that a macro brought along are not its own
  const Map *fields, *functions;   // Name → node
  Name handle;
} ActorNames;

AstNode *actor_resolve(const ActorNames *names, const AstList *params, AstNode *body, bool *uses_handle);

#endif
