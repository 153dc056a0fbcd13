// The line number program of DWARF 4: a small machine whose registers are a row of the table.
#include "runtime/dwarf_line.h"

enum { OPCODE_LIMIT = 64 };

typedef struct Header {
  QzReader program, folders, files;
  uint8_t instruction_size, line_range, opcode_base;
  int8_t line_base;
  uint8_t operand_counts[OPCODE_LIMIT];
} Header;

static bool read_header(const QzElf *elf, uint64_t offset, Header *header) {
  QzReader reader = qz_reader(elf->line, offset);
  uint64_t size = qz_read_bytes(&reader, 4);
  if (size > (uint64_t)(reader.end - reader.at)) return false;
  reader.end = reader.at + size;
  if (qz_read_bytes(&reader, 2) != 4) return false;
  uint64_t header_size = qz_read_bytes(&reader, 4);
  header->program = reader;
  qz_reader_skip(&header->program, header_size);
  header->instruction_size = (uint8_t)qz_read_bytes(&reader, 1);
  qz_reader_skip(&reader, 2);  // operations of one instruction; is_stmt
  header->line_base = (int8_t)qz_read_bytes(&reader, 1);
  header->line_range = (uint8_t)qz_read_bytes(&reader, 1);
  header->opcode_base = (uint8_t)qz_read_bytes(&reader, 1);
  if (!header->line_range || !header->opcode_base || header->opcode_base > OPCODE_LIMIT) return false;
  for (int i = 1; i < header->opcode_base; i++) header->operand_counts[i] = (uint8_t)qz_read_bytes(&reader, 1);
  header->folders = reader;
  while (*qz_read_string(&reader)) continue;
  header->files = reader;
  return true;
}

static const char *folder_name(QzReader folders, uint64_t number) {
  const char *name = NULL;
  for (uint64_t i = 0; i < number; i++)
    if (!*(name = qz_read_string(&folders))) return NULL;
  return name;
}

QzFileName qz_dwarf_file(const QzElf *elf, uint64_t offset, uint32_t file) {
  Header header;
  if (!read_header(elf, offset, &header)) return (QzFileName){0};
  for (uint32_t i = 1;; i++) {
    const char *name = qz_read_string(&header.files);
    if (!*name) return (QzFileName){0};
    uint64_t folder = qz_read_uleb(&header.files);
    if (i == file) return (QzFileName){folder_name(header.folders, folder), name};
    qz_read_uleb(&header.files), qz_read_uleb(&header.files);  // time, size
  }
}

typedef struct Machine {
  const Header *header;
  QzReader reader;
  QzLineEntry entry;
  QzLineRow *row;
  void *to;
} Machine;

static void reset(Machine *m) {
  m->entry = (QzLineEntry){.file = 1, .line = 1};
}

static void emit(Machine *m, bool is_end) {
  m->entry.is_end = is_end;
  m->row(m->to, &m->entry);
}

static void advance(Machine *m, uint64_t instructions) {
  m->entry.address += instructions * m->header->instruction_size;
}

static void step_special(Machine *m, unsigned opcode) {
  unsigned adjusted = opcode - m->header->opcode_base;
  advance(m, adjusted / m->header->line_range);
  m->entry.line += (uint32_t)(m->header->line_base + (int)(adjusted % m->header->line_range));
  emit(m, false);
}

static void step_extended(Machine *m) {
  enum { END_SEQUENCE = 1, SET_ADDRESS = 2 };
  uint64_t size = qz_read_uleb(&m->reader);
  QzReader after = m->reader;
  qz_reader_skip(&after, size);
  unsigned opcode = size ? (unsigned)qz_read_bytes(&m->reader, 1) : 0;
  if (opcode == SET_ADDRESS) m->entry.address = qz_read_bytes(&m->reader, 8);
  if (opcode == END_SEQUENCE) emit(m, true), reset(m);
  m->reader = after;
}

static void step_standard(Machine *m, unsigned opcode) {
  enum {
    COPY = 1,
    ADVANCE_PC,
    ADVANCE_LINE,
    SET_FILE,
    SET_COLUMN,
    NEGATE_STMT,
    BASIC_BLOCK,
    CONST_ADD_PC,
    FIXED_ADVANCE_PC
  };
  switch (opcode) {
    case COPY: emit(m, false); return;
    case ADVANCE_PC: advance(m, qz_read_uleb(&m->reader)); return;
    case ADVANCE_LINE: m->entry.line += (uint32_t)qz_read_sleb(&m->reader); return;
    case SET_FILE: m->entry.file = (uint32_t)qz_read_uleb(&m->reader); return;
    case SET_COLUMN: m->entry.column = (uint32_t)qz_read_uleb(&m->reader); return;
    case CONST_ADD_PC: advance(m, (255u - m->header->opcode_base) / m->header->line_range); return;
    case FIXED_ADVANCE_PC: m->entry.address += qz_read_bytes(&m->reader, 2); return;
    default:
      for (int i = 0; i < m->header->operand_counts[opcode]; i++) qz_read_uleb(&m->reader);
  }
}

void qz_dwarf_lines(const QzElf *elf, uint64_t offset, QzLineRow *row, void *to) {
  Header header;
  if (!elf->line.data || !read_header(elf, offset, &header)) return;
  Machine m = {.header = &header, .reader = header.program, .row = row, .to = to};
  reset(&m);
  while (!qz_reader_is_done(&m.reader)) {
    unsigned opcode = (unsigned)qz_read_bytes(&m.reader, 1);
    if (opcode >= header.opcode_base) step_special(&m, opcode);
    else if (opcode == 0) step_extended(&m);
    else step_standard(&m, opcode);
  }
}
