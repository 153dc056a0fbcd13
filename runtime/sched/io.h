// Reading, writing, accepting and connecting by tasks: who must wait gives its worker to others.
//
// Results are numbers, or -errno: -EBADF of a handle that was closed, also while it was waited for; -ETIMEDOUT when
// qz_now() reaches `deadline` (QZ_FOREVER: never; what is possible at once is done all the same); -ECANCELED when the
// actor that waits is to stop.
#ifndef QZ_SCHED_IO_H
#define QZ_SCHED_IO_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/sched/futex.h"

// A handle for a descriptor, which is the handle's from then on, and blocks nobody: that is a property of what is open,
// so other processes that have it open see it too. Ordinary files are read and written directly.
int64_t qz_io_open(int64_t fd);
// How many bytes were read; 0: there will be no more.
int64_t qz_io_read(int64_t handle, void *bytes, int64_t room, int64_t deadline);
// All of them, or an error: then nobody knows how many. What several write at a time may be mixed.
int64_t qz_io_write(int64_t handle, const void *bytes, int64_t size, int64_t deadline);
int64_t qz_io_accept(int64_t handle, int64_t deadline);  // the handle of a connection
// `address`: a struct sockaddr of that size. After an error the handle is good for closing only.
int64_t qz_io_connect(int64_t handle, const void *address, int64_t size, int64_t deadline);
// One datagram, whose rest is lost if there is no room for it. `address`: a struct sockaddr of at most *address_size.
int64_t qz_io_receive_from(int64_t handle, void *bytes, int64_t room, void *address, int64_t *address_size,
                           int64_t deadline);
int64_t qz_io_send_to(int64_t handle, const void *bytes, int64_t size, const void *address, int64_t address_size,
                      int64_t deadline);
// Waits until the descriptor can be read without blocking, which stays the caller's and as it is.
int64_t qz_io_await(int fd);
// Ends every wait for it. A call that is under way ends first, and then closes the descriptor.
int64_t qz_io_close(int64_t handle);

#endif
