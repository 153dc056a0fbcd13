// Panics in words.
#include "runtime/panic_message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void type_name(char *out, size_t room, char letter, uint32_t bits) {
  if (letter == 'I' && bits == 64) snprintf(out, room, "Int");
  else snprintf(out, room, "%c%u", letter, bits);
}

void qz_panic_message_overflow(char *out, size_t room, const char *op, int64_t a, int64_t b, uint32_t bits) {
  char type[16];
  type_name(type, sizeof type, 'I', bits);
  if (strcmp(op, "neg") == 0) snprintf(out, room, "integer overflow: -(%" PRId64 ") does not fit in %s", b, type);
  else snprintf(out, room, "integer overflow: %" PRId64 " %s %" PRId64 " does not fit in %s", a, op, b, type);
}

void qz_panic_message_overflow_unsigned(char *out, size_t room, const char *op, uint64_t a, uint64_t b, uint32_t bits) {
  char type[16];
  type_name(type, sizeof type, 'U', bits);
  if (strcmp(op, "neg") == 0) snprintf(out, room, "integer overflow: -%" PRIu64 " does not fit in %s", b, type);
  else snprintf(out, room, "integer overflow: %" PRIu64 " %s %" PRIu64 " does not fit in %s", a, op, b, type);
}

void qz_panic_message_divide(char *out, size_t room) { snprintf(out, room, "division by zero"); }

void qz_panic_message_shift(char *out, size_t room, int64_t count, uint32_t bits) {
  snprintf(out, room, "shift count %" PRId64 " is not in 0..%u", count, bits);
}

void qz_panic_message_bounds(char *out, size_t room, int64_t index, int64_t size) {
  snprintf(out, room, "index %" PRId64 " is not in 0..%" PRId64, index, size);
}

void qz_panic_message_unwrap(char *out, size_t room, const char *found) {
  snprintf(out, room, "unwrapped a value that is %s", found);
}

bool qz_panic_is_inside(const char *file, const char *folder) {
  size_t size = folder ? strlen(folder) : 0;
  return size && strncmp(file, folder, size) == 0 && file[size] == '/';
}

bool qz_panic_is_core(const char *file, const char *library) {
  return qz_panic_is_inside(file, library) && strncmp(file + strlen(library), "/core/", 6) == 0;
}
