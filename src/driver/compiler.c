// Set-up and the closing words of a compilation.
#include "driver/compiler.h"

#include <stdlib.h>
#include <unistd.h>

#include "driver/worker.h"

#ifdef QZ_DEBUG
static const bool checks_by_default = true;
#else
static const bool checks_by_default = false;
#endif

enum { MESSAGES_SHOWN = 50 };

static bool wants_checks(void) {
  const char *given = getenv("QUARTZ_CHECK");
  return given && *given ? *given != '0' : checks_by_default;
}

// A process that emits units of this size needs about 20 MB of its own; smaller units take longer in all.
enum { UNIT_STATEMENTS = 8000 };

// QUARTZ_UNIT=50 makes even small programs have several units.
static uint32_t wanted_unit(void) {
  const char *given = getenv("QUARTZ_UNIT");
  long size = given ? strtol(given, NULL, 10) : 0;
  return size > 0 && size < INT32_MAX ? (uint32_t)size : UNIT_STATEMENTS;
}

void compiler_init(Compiler *compiler, const Options *options) {
  *compiler = (Compiler){.options = options, .check = wants_checks(), .unit_statements = wanted_unit()};
  compiler->diags.arena = &compiler->forever;
  interner_init(&compiler->names, &compiler->forever);
  compiler->context = (Context){
      .arena = &compiler->forever,
      .trees = &compiler->unit,
      .names = &compiler->names,
      .sources = &compiler->sources,
      .diags = &compiler->diags,
  };
  loader_init(&compiler->loader, &compiler->context, options->include.data, options->include.size);
}

void compiler_free(Compiler *compiler) {
  arena_free(&compiler->code);
  arena_free(&compiler->unit);
  arena_free(&compiler->forever);
}

void compiler_stage(Compiler *compiler, const char *stage) {
  double now = clock_seconds();
  size_t memory = compiler->forever.reserved + compiler->unit.reserved + compiler->code.reserved;
  if (memory > compiler->memory) compiler->memory = memory;
  if (compiler->stage_start > 0)
    vec_push(&compiler->forever, &compiler->times, (StageTime){compiler->stage, now - compiler->stage_start});
  compiler->stage_start = stage ? now : 0;
  if (!stage) return;
  compiler->stage = stage;
  if (compiler->options->verbose) fprintf(stderr, "quartz: %s\n", stage);
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
static DiagFormat message_format(const Options *options) {
  if (options->message_format == MESSAGE_FORMAT_JSON) return DIAG_FORMAT_JSON;
  return options->message_format == MESSAGE_FORMAT_SHORT ? DIAG_FORMAT_SHORT : DIAG_FORMAT_HUMAN;
}

static bool wants_color(const Options *options) {
  if (options->color == COLOR_ALWAYS) return true;
  const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");
  if (options->color == COLOR_NEVER || (refused && *refused) || !terminal) return false;
  return isatty(STDERR_FILENO);
}

static void print_count(Text *out, uint32_t count, const char *what) {
  if (!count) return;
  text_printf(out, "%s%u %s%s", out->size ? ", " : "", count, what, count == 1 ? "" : "s");
}

static void print_summary(const Compiler *compiler, uint32_t hidden) {
  Text line = {.arena = compiler->diags.arena};
  uint32_t errors = compiler->diags.error_count;
  print_count(&line, errors, "error");
  print_count(&line, compiler->diags.items.size - errors, "warning");
  if (hidden) text_printf(&line, " (%u not shown; `--all` shows every one)", hidden);
  if (line.size) fprintf(stderr, "%s\n", text_str(&line));
}

static void print_diagnostics(Compiler *compiler) {
  diag_list_sort(&compiler->diags);
  DiagFormat format = message_format(compiler->options);
  bool is_human = format == DIAG_FORMAT_HUMAN;
  DiagList shown = compiler->diags;
  bool is_cut = is_human && !compiler->options->all_messages && shown.items.size > MESSAGES_SHOWN;
  if (is_cut) shown.items.size = MESSAGES_SHOWN;
  diag_render(stderr, &shown, &compiler->sources, format, is_human && wants_color(compiler->options));
  if (is_human) print_summary(compiler, compiler->diags.items.size - shown.items.size);
}

static void print_times(const Compiler *compiler) {
  double total = 0;
  for (uint32_t i = 0; i < compiler->times.size; i++) {
    const StageTime *time = &compiler->times.data[i];
    fprintf(stderr, "%9.2f ms  %s\n", time->seconds * 1e3, time->stage);
    total += time->seconds;
  }
  fprintf(stderr, "%9.2f ms  in all, %.1f MiB of memory\n", total * 1e3, (double)compiler->memory / (1 << 20));
}

void compiler_report(Compiler *compiler) {
  compiler_stage(compiler, NULL);
  print_diagnostics(compiler);
  if (compiler->options->show_times) print_times(compiler);
}

void report_plain(const Options *options, DiagId id, const char *message) {
  Compiler compiler;
  compiler_init(&compiler, options);
  diag_report(&compiler.diags, id, (Span){0}, "%s", message);
  compiler_report(&compiler);
  compiler_free(&compiler);
}
