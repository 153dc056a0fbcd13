// The main function of a program that runs its @test functions: each becomes an example of std/qspec, named after the
// function; then qspec runs them.
#include "mir/lower_internal.h"

// it(name, file, line, test)
static void add_test(LowerFn *fn, Instance *test) {
  Lowering *lowering = fn->lowering;
  const Instance *add = lowering->program->test_add;
  Location at = source_locate(lowering->context->sources, test->span.start);
  MirOperand args[] = {mir_string(fn->module, test->function->name),
                       mir_string(fn->module, name_from(lowering->context->names, at.source->path)),
                       lower_int(fn, at.line), lower_function_value(fn, test, add->params[3]->type)};
  lower_invoke(fn, lowering->program->test_add, args, sizeof args / sizeof *args, test->span);
}

MirFunction *lower_test_main(Lowering *lowering) {
  const Program *program = lowering->program;
  Name name = name_from(lowering->context->names, "test$main");
  MirFunction *function = mir_function_new(lowering->module, lower_symbol(lowering, name, ""), name,
                                           lowering->types->basic[MIR_TYPE_I64], program->tests.data[0]->span);
  LowerFn fn = lower_fn_new(lowering, function, program->test_run->result);
  lower_start(&fn, lower_block_new(&fn));
  for (uint32_t i = 0; i < program->tests.size; i++) add_test(&fn, program->tests.data[i]);
  lower_return_operand(&fn, lower_invoke(&fn, program->test_run, NULL, 0, function->span), function->span);
  lower_prune(lowering->module, function);
  return function;
}
