// The monitor finds work that nobody was woken for, and says how often. On threads: it has no part in seeds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "runtime/internal.h"
#include "runtime/sched/monitor.h"
#include "runtime/sched/task.h"

enum { STEP_US = 1000, MOST_STEPS = 8000 };

static _Atomic bool has_run;
static void note(void *argument) { (void)argument, atomic_store(&has_run, true); }

static void wait_until(bool (*is_so)(void)) {
  for (int i = 0; i < MOST_STEPS && !is_so(); i++) usleep(STEP_US);
}

static bool other_sleeps(void) { return qz_sched_view().asleep == 1; }
static bool task_has_run(void) { return atomic_load(&has_run); }

// The first worker never looks into its queue: it waits inside the system.
static uint32_t rescues_until_it_ran(QzFault fault) {
  uint32_t before = qz_monitor_rescues();
  atomic_store(&has_run, false);
  assert_true(qz_sched_start(2));
  qz_monitor_start();
  wait_until(other_sleeps);
  qz_fault_planted = fault;
  QzTask *task = qz_task_start(note, NULL);
  wait_until(task_has_run);
  bool ran = task_has_run();
  qz_fault_planted = QZ_FAULT_NONE;
  qz_task_release(task);
  qz_monitor_stop();
  qz_sched_stop();
  assert_true(ran);
  return qz_monitor_rescues() - before;
}

static void forgotten_work_is_found(void **state) {
  (void)state;
  assert_int_equal(rescues_until_it_ran(QZ_FAULT_nobody_is_told), 1);
}

static void nothing_is_found_where_nothing_is_forgotten(void **state) {
  (void)state;
  assert_int_equal(rescues_until_it_ran(QZ_FAULT_NONE), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forgotten_work_is_found),
      cmocka_unit_test(nothing_is_found_where_nothing_is_forgotten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
