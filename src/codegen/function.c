// One MIR function as one LLVM function: an entry block with the slots, one block for each reachable MIR block, one
// landing pad for each cleanup that something unwinds to.
#include "codegen/emit.h"

// ── Locals ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_shown_to_debuggers(const EmitFunction *f, const MirLocal *local) {
  return f->module->debug && local->name && local->kind != MIR_LOCAL_TEMP;
}

// A scalar written by one statement, which dominates its reads (MIR rule 2), needs no memory. What a debugger shows
// does: a register is soon used for something else.
static bool lives_in_register(const EmitFunction *f, MirLocalId id) {
  const MirLocal *local = &f->mir->locals.data[id];
  const LocalFacts *facts = &f->local_facts[id];
  uint32_t writes = facts->writes + (local->kind == MIR_LOCAL_PARAM);
  return mir_type_is_scalar(local->type) && !facts->is_exposed && writes <= 1 && local->kind != MIR_LOCAL_RETURN &&
         !is_shown_to_debuggers(f, local);
}

static void make_local(EmitFunction *f, MirLocalId id) {
  EmitLocal *local = &f->locals[id];
  MirType *type = f->mir->locals.data[id].type;
  if (!emit_type_has_bytes(type)) {
    local->value = emit_none();
  } else if (lives_in_register(f, id)) {
    local->is_value = true;
    local->value = emit_scalar(type, LLVMGetUndef(emit_type_register(f->module, type)));
  } else if (local->value.kind == EMIT_NONE) {
    local->value = emit_address(type, emit_slot(f->module, type), NULL);
  }
}

static void show_local(EmitFunction *f, MirLocalId id) {
  const EmitLocal *local = &f->locals[id];
  if (is_shown_to_debuggers(f, &f->mir->locals.data[id]) && local->value.kind == EMIT_ADDRESS)
    emit_debug_local(f, id, local->value.llvm, false);
}

// ── Parameters ──────────────────────────────────────────────────────────────────────────────────────────────────
// Memory of the caller is used in place unless the function writes to it or hands out its address.
static bool can_stay_with_caller(const EmitFunction *f, MirLocalId id) {
  return !f->local_facts[id].writes && !f->local_facts[id].is_exposed;
}

// A debugger finds what a parameter points to through a slot of its own, as the register is soon gone.
static void show_in_place(EmitFunction *f, MirLocalId id, LLVMValueRef address) {
  EmitModule *m = f->module;
  if (!is_shown_to_debuggers(f, &f->mir->locals.data[id])) return;
  LLVMValueRef slot = LLVMBuildAlloca(m->entry, m->ptr, "");
  LLVMBuildStore(m->builder, address, slot);
  emit_debug_local(f, id, slot, true);
}

static void receive_pieces(EmitFunction *f, EmitValue slot, const Passing *passing, unsigned first) {
  for (uint32_t i = 0; i < passing->piece_count; i++)
    emit_store_piece(f->module, LLVMGetParam(f->llvm, first + i),
                     emit_offset(f->module, slot.llvm, passing->offsets[i]), slot.type->align, NULL);
}

// Takes one parameter from the registers that begin at `first`; gives how many it was.
static unsigned receive_param(EmitFunction *f, MirLocalId id, const Passing *passing, unsigned first) {
  EmitLocal *local = &f->locals[id];
  if (passing->kind == PASS_NOTHING) return 0;
  LLVMValueRef register_ = LLVMGetParam(f->llvm, first);
  bool in_memory = passing->kind == PASS_POINTER || passing->kind == PASS_BYVAL;
  if (in_memory && (passing->kind == PASS_BYVAL || can_stay_with_caller(f, id))) {
    local->value = emit_address(passing->type, register_, NULL);
    show_in_place(f, id, register_);
    return 1;
  }
  make_local(f, id);
  show_local(f, id);
  if (passing->kind == PASS_PIECES) receive_pieces(f, local->value, passing, first);
  else if (local->is_value) local->value = emit_scalar(passing->type, register_);
  else if (in_memory) emit_store(f, local->value, emit_address(passing->type, register_, NULL));
  else emit_store(f, local->value, emit_scalar(passing->type, register_));
  return passing->kind == PASS_PIECES ? passing->piece_count : 1;
}

static void receive_params(EmitFunction *f) {
  unsigned next = 0;
  if (f->signature->result.kind == PASS_POINTER)
    f->locals[MIR_RETURN_LOCAL].value = emit_address(f->mir->result, LLVMGetParam(f->llvm, next++), NULL);
  for (uint32_t i = 0; i < f->mir->param_count; i++) next += receive_param(f, i + 1, &f->signature->params[i], next);
}

static void make_locals(EmitFunction *f) {
  for (MirLocalId id = 0; id < f->mir->locals.size; id++) {
    if (f->mir->locals.data[id].kind == MIR_LOCAL_PARAM) continue;
    make_local(f, id);
    show_local(f, id);
  }
}

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────
LLVMBasicBlockRef emit_block_last(EmitFunction *f) {
  return LLVMAppendBasicBlockInContext(f->module->llvm, f->llvm, "");
}

LLVMBasicBlockRef emit_block_after(EmitFunction *f) {
  LLVMBasicBlockRef block = emit_block_last(f);
  LLVMMoveBasicBlockAfter(block, LLVMGetInsertBlock(f->module->builder));
  return block;
}

LLVMBasicBlockRef emit_dead_block(EmitFunction *f) {
  if (f->dead) return f->dead;
  EmitModule *m = f->module;
  LLVMBasicBlockRef here = LLVMGetInsertBlock(m->builder);
  f->dead = emit_block_last(f);
  LLVMPositionBuilderAtEnd(m->builder, f->dead);
  LLVMBuildUnreachable(m->builder);
  LLVMPositionBuilderAtEnd(m->builder, here);
  return f->dead;
}

static void use_personality(EmitFunction *f) {
  EmitModule *m = f->module;
  if (f->exception) return;
  const char *name = "__gcc_personality_v0";
  LLVMValueRef personality = LLVMGetNamedFunction(m->module, name);
  if (!personality) personality = LLVMAddFunction(m->module, name, LLVMFunctionType(m->i32, NULL, 0, true));
  LLVMSetPersonalityFn(f->llvm, personality);
  f->exception = LLVMBuildAlloca(m->entry, m->ptr, "");
  f->exception_selector = LLVMBuildAlloca(m->entry, m->i32, "");
}

// Keeps what is unwinding for RESUME, then goes on to the cleanup.
LLVMBasicBlockRef emit_landing_pad(EmitFunction *f, MirBlockId cleanup) {
  EmitModule *m = f->module;
  if (f->landing_pads[cleanup]) return f->landing_pads[cleanup];
  use_personality(f);
  LLVMBasicBlockRef here = LLVMGetInsertBlock(m->builder);
  LLVMBasicBlockRef pad = f->landing_pads[cleanup] = emit_block_last(f);
  LLVMPositionBuilderAtEnd(m->builder, pad);
  LLVMValueRef landing = LLVMBuildLandingPad(m->builder, m->landing_pad, NULL, 0, "");
  LLVMSetCleanup(landing, true);
  LLVMBuildStore(m->builder, LLVMBuildExtractValue(m->builder, landing, 0, ""), f->exception);
  LLVMBuildStore(m->builder, LLVMBuildExtractValue(m->builder, landing, 1, ""), f->exception_selector);
  LLVMBuildBr(m->builder, f->blocks[cleanup]);
  LLVMPositionBuilderAtEnd(m->builder, here);
  return pad;
}

static void emit_block(EmitFunction *f, MirBlockId id) {
  const MirBlock *block = f->mir->blocks.data[id];
  f->in_cleanup = block->is_cleanup;
  LLVMPositionBuilderAtEnd(f->module->builder, f->blocks[id]);
  for (uint32_t i = 0; i < block->stmts.size; i++) {
    emit_debug_stmt(f, &block->stmts.data[i]);
    emit_stmt(f, &block->stmts.data[i]);
  }
}

// Where a jump to the block leads, past blocks that only go on to the next: at -O0 nobody else takes them out.
static MirBlockId jump_end(const EmitFunction *f, MirBlockId start) {
  MirBlockId id = start;
  for (uint32_t steps = 0; steps < f->mir->blocks.size; steps++) {
    const MirBlock *block = f->mir->blocks.data[id];
    if (block->stmts.size != 1 || block->stmts.data[0].op != MIR_OP_GOTO) return id;
    id = block->stmts.data[0].targets[0];
  }
  return start;  // a loop of such blocks stays as it is
}

static void emit_blocks(EmitFunction *f) {
  uint32_t size = f->mir->blocks.size, kept = 0;
  MirBlockId *order = arena_array(f->module->scratch, MirBlockId, size);
  uint32_t count = emit_block_order(f->module, f->mir, order);
  for (uint32_t i = 0; i < count; i++) {
    if (jump_end(f, order[i]) != order[i]) continue;
    f->blocks[order[i]] = emit_block_last(f);
    order[kept++] = order[i];
  }
  for (uint32_t id = 0; id < size; id++) f->blocks[id] = f->blocks[jump_end(f, id)];
  LLVMBuildBr(f->module->builder, f->blocks[MIR_ENTRY]);
  for (uint32_t i = 0; i < kept; i++) emit_block(f, order[i]);
}

// Slots are made by a builder of their own, in front of a marker at the start of the entry block, while statements are
// being emitted elsewhere; the marker goes at the end.
static LLVMValueRef open_entry(EmitFunction *f) {
  EmitModule *m = f->module;
  LLVMBasicBlockRef entry = emit_block_last(f);
  LLVMPositionBuilderAtEnd(m->builder, entry);
  LLVMSetCurrentDebugLocation2(m->builder, NULL);
  LLVMValueRef marker = LLVMBuildAlloca(m->builder, m->i8, "");
  LLVMPositionBuilderBefore(m->entry, marker);
  return marker;
}

static EmitFunction open_function(EmitModule *m, const MirFunction *function) {
  return (EmitFunction){
      .module = m,
      .mir = function,
      .signature = emit_signature_of_function(m, function),
      .llvm = emit_function(m, function),
      .local_facts = emit_local_facts(m, function),
      .locals = arena_array(m->scratch, EmitLocal, function->locals.size),
      .blocks = arena_array(m->scratch, LLVMBasicBlockRef, function->blocks.size),
      .landing_pads = arena_array(m->scratch, LLVMBasicBlockRef, function->blocks.size),
  };
}

void emit_function_body(EmitModule *m, const MirFunction *function) {
  m->mir->context->at = function->span;
  EmitFunction f = open_function(m, function);
  f.marker = open_entry(&f);
  emit_debug_function(&f);
  receive_params(&f);
  make_locals(&f);
  emit_blocks(&f);
  LLVMInstructionEraseFromParent(f.marker);
  arena_free(m->scratch);
}
