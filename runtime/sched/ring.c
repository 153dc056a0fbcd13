#include "runtime/sched/ring.h"

uint32_t qz_ring_take_half(QzRing *ring, QzRunnable *into[QZ_RING_SIZE / 2]) {
  uint32_t head = QZ_LOAD(&ring->head, acquire);
  for (;;) {
    uint32_t size = QZ_LOAD(&ring->tail, acquire) - head, count = size - size / 2;
    if (size == 0) return 0;
    if (count > QZ_RING_SIZE / 2) {  // the head moved on between the two looks
      head = QZ_LOAD(&ring->head, acquire);
      continue;
    }
    for (uint32_t i = 0; i < count; i++)
      into[i] = atomic_load_explicit(qz_ring_slot(ring, head + i), memory_order_relaxed);
    if (QZ_SWAP_IF(&ring->head, &head, head + count, acq_rel)) return count;
  }
}
