// Measured is the processor time of the worker's thread since a look first found it at this turn: what is stopped,
// waits inside the system or does not get the processor uses none. It counts if something that was ready at that first
// look still is: others may steal it, so if nobody did, nobody could.
#include "runtime/sched/stall.h"

#include <pthread.h>

#include "runtime/internal.h"
#include "runtime/sched/pause.h"
#include "runtime/sched/slice.h"
#include "runtime/sched/survey.h"
#include "runtime/sched/worker.h"

enum { TOLD_LIMIT = 64, NS_PER_MS = 1000000 };

typedef struct Watched {
  QzWorkerView view;     // at the first look at this turn
  QzSharedView shared;
  int64_t since;         // the processor time then; and at the last look
  int64_t used;
  bool is_told;
} Watched;

// Once for each place where tasks are started, or kind of actors.
typedef struct Told {
  QzSite site;
  const char *kind;
} Told;

static struct {
  int64_t limit;
  Watched workers[QZ_WORKERS_LIMIT];
  Told told[TOLD_LIMIT];
  uint32_t told_count;
} stalls;

void qz_stall_start(int64_t limit) { stalls.limit = limit; }

// ── Who is held up ──────────────────────────────────────────────────────────────────────────────────────────────
static bool holds_others_up(uint32_t number, const Watched *watched) {
  QzWorkerView before = watched->view, now = qz_sched_view_worker(number);
  QzSharedView shared = qz_sched_view();
  if (before.has_queue && now.has_queue && now.head == before.head) return true;
  if (now.newest && now.newest == before.newest) return true;
  if (shared.injected && shared.injected == watched->shared.injected) return true;
  if (number == 0 && shared.homebound && shared.homebound == watched->shared.homebound) return true;
  return qz_timers_are_late(&qz_sched_worker(number)->timers, qz_now() - stalls.limit);
}

// ── Telling ─────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_news(const QzSeen *seen) {
  for (uint32_t i = 0; i < stalls.told_count; i++)
    if (stalls.told[i].site == seen->site && stalls.told[i].kind == seen->kind) return false;
  if (stalls.told_count == TOLD_LIMIT) return false;
  stalls.told[stalls.told_count++] = (Told){seen->kind ? 0 : seen->site, seen->kind};
  return true;
}

static void tell(const QzSeen *seen, int64_t used) {
  char name[600];
  qz_seen_name(seen, name, sizeof name);
  qz_error_printf("stall: %s kept worker %u for %lld ms of processor time while others were ready\n", name,
                  seen->worker, (long long)(used / NS_PER_MS));
  qz_trace_print(seen->stack, (int)seen->stack_size);
}

// It may have ended just now.
static void report(uint32_t number, const Watched *watched) {
  QzSurvey survey;
  if (!qz_survey_begin(&survey)) return;
  qz_pause_begin();
  if (qz_sched_view_worker(number).turn == watched->view.turn) qz_survey_take_worker(&survey, number);
  qz_pause_end();
  if (survey.size && is_news(&survey.seen[0])) tell(&survey.seen[0], watched->used - watched->since);
  qz_survey_end(&survey);
}

static bool look_at(uint32_t number) {
  Watched *watched = &stalls.workers[number];
  QzWorkerView view = qz_sched_view_worker(number);
  int64_t used = qz_sched_processor_time(number);
  bool is_new = view.turn != watched->view.turn, is_alive = is_new || used != watched->used;
  watched->used = used;
  if (is_new) *watched = (Watched){.view = view, .shared = qz_sched_view(), .since = used, .used = used};
  if (!stalls.limit || watched->is_told || used - watched->since < stalls.limit) return is_alive;
  if (!holds_others_up(number, watched) && !qz_slice_is_helped(number, view.turn)) return is_alive;
  watched->is_told = true;
  report(number, watched);
  return is_alive;
}

bool qz_stall_look(void) {
  bool is_alive = false;
  for (uint32_t i = 0; i < qz_sched_workers(); i++) is_alive |= look_at(i);
  return is_alive;
}
