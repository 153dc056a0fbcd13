// One compilation's worth of state for the tests of lexer, parser and diag.
#ifndef QZ_SPEC_PARSER_SUPPORT_H
#define QZ_SPEC_PARSER_SUPPORT_H

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

static inline Source *front_source_sized(Front *front, const char *text, size_t size) {
  return source_add(&front->arena, &front->sources, "test.qz", arena_text(&front->arena, text, size), size);
}

static inline Source *front_source(Front *front, const char *text) {
  return front_source_sized(front, text, strlen(text));
}

// `QZ0010 3:5` for each message, by place, one a line.
static inline const char *front_messages(Front *front, bool with_text) {
  Text out = {.arena = &front->arena};
  diag_list_sort(&front->diags);
  for (uint32_t i = 0; i < front->diags.items.size; i++) {
    const Diag *diag = front->diags.items.data[i];
    Location at = source_locate(&front->arena, &front->sources, diag->span.start);
    text_printf(&out, "QZ%04d %u:%u%s%s\n", (int)diag->id, at.line, at.column, with_text ? " " : "",
                with_text ? diag->message : "");
  }
  return text_str(&out);
}

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

static inline const char *read_text(Front *front, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  Text out = {.arena = &front->arena};
  char buffer[4096];
  for (size_t size; (size = fread(buffer, 1, sizeof buffer, file));) text_bytes(&out, buffer, size);
  fclose(file);
  return text_str(&out);
}

#endif
