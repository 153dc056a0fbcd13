// Context: what every stage of one compilation shares. It is passed, never global, so that two compilations can run
// in one process.
#ifndef QZ_DIAG_CONTEXT_H
#define QZ_DIAG_CONTEXT_H

#include "base/interner.h"
#include "base/source.h"
#include "base/text.h"
#include "diag/diag.h"

typedef struct Context {
  Arena *arena;  // lives as long as the compilation
  Arena *trees;  // of syntax trees, which go when the program is MIR; NULL: they stay in `arena`
  Interner *names;
  SourceMap *sources;
  DiagList *diags;
  Span at;  // the definition a stage is at work on: shown when the compiler itself fails
} Context;

static inline Arena *context_trees(const Context *context) { return context->trees ? context->trees : context->arena; }

#endif
