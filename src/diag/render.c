// Printing messages: for people with the source line and carets, one line each for editors, JSON for programs.

#include "base/text.h"
#include "diag/diag.h"

typedef struct Render {
  Text *out;
  Arena *arena;
  const SourceMap *sources;
  bool color;
} Render;

static const char *const RED = "\x1b[1;31m", *const YELLOW = "\x1b[1;33m", *const BLUE = "\x1b[1;34m",
                         *const BOLD = "\x1b[1m", *const PLAIN = "\x1b[0m";

static void paint(const Render *render, const char *color) {
  if (render->color) text_append(render->out, color);
}

static const char *severity_name(DiagSeverity severity) { return severity == DIAG_ERROR ? "error" : "warning"; }
static const char *severity_color(DiagSeverity severity) { return severity == DIAG_ERROR ? RED : YELLOW; }

// ── Columns on the screen ───────────────────────────────────────────────────────────────────────────────────────
typedef struct Scalar {
  uint32_t value;
  uint32_t size;  // bytes
} Scalar;

static Scalar decode(const char *text, uint32_t left) {
  unsigned char first = (unsigned char)*text;
  uint32_t size = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;
  if (size > left) size = 1;
  uint32_t value = size == 1 ? first : first & (0xFFu >> (size + 1));
  for (uint32_t i = 1; i < size; i++) value = value << 6 | ((unsigned char)text[i] & 0x3Fu);
  return (Scalar){value, size};
}

static const struct {
  uint32_t first, last;
} wide_ranges[] = {
    {0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD},
};

static const struct {
  uint32_t first, last;
} joined_ranges[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F}, {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

enum { TAB_WIDTH = 4 };

// Columns a character takes: none for marks that join the one before, two for wide scripts and pictures.
static uint32_t width_of(uint32_t scalar) {
  if (scalar == '\t') return TAB_WIDTH;
  if (scalar < 0x300) return 1;
  for (size_t i = 0; i < sizeof joined_ranges / sizeof *joined_ranges; i++)
    if (scalar >= joined_ranges[i].first && scalar <= joined_ranges[i].last) return 0;
  for (size_t i = 0; i < sizeof wide_ranges / sizeof *wide_ranges; i++)
    if (scalar >= wide_ranges[i].first && scalar <= wide_ranges[i].last) return 2;
  return 1;
}

static uint32_t width_between(const char *line, uint32_t from, uint32_t to) {
  uint32_t width = 0;
  while (from < to) {
    Scalar scalar = decode(line + from, to - from);
    width += width_of(scalar.value);
    from += scalar.size;
  }
  return width;
}

// A source line as shown: tabs become spaces, control characters a mark.
static void append_line(Text *out, const char *line, uint32_t from, uint32_t to) {
  while (from < to) {
    Scalar scalar = decode(line + from, to - from);
    if (scalar.value == '\t') text_repeat(out, ' ', TAB_WIDTH);
    else if (scalar.value < 0x20 || scalar.value == 0x7F || (scalar.size == 1 && scalar.value >= 0x80))
      text_append(out, "\xEF\xBF\xBD");
    else text_bytes(out, line + from, scalar.size);
    from += scalar.size;
  }
}

// ── One place ───────────────────────────────────────────────────────────────────────────────────────────────────
// The part of a line that is shown: all of it, or a window around the span when the line is very long.
typedef struct Window {
  const char *line;
  uint32_t from, to;        // shown bytes
  uint32_t mark, mark_end;  // underlined bytes
} Window;

enum { LONG_LINE = 200, CONTEXT_BYTES = 80 };

static uint32_t to_character_start(const char *line, uint32_t at) {
  while (at && ((unsigned char)line[at] & 0xC0) == 0x80) at--;
  return at;
}

static Window window_of(Location start, Location end) {
  uint32_t size;
  const char *line = source_line(start.source, start.line, &size);
  uint32_t first = start.offset - (uint32_t)(line - start.source->text);
  uint32_t last = end.line == start.line ? end.offset - (uint32_t)(line - start.source->text) : size;
  if (first > size) first = size;
  if (last > size) last = size;
  Window window = {line, 0, size, first, last < first ? first : last};
  if (size <= LONG_LINE) return window;
  if (window.mark_end - window.mark > CONTEXT_BYTES)
    window.mark_end = to_character_start(line, window.mark + CONTEXT_BYTES);
  if (first > CONTEXT_BYTES) window.from = to_character_start(line, first - CONTEXT_BYTES);
  if (window.mark_end + CONTEXT_BYTES < size) window.to = to_character_start(line, window.mark_end + CONTEXT_BYTES);
  return window;
}

static int digits_of(uint32_t number) {
  int digits = 1;
  while (number /= 10) digits++;
  return digits;
}

static void gutter(const Render *render, int width, uint32_t line) {
  paint(render, BLUE);
  if (line) text_printf(render->out, " %*u | ", width, line);
  else text_printf(render->out, " %*s | ", width, "");
  paint(render, PLAIN);
}

static void underline(const Render *render, Window window, int width, char mark, const char *color) {
  gutter(render, width, 0);
  uint32_t before = width_between(window.line, window.from, window.mark) + (window.from ? 3 : 0);
  uint32_t under = width_between(window.line, window.mark, window.mark_end);
  text_repeat(render->out, ' ', before);
  paint(render, color);
  text_repeat(render->out, mark, under ? under : 1);
  paint(render, PLAIN);
}

static void excerpt(const Render *render, Location start, Location end, char mark, const char *color) {
  int width = digits_of(start.line);
  Window window = window_of(start, end);
  gutter(render, width, start.line);
  if (window.from) text_append(render->out, "\xE2\x80\xA6  ");
  append_line(render->out, window.line, window.from, window.to);
  text_char(render->out, '\n');
  underline(render, window, width, mark, color);
  if (end.line > start.line) text_printf(render->out, " ends at %u:%u", end.line, end.column);
  text_char(render->out, '\n');
}

// `--> file:line:col` and the line it names.
static void place(const Render *render, Span span, char mark, const char *color) {
  Location start = source_locate(render->sources, span.start);
  if (!start.source) return;
  Location end = source_locate(render->sources, span.end > span.start ? span.end : span.start);
  if (end.source != start.source) end = start;
  paint(render, BLUE);
  text_append(render->out, "  --> ");
  paint(render, PLAIN);
  text_printf(render->out, "%s:%u:%u\n", start.source->path, start.line, start.column);
  excerpt(render, start, end, mark, color);
}

// ── The three forms ─────────────────────────────────────────────────────────────────────────────────────────────
static void human(const Render *render, const Diag *diag) {
  paint(render, severity_color(diag->severity));
  text_printf(render->out, "%s[QZ%04d]", severity_name(diag->severity), (int)diag->id);
  paint(render, BOLD);
  text_printf(render->out, ": %s\n", diag->message);
  paint(render, PLAIN);
  place(render, diag->span, '^', severity_color(diag->severity));
  for (uint32_t i = 0; i < diag->notes.size; i++) {
    const DiagNote *note = &diag->notes.data[i];
    text_printf(render->out, "  note: %s\n", note->text);
    place(render, note->span, '-', BLUE);
  }
  if (diag->help) text_printf(render->out, "  help: %s\n", diag->help);
  text_char(render->out, '\n');
}

static void short_place(const Render *render, Span span) {
  Location at = source_locate(render->sources, span.start);
  if (at.source) text_printf(render->out, "%s:%u:%u: ", at.source->path, at.line, at.column);
}

static void brief(const Render *render, const Diag *diag) {
  short_place(render, diag->span);
  text_printf(render->out, "%s[QZ%04d]: %s\n", severity_name(diag->severity), (int)diag->id, diag->message);
}

static void json_string(Text *out, const char *text) {
  text_char(out, '"');
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') text_printf(out, "\\%c", c);
    else if (c < 0x20) text_printf(out, "\\u%04X", c);
    else text_char(out, (char)c);
  }
  text_char(out, '"');
}

static void json_place(const Render *render, Span span) {
  Location start = source_locate(render->sources, span.start);
  if (!start.source) return;
  Location end = source_locate(render->sources, span.end);
  text_append(render->out, "\"file\":");
  json_string(render->out, start.source->path);
  text_printf(render->out, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u,", start.line, start.column,
              end.line, end.column);
}

static void json(const Render *render, const Diag *diag) {
  text_printf(render->out, "{\"id\":\"QZ%04d\",\"severity\":\"%s\",", (int)diag->id, severity_name(diag->severity));
  json_place(render, diag->span);
  text_append(render->out, "\"message\":");
  json_string(render->out, diag->message);
  text_append(render->out, ",\"notes\":[");
  for (uint32_t i = 0; i < diag->notes.size; i++) {
    text_append(render->out, i ? ",{" : "{");
    json_place(render, diag->notes.data[i].span);
    text_append(render->out, "\"message\":");
    json_string(render->out, diag->notes.data[i].text);
    text_char(render->out, '}');
  }
  text_char(render->out, ']');
  if (diag->help) {
    text_append(render->out, ",\"help\":");
    json_string(render->out, diag->help);
  }
  text_append(render->out, "}\n");
}

void diag_render(FILE *out, const DiagList *list, const SourceMap *sources, DiagFormat format, bool color) {
  Arena arena = {0};  // look-ups build line tables, which stay with the list's arena
  Text text = {.arena = &arena};
  Render render = {&text, list->arena, sources, color && format == DIAG_FORMAT_HUMAN};
  for (uint32_t i = 0; i < list->items.size; i++) {
    switch (format) {
      case DIAG_FORMAT_HUMAN: human(&render, list->items.data[i]); break;
      case DIAG_FORMAT_SHORT: brief(&render, list->items.data[i]); break;
      case DIAG_FORMAT_JSON: json(&render, list->items.data[i]); break;
    }
  }
  fwrite(text_str(&text), 1, text.size, out);
  arena_free(&arena);
}
