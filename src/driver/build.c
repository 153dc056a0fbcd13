// The commands that compile one file: build, run, check. Where there is a result or something temporary, a worker
// process compiles; this process waits, gives the result its name or throws it away, and cleans up.
#include "driver/build.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/commands.h"
#include "driver/crash.h"
#include "driver/file.h"
#include "driver/worker.h"

// ── In the worker ───────────────────────────────────────────────────────────────────────────────────────────────
int build_work(void *data) {
  BuildTask *task = data;
  Compiler compiler;
  compiler_init(&compiler, task->options);
  crash_guard(&compiler);
  int status = (int)compile_unit(&compiler, &task->job);
  compiler_report(&compiler);
  if (status == COMPILE_OK && task->then) status = task->then(task);
  compiler_free(&compiler);
  return status;
}

int build_exec(const BuildTask *task, char **words) {
  fflush(NULL);
  signal(SIGXFSZ, SIG_DFL);  // main ignores it for us, not for the program
  execv(task->job.output, words);
  fprintf(stderr, "quartz: cannot start %s: %s\n", task->job.output, strerror(errno));
  return STATUS_ERRORS;
}

// The program's own words: its name, then what stood after `--`.
static char **program_words(Arena *arena, const BuildTask *task, const char *name) {
  const Options *options = task->options;
  char **words = arena_array(arena, char *, options->rest_count + 2);
  words[0] = arena_text(arena, name, strlen(name));
  for (int i = 0; i < options->rest_count; i++) words[i + 1] = options->rest[i];
  return words;
}

static int start_program(const BuildTask *task) {
  Arena arena = {0};
  int status = build_exec(task, program_words(&arena, task, task->job.output));
  arena_free(&arena);
  return status;
}

// A library that is not found leaves its functions missing, which calling one then says.
static void load_libraries(Arena *arena, const CompileJob *job) {
  for (uint32_t i = 0; i < job->library_count; i++) {
    Text name = {.arena = arena};
    text_printf(&name, "lib%s.so", job->libraries[i]);
    (void)dlopen(text_str(&name), RTLD_NOW | RTLD_GLOBAL);
  }
}

static int interpret(const BuildTask *task) {
  Arena arena = {0};
  load_libraries(&arena, &task->job);
  char **words = program_words(&arena, task, task->job.path);
  fflush(NULL);
  signal(SIGXFSZ, SIG_DFL);
  MirInterpResult result = mir_interpret(task->job.mir, task->options->rest_count + 1, words);
  arena_free(&arena);
  return result.status;
}

// ── build ───────────────────────────────────────────────────────────────────────────────────────────────────────
const char *build_name(Arena *arena, const char *path) {
  const char *name = path_base(path);
  size_t size = strlen(name);
  bool is_source = size > 3 && strcmp(name + size - 3, ".qz") == 0;
  return arena_text(arena, name, is_source ? size - 3 : size);
}

// Linking for another machine is the user's: only they know its start files and layout.
static CompileLast last_stage(const Options *options) {
  switch (options->emit) {
    case EMIT_DEFAULT: return options->target ? LAST_OBJECT : LAST_PROGRAM;
    case EMIT_TOKENS: return LAST_TOKENS;
    case EMIT_AST: return LAST_AST;
    case EMIT_TYPED: return LAST_TYPED;
    case EMIT_MIR: return LAST_MIR;
    case EMIT_LLVM: return LAST_LLVM;
    case EMIT_ASM: return LAST_ASM;
    case EMIT_OBJ: return LAST_OBJECT;
  }
  return LAST_PROGRAM;
}

// The file that is wanted, or NULL for standard output: where text goes that nobody named a file for.
static const char *wanted_output(Arena *arena, const Options *options, CompileLast last) {
  if (options->output) return strcmp(options->output, "-") == 0 ? NULL : options->output;
  const char *name = build_name(arena, options->operands.data[0]);
  if (last == LAST_PROGRAM) return name;
  if (last != LAST_OBJECT) return NULL;
  Text object = {.arena = arena};
  text_printf(&object, "%s.o", name);
  return text_str(&object);
}

static bool is_same_file(const char *a, const char *b) {
  struct stat first, second;
  return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

static bool print_file(Arena *arena, const char *path, Text *why) {
  FileText text = file_read(arena, path);
  bool is_printed = text.data && fwrite(text.data, 1, text.size, stdout) == text.size && fflush(stdout) == 0;
  if (!is_printed) text_printf(why, "cannot write standard output: %s", text.error ? text.error : strerror(errno));
  return is_printed;
}

static int build_into(Arena *arena, BuildTask *task, const char *output, Text *why) {
  Staged staged = {0};
  if (output && is_same_file(output, task->job.path)) {
    text_printf(why, "cannot write %s: it is the source", output);
    return STATUS_ERRORS;
  }
  if (output && !staged_open(&staged, arena, output, why)) return STATUS_ERRORS;
  task->job.output = output ? staged.temporary : path_join(arena, task->job.scratch, "output");
  int status = worker_run(build_work, task);
  if (status == 0 && !(output ? staged_keep(&staged, why) : print_file(arena, task->job.output, why)))
    status = STATUS_ERRORS;
  if (status != 0 && output) staged_drop(&staged);
  return status;
}

// Runs `body` with a scratch folder, and says what it left in `why`.
typedef int ScratchBody(Arena *arena, BuildTask *task, Text *why);

static int with_scratch(BuildTask *task, ScratchBody *body) {
  Arena arena = {0};
  Text why = {.arena = &arena};
  int status = STATUS_ERRORS;
  task->job.scratch = scratch_new(&arena, &why);
  if (task->job.scratch) {
    status = body(&arena, task, &why);
    scratch_remove(task->job.scratch);
  }
  if (why.size) report_plain(task->options, QZ9001, text_str(&why));
  arena_free(&arena);
  return status;
}

static int build_body(Arena *arena, BuildTask *task, Text *why) {
  return build_into(arena, task, wanted_output(arena, task->options, task->job.last), why);
}

int command_build(const Options *options) {
  BuildTask task = {.options = options};
  task.job = (CompileJob){.path = options->operands.data[0], .last = last_stage(options)};
  task.job.wants_main = task.job.last == LAST_PROGRAM;
  return with_scratch(&task, build_body);
}

// ── run and check ───────────────────────────────────────────────────────────────────────────────────────────────
static int run_body(Arena *arena, BuildTask *task, Text *why) {
  (void)why;
  task->job.output = path_join(arena, task->job.scratch, build_name(arena, task->job.path));
  return worker_run(build_work, task);
}

int command_run(const Options *options) {
  BuildTask task = {.options = options, .then = options->interpret ? interpret : start_program};
  task.job = (CompileJob){.path = options->operands.data[0], .wants_main = true};
  task.job.last = options->interpret ? LAST_MIR : LAST_PROGRAM;
  return options->interpret ? worker_run(build_work, &task) : with_scratch(&task, run_body);
}

// What leaves nothing behind needs nobody to wait for it.
int command_check(const Options *options) {
  BuildTask task = {.options = options, .job = {.path = options->operands.data[0], .last = LAST_TYPED}};
  return build_work(&task);
}
