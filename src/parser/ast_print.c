// The tree as Quartz source: layout, lists, comments. What is printed parses to an equal tree.
#include "parser/print.h"

#include <string.h>

#include "parser/build.h"

void print_text(Printer *printer, const char *text) { text_append(printer->out, text); }

void print_name(Printer *printer, Name name) {
  text_bytes(printer->out, name_text(printer->names, name), name_size(printer->names, name));
}

void print_line(Printer *printer) {
  text_char(printer->out, '\n');
  text_repeat(printer->out, ' ', (size_t)printer->indent * PRINT_INDENT);
}

bool print_was_split(const Printer *printer, Span span, bool unknown) {
  const Source *source = printer->source;
  if (!source || span.start < source->base || span.end > source->base + source->size || span.end < span.start)
    return unknown;
  return memchr(source->text + (span.start - source->base), '\n', span.end - span.start) != NULL;
}

// ── Comments and blank lines of the original ────────────────────────────────────────────────────────────────────
static const char *text_at(const Printer *printer, uint32_t position) {
  return printer->source->text + (position - printer->source->base);
}

// Whether at least one empty line stands before a position.
static bool follows_blank_line(const Printer *printer, uint32_t position) {
  uint32_t newlines = 0;
  const char *at = text_at(printer, position);
  while (at > printer->source->text && (at[-1] == ' ' || at[-1] == '\t' || at[-1] == '\n' || at[-1] == '\r'))
    newlines += *--at == '\n';
  return newlines > 1;
}

static bool starts_its_line(const Printer *printer, uint32_t position) {
  const char *at = text_at(printer, position);
  while (at > printer->source->text && (at[-1] == ' ' || at[-1] == '\t')) at--;
  return at == printer->source->text || at[-1] == '\n';
}

static void print_comment(Printer *printer, Span span) {
  const char *start = text_at(printer, span.start), *end = text_at(printer, span.end);
  while (end > start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')) end--;
  text_bytes(printer->out, start, (size_t)(end - start));
}

// The comments before a position, each on a line of its own; the cursor stands at the start of a line before and after.
void print_comments(Printer *printer, uint32_t position, bool is_first) {
  if (!printer->source) return;
  for (; printer->comment < printer->list->comments.size; printer->comment++) {
    Span span = printer->list->comments.data[printer->comment];
    if (span.start >= position) return;
    if (!is_first && follows_blank_line(printer, span.start)) text_char(printer->out, '\n');
    text_repeat(printer->out, ' ', (size_t)printer->indent * PRINT_INDENT);
    print_comment(printer, span);
    text_char(printer->out, '\n');
    is_first = false;
  }
}

static size_t column(const Printer *printer) {
  const char *text = text_str(printer->out);
  size_t at = printer->out->size;
  while (at && text[at - 1] != '\n') at--;
  return printer->out->size - at;
}

static size_t source_column(const Printer *printer, uint32_t position) {
  const char *start = text_at(printer, position), *at = start;
  while (at > printer->source->text && at[-1] != '\n') at--;
  return (size_t)(start - at);
}

// `x = 1  # why`: the comment that follows on the line of what was printed last, in its column if it can be.
void print_trailing_comment(Printer *printer, uint32_t end) {
  if (!printer->source || printer->comment >= printer->list->comments.size) return;
  Span span = printer->list->comments.data[printer->comment];
  if (span.start < end || starts_its_line(printer, span.start)) return;
  if (memchr(text_at(printer, end), '\n', span.start - end)) return;
  size_t wanted = source_column(printer, span.start), used = column(printer) + 2;
  text_repeat(printer->out, ' ', wanted > used ? wanted - used + 2 : 2);
  print_comment(printer, span);
  printer->comment++;
}

static bool has_comment_before(const Printer *printer, uint32_t position) {
  return printer->source && printer->comment < printer->list->comments.size &&
         printer->list->comments.data[printer->comment].start < position;
}

// ── Lists ───────────────────────────────────────────────────────────────────────────────────────────────────────
void print_commas(Printer *printer, const AstList *list, const char *separator, PrintItem *item) {
  for (uint32_t i = 0; i < AST_LIST_COUNT(list); i++) {
    if (i) print_text(printer, separator);
    item(printer, list->items[i]);
  }
}

void print_angles(Printer *printer, const AstList *list, PrintItem *item) {
  if (!list) return;
  text_char(printer->out, '<');
  printer->flat++;
  print_commas(printer, list, ", ", item);
  printer->flat--;
  text_char(printer->out, '>');
}

static bool has_newline(const Printer *printer, size_t from) {
  return memchr(text_str(printer->out) + from, '\n', printer->out->size - from) != NULL;
}

void print_cut(Printer *printer, size_t size) {
  printer->out->size = size;
  if (printer->out->data) printer->out->data[size] = 0;
}

// `while x  # why`, `f(  # why`: a comment behind what opens a list of lines.
static void print_head_comment(Printer *printer, uint32_t first) {
  if (has_comment_before(printer, first))
    print_trailing_comment(printer, printer->list->comments.data[printer->comment].start);
}

static void begin_item(Printer *printer, const AstNode *item, bool is_first) {
  if (!is_first && printer->source && !starts_its_line(printer, item->span.start)) {
    text_char(printer->out, ' ');
    return;
  }
  text_char(printer->out, '\n');
  print_comments(printer, item->span.start, is_first);
  text_repeat(printer->out, ' ', (size_t)printer->indent * PRINT_INDENT);
}

// The lines of the original are kept: an item starts a line if it did. Comments between items stay there.
static void print_broken(Printer *printer, const AstList *list, PrintItem *item) {
  uint32_t flat = printer->flat;
  printer->flat = 0;
  printer->indent++;
  print_head_comment(printer, list->items[0]->span.start);
  for (uint32_t i = 0; i < list->count; i++) {
    begin_item(printer, list->items[i], !i);
    item(printer, list->items[i]);
    text_char(printer->out, ',');
    print_trailing_comment(printer, list->items[i]->span.end);
  }
  printer->indent--;
  print_line(printer);
  printer->flat = flat;
}

// As many items on a line as fit, each line below the first item; `behind` columns follow the last one. False: there is
// too little room for that.
static bool print_filled(Printer *printer, const AstList *list, size_t behind, PrintItem *item) {
  enum { CLOSES = 3 };
  size_t left = column(printer), start = printer->out->size;
  if (left > PRINT_WIDTH / 2) return false;
  printer->flat++;
  for (uint32_t i = 0; i < list->count; i++) {
    size_t before = printer->out->size, follows = CLOSES + (i + 1 == list->count ? behind : 0);
    if (i) text_char(printer->out, ' ');
    item(printer, list->items[i]);
    if (column(printer) + follows > PRINT_WIDTH && i) {
      print_cut(printer, before);
      text_char(printer->out, '\n');
      text_repeat(printer->out, ' ', left);
      item(printer, list->items[i]);
    }
    if (i + 1 < list->count) text_char(printer->out, ',');
  }
  printer->flat--;
  bool fits = column(printer) + CLOSES + behind <= PRINT_WIDTH;
  if (!fits) print_cut(printer, start);
  return fits;
}

// The list stood one item a line: its first item began one.
static bool was_vertical(const Printer *printer, const AstList *list) {
  uint32_t position = list->items[0]->span.start;
  return printer->source && starts_its_line(printer, position);
}

void print_group(Printer *printer, const AstList *list, const char *open, const char *close, const char *padding,
                 PrintItem *item) {
  size_t behind = printer->behind;
  printer->behind = 0;
  print_text(printer, open);
  if (!list) {
    print_text(printer, close);
    return;
  }
  if (was_vertical(printer, list)) {
    bool is_one_tuple = close[0] == ',';
    print_broken(printer, list, item);
    print_text(printer, close + is_one_tuple);
    return;
  }
  size_t start = printer->out->size;
  uint32_t comment = printer->comment;
  print_text(printer, padding);
  printer->flat++;
  print_commas(printer, list, ", ", item);
  printer->flat--;
  print_text(printer, padding);
  if (!printer->flat && column(printer) + strlen(close) + behind > PRINT_WIDTH && !has_newline(printer, start)) {
    print_cut(printer, start);
    printer->comment = comment;
    print_text(printer, padding);
    if (print_filled(printer, list, behind, item)) print_text(printer, padding);
    else {
      print_cut(printer, start);
      print_broken(printer, list, item);
    }
  }
  print_text(printer, close);
}

// ── Lines ───────────────────────────────────────────────────────────────────────────────────────────────────────
static bool wants_blank_line(const Printer *printer, const AstNode *before, const AstNode *after) {
  if (print_is_apart(before, after)) return true;
  return printer->source && follows_blank_line(printer, after->span.start);
}

static void separate(Printer *printer, const AstNode *before, const AstNode *after) {
  if (!has_comment_before(printer, after->span.start)) {
    if (wants_blank_line(printer, before, after)) text_char(printer->out, '\n');
    return;
  }
  uint32_t comment = printer->list->comments.data[printer->comment].start;
  if (print_is_apart(before, after) && !follows_blank_line(printer, comment)) text_char(printer->out, '\n');
  print_comments(printer, after->span.start, false);
  if (follows_blank_line(printer, after->span.start)) text_char(printer->out, '\n');
}

// What stands above the first of several: a blank line only where comments are followed by one.
static void begin(Printer *printer, const AstNode *first) {
  if (!has_comment_before(printer, first->span.start)) return;
  print_comments(printer, first->span.start, true);
  if (follows_blank_line(printer, first->span.start)) text_char(printer->out, '\n');
}

// Ends without a newline behind the last line.
static void print_items(Printer *printer, const AstList *list, uint32_t end, PrintItem *item) {
  bool was_in_section = printer->in_section;
  printer->in_section = false;
  for (uint32_t i = 0; i < AST_LIST_COUNT(list); i++) {
    const AstNode *node = list->items[i];
    if (i) text_char(printer->out, '\n');
    if (i) separate(printer, list->items[i - 1], node);
    else begin(printer, node);
    text_repeat(printer->out, ' ', (size_t)printer->indent * PRINT_INDENT);
    item(printer, node);
    if (node->kind == AST_PRIVATE_SECTION) printer->in_section = true;
    print_trailing_comment(printer, node->span.end);
  }
  printer->in_section = was_in_section;
  if (!end || !has_comment_before(printer, end)) return;
  if (list) text_char(printer->out, '\n');
  print_comments(printer, end, !list);
  print_cut(printer, printer->out->size - 1);
}

void print_lines(Printer *printer, const AstList *list, uint32_t end, PrintItem *item) {
  printer->indent++;
  uint32_t flat = printer->flat;
  printer->flat = 0;
  uint32_t first = list ? list->items[0]->span.start : end;
  print_head_comment(printer, first);
  size_t before = printer->out->size;
  text_char(printer->out, '\n');
  size_t start = printer->out->size;
  print_items(printer, list, end, item);
  if (printer->out->size == start) print_cut(printer, before);
  printer->flat = flat;
  printer->indent--;
  print_line(printer);
}

// ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_module(Printer *printer, const AstNode *module) {
  print_doc(printer, module->module.doc);
  if (!printer->source && module->module.doc) text_char(printer->out, '\n');
  uint32_t end = printer->source ? printer->source->base + printer->source->size + 1 : 0;
  print_items(printer, module->module.decls, end, print_decl);
  if (printer->out->size) text_char(printer->out, '\n');
}

void ast_print(Text *out, const Interner *names, const AstNode *node) {
  Printer printer = {.out = out, .names = names};
  if (node->kind == AST_MODULE) print_module(&printer, node);
  else print_node(&printer, node);
}

bool ast_format(Text *out, Context *context, const Source *source) {
  uint32_t errors = context->diags->error_count;
  TokenList list = lexer_run(context, source);
  AstNode *module = parser_read(context, &list);
  if (context->diags->error_count > errors) return false;
  Printer printer = {.out = out, .names = context->names, .source = source, .list = &list};
  print_module(&printer, module);
  return true;
}
