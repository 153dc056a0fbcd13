// Memory of compiled programs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/heap.h"
#include "runtime/internal.h"

static bool counts_objects;
static int64_t *live_objects;  // by type number

static void out_of_memory(int64_t bytes) {
  char text[64];
  snprintf(text, sizeof text, "out of memory: %lld bytes", (long long)bytes);
  qz_panic_text(text);
}

void *qz_alloc(int64_t bytes) {
  if (bytes == 0) return NULL;
  void *memory = bytes < 0 ? NULL : qz_heap_alloc((size_t)bytes);
  if (!memory) out_of_memory(bytes);
  return memory;
}

void *qz_realloc(void *memory, int64_t old_bytes, int64_t bytes) {
  if (bytes == 0) return qz_heap_free(memory), NULL;
  void *moved = bytes < 0 ? NULL : qz_heap_realloc(memory, (size_t)old_bytes, (size_t)bytes);
  if (!moved) out_of_memory(bytes);
  return moved;
}

void qz_free(void *memory) { qz_heap_free(memory); }

QzObject *qz_object_new(int64_t bytes, uint32_t type) {
  QzObject *object = qz_alloc(bytes);
  *object = (QzObject){.count = 1, .type = type};
  if (__builtin_expect(counts_objects, false)) live_objects[type]++;
  return object;
}

void qz_object_free(QzObject *object) {
  if (__builtin_expect((object->type & QZ_HAS_WEAK) != 0, false)) qz_weak_forget(object);
  if (__builtin_expect(counts_objects, false)) live_objects[qz_type_number(object)]--;
  qz_free(object);
}

void qz_release_dynamic(QzObject *object) { qz_program->types[qz_type_number(object)].release(object); }

// A negative count is an immortal object's: nothing to count.
void qz_retain_slow(QzObject *object) { (void)object; }

int32_t qz_release_slow(QzObject *object) {
  (void)object;
  return 0;
}

void qz_mem_start(void) {
  const char *leaks = getenv("QUARTZ_LEAKS"), *allocator = getenv("QUARTZ_ALLOC");
  qz_heap_start(allocator && strcmp(allocator, "system") == 0);
  counts_objects = leaks && strcmp(leaks, "1") == 0;
  if (counts_objects) live_objects = calloc(qz_program->type_count + 1, sizeof *live_objects);
}

void qz_mem_report_leaks(void) {
  if (!counts_objects) return;
  int64_t total = 0;
  for (uint32_t i = 0; i < qz_program->type_count; i++) total += live_objects[i];
  qz_error_printf("%lld live objects\n", (long long)total);
  for (uint32_t i = 0; i < qz_program->type_count; i++)
    if (live_objects[i]) qz_error_printf("  %lld %s\n", (long long)live_objects[i], qz_program->types[i].name);
}
