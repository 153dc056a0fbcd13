// Builds lines of text, joins them, and counts what is in them.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 400000 };

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

static void text_append_int(Text *text, int64_t n) {
  char digits[20], *at = digits + sizeof digits;
  do *--at = (char)('0' + n % 10);
  while (n /= 10);
  text_append(text, at, (size_t)(digits + sizeof digits - at));
}

// A string of its own, as the other side of the comparison has it.
static Text line(int64_t i) {
  Text text = {malloc(48), 0, 48};
  text_append_string(&text, "item ");
  text_append_int(&text, i);
  text_append_string(&text, " costs ");
  text_append_int(&text, i * 37 % 1000);
  text_append_string(&text, ".");
  text_append_int(&text, i % 100);
  return text;
}

static int64_t checksum(const Text *text) {
  int64_t sum = 0;
  for (size_t i = 0; i < text->size; i++) sum = (sum * 31 + (unsigned char)text->bytes[i]) % 1000000007;
  return sum;
}

int main(void) {
  Text out = {0};
  size_t longest = 0;
  for (int64_t round = 0; round < 3; round++)
    for (int64_t i = 0; i < LINES; i++) {
      Text text = line(i + round);
      if (text.size > longest) longest = text.size;
      text_append(&out, text.bytes, text.size);
      text_append(&out, "\n", 1);
      free(text.bytes);
    }
  printf("%zu %zu %" PRId64 "\n", out.size, longest, checksum(&out));
  free(out.bytes);
  return 0;
}
