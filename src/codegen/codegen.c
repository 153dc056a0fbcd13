// The entry: one LLVM module from one unit of a MIR module, through the passes, into a file.
#include "codegen/codegen.h"

#include <time.h>

#include "codegen/emit.h"

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static LLVMValueRef weights(EmitModule *m, uint32_t if_true, uint32_t if_false) {
  LLVMMetadataRef parts[] = {LLVMMDStringInContext2(m->llvm, "branch_weights", 14),
                             LLVMValueAsMetadata(LLVMConstInt(m->i32, if_true, false)),
                             LLVMValueAsMetadata(LLVMConstInt(m->i32, if_false, false))};
  return LLVMMetadataAsValue(m->llvm, LLVMMDNodeInContext2(m->llvm, parts, 3));
}

static LLVMValueRef bool_range(EmitModule *m) {
  LLVMMetadataRef parts[] = {LLVMValueAsMetadata(LLVMConstInt(m->i8, 0, false)),
                             LLVMValueAsMetadata(LLVMConstInt(m->i8, 2, false))};
  return LLVMMetadataAsValue(m->llvm, LLVMMDNodeInContext2(m->llvm, parts, 2));
}

static void make_metadata(EmitModule *m) {
  m->branch_weights_kind = LLVMGetMDKindIDInContext(m->llvm, "prof", 4);
  m->tbaa_kind = LLVMGetMDKindIDInContext(m->llvm, "tbaa", 4);
  m->range_kind = LLVMGetMDKindIDInContext(m->llvm, "range", 5);
  m->unlikely_true = weights(m, 1, 4000);
  m->bool_range = bool_range(m);
}

static void open_module(EmitModule *m) {
  m->llvm = LLVMContextCreate();
  if (m->options->emit != CODEGEN_EMIT_LLVM) LLVMContextSetDiscardValueNames(m->llvm, true);
  m->module = LLVMModuleCreateWithNameInContext("quartz", m->llvm);
  m->builder = LLVMCreateBuilderInContext(m->llvm);
  m->entry = LLVMCreateBuilderInContext(m->llvm);
  m->functions = arena_array(m->arena, FunctionState, m->mir->functions.size + 1);
  emit_types_init(m);
  make_metadata(m);
}

static void close_module(EmitModule *m) {
  emit_target_close(m);
  LLVMDisposeBuilder(m->builder);
  LLVMDisposeBuilder(m->entry);
  LLVMDisposeModule(m->module);
  LLVMContextDispose(m->llvm);
}

static void build(EmitModule *m) {
  emit_debug_begin(m);
  if (m->unit == EMIT_FIRST_UNIT) emit_program(m), emit_globals(m);
  for (uint32_t i = m->plan->starts[m->unit]; i < m->plan->starts[m->unit + 1]; i++)
    if (m->mir->functions.data[i]->blocks.size) emit_function_body(m, m->mir->functions.data[i]);
  emit_debug_end(m);
}

static bool make(EmitModule *m, CodegenTimes *times, Text *why) {
  double start = now_ms();
  if (!emit_target_open(m, why)) return false;
  build(m);
  double built = now_ms();
  bool ok = emit_target_optimise(m, why);
  double optimised = now_ms();
  ok = ok && emit_target_write(m, why);
  if (times) *times = (CodegenTimes){built - start, optimised - built, now_ms() - optimised};
  return ok;
}

bool codegen_emit(const CodegenPlan *plan, uint32_t unit, const char *output, CodegenTimes *times, Text *why) {
  Arena arena = {0}, scratch = {0};
  EmitModule m = {.mir = plan->mir,
                  .options = plan->options,
                  .plan = plan,
                  .unit = unit,
                  .output = output,
                  .arena = &arena,
                  .scratch = &scratch};
  open_module(&m);
  bool ok = make(&m, times, why);
  close_module(&m);
  arena_free(&scratch);
  arena_free(&arena);
  return ok;
}
