// What the unwind tables of the program and its libraries (.eh_frame, .gcc_except_table) say of one function.
#ifndef QZ_RUNTIME_UNWIND_TABLES_H
#define QZ_RUNTIME_UNWIND_TABLES_H

#include "runtime/dwarf_read.h"

typedef struct QzFrameTable {
  uintptr_t start, end;     // the code of the function
  QzReader shared, own;     // the rules for its frame: those that it has in common with others come first
  uint64_t code_unit;
  int64_t data_unit;
  uintptr_t personality;    // 0: none
  uintptr_t sites;          // what the personality reads; 0: nothing
  bool interrupts;          // its caller called nothing
} QzFrameTable;

// False: there is no table for that address, or none that can be read here. The result stays where *stays is set: then
// the code cannot be unloaded.
bool qz_frame_table_find(uintptr_t place, QzFrameTable *table, bool *stays);
// The landing pad of the place as the personality of C finds it, 0: none. False: this cannot be read here.
bool qz_frame_table_pad(const QzFrameTable *table, uintptr_t place, uintptr_t *pad);

#endif
