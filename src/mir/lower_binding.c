// Bindings: where each local of the program lives. A captured variable that is assigned lives in a cell, an object that
// the function and its lambdas share; every other local is a MIR local, or a field of the lambda's environment.
#include "mir/lower_internal.h"

LowerPlace *lower_binding(LowerFn *fn, const Local *local) { return map_get(&fn->bindings, map_key(local)); }

static void set_binding(LowerFn *fn, const Local *local, MirPlace place, Stability stability) {
  LowerPlace *binding = arena_new(fn->module->arena, LowerPlace);
  *binding = (LowerPlace){place, stability};
  map_put(fn->module->arena, &fn->bindings, map_key(local), binding);
}

static MirPlace cell_content(LowerFn *fn, MirPlace cell) {
  return mir_place_field(fn->module, mir_place_deref(fn->module, cell), 0);
}

static void set_cell(LowerFn *fn, const Local *local, MirPlace cell) {
  set_binding(fn, local, cell_content(fn, cell), PLACE_SHARED);
}

static bool is_variable(const Local *local) { return local->is_mutable || local->is_assigned; }

// Makes the MIR local; it holds nothing yet.
void lower_declare_slot(LowerFn *fn, Local *local) {
  if (!lower_is_stored(local->type)) return;
  Lowering *lowering = fn->lowering;
  bool in_cell = local_in_cell(local);
  MirType *type = in_cell ? mir_type_ref(lowering->types, lower_box(lowering, local->type))
                          : lower_type(lowering, local->type);
  MirLocalId slot = lower_local(fn, MIR_LOCAL_VAR, type, local->name, local->span);
  MirPlace place = mir_place_local(fn->function, slot);
  if (in_cell) {
    set_cell(fn, local, place);
    return;
  }
  fn->variables.data[slot] = is_variable(local);
  set_binding(fn, local, place, is_variable(local) ? PLACE_VARIABLE : PLACE_FIXED);
}

void lower_initialise(LowerFn *fn, Local *local, MirOperand owned, Span span) {
  if (!lower_is_stored(local->type)) return;
  MirLocalId slot = lower_binding(fn, local)->place.local;
  MirOperand value = lower_consume(fn, owned);
  if (local_in_cell(local)) {
    MirStmt *stmt = lower_emit(fn, MIR_OP_NEW, span, 1, 0);
    stmt->operands[0] = value;
    stmt->dest = mir_place_local(fn->function, slot);
    stmt->type = lower_object(stmt->dest.type);
  } else {
    lower_write(fn, mir_place_local(fn->function, slot), MIR_OP_USE, value, span);
  }
}

void lower_declare(LowerFn *fn, Local *local, MirOperand owned, Span span) {
  lower_declare_slot(fn, local);
  lower_initialise(fn, local, owned, span);
}

void lower_declared(LowerFn *fn, Local *local, Span span) {
  if (lower_is_stored(local->type)) lower_own(fn, lower_binding(fn, local)->place.local, true, span);
}

void lower_declare_param(LowerFn *fn, Local *local, MirLocalId param) {
  MirPlace place = mir_place_local(fn->function, param);
  if (!local_in_cell(local)) {
    set_binding(fn, local, place, PLACE_FIXED);
    return;
  }
  lower_declare(fn, local, lower_owned(fn, mir_copy(place), local->span), local->span);
  lower_declared(fn, local, local->span);
}

// ── Captures ────────────────────────────────────────────────────────────────────────────────────────────────────
Type *lower_captured_type(const Local *local) {
  return local_is_copied_into_lambdas(local) ? local->type->borrow.inner : local->type;
}

// The local is a borrow of the lambda's own copy.
static void borrow_copy(LowerFn *fn, Local *local, MirPlace copy) {
  MirOperand address = lower_address_of(fn, (LowerPlace){copy, PLACE_FIXED}, local->span);
  MirLocalId slot = lower_local(fn, MIR_LOCAL_VAR, address.type, local->name, local->span);
  MirPlace place = mir_place_local(fn->function, slot);
  lower_write(fn, place, MIR_OP_USE, address, local->span);
  set_binding(fn, local, place, PLACE_FIXED);
}

// `field` is the lambda's part of the environment: the cell, or a copy that nobody changes.
void lower_capture(LowerFn *fn, Local *local, MirPlace field, bool in_cell) {
  if (in_cell) set_cell(fn, local, field);
  else if (local_is_copied_into_lambdas(local)) borrow_copy(fn, local, field);
  else set_binding(fn, local, field, PLACE_FIXED);
}

// What a new closure keeps of the local.
MirOperand lower_captured(LowerFn *fn, Local *local, bool in_cell, Span span) {
  if (!lower_is_stored(local->type)) return mir_zero(lower_type(fn->lowering, local->type));
  LowerPlace *binding = lower_binding(fn, local);
  if (!binding) lower_unexpected(fn->lowering, span, "captured local without a place");
  LowerPlace value = *binding;
  if (local_is_copied_into_lambdas(local)) value.place = mir_place_deref(fn->module, value.place);
  if (!in_cell) return lower_owned(fn, lower_read(fn, value, span), span);
  MirPlace cell = binding->place;
  cell.projection_count -= 2;  // content → cell object → cell
  cell.type = mir_type_ref(fn->lowering->types, lower_box(fn->lowering, local->type));
  return lower_load(fn, cell, span);
}

// The value is made when the lambda begins, and released when it ends: both while the lock is held.
void lower_take_along(LowerFn *fn, Local *local, Instance *crossing) {
  MirOperand captured = lower_read(fn, *lower_binding(fn, local), local->span);
  MirOperand made = lower_invoke(fn, crossing, &captured, 1, local->span);
  MirOperand own = lower_consume(fn, lower_owned(fn, made, local->span));
  MirLocalId slot = lower_local(fn, MIR_LOCAL_VAR, lower_type(fn->lowering, local->type), local->name, local->span);
  MirPlace place = mir_place_local(fn->function, slot);
  lower_write(fn, place, MIR_OP_USE, own, local->span);
  lower_own(fn, slot, true, local->span);
  set_binding(fn, local, place, PLACE_FIXED);
}
