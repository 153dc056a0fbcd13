// Lexer rules: the text of a file to tokens. What depends on what stands around a token is decided by level.c.
#include <string.h>

#include "lexer/state.h"

Diag *lexer_error(Lexer *lexer, DiagId id, const char *start, const char *end, const char *format, ...) {
  va_list args;
  va_start(args, format);
  Text message = {.arena = lexer->context->arena};
  text_vprintf(&message, format, args);
  va_end(args);
  DiagList scratch = {.arena = lexer->context->arena};
  DiagList *list = lexer->error_count++ < LEXER_ERRORS_MAX ? lexer->context->diags : &scratch;
  lexer->list.is_cut |= lexer->error_count > LEXER_ERRORS_MAX;  // whatever this is, it is no program
  Span span = {lexer_position(lexer, start), lexer_position(lexer, end)};
  return diag_report(list, id, span, "%s", text_str(&message));
}

static void emit(Lexer *lexer, TokenKind kind, const char *start) { lexer_emit(lexer, kind, start, lexer->cursor, 0); }

static Name intern(Lexer *lexer, const char *start, const char *end) {
  return name_intern(lexer->context->names, start, (size_t)(end - start));
}

static bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80); }

static const char *skip_blanks(const char *at) {
  while (*at == ' ' || *at == '\t') at++;
  return at;
}

// ── Names and keywords ──────────────────────────────────────────────────────────────────────────────────────────
static bool is_unquoted(const Lexer *lexer) {
  uint32_t count = lexer->list.tokens.size;
  return lexer->prev == TOKEN_LPAREN_CALL && count > 1 && lexer->list.tokens.data[count - 2].kind == TOKEN_UNQUOTE;
}

// The rules know ASCII only; a word may go on behind it.
static inline void finish_word(Lexer *lexer) {
  if ((unsigned char)*lexer->cursor >= 0x80) lexer->cursor = unicode_word_end(lexer->cursor, lexer->limit);
}

// In a type a lower-case name is a module before `::`, a field of a record type before `:`, or in `unquote(t)`.
static bool refutes_types(Lexer *lexer) {
  const char *at = lexer->cursor;
  if (is_unquoted(lexer)) return false;
  if (at[0] == ':' && at[1] == ':') return false;
  return !(lexer_top(lexer)->kind == LEVEL_BRACE && *skip_blanks(at) == ':');
}

// `xs.empty?()` · `xs.any? do` · `def all?<T>(…)`
static bool is_predicate(const Lexer *lexer) {
  const char *at = lexer->cursor;
  if (at[0] != '?') return false;
  if (at[1] == '(' || lexer->prev == TOKEN_DEF) return true;
  at = skip_blanks(at + 1);
  return at > lexer->cursor + 1 && at[0] == 'd' && at[1] == 'o' && (at[2] == ' ' || at[2] == '\n');
}

static void name(Lexer *lexer, const char *start) {
  finish_word(lexer);
  if (lexer->type_levels && refutes_types(lexer)) level_cancel_types(lexer);
  if (is_predicate(lexer)) lexer->cursor++;
  lexer_emit(lexer, TOKEN_NAME, start, lexer->cursor, intern(lexer, start, lexer->cursor));
}

static void type_name(Lexer *lexer, const char *start) {
  finish_word(lexer);
  Name value = intern(lexer, start, lexer->cursor);
  TokenKind kind = value == NAME_Fn && *lexer->cursor == '(' ? TOKEN_FN_TYPE : TOKEN_TYPENAME;
  lexer_emit(lexer, kind, start, lexer->cursor, value);
}

// A keyword is an ordinary name behind `.`, `::` and `def`, before `:` (a field or an argument of that name), and when
// the word goes on beyond ASCII.
static bool is_ordinary(const Lexer *lexer) {
  if ((unsigned char)*lexer->cursor >= 0x80) return unicode_class_at(lexer->cursor, lexer->limit) != UNICODE_OTHER;
  if (lexer->prev == TOKEN_DOT || lexer->prev == TOKEN_COLON_COLON || lexer->prev == TOKEN_DEF) return true;
  const char *at = lexer->cursor;
  return at[0] == ':' && (at[1] == ':' || !is_name_start(at[1]));
}

static bool keyword(Lexer *lexer, TokenKind kind, const char *start) {
  if (is_ordinary(lexer)) return name(lexer, start), false;
  emit(lexer, kind, start);
  return true;
}

static void block_keyword(Lexer *lexer, TokenKind kind, const char *start) {
  if (is_ordinary(lexer)) name(lexer, start);
  else level_open_block(lexer, kind, start);
}

// `x = 1 if c`: behind what can end a statement, on the same line, it is a postfix condition.
static void condition(Lexer *lexer, TokenKind block, TokenKind postfix, const char *start) {
  bool is_postfix = lexer_prev_is(lexer, TOKEN_IS_ENDS) && lexer->prev != TOKEN_PRIVATE;
  if (is_postfix) keyword(lexer, postfix, start);
  else block_keyword(lexer, block, start);
}

static void for_keyword(Lexer *lexer, const char *start) {
  if (lexer_prev_is(lexer, TOKEN_IS_OPERAND)) keyword(lexer, TOKEN_FOR_CLAUSE, start);
  else block_keyword(lexer, TOKEN_FOR, start);
}

static void else_keyword(Lexer *lexer, TokenKind kind, const char *start) {
  if (is_ordinary(lexer)) {
    name(lexer, start);
    return;
  }
  if (level_misplaced_else(lexer, kind, start)) return;
  level_drop_newline(lexer);
  emit(lexer, kind, start);
}

static void end_keyword(Lexer *lexer, const char *start) {
  if (is_ordinary(lexer)) name(lexer, start);
  else level_close_block(lexer, start);
}

// `where` may stand on a line of its own below the head.
static void where_keyword(Lexer *lexer, const char *start) {
  level_drop_newline(lexer);
  Level *top = lexer_top(lexer);
  if (top && top->def == DEF_IN_BODY && top->body == lexer->list.tokens.size) top->def = DEF_IN_HEAD;
  keyword(lexer, TOKEN_WHERE, start);
}

static bool starts_declaration(const Lexer *lexer) {
  char next = *skip_blanks(lexer->cursor);
  return is_name_start(next) || next == '<' || next == '!' || next == '"' || next == '(';
}

static void declaration(Lexer *lexer, TokenKind kind, const char *start) {
  if (!is_ordinary(lexer) && starts_declaration(lexer)) level_declaration(lexer, kind, start);
  if (token_flags(kind) & TOKEN_IS_OPENS) block_keyword(lexer, kind, start);
  else keyword(lexer, kind, start);
}

// `impl Trait for T` is a declaration, `x: impl Trait` a type.
static void impl_keyword(Lexer *lexer, const char *start) {
  TokenKind prev = lexer->prev;
  bool is_type = prev == TOKEN_COLON || prev == TOKEN_COMMA || prev == TOKEN_LPAREN || prev == TOKEN_LPAREN_CALL ||
                 prev == TOKEN_LT_OPEN || prev == TOKEN_AMP || prev == TOKEN_MUT || prev == TOKEN_BAR ||
                 prev == TOKEN_ASSIGN || prev == TOKEN_LBRACKET;
  if (is_type) keyword(lexer, TOKEN_IMPL_TYPE, start);
  else declaration(lexer, TOKEN_IMPL, start);
}

static void private_keyword(Lexer *lexer, const char *start) {
  level_declaration(lexer, TOKEN_PRIVATE, start);
  keyword(lexer, TOKEN_PRIVATE, start);
}

// `import a/b`, `from a/b import …`: the path is one token. In `from a import b` names follow the second keyword.
static void module_keyword(Lexer *lexer, TokenKind kind, const char *start) {
  bool is_second = lexer->prev == TOKEN_MODULE_PATH;
  if (!keyword(lexer, kind, start) || is_second) return;
  const char *path = skip_blanks(lexer->cursor), *at = path;
  while (is_name_start(*at) || (*at >= '0' && *at <= '9') || (*at == '/' && at > path && is_name_start(at[1]))) at++;
  if (at == path) return;
  lexer->cursor = at;
  lexer_emit(lexer, TOKEN_MODULE_PATH, path, at, intern(lexer, path, at));
}

static void unexpected(Lexer *lexer, const char *start);

// ── Words of other languages ────────────────────────────────────────────────────────────────────────────────────
// What may follow a name on its line.
static bool goes_on(const char *word) {
  static const char *const words[] = {"and", "as", "do", "else", "end", "for", "if", "in", "or", "then", "unless"};
  const char *end = word;
  while (is_name_start(*end) || (*end >= '0' && *end <= '9')) end++;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i]) == (size_t)(end - word) && memcmp(words[i], word, (size_t)(end - word)) == 0) return true;
  return false;
}

// `fn main()`: two words at the start of a statement are no Quartz. True: it was reported.
static bool is_foreign(Lexer *lexer, const char *start, const char *help) {
  const char *next = skip_blanks(lexer->cursor);
  if (next == lexer->cursor || !is_name_start(*next) || goes_on(next) || !level_starts_statement(lexer, start))
    return false;
  int size = (int)(lexer->cursor - start);
  Diag *diag = lexer_error(lexer, QZ0010, start, lexer->cursor, "Quartz has no `%.*s`", size, start);
  diag_help(lexer->context->diags, diag, "%s", help);
  return true;
}

static void foreign_declaration(Lexer *lexer, TokenKind meant, const char *start, const char *help) {
  if (is_foreign(lexer, start, help)) declaration(lexer, meant, start);
  else name(lexer, start);
}

static void foreign_branch(Lexer *lexer, const char *start) {
  if (is_foreign(lexer, start, "a further condition of an `if` stands behind `elsif`"))
    else_keyword(lexer, TOKEN_ELSIF, start);
  else name(lexer, start);
}

// A word that says nothing which the rest of its line does not say.
static void foreign_word(Lexer *lexer, const char *start, const char *help) {
  if (is_foreign(lexer, start, help)) lexer->skipped = lexer->cursor;
  else name(lexer, start);
}

// `let mut x`: the second word of the same mistake.
static void mut_keyword(Lexer *lexer, const char *start) {
  if (level_follows_skipped(lexer, start)) lexer->skipped = lexer->cursor;
  else keyword(lexer, TOKEN_MUT, start);
}

static void colon_assign(Lexer *lexer, const char *start) {
  Diag *diag = lexer_error(lexer, QZ0010, start, lexer->cursor, "Quartz has no `:=`");
  diag_help(lexer->context->diags, diag, "a new name is bound by `=` alone");
  emit(lexer, TOKEN_ASSIGN, start);
}

// ── Marks ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void dot(Lexer *lexer, const char *start) {
  if (lexer->prev == TOKEN_NEWLINE && is_name_start(*lexer->cursor)) level_drop_newline(lexer);
  emit(lexer, TOKEN_DOT, start);
}

// `a..` without an upper end, in an index or a pattern.
static void range(Lexer *lexer, const char *start) {
  const char *next = skip_blanks(lexer->cursor);
  bool is_open = lexer_prev_is(lexer, TOKEN_IS_OPERAND) && *next &&
                 (strchr("])},|", *next) || (next[0] == '=' && next[1] == '>') || strncmp(next, "if ", 3) == 0);
  emit(lexer, is_open ? TOKEN_RANGE_OPEN : TOKEN_RANGE, start);
}

// `!` behind an operand unwraps it, before an operand negates it, and before anything else is the type.
static bool is_never_type(const Lexer *lexer) {
  const char *next = skip_blanks(lexer->cursor);
  if (!*next || strchr("\r\n=),>]}|#;", *next)) return true;
  return (next[0] == '-' && next[1] == '>') || strncmp(next, "where", 5) == 0;
}

static void bang(Lexer *lexer, const char *start) {
  if (lexer_is_glued(lexer, start)) emit(lexer, TOKEN_BANG_POSTFIX, start);
  else emit(lexer, is_never_type(lexer) ? TOKEN_NEVER : TOKEN_BANG, start);
}

static void question(Lexer *lexer, const char *start) {
  if (lexer_is_glued(lexer, start)) emit(lexer, TOKEN_QUESTION, start);
  else lexer_error(lexer, QZ0001, start, lexer->cursor, "`?` must follow the value it propagates directly");
}

static void less(Lexer *lexer, const char *start) {
  TokenKind prev = lexer->prev;
  bool is_name = prev == TOKEN_NAME || prev == TOKEN_TYPENAME || prev == TOKEN_IMPL || prev == TOKEN_EXTEND;
  if (is_name && lexer->prev_end == start) level_open_types(lexer, start);
  else emit(lexer, TOKEN_LT, start);
}

// `>` `>>` `>=` `>>=` start with the `>` that closes type arguments, if such are open.
static void greater(Lexer *lexer, TokenKind kind, const char *start) {
  if (level_close_types(lexer, start)) lexer->cursor = start + 1;
  else emit(lexer, kind, start);
}

// The word behind a mark such as `@`. False: there is none, the character there cannot start a name.
static bool marked_word(Lexer *lexer, const char *start) {
  const char *word = start + 1;
  if ((unsigned char)*word >= 0x80) {
    UnicodeClass class = unicode_class_at(word, lexer->limit);
    lexer->cursor = word;
    if (class != UNICODE_START && class != UNICODE_CAPITAL) return false;
  }
  finish_word(lexer);
  return true;
}

// `:name` is a symbol unless it follows an operand: there `:` says a type.
static void symbol(Lexer *lexer, const char *start) {
  bool is_colon = lexer_prev_is(lexer, TOKEN_IS_OPERAND) || !marked_word(lexer, start);
  if (is_colon) {
    lexer->cursor = start + 1;
    emit(lexer, TOKEN_COLON, start);
    return;
  }
  if (*lexer->cursor == '?') lexer->cursor++;
  lexer_emit(lexer, TOKEN_SYMBOL, start, lexer->cursor, intern(lexer, start + 1, lexer->cursor));
}

static void attribute(Lexer *lexer, const char *start) {
  bool is_at = lexer->prev == TOKEN_NAME || !marked_word(lexer, start);
  if (is_at) {  // `name @Some(x)` in a pattern
    lexer->cursor = start + 1;
    emit(lexer, TOKEN_AT, start);
    return;
  }
  level_declaration(lexer, TOKEN_ATTRIBUTE, start);
  Name value = intern(lexer, start + 1, lexer->cursor);
  if (value == NAME_intrinsic) lexer->is_intrinsic = true;
  lexer_emit(lexer, TOKEN_ATTRIBUTE, start, lexer->cursor, value);
}

static void macro_name(Lexer *lexer, const char *start) {
  if (marked_word(lexer, start))
    lexer_emit(lexer, TOKEN_MACRO_NAME, start, lexer->cursor, intern(lexer, start + 1, lexer->cursor));
  else unexpected(lexer, start);
}

static void open_paren(Lexer *lexer, const char *start) {
  level_open(lexer, LEVEL_PAREN, lexer_is_glued(lexer, start) ? TOKEN_LPAREN_CALL : TOKEN_LPAREN, start);
}

static void open_bracket(Lexer *lexer, const char *start) {
  level_open(lexer, LEVEL_BRACKET, lexer_is_glued(lexer, start) ? TOKEN_LBRACKET_INDEX : TOKEN_LBRACKET, start);
}

static void open_brace(Lexer *lexer, const char *start) {
  bool is_struct = lexer->prev == TOKEN_TYPENAME || lexer->prev == TOKEN_GT_CLOSE;
  level_note_brace(lexer);
  level_open(lexer, LEVEL_BRACE, is_struct ? TOKEN_LBRACE_STRUCT : TOKEN_LBRACE, start);
}

static void semicolon(Lexer *lexer, const char *start) {
  Level *top = lexer_top(lexer);
  if (top && top->kind != LEVEL_BLOCK) emit(lexer, TOKEN_SEMICOLON, start);
  else level_newline(lexer, start, lexer->cursor);
}

// A digit behind a dot is a field of a tuple: `t.0.1` has no float in it.
static void number(Lexer *lexer, const char *start, unsigned base) {
  if (lexer->prev == TOKEN_DOT) {
    lexer->cursor = start;
    while (*lexer->cursor >= '0' && *lexer->cursor <= '9') lexer->cursor++;
    base = 10;
  }
  if (base) literal_number(lexer, start, base);
  else literal_float(lexer, start);
}

static void newline(Lexer *lexer, const char *start) {
  level_newline(lexer, start, lexer->cursor);
  lexer->line = lexer->cursor;
}

// ── Comments ────────────────────────────────────────────────────────────────────────────────────────────────────
static void note_comment(Lexer *lexer, const char *start) {
  Span span = {lexer_position(lexer, start), lexer_position(lexer, lexer->cursor)};
  vec_push(lexer->context->arena, &lexer->list.comments, span);
}

static bool is_followed_by_blank_line(const char *at) {
  if (*at == '\n') at = skip_blanks(at + 1);
  while (*at == '\r') at++;
  return *at == '\n' || !*at;
}

// The lines of one doc comment are joined while they come and interned when the last of them is known.
static void close_doc(Lexer *lexer) {
  if (!lexer->is_doc_open) return;
  lexer->is_doc_open = false;
  Name text = name_intern(lexer->context->names, text_str(&lexer->doc), lexer->doc.size);
  vec_push(lexer->context->arena, &lexer->list.docs, (DocComment){lexer->doc_token, text});
}

static void open_doc(Lexer *lexer) {
  close_doc(lexer);
  lexer->doc = (Text){.arena = lexer->context->arena};
  lexer->doc_token = lexer->list.tokens.size;
  lexer->is_doc_open = true;
}

// `## …` belongs to the declaration that follows; a blank line cuts it off. At the top of a file, cut off, it is the
// module's. `at` holds a token index until the lexer is done.
static void doc_comment(Lexer *lexer, const char *start) {
  const char *text = start + 2 + (start[2] == ' ');
  size_t size = (size_t)(lexer->cursor - text);
  if (text > lexer->cursor) size = 0;
  while (size && (text[size - 1] == ' ' || text[size - 1] == '\r' || text[size - 1] == '\t')) size--;
  bool goes_on = lexer->is_doc_open && lexer->doc_token == lexer->list.tokens.size;
  if (goes_on) text_char(&lexer->doc, '\n');
  else open_doc(lexer);
  text_bytes(&lexer->doc, text, size);
  if (!is_followed_by_blank_line(lexer->cursor)) return;
  close_doc(lexer);
  DocComment doc = vec_pop(&lexer->list.docs);
  if (!doc.at && !lexer->list.module_doc) lexer->list.module_doc = doc.text;
}

// Comments are skipped byte by byte: what they hold is nobody's concern.
static void comment(Lexer *lexer, const char *start) {
  const char *end = memchr(start, '\n', (size_t)(lexer->limit - start));
  lexer->cursor = end ? end : lexer->limit;
  note_comment(lexer, start);
  if (start[1] == '#' && start[2] != '#') doc_comment(lexer, start);
}

static void unexpected(Lexer *lexer, const char *start) {
  unsigned char c = (unsigned char)*start;
  lexer->cursor = start + 1;
  if (c >= 0x80) {
    unsigned length = utf8_length(start, lexer->limit);
    lexer->cursor = start + (length ? length : 1);
    if (!length) return;  // utf8_check has told
    lexer_error(lexer, QZ0001, start, lexer->cursor, "`%.*s` means nothing here", (int)length, start);
  } else if (c < 0x20 || c == 0x7F) {
    lexer_error(lexer, QZ0001, start, lexer->cursor, "the control character \\x%02X cannot stand here", c);
  } else {
    lexer_error(lexer, QZ0001, start, lexer->cursor, "`%c` means nothing here", c);
  }
}

// ── Words beyond ASCII ──────────────────────────────────────────────────────────────────────────────────────────
static void unicode_word(Lexer *lexer, const char *start) {
  lexer->cursor = start;
  UnicodeClass class = unicode_class_at(start, lexer->limit);
  if (class == UNICODE_CAPITAL) type_name(lexer, start);
  else if (class == UNICODE_START) name(lexer, start);
  else unexpected(lexer, start);
}

// ── The rules ───────────────────────────────────────────────────────────────────────────────────────────────────
/*!re2c
  re2c:define:YYCTYPE = "unsigned char";
  re2c:define:YYCURSOR = at;
  re2c:define:YYMARKER = marker;
  re2c:yyfill:enable = 0;
  re2c:flags:bit-vectors = 1;

  start   = [a-zA-Z_\x80-\xff];  // what is beyond ASCII is looked at by unicode_word_end
  part    = [a-zA-Z0-9_];
  digits  = [0-9] [0-9_]*;
*/

static void read_tokens(Lexer *lexer) {
  const unsigned char *at, *marker;
  while (!lexer->list.is_cut) {
    const char *start = lexer->cursor;
    at = (const unsigned char *)start;
#define DO(action)                    \
  lexer->cursor = (const char *)at; \
  action;                           \
  continue
    /*!re2c
      [ \t\r]+                  { lexer->cursor = (const char *)at; continue; }
      "\n"                      { DO(newline(lexer, start)); }
      "#"                       { DO(comment(lexer, start)); }

      "def"      { DO(declaration(lexer, TOKEN_DEF, start)); }
      "end"      { DO(end_keyword(lexer, start)); }
      "var"      { DO(keyword(lexer, TOKEN_VAR, start)); }
      "const"    { DO(keyword(lexer, TOKEN_CONST, start)); }
      "if"       { DO(condition(lexer, TOKEN_IF, TOKEN_POSTFIX_IF, start)); }
      "unless"   { DO(condition(lexer, TOKEN_UNLESS, TOKEN_POSTFIX_UNLESS, start)); }
      "elsif"    { DO(else_keyword(lexer, TOKEN_ELSIF, start)); }
      "else"     { DO(else_keyword(lexer, TOKEN_ELSE, start)); }
      "then"     { DO(keyword(lexer, TOKEN_THEN, start)); }
      "while"    { DO(block_keyword(lexer, TOKEN_WHILE, start)); }
      "until"    { DO(block_keyword(lexer, TOKEN_UNTIL, start)); }
      "loop"     { DO(block_keyword(lexer, TOKEN_LOOP, start)); }
      "for"      { DO(for_keyword(lexer, start)); }
      "in"       { DO(keyword(lexer, TOKEN_IN, start)); }
      "do"       { DO(block_keyword(lexer, TOKEN_DO, start)); }
      "match"    { DO(block_keyword(lexer, TOKEN_MATCH, start)); }
      "select"   { DO(block_keyword(lexer, TOKEN_SELECT, start)); }
      "return"   { DO(keyword(lexer, TOKEN_RETURN, start)); }
      "break"    { DO(keyword(lexer, TOKEN_BREAK, start)); }
      "continue" { DO(keyword(lexer, TOKEN_CONTINUE, start)); }
      "defer"    { DO(keyword(lexer, TOKEN_DEFER, start)); }
      "struct"   { DO(declaration(lexer, TOKEN_STRUCT, start)); }
      "enum"     { DO(declaration(lexer, TOKEN_ENUM, start)); }
      "trait"    { DO(declaration(lexer, TOKEN_TRAIT, start)); }
      "impl"     { DO(impl_keyword(lexer, start)); }
      "extend"   { DO(declaration(lexer, TOKEN_EXTEND, start)); }
      "actor"    { DO(declaration(lexer, TOKEN_ACTOR, start)); }
      "type"     { DO(declaration(lexer, TOKEN_TYPE, start)); }
      "newtype"  { DO(declaration(lexer, TOKEN_NEWTYPE, start)); }
      "extern"   { DO(declaration(lexer, TOKEN_EXTERN, start)); }
      "macro"    { DO(declaration(lexer, TOKEN_MACRO, start)); }
      "import"   { DO(module_keyword(lexer, TOKEN_IMPORT, start)); }
      "from"     { DO(module_keyword(lexer, TOKEN_FROM, start)); }
      "as"       { DO(keyword(lexer, TOKEN_AS, start)); }
      "private"  { DO(private_keyword(lexer, start)); }
      "where"    { DO(where_keyword(lexer, start)); }
      "true"     { DO(keyword(lexer, TOKEN_TRUE, start)); }
      "false"    { DO(keyword(lexer, TOKEN_FALSE, start)); }
      "nil"      { DO(keyword(lexer, TOKEN_NIL, start)); }
      "and"      { DO(keyword(lexer, TOKEN_AND, start)); }
      "or"       { DO(keyword(lexer, TOKEN_OR, start)); }
      "not"      { DO(keyword(lexer, TOKEN_NOT, start)); }
      "go"       { DO(keyword(lexer, TOKEN_GO, start)); }
      "await"    { DO(keyword(lexer, TOKEN_AWAIT, start)); }
      "quote"    { DO(keyword(lexer, TOKEN_QUOTE, start)); }
      "unquote"  { DO(keyword(lexer, TOKEN_UNQUOTE, start)); }
      "unquote_each" { DO(lexer_emit(lexer, TOKEN_UNQUOTE, start, lexer->cursor, 1)); }
      "linear"   { DO(declaration(lexer, TOKEN_LINEAR, start)); }
      "packed"   { DO(declaration(lexer, TOKEN_PACKED, start)); }
      "mut"      { DO(mut_keyword(lexer, start)); }

      "fn" | "fun" | "func" | "function" {
        DO(foreign_declaration(lexer, TOKEN_DEF, start, "functions are declared by `def`"));
      }
      "class" { DO(foreign_declaration(lexer, TOKEN_STRUCT, start, "types with fields are declared by `struct`")); }
      "interface" | "protocol" {
        DO(foreign_declaration(lexer, TOKEN_TRAIT, start, "what types have in common is declared by `trait`"));
      }
      "elif" | "elseif" { DO(foreign_branch(lexer, start)); }
      "let" | "val" {
        DO(foreign_word(lexer, start, "`x = …` binds a name, `var x = …` one that can change"));
      }
      "pub" | "public" { DO(foreign_word(lexer, start, "what is not `private` can be seen by every module")); }

      [A-Z] part*       { DO(type_name(lexer, start)); }
      [a-z_] part*      { DO(name(lexer, start)); }
      [\x80-\xff]       { DO(unicode_word(lexer, start)); }
      "@" start part*   { DO(attribute(lexer, start)); }
      "$" start part*   { DO(macro_name(lexer, start)); }
      ":" start part*   { DO(symbol(lexer, start)); }

      digits                                   { DO(number(lexer, start, 10)); }
      "0x" [0-9a-fA-F_]*                       { DO(number(lexer, start, 16)); }
      "0o" [0-7_]*                             { DO(number(lexer, start, 8)); }
      "0b" [01_]*                              { DO(number(lexer, start, 2)); }
      digits "." digits ([eE] [+-]? digits)?   { DO(number(lexer, start, 0)); }
      digits [eE] [+-]? digits                 { DO(number(lexer, start, 0)); }

      "'"        { DO(literal_char(lexer, start)); }
      ["]        { DO(literal_string(lexer, start, false)); }
      ["]["]["]  { DO(literal_string(lexer, start, true)); }
      "r" ["]    { DO(literal_plain(lexer, TOKEN_STRING, start)); }
      "b" ["]    { DO(literal_plain(lexer, TOKEN_BYTES, start)); }
      "~r" ["]   { DO(literal_plain(lexer, TOKEN_REGEX, start)); }

      "("   { DO(open_paren(lexer, start)); }
      ")"   { DO(level_close(lexer, LEVEL_PAREN, TOKEN_RPAREN, start)); }
      "["   { DO(open_bracket(lexer, start)); }
      "]"   { DO(level_close(lexer, LEVEL_BRACKET, TOKEN_RBRACKET, start)); }
      "{"   { DO(open_brace(lexer, start)); }
      "}"   { DO(level_close(lexer, LEVEL_BRACE, TOKEN_RBRACE, start)); }
      ";"   { DO(semicolon(lexer, start)); }
      ","   { DO(emit(lexer, TOKEN_COMMA, start)); }
      ":"   { DO(emit(lexer, TOKEN_COLON, start)); }
      "::"  { DO(emit(lexer, TOKEN_COLON_COLON, start)); }
      "."   { DO(dot(lexer, start)); }
      ".."  { DO(range(lexer, start)); }
      "..=" { DO(emit(lexer, TOKEN_RANGE_INCLUSIVE, start)); }
      "..=>" { at -= 2; DO(range(lexer, start)); }
      "..." { DO(emit(lexer, TOKEN_ELLIPSIS, start)); }
      "@"   { DO(emit(lexer, TOKEN_AT, start)); }
      "->"  { DO(level_arrow(lexer, start)); }
      "=>"  { DO(emit(lexer, TOKEN_FAT_ARROW, start)); }
      ":="  { DO(colon_assign(lexer, start)); }
      "="   { DO(level_assign(lexer); emit(lexer, TOKEN_ASSIGN, start)); }
      "|>"  { DO(level_drop_newline(lexer); emit(lexer, TOKEN_PIPE, start)); }

      "+="   { DO(emit(lexer, TOKEN_ADD_ASSIGN, start)); }
      "-="   { DO(emit(lexer, TOKEN_SUB_ASSIGN, start)); }
      "*="   { DO(emit(lexer, TOKEN_MUL_ASSIGN, start)); }
      "/="   { DO(emit(lexer, TOKEN_DIV_ASSIGN, start)); }
      "%="   { DO(emit(lexer, TOKEN_MOD_ASSIGN, start)); }
      "**="  { DO(emit(lexer, TOKEN_POW_ASSIGN, start)); }
      "&="   { DO(emit(lexer, TOKEN_AND_ASSIGN, start)); }
      "|="   { DO(emit(lexer, TOKEN_OR_ASSIGN, start)); }
      "^="   { DO(emit(lexer, TOKEN_XOR_ASSIGN, start)); }
      "<<="  { DO(emit(lexer, TOKEN_SHL_ASSIGN, start)); }
      ">>="  { DO(greater(lexer, TOKEN_SHR_ASSIGN, start)); }
      "&+="  { DO(emit(lexer, TOKEN_WRAP_ADD_ASSIGN, start)); }
      "&-="  { DO(emit(lexer, TOKEN_WRAP_SUB_ASSIGN, start)); }
      "&*="  { DO(emit(lexer, TOKEN_WRAP_MUL_ASSIGN, start)); }

      "=="   { DO(emit(lexer, TOKEN_EQ, start)); }
      "!="   { DO(emit(lexer, TOKEN_NE, start)); }
      "<"    { DO(less(lexer, start)); }
      "<="   { DO(emit(lexer, TOKEN_LE, start)); }
      ">"    { DO(greater(lexer, TOKEN_GT, start)); }
      ">="   { DO(greater(lexer, TOKEN_GE, start)); }
      "=~"   { DO(emit(lexer, TOKEN_TILDE_MATCH, start)); }
      "||"   { DO(emit(lexer, TOKEN_OR, start)); }
      "&&"   { DO(emit(lexer, TOKEN_AND, start)); }
      "|"    { DO(emit(lexer, TOKEN_BAR, start)); }
      "^"    { DO(emit(lexer, TOKEN_CARET, start)); }
      "&"    { DO(emit(lexer, TOKEN_AMP, start)); }
      "<<"   { DO(emit(lexer, TOKEN_SHL, start)); }
      ">>"   { DO(greater(lexer, TOKEN_SHR, start)); }
      "+"    { DO(emit(lexer, TOKEN_PLUS, start)); }
      "-"    { DO(emit(lexer, TOKEN_MINUS, start)); }
      "&+"   { DO(emit(lexer, TOKEN_WRAP_ADD, start)); }
      "&-"   { DO(emit(lexer, TOKEN_WRAP_SUB, start)); }
      "&*"   { DO(emit(lexer, TOKEN_WRAP_MUL, start)); }
      "*"    { DO(emit(lexer, TOKEN_STAR, start)); }
      "/"    { DO(emit(lexer, TOKEN_SLASH, start)); }
      "%"    { DO(emit(lexer, TOKEN_PERCENT, start)); }
      "**"   { DO(emit(lexer, TOKEN_POW, start)); }
      "~"    { DO(emit(lexer, TOKEN_TILDE, start)); }
      "!"    { DO(bang(lexer, start)); }
      "?"    { DO(question(lexer, start)); }

      "\x00" {
        if (start >= lexer->limit) return;
        DO(unexpected(lexer, start));
      }
      *      { DO(unexpected(lexer, start)); }
    */
#undef DO
  }
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
// Doc comments were noted by the index of the token behind them; the parser looks them up by its position.
static void place_docs(Lexer *lexer) {
  close_doc(lexer);
  TokenList *list = &lexer->list;
  uint32_t kept = 0;
  // Nothing else stands in the file: then it is about the file, whether a blank line follows or a lone `;`.
  if (list->tokens.data[0].kind == TOKEN_EOF && list->docs.size && !list->module_doc)
    list->module_doc = list->docs.data[0].text;
  for (uint32_t i = 0; i < list->docs.size; i++) {
    DocComment doc = list->docs.data[i];
    if (doc.at >= list->tokens.size) continue;
    doc.at = list->tokens.data[doc.at].start;
    list->docs.data[kept++] = doc;
  }
  list->docs.size = kept;
}

TokenList lexer_run(Context *context, const Source *source) {
  Lexer lexer = {.context = context, .source = source, .cursor = source->text, .line = source->text,
                 .limit = source->text + source->size};
  lexer.list.tokens.capacity = source->size / 2 + 16;  // memory that is never touched costs nothing
  lexer.list.tokens.data = arena_array(context->arena, Token, lexer.list.tokens.capacity);
  utf8_check(&lexer);
  if (source->size >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0) lexer.cursor += 3;
  read_tokens(&lexer);
  level_close_all(&lexer);
  lexer_emit(&lexer, TOKEN_EOF, lexer.cursor, lexer.cursor, 0);
  place_docs(&lexer);
  return lexer.list;
}
