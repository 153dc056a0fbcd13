// MIR programs for tests: read from a file, given source places, compiled, linked and run. Everything is static: each
// test is one file and a program of its own.
#ifndef QZ_SPEC_CODEGEN_PROGRAM_H
#define QZ_SPEC_CODEGEN_PROGRAM_H

#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codegen/codegen.h"
#include "spec/unit/front.h"

#define UNUSED __attribute__((unused))

typedef struct Program {
  Front front;
  Source *source;
  MirModule *module;
} Program;

typedef struct Outcome {
  int status;
  const char *out, *err;
} Outcome;

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────
static void UNUSED exec_with_output(const char *const *words, const char *out, const char *err) {
  if (!freopen(out, "w", stdout) || !freopen(err, "w", stderr)) _exit(126);
  setenv("QUARTZ_LEAKS", "1", 1);
  execvp(words[0], (char *const *)words);
  _exit(127);
}

// Runs a command (words ended by NULL) to its end.
static UNUSED Outcome command_run(Arena *arena, const char *const *words) {
  char out[] = "/tmp/quartz-test-out-XXXXXX", err[] = "/tmp/quartz-test-err-XXXXXX";
  close(mkstemp(out)), close(mkstemp(err));
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) exec_with_output(words, out, err);
  int status = 0;
  waitpid(child, &status, 0);
  Outcome outcome = {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), need_text(arena, out),
                     need_text(arena, err)};
  unlink(out), unlink(err);
  return outcome;
}

static void UNUSED command_must(Arena *arena, const char *const *words) {
  Outcome outcome = command_run(arena, words);
  if (outcome.status) fail_msg("%s ended with %d:\n%s%s", words[0], outcome.status, outcome.out, outcome.err);
}

static UNUSED bool command_exists(const char *name) {
  Arena arena = {0};
  int status = command_run(&arena, (const char *[]){"sh", "-c", "command -v \"$0\"", name, NULL}).status;
  arena_free(&arena);
  return status == 0;
}

// ── Places: each statement stands on its own line of the text ───────────────────────────────────────────────────
static bool begins(const char *line, const char *word) { return strncmp(line, word, strlen(word)) == 0; }

static bool is_label(const char *line) { return begins(line, "bb") && line[2] >= '0' && line[2] <= '9'; }

static bool is_statement(const char *line) {
  return *line && *line != ';' && *line != '}' && *line != '\n' && !is_label(line);
}

typedef struct Placing {
  MirModule *module;
  MirFunction *function;
  uint32_t local, block, stmt, next_function;
} Placing;

static void next_function(Placing *p, Span span) {
  p->function = p->module->functions.data[p->next_function++];
  p->function->span = span;
  p->local = p->function->param_count + 1;
  for (uint32_t i = 0; i < p->local; i++) p->function->locals.data[i].span = span;
  p->block = UINT32_MAX;
}

static void place_line(Placing *p, const char *line, Span span) {
  if (begins(line, "fn ") || begins(line, "declare ")) next_function(p, span);
  else if (!p->function) return;
  else if (*line == '}') p->function = NULL;
  else if (begins(line, "var ") || begins(line, "temp ")) p->function->locals.data[p->local++].span = span;
  else if (is_label(line)) p->block++, p->stmt = 0;
  else if (is_statement(line) && p->block < p->function->blocks.size)
    p->function->blocks.data[p->block]->stmts.data[p->stmt++].span = span;
}

static void place_all(Program *program) {
  Placing placing = {.module = program->module};
  const char *text = program->source->text;
  for (uint32_t at = 0; at < program->source->size;) {
    uint32_t size = (uint32_t)strcspn(text + at, "\n"), blank = (uint32_t)strspn(text + at, " ");
    uint32_t start = program->source->base + at + blank;
    place_line(&placing, text + at + blank, (Span){start, start + size - blank});
    at += size + 1;
  }
}

// ── Programs ────────────────────────────────────────────────────────────────────────────────────────────────────
static void program_open_text(Program *program, const char *path, const char *text) {
  *program = (Program){0};
  front_open(&program->front);
  program->source = front_source_named(&program->front, path, text, strlen(text));
  program->module = mir_parse(&program->front.context, &program->front.arena, program->source);
  if (!program->module)
    fail_msg("%s: %s", path, program->front.diags.items.size ? program->front.diags.items.data[0]->message : "not MIR");
  mir_make_glue(program->module);
  Text why = {.arena = &program->front.arena};
  if (!mir_check(program->module, &why)) fail_msg("%s: %s", path, text_str(&why));
  place_all(program);
}

static UNUSED void program_open(Program *program, const char *path) {
  static Arena texts;
  program_open_text(program, path, need_text(&texts, path));
}

static UNUSED void program_close(Program *program) { front_close(&program->front); }

// The text behind each `; KEY: ` of the source, one line each.
static UNUSED const char *program_expectation(Program *program, const char *key) {
  Text mark = {.arena = &program->front.arena}, expected = {.arena = &program->front.arena};
  text_printf(&mark, "; %s: ", key);
  for (const char *line = program->source->text; *line;) {
    size_t size = strcspn(line, "\n");
    if (begins(line, text_str(&mark))) {
      text_bytes(&expected, line + mark.size, size - mark.size);
      text_char(&expected, '\n');
    }
    line += size + (line[size] == '\n');
  }
  return text_str(&expected);
}

// The runtime archive of the build this test belongs to.
static const char *runtime_archive(Arena *arena) {
  char path[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  if (size < 0) fail_msg("no /proc");
  path[size] = 0;
  for (int i = 0; i < 3; i++) *strrchr(path, '/') = 0;
  Text archive = {.arena = arena};
  text_printf(&archive, "%s/lib/libquartz_rt.a", path);
  return text_str(&archive);
}

static UNUSED void program_emit(Program *program, const CodegenOptions *options, const char *output) {
  Text why = {.arena = &program->front.arena};
  const CodegenPlan *plan = codegen_plan(program->module, options, &program->front.arena);
  assert_int_equal(codegen_unit_count(plan), 1);
  if (!codegen_emit(plan, 0, output, NULL, &why)) fail_msg("%s", text_str(&why));
}

// Compiles at the level and links with `object` (NULL: nothing more) to `path`.
static UNUSED void program_build(Program *program, CodegenLevel level, const char *object, const char *path) {
  Text made = {.arena = &program->front.arena};
  text_printf(&made, "%s.o", path);
  CodegenOptions options = {.level = level, .emit = CODEGEN_EMIT_OBJECT, .debug_info = true, .verify = true};
  program_emit(program, &options, text_str(&made));
  const char *link[] = {"cc",
                        "-B/usr/lib/llvm-19/bin",
                        "-fuse-ld=lld",
                        "-o",
                        path,
                        text_str(&made),
                        runtime_archive(&program->front.arena),
                        "-lm",
                        object,
                        NULL};
  command_must(&program->front.arena, link);
  unlink(text_str(&made));
}

static UNUSED Outcome program_run(Program *program, CodegenLevel level, const char *object) {
  char path[] = "/tmp/quartz-test-program-XXXXXX";
  close(mkstemp(path));
  program_build(program, level, object, path);
  Outcome outcome = command_run(&program->front.arena, (const char *[]){path, NULL});
  unlink(path);
  return outcome;
}

#endif
