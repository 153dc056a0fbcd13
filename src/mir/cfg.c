// Control flow of one function. Dominators as in Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm";
// loops from the inside out, each block entered once for the innermost loop and each loop once for the one around it.
#include "mir/cfg.h"

#include <string.h>

// ── Edges ───────────────────────────────────────────────────────────────────────────────────────────────────────
// Calls `see` for each successor once; `seen[b]` holds the last block that named b.
typedef struct EdgeWalk {
  uint32_t *seen;
  uint32_t stamp;
  MirBlockId *items;  // NULL: only counts
  uint32_t count;
} EdgeWalk;

static void see(EdgeWalk *walk, MirBlockId target) {
  if (target == MIR_NO_BLOCK || walk->seen[target] == walk->stamp) return;
  walk->seen[target] = walk->stamp;
  if (walk->items) walk->items[walk->count] = target;
  walk->count++;
}

static void walk_block(EdgeWalk *walk, const MirBlock *block) {
  walk->stamp++;
  for (uint32_t i = 0; i < block->stmts.size; i++) see(walk, block->stmts.data[i].unwind);
  const MirStmt *end = mir_block_end(block);
  for (uint32_t i = 0; i < end->target_count; i++) see(walk, end->targets[i]);
}

static uint32_t walk_function(EdgeWalk *walk, const MirFunction *function, uint32_t *start) {
  walk->count = 0;
  for (MirBlockId b = 0; b < function->blocks.size; b++) {
    start[b] = walk->count;
    walk_block(walk, function->blocks.data[b]);
  }
  return start[function->blocks.size] = walk->count;
}

static MirEdges find_next(Arena *arena, const MirFunction *function) {
  uint32_t count = function->blocks.size;
  EdgeWalk walk = {.seen = arena_array(arena, uint32_t, count)};
  MirEdges next = {.start = arena_array(arena, uint32_t, count + 1)};
  uint32_t edges = walk_function(&walk, function, next.start);
  walk.items = next.items = arena_array(arena, MirBlockId, edges + 1);
  walk_function(&walk, function, next.start);
  return next;
}

static MirEdges turn_round(Arena *arena, const MirEdges *next, uint32_t count) {
  MirEdges before = {arena_array(arena, uint32_t, count + 2), arena_array(arena, MirBlockId, next->start[count] + 1)};
  for (uint32_t e = 0; e < next->start[count]; e++) before.start[next->items[e] + 2]++;
  for (MirBlockId b = 2; b <= count; b++) before.start[b] += before.start[b - 1];
  for (MirBlockId b = 0; b < count; b++)
    for (uint32_t e = next->start[b]; e < next->start[b + 1]; e++) before.items[before.start[next->items[e] + 1]++] = b;
  return before;
}

// ── Order ───────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Visit {
  MirBlockId block;
  uint32_t edge;  // the next one to follow
} Visit;

static void find_order(Arena *arena, MirCfg *cfg) {
  uint32_t at = cfg->block_count, depth = 0;
  Visit *stack = arena_array(arena, Visit, cfg->block_count + 1);
  MirBlockId *order = arena_array(arena, MirBlockId, cfg->block_count);
  cfg->position[MIR_ENTRY] = 0;  // any number: seen
  stack[depth++] = (Visit){MIR_ENTRY, cfg->next.start[MIR_ENTRY]};
  while (depth) {
    Visit *top = &stack[depth - 1];
    if (top->edge == cfg->next.start[top->block + 1]) {
      order[--at] = top->block;
      depth--;
      continue;
    }
    MirBlockId next = cfg->next.items[top->edge++];
    if (cfg->position[next] != MIR_NO_BLOCK) continue;
    cfg->position[next] = 0;
    stack[depth++] = (Visit){next, cfg->next.start[next]};
  }
  cfg->order = order + at;
  cfg->order_count = cfg->block_count - at;
  for (uint32_t i = 0; i < cfg->order_count; i++) cfg->position[cfg->order[i]] = i;
}

// ── Dominators ──────────────────────────────────────────────────────────────────────────────────────────────────
static MirBlockId meet(const MirCfg *cfg, MirBlockId a, MirBlockId b) {
  while (a != b) {
    while (cfg->position[a] > cfg->position[b]) a = cfg->dominator[a];
    while (cfg->position[b] > cfg->position[a]) b = cfg->dominator[b];
  }
  return a;
}

static MirBlockId meet_of_before(const MirCfg *cfg, MirBlockId block) {
  MirBlockId result = MIR_NO_BLOCK;
  for (uint32_t e = cfg->before.start[block]; e < cfg->before.start[block + 1]; e++) {
    MirBlockId before = cfg->before.items[e];
    if (cfg->dominator[before] == MIR_NO_BLOCK) continue;
    result = result == MIR_NO_BLOCK ? before : meet(cfg, result, before);
  }
  return result;
}

static void find_dominators(MirCfg *cfg) {
  cfg->dominator[MIR_ENTRY] = MIR_ENTRY;
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = 1; i < cfg->order_count; i++) {
      MirBlockId found = meet_of_before(cfg, cfg->order[i]);
      changed |= cfg->dominator[cfg->order[i]] != found;
      cfg->dominator[cfg->order[i]] = found;
    }
  }
}

bool mir_cfg_dominates(const MirCfg *cfg, MirBlockId a, MirBlockId b) {
  while (cfg->position[b] > cfg->position[a]) b = cfg->dominator[b];
  return a == b;
}

// ── Loops ───────────────────────────────────────────────────────────────────────────────────────────────────────
static MirBlockId outermost(const MirCfg *cfg, MirBlockId block) {
  MirBlockId loop = cfg->loop[block];
  while (loop != MIR_NO_BLOCK && cfg->outer_loop[loop] != MIR_NO_BLOCK) loop = cfg->outer_loop[loop];
  return loop;
}

typedef VEC(MirBlockId) BlockStack;

static void push_before(Arena *arena, const MirCfg *cfg, BlockStack *work, MirBlockId block) {
  for (uint32_t e = cfg->before.start[block]; e < cfg->before.start[block + 1]; e++)
    if (mir_cfg_is_reachable(cfg, cfg->before.items[e])) vec_push(arena, work, cfg->before.items[e]);
}

static void collect_loop(Arena *arena, MirCfg *cfg, MirBlockId header, BlockStack *work) {
  cfg->loop[header] = header;
  while (work->size) {
    MirBlockId block = vec_pop(work);
    MirBlockId known = outermost(cfg, block);
    if (known == header) continue;
    if (known == MIR_NO_BLOCK) {
      cfg->loop[block] = header;
      push_before(arena, cfg, work, block);
    } else {
      cfg->outer_loop[known] = header;
      push_before(arena, cfg, work, known);
    }
  }
}

static void find_loops(Arena *arena, MirCfg *cfg) {
  BlockStack work = {0};
  for (uint32_t i = cfg->order_count; i-- > 0;) {
    MirBlockId header = cfg->order[i];
    for (uint32_t e = cfg->before.start[header]; e < cfg->before.start[header + 1]; e++) {
      MirBlockId tail = cfg->before.items[e];
      if (mir_cfg_is_reachable(cfg, tail) && mir_cfg_dominates(cfg, header, tail)) vec_push(arena, &work, tail);
    }
    if (work.size) collect_loop(arena, cfg, header, &work);
  }
}

bool mir_cfg_loop_holds(const MirCfg *cfg, MirBlockId header, MirBlockId block) {
  MirBlockId loop = cfg->loop[block];
  while (loop != MIR_NO_BLOCK && loop != header) loop = cfg->outer_loop[loop];
  return loop == header;
}

static uint32_t *no_blocks(Arena *arena, uint32_t count) {
  uint32_t *blocks = arena_array(arena, uint32_t, count + 1);
  memset(blocks, 0xFF, (count + 1) * sizeof *blocks);
  return blocks;
}

MirCfg mir_cfg_new(Arena *arena, const MirFunction *function) {
  MirCfg cfg = {.block_count = function->blocks.size};
  assert(cfg.block_count);
  cfg.next = find_next(arena, function);
  cfg.before = turn_round(arena, &cfg.next, cfg.block_count);
  cfg.position = no_blocks(arena, cfg.block_count);
  cfg.dominator = no_blocks(arena, cfg.block_count);
  cfg.loop = no_blocks(arena, cfg.block_count);
  cfg.outer_loop = no_blocks(arena, cfg.block_count);
  find_order(arena, &cfg);
  find_dominators(&cfg);
  find_loops(arena, &cfg);
  return cfg;
}

// ── What statements touch ───────────────────────────────────────────────────────────────────────────────────────
bool mir_place_is_memory(const MirPlace *place) {
  if (place->global) return true;
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_DEREF) return true;
  return false;
}

bool mir_local_is_counted(const MirFunction *function, MirLocalId local) {
  const MirLocal *info = &function->locals.data[local];
  return info->type->is_managed && (info->is_owned || local == MIR_RETURN_LOCAL);
}

bool mir_place_is_owner(const MirFunction *function, const MirPlace *place) {
  return mir_place_is_memory(place) || mir_local_is_counted(function, place->local);
}

bool mir_place_equal(const MirPlace *a, const MirPlace *b) {
  if (a->global != b->global || a->projection_count != b->projection_count) return false;
  if (!a->global && a->local != b->local) return false;
  for (uint32_t i = 0; i < a->projection_count; i++) {
    const MirProjection *x = &a->projections[i], *y = &b->projections[i];
    if (x->kind != y->kind || x->index != y->index || x->variant != y->variant) return false;
  }
  return true;
}

bool mir_stmt_may_panic(const MirStmt *stmt) {
  // A release runs a program's drop methods; no intrinsic of the back ends panics.
  if (stmt->op == MIR_OP_RELEASE) return stmt->unwind != MIR_NO_BLOCK;
  return mir_op_info(stmt->op)->panics && stmt->op != MIR_OP_INTRINSIC && !(stmt->flags & MIR_PROVED);
}
