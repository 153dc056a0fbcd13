// Where workers sleep: an eventcount. A worker announces itself, looks at every queue once more, and sleeps only if
// nobody notified since the announcement. Who makes something ready puts it in a queue first and looks for sleepers
// after. Of the two, at least one sees the other: both look behind a full fence.
//
// One of them may sit where descriptors are polled instead, and says so in the epoch: who notifies changes the epoch,
// and by that learns whether somebody sat there before; who sits down does so only if the epoch is still that of its
// announcement. It is interrupted when nobody else could be woken, so the one that sits there sleeps longest.
#ifndef QZ_SCHED_IDLE_H
#define QZ_SCHED_IDLE_H

#include <stdint.h>

#include "runtime/sched/point.h"

typedef struct QzIdle {
  _Atomic uint32_t epoch;     // goes up by 2 with each notification; 1: somebody sits at the descriptors
  _Atomic uint32_t sleepers;  // announced
} QzIdle;

uint32_t qz_idle_announce(QzIdle *idle);                           // gives the key for qz_idle_sleep
void qz_idle_withdraw(QzIdle *idle);                               // instead of sleeping
void qz_idle_sleep(QzIdle *idle, uint32_t key, int64_t deadline);  // withdraws when it wakes
bool qz_idle_sit(QzIdle *idle, uint32_t key);                      // false: somebody notified since
void qz_idle_rise(QzIdle *idle);                                   // withdraws
void qz_idle_notify(QzIdle *idle, uint32_t count);                 // after a full fence
void qz_idle_unseat(QzIdle *idle);                                 // interrupts who sits at the descriptors

#endif
