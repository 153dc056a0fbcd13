// Addresses: a struct sockaddr in memory of the program, which looks at it through these functions only.
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "runtime/internal.h"
#include "runtime/net/net.h"
#include "runtime/support.h"

enum { PATH_AT = offsetof(struct sockaddr_un, sun_path) };

// Addresses in bytes of the program need not lie where a struct may.
static struct sockaddr_storage read_address(const uint8_t *bytes, int64_t size) {
  struct sockaddr_storage address = {0};
  if (size > 0 && size <= QZ_ADDRESS_ROOM) memcpy(&address, bytes, (size_t)size);
  return address;
}

// A socket without a name has none, and abstract ones begin with a NUL, written `@`.
static QzString *path_of(const struct sockaddr_un *address, int64_t size) {
  char path[sizeof address->sun_path + 1] = {0};
  if (size <= PATH_AT) return qz_string_of("");
  memcpy(path, address->sun_path, (size_t)size - PATH_AT);
  if (!path[0]) path[0] = '@';
  return qz_string_of(path);
}

static QzString *host_of_v6(const struct sockaddr_in6 *address) {
  char text[INET6_ADDRSTRLEN], zone[IF_NAMESIZE];
  inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text);
  if (!address->sin6_scope_id) return qz_string_of(text);
  if (!if_indextoname(address->sin6_scope_id, zone)) snprintf(zone, sizeof zone, "%u", address->sin6_scope_id);
  return qz_string_format("%s%%%s", text, zone);
}

QzString *qz_net_host(const uint8_t *bytes, int64_t size) {
  char text[INET_ADDRSTRLEN];
  const struct sockaddr_storage address = read_address(bytes, size);
  switch (address.ss_family) {
    case AF_INET:
      inet_ntop(AF_INET, &((const struct sockaddr_in *)&address)->sin_addr, text, sizeof text);
      return qz_string_of(text);
    case AF_INET6: return host_of_v6((const struct sockaddr_in6 *)&address);
    case AF_UNIX: return path_of((const struct sockaddr_un *)&address, size);
    default: return qz_string_of("");
  }
}

int64_t qz_net_port(const uint8_t *bytes, int64_t size) {
  const struct sockaddr_storage address = read_address(bytes, size);
  switch (address.ss_family) {
    case AF_INET: return ntohs(((const struct sockaddr_in *)&address)->sin_port);
    case AF_INET6: return ntohs(((const struct sockaddr_in6 *)&address)->sin6_port);
    default: return -1;
  }
}

int64_t qz_net_path_address(QzString *path, uint8_t *address) {
  struct sockaddr_un named = {.sun_family = AF_UNIX};
  const char *text = qz_c_text(path);
  if (!text || !*text) return -EINVAL;
  if ((size_t)path->byte_size >= sizeof named.sun_path) return -ENAMETOOLONG;
  memcpy(named.sun_path, text, (size_t)path->byte_size);
  bool is_abstract = *text == '@';
  if (is_abstract) named.sun_path[0] = 0;
  memcpy(address, &named, sizeof named);
  return PATH_AT + path->byte_size + !is_abstract;
}
