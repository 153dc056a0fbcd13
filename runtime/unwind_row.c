// The rules of a frame's table become a row. Only those are understood that compilers write: each register lies at an
// offset from the caller's stack pointer, and this at an offset from a register, or from a word on the stack.
#include "runtime/fault.h"
#include "runtime/unwind.h"
#include "runtime/unwind_tables.h"

#if defined(__x86_64__)
enum { RETURN_ADDRESS = 16, COLUMNS };  // numbers of registers in DWARF

typedef enum RuleKind { RULE_SAME, RULE_AT, RULE_OTHER } RuleKind;

typedef struct Rule {
  RuleKind kind;
  int64_t offset;  // RULE_AT: from the caller's stack pointer
} Rule;

typedef struct Rules {
  uint64_t base;  // the caller's stack pointer: a column, COLUMNS: something else
  int64_t offset, then;
  bool is_indirect;
  Rule columns[COLUMNS];
} Rules;

enum { KEPT_LIMIT = 8 };

typedef struct Machine {
  const QzFrameTable *table;
  QzReader reader;
  uintptr_t location, place;  // the rules are those of `location` until that lies behind the place
  Rules now, first, kept[KEPT_LIMIT];
  unsigned kept_count;
  uint64_t pushed;
  bool is_lost;  // there was something that is not known here
} Machine;

// ── Operations ──────────────────────────────────────────────────────────────────────────────────────────────────
// The two upper bits, with an operand in the others, or the whole byte.
enum {
  OP_ADVANCE = 0x40,
  OP_OFFSET = 0x80,
  OP_RESTORE = 0xC0,
  OP_UPPER = 0xC0,
  OP_NOP = 0x00,
  OP_ADVANCE1 = 0x02,
  OP_ADVANCE2 = 0x03,
  OP_ADVANCE4 = 0x04,
  OP_OFFSET_EXTENDED = 0x05,
  OP_RESTORE_EXTENDED = 0x06,
  OP_UNDEFINED = 0x07,
  OP_SAME = 0x08,
  OP_REGISTER = 0x09,
  OP_REMEMBER = 0x0A,
  OP_RECALL = 0x0B,
  OP_BASE = 0x0C,
  OP_BASE_REGISTER = 0x0D,
  OP_BASE_OFFSET = 0x0E,
  OP_BASE_EXPRESSION = 0x0F,
  OP_EXPRESSION = 0x10,
  OP_OFFSET_SIGNED = 0x11,
  OP_BASE_SIGNED = 0x12,
  OP_BASE_OFFSET_SIGNED = 0x13,
  OP_VALUE_OFFSET = 0x14,
  OP_VALUE_OFFSET_SIGNED = 0x15,
  OP_VALUE_EXPRESSION = 0x16,
  OP_ARGUMENTS_SIZE = 0x2E,
};

static uint64_t uleb(Machine *m) { return qz_read_uleb(&m->reader); }
static int64_t sleb(Machine *m) { return qz_read_sleb(&m->reader); }

static void advance(Machine *m, uint64_t units) { m->location += units * m->table->code_unit; }

// Vector registers and the like belong to no function.
static void set_rule(Machine *m, uint64_t column, RuleKind kind, int64_t units) {
  if (column < COLUMNS) m->now.columns[column] = (Rule){kind, units * m->table->data_unit};
}

static void restore(Machine *m, uint64_t column) {
  if (column < COLUMNS) m->now.columns[column] = m->first.columns[column];
}

static void set_base(Machine *m, uint64_t column, int64_t offset) {
  m->now.base = column;
  m->now.offset = offset;
  m->now.is_indirect = false;
}

static void set_base_offset(Machine *m, int64_t offset) {
  if (m->now.is_indirect) m->now.base = COLUMNS;
  m->now.offset = offset;
}

// register + offset, the word there, plus a number.
static void set_base_expression(Machine *m) {
  enum { REGISTER_0 = 0x70, WORD = 0x06, PLUS = 0x23 };
  uint64_t size = uleb(m);
  QzReader words = qz_reader((QzBytes){m->reader.at, size}, 0);
  qz_reader_skip(&m->reader, size);
  uint64_t column = qz_read_bytes(&words, 1) - REGISTER_0;
  int64_t offset = qz_read_sleb(&words), then = 0;
  bool is_word = qz_read_bytes(&words, 1) == WORD;
  if (!qz_reader_is_done(&words)) {
    is_word = is_word && qz_read_bytes(&words, 1) == PLUS;
    then = (int64_t)qz_read_uleb(&words);
  }
  bool is_understood = is_word && qz_reader_is_done(&words) && column < RETURN_ADDRESS;
  m->now.base = is_understood ? column : COLUMNS;
  m->now.offset = offset;
  m->now.then = then;
  m->now.is_indirect = true;
}

static void set_by_expression(Machine *m) {
  set_rule(m, uleb(m), RULE_OTHER, 0);
  qz_reader_skip(&m->reader, uleb(m));
}

static void remember(Machine *m) {
  if (m->kept_count == KEPT_LIMIT) m->is_lost = true;
  else m->kept[m->kept_count++] = m->now;
}

static void recall(Machine *m) {
  if (m->kept_count == 0) m->is_lost = true;
  else m->now = m->kept[--m->kept_count];
}

static void run_whole_byte(Machine *m, uint64_t op) {
  uint64_t column;
  switch (op) {
    case OP_NOP: break;
    case OP_ADVANCE1: advance(m, qz_read_bytes(&m->reader, 1)); break;
    case OP_ADVANCE2: advance(m, qz_read_bytes(&m->reader, 2)); break;
    case OP_ADVANCE4: advance(m, qz_read_bytes(&m->reader, 4)); break;
    case OP_OFFSET_EXTENDED: column = uleb(m), set_rule(m, column, RULE_AT, (int64_t)uleb(m)); break;
    case OP_OFFSET_SIGNED: column = uleb(m), set_rule(m, column, RULE_AT, sleb(m)); break;
    case OP_RESTORE_EXTENDED: restore(m, uleb(m)); break;
    case OP_UNDEFINED: set_rule(m, uleb(m), RULE_OTHER, 0); break;
    case OP_SAME: set_rule(m, uleb(m), RULE_SAME, 0); break;
    case OP_REGISTER:
    case OP_VALUE_OFFSET: set_rule(m, uleb(m), RULE_OTHER, 0), (void)uleb(m); break;
    case OP_VALUE_OFFSET_SIGNED: set_rule(m, uleb(m), RULE_OTHER, 0), (void)sleb(m); break;
    case OP_EXPRESSION:
    case OP_VALUE_EXPRESSION: set_by_expression(m); break;
    case OP_REMEMBER: remember(m); break;
    case OP_RECALL: recall(m); break;
    case OP_BASE: column = uleb(m), set_base(m, column, (int64_t)uleb(m)); break;
    case OP_BASE_SIGNED: column = uleb(m), set_base(m, column, sleb(m) * m->table->data_unit); break;
    case OP_BASE_REGISTER: set_base(m, uleb(m), m->now.offset); break;
    case OP_BASE_OFFSET: set_base_offset(m, (int64_t)uleb(m)); break;
    case OP_BASE_OFFSET_SIGNED: set_base_offset(m, sleb(m) * m->table->data_unit); break;
    case OP_BASE_EXPRESSION: set_base_expression(m); break;
    case OP_ARGUMENTS_SIZE: m->pushed = uleb(m); break;
    default: m->is_lost = true; break;
  }
}

static void run(Machine *m, QzReader reader) {
  for (m->reader = reader; !m->is_lost && m->location <= m->place && !qz_reader_is_done(&m->reader);) {
    uint64_t op = qz_read_bytes(&m->reader, 1), operand = op & ~(uint64_t)OP_UPPER;
    switch (op & OP_UPPER) {
      case OP_ADVANCE: advance(m, operand); break;
      case OP_OFFSET: set_rule(m, operand, RULE_AT, (int64_t)uleb(m)); break;
      case OP_RESTORE: restore(m, operand); break;
      default: run_whole_byte(m, op); break;
    }
  }
}

// ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────
static const uint8_t columns[QZ_REGISTERS] = {
    [QZ_RBX] = 3, [QZ_RBP] = 6, [QZ_R12] = 12, [QZ_R13] = 13, [QZ_R14] = 14, [QZ_R15] = 15, [QZ_RSP] = 7};

static bool fits(int64_t number, int32_t *place) {
  *place = (int32_t)number;
  return *place == number;
}

static bool take_base(const Rules *rules, QzRow *row) {
  row->base = 0;
  while (row->base < QZ_REGISTERS && columns[row->base] != rules->base) row->base++;
  row->is_indirect = rules->is_indirect;
  return row->base < QZ_REGISTERS && fits(rules->offset, &row->offset) && fits(rules->then, &row->then);
}

static bool take_kept(const Rules *rules, QzRow *row) {
  for (int i = 0; i < QZ_KEPT_REGISTERS; i++) {
    const Rule *rule = &rules->columns[columns[i]];
    bool is_saved = rule->kind == RULE_AT && rule->offset != 0 && fits(rule->offset, &row->kept[i]);
    if (!is_saved && rule->kind != RULE_SAME) return false;
  }
  const Rule *back = &rules->columns[RETURN_ADDRESS];
  return rules->columns[columns[QZ_RSP]].kind == RULE_SAME && back->kind == RULE_AT &&
         fits(back->offset, &row->return_address);
}

static bool take_rules(const QzFrameTable *table, QzRow *row) {
  Machine m = {.table = table, .location = table->start, .place = row->place, .now = {.base = COLUMNS}};
  run(&m, table->shared);
  m.first = m.now;
  run(&m, table->own);
  row->interrupts = table->interrupts;
  row->pushed = (uint32_t)m.pushed;
  return !m.is_lost && m.pushed == row->pushed && take_base(&m.now, row) && take_kept(&m.now, row);
}

// The personality of C code, which is that of Quartz code too.
_Unwind_Reason_Code __gcc_personality_v0(int, _Unwind_Action, _Unwind_Exception_Class, struct _Unwind_Exception *,
                                         struct _Unwind_Context *);

// Pads of C code end with _Unwind_Resume, which has to know what unwinds.
static QzAtPanic at_panic(const QzFrameTable *table, QzRow *row) {
  if (!table->personality) return QZ_PANIC_PASSES;
  if (table->personality != (uintptr_t)__gcc_personality_v0) return QZ_PANIC_ASKS;
  if (!table->sites) return QZ_PANIC_PASSES;
  if (!qz_frame_table_pad(table, row->place, &row->pad)) return QZ_PANIC_ASKS;
  if (!row->pad) return QZ_PANIC_PASSES;
  return qz_fault_is_program((const void *)row->place) ? QZ_PANIC_LANDS : QZ_PANIC_ASKS;
}

bool qz_row_read(uintptr_t place, QzRow *row) {
  QzFrameTable table;
  bool stays;
  *row = (QzRow){.place = place};
  row->is_known = qz_frame_table_find(place, &table, &stays) && take_rules(&table, row);
  if (row->is_known) row->at_panic = (uint8_t)at_panic(&table, row);
  return stays;
}
#endif
