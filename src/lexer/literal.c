// Literals: numbers, characters and strings, from their text to their values. A damaged literal gives a message and a
// token with some value, so that the parser goes on.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lexer/state.h"

static bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static void emit_number(Lexer *lexer, TokenKind kind, const char *start, NumberValue value) {
  uint32_t index = lexer->list.numbers.size;
  vec_push(lexer->context->arena, &lexer->list.numbers, value);
  lexer_emit(lexer, kind, start, lexer->cursor, index);
}

// ── Numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────
static const struct {
  char text[4];
  Name type;
} suffixes[] = {
    {"i8", NAME_I8},   {"i16", NAME_I16}, {"i32", NAME_I32}, {"i64", NAME_I64}, {"u8", NAME_U8},
    {"u16", NAME_U16}, {"u32", NAME_U32}, {"u64", NAME_U64}, {"f32", NAME_F32}, {"f64", NAME_F64},
};

// Reads what is glued to the digits: a suffix, or a mistake.
static Name read_suffix(Lexer *lexer, const char *start) {
  const char *at = lexer->cursor;
  while (is_word(*lexer->cursor)) lexer->cursor++;
  size_t size = (size_t)(lexer->cursor - at);
  if (!size) return NAME_NONE;
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    if (strlen(suffixes[i].text) == size && memcmp(suffixes[i].text, at, size) == 0) return suffixes[i].type;
  Diag *diag = lexer_error(lexer, QZ0004, start, lexer->cursor, "`%.*s` cannot follow the digits of a number",
                           size > 40 ? 40 : (int)size, at);
  diag_help(lexer->context->diags, diag, "suffixes are i8 i16 i32 i64 u8 u16 u32 u64 f32 f64");
  return NAME_NONE;
}

static bool is_float_suffix(Name suffix) { return suffix == NAME_F32 || suffix == NAME_F64; }

static unsigned digit_value(char c) { return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10); }

static uint64_t read_digits(Lexer *lexer, const char *start, const char *at, const char *end, unsigned base) {
  uint64_t value = 0;
  bool overflows = false, is_empty = true;
  for (; at < end; at++) {
    if (*at == '_') continue;
    is_empty = false;
    overflows |= __builtin_mul_overflow(value, base, &value);
    overflows |= __builtin_add_overflow(value, digit_value(*at), &value);
  }
  if (is_empty) lexer_error(lexer, QZ0004, start, end, "a number needs at least one digit");
  if (overflows) lexer_error(lexer, QZ0008, start, end, "this number does not fit 64 bits");
  return overflows ? 0 : value;
}

static double read_float(Lexer *lexer, const char *start, const char *end) {
  char small[64];
  size_t room = (size_t)(end - start) + 1, size = 0;
  char *digits = room <= sizeof small ? small : arena_alloc(lexer->context->arena, room, 1);
  for (const char *at = start; at < end; at++)
    if (*at != '_') digits[size++] = *at;
  digits[size] = 0;
  double value = strtod(digits, NULL);
  if (value > 1.7976931348623157e308) {
    lexer_error(lexer, QZ0008, start, end, "this number does not fit a 64-bit float");
    return 0;
  }
  return value;
}

void literal_number(Lexer *lexer, const char *start, unsigned base) {
  const char *end = lexer->cursor;
  Name suffix = read_suffix(lexer, start);
  if (is_float_suffix(suffix) && base == 10) {
    emit_number(lexer, TOKEN_FLOAT, start, (NumberValue){.real = read_float(lexer, start, end), .suffix = suffix});
    return;
  }
  if (is_float_suffix(suffix)) lexer_error(lexer, QZ0004, start, lexer->cursor, "only a decimal number can be a float");
  uint64_t value = read_digits(lexer, start, base == 10 ? start : start + 2, end, base);
  emit_number(lexer, TOKEN_INT, start, (NumberValue){.integer = value, .suffix = suffix});
}

void literal_float(Lexer *lexer, const char *start) {
  const char *end = lexer->cursor;
  Name suffix = read_suffix(lexer, start);
  if (suffix && !is_float_suffix(suffix)) {
    lexer_error(lexer, QZ0004, start, lexer->cursor, "a number with a fraction cannot have an integer suffix");
    suffix = NAME_NONE;
  }
  emit_number(lexer, TOKEN_FLOAT, start, (NumberValue){.real = read_float(lexer, start, end), .suffix = suffix});
}

// ── Escapes ─────────────────────────────────────────────────────────────────────────────────────────────────────
static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum { BAD_ESCAPE = UINT32_MAX };

// \u{1F600}; `at` stands behind the u.
static uint32_t read_unicode_escape(const char **at, const char *limit) {
  const char *c = *at;
  uint32_t scalar = 0;
  if (c >= limit || *c++ != '{') return BAD_ESCAPE;
  const char *digits = c;
  while (c < limit && hex_digit(*c) >= 0 && c - digits < 7) scalar = scalar * 16 + (uint32_t)hex_digit(*c++);
  if (c == digits || c >= limit || *c != '}') return BAD_ESCAPE;
  *at = c + 1;
  return scalar > 0x10FFFF || (scalar >= 0xD800 && scalar < 0xE000) ? BAD_ESCAPE : scalar;
}

static uint32_t read_byte_escape(const char **at, const char *limit) {
  if (limit - *at < 2 || hex_digit((*at)[0]) < 0 || hex_digit((*at)[1]) < 0) return BAD_ESCAPE;
  uint32_t byte = (uint32_t)(hex_digit((*at)[0]) * 16 + hex_digit((*at)[1]));
  *at += 2;
  return byte;
}

// The scalar or byte an escape stands for; `at` stands on the backslash and is moved behind the escape.
static uint32_t read_escape(const char **at, const char *limit) {
  const char *c = *at + 1;
  if (c >= limit) return *at = limit, BAD_ESCAPE;
  *at = c + 1;
  switch (*c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case '0': return 0;
    case '\\':
    case '"':
    case '#':
    case '\'': return (unsigned char)*c;
    case 'x': return read_byte_escape(at, limit);
    case 'u': return read_unicode_escape(at, limit);
    default: return *at = c, BAD_ESCAPE;
  }
}

static void report_escape(Lexer *lexer, const char *start, const char *end) {
  if (end <= start + 1) end = start + 2;
  if (end > lexer->limit) end = lexer->limit;
  Diag *diag = lexer_error(lexer, QZ0003, start, end, "this is not an escape sequence");
  diag_help(lexer->context->diags, diag, "escapes are \\n \\t \\r \\0 \\\\ \\\" \\' \\# \\xNN \\u{…}");
}

// ── Characters ──────────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t read_char(Lexer *lexer) {
  const char *at = lexer->cursor;
  if (*at == '\\') {
    uint32_t scalar = read_escape(&lexer->cursor, lexer->limit);
    bool is_byte = scalar != BAD_ESCAPE && at[1] == 'x' && scalar > 0x7F;
    if (scalar == BAD_ESCAPE || is_byte) report_escape(lexer, at, lexer->cursor);
    return scalar;
  }
  unsigned length = utf8_length(at, lexer->limit);
  lexer->cursor += length ? length : 1;
  return utf8_decode(at, length);
}

// Moves behind the closing quote if it stands on this line and near, so that one mistake gives one message.
static void skip_bad_char(Lexer *lexer) {
  const char *at = lexer->cursor;
  while (at < lexer->limit && at - lexer->cursor < 64 && *at != '\n' && *at != '\'') at++;
  if (at < lexer->limit && *at == '\'') lexer->cursor = at + 1;
}

void literal_char(Lexer *lexer, const char *start) {
  char c = *lexer->cursor;
  if (lexer->cursor >= lexer->limit || c == '\n' || c == '\r') {
    lexer_error(lexer, QZ0002, start, lexer->cursor, "this character literal is not closed");
    emit_number(lexer, TOKEN_CHAR, start, (NumberValue){0});
    return;
  }
  if (c == '\'') {
    lexer->cursor++;
    lexer_error(lexer, QZ0007, start, lexer->cursor, "a character literal holds one character");
    emit_number(lexer, TOKEN_CHAR, start, (NumberValue){0});
    return;
  }
  uint32_t scalar = read_char(lexer);
  bool is_told = scalar == BAD_ESCAPE;
  if (is_told) scalar = 0;
  if (lexer->cursor < lexer->limit && *lexer->cursor == '\'') lexer->cursor++;
  else if (is_told) skip_bad_char(lexer);
  else {
    skip_bad_char(lexer);
    Diag *diag = lexer_error(lexer, QZ0007, start, lexer->cursor, "a character literal holds one character");
    diag_help(lexer->context->diags, diag, "strings stand in double quotes");
  }
  emit_number(lexer, TOKEN_CHAR, start, (NumberValue){.integer = scalar});
}

// ── Strings: cooking ────────────────────────────────────────────────────────────────────────────────────────────
static void cook_escape(Lexer *lexer, Text *out, const char **at, const char *end, bool is_bytes) {
  const char *start = *at;
  char utf8[4];
  uint32_t scalar = read_escape(at, end);
  bool is_raw_byte = start[1] == 'x';
  if (scalar == BAD_ESCAPE) report_escape(lexer, start, *at);
  else if (is_raw_byte && scalar > 0x7F && !is_bytes) {
    Diag *diag = lexer_error(lexer, QZ0003, start, *at, "a byte above \\x7F alone is not a character");
    diag_help(lexer->context->diags, diag, "write \\u{%X} for the character, or a b\"…\" literal for bytes", scalar);
  } else if (is_raw_byte) text_char(out, (char)scalar);
  else text_bytes(out, utf8, utf8_encode(scalar, utf8));
}

// Copies [at, end) with escapes replaced.
static void cook(Lexer *lexer, Text *out, const char *at, const char *end, bool is_bytes) {
  while (at < end) {
    const char *escape = memchr(at, '\\', (size_t)(end - at));
    text_bytes(out, at, (size_t)((escape ? escape : end) - at));
    if (!escape) return;
    at = escape;
    cook_escape(lexer, out, &at, end, is_bytes);
  }
}

static Name intern_cooked(Lexer *lexer, const char *start, const char *end, bool is_bytes) {
  Interner *names = lexer->context->names;
  if (!memchr(start, '\\', (size_t)(end - start))) return name_intern(names, start, (size_t)(end - start));
  Text out = {.arena = lexer->context->arena};
  cook(lexer, &out, start, end, is_bytes);
  return name_intern(names, text_str(&out), out.size);
}

// ── """ … """: the indentation that all lines share is not part of the text ─────────────────────────────────────
static bool is_blank_char(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static const char *skip_blanks(const char *at, const char *end) {
  while (at < end && is_blank_char(*at)) at++;
  return at;
}

static const char *next_line(const char *at, const char *end) {
  const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
  return newline ? newline + 1 : NULL;
}

// The smallest indentation of a line that holds something; the line of the closing quotes counts when it stands alone.
static size_t common_indent(const StringPart *parts, uint32_t count) {
  size_t indent = SIZE_MAX;
  for (uint32_t i = 0; i < count; i++) {
    for (const char *at = parts[i].start; (at = next_line(at, parts[i].end));) {
      const char *text = skip_blanks(at, parts[i].end);
      bool is_blank = text < parts[i].end && *text == '\n';
      if (!is_blank && (size_t)(text - at) < indent) indent = (size_t)(text - at);
    }
  }
  return indent == SIZE_MAX ? 0 : indent;
}

// Where the text of a line starts, behind the common indentation. The line of the closing quotes has none.
static const char *line_text(const char *line, StringPart part, size_t indent, bool is_last) {
  const char *text = skip_blanks(line, part.end);
  if (is_last && text == part.end) return text;
  return (size_t)(text - line) > indent ? line + indent : text;
}

static Name cook_lines(Lexer *lexer, StringPart part, size_t indent, bool is_first, bool is_last) {
  Text out = {.arena = lexer->context->arena};
  const char *at = part.start, *line = next_line(at, part.end);
  bool is_opening = is_first && line && skip_blanks(at, part.end) == line - 1;  // nothing behind the opening quotes
  for (; line; line = next_line(at, part.end)) {
    if (!is_opening) cook(lexer, &out, at, line, false);
    is_opening = false;
    at = line_text(line, part, indent, is_last);
  }
  cook(lexer, &out, at, part.end, false);
  return name_intern(lexer->context->names, text_str(&out), out.size);
}

static void cook_parts(Lexer *lexer, Level literal) {
  StringPart *parts = lexer->parts.data + literal.parts;
  uint32_t count = lexer->parts.size - literal.parts;
  size_t indent = literal.is_triple ? common_indent(parts, count) : 0;
  for (uint32_t i = 0; i < count; i++) {
    Name text = literal.is_triple ? cook_lines(lexer, parts[i], indent, i == 0, i + 1 == count)
                                  : intern_cooked(lexer, parts[i].start, parts[i].end, false);
    lexer->list.tokens.data[parts[i].token].value = text;
  }
  lexer->parts.size = literal.parts;
}

// ── Strings: finding the end ────────────────────────────────────────────────────────────────────────────────────
// Moves the cursor to the closing quote, to `#{`, or to where the literal breaks off.
static void scan_text(Lexer *lexer, bool is_triple) {
  const char *at = lexer->cursor;
  for (;; at++) {
    if (*at == '"') {
      if (!is_triple || (at[1] == '"' && at[2] == '"')) break;
    } else if (*at == '\\') {
      if (at + 1 < lexer->limit && (is_triple || at[1] != '\n')) at++;
    } else if (*at == '\n') {
      if (!is_triple) break;
      lexer->line = at + 1;
    } else if (*at == '#') {
      if (at[1] == '{') break;
    } else if (!*at && at >= lexer->limit) {
      break;
    }
  }
  lexer->cursor = at;
}

static void add_part(Lexer *lexer, TokenKind kind, const char *start, const char *text, const char *end) {
  uint32_t token = lexer->list.tokens.size;
  lexer_emit(lexer, kind, start, lexer->cursor, 0);
  vec_push(lexer->context->arena, &lexer->parts, (StringPart){token, text, end});
}

static void report_open_string(Lexer *lexer, const char *start, bool is_triple) {
  if (!is_triple && !level_excuse_line(lexer)) return;
  const char *end = is_triple ? start + 3 : lexer->cursor;
  Diag *diag = lexer_error(lexer, QZ0002, start, end, "this string is not closed");
  if (!is_triple) diag_help(lexer->context->diags, diag, "a string of several lines stands in \"\"\" … \"\"\"");
}

// Reads one piece of a literal: `start` is where its token starts, the cursor stands on its text.
static void read_part(Lexer *lexer, const char *start, Level literal, bool is_first) {
  const char *text = lexer->cursor;
  scan_text(lexer, literal.is_triple);
  const char *end = lexer->cursor;
  if (*end == '#') {
    lexer->cursor += 2;
    add_part(lexer, is_first ? TOKEN_STRING_START : TOKEN_STRING_MIDDLE, start, text, end);
    literal.opener = lexer->list.tokens.size - 1;
    if (lexer->levels.size >= LEXER_NESTING_MAX) literal.kind = LEVEL_KIND_COUNT;
    if (literal.kind == LEVEL_STRING) {
      vec_push(lexer->context->arena, &lexer->levels, literal);
      lexer->open[LEVEL_STRING]++;
      return;
    }
    cook_parts(lexer, literal);
    lexer_error(lexer, QZ0011, start, end, "strings and brackets are nested more than %d deep", LEXER_NESTING_MAX);
    lexer->list.is_cut = true;
    return;
  }
  if (*end == '"') lexer->cursor += literal.is_triple ? 3 : 1;
  else report_open_string(lexer, start, literal.is_triple);
  add_part(lexer, is_first ? TOKEN_STRING : TOKEN_STRING_END, start, text, end);
  cook_parts(lexer, literal);
}

void literal_string(Lexer *lexer, const char *start, bool is_triple) {
  read_part(lexer, start, (Level){.kind = LEVEL_STRING, .is_triple = is_triple, .parts = lexer->parts.size}, true);
}

// Behind the `}` of an interpolation.
void literal_string_resume(Lexer *lexer, const char *start, Level level) { read_part(lexer, start, level, false); }

// A literal whose `#{` is never closed ends at `at`.
void literal_string_cut(Lexer *lexer, const char *at, Level level) {
  vec_push(lexer->context->arena, &lexer->parts, (StringPart){lexer->list.tokens.size, at, at});
  lexer_emit(lexer, TOKEN_STRING_END, at, at, 0);
  cook_parts(lexer, level);
}

// r"…" as it stands; ~r"…" too, but \" does not end it; b"…" with escapes.
void literal_plain(Lexer *lexer, TokenKind kind, const char *start) {
  const char *text = lexer->cursor, *at = text;
  while (at < lexer->limit && *at != '"' && *at != '\n') {
    if (*at == '\\' && kind != TOKEN_STRING && at + 1 < lexer->limit && at[1] != '\n') at++;
    at++;
  }
  lexer->cursor = at;
  bool is_closed = at < lexer->limit && *at == '"';
  if (is_closed) lexer->cursor++;
  else if (level_excuse_line(lexer)) lexer_error(lexer, QZ0002, start, lexer->cursor, "this literal is not closed");
  Name value = kind == TOKEN_BYTES ? intern_cooked(lexer, text, at, true)
                                   : name_intern(lexer->context->names, text, (size_t)(at - text));
  lexer_emit(lexer, kind, start, lexer->cursor, value);
}
