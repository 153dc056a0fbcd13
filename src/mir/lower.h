// Lowering: a checked Program in, MIR out. What comes out satisfies mir_check by construction.
#ifndef QZ_MIR_LOWER_H
#define QZ_MIR_LOWER_H

#include "mir/mir.h"
#include "sema/sema.h"

typedef struct MirLowerOptions {
  bool all;    // every instance is a root: nothing that was checked stays unlowered
} MirLowerOptions;

// Lowers what main (or what runs the program's tests) and the exported functions reach, in order of first use: the same
// program always gives the same module. Sema found no errors in it. A program is lowered once: the result is remembered
// in its types, instances and globals.
MirModule *mir_lower(Program *program, Arena *arena, const MirLowerOptions *options);

#endif
