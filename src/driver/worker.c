// Child processes and the signals around them. Signals are taken with sigtimedwait, so there are no handlers and no
// state that a handler would need.
#include "driver/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static sigset_t watched_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

void watch_begin(Watch *watch) {
  signal(SIGCHLD, SIG_DFL);  // a parent that ignores it would have ours reaped unseen
  sigset_t set = watched_signals();
  sigprocmask(SIG_BLOCK, &set, &watch->before);
}

void watch_end(const Watch *watch) { sigprocmask(SIG_SETMASK, &watch->before, NULL); }

int processor_count(void) {
  cpu_set_t ours;
  return sched_getaffinity(0, sizeof ours, &ours) == 0 ? CPU_COUNT(&ours) : 1;
}

// ── Waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────
static int shell_status(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

static WatchEvent ended(pid_t pid, int status) {
  return (WatchEvent){.kind = WATCH_ENDED, .pid = pid, .status = shell_status(status)};
}

static struct timespec duration(double seconds) {
  if (seconds < 0) seconds = 0;
  time_t whole = (time_t)seconds;
  return (struct timespec){whole, (long)((seconds - (double)whole) * 1e9)};
}

WatchEvent watch_next(const Watch *watch, double seconds) {
  (void)watch;
  sigset_t set = watched_signals();
  double end = clock_seconds() + seconds;
  for (;;) {
    // One SIGCHLD may stand for several children, so look before waiting for the next one.
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid > 0) return ended(pid, status);
    struct timespec left = duration(end - clock_seconds());
    siginfo_t info = {0};
    int number = seconds < 0 ? sigwaitinfo(&set, &info) : sigtimedwait(&set, &info, &left);
    if (number < 0 && errno == EAGAIN) return (WatchEvent){.kind = WATCH_TIMEOUT};
    if (number <= 0 || number == SIGCHLD) continue;
    return (WatchEvent){.kind = WATCH_SIGNAL, .status = number, .is_shared = info.si_code == SI_KERNEL};
  }
}

// ── Starting ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool redirect(const char *path, int flags, int to) {
  int fd = open(path, flags, 0600);
  if (fd < 0) return false;
  bool is_done = dup2(fd, to) >= 0;
  close(fd);
  return is_done;
}

static bool prepare_child(const Watch *watch, const WorkerOptions *options, pid_t parent) {
  watch_end(watch);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a watcher that is killed takes its workers along
  if (getppid() != parent) return false;
  if (options->is_apart && (setpgid(0, 0) != 0 || !redirect("/dev/null", O_RDONLY, STDIN_FILENO))) return false;
  if (!options->output) return true;
  return redirect(options->output, O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO) &&
         dup2(STDOUT_FILENO, STDERR_FILENO) >= 0;
}

pid_t worker_start(const Watch *watch, WorkerBody *body, void *data, const WorkerOptions *options) {
  fflush(NULL);  // else the child would print what waits in our buffers a second time
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    int status = prepare_child(watch, options, parent) ? body(data) : 1;
    fflush(NULL);
    _exit(status);
  }
  if (pid > 0 && options->is_apart) setpgid(pid, pid);  // in both processes: whichever comes first
  return pid;
}

void worker_signal(pid_t pid, const WorkerOptions *options, int number) {
  kill(options->is_apart ? -pid : pid, number);
}

int worker_run(WorkerBody *body, void *data) {
  Watch watch;
  watch_begin(&watch);
  WorkerOptions options = {0};
  pid_t pid = worker_start(&watch, body, data, &options);
  int status = 1;
  if (pid < 0) fprintf(stderr, "quartz: cannot start a process\n");
  while (pid > 0) {
    WatchEvent event = watch_next(&watch, -1);
    if (event.kind == WATCH_SIGNAL && !event.is_shared) worker_signal(pid, &options, event.status);
    if (event.kind != WATCH_ENDED || event.pid != pid) continue;
    status = event.status;
    break;
  }
  watch_end(&watch);
  return status;
}

static int wait_for_all(int count) {
  int worst = 0, status;
  while (count) {
    pid_t pid = waitpid(-1, &status, 0);
    if (pid < 0 && errno != EINTR) return 1;
    if (pid < 0) continue;
    count--;
    if (shell_status(status) > worst) worst = shell_status(status);
  }
  return worst;
}

int worker_run_all(WorkerBody *body, void *data, int count) {
  Watch watch;
  sigprocmask(SIG_BLOCK, NULL, &watch.before);
  WorkerOptions options = {0};
  int started = 0;
  while (started < count && worker_start(&watch, body, data, &options) > 0) started++;
  return started ? wait_for_all(started) : body(data);
}
