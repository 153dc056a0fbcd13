// Any bytes: the tokens cover the text in order, brackets and blocks balance, and names and numbers exist.
#include <stdlib.h>

#include "lexer/lexer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

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
  if (index) require(token.start >= token_span(list->tokens.data[index - 1]).end);
  if (has_name(token.kind)) require(token.value && token.value < context->names->entries.size);
  if (token.kind == TOKEN_INT || token.kind == TOKEN_FLOAT || token.kind == TOKEN_CHAR)
    require(token.value < list->numbers.size);
  if (is_closer(token.kind)) require(token.value < index);
  if (token.kind == TOKEN_END) require(list->tokens.data[token.value].value == index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Arena arena = {0};
  Interner names;
  SourceMap sources = {0};
  DiagList diags = {.arena = &arena};
  Context context = {.arena = &arena, .names = &names, .sources = &sources, .diags = &diags};
  interner_init(&names, &arena);
  const char *text = arena_text(&arena, (const char *)data, size);
  TokenList list = lexer_run(&context, source_add(&arena, &sources, "fuzz.qz", text, size));
  for (uint32_t i = 0; i < list.tokens.size; i++) check_token(&list, &context, i);
  require(list.tokens.data[list.tokens.size - 1].kind == TOKEN_EOF);
  require(!list.damage.size || diags.error_count);
  arena_free(&arena);
  return 0;
}
