// The expansion table: for every node that a macro made, the call it came from.
#include <string.h>

#include "macro/internal.h"

void expansion_table_init(ExpansionTable *table, Arena *arena) {
  *table = (ExpansionTable){.arena = arena};
  vec_push(arena, &table->items, (Expansion){0});
}

uint32_t expansion_add(ExpansionTable *table, Expansion expansion) {
  expansion.depth = expansion_depth(table, expansion.parent) + 1;
  vec_push(table->arena, &table->items, expansion);
  return table->items.size - 1;
}

uint32_t expansion_depth(const ExpansionTable *table, uint32_t expansion) { return table->items.data[expansion].depth; }

// A deep recursion shows its ends: the calls where it happened and the one the user wrote.
enum { NOTES_AT_START = 3, NOTES_AT_END = 2 };
#define NOTE_BEGINNING "in this expansion of"

void expansion_note(Context *context, const ExpansionTable *table, Diag *diag, uint32_t expansion) {
  uint32_t depth = expansion_depth(table, expansion);
  bool is_long = depth > NOTES_AT_START + NOTES_AT_END + 1;
  for (uint32_t i = 0; expansion; i++, expansion = table->items.data[expansion].parent) {
    const Expansion *item = &table->items.data[expansion];
    if (item->kind == EXPANSION_SYNTAX) continue;
    if (is_long && i == NOTES_AT_START)
      diag_note(context->diags, diag, (Span){0}, "%u more expansions stand between",
                depth - NOTES_AT_START - NOTES_AT_END);
    if (is_long && i >= NOTES_AT_START && item->depth > NOTES_AT_END) continue;
    diag_note(context->diags, diag, item->call, NOTE_BEGINNING " `$%s`", name_text(context->names, item->macro));
  }
}

static bool has_expansion_note(const Diag *diag) {
  for (uint32_t i = 0; i < diag->notes.size; i++)
    if (strncmp(diag->notes.data[i].text, NOTE_BEGINNING, strlen(NOTE_BEGINNING)) == 0) return true;
  return false;
}

void expansion_note_since(Context *context, const ExpansionTable *table, uint32_t first, uint32_t expansion) {
  for (uint32_t i = first; expansion && i < context->diags->items.size; i++) {
    Diag *diag = context->diags->items.data[i];
    if (!has_expansion_note(diag)) expansion_note(context, table, diag, expansion);
  }
}

Span expansion_site(const ExpansionTable *table, uint32_t expansion, Span own) {
  for (; expansion; expansion = table->items.data[expansion].parent) own = table->items.data[expansion].call;
  return own;
}

ExpansionNames expansion_names(const ExpansionTable *table, const Interner *names, uint32_t expansion, Name name,
                               AstNode **module) {
  *module = NULL;
  // The text of a template is pasted: its names mean what they mean where the call stands.
  while (expansion && table->items.data[expansion].kind == EXPANSION_TEMPLATE)
    expansion = table->items.data[expansion].parent;
  if (!expansion || name == NAME_self || name == NAME_Self || name_is_fresh(names, name))
    return EXPANSION_NAMES_HERE;
  const Expansion *item = &table->items.data[expansion];
  if (item->kind == EXPANSION_BUILTIN || item->kind == EXPANSION_SYNTAX) return EXPANSION_NAMES_PRELUDE;
  if (map_get(&item->definition->declares, name)) return EXPANSION_NAMES_HERE;
  *module = item->definition->home->module;
  return EXPANSION_NAMES_MODULE;
}
