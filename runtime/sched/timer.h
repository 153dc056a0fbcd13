// Timers, one wheel a worker. Any worker may disarm; a wheel's lock guards it. A timer that fires is unlinked first,
// and what it does is claim something (waiter.h), so that a timer that comes too late can only fail.
//
// Picture: a hierarchical wheel (Varghese and Lauck, SOSP 1987) of four levels with 256 slots; a slot of the lowest
// level is 2^16 ns wide, one of the next level is as wide as the whole lower one. A timer lies in the lowest level that
// reaches its time, and moves down when its slot's turn comes. What lies beyond the highest level (three days) waits in
// its last slot for another round.
#ifndef QZ_SCHED_TIMER_H
#define QZ_SCHED_TIMER_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/sched/lock.h"

enum { QZ_TIMER_LEVELS = 4, QZ_TIMER_SLOTS = 256 };

typedef struct QzTimers QzTimers;

typedef struct QzTimer {
  struct QzTimer *next, **place;       // of one slot; place is what leads here, NULL: not armed
  QzTimers *wheel;
  int64_t time;                        // ns, of qz_now()
  void (*fire)(struct QzTimer *self);  // called with the wheel's lock held, by the worker whose wheel it is
} QzTimer;

struct QzTimers {
  QzLock lock;
  uint32_t count;
  int64_t tick;                        // all before this one fired; in widths of the lowest level's slots
  _Atomic int64_t next;                // no timer is due before; a hint for who does not hold the lock
  QzTimer *slots[QZ_TIMER_LEVELS][QZ_TIMER_SLOTS];
  uint64_t used[QZ_TIMER_LEVELS][QZ_TIMER_SLOTS / 64];  // which slots have timers
};

void qz_timers_start(QzTimers *wheel, int64_t now);
// `time` and `fire` are set. A time that has passed fires at the next look.
void qz_timer_arm(QzTimers *wheel, QzTimer *timer);
// By what it calls when it fires: `time` is set anew, and lies behind the time that it is.
void qz_timer_arm_again(QzTimer *timer);
// False: it has fired, or was never armed. What it calls has returned then.
bool qz_timer_disarm(QzTimer *timer);
// Fires what is due; by the wheel's worker. Gives how many fired.
uint32_t qz_timers_run(QzTimers *wheel, int64_t now);
// By anybody: whether a timer was to fire before that time, and has not.
bool qz_timers_are_late(QzTimers *wheel, int64_t before);
// The worker has to look again then; QZ_FOREVER: nothing is armed.
static inline int64_t qz_timers_next(QzTimers *wheel) { return QZ_LOAD(&wheel->next, relaxed); }

#endif
