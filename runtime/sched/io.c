#include "runtime/sched/io.h"

#include <errno.h>

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

// After an attempt. True: try again, for it may be possible now; false: *result is the result.
static bool is_to_repeat(QzSlot *slot, QzDirection direction, int64_t deadline, int64_t *result) {
  if (*result == -EINTR) return true;
  if (*result != -EAGAIN || !slot->is_polled) return false;
  *result = qz_poll_wait(slot, direction, deadline);
  return *result == 0;
}

int64_t qz_io_open(int64_t fd) {
  int64_t is_socket = qz_fd_is_socket((int)fd);
  return is_socket < 0 ? is_socket : qz_poll_open((int)fd, is_socket);
}

int64_t qz_io_read(int64_t handle, void *bytes, int64_t room, int64_t deadline) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  int64_t result;
  do result = qz_fd_read(slot->fd, bytes, (size_t)room);
  while (is_to_repeat(slot, QZ_IN, deadline, &result));
  leave(slot);
  return result;
}

static int64_t write_some(QzSlot *slot, const uint8_t *bytes, int64_t size, int64_t deadline) {
  int64_t result;
  do result = qz_fd_write(slot->fd, bytes, (size_t)size, slot->is_socket);
  while (is_to_repeat(slot, QZ_OUT, deadline, &result));
  return result;
}

int64_t qz_io_write(int64_t handle, const void *bytes, int64_t size, int64_t deadline) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  int64_t written = 0, done = 0;
  while (done < size && (written = write_some(slot, (const uint8_t *)bytes + done, size - done, deadline)) >= 0)
    done += written;
  leave(slot);
  return written < 0 ? written : size;
}

// What asked for the connection may have gone before it was accepted, which is no business of the caller's.
int64_t qz_io_accept(int64_t handle, int64_t deadline) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  int64_t fd;
  do fd = qz_fd_accept(slot->fd);
  while (fd == -ECONNABORTED || is_to_repeat(slot, QZ_IN, deadline, &fd));
  leave(slot);
  if (fd < 0) return fd;
  int64_t accepted = qz_poll_open((int)fd, true);
  if (accepted < 0) qz_fd_close((int)fd);  // nothing was written to it
  return accepted;
}

static bool is_connecting(int64_t result) { return result == -EINPROGRESS || result == -EALREADY || result == -EINTR; }

// A change may be one from before the call, so the system is asked what has become of the connection: by another call.
int64_t qz_io_connect(int64_t handle, const void *address, int64_t size, int64_t deadline) {
  QzSlot *slot = qz_poll_enter(handle);
  if (!slot) return -EBADF;
  int64_t result = qz_fd_connect(slot->fd, address, (size_t)size);
  while (is_connecting(result)) {
    result = qz_poll_wait(slot, QZ_OUT, deadline);
    if (result == 0) result = qz_fd_connect(slot->fd, address, (size_t)size);
    if (result == -EISCONN) result = 0;
  }
  leave(slot);
  return result;
}

int64_t qz_io_close(int64_t handle) { return qz_poll_close(handle); }
