// What compiled programs call about all actors: the end of them all, counts, and who is told of crashes and of messages
// to the dead. A hook is a closure that many workers call at once, so what it captured must be handles.
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"
#include "runtime/object.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/program.h"

enum { TEXTS_LIMIT = 4, UNSTOPPED_LIMIT = 1000 };

// Somebody may still call the one before: all are kept to the end.
typedef struct Hook {
  struct Hook *before;
  QzClosure *closure;
} Hook;

static _Atomic(Hook *) crash_hook, letter_hook;

static void call(_Atomic(Hook *) *hook, QzString **texts, uint64_t id, uint64_t a, uint64_t b) {
  QzClosure *closure = atomic_load(hook)->closure;
  typedef void Code(QzClosure *self, QzString **texts, int64_t id, int64_t a, int64_t b);
  ((Code *)closure->code)(closure, texts, (int64_t)id, (int64_t)a, (int64_t)b);
}

static void tell_crash(const QzCrash *crash) {
  qz_retain_slow((QzObject *)&crash->message->header);
  QzString *texts[TEXTS_LIMIT] = {qz_string_of(crash->kind), qz_string_of(crash->where), (QzString *)crash->message};
  bool has_place = crash->place.line != 0;
  texts[3] = has_place ? qz_string_format("%s:%u", crash->place.file, crash->place.line) : qz_string_of("");
  call(&crash_hook, texts, crash->actor, crash->count, 0);
}

static void tell_letter(const QzDeadLetter *letter) {
  static const char *const exits[] = {
#define EXIT(id, variant) #variant,
#include "runtime/sched/actor.def"
  };
  QzString *texts[TEXTS_LIMIT] = {qz_string_of(letter->kind), qz_string_of(letter->handler),
                                  qz_string_of(exits[letter->why])};
  call(&letter_hook, texts, letter->actor, letter->sender, 0);
}

static void end_hook(_Atomic(Hook *) *place) {
  for (Hook *before, *hook = atomic_exchange(place, NULL); hook; hook = before) {
    before = hook->before;
    qz_release_closure(hook->closure);
    free(hook);
  }
}

static void end_hooks(void) {
  qz_actor_when_crashed(NULL);
  qz_actor_when_dead_letter(NULL);
  end_hook(&crash_hook);
  end_hook(&letter_hook);
}

static void set_hook(_Atomic(Hook *) *place, const void *slot) {
  Hook *hook = malloc(sizeof *hook);
  if (!hook) qz_panic_text("out of memory for a hook");
  memcpy(&hook->closure, slot, sizeof hook->closure);
  qz_object_share(&hook->closure->header);
  hook->before = atomic_load(place);
  while (!atomic_compare_exchange_weak(place, &hook->before, hook)) continue;
  qz_end_hooks = end_hooks;
}

void qz_actors_when_crashed(const void *slot) {
  set_hook(&crash_hook, slot);
  qz_actor_when_crashed(tell_crash);
}

void qz_actors_when_dead_letter(const void *slot) {
  set_hook(&letter_hook, slot);
  qz_actor_when_dead_letter(tell_letter);
}

int64_t qz_actors_crashes(QzString *name) {
  return (int64_t)qz_actor_crashes(name->byte_size ? (const char *)name->bytes : NULL);
}

int64_t qz_actors_dead_letters(void) { return (int64_t)qz_actor_dead_letters(); }
int64_t qz_actors_now(void) { return qz_now(); }
int32_t qz_actors_shut_down(void) { return qz_actor_shuts_down(); }

// ── The end of all ──────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Unstopped {
  int64_t count;
  QzUnstopped list[UNSTOPPED_LIMIT];
} Unstopped;

void *qz_actors_stop(int64_t nanoseconds) {
  Unstopped *unstopped = malloc(sizeof *unstopped);
  if (!unstopped) qz_panic_text("out of memory for a list of actors");
  uint32_t count = qz_worker() ? qz_actor_shutdown_all(nanoseconds, unstopped->list, UNSTOPPED_LIMIT) : 0;
  unstopped->count = count < UNSTOPPED_LIMIT ? count : UNSTOPPED_LIMIT;
  return unstopped;
}

int64_t qz_unstopped_count(void *self) { return ((Unstopped *)self)->count; }
QzString *qz_unstopped_name(void *self, int64_t number) { return qz_string_of(((Unstopped *)self)->list[number].kind); }
int64_t qz_unstopped_id(void *self, int64_t number) { return (int64_t)((Unstopped *)self)->list[number].actor; }
int32_t qz_unstopped_has_ended(void *self, int64_t number) { return ((Unstopped *)self)->list[number].has_ended; }
void qz_unstopped_free(void *self) { free(self); }
