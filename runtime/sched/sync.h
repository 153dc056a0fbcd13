// Locks of tasks: who must wait gives its worker to others. Taking and giving back a free one is one atomic operation.
#ifndef QZ_SCHED_SYNC_H
#define QZ_SCHED_SYNC_H

#include "runtime/sched/wait_list.h"

typedef enum QzLocked {
  QZ_LOCKED,
  QZ_LOCKED_POISONED,  // held, but who held it before panicked
  QZ_LOCK_BUSY,        // of a try
  QZ_LOCK_STOPPED,     // the wait was ended for another reason; not held
  QZ_LOCK_TIMED_OUT,   // not held
  QZ_LOCK_RECURSIVE,   // by a task that holds it already, and would have to wait for itself
} QzLocked;

// ── Mutex: woken waiters compete with newcomers, but who has waited for a millisecond is handed the lock ────────────
// Compiled code takes and gives back a mutex without flags by itself (std/core/sync.qz).
typedef struct QzMutex {
  _Atomic(QzContext *) holder;  // of the stack that holds it; NULL: nobody does
  _Atomic uint8_t flags;
  bool is_one_on_its_way;       // the rest is under the guard. Somebody who waited was woken, and has not come yet
  uint16_t calm;                // so often the mutex was given back since somebody had to wait
  QzLock guard;
  QzWaitList waiters;
} QzMutex;

enum {
  QZ_MUTEX_WAITERS = 1,   // whoever gives it back has to look for waiters
  QZ_MUTEX_POISONED = 2,
  QZ_MUTEX_OUTLINE = 4,   // compiled code has to call qz_mutex_lock and qz_mutex_unlock
};

QzLocked qz_mutex_lock(QzMutex *mutex);
QzLocked qz_mutex_lock_until(QzMutex *mutex, int64_t deadline);  // of qz_now(), or QZ_FOREVER
QzLocked qz_mutex_try(QzMutex *mutex);
void qz_mutex_unlock(QzMutex *mutex, bool panicked);
// The rest of it, where compiled code has taken it, or given it back, and finds flags then.
QzLocked qz_mutex_taken(QzMutex *mutex);
void qz_mutex_unlocked(QzMutex *mutex);
bool qz_mutex_is_poisoned(QzMutex *mutex);
void qz_mutex_heal(QzMutex *mutex);  // by who holds it: it is not poisoned any more

// ── RwLock: in order of arrival, readers together ───────────────────────────────────────────────────────────────
// A held read lock, on the stack of who holds it.
typedef struct QzReading {
  struct QzRwLock *lock;
  struct QzReading *outer;  // of the same fiber
} QzReading;

typedef struct QzRwLock {
  _Atomic uint32_t word;  // readers, WRITER, WAITERS, POISONED
  QzLock guard;
  QzWaitList waiters;
  _Atomic(QzFiber *) writer;  // as the holder of a mutex
} QzRwLock;

QzLocked qz_rwlock_read(QzRwLock *lock, QzReading *reading);
void qz_rwlock_unread(QzReading *reading);
QzLocked qz_rwlock_write(QzRwLock *lock);
void qz_rwlock_unwrite(QzRwLock *lock, bool panicked);
bool qz_rwlock_reads(const QzRwLock *lock);  // does the running task?
bool qz_rwlock_is_poisoned(QzRwLock *lock);
void qz_rwlock_heal(QzRwLock *lock);  // by who writes

// ── Semaphore: in order of arrival ──────────────────────────────────────────────────────────────────────────────
typedef struct QzSemaphore {
  QzLock guard;
  uint32_t count;
  QzWaitList waiters;
} QzSemaphore;

QzLocked qz_semaphore_take(QzSemaphore *semaphore);
QzLocked qz_semaphore_take_until(QzSemaphore *semaphore, int64_t deadline);  // of qz_now(), or QZ_FOREVER
QzLocked qz_semaphore_try(QzSemaphore *semaphore);
bool qz_semaphore_give(QzSemaphore *semaphore);  // false: it cannot count so many
uint32_t qz_semaphore_count(QzSemaphore *semaphore);

#endif
