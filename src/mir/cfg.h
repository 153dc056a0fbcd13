// The shape of a function: edges, order, dominators, natural loops; and sets of bits. Computed on demand into an arena
// that the caller throws away; nothing here is kept up to date when the function changes.
#ifndef QZ_MIR_CFG_H
#define QZ_MIR_CFG_H

#include "mir/mir.h"

// Lists of blocks, one after another: those of block b are items[start[b]] … items[start[b + 1] - 1].
typedef struct MirEdges {
  uint32_t *start;
  MirBlockId *items;
} MirEdges;

typedef struct MirCfg {
  uint32_t block_count;
  MirEdges next, before;  // successors (unwind edges included) and predecessors; an edge that stands twice counts once
  MirBlockId *order;  // reachable blocks, each after its dominators: reverse postorder
  uint32_t order_count;
  uint32_t *position;  // block → its index in `order`; MIR_NO_BLOCK: unreachable
  MirBlockId *dominator;  // immediate; the entry's is itself
  MirBlockId *loop;  // header of the innermost loop that holds the block, or MIR_NO_BLOCK
  MirBlockId *outer_loop;  // header → header of the loop around it, or MIR_NO_BLOCK
} MirCfg;

MirCfg mir_cfg_new(Arena *arena, const MirFunction *function);
bool mir_cfg_dominates(const MirCfg *cfg, MirBlockId a, MirBlockId b);
bool mir_cfg_loop_holds(const MirCfg *cfg, MirBlockId header, MirBlockId block);
static inline bool mir_cfg_is_reachable(const MirCfg *cfg, MirBlockId block) {
  return cfg->position[block] != MIR_NO_BLOCK;
}

static inline MirStmt *mir_block_end(const MirBlock *block) { return &block->stmts.data[block->stmts.size - 1]; }

// ── What statements touch ───────────────────────────────────────────────────────────────────────────────────────
static inline bool mir_place_is_local(const MirPlace *place) { return !place->global && !place->projection_count; }
// Does it go through a pointer, or start at a global? Then it names memory, not a part of its local.
bool mir_place_is_memory(const MirPlace *place);
static inline bool mir_operand_is_place(const MirOperand *operand) {
  return operand->kind == MIR_OPERAND_COPY || operand->kind == MIR_OPERAND_MOVE;
}
bool mir_local_is_counted(const MirFunction *function, MirLocalId local);  // owned, and of managed type
// Is a value put here kept alive by it: an owned local, or memory?
bool mir_place_is_owner(const MirFunction *function, const MirPlace *place);
bool mir_place_equal(const MirPlace *a, const MirPlace *b);
// May control leave this statement by a panic?
bool mir_stmt_may_panic(const MirStmt *stmt);

// ── Sets of bits ────────────────────────────────────────────────────────────────────────────────────────────────
typedef uint64_t MirBits;
static inline uint32_t mir_bits_words(uint32_t count) { return (count + 63) / 64; }
static inline bool mir_bits_has(const MirBits *bits, uint32_t i) { return bits[i / 64] >> (i % 64) & 1; }
static inline void mir_bits_add(MirBits *bits, uint32_t i) { bits[i / 64] |= (MirBits)1 << (i % 64); }
static inline void mir_bits_remove(MirBits *bits, uint32_t i) { bits[i / 64] &= ~((MirBits)1 << (i % 64)); }

#endif
