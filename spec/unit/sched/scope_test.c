// Cancelling of tasks, and scopes, under many schedules; and the faults that can be planted in them.
#include "spec/unit/sched/counter.h"

// ── Cancelling ──────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Waiting {
  QzChannel *channel;
  _Atomic int ended, lasted;  // waits that were ended from outside, and others
} Waiting;

static bool receive(Waiting *waiting) {
  int value;
  bool has_ended = qz_channel_receive(waiting->channel, &value) == QZ_CHANNEL_STOPPED;
  atomic_fetch_add(has_ended ? &waiting->ended : &waiting->lasted, 1);
  return has_ended;
}

static void receive_or_unwind(void *argument) {
  if (receive(argument)) qz_cancelled();
}

static void receive_twice(void *argument) {
  receive(argument);
  receive(argument);
}

static void give_up_on(QzTask *task) {
  qz_task_join(task);
  qz_task_release(task);
}

// Before it runs, while it begins to wait, while it waits.
static bool cancelling_ends_a_wait(void) {
  Waiting waiting = {.channel = qz_channel_new(sizeof(int), 0)};
  QzTask *task = qz_task_start(receive_or_unwind, &waiting);
  qz_task_cancel(task);
  bool joined = qz_task_join(task);
  bool is_right = joined && qz_task_was_cancelled(task) && !qz_task_panicked(task);
  qz_task_cancel(task);  // it has ended
  qz_task_release(task);
  qz_channel_free(waiting.channel);
  return is_right && atomic_load(&waiting.ended) == 1;
}

static void cancel_it(void *argument) { qz_task_cancel(argument); }

// Several times, from several sides: one wait ends, and the next one lasts.
static bool cancelling_ends_one_wait(void) {
  Waiting waiting = {.channel = qz_channel_new(sizeof(int), 0)};
  QzTask *task = qz_task_start(receive_twice, &waiting), *other = qz_task_start(cancel_it, task);
  int value = 1;
  qz_task_cancel(task);
  qz_channel_send(waiting.channel, &value);
  give_up_on(other);
  give_up_on(task);
  qz_channel_free(waiting.channel);
  return atomic_load(&waiting.ended) == 1 && atomic_load(&waiting.lasted) == 1;
}

// An event that comes first is not lost: the next wait is ended then.
static bool cancelling_loses_no_value(void) {
  Waiting waiting = {.channel = qz_channel_new(sizeof(int), 1)};
  QzTask *task = qz_task_start(receive_twice, &waiting);
  int value = 1;
  QzTask *other = qz_task_start(cancel_it, task);
  qz_channel_send(waiting.channel, &value);
  give_up_on(other);
  give_up_on(task);
  qz_channel_free(waiting.channel);
  return atomic_load(&waiting.ended) == 1 && atomic_load(&waiting.lasted) == 1;
}

// What catches panics does not catch this; and the stack serves others then, whose waits last.
static _Atomic int passed;

static void catch_and_go_on(void *argument) {
  qz_panic_guard(receive_or_unwind, argument, false);
  atomic_fetch_add(&passed, 1);
}

static void sleep_beside(void *argument) {
  if (!qz_sleep_until(qz_now() + 1)) atomic_fetch_add((_Atomic int *)argument, 1);
}

static bool nobody_catches_a_cancel(void) {
  _Atomic int woken = 0;
  Waiting waiting = {.channel = qz_channel_new(sizeof(int), 0)};
  atomic_store(&passed, 0);
  QzTask *task = qz_task_start(catch_and_go_on, &waiting);
  QzTask *others[] = {qz_task_start(cancel_it, task), qz_task_start(sleep_beside, &woken),
                      qz_task_start(sleep_beside, &woken)};
  qz_task_join(task);
  bool is_right = qz_task_was_cancelled(task) && atomic_load(&passed) == 0;
  qz_task_release(task);
  for (int i = 0; i < 3; i++) give_up_on(others[i]);
  qz_channel_free(waiting.channel);
  return is_right && atomic_load(&woken) == 0;
}

// ── A handler that unwinds when its actor is stopped ────────────────────────────────────────────────────────────────
static void wait_and_unwind(QzMessage *message, void *state) {
  Counter *counter = opened(message, state);
  counter->count++;
  int value;
  if (qz_channel_receive(((Letter *)message)->channel, &value) == QZ_CHANNEL_STOPPED) qz_cancelled();
}

static _Atomic int64_t seen_at_the_end;

static void see_the_end(void *state) { atomic_store(&seen_at_the_end, ((Counter *)state)->count); }

static const QzMessageKind unwinding_kind = {.name = "unwinding", .handle = wait_and_unwind, .refuse = refuse};
static const QzActorKind ending_kind = {.name = "Ending", .construct = construct, .destroy = destroy,
                                        .on_stop = see_the_end, .state_size = sizeof(Counter)};

// It is no crash: the state is as it was, and the rest of the mailbox is handled.
static bool stopped_handlers_unwind(void) {
  begin();
  QzActor *actor = qz_actor_start(&ending_kind, NULL);
  Letter *waiting = letter(&unwinding_kind, 0);
  QzChannel *channel = waiting->channel = qz_channel_new(sizeof(int), 0);
  qz_actor_send(actor, &waiting->call.message);
  send(actor, &bump_kind, 10);
  bool stopped = qz_actor_stop(actor);
  bool is_right = stopped && atomic_load(&seen_at_the_end) == 11 && qz_actor_crashes(&ending_kind) == 0;
  bool ended = end(actor);
  qz_channel_free(channel);
  return ended && is_right;
}

static const Scenario scenarios[] = {
    {"cancelling ends a wait", 2, cancelling_ends_a_wait},
    {"cancelling ends one wait", 3, cancelling_ends_one_wait},
    {"cancelling loses no value", 3, cancelling_loses_no_value},
    {"nobody catches a cancel", 2, nobody_catches_a_cancel},
    {"stopped handlers unwind", 2, stopped_handlers_unwind},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {QZ_FAULT_cancel_stays, QZ_FAULT_wait_ignores_signal};
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
