// The pipeline, stage by stage. The function `pipeline` is the whole compiler on one screen; each stage
// ends with the checker of its boundary, where there is one.
#include "driver/compile.h"

#include <malloc.h>
#include <string.h>

#include "codegen/codegen.h"
#include "driver/crash.h"
#include "driver/file.h"
#include "driver/link.h"
#include "driver/units.h"
#include "lexer/lexer.h"
#include "mir/lower.h"
#include "parser/parser.h"
#include "sema/sema.h"

typedef struct Unit {
  Compiler *compiler;
  CompileJob *job;
  CompileStatus status;
  const Source *source;
  Program *program;
  const char **objects;  // one for each unit of code
  uint32_t object_count;
  Text output;  // of the stages whose result is text
} Unit;

static bool stops(const Unit *u, CompileLast stage) { return u->job->last == stage; }

// ── How stages end ──────────────────────────────────────────────────────────────────────────────────────────────
static bool errors(Unit *u) {
  if (u->compiler->diags.error_count) u->status = COMPILE_ERRORS;
  return u->status != COMPILE_OK;
}

static bool broken(Unit *u, const char *what, const Text *why) {
  u->status = COMPILE_INTERNAL;
  u->compiler->context.at = (Span){0};  // a checker runs when its stage is over; `why` says the place
  crash_report(u->compiler, what, text_str(why));
  return false;
}

static bool write_output(Unit *u) {
  if (!u->job->output || errors(u)) return !errors(u);
  Text why = {.arena = &u->compiler->unit};
  Staged file = {u->job->output, u->job->output};
  if (staged_write(&file, text_str(&u->output), u->output.size, &why)) return true;
  diag_report(&u->compiler->diags, QZ9001, (Span){0}, "%s", text_str(&why));
  return !errors(u);
}

// ── The stages ──────────────────────────────────────────────────────────────────────────────────────────────────
// What is only checked makes no code, but a target that does not exist is a mistake there too.
static bool is_target_known(Unit *u) {
  const char *target = u->compiler->options->target;
  Text why = {.arena = &u->compiler->unit};
  if (!target || codegen_knows_target(target, &why)) return true;
  diag_report(&u->compiler->diags, QZ9004, (Span){0}, "%s", text_str(&why));
  return !errors(u);
}

static bool read_root(Unit *u) {
  compiler_stage(u->compiler, "read");
  u->source = loader_root(&u->compiler->loader, u->job->path);
  return !errors(u);
}

static bool lex(Unit *u) {
  compiler_stage(u->compiler, "lex");
  TokenList tokens = lexer_run(&u->compiler->context, u->source);
  lexer_dump(&u->output, &u->compiler->context, u->source, &tokens);
  return write_output(u);
}

static bool parse(Unit *u) {
  compiler_stage(u->compiler, "parse");
  AstNode *module = parse_module(&u->compiler->context, u->source);
  Text why = {.arena = &u->compiler->unit};
  if (u->compiler->check && !ast_check(&u->compiler->context, module, AST_PARSED, &why))
    return broken(u, "ast_check", &why);
  ast_dump(&u->output, &u->compiler->names, module);
  return write_output(u);
}

static bool is_freestanding(const char *target) { return target && strstr(target, "-none"); }

static void name_libraries(Unit *u) {
  CompileJob *job = u->job;
  job->library_count = u->program->libraries.size;
  job->libraries = arena_array(&u->compiler->forever, const char *, job->library_count + 1);
  for (uint32_t i = 0; i < job->library_count; i++)
    job->libraries[i] = name_text(&u->compiler->names, u->program->libraries.data[i]);
}

// Lexes, parses and expands each module as it is first imported; see src/sema/README.md.
static bool analyse(Unit *u) {
  Compiler *c = u->compiler;
  compiler_stage(c, "analyse");
  SemaOptions options = {.load = loader_import, .nearest = loader_nearest, .load_data = &c->loader, .check = c->check};
  options.freestanding = is_freestanding(c->options->target);
  options.tests = u->job->tests;
  u->program = sema_program(&c->context, &c->unit, u->source, &options);
  bool has_main = u->program->main || u->program->test_run;
  if (u->job->wants_main && !has_main && !errors(u))
    diag_report(&c->diags, QZ0204, (Span){u->source->base, u->source->base}, "%s has no `main` function",
                u->source->path);
  if (errors(u)) return false;
  name_libraries(u);
  Text why = {.arena = &c->unit};
  return !c->check || sema_check(u->program, &why) || broken(u, "sema_check", &why);
}

static bool lower(Unit *u) {
  Compiler *c = u->compiler;
  compiler_stage(c, "lower");
  u->job->mir = mir_lower(u->program, &c->code, &(MirLowerOptions){0});
  if (errors(u)) return false;
  mir_make_glue(u->job->mir);
  Text why = {.arena = &c->unit};
  return !c->check || mir_check(u->job->mir, &why) || broken(u, "mir_check after lowering", &why);
}

// MIR says all there is to know; code generation needs the room.
static void forget_trees(Unit *u) {
  u->program = NULL;
  arena_free(&u->compiler->unit);
  malloc_trim(0);
}

typedef struct Level {
  int passes;
  CodegenLevel codegen;
} Level;

static Level level_of(const Unit *u) {
  static const Level levels[] = {
      [LEVEL_0] = {0, CODEGEN_O0}, [LEVEL_1] = {1, CODEGEN_O1},   [LEVEL_2] = {2, CODEGEN_O2},
      [LEVEL_3] = {3, CODEGEN_O3}, [LEVEL_S] = {'s', CODEGEN_OS},
  };
  return levels[u->compiler->options->level];
}

static bool transform(Unit *u) {
  compiler_stage(u->compiler, "transform");
  Text why = {.arena = &u->compiler->unit};
  MirPassOptions options = {.level = level_of(u).passes, .check = u->compiler->check};
  return mir_run_passes(u->job->mir, &options, &why) || broken(u, "MIR passes", &why);
}

// ── Code ────────────────────────────────────────────────────────────────────────────────────────────────────────
// At -O0 the time and memory that LLVM takes are what matters; optimisation wants to see the whole program.
static uint32_t unit_statements(const Unit *u) {
  bool makes_objects = stops(u, LAST_PROGRAM) || stops(u, LAST_OBJECT);
  if (u->compiler->options->level != LEVEL_0 || !makes_objects || !link_can_combine(&u->compiler->unit)) return 0;
  return u->compiler->unit_statements;
}

// Where each unit goes: what is not the result itself is made in the scratch folder.
static const char **unit_paths(const Unit *u, uint32_t count) {
  Arena *arena = &u->compiler->unit;
  const char **paths = arena_array(arena, const char *, count);
  for (uint32_t i = 0; i < count; i++) {
    Text name = {.arena = arena};
    text_printf(&name, ".unit%u.o", i);
    paths[i] = path_join(arena, u->job->scratch, text_str(&name));
  }
  if (count == 1 && !stops(u, LAST_PROGRAM)) paths[0] = u->job->output;
  return paths;
}

static bool not_generated(Unit *u, CodegenFailure failure, const Text *why) {
  if (failure == CODEGEN_FAILURE_INTERNAL) return broken(u, "code generation", why);
  diag_report(&u->compiler->diags, failure == CODEGEN_FAILURE_TARGET ? QZ9004 : QZ9001, (Span){0}, "%s", text_str(why));
  return !errors(u);
}

static bool emit_units(Unit *u, const CodegenPlan *plan, CodegenFailure *failure) {
  Text why = {.arena = &u->compiler->unit};
  u->object_count = codegen_unit_count(plan);
  u->objects = unit_paths(u, u->object_count);
  if (u->object_count == 1) return codegen_emit(plan, 0, u->objects[0], NULL, &why) || not_generated(u, *failure, &why);
  switch (units_emit(plan, u->objects, failure, &why)) {
    case UNITS_DONE: return true;
    case UNITS_FAILED: return not_generated(u, *failure, &why);
    case UNITS_CRASHED: break;
  }
  u->status = COMPILE_INTERNAL;
  return false;
}

static const char *const sanitizer_names[] = {
    [SANITIZE_DEFAULT] = NULL,
#define SANITIZE(id, text) [SANITIZE_##id] = text,
#include "driver/options.def"
};

static CodegenSanitize sanitize_of(const Options *options) {
  switch (options->sanitize) {
    case SANITIZE_DEFAULT: return CODEGEN_SANITIZE_NOTHING;
    case SANITIZE_THREAD: return CODEGEN_SANITIZE_THREAD;
    case SANITIZE_ADDRESS: return CODEGEN_SANITIZE_ADDRESS;
  }
  return CODEGEN_SANITIZE_NOTHING;
}

static bool generate(Unit *u) {
  const Options *given = u->compiler->options;
  compiler_stage(u->compiler, "generate");
  CodegenFailure failure = CODEGEN_FAILURE_INTERNAL;
  CodegenOptions options = {
      .triple = given->target,
      .level = level_of(u).codegen,
      .emit = stops(u, LAST_LLVM)  ? CODEGEN_EMIT_LLVM
              : stops(u, LAST_ASM) ? CODEGEN_EMIT_ASM
                                   : CODEGEN_EMIT_OBJECT,
      .sanitize = sanitize_of(given),
      .debug_info = !given->no_debug_info,
      .verify = u->compiler->check,
      .unit_statements = unit_statements(u),
      .failure = &failure,
  };
  return emit_units(u, codegen_plan(u->job->mir, &options, &u->compiler->unit), &failure);
}

// The objects say all there is to know; the linker needs the room.
static void forget_mir(Unit *u) {
  u->job->mir = NULL;
  arena_free(&u->compiler->code);
  malloc_trim(0);
}

static bool link_objects(Unit *u) {
  compiler_stage(u->compiler, "link");
  forget_mir(u);
  Arena *arena = &u->compiler->unit;
  Text why = {.arena = arena};
  LinkOptions options = {.objects = u->objects, .object_count = u->object_count, .output = u->job->output};
  options.libraries = u->job->libraries;
  options.library_count = u->job->library_count;
  options.sanitizer = sanitizer_names[u->compiler->options->sanitize];
  if ((stops(u, LAST_PROGRAM) ? link_program : link_combine)(&options, arena, &why)) return true;
  diag_report(&u->compiler->diags, QZ9002, (Span){0}, "%s", text_str(&why));
  return !errors(u);
}

// A check ends here too, with nothing to write.
static bool dump_typed(Unit *u) {
  if (u->job->output) sema_dump(&u->output, u->program);
  return write_output(u);
}

static bool dump_mir(Unit *u) {
  if (u->job->output) mir_print_module(&u->output, u->job->mir);
  return write_output(u);
}

// ── The pipeline ────────────────────────────────────────────────────────────────────────────────────────────────
static bool pipeline(Unit *u) {
  if (!is_target_known(u) || !read_root(u)) return false;
  if (stops(u, LAST_TOKENS)) return lex(u);
  if (stops(u, LAST_AST)) return parse(u);
  if (!analyse(u)) return false;
  if (stops(u, LAST_TYPED)) return dump_typed(u);
  if (!lower(u)) return false;
  forget_trees(u);
  if (!transform(u)) return false;
  if (stops(u, LAST_MIR)) return dump_mir(u);
  if (!generate(u)) return false;
  if (!stops(u, LAST_PROGRAM) && u->object_count == 1) return true;
  return link_objects(u);
}

CompileStatus compile_unit(Compiler *compiler, CompileJob *job) {
  Unit unit = {.compiler = compiler, .job = job, .output = {.arena = &compiler->unit}};
  pipeline(&unit);
  return unit.status;
}
