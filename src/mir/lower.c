// Program in, MIR module out. A worklist: lowering a function declares every function it uses, and each declared one is
// lowered in its turn. lower_internal.h says how the parts work together.
#include "mir/lower_internal.h"

#include <stdio.h>
#include <stdlib.h>

// Sema's promises (sema.h) do not hold: a bug in the compiler, not in the program.
_Noreturn void lower_unexpected(const Lowering *lowering, Span span, const char *what) {
  Context *context = lowering->context;
  Location at = source_locate(context->sources, span.start);
  fprintf(stderr, "internal error: cannot lower: %s\n", what);
  if (at.source) fprintf(stderr, "  at %s:%u:%u\n", at.source->path, at.line, at.column);
  fprintf(stderr, "This is a bug in the Quartz compiler; please report it with the program that shows it.\n");
  abort();
}

Name lower_symbol(Lowering *lowering, Name base, const char *suffix) {
  Interner *names = lowering->context->names;
  for (int number = 1;; number++) {
    Text text = {.arena = lowering->arena};
    text_printf(&text, "%s%s", name_text(names, base), suffix);
    if (number > 1) text_printf(&text, "%d", number);
    Name name = name_from(names, text_str(&text));
    if (map_get(&lowering->symbols, name)) continue;
    map_put(lowering->arena, &lowering->symbols, name, lowering);
    return name;
  }
}

// ── Declaring ───────────────────────────────────────────────────────────────────────────────────────────────────
static void add_job(Lowering *lowering, LowerJob job) { vec_push(lowering->arena, &lowering->jobs, job); }

static MirFunction *declare_instance(Lowering *lowering, const Instance *instance, MirType *result) {
  const Function *declared = instance->function;
  MirFunction *function =
      mir_function_new(lowering->module, instance->symbol, instance->display, result, instance->span);
  map_put(lowering->arena, &lowering->symbols, instance->symbol, lowering);
  for (uint32_t i = 0; i < instance->param_count; i++)
    mir_local_new(lowering->module, function, MIR_LOCAL_PARAM, lower_type(lowering, instance->params[i]->type),
                  instance->params[i]->name, instance->params[i]->span);
  function->is_c_abi = declared->is_c_abi;
  function->is_variadic = declared->is_variadic && declared->kind == FUNCTION_EXTERN;
  function->fixed_params = instance->param_count;
  function->is_inline = declared->is_inline;
  function->is_cold = declared->is_cold;
  function->is_unbroken = declared->is_unbroken;
  function->sends = declared->sends;
  function->is_noreturn = instance->result->kind == TYPE_NEVER;
  return function;
}

// Several modules may declare one C function; sema made sure that they agree. The one with a body, if any, is its body.
MirFunction *lower_instance(Lowering *lowering, Instance *instance) {
  if (instance->lowered) return instance->lowered;
  MirType *result = lower_type(lowering, instance->result);
  if (instance->lowered) return instance->lowered;  // a type's drop function, declared on the way
  bool is_c = instance->function->is_c_abi;
  MirFunction *function = is_c ? map_get(&lowering->module->by_symbol, instance->symbol) : NULL;
  if (!function) function = declare_instance(lowering, instance, result);
  instance->lowered = function;
  if (!instance->body) return function;
  function->is_exported = is_c;
  function->is_bound = instance->is_bound;
  add_job(lowering, (LowerJob){.kind = JOB_INSTANCE, .function = function, .instance = instance});
  return function;
}

LowerFn lower_fn_new(Lowering *lowering, MirFunction *function, Type *result) {
  LowerFn fn = {.lowering = lowering, .module = lowering->module, .function = function, .result = result};
  fn.block = fn.dead_block = fn.resume = MIR_NO_BLOCK;
  for (uint32_t i = 0; i < function->locals.size; i++) vec_push(lowering->arena, &fn.variables, false);
  return fn;
}

// ── Bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void lower_instance_body(Lowering *lowering, const LowerJob *job) {
  Instance *instance = job->instance;
  lowering->module->context->at = instance->span;
  LowerFn fn = lower_fn_new(lowering, job->function, instance->result);
  lower_start(&fn, lower_block_new(&fn));
  for (uint32_t i = 0; i < instance->param_count; i++) lower_declare_param(&fn, instance->params[i], i + 1);
  MirOperand value = lower_expr(&fn, instance->body, instance->result);
  if (!lower_is_dead(&fn)) lower_return_operand(&fn, value, instance->body->span);
  lower_prune(lowering->module, job->function);
}

static void run_job(Lowering *lowering, const LowerJob *job) {
  switch (job->kind) {
    case JOB_INSTANCE: lower_instance_body(lowering, job); return;
    case JOB_LAMBDA: lower_lambda_body(lowering, job); return;
    case JOB_FUNCTION_THUNK: case JOB_CONSTRUCTOR_THUNK: lower_thunk_body(lowering, job); return;
  }
}

static void run_jobs(Lowering *lowering) {
  while (lowering->next_job < lowering->jobs.size) {
    LowerJob job = lowering->jobs.data[lowering->next_job++];
    run_job(lowering, &job);
  }
}

// ── Roots ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void add_roots(Lowering *lowering, const MirLowerOptions *options) {
  Program *program = lowering->program;
  if (program->test_run) lowering->module->main = lower_test_main(lowering);
  else if (program->main) lowering->module->main = lower_instance(lowering, program->main);
  for (uint32_t i = 0; i < program->exports.size; i++) lower_instance(lowering, program->exports.data[i]);
  if (options->all)
    for (uint32_t i = 0; i < program->instances.size; i++)
      if (program->instances.data[i]->function->kind != FUNCTION_INTRINSIC)
        lower_instance(lowering, program->instances.data[i]);
}

MirModule *mir_lower(Program *program, Arena *arena, const MirLowerOptions *options) {
  MirModule *module = mir_module_new(program->context, arena);
  Lowering lowering = {.program = program, .context = program->context, .module = module, .arena = arena,
                       .types = &module->types};
  add_roots(&lowering, options);
  lower_init(&lowering);
  run_jobs(&lowering);
  lower_deinit(&lowering);
  lower_symbol_name_body(&lowering);
  return module;
}
