// Releasing chains. The glue of a type whose objects can hold others of that type would call itself as deep as the data
// goes. It asks here first: beyond a depth the object is put aside, and the outermost release works off what was put
// aside, so that a list of any length takes a bounded stack.
#include <stdlib.h>

#include "runtime/context.h"
#include "runtime/internal.h"

enum { DEPTH_LIMIT = 200 };

static bool put_aside(QzAside *aside, QzObject *object) {
  if (aside->size == aside->capacity) {
    uint32_t capacity = aside->capacity ? aside->capacity * 2 : 64;
    QzObject **larger = realloc(aside->objects, capacity * sizeof *larger);
    if (!larger) return false;
    aside->objects = larger;
    aside->capacity = capacity;
  }
  aside->objects[aside->size++] = object;
  return true;
}

// Without memory for the list, releasing goes on as deep as the stack allows.
int32_t qz_release_enter(QzObject *object) {
  QzAside *aside = &qz_context->aside;
  if (aside->depth >= DEPTH_LIMIT && put_aside(aside, object)) return 0;
  aside->depth++;
  return 1;
}

static void give_back(QzAside *aside) {
  free(aside->objects);
  aside->objects = NULL;
  aside->capacity = 0;
}

static void leave(QzAside *const *outermost) {
  QzAside *aside = *outermost;
  aside->depth--;
  if (aside->depth == 0 && aside->size == 0 && aside->capacity) give_back(aside);
}

// The outermost release is over, or has to work off what was put aside.
// The depth stays at 1 while the list is worked off, so that what is released from it does not start another round.
// A panic in a drop unwinds through here and leaves the rest for the next outermost release.
static __attribute__((noinline)) void leave_outermost(void) {
  __attribute__((cleanup(leave))) QzAside *const aside = &qz_context->aside;
  while (aside->depth == 1 && aside->size) {
    QzObject *object = aside->objects[--aside->size];
    qz_program->types[qz_type_number(object)].release(object);
  }
}

void qz_release_leave(void) {
  QzAside *aside = &qz_context->aside;
  if (aside->depth > 1) aside->depth--;
  else leave_outermost();
}
