// MIR functions to instructions: each local gets its offset in the frame, each place becomes a root, an offset and the
// steps that cannot be folded into it, each constant becomes bytes at a fixed address, each op its handler.
#include "mir/interp.h"

// ── Constants ───────────────────────────────────────────────────────────────────────────────────────────────────
static QzString *immortal_string(Interp *in, Name name) {
  QzString *string = map_get(&in->strings, name);
  if (string) return string;
  uint32_t size = name_size(in->module->context->names, name);
  string = arena_alloc(&in->arena, sizeof(QzString) + size + 1, 8);
  string->header.count = QZ_IMMORTAL;
  string->header.type = QZ_TYPE_STRING;
  string->byte_size = size;
  string->char_size = -1;
  memcpy(string->bytes, name_text(in->module->context->names, name), size);
  map_put(&in->arena, &in->strings, name, string);
  return string;
}

static QzClosure *immortal_closure(Interp *in, MirFunction *function) {
  QzClosure *closure = map_get(&in->function_values, map_key(function));
  if (closure) return closure;
  closure = arena_new(&in->arena, QzClosure);
  closure->header.count = QZ_IMMORTAL;
  if (function->is_bound) closure->header.type |= QZ_STAYS;
  closure->code = interp_entry(in, function, true);
  map_put(&in->arena, &in->function_values, map_key(function), closure);
  return closure;
}

static char *global_memory(const Interp *in, const MirGlobal *global) {
  return *(char **)map_get(&in->global_index, map_key(global));
}

static void write_function(Interp *in, const MirOperand *operand, char *at) {
  if (operand->type->kind == MIR_TYPE_FN) INTERP_STORE(QzClosure *, at, immortal_closure(in, operand->function));
  else INTERP_STORE(void *, at, interp_entry(in, operand->function, false));
}

void interp_write_constant(Interp *in, const MirOperand *operand, char *at) {
  switch (operand->kind) {
    case MIR_OPERAND_INT: interp_store_integer(operand->type, at, operand->bits); return;
    case MIR_OPERAND_FLOAT:
      if (operand->type->kind == MIR_TYPE_F32) INTERP_STORE(float, at, (float)operand->number);
      else INTERP_STORE(double, at, operand->number);
      return;
    case MIR_OPERAND_STRING: INTERP_STORE(QzString *, at, immortal_string(in, operand->text)); return;
    case MIR_OPERAND_FUNCTION: write_function(in, operand, at); return;
    case MIR_OPERAND_GLOBAL: INTERP_STORE(char *, at, global_memory(in, operand->global)); return;
    case MIR_OPERAND_ZERO: memset(at, 0, operand->type->size); return;
    case MIR_OPERAND_COPY:
    case MIR_OPERAND_MOVE: return;
  }
}

static Arg decode_constant(Interp *in, const MirOperand *operand) {
  char *memory = arena_alloc(&in->arena, operand->type->size + 8, 16);
  interp_write_constant(in, operand, memory);
  return (Arg){.root = ROOT_ABSOLUTE, .offset = (int64_t)(intptr_t)memory};
}

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────
char *interp_follow(const Interp *in, const Arg *arg, char *at) {
  for (uint32_t i = 0; i < arg->step_count; i++) {
    const Step *step = &arg->steps[i];
    if (step->stride) {
      int64_t index;
      memcpy(&index, in->bases[ROOT_FRAME] + step->offset, sizeof index);
      at += (uint64_t)index * step->stride;
    } else {
      char *pointer;
      memcpy(&pointer, at, sizeof pointer);
      at = pointer + step->offset;
    }
  }
  return at;
}

static int64_t *current_offset(Arg *arg, Step *steps) {
  for (uint32_t i = arg->step_count; i-- > 0;)
    if (!steps[i].stride) return &steps[i].offset;
  return &arg->offset;
}

// A field's offset goes to the last pointer read before it (or to the root); an index adds in between without harm.
static void decode_projection(const Code *code, Arg *arg, Step *steps, const MirType *base,
                              const MirProjection *projection) {
  switch (projection->kind) {
    case MIR_PROJECT_FIELD:
      *current_offset(arg, steps) += (int64_t)base->fields.fields[projection->index].offset;
      return;
    case MIR_PROJECT_VARIANT:
      *current_offset(arg, steps) +=
          (int64_t)base->enum_.variants[projection->variant].fields[projection->index].offset;
      return;
    case MIR_PROJECT_DEREF: steps[arg->step_count++] = (Step){0, 0}; return;
    case MIR_PROJECT_INDEX:
      if (!projection->type->size) return;
      steps[arg->step_count++] = (Step){code->offsets[projection->index], projection->type->size};
      return;
  }
}

static Arg decode_place(const Code *code, const MirPlace *place) {
  Interp *in = code->interp;
  Arg arg = {.root = ROOT_FRAME};
  const MirType *type = place->global ? place->global->type : code->function->locals.data[place->local].type;
  if (place->global) {
    arg.root = ROOT_ABSOLUTE;
    arg.offset = (int64_t)(intptr_t)global_memory(in, place->global);
  } else {
    arg.offset = code->offsets[place->local];
  }
  if (!place->projection_count) return arg;
  Step *steps = arena_array(&in->arena, Step, place->projection_count);
  arg.steps = steps;
  for (uint32_t i = 0; i < place->projection_count; i++) {
    decode_projection(code, &arg, steps, type, &place->projections[i]);
    type = place->projections[i].type;
  }
  return arg;
}

static Arg decode_operand(const Code *code, const MirOperand *operand) {
  return mir_operand_is_place(operand) ? decode_place(code, &operand->place) : decode_constant(code->interp, operand);
}

// ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────
static void decode_operands(const Code *code, Insn *insn) {
  const MirStmt *stmt = insn->stmt;
  if (mir_op_info(stmt->op)->shape != MIR_SHAPE_MANY) {
    if (stmt->operand_count > 0) insn->a = decode_operand(code, &stmt->operands[0]);
    if (stmt->operand_count > 1) insn->b = decode_operand(code, &stmt->operands[1]);
    return;
  }
  Arg *args = arena_array(&code->interp->arena, Arg, stmt->operand_count + 1);
  for (uint32_t i = 0; i < stmt->operand_count; i++) args[i] = decode_operand(code, &stmt->operands[i]);
  insn->args = args;
}

static void decode_targets(const Code *code, Insn *insn, Insn *const *blocks) {
  const MirStmt *stmt = insn->stmt;
  if (stmt->unwind != MIR_NO_BLOCK) insn->unwind = blocks[stmt->unwind];
  if (stmt->target_count > 0) insn->yes = blocks[stmt->targets[0]];
  if (stmt->target_count > 1) insn->no = blocks[stmt->targets[1]];
  if (stmt->op != MIR_OP_SWITCH) return;
  insn->targets = arena_array(&code->interp->arena, const Insn *, stmt->target_count);
  for (uint32_t i = 0; i < stmt->target_count; i++) insn->targets[i] = blocks[stmt->targets[i]];
}

static Handler *handler_of(const MirStmt *stmt) {
  Handler *handler = interp_value_handler(stmt);
  if (!handler) handler = interp_scalar_handler(stmt);
  if (!handler) handler = interp_control_handler(stmt);
  assert(handler);
  return handler;
}

static void decode_stmt(const Code *code, Insn *insn, Insn *const *blocks) {
  const MirStmt *stmt = insn->stmt;
  insn->run = handler_of(stmt);
  if (stmt->dest.type) {
    insn->dest = decode_place(code, &stmt->dest);
    insn->size = stmt->dest.type->size;
  }
  decode_operands(code, insn);
  decode_targets(code, insn, blocks);
  if (stmt->op == MIR_OP_CALL || stmt->op == MIR_OP_CALL_FN) interp_prepare_call(code->interp, insn);
  if (stmt->op == MIR_OP_CLOSURE) insn->extra = interp_entry(code->interp, stmt->callee, false);
}

// ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────
static void lay_out_frame(Code *code) {
  const MirFunction *function = code->function;
  uint64_t at = sizeof(Frame);
  code->offsets = arena_array(&code->interp->arena, int64_t, function->locals.size);
  for (uint32_t i = 0; i < function->locals.size; i++) {
    MirType *type = function->locals.data[i].type;
    mir_type_layout(type);
    at = (at + type->align - 1) & ~(uint64_t)(type->align - 1);
    code->offsets[i] = (int64_t)at;
    at += type->size;
  }
  code->frame_size = (at + INTERP_FRAME_ALIGN - 1) & ~(uint64_t)(INTERP_FRAME_ALIGN - 1);
  code->result_size = function->result->size;
}

Code *interp_code(Interp *in, MirFunction *function) {
  Code *code = &in->codes[function->id];
  code->interp = in;
  code->function = function;
  return code;
}

void interp_decode(Code *code) {
  Interp *in = code->interp;
  const MirFunction *function = code->function;
  assert(function->blocks.size && "a declared function is called as C");
  lay_out_frame(code);
  uint32_t count = 0;
  for (uint32_t b = 0; b < function->blocks.size; b++) count += function->blocks.data[b]->stmts.size;
  Insn *insns = arena_array(&in->arena, Insn, count), *next = insns;
  Insn **blocks = arena_array(&in->arena, Insn *, function->blocks.size);
  for (uint32_t b = 0; b < function->blocks.size; b++) {
    const MirBlock *block = function->blocks.data[b];
    blocks[b] = next;
    for (uint32_t i = 0; i < block->stmts.size; i++) (next++)->stmt = &block->stmts.data[i];
  }
  code->insns = insns;
  for (uint32_t i = 0; i < count; i++) decode_stmt(code, &insns[i], blocks);
}
