// The C runtime of compiled programs: what compiled code and the standard library call. See runtime.def for the list.
#ifndef QZ_RUNTIME_H
#define QZ_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Every counted object begins with this. A negative count is handled out of line: immortal (INT32_MIN / 2, never
// freed) or shared between tasks (minus the number of owners, counted atomically).
typedef struct QzObject {
  int32_t count;
  uint32_t type;  // index into the program's types, and flags
} QzObject;

enum { QZ_IMMORTAL = INT32_MIN / 2, QZ_TYPE_STRING = 0 };
// In `type`:
#define QZ_HAS_WEAK 0x80000000u  // weak references lead to the object
#define QZ_STAYS 0x40000000u     // the immortal value of a function that must not come into other tasks

static inline uint32_t qz_type_number(const QzObject *object) {
  return __atomic_load_n(&object->type, __ATOMIC_RELAXED) & ~(QZ_HAS_WEAK | QZ_STAYS);
}

// Immutable UTF-8. `bytes` is followed by a NUL that does not count.
typedef struct QzString {
  QzObject header;
  int64_t byte_size;
  int64_t char_size;  // characters; -1 until counted. Equal to byte_size exactly when all bytes are ASCII
  uint8_t bytes[];
} QzString;

// A function value: an object whose first field is the code, called as code(closure, arguments…).
typedef struct QzClosure {
  QzObject header;
  void *code;
} QzClosure;

// A reference that owns nothing, inside an object of the library. `target`: NULL once it is gone.
typedef struct QzWeak {
  QzObject *target;
  struct QzWeak *next, *previous;  // of the same target
} QzWeak;

// Where a statement stands in the program's source.
typedef struct QzPlace {
  const char *file;
  uint32_t line, column;
} QzPlace;

typedef struct QzSpot {
  uint32_t line, column;
} QzSpot;

// An arithmetic operation of one file that may overflow: the same for all its places.
typedef struct QzOperation {
  const char *file;
  const char *op;  // as qz_panic_message_overflow wants it
  uint32_t bits;
} QzOperation;

// One row a type number, emitted by the compiler; row QZ_TYPE_STRING is String.
typedef struct QzTypeInfo {
  const char *name;                // the Quartz type, for reports
  void (*release)(QzObject *object);  // releases the fields and frees
  void (*cross)(QzObject *object, void *crossing);  // shows its parts to the crossing; NULL: it stays in its task
  int64_t size;                    // of an object, with its header
  int32_t is_shared;               // 1: tasks use one object together
  int32_t is_bound;                // 1: of a function that must not come into other tasks
} QzTypeInfo;

// A compiled (or interpreted) program, as the runtime sees it. `main` runs module initialisation first and gives the
// exit status; `deinit` releases the globals.
typedef struct QzProgram {
  int64_t (*main)(void);
  void (*deinit)(void);
  const QzTypeInfo *types;
  uint32_t type_count;
  const char *library;  // the folder that places in the standard library begin with, or NULL
  // Where compiled Quartz functions lie, and nothing else; NULL: they are interpreted. Those of the second range are
  // not interrupted for others.
  const char *code, *code_end, *unbroken, *unbroken_end;
} QzProgram;

#define RUNTIME(symbol, result, parameters, attributes) result symbol parameters;
#include "runtime/runtime.def"

#endif
