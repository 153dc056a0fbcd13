// The monitor finds work that nobody was woken for, and says how often; and descriptors that nobody polls any more. On
// threads: it has no part in seeds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "runtime/internal.h"
#include "runtime/sched/io.h"
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

// ── Descriptors ─────────────────────────────────────────────────────────────────────────────────────────────────
enum { BRIEF_ROUNDS = 50, LONG_MS = 400 };

typedef struct Pipe {
  int64_t handle;
  int end;  // written to
} Pipe;

static Pipe open_pipe(void) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  Pipe made = {.handle = qz_io_open(ends[0]), .end = ends[1]};
  assert_true(made.handle >= 0);
  return made;
}

static void close_pipe(const Pipe *made) {
  assert_int_equal(qz_io_close(made->handle), 0);
  close(made->end);
}

static void send_byte(const Pipe *to) { assert_int_equal(write(to->end, "x", 1), 1); }

static Pipe first, second;
static _Atomic int rounds;
static _Atomic bool is_away;

static void read_byte(const Pipe *from) {
  char byte;
  if (qz_io_read(from->handle, &byte, 1, QZ_FOREVER) == 1) atomic_fetch_add(&rounds, 1);
}

// What it does with a byte is brief; in the end it stays in the system.
static void read_first(void *argument) {
  (void)argument;
  for (int i = 0; i < BRIEF_ROUNDS; i++) read_byte(&first);
  atomic_store(&is_away, true);
  usleep(LONG_MS * 1000);
  atomic_store(&is_away, false);
}

static bool is_it_away(void) { return atomic_load(&is_away); }

static bool was_away;
static void read_second(void *argument) {
  (void)argument;
  read_byte(&second);
  was_away = atomic_load(&is_away);
}

// The first worker waits inside the system all the time. So one of the two others is told of each byte.
static void send_while_one_is_away(void) {
  for (int sent = 0; sent < BRIEF_ROUNDS; sent++) {
    while (atomic_load(&rounds) < sent) usleep(STEP_US / 10);
    send_byte(&first);
  }
  wait_until(is_it_away);
  send_byte(&second);
  for (int i = 0; i < MOST_STEPS && atomic_load(&rounds) == BRIEF_ROUNDS; i++) usleep(STEP_US);
}

static bool is_second_read_meanwhile(QzFault fault) {
  atomic_store(&rounds, 0);
  assert_true(qz_sched_start(3));
  qz_monitor_start();
  qz_fault_planted = fault;
  first = open_pipe(), second = open_pipe();
  QzTask *tasks[] = {qz_task_start(read_first, NULL), qz_task_start(read_second, NULL)};
  send_while_one_is_away();
  qz_fault_planted = QZ_FAULT_NONE;
  for (size_t i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  close_pipe(&first), close_pipe(&second);
  qz_monitor_stop();
  qz_sched_stop();
  return was_away;
}

static void somebody_polls_while_who_polled_is_busy(void **state) {
  (void)state;
  assert_true(is_second_read_meanwhile(QZ_FAULT_NONE));
}

// Who polled may have told another one all the same, when it was interrupted by the system a moment before.
static void else_nobody_does(void **state) {
  (void)state;
  bool is_missed = false;
  for (int i = 0; i < 10 && !is_missed; i++) is_missed = !is_second_read_meanwhile(QZ_FAULT_seat_stays_empty);
  assert_true(is_missed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(forgotten_work_is_found),
      cmocka_unit_test(nothing_is_found_where_nothing_is_forgotten),
      cmocka_unit_test(somebody_polls_while_who_polled_is_busy),
      cmocka_unit_test(else_nobody_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
