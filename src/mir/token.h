// Tokens of MIR's text form: words, numbers, quoted names and single characters.
#ifndef QZ_MIR_TOKEN_H
#define QZ_MIR_TOKEN_H

#include "base/interner.h"
#include "base/source.h"
#include "base/text.h"

typedef enum MirTokenKind {
  MIR_TOKEN_END,
  MIR_TOKEN_WORD,    // letters, digits, `_`; also `-inf`
  MIR_TOKEN_NUMBER,  // what kind of number is decided by the type that follows
  MIR_TOKEN_QUOTED,  // "…": `name` is its text with the escapes read
  MIR_TOKEN_ARROW,   // ->
  MIR_TOKEN_PUNCT,   // any other character: `punct`
  MIR_TOKEN_BAD,     // an unterminated or wrongly escaped quoted name
} MirTokenKind;

typedef struct MirToken {
  MirTokenKind kind;
  char punct;
  bool starts_line;
  uint32_t start, end;  // offsets in the source
  Name name;            // QUOTED, WORD
} MirToken;

typedef struct MirLexer {
  Arena *arena;
  Interner *names;
  const Source *source;
  uint32_t at;
  bool digits_only;  // after `.` and `#` a number ends where its digits end: _1#2.3 is three numbers
} MirLexer;

MirToken mir_lexer_next(MirLexer *lexer);

#endif
