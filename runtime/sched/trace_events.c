// Noting an event is reading the processor's clock, which takes most of the time, and three stores. What begins to run
// where something else has just ended does so at the same time, so there the clock is not read again. The times become
// nanoseconds when the file is written, by two readings of both clocks, at the beginning and then.
//
// Only its worker writes a ring, and counts an event after it is complete. Who reads leaves the oldest out when a ring
// is full: a worker that still runs may be writing its place.
#include "runtime/sched/served.h"
#include "runtime/sched/trace_events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/json.h"
#include "runtime/sched/site.h"

enum { WORKERS_LIMIT = 256, RING_SIZE = 1 << 16, KIND_SHIFT = 56 };

typedef struct Event {
  uint64_t time;
  uint64_t word;    // its kind, and what it is about: a name, or nothing for a task
  uint64_t number;  // of the actor, or the site of a task
} Event;

typedef struct Ring {
  _Atomic uint64_t count;  // of all that were noted
  uint64_t ended;          // when a run ended, and the worker has not slept since; else 0
  Event events[RING_SIZE];
} Ring;

bool qz_events_on;

static struct {
  FILE *out;
  uint64_t ticks, end;  // when it began and ended
  int64_t ns;
  Ring *rings[WORKERS_LIMIT];
} trace;

static inline uint64_t ticks_now(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#endif
}

static int64_t ns_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

// ── Noting ──────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_event_note(QzEvent event, const void *what, uint64_t number) {
  const QzWorker *worker = qz_worker();
  if (!worker) return;
  Ring *ring = trace.rings[worker->number];
  uint64_t count = atomic_load_explicit(&ring->count, memory_order_relaxed);
  Event *slot = &ring->events[count % RING_SIZE];
  slot->time = event == QZ_EVENT_RUN && ring->ended ? ring->ended : ticks_now();
  ring->ended = event == QZ_EVENT_END || event == QZ_EVENT_PARK || event == QZ_EVENT_YIELD ? slot->time : 0;
  slot->word = (uint64_t)event << KIND_SHIFT | (uintptr_t)what;
  slot->number = number;
  atomic_store_explicit(&ring->count, count + 1, memory_order_release);
}

void qz_events_slept(void) { trace.rings[qz_worker()->number]->ended = 0; }

// A task has no name and a site, an actor has the name of its kind and a number, main has neither.
void qz_event_note_who(QzEvent event, const QzServed *who) {
  bool is_actor = who && who->reason == QZ_WAKE_STOPPED;
  const QzActor *actor = is_actor ? qz_actor_served(who) : NULL;
  qz_event_note(event, actor ? actor->kind->name : who ? "" : NULL, actor ? actor->id : who ? who->site : 0);
}

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────
static double microseconds(uint64_t ticks, double ns_per_tick) {
  return (double)(int64_t)(ticks - trace.ticks) * ns_per_tick / 1000;
}

static void put_text(const char *text) { qz_json_text(trace.out, text); }

static const char *text_of(const Event *event) {
  return (const char *)(uintptr_t)(event->word & ((UINT64_C(1) << KIND_SHIFT) - 1));
}

static void put_who(const Event *event) {
  QzPlace place;
  const char *name = text_of(event);
  if (!name) {
    fputs("main", trace.out);
  } else if (*name) {
    put_text(name);
    fprintf(trace.out, " #%" PRIu64, event->number);
  } else if (qz_site_place((QzSite)event->number, &place)) {
    fputs("task ", trace.out);
    put_text(place.file);
    fprintf(trace.out, ":%" PRIu32, place.line);
  } else {
    fputs("task", trace.out);
  }
}

static const char *word_for(QzEvent kind) {
  static const char *const texts[] = {
#define EVENT(name, text) text,
#include "runtime/sched/trace_events.def"
#undef EVENT
  };
  return texts[kind];
}

static void put_head(uint32_t worker, const char *phase, double time) {
  fprintf(trace.out, ",\n{\"pid\":1,\"tid\":%" PRIu32 ",\"ph\":\"%s\",\"ts\":%.3f", worker, phase, time);
}

static void put_instant(uint32_t worker, const Event *event, QzEvent kind, double time) {
  put_head(worker, "i", time);
  fprintf(trace.out, ",\"s\":\"t\",\"name\":\"%s ", word_for(kind));
  if (kind == QZ_EVENT_MESSAGE) {
    put_text(text_of(event));
    fprintf(trace.out, " of #%" PRIu64, event->number);
  } else if (kind == QZ_EVENT_STEAL) {
    fprintf(trace.out, "%" PRIu64 " of worker %" PRIu64, event->number, (uint64_t)(uintptr_t)text_of(event));
  } else {
    put_who(event);
  }
  fputs("\"}", trace.out);
}

// What ran from one event on; up to another one, or, NULL, to the end of the trace.
static void put_run(uint32_t worker, const Event *from, const Event *to, double ns_per_tick) {
  double start = microseconds(from->time, ns_per_tick);
  double end = microseconds(to ? to->time : trace.end, ns_per_tick);
  put_head(worker, "X", start);
  fprintf(trace.out, ",\"dur\":%.3f,\"name\":\"", end - start);
  put_who(from);
  QzEvent kind = to ? (QzEvent)(to->word >> KIND_SHIFT) : QZ_EVENT_RUN;
  fprintf(trace.out, "\",\"args\":{\"then\":\"%s", word_for(kind));
  if (kind == QZ_EVENT_PARK) fprintf(trace.out, ": %s", qz_waits_text((QzWaits)to->number));
  fputs("\"}}", trace.out);
}

typedef struct Writing {
  uint32_t worker;
  double ns_per_tick;
  const Event *run;  // that has begun
} Writing;

static void close_run(Writing *writing, const Event *event) {
  if (writing->run) put_run(writing->worker, writing->run, event, writing->ns_per_tick);
  writing->run = NULL;
}

static void put_event(Writing *writing, const Event *event) {
  QzEvent kind = (QzEvent)(event->word >> KIND_SHIFT);
  switch (kind) {
    case QZ_EVENT_RUN:
      close_run(writing, event);
      writing->run = event;
      return;
    case QZ_EVENT_END: case QZ_EVENT_PARK: case QZ_EVENT_YIELD: close_run(writing, event); return;
    case QZ_EVENT_SPAWN: case QZ_EVENT_WAKE: case QZ_EVENT_MESSAGE: case QZ_EVENT_CRASH: case QZ_EVENT_RESTART:
    case QZ_EVENT_STEAL: break;
  }
  put_instant(writing->worker, event, kind, microseconds(event->time, writing->ns_per_tick));
}

static void put_ring(const Ring *ring, uint32_t worker, double ns_per_tick) {
  Writing writing = {.worker = worker, .ns_per_tick = ns_per_tick};
  uint64_t count = atomic_load(&ring->count), first = count < RING_SIZE ? 0 : count - RING_SIZE + 1;
  fprintf(trace.out, "%s\n{\"pid\":1,\"tid\":%" PRIu32 ",\"ph\":\"M\",\"name\":\"thread_name\",\"args\":{\"name\":"
          "\"worker %" PRIu32 "\",\"lost\":%" PRIu64 "}}", worker ? "," : "", worker, worker, first);
  for (uint64_t at = first; at < count; at++) put_event(&writing, &ring->events[at % RING_SIZE]);
  close_run(&writing, NULL);
}

void qz_events_write(void) {
  static atomic_flag is_written = ATOMIC_FLAG_INIT;
  if (!qz_events_on || atomic_flag_test_and_set(&is_written)) return;
  qz_events_on = false;
  trace.end = ticks_now();
  double ns_per_tick = (double)(ns_now() - trace.ns) / (double)(trace.end - trace.ticks);
  fputs("{\"traceEvents\":[", trace.out);
  for (uint32_t i = 0; i < qz_sched_workers(); i++) put_ring(trace.rings[i], i, ns_per_tick);
  fputs("\n]}\n", trace.out);
  if (ferror(trace.out) | fclose(trace.out)) qz_error_printf("the trace cannot be written\n");
}

// ── Beginning ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool make_ring(uint32_t worker) {
  void *memory = mmap(NULL, sizeof(Ring), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  trace.rings[worker] = memory;
  return true;
}

static bool make_rings(void) {
  for (uint32_t i = 0; i < qz_sched_workers(); i++)
    if (!make_ring(i)) return false;
  return true;
}

bool qz_events_make_room(uint32_t worker) { return !qz_events_on || trace.rings[worker] || make_ring(worker); }

void qz_events_start(void) {
  const char *path = getenv("QUARTZ_TRACE");
  if (!path || !*path) return;
  trace.out = fopen(path, "we");
  if (!trace.out || !make_rings()) {
    qz_error_printf("the trace %s cannot be written\n", path);
    return;
  }
  trace.ticks = ticks_now();
  trace.ns = ns_now();
  qz_before_death = qz_events_write;
  qz_events_on = true;
  qz_event_note_who(QZ_EVENT_RUN, NULL);
}
