// Supervisors under many schedules, made of what std/supervisor.qz is made of: links, hooks that wait for stops, ends
// that were meant and ends that were not.
#include "runtime/sched/served.h"
#include "spec/unit/sched/counter.h"

enum { CHILDREN = 3, GIVEN_UP_LIMIT = 16 };
static const int64_t SHUTDOWN = INT64_C(60000000000);

typedef enum Strategy { ONE_FOR_ONE, ONE_FOR_ALL, REST_FOR_ONE } Strategy;

typedef struct Plan {
  Strategy strategy;
  int most;                  // restarts
  const struct Plan *below;  // of its children, which are supervisors then; NULL: they count
} Plan;

typedef struct Supervisor {
  Counter counter;  // of restarts
  const Plan *plan;
  QzActor *children[CHILDREN];  // in the order of their start; NULL: it is not to be started anew
  uint64_t given_up[GIVEN_UP_LIMIT];  // ids whose ends were meant, and are still to be heard; 0: free
} Supervisor;

// ── What std/supervisor.qz does ─────────────────────────────────────────────────────────────────────────────────
static _Atomic int to_fail;  // children whose constructors panic

static void construct_child(void *state, const void *arguments) {
  if (atomic_fetch_sub(&to_fail, 1) > 0) qz_panic(qz_string_of("crash"), (QzPlace){.line = 1});
  construct(state, arguments);
}

static const QzActorKind supervisor_kind;
static const QzActorKind child_kind = {
    .name = "Child", .construct = construct_child, .destroy = destroy, .state_size = sizeof(Counter)};

static void start_child(Supervisor *self, int at) {
  const Plan *below = self->plan->below;
  self->children[at] =
      below ? qz_actor_start(&supervisor_kind, (void *)(uintptr_t)below) : qz_actor_start(&child_kind, NULL);
  qz_actor_link(qz_actor_here(), self->children[at]);
}

static bool was_given_up(Supervisor *self, uint64_t id) {
  for (int i = 0; i < GIVEN_UP_LIMIT; i++) {
    if (self->given_up[i] != id) continue;
    self->given_up[i] = 0;
    return true;
  }
  return false;
}

static void give_up(Supervisor *self, uint64_t id) {
  was_given_up(self, id);  // once is enough
  int at = 0;
  while (self->given_up[at]) at++;
  self->given_up[at] = id;
}

static void forget_child(Supervisor *self, int at) {
  qz_actor_release(self->children[at]);
  self->children[at] = NULL;
}

// A stop of the supervisor ends this wait, and its hook with it; then the child is halted again.
static void halt(Supervisor *self, int at) {
  if (!self->children[at]) return;
  give_up(self, qz_actor_id(self->children[at]));
  QzStopped stopped = qz_actor_stop_within(self->children[at], SHUTDOWN);
  if (stopped == QZ_STOP_INTERRUPTED) qz_cancelled();
  atomic_fetch_add(&wrong, stopped != QZ_STOPPED);
  forget_child(self, at);
}

static void start_anew(Supervisor *self, int ended) {
  int first = self->plan->strategy == ONE_FOR_ALL ? 0 : ended;
  int last = self->plan->strategy == ONE_FOR_ONE ? ended : CHILDREN - 1;
  for (int at = last; at >= first; at--) halt(self, at);
  for (int at = first; at <= last && !qz_actor_shuts_down(); at++) start_child(self, at);
}

static void hear_of_child(void *state, uint64_t who, const QzExitReason *why) {
  Supervisor *self = state;
  atomic_fetch_add(&wrong, self->counter.mark != MARK);
  int at = 0;
  while (at < CHILDREN && !(self->children[at] && qz_actor_id(self->children[at]) == who)) at++;
  if (at == CHILDREN) {
    if (!was_given_up(self, who) && why->exit != QZ_EXIT_STOPPED) qz_actor_follow();
    return;
  }
  forget_child(self, at);
  if (why->exit == QZ_EXIT_STOPPED) return;
  if (self->counter.count++ == self->plan->most) qz_panic(qz_string_of("too often"), (QzPlace){.line = 1});
  start_anew(self, at);
}

static void construct_supervisor(void *state, const void *plan) {
  Supervisor *self = state;
  construct(self, NULL);
  self->plan = plan;
  for (int at = 0; at < CHILDREN; at++) start_child(self, at);
}

static void halt_all(void *state) {
  for (int at = CHILDREN; at-- > 0;) halt(state, at);
}

static void destroy_supervisor(void *state) {
  Supervisor *self = state;
  for (int at = 0; at < CHILDREN; at++)
    if (self->children[at]) forget_child(self, at);
  destroy(self);
}

static const QzActorKind supervisor_kind = {.name = "Supervisor",
                                            .construct = construct_supervisor,
                                            .destroy = destroy_supervisor,
                                            .on_exit = hear_of_child,
                                            .on_stop = halt_all,
                                            .state_size = sizeof(Supervisor)};

// ── What the scenarios do ───────────────────────────────────────────────────────────────────────────────────────
static void give_child(QzMessage *message, void *state) {
  int64_t at = ((Letter *)message)->value;
  QzActor *child = ((Supervisor *)opened(message, state))->children[at];
  if (child) qz_actor_retain(child);
  qz_actor_answer((QzCallMessage *)message, (uintptr_t)child);
}

static const QzMessageKind child_of_kind = {.name = "child", .handle = give_child, .refuse = refuse, .is_call = true};

static QzActor *supervise(const Plan *plan) {
  begin();
  return qz_actor_start(&supervisor_kind, (void *)(uintptr_t)plan);
}

// With a reference. NULL: there is none, or no supervisor.
static QzActor *child_of(QzActor *supervisor, int at) {
  uint64_t child = 0;
  QzExitReason failed = qz_actor_call(supervisor, &letter(&child_of_kind, at)->call, &child);
  qz_string_release(failed.message);
  return failed.exit == QZ_EXIT_NONE ? (QzActor *)child : NULL;
}

static uint64_t id_of(QzActor *supervisor, int at) {
  QzActor *child = child_of(supervisor, at);
  uint64_t id = child ? qz_actor_id(child) : 0;
  if (child) qz_actor_release(child);
  return id;
}

static bool answers(QzActor *supervisor, int at) {
  int64_t count = -1;
  QzActor *child = child_of(supervisor, at);
  bool is_right = child && call(child, &get_kind, &count) == QZ_EXIT_NONE && count == 0;
  if (child) qz_actor_release(child);
  return is_right;
}

static QzExit ends_with(QzActor *actor) {
  QzExitReason reason = qz_actor_join(actor);
  qz_string_release(reason.message);
  return reason.exit;
}

// Waits for its end. What its supervisor does about it comes before whatever that is asked then.
static void crash_child(QzActor *supervisor, int at) {
  QzActor *child = child_of(supervisor, at);
  if (!child) return;
  send(child, &crash_kind, 0);
  ends_with(child);
  qz_actor_release(child);
}

static void crash_first(void *supervisor) { crash_child(supervisor, 0); }
static void crash_last(void *supervisor) { crash_child(supervisor, CHILDREN - 1); }

static bool stop(QzActor *supervisor) {
  bool is_stopped = qz_actor_stop(supervisor) && !qz_actor_is_alive(supervisor);
  return end(supervisor) && is_stopped;
}

// ── Scenarios ───────────────────────────────────────────────────────────────────────────────────────────────────
// The second child crashes: those from `first` to `last` are others then.
static bool restarts(const Plan *plan, int first, int last) {
  QzActor *supervisor = supervise(plan);
  uint64_t before[CHILDREN];
  bool is_right = true;
  for (int at = 0; at < CHILDREN; at++) before[at] = id_of(supervisor, at);
  crash_child(supervisor, 1);
  for (int at = 0; at < CHILDREN; at++) {
    is_right &= (id_of(supervisor, at) != before[at]) == (at >= first && at <= last);
    is_right &= answers(supervisor, at);
  }
  return stop(supervisor) && is_right;
}

static const Plan one_for_one = {.strategy = ONE_FOR_ONE, .most = 5},
                  one_for_all = {.strategy = ONE_FOR_ALL, .most = 5},
                  rest_for_one = {.strategy = REST_FOR_ONE, .most = 5};

static bool one_is_started_for_one(void) { return restarts(&one_for_one, 1, 1); }
static bool all_are_started_for_one(void) { return restarts(&one_for_all, 0, 2); }
static bool the_rest_is_started_for_one(void) { return restarts(&rest_for_one, 1, 2); }

// Two crash at the same time, and each may be stopped, or have ended, in the round of the other one.
static bool crashes_meet(const Plan *plan) {
  QzActor *supervisor = supervise(plan);
  QzTask *tasks[] = {qz_task_start(crash_first, supervisor), qz_task_start(crash_last, supervisor)};
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  bool is_right = true;
  for (int at = 0; at < CHILDREN; at++) is_right &= answers(supervisor, at);
  return stop(supervisor) && is_right;
}

static bool crashes_meet_one_for_one(void) { return crashes_meet(&one_for_one); }
static bool crashes_meet_one_for_all(void) { return crashes_meet(&one_for_all); }
static bool crashes_meet_rest_for_one(void) { return crashes_meet(&rest_for_one); }

// One that has ended before its supervisor was linked with it is heard of as well.
static bool children_that_do_not_begin(void) {
  enum { FAILURES = 2, LOOKS = 1000 };
  atomic_store(&to_fail, FAILURES);
  QzActor *supervisor = supervise(&one_for_one);
  bool is_right = true;
  for (int at = 0; at < CHILDREN; at++) {
    bool lives = false;
    for (int i = 0; i < LOOKS && !(lives = answers(supervisor, at)); i++) wait_a_moment();
    is_right &= lives;
  }
  return stop(supervisor) && is_right;
}

static bool stops_meet_crashes(void) {
  QzActor *supervisor = supervise(&one_for_all);
  QzTask *task = qz_task_start(crash_first, supervisor);
  bool is_stopped = qz_actor_stop(supervisor) && !qz_actor_is_alive(supervisor);
  qz_task_join(task), qz_task_release(task);
  return end(supervisor) && is_stopped;
}

// The one below ends, being asked too often, and its children with it; the one above starts another one.
static bool supervisors_are_supervised(void) {
  static const Plan below = {.strategy = ONE_FOR_ALL, .most = 1};
  static const Plan above = {.strategy = ONE_FOR_ONE, .most = 5, .below = &below};
  QzActor *supervisor = supervise(&above), *lower = child_of(supervisor, 1), *lowest = child_of(lower, 1);
  for (int i = 0; i < 2; i++) crash_child(lower, i);
  bool is_right = ends_with(lower) == QZ_EXIT_PANICKED && ends_with(lowest) == QZ_EXIT_STOPPED;
  QzActor *next = child_of(supervisor, 1);
  is_right &= next && next != lower && answers(next, 0) && answers(next, 2);
  if (next) qz_actor_release(next);
  qz_actor_release(lower), qz_actor_release(lowest);
  return stop(supervisor) && is_right;
}

// Whoever is started anew just then is stopped as well.
static bool shutdown_meets_crashes(void) {
  QzActor *supervisor = supervise(&rest_for_one);
  QzTask *tasks[] = {qz_task_start(crash_first, supervisor), qz_task_start(crash_last, supervisor)};
  uint32_t unstopped = qz_actor_shutdown_all(SHUTDOWN, NULL, 0);
  bool is_right = unstopped == 0 && !qz_actor_is_alive(supervisor);
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return end(supervisor) && is_right;
}

static const Scenario scenarios[] = {
    {"one is started for one", 2, one_is_started_for_one},
    {"all are started for one", 2, all_are_started_for_one},
    {"the rest is started for one", 2, the_rest_is_started_for_one},
    {"crashes meet, one for one", 3, crashes_meet_one_for_one},
    {"crashes meet, one for all", 3, crashes_meet_one_for_all},
    {"crashes meet, rest for one", 3, crashes_meet_rest_for_one},
    {"children that do not begin", 2, children_that_do_not_begin},
    {"stops meet crashes", 2, stops_meet_crashes},
    {"supervisors are supervised", 2, supervisors_are_supervised},
    {"shutdown meets crashes", 3, shutdown_meets_crashes},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {QZ_FAULT_stopper_hears_first, QZ_FAULT_dead_tells_nobody, QZ_FAULT_idle_over_signal,
                                   QZ_FAULT_bit_cleared_last};
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
