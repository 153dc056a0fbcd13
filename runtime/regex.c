// Regular expressions, by PCRE2. A compiled pattern is only read: tasks use one together, and what a match needs is
// made for each. Characters are those of Unicode, and so are classes such as \d and \w.
//
// The machine code that PCRE2 makes of a pattern uses at most 32 KiB of the running stack; what needs more is matched
// again without it, with memory of the heap. Both give up after a number of steps, so no match goes on for ever.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/object.h"
#include "runtime/regex.h"

enum {
  OPTIONS = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C,  // \C would cut a character
  STEPS_MAX = 10000000,
  HEAP_MAX = 256 << 10,  // KiB
};

struct QzRegex {
  pcre2_code *code;
  size_t size;
  char pattern[];
};

// ── Compiling ───────────────────────────────────────────────────────────────────────────────────────────────────
static QzRegex *new_regex(pcre2_code *code, const char *pattern, size_t size) {
  QzRegex *regex = malloc(sizeof *regex + size + 1);
  if (!regex) qz_out_of_memory((int64_t)size);
  regex->code = code;
  regex->size = size;
  memcpy(regex->pattern, pattern, size);
  regex->pattern[size] = 0;
  return regex;
}

// How many characters behind the fault PCRE2 stands when it finds it.
static int chars_behind(int code) {
  switch (code) {
    case PCRE2_ERROR_DUPLICATE_SUBPATTERN_NAME: return 2;  // it has read the `>`
    case PCRE2_ERROR_UNSUPPORTED_ESCAPE_SEQUENCE:
    case PCRE2_ERROR_MALFORMED_UNICODE_PROPERTY:
    case PCRE2_ERROR_UNKNOWN_UNICODE_PROPERTY:
    case PCRE2_ERROR_BACKSLASH_C_CALLER_DISABLED: return 1;
    default: return 0;
  }
}

static int64_t fault_offset(const char *pattern, int code, size_t offset) {
  int behind = chars_behind(code);
  while (behind > 0 && offset > 0)
    if ((pattern[--offset] & 0xC0) != 0x80) behind--;
  return (int64_t)offset;
}

QzRegex *qz_regex_compile(const char *pattern, size_t size, QzRegexFault *fault) {
  int code;
  PCRE2_SIZE offset;
  pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)pattern, size, OPTIONS, &code, &offset, NULL);
  *fault = compiled ? (QzRegexFault){0} : (QzRegexFault){code, fault_offset(pattern, code, offset)};
  return compiled ? new_regex(compiled, pattern, size) : NULL;
}

// Without machine code (the system allows none, or PCRE2 has none for this processor) matching is only slower. Tools
// for which QUARTZ_ALLOC=system is set would complain about it: it reads whole words at the end of a text.
void *qz_regex_new(QzString *pattern, int64_t *fault) {
  QzRegexFault found;
  QzRegex *regex = qz_regex_compile((const char *)pattern->bytes, (size_t)pattern->byte_size, &found);
  fault[0] = found.code;
  fault[1] = found.offset;
  bool is_watched = !qz_heap_region.size;
  if (regex && !is_watched) pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE);
  return regex;
}

void qz_regex_free(void *of) {
  QzRegex *regex = of;
  pcre2_code_free(regex->code);
  free(regex);
}

// In words of the language where PCRE2 speaks of its own options.
static const char *own_words(int64_t code) {
  if (code <= PCRE2_ERROR_UTF8_ERR1 && code >= PCRE2_ERROR_UTF8_ERR21) return "the text is not UTF-8";
  switch (code) {
    case PCRE2_ERROR_DUPLICATE_SUBPATTERN_NAME: return "two groups have the same name";
    case PCRE2_ERROR_BACKSLASH_C_CALLER_DISABLED: return "\\C would cut a character into bytes";
    case PCRE2_ERROR_MATCHLIMIT:
    case PCRE2_ERROR_DEPTHLIMIT: return "there are too many ways in which it could match this text";
    case PCRE2_ERROR_HEAPLIMIT:
    case PCRE2_ERROR_NOMEMORY: return "matching this text takes too much memory";
    default: return NULL;
  }
}

void qz_regex_explain(int64_t code, char *text, size_t room) {
  const char *own = own_words(code);
  if (own) snprintf(text, room, "%s", own);
  else if (pcre2_get_error_message((int)code, (PCRE2_UCHAR *)text, room) < 0)
    snprintf(text, room, "error %lld", (long long)code);
}

QzString *qz_regex_fault_text(int64_t code) {
  char text[256];
  qz_regex_explain(code, text, sizeof text);
  return qz_string_of(text);
}

QzString *qz_regex_pattern(void *of) {
  const QzRegex *regex = of;
  return qz_string_new((const uint8_t *)regex->pattern, (int64_t)regex->size);
}

// ── Literals: each has a word of the program, which leads to its object once somebody asked for it ──────────────
int32_t qz_regex_is_known(void *place) {
  return __atomic_load_n((QzObject **)place, __ATOMIC_ACQUIRE) != NULL;  // pairs with the exchange below
}

// Who comes second keeps an object of its own, which goes. The other stays for ever: no leak counts it.
void qz_regex_publish(void *place, QzObject *made) {
  QzObject *expected = NULL;
  int32_t count = made->count;
  made->count = QZ_IMMORTAL;
  bool is_first = __atomic_compare_exchange_n((QzObject **)place, &expected, made, false, __ATOMIC_RELEASE,
                                              __ATOMIC_RELAXED);
  if (!is_first) made->count = count;
  else if (qz_live_objects) qz_count_live(qz_type_number(made), -1);
}

// ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t info(const QzRegex *regex, uint32_t what) {
  uint32_t value = 0;
  pcre2_pattern_info(regex->code, what, &value);
  return value;
}

int64_t qz_regex_group_count(void *regex) { return (int64_t)info(regex, PCRE2_INFO_CAPTURECOUNT) + 1; }

// PCRE2's rows are a group's number in two bytes, then its name with a NUL; several groups may have one name.
typedef struct NameTable {
  PCRE2_SPTR rows;
  uint32_t count, row_size;
} NameTable;

static NameTable name_table(const QzRegex *regex) {
  NameTable table = {NULL, info(regex, PCRE2_INFO_NAMECOUNT), info(regex, PCRE2_INFO_NAMEENTRYSIZE)};
  pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table.rows);
  return table;
}

static const char *row_name(const NameTable *table, uint32_t row) {
  return (const char *)table->rows + (size_t)row * table->row_size + 2;
}

static int64_t row_group(const NameTable *table, uint32_t row) {
  PCRE2_SPTR at = table->rows + (size_t)row * table->row_size;
  return at[0] << 8 | at[1];
}

// The first row behind `row` that has another name.
static uint32_t next_name(const NameTable *table, uint32_t row) {
  uint32_t next = row + 1;
  while (next < table->count && strcmp(row_name(table, next), row_name(table, row)) == 0) next++;
  return next;
}

static uint32_t row_of(const NameTable *table, int64_t number) {
  uint32_t row = 0;
  while (number-- > 0) row = next_name(table, row);
  return row;
}

int64_t qz_regex_name_count(void *regex) {
  NameTable table = name_table(regex);
  int64_t count = 0;
  for (uint32_t row = 0; row < table.count; row = next_name(&table, row)) count++;
  return count;
}

const char *qz_regex_name_text(const QzRegex *regex, int64_t number) {
  NameTable table = name_table(regex);
  return row_name(&table, row_of(&table, number));
}

QzString *qz_regex_name(void *regex, int64_t number) { return qz_string_of(qz_regex_name_text(regex, number)); }

int64_t qz_regex_named_group(void *regex, int64_t number, const int64_t *bounds) {
  NameTable table = name_table(regex);
  uint32_t first = row_of(&table, number), end = next_name(&table, first);
  for (uint32_t row = first; row < end; row++)
    if (bounds[2 * row_group(&table, row)] >= 0) return row_group(&table, row);
  return row_group(&table, first);
}

// ── Matching ────────────────────────────────────────────────────────────────────────────────────────────────────
// The limits of every match, made by whoever needs them first.
static pcre2_match_context *limits(void) {
  static pcre2_match_context *made;
  pcre2_match_context *known = __atomic_load_n(&made, __ATOMIC_ACQUIRE);  // pairs with the exchange below
  if (known) return known;
  pcre2_match_context *own = pcre2_match_context_create(NULL);
  if (!own) qz_out_of_memory(0);
  pcre2_set_match_limit(own, STEPS_MAX);
  pcre2_set_heap_limit(own, HEAP_MAX);
  if (__atomic_compare_exchange_n(&made, &known, own, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return own;
  pcre2_match_context_free(own);
  return known;
}

static int match(const QzRegex *regex, const QzString *subject, int64_t from, uint32_t options,
                 pcre2_match_data *data) {
  int found = pcre2_match(regex->code, subject->bytes, (size_t)subject->byte_size, (size_t)from, options, data,
                          limits());
  if (found != PCRE2_ERROR_JIT_STACKLIMIT) return found;
  return pcre2_match(regex->code, subject->bytes, (size_t)subject->byte_size, (size_t)from, options | PCRE2_NO_JIT,
                     data, limits());
}

static void write_bounds(pcre2_match_data *data, int64_t groups, int64_t *bounds) {
  const PCRE2_SIZE *found = pcre2_get_ovector_pointer(data);
  for (int64_t i = 0; i < 2 * groups; i++) bounds[i] = found[i] == PCRE2_UNSET ? -1 : (int64_t)found[i];
  if (bounds[0] > bounds[1]) bounds[0] = bounds[1];  // \K can put the start behind the end
}

// Text that was made of what the system gave may be no UTF-8. Who goes on in a text has looked at it before.
int32_t qz_regex_match(void *of, QzString *subject, int64_t from, int32_t is_behind_empty, int64_t *bounds) {
  const QzRegex *regex = of;
  int64_t groups = bounds ? qz_regex_group_count(of) : 1;
  bool is_valid = from > 0 || subject->char_size == subject->byte_size;
  uint32_t options = (is_valid ? PCRE2_NO_UTF_CHECK : 0) | (is_behind_empty ? PCRE2_NOTEMPTY_ATSTART : 0);
  pcre2_match_data *data = pcre2_match_data_create((uint32_t)groups, NULL);
  if (!data) qz_out_of_memory(groups);
  int found = match(regex, subject, from, options, data);
  if (found >= 0 && bounds) write_bounds(data, groups, bounds);
  pcre2_match_data_free(data);
  return found == PCRE2_ERROR_NOMATCH ? 0 : found < 0 ? found : 1;
}
