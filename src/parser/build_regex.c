// Regex literals: PCRE2 says whether they are regular expressions, and how the groups are named that a pattern binds.
#include <stdio.h>
#include <string.h>

#include "parser/build.h"
#include "runtime/regex.h"

enum { OPENING = 3 };  // ~r" stands before the text, which is as in the source

static AstNode *start(Parser *parser, AstKind kind, Span span) {
  return ast_node(context_trees(parser->context), kind, span);
}

// The character at `offset` of the text, or the closing quote.
static Span place_in(const Parser *parser, Token token, size_t offset) {
  const char *text = name_text(parser->context->names, token.value);
  size_t size = name_size(parser->context->names, token.value), width = 1;
  while (offset + width < size && (text[offset + width] & 0xC0) == 0x80) width++;
  uint32_t at = token.start + OPENING + (uint32_t)offset;
  return (Span){at, at + (uint32_t)width};
}

// One that is not closed was reported by the lexer.
static bool is_closed(const Parser *parser, Token token) {
  Span span = token_span(token);
  return span.end - span.start == OPENING + name_size(parser->context->names, token.value) + 1;
}

static QzRegex *compile(Parser *parser, Token token) {
  const Interner *names = parser->context->names;
  QzRegexFault fault;
  QzRegex *regex = qz_regex_compile(name_text(names, token.value), name_size(names, token.value), &fault);
  if (regex || !is_closed(parser, token)) return regex;
  char why[256];
  qz_regex_explain(fault.code, why, sizeof why);
  parser_error(parser, QZ0009, place_in(parser, token, (size_t)fault.offset), "%s", why);
  return NULL;
}

AstNode *build_regex(Parser *parser, Token token) {
  QzRegex *regex = compile(parser, token);
  if (!regex) return start(parser, AST_POISON, token_span(token));
  qz_regex_free(regex);
  return build_text(parser, AST_REGEX_LIT, token);
}

// ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_keyword(const char *name) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "`%s`", name);
  for (TokenKind kind = 0; kind < TOKEN_KIND_COUNT; kind++)
    if (strcmp(token_text(kind), quoted) == 0) return true;
  return false;
}

// Where the group stands that has this name first, as far as that can be seen without reading the pattern.
static Span name_place(const Parser *parser, Token token, const char *name) {
  static const char *const forms[] = {"(?<%s>", "(?P<%s>", "(?'%s'"};
  const char *text = name_text(parser->context->names, token.value);
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, forms[i], name);
    const char *found = strstr(text, wanted);
    if (!found) continue;
    uint32_t at = place_in(parser, token, (size_t)(found - text)).start + (uint32_t)strcspn(forms[i], "%");
    return (Span){at, at + (uint32_t)strlen(name)};
  }
  return token_span(token);
}

static AstNode *build_group(Parser *parser, Token token, const char *name) {
  Span place = name_place(parser, token, name);
  bool is_capital = name[0] >= 'A' && name[0] <= 'Z';
  if (is_capital || is_keyword(name))
    parser_error(parser, QZ0009, place, "the group binds a variable, and `%s` is %s", name,
                 is_capital ? "the name of a type" : "a keyword");
  Token word = {.start = place.start,
                .value = name_from(parser->context->names, name),
                .length = (place.end - place.start) & TOKEN_LENGTH_MAX};
  return build_pat_bind(parser, word, NULL);
}

AstNode *build_pat_regex(Parser *parser, Token token) {
  QzRegex *regex = compile(parser, token);
  if (!regex) return start(parser, AST_POISON, token_span(token));
  AstNode *node = start(parser, AST_PAT_REGEX, token_span(token));
  ListMark mark = {parser->scratch.size, 0};
  for (int64_t i = 0; i < qz_regex_name_count(regex); i++)
    mark = list_add(parser, mark, build_group(parser, token, qz_regex_name_text(regex, i)));
  node->pat_regex.text = token.value;
  node->pat_regex.groups = mark.count ? list_end(parser, mark) : NULL;
  qz_regex_free(regex);
  return node_done(parser, node);
}
