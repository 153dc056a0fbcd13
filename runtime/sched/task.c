#include "runtime/sched/task.h"

#include "runtime/heap.h"
#include "runtime/sched/scope.h"
#include "runtime/sched/trace_events.h"

// ── Running ─────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Run {
  QzPanicWitness witness;
  QzTask *task;
  QzUnwound how;
  QzString *message;
} Run;

// What the panic said goes to who ends the scope, or to standard error and no further.
static void tell_panic(QzPanicWitness *self, const QzString *message, const QzPlace *place) {
  QzTask *task = ((Run *)self)->task;
  if (!task->scope || !qz_scope_takes_panic(task, place)) qz_panic_printer(message, place);
}

static void note_end(void *argument) {
  Run *run = argument;
  if (run->how == QZ_UNWOUND_BY_PANIC) run->message = qz_string_share(qz_panic_message());
  if (run->task->kind->ended) run->task->kind->ended(run->task, run->how, run->message);
}

static void wake_joiners(QzTask *task) {
  for (QzWaitNode *node; (node = qz_wait_list_take(&task->joiners));) {
    QzFiber *fiber = node->fiber;
    qz_wake(fiber, node->ticket, node->reason);
  }
}

// Where the last reference is that of the running task, nobody waits or asks, and nobody will.
static void tell_end(QzTask *task, QzUnwound how) {
  if (QZ_LOAD(&task->references, acquire) == 1) return;
  qz_lock(&task->lock);
  task->has_ended = true;
  task->how = how;
  wake_joiners(task);
  qz_unlock(&task->lock);
}

static void run_task(QzRunnable *self) {
  QzTask *task = (QzTask *)self;
  Run run = {.witness = {tell_panic}, .task = task};
  qz_served_begin(&task->served);
  run.how = qz_panic_witnessed(task->kind->body, task, &run.witness);
  // To keep what a panic said takes memory.
  if (run.how == QZ_UNWOUND_BY_PANIC) (void)qz_panic_guard(note_end, &run, true);
  else note_end(&run);
  qz_served_end(&task->served);
  qz_panic_forget();
  tell_end(task, run.how);
  if (task->scope) qz_scope_leave(task, run.how, run.message);
  else qz_string_release(run.message);
  qz_task_release(task);
}

void qz_task_init(QzTask *task, const QzTaskKind *kind, QzSite site) {
  *task = (QzTask){.runnable = {.run = run_task}, .kind = kind,
                   .served = {.reason = QZ_WAKE_CANCELLED, .site = site}, .references = 2};
}

QzServed *qz_task_to_begin(QzRunnable *runnable) {
  return runnable->run == run_task ? &((QzTask *)runnable)->served : NULL;
}

void qz_task_set_off(QzTask *task) {
  qz_event_who(QZ_EVENT_SPAWN, &task->served);
  qz_ready(&task->runnable);
}

// ── Of a function and its argument ──────────────────────────────────────────────────────────────────────────────
typedef struct Call {
  QzTask task;
  void (*body)(void *argument);
  void *argument;
} Call;

static void run_call(void *task) {
  const Call *call = task;
  call->body(call->argument);
}

static void free_call(QzTask *task) { qz_heap_free(task); }

static const QzTaskKind calls = {.body = run_call, .free = free_call};

QzTask *qz_task_new(void (*body)(void *argument), void *argument) {
  Call *call = qz_heap_alloc(sizeof *call);
  if (!call) return NULL;
  qz_task_init(&call->task, &calls, 0);
  call->body = body;
  call->argument = argument;
  return &call->task;
}

QzTask *qz_task_start(void (*body)(void *argument), void *argument) {
  QzTask *task = qz_task_new(body, argument);
  if (task) qz_task_set_off(task);
  return task;
}

// ── Waiting for it ──────────────────────────────────────────────────────────────────────────────────────────────
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

// ── Others ──────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_task_ask_to_end(QzTask *task) { qz_served_ask(&task->served); }

void qz_task_cancel(QzTask *task) {
  qz_task_ask_to_end(task);
  qz_served_interrupt(&task->served);
}

// Who has the last reference is alone with the task: there is nobody who could make another one.
void qz_task_release(QzTask *task) {
  bool is_last = QZ_LOAD(&task->references, acquire) == 1 || QZ_SUBTRACT(&task->references, 1, acq_rel) == 1;
  if (is_last) task->kind->free(task);
}

bool qz_sleep_until(int64_t time) {
  QzFiber *self = qz_worker()->fiber;
  qz_waits_for(self, QZ_FOR_TIME, NULL);
  return qz_suspend_until(self, qz_wait_announce(self), time) == QZ_WAKE_TIMEOUT;
}
