// The lexer's state while it works on one file; private to this folder.
#ifndef QZ_LEXER_STATE_H
#define QZ_LEXER_STATE_H

#include "lexer/lexer.h"

typedef enum LevelKind {
  LEVEL_PAREN,
  LEVEL_BRACKET,
  LEVEL_BRACE,
  LEVEL_STRING,  // inside #{ } of a string
  LEVEL_TYPES,   // behind a `<` that opens type arguments if a matching `>` comes
  LEVEL_BLOCK,   // up to `end`
  LEVEL_KIND_COUNT
} LevelKind;

typedef enum DefState { DEF_NONE, DEF_IN_HEAD, DEF_IN_BODY } DefState;

// An open bracket or block.
typedef struct Level {
  LevelKind kind;
  uint32_t opener;   // token index
  uint32_t indent;   // of the opener's line, in bytes
  uint32_t suspect;  // token index of an inner block whose `end` stood too far left, or 0
  const char *help;  // what may have gone wrong if it is never closed; NULL: its closer was forgotten
  const char *suspect_help;  // the same for the suspect
  DefState def;      // of a DEF: whether its head has ended
  uint32_t body;     // of a DEF: number of tokens when its head ended
  bool is_optional;  // a DEF that may have no body (in a trait, behind `extern`)
  bool is_quote;
  bool is_excused;   // a literal without its end may hold the closer: nothing is said when it is missing
  bool is_triple;    // LEVEL_STRING: the literal is """…"""
  uint32_t parts;    // LEVEL_STRING: index of the literal's first part
} Level;

// The raw text of one piece of a string literal, until the literal is complete and its pieces can be cooked.
typedef struct StringPart {
  uint32_t token;
  const char *start, *end;
} StringPart;

typedef struct Lexer {
  Context *context;
  const Source *source;
  const char *cursor;
  const char *limit;      // one past the last byte, where a NUL stands
  const char *line;       // start of the current line
  const char *prev_end;   // end of the last token, to see what is glued
  const char *skipped;    // end of the last word that was passed over: no token of it was made
  TokenKind prev;         // kind of the last token; EOF at the start
  uint32_t type_levels;   // open LEVEL_TYPES
  uint32_t types_base;    // index of the first of them
  TokenList list;
  VEC(Level) levels;
  VEC(StringPart) parts;
  uint32_t open[LEVEL_KIND_COUNT];
  uint32_t open_defs, open_quotes;
  uint32_t error_count;
  Text doc;               // the doc comment that is being read
  uint32_t doc_token;     // index of the token it belongs to
  bool is_doc_open;       // it may go on
  bool is_intrinsic;      // `@intrinsic` was read: the next `def` may have no body
} Lexer;

static inline Level *lexer_top(Lexer *lexer) { return lexer->levels.size ? vec_last(&lexer->levels) : NULL; }
static inline uint32_t lexer_position(const Lexer *lexer, const char *at) {
  return lexer->source->base + (uint32_t)(at - lexer->source->text);
}
static inline bool lexer_prev_is(const Lexer *lexer, unsigned flag) { return (token_flags(lexer->prev) & flag) != 0; }
static inline bool lexer_is_glued(const Lexer *lexer, const char *start) {
  return lexer->prev_end == start && lexer_prev_is(lexer, TOKEN_IS_OPERAND);
}

Diag *lexer_error(Lexer *lexer, DiagId id, const char *start, const char *end, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void level_cancel_types(Lexer *lexer);

// Every token passes here.
static inline void lexer_emit(Lexer *lexer, TokenKind kind, const char *start, const char *end, uint32_t value) {
  if (lexer->type_levels && !(token_flags(kind) & TOKEN_IS_TYPE)) level_cancel_types(lexer);
  size_t size = (size_t)(end - start);
  Token token = {lexer_position(lexer, start), value, (uint8_t)kind,
                 (uint32_t)(size < TOKEN_LENGTH_MAX ? size : TOKEN_LENGTH_MAX) & TOKEN_LENGTH_MAX};
  vec_push(lexer->context->arena, &lexer->list.tokens, token);
  lexer->prev = kind;
  lexer->prev_end = end;
}

// level.c: brackets, blocks, newlines.
void level_open(Lexer *lexer, LevelKind kind, TokenKind token, const char *start);
void level_open_block(Lexer *lexer, TokenKind token, const char *start);
void level_close(Lexer *lexer, LevelKind kind, TokenKind token, const char *start);
void level_close_block(Lexer *lexer, const char *start);
void level_close_all(Lexer *lexer);
void level_declaration(Lexer *lexer, TokenKind token, const char *start);
void level_assign(Lexer *lexer);
void level_newline(Lexer *lexer, const char *start, const char *end);
void level_drop_newline(Lexer *lexer);
void level_open_types(Lexer *lexer, const char *start);
bool level_close_types(Lexer *lexer, const char *start);
void level_arrow(Lexer *lexer, const char *start);
bool level_follows_skipped(const Lexer *lexer, const char *start);
bool level_starts_statement(Lexer *lexer, const char *start);
bool level_misplaced_else(Lexer *lexer, TokenKind kind, const char *start);
void level_note_brace(Lexer *lexer);
// A literal breaks off with the line. False: it was the end of a literal around it, whose `#{` is open.
bool level_excuse_line(Lexer *lexer);

// literal.c: numbers, characters, strings. Each starts behind the opening text and moves the cursor.
void literal_number(Lexer *lexer, const char *start, unsigned base);
void literal_float(Lexer *lexer, const char *start);
void literal_char(Lexer *lexer, const char *start);
void literal_string(Lexer *lexer, const char *start, bool is_triple);
void literal_string_resume(Lexer *lexer, const char *start, Level level);
void literal_string_cut(Lexer *lexer, const char *at, Level level);
void literal_plain(Lexer *lexer, TokenKind kind, const char *start);  // r"…", b"…", ~r"…"

// unicode.c
void utf8_check(Lexer *lexer);
// The bytes of one scalar value; 0 when the text is not valid there.
unsigned utf8_length(const char *at, const char *limit);
uint32_t utf8_decode(const char *at, unsigned length);
unsigned utf8_encode(uint32_t scalar, char out[4]);

// unicode_class.re
typedef enum UnicodeClass { UNICODE_OTHER, UNICODE_PART, UNICODE_START, UNICODE_CAPITAL } UnicodeClass;
// What the character at `text` may be in a name: nothing, a later part, its start, the start of a type's. It is valid
// UTF-8 for the first, anything before `limit` for the second.
UnicodeClass unicode_class(const char *text);
UnicodeClass unicode_class_at(const char *text, const char *limit);
// Where the word that goes on at `text` ends. It looks at each byte once, so cutting words is linear.
const char *unicode_word_end(const char *text, const char *limit);

#endif
