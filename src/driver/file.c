// What the driver asks of the file system. Every failure is a sentence for the user, never an exit.
#include "driver/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ── Paths ───────────────────────────────────────────────────────────────────────────────────────────────────────
const char *path_base(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

const char *path_folder(Arena *arena, const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return ".";
  return slash == path ? "/" : arena_text(arena, path, (size_t)(slash - path));
}

const char *path_join(Arena *arena, const char *folder, const char *name) {
  if (name[0] == '/' || strcmp(folder, ".") == 0) return name;
  Text path = {.arena = arena};
  text_append(&path, folder);
  if (path.size && path.data[path.size - 1] != '/') text_char(&path, '/');
  text_append(&path, name);
  return text_str(&path);
}

bool file_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────
enum { READ_STEP = 64 << 10 };

// Sources are addressed by 32 bits.
static const char *const too_large = "it is larger than 4 GiB";

// The size in stat is a hint only: a pipe has none, and a file may change while it is read.
static FileText read_all(Arena *arena, int fd, size_t hint) {
  size_t capacity = hint + 1, size = 0;
  char *data = arena_alloc(arena, capacity + 1, 1);
  for (;;) {
    ssize_t got = read(fd, data + size, capacity - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return (FileText){.error = strerror(errno)};
    if (got == 0) break;
    size += (size_t)got;
    if (size >= UINT32_MAX) return (FileText){.error = too_large};
    if (size < capacity) continue;
    capacity += capacity + READ_STEP;
    char *larger = arena_alloc(arena, capacity + 1, 1);
    memcpy(larger, data, size);
    data = larger;
  }
  data[size] = 0;
  return (FileText){data, size, NULL};
}

static const char *unreadable(int fd, struct stat *info) {
  if (fd < 0 || fstat(fd, info) != 0) return strerror(errno);
  if (S_ISDIR(info->st_mode)) return "it is a folder";
  if (!S_ISREG(info->st_mode) && !S_ISFIFO(info->st_mode)) return "it is not an ordinary file";
  return info->st_size >= UINT32_MAX ? too_large : NULL;
}

FileText file_read(Arena *arena, const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info = {0};
  FileText result = {.error = unreadable(fd, &info)};
  if (!result.error) result = read_all(arena, fd, (size_t)info.st_size);
  if (fd >= 0) close(fd);
  return result;
}

// ── Finding ─────────────────────────────────────────────────────────────────────────────────────────────────────
static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static void find_below(Arena *arena, const char *folder, FileWanted *wanted, PathList *found) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_visible, alphasort);
  for (int i = 0; i < count; i++) {
    const char *path = path_join(arena, folder, arena_text(arena, entries[i]->d_name, strlen(entries[i]->d_name)));
    struct stat info;
    bool is_there = lstat(path, &info) == 0;  // links to folders may lead in circles
    if (is_there && S_ISDIR(info.st_mode)) find_below(arena, path, wanted, found);
    else if (is_there && wanted(path)) vec_push(arena, found, path);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
}

void files_at(Arena *arena, const char *path, FileWanted *wanted, PathList *found) {
  struct stat info;
  if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) find_below(arena, path, wanted, found);
  else vec_push(arena, found, path);
}

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────
static bool fail(Text *why, const char *path, const char *reason) {
  text_printf(why, "cannot write %s: %s", path, reason);
  return false;
}

bool staged_open(Staged *staged, Arena *arena, const char *path, Text *why) {
  struct stat info;
  bool is_there = stat(path, &info) == 0;
  if (is_there && S_ISDIR(info.st_mode)) return fail(why, path, "it is a folder");
  *staged = (Staged){path, path};
  if (is_there && !S_ISREG(info.st_mode)) return true;
  char *real = is_there ? realpath(path, NULL) : NULL;  // a link keeps pointing to the result
  if (real) staged->final = arena_text(arena, real, strlen(real));
  free(real);
  Text name = {.arena = arena};
  text_printf(&name, ".%s.%ld.tmp", path_base(staged->final), (long)getpid());
  staged->temporary = path_join(arena, path_folder(arena, staged->final), text_str(&name));
  int fd = open(staged->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return fail(why, path, strerror(errno));
  close(fd);
  return true;
}

static bool write_all(int fd, const char *bytes, size_t size) {
  while (size) {
    ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes += written;
    size -= (size_t)written;
  }
  return true;
}

bool staged_write(const Staged *staged, const char *bytes, size_t size, Text *why) {
  int fd = open(staged->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return fail(why, staged->final, strerror(errno));
  bool is_written = write_all(fd, bytes, size);
  if (!is_written) fail(why, staged->final, strerror(errno));
  if (close(fd) != 0 && is_written) return fail(why, staged->final, strerror(errno));
  return is_written;
}

bool staged_keep(const Staged *staged, Text *why) {
  if (staged->temporary == staged->final || rename(staged->temporary, staged->final) == 0) return true;
  return fail(why, staged->final, strerror(errno));
}

void staged_drop(const Staged *staged) {
  if (staged->temporary != staged->final) unlink(staged->temporary);
}

// ── Temporary folders ───────────────────────────────────────────────────────────────────────────────────────────
const char *scratch_new(Arena *arena, Text *why) {
  const char *base = getenv("TMPDIR");
  Text path = {.arena = arena};
  text_printf(&path, "%s/quartz-XXXXXX", base && *base ? base : "/tmp");
  if (mkdtemp(path.data)) return path.data;
  fail(why, path.data, strerror(errno));
  return NULL;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at) {
  (void)info, (void)kind, (void)at;
  remove(path);  // what cannot be removed is left behind: there is nobody to tell
  return 0;
}

void scratch_remove(const char *folder) { nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT); }
