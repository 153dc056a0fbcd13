// In the words of the locks WAITERS changes only under the guard, so who holds the guard and sees it is right about the
// list; the other bits may change at any time, hence the compare-and-swaps.
#include "runtime/sched/sync.h"

// ── Waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Waiting {
  QzWaitNode node;
  int64_t since;
  bool writes;
} Waiting;

// How a wait ended, in the claim's reason.
enum { HANDED_OVER = QZ_WAKE_EVENT, TRY_AGAIN };

// Announces and queues; the guard is held. `waiting` keeps its age when it queues again.
static void queue(Waiting *waiting, QzWaitList *list, bool at_front, QzWaits what) {
  QzFiber *self = qz_worker()->fiber;
  if (!self->waits) qz_waits_for(self, what, list);  // else somebody knows better
  waiting->node = (QzWaitNode){.fiber = self, .ticket = qz_wait_announce(self)};
  if (!waiting->since) waiting->since = qz_now();
  if (at_front) qz_wait_list_put_first(list, &waiting->node);
  else qz_wait_list_put(list, &waiting->node);
}

// The first that has not gone. *woken: whom to enqueue when the guard is free.
static bool wake_first(QzWaitList *list, uint32_t reason, QzFiber **woken) {
  for (QzWaitNode *node; (node = qz_wait_list_take(list));) {
    QzFiber *fiber = node->fiber;
    switch (qz_wait_claim(fiber, node->ticket, reason)) {
      case QZ_CLAIM_LOST: continue;
      case QZ_CLAIM_LATER: return true;
      case QZ_CLAIM_ENQUEUE: *woken = fiber; return true;
    }
  }
  return false;
}

static bool set_if(_Atomic uint32_t *word, uint32_t *seen, uint32_t value) {
  return QZ_SWAP_IF(word, seen, value, acq_rel);  // pairs with itself: who takes sees what who gave back did
}

// ── Mutex ───────────────────────────────────────────────────────────────────────────────────────────────────────
enum { HELD = 1, WAITERS = 2, POISONED = 4, FAIR_AFTER = 1000000 };

static QzLocked taken(uint32_t word) { return word & POISONED ? QZ_LOCKED_POISONED : QZ_LOCKED; }

// Who reads its own name here wrote it and has not given the mutex back since: nobody else writes that name, and it is
// taken away before the mutex is given back. So no order is needed, and no point either.
static bool is_me(_Atomic(QzFiber *) *holder) {
  return atomic_load_explicit(holder, memory_order_relaxed) == qz_worker()->fiber;
}

static inline void say_who(_Atomic(QzFiber *) *holder, QzFiber *fiber) {
  atomic_store_explicit(holder, fiber, memory_order_relaxed);
}

static inline QzLocked hold(QzMutex *mutex, QzLocked locked) {
  say_who(&mutex->holder, qz_worker()->fiber);
  return locked;
}

QzLocked qz_mutex_try(QzMutex *mutex) {
  uint32_t word = QZ_LOAD(&mutex->word, relaxed);
  while (!(word & HELD))
    if (set_if(&mutex->word, &word, word | HELD)) return hold(mutex, taken(word));
  return QZ_LOCK_BUSY;
}

// Under the guard: takes the mutex, or says in it that there are waiters.
static bool take_or_mark(QzMutex *mutex, uint32_t *word) {
  *word = QZ_LOAD(&mutex->word, relaxed);
  for (;;) {
    bool is_free = !(*word & HELD);
    if (set_if(&mutex->word, word, *word | (is_free ? HELD : WAITERS))) return is_free;
  }
}

static void forget_waiter(QzMutex *mutex, Waiting *waiting) {
  qz_lock(&mutex->guard);
  qz_wait_list_remove(&mutex->waiters, &waiting->node);
  if (!mutex->waiters.first) QZ_AND(&mutex->word, ~(uint32_t)WAITERS, relaxed);
  qz_unlock(&mutex->guard);
}

static QzLocked failure(uint32_t reason) {
  return reason == QZ_WAKE_TIMEOUT ? QZ_LOCK_TIMED_OUT : QZ_LOCK_STOPPED;
}

static QzLocked lock_slowly(QzMutex *mutex, int64_t deadline) {
  if (is_me(&mutex->holder)) return QZ_LOCK_RECURSIVE;
  Waiting waiting = {.since = 0};
  uint32_t word, reason;
  for (bool is_old = false;; is_old = true) {
    qz_lock(&mutex->guard);
    bool is_taken = take_or_mark(mutex, &word);
    if (!is_taken) queue(&waiting, &mutex->waiters, is_old, QZ_FOR_MUTEX);
    qz_unlock(&mutex->guard);
    if (is_taken) return hold(mutex, taken(word));
    reason = qz_suspend_until(waiting.node.fiber, waiting.node.ticket, deadline);
    if (reason == HANDED_OVER) return hold(mutex, taken(QZ_LOAD(&mutex->word, acquire)));
    if (reason == TRY_AGAIN) continue;
    forget_waiter(mutex, &waiting);
    return failure(reason);
  }
}

QzLocked qz_mutex_lock_until(QzMutex *mutex, int64_t deadline) {
  uint32_t word = 0;
  if (set_if(&mutex->word, &word, HELD)) return hold(mutex, QZ_LOCKED);
  return lock_slowly(mutex, deadline);
}

QzLocked qz_mutex_lock(QzMutex *mutex) { return qz_mutex_lock_until(mutex, QZ_FOREVER); }

// Hands the mutex to the first waiter if that has waited long; else gives it back and tells the waiter to try.
static void unlock_slowly(QzMutex *mutex) {
  QzFiber *woken = NULL;
  qz_lock(&mutex->guard);
  const Waiting *first = (Waiting *)mutex->waiters.first;
  bool hands_over = first && qz_now() - first->since >= FAIR_AFTER && !QZ_PLANTED(waiters_starve);
  if (!hands_over) QZ_AND(&mutex->word, ~(uint32_t)HELD, release);
  bool has_woken = wake_first(&mutex->waiters, hands_over ? HANDED_OVER : TRY_AGAIN, &woken);
  if (hands_over && !has_woken) QZ_AND(&mutex->word, ~(uint32_t)HELD, release);
  if (!mutex->waiters.first) QZ_AND(&mutex->word, ~(uint32_t)WAITERS, relaxed);
  qz_unlock(&mutex->guard);
  if (woken) qz_ready_woken(woken);
}

void qz_mutex_unlock(QzMutex *mutex, bool panicked) {
  say_who(&mutex->holder, NULL);
  if (panicked) QZ_OR(&mutex->word, POISONED, relaxed);
  uint32_t word = HELD;
  while (!(word & WAITERS) || QZ_PLANTED(unlock_looks_away))
    if (set_if(&mutex->word, &word, word & ~(uint32_t)HELD)) return;
  unlock_slowly(mutex);
}

bool qz_mutex_is_poisoned(QzMutex *mutex) { return QZ_LOAD(&mutex->word, relaxed) & POISONED; }

void qz_mutex_heal(QzMutex *mutex) { QZ_AND(&mutex->word, ~(uint32_t)POISONED, relaxed); }

// ── RwLock ──────────────────────────────────────────────────────────────────────────────────────────────────────
// WAITERS keeps newcomers from passing: they queue behind.
enum { WRITER = 1, READER = 8 };
static const uint32_t READERS = ~(uint32_t)7;

bool qz_rwlock_reads(const QzRwLock *lock) {
  for (const QzReading *at = qz_worker()->fiber->reading; at; at = at->outer)
    if (at->lock == lock) return true;
  return false;
}

static void begin_reading(QzRwLock *lock, QzReading *reading) {
  QzFiber *self = qz_worker()->fiber;
  *reading = (QzReading){lock, self->reading};
  self->reading = reading;
}

// Under the guard: takes the lock, or says in it that there are waiters. A newcomer takes it only if nobody waits; one
// that was told to try has had its turn.
static bool share_or_mark(QzRwLock *lock, const Waiting *waiting, uint32_t *word) {
  uint32_t in_the_way = waiting->writes ? WRITER | READERS : WRITER, taking = waiting->writes ? WRITER : READER;
  if (!waiting->since) in_the_way |= WAITERS;
  *word = QZ_LOAD(&lock->word, relaxed);
  for (;;) {
    bool is_free = !(*word & in_the_way);
    if (set_if(&lock->word, word, is_free ? *word + taking : *word | WAITERS)) return is_free;
  }
}

static void wake_next(QzRwLock *lock, QzFiber **woken) {
  if (!wake_first(&lock->waiters, TRY_AGAIN, woken)) QZ_AND(&lock->word, ~(uint32_t)WAITERS, relaxed);
}

// Somebody who waited goes, with the lock or without: the next in line may be able to go too.
static void leave_line(QzRwLock *lock, Waiting *waiting) {
  QzFiber *woken = NULL;
  qz_lock(&lock->guard);
  qz_wait_list_remove(&lock->waiters, &waiting->node);
  wake_next(lock, &woken);
  qz_unlock(&lock->guard);
  if (woken) qz_ready_woken(woken);
}

static QzLocked share_slowly(QzRwLock *lock, bool writes) {
  if (is_me(&lock->writer)) return QZ_LOCK_RECURSIVE;
  Waiting waiting = {.writes = writes};
  uint32_t word;
  for (bool is_old = false;; is_old = true) {
    qz_lock(&lock->guard);
    bool is_taken = share_or_mark(lock, &waiting, &word);
    if (!is_taken && !is_old && qz_rwlock_reads(lock)) {  // it would wait for itself
      if (!lock->waiters.first) QZ_AND(&lock->word, ~(uint32_t)WAITERS, relaxed);
      qz_unlock(&lock->guard);
      return QZ_LOCK_RECURSIVE;
    }
    if (!is_taken) queue(&waiting, &lock->waiters, is_old, writes ? QZ_FOR_WRITE_LOCK : QZ_FOR_READ_LOCK);
    qz_unlock(&lock->guard);
    if (is_taken) break;
    if (qz_suspend() == TRY_AGAIN) continue;
    leave_line(lock, &waiting);
    return QZ_LOCK_STOPPED;
  }
  if (!writes && !QZ_PLANTED(reader_goes_alone)) leave_line(lock, &waiting);  // readers go together
  return taken(word);
}

// What is held is given back; who finds waiters and nobody in, wakes the first.
static void give_back(QzRwLock *lock, uint32_t taking) {
  uint32_t word = QZ_SUBTRACT(&lock->word, taking, acq_rel) - taking;
  if (!(word & WAITERS) || word & (WRITER | READERS)) return;
  QzFiber *woken = NULL;
  qz_lock(&lock->guard);
  wake_next(lock, &woken);
  qz_unlock(&lock->guard);
  if (woken) qz_ready_woken(woken);
}

// Readers that come at once must not hinder each other: they add themselves, and who finds then that he may not is one
// reader that goes again, and whom somebody may have waited for.
static bool share(QzRwLock *lock, uint32_t *word) {
  *word = QZ_LOAD(&lock->word, relaxed);
  if (*word & (WRITER | WAITERS)) return false;
  *word = QZ_ADD(&lock->word, READER, acquire);
  if (!(*word & (WRITER | WAITERS))) return true;
  give_back(lock, READER);
  return false;
}

QzLocked qz_rwlock_read(QzRwLock *lock, QzReading *reading) {
  uint32_t word;
  QzLocked locked = share(lock, &word) ? taken(word) : share_slowly(lock, false);
  if (locked <= QZ_LOCKED_POISONED) begin_reading(lock, reading);
  return locked;
}

QzLocked qz_rwlock_write(QzRwLock *lock) {
  uint32_t word = 0;
  QzLocked locked = set_if(&lock->word, &word, WRITER) ? QZ_LOCKED : share_slowly(lock, true);
  if (locked <= QZ_LOCKED_POISONED) say_who(&lock->writer, qz_worker()->fiber);
  return locked;
}

void qz_rwlock_unread(QzReading *reading) {
  QzFiber *self = qz_worker()->fiber;
  for (QzReading **at = &self->reading; *at; at = &(*at)->outer) {
    if (*at != reading) continue;
    *at = reading->outer;
    break;
  }
  give_back(reading->lock, READER);
}

void qz_rwlock_unwrite(QzRwLock *lock, bool panicked) {
  say_who(&lock->writer, NULL);
  if (panicked) QZ_OR(&lock->word, POISONED, relaxed);
  give_back(lock, WRITER);
}

bool qz_rwlock_is_poisoned(QzRwLock *lock) { return QZ_LOAD(&lock->word, relaxed) & POISONED; }

void qz_rwlock_heal(QzRwLock *lock) { QZ_AND(&lock->word, ~(uint32_t)POISONED, relaxed); }

// ── Semaphore ───────────────────────────────────────────────────────────────────────────────────────────────────
QzLocked qz_semaphore_try(QzSemaphore *semaphore) {
  qz_lock(&semaphore->guard);
  bool is_taken = semaphore->count > 0;
  semaphore->count -= is_taken;
  qz_unlock(&semaphore->guard);
  return is_taken ? QZ_LOCKED : QZ_LOCK_BUSY;
}

// Who waits is given the permit itself: nobody can take it in between.
QzLocked qz_semaphore_take_until(QzSemaphore *semaphore, int64_t deadline) {
  Waiting waiting = {.since = 0};
  qz_lock(&semaphore->guard);
  bool is_taken = semaphore->count > 0;
  semaphore->count -= is_taken;
  if (!is_taken) queue(&waiting, &semaphore->waiters, false, QZ_FOR_SEMAPHORE);
  qz_unlock(&semaphore->guard);
  uint32_t reason = is_taken ? HANDED_OVER : qz_suspend_until(waiting.node.fiber, waiting.node.ticket, deadline);
  if (reason == HANDED_OVER) return QZ_LOCKED;
  qz_lock(&semaphore->guard);
  qz_wait_list_remove(&semaphore->waiters, &waiting.node);
  qz_unlock(&semaphore->guard);
  return failure(reason);
}

QzLocked qz_semaphore_take(QzSemaphore *semaphore) { return qz_semaphore_take_until(semaphore, QZ_FOREVER); }

bool qz_semaphore_give(QzSemaphore *semaphore) {
  QzFiber *woken = NULL;
  qz_lock(&semaphore->guard);
  bool has_waiters = QZ_PLANTED(permit_is_dropped) && semaphore->waiters.first;
  bool fits = semaphore->count < INT32_MAX;
  if (!wake_first(&semaphore->waiters, HANDED_OVER, &woken) && !has_waiters && fits) semaphore->count++;
  qz_unlock(&semaphore->guard);
  if (woken) qz_ready_woken(woken);
  return fits;
}

uint32_t qz_semaphore_count(QzSemaphore *semaphore) {
  qz_lock(&semaphore->guard);
  uint32_t count = semaphore->count;
  qz_unlock(&semaphore->guard);
  return count;
}
