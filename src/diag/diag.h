// Diagnostics are data: collected while the stages run, sorted and printed at the end.
#ifndef QZ_DIAG_DIAG_H
#define QZ_DIAG_DIAG_H

#include <stdio.h>

#include "base/source.h"

typedef enum DiagId {
  DIAG_NONE = 0,
#define DIAG(id, severity, title) QZ##id = 1##id - 10000,
#include "diag/diagnostics.def"
} DiagId;

typedef enum DiagSeverity { DIAG_ERROR, DIAG_WARNING } DiagSeverity;

typedef struct DiagNote {
  Span span;  // {0, 0}: the note has no place
  const char *text;
} DiagNote;

typedef struct Diag {
  DiagId id;
  DiagSeverity severity;
  Span span;
  const char *message;
  VEC(DiagNote) notes;
  const char *help;  // NULL: none
} Diag;

// What one run has to say. A speculative check gets a list of its own, which is then kept (diag_list_append) or
// dropped.
typedef struct DiagList {
  Arena *arena;
  VEC(Diag *) items;
  uint32_t error_count;
} DiagList;

// Adds a message; the result takes notes and help. The format is printf's. Never returns NULL.
Diag *diag_report(DiagList *list, DiagId id, Span span, const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_note(DiagList *list, Diag *diag, Span span, const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_help(DiagList *list, Diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_list_append(DiagList *to, const DiagList *from);
// By place, then id; identical messages once.
void diag_list_sort(DiagList *list);

const char *diag_title(DiagId id);
// The id named by "QZ0107" or "0107", or DIAG_NONE.
DiagId diag_id_parse(const char *text);

typedef enum DiagFormat { DIAG_FORMAT_HUMAN, DIAG_FORMAT_SHORT, DIAG_FORMAT_JSON } DiagFormat;
void diag_render(FILE *out, const DiagList *list, const SourceMap *sources, DiagFormat format, bool color);

#endif
