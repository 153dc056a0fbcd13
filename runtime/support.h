// Shared by the files that serve the standard library.
#ifndef QZ_RUNTIME_SUPPORT_H
#define QZ_RUNTIME_SUPPORT_H

#include "runtime/qz_runtime.h"

// The bytes as C text; NULL when there is a NUL among them.
const char *qz_c_text(const QzString *string);
// A system call's result, or -errno.
int64_t qz_result(int64_t result);
// C's functions for the environment are not made for several threads: who calls one, or what calls one, has it locked
// to the end of the block, however that is left.
#define QZ_LOCK_ENVIRONMENT() \
  __attribute__((cleanup(qz_environment_unlock), unused)) const int has_environment = qz_environment_lock()
int qz_environment_lock(void);
void qz_environment_unlock(const int *unused);
// Errors of finding names (netdb.h) as numbers like errno's: EAI_NONAME, which is -2, is QZ_NAME_ERROR + 2.
enum { QZ_NAME_ERROR = 10000 };

// Bytes that grow. Panics when there is no memory.
typedef struct QzBuffer {
  uint8_t *bytes;
  size_t size, capacity;
} QzBuffer;
uint8_t *qz_buffer_room(QzBuffer *buffer, size_t more);  // `more` bytes behind the end
void qz_buffer_add(QzBuffer *buffer, const void *bytes, size_t size);
QzString *qz_buffer_to_string(QzBuffer *buffer);  // gives the buffer back

#endif
