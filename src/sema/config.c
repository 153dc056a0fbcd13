// @cfg: is a declaration meant for this compilation?
#include <string.h>

#include "sema/internal.h"

// `target: "none"` is a freestanding target, `target: "hosted"` one with an operating system.
static bool target_matches(const Sema *sema, const char *wanted) {
  return strcmp(wanted, sema->options->freestanding ? "none" : "hosted") == 0;
}

bool config_holds(Sema *sema, const AstNode *attribute) {
  const Interner *names = sema->context->names;
  for (AST_EACH(arg, attribute->attribute.args)) {
    if (arg->kind != AST_ARG || arg->arg.value->kind != AST_STRING_LIT) {
      diag_report(sema->context->diags, QZ0013, arg->span, "@cfg takes `target: \"…\"` or `feature: \"…\"`");
      return true;
    }
    const char *value = name_text(names, arg->arg.value->string_lit.text);
    bool is_target = strcmp(name_text(names, arg->arg.name), "target") == 0;
    if (is_target && !target_matches(sema, value)) return false;
    if (!is_target) return false;  // no feature is on unless it is asked for
  }
  return true;
}
