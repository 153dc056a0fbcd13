// What the files of this folder share.
#ifndef QZ_NET_H
#define QZ_NET_H

#include <sys/socket.h>

#include "runtime/qz_runtime.h"

// What std/net has room for: any struct sockaddr.
enum { QZ_ADDRESS_ROOM = sizeof(struct sockaddr_storage) };

#endif
