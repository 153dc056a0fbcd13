#include "runtime/sched/mailbox.h"

enum { IDLE = 1, SIGNAL = 2, ABANDONED = 4, BITS = IDLE | SIGNAL | ABANDONED };

static QzMessage *message_of(uintptr_t head) { return (QzMessage *)(head & ~(uintptr_t)BITS); }

void qz_mailbox_start(QzMailbox *mailbox, QzMessage *first) {
  atomic_init(&first->next, NULL);
  atomic_init(&mailbox->head, (uintptr_t)first);
  atomic_init(&mailbox->signals, NULL);
  mailbox->taken = first;
}

// Sets the bit and takes IDLE. True: it was there, the right to run is the caller's.
static bool set_bit(QzMailbox *mailbox, uintptr_t bit) {
  uintptr_t head = QZ_LOAD(&mailbox->head, relaxed), idle = QZ_PLANTED(signal_leaves_idle) ? 0 : IDLE;
  while (!QZ_SWAP_IF(&mailbox->head, &head, (head & ~idle) | bit, acq_rel)) {
  }  // pairs with the other arrivals and with going idle
  return head & IDLE;
}

bool qz_mailbox_abandon(QzMailbox *mailbox) { return set_bit(mailbox, ABANDONED); }

QzArrival qz_mailbox_put(QzMailbox *mailbox, QzMessage *message) {
  atomic_store_explicit(&message->next, NULL, memory_order_relaxed);
  // Release: the message is whole. Acquire: so is the one before, to link to.
  uintptr_t old = QZ_EXCHANGE(&mailbox->head, (uintptr_t)message, acq_rel);
  QZ_STORE(&message_of(old)->next, message, release);  // pairs with qz_mailbox_take
  return old & IDLE ? QZ_ARRIVED_TO_IDLE : QZ_ARRIVED;
}

QzArrival qz_mailbox_signal(QzMailbox *mailbox, QzSignal *signal) {
  signal->next = QZ_LOAD(&mailbox->signals, relaxed);
  while (!QZ_SWAP_IF(&mailbox->signals, &signal->next, signal, release)) {
  }
  return set_bit(mailbox, SIGNAL) ? QZ_ARRIVED_TO_IDLE : QZ_ARRIVED;
}

QzMessage *qz_mailbox_take(QzMailbox *mailbox, QzMessage **freed) {
  QzMessage *next = QZ_LOAD(&mailbox->taken->next, acquire);
  if (!next) return NULL;
  *freed = mailbox->taken;
  return mailbox->taken = next;
}

// The stack, since a message has wiped the bit, perhaps. The bit, since nobody goes idle as long as it is set.
bool qz_mailbox_has_signal(QzMailbox *mailbox) {
  if (QZ_LOAD(&mailbox->signals, relaxed) && !QZ_PLANTED(only_the_bit)) return true;
  return QZ_LOAD(&mailbox->head, acquire) & SIGNAL;
}

bool qz_mailbox_is_abandoned(QzMailbox *mailbox) { return QZ_LOAD(&mailbox->head, acquire) & ABANDONED; }

// The bit first: a signal that comes in between sets it anew.
QzSignal *qz_mailbox_take_signals(QzMailbox *mailbox) {
  if (!QZ_PLANTED(bit_cleared_last)) QZ_AND(&mailbox->head, ~(uintptr_t)SIGNAL, acq_rel);
  QzSignal *next, *oldest = NULL, *signal = QZ_EXCHANGE(&mailbox->signals, NULL, acquire);
  if (QZ_PLANTED(bit_cleared_last)) QZ_AND(&mailbox->head, ~(uintptr_t)SIGNAL, acq_rel);
  for (; signal; signal = next) {
    next = signal->next;
    signal->next = oldest;
    oldest = signal;
  }
  return oldest;
}

bool qz_mailbox_go_idle(QzMailbox *mailbox) {
  uintptr_t taken = (uintptr_t)mailbox->taken;
  if (QZ_PLANTED(idle_by_store)) {
    if (QZ_LOAD(&mailbox->head, acquire) != taken) return false;
    QZ_STORE(&mailbox->head, taken | IDLE, release);
    return true;
  }
  if (QZ_PLANTED(idle_over_signal)) taken |= QZ_LOAD(&mailbox->head, acquire) & SIGNAL;
  return QZ_SWAP_IF(&mailbox->head, &taken, taken | IDLE, acq_rel);
}

uint32_t qz_mailbox_count(const QzMailbox *mailbox, uint32_t most) {
  uint32_t count = 0;
  const QzMessage *message = mailbox->taken;
  while (count < most && (message = atomic_load_explicit(&message->next, memory_order_acquire))) count++;
  return count;
}

bool qz_mailbox_rests(const QzMailbox *mailbox) {
  return atomic_load_explicit(&mailbox->head, memory_order_relaxed) & IDLE;
}

QzMessage *qz_mailbox_last(QzMailbox *mailbox) { return message_of(QZ_LOAD(&mailbox->head, acquire)); }

bool qz_mailbox_leave(QzMailbox *mailbox) {
  if (QZ_LOAD(&mailbox->taken->next, acquire)) return false;
  QZ_OR(&mailbox->head, IDLE, acq_rel);
  return true;
}

bool qz_mailbox_is_idle(QzMailbox *mailbox) { return QZ_LOAD(&mailbox->head, relaxed) & IDLE; }
