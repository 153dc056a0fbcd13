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

// Flags of mutexes and read-write locks. Compiled code takes and gives back one without flags by itself
// (std/core/sync.qz).
enum {
  QZ_LOCK_HAS_WAITERS = 1,   // whoever gives it back has to look for waiters
  QZ_LOCK_IS_POISONED = 2,
  QZ_LOCK_IS_OUTLINE = 4,   // compiled code has to call the runtime
  QZ_LOCK_IS_SHARED = 8,    // readers are counted
  QZ_LOCK_IS_CLOSED = 16,   // somebody has waited long: newcomers queue
};

// ── Mutex: woken waiters compete with newcomers, but who has waited for a millisecond is handed the lock ────────────
typedef struct QzMutex {
  _Atomic(QzContext *) holder;  // of the stack that holds it; NULL: nobody does
  _Atomic uint8_t flags;
  bool is_one_on_its_way;       // the rest is under the guard. Somebody who waited was woken, and has not come yet
  uint16_t calm;                // so often the mutex was given back since somebody had to wait
  QzLock guard;
  QzWaitList waiters;
} QzMutex;

QzLocked qz_mutex_lock(QzMutex *mutex);
QzLocked qz_mutex_lock_until(QzMutex *mutex, int64_t deadline);  // of qz_now(), or QZ_FOREVER
QzLocked qz_mutex_try(QzMutex *mutex);
void qz_mutex_unlock(QzMutex *mutex, bool panicked);
// The rest of it, where compiled code has taken it, or given it back, and finds flags then.
QzLocked qz_mutex_taken(QzMutex *mutex);
void qz_mutex_unlocked(QzMutex *mutex);
bool qz_mutex_is_poisoned(QzMutex *mutex);
void qz_mutex_heal(QzMutex *mutex);  // by who holds it: it is not poisoned any more

// ── RwLock: readers together; who comes may pass those that have not waited for a millisecond ───────────────────────
// A held read lock that is counted, on the stack of who holds it.
typedef struct QzReading {
  struct QzRwLock *lock;
  struct QzReading *outer;  // of the same fiber
  _Atomic uint32_t *line;   // where it is counted
} QzReading;

typedef struct QzReaderLines QzReaderLines;

typedef struct QzRwLock {
  _Atomic uintptr_t holder;      // the context of the stack that writes, or reads alone (rwlock.c); 0: there is none
  _Atomic uint8_t flags;
  bool is_one_on_its_way;        // as in a mutex
  uint16_t calm;
  QzLock guard;
  QzWaitList waiters;
  _Atomic(QzReaderLines *) lines;  // NULL until readers have met
  _Atomic uint32_t crowd;        // readers that are counted without lines
} QzRwLock;

QzLocked qz_rwlock_read(QzRwLock *lock, QzReading *reading);
void qz_rwlock_unread(QzRwLock *lock, QzReading *reading);
QzLocked qz_rwlock_write(QzRwLock *lock);
void qz_rwlock_unwrite(QzRwLock *lock, bool panicked);
// The rest of it, as for a mutex.
QzLocked qz_rwlock_read_taken(QzRwLock *lock);
QzLocked qz_rwlock_write_taken(QzRwLock *lock);
void qz_rwlock_left(QzRwLock *lock);
bool qz_rwlock_reads(const QzRwLock *lock);  // does the running task?
bool qz_rwlock_is_poisoned(QzRwLock *lock);
void qz_rwlock_heal(QzRwLock *lock);  // by who writes
void qz_rwlock_end(QzRwLock *lock);   // when nobody uses it any more

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
