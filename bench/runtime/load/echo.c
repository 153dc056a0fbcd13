// Measures an echo server: load REQUESTS COMMAND... starts the server, whose first line is `port N`, and asks it over
// loopback. With 1,000 connections, each of which has one request under way at any time: the processor time that the
// server takes for a request, and requests in a second. Then with one connection: the median time of a request.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 1000, REQUEST_SIZE = 64, EVENTS = 256, SHARE_ALONE = 10 };

typedef struct Connection {
  int socket;
  size_t missing;  // bytes of the answer that have not come yet
} Connection;

typedef struct Server {
  pid_t process;
  int port;
} Server;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "not as expected");
  exit(1);
}

static void expect(int succeeded, const char *what) {
  if (!succeeded) fail(what);
}

static double seconds(clockid_t clock) {
  struct timespec time;
  expect(clock_gettime(clock, &time) == 0, "clock_gettime");
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// The server dies with this program, however that ends.
static Server start(char **command) {
  int ends[2];
  expect(pipe(ends) == 0, "pipe");
  Server server = {.process = fork()};
  expect(server.process >= 0, "fork");
  if (server.process == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    execvp(command[0], command);
    fail(command[0]);
  }
  close(ends[1]);
  FILE *said = fdopen(ends[0], "r");
  expect(said && fscanf(said, "port %d", &server.port) == 1, "the server's port");
  return server;
}

static Connection connection_open(int port) {
  Connection made = {.socket = socket(AF_INET, SOCK_STREAM, 0)};
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  expect(made.socket >= 0, "socket");
  expect(connect(made.socket, (struct sockaddr *)&address, sizeof address) == 0, "connect");
  expect(setsockopt(made.socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0, "TCP_NODELAY");
  return made;
}

static void ask(Connection *connection) {
  static const char request[REQUEST_SIZE] = "request";
  expect(write(connection->socket, request, sizeof request) == sizeof request, "write");
  connection->missing = sizeof request;
}

// Whether the whole answer is there.
static int take_answer(Connection *connection) {
  char answer[REQUEST_SIZE];
  ssize_t size = read(connection->socket, answer, connection->missing);
  expect(size > 0, "read");
  connection->missing -= (size_t)size;
  return connection->missing == 0;
}

// Every connection asks anew as soon as it has its answer, until so many requests were answered.
static void exchange(int poll, Connection *connections, long count, long requests) {
  long asked = 0, answered = 0;
  while (asked < count && asked < requests) ask(&connections[asked++]);
  while (answered < asked) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poll, events, EVENTS, -1);
    expect(ready > 0 || errno == EINTR, "epoll_wait");
    for (int i = 0; i < ready; i++) {
      Connection *connection = events[i].data.ptr;
      if (!take_answer(connection)) continue;
      answered++;
      if (asked == requests) continue;
      ask(connection);
      asked++;
    }
  }
}

static void measure_many(Server server, long requests) {
  static Connection connections[CONNECTIONS];
  int poll = epoll_create1(0);
  expect(poll >= 0, "epoll_create1");
  for (int i = 0; i < CONNECTIONS; i++) {
    connections[i] = connection_open(server.port);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};
    expect(epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].socket, &event) == 0, "epoll_ctl");
  }
  exchange(poll, connections, CONNECTIONS, CONNECTIONS);  // everyone has been served once

  clockid_t clock;
  expect(clock_getcpuclockid(server.process, &clock) == 0, "clock_getcpuclockid");
  double begin = seconds(CLOCK_MONOTONIC), used = seconds(clock);
  exchange(poll, connections, CONNECTIONS, requests);
  used = seconds(clock) - used;
  printf("cpu %.3f us\n", used / (double)requests * 1e6);
  printf("rate %.3f k/s\n", (double)requests / 1e3 / (seconds(CLOCK_MONOTONIC) - begin));
  for (int i = 0; i < CONNECTIONS; i++) close(connections[i].socket);
  close(poll);
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void measure_alone(Server server, size_t requests) {
  double *times = calloc(requests, sizeof *times);
  expect(times != NULL, "calloc");
  Connection connection = connection_open(server.port);
  for (size_t i = 0; i < requests; i++) {
    double begin = seconds(CLOCK_MONOTONIC);
    ask(&connection);
    while (!take_answer(&connection)) {}
    times[i] = seconds(CLOCK_MONOTONIC) - begin;
  }
  qsort(times, requests, sizeof *times, by_size);
  printf("alone_50 %.3f us\n", times[requests / 2] * 1e6);
  close(connection.socket);
  free(times);
}

int main(int count, char **words) {
  long requests = count > 2 ? strtol(words[1], NULL, 10) : 0;
  if (requests < 1) {
    fprintf(stderr, "usage: load REQUESTS COMMAND...\n");
    return 1;
  }
  Server server = start(words + 2);
  measure_many(server, requests);
  measure_alone(server, (size_t)requests / SHARE_ALONE + 1);
  kill(server.process, SIGKILL);
  waitpid(server.process, NULL, 0);
  return 0;
}
