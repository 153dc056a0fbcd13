// Any bytes as MIR text: parsing comes back, and what parses prints and parses to the same text. What mir_check then
// says does not matter, as long as it says it; but what it accepts, it still accepts after glue and every pass.
#include "mir/mir.h"
#include "spec/fuzz/fresh.h"

static MirModule *parse(Compiler *compiler, const Source *source) {
  return mir_parse(&compiler->context, &compiler->unit, source);
}

// The module as text; NULL when there is none.
static const Source *printed(Compiler *compiler, const Source *source) {
  MirModule *module = parse(compiler, source);
  if (!module) return NULL;
  Text why = {.arena = &compiler->unit}, out = {.arena = &compiler->unit};
  (void)mir_check(module, &why);
  mir_print_module(&out, module);
  return add_source(compiler, text_str(&out), out.size);
}

static void transform(Compiler *compiler, const Source *source) {
  MirModule *module = parse(compiler, source);
  Text why = {.arena = &compiler->unit};
  if (!module || !mir_check(module, &why)) return;
  mir_make_glue(module);
  if (!mir_check(module, &why)) return;  // a drop of the wrong type, which glue calls all the same
  require(mir_run_passes(module, &(MirPassOptions){.level = 3, .check = true}, &why), "mir_run_passes", &why);
}

static void fuzz(Compiler *compiler, const Source *input) {
  const Source *once = printed(compiler, input);
  if (!once) return;
  const Source *twice = printed(compiler, once);
  Text text = {.arena = &compiler->unit};
  text_append(&text, once->text);
  require(twice && strcmp(once->text, twice->text) == 0, "prints as another module", &text);
  transform(compiler, once);
}
