// What the files of this folder share. Nothing outside it includes this.
#ifndef QZ_MACRO_INTERNAL_H
#define QZ_MACRO_INTERNAL_H

#include "base/fresh.h"
#include "macro/macro.h"
#include "parser/parser.h"

typedef VEC(AstNode *) AstNodes;

// What expands one module.
typedef struct Expander {
  Context *context;
  ExpansionTable *table;
  const MacroScope *scope;
  const MacroFiles *files;
  uint32_t calls_left;  // of the outermost call that is being expanded
  uint32_t nodes_left;
  bool is_stopped;  // a limit was reached and reported: what is left of that call becomes POISON
} Expander;

// One call on its way to becoming a tree.
typedef struct MacroUse {
  Expander *expander;
  AstNode *call;                // MACRO_CALL
  const MacroDef *definition;   // NULL: built in
  uint32_t expansion;           // the new entry of the table
} MacroUse;

// Where a call stands, which is what its expansion has to be: the kind of the node whose declarations or members it
// adds to, or BLOCK for a statement or expression.
typedef AstKind MacroPlace;

// ── expand.c ────────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *poison_at(Context *context, const AstNode *node);
// Takes `count` nodes from what the outermost call may still make; reports QZ0302 when it is used up.
bool expander_spend(MacroUse *use, uint32_t count);
// A message at the call, with the expansions around it as notes.
Diag *use_report(const MacroUse *use, DiagId id, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// ── scope.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
const MacroDef *scope_find(const MacroScope *scope, Name name);
const char *scope_suggest(Context *context, const MacroScope *scope, Name wanted);

// ── arguments.c ─────────────────────────────────────────────────────────────────────────────────────────────────
// One parameter and what the call gave for it: `value`, or for `xs...` a list (`is_list`). The nodes belong to the
// call; every use copies them.
typedef struct MacroArg {
  Name param;
  AstNode *value;
  bool is_list;
  bool is_default;  // the value stands in the declaration
  AstNodes items;
} MacroArg;

typedef struct MacroArgs {
  uint32_t count;
  MacroArg *items;
} MacroArgs;

bool arguments_bind(MacroUse *use, MacroArgs *out);  // reports QZ0301
const MacroArg *arguments_find(const MacroArgs *args, Name param);
AstNode *argument_value(AstNode *node);  // of an ARG, or the node itself
// The source text of a tree; printed anew when its parts are of several origins.
const char *argument_source(Context *context, const AstNode *node, size_t *size);
// The same for messages: on one line, names as they were written.
const char *argument_text(Context *context, const AstNode *node);

// ── quote.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *quote_instantiate(MacroUse *use, const MacroArgs *args);
bool quote_check(Context *context, MacroDef *definition);  // at the declaration; reports QZ0303

// ── shape.c: which nodes may stand where ────────────────────────────────────────────────────────────────────────
bool holds_types(AstKind parent, const char *field);
AstNode *type_from_expression(Arena *arena, AstNode *node);  // NULL: it cannot be read as a type
Name declared_name(const AstNode *node);                     // of a declaration, or NAME_NONE
void declaration_make_private(AstNode *node);
AstNode *declaration_from_statement(Arena *arena, AstNode *node);  // NULL: it cannot stand outside a function

// ── template.c ──────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *template_instantiate(MacroUse *use, const MacroArgs *args, MacroPlace place);
bool template_check(Context *context, const MacroDef *definition);
bool macro_is_template(const MacroDef *definition);

// ── builtin.c ───────────────────────────────────────────────────────────────────────────────────────────────────
AstNode *builtin_expand(MacroUse *use);

// ── syntax.c ────────────────────────────────────────────────────────────────────────────────────────────────────
// What a node of syntax that stands for calls becomes, its parts not yet expanded; any other node is itself.
AstNode *syntax_expand(Expander *expander, AstNode *node);

// ── actor.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
// The declarations that an ACTOR stands for, its parts being expanded. False: there were messages about it.
bool actor_expand(Expander *expander, const AstNode *node, AstNodes *out);

// ── build.c: nodes of an expansion, with the span of what they stand for ────────────────────────────────────────
typedef struct Builder {
  Context *context;
  uint32_t expansion;
  Span span;
} Builder;

AstNode *macro_build_node(const Builder *build, AstKind kind);
AstNode *macro_build_ident(const Builder *build, Name name);
AstNode *macro_build_string(const Builder *build, const char *text, size_t size);
AstNode *macro_build_int(const Builder *build, uint64_t value);
AstNode *macro_build_negative(const Builder *build, uint64_t value);  // -value
AstNode *macro_build_call(const Builder *build, const char *function, AstNode *argument);
AstNode *macro_build_calls(const Builder *build, const char *function, AstNode *const *values, uint32_t count);
AstList *macro_build_args(const Builder *build, AstNode *const *values, uint32_t count);
AstNode *macro_build_block(const Builder *build, const AstNodes *stmts);
AstNode *macro_build_interpolation(const Builder *build, const AstNodes *parts);

// ── table.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
uint32_t expansion_add(ExpansionTable *table, Expansion expansion);
uint32_t expansion_depth(const ExpansionTable *table, uint32_t expansion);

#endif
