// Weak references. Objects that have some are marked in their header; a table leads from each to a list of them, so
// that they are emptied when the object's memory goes. An object without an owner is gone for them before that: nothing
// can be taken out of it while its fields are being released.
#include <stdlib.h>

#include "runtime/internal.h"

typedef struct Target {
  QzObject *object;  // NULL: free
  QzWeak *first;
} Target;

// Open addressing with linear probing, at most half full.
static struct {
  Target *slots;
  size_t count, capacity;
} table;

static size_t home_of(const QzObject *object) {
  return (size_t)(((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 20) & (table.capacity - 1);
}

static size_t next_slot(size_t slot) { return (slot + 1) & (table.capacity - 1); }

// The slot of the object, or the free one where it belongs.
static Target *find(const QzObject *object) {
  size_t slot = home_of(object);
  while (table.slots[slot].object && table.slots[slot].object != object) slot = next_slot(slot);
  return &table.slots[slot];
}

static void grow(void) {
  size_t old_capacity = table.capacity;
  Target *old = table.slots, *larger = calloc(old_capacity ? old_capacity * 2 : 16, sizeof *larger);
  if (!larger) qz_panic_text("out of memory for weak references");
  table.slots = larger;
  table.capacity = old_capacity ? old_capacity * 2 : 16;
  for (size_t i = 0; i < old_capacity; i++)
    if (old[i].object) *find(old[i].object) = old[i];
  free(old);
}

// Those behind the freed slot move up, so that a search still finds them.
static void remove_target(Target *target) {
  target->object->type &= ~QZ_HAS_WEAK;
  *target = (Target){0};
  for (size_t slot = next_slot((size_t)(target - table.slots)); table.slots[slot].object; slot = next_slot(slot)) {
    Target moved = table.slots[slot];
    table.slots[slot] = (Target){0};
    *find(moved.object) = moved;
  }
  if (--table.count) return;
  free(table.slots);
  table.slots = NULL;
  table.capacity = 0;
}

void qz_weak_link(QzWeak *weak, QzObject *target) {
  *weak = (QzWeak){.target = target};
  if (target->count < 0) return;  // immortal
  if (2 * (table.count + 1) > table.capacity) grow();
  Target *entry = find(target);
  if (!entry->object) *entry = (Target){.object = target}, table.count++;
  target->type |= QZ_HAS_WEAK;
  weak->next = entry->first;
  if (weak->next) weak->next->previous = weak;
  entry->first = weak;
}

void qz_weak_unlink(QzWeak *weak) {
  if (!weak->target || !(weak->target->type & QZ_HAS_WEAK)) return;
  if (weak->next) weak->next->previous = weak->previous;
  if (weak->previous) {
    weak->previous->next = weak->next;
    return;
  }
  Target *entry = find(weak->target);
  entry->first = weak->next;
  if (!entry->first) remove_target(entry);
}

void qz_weak_forget(QzObject *object) {
  Target *entry = find(object);
  for (QzWeak *weak = entry->first; weak; weak = weak->next) weak->target = NULL;
  remove_target(entry);
}

int32_t qz_weak_is_alive(const QzWeak *weak) { return weak->target && weak->target->count != 0; }
