// Which characters beyond ASCII may stand in names: XID classes by general category, as an automaton of its own, so that
// the lexer's own rules stay small.
#include "lexer/state.h"

/*!include:re2c "unicode_categories.re" */

UnicodeClass unicode_class(const char *text) {
  const unsigned char *at = (const unsigned char *)text, *marker;
  /*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = at;
    re2c:define:YYMARKER = marker;
    re2c:yyfill:enable = 0;
    re2c:flags:utf-8 = 1;
    re2c:flags:nested-ifs = 1;

    Lu | Lt           { return UNICODE_CAPITAL; }
    L | Nl            { return UNICODE_START; }
    Mn | Mc | Nd | Pc { return UNICODE_PART; }
    *                 { return UNICODE_OTHER; }
  */
}

const char *unicode_word_end(const char *start, const char *end) {
  const char *at = start;
  while (at < end) {
    unsigned char c = (unsigned char)*at;
    UnicodeClass class = c < 0x80 ? UNICODE_PART : utf8_length(at, end) ? unicode_class(at) : UNICODE_OTHER;
    if (class == UNICODE_OTHER || (at == start && c >= 0x80 && class == UNICODE_PART)) return at;
    at += c < 0x80 ? 1 : utf8_length(at, end);
  }
  return at;
}
