// What runs on a stack, and whose waits others may end: the messages of an actor, which is stopped; a task, which is
// cancelled. Who asks says so first and looks then whether it waits; who begins to wait announces that first and looks
// then whether somebody asked. One of the two sees the other.
#ifndef QZ_SCHED_SERVED_H
#define QZ_SCHED_SERVED_H

#include "runtime/sched/site.h"
#include "runtime/sched/trace_events.h"
#include "runtime/sched/worker.h"

// ASKED: its waits are to end. OVER: from now on they are not, whoever asks.
enum { QZ_ENDS_ASKED = 1, QZ_ENDS_OVER = 2 };

struct QzServed {
  _Atomic(QzFiber *) fiber;  // on which it runs; NULL: on none
  _Atomic uint8_t ends;
  uint16_t reason;           // its waits end with: QZ_WAKE_STOPPED, or QZ_WAKE_CANCELLED, which ends one only
  QzSite site;               // where it was started
};

// On the running stack, which stays the same from the begin to the end, whichever worker it is on.
static inline void qz_served_begin(QzServed *served) {
  QzFiber *fiber = qz_worker()->fiber;
  atomic_store_explicit(&fiber->serves, served, memory_order_release);
  QZ_STORE(&served->fiber, fiber, release);
  qz_event_who(QZ_EVENT_RUN, served);
}

static inline void qz_served_end(QzServed *served) {
  QzFiber *fiber = atomic_load_explicit(&served->fiber, memory_order_relaxed);
  atomic_store_explicit(&fiber->serves, NULL, memory_order_release);
  QZ_STORE(&served->fiber, NULL, release);
  qz_event(QZ_EVENT_END, NULL, 0);
}

// What the running stack serves, or NULL.
static inline QzServed *qz_served_here(void) {
  return atomic_load_explicit(&qz_worker()->fiber->serves, memory_order_relaxed);
}

// On the running stack: nobody ends its waits until it is shown again. While a panic unwinds nobody does either.
void qz_served_hide(void);
void qz_served_show(void);
// Are the waits of the running stack to end, by a stop, a cancel, or a scope (scope.h) in whose block it stands?
bool qz_served_asked_here(void);

// By others, who see to it that it is not freed meanwhile. An actor is asked, signalled, and then interrupted.
void qz_served_ask(QzServed *served);
void qz_served_interrupt(QzServed *served);
// By a scope: ends a wait of its block, which stands on this fiber.
void qz_served_interrupt_block(QzFiber *fiber);

// By the running stack, after a wait that was ended from outside: what is left of this actor's message, of this task,
// or of the block of a scope, whichever is innermost, is unwound, and nothing is reported. Waits of the cleanups last.
// Where the wait ended for want of memory this is a panic.
_Noreturn void qz_cancelled(void);

// By qz_suspend.
void qz_served_before_wait(QzFiber *fiber);
void qz_served_was_told(QzFiber *fiber);

#endif
