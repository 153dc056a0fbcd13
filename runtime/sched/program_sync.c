// What compiled programs call: locks. The value that a lock guards lies behind it in the same memory; the library
// reaches it while it is inside (std/core/sync.qz).
#include <stddef.h>
#include <stdlib.h>

#include "runtime/internal.h"
#include "runtime/object.h"
#include "runtime/sched/fence.h"
#include "runtime/sched/program.h"
#include "runtime/sched/sync.h"

enum { QZ_GUARDED_VALUE = 64 };

typedef struct QzGuarded {
  union {
    QzMutex mutex;
    QzRwLock rwlock;
  };
  QzString *poison;  // what the panic said; NULL: nothing
} QzGuarded;

_Static_assert(sizeof(QzGuarded) <= QZ_GUARDED_VALUE, "std/core/sync.qz knows where the value is");
_Static_assert(offsetof(QzMutex, holder) == 0 && offsetof(QzMutex, flags) == 8 && offsetof(QzRwLock, holder) == 0 &&
                   offsetof(QzRwLock, flags) == 8, "and what a lock begins with");
_Static_assert(sizeof(QzReading) == 24, "and has room for three words");

// ── Values under a lock ─────────────────────────────────────────────────────────────────────────────────────────
void *qz_guard_new(int64_t value_size) {
  qz_program_enter();
  size_t size = (QZ_GUARDED_VALUE + (size_t)value_size + 63) & ~(size_t)63;
  QzGuarded *guard = aligned_alloc(64, size);
  if (!guard) qz_panic_text("out of memory for a lock");
  *guard = (QzGuarded){.poison = NULL};
  // Under a seed there are points on the way, and fences that are full are the runtime's.
  if (qz_sim_on || qz_fences_are_even) atomic_init(&guard->mutex.flags, QZ_LOCK_IS_OUTLINE);
  return guard;
}

void qz_guard_free(void *self) {
  qz_string_release(((QzGuarded *)self)->poison);
  free(self);
}

// Other tasks will own the string too.
static QzString *one_more_owner(QzString *string) {
  if (!string) return NULL;
  qz_object_share(&string->header);
  qz_retain_slow(&string->header);
  return string;
}

QzString *qz_guard_poison(void *self) {
  QzString *poison = one_more_owner(((QzGuarded *)self)->poison);
  return poison ? poison : qz_string_of("the task that was in it was cancelled");
}

static void forget_poison(QzGuarded *guard) {
  qz_string_release(guard->poison);
  guard->poison = NULL;
}

// The panic is on its way out of what holds the lock.
static void keep_poison(QzGuarded *guard) {
  forget_poison(guard);
  guard->poison = one_more_owner(qz_panic_passing());
}

// ── Mutex ───────────────────────────────────────────────────────────────────────────────────────────────────────
int32_t qz_mut_take(void *guard) {
  qz_give_way_if_asked();
  return qz_mutex_lock(guard);
}

int32_t qz_mut_take_within(void *guard, int64_t milliseconds) {
  return qz_mutex_lock_until(guard, qz_deadline(milliseconds));
}

int32_t qz_mut_try(void *guard) { return qz_mutex_try(guard); }

int32_t qz_mut_taken(void *guard) { return qz_mutex_taken(guard); }

void qz_mut_give(void *guard) { qz_mutex_unlock(guard, false); }

void qz_mut_given(void *guard) { qz_mutex_unlocked(guard); }

void qz_mut_give_poisoned(void *guard) {
  keep_poison(guard);
  qz_mutex_unlock(guard, true);
}

int32_t qz_mut_is_poisoned(void *guard) { return qz_mutex_is_poisoned(guard); }

void qz_mut_heal(void *guard) {
  forget_poison(guard);
  qz_mutex_heal(guard);
}

// ── RwLock ──────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_rw_free(void *guard) {
  qz_rwlock_end(guard);
  qz_guard_free(guard);
}

int32_t qz_rw_read(void *guard, void *reading) {
  qz_give_way_if_asked();
  return qz_rwlock_read(guard, reading);
}

int32_t qz_rw_read_taken(void *guard) { return qz_rwlock_read_taken(guard); }

void qz_rw_unread(void *guard, void *reading) { qz_rwlock_unread(guard, reading); }

int32_t qz_rw_write_taken(void *guard) { return qz_rwlock_write_taken(guard); }

void qz_rw_left(void *guard) { qz_rwlock_left(guard); }

int32_t qz_rw_write(void *guard) {
  qz_give_way_if_asked();
  return qz_rwlock_write(guard);
}

void qz_rw_unwrite(void *guard) { qz_rwlock_unwrite(guard, false); }

void qz_rw_unwrite_poisoned(void *guard) {
  keep_poison(guard);
  qz_rwlock_unwrite(guard, true);
}

int32_t qz_rw_is_poisoned(void *guard) { return qz_rwlock_is_poisoned(guard); }

void qz_rw_heal(void *guard) {
  forget_poison(guard);
  qz_rwlock_heal(guard);
}

// ── Semaphore ───────────────────────────────────────────────────────────────────────────────────────────────────
void *qz_sem_new(int64_t count) {
  qz_program_enter();
  QzSemaphore *semaphore = calloc(1, sizeof *semaphore);
  if (!semaphore) qz_panic_text("out of memory for a semaphore");
  semaphore->count = (uint32_t)count;
  return semaphore;
}

void qz_sem_free(void *semaphore) { free(semaphore); }

int32_t qz_sem_take_within(void *semaphore, int64_t milliseconds) {
  return qz_semaphore_take_until(semaphore, qz_deadline(milliseconds));
}

int32_t qz_sem_try(void *semaphore) { return qz_semaphore_try(semaphore); }

int32_t qz_sem_give(void *semaphore) { return qz_semaphore_give(semaphore); }

int64_t qz_sem_available(void *semaphore) { return qz_semaphore_count(semaphore); }
