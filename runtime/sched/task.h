// Tasks: something that runs beside what started it, and that can be waited for.
#ifndef QZ_SCHED_TASK_H
#define QZ_SCHED_TASK_H

#include "runtime/sched/wait_list.h"

typedef struct QzTask QzTask;

// Runs body(argument) on some worker, later. The caller owns one reference to the task. NULL: no memory.
QzTask *qz_task_start(void (*body)(void *argument), void *argument);
// Waits until it has ended. False: the wait was ended for another reason.
bool qz_task_join(QzTask *task);
bool qz_task_has_ended(QzTask *task);
// 1: it ended by a panic, of which there was a report.
bool qz_task_panicked(QzTask *task);
void qz_task_retain(QzTask *task);
void qz_task_release(QzTask *task);

// Waits until qz_now() reaches `time`. False: the wait was ended for another reason.
bool qz_sleep_until(int64_t time);

#endif
