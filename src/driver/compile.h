// The pipeline: from a file to whatever was asked for.
#ifndef QZ_DRIVER_COMPILE_H
#define QZ_DRIVER_COMPILE_H

#include "driver/compiler.h"
#include "mir/mir.h"

typedef enum CompileStatus {
  COMPILE_OK = 0,
  COMPILE_ERRORS = 1,     // messages were given
  COMPILE_INTERNAL = 70,  // the compiler failed, and said so
} CompileStatus;

typedef enum CompileLast {
  LAST_TOKENS,
  LAST_AST,
  LAST_TYPED,
  LAST_MIR,
  LAST_LLVM,
  LAST_ASM,
  LAST_OBJECT,
  LAST_PROGRAM,  // the object, linked
} CompileLast;

typedef struct CompileJob {
  const char *path;    // of the root file
  CompileLast last;    // the stage to stop after
  const char *output;  // the file to write; NULL: none, the result is wanted for its messages or its `mir`
  const char *scratch; // a folder for what is between; only LAST_OBJECT and LAST_PROGRAM need one
  bool wants_main;     // a program without `main` is an error
  bool tests;          // the program's @test functions run, when there are any, and not its main
  const char **libraries;  // names of @link, from LAST_TYPED on
  uint32_t library_count;
  MirModule *mir;      // what was compiled, from LAST_MIR on; NULL after linking
} CompileJob;

CompileStatus compile_unit(Compiler *compiler, CompileJob *job);

#endif
