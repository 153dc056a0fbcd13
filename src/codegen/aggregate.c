// Structs, enums, arrays, objects and closures: making them, and reading an enum's tag.
#include "codegen/emit.h"

// ── Where the parts go ──────────────────────────────────────────────────────────────────────────────────────────
// Operands may lie in the memory that is being written: then the value is put together beside it.
static EmitValue open_dest(EmitFunction *f, const MirStmt *stmt) {
  if (emit_dest_is_private(f, stmt)) return emit_place(f, &stmt->dest);
  return emit_address(stmt->dest.type, emit_slot(f->module, stmt->dest.type), NULL);
}

static void close_dest(EmitFunction *f, const MirStmt *stmt, EmitValue made) {
  if (!emit_dest_is_private(f, stmt)) emit_dest(f, stmt, made);
}

static void store_part(EmitFunction *f, EmitValue whole, uint64_t offset, const MirOperand *operand) {
  EmitValue value = emit_operand(f, operand);
  if (value.kind == EMIT_NONE) return;
  emit_store(f, emit_address(operand->type, emit_offset(f->module, whole.llvm, offset), whole.alias), value);
}

void emit_struct(EmitFunction *f, const MirStmt *stmt) {
  if (!emit_type_has_bytes(stmt->dest.type)) return;
  EmitValue made = open_dest(f, stmt);
  for (uint32_t i = 0; i < stmt->operand_count; i++)
    store_part(f, made, stmt->dest.type->fields.fields[i].offset, &stmt->operands[i]);
  close_dest(f, stmt, made);
}

void emit_array(EmitFunction *f, const MirStmt *stmt) {
  if (!emit_type_has_bytes(stmt->dest.type)) return;
  EmitValue made = open_dest(f, stmt);
  for (uint32_t i = 0; i < stmt->operand_count; i++)
    store_part(f, made, i * stmt->dest.type->array.element->size, &stmt->operands[i]);
  close_dest(f, stmt, made);
}

// ── Arrays filled with one value ────────────────────────────────────────────────────────────────────────────────
// for (i = 0; i != count; i++) array[i] = value
static void fill_loop(EmitFunction *f, EmitValue array, EmitValue value) {
  EmitModule *m = f->module;
  MirType *element = array.type->array.element;
  LLVMBasicBlockRef before = LLVMGetInsertBlock(m->builder), after = emit_block_after(f), body = emit_block_after(f);
  LLVMBuildBr(m->builder, body);
  LLVMPositionBuilderAtEnd(m->builder, body);
  LLVMValueRef i = LLVMBuildPhi(m->builder, m->i64, "");
  LLVMValueRef at = LLVMBuildInBoundsGEP2(m->builder, emit_type_bytes(m, element), array.llvm, &i, 1, "");
  emit_store(f, emit_address(element, at, array.alias), value);
  LLVMValueRef next = LLVMBuildNUWAdd(m->builder, i, LLVMConstInt(m->i64, 1, false), "");
  LLVMValueRef count = LLVMConstInt(m->i64, array.type->array.count, false);
  LLVMAddIncoming(i, (LLVMValueRef[]){LLVMConstNull(m->i64), next}, (LLVMBasicBlockRef[]){before, body}, 2);
  emit_branch_if(m, LLVMBuildICmp(m->builder, LLVMIntEQ, next, count, ""), after, body, NULL);
  LLVMPositionBuilderAtEnd(m->builder, after);
}

void emit_fill(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  MirType *type = stmt->dest.type;
  if (!emit_type_has_bytes(type)) return;
  EmitValue value = emit_operand(f, &stmt->operands[0]), made = open_dest(f, stmt);
  if (value.kind == EMIT_SCALAR && LLVMIsNull(value.llvm))
    LLVMBuildMemSet(m->builder, made.llvm, LLVMConstNull(m->i8), LLVMConstInt(m->i64, type->size, false), type->align);
  else fill_loop(f, made, value);
  close_dest(f, stmt, made);
}

// ── Enums ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void store_tag(EmitFunction *f, EmitValue made, uint32_t variant) {
  MirType *tag = made.type->enum_.tag_type;
  uint64_t bits = (uint64_t)made.type->enum_.variants[variant].tag;
  LLVMValueRef constant = LLVMConstInt(emit_type_register(f->module, tag), bits, true);
  emit_store(f, emit_address(tag, made.llvm, made.alias), emit_scalar(tag, constant));
}

void emit_variant(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  MirType *type = stmt->dest.type;
  const MirVariant *variant = &type->enum_.variants[stmt->variant];
  EmitValue made = open_dest(f, stmt);
  if (type->enum_.repr == MIR_ENUM_TAGGED) store_tag(f, made, stmt->variant);
  else if (!variant->field_count) emit_store_piece(m, LLVMConstNull(m->ptr), made.llvm, 8, made.alias);
  for (uint32_t i = 0; i < stmt->operand_count; i++) store_part(f, made, variant->fields[i].offset, &stmt->operands[i]);
  close_dest(f, stmt, made);
}

static LLVMValueRef niche_tag(EmitFunction *f, EmitValue value) {
  EmitModule *m = f->module;
  const MirVariant *variants = value.type->enum_.variants;
  uint32_t empty = variants[0].field_count ? 1 : 0;
  LLVMValueRef pointer = emit_load_piece(m, m->ptr, value.llvm, 8, value.alias);
  LLVMValueRef is_empty = LLVMBuildICmp(m->builder, LLVMIntEQ, pointer, LLVMConstNull(m->ptr), "");
  return LLVMBuildSelect(m->builder, is_empty, LLVMConstInt(m->i64, (uint64_t)variants[empty].tag, true),
                         LLVMConstInt(m->i64, (uint64_t)variants[1 - empty].tag, true), "");
}

LLVMValueRef emit_enum_tag(EmitFunction *f, EmitValue value) {
  EmitModule *m = f->module;
  if (value.kind == EMIT_NONE) return LLVMConstInt(m->i64, 0, false);
  if (value.type->enum_.repr == MIR_ENUM_NICHE) return niche_tag(f, value);
  MirType *tag = value.type->enum_.tag_type;
  LLVMValueRef loaded = emit_load(f, emit_address(tag, value.llvm, value.alias)).llvm;
  return LLVMBuildIntCast2(m->builder, loaded, m->i64, mir_type_is_signed(tag), "");
}

void emit_tag(EmitFunction *f, const MirStmt *stmt) {
  LLVMValueRef tag = emit_enum_tag(f, emit_operand(f, &stmt->operands[0]));
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, tag));
}

// The name of the variant that is there instead: a chain of selects, in the cold block.
static LLVMValueRef found_name(EmitFunction *f, const MirType *type, uint32_t wanted, LLVMValueRef tag) {
  EmitModule *m = f->module;
  LLVMValueRef name = NULL;
  for (uint32_t i = 0; i < type->enum_.variant_count; i++) {
    if (i == wanted) continue;
    const MirVariant *variant = &type->enum_.variants[i];
    LLVMValueRef text = emit_c_string(m, name_text(m->mir->context->names, variant->name));
    LLVMValueRef is_this =
        LLVMBuildICmp(m->builder, LLVMIntEQ, tag, LLVMConstInt(m->i64, (uint64_t)variant->tag, true), "");
    name = name ? LLVMBuildSelect(m->builder, is_this, text, name, "") : text;
  }
  return name ? name : emit_c_string(m, "");
}

static void check_variant(EmitFunction *f, const MirStmt *stmt, EmitValue value) {
  EmitModule *m = f->module;
  const MirType *type = value.type;
  LLVMValueRef tag = emit_enum_tag(f, value);
  LLVMValueRef wanted = LLVMConstInt(m->i64, (uint64_t)type->enum_.variants[stmt->variant].tag, true);
  LLVMBasicBlockRef after = emit_cold_block(f, LLVMBuildICmp(m->builder, LLVMIntNE, tag, wanted, ""));
  LLVMValueRef arguments[3] = {found_name(f, type, stmt->variant, tag)};
  emit_place_arguments(m, stmt->span, arguments + 1);
  emit_call_panic(f, RUNTIME_qz_panic_unwrap, stmt->unwind, arguments, 3);
  LLVMPositionBuilderAtEnd(m->builder, after);
}

void emit_option_unwrap(EmitFunction *f, const MirStmt *stmt) {
  EmitValue value = emit_operand(f, &stmt->operands[0]);
  const MirVariant *variant = &stmt->operands[0].type->enum_.variants[stmt->variant];
  if (!(stmt->flags & MIR_PROVED)) check_variant(f, stmt, value);
  if (!variant->field_count || !emit_type_has_bytes(variant->fields[0].type)) return;
  LLVMValueRef payload = emit_offset(f->module, value.llvm, variant->fields[0].offset);
  emit_dest(f, stmt, emit_load(f, emit_address(variant->fields[0].type, payload, value.alias)));
}

// ── Objects and closures ────────────────────────────────────────────────────────────────────────────────────────
static LLVMValueRef new_object(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  LLVMValueRef arguments[] = {LLVMConstInt(m->i64, stmt->type->size, false),
                              LLVMConstInt(m->i32, stmt->type->id, false)};
  return emit_call_runtime(f, RUNTIME_qz_object_new, stmt->unwind, arguments, 2);
}

// Puts operands into the fields from `first` on.
static void store_fields(EmitFunction *f, const MirStmt *stmt, LLVMValueRef object, uint32_t first) {
  EmitModule *m = f->module;
  for (uint32_t i = 0; i < stmt->operand_count; i++) {
    const MirField *field = &stmt->type->fields.fields[first + i];
    EmitValue value = emit_operand(f, &stmt->operands[i]);
    LLVMValueRef alias = emit_alias_field(m, stmt->type, first + i, field->type);
    emit_store(f, emit_address(field->type, emit_offset(m, object, field->offset), alias), value);
  }
}

void emit_new(EmitFunction *f, const MirStmt *stmt) {
  LLVMValueRef object = new_object(f, stmt);
  store_fields(f, stmt, object, 0);
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, object));
}

// Field 0 of a closure's object is its code, the captured values follow. Where it stays in its frame nobody counts or
// frees it: what it captured is released where it would be (counts.c).
void emit_closure(EmitFunction *f, const MirStmt *stmt) {
  EmitModule *m = f->module;
  LLVMValueRef object = emit_closure_of(f, &stmt->dest) ? emit_slot(m, stmt->type) : new_object(f, stmt);
  LLVMValueRef code = emit_function(m, stmt->callee);
  emit_store_piece(m, code, emit_offset(m, object, EMIT_CLOSURE_CODE_OFFSET), 8, emit_alias_code(m));
  store_fields(f, stmt, object, stmt->type->fields.field_count - stmt->operand_count);
  emit_dest(f, stmt, emit_scalar(stmt->dest.type, object));
}
