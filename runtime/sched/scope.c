// The lock of the scope guards all of it. Its memory goes when who opened it has seen, under the lock, that no task is
// left; so the last task wakes him behind the lock, with what it read of him before, and touches the scope no more.
//
// The block stands on his own stack, so waits of it are those of whatever runs there: the fiber has a list of the
// scopes whose blocks it is in, and looks at them before it waits. Whoever decides a scope says so first and looks
// then, under the lock, whether the block waits (served.h).
#include "runtime/sched/scope.h"

#include "runtime/sched/served.h"

// ── Deciding, under the lock ────────────────────────────────────────────────────────────────────────────────────
static void end_block(QzScope *scope) {
  QZ_STORE(&scope->ends_block, true, release);
  if (scope->block && !QZ_PLANTED(block_waits_on)) qz_served_interrupt_block(scope->block);
}

// True: this did. Tasks that start later are cancelled from the start. All are told before the first wait ends: whoever
// waits for one that was cancelled is to know that so was he.
static bool decide(QzScope *scope, QzScopeEnd how) {
  if (scope->how != QZ_SCOPE_DONE) return false;
  scope->how = how;
  for (QzTask *child = scope->tasks; child; child = child->next) qz_task_ask_to_end(child);
  if (how == QZ_SCOPE_PANICKED || how == QZ_SCOPE_TIMED_OUT) end_block(scope);
  for (QzTask *child = scope->tasks; child; child = child->next) qz_task_cancel(child);
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
bool qz_scope_takes_panic(QzTask *child, const QzPlace *place) {
  QzScope *scope = child->scope;
  qz_lock(&scope->lock);
  child->decides_scope = decide(scope, QZ_SCOPE_PANICKED);
  if (child->decides_scope) scope->place = *place;
  qz_unlock(&scope->lock);
  return child->decides_scope;
}

static void unlink_child(QzTask *child) {
  *child->place = child->next;
  if (child->next) child->next->place = child->place;
}

void qz_scope_leave(QzTask *child, QzUnwound how, QzString *message) {
  QzScope *scope = child->scope;
  if (!child->decides_scope) qz_string_release(message);
  qz_lock(&scope->lock);
  unlink_child(child);
  if (child->decides_scope) scope->message = message;
  if (how == QZ_UNWOUND_NOT && scope->is_race && decide(scope, QZ_SCOPE_WON)) scope->winner = child;
  QzFiber *fiber = scope->tasks ? NULL : scope->fiber;
  QzTicket ticket = scope->ticket;
  qz_unlock(&scope->lock);
  if (fiber) qz_wake(fiber, ticket, QZ_WAKE_EVENT);
}

// Until it leaves, the reference of the running task is enough for others in the scope, too.
void qz_scope_add(QzScope *scope, QzTask *child) {
  child->scope = scope;
  qz_lock(&scope->lock);
  child->next = scope->tasks;
  child->place = &scope->tasks;
  if (child->next) child->next->place = &child->next;
  scope->tasks = child;
  if (scope->how != QZ_SCOPE_DONE && !QZ_PLANTED(late_tasks_are_spared)) qz_task_cancel(child);
  qz_unlock(&scope->lock);
}

bool qz_scope_start(QzScope *scope, void (*body)(void *argument), void *argument) {
  QzTask *task = qz_task_new(body, argument);
  if (!task) return false;
  qz_scope_add(scope, task);
  qz_task_set_off(task);
  qz_task_release(task);
  return true;
}

// ── Its block ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Block {
  QzPanicWitness witness;
  QzScope *scope;
  bool decides;
} Block;

// Its panic goes on behind the scope whatever happened before, except after the panic of a task.
static void witness_block(QzPanicWitness *self, const QzString *message, const QzPlace *place) {
  Block *block = (Block *)self;
  QzScope *scope = block->scope;
  qz_lock(&scope->lock);
  block->decides = decide(scope, QZ_SCOPE_PANICKED) || scope->how != QZ_SCOPE_PANICKED;
  if (block->decides) {
    scope->how = QZ_SCOPE_PANICKED;
    scope->place = *place;
  }
  qz_unlock(&scope->lock);
  if (!block->decides) qz_panic_printer(message, place);
}

static void enter_block(QzScope *scope, QzFiber *self) {
  scope->outer = self->scopes;
  self->scopes = scope;
  qz_lock(&scope->lock);
  scope->block = self;
  qz_unlock(&scope->lock);
}

static void leave_block(QzScope *scope, QzFiber *self) {
  qz_lock(&scope->lock);
  scope->block = NULL;
  qz_unlock(&scope->lock);
  self->scopes = scope->outer;
}

QzUnwound qz_scope_block(QzScope *scope, void (*body)(void *argument), void *argument) {
  Block block = {.witness = {witness_block}, .scope = scope};
  QzFiber *const self = qz_worker()->fiber;
  enter_block(scope, self);
  QzUnwound how = qz_panic_witnessed(body, argument, &block.witness);
  leave_block(scope, self);
  if (how == QZ_UNWOUND_BY_CANCEL) qz_scope_cancel(scope);
  if (how != QZ_UNWOUND_BY_PANIC) return how;
  QzString *message = qz_string_share(qz_panic_message());
  if (block.decides) scope->message = message;
  else qz_string_release(message);
  return how;
}

bool qz_scope_ends_block(const QzScope *scopes) {
  for (; scopes; scopes = scopes->outer)
    if (QZ_LOAD(&scopes->ends_block, acquire)) return true;
  return false;
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
    qz_waits_for(self, QZ_FOR_SCOPE, scope);
  }
  qz_unlock(&scope->lock);
  return waits;
}

// A stop, or a scope around this one, ends every wait, so once it is known it must not be seen: the tasks end first.
static void wait_for_rest(QzScope *scope, QzFiber *self) {
  qz_served_hide();
  while (begin_to_wait(scope, self)) qz_suspend();
  qz_served_show();
}

QzScopeEnd qz_scope_end(QzScope *scope) {
  QzFiber *self = qz_worker()->fiber;
  while (begin_to_wait(scope, self)) {
    if (qz_suspend() == QZ_WAKE_EVENT) continue;
    scope->was_interrupted = true;
    qz_scope_cancel(scope);
    if (!QZ_PLANTED(interrupted_ends_leave)) wait_for_rest(scope, self);
    break;
  }
  qz_timer_disarm(&scope->deadline);
  return scope->how;
}
