#include "runtime/sched/poll.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"
#include "runtime/sched/trace_events.h"

// In a word: CLOSED, a number, or the address of a fiber. A number has bit 0 set, bit 1 if there will be an end, and
// counts events above.
typedef _Atomic QzLook Word;
enum { CLOSED = 0, IS_NUMBER = 1, HAS_ENDED = 2, ONE_EVENT = 4, BITS = 3 };

enum { LONGEST_AWAY = 1000000 };  // ns
enum { CHUNK_SIZE = 256, CHUNKS_LIMIT = 1 << 12, EVENTS_AT_ONCE = 256 };
#define IS_CLOSED (UINT64_C(1) << 31)
#define USERS (IS_CLOSED - 1)

_Atomic uint32_t qz_poll_count;

static struct {
  _Atomic bool is_polling;             // some worker does
  _Atomic uint32_t polls;              // how often one began
  struct epoll_event events[EVENTS_AT_ONCE];
  int64_t event_count;                 // that were told and not handled
  uint32_t polls_seen;                 // by the monitor
  QzLock lock;                         // of what follows
  QzSlot *free, *closed;               // closed: free after the next poll
  uint32_t chunk_count;
  _Atomic(QzSlot *) chunks[CHUNKS_LIMIT];
} poll;

// No lock of the scheduler, since the system is called, whose points a seed would count.
static pthread_mutex_t set_lock = PTHREAD_MUTEX_INITIALIZER;
static bool has_set;

static int64_t need_set(void) {
  pthread_mutex_lock(&set_lock);
  int64_t result = has_set ? 0 : qz_set_start();
  has_set = result == 0;
  pthread_mutex_unlock(&set_lock);
  return result;
}

static void check(int64_t result, const char *what) {
  if (result < 0) qz_panic_text(what);
}

// ── Slots and handles ───────────────────────────────────────────────────────────────────────────────────────────
// A handle: the slot's number in the upper half, so that it is not negative, the whole generation in the lower one.
static uint32_t generation_of(uint64_t state) { return (uint32_t)(state >> 32); }

static int64_t handle_of(const QzSlot *slot, uint64_t state) {
  return (int64_t)((uint64_t)slot->index << 32 | generation_of(state));
}

static QzSlot *slot_of(uint64_t handle) {
  uint64_t index = handle >> 32;
  if (index >= (uint64_t)CHUNK_SIZE * CHUNKS_LIMIT) return NULL;
  QzSlot *chunk = QZ_LOAD(&poll.chunks[index / CHUNK_SIZE], acquire);  // pairs with put_chunk
  return chunk ? &chunk[index % CHUNK_SIZE] : NULL;
}

static bool is_of(uint64_t state, uint64_t handle) {
  uint32_t difference = generation_of(state) ^ (uint32_t)handle;
  return !(QZ_PLANTED(generation_cut) ? difference & 1 : difference);
}

static QzSlot *take_free(void) {
  qz_lock(&poll.lock);
  QzSlot *slot = poll.free;
  if (slot) poll.free = slot->next;
  qz_unlock(&poll.lock);
  return slot;
}

static void put_slot(QzSlot **list, QzSlot *slot) {
  qz_lock(&poll.lock);
  slot->next = *list;
  *list = slot;
  qz_unlock(&poll.lock);
}

// By who polls, before it asks the system: what it is told from then on is not about these any more.
static void free_closed(void) {
  qz_lock(&poll.lock);
  for (QzSlot *next, *slot = poll.closed; slot; slot = next) {
    next = slot->next;
    slot->next = poll.free;
    poll.free = slot;
  }
  poll.closed = NULL;
  qz_unlock(&poll.lock);
}

// Under a seed a few at a time, so that they are used again soon.
static QzSlot *new_chunk(void) {
  QzSlot *chunk = aligned_alloc(_Alignof(QzSlot), CHUNK_SIZE * sizeof *chunk);
  if (!chunk) return NULL;
  memset(chunk, 0, CHUNK_SIZE * sizeof *chunk);
  for (uint32_t i = 0; i < CHUNK_SIZE; i++) atomic_init(&chunk[i].state, IS_CLOSED);
  uint32_t used = qz_sim_on ? 2 : CHUNK_SIZE;
  for (uint32_t i = 0; i + 1 < used; i++) chunk[i].next = &chunk[i + 1];
  return chunk;
}

// Under the lock. False: there are too many.
static bool put_chunk(QzSlot *chunk) {
  if (poll.chunk_count == CHUNKS_LIMIT) return false;
  for (uint32_t i = 0; i < CHUNK_SIZE; i++) chunk[i].index = poll.chunk_count * CHUNK_SIZE + i;
  QzSlot *last = chunk;
  while (last->next) last = last->next;
  last->next = poll.free;
  poll.free = chunk;
  QZ_STORE(&poll.chunks[poll.chunk_count++], chunk, release);  // pairs with slot_of
  return true;
}

static bool add_chunk(void) {
  QzSlot *chunk = new_chunk();
  if (!chunk) return false;
  qz_lock(&poll.lock);
  bool is_put = put_chunk(chunk);
  qz_unlock(&poll.lock);
  if (!is_put) free(chunk);
  return is_put;
}

// Nobody polls just now, so this is between two polls. It may be long until this worker comes to poll, so one that fell
// asleep meanwhile is told.
static bool has_freed_closed(void) {
  if (!qz_poll_begin()) return false;
  free_closed();
  qz_poll_end(false);
  if (!QZ_PLANTED(seat_left_empty)) qz_sched_notify();
  return true;
}

static QzSlot *take_slot(void) {
  QzSlot *slot = take_free();
  if (!slot && has_freed_closed()) slot = take_free();
  if (slot) return slot;
  qz_sched_unseat();  // who sits there frees what was closed, before the next one is missing
  while (!slot && add_chunk()) slot = take_free();
  return slot;
}

// The next descriptor in it is another one.
static void give_back(QzSlot *slot) {
  uint64_t generation = generation_of(QZ_LOAD(&slot->state, relaxed)) + 1;
  QZ_STORE(&slot->state, generation << 32 | IS_CLOSED, release);
  put_slot(QZ_PLANTED(slot_freed_at_once) ? &poll.free : &poll.closed, slot);
}

// ── Who waits ───────────────────────────────────────────────────────────────────────────────────────────────────
// Of a fiber that was taken out of the word. If the claim word says that it waits, it awaits this word after that, and
// the claim succeeds, then it was that wait all the time. If not, the wait is over, and who waited looks again anyway.
static QzClaim claim(Word *word, QzFiber *fiber) {
  uint64_t seen = QZ_LOAD(&fiber->claim, acquire);  // pairs with qz_wait_announce
  uint32_t state = (uint32_t)seen & QZ_STATE_MASK;
  if (state != QZ_PREPARES && state != QZ_WAITS) return QZ_CLAIM_LOST;
  if (QZ_LOAD(&fiber->awaits, relaxed) != word && !QZ_PLANTED(ends_any_wait)) return QZ_CLAIM_LOST;
  return qz_wait_claim(fiber, seen & QZ_TICKET_MASK, QZ_WAKE_EVENT);
}

// NULL: it is none.
static QzFiber *fiber_of(QzLook look) { return look & BITS ? NULL : (QzFiber *)(uintptr_t)look; }

static void wake(Word *word, QzFiber *fiber) {
  if (fiber && claim(word, fiber) == QZ_CLAIM_ENQUEUE) qz_ready_woken(fiber);
}

// Whether a fiber may put itself in the place of what is in the word, after that look.
static bool gives_place(QzLook seen, QzLook look) { return fiber_of(seen) || (seen == look && seen != CLOSED); }

// Puts the fiber into the word, if what is there gives place. Gives what is there.
static QzLook put_in(Word *word, QzFiber *self, QzLook look) {
  QzLook seen = QZ_LOAD(word, acquire);
  while (gives_place(seen, look)) {
    if (QZ_PLANTED(waiter_stored)) {
      QZ_STORE(word, (uintptr_t)self, release);
      break;
    }
    // Release: the fiber has announced its wait. Acquire: who was there had, too.
    if (QZ_SWAP_IF(word, &seen, (uintptr_t)self, acq_rel)) break;
  }
  return seen;
}

// Its wait is over. If it still stands in the word, no event came: what stood there before does again. Else somebody
// has taken it out, and does not know of the one before.
static void take_out(Word *word, QzFiber *self, QzLook before) {
  QzLook seen = (uintptr_t)self;
  if (QZ_SWAP_IF(word, &seen, before, acq_rel)) return;
  if (!QZ_PLANTED(hands_nothing_on)) wake(word, fiber_of(before));
}

static int64_t meaning_of(uint32_t reason, Word *word) {
  if (reason == QZ_WAKE_TIMEOUT) return -ETIMEDOUT;
  if (reason > QZ_WAKE_TIMEOUT) return -ECANCELED;
  return QZ_LOAD(word, acquire) == CLOSED ? -EBADF : 0;
}

QzLook qz_poll_look(QzSlot *slot, QzDirection direction) { return QZ_LOAD(&slot->words[direction], acquire); }

int64_t qz_poll_wait(QzSlot *slot, QzDirection direction, QzLook look, int64_t until) {
  if (until != QZ_FOREVER && until <= qz_now()) return -ETIMEDOUT;
  Word *word = &slot->words[direction];
  QzFiber *self = qz_worker()->fiber;
  QZ_STORE(&self->awaits, word, relaxed);  // the announcement releases it
  QzTicket ticket = qz_wait_announce(self);
  if (!self->waits) qz_waits_for(self, direction == QZ_IN ? QZ_FOR_INPUT : QZ_FOR_OUTPUT, slot);  // else known better
  QzDeadline deadline = {.fiber = self};
  if (until != QZ_FOREVER) qz_deadline_arm(&deadline, self, ticket, until);
  QzLook before = put_in(word, self, look);
  bool is_in = gives_place(before, look);
  if (!is_in) qz_wait_claim(self, ticket, QZ_WAKE_EVENT);
  uint32_t reason = qz_suspend();
  qz_timer_disarm(&deadline.timer);
  if (is_in) take_out(word, self, before);
  QZ_STORE(&self->awaits, NULL, relaxed);
  return meaning_of(reason, word);
}

void qz_poll_note_empty(QzSlot *slot, QzLook look) {
  if (QZ_PLANTED(read_counted_late)) look = qz_poll_look(slot, QZ_IN);
  if ((look & BITS) == IS_NUMBER) QZ_STORE(&slot->emptied, look, relaxed);
}

bool qz_poll_is_empty(QzSlot *slot, QzLook look) { return QZ_LOAD(&slot->emptied, relaxed) == look; }

// All sleep, so nobody's wait is just beginning or ending. A server finds one in its first slot.
static bool awaits(Word *word) {
  const QzFiber *fiber = fiber_of(QZ_LOAD(word, acquire));
  return fiber && QZ_LOAD(&fiber->awaits, relaxed) == word;
}

bool qz_poll_has_waiters(void) {
  if (!qz_poll_is_on() || QZ_PLANTED(waits_not_counted)) return false;
  for (uint32_t i = 0; i < CHUNKS_LIMIT; i++) {
    QzSlot *chunk = QZ_LOAD(&poll.chunks[i], acquire);
    if (!chunk) return false;
    for (uint32_t at = 0; at < CHUNK_SIZE; at++)
      for (uint32_t direction = 0; direction < QZ_DIRECTIONS; direction++)
        if (awaits(&chunk[at].words[direction])) return true;
  }
  return false;
}

// ── Opening and closing ─────────────────────────────────────────────────────────────────────────────────────────
// What the system refuses to watch because it never blocks, ordinary files, is used directly.
static int64_t watch(QzSlot *slot, int64_t handle) {
  int64_t result = qz_set_add(slot->fd, (uint64_t)handle);
  if (result == -EPERM) return 0;
  if (result < 0) return QZ_PLANTED(refusal_swallowed) ? 0 : result;
  slot->is_polled = true;
  // The first one: who sleeps already does not watch.
  if (QZ_ADD(&qz_poll_count, 1, seq_cst) == 0) qz_sched_notify();
  return slot->kind == QZ_FD_AWAITED ? 0 : qz_fd_unblock(slot->fd);
}

// From the set first: as long as others have the descriptor too, closing it does not take it out.
static int64_t unwatch(QzSlot *slot) {
  if (!slot->is_polled) return 0;
  slot->is_polled = false;
  QZ_SUBTRACT(&qz_poll_count, 1, seq_cst);
  return qz_set_remove(slot->fd);
}

int64_t qz_poll_open(int fd, QzFdKind kind) {
  int64_t result = need_set();
  if (result < 0) return result;
  QzSlot *slot = take_slot();
  if (!slot) return -ENOMEM;
  slot->fd = fd;
  slot->kind = kind;
  QZ_STORE(&slot->emptied, CLOSED, relaxed);  // which no number is
  for (uint32_t i = 0; i < QZ_DIRECTIONS; i++) {
    slot->events[i] = IS_NUMBER;
    QZ_STORE(&slot->words[i], IS_NUMBER, relaxed);
  }
  uint64_t state = QZ_LOAD(&slot->state, relaxed) & ~IS_CLOSED;
  int64_t handle = handle_of(slot, state);
  QZ_STORE(&slot->state, state, release);  // whole before the set knows it: events may come at once
  result = watch(slot, handle);
  if (result == 0) return handle;
  unwatch(slot);
  give_back(slot);
  return result;
}

QzSlot *qz_poll_enter(int64_t handle) {
  QzSlot *slot = slot_of((uint64_t)handle);
  if (!slot) return NULL;
  uint64_t state = QZ_LOAD(&slot->state, relaxed);
  do
    if (state & IS_CLOSED || !is_of(state, (uint64_t)handle)) return NULL;
  while (!QZ_SWAP_IF(&slot->state, &state, state + 1, acq_rel));  // pairs with qz_poll_open
  return slot;
}

static int64_t finish(QzSlot *slot) {
  int64_t removed = unwatch(slot), closed = qz_fd_close(slot->fd);
  give_back(slot);
  return removed < 0 ? removed : closed;
}

// True: the last one, of a closed one.
static bool is_last(QzSlot *slot) {
  uint64_t state = QZ_SUBTRACT(&slot->state, 1, acq_rel) - 1;  // pairs with itself: the others are done
  return (state & (IS_CLOSED | USERS)) == IS_CLOSED;
}

void qz_poll_leave(QzSlot *slot) {
  if (is_last(slot)) finish(slot);
}

int64_t qz_poll_close(int64_t handle) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  bool was_closed = QZ_OR(&slot->state, IS_CLOSED, acq_rel) & IS_CLOSED;
  uint32_t closed = QZ_PLANTED(close_forgets_writers) ? QZ_OUT : QZ_DIRECTIONS;
  for (uint32_t i = 0; i < closed && !was_closed; i++)
    wake(&slot->words[i], fiber_of(QZ_EXCHANGE(&slot->words[i], CLOSED, acq_rel)));
  int64_t result = is_last(slot) ? finish(slot) : 0;
  return was_closed ? -EBADF : result;
}

// ── Polling ─────────────────────────────────────────────────────────────────────────────────────────────────────
// Fibers that this worker has claimed and not enqueued yet.
typedef struct Woken {
  QzRunnable *first, **last;
} Woken;

// Counts an event, and takes out who waits for it.
static void deliver_to(QzSlot *slot, QzDirection direction, bool ends, Woken *woken) {
  Word *word = &slot->words[direction];
  QzLook number = (slot->events[direction] + ONE_EVENT) | (ends && !QZ_PLANTED(end_forgotten) ? HAS_ENDED : 0);
  QzLook seen = QZ_LOAD(word, acquire);
  slot->events[direction] = number;
  do {
    if (seen == CLOSED) return;
    if (!fiber_of(seen) && QZ_PLANTED(edge_forgotten)) return;
  } while (!QZ_SWAP_IF(word, &seen, number, acq_rel));
  QzFiber *fiber = fiber_of(seen);
  if (!fiber || claim(word, fiber) != QZ_CLAIM_ENQUEUE) return;
  *woken->last = &fiber->runnable;
  woken->last = &fiber->runnable.next;
}

static void deliver(const struct epoll_event *event, Woken *woken) {
  if (event->data.u64 == QZ_SET_INTERRUPT) {
    check(qz_set_calm(), "an interruption cannot be taken back");
    return;
  }
  QzSlot *slot = slot_of(event->data.u64);
  if (!is_of(QZ_LOAD(&slot->state, acquire), event->data.u64)) return;
  uint32_t events = event->events, both = EPOLLHUP | EPOLLERR;
  bool ends = events & (EPOLLRDHUP | both);
  if (ends || events & EPOLLIN) deliver_to(slot, QZ_IN, ends, woken);
  if (QZ_PLANTED(reader_takes_both) && events & EPOLLIN) return;
  if (events & (EPOLLOUT | both)) deliver_to(slot, QZ_OUT, false, woken);
}

bool qz_poll_begin(void) {
  if (QZ_LOAD(&poll.is_polling, relaxed)) return false;
  if (QZ_EXCHANGE(&poll.is_polling, true, acq_rel)) return false;  // pairs with qz_poll_end
  poll.event_count = 0;
  atomic_fetch_add_explicit(&poll.polls, 1, memory_order_relaxed);
  return true;
}

int64_t qz_poll_look_after(void) {
  uint32_t polls = atomic_load_explicit(&poll.polls, memory_order_relaxed);
  if (!qz_poll_is_on() || atomic_load(&poll.is_polling) || !qz_sched_view().idle) return QZ_FOREVER;
  if (polls == poll.polls_seen && !QZ_PLANTED(seat_stays_empty)) qz_sched_wake_one();
  poll.polls_seen = polls;
  return qz_now() + LONGEST_AWAY;
}

void qz_poll_interrupt(void) {
  if (!QZ_PLANTED(interrupt_not_written)) check(qz_set_interrupt(), "who polls cannot be interrupted");
}

static void ask(int64_t until) {
  poll.event_count = qz_set_wait(poll.events, EVENTS_AT_ONCE, until);
  check(poll.event_count, "descriptors cannot be waited for");
}

void qz_poll_sit(QzIdle *idle, uint32_t key, int64_t until) {
  free_closed();
  if (qz_idle_sit(idle, key)) ask(until);
  qz_idle_rise(idle);
}

// Another worker may have gone to sleep meanwhile because this one polled. It need not be told that nobody does now: it
// had looked at every queue, this one takes nothing out of a queue while it polls, and with what comes later comes a
// notification, unless this one does it next, and soon. So either nobody has anything to do, and this one comes back,
// or the other one was told, or this one comes back soon. The monitor sees to it where that lasts.
void qz_poll_end(bool was_idle) {
  Woken woken = {.first = NULL};
  woken.last = &woken.first;
  for (int64_t i = 0; i < poll.event_count; i++) deliver(&poll.events[i], &woken);
  *woken.last = NULL;
  QZ_STORE(&poll.is_polling, false, release);
  for (QzRunnable *at = woken.first; at && qz_events_on; at = at->next)
    qz_event_who(QZ_EVENT_WAKE, atomic_load_explicit(&((QzFiber *)at)->serves, memory_order_relaxed));
  qz_ready_polled(woken.first, was_idle);
}

void qz_poll_now(void) {
  if (!qz_poll_begin()) return;
  free_closed();
  ask(0);
  qz_poll_end(false);
}

// Descriptors that are still open are not closed.
void qz_poll_stop(void) {
  for (uint32_t i = 0; i < poll.chunk_count; i++) {
    free(poll.chunks[i]);
    atomic_store(&poll.chunks[i], NULL);
  }
  poll.chunk_count = 0;
  poll.free = poll.closed = NULL;
  atomic_store(&poll.lock.word, 0);
  atomic_store(&poll.is_polling, false);
  atomic_store(&qz_poll_count, 0);
  if (has_set) qz_set_stop();
  has_set = false;
}
