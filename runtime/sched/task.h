// Tasks: something that runs beside what started it, and that can be waited for.
#ifndef QZ_SCHED_TASK_H
#define QZ_SCHED_TASK_H

#include "runtime/sched/site.h"
#include "runtime/sched/wait_list.h"

typedef struct QzTask QzTask;

// Runs body(argument) on some worker, later. The caller owns one reference to the task. NULL: no memory.
QzTask *qz_task_start(void (*body)(void *argument), void *argument);
// The same in two steps: it runs when it was set off.
QzTask *qz_task_new(void (*body)(void *argument), void *argument);
void qz_task_set_off(QzTask *task);
// Before that: calls behind(argument), the body's argument, when it has ended.
void qz_task_when_ended(QzTask *task, void (*behind)(void *argument));
void qz_task_started_at(QzTask *task, QzSite site);  // for reports
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
void qz_task_retain(QzTask *task);
void qz_task_release(QzTask *task);

// For reports.
QzSite qz_task_site(const QzTask *task);
QzServed *qz_task_to_begin(QzRunnable *runnable);  // NULL: it is no task that has not begun

// Waits until qz_now() reaches `time`. False: the wait was ended for another reason.
bool qz_sleep_until(int64_t time);

#endif
