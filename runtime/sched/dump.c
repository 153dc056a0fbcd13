#include "runtime/sched/dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"
#include "runtime/sched/json.h"
#include "runtime/sched/pause.h"
#include "runtime/sched/survey.h"

// ── Text ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void print_text(const QzSurvey *survey) {
  uint32_t counts[QZ_SEEN_ACTOR + 1] = {0};
  for (uint32_t i = 0; i < survey->size; i++) counts[survey->seen[i].what]++;
  qz_error_printf("dump: tasks: %" PRIu32 ", actors: %" PRIu32 ", workers: %" PRIu32 "\n", counts[QZ_SEEN_TASK],
                  counts[QZ_SEEN_ACTOR], survey->workers);
  for (uint32_t i = 0; i < survey->size; i++) qz_seen_print(&survey->seen[i]);
}

// ── JSON ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void put_string(FILE *out, const char *text) {
  fputc('"', out);
  qz_json_text(out, text);
  fputc('"', out);
}

static void put_place(FILE *out, const char *file, uint32_t line) {
  fprintf(out, "\"file\":");
  put_string(out, file);
  fprintf(out, ",\"line\":%" PRIu32, line);
}

typedef struct Frames {
  FILE *out;
  int count;
} Frames;

static void put_frame(void *to, const QzFrame *frame) {
  Frames *frames = to;
  fprintf(frames->out, "%s{\"function\":", frames->count++ ? "," : "");
  put_string(frames->out, frame->function);
  if (frame->file) fputc(',', frames->out), put_place(frames->out, frame->file, frame->line);
  fputc('}', frames->out);
}

static void put_wait(FILE *out, const QzSeen *seen) {
  char text[900];
  if (seen->state != QZ_SEEN_WAITS) return;
  qz_seen_waits(seen, text, sizeof text);
  fprintf(out, ",\"waits_for\":");
  put_string(out, text);
}

static void put_seen(FILE *out, const QzSeen *seen) {
  static const char *const whats[] = {"main", "task", "actor"};
  static const char *const states[] = {"runs", "ready", "to_begin", "waits", "rests"};
  QzPlace place;
  fprintf(out, "{\"what\":\"%s\",\"state\":\"%s\"", whats[seen->what], states[seen->state]);
  if (seen->state == QZ_SEEN_RUNS) fprintf(out, ",\"worker\":%" PRIu32, seen->worker);
  if (seen->what == QZ_SEEN_ACTOR) {
    fprintf(out, ",\"kind\":");
    put_string(out, seen->kind);
    fprintf(out, ",\"id\":%" PRIu64 ",\"messages\":%" PRIu32 ",\"restarts\":%" PRIu32, seen->id, seen->mailbox,
            seen->restarts);
  }
  if (qz_site_place(seen->site, &place)) {
    fprintf(out, ",\"started\":{");
    put_place(out, place.file, place.line);
    fputc('}', out);
  }
  put_wait(out, seen);
  fprintf(out, ",\"stack\":[");
  qz_trace_each(seen->stack, (int)seen->stack_size, put_frame, &(Frames){.out = out});
  fprintf(out, "]}");
}

static void put_json(FILE *out, const QzSurvey *survey) {
  fprintf(out, "{\"workers\":%" PRIu32 ",\"seen\":[\n", survey->workers);
  for (uint32_t i = 0; i < survey->size; i++) {
    put_seen(out, &survey->seen[i]);
    fprintf(out, i + 1 < survey->size ? ",\n" : "\n");
  }
  fprintf(out, "]}\n");
}

static void write_json(const QzSurvey *survey, const char *path) {
  char *text = NULL;
  size_t size = 0;
  bool is_stderr = strcmp(path, "json") == 0;
  FILE *out = is_stderr ? open_memstream(&text, &size) : fopen(path, "we");
  if (out) put_json(out, survey);
  if (!out || fclose(out) != 0) qz_error_printf("dump: %s cannot be written\n", is_stderr ? "JSON" : path);
  else if (is_stderr) (void)qz_write(2, (const uint8_t *)text, (int64_t)size);
  free(text);
}

void qz_dump(void) {
  QzSurvey survey;
  if (!qz_survey_begin(&survey)) {
    qz_error_printf("dump: there is no memory for it\n");
    return;
  }
  qz_pause_begin();
  qz_survey_take(&survey);
  qz_pause_end();
  qz_survey_sort(&survey);
  const char *path = getenv("QUARTZ_DUMP");
  if (path && *path) write_json(&survey, path);
  else print_text(&survey);
  qz_survey_end(&survey);
}
