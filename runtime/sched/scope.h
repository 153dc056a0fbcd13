// Scopes: tasks that have all ended before what opened the scope goes on. The first thing that decides the scope (a
// panic in it, its deadline, in a race the first that ends, a stop or cancel of who waits for it) cancels the others.
// A part of it may be a block that who opened it runs himself: a panic and the deadline end the waits of the block too,
// and its own panic is the scope's.
#ifndef QZ_SCHED_SCOPE_H
#define QZ_SCHED_SCOPE_H

#include "runtime/internal.h"
#include "runtime/sched/task.h"
#include "runtime/sched/timer.h"

typedef enum QzScopeEnd {
  QZ_SCOPE_DONE,         // all have ended by themselves
  QZ_SCOPE_WON,          // a race: `winner` is the first that ended
  QZ_SCOPE_PANICKED,     // `message` and `place` are those of the first panic; of others there was a report
  QZ_SCOPE_TIMED_OUT,
  QZ_SCOPE_INTERRUPTED,  // who waits for the end was stopped, cancelled, or asked for it (qz_scope_cancel)
} QzScopeEnd;

// On the stack of who opens it.
typedef struct QzScope {
  QzLock lock;
  bool is_race;
  QzScopeEnd how;            // DONE: not decided yet
  QzTask *tasks;             // that have not ended
  QzFiber *block;            // on which its block runs; NULL: it does not
  _Atomic bool ends_block;   // waits of the block are to end
  bool was_interrupted;      // the wait for the end was ended from outside: who waited is to unwind
  struct QzScope *outer;     // in whose block this one was opened, on the same fiber
  QzFiber *fiber;            // waits for the end; NULL: not yet
  QzTicket ticket;
  QzTimer deadline;
  QzTask *winner;
  QzSite site;               // of a race: where its tasks are started; else 0
  QzString *message;         // whoever ends the scope owns it
  QzPlace place;
} QzScope;

void qz_scope_begin(QzScope *scope, bool is_race, int64_t deadline);  // of qz_now(), or QZ_FOREVER
// Starts a task in it, also from another task in it. False: no memory.
bool qz_scope_start(QzScope *scope, void (*body)(void *argument), void *argument);
// The same with one that was made before, and is to be set off then.
void qz_scope_add(QzScope *scope, QzTask *task);
// By a task in it: whether its panic is given to whoever ends the scope; and when it has ended, with what the panic
// said, which is given up.
bool qz_scope_takes_panic(QzTask *task, const QzPlace *place);
void qz_scope_leave(QzTask *task, QzUnwound how, QzString *message);
// Runs the block, on the running stack. QZ_UNWOUND_BY_CANCEL: a wait of it was ended from outside, by whomever.
QzUnwound qz_scope_block(QzScope *scope, void (*body)(void *argument), void *argument);
void qz_scope_cancel(QzScope *scope);
// Waits for all, whatever happens meanwhile.
QzScopeEnd qz_scope_end(QzScope *scope);

// By qz_suspend: does one of these scopes end the waits of its block?
bool qz_scope_ends_block(const QzScope *scopes);

#endif
