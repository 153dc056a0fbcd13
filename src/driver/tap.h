// Test results as spec programs report them: lines of TAP (Test Anything Protocol) among their other output.
#ifndef QZ_DRIVER_TAP_H
#define QZ_DRIVER_TAP_H

#include "base/text.h"
#include "base/vec.h"

typedef enum TestOutcome { TEST_PASSED, TEST_FAILED, TEST_SKIPPED } TestOutcome;

typedef struct TestResult {
  TestOutcome outcome;
  const char *name;
  const char *details;  // what was printed while it ran and what its report adds; why it was skipped
  bool is_of_file;      // nothing that a test reported: the outcome of the file as a whole
} TestResult;

typedef struct TapReport {
  VEC(TestResult) results;
  bool is_tap;       // it begins `TAP version`: results follow
  long planned;      // from `1..N`; -1: no plan
  const char *rest;  // what was printed after the last result
} TapReport;

// Reads `TAP version 14`, `ok 1 - name`, `not ok 2 - name`, `ok 3 - name # SKIP why` and `1..3`; any other line is
// output of the test whose result comes next, except that lines which begin with two spaces or `#` belong to the result
// before them. When some line begins with the word `mark` and a space, only such lines are TAP, and all others are
// output.
TapReport tap_parse(Arena *arena, const char *text, const char *mark);  // `mark`: NULL: none

#endif
