// For the tests of src/mir: contexts, files of MIR text with what is expected of them, programs run in a child process.
//
// A test file is MIR text; from the first line that begins with `; expect` on it says what must come of it:
//   ; expect WORD REST       a section; the lines up to the next such line are its body
#ifndef QZ_SPEC_MIR_SUPPORT_H
#define QZ_SPEC_MIR_SUPPORT_H

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mir/mir.h"
#include "spec/unit/front.h"

static inline MirModule *module_parse(Front *s, const char *text, size_t size) {
  return mir_parse(&s->context, &s->arena, front_source_named(s, "test.mir", text, size));
}

// The module, or the test fails with the parser's message.
static inline MirModule *module_need(Front *s, const char *text) {
  MirModule *module = module_parse(s, text, strlen(text));
  if (!module) fail_msg("the text does not parse: %s", s->diags.items.size ? s->diags.items.data[0]->message : "?");
  return module;
}

static inline const char *module_print(Front *s, const MirModule *module) {
  Text text = {.arena = &s->arena};
  mir_print_module(&text, module);
  return text_str(&text);
}

static inline void module_need_check(Front *s, const MirModule *module) {
  Text why = {.arena = &s->arena};
  if (!mir_check(module, &why)) fail_msg("%s\n%s", text_str(&why), module_print(s, module));
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

static inline char *next_section(char *at) {
  if (strncmp(at, "; expect", 8) == 0) return at;
  char *found = strstr(at, "\n; expect");
  return found ? found + 1 : NULL;
}

static inline TestFile file_read(Arena *arena, const char *path) {
  TestFile file = {.path = path};
  char *text = need_text(arena, path);
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

static inline char *read_again(Arena *arena, FILE *file) {
  rewind(file);
  return read_rest(arena, file);
}

// Interprets the module in a child process.
static inline Outcome run_module(Front *s, MirModule *module) {
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
  return (Outcome){code, read_again(&s->arena, out), read_again(&s->arena, err)};
}

#endif
