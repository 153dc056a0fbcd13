// Which attributes exist, and which one a misspelt one was meant to be.
#include <string.h>

#include "base/nearest.h"
#include "parser/build.h"

static const char *const known[] = {
#define ATTRIBUTE(name, arguments, support) #name,
#include "parser/attributes.def"
};

void attribute_check(Parser *parser, Token name) {
  const char *text = name_text(parser->context->names, name.value);
  Nearest meant = {.wanted = text};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strcmp(text, known[i]) == 0) return;
    nearest_try(&meant, known[i]);
  }
  Diag *diag = parser_error(parser, QZ0012, token_span(name), "there is no attribute `@%s`", text);
  if (meant.best) diag_help(parser->context->diags, diag, "did you mean `@%s`?", meant.best);
}
