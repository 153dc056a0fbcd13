// Any bytes: the tokens cover the text in order, brackets and blocks balance, and names and numbers exist.
#include "lexer/lexer.h"
#include "spec/fuzz/fresh.h"

static bool has_name(TokenKind kind) {
  return kind == TOKEN_NAME || kind == TOKEN_TYPENAME || kind == TOKEN_STRING || kind == TOKEN_STRING_START ||
         kind == TOKEN_STRING_MIDDLE || kind == TOKEN_STRING_END || kind == TOKEN_SYMBOL || kind == TOKEN_ATTRIBUTE;
}

static bool is_closer(TokenKind kind) {
  return kind == TOKEN_RPAREN || kind == TOKEN_RBRACKET || kind == TOKEN_RBRACE || kind == TOKEN_GT_CLOSE ||
         kind == TOKEN_END;
}

static void check_token(const TokenList *list, const Context *context, uint32_t index) {
  Token token = list->tokens.data[index];
  if (index) require(token.start >= token_span(list->tokens.data[index - 1]).end, "tokens overlap", NULL);
  if (has_name(token.kind))
    require(token.value && token.value < context->names->entries.size, "a token without its name", NULL);
  if (token.kind == TOKEN_INT || token.kind == TOKEN_FLOAT || token.kind == TOKEN_CHAR)
    require(token.value < list->numbers.size, "a token without its number", NULL);
  if (is_closer(token.kind)) require(token.value < index, "a closer before its opener", NULL);
  if (token.kind == TOKEN_END)
    require(list->tokens.data[token.value].value == index, "an `end` its opener does not know", NULL);
}

static void fuzz(Compiler *compiler, const Source *input) {
  TokenList list = lexer_run(&compiler->context, input);
  for (uint32_t i = 0; i < list.tokens.size; i++) check_token(&list, &compiler->context, i);
  require(list.tokens.data[list.tokens.size - 1].kind == TOKEN_EOF, "the last token is not the end", NULL);
  require(!list.damage.size || compiler->diags.error_count, "damage without a message", NULL);
}
