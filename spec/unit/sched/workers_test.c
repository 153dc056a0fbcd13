// Workers under many schedules: who is busy looks into no queue, so what it made ready must be found by those who sleep
// or search, as many of them as there is work for; and the faults that can be planted in their sleep.
#include "spec/unit/sched/explore.h"

enum { ROUNDS = 3, MOMENT = 100000, TASKS_LIMIT = 3 };

static _Atomic uint32_t begun, wanted_count;

static bool all_have_begun(void) { return atomic_load(&begun) == atomic_load(&wanted_count); }

// Something before it that changes what the others do just then: search, or sleep.
static void pass_time(int how) {
  if (how == 1) qz_yield();
  if (how == 2) qz_sleep_until(qz_now() + MOMENT);
}

static void begin_and_wait_busily(void *is_right) {
  atomic_fetch_add(&begun, 1);
  if (!be_busy_until(all_have_begun)) atomic_store((_Atomic bool *)is_right, false);
}

// So many tasks that none of them may wait for another one's worker, and for that of who starts them.
static bool all_begin(uint32_t count, int how) {
  QzTask *tasks[TASKS_LIMIT];
  _Atomic bool is_right = true;
  pass_time(how);
  atomic_store(&begun, 0);
  atomic_store(&wanted_count, count);
  for (uint32_t i = 0; i < count; i++) tasks[i] = qz_task_start(begin_and_wait_busily, &is_right);
  bool have_begun = be_busy_until(all_have_begun);
  for (uint32_t i = 0; i < count; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return have_begun && atomic_load(&is_right);
}

static bool somebody_takes_it(void) {
  if (qz_sched_workers() == 1) return true;
  bool is_right = true;
  for (int i = 0; i < ROUNDS; i++) is_right &= all_begin(1, i);
  return is_right;
}

static bool everybody_works(void) {
  uint32_t others = qz_sched_workers() - 1;
  bool is_right = true;
  for (int i = 0; i < ROUNDS; i++) is_right &= all_begin(others < TASKS_LIMIT ? others : TASKS_LIMIT, i);
  return is_right;
}

// One that is woken and takes half of what there is wakes the next one, and that one the last.
static void start_others(void *argument) {
  QzTask *tasks[2];
  for (uint32_t i = 0; i < 2; i++) tasks[i] = qz_task_start(begin_and_wait_busily, argument);
  if (!be_busy_until(all_have_begun)) atomic_store((_Atomic bool *)argument, false);
  for (uint32_t i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
}

static bool the_woken_wake_others(void) {
  if (qz_sched_workers() < 4) return true;
  _Atomic bool is_right = true;
  atomic_store(&begun, 0);
  atomic_store(&wanted_count, 2);
  QzTask *task = qz_task_start(start_others, &is_right);
  bool have_begun = be_busy_until(all_have_begun);
  qz_task_join(task), qz_task_release(task);
  return have_begun && atomic_load(&is_right);
}

static const Scenario scenarios[] = {
    {"somebody takes it", 2, somebody_takes_it},
    {"everybody works", 3, everybody_works},
    {"the woken wake others", 4, the_woken_wake_others},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {
      QZ_FAULT_no_second_look,       QZ_FAULT_key_read_late,       QZ_FAULT_nobody_is_told, QZ_FAULT_told_before_put,
      QZ_FAULT_second_look_is_quiet, QZ_FAULT_searchers_are_quiet, QZ_FAULT_stops_unseen};
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
