// Descriptors under many schedules, with connections made of memory, and on threads, with sockets of the system: what
// waits is woken, by data, by time, by a stop and by closing; nothing of a closed descriptor reaches the next one.
#include "runtime/sched/io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "runtime/sched/actor.h"
#include "runtime/sched/descriptor.h"
#include "runtime/sched/poll.h"
#include "runtime/sched/sim_descriptor.h"
#include "spec/unit/sched/explore.h"

enum { BULK_LIMIT = 600000, MOMENT = 100000 };

// More than a connection holds.
static int64_t bulk(void) { return qz_sim_on ? 10 : BULK_LIMIT; }

static _Atomic int wrong;
static void expect(bool is_right) { atomic_fetch_add(&wrong, !is_right); }

// ── Descriptors of either kind ──────────────────────────────────────────────────────────────────────────────────
static int lowest_free(void) {
  if (qz_sim_on) return (int)qz_sim_fd_count();
  int fd = fcntl(0, F_DUPFD, 0);
  close(fd);
  return fd;
}

static void begin(void) { atomic_store(&wrong, 0); }

// Everything that was opened since is closed.
static bool end(int lowest) { return lowest_free() == lowest && atomic_load(&wrong) == 0; }

static void make_pair(int fds[2]) {
  expect((qz_sim_on ? qz_sim_fd_pair(fds) : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)) == 0);
}

static void open_pair(int64_t handles[2]) {
  int fds[2];
  make_pair(fds);
  for (int i = 0; i < 2; i++) expect((handles[i] = qz_io_open(fds[i])) >= 0);
}

static void close_both(const int64_t handles[2]) {
  for (int i = 0; i < 2; i++) expect(qz_io_close(handles[i]) == 0);
}

// By who is not the one that is tested: a raw descriptor, and few bytes.
static void write_raw(int fd, const char *text) {
  int64_t size = (int64_t)strlen(text), written;
  while ((written = qz_fd_write(fd, text, (size_t)size, true)) == -EINTR) {}
  expect(written == size);
}

static int64_t read_raw(int fd, char *bytes, size_t room) {
  int64_t size;
  while ((size = qz_fd_read(fd, bytes, room)) == -EINTR) {}
  return size;
}

static void end_writing(int fd) { expect((qz_sim_on ? qz_sim_fd_shutdown(fd) : shutdown(fd, SHUT_WR)) == 0); }

// ── Listeners ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Place {
  union {
    int simulated;
    struct sockaddr_in in;
  } address;
  int fd;
  int64_t handle;
} Place;

static int new_socket(void) {
  return qz_sim_on ? (int)qz_sim_fd_socket() : socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void listen_here(Place *place) {
  *place = (Place){.fd = qz_sim_on ? (int)qz_sim_fd_listen() : new_socket()};
  if (qz_sim_on) {
    place->address.simulated = place->fd;
    return;
  }
  socklen_t size = sizeof place->address.in;
  place->address.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  expect(bind(place->fd, (struct sockaddr *)&place->address.in, size) == 0);
  expect(getsockname(place->fd, (struct sockaddr *)&place->address.in, &size) == 0);
  expect(listen(place->fd, 64) == 0);
}

static void open_listener(Place *place) {
  listen_here(place);
  expect((place->handle = qz_io_open(place->fd)) >= 0);
}

static int64_t connect_to(int64_t handle, const Place *place) {
  return qz_io_connect(handle, &place->address, sizeof place->address.in, QZ_FOREVER);
}

// ── Bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────
static uint8_t byte_at(int64_t at) { return (uint8_t)(at * 7 + at / 251); }

static void write_bulk(int64_t handle) {
  uint8_t *bytes = malloc((size_t)bulk());
  for (int64_t i = 0; i < bulk(); i++) bytes[i] = byte_at(i);
  expect(qz_io_write(handle, bytes, bulk(), QZ_FOREVER) == bulk());
  free(bytes);
}

// Reads until the end; each byte is the right one.
static void read_bulk(int64_t handle) {
  uint8_t bytes[4096];
  int64_t at = 0, size;
  while ((size = qz_io_read(handle, bytes, qz_sim_on ? 3 : sizeof bytes, QZ_FOREVER)) > 0)
    for (int64_t i = 0; i < size; i++) expect(bytes[i] == byte_at(at++));
  expect(size == 0 && at == bulk());
}

static void echo(int64_t handle) {
  uint8_t bytes[4096];
  int64_t size;
  while ((size = qz_io_read(handle, bytes, sizeof bytes, QZ_FOREVER)) > 0)
    expect(qz_io_write(handle, bytes, size, QZ_FOREVER) == size);
  expect(size == 0);
}

typedef struct Talk {
  int64_t handle;
  int fd;
} Talk;

static void echo_to_end(void *argument) {
  const Talk *talk = argument;
  echo(talk->handle);
  end_writing(talk->fd);
}

static void send_bulk(void *argument) {
  const Talk *talk = argument;
  write_bulk(talk->handle);
  end_writing(talk->fd);
}

static bool bytes_come_back(void) {
  int lowest = lowest_free(), fds[2];
  begin();
  make_pair(fds);
  Talk here = {.handle = qz_io_open(fds[0]), .fd = fds[0]}, there = {.handle = qz_io_open(fds[1]), .fd = fds[1]};
  QzTask *tasks[] = {qz_task_start(echo_to_end, &there), qz_task_start(send_bulk, &here)};
  read_bulk(here.handle);
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  close_both((int64_t[]){here.handle, there.handle});
  return end(lowest);
}

// ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────
enum { CLIENTS = 8 };
static int clients(void) { return qz_sim_on ? 2 : CLIENTS; }

static void serve(void *argument) {
  int64_t handle = *(int64_t *)argument;
  echo(handle);
  expect(qz_io_close(handle) == 0);
}

static void accept_all(void *argument) {
  const Place *place = argument;
  int64_t handles[CLIENTS];
  QzTask *tasks[CLIENTS];
  for (int i = 0; i < clients(); i++) {
    expect((handles[i] = qz_io_accept(place->handle, QZ_FOREVER)) >= 0);
    tasks[i] = qz_task_start(serve, &handles[i]);
  }
  for (int i = 0; i < clients(); i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
}

static void ask(void *argument) {
  char answer[6];
  int64_t handle = qz_io_open(new_socket()), size = 0;
  expect(connect_to(handle, argument) == 0);
  expect(qz_io_write(handle, "hello", 6, QZ_FOREVER) == 6);
  while (size < 6) {
    int64_t more = qz_io_read(handle, answer + size, 6 - size, QZ_FOREVER);
    expect(more > 0);
    if (more <= 0) break;
    size += more;
  }
  expect(size == 6 && memcmp(answer, "hello", 6) == 0);
  expect(qz_io_close(handle) == 0);
}

static bool connections_are_served(void) {
  int lowest = lowest_free();
  Place place;
  QzTask *tasks[CLIENTS + 1];
  begin();
  open_listener(&place);
  tasks[clients()] = qz_task_start(accept_all, &place);
  for (int i = 0; i < clients(); i++) tasks[i] = qz_task_start(ask, &place);
  for (int i = 0; i <= clients(); i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  expect(qz_io_close(place.handle) == 0);
  return end(lowest);
}

// A connection that is refused while somebody waits for it, and one to where nobody listens.
static void connect_somehow(void *argument) {
  int64_t handle = qz_io_open(new_socket()), result = connect_to(handle, argument);
  expect(result == -ECONNREFUSED || (!qz_sim_on && (result == 0 || result == -ECONNRESET)));
  expect(qz_io_close(handle) == 0);
}

static bool connections_are_refused(void) {
  int lowest = lowest_free();
  Place place;
  begin();
  open_listener(&place);  // and the set with it, which must not get the number that becomes free here
  QzTask *task = qz_task_start(connect_somehow, &place);
  qz_sleep_until(qz_now() + 1);
  expect(qz_io_close(place.handle) == 0);
  qz_task_join(task), qz_task_release(task);
  int64_t handle = qz_io_open(new_socket());
  expect(connect_to(handle, &place) == -ECONNREFUSED);
  expect(qz_io_close(handle) == 0);
  return end(lowest);
}

// ── Waits that end otherwise ────────────────────────────────────────────────────────────────────────────────────
static void read_until_closed(void *argument) {
  char byte;
  expect(qz_io_read(*(int64_t *)argument, &byte, 1, QZ_FOREVER) == -EBADF);
}

static void write_until_closed(void *argument) {
  char *bytes = calloc(1, 4 * BULK_LIMIT);
  expect(qz_io_write(*(int64_t *)argument, bytes, 4 * BULK_LIMIT, QZ_FOREVER) == -EBADF);
  free(bytes);
}

static bool closing_wakes_who_waits(void) {
  int lowest = lowest_free();
  int64_t handles[2];
  begin();
  open_pair(handles);
  QzTask *tasks[] = {qz_task_start(read_until_closed, &handles[0]), qz_task_start(write_until_closed, &handles[0])};
  qz_sleep_until(qz_now() + MOMENT);
  expect(qz_io_close(handles[0]) == 0);
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  expect(qz_io_close(handles[1]) == 0);
  return end(lowest);
}

// The byte is read before or after the deadline, and what comes late ends no other wait.
static void write_late(void *argument) {
  qz_sleep_until(qz_now() + MOMENT);
  expect(qz_io_write(*(int64_t *)argument, "x", 1, QZ_FOREVER) == 1);
}

static void race_once(const int64_t handles[2]) {
  char byte = 0;
  QzTask *task = qz_task_start(write_late, (void *)&handles[1]);
  int64_t size = qz_io_read(handles[0], &byte, 1, qz_now() + MOMENT + 1);
  expect(qz_sleep_until(qz_now() + MOMENT / 2));
  if (size == -ETIMEDOUT) size = qz_io_read(handles[0], &byte, 1, QZ_FOREVER);
  expect(size == 1 && byte == 'x');
  qz_task_join(task), qz_task_release(task);
  expect(qz_io_read(handles[0], &byte, 1, 0) == -ETIMEDOUT);
}

static bool timeouts_race_data(void) {
  int lowest = lowest_free();
  int64_t handles[2];
  begin();
  open_pair(handles);
  for (int i = 0; i < 4; i++) race_once(handles);
  close_both(handles);
  return end(lowest);
}

// A handler that reads, and whose actor is stopped.
typedef struct Reading {
  QzMessage message;
  int64_t handle;
  int64_t *result;
} Reading;

static void construct(void *state, const void *arguments) { (void)state, (void)arguments; }
static void destroy(void *state) { (void)state; }
static void refuse(QzMessage *message) { (void)message; }

static void handle_reading(QzMessage *message, void *state) {
  (void)state;
  const Reading *reading = (Reading *)message;
  char byte;
  *reading->result = qz_io_read(reading->handle, &byte, 1, QZ_FOREVER);
}

static const QzMessageKind reading_kind = {.name = "read", .handle = handle_reading, .refuse = refuse};
static const QzActorKind reader_kind = {.name = "Reader", .construct = construct, .destroy = destroy};

static bool stops_end_waits(void) {
  int lowest = lowest_free();
  int64_t handles[2], result = 1;
  begin();
  open_pair(handles);
  QzActor *actor = qz_actor_start(&reader_kind, NULL);
  Reading *reading = calloc(1, sizeof *reading);
  *reading = (Reading){.message = {.kind = &reading_kind}, .handle = handles[0], .result = &result};
  qz_actor_send(actor, &reading->message);
  expect(qz_actor_stop(actor));
  expect(result == -ECANCELED);
  qz_actor_release(actor);
  close_both(handles);
  return end(lowest);
}

// ── Several that wait ───────────────────────────────────────────────────────────────────────────────────────────
static void read_patiently(void *argument) {
  char byte;
  expect(qz_io_read(*(int64_t *)argument, &byte, 1, QZ_FOREVER) == 1);
}

static void read_impatiently(void *argument) {
  char byte;
  int64_t size;
  while ((size = qz_io_read(*(int64_t *)argument, &byte, 1, qz_now() + MOMENT)) == -ETIMEDOUT) qz_yield();
  expect(size == 1);
}

static bool several_may_wait(void) {
  static void (*const bodies[])(void *) = {read_patiently, read_impatiently, read_patiently};
  int lowest = lowest_free();
  int64_t handles[2];
  QzTask *tasks[3];
  begin();
  open_pair(handles);
  for (int i = 0; i < 3; i++) tasks[i] = qz_task_start(bodies[i], &handles[0]);
  for (int i = 0; i < 2; i++) {
    qz_sleep_until(qz_now() + MOMENT);
    expect(qz_io_write(handles[1], "ab", 2 - i, QZ_FOREVER) == 2 - i);
  }
  for (int i = 0; i < 3; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  close_both(handles);
  return end(lowest);
}

// Each takes what it finds until there is no more: what the one has emptied the other does not ask for.
static _Atomic int taken;

static void take_to_end(void *argument) {
  char bytes[2];
  int64_t size;
  while ((size = qz_io_read(*(int64_t *)argument, bytes, 2, QZ_FOREVER)) > 0) atomic_fetch_add(&taken, (int)size);
  expect(size == 0);
}

static bool several_may_take(void) {
  int lowest = lowest_free(), fds[2];
  begin();
  atomic_store(&taken, 0);
  make_pair(fds);
  int64_t handles[] = {qz_io_open(fds[0]), qz_io_open(fds[1])};
  QzTask *tasks[] = {qz_task_start(take_to_end, &handles[0]), qz_task_start(take_to_end, &handles[0])};
  for (int i = 0; i < 4; i++) {
    expect(qz_io_write(handles[1], "abc", 1 + i % 3, QZ_FOREVER) == 1 + i % 3);
    if (i == 1) qz_sleep_until(qz_now() + MOMENT);
  }
  end_writing(fds[1]);
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  expect(atomic_load(&taken) == 7);
  close_both(handles);
  return end(lowest);
}

// ── Descriptors that are opened anew ────────────────────────────────────────────────────────────────────────────
static bool old_handles_lead_nowhere(void) {
  enum { TIMES = 6 };
  int lowest = lowest_free();
  int64_t handles[TIMES][2];
  begin();
  for (int i = 0; i < TIMES; i++) {
    char byte;
    open_pair(handles[i]);
    for (int64_t side = 0; side < 2; side++) expect(qz_io_write(handles[i][side], "x", 1, QZ_FOREVER) == 1);
    for (int old = 0; old < 2 * i; old++) {
      expect(qz_io_read(handles[old / 2][old % 2], &byte, 1, 0) == -EBADF);
      expect(qz_io_close(handles[old / 2][old % 2]) == -EBADF);
    }
    close_both(handles[i]);
  }
  return end(lowest);
}

// Something comes for a descriptor that is closed at once. The next one gets its number, and perhaps its slot.
static bool nothing_comes(int64_t handle) {
  QzSlot *slot = qz_poll_enter(handle);
  int64_t result = qz_poll_wait(slot, QZ_IN, qz_poll_look(slot, QZ_IN), qz_now() + MOMENT);
  qz_poll_leave(slot);
  return result == -ETIMEDOUT;
}

static void open_again(void *argument) {
  (void)argument;
  for (int i = 0; i < 3; i++) {
    int fds[2];
    make_pair(fds);
    int64_t handle = qz_io_open(fds[0]);
    write_raw(fds[1], "x");
    expect(qz_io_close(handle) == 0 && qz_fd_close(fds[1]) == 0);
    make_pair(fds);
    handle = qz_io_open(fds[0]);
    expect(nothing_comes(handle));
    expect(qz_io_close(handle) == 0 && qz_fd_close(fds[1]) == 0);
  }
}

static bool old_events_reach_nobody(void) {
  int lowest = lowest_free();
  begin();
  QzTask *tasks[] = {qz_task_start(open_again, NULL), qz_task_start(open_again, NULL)};
  for (int i = 0; i < 2; i++) qz_task_join(tasks[i]), qz_task_release(tasks[i]);
  return end(lowest);
}

// ── Peers that go ───────────────────────────────────────────────────────────────────────────────────────────────
static void close_raw(void *argument) { expect(qz_fd_close(*(int *)argument) == 0); }

// It closes without having read everything, and who writes to it is not ended by a signal.
static bool resets_are_errors(void) {
  int lowest = lowest_free(), fds[2];
  char byte;
  begin();
  make_pair(fds);
  int64_t handle = qz_io_open(fds[0]);
  expect(qz_io_write(handle, "x", 1, QZ_FOREVER) == 1);
  QzTask *task = qz_task_start(close_raw, &fds[1]);
  expect(qz_io_read(handle, &byte, 1, QZ_FOREVER) == -ECONNRESET);
  expect(qz_io_write(handle, "x", 1, QZ_FOREVER) == -EPIPE);
  expect(qz_io_read(handle, &byte, 1, QZ_FOREVER) == 0);
  qz_task_join(task), qz_task_release(task);
  expect(qz_io_close(handle) == 0);
  return end(lowest);
}

static void write_and_end(void *argument) {
  int fd = *(int *)argument;
  write_raw(fd, "ab");
  end_writing(fd);
}

// It writes no more, and still reads.
static bool half_open_peers_read(void) {
  int lowest = lowest_free(), fds[2];
  char bytes[4];
  begin();
  make_pair(fds);
  int64_t handle = qz_io_open(fds[0]), size, got = 0;
  QzTask *task = qz_task_start(write_and_end, &fds[1]);
  while ((size = qz_io_read(handle, bytes, 4, QZ_FOREVER)) > 0) got += size;
  expect(size == 0 && got == 2);
  expect(qz_io_write(handle, "cd", 2, QZ_FOREVER) == 2);
  expect(read_raw(fds[1], bytes, 4) == 2 && memcmp(bytes, "cd", 2) == 0);
  qz_task_join(task), qz_task_release(task);
  expect(qz_io_close(handle) == 0 && qz_fd_close(fds[1]) == 0);
  return end(lowest);
}

// ── What the system refuses ─────────────────────────────────────────────────────────────────────────────────────
static bool refusals_are_told(void) {
  int lowest = lowest_free(), fds[2];
  begin();
  make_pair(fds);
  int64_t handle = qz_io_open(fds[0]);
  expect(qz_io_open(fds[0]) == -EEXIST);
  expect(qz_fd_close(fds[1]) == 0);
  expect(qz_io_open(fds[1]) == -EBADF);
  expect(qz_io_close(handle) == 0);
  return end(lowest);
}

// No more descriptors than are open now.
static rlim_t limit_descriptors(void) {
  struct rlimit limit;
  if (qz_sim_on) {
    qz_sim_fd_limit(qz_sim_fd_count());
    return 0;
  }
  expect(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  rlim_t before = limit.rlim_cur;
  limit.rlim_cur = (rlim_t)lowest_free();
  expect(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return before;
}

static void lift_limit(rlim_t before) {
  struct rlimit limit;
  if (qz_sim_on) {
    qz_sim_fd_limit(UINT32_MAX);
    return;
  }
  expect(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = before;
  expect(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

typedef struct Client {
  const Place *place;
  int64_t handle;
} Client;

static void connect_client(void *argument) {
  const Client *client = argument;
  expect(connect_to(client->handle, client->place) == 0);
}

// The connection is there all the same, and can be accepted when there is a descriptor for it.
static bool exhaustion_is_told(void) {
  int lowest = lowest_free();
  Place place;
  begin();
  open_listener(&place);
  Client client = {.place = &place, .handle = qz_io_open(new_socket())};
  QzTask *task = qz_task_start(connect_client, &client);
  rlim_t before = limit_descriptors();
  expect(qz_io_accept(place.handle, QZ_FOREVER) == -EMFILE);
  lift_limit(before);
  int64_t accepted = qz_io_accept(place.handle, QZ_FOREVER);
  expect(accepted >= 0);
  qz_task_join(task), qz_task_release(task);
  close_both((int64_t[]){accepted, client.handle});
  expect(qz_io_close(place.handle) == 0);
  return end(lowest);
}

// ── Who watches ─────────────────────────────────────────────────────────────────────────────────────────────────
// One worker is busy and never looks at descriptors; another one has nothing to do.
static _Atomic bool has_read;
static bool it_has_read(void) { return atomic_load(&has_read); }

static void read_one(void *argument) {
  read_patiently(argument);
  atomic_store(&has_read, true);
}

// What keeps another worker from polling for a moment: opening descriptors, polling itself on the way to other work.
static void poll_somehow(int how, int64_t more[2]) {
  open_pair(more);
  if (how == 1) qz_sleep_until(qz_now() + MOMENT);
  if (how == 2) qz_yield();
}

static bool idle_workers_watch(void) {
  if (qz_sched_workers() == 1) return true;
  int lowest = lowest_free(), fds[2];
  begin();
  make_pair(fds);
  int64_t handle = qz_io_open(fds[0]), more[2];
  for (int i = 0; i < 3; i++) {
    atomic_store(&has_read, false);
    QzTask *task = qz_task_start(read_one, &handle);
    poll_somehow(i, more);
    write_raw(fds[1], "x");
    expect(be_busy_until(it_has_read));
    qz_task_join(task), qz_task_release(task);
    close_both(more);
  }
  expect(qz_io_close(handle) == 0 && qz_fd_close(fds[1]) == 0);
  return end(lowest);
}

// Every worker sleeps, and is not stuck: what is waited for comes from outside.
static void *write_from_outside(void *argument) {
  usleep(200);
  expect(write(*(int *)argument, "x", 1) == 1);
  return NULL;
}

static bool the_world_wakes(void) {
  int lowest = lowest_free(), fds[2];
  pthread_t outside;
  char byte;
  begin();
  make_pair(fds);
  int64_t handle = qz_io_open(fds[0]);
  if (qz_sim_on) qz_sim_fd_later(fds[0], 'x', qz_now() + MOMENT);
  else expect(pthread_create(&outside, NULL, write_from_outside, &fds[1]) == 0);
  expect(qz_io_read(handle, &byte, 1, QZ_FOREVER) == 1 && byte == 'x');
  if (!qz_sim_on) pthread_join(outside, NULL);
  expect(qz_io_close(handle) == 0 && qz_fd_close(fds[1]) == 0);
  return end(lowest);
}

static const Scenario scenarios[] = {
    {"bytes come back", 2, bytes_come_back},
    {"connections are served", 3, connections_are_served},
    {"connections are refused", 2, connections_are_refused},
    {"closing wakes who waits", 3, closing_wakes_who_waits},
    {"time-outs race data", 3, timeouts_race_data},
    {"stops end waits", 2, stops_end_waits},
    {"several may wait", 3, several_may_wait},
    {"several may take", 3, several_may_take},
    {"old handles lead nowhere", 1, old_handles_lead_nowhere},
    {"old events reach nobody", 3, old_events_reach_nobody},
    {"resets are errors", 2, resets_are_errors},
    {"half-open peers read", 2, half_open_peers_read},
    {"refusals are told", 1, refusals_are_told},
    {"exhaustion is told", 2, exhaustion_is_told},
    {"idle workers watch", 2, idle_workers_watch},
    {"the world wakes", 2, the_world_wakes},
};

int main(int argc, char **argv) {
  static const QzFault faults[] = {
      QZ_FAULT_generation_cut,        QZ_FAULT_slot_freed_at_once, QZ_FAULT_edge_forgotten,
      QZ_FAULT_waiter_stored,         QZ_FAULT_hands_nothing_on,   QZ_FAULT_reader_takes_both,   QZ_FAULT_ends_any_wait,
      QZ_FAULT_close_forgets_writers, QZ_FAULT_refusal_swallowed,  QZ_FAULT_interrupt_not_written,
      QZ_FAULT_seat_left_empty,       QZ_FAULT_waits_not_counted,  QZ_FAULT_read_counted_late,
      QZ_FAULT_end_forgotten};
  return explore(argc, argv, scenarios, sizeof scenarios / sizeof *scenarios, faults, sizeof faults / sizeof *faults);
}
