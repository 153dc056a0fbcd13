// Builds lines of text, joins them, and counts what is in them.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../text.h"

enum { LINES = 400000 };

enum { LINE_SIZE = 48 };  // enough for each line

static Text line(int64_t i) {
  Text text = {malloc(LINE_SIZE), 0, LINE_SIZE};
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
