// Any bytes as a program: analysis ends, with messages or with a program that sema_check, the lowering and mir_check
// accept.
#include <stdio.h>
#include <stdlib.h>

#include "driver/compiler.h"
#include "mir/lower.h"
#include "sema/sema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The input has no folder: only the standard library can be imported.
static const Source *load(void *loader, const Source *importer, const char *path) {
  const Loader *std = loader;
  bool is_input = importer && !map_get(&std->by_source, map_key(importer));
  return loader_import(loader, is_input ? NULL : importer, path);
}

static void expect(bool holds, const char *what, const Text *why) {
  if (holds) return;
  fprintf(stderr, "%s: %s\n", what, text_str(why));
  abort();
}

static void lower(Compiler *compiler, Program *program) {
  Text why = {.arena = &compiler->unit};
  expect(sema_check(program, &why), "sema_check", &why);
  MirModule *module = mir_lower(program, &compiler->unit, &(MirLowerOptions){0});
  if (compiler->diags.error_count) return;
  mir_make_glue(module);
  expect(mir_check(module, &why), "mir_check", &why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Options options = {.level = LEVEL_0};
  Compiler compiler;
  compiler_init(&compiler, &options);
  const char *text = arena_text(&compiler.forever, (const char *)data, size);
  const Source *source = source_add(&compiler.forever, &compiler.sources, "fuzz.qz", text, size);
  SemaOptions sema = {.load = load, .load_data = &compiler.loader};
  Program *program = sema_program(&compiler.context, &compiler.unit, source, &sema);
  if (!compiler.diags.error_count && program->main) lower(&compiler, program);
  compiler_free(&compiler);
  return 0;
}
