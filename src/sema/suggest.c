// What was probably meant by a name that is not there: a similar one, or what this language calls it.
#include <string.h>

#include "base/nearest.h"
#include "sema/method.h"

// ── Names in scope ──────────────────────────────────────────────────────────────────────────────────────────────
const char *closest_name(Context *context, Name wanted, const Name *names, uint32_t count) {
  if (name_size(context->names, wanted) < 2) return NULL;
  Nearest nearest = {.wanted = name_text(context->names, wanted)};
  for (uint32_t i = 0; i < count; i++)
    if (names[i] && names[i] != wanted) nearest_try(&nearest, name_text(context->names, names[i]));
  return nearest.best;
}

static uint32_t gather(const Map *symbols, Name *names, uint32_t count) {
  for (uint32_t i = 0; i < symbols->capacity; i++)
    if (symbols->entries[i].value) names[count++] = (Name)symbols->entries[i].key;
  return count;
}

const char *suggest(Sema *sema, Module *module, Name name) {
  uint32_t most = module->symbols.size + module->imports.size + sema->prelude_symbols.size;
  for (uint32_t i = 0; i < module->star_imports.size; i++) most += module->star_imports.data[i]->symbols.size;
  Name *names = arena_array(sema->arena, Name, most + 1);
  uint32_t count = gather(&module->symbols, names, 0);
  count = gather(&module->imports, names, count);
  count = gather(&sema->prelude_symbols, names, count);
  for (uint32_t i = 0; i < module->star_imports.size; i++)
    count = gather(&module->star_imports.data[i]->symbols, names, count);
  return closest_name(sema->context, name, names, count);
}

// ── Habits of other languages ───────────────────────────────────────────────────────────────────────────────────
typedef struct Habit {
  const char *theirs, *ours;
} Habit;

static const Habit name_habits[] = {
#define HABIT_NAME(theirs, ours) {theirs, ours},
#include "sema/habits.def"
};

static const Habit method_habits[] = {
#define HABIT_METHOD(theirs, ours) {theirs, ours},
#include "sema/habits.def"
};

const char *suggest_habit(Context *context, Name name) {
  const char *text = name_text(context->names, name);
  for (size_t i = 0; i < sizeof name_habits / sizeof *name_habits; i++)
    if (strcmp(name_habits[i].theirs, text) == 0) return name_habits[i].ours;
  return NULL;
}

const char *method_habit(Checker *checker, Type *receiver, Name name) {
  const char *text = name_text(checker->context->names, name);
  MethodMatch found;
  for (size_t i = 0; i < sizeof method_habits / sizeof *method_habits; i++) {
    const Habit *habit = &method_habits[i];
    if (strcmp(habit->theirs, text) != 0) continue;
    if (method_find(checker, receiver, name_from(checker->context->names, habit->ours), false, &found))
      return habit->ours;
  }
  return NULL;
}

// ── Modules ─────────────────────────────────────────────────────────────────────────────────────────────────────
const char *suggest_import(Sema *sema, Module *module, const char *path) {
  const SemaOptions *options = sema->options;
  return options->nearest ? options->nearest(options->load_data, module->source, path) : NULL;
}

void help_import(Sema *sema, Module *module, Name name, Diag *diag) {
  DiagList *list = sema->context->diags;
  const char *text = name_text(sema->context->names, name);
  Name *names = arena_array(sema->arena, Name, module->modules.size + 1);
  uint32_t count = gather(&module->modules, names, 0);
  const char *known = closest_name(sema->context, name, names, count);
  const char *there = known ? NULL : suggest_import(sema, module, text);
  if (known) diag_help(list, diag, "did you mean `%s`?", known);
  else if (there && strcmp(there, text) == 0) diag_help(list, diag, "write `import %s` at the top of the file", text);
  else if (there) diag_help(list, diag, "did you mean `%s`? It needs `import %s` at the top of the file", there, there);
  else diag_help(list, diag, "a module is named by an import first: `import %s`", text);
}
