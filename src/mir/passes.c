// Runs the passes of passes.def, each over the whole module, with mir_check between them when asked.
#include "mir/pass.h"

#include <string.h>

static const struct {
  const char *name;
  MirPass *run;
  const char *levels;
} passes[] = {
#define MIR_PASS(name, function, levels, contract) {name, function, levels},
#include "mir/passes.def"
};

static bool check_after(MirModule *module, const char *name, Text *why) {
  Text found = {.arena = module->arena};
  if (mir_check(module, &found)) return true;
  text_printf(why, "after pass %s: %s", name, text_str(&found));
  return false;
}

static void print_after(MirModule *module, const char *name, Text *out) {
  text_printf(out, "; after %s\n", name);
  mir_print_module(out, module);
}

bool mir_run_pass(MirModule *module, const char *name) {
  for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
    if (strcmp(passes[i].name, name) != 0) continue;
    passes[i].run(module);
    return true;
  }
  return false;
}

bool mir_run_passes(MirModule *module, const MirPassOptions *options, Text *why) {
  char level = options->level == 's' ? 's' : (char)('0' + options->level);
  for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
    if (!strchr(passes[i].levels, level)) continue;
    passes[i].run(module);
    if (options->print_after) print_after(module, passes[i].name, options->print_after);
    if (options->check && !check_after(module, passes[i].name, why)) return false;
  }
  return true;
}
