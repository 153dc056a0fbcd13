// The workers' loop: what to run next, what to do about a stack that was left, when to sleep.
//
// Where the right to run lies at each step: in a queue; with the worker that took it out, until run() is called; with
// what runs; with the worker that left a stack, until after_switch() has put it where it belongs.
#include "runtime/sched/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/fault.h"
#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/sched/actor.h"
#include "runtime/sched/fence.h"
#include "runtime/sched/idle.h"
#include "runtime/sched/monitor.h"
#include "runtime/sched/poll.h"
#include "runtime/sched/served.h"
#include "runtime/sched/sim.h"
#include "runtime/sched/trace_events.h"

enum {
  INJECT_TURNS = 61,   // each so many turns, what came from outside is looked at first; prime, to meet no rhythm
  NEWEST_IN_A_ROW = 3,
  SPARES_LIMIT = 64,   // stacks a worker keeps for itself
  LATE = 150000,       // ns; a worker that runs Quartz code, and has a processor, is interrupted for its timers before
};

_Thread_local QzWorker *qz_worker_here;
#ifdef QZ_FAULTS
QzFault qz_fault_planted;
#endif

static struct {
  QzWorker *workers;
  _Atomic uint32_t count;      // grows, up to `room`
  uint32_t base, room;         // it began with so many
  _Atomic uint32_t active;     // those with higher numbers rest; as the word of a futex
  _Atomic uint32_t resting;
  sigset_t signals;            // that the program blocks, whoever starts a worker
  _Atomic bool stops;
  _Atomic uint32_t searching;  // workers that look for something to steal
  QzIdle idle;
  // Low half: workers that found nothing, even behind their announcement; high half: how often one fell asleep.
  _Atomic uint64_t asleep;
  QzLock lock;                 // of what follows
  QzRunnable *first, **last;   // inject queue: what came from outside or did not fit
  _Atomic uint32_t size;
  _Atomic(QzRunnable *) homebound;  // for the first worker only
  void (*on_stuck)(void);
} sched;

// Stacks that no worker keeps.
static struct {
  pthread_mutex_t lock;
  QzFiber *spare;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

// Pairs with add_worker: who sees that there is one more sees it whole.
static uint32_t worker_count(void) { return atomic_load_explicit(&sched.count, memory_order_acquire); }

// A thread-local variable is looked up anew: the stack may go on on another thread than it left. So the compiler must
// not see that it is one.
#if defined(__x86_64__)
static inline QzWorker *here_now(void) {
  QzWorker *worker;
  __asm__ volatile("movq qz_worker_here@gottpoff(%%rip), %0\n\tmovq %%fs:(%0), %0" : "=r"(worker) : : "memory");
  return worker;
}
#else
static __attribute__((noinline)) QzWorker *here_now(void) {
  __asm__ volatile("" ::: "memory");
  return qz_worker_here;
}
#endif

static uint32_t next_random(QzWorker *worker, uint32_t below) {
  if (qz_sim_on) return qz_sim_choose(below);
  worker->random ^= worker->random << 13;
  worker->random ^= worker->random >> 7;
  worker->random ^= worker->random << 17;
  return (uint32_t)((worker->random >> 32) * below >> 32);
}

uint32_t qz_random_below(uint32_t limit) { return limit > 1 ? next_random(here_now(), limit) : 0; }

// ── Stacks that hold nothing ────────────────────────────────────────────────────────────────────────────────────
static _Noreturn void loop(void);

// What is in the pool depends on what ran before, so a seed must not see it: no points.
static QzFiber *take_shared_spare(void) {
  pthread_mutex_lock(&pool.lock);
  QzFiber *fiber = pool.spare;
  if (fiber) pool.spare = fiber->next;
  pthread_mutex_unlock(&pool.lock);
  return fiber;
}

static void give_shared_spare(QzFiber *fiber) {
  pthread_mutex_lock(&pool.lock);
  fiber->next = pool.spare;
  pool.spare = fiber;
  pthread_mutex_unlock(&pool.lock);
}

static void keep_spare(QzWorker *worker, QzFiber *fiber) {
  if (worker->spare_count == SPARES_LIMIT) {
    give_shared_spare(fiber);
    return;
  }
  fiber->next = worker->spare;
  worker->spare = fiber;
  worker->spare_count++;
}

static __attribute__((noinline)) bool get_spare(QzWorker *worker) {
  QzFiber *fiber = take_shared_spare();
  if (!fiber) fiber = qz_fiber_new(loop);
  if (!fiber) return false;
  keep_spare(worker, fiber);
  return true;
}

static inline bool can_wait(QzWorker *worker) { return worker->spare || get_spare(worker); }

bool qz_can_wait(void) { return can_wait(here_now()); }

static QzFiber *take_spare(QzWorker *worker) {
  QzFiber *fiber = worker->spare;
  worker->spare = fiber->next;
  worker->spare_count--;
  qz_fiber_reset(fiber, loop);
  return fiber;
}

// ── Queues ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void inject(QzRunnable *const *runnables, uint32_t count) {
  qz_lock(&sched.lock);
  for (uint32_t i = 0; i < count; i++) {
    runnables[i]->next = NULL;
    __atomic_store_n(sched.last, runnables[i], __ATOMIC_RELAXED);  // the monitor looks at the first without the lock
    sched.last = &runnables[i]->next;
  }
  QZ_ADD(&sched.size, count, release);
  qz_unlock(&sched.lock);
}

static QzRunnable *take_injected(void) {
  if (QZ_LOAD(&sched.size, acquire) == 0) return NULL;
  qz_lock(&sched.lock);
  QzRunnable *first = sched.first;
  if (first) {
    __atomic_store_n(&sched.first, first->next, __ATOMIC_RELAXED);
    if (!sched.first) sched.last = &sched.first;
    QZ_SUBTRACT(&sched.size, 1, release);
  }
  qz_unlock(&sched.lock);
  return first;
}

// Half of a full queue goes to where others find it.
static __attribute__((noinline)) void make_room(QzWorker *worker) {
  QzRunnable *half[QZ_RING_SIZE / 2];
  inject(half, qz_ring_take_half(&worker->ring, half));
}

static inline void put(QzWorker *worker, QzRunnable *runnable) {
  while (!qz_ring_put(&worker->ring, runnable)) make_room(worker);
}

// Somebody may sleep while there is something to do. One that searches will find it, or wake the next.
static void notify(void) {
  if (worker_count() == 1 || QZ_PLANTED(nobody_is_told)) return;
  // Behind the fence: pairs with the announcement of a worker that goes to sleep.
  atomic_thread_fence(memory_order_seq_cst);
  if (QZ_LOAD(&sched.searching, relaxed) == 0) qz_idle_notify(&sched.idle, 1);
}

static __attribute__((noinline)) void ready(QzWorker *worker, QzRunnable *runnable) {
  if (QZ_PLANTED(told_before_put)) notify();
  put(worker, runnable);
  if (!QZ_PLANTED(told_before_put)) notify();
}

void qz_ready(QzRunnable *runnable) {
  QzWorker *worker = here_now();
  if (worker) {
    ready(worker, runnable);
    return;
  }
  inject(&runnable, 1);
  notify();
}

// Whether so many of what it runs lately are done before another worker would have them.
static bool are_brief(const QzWorker *worker, uint32_t count) {
  return qz_sim_on ? qz_sim_choose(2) == 1 : count * worker->mean_turn < QZ_BRIEF;
}

void qz_ready_polled(QzRunnable *first, bool was_idle) {
  QzWorker *worker = here_now();
  uint32_t count = 0;
  for (QzRunnable *next, *at = first; at; at = next, count++) {
    next = at->next;
    put(worker, at);
  }
  if (count && !(was_idle && are_brief(worker, count))) notify();
}

// What was the next before goes to the queue.
static __attribute__((noinline)) void displace(QzWorker *worker, QzRunnable *runnable) {
  QzRunnable *displaced = QZ_EXCHANGE(&worker->newest, runnable, acq_rel);
  if (displaced) put(worker, displaced);
  worker->owes = false;
  notify();
}

// Nobody may poll meanwhile: the monitor sees to that too, and there is none under a seed.
static inline bool are_turns_brief(const QzWorker *worker) {
  if (qz_sim_on) return !qz_poll_is_on() && qz_sim_choose(2) == 1;
  return atomic_load_explicit(&worker->is_brief, memory_order_relaxed);
}

// Mostly what runs now is about to wait, and the worker takes the newest itself. To wake another one for it would take
// longer than that. If it is not so, find_ready() tells, or who makes the next thing ready, or the monitor.
static inline void tell_later(QzWorker *worker) {
  worker->owes = are_turns_brief(worker) || QZ_PLANTED(newest_waits_on);
  if (!worker->owes) notify();
}

static inline void ready_next(QzWorker *worker, QzRunnable *runnable) {
  // Others only take it away.
  if (QZ_LOAD(&worker->newest, relaxed)) {
    displace(worker, runnable);
    return;
  }
  QZ_STORE(&worker->newest, runnable, release);
  tell_later(worker);
}

void qz_ready_next(QzRunnable *runnable) {
  QzWorker *worker = here_now();
  if (worker) ready_next(worker, runnable);
  else qz_ready(runnable);
}

// ── What to run next ────────────────────────────────────────────────────────────────────────────────────────────
static inline QzRunnable *take_newest(QzWorker *worker) {
  if (QZ_LOAD(&worker->newest, relaxed) == NULL) return NULL;
  return QZ_EXCHANGE(&worker->newest, NULL, acq_rel);
}

// From the worker's own queues. What was woken last is still in the cache; but two that wake each other must not keep
// the others from running.
static inline QzRunnable *take_own(QzWorker *worker) {
  QzRunnable *found;
  if (worker->number == 0 && QZ_LOAD(&sched.homebound, relaxed)) return QZ_EXCHANGE(&sched.homebound, NULL, acquire);
  if (worker->newest_streak < NEWEST_IN_A_ROW && (found = take_newest(worker))) {
    worker->newest_streak++;
    worker->owes = false;
    return found;
  }
  worker->newest_streak = 0;
  if ((found = qz_ring_take(&worker->ring))) return found;
  worker->owes = false;
  return take_newest(worker);
}

static QzRunnable *steal_from(QzWorker *worker, QzWorker *victim) {
  QzRunnable *half[QZ_RING_SIZE / 2];
  uint32_t count = qz_ring_take_half(&victim->ring, half);
  for (uint32_t i = 1; i < count; i++) put(worker, half[i]);
  if (count) qz_event(QZ_EVENT_STEAL, (const void *)(uintptr_t)victim->number, count);
  return count ? half[0] : take_newest(victim);
}

static QzRunnable *steal(QzWorker *worker) {
  uint32_t count = worker_count(), first = next_random(worker, count);
  for (uint32_t i = 0; i < count; i++) {
    QzWorker *victim = &sched.workers[(first + i) % count];
    QzRunnable *found = victim == worker ? NULL : steal_from(worker, victim);
    if (found) return found;
  }
  return NULL;
}

static void start_searching(QzWorker *worker) {
  worker->searches = true;
  QZ_ADD(&sched.searching, 1, seq_cst);
}

// The last searcher that found something wakes the next one: there may be more.
static void stop_searching(QzWorker *worker, bool found) {
  if (!worker->searches) return;
  worker->searches = false;
  if (QZ_SUBTRACT(&sched.searching, 1, seq_cst) == 1 && found && !QZ_PLANTED(searchers_are_quiet)) notify();
}

// Of workers that are in C code all the time, or whose threads get no processor. Gives how many fired.
static uint32_t run_late_timers(const QzWorker *worker) {
  int64_t now = 0;
  uint32_t fired = 0;
  for (uint32_t i = 0; i < worker_count() && !qz_sim_on; i++) {
    QzTimers *wheel = &sched.workers[i].timers;
    int64_t next = atomic_load_explicit(&wheel->next, memory_order_relaxed);
    if (i == worker->number || next == QZ_FOREVER) continue;
    if (!now) now = qz_now();
    if (next + LATE <= now) fired += qz_timers_run(wheel, now);
  }
  return fired;
}

static QzRunnable *search(QzWorker *worker) {
  if (worker_count() == 1) return NULL;
  if (!worker->searches) start_searching(worker);
  QzRunnable *found = run_late_timers(worker) ? take_own(worker) : NULL;
  if (!found) found = steal(worker);
  return found ? found : take_injected();
}

static QzRunnable *look_everywhere(QzWorker *worker) {
  QzRunnable *found = take_own(worker);
  if (!found) found = take_injected();
  return found || worker_count() == 1 ? found : steal(worker);
}

static bool is_surplus(const QzWorker *worker) {
  uint32_t active = atomic_load_explicit(&sched.active, memory_order_relaxed);
  return worker->number >= active && !QZ_PLANTED(helpers_stay);
}

static __attribute__((noinline)) void give_away(QzWorker *worker) {
  for (QzRunnable *own; (own = take_own(worker));) inject(&own, 1);
  notify();
}

static inline QzRunnable *take_ready(QzWorker *worker) {
  QzRunnable *found = take_own(worker);
  return found ? found : take_injected();
}

// Now and then timers, descriptors and what came from outside go first.
static __attribute__((noinline)) QzRunnable *look_around(QzWorker *worker) {
  qz_timers_run(&worker->timers, qz_now());
  if (qz_poll_is_on()) qz_poll_now();
  if (is_surplus(worker)) {
    give_away(worker);
    return NULL;
  }
  QzRunnable *found = take_injected();
  return found ? found : take_ready(worker);
}

// The newest has to wait for something else.
static __attribute__((noinline)) void pay(QzWorker *worker) {
  worker->owes = false;
  notify();
}

// Without sleeping.
static inline QzRunnable *find_ready(QzWorker *worker) {
  uint32_t turn = atomic_load_explicit(&worker->turn, memory_order_relaxed) + 1;
  atomic_store_explicit(&worker->turn, turn, memory_order_relaxed);
  bool looks = turn % INJECT_TURNS == 0 || qz_sim_choose(8) == 1;
  QzRunnable *found = looks ? look_around(worker) : take_ready(worker);
  if (__builtin_expect(worker->owes, false)) pay(worker);
  return found;
}

// ── For reports ─────────────────────────────────────────────────────────────────────────────────────────────────
static void see_queue(QzWorker *worker, void (*see)(QzRunnable *runnable, void *to), void *to) {
  QzRing *ring = &worker->ring;
  uint32_t tail = atomic_load(&ring->tail);
  for (uint32_t at = atomic_load(&ring->head); at != tail; at++) see(atomic_load(qz_ring_slot(ring, at)), to);
  QzRunnable *newest = atomic_load(&worker->newest);
  if (newest) see(newest, to);
  if (worker->handed) see(worker->handed, to);
}

void qz_sched_each_ready(void (*see)(QzRunnable *runnable, void *to), void *to) {
  for (uint32_t i = 0; i < worker_count(); i++) see_queue(&sched.workers[i], see, to);
  for (QzRunnable *injected = sched.first; injected; injected = injected->next) see(injected, to);
}

QzSharedView qz_sched_view(void) {
  uint64_t asleep = atomic_load(&sched.asleep);
  uint32_t resting = atomic_load(&sched.resting), sleepers = (uint32_t)asleep;
  return (QzSharedView){.asleep = sleepers, .idle = sleepers > resting ? sleepers - resting : 0,
                        .falls = (uint32_t)(asleep >> 32),
                        .searching = atomic_load(&sched.searching), .epoch = atomic_load(&sched.idle.epoch),
                        .injected = __atomic_load_n(&sched.first, __ATOMIC_RELAXED),
                        .homebound = atomic_load(&sched.homebound)};
}

QzWorkerView qz_sched_view_worker(uint32_t number) {
  QzWorker *worker = &sched.workers[number];
  QzWorkerView view = {.turn = atomic_load_explicit(&worker->turn, memory_order_relaxed),
                       .newest = atomic_load(&worker->newest), .head = atomic_load(&worker->ring.head)};
  view.has_queue = view.head != atomic_load(&worker->ring.tail);
  return view;
}

int64_t qz_sched_processor_time(uint32_t number) {
  clockid_t clock;
  struct timespec time;
  if (pthread_getcpuclockid(sched.workers[number].thread, &clock) != 0) return 0;
  return clock_gettime(clock, &time) == 0 ? time.tv_sec * INT64_C(1000000000) + time.tv_nsec : 0;
}

void qz_sched_wake_one(void) { qz_idle_notify(&sched.idle, 1); }

uint32_t qz_sched_queue_room(void) { return worker_count() * (QZ_RING_SIZE + 2) + atomic_load(&sched.size); }

// ── Sleeping ────────────────────────────────────────────────────────────────────────────────────────────────────
bool qz_sched_has_timers(void) {
  for (uint32_t i = 0; i < worker_count(); i++)
    if (qz_timers_next(&sched.workers[i].timers) != QZ_FOREVER) return true;
  return false;
}

// Each worker has found every queue empty, and none has anything in its hands: also one that was woken meanwhile and
// still counts as asleep has not looked yet. What is looked at here changes only while somebody is awake, so it was all
// true at once if nobody woke or fell asleep in between.
static bool is_stuck(uint64_t asleep) {
  return (uint32_t)asleep == atomic_load(&sched.count) && !qz_sched_has_timers() &&
         !QZ_LOAD(&sched.homebound, acquire) && !QZ_LOAD(&sched.size, acquire) && !QZ_LOAD(&sched.stops, acquire) &&
         !qz_poll_has_waiters() && QZ_LOAD(&sched.asleep, seq_cst) == asleep;
}

static void begin_sleep(QzWorker *worker) {
  static const uint64_t one_more = (UINT64_C(1) << 32) + 1;
  uint64_t asleep = QZ_ADD(&sched.asleep, one_more, seq_cst) + one_more;
  if (is_stuck(asleep)) qz_sched_stuck();
  atomic_store_explicit(&worker->sleeps, true, memory_order_relaxed);
  if (!qz_sim_on) qz_heap_lend();
}

static void end_sleep(QzWorker *worker) {
  if (!qz_sim_on) qz_heap_lend_end();
  atomic_store_explicit(&worker->sleeps, false, memory_order_relaxed);
  QZ_SUBTRACT(&sched.asleep, 1, seq_cst);
  qz_monitor_worker_woke();
  if (qz_events_on) qz_events_slept();
}

// Since it woke, while it had something to run.
static void measure_turns(QzWorker *worker) {
  uint32_t turns = atomic_load_explicit(&worker->turn, memory_order_relaxed) - worker->turn_woken;
  worker->mean_turn = (qz_now() - worker->woken) / (turns ? turns : 1);
}

static void sleep_at_descriptors(QzWorker *worker, uint32_t key, int64_t until) {
  measure_turns(worker);
  qz_poll_sit(&sched.idle, key, until);
  end_sleep(worker);
  worker->woken = qz_now();
  worker->turn_woken = atomic_load_explicit(&worker->turn, memory_order_relaxed);
  qz_poll_end(true);  // it may have something in its hands now
}

static void fall_asleep(QzWorker *worker, uint32_t key) {
  begin_sleep(worker);
  int64_t until = qz_timers_next(&worker->timers);
  if (qz_poll_is_on() && qz_poll_begin()) {
    sleep_at_descriptors(worker, key, until);
  } else {
    qz_idle_sleep(&sched.idle, key, until);
    end_sleep(worker);
  }
}

// One that is not needed any more gives away what it has, and sleeps where nobody wakes it for something to run. Its
// timers stay with it.
static void rest(QzWorker *worker) {
  stop_searching(worker, false);
  qz_timers_run(&worker->timers, qz_now());
  give_away(worker);
  uint32_t active = atomic_load(&sched.active);
  if (worker->number < active) return;
  QZ_ADD(&sched.resting, 1, seq_cst);
  begin_sleep(worker);
  qz_futex_wait(&sched.active, active, qz_timers_next(&worker->timers));
  end_sleep(worker);
  QZ_SUBTRACT(&sched.resting, 1, seq_cst);
}

static QzRunnable *sleep_or_find(QzWorker *worker) {
  stop_searching(worker, false);
  uint32_t key = qz_idle_announce(&sched.idle);
  QzRunnable *found = QZ_PLANTED(no_second_look) ? NULL : look_everywhere(worker);
  if (found || (QZ_LOAD(&sched.stops, acquire) && !QZ_PLANTED(stops_unseen))) {
    qz_idle_withdraw(&sched.idle);
    // There may be more, and nobody was told while this one searched.
    if (found && !QZ_PLANTED(second_look_is_quiet)) notify();
    return found;
  }
  fall_asleep(worker, key);
  return NULL;
}

static _Noreturn void go_home(QzWorker *worker);

static QzRunnable *find(void) {
  for (;;) {
    QzWorker *worker = here_now();
    if (QZ_LOAD(&sched.stops, acquire)) go_home(worker);
    if (is_surplus(worker)) {
      rest(worker);
      continue;
    }
    QzRunnable *found = find_ready(worker);
    if (!found && qz_timers_run(&worker->timers, qz_now())) continue;
    if (!found) found = search(worker);
    if (!found) found = sleep_or_find(worker);
    if (!found) continue;
    stop_searching(worker, true);
    return found;
  }
}

// ── Changing stacks ─────────────────────────────────────────────────────────────────────────────────────────────
static void after_switch(void) {
  QzWorker *worker = here_now();
  qz_behind_switch(worker->fiber);
  QzFiber *left = worker->left;
  QzLeft left_as = worker->left_as;
  worker->left = NULL;
  worker->left_as = QZ_LEFT_NOTHING;
  switch (left_as) {
    case QZ_LEFT_NOTHING: break;
    case QZ_LEFT_UNUSED: keep_spare(worker, left); break;
    case QZ_LEFT_WAITING:
      if (!qz_wait_commit(left)) ready_next(worker, &left->runnable);
      break;
    case QZ_LEFT_READY: ready(worker, &left->runnable); break;
  }
}

// Returns when somebody changes back, perhaps on another worker.
static inline __attribute__((always_inline)) void leave_for(QzWorker *worker, QzFiber *to, QzLeft left_as) {
  QzFiber *from = worker->fiber;
  worker->left = from;
  worker->left_as = left_as;
  worker->fiber = to;
  qz_context = to->context;
  qz_before_switch(from, to);
  qz_stack_switch(&from->stack_pointer, to->stack_pointer);
  after_switch();
}

static void run_fiber(QzRunnable *self) { leave_for(here_now(), (QzFiber *)self, QZ_LEFT_UNUSED); }

// A stack that is ready is changed to at once; anything else needs a loop to run it.
static void leave(QzWorker *worker, QzLeft left_as) {
  QzRunnable *next = find_ready(worker);
  if (next && next->run == run_fiber) {
    leave_for(worker, (QzFiber *)next, left_as);
    return;
  }
  worker->handed = next;
  leave_for(worker, take_spare(worker), left_as);
}

// A stack is changed to without a call: the processor counts calls and returns. While a stack waits, nothing has
// returned in between then, so that it predicts where the functions on that stack go on.
static _Noreturn void loop(void) {
  after_switch();
  QzWorker *worker = here_now();
  worker->fiber->runnable.run = run_fiber;
  QzRunnable *next = worker->handed;
  worker->handed = NULL;
  for (;; next = NULL) {
    if (!next) next = find();
    if (next->run == run_fiber) leave_for(here_now(), (QzFiber *)next, QZ_LEFT_UNUSED);
    next->run(next);
  }
}

// Whoever wants to wait keeps its stack, and its worker goes on with another one. If there is none the wait ends at
// once, as if somebody else had ended it, and what waited panics (qz_cancelled); but the waits of cleanups last.
static __attribute__((noinline)) void end_for_want_of_stack(QzFiber *self) {
  if (QZ_LOAD(&self->context->lasting, relaxed)) qz_panic_text(QZ_NO_STACK_TEXT);
  QzTicket ticket = atomic_load_explicit(&self->claim, memory_order_relaxed) & QZ_TICKET_MASK;
  qz_wait_claim(self, ticket, QZ_WAKE_NO_STACK);
}

uint32_t qz_suspend(void) {
  QzWorker *worker = here_now();
  QzFiber *self = worker->fiber;
  if (QZ_PLANTED(waits_before_left)) qz_wait_commit(self);
  if (atomic_load_explicit(&self->serves, memory_order_relaxed) || self->scopes) qz_served_before_wait(self);
  if (!can_wait(worker)) end_for_want_of_stack(self);
  if ((QZ_LOAD(&self->claim, relaxed) & QZ_STATE_MASK) != QZ_CLAIMED) {
    qz_event(QZ_EVENT_PARK, NULL, qz_waits_kind(self->waits));
    leave(worker, QZ_LEFT_WAITING);
    qz_event_who(QZ_EVENT_RUN, atomic_load_explicit(&self->serves, memory_order_relaxed));
  }
  self->waits = QZ_FOR_NOTHING;
  uint32_t reason = qz_wait_resume(self);
  if (reason == QZ_WAKE_CANCELLED) qz_served_was_told(self);
  self->had_no_stack = reason == QZ_WAKE_NO_STACK;
  return reason;
}

void qz_ready_woken(QzFiber *fiber) {
  qz_event_who(QZ_EVENT_WAKE, atomic_load_explicit(&fiber->serves, memory_order_relaxed));
  qz_ready_next(&fiber->runnable);
}

bool qz_wake(QzFiber *fiber, QzTicket ticket, uint32_t reason) {
  switch (qz_wait_claim(fiber, ticket, reason)) {
    case QZ_CLAIM_LOST: return false;
    case QZ_CLAIM_LATER:
      if (QZ_PLANTED(enqueued_twice)) qz_ready_next(&fiber->runnable);
      return true;
    case QZ_CLAIM_ENQUEUE: qz_ready_woken(fiber); return true;
  }
  return false;
}

static void end_wait(QzTimer *timer) {
  const QzDeadline *deadline = (QzDeadline *)timer;
  QzFiber *fiber = deadline->fiber;
  QzTicket ticket = deadline->ticket;
  if (QZ_PLANTED(old_timer_counts)) ticket = QZ_LOAD(&fiber->claim, acquire) & QZ_TICKET_MASK;
  qz_wake(fiber, ticket, QZ_WAKE_TIMEOUT);
}

void qz_deadline_arm(QzDeadline *deadline, QzFiber *self, QzTicket ticket, int64_t time) {
  *deadline = (QzDeadline){.timer = {.time = time, .fire = end_wait}, .fiber = self, .ticket = ticket};
  qz_timer_arm(&here_now()->timers, &deadline->timer);
}

uint32_t qz_suspend_until(QzFiber *self, QzTicket ticket, int64_t time) {
  QzDeadline deadline;
  if (time == QZ_FOREVER) return qz_suspend();
  qz_deadline_arm(&deadline, self, ticket, time);
  uint32_t reason = qz_suspend();
  qz_timer_disarm(&deadline.timer);
  return reason;
}

void qz_yield(void) {
  QzWorker *worker = here_now();
  if (!can_wait(worker)) return;
  if (qz_sim_on) qz_sim_spin();  // whoever yields may wait for another worker
  const QzFiber *self = worker->fiber;
  qz_event(QZ_EVENT_YIELD, NULL, 0);
  leave(worker, QZ_LEFT_READY);
  qz_event_who(QZ_EVENT_RUN, atomic_load_explicit(&self->serves, memory_order_relaxed));
}

void qz_give_way(void) {
  QzWorker *worker = here_now();
  atomic_store_explicit(&worker->is_asked, false, memory_order_relaxed);
  qz_timers_run(&worker->timers, qz_now());
  run_late_timers(worker);
  if (qz_poll_is_on()) qz_poll_now();
  qz_yield();
}

// ── Start and stop ──────────────────────────────────────────────────────────────────────────────────────────────
// The stack of the worker's thread. Where it returns, the thread ends.
static _Noreturn void go_home(QzWorker *worker) {
  if (qz_sim_on) qz_sim_finish();
  leave_for(worker, &worker->home, QZ_LEFT_UNUSED);
  __builtin_unreachable();
}

static void *thread_main(void *argument) {
  QzWorker *worker = argument;
  qz_worker_here = worker;
  worker->thread_id = gettid();
  pthread_sigmask(SIG_SETMASK, &sched.signals, NULL);
  worker->fiber = &worker->home;
  qz_fiber_adopt(&worker->home);
  qz_fault_begin_thread();
  if (qz_heap_begin_thread() && qz_can_wait()) {
    leave_for(worker, take_spare(worker), QZ_LEFT_NOTHING);
    qz_heap_end_thread();
  }
  qz_fault_end_thread();
  return NULL;
}

// A worker under a seed has no thread: it begins with the loop.
static bool start_simulated(QzWorker *worker) {
  if (!qz_can_wait()) return false;  // of the first worker's spares
  worker->fiber = take_spare(qz_worker_here);
  worker->sim_stack = worker->fiber->stack_pointer;
  return qz_can_wait();
}

static bool start_worker(QzWorker *worker) {
  if (qz_sim_on) return start_simulated(worker);
  return pthread_create(&worker->thread, NULL, thread_main, worker) == 0;
}

// The first worker's thread is the caller's, and what runs on it goes on as a fiber.
static bool start_first(QzWorker *worker) {
  qz_worker_here = worker;
  worker->thread = pthread_self();
  worker->thread_id = gettid();
  worker->fiber = &worker->home;
  worker->home.runnable.run = run_fiber;
  return qz_can_wait();
}

static void prepare_worker(uint32_t number, int64_t now) {
  QzWorker *worker = &sched.workers[number];
  worker->number = number;
  worker->random = (number + 1) * UINT64_C(0x9E3779B97F4A7C15);
  qz_timers_start(&worker->timers, now);
}

bool qz_sched_start(uint32_t count) { return qz_sched_start_growing(count, count); }

bool qz_sched_start_growing(uint32_t count, uint32_t most) {
  if (count > QZ_WORKERS_LIMIT) count = QZ_WORKERS_LIMIT;
  sched.base = count;
  sched.room = most < count ? count : most > QZ_WORKERS_LIMIT ? QZ_WORKERS_LIMIT : most;
  sched.workers = calloc(sched.room, sizeof *sched.workers);
  if (!sched.workers) return false;
  pthread_sigmask(SIG_SETMASK, NULL, &sched.signals);
  qz_fence_start();
  atomic_store(&sched.count, count);
  atomic_store(&sched.active, count);
  sched.last = &sched.first;
  int64_t now = qz_now();
  for (uint32_t i = 0; i < count; i++) prepare_worker(i, now);
  qz_fiber_adopt(&sched.workers[0].home);
  if (!start_first(&sched.workers[0])) return false;
  for (uint32_t i = 1; i < count; i++)
    if (!start_worker(&sched.workers[i])) return false;
  if (qz_sim_on)
    for (uint32_t i = 1; i < count; i++) qz_sim_enter(i);
  return true;
}

// It is counted before it runs: nobody may think that all sleep while it does not.
static bool add_worker(void) {
  uint32_t number = worker_count();
  if (number == sched.room || !qz_events_make_room(number)) return false;
  prepare_worker(number, qz_now());
  atomic_store(&sched.count, number + 1);
  if (start_worker(&sched.workers[number])) return true;
  atomic_store(&sched.count, number);
  return false;
}

void qz_sched_help_with(uint32_t workers) {
  uint32_t active = sched.base + workers;
  if (active == atomic_load(&sched.active)) return;
  atomic_store(&sched.active, active);
  qz_futex_wake(&sched.active, QZ_WORKERS_LIMIT);
  while (worker_count() < active && add_worker()) continue;
}

// Passes the stack on until the first worker has it: the stack of a thread must end on that thread.
static void run_at_home(QzRunnable *self) {
  QzWorker *worker = here_now();
  if (worker->number == 0) {
    self->run = run_fiber;
    run_fiber(self);
  }
  QZ_STORE(&sched.homebound, self, release);
  atomic_thread_fence(memory_order_seq_cst);  // pairs with the announcement of the first worker's sleep
  qz_idle_notify(&sched.idle, worker_count());
}

static void go_to_first(void) {
  QzFiber *self = here_now()->fiber;
  if (here_now()->number == 0) return;
  self->runnable.run = run_at_home;
  leave(here_now(), QZ_LEFT_READY);
}

static void forget(void) {
  qz_actors_end();
  free(sched.workers);
  sched.workers = NULL;
  atomic_store(&sched.count, 0);
  atomic_store(&sched.resting, 0);
  sched.first = NULL;
  atomic_store(&sched.size, 0);
  atomic_store(&sched.stops, false);
  atomic_store(&sched.homebound, NULL);
  atomic_store(&sched.searching, 0);
  atomic_store(&sched.idle.sleepers, 0);
  atomic_store(&sched.idle.epoch, 0);
  qz_poll_stop();
  atomic_store(&sched.asleep, 0);
  atomic_store(&sched.lock.word, 0);
  qz_worker_here = NULL;
}

static void forget_spares(void) {
  for (uint32_t i = 0; i < worker_count(); i++) {
    QzWorker *worker = &sched.workers[i];
    if (i && worker->fiber != &worker->home) give_shared_spare(worker->fiber);
    for (QzFiber *next, *fiber = worker->spare; fiber; fiber = next) {
      next = fiber->next;
      give_shared_spare(fiber);
    }
  }
}

void qz_sched_stop(void) {
  if (!qz_can_wait()) return;
  go_to_first();
  QZ_STORE(&sched.stops, true, seq_cst);
  qz_idle_notify(&sched.idle, worker_count());
  QZ_STORE(&sched.active, sched.room, seq_cst);
  qz_futex_wake(&sched.active, QZ_WORKERS_LIMIT);
  if (qz_sim_on) qz_sim_end();
  else for (uint32_t i = 1; i < worker_count(); i++) pthread_join(sched.workers[i].thread, NULL);
  forget_spares();
  forget();
}

// Whatever stands on other stacks is left there.
void qz_sched_abandon(void) {
  if (qz_sim_on) qz_sim_abandon();
  forget();
}

uint32_t qz_sched_workers(void) { return worker_count(); }

bool qz_sched_is_quiet(void) { return (uint32_t)QZ_LOAD(&sched.asleep, acquire) + 1 >= worker_count(); }
void qz_sched_notify(void) { notify(); }

void qz_sched_unseat(void) { qz_idle_unseat(&sched.idle); }

QzWorker *qz_sched_worker(uint32_t number) { return &sched.workers[number]; }

void qz_sched_stuck(void) {
  if (sched.on_stuck) sched.on_stuck();
}

void qz_sched_when_stuck(void (*on_stuck)(void)) { sched.on_stuck = on_stuck; }
