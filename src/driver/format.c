// quartz fmt: each file in its canonical layout. A file is replaced as a whole, and only when its layout changes; one
// with errors stays as it is.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "driver/commands.h"
#include "driver/crash.h"
#include "driver/file.h"
#include "driver/worker.h"
#include "parser/parser.h"

typedef struct Formatting {
  Compiler compiler;
  bool has_other_layout;  // a file that --check asks about
  bool has_failed;        // the compiler, not the files
} Formatting;

static bool is_source(const char *name) {
  size_t size = strlen(name);
  return size > 3 && strcmp(name + size - 3, ".qz") == 0;
}

static PathList find_sources(Arena *arena, const Options *options) {
  PathList found = {0};
  for (uint32_t i = 0; i < options->operands.size; i++) files_at(arena, options->operands.data[i], is_source, &found);
  return found;
}

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────
// The new file has the mode of the old one. What is no ordinary file could only be written over.
static bool open_beside(Staged *staged, Arena *arena, const char *path, Text *why) {
  struct stat info;
  if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
    text_printf(why, "cannot write %s: it is not an ordinary file", path);
    return false;
  }
  if (!staged_open(staged, arena, path, why)) return false;
  if (chmod(staged->temporary, info.st_mode & 07777) == 0) return true;
  text_printf(why, "cannot write %s: %s", path, strerror(errno));
  staged_drop(staged);
  return false;
}

static bool replace(Arena *arena, const char *path, const Text *text, Text *why) {
  Staged staged;
  if (!open_beside(&staged, arena, path, why)) return false;
  bool is_done = staged_write(&staged, text->data, text->size, why) && staged_keep(&staged, why);
  if (!is_done) staged_drop(&staged);
  return is_done;
}

static void write_formatted(Formatting *all, const char *path, const Text *text) {
  Compiler *compiler = &all->compiler;
  Text why = {.arena = &compiler->forever};
  Watch watch;
  watch_begin(&watch);  // a signal waits until no temporary file is left
  if (!replace(&compiler->forever, path, text, &why))
    diag_report(&compiler->diags, QZ9001, (Span){0}, "%s", text_str(&why));
  watch_end(&watch);
}

// ── One file ────────────────────────────────────────────────────────────────────────────────────────────────────
static bool is_same_program(Compiler *compiler, const Source *source, const Text *formatted) {
  AstNode *before = parse_module(&compiler->context, source);
  Source *copy = source_add(&compiler->forever, &compiler->sources, source->path, formatted->data, formatted->size);
  return ast_equal(before, parse_module(&compiler->context, copy));
}

static void format_file(Formatting *all, const char *path) {
  Compiler *compiler = &all->compiler;
  const Source *source = loader_root(&compiler->loader, path);
  Text formatted = {.arena = &compiler->unit};
  if (!source || !ast_format(&formatted, &compiler->context, source)) return;
  bool is_same = formatted.size == source->size && memcmp(text_str(&formatted), source->text, source->size) == 0;
  if (is_same) return;
  if (compiler->check && !is_same_program(compiler, source, &formatted)) {
    all->has_failed = true;
    crash_report(compiler, "formatting would change the program", path);
  } else if (compiler->options->only_check) {
    all->has_other_layout = true;
    puts(path);
  } else {
    write_formatted(all, path, &formatted);
  }
}

int command_fmt(const Options *options) {
  Formatting all = {0};
  compiler_init(&all.compiler, options);
  crash_guard(&all.compiler);
  compiler_stage(&all.compiler, "format");
  PathList paths = find_sources(&all.compiler.forever, options);
  for (uint32_t i = 0; i < paths.size && !all.has_failed; i++) {
    format_file(&all, paths.data[i]);
    arena_free(&all.compiler.unit);
  }
  compiler_report(&all.compiler);
  bool is_good = !all.compiler.diags.error_count && !all.has_other_layout;
  compiler_free(&all.compiler);
  return all.has_failed ? STATUS_INTERNAL : is_good ? 0 : STATUS_ERRORS;
}
