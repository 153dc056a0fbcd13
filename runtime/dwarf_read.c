#include "runtime/dwarf_read.h"

#include <string.h>

QzReader qz_reader(QzBytes bytes, uint64_t offset) {
  if (offset > bytes.size) offset = bytes.size;
  return (QzReader){bytes.data + offset, bytes.data + bytes.size};
}

bool qz_reader_is_done(const QzReader *reader) { return reader->at >= reader->end; }

uint64_t qz_read_bytes(QzReader *reader, unsigned count) {
  uint64_t number = 0;
  if ((size_t)(reader->end - reader->at) < count) {
    reader->at = reader->end;
    return 0;
  }
  memcpy(&number, reader->at, count);
  reader->at += count;
  return number;
}

uint64_t qz_read_uleb(QzReader *reader) {
  uint64_t number = 0;
  for (unsigned shift = 0; reader->at < reader->end; shift += 7) {
    uint8_t byte = *reader->at++;
    if (shift < 64) number |= (uint64_t)(byte & 0x7F) << shift;
    if (!(byte & 0x80)) break;
  }
  return number;
}

int64_t qz_read_sleb(QzReader *reader) {
  uint64_t number = 0;
  unsigned shift = 0;
  uint8_t byte = 0;
  do {
    if (reader->at >= reader->end) return 0;
    byte = *reader->at++;
    if (shift < 64) number |= (uint64_t)(byte & 0x7F) << shift;
    shift += 7;
  } while (byte & 0x80);
  if (shift < 64 && (byte & 0x40)) number |= ~UINT64_C(0) << shift;
  return (int64_t)number;
}

const char *qz_read_string(QzReader *reader) {
  const uint8_t *end = memchr(reader->at, 0, (size_t)(reader->end - reader->at));
  const char *text = end ? (const char *)reader->at : "";
  reader->at = end ? end + 1 : reader->end;
  return text;
}

void qz_reader_skip(QzReader *reader, uint64_t count) {
  uint64_t left = (uint64_t)(reader->end - reader->at);
  reader->at += count < left ? count : left;
}

enum {
  FORM_ADDR = 0x01,
  FORM_BLOCK2 = 0x03,
  FORM_BLOCK4 = 0x04,
  FORM_DATA2 = 0x05,
  FORM_DATA4 = 0x06,
  FORM_DATA8 = 0x07,
  FORM_STRING = 0x08,
  FORM_BLOCK = 0x09,
  FORM_BLOCK1 = 0x0A,
  FORM_DATA1 = 0x0B,
  FORM_FLAG = 0x0C,
  FORM_SDATA = 0x0D,
  FORM_STRP = 0x0E,
  FORM_UDATA = 0x0F,
  FORM_REF_ADDR = 0x10,
  FORM_REF1 = 0x11,
  FORM_REF2 = 0x12,
  FORM_REF4 = 0x13,
  FORM_REF8 = 0x14,
  FORM_REF_UDATA = 0x15,
  FORM_SEC_OFFSET = 0x17,
  FORM_EXPRLOC = 0x18,
  FORM_FLAG_PRESENT = 0x19,
  FORM_REF_SIG8 = 0x20,
};

static QzAttribute number(uint64_t value) { return (QzAttribute){.number = value, .is_offset = true}; }

static QzAttribute skipped(QzReader *reader, uint64_t count) {
  qz_reader_skip(reader, count);
  return number(0);
}

static QzAttribute string_at(const QzElf *elf, uint64_t offset) {
  QzReader reader = qz_reader(elf->strings, offset);
  return (QzAttribute){.text = qz_read_string(&reader)};
}

// A form of a later version cannot be skipped, as its size is not known: the rest of the section is given up.
QzAttribute qz_read_attribute(QzReader *reader, uint64_t form, const QzElf *elf) {
  switch (form) {
    case FORM_ADDR: return (QzAttribute){.number = qz_read_bytes(reader, 8)};
    case FORM_DATA1:
    case FORM_FLAG:
    case FORM_REF1: return number(qz_read_bytes(reader, 1));
    case FORM_DATA2:
    case FORM_REF2: return number(qz_read_bytes(reader, 2));
    case FORM_DATA4:
    case FORM_REF4:
    case FORM_REF_ADDR:
    case FORM_SEC_OFFSET: return number(qz_read_bytes(reader, 4));
    case FORM_DATA8:
    case FORM_REF8:
    case FORM_REF_SIG8: return number(qz_read_bytes(reader, 8));
    case FORM_SDATA: return number((uint64_t)qz_read_sleb(reader));
    case FORM_UDATA:
    case FORM_REF_UDATA: return number(qz_read_uleb(reader));
    case FORM_FLAG_PRESENT: return number(1);
    case FORM_STRING: return (QzAttribute){.text = qz_read_string(reader)};
    case FORM_STRP: return string_at(elf, qz_read_bytes(reader, 4));
    case FORM_BLOCK1: return skipped(reader, qz_read_bytes(reader, 1));
    case FORM_BLOCK2: return skipped(reader, qz_read_bytes(reader, 2));
    case FORM_BLOCK4: return skipped(reader, qz_read_bytes(reader, 4));
    case FORM_BLOCK:
    case FORM_EXPRLOC: return skipped(reader, qz_read_uleb(reader));
    default: break;
  }
  reader->at = reader->end;
  return number(0);
}
