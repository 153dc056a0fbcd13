// Descriptors made of memory, for deterministic mode: connections whose buffers hold a few bytes, and listening
// sockets. Each call is a point, and may be interrupted. The set tells of edges only where it must: when there is
// something to read and there was nothing, when there is room and there was none.
#ifndef QZ_SCHED_SIM_DESCRIPTOR_H
#define QZ_SCHED_SIM_DESCRIPTOR_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/sched/sim.h"

struct epoll_event;

// Whether they are; false in a program that runs under a seed, which talks to the system.
extern bool qz_sim_fd_on;

void qz_sim_fd_start(void);             // none is open
void qz_sim_fd_limit(uint32_t limit);   // no more than these can be open
uint32_t qz_sim_fd_count(void);         // how many are
int64_t qz_sim_fd_pair(int fds[2]);     // that are connected
int64_t qz_sim_fd_listen(void);         // a listening socket; it is its own address
int64_t qz_sim_fd_socket(void);
// A byte comes from outside, at that time.
void qz_sim_fd_later(int fd, uint8_t byte, int64_t time);
int64_t qz_sim_fd_shutdown(int fd);     // the other end reads no more than what was written by now

// For descriptor.c.
int64_t qz_sim_fd_read(int fd, void *bytes, size_t room);
int64_t qz_sim_fd_write(int fd, const void *bytes, size_t size);
int64_t qz_sim_fd_accept(int fd);
int64_t qz_sim_fd_connect(int fd, const int *address);
int64_t qz_sim_fd_close(int fd);
int64_t qz_sim_set_add(int fd, uint64_t data);
int64_t qz_sim_set_remove(int fd);
int64_t qz_sim_set_wait(struct epoll_event *events, int room, int64_t until);
int64_t qz_sim_set_interrupt(void);

#endif
