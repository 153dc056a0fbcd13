// An actor that counts, for the tests of actors; its messages; what is left of states, letters and texts.
#ifndef QZ_SPEC_SCHED_COUNTER_H
#define QZ_SPEC_SCHED_COUNTER_H

#include "runtime/object.h"
#include "runtime/sched/actor.h"
#include "spec/unit/sched/explore.h"

typedef struct Counter {
  int64_t count;
  int64_t mark;  // a state that was not built is seen
} Counter;

enum { MARK = 0x5157 };

typedef struct Letter {
  QzCallMessage call;
  int64_t value;
  QzChannel *channel;
} Letter;

static _Atomic int64_t states, letters, wrong;  // that exist; that went wrong

static void construct(void *state, const void *arguments) {
  *(Counter *)state = (Counter){.count = arguments ? *(const int64_t *)arguments : 0, .mark = MARK};
  atomic_fetch_add(&states, 1);
}

static void destroy(void *state) {
  Counter *counter = state;
  atomic_fetch_add(&wrong, counter->mark != MARK);
  counter->mark = 0;
  atomic_fetch_sub(&states, 1);
}

static Counter *opened(QzMessage *message, void *state) {
  (void)message;
  Counter *counter = state;
  atomic_fetch_sub(&letters, 1);
  atomic_fetch_add(&wrong, counter->mark != MARK);
  return counter;
}

static void refuse(QzMessage *message) { (void)message, atomic_fetch_sub(&letters, 1); }

static void bump(QzMessage *message, void *state) { opened(message, state)->count += ((Letter *)message)->value; }

static void get(QzMessage *message, void *state) {
  qz_actor_answer((QzCallMessage *)message, (uint64_t)opened(message, state)->count);
}

static void crash(QzMessage *message, void *state) {
  opened(message, state);
  qz_panic(qz_string_of("crash"), (QzPlace){.file = "actor_test.c", .line = 1});
}

// Waits for something that never comes.
static void wait_for_ever(QzMessage *message, void *state) {
  Counter *counter = opened(message, state);
  int value;
  if (qz_channel_receive(((Letter *)message)->channel, &value) == QZ_CHANNEL_STOPPED) counter->count = -1;
}

static const QzMessageKind bump_kind = {.name = "bump", .handle = bump, .refuse = refuse};
static const QzMessageKind get_kind = {.name = "get", .handle = get, .refuse = refuse, .is_call = true};
static const QzMessageKind crash_kind = {.name = "crash", .handle = crash, .refuse = refuse};
static const QzMessageKind crash_call_kind = {.name = "crash", .handle = crash, .refuse = refuse, .is_call = true};
static const QzMessageKind wait_kind = {.name = "wait", .handle = wait_for_ever, .refuse = refuse};

static const QzActorKind counter_kind = {.name = "Counter", .construct = construct, .destroy = destroy,
                                         .state_size = sizeof(Counter), .restarts = 10, .restarts_within = 1000000000};

static Letter *letter(const QzMessageKind *kind, int64_t value) {
  Letter *made = calloc(1, sizeof *made);
  made->call.message.kind = kind;
  made->value = value;
  atomic_fetch_add(&letters, 1);
  return made;
}

static void send(QzActor *actor, const QzMessageKind *kind, int64_t value) {
  qz_actor_send(actor, &letter(kind, value)->call.message);
}

static bool says(const QzString *message, const char *text) {
  return message && strcmp((const char *)message->bytes, text) == 0;
}

static inline QzExit call(QzActor *actor, const QzMessageKind *kind, int64_t *answer) {
  uint64_t found = 0;
  QzExitReason failed = qz_actor_call(actor, &letter(kind, 0)->call, &found);
  *answer = (int64_t)found;
  atomic_fetch_add(&wrong, (failed.exit == QZ_EXIT_PANICKED) != says(failed.message, "crash"));
  qz_string_release(failed.message);
  return failed.exit;
}

static int64_t live_strings[1];

static void begin(void) {
  qz_live_objects = live_strings;
  atomic_store(&states, 0);
  atomic_store(&letters, 0);
  atomic_store(&wrong, 0);
}

// What other workers see to may take a while on a busy machine.
enum { PATIENCE = 100000, MOMENT = 100000 };
static void wait_a_moment(void) { qz_sleep_until(qz_now() + MOMENT); }

static bool something_is_left(void) {
  return atomic_load(&states) || atomic_load(&letters) || __atomic_load_n(&live_strings[0], __ATOMIC_RELAXED);
}

// The last reference goes; everything the actor had must go too. The look that ends the wait is the one that counts:
// behind it another worker may still build the state of an actor that was started just now.
static bool end(QzActor *actor) {
  qz_actor_release(actor);
  bool is_left = something_is_left();
  for (int i = 0; i < PATIENCE && is_left; i++) wait_a_moment(), is_left = something_is_left();
  return !is_left && !atomic_load(&wrong);
}

#endif
