#include "runtime/sched/deadlock.h"

#include <stdatomic.h>
#include <unistd.h>

#include "runtime/internal.h"
#include "runtime/sched/survey.h"

enum { SHOWN_LIMIT = 100 };  // tasks, and as many actors

static void print_all(const QzSurvey *survey) {
  uint32_t shown[QZ_SEEN_ACTOR + 1] = {0};
  for (uint32_t i = 0; i < survey->size; i++) {
    const QzSeen *seen = &survey->seen[i];
    if (shown[seen->what]++ < SHOWN_LIMIT) qz_seen_print(seen);
  }
  if (shown[QZ_SEEN_TASK] > SHOWN_LIMIT) qz_error_printf("and %u more tasks\n", shown[QZ_SEEN_TASK] - SHOWN_LIMIT);
  if (shown[QZ_SEEN_ACTOR] > SHOWN_LIMIT) qz_error_printf("and %u more actors\n", shown[QZ_SEEN_ACTOR] - SHOWN_LIMIT);
}

// A worker that woke for no reason falls asleep again, and finds the same.
static void only_once(void) {
  static atomic_flag is_told = ATOMIC_FLAG_INIT;
  while (atomic_flag_test_and_set(&is_told)) pause();
}

_Noreturn void qz_deadlock_report(void) {
  QzSurvey survey;
  only_once();
  qz_error_printf("deadlock: every task waits, and nothing can wake one of them\n");
  if (qz_survey_begin(&survey)) {
    qz_survey_take(&survey);
    qz_survey_sort(&survey);
    print_all(&survey);
  }
  qz_die(QZ_STATUS_PANIC);
}
