// Actors under many schedules: crashes, restarts, stops in all five places, calls, links; and the faults that can be
// planted in them.
#include "spec/unit/sched/counter.h"

// ── Scenarios ───────────────────────────────────────────────────────────────────────────────────────────────────
static void bump_three_times(void *argument) {
  for (int i = 0; i < 3; i++) send(argument, &bump_kind, 1);
}

static bool messages_are_counted(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  QzTask *tasks[3];
  int64_t count = 0;
  for (int i = 0; i < 3; i++) tasks[i] = qz_task_start(bump_three_times, actor);
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  bool answered = call(actor, &get_kind, &count) == QZ_EXIT_NONE;
  return end(actor) && answered && count == 9;
}

// The sequence that hung in one run of four before there was this design: crash, restart, two messages, stop.
static bool crash_restart_stop(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  int64_t count = 0;
  send(actor, &crash_kind, 0);
  send(actor, &bump_kind, 5);
  bool answered = call(actor, &get_kind, &count) == QZ_EXIT_NONE;
  bool stopped = qz_actor_stop(actor);
  bool is_dead = !qz_actor_is_alive(actor) && qz_actor_restarts(actor) == 1;
  return end(actor) && answered && count == 5 && stopped && is_dead;
}

static void bump_beside(void *argument) { send(argument, &bump_kind, 1); }

// A message that comes while the actor restarts.
static bool messages_during_a_restart(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  QzTask *task = qz_task_start(bump_beside, actor);
  int64_t count = -1;
  send(actor, &crash_kind, 0);
  qz_task_join(task), qz_task_release(task);
  bool answered = call(actor, &get_kind, &count) == QZ_EXIT_NONE;
  return end(actor) && answered && (count == 0 || count == 1);
}

static void stop_it(void *argument) { qz_actor_stop(argument); }

// Idle, queued or running, by several at once: each is told.
static bool stops_are_answered(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  QzTask *tasks[3] = {qz_task_start(stop_it, actor), qz_task_start(bump_three_times, actor),
                      qz_task_start(stop_it, actor)};
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  bool stopped = qz_actor_stop(actor) && !qz_actor_is_alive(actor);
  return end(actor) && stopped;
}

static bool stop_reaches_a_waiting_handler(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  Letter *waiting = letter(&wait_kind, 0);
  QzChannel *channel = waiting->channel = qz_channel_new(sizeof(int), 0);
  qz_actor_send(actor, &waiting->call.message);
  QzTask *task = qz_task_start(bump_beside, actor);
  bool stopped = qz_actor_stop(actor);
  qz_task_join(task), qz_task_release(task);
  bool is_right = end(actor) && stopped;
  qz_channel_free(channel);
  return is_right;
}

static const QzActorKind slow_kind = {.name = "Slow", .construct = construct, .destroy = destroy,
                                      .state_size = sizeof(Counter), .restarts = 10, .restarts_within = 1000000000,
                                      .backoff = 5000000000, .backoff_limit = 60000000000};

static bool stop_reaches_a_backoff(void) {
  begin();
  QzActor *actor = qz_actor_start(&slow_kind, NULL);
  int64_t start = qz_now();
  send(actor, &crash_kind, 0);
  send(actor, &bump_kind, 1);
  bool stopped = qz_actor_stop(actor);
  bool at_once = qz_now() - start < 5000000000;
  return end(actor) && stopped && at_once;
}

static const QzActorKind frail_kind = {.name = "Frail", .construct = construct, .destroy = destroy,
                                       .state_size = sizeof(Counter), .restarts = 2, .restarts_within = 1000000000000};

// Beyond its budget the actor ends; who calls it then is told so.
static bool restarts_are_bounded(void) {
  begin();
  QzActor *actor = qz_actor_start(&frail_kind, NULL);
  int64_t ignored;
  QzExit last = QZ_EXIT_NONE;
  for (int i = 0; i < 4; i++) last = call(actor, &crash_call_kind, &ignored);
  bool is_right = last == QZ_EXIT_PANICKED && !qz_actor_is_alive(actor) && qz_actor_restarts(actor) == 2;
  return end(actor) && is_right;
}

static void call_it(void *argument) {
  int64_t count;
  QzExit failed = call(argument, &get_kind, &count);
  atomic_fetch_add(&wrong, failed != QZ_EXIT_NONE && failed != QZ_EXIT_KILLED);
}

static bool kills_answer_callers(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  QzTask *tasks[2] = {qz_task_start(call_it, actor), qz_task_start(call_it, actor)};
  qz_actor_kill(actor);
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  bool stopped = qz_actor_stop(actor);
  return end(actor) && stopped;
}

// A stack on which the actor's message was handled goes on with other things, whose waits are none of the kill's
// business.
static void kill_it(void *argument) { qz_actor_kill(argument); }

static void wait_beside(void *argument) {
  (void)argument;
  if (!qz_sleep_until(qz_now() + 1)) atomic_fetch_add(&wrong, 1);
}

static bool kills_end_no_other_wait(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  int64_t count;
  bool is_right = call(actor, &get_kind, &count) == QZ_EXIT_NONE;  // it has begun
  send(actor, &bump_kind, 1);
  QzTask *tasks[] = {qz_task_start(kill_it, actor), qz_task_start(wait_beside, NULL), qz_task_start(wait_beside, NULL)};
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return end(actor) && is_right;
}

static bool links_end_together(void) {
  begin();
  QzActor *a = qz_actor_start(&counter_kind, NULL), *b = qz_actor_start(&counter_kind, NULL);
  qz_actor_link(a, b);
  qz_actor_kill(a);
  int64_t count;
  QzExit last;
  int calls = 0;
  while ((last = call(b, &get_kind, &count)) == QZ_EXIT_NONE && calls++ < PATIENCE) wait_a_moment();
  bool is_right = last == QZ_EXIT_LINKED && !qz_actor_is_alive(b);
  qz_actor_release(a);
  return end(b) && is_right;
}

// ── Monitors ────────────────────────────────────────────────────────────────────────────────────────────────────
static _Atomic int64_t downs;  // that were heard
static _Atomic uint64_t down_of;
static _Atomic int down_why;

static void hear_down(void *state, uint64_t who, const QzExitReason *why) {
  atomic_fetch_add(&wrong, ((Counter *)state)->mark != MARK);
  atomic_store(&down_of, who);
  atomic_store(&down_why, why->exit);
  atomic_fetch_add(&downs, 1);
}

static const QzActorKind watcher_kind = {.name = "Watcher", .construct = construct, .destroy = destroy,
                                         .on_down = hear_down, .state_size = sizeof(Counter)};

static void wait_for_downs(int64_t count) {
  for (int i = 0; i < PATIENCE && atomic_load(&downs) < count; i++) wait_a_moment();
}

// Word comes once, also when the watched one has ended by then; and it ends nobody.
static bool monitors_are_told(void) {
  begin();
  atomic_store(&downs, 0);
  QzActor *watched = qz_actor_start(&counter_kind, NULL), *watcher = qz_actor_start(&watcher_kind, NULL);
  uint64_t id = qz_actor_id(watched);
  QzTask *task = qz_task_start(kill_it, watched);
  qz_actor_monitor(watched, watcher);
  qz_task_join(task), qz_task_release(task);
  wait_for_downs(1);
  int64_t count = 0;
  bool is_right = atomic_load(&downs) == 1 && atomic_load(&down_of) == id &&
                  atomic_load(&down_why) == QZ_EXIT_KILLED && call(watcher, &get_kind, &count) == QZ_EXIT_NONE;
  qz_actor_release(watched);
  return end(watcher) && is_right && atomic_load(&downs) == 1;
}

static void crash_twice(void *argument) {
  for (int i = 0; i < 2; i++) send(argument, &crash_kind, 0);
}

static void hear_panic(void *state, uint64_t who, const QzExitReason *why) {
  atomic_fetch_add(&wrong, !says(why->message, "crash"));
  hear_down(state, who, why);
}

static const QzActorKind never_kind = {.name = "Never", .construct = construct, .destroy = destroy,
                                       .state_size = sizeof(Counter)};
static const QzActorKind told_kind = {.name = "Told", .construct = construct, .destroy = destroy,
                                      .on_down = hear_panic, .state_size = sizeof(Counter)};

// What the panic said reaches links, monitors and callers, and is freed by the last of them.
static bool panics_are_quoted(void) {
  begin();
  atomic_store(&downs, 0);
  QzActor *crashing = qz_actor_start(&never_kind, NULL), *linked = qz_actor_start(&counter_kind, NULL);
  QzActor *watchers[] = {qz_actor_start(&told_kind, NULL), qz_actor_start(&told_kind, NULL)};
  qz_actor_link(crashing, linked);
  qz_actor_monitor(crashing, watchers[0]);
  qz_actor_monitor(linked, watchers[1]);
  QzTask *task = qz_task_start(crash_twice, crashing);
  int64_t ignored;
  QzExit last = call(crashing, &crash_call_kind, &ignored);
  qz_task_join(task), qz_task_release(task);
  wait_for_downs(2);
  bool is_right = last == QZ_EXIT_PANICKED && atomic_load(&downs) == 2 && !qz_actor_is_alive(linked);
  qz_actor_release(linked), qz_actor_release(watchers[0]), qz_actor_release(watchers[1]);
  return end(crashing) && is_right;
}

// More than the first room holds, of watchers that end before: each who lives is told, and nobody is kept.
static bool monitors_come_and_go(void) {
  enum { WATCHERS = 6 };
  begin();
  atomic_store(&downs, 0);
  QzActor *watched = qz_actor_start(&counter_kind, NULL);
  for (int i = 0; i < WATCHERS; i++) {
    QzActor *watcher = qz_actor_start(&watcher_kind, NULL);
    uint64_t monitor = qz_actor_monitor(watched, watcher);
    if (i == WATCHERS - 1) qz_actor_monitor(watched, watcher);
    if (i % 2) qz_actor_unmonitor(watched, monitor);
    else qz_actor_stop(watcher);
    qz_actor_release(watcher);
  }
  qz_actor_kill(watched);
  wait_for_downs(1);
  return end(watched) && atomic_load(&downs) == 1;
}

// ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────
static _Atomic int64_t hooked, printed, summed;

static void note_line(const char *line) {
  const char *more = strstr(line, " more crashes of actors Stormy");
  if (more) atomic_fetch_add(&summed, strtoll(line, NULL, 10));
  else if (strncmp(line, "actor Stormy #", 14) == 0 && strstr(line, " crashed in crash")) atomic_fetch_add(&printed, 1);
  else atomic_fetch_add(&wrong, 1);
}

static void note_crash(const QzCrash *crash) {
  int64_t before = atomic_fetch_add(&hooked, 1);
  bool is_right = strcmp(crash->kind, "Stormy") == 0 && strcmp(crash->where, "crash") == 0 && crash->place.line == 1 &&
                  says(crash->message, "crash") && crash->count == (uint64_t)before + 1;
  atomic_fetch_add(&wrong, !is_right);
}

static const QzActorKind stormy_kind = {.name = "Stormy", .construct = construct, .destroy = destroy,
                                        .state_size = sizeof(Counter), .restarts = 100, .restarts_within = 1};

static void crash_seven_times(void *argument) {
  for (int i = 0; i < 7; i++) send(argument, &crash_kind, 0);
}

// Every crash is counted and told to the hook; of fourteen within a second, ten are printed and the rest summed up,
// at the latest at the end.
static bool crashes_are_reported(void) {
  enum { CRASHES = 14, PRINTED = 10 };
  begin();
  atomic_store(&hooked, 0), atomic_store(&printed, 0), atomic_store(&summed, 0);
  qz_report_printer = note_line;
  qz_actor_when_crashed(note_crash);
  QzActor *actor = qz_actor_start(&stormy_kind, NULL);
  QzTask *task = qz_task_start(crash_seven_times, actor);
  crash_seven_times(actor);
  qz_task_join(task), qz_task_release(task);
  int64_t ignored;
  call(actor, &get_kind, &ignored);
  qz_actor_report_left_out();
  atomic_fetch_add(&wrong, qz_actor_crashes("Calm") != 0 || qz_actor_crashes(NULL) != CRASHES);
  int64_t shown = atomic_load(&printed);  // a loaded machine may take longer than a second
  bool is_right = atomic_load(&hooked) == CRASHES && qz_actor_crashes("Stormy") == CRASHES &&
                  shown >= PRINTED && (!qz_sim_on || shown == PRINTED) && shown + atomic_load(&summed) == CRASHES;
  bool ended = end(actor);
  qz_report_printer = report_nothing;
  qz_actor_when_crashed(NULL);
  return ended && is_right;
}

// In the next second crashes are printed again, behind the sum of those that were not.
static bool reports_go_on(void) {
  begin();
  if (!qz_sim_on) return true;  // takes a second
  atomic_store(&printed, 0), atomic_store(&summed, 0);
  qz_report_printer = note_line;
  QzActor *actor = qz_actor_start(&stormy_kind, NULL);
  int64_t ignored;
  for (int i = 0; i < 2; i++) crash_seven_times(actor);
  call(actor, &get_kind, &ignored);
  qz_sleep_until(qz_now() + 1000000000);
  bool is_left_out = atomic_load(&printed) == 10 && atomic_load(&summed) == 0;
  send(actor, &crash_kind, 0);
  call(actor, &get_kind, &ignored);
  bool is_right = atomic_load(&printed) == 11 && atomic_load(&summed) == 4;
  bool ended = end(actor);
  qz_report_printer = report_nothing;
  return ended && is_left_out && is_right;
}

static _Atomic int64_t dead_calls, dead_letters;
static _Atomic uint64_t late_actor;

static void note_dead_letter(const QzDeadLetter *dead) {
  atomic_fetch_add(&wrong, strcmp(dead->kind, "Counter") != 0 || dead->actor != atomic_load(&late_actor));
  atomic_fetch_add(&wrong, dead->why != QZ_EXIT_KILLED);
  atomic_fetch_add(strcmp(dead->handler, "get") == 0 ? &dead_calls : &dead_letters, 1);
}

// What comes too late is counted, told, and dropped. A message that comes before the kill is handled, or dead.
static bool dead_letters_are_told(void) {
  begin();
  atomic_store(&dead_calls, 0), atomic_store(&dead_letters, 0);
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  atomic_store(&late_actor, qz_actor_id(actor));
  qz_actor_when_dead_letter(note_dead_letter);
  QzTask *tasks[] = {qz_task_start(bump_beside, actor), qz_task_start(kill_it, actor)};
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  for (int i = 0; i < PATIENCE && qz_actor_is_alive(actor); i++) wait_a_moment();
  send(actor, &bump_kind, 1);
  int64_t ignored;
  bool is_dead = call(actor, &get_kind, &ignored) == QZ_EXIT_KILLED;
  int64_t told = atomic_load(&dead_letters);
  bool is_right = atomic_load(&dead_calls) == 1 && (told == 1 || told == 2) &&
                  qz_actor_dead_letters() == (uint64_t)told + 1;
  bool ended = end(actor);
  qz_actor_when_dead_letter(NULL);
  return ended && is_dead && is_right;
}

// ── Bounded mailboxes ───────────────────────────────────────────────────────────────────────────────────────────
typedef struct Gate {
  QzChannel *entered, *left;
} Gate;

static Gate gate;

// Keeps the actor busy until it is let go.
static void hold(QzMessage *message, void *state) {
  int token = 0;
  opened(message, state);
  qz_channel_send(gate.entered, &token);
  qz_channel_receive(gate.left, &token);
}

static const QzMessageKind hold_kind = {.name = "hold", .handle = hold, .refuse = refuse, .never_counts = true};
static const QzMessageKind look_kind = {.name = "look", .handle = get, .refuse = refuse, .is_call = true,
                                        .never_counts = true};
static const QzMessageKind tick_kind = {.name = "tick", .handle = bump, .refuse = refuse, .never_counts = true};

#define BOUNDED(policy)                                                                                      \
  {.name = "Bounded", .construct = construct, .destroy = destroy, .state_size = sizeof(Counter), .capacity = 2, \
   .overflow = QZ_OVERFLOW_##policy}
static const QzActorKind park_kind = BOUNDED(PARK), fail_kind = BOUNDED(FAIL), newest_kind = BOUNDED(DROP_NEWEST),
                         oldest_kind = BOUNDED(DROP_OLDEST);

static QzActor *start_held(const QzActorKind *kind) {
  int token;
  gate = (Gate){qz_channel_new(sizeof(int), 0), qz_channel_new(sizeof(int), 1)};
  QzActor *actor = qz_actor_start(kind, NULL);
  send(actor, &hold_kind, 0);
  qz_channel_receive(gate.entered, &token);
  return actor;
}

static void let_go(void) {
  int token = 0;
  qz_channel_send(gate.left, &token);
}

static void close_gate(void) { qz_channel_free(gate.entered), qz_channel_free(gate.left); }

static QzSent send_value(QzActor *actor, int64_t value, int64_t deadline) {
  return qz_actor_send_until(actor, &letter(&bump_kind, value)->call.message, deadline);
}

// Four messages to an actor that is busy, and has room for two; then one of a timer, which always finds room. Gives
// what those that were handled add up to; -1: something else is wrong.
static int64_t overflow(const QzActorKind *kind, QzSent expected, int64_t *refused) {
  begin();
  QzActor *actor = start_held(kind);
  bool is_right = true;
  for (int i = 0; i < 4; i++) {
    QzSent sent = send_value(actor, INT64_C(1) << i, qz_now() + MOMENT);
    is_right &= sent == (i < 2 ? QZ_SENT : expected);
  }
  is_right &= qz_actor_send(actor, &letter(&tick_kind, 100)->call.message) == QZ_SENT;
  let_go();
  int64_t count = -1;
  is_right &= call(actor, &look_kind, &count) == QZ_EXIT_NONE;
  *refused = (int64_t)qz_actor_dead_letters();
  bool ended = end(actor);
  close_gate();
  return ended && is_right ? count : -1;
}

static bool parking_ends_at_its_deadline(void) {
  int64_t refused, sum = overflow(&park_kind, QZ_SENT_TIMED_OUT, &refused);
  return sum == 100 + 1 + 2 && refused == 0;
}

static bool full_mailboxes_refuse(void) {
  int64_t refused, sum = overflow(&fail_kind, QZ_SENT_FULL, &refused);
  return sum == 100 + 1 + 2 && refused == 0;
}

static bool full_mailboxes_drop_the_newest(void) {
  int64_t refused, sum = overflow(&newest_kind, QZ_SENT_DROPPED, &refused);
  return sum == 100 + 1 + 2 && refused == 2;
}

static bool full_mailboxes_drop_the_oldest(void) {
  int64_t refused, sum = overflow(&oldest_kind, QZ_SENT, &refused);
  return sum == 100 + 4 + 8 && refused == 2;
}

// Senders and the actor take their turns; nothing is lost.
static bool parked_senders_go_on(void) {
  begin();
  QzActor *actor = qz_actor_start(&park_kind, NULL);
  QzTask *tasks[3];
  int64_t count = 0;
  for (int i = 0; i < 3; i++) tasks[i] = qz_task_start(bump_three_times, actor);
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  bool answered = call(actor, &get_kind, &count) == QZ_EXIT_NONE;
  return end(actor) && answered && count == 9;
}

// Each message is handled or a dead letter, whoever pushes whom out.
static bool the_oldest_give_way(void) {
  begin();
  QzActor *actor = qz_actor_start(&oldest_kind, NULL);
  QzTask *tasks[3];
  int64_t count = 0;
  for (int i = 0; i < 3; i++) tasks[i] = qz_task_start(bump_three_times, actor);
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  bool answered = call(actor, &get_kind, &count) == QZ_EXIT_NONE;
  bool is_right = count + (int64_t)qz_actor_dead_letters() == 9 && count >= 1;
  return end(actor) && answered && is_right;
}

// A dead actor takes what comes, so nobody waits for room in its mailbox.
static bool senders_to_the_dead_go_on(void) {
  begin();
  QzActor *actor = start_held(&park_kind);
  QzTask *tasks[] = {qz_task_start(bump_three_times, actor), qz_task_start(bump_three_times, actor)};
  qz_actor_kill(actor);
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  bool is_right = qz_actor_stop(actor) && !qz_actor_is_alive(actor);
  bool ended = end(actor);
  close_gate();
  return ended && is_right;
}

// A handler that waits for room is reached by a stop.
static QzActor *flooded;

static void flood(QzMessage *message, void *state) {
  Counter *counter = opened(message, state);
  while (send_value(flooded, 1, QZ_FOREVER) == QZ_SENT) counter->count++;
}

static const QzMessageKind flood_kind = {.name = "flood", .handle = flood, .refuse = refuse, .never_counts = true};

static bool stop_reaches_a_parked_sender(void) {
  begin();
  flooded = start_held(&park_kind);
  QzActor *flooding = qz_actor_start(&counter_kind, NULL);
  send(flooding, &flood_kind, 0);
  bool stopped = qz_actor_stop(flooding);
  let_go();
  qz_actor_release(flooding);
  bool ended = end(flooded);
  close_gate();
  return ended && stopped;
}

// Who waits for room in its own mailbox would wait for itself.
static bool senders_do_not_wait_for_themselves(void) {
  begin();
  flooded = qz_actor_start(&park_kind, NULL);
  send(flooded, &flood_kind, 0);
  int64_t count = 0;
  bool answered = call(flooded, &look_kind, &count) == QZ_EXIT_NONE;
  return end(flooded) && answered && count >= 2;
}

// Each of two has a full mailbox, and waits for room in that of the other: nobody can go on, which is seen.
static QzActor *ring[2];

static void send_to_other(QzMessage *message, void *state) {
  opened(message, state);
  send(ring[1 - ((Letter *)message)->value], &bump_kind, 1);
}

static const QzMessageKind other_kind = {.name = "other", .handle = send_to_other, .refuse = refuse,
                                         .never_counts = true};

static bool full_mailboxes_in_a_ring(void) {
  int token;
  begin();
  gate = (Gate){qz_channel_new(sizeof(int), 0), qz_channel_new(sizeof(int), 2)};
  for (int i = 0; i < 2; i++) {
    ring[i] = qz_actor_start(&park_kind, NULL);
    send(ring[i], &hold_kind, 0);
    qz_channel_receive(gate.entered, &token);
    send(ring[i], &other_kind, i);
    send(ring[i], &bump_kind, 1);
    send(ring[i], &bump_kind, 1);
  }
  let_go(), let_go();
  qz_channel_receive(gate.entered, &token);
  return true;
}

// ── Two that call ───────────────────────────────────────────────────────────────────────────────────────────────
static QzActor *asked;

static void ask_another(QzMessage *message, void *state) {
  Counter *counter = opened(message, state);
  int64_t count = 0;
  if (call(asked, &get_kind, &count) == QZ_EXIT_NONE) counter->count += count;
  qz_actor_answer((QzCallMessage *)message, (uint64_t)counter->count);
}

static const QzMessageKind ask_kind = {.name = "ask", .handle = ask_another, .refuse = refuse, .is_call = true};

static bool handlers_call_others(void) {
  begin();
  asked = qz_actor_start(&counter_kind, NULL);
  QzActor *asking = qz_actor_start(&counter_kind, NULL);
  QzTask *task = qz_task_start(bump_three_times, asked);
  int64_t count = -1;
  bool answered = call(asking, &ask_kind, &count) == QZ_EXIT_NONE;
  qz_task_join(task), qz_task_release(task);
  qz_actor_release(asked);
  return end(asking) && answered && count >= 0 && count <= 3;
}

// ── Calls that end otherwise ────────────────────────────────────────────────────────────────────────────────────
static _Atomic int64_t answers;  // owners that exist

static void drop_owner(uint64_t answer) { free((void *)answer), atomic_fetch_sub(&answers, 1); }

static void get_owner(QzMessage *message, void *state) {
  int64_t *owner = malloc(sizeof *owner);
  *owner = opened(message, state)->count;
  atomic_fetch_add(&answers, 1);
  qz_sleep_until(qz_now() + MOMENT);
  qz_actor_answer((QzCallMessage *)message, (uint64_t)owner);
}

static const QzMessageKind owner_kind = {.name = "owner", .handle = get_owner, .refuse = refuse,
                                         .drop_answer = drop_owner, .is_call = true};

// Answer and deadline race: the caller has the answer, or the answer is dropped.
static bool late_answers_are_dropped(void) {
  begin();
  atomic_store(&answers, 0);
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  bool is_right = true;
  for (int i = 1; i <= 3; i++) {
    uint64_t answer = 0;
    int64_t deadline = qz_now() + i * MOMENT / 2;
    QzExit failed = qz_actor_call_until(actor, &letter(&owner_kind, 0)->call, deadline, &answer).exit;
    is_right &= failed == QZ_EXIT_NONE || (failed == QZ_EXIT_TIMED_OUT && qz_now() >= deadline);
    if (failed == QZ_EXIT_NONE) drop_owner(answer);
  }
  return end(actor) && is_right && atomic_load(&answers) == 0;
}

static QzActor *circle[3];
static _Atomic int64_t cycles;

static const QzMessageKind next_kind;

static bool names_the_path(const QzString *message, int64_t from) {
  char path[256];
  unsigned long long id[3];
  for (int64_t i = 0; i < 3; i++) id[i] = qz_actor_id(circle[(from + i) % 3]);
  snprintf(path, sizeof path, "Counter #%llu → Counter #%llu → Counter #%llu → Counter #%llu", id[0], id[1], id[2],
           id[0]);
  return says(message, path);
}

// Calls the next one in the circle, which does the same; the last one closes it.
static void ask_next(QzMessage *message, void *state) {
  const Letter *own = (const Letter *)message;
  int64_t next = (own->value + 1) % 3;
  uint64_t answer = 0;
  opened(message, state);
  QzExitReason failed = qz_actor_call(circle[next], &letter(&next_kind, next)->call, &answer);
  atomic_fetch_add(&cycles, failed.exit == QZ_EXIT_CYCLE);
  if (failed.exit == QZ_EXIT_CYCLE) atomic_fetch_add(&wrong, !names_the_path(failed.message, own->value));
  else atomic_fetch_add(&wrong, failed.exit != QZ_EXIT_NONE);
  qz_string_release(failed.message);
  qz_actor_answer((QzCallMessage *)message, answer);
}

static const QzMessageKind next_kind = {.name = "next", .handle = ask_next, .refuse = refuse, .is_call = true};

static void begin_circle(void) {
  begin();
  atomic_store(&cycles, 0);
  for (int i = 0; i < 3; i++) circle[i] = qz_actor_start(&counter_kind, NULL);
}

static bool end_circle(void) {
  qz_actor_release(circle[1]), qz_actor_release(circle[2]);
  return end(circle[0]);
}

static QzExit call_next(int64_t first) {
  uint64_t answer;
  return qz_actor_call(circle[first], &letter(&next_kind, first)->call, &answer).exit;
}

static bool calls_in_a_circle_fail(void) {
  begin_circle();
  bool answered = call_next(0) == QZ_EXIT_NONE;
  return end_circle() && answered && atomic_load(&cycles) == 1;
}

static void call_from(void *argument) {
  atomic_fetch_add(&wrong, call_next(*(const int64_t *)argument) != QZ_EXIT_NONE);
}

// Calls that go round from three places: none hangs, and not more of them fail than must.
static bool calls_that_meet_in_a_circle(void) {
  static const int64_t first[] = {0, 1, 2};
  QzTask *tasks[3];
  begin_circle();
  for (int i = 0; i < 3; i++) tasks[i] = qz_task_start(call_from, (void *)&first[i]);
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  int64_t failed = atomic_load(&cycles);
  return end_circle() && failed >= 1 && failed <= 3;
}

static void get_other(QzMessage *message, void *state) {
  int64_t other = 1 - ((Letter *)message)->value, count = 0;
  opened(message, state);
  QzExit failed = call(circle[other], &get_kind, &count);
  atomic_fetch_add(&cycles, failed == QZ_EXIT_CYCLE);
  atomic_fetch_add(&wrong, failed != QZ_EXIT_CYCLE && failed != QZ_EXIT_NONE);
}

static const QzMessageKind other_get_kind = {.name = "other", .handle = get_other, .refuse = refuse};

// Two call each other at the same time: one of them at most is told that it may not.
static bool calls_that_cross(void) {
  begin_circle();
  send(circle[0], &other_get_kind, 0);
  send(circle[1], &other_get_kind, 1);
  bool answered = true;
  int64_t ignored;
  for (int i = 0; i < 2; i++) answered &= call(circle[i], &get_kind, &ignored) == QZ_EXIT_NONE;
  return end_circle() && answered && atomic_load(&cycles) <= 1;
}

static const QzMessageKind free_other_kind = {.name = "other", .handle = get_other, .refuse = refuse,
                                              .never_counts = true};

// The second one waits for room in the mailbox of the first, whose handler calls the second.
static bool calls_that_wait_for_room(void) {
  begin();
  atomic_store(&cycles, 0);
  circle[0] = start_held(&park_kind);
  for (int i = 1; i < 3; i++) circle[i] = qz_actor_start(&counter_kind, NULL);
  send(circle[0], &free_other_kind, 0);
  for (int i = 0; i < 2; i++) send(circle[0], &bump_kind, 1);
  send(circle[1], &other_get_kind, 1);
  let_go();
  int64_t ignored;
  bool answered = true;
  for (int i = 0; i < 2; i++) answered &= call(circle[i], &look_kind, &ignored) == QZ_EXIT_NONE;
  bool ended = end_circle();
  close_gate();
  return ended && answered && atomic_load(&cycles) == 1;
}

// Answers first, and calls back then: the caller waits no more.
static void answer_and_call_back(QzMessage *message, void *state) {
  int64_t count;
  opened(message, state);
  qz_actor_answer((QzCallMessage *)message, 0);
  atomic_fetch_add(&wrong, call(circle[0], &get_kind, &count) != QZ_EXIT_NONE);
}

static const QzMessageKind back_kind = {.name = "back", .handle = answer_and_call_back, .refuse = refuse,
                                        .is_call = true};

static void ask_back(QzMessage *message, void *state) {
  int64_t ignored;
  opened(message, state);
  atomic_fetch_add(&wrong, call(circle[1], &back_kind, &ignored) != QZ_EXIT_NONE);
  qz_actor_answer((QzCallMessage *)message, 0);
}

static const QzMessageKind ask_back_kind = {.name = "ask back", .handle = ask_back, .refuse = refuse, .is_call = true};

static bool answered_callers_are_called(void) {
  begin_circle();
  int64_t ignored;
  bool answered = call(circle[0], &ask_back_kind, &ignored) == QZ_EXIT_NONE;
  answered &= call(circle[1], &get_kind, &ignored) == QZ_EXIT_NONE;
  return end_circle() && answered;
}

// ── The end of all ──────────────────────────────────────────────────────────────────────────────────────────────
static _Atomic bool is_stubborn, is_let_go;

// Whose waits end, and who goes on nevertheless.
static void be_stubborn(QzMessage *message, void *state) {
  opened(message, state);
  atomic_store(&is_stubborn, true);
  while (!atomic_load(&is_let_go)) qz_yield();
}

static const QzMessageKind stubborn_kind = {.name = "stubborn", .handle = be_stubborn, .refuse = refuse};

static void make_stubborn(QzActor *actor) {
  atomic_store(&is_stubborn, false), atomic_store(&is_let_go, false);
  send(actor, &stubborn_kind, 0);
  for (int i = 0; i < PATIENCE && !atomic_load(&is_stubborn); i++) wait_a_moment();
}

static _Atomic int64_t last_stopped;

static void note_stop(void *state) {
  int64_t number = ((Counter *)state)->count;
  atomic_fetch_add(&wrong, !qz_actor_shuts_down());
  atomic_fetch_add(&wrong, number > atomic_load(&last_stopped));
  atomic_store(&last_stopped, number);
}

static const QzActorKind ordered_kind = {.name = "Ordered", .construct = construct, .destroy = destroy,
                                         .on_stop = note_stop, .state_size = sizeof(Counter)};

static bool stops_have_deadlines(void) {
  begin();
  QzActor *busy = qz_actor_start(&counter_kind, NULL), *idle = qz_actor_start(&counter_kind, NULL);
  make_stubborn(busy);
  bool is_right = qz_actor_stop_within(idle, INT64_C(60000000000)) == QZ_STOPPED && !qz_actor_is_alive(idle);
  is_right &= qz_actor_stop_within(busy, MOMENT) == QZ_STOPPED_BY_KILL;
  atomic_store(&is_let_go, true);
  is_right &= qz_actor_stop(busy) && !qz_actor_is_alive(busy);
  qz_actor_release(idle);
  return end(busy) && is_right;
}

// The newest first; nobody is left, also of those that are started meanwhile.
static void start_beside(void *argument) {
  (void)argument;
  for (int i = 0; i < 2; i++) {
    QzActor *actor = qz_actor_start(&counter_kind, NULL);
    send(actor, &bump_kind, 1);
    qz_actor_release(actor);
  }
}

static bool all_are_stopped(void) {
  enum { ORDERED = 3 };
  begin();
  atomic_store(&last_stopped, INT64_MAX);
  QzActor *actors[ORDERED];
  for (int64_t i = 0; i < ORDERED; i++) {
    int64_t number = i + 1;
    actors[i] = qz_actor_start(&ordered_kind, NULL);
    send(actors[i], &bump_kind, number);
  }
  QzTask *task = qz_task_start(start_beside, NULL);
  atomic_fetch_add(&wrong, qz_actor_shuts_down());
  uint32_t unstopped = qz_actor_shutdown_all(INT64_C(60000000000), NULL, 0);
  bool is_right = atomic_load(&last_stopped) == 1;
  for (int i = 0; i < ORDERED; i++) {
    is_right &= !qz_actor_is_alive(actors[i]);
    if (i) qz_actor_release(actors[i]);
  }
  qz_task_join(task), qz_task_release(task);
  return end(actors[0]) && is_right && unstopped == 0;
}

static void release_it(void *argument) { qz_actor_release(argument); }

// What nobody refers to any more is stopped too, or has ended.
static bool shutdown_meets_releases(void) {
  begin();
  QzActor *a = qz_actor_start(&counter_kind, NULL), *b = qz_actor_start(&counter_kind, NULL);
  QzTask *tasks[] = {qz_task_start(release_it, a), qz_task_start(release_it, b)};
  int64_t start = qz_now();
  uint32_t unstopped = qz_actor_shutdown_all(INT64_C(60000000000), NULL, 0);
  bool at_once = qz_now() - start < INT64_C(15000000000);  // nobody was waited for in vain
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  QzActor *last = qz_actor_start(&counter_kind, NULL);
  int64_t count;
  bool answered = call(last, &get_kind, &count) == QZ_EXIT_NONE;
  return end(last) && answered && unstopped == 0 && at_once;
}

// Who did not stop is named; the others had their time, or are named too when the clock leapt.
static bool the_stubborn_are_named(void) {
  begin();
  QzActor *good = qz_actor_start(&counter_kind, NULL), *stubborn = qz_actor_start(&never_kind, NULL);
  QzUnstopped unstopped[3] = {{.kind = NULL}};
  make_stubborn(stubborn);
  uint32_t count = qz_actor_shutdown_all(10 * MOMENT, unstopped, 3), named = 0;
  for (uint32_t i = 0; i < count && i < 3; i++)
    named += unstopped[i].actor == qz_actor_id(stubborn) && strcmp(unstopped[i].kind, "Never") == 0 &&
             !unstopped[i].has_ended;
  bool is_right = named == 1 && count <= 2 && qz_actor_is_alive(stubborn) && qz_actor_stop(good);
  atomic_store(&is_let_go, true);
  is_right &= qz_actor_stop(stubborn);
  qz_actor_release(good);
  return end(stubborn) && is_right;
}

// ── A supervisor ────────────────────────────────────────────────────────────────────────────────────────────────
// Two children, started anew one for one, three times at most; the fourth end is its own.
enum { RESTARTS = 3 };

typedef struct Supervisor {
  int64_t count, mark;  // as a Counter
  QzActor *children[2];
  int restarted;
} Supervisor;

static QzActor *supervisor;
static QzActor *_Atomic child_seen[2];  // references of the test

static void start_child(Supervisor *self, int at) {
  self->children[at] = qz_actor_start(&never_kind, NULL);
  qz_actor_link(supervisor, self->children[at]);
  qz_actor_retain(self->children[at]);
  QzActor *before = atomic_exchange(&child_seen[at], self->children[at]);
  if (before) qz_actor_release(before);
}

static void hear_of_child(void *state, uint64_t who, const QzExitReason *why) {
  Supervisor *self = state;
  for (int i = 0; i < 2; i++) {
    if (qz_actor_id(self->children[i]) != who) continue;
    if (self->restarted++ == RESTARTS) qz_panic(qz_string_of((const char *)why->message->bytes), (QzPlace){.line = 2});
    qz_actor_release(self->children[i]);
    start_child(self, i);
  }
}

static void start_children(QzMessage *message, void *state) {
  opened(message, state);
  for (int i = 0; i < 2; i++) start_child(state, i);
  qz_actor_answer((QzCallMessage *)message, 0);
}

static void drop_supervisor(void *state) {
  Supervisor *self = state;
  for (int i = 0; i < 2; i++) qz_actor_release(self->children[i]);
  destroy(state);
}

static const QzMessageKind start_kind = {.name = "start", .handle = start_children, .refuse = refuse, .is_call = true};
static const QzActorKind supervisor_kind = {.name = "Supervisor", .construct = construct, .destroy = drop_supervisor,
                                            .on_exit = hear_of_child, .state_size = sizeof(Supervisor)};

// Crashes each child in turn, and waits until its supervisor has done something about it.
static void crash_child(int at) {
  QzActor *child = atomic_load(&child_seen[at]);
  send(child, &crash_kind, 0);
  for (int i = 0; i < PATIENCE && atomic_load(&child_seen[at]) == child && qz_actor_is_alive(supervisor); i++)
    wait_a_moment();
}

static bool a_supervisor_restarts_its_children(void) {
  begin();
  atomic_store(&downs, 0);
  supervisor = qz_actor_start(&supervisor_kind, NULL);
  QzActor *above = qz_actor_start(&told_kind, NULL);
  qz_actor_monitor(supervisor, above);
  int64_t ignored;
  bool is_right = call(supervisor, &start_kind, &ignored) == QZ_EXIT_NONE;
  for (int i = 0; i < RESTARTS; i++) crash_child(i % 2);
  is_right &= qz_actor_is_alive(supervisor);
  crash_child(0);
  wait_for_downs(1);
  is_right &= !qz_actor_is_alive(supervisor) && qz_actor_stop(atomic_load(&child_seen[1]));
  for (int i = 0; i < 2; i++) qz_actor_release(atomic_exchange(&child_seen[i], NULL));
  qz_actor_release(above);
  return end(supervisor) && is_right && atomic_load(&downs) == 1;
}

static const Scenario scenarios[] = {
    {"messages are counted", 3, messages_are_counted},
    {"crash, restart, stop", 2, crash_restart_stop},
    {"messages during a restart", 2, messages_during_a_restart},
    {"stops are answered", 3, stops_are_answered},
    {"stop reaches a waiting handler", 2, stop_reaches_a_waiting_handler},
    {"stop reaches a backoff", 2, stop_reaches_a_backoff},
    {"restarts are bounded", 2, restarts_are_bounded},
    {"kills answer callers", 3, kills_answer_callers},
    {"kills end no other wait", 2, kills_end_no_other_wait},
    {"links end together", 2, links_end_together},
    {"monitors are told", 2, monitors_are_told},
    {"panics are quoted", 2, panics_are_quoted},
    {"monitors come and go", 2, monitors_come_and_go},
    {"crashes are reported", 2, crashes_are_reported},
    {"reports go on", 1, reports_go_on},
    {"dead letters are told", 2, dead_letters_are_told},
    {"parking ends at its deadline", 2, parking_ends_at_its_deadline},
    {"full mailboxes refuse", 2, full_mailboxes_refuse},
    {"full mailboxes drop the newest", 2, full_mailboxes_drop_the_newest},
    {"full mailboxes drop the oldest", 2, full_mailboxes_drop_the_oldest},
    {"parked senders go on", 3, parked_senders_go_on},
    {"the oldest give way", 3, the_oldest_give_way},
    {"senders to the dead go on", 3, senders_to_the_dead_go_on},
    {"stop reaches a parked sender", 2, stop_reaches_a_parked_sender},
    {"senders do not wait for themselves", 2, senders_do_not_wait_for_themselves},
    {"full mailboxes in a ring", 2, full_mailboxes_in_a_ring},
    {"late answers are dropped", 2, late_answers_are_dropped},
    {"calls in a circle fail", 2, calls_in_a_circle_fail},
    {"calls that meet in a circle", 3, calls_that_meet_in_a_circle},
    {"calls that cross", 2, calls_that_cross},
    {"calls that wait for room", 2, calls_that_wait_for_room},
    {"answered callers are called", 2, answered_callers_are_called},
    {"stops have deadlines", 2, stops_have_deadlines},
    {"all are stopped", 2, all_are_stopped},
    {"shutdown meets releases", 3, shutdown_meets_releases},
    {"the stubborn are named", 2, the_stubborn_are_named},
    {"a supervisor restarts its children", 2, a_supervisor_restarts_its_children},
    {"handlers call others", 2, handlers_call_others},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {QZ_FAULT_only_the_bit, QZ_FAULT_idle_by_store, QZ_FAULT_wait_ignores_signal,
                                   QZ_FAULT_link_is_cleared,  QZ_FAULT_restart_leaves,   QZ_FAULT_claims_what_runs,
                                   QZ_FAULT_dead_tells_nobody, QZ_FAULT_dead_keep_places,
                                   QZ_FAULT_bell_rings_first,  QZ_FAULT_looks_and_then_notes,
                                   QZ_FAULT_answered_calls_count, QZ_FAULT_late_answer_is_kept,
                                   QZ_FAULT_freed_with_signals,
                                   QZ_FAULT_idle_over_signal,  QZ_FAULT_signal_leaves_idle,
                                   QZ_FAULT_bit_cleared_last,  QZ_FAULT_waits_in_between};
  must_be_stuck = full_mailboxes_in_a_ring;
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
