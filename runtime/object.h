// Making and ending counted objects, inlined into the runtime functions that do it: programs spend much time here.
#ifndef QZ_RUNTIME_OBJECT_H
#define QZ_RUNTIME_OBJECT_H

#include "runtime/heap.h"
#include "runtime/internal.h"

extern int64_t *qz_live_objects;  // by type number; NULL: nobody asked
void qz_count_live(uint32_t type, int64_t change) __attribute__((cold));
_Noreturn void qz_out_of_memory(int64_t bytes) __attribute__((cold));

// The count, of what others may be counting too: it is negative then, whatever they do to it.
static inline int32_t qz_object_count(const QzObject *object) {
  return __atomic_load_n(&object->count, __ATOMIC_RELAXED);
}

static inline QzObject *qz_object_make(int64_t bytes, uint32_t type) {
  QzObject *object = bytes < 0 ? NULL : qz_heap_alloc((size_t)bytes);
  if (__builtin_expect(!object, false)) qz_out_of_memory(bytes);
  *object = (QzObject){.count = 1, .type = type};
  if (__builtin_expect(qz_live_objects != NULL, false)) qz_count_live(type, 1);
  return object;
}

static inline bool qz_object_is_immortal(const QzObject *object) {
  return __atomic_load_n(&object->count, __ATOMIC_RELAXED) < QZ_IMMORTAL / 2;
}

// Other tasks may make weak references of an object that they share, and end them (weak.c).
static inline bool qz_object_has_weak(const QzObject *object) {
  return (__atomic_load_n(&object->type, __ATOMIC_ACQUIRE) & QZ_HAS_WEAK) != 0;
}

static inline void qz_object_end(QzObject *object) {
  if (__builtin_expect(qz_object_has_weak(object), false)) qz_weak_forget(object);
  if (__builtin_expect(qz_live_objects != NULL, false)) qz_count_live(qz_type_number(object), -1);
  qz_heap_free(object);
}

#endif
