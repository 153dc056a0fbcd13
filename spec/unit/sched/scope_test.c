// Cancelling of tasks, and scopes, under many schedules; and the faults that can be planted in them.
#include "runtime/sched/scope.h"

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
  bool is_right = stopped && atomic_load(&seen_at_the_end) == 11 && qz_actor_crashes(ending_kind.name) == 0;
  bool ended = end(actor);
  qz_channel_free(channel);
  return ended && is_right;
}

// ── Scopes ──────────────────────────────────────────────────────────────────────────────────────────────────────
static _Atomic int inside;  // tasks that run in a scope

static void pass(void *argument) {
  (void)argument;
  atomic_fetch_add(&inside, 1);
  qz_yield();
  atomic_fetch_sub(&inside, 1);
}

static void wait_inside(void *argument) {
  atomic_fetch_add(&inside, 1);
  bool has_ended = receive(argument);
  atomic_fetch_sub(&inside, 1);
  if (has_ended) qz_cancelled();
}

static void panic_inside(void *argument) {
  qz_panic(qz_string_of(argument), (QzPlace){.file = "scope_test.c", .line = 7});
}

static Waiting open_for_waiting(void) {
  begin();
  atomic_store(&inside, 0);
  return (Waiting){.channel = qz_channel_new(sizeof(int), 0)};
}

static bool is_empty(const Waiting *waiting) {
  qz_channel_free(waiting->channel);
  return atomic_load(&inside) == 0 && live_strings[0] == 0 && atomic_load(&wrong) == 0;
}

static bool scopes_wait_for_all(void) {
  QzScope scope;
  Waiting waiting = open_for_waiting();
  qz_scope_begin(&scope, false, QZ_FOREVER);
  for (int i = 0; i < 3; i++) qz_scope_start(&scope, pass, NULL);
  bool is_right = qz_scope_end(&scope) == QZ_SCOPE_DONE;
  return is_empty(&waiting) && is_right;
}

// One starts before the panic, one perhaps behind it.
static bool panics_end_a_scope(void) {
  QzScope scope;
  Waiting waiting = open_for_waiting();
  qz_scope_begin(&scope, false, QZ_FOREVER);
  qz_scope_start(&scope, wait_inside, &waiting);
  qz_scope_start(&scope, panic_inside, "boom");
  qz_scope_start(&scope, wait_inside, &waiting);
  bool is_right = qz_scope_end(&scope) == QZ_SCOPE_PANICKED && says(scope.message, "boom") && scope.place.line == 7;
  qz_string_release(scope.message);
  return is_empty(&waiting) && is_right && atomic_load(&waiting.ended) == 2;
}

static _Atomic int panics_printed;
static void count_panic(const QzString *message, const QzPlace *place) {
  (void)message, (void)place;
  atomic_fetch_add(&panics_printed, 1);
}

// The first one is the scope's; the other is reported.
static bool no_panic_is_lost(void) {
  QzScope scope;
  Waiting waiting = open_for_waiting();
  atomic_store(&panics_printed, 0);
  qz_panic_printer = count_panic;
  qz_scope_begin(&scope, false, QZ_FOREVER);
  qz_scope_start(&scope, panic_inside, "one");
  qz_scope_start(&scope, panic_inside, "two");
  bool is_right = qz_scope_end(&scope) == QZ_SCOPE_PANICKED;
  is_right &= says(scope.message, "one") || says(scope.message, "two");
  qz_string_release(scope.message);
  qz_panic_printer = be_silent;
  return is_empty(&waiting) && is_right && atomic_load(&panics_printed) == 1;
}

static bool scopes_have_deadlines(void) {
  QzScope scope;
  Waiting waiting = open_for_waiting();
  int64_t deadline = qz_now() + MOMENT;
  qz_scope_begin(&scope, false, deadline);
  qz_scope_start(&scope, wait_inside, &waiting);
  bool is_right = qz_scope_end(&scope) == QZ_SCOPE_TIMED_OUT && qz_now() >= deadline;
  qz_scope_begin(&scope, false, qz_now() + INT64_C(60000000000));
  qz_scope_start(&scope, pass, NULL);
  is_right &= qz_scope_end(&scope) == QZ_SCOPE_DONE;
  return is_empty(&waiting) && is_right;
}

// Two of three end; the first of them wins.
static bool races_have_one_winner(void) {
  QzScope scope;
  QzTask *tasks[] = {qz_task_new(pass, NULL), qz_task_new(pass, NULL)};
  Waiting waiting = open_for_waiting();
  qz_scope_begin(&scope, true, QZ_FOREVER);
  qz_scope_start(&scope, wait_inside, &waiting);
  for (int i = 0; i < 2; i++) qz_scope_add(&scope, tasks[i]), qz_task_set_off(tasks[i]);
  bool is_right = qz_scope_end(&scope) == QZ_SCOPE_WON && (scope.winner == tasks[0] || scope.winner == tasks[1]);
  for (int i = 0; i < 2; i++) qz_task_release(tasks[i]);
  return is_empty(&waiting) && is_right && atomic_load(&waiting.ended) == 1;
}

// A task whose scope is a task's of another one: the cancel goes down, and all have ended when it comes back.
static void open_inside(void *argument) {
  QzScope scope;
  atomic_fetch_add(&inside, 1);
  qz_scope_begin(&scope, false, QZ_FOREVER);
  for (int i = 0; i < 2; i++) qz_scope_start(&scope, wait_inside, argument);
  QzScopeEnd how = qz_scope_end(&scope);
  atomic_fetch_add(&wrong, how != QZ_SCOPE_INTERRUPTED || atomic_load(&inside) > 1);
  atomic_fetch_sub(&inside, 1);
  qz_cancelled();
}

static bool cancels_go_down(void) {
  Waiting waiting = open_for_waiting();
  QzTask *task = qz_task_start(open_inside, &waiting);
  qz_task_cancel(task);
  qz_task_join(task);
  bool is_right = qz_task_was_cancelled(task);
  qz_task_release(task);
  return is_empty(&waiting) && is_right && atomic_load(&waiting.ended) == 2;
}

// A handler whose actor is stopped: every wait of it ends, but it leaves the scope when all of that have left.
static void open_in_handler(QzMessage *message, void *state) {
  Waiting waiting = {.channel = ((Letter *)message)->channel};
  opened(message, state);
  open_inside(&waiting);
}

static const QzMessageKind opening_kind = {.name = "opening", .handle = open_in_handler, .refuse = refuse};

static bool stops_go_down(void) {
  Waiting waiting = open_for_waiting();
  QzActor *actor = qz_actor_start(&ending_kind, NULL);
  Letter *opening = letter(&opening_kind, 0);
  opening->channel = waiting.channel;
  qz_actor_send(actor, &opening->call.message);
  bool stopped = qz_actor_stop(actor);
  bool ended = end(actor);
  return is_empty(&waiting) && ended && stopped;
}

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────
// Runs the body as the block, and waits for the end. True: all went as expected.
static bool runs_block(QzScope *scope, void (*body)(void *argument), void *argument, QzUnwound how, QzScopeEnd end) {
  bool is_right = qz_scope_block(scope, body, argument) == how;
  is_right &= qz_scope_end(scope) == end && !scope->was_interrupted;
  return is_right;
}

static bool panics_end_a_block(void) {
  QzScope scope;
  Waiting waiting = open_for_waiting();
  qz_scope_begin(&scope, false, QZ_FOREVER);
  qz_scope_start(&scope, panic_inside, "boom");
  bool is_right = runs_block(&scope, receive_or_unwind, &waiting, QZ_UNWOUND_BY_CANCEL, QZ_SCOPE_PANICKED);
  is_right &= says(scope.message, "boom") && scope.place.line == 7 && !qz_served_asked_here();
  qz_string_release(scope.message);
  return is_empty(&waiting) && is_right && atomic_load(&waiting.ended) == 1;
}

static bool deadlines_end_a_block(void) {
  QzScope scope;
  Waiting waiting = open_for_waiting();
  qz_scope_begin(&scope, false, qz_now() + MOMENT);
  qz_scope_start(&scope, wait_inside, &waiting);
  bool is_right = runs_block(&scope, receive_or_unwind, &waiting, QZ_UNWOUND_BY_CANCEL, QZ_SCOPE_TIMED_OUT);
  qz_scope_begin(&scope, false, qz_now() + INT64_C(60000000000));
  is_right &= runs_block(&scope, pass, NULL, QZ_UNWOUND_NOT, QZ_SCOPE_DONE);
  return is_empty(&waiting) && is_right && atomic_load(&waiting.ended) == 2;
}

// Its own panic is the scope's, unless a task's came first.
static bool blocks_panic(void) {
  QzScope scope;
  Waiting waiting = open_for_waiting();
  atomic_store(&panics_printed, 0);
  qz_panic_printer = count_panic;
  qz_scope_begin(&scope, false, QZ_FOREVER);
  qz_scope_start(&scope, wait_inside, &waiting);
  bool is_right = runs_block(&scope, panic_inside, "block", QZ_UNWOUND_BY_PANIC, QZ_SCOPE_PANICKED);
  is_right &= says(scope.message, "block") && scope.place.line == 7 && atomic_load(&panics_printed) == 0;
  qz_string_release(scope.message);
  qz_scope_begin(&scope, false, QZ_FOREVER);
  qz_scope_start(&scope, panic_inside, "task");
  is_right &= runs_block(&scope, panic_inside, "block", QZ_UNWOUND_BY_PANIC, QZ_SCOPE_PANICKED);
  is_right &= (says(scope.message, "task") || says(scope.message, "block")) && atomic_load(&panics_printed) == 1;
  qz_string_release(scope.message);
  qz_panic_printer = be_silent;
  return is_empty(&waiting) && is_right;
}

// A block that is over is not ended: what who opened the scope does next waits as long as it likes.
static bool blocks_end_once(void) {
  QzScope scope;
  Waiting waiting = open_for_waiting();
  qz_scope_begin(&scope, false, qz_now() + MOMENT);
  QzUnwound how = qz_scope_block(&scope, sleep_beside, &waiting.ended);
  qz_sleep_until(qz_now() + MOMENT);
  bool is_right = how == QZ_UNWOUND_NOT && !qz_served_asked_here();
  qz_scope_end(&scope);
  return is_empty(&waiting) && is_right;
}

// A scope in the block of another one: the outer one's end goes down into the inner block and its tasks, and on from
// there when they have ended.
typedef struct Nested {
  Waiting waiting;
  QzScopeEnd inner;
  _Atomic int passed;
} Nested;

static void open_in_block(void *argument) {
  Nested *nested = argument;
  QzScope scope;
  qz_scope_begin(&scope, false, QZ_FOREVER);
  qz_scope_start(&scope, wait_inside, &nested->waiting);
  QzUnwound how = qz_scope_block(&scope, receive_or_unwind, &nested->waiting);
  nested->inner = qz_scope_end(&scope);
  bool goes_on = scope.was_interrupted || qz_served_asked_here();
  atomic_fetch_add(&wrong, atomic_load(&inside) > 0 || how != QZ_UNWOUND_BY_CANCEL || !goes_on);
  qz_cancelled();
}

static bool ends_go_down(void) {
  QzScope scope;
  Nested nested = {.waiting = open_for_waiting()};
  qz_scope_begin(&scope, false, qz_now() + MOMENT);
  bool is_right = runs_block(&scope, open_in_block, &nested, QZ_UNWOUND_BY_CANCEL, QZ_SCOPE_TIMED_OUT);
  is_right &= nested.inner == QZ_SCOPE_INTERRUPTED && !qz_served_asked_here();
  return is_empty(&nested.waiting) && is_right && atomic_load(&nested.waiting.ended) == 2;
}

static void open_with_block(void *argument) {
  open_in_block(argument);
  atomic_fetch_add(&((Nested *)argument)->passed, 1);
}

// The same from a cancel of the task, which comes before the scope, in it, or behind the block.
static bool cancels_go_through_blocks(void) {
  Nested nested = {.waiting = open_for_waiting()};
  QzTask *task = qz_task_start(open_with_block, &nested), *other = qz_task_start(cancel_it, task);
  give_up_on(other);
  qz_task_join(task);
  bool is_right = qz_task_was_cancelled(task) && atomic_load(&nested.passed) == 0;
  qz_task_release(task);
  return is_empty(&nested.waiting) && is_right && atomic_load(&nested.waiting.ended) == 2;
}

// ── Waiting for tasks among others ──────────────────────────────────────────────────────────────────────────────────
static void send_one(void *argument) {
  int value = 1;
  qz_channel_send(argument, &value);
}

// One of both is chosen, and the other one is as it was.
static bool selects_wait_for_tasks(void) {
  Waiting waiting = open_for_waiting();
  int value = 0;
  QzTask *sender = qz_task_start(send_one, waiting.channel), *task = qz_task_start(pass, NULL);
  bool received = false, ended = false;
  while (!received || !ended) {
    QzSelectCase cases[] = {{.task = task}, {.channel = waiting.channel, .value = &value}};
    int32_t chosen = received ? qz_select(cases, 1, QZ_FOREVER) : qz_select(cases, 2, QZ_FOREVER);
    received |= chosen == 1;
    ended |= chosen == 0;
    if (chosen == 0 && !received) received = qz_channel_receive(waiting.channel, &value) == QZ_CHANNEL_DONE;
  }
  bool is_right = value == 1 && qz_task_has_ended(task);
  give_up_on(sender);
  give_up_on(task);
  return is_empty(&waiting) && is_right;
}

static bool selects_leave_tasks(void) {
  Waiting waiting = open_for_waiting();
  QzTask *task = qz_task_start(receive_or_unwind, &waiting);
  QzSelectCase late[] = {{.task = task}};
  bool is_right = qz_select(late, 1, 0) == QZ_SELECT_TIMEOUT;
  is_right &= qz_select(late, 1, qz_now() + MOMENT) == QZ_SELECT_TIMEOUT;
  qz_task_cancel(task);
  is_right &= qz_select(late, 1, QZ_FOREVER) == 0 && qz_task_was_cancelled(task);
  qz_task_release(task);
  return is_empty(&waiting) && is_right;
}

static const Scenario scenarios[] = {
    {"cancelling ends a wait", 2, cancelling_ends_a_wait},
    {"cancelling ends one wait", 3, cancelling_ends_one_wait},
    {"cancelling loses no value", 3, cancelling_loses_no_value},
    {"nobody catches a cancel", 2, nobody_catches_a_cancel},
    {"stopped handlers unwind", 2, stopped_handlers_unwind},
    {"scopes wait for all", 3, scopes_wait_for_all},
    {"panics end a scope", 3, panics_end_a_scope},
    {"no panic is lost", 2, no_panic_is_lost},
    {"scopes have deadlines", 2, scopes_have_deadlines},
    {"races have one winner", 3, races_have_one_winner},
    {"cancels go down", 3, cancels_go_down},
    {"stops go down", 3, stops_go_down},
    {"panics end a block", 3, panics_end_a_block},
    {"deadlines end a block", 2, deadlines_end_a_block},
    {"blocks panic", 2, blocks_panic},
    {"blocks end once", 2, blocks_end_once},
    {"ends go down", 2, ends_go_down},
    {"cancels go through blocks", 3, cancels_go_through_blocks},
    {"selects wait for tasks", 3, selects_wait_for_tasks},
    {"selects leave tasks", 2, selects_leave_tasks},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {QZ_FAULT_cancel_stays, QZ_FAULT_wait_ignores_signal,
                                   QZ_FAULT_late_tasks_are_spared, QZ_FAULT_interrupted_ends_leave,
                                   QZ_FAULT_block_waits_on};
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
