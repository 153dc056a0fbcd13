// What the files of sema share. Nothing outside this folder includes it.
//
// Order of work: module.c loads the modules and fills their scopes; decl.c resolves what declarations say (lazily, so
// that modules and declarations may refer to each other in any order); instance.c keeps the queue of instances, and
// for each of them body.c, expr.c, call.c … check one typed body; infer.c unifies and, at the end of each body,
// replaces every type variable by what it was found to be.
#ifndef QZ_SEMA_INTERNAL_H
#define QZ_SEMA_INTERNAL_H

#include "macro/macro.h"
#include "sema/const_eval.h"
#include "sema/sema.h"
#include "sema/usefulness.h"

// ── Names of modules ────────────────────────────────────────────────────────────────────────────────────────────
typedef enum SymbolKind { SYMBOL_FUNCTION, SYMBOL_TYPE, SYMBOL_GLOBAL, SYMBOL_VARIANT } SymbolKind;

typedef enum SymbolUse { USE_ANY, USE_TYPE } SymbolUse;  // TYPE: only types and traits are looked for

typedef struct Symbol {
  SymbolKind kind;
  Name name;
  Module *module;  // where it is declared
  Span span;
  bool is_private;
  union {
    Function *function;
    TypeDecl *type;  // of a VARIANT: its enum
    Global *global;
  };
  uint32_t variant;
} Symbol;

typedef struct ImportedNames {
  AstNode *node;  // IMPORT with names
  Module *module;
} ImportedNames;

struct Module {
  const Source *source;
  Name path;
  AstNode *node;
  Map symbols;               // Name → Symbol*: declared here
  Map imports;               // Name → Symbol*: named imports
  Map modules;               // Name → Module*: what may stand before `::`, whatever else has the name
  VEC(Module *) star_imports;
  VEC(ImportedNames) named_imports;
  VEC(Module *) all_imports;  // however imported: decides which `extend`s are seen
  MacroScope *macros;
  VEC(Function *) functions;
  VEC(Global *) globals;
  bool is_prelude;            // part of the implicit prelude
  bool is_user;               // not from std: its functions are checked even when nothing calls them
};

// ── Traits and implementations ──────────────────────────────────────────────────────────────────────────────────
typedef struct TraitRef {
  TypeDecl *trait;
  TypeList *args;  // without Self
  Span span;
} TraitRef;

typedef struct TraitInfo {
  VEC(Function *) methods;  // in order; a required one has no body
  VEC(TraitRef) supers;
} TraitInfo;

// `type` (usually a PARAM) must satisfy `trait`.
typedef struct Bound {
  Type *type;
  TraitRef trait;
} Bound;
typedef VEC(Bound) BoundVec;

// One `impl`, `impl Trait for`, `extend`. `target` and the bounds are in terms of `params`.
typedef struct Impl {
  Module *module;
  AstNode *node;
  Type **params;
  uint32_t param_count;
  Type *target;
  TraitRef trait;  // .trait NULL: inherent
  bool is_extend, is_negative;
  bool is_derived;  // made by derive.c
  BoundVec bounds;
  VEC(Function *) methods;
} Impl;

typedef VEC(Impl *) ImplVec;
typedef VEC(Function *) FunctionVec;

// One way to call `name` on a type: a method of an impl, or a trait's default method through an impl.
typedef struct Method {
  Impl *impl;
  Function *function;
  struct Method *next;  // same head type and name
} Method;

// What sema knows of a Function beyond sema.h. Type parameters are numbered through: those of the impl (or, in a trait,
// Self and the trait's own), then the function's.
typedef struct Signature {
  Impl *impl;        // methods of impls
  TypeDecl *trait;   // methods of traits
  Type **params_of_type;
  uint32_t type_param_count;
  uint32_t outer_count;  // how many of them belong to the impl or trait
  BoundVec bounds;
  Type **param_types;  // in terms of the type parameters
  uint32_t param_count;
  Type *result;        // NULL: inferred from the body of each instance
  bool has_self, is_variadic;
  bool is_resolved, is_resolving;
  Map instances;       // TypeList* → Instance*
} Signature;

static inline Signature *signature_of(const Function *function) { return function->details; }

// ── The whole ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Sema {
  Context *context;
  Arena *arena;
  Program *program;
  TypeTable *types;
  const SemaOptions *options;
  Module *root;
  Module *prelude;
  Module *qspec;              // NULL: no @test function is to run
  Module *regex;              // std/regex; NULL: the program has no regular expressions
  VEC(Module *) modules;      // in order of loading
  Map modules_by_source;      // Source* → Module*
  Map modules_by_node;        // MODULE node → Module*
  Instance *nowhere;          // what a checker works for outside any body
  Map drops;                  // Type* → Instance* of its Drop.drop
  Map crosses;                // Type* → Instance* of its Send.cross
  uint32_t next_drop, next_cross;  // types before this one in the table were asked for theirs
  bool values_cross;          // from one task to another, somewhere in the program
  Map prelude_symbols;        // Name → Symbol*: what every module sees
  VEC(Impl *) impls;
  Map methods;                // head of a type (method_head) → Map*: Name → Method*
  Map constants;              // head of a type → Map*: Name → Global*, the constants of its impls
  Map impls_by_trait;         // TypeDecl* of the trait → ImplVec*
  Map default_methods;        // Name → FunctionVec*: default methods of all traits, by name
  Map derived;                // head and method name → what derive.c made of it
  Map derived_fits;           // type, method and place → do the parts of the type have the method?
  Map symbols_taken;          // instance symbols in use
  VEC(Instance *) queue;      // instances whose bodies are to be checked
  ExpansionTable expansions;
  VEC(struct Checker *) under_way;  // bodies being checked, outermost first
  uint32_t height;                  // expressions being checked in all of them, each within the one before
  Map checkers;                     // Instance* → Checker*
} Sema;

// ── Checking one body (a Checker lives as long as that) ─────────────────────────────────────────────────────────
typedef struct Scope {
  struct Scope *parent;
  Lambda *lambda;  // the function level this scope belongs to
  VEC(Local *) locals;
  Map by_name;  // Name → Local*, once there are many: the last one of that name
} Scope;

typedef struct LoopContext {
  struct LoopContext *parent;
  Name label;
  Lambda *lambda;
  Type *result;     // of a `loop`: type of its break values so far; NULL: none yet
  bool takes_value;
  bool has_break;
} LoopContext;

// A call whose instance is known once its type arguments are.
typedef struct PendingCall {
  Instance **slot;
  Function *function;
  Type **type_args;
  Span span;
} PendingCall;

// A pattern of a binding, loop or parameter.
typedef struct BindingPattern {
  AstNode *pattern;
  Type *subject;
} BindingPattern;

typedef struct Checker Checker;
struct Checker {
  Sema *sema;
  Context *context;
  Arena *arena;
  TypeTable *types;
  Module *module;      // whose names are in scope
  Instance *instance;  // being checked
  TypeList *type_args;
  Scope *scope;
  Lambda *lambda;      // innermost, or NULL
  LoopContext *loop;
  Type *function_result;  // of the instance; a VAR while it is inferred
  uint32_t errors_before; // when the check began: after a message, what is not determined is not worth another
  Span finishing;         // the call whose types are being settled
  uint32_t depth;         // position in Sema.under_way
  uint32_t depends_on;    // the outermost check under way whose result this one waits for; its own depth: none
  VEC(struct Checker *) postponed;  // to be finished after this one
  Type *result;        // of the innermost function or lambda
  VEC(PendingCall) pending;
  VEC(Type **) slots;  // where types with variables were written, to be replaced when the body is finished
  VEC(BindingPattern) irrefutable;  // must fit every value
  VEC(AstNode *) matches;  // to be checked for exhaustiveness when all types are known
  Map bindings;        // Name → LaterBinding*: those of the body, once a name is unknown
  bool has_bindings;
  VEC(Type *) trail;   // variables bound since the last mark, to undo a failed attempt
};

// module.c
Module *module_load(Sema *sema, const Source *source, bool is_user);
// What a name means inside the module; one that comes from a macro, where the macro was defined.
Symbol *module_lookup(Sema *sema, Module *module, Name name, uint32_t expansion, SymbolUse use);
Symbol *module_symbol(Sema *sema, Module *module, const AstNode *node, Name name, SymbolUse use);  // reports clashes
// What `name` is before `::`, or NULL.
Module *module_imported(Sema *sema, Module *module, Name name, uint32_t expansion);
Symbol *module_member(Sema *sema, Module *module, Name name, Module *from, Span span);  // module::name; reports
void module_link(Sema *sema, Module *module);  // named imports, once all modules' names are known
void module_load_prelude(Sema *sema);
void module_open_prelude(Sema *sema);
bool sema_is_std(Sema *sema, const Source *source);

// decl.c
void decl_collect(Sema *sema, Module *module, AstList *decls);  // names of a module's declarations into its scope
void decl_impls(Sema *sema, Module *module);                    // its impls, once all modules' names are known
void decl_resolve_type(Sema *sema, TypeDecl *decl);             // fields, variants, alias target
Signature *decl_signature(Sema *sema, Function *function);      // resolved
// What derive.c wrote; `target` instead of the type the node names, when it is not NULL.
void derived_impl(Sema *sema, Module *module, AstNode *node, Type *target);

// attribute.c
Name attribute_text(const AstNode *attribute);  // of one that takes a string
AstNode *attribute_find(const Sema *sema, const AstList *attributes, const char *name);
void attributes_check(const Sema *sema, const AstNode *declaration);  // its arguments; QZ0013, QZ0019
// Is the declaration meant for another target or feature set (@cfg)?
bool attribute_configures_out(const Sema *sema, const AstNode *declaration);

// type_expr.c: types as written. `params` are the type parameters in scope; Self is `self_type`.
typedef struct TypeScope TypeScope;
struct TypeScope {
  Module *module;
  Type *const *params;
  uint32_t param_count;
  Type *self_type;
  // Makes the type of an `impl Trait`; NULL where none may stand.
  Type *(*implicit)(const TypeScope *scope, AstNode *node, void *data);
  void *implicit_data;
};
Type *type_expr(Sema *sema, const TypeScope *scope, AstNode *node);
bool type_name_is_basic(Name name);
bool trait_expr(Sema *sema, const TypeScope *scope, AstNode *node, TraitRef *out);
// The count of [T; N]: a constant expression known before bodies are checked. Reports and gives false.
bool array_count(Sema *sema, Module *module, AstNode *node, uint64_t *count);
Type *type_named(Sema *sema, Name name, Type *const *args, uint32_t count);  // a type of the prelude, such as Option
TypeDecl *prelude_type(Sema *sema, Name name);
Type *substitute(Sema *sema, Type *type, TypeList *args);  // PARAM number i by args[i]
TypeList *type_args_intern(Sema *sema, Type *const *items, uint32_t count);

// instance.c
Instance *instance_get(Sema *sema, Function *function, TypeList *type_args, Span span);
void instance_check_body(Sema *sema, Instance *instance);
void instance_run_queue(Sema *sema);
// Checks the body when the result is inferred. While that is under way, a variable that `caller` waits for.
Type *instance_result(Sema *sema, Checker *caller, Instance *instance);
void global_check(Sema *sema, Global *global, Span use);
Checker checker_new(Sema *sema, Module *module, Instance *instance);

// infer.c
Type *resolve(Checker *checker, Type *type);           // variables replaced as far as they are known
Type *resolve_head(Type *type);                        // only the outermost variable chain
bool unify(Checker *checker, Type *a, Type *b);
uint32_t trail_mark(const Checker *checker);
void trail_undo(Checker *checker, uint32_t mark);
Type *fresh(Checker *checker, Span span);
Type **fresh_args(Checker *checker, uint32_t count, Span span);
// `node` has type `actual` and is wanted as `wanted`: unifies or coerces; reports QZ0101 and gives false.
bool coerce(Checker *checker, AstNode *node, Type *actual, Type *wanted);
bool can_coerce(Checker *checker, Type *actual, Type *wanted);
Type *join(Checker *checker, AstNode *node, Type *a, Type *b);  // of two branches; reports
// Writes a type where it must be free of variables once the body is finished.
void keep_type(Checker *checker, Type **slot, Type *type);
Type *set_type(Checker *checker, AstNode *node, Type *type);  // node->type; returns it
// The instance of `function` goes to *slot when its type arguments are known, at the latest at the end of the body.
void want_instance(Checker *checker, Instance **slot, Function *function, Type **type_args, Span span);
void finish_body(Checker *checker);

// lint.c: borrows, linear values and lints, on what is typed completely
void analyse_body(Checker *checker, AstNode *body);
void analyse_module(Sema *sema, Module *module);

// body.c, expr.c …
void check_function_body(Checker *checker, Instance *instance);
void finish_function(Checker *checker);
Type *check_expr(Checker *checker, AstNode *node, Type *expected);  // expected: a hint, or NULL
Type *check_value(Checker *checker, AstNode *node, Type *wanted);   // and coerces
Type *check_block(Checker *checker, AstNode *node, Type *expected);
Type *check_body_value(Checker *checker, AstNode *node, Type *expected);
Type *check_int_literal(Checker *checker, AstNode *node, Type *expected, bool negated);
Type *check_nil(Checker *checker, AstNode *node, Type *expected);
Type *check_type_apply(Checker *checker, AstNode *node, Type *expected);
Type *check_array_fill(Checker *checker, AstNode *node, Type *expected);
Type *check_wanted_record(Checker *checker, AstNode *node, Type *wanted);
AstNode *field_init_value(Checker *checker, AstNode *init);
Type *use_variant(Checker *checker, AstNode *node, Type *type, const VariantInfo *variant, Type *expected);
Type *use_type(Checker *checker, AstNode *node, Type *type, Type *expected);
Type *fresh_enum(Checker *checker, TypeDecl *decl, Span span);
Module *named_module(Checker *checker, const AstNode *node);
// The result type of a call with these type arguments; an inferred one needs them to be known.
Type *function_result(Checker *checker, Function *function, Type **args, Span span);
Type *check_ident(Checker *checker, AstNode *node, Type *expected);
Type *check_path(Checker *checker, AstNode *node, Type *expected);
Type *check_call(Checker *checker, AstNode *node, Type *expected);
Type *check_method_call(Checker *checker, AstNode *node, Type *expected);
Type *check_pipe(Checker *checker, AstNode *node, Type *expected);
Type *check_field(Checker *checker, AstNode *node, Type *expected);
Type *check_tuple_field(Checker *checker, AstNode *node);
Type *check_index(Checker *checker, AstNode *node, Type *expected);
Type *check_unary(Checker *checker, AstNode *node, Type *expected);
Type *check_binary(Checker *checker, AstNode *node, Type *expected);
Type *check_assign(Checker *checker, AstNode *node);
Type *check_binding(Checker *checker, AstNode *node);
Type *check_lambda(Checker *checker, AstNode *node, Type *expected);
Type *check_match(Checker *checker, AstNode *node, Type *expected);
Type *check_for(Checker *checker, AstNode *node);
Type *check_comprehension(Checker *checker, AstNode *node, Type *expected);
Type *check_struct_lit(Checker *checker, AstNode *node, Type *expected);
Type *check_array_lit(Checker *checker, AstNode *node, Type *expected);
Type *check_map_lit(Checker *checker, AstNode *node, Type *expected);
Type *check_interpolation(Checker *checker, AstNode *node);
SequenceInfo *sequence_info(Checker *checker, AstNode *node, Type *type, bool is_map);
Type *check_intrinsic(Checker *checker, AstNode *node, Type *expected);
// regex.c: what literals, `=~` and patterns are made of; regex_match for operands whose types fit
void regex_load(Sema *sema);
Type *regex_type(Checker *checker);
Type *check_regex(Checker *checker, AstNode *node);
void regex_match(Checker *checker, AstNode *node);
void check_regex_groups(Checker *checker, AstNode *pattern, bool is_mutable);
void check_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable);
void check_binding_pattern(Checker *checker, AstNode *pattern, Type *subject, bool is_mutable);  // must fit every value
void check_newtype_pattern(Checker *checker, AstNode *pattern, Type *type, bool is_mutable);
const VariantInfo *variant_find(Checker *checker, Type *type, Name name);
Type *body_type(Checker *checker, AstNode *node);  // a type written in a body
// The type that an IDENT, PATH or TYPE_APPLY names in a body, missing type arguments as variables; NULL: not a type.
Type *named_value_type(Checker *checker, AstNode *node);
// The instance of a method that syntax needs; reports when the type has none.
void want_method(Checker *checker, Instance **slot, Type *receiver, Name name, Span span);
// Calls of methods that syntax makes, with receiver and arguments already typed (or NULL where the lowering fills in).
CallInfo *call_operator(Checker *checker, AstNode *node, Name method, AstNode **args, Type **arg_types, uint32_t count,
                        Type **result);
void want_prelude(Checker *checker, Instance **slot, const char *name, Type *first_param, Span span);
void guarded_want(Checker *checker, const CallInfo *call);  // guarded.c: of a function that is @guards
// A fresh copy of a default value, checked with the names of the module that declares it.
AstNode *check_default(Checker *checker, Module *module, AstNode *value, Type *type);
Type *compound_operation(Checker *checker, AstNode *node, Type *place, Type *value, AssignInfo *info);
// Reports a place that may not change, as `wanted` and the reason.
void require_mutable(Checker *checker, AstNode *place, const char *wanted);
bool local_is_object_self(const Local *local);  // of a `mut self` method: the object may change, the name may not

Scope *scope_push(Checker *checker);
void scope_pop(Checker *checker);
Local *scope_local(const Scope *scope, Name name);  // the last one of that name in this very scope
void scope_add(Checker *checker, Scope *scope, Local *local);
Local *local_named(Checker *checker, Name name);
// The local that an identifier means; a name that a macro brought along does not see those of the call's place.
Local *local_find(Checker *checker, const AstNode *ident, Name name);
Local *local_declare(Checker *checker, AstNode *at, Name name, Type *type, bool is_mutable);
void local_capture(Checker *checker, Local *local);

// Where `name` stands as a word in the text of `within`: what a message about a declaration or a member points at.
Span name_span(const Context *context, Span within, Name name);
Span member_span(const Context *context, const AstNode *node);  // of a METHOD_CALL, FIELD or PATH: its name
// `x: Type` as the remedy where the type of `value` is not known.
void help_annotate(Checker *checker, Diag *diag, const AstNode *value);
SemaInfo *info_new(Checker *checker, AstNode *node, InfoKind kind);
Type *poison(AstNode *node, Type *error);
static inline Type *basic(const Checker *checker, TypeKind kind) { return checker->types->basic[kind]; }

#include "sema/suggest.h"

#endif
