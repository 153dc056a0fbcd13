// What only the system has: TCP, pipes, files, limits of descriptors. The same functions under seeds: io_test.c.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/internal.h"
#include "runtime/sched/io.h"
#include "runtime/sched/task.h"

enum { SECONDS_LIMIT = 60, MOMENT = 1000000 };

static _Atomic int wrong;
static void expect(bool is_right) { atomic_fetch_add(&wrong, !is_right); }

static const uint32_t worker_counts[] = {1, 2, 4};

static void run_with(uint32_t workers, void (*body)(void)) {
  atomic_store(&wrong, 0);
  alarm(SECONDS_LIMIT);
  assert_true(qz_sched_start(workers));
  body();
  qz_sched_stop();
  alarm(0);
  if (atomic_load(&wrong)) fail_msg("%d things were wrong with %u workers", atomic_load(&wrong), workers);
}

static void run_with_each(void (*body)(void)) {
  for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) run_with(worker_counts[i], body);
}

// ── Many connections, which end in different ways ───────────────────────────────────────────────────────────────
enum { CONNECTIONS = 48, ROUNDS = 10, MESSAGE = 100 };

typedef struct Listener {
  struct sockaddr_in address;
  int64_t handle;
} Listener;

static int new_socket(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  expect(fd >= 0);
  return fd;
}

static void listen_on(Listener *listener) {
  socklen_t size = sizeof listener->address;
  int fd = new_socket();
  listener->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  expect(bind(fd, (struct sockaddr *)&listener->address, size) == 0);
  expect(getsockname(fd, (struct sockaddr *)&listener->address, &size) == 0);
  expect(listen(fd, CONNECTIONS) == 0);
  expect((listener->handle = qz_io_open(fd)) >= 0);
}

static _Atomic int resets;

static void serve(void *argument) {
  char bytes[MESSAGE];  // else the system waits before it sends the rest
  int64_t handle = (int64_t)(uintptr_t)argument, size, written = 0;
  while ((size = qz_io_read(handle, bytes, sizeof bytes, QZ_FOREVER)) > 0)
    if ((written = qz_io_write(handle, bytes, size, QZ_FOREVER)) < 0) break;
  bool is_reset = size == -ECONNRESET || written == -ECONNRESET || written == -EPIPE;
  expect(size == 0 || is_reset);
  atomic_fetch_add(&resets, is_reset);
  expect(qz_io_close(handle) == 0);
}

static void accept_all(void *argument) {
  const Listener *listener = argument;
  QzTask *tasks[CONNECTIONS];
  for (int i = 0; i < CONNECTIONS; i++) {
    int64_t handle = qz_io_accept(listener->handle, QZ_FOREVER);
    expect(handle >= 0);
    tasks[i] = qz_task_start(serve, (void *)(uintptr_t)handle);
  }
  for (int i = 0; i < CONNECTIONS; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
}

static void read_all(int64_t handle, char *bytes, int64_t size) {
  for (int64_t done = 0, more; done < size; done += more) {
    more = qz_io_read(handle, bytes + done, size - done, QZ_FOREVER);
    expect(more > 0);
    if (more <= 0) return;
  }
}

typedef enum Ending { CLOSES, ENDS_WRITING, RESETS, ENDINGS } Ending;

static void end_connection(int fd, int64_t handle, Ending ending) {
  const struct linger at_once = {.l_onoff = 1};
  char byte;
  switch (ending) {
    case CLOSES:
    case ENDINGS: break;
    case ENDS_WRITING:
      expect(shutdown(fd, SHUT_WR) == 0);
      expect(qz_io_read(handle, &byte, 1, QZ_FOREVER) == 0);
      break;
    case RESETS:
      expect(qz_io_read(handle, &byte, 1, qz_now() + MOMENT) == -ETIMEDOUT);
      expect(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
      break;
  }
  expect(qz_io_close(handle) == 0);
}

static void talk_to(const Listener *listener, int number) {
  char sent[MESSAGE], answer[MESSAGE];
  int fd = new_socket();
  int64_t handle = qz_io_open(fd);
  expect(qz_io_connect(handle, &listener->address, sizeof listener->address, QZ_FOREVER) == 0);
  for (int round = 0; round < ROUNDS; round++) {
    memset(sent, number + round, MESSAGE);
    expect(qz_io_write(handle, sent, MESSAGE, QZ_FOREVER) == MESSAGE);
    read_all(handle, answer, MESSAGE);
    expect(memcmp(sent, answer, MESSAGE) == 0);
  }
  end_connection(fd, handle, (Ending)(number % ENDINGS));
}

static Listener listener;
static _Atomic int next_client;
static void be_client(void *argument) { talk_to(argument, atomic_fetch_add(&next_client, 1)); }

static void talk_over_tcp(void) {
  QzTask *clients[CONNECTIONS];
  atomic_store(&next_client, 0);
  atomic_store(&resets, 0);
  listen_on(&listener);
  QzTask *server = qz_task_start(accept_all, &listener);
  for (int i = 0; i < CONNECTIONS; i++) clients[i] = qz_task_start(be_client, &listener);
  for (int i = 0; i < CONNECTIONS; i++) qz_task_join(clients[i]), qz_task_release(clients[i]);
  qz_task_join(server), qz_task_release(server);
  expect(atomic_load(&resets) == CONNECTIONS / ENDINGS);
  expect(qz_io_close(listener.handle) == 0);
}

static void many_talk_over_tcp(void **state) {
  (void)state;
  for (int i = 0; i < 5; i++) run_with_each(talk_over_tcp);
}

// A connection that is never answered: what waits for it can be told when to give up.
static void connect_in_vain(void) {
  Listener full = {0};
  socklen_t size = sizeof full.address;
  int fd = new_socket();
  full.address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  expect(bind(fd, (struct sockaddr *)&full.address, size) == 0 && listen(fd, 0) == 0);
  expect(getsockname(fd, (struct sockaddr *)&full.address, &size) == 0);
  int64_t result = 0, handles[4];
  int count = 0;
  while (count < 4 && result == 0) {
    handles[count] = qz_io_open(new_socket());
    result = qz_io_connect(handles[count++], &full.address, size, qz_now() + 20 * MOMENT);
  }
  expect(result == -ETIMEDOUT);
  while (count) expect(qz_io_close(handles[--count]) == 0);
  close(fd);
}

static void connects_can_time_out(void **state) {
  (void)state;
  run_with_each(connect_in_vain);
}

// ── Pipes ───────────────────────────────────────────────────────────────────────────────────────────────────────
enum { PIPED = 300000 };  // more than a pipe holds

static void fill_pipe(void *argument) {
  char *bytes = calloc(1, PIPED);
  expect(qz_io_write(*(int64_t *)argument, bytes, PIPED, QZ_FOREVER) == PIPED);
  expect(qz_io_close(*(int64_t *)argument) == 0);
  free(bytes);
}

static void use_pipes(void) {
  char bytes[5000];
  int fds[2];
  int64_t handles[2], size, got = 0;
  expect(pipe2(fds, O_CLOEXEC) == 0);
  for (int i = 0; i < 2; i++) handles[i] = qz_io_open(fds[i]);
  QzTask *task = qz_task_start(fill_pipe, &handles[1]);
  while ((size = qz_io_read(handles[0], bytes, sizeof bytes, QZ_FOREVER)) > 0) got += size;
  expect(size == 0 && got == PIPED);
  qz_task_join(task), qz_task_release(task);
  expect(qz_io_close(handles[0]) == 0);
  expect(pipe2(fds, O_CLOEXEC) == 0);
  handles[1] = qz_io_open(fds[1]);
  close(fds[0]);
  expect(qz_io_write(handles[1], "x", 1, QZ_FOREVER) == -EPIPE);
  expect(qz_io_close(handles[1]) == 0);
}

static void pipes_are_descriptors_too(void **state) {
  (void)state;
  signal(SIGPIPE, SIG_IGN);  // as qz_start does
  run_with_each(use_pipes);
  signal(SIGPIPE, SIG_DFL);
}

// ── Datagrams ───────────────────────────────────────────────────────────────────────────────────────────────────
static int64_t new_datagrams(struct sockaddr_in *address) {
  socklen_t size = sizeof *address;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  expect(bind(fd, (struct sockaddr *)address, size) == 0);
  expect(getsockname(fd, (struct sockaddr *)address, &size) == 0);
  return qz_io_open(fd);
}

static struct sockaddr_in receiver_address;

static void send_datagrams(void *argument) {
  for (char byte = 0; byte < 3; byte++)
    expect(qz_io_send_to(*(int64_t *)argument, &byte, 1, &receiver_address, sizeof receiver_address, QZ_FOREVER) == 1);
}

static void use_datagrams(void) {
  struct sockaddr_in sender_address, from;
  int64_t sender = new_datagrams(&sender_address), receiver = new_datagrams(&receiver_address);
  char byte;
  int64_t size = sizeof from;
  expect(qz_io_receive_from(receiver, &byte, 1, &from, &size, qz_now() + MOMENT) == -ETIMEDOUT);
  QzTask *task = qz_task_start(send_datagrams, &sender);
  for (char wanted = 0; wanted < 3; wanted++) {
    size = sizeof from;
    expect(qz_io_receive_from(receiver, &byte, 1, &from, &size, QZ_FOREVER) == 1 && byte == wanted);
    expect(size == sizeof from && from.sin_port == sender_address.sin_port);
  }
  qz_task_join(task), qz_task_release(task);
  expect(qz_io_close(sender) == 0 && qz_io_close(receiver) == 0);
  expect(qz_io_receive_from(receiver, &byte, 1, &from, &size, QZ_FOREVER) == -EBADF);
}

static void datagrams_have_senders(void **state) {
  (void)state;
  run_with_each(use_datagrams);
}

// ── Descriptors that are only waited for ────────────────────────────────────────────────────────────────────────
static _Atomic int awaited;

static void await_byte(void *argument) {
  expect(qz_io_await(*(int *)argument) == 0);
  atomic_fetch_add(&awaited, 1);
}

// Several may wait for one, which blocks all the same afterwards; an end can be read, too.
static void await_pipe(void) {
  int ends[2];
  char byte;
  QzTask *tasks[3];
  atomic_store(&awaited, 0);
  expect(pipe2(ends, O_CLOEXEC) == 0);
  for (int i = 0; i < 3; i++) tasks[i] = qz_task_start(await_byte, &ends[0]);
  qz_sleep_until(qz_now() + MOMENT);
  expect(atomic_load(&awaited) == 0);
  expect(write(ends[1], "x", 1) == 1);
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  expect(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
  expect(read(ends[0], &byte, 1) == 1);
  close(ends[1]);
  expect(qz_io_await(ends[0]) == 0);
  close(ends[0]);
  expect(qz_io_await(ends[0]) == 0);  // asking the system again says what is wrong with it
}

static void others_descriptors_stay_as_they_are(void **state) {
  (void)state;
  run_with_each(await_pipe);
}

// ── What the system does not watch ──────────────────────────────────────────────────────────────────────────────
static void use_files(void) {
  char name[] = "/tmp/quartz-sockets-XXXXXX", bytes[8] = {0};
  int fd = mkstemp(name);
  int64_t handle = qz_io_open(fd);
  expect(handle >= 0);
  expect(qz_io_write(handle, "hello", 5, QZ_FOREVER) == 5);
  expect(lseek(fd, 0, SEEK_SET) == 0);
  expect(qz_io_read(handle, bytes, 8, 0) == 5 && memcmp(bytes, "hello", 5) == 0);
  expect(qz_io_read(handle, bytes, 8, QZ_FOREVER) == 0);
  expect(qz_io_close(handle) == 0);
  expect(qz_io_read(handle, bytes, 8, QZ_FOREVER) == -EBADF);
  unlink(name);
}

static void files_are_used_directly(void **state) {
  (void)state;
  run_with_each(use_files);
}

// ── Descriptors that others have too ────────────────────────────────────────────────────────────────────────────
// What happens to it after it was closed here concerns no descriptor that is opened later; and it can be opened again,
// under the same number too.
static void close_a_shared_one(void) {
  int fds[2], next[2];
  char byte;
  expect(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, next) == 0);
  int other = dup(fds[0]);
  expect(qz_io_close(qz_io_open(fds[0])) == 0);
  int64_t handle = qz_io_open(next[0]);
  expect(write(fds[1], "x", 1) == 1);
  expect(qz_io_read(handle, &byte, 1, qz_now() + MOMENT) == -ETIMEDOUT);
  expect(dup2(other, fds[0]) == fds[0] && close(other) == 0);
  int64_t again = qz_io_open(fds[0]);
  expect(qz_io_read(again, &byte, 1, QZ_FOREVER) == 1 && byte == 'x');
  expect(qz_io_close(again) == 0 && qz_io_close(handle) == 0);
  close(fds[1]), close(next[1]);
}

static void shared_ones_are_forgotten(void **state) {
  (void)state;
  run_with_each(close_a_shared_one);
}

// ── Limits ──────────────────────────────────────────────────────────────────────────────────────────────────────
static int lowest_free(void) {
  int fd = fcntl(0, F_DUPFD, 0);
  if (fd >= 0) close(fd);
  return fd;
}

static void do_nothing(void *argument) { (void)argument; }

static void run_without_descriptors(void) {
  int lowest = lowest_free();
  QzTask *task = qz_task_start(do_nothing, NULL);
  qz_sleep_until(qz_now() + MOMENT);
  qz_task_join(task), qz_task_release(task);
  expect(lowest_free() == lowest);
}

static void no_set_without_descriptors(void **state) {
  (void)state;
  run_with_each(run_without_descriptors);
}

// Gives the limit before.
static rlim_t set_limit(rlim_t limit) {
  struct rlimit now;
  expect(getrlimit(RLIMIT_NOFILE, &now) == 0);
  rlim_t before = now.rlim_cur;
  now.rlim_cur = limit;
  expect(setrlimit(RLIMIT_NOFILE, &now) == 0);
  return before;
}

// First there is no descriptor for the set itself, then none for what is accepted; each time the caller is told, and it
// goes well when there is one again.
static void run_out(void) {
  int fds[2];
  expect(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  rlim_t before = set_limit((rlim_t)lowest_free());
  expect(qz_io_open(fds[0]) == -EMFILE);
  set_limit(before);
  int64_t handle = qz_io_open(fds[0]);
  expect(handle >= 0);
  listen_on(&listener);
  int64_t client = qz_io_open(new_socket());
  expect(qz_io_connect(client, &listener.address, sizeof listener.address, QZ_FOREVER) == 0);
  set_limit((rlim_t)lowest_free());
  expect(qz_io_accept(listener.handle, QZ_FOREVER) == -EMFILE);
  expect(qz_io_accept(listener.handle, QZ_FOREVER) == -EMFILE);
  expect(qz_io_close(handle) == 0);
  int64_t accepted = qz_io_accept(listener.handle, QZ_FOREVER);
  expect(accepted >= 0);
  expect(qz_io_close(accepted) == 0 && qz_io_close(client) == 0 && qz_io_close(listener.handle) == 0);
}

static void exhaustion_is_told(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      alarm(SECONDS_LIMIT);
      bool has_started = qz_sched_start(worker_counts[i]);
      if (has_started) run_out(), qz_sched_stop();
      _exit(has_started && !atomic_load(&wrong) ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
  }
}

int main(void) {
  static const QzProgram program;
  qz_program = &program;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(many_talk_over_tcp),
      cmocka_unit_test(connects_can_time_out),
      cmocka_unit_test(pipes_are_descriptors_too),
      cmocka_unit_test(datagrams_have_senders),
      cmocka_unit_test(others_descriptors_stay_as_they_are),
      cmocka_unit_test(files_are_used_directly),
      cmocka_unit_test(shared_ones_are_forgotten),
      cmocka_unit_test(no_set_without_descriptors),
      cmocka_unit_test(exhaustion_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
