// parameters: see passes.def. A borrowed parameter becomes owned when every normal way through the function retains it
// exactly once, at one statement, and nothing reads it after that: the callee wanted an owner, and a caller that is
// done with the value can now give its own.
//
// Before that statement the parameter is full, after it empty. Statements before it that may panic get a cleanup that
// releases it. A caller that only hands its own parameter on retains it now, so its callers are next.
#include <string.h>

#include "mir/pass.h"

typedef struct Parameters {
  MirModule *module;
  Map fixed;      // MirFunction* whose parameters must stay as they are
  bool changed;
} Parameters;

// ── Which functions ─────────────────────────────────────────────────────────────────────────────────────────────
static void fix(Parameters *p, MirFunction *function) {
  if (function) map_put(p->module->arena, &p->fixed, map_key(function), function);
}

static void fix_operand(Parameters *p, const MirOperand *operand) {
  if (operand->kind == MIR_OPERAND_FUNCTION) fix(p, operand->function);
}

static void fix_named_in(Parameters *p, const MirFunction *function) {
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++) {
      const MirStmt *stmt = &block->stmts.data[i];
      if (stmt->op == MIR_OP_CLOSURE) fix(p, stmt->callee);
      for (uint32_t o = 0; o < stmt->operand_count; o++) fix_operand(p, &stmt->operands[o]);
    }
  }
}

// Whoever calls these does not read their parameters' kind from the MIR: C code, closures, glue.
static void find_fixed(Parameters *p) {
  MirModule *module = p->module;
  for (uint32_t i = 0; i < module->types.all.size; i++) {
    fix(p, module->types.all.data[i]->user_drop);
    fix(p, module->types.all.data[i]->release_glue);
    fix(p, module->types.all.data[i]->retain_glue);
    fix(p, module->types.all.data[i]->user_cross);
    fix(p, module->types.all.data[i]->cross_glue);
  }
  for (uint32_t i = 0; i < module->globals.size; i++) fix_operand(p, &module->globals.data[i]->initial);
  for (uint32_t i = 0; i < module->functions.size; i++) {
    MirFunction *function = module->functions.data[i];
    if (function->is_c_abi || function->is_exported || !function->blocks.size) fix(p, function);
    fix_named_in(p, function);
  }
  fix(p, module->main);
  fix(p, module->init);
  fix(p, module->deinit);
}

// ── One parameter ───────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Retain {
  MirLocalId param;
  MirBlockId block;
  uint32_t stmt;
} Retain;

typedef struct Regions {
  Arena scratch;
  MirBits *before;  // blocks entered without having passed the retain
  MirBits *after;   // blocks entered after it
} Regions;

static bool find_retain(const MirFunction *function, MirLocalId param, Retain *found) {
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++) {
      const MirStmt *stmt = &block->stmts.data[i];
      if (stmt->op != MIR_OP_RETAIN || stmt->operands[0].kind != MIR_OPERAND_COPY) continue;
      if (!mir_place_is_local(&stmt->operands[0].place) || stmt->operands[0].place.local != param) continue;
      if (stmt->dest.type != stmt->operands[0].type) return false;
      *found = (Retain){param, b, i};
      return !block->is_cleanup;
    }
  }
  return false;
}

typedef VEC(MirBlockId) Work;

static void enter(Regions *r, MirBits *region, Work *work, MirBlockId block) {
  if (mir_bits_has(region, block)) return;
  mir_bits_add(region, block);
  vec_push(&r->scratch, work, block);
}

// Normal control only: cleanups are copied for the statements that need another one.
static void flood(Regions *r, const MirFunction *function, MirBits *region, Work *work, MirBlockId stop) {
  while (work->size) {
    MirBlockId id = vec_pop(work);
    if (id == stop) continue;
    const MirStmt *end = mir_block_end(function->blocks.data[id]);
    for (uint32_t i = 0; i < end->target_count; i++) enter(r, region, work, end->targets[i]);
  }
}

static void find_regions(Regions *r, const MirFunction *function, const Retain *retain) {
  Work work = {0};
  r->before = arena_array(&r->scratch, MirBits, mir_bits_words(function->blocks.size));
  r->after = arena_array(&r->scratch, MirBits, mir_bits_words(function->blocks.size));
  enter(r, r->before, &work, MIR_ENTRY);
  flood(r, function, r->before, &work, retain->block);
  const MirStmt *end = mir_block_end(function->blocks.data[retain->block]);
  for (uint32_t i = 0; i < end->target_count; i++) enter(r, r->after, &work, end->targets[i]);
  flood(r, function, r->after, &work, MIR_NO_BLOCK);
}

static bool reads_from(const MirBlock *block, uint32_t from, MirLocalId param) {
  for (uint32_t i = from; i < block->stmts.size; i++)
    if (mir_stmt_reads_local(&block->stmts.data[i], param)) return true;
  return false;
}

// Each block is on one side; only the retain's own block is on both, cut at the retain.
static bool sides_are_clear(const Regions *r, const MirFunction *function, const Retain *retain) {
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    bool is_before = mir_bits_has(r->before, b), is_after = mir_bits_has(r->after, b);
    if (is_before && is_after) return false;
    if ((is_after || block->is_cleanup) && reads_from(block, 0, retain->param)) return false;
    if (is_before && b != retain->block && mir_block_end(block)->op == MIR_OP_RETURN) return false;
  }
  return mir_bits_has(r->before, retain->block) &&
         !reads_from(function->blocks.data[retain->block], retain->stmt + 1, retain->param);
}

// ── The change in the callee ────────────────────────────────────────────────────────────────────────────────────
static MirBlockId new_cleanup(MirModule *module, MirFunction *function, MirLocalId param) {
  MirBlockId id = mir_block_new(module, function);
  MirBlock *block = function->blocks.data[id];
  block->is_cleanup = true;
  mir_stmt_new(module, block, MIR_OP_RELEASE, function->span, 1, 0)->operands[0] =
      mir_copy(mir_place_local(function, param));
  mir_stmt_new(module, block, MIR_OP_RESUME, function->span, 0, 0);
  return id;
}

typedef bool StmtVisit(MirModule *module, MirFunction *function, MirStmt *stmt, MirLocalId param);

// Visits what may panic while the parameter is still full.
static bool for_each_before(MirModule *module, MirFunction *function, const Regions *r, const Retain *retain,
                            uint32_t blocks, StmtVisit *visit) {
  for (uint32_t b = 0; b < blocks; b++) {
    if (!mir_bits_has(r->before, b)) continue;
    MirBlock *block = function->blocks.data[b];
    uint32_t end = b == retain->block ? retain->stmt : block->stmts.size;
    for (uint32_t i = 0; i < end; i++)
      if (mir_stmt_may_panic(&block->stmts.data[i]) && !visit(module, function, &block->stmts.data[i], retain->param))
        return false;
  }
  return true;
}

static bool gets_cleanup(MirModule *module, MirFunction *function, MirStmt *stmt, MirLocalId param) {
  MirBlockId cleanup = stmt->unwind == MIR_NO_BLOCK ? new_cleanup(module, function, param)
                                                    : mir_cleanup_copy(module, function, stmt->unwind, param, false);
  if (cleanup != MIR_NO_BLOCK) stmt->unwind = cleanup;
  return cleanup != MIR_NO_BLOCK;
}

// Would gets_cleanup succeed? Copies made to find out are never entered.
static bool can_get_cleanup(MirModule *module, MirFunction *function, MirStmt *stmt, MirLocalId param) {
  return stmt->unwind == MIR_NO_BLOCK || mir_cleanup_copy(module, function, stmt->unwind, param, false) != MIR_NO_BLOCK;
}

static bool own_param(MirModule *module, MirFunction *function, MirLocalId param) {
  Regions r = {0};
  Retain retain;
  bool done = find_retain(function, param, &retain);
  if (done) find_regions(&r, function, &retain);
  uint32_t blocks = function->blocks.size;
  done = done && sides_are_clear(&r, function, &retain) &&
         for_each_before(module, function, &r, &retain, blocks, can_get_cleanup);
  if (done) {
    for_each_before(module, function, &r, &retain, blocks, gets_cleanup);
    MirStmt *stmt = &function->blocks.data[retain.block]->stmts.data[retain.stmt];
    stmt->op = MIR_OP_USE;
    stmt->operands[0].kind = MIR_OPERAND_MOVE;
    function->locals.data[param].is_owned = true;
  }
  if (function->blocks.size > blocks) mir_function_renumber(&r.scratch, function);
  arena_free(&r.scratch);
  return done;
}

static void run_callee(Parameters *p, MirFunction *function) {
  Arena scratch = {0};
  const MirLocalUse *uses = mir_local_uses(&scratch, function);
  for (MirLocalId i = 1; i <= function->param_count; i++) {
    const MirLocal *local = &function->locals.data[i];
    if (!local->type->is_managed || local->is_owned) continue;
    if (uses[i].writes || uses[i].part_writes || uses[i].address_taken) continue;
    p->changed |= own_param(p->module, function, i);
  }
  arena_free(&scratch);
}

// ── The change in the callers ───────────────────────────────────────────────────────────────────────────────────
// Retains the argument into a temp of its own, which the call then takes. Gives how many statements were put before.
static uint32_t give_owners(MirModule *module, MirFunction *function, MirBlock *block, uint32_t at) {
  uint32_t added = 0, count = block->stmts.data[at].operand_count;
  for (uint32_t i = 0; i < count; i++) {
    MirStmt *call = &block->stmts.data[at + added];
    MirOperand *operand = &call->operands[i];
    if (i >= call->callee->param_count || !mir_local_is_counted(call->callee, i + 1)) continue;
    if (operand->kind != MIR_OPERAND_COPY) continue;
    MirLocalId temp = mir_local_new(module, function, MIR_LOCAL_TEMP, operand->type, NAME_NONE, call->span);
    function->locals.data[temp].is_owned = true;
    MirOperand *retained = arena_new(module->arena, MirOperand);
    *retained = *operand;
    *operand = mir_move(mir_place_local(function, temp));
    MirStmt retain = {.op = MIR_OP_RETAIN,
                      .span = call->span,
                      .inlined = call->inlined,
                      .unwind = MIR_NO_BLOCK,
                      .operand_count = 1,
                      .operands = retained,
                      .dest = mir_place_local(function, temp)};
    mir_block_insert(module, block, at + added++, retain);
  }
  return added;
}

static void run_caller(MirModule *module, MirFunction *function) {
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++)
      if (block->stmts.data[i].op == MIR_OP_CALL) i += give_owners(module, function, block, i);
  }
}

static bool run_round(Parameters *p) {
  MirModule *module = p->module;
  p->changed = false;
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (!map_get(&p->fixed, map_key(module->functions.data[i]))) run_callee(p, module->functions.data[i]);
  for (uint32_t i = 0; p->changed && i < module->functions.size; i++) run_caller(module, module->functions.data[i]);
  return p->changed;
}

void mir_pass_parameters(MirModule *module) {
  enum { LEVELS = 8 };  // of calls; deeper ones are seldom, and each round looks at the whole program
  Parameters p = {.module = module};
  find_fixed(&p);
  for (uint32_t i = 0; i < LEVELS && run_round(&p); i++) continue;
}
