// For targets that start anew with each input: a compilation whose one source it is.
#ifndef QZ_SPEC_FUZZ_FRESH_H
#define QZ_SPEC_FUZZ_FRESH_H

#include "spec/fuzz/target.h"

// What the target does with the input.
static void fuzz(Compiler *compiler, const Source *input);

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
