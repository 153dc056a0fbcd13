// What the program wrote is run here, so that its panics are crashes of an actor: counted by kind, reported once each.
// And what nobody will handle: messages to the dead.
//
// Counts are few and seldom looked at: a list under a lock, without points. A seed must not see how long it is.
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/trace_events.h"

enum { PRINTED_LIMIT = 10, LINE_ROOM = 256 };
static const int64_t PRINTED_WITHIN = 1000000000;  // ns

// The crashes of one kind.
typedef struct Crashes {
  struct Crashes *next;
  const QzActorKind *kind;
  uint64_t count;
  int64_t since;     // the period of the printed ones
  uint32_t printed;  // in this period
  uint32_t left_out;
} Crashes;

static struct {
  pthread_mutex_t lock;
  Crashes *crashes;
  void (*when_crashed)(const QzCrash *crash);
  void (*when_dead_letter)(const QzDeadLetter *letter);
  _Atomic uint64_t dead_letters;
} reports = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void print_line(const char *line) { qz_error_printf("%s\n", line); }

void (*qz_report_printer)(const char *line) = print_line;
uint32_t qz_report_crowd_from = 10000;

// ── Counts ──────────────────────────────────────────────────────────────────────────────────────────────────────
static Crashes *find_crashes(const QzActorKind *kind) {
  for (Crashes *crashes = reports.crashes; crashes; crashes = crashes->next)
    if (crashes->kind == kind) return crashes;
  return NULL;
}

// NULL: no memory.
static Crashes *crashes_of(const QzActorKind *kind) {
  Crashes *found = find_crashes(kind);
  if (found || !(found = malloc(sizeof *found))) return found;
  *found = (Crashes){.next = reports.crashes, .kind = kind};
  return reports.crashes = found;
}

uint64_t qz_actor_crashes(const char *name) {
  uint64_t count = 0;
  pthread_mutex_lock(&reports.lock);
  for (const Crashes *crashes = reports.crashes; crashes; crashes = crashes->next)
    if (!name || strcmp(crashes->kind->name, name) == 0) count += crashes->count;
  pthread_mutex_unlock(&reports.lock);
  return count;
}

static uint32_t take_left_out(Crashes *crashes) {
  uint32_t count = crashes->left_out;
  crashes->left_out = 0;
  return count;
}

// Counts one crash more. True: it is to be printed. *left_out: how many before it were not, in a period that is over.
static bool count_one(Crashes *crashes, int64_t now, uint32_t *left_out) {
  if (crashes->count == 0 || now - crashes->since >= PRINTED_WITHIN) {
    *left_out = take_left_out(crashes);
    crashes->since = now;
    crashes->printed = 0;
  }
  crashes->count++;
  bool prints = crashes->printed < PRINTED_LIMIT;
  if (prints) crashes->printed++;
  else crashes->left_out++;
  return prints;
}

// What cannot be counted is printed.
static bool count_crash(const QzActorKind *kind, int64_t now, uint64_t *count, uint32_t *left_out) {
  *left_out = 0;
  pthread_mutex_lock(&reports.lock);
  Crashes *crashes = crashes_of(kind);
  bool prints = !crashes || count_one(crashes, now, left_out);
  *count = crashes ? crashes->count : 0;
  pthread_mutex_unlock(&reports.lock);
  return prints;
}

// ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_left_out(const char *kind_name, uint32_t count) {
  char line[LINE_ROOM];
  if (!count) return;
  snprintf(line, sizeof line, "%" PRIu32 " more crashes of actors %s", count, kind_name);
  qz_report_printer(line);
}

static void print_crash(const QzActor *actor, const char *where) {
  char line[LINE_ROOM];
  snprintf(line, sizeof line, "actor %s #%" PRIu64 " crashed in %s", actor->kind->name, actor->id, where);
  qz_report_printer(line);
}

void qz_report_crowd(const QzActor *actor, uint32_t waiting) {
  char line[LINE_ROOM];
  snprintf(line, sizeof line, "actor %s #%" PRIu64 " has %" PRIu32 " messages waiting", actor->kind->name, actor->id,
           waiting);
  qz_report_printer(line);
}

void qz_actor_report_left_out(void) {
  for (;;) {
    pthread_mutex_lock(&reports.lock);
    Crashes *crashes = reports.crashes;
    while (crashes && !crashes->left_out) crashes = crashes->next;
    const char *name = crashes ? crashes->kind->name : NULL;
    uint32_t count = crashes ? take_left_out(crashes) : 0;
    pthread_mutex_unlock(&reports.lock);
    if (!name) return;
    print_left_out(name, count);
  }
}

void qz_actor_when_crashed(void (*hook)(const QzCrash *crash)) { reports.when_crashed = hook; }

void qz_reports_end(void) {
  qz_actor_report_left_out();
  for (Crashes *next, *crashes = reports.crashes; crashes; crashes = next) {
    next = crashes->next;
    free(crashes);
  }
  reports.crashes = NULL;
  atomic_store(&reports.dead_letters, 0);
}

// ── Crashes ─────────────────────────────────────────────────────────────────────────────────────────────────────
// Its frames are still there to be shown.
void qz_actor_report_crash(QzPanicWitness *self, const QzString *message, const QzPlace *place) {
  QzTried *tried = (QzTried *)self;
  uint32_t left_out;
  qz_event_who(QZ_EVENT_CRASH, &tried->actor->served);
  bool prints = count_crash(tried->actor->kind, qz_now(), &tried->count, &left_out);
  tried->place = *place;
  print_left_out(tried->actor->kind->name, left_out);
  if (!prints) return;
  print_crash(tried->actor, tried->where);
  qz_panic_printer(message, place);
}

static void call_when_crashed(void *argument) { reports.when_crashed(argument); }

static void tell_hook(const QzTried *tried, const QzString *message) {
  QzCrash crash = {.kind = tried->actor->kind->name, .actor = tried->actor->id, .where = tried->where,
                   .message = message, .place = tried->place, .count = tried->count};
  if (reports.when_crashed) qz_panic_guard(call_when_crashed, &crash, true);
}

void qz_actor_note_crash(const QzTried *tried) {
  QzLife *life = qz_actor_life(tried->actor);
  qz_string_release(life->message);
  life->message = qz_string_share(qz_panic_message());
  tell_hook(tried, life->message);
}

QzUnwound qz_actor_try(QzActor *actor, const char *where, void (*body)(void *argument), void *argument) {
  QzTried tried;
  qz_actor_begin_tries(&tried, actor);
  tried.where = where;
  return qz_actor_try_all(&tried, body, argument);
}

bool qz_actor_panics(QzActor *actor, const char *where, void (*body)(void *argument), void *argument) {
  return qz_actor_try(actor, where, body, argument) == QZ_UNWOUND_BY_PANIC;
}

// ── Dead letters ────────────────────────────────────────────────────────────────────────────────────────────────
void qz_actor_when_dead_letter(void (*hook)(const QzDeadLetter *letter)) { reports.when_dead_letter = hook; }

uint64_t qz_actor_dead_letters(void) { return QZ_LOAD(&reports.dead_letters, relaxed); }

static void call_when_dead_letter(void *argument) { reports.when_dead_letter(argument); }

void qz_actor_refuse(QzActor *actor, QzMessage *message, QzExit why) {
  QzDeadLetter letter = {.kind = actor->kind->name, .actor = actor->id, .handler = message->kind->name,
                         .sender = message->sender, .why = why};
  QZ_ADD(&reports.dead_letters, 1, relaxed);
  if (reports.when_dead_letter) qz_panic_guard(call_when_dead_letter, &letter, true);
  qz_actor_fail_call(actor, message, why);
  message->kind->refuse(message);
}
