// Codegen: a checked MIR module in, LLVM text, bitcode, assembly or object files out. No LLVM type leaves this folder.
//
// A large program can be cut into units: each becomes an LLVM module and a file of its own, so LLVM needs memory for
// one unit at a time, and units can be emitted side by side by processes that share the plan. Which functions a unit
// has depends on the module alone.
#ifndef QZ_CODEGEN_CODEGEN_H
#define QZ_CODEGEN_CODEGEN_H

#include "mir/mir.h"

typedef enum CodegenLevel {
  CODEGEN_O0,
  CODEGEN_O1,
  CODEGEN_O2,
  CODEGEN_O3,
  CODEGEN_OS,
} CodegenLevel;

typedef enum CodegenEmit {
  CODEGEN_EMIT_LLVM,     // IR as text
  CODEGEN_EMIT_BITCODE,
  CODEGEN_EMIT_ASM,
  CODEGEN_EMIT_OBJECT,
} CodegenEmit;

// What watches the program: each access to memory calls a function of that sanitizer first.
typedef enum CodegenSanitize {
  CODEGEN_SANITIZE_NOTHING,
  CODEGEN_SANITIZE_THREAD,
  CODEGEN_SANITIZE_ADDRESS,
} CodegenSanitize;

typedef enum CodegenFailure {
  CODEGEN_FAILURE_INTERNAL,  // the MIR module or this folder is wrong
  CODEGEN_FAILURE_TARGET,    // LLVM does not know the triple
  CODEGEN_FAILURE_FILE,      // the file could not be written
} CodegenFailure;

typedef struct CodegenOptions {
  const char *triple;  // NULL: the machine this runs on
  const char *cpu;     // NULL: the triple's baseline; "native": this machine
  CodegenLevel level;
  CodegenEmit emit;
  CodegenSanitize sanitize;
  bool debug_info;     // DWARF: types, locals, lines
  bool verify;         // LLVMVerifyModule before the passes and after them
  uint32_t unit_statements;  // about how many MIR statements make a unit; 0: all are one
  CodegenFailure *failure;  // NULL, or takes the kind of failure
} CodegenOptions;

// Milliseconds spent, for `-v` and the compile-time bench.
typedef struct CodegenTimes {
  double build, optimise, emit;
} CodegenTimes;

// False, and the reason in `why`, when no code can be made for the triple.
bool codegen_knows_target(const char *triple, Text *why);

// What all units of a program need to know. It keeps `module` and `options`.
typedef struct CodegenPlan CodegenPlan;

// mir_make_glue has run on the module, which stays as it is from here on.
CodegenPlan *codegen_plan(const MirModule *module, const CodegenOptions *options, Arena *arena);
uint32_t codegen_unit_count(const CodegenPlan *plan);
// Writes one unit to the file `output`. False, and the reason in `why`, when the target is unknown, the file cannot be
// written or verification fails. `times` may be NULL.
bool codegen_emit(const CodegenPlan *plan, uint32_t unit, const char *output, CodegenTimes *times, Text *why);

#endif
