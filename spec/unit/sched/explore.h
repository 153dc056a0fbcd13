// Runs scenarios under many seeds: each run must end, and say that it was right. A seed gives one schedule, always the
// same; so what fails prints a command that shows it again, and planted faults try that command.
#ifndef QZ_SPEC_SCHED_EXPLORE_H
#define QZ_SPEC_SCHED_EXPLORE_H

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "runtime/context.h"
#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/channel.h"
#include "runtime/sched/sim.h"
#include "runtime/sched/task.h"

typedef enum Outcome { RIGHT, WRONG, STUCK, CRASHED, ENDLESS } Outcome;

typedef struct Scenario {
  const char *name;
  uint32_t workers;
  bool (*run)(void);  // as the first fiber; false: the result is wrong
} Scenario;

enum { SCENARIOS_LIMIT = 64 };

static const char *program_path;
static const Scenario *all_scenarios;
static size_t all_count;

static bool (*must_be_stuck)(void);  // the scenario that must be seen to be: none of its runs comes back

static Outcome expected_of(const Scenario *scenario) { return scenario->run == must_be_stuck ? STUCK : RIGHT; }

static const char *const outcome_names[] = {"right", "a wrong result", "stuck", "a crash", "no end"};

// ── One run ─────────────────────────────────────────────────────────────────────────────────────────────────────
static jmp_buf escape;

static void on_stuck(void) { longjmp(escape, STUCK); }

// Frames that were jumped over have left their marks for AddressSanitizer, which does not know of all the stacks.
#ifdef __SANITIZE_ADDRESS__
static void forget_frames(void) {
  enum { ROOM = 64 << 10 };
  __asan_unpoison_memory_region((char *)__builtin_frame_address(0) - ROOM, ROOM);
}
#else
static void forget_frames(void) {}
#endif

static void need(bool is_there) {
  if (is_there) return;
  fprintf(stderr, "out of memory for a scheduler\n");
  abort();
}

// The same plan gives the same run.
static Outcome run_once(const Scenario *scenario, const QzSimPlan *plan) {
  QzContext *context = qz_context;
  need(qz_sim_start(plan, scenario->workers));
  qz_sched_when_stuck(on_stuck);
  int how = setjmp(escape);
  if (how) {
    forget_frames();
    qz_context = context;
    qz_sched_abandon();
    return (Outcome)how;
  }
  need(qz_sched_start(scenario->workers));
  bool is_right = scenario->run();
  qz_sched_stop();
  return is_right ? RIGHT : WRONG;
}

enum { POLICIES = 2, PCT_DEPTH = 3 };

static const char *const policy_names[] = {[QZ_SIM_WALK] = "a random walk", [QZ_SIM_PCT] = "PCT of depth 3"};

static QzSimPolicy policy_of(uint64_t seed) { return seed % POLICIES ? QZ_SIM_PCT : QZ_SIM_WALK; }

// How many points a run of it has, roughly: the changes of PCT are spread over so many.
static uint64_t length_of(const Scenario *scenario) {
  static uint64_t lengths[SCENARIOS_LIMIT];
  uint64_t *length = &lengths[scenario - all_scenarios];
  if (!*length) {
    const QzSimPlan walk = {.policy = QZ_SIM_WALK};
    run_once(scenario, &walk);
    *length = qz_sim_points();
  }
  return *length;
}

static QzSimPlan plan_of(const Scenario *scenario, uint64_t seed) {
  return (QzSimPlan){.seed = seed, .policy = policy_of(seed), .depth = PCT_DEPTH, .length = length_of(scenario)};
}

// There is no monitor under a seed. It would tell others of what a worker holds back that keeps its turn.
static inline void look_as_monitor(void) {
  QzWorkerView view = qz_sched_view_worker(qz_worker()->number);
  if (view.newest && qz_sched_view().idle) qz_sched_wake_one();
}

// For scenarios: keeps the worker, so that others have to see to it. False: they do not.
static inline bool be_busy_until(bool (*is_so)(void)) {
  enum { SPINS = 100000, SPIN_SECONDS = 20 };
  int64_t until = qz_sim_on ? 0 : qz_now() + SPIN_SECONDS * INT64_C(1000000000);
  for (int i = 0; !is_so(); i++) {
    if (qz_sim_on ? i == SPINS : qz_now() > until) return false;
    if (qz_sim_on) look_as_monitor(), qz_sim_spin();
    else sched_yield();
  }
  return true;
}

// ── Many runs, in processes of their own: they may crash, hang, or leave stacks behind ─────────────────────────────
enum { BATCH_LIMIT = 500, BATCH_SECONDS = 60, RUN_SECONDS = 2 };  // of a run: processor time

typedef struct Batch {
  const Scenario *scenario;
  QzFault fault;
  uint64_t first, count;  // seeds
} Batch;

// What the process that runs a batch tells.
typedef struct Report {
  uint64_t seed;  // of this run, or of the one that did not end as expected; 0: there was none
  Outcome outcome;
  uint64_t traces[BATCH_LIMIT];
} Report;

static Report *report;

static void limit_time(void) {
  const struct itimerval limit = {.it_value = {.tv_sec = RUN_SECONDS}};
  setitimer(ITIMER_PROF, &limit, NULL);
}

static _Noreturn void run_batch(const Batch *batch) {
  static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  qz_fault_planted = batch->fault;
  alarm(BATCH_SECONDS);
  for (uint64_t i = 0; i < batch->count; i++) {
    const QzSimPlan plan = plan_of(batch->scenario, batch->first + i);
    report->seed = plan.seed;
    report->outcome = CRASHED;
    limit_time();
    report->outcome = run_once(batch->scenario, &plan);
    if (report->outcome != expected_of(batch->scenario)) _exit(0);
    report->traces[i] = qz_sim_trace();
  }
  report->seed = 0;
  _exit(0);
}

// The first seed at which it does not end as expected; 0: there is none.
static uint64_t find_in(const Batch *batch, Outcome *outcome) {
  int status;
  length_of(batch->scenario);  // without the fault
  fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) run_batch(batch);
  assert_int_equal(waitpid(child, &status, 0), child);
  bool took_long = WIFSIGNALED(status) && (WTERMSIG(status) == SIGPROF || WTERMSIG(status) == SIGALRM);
  *outcome = took_long ? ENDLESS : report->outcome;
  return report->seed;
}

static uint64_t in_batch(uint64_t left, uint64_t limit) { return left < limit ? left : limit; }

// ── What failed, and how to see it again ────────────────────────────────────────────────────────────────────────
typedef struct Finding {
  const Scenario *scenario;
  QzFault fault;
  uint64_t seed;
  Outcome outcome;
} Finding;

enum { TEXT_ROOM = 1024 };

static const char *const fault_names[] = {
    "",
#define FAULT(name, text) #name,
#include "runtime/sched/faults.def"
};

static const char *const fault_texts[] = {
    "",
#define FAULT(name, text) #name ": " text,
#include "runtime/sched/faults.def"
};

static void describe(char text[TEXT_ROOM], const Finding *found) {
  snprintf(text, TEXT_ROOM, "\"%s\": %s at seed %llu, %s", found->scenario->name, outcome_names[found->outcome],
           (unsigned long long)found->seed, policy_names[policy_of(found->seed)]);
}

static void command_again(char text[TEXT_ROOM], const Finding *found) {
  snprintf(text, TEXT_ROOM, "%s 1 '%s' %llu %s", program_path, found->scenario->name, (unsigned long long)found->seed,
           fault_names[found->fault]);
}

// As fail_msg, but what it says belongs to the test's result, which is all that spec/run reads.
static void fail_with(const char *form, ...) {
  char text[16 * TEXT_ROOM];
  va_list values;
  va_start(values, form);
  vsnprintf(text, sizeof text, form, values);
  va_end(values);
  _assert_true(false, text, __FILE__, __LINE__);
}

static void fail_at(const Finding *found) {
  char what[TEXT_ROOM], again[TEXT_ROOM];
  describe(what, found);
  command_again(again, found);
  fail_with("%s\nagain: %s", what, again);
}

// Another process that is given the seed only finds the same.
static void see_again(const Finding *found) {
  char what[TEXT_ROOM], again[2 * TEXT_ROOM], output[8 * TEXT_ROOM];
  describe(what, found);
  command_again(again, found);
  strcat(again, " 2>&1");
  FILE *process = popen(again, "r");
  assert_non_null(process);
  output[fread(output, 1, sizeof output - 1, process)] = 0;
  int status = pclose(process);
  if (!strstr(output, what) || !WIFEXITED(status) || WEXITSTATUS(status) != 1)
    fail_with("%s\n  is not seen again by %s, which says\n%s", what, again, output);
}

// ── The tests: every scenario under many seeds, every fault found by one of them ───────────────────────────────────
#ifdef __SANITIZE_ADDRESS__
enum { SEEDS = 1000 };  // each takes ten times as long
#else
enum { SEEDS = 10000 };
#endif
enum { FAULT_SEEDS = 10000, FAULT_BATCH = 100, TESTS_LIMIT = 256 };

static struct {
  uint64_t seeds, first;  // of each scenario
  QzFault fault;
  const char *scenario;   // NULL: all, and the planted faults
} wanted = {.seeds = SEEDS, .first = 1};

static struct {
  uint64_t schedules[POLICIES], different;
} explored;

static int compare_traces(const void *a, const void *b) {
  uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

static uint64_t count_different(uint64_t *traces, uint64_t count) {
  uint64_t different = count > 0;
  qsort(traces, count, sizeof *traces, compare_traces);
  for (uint64_t i = 1; i < count; i++) different += traces[i] != traces[i - 1];
  return different;
}

static void count_schedules(const Batch *batch) {
  for (uint64_t seed = batch->first; seed < batch->first + batch->count; seed++) explored.schedules[policy_of(seed)]++;
}

static void every_schedule_is_right(void **state) {
  Finding found = {.scenario = *state, .fault = wanted.fault};
  uint64_t *traces = malloc(wanted.seeds * sizeof *traces);
  assert_non_null(traces);
  for (uint64_t done = 0; done < wanted.seeds && !found.seed;) {
    const Batch batch = {found.scenario, found.fault, wanted.first + done, in_batch(wanted.seeds - done, BATCH_LIMIT)};
    found.seed = find_in(&batch, &found.outcome);
    memcpy(traces + done, report->traces, batch.count * sizeof *traces);
    count_schedules(&batch);
    done += batch.count;
  }
  if (!found.seed) explored.different += count_different(traces, wanted.seeds);
  free(traces);
  if (found.seed) fail_at(&found);
}

// Whatever ran before, a seed gives the same schedule.
static void seeds_repeat(void **state) {
  const Scenario *scenario = *state;
  uint64_t traces[20];
  for (int round = 0; round < 2; round++) {
    for (uint64_t i = 0; i < 20; i++) {
      const QzSimPlan plan = plan_of(scenario, round ? 20 - i : i + 1);
      assert_int_equal(run_once(scenario, &plan), expected_of(scenario));
      uint64_t *trace = &traces[plan.seed - 1];
      if (round) assert_int_equal(*trace, qz_sim_trace());
      else *trace = qz_sim_trace();
    }
  }
}

// Tries the scenarios in turn, with more and more seeds.
static bool find_fault(Finding *found) {
  for (uint64_t first = 1; first < FAULT_SEEDS; first += FAULT_BATCH)
    for (size_t i = 0; i < all_count; i++) {
      const Batch batch = {&all_scenarios[i], found->fault, first, FAULT_BATCH};
      found->scenario = batch.scenario;
      if ((found->seed = find_in(&batch, &found->outcome))) return true;
    }
  return false;
}

static void the_fault_is_found(void **state) {
  char what[TEXT_ROOM];
  Finding found = {.fault = *(const QzFault *)*state};
  if (!find_fault(&found)) fail_with("not found within %d seeds", FAULT_SEEDS);
  describe(what, &found);
  print_message("%s\n  found by %s\n", fault_texts[found.fault], what);
  see_again(&found);
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
  need(qz_sched_start(workers));
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
    alarm(BATCH_SECONDS);
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
      fail_with("%s: %s in run %u with %u workers", scenario->name, outcome_names[outcome], i, count);
  }
  alarm(0);
}

// ── The program ─────────────────────────────────────────────────────────────────────────────────────────────────
static void be_silent(const QzString *message, const QzPlace *place) { (void)message, (void)place; }
static void report_nothing(const char *line) { (void)line; }

static QzFault fault_named(const char *name) {
  size_t fault = sizeof fault_names / sizeof *fault_names;
  while (--fault && strcmp(name, fault_names[fault]) != 0) {}
  return (QzFault)fault;
}

static const Scenario *scenario_named(const char *name) {
  for (size_t i = 0; i < all_count; i++)
    if (strcmp(name, all_scenarios[i].name) == 0) return &all_scenarios[i];
  return NULL;
}

// [SEEDS [SCENARIO [FIRST [FAULT]]]]: so many seeds of each scenario; of that one only; from that seed on; with that
// fault planted. False: there is none of that name.
static bool read_arguments(int argc, char **argv) {
  program_path = argv[0];
  if (argc > 1) wanted.seeds = strtoull(argv[1], NULL, 10);
  if (argc > 2) wanted.scenario = argv[2];
  if (argc > 3) wanted.first = strtoull(argv[3], NULL, 10);
  if (argc > 4) wanted.fault = fault_named(argv[4]);
  if (wanted.scenario && !scenario_named(wanted.scenario)) fprintf(stderr, "no scenario '%s'\n", wanted.scenario);
  else if (argc > 4 && !wanted.fault) fprintf(stderr, "no fault '%s'\n", argv[4]);
  else return true;
  return false;
}

static size_t add_tests(struct CMUnitTest *tests, size_t size, CMUnitTestFunction test) {
  for (size_t i = 0; i < all_count; i++)
    if (!wanted.scenario || strcmp(wanted.scenario, all_scenarios[i].name) == 0)
      tests[size++] = (struct CMUnitTest){all_scenarios[i].name, test, NULL, NULL, (void *)&all_scenarios[i]};
  return size;
}

// spec/runner/unit.py shows this line.
static void say_how_many(void) {
  uint64_t walks = explored.schedules[QZ_SIM_WALK], changes = explored.schedules[QZ_SIM_PCT];
  printf("# schedules: %llu (%llu random walks, %llu PCT of depth %d), %llu of them different\n",
         (unsigned long long)(walks + changes), (unsigned long long)walks, (unsigned long long)changes, PCT_DEPTH,
         (unsigned long long)explored.different);
}

static int explore(int argc, char **argv, const Scenario *scenarios, size_t count, const QzFault *faults,
                   size_t fault_count) {
  static const QzProgram program;
  struct CMUnitTest tests[TESTS_LIMIT];
  qz_program = &program;
  qz_panic_printer = be_silent;
  qz_report_printer = report_nothing;
  all_scenarios = scenarios;
  all_count = count;
  if (count > SCENARIOS_LIMIT || !read_arguments(argc, argv)) return 2;
  report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (report == MAP_FAILED) return 2;
  size_t size = add_tests(tests, 0, every_schedule_is_right);
  if (argc <= 3) {  // else it is a look at a few seeds
    size = add_tests(tests, size, threads_are_right);
    size = add_tests(tests, size, seeds_repeat);
  }
  for (size_t i = 0; i < fault_count && !wanted.scenario; i++)
    tests[size++] = (struct CMUnitTest){fault_texts[faults[i]], the_fault_is_found, NULL, NULL, (void *)&faults[i]};
  int failed = _cmocka_run_group_tests("schedules", tests, size, NULL, NULL);
  say_how_many();
  return failed;
}

#endif
