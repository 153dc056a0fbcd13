#include "base/text.h"

#include <stdio.h>
#include <string.h>

static void reserve(Text *text, size_t more) {
  if (text->size + more + 1 <= text->capacity) return;
  size_t capacity = text->capacity ? text->capacity * 2 : 64;
  while (capacity < text->size + more + 1) capacity *= 2;
  char *larger = arena_alloc(text->arena, capacity, 1);
  if (text->size) memcpy(larger, text->data, text->size);
  text->data = larger;
  text->capacity = capacity;
}

void text_bytes(Text *text, const char *bytes, size_t size) {
  if (!size) return;
  reserve(text, size);
  memcpy(text->data + text->size, bytes, size);
  text->size += size;
  text->data[text->size] = 0;
}

void text_append(Text *text, const char *string) { text_bytes(text, string, strlen(string)); }

void text_char(Text *text, char c) { text_bytes(text, &c, 1); }

void text_cut(Text *text, size_t size) {
  if (size >= text->size) return;
  text->size = size;
  text->data[size] = 0;
}

void text_repeat(Text *text, char c, size_t count) {
  if (!count) return;
  reserve(text, count);
  memset(text->data + text->size, c, count);
  text->size += count;
  text->data[text->size] = 0;
}

void text_vprintf(Text *text, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  int size = vsnprintf(NULL, 0, format, again);
  va_end(again);
  if (size <= 0) return;
  reserve(text, (size_t)size);
  vsnprintf(text->data + text->size, (size_t)size + 1, format, args);
  text->size += (size_t)size;
}

void text_printf(Text *text, const char *format, ...) {
  va_list args;
  va_start(args, format);
  text_vprintf(text, format, args);
  va_end(args);
}

static void escaped_byte(Text *text, unsigned char c) {
  switch (c) {
    case '\n': text_append(text, "\\n"); return;
    case '\t': text_append(text, "\\t"); return;
    case '\r': text_append(text, "\\r"); return;
    case '\0': text_append(text, "\\0"); return;
    case '\\': text_append(text, "\\\\"); return;
    case '"': text_append(text, "\\\""); return;
    case '#': text_append(text, "\\#"); return;
    default: break;
  }
  if (c < 0x20 || c == 0x7F) text_printf(text, "\\x%02X", c);
  else text_char(text, (char)c);
}

void text_escaped(Text *text, const char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) escaped_byte(text, (unsigned char)bytes[i]);
}

const char *text_str(const Text *text) { return text->data ? text->data : ""; }
