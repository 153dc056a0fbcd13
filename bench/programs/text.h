// Text that grows at its end: the string builder of the C twins that make text.
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Text {
  char *bytes;
  size_t size, capacity;
} Text;

static void text_append(Text *text, const char *bytes, size_t size) {
  if (text->size + size > text->capacity) {
    text->capacity = (text->size + size) * 2;
    text->bytes = realloc(text->bytes, text->capacity);
  }
  memcpy(text->bytes + text->size, bytes, size);
  text->size += size;
}

static void text_append_string(Text *text, const char *string) { text_append(text, string, strlen(string)); }

// Of a number that is not negative. Quicker than snprintf, which reads its format anew each time.
static void text_append_int(Text *text, int64_t n) {
  char digits[20], *end = digits + sizeof digits, *at = end;
  do *--at = (char)('0' + n % 10);
  while (n /= 10);
  text_append(text, at, (size_t)(end - at));
}
