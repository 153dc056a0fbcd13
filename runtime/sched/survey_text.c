// A survey in words.
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"
#include "runtime/sched/survey.h"

typedef struct Text {
  char *at, *end;
} Text;

static __attribute__((format(printf, 2, 3))) void say(Text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(text->at, (size_t)(text->end - text->at), format, arguments);
  va_end(arguments);
  if (size < 0) return;
  text->at += size < text->end - text->at ? size : text->end - text->at - 1;
}

static void say_place(Text *text, QzSite site) {
  QzPlace place;
  if (qz_site_place(site, &place)) say(text, " started at %s:%" PRIu32, place.file, place.line);
}

void qz_seen_name(const QzSeen *seen, char *memory, size_t room) {
  Text text = {memory, memory + room};
  switch (seen->what) {
    case QZ_SEEN_MAIN: say(&text, "main"); return;
    case QZ_SEEN_TASK: say(&text, "task"); break;
    case QZ_SEEN_ACTOR: say(&text, "actor %s #%" PRIu64, seen->kind, seen->id); break;
  }
  say_place(&text, seen->site);
}

const char *qz_waits_text(QzWaits what) {
  static const char *const texts[] = {
#define WAIT(name, text) text,
#include "runtime/sched/waits.def"
#undef WAIT
  };
  return texts[what];
}

static bool is_for_descriptor(QzWaits what) {
  return what == QZ_FOR_INPUT || what == QZ_FOR_OUTPUT || what == QZ_FOR_SHARED_INPUT;
}

static void say_wait(Text *text, const QzSeenWait *wait) {
  say(text, "%s", qz_waits_text(wait->what));
  if (wait->actor) say(text, " %s #%" PRIu64, wait->actor, wait->id);
  if (wait->what == QZ_FOR_TASK) say_place(text, wait->site);
  if (is_for_descriptor(wait->what)) say(text, " %d", wait->fd);
  if (wait->what != QZ_FOR_RECEIVE && wait->what != QZ_FOR_SEND) return;
  if (wait->room) say(text, " (room for %" PRIu32 ", %" PRIu32 " in it)", wait->room, wait->size);
  else say(text, " (without room)");
}

void qz_seen_waits(const QzSeen *seen, char *memory, size_t room) {
  enum { SHOWN = 8 };
  Text text = {memory, memory + room};
  say_wait(&text, &seen->wait);
  for (uint32_t i = 0; seen->cases && i < seen->case_count && i < SHOWN; i++) {
    say(&text, i ? ", or " : ": ");
    say_wait(&text, &seen->cases[i]);
  }
  if (seen->case_count > SHOWN) say(&text, ", or one of %" PRIu32 " more", seen->case_count - SHOWN);
}

static void say_state(Text *text, const QzSeen *seen) {
  switch (seen->state) {
    case QZ_SEEN_RUNS: say(text, "runs on worker %" PRIu32, seen->worker); return;
    case QZ_SEEN_READY: say(text, "ready to run"); return;
    case QZ_SEEN_TO_BEGIN: say(text, "ready to begin"); return;
    case QZ_SEEN_RESTS: say(text, "waits for a message"); return;
    case QZ_SEEN_WAITS: break;
  }
  say(text, "waits: ");
  qz_seen_waits(seen, text->at, (size_t)(text->end - text->at));
  text->at += strlen(text->at);
}

void qz_seen_print(const QzSeen *seen) {
  char memory[900];
  Text text = {memory, memory + sizeof memory};
  qz_seen_name(seen, memory, sizeof memory);
  text.at += strlen(memory);
  say(&text, ", ");
  say_state(&text, seen);
  if (seen->mailbox) say(&text, ", messages: %" PRIu32, seen->mailbox);
  if (seen->restarts) say(&text, ", restarts: %" PRIu32, seen->restarts);
  qz_error_printf("%s\n", memory);
  qz_trace_print(seen->stack, (int)seen->stack_size);
}

// ── Order ───────────────────────────────────────────────────────────────────────────────────────────────────────
static int compare_numbers(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int compare_sites(QzSite a, QzSite b) {
  QzPlace x, y;
  if (a == b) return 0;
  bool has_x = qz_site_place(a, &x), has_y = qz_site_place(b, &y);
  if (!has_x || !has_y) return (has_y - has_x);
  int order = strcmp(x.file, y.file);
  return order ? order : compare_numbers(x.line, y.line);
}

static int compare(const void *a, const void *b) {
  const QzSeen *x = a, *y = b;
  int order = compare_numbers(x->what, y->what);
  if (!order) order = compare_numbers(x->id, y->id);
  if (!order && x->what == QZ_SEEN_TASK) order = compare_sites(x->site, y->site);
  if (!order) order = compare_numbers(x->state, y->state);
  return order ? order : compare_numbers((uintptr_t)x->who, (uintptr_t)y->who);
}

void qz_survey_sort(QzSurvey *survey) { qsort(survey->seen, survey->size, sizeof *survey->seen, compare); }
