// quartz test: builds and runs every *_spec.qz, several at a time, each in a worker that compiles the file and then
// becomes the program. What it prints goes to a log, which holds its results.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/build.h"
#include "driver/commands.h"
#include "driver/crash.h"
#include "driver/file.h"
#include "driver/test_report.h"
#include "driver/worker.h"

enum { SECONDS_PER_FILE = 60 };  // when nobody says otherwise

typedef struct TestJob {
  BuildTask task;
  WorkerOptions worker;
  TestSuite *suite;
  pid_t pid;  // 0: not running
  double started;
  bool timed_out;
} TestJob;

typedef struct TestPool {
  Arena *arena;
  const char *scratch;
  const char *mark;  // which results begin with, so that nothing else that is printed looks like one
  TestRun run;
  TestJob *jobs;  // one a suite
  uint32_t next;  // the first that was not started
  int running, limit;
  int seconds;  // for a file, compiling included
  Watch watch;
} TestPool;

// ── Finding the files ───────────────────────────────────────────────────────────────────────────────────────────
static bool is_spec(const char *name) {
  size_t size = strlen(name);
  return size > 8 && strcmp(name + size - 8, "_spec.qz") == 0;
}

static PathList find_all(Arena *arena, const Options *options) {
  const char *path = options->operands.size ? options->operands.data[0] : ".";
  PathList found = {0};
  files_at(arena, path, is_spec, &found);
  return found;
}

// ── Running one ─────────────────────────────────────────────────────────────────────────────────────────────────
// With std/qspec, a filter that does not choose the file chooses among its tests.
static int run_spec(const BuildTask *task) {
  Arena arena = {0};
  const char *filter = task->options->filter, *program = task->job.output;
  bool chooses_tests = filter && !strstr(task->job.path, filter);
  char *words[] = {arena_text(&arena, program, strlen(program)), NULL, NULL, NULL};
  if (chooses_tests)
    words[1] = arena_text(&arena, "--filter", 8), words[2] = arena_text(&arena, filter, strlen(filter));
  int status = build_exec(task, words);
  arena_free(&arena);
  return status;
}

static bool start(TestPool *pool, TestJob *job, uint32_t number) {
  Text folder = {.arena = pool->arena};
  text_printf(&folder, "%s/%u", pool->scratch, number);
  if (mkdir(text_str(&folder), 0700) != 0) return false;
  job->task = (BuildTask){.options = pool->run.options, .then = run_spec};
  job->task.job = (CompileJob){.path = job->suite->path, .last = LAST_PROGRAM, .wants_main = true,
                                 .tests = true};
  job->task.job.scratch = text_str(&folder);
  job->task.job.output = path_join(pool->arena, text_str(&folder), build_name(pool->arena, job->suite->path));
  job->worker = (WorkerOptions){.is_apart = true, .output = path_join(pool->arena, text_str(&folder), ".log")};
  job->started = clock_seconds();
  job->pid = worker_start(&pool->watch, build_work, &job->task, &job->worker);
  return job->pid > 0;
}

static void add_file_result(TestPool *pool, TestJob *job, TestOutcome outcome, const char *name, const char *details) {
  vec_push(pool->arena, &job->suite->results, (TestResult){outcome, name, details, true});
}

// What the tests themselves cannot report: that the file does not compile, that the program ended too early.
static const char *failure_of_file(TestPool *pool, const TestJob *job, const TapReport *report, int status) {
  Text words = {.arena = pool->arena};
  uint32_t failed = 0;
  for (uint32_t i = 0; i < report->results.size; i++) failed += report->results.data[i].outcome == TEST_FAILED;
  if (job->timed_out) text_printf(&words, "stopped after %d s", pool->seconds);
  else if (status > 128)
    text_printf(&words, "ended by signal %d (%s)", status - 128, strsignal(status - 128));
  else if (status != 0 && !failed) text_printf(&words, "exit status %d", status);
  else if (report->planned >= 0 && report->planned != (long)report->results.size)
    text_printf(&words, "%u of %ld tests reported", report->results.size, report->planned);
  else if (report->is_tap && report->planned < 0 && !report->results.size)
    text_printf(&words, "what it describes did not run; `main` ends with `qspec_main()`");
  bool is_cut_off = words.size && report->results.size && report->planned > (long)report->results.size;
  if (is_cut_off) text_printf(&words, ", behind `%s`", vec_last(&report->results)->name);
  return words.size ? text_str(&words) : NULL;
}

static void finish(TestPool *pool, TestJob *job, int status) {
  TestSuite *suite = job->suite;
  FileText log = file_read(pool->arena, job->worker.output);
  TapReport report = tap_parse(pool->arena, log.data ? log.data : "", pool->mark);
  for (uint32_t i = 0; i < report.results.size; i++) vec_push(pool->arena, &suite->results, report.results.data[i]);
  const char *failure = failure_of_file(pool, job, &report, status);
  if (failure) add_file_result(pool, job, TEST_FAILED, failure, report.rest);
  else if (!report.results.size && report.planned < 0)
    add_file_result(pool, job, TEST_PASSED, "exit status 0", report.rest);
  suite->seconds = clock_seconds() - job->started;
  suite->is_done = true;
  worker_signal(job->pid, &job->worker, SIGKILL);  // whatever it started and left behind
  job->pid = 0;
  pool->running--;
  scratch_remove(job->task.job.scratch);
}

// ── Running all ─────────────────────────────────────────────────────────────────────────────────────────────────
static void start_some(TestPool *pool) {
  while (pool->running < pool->limit && pool->next < pool->run.suite_count) {
    TestJob *job = &pool->jobs[pool->next];
    if (start(pool, job, pool->next++)) {
      pool->running++;
      continue;
    }
    add_file_result(pool, job, TEST_FAILED, "cannot start", strerror(errno));
    job->suite->is_done = true;
    job->pid = 0;
  }
}

static double time_left(const TestPool *pool) {
  double first = pool->seconds, now = clock_seconds();
  for (uint32_t i = 0; i < pool->next; i++) {
    const TestJob *job = &pool->jobs[i];
    double left = job->started + pool->seconds - now;
    if (job->pid && !job->timed_out && left < first) first = left;
  }
  return first < 0 ? 0 : first;
}

static void stop_late(TestPool *pool) {
  for (uint32_t i = 0; i < pool->next; i++) {
    TestJob *job = &pool->jobs[i];
    if (!job->pid || job->timed_out || clock_seconds() - job->started < pool->seconds) continue;
    job->timed_out = true;
    worker_signal(job->pid, &job->worker, SIGKILL);
  }
}

static void stop_all(TestPool *pool) {
  for (uint32_t i = 0; i < pool->next; i++)
    if (pool->jobs[i].pid) worker_signal(pool->jobs[i].pid, &pool->jobs[i].worker, SIGKILL);
}

static void finish_worker(TestPool *pool, const WatchEvent *event) {
  for (uint32_t i = 0; i < pool->next; i++)
    if (pool->jobs[i].pid == event->pid) finish(pool, &pool->jobs[i], event->status);
}

// 0, or the number of the signal that stopped the run.
static int run_all(TestPool *pool) {
  for (;;) {
    start_some(pool);
    test_report_progress(&pool->run);
    if (!pool->running) return 0;
    WatchEvent event = watch_next(&pool->watch, time_left(pool));
    switch (event.kind) {
      case WATCH_ENDED: finish_worker(pool, &event); break;
      case WATCH_TIMEOUT: stop_late(pool); break;
      case WATCH_SIGNAL: stop_all(pool); return event.status;
    }
  }
}

// A misspelt filter must not look like success.
static int report_nothing(const TestPool *pool) {
  const char *filter = pool->run.options->filter;
  Text words = {.arena = pool->arena};
  if (filter) text_printf(&words, "no test has a name with `%s` in it", filter);
  else text_append(&words, "there is no test in what was run");
  report_plain(pool->run.options, QZ9000, text_str(&words));
  return STATUS_ERRORS;
}

// For the programs that will be run: how to report.
static bool set_protocol(TestPool *pool) {
  uint64_t number;
  Text mark = {.arena = pool->arena};
  if (getrandom(&number, sizeof number, 0) != sizeof number) return false;
  text_printf(&mark, "qspec-%016llx", (unsigned long long)number);
  pool->mark = text_str(&mark);
  return setenv("QSPEC_FORMAT", "tap", 1) == 0 && setenv("QSPEC_MARK", pool->mark, 1) == 0;
}

static int run_pool(TestPool *pool) {
  watch_begin(&pool->watch);
  int stopped_by = run_all(pool);
  watch_end(&pool->watch);
  scratch_remove(pool->scratch);
  if (stopped_by) return 128 + stopped_by;
  bool has_passed = test_report_end(&pool->run);
  for (uint32_t i = 0; i < pool->run.suite_count; i++)
    if (pool->run.suites[i].results.size) return has_passed ? 0 : STATUS_ERRORS;
  return report_nothing(pool);
}

static int run_specs(Arena *arena, const Options *options, const PathList *paths) {
  TestPool pool = {.arena = arena, .run = {.options = options, .suite_count = paths->size}};
  pool.limit = options->jobs ? options->jobs : processor_count();
  pool.seconds = options->timeout ? options->timeout : SECONDS_PER_FILE;
  pool.run.suites = arena_array(arena, TestSuite, paths->size);
  pool.jobs = arena_array(arena, TestJob, paths->size);
  for (uint32_t i = 0; i < paths->size; i++) {
    pool.run.suites[i].path = paths->data[i];
    pool.jobs[i].suite = &pool.run.suites[i];
  }
  Text why = {.arena = arena};
  pool.scratch = scratch_new(arena, &why);
  if (pool.scratch && set_protocol(&pool)) return run_pool(&pool);
  if (pool.scratch) text_printf(&why, "cannot prepare the tests: %s", strerror(errno));
  if (pool.scratch) scratch_remove(pool.scratch);
  report_plain(options, QZ9001, text_str(&why));
  return STATUS_ERRORS;
}

int command_test(const Options *options) {
  Arena arena = {0};
  PathList paths = find_all(&arena, options);
  int status = STATUS_ERRORS;
  if (paths.size) status = run_specs(&arena, options, &paths);
  else report_plain(options, QZ9000, "there is no *_spec.qz to test");
  arena_free(&arena);
  return status;
}
