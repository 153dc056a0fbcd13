// What the files of codegen share. Picture:
//
//   MirModule ─plan─▶ units ─facts─▶ what may panic, which locals and fields have their address taken
//             ─function, statement, …─▶ an LLVM module for each unit ─target─▶ passes, file
//
// Invariants: a scalar is a first-class LLVM value; every other value is an address in memory. Aggregates are never
// first-class LLVM values, except as the two-register result of a call. A bool is i1 in a register, a byte in memory.
#ifndef QZ_CODEGEN_EMIT_H
#define QZ_CODEGEN_EMIT_H

#include "codegen/codegen.h"
#include "codegen/llvm_compat.h"
#include "intrinsics/intrinsics.h"

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────
typedef enum EmitKind {
  EMIT_NONE,     // void, or a type without bytes
  EMIT_SCALAR,   // `llvm` is the value
  EMIT_ADDRESS,  // `llvm` is the address of the value, aligned for its type
} EmitKind;

typedef struct EmitValue {
  EmitKind kind;
  MirType *type;
  LLVMValueRef llvm;
  LLVMValueRef alias;  // ADDRESS: the TBAA tag of accesses to it; NULL: may be the same memory as anything
} EmitValue;

// ── Calling conventions (abi.c) ─────────────────────────────────────────────────────────────────────────────────
typedef enum PassKind {
  PASS_NOTHING,  // no bytes
  PASS_SCALAR,
  PASS_PIECES,   // an aggregate of at most 16 bytes, as one or two scalars
  PASS_POINTER,  // an aggregate in memory: parameters are only read there, results are written there (sret)
  PASS_BYVAL,    // extern "C": a copy on the stack
} PassKind;

typedef struct Passing {
  PassKind kind;
  MirType *type;
  uint32_t piece_count;
  LLVMTypeRef pieces[2];
  uint32_t offsets[2];
} Passing;

typedef struct Signature {
  LLVMTypeRef type;
  Passing result;
  Passing *params;
  uint32_t param_count;
  bool is_c, is_variadic;
} Signature;

// ── Facts of one function (facts.c)
// ─────────────────────────────────────────────────────────────────────────────────────────────
typedef struct LocalFacts {
  uint32_t writes;  // statements that write it or a part of it
  bool is_exposed;  // its address is taken
  bool is_handed_on;  // it is read otherwise than to be called or released
  const MirStmt *closure;  // what it holds is made here and ends with it: it needs no memory of its own; or NULL
} LocalFacts;

// ── The plan (plan.c): the same for all units, and only read while they are emitted ─────────────────────────────
struct CodegenPlan {
  const MirModule *mir;
  const CodegenOptions *options;
  Arena *arena;
  uint32_t unit_count;
  uint32_t *starts;  // unit u has the functions with ids from starts[u] to before starts[u + 1]
  bool *may_panic;  // by MirFunction.id
  Map exposed_fields;  // (object id, field index) whose address is taken somewhere
  Map exposed_globals;  // by MirGlobal address
};

// The unit that has the globals, the tables of the program and `main`.
enum { EMIT_FIRST_UNIT = 0 };

typedef struct FunctionState {
  const Signature *signature;  // made on first use
  LLVMValueRef llvm;  // declared on first use
  LLVMValueRef closure;  // its immortal closure, made on first use
} FunctionState;

// ── One module ──────────────────────────────────────────────────────────────────────────────────────────────────
typedef enum RuntimeId {
#define RUNTIME(symbol, result, parameters, attributes) RUNTIME_##symbol,
#include "runtime/runtime.def"
  RUNTIME_COUNT
} RuntimeId;

enum { RUNTIME_ALLOCATES = 1, RUNTIME_COLD = 2, RUNTIME_NORETURN = 4, RUNTIME_PURE = 8, RUNTIME_NOPANIC = 16 };

typedef struct DebugInfo DebugInfo;

typedef struct EmitIntrinsic {
  const char *name;  // the literal that its user has
  LLVMTypeRef overload;  // NULL: none
  LLVMValueRef function;
} EmitIntrinsic;

typedef struct EmitModule {
  const MirModule *mir;
  const CodegenOptions *options;
  const CodegenPlan *plan;
  uint32_t unit;
  const char *output;
  Arena *arena;  // as long as the module
  Arena *scratch;  // as long as one function
  LLVMContextRef llvm;
  LLVMModuleRef module;
  LLVMBuilderRef builder;  // where statements go
  LLVMBuilderRef entry;  // where allocas go
  LLVMTargetMachineRef machine;
  LLVMTargetDataRef layout;
  LLVMTypeRef void_type, i1, i8, i32, i64, f32, f64, ptr, landing_pad;
  FunctionState *functions;  // by MirFunction.id
  Map globals;  // MirGlobal address → LLVM global
  LLVMValueRef runtime[RUNTIME_COUNT];
  LLVMTypeRef runtime_types[RUNTIME_COUNT];
  Map alias_nodes;  // see alias.c
  Map strings;  // Name → string object
  Map texts;  // Name or char * → C string
  Map operations;  // source, operator and width → QzOperation
  Map closure_signatures;  // fn type → Signature
  Map release_helpers;  // kind, or OBJECT type → function
  Map zeros;  // size → constant of zero bytes
  LLVMValueRef retain_helper;
  VEC(EmitIntrinsic) intrinsics;  // with at most one overload
  unsigned branch_weights_kind, tbaa_kind, range_kind;
  LLVMValueRef unlikely_true, bool_range;
  DebugInfo *debug;  // NULL: off
} EmitModule;

typedef struct EmitLocal {
  EmitValue value;  // SCALAR: set when its one statement was emitted; ADDRESS: its slot
  bool is_value;  // lives in a register only
} EmitLocal;

typedef struct EmitFunction {
  EmitModule *module;
  const MirFunction *mir;
  const Signature *signature;
  LLVMValueRef llvm;
  LocalFacts *local_facts;
  EmitLocal *locals;
  LLVMBasicBlockRef *blocks;  // by MirBlockId; NULL: not reachable
  LLVMBasicBlockRef *landing_pads;  // by MirBlockId of a cleanup block
  LLVMBasicBlockRef dead;  // where calls that do not return lead, or NULL
  LLVMValueRef exception;  // slot of what is unwinding, or NULL
  LLVMValueRef exception_selector;
  LLVMValueRef marker;  // where slots end
  bool in_cleanup;  // the block being emitted is reached only by unwinding
} EmitFunction;

// A call, ready to be made.
typedef struct EmitCall {
  LLVMTypeRef type;
  LLVMValueRef callee;
  LLVMValueRef *arguments;
  uint32_t argument_count;
  MirBlockId unwind;
  bool may_panic;
  bool is_noreturn;  // nothing is emitted behind it
} EmitCall;

// ── plan.c ──────────────────────────────────────────────────────────────────────────────────────────────────────
bool emit_is_in_unit(const EmitModule *m, const MirFunction *function);
bool emit_has_many_units(const EmitModule *m);

// ── types.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
void emit_types_init(EmitModule *m);
LLVMTypeRef emit_type_register(const EmitModule *m, const MirType *type);  // of a scalar
LLVMTypeRef emit_type_memory(const EmitModule *m, const MirType *type);  // of a scalar
LLVMTypeRef emit_type_bytes(const EmitModule *m, const MirType *type);  // [size x i8], to reserve room
// Where an attribute of a whole function goes; LLVM-C gives it as -1.
#define EMIT_ON_FUNCTION ((LLVMAttributeIndex)LLVMAttributeFunctionIndex)

bool emit_type_is_pointer(const MirType *type);
bool emit_type_has_bytes(const MirType *type);

// ── abi.c ───────────────────────────────────────────────────────────────────────────────────────────────────────
const Signature *emit_signature_of_function(EmitModule *m, const MirFunction *function);
// Of the code of a closure of this type: the closure, then the parameters.
const Signature *emit_signature_of_closure(EmitModule *m, const MirType *fn);
// How an aggregate of at most 16 bytes stands in registers; piece_count 0: it does not.
Passing emit_passing(EmitModule *m, MirType *type);
void emit_signature_attributes(EmitModule *m, LLVMValueRef function, const Signature *signature, bool is_call);

// ── facts.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
void emit_facts_compute(CodegenPlan *plan);
LocalFacts *emit_local_facts(EmitModule *m, const MirFunction *function);
const MirStmt *emit_closure_of(const EmitFunction *f, const MirPlace *place);  // see LocalFacts
bool emit_function_may_panic(const CodegenPlan *plan, const MirFunction *function);
bool emit_stmt_may_panic(const CodegenPlan *plan, const MirStmt *stmt);
bool emit_release_may_panic(const CodegenPlan *plan, const MirType *type);
bool emit_field_is_exposed(const CodegenPlan *plan, const MirType *object, uint32_t field);
// Blocks that control can reach, each after every block that dominates it.
uint32_t emit_block_order(EmitModule *m, const MirFunction *function, MirBlockId *order);

// ── declare.c: what stands in the module besides function bodies ────────────────────────────────────────────────
LLVMValueRef emit_function(EmitModule *m, const MirFunction *function);
LLVMValueRef emit_runtime(EmitModule *m, RuntimeId id);
LLVMValueRef emit_global(EmitModule *m, const MirGlobal *global);
LLVMValueRef emit_string_constant(EmitModule *m, Name text);
LLVMValueRef emit_c_string(EmitModule *m, const char *text);
void emit_place_arguments(EmitModule *m, Span span, LLVMValueRef *arguments);
void emit_operation_arguments(EmitModule *m, Span span, const char *op, uint32_t bits, LLVMValueRef *arguments);
LLVMValueRef emit_closure_constant(EmitModule *m, const MirFunction *function, const MirType *fn);
LLVMValueRef emit_private_constant(EmitModule *m, LLVMValueRef initial, unsigned align);
void emit_attribute(EmitModule *m, LLVMValueRef function, LLVMAttributeIndex index, const char *name, uint64_t value);
void emit_attribute_type(EmitModule *m, LLVMValueRef on, bool is_call, LLVMAttributeIndex index, const char *name,
                         LLVMTypeRef type);
void emit_attribute_text(EmitModule *m, LLVMValueRef function, const char *name, const char *value);
void emit_common_attributes(EmitModule *m, LLVMValueRef function);
void emit_globals(EmitModule *m);
void emit_program(EmitModule *m);  // the types table, the program table, `main`

// A function of the compiler's own that is made while another one is being emitted: internal, open at its first block.
typedef struct EmitSide {
  LLVMValueRef function;
  LLVMBasicBlockRef caller;  // where emission goes on afterwards
  LLVMMetadataRef location;
} EmitSide;
EmitSide emit_side_open(EmitModule *m, const char *symbol, const char *shown, LLVMTypeRef type);
void emit_side_close(EmitModule *m, const EmitSide *side);

// ── alias.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
LLVMValueRef emit_alias_pointer(EmitModule *m, const MirType *accessed);
LLVMValueRef emit_alias_field(EmitModule *m, const MirType *object, uint32_t field, const MirType *accessed);
LLVMValueRef emit_alias_global(EmitModule *m, const MirGlobal *global, const MirType *accessed);
LLVMValueRef emit_alias_count(EmitModule *m);
LLVMValueRef emit_alias_code(EmitModule *m);
enum { EMIT_CLOSURE_CODE_OFFSET = 8, EMIT_CLOSURE_SIZE = 16 };  // QzClosure

// ── values.c: places, operands, the one load and the one store ──────────────────────────────────────────────────
EmitValue emit_none(void);
EmitValue emit_scalar(MirType *type, LLVMValueRef value);
EmitValue emit_address(MirType *type, LLVMValueRef address, LLVMValueRef alias);
EmitValue emit_load(EmitFunction *f, EmitValue value);  // a scalar, from wherever it is; aggregates stay addresses
void emit_store(EmitFunction *f, EmitValue to, EmitValue value);
EmitValue emit_place(EmitFunction *f, const MirPlace *place);
EmitValue emit_operand(EmitFunction *f, const MirOperand *operand);
LLVMValueRef emit_operand_scalar(EmitFunction *f, const MirOperand *operand);
void emit_dest(EmitFunction *f, const MirStmt *stmt, EmitValue value);  // dest = value
// May `dest` be written piece by piece while the operands are still being read?
bool emit_dest_is_private(const EmitFunction *f, const MirStmt *stmt);
bool emit_operand_is_stable(const EmitFunction *f, const MirOperand *operand);
LLVMValueRef emit_slot(EmitModule *m, const MirType *type);
LLVMValueRef emit_offset(EmitModule *m, LLVMValueRef base, uint64_t bytes);
LLVMValueRef emit_load_piece(EmitModule *m, LLVMTypeRef type, LLVMValueRef address, unsigned align, LLVMValueRef alias);
void emit_store_piece(EmitModule *m, LLVMValueRef value, LLVMValueRef address, unsigned align, LLVMValueRef alias);

// ── function.c ──────────────────────────────────────────────────────────────────────────────────────────────────
void emit_function_body(EmitModule *m, const MirFunction *function);
LLVMBasicBlockRef emit_block_after(EmitFunction *f);  // a new block right behind the one that is being filled
LLVMBasicBlockRef emit_block_last(EmitFunction *f);   // a new block at the end of the function
LLVMBasicBlockRef emit_landing_pad(EmitFunction *f, MirBlockId cleanup);
LLVMBasicBlockRef emit_dead_block(EmitFunction *f);

// ── statement.c, arithmetic.c, aggregate.c, call.c, counts.c, intrinsic.c: one function an op ───────────────────
void emit_stmt(EmitFunction *f, const MirStmt *stmt);

void emit_checked_binary(EmitFunction *f, const MirStmt *stmt);
void emit_plain_binary(EmitFunction *f, const MirStmt *stmt);
void emit_division(EmitFunction *f, const MirStmt *stmt);
void emit_shift(EmitFunction *f, const MirStmt *stmt);
void emit_negate(EmitFunction *f, const MirStmt *stmt);
void emit_unary(EmitFunction *f, const MirStmt *stmt);
void emit_comparison(EmitFunction *f, const MirStmt *stmt);
void emit_cast(EmitFunction *f, const MirStmt *stmt);
void emit_bounds_check(EmitFunction *f, const MirStmt *stmt);

void emit_struct(EmitFunction *f, const MirStmt *stmt);
void emit_variant(EmitFunction *f, const MirStmt *stmt);
void emit_array(EmitFunction *f, const MirStmt *stmt);
void emit_fill(EmitFunction *f, const MirStmt *stmt);
void emit_new(EmitFunction *f, const MirStmt *stmt);
void emit_closure(EmitFunction *f, const MirStmt *stmt);
void emit_tag(EmitFunction *f, const MirStmt *stmt);
void emit_option_unwrap(EmitFunction *f, const MirStmt *stmt);
LLVMValueRef emit_enum_tag(EmitFunction *f, EmitValue value);  // i64

void emit_call_stmt(EmitFunction *f, const MirStmt *stmt);
void emit_call_closure(EmitFunction *f, const MirStmt *stmt);
LLVMValueRef emit_call(EmitFunction *f, const EmitCall *call);  // the one call: plain, or invoke
LLVMValueRef emit_call_runtime(EmitFunction *f, RuntimeId id, MirBlockId unwind, LLVMValueRef *arguments,
                               uint32_t count);
// Calls a runtime function that does not return; the block ends here.
void emit_call_panic(EmitFunction *f, RuntimeId panic, MirBlockId unwind, LLVMValueRef *arguments, uint32_t count);
// Leaves for a cold block when `failed` (i1), and emission goes on there. What is given back is where it did not fail.
LLVMBasicBlockRef emit_cold_block(EmitFunction *f, LLVMValueRef failed);
// emit_cold_block with a call of `panic`; what follows is emitted where it did not fail.
void emit_panic_when(EmitFunction *f, const MirStmt *stmt, LLVMValueRef failed, RuntimeId panic,
                     LLVMValueRef *arguments, uint32_t count);
LLVMValueRef emit_llvm_intrinsic(EmitModule *m, const char *name, LLVMTypeRef *overloads, uint32_t overload_count,
                                 LLVMValueRef *arguments, uint32_t count);
LLVMValueRef emit_branch_if(EmitModule *m, LLVMValueRef condition, LLVMBasicBlockRef then, LLVMBasicBlockRef other,
                            LLVMValueRef weights);

void emit_retain(EmitFunction *f, const MirStmt *stmt);
void emit_release(EmitFunction *f, const MirStmt *stmt);

void emit_intrinsic(EmitFunction *f, const MirStmt *stmt);

// ── debug.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
void emit_debug_begin(EmitModule *m);
void emit_debug_end(EmitModule *m);
void emit_debug_function(EmitFunction *f);
// Says that a function is the compiler's own, and makes that the place of what is emitted next.
void emit_debug_artificial(EmitModule *m, LLVMValueRef function, const char *name);
void emit_debug_local(EmitFunction *f, MirLocalId local, LLVMValueRef slot, bool is_indirect);
void emit_debug_stmt(EmitFunction *f, const MirStmt *stmt);

// ── resume.c: after the passes ──────────────────────────────────────────────────────────────────────────────────
void emit_resumes(EmitModule *m);

// ── target.c ────────────────────────────────────────────────────────────────────────────────────────────────────
bool emit_target_open(EmitModule *m, Text *why);
bool emit_target_optimise(EmitModule *m, Text *why);
bool emit_target_write(EmitModule *m, Text *why);
void emit_target_close(EmitModule *m);

#endif
