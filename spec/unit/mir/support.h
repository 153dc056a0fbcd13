// For the tests of src/mir: contexts, files of MIR text with what is expected of them, programs run in a child process.
//
// A test file is MIR text; from the first line that begins with `; expect` on it says what must come of it:
//   ; expect WORD REST       a section; the lines up to the next such line are its body
#ifndef QZ_SPEC_MIR_SUPPORT_H
#define QZ_SPEC_MIR_SUPPORT_H

#include <dirent.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mir/mir.h"

typedef struct Session {
  Arena arena;
  Interner names;
  SourceMap sources;
  DiagList diags;
  Context context;
} Session;

static inline void session_open(Session *s) {
  memset(s, 0, sizeof *s);
  interner_init(&s->names, &s->arena);
  s->diags.arena = &s->arena;
  s->context = (Context){.arena = &s->arena, .names = &s->names, .sources = &s->sources, .diags = &s->diags};
}

static inline void session_close(Session *s) { arena_free(&s->arena); }

static inline MirModule *session_parse(Session *s, const char *text, size_t size) {
  Source *source = source_add(&s->arena, &s->sources, "test.mir", arena_text(&s->arena, text, size), size);
  return mir_parse(&s->context, &s->arena, source);
}

// The module, or the test fails with the parser's message.
static inline MirModule *session_need(Session *s, const char *text) {
  MirModule *module = session_parse(s, text, strlen(text));
  if (!module) fail_msg("the text does not parse: %s", s->diags.items.size ? s->diags.items.data[0]->message : "?");
  return module;
}

static inline const char *session_print(Session *s, const MirModule *module) {
  Text text = {.arena = &s->arena};
  mir_print_module(&text, module);
  return text_str(&text);
}

static inline void session_need_check(Session *s, const MirModule *module) {
  Text why = {.arena = &s->arena};
  if (!mir_check(module, &why)) fail_msg("%s\n%s", text_str(&why), session_print(s, module));
}

// ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Section {
  const char *words;  // behind `; expect `
  const char *body;
} Section;

typedef struct TestFile {
  const char *path;
  const char *text;
  Section sections[16];
  uint32_t section_count;
} TestFile;

static inline char *read_whole(Arena *arena, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail_msg("cannot read %s: run tests from the project's root", path);
  Text text = {.arena = arena};
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;) text_bytes(&text, buffer, n);
  fclose(file);
  return arena_text(arena, text_str(&text), text.size);
}

static inline char *next_section(char *at) {
  if (strncmp(at, "; expect", 8) == 0) return at;
  char *found = strstr(at, "\n; expect");
  return found ? found + 1 : NULL;
}

static inline TestFile file_read(Arena *arena, const char *path) {
  TestFile file = {.path = path};
  char *text = read_whole(arena, path);
  file.text = text;
  for (char *at = next_section(text); at;) {
    if (at > text) at[-1] = 0;
    char *end = strchr(at, '\n');
    if (end) *end = 0;
    Section *section = &file.sections[file.section_count++];
    *section = (Section){strlen(at) > 9 ? at + 9 : "", end ? end + 1 : ""};
    at = end ? next_section(end + 1) : NULL;
  }
  return file;
}

typedef void FileTest(const char *path);

static inline int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

// Runs `test` on every .mir file of a folder, by name.
static inline void for_each_file(const char *folder, FileTest *test) {
  Arena arena = {0};
  VEC(char *) paths = {0};
  DIR *dir = opendir(folder);
  if (!dir) fail_msg("cannot read %s: run tests from the project's root", folder);
  for (struct dirent *entry; (entry = readdir(dir));) {
    size_t size = strlen(entry->d_name);
    if (size < 4 || strcmp(entry->d_name + size - 4, ".mir") != 0) continue;
    Text path = {.arena = &arena};
    text_printf(&path, "%s/%s", folder, entry->d_name);
    vec_push(&arena, &paths, (char *)text_str(&path));
  }
  closedir(dir);
  assert_true(paths.size > 0);
  qsort(paths.data, paths.size, sizeof *paths.data, compare_names);
  for (uint32_t i = 0; i < paths.size; i++) test(paths.data[i]);
  arena_free(&arena);
}

// ── Programs ────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Outcome {
  int status;  // exit status, or 128 + signal
  const char *out, *err;
} Outcome;

static inline char *read_all(Arena *arena, FILE *file) {
  Text text = {.arena = arena};
  rewind(file);
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;) text_bytes(&text, buffer, n);
  fclose(file);
  return arena_text(arena, text_str(&text), text.size);
}

// Interprets the module in a child process.
static inline Outcome run_module(Session *s, MirModule *module) {
  FILE *out = tmpfile(), *err = tmpfile();
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    char *arguments[] = {"test", NULL};
    dup2(fileno(out), 1);
    dup2(fileno(err), 2);
    MirInterpResult result = mir_interpret(module, 1, arguments);
    fflush(NULL);
    _exit(result.status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return (Outcome){code, read_all(&s->arena, out), read_all(&s->arena, err)};
}

#endif
