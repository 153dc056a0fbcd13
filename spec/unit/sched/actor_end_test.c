// Ends of actors as others see them: who waits for one, who follows one, in which order word of it comes; where
// messages to the dead came from; mailboxes that grow.
#include "spec/unit/sched/counter.h"

static const QzActorKind brittle_kind = {.name = "Brittle", .construct = construct, .destroy = destroy,
                                         .state_size = sizeof(Counter)};

// ── Waiting for an end ──────────────────────────────────────────────────────────────────────────────────────────
static bool joins(QzActor *actor, QzExit exit, const char *text) {
  QzExitReason reason = qz_actor_join(actor);
  bool is_right = reason.exit == exit && (text ? says(reason.message, text) : !reason.message);
  qz_string_release(reason.message);
  return is_right;
}

static void join_it(void *argument) { atomic_fetch_add(&wrong, !joins(argument, QZ_EXIT_PANICKED, "crash")); }

// It does not end by that; what it is sent meanwhile is handled. Everybody gets the reason, also who comes late.
static bool ends_are_joined(void) {
  begin();
  QzActor *actor = qz_actor_start(&brittle_kind, NULL);
  QzTask *tasks[] = {qz_task_start(join_it, actor), qz_task_start(join_it, actor)};
  for (int i = 0; i < 3; i++) send(actor, &bump_kind, 1), qz_yield();
  int64_t count = 0, ignored;
  bool is_right = call(actor, &get_kind, &count) == QZ_EXIT_NONE && count == 3;
  is_right &= call(actor, &crash_call_kind, &ignored) == QZ_EXIT_PANICKED;
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  is_right &= joins(actor, QZ_EXIT_PANICKED, "crash");
  return end(actor) && is_right;
}

static void stop_it(void *argument) { qz_actor_stop(argument); }

static bool stops_are_joined(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  QzTask *task = qz_task_start(stop_it, actor);
  bool is_right = joins(actor, QZ_EXIT_STOPPED, NULL);
  qz_task_join(task), qz_task_release(task);
  return end(actor) && is_right;
}

static void join_own(QzMessage *message, void *state) {
  opened(message, state);
  QzExitReason reason = qz_actor_join(qz_actor_here());
  qz_actor_answer((QzCallMessage *)message, reason.exit);
  qz_string_release(reason.message);
}

static void join_other(QzMessage *message, void *state) {
  Counter *counter = opened(message, state);
  QzExitReason reason = qz_actor_join((QzActor *)((Letter *)message)->channel);
  counter->count = reason.exit;
}

static const QzMessageKind join_own_kind = {.name = "join", .handle = join_own, .refuse = refuse, .is_call = true};
static const QzMessageKind join_other_kind = {.name = "join", .handle = join_other, .refuse = refuse};

// Nobody waits for itself, and a stop reaches who waits for another one, which goes on.
static bool joins_come_back(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL), *other = qz_actor_start(&counter_kind, NULL);
  int64_t exit = 0, count = -1;
  bool is_right = call(actor, &join_own_kind, &exit) == QZ_EXIT_NONE && exit == QZ_EXIT_CYCLE;
  Letter *joining = letter(&join_other_kind, 0);
  joining->channel = (QzChannel *)other;
  qz_actor_send(actor, &joining->call.message);
  is_right &= qz_actor_stop(actor) && call(other, &get_kind, &count) == QZ_EXIT_NONE && count == 0;
  qz_actor_release(actor);
  return end(other) && is_right;
}

// Whose end is over needs no run for its last reference: what it had is there at once for the next one.
static bool the_dead_are_freed_at_once(void) {
  begin();
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  qz_actor_stop(actor);
  while (!qz_mailbox_rests(&actor->mailbox)) wait_a_moment();
  qz_actor_release(actor);
  QzActor *next = qz_actor_start(&counter_kind, NULL);
  bool is_its_memory = qz_sim_on && qz_heap_region.size;  // threads have heaps of their own, and malloc has its ways
  bool is_right = next == actor || !is_its_memory;
  return end(next) && is_right;
}

// ── Following ───────────────────────────────────────────────────────────────────────────────────────────────────
static void hear_and_follow(void *state, uint64_t who, const QzExitReason *why) {
  (void)who;
  atomic_fetch_add(&wrong, ((Counter *)state)->mark != MARK);
  if (why->exit != QZ_EXIT_STOPPED) qz_actor_follow();
}

static const QzActorKind following_kind = {.name = "Following", .construct = construct, .destroy = destroy,
                                           .on_exit = hear_and_follow, .state_size = sizeof(Counter)};

// Who has an on_exit decides: with the one that was stopped it does not end, with the one that crashed it does.
static bool hooks_may_follow(void) {
  begin();
  QzActor *stopped = qz_actor_start(&counter_kind, NULL), *crashing = qz_actor_start(&brittle_kind, NULL);
  QzActor *following = qz_actor_start(&following_kind, NULL), *behind = qz_actor_start(&counter_kind, NULL);
  qz_actor_link(following, stopped), qz_actor_link(following, crashing), qz_actor_link(behind, following);
  int64_t count;
  bool is_right = qz_actor_stop(stopped) && call(following, &get_kind, &count) == QZ_EXIT_NONE;
  send(crashing, &crash_kind, 0);
  is_right &= joins(behind, QZ_EXIT_LINKED, "crash") && joins(following, QZ_EXIT_LINKED, "crash");
  qz_actor_release(stopped), qz_actor_release(crashing), qz_actor_release(behind);
  return end(following) && is_right;
}

// ── Order ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void count_exit(void *state, uint64_t who, const QzExitReason *why) {
  (void)who, (void)why;
  ((Counter *)state)->count++;
}

static const QzActorKind above_kind = {.name = "Above", .construct = construct, .destroy = destroy,
                                       .on_exit = count_exit, .state_size = sizeof(Counter)};

static void ask_often(void *argument) {
  int64_t ignored;
  for (int i = 0; i < 3; i++) call(argument, &get_kind, &ignored);
}

// Who learns of a crash by a call finds that those who are linked have heard of the end before they answer.
static bool word_comes_before_answers(void) {
  begin();
  QzActor *below = qz_actor_start(&brittle_kind, NULL), *above = qz_actor_start(&above_kind, NULL);
  qz_actor_link(above, below);
  QzTask *beside = qz_task_start(ask_often, above);
  int64_t count = -1, ignored;
  bool is_right = call(below, &get_kind, &ignored) == QZ_EXIT_NONE;  // the link is made
  is_right &= call(below, &crash_call_kind, &ignored) == QZ_EXIT_PANICKED;
  is_right &= call(above, &get_kind, &count) == QZ_EXIT_NONE && count == 1;
  qz_task_join(beside), qz_task_release(beside);
  qz_actor_release(below);
  return end(above) && is_right;
}

// ── The end of all ──────────────────────────────────────────────────────────────────────────────────────────────
static QzActor *newcomer;

static void start_another(QzMessage *message, void *state) {
  opened(message, state);
  newcomer = qz_actor_start(&counter_kind, NULL);
}

static const QzMessageKind start_another_kind = {.name = "start", .handle = start_another, .refuse = refuse};

// Who is started by one that is about to be stopped is newer than those that were looked at by then.
static bool newcomers_are_stopped(void) {
  begin();
  newcomer = NULL;
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  send(actor, &start_another_kind, 0);
  uint32_t unstopped = qz_actor_shutdown_all(INT64_C(60000000000), NULL, 0);
  bool is_right = unstopped == 0 && !qz_actor_is_alive(actor) && newcomer && !qz_actor_is_alive(newcomer);
  if (newcomer) qz_actor_release(newcomer);
  return end(actor) && is_right;
}

// ── Senders ─────────────────────────────────────────────────────────────────────────────────────────────────────
static _Atomic uint64_t sender_seen;
static _Atomic int64_t letters_seen;

static void note_sender(const QzDeadLetter *dead) {
  atomic_store(&sender_seen, dead->sender);
  atomic_fetch_add(&letters_seen, 1);
}

static void write_to_other(QzMessage *message, void *state) {
  opened(message, state);
  send((QzActor *)((Letter *)message)->channel, &bump_kind, 1);
  qz_actor_answer((QzCallMessage *)message, 0);
}

static const QzMessageKind write_kind = {.name = "write", .handle = write_to_other, .refuse = refuse, .is_call = true};

// A dead letter says which actor wrote it, or that none did.
static bool dead_letters_have_senders(void) {
  begin();
  atomic_store(&letters_seen, 0);
  QzActor *dead = qz_actor_start(&counter_kind, NULL), *writer = qz_actor_start(&counter_kind, NULL);
  qz_actor_stop(dead);
  qz_actor_when_dead_letter(note_sender);
  send(dead, &bump_kind, 1);
  for (int i = 0; i < PATIENCE && atomic_load(&letters_seen) < 1; i++) wait_a_moment();
  bool is_right = atomic_load(&sender_seen) == 0;
  Letter *order = letter(&write_kind, 0);
  order->channel = (QzChannel *)dead;
  uint64_t answer;
  is_right &= qz_actor_call(writer, &order->call, &answer).exit == QZ_EXIT_NONE;
  for (int i = 0; i < PATIENCE && atomic_load(&letters_seen) < 2; i++) wait_a_moment();
  is_right &= atomic_load(&sender_seen) == qz_actor_id(writer) && atomic_load(&letters_seen) == 2;
  qz_actor_when_dead_letter(NULL);
  qz_actor_release(dead);
  return end(writer) && is_right;
}

// ── Mailboxes that grow ─────────────────────────────────────────────────────────────────────────────────────────
static _Atomic int64_t crowds;

enum { CROWD = 8 };

// A schedule may end many batches early, and so look at the length again: the next report is of twice as many.
static void note_crowd(const char *line) {
  unsigned long long id;
  long long waiting = 0;
  int found = sscanf(line, "actor Counter #%llu has %lld messages waiting", &id, &waiting);
  bool is_right = found == 2 && waiting == (long long)CROWD << atomic_load(&crowds);
  atomic_fetch_add(is_right ? &crowds : &wrong, 1);
}

static void wait_for_token(QzMessage *message, void *state) {
  int token;
  opened(message, state);
  qz_channel_receive(((Letter *)message)->channel, &token);
}

static const QzMessageKind token_kind = {.name = "wait", .handle = wait_for_token, .refuse = refuse};

// What waits is counted between batches, and reported when there is much of it.
static bool crowds_are_reported(void) {
  enum { MESSAGES = 120 };
  begin();
  atomic_store(&crowds, 0);
  uint32_t usual = qz_report_crowd_from;
  qz_report_crowd_from = CROWD;
  qz_report_printer = note_crowd;
  QzActor *actor = qz_actor_start(&counter_kind, NULL);
  Letter *held = letter(&token_kind, 0);
  QzChannel *channel = held->channel = qz_channel_new(sizeof(int), 1);
  qz_actor_send(actor, &held->call.message);
  for (int i = 0; i < MESSAGES; i++) send(actor, &bump_kind, 1);
  int token = 0;
  int64_t count = 0;
  qz_channel_send(channel, &token);
  bool is_right = call(actor, &get_kind, &count) == QZ_EXIT_NONE && count == MESSAGES && atomic_load(&crowds) > 0;
  bool ended = end(actor);
  qz_channel_free(channel);
  qz_report_printer = report_nothing;
  qz_report_crowd_from = usual;
  return ended && is_right;
}

static const Scenario scenarios[] = {
    {"ends are joined", 3, ends_are_joined},
    {"stops are joined", 2, stops_are_joined},
    {"joins come back", 2, joins_come_back},
    {"the dead are freed at once", 2, the_dead_are_freed_at_once},
    {"hooks may follow", 2, hooks_may_follow},
    {"word comes before answers", 2, word_comes_before_answers},
    {"newcomers are stopped", 2, newcomers_are_stopped},
    {"dead letters have senders", 2, dead_letters_have_senders},
    {"crowds are reported", 2, crowds_are_reported},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {QZ_FAULT_caller_hears_first, QZ_FAULT_signals_before_looking, QZ_FAULT_joins_ask,
                                   QZ_FAULT_newcomers_are_missed};
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
