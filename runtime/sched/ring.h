// A worker's queue: first in, first out. Its worker puts in; its worker and thieves take out.
//
// Picture: 256 slots; head and tail only rise, a slot is its number modulo 256. Only the owner moves the tail. Who
// takes copies the slots first and then moves the head with a compare-and-swap: when that succeeds, nobody else had
// them, and the owner cannot have written them anew, since it writes only up to head + 256. The bounded queue of Go's
// scheduler works the same way.
#ifndef QZ_SCHED_RING_H
#define QZ_SCHED_RING_H

#include "runtime/sched/fiber.h"

enum { QZ_RING_SIZE = 256 };

typedef struct QzRing {
  _Atomic uint32_t head, tail;
  _Atomic(QzRunnable *) slots[QZ_RING_SIZE];
} QzRing;

static inline _Atomic(QzRunnable *) *qz_ring_slot(QzRing *ring, uint32_t at) { return &ring->slots[at % QZ_RING_SIZE]; }

// By the owner; false: it is full.
static inline bool qz_ring_put(QzRing *ring, QzRunnable *runnable) {
  uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);  // nobody else writes it
  if (tail - QZ_LOAD(&ring->head, acquire) == QZ_RING_SIZE) return false;   // pairs with the takers' swap
  atomic_store_explicit(qz_ring_slot(ring, tail), runnable, memory_order_relaxed);
  QZ_STORE(&ring->tail, tail + 1, release);  // pairs with the takers' load
  return true;
}

// The oldest; NULL: there is none.
static inline QzRunnable *qz_ring_take(QzRing *ring) {
  uint32_t head = QZ_LOAD(&ring->head, acquire);
  for (;;) {
    if (head == atomic_load_explicit(&ring->tail, memory_order_acquire)) return NULL;
    QzRunnable *found = atomic_load_explicit(qz_ring_slot(ring, head), memory_order_relaxed);
    if (QZ_SWAP_IF(&ring->head, &head, head + 1, acq_rel)) return found;
  }
}

static inline bool qz_ring_is_empty(QzRing *ring) {
  return QZ_LOAD(&ring->head, acquire) == QZ_LOAD(&ring->tail, acquire);
}

// Takes up to half of what is there, oldest first, into `into`, and gives how many. By thieves, and by an owner whose
// queue is full.
uint32_t qz_ring_take_half(QzRing *ring, QzRunnable *into[QZ_RING_SIZE / 2]);

#endif
