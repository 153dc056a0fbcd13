// The text of each panic that compiled code can raise, written into `out` (always ended by NUL, cut to `room`). Pure:
// the runtime, the MIR interpreter and constant evaluation say the same thing in the same words.
#ifndef QZ_RUNTIME_PANIC_MESSAGE_H
#define QZ_RUNTIME_PANIC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QZ_PANIC_MESSAGE_ROOM = 160 };

// op: "+", "-", "*", "/", or "neg" for the negation of b.
void qz_panic_message_overflow(char *out, size_t room, const char *op, int64_t a, int64_t b, uint32_t bits);
void qz_panic_message_overflow_unsigned(char *out, size_t room, const char *op, uint64_t a, uint64_t b, uint32_t bits);
void qz_panic_message_divide(char *out, size_t room);
void qz_panic_message_shift(char *out, size_t room, int64_t count, uint32_t bits);
void qz_panic_message_bounds(char *out, size_t room, int64_t index, int64_t size);
void qz_panic_message_unwrap(char *out, size_t room, const char *found);

// A panic in the standard library is shown where the program called it. Is this file below the library's folder?
bool qz_panic_is_inside(const char *file, const char *folder);
// Is it in the core of the library, of which the language itself is made?
bool qz_panic_is_core(const char *file, const char *library);

#endif
