#include "runtime/sched/task.h"

#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/sched/served.h"
#include "runtime/sched/trace_events.h"

struct QzTask {
  QzRunnable runnable;
  void (*body)(void *argument);
  void *argument;
  void (*behind)(void *argument);
  _Atomic uint32_t references;
  QzServed served;  // cancelling asks it to end a wait
  QzLock lock;
  bool has_ended;
  QzUnwound how;    // it ended
  QzWaitList joiners;
};

static void wake_joiners(QzTask *task) {
  for (QzWaitNode *node; (node = qz_wait_list_take(&task->joiners));) {
    QzFiber *fiber = node->fiber;
    qz_wake(fiber, node->ticket, node->reason);
  }
}

static void end(QzTask *task, QzUnwound how) {
  qz_lock(&task->lock);
  task->has_ended = true;
  task->how = how;
  wake_joiners(task);
  qz_unlock(&task->lock);
  if (task->behind) task->behind(task->argument);
  qz_task_release(task);
}

// What the panic said goes to standard error, and no further.
static void print_panic(QzPanicWitness *self, const QzString *message, const QzPlace *place) {
  (void)self;
  qz_panic_printer(message, place);
}

static void run_task(QzRunnable *self) {
  QzTask *task = (QzTask *)self;
  QzPanicWitness witness = {print_panic};
  qz_served_begin(&task->served);
  QzUnwound how = qz_panic_witnessed(task->body, task->argument, &witness);
  qz_served_end(&task->served);
  qz_panic_forget();
  end(task, how);
}

QzTask *qz_task_new(void (*body)(void *argument), void *argument) {
  QzTask *task = qz_heap_alloc(sizeof *task);
  if (!task) return NULL;
  *task = (QzTask){.runnable = {.run = run_task}, .served = {.reason = QZ_WAKE_CANCELLED}, .body = body,
                   .argument = argument, .references = 2};
  return task;
}

void qz_task_when_ended(QzTask *task, void (*behind)(void *argument)) { task->behind = behind; }

void qz_task_started_at(QzTask *task, QzSite site) { task->served.site = site; }

QzSite qz_task_site(const QzTask *task) { return task->served.site; }

QzServed *qz_task_to_begin(QzRunnable *runnable) {
  return runnable->run == run_task ? &((QzTask *)runnable)->served : NULL;
}

void qz_task_set_off(QzTask *task) {
  qz_event_who(QZ_EVENT_SPAWN, &task->served);
  qz_ready(&task->runnable);
}

QzTask *qz_task_start(void (*body)(void *argument), void *argument) {
  QzTask *task = qz_task_new(body, argument);
  if (task) qz_task_set_off(task);
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
  QzWaitNode node = {.fiber = self, .ticket = qz_wait_announce(self), .reason = QZ_WAKE_EVENT};
  qz_waits_for(self, QZ_FOR_TASK, task);
  qz_wait_list_put(&task->joiners, &node);
  qz_unlock(&task->lock);
  if (qz_suspend() == QZ_WAKE_EVENT) return true;
  qz_task_end_join(task, &node);
  return false;
}

bool qz_task_begin_join(QzTask *task, QzWaitNode *node) {
  qz_lock(&task->lock);
  bool waits = !task->has_ended;
  if (waits) qz_wait_list_put(&task->joiners, node);
  qz_unlock(&task->lock);
  return waits;
}

void qz_task_end_join(QzTask *task, QzWaitNode *node) {
  qz_lock(&task->lock);
  qz_wait_list_remove(&task->joiners, node);
  qz_unlock(&task->lock);
}

bool qz_task_has_ended(QzTask *task) {
  qz_lock(&task->lock);
  bool has_ended = task->has_ended;
  qz_unlock(&task->lock);
  return has_ended;
}

bool qz_task_panicked(QzTask *task) { return task->how == QZ_UNWOUND_BY_PANIC; }

bool qz_task_was_cancelled(QzTask *task) { return task->how == QZ_UNWOUND_BY_CANCEL; }

void qz_task_ask_to_end(QzTask *task) { qz_served_ask(&task->served); }

void qz_task_cancel(QzTask *task) {
  qz_task_ask_to_end(task);
  qz_served_interrupt(&task->served);
}

void qz_task_retain(QzTask *task) { QZ_ADD(&task->references, 1, relaxed); }

void qz_task_release(QzTask *task) {
  if (QZ_SUBTRACT(&task->references, 1, acq_rel) == 1) qz_heap_free(task);
}

bool qz_sleep_until(int64_t time) {
  QzFiber *self = qz_worker()->fiber;
  qz_waits_for(self, QZ_FOR_TIME, NULL);
  return qz_suspend_until(self, qz_wait_announce(self), time) == QZ_WAKE_TIMEOUT;
}
