// A connection is two ends, each with the bytes that have come to it. One that is asked for waits at its own end until
// the listener accepts it. Between two points nobody else runs, so nothing here needs a lock.
#include "runtime/sched/sim_descriptor.h"

#include <errno.h>
#include <string.h>

#include "runtime/sched/descriptor.h"

enum { LIMIT = 32, ROOM = 4, NOBODY = -1 };

typedef enum Kind { FREE, SOCKET, CONNECTING, REFUSED, CONNECTED, LISTENS } Kind;

typedef struct End {
  Kind kind;
  int peer;               // CONNECTING: the listener; NOBODY: it was closed
  uint8_t bytes[ROOM];    // that have come
  uint32_t size;
  bool is_ended;          // no more will come
  bool is_reset;          // the peer did not read everything
  bool is_new;            // the connect that asked for it was not told yet
  bool is_in_set, has_edge;
  uint64_t data;
} End;

static struct {
  End ends[LIMIT];
  uint32_t limit;
  bool is_interrupted;
  int later_fd;              // where something will come from outside
  uint8_t later_byte;
  int64_t later;             // when; QZ_FOREVER: nothing will
  _Atomic uint32_t changes;  // on which a wait for the set sleeps
} sim;

bool qz_sim_fd_on;

void qz_sim_fd_start(void) {
  qz_sim_fd_on = true;
  memset(sim.ends, 0, sizeof sim.ends);
  sim.limit = LIMIT;
  sim.is_interrupted = false;
  sim.later = QZ_FOREVER;
}

void qz_sim_fd_limit(uint32_t limit) { sim.limit = limit; }

uint32_t qz_sim_fd_count(void) {
  uint32_t count = 0;
  for (int i = 0; i < LIMIT; i++) count += sim.ends[i].kind != FREE;
  return count;
}

// ── Ends ────────────────────────────────────────────────────────────────────────────────────────────────────────
// The lowest number that is free, as the system gives.
static int64_t open_end(Kind kind) {
  if (qz_sim_fd_count() >= sim.limit || qz_sim_fd_count() == LIMIT) return -EMFILE;
  int fd = 0;
  while (sim.ends[fd].kind != FREE) fd++;
  sim.ends[fd] = (End){.kind = kind, .peer = NOBODY};
  return fd;
}

static End *end_of(int fd) {
  qz_sim_point();
  return fd >= 0 && fd < LIMIT && sim.ends[fd].kind != FREE ? &sim.ends[fd] : NULL;
}

static bool is_interrupted(void) { return qz_sim_choose(16) == 1; }

static End *first_asking(int listener) {
  for (int i = 0; i < LIMIT; i++)
    if (sim.ends[i].kind == CONNECTING && sim.ends[i].peer == listener) return &sim.ends[i];
  return NULL;
}

static uint32_t connected_readiness(const End *end) {
  if (end->peer == NOBODY) return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP;
  uint32_t in = end->is_ended ? EPOLLIN | EPOLLRDHUP : end->size ? EPOLLIN : 0;
  return in | (sim.ends[end->peer].size < ROOM ? EPOLLOUT : 0);
}

static uint32_t readiness(const End *end) {
  switch (end->kind) {
    case FREE:
    case CONNECTING: return 0;
    case SOCKET: return EPOLLOUT | EPOLLHUP;  // so says Linux
    case REFUSED: return EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP;
    case CONNECTED: return connected_readiness(end);
    case LISTENS: return first_asking((int)(end - sim.ends)) ? EPOLLIN : 0;
  }
  return 0;
}

// Who waits for the set looks again.
static void tell(void) {
  atomic_fetch_add(&sim.changes, 1);
  qz_sim_wake(&sim.changes, 1);
}

// Something has become possible at this end.
static void change(End *end) {
  if (!end->is_in_set) return;
  end->has_edge = true;
  tell();
}

static void connect_ends(int a, int b) {
  sim.ends[a].kind = sim.ends[b].kind = CONNECTED;
  sim.ends[a].peer = b;
  sim.ends[b].peer = a;
}

// ── What tests make ─────────────────────────────────────────────────────────────────────────────────────────────
int64_t qz_sim_fd_socket(void) { return open_end(SOCKET); }

int64_t qz_sim_fd_listen(void) { return open_end(LISTENS); }

int64_t qz_sim_fd_pair(int fds[2]) {
  for (int i = 0; i < 2; i++)
    if ((fds[i] = (int)open_end(SOCKET)) < 0) return fds[i];
  connect_ends(fds[0], fds[1]);
  return 0;
}

void qz_sim_fd_later(int fd, uint8_t byte, int64_t time) {
  sim.later_fd = fd;
  sim.later_byte = byte;
  sim.later = time;
  tell();
}

static void receive_from_outside(int64_t now) {
  if (now < sim.later) return;
  sim.later = QZ_FOREVER;
  End *end = &sim.ends[sim.later_fd];
  end->bytes[end->size++] = sim.later_byte;
  end->has_edge = end->is_in_set;
}

int64_t qz_sim_fd_shutdown(int fd) {
  const End *end = end_of(fd);
  if (!end || end->peer == NOBODY) return -ENOTCONN;
  sim.ends[end->peer].is_ended = true;
  change(&sim.ends[end->peer]);
  return 0;
}

// ── Calls ───────────────────────────────────────────────────────────────────────────────────────────────────────
static int64_t read_nothing(End *end) {
  if (end->is_reset) {
    end->is_reset = false;
    return -ECONNRESET;
  }
  return end->is_ended || end->peer == NOBODY ? 0 : -EAGAIN;
}

int64_t qz_sim_fd_read(int fd, void *bytes, size_t room) {
  End *end = end_of(fd);
  if (!end) return -EBADF;
  if (is_interrupted()) return -EINTR;
  if (end->kind != CONNECTED) return -ENOTCONN;
  if (!end->size) return read_nothing(end);
  bool was_full = end->size == ROOM;
  uint32_t count = room < end->size ? (uint32_t)room : end->size;
  memcpy(bytes, end->bytes, count);
  memmove(end->bytes, end->bytes + count, end->size -= count);
  if (was_full && end->peer != NOBODY) change(&sim.ends[end->peer]);
  return count;
}

int64_t qz_sim_fd_write(int fd, const void *bytes, size_t size) {
  const End *end = end_of(fd);
  if (!end) return -EBADF;
  if (is_interrupted()) return -EINTR;
  if (end->kind != CONNECTED || end->peer == NOBODY) return -EPIPE;
  End *peer = &sim.ends[end->peer];
  uint32_t room = ROOM - peer->size, count = size < room ? (uint32_t)size : room;
  if (!room) return -EAGAIN;
  bool was_empty = peer->size == 0;
  memcpy(peer->bytes + peer->size, bytes, count);
  peer->size += count;
  if (was_empty) change(peer);
  return count;
}

int64_t qz_sim_fd_accept(int fd) {
  const End *listener = end_of(fd);
  if (!listener) return -EBADF;
  if (is_interrupted()) return -EINTR;
  End *asking = first_asking(fd);
  if (!asking) return -EAGAIN;
  int64_t accepted = open_end(SOCKET);
  if (accepted < 0) return accepted;
  connect_ends((int)(asking - sim.ends), (int)accepted);
  asking->is_new = true;
  change(asking);
  return accepted;
}

static int64_t ask(End *end, int listener) {
  if (listener < 0 || listener >= LIMIT || sim.ends[listener].kind != LISTENS) return -ECONNREFUSED;
  end->kind = CONNECTING;
  end->peer = listener;
  change(&sim.ends[listener]);
  return -EINPROGRESS;
}

int64_t qz_sim_fd_connect(int fd, const int *address) {
  End *end = end_of(fd);
  if (!end) return -EBADF;
  bool is_new = end->is_new;
  switch (end->kind) {
    case FREE:
    case LISTENS: return -EINVAL;
    case SOCKET: return ask(end, *address);
    case CONNECTING: return -EALREADY;
    case REFUSED: end->kind = SOCKET; return -ECONNREFUSED;
    case CONNECTED: end->is_new = false; return is_new ? 0 : -EISCONN;
  }
  return -EINVAL;
}

static void refuse_all(int listener) {
  for (End *asking; (asking = first_asking(listener));) {
    asking->kind = REFUSED;
    asking->peer = NOBODY;
    change(asking);
  }
}

static void leave_peer(const End *end) {
  if (end->peer == NOBODY) return;
  End *peer = &sim.ends[end->peer];
  peer->peer = NOBODY;
  peer->is_reset = end->size > 0;
  change(peer);
}

int64_t qz_sim_fd_close(int fd) {
  End *end = end_of(fd);
  if (!end) return -EBADF;
  End left = *end;
  *end = (End){.kind = FREE};
  if (left.kind == LISTENS) refuse_all(fd);
  if (left.kind == CONNECTED) leave_peer(&left);
  return 0;
}

// ── The set ─────────────────────────────────────────────────────────────────────────────────────────────────────
int64_t qz_sim_set_add(int fd, uint64_t data) {
  End *end = end_of(fd);
  if (!end) return -EBADF;
  if (end->is_in_set) return -EEXIST;
  end->is_in_set = true;
  end->data = data;
  if (readiness(end)) change(end);
  return 0;
}

int64_t qz_sim_set_remove(int fd) {
  End *end = end_of(fd);
  if (!end || !end->is_in_set) return -ENOENT;
  end->is_in_set = end->has_edge = false;
  return 0;
}

int64_t qz_sim_set_interrupt(void) {
  sim.is_interrupted = true;
  tell();
  return 0;
}

// An edge behind which nothing is left is not told; of any other, all that is possible by now.
static int collect(struct epoll_event *events, int room) {
  int count = 0;
  if (sim.is_interrupted) events[count++] = (struct epoll_event){.events = EPOLLIN, .data.u64 = QZ_SET_INTERRUPT};
  sim.is_interrupted = false;
  uint32_t start = qz_sim_choose(LIMIT);
  for (uint32_t i = 0; i < LIMIT && count < room; i++) {
    End *end = &sim.ends[(start + i) % LIMIT];
    uint32_t ready = end->has_edge ? readiness(end) : 0;
    end->has_edge = false;
    if (ready) events[count++] = (struct epoll_event){.events = ready, .data.u64 = end->data};
  }
  return count;
}

int64_t qz_sim_set_wait(struct epoll_event *events, int room, int64_t until) {
  for (;;) {
    qz_sim_point();
    int64_t now = qz_sim_now();
    receive_from_outside(now);
    uint32_t changes = atomic_load(&sim.changes);
    int count = collect(events, room);
    if (count || until <= now || qz_sim_choose(16) == 1) return count;
    qz_sim_sleep(&sim.changes, changes, sim.later < until ? sim.later : until);
  }
}
