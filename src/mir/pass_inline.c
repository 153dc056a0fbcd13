// inline: see passes.def. Callees first: a function is worked on after those that it calls, so what is put in has its
// own calls put in already. Recursion is cut by never inlining a function that is being worked on; a small function
// that calls itself is at the end put into itself once, as it was before.
//
// What is put in is looked through again where it was handed a function: the calls of that are now known.
//
// The callee's parameters become variables of the caller, filled by the arguments; its result becomes a variable that
// the call's destination is read from; its panics unwind to where the call did.
#include <string.h>

#include "mir/pass.h"

// In statements. Tiny functions need not ask for it. One that is handed a function is worth more room: the call through
// what it is handed goes away.
enum { TINY_LIMIT = 12, CALLEE_LIMIT = 30, HANDED_LIMIT = 80, SELF_LIMIT = 16, CALLER_LIMIT = 3000 };
enum { HANDED_DEPTH = 4 };  // of functions that hand on what they were handed

typedef enum Progress { UNTOUCHED, RUNNING, DONE } Progress;

typedef struct Inliner {
  MirModule *module;
  uint8_t *progress;  // by function id
  uint32_t *sizes;    // in statements, once DONE
} Inliner;

// Copies and jumps are free: most of them go away.
static bool costs(const MirStmt *stmt) { return stmt->op != MIR_OP_USE && stmt->op != MIR_OP_GOTO; }

static uint32_t count_stmts(const MirFunction *function) {
  uint32_t count = 0;
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t i = 0; i < block->stmts.size; i++) count += costs(&block->stmts.data[i]);
  }
  return count;
}

// ── One call ────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Site {
  MirModule *module;
  MirFunction *caller;
  const MirFunction *callee;
  MirStmt call;
  MirLocalId first_local;  // the callee's _0 in the caller
  MirBlockId first_block;  // the callee's bb0
  MirBlockId after;        // what follows the call
  bool makes_temps;        // the callee has no loop: what it writes once is a temp
  const MirLocalUse *uses; // of the callee's locals
  MirInlined *here;        // what was lowered in the callee
  Map inlined;             // MirInlined of the callee → the same in the caller
  Arena *scratch;
} Site;

// Parameters count the write that passes the argument.
static MirLocalKind slot_kind(const Site *site, MirLocalId local) {
  const MirLocalUse *use = &site->uses[local];
  bool is_param = local != MIR_RETURN_LOCAL;
  return site->makes_temps && use->writes + is_param == 1 && !use->part_writes ? MIR_LOCAL_TEMP : MIR_LOCAL_VAR;
}

// Where a statement of the callee comes from, seen from the caller.
static const MirInlined *inlined_in_caller(Site *site, const MirInlined *old) {
  if (!old) return site->here;
  MirInlined *known = map_get(&site->inlined, map_key(old));
  if (known) return known;
  known = arena_new(site->module->arena, MirInlined);
  *known = (MirInlined){old->callee, old->call, inlined_in_caller(site, old->outer)};
  return map_put(site->scratch, &site->inlined, map_key(old), known), known;
}

static void add_locals(const Site *site) {
  for (MirLocalId i = 0; i < site->callee->locals.size; i++) {
    MirLocal local = site->callee->locals.data[i];
    if (i == MIR_RETURN_LOCAL) local.is_owned = local.type->is_managed;
    if (i <= site->callee->param_count) local.kind = slot_kind(site, i);
    vec_push(site->module->arena, &site->caller->locals, local);
  }
}

static void move_place(const Site *site, MirPlace *place) {
  if (!place->global) place->local += site->first_local;
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_INDEX) place->projections[i].index += site->first_local;
}

static MirStmt jump(MirModule *module, Span span, MirBlockId target) {
  MirStmt stmt = {.op = MIR_OP_GOTO, .span = span, .unwind = MIR_NO_BLOCK, .target_count = 1};
  stmt.targets = arena_new(module->arena, MirBlockId);
  stmt.targets[0] = target;
  return stmt;
}

static void move_end(const Site *site, MirStmt *stmt) {
  for (uint32_t i = 0; i < stmt->target_count; i++) stmt->targets[i] += site->first_block;
  if (stmt->op == MIR_OP_RETURN) *stmt = jump(site->module, stmt->span, site->after);
  if (stmt->op == MIR_OP_RESUME && site->call.unwind != MIR_NO_BLOCK)
    *stmt = jump(site->module, stmt->span, site->call.unwind);
}

// A release says nothing of unwinding where its function had nothing left to clean up: the call did.
static bool panics_to_caller(const MirStmt *stmt, const MirBits *full, uint32_t words) {
  if (stmt->op != MIR_OP_RELEASE) return mir_stmt_may_panic(stmt);
  if (stmt->operands[0].type->kind == MIR_TYPE_STRING) return false;
  for (uint32_t w = 0; w < words; w++)
    if (full[w]) return false;
  return true;
}

// A parameter that is only ever read, and was given a function, is that function.
static const MirOperand *known_function(const Site *site, const MirOperand *operand) {
  if (operand->kind != MIR_OPERAND_COPY || !mir_place_is_local(&operand->place)) return NULL;
  MirLocalId local = operand->place.local;
  if (local == MIR_RETURN_LOCAL || local > site->callee->param_count) return NULL;
  const MirLocalUse *use = &site->uses[local];
  const MirOperand *argument = &site->call.operands[local - 1];
  bool is_constant = argument->kind == MIR_OPERAND_FUNCTION && !use->writes && !use->address_taken;
  return is_constant ? argument : NULL;
}

static void move_operand(const Site *site, MirOperand *operand) {
  const MirOperand *known = known_function(site, operand);
  if (known) *operand = *known;
  else if (mir_operand_is_place(operand)) move_place(site, &operand->place);
}

// `full`: what the callee owns after the statement took its operands.
static MirStmt moved_stmt(Site *site, const MirStmt *stmt, const MirBits *full, bool in_cleanup) {
  MirStmt copy = mir_stmt_copy(site->module, stmt);
  if (copy.dest.type) move_place(site, &copy.dest);
  for (uint32_t i = 0; i < copy.operand_count; i++) move_operand(site, &copy.operands[i]);
  if (copy.unwind != MIR_NO_BLOCK) copy.unwind += site->first_block;
  else if (!in_cleanup && panics_to_caller(stmt, full, mir_bits_words(site->callee->locals.size)))
    copy.unwind = site->call.unwind;
  move_end(site, &copy);
  copy.inlined = inlined_in_caller(site, stmt->inlined);
  return copy;
}

static void add_block(Site *site, const MirBlock *old, MirBits *full) {
  MirBlockId id = mir_block_new(site->module, site->caller);
  MirBlock *block = site->caller->blocks.data[id];
  block->is_cleanup = old->is_cleanup;
  for (uint32_t i = 0; i < old->stmts.size; i++) {
    mir_full_step(site->callee, full, &old->stmts.data[i]);
    MirStmt stmt = moved_stmt(site, &old->stmts.data[i], full, old->is_cleanup);
    vec_push(site->module->arena, &block->stmts, stmt);
  }
}

static void add_blocks(Site *site, const MirCfg *cfg) {
  MirBits **heads = mir_full_at_heads(site->scratch, cfg, site->callee);
  MirBits *nothing = arena_array(site->scratch, MirBits, mir_bits_words(site->callee->locals.size));
  for (MirBlockId b = 0; b < site->callee->blocks.size; b++)
    add_block(site, site->callee->blocks.data[b], heads[b] ? heads[b] : nothing);
}

static bool has_loop(const MirCfg *cfg) {
  for (uint32_t i = 0; i < cfg->order_count; i++)
    if (cfg->loop[cfg->order[i]] != MIR_NO_BLOCK) return true;
  return false;
}

static MirStmt copy_stmt(const Site *site, MirPlace dest, MirOperand from) {
  MirStmt stmt = {.op = MIR_OP_USE,
                  .span = site->call.span,
                  .inlined = site->call.inlined,
                  .unwind = MIR_NO_BLOCK,
                  .operand_count = 1,
                  .dest = dest};
  stmt.operands = arena_new(site->module->arena, MirOperand);
  stmt.operands[0] = from;
  return stmt;
}

static void pass_arguments(const Site *site, MirBlock *block) {
  for (uint32_t i = 0; i < site->call.operand_count; i++) {
    MirPlace param = mir_place_local(site->caller, site->first_local + 1 + i);
    MirStmt stmt = copy_stmt(site, param, site->call.operands[i]);
    vec_push(site->module->arena, &block->stmts, stmt);
  }
}

static void take_result(const Site *site, MirBlock *after) {
  if (!site->call.dest.type) return;
  MirPlace result = mir_place_local(site->caller, site->first_local);
  MirOperand value = result.type->is_managed ? mir_move(result) : mir_copy(result);
  MirStmt stmt = copy_stmt(site, site->call.dest, value);
  vec_push(site->module->arena, &after->stmts, stmt);
}

// Cuts the block behind the call; the callee's blocks go between. Gives the block with what followed.
static MirBlockId inline_call(MirModule *module, MirFunction *caller, MirBlockId at, uint32_t index) {
  Arena scratch = {0};
  MirBlock *block = caller->blocks.data[at];
  Site site = {.module = module,
               .caller = caller,
               .call = block->stmts.data[index],
               .first_local = caller->locals.size,
               .scratch = &scratch};
  site.callee = site.call.callee;
  site.here = arena_new(module->arena, MirInlined);
  *site.here = (MirInlined){site.callee, site.call.span, site.call.inlined};
  site.after = mir_block_new(module, caller);
  site.first_block = caller->blocks.size;
  MirCfg cfg = mir_cfg_new(&scratch, site.callee);
  site.makes_temps = !has_loop(&cfg);
  site.uses = mir_local_uses(&scratch, site.callee);
  add_locals(&site);
  add_blocks(&site, &cfg);
  MirBlock *after = caller->blocks.data[site.after];
  take_result(&site, after);
  for (uint32_t i = index + 1; i < block->stmts.size; i++) vec_push(module->arena, &after->stmts, block->stmts.data[i]);
  block->stmts.size = index;
  pass_arguments(&site, block);
  MirStmt enter = jump(module, site.call.span, site.first_block);
  enter.inlined = site.call.inlined;
  vec_push(module->arena, &block->stmts, enter);
  arena_free(&scratch);
  return site.after;
}

// ── Which calls ─────────────────────────────────────────────────────────────────────────────────────────────────
static void run(Inliner *in, MirFunction *function);

// A call through a closure that is known to be a plain function calls that function.
static void call_directly(MirStmt *stmt) {
  if (stmt->op != MIR_OP_CALL_FN || stmt->operands[0].kind != MIR_OPERAND_FUNCTION) return;
  stmt->op = MIR_OP_CALL;
  stmt->callee = stmt->operands[0].function;
  stmt->operands++;
  stmt->operand_count--;
}

static bool hands_function(const MirStmt *call) {
  for (uint32_t i = 0; i < call->operand_count; i++)
    if (call->operands[i].kind == MIR_OPERAND_FUNCTION && call->operands[i].type->kind == MIR_TYPE_FN) return true;
  return false;
}

static uint32_t limit_of(const MirStmt *call) {
  return hands_function(call) ? HANDED_LIMIT : call->callee->is_inline ? CALLEE_LIMIT : TINY_LIMIT;
}

static bool is_wanted(Inliner *in, const MirStmt *stmt) {
  MirFunction *callee = stmt->callee;
  if (stmt->op != MIR_OP_CALL || callee->is_variadic || !callee->blocks.size) return false;
  if (callee->is_cold || callee->is_noreturn || callee->is_unbroken) return false;
  run(in, callee);
  return in->progress[callee->id] == DONE && in->sizes[callee->id] <= limit_of(stmt);
}

static bool fits(const Inliner *in, const MirFunction *function, const MirStmt *stmt) {
  return in->sizes[function->id] + in->sizes[stmt->callee->id] <= CALLER_LIMIT;
}

static void look_through(Inliner *in, MirFunction *function, MirBlockId first, uint32_t depth);

// Puts in what the block calls. Calls in what is put in were looked at when the callee was worked on, but for those
// that are known only here.
static void inline_in_block(Inliner *in, MirFunction *function, MirBlockId b, uint32_t depth) {
  for (uint32_t i = 0; i < function->blocks.data[b]->stmts.size; i++) {
    MirStmt *stmt = &function->blocks.data[b]->stmts.data[i];
    call_directly(stmt);
    if (!is_wanted(in, stmt) || !fits(in, function, stmt)) continue;
    in->sizes[function->id] += in->sizes[stmt->callee->id];
    bool hands = hands_function(stmt);
    uint32_t blocks = function->blocks.size;  // the first new one is what followed the call
    b = inline_call(in->module, function, b, i);
    if (hands && depth < HANDED_DEPTH) look_through(in, function, blocks + 1, depth + 1);
    i = UINT32_MAX;  // on to the first statement of the block with what followed
  }
}

// The blocks from `first` on that stand there now.
static void look_through(Inliner *in, MirFunction *function, MirBlockId first, uint32_t depth) {
  uint32_t end = function->blocks.size;
  for (MirBlockId b = first; b < end; b++)
    if (!function->blocks.data[b]->is_cleanup) inline_in_block(in, function, b, depth);
}

// ── Recursion ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool calls(const MirBlock *block, const MirFunction *callee) {
  for (uint32_t i = 0; i < block->stmts.size; i++)
    if (block->stmts.data[i].op == MIR_OP_CALL && block->stmts.data[i].callee == callee) return true;
  return false;
}

static bool calls_itself(const MirFunction *function) {
  for (uint32_t b = 0; b < function->blocks.size; b++)
    if (calls(function->blocks.data[b], function)) return true;
  return false;
}

// The function as it is now, to be put in somewhere; it does not stand in the module.
static MirFunction *copy_function(MirModule *module, const MirFunction *function) {
  MirFunction *copy = arena_new(module->arena, MirFunction);
  *copy = *function;
  memset(&copy->locals, 0, sizeof copy->locals);
  memset(&copy->blocks, 0, sizeof copy->blocks);
  for (uint32_t i = 0; i < function->locals.size; i++)
    vec_push(module->arena, &copy->locals, function->locals.data[i]);
  for (uint32_t b = 0; b < function->blocks.size; b++)
    vec_push(module->arena, &copy->blocks, mir_block_copy(module, function->blocks.data[b]));
  return copy;
}

static void inline_self_in_block(Inliner *in, MirFunction *function, MirFunction *before, MirBlockId b) {
  for (uint32_t i = 0; i < function->blocks.data[b]->stmts.size; i++) {
    MirStmt *stmt = &function->blocks.data[b]->stmts.data[i];
    if (stmt->op != MIR_OP_CALL || stmt->callee != function) continue;
    stmt->callee = before;
    b = inline_call(in->module, function, b, i);
    i = UINT32_MAX;
  }
}

// Halves the calls of a small recursive function, or better, as the work of two levels is done in one frame.
static void inline_self(Inliner *in, MirFunction *function) {
  if (in->sizes[function->id] > SELF_LIMIT || !calls_itself(function)) return;
  MirFunction *before = copy_function(in->module, function);
  uint32_t blocks = function->blocks.size;
  for (MirBlockId b = 0; b < blocks; b++)
    if (!function->blocks.data[b]->is_cleanup) inline_self_in_block(in, function, before, b);
}

static void run(Inliner *in, MirFunction *function) {
  if (in->progress[function->id] != UNTOUCHED) return;
  in->progress[function->id] = RUNNING;
  in->sizes[function->id] = count_stmts(function);
  uint32_t blocks = function->blocks.size;
  look_through(in, function, MIR_ENTRY, 0);
  inline_self(in, function);
  Arena scratch = {0};
  if (function->blocks.size > blocks) {
    mir_function_renumber(&scratch, function);
    mir_function_copies(in->module, function);  // so that callers see what it does with its parameters
  }
  arena_free(&scratch);
  in->sizes[function->id] = count_stmts(function);
  in->progress[function->id] = DONE;
}

void mir_pass_inline(MirModule *module) {
  Arena scratch = {0};
  Inliner in = {.module = module};
  in.progress = arena_array(&scratch, uint8_t, module->functions.size);
  in.sizes = arena_array(&scratch, uint32_t, module->functions.size);
  for (uint32_t i = 0; i < module->functions.size; i++)
    if (module->functions.data[i]->blocks.size) run(&in, module->functions.data[i]);
  arena_free(&scratch);
}
