// Scopes as compiled programs have them (std/core/scope.qz): the block is a closure, which is given the scope. What
// comes of it goes on here: the first panic, or the unwinding of who opened the scope.
#include "runtime/internal.h"
#include "runtime/sched/program.h"
#include "runtime/sched/scope.h"
#include "runtime/sched/served.h"

typedef struct Block {
  QzScope *scope;
  QzClosure *body;
} Block;

static void run_block(void *argument) {
  const Block *block = argument;
  ((void (*)(QzClosure *, QzScope *))block->body->code)(block->body, block->scope);
}

// A panic that nobody can be given is reported.
static void give_panic(QzScope *scope, bool unwinds) {
  if (!unwinds) qz_panic(scope->message, scope->place);
  qz_panic_printer(scope->message, &scope->place);
  qz_string_release(scope->message);
}

static QzScopeEnd run(QzScope *scope, QzClosure *body) {
  QzUnwound how = qz_scope_block(scope, run_block, &(Block){scope, body});
  QzScopeEnd end = qz_scope_end(scope);
  bool unwinds = scope->was_interrupted || (how == QZ_UNWOUND_BY_CANCEL && qz_served_asked_here());
  if (end == QZ_SCOPE_PANICKED) give_panic(scope, unwinds);
  if (unwinds) qz_cancelled();
  return end;
}

int32_t qz_go_scope(int64_t milliseconds, QzClosure *body) {
  QzScope scope;
  qz_program_enter();
  qz_scope_begin(&scope, false, qz_deadline(milliseconds));
  return run(&scope, body) == QZ_SCOPE_TIMED_OUT;
}

void *qz_go_race(QzClosure *body) {
  QzScope scope;
  qz_program_enter();
  qz_scope_begin(&scope, true, QZ_FOREVER);
  scope.site = QZ_SITE_HERE(0);  // the library calls `go`, from far within
  run(&scope, body);
  return scope.winner;
}

void qz_go_scope_cancel(void *scope) { qz_scope_cancel(scope); }
