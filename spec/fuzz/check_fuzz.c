// Any bytes as a program: analysis ends, with messages or with a program that sema_check, the lowering and mir_check
// accept.
#include "mir/lower.h"
#include "sema/sema.h"
#include "spec/fuzz/target.h"

// The input has no folder: only the standard library can be imported.
static const Source *load(void *loader, const Source *importer, const char *path) {
  const Loader *std = loader;
  bool is_input = importer && !map_get(&std->by_source, map_key(importer));
  return loader_import(loader, is_input ? NULL : importer, path);
}

static void lower(Compiler *compiler, Program *program) {
  Text why = {.arena = &compiler->unit};
  require(sema_check(program, &why), "sema_check", &why);
  MirModule *module = mir_lower(program, &compiler->unit, &(MirLowerOptions){0});
  if (compiler->diags.error_count) return;
  mir_make_glue(module);
  require(mir_check(module, &why), "mir_check", &why);
}

// A compiler that has read the prelude, and what its memory held then: reading it again takes 50 times as long as
// bringing this back.
typedef struct Beginning {
  Compiler compiler, saved;
  Options options;
  SemaOptions sema;
  Program *program;
  ArenaSnapshot forever, unit;
} Beginning;

static void begin(Beginning *b) {
  b->options.level = LEVEL_0;
  compiler_init(&b->compiler, &b->options);
  b->sema = (SemaOptions){.load = load, .load_data = &b->compiler.loader};
  b->program = sema_open(&b->compiler.context, &b->compiler.unit, &b->sema);
  b->saved = b->compiler;
  b->forever = arena_save(&b->compiler.forever);
  b->unit = arena_save(&b->compiler.unit);
}

static void rewind_to(Beginning *b) {
  Arena forever = b->compiler.forever, unit = b->compiler.unit;
  arena_restore(&forever, &b->forever);
  arena_restore(&unit, &b->unit);
  b->compiler = b->saved;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Beginning beginning;
  if (!beginning.program) begin(&beginning);
  Compiler *compiler = &beginning.compiler;
  const char *text = arena_text(&compiler->forever, (const char *)data, size);
  sema_analyse(beginning.program, source_add(&compiler->forever, &compiler->sources, "fuzz.qz", text, size));
  if (!compiler->diags.error_count && beginning.program->main) lower(compiler, beginning.program);
  rewind_to(&beginning);
  return 0;
}
