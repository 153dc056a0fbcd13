// The program's life: arguments, the outermost panic guard, module initialisation, main, the release of globals, the
// leak report, the exit status.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/fault.h"
#include "runtime/internal.h"

const QzProgram *qz_program;
const void *qz_main_frame;
static int argument_count;
static char **arguments;

void (*qz_before_death)(void);

_Noreturn void qz_die(int status) {
  if (qz_before_death) qz_before_death();
  qz_stdout_flush();
  _exit(status);
}

typedef struct Run {
  const QzProgram *program;
  int64_t status;
} Run;

static void run_main(void *argument) {
  Run *run = argument;
  run->status = run->program->main();
}

bool (*qz_end_tasks)(void);

static void run_deinit(void *argument) { ((Run *)argument)->program->deinit(); }

int qz_start(const QzProgram *program, int argc, char **argv) {
  qz_program = program;
  qz_main_frame = __builtin_frame_address(0);
  argument_count = argc;
  arguments = argv;
  qz_mem_start();
  qz_fault_start();
  signal(SIGPIPE, SIG_IGN);  // writing to a closed pipe or socket is an error like any other
  Run run = {.program = program, .status = QZ_STATUS_PANIC};
  bool panicked = qz_panic_guard(run_main, &run, true);
  if (qz_end_tasks && !qz_end_tasks()) qz_die(panicked ? QZ_STATUS_PANIC : (int)run.status);
  if (program->deinit) panicked |= qz_panic_guard(run_deinit, &run, true);
  qz_stdout_flush();
  qz_panic_forget();
  qz_mem_report_leaks();
  return panicked ? QZ_STATUS_PANIC : (int)run.status;
}

int64_t qz_args_count(void) { return argument_count > 0 ? argument_count - 1 : 0; }

QzString *qz_arg(int64_t index) { return qz_string_of(arguments[index + 1]); }

void qz_exit(int64_t status) {
  if (qz_end_tasks) qz_die((int)status);  // others may be running, and need what exit() takes down
  qz_stdout_flush();
  qz_mem_report_leaks();
  exit((int)status);
}
