// Bytes that grow.
#include <string.h>

#include "runtime/support.h"

uint8_t *qz_buffer_room(QzBuffer *buffer, size_t more) {
  size_t capacity = buffer->capacity ? buffer->capacity : 256;
  while (capacity < buffer->size + more) capacity *= 2;
  if (capacity != buffer->capacity) {
    buffer->bytes = qz_realloc(buffer->bytes, (int64_t)buffer->capacity, (int64_t)capacity);
    buffer->capacity = capacity;
  }
  return buffer->bytes + buffer->size;
}

void qz_buffer_add(QzBuffer *buffer, const void *bytes, size_t size) {
  if (!size) return;
  memcpy(qz_buffer_room(buffer, size), bytes, size);
  buffer->size += size;
}

QzString *qz_buffer_to_string(QzBuffer *buffer) {
  QzString *string = qz_string_new(buffer->bytes, (int64_t)buffer->size);
  qz_free(buffer->bytes);
  *buffer = (QzBuffer){0};
  return string;
}
