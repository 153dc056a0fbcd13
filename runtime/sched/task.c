#include "runtime/sched/task.h"

#include <stdlib.h>

#include "runtime/internal.h"

struct QzTask {
  QzRunnable runnable;
  void (*body)(void *argument);
  void *argument;
  _Atomic uint32_t references;
  QzLock lock;
  bool has_ended, panicked;
  QzWaitList joiners;
};

static void wake_joiners(QzTask *task) {
  for (QzWaitNode *node; (node = qz_wait_list_take(&task->joiners));) {
    QzFiber *fiber = node->fiber;
    qz_wake(fiber, node->ticket, QZ_WAKE_EVENT);
  }
}

static void end(QzTask *task, bool panicked) {
  qz_lock(&task->lock);
  task->has_ended = true;
  task->panicked = panicked;
  wake_joiners(task);
  qz_unlock(&task->lock);
  qz_task_release(task);
}

static void run_task(QzRunnable *self) {
  QzTask *task = (QzTask *)self;
  end(task, qz_panic_guard(task->body, task->argument, true));
}

QzTask *qz_task_start(void (*body)(void *argument), void *argument) {
  QzTask *task = malloc(sizeof *task);
  if (!task) return NULL;
  *task = (QzTask){.runnable = {.run = run_task}, .body = body, .argument = argument, .references = 2};
  qz_ready(&task->runnable);
  return task;
}

bool qz_task_join(QzTask *task) {
  bool looked_first = QZ_PLANTED(join_looks_first), had_ended = looked_first && task->has_ended;
  qz_lock(&task->lock);
  if (looked_first ? had_ended : task->has_ended) {
    qz_unlock(&task->lock);
    return true;
  }
  QzFiber *self = qz_worker()->fiber;
  QzWaitNode node = {.fiber = self, .ticket = qz_wait_announce(self)};
  qz_wait_list_put(&task->joiners, &node);
  qz_unlock(&task->lock);
  if (qz_suspend() == QZ_WAKE_EVENT) return true;
  qz_lock(&task->lock);
  qz_wait_list_remove(&task->joiners, &node);
  qz_unlock(&task->lock);
  return false;
}

bool qz_task_has_ended(QzTask *task) {
  qz_lock(&task->lock);
  bool has_ended = task->has_ended;
  qz_unlock(&task->lock);
  return has_ended;
}

bool qz_task_panicked(QzTask *task) { return task->panicked; }

void qz_task_retain(QzTask *task) { QZ_ADD(&task->references, 1, relaxed); }

void qz_task_release(QzTask *task) {
  if (QZ_SUBTRACT(&task->references, 1, acq_rel) == 1) free(task);
}

bool qz_sleep_until(int64_t time) {
  QzFiber *self = qz_worker()->fiber;
  return qz_suspend_until(self, qz_wait_announce(self), time) == QZ_WAKE_TIMEOUT;
}
