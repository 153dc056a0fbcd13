// Files and folders for the standard library. What fails gives -errno, or stores it where the row says so.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/internal.h"
#include "runtime/support.h"

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────
const char *qz_c_text(const QzString *string) {
  const char *text = (const char *)string->bytes;
  return memchr(text, 0, (size_t)string->byte_size) ? NULL : text;
}

int64_t qz_result(int64_t result) { return result < 0 ? -errno : result; }

// What `call` gives for a name; a name with a NUL in it is no name of a file.
#define WITH_NAME(string, call)         \
  const char *name = qz_c_text(string); \
  return name ? qz_result(call) : -EINVAL

// ── Descriptors ─────────────────────────────────────────────────────────────────────────────────────────────────
int64_t qz_open(QzString *path, int64_t mode) {
  static const int flags[] = {O_RDONLY, O_WRONLY | O_CREAT | O_TRUNC, O_WRONLY | O_CREAT | O_APPEND, O_RDWR | O_CREAT};
  if (mode < 0 || mode >= (int64_t)(sizeof flags / sizeof *flags)) return -EINVAL;
  WITH_NAME(path, open(name, flags[mode] | O_CLOEXEC, 0666));
}

int64_t qz_close(int64_t fd) { return qz_result(close((int)fd)); }

int64_t (*qz_awaiter)(int fd);
void (*qz_unwinder)(void);

int64_t qz_read(int64_t fd, uint8_t *bytes, int64_t room) {
  if (fd == STDIN_FILENO) qz_stdout_flush();
  int64_t awaited = fd == STDIN_FILENO && qz_awaiter ? qz_awaiter((int)fd) : 0;
  if (awaited == -ECANCELED) qz_unwinder();
  if (awaited < 0) return awaited;
  for (;;) {
    ssize_t size = read((int)fd, bytes, (size_t)room);
    if (size >= 0 || errno != EINTR) return qz_result(size);
  }
}

int64_t qz_seek(int64_t fd, int64_t offset, int64_t whence) {
  static const int from[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  return whence < 0 || whence > 2 ? -EINVAL : qz_result(lseek((int)fd, offset, from[whence]));
}

int64_t qz_is_terminal(int64_t fd) { return isatty((int)fd); }

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────────
static int64_t kind_of(mode_t mode) {
  if (S_ISREG(mode)) return 0;
  if (S_ISDIR(mode)) return 1;
  return S_ISLNK(mode) ? 2 : 3;
}

int64_t qz_stat(QzString *path, int64_t follow_links, int64_t *fields) {
  struct stat info;
  const char *name = qz_c_text(path);
  if (!name) return -EINVAL;
  if ((follow_links ? stat(name, &info) : lstat(name, &info)) != 0) return -errno;
  fields[0] = kind_of(info.st_mode);
  fields[1] = info.st_size;
  fields[2] = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
  fields[3] = info.st_mode & 07777;
  return 0;
}

int64_t qz_mkdir(QzString *path) { WITH_NAME(path, mkdir(name, 0777)); }
int64_t qz_rmdir(QzString *path) { WITH_NAME(path, rmdir(name)); }
int64_t qz_unlink(QzString *path) { WITH_NAME(path, unlink(name)); }
int64_t qz_chmod(QzString *path, int64_t bits) { WITH_NAME(path, chmod(name, (mode_t)bits)); }
int64_t qz_chdir(QzString *path) { WITH_NAME(path, chdir(name)); }

int64_t qz_rename(QzString *from, QzString *to) {
  const char *new_name = qz_c_text(to);
  if (!new_name) return -EINVAL;
  WITH_NAME(from, rename(name, new_name));
}

int64_t qz_symlink(QzString *target, QzString *path) {
  const char *text = qz_c_text(target);
  if (!text) return -EINVAL;
  WITH_NAME(path, symlink(text, name));
}

// ── Names as results ────────────────────────────────────────────────────────────────────────────────────────────
static bool is_listed(const char *name) { return strcmp(name, ".") != 0 && strcmp(name, "..") != 0; }

static void read_names(DIR *dir, QzBuffer *names) {
  for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
    if (!is_listed(entry->d_name)) continue;
    if (names->size) qz_buffer_add(names, "/", 1);
    qz_buffer_add(names, entry->d_name, strlen(entry->d_name));
  }
}

QzString *qz_list_dir(QzString *path, int64_t *error) {
  const char *name = qz_c_text(path);
  QzBuffer names = {0};
  errno = EINVAL;
  DIR *dir = name ? opendir(name) : NULL;
  *error = dir ? 0 : -errno;
  if (dir) {
    read_names(dir, &names);
    closedir(dir);
  }
  return qz_buffer_to_string(&names);
}

// Takes text that malloc gave, or NULL and errno.
static QzString *owned_text(char *text, int64_t *error) {
  *error = text ? 0 : -errno;
  QzString *string = qz_string_of(text ? text : "");
  free(text);
  return string;
}

QzString *qz_real_path(QzString *path, int64_t *error) {
  const char *name = qz_c_text(path);
  errno = EINVAL;
  return owned_text(name ? realpath(name, NULL) : NULL, error);
}

QzString *qz_cwd(int64_t *error) { return owned_text(realpath(".", NULL), error); }

QzString *qz_error_text(int64_t error) {
  char text[128];
  if (error >= QZ_NAME_ERROR) return qz_string_of(gai_strerror(QZ_NAME_ERROR - (int)error));
  return qz_string_of(strerror_r((int)(error < 0 ? -error : error), text, sizeof text));
}
