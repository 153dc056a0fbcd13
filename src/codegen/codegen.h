// Codegen: a checked MIR module in, LLVM text, bitcode, assembly or an object file out. No LLVM type leaves this
// folder.
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
  bool debug_info;     // DWARF: types, locals, lines
  bool verify;         // LLVMVerifyModule before the passes and after them
  const char *output;  // path of the file to write
  CodegenFailure *failure;  // NULL, or takes the kind of failure
} CodegenOptions;

// Milliseconds spent, for `-v` and the compile-time bench.
typedef struct CodegenTimes {
  double build, optimise, emit;
} CodegenTimes;

// mir_make_glue has run on the module. False, and the reason in `why`, when the target is unknown, the file cannot be
// written or verification fails. `times` may be NULL.
bool codegen_emit(const MirModule *module, const CodegenOptions *options, CodegenTimes *times, Text *why);

#endif
