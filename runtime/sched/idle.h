// Where workers sleep: an eventcount. A worker announces itself, looks at every queue once more, and sleeps only if
// nobody notified since the announcement. Who makes something ready puts it in a queue first and looks for sleepers
// after. Of the two, at least one sees the other: both look behind a full fence.
#ifndef QZ_SCHED_IDLE_H
#define QZ_SCHED_IDLE_H

#include <stdint.h>

#include "runtime/sched/point.h"

typedef struct QzIdle {
  _Atomic uint32_t epoch;     // goes up with each notification
  _Atomic uint32_t sleepers;  // announced
} QzIdle;

uint32_t qz_idle_announce(QzIdle *idle);                           // gives the key for qz_idle_sleep
void qz_idle_withdraw(QzIdle *idle);                               // instead of sleeping
void qz_idle_sleep(QzIdle *idle, uint32_t key, int64_t deadline);  // withdraws when it wakes
void qz_idle_notify(QzIdle *idle, uint32_t count);                 // after a full fence

#endif
