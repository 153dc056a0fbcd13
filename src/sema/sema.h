// Sema: names and types. Turns the parsed modules into a Program: typed bodies, one Instance per monomorphised
// function. It annotates AST nodes (node->type, node->info) and never turns one node kind into another.
//
// What the lowering may rely on once sema_check holds and no error was reported:
//  - every expression, pattern and type node of an Instance body has a type without PARAM and VAR; the body of each
//    instance is a tree of its own;
//  - `info` is as the table at SemaInfo says;
//  - a pattern has its subject's type; where that is a union, a pattern of one member has the member's;
//  - a node's type and the type its consumer wants differ at most by: a lossless integer widening, NEVER to anything,
//    any type to VOID (the value is dropped), T to a union with T, T to &T (the place is borrowed), &T to T (read).
#ifndef QZ_SEMA_SEMA_H
#define QZ_SEMA_SEMA_H

#include "intrinsics/intrinsics.h"
#include "parser/ast.h"
#include "sema/type.h"

typedef struct Module Module;
typedef struct TypeDecl TypeDecl;
typedef struct Function Function;
typedef struct Instance Instance;
typedef struct Lambda Lambda;

// ── Bindings ────────────────────────────────────────────────────────────────────────────────────────────────────
// A parameter, variable or pattern binding of one Instance (or of one of its lambdas).
typedef struct Local {
  Name name;
  Type *type;  // BORROW for `&T` parameters and `mut self`; an IDENT read as T is then a dereference
  Span span;
  bool is_mutable;   // declared with var
  bool is_param;
  bool is_assigned;  // written after its binding
  bool is_captured;  // a lambda uses it
  Lambda *owner;     // the lambda it was declared in, or NULL: the instance itself
  void *lowered;     // for the lowering
} Local;

// A captured local that is assigned lives in a shared cell; any other capture is a copy of the value.
static inline bool local_in_cell(const Local *local) { return local->is_captured && local->is_assigned; }

struct Lambda {
  AstNode *node;
  Local **params;
  uint32_t param_count;
  Type *result;
  VEC(Local *) captures;  // locals of enclosing functions used in it (or in lambdas inside it), each once
  Lambda *parent;         // the lambda it stands in, or NULL
  bool is_bound;          // it leads to module variables that other tasks must not use
  Instance **crossings;   // of a lambda that @guards runs: by capture, what makes the lambda's own value of it; or NULL
};

// `const`: value is a typed expression that is evaluated where it is used; scalar is set when it is a number, bool,
// char, string or symbol known at compile time.
typedef enum ConstKind {
  CONST_NONE, CONST_INT, CONST_FLOAT, CONST_STRING, CONST_BOOL, CONST_CHAR, CONST_SYMBOL,
} ConstKind;
typedef struct ConstValue {
  ConstKind kind;
  int64_t integer;  // INT (two's complement bits for U64), BOOL, CHAR
  double number;
  Name text;        // STRING, SYMBOL
} ConstValue;

// `const` and module-level `var`.
typedef struct Global {
  Name name;
  Module *module;
  AstNode *node;   // CONST or GLOBAL
  Type *type;
  AstNode *value;  // typed
  ConstValue constant;
  bool is_const;
  bool is_shared;  // tasks may read it: it never changes
  uint8_t state;   // 0 not looked at, 1 being checked, 2 done
  Instance *context;  // holds the locals and lambdas of `value`
  void *lowered;
} Global;

// ── Declarations ────────────────────────────────────────────────────────────────────────────────────────────────
struct TypeDecl {
  AstKind kind;  // STRUCT, ENUM, NEWTYPE, TYPE_ALIAS, TRAIT, PACKED_STRUCT, ACTOR
  Name name;
  Module *module;
  AstNode *node;
  Type **params;  // PARAM types, in order
  uint32_t param_count;
  bool is_value;   // @value struct; enums and newtypes always
  bool is_shared;  // @shared struct: tasks use one object together
  bool is_actor;   // the handle of an actor: calling its name starts one
  bool is_linear;
  bool is_repr_c;
  bool is_resolving, is_resolved;
  bool is_infinite;  // reported as QZ0125
  FieldList *fields;      // STRUCT: in terms of params; NEWTYPE: the one field `value`
  VariantList *variants;  // ENUM
  Type *aliased;          // TYPE_ALIAS
  void *trait;            // TRAIT: its methods (sema's own)
};

static inline bool type_is_linear(const Type *type) {
  return type->kind == TYPE_STRUCT && type->nominal.decl->is_linear;
}

// A lambda has a copy of what a shared borrow that it captures looks at: it may live longer, and nobody changes the
// value in the meantime. What cannot be copied stays a borrow, as &mut does; confine.c sees to those.
static inline bool local_is_copied_into_lambdas(const Local *local) {
  const Type *type = local->type;
  if (type->kind != TYPE_BORROW || type->borrow.is_mutable || local_in_cell(local)) return false;
  const Type *inner = type->borrow.inner;
  return inner->kind != TYPE_VOID && inner->kind != TYPE_NEVER && !type_is_linear(inner);
}

typedef enum FunctionKind {
  FUNCTION_PLAIN,
  FUNCTION_EXTERN,     // extern "C" without a body
  FUNCTION_INTRINSIC,  // @intrinsic
} FunctionKind;

// A function as declared, generic or not; adjacent clauses are joined into one.
struct Function {
  FunctionKind kind;
  Name name;
  Module *module;
  AstNode *node;       // FUNCTION
  IntrinsicId intrinsic;
  bool is_c_abi, is_variadic;  // extern "C"; `xs: T...` of Quartz functions is a Vec parameter
  bool is_test, is_inline, is_cold, is_must_use;
  bool is_unbroken;    // @no_preempt
  bool sends;          // @sends: lambdas that are given to it go to another task
  bool guards;         // @guards: lambdas that are given to it run while it holds a lock, on what the lock guards
  void *details;       // sema's own: type parameters, impl, signature
};

// A function with concrete types: what is lowered.
struct Instance {
  Function *function;
  TypeList *type_args;  // the impl's parameters first, then the function's own; never NULL
  Type *self_type;      // of methods, else NULL
  Name symbol;          // unique in the program
  Name display;         // Vec<Int>.push
  Local **params;
  uint32_t param_count;
  Type *result;
  AstNode *body;        // typed; NULL for extern and intrinsic functions
  VEC(Local *) locals;    // all of them, parameters and those of lambdas included
  VEC(Lambda *) lambdas;
  Span span;
  uint8_t state;        // 0 signature only, 1 body being checked, 2 done
  bool is_bound;        // it leads to module variables that other tasks must not use
  void *lowered;
};

// ── What sema learned about a node ──────────────────────────────────────────────────────────────────────────────
typedef enum CallKind {
  CALL_FUNCTION,   // instance (plain, extern or intrinsic)
  CALL_CLOSURE,    // `callee` is an expression of type FN
  CALL_VARIANT,    // variant constructor: `type` is the enum, `variant` its index
  CALL_NEWTYPE,    // `type` is the newtype
} CallKind;

// Arguments are in parameter order (`order`, when set, is the order in which they are evaluated: as written), one per
// parameter, defaults included (a fresh typed copy of the default). For a `xs: T...` parameter the argument is an
// ARRAY_LIT node that sema made. A receiver is argument 0. An argument may be NULL where the table below says that the
// lowering supplies it.
typedef struct CallInfo {
  CallKind kind;
  Instance *instance;
  AstNode *callee;  // CLOSURE
  Type *type;       // VARIANT, NEWTYPE: what is made
  uint32_t variant;
  uint32_t arg_count;
  AstNode **args;
  uint32_t *order;     // NULL: parameter order
  Local **arg_locals;  // NULL, or for each argument the local through which a later default reads its value (or NULL)
  bool is_negated;  // `a != b` by op_eq: the result is negated
  bool must_use;    // the function is @must_use
  bool is_swapped;  // `a > b` by op_lt: evaluate left, then right, pass them the other way round
} CallInfo;

// kind        nodes                              fields
//
// LOCAL       IDENT, PAT_BIND, ASSIGN target     local; `declares` when the node introduces it. In a destructuring
//             assignment the IDENTs of a TUPLE target and the FIELD_INITs of a RECORD_LIT target (parts, by field);
//             PAT_FIELD without a pattern, PAT_REST, PAT_TYPE. `_` has no info
// GLOBAL      IDENT, PATH, FIELD (`Int.MAX`)     global (const or var)
// FUNCTION    IDENT, PATH                        instance, used as a function value
// VARIANT     IDENT, PATH: a variant without payload, made; with payload, used as a function value (type FN)
//             PAT_VARIANT, PAT_BIND, PAT_VALUE (nil): tested; `parts`: the payload's patterns in order (NULL: ignored)
// NEWTYPE     IDENT, PATH, TYPE_APPLY: the newtype's constructor as a function value (type FN)
// TYPE        IDENT, PATH, TYPE_APPLY that name a type or module before `.` or `::`: no value
// OPERATOR    UNARY, BINARY, ASSIGN (compound)   operand_type: a primitive operation on operands of that type
// CALL        CALL, METHOD_CALL, PIPE, INDEX, BYTES_LIT, REGEX_LIT, and UNARY, BINARY by a method. INDEX of an
//             ARRAY type has no info: a checked element access
// ASSIGN      ASSIGN to an INDEX, or compound    see AssignInfo; INDEX in a destructuring target: store only
// FIELD       FIELD, TUPLE_FIELD                 index into type_fields of the object's type (borrows looked through);
//                                                of a NEWTYPE: its value; `is_tag`: the tag of an ENUM
// STRUCT      STRUCT_LIT, RECORD_LIT             parts: the value of each field in order (defaults filled in)
// RECORD      PAT_RECORD                         parts: the pattern of each field in order (NULL: ignored)
// LAMBDA      LAMBDA                             lambda
// LOOP        FOR, COMPREHENSION                 see LoopInfo
// SEQUENCE    ARRAY_LIT, MAP_LIT, INTERPOLATION  see SequenceInfo (ARRAY_LIT of an ARRAY type has none)
// LIST        PAT_LIST on a Vec                  see ListPatternInfo
// REGEX       PAT_REGEX                          see RegexPatternInfo
// EQUAL       PAT_VALUE, PAT_RANGE               constant, when it is a scalar, string or b"…" (its bytes); what the
//                                                lowering cannot compare itself has a call: op_eq of (NULL: the
//                                                subject, value)
// UNWRAP      INTRINSIC option_unwrap            see UnwrapInfo
// TRY         INTRINSIC try_propagate            see UnwrapInfo
typedef enum InfoKind {
  INFO_LOCAL, INFO_GLOBAL, INFO_FUNCTION, INFO_VARIANT, INFO_NEWTYPE, INFO_TYPE, INFO_OPERATOR, INFO_CALL, INFO_ASSIGN,
  INFO_FIELD, INFO_STRUCT, INFO_RECORD, INFO_LAMBDA, INFO_LOOP, INFO_SEQUENCE, INFO_LIST, INFO_REGEX, INFO_EQUAL,
  INFO_UNWRAP, INFO_TRY,
} InfoKind;

// target op= value. `load` and `store` are op_index and op_index_set of an INDEX target; their receiver and indices are
// the target's own nodes, evaluated once; store's last argument is NULL: the new value. `operation` is the method of a
// compound assignment, or NULL with operand_type set for a primitive one; its arguments are (NULL: the old value,
// value).
typedef struct AssignInfo {
  CallInfo *load, *store, *operation;
  Type *operand_type;
} AssignInfo;

// for pattern in iterable. RANGE: the iterable is a RANGE node or a Range value, the element an Int. ITERATOR: a hidden
// variable holds `iter`'s result (iter NULL: the iterable itself), and `next`, whose argument 0 is NULL for that
// variable, gives Option<element> each time round. A COMPREHENSION also has a sequence.
typedef struct LoopInfo {
  enum { LOOP_RANGE, LOOP_ITERATOR } kind;
  CallInfo *iter;
  CallInfo *next;
  Type *iterator;  // ITERATOR: type of the hidden variable
  Type *element;
  struct SequenceInfo *sequence;
} LoopInfo;

// [a, b], { k => v }, "a#{b}": create(capacity: Int), then add(sequence, element …) for each part, then
// finish(sequence) or, when finish is NULL, the sequence itself. A SPREAD element uses add_all(sequence, other). For
// INTERPOLATION, shows[i] gives the String of part i (NULL: it is one). of_data, when set, makes an array of many
// literal numbers of their bytes: of_data(bytes: String, count: Int).
typedef struct SequenceInfo {
  Instance *create, *add, *add_all, *finish, *of_data;
  Instance **shows;
} SequenceInfo;

// [first, ...rest]: size(v): Int, at(v, i): T, slice(v, from, to): Vec<T>.
typedef struct ListPatternInfo {
  Instance *size, *at, *slice;
} ListPatternInfo;

// ~r"(?<y>\d+)": match(subject, literal(word, text)) is a Bool; with groups an Option, whose variant `index` of the
// SemaInfo holds a Vec of their texts, in order. Of `groups` only `at` is set.
typedef struct RegexPatternInfo {
  Instance *literal, *match;
  ListPatternInfo groups;
} RegexPatternInfo;

// e! and e?. `success` and `failure` are variant indices of the operand's enum. UNWRAP: `fail`, when set, is a function
// (E): ! called with the payload of Err; else the option_unwrap op panics by itself. TRY: on failure the enclosing
// function (or lambda) returns variant `failure` of `result`, its payload converted by `convert` when that is set.
typedef struct UnwrapInfo {
  uint32_t success, failure;
  Instance *fail;
  Instance *convert;
  Type *result;
} UnwrapInfo;

typedef struct SemaInfo {
  InfoKind kind : 8;
  bool declares;
  bool is_tag;
  bool is_c_function;  // FUNCTION: it has C's convention, so that a CAST to Ptr gives its address
  bool is_place;       // CALL of an INDEX: op_index_ptr, whose result points to the element
  uint32_t index;      // FIELD: number of the field; VARIANT: of the variant
  uint32_t part_count;
  AstNode **parts;
  const ConstValue *constant;  // EQUAL, or NULL
  union {
    Type *operand_type;  // OPERATOR
    Local *local;
    Global *global;
    Instance *instance;
    CallInfo *call;
    AssignInfo *assign;
    Lambda *lambda;
    LoopInfo *loop;
    SequenceInfo *sequence;
    ListPatternInfo *list;
    RegexPatternInfo *regex;
    UnwrapInfo *unwrap;
  };
} SemaInfo;

_Static_assert(sizeof(SemaInfo) <= 40, "every name and operator of the program has one");

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
// Finds and reads the source of module `path` ("net/http") imported from `importer`; NULL when there is none.
typedef const Source *ModuleLoader(void *data, const Source *importer, const char *path);

// The path of a module that `importer` could import and whose name is near to `path`, or NULL.
typedef const char *ModuleNearest(void *data, const Source *importer, const char *path);

typedef struct SemaOptions {
  ModuleLoader *load;
  ModuleNearest *nearest;  // NULL: no suggestions
  void *load_data;
  bool freestanding;
  bool tests;  // the root's @test functions are to run: std/qspec is loaded for them
  bool check;  // ast_check every module after parsing and after expansion; what it finds, sema_check says
} SemaOptions;

typedef struct Program {
  Context *context;
  TypeTable types;
  VEC(Instance *) instances;  // every one that is used, bodies checked
  VEC(Global *) globals;      // module variables in order of initialisation
  Instance *main;             // or NULL
  VEC(Instance *) exports;    // extern "C" functions with a body
  VEC(Name) libraries;        // of @link on C functions that are used, each once
  VEC(Instance *) tests;      // @test functions of the root, when they are to run
  Instance *test_add, *test_run;  // `it` and `qspec_main` of std/qspec; NULL: there are no tests
  Text tree_fault;            // what ast_check found first (SemaOptions.check)
  struct Sema *sema;
} Program;

// Checks `root` and everything it imports. Never NULL; with errors in context->diags it must not be lowered.
Program *sema_program(Context *context, Arena *arena, const Source *root, const SemaOptions *options);
// The same in two steps: the standard prelude, then the program.
Program *sema_open(Context *context, Arena *arena, const SemaOptions *options);
void sema_analyse(Program *program, const Source *root);
// The boundary's checker: false, and why, when something the lowering relies on does not hold.
bool sema_check(const Program *program, Text *why);
// The typed AST as text (--emit=typed).
void sema_dump(Text *out, const Program *program);

// ── Questions the lowering asks ─────────────────────────────────────────────────────────────────────────────────
const FieldList *sema_fields(Program *program, Type *type);      // STRUCT, TUPLE, RECORD, NEWTYPE; concrete types
const VariantList *sema_variants(Program *program, Type *type);  // ENUM
Instance *sema_drop(Program *program, Type *type);               // its Drop.drop, or NULL
Instance *sema_cross(Program *program, Type *type);  // its Send.cross, or NULL; only in programs where values cross

#endif
