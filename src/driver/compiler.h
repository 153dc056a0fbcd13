// Compiler: all there is of one compilation, as one value. No stage keeps anything anywhere else, so any number of them
// can run in one process, one after the other or side by side.
#ifndef QZ_DRIVER_COMPILER_H
#define QZ_DRIVER_COMPILER_H

#include "diag/context.h"
#include "driver/loader.h"
#include "driver/options.h"

typedef struct StageTime {
  const char *stage;
  double seconds;
} StageTime;

typedef struct Compiler {
  const Options *options;
  Arena forever;  // names, sources, diagnostics
  Arena unit;  // trees and types, until the program is MIR; after that what is needed between stages
  Arena code;  // MIR
  Interner names;
  SourceMap sources;
  DiagList diags;
  Context context;
  Loader loader;
  bool check;  // run the checkers at the boundaries
  uint32_t unit_statements;  // how large units of code are; see codegen.h
  const char *stage;  // what runs now, or ran last
  double stage_start;
  VEC(StageTime) times;
  size_t memory;  // the most that arenas had at the end of a stage
} Compiler;

void compiler_init(Compiler *compiler, const Options *options);
void compiler_free(Compiler *compiler);

// Says that `stage` begins; the one before it has ended. NULL: all have.
void compiler_stage(Compiler *compiler, const char *stage);

// What the run has to say: diagnostics, their number, and times when they are wanted. To standard error.
void compiler_report(Compiler *compiler);
// One message without a place, from a command that has no Compiler yet or no longer.
void report_plain(const Options *options, DiagId id, const char *message);

#endif
