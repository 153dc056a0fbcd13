// What the files of the interpreter share.
//
// A function is decoded once, on its first call, into one Insn a statement: a handler, and places worked out to
// offsets. Frames lie in one large reserved region, so addresses of locals hold; a call between interpreted functions
// uses no C stack. An Activation is one entry from C: the program's start, or C code calling a closure or a drop glue.
//
// Panics are the runtime's own: a handler calls qz_panic_*, which unwinds the C stack as it would for compiled code. An
// activation it passes runs the cleanup blocks of its interpreted frames, as landing pads would.
#ifndef QZ_MIR_INTERP_H
#define QZ_MIR_INTERP_H

#include <ffi.h>
#include <string.h>

#include "mir/cfg.h"
#include "runtime/context.h"
#include "runtime/panic_message.h"
#include "runtime/qz_runtime.h"

typedef struct Interp Interp;
typedef struct Insn Insn;
typedef struct Code Code;

// Does one statement; gives the next one, or NULL when the activation (or cleanup) is over.
typedef const Insn *Handler(Interp *in, const Insn *insn);

typedef struct Step {
  int64_t offset;  // DEREF: added to the pointer read; INDEX: where in the frame the index is
  uint64_t stride;  // INDEX: bytes an element; 0: this is a DEREF
} Step;

typedef enum Root { ROOT_FRAME, ROOT_ABSOLUTE, ROOT_COUNT } Root;

// Where a place or constant is: an offset from a root, then steps.
typedef struct Arg {
  int64_t offset;
  const Step *steps;
  uint32_t step_count;
  uint32_t root;
} Arg;

struct Insn {
  Handler *run;
  Arg dest, a, b;
  const Insn *yes, *no;  // targets of GOTO and BRANCH
  const Insn *unwind;  // NULL: straight to the caller
  const MirStmt *stmt;
  const Arg *args;  // of ops with any number of operands
  const Insn **targets;  // SWITCH
  void *extra;  // what the op's own file keeps: a Code, Native or Entry
  uint64_t size;  // bytes to copy
};

// A decoded function.
struct Code {
  Interp *interp;
  MirFunction *function;
  Insn *insns;  // NULL: not decoded yet, or not defined here
  int64_t *offsets;  // of the locals in the frame
  uint64_t frame_size;
  uint64_t result_size;
  struct Entry *entries[2];  // its addresses for C code: as it is, and as a closure whose first argument is dropped
};

// An address that C code can call, for an interpreted function.
typedef struct Entry {
  struct Entry *older;  // of all entries, for freeing them
  Code *code;
  bool drops_closure;  // called as code(closure, …), and the function takes no closure
  ffi_cif cif;
  ffi_closure *closure;
  void *address;
} Entry;

// At the start of every frame.
typedef struct Frame {
  const Code *code;
  const Insn *call;  // where the caller stands; NULL: C code called
  char *caller;  // its frame
} Frame;

// The frames of one task, and where it stands.
typedef struct InterpStack {
  char *memory, *limit;
  char *top;       // first free byte
  char *frame;     // while another task runs: the running frame
  uint64_t depth;  // frames
  bool unwinds;    // cleanups run: they have the reserve at the end of the stack too
  const Insn *at;  // the statement that may panic or call C
  const QzContext *context;  // of the C stack on which the task runs
} InterpStack;

struct Interp {
  MirModule *module;
  Arena arena;
  char *bases[ROOT_COUNT];  // ROOT_FRAME: the running frame; ROOT_ABSOLUTE: NULL
  InterpStack stack;        // of the running task
  uint64_t statements;
  Code *codes;  // by function id
  char **globals;  // memory by position in the module
  Map global_index;  // MirGlobal* → &globals[i]
  Map strings;  // Name → QzString*
  Map entries;  // code address → Entry*
  Entry *newest_entry;
  Map function_values;  // MirFunction* → QzClosure*
  QzTypeInfo *type_rows;
};

enum { INTERP_DEPTH_LIMIT = 1000000, INTERP_DEPTH_RESERVE = 1000, INTERP_FRAME_ALIGN = 16 };
#define INTERP_STACK_RESERVE ((size_t)1 << 18)
#define INTERP_C_ROOM ((size_t)1 << 16)  // what C functions need that interpreted ones call, and a panic
#define INTERP_STACK_SIZE ((size_t)1 << 30)
#define INTERP_TASK_STACK_SIZE ((size_t)1 << 26)

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
char *interp_follow(const Interp *in, const Arg *arg, char *at);  // the steps; interp_decode.c

// In every handler several times, and nearly always without steps.
__attribute__((always_inline)) static inline char *interp_address(const Interp *in, const Arg *arg) {
  char *at = (char *)((uintptr_t)in->bases[arg->root] + (uintptr_t)arg->offset);
  return __builtin_expect(arg->step_count != 0, 0) ? interp_follow(in, arg, at) : at;
}

// ── Reading and writing memory of any type ──────────────────────────────────────────────────────────────────────
// As an object of type T at any address: memory is not typed here, and packed structs are not aligned.
#define INTERP_AT(T, address) (((struct { T value; } __attribute__((packed, may_alias)) *)(address))->value)
#define INTERP_LOAD(T, address) ((T)INTERP_AT(const T, address))
#define INTERP_STORE(T, address, ...) ((void)(INTERP_AT(T, address) = (__VA_ARGS__)))
#define INTERP_ARG(T, arg) INTERP_LOAD(T, interp_address(in, (arg)))
#define INTERP_DEST(T, ...) INTERP_STORE(T, interp_address(in, &insn->dest), __VA_ARGS__)

// Integers, bools, chars and pointers as 64 bits: sign-extended when the type is signed.
uint64_t interp_load_integer(const MirType *type, const char *at);
void interp_store_integer(const MirType *type, char *at, uint64_t value);

// ── Tasks ───────────────────────────────────────────────────────────────────────────────────────────────────────
// Where the running task stands, and going on with a task where it stood.
void interp_panic(Interp *in, const char *text);  // at the statement that runs
InterpStack interp_standing(const Interp *in);
void interp_go_on(Interp *in, const InterpStack *stack);

// ── Parts ───────────────────────────────────────────────────────────────────────────────────────────────────────
// interp_decode.c
Code *interp_code(Interp *in, MirFunction *function);
void interp_decode(Code *code);
void interp_write_constant(Interp *in, const MirOperand *operand, char *at);
// Handlers by file: NULL when the op is not theirs.
Handler *interp_scalar_handler(const MirStmt *stmt);
Handler *interp_value_handler(const MirStmt *stmt);
Handler *interp_control_handler(const MirStmt *stmt);
Handler *interp_intrinsic_handler(uint32_t intrinsic);

// interp_call.c
// A frame for `code`, its arguments still to be written; `call`: where it goes on afterwards.
char *interp_push(Interp *in, Code *code, const Insn *call);
const Insn *interp_enter(Interp *in, const Code *code, char *frame);
void *interp_entry(Interp *in, MirFunction *function, bool drops_closure);  // its address for C code
void interp_prepare_call(Interp *in, Insn *insn);
ffi_type *interp_ffi_type(Interp *in, const MirType *type);

// interp.c
// Runs `code` from C to its end; arguments and result by address.
void interp_run(Interp *in, Code *code, void *const *arguments, void *result);
void interp_loop(Interp *in, const Insn *insn);
QzPlace interp_place(const Interp *in, const Insn *insn);
// The innermost place outside the standard library, from a statement of the running frame (NULL: nothing runs yet).
QzPlace interp_panic_place(const Interp *in, const Insn *insn);
// Notes where a panic would begin, before anything that may raise one.
static inline void interp_mark(Interp *in, const Insn *insn) { in->stack.at = insn; }
// For statements whose check was proved: the proof was wrong.
_Noreturn void interp_wrong_proof(const Interp *in, const Insn *insn);

// interp_value.c
void interp_retain(QzObject *object);
// One owner less; true when it was the last.
bool interp_release(QzObject *object);

#endif
