// Descriptors that fibers wait for: slots, and the set of descriptors that one worker at a time asks the system about.
//
// A descriptor is put into the set once, for everything; the system tells each change once. What it told, and who waits
// for it, is in one word a direction:
//
//   NONE ──event──▶ READY        somebody may come who needs it
//   READY ──wait──▶ NONE         not waited for: look again first
//   NONE ──wait──▶ a fiber ──event──▶ READY, and the fiber is woken
//   anything ──close──▶ CLOSED   for good, and the fiber is woken
//
// A fiber waits only after a call that would have blocked, and every change since that call is in the word: no event
// can fall between the two. Who takes a fiber out of a word wakes it. If that is another fiber that comes to wait, it
// puts itself in its place, and wakes the first, or puts it back, when its own wait is over; so several may wait, and
// each event reaches all of them, one after the other.
//
// A word has room for the fiber's address, not for its ticket. Memory of fibers stays what it is (fiber.h), so the
// ticket is read from the claim word afterwards; the fiber says which word it waits at (QzFiber.awaits), so a wait that
// began since for something else is not mistaken for this one.
//
// A handle names a slot and its generation, which goes up each time the slot is given to another descriptor. A closed
// descriptor's slot becomes free between two polls only: whoever handles an event cannot lose the slot meanwhile.
#ifndef QZ_SCHED_POLL_H
#define QZ_SCHED_POLL_H

#include "runtime/sched/idle.h"
#include "runtime/sched/worker.h"

typedef enum QzDirection { QZ_IN, QZ_OUT, QZ_DIRECTIONS } QzDirection;

typedef struct QzSlot {
  _Alignas(64) _Atomic uint64_t state;  // the generation, IS_CLOSED, how many use it
  _Atomic uintptr_t words[QZ_DIRECTIONS];
  int fd;
  bool is_polled;  // false: the system refuses to watch it, since it never blocks
  bool is_socket;
  uint32_t index;
  struct QzSlot *next;  // in a list of slots that nobody uses
} QzSlot;

// Gives a handle, never negative, or -errno: then the descriptor is the caller's as before.
int64_t qz_poll_open(int fd, bool is_socket);
// Wakes who waits for it. When the last one who uses it leaves, it is closed.
int64_t qz_poll_close(int64_t handle);
QzSlot *qz_poll_enter(int64_t handle);  // NULL: it was closed
void qz_poll_leave(QzSlot *slot);
// Waits for a change in that direction. 0: look again; -ETIMEDOUT, -ECANCELED (a stop), -EBADF (it was closed).
int64_t qz_poll_wait(QzSlot *slot, QzDirection direction, int64_t until);
bool qz_poll_has_waiters(void);  // asked when every worker sleeps
void qz_poll_stop(void);  // with the scheduler

// ── By workers ──────────────────────────────────────────────────────────────────────────────────────────────────
// Whether there is anything to poll. A program that opens no descriptor makes no set, and asks no more than this.
extern _Atomic uint32_t qz_poll_count;
static inline bool qz_poll_is_on(void) { return atomic_load_explicit(&qz_poll_count, memory_order_relaxed) != 0; }

// One worker polls at a time. True: this one does, until qz_poll_end.
bool qz_poll_begin(void);
void qz_poll_sit(QzIdle *idle, uint32_t key, int64_t until);  // instead of qz_idle_sleep
void qz_poll_end(void);  // enqueues who was waited for
void qz_poll_now(void);  // without waiting, unless another one polls
void qz_poll_interrupt(void);  // who sits there

#endif
