// A lock without flags is held by one stack at a time, which writes or reads: it is taken and given back as a mutex is
// (sync.c). Readers that meet say SHARED, and are counted from then on, each on a line of the worker that it comes
// from, so that readers write to no memory that others need. A writer shows itself as the holder first, and sums up
// then; a reader is counted first, and looks for a writer then.
#include <stdlib.h>

#include "runtime/sched/fence.h"
#include "runtime/sched/lock_waiting.h"
#include "runtime/sched/sim.h"

enum { READS = 1, LINES_LIMIT = 16, CALM = 256, CALM_WRITES = 16 };

struct QzReaderLines {
  uint32_t mask;
  struct {
    _Alignas(64) _Atomic uint32_t count;
  } line[];
};

static void set_flags(QzRwLock *lock, uint8_t flags) { QZ_OR(&lock->flags, flags, seq_cst); }
static void clear_flags(QzRwLock *lock, uint8_t flags) { QZ_AND(&lock->flags, (uint8_t)~flags, seq_cst); }
static bool has_flag(QzRwLock *lock, uint8_t flag) { return QZ_LOAD(&lock->flags, seq_cst) & flag; }

// ── Counted readers ─────────────────────────────────────────────────────────────────────────────────────────────
// Without memory for lines, readers are counted in one place.
static void make_lines(QzRwLock *lock) {
  if (QZ_LOAD(&lock->lines, acquire)) return;
  uint32_t count = 1;
  while (count < qz_sched_workers() && count < LINES_LIMIT) count *= 2;
  QzReaderLines *none = NULL, *lines = aligned_alloc(64, sizeof *lines + count * sizeof lines->line[0]);
  if (!lines) return;
  lines->mask = count - 1;
  for (uint32_t i = 0; i < count; i++) atomic_init(&lines->line[i].count, 0);
  if (!QZ_SWAP_IF(&lock->lines, &none, lines, release)) free(lines);
}

static _Atomic uint32_t *own_line(QzRwLock *lock) {
  QzReaderLines *lines = QZ_LOAD(&lock->lines, acquire);
  return lines ? &lines->line[qz_worker()->number & lines->mask].count : &lock->crowd;
}

static bool is_read(QzRwLock *lock) {
  if (QZ_LOAD(&lock->crowd, seq_cst)) return true;
  QzReaderLines *lines = QZ_LOAD(&lock->lines, seq_cst);
  for (uint32_t i = 0; lines && i <= lines->mask; i++)
    if (QZ_LOAD(&lines->line[i].count, seq_cst)) return true;
  return false;
}

static bool is_written(QzRwLock *lock) {
  uintptr_t holder = QZ_LOAD(&lock->holder, seq_cst);
  return holder && !(holder & READS);
}

// False: it must wait, or readers are not counted any more.
static bool count_in(QzRwLock *lock, QzReading *reading) {
  QzFiber *self = qz_worker()->fiber;
  *reading = (QzReading){lock, self->reading, own_line(lock)};
  bool looks_first = QZ_PLANTED(reader_looks_first) && !is_written(lock);
  QZ_ADD(reading->line, 1, seq_cst);
  if ((looks_first || !is_written(lock)) && has_flag(lock, QZ_LOCK_IS_SHARED)) {
    self->reading = reading;
    return true;
  }
  QZ_SUBTRACT(reading->line, 1, seq_cst);
  return false;
}

static void count_out(QzReading *reading) {
  QzReading **at = &qz_worker()->fiber->reading;
  while (*at != reading) at = &(*at)->outer;
  *at = reading->outer;
  QZ_SUBTRACT(reading->line, 1, seq_cst);
}

// ── Alone ───────────────────────────────────────────────────────────────────────────────────────────────────────
static uintptr_t self_as(bool writes) { return (uintptr_t)qz_context | (writes ? 0 : READS); }

static bool hold_alone(QzRwLock *lock, bool writes) {
  uintptr_t nobody = 0;
  return QZ_SWAP_IF(&lock->holder, &nobody, self_as(writes), seq_cst);
}

// The writer that has shown itself, and found readers, is none yet.
static bool hold_to_write(QzRwLock *lock) {
  if (!hold_alone(lock, true)) return false;
  if (!has_flag(lock, QZ_LOCK_IS_SHARED) || !is_read(lock)) return true;
  QZ_STORE(&lock->holder, 0, release);
  return false;
}

QzLocked qz_rwlock_read_taken(QzRwLock *lock) {
  return has_flag(lock, QZ_LOCK_IS_POISONED) ? QZ_LOCKED_POISONED : QZ_LOCKED;
}

// ── Waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────
bool qz_rwlock_reads(const QzRwLock *lock) {
  if (QZ_LOAD(&lock->holder, relaxed) == self_as(false)) return true;
  for (const QzReading *at = qz_worker()->fiber->reading; at; at = at->outer)
    if (at->lock == lock) return true;
  return false;
}

static bool may_enter(QzRwLock *lock, bool writes) {
  if (!writes) return !is_written(lock);
  return !QZ_LOAD(&lock->holder, seq_cst) && !is_read(lock);
}

// Under the guard: wakes the first if it can go in; if it has waited long, nobody passes it from now on.
static void see_to_next(QzRwLock *lock, QzFiber **woken) {
  const QzLockWaiting *first = (QzLockWaiting *)lock->waiters.first;
  if (!lock->is_one_on_its_way) {
    bool is_old = first && qz_now() - first->since >= QZ_LOCK_FAIR_AFTER && !QZ_PLANTED(writers_starve);
    if (is_old) set_flags(lock, QZ_LOCK_IS_CLOSED);
    else if (has_flag(lock, QZ_LOCK_IS_CLOSED)) clear_flags(lock, QZ_LOCK_IS_CLOSED);
    if (first && may_enter(lock, first->writes))
      lock->is_one_on_its_way = qz_lock_wake_first(&lock->waiters, QZ_LOCK_TRY_AGAIN, woken, NULL);
  }
  bool is_looked_for = lock->waiters.first && !lock->is_one_on_its_way;
  if (is_looked_for || has_flag(lock, QZ_LOCK_IS_CLOSED)) return;
  bool is_calm = ++lock->calm >= CALM || qz_sched_workers() == 1 || qz_sim_choose(2) == 1;
  if (is_calm) clear_flags(lock, QZ_LOCK_HAS_WAITERS);
}

static void look_for_next(QzRwLock *lock, QzLockWaiting *gone) {
  QzFiber *woken = NULL;
  qz_lock(&lock->guard);
  if (gone) qz_wait_list_remove(&lock->waiters, &gone->node);
  see_to_next(lock, &woken);
  qz_unlock(&lock->guard);
  if (woken) qz_ready_woken(woken);
}

void qz_rwlock_left(QzRwLock *lock) {
  if (has_flag(lock, QZ_LOCK_HAS_WAITERS) && !QZ_PLANTED(leaves_without_look)) look_for_next(lock, NULL);
}

// Under the guard. Who was told to try has had its turn.
static bool enter(QzRwLock *lock, const QzLockWaiting *waiting, QzReading *reading) {
  if (!waiting->was_woken && has_flag(lock, QZ_LOCK_IS_CLOSED)) return false;
  return waiting->writes ? hold_to_write(lock) : count_in(lock, reading);
}

// Under the guard. Readers go together: one that has come in lets the next one in.
static bool enter_or_queue(QzRwLock *lock, QzLockWaiting *waiting, QzReading *reading, QzFiber **woken) {
  if (waiting->was_woken) lock->is_one_on_its_way = false;
  bool is_old = waiting->since, is_in = enter(lock, waiting, reading);
  if (!is_in) qz_lock_queue(waiting, &lock->waiters, is_old, waiting->writes ? QZ_FOR_WRITE_LOCK : QZ_FOR_READ_LOCK);
  if (!is_in) lock->calm = 0;
  else if (waiting->writes || !QZ_PLANTED(reader_goes_alone)) see_to_next(lock, woken);
  waiting->was_woken = false;
  return is_in;
}

// As say_that_one_waits of a mutex, until what was said is still there when the guard is held. Only who leaves writes
// and looks without an atomic operation, so it is WAITERS that takes a fence.
static bool enter_or_wait(QzRwLock *lock, QzLockWaiting *waiting, QzReading *reading) {
  const uint8_t said = waiting->writes ? QZ_LOCK_HAS_WAITERS : QZ_LOCK_HAS_WAITERS | QZ_LOCK_IS_SHARED;
  for (;;) {
    QzFiber *woken = NULL;
    if (!(QZ_OR(&lock->flags, said, seq_cst) & QZ_LOCK_HAS_WAITERS)) qz_fence_heavy();  // pairs with leave_alone
    qz_lock(&lock->guard);
    bool is_said = (QZ_LOAD(&lock->flags, seq_cst) & said) == said;
    bool is_in = is_said && enter_or_queue(lock, waiting, reading, &woken);
    qz_unlock(&lock->guard);
    if (woken) qz_ready_woken(woken);
    if (is_said) return is_in;
  }
}

static QzLocked enter_slowly(QzRwLock *lock, QzReading *reading) {
  if (QZ_LOAD(&lock->holder, relaxed) == self_as(true) || qz_rwlock_reads(lock)) return QZ_LOCK_RECURSIVE;
  QzLockWaiting waiting = {.writes = !reading};
  while (!enter_or_wait(lock, &waiting, reading)) {
    if (qz_suspend() != QZ_LOCK_TRY_AGAIN) {
      look_for_next(lock, &waiting);
      return QZ_LOCK_STOPPED;
    }
    waiting.was_woken = true;
  }
  return qz_rwlock_read_taken(lock);
}

// ── In and out ──────────────────────────────────────────────────────────────────────────────────────────────────
// A reader that is in alone stays the holder. Those that come while it reads are counted.
static bool share(QzRwLock *lock, QzReading *reading) {
  if (has_flag(lock, QZ_LOCK_IS_CLOSED) || is_written(lock)) return false;
  if (!has_flag(lock, QZ_LOCK_IS_SHARED)) {
    make_lines(lock);
    set_flags(lock, QZ_LOCK_IS_SHARED);
  }
  if (count_in(lock, reading)) return true;
  qz_rwlock_left(lock);  // somebody may have seen it counted
  return false;
}

QzLocked qz_rwlock_read(QzRwLock *lock, QzReading *reading) {
  if (qz_rwlock_reads(lock)) return QZ_LOCK_RECURSIVE;
  uint8_t flags = QZ_LOAD(&lock->flags, seq_cst);
  bool may_be_alone = !(flags & (QZ_LOCK_IS_SHARED | QZ_LOCK_IS_CLOSED));
  bool is_in = (may_be_alone && hold_alone(lock, false)) || share(lock, reading);
  return is_in ? qz_rwlock_read_taken(lock) : enter_slowly(lock, reading);
}

QzLocked qz_rwlock_write_taken(QzRwLock *lock) {
  if (!has_flag(lock, QZ_LOCK_IS_SHARED) || !is_read(lock)) return qz_rwlock_read_taken(lock);
  QZ_STORE(&lock->holder, 0, release);
  qz_fence_light();
  qz_rwlock_left(lock);
  return enter_slowly(lock, NULL);
}

QzLocked qz_rwlock_write(QzRwLock *lock) {
  bool is_closed = has_flag(lock, QZ_LOCK_IS_CLOSED);
  return !is_closed && hold_alone(lock, true) ? qz_rwlock_write_taken(lock) : enter_slowly(lock, NULL);
}

static void leave_alone(QzRwLock *lock) {
  QZ_STORE(&lock->holder, 0, release);
  qz_fence_light();  // pairs with enter_or_wait
  qz_rwlock_left(lock);
}

void qz_rwlock_unread(QzRwLock *lock, QzReading *reading) {
  if (QZ_LOAD(&lock->holder, relaxed) == self_as(false)) {
    leave_alone(lock);
    return;
  }
  count_out(reading);
  qz_rwlock_left(lock);
}

// By the writer, so nobody else gets in meanwhile. A reader that is counted still is about to see the writer.
static void stop_counting(QzRwLock *lock) {
  qz_lock(&lock->guard);
  bool is_calm = ++lock->calm >= CALM_WRITES || qz_sim_choose(2) == 1;
  if (is_calm) {
    clear_flags(lock, QZ_LOCK_IS_SHARED);
    if (is_read(lock)) set_flags(lock, QZ_LOCK_IS_SHARED);
  }
  qz_unlock(&lock->guard);
}

void qz_rwlock_unwrite(QzRwLock *lock, bool panicked) {
  if (panicked) set_flags(lock, QZ_LOCK_IS_POISONED);
  if (has_flag(lock, QZ_LOCK_IS_SHARED)) stop_counting(lock);
  leave_alone(lock);
}

bool qz_rwlock_is_poisoned(QzRwLock *lock) { return has_flag(lock, QZ_LOCK_IS_POISONED); }

void qz_rwlock_heal(QzRwLock *lock) { clear_flags(lock, QZ_LOCK_IS_POISONED); }

void qz_rwlock_end(QzRwLock *lock) { free(atomic_load(&lock->lines)); }
