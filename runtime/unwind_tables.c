#include "runtime/unwind_tables.h"

#include <link.h>
#include <string.h>

// ── Numbers as the tables have them ─────────────────────────────────────────────────────────────────────────────
enum {
  FORM_POINTER = 0x00,
  FORM_ULEB = 0x01,
  FORM_U2 = 0x02,
  FORM_U4 = 0x03,
  FORM_U8 = 0x04,
  FORM_SLEB = 0x09,
  FORM_S2 = 0x0A,
  FORM_S4 = 0x0B,
  FORM_S8 = 0x0C,
  FORM_MASK = 0x0F,
  FROM_ZERO = 0x00,
  FROM_ITSELF = 0x10,
  FROM_TABLE = 0x30,
  FROM_MASK = 0x70,
  IS_ADDRESS_OF_IT = 0x80,
  IS_LEFT_OUT = 0xFF,
};

static bool read_form(QzReader *reader, unsigned form, uint64_t *value) {
  switch (form) {
    case FORM_ULEB: *value = qz_read_uleb(reader); return true;
    case FORM_SLEB: *value = (uint64_t)qz_read_sleb(reader); return true;
    case FORM_U2: *value = qz_read_bytes(reader, 2); return true;
    case FORM_U4: *value = qz_read_bytes(reader, 4); return true;
    case FORM_S2: *value = (uint64_t)(int64_t)(int16_t)qz_read_bytes(reader, 2); return true;
    case FORM_S4: *value = (uint64_t)(int64_t)(int32_t)qz_read_bytes(reader, 4); return true;
    case FORM_POINTER:
    case FORM_U8:
    case FORM_S8: *value = qz_read_bytes(reader, 8); return true;
    default: return false;
  }
}

// An address; 0 stays 0. `table` is where the table begins that it may be counted from.
static bool read_address(QzReader *reader, unsigned encoding, uintptr_t table, uintptr_t *address) {
  uintptr_t itself = (uintptr_t)reader->at, from = 0;
  uint64_t value = 0;
  *address = 0;
  if (encoding == IS_LEFT_OUT) return true;
  switch (encoding & FROM_MASK) {
    case FROM_ZERO: break;
    case FROM_ITSELF: from = itself; break;
    case FROM_TABLE: from = table; break;
    default: return false;
  }
  if (!read_form(reader, encoding & FORM_MASK, &value)) return false;
  if (!value) return true;
  *address = from + value;
  if (encoding & IS_ADDRESS_OF_IT) memcpy(address, (const void *)*address, sizeof *address);
  return true;
}

// The tables of code that runs are in memory and whole: entries say how long they are.
enum { TABLE_LIMIT = 1 << 30 };
static QzReader reader_at(uintptr_t address, size_t size) {
  return qz_reader((QzBytes){(const uint8_t *)address, size}, 0);
}

// ── The object that the code is in ──────────────────────────────────────────────────────────────────────────────
typedef struct Search {
  uintptr_t place, index;  // index: of the object's table, .eh_frame_hdr; 0: not found
  bool is_program, has_begun;
} Search;

static bool segment_holds(const struct dl_phdr_info *info, const ElfW(Phdr) *segment, uintptr_t place) {
  return segment->p_type == PT_LOAD && place - (info->dlpi_addr + segment->p_vaddr) < segment->p_memsz;
}

static int look_at_object(struct dl_phdr_info *info, size_t size, void *argument) {
  (void)size;
  Search *search = argument;
  bool is_program = !search->has_begun, is_here = false;  // the program itself comes first
  uintptr_t index = 0;
  search->has_begun = true;
  for (unsigned i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    is_here = is_here || segment_holds(info, segment, search->place);
    if (segment->p_type == PT_GNU_EH_FRAME) index = info->dlpi_addr + segment->p_vaddr;
  }
  if (!is_here) return 0;
  search->index = index;
  search->is_program = is_program;
  return 1;
}

// Sorted pairs of a function's start and its entry, both counted from the index itself.
typedef struct Pair {
  int32_t start, entry;
} Pair;

static const Pair *last_before(const Pair *pairs, size_t count, intptr_t offset) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (pairs[middle].start <= offset) low = middle + 1;
    else high = middle;
  }
  return low ? &pairs[low - 1] : NULL;
}

// The entry of the last function that begins at the place or before; 0: not found.
static uintptr_t entry_of(uintptr_t index, uintptr_t place) {
  enum { VERSION = 1, SORTED_PAIRS = FROM_TABLE | FORM_S4 };
  QzReader reader = reader_at(index, TABLE_LIMIT);
  uint64_t version = qz_read_bytes(&reader, 1);
  unsigned entries_form = (unsigned)qz_read_bytes(&reader, 1), count_form = (unsigned)qz_read_bytes(&reader, 1);
  uint64_t form = qz_read_bytes(&reader, 1);
  uintptr_t entries, count;
  if (version != VERSION || form != SORTED_PAIRS || !read_address(&reader, entries_form, index, &entries) ||
      !read_address(&reader, count_form, index, &count))
    return 0;
  const Pair *found = last_before((const Pair *)reader.at, count, (intptr_t)(place - index));
  return found ? index + (uintptr_t)(intptr_t)found->entry : 0;
}

// ── Entries ─────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Kind {  // what the functions of one kind have in common
  unsigned address_form, sites_form;
  bool has_size;  // what only some kinds have says how long it is
} Kind;

// The bytes of an entry behind its length; NULL: there are none.
static QzReader open_entry(uintptr_t entry) {
  enum { IS_LONG = 0xFFFFFFFF };
  QzReader head = reader_at(entry, sizeof(uint32_t));
  uint64_t size = qz_read_bytes(&head, 4);
  return reader_at((uintptr_t)head.at, size == IS_LONG ? 0 : size);
}

static bool read_letter(QzReader *reader, char letter, Kind *kind, QzFrameTable *table) {
  switch (letter) {
    case 'z': (void)qz_read_uleb(reader); return kind->has_size = true;
    case 'R': kind->address_form = (unsigned)qz_read_bytes(reader, 1); return true;
    case 'L': kind->sites_form = (unsigned)qz_read_bytes(reader, 1); return true;
    case 'P': return read_address(reader, (unsigned)qz_read_bytes(reader, 1), 0, &table->personality);
    case 'S': return table->interrupts = true;
    default: return false;
  }
}

static bool read_kind(uintptr_t entry, Kind *kind, QzFrameTable *table) {
  enum { VERSION = 1, LATER_VERSION = 3, RETURN_ADDRESS = 16 };
  QzReader reader = open_entry(entry);
  bool is_kind = qz_read_bytes(&reader, 4) == 0;
  uint64_t version = qz_read_bytes(&reader, 1);
  const char *letters = qz_read_string(&reader);
  *kind = (Kind){.sites_form = IS_LEFT_OUT};
  table->code_unit = qz_read_uleb(&reader);
  table->data_unit = qz_read_sleb(&reader);
  uint64_t column = version == VERSION ? qz_read_bytes(&reader, 1) : qz_read_uleb(&reader);
  if (!is_kind || (version != VERSION && version != LATER_VERSION) || column != RETURN_ADDRESS) return false;
  if (*letters && *letters != 'z') return false;
  for (; *letters; letters++)
    if (!read_letter(&reader, *letters, kind, table)) return false;
  table->shared = reader;
  return true;
}

static bool read_entry(uintptr_t entry, QzFrameTable *table) {
  QzReader reader = open_entry(entry);
  uintptr_t to_kind = (uintptr_t)reader.at;
  uint64_t distance = qz_read_bytes(&reader, 4), size = 0;
  Kind kind;
  if (!distance || !read_kind(to_kind - distance, &kind, table)) return false;
  if (!read_address(&reader, kind.address_form, 0, &table->start) ||
      !read_form(&reader, kind.address_form & FORM_MASK, &size))
    return false;
  table->end = table->start + size;
  uint64_t more = kind.has_size ? qz_read_uleb(&reader) : 0;
  table->own = reader;
  qz_reader_skip(&table->own, more);
  return read_address(&reader, kind.sites_form, 0, &table->sites);
}

bool qz_frame_table_find(uintptr_t place, QzFrameTable *table, bool *stays) {
  Search search = {.place = place};
  *table = (QzFrameTable){0};
  dl_iterate_phdr(look_at_object, &search);
  *stays = search.is_program;
  uintptr_t entry = search.index ? entry_of(search.index, place) : 0;
  return entry && read_entry(entry, table) && place >= table->start && place < table->end;
}

// ── Landing pads ────────────────────────────────────────────────────────────────────────────────────────────────
bool qz_frame_table_pad(const QzFrameTable *table, uintptr_t place, uintptr_t *pad) {
  QzReader reader = reader_at(table->sites, TABLE_LIMIT);
  uintptr_t from = table->start;
  *pad = 0;
  unsigned from_form = (unsigned)qz_read_bytes(&reader, 1);
  if (from_form != IS_LEFT_OUT && !read_address(&reader, from_form, 0, &from)) return false;
  if (qz_read_bytes(&reader, 1) != IS_LEFT_OUT) (void)qz_read_uleb(&reader);  // types of exceptions
  unsigned form = (unsigned)qz_read_bytes(&reader, 1);
  uint64_t size = qz_read_uleb(&reader), start, length, landing;
  for (reader.end = reader.at + size; !qz_reader_is_done(&reader);) {
    if (!read_form(&reader, form, &start) || !read_form(&reader, form, &length) || !read_form(&reader, form, &landing))
      return false;
    (void)qz_read_uleb(&reader);  // actions
    if (place < table->start + start) break;
    if (place >= table->start + start + length) continue;
    if (landing) *pad = from + landing;
    break;
  }
  return true;
}
