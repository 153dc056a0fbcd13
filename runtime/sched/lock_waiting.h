// What mutexes, read-write locks and semaphores share: their waiters, each on the stack that waits.
#ifndef QZ_SCHED_LOCK_WAITING_H
#define QZ_SCHED_LOCK_WAITING_H

#include "runtime/sched/sync.h"

typedef struct QzLockWaiting {
  QzWaitNode node;
  int64_t since;  // the same when it queues again; 0: it has not queued yet
  bool writes;
  bool was_woken;
} QzLockWaiting;

// How a wait ended, in the claim's reason.
enum { QZ_LOCK_HANDED = QZ_WAKE_EVENT, QZ_LOCK_TRY_AGAIN };

enum { QZ_LOCK_FAIR_AFTER = 1000000 };  // ns; nobody passes who has waited for so long

// Announces and queues; the guard is held.
void qz_lock_queue(QzLockWaiting *waiting, QzWaitList *list, bool at_front, QzWaits what);

// The first that has not gone. *woken: whom to enqueue when the guard is free. A mutex that is handed over has its new
// holder before that one knows.
bool qz_lock_wake_first(QzWaitList *list, uint32_t reason, QzFiber **woken, _Atomic(QzContext *) *holder);

#endif
