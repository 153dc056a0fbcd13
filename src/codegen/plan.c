// The plan of a program: facts about all of it, and which functions each unit has. Units are neighbours in the module,
// cut so that each has about the same number of statements.
#include "codegen/emit.h"

static uint32_t statement_count(const MirFunction *function) {
  uint32_t count = 0;
  for (uint32_t b = 0; b < function->blocks.size; b++) count += function->blocks.data[b]->stmts.size;
  return count;
}

static uint64_t count_statements(const MirModule *module) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < module->functions.size; i++) count += statement_count(module->functions.data[i]);
  return count;
}

// Unit u ends with the function in which its share, u + 1 parts of `total`, is reached.
static void cut_units(CodegenPlan *plan, uint64_t total) {
  const MirModule *module = plan->mir;
  uint64_t before = 0;
  uint32_t unit = 0;
  for (uint32_t i = 0; i < module->functions.size; i++) {
    before += statement_count(module->functions.data[i]);
    while (unit + 1 < plan->unit_count && before * plan->unit_count >= total * (unit + 1)) plan->starts[++unit] = i + 1;
  }
  plan->starts[plan->unit_count] = module->functions.size;
}

static void plan_units(CodegenPlan *plan) {
  uint32_t wanted = plan->options->unit_statements;
  uint64_t total = wanted ? count_statements(plan->mir) : 0;
  plan->unit_count = wanted && total > wanted ? (uint32_t)(total / wanted) : 1;
  plan->starts = arena_array(plan->arena, uint32_t, plan->unit_count + 1);
  cut_units(plan, total);
}

static void lay_out_types(const MirModule *module) {
  for (uint32_t i = 0; i < module->types.all.size; i++) mir_type_layout(module->types.all.data[i]);
}

CodegenPlan *codegen_plan(const MirModule *module, const CodegenOptions *options, Arena *arena) {
  CodegenPlan *plan = arena_new(arena, CodegenPlan);
  *plan = (CodegenPlan){.mir = module, .options = options, .arena = arena};
  lay_out_types(module);
  plan_units(plan);
  emit_facts_compute(plan);
  return plan;
}

uint32_t codegen_unit_count(const CodegenPlan *plan) { return plan->unit_count; }

bool emit_is_in_unit(const EmitModule *m, const MirFunction *function) {
  return function->id >= m->plan->starts[m->unit] && function->id < m->plan->starts[m->unit + 1];
}

bool emit_has_many_units(const EmitModule *m) { return m->plan->unit_count > 1; }
