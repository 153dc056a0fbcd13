// Retain and release. Counts are plain 32-bit numbers; a negative one is the runtime's business (immortal, or shared
// between tasks). The fast paths are small functions of this module, which LLVM inlines from -O1 on; code that only
// runs while unwinding calls them.
#include "codegen/emit.h"

// ── Helper functions ────────────────────────────────────────────────────────────────────────────────────────────
static LLVMValueRef open_helper(EmitModule *m, EmitSide *side, const char *name, bool always_inline, bool may_panic) {
  LLVMTypeRef type = LLVMFunctionType(m->void_type, &m->ptr, 1, false);
  *side = emit_side_open(m, name, name, type);
  if (always_inline && m->options->level != CODEGEN_O0)
    emit_attribute(m, side->function, EMIT_ON_FUNCTION, "alwaysinline", 0);
  if (!may_panic) emit_attribute(m, side->function, EMIT_ON_FUNCTION, "nounwind", 0);
  return LLVMGetParam(side->function, 0);
}

static LLVMBasicBlockRef block_of(EmitModule *m, LLVMValueRef function) {
  return LLVMAppendBasicBlockInContext(m->llvm, function, "");
}

static void return_from(EmitModule *m, LLVMBasicBlockRef block) {
  LLVMPositionBuilderAtEnd(m->builder, block);
  LLVMBuildRetVoid(m->builder);
}

// The count moved by `step`, for a block where it was not negative; elsewhere control goes to `slow`.
static LLVMValueRef step_count(EmitModule *m, LLVMValueRef object, bool up, LLVMBasicBlockRef slow) {
  LLVMBasicBlockRef fast = block_of(m, LLVMGetParamParent(object));
  LLVMValueRef count = emit_load_piece(m, m->i32, object, 8, emit_alias_count(m));
  // Others may be moving the count of what is shared, which then is negative to everybody. For the sanitizer only: it
  // keeps LLVM from taking a retain and a release together.
  if (m->options->sanitize == CODEGEN_SANITIZE_THREAD) LLVMSetOrdering(count, LLVMAtomicOrderingMonotonic);
  LLVMValueRef one = LLVMConstInt(m->i32, 1, false), zero = LLVMConstNull(m->i32);
  // An object that is being released has at least one owner, so 0 - 1 does not come up: one test serves both.
  LLVMValueRef moved = up ? LLVMBuildAdd(m->builder, count, one, "") : LLVMBuildSub(m->builder, count, one, "");
  LLVMValueRef is_slow = LLVMBuildICmp(m->builder, LLVMIntSLT, up ? count : moved, zero, "");
  emit_branch_if(m, is_slow, slow, fast, m->unlikely_true);
  LLVMPositionBuilderAtEnd(m->builder, fast);
  emit_store_piece(m, moved, object, 8, emit_alias_count(m));
  return moved;
}

static LLVMValueRef call_runtime(EmitModule *m, RuntimeId id, LLVMValueRef object) {
  LLVMValueRef callee = emit_runtime(m, id);
  return LLVMBuildCall2(m->builder, m->runtime_types[id], callee, &object, 1, "");
}

static LLVMValueRef retain_helper(EmitModule *m) {
  if (m->retain_helper) return m->retain_helper;
  EmitSide side;
  LLVMValueRef object = open_helper(m, &side, "quartz.retain", true, false);
  LLVMBasicBlockRef slow = block_of(m, side.function);
  step_count(m, object, true, slow);
  LLVMBuildRetVoid(m->builder);
  LLVMPositionBuilderAtEnd(m->builder, slow);
  call_runtime(m, RUNTIME_qz_retain_slow, object);
  LLVMBuildRetVoid(m->builder);
  emit_side_close(m, &side);
  return m->retain_helper = side.function;
}

static void call_last_owner_gone(EmitModule *m, const MirType *type, LLVMValueRef object) {
  if (type->kind == MIR_TYPE_STRING) call_runtime(m, RUNTIME_qz_string_free, object);
  else if (type->kind == MIR_TYPE_FN) call_runtime(m, RUNTIME_qz_release_dynamic, object);
  else {
    const MirFunction *glue = type->ptr.to->release_glue;
    LLVMTypeRef glue_type = emit_signature_of_function(m, glue)->type;
    LLVMBuildCall2(m->builder, glue_type, emit_function(m, glue), &object, 1, "");
  }
}

static void release_body(EmitModule *m, LLVMValueRef object, const MirType *type) {
  LLVMValueRef function = LLVMGetParamParent(object);
  LLVMBasicBlockRef slow = block_of(m, function), last = block_of(m, function), done = block_of(m, function);
  LLVMValueRef left = step_count(m, object, false, slow);
  emit_branch_if(m, LLVMBuildICmp(m->builder, LLVMIntEQ, left, LLVMConstNull(m->i32), ""), last, done, NULL);
  LLVMPositionBuilderAtEnd(m->builder, slow);
  LLVMValueRef is_last = call_runtime(m, RUNTIME_qz_release_slow, object);
  emit_branch_if(m, LLVMBuildICmp(m->builder, LLVMIntNE, is_last, LLVMConstNull(m->i32), ""), last, done, NULL);
  LLVMPositionBuilderAtEnd(m->builder, last);
  call_last_owner_gone(m, type, object);
  LLVMBuildRetVoid(m->builder);
  return_from(m, done);
}

static const char *release_name(EmitModule *m, const MirType *type) {
  if (type->kind != MIR_TYPE_REF) return "quartz.release";
  Text name = {.arena = m->arena};
  text_printf(&name, "quartz.release.%s", name_text(m->mir->context->names, type->ptr.to->name));
  return text_str(&name);
}

// One function for each kind of counted pointer, and for each type of object.
static LLVMValueRef release_helper(EmitModule *m, const MirType *type) {
  uint64_t key = type->kind == MIR_TYPE_REF ? map_key(type->ptr.to) : type->kind;
  LLVMValueRef known = map_get(&m->release_helpers, key);
  if (known) return known;
  EmitSide side;
  LLVMValueRef object = open_helper(m, &side, release_name(m, type), false, emit_release_may_panic(m->plan, type));
  map_put(m->arena, &m->release_helpers, key, side.function);
  release_body(m, object, type);
  emit_side_close(m, &side);
  return side.function;
}

// ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────
static void call_helper(EmitFunction *f, LLVMValueRef callee, LLVMValueRef object, MirBlockId unwind, bool may_panic) {
  EmitModule *m = f->module;
  EmitCall call = {LLVMFunctionType(m->void_type, &m->ptr, 1, false), callee, &object, 1, unwind, may_panic, false};
  LLVMValueRef made = emit_call(f, &call);
  if (!f->in_cleanup) return;
  unsigned kind = LLVMGetEnumAttributeKindForName("noinline", 8);
  LLVMAddCallSiteAttribute(made, EMIT_ON_FUNCTION, LLVMCreateEnumAttribute(m->llvm, kind, 0));
}

static bool is_niche(const MirType *type) {
  return type->kind == MIR_TYPE_ENUM && type->enum_.repr == MIR_ENUM_NICHE && !type->user_drop;
}

// The counted pointer that a niche enum may hold.
static const MirType *niche_payload(const MirType *type) {
  const MirVariant *variants = type->enum_.variants;
  return variants[variants[0].field_count ? 0 : 1].fields[0].type;
}

// Emission goes on where `pointer` is not null; the result is the block for when it is.
static LLVMBasicBlockRef skip_null(EmitFunction *f, LLVMValueRef pointer) {
  EmitModule *m = f->module;
  LLVMBasicBlockRef after = emit_block_after(f), full = emit_block_after(f);
  emit_branch_if(m, LLVMBuildICmp(m->builder, LLVMIntEQ, pointer, LLVMConstNull(m->ptr), ""), after, full, NULL);
  LLVMPositionBuilderAtEnd(m->builder, full);
  return after;
}

static void join(EmitFunction *f, LLVMBasicBlockRef after) {
  LLVMBuildBr(f->module->builder, after);
  LLVMPositionBuilderAtEnd(f->module->builder, after);
}

static LLVMValueRef load_niche(EmitFunction *f, EmitValue value) {
  return emit_load_piece(f->module, f->module->ptr, value.llvm, 8, value.alias);
}

static void retain_scalar(EmitFunction *f, LLVMValueRef object) {
  call_helper(f, retain_helper(f->module), object, MIR_NO_BLOCK, false);
}

static void call_glue(EmitFunction *f, const MirFunction *glue, LLVMValueRef address, MirBlockId unwind) {
  EmitModule *m = f->module;
  bool may_panic = emit_function_may_panic(m->plan, glue);
  EmitCall call = {
      emit_signature_of_function(m, glue)->type, emit_function(m, glue), &address, 1, unwind, may_panic, false};
  emit_call(f, &call);
}

// What was copied is retained where it is now: the memory it came from may be any.
static void retain_aggregate(EmitFunction *f, const MirStmt *stmt, EmitValue value) {
  if (value.kind == EMIT_NONE) return;
  EmitValue dest = emit_place(f, &stmt->dest);
  emit_store(f, dest, value);
  if (is_niche(value.type)) {
    LLVMValueRef pointer = load_niche(f, dest);
    LLVMBasicBlockRef after = skip_null(f, pointer);
    retain_scalar(f, pointer);
    join(f, after);
  } else if (value.type->is_managed) {
    call_glue(f, value.type->retain_glue, dest.llvm, MIR_NO_BLOCK);
  }
}

void emit_retain(EmitFunction *f, const MirStmt *stmt) {
  EmitValue value = emit_operand(f, &stmt->operands[0]);
  if (value.kind != EMIT_SCALAR) {
    retain_aggregate(f, stmt, value);
    return;
  }
  if (value.type->is_managed) retain_scalar(f, value.llvm);
  emit_dest(f, stmt, value);
}

static void release_scalar(EmitFunction *f, const MirType *type, LLVMValueRef object, MirBlockId unwind) {
  call_helper(f, release_helper(f->module, type), object, unwind, emit_release_may_panic(f->module->plan, type));
}

static void release_value(EmitFunction *f, const MirType *type, EmitValue value, MirBlockId unwind) {
  if (value.kind == EMIT_SCALAR) {
    release_scalar(f, type, value.llvm, unwind);
  } else if (is_niche(type)) {
    LLVMValueRef pointer = load_niche(f, value);
    LLVMBasicBlockRef after = skip_null(f, pointer);
    release_scalar(f, niche_payload(type), pointer, unwind);
    join(f, after);
  } else {
    call_glue(f, type->release_glue, value.llvm, unwind);
  }
}

// Of a closure that stays in its frame: those first that cannot panic, so that nothing is left out.
static void release_captured(EmitFunction *f, const MirStmt *stmt, const MirType *closure, bool may_panic) {
  LLVMValueRef object = emit_operand_scalar(f, &stmt->operands[0]);
  for (uint32_t i = 0; i < closure->fields.field_count; i++) {
    const MirField *field = &closure->fields.fields[i];
    if (!field->type->is_managed || emit_release_may_panic(f->module->plan, field->type) != may_panic) continue;
    LLVMValueRef alias = emit_alias_field(f->module, closure, i, field->type);
    EmitValue place = emit_address(field->type, emit_offset(f->module, object, field->offset), alias);
    release_value(f, field->type, mir_type_is_scalar(field->type) ? emit_load(f, place) : place, stmt->unwind);
  }
}

void emit_release(EmitFunction *f, const MirStmt *stmt) {
  MirType *type = stmt->operands[0].type;
  const MirStmt *closure = emit_closure_of(f, &stmt->operands[0].place);  // what is released is always a place
  if (!type->is_managed) return;
  if (closure) {
    release_captured(f, stmt, closure->type, false);
    release_captured(f, stmt, closure->type, true);
  } else {
    release_value(f, type, emit_operand(f, &stmt->operands[0]), stmt->unwind);
  }
}
