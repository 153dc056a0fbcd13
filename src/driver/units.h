// Units: the parts of a large program, emitted side by side by a few processes.
#ifndef QZ_DRIVER_UNITS_H
#define QZ_DRIVER_UNITS_H

#include "codegen/codegen.h"

typedef enum UnitsOutcome {
  UNITS_DONE,
  UNITS_FAILED,   // `why` says what went wrong
  UNITS_CRASHED,  // a process ended early; a crash it could report is reported
} UnitsOutcome;

// Writes unit i to outputs[i]. What is written does not depend on the number of processes.
UnitsOutcome units_emit(const CodegenPlan *plan, const char *const *outputs, CodegenFailure *failure, Text *why);

#endif
