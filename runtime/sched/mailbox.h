// A mailbox: one word that says who has the right to run the actor behind it, a list of messages, a stack of signals.
//
// The head word is the address of the last message with three bits in it. IDLE: nobody runs the actor; the right to run
// it lies here. SIGNAL: there is something on the stack of signals. ABANDONED: nobody can send any more. The bits are
// on a word that every arrival changes with one atomic operation, so that no arrival can fall between a look and a
// decision:
//
// - a message is put in by an exchange, which takes both bits off: who finds IDLE in what was there has the right now;
// - a signal is put on its stack first, then SIGNAL is set, or IDLE taken. A message may wipe SIGNAL: then nobody goes
//   idle before that message was taken, and who takes one looks at the stack after that, before it handles it. So
//   whatever was signalled before a message was sent is heard before it;
// - the actor goes idle by one compare-and-swap from "the message I took last, no bits" to the same with IDLE. It fails
//   when anything came, and while a sender stands between its exchange and the link to its message.
//
// Who sends or signals has a reference to the actor until it is done. The last reference goes by ABANDONED, in one step
// behind which nothing of the actor is touched: it may be freed at once.
//
// The list is that of Vyukov's queue as Pony uses it: the message that was taken last stays as the list's end.
#ifndef QZ_SCHED_MAILBOX_H
#define QZ_SCHED_MAILBOX_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/sched/point.h"

typedef struct QzMessage {
  _Atomic(struct QzMessage *) next;
  const struct QzMessageKind *kind;
  uint64_t sender;  // the actor whose handler sent it; 0: a task
} QzMessage;

typedef struct QzSignal {
  struct QzSignal *next;
} QzSignal;

typedef struct QzMailbox {
  _Atomic uintptr_t head;
  QzMessage *taken;              // last; by whoever has the right to run
  _Atomic(QzSignal *) signals;   // newest first
} QzMailbox;

// Whether the caller has the right to run the actor now, and must enqueue it.
typedef enum QzArrival { QZ_ARRIVED, QZ_ARRIVED_TO_IDLE } QzArrival;

// `first`: a message that is nobody's, until another one is taken. The right to run is the caller's.
void qz_mailbox_start(QzMailbox *mailbox, QzMessage *first);
QzArrival qz_mailbox_put(QzMailbox *mailbox, QzMessage *message);
QzArrival qz_mailbox_signal(QzMailbox *mailbox, QzSignal *signal);

// By whoever has the last reference, which it gives up. True: the right to run is the caller's, who must enqueue it.
bool qz_mailbox_abandon(QzMailbox *mailbox);

// By whoever has the right to run:
// the oldest message; NULL: there is none, or it is not linked yet. It is the mailbox's until the next one is taken;
// then *freed is the one before.
QzMessage *qz_mailbox_take(QzMailbox *mailbox, QzMessage **freed);
bool qz_mailbox_has_signal(QzMailbox *mailbox);
bool qz_mailbox_is_abandoned(QzMailbox *mailbox);
QzSignal *qz_mailbox_take_signals(QzMailbox *mailbox);  // oldest first
bool qz_mailbox_go_idle(QzMailbox *mailbox);            // true: the right to run is given up; hands off
QzMessage *qz_mailbox_last(QzMailbox *mailbox);         // the newest message that has come

// For reports, while nobody runs: how many messages wait, counted up to `most`; and whether it is idle.
uint32_t qz_mailbox_count(const QzMailbox *mailbox, uint32_t most);
bool qz_mailbox_rests(const QzMailbox *mailbox);

// For a planted fault: looks for messages, and then says that it is idle. False: there was one.
bool qz_mailbox_leave(QzMailbox *mailbox);
bool qz_mailbox_is_idle(QzMailbox *mailbox);

#endif
