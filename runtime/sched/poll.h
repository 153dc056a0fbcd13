// Descriptors that fibers wait for: slots, and the set of descriptors that one worker at a time asks the system about.
//
// A descriptor is put into the set once, for everything; the system tells each change once. Each direction has a word:
// how many events came, or the fiber that waits for the next one, or CLOSED.
//
// Who is about to make a call looks at the word first. If the call would have blocked, the fiber puts itself in the
// place of what it saw; if there is another number by now, it calls again. So no event can fall between the call and
// the wait. A fiber in the word has found nothing since the last event, so another one may put itself in its place
// whatever it saw; it wakes the first, or puts it back, when its own wait is over. An event puts a number in the place
// of a fiber. Who takes a fiber out of a word wakes it: several may wait, and each event reaches all of them, one after
// the other.
//
// A word has room for the fiber's address, not for its ticket. Memory of fibers stays what it is (fiber.h), so the
// ticket is read from the claim word afterwards; the fiber says which word it waits at (QzFiber.awaits), so a wait that
// began since for something else is not mistaken for this one.
//
// A read of a stream that gives less than was asked for has taken everything. If there was no event since the look
// before it, the next one need not call; unless some event said that there will be an end, which is not told again.
//
// A handle names a slot and its generation, which goes up each time the slot is given to another descriptor. A closed
// descriptor's slot becomes free between two polls only: whoever handles an event cannot lose the slot meanwhile.
#ifndef QZ_SCHED_POLL_H
#define QZ_SCHED_POLL_H

#include "runtime/sched/descriptor.h"
#include "runtime/sched/idle.h"
#include "runtime/sched/worker.h"

typedef enum QzDirection { QZ_IN, QZ_OUT, QZ_DIRECTIONS } QzDirection;

typedef uint64_t QzLook;  // what was in a word

typedef struct QzSlot {
  _Alignas(64) _Atomic uint64_t state;  // the generation, IS_CLOSED, how many use it
  _Atomic QzLook words[QZ_DIRECTIONS];
  QzLook events[QZ_DIRECTIONS];  // by who polls: the number that is in the word, or was or will be
  _Atomic QzLook emptied;  // the look before a read that took everything
  int fd;
  QzFdKind kind;
  bool is_polled;  // false: the system refuses to watch it, since it never blocks
  uint32_t index;
  struct QzSlot *next;  // in a list of slots that nobody uses
} QzSlot;

// Gives a handle, never negative, or -errno: then the descriptor is the caller's as before.
int64_t qz_poll_open(int fd, QzFdKind kind);
// Wakes who waits for it. When the last one who uses it leaves, it is closed.
int64_t qz_poll_close(int64_t handle);
QzSlot *qz_poll_enter(int64_t handle);  // NULL: it was closed
void qz_poll_leave(QzSlot *slot);
QzLook qz_poll_look(QzSlot *slot, QzDirection direction);  // before a call that may block
// Waits for an event since then. 0: call again; -ETIMEDOUT, -ECANCELED (a stop), -EBADF (it was closed).
int64_t qz_poll_wait(QzSlot *slot, QzDirection direction, QzLook look, int64_t until);
void qz_poll_note_empty(QzSlot *slot, QzLook look);  // the read after that look took everything
bool qz_poll_is_empty(QzSlot *slot, QzLook look);  // so a read after this look will find nothing
bool qz_poll_has_waiters(void);  // asked when every worker sleeps
void qz_poll_stop(void);  // with the scheduler

// ── By workers ──────────────────────────────────────────────────────────────────────────────────────────────────
// Whether there is anything to poll. A program that opens no descriptor makes no set, and asks no more than this.
extern _Atomic uint32_t qz_poll_count;
static inline bool qz_poll_is_on(void) { return atomic_load_explicit(&qz_poll_count, memory_order_relaxed) != 0; }

// One worker polls at a time. True: this one does, until qz_poll_end.
bool qz_poll_begin(void);
void qz_poll_sit(QzIdle *idle, uint32_t key, int64_t until);  // instead of qz_idle_sleep
void qz_poll_end(bool was_idle);  // enqueues who was waited for
void qz_poll_now(void);  // without waiting, unless another one polls
void qz_poll_interrupt(void);  // who sits there
// By the monitor: who sleeps is woken to poll if nobody has polled since the last look. Gives when to look next.
int64_t qz_poll_look_after(void);

#endif
