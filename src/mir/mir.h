// MIR: a program as functions of basic blocks over typed locals. One MirFunction per monomorphised Quartz function.
//
// The rules that mir_check proves after lowering and after every pass:
//  1. Every block ends in one terminator; targets exist; types fit the op.
//  2. A local is read only where it was written on every path.
//  3. A TEMP is written by one statement, and never read in a loop that does not contain that statement: what was
//     computed from a place is used only within the same evaluation of its source expression.
//  4. An owned local of managed type is EMPTY or FULL at every point, never one or the other depending on the path.
//     Writing needs EMPTY, reading FULL; RELEASE, FORGET and a `move` operand empty it; RETURN and RESUME need all
//     owned locals (but _0) EMPTY. So every retain has its release on every path, panics included.
//  5. Borrowed locals of managed type never reach RELEASE, and are never operands of `move`.
#ifndef QZ_MIR_MIR_H
#define QZ_MIR_MIR_H

#include "diag/context.h"
#include "mir/mir_type.h"

typedef uint32_t MirLocalId;
typedef uint32_t MirBlockId;
enum { MIR_RETURN_LOCAL = 0, MIR_ENTRY = 0, MIR_NO_BLOCK = UINT32_MAX };

typedef enum MirOp {
#define MIR_OP(KIND, text, shape, flags) MIR_OP_##KIND,
#include "mir/mir_ops.def"
  MIR_OP_COUNT
} MirOp;

typedef enum MirOpShape {
  MIR_SHAPE_NULLARY, MIR_SHAPE_UNARY, MIR_SHAPE_BINARY, MIR_SHAPE_MANY, MIR_SHAPE_EFFECT, MIR_SHAPE_TERM,
} MirOpShape;

typedef struct MirOpInfo {
  const char *text;
  MirOpShape shape;
  bool panics;
} MirOpInfo;

const MirOpInfo *mir_op_info(MirOp op);

typedef enum MirLocalKind {
  MIR_LOCAL_RETURN,  // _0, also when the result is void
  MIR_LOCAL_PARAM,   // _1 … _n
  MIR_LOCAL_VAR,     // a binding of the program, or a slot the lowering reads again on purpose
  MIR_LOCAL_TEMP,    // the value of one evaluation of one expression
} MirLocalKind;

typedef struct MirLocal {
  MirLocalKind kind;
  bool is_owned;  // managed types: holds one owner while FULL. Params are borrowed unless set
  MirType *type;
  Name name;  // 0: none; shown by debuggers
  Span span;
} MirLocal;

typedef enum MirProjectionKind {
  MIR_PROJECT_FIELD,    // .index of a STRUCT or OBJECT
  MIR_PROJECT_VARIANT,  // payload field `index` of variant `variant` of an ENUM
  MIR_PROJECT_DEREF,    // what a PTR or REF points to
  MIR_PROJECT_INDEX,    // element of an ARRAY, number in local `index` (i64), checked before
} MirProjectionKind;

typedef struct MirProjection {
  MirProjectionKind kind;
  uint32_t variant;
  uint32_t index;
  MirType *type;  // of the place this projection leads to
} MirProjection;

typedef struct MirGlobal MirGlobal;

typedef struct MirPlace {
  MirGlobal *global;  // NULL: the place starts at `local`
  MirLocalId local;
  uint32_t projection_count;
  MirProjection *projections;
  MirType *type;  // of the whole place
} MirPlace;

typedef enum MirOperandKind {
  MIR_OPERAND_COPY,      // read a place; managed values are borrowed
  MIR_OPERAND_MOVE,      // read a place and empty it
  MIR_OPERAND_INT,       // integer, bool or char constant: `bits`, already cut to the type
  MIR_OPERAND_FLOAT,
  MIR_OPERAND_STRING,    // an immortal string; may stand where an owner is wanted
  MIR_OPERAND_FUNCTION,  // an immortal closure (type fn) or the bare code address (type ptr) of `function`
  MIR_OPERAND_GLOBAL,    // ptr to a global
  MIR_OPERAND_ZERO,      // all bytes zero: null pointers, empty aggregates, void
} MirOperandKind;

typedef struct MirOperand {
  MirOperandKind kind;
  MirType *type;
  union {
    MirPlace place;
    uint64_t bits;
    double number;
    Name text;
    MirFunction *function;
    MirGlobal *global;
  };
} MirOperand;

enum {
  MIR_PROVED = 1,  // a pass proved that the check of this statement cannot fail
  MIR_COLD = 2,    // a branch target that is hardly ever taken
};

// What a pass put into a function from another one: which, and the call that it replaced.
typedef struct MirInlined {
  const MirFunction *callee;
  Span call;
  const struct MirInlined *outer;  // that call was itself put in; NULL: it stood in the function
} MirInlined;

typedef struct MirStmt {
  MirOp op;
  uint16_t flags;
  uint16_t variant;        // VARIANT, OPTION_UNWRAP
  uint32_t operand_count;
  uint32_t target_count;   // TERM
  MirBlockId unwind;       // where control goes when it panics; MIR_NO_BLOCK: straight to the caller
  uint32_t intrinsic;      // INTRINSIC: an IntrinsicId
  Span span;
  const MirInlined *inlined;  // NULL: the statement was lowered in this function
  MirPlace dest;           // type NULL: no dest
  MirOperand *operands;
  MirFunction *callee;     // CALL, CLOSURE
  MirType *type;           // INTRINSIC: its type argument; NEW, CLOSURE: the OBJECT
  int64_t *cases;          // SWITCH: target_count - 1 values
  MirBlockId *targets;
} MirStmt;

typedef struct MirBlock {
  VEC(MirStmt) stmts;  // the last one is a terminator
  bool is_cleanup;     // reached only by unwinding, ends in RESUME, GOTO to a cleanup block or UNREACHABLE
} MirBlock;

struct MirFunction {
  Name symbol;   // unique in the program: what the linker sees
  Name display;  // as a user would write it: Vec<Int>.push
  Span span;
  MirType *result;
  uint32_t param_count;
  VEC(MirLocal) locals;
  VEC(MirBlock *) blocks;  // none: declared here, defined elsewhere (extern "C")
  bool is_c_abi;           // extern "C", either direction
  bool is_variadic;        // extern "C" variadic
  bool is_exported;        // visible to the linker
  bool is_inline, is_cold, is_noreturn;
  bool is_unbroken;        // @no_preempt: where its own code stands, its task goes on
  bool sends;              // @sends: who calls it starts a task, and reports are to find its frame
  bool is_bound;           // as a value it stays in its task: it leads to variables that others must not use
  uint32_t fixed_params;   // of a variadic one
  uint32_t id;             // position in the module
};

struct MirGlobal {
  Name symbol;
  Name display;
  Span span;
  MirType *type;
  MirOperand initial;  // a constant operand, or kind ZERO when module_init writes it
};

typedef struct MirModule {
  Context *context;
  Arena *arena;
  MirTypeTable types;
  VEC(MirFunction *) functions;
  VEC(MirGlobal *) globals;
  MirFunction *main;         // the program's, or NULL
  MirFunction *init;         // writes globals whose value is not constant, before main; or NULL
  MirFunction *deinit;       // releases the globals after main; or NULL
  Map by_symbol;             // Name → MirFunction*
  uint32_t type_count;       // type numbers given to objects
} MirModule;

// ── Building (mir.c) ────────────────────────────────────────────────────────────────────────────────────────────
MirModule *mir_module_new(Context *context, Arena *arena);
MirFunction *mir_function_new(MirModule *module, Name symbol, Name display, MirType *result, Span span);
MirLocalId mir_local_new(MirModule *module, MirFunction *function, MirLocalKind kind, MirType *type, Name name,
                         Span span);
MirBlockId mir_block_new(MirModule *module, MirFunction *function);
// Appends an empty statement of this op (unwind MIR_NO_BLOCK) with room for its operands and targets.
MirStmt *mir_stmt_new(MirModule *module, MirBlock *block, MirOp op, Span span, uint32_t operands, uint32_t targets);

MirPlace mir_place_local(const MirFunction *function, MirLocalId local);
MirPlace mir_place_global(MirGlobal *global);
MirPlace mir_place_field(MirModule *module, MirPlace base, uint32_t index);
MirPlace mir_place_variant(MirModule *module, MirPlace base, uint32_t variant, uint32_t index);
MirPlace mir_place_deref(MirModule *module, MirPlace base);
MirPlace mir_place_index(MirModule *module, MirPlace base, MirLocalId index);

MirOperand mir_copy(MirPlace place);
MirOperand mir_move(MirPlace place);
MirOperand mir_int(MirType *type, uint64_t bits);
MirOperand mir_float(MirType *type, double number);
MirOperand mir_string(MirModule *module, Name text);
MirOperand mir_zero(MirType *type);

// ── Text form (print.c, parse.c) ────────────────────────────────────────────────────────────────────────────────
void mir_print_module(Text *out, const MirModule *module);
void mir_print_function(Text *out, const MirModule *module, const MirFunction *function);
// NULL after diagnostics (QZ9003). Any bytes are safe input.
MirModule *mir_parse(Context *context, Arena *arena, const Source *source);

// ── Checking (check.c) ──────────────────────────────────────────────────────────────────────────────────────────
// False, and the rule, function and statement in `why`, on the first violation.
bool mir_check(const MirModule *module, Text *why);

// ── Glue (glue.c) ───────────────────────────────────────────────────────────────────────────────────────────────
// Makes release_glue and retain_glue of every managed type that is used. After it, RETAIN and RELEASE of aggregates
// can be executed by calling the glue. Idempotent; runs after lowering.
void mir_make_glue(MirModule *module);
// The function that shows a crossing what is in a value of this type, whose body mir_make_glue makes: STRUCT, ENUM,
// ARRAY. Once there is one, every type gets its own.
MirFunction *mir_cross_glue(MirModule *module, MirType *type);
MirFunction *mir_cross_pointer(MirModule *module);  // the same for a place that is a counted pointer

// ── Passes (passes.c, passes.def) ───────────────────────────────────────────────────────────────────────────────
typedef struct MirPassOptions {
  int level;         // 0 … 3, 's' as in -Os
  bool check;        // run mir_check after every pass; a failure is an internal error that names the pass
  Text *print_after; // NULL, or takes the module's text after each pass
} MirPassOptions;
// False when a check failed; `why` says which pass and what.
bool mir_run_passes(MirModule *module, const MirPassOptions *options, Text *why);
// The one pass of this name; false when there is none.
bool mir_run_pass(MirModule *module, const char *name);

// ── Interpreter (interp.c) ──────────────────────────────────────────────────────────────────────────────────────
typedef struct MirInterpResult {
  int status;          // the program's exit status; 101 after a panic
  uint64_t statements; // executed
} MirInterpResult;
// Runs main with native layouts in real memory: it calls the same C runtime and any extern "C" function by libffi.
MirInterpResult mir_interpret(MirModule *module, int argc, char **argv);

#endif
