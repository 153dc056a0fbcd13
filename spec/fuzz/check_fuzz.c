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

static void fuzz(Compiler *compiler, const Source *input) {
  SemaOptions options = {.load = load, .load_data = &compiler->loader};
  Program *program = sema_program(&compiler->context, &compiler->unit, input, &options);
  if (!compiler->diags.error_count && program->main) lower(compiler, program);
}
