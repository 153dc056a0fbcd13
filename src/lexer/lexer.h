// Lexer: the text of one file to an array of tokens. Every decision that needs to look ahead or back (newlines, type
// arguments, lambda heads, blocks and their `end`) is made here, so that the grammar is LALR(1) without tricks.
#ifndef QZ_LEXER_LEXER_H
#define QZ_LEXER_LEXER_H

#include "diag/context.h"

typedef enum TokenKind {
#define TOKEN(KIND, text, flags) TOKEN_##KIND,
#include "lexer/tokens.def"
  TOKEN_KIND_COUNT
} TokenKind;

enum {
  TOKEN_IS_ENDS = 1,
  TOKEN_IS_OPERAND = 2,
  TOKEN_IS_TYPE = 4,
  TOKEN_IS_OPENS = 8,
  TOKEN_IS_DECLARES = 16,
};

enum { TOKEN_LENGTH_MAX = (1 << 24) - 1, LEXER_NESTING_MAX = 2000, LEXER_ERRORS_MAX = 100 };

typedef struct Token {
  uint32_t start;  // global position
  // A Name; an index into `numbers`; for a closing bracket or `end` the index of its opener; for what opens a block the
  // index of its `end`, 0 when it has none (`def f() = e`).  `unquote_each` has 1.
  uint32_t value;
  uint32_t kind : 8, length : 24;
} Token;

_Static_assert(sizeof(Token) == 12, "tokens are passed by value");
_Static_assert(TOKEN_KIND_COUNT <= 256, "a token kind has 8 bits");

typedef struct NumberValue {
  union {
    uint64_t integer;  // INT and CHAR
    double real;  // FLOAT
  };
  Name suffix;  // the type behind the digits (10u8 gives U8), or 0
} NumberValue;

typedef struct DocComment {
  uint32_t at;  // global position of the token that follows it
  Name text;
} DocComment;

typedef struct TokenList {
  VEC(Token) tokens;  // the last one is EOF
  VEC(NumberValue) numbers;
  VEC(DocComment) docs;  // by rising position
  VEC(Span) comments;  // every comment, for the formatter
  Name module_doc;  // a doc comment at the top that stands alone
  // Stretches whose brackets did not balance: closers were made up, messages were given. Apart, by rising position.
  VEC(Span) damage;
  bool is_cut;  // nested too deep (QZ0011), or too many errors: the rest of the file was not read
} TokenList;

TokenList lexer_run(Context *context, const Source *source);
// One token a line: line:col kind text (--emit=tokens).
void lexer_dump(Text *out, Context *context, const Source *source, const TokenList *list);

const char *token_kind_name(TokenKind kind);
const char *token_text(TokenKind kind);  // for messages
extern const unsigned char token_flag_table[TOKEN_KIND_COUNT];
static inline unsigned token_flags(TokenKind kind) { return token_flag_table[kind]; }

// Whether a word is the name of a type, as its first character says.
bool lexer_is_type_name(const char *word);

static inline Span token_span(Token token) { return (Span){token.start, token.start + token.length}; }

#endif
