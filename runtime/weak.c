// Weak references. Objects that have some are marked in their header; a table leads from each to a list of them, so
// that they are emptied when the object's memory goes. An object without an owner is gone for them before that: nothing
// can be taken out of it while its fields are being released.
//
// Weak references stay in their task, but tasks on several threads have some at the same time, also of objects that
// they share. So the table is in parts, each with a lock; the object's address says which one knows it. What a weak
// reference leads to is looked at only under the lock of that part: the object is not freed before it was forgotten
// there. A program with one thread takes no lock.
#include <pthread.h>
#include <stdlib.h>
#include <sys/single_threaded.h>

#include "runtime/internal.h"
#include "runtime/object.h"

typedef struct Target {
  QzObject *object;  // NULL: free
  QzWeak *first;
} Target;

// Open addressing with linear probing, at most half full.
typedef struct Part {
  _Alignas(64) pthread_mutex_t lock;
  Target *slots;
  size_t count, capacity;
} Part;

enum { PARTS_LOG2 = 6, PARTS = 1 << PARTS_LOG2 };

static Part parts[PARTS] = {[0 ... PARTS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

// ── Locks ───────────────────────────────────────────────────────────────────────────────────────────────────────
static uint64_t hash_of(const QzObject *object) { return ((uintptr_t)object >> 4) * UINT64_C(0x9E3779B97F4A7C15); }

// There are no more threads when it is given back than when it was taken: no thread begins in between.
static Part *lock_part(const QzObject *object) {
  Part *part = &parts[hash_of(object) >> (64 - PARTS_LOG2)];
  if (!__libc_single_threaded) pthread_mutex_lock(&part->lock);
  return part;
}

static void unlock_part(Part *part) {
  if (!__libc_single_threaded) pthread_mutex_unlock(&part->lock);
}

// The part that knows the target; NULL: there is none any more. Only the look under the lock counts.
static Part *lock_target(const QzWeak *weak) {
  const QzObject *target = __atomic_load_n(&weak->target, __ATOMIC_RELAXED);  // pairs with qz_weak_forget
  if (!target) return NULL;
  Part *part = lock_part(target);
  if (weak->target) return part;
  unlock_part(part);
  return NULL;
}

// ── The table ───────────────────────────────────────────────────────────────────────────────────────────────────
static size_t home_of(const Part *part, const QzObject *object) {
  return (size_t)(hash_of(object) >> 20) & (part->capacity - 1);
}

static size_t next_slot(const Part *part, size_t slot) { return (slot + 1) & (part->capacity - 1); }

// The slot of the object, or the free one where it belongs.
static Target *find(const Part *part, const QzObject *object) {
  size_t slot = home_of(part, object);
  while (part->slots[slot].object && part->slots[slot].object != object) slot = next_slot(part, slot);
  return &part->slots[slot];
}

// False: there is no memory.
static bool grow(Part *part) {
  size_t old_capacity = part->capacity, capacity = old_capacity ? old_capacity * 2 : 16;
  Target *old = part->slots, *larger = calloc(capacity, sizeof *larger);
  if (!larger) return false;
  part->slots = larger;
  part->capacity = capacity;
  for (size_t i = 0; i < old_capacity; i++)
    if (old[i].object) *find(part, old[i].object) = old[i];
  free(old);
  return true;
}

// Those behind the freed slot move up, so that a search still finds them. When the mark is gone another thread may free
// the object.
static void remove_target(Part *part, Target *target) {
  __atomic_fetch_and(&target->object->type, ~QZ_HAS_WEAK, __ATOMIC_RELEASE);  // pairs with qz_object_has_weak
  *target = (Target){0};
  size_t slot = next_slot(part, (size_t)(target - part->slots));
  for (; part->slots[slot].object; slot = next_slot(part, slot)) {
    Target moved = part->slots[slot];
    part->slots[slot] = (Target){0};
    *find(part, moved.object) = moved;
  }
  if (--part->count) return;
  free(part->slots);
  part->slots = NULL;
  part->capacity = 0;
}

// ── What the rest of the runtime calls ──────────────────────────────────────────────────────────────────────────
static void put_in(Part *part, QzWeak *weak) {
  Target *entry = find(part, weak->target);
  if (!entry->object) *entry = (Target){.object = weak->target}, part->count++;
  __atomic_fetch_or(&weak->target->type, QZ_HAS_WEAK, __ATOMIC_RELAXED);
  weak->next = entry->first;
  if (weak->next) weak->next->previous = weak;
  entry->first = weak;
}

static void take_out(Part *part, QzWeak *weak) {
  if (weak->next) weak->next->previous = weak->previous;
  if (weak->previous) {
    weak->previous->next = weak->next;
    return;
  }
  Target *entry = find(part, weak->target);
  entry->first = weak->next;
  if (!entry->first) remove_target(part, entry);
}

void qz_weak_link(QzWeak *weak, QzObject *target) {
  *weak = (QzWeak){.target = target};
  if (qz_object_is_immortal(target)) return;
  Part *part = lock_part(target);
  bool has_room = 2 * (part->count + 1) <= part->capacity || grow(part);
  if (has_room) put_in(part, weak);
  else weak->target = NULL;
  unlock_part(part);
  if (!has_room) qz_panic_text("out of memory for weak references");
}

void qz_weak_unlink(QzWeak *weak) {
  Part *part = lock_target(weak);
  if (!part) return;
  if (qz_object_has_weak(weak->target)) take_out(part, weak);  // an immortal one is in no table
  unlock_part(part);
}

// Its last weak reference may go at the same time, and be faster.
void qz_weak_forget(QzObject *object) {
  Part *part = lock_part(object);
  Target *entry = part->capacity ? find(part, object) : NULL;
  if (entry && entry->object) {
    for (QzWeak *weak = entry->first; weak; weak = weak->next)
      __atomic_store_n(&weak->target, NULL, __ATOMIC_RELAXED);  // pairs with lock_target
    remove_target(part, entry);
  }
  unlock_part(part);
}

// Nobody else counts an object that is not shared; of one that is, the last owner may go at any time.
static bool retain_living(QzObject *object) {
  int32_t count = __atomic_load_n(&object->count, __ATOMIC_RELAXED);
  if (count > 0) object->count++;
  if (count >= 0 || qz_object_is_immortal(object)) return count != 0;
  while (count && !__atomic_compare_exchange_n(&object->count, &count, count - 1, true, __ATOMIC_RELAXED,
                                               __ATOMIC_RELAXED)) continue;
  return count != 0;
}

void *qz_weak_hold(const QzWeak *weak) {
  Part *part = lock_target(weak);
  if (!part) return NULL;
  QzObject *held = retain_living(weak->target) ? weak->target : NULL;
  unlock_part(part);
  return held;
}

int32_t qz_weak_is_alive(const QzWeak *weak) {
  Part *part = lock_target(weak);
  if (!part) return 0;
  bool is_alive = __atomic_load_n(&weak->target->count, __ATOMIC_RELAXED) != 0;
  unlock_part(part);
  return is_alive;
}
