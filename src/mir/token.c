// Cuts MIR text into tokens. Any bytes are safe input: the source ends in a NUL that is never stepped over.
#include "mir/token.h"

#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_word_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c); }

static char peek(const MirLexer *lexer, uint32_t ahead) {
  uint32_t at = lexer->at + ahead;
  return at < lexer->source->size ? lexer->source->text[at] : 0;
}

static bool at_end(const MirLexer *lexer) { return lexer->at >= lexer->source->size; }

// To the last byte of a comment, so that its newline is still to come.
static void skip_comment(MirLexer *lexer) {
  while (lexer->at + 1 < lexer->source->size && peek(lexer, 1) != '\n') lexer->at++;
}

// Skips blanks, newlines and `;` comments; true when a line was ended on the way (or the file begins here).
static bool skip_space(MirLexer *lexer) {
  bool starts_line = lexer->at == 0;
  while (!at_end(lexer)) {
    char c = peek(lexer, 0);
    if (c == '\n') starts_line = true;
    else if (c == ';') skip_comment(lexer);
    else if (c != ' ' && c != '\t' && c != '\r') break;
    lexer->at++;
  }
  return starts_line;
}

static void skip_digits(MirLexer *lexer) {
  while (is_digit(peek(lexer, 0))) lexer->at++;
}

static void skip_fraction(MirLexer *lexer) {
  if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
    lexer->at++;
    skip_digits(lexer);
  }
  if (peek(lexer, 0) != 'e') return;
  uint32_t sign = peek(lexer, 1) == '-' || peek(lexer, 1) == '+';
  if (!is_digit(peek(lexer, 1 + sign))) return;
  lexer->at += 1 + sign;
  skip_digits(lexer);
}

static void skip_number(MirLexer *lexer) {
  if (peek(lexer, 0) == '-') lexer->at++;
  if (peek(lexer, 0) == '0' && peek(lexer, 1) == 'x') {
    do lexer->at++;
    while (is_word_char(peek(lexer, 0)));
    return;
  }
  skip_digits(lexer);
  if (!lexer->digits_only) skip_fraction(lexer);
}

static int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// After a backslash: the byte meant, or -1.
static int read_escape(MirLexer *lexer) {
  char c = peek(lexer, 0);
  lexer->at++;
  switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case '0': return '\0';
    case '\\':
    case '"':
    case '#': return c;
    case 'x': {
      int high = hex_digit(peek(lexer, 0)), low = hex_digit(peek(lexer, 1));
      if (high < 0 || low < 0) return -1;
      lexer->at += 2;
      return high * 16 + low;
    }
    default: return -1;
  }
}

static MirTokenKind read_quoted(MirLexer *lexer, Name *name) {
  Text text = {.arena = lexer->arena};
  for (lexer->at++; !at_end(lexer);) {
    char c = peek(lexer, 0);
    lexer->at++;
    if (c == '"') {
      *name = name_intern(lexer->names, text_str(&text), text.size);
      return MIR_TOKEN_QUOTED;
    }
    int byte = (unsigned char)c;
    if (c == '\\' && (at_end(lexer) || (byte = read_escape(lexer)) < 0)) return MIR_TOKEN_BAD;
    text_char(&text, (char)byte);
  }
  return MIR_TOKEN_BAD;
}

static MirTokenKind read_word(MirLexer *lexer, uint32_t start, Name *name) {
  while (is_word_char(peek(lexer, 0))) lexer->at++;
  *name = name_intern(lexer->names, lexer->source->text + start, lexer->at - start);
  return MIR_TOKEN_WORD;
}

static MirTokenKind read_punct(MirLexer *lexer, char c, MirToken *token) {
  lexer->at++;
  if (c == '-' && peek(lexer, 0) == '>') {
    lexer->at++;
    return MIR_TOKEN_ARROW;
  }
  if (c == '-' && peek(lexer, 0) == 'i') return read_word(lexer, token->start, &token->name);
  token->punct = c;
  return MIR_TOKEN_PUNCT;
}

MirToken mir_lexer_next(MirLexer *lexer) {
  MirToken token = {.starts_line = skip_space(lexer)};
  token.start = lexer->at;
  char c = peek(lexer, 0);
  if (at_end(lexer)) {
    token.kind = MIR_TOKEN_END;
  } else if (is_digit(c) || (c == '-' && is_digit(peek(lexer, 1)))) {
    token.kind = MIR_TOKEN_NUMBER;
    skip_number(lexer);
  } else if (is_word_char(c)) {
    token.kind = read_word(lexer, token.start, &token.name);
  } else if (c == '"') {
    token.kind = read_quoted(lexer, &token.name);
  } else {
    token.kind = read_punct(lexer, c, &token);
  }
  if (lexer->at > lexer->source->size) lexer->at = lexer->source->size;
  token.end = lexer->at;
  lexer->digits_only = token.kind == MIR_TOKEN_PUNCT && (token.punct == '.' || token.punct == '#');
  return token;
}
