// What the fuzz targets share: a compilation whose one source is the input, and how a broken promise ends it.
#ifndef QZ_SPEC_FUZZ_TARGET_H
#define QZ_SPEC_FUZZ_TARGET_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What the target does with the input.
static void fuzz(Compiler *compiler, const Source *input);

static inline void require(bool holds, const char *what, const Text *text) {
  if (holds) return;
  fprintf(stderr, "%s\n%s\n", what, text ? text_str(text) : "");
  abort();
}

static inline Source *add_source(Compiler *compiler, const char *text, size_t size) {
  return source_add(&compiler->forever, &compiler->sources, "fuzz", text, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Options options = {.level = LEVEL_0};
  Compiler compiler;
  compiler_init(&compiler, &options);
  fuzz(&compiler, add_source(&compiler, arena_text(&compiler.forever, (const char *)data, size), size));
  compiler_free(&compiler);
  return 0;
}

#endif
