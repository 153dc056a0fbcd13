// What is known of the locals of one innermost loop under the assumption that the numbers that come into it are small.
#ifndef QZ_MIR_LOOP_FACTS_H
#define QZ_MIR_LOOP_FACTS_H

#include "mir/range.h"

// Numbers of at most 2^30 in size are small: products of two sums of them still fit into 64 bits.
#define MIR_SMALL ((MirWide)1 << 30)

// A statement of the function.
typedef struct MirSpot {
  MirBlockId block;
  uint32_t index;
} MirSpot;

// What a local does from one round of the loop to the next.
typedef enum MirMotion {
  MIR_MOTION_ANY,
  MIR_MOTION_LINEAR,  // moves by the same amount with each step of the counter
  MIR_MOTION_STEADY,  // stays
} MirMotion;

typedef struct MirLoopFact {
  MirMotion motion;
  MirRange range;          // of numbers, when the leaves are small
  const MirStmt *made_by;  // the statement of the loop that computes it; NULL for a leaf: it comes in from outside
  MirSpot made_at;         // where that stands
  uint32_t writes;         // statements of the loop that write it
} MirLoopFact;

typedef struct MirLoop {
  const MirFunction *function;
  uint32_t local_count;  // when the loop was opened
  const MirCfg *cfg;
  const MirLocalUse *uses;
  const Map *exposed;
  MirBlockId header, latch;
  VEC(MirBlockId) blocks;  // in reverse postorder
  MirBits *holds;          // the same as a set
  // `while counter < limit` (or <=), counter = counter + step at the end of the round
  MirLocalId counter;
  const MirOperand *limit;
  bool limit_is_included;
  MirSpot step_at;
  int64_t step;  // > 0
  MirLoopFact *facts;  // by local
  Arena *arena;
} MirLoop;

// False when the loop is not innermost, too large, part of a clean-up, or does not count.
bool mir_loop_open(MirLoop *loop, MirBlockId header);
// Of an operand that the statement at `spot` reads; a constant is STEADY.
MirLoopFact mir_loop_fact(const MirLoop *loop, MirSpot spot, const MirOperand *operand);
// What the local is when it is read at `spot`.
MirLoopFact mir_loop_fact_of_local(const MirLoop *loop, MirSpot spot, MirLocalId local);

#endif
