// Text: a growing buffer of bytes for messages, dumps and generated source. Always NUL-terminated.
#ifndef QZ_BASE_TEXT_H
#define QZ_BASE_TEXT_H

#include <stdarg.h>

#include "base/arena.h"

typedef struct Text {
  Arena *arena;
  char *data;  // NULL until the first byte is written
  size_t size;
  size_t capacity;
} Text;

void text_bytes(Text *text, const char *bytes, size_t size);
void text_append(Text *text, const char *string);
void text_char(Text *text, char c);
// Only the first `size` bytes stay.
void text_cut(Text *text, size_t size);
void text_repeat(Text *text, char c, size_t count);
void text_printf(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(Text *text, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
// Bytes as they would stand inside a Quartz string literal.
void text_escaped(Text *text, const char *bytes, size_t size);
// The bytes so far; "" when nothing was written.
const char *text_str(const Text *text);

#endif
