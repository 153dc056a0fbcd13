// Reading numbers, strings and attributes of DWARF 4. A reader that runs over its end reads zeros from then on.
#ifndef QZ_RUNTIME_DWARF_READ_H
#define QZ_RUNTIME_DWARF_READ_H

#include "runtime/elf_sections.h"

typedef struct QzReader {
  const uint8_t *at, *end;
} QzReader;

QzReader qz_reader(QzBytes bytes, uint64_t offset);
bool qz_reader_is_done(const QzReader *reader);
uint64_t qz_read_bytes(QzReader *reader, unsigned count);  // a little-endian number
uint64_t qz_read_uleb(QzReader *reader);
int64_t qz_read_sleb(QzReader *reader);
const char *qz_read_string(QzReader *reader);  // "" at the end
void qz_reader_skip(QzReader *reader, uint64_t count);

// An attribute's value: a number, an offset into a section, or a string.
typedef struct QzAttribute {
  uint64_t number;
  const char *text;    // NULL: no string
  bool is_offset;      // high_pc: counted from low_pc
} QzAttribute;

QzAttribute qz_read_attribute(QzReader *reader, uint64_t form, const QzElf *elf);

#endif
