// Pauses: all workers stop where they stand, wherever that is, so that somebody can look at them. They may hold any
// lock then, also that of malloc; so who pauses them asks for no memory and takes no lock before they go on.
#ifndef QZ_SCHED_PAUSE_H
#define QZ_SCHED_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

// Where a worker was interrupted.
typedef struct QzPausedAt {
  void *instruction, *frame, *stack_pointer;
} QzPausedAt;

// Ignored by default, and sent by nobody who does not mean it. It also ends slices (slice.h).
#define QZ_PAUSE_SIGNAL SIGURG

void qz_pause_start(void);  // before the first pause
// All workers but the caller's, if it is one. One pause at a time: the second one waits for the end of the first.
void qz_pause_begin(void);
void qz_pause_end(void);
// False: that worker is not paused, or could not say so in time.
bool qz_paused_at(uint32_t worker, QzPausedAt *at);

#endif
