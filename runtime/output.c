// Standard output, buffered, and standard error, which follows it.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/internal.h"

enum { BUFFER_SIZE = 1 << 16 };

// Of what follows. Recursive, since a stack may overflow while it is held, and the report of that flushes too.
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static uint8_t buffer[BUFFER_SIZE];
static size_t used;
static enum { UNKNOWN, BY_LINE, BY_BLOCK } mode;

// What this thread says on standard error and keeps back until the report is whole. Who writes it neither waits nor
// runs what the program wrote.
static _Thread_local struct {
  uint32_t depth;
  uint32_t size;
  uint8_t bytes[4096];
} held;

static bool hold(const uint8_t *bytes, int64_t size) {
  if (!held.depth || size > (int64_t)sizeof held.bytes) return false;
  if (size > (int64_t)(sizeof held.bytes - held.size)) qz_error_flush();
  memcpy(held.bytes + held.size, bytes, (size_t)size);
  held.size += (uint32_t)size;
  return true;
}

int64_t qz_write(int64_t fd, const uint8_t *bytes, int64_t size) {
  if (fd == STDERR_FILENO) {
    if (hold(bytes, size)) return size;
    qz_error_flush();
    qz_stdout_flush();
  }
  for (int64_t done = 0; done < size;) {
    ssize_t written = write((int)fd, bytes + done, (size_t)(size - done));
    if (written < 0 && errno != EINTR) return -errno;
    if (written > 0) done += written;
  }
  return size;
}

// When nobody reads any more, as in `program | head`, the process ends as a signal would have ended it. Any other
// error loses the output: there is no caller that could be told.
static void write_out(const uint8_t *bytes, size_t size) {
  if (qz_write(STDOUT_FILENO, bytes, (int64_t)size) == -EPIPE) _exit(128 + SIGPIPE);
}

static void flush(void) {
  size_t size = used;
  used = 0;
  if (size) write_out(buffer, size);
}

void qz_stdout_flush(void) {
  pthread_mutex_lock(&lock);
  flush();
  pthread_mutex_unlock(&lock);
}

static void append(const uint8_t *bytes, size_t size) {
  if (size > BUFFER_SIZE - used) flush();
  if (size > BUFFER_SIZE) {
    write_out(bytes, size);
    return;
  }
  memcpy(buffer + used, bytes, size);
  used += size;
}

static bool is_by_line(void) {
  if (mode == UNKNOWN) mode = isatty(STDOUT_FILENO) ? BY_LINE : BY_BLOCK;
  return mode == BY_LINE;
}

void qz_stdout_write(const uint8_t *bytes, int64_t size) {
  if (size <= 0) return;
  pthread_mutex_lock(&lock);
  append(bytes, (size_t)size);
  if (is_by_line() && memchr(bytes, '\n', (size_t)size)) flush();
  pthread_mutex_unlock(&lock);
}

void qz_stdout_write_line(const uint8_t *bytes, int64_t size) {
  pthread_mutex_lock(&lock);
  append(bytes, (size_t)size);
  append((const uint8_t *)"\n", 1);
  if (is_by_line()) flush();
  pthread_mutex_unlock(&lock);
}

void qz_error_begin(void) { held.depth++; }

void qz_error_end(void) {
  if (--held.depth == 0) qz_error_flush();
}

void qz_error_flush(void) {
  int64_t size = held.size;
  uint32_t depth = held.depth;
  if (!size) return;
  held.size = held.depth = 0;
  (void)qz_write(STDERR_FILENO, held.bytes, size);
  held.depth = depth;
}

void qz_error_printf(const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  int size = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (size >= (int)sizeof text) size = (int)sizeof text - 1;
  (void)qz_write(STDERR_FILENO, (const uint8_t *)text, size);
}
