// Links through ld.lld with the C start files of the system, which takes half the time of going through a C compiler
// driver; where the linker or a start file is not found, or a sanitizer is wanted, through `cc`. Commands are argument
// lists, never a shell's.
#include "driver/link.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vec.h"
#include "driver/file.h"

typedef VEC(const char *) Command;

typedef struct Link {
  const LinkOptions *options;
  Arena *arena;
  Text *why;
  Command command;
  const char *runtime;
} Link;

static void add(Link *l, const char *word) { vec_push(l->arena, &l->command, word); }

static const char *joined(Link *l, const char *a, const char *b) {
  Text text = {.arena = l->arena};
  text_append(&text, a);
  text_append(&text, b);
  return text_str(&text);
}

// ── Finding things ──────────────────────────────────────────────────────────────────────────────────────────────
// Made for a sanitizer it has that one's name in its own.
static const char *runtime_name(Link *l) {
  const char *sanitizer = l->options->sanitizer;
  return sanitizer ? joined(l, "libquartz_rt_", joined(l, sanitizer, ".a")) : "libquartz_rt.a";
}

static const char *runtime_beside_compiler(Link *l) {
  char path[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  if (size < 0) return runtime_name(l);
  path[size] = 0;
  const char *folder = path_folder(l->arena, path);
  return path_join(l->arena, folder, joined(l, "../lib/", runtime_name(l)));
}

// The first of `names` that is a program in $PATH; NULL: none is.
static const char *find_program(Link *l, const char *const *names, size_t count) {
  const char *path = getenv("PATH");
  for (size_t i = 0; i < count; i++) {
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
      size_t size = strcspn(at, ":");
      const char *found = path_join(l->arena, arena_text(l->arena, at, size), names[i]);
      if (access(found, X_OK) == 0) return found;
      at += size + (at[size] == ':');
    }
  }
  return NULL;
}

static const char *find_lld(Link *l) {
  static const char *const names[] = {"ld.lld-19", "ld.lld-22", "ld.lld-21", "ld.lld-20", "ld.lld"};
  return find_program(l, names, sizeof names / sizeof *names);
}

typedef struct Platform {
  const char *emulation, *loader, *folder, *gcc_folder;
} Platform;

static const Platform platform =
#if defined(__x86_64__)
    {"elf_x86_64", "/lib64/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu", "/usr/lib/gcc/x86_64-linux-gnu"};
#elif defined(__aarch64__)
    {"aarch64linux", "/lib/ld-linux-aarch64.so.1", "/usr/lib/aarch64-linux-gnu", "/usr/lib/gcc/aarch64-linux-gnu"};
#else
    {"", "", "", ""};
#endif

// The folder of the newest GCC that has start files and libgcc; NULL: none.
static const char *newest_gcc(Link *l) {
  DIR *dir = opendir(platform.gcc_folder);
  const char *best = NULL;
  long best_version = -1;
  for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
    long version = strtol(entry->d_name, NULL, 10);
    const char *folder = path_join(l->arena, platform.gcc_folder, entry->d_name);
    if (version <= best_version || !file_exists(path_join(l->arena, folder, "crtbeginS.o"))) continue;
    best = folder;
    best_version = version;
  }
  if (dir) closedir(dir);
  return best;
}

static bool has_start_files(Link *l) {
  static const char *const names[] = {"Scrt1.o", "crti.o", "crtn.o"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (!file_exists(path_join(l->arena, platform.folder, names[i]))) return false;
  return true;
}

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────
static void add_inputs(Link *l) {
  for (uint32_t i = 0; i < l->options->object_count; i++) add(l, l->options->objects[i]);
  add(l, l->runtime);
  for (uint32_t i = 0; i < l->options->library_count; i++) add(l, joined(l, "-l", l->options->libraries[i]));
  add(l, "-lm");
}

// A mapped file would end lld by a signal when the disk is full, and its temporary file would stay.
#define WRITES_FILE "--no-mmap-output-file"

static void add_lld_options(Link *l) {
  static const char *const words[] = {"-pie",
                                      "--eh-frame-hdr",
                                      "--hash-style=gnu",
                                      "--build-id=none",
                                      "--gc-sections",
                                      "--as-needed",
                                      "-z",
                                      "relro",
                                      "-z",
                                      "pack-relative-relocs",
                                      WRITES_FILE};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) add(l, words[i]);
  add(l, "-m"), add(l, platform.emulation);
  add(l, "-dynamic-linker"), add(l, platform.loader);
  if (l->options->strip) add(l, "--strip-all");
  add(l, "-o"), add(l, l->options->output);
}

static void make_lld_command(Link *l, const char *lld, const char *gcc) {
  add(l, lld);
  add_lld_options(l);
  add(l, path_join(l->arena, platform.folder, "Scrt1.o"));
  add(l, path_join(l->arena, platform.folder, "crti.o"));
  add(l, path_join(l->arena, gcc, "crtbeginS.o"));
  add(l, joined(l, "-L", gcc));
  add(l, joined(l, "-L", platform.folder));
  add(l, joined(l, "-L", "/usr/lib"));
  add_inputs(l);
  // The unwinder is linked in: loading libgcc_s would double the time a small program takes to start.
  add(l, "--start-group"), add(l, "-lgcc"), add(l, "-lgcc_eh"), add(l, "-lc"), add(l, "--end-group");
  add(l, path_join(l->arena, gcc, "crtendS.o"));
  add(l, path_join(l->arena, platform.folder, "crtn.o"));
}

static void make_cc_command(Link *l, const char *cc) {
  static const char *const words[] = {"-pie", "-static-libgcc", "-Wl,--gc-sections", "-Wl,--as-needed"};
  add(l, cc);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) add(l, words[i]);
  if (l->options->strip) add(l, "-s");
  if (l->options->sanitizer) add(l, joined(l, "-fsanitize=", l->options->sanitizer));
  add(l, "-o"), add(l, l->options->output);
  add_inputs(l);
}

static bool make_command(Link *l) {
  static const char *const compilers[] = {"cc", "gcc", "clang"};
  const char *lld = l->options->use_cc || l->options->sanitizer ? NULL : find_lld(l), *gcc = lld ? newest_gcc(l) : NULL;
  if (lld && gcc && has_start_files(l)) {
    make_lld_command(l, lld, gcc);
    return true;
  }
  const char *cc = find_program(l, compilers, sizeof compilers / sizeof *compilers);
  if (!cc) text_append(l->why, "found neither ld.lld with the C start files nor a C compiler to link with");
  else make_cc_command(l, cc);
  return cc != NULL;
}

// ── Running ─────────────────────────────────────────────────────────────────────────────────────────────────────
static void read_all(int fd, Text *into) {
  char bytes[4096];
  for (;;) {
    ssize_t size = read(fd, bytes, sizeof bytes);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    text_bytes(into, bytes, (size_t)size);
  }
}

static int spawn(Link *l, const int *output, pid_t *child) {
  add(l, NULL);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
  int error = posix_spawn(child, l->command.data[0], &actions, NULL, (char *const *)l->command.data, environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

static bool wait_for(pid_t child) {
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run(Link *l) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return text_printf(l->why, "cannot link: %s", strerror(errno)), false;
  pid_t child;
  int error = spawn(l, output, &child);
  close(output[1]);
  Text said = {.arena = l->arena};
  if (!error) read_all(output[0], &said);
  close(output[0]);
  if (error) return text_printf(l->why, "cannot run %s: %s", l->command.data[0], strerror(error)), false;
  if (wait_for(child)) return true;
  text_printf(l->why, "%s failed:\n%s", l->command.data[0], text_str(&said));
  return false;
}

bool link_program(const LinkOptions *options, Arena *arena, Text *why) {
  Link link = {.options = options, .arena = arena, .why = why, .runtime = options->runtime};
  if (!link.runtime) link.runtime = runtime_beside_compiler(&link);
  if (options->sanitizer && !file_exists(link.runtime))
    return text_printf(why, "there is no runtime for --sanitize=%s: `make test-tsan` makes %s", options->sanitizer,
                       link.runtime), false;
  return make_command(&link) && run(&link);
}

bool link_can_combine(Arena *arena) { return find_lld(&(Link){.arena = arena}) != NULL; }

bool link_combine(const LinkOptions *options, Arena *arena, Text *why) {
  Link link = {.options = options, .arena = arena, .why = why};
  const char *lld = find_lld(&link);
  if (!lld) return text_append(why, "found no ld.lld to combine objects with"), false;
  add(&link, lld), add(&link, "-r"), add(&link, WRITES_FILE), add(&link, "-o"), add(&link, options->output);
  for (uint32_t i = 0; i < options->object_count; i++) add(&link, options->objects[i]);
  return run(&link);
}
