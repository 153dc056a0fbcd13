// Borrowing, owning, settling: what may be done with an operand before it is used. See the head of lower_internal.h.
#include "mir/lower_internal.h"

bool lower_is_variable(const LowerFn *fn, MirOperand operand) {
  return operand.kind == MIR_OPERAND_COPY && !operand.place.global && fn->variables.data[operand.place.local];
}

MirOperand lower_load(LowerFn *fn, MirPlace place, Span span) {
  return lower_unary(fn, place.type->is_managed ? MIR_OP_RETAIN : MIR_OP_USE, place.type, mir_copy(place), span);
}

MirOperand lower_read(LowerFn *fn, LowerPlace place, Span span) {
  return place.stability == PLACE_SHARED ? lower_load(fn, place.place, span) : mir_copy(place.place);
}

MirOperand lower_settle(LowerFn *fn, MirOperand operand, Span span) {
  return lower_is_variable(fn, operand) ? lower_load(fn, operand.place, span) : operand;
}

static bool is_owned_temp(const LowerFn *fn, MirOperand operand) {
  if (operand.place.global || operand.place.projection_count) return false;
  for (uint32_t i = fn->cleanups.size; i-- > 0;) {
    const Cleanup *cleanup = &fn->cleanups.data[i];
    if (cleanup->local == operand.place.local) return cleanup->is_live && !cleanup->is_binding;
  }
  return false;
}

MirOperand lower_owned(LowerFn *fn, MirOperand operand, Span span) {
  if (operand.kind != MIR_OPERAND_COPY) return operand;
  if (!operand.type->is_managed) return lower_settle(fn, operand, span);
  return is_owned_temp(fn, operand) ? operand : lower_load(fn, operand.place, span);
}

LowerPlace lower_materialise(LowerFn *fn, MirOperand operand, Span span) {
  if (operand.kind == MIR_OPERAND_COPY)
    return (LowerPlace){operand.place, lower_is_variable(fn, operand) ? PLACE_VARIABLE : PLACE_FIXED};
  return (LowerPlace){lower_unary(fn, MIR_OP_USE, operand.type, operand, span).place, PLACE_FIXED};
}

// The address of what a pointer leads to is the pointer.
MirOperand lower_address_of(LowerFn *fn, LowerPlace place, Span span) {
  uint32_t count = place.place.projection_count;
  if (count && place.place.projections[count - 1].kind == MIR_PROJECT_DEREF) {
    MirPlace pointer = place.place;
    pointer.projection_count--;
    pointer.type = pointer.projection_count ? pointer.projections[pointer.projection_count - 1].type
                   : pointer.global         ? pointer.global->type
                                            : fn->function->locals.data[pointer.local].type;
    if (pointer.type->kind == MIR_TYPE_PTR)
      return lower_read(fn, (LowerPlace){pointer, pointer.projection_count ? PLACE_SHARED : PLACE_FIXED}, span);
  }
  MirType *type = mir_type_ptr(&fn->module->types, place.place.type);
  return lower_unary(fn, MIR_OP_ADDR, type, mir_copy(place.place), span);
}

// The old value is released last: its drop may run code that looks at the place.
void lower_store(LowerFn *fn, MirPlace to, MirOperand owned, Span span) {
  if (to.type->kind == MIR_TYPE_VOID) return;
  if (!to.type->is_managed) {
    lower_write(fn, to, MIR_OP_USE, owned, span);
    return;
  }
  MirPlace old = mir_place_local(fn->function, lower_local(fn, MIR_LOCAL_TEMP, to.type, NAME_NONE, span));
  lower_write(fn, old, MIR_OP_USE, mir_move(to), span);
  lower_write(fn, to, MIR_OP_USE, lower_consume(fn, owned), span);
  lower_effect(fn, MIR_OP_RELEASE, mir_copy(old), span);
}

// ── What an expression may do ───────────────────────────────────────────────────────────────────────────────────
static bool is_operator(const AstNode *node) { return node->info && node->info->kind == INFO_OPERATOR; }

bool lower_is_quiet(const AstNode *node) {
  if (!node) return true;
  if (node->kind == AST_FIELD) return lower_is_quiet(node->field.object);
  if (node->kind == AST_TUPLE_FIELD) return lower_is_quiet(node->tuple_field.object);
  if (node->kind == AST_UNARY) return is_operator(node) && lower_is_quiet(node->unary.operand);
  if (node->kind == AST_BINARY)
    return is_operator(node) && lower_is_quiet(node->binary.left) && lower_is_quiet(node->binary.right);
  if (node->kind == AST_CAST) return lower_is_quiet(node->cast.operand);
  if (node->kind == AST_IDENT || node->kind == AST_PATH)
    return !node->info || node->info->kind != INFO_GLOBAL || !node->info->global->is_const ||
           node->info->global->constant.kind != CONST_NONE;
  return node->kind == AST_INT_LIT || node->kind == AST_FLOAT_LIT || node->kind == AST_CHAR_LIT ||
         node->kind == AST_STRING_LIT || node->kind == AST_SYMBOL_LIT || node->kind == AST_BOOL_LIT ||
         node->kind == AST_NIL_LIT;
}

bool lower_takes_mutable_borrow(const CallInfo *call) {
  if (!call || call->kind != CALL_FUNCTION) return false;
  for (uint32_t i = 0; i < call->instance->param_count; i++) {
    const Type *type = call->instance->params[i]->type;
    if (type->kind == TYPE_BORROW && type->borrow.is_mutable) return true;
  }
  return false;
}

static void visit_write(AstNode *child, void *found) {
  if (!*(bool *)found) *(bool *)found = lower_may_write(child);
}

// A lambda writes captured variables only, and those live in cells, which are SHARED.
bool lower_may_write(AstNode *node) {
  if (node->kind == AST_LAMBDA) return false;
  if (node->kind == AST_ASSIGN) return true;
  if (node->kind == AST_UNARY && node->unary.op == AST_OP_BORROW_MUT) return true;
  if (node->info && node->info->kind == INFO_CALL && lower_takes_mutable_borrow(node->info->call)) return true;
  bool found = false;
  ast_children(node, visit_write, &found);
  return found;
}
