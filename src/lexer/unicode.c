// UTF-8: the whole file is checked once before it is lexed, so that the other rules may copy bytes without looking.
#include <string.h>

#include "lexer/state.h"

static bool is_continuation(unsigned char c) { return (c & 0xC0) == 0x80; }

unsigned utf8_length(const char *at, const char *limit) {
  const unsigned char *c = (const unsigned char *)at;
  size_t left = (size_t)(limit - at);
  if (!left) return 0;
  if (c[0] < 0x80) return 1;
  if (c[0] < 0xC2) return 0;
  if (c[0] < 0xE0) return left >= 2 && is_continuation(c[1]) ? 2 : 0;
  if (c[0] < 0xF0) {
    if (left < 3 || !is_continuation(c[1]) || !is_continuation(c[2])) return 0;
    if (c[0] == 0xE0 && c[1] < 0xA0) return 0;   // longer than needed
    return c[0] == 0xED && c[1] >= 0xA0 ? 0 : 3;  // a surrogate is not a scalar value
  }
  if (c[0] > 0xF4 || left < 4) return 0;
  if (!is_continuation(c[1]) || !is_continuation(c[2]) || !is_continuation(c[3])) return 0;
  if (c[0] == 0xF0 && c[1] < 0x90) return 0;
  return c[0] == 0xF4 && c[1] >= 0x90 ? 0 : 4;
}

uint32_t utf8_decode(const char *at, unsigned length) {
  const unsigned char *c = (const unsigned char *)at;
  if (length <= 1) return c[0];
  uint32_t scalar = c[0] & (0xFFu >> (length + 1));
  for (unsigned i = 1; i < length; i++) scalar = scalar << 6 | (c[i] & 0x3Fu);
  return scalar;
}

unsigned utf8_encode(uint32_t scalar, char out[4]) {
  if (scalar < 0x80) return out[0] = (char)scalar, 1;
  unsigned length = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
  for (unsigned i = length - 1; i; i--, scalar >>= 6) out[i] = (char)(0x80 | (scalar & 0x3F));
  out[0] = (char)((0xF00u >> length & 0xFF) | scalar);
  return length;
}

static const char *skip_ascii(const char *at, const char *limit) {
  for (uint64_t word; limit - at >= 8; at += 8) {
    memcpy(&word, at, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (at < limit && (unsigned char)*at < 0x80) at++;
  return at;
}

void utf8_check(Lexer *lexer) {
  const char *at = lexer->source->text;
  while (!lexer->list.is_cut && (at = skip_ascii(at, lexer->limit)) < lexer->limit) {
    unsigned length = utf8_length(at, lexer->limit);
    if (length) {
      at += length;
      continue;
    }
    const char *start = at;
    while (at < lexer->limit && !utf8_length(at, lexer->limit)) at++;
    lexer_error(lexer, QZ0005, start, at, "this is not valid UTF-8");
  }
}

bool lexer_is_type_name(const char *word) { return unicode_class(word) == UNICODE_CAPITAL; }
