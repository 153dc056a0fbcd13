// What `quartz test` prints, in each of its formats.
#ifndef QZ_DRIVER_TEST_REPORT_H
#define QZ_DRIVER_TEST_REPORT_H

#include "driver/options.h"
#include "driver/tap.h"

typedef struct TestSuite {
  const char *path;  // of the *_spec.qz
  VEC(TestResult) results;
  double seconds;
  bool is_done;
} TestSuite;

typedef struct TestRun {
  const Options *options;
  TestSuite *suites;
  uint32_t suite_count;
  uint32_t reported;  // suites that test_report_progress has printed
} TestRun;

// After each suite that ends: prints what can be printed now, suites in the order of their names.
void test_report_progress(TestRun *run);
// The closing report. True when nothing failed.
bool test_report_end(const TestRun *run);

#endif
