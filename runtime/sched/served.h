// What runs on a stack, and whose waits others may end: the messages of an actor, which is stopped; a task, which is
// cancelled. Who asks says so first and looks then whether it waits; who begins to wait announces that first and looks
// then whether somebody asked. One of the two sees the other.
#ifndef QZ_SCHED_SERVED_H
#define QZ_SCHED_SERVED_H

#include "runtime/sched/worker.h"

// ASKED: its waits are to end. Any other bit: they are not, whoever asks. OVER: from now on; UNWINDS: until that has
// ended, since what runs are cleanups.
enum { QZ_ENDS_ASKED = 1, QZ_ENDS_OVER = 2, QZ_ENDS_UNWINDS = 4 };

struct QzServed {
  _Atomic(QzFiber *) fiber;  // on which it runs; NULL: on none
  _Atomic uint8_t ends;
  uint32_t reason;           // its waits end with: QZ_WAKE_STOPPED, or QZ_WAKE_CANCELLED, which ends one only
};

void qz_served_begin(QzServed *served);  // on the running stack
void qz_served_end(QzServed *served);
QzServed *qz_served_here(void);          // what the running stack serves, or NULL
bool qz_served_is_asked(QzServed *served);

// On the running stack: nobody ends its waits until it is shown again. Gives what was hidden, perhaps NULL.
QzServed *qz_served_hide(void);
void qz_served_show(QzServed *served);
void qz_served_unwinds(void);  // what runs from here on are cleanups, whose waits last

// By others, who see to it that it is not freed meanwhile. An actor is asked, signalled, and then interrupted.
void qz_served_ask(QzServed *served);
void qz_served_interrupt(QzServed *served);

// By the running stack, after a wait that was stopped or cancelled: what is left of this actor's message, or of this
// task, is unwound, and nothing is reported. Waits of the cleanups last.
_Noreturn void qz_cancelled(void);

// By qz_suspend.
void qz_served_before_wait(QzFiber *fiber);
void qz_served_was_told(QzFiber *fiber);

#endif
