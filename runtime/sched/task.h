// Tasks: something that runs beside what started it, and that can be waited for.
#ifndef QZ_SCHED_TASK_H
#define QZ_SCHED_TASK_H

#include "runtime/internal.h"
#include "runtime/sched/served.h"
#include "runtime/sched/wait_list.h"

typedef struct QzTask QzTask;

// What tasks of a kind do. What such a task has of its own lies behind it, in one block of memory.
typedef struct QzTaskKind {
  void (*body)(void *task);
  // On the task's stack, before anybody who waits for it is woken; `message`, which stays the task's, is that of its
  // panic.
  void (*ended)(QzTask *task, QzUnwound how, QzString *message);
  void (*free)(QzTask *task);  // nobody refers to it any more
} QzTaskKind;

struct QzTask {
  QzRunnable runnable;
  const QzTaskKind *kind;
  QzServed served;  // cancelling asks it to end a wait
  QzWaitList joiners;
  struct QzScope *scope;         // NULL: it is in none
  QzTask *next, **place;         // of those in the scope that have not ended (scope.c)
  _Atomic uint32_t references;
  QzLock lock;                   // of the joiners, and of how it ended
  bool has_ended;
  uint8_t how;                   // QzUnwound
  bool decides_scope;            // its panic did
  _Atomic uint8_t state;         // of who made it
};

// Makes a task of memory: one reference is the caller's, one that of the task that runs.
void qz_task_init(QzTask *task, const QzTaskKind *kind, QzSite site);
void qz_task_set_off(QzTask *task);  // it runs on some worker, later
// One that runs body(argument). NULL: no memory.
QzTask *qz_task_new(void (*body)(void *argument), void *argument);
QzTask *qz_task_start(void (*body)(void *argument), void *argument);  // and sets it off
// Waits until it has ended. False: the wait was ended for another reason.
bool qz_task_join(QzTask *task);
// For who waits for several things: puts the node among those who are woken at its end. False: it has ended.
bool qz_task_begin_join(QzTask *task, QzWaitNode *node);
void qz_task_end_join(QzTask *task, QzWaitNode *node);
bool qz_task_has_ended(QzTask *task);
// Of one that has ended: by a panic, of which there was a report; or unwound after it was cancelled.
bool qz_task_panicked(QzTask *task);
bool qz_task_was_cancelled(QzTask *task);
// Ends its wait, with QZ_WAKE_CANCELLED, or the next one if it does not wait now; one wait, however often it is called.
// The task ends if it unwinds then (qz_cancelled).
void qz_task_cancel(QzTask *task);
// The half of it that ends the next wait, and not the one that the task is in.
void qz_task_ask_to_end(QzTask *task);
static inline bool qz_task_is_asked_to_end(QzTask *task) {
  return QZ_LOAD(&task->served.ends, acquire) == QZ_ENDS_ASKED;
}
void qz_task_release(QzTask *task);

// For reports.
QzServed *qz_task_to_begin(QzRunnable *runnable);  // NULL: it is no task that has not begun

// Waits until qz_now() reaches `time`. False: the wait was ended for another reason.
bool qz_sleep_until(int64_t time);

#endif
