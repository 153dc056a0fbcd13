// Any bytes as MIR text: parsing comes back, and what parses prints and parses to the same text. What mir_check then
// says does not matter, as long as it says it; but what it accepts, it still accepts after glue and every pass.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/compiler.h"
#include "mir/mir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *printed(Compiler *compiler, const char *text, size_t size) {
  const Source *source = source_add(&compiler->forever, &compiler->sources, "fuzz.mir", text, size);
  MirModule *module = mir_parse(&compiler->context, &compiler->unit, source);
  if (!module) return NULL;
  Text why = {.arena = &compiler->unit}, out = {.arena = &compiler->unit};
  (void)mir_check(module, &why);
  mir_print_module(&out, module);
  return text_str(&out);
}

static void transform(Compiler *compiler, const char *text, size_t size) {
  const Source *source = source_add(&compiler->forever, &compiler->sources, "fuzz.mir", text, size);
  MirModule *module = mir_parse(&compiler->context, &compiler->unit, source);
  Text why = {.arena = &compiler->unit};
  if (!module || !mir_check(module, &why)) return;
  mir_make_glue(module);
  if (!mir_check(module, &why)) return;  // a drop of the wrong type, which glue calls all the same
  if (mir_run_passes(module, &(MirPassOptions){.level = 3, .check = true}, &why)) return;
  fprintf(stderr, "%s\n", text_str(&why));
  abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Options options = {.level = LEVEL_0};
  Compiler compiler;
  compiler_init(&compiler, &options);
  const char *once = printed(&compiler, arena_text(&compiler.forever, (const char *)data, size), size);
  const char *twice = once ? printed(&compiler, once, strlen(once)) : NULL;
  if (once && (!twice || strcmp(once, twice) != 0)) {
    fprintf(stderr, "prints as another module:\n%s\n", once);
    abort();
  }
  if (once) transform(&compiler, once, strlen(once));
  compiler_free(&compiler);
  return 0;
}
