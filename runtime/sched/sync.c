#include "runtime/sched/fence.h"
#include "runtime/sched/lock_waiting.h"
#include "runtime/sched/sim.h"

// ── Waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────
// Announces and queues; the guard is held. `waiting` keeps its age when it queues again.
void qz_lock_queue(QzLockWaiting *waiting, QzWaitList *list, bool at_front, QzWaits what) {
  QzFiber *self = qz_worker()->fiber;
  if (!self->waits) qz_waits_for(self, what, list);  // else somebody knows better
  waiting->node = (QzWaitNode){.fiber = self, .ticket = qz_wait_announce(self)};
  if (!waiting->since) waiting->since = qz_now();
  if (at_front) qz_wait_list_put_first(list, &waiting->node);
  else qz_wait_list_put(list, &waiting->node);
}

// The first that has not gone. *woken: whom to enqueue when the guard is free. A mutex that is handed over has its new
// holder before that one knows.
bool qz_lock_wake_first(QzWaitList *list, uint32_t reason, QzFiber **woken, _Atomic(QzContext *) *holder) {
  for (QzWaitNode *node; (node = qz_wait_list_take(list));) {
    QzFiber *fiber = node->fiber;
    if (holder) QZ_STORE(holder, fiber->context, relaxed);
    switch (qz_wait_claim(fiber, node->ticket, reason)) {
      case QZ_CLAIM_LOST: continue;
      case QZ_CLAIM_LATER: return true;
      case QZ_CLAIM_ENQUEUE: *woken = fiber; return true;
    }
  }
  return false;
}

// ── Mutex ───────────────────────────────────────────────────────────────────────────────────────────────────────
// Giving it back is a plain store, and then a look at the flags. Who must wait says so in the flags, and looks then
// whether it is held still. The heavy half of the fence between the two is with who waits.
//
// As a heavy fence takes long, what was said stays there for a while after the last waiter: a mutex that tasks on
// several processors want all the time is given back under the guard each time, as it would be without the fence. Who
// was woken comes by itself, so nobody has to look for others until it has come.
enum { CALM = 256 };

static bool take_if_free(QzMutex *mutex) {
  QzContext *nobody = NULL;
  return QZ_SWAP_IF(&mutex->holder, &nobody, qz_context, acquire);  // pairs with who gave it back
}

QzLocked qz_mutex_taken(QzMutex *mutex) {
  return QZ_LOAD(&mutex->flags, relaxed) & QZ_LOCK_IS_POISONED ? QZ_LOCKED_POISONED : QZ_LOCKED;
}

static void set_flags(QzMutex *mutex, uint8_t flags) { QZ_OR(&mutex->flags, flags, relaxed); }
static void clear_flags(QzMutex *mutex, uint8_t flags) { QZ_AND(&mutex->flags, (uint8_t)~flags, relaxed); }

QzLocked qz_mutex_try(QzMutex *mutex) { return take_if_free(mutex) ? qz_mutex_taken(mutex) : QZ_LOCK_BUSY; }

// Who finds that somebody else has said it already may be ahead of that one's fence; but that one looks once more
// itself, and either waits then, or takes the mutex and gives it back.
static void say_that_one_waits(QzMutex *mutex) {
  if (QZ_OR(&mutex->flags, QZ_LOCK_HAS_WAITERS, acq_rel) & QZ_LOCK_HAS_WAITERS) return;
  qz_fence_heavy();  // pairs with qz_mutex_unlock, and with what compiled code does
}

// Under the guard.
static bool take_from_others(QzMutex *mutex) {
  if (!take_if_free(mutex)) return false;
  if (mutex->waiters.first) set_flags(mutex, QZ_LOCK_HAS_WAITERS);  // for its own unlock, so it needs no fence
  return true;
}

static bool take_when_woken(QzMutex *mutex) {
  qz_lock(&mutex->guard);
  mutex->is_one_on_its_way = false;
  bool is_taken = take_from_others(mutex);
  qz_unlock(&mutex->guard);
  return is_taken;
}

// True: it was taken, else the fiber is in line. What was said may have been forgotten before the guard was there.
static bool take_or_queue(QzMutex *mutex, QzLockWaiting *waiting) {
  for (bool is_old = waiting->since;;) {
    say_that_one_waits(mutex);
    qz_lock(&mutex->guard);
    bool is_said = QZ_LOAD(&mutex->flags, relaxed) & QZ_LOCK_HAS_WAITERS;
    bool is_taken = is_said && !QZ_PLANTED(waiter_looks_first) && take_from_others(mutex);
    if (is_said && !is_taken) qz_lock_queue(waiting, &mutex->waiters, is_old, QZ_FOR_MUTEX);
    mutex->calm = 0;
    qz_unlock(&mutex->guard);
    if (is_said) return is_taken;
  }
}

static void forget_waiter(QzMutex *mutex, QzLockWaiting *waiting) {
  qz_lock(&mutex->guard);
  qz_wait_list_remove(&mutex->waiters, &waiting->node);
  qz_unlock(&mutex->guard);
}

static QzLocked failure(uint32_t reason) {
  return reason == QZ_WAKE_TIMEOUT ? QZ_LOCK_TIMED_OUT : QZ_LOCK_STOPPED;
}

// Who reads its own stack's context there wrote it and has not given the mutex back since. So no order is needed.
static bool is_own(QzMutex *mutex) { return QZ_LOAD(&mutex->holder, relaxed) == qz_context; }

static QzLocked lock_slowly(QzMutex *mutex, int64_t deadline) {
  if (is_own(mutex)) return QZ_LOCK_RECURSIVE;
  QzLockWaiting waiting = {.since = 0};
  while (!take_or_queue(mutex, &waiting)) {
    uint32_t reason = qz_suspend_until(waiting.node.fiber, waiting.node.ticket, deadline);
    if (reason == QZ_LOCK_HANDED) break;
    if (reason != QZ_LOCK_TRY_AGAIN) {
      forget_waiter(mutex, &waiting);
      return failure(reason);
    }
    if (take_when_woken(mutex)) break;
  }
  return qz_mutex_taken(mutex);
}

QzLocked qz_mutex_lock_until(QzMutex *mutex, int64_t deadline) {
  return take_if_free(mutex) ? qz_mutex_taken(mutex) : lock_slowly(mutex, deadline);
}

QzLocked qz_mutex_lock(QzMutex *mutex) { return qz_mutex_lock_until(mutex, QZ_FOREVER); }

// Under the guard, by who holds it: to the first waiter, if that has waited long.
static bool hand_over(QzMutex *mutex, QzFiber **woken) {
  const QzLockWaiting *first = (QzLockWaiting *)mutex->waiters.first;
  if (!first || QZ_PLANTED(waiters_starve) || qz_now() - first->since < QZ_LOCK_FAIR_AFTER) return false;
  return qz_lock_wake_first(&mutex->waiters, QZ_LOCK_HANDED, woken, &mutex->holder);
}

// Under the guard, when nobody has to look for waiters. Without a fence to pay for, it is forgotten at once.
static void calm_down(QzMutex *mutex) {
  bool is_calm = ++mutex->calm >= CALM || qz_sched_workers() == 1 || qz_sim_choose(2) == 1;
  if (is_calm) clear_flags(mutex, QZ_LOCK_HAS_WAITERS);
}

// There may be waiters. is_held: else it was given back, before they were seen.
static void unlock_slowly(QzMutex *mutex, bool is_held) {
  QzFiber *woken = NULL;
  qz_lock(&mutex->guard);
  bool is_handed_over = is_held && !mutex->is_one_on_its_way && hand_over(mutex, &woken);
  if (is_held && !is_handed_over) QZ_STORE(&mutex->holder, NULL, release);
  if (!is_handed_over && !mutex->is_one_on_its_way)
    mutex->is_one_on_its_way = qz_lock_wake_first(&mutex->waiters, QZ_LOCK_TRY_AGAIN, &woken, NULL);
  if (mutex->is_one_on_its_way || !mutex->waiters.first) calm_down(mutex);
  qz_unlock(&mutex->guard);
  if (woken) qz_ready_woken(woken);
}

void qz_mutex_unlocked(QzMutex *mutex) {
  bool is_waited_for = QZ_LOAD(&mutex->flags, relaxed) & QZ_LOCK_HAS_WAITERS;
  if (is_waited_for && !QZ_PLANTED(unlock_looks_away)) unlock_slowly(mutex, false);
}

void qz_mutex_unlock(QzMutex *mutex, bool panicked) {
  if (panicked) set_flags(mutex, QZ_LOCK_IS_POISONED);
  if (QZ_LOAD(&mutex->flags, relaxed) & QZ_LOCK_HAS_WAITERS) {
    unlock_slowly(mutex, true);
    return;
  }
  QZ_STORE(&mutex->holder, NULL, release);  // pairs with take_if_free
  qz_fence_light();                         // pairs with say_that_one_waits
  qz_mutex_unlocked(mutex);
}

bool qz_mutex_is_poisoned(QzMutex *mutex) { return QZ_LOAD(&mutex->flags, relaxed) & QZ_LOCK_IS_POISONED; }

void qz_mutex_heal(QzMutex *mutex) { clear_flags(mutex, QZ_LOCK_IS_POISONED); }

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
  QzLockWaiting waiting = {.since = 0};
  qz_lock(&semaphore->guard);
  bool is_taken = semaphore->count > 0;
  semaphore->count -= is_taken;
  if (!is_taken) qz_lock_queue(&waiting, &semaphore->waiters, false, QZ_FOR_SEMAPHORE);
  qz_unlock(&semaphore->guard);
  uint32_t reason = is_taken ? QZ_LOCK_HANDED : qz_suspend_until(waiting.node.fiber, waiting.node.ticket, deadline);
  if (reason == QZ_LOCK_HANDED) return QZ_LOCKED;
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
  bool is_handed_over = qz_lock_wake_first(&semaphore->waiters, QZ_LOCK_HANDED, &woken, NULL);
  if (!is_handed_over && !has_waiters && fits) semaphore->count++;
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
