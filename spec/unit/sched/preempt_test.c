// Who keeps a worker too long is interrupted in compiled code, gives way at calls of the runtime, and loses what waits
// for it to another worker while it is in C code; that one rests when it is not needed any more. On threads: there is
// no monitor under a seed. What is in the section below counts as compiled code.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "runtime/fault.h"
#include "runtime/internal.h"
#include "runtime/sched/monitor.h"
#include "runtime/sched/pause.h"
#include "runtime/sched/program.h"
#include "runtime/sched/sync.h"
#include "runtime/sched/task.h"

#define COMPILED __attribute__((section("quartz_text"), noinline))

extern const char begin_of_code[] __asm__("__start_quartz_text"), end_of_code[] __asm__("__stop_quartz_text");

enum { PATIENCE_MS = 10000, DISBELIEF_MS = 200, NS_PER_MS = 1000000, US_PER_MS = 1000 };

static const QzProgram program = {.code = begin_of_code, .code_end = end_of_code};
static _Atomic bool other_has_run;
static volatile uint64_t end_of_spin;
static uint64_t ticks_per_ms;
static int longest_ms;  // that a task keeps its worker

static inline uint64_t ticks(void) { return __builtin_ia32_rdtsc(); }

static void measure_ticks(void) {
  uint64_t before = ticks();
  usleep(10000);
  ticks_per_ms = (ticks() - before) / 10;
}

// Calls nothing, so that it is interrupted here or nowhere.
static COMPILED void compute(void *saw_other) {
  uint64_t until = ticks() + (uint64_t)longest_ms * ticks_per_ms;
  while (!atomic_load(&other_has_run) && ticks() < until) end_of_spin++;
  *(bool *)saw_other = atomic_load(&other_has_run);
}

static void call_often(void *saw_other) {
  int64_t until = qz_now() + (int64_t)longest_ms * NS_PER_MS;
  while (!atomic_load(&other_has_run) && qz_now() < until) qz_program_enter();
  *(bool *)saw_other = atomic_load(&other_has_run);
}

static void wait_in_system(void *saw_other) {
  for (int i = 0; i < longest_ms && !atomic_load(&other_has_run); i++) usleep(US_PER_MS);
  *(bool *)saw_other = atomic_load(&other_has_run);
}

static void note(void *unused) { (void)unused, atomic_store(&other_has_run, true); }

static void begin(uint32_t workers, uint32_t most, QzFault fault) {
  qz_program = &program;
  atomic_store(&other_has_run, false);
  assert_true(qz_sched_start_growing(workers, most));
  qz_monitor_start();
  qz_fault_planted = fault;
}

static void end(void) {
  qz_fault_planted = QZ_FAULT_NONE;
  qz_monitor_stop();
  qz_sched_stop();
  qz_program = NULL;
}

static void finish(QzTask *task) {
  assert_true(qz_task_join(task));
  qz_task_release(task);
}

// `expected`: a task that was started behind it runs before it ends.
static void check(bool expected, void (*body)(void *saw_other), uint32_t most, QzFault fault) {
  bool saw_other = false;
  longest_ms = expected ? PATIENCE_MS : DISBELIEF_MS;
  begin(1, most, fault);
  QzTask *first = qz_task_start(body, &saw_other), *second = qz_task_start(note, NULL);
  finish(first);
  finish(second);
  end();
  assert_int_equal(saw_other, expected);
}

static void compiled_code_is_interrupted(void **state) {
  (void)state;
  check(true, compute, 1, QZ_FAULT_NONE);
  check(false, compute, 1, QZ_FAULT_goes_on_where_interrupted);
}

static void calls_give_way(void **state) {
  (void)state;
  check(true, call_often, 1, QZ_FAULT_NONE);
  check(false, call_often, 1, QZ_FAULT_goes_on_after_calls);
}

static void who_waits_in_the_system_is_replaced(void **state) {
  (void)state;
  check(true, wait_in_system, 2, QZ_FAULT_NONE);
  check(false, wait_in_system, 1, QZ_FAULT_NONE);
}

static bool is_somebody_resting(void) {
  QzSharedView view = qz_sched_view();
  return view.asleep > view.idle;
}

static void check_rest(bool expected, QzFault fault) {
  bool saw_other, rests = false;
  longest_ms = expected ? PATIENCE_MS : DISBELIEF_MS;
  begin(1, 2, fault);
  QzTask *first = qz_task_start(wait_in_system, &saw_other), *second = qz_task_start(note, NULL);
  finish(first);
  finish(second);
  for (int i = 0; i < longest_ms && !(rests = is_somebody_resting()); i++) qz_sleep_until(qz_now() + NS_PER_MS);
  end();
  assert_int_equal(rests, expected);
}

static void helpers_rest(void **state) {
  (void)state;
  check_rest(true, QZ_FAULT_NONE);
  check_rest(false, QZ_FAULT_helpers_stay);
}

static QzSemaphore permits;

static void wait_and_note(void *unused) {
  (void)unused;
  qz_semaphore_take(&permits);
  atomic_store(&other_has_run, true);
}

static bool somebody_waits(void) {
  qz_lock(&permits.guard);
  bool waits = permits.waiters.first != NULL;
  qz_unlock(&permits.guard);
  return waits;
}

// What was woken for nothing has fallen asleep again.
static void wait_until_all_others_sleep(void) {
  for (uint32_t falls, before = 0;; before = falls) {
    QzSharedView view = qz_sched_view();
    falls = view.falls;
    if (view.idle && falls == before) return;
    usleep(50 * US_PER_MS);
  }
}

// In C code, which nobody interrupts. The other worker sleeps by then, as does what it is to run.
static void wake_and_spin(void *saw_other) {
  while (!somebody_waits()) usleep(US_PER_MS);
  wait_until_all_others_sleep();
  atomic_store(&qz_worker()->is_brief, true);
  qz_semaphore_give(&permits);
  uint64_t until = ticks() + (uint64_t)longest_ms * ticks_per_ms;
  while (!atomic_load(&other_has_run) && ticks() < until) end_of_spin++;
  *(bool *)saw_other = atomic_load(&other_has_run);
}

static void check_newest(bool expected, QzFault fault) {
  bool saw_other = false;
  longest_ms = expected ? PATIENCE_MS : DISBELIEF_MS;
  permits = (QzSemaphore){.count = 0};
  begin(2, 2, fault);
  QzTask *waiting = qz_task_start(wait_and_note, NULL);
  QzTask *spinning = qz_task_start(wake_and_spin, &saw_other);
  finish(spinning);
  finish(waiting);
  end();
  assert_int_equal(saw_other, expected);
}

static void who_was_told_of_late_runs_elsewhere(void **state) {
  (void)state;
  check_newest(true, QZ_FAULT_NONE);
  check_newest(false, QZ_FAULT_newest_waits_on);
}

// The signal of a pause is also that of who is to give way.
static void who_pauses_goes_on(void **state) {
  (void)state;
  begin(1, 1, QZ_FAULT_NONE);
  qz_pause_begin();
  pthread_kill(pthread_self(), QZ_PAUSE_SIGNAL);
  qz_pause_end();
  end();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(compiled_code_is_interrupted),
      cmocka_unit_test(calls_give_way),
      cmocka_unit_test(who_waits_in_the_system_is_replaced),
      cmocka_unit_test(helpers_rest),
      cmocka_unit_test(who_was_told_of_late_runs_elsewhere),
      cmocka_unit_test(who_pauses_goes_on),
  };
  measure_ticks();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
