// What the passes share: what is known of the locals of a function, and small changes to statements.
#ifndef QZ_MIR_PASS_H
#define QZ_MIR_PASS_H

#include "mir/cfg.h"

typedef void MirPass(MirModule *module);
#define MIR_PASS(name, function, levels, contract) void function(MirModule *module);
#include "mir/passes.def"

// How often a local stands where, in all blocks.
typedef struct MirLocalUse {
  uint32_t writes;       // as a whole
  uint32_t part_writes;  // of a part that lies in the local itself
  uint32_t reads;        // by operands, as a base of memory, as an index; releases included
  uint32_t moves;        // of the whole
  uint32_t releases;     // of the whole; forgets included
  bool address_taken;    // of it or a part that lies in it
} MirLocalUse;

MirLocalUse *mir_local_uses(Arena *arena, const MirFunction *function);

// Calls `visit` for every local that the statement reads: operands, bases of memory written, indices.
typedef void MirReadVisit(void *context, MirLocalId local);
void mir_stmt_reads(const MirStmt *stmt, MirReadVisit *visit, void *context);
bool mir_stmt_reads_local(const MirStmt *stmt, MirLocalId local);
bool mir_stmt_writes_local(const MirStmt *stmt, MirLocalId local);  // it or a part of it
// May it write memory that others see, or run code that does?
bool mir_stmt_writes_memory(const MirStmt *stmt);
// Without effects but its dest: no panic, no memory, no counts.
bool mir_stmt_is_pure(const MirFunction *function, const MirStmt *stmt);

bool mir_op_is_comparison(MirOp op);
// The comparison that the block's branch is on, if its operands are still what they were; or NULL.
const MirStmt *mir_deciding_compare(const MirBlock *block);

// ── Who is FULL where ───────────────────────────────────────────────────────────────────────────────────────────
// By block: the counted locals that are FULL at its head; NULL for blocks that control does not reach.
MirBits **mir_full_at_heads(Arena *arena, const MirCfg *cfg, const MirFunction *function);
// Brings the set from before a statement to after it.
void mir_full_step(const MirFunction *function, MirBits *full, const MirStmt *stmt);
// Does the statement take something out of the local, or put something into it?
bool mir_stmt_changes_local(const MirStmt *stmt, MirLocalId local);
bool mir_stmt_is_release_of(const MirStmt *stmt, MirLocalId local);

// ── Changing ────────────────────────────────────────────────────────────────────────────────────────────────────
// A copy that shares nothing that passes change in place.
MirStmt mir_stmt_copy(MirModule *module, const MirStmt *stmt);
void mir_stmt_become_bool(MirStmt *stmt, bool value);  // dest = value
MirBlock *mir_block_copy(MirModule *module, const MirBlock *block);  // not yet in a function
void mir_block_insert(MirModule *module, MirBlock *block, uint32_t at, MirStmt stmt);
// A straight chain of cleanup blocks copied, without its first `release local` (leaves_out) or with one before its end.
// MIR_NO_BLOCK when the chain branches, reads the local otherwise, or has no such release.
MirBlockId mir_cleanup_copy(MirModule *module, MirFunction *function, MirBlockId first, MirLocalId local,
                            bool leaves_out);

void mir_block_remove_dead(MirBlock *block, const MirBits *dead);  // the statements whose bit is set
void mir_function_copies(MirModule *module, MirFunction *function);  // the pass `copies` on one function
// Keeps the blocks that can be reached, in reverse postorder.
void mir_function_renumber(Arena *scratch, MirFunction *function);

#endif
