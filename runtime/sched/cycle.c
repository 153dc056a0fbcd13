// Calls in a circle: A waits for B, which waits for C, which calls A. Nobody could go on, so the call that would close
// the circle fails.
//
// Whom the handler on a fiber calls is noted in the fiber. A look along these notes and the new note are one step,
// under one lock: of several calls that close a circle together, the last one finds the others, and it alone fails. A
// note counts while its wait has not been claimed: who was answered will go on, though it has not run yet.
//
// A note is taken back under the lock before its caller gives up the reference to whom it called. So the addresses in
// the notes lead to actors as long as the lock is held.
#include <inttypes.h>
#include <stdio.h>

#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/support.h"

enum { PATH_LIMIT = 32, NAME_ROOM = 128 };
static const QzTicket NOT_YET = 1;  // no ticket: who calls waits for room in the mailbox, and after that for the answer

typedef struct Path {
  struct {
    const char *kind;
    uint64_t id;
  } actors[PATH_LIMIT];  // the first ones
  uint32_t size;
} Path;

static QzLock notes_lock;  // of what fibers note of calls

// Whom it waits for in a call; NULL: it does not.
static QzActor *called_by(QzActor *caller) {
  const QzFiber *fiber = QZ_LOAD(&caller->served.fiber, acquire);
  if (!fiber || !fiber->calls) return NULL;
  if (QZ_LOAD(&fiber->serves, acquire) != &caller->served) return NULL;
  if (fiber->call_ticket == NOT_YET || QZ_PLANTED(answered_calls_count)) return fiber->calls;
  uint64_t word = QZ_LOAD(&fiber->claim, acquire);
  bool is_open = (word & QZ_TICKET_MASK) == fiber->call_ticket && (word & QZ_STATE_MASK) != QZ_CLAIMED;
  return is_open ? fiber->calls : NULL;
}

static void add_to_path(Path *path, const QzActor *actor) {
  if (path->size < PATH_LIMIT) {
    path->actors[path->size].kind = actor->kind->name;
    path->actors[path->size].id = actor->id;
  }
  path->size++;
}

static bool is_cycle(QzActor *caller, QzActor *callee, Path *path) {
  path->size = 0;
  add_to_path(path, caller);
  for (QzActor *at = callee; at; at = called_by(at)) {
    add_to_path(path, at);
    if (at == caller) return true;
  }
  return false;
}

static QzString *path_text(const Path *path) {
  char text[NAME_ROOM];
  QzBuffer buffer = {0};
  for (uint32_t i = 0; i < path->size && i < PATH_LIMIT; i++) {
    int size = snprintf(text, sizeof text, "%s%s #%" PRIu64, i ? " → " : "", path->actors[i].kind, path->actors[i].id);
    qz_buffer_add(&buffer, text, size < NAME_ROOM ? (size_t)size : NAME_ROOM - 1);
  }
  if (path->size > PATH_LIMIT) qz_buffer_add(&buffer, " → …", sizeof " → …" - 1);
  return qz_buffer_to_string(&buffer);
}

static void note(QzFiber *fiber, QzActor *callee) {
  fiber->calls = callee;
  fiber->call_ticket =
      callee->kind->capacity ? NOT_YET : atomic_load_explicit(&fiber->claim, memory_order_relaxed) & QZ_TICKET_MASK;
}

QzString *qz_call_begin(QzFiber *fiber, QzActor *caller, QzActor *callee) {
  Path path;
  qz_lock(&notes_lock);
  bool closes = is_cycle(caller, callee, &path);
  if (QZ_PLANTED(looks_and_then_notes)) qz_unlock(&notes_lock), qz_lock(&notes_lock);
  if (!closes) note(fiber, callee);
  qz_unlock(&notes_lock);
  return closes ? path_text(&path) : NULL;
}

void qz_call_waits(QzFiber *fiber, QzTicket ticket) {
  if (fiber->call_ticket != NOT_YET) return;
  qz_lock(&notes_lock);
  fiber->call_ticket = ticket;
  qz_unlock(&notes_lock);
}

void qz_call_end(QzFiber *fiber) {
  qz_lock(&notes_lock);
  fiber->calls = NULL;
  qz_unlock(&notes_lock);
}
