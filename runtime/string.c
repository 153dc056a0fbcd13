// Strings: immutable UTF-8 with a size in bytes and a size in characters.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/object.h"

// Eight bytes at a time: those that begin no character have bit 7 set and bit 6 not. The product adds the bits up.
static int64_t count_chars(const uint8_t *bytes, int64_t size) {
  static const uint64_t ones = UINT64_C(0x0101010101010101);
  int64_t count = size, at = 0;
  for (; size - at >= 8; at += 8) {
    uint64_t word;
    memcpy(&word, bytes + at, sizeof word);
    count -= (int64_t)((word >> 7 & ~word >> 6 & ones) * ones >> 56);
  }
  for (; at < size; at++) count -= (bytes[at] & 0xC0) == 0x80;
  return count;
}

static inline int64_t object_size(int64_t byte_size) { return (int64_t)sizeof(QzString) + byte_size + 1; }

static inline QzString *make_string(int64_t byte_size) {
  QzString *string = (QzString *)qz_object_make(object_size(byte_size), QZ_TYPE_STRING);
  string->byte_size = byte_size;
  string->char_size = -1;
  string->bytes[byte_size] = 0;
  return string;
}

QzString *qz_string_alloc(int64_t byte_size) { return make_string(byte_size); }

QzString *qz_string_new(const uint8_t *bytes, int64_t size) {
  QzString *string = make_string(size);
  if (size) memcpy(string->bytes, bytes, (size_t)size);
  return string;
}

void qz_string_release(QzString *string) {
  if (!string) return;
  bool is_last = qz_object_count(&string->header) < 0 ? qz_release_slow(&string->header) : --string->header.count == 0;
  if (is_last) qz_string_free(string);
}

QzString *qz_string_share(QzString *string) {
  QzString *shared = string;
  if (qz_object_count(&string->header) > 1) {  // other owners count it without atomics
    shared = qz_string_new(string->bytes, string->byte_size);
    qz_string_release(string);
  }
  qz_object_share(&shared->header);
  return shared;
}

static void move_to_larger(QzString **place, int64_t used, int64_t room) {
  QzString *larger = make_string(room), *old = *place;
  memcpy(larger->bytes, old->bytes, (size_t)used);
  qz_string_release(old);
  *place = larger;
}

void qz_string_resize(QzString **place, int64_t used, int64_t room) {
  if (qz_object_count(&(*place)->header) == 1) *place = qz_realloc(*place, object_size(used), object_size(room));
  else move_to_larger(place, used, room);
}

QzString *qz_string_of(const char *text) { return qz_string_new((const uint8_t *)text, (int64_t)strlen(text)); }

QzString *qz_string_format(const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  int size = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (size >= (int)sizeof text) size = (int)sizeof text - 1;
  return qz_string_new((const uint8_t *)text, size);
}

QzString *qz_string_concat(QzString *a, QzString *b) {
  QzString *both = make_string(a->byte_size + b->byte_size);
  memcpy(both->bytes, a->bytes, (size_t)a->byte_size);
  memcpy(both->bytes + a->byte_size, b->bytes, (size_t)b->byte_size);
  if (a->char_size >= 0 && b->char_size >= 0) both->char_size = a->char_size + b->char_size;
  return both;
}

int64_t qz_string_count(QzString *string) {
  int64_t known = __atomic_load_n(&string->char_size, __ATOMIC_RELAXED);
  if (known >= 0) return known;
  int64_t counted = count_chars(string->bytes, string->byte_size);
  __atomic_store_n(&string->char_size, counted, __ATOMIC_RELAXED);  // who shares the string would write the same
  return counted;
}

int64_t qz_mem_find(const uint8_t *bytes, int64_t size, const uint8_t *part, int64_t part_size) {
  if (part_size > size) return -1;
  const uint8_t *found = memmem(bytes, (size_t)size, part, (size_t)part_size);
  return found ? found - bytes : -1;
}

void qz_string_free(QzString *string) { qz_object_end(&string->header); }
