// Tasks, channels, selects and sleeps under many schedules: each must end, and be right; and each fault that can be
// planted in them must be found.
#include "spec/unit/sched/explore.h"

// ── Tasks that end ──────────────────────────────────────────────────────────────────────────────────────────────
static _Atomic int counted;
static void count(void *argument) { (void)argument, atomic_fetch_add(&counted, 1); }

static bool tasks_are_joined(void) {
  enum { TASKS = 5 };
  QzTask *tasks[TASKS];
  atomic_store(&counted, 0);
  for (int i = 0; i < TASKS; i++) tasks[i] = qz_task_start(count, NULL);
  for (int i = 0; i < TASKS; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return atomic_load(&counted) == TASKS;
}

// ── Channels ────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Pair {
  QzChannel *forth, *back;
} Pair;

static void echo(void *argument) {
  const Pair *pair = argument;
  int value;
  while (qz_channel_receive(pair->forth, &value) == QZ_CHANNEL_DONE) qz_channel_send(pair->back, &value);
}

static bool a_value_comes_back(void) {
  Pair pair = {qz_channel_new(sizeof(int), 0), qz_channel_new(sizeof(int), 0)};
  QzTask *task = qz_task_start(echo, &pair);
  bool is_right = true;
  for (int i = 0; i < 4; i++) {
    int value = -1;
    qz_channel_send(pair.forth, &i);
    qz_channel_receive(pair.back, &value);
    is_right &= value == i;
  }
  qz_channel_close(pair.forth);
  qz_task_join(task);
  qz_task_release(task);
  qz_channel_free(pair.forth), qz_channel_free(pair.back);
  return is_right;
}

typedef struct Flow {
  QzChannel *channel;
  int first, count;
  int seen[64];
  int wrong;
} Flow;

static void produce(void *argument) {
  Flow *flow = argument;
  for (int i = 0; i < flow->count; i++) {
    int value = flow->first + i;
    qz_channel_send(flow->channel, &value);
  }
}

static bool flows(uint32_t room) {
  enum { PRODUCERS = 3, EACH = 3 };
  QzChannel *channel = qz_channel_new(sizeof(int), room);
  Flow flow[PRODUCERS];
  QzTask *tasks[PRODUCERS];
  int next[PRODUCERS] = {0}, value, wrong = 0;
  for (int i = 0; i < PRODUCERS; i++) {
    flow[i] = (Flow){.channel = channel, .first = i * 100, .count = EACH};
    tasks[i] = qz_task_start(produce, &flow[i]);
  }
  for (int i = 0; i < PRODUCERS * EACH; i++) {
    qz_channel_receive(channel, &value);
    wrong += value % 100 != next[value / 100]++;
  }
  for (int i = 0; i < PRODUCERS; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  wrong += qz_channel_size(channel) != 0;
  qz_channel_free(channel);
  return wrong == 0;
}

static bool producers_keep_their_order(void) { return flows(2); }
static bool producers_meet_the_consumer(void) { return flows(0); }

// ── Select ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void select_sum(void *argument) {
  const Pair *pair = argument;
  int sum = 0;
  for (;;) {
    int value[2] = {0, 0};
    QzSelectCase cases[] = {{.channel = pair[0].forth, .value = &value[0]},
                            {.channel = pair[1].forth, .value = &value[1]}};
    int32_t found = qz_select(cases, 2, QZ_FOREVER);
    sum += value[found];
    if (cases[found].result != QZ_CHANNEL_CLOSED) continue;
    int32_t rest = 1 - found;
    while (qz_channel_receive(pair[rest].forth, &value[0]) == QZ_CHANNEL_DONE) sum += value[0];
    break;
  }
  qz_channel_send(pair[0].back, &sum);
}

static bool selects_lose_nothing(void) {
  QzChannel *a = qz_channel_new(sizeof(int), 0), *b = qz_channel_new(sizeof(int), 1),
            *sum = qz_channel_new(sizeof(int), 1);
  Pair pair[2] = {{a, sum}, {b, sum}};
  QzTask *task = qz_task_start(select_sum, pair);
  Flow flow[2] = {{.channel = a, .first = 1, .count = 3}, {.channel = b, .first = 100, .count = 3}};
  QzTask *producers[2] = {qz_task_start(produce, &flow[0]), qz_task_start(produce, &flow[1])};
  for (int i = 0; i < 2; i++) {
    qz_task_join(producers[i]), qz_task_release(producers[i]);
    qz_channel_close(i ? b : a);
  }
  qz_task_join(task), qz_task_release(task);
  int found = 0;
  qz_channel_receive(sum, &found);
  qz_channel_free(a), qz_channel_free(b), qz_channel_free(sum);
  return found == 1 + 2 + 3 + 100 + 101 + 102;
}

// Two that select against each other: each value goes one way, exactly once.
typedef struct Duel {
  QzChannel *a, *b;
  int sent, got;
} Duel;

static void fight(void *argument) {
  Duel *duel = argument;
  for (int i = 0; i < 3; i++) {
    int out = 7, in = 0;
    QzSelectCase cases[] = {{.channel = duel->a, .sends = true, .value = &out}, {.channel = duel->b, .value = &in}};
    int32_t found = qz_select(cases, 2, QZ_FOREVER);
    if (found == 0) duel->sent++;
    else duel->got += in == 7;
  }
}

static bool selects_meet_selects(void) {
  QzChannel *a = qz_channel_new(sizeof(int), 0), *b = qz_channel_new(sizeof(int), 0);
  Duel left = {.a = a, .b = b}, right = {.a = b, .b = a};
  QzTask *tasks[2] = {qz_task_start(fight, &left), qz_task_start(fight, &right)};
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  qz_channel_free(a), qz_channel_free(b);
  return left.sent == right.got && right.sent == left.got && left.sent + left.got == 3;
}

// A select that would send to itself waits for somebody else.
static void take_one(void *argument) {
  Flow *flow = argument;
  flow->count += qz_channel_receive(flow->channel, &flow->seen[0]) == QZ_CHANNEL_DONE;
}

static bool selects_do_not_meet_themselves(void) {
  Flow flow = {.channel = qz_channel_new(sizeof(int), 0)};
  QzTask *task = qz_task_start(take_one, &flow);
  int out = 9, in = 0;
  QzSelectCase cases[] = {{.channel = flow.channel, .value = &in},
                          {.channel = flow.channel, .sends = true, .value = &out}};
  int32_t found = qz_select(cases, 2, QZ_FOREVER);
  qz_task_join(task), qz_task_release(task);
  qz_channel_free(flow.channel);
  return found == 1 && flow.count == 1 && flow.seen[0] == 9;
}

// A select that does not wait finds what was done before it, and nothing else.
static bool looks_find_what_is_there(void) {
  QzChannel *channel = qz_channel_new(sizeof(int), 1);
  int out = 3, in = 0;
  QzSelectCase send = {.channel = channel, .sends = true, .value = &out}, receive = {.channel = channel, .value = &in};
  bool is_right = qz_select(&receive, 1, 0) == QZ_SELECT_TIMEOUT;
  qz_channel_send(channel, &out);
  is_right &= qz_select(&send, 1, 0) == QZ_SELECT_TIMEOUT && qz_select(&receive, 1, 0) == 0 && in == 3;
  is_right &= qz_select(&receive, 1, 0) == QZ_SELECT_TIMEOUT && qz_select(&send, 1, 0) == 0;
  is_right &= qz_channel_receive(channel, &in) == QZ_CHANNEL_DONE && qz_select(&send, 1, 0) == 0;
  qz_channel_free(channel);
  return is_right;
}

static void select_both(void *argument) {
  Flow *flow = argument;
  int out = 9;
  QzSelectCase cases[] = {{.channel = flow->channel, .value = &flow->seen[0]},
                          {.channel = flow->channel, .sends = true, .value = &out}};
  flow->count = qz_select(cases, 2, QZ_FOREVER) == 0;
}

// And who waits on both sides of a channel, as soon as that is so.
static bool looks_meet_who_waits_on_both_sides(void) {
  enum { LOOKS = 1000 };
  Flow flow = {.channel = qz_channel_new(sizeof(int), 0)};
  QzTask *task = qz_task_start(select_both, &flow);
  int out = 5, looks = 0;
  QzSelectCase send = {.channel = flow.channel, .sends = true, .value = &out};
  while (qz_select(&send, 1, 0) == QZ_SELECT_TIMEOUT && ++looks < LOOKS) qz_sleep_until(qz_now() + 1000);
  if (looks == LOOKS) qz_channel_send(flow.channel, &out);
  qz_task_join(task), qz_task_release(task);
  qz_channel_free(flow.channel);
  return looks < LOOKS && flow.count && flow.seen[0] == 5;
}

// A receive with a deadline races with the sender: the value is received, or still the sender's.
static void send_late(void *argument) {
  Flow *flow = argument;
  int value = 5;
  qz_sleep_until(qz_now() + 100000);
  QzSelectCase item = {.channel = flow->channel, .sends = true, .value = &value};
  flow->seen[0] = qz_select(&item, 1, qz_now() + 100000) == 0;
}

static bool timeouts_lose_nothing(void) {
  Flow flow = {.channel = qz_channel_new(sizeof(int), 0)};
  QzTask *task = qz_task_start(send_late, &flow);
  int value = 0;
  QzSelectCase item = {.channel = flow.channel, .value = &value};
  bool got = qz_select(&item, 1, qz_now() + 150000) == 0;
  qz_task_join(task), qz_task_release(task);
  qz_channel_free(flow.channel);
  return got == flow.seen[0] && (!got || value == 5);
}

static bool sleeps_last(void) {
  int64_t start = qz_now();
  return qz_sleep_until(start + 1000000) && qz_now() >= start + 1000000;
}

// Whoever waits to send is told that the channel was closed, and keeps the value.
static void send_until_closed(void *argument) {
  Flow *flow = argument;
  int value = 1;
  while (qz_channel_send(flow->channel, &value) == QZ_CHANNEL_DONE) flow->count++;
}

static bool closing_wakes_senders(void) {
  Flow flow = {.channel = qz_channel_new(sizeof(int), 1)};
  QzTask *task = qz_task_start(send_until_closed, &flow);
  int value, received = 0;
  for (; received < 2; received++) qz_channel_receive(flow.channel, &value);
  qz_channel_close(flow.channel);
  qz_task_join(task), qz_task_release(task);
  while (qz_channel_receive(flow.channel, &value) == QZ_CHANNEL_DONE) received++;
  qz_channel_free(flow.channel);
  return received == flow.count;
}

// An answer that comes a second time, when the one who asked waits for something else.
typedef struct Asked {
  QzFiber *fiber;
  QzTicket ticket;
  QzChannel *asked;
} Asked;

static void answer_twice(void *argument) {
  Asked question;
  qz_channel_receive(((Asked *)argument)->asked, &question);
  qz_wake(question.fiber, question.ticket, QZ_WAKE_EVENT);
  qz_wake(question.fiber, question.ticket, QZ_WAKE_EVENT);
}

static bool late_answers_fail(void) {
  Asked question = {.asked = qz_channel_new(sizeof question, 1)};
  QzTask *task = qz_task_start(answer_twice, &question);
  question.fiber = qz_worker()->fiber;
  question.ticket = qz_wait_announce(question.fiber);
  qz_channel_try_send(question.asked, &question);
  qz_suspend();
  bool slept = qz_sleep_until(qz_now() + 1000000);
  qz_task_join(task), qz_task_release(task);
  qz_channel_free(question.asked);
  return slept;
}

// A wait that something ended while its timer was about to, and behind it one that has no time.
static void send_in_time(void *argument) {
  Flow *flow = argument;
  for (int i = 0; i < flow->count; i++) {
    int value = i;
    qz_sleep_until(qz_now() + 100000);
    if (qz_channel_send(flow->channel, &value) != QZ_CHANNEL_DONE) flow->wrong++;
  }
}

static bool old_timers_end_nothing(void) {
  Flow flow = {.channel = qz_channel_new(sizeof(int), 0), .count = 4};
  QzTask *task = qz_task_start(send_in_time, &flow);
  int value = -1, next = 0;
  bool is_right = true;
  while (next < flow.count) {
    QzSelectCase item = {.channel = flow.channel, .value = &value};
    if (qz_select(&item, 1, qz_now() + 100000) == 0) is_right &= value == next++;
    if (next == flow.count) break;
    is_right &= qz_channel_receive(flow.channel, &value) == QZ_CHANNEL_DONE && value == next++;
  }
  qz_task_join(task), qz_task_release(task);
  qz_channel_free(flow.channel);
  return is_right && !flow.wrong;
}

static void yield_some(void *argument) {
  for (int i = 0; i < 3; i++) qz_yield(), atomic_fetch_add((_Atomic int *)argument, 1);
}

static bool yields_return(void) {
  _Atomic int yields = 0;
  QzTask *tasks[3];
  for (int i = 0; i < 3; i++) tasks[i] = qz_task_start(yield_some, &yields);
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return atomic_load(&yields) == 9;
}

// ── Everything under many seeds ─────────────────────────────────────────────────────────────────────────────────
static const Scenario scenarios[] = {
    {"tasks are joined", 2, tasks_are_joined},
    {"a value comes back", 2, a_value_comes_back},
    {"producers keep their order", 3, producers_keep_their_order},
    {"producers meet the consumer", 3, producers_meet_the_consumer},
    {"selects lose nothing", 3, selects_lose_nothing},
    {"selects meet selects", 2, selects_meet_selects},
    {"selects do not meet themselves", 2, selects_do_not_meet_themselves},
    {"looks find what is there", 1, looks_find_what_is_there},
    {"looks meet who waits on both sides", 2, looks_meet_who_waits_on_both_sides},
    {"time-outs lose nothing", 2, timeouts_lose_nothing},
    {"closing wakes senders", 2, closing_wakes_senders},
    {"late answers fail", 2, late_answers_fail},
    {"old timers end nothing", 2, old_timers_end_nothing},
    {"yields return", 2, yields_return},
    {"sleeps last", 1, sleeps_last},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {QZ_FAULT_waits_before_left,   QZ_FAULT_enqueued_twice,
                                   QZ_FAULT_commit_by_store,     QZ_FAULT_old_timer_counts,
                                   QZ_FAULT_epoch_stays,         QZ_FAULT_no_second_look,
                                   QZ_FAULT_lost_claim_counts,   QZ_FAULT_close_forgets_senders,
                                   QZ_FAULT_meets_itself,        QZ_FAULT_no_lock,
                                   QZ_FAULT_join_looks_first,    QZ_FAULT_shows_too_much,
                                   QZ_FAULT_hides_its_other_side};
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
