// The debug sections of the running program.
#ifndef QZ_RUNTIME_ELF_SECTIONS_H
#define QZ_RUNTIME_ELF_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct QzBytes {
  const uint8_t *data;  // NULL: there is none
  size_t size;
} QzBytes;

typedef struct QzElf {
  QzBytes info, abbrev, line, ranges, strings;
  uintptr_t bias;  // where the program was loaded, minus where it was linked
} QzElf;

// False when the program's file cannot be read or has no debug information. What is mapped stays mapped.
bool qz_elf_open(QzElf *elf);

#endif
