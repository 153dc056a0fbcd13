// What the two halves of the MIR parser share: parse.c reads types and items, parse_function.c what is in functions.
#ifndef QZ_MIR_PARSE_H
#define QZ_MIR_PARSE_H

#include "mir/mir.h"
#include "mir/token.h"

typedef struct MirParser {
  MirModule *module;
  MirLexer lexer;
  MirToken token;  // the next one, not yet taken
  bool failed;     // one message was given; every further token is END
  Map declared;    // Name → anything: functions that have their own line
  Map globals;     // Name → MirGlobal*
  Map fns;         // number of `type fn1 = …` → MirType*
  MirFunction *function;
} MirParser;

// ── Tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────
void mir_parse_advance(MirParser *p);
// Reports QZ9003 at the next token, once; the rest of the text reads as its end.
void mir_parse_fail(MirParser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void mir_parse_expected(MirParser *p, const char *what);
bool mir_parse_at_punct(const MirParser *p, char punct);
bool mir_parse_at_word(const MirParser *p, const char *word);
bool mir_parse_take_punct(MirParser *p, char punct);
bool mir_parse_take_word(MirParser *p, const char *word);
void mir_parse_need_punct(MirParser *p, char punct);
const char *mir_parse_token_text(const MirParser *p);
// A word or quoted name.
Name mir_parse_name(MirParser *p);
Name mir_parse_symbol(MirParser *p);  // after its `@`
uint64_t mir_parse_number(MirParser *p, uint64_t limit);
int64_t mir_parse_signed(MirParser *p);
// The number in a word such as `_12` or `bb3`; false when the next token is no such word.
bool mir_parse_at_numbered(const MirParser *p, const char *prefix, uint32_t *number);

// ── Items ───────────────────────────────────────────────────────────────────────────────────────────────────────
// NULL after a message.
MirType *mir_parse_type(MirParser *p);
MirType *mir_parse_value_type(MirParser *p);  // not an object
MirFunction *mir_parse_function_name(MirParser *p);
MirGlobal *mir_parse_global_name(MirParser *p);
MirOperand mir_parse_constant(MirParser *p);  // a constant operand
bool mir_parse_at_constant(const MirParser *p);
// From the `{` on.
void mir_parse_body(MirParser *p);

#endif
