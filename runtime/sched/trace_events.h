// The event trace: QUARTZ_TRACE=FILE writes what the workers did, for the trace viewers of Chromium and Perfetto. Each
// worker notes events in a ring of its own, so the last ones are kept. Without it an event is one predicted branch.
#ifndef QZ_SCHED_TRACE_EVENTS_H
#define QZ_SCHED_TRACE_EVENTS_H

#include "runtime/sched/fiber.h"

typedef enum QzEvent {
#define EVENT(name, text) QZ_EVENT_##name,
#include "runtime/sched/trace_events.def"
#undef EVENT
} QzEvent;

extern bool qz_events_on;

void qz_events_start(void);  // with the scheduler; looks whether a trace is wanted
bool qz_events_make_room(uint32_t worker);  // for one that comes later; false: no memory
void qz_events_write(void);  // to the file, once; nothing is noted afterwards

void qz_events_slept(void);  // the worker did: time has passed
void qz_event_note(QzEvent event, const void *what, uint64_t number);
void qz_event_note_who(QzEvent event, const QzServed *who);  // NULL: main

static inline void qz_event(QzEvent event, const void *what, uint64_t number) {
  if (__builtin_expect(qz_events_on, false)) qz_event_note(event, what, number);
}

static inline void qz_event_who(QzEvent event, const QzServed *who) {
  if (__builtin_expect(qz_events_on, false)) qz_event_note_who(event, who);
}

#endif
