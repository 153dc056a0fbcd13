// Mutexes, read-write locks and semaphores under many schedules: who may be in at a time, nobody waits for ever, and a
// wait that is ended from outside leaves the lock as it should be.
#include "runtime/sched/sync.h"

#include "runtime/sched/actor.h"
#include "spec/unit/sched/explore.h"

static _Atomic int inside, readers, most, wrong;

static void begin(void) {
  atomic_store(&inside, 0);
  atomic_store(&readers, 0);
  atomic_store(&most, 0);
  atomic_store(&wrong, 0);
}

static bool runs(void (*const bodies[])(void *), size_t count, void *argument) {
  QzTask *tasks[8];
  for (size_t i = 0; i < count; i++) tasks[i] = qz_task_start(bodies[i], argument);
  for (size_t i = 0; i < count; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return atomic_load(&wrong) == 0;
}

// ── Mutex ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void lock_some(void *argument) {
  for (int i = 0; i < 3; i++) {
    if (qz_mutex_lock(argument) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
    if (atomic_fetch_add(&inside, 1) != 0) atomic_fetch_add(&wrong, 1);
    qz_yield();
    atomic_fetch_sub(&inside, 1);
    qz_mutex_unlock(argument, false);
  }
}

// Holds it so long that waiters are handed it.
static void lock_long(void *argument) {
  if (qz_mutex_lock(argument) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
  if (atomic_fetch_add(&inside, 1) != 0) atomic_fetch_add(&wrong, 1);
  qz_sleep_until(qz_now() + 2000000);
  atomic_fetch_sub(&inside, 1);
  qz_mutex_unlock(argument, false);
}

static bool one_holds_the_mutex(void) {
  QzMutex mutex = {0};
  begin();
  return runs((void (*const[])(void *)){lock_some, lock_some, lock_some}, 3, &mutex) &&
         qz_mutex_try(&mutex) == QZ_LOCKED;
}

static bool long_waiters_are_handed_the_mutex(void) {
  QzMutex mutex = {0};
  begin();
  return runs((void (*const[])(void *)){lock_long, lock_some, lock_long}, 3, &mutex) &&
         qz_mutex_try(&mutex) == QZ_LOCKED;
}

static bool panics_poison_the_mutex(void) {
  QzMutex mutex = {0};
  qz_mutex_lock(&mutex);
  qz_mutex_unlock(&mutex, true);
  bool is_told = qz_mutex_lock(&mutex) == QZ_LOCKED_POISONED && qz_mutex_is_poisoned(&mutex);
  if (!is_told || qz_mutex_try(&mutex) != QZ_LOCK_BUSY) return false;
  qz_mutex_heal(&mutex);
  qz_mutex_unlock(&mutex, false);
  return !qz_mutex_is_poisoned(&mutex) && qz_mutex_lock(&mutex) == QZ_LOCKED;
}

// Comes, waits a good millisecond, and is next then, although who held the mutex wants it again at once.
static void lock_in_turn(void *argument) {
  if (qz_mutex_lock(argument) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
  atomic_store(&inside, 1);
  qz_mutex_unlock(argument, false);
}

static bool is_in_line(QzMutex *mutex) {
  qz_lock(&mutex->guard);
  bool is_there = mutex->waiters.first;
  qz_unlock(&mutex->guard);
  return is_there;
}

static bool waiting_has_an_end(void) {
  QzMutex mutex = {0};
  begin();
  qz_mutex_lock(&mutex);
  QzTask *task = qz_task_start(lock_in_turn, &mutex);
  while (!is_in_line(&mutex)) qz_sleep_until(qz_now() + 100000);
  qz_sleep_until(qz_now() + 3000000);
  qz_mutex_unlock(&mutex, false);
  bool was_next = qz_mutex_lock(&mutex) == QZ_LOCKED && atomic_load(&inside) == 1;
  qz_mutex_unlock(&mutex, false);
  qz_task_join(task), qz_task_release(task);
  return was_next && atomic_load(&wrong) == 0;
}

static bool own_mutex_is_refused(void) {
  QzMutex mutex = {0};
  QzRwLock lock = {0};
  qz_mutex_lock(&mutex);
  qz_rwlock_write(&lock);
  QzReading reading;
  bool is_refused = qz_mutex_lock(&mutex) == QZ_LOCK_RECURSIVE && qz_mutex_try(&mutex) == QZ_LOCK_BUSY &&
                    qz_rwlock_write(&lock) == QZ_LOCK_RECURSIVE &&
                    qz_rwlock_read(&lock, &reading) == QZ_LOCK_RECURSIVE;
  qz_mutex_unlock(&mutex, false);
  qz_rwlock_unwrite(&lock, false);
  return is_refused && qz_mutex_lock(&mutex) == QZ_LOCKED && qz_rwlock_write(&lock) == QZ_LOCKED;
}

// Takes it, or goes when its time has passed: both must leave the mutex as it should be.
static void lock_in_time(void *argument) {
  for (int i = 0; i < 3; i++) {
    QzLocked locked = qz_mutex_lock_until(argument, qz_now() + 150000 * i);
    if (locked != QZ_LOCKED && locked != QZ_LOCK_TIMED_OUT) atomic_fetch_add(&wrong, 1);
    if (locked != QZ_LOCKED) continue;
    if (atomic_fetch_add(&inside, 1) != 0) atomic_fetch_add(&wrong, 1);
    qz_sleep_until(qz_now() + 100000);
    atomic_fetch_sub(&inside, 1);
    qz_mutex_unlock(argument, false);
  }
}

static bool late_waiters_leave_the_mutex(void) {
  QzMutex mutex = {0};
  begin();
  return runs((void (*const[])(void *)){lock_in_time, lock_in_time, lock_some, lock_in_time}, 4, &mutex) &&
         qz_mutex_try(&mutex) == QZ_LOCKED && !mutex.waiters.first;
}

// A task that is cancelled while it waits goes without the mutex, or has got it before.
static void lock_unless_cancelled(void *argument) {
  QzLocked locked = qz_mutex_lock(argument);
  if (locked != QZ_LOCKED && locked != QZ_LOCK_STOPPED) atomic_fetch_add(&wrong, 1);
  if (locked == QZ_LOCKED) qz_mutex_unlock(argument, false);
}

static bool cancelled_waiters_leave_the_mutex(void) {
  QzMutex mutex = {0};
  begin();
  qz_mutex_lock(&mutex);
  QzTask *tasks[] = {qz_task_start(lock_unless_cancelled, &mutex), qz_task_start(lock_unless_cancelled, &mutex),
                     qz_task_start(lock_some, &mutex)};
  qz_yield();
  qz_task_cancel(tasks[0]);
  qz_mutex_unlock(&mutex, false);
  qz_task_cancel(tasks[1]);
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return atomic_load(&wrong) == 0 && qz_mutex_try(&mutex) == QZ_LOCKED && !mutex.waiters.first;
}

// ── RwLock ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void read_some(void *argument) {
  for (int i = 0; i < 3; i++) {
    QzReading reading;
    if (qz_rwlock_read(argument, &reading) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
    int now = atomic_fetch_add(&readers, 1) + 1;
    if (now > atomic_load(&most)) atomic_store(&most, now);
    if (atomic_load(&inside) != 0) atomic_fetch_add(&wrong, 1);
    qz_yield();
    atomic_fetch_sub(&readers, 1);
    qz_rwlock_unread(argument, &reading);
  }
}

static void write_some(void *argument) {
  for (int i = 0; i < 2; i++) {
    if (qz_rwlock_write(argument) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
    if (atomic_fetch_add(&inside, 1) != 0 || atomic_load(&readers) != 0) atomic_fetch_add(&wrong, 1);
    qz_yield();
    atomic_fetch_sub(&inside, 1);
    qz_rwlock_unwrite(argument, false);
  }
}

static bool writers_are_alone(void) {
  QzRwLock lock = {0};
  begin();
  bool is_right = runs((void (*const[])(void *)){read_some, write_some, read_some, write_some}, 4, &lock) &&
                  qz_rwlock_write(&lock) == QZ_LOCKED;
  qz_rwlock_end(&lock);
  return is_right;
}

// Who has waited long goes in before those that come behind it, also where readers are never all out at once.
typedef struct Relay {
  QzRwLock lock;
  _Atomic bool is_over;
} Relay;

static void write_in_turn(void *argument) {
  Relay *relay = argument;
  if (qz_rwlock_write(&relay->lock) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
  atomic_store(&relay->is_over, true);
  qz_rwlock_unwrite(&relay->lock, false);
}

static void read_in_turns(void *argument) {
  Relay *relay = argument;
  for (int i = 0; i < 100 && !atomic_load(&relay->is_over); i++) {
    QzReading reading;
    if (qz_rwlock_read(&relay->lock, &reading) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
    qz_sleep_until(qz_now() + 400000);
    qz_rwlock_unread(&relay->lock, &reading);
  }
  if (!atomic_load(&relay->is_over)) atomic_fetch_add(&wrong, 1);
}

static bool waiting_to_write_has_an_end(void) {
  Relay relay = {0};
  begin();
  void (*const bodies[])(void *) = {read_in_turns, read_in_turns, read_in_turns, write_in_turn};
  bool is_right = runs(bodies, 4, &relay);
  qz_rwlock_end(&relay.lock);
  return is_right;
}

enum { PATIENCE = 20000 };

// All readers that waited for one writer get in, also without each other's end.
static void read_until_all_do(void *argument) {
  QzReading reading;
  while (!atomic_load(&inside)) qz_sleep_until(qz_now() + 100000);
  if (qz_rwlock_read(argument, &reading) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
  atomic_fetch_add(&readers, 1);
  int moments = 0;
  while (atomic_load(&readers) < 3 && moments++ < PATIENCE) qz_sleep_until(qz_now() + 100000);
  if (moments >= PATIENCE) atomic_fetch_add(&wrong, 1);
  qz_rwlock_unread(argument, &reading);
}

static void write_once(void *argument) {
  qz_rwlock_write(argument);
  atomic_store(&inside, 1);
  qz_sleep_until(qz_now() + 300000);
  qz_rwlock_unwrite(argument, false);
}

static bool readers_go_together(void) {
  QzRwLock lock = {0};
  begin();
  void (*const bodies[])(void *) = {write_once, read_until_all_do, read_until_all_do, read_until_all_do};
  bool is_right = runs(bodies, 4, &lock);
  qz_rwlock_end(&lock);
  return is_right;
}

typedef struct Recursion {
  QzRwLock lock;
  _Atomic int step;
} Recursion;

static void read_twice(void *argument) {
  Recursion *recursion = argument;
  QzReading outer, inner;
  qz_rwlock_read(&recursion->lock, &outer);
  atomic_store(&recursion->step, 1);
  while (!(atomic_load(&recursion->lock.flags) & QZ_LOCK_HAS_WAITERS)) qz_sleep_until(qz_now() + 100000);
  if (qz_rwlock_read(&recursion->lock, &inner) != QZ_LOCK_RECURSIVE) atomic_fetch_add(&wrong, 1);
  qz_rwlock_unread(&recursion->lock, &outer);
}

static void write_behind(void *argument) {
  Recursion *recursion = argument;
  while (!atomic_load(&recursion->step)) qz_sleep_until(qz_now() + 100000);
  if (qz_rwlock_write(&recursion->lock) != QZ_LOCKED) atomic_fetch_add(&wrong, 1);
  qz_rwlock_unwrite(&recursion->lock, false);
}

static bool recursive_reads_are_refused(void) {
  Recursion recursion = {0};
  begin();
  bool is_right = runs((void (*const[])(void *)){read_twice, write_behind}, 2, &recursion);
  qz_rwlock_end(&recursion.lock);
  return is_right;
}

// ── Semaphore ───────────────────────────────────────────────────────────────────────────────────────────────────
static void take_some(void *argument) {
  for (int i = 0; i < 3; i++) {
    qz_semaphore_take(argument);
    if (atomic_fetch_add(&inside, 1) >= 2) atomic_fetch_add(&wrong, 1);
    qz_yield();
    atomic_fetch_sub(&inside, 1);
    qz_semaphore_give(argument);
  }
}

static bool permits_are_bounded(void) {
  QzSemaphore semaphore = {.count = 2};
  begin();
  return runs((void (*const[])(void *)){take_some, take_some, take_some}, 3, &semaphore) && semaphore.count == 2;
}

// ── Waits that end otherwise: a handler waits for a lock, and its actor is stopped ─────────────────────────────────
typedef struct Locks {
  QzMutex mutex;
  QzRwLock rwlock;
  QzSemaphore semaphore;
} Locks;

typedef struct Want {
  QzMessage message;
  Locks *locks;
} Want;

static void construct(void *state, const void *arguments) { (void)state, (void)arguments; }
static void destroy(void *state) { (void)state; }
static void refuse(QzMessage *message) { (void)message; }

static void want_mutex(QzMessage *message, void *state) {
  (void)state;
  QzMutex *mutex = &((Want *)message)->locks->mutex;
  if (qz_mutex_lock(mutex) <= QZ_LOCKED_POISONED) qz_mutex_unlock(mutex, false);
}

static void want_to_write(QzMessage *message, void *state) {
  (void)state;
  QzRwLock *lock = &((Want *)message)->locks->rwlock;
  if (qz_rwlock_write(lock) <= QZ_LOCKED_POISONED) qz_rwlock_unwrite(lock, false);
}

static void want_permit(QzMessage *message, void *state) {
  (void)state;
  QzSemaphore *semaphore = &((Want *)message)->locks->semaphore;
  if (qz_semaphore_take(semaphore) == QZ_LOCKED) qz_semaphore_give(semaphore);
}

static const QzMessageKind mutex_want = {.name = "mutex", .handle = want_mutex, .refuse = refuse};
static const QzMessageKind write_want = {.name = "write", .handle = want_to_write, .refuse = refuse};
static const QzMessageKind permit_want = {.name = "permit", .handle = want_permit, .refuse = refuse};
static const QzActorKind wanting_kind = {.name = "Wanting", .construct = construct, .destroy = destroy};

static QzActor *wanting(Locks *locks, const QzMessageKind *kind) {
  QzActor *actor = qz_actor_start(&wanting_kind, NULL);
  Want *want = calloc(1, sizeof *want);
  *want = (Want){.message = {.kind = kind}, .locks = locks};
  qz_actor_send(actor, &want->message);
  return actor;
}

static void stop_and_forget(void *argument) {
  qz_actor_stop(argument);
  qz_actor_release(argument);
}

// Each lock is held while a handler comes to want it, is given back while the handler is stopped, and must be free
// then.
static bool stopped_waits_leave_the_locks(void) {
  Locks locks = {.semaphore = {.count = 1}};
  QzReading reading;
  qz_mutex_lock(&locks.mutex);
  qz_rwlock_read(&locks.rwlock, &reading);
  qz_semaphore_take(&locks.semaphore);
  QzTask *tasks[] = {qz_task_start(stop_and_forget, wanting(&locks, &mutex_want)),
                     qz_task_start(stop_and_forget, wanting(&locks, &write_want)),
                     qz_task_start(stop_and_forget, wanting(&locks, &permit_want))};
  qz_mutex_unlock(&locks.mutex, false);
  qz_rwlock_unread(&locks.rwlock, &reading);
  qz_semaphore_give(&locks.semaphore);
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return qz_mutex_lock(&locks.mutex) == QZ_LOCKED && qz_rwlock_write(&locks.rwlock) == QZ_LOCKED &&
         qz_semaphore_take(&locks.semaphore) == QZ_LOCKED && locks.semaphore.count == 0;
}

static const Scenario scenarios[] = {
    {"one holds the mutex", 3, one_holds_the_mutex},
    {"long waiters are handed the mutex", 2, long_waiters_are_handed_the_mutex},
    {"panics poison the mutex", 1, panics_poison_the_mutex},
    {"waiting for a mutex has an end", 2, waiting_has_an_end},
    {"who holds a lock is refused", 1, own_mutex_is_refused},
    {"late waiters leave the mutex", 3, late_waiters_leave_the_mutex},
    {"cancelled waiters leave the mutex", 2, cancelled_waiters_leave_the_mutex},
    {"writers are alone", 3, writers_are_alone},
    {"waiting to write has an end", 3, waiting_to_write_has_an_end},
    {"readers go together", 2, readers_go_together},
    {"recursive reads are refused", 2, recursive_reads_are_refused},
    {"permits are bounded", 3, permits_are_bounded},
    {"stopped waits leave the locks", 2, stopped_waits_leave_the_locks},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {QZ_FAULT_unlock_looks_away, QZ_FAULT_waiter_looks_first, QZ_FAULT_waiters_starve,
                                   QZ_FAULT_leaves_without_look, QZ_FAULT_reader_looks_first,
                                   QZ_FAULT_writers_starve,
                                   QZ_FAULT_reader_goes_alone, QZ_FAULT_permit_is_dropped};
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
