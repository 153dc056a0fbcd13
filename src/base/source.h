// Source files and spans. Every byte of every file of a compilation has one global position, so a span is two
// numbers; file, line and column are computed only when a message is printed.
#ifndef QZ_BASE_SOURCE_H
#define QZ_BASE_SOURCE_H

#include "base/vec.h"

typedef struct Span {
  uint32_t start;  // global position of the first byte
  uint32_t end;    // one past the last byte
} Span;

typedef struct Source {
  Arena *arena;      // of what is found out about it
  const char *path;  // as shown in messages
  const char *text;  // `size` bytes, then a NUL the lexer may rely on
  uint32_t size;
  uint32_t base;          // global position of text[0]; never 0, so that a zero span means "nowhere"
  uint32_t *line_starts;  // built on the first look-up
  uint32_t line_count;
  uint32_t *characters;  // how many stand before each stretch of the text; built on the first look-up on a long line
} Source;

typedef struct SourceMap {
  VEC(Source *) files;  // by rising base
  uint32_t next_base;
  const char *library;  // the folder that paths of the standard library begin with; NULL: it has none
} SourceMap;

typedef struct Location {
  const Source *source;
  uint32_t line;    // from 1
  uint32_t column;  // from 1, in characters (Unicode scalar values)
  uint32_t offset;  // in bytes from the start of the file
} Location;

// Adds a file whose path and text (size bytes and a NUL) stay owned by the caller; these and the arena live as long as
// the map. NULL when the 4 GiB of positions are used up.
Source *source_add(Arena *arena, SourceMap *map, const char *path, const char *text, size_t size);
// The file that holds a position, or NULL for a span that is nowhere.
Source *source_at(const SourceMap *map, uint32_t position);
// The bytes of a span (span.end - span.start of them); "" for a span that is nowhere.
const char *source_text(const SourceMap *map, Span span);
Location source_locate(const SourceMap *map, uint32_t position);
// The text of line `line` (from 1) without its newline.
const char *source_line(const Source *source, uint32_t line, uint32_t *size);

// Its last character.
static inline Span span_last(Span span) { return span.end > span.start ? (Span){span.end - 1, span.end} : span; }

static inline Span span_join(Span a, Span b) {
  if (!a.end) return b;
  if (!b.end) return a;
  return (Span){a.start < b.start ? a.start : b.start, a.end > b.end ? a.end : b.end};
}

#endif
