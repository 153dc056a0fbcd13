// quartz: the command line of the compiler. The only place that knows all commands.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "driver/commands.h"
#include "driver/crash.h"
#include "driver/version.h"

static int command_help(const Options *options) {
  Arena arena = {0};
  Text text = {.arena = &arena};
  options_command_usage(&text, options->command);
  fputs(text_str(&text), stdout);
  arena_free(&arena);
  return 0;
}

static int run_command(const Options *options) {
  if (options->help) return command_help(options);
  switch (options->command) {
    case COMMAND_BUILD: return command_build(options);
    case COMMAND_RUN: return command_run(options);
    case COMMAND_CHECK: return command_check(options);
    case COMMAND_TEST: return command_test(options);
    case COMMAND_FMT: return command_fmt(options);
    case COMMAND_EXPLAIN: return command_explain(options);
    case COMMAND_HELP: return command_help(options);
    case COMMAND_COUNT: break;
  }
  return STATUS_USAGE;
}

int main(int argc, char **argv) {
  Arena arena = {0};
  Options options;
  Text error = {.arena = &arena};
  int status = 0;
  signal(SIGXFSZ, SIG_IGN);  // a limit of file sizes is an error of the write that meets it, in the linker too
  if (!options_parse(&options, &arena, argc, argv, &error)) {
    fputs(text_str(&error), stderr);
    status = STATUS_USAGE;
  } else if (options.version) {
    puts("quartz " QUARTZ_VERSION);
  } else {
    status = run_command(&options);
  }
  if (fflush(stdout) != 0 && status == 0) {
    fprintf(stderr, "quartz: cannot write standard output: %s\n", strerror(errno));
    status = STATUS_ERRORS;
  }
  arena_free(&arena);
  return status;
}
