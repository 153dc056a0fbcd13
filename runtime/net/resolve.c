// Names to addresses. The system's function for that blocks, so threads of its own call it: as many as there are
// requests, up to a limit. A thread ends when no request is left.
//
// Who asked waits for a descriptor that the thread writes to: it may give up meanwhile. The request has two owners, and
// the last one frees it.
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/net/net.h"
#include "runtime/sched/io.h"
#include "runtime/sched/program.h"
#include "runtime/support.h"

enum { THREADS_LIMIT = 8, FOUND_LIMIT = 16 };

typedef struct Request {
  struct Request *next;
  atomic_int owners;
  int done;  // an eventfd
  int error;
  int count;
  struct sockaddr_storage found[FOUND_LIMIT];
  char host[];
} Request;

static struct {
  pthread_mutex_t lock;
  int threads;
  Request *first, **last;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER, .last = &names.first};

// ── Asking the system ───────────────────────────────────────────────────────────────────────────────────────────
static void keep(Request *request, const struct addrinfo *list) {
  for (; list && request->count < FOUND_LIMIT; list = list->ai_next)
    if (list->ai_family == AF_INET || list->ai_family == AF_INET6)
      memcpy(&request->found[request->count++], list->ai_addr, list->ai_addrlen);
}

// A number of an address is known without asking anybody.
static void look_up(Request *request, int flags) {
  const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
  struct addrinfo *list = NULL;
  int error = getaddrinfo(request->host, NULL, &wanted, &list);
  request->error = error == EAI_SYSTEM ? -errno : error ? -(QZ_NAME_ERROR - error) : 0;
  if (error) return;
  keep(request, list);
  freeaddrinfo(list);
}

static void release(Request *request) {
  if (atomic_fetch_sub_explicit(&request->owners, 1, memory_order_acq_rel) != 1) return;
  if (request->done >= 0) close(request->done);
  free(request);
}

// ── Threads ─────────────────────────────────────────────────────────────────────────────────────────────────────
// NULL: there is none, and this thread is counted no more.
static Request *take(void) {
  pthread_mutex_lock(&names.lock);
  Request *request = names.first;
  if (request) names.first = request->next;
  else names.threads--;
  if (!names.first) names.last = &names.first;
  pthread_mutex_unlock(&names.lock);
  return request;
}

static void *serve(void *nothing) {
  (void)nothing;
  for (Request *request; (request = take());) {
    look_up(request, 0);
    eventfd_write(request->done, 1);  // has room for one
    release(request);
  }
  return NULL;
}

// Signals are for the threads of the program.
static bool start_thread(void) {
  sigset_t all, before;
  pthread_t thread;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool has_started = pthread_create(&thread, NULL, serve, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (has_started) pthread_detach(thread);
  return has_started;
}

// False: there is no thread, and none can be made.
static bool put(Request *request) {
  pthread_mutex_lock(&names.lock);
  if (names.threads < THREADS_LIMIT && start_thread()) names.threads++;
  bool is_put = names.threads > 0;
  if (is_put) {
    *names.last = request;
    names.last = &request->next;
  }
  pthread_mutex_unlock(&names.lock);
  return is_put;
}

// ── Requests ────────────────────────────────────────────────────────────────────────────────────────────────────
static Request *new_request(const char *host) {
  size_t size = strlen(host) + 1;
  Request *request = calloc(1, sizeof *request + size);
  if (!request) return NULL;
  request->owners = 1;
  request->done = -1;
  memcpy(request->host, host, size);
  return request;
}

// The handle has a descriptor of its own, so that each of both can be closed first.
static int64_t ask_thread(Request *request, int64_t deadline) {
  uint64_t count;
  request->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int own = request->done < 0 ? -1 : fcntl(request->done, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return -errno;
  int64_t handle = qz_io_open(own);
  if (handle < 0) return close(own), handle;
  atomic_fetch_add_explicit(&request->owners, 1, memory_order_relaxed);
  bool is_put = put(request);
  if (!is_put) release(request);
  QzFiber *self = qz_worker()->fiber;
  qz_waits_for(self, QZ_FOR_NAME, NULL);
  int64_t result = is_put ? qz_io_read(handle, &count, sizeof count, deadline) : -EAGAIN;
  self->waits = QZ_FOR_NOTHING;  // it may not have waited
  qz_io_close(handle);
  return result < 0 ? result : request->error;
}

static int64_t find(Request *request, int64_t deadline) {
  look_up(request, AI_NUMERICHOST);
  return request->error == -(QZ_NAME_ERROR - EAI_NONAME) ? ask_thread(request, deadline) : request->error;
}

// Gives its size.
static int64_t write_found(struct sockaddr_storage *found, int64_t port, uint8_t *place) {
  bool is_v4 = found->ss_family == AF_INET;
  if (is_v4) ((struct sockaddr_in *)found)->sin_port = htons((uint16_t)port);
  else ((struct sockaddr_in6 *)found)->sin6_port = htons((uint16_t)port);
  memcpy(place, found, sizeof *found);
  return is_v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

int64_t qz_net_find(QzString *host, int64_t port, uint8_t *places, int64_t *sizes, int64_t room, int64_t deadline) {
  const char *text = qz_c_text(host);
  if (!text || port < 0 || port > UINT16_MAX) return -EINVAL;
  qz_program_enter();
  Request *request = new_request(text);
  if (!request) return -ENOMEM;
  int64_t result = find(request, deadline);
  if (result == 0) {
    result = request->count < room ? request->count : room;
    for (int64_t i = 0; i < result; i++) sizes[i] = write_found(&request->found[i], port, places + i * QZ_ADDRESS_ROOM);
  }
  release(request);
  return result;
}
