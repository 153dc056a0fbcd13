// Runs a scenario under many seeds: each run of it must end, and say that it was right.
#ifndef QZ_SPEC_SCHED_EXPLORE_H
#define QZ_SPEC_SCHED_EXPLORE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/context.h"
#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/channel.h"
#include "runtime/sched/sim.h"
#include "runtime/sched/task.h"

typedef enum Outcome { RIGHT, WRONG, STUCK, CRASHED } Outcome;

typedef struct Scenario {
  const char *name;
  uint32_t workers;
  bool (*run)(void);  // as the first fiber; false: the result is wrong
} Scenario;

static bool (*must_be_stuck)(void);  // the scenario that must be seen to be: none of its runs comes back

static Outcome expected_of(const Scenario *scenario) { return scenario->run == must_be_stuck ? STUCK : RIGHT; }

static const char *const outcome_names[] = {"right", "a wrong result", "stuck", "a crash, or no end"};

static jmp_buf escape;

static void on_stuck(void) { longjmp(escape, STUCK); }

// Runs the scenario once; the same plan gives the same run.
static Outcome run_once(const Scenario *scenario, const QzSimPlan *plan) {
  QzContext *context = qz_context;
  assert_true(qz_sim_start(plan, scenario->workers));
  qz_sched_when_stuck(on_stuck);
  int how = setjmp(escape);
  if (how) {
    qz_context = context;
    qz_sched_abandon();
    return (Outcome)how;
  }
  assert_true(qz_sched_start(scenario->workers));
  bool is_right = scenario->run();
  qz_sched_stop();
  return is_right ? RIGHT : WRONG;
}

static QzSimPlan plan_of(uint64_t seed) {
  return (QzSimPlan){.seed = seed, .policy = seed % 2 ? QZ_SIM_PCT : QZ_SIM_WALK, .depth = 3, .length = 400};
}

// The first seed from `first` on at which it does not end as expected; 0: none of `count` did.
static uint64_t find_failure(const Scenario *scenario, uint64_t first, uint64_t count, Outcome *outcome) {
  for (uint64_t seed = first; seed < first + count; seed++) {
    const QzSimPlan plan = plan_of(seed);
    *outcome = run_once(scenario, &plan);
    if (*outcome != expected_of(scenario)) return seed;
  }
  return 0;
}

// ── Planted faults, each in a process of its own: they may crash it ─────────────────────────────────────────────
typedef struct Found {
  uint64_t seed;
  Outcome outcome;
} Found;

enum { SEEDS_AT_ONCE = 100, SECONDS_LIMIT = 20 };

static _Noreturn void look_for(const Scenario *scenario, QzFault fault, uint64_t first, Found *found) {
  qz_fault_planted = fault;
  alarm(SECONDS_LIMIT);
  signal(SIGSEGV, SIG_DFL), signal(SIGABRT, SIG_DFL);
  for (uint64_t seed = first; seed < first + SEEDS_AT_ONCE; seed++) {
    Outcome outcome;
    *found = (Found){.seed = seed, .outcome = CRASHED};
    if (find_failure(scenario, seed, 1, &outcome)) {
      found->outcome = outcome;
      _exit(0);
    }
  }
  *found = (Found){0};
  _exit(0);
}

// Tries the scenarios in turn, with more and more seeds. Gives the seed, and says which scenario found it and how.
static uint64_t find_fault(const Scenario *scenarios, size_t count, QzFault fault, uint64_t seeds,
                           const Scenario **found_by, Outcome *outcome) {
  Found *found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_true(found != MAP_FAILED);
  for (uint64_t first = 1; first < seeds; first += SEEDS_AT_ONCE) {
    for (size_t i = 0; i < count; i++) {
      fflush(NULL);
      pid_t child = fork();
      assert_true(child >= 0);
      if (child == 0) look_for(&scenarios[i], fault, first, found);
      waitpid(child, NULL, 0);
      if (!found->seed) continue;
      *found_by = &scenarios[i];
      *outcome = found->outcome;
      uint64_t seed = found->seed;
      munmap(found, sizeof *found);
      return seed;
    }
  }
  munmap(found, sizeof *found);
  return 0;
}

// ── The tests: every scenario under many seeds, every fault found by one of them ───────────────────────────────────
static const char *const fault_texts[] = {
    NULL,
#define FAULT(name, text) #name ": " text,
#include "runtime/sched/faults.def"
};

enum { FAULT_SEEDS = 10000, TESTS_LIMIT = 256 };

static const Scenario *all_scenarios;
static size_t all_count;
static uint64_t seeds_each = 10000;

static void every_schedule_is_right(void **state) {
  const Scenario *scenario = *state;
  const Scenario *found_by;
  Outcome outcome = RIGHT;
  // What is stuck leaves its stacks behind, so it is run in processes of their own.
  uint64_t seed = expected_of(scenario) == STUCK
                      ? find_fault(scenario, 1, QZ_FAULT_NONE, seeds_each, &found_by, &outcome)
                      : find_failure(scenario, 1, seeds_each, &outcome);
  if (seed) fail_msg("%s: %s at seed %llu", scenario->name, outcome_names[outcome], (unsigned long long)seed);
}

// Whatever ran before, a seed gives the same schedule.
static void seeds_repeat(void **state) {
  const Scenario *scenario = *state;
  uint64_t traces[20];
  for (int round = 0; round < 2; round++) {
    for (uint64_t i = 0; i < 20; i++) {
      const QzSimPlan plan = plan_of(round ? 20 - i : i + 1);
      assert_int_equal(run_once(scenario, &plan), expected_of(scenario));
      uint64_t *trace = &traces[plan.seed - 1];
      if (round) assert_int_equal(*trace, qz_sim_trace());
      else *trace = qz_sim_trace();
    }
  }
}

static void the_fault_is_found(void **state) {
  QzFault fault = *(const QzFault *)*state;
  const Scenario *found_by = NULL;
  Outcome outcome = RIGHT;
  uint64_t seed = find_fault(all_scenarios, all_count, fault, FAULT_SEEDS, &found_by, &outcome);
  if (!seed) fail_msg("not found within %d seeds", FAULT_SEEDS);
  print_message("%s\n  found by \"%s\": %s at seed %llu\n", fault_texts[fault], found_by->name, outcome_names[outcome],
                (unsigned long long)seed);
}

// The same on threads, which the system schedules. A hang ends the test program by an alarm.
enum { THREAD_RUNS = 200, THREAD_SECONDS = 60 };

static const Scenario *current;

static void stuck_on_threads(void) {
  fprintf(stderr, "%s: stuck: every worker sleeps\n", current->name);
  for (uint32_t i = 0; i < qz_sched_workers(); i++) {
    QzWorker *worker = qz_sched_worker(i);
    fprintf(stderr, "  worker %u: newest %p, %u queued, next timer %lld, %u timers\n", i, (void *)worker->newest,
            worker->ring.tail - worker->ring.head, (long long)worker->timers.next, worker->timers.count);
  }
  abort();
}

static void stuck_as_expected(void) { _exit(STUCK); }

static Outcome run_on_threads(const Scenario *scenario, uint32_t workers) {
  assert_true(qz_sched_start(workers));
  bool is_right = scenario->run();
  qz_sched_stop();
  return is_right ? RIGHT : WRONG;
}

// What is stuck does not come back: a process of its own.
static Outcome run_until_stuck(const Scenario *scenario, uint32_t workers) {
  int status;
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    alarm(SECONDS_LIMIT);
    qz_sched_when_stuck(stuck_as_expected);
    _exit(run_on_threads(scenario, workers));
  }
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? (Outcome)WEXITSTATUS(status) : CRASHED;
}

static void threads_are_right(void **state) {
  static const uint32_t workers[] = {1, 2, 4};
  const Scenario *scenario = *state;
  current = scenario;
  qz_sched_when_stuck(stuck_on_threads);
  alarm(THREAD_SECONDS);
  for (uint32_t i = 0; i < THREAD_RUNS; i++) {
    uint32_t count = workers[i % 3];
    Outcome outcome = (expected_of(scenario) == STUCK ? run_until_stuck : run_on_threads)(scenario, count);
    if (outcome != expected_of(scenario))
      fail_msg("%s: %s in run %u with %u workers", scenario->name, outcome_names[outcome], i, count);
  }
  alarm(0);
}

static void be_silent(const QzString *message, const QzPlace *place) { (void)message, (void)place; }
static void report_nothing(const char *line) { (void)line; }

// With an argument: that many seeds of each scenario. With two: only the scenario of that name.
static int explore(int argc, char **argv, const Scenario *scenarios, size_t count, const QzFault *faults,
                   size_t fault_count) {
  static const QzProgram program;
  struct CMUnitTest tests[TESTS_LIMIT];
  size_t size = 0;
  qz_program = &program;
  qz_panic_printer = be_silent;
  qz_report_printer = report_nothing;
  if (argc > 1) seeds_each = strtoull(argv[1], NULL, 10);
  all_scenarios = scenarios;
  all_count = count;
  for (size_t i = 0; i < count; i++)
    if (argc < 3 || strcmp(argv[2], scenarios[i].name) == 0)
      tests[size++] =
          (struct CMUnitTest){scenarios[i].name, every_schedule_is_right, NULL, NULL, (void *)&scenarios[i]};
  for (size_t i = 0; i < count; i++)
    if (argc < 3 || strcmp(argv[2], scenarios[i].name) == 0)
      tests[size++] = (struct CMUnitTest){scenarios[i].name, threads_are_right, NULL, NULL, (void *)&scenarios[i]};
  for (size_t i = 0; i < count; i++)
    if (argc < 3 || strcmp(argv[2], scenarios[i].name) == 0)
      tests[size++] = (struct CMUnitTest){scenarios[i].name, seeds_repeat, NULL, NULL, (void *)&scenarios[i]};
  for (size_t i = 0; i < fault_count && argc < 3; i++)
    tests[size++] = (struct CMUnitTest){fault_texts[faults[i]], the_fault_is_found, NULL, NULL, (void *)&faults[i]};
  return _cmocka_run_group_tests("schedules", tests, size, NULL, NULL);
}

#endif
