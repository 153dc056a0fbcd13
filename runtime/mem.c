// Memory of compiled programs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/object.h"

int64_t *qz_live_objects;

// Objects are made and ended on any thread.
void qz_count_live(uint32_t type, int64_t change) {
  __atomic_fetch_add(&qz_live_objects[type], change, __ATOMIC_RELAXED);
}

_Noreturn void qz_out_of_memory(int64_t bytes) {
  char text[64];
  snprintf(text, sizeof text, "out of memory: %lld bytes", (long long)bytes);
  qz_panic_text(text);
}

void *qz_alloc(int64_t bytes) {
  if (bytes == 0) return NULL;
  void *memory = bytes < 0 ? NULL : qz_heap_alloc((size_t)bytes);
  if (!memory) qz_out_of_memory(bytes);
  return memory;
}

void *qz_realloc(void *memory, int64_t old_bytes, int64_t bytes) {
  if (bytes == 0) return qz_heap_free(memory), NULL;
  void *moved = bytes < 0 ? NULL : qz_heap_realloc(memory, (size_t)old_bytes, (size_t)bytes);
  if (!moved) qz_out_of_memory(bytes);
  return moved;
}

void qz_free(void *memory) { qz_heap_free(memory); }

QzObject *qz_object_new(int64_t bytes, uint32_t type) { return qz_object_make(bytes, type); }

void qz_object_free(QzObject *object) { qz_object_end(object); }

void qz_release_dynamic(QzObject *object) { qz_program->types[qz_type_number(object)].release(object); }

// ── Objects that several tasks see ──────────────────────────────────────────────────────────────────────────────
// Their count is negative: minus the number of owners, and changed atomically. Far below lies that of the immortal
// ones.
void qz_object_share(QzObject *object) {
  if (qz_object_count(object) > 0) object->count = -object->count;
}

void qz_retain_slow(QzObject *object) {
  if (!qz_object_is_immortal(object)) __atomic_fetch_sub(&object->count, 1, __ATOMIC_RELAXED);
}

// Whoever frees it must see what the other owners did to it: release for them, acquire for him. Weak references of
// other tasks forget it now: while its drop runs it is counted as an object of one task.
int32_t qz_release_slow(QzObject *object) {
  if (qz_object_is_immortal(object) || __atomic_fetch_add(&object->count, 1, __ATOMIC_ACQ_REL) != -1) return 0;
  if (qz_object_has_weak(object)) qz_weak_forget(object);
  return 1;
}

// Locks of such objects of the library. As long as there is one task only, there is nobody to wait for.
void (*qz_mutex_taker)(void *mutex);
void (*qz_mutex_giver)(void *mutex);

void qz_shared_enter(void *lock) {
  if (qz_mutex_taker) qz_mutex_taker(lock);
}

void qz_shared_leave(void *lock) {
  if (qz_mutex_giver) qz_mutex_giver(lock);
}

// A sanitizer knows each block that comes from malloc.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool is_watched = true;
#else
static const bool is_watched = false;
#endif

void qz_mem_start(void) {
  const char *leaks = getenv("QUARTZ_LEAKS"), *allocator = getenv("QUARTZ_ALLOC");
  qz_heap_start(is_watched || (allocator && strcmp(allocator, "system") == 0));
  if (leaks && strcmp(leaks, "1") == 0) qz_live_objects = calloc(qz_program->type_count + 1, sizeof *qz_live_objects);
}

void qz_mem_report_leaks(void) {
  if (!qz_live_objects) return;
  int64_t total = 0;
  for (uint32_t i = 0; i < qz_program->type_count; i++) total += qz_live_objects[i];
  qz_error_printf("%lld live objects\n", (long long)total);
  for (uint32_t i = 0; i < qz_program->type_count; i++)
    if (qz_live_objects[i]) qz_error_printf("  %lld %s\n", (long long)qz_live_objects[i], qz_program->types[i].name);
}
