// The process, its surroundings and its children, for the standard library.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/internal.h"
#include "runtime/support.h"

// ── Surroundings ────────────────────────────────────────────────────────────────────────────────────────────────
static pthread_mutex_t environment = PTHREAD_MUTEX_INITIALIZER;

int qz_environment_lock(void) { return pthread_mutex_lock(&environment); }

void qz_environment_unlock(const int *unused) {
  (void)unused;
  pthread_mutex_unlock(&environment);
}

QzString *qz_env_get(QzString *name, int64_t *found) {
  QZ_LOCK_ENVIRONMENT();
  const char *text = qz_c_text(name), *value = text ? getenv(text) : NULL;
  *found = value != NULL;
  return qz_string_of(value ? value : "");
}

int64_t qz_env_set(QzString *name, QzString *value) {
  QZ_LOCK_ENVIRONMENT();
  const char *key = qz_c_text(name), *text = qz_c_text(value);
  return key && text ? qz_result(setenv(key, text, 1)) : -EINVAL;
}

int64_t qz_env_unset(QzString *name) {
  QZ_LOCK_ENVIRONMENT();
  const char *key = qz_c_text(name);
  return key ? qz_result(unsetenv(key)) : -EINVAL;
}

QzString *qz_env_all(void) {
  QZ_LOCK_ENVIRONMENT();
  QzBuffer all = {0};
  for (char **entry = environ; entry && *entry; entry++) {
    if (entry != environ) qz_buffer_add(&all, "", 1);
    qz_buffer_add(&all, *entry, strlen(*entry));
  }
  return qz_buffer_to_string(&all);
}

int64_t qz_pid(void) { return getpid(); }

int64_t qz_cpu_count(void) {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? count : 1;
}

// Without its source of randomness the system is not one that can go on.
void qz_random_bytes(uint8_t *bytes, int64_t size) {
  for (int64_t done = 0; done < size;) {
    ssize_t got = getrandom(bytes + done, (size_t)(size - done), 0);
    if (got > 0) done += got;
    else if (errno != EINTR) abort();
  }
}

// ── Starting children ───────────────────────────────────────────────────────────────────────────────────────────
// The words as the list that exec wants, in one block.
static char **split_words(const QzString *words) {
  const char *text = (const char *)words->bytes, *end = text + words->byte_size;
  size_t count = 1;
  for (const char *at = text; at < end; at++) count += *at == 0;
  char **list = qz_alloc((int64_t)((count + 1) * sizeof *list));
  for (size_t i = 0; i < count; i++, text += strlen(text) + 1) list[i] = (char *)text;
  list[count] = NULL;
  return list;
}

typedef struct Child {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  pid_t pid;
} Child;

// Children get the signals of a fresh process: we ignore SIGPIPE, they should not.
static void open_child(Child *child, const QzString *directory) {
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawn_file_actions_init(&child->actions);
  posix_spawnattr_init(&child->attributes);
  posix_spawnattr_setsigdefault(&child->attributes, &defaults);
  posix_spawnattr_setflags(&child->attributes, POSIX_SPAWN_SETSIGDEF);
  if (directory->byte_size) posix_spawn_file_actions_addchdir_np(&child->actions, (const char *)directory->bytes);
}

static int64_t start_child(Child *child, const QzString *words) {
  QZ_LOCK_ENVIRONMENT();  // the child gets a copy
  char **list = split_words(words);
  int error = posix_spawnp(&child->pid, list[0], &child->actions, &child->attributes, list, environ);
  qz_free(list);
  posix_spawn_file_actions_destroy(&child->actions);
  posix_spawnattr_destroy(&child->attributes);
  return -error;
}

int64_t qz_process_spawn(QzString *words, QzString *directory) {
  Child child;
  qz_stdout_flush();
  open_child(&child, directory);
  int64_t error = start_child(&child, words);
  return error ? error : child.pid;
}

// Others run until then. Systems without such descriptors block the thread.
static int64_t await_end(pid_t pid) {
  int fd = qz_awaiter ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
  if (fd < 0) return 0;
  int64_t result = qz_awaiter(fd);
  close(fd);
  return result;
}

int64_t qz_process_wait(int64_t pid) {
  int status;
  int64_t awaited = await_end((pid_t)pid);
  if (awaited < 0) return awaited;
  while (waitpid((pid_t)pid, &status, 0) < 0)
    if (errno != EINTR) return -errno;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int64_t qz_process_kill(int64_t pid, int64_t number) { return qz_result(kill((pid_t)pid, (int)number)); }

// ── Talking to a child until it ends ────────────────────────────────────────────────────────────────────────────
typedef struct Talk {
  int input, output, errors;  // our ends; -1: closed
  const uint8_t *bytes;       // left to write
  int64_t size;
  QzBuffer out, err;
} Talk;

static void close_end(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void write_some(Talk *talk) {
  ssize_t written = write(talk->input, talk->bytes, (size_t)talk->size);
  if (written > 0) talk->bytes += written, talk->size -= written;
  bool is_over = written < 0 && errno != EAGAIN && errno != EINTR;  // the child reads no more
  if (is_over || !talk->size) close_end(&talk->input);
}

static void read_some(int *fd, QzBuffer *into) {
  enum { PORTION = 1 << 16 };
  ssize_t size = read(*fd, qz_buffer_room(into, PORTION), PORTION);
  if (size > 0) into->size += (size_t)size;
  else if (size == 0 || (errno != EAGAIN && errno != EINTR)) close_end(fd);
}

// A set of descriptors can be waited for like one.
static int64_t await_any(const struct pollfd *ends, int count) {
  int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) return -errno;
  int64_t result = 0;
  for (int i = 0; i < count && result == 0; i++) {
    struct epoll_event event = {.events = (uint32_t)ends[i].events};
    if (ends[i].fd >= 0) result = qz_result(epoll_ctl(set, EPOLL_CTL_ADD, ends[i].fd, &event));
  }
  if (result == 0) result = qz_awaiter(set);
  close(set);
  return result;
}

// What cannot be waited for with others running, or not any longer, is waited for alone: the child is to end.
static int poll_ends(struct pollfd *ends, int count) {
  bool is_awaited = qz_awaiter && await_any(ends, count) == 0;
  return poll(ends, (nfds_t)count, is_awaited ? 0 : -1);
}

static void talk_to_the_end(Talk *talk) {
  if (!talk->size) close_end(&talk->input);
  while (talk->input >= 0 || talk->output >= 0 || talk->errors >= 0) {
    struct pollfd ends[] = {{talk->input, POLLOUT, 0}, {talk->output, POLLIN, 0}, {talk->errors, POLLIN, 0}};
    if (poll_ends(ends, 3) < 0) continue;
    if (ends[0].revents) write_some(talk);
    if (ends[1].revents) read_some(&talk->output, &talk->out);
    if (ends[2].revents) read_some(&talk->errors, &talk->err);
  }
}

// in[0] and out[1] are the child's ends.
static int64_t open_pipes(int pipes[3][2]) {
  for (int i = 0; i < 3; i++) pipes[i][0] = pipes[i][1] = -1;
  for (int i = 0; i < 3; i++)
    if (pipe2(pipes[i], O_CLOEXEC) != 0) return -errno;
  return 0;
}

static void close_pipes(int pipes[3][2]) {
  for (int i = 0; i < 3; i++) close_end(&pipes[i][0]), close_end(&pipes[i][1]);
}

static int64_t start_with_pipes(Child *child, int pipes[3][2], const QzString *words, const QzString *directory) {
  open_child(child, directory);
  posix_spawn_file_actions_adddup2(&child->actions, pipes[0][0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&child->actions, pipes[1][1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&child->actions, pipes[2][1], STDERR_FILENO);
  return start_child(child, words);
}

int64_t qz_process_run(QzString *words, QzString *directory, const uint8_t *input, int64_t input_size, uint8_t **out,
                       int64_t *out_size, uint8_t **err, int64_t *err_size) {
  int pipes[3][2];
  Child child;
  *out = *err = NULL;
  *out_size = *err_size = 0;
  int64_t error = open_pipes(pipes);
  if (!error) error = start_with_pipes(&child, pipes, words, directory);
  if (error) return close_pipes(pipes), error;
  close_end(&pipes[0][0]), close_end(&pipes[1][1]), close_end(&pipes[2][1]);
  Talk talk = {.input = pipes[0][1], .output = pipes[1][0], .errors = pipes[2][0], .bytes = input, .size = input_size};
  fcntl(talk.input, F_SETFL, O_NONBLOCK);
  talk_to_the_end(&talk);
  *out = talk.out.bytes, *out_size = (int64_t)talk.out.size;
  *err = talk.err.bytes, *err_size = (int64_t)talk.err.size;
  return qz_process_wait(child.pid);
}
