// System calls on descriptors, and the set of descriptors that the system watches; in tests under a seed both are made
// of memory (sim_descriptor.h). Each gives a result or -errno, and nothing here waits but qz_set_wait: errno is read on
// the thread that made the call.
#ifndef QZ_SCHED_DESCRIPTOR_H
#define QZ_SCHED_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

typedef enum QzFdKind {
  QZ_FD_OTHER,
  QZ_FD_SOCKET,
  QZ_FD_STREAM,   // a socket too
  QZ_FD_AWAITED,  // nothing is done with it but waiting: it blocks as before
} QzFdKind;

int64_t qz_fd_read(int fd, void *bytes, size_t room);
int64_t qz_fd_write(int fd, const void *bytes, size_t size, bool is_socket);
int64_t qz_fd_accept(int fd);  // a descriptor that does not block
int64_t qz_fd_connect(int fd, const void *address, size_t size);
// The sender's address and its size; the receiver's, or NULL of a connected socket.
int64_t qz_fd_receive_from(int fd, void *bytes, size_t room, void *address, uint32_t *address_size);
int64_t qz_fd_send_to(int fd, const void *bytes, size_t size, const void *address, uint32_t address_size);
int64_t qz_fd_close(int fd);
int64_t qz_fd_unblock(int fd);    // calls give -EAGAIN instead of blocking
int64_t qz_fd_kind(int fd);     // a QzFdKind

#define QZ_SET_INTERRUPT UINT64_MAX  // the data of the event that qz_set_interrupt makes

int64_t qz_set_start(void);
void qz_set_stop(void);
int64_t qz_set_add(int fd, uint64_t data);  // once in a descriptor's life; each change is told once, with `data`
int64_t qz_set_remove(int fd);
// Waits for events until qz_now() reaches `until`, or a signal came; gives how many there are.
int64_t qz_set_wait(struct epoll_event *events, int room, int64_t until);
int64_t qz_set_interrupt(void);  // ends a wait, or the next one
int64_t qz_set_calm(void);       // by who was told of an interruption

#endif
