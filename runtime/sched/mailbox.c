#include "runtime/sched/mailbox.h"

void qz_mailbox_start(QzMailbox *mailbox) {
  atomic_init(&mailbox->head, (uintptr_t)qz_nobodys_message(mailbox));
  atomic_init(&mailbox->end, NULL);
  atomic_init(&mailbox->signals, NULL);
}

// Sets the bit and takes QZ_HEAD_IDLE. True: it was there, the right to run is the caller's.
static bool set_bit(QzMailbox *mailbox, uintptr_t bit) {
  uintptr_t head = QZ_LOAD(&mailbox->head, relaxed), idle = QZ_PLANTED(signal_leaves_idle) ? 0 : QZ_HEAD_IDLE;
  while (!QZ_SWAP_IF(&mailbox->head, &head, (head & ~idle) | bit, acq_rel)) {
  }  // pairs with the other arrivals and with going idle
  return head & QZ_HEAD_IDLE;
}

bool qz_mailbox_abandon(QzMailbox *mailbox) { return set_bit(mailbox, QZ_HEAD_ABANDONED); }

QzArrival qz_mailbox_signal(QzMailbox *mailbox, QzSignal *signal) {
  signal->next = QZ_LOAD(&mailbox->signals, relaxed);
  while (!QZ_SWAP_IF(&mailbox->signals, &signal->next, signal, release)) {
  }
  return set_bit(mailbox, QZ_HEAD_SIGNAL) ? QZ_ARRIVED_TO_IDLE : QZ_ARRIVED;
}

// The bit first: a signal that comes in between sets it anew.
QzSignal *qz_mailbox_take_signals(QzMailbox *mailbox) {
  if (!QZ_PLANTED(bit_cleared_last)) QZ_AND(&mailbox->head, ~(uintptr_t)QZ_HEAD_SIGNAL, acq_rel);
  QzSignal *next, *oldest = NULL, *signal = QZ_EXCHANGE(&mailbox->signals, NULL, acquire);
  if (QZ_PLANTED(bit_cleared_last)) QZ_AND(&mailbox->head, ~(uintptr_t)QZ_HEAD_SIGNAL, acq_rel);
  for (; signal; signal = next) {
    next = signal->next;
    signal->next = oldest;
    oldest = signal;
  }
  return oldest;
}

bool qz_mailbox_swap_by_store(QzMailbox *mailbox, uintptr_t last, uintptr_t idle) {
  bool is_last = QZ_LOAD(&mailbox->head, acquire) == last;
  if (is_last) QZ_STORE(&mailbox->head, idle, release);
  return is_last;
}

uint32_t qz_mailbox_count(const QzMailbox *mailbox, uint32_t most) {
  uint32_t count = 0;
  const QzMessage *message = qz_mailbox_taken(mailbox);
  while (count < most && (message = atomic_load_explicit(&message->next, memory_order_acquire))) count++;
  return count;
}

bool qz_mailbox_rests(const QzMailbox *mailbox) {
  return atomic_load_explicit(&mailbox->head, memory_order_relaxed) & QZ_HEAD_IDLE;
}

QzMessage *qz_mailbox_last(QzMailbox *mailbox) { return qz_head_message(QZ_LOAD(&mailbox->head, acquire)); }

QzMessage *qz_mailbox_taken(const QzMailbox *mailbox) {
  QzMessage *taken = qz_taken_of(atomic_load_explicit(&mailbox->end, memory_order_relaxed));
  return taken ? taken : qz_nobodys_message((QzMailbox *)mailbox);
}

bool qz_mailbox_leave(QzMailbox *mailbox) {
  if (QZ_LOAD(&qz_mailbox_taken(mailbox)->next, acquire)) return false;
  QZ_OR(&mailbox->head, QZ_HEAD_IDLE, acq_rel);
  return true;
}

bool qz_mailbox_is_idle(QzMailbox *mailbox) { return QZ_LOAD(&mailbox->head, relaxed) & QZ_HEAD_IDLE; }
