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
// - the actor goes idle by one compare-and-swap from "the message I took last, no bits" to IDLE. It fails when anything
//   came, and while a sender stands between its exchange and the link to its message.
//
// Who sends or signals has a reference to the actor until it is done. The last reference goes by ABANDONED, in one step
// behind which nothing of the actor is touched: it may be freed at once.
//
// The list is that of Vyukov's queue as Pony uses it: the message that was taken last stays as the list's end. While
// the mailbox is idle a message that is nobody's is the end in its place, so that an idle actor keeps none: memory of
// messages goes round among those that are on their way, and stays in the cache. Of nobody's message there is the link
// alone, in the word that otherwise says which message was taken last; a bit tells the two apart.
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
  _Atomic(QzMessage *) end;      // of the list: nobody's link, or with QZ_END_TAKEN the message that was taken last
  _Atomic(QzSignal *) signals;   // newest first
} QzMailbox;

// Whether the caller has the right to run the actor now, and must enqueue it.
typedef enum QzArrival { QZ_ARRIVED, QZ_ARRIVED_TO_IDLE } QzArrival;

void qz_mailbox_start(QzMailbox *mailbox);  // the right to run is the caller's
static inline QzArrival qz_mailbox_put(QzMailbox *mailbox, QzMessage *message);
QzArrival qz_mailbox_signal(QzMailbox *mailbox, QzSignal *signal);

// By whoever has the last reference, which it gives up. True: the right to run is the caller's, who must enqueue it.
bool qz_mailbox_abandon(QzMailbox *mailbox);

// By whoever has the right to run:
// the oldest message; NULL: there is none, or it is not linked yet. It is the mailbox's until the next one is taken, or
// the mailbox goes idle; then *freed is the one before, or it. NULL: that was nobody's.
static inline QzMessage *qz_mailbox_take(QzMailbox *mailbox, QzMessage **freed);
// What has come beside messages, signals and the end of the last reference: 0, or bits of these.
enum { QZ_NEWS_SIGNAL = 2, QZ_NEWS_ABANDONED = 4 };
static inline uintptr_t qz_mailbox_news(QzMailbox *mailbox);
QzSignal *qz_mailbox_take_signals(QzMailbox *mailbox);  // oldest first
// True: the right to run is given up; hands off.
static inline bool qz_mailbox_go_idle(QzMailbox *mailbox, QzMessage **freed);
QzMessage *qz_mailbox_last(QzMailbox *mailbox);         // the newest message that has come, or nobody's
QzMessage *qz_mailbox_taken(const QzMailbox *mailbox);  // the one that was taken last, or nobody's
// Of those that wait, but no more than `most`: how many there are.
uint32_t qz_mailbox_count(const QzMailbox *mailbox, uint32_t most);

// For reports, while nobody runs: is it idle?
bool qz_mailbox_rests(const QzMailbox *mailbox);

// For a planted fault: looks for messages, and then says that it is idle. False: there was one.
bool qz_mailbox_leave(QzMailbox *mailbox);
bool qz_mailbox_is_idle(QzMailbox *mailbox);

// ── What each message goes through, inlined ─────────────────────────────────────────────────────────────────────
enum {
  QZ_HEAD_IDLE = 1,
  QZ_HEAD_SIGNAL = QZ_NEWS_SIGNAL,
  QZ_HEAD_ABANDONED = QZ_NEWS_ABANDONED,
  QZ_HEAD_BITS = QZ_HEAD_IDLE | QZ_HEAD_SIGNAL | QZ_HEAD_ABANDONED,
  QZ_END_TAKEN = 1,
};
_Static_assert(offsetof(QzMessage, next) == 0, "nobody's message begins with its link");

static inline QzMessage *qz_head_message(uintptr_t head) { return (QzMessage *)(head & ~(uintptr_t)QZ_HEAD_BITS); }

static inline QzMessage *qz_nobodys_message(QzMailbox *mailbox) { return (QzMessage *)&mailbox->end; }

static inline QzMessage *qz_end_of(QzMessage *taken) { return (QzMessage *)((uintptr_t)taken | QZ_END_TAKEN); }

// NULL: nobody's.
static inline QzMessage *qz_taken_of(QzMessage *end) {
  return (uintptr_t)end & QZ_END_TAKEN ? (QzMessage *)((uintptr_t)end - QZ_END_TAKEN) : NULL;
}

static inline QzArrival qz_mailbox_put(QzMailbox *mailbox, QzMessage *message) {
  atomic_store_explicit(&message->next, NULL, memory_order_relaxed);
  // Release: the message is whole. Acquire: so is the one before, to link to.
  uintptr_t old = QZ_EXCHANGE(&mailbox->head, (uintptr_t)message, acq_rel);
  QZ_STORE(&qz_head_message(old)->next, message, release);  // pairs with qz_mailbox_take
  return old & QZ_HEAD_IDLE ? QZ_ARRIVED_TO_IDLE : QZ_ARRIVED;
}

static inline QzMessage *qz_mailbox_take(QzMailbox *mailbox, QzMessage **freed) {
  QzMessage *next = QZ_LOAD(&mailbox->end, acquire);
  *freed = qz_taken_of(next);
  if (*freed) next = QZ_LOAD(&(*freed)->next, acquire);
  if (next) atomic_store_explicit(&mailbox->end, qz_end_of(next), memory_order_relaxed);
  return next;
}

// The stack too, since a message has wiped the bit, perhaps. The bit, since nobody goes idle as long as it is set. And
// the stack behind the head word: whatever was signalled before the last reference went is seen with its end.
static inline uintptr_t qz_mailbox_news(QzMailbox *mailbox) {
  uintptr_t news = QZ_LOAD(&mailbox->head, acquire) & (QZ_HEAD_SIGNAL | QZ_HEAD_ABANDONED);
  bool has_signals = QZ_LOAD(&mailbox->signals, relaxed) && !QZ_PLANTED(only_the_bit);
  return has_signals ? news | QZ_NEWS_SIGNAL : news;
}

// A fault: by a look and a store.
bool qz_mailbox_swap_by_store(QzMailbox *mailbox, uintptr_t last, uintptr_t idle);

// All is as whoever takes the right must find it before the swap. If the end is nobody's link already, a sender may be
// writing it.
static inline bool qz_mailbox_go_idle(QzMailbox *mailbox, QzMessage **freed) {
  QzMessage *end = atomic_load_explicit(&mailbox->end, memory_order_relaxed), *taken = qz_taken_of(end);
  uintptr_t nobodys = (uintptr_t)qz_nobodys_message(mailbox), last = taken ? (uintptr_t)taken : nobodys;
  *freed = taken;
  if (taken || QZ_PLANTED(link_is_cleared)) atomic_store_explicit(&mailbox->end, NULL, memory_order_relaxed);
  if (QZ_PLANTED(idle_over_signal)) last |= QZ_LOAD(&mailbox->head, acquire) & QZ_HEAD_SIGNAL;
  uintptr_t idle = nobodys | (last & QZ_HEAD_SIGNAL) | QZ_HEAD_IDLE;
  bool is_idle = QZ_PLANTED(idle_by_store) ? qz_mailbox_swap_by_store(mailbox, last, idle)
                                           : QZ_SWAP_IF(&mailbox->head, &last, idle, acq_rel);
  if (!is_idle && taken) atomic_store_explicit(&mailbox->end, end, memory_order_relaxed);
  return is_idle;
}

#endif
