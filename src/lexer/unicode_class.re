// Which characters beyond ASCII may stand in names: XID classes by general category, as an automaton of its own, so
// that the lexer's own rules stay small.
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

UnicodeClass unicode_class_at(const char *text, const char *limit) {
  return utf8_length(text, limit) ? unicode_class(text) : UNICODE_OTHER;
}

static bool is_ascii_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

const char *unicode_word_end(const char *text, const char *limit) {
  for (;;) {
    if (is_ascii_part(*text)) text++;
    else if ((unsigned char)*text < 0x80 || unicode_class_at(text, limit) == UNICODE_OTHER) return text;
    else text += utf8_length(text, limit);
  }
}
