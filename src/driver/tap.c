// TAP to results.
#include "driver/tap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct TapReader {
  Arena *arena;
  const char *mark;  // begins each line that is no output; NULL: what looks like TAP is none
  TapReport report;
  Text output;  // of the test that is running
} TapReader;

static const char *skip_number(const char *at) {
  while (isdigit((unsigned char)*at)) at++;
  return at;
}

// ` # SKIP` outside of the name, in which `#` and `\` stand behind a `\`.
static const char *find_skip(const char *at) {
  for (; *at; at++) {
    if (*at == '\\' && at[1]) at++;
    else if (strncmp(at, " # SKIP", 7) == 0) return at;
  }
  return NULL;
}

static const char *unescaped(Arena *arena, const char *at, size_t size) {
  Text out = {.arena = arena};
  for (const char *end = at + size; at < end; at++) {
    if (*at == '\\' && at + 1 < end && (at[1] == '#' || at[1] == '\\')) at++;
    text_char(&out, *at);
  }
  return text_str(&out);
}

// Behind `ok` or `not ok`: ` 12 - name # SKIP why`.
static void read_result(TapReader *r, const char *at, bool is_ok) {
  while (*at == ' ') at++;
  at = skip_number(at);
  if (strncmp(at, " - ", 3) == 0) at += 3;
  const char *skip = find_skip(at);
  size_t size = skip ? (size_t)(skip - at) : strlen(at);
  TestResult result = {is_ok ? TEST_PASSED : TEST_FAILED, unescaped(r->arena, at, size), text_str(&r->output), false};
  if (skip) {
    result.outcome = TEST_SKIPPED;
    result.details = skip + strlen(" # SKIP") + (skip[7] == ' ');
  }
  vec_push(r->arena, &r->report.results, result);
  r->output = (Text){.arena = r->arena};
}

static bool read_plan(TapReader *r, const char *line) {
  if (strncmp(line, "1..", 3) != 0 || !isdigit((unsigned char)line[3]) || *skip_number(line + 3)) return false;
  r->report.planned = strtol(line + 3, NULL, 10);
  return true;
}

static bool belongs_to_last(const TapReader *r, const char *line) {
  if (!r->report.results.size || r->output.size) return false;
  return line[0] == '#' || strncmp(line, "  ", 2) == 0;
}

static void add_details(TapReader *r, const char *line) {
  TestResult *last = vec_last(&r->report.results);
  Text longer = {.arena = r->arena};
  text_printf(&longer, "%s%s\n", last->details, line);
  last->details = text_str(&longer);
}

static void add_output(TapReader *r, const char *line) {
  if (*line || r->output.size) text_printf(&r->output, "%s\n", line);  // qspec ends what a test left unfinished
}

static void read_tap(TapReader *r, const char *line) {
  if (strncmp(line, "ok ", 3) == 0) read_result(r, line + 2, true);
  else if (strncmp(line, "not ok ", 7) == 0) read_result(r, line + 6, false);
  else if (strncmp(line, "TAP version ", 12) == 0) r->report.is_tap = true;
  else if (read_plan(r, line)) return;
  else if (belongs_to_last(r, line)) add_details(r, line);
  else add_output(r, line);
}

// NULL: the line has no mark.
static const char *behind_mark(const char *line, const char *mark) {
  size_t size = strlen(mark);
  return strncmp(line, mark, size) == 0 && line[size] == ' ' ? line + size + 1 : NULL;
}

static void read_line(TapReader *r, const char *line) {
  const char *tap = r->mark ? behind_mark(line, r->mark) : line;
  if (tap) read_tap(r, tap);
  else add_output(r, line);
}

// A program that knows nothing of the mark has TAP without it.
static bool is_marked(const char *text, const char *mark) {
  for (const char *line = text; line; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (behind_mark(line, mark)) return true;
  }
  return false;
}

TapReport tap_parse(Arena *arena, const char *text, const char *mark) {
  TapReader r = {.arena = arena, .report.planned = -1, .output.arena = arena};
  if (mark && is_marked(text, mark)) r.mark = mark;
  while (*text) {
    size_t size = strcspn(text, "\n");
    read_line(&r, arena_text(arena, text, size));
    text += size + (text[size] == '\n');
  }
  r.report.rest = text_str(&r.output);
  return r.report;
}
