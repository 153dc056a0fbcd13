#include "runtime/sched/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runtime/sched/futex.h"
#include "runtime/sched/sim_descriptor.h"
#include "runtime/support.h"

static const int64_t NS = 1000000000, NS_PER_MS = 1000000;

static struct {
  int epoll, interrupt;
} set = {-1, -1};

// ── Descriptors ─────────────────────────────────────────────────────────────────────────────────────────────────
int64_t qz_fd_read(int fd, void *bytes, size_t room) {
  return qz_sim_fd_on ? qz_sim_fd_read(fd, bytes, room) : qz_result(read(fd, bytes, room));
}

// Nobody may be there to read, which is an error like any other. Of what is no socket, qz_start has seen to the signal.
int64_t qz_fd_write(int fd, const void *bytes, size_t size, bool is_socket) {
  if (qz_sim_fd_on) return qz_sim_fd_write(fd, bytes, size);
  return qz_result(is_socket ? send(fd, bytes, size, MSG_NOSIGNAL) : write(fd, bytes, size));
}

int64_t qz_fd_accept(int fd) {
  return qz_sim_fd_on ? qz_sim_fd_accept(fd) : qz_result(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int64_t qz_fd_connect(int fd, const void *address, size_t size) {
  return qz_sim_fd_on ? qz_sim_fd_connect(fd, address) : qz_result(connect(fd, address, (socklen_t)size));
}

// Datagrams between sockets are the system's only.
int64_t qz_fd_receive_from(int fd, void *bytes, size_t room, void *address, uint32_t *address_size) {
  return qz_sim_fd_on ? -ENOTSOCK : qz_result(recvfrom(fd, bytes, room, 0, address, address_size));
}

int64_t qz_fd_send_to(int fd, const void *bytes, size_t size, const void *address, uint32_t address_size) {
  return qz_sim_fd_on ? -ENOTSOCK : qz_result(sendto(fd, bytes, size, MSG_NOSIGNAL, address, address_size));
}

int64_t qz_fd_close(int fd) { return qz_sim_fd_on ? qz_sim_fd_close(fd) : qz_result(close(fd)); }

int64_t qz_fd_unblock(int fd) {
  if (qz_sim_fd_on) return 0;
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && flags & O_NONBLOCK) return 0;
  return qz_result(flags < 0 ? flags : fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

int64_t qz_fd_kind(int fd) {
  if (qz_sim_fd_on) return QZ_FD_STREAM;
  int type;
  socklen_t size = sizeof type;
  int64_t result = qz_result(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size));
  if (result < 0) return result == -ENOTSOCK ? QZ_FD_OTHER : result;
  return type == SOCK_STREAM ? QZ_FD_STREAM : QZ_FD_SOCKET;
}

// ── The set ─────────────────────────────────────────────────────────────────────────────────────────────────────
static int64_t add(int fd, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events | EPOLLET, .data.u64 = data};
  return qz_result(epoll_ctl(set.epoll, EPOLL_CTL_ADD, fd, &event));
}

void qz_set_stop(void) {
  if (qz_sim_fd_on) return;
  if (set.epoll >= 0) close(set.epoll);
  if (set.interrupt >= 0) close(set.interrupt);
  set.epoll = set.interrupt = -1;
  qz_sim_watch(-1);
}

int64_t qz_set_start(void) {
  if (qz_sim_fd_on) return 0;
  set.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (set.epoll < 0) return -errno;
  set.interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int64_t result = set.interrupt < 0 ? -errno : add(set.interrupt, EPOLLIN, QZ_SET_INTERRUPT);
  if (result < 0) qz_set_stop();
  else qz_sim_watch(set.epoll);
  return result;
}

int64_t qz_set_add(int fd, uint64_t data) {
  return qz_sim_fd_on ? qz_sim_set_add(fd, data) : add(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP, data);
}

int64_t qz_set_remove(int fd) {
  return qz_sim_fd_on ? qz_sim_set_remove(fd) : qz_result(epoll_ctl(set.epoll, EPOLL_CTL_DEL, fd, NULL));
}

// Systems before Linux 5.11, and what imitates a system, know whole milliseconds only: never too early, then.
static int64_t wait_for(struct epoll_event *events, int room, int64_t rest) {
  const struct timespec time = {.tv_sec = rest / NS, .tv_nsec = rest % NS};
  int count = epoll_pwait2(set.epoll, events, room, rest == QZ_FOREVER ? NULL : &time, NULL);
  if (count >= 0 || errno != ENOSYS) return qz_result(count);
  int64_t ms = rest / NS_PER_MS + (rest % NS_PER_MS != 0);
  return qz_result(epoll_wait(set.epoll, events, room, rest == QZ_FOREVER ? -1 : ms < INT32_MAX ? (int)ms : INT32_MAX));
}

// Of a program under a seed, whose descriptors are the system's: all workers share this thread, none may sleep in it.
static int64_t wait_in_turn(struct epoll_event *events, int room, int64_t until) {
  for (;;) {
    qz_sim_point();
    int64_t count = wait_for(events, room, 0);
    if (count || until <= qz_now()) return count;
    qz_sim_sleep_outside(until);
  }
}

int64_t qz_set_wait(struct epoll_event *events, int room, int64_t until) {
  if (qz_sim_fd_on) return qz_sim_set_wait(events, room, until);
  if (qz_sim_on) return wait_in_turn(events, room, until);
  int64_t rest = until;
  if (until && until != QZ_FOREVER) {
    rest = until - qz_now();
    if (rest < 0) rest = 0;
  }
  int64_t count = wait_for(events, room, rest);
  return count == -EINTR ? 0 : count;  // round the whole loop, not round the call
}

int64_t qz_set_interrupt(void) {
  if (qz_sim_fd_on) return qz_sim_set_interrupt();
  const uint64_t one = 1;
  int64_t result = qz_result(write(set.interrupt, &one, sizeof one));
  if (qz_sim_on) qz_sim_wake_outside();
  return result;
}

int64_t qz_set_calm(void) {
  if (qz_sim_fd_on) return 0;
  uint64_t count;
  int64_t result = qz_result(read(set.interrupt, &count, sizeof count));
  return result == -EAGAIN ? 0 : result;
}
