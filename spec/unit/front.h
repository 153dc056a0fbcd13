// One compilation's worth of state, for the unit tests of every folder that works on a Context.
#ifndef QZ_SPEC_FRONT_H
#define QZ_SPEC_FRONT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "diag/context.h"

typedef struct Front {
  Arena arena;
  Interner names;
  SourceMap sources;
  DiagList diags;
  Context context;
} Front;

static inline void front_open(Front *front) {
  *front = (Front){0};
  front->diags.arena = &front->arena;
  interner_init(&front->names, &front->arena);
  front->context =
      (Context){.arena = &front->arena, .names = &front->names, .sources = &front->sources, .diags = &front->diags};
}

static inline void front_close(Front *front) { arena_free(&front->arena); }

// For cmocka_unit_test_setup_teardown: the state is a Front.
static inline int front_set_up(void **state) {
  static Front front;
  front_open(&front);
  *state = &front;
  return 0;
}

static inline int front_tear_down(void **state) {
  front_close(*state);
  return 0;
}

// ── Sources ─────────────────────────────────────────────────────────────────────────────────────────────────────
static inline Source *front_source_named(Front *front, const char *path, const char *text, size_t size) {
  return source_add(&front->arena, &front->sources, path, arena_text(&front->arena, text, size), size);
}

static inline Source *front_source_sized(Front *front, const char *text, size_t size) {
  return front_source_named(front, "test.qz", text, size);
}

static inline Source *front_source(Front *front, const char *text) {
  return front_source_sized(front, text, strlen(text));
}

// All that is left of the file, as text.
static inline char *read_rest(Arena *arena, FILE *file) {
  Text text = {.arena = arena};
  char buffer[4096];
  for (size_t size; (size = fread(buffer, 1, sizeof buffer, file)) > 0;) text_bytes(&text, buffer, size);
  fclose(file);
  return arena_text(arena, text_str(&text), text.size);
}

// NULL when there is no such file.
static inline char *read_text(Arena *arena, const char *path) {
  FILE *file = fopen(path, "rb");
  return file ? read_rest(arena, file) : NULL;
}

static inline char *need_text(Arena *arena, const char *path) {
  char *text = read_text(arena, path);
  if (!text) fail_msg("cannot read %s: run tests from the project's root", path);
  return text;
}

// NULL when there is no such file.
static inline const Source *front_read(Front *front, const char *path) {
  const char *text = read_text(&front->arena, path);
  return text ? source_add(&front->arena, &front->sources, path, text, strlen(text)) : NULL;
}

// What an import finds: a module beside its importer, or of the library. `data` is the Front.
static inline const Source *front_import(void *data, const Source *importer, const char *module) {
  Front *front = data;
  const char *slash = importer ? strrchr(importer->path, '/') : NULL;
  Text near = {.arena = &front->arena}, library = {.arena = &front->arena};
  if (slash) text_printf(&near, "%.*s/%s.qz", (int)(slash - importer->path), importer->path, module);
  text_printf(&library, "std/%s.qz", module);
  const Source *found = slash ? front_read(front, text_str(&near)) : NULL;
  return found ? found : front_read(front, text_str(&library));
}

// ── Messages, time ──────────────────────────────────────────────────────────────────────────────────────────────
// `QZ0010 3:5` for each message, by place, one a line.
static inline const char *front_messages(Front *front, bool with_text) {
  Text out = {.arena = &front->arena};
  diag_list_sort(&front->diags);
  for (uint32_t i = 0; i < front->diags.items.size; i++) {
    const Diag *diag = front->diags.items.data[i];
    Location at = source_locate(&front->sources, diag->span.start);
    text_printf(&out, "QZ%04d %u:%u%s%s\n", (int)diag->id, at.line, at.column, with_text ? " " : "",
                with_text ? diag->message : "");
  }
  return text_str(&out);
}

// Processor time, which other programs on the machine do not change.
static inline double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline const char *repeat(Front *front, const char *piece, size_t count) {
  Text out = {.arena = &front->arena};
  for (size_t i = 0; i < count; i++) text_append(&out, piece);
  return text_str(&out);
}

#endif
