// Feeds the tokens to lemon's parser, reports what does not fit and decides where reading goes on.
//
// A syntax error costs one statement (declaration, member, arm): what the parser had of it is dropped, its tokens are
// skipped up to the newline, `end`, `else` or `elsif` that ends it, and an ERROR token takes its place. Because the
// lexer has matched every block with its `end`, a block whose head is wrong is skipped as a whole.
#include <string.h>

#include "parser/build.h"

static Token token_at(const Parser *parser, uint32_t index) { return parser->list->tokens.data[index]; }

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_damaged(const Parser *parser, Token token) {
  uint32_t low = 0, high = parser->list->damage.size;  // the first stretch that ends behind the token's start
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (parser->list->damage.data[middle].end < token.start) low = middle + 1;
    else high = middle;
  }
  return low < parser->list->damage.size && parser->list->damage.data[low].start <= token.start;
}

// Groups of tokens that a message names by one word, each known by a few of its members.
static const struct {
  const char *text;
  TokenKind members[3];
} groups[] = {
    {"an expression", {TOKEN_INT, TOKEN_NOT, TOKEN_MATCH}},
    {"a declaration", {TOKEN_DEF, TOKEN_STRUCT, TOKEN_IMPORT}},
    {"a member", {TOKEN_DEF, TOKEN_VAR, TOKEN_TYPENAME}},
    {"a pattern", {TOKEN_INT, TOKEN_REGEX, TOKEN_RANGE}},
    {"a type", {TOKEN_FN_TYPE, TOKEN_NEVER, TOKEN_TYPENAME}},
};

static const char *expected_group(void *lemon) {
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    bool is_expected = true;
    for (int k = 0; k < 3; k++) is_expected = is_expected && grammar_accepts(lemon, groups[i].members[k]);
    if (is_expected) return groups[i].text;
  }
  return NULL;
}

// Operators and postfixes could follow nearly everything: they say nothing about what is missing.
static bool is_worth_naming(TokenKind kind) {
  return kind < TOKEN_ASSIGN && kind != TOKEN_DOT && kind != TOKEN_COLON_COLON &&
         kind != TOKEN_LPAREN_CALL && kind != TOKEN_LBRACKET_INDEX && kind != TOKEN_LBRACE_STRUCT && kind != TOKEN_AS &&
         kind != TOKEN_LT_OPEN && kind != TOKEN_DO_PARAMS && kind != TOKEN_DO && kind != TOKEN_AND && kind != TOKEN_OR;
}

static uint32_t expected_tokens(void *lemon, const char *texts[4]) {
  uint32_t count = 0;
  for (TokenKind kind = 1; kind < TOKEN_KIND_COUNT; kind++) {
    if (!is_worth_naming(kind) || !grammar_accepts(lemon, kind)) continue;
    bool is_known = false;
    for (uint32_t i = 0; i < count && i < 4; i++) is_known |= strcmp(texts[i], token_text(kind)) == 0;
    if (is_known) continue;
    if (count < 4) texts[count] = token_text(kind);
    count++;
  }
  return count;
}

static void describe_expected(void *lemon, Text *out) {
  const char *group = expected_group(lemon), *texts[4];
  if (group) {
    text_printf(out, "expected %s, ", group);
    return;
  }
  if (grammar_accepts(lemon, TOKEN_NEWLINE)) {
    text_append(out,
                grammar_accepts(lemon, TOKEN_THEN) ? "expected `then` or end of line, " : "expected end of line, ");
    return;
  }
  uint32_t count = expected_tokens(lemon, texts);
  if (!count || count > 4) return;
  text_append(out, "expected ");
  for (uint32_t i = 0; i < count; i++) text_printf(out, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", texts[i]);
  text_append(out, ", ");
}

static bool shows_its_text(Token token) {
  return token.length && token.length <= 40 && token.kind != TOKEN_NEWLINE && token.kind != TOKEN_STRING_START &&
         token.kind != TOKEN_STRING_MIDDLE && token.kind != TOKEN_STRING_END;
}

static void describe_found(Parser *parser, Token found, Text *out) {
  text_append(out, out->size ? "found " : "unexpected ");
  if (!shows_its_text(found)) {
    text_append(out, token_text(found.kind));
    return;
  }
  const Source *source = source_at(parser->context->sources, found.start);
  text_printf(out, "`%.*s`", (int)found.length, source->text + (found.start - source->base));
}

// `5 | n: Int` inside a variant, `n: Int | s: String`: a test of a type where the grammar has no room for one.
static bool is_type_test(const Parser *parser, Token found) {
  if (found.kind != TOKEN_COLON || parser->at < 2 || token_at(parser, parser->at - 1).kind != TOKEN_NAME) return false;
  TokenKind before = token_at(parser, parser->at - 2).kind;
  return (before == TOKEN_BAR || before == TOKEN_AT) && token_at(parser, parser->at + 1).kind == TOKEN_TYPENAME;
}

static bool accepts_one_of(void *lemon, TokenKind a, TokenKind b) {
  return grammar_accepts(lemon, a) || grammar_accepts(lemon, b);
}

// What was probably meant, from the token that does not fit and the one before it; NULL: no idea.
static const char *meant(void *lemon, TokenKind before, TokenKind found) {
  bool wants_type = grammar_accepts(lemon, TOKEN_COLON) && !grammar_accepts(lemon, TOKEN_LPAREN_CALL);
  if (wants_type && before == TOKEN_NAME && found == TOKEN_TYPENAME)
    return "a colon stands between a name and its type: `name: Type`";
  if (before == TOKEN_TYPENAME && found == TOKEN_NAME && accepts_one_of(lemon, TOKEN_COLON, TOKEN_ASSIGN))
    return "the name stands before its type: `name: Type`";
  if (found == TOKEN_ASSIGN && grammar_accepts(lemon, TOKEN_COLON) && grammar_accepts(lemon, TOKEN_LPAREN_CALL))
    return "an argument is named with a colon: `name: value`";
  if (found == TOKEN_ASSIGN && !accepts_one_of(lemon, TOKEN_MODULE_PATH, TOKEN_COLON))
    return "`==` compares; `=` binds a name and stands once in a statement";
  if (found == TOKEN_QUESTION && before == TOKEN_TYPENAME) return "the type of what may be missing is `Option<Type>`";
  return NULL;
}

static void add_help(Parser *parser, void *lemon, Diag *diag, Token found) {
  if (!parser->at) return;
  TokenKind before = token_at(parser, parser->at - 1).kind;
  DiagList *list = parser->context->diags;
  bool is_value = (found.kind >= TOKEN_NAME && found.kind <= TOKEN_STRING_START) || found.kind == TOKEN_LPAREN;
  const char *likely = meant(lemon, before, found.kind);
  if (likely) diag_help(list, diag, "%s", likely);
  else if (before == TOKEN_NAME && is_value)
    diag_help(list, diag, "the arguments of a call stand in parentheses, `(` directly behind the name");
  else if (found.kind == TOKEN_LBRACE)
    diag_help(list, diag, "blocks are closed by `end`; braces hold records and maps");
  else if (token_flags(found.kind) & TOKEN_IS_DECLARES)
    diag_help(list, diag, "declarations stand at the top of a file");
  else if (is_type_test(parser, found))
    diag_help(list, diag, "here a pattern `name: Type` goes into parentheses of its own");
  else if (before == TOKEN_BAR && grammar_accepts(lemon, TOKEN_NEVER))
    diag_help(list, diag, "`|` behind a type goes on with it; in a pattern put `name: Type` into parentheses");
}

void parser_report(Parser *parser, void *lemon, Token found) {
  parser->has_failed = true;
  bool is_news = parser->at > parser->resumed_at || !parser->resumed_at;
  if (!is_news || is_damaged(parser, found)) return;
  Text message = {.arena = parser->context->arena};
  describe_expected(lemon, &message);
  describe_found(parser, found, &message);
  Diag *diag = parser_error(parser, QZ0010, token_span(found), "%s", text_str(&message));
  add_help(parser, lemon, diag, found);
}

// ── Recovery ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool ends_statement(TokenKind kind) {
  return kind == TOKEN_NEWLINE || kind == TOKEN_END || kind == TOKEN_ELSE || kind == TOKEN_ELSIF || kind == TOKEN_EOF;
}

static uint32_t statement_end(const Parser *parser, uint32_t index) {
  while (!ends_statement(token_at(parser, index).kind)) {
    Token token = token_at(parser, index);
    bool is_block = (token_flags(token.kind) & TOKEN_IS_OPENS) && token.value > index;
    index = (is_block ? token.value : index) + 1;
  }
  return index;
}

static void feed_error(Parser *parser, void *lemon, uint32_t first, uint32_t last) {
  uint32_t start = token_at(parser, first).start, end = token_at(parser, last).start;
  if (end < start) end = start;
  uint32_t length = end - start < TOKEN_LENGTH_MAX ? end - start : TOKEN_LENGTH_MAX;
  QzParser(lemon, TOKEN_ERROR, (Token){start, 0, TOKEN_ERROR, length & TOKEN_LENGTH_MAX});
}

static bool starts_its_line(const Parser *parser, uint32_t index) {
  if (!index) return true;
  Token token = token_at(parser, index);
  const Source *source = source_at(parser->context->sources, token.start);
  uint32_t before = token_span(token_at(parser, index - 1)).end;
  return memchr(source->text + (before - source->base), '\n', token.start - before) != NULL;
}

// `const X =` and nothing behind it: the declaration on the next line is not part of the mistake.
static bool starts_declaration(const Parser *parser, void *lemon, uint32_t index) {
  TokenKind next[] = {TOKEN_ERROR, TOKEN_NEWLINE, token_at(parser, index).kind};
  return (token_flags(next[2]) & TOKEN_IS_DECLARES) && starts_its_line(parser, index) &&
         grammar_accepts_all(lemon, next, 3);
}

static uint32_t go_on_here(Parser *parser, void *lemon, uint32_t index) {
  feed_error(parser, lemon, index, index);
  QzParser(lemon, TOKEN_NEWLINE, (Token){token_at(parser, index).start, 0, TOKEN_NEWLINE, 0});
  return index;
}

// Returns the index of the token to go on with.
static uint32_t recover(Parser *parser, void *lemon) {
  uint32_t failed = parser->at, resume = statement_end(parser, failed);
  if (grammar_accepts(lemon, token_at(parser, resume).kind) && resume > failed) return resume;
  Token dropped;
  while (!grammar_shifts(lemon, TOKEN_ERROR)) {
    if (!grammar_pop(lemon, &dropped)) return parser->list->tokens.size;
    bool is_open_block = (token_flags(dropped.kind) & TOKEN_IS_OPENS) && dropped.value >= failed;
    if (is_open_block && dropped.value >= resume) resume = statement_end(parser, dropped.value + 1);
  }
  if (starts_declaration(parser, lemon, failed)) return go_on_here(parser, lemon, failed);
  feed_error(parser, lemon, failed, resume);
  return resume;
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
// Reads one token. Lemon may reduce before it sees that a token does not fit, and then knows less about what would have
// fitted; a careful reader asks first.
static bool read_token(Parser *parser, void *lemon, Token token) {
  parser->has_failed = false;
  if (parser->is_careful && !grammar_accepts(lemon, token.kind)) parser_report(parser, lemon, token);
  else QzParser(lemon, token.kind, token);
  return !parser->has_failed;
}

static void read_tokens(Parser *parser, void *lemon) {
  uint32_t count = parser->list->tokens.size;
  while (parser->at < count && parser->error_count < PARSER_ERRORS_MAX) {
    if (read_token(parser, lemon, token_at(parser, parser->at))) {
      parser->at++;
      continue;
    }
    uint32_t failed = parser->at, resume = recover(parser, lemon);
    bool is_stuck = resume == failed && parser->resumed_at == failed;
    parser->resumed_at = resume;
    parser->at = is_stuck ? resume + 1 : resume;
  }
}

static Parser read_list(Context *context, const TokenList *list, bool is_careful) {
  Parser parser = {.context = context, .list = list, .is_careful = is_careful};
  alignas(16) char lemon[GRAMMAR_PARSER_SIZE];
  QzParserInit(lemon, &parser);
  read_tokens(&parser, lemon);
  QzParserFinalize(lemon);
  if (!parser.module) build_module(&parser, NULL);
  return parser;
}

// Nearly every file is right, so the first reading does not ask; a file with errors is read again with care.
AstNode *parser_read(Context *context, const TokenList *list) {
  DiagList unheard = {.arena = context->arena};
  Context quick = *context;
  quick.diags = &unheard;
  Parser parser = read_list(&quick, list, false);
  bool has_failed = parser.error_count || list->damage.size;
  if (!has_failed) return parser.module;
  AstNode *module = read_list(context, list, true).module;
  module->module.is_partial = true;
  return module;
}

// The tokens, and what the lexer needs to find them, are larger than the tree and go when it is made.
AstNode *parse_module(Context *context, const Source *source) {
  Arena tokens = {0};
  Context reading = *context;
  reading.arena = &tokens;
  reading.trees = context_trees(context);
  TokenList list = lexer_run(&reading, source);
  AstNode *module = parser_read(&reading, &list);
  arena_free(&tokens);
  return module;
}
