// Collecting messages: report, explain, merge, sort.
#include "diag/diag.h"

#include <stdlib.h>
#include <string.h>

#include "base/fresh.h"

static const struct {
  DiagId id;
  DiagSeverity severity;
  const char *title;
} table[] = {
#define DIAG(id, severity, title) {QZ##id, DIAG_##severity, title},
#include "diag/diagnostics.def"
};

enum { TABLE_SIZE = sizeof table / sizeof *table };

static size_t find(DiagId id) {
  size_t at = 0;
  while (at < TABLE_SIZE && table[at].id != id) at++;
  return at;
}

const char *diag_title(DiagId id) {
  size_t at = find(id);
  return at < TABLE_SIZE ? table[at].title : "";
}

DiagId diag_id_parse(const char *text) {
  if (strncmp(text, "QZ", 2) == 0) text += 2;
  char *end;
  long number = strtol(text, &end, 10);
  if (end != text + 4 || *end) return DIAG_NONE;
  size_t at = find((DiagId)number);
  return at < TABLE_SIZE ? table[at].id : DIAG_NONE;
}

enum { WORD_MAX_BYTES = 120 };

// Names can be of any length; one that fills screens explains nothing. Paths stay whole: they can be opened.
static void append_word(Text *out, const char *word, size_t size) {
  size_t kept = size;
  if (size > WORD_MAX_BYTES && !memchr(word, '/', size)) kept = WORD_MAX_BYTES;
  while (kept > 0 && kept < size && ((unsigned char)word[kept] & 0xC0) == 0x80) kept--;  // between characters
  text_bytes(out, word, kept);
  if (kept < size) text_append(out, "…");
}

static void append_words(Text *out, const char *text) {
  while (*text) {
    size_t size = strcspn(text, " \n`");
    append_word(out, text, size);
    text += size;
    size = strspn(text, " \n`");
    text_bytes(out, text, size);
    text += size;
  }
}

// A message names things as the program does: of a macro's fresh names it shows what the macro's text has.
static const char *format_text(Arena *arena, const char *format, va_list args) {
  Text text = {.arena = arena}, written = {.arena = arena}, cut = {.arena = arena};
  text_vprintf(&text, format, args);
  text_append_written(&written, text_str(&text), text.size);
  if (written.size <= WORD_MAX_BYTES) return text_str(&written);
  append_words(&cut, text_str(&written));
  return text_str(&cut);
}

static void add(DiagList *list, Diag *diag) {
  vec_push(list->arena, &list->items, diag);
  list->error_count += diag->severity == DIAG_ERROR;
}

Diag *diag_report(DiagList *list, DiagId id, Span span, const char *format, ...) {
  size_t at = find(id);
  Diag *diag = arena_new(list->arena, Diag);
  *diag = (Diag){.id = id, .severity = at < TABLE_SIZE ? table[at].severity : DIAG_ERROR, .span = span};
  va_list args;
  va_start(args, format);
  diag->message = format_text(list->arena, format, args);
  va_end(args);
  add(list, diag);
  return diag;
}

void diag_note(DiagList *list, Diag *diag, Span span, const char *format, ...) {
  va_list args;
  va_start(args, format);
  DiagNote note = {span, format_text(list->arena, format, args)};
  va_end(args);
  vec_push(list->arena, &diag->notes, note);
}

void diag_help(DiagList *list, Diag *diag, const char *format, ...) {
  va_list args;
  va_start(args, format);
  diag->help = format_text(list->arena, format, args);
  va_end(args);
}

void diag_list_append(DiagList *to, const DiagList *from) {
  for (uint32_t i = 0; i < from->items.size; i++) add(to, from->items.data[i]);
}

// ── Order ───────────────────────────────────────────────────────────────────────────────────────────────────────
static int compare_numbers(uint32_t a, uint32_t b) { return (a > b) - (a < b); }

static int compare(const void *x, const void *y) {
  const Diag *a = *(const Diag *const *)x, *b = *(const Diag *const *)y;
  int order = compare_numbers(a->span.start, b->span.start);
  if (!order) order = compare_numbers(a->id, b->id);
  if (!order) order = compare_numbers(a->span.end, b->span.end);
  return order ? order : strcmp(a->message, b->message);
}

void diag_list_sort(DiagList *list) {
  if (!list->items.size) return;
  qsort(list->items.data, list->items.size, sizeof *list->items.data, compare);
  uint32_t kept = 1;
  for (uint32_t i = 1; i < list->items.size; i++)
    if (compare(&list->items.data[i], &list->items.data[kept - 1]) != 0) list->items.data[kept++] = list->items.data[i];
  list->items.size = kept;
  list->error_count = 0;
  for (uint32_t i = 0; i < kept; i++) list->error_count += list->items.data[i]->severity == DIAG_ERROR;
}
