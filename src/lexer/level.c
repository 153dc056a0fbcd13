// Brackets and blocks: one stack of what is open. From it follow whether a newline counts, which `def` has a body, what
// an `end` closes, and which messages an unbalanced file deserves. What is missing is made up, so that the parser
// always reads a balanced file and says nothing more about it.
//
// All of it is linear: each level is pushed and popped once, and every walk back over tokens ends at a token that no
// other walk passes.
#include "lexer/state.h"

enum { NOWHERE = UINT32_MAX };

static Token *token_at(Lexer *lexer, uint32_t index) { return &lexer->list.tokens.data[index]; }
static const char *text_of(const Lexer *lexer, Token token) {
  return lexer->source->text + (token.start - lexer->source->base);
}

// ── The stack ───────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_first_on_line(const Lexer *lexer, const char *at) {
  while (at > lexer->line && (at[-1] == ' ' || at[-1] == '\t')) at--;
  return at == lexer->line;
}

static uint32_t line_indent(const Lexer *lexer) {
  const char *at = lexer->line;
  while (*at == ' ' || *at == '\t') at++;
  return (uint32_t)(at - lexer->line);
}

static void push(Lexer *lexer, Level level) {
  lexer->open[level.kind]++;
  lexer->open_defs += level.def != DEF_NONE;
  lexer->open_quotes += level.is_quote;
  vec_push(lexer->context->arena, &lexer->levels, level);
}

static Level pop(Lexer *lexer) {
  Level level = vec_pop(&lexer->levels);
  lexer->open[level.kind]--;
  lexer->open_defs -= level.def != DEF_NONE;
  lexer->open_quotes -= level.is_quote;
  return level;
}

// Deeper nesting would make every later walk over the tree recurse without bound.
static bool is_too_deep(Lexer *lexer, const char *start) {
  if (lexer->levels.size < LEXER_NESTING_MAX) return false;
  Diag *diag = lexer_error(lexer, QZ0011, start, start + 1, "brackets and blocks are nested more than %d deep",
                           LEXER_NESTING_MAX);
  diag_help(lexer->context->diags, diag, "split the expression or the function");
  lexer->list.is_cut = true;
  return true;
}

void level_open(Lexer *lexer, LevelKind kind, TokenKind token, const char *start) {
  if (is_too_deep(lexer, start)) return;
  uint32_t opener = lexer->list.tokens.size;
  lexer_emit(lexer, token, start, lexer->cursor, 0);
  push(lexer, (Level){.kind = kind, .opener = opener});
}

static bool closes(const Level *level, LevelKind kind) {
  return level->kind == kind || (kind == LEVEL_BRACE && level->kind == LEVEL_STRING);
}

static bool is_on_this_line(Lexer *lexer, const Level *level) {
  return token_at(lexer, level->opener)->start >= lexer_position(lexer, lexer->line);
}

// ── Blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_in_trait(Lexer *lexer) {
  Level *top = lexer_top(lexer);
  return top && top->kind == LEVEL_BLOCK && token_at(lexer, top->opener)->kind == TOKEN_TRAIT;
}

// `extern "C" def`, `extern "C" variadic def`
static bool is_extern(Lexer *lexer) {
  uint32_t count = lexer->list.tokens.size;
  if (count >= 3 && lexer->prev == TOKEN_NAME) count--;
  return count >= 2 && token_at(lexer, count - 1)->kind == TOKEN_STRING &&
         token_at(lexer, count - 2)->kind == TOKEN_EXTERN;
}

void level_open_block(Lexer *lexer, TokenKind token, const char *start) {
  if (is_too_deep(lexer, start)) return;
  bool is_def = token == TOKEN_DEF;
  Level level = {.kind = LEVEL_BLOCK,
                 .opener = lexer->list.tokens.size,
                 .indent = line_indent(lexer),
                 .def = is_def ? DEF_IN_HEAD : DEF_NONE,
                 .is_optional = is_def && (is_in_trait(lexer) || is_extern(lexer) || lexer->is_intrinsic),
                 .is_quote = lexer->prev == TOKEN_QUOTE};
  lexer->is_intrinsic = false;
  bool is_else_if = token == TOKEN_IF && lexer->prev == TOKEN_ELSE && !is_first_on_line(lexer, start);
  if (is_else_if) level.help = lexer_top(lexer)->help = "`elsif` goes on with an `if`; `else if` opens a second one";
  lexer_emit(lexer, token, start, lexer->cursor, 0);
  push(lexer, level);
}

// `def f() = e`: no block after all.
void level_assign(Lexer *lexer) {
  Level *top = lexer_top(lexer);
  if (top && top->def == DEF_IN_HEAD) pop(lexer);
}

static void make_head_only(Lexer *lexer) { token_at(lexer, pop(lexer).opener)->kind = TOKEN_DEF_HEAD; }

// An `end` and its opener know each other.
static void emit_end(Lexer *lexer, const char *start, const char *end, uint32_t opener) {
  token_at(lexer, opener)->value = lexer->list.tokens.size;
  lexer_emit(lexer, TOKEN_END, start, end, opener);
}

// Ends only rise, so that what overlaps is a tail of the list and becomes one stretch.
static void note_damage(Lexer *lexer, uint32_t start, uint32_t end) {
  while (lexer->list.damage.size && vec_last(&lexer->list.damage)->end >= start) {
    Span inner = vec_pop(&lexer->list.damage);
    if (inner.start < start) start = inner.start;
  }
  vec_push(lexer->context->arena, &lexer->list.damage, (Span){start, end});
}

// A closer that the file lacks: a token without text, where it should have stood.
static void make_up_closer(Lexer *lexer, const char *at) {
  Level level = pop(lexer);
  if (level.is_excused) note_damage(lexer, token_at(lexer, level.opener)->start, lexer_position(lexer, at) + 1);
  switch (level.kind) {
    case LEVEL_PAREN: lexer_emit(lexer, TOKEN_RPAREN, at, at, level.opener); return;
    case LEVEL_BRACKET: lexer_emit(lexer, TOKEN_RBRACKET, at, at, level.opener); return;
    case LEVEL_BRACE: lexer_emit(lexer, TOKEN_RBRACE, at, at, level.opener); return;
    case LEVEL_STRING: literal_string_cut(lexer, at, level); return;
    case LEVEL_BLOCK: emit_end(lexer, at, at, level.opener); return;
    case LEVEL_TYPES: return;
    case LEVEL_KIND_COUNT: return;
  }
}

// `while c do`: its `do` took the `end`.
static bool has_stray_do(Lexer *lexer, uint32_t opener) {
  TokenKind kind = token_at(lexer, opener)->kind;
  if (kind != TOKEN_WHILE && kind != TOKEN_UNTIL && kind != TOKEN_FOR && kind != TOKEN_LOOP) return false;
  uint32_t at = opener + 1, count = lexer->list.tokens.size;
  while (at < count && token_at(lexer, at)->kind != TOKEN_NEWLINE && token_at(lexer, at)->kind != TOKEN_DO) at++;
  return at < count && token_at(lexer, at)->kind == TOKEN_DO;
}

static const char *closing_help(Lexer *lexer, uint32_t opener) {
  if (has_stray_do(lexer, opener)) return "loops have no `do`: take it away";
  TokenKind kind = token_at(lexer, opener)->kind;
  if (kind == TOKEN_STRING_START || kind == TOKEN_STRING_MIDDLE) return "`}` closes what `#{` opens";
  return token_flags(kind) & TOKEN_IS_OPENS ? "add the missing `end`" : "add the missing closing bracket";
}

// One message for everything that is closed too late: at the block whose `end` stood too far left, else the innermost.
static void report_unclosed(Lexer *lexer, const char *found, const char *found_end, const char *what) {
  Level *top = lexer_top(lexer);
  uint32_t opener = top->suspect ? top->suspect : top->opener;
  const char *help = top->suspect ? top->suspect_help : top->help;
  Token token = *token_at(lexer, opener);
  const char *start = text_of(lexer, token);
  Diag *diag = lexer_error(lexer, QZ0006, start, start + token.length, "%s is never closed", token_text(token.kind));
  uint32_t position = lexer_position(lexer, found);
  diag_note(lexer->context->diags, diag, (Span){position, lexer_position(lexer, found_end)}, "%s", what);
  diag_help(lexer->context->diags, diag, "%s", help ? help : closing_help(lexer, opener));
  note_damage(lexer, token.start, position + 1);
}

// Closes what a broken literal left open, up to what `kind` closes. True: there was something.
static bool drop_excused(Lexer *lexer, LevelKind kind, const char *at) {
  uint32_t before = lexer->levels.size;
  while (lexer->levels.size && lexer_top(lexer)->is_excused && !closes(lexer_top(lexer), kind)) {
    level_drop_newline(lexer);
    make_up_closer(lexer, at);
  }
  return lexer->levels.size < before;
}

void level_close_block(Lexer *lexer, const char *start) {
  level_cancel_types(lexer);
  level_drop_newline(lexer);
  drop_excused(lexer, LEVEL_BLOCK, start);
  Level *top = lexer_top(lexer);
  if (top && top->is_optional && top->body == lexer->list.tokens.size && lexer->levels.size > 1) {
    make_head_only(lexer);  // `def f(): Int` as the last line of a trait or an `impl`
    top = lexer_top(lexer);
  }
  if (!lexer->open[LEVEL_BLOCK]) {
    lexer_error(lexer, QZ0006, start, lexer->cursor, "this `end` closes nothing");
    return;
  }
  assert(top);  // a block is open
  if (top->kind != LEVEL_BLOCK) report_unclosed(lexer, start, lexer->cursor, "the block around it ends here");
  while (lexer_top(lexer)->kind != LEVEL_BLOCK) make_up_closer(lexer, start);
  Level level = pop(lexer);
  top = lexer_top(lexer);
  if (top && !top->suspect && is_first_on_line(lexer, start) && start - lexer->line < (ptrdiff_t)level.indent)
    top->suspect = level.opener, top->suspect_help = level.help;
  emit_end(lexer, start, lexer->cursor, level.opener);
}

static bool is_head_only(Level level) { return level.is_optional && level.def == DEF_IN_BODY; }

// A declaration cannot stand inside a function, and most cannot stand inside anything: whatever is open lacks its
// `end`.
void level_declaration(Lexer *lexer, TokenKind token, const char *start) {
  level_cancel_types(lexer);
  if (lexer_top(lexer) && is_head_only(*lexer_top(lexer))) make_head_only(lexer);
  if (lexer->open_quotes || !lexer->levels.size || !is_first_on_line(lexer, start)) return;
  bool is_member = token == TOKEN_DEF || token == TOKEN_ATTRIBUTE || token == TOKEN_PRIVATE;
  if (drop_excused(lexer, LEVEL_BLOCK, start)) lexer_emit(lexer, TOKEN_NEWLINE, start, start, 0);
  if (!lexer->levels.size || (is_member && !lexer->open_defs && lexer_top(lexer)->kind == LEVEL_BLOCK)) return;
  report_unclosed(lexer, start, lexer->cursor, "this declaration cannot stand inside it");
  level_drop_newline(lexer);
  do make_up_closer(lexer, start);
  while (lexer->levels.size && (!is_member || lexer->open_defs || lexer_top(lexer)->kind != LEVEL_BLOCK));
  lexer_emit(lexer, TOKEN_NEWLINE, start, start, 0);
}

void level_close_all(Lexer *lexer) {
  level_cancel_types(lexer);
  level_drop_newline(lexer);
  drop_excused(lexer, LEVEL_BLOCK, lexer->cursor);
  while (lexer->levels.size && lexer_top(lexer)->is_optional) make_head_only(lexer);
  if (!lexer->levels.size) return;
  if (!lexer->list.is_cut) report_unclosed(lexer, lexer->limit, lexer->limit, "the file ends here");
  else note_damage(lexer, lexer->source->base, UINT32_MAX);
  while (lexer->levels.size) make_up_closer(lexer, lexer->cursor);
}

// ── Brackets ────────────────────────────────────────────────────────────────────────────────────────────────────
void level_close(Lexer *lexer, LevelKind kind, TokenKind token, const char *start) {
  if (lexer->type_levels && !closes(lexer_top(lexer), kind)) level_cancel_types(lexer);
  uint32_t open = lexer->open[kind] + (kind == LEVEL_BRACE ? lexer->open[LEVEL_STRING] : 0);
  if (!open) {
    lexer_error(lexer, QZ0006, start, lexer->cursor, "this %s closes nothing", token_text(token));
    return;
  }
  drop_excused(lexer, kind, start);
  if (!closes(lexer_top(lexer), kind)) {
    report_unclosed(lexer, start, lexer->cursor, "the bracket around it is closed here");
    level_drop_newline(lexer);
    while (!closes(lexer_top(lexer), kind)) make_up_closer(lexer, start);
  }
  Level level = pop(lexer);
  if (level.is_excused) note_damage(lexer, token_at(lexer, level.opener)->start, lexer_position(lexer, start));
  if (level.kind == LEVEL_STRING) literal_string_resume(lexer, start, level);
  else lexer_emit(lexer, token, start, lexer->cursor, level.opener);
}

bool level_excuse_line(Lexer *lexer) {
  uint32_t first = lexer->levels.size;
  while (first && is_on_this_line(lexer, &lexer->levels.data[first - 1])) {
    const Level *level = &lexer->levels.data[--first];
    if (level->kind == LEVEL_STRING && !level->is_triple) return false;
  }
  for (uint32_t i = first; i < lexer->levels.size; i++)
    lexer->levels.data[i].is_excused = lexer->levels.data[i].kind != LEVEL_BLOCK;
  return true;
}

// `def f() {` and the end of the line: an opening brace that begins the body of a block.
void level_note_brace(Lexer *lexer) {
  Level *top = lexer_top(lexer);
  if (!top || top->kind != LEVEL_BLOCK || !is_on_this_line(lexer, top)) return;
  bool begins_body = lexer_prev_is(lexer, TOKEN_IS_ENDS) || token_flags(lexer->prev) & TOKEN_IS_OPENS;
  const char *next = lexer->cursor;
  while (*next == ' ' || *next == '\t' || *next == '\r') next++;
  if (begins_body && *next == '\n') top->help = "blocks are closed by `end`; braces hold records and maps";
}

// ── Newlines ────────────────────────────────────────────────────────────────────────────────────────────────────
void level_newline(Lexer *lexer, const char *start, const char *end) {
  if (lexer->type_levels) level_cancel_types(lexer);
  if (!lexer_prev_is(lexer, TOKEN_IS_ENDS)) return;
  Level *top = lexer_top(lexer);
  if (top && top->kind != LEVEL_BLOCK) return;
  lexer_emit(lexer, TOKEN_NEWLINE, start, end, 0);
  if (top && top->def == DEF_IN_HEAD) {
    top->def = DEF_IN_BODY;
    top->body = lexer->list.tokens.size - 1;
  }
}

// Takes the last newline back: before `end`, `else`, `.name`, `|>`, `where`.
void level_drop_newline(Lexer *lexer) {
  if (lexer->prev != TOKEN_NEWLINE) return;
  lexer->list.tokens.size--;
  lexer->prev = lexer->list.tokens.size ? token_at(lexer, lexer->list.tokens.size - 1)->kind : TOKEN_EOF;
  lexer->prev_end = NULL;
}

// ── Type arguments ──────────────────────────────────────────────────────────────────────────────────────────────
// `<` glued to a name: less-than until the matching `>` shows that it was more.
void level_open_types(Lexer *lexer, const char *start) {
  if (is_too_deep(lexer, start)) return;
  if (!lexer->type_levels++) lexer->types_base = lexer->levels.size;
  uint32_t opener = lexer->list.tokens.size;
  push(lexer, (Level){.kind = LEVEL_TYPES, .opener = opener});
  lexer_emit(lexer, TOKEN_LT_OPEN, start, start + 1, 0);
  token_at(lexer, opener)->kind = TOKEN_LT;
}

bool level_close_types(Lexer *lexer, const char *start) {
  Level *top = lexer_top(lexer);
  if (!lexer->type_levels || top->kind != LEVEL_TYPES || top->opener + 1 == lexer->list.tokens.size) return false;
  lexer->type_levels--;
  uint32_t opener = pop(lexer).opener;
  token_at(lexer, opener)->kind = TOKEN_LT_OPEN;
  lexer_emit(lexer, TOKEN_GT_CLOSE, start, start + 1, opener);
  return true;
}

// Something that no type holds: every open `<` was less-than.
void level_cancel_types(Lexer *lexer) {
  if (!lexer->type_levels) return;
  uint32_t kept = lexer->types_base;
  for (uint32_t i = kept; i < lexer->levels.size; i++)
    if (lexer->levels.data[i].kind != LEVEL_TYPES) lexer->levels.data[kept++] = lexer->levels.data[i];
  lexer->levels.size = kept;
  lexer->open[LEVEL_TYPES] = lexer->type_levels = 0;
}

// ── Lambdas ─────────────────────────────────────────────────────────────────────────────────────────────────────
// The token before a group such as (…) or <…> that ends at `index`, or NOWHERE for a group that no parameter holds.
static uint32_t skip_group(Lexer *lexer, uint32_t index) {
  uint32_t opener = token_at(lexer, index)->value;
  TokenKind kind = token_at(lexer, opener)->kind;
  bool is_plain = kind == TOKEN_LPAREN || kind == TOKEN_LBRACKET || kind == TOKEN_LBRACE || kind == TOKEN_LT_OPEN;
  return is_plain ? opener - 1 : NOWHERE;
}

// One step back over what may stand in a type; NOWHERE when it is something else.
static uint32_t skip_type_token(Lexer *lexer, uint32_t index) {
  unsigned kind = token_at(lexer, index)->kind;
  if (kind == TOKEN_RPAREN || kind == TOKEN_RBRACKET || kind == TOKEN_RBRACE || kind == TOKEN_GT_CLOSE)
    return skip_group(lexer, index);
  bool is_type = kind == TOKEN_TYPENAME || kind == TOKEN_COLON_COLON || kind == TOKEN_AMP || kind == TOKEN_MUT ||
                 kind == TOKEN_BAR || kind == TOKEN_FN_TYPE || kind == TOKEN_NEVER || kind == TOKEN_IMPL_TYPE;
  bool is_module = kind == TOKEN_NAME && token_at(lexer, index + 1)->kind == TOKEN_COLON_COLON;
  return is_type || is_module ? index - 1 : NOWHERE;
}

// `do a, b: Int, (c, d) ->`: walks from before the arrow back to the `do`.
static bool is_block_head(Lexer *lexer, uint32_t first, uint32_t index) {
  while (index > first && index != NOWHERE) {
    unsigned kind = token_at(lexer, index)->kind;
    if (kind == TOKEN_NAME || kind == TOKEN_COMMA || kind == TOKEN_COLON) index--;
    else index = skip_type_token(lexer, index);
  }
  return index == first;
}

// `(a, b): T ->`: the opening parenthesis, or NOWHERE.
static uint32_t head_with_result(Lexer *lexer, uint32_t index) {
  while (index && index != NOWHERE && token_at(lexer, index)->kind != TOKEN_COLON)
    index = skip_type_token(lexer, index);
  if (!index || index == NOWHERE || token_at(lexer, index - 1)->kind != TOKEN_RPAREN) return NOWHERE;
  uint32_t opener = token_at(lexer, index - 1)->value;
  if (token_at(lexer, opener)->kind != TOKEN_LPAREN) return NOWHERE;
  bool is_fn = opener && token_at(lexer, opener - 1)->kind == TOKEN_FN_TYPE;
  return is_fn ? head_with_result(lexer, opener - 1) : opener;
}

static uint32_t lambda_paren(Lexer *lexer, uint32_t last) {
  uint32_t opener = head_with_result(lexer, last);
  if (opener != NOWHERE || token_at(lexer, last)->kind != TOKEN_RPAREN) return opener;
  opener = token_at(lexer, last)->value;
  return token_at(lexer, opener)->kind == TOKEN_LPAREN ? opener : NOWHERE;
}

// `def f() -> Int`
static bool is_result_arrow(Lexer *lexer) {
  const Level *top = lexer_top(lexer);
  return top && top->def == DEF_IN_HEAD && lexer->prev == TOKEN_RPAREN;
}

// `->` shows that what stands before it was the head of a lambda.
void level_arrow(Lexer *lexer, const char *start) {
  uint32_t count = lexer->list.tokens.size;
  level_cancel_types(lexer);
  if (is_result_arrow(lexer)) {
    Diag *diag = lexer_error(lexer, QZ0010, start, lexer->cursor, "`->` stands in lambdas only");
    diag_help(lexer->context->diags, diag, "the type of a result stands behind a colon: `def f(): Int`");
    lexer_emit(lexer, TOKEN_COLON, start, lexer->cursor, 0);
    return;
  }
  lexer_emit(lexer, TOKEN_ARROW, start, lexer->cursor, 0);
  if (!count) return;
  Level *top = lexer_top(lexer);
  bool in_do = top && top->kind == LEVEL_BLOCK && token_at(lexer, top->opener)->kind == TOKEN_DO;
  if (in_do && is_block_head(lexer, top->opener, count - 1)) {
    token_at(lexer, top->opener)->kind = TOKEN_DO_PARAMS;
    Token last = *token_at(lexer, count - 1);
    if (last.kind == TOKEN_RPAREN && last.value == top->opener + 1)
      token_at(lexer, last.value)->kind = TOKEN_LPAREN_LAMBDA;
    return;
  }
  uint32_t opener = lambda_paren(lexer, count - 1);
  if (opener != NOWHERE) token_at(lexer, opener)->kind = TOKEN_LPAREN_LAMBDA;
  else if (token_at(lexer, count - 1)->kind == TOKEN_NAME) token_at(lexer, count - 1)->kind = TOKEN_LAMBDA_NAME;
}

// ── Words at a wrong place ──────────────────────────────────────────────────────────────────────────────────────
bool level_follows_skipped(const Lexer *lexer, const char *start) {
  const char *at = lexer->skipped;
  while (at && (*at == ' ' || *at == '\t')) at++;
  return at == start;
}

bool level_starts_statement(Lexer *lexer, const char *start) {
  const Level *top = lexer_top(lexer);
  if (top && top->kind != LEVEL_BLOCK) return false;
  return lexer->prev == TOKEN_PRIVATE || level_follows_skipped(lexer, start) || is_first_on_line(lexer, start);
}

static bool has_else(TokenKind kind) { return kind == TOKEN_IF || kind == TOKEN_UNLESS || kind == TOKEN_SELECT; }

// `if c … end else … end`: the token index of the `end` that came too early, or NOWHERE.
static uint32_t early_end(Lexer *lexer) {
  uint32_t count = lexer->list.tokens.size;
  if (count && lexer->prev == TOKEN_NEWLINE) count--;
  if (!count || token_at(lexer, count - 1)->kind != TOKEN_END) return NOWHERE;
  return has_else(token_at(lexer, token_at(lexer, count - 1)->value)->kind) ? count - 1 : NOWHERE;
}

// Reads on as if the branch were an `if` of its own, so that its `end` closes something.
static void open_branch(Lexer *lexer, TokenKind kind, const char *start) {
  level_open_block(lexer, TOKEN_IF, start);
  if (kind == TOKEN_ELSIF) return;
  lexer_emit(lexer, TOKEN_TRUE, lexer->cursor, lexer->cursor, 0);
  lexer_emit(lexer, TOKEN_NEWLINE, lexer->cursor, lexer->cursor, 0);
}

// An `else` or `elsif` that belongs to no `if`: true, and one message; what follows is read as it was meant.
bool level_misplaced_else(Lexer *lexer, TokenKind kind, const char *start) {
  const Level *top = lexer_top(lexer);
  if (top && (top->kind != LEVEL_BLOCK || has_else(token_at(lexer, top->opener)->kind))) return false;
  DiagList *list = lexer->context->diags;
  Diag *diag = lexer_error(lexer, QZ0006, start, lexer->cursor, "this %s belongs to no `if`", token_text(kind));
  uint32_t end = early_end(lexer);
  if (end != NOWHERE) {
    diag_note(list, diag, token_span(*token_at(lexer, end)), "the `if` before it ends here");
    diag_help(list, diag, "an `if` has one `end`, behind its last branch");
    open_branch(lexer, kind, start);
  } else if (top && token_at(lexer, top->opener)->kind == TOKEN_MATCH) {
    diag_help(list, diag, "in a `match` the arm for all that is left is `_ => …`");
    lexer_emit(lexer, TOKEN_NAME, start, lexer->cursor, NAME_underscore);
  }
  return true;
}
