// The lock of the scope guards all of it. Its memory goes when who opened it has seen, under the lock, that no task is
// left; so the last task wakes him behind the lock, with what it read of him before, and touches the scope no more.
#include "runtime/sched/scope.h"

#include <stdlib.h>

#include "runtime/internal.h"
#include "runtime/sched/served.h"

typedef struct QzScoped {
  QzPanicWitness witness;
  struct QzScoped *next, **place;
  QzScope *scope;
  QzTask *task;
  void (*body)(void *argument);
  void *argument;
  bool decides;  // its panic decided the scope
} QzScoped;

// ── Deciding, under the lock ────────────────────────────────────────────────────────────────────────────────────
// True: this did. Tasks that start later are cancelled from the start.
static bool decide(QzScope *scope, QzScopeEnd how) {
  if (scope->how != QZ_SCOPE_DONE) return false;
  scope->how = how;
  for (QzScoped *child = scope->tasks; child; child = child->next) qz_task_cancel(child->task);
  return true;
}

static void decide_locked(QzScope *scope, QzScopeEnd how) {
  qz_lock(&scope->lock);
  decide(scope, how);
  qz_unlock(&scope->lock);
}

static void time_out(QzTimer *timer) {
  decide_locked((QzScope *)((char *)timer - offsetof(QzScope, deadline)), QZ_SCOPE_TIMED_OUT);
}

void qz_scope_cancel(QzScope *scope) { decide_locked(scope, QZ_SCOPE_INTERRUPTED); }

// ── Its tasks ───────────────────────────────────────────────────────────────────────────────────────────────────
// The first panic is given to whoever ends the scope; the others would be lost.
static void witness_panic(QzPanicWitness *self, const QzString *message, const QzPlace *place) {
  QzScoped *child = (QzScoped *)self;
  qz_served_unwinds();
  qz_lock(&child->scope->lock);
  child->decides = decide(child->scope, QZ_SCOPE_PANICKED);
  if (child->decides) child->scope->place = *place;
  qz_unlock(&child->scope->lock);
  if (!child->decides) qz_panic_printer(message, place);
}

static void unlink_child(QzScoped *child) {
  *child->place = child->next;
  if (child->next) child->next->place = child->place;
}

static void leave(QzScoped *child, QzUnwound how) {
  QzScope *scope = child->scope;
  QzString *message = how == QZ_UNWOUND_BY_PANIC ? qz_string_share(qz_panic_message()) : NULL;
  if (!child->decides) qz_string_release(message);
  qz_lock(&scope->lock);
  unlink_child(child);
  if (child->decides) scope->message = message;
  if (how == QZ_UNWOUND_NOT && scope->is_race && decide(scope, QZ_SCOPE_WON)) scope->winner = child->argument;
  QzFiber *fiber = scope->tasks ? NULL : scope->fiber;
  QzTicket ticket = scope->ticket;
  qz_unlock(&scope->lock);
  if (fiber) qz_wake(fiber, ticket, QZ_WAKE_EVENT);
}

static void run_child(void *argument) {
  QzScoped *child = argument;
  QzUnwound how = qz_panic_witnessed(child->body, child->argument, &child->witness);
  leave(child, how);
  qz_task_release(child->task);
  free(child);
}

static void add(QzScope *scope, QzScoped *child) {
  qz_lock(&scope->lock);
  child->next = scope->tasks;
  child->place = &scope->tasks;
  if (child->next) child->next->place = &child->next;
  scope->tasks = child;
  if (scope->how != QZ_SCOPE_DONE && !QZ_PLANTED(late_tasks_are_spared)) qz_task_cancel(child->task);
  qz_unlock(&scope->lock);
}

bool qz_scope_start(QzScope *scope, void (*body)(void *argument), void *argument) {
  QzScoped *child = malloc(sizeof *child);
  if (!child) return false;
  *child = (QzScoped){.witness = {witness_panic}, .scope = scope, .body = body, .argument = argument};
  child->task = qz_task_new(run_child, child);
  if (!child->task) {
    free(child);
    return false;
  }
  add(scope, child);
  qz_task_set_off(child->task);
  return true;
}

// ── Its life ────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_scope_begin(QzScope *scope, bool is_race, int64_t deadline) {
  *scope = (QzScope){.is_race = is_race, .deadline = {.time = deadline, .fire = time_out}};
  if (deadline != QZ_FOREVER) qz_timer_arm(&qz_worker()->timers, &scope->deadline);
}

// False: all have ended. Else the wait is announced.
static bool begin_to_wait(QzScope *scope, QzFiber *self) {
  qz_lock(&scope->lock);
  bool waits = scope->tasks != NULL;
  if (waits) {
    scope->fiber = self;
    scope->ticket = qz_wait_announce(self);
  }
  qz_unlock(&scope->lock);
  return waits;
}

// An actor's stop ends every wait, so once it is known it must not be seen: the tasks have to end first.
static void wait_for_rest(QzScope *scope, QzFiber *self) {
  QzServed *served = qz_served_hide();
  while (begin_to_wait(scope, self)) qz_suspend();
  qz_served_show(served);
}

QzScopeEnd qz_scope_end(QzScope *scope) {
  QzFiber *self = qz_worker()->fiber;
  while (begin_to_wait(scope, self)) {
    if (qz_suspend() == QZ_WAKE_EVENT) continue;
    qz_scope_cancel(scope);
    if (!QZ_PLANTED(interrupted_ends_leave)) wait_for_rest(scope, self);
    break;
  }
  qz_timer_disarm(&scope->deadline);
  return scope->how;
}
