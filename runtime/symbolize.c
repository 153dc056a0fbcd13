// Addresses to Quartz functions and lines, from the program's own debug information: the units that the Quartz compiler
// made (DWARF 4), including calls that were inlined. An index of functions and rows is made once, when the first panic
// needs it, and kept. A table made by the compiler would work in stripped programs too, but could not know which
// addresses a line gets, nor what will be inlined, and would keep every function alive by naming it.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/dwarf_line.h"
#include "runtime/dwarf_read.h"
#include "runtime/internal.h"

enum {
  TAG_COMPILE_UNIT = 0x11,
  TAG_SUBPROGRAM = 0x2E,
  TAG_INLINED = 0x1D,
  AT_NAME = 0x03,
  AT_STMT_LIST = 0x10,
  AT_LOW_PC = 0x11,
  AT_HIGH_PC = 0x12,
  AT_PRODUCER = 0x25,
  AT_ORIGIN = 0x31,
  AT_RANGES = 0x55,
  AT_CALL_COLUMN = 0x57,
  AT_CALL_FILE = 0x58,
  AT_CALL_LINE = 0x59,
};

typedef struct Unit {
  QzBytes info;  // this unit only
  uint64_t abbrev;  // offset of its abbreviations
  uint64_t lines;  // offset of its line table
  uint64_t low;
  uint8_t first_entry;  // offset of its first entry
  QzReader *abbrevs;  // by code: where its attributes are listed
  const char **files;  // paths by number, from 1
  uint32_t abbrev_count, file_count;
} Unit;

typedef struct Function {
  uint64_t low, high;
  uint32_t unit, entry;  // entry: offset in the unit
} Function;

typedef struct Row {
  uint64_t address;
  uint32_t file, line, column;  // line 0: a gap
  uint32_t unit;
} Row;

struct QzSymbols {
  QzElf elf;
  Unit *units;
  Function *functions;  // by low
  Row *rows;  // by address
  size_t unit_count, function_count, row_count;
};

// ── Growing arrays: without memory the index stays as far as it got ─────────────────────────────────────────────
static void *room_for_one(void *items, size_t count, size_t size) {
  if (count & (count - 1)) return items;  // full only at powers of two
  return realloc(items, (count ? count * 2 : 1) * size);
}

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Entry {
  uint64_t tag, low, high, ranges, lines;
  uint32_t origin, call_file, call_line, call_column;
  const char *name, *producer;
  bool has_children, has_ranges, has_low;
} Entry;

static void keep_attribute(Entry *entry, uint64_t name, QzAttribute value) {
  switch (name) {
    case AT_NAME: entry->name = value.text; return;
    case AT_PRODUCER: entry->producer = value.text; return;
    case AT_STMT_LIST: entry->lines = value.number; return;
    case AT_LOW_PC: entry->low = value.number, entry->has_low = true; return;
    case AT_HIGH_PC: entry->high = value.is_offset ? entry->low + value.number : value.number; return;
    case AT_RANGES: entry->ranges = value.number, entry->has_ranges = true; return;
    case AT_ORIGIN: entry->origin = (uint32_t)value.number; return;
    case AT_CALL_COLUMN: entry->call_column = (uint32_t)value.number; return;
    case AT_CALL_FILE: entry->call_file = (uint32_t)value.number; return;
    case AT_CALL_LINE: entry->call_line = (uint32_t)value.number; return;
    default: return;
  }
}

// Reads the entry at the reader; false: the end of a list of children, or of what can be read.
static bool read_entry(const QzElf *elf, const Unit *unit, QzReader *reader, Entry *entry) {
  uint64_t code = qz_read_uleb(reader);
  *entry = (Entry){0};
  if (!code) return false;
  if (code >= unit->abbrev_count || !unit->abbrevs[code].at) {
    reader->at = reader->end;
    return false;
  }
  QzReader abbrev = unit->abbrevs[code];
  entry->tag = qz_read_uleb(&abbrev);
  entry->has_children = qz_read_bytes(&abbrev, 1) != 0;
  for (;;) {
    uint64_t name = qz_read_uleb(&abbrev), form = qz_read_uleb(&abbrev);
    if (!name && !form) return true;
    keep_attribute(entry, name, qz_read_attribute(reader, form, elf));
  }
}

static bool ranges_hold(const QzElf *elf, const Unit *unit, uint64_t offset, uint64_t address) {
  QzReader reader = qz_reader(elf->ranges, offset);
  for (uint64_t base = unit->low; !qz_reader_is_done(&reader);) {
    uint64_t low = qz_read_bytes(&reader, 8), high = qz_read_bytes(&reader, 8);
    if (!low && !high) return false;
    if (low == UINT64_MAX) base = high;
    else if (address >= base + low && address < base + high) return true;
  }
  return false;
}

static bool entry_holds(const QzElf *elf, const Unit *unit, const Entry *entry, uint64_t address) {
  if (entry->has_ranges) return ranges_hold(elf, unit, entry->ranges, address);
  return entry->has_low && address >= entry->low && address < entry->high;
}

// ── The index ───────────────────────────────────────────────────────────────────────────────────────────────────
// Pairs of name and form, up to a pair of zeros.
static void skip_attributes(QzReader *reader) {
  uint64_t name, form;
  do {
    name = qz_read_uleb(reader);
    form = qz_read_uleb(reader);
  } while (name || form);
}

static void index_abbrevs(QzSymbols *s, Unit *unit) {
  QzReader reader = qz_reader(s->elf.abbrev, unit->abbrev);
  for (;;) {
    uint64_t code = qz_read_uleb(&reader);
    if (!code || code > UINT16_MAX) return;
    while (unit->abbrev_count <= code) {
      QzReader *larger = room_for_one(unit->abbrevs, unit->abbrev_count, sizeof *larger);
      if (!larger) return;
      unit->abbrevs = larger;
      unit->abbrevs[unit->abbrev_count++] = (QzReader){0};
    }
    unit->abbrevs[code] = reader;
    qz_read_uleb(&reader);
    qz_reader_skip(&reader, 1);
    skip_attributes(&reader);
  }
}

static void add_function(QzSymbols *s, uint32_t unit, uint32_t offset, const Entry *entry) {
  Function *larger = room_for_one(s->functions, s->function_count, sizeof *larger);
  if (!larger) return;
  s->functions = larger;
  s->functions[s->function_count++] = (Function){entry->low, entry->high, unit, offset};
}

// The table of files keeps folders and names apart.
static const char *file_path(QzFileName name) {
  if (!name.folder) return name.name;
  size_t room = strlen(name.folder) + strlen(name.name) + 2;
  char *path = malloc(room);
  if (path) snprintf(path, room, "%s/%s", name.folder, name.name);
  return path;
}

static void index_files(const QzSymbols *s, Unit *unit) {
  for (;;) {
    QzFileName name = qz_dwarf_file(&s->elf, unit->lines, unit->file_count + 1);
    const char **larger = name.name ? room_for_one(unit->files, unit->file_count, sizeof *larger) : NULL;
    if (!larger) return;
    unit->files = larger;
    unit->files[unit->file_count++] = file_path(name);
  }
}

typedef struct RowTarget {
  QzSymbols *symbols;
  uint32_t unit;
} RowTarget;

// Of rows at one address the last counts, so it takes the place of the one before.
static void add_row(void *to, const QzLineEntry *entry) {
  const RowTarget *target = to;
  QzSymbols *s = target->symbols;
  Row row = {entry->address, entry->file, entry->is_end ? 0 : entry->line, entry->column, target->unit};
  Row *last = s->row_count ? &s->rows[s->row_count - 1] : NULL;
  if (last && last->address == row.address && last->line && !entry->is_end) {
    *last = row;
    return;
  }
  Row *larger = room_for_one(s->rows, s->row_count, sizeof *larger);
  if (!larger) return;
  s->rows = larger;
  s->rows[s->row_count++] = row;
}

static void index_functions(QzSymbols *s, uint32_t number) {
  const Unit *unit = &s->units[number];
  QzReader reader = qz_reader(unit->info, unit->first_entry);
  while (!qz_reader_is_done(&reader)) {
    uint32_t offset = (uint32_t)(reader.at - unit->info.data);
    Entry entry;
    if (read_entry(&s->elf, unit, &reader, &entry) && entry.tag == TAG_SUBPROGRAM && entry.has_low)
      add_function(s, number, offset, &entry);
  }
}

static bool is_quartz_unit(const Entry *entry) {
  return entry->tag == TAG_COMPILE_UNIT && entry->producer && strcmp(entry->producer, "quartz") == 0;
}

static void add_unit(QzSymbols *s, Unit unit) {
  index_abbrevs(s, &unit);
  QzReader reader = qz_reader(unit.info, unit.first_entry);
  Entry entry;
  Unit *larger = room_for_one(s->units, s->unit_count, sizeof *larger);
  if (larger) s->units = larger;
  if (!larger || !read_entry(&s->elf, &unit, &reader, &entry) || !is_quartz_unit(&entry)) {
    free(unit.abbrevs);
    return;
  }
  unit.lines = entry.lines;
  unit.low = entry.low;
  index_files(s, &unit);
  uint32_t number = (uint32_t)s->unit_count++;
  s->units[number] = unit;
  index_functions(s, number);
  qz_dwarf_lines(&s->elf, unit.lines, add_row, &(RowTarget){s, number});
}

static void index_units(QzSymbols *s) {
  enum { HEADER_SIZE = 11 };
  QzReader reader = qz_reader(s->elf.info, 0);
  while (!qz_reader_is_done(&reader)) {
    const uint8_t *start = reader.at;
    uint64_t size = qz_read_bytes(&reader, 4);
    if (size > (uint64_t)(reader.end - reader.at)) return;  // also the mark of 64-bit DWARF, which nothing here makes
    const uint8_t *end = reader.at + size;
    unsigned version = (unsigned)qz_read_bytes(&reader, 2);
    uint64_t abbrev = qz_read_bytes(&reader, 4);
    if (version == 4)
      add_unit(s, (Unit){.info = {start, (size_t)(end - start)}, .abbrev = abbrev, .first_entry = HEADER_SIZE});
    reader.at = end;
  }
}

static int by_low(const void *a, const void *b) {
  uint64_t x = ((const Function *)a)->low, y = ((const Function *)b)->low;
  return (x > y) - (x < y);
}

// At one address the end of a sequence comes before the start of the next.
static int by_address(const void *a, const void *b) {
  const Row *x = a, *y = b;
  if (x->address != y->address) return x->address > y->address ? 1 : -1;
  return (x->line != 0) - (y->line != 0);
}

static bool index_program(QzSymbols *s) {
  if (!qz_elf_open(&s->elf)) return false;
  index_units(s);
  if (s->function_count) qsort(s->functions, s->function_count, sizeof(Function), by_low);
  if (s->row_count) qsort(s->rows, s->row_count, sizeof(Row), by_address);
  return s->function_count > 0;
}

// Several threads may ask at once. A fault while the index is made asks again on the same thread, and is told that
// there is none.
const QzSymbols *qz_symbols_open(void) {
  static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  static QzSymbols symbols;
  static enum { UNKNOWN, ABSENT, PRESENT } state;
  pthread_mutex_lock(&lock);
  if (state == UNKNOWN) {
    state = ABSENT;
    if (index_program(&symbols)) state = PRESENT;
  }
  bool is_present = state == PRESENT;
  pthread_mutex_unlock(&lock);
  return is_present ? &symbols : NULL;
}

// ── Finding ─────────────────────────────────────────────────────────────────────────────────────────────────────
static const Function *find_function(const QzSymbols *s, uint64_t address) {
  size_t low = 0, high = s->function_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (s->functions[middle].low <= address) low = middle + 1;
    else high = middle;
  }
  const Function *found = low ? &s->functions[low - 1] : NULL;
  return found && address < found->high ? found : NULL;
}

static const Row *find_row(const QzSymbols *s, uint64_t address) {
  size_t low = 0, high = s->row_count;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (s->rows[middle].address <= address) low = middle + 1;
    else high = middle;
  }
  return low && s->rows[low - 1].line ? &s->rows[low - 1] : NULL;
}

// A function that was inlined somewhere has its name in an entry of its own.
static const char *entry_name(const QzSymbols *s, const Unit *unit, const Entry *entry) {
  if (entry->name) return entry->name;
  if (!entry->origin) return "?";
  QzReader reader = qz_reader(unit->info, entry->origin);
  Entry origin;
  return read_entry(&s->elf, unit, &reader, &origin) && origin.name ? origin.name : "?";
}

// Puts a frame in front of those found so far: entries are met from the outermost inwards.
static void push_frame(QzFrame *frames, int *count, int room, QzFrame frame) {
  if (*count == room) return;
  memmove(frames + 1, frames, (size_t)*count * sizeof *frames);
  frames[0] = frame;
  (*count)++;
}

static void set_place(const Unit *unit, QzFrame *frame, uint32_t file, uint32_t line, uint32_t column) {
  frame->file = file && file <= unit->file_count ? unit->files[file - 1] : NULL;
  frame->line = line;
  frame->column = column;
}

// Inlined calls in a function that hold the address, each inside the one before. `line` of a frame is where the next
// one was called; the innermost gets its line from the table of rows.
static int find_entries(const QzSymbols *s, const Function *function, uint64_t address, QzFrame *frames, int room) {
  const Unit *unit = &s->units[function->unit];
  QzReader reader = qz_reader(unit->info, function->entry);
  int count = 0, depth = 0;
  do {
    Entry entry;
    if (!read_entry(&s->elf, unit, &reader, &entry)) {
      depth--;
      continue;
    }
    bool is_frame = entry.tag == TAG_SUBPROGRAM || entry.tag == TAG_INLINED;
    if (is_frame && entry_holds(&s->elf, unit, &entry, address)) {
      if (count) set_place(unit, &frames[0], entry.call_file, entry.call_line, entry.call_column);
      push_frame(frames, &count, room, (QzFrame){.function = entry_name(s, unit, &entry)});
    }
    depth += entry.has_children;
  } while (depth > 0 && !qz_reader_is_done(&reader));
  return count;
}

int qz_symbols_find(const QzSymbols *s, uintptr_t address, QzFrame *frames, int room) {
  uint64_t linked = address - s->elf.bias;
  const Function *function = find_function(s, linked);
  if (!function || room < 1) return 0;
  int count = find_entries(s, function, linked, frames, room);
  const Row *row = find_row(s, linked);
  if (!count || !row) return count;
  set_place(&s->units[row->unit], &frames[0], row->file, row->line, row->column);
  return count;
}
