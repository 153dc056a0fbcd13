// Panics in tasks, each on a stack of its own: the walk by rows finds the frames that the C library's unwinder finds,
// with the registers that it finds (runtime/unwind_check.c), and nothing else unwinds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>

#include "runtime/internal.h"
#include "runtime/sched/task.h"
#include "runtime/sched/worker.h"
#include "runtime/unwind.h"

enum { DEPTH = 50, TASKS = 100 };

static const QzProgram program;
static volatile bool panics = true;

// Keeps something in registers over the call.
static __attribute__((noinline)) uint64_t fail_below(uint64_t depth, uint64_t a, uint64_t b, uint64_t c) {
  if (depth == 0 && panics) qz_panic_text("deep enough");
  if (depth == 0) return 1;
  uint64_t below = fail_below(depth - 1, a + depth, b ^ a, c + b);
  return (below % a ^ b) % c;
}

static void panic_deep(void *argument) { *(uint64_t *)argument = fail_below(DEPTH, 1, 2, 3); }

static int begin(void **state) {
  (void)state;
  qz_program = &program;
  qz_unwind_checked = qz_unwound_by_rows = qz_unwound_by_library = 0;
  return 0;
}

static void check_walks(uint64_t walks, uint64_t frames) {
  assert_int_equal(qz_unwound_by_rows, walks);
  assert_int_equal(qz_unwound_by_library, 0);
  if (qz_unwind_checked < walks * frames) fail_msg("%d frames were looked at", (int)qz_unwind_checked);
}

static void quiet(const QzString *message, const QzPlace *place) { (void)message, (void)place; }

static void tasks_unwind_by_rows(void **state) {
  (void)state;
  uint64_t results[TASKS];
  QzTask *tasks[TASKS];
  qz_panic_printer = quiet;
  assert_true(qz_sched_start_growing(2, 2));
  for (int i = 0; i < TASKS; i++) tasks[i] = qz_task_start(panic_deep, &results[i]);
  for (int i = 0; i < TASKS; i++) {
    assert_true(qz_task_join(tasks[i]));
    qz_task_release(tasks[i]);
  }
  qz_sched_stop();
  check_walks(TASKS, DEPTH);
}

static void the_first_thread_too(void **state) {
  (void)state;
  uint64_t result;
  assert_int_equal(qz_panic_guard(panic_deep, &result, false), 1);
  qz_panic_forget();
  check_walks(1, DEPTH);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(tasks_unwind_by_rows, begin),
      cmocka_unit_test_setup(the_first_thread_too, begin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
