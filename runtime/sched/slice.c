// A worker that is at the same turn as at the last look has run one thing all the time. It is asked to give way when
// its slice is over and something waits that it alone would run soon: in its queues, or at its timers; and what would
// come in by descriptors, when nobody else has the time to poll them. A signal would end some calls of the system
// early, so a thread that waits inside of one gets none.
#include "runtime/sched/slice.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "runtime/sched/pause.h"
#include "runtime/sched/poll.h"
#include "runtime/sched/rescue.h"
#include "runtime/sched/worker.h"

// Where somebody was interrupted just now, timers are likely to need it again: looks follow closely then. Where all
// turns are short they follow ever more slowly, since each look takes a processor from who runs.
enum { NS_PER_MS = 1000000, SLICE = NS_PER_MS, STUCK = 10 * NS_PER_MS, AGAIN = NS_PER_MS / 5, BUSY = 5 * NS_PER_MS };
enum { LONGEST_PAUSE = SLICE };
static int64_t busy_until, pause_at_turns = AGAIN;
static int64_t judged;  // turns were, at that time
static bool found_same_turn;

typedef struct Running {
  uint32_t turn_at_look;  // when turns were judged
  uint32_t turn;
  int64_t since;          // it was first seen at this turn
  int64_t began;          // the time of the processor then
  int64_t used;           // the time of the processor when it was asked to give way for the first time since
  bool was_in_system;     // at the last look
  bool was_asked;
  bool is_unheard;        // it was asked at an earlier look, and its timers are still due
  bool is_helped;         // others took over what waited for it
  bool is_replaced;       // by a worker that there would not be else
  int file;               // says what the thread waits for in the system; 0: not open yet, -1: cannot be opened
} Running;

static Running running[QZ_WORKERS_LIMIT];

bool qz_slice_is_helped(uint32_t worker, uint32_t turn) {
  return running[worker].is_helped && running[worker].turn == turn;
}

static bool is_waited_for(uint32_t number, const QzWorkerView *view, const QzSharedView *shared) {
  if (view->has_queue || view->newest || (number == 0 && shared->homebound)) return true;
  return !shared->idle && (shared->injected || qz_poll_is_on());
}

// What cannot be known is taken for no.
static bool waits_in_system(uint32_t number) {
  Running *seen = &running[number];
  pid_t thread = atomic_load_explicit(&qz_sched_worker(number)->thread_id, memory_order_relaxed);
  char path[64], first = 0;
  if (!seen->file && thread) {
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)thread);
    seen->file = open(path, O_RDONLY | O_CLOEXEC);
  }
  return seen->file > 0 && pread(seen->file, &first, 1, 0) == 1 && first != 'r';  // "running"
}

void qz_slice_stop(void) {
  busy_until = 0;
  pause_at_turns = AGAIN;
  for (uint32_t i = 0; i < QZ_WORKERS_LIMIT; i++) {
    if (running[i].file > 0) close(running[i].file);
    running[i] = (Running){0};
  }
}

// Asks it to give way. `used`: the time of the processor that it had. True: it was asked long ago, and has been in C
// code all the time.
static bool interrupt(Running *seen, QzWorker *worker, int64_t used) {
  if (!seen->was_asked) seen->used = used;
  seen->was_asked = true;
  atomic_store_explicit(&worker->is_asked, true, memory_order_relaxed);
  pthread_kill(worker->thread, QZ_PAUSE_SIGNAL);
  busy_until = qz_now() + BUSY;
  return used - seen->used >= STUCK;
}

// Of who does not wait in the system: interrupts it if its slice is over. One that had to wait for the processor most
// of that time has not had it.
static bool end_slice(Running *seen, QzWorker *worker, int64_t now, bool is_due) {
  if (!is_due && now - seen->since < SLICE) return false;
  int64_t used = qz_sched_processor_time(worker->number);
  if (!is_due && used - seen->began < SLICE / 2) return false;
  return interrupt(seen, worker, used);
}

// It is in C code. Those that sleep look at its timers, too, when they are woken; its queues they know.
static void help(Running *seen, bool is_due, const QzSharedView *shared) {
  seen->is_helped = true;
  if (!shared->idle) seen->is_replaced = true;
  else if (is_due) qz_sched_wake_one();
}

// Something lies in a queue, or a timer is late, of whichever worker.
static bool is_somebody_waiting(int64_t now) {
  bool waits = qz_rescue_sees_work();
  for (uint32_t i = 0; i < qz_sched_workers() && !waits; i++)
    waits = qz_timers_next(&qz_sched_worker(i)->timers) <= now;
  return waits;
}

// Whether its turns were short, `passed` ns ago until now.
static void judge_turns(uint32_t number, int64_t passed) {
  Running *seen = &running[number];
  QzWorker *worker = qz_sched_worker(number);
  uint32_t turn = atomic_load_explicit(&worker->turn, memory_order_relaxed), turns = turn - seen->turn_at_look;
  seen->turn_at_look = turn;
  atomic_store_explicit(&worker->is_brief, (int64_t)turns * QZ_BRIEF > passed, memory_order_relaxed);
}

// `others_wait`: somebody is waiting. Who is in C code then is replaced whether or not it is his own queue: what took
// over from there may be in C code too.
static int64_t look_at(uint32_t number, int64_t now, const QzSharedView *shared, bool others_wait) {
  Running *seen = &running[number];
  QzWorker *worker = qz_sched_worker(number);
  QzWorkerView view = qz_sched_view_worker(number);
  int64_t timer = qz_timers_next(&worker->timers);
  bool is_new = view.turn != seen->turn, is_due = timer <= now;
  int64_t next = timer > now && timer < now + SLICE ? timer : now + SLICE;
  if (is_new) seen->was_in_system = seen->was_asked = seen->is_helped = seen->is_replaced = false;
  seen->is_unheard = is_due && seen->was_asked;
  if (atomic_load_explicit(&worker->sleeps, memory_order_relaxed)) return QZ_FOREVER;
  bool is_wanted = is_due || is_waited_for(number, &view, shared);
  if (!is_wanted && !others_wait) return timer;
  if (is_new) {
    seen->turn = view.turn, seen->since = now, seen->began = qz_sched_processor_time(number);
    if (!is_due) return timer < now + pause_at_turns ? timer : now + pause_at_turns;
  }
  found_same_turn = true;
  // It tells nobody of that itself while its turns are short.
  if (view.newest && shared->idle && !QZ_PLANTED(newest_waits_on)) qz_sched_wake_one();
  bool is_in_system = waits_in_system(number);
  bool is_stuck = is_in_system ? seen->was_in_system : end_slice(seen, worker, now, is_due);
  if (is_stuck) help(seen, is_due, shared);
  seen->was_in_system = is_in_system;
  return next;
}

// Its thread may not have got a processor since. Who gives way looks at the timers of all.
static void ask_others(const QzSharedView *shared) {
  if (shared->idle) {
    qz_sched_wake_one();
    return;
  }
  for (uint32_t i = 0; i < qz_sched_workers(); i++) {
    QzWorker *worker = qz_sched_worker(i);
    bool sleeps = atomic_load_explicit(&worker->sleeps, memory_order_relaxed);
    bool is_asked = !running[i].is_unheard && !sleeps && !waits_in_system(i);
    if (is_asked) interrupt(&running[i], worker, qz_sched_processor_time(i));
  }
}

int64_t qz_slice_look(void) {
  QzSharedView shared = qz_sched_view();
  int64_t now = qz_now(), next = QZ_FOREVER;
  uint32_t replaced = 0, unheard = 0;
  bool others_wait = is_somebody_waiting(now), judges = now - judged >= AGAIN / 2;
  found_same_turn = false;
  for (uint32_t i = 0; i < qz_sched_workers(); i++) {
    if (judges) judge_turns(i, now - judged);
    int64_t wanted = look_at(i, now, &shared, others_wait);
    if (wanted < next) next = wanted;
    replaced += running[i].is_replaced;
    unheard += running[i].is_unheard;
  }
  if (judges) judged = now;
  if (unheard) ask_others(&shared);
  qz_sched_help_with(replaced);
  pause_at_turns = found_same_turn ? AGAIN : pause_at_turns < LONGEST_PAUSE ? pause_at_turns * 2 : pause_at_turns;
  if (now < busy_until && next > now + AGAIN) return now + AGAIN;
  return replaced && next == QZ_FOREVER ? now + SLICE : next;
}
