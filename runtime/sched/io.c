#include "runtime/sched/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "runtime/sched/descriptor.h"
#include "runtime/sched/poll.h"
#include "runtime/sched/sim.h"

// A task that never has to wait lets others run after so many calls of its worker.
enum { CALLS_IN_A_ROW = 61 };

static void leave(QzSlot *slot) {
  qz_poll_leave(slot);
  QzWorker *worker = qz_worker();
  if (++worker->io_calls % CALLS_IN_A_ROW == 0 || qz_sim_choose(8) == 1) qz_yield();
}

// After a call that followed a look. True: call again, for it may be possible now; false: *result is the result.
static bool is_to_repeat(QzSlot *slot, QzDirection direction, QzLook look, int64_t deadline, int64_t *result) {
  if (*result == -EINTR) return true;
  if (*result != -EAGAIN || !slot->is_polled) return false;
  *result = qz_poll_wait(slot, direction, look, deadline);
  return *result == 0;
}

int64_t qz_io_open(int64_t fd) {
  int64_t kind = qz_fd_kind((int)fd);
  return kind < 0 ? kind : qz_poll_open((int)fd, (QzFdKind)kind);
}

static int64_t read_once(QzSlot *slot, QzLook look, void *bytes, int64_t room) {
  int64_t size = qz_fd_read(slot->fd, bytes, (size_t)room);
  if (size > 0 && size < room && slot->kind == QZ_FD_STREAM) qz_poll_note_empty(slot, look);
  return size;
}

// What is known to be empty is waited for at once. When time is up, the system is asked all the same.
int64_t qz_io_read(int64_t handle, void *bytes, int64_t room, int64_t deadline) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  QzLook look = qz_poll_look(slot, QZ_IN);
  int64_t result = qz_poll_is_empty(slot, look) ? qz_poll_wait(slot, QZ_IN, look, deadline) : 0;
  if (result == 0 || result == -ETIMEDOUT) {
    do {
      look = qz_poll_look(slot, QZ_IN);
      result = read_once(slot, look, bytes, room);
    } while (is_to_repeat(slot, QZ_IN, look, deadline, &result));
  }
  leave(slot);
  return result;
}

// ── Calls that are repeated until they are possible ─────────────────────────────────────────────────────────────
typedef int64_t Call(QzSlot *slot, void *arguments);

static inline int64_t repeat(QzSlot *slot, QzDirection direction, Call *call, void *arguments, int64_t deadline) {
  int64_t result;
  QzLook look;
  do {
    look = qz_poll_look(slot, direction);
    result = call(slot, arguments);
  } while (is_to_repeat(slot, direction, look, deadline, &result));
  return result;
}

static inline int64_t enter_and_repeat(int64_t handle, QzDirection direction, Call *call, void *arguments,
                                       int64_t deadline) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  int64_t result = repeat(slot, direction, call, arguments, deadline);
  leave(slot);
  return result;
}

typedef struct Part {
  const uint8_t *bytes;
  int64_t size;
} Part;

static int64_t write_some(QzSlot *slot, void *arguments) {
  const Part *part = arguments;
  return qz_fd_write(slot->fd, part->bytes, (size_t)part->size, slot->kind != QZ_FD_OTHER);
}

int64_t qz_io_write(int64_t handle, const void *bytes, int64_t size, int64_t deadline) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  Part rest = {bytes, size};
  int64_t written = 0;
  while (rest.size > 0 && (written = repeat(slot, QZ_OUT, write_some, &rest, deadline)) >= 0)
    rest = (Part){rest.bytes + written, rest.size - written};
  leave(slot);
  return written < 0 ? written : size;
}

// What asked for the connection may have gone before it was accepted, which is no business of the caller's.
static int64_t accept_next(QzSlot *slot, void *kind) {
  int64_t fd;
  do fd = qz_fd_accept(slot->fd);
  while (fd == -ECONNABORTED);
  *(QzFdKind *)kind = slot->kind;
  return fd;
}

int64_t qz_io_accept(int64_t handle, int64_t deadline) {
  QzFdKind kind;
  int64_t fd = enter_and_repeat(handle, QZ_IN, accept_next, &kind, deadline);
  if (fd < 0) return fd;
  int64_t accepted = qz_poll_open((int)fd, kind);
  if (accepted < 0) qz_fd_close((int)fd);  // nothing was written to it
  return accepted;
}

static bool is_connecting(int64_t result) { return result == -EINPROGRESS || result == -EALREADY || result == -EINTR; }

// An event need not be about the connection, so the system is asked what has become of it: by another call.
int64_t qz_io_connect(int64_t handle, const void *address, int64_t size, int64_t deadline) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  QzLook look = qz_poll_look(slot, QZ_OUT);
  int64_t result = qz_fd_connect(slot->fd, address, (size_t)size);
  while (is_connecting(result)) {
    result = qz_poll_wait(slot, QZ_OUT, look, deadline);
    if (result < 0) break;
    look = qz_poll_look(slot, QZ_OUT);
    result = qz_fd_connect(slot->fd, address, (size_t)size);
    if (result == -EISCONN) result = 0;
  }
  leave(slot);
  return result;
}

// ── Datagrams ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Received {
  void *bytes, *address;
  int64_t room, address_room;
  uint32_t address_size;
} Received;

static int64_t receive(QzSlot *slot, void *arguments) {
  Received *to = arguments;
  to->address_size = (uint32_t)to->address_room;
  return qz_fd_receive_from(slot->fd, to->bytes, (size_t)to->room, to->address, &to->address_size);
}

int64_t qz_io_receive_from(int64_t handle, void *bytes, int64_t room, void *address, int64_t *address_size,
                           int64_t deadline) {
  Received to = {bytes, address, room, *address_size, (uint32_t)*address_size};
  int64_t result = enter_and_repeat(handle, QZ_IN, receive, &to, deadline);
  *address_size = to.address_size;
  return result;
}

typedef struct Sent {
  const void *bytes, *address;
  int64_t size, address_size;
} Sent;

static int64_t send_one(QzSlot *slot, void *arguments) {
  const Sent *sent = arguments;
  return qz_fd_send_to(slot->fd, sent->bytes, (size_t)sent->size, sent->address, (uint32_t)sent->address_size);
}

int64_t qz_io_send_to(int64_t handle, const void *bytes, int64_t size, const void *address, int64_t address_size,
                      int64_t deadline) {
  Sent sent = {.bytes = bytes, .address = address, .size = size, .address_size = address_size};
  return enter_and_repeat(handle, QZ_OUT, send_one, &sent, deadline);
}

// ── Descriptors of others ───────────────────────────────────────────────────────────────────────────────────────
static bool is_readable(int fd) {
  struct pollfd asked = {.fd = fd, .events = POLLIN};
  return poll(&asked, 1, 0) != 0;
}

// A number of its own, since several tasks may wait for one descriptor. What cannot be watched never blocks.
int64_t qz_io_await(int fd) {
  if (is_readable(fd)) return 0;
  int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return -errno;
  int64_t handle = qz_poll_open(own, QZ_FD_AWAITED), result = 0;
  if (handle < 0) return qz_fd_close(own), handle;
  QzSlot *slot = qz_poll_enter(handle);
  while (result == 0 && slot->is_polled) {
    QzLook look = qz_poll_look(slot, QZ_IN);
    if (is_readable(fd)) break;
    qz_waits_for(qz_worker()->fiber, QZ_FOR_SHARED_INPUT, (void *)(uintptr_t)fd);
    result = qz_poll_wait(slot, QZ_IN, look, QZ_FOREVER);
  }
  leave(slot);
  qz_poll_close(handle);
  return result;
}

int64_t qz_io_close(int64_t handle) { return qz_poll_close(handle); }
