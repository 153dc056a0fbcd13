// What the files of the lowering share. Nothing else includes it.
//
// A LowerFn lowers one function: it has a block that statements are appended to, and a stack of cleanups, which says
// what must be released when control leaves here, by whatever way. Expressions give operands:
//
//   - a constant;
//   - COPY of a place that somebody else owns (a borrow): a local of the program, or a part of one;
//   - COPY of a TEMP. Of managed type it is owned, and stands on the stack of cleanups until it is consumed
//     (lower_consume makes it a `move`) or its statement ends (lower_end_temps releases it).
//
// A place is as steady as what can change it. Reading a SHARED one gives a temp; reading a VARIABLE one gives a borrow,
// which must be settled before anything is evaluated that may write variables.
#ifndef QZ_MIR_LOWER_INTERNAL_H
#define QZ_MIR_LOWER_INTERNAL_H

#include "mir/lower.h"

enum { NO_LOCAL = UINT32_MAX };

// ── The module ──────────────────────────────────────────────────────────────────────────────────────────────────
typedef enum LowerJobKind { JOB_INSTANCE, JOB_LAMBDA, JOB_FUNCTION_THUNK, JOB_CONSTRUCTOR_THUNK } LowerJobKind;

// A function that was declared because something uses it, and is still to be lowered.
typedef struct LowerJob {
  LowerJobKind kind;
  MirFunction *function;
  Instance *instance;  // INSTANCE, FUNCTION_THUNK
  Lambda *lambda;
  Type *type;          // CONSTRUCTOR_THUNK: the enum or newtype
  uint32_t variant;
} LowerJob;

// An OBJECT whose fields are lowered once the types by value around it are complete.
typedef struct LowerObject {
  MirType *object;
  Type *type;        // its fields are those of this type
  bool is_box;       // its one field is of this type
} LowerObject;

typedef struct Lowering {
  Program *program;
  Context *context;
  MirModule *module;
  Arena *arena;
  MirTypeTable *types;
  VEC(LowerJob) jobs;
  uint32_t next_job;
  VEC(LowerObject) objects;
  uint32_t next_object;
  VEC(MirType *) unlaid;  // have their parts, are not laid out yet
  uint32_t type_depth;   // of lower_type calls within each other
  Map lambdas;               // Lambda* → MirFunction*
  Map function_thunks;       // Instance* → MirFunction*
  Map constructor_thunks;    // type id and variant → MirFunction*
  Map boxes;                 // type id → MirType*: the OBJECT "box of T" (also the cells of variables)
  Map too_large;             // MirType id → reported
  Map static_words;          // type id → MirGlobal*
  Map regex_words;           // text of a literal → MirGlobal*
  Map symbols;               // Name → taken
  VEC(Name) symbol_names;    // of the program's symbols, by number
  Map symbol_numbers;        // Name → 1 + number
  MirFunction *symbol_name;  // gives the name of a number; NULL: nothing asks
  MirType *string_layout;  // QzString as a struct
} Lowering;

// ── One function ────────────────────────────────────────────────────────────────────────────────────────────────
typedef enum Stability {
  PLACE_FIXED,     // nothing changes it while its scope lasts
  PLACE_VARIABLE,  // a variable of this function: only its own assignments and `&mut` change it
  PLACE_SHARED,    // anything that runs may change it: objects, globals, whatever a pointer leads to
} Stability;

typedef struct LowerPlace {
  MirPlace place;
  Stability stability;
} LowerPlace;

// What must happen when control leaves the scope. Entries are in order of creation; they end in reverse order.
typedef struct Cleanup {
  MirLocalId local;  // to release, or NO_LOCAL
  AstNode *defer;    // to run, or NULL
  MirLocalId armed;  // bool: was it deferred at all? NO_LOCAL: always
  bool is_live;      // false: consumed meanwhile
  bool is_binding;   // lasts as long as its scope; false: as long as its statement
  MirBlockId block;  // cleanup block that does this and goes on to `next`; MIR_NO_BLOCK: not made yet
  MirBlockId next;
  Span span;
} Cleanup;

typedef struct LowerLoop {
  struct LowerLoop *outer;
  Name label;
  MirBlockId break_block, continue_block;
  uint32_t mark;      // cleanups outside the loop
  MirLocalId result;  // takes the values of `break`, or NO_LOCAL
  Type *want;         // its type; NULL: values of `break` are dropped
} LowerLoop;

typedef struct LowerFn {
  Lowering *lowering;
  MirModule *module;
  MirFunction *function;
  MirBlockId block;       // MIR_NO_BLOCK: control does not come here
  MirBlockId dead_block;  // takes what follows a return or break; removed at the end
  bool in_cleanup;        // new blocks are reached by unwinding
  MirBlockId resume;      // the block that ends all cleanups, once there is one
  Type *result;           // of the function or lambda
  Map bindings;           // Local* → LowerPlace*: where it lives; a cell's place is its content
  VEC(Cleanup) cleanups;
  VEC(bool) variables;    // by MirLocalId: PLACE_VARIABLE
  LowerLoop *loops;
} LowerFn;

static inline MirType *lower_basic(const LowerFn *fn, MirTypeKind kind) { return fn->module->types.basic[kind]; }

// lower.c
_Noreturn void lower_unexpected(const Lowering *lowering, Span span, const char *what);
MirFunction *lower_instance(Lowering *lowering, Instance *instance);
MirFunction *lower_lambda_function(LowerFn *fn, Lambda *lambda);
MirFunction *lower_function_thunk(Lowering *lowering, Instance *instance);
MirFunction *lower_constructor_thunk(Lowering *lowering, Type *type, uint32_t variant);
LowerFn lower_fn_new(Lowering *lowering, MirFunction *function, Type *result);
Name lower_symbol(Lowering *lowering, Name base, const char *suffix);

// lower_prune.c: keeps the blocks that can be reached, in reverse postorder.
void lower_prune(MirModule *module, MirFunction *function);

// lower_types.c
MirType *lower_type(Lowering *lowering, Type *type);
MirType *lower_box(Lowering *lowering, Type *content);  // OBJECT with one field
MirType *lower_object(MirType *ref);                    // what a REF refers to
MirType *lower_string_layout(Lowering *lowering);
void lower_check_size(Lowering *lowering, const MirType *type, Span span);  // of a value that is about to be held
MirType *lower_closure_object(Lowering *lowering, Name name, Type *const *captured, const bool *in_cell,
                              uint32_t count);
Type *lower_strip(Type *type);  // &T → T
bool lower_is_managed(Lowering *lowering, Type *type);
uint32_t lower_member(const Lowering *lowering, const Type *members, const Type *type, Span span);  // of a union
bool lower_is_stored(const Type *type);  // false: Void and !, which no local holds

// lower_emit.c: locals and statements.
MirLocalId lower_local(LowerFn *fn, MirLocalKind kind, MirType *type, Name name, Span span);
MirBlockId lower_block_new(LowerFn *fn);
void lower_start(LowerFn *fn, MirBlockId block);
bool lower_is_dead(const LowerFn *fn);
MirStmt *lower_emit(LowerFn *fn, MirOp op, Span span, uint32_t operands, uint32_t targets);
// A statement of shape MANY with a fresh temp as dest; lower_result gives the temp once the statement is complete.
MirStmt *lower_many(LowerFn *fn, MirOp op, MirType *type, const MirOperand *operands, uint32_t count, Span span);
MirOperand lower_result(LowerFn *fn, MirStmt *stmt);
MirOperand lower_unary(LowerFn *fn, MirOp op, MirType *type, MirOperand a, Span span);
MirOperand lower_binary(LowerFn *fn, MirOp op, MirType *type, MirOperand a, MirOperand b, Span span);
MirOperand lower_compare(LowerFn *fn, MirOp op, MirOperand a, MirOperand b, Span span);
MirOperand lower_proved(LowerFn *fn, MirOp op, MirOperand a, MirOperand b, Span span);  // cannot overflow
void lower_write(LowerFn *fn, MirPlace to, MirOp op, MirOperand value, Span span);
void lower_effect(LowerFn *fn, MirOp op, MirOperand a, Span span);
void lower_goto(LowerFn *fn, MirBlockId target, Span span);
void lower_branch(LowerFn *fn, MirOperand cond, MirBlockId yes, MirBlockId no, Span span);
void lower_switch(LowerFn *fn, MirOperand value, const int64_t *cases, const MirBlockId *targets, uint32_t count,
                  MirBlockId otherwise, Span span);
void lower_unreachable(LowerFn *fn, Span span);
MirOperand lower_int(LowerFn *fn, int64_t value);
MirOperand lower_bool(LowerFn *fn, bool value);
MirOperand lower_void(const LowerFn *fn);

// lower_value.c: borrowing, owning, settling.
bool lower_is_variable(const LowerFn *fn, MirOperand operand);
MirOperand lower_read(LowerFn *fn, LowerPlace place, Span span);
MirOperand lower_load(LowerFn *fn, MirPlace place, Span span);          // a temp, whatever the place
MirOperand lower_settle(LowerFn *fn, MirOperand operand, Span span);    // as it is now, whatever is written later
MirOperand lower_owned(LowerFn *fn, MirOperand operand, Span span);     // settled; managed: an owned temp or immortal
LowerPlace lower_materialise(LowerFn *fn, MirOperand operand, Span span);
MirOperand lower_address_of(LowerFn *fn, LowerPlace place, Span span);
void lower_store(LowerFn *fn, MirPlace to, MirOperand owned, Span span);  // releases what was there
bool lower_is_quiet(const AstNode *node);       // evaluating it runs no code of the program and writes nothing
bool lower_may_write(AstNode *node);            // evaluating it may write variables of this function
bool lower_takes_mutable_borrow(const CallInfo *call);

// lower_scope.c: the stack of cleanups.
void lower_own(LowerFn *fn, MirLocalId local, bool is_binding, Span span);
MirOperand lower_consume(LowerFn *fn, MirOperand owned);
void lower_defer(LowerFn *fn, AstNode *node);
void lower_defer_if(LowerFn *fn, AstNode *node, MirLocalId armed);
void lower_end_temps(LowerFn *fn, uint32_t mark);                          // at the end of a statement
// `at`: where control is by then; a debugger that steps on shows that line and not those of the bindings again.
void lower_exit(LowerFn *fn, uint32_t mark, MirLocalId keep, Span at);  // on the way out; the scope goes on elsewhere
void lower_leave(LowerFn *fn, uint32_t mark, Span at);                     // at the end of a scope
MirOperand lower_leave_with(LowerFn *fn, uint32_t mark, MirOperand value, Span span);
Cleanup *lower_cleanups_save(LowerFn *fn, uint32_t mark, uint32_t *count);
void lower_cleanups_restore(LowerFn *fn, uint32_t mark, const Cleanup *saved, uint32_t count);
MirBlockId lower_unwind(LowerFn *fn);

// lower_binding.c
LowerPlace *lower_binding(LowerFn *fn, const Local *local);
void lower_declare(LowerFn *fn, Local *local, MirOperand owned, Span span);  // not yet owned by the scope …
void lower_declared(LowerFn *fn, Local *local, Span span);                   // … now it is
void lower_declare_slot(LowerFn *fn, Local *local);
void lower_declare_param(LowerFn *fn, Local *local, MirLocalId param);
void lower_initialise(LowerFn *fn, Local *local, MirOperand owned, Span span);
Type *lower_captured_type(const Local *local);
void lower_capture(LowerFn *fn, Local *local, MirPlace field, bool in_cell);
MirOperand lower_captured(LowerFn *fn, Local *local, bool in_cell, Span span);
void lower_take_along(LowerFn *fn, Local *local, Instance *crossing);  // replaces a captured one by the lambda's own

// lower_expr.c
MirOperand lower_expr(LowerFn *fn, AstNode *node, Type *want);  // as a value of type `want`
MirOperand lower_value(LowerFn *fn, AstNode *node);             // as a value of its own type
void lower_statement(LowerFn *fn, AstNode *node);               // for its effects
MirOperand lower_coerce(LowerFn *fn, MirOperand value, Type *from, Type *want, Span span);
MirOperand lower_constant(LowerFn *fn, const ConstValue *constant, Type *type, Span span);
MirOperand lower_literal(LowerFn *fn, Type *type, uint64_t bits);
MirOperand lower_regex(LowerFn *fn, Instance *literal, Name text, Span span);  // the Regex of a literal of that text
// Each as types[i] and settled, in this order of numbers (NULL: left to right); `owned`: each an owner.
void lower_operands(LowerFn *fn, AstNode *const *nodes, Type *const *types, const uint32_t *order, uint32_t count,
                    bool owned, MirOperand *out);
MirOperand lower_arithmetic(LowerFn *fn, AstOp op, Type *operand_type, MirOperand a, MirOperand b, Span span);
Type *lower_right_type(const LowerFn *fn, AstOp op, Type *operand_type);  // a shift count is an Int

// lower_place.c
LowerPlace lower_place(LowerFn *fn, AstNode *node, bool hold);  // of the value behind any borrow; `hold`: stays valid
MirOperand lower_peek(LowerFn *fn, AstNode *node);              // unretained: for the very next statement
MirOperand lower_address(LowerFn *fn, AstNode *node);
LowerPlace lower_part(LowerFn *fn, LowerPlace base, uint32_t index, bool hold, Span span);  // field
MirPlace lower_payload(LowerFn *fn, MirPlace base, Type *type, uint32_t variant, uint32_t index);

// lower_assign.c
MirOperand lower_assign(LowerFn *fn, AstNode *node);
void lower_bind(LowerFn *fn, AstNode *node);  // BINDING

// lower_control.c
typedef struct LowerJoin {
  MirBlockId block;
  MirLocalId result;  // NO_LOCAL: no value
  Type *want;
} LowerJoin;
LowerJoin lower_join_new(LowerFn *fn, Type *want, Span span);
void lower_join_value(LowerFn *fn, LowerJoin *join, AstNode *node);  // evaluates and goes to the join
void lower_join_operand(LowerFn *fn, LowerJoin *join, MirOperand value, Span span);
MirOperand lower_join_end(LowerFn *fn, LowerJoin *join, Span span);
MirOperand lower_block(LowerFn *fn, AstNode *node, Type *want);
MirOperand lower_if(LowerFn *fn, AstNode *node, Type *want);
MirOperand lower_logical(LowerFn *fn, AstNode *node);
void lower_condition(LowerFn *fn, AstNode *node, MirBlockId yes, MirBlockId no);
MirOperand lower_return(LowerFn *fn, AstNode *node);
void lower_return_operand(LowerFn *fn, MirOperand value, Span span);
MirOperand lower_unwrap(LowerFn *fn, AstNode *node);
MirOperand lower_option_unwrap(LowerFn *fn, MirOperand value, uint32_t variant, Span span);
MirOperand lower_try(LowerFn *fn, AstNode *node);
MirOperand lower_variant(LowerFn *fn, Type *type, uint32_t variant, const MirOperand *payload, uint32_t count,
                         Span span);

// lower_loop.c
MirOperand lower_while(LowerFn *fn, AstNode *node);
MirOperand lower_loop(LowerFn *fn, AstNode *node);
MirOperand lower_for(LowerFn *fn, AstNode *node);
MirOperand lower_comprehension(LowerFn *fn, AstNode *node);
MirOperand lower_break(LowerFn *fn, AstNode *node);
MirOperand lower_continue(LowerFn *fn, AstNode *node);
MirOperand lower_range(LowerFn *fn, AstNode *node);  // as a value

// lower_match.c and lower_pattern.c
MirOperand lower_match(LowerFn *fn, AstNode *node, Type *want);
void lower_destructure(LowerFn *fn, AstNode *pattern, LowerPlace subject, Type *type, uint32_t mark);

// lower_call.c
MirOperand lower_call(LowerFn *fn, const CallInfo *call, const MirOperand *supplied, Span span);
void lower_cross_parts(LowerFn *fn, MirType *type, MirOperand address, MirOperand crossing, Span span);
MirOperand lower_invoke(LowerFn *fn, Instance *instance, const MirOperand *args, uint32_t count, Span span);

// lower_sequence.c
MirOperand lower_sequence_new(LowerFn *fn, const SequenceInfo *sequence, uint32_t capacity, Span span);
void lower_sequence_add(LowerFn *fn, Instance *add, MirOperand sequence, AstNode *const *parts, uint32_t count,
                        Span span);
MirOperand lower_sequence_finish(LowerFn *fn, const SequenceInfo *sequence, MirOperand value, Span span);
MirOperand lower_array_lit(LowerFn *fn, AstNode *node);
MirOperand lower_array_fill(LowerFn *fn, AstNode *node);
MirOperand lower_map_lit(LowerFn *fn, AstNode *node);
MirOperand lower_interpolation(LowerFn *fn, AstNode *node);

// lower_aggregate.c
MirOperand lower_tuple(LowerFn *fn, AstNode *node);
MirOperand lower_record_lit(LowerFn *fn, AstNode *node);
MirOperand lower_struct_lit(LowerFn *fn, AstNode *node);

// lower_closure.c
MirOperand lower_lambda(LowerFn *fn, AstNode *node);
MirOperand lower_function_value(LowerFn *fn, Instance *instance, Type *type);
void lower_lambda_body(Lowering *lowering, const LowerJob *job);
void lower_thunk_body(Lowering *lowering, const LowerJob *job);

// lower_symbol.c: values of type Symbol.
uint32_t lower_symbol_number(Lowering *lowering, Name name);
MirOperand lower_symbol_value(LowerFn *fn, Name name);
MirFunction *lower_symbol_name(Lowering *lowering);
void lower_symbol_name_body(Lowering *lowering);  // when all symbols are known

// lower_intrinsics.c
MirOperand lower_intrinsic(LowerFn *fn, Instance *instance, const MirOperand *args, uint32_t count, Span span);

// lower_test.c
MirFunction *lower_test_main(Lowering *lowering);

// lower_global.c
MirGlobal *lower_global(Lowering *lowering, Global *global);
MirGlobal *lower_static_word(Lowering *lowering, const Type *type);
MirGlobal *lower_regex_word(Lowering *lowering, Name text);
void lower_init(Lowering *lowering);
void lower_deinit(Lowering *lowering);  // when everything else is lowered

#endif
