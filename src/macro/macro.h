// Macro: replaces every `$name(args)`, `e!` and `e?` of a parsed module by a fresh tree. After it no macro call, quote
// or `macro` declaration is left, and no node has two parents.
//
// Order of use: macro_scope_new for each module (its `macro` declarations leave the tree), macro_scope_import for what
// it imports, then macro_expand_module.
#ifndef QZ_MACRO_MACRO_H
#define QZ_MACRO_MACRO_H

#include "base/map.h"
#include "parser/ast.h"

// ── Macros that are visible ─────────────────────────────────────────────────────────────────────────────────────
typedef struct MacroScope MacroScope;

// One `macro` declaration. Macro calls in its body are looked up where it was declared.
typedef struct MacroDef {
  Name name;
  AstNode *node;  // MACRO
  const MacroScope *home;
  Map declares;   // Name → what a quote declares under it, in the module of the call
  bool is_sound;  // false: a message about the declaration was given, a call expands to POISON
} MacroDef;

typedef struct MacroImport {
  Name name;  // as used here
  const MacroDef *definition;
} MacroImport;

struct MacroScope {
  AstNode *module;          // MODULE
  VEC(MacroDef *) own;      // in order of declaration
  VEC(MacroImport) imported;
};

// Collects and checks the `macro` declarations of a module and takes them out of its tree.
MacroScope *macro_scope_new(Context *context, AstNode *module);
void macro_scope_import(Context *context, MacroScope *scope, Name name, const MacroDef *definition);
// A macro the module declares (private ones too: see node->macro.is_private), or NULL.
const MacroDef *macro_scope_own(const MacroScope *scope, Name name);
bool macro_is_builtin(Name name);

// ── Where expanded code came from ───────────────────────────────────────────────────────────────────────────────
// SYNTAX: of a form of the language, not of a macro.
typedef enum ExpansionKind { EXPANSION_BUILTIN, EXPANSION_QUOTE, EXPANSION_TEMPLATE, EXPANSION_SYNTAX } ExpansionKind;

typedef struct Expansion {
  ExpansionKind kind;
  Name macro;
  Span call;        // the `$name(args)` that was replaced
  uint32_t parent;  // the expansion in which that call stood, or 0
  uint32_t depth;   // 1 for a call in the user's own text
  const MacroDef *definition;  // NULL: built in
} Expansion;

// node->expansion is an index into `items`; item 0 stands for the user's own text.
typedef struct ExpansionTable {
  Arena *arena;
  VEC(Expansion) items;
  bool has_regex;  // regular expressions were seen: the program needs std/regex
} ExpansionTable;

void expansion_table_init(ExpansionTable *table, Arena *arena);

// Adds the notes "in this expansion of `$swap`", innermost first, to a message about a node of that expansion.
void expansion_note(Context *context, const ExpansionTable *table, Diag *diag, uint32_t expansion);
// The same for every message from number `first` on that has no such note yet: for a walk that sees nodes and not where
// messages about them are given. Inner nodes come first, so a message gets the notes of the innermost expansion.
void expansion_note_since(Context *context, const ExpansionTable *table, uint32_t first, uint32_t expansion);
// The outermost call a span of that expansion goes back to; the span itself when it is the user's own text.
Span expansion_site(const ExpansionTable *table, uint32_t expansion, Span own);

// Where a free name of an expanded node is looked up. HERE: like any name, locals first. MODULE: in the module that
// declared the macro, past the locals of the call site. PRELUDE: in the prelude, past all else.
typedef enum ExpansionNames { EXPANSION_NAMES_HERE, EXPANSION_NAMES_MODULE, EXPANSION_NAMES_PRELUDE } ExpansionNames;
ExpansionNames expansion_names(const ExpansionTable *table, const Interner *names, uint32_t expansion, Name name,
                               AstNode **module);

// ── Expansion ───────────────────────────────────────────────────────────────────────────────────────────────────
// The bytes of a file for $include_str and $include_bytes, or NULL. `path` is joined to the including file's folder.
typedef const char *MacroFileReader(void *data, Arena *arena, const char *path, size_t *size);

typedef struct MacroFiles {
  MacroFileReader *read;  // NULL: read from the file system
  void *data;
} MacroFiles;

enum { MACRO_DEPTH_MAX = 256, MACRO_CALLS_MAX = 100000, MACRO_NODES_MAX = 4000000 };

// Expands every macro call of scope->module in place.
void macro_expand_module(Context *context, ExpansionTable *table, const MacroScope *scope, const MacroFiles *files);

#endif
