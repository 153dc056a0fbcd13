// Mailboxes with bounds. What counts is decided before a message is put in, and behind that it is a message like any
// other: only the head word says whether there is something to do (mailbox.h).
//
// A message takes a place and gives it back when it is taken out; who finds none waits as for a semaphore, or fails.
// Where the oldest gives way, messages lie in a ring, and what is put into the mailbox is a bell: as many are rung as
// there are messages in the ring, and a newcomer who finds it full takes over place and bell of the oldest. A message
// lies in the ring before its bell is rung, so who hears a bell finds one.
#include <stdlib.h>

#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"
#include "runtime/sched/sync.h"

struct QzBounds {
  QzSemaphore places;
  QzLock lock;           // of the ring
  uint32_t first, size;
  QzMessage *ring[];
};

static const QzMessageKind bell_kind = {.name = "bell"};

QzBounds *qz_bounds_new(const QzActorKind *kind) {
  size_t slots = kind->overflow == QZ_OVERFLOW_DROP_OLDEST ? kind->capacity : 0;
  QzBounds *bounds = calloc(1, sizeof *bounds + slots * sizeof *bounds->ring);
  if (bounds) bounds->places.count = kind->capacity;
  return bounds;
}

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
static QzSent wait_for_place(QzActor *actor, int64_t deadline) {
  QzSemaphore *places = &actor->life->bounds->places;
  if (qz_actor_here() == actor) return qz_semaphore_try(places) == QZ_LOCKED ? QZ_SENT : QZ_SENT_FULL;
  QzFiber *self = qz_worker()->fiber;
  qz_waits_for(self, QZ_FOR_ROOM, actor);
  QzLocked locked = qz_semaphore_take_until(places, deadline);
  self->waits = QZ_FOR_NOTHING;  // it may not have waited
  switch (locked) {
    case QZ_LOCKED: return QZ_SENT;
    case QZ_LOCK_TIMED_OUT: return QZ_SENT_TIMED_OUT;
    case QZ_LOCKED_POISONED:
    case QZ_LOCK_BUSY:
    case QZ_LOCK_STOPPED:
    case QZ_LOCK_RECURSIVE: break;
  }
  return QZ_SENT_INTERRUPTED;
}

QzSent qz_bounds_enter_counted(QzActor *actor, int64_t deadline) {
  switch (actor->kind->overflow) {
    case QZ_OVERFLOW_PARK: return wait_for_place(actor, deadline);
    case QZ_OVERFLOW_FAIL: return qz_semaphore_try(&actor->life->bounds->places) == QZ_LOCKED ? QZ_SENT : QZ_SENT_FULL;
    case QZ_OVERFLOW_DROP_NEWEST:
      return qz_semaphore_try(&actor->life->bounds->places) == QZ_LOCKED ? QZ_SENT : QZ_SENT_DROPPED;
    case QZ_OVERFLOW_DROP_OLDEST: break;
  }
  return QZ_SENT;
}

// ── The ring ────────────────────────────────────────────────────────────────────────────────────────────────────
// Gives the one that had to give way, or NULL.
static QzMessage *push(QzBounds *bounds, uint32_t room, QzMessage *message) {
  QzMessage **newest = &bounds->ring[(bounds->first + bounds->size) % room], *oldest = NULL;
  if (bounds->size == room) {
    oldest = *newest;
    bounds->first = (bounds->first + 1) % room;
  } else {
    bounds->size++;
  }
  *newest = message;
  return oldest;
}

static QzMessage *push_locked(QzActor *actor, QzMessage *message) {
  QzBounds *bounds = actor->life->bounds;
  qz_lock(&bounds->lock);
  QzMessage *oldest = push(bounds, actor->kind->capacity, message);
  qz_unlock(&bounds->lock);
  return oldest;
}

static QzMessage *pop(QzActor *actor) {
  QzBounds *bounds = actor->life->bounds;
  qz_lock(&bounds->lock);
  QzMessage *oldest = bounds->ring[bounds->first];
  bounds->ring[bounds->first] = NULL;
  bounds->first = (bounds->first + 1) % actor->kind->capacity;
  bounds->size--;
  qz_unlock(&bounds->lock);
  return oldest;
}

static void ring_bell(QzActor *actor, QzMessage *message) {
  QzMessage *bell = qz_actor_allocate(sizeof *bell);
  bell->kind = &bell_kind;
  if (QZ_PLANTED(bell_rings_first)) qz_actor_put(actor, bell);
  QzMessage *oldest = push_locked(actor, message);
  if (!oldest) {
    if (!QZ_PLANTED(bell_rings_first)) qz_actor_put(actor, bell);
    return;
  }
  qz_heap_free(bell);
  qz_actor_refuse(actor, oldest, QZ_EXIT_FULL);
  qz_heap_free(oldest);
}

// ── In and out ──────────────────────────────────────────────────────────────────────────────────────────────────
void qz_bounds_put_counted(QzActor *actor, QzMessage *message) {
  if (actor->kind->overflow == QZ_OVERFLOW_DROP_OLDEST) ring_bell(actor, message);
  else qz_actor_put(actor, message);
}

QzMessage *qz_bounds_leave(QzActor *actor, QzMessage *taken) {
  if (taken->kind == &bell_kind) return pop(actor);
  bool keeps = QZ_PLANTED(dead_keep_places) && qz_actor_phase(actor) == QZ_DEAD;
  if (qz_bounds_count(actor, taken) && !keeps) qz_semaphore_give(&actor->life->bounds->places);
  return taken;
}
