// Waiting. A fiber that wants to wait announces a wait, tells those who can end it (the wait's ticket says which one is
// meant), and suspends. Event, time-out, cancelling and stop race for it with one compare-and-swap on the fiber's claim
// word; the winner, and nobody else, makes the fiber run again.
//
//   RUNS ──announce──▶ PREPARES ──commit──▶ WAITS
//                          │                  │
//                          └─────claim────────┴──▶ CLAIMED ──resume──▶ RUNS of the next epoch
//
// PREPARES is shown while the fiber still stands on its stack. Who claims it then need not do more: the worker that
// left the stack finds CLAIMED where it would commit, and enqueues the fiber. Who claims WAITS enqueues it himself.
// Either way the right to run is in one pair of hands.
//
// The word: epoch in the upper 48 bits, why it was claimed in 14, the state in 2. A ticket is the word with state and
// reason 0. The epoch goes up with each wait, so an old timer or a slow answer can only fail. Claiming is the last
// thing a waker does to what the waiter owns: whatever it hands over is written before (release), read after (acquire).
#ifndef QZ_SCHED_WAITER_H
#define QZ_SCHED_WAITER_H

#include <stdlib.h>

#include "runtime/sched/fiber.h"
#include "runtime/sched/waits.h"

typedef uint64_t QzTicket;

typedef enum QzWakeReason {
  QZ_WAKE_EVENT,      // what it waited for; a select adds the number of its case
  QZ_WAKE_TIMEOUT = 0x3ff0,
  QZ_WAKE_STOPPED,    // the actor it serves is to stop
  QZ_WAKE_CANCELLED,  // the task was cancelled
  QZ_WAKE_SCOPE,      // the scope in whose block it stands is over
  QZ_WAKE_NO_STACK,   // by the fiber itself: its worker would need another stack, and there is no memory for one
} QzWakeReason;

enum { QZ_RUNS, QZ_PREPARES, QZ_WAITS, QZ_CLAIMED, QZ_STATE_MASK = 3, QZ_REASON_SHIFT = 2, QZ_EPOCH_SHIFT = 16 };
#define QZ_TICKET_MASK (~UINT64_C(0) << QZ_EPOCH_SHIFT)

typedef enum QzClaim { QZ_CLAIM_LOST, QZ_CLAIM_LATER, QZ_CLAIM_ENQUEUE } QzClaim;

// By the fiber about itself.
static inline QzTicket qz_wait_announce(QzFiber *self) {
  uint64_t word = QZ_LOAD(&self->claim, relaxed);
  QZ_STORE(&self->claim, word | QZ_PREPARES, release);
  return word;
}

// By the worker that has left the fiber's stack. False: it was claimed, enqueue it.
static inline bool qz_wait_commit(QzFiber *fiber) {
  uint64_t word = QZ_LOAD(&fiber->claim, relaxed), expected = (word & QZ_TICKET_MASK) | QZ_PREPARES;
  if (QZ_PLANTED(commit_by_store))
    return word == expected && (QZ_STORE(&fiber->claim, word ^ QZ_PREPARES ^ QZ_WAITS, release), true);
  return QZ_SWAP_IF(&fiber->claim, &expected, (word & QZ_TICKET_MASK) | QZ_WAITS, acq_rel);
}

// By anybody, any number of times.
static inline QzClaim qz_wait_claim(QzFiber *fiber, QzTicket ticket, uint32_t reason) {
  uint64_t claimed = ticket | (uint64_t)reason << QZ_REASON_SHIFT | QZ_CLAIMED;
  uint64_t expected = ticket | QZ_WAITS;
  if (QZ_SWAP_IF(&fiber->claim, &expected, claimed, acq_rel)) return QZ_CLAIM_ENQUEUE;
  if (expected != (ticket | QZ_PREPARES)) return QZ_CLAIM_LOST;
  if (QZ_SWAP_IF(&fiber->claim, &expected, claimed, acq_rel)) return QZ_CLAIM_LATER;
  // It committed in between: it cannot go back to PREPARES within this epoch.
  expected = ticket | QZ_WAITS;
  return QZ_SWAP_IF(&fiber->claim, &expected, claimed, acq_rel) ? QZ_CLAIM_ENQUEUE : QZ_CLAIM_LOST;
}

// What runs again without having been claimed would crash sooner or later: where faults are planted it does so at once,
// and each time.
static inline void qz_wait_check_claimed(uint64_t word) {
#ifdef QZ_FAULTS
  if ((word & QZ_STATE_MASK) != QZ_CLAIMED) abort();
#else
  (void)word;
#endif
}

// By the fiber when it runs again: why; and the next epoch begins.
static inline uint32_t qz_wait_resume(QzFiber *self) {
  uint64_t word = QZ_LOAD(&self->claim, acquire);
  qz_wait_check_claimed(word);
  uint64_t step = QZ_PLANTED(epoch_stays) ? 0 : UINT64_C(1) << QZ_EPOCH_SHIFT;
  QZ_STORE(&self->claim, (word & QZ_TICKET_MASK) + step, release);
  return (uint32_t)(word >> QZ_REASON_SHIFT) & 0x3fff;
}

#endif
