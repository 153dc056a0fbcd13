// What codegen must know of the whole program before it writes the first instruction: which functions may panic, which
// globals and object fields have their address taken, and, one function at a time, how its locals are used.
#include "codegen/emit.h"
#include "mir/cfg.h"

#include <string.h>

// ── Address taken ───────────────────────────────────────────────────────────────────────────────────────────────
// The field of an object that a place lies in: the first projection after the last counted pointer. False when the
// place is not in an object, or is reached through a plain pointer after it.
static bool field_of_place(const MirPlace *place, const MirType **object, uint32_t *field) {
  for (uint32_t i = place->projection_count; i-- > 0;) {
    if (place->projections[i].kind != MIR_PROJECT_DEREF) continue;
    if (place->projections[i].type->kind != MIR_TYPE_OBJECT || i + 1 == place->projection_count) return false;
    *object = place->projections[i].type;
    *field = place->projections[i + 1].index;
    return true;
  }
  return false;
}

static bool place_is_direct(const MirPlace *place) {
  for (uint32_t i = 0; i < place->projection_count; i++)
    if (place->projections[i].kind == MIR_PROJECT_DEREF) return false;
  return true;
}

static uint64_t field_key(const MirType *object, uint32_t field) { return map_pair(object->id, field); }

static void expose_place(CodegenPlan *p, const MirPlace *place) {
  const MirType *object;
  uint32_t field;
  if (field_of_place(place, &object, &field))
    map_put(p->arena, &p->exposed_fields, field_key(object, field), (void *)object);
  else if (place->global && place_is_direct(place))
    map_put(p->arena, &p->exposed_globals, map_key(place->global), place->global);
}

bool emit_field_is_exposed(const CodegenPlan *p, const MirType *object, uint32_t field) {
  return map_get(&p->exposed_fields, field_key(object, field)) != NULL;
}

// Glue sees an aggregate through a pointer, so retaining or releasing one in place shows its address.
static bool stmt_takes_address(const MirStmt *stmt) {
  return stmt->op == MIR_OP_ADDR || stmt->op == MIR_OP_RELEASE || stmt->op == MIR_OP_RETAIN;
}

static void expose_stmt(CodegenPlan *p, const MirStmt *stmt) {
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    const MirOperand *operand = &stmt->operands[i];
    if (operand->kind == MIR_OPERAND_GLOBAL)
      map_put(p->arena, &p->exposed_globals, map_key(operand->global), operand->global);
    else if (stmt_takes_address(stmt) && (operand->kind == MIR_OPERAND_COPY || operand->kind == MIR_OPERAND_MOVE))
      expose_place(p, &operand->place);
  }
  if (stmt->op == MIR_OP_RETAIN && stmt->dest.type) expose_place(p, &stmt->dest);
}

// ── Panics, to a fixpoint over the call graph ───────────────────────────────────────────────────────────────────
bool emit_function_may_panic(const CodegenPlan *p, const MirFunction *function) { return p->may_panic[function->id]; }

bool emit_release_may_panic(const CodegenPlan *p, const MirType *type) {
  if (!type->is_managed || type->kind == MIR_TYPE_STRING) return false;
  if (type->kind == MIR_TYPE_FN) return true;  // any closure: what it captured is not known here
  const MirType *glued = type->kind == MIR_TYPE_REF ? type->ptr.to : type;
  return !glued->release_glue || emit_function_may_panic(p, glued->release_glue);
}

bool emit_stmt_may_panic(const CodegenPlan *p, const MirStmt *stmt) {
  if (stmt->op == MIR_OP_RELEASE) return emit_release_may_panic(p, stmt->operands[0].type);
  if (!mir_op_info(stmt->op)->panics || (stmt->flags & MIR_PROVED)) return false;
  if (stmt->op == MIR_OP_CALL) return emit_function_may_panic(p, stmt->callee);
  return stmt->op != MIR_OP_INTRINSIC;  // no intrinsic of the back ends panics
}

static const struct {
  const char *symbol;
  int attributes;
} runtime_rows[] = {
#define ALLOCATES RUNTIME_ALLOCATES
#define COLD RUNTIME_COLD
#define NORETURN RUNTIME_NORETURN
#define PURE RUNTIME_PURE
#define NOPANIC RUNTIME_NOPANIC
#define RUNTIME(symbol, result, parameters, attributes) {#symbol, attributes},
#include "runtime/runtime.def"
#undef ALLOCATES
#undef COLD
#undef NORETURN
#undef PURE
#undef NOPANIC
};

// C code may call back into Quartz, and a forced unwind passes through its frames.
static bool extern_may_panic(const CodegenPlan *p, const MirFunction *function) {
  const char *symbol = name_text(p->mir->context->names, function->symbol);
  for (uint32_t i = 0; i < RUNTIME_COUNT; i++)
    if (strcmp(runtime_rows[i].symbol, symbol) == 0)
      return !(runtime_rows[i].attributes & (RUNTIME_NOPANIC | RUNTIME_PURE));
  return true;
}

static bool body_may_panic(const CodegenPlan *p, const MirFunction *function) {
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t s = 0; s < block->stmts.size; s++)
      if (emit_stmt_may_panic(p, &block->stmts.data[s])) return true;
  }
  return false;
}

static void find_panics(CodegenPlan *p) {
  for (uint32_t i = 0; i < p->mir->functions.size; i++) {
    const MirFunction *function = p->mir->functions.data[i];
    p->may_panic[i] = !function->blocks.size && extern_may_panic(p, function);
  }
  // From "nothing panics" upwards; callees tend to stand after their callers, so the list is walked backwards.
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t i = p->mir->functions.size; i-- > 0;) {
      const MirFunction *function = p->mir->functions.data[i];
      if (p->may_panic[i] || !body_may_panic(p, function)) continue;
      p->may_panic[i] = changed = true;
    }
  }
}

static void find_exposed(CodegenPlan *p) {
  for (uint32_t i = 0; i < p->mir->functions.size; i++) {
    const MirFunction *function = p->mir->functions.data[i];
    for (uint32_t b = 0; b < function->blocks.size; b++) {
      const MirBlock *block = function->blocks.data[b];
      for (uint32_t s = 0; s < block->stmts.size; s++) expose_stmt(p, &block->stmts.data[s]);
    }
  }
}

void emit_facts_compute(CodegenPlan *p) {
  p->may_panic = arena_array(p->arena, bool, p->mir->functions.size + 1);
  find_panics(p);
  if (p->options->level != CODEGEN_O0) find_exposed(p);  // for alias.c, which is silent at -O0
}

// ── Locals of one function ──────────────────────────────────────────────────────────────────────────────────────
static void note_write(LocalFacts *facts, const MirPlace *place) {
  if (place->type && !place->global && place_is_direct(place)) facts[place->local].writes++;
}

static void note_operand(LocalFacts *facts, const MirStmt *stmt, const MirOperand *operand) {
  if (operand->kind != MIR_OPERAND_COPY && operand->kind != MIR_OPERAND_MOVE) return;
  if (operand->place.global || !place_is_direct(&operand->place)) return;
  if (stmt->op == MIR_OP_ADDR) facts[operand->place.local].is_exposed = true;
  bool is_called = stmt->op == MIR_OP_CALL_FN && operand == &stmt->operands[0] && operand->kind == MIR_OPERAND_COPY;
  if (!is_called && stmt->op != MIR_OP_RELEASE) facts[operand->place.local].is_handed_on = true;
  // A Drop.drop that is reached through glue may write to what it drops.
  if (stmt->op == MIR_OP_RELEASE && !mir_type_is_scalar(operand->type)) facts[operand->place.local].writes++;
}

// ── Closures that stay: most blocks are called where they are written, and nowhere else ──────────────────────────
enum { ENVIRONMENT = 1 };  // the lambda's parameter that is its closure

static bool is_local(const MirPlace *place) { return place->type && !place->global && !place->projection_count; }

static bool is_environment(const MirPlace *place) { return is_local(place) && place->local == ENVIRONMENT; }

// The lambda looks into its closure only.
static bool keeps_nothing(const MirFunction *lambda) {
  for (uint32_t b = 0; b < lambda->blocks.size; b++) {
    const MirBlock *block = lambda->blocks.data[b];
    for (uint32_t s = 0; s < block->stmts.size; s++) {
      const MirStmt *stmt = &block->stmts.data[s];
      if (is_environment(&stmt->dest)) return false;
      for (uint32_t i = 0; i < stmt->operand_count; i++)
        if (mir_operand_is_place(&stmt->operands[i]) && is_environment(&stmt->operands[i].place)) return false;
    }
  }
  return true;
}

// What it captured is released one by one, the one whose drop may panic last: so there may be one.
static bool may_end_here(const CodegenPlan *p, const MirType *closure) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < closure->fields.field_count; i++)
    count += emit_release_may_panic(p, closure->fields.fields[i].type);
  return count <= 1;
}

static void note_closure(const EmitModule *m, LocalFacts *facts, const MirStmt *stmt) {
  if (stmt->op != MIR_OP_CLOSURE || !is_local(&stmt->dest)) return;
  LocalFacts *local = &facts[stmt->dest.local];
  bool stays = local->writes == 1 && !local->is_exposed && !local->is_handed_on && stmt->dest.local != MIR_RETURN_LOCAL;
  if (stays && may_end_here(m->plan, stmt->type) && keeps_nothing(stmt->callee)) local->closure = stmt;
}

static void note_closures(const EmitModule *m, LocalFacts *facts, const MirFunction *function) {
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t s = 0; s < block->stmts.size; s++) note_closure(m, facts, &block->stmts.data[s]);
  }
}

const MirStmt *emit_closure_of(const EmitFunction *f, const MirPlace *place) {
  return is_local(place) ? f->local_facts[place->local].closure : NULL;
}

LocalFacts *emit_local_facts(EmitModule *m, const MirFunction *function) {
  LocalFacts *facts = arena_array(m->scratch, LocalFacts, function->locals.size);
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    for (uint32_t s = 0; s < block->stmts.size; s++) {
      const MirStmt *stmt = &block->stmts.data[s];
      note_write(facts, &stmt->dest);
      for (uint32_t i = 0; i < stmt->operand_count; i++) note_operand(facts, stmt, &stmt->operands[i]);
    }
  }
  note_closures(m, facts, function);
  return facts;
}

// ── Order of blocks ─────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Walk {
  const MirFunction *function;
  bool *seen;
  MirBlockId *post;  // blocks in post-order
  uint32_t count;
  struct Frame {
    MirBlockId block;
    uint32_t stmt, target;
  } *stack;
} Walk;

// The next block that control may go to from here, in the order of the statements; MIR_NO_BLOCK: no more.
static MirBlockId next_successor(const Walk *walk, struct Frame *frame) {
  const MirBlock *block = walk->function->blocks.data[frame->block];
  for (; frame->stmt < block->stmts.size; frame->stmt++, frame->target = 0) {
    const MirStmt *stmt = &block->stmts.data[frame->stmt];
    if (frame->target == 0 && stmt->unwind != MIR_NO_BLOCK) return frame->target = 1, stmt->unwind;
    uint32_t target = frame->target ? frame->target - 1 : 0;
    if (target < stmt->target_count) return frame->target = target + 2, stmt->targets[target];
  }
  return MIR_NO_BLOCK;
}

static void walk_blocks(Walk *walk) {
  uint32_t depth = 0;
  walk->stack[depth++] = (struct Frame){MIR_ENTRY, 0, 0};
  walk->seen[MIR_ENTRY] = true;
  while (depth) {
    MirBlockId next = next_successor(walk, &walk->stack[depth - 1]);
    if (next == MIR_NO_BLOCK) {
      walk->post[walk->count++] = walk->stack[--depth].block;
    } else if (!walk->seen[next]) {
      walk->seen[next] = true;
      walk->stack[depth++] = (struct Frame){next, 0, 0};
    }
  }
}

uint32_t emit_block_order(EmitModule *m, const MirFunction *function, MirBlockId *order) {
  uint32_t size = function->blocks.size;
  Walk walk = {.function = function,
               .seen = arena_array(m->scratch, bool, size),
               .post = arena_array(m->scratch, MirBlockId, size),
               .stack = arena_array(m->scratch, struct Frame, size)};
  walk_blocks(&walk);
  for (uint32_t i = 0; i < walk.count; i++) order[i] = walk.post[walk.count - 1 - i];
  return walk.count;
}
