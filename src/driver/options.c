// Command line to Options, driven by options.def.
#include "driver/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

typedef enum OptionKind {
  KIND_FLAG,
  KIND_TEXT,
  KIND_LIST,
  KIND_NUMBER,
  KIND_LEVEL,
  KIND_EMIT,
  KIND_MESSAGE_FORMAT,
  KIND_COLOR,
  KIND_TEST_FORMAT,
  KIND_SANITIZE,  // the lists of choices
} OptionKind;

#define IN(command) (1u << COMMAND_##command)
#define COMPILING (IN(BUILD) | IN(RUN) | IN(CHECK) | IN(TEST))
#define READING (COMPILING | IN(FMT))
#define EVERYWHERE ((1u << COMMAND_COUNT) - 1)

typedef struct CommandInfo {
  const char *name, *operands, *summary;
  uint32_t least, most;
  bool takes_rest;
} CommandInfo;

typedef struct OptionInfo {
  const char *short_name, *long_name;
  OptionKind kind;
  size_t field;  // offset in Options
  const char *argument;
  unsigned commands;
  const char *help;
} OptionInfo;

typedef struct ChoiceInfo {
  OptionKind list;
  int value;
  const char *text;
} ChoiceInfo;

static const CommandInfo commands[] = {
#define COMMAND(id, name, operands, least, most, takes_rest, summary) \
  {name, operands, summary, least, most, takes_rest},
#include "driver/options.def"
};

static const OptionInfo table[] = {
#define OPTION(short_name, long_name, kind, field, argument, in, help) \
  {short_name, long_name, KIND_##kind, offsetof(Options, field), argument, in, help},
#include "driver/options.def"
};

static const ChoiceInfo choices[] = {
#define LEVEL(id, text) {KIND_LEVEL, LEVEL_##id, text},
#define EMIT(id, text) {KIND_EMIT, EMIT_##id, text},
#define MESSAGE_FORMAT(id, text) {KIND_MESSAGE_FORMAT, MESSAGE_FORMAT_##id, text},
#define COLOR(id, text) {KIND_COLOR, COLOR_##id, text},
#define TEST_FORMAT(id, text) {KIND_TEST_FORMAT, TEST_FORMAT_##id, text},
#define SANITIZE(id, text) {KIND_SANITIZE, SANITIZE_##id, text},
#include "driver/options.def"
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct Parser {
  Options *options;
  Arena *arena;
  Text *error;
  char **at;  // the next word; the last one is NULL
} Parser;

static const char *command_name(const Parser *p) { return commands[p->options->command].name; }

// ── What is wrong, and what to try ──────────────────────────────────────────────────────────────────────────────
__attribute__((format(printf, 3, 4))) static bool fail(Parser *p, const Nearest *meant, const char *format, ...) {
  text_append(p->error, "quartz: ");
  va_list args;
  va_start(args, format);
  text_vprintf(p->error, format, args);
  va_end(args);
  if (meant && meant->best) text_printf(p->error, "; did you mean `%s`?", meant->best);
  text_char(p->error, '\n');
  if (p->options->command == COMMAND_COUNT) text_append(p->error, "Try `quartz help`.\n");
  else text_printf(p->error, "Try `quartz help %s`.\n", command_name(p));
  return false;
}

static bool fail_unknown_command(Parser *p, const char *word) {
  Nearest meant = {.wanted = word};
  for (size_t i = 0; i < COUNT(commands); i++) nearest_try(&meant, commands[i].name);
  return fail(p, &meant, "unknown command `%s`", word);
}

static bool fail_unknown_option(Parser *p, const char *word) {
  Nearest meant = {.wanted = arena_text(p->arena, word, strcspn(word, "="))};
  for (size_t i = 0; i < COUNT(table); i++) {
    if (!(table[i].commands & 1u << p->options->command)) continue;
    if (!table[i].long_name) continue;  // a short name is near every other
    if (strcmp(table[i].long_name, meant.wanted) == 0) return fail(p, NULL, "`%s` takes no value", meant.wanted);
    nearest_try(&meant, table[i].long_name);
  }
  return fail(p, &meant, "`%s` has no option `%s`", command_name(p), meant.wanted);
}

static bool fail_choice(Parser *p, const OptionInfo *option, const char *name, const char *value) {
  Nearest meant = {.wanted = value};
  for (size_t i = 0; i < COUNT(choices); i++)
    if (choices[i].list == option->kind) nearest_try(&meant, choices[i].text);
  return fail(p, &meant, "`%s` cannot be `%s`", name, value);
}

// ── One option ──────────────────────────────────────────────────────────────────────────────────────────────────
typedef VEC(const char *) TextList;
_Static_assert(sizeof(TextList) == sizeof(((Options *)0)->include), "LIST fields are lists of texts");

_Static_assert(sizeof(int) == sizeof(OptimiseLevel), "choices are stored as int");

static bool store_number(Parser *p, const char *name, const char *value, int *field) {
  char *end;
  long number = strtol(value, &end, 10);
  if (end == value || *end || number < 1 || number > 1000000)
    return fail(p, NULL, "`%s` needs a number from 1, not `%s`", name, value);
  *field = (int)number;
  return true;
}

static bool store_choice(Parser *p, const OptionInfo *option, const char *name, const char *value, void *field) {
  for (size_t i = 0; i < COUNT(choices); i++) {
    if (choices[i].list != option->kind || strcmp(choices[i].text, value) != 0) continue;
    memcpy(field, &choices[i].value, sizeof choices[i].value);
    return true;
  }
  return fail_choice(p, option, name, value);
}

static bool store(Parser *p, const OptionInfo *option, const char *name, const char *value) {
  void *field = (char *)p->options + option->field;
  assert(value || option->kind == KIND_FLAG);
  switch (option->kind) {
    case KIND_FLAG: *(bool *)field = true; return true;
    case KIND_TEXT: *(const char **)field = value; return true;
    case KIND_LIST: vec_push(p->arena, (TextList *)field, value); return true;
    case KIND_NUMBER: return store_number(p, name, value, field);
    case KIND_LEVEL:
    case KIND_EMIT:
    case KIND_MESSAGE_FORMAT:
    case KIND_COLOR:
    case KIND_TEST_FORMAT:
    case KIND_SANITIZE: return store_choice(p, option, name, value, field);
  }
  return false;
}

// Does `word` name this option? Its value, when it is joined to the name, is left in *value.
static bool matches(const OptionInfo *option, const char *word, const char **value) {
  *value = NULL;
  bool takes_value = option->argument != NULL;
  for (int i = 0; i < 2; i++) {
    const char *name = i ? option->long_name : option->short_name;
    size_t size = name ? strlen(name) : 0;
    if (!name || strncmp(word, name, size) != 0) continue;
    if (!word[size]) return true;
    if (!takes_value || (i && word[size] != '=')) continue;
    *value = word + size + (word[size] == '=');
    return true;
  }
  return false;
}

static bool parse_option(Parser *p, const char *word) {
  for (size_t i = 0; i < COUNT(table); i++) {
    const OptionInfo *option = &table[i];
    const char *value;
    if (!(option->commands & 1u << p->options->command) || !matches(option, word, &value)) continue;
    const char *name = option->long_name ? option->long_name : option->short_name;
    if (option->argument && !value && !(value = *p->at ? *p->at++ : NULL))
      return fail(p, NULL, "`%s` needs a value: %s", name, option->help);
    return store(p, option, name, value);
  }
  return fail_unknown_option(p, word);
}

// ── The whole line ──────────────────────────────────────────────────────────────────────────────────────────────
static bool parse_rest(Parser *p) {
  if (!commands[p->options->command].takes_rest)
    return fail(p, NULL, "`%s` passes nothing on after `--`", command_name(p));
  p->options->rest = p->at;
  while (*p->at) p->at++, p->options->rest_count++;
  return true;
}

static bool check_operands(Parser *p) {
  const CommandInfo *command = &commands[p->options->command];
  uint32_t given = p->options->operands.size;
  if (p->options->help) return true;
  if (given < command->least) return fail(p, NULL, "`%s` needs %s", command->name, command->operands);
  if (given <= command->most) return true;
  const char *extra = p->options->operands.data[command->most];
  if (command->takes_rest)
    return fail(p, NULL, "`%s` takes one file; put the program's arguments after `--`: `-- %s`", command->name, extra);
  return fail(p, NULL, "`%s` takes no further operand, but got `%s`", command->name, extra);
}

static bool parse_words(Parser *p) {
  while (*p->at) {
    const char *word = *p->at++;
    if (strcmp(word, "--") == 0) {
      if (!parse_rest(p)) return false;
    } else if (word[0] == '-' && word[1]) {
      if (!parse_option(p, word)) return false;
    } else {
      vec_push(p->arena, &p->options->operands, word);
    }
  }
  return check_operands(p);
}

static CommandId find_command(const char *word) {
  size_t i = 0;
  while (i < COUNT(commands) && strcmp(commands[i].name, word) != 0) i++;
  return (CommandId)i;
}

// `quartz help build` is `quartz build --help`.
static bool resolve_help(Parser *p) {
  Options *options = p->options;
  if (options->command != COMMAND_HELP) return true;
  options->help = true;
  if (!options->operands.size) return true;
  const char *word = options->operands.data[0];
  options->command = find_command(word);
  return options->command != COMMAND_COUNT || fail_unknown_command(p, word);
}

static void apply_defaults(Options *options) {
  if (options->level) return;
  options->level = options->release ? LEVEL_2 : options->command == COMMAND_BUILD ? LEVEL_1 : LEVEL_0;
}

bool options_parse(Options *options, Arena *arena, int argc, char **argv, Text *error) {
  *options = (Options){.command = COMMAND_COUNT};
  Parser p = {options, arena, error, argv + 1};
  const char *word = argc > 1 ? *p.at++ : NULL;
  if (!word) return fail(&p, NULL, "no command given");
  if (strcmp(word, "--version") == 0) return options->version = true;
  bool wants_help = strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
  options->command = wants_help ? COMMAND_HELP : find_command(word);
  if (options->command == COMMAND_COUNT) return fail_unknown_command(&p, word);
  if (!parse_words(&p) || !resolve_help(&p)) return false;
  apply_defaults(options);
  return true;
}

// ── Help ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void usage_row(Text *out, const char *left, const char *right) { text_printf(out, "  %-22s %s\n", left, right); }

static void usage_option(Text *out, const OptionInfo *option) {
  Text left = {.arena = out->arena};
  if (option->short_name) text_append(&left, option->short_name);
  if (option->short_name && option->long_name) text_append(&left, ", ");
  if (option->long_name) text_append(&left, option->long_name);
  if (option->argument) {
    bool is_joined = option->kind == KIND_LEVEL;
    if (!is_joined) text_char(&left, option->long_name ? '=' : ' ');
    text_append(&left, option->argument);
  }
  usage_row(out, text_str(&left), option->help);
}

void options_usage(Text *out) {
  text_append(out, "quartz: the compiler of the Quartz language\n\nusage: quartz COMMAND …\n\n");
  for (size_t i = 0; i < COUNT(commands); i++) {
    Text left = {.arena = out->arena};
    text_printf(&left, "%s %s", commands[i].name, commands[i].operands);
    usage_row(out, text_str(&left), commands[i].summary);
  }
  text_append(out,
              "\n`quartz help COMMAND` lists a command's options; `quartz --version` names the\ncompiler.\n");
}

void options_command_usage(Text *out, CommandId command) {
  if (command == COMMAND_HELP) return options_usage(out);
  text_printf(out, "usage: quartz %s [OPTIONS] %s\n\n%s\n\n", commands[command].name, commands[command].operands,
              commands[command].summary);
  for (size_t i = 0; i < COUNT(table); i++)
    if (table[i].commands & 1u << command) usage_option(out, &table[i]);
}
