// Signals as something to read. The handler writes the number of each signal into the pipes of those who watch it.
//
// A pipe's writing end keeps its number for ever, and gets another pipe when the place is used again: a handler that
// runs just now on another thread writes into one of both, and never into what somebody else has opened.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "runtime/internal.h"
#include "runtime/sched/io.h"
#include "runtime/sched/program.h"
#include "runtime/support.h"

enum { WATCHERS_LIMIT = 64, SIGNALS_LIMIT = 64 };

typedef struct Watcher {
  _Atomic uint64_t wanted;  // a bit a signal; 0: nobody uses the place
  atomic_int pipe;          // where to write; -1: it was never used
  int64_t handle;           // for reading, by who watches
} Watcher;

static struct {
  pthread_mutex_t lock;
  atomic_int used;  // places that were ever used
  Watcher watchers[WATCHERS_LIMIT];
  struct sigaction before[SIGNALS_LIMIT + 1];  // of signals that somebody watches
} signals = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t bit_of(int64_t number) { return UINT64_C(1) << (number - 1); }

static void on_signal(int number) {
  int error = errno;
  const uint8_t byte = (uint8_t)number;
  int used = atomic_load(&signals.used);
  for (int i = 0; i < used; i++)
    if (atomic_load(&signals.watchers[i].wanted) & bit_of(number)) {
      ssize_t ignored = write(atomic_load(&signals.watchers[i].pipe), &byte, 1);  // nobody reads: it is lost
      (void)ignored;
    }
  errno = error;
}

// ── Under the lock ──────────────────────────────────────────────────────────────────────────────────────────────
static uint64_t wanted_by_all(void) {
  uint64_t wanted = 0;
  for (int i = 0; i < atomic_load(&signals.used); i++) wanted |= atomic_load(&signals.watchers[i].wanted);
  return wanted;
}

// What is not wanted any more is again as it was.
static void stop_handling(uint64_t wanted) {
  uint64_t left = wanted & ~wanted_by_all();
  for (int number = 1; number <= SIGNALS_LIMIT; number++)
    if (left & bit_of(number)) sigaction(number, &signals.before[number], NULL);
}

// An error: the system allows no handler for one of them.
static int64_t start_handling(uint64_t missing) {
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
  for (int number = 1; number <= SIGNALS_LIMIT; number++) {
    if (!(missing & bit_of(number)) || sigaction(number, &action, &signals.before[number]) == 0) continue;
    int error = errno;
    stop_handling(missing & (bit_of(number) - 1));
    return -error;
  }
  return 0;
}

static Watcher *free_place(void) {
  int used = atomic_load(&signals.used);
  for (int i = 0; i < used; i++)
    if (!atomic_load(&signals.watchers[i].wanted)) return &signals.watchers[i];
  return used < WATCHERS_LIMIT ? &signals.watchers[used] : NULL;
}

static int64_t put_pipe(Watcher *watcher, int end) {
  bool is_new = watcher == &signals.watchers[atomic_load(&signals.used)];
  if (!is_new) return qz_result(dup3(end, atomic_load(&watcher->pipe), O_CLOEXEC));
  int own = fcntl(end, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return -errno;
  atomic_store(&watcher->pipe, own);
  atomic_fetch_add(&signals.used, 1);
  return 0;
}

static int64_t watch(int64_t handle, int end, uint64_t wanted) {
  Watcher *watcher = free_place();
  int64_t result = watcher ? put_pipe(watcher, end) : -EAGAIN;
  if (result < 0) return result;
  uint64_t missing = wanted & ~wanted_by_all();
  result = start_handling(missing);
  if (result < 0) return result;
  watcher->handle = handle;
  atomic_store(&watcher->wanted, wanted);
  return handle;
}

// ── By the program ──────────────────────────────────────────────────────────────────────────────────────────────
// Those that say that an instruction went wrong come back as soon as their handler ends.
static bool can_be_watched(int64_t number) {
  return number >= 1 && number <= SIGNALS_LIMIT && number != SIGSEGV && number != SIGBUS && number != SIGFPE &&
         number != SIGILL;
}

int64_t qz_signal_watch(const int64_t *numbers, int64_t count) {
  uint64_t wanted = 0;
  for (int64_t i = 0; i < count; i++) {
    if (!can_be_watched(numbers[i])) return -EINVAL;
    wanted |= bit_of(numbers[i]);
  }
  if (!wanted) return -EINVAL;
  int ends[2];
  qz_program_enter();
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
  int64_t handle = qz_io_open(ends[0]);  // not under the lock: under a seed another worker may be next
  if (handle < 0) close(ends[0]);
  pthread_mutex_lock(&signals.lock);
  int64_t result = handle < 0 ? handle : watch(handle, ends[1], wanted);
  pthread_mutex_unlock(&signals.lock);
  close(ends[1]);
  if (result < 0 && handle >= 0) qz_io_close(handle);
  return result;
}

int64_t qz_signal_unwatch(int64_t handle) {
  pthread_mutex_lock(&signals.lock);
  for (int i = 0; i < atomic_load(&signals.used); i++) {
    Watcher *watcher = &signals.watchers[i];
    if (watcher->handle == handle && atomic_load(&watcher->wanted)) stop_handling(atomic_exchange(&watcher->wanted, 0));
  }
  pthread_mutex_unlock(&signals.lock);
  return qz_io_close(handle);
}
