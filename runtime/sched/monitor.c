// What the monitor does is a look each half of the stall limit, at counters that the workers keep anyway. After an
// interval in which no worker got on it rests: while all of them sleep, until one wakes, or memory that was free for
// long is to be given back; while the program waits inside the system, by looking ever more rarely. So it is woken once
// an interval at most, however often workers are.
#include "runtime/sched/monitor.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/sched/dump.h"
#include "runtime/sched/pause.h"
#include "runtime/sched/poll.h"
#include "runtime/sched/rescue.h"
#include "runtime/sched/sim.h"
#include "runtime/sched/slice.h"
#include "runtime/sched/stall.h"

enum { STACK_SIZE = 256 << 10, NS_PER_MS = 1000000, STALL_MS = 25, SLICE_LOOK = NS_PER_MS };
static const int64_t LONGEST_REST = INT64_C(10000) * NS_PER_MS, REST_WITH_WORK = 200 * NS_PER_MS;

_Atomic bool qz_monitor_rests;

static struct {
  bool runs;
  pthread_t thread;
  int64_t interval;
  _Atomic uint32_t calls;  // somebody wants it to look now
  _Atomic bool stops, wants_dump;
} monitor;

void qz_monitor_call(void) {
  atomic_fetch_add(&monitor.calls, 1);
  qz_futex_wake(&monitor.calls, 1);
}

uint32_t qz_monitor_rescues(void) { return qz_rescues(); }

// ── Its rest ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool all_sleep(void) { return qz_sched_view().asleep == qz_sched_workers() && !qz_rescue_sees_work(); }

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

// A worker that wakes after this announcement sees it, or is seen awake.
static void rest(uint32_t calls, int64_t next_look, int64_t heap) {
  bool sleep = all_sleep();
  atomic_store(&qz_monitor_rests, true);
  if (!sleep) qz_futex_wait(&monitor.calls, calls, sooner(next_look, heap));
  else if (all_sleep()) qz_futex_wait(&monitor.calls, calls, heap);
  atomic_store(&qz_monitor_rests, false);
}

static int64_t longer(int64_t pause) {
  int64_t longest = qz_rescue_sees_work() ? REST_WITH_WORK : LONGEST_REST;
  return pause < longest / 2 ? pause * 2 : longest;
}

typedef struct Looks {
  int64_t next;    // of the thorough ones
  int64_t pause;   // between them
  bool is_alive;   // some worker got on between the last two
} Looks;

static void look(Looks *looks) {
  int64_t now = qz_now();
  if (now < looks->next) return;
  looks->is_alive = qz_stall_look();
  qz_rescue_look();
  qz_heap_look(now);
  looks->pause = looks->is_alive ? monitor.interval : longer(looks->pause);
  looks->next = now + looks->pause;
}

// While workers run, slices are looked at often enough to notice the first one that does not end.
static void wait_for_next_look(uint32_t calls, const Looks *looks, int64_t slice) {
  if (looks->is_alive) qz_futex_wait(&monitor.calls, calls, sooner(slice, sooner(looks->next, qz_now() + SLICE_LOOK)));
  else if (slice != QZ_FOREVER) qz_futex_wait(&monitor.calls, calls, sooner(slice, looks->next));
  else rest(calls, looks->next, qz_heap_look(qz_now()));
}

// It runs for some microseconds at a time, and where all processors are busy it has to come in before their slices end.
// Linux knows of such wishes from 6.12 on. A thread has them of the one that makes it, from its first moment on.
typedef struct Slices {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t slice, deadline, period;
} Slices;

// False: nothing was changed.
static bool begin_short_slices(Slices *before) {
  if (syscall(SYS_sched_getattr, 0, before, sizeof *before, 0) != 0 || before->policy != SCHED_OTHER) return false;
  Slices wanted = *before;
  wanted.slice = NS_PER_MS / 10;
  return syscall(SYS_sched_setattr, 0, &wanted, 0) == 0;
}

static void end_short_slices(const Slices *before) { syscall(SYS_sched_setattr, 0, before, 0); }

static void *watch(void *unused) {
  (void)unused;
  prctl(PR_SET_TIMERSLACK, 1UL);  // else it may be woken 50 µs late, for which timers of the program wait
  Looks looks = {.pause = monitor.interval};
  while (!atomic_load(&monitor.stops)) {
    uint32_t calls = atomic_load(&monitor.calls);
    if (atomic_exchange(&monitor.wants_dump, false)) qz_dump();
    look(&looks);
    wait_for_next_look(calls, &looks, sooner(qz_slice_look(), qz_poll_look_after()));
  }
  return NULL;
}

// ── Beginning and end ───────────────────────────────────────────────────────────────────────────────────────────
static void on_quit(int signal_number) {
  (void)signal_number;
  atomic_store(&monitor.wants_dump, true);
  qz_monitor_call();
}

// Who ignores the signal, or has a use for it, keeps that.
static void hear_quit(void) {
  struct sigaction before, action = {.sa_handler = on_quit, .sa_flags = SA_RESTART | SA_ONSTACK};
  if (sigaction(SIGQUIT, NULL, &before) == 0 && before.sa_handler == SIG_DFL) sigaction(SIGQUIT, &action, NULL);
}

// An interpreter is never where it could be interrupted: nobody need be told.
static int64_t stall_limit(void) {
  const char *text = getenv("QUARTZ_STALL_MS");
  bool is_compiled = qz_program && qz_program->code;
  long limit = text ? strtol(text, NULL, 10) : is_compiled ? STALL_MS : 0;
  return limit < 0 ? 0 : limit > INT32_MAX ? (int64_t)INT32_MAX * NS_PER_MS : limit * NS_PER_MS;
}

// Signals of the process are for the program's own threads.
static bool start_thread(void) {
  sigset_t all, before;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Slices slices;
  bool has_short_slices = begin_short_slices(&slices);
  bool has_started = pthread_create(&monitor.thread, &attributes, watch, NULL) == 0;
  if (has_short_slices) end_short_slices(&slices);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return has_started;
}

// Without memory for the thread the program runs unwatched.
void qz_monitor_start(void) {
  qz_pause_start();
  if (qz_sim_on) return;
  int64_t limit = stall_limit();
  qz_stall_start(limit);
  monitor.interval = (limit ? limit : STALL_MS * NS_PER_MS) / 2;
  atomic_store(&monitor.stops, false);
  if ((monitor.runs = start_thread())) hear_quit();
}

void qz_monitor_stop(void) {
  if (!monitor.runs) return;
  atomic_store(&monitor.stops, true);
  qz_monitor_call();
  pthread_join(monitor.thread, NULL);
  qz_slice_stop();
  monitor.runs = false;
}
