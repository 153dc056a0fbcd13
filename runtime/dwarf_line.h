// Line tables of DWARF 4.
#ifndef QZ_RUNTIME_DWARF_LINE_H
#define QZ_RUNTIME_DWARF_LINE_H

#include "runtime/dwarf_read.h"

typedef struct QzLineEntry {
  uint64_t address;
  uint32_t file, line, column;
  bool is_end;  // a sequence ends before this address
} QzLineEntry;
// Calls `row` for each row of the table at `offset`, in order.
typedef void QzLineRow(void *to, const QzLineEntry *entry);
void qz_dwarf_lines(const QzElf *elf, uint64_t offset, QzLineRow *row, void *to);
// The name of a file of that table (from 1), and its folder; both NULL where there is none.
typedef struct QzFileName {
  const char *folder, *name;
} QzFileName;
QzFileName qz_dwarf_file(const QzElf *elf, uint64_t offset, uint32_t file);

#endif
