// mir_check: the rules at the head of mir.h, for every function of a module. This file walks and reports; the rules
// that look at one statement are in check_stmt.c, those that follow control in check_flow.c.
#include "mir/check.h"

static const char *const rule_names[] = {
    "", "1 (shape)", "2 (written before read)", "3 (one evaluation)", "4 (empty or full)", "5 (borrowed)",
};

void mir_check_fail(MirChecker *c, int rule, const char *format, ...) {
  if (c->failed) return;
  c->failed = true;
  const Interner *names = c->module->context->names;
  text_printf(c->why, "MIR rule %s: %s, bb%u, statement %u: ", rule_names[rule], name_text(names, c->function->display),
              c->block, c->stmt);
  va_list args;
  va_start(args, format);
  text_vprintf(c->why, format, args);
  va_end(args);
}

const char *mir_check_type_text(MirChecker *c, const MirType *type) {
  Text text = {.arena = &c->scratch};
  mir_type_print(&text, c->module->context->names, type);
  return text_str(&text);
}

bool mir_check_type_fits(const MirType *want, const MirType *have) {
  return want == have || (want->kind == MIR_TYPE_PTR && have->kind == MIR_TYPE_PTR && (!want->ptr.to || !have->ptr.to));
}

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void check_unwind(MirChecker *c, const MirStmt *stmt) {
  if (stmt->unwind == MIR_NO_BLOCK) return;
  if (stmt->unwind >= c->function->blocks.size) mir_check_fail(c, 1, "there is no bb%u to unwind to", stmt->unwind);
  else if (!c->function->blocks.data[stmt->unwind]->is_cleanup)
    mir_check_fail(c, 1, "bb%u is unwound to and is no cleanup block", stmt->unwind);
  else if (!mir_op_info(stmt->op)->panics && stmt->op != MIR_OP_RELEASE)
    mir_check_fail(c, 1, "`%s` never panics and has an unwind block", mir_op_info(stmt->op)->text);
}

// Ordinary control stays among ordinary blocks, unwinding among cleanup blocks.
static void check_targets(MirChecker *c, const MirStmt *stmt) {
  bool is_cleanup = c->function->blocks.data[c->block]->is_cleanup;
  for (uint32_t i = 0; i < stmt->target_count && !c->failed; i++) {
    MirBlockId target = stmt->targets[i];
    if (target >= c->function->blocks.size) mir_check_fail(c, 1, "there is no bb%u", target);
    else if (c->function->blocks.data[target]->is_cleanup != is_cleanup)
      mir_check_fail(c, 1, "bb%u is %s block and this is %s", target, is_cleanup ? "an ordinary" : "a cleanup",
                     is_cleanup ? "a cleanup block" : "an ordinary one");
  }
  if (stmt->op == MIR_OP_RETURN && is_cleanup) mir_check_fail(c, 1, "a cleanup block ends in `return`");
  if (stmt->op == MIR_OP_RESUME && !is_cleanup) mir_check_fail(c, 1, "an ordinary block ends in `resume`");
}

static void check_block(MirChecker *c, const MirBlock *block) {
  c->stmt = 0;
  if (!block->stmts.size) mir_check_fail(c, 1, "the block is empty");
  for (c->stmt = 0; c->stmt < block->stmts.size && !c->failed; c->stmt++) {
    const MirStmt *stmt = &block->stmts.data[c->stmt];
    bool is_end = mir_op_info(stmt->op)->shape == MIR_SHAPE_TERM;
    if (is_end && c->stmt + 1 < block->stmts.size) mir_check_fail(c, 1, "a terminator stands before the block's end");
    if (!is_end && c->stmt + 1 == block->stmts.size) mir_check_fail(c, 1, "the block does not end in a terminator");
    check_unwind(c, stmt);
    check_targets(c, stmt);
    if (!c->failed) mir_check_stmt(c, stmt);
  }
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static void check_head(MirChecker *c) {
  const MirFunction *function = c->function;
  c->block = c->stmt = 0;
  if (function->locals.size <= function->param_count || function->locals.data[0].type != function->result)
    mir_check_fail(c, 1, "_0 is not of the result type, or parameters are missing");
  for (MirLocalId i = 0; i < function->locals.size && !c->failed; i++) {
    MirLocalKind kind = function->locals.data[i].kind;
    bool is_param = i >= 1 && i <= function->param_count;
    if ((kind == MIR_LOCAL_PARAM) != is_param || (kind == MIR_LOCAL_RETURN) != (i == 0))
      mir_check_fail(c, 1, "_%u is of the wrong kind for its number", i);
    if (function->locals.data[i].type->kind == MIR_TYPE_OBJECT)
      mir_check_fail(c, 1, "_%u has an object for its type, which only references hold", i);
  }
  if (function->blocks.size && function->blocks.data[MIR_ENTRY]->is_cleanup)
    mir_check_fail(c, 1, "the entry is a cleanup block");
}

static void check_function(MirChecker *c, const MirFunction *function) {
  c->function = function;
  check_head(c);
  for (c->block = 0; c->block < function->blocks.size && !c->failed; c->block++)
    check_block(c, function->blocks.data[c->block]);
  if (function->blocks.size && !c->failed) mir_check_flow(c);
  arena_free(&c->scratch);
}

bool mir_check(const MirModule *module, Text *why) {
  for (uint32_t i = 0; i < module->types.all.size; i++) mir_type_layout(module->types.all.data[i]);
  MirChecker c = {.module = module, .why = why};
  for (uint32_t i = 0; i < module->functions.size && !c.failed; i++) check_function(&c, module->functions.data[i]);
  return !c.failed;
}
