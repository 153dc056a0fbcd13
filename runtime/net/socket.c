// Sockets: made, named, asked. What waits is in sched/io.c.
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/net/net.h"
#include "runtime/sched/io.h"
#include "runtime/sched/poll.h"
#include "runtime/sched/program.h"
#include "runtime/support.h"

typedef union Address {
  struct sockaddr any;
  struct sockaddr_un un;
  struct sockaddr_storage storage;
} Address;

static int64_t read_address(Address *address, const uint8_t *bytes, int64_t size) {
  *address = (Address){.storage = {0}};
  if (size < (int64_t)sizeof address->any.sa_family || size > QZ_ADDRESS_ROOM) return -EINVAL;
  memcpy(address, bytes, (size_t)size);
  return 0;
}

// ── Making ──────────────────────────────────────────────────────────────────────────────────────────────────────
static int64_t set(int fd, int level, int name, int value) {
  return qz_result(setsockopt(fd, level, name, &value, sizeof value));
}

// Takes over the descriptor of a socket, also when it fails.
static int64_t open_handle(int64_t fd, int64_t result) {
  if (fd < 0) return fd;
  int64_t handle = result < 0 ? result : qz_io_open(fd);
  if (handle < 0) close((int)fd);
  return handle;
}

static int64_t new_socket(const Address *address, int type) {
  return qz_result(socket(address->any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static int64_t name(int fd, const Address *address, int64_t size) {
  return qz_result(bind(fd, &address->any, (socklen_t)size));
}

// An address that was listened at before can be listened at again at once.
int64_t qz_net_listen(const uint8_t *bytes, int64_t size, int64_t backlog) {
  Address address;
  qz_program_enter();
  int64_t result = read_address(&address, bytes, size);
  int64_t fd = result < 0 ? result : new_socket(&address, SOCK_STREAM);
  if (fd < 0) return fd;
  if (address.any.sa_family != AF_UNIX) result = set((int)fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (result == 0) result = name((int)fd, &address, size);
  if (result == 0) result = qz_result(listen((int)fd, (int)backlog));
  return open_handle(fd, result);
}

int64_t qz_net_datagrams(const uint8_t *bytes, int64_t size) {
  Address address;
  qz_program_enter();
  int64_t result = read_address(&address, bytes, size);
  int64_t fd = result < 0 ? result : new_socket(&address, SOCK_DGRAM);
  return open_handle(fd, fd < 0 ? fd : name((int)fd, &address, size));
}

int64_t qz_net_connect(const uint8_t *bytes, int64_t size, int64_t deadline) {
  Address address;
  qz_program_enter();
  int64_t result = read_address(&address, bytes, size);
  int64_t handle = result < 0 ? result : open_handle(new_socket(&address, SOCK_STREAM), 0);
  if (handle < 0) return handle;
  result = qz_io_connect(handle, &address, size, deadline);
  if (result == 0) return handle;
  qz_io_close(handle);  // it is no connection, and why is known
  return result;
}

// ── Of a socket that is open ────────────────────────────────────────────────────────────────────────────────────
// Gives the slot up; errno is still that of the call.
static int64_t leave_with(QzSlot *slot, int64_t result) {
  int64_t number = qz_result(result);
  qz_poll_leave(slot);
  return number;
}

int64_t qz_net_name(int64_t handle, int64_t is_peer, uint8_t *bytes) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  Address address;
  socklen_t size = sizeof address;
  int64_t result = leave_with(
      slot, is_peer ? getpeername(slot->fd, &address.any, &size) : getsockname(slot->fd, &address.any, &size));
  if (result < 0) return result;
  memcpy(bytes, &address, size);
  return size;
}

int64_t qz_net_shutdown(int64_t handle) {
  QzSlot *slot = qz_poll_enter(handle);
  return slot ? leave_with(slot, shutdown(slot->fd, SHUT_WR)) : -EBADF;
}

// The numbers are those of std/net/socket.qz.
int64_t qz_net_option(int64_t handle, int64_t option, int64_t value) {
  static const struct {
    int level, name;
  } options[] = {
      {IPPROTO_TCP, TCP_NODELAY}, {SOL_SOCKET, SO_KEEPALIVE}, {SOL_SOCKET, SO_RCVBUF},
      {SOL_SOCKET, SO_SNDBUF},    {SOL_SOCKET, SO_BROADCAST}, {SOL_SOCKET, SO_LINGER},
  };
  if (option < 0 || option >= (int64_t)(sizeof options / sizeof *options)) return -EINVAL;
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  const struct linger linger = {.l_onoff = 1, .l_linger = (int)value};
  const int number = (int)value;
  bool lingers = options[option].name == SO_LINGER && options[option].level == SOL_SOCKET;
  const void *given = lingers ? (const void *)&linger : &number;
  socklen_t size = lingers ? sizeof linger : sizeof number;
  return leave_with(slot, setsockopt(slot->fd, options[option].level, options[option].name, given, size));
}

// The file of a listener that stands at a path goes with it.
int64_t qz_net_unlisten(int64_t handle) {
  Address address;
  int64_t size = qz_net_name(handle, 0, (uint8_t *)&address);
  bool has_path = size > 0 && address.any.sa_family == AF_UNIX && address.un.sun_path[0];
  int64_t unlinked = has_path ? qz_result(unlink(address.un.sun_path)) : 0;
  int64_t closed = qz_io_close(handle);
  return closed < 0 || unlinked == -ENOENT ? closed : unlinked;
}
