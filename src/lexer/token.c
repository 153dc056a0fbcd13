// What the other files ask about a token kind, from tokens.def.
#include "lexer/lexer.h"

#define ENDS TOKEN_IS_ENDS
#define OPERAND TOKEN_IS_OPERAND
#define TYPE TOKEN_IS_TYPE
#define OPENS TOKEN_IS_OPENS
#define DECLARES TOKEN_IS_DECLARES

const unsigned char token_flag_table[TOKEN_KIND_COUNT] = {
#define TOKEN(KIND, text, flags) flags,
#include "lexer/tokens.def"
};

static const char *const names[] = {
#define TOKEN(KIND, text, flags) #KIND,
#include "lexer/tokens.def"
};

static const char *const texts[] = {
#define TOKEN(KIND, text, flags) text,
#include "lexer/tokens.def"
};

const char *token_kind_name(TokenKind kind) { return names[kind]; }
const char *token_text(TokenKind kind) { return texts[kind]; }

void lexer_dump(Text *out, Context *context, const Source *source, const TokenList *list) {
  for (uint32_t i = 0; i < list->tokens.size; i++) {
    Token token = list->tokens.data[i];
    Location at = source_locate(context->sources, token.start);
    text_printf(out, "%u:%u %s", at.line, at.column, names[token.kind]);
    if (token.length && token.kind != TOKEN_NEWLINE) {
      text_char(out, ' ');
      text_escaped(out, source->text + (token.start - source->base), token.length);
    }
    text_char(out, '\n');
  }
}
