// A channel is a lock, a ring of values and two lists of waiters, of which one at least is empty: receivers wait only
// when there is no value, senders only when there is no room.
#include "runtime/sched/channel.h"

#include <string.h>

#include "runtime/heap.h"

struct QzChannel {
  QzLock lock;
  bool is_closed;
  uint32_t value_size, room;
  uint32_t first, size;  // of the ring
  QzWaitList receivers, senders;
  uint8_t values[];  // and behind them what belongs to who made it
};

static size_t values_size(uint32_t value_size, uint32_t room) { return ((size_t)value_size * room + 7) & ~(size_t)7; }

QzChannel *qz_channel_new_with(uint32_t value_size, uint32_t room, size_t own_size) {
  QzChannel *channel = qz_heap_alloc(QZ_HEAP_ALIGNED(sizeof *channel + values_size(value_size, room) + own_size));
  if (channel) *channel = (QzChannel){.value_size = value_size, .room = room};
  return channel;
}

QzChannel *qz_channel_new(uint32_t value_size, uint32_t room) { return qz_channel_new_with(value_size, room, 0); }

void *qz_channel_own(QzChannel *channel) {
  return channel->values + values_size(channel->value_size, channel->room);
}

void qz_channel_free(QzChannel *channel) { qz_heap_free(channel); }

// Most values are a word, which takes no call.
static inline void copy_value(const QzChannel *channel, void *to, const void *from) {
  if (channel->value_size == sizeof(uint64_t)) memcpy(to, from, sizeof(uint64_t));
  else memcpy(to, from, channel->value_size);
}

// ── The ring ────────────────────────────────────────────────────────────────────────────────────────────────────
static void *slot_of(QzChannel *channel, uint32_t at) {
  uint32_t place = channel->first + at;
  if (place >= channel->room) place -= channel->room;
  return channel->values + (size_t)place * channel->value_size;
}

static void put(QzChannel *channel, const void *value) {
  copy_value(channel, slot_of(channel, channel->size++), value);
}

static void take(QzChannel *channel, void *value) {
  copy_value(channel, value, slot_of(channel, 0));
  if (++channel->first == channel->room) channel->first = 0;
  channel->size--;
}

// ── Waiters ─────────────────────────────────────────────────────────────────────────────────────────────────────
// Somebody who has been claimed, and whom this worker must enqueue once the lock is free; or nobody.
typedef QzFiber *Woken;

static void enqueue(Woken woken) {
  if (woken) qz_ready_woken(woken);
}

// Claims the fiber of a node that was taken from a list. False: its wait has ended otherwise.
static inline bool claim(QzWaitNode *node, Woken *woken) {
  QzFiber *fiber = node->fiber;
  QzClaim claimed = qz_wait_claim(fiber, node->ticket, node->reason);
  *woken = claimed == QZ_CLAIM_ENQUEUE ? fiber : NULL;
  return claimed != QZ_CLAIM_LOST;
}

// The copy is made before the claim: after it the slot may be gone. A copy for somebody who is lost is no value.
static inline bool hand_to_receiver(QzChannel *channel, const void *value, Woken *woken) {
  for (QzWaitNode *node; (node = qz_wait_list_take(&channel->receivers));) {
    copy_value(channel, node->slot, value);
    if (claim(node, woken) || QZ_PLANTED(lost_claim_counts)) return true;
  }
  return false;
}

static inline bool take_from_sender(QzChannel *channel, void *value, Woken *woken) {
  for (QzWaitNode *node; (node = qz_wait_list_take(&channel->senders));) {
    copy_value(channel, value, node->slot);
    if (claim(node, woken)) return true;
  }
  return false;
}

// ── The lock ────────────────────────────────────────────────────────────────────────────────────────────────────
// While it is free it shows what is known to have to wait, so that who looks at many channels takes few locks. Who
// finds that something has to wait shows it; who changes what the channel holds shows nothing.
enum { RECEIVE_WAITS = 1, SEND_WAITS = 2 };

static inline void unlock(QzChannel *channel) {
  qz_unlock_showing(&channel->lock, QZ_PLANTED(shows_too_much) ? RECEIVE_WAITS | SEND_WAITS : 0);
}

static inline void unlock_waiting(QzChannel *channel, bool sends) {
  qz_unlock_showing(&channel->lock, sends ? SEND_WAITS : RECEIVE_WAITS);
}

static inline bool would_wait(QzChannel *channel, bool sends) {
  return qz_lock_shows(&channel->lock) & (sends ? SEND_WAITS : RECEIVE_WAITS);
}

// ── What can be done at once, under the lock ────────────────────────────────────────────────────────────────────
static inline QzChannelResult send_at_once(QzChannel *channel, const void *value, Woken *woken) {
  if (channel->is_closed) return QZ_CHANNEL_CLOSED;
  if (hand_to_receiver(channel, value, woken)) return QZ_CHANNEL_DONE;
  if (channel->size == channel->room) return QZ_CHANNEL_BUSY;
  put(channel, value);
  return QZ_CHANNEL_DONE;
}

// A full ring gives its oldest value and takes that of the sender who has waited longest.
static inline QzChannelResult receive_at_once(QzChannel *channel, void *value, Woken *woken) {
  if (!channel->size) {
    if (take_from_sender(channel, value, woken)) return QZ_CHANNEL_DONE;
    return channel->is_closed ? QZ_CHANNEL_CLOSED : QZ_CHANNEL_BUSY;
  }
  take(channel, value);
  void *freed = slot_of(channel, channel->size);
  if (take_from_sender(channel, freed, woken)) channel->size++;
  return QZ_CHANNEL_DONE;
}

static inline QzChannelResult perform(QzChannel *channel, bool sends, void *value, Woken *woken) {
  return sends ? send_at_once(channel, value, woken) : receive_at_once(channel, value, woken);
}

static inline QzChannelResult try(QzChannel *channel, bool sends, void *value) {
  Woken woken = NULL;
  qz_lock(&channel->lock);
  QzChannelResult result = perform(channel, sends, value, &woken);
  if (result == QZ_CHANNEL_BUSY) unlock_waiting(channel, sends);
  else unlock(channel);
  enqueue(woken);
  return result;
}

// ── Waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────
// A close claims with this added to the number of the case.
enum { CLOSED = QZ_SELECT_LIMIT };

static QzWaitList *list_of(QzChannel *channel, bool sends) { return sends ? &channel->senders : &channel->receivers; }

// When somebody goes, whatever had to wait still has to.
static void stop_waiting(QzChannel *channel, bool sends, QzWaitNode *node) {
  uint32_t shown = qz_lock_seeing(&channel->lock);
  qz_wait_list_remove(list_of(channel, sends), node);
  qz_unlock_showing(&channel->lock, shown);
}

static QzChannelResult meaning_of(uint32_t reason) {
  if (reason >= QZ_WAKE_TIMEOUT) return QZ_CHANNEL_STOPPED;
  return reason >= CLOSED ? QZ_CHANNEL_CLOSED : QZ_CHANNEL_DONE;
}

// Inlined, so that what it sends by is known.
static inline __attribute__((always_inline)) QzChannelResult exchange(QzChannel *channel, bool sends, void *value) {
  Woken woken = NULL;
  qz_lock(&channel->lock);
  QzChannelResult result = perform(channel, sends, value, &woken);
  if (result != QZ_CHANNEL_BUSY) {
    unlock(channel);
    enqueue(woken);
    return result;
  }
  QzFiber *self = qz_worker()->fiber;
  QzWaitNode node = {.fiber = self, .ticket = qz_wait_announce(self), .reason = QZ_WAKE_EVENT, .slot = value};
  qz_waits_for(self, sends ? QZ_FOR_SEND : QZ_FOR_RECEIVE, channel);
  qz_wait_list_put(list_of(channel, sends), &node);
  unlock_waiting(channel, sends);
  result = meaning_of(qz_suspend());
  if (result == QZ_CHANNEL_STOPPED) stop_waiting(channel, sends, &node);
  return result;
}

QzChannelResult qz_channel_send(QzChannel *channel, const void *value) {
  return exchange(channel, true, (void *)(uintptr_t)value);
}

QzChannelResult qz_channel_receive(QzChannel *channel, void *value) { return exchange(channel, false, value); }

QzChannelResult qz_channel_try_send(QzChannel *channel, const void *value) {
  return try(channel, true, (void *)(uintptr_t)value);
}

QzChannelResult qz_channel_try_receive(QzChannel *channel, void *value) { return try(channel, false, value); }

static void wake_closed(QzWaitList *list) {
  for (QzWaitNode *node; (node = qz_wait_list_take(list));) {
    Woken woken;
    node->reason += CLOSED;
    if (claim(node, &woken)) enqueue(woken);
  }
}

bool qz_channel_close(QzChannel *channel) {
  qz_lock(&channel->lock);
  bool was_closed = channel->is_closed;
  channel->is_closed = true;
  wake_closed(&channel->receivers);
  if (!QZ_PLANTED(close_forgets_senders)) wake_closed(&channel->senders);
  unlock(channel);
  return !was_closed;
}

uint32_t qz_channel_room(const QzChannel *channel) { return channel->room; }
uint32_t qz_channel_size_now(const QzChannel *channel) { return channel->size; }

uint32_t qz_channel_size(QzChannel *channel) {
  qz_lock(&channel->lock);
  uint32_t size = channel->size;
  qz_unlock(&channel->lock);
  return size;
}

// ── Select ──────────────────────────────────────────────────────────────────────────────────────────────────────
// Tries all cases, then waits in all lists with one ticket: whoever claims it has chosen. No two channels are locked at
// a time. A case may have become ready between the try and the wait; then the fiber claims itself, so that nobody else
// can choose, and performs it. If that comes to nothing, since who waited there has gone, everything begins again.
// A task that has ended stays so.
typedef enum Joined { JOINED, CHOSEN, CHOSEN_FOR_NOTHING, TOO_LATE } Joined;

static inline QzChannelResult try_case(QzSelectCase *item) {
  if (!item->task && would_wait(item->channel, item->sends)) return QZ_CHANNEL_BUSY;
  if (!item->task) return try(item->channel, item->sends, item->value);
  return qz_task_has_ended(item->task) ? QZ_CHANNEL_DONE : QZ_CHANNEL_BUSY;
}

static int32_t try_all(QzSelectCase *cases, uint32_t count) {
  uint32_t start = qz_random_below(count);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = start + i < count ? start + i : start + i - count;
    QzChannelResult result = try_case(&cases[at]);
    if (result == QZ_CHANNEL_BUSY) continue;
    cases[at].result = result;
    return (int32_t)at;
  }
  return QZ_SELECT_TIMEOUT;
}

// A select may wait on both sides of a channel, and does not meet itself.
static bool has_other(const QzWaitList *list, const QzFiber *self) {
  for (const QzWaitNode *node = list->first; node; node = node->next)
    if (node->fiber != self || QZ_PLANTED(meets_itself)) return true;
  return false;
}

static bool may_be_ready(const QzChannel *channel, bool sends, const QzFiber *self) {
  if (channel->is_closed || (sends ? channel->size < channel->room : channel->size > 0)) return true;
  return has_other(sends ? &channel->receivers : &channel->senders, self);
}

static Joined choose(QzSelectCase *item, QzFiber *self, QzTicket ticket, Woken *woken) {
  if (qz_wait_claim(self, ticket, QZ_WAKE_EVENT) == QZ_CLAIM_LOST) return TOO_LATE;
  item->result = item->task ? QZ_CHANNEL_DONE : perform(item->channel, item->sends, item->value, woken);
  return item->result == QZ_CHANNEL_BUSY ? CHOSEN_FOR_NOTHING : CHOSEN;
}

static Joined join_task(QzSelectCase *item, QzFiber *self, QzTicket ticket, uint32_t number) {
  item->node = (QzWaitNode){.fiber = self, .ticket = ticket, .reason = number};
  return qz_task_begin_join(item->task, &item->node) ? JOINED : choose(item, self, ticket, NULL);
}

static Joined join(QzSelectCase *item, QzFiber *self, QzTicket ticket, uint32_t number) {
  Woken woken = NULL;
  Joined joined = JOINED;
  if (item->task) return join_task(item, self, ticket, number);
  qz_lock(&item->channel->lock);
  if (may_be_ready(item->channel, item->sends, self)) {
    joined = choose(item, self, ticket, &woken);
    unlock(item->channel);
  } else {
    item->node = (QzWaitNode){.fiber = self, .ticket = ticket, .reason = number, .slot = item->value};
    qz_wait_list_put(list_of(item->channel, item->sends), &item->node);
    // Its own other side does not count for a select, but does for everybody else.
    bool has_other_side = list_of(item->channel, !item->sends)->first;
    if (has_other_side && !QZ_PLANTED(hides_its_other_side)) unlock(item->channel);
    else unlock_waiting(item->channel, item->sends);
  }
  enqueue(woken);
  return joined;
}

// Waits in the lists; `*joined_count` of them. Gives how the last one went.
static Joined join_all(QzSelectCase *cases, uint32_t count, QzFiber *self, QzTicket ticket, uint32_t *joined_count) {
  Joined joined = JOINED;
  for (*joined_count = 0; *joined_count < count; ++*joined_count) {
    joined = join(&cases[*joined_count], self, ticket, *joined_count);
    if (joined != JOINED) break;
  }
  return joined;
}

static void leave_list(QzSelectCase *item) {
  if (item->task) qz_task_end_join(item->task, &item->node);
  else stop_waiting(item->channel, item->sends, &item->node);
}

enum { AGAIN = -3 };

static int32_t chosen_by(uint32_t reason, QzSelectCase *cases) {
  if (reason == QZ_WAKE_TIMEOUT) return QZ_SELECT_TIMEOUT;
  if (reason > QZ_WAKE_TIMEOUT) return QZ_SELECT_STOPPED;
  uint32_t at = reason % CLOSED;
  cases[at].result = reason >= CLOSED ? QZ_CHANNEL_CLOSED : QZ_CHANNEL_DONE;
  return (int32_t)at;
}

static int32_t wait_for_one(QzSelectCase *cases, uint32_t count, int64_t until) {
  QzFiber *self = qz_worker()->fiber;
  QzTicket ticket = qz_wait_announce(self);
  QzDeadline deadline;
  const QzSelecting selecting = {cases, count};
  qz_waits_for(self, QZ_FOR_SELECT, &selecting);
  if (until != QZ_FOREVER) qz_deadline_arm(&deadline, self, ticket, until);
  uint32_t joined_count;
  Joined joined = join_all(cases, count, self, ticket, &joined_count);
  uint32_t reason = qz_suspend();
  if (until != QZ_FOREVER) qz_timer_disarm(&deadline.timer);
  for (uint32_t i = 0; i < joined_count; i++) leave_list(&cases[i]);
  if (joined == CHOSEN) return (int32_t)joined_count;
  return joined == CHOSEN_FOR_NOTHING ? AGAIN : chosen_by(reason, cases);
}

int32_t qz_select(QzSelectCase *cases, uint32_t count, int64_t deadline) {
  int32_t found;
  do {
    found = try_all(cases, count);
    if (found == QZ_SELECT_TIMEOUT && deadline) found = wait_for_one(cases, count, deadline);
  } while (found == AGAIN);
  return found;
}
