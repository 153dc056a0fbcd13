// Removes the blocks that control never reaches and puts the others in reverse postorder: each block after those that
// lead to it, loops aside.
#include "mir/lower_internal.h"

typedef struct Visit {
  MirBlockId block;
  uint32_t next;  // of its successors
} Visit;

typedef struct Order {
  MirModule *module;
  MirFunction *function;
  VEC(Visit) stack;
  VEC(MirBlockId) done;  // in postorder
  bool *is_seen;
} Order;

static void enter(Order *order, MirBlockId block) {
  if (block == MIR_NO_BLOCK || order->is_seen[block]) return;
  order->is_seen[block] = true;
  vec_push(order->module->arena, &order->stack, (Visit){block, 0});
}

// Successor number `n`: the targets from last to first, so that the first comes first in the result, then the unwind
// blocks. False: there are no more.
static bool successor(const MirBlock *block, uint32_t n, MirBlockId *out) {
  if (n < block->stmts.size) {
    *out = block->stmts.data[n].unwind;
    return true;
  }
  const MirStmt *last = vec_last(&block->stmts);
  n -= block->stmts.size;
  if (n >= last->target_count) return false;
  *out = last->targets[last->target_count - 1 - n];
  return true;
}

static void visit_all(Order *order) {
  enter(order, MIR_ENTRY);
  while (order->stack.size) {
    Visit *visit = vec_last(&order->stack);
    MirBlockId next;
    if (successor(order->function->blocks.data[visit->block], visit->next++, &next)) {
      enter(order, next);
    } else {
      vec_push(order->module->arena, &order->done, visit->block);
      order->stack.size--;
    }
  }
}

static void renumber(MirBlock *block, const MirBlockId *numbers) {
  for (uint32_t i = 0; i < block->stmts.size; i++) {
    MirStmt *stmt = &block->stmts.data[i];
    if (stmt->unwind != MIR_NO_BLOCK) stmt->unwind = numbers[stmt->unwind];
    for (uint32_t t = 0; t < stmt->target_count; t++) stmt->targets[t] = numbers[stmt->targets[t]];
  }
}

void lower_prune(MirModule *module, MirFunction *function) {
  Order order = {.module = module, .function = function};
  order.is_seen = arena_array(module->arena, bool, function->blocks.size);
  visit_all(&order);
  uint32_t count = order.done.size;
  MirBlockId *numbers = arena_array(module->arena, MirBlockId, function->blocks.size);
  MirBlock **blocks = arena_array(module->arena, MirBlock *, count);
  for (uint32_t i = 0; i < count; i++) {
    MirBlockId old = order.done.data[count - 1 - i];
    numbers[old] = i;
    blocks[i] = function->blocks.data[old];
  }
  for (uint32_t i = 0; i < count; i++) renumber(blocks[i], numbers);
  function->blocks.data = blocks;
  function->blocks.size = function->blocks.capacity = count;
}
