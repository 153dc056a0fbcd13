// masks: see passes.def. `if c then v += x` asks the processor to guess c; adding x or 0 does not:
//
//     branch c -> then, after                    v = add v, x & -c
//     then: v = add v, x; goto after      ─▶     goto after
//
// Adding zero never overflows, so the check of the addition fails exactly when it did.
#include "mir/pass.h"

typedef struct Masks {
  MirModule *module;
  MirFunction *function;
  MirCfg cfg;
} Masks;

static bool is_sum_into_itself(const MirStmt *stmt) {
  if (stmt->op != MIR_OP_ADD && stmt->op != MIR_OP_SUB) return false;
  if (!mir_type_is_integer(stmt->dest.type) || !mir_place_is_local(&stmt->dest)) return false;
  const MirOperand *old = &stmt->operands[0], *added = &stmt->operands[1];
  if (!mir_operand_is_place(old) || !mir_place_equal(&old->place, &stmt->dest)) return false;
  return mir_operand_is_place(added) && mir_place_is_local(&added->place) && added->place.local != stmt->dest.local;
}

static bool has_one_way_in(const Masks *m, MirBlockId block) {
  return m->cfg.before.start[block + 1] - m->cfg.before.start[block] == 1;
}

// Is the block that the branch goes to only such a sum, on the way to where the branch goes otherwise?
static bool is_guarded_sum(const Masks *m, const MirStmt *branch, MirBlockId then) {
  const MirBlock *block = m->function->blocks.data[then];
  if (block->stmts.size != 2 || block->is_cleanup || !has_one_way_in(m, then)) return false;
  const MirStmt *end = mir_block_end(block);
  return end->op == MIR_OP_GOTO && end->targets[0] == branch->targets[1] && is_sum_into_itself(&block->stmts.data[0]);
}

static MirOperand compute(Masks *m, MirBlock *block, MirOp op, MirType *type, MirOperand a, const MirOperand *b) {
  MirLocalId temp = mir_local_new(m->module, m->function, MIR_LOCAL_TEMP, type, NAME_NONE, m->function->span);
  MirStmt *stmt = mir_stmt_new(m->module, block, op, m->function->span, b ? 2 : 1, 0);
  stmt->dest = mir_place_local(m->function, temp);
  stmt->operands[0] = a;
  if (b) stmt->operands[1] = *b;
  return mir_copy(stmt->dest);
}

static void mask(Masks *m, MirBlock *block) {
  MirStmt branch = *mir_block_end(block);
  MirStmt sum = mir_stmt_copy(m->module, &m->function->blocks.data[branch.targets[0]]->stmts.data[0]);
  MirType *type = sum.dest.type;
  block->stmts.size--;
  MirOperand one = compute(m, block, MIR_OP_CAST, type, branch.operands[0], NULL);
  MirOperand all = compute(m, block, MIR_OP_WRAP_SUB, type, mir_int(type, 0), &one);
  sum.operands[1] = compute(m, block, MIR_OP_BIT_AND, type, sum.operands[1], &all);
  vec_push(m->module->arena, &block->stmts, sum);
  mir_stmt_new(m->module, block, MIR_OP_GOTO, branch.span, 0, 1)->targets[0] = branch.targets[1];
}

static void run(MirModule *module, MirFunction *function) {
  Arena scratch = {0};
  Masks m = {.module = module, .function = function, .cfg = mir_cfg_new(&scratch, function)};
  bool changed = false;
  for (MirBlockId b = 0; b < function->blocks.size; b++) {
    MirBlock *block = function->blocks.data[b];
    const MirStmt *end = mir_block_end(block);
    if (block->is_cleanup || end->op != MIR_OP_BRANCH || !is_guarded_sum(&m, end, end->targets[0])) continue;
    mask(&m, block);
    changed = true;
  }
  if (changed) mir_function_renumber(&scratch, function);
  arena_free(&scratch);
}

void mir_pass_masks(MirModule *module) {
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->blocks.size) run(module, module->functions.data[i]);
}
