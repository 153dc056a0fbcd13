// Module variables. A constant scalar stands in the program's data; every other value is written by the module's init
// function, in the order sema found, and released by its deinit function in the opposite order.
#include "mir/lower_internal.h"

static bool is_constant(const Global *global) { return global->constant.kind != CONST_NONE; }

MirGlobal *lower_global(Lowering *lowering, Global *global) {
  if (global->lowered) return global->lowered;
  MirType *type = lower_type(lowering, global->type);
  MirGlobal *lowered = arena_new(lowering->arena, MirGlobal);
  *lowered = (MirGlobal){.symbol = lower_symbol(lowering, global->name, "$global"), .display = global->name,
                         .span = global->node->span, .type = type, .initial = mir_zero(type)};
  LowerFn constants = {.lowering = lowering, .module = lowering->module};
  if (is_constant(global))
    lowered->initial = lower_constant(&constants, &global->constant, global->type, lowered->span);
  vec_push(lowering->arena, &lowering->module->globals, lowered);
  return global->lowered = lowered;
}

static MirGlobal *static_word(Lowering *lowering, Map *words, uint64_t key) {
  MirGlobal *word = map_get(words, key);
  if (word) return word;
  Name name = name_from(lowering->context->names, "static");
  MirType *u64 = lowering->types->basic[MIR_TYPE_U64];
  word = arena_new(lowering->arena, MirGlobal);
  *word = (MirGlobal){.symbol = lower_symbol(lowering, name, "$word"), .display = name, .type = u64,
                      .initial = mir_zero(u64)};
  vec_push(lowering->arena, &lowering->module->globals, word);
  map_put(lowering->arena, words, key, word);
  return word;
}

MirGlobal *lower_static_word(Lowering *lowering, const Type *type) {
  return static_word(lowering, &lowering->static_words, type->id);
}

MirGlobal *lower_regex_word(Lowering *lowering, Name text) {
  return static_word(lowering, &lowering->regex_words, text);
}

static MirFunction *module_function(Lowering *lowering, const char *text) {
  Name name = name_from(lowering->context->names, text);
  return mir_function_new(lowering->module, lower_symbol(lowering, name, ""), name,
                          lowering->types->basic[MIR_TYPE_VOID], (Span){0});
}

static LowerFn begin(Lowering *lowering, MirFunction *function) {
  LowerFn fn = lower_fn_new(lowering, function, lowering->program->types.basic[TYPE_VOID]);
  lower_start(&fn, lower_block_new(&fn));
  return fn;
}

static void end(LowerFn *fn) {
  if (!lower_is_dead(fn)) lower_return_operand(fn, lower_void(fn), fn->function->span);
  lower_prune(fn->module, fn->function);
}

// Tasks read it: what it owns is counted atomically from now on.
static void share(LowerFn *fn, MirPlace place, Span span) {
  MirOperand address = lower_address_of(fn, (LowerPlace){place, PLACE_SHARED}, span);
  lower_cross_parts(fn, place.type, address, mir_zero(mir_type_ptr(fn->lowering->types, NULL)), span);
}

static void initialise(LowerFn *fn, Global *global) {
  uint32_t mark = fn->cleanups.size;
  Span span = global->node->span;
  MirOperand value = lower_owned(fn, lower_expr(fn, global->value, global->type), span);
  MirPlace place = mir_place_global(lower_global(fn->lowering, global));
  if (place.type->kind != MIR_TYPE_VOID) lower_write(fn, place, MIR_OP_USE, lower_consume(fn, value), span);
  if (global->is_shared) share(fn, place, span);
  lower_end_temps(fn, mark);
}

void lower_init(Lowering *lowering) {
  const Program *program = lowering->program;
  LowerFn fn = {0};
  for (uint32_t i = 0; i < program->globals.size; i++) {
    Global *global = program->globals.data[i];
    if (global->is_const || is_constant(global)) continue;
    if (!fn.function) fn = begin(lowering, lowering->module->init = module_function(lowering, "module$init"));
    initialise(&fn, global);
  }
  if (fn.function) end(&fn);
}

void lower_deinit(Lowering *lowering) {
  const MirModule *module = lowering->module;
  LowerFn fn = {0};
  for (uint32_t i = module->globals.size; i-- > 0;) {
    MirGlobal *global = module->globals.data[i];
    if (!global->type->is_managed) continue;
    if (!fn.function) fn = begin(lowering, lowering->module->deinit = module_function(lowering, "module$deinit"));
    lower_effect(&fn, MIR_OP_RELEASE, mir_copy(mir_place_global(global)), global->span);
  }
  if (fn.function) end(&fn);
}
