// What the range analysis knows at one point of a function.
#ifndef QZ_MIR_RANGE_H
#define QZ_MIR_RANGE_H

#include "mir/pass.h"

typedef __int128 MirWide;  // holds every integer of every type

// A tracked local: an integer whose address nobody takes.
typedef struct MirRange {
  MirWide lo, hi;
  MirLocalId less;  // it is less than this local, or MIR_NO_BLOCK
  MirLocalId same;  // it has the same value as this local, or MIR_NO_BLOCK
} MirRange;

// `local` holds what stands in memory at `place`.
typedef struct MirLoad {
  const MirPlace *place;
  MirLocalId local;
} MirLoad;

enum { MIR_LOAD_LIMIT = 12, MIR_NO_LOCAL = UINT32_MAX };

typedef struct MirRanges {
  MirRange *of;  // by local
  MirLoad loads[MIR_LOAD_LIMIT];
  uint32_t load_count;
} MirRanges;

typedef struct MirRangeFacts {
  const MirFunction *function;
  const MirBits *tracked;
  const MirBits *shared;  // locals whose address is taken: anything may write them
  MirBits *named;  // locals that the range of another has named as `less` or `same`, at any time
  const Map *exposed;  // fields of objects whose address is taken somewhere in the program
} MirRangeFacts;

MirRange mir_range_full(const MirType *type);
static inline MirRange mir_range_of(MirWide lo, MirWide hi) { return (MirRange){lo, hi, MIR_NO_LOCAL, MIR_NO_LOCAL}; }
bool mir_range_fits(MirRange range, const MirType *type);
MirRange mir_range_of_constant(const MirOperand *operand);
MirRange mir_range_hull(const MirWide *points, int count);
// Of x op y for ADD, SUB, MUL and their wrapping forms, as if there were no width.
MirRange mir_range_exact(MirOp op, MirRange x, MirRange y);

void mir_ranges_start(const MirRangeFacts *facts, MirRanges *ranges, Arena *arena);
void mir_ranges_copy(const MirRangeFacts *facts, MirRanges *to, const MirRanges *from, Arena *arena);
// What holds whichever of the two holds; true when `into` changed. `widens`: a bound that moves goes all the way.
bool mir_ranges_merge(const MirRangeFacts *facts, MirRanges *into, const MirRanges *other, bool widens);

MirLocalId mir_ranges_root(const MirRanges *ranges, MirLocalId local);
MirRange mir_ranges_get(const MirRangeFacts *facts, const MirRanges *ranges, const MirOperand *operand);
// Is a < b for certain?
bool mir_ranges_less(const MirRangeFacts *facts, const MirRanges *ranges, const MirOperand *a, const MirOperand *b);
bool mir_ranges_same(const MirRangeFacts *facts, const MirRanges *ranges, const MirOperand *a, const MirOperand *b);
void mir_ranges_set(const MirRangeFacts *facts, MirRanges *ranges, MirLocalId local, MirRange range);
// From here on a < b (strict), or a <= b.
void mir_ranges_assume_less(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *a, const MirOperand *b,
                            bool strict);
void mir_ranges_assume_within(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *operand, MirWide lo,
                              MirWide hi);
void mir_ranges_assume_same(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *a, const MirOperand *b);
void mir_ranges_assume_differ(const MirRangeFacts *facts, MirRanges *ranges, const MirOperand *a, const MirOperand *b);

// The local that holds what stands at `place`, or MIR_NO_LOCAL.
MirLocalId mir_ranges_loaded(const MirRanges *ranges, const MirPlace *place);
void mir_ranges_note_load(const MirRangeFacts *facts, MirRanges *ranges, const MirPlace *place, MirLocalId local);
// The statement may write memory: forgets the loads it may change.
void mir_ranges_write_memory(const MirRangeFacts *facts, MirRanges *ranges, const MirStmt *stmt);

// The object field that a place in memory lies in; false when it is reached through a plain pointer.
bool mir_place_object_field(const MirPlace *place, uint64_t *key);
// May a store to `written` change what stands at `loaded`? `exposed`: see MirRangeFacts.
bool mir_place_may_alias(const Map *exposed, const MirPlace *written, const MirPlace *loaded);
Map mir_exposed_fields(MirModule *module);  // fields of objects whose address is taken somewhere

#endif
