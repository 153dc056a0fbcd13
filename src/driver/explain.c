// quartz explain QZ0107
#include "driver/explain.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "diag/diag.h"
#include "driver/commands.h"
#include "driver/crash.h"

static const Explanation *find(DiagId id) {
  char name[16];
  snprintf(name, sizeof name, "QZ%04d", (int)id);
  for (size_t i = 0; i < explanation_count; i++)
    if (strcmp(explanations[i].id, name) == 0) return &explanations[i];
  return NULL;
}

static int unknown(const char *word) {
  Nearest meant = {.wanted = word};
  for (size_t i = 0; i < explanation_count; i++) nearest_try(&meant, explanations[i].id);
  fprintf(stderr, "quartz: there is no message `%s`", word);
  if (meant.best) fprintf(stderr, "; did you mean `%s`?", meant.best);
  fprintf(stderr, "\nIds look like QZ0107 and stand behind the word error or warning.\n");
  return STATUS_USAGE;
}

int command_explain(const Options *options) {
  const char *word = options->operands.data[0];
  DiagId id = diag_id_parse(word);
  if (id == DIAG_NONE) return unknown(word);
  const Explanation *explanation = find(id);
  if (explanation) fputs(explanation->text, stdout);
  else printf("# QZ%04d: %s\n", (int)id, diag_title(id));
  return 0;
}
