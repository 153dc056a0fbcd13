// What the fuzz targets share: how a broken promise ends one.
#ifndef QZ_SPEC_FUZZ_TARGET_H
#define QZ_SPEC_FUZZ_TARGET_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool holds, const char *what, const Text *text) {
  if (holds) return;
  fprintf(stderr, "%s\n%s\n", what, text ? text_str(text) : "");
  abort();
}

#endif
