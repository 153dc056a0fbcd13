// Work counts as forgotten when two looks, a second apart, find it first in line, with a worker asleep that nobody woke
// in between, and nobody searching. A look that comes much too late begins anew: the process may have been stopped.
#include "runtime/sched/rescue.h"

#include "runtime/sched/worker.h"

static const int64_t PERIOD = 1000000000, GAP_LIMIT = 500000000;  // ns

static struct {
  int64_t since, last_look;
  QzSharedView shared;                  // then
  QzWorkerView workers[QZ_WORKERS_LIMIT];
  _Atomic uint32_t count;
} rescue;

uint32_t qz_rescues(void) { return atomic_load(&rescue.count); }

bool qz_rescue_sees_work(void) {
  QzSharedView shared = qz_sched_view();
  bool sees = shared.injected || shared.homebound;
  for (uint32_t i = 0; i < qz_sched_workers() && !sees; i++) {
    QzWorkerView view = qz_sched_view_worker(i);
    sees = view.has_queue || view.newest;
  }
  return sees;
}

static void begin_anew(int64_t now, QzSharedView shared) {
  rescue.since = now;
  rescue.shared = shared;
  for (uint32_t i = 0; i < qz_sched_workers(); i++) rescue.workers[i] = qz_sched_view_worker(i);
}

static bool was_somebody_woken(QzSharedView shared) {
  const QzSharedView *before = &rescue.shared;
  return shared.epoch != before->epoch || shared.falls != before->falls || shared.asleep != before->asleep;
}

static bool is_left_lying(uint32_t number) {
  QzWorkerView before = rescue.workers[number], now = qz_sched_view_worker(number);
  return (now.has_queue && before.has_queue && now.head == before.head) || (now.newest && now.newest == before.newest);
}

static bool is_work_forgotten(QzSharedView shared) {
  bool is_forgotten = (shared.injected && shared.injected == rescue.shared.injected) ||
                      (shared.homebound && shared.homebound == rescue.shared.homebound);
  for (uint32_t i = 0; i < qz_sched_workers() && !is_forgotten; i++) is_forgotten = is_left_lying(i);
  return is_forgotten;
}

void qz_rescue_look(void) {
  QzSharedView shared = qz_sched_view();
  int64_t now = qz_now();
  bool is_late = now - rescue.last_look > GAP_LIMIT;
  rescue.last_look = now;
  if (is_late || !shared.idle || shared.searching || was_somebody_woken(shared)) {
    begin_anew(now, shared);
    return;
  }
  if (now - rescue.since < PERIOD) return;
  if (is_work_forgotten(shared)) {
    atomic_fetch_add(&rescue.count, 1);
    qz_sched_wake_one();
  }
  begin_anew(now, qz_sched_view());
}
