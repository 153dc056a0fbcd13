// Values that cross from one task to another. A value is logically copied: what both tasks could reach and change, they
// would share. Where nobody else can reach any part of it, it goes as it is instead.
//
// The first look at all parts counts, for every object with several owners, how many of them are parts themselves. If
// that is all of them for each object, then nobody outside has any, and the value may go. Else two more looks follow:
// one makes a copy of every object, one puts the copies in the places of the objects. So whatever can fail (there is no
// memory; a part cannot cross) fails before anything was changed.
//
// Strings cannot change and @shared objects are made to be shared: they are what they were, counted atomically. So is
// whatever a @shared object refers to, as several tasks may now reach it by way of that object.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/object.h"

typedef enum Look { LOOK_COUNTS = 0, LOOK_COPIES, LOOK_EXCHANGES, LOOK_SHARES } Look;

// An object, or memory that one refers to.
typedef struct Part {
  void *original;  // NULL: an empty slot of the table
  void *copy;
  int64_t edges;   // of an object: how many parts own it; IS_MEMORY
} Part;

enum { IS_MEMORY = -1 };

// On the stack of who crosses, as six words that are zeros at first (std/core/send.qz).
typedef struct Crossing {
  uint16_t look;
  bool has_owner;            // outside: some part cannot go
  uint32_t depth;            // of objects in objects that are being looked at
  uint32_t size, capacity;   // of the table, a power of two
  Part *parts;               // by address, with linear probing
  QzObject **pending;        // objects to look at once the stack is less deep
  uint32_t pending_size, pending_room;
  int64_t copied;            // bytes
} Crossing;

_Static_assert(sizeof(Crossing) == 48, "std/core/send.qz has room for six words");

enum { DEEPEST = 100 };

// ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────────────
static _Noreturn void out_of_memory(void) { qz_panic_text("out of memory for a value that crosses to another task"); }

static Part *slot_of(const Crossing *crossing, const void *original) {
  uint32_t mask = crossing->capacity - 1;
  uint32_t at = (uint32_t)(((uintptr_t)original >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;
  while (crossing->parts[at].original && crossing->parts[at].original != original) at = (at + 1) & mask;
  return &crossing->parts[at];
}

static void grow(Crossing *crossing) {
  Crossing larger = *crossing;
  larger.capacity = crossing->capacity ? crossing->capacity * 2 : 16;
  larger.parts = calloc(larger.capacity, sizeof *larger.parts);
  if (!larger.parts) out_of_memory();
  for (uint32_t i = 0; i < crossing->capacity; i++)
    if (crossing->parts[i].original) *slot_of(&larger, crossing->parts[i].original) = crossing->parts[i];
  free(crossing->parts);
  *crossing = larger;
}

static Part *find(const Crossing *crossing, const void *original) {
  Part *part = crossing->capacity ? slot_of(crossing, original) : NULL;
  return part && part->original ? part : NULL;
}

// `is_new`: it was not there before.
static Part *find_or_add(Crossing *crossing, void *original, bool *is_new) {
  if (crossing->size * 2 >= crossing->capacity) grow(crossing);
  Part *part = slot_of(crossing, original);
  *is_new = !part->original;
  if (*is_new) part->original = original, crossing->size++;
  return part;
}

// ── Walking ─────────────────────────────────────────────────────────────────────────────────────────────────────
static const QzTypeInfo *type_of(const QzObject *object) { return &qz_program->types[qz_type_number(object)]; }

static void put_off(Crossing *crossing, QzObject *object) {
  if (crossing->pending_size == crossing->pending_room) {
    uint32_t room = crossing->pending_room ? crossing->pending_room * 2 : 64;
    QzObject **pending = realloc(crossing->pending, room * sizeof *pending);
    if (!pending) out_of_memory();
    crossing->pending = pending;
    crossing->pending_room = room;
  }
  crossing->pending[crossing->pending_size++] = object;
}

// Shows the crossing the parts of an object: at once, or when the outermost one is done, since a list may be long.
static void look_into(Crossing *crossing, QzObject *object) {
  if (crossing->depth == DEEPEST) {
    put_off(crossing, object);
    return;
  }
  crossing->depth++;
  type_of(object)->cross(object, crossing);
  while (crossing->depth == 1 && crossing->pending_size) {
    QzObject *next = crossing->pending[--crossing->pending_size];
    type_of(next)->cross(next, crossing);
  }
  crossing->depth--;
}

static _Noreturn void cannot_cross(const QzObject *object) {
  if (object->type & QZ_STAYS || type_of(object)->is_bound)
    qz_panic_text("a function that uses module variables cannot cross to another task");
  const char *name = type_of(object)->name;
  char text[200];
  snprintf(text, sizeof text, "a value of type %.120s cannot cross to another task", name ? name : "?");
  qz_panic_text(text);
}

static void count(Crossing *crossing, QzObject *object) {
  bool is_new = true;
  if (qz_object_has_weak(object)) crossing->has_owner = true;  // a weak reference stays behind
  if (qz_object_count(object) > 1) find_or_add(crossing, object, &is_new)->edges++;
  if (is_new) look_into(crossing, object);
}

static void copy(Crossing *crossing, QzObject *object) {
  bool is_new;
  Part *part = find_or_add(crossing, object, &is_new);
  if (!is_new && part->copy) return;
  int64_t size = type_of(object)->size;
  QzObject *made = qz_object_new(size, qz_type_number(object));
  memcpy(made + 1, object + 1, (size_t)size - sizeof *object);
  made->count = 0;
  crossing->copied += size;
  find(crossing, object)->copy = made;
  look_into(crossing, object);
}

// The copy's own parts are exchanged when it is reached first.
static void exchange(Crossing *crossing, QzObject **slot) {
  QzObject *made = find(crossing, *slot)->copy;
  *slot = made;
  if (made->count++ == 0) look_into(crossing, made);
}

// What a @shared object refers to. A negative count says that this was seen to before.
static void share_parts(QzObject *object) {
  Crossing parts = {.look = LOOK_SHARES};
  if (qz_object_count(object) < 0 || qz_type_number(object) == QZ_TYPE_STRING || !type_of(object)->cross) return;
  look_into(&parts, object);
  free(parts.pending);
}

static void share_part(Crossing *parts, QzObject *object) {
  if (qz_object_count(object) < 0) return;
  qz_object_share(object);
  if (qz_type_number(object) != QZ_TYPE_STRING && type_of(object)->cross) look_into(parts, object);
}

// No crossing: it only becomes what tasks can use together.
static void share(const Crossing *crossing, QzObject *object) {
  bool gets_owner = crossing && crossing->look == LOOK_EXCHANGES;
  share_parts(object);
  // A weak reference stays behind, and could get one more owner here.
  if (qz_object_count(object) > 1 || gets_owner || !crossing || qz_object_has_weak(object)) qz_object_share(object);
  if (gets_owner) qz_retain_slow(object);
}

static __attribute__((noinline)) void cross(Crossing *crossing, QzObject **place) {
  QzObject *object = *place;
  bool is_shared = qz_type_number(object) == QZ_TYPE_STRING || type_of(object)->is_shared;
  if (qz_object_is_immortal(object) || (qz_object_count(object) < 0 && !is_shared)) return;
  if (crossing && crossing->look == LOOK_SHARES) share_part(crossing, object);
  else if (is_shared) share(crossing, object);
  else if (!type_of(object)->cross) cannot_cross(object);
  else if (crossing->look == LOOK_COUNTS) count(crossing, object);
  else if (crossing->look == LOOK_COPIES) copy(crossing, object);
  else exchange(crossing, place);
}

// What tasks use together already is what it was, until a copy of what refers to it becomes one owner more.
void qz_cross_pointer(void *slot, void *state) {
  const Crossing *crossing = state;
  QzObject **place = slot, *object = *place;
  if (!object) return;
  if (object->type & QZ_STAYS) cannot_cross(object);
  bool exchanges = crossing && crossing->look == LOOK_EXCHANGES;
  if (qz_object_count(object) >= 0 || exchanges) cross(state, place);
}

void *qz_cross_memory(void *state, void *memory, int64_t bytes) {
  Crossing *crossing = state;
  bool is_new;
  if (!memory || !crossing || crossing->look == LOOK_COUNTS || crossing->look == LOOK_SHARES) return memory;
  if (crossing->look == LOOK_EXCHANGES) return find(crossing, memory)->copy;
  void *made = qz_alloc(bytes);
  memcpy(made, memory, (size_t)bytes);
  crossing->copied += bytes;
  Part *part = find_or_add(crossing, memory, &is_new);
  part->copy = made;
  part->edges = IS_MEMORY;
  return memory;
}

// ── After a look ────────────────────────────────────────────────────────────────────────────────────────────────
int32_t qz_cross_is_alone(void *state) {
  const Crossing *crossing = state;
  if (crossing->has_owner) return 0;
  for (uint32_t i = 0; i < crossing->capacity; i++) {
    const Part *part = &crossing->parts[i];
    if (part->original && part->edges != ((const QzObject *)part->original)->count) return 0;
  }
  return 1;
}

void qz_cross_copy(void *state) { ((Crossing *)state)->look = LOOK_COPIES; }

void qz_cross_exchange(void *state) { ((Crossing *)state)->look = LOOK_EXCHANGES; }

// Copies that did not come into any place own nothing.
static void drop_copies(const Crossing *crossing) {
  for (uint32_t i = 0; i < crossing->capacity; i++) {
    const Part *part = &crossing->parts[i];
    if (part->copy && part->edges == IS_MEMORY) qz_free(part->copy);
    else if (part->copy) qz_object_free(part->copy);
  }
}

void qz_cross_end(void *state) {
  Crossing *crossing = state;
  if (!crossing->parts && !crossing->pending) return;
  if (crossing->look == LOOK_COPIES) drop_copies(crossing);
  if (crossing->look == LOOK_EXCHANGES) qz_copied(crossing->copied);
  free(crossing->parts);
  free(crossing->pending);
}
