// The answer is sure or it is not given: as long as any task can go on, or a timer or descriptor may wake one, whoever
// waits might still be woken.
#include "runtime/sched/leaks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"
#include "runtime/sched/pause.h"
#include "runtime/sched/poll.h"
#include "runtime/sched/rescue.h"
#include "runtime/sched/survey.h"
#include "runtime/sched/task.h"

enum { SHOWN_LIMIT = 100 };

static bool are_wanted(void) {
  const char *wanted = getenv("QUARTZ_TASKS");
  return wanted && strcmp(wanted, "leaks") == 0;
}

static uint32_t count(const QzSurvey *survey, bool waits) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < survey->size; i++) {
    const QzSeen *seen = &survey->seen[i];
    if (seen->what == QZ_SEEN_TASK) found += (seen->state == QZ_SEEN_WAITS) == waits;
  }
  return found;
}

static void print_waiting(const QzSurvey *survey, uint32_t total) {
  uint32_t shown = 0;
  for (uint32_t i = 0; i < survey->size && shown < SHOWN_LIMIT; i++) {
    const QzSeen *seen = &survey->seen[i];
    if (seen->what != QZ_SEEN_TASK || seen->state != QZ_SEEN_WAITS) continue;
    qz_seen_print(seen);
    shown++;
  }
  if (total > shown) qz_error_printf("and %" PRIu32 " more\n", total - shown);
}

// The other workers sleep, nothing but main could wake one, and none woke while that was looked at: so it stays.
static bool is_over(void) {
  QzSharedView before = qz_sched_view();
  if (before.asleep + 1 < qz_sched_workers()) return false;
  if (qz_rescue_sees_work() || qz_sched_has_timers() || qz_poll_has_waiters()) return false;
  QzSharedView after = qz_sched_view();
  return after.asleep == before.asleep && after.falls == before.falls;
}

// Those that are about to end may do so. Who wakes main wakes another worker too, which needs a moment to fall asleep.
static bool settles(void) {
  enum { STEPS = 100, STEP_NS = 1000000, LOOKS = 1000 };
  for (int i = 0; i < STEPS; i++) {
    for (int j = 0; j < LOOKS; j++)
      if (is_over()) return true;
    qz_sleep_until(qz_now() + STEP_NS);
  }
  return false;
}

void qz_leaks_report(void) {
  QzSurvey survey;
  if (!are_wanted() || !qz_survey_begin(&survey)) return;
  bool is_sure = settles();
  qz_pause_begin();
  qz_survey_take(&survey);
  qz_pause_end();
  qz_survey_sort(&survey);
  uint32_t waiting = count(&survey, true), others = count(&survey, false);
  if (!is_sure || others) {
    qz_error_printf("leaks: not known, since something still goes on (tasks: %" PRIu32 ")\n", waiting + others);
  } else {
    qz_error_printf("leaks: tasks that wait and that nobody can wake: %" PRIu32 "\n", waiting);
    print_waiting(&survey, waiting);
  }
  qz_survey_end(&survey);
}
