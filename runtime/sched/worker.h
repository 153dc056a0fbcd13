// Workers: threads that run what has the right to run.
//
// A worker's loop stands on a pooled stack and calls tasks and handlers directly, without a change of stacks. When one
// of them must wait, that stack is what is parked, the loop's frames with it, and the worker goes on with the loop on a
// fresh stack; so something that never waits costs no change, and something that waits one stack.
#ifndef QZ_SCHED_WORKER_H
#define QZ_SCHED_WORKER_H

#include <pthread.h>

#include "runtime/sched/futex.h"
#include "runtime/sched/ring.h"
#include "runtime/sched/timer.h"
#include "runtime/sched/waiter.h"

enum {
  QZ_WORKERS_LIMIT = 256,
  QZ_BRIEF = 50000,  // ns; to run something elsewhere takes about as long, since another processor has to wake up
};

// What is to be done about a stack once it has been left: not before, since it might be taken up at once elsewhere.
typedef enum QzLeft { QZ_LEFT_NOTHING, QZ_LEFT_UNUSED, QZ_LEFT_WAITING, QZ_LEFT_READY } QzLeft;

struct QzWorker {
  QzFiber *fiber;        // the stack it stands on
  QzFiber *left;         // the stack it stood on before
  QzLeft left_as;
  QzRunnable *handed;    // what a loop that begins on a fresh stack runs first
  QzFiber *spare;        // stacks that hold nothing, by `next`
  uint32_t spare_count;
  uint32_t number;
  _Atomic uint32_t turn;  // counts what was run, for what is done now and then; written by this worker only
  uint32_t newest_streak;
  bool owes;             // somebody is to be told of the newest, unless this worker takes it before anything else
  _Atomic bool is_brief; // its turns are short: what is ready next it has done before another worker would begin
  uint32_t io_calls;     // on descriptors
  uint32_t turn_woken;   // the turn at which it was last woken at the descriptors,
  int64_t woken;         // when that was,
  int64_t mean_turn;     // and how long a turn took from then on, until it slept there again; ns
  uint64_t random;
  _Atomic(QzRunnable *) newest;  // what was woken last runs first, a few times in a row
  QzRing ring;
  QzTimers timers;
  bool searches;         // counted in qz_sched.searching
  _Atomic bool sleeps;   // for the monitor
  _Atomic bool is_asked; // by it: what runs is to give way, at the next call that looks (qz_give_way_if_asked)
  void *sim_stack;       // under a seed: where it stands while another worker runs
  pthread_t thread;
  _Atomic pid_t thread_id;  // 0: the thread has not begun
  QzFiber home;          // the stack of its thread
};

extern _Thread_local QzWorker *qz_worker_here;
static inline QzWorker *qz_worker(void) { return qz_worker_here; }

// `count` workers, the caller's thread being the first; what runs on it now is a fiber from here on. False: no memory.
bool qz_sched_start(uint32_t count);
bool qz_sched_start_growing(uint32_t count, uint32_t most);  // the same, and qz_sched_help_with up to `most`
void qz_sched_stop(void);     // by the fiber that started it, which is on its own thread afterwards
void qz_sched_abandon(void);  // under a seed: after a run that hangs
uint32_t qz_sched_workers(void);
bool qz_sched_has_timers(void);
bool qz_sched_is_quiet(void);  // all other workers sleep, for this moment at least
// Calls on_stuck when every worker sleeps, no timer runs and no descriptor is waited for.
void qz_sched_when_stuck(void (*on_stuck)(void));

void qz_sched_stuck(void);             // calls it
QzWorker *qz_sched_worker(uint32_t number);
void qz_sched_notify(void);            // somebody who sleeps looks whether there is something to do
void qz_sched_unseat(void);            // who sits at the descriptors does

// Shows what is in queues, for reports, while no other worker runs.
void qz_sched_each_ready(void (*see)(QzRunnable *runnable, void *to), void *to);
uint32_t qz_sched_queue_room(void);  // at most so many are shown

// What the monitor sees of all workers, and of one, while they run.
typedef struct QzSharedView {
  uint32_t asleep, idle;      // workers that sleep; those of them that take what is ready
  uint32_t falls, searching;  // how often one fell asleep; workers that search
  uint32_t epoch;                     // of their sleep: changes when one is woken
  const void *injected, *homebound;   // what is first in line there, or NULL
} QzSharedView;

typedef struct QzWorkerView {
  uint32_t turn;
  const void *newest;
  uint32_t head;  // of its queue
  bool has_queue;
} QzWorkerView;

QzSharedView qz_sched_view(void);
QzWorkerView qz_sched_view_worker(uint32_t number);
int64_t qz_sched_processor_time(uint32_t number);  // ns that its thread has used
void qz_sched_wake_one(void);
// So many workers beside those that it started with, while others are in C code; the newer ones rest then. By the
// monitor. Without memory, and beyond the limit, they are fewer.
void qz_sched_help_with(uint32_t workers);

// Enqueues something with the right to run: behind what is ready, or to be the next.
void qz_ready(QzRunnable *runnable);
void qz_ready_next(QzRunnable *runnable);
void qz_ready_woken(QzFiber *fiber);  // the same, of a wait that was claimed
// A list of what was waited for at descriptors. A worker that was idle tells nobody of what it can run as soon itself:
// while it does, nobody polls, unless that takes longer than before (qz_poll_look_after).
void qz_ready_polled(QzRunnable *first, bool was_idle);

#define QZ_NO_STACK_TEXT "out of memory for stacks"
// Suspends the running fiber, which has announced a wait; says why it was claimed.
uint32_t qz_suspend(void);
// Ends a wait, unless somebody did before. True: this was the one.
bool qz_wake(QzFiber *fiber, QzTicket ticket, uint32_t reason);
// A timer that ends one wait. It lies on the stack that waits, which disarms it.
typedef struct QzDeadline {
  QzTimer timer;
  QzFiber *fiber;
  QzTicket ticket;
} QzDeadline;

void qz_deadline_arm(QzDeadline *deadline, QzFiber *self, QzTicket ticket, int64_t time);
uint32_t qz_suspend_until(QzFiber *self, QzTicket ticket, int64_t time);  // QZ_FOREVER: as qz_suspend

void qz_yield(void);  // lets others that are ready run first

void qz_give_way(void);    // as who is interrupted does: also timers and descriptors are looked at
// By calls of compiled programs: one that was to be interrupted, but stood in C code, gives way here.
static inline void qz_give_way_if_asked(void) {
  bool is_asked = atomic_load_explicit(&qz_worker()->is_asked, memory_order_relaxed);
  if (__builtin_expect(is_asked, false) && !QZ_PLANTED(goes_on_after_calls)) qz_give_way();
}

uint32_t qz_random_below(uint32_t limit);  // for fairness only

// Whether the running worker has, or can make, the stack that a wait takes. To be asked before a job begins.
bool qz_can_wait(void);

#endif
