// All actors that live, and the end of them all.
//
// An actor is on a list from its start until it has died, whether anybody refers to it or not; so it is not freed while
// the lock of its list is held and it is found there. That is how it can be signalled without a reference. What was
// signalled so is heard: a dead actor is freed only when it has no signals left.
#include "runtime/heap.h"
#include "runtime/internal.h"
#include "runtime/sched/actor_internal.h"

enum { LISTS = 16 };
static const int64_t KILL_GRACE = 20000000;  // ns, for those that were killed to end

typedef struct List {
  _Alignas(64) QzLock lock;
  QzActor *newest;
  _Atomic uint32_t size;
} List;

static List lists[LISTS];  // by id, so that few start on one at the same time
static _Atomic bool shuts_down;

static List *list_of(uint64_t id) { return &lists[id % LISTS]; }

// Under the lock; others read it without.
static void change_size(List *list, uint32_t change) {
  uint32_t size = atomic_load_explicit(&list->size, memory_order_relaxed);
  atomic_store_explicit(&list->size, size + change, memory_order_relaxed);
}

void qz_registry_add(QzActor *actor) {
  List *list = list_of(actor->id);
  qz_lock(&list->lock);
  actor->older = list->newest;
  if (actor->older) actor->older->newer = actor;
  list->newest = actor;
  change_size(list, 1);
  qz_unlock(&list->lock);
}

void qz_registry_remove(QzActor *actor) {
  List *list = list_of(actor->id);
  qz_lock(&list->lock);
  *(actor->newer ? &actor->newer->older : &list->newest) = actor->older;
  if (actor->older) actor->older->newer = actor->newer;
  change_size(list, -1U);
  qz_unlock(&list->lock);
}

void qz_registry_forget(void) {
  for (List *list = lists; list < lists + LISTS; list++) *list = (List){.newest = NULL};
  atomic_store(&shuts_down, false);
}

void qz_registry_each(void (*see)(QzActor *actor, void *to), void *to) {
  for (List *list = lists; list < lists + LISTS; list++)
    for (QzActor *actor = list->newest; actor; actor = actor->older) see(actor, to);
}

uint32_t qz_registry_size(void) {
  uint32_t size = 0;
  for (const List *list = lists; list < lists + LISTS; list++)
    size += atomic_load_explicit(&list->size, memory_order_relaxed);
  return size;
}

// ── Looking ─────────────────────────────────────────────────────────────────────────────────────────────────────
static QzActor *find(const List *list, uint64_t id) {
  QzActor *actor = list->newest;
  while (actor && actor->id != id) actor = actor->older;
  return actor;
}

static bool lives(uint64_t id) {
  List *list = list_of(id);
  qz_lock(&list->lock);
  bool is_found = find(list, id) != NULL;
  qz_unlock(&list->lock);
  return is_found;
}

static uint64_t newest_of(List *list, uint64_t below, uint64_t but) {
  qz_lock(&list->lock);
  const QzActor *actor = list->newest;
  while (actor && (actor->id >= below || actor->id == but)) actor = actor->older;
  uint64_t id = actor ? actor->id : 0;
  qz_unlock(&list->lock);
  return id;
}

// Of those that live, the one that was started last before that of the id `below`; 0: there is none but `but`.
static uint64_t newest(uint64_t below, uint64_t but) {
  uint64_t found = 0;
  for (List *list = lists; list < lists + LISTS; list++) {
    uint64_t id = newest_of(list, below, but);
    if (id > found) found = id;
  }
  return found;
}

// ── The end of all ──────────────────────────────────────────────────────────────────────────────────────────────
// False: the wait was ended before the actor had.
static bool stop_one(uint64_t id, int64_t deadline) {
  List *list = list_of(id);
  QzFiber *self = qz_worker()->fiber;
  QzTicket ticket = qz_wait_announce(self);
  QzActorSignal *stop = qz_actor_new_stop(self, ticket);
  qz_lock(&list->lock);
  QzActor *actor = find(list, id);
  if (actor) qz_waits_for(self, QZ_FOR_STOP, actor), qz_actor_signal(actor, stop);
  qz_unlock(&list->lock);
  if (!actor) {
    qz_heap_free(stop);
    qz_wait_claim(self, ticket, QZ_WAKE_EVENT);
  }
  return qz_suspend_until(self, ticket, deadline) == QZ_WAKE_EVENT;
}

// One after the other: the older ones still serve the newer ones, which may have been started by them. One that takes
// long leaves half of the time to the others.
static void ask_each(uint64_t but, int64_t deadline) {
  for (uint64_t id = newest(UINT64_MAX, but); id; id = newest(id, but)) {
    int64_t now = qz_now();
    stop_one(id, now < deadline ? now + (deadline - now) / 2 : now);
  }
}

// Also those that were started meanwhile.
static bool wait_for_all(uint64_t but, int64_t deadline) {
  for (uint64_t id; (id = newest(UINT64_MAX, but));)
    if (!stop_one(id, deadline)) return false;
  return true;
}

typedef struct Unstopped {
  QzUnstopped *list;
  uint32_t room, count;
} Unstopped;

static void note(Unstopped *unstopped, const QzActor *actor) {
  if (unstopped->count < unstopped->room)
    unstopped->list[unstopped->count] = (QzUnstopped){.kind = actor->kind->name, .actor = actor->id};
  unstopped->count++;
}

// True: it was marked before.
static bool mark_shut_down(QzActor *actor) {
  return atomic_fetch_or_explicit(&actor->marks, QZ_MARK_SHUT_DOWN, memory_order_relaxed) & QZ_MARK_SHUT_DOWN;
}

// Memory for the signals is asked for before the lock is taken. False: there came more meanwhile.
static bool kill_list(List *list, uint64_t but, Unstopped *unstopped) {
  uint32_t room = QZ_LOAD(&list->size, relaxed) + 1, count = 0;
  QzActorSignal **kills = qz_actor_allocate(room * sizeof(QzActorSignal *));
  for (uint32_t i = 0; i < room; i++) kills[i] = qz_actor_new_kill();
  qz_lock(&list->lock);
  QzActor *actor = list->newest;
  for (; actor && count < room; actor = actor->older) {
    if (actor->id == but || mark_shut_down(actor)) continue;
    note(unstopped, actor);
    qz_actor_signal(actor, kills[count++]);
  }
  qz_unlock(&list->lock);
  while (count < room) qz_heap_free(kills[count++]);
  qz_heap_free(kills);
  return !actor;
}

static void kill_all(uint64_t but, Unstopped *unstopped) {
  for (List *list = lists; list < lists + LISTS; list++)
    while (!kill_list(list, but, unstopped)) {
    }
}

bool qz_actor_shuts_down(void) { return QZ_LOAD(&shuts_down, acquire); }

uint32_t qz_actor_shutdown_all(int64_t ns, QzUnstopped *list, uint32_t room) {
  QZ_STORE(&shuts_down, true, release);
  const QzActor *own = qz_actor_here();
  uint64_t but = own ? own->id : 0;
  int64_t deadline = qz_now() + ns;
  ask_each(but, deadline);
  Unstopped unstopped = {.list = list, .room = room};
  if (!QZ_PLANTED(newcomers_are_missed) && !wait_for_all(but, deadline)) {
    kill_all(but, &unstopped);
    wait_for_all(but, qz_now() + KILL_GRACE);
  }
  QZ_STORE(&shuts_down, false, release);
  for (uint32_t i = 0; i < unstopped.count && i < room; i++) list[i].has_ended = !lives(list[i].actor);
  return unstopped.count;
}
