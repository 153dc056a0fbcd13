// Symbols are numbers, given in order of first use. The function behind `symbol_name` turns them into text; it is
// written when everything else is lowered and all symbols are known.
#include "mir/lower_internal.h"

uint32_t lower_symbol_number(Lowering *lowering, Name name) {
  uintptr_t known = (uintptr_t)map_get(&lowering->symbol_numbers, name);
  if (known) return (uint32_t)known - 1;
  uint32_t number = lowering->symbol_names.size;
  vec_push(lowering->arena, &lowering->symbol_names, name);
  map_put(lowering->arena, &lowering->symbol_numbers, name, (void *)((uintptr_t)number + 1));
  return number;
}

MirOperand lower_symbol_value(LowerFn *fn, Name name) {
  return mir_int(lower_basic(fn, MIR_TYPE_U32), lower_symbol_number(fn->lowering, name));
}

MirFunction *lower_symbol_name(Lowering *lowering) {
  if (lowering->symbol_name) return lowering->symbol_name;
  Name name = name_from(lowering->context->names, "symbol_name");
  MirFunction *function = mir_function_new(lowering->module, lower_symbol(lowering, name, "$"), name,
                                           lowering->types->basic[MIR_TYPE_STRING], (Span){0});
  mir_local_new(lowering->module, function, MIR_LOCAL_PARAM, lowering->types->basic[MIR_TYPE_U32], NAME_NONE,
                (Span){0});
  return lowering->symbol_name = function;
}

static void return_name(LowerFn *fn, Name name) {
  MirPlace result = mir_place_local(fn->function, MIR_RETURN_LOCAL);
  lower_write(fn, result, MIR_OP_USE, mir_string(fn->module, name), (Span){0});
  lower_emit(fn, MIR_OP_RETURN, (Span){0}, 0, 0);
}

void lower_symbol_name_body(Lowering *lowering) {
  if (!lowering->symbol_name) return;
  uint32_t count = lowering->symbol_names.size;
  LowerFn fn = lower_fn_new(lowering, lowering->symbol_name, lowering->program->types.basic[TYPE_STRING]);
  lower_start(&fn, lower_block_new(&fn));
  int64_t *numbers = arena_array(lowering->arena, int64_t, count);
  MirBlockId *blocks = arena_array(lowering->arena, MirBlockId, count);
  for (uint32_t i = 0; i < count; i++) numbers[i] = i, blocks[i] = lower_block_new(&fn);
  MirBlockId otherwise = lower_block_new(&fn);
  lower_switch(&fn, mir_copy(mir_place_local(fn.function, 1)), numbers, blocks, count, otherwise, (Span){0});
  for (uint32_t i = 0; i < count; i++) {
    lower_start(&fn, blocks[i]);
    return_name(&fn, lowering->symbol_names.data[i]);
  }
  lower_start(&fn, otherwise);
  lower_unreachable(&fn, (Span){0});
  lower_prune(lowering->module, fn.function);
}
