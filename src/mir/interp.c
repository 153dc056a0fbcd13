// The interpreter's life: memory for globals and frames, the program as the runtime wants it, entries from C, panics
// that pass through. Built with -fexceptions, so that a forced unwind runs `end_activation`.
#include "mir/interp.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "runtime/fault.h"
#include "runtime/sched/program.h"
#include "runtime/sched/site.h"

// ── Running ─────────────────────────────────────────────────────────────────────────────────────────────────────
void interp_loop(Interp *in, const Insn *insn) {
  while (insn) {
    in->statements++;
    insn = insn->run(in, insn);
  }
}

// Tasks take turns on one interpreter, each with a stack of frames of its own. They change only inside of C functions.
static void open_stack(InterpStack *stack, size_t size) {
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {  // reserved, not used: pages come as frames reach them
    fprintf(stderr, "quartz: out of memory (asked for %zu bytes)\n", size);
    abort();
  }
  *stack = (InterpStack){.memory = memory, .top = memory, .limit = memory + size, .context = qz_context};
}

static void close_stack(const InterpStack *stack) { munmap(stack->memory, (size_t)(stack->limit - stack->memory)); }

// One entry from C. What was running before it, to go back to.
typedef struct Activation {
  Interp *in;
  InterpStack before;
  bool has_stack;  // it is the first on this task's stack, which it opened
  bool is_over;    // it returned: no panic passes
} Activation;

// A panic passes: the frames of this activation, innermost first, run the cleanup blocks of the statement they are at.
static void unwind_frames(Interp *in) {
  const Insn *at = in->stack.at;
  for (;;) {
    char *frame = in->bases[ROOT_FRAME];
    const Frame *head = (const Frame *)frame;
    in->stack.top = frame + head->code->frame_size;
    in->stack.unwinds = true;
    if (at->unwind) interp_loop(in, at->unwind);
    in->stack.unwinds = false;
    at = head->call;
    in->bases[ROOT_FRAME] = head->caller;
    in->stack.depth--;
    if (!at) return;
  }
}

static void end_activation(Activation *activation) {
  Interp *in = activation->in;
  const char *first = activation->has_stack ? NULL : activation->before.frame;
  if (!activation->is_over && in->bases[ROOT_FRAME] != first) unwind_frames(in);
  if (activation->has_stack) close_stack(&in->stack);
  interp_go_on(in, &activation->before);
}

InterpStack interp_standing(const Interp *in) {
  InterpStack stack = in->stack;
  stack.frame = in->bases[ROOT_FRAME];
  return stack;
}

void interp_go_on(Interp *in, const InterpStack *stack) {
  in->stack = *stack;
  in->bases[ROOT_FRAME] = stack->frame;
}

void interp_run(Interp *in, Code *code, void *const *arguments, void *result) {
  __attribute__((cleanup(end_activation))) Activation activation = {
      .in = in, .before = interp_standing(in), .has_stack = in->stack.context != qz_context};
  if (activation.has_stack) open_stack(&in->stack, INTERP_TASK_STACK_SIZE);
  if (activation.has_stack) in->bases[ROOT_FRAME] = NULL;
  const MirFunction *function = code->function;
  size_t needed = in->stack.unwinds ? INTERP_C_ROOM : 2 * INTERP_C_ROOM;
  if (qz_stack_room(__builtin_frame_address(0)) < needed) interp_panic(in, "stack overflow");
  char *frame = interp_push(in, code, NULL);
  for (uint32_t i = 0; i < function->param_count; i++)
    memcpy(frame + code->offsets[i + 1], arguments[i], function->locals.data[i + 1].type->size);
  interp_loop(in, interp_enter(in, code, frame));
  if (code->result_size) memcpy(result, frame + code->offsets[MIR_RETURN_LOCAL], code->result_size);
  activation.is_over = true;
}

// ── Places in the source ────────────────────────────────────────────────────────────────────────────────────────
static QzPlace place_of(const Interp *in, Span span) {
  const Context *context = in->module->context;
  if (!span.start || !context->sources) return (QzPlace){.file = ""};
  Location location = source_locate(context->sources, span.start);
  if (!location.source) return (QzPlace){.file = ""};
  return (QzPlace){location.source->path, location.line, location.column};
}

QzPlace interp_place(const Interp *in, const Insn *insn) { return place_of(in, insn->stmt->span); }

static bool is_in_library(const Interp *in, Span span) {
  const SourceMap *sources = in->module->context->sources;
  const Source *source = sources ? source_at(sources, span.start) : NULL;
  return !source || qz_panic_is_inside(source->path, sources->library);
}

// Where the statement, or the call that it was put in for, stands outside the standard library.
static Span span_in_program(const Interp *in, const MirStmt *stmt) {
  Span span = stmt->span;
  for (const MirInlined *at = stmt->inlined; at && is_in_library(in, span); at = at->outer) span = at->call;
  return span;
}

QzPlace interp_panic_place(const Interp *in, const Insn *insn) {
  if (!insn) return (QzPlace){.file = ""};
  const Frame *frame = (const Frame *)in->bases[ROOT_FRAME];
  for (const Insn *at = insn; at; at = frame->call, frame = (const Frame *)frame->caller) {
    Span span = span_in_program(in, at->stmt);
    if (!is_in_library(in, span)) return place_of(in, span);
  }
  return place_of(in, insn->stmt->span);
}

static bool is_in_core(const Interp *in, Span span) {
  const SourceMap *sources = in->module->context->sources;
  const Source *source = sources ? source_at(sources, span.start) : NULL;
  return !source || qz_panic_is_core(source->path, sources->library);
}

// Of the functions that are running there, so many outside of the core are passed over. Line 0: there is no such place.
static QzPlace place_behind(const Interp *in, uint32_t skipped) {
  const Frame *frame = (const Frame *)in->bases[ROOT_FRAME];
  for (const Insn *at = in->stack.at; at; at = frame->call, frame = (const Frame *)frame->caller) {
    const MirInlined *inlined = at->stmt->inlined;
    for (Span span = at->stmt->span;; span = inlined->call, inlined = inlined->outer) {
      bool is_passed_over = is_in_core(in, span) || (skipped && skipped--);
      if (!is_passed_over && !is_in_library(in, span)) return place_of(in, span);
      if (!inlined) break;
    }
  }
  return (QzPlace){.file = ""};
}

static QzPlace place_now(const void *self, uint32_t skipped) {
  QzPlace place = place_behind(self, skipped);
  while (!place.line && skipped) place = place_behind(self, --skipped);
  return place;
}

void interp_wrong_proof(const Interp *in, const Insn *insn) {
  QzPlace place = interp_place(in, insn);
  const Frame *frame = (const Frame *)in->bases[ROOT_FRAME];
  Text text = {.arena = in->module->context->arena};
  mir_print_function(&text, in->module, frame->code->function);
  fprintf(stderr, "quartz: internal error: a check that was proved fails: `%s` at %s:%u:%u in\n%s",
          mir_op_info(insn->stmt->op)->text, place.file, place.line, place.column, text_str(&text));
  abort();
}

// ── The program ─────────────────────────────────────────────────────────────────────────────────────────────────
static void run_void(Interp *in, MirFunction *function) {
  if (function) interp_run(in, interp_code(in, function), NULL, NULL);
}

static void program_main(ffi_cif *cif, void *result, void **arguments, void *user) {
  (void)cif, (void)arguments;
  Interp *in = user;
  MirFunction *main_function = in->module->main;
  int64_t status = 0;
  char value[16] = {0};
  run_void(in, in->module->init);
  interp_run(in, interp_code(in, main_function), NULL, value);
  if (main_function->result->kind == MIR_TYPE_I64) status = INTERP_LOAD(int64_t, value);
  *(ffi_arg *)result = (ffi_arg)status;
}

static void program_deinit(ffi_cif *cif, void *result, void **arguments, void *user) {
  (void)cif, (void)result, (void)arguments;
  run_void(user, ((Interp *)user)->module->deinit);
}

typedef void ClosureBody(ffi_cif *cif, void *result, void **arguments, void *user);

typedef struct Trampoline {
  ffi_cif cif;
  ffi_closure *closure;
  void *address;
} Trampoline;

static void make_trampoline(Trampoline *trampoline, ffi_type *result, ClosureBody *body, Interp *in) {
  trampoline->closure = ffi_closure_alloc(sizeof(ffi_closure), &trampoline->address);
  if (!trampoline->closure || ffi_prep_cif(&trampoline->cif, FFI_DEFAULT_ABI, 0, result, NULL) != FFI_OK ||
      ffi_prep_closure_loc(trampoline->closure, &trampoline->cif, body, in, trampoline->address) != FFI_OK) {
    fprintf(stderr, "quartz: internal error: libffi makes no address for the program\n");
    abort();
  }
}

// ── Globals and types ───────────────────────────────────────────────────────────────────────────────────────────
static void make_globals(Interp *in) {
  MirModule *module = in->module;
  in->globals = arena_array(&in->arena, char *, module->globals.size + 1);
  for (uint32_t i = 0; i < module->globals.size; i++) {
    MirType *type = module->globals.data[i]->type;
    in->globals[i] = arena_alloc(&in->arena, type->size + 1, type->align < 16 ? 16 : type->align);
    map_put(&in->arena, &in->global_index, map_key(module->globals.data[i]), &in->globals[i]);
  }
  for (uint32_t i = 0; i < module->globals.size; i++)
    interp_write_constant(in, &module->globals.data[i]->initial, in->globals[i]);
}

static void release_string(QzObject *object) { qz_string_free((QzString *)object); }

static void make_type_rows(Interp *in) {
  const MirModule *module = in->module;
  in->type_rows = arena_array(&in->arena, QzTypeInfo, module->types.all.size);
  for (uint32_t i = 0; i < module->types.all.size; i++) {
    MirType *type = module->types.all.data[i];
    if (type->kind != MIR_TYPE_OBJECT) continue;
    in->type_rows[i].name = name_text(module->context->names, type->name);
    void *address = interp_entry(in, type->release_glue, false);
    memcpy(&in->type_rows[i].release, &address, sizeof address);
    void *cross = type->cross_glue ? interp_entry(in, type->cross_glue, false) : NULL;
    memcpy(&in->type_rows[i].cross, &cross, sizeof cross);
    in->type_rows[i].size = (int64_t)type->size;
    in->type_rows[i].is_shared = type->is_shared;
    in->type_rows[i].is_bound = type->is_bound;
  }
  in->type_rows[QZ_TYPE_STRING] = (QzTypeInfo){.name = "String", .release = release_string};
}

// ── Beginning and end ───────────────────────────────────────────────────────────────────────────────────────────
static void start(Interp *in, MirModule *module) {
  mir_make_glue(module);
  in->module = module;
  in->codes = arena_array(&in->arena, Code, module->functions.size);
  open_stack(&in->stack, INTERP_STACK_SIZE);
  qz_program_workers_limit = 1;
  qz_interpreter = (QzInterpreter){place_now, in};
  make_globals(in);
  make_type_rows(in);
}

static void finish(Interp *in) {
  for (Entry *entry = in->newest_entry; entry; entry = entry->older) ffi_closure_free(entry->closure);
  qz_interpreter = (QzInterpreter){NULL, NULL};
  close_stack(&in->stack);
  arena_free(&in->arena);
}

MirInterpResult mir_interpret(MirModule *module, int argc, char **argv) {
  assert(module->main);
  Interp in = {0};
  start(&in, module);
  Trampoline main_entry, deinit_entry;
  make_trampoline(&main_entry, &ffi_type_sint64, program_main, &in);
  make_trampoline(&deinit_entry, &ffi_type_void, program_deinit, &in);
  QzProgram program = {.types = in.type_rows, .type_count = module->types.all.size};
  memcpy(&program.main, &main_entry.address, sizeof program.main);
  memcpy(&program.deinit, &deinit_entry.address, sizeof program.deinit);
  int status = qz_start(&program, argc, argv);
  ffi_closure_free(main_entry.closure);
  ffi_closure_free(deinit_entry.closure);
  MirInterpResult result = {.status = status, .statements = in.statements};
  finish(&in);
  return result;
}
