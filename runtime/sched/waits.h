// What a parked fiber waits for: a word that is written when it waits and read by reports only. The kind is in the
// upper byte, the address of the thing below.
#ifndef QZ_SCHED_WAITS_H
#define QZ_SCHED_WAITS_H

#include "runtime/sched/fiber.h"

typedef enum QzWaits {
#define WAIT(name, text) QZ_FOR_##name,
#include "runtime/sched/waits.def"
#undef WAIT
} QzWaits;

const char *qz_waits_text(QzWaits what);  // survey_text.c

enum { QZ_WAITS_SHIFT = 56 };

static inline uintptr_t qz_waits_word(QzWaits what, const void *thing) {
  return (uintptr_t)what << QZ_WAITS_SHIFT | (uintptr_t)thing;
}

// By the fiber about itself, before it suspends; qz_suspend takes it back.
static inline void qz_waits_for(QzFiber *self, QzWaits what, const void *thing) {
  self->waits = qz_waits_word(what, thing);
}

static inline QzWaits qz_waits_kind(uintptr_t waits) { return (QzWaits)(waits >> QZ_WAITS_SHIFT); }

static inline void *qz_waits_thing(uintptr_t waits) {
  return (void *)(waits & (((uintptr_t)1 << QZ_WAITS_SHIFT) - 1));
}

#endif
