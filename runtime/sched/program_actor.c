// Actors as compiled programs have them: the C side calls functions of the program, which are closures without anything
// captured but other functions. A kind is made when the first actor of a declaration starts, and lives as long as the
// program.
#include <stdlib.h>
#include <string.h>

#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/program.h"

typedef enum Role {
#define ROLE(id) ROLE_##id,
#define HOOK(id, name) ROLE_##id,
#include "runtime/sched/actor.def"
  ROLE_COUNT,
} Role;

typedef struct Kind Kind;

typedef struct Handler {
  QzMessageKind kind;
  struct Handler *next;
  QzClosure *run, *refuse, *drop_answer;
  int64_t payload_offset, payload_size, payload_room, answer_size;  // room: up to where an answer may stand
  int64_t message_size;  // of a message with all that
  bool is_direct;  // the answer is the word itself, and owns nothing
} Handler;

struct Kind {
  QzActorKind kind;
  QzClosure *roles[ROLE_COUNT];
  Handler *handlers, **last;
  Handler **numbered;  // once the kind is complete
  uint32_t count;
  Kind *next;          // of all kinds
};

typedef struct State {
  void *object;
} State;

// Where the payload of a message stands: behind the message, aligned for any value; behind what is no call, and has
// nothing that must be aligned to 16 bytes, at once.
enum { PAYLOAD_OFFSET = 32, PLAIN_OFFSET = sizeof(QzMessage) };
_Static_assert(sizeof(QzCallMessage) <= PAYLOAD_OFFSET, "the payload stands behind the message");

// As actor_handler says it (std/core/actor.qz).
enum { IS_CALL = 1, ANSWER_IS_MANAGED = 2, PAYLOAD_IS_WIDE = 4 };

#define SHUTDOWN_NS (INT64_C(5) * 1000000000)

static _Atomic(Kind *) all_kinds;

static void *payload_of(const QzMessage *message) {
  return (uint8_t *)message + ((const Handler *)message->kind)->payload_offset;
}

static _Noreturn void out_of_memory(void) { qz_panic_text("out of memory for an actor"); }

static void call1(QzClosure *closure, void *a) { ((void (*)(QzClosure *, void *))closure->code)(closure, a); }

static void call2(QzClosure *closure, void *a, void *b) {
  ((void (*)(QzClosure *, void *, void *))closure->code)(closure, a, b);
}

static void call3(QzClosure *closure, void *a, void *b, void *c) {
  ((void (*)(QzClosure *, void *, void *, void *))closure->code)(closure, a, b, c);
}

// ── What the runtime calls ──────────────────────────────────────────────────────────────────────────────────────
static QzClosure *role_of(const void *state, Role role) {
  return ((const Kind *)qz_actor_of_state(state)->kind)->roles[role];
}

static void construct(void *memory, const void *given) {
  State *state = memory;
  *state = (State){.object = NULL};
  call2(role_of(memory, ROLE_CONSTRUCT), &state->object, (void *)given);
  QzActor *actor = qz_actor_of_state(memory);
  QzClosure *on_start = role_of(memory, ROLE_ON_START);
  bool is_first = !actor->has_begun;
  actor->has_begun = true;
  if (is_first && on_start) call1(on_start, &state->object);
}

static void destroy(void *memory) {
  State *state = memory;
  if (state->object) call1(role_of(memory, ROLE_DROP_STATE), &state->object);
}

static void drop_arguments(void *memory, void *given) { call1(role_of(memory, ROLE_DROP_ARGUMENTS), given); }

static void on_stop(void *memory) {
  State *state = memory;
  call1(role_of(memory, ROLE_ON_STOP), &state->object);
}

// What is shared among tasks, with one owner more: the program.
static QzString *text_for(const QzString *message) {
  if (!message) return qz_string_of("");
  qz_retain_slow((QzObject *)&message->header);
  return (QzString *)message;
}

static void on_restart(void *memory, const QzString *said) {
  State *state = memory;
  QzString *message = text_for(said);
  call2(role_of(memory, ROLE_ON_RESTART), &state->object, &message);
}

static void tell(State *state, Role role, uint64_t who, const QzExitReason *why) {
  QzClosure *closure = role_of(state, role);
  QzString *message = text_for(why->message);
  ((void (*)(QzClosure *, void *, int64_t, int64_t, QzString **))closure->code)(closure, &state->object, (int64_t)who,
                                                                               why->exit, &message);
}

static void on_exit_news(void *state, uint64_t who, const QzExitReason *why) { tell(state, ROLE_ON_EXIT, who, why); }
static void on_down_news(void *state, uint64_t who, const QzExitReason *why) { tell(state, ROLE_ON_DOWN, who, why); }

// An answer that is no plain word stands in memory of its own, behind its handler.
typedef struct Answer {
  const Handler *handler;
  _Alignas(16) uint8_t value[];
} Answer;

static void drop_answer(uint64_t word) {
  Answer *answer = (Answer *)(uintptr_t)word;
  if (answer->handler->drop_answer) call1(answer->handler->drop_answer, answer->value);
  qz_heap_free(answer);
}

// The handler makes it behind the payload, so that a panic leaves nothing behind.
static void answer_with_block(const Handler *handler, QzMessage *message, State *state) {
  void *made = (uint8_t *)payload_of(message) + handler->payload_room;
  call3(handler->run, &state->object, payload_of(message), made);
  Answer *answer = qz_heap_alloc(sizeof *answer + QZ_HEAP_ALIGNED((size_t)handler->answer_size));
  if (!answer && handler->drop_answer) call1(handler->drop_answer, made);
  if (!answer) out_of_memory();
  answer->handler = handler;
  memcpy(answer->value, made, (size_t)handler->answer_size);
  qz_actor_answer((QzCallMessage *)message, (uint64_t)(uintptr_t)answer);
}

static void handle_message(QzMessage *message, void *memory) {
  call3(((const Handler *)message->kind)->run, &((State *)memory)->object, payload_of(message), NULL);
}

static void handle_call(QzMessage *message, void *memory) {
  const Handler *handler = (const Handler *)message->kind;
  State *state = memory;
  uint64_t word = 0;
  if (!handler->is_direct) {
    answer_with_block(handler, message, state);
    return;
  }
  call3(handler->run, &state->object, payload_of(message), &word);
  qz_actor_answer((QzCallMessage *)message, word);
}

static void refuse(QzMessage *message) {
  const Handler *handler = (const Handler *)message->kind;
  if (handler->refuse) call1(handler->refuse, payload_of(message));
}

// ── Making kinds ────────────────────────────────────────────────────────────────────────────────────────────────
// `place`: one word of the program for each declaration.
void *qz_kind_known(void *place) { return atomic_load_explicit((_Atomic(void *) *)place, memory_order_acquire); }

static char *copy_text(const QzString *string) {
  char *text = malloc((size_t)string->byte_size + 1);
  if (!text) out_of_memory();
  return memcpy(text, string->bytes, (size_t)string->byte_size + 1);
}

void *qz_kind_new(QzString *name) {
  Kind *kind = calloc(1, sizeof *kind);
  if (!kind) out_of_memory();
  kind->kind = (QzActorKind){.name = copy_text(name),
                             .construct = construct,
                             .destroy = destroy,
                             .drop_arguments = drop_arguments,
                             .state_size = sizeof(State),
                             .restarts = 10,
                             .restarts_within = 1000000000};
  kind->last = &kind->handlers;
  return kind;
}

void qz_kind_handles(void *self, int64_t type) { ((Kind *)self)->kind.type = (uint32_t)type; }

void qz_kind_arguments(void *self, int64_t size) { ((Kind *)self)->kind.arguments_size = (uint32_t)size; }

void qz_kind_handler(void *self, QzString *name, int64_t payload_size, int64_t answer_size, int64_t flags) {
  Kind *kind = self;
  Handler *handler = calloc(1, sizeof *handler);
  if (!handler) out_of_memory();
  bool is_call = flags & IS_CALL, is_managed = flags & ANSWER_IS_MANAGED;
  handler->is_direct = is_call && !is_managed && answer_size <= (int64_t)sizeof(uint64_t);
  handler->kind = (QzMessageKind){.name = copy_text(name), .handle = is_call ? handle_call : handle_message,
                                  .refuse = refuse, .is_call = is_call,
                                  .drop_answer = is_call && !handler->is_direct ? drop_answer : NULL};
  handler->payload_offset = is_call || flags & PAYLOAD_IS_WIDE ? PAYLOAD_OFFSET : PLAIN_OFFSET;
  handler->payload_size = payload_size;
  handler->payload_room = (payload_size + 15) & ~INT64_C(15);
  handler->answer_size = answer_size;
  int64_t with_answer = (int64_t)QZ_HEAP_ALIGNED((size_t)(handler->payload_room + answer_size));
  handler->message_size = handler->payload_offset + (is_call && !handler->is_direct ? with_answer : payload_size);
  *kind->last = handler;
  kind->last = &handler->next;
  kind->count++;
}

static Handler *newest(Kind *kind) { return (Handler *)((uint8_t *)kind->last - offsetof(Handler, next)); }

void qz_kind_role(void *self, int64_t role, const void *slot) {
  Kind *kind = self;
  QzClosure *closure;
  memcpy(&closure, slot, sizeof closure);
  qz_object_share(&closure->header);  // every worker calls it
  switch ((Role)role) {
    case ROLE_HANDLE: newest(kind)->run = closure; return;
    case ROLE_REFUSE: newest(kind)->refuse = closure; return;
    case ROLE_DROP_ANSWER: newest(kind)->drop_answer = closure; return;
    case ROLE_ON_STOP: kind->kind.on_stop = on_stop; break;
    case ROLE_ON_RESTART: kind->kind.on_restart = on_restart; break;
    case ROLE_ON_EXIT: kind->kind.on_exit = on_exit_news; break;
    case ROLE_ON_DOWN: kind->kind.on_down = on_down_news; break;
    case ROLE_CONSTRUCT: case ROLE_DROP_ARGUMENTS: case ROLE_DROP_STATE: case ROLE_ON_START: case ROLE_COUNT: break;
  }
  kind->roles[role] = closure;
}

void qz_kind_limit(void *self, QzString *name, int64_t value) {
  QzActorKind *kind = &((Kind *)self)->kind;
  const char *text = (const char *)name->bytes;
  uint32_t count = value < 0 ? 0 : value > INT32_MAX ? INT32_MAX : (uint32_t)value;
#define LIMIT(attribute, word, member, unit) \
  if (strcmp(text, #word) == 0) kind->member = (__typeof__(kind->member))count * unit;
#include "runtime/sched/actor.def"
}

void qz_kind_policy(void *self, QzString *name, QzString *word) {
  QzActorKind *kind = &((Kind *)self)->kind;
  const char *setting = (const char *)name->bytes, *text = (const char *)word->bytes;
#define CHOICE(attribute, name, word, member, value) \
  if (strcmp(setting, #name) == 0 && strcmp(text, #word) == 0) kind->member = value;
#define LONE(attribute, word, member, value) CHOICE(attribute, attribute, word, member, value)
#include "runtime/sched/actor.def"
}

static void free_handler(Handler *handler) {
  qz_release_closure(handler->run);
  qz_release_closure(handler->refuse);
  qz_release_closure(handler->drop_answer);
  free((char *)handler->kind.name);
  free(handler);
}

static void free_kind(Kind *kind) {
  for (int i = 0; i < ROLE_COUNT; i++) qz_release_closure(kind->roles[i]);
  for (Handler *next, *handler = kind->handlers; handler; handler = next) {
    next = handler->next;
    free_handler(handler);
  }
  free(kind->numbered);
  free((char *)kind->kind.name);
  free(kind);
}

// When main has ended, so do the actors: what they were told before is still handled.
enum { MOST_UNSTOPPED = 20 };

static void stop_actors(void) {
  QzUnstopped list[MOST_UNSTOPPED];
  uint32_t count = qz_actor_shutdown_all(SHUTDOWN_NS, list, MOST_UNSTOPPED);
  for (uint32_t i = 0; i < count && i < MOST_UNSTOPPED; i++)
    qz_error_printf("actor %s #%llu was killed: it did not stop in time\n", list[i].kind,
                    (unsigned long long)list[i].actor);
  if (count > MOST_UNSTOPPED) qz_error_printf("and %u more\n", count - MOST_UNSTOPPED);
}

static void end_kinds(void) {
  Kind *kind = atomic_exchange(&all_kinds, NULL);
  for (Kind *next; kind; kind = next) {
    next = kind->next;
    free_kind(kind);
  }
}

// Two tasks may have made it at once: the first one counts.
void *qz_kind_publish(void *place, void *self) {
  Kind *kind = self;
  kind->numbered = malloc((kind->count + 1) * sizeof *kind->numbered);
  if (!kind->numbered) out_of_memory();
  uint32_t number = 0;
  for (Handler *handler = kind->handlers; handler; handler = handler->next) kind->numbered[number++] = handler;
  void *known = NULL;
  if (!atomic_compare_exchange_strong((_Atomic(void *) *)place, &known, (void *)kind)) {
    free_kind(kind);
    return known;
  }
  qz_stop_actors = stop_actors;
  qz_end_kinds = end_kinds;
  kind->next = atomic_load(&all_kinds);
  while (!atomic_compare_exchange_weak(&all_kinds, &kind->next, kind)) continue;
  return kind;
}

// ── Actors ──────────────────────────────────────────────────────────────────────────────────────────────────────
void *qz_act_start(void *kind, const void *slot) {
  QzActor *actor = qz_actor_start_at(&((Kind *)kind)->kind, slot, QZ_SITE_HERE(1));
  if (!actor) out_of_memory();
  return actor;
}

static const Handler *handler_of(void *actor, int64_t number) {
  return ((const Kind *)((const QzActor *)actor)->kind)->numbered[number];
}

// Most arguments are a word, or two, which takes no call.
static inline void copy_payload(void *to, const void *from, int64_t size) {
  if (size == sizeof(uint64_t)) memcpy(to, from, sizeof(uint64_t));
  else memcpy(to, from, (size_t)size);
}

// A call, where it is one.
static inline void *message_of(const Handler *handler, const void *slot) {
  QzMessage *message = qz_heap_alloc((size_t)handler->message_size);
  if (!message) out_of_memory();
  message->kind = &handler->kind;
  if (handler->kind.is_call) ((QzCallMessage *)message)->call = NULL;
  copy_payload(payload_of(message), slot, handler->payload_size);
  return message;
}

static int64_t deadline_of(int64_t milliseconds) { return milliseconds < 0 ? QZ_FOREVER : qz_deadline(milliseconds); }

// What was dropped by policy is no failure of the sender.
int32_t qz_act_send(void *actor, int64_t number, const void *slot, int64_t milliseconds) {
  qz_program_enter();
  QzMessage *message = message_of(handler_of(actor, number), slot);
  QzSent sent = qz_actor_send_until(actor, message, deadline_of(milliseconds));
  return sent == QZ_SENT || sent == QZ_SENT_DROPPED ? QZ_EXIT_NONE : (int32_t)qz_actor_exit_of(sent);
}

static void take_answer(const Handler *handler, uint64_t word, void *direct) {
  if (handler->is_direct) {
    memcpy(direct, &word, sizeof word);
    return;
  }
  Answer *answer = (Answer *)(uintptr_t)word;
  memcpy(qz_value_slot(handler->answer_size), answer->value, (size_t)handler->answer_size);
  qz_heap_free(answer);
}

// A direct answer goes to `direct`, any other one to the task's value slot, the text of a failure to qz_panic_message.
int32_t qz_act_call(void *actor, int64_t number, const void *slot, int64_t milliseconds, void *direct) {
  qz_program_enter();
  const Handler *handler = handler_of(actor, number);
  uint64_t word;
  int64_t deadline = deadline_of(milliseconds);
  QzExitReason reason = qz_actor_call_until(actor, message_of(handler, slot), deadline, &word);
  if (__builtin_expect(reason.exit == QZ_EXIT_NONE, true)) {
    take_answer(handler, word, direct);
    return 0;
  }
  qz_panic_forget();
  qz_context->caught_message = reason.message;
  return (int32_t)reason.exit;
}

void *qz_act_self(void) {
  QzActor *actor = qz_worker() ? qz_actor_here() : NULL;
  if (!actor) qz_panic_text("no actor runs here");
  qz_actor_retain(actor);
  return actor;
}

int64_t qz_act_place(void) { return QZ_SITE_HERE(0); }

void qz_act_started_at(int64_t place) {
  QzActor *actor = qz_actor_here();
  if (actor) actor->served.site = (QzSite)place;
}

void *qz_act_keep(void *actor) {
  qz_actor_retain(actor);
  return actor;
}

void qz_act_release(void *actor) {
  qz_give_way_if_asked();
  qz_actor_release(actor);
}

void qz_act_end_references(void *actor) {
  qz_give_way_if_asked();
  qz_actor_end_references(actor);
}

int32_t qz_act_is(void *actor, void *place) { return ((QzActor *)actor)->kind == qz_kind_known(place); }

// A wait that was ended itself unwinds whoever stops.
void qz_act_stop(void *actor) {
  if (!qz_actor_stop(actor)) qz_cancelled();
}

int32_t qz_act_stop_within(void *actor, int64_t nanoseconds) {
  QzStopped stopped = qz_actor_stop_within(actor, nanoseconds);
  if (stopped == QZ_STOP_INTERRUPTED) qz_cancelled();
  return stopped == QZ_STOPPED;
}

// As a call that failed.
int32_t qz_act_join(void *actor) {
  QzExitReason reason = qz_actor_join(actor);
  if (reason.exit == QZ_EXIT_INTERRUPTED) qz_cancelled();
  qz_panic_forget();
  qz_context->caught_message = reason.message;
  return (int32_t)reason.exit;
}

void qz_act_kill(void *actor) { qz_actor_kill(actor); }
void qz_act_link(void *a, void *b) { qz_actor_link(a, b); }
int64_t qz_act_monitor(void *watched, void *watcher) { return (int64_t)qz_actor_monitor(watched, watcher); }
void qz_act_unmonitor(void *watched, int64_t monitor) { qz_actor_unmonitor(watched, (uint64_t)monitor); }
void qz_act_follow(void) { qz_actor_follow(); }
int64_t qz_act_id(void *actor) { return (int64_t)qz_actor_id(actor); }
int32_t qz_act_is_alive(void *actor) { return qz_actor_is_alive(actor); }
int64_t qz_act_restarts(void *actor) { return qz_actor_restarts(actor); }
