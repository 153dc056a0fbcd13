// Options: the command line as data. Everything in it comes from options.def.
#ifndef QZ_DRIVER_OPTIONS_H
#define QZ_DRIVER_OPTIONS_H

#include "base/text.h"
#include "base/vec.h"

typedef enum CommandId {
#define COMMAND(id, name, operands, least, most, takes_rest, summary) COMMAND_##id,
#include "driver/options.def"
  COMMAND_COUNT
} CommandId;

// What options that take one of a list can be; DEFAULT: not given.
typedef enum OptimiseLevel {
  LEVEL_DEFAULT,
#define LEVEL(id, text) LEVEL_##id,
#include "driver/options.def"
} OptimiseLevel;

typedef enum EmitStage {
  EMIT_DEFAULT,
#define EMIT(id, text) EMIT_##id,
#include "driver/options.def"
} EmitStage;

typedef enum MessageFormat {
  MESSAGE_FORMAT_DEFAULT,
#define MESSAGE_FORMAT(id, text) MESSAGE_FORMAT_##id,
#include "driver/options.def"
} MessageFormat;

typedef enum ColorChoice {
  COLOR_DEFAULT,
#define COLOR(id, text) COLOR_##id,
#include "driver/options.def"
} ColorChoice;

typedef enum TestFormat {
  TEST_FORMAT_DEFAULT,
#define TEST_FORMAT(id, text) TEST_FORMAT_##id,
#include "driver/options.def"
} TestFormat;

typedef enum Sanitize {
  SANITIZE_DEFAULT,
#define SANITIZE(id, text) SANITIZE_##id,
#include "driver/options.def"
} Sanitize;

typedef struct Options {
  CommandId command;
  VEC(const char *) operands;
  char **rest;  // what stands after `--`; rest_count of them, then NULL
  int rest_count;
  bool help, version;

  const char *output, *target, *filter;
  VEC(const char *) include;
  OptimiseLevel level;  // never DEFAULT after parsing
  EmitStage emit;
  MessageFormat message_format;
  ColorChoice color;
  TestFormat test_format;
  Sanitize sanitize;
  bool release, no_debug_info, interpret, only_check, all_messages, show_times, verbose;
  int jobs;
  int timeout;  // seconds; 0: not given
} Options;

// False after a bad command line: `error` is then a line that says what is wrong and one that says what to try.
bool options_parse(Options *options, Arena *arena, int argc, char **argv, Text *error);

// All commands, or the options of one.
void options_usage(Text *out);
void options_command_usage(Text *out, CommandId command);

#endif
