// Drop glue: for every managed type, functions that release (and retain) the counted pointers in a value of it.
//
//   OBJECT  release(self: ref T): called when the last owner went. Runs the type's own drop, releases the fields,
//   frees. STRUCT, ENUM, ARRAY  release(value: ptr T) and retain(value: ptr T): what is in the value, part by part.
//
// A panic in one part's drop still releases the parts after it: every step has a cleanup twin that goes on with the
// next.
//
// Depth: objects whose type can hold, through whatever fields, another object of the same type (glue_cycles.c) are
// released between qz_release_enter and qz_release_leave. Once those are nested too deeply the runtime puts the object
// aside, and the outermost leave releases what was put aside, so a list of a million nodes takes a bounded stack.
#include "mir/glue.h"

typedef struct Builder {
  MirModule *module;
  MirFunction *function;
  MirBlockId block;
} Builder;

static MirType *basic(const Builder *b, MirTypeKind kind) { return b->module->types.basic[kind]; }

static MirOperand local(const Builder *b, MirLocalId id) { return mir_copy(mir_place_local(b->function, id)); }

static MirStmt *emit(Builder *b, MirOp op, uint32_t operands, uint32_t targets) {
  return mir_stmt_new(b->module, b->function->blocks.data[b->block], op, b->function->span, operands, targets);
}

static MirLocalId temp(Builder *b, MirType *type) {
  return mir_local_new(b->module, b->function, MIR_LOCAL_TEMP, type, NAME_NONE, b->function->span);
}

static MirLocalId emit_value(Builder *b, MirOp op, MirType *type, const MirOperand *operands, uint32_t count) {
  MirLocalId dest = temp(b, type);
  MirStmt *stmt = emit(b, op, count, 0);
  for (uint32_t i = 0; i < count; i++) stmt->operands[i] = operands[i];
  stmt->dest = mir_place_local(b->function, dest);
  return dest;
}

static void emit_effect(Builder *b, MirOp op, MirPlace place, MirBlockId unwind) {
  MirStmt *stmt = emit(b, op, 1, 0);
  stmt->operands[0] = mir_copy(place);
  stmt->unwind = unwind;
}

static void emit_store(Builder *b, MirPlace place, MirOperand value) {
  MirStmt *stmt = emit(b, MIR_OP_USE, 1, 0);
  stmt->dest = place;
  stmt->operands[0] = value;
}

static void emit_end(Builder *b, MirOp op) { emit(b, op, 0, 0); }

static void emit_goto(Builder *b, MirBlockId target) { emit(b, MIR_OP_GOTO, 0, 1)->targets[0] = target; }

static void emit_branch(Builder *b, MirOperand cond, MirBlockId yes, MirBlockId no) {
  MirStmt *stmt = emit(b, MIR_OP_BRANCH, 1, 2);
  stmt->operands[0] = cond;
  stmt->targets[0] = yes;
  stmt->targets[1] = no;
}

static MirBlockId block(Builder *b, bool is_cleanup) {
  MirBlockId id = mir_block_new(b->module, b->function);
  b->function->blocks.data[id]->is_cleanup = is_cleanup;
  return id;
}

// ── Runtime functions ───────────────────────────────────────────────────────────────────────────────────────────
static MirFunction *runtime_function(MirModule *module, const char *symbol, MirType *param, MirType *result) {
  Name name = name_from(module->context->names, symbol);
  MirFunction *function = map_get(&module->by_symbol, name);
  if (function) return function;
  function = mir_function_new(module, name, name, result, (Span){0});
  function->is_c_abi = true;
  if (param) mir_local_new(module, function, MIR_LOCAL_PARAM, param, NAME_NONE, (Span){0});
  return function;
}

// A call of a runtime function that takes the object as a plain pointer.
static MirStmt *emit_runtime(Builder *b, const char *symbol, MirLocalId object, MirType *result) {
  MirType *pointer = mir_type_ptr(&b->module->types, NULL);
  MirFunction *callee = runtime_function(b->module, symbol, pointer, result);
  MirOperand self = local(b, object);
  MirLocalId address = emit_value(b, MIR_OP_CAST, callee->locals.data[1].type, &self, 1);
  MirStmt *call = emit(b, MIR_OP_CALL, 1, 0);
  call->callee = callee;
  call->operands[0] = local(b, address);
  return call;
}

// ── Steps: what is done to a dying value, one after another ─────────────────────────────────────────────────────
typedef enum StepKind { STEP_DISOWN, STEP_RELEASE, STEP_FREE, STEP_LEAVE } StepKind;

typedef struct Step {
  StepKind kind;
  MirPlace place;  // RELEASE
} Step;

typedef VEC(Step) Steps;

static bool step_may_panic(const Step *step) {
  return step->kind == STEP_LEAVE || (step->kind == STEP_RELEASE && step->place.type->kind != MIR_TYPE_STRING);
}

static void emit_leave(Builder *b, MirBlockId unwind) {
  MirFunction *callee = runtime_function(b->module, "qz_release_leave", NULL, basic(b, MIR_TYPE_VOID));
  MirStmt *call = emit(b, MIR_OP_CALL, 0, 0);
  call->callee = callee;
  call->unwind = unwind;
}

// The count of the object that dies is the first word of it.
static MirPlace count_of(Builder *b) {
  MirOperand self = local(b, 1);
  MirType *pointer = mir_type_ptr(&b->module->types, basic(b, MIR_TYPE_I32));
  return mir_place_deref(b->module, mir_place_local(b->function, emit_value(b, MIR_OP_CAST, pointer, &self, 1)));
}

static void emit_step(Builder *b, const Step *step, MirBlockId unwind) {
  switch (step->kind) {
    case STEP_DISOWN: emit_store(b, count_of(b), mir_int(basic(b, MIR_TYPE_I32), 0)); return;
    case STEP_RELEASE:
      emit_effect(b, MIR_OP_RELEASE, step->place, step_may_panic(step) ? unwind : MIR_NO_BLOCK);
      return;
    case STEP_FREE: emit_runtime(b, "qz_object_free", 1, basic(b, MIR_TYPE_VOID)); return;
    case STEP_LEAVE: emit_leave(b, unwind); return;
  }
}

// A cleanup block for each step, which does it and goes on with the next: twins[i] is that of step i.
static const MirBlockId *emit_twins(Builder *b, const Steps *steps) {
  MirBlockId *twins = arena_array(b->module->arena, MirBlockId, steps->size + 1);
  MirBlockId resume_at = b->block;
  for (uint32_t i = steps->size; i-- > 0;) {
    b->block = twins[i] = block(b, true);
    emit_step(b, &steps->data[i], MIR_NO_BLOCK);
    if (i + 1 == steps->size) emit_end(b, MIR_OP_RESUME);
    else emit_goto(b, twins[i + 1]);
  }
  b->block = resume_at;
  return twins;
}

// Each step in order; a panic goes on with the cleanup twin of the next one.
static void emit_steps(Builder *b, const Steps *steps, const MirBlockId *twins) {
  for (uint32_t i = 0; i < steps->size; i++)
    emit_step(b, &steps->data[i], twins && i + 1 < steps->size ? twins[i + 1] : MIR_NO_BLOCK);
  emit_end(b, MIR_OP_RETURN);
}

static bool any_panics(const Steps *steps) {
  for (uint32_t i = 0; i + 1 < steps->size; i++)
    if (step_may_panic(&steps->data[i])) return true;
  return false;
}

static void push_fields(Builder *b, Steps *steps, MirPlace whole) {
  for (uint32_t i = 0; i < whole.type->fields.field_count; i++) {
    if (!whole.type->fields.fields[i].type->is_managed) continue;
    Step step = {STEP_RELEASE, mir_place_field(b->module, whole, i)};
    vec_push(b->module->arena, steps, step);
  }
}

// ── A program's own drop ────────────────────────────────────────────────────────────────────────────────────────
// `self` is a place of the value or reference; the method takes it so, or by its address.
static void emit_user_drop(Builder *b, MirFunction *drop, MirPlace self, MirBlockId unwind) {
  MirType *param = drop->locals.data[1].type;
  MirOperand argument = mir_copy(self);
  if (param != self.type) argument = local(b, emit_value(b, MIR_OP_ADDR, param, &argument, 1));
  MirStmt *call = emit(b, MIR_OP_CALL, 1, 0);
  call->callee = drop;
  call->operands[0] = argument;
  call->unwind = unwind;
}

// While an object's drop runs it has one owner, the glue, so that retains and releases of `self` in there do not end it
// again. If there are more afterwards, the drop put it somewhere: then it lives on. Else it has none again (DISOWN), so
// that no weak reference gives it out while its fields are released.
static void emit_object_drop(Builder *b, const MirType *object, bool is_recursive, MirBlockId unwind) {
  MirType *i32 = basic(b, MIR_TYPE_I32);
  MirPlace count = count_of(b);
  emit_store(b, count, mir_int(i32, 1));
  emit_user_drop(b, object->user_drop, mir_place_local(b->function, 1), unwind);
  MirOperand left = mir_copy(count);
  MirOperand owners = local(b, emit_value(b, MIR_OP_USE, i32, &left, 1));
  MirLocalId is_last = emit_value(b, MIR_OP_EQ, basic(b, MIR_TYPE_BOOL), (MirOperand[]){owners, mir_int(i32, 1)}, 2);
  MirBlockId dies = block(b, false), lives = block(b, false);
  emit_branch(b, local(b, is_last), dies, lives);
  b->block = lives;
  MirLocalId fewer = emit_value(b, MIR_OP_WRAP_SUB, i32, (MirOperand[]){owners, mir_int(i32, 1)}, 2);
  emit_store(b, count, local(b, fewer));
  if (is_recursive) emit_leave(b, MIR_NO_BLOCK);
  emit_end(b, MIR_OP_RETURN);
  b->block = dies;
}

// ── Release of each kind ────────────────────────────────────────────────────────────────────────────────────────
static void emit_enter(Builder *b) {
  MirType *i32 = basic(b, MIR_TYPE_I32);
  MirLocalId answer = temp(b, i32);
  emit_runtime(b, "qz_release_enter", 1, i32)->dest = mir_place_local(b->function, answer);
  MirOperand operands[] = {local(b, answer), mir_int(i32, 0)};
  MirLocalId is_put_off = emit_value(b, MIR_OP_EQ, basic(b, MIR_TYPE_BOOL), operands, 2);
  MirBlockId later = block(b, false), now = block(b, false);
  emit_branch(b, local(b, is_put_off), later, now);
  b->block = later;
  emit_end(b, MIR_OP_RETURN);
  b->block = now;
}

static void release_object(Builder *b, MirType *type, bool is_recursive) {
  Steps steps = {0};
  if (type->user_drop) vec_push(b->module->arena, &steps, (Step){.kind = STEP_DISOWN});
  push_fields(b, &steps, mir_place_deref(b->module, mir_place_local(b->function, 1)));
  vec_push(b->module->arena, &steps, (Step){.kind = STEP_FREE});
  if (is_recursive) vec_push(b->module->arena, &steps, (Step){.kind = STEP_LEAVE});
  if (is_recursive) emit_enter(b);
  const MirBlockId *twins = type->user_drop || any_panics(&steps) ? emit_twins(b, &steps) : NULL;
  if (type->user_drop) emit_object_drop(b, type, is_recursive, twins[0]);
  emit_steps(b, &steps, twins);
}

// The runtime decides when it is freed: it may run on without an owner.
static void release_actor(Builder *b) {
  emit_runtime(b, "qz_act_end_references", 1, basic(b, MIR_TYPE_VOID));
  emit_end(b, MIR_OP_RETURN);
}

static MirPlace value_of(Builder *b) { return mir_place_deref(b->module, mir_place_local(b->function, 1)); }

static void release_steps(Builder *b, MirType *type, const Steps *steps) {
  const MirBlockId *twins = (type->user_drop && steps->size) || any_panics(steps) ? emit_twins(b, steps) : NULL;
  if (type->user_drop) emit_user_drop(b, type->user_drop, value_of(b), twins ? twins[0] : MIR_NO_BLOCK);
  emit_steps(b, steps, twins);
}

static void release_struct(Builder *b, MirType *type) {
  Steps steps = {0};
  push_fields(b, &steps, value_of(b));
  release_steps(b, type, &steps);
}

static bool variant_is_managed(const MirVariant *variant) {
  for (uint32_t i = 0; i < variant->field_count; i++)
    if (variant->fields[i].type->is_managed) return true;
  return false;
}

typedef void VariantBody(Builder *b, MirType *type, uint32_t variant);

// A switch on the tag with a block for each variant that `body` has something to do for.
static void switch_variants(Builder *b, MirType *type, VariantBody *body) {
  uint32_t count = 0, filled = 0;
  for (uint32_t i = 0; i < type->enum_.variant_count; i++)
    if (type->user_drop || variant_is_managed(&type->enum_.variants[i])) count++;
  MirOperand whole = mir_copy(value_of(b));
  MirLocalId tag = emit_value(b, MIR_OP_TAG, basic(b, MIR_TYPE_I64), &whole, 1);
  MirStmt stmt = *emit(b, MIR_OP_SWITCH, 1, count + 1);
  stmt.operands[0] = local(b, tag);
  for (uint32_t i = 0; i < type->enum_.variant_count; i++) {
    if (!type->user_drop && !variant_is_managed(&type->enum_.variants[i])) continue;
    b->block = block(b, false);
    stmt.cases[filled] = type->enum_.variants[i].tag;
    stmt.targets[filled++] = b->block;
    body(b, type, i);
  }
  b->block = stmt.targets[filled] = block(b, false);
  emit_end(b, MIR_OP_RETURN);
}

static void release_variant(Builder *b, MirType *type, uint32_t variant) {
  Steps steps = {0};
  for (uint32_t i = 0; i < type->enum_.variants[variant].field_count; i++) {
    if (!type->enum_.variants[variant].fields[i].type->is_managed) continue;
    Step step = {STEP_RELEASE, mir_place_variant(b->module, value_of(b), variant, i)};
    vec_push(b->module->arena, &steps, step);
  }
  release_steps(b, type, &steps);
}

typedef void ElementBody(Builder *b, MirPlace element, MirBlockId unwind);

// for _i in _i..count: body(array[_i]). The blocks are ordinary ones, or cleanup blocks that end in `resume`.
static MirBlockId element_loop(Builder *b, MirType *type, MirLocalId index, bool is_cleanup, MirBlockId unwind,
                               ElementBody *body) {
  MirType *i64 = basic(b, MIR_TYPE_I64);
  MirBlockId head = block(b, is_cleanup), each = block(b, is_cleanup), done = block(b, is_cleanup);
  b->block = head;
  MirOperand below[] = {local(b, index), mir_int(i64, type->array.count)};
  MirLocalId goes_on = emit_value(b, MIR_OP_LT, basic(b, MIR_TYPE_BOOL), below, 2);
  emit_branch(b, local(b, goes_on), each, done);
  b->block = each;
  MirLocalId at = emit_value(b, MIR_OP_USE, i64, &below[0], 1);
  MirOperand next[] = {local(b, at), mir_int(i64, 1)};
  emit_store(b, mir_place_local(b->function, index), local(b, emit_value(b, MIR_OP_WRAP_ADD, i64, next, 2)));
  body(b, mir_place_index(b->module, value_of(b), at), unwind);
  emit_goto(b, head);
  b->block = done;
  emit_end(b, is_cleanup ? MIR_OP_RESUME : MIR_OP_RETURN);
  return head;
}

static void for_elements(Builder *b, MirType *type, bool needs_twin, ElementBody *body) {
  MirBlockId entry = b->block;
  MirLocalId index = mir_local_new(b->module, b->function, MIR_LOCAL_VAR, basic(b, MIR_TYPE_I64), NAME_NONE, (Span){0});
  emit_store(b, mir_place_local(b->function, index), mir_int(basic(b, MIR_TYPE_I64), 0));
  MirBlockId unwind = needs_twin ? element_loop(b, type, index, true, MIR_NO_BLOCK, body) : MIR_NO_BLOCK;
  MirBlockId head = element_loop(b, type, index, false, unwind, body);
  b->block = entry;
  emit_goto(b, head);
}

static void release_element(Builder *b, MirPlace element, MirBlockId unwind) {
  emit_effect(b, MIR_OP_RELEASE, element, unwind);
}

// ── Retain of each kind ─────────────────────────────────────────────────────────────────────────────────────────
// One more owner, whom nobody holds: the value was copied bit for bit, and the copy is the holder.
static void retain_place(Builder *b, MirPlace place) {
  MirOperand value = mir_copy(place);
  MirLocalId copy = temp(b, place.type);
  b->function->locals.data[copy].is_owned = true;
  MirStmt *stmt = emit(b, MIR_OP_RETAIN, 1, 0);
  stmt->operands[0] = value;
  stmt->dest = mir_place_local(b->function, copy);
  emit_effect(b, MIR_OP_FORGET, mir_place_local(b->function, copy), MIR_NO_BLOCK);
}

static void retain_struct(Builder *b, MirType *type) {
  for (uint32_t i = 0; i < type->fields.field_count; i++)
    if (type->fields.fields[i].type->is_managed) retain_place(b, mir_place_field(b->module, value_of(b), i));
  emit_end(b, MIR_OP_RETURN);
}

static void retain_variant(Builder *b, MirType *type, uint32_t variant) {
  const MirVariant *info = &type->enum_.variants[variant];
  for (uint32_t i = 0; i < info->field_count; i++)
    if (info->fields[i].type->is_managed) retain_place(b, mir_place_variant(b->module, value_of(b), variant, i));
  emit_end(b, MIR_OP_RETURN);
}

static void retain_element(Builder *b, MirPlace element, MirBlockId unwind) {
  (void)unwind;  // retaining never panics
  retain_place(b, element);
}

static bool holds_by_value(const MirType *type) {
  return type->kind == MIR_TYPE_STRUCT || type->kind == MIR_TYPE_ENUM || type->kind == MIR_TYPE_ARRAY;
}

// ── Cross: every counted pointer in a value is shown to a crossing (runtime/cross.c) ────────────────────────────────
static const MirLocalId crossing = 2;  // the second parameter

MirFunction *mir_cross_pointer(MirModule *module) {
  MirType *pointer = mir_type_ptr(&module->types, NULL);
  MirFunction *function = runtime_function(module, "qz_cross_pointer", pointer, module->types.basic[MIR_TYPE_VOID]);
  if (function->param_count < 2) mir_local_new(module, function, MIR_LOCAL_PARAM, pointer, NAME_NONE, (Span){0});
  return function;
}

static void cross_place(Builder *b, MirPlace place) {
  if (!place.type->is_managed) return;
  bool is_pointer = !holds_by_value(place.type);
  MirFunction *callee = is_pointer ? mir_cross_pointer(b->module) : mir_cross_glue(b->module, place.type);
  MirOperand value = mir_copy(place);
  MirLocalId address = emit_value(b, MIR_OP_ADDR, mir_type_ptr(&b->module->types, place.type), &value, 1);
  MirOperand argument = local(b, address);
  if (is_pointer) argument = local(b, emit_value(b, MIR_OP_CAST, callee->locals.data[1].type, &argument, 1));
  MirStmt *call = emit(b, MIR_OP_CALL, 2, 0);
  call->callee = callee;
  call->operands[0] = argument;
  call->operands[1] = local(b, crossing);
}

static void cross_fields(Builder *b, MirType *type) {
  for (uint32_t i = 0; i < type->fields.field_count; i++)
    cross_place(b, mir_place_field(b->module, value_of(b), i));
  emit_end(b, MIR_OP_RETURN);
}

static void cross_variant(Builder *b, MirType *type, uint32_t variant) {
  for (uint32_t i = 0; i < type->enum_.variants[variant].field_count; i++)
    cross_place(b, mir_place_variant(b->module, value_of(b), variant, i));
  emit_end(b, MIR_OP_RETURN);
}

static void cross_element(Builder *b, MirPlace element, MirBlockId unwind) {
  (void)unwind;  // nothing is owned here
  cross_place(b, element);
}

// ── All types ───────────────────────────────────────────────────────────────────────────────────────────────────
static MirFunction *new_glue(MirModule *module, const char *prefix, MirType *type, MirType *param) {
  Text symbol = {.arena = module->arena};
  text_append(&symbol, prefix);
  if (type->name)
    text_bytes(&symbol, name_text(module->context->names, type->name), name_size(module->context->names, type->name));
  else mir_type_print(&symbol, module->context->names, type);
  Name name = name_intern(module->context->names, text_str(&symbol), symbol.size);
  MirFunction *function = mir_function_new(module, name, name, module->types.basic[MIR_TYPE_VOID], (Span){0});
  mir_local_new(module, function, MIR_LOCAL_PARAM, param, NAME_self, (Span){0});
  return function;
}

static Builder open_function(MirModule *module, MirFunction *function) {
  Builder b = {.module = module, .function = function};
  b.block = block(&b, false);
  return b;
}

static MirFunction *new_cross_glue(MirModule *module, MirType *type, MirType *param) {
  MirFunction *function = new_glue(module, "cross ", type, param);
  mir_local_new(module, function, MIR_LOCAL_PARAM, mir_type_ptr(&module->types, NULL), NAME_NONE, (Span){0});
  return function;
}

MirFunction *mir_cross_glue(MirModule *module, MirType *type) {
  if (!type->cross_glue) type->cross_glue = new_cross_glue(module, type, mir_type_ptr(&module->types, type));
  return type->cross_glue;
}

static void make_object_glue(MirModule *module, MirType *type, bool is_recursive) {
  Builder b = open_function(module, new_glue(module, "release ", type, mir_type_ref(&module->types, type)));
  type->release_glue = b.function;
  if (type->is_actor) release_actor(&b);
  else release_object(&b, type, is_recursive);
}

static void make_release(MirModule *module, MirType *type) {
  Builder b = open_function(module, new_glue(module, "release ", type, mir_type_ptr(&module->types, type)));
  type->release_glue = b.function;
  if (type->kind == MIR_TYPE_STRUCT) release_struct(&b, type);
  else if (type->kind == MIR_TYPE_ENUM) switch_variants(&b, type, release_variant);
  else for_elements(&b, type, true, release_element);
}

static void make_retain(MirModule *module, MirType *type) {
  Builder b = open_function(module, new_glue(module, "retain ", type, mir_type_ptr(&module->types, type)));
  type->retain_glue = b.function;
  if (type->kind == MIR_TYPE_STRUCT) retain_struct(&b, type);
  else if (type->kind == MIR_TYPE_ENUM) switch_variants(&b, type, retain_variant);
  else for_elements(&b, type, false, retain_element);
}

// Its own method knows what crosses; else all fields do. A type with a `drop` stands for more than its fields, and what
// a raw pointer leads to may be anybody's: without glue an object stays where it is. The code of a closure crosses.
static bool has_pointer(const MirType *type) {
  switch (mir_type_kind_parts(type->kind)) {
    case MIR_PARTS_FIELDS:
      for (uint32_t i = 0; i < type->fields.field_count; i++) {
        bool is_code = !i && type->kind == MIR_TYPE_OBJECT && type->fields.fields[i].name == NAME_NONE;
        if (!is_code && has_pointer(type->fields.fields[i].type)) return true;
      }
      return false;
    case MIR_PARTS_VARIANTS:
      for (uint32_t i = 0; i < type->enum_.variant_count; i++)
        for (uint32_t k = 0; k < type->enum_.variants[i].field_count; k++)
          if (has_pointer(type->enum_.variants[i].fields[k].type)) return true;
      return false;
    case MIR_PARTS_ELEMENT: return has_pointer(type->array.element);
    case MIR_PARTS_TARGET: return type->kind == MIR_TYPE_PTR;
    case MIR_PARTS_NONE:
    case MIR_PARTS_SIGNATURE: break;
  }
  return false;
}

static void cross_by_method(Builder *b, MirFunction *method) {
  MirOperand given = local(b, crossing);
  MirType *wanted = method->locals.data[crossing].type;
  if (given.type != wanted) given = local(b, emit_value(b, MIR_OP_CAST, wanted, &given, 1));
  MirStmt *call = emit(b, MIR_OP_CALL, 2, 0);
  call->callee = method;
  call->operands[0] = local(b, 1);
  call->operands[1] = given;
  emit_end(b, MIR_OP_RETURN);
}

static bool has_counted_fields(const MirType *type) {
  for (uint32_t i = 0; i < type->fields.field_count; i++)
    if (type->fields.fields[i].type->is_managed) return true;
  return false;
}

// A @shared object stays what it is, whatever methods it has; what it refers to becomes what tasks can use together.
static void make_shared_cross(MirModule *module, MirType *type) {
  if (!has_counted_fields(type)) return;
  Builder b = open_function(module, new_cross_glue(module, type, mir_type_ref(&module->types, type)));
  type->cross_glue = b.function;
  cross_fields(&b, type);
}

static void make_object_cross(MirModule *module, MirType *type) {
  if (type->is_shared) make_shared_cross(module, type);
  if (type->is_shared || type->is_bound || (!type->user_cross && (type->user_drop || has_pointer(type)))) return;
  Builder b = open_function(module, new_cross_glue(module, type, mir_type_ref(&module->types, type)));
  type->cross_glue = b.function;
  if (type->user_cross) cross_by_method(&b, type->user_cross);
  else cross_fields(&b, type);
}

static void make_value_cross(MirModule *module, MirType *type) {
  MirFunction *function = mir_cross_glue(module, type);
  if (function->blocks.size) return;
  Builder b = open_function(module, function);
  if (type->kind == MIR_TYPE_STRUCT) cross_fields(&b, type);
  else if (type->kind == MIR_TYPE_ENUM) switch_variants(&b, type, cross_variant);
  else for_elements(&b, type, false, cross_element);
}

static bool values_cross(const MirModule *module) {
  if (map_get(&module->by_symbol, name_from(module->context->names, "qz_cross_pointer"))) return true;
  for (uint32_t i = 0; i < module->types.all.size; i++)
    if (module->types.all.data[i]->cross_glue) return true;
  return false;
}

static void make_cross_glue(MirModule *module, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    MirType *type = module->types.all.data[i];
    if (type->kind == MIR_TYPE_OBJECT && !type->cross_glue) make_object_cross(module, type);
    else if (type->is_managed && holds_by_value(type)) make_value_cross(module, type);
  }
}

void mir_make_glue(MirModule *module) {
  mir_types_layout(&module->types);
  const MirBits *recursive = mir_find_recursive_objects(module);
  uint32_t count = module->types.all.size;  // what is added meanwhile are pointers
  if (values_cross(module)) make_cross_glue(module, count);
  for (uint32_t i = 0; i < count; i++) {
    MirType *type = module->types.all.data[i];
    if (type->kind == MIR_TYPE_OBJECT && !type->release_glue)
      make_object_glue(module, type, mir_bits_has(recursive, i));
    if (!type->is_managed || !holds_by_value(type)) continue;
    if (!type->release_glue) make_release(module, type);
    if (!type->retain_glue) make_retain(module, type);
  }
  module->type_count = module->types.all.size;
}
