// Literals as source: numbers that read back as the same value, strings with the escapes they need.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/print.h"

// ── Numbers and characters ──────────────────────────────────────────────────────────────────────────────────────
static void print_suffix(Printer *printer, Name suffix) {
  if (!suffix) return;
  const char *text = name_text(printer->names, suffix);
  text_char(printer->out, (char)(text[0] | 0x20));
  text_append(printer->out, text + 1);
}

static void print_float(Printer *printer, double value) {
  char text[40];
  int digits = 1;
  do snprintf(text, sizeof text, "%.*g", digits, value);
  while (strtod(text, NULL) != value && ++digits <= 17);
  text_append(printer->out, text);
  if (!strpbrk(text, ".e")) text_append(printer->out, ".0");
}

static void print_char(Printer *printer, uint32_t scalar) {
  Text *out = printer->out;
  if (scalar == '\'' || scalar == '\\') text_printf(out, "'\\%c'", (char)scalar);
  else if (scalar == '\n') text_append(out, "'\\n'");
  else if (scalar == '\t') text_append(out, "'\\t'");
  else if (scalar == '\r') text_append(out, "'\\r'");
  else if (scalar == 0) text_append(out, "'\\0'");
  else if (scalar >= 0x20 && scalar < 0x7F) text_printf(out, "'%c'", (char)scalar);
  else text_printf(out, "'\\u{%X}'", scalar);
}

// ── Strings ─────────────────────────────────────────────────────────────────────────────────────────────────────
static bool escape_control(Text *out, unsigned char c, bool is_bytes) {
  switch (c) {
    case '\n': text_append(out, "\\n"); return true;
    case '\t': text_append(out, "\\t"); return true;
    case '\r': text_append(out, "\\r"); return true;
    case '\0': text_append(out, "\\0"); return true;
    case '\\': text_append(out, "\\\\"); return true;
    default: break;
  }
  if (c >= 0x20 && c != 0x7F && (c < 0x80 || !is_bytes)) return false;
  text_printf(out, "\\x%02X", c);
  return true;
}

static void print_escaped(Printer *printer, Name name, bool is_bytes) {
  const char *text = name_text(printer->names, name);
  uint32_t size = name_size(printer->names, name);
  for (uint32_t i = 0; i < size; i++) {
    bool opens = text[i] == '#' && (i + 1 == size || text[i + 1] == '{');
    if (text[i] == '"' || (opens && !is_bytes)) text_char(printer->out, '\\');
    if (!escape_control(printer->out, (unsigned char)text[i], is_bytes)) text_char(printer->out, text[i]);
  }
}

// ── """ … """ ───────────────────────────────────────────────────────────────────────────────────────────────────
// A text of whole lines reads best as lines.
static bool has_lines(const Printer *printer, Name name) {
  const char *text = name_text(printer->names, name);
  uint32_t size = name_size(printer->names, name);
  const char *first = memchr(text, '\n', size);
  return first && (printer->source || (uint32_t)(first - text) + 1 < size) && text[size - 1] == '\n';
}

static void print_line_text(Printer *printer, const char *text, uint32_t size, bool is_line_start) {
  for (uint32_t i = 0; i < size; i++) {
    if (is_line_start && text[i] != '\n') print_line(printer);
    else if (is_line_start) text_char(printer->out, '\n');
    is_line_start = text[i] == '\n';
    if (is_line_start) continue;
    bool opens = text[i] == '#' && (i + 1 == size || text[i + 1] == '{');
    bool is_quote = text[i] == '"' && (i + 2 >= size || (text[i + 1] == '"' && text[i + 2] == '"'));
    if (opens || is_quote) text_char(printer->out, '\\');
    if (!escape_control(printer->out, (unsigned char)text[i], false)) text_char(printer->out, text[i]);
  }
}

static void print_text_lines(Printer *printer, const AstNode *node) {
  Name name = node->string_lit.text;
  print_text(printer, "\"\"\"");
  printer->indent++;
  print_line_text(printer, name_text(printer->names, name), name_size(printer->names, name), true);
  print_line(printer);
  printer->indent--;
  print_text(printer, "\"\"\"");
}

static void print_quoted(Printer *printer, const char *prefix, Name name, bool is_bytes) {
  print_text(printer, prefix);
  print_escaped(printer, name, is_bytes);
  text_char(printer->out, '"');
}

static void print_string(Printer *printer, const AstNode *node) {
  bool was_lines = print_was_split(printer, node->span, true);
  if (was_lines && (printer->source || !printer->flat) && has_lines(printer, node->string_lit.text))
    print_text_lines(printer, node);
  else print_quoted(printer, "\"", node->string_lit.text, false);
}

static void print_raw(Printer *printer, const char *prefix, Name name) {
  print_text(printer, prefix);
  print_name(printer, name);
  text_char(printer->out, '"');
}

static void print_interpolated(Printer *printer, const AstNode *part) {
  print_text(printer, "#{");
  printer->flat++;
  print_expr(printer, part);
  printer->flat--;
  text_char(printer->out, '}');
}

// Whether a part is text of the literal rather than a string that was itself interpolated: `"a#{"b"}"` has the same
// parts as a text in two pieces, and must not melt into one. With the source at hand the original decides.
static bool was_text(const Printer *printer, const AstNode *node, const AstNode *part) {
  const char *at = printer->source->text + (node->span.start - printer->source->base);
  const char *text = printer->source->text + (part->span.start - printer->source->base);
  while (at < text && (*at == '(' || *at == ' ')) at++;
  return at == text || *text == '}';
}

static bool is_text_part(const Printer *printer, const AstNode *node, uint32_t index) {
  const AstList *parts = node->interpolation.parts;
  const AstNode *part = parts->items[index];
  if (part->kind != AST_STRING_LIT || !name_size(printer->names, part->string_lit.text)) return false;
  if (printer->source) return was_text(printer, node, part);
  return parts->count > 1 && !(index && parts->items[index - 1]->kind == AST_STRING_LIT);
}

static bool is_line_text(const Printer *printer, const AstNode *node) {
  const AstList *parts = node->interpolation.parts;
  const AstNode *last = parts->items[parts->count - 1];
  if (!is_text_part(printer, node, parts->count - 1)) return false;
  uint32_t size = name_size(printer->names, last->string_lit.text), newlines = 0;
  for (AST_EACH(part, parts)) {
    if (part->kind != AST_STRING_LIT) continue;
    const char *text = name_text(printer->names, part->string_lit.text);
    for (uint32_t i = 0; i < name_size(printer->names, part->string_lit.text); i++) newlines += text[i] == '\n';
  }
  return newlines > !printer->source && name_text(printer->names, last->string_lit.text)[size - 1] == '\n';
}

static void print_interpolation_lines(Printer *printer, const AstNode *node) {
  const AstList *parts = node->interpolation.parts;
  bool is_line_start = true;
  print_text(printer, "\"\"\"");
  printer->indent++;
  for (uint32_t i = 0; i < parts->count; i++) {
    const AstNode *part = parts->items[i];
    if (!is_text_part(printer, node, i)) {
      if (is_line_start) print_line(printer);
      print_interpolated(printer, part);
      is_line_start = false;
      continue;
    }
    uint32_t size = name_size(printer->names, part->string_lit.text);
    const char *text = name_text(printer->names, part->string_lit.text);
    print_line_text(printer, text, size, is_line_start);
    is_line_start = text[size - 1] == '\n';
  }
  print_line(printer);
  printer->indent--;
  print_text(printer, "\"\"\"");
}

// The text between `"` or `}` and `#{` or `"`, as it was written.
static bool print_part_as_written(Printer *printer, Span span) {
  const Source *source = printer->source;
  if (!source || span.start < source->base || span.end > source->base + source->size) return false;
  const char *text = source->text + (span.start - source->base), *end = text + (span.end - span.start);
  if (memchr(text, '\n', (size_t)(end - text)) || (text[0] != '"' && text[0] != '}')) return false;
  if (memcmp(text, "\"\"\"", 3) == 0 || end - text < 3) return false;
  size_t closing = end[-1] == '"' ? 1 : 2;
  if (closing == 1 && end[-2] == '"' && end[-3] == '"') return false;
  text_bytes(printer->out, text + 1, (size_t)(end - text) - 1 - closing);
  return true;
}

static void print_text_part(Printer *printer, const AstNode *part) {
  if (!print_part_as_written(printer, part->span)) print_escaped(printer, part->string_lit.text, false);
}

void print_interpolation(Printer *printer, const AstNode *node) {
  const AstList *parts = node->interpolation.parts;
  bool may_split = printer->source || !printer->flat;
  if (may_split && print_was_split(printer, node->span, true) && is_line_text(printer, node)) {
    print_interpolation_lines(printer, node);
    return;
  }
  text_char(printer->out, '"');
  for (uint32_t i = 0; i < parts->count; i++) {
    if (is_text_part(printer, node, i)) print_text_part(printer, parts->items[i]);
    else print_interpolated(printer, parts->items[i]);
  }
  text_char(printer->out, '"');
}

static void trim_parens(const char **text, size_t *size) {
  while (**text == '(' || **text == ' ') {
    bool is_paren = **text == '(';
    ++*text, --*size;
    while (is_paren && (*text)[*size - 1] == ' ') --*size;
    if (is_paren) --*size;
  }
}

// A literal is printed as it was written, 0xFF and '\u{41}' too, when that is known and stood on one line.
static bool print_as_written(Printer *printer, Span span) {
  const Source *source = printer->source;
  if (!source || span.start < source->base || span.end > source->base + source->size) return false;
  const char *text = source->text + (span.start - source->base);
  size_t size = span.end - span.start;
  trim_parens(&text, &size);
  if (memchr(text, '\n', size) || (size >= 3 && memcmp(text, "\"\"\"", 3) == 0)) return false;
  text_bytes(printer->out, text, size);
  return true;
}

void print_literal(Printer *printer, const AstNode *node) {
  if (print_as_written(printer, node->span)) return;
  if (node->kind == AST_INT_LIT) {
    text_printf(printer->out, "%" PRIu64, node->int_lit.value);
    print_suffix(printer, node->int_lit.suffix);
  } else if (node->kind == AST_FLOAT_LIT) {
    print_float(printer, node->float_lit.value);
    print_suffix(printer, node->float_lit.suffix);
  } else if (node->kind == AST_CHAR_LIT) print_char(printer, (uint32_t)node->char_lit.value);
  else if (node->kind == AST_STRING_LIT) print_string(printer, node);
  else if (node->kind == AST_BYTES_LIT) print_quoted(printer, "b\"", node->bytes_lit.text, true);
  else if (node->kind == AST_REGEX_LIT) print_raw(printer, "~r\"", node->regex_lit.text);
  else if (node->kind == AST_PAT_REGEX) print_raw(printer, "~r\"", node->pat_regex.text);
}
