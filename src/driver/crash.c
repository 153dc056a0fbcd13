// The report of an internal error. It may run in a signal handler over broken memory, so it only reads, formats into a
// buffer of its own and writes; the arenas are left alone.
#include "driver/crash.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/version.h"

// Handlers run on this, so that a stack overflow can be reported. It also is how they find the compiler:
// sigaltstack says where the running thread's one begins.
typedef struct CrashStack {
  const Compiler *compiler;
  alignas(16) char bytes[64 << 10];
} CrashStack;

typedef struct Report {
  char bytes[4096];
  size_t size;
} Report;

__attribute__((format(printf, 2, 3))) static void add(Report *report, const char *format, ...) {
  va_list args;
  va_start(args, format);
  size_t room = sizeof report->bytes - report->size;
  int size = vsnprintf(report->bytes + report->size, room, format, args);
  va_end(args);
  if (size > 0) report->size += (size_t)size < room ? (size_t)size : room - 1;
}

// source_locate would build a table of lines; counting will do here.
static void add_place(Report *report, const Compiler *compiler) {
  uint32_t position = compiler->context.at.start;
  const Source *source = position ? source_at(&compiler->sources, position) : NULL;
  if (!source && compiler->sources.files.size) {
    add(report, "  compiling:  %s\n", compiler->sources.files.data[0]->path);
    return;
  }
  if (!source) return;
  uint32_t line = 1, start = 0, offset = position - source->base;
  for (uint32_t i = 0; i < offset && i < source->size; i++)
    if (source->text[i] == '\n') line++, start = i + 1;
  size_t size = strcspn(source->text + start, "\r\n");
  add(report, "  compiling:  %s:%u: %.*s\n", source->path, line, (int)(size < 200 ? size : 200), source->text + start);
}

int crash_report(const Compiler *compiler, const char *what, const char *why) {
  Report report = {.size = 0};
  add(&report, "quartz: internal error: %s\n", what);
  if (why && *why) add(&report, "%s%s", why, why[strlen(why) - 1] == '\n' ? "" : "\n");
  if (compiler) {
    add(&report, "  last stage: %s\n", compiler->stage ? compiler->stage : "start");
    add_place(&report, compiler);
  }
  add(&report,
      "This is a fault of the compiler, not of your program. Please report it with the source and these\n"
      "lines. (quartz %s)\n",
      QUARTZ_VERSION);
  ssize_t written = write(STDERR_FILENO, report.bytes, report.size);
  (void)written;  // there is nowhere else to say it
  return STATUS_INTERNAL;
}

static const char *signal_words(int number) {
  switch (number) {
    case SIGSEGV: return "bad memory access, or too deep a recursion";
    case SIGABRT: return "a check inside the compiler failed";
    case SIGFPE: return "arithmetic exception";
    default: return "crash";
  }
}

static void handle(int number) {
  stack_t stack;
  bool is_ours = sigaltstack(NULL, &stack) == 0 && stack.ss_flags == SS_ONSTACK;
  const CrashStack *found = is_ours ? (const CrashStack *)((char *)stack.ss_sp - offsetof(CrashStack, bytes)) : NULL;
  _exit(crash_report(found ? found->compiler : NULL, signal_words(number), NULL));
}

void crash_guard(const Compiler *compiler) {
  CrashStack *room = mmap(NULL, sizeof *room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return;  // the compiler works without
  room->compiler = compiler;
  stack_t stack = {.ss_sp = room->bytes, .ss_size = sizeof room->bytes};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND};
  static const int caught[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
  for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) sigaction(caught[i], &action, NULL);
}
