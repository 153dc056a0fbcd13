// A signal goes to the thread of each worker; its handler notes where the worker stood and sleeps until the pause is
// over. A thread that is inside the system does not hear at once, but it comes back through the handler: so even if it
// does not answer in time, it runs nothing of the program meanwhile.
#include "runtime/sched/pause.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include "runtime/internal.h"
#include "runtime/sched/preempt.h"
#include "runtime/sched/sim.h"

static const int64_t ANSWER_TIME = 100000000;         // ns

typedef struct Paused {
  _Atomic uint32_t round;  // that it is paused in
  QzPausedAt at;
} Paused;

static struct {
  pthread_mutex_t lock;    // held by who pauses
  _Atomic(QzWorker *) by;  // which may be a worker, and may be asked to give way meanwhile
  _Atomic uint32_t round;  // odd: there is a pause
  _Atomic uint32_t answers;
  Paused workers[QZ_WORKERS_LIMIT];
} pauses = {.lock = PTHREAD_MUTEX_INITIALIZER};

static QzPausedAt registers_of(const ucontext_t *context) {
#if defined(__x86_64__)
  const greg_t *registers = context->uc_mcontext.gregs;
  return (QzPausedAt){(void *)registers[REG_RIP], (void *)registers[REG_RBP], (void *)registers[REG_RSP]};
#elif defined(__aarch64__)
  const mcontext_t *registers = &context->uc_mcontext;
  return (QzPausedAt){(void *)registers->pc, (void *)registers->regs[29], (void *)registers->sp};
#endif
}

static void on_pause(int signal_number, siginfo_t *info, void *context) {
  (void)signal_number, (void)info;
  int saved = errno;
  QzWorker *worker = qz_worker_here;
  uint32_t round = atomic_load(&pauses.round);
  if (worker && round & 1 && worker != atomic_load(&pauses.by)) {
    Paused *paused = &pauses.workers[worker->number];
    paused->at = registers_of(context);
    atomic_store(&paused->round, round);
    atomic_fetch_add(&pauses.answers, 1);
    qz_futex_wake(&pauses.answers, 1);
    while (atomic_load(&pauses.round) == round) qz_futex_wait(&pauses.round, round, QZ_FOREVER);
  }
  bool is_asked = worker && atomic_load_explicit(&worker->is_asked, memory_order_relaxed);
  if (is_asked && !QZ_PLANTED(goes_on_where_interrupted) && qz_preempt(context))
    atomic_store_explicit(&worker->is_asked, false, memory_order_relaxed);
  errno = saved;
}

void qz_pause_start(void) {
  struct sigaction action = {.sa_sigaction = on_pause, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
  sigaction(QZ_PAUSE_SIGNAL, &action, NULL);
}

static uint32_t send_signals(void) {
  uint32_t sent = 0;
  const QzWorker *own = qz_worker();
  for (uint32_t i = 0; i < qz_sched_workers(); i++) {
    const QzWorker *worker = qz_sched_worker(i);
    if (worker != own && pthread_kill(worker->thread, QZ_PAUSE_SIGNAL) == 0) sent++;
  }
  return sent;
}

void qz_pause_begin(void) {
  if (qz_sim_on) return;  // the others share this thread
  pthread_mutex_lock(&pauses.lock);
  atomic_store(&pauses.answers, 0);
  atomic_store(&pauses.by, qz_worker());
  atomic_fetch_add(&pauses.round, 1);
  uint32_t expected = send_signals(), answers;
  int64_t deadline = qz_now() + ANSWER_TIME;
  while ((answers = atomic_load(&pauses.answers)) < expected && qz_now() < deadline)
    qz_futex_wait(&pauses.answers, answers, deadline);
}

void qz_pause_end(void) {
  if (qz_sim_on) return;
  atomic_fetch_add(&pauses.round, 1);
  qz_futex_wake(&pauses.round, QZ_WORKERS_LIMIT);
  pthread_mutex_unlock(&pauses.lock);
}

bool qz_paused_at(uint32_t worker, QzPausedAt *at) {
  *at = pauses.workers[worker].at;
  uint32_t round = atomic_load(&pauses.round);
  return round & 1 && atomic_load(&pauses.workers[worker].round) == round;
}
