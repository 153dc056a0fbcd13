// What readelf says of each row of each function of a file, compared with what the runtime reads.
#ifndef QZ_SPEC_ROWS_H
#define QZ_SPEC_ROWS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/unwind.h"

enum { ROW_WORDS = 24, LINE_ROOM = 512 };

typedef struct RowsSeen {
  int rows, known, wrong;
  char first_wrong[LINE_ROOM];
} RowsSeen;

static const char *const register_names[QZ_REGISTERS] = {
    [QZ_RBX] = "rbx", [QZ_RBP] = "rbp", [QZ_R12] = "r12", [QZ_R13] = "r13",
    [QZ_R14] = "r14", [QZ_R15] = "r15", [QZ_RSP] = "rsp"};

// A register is named twice: r10 (r10).
static int split(char *line, char **words) {
  int count = 0;
  for (char *word = strtok(line, " \n"); word && count < ROW_WORDS; word = strtok(NULL, " \n"))
    if (*word != '(') words[count++] = word;
  return count;
}

static int register_of(const char *name, size_t size) {
  int i = 0;
  while (i < QZ_REGISTERS && (strlen(register_names[i]) != size || strncmp(register_names[i], name, size) != 0)) i++;
  return i;
}

// "rbp+16", and then no word of a register says anything else than "c-24", "u" or "s".
static bool can_be_known(char **names, char **words, int count) {
  size_t base = strcspn(words[1], "+-");
  if (!words[1][base] || register_of(words[1], base) == QZ_REGISTERS) return false;
  for (int i = 2; i < count; i++) {
    bool is_return = strcmp(names[i], "ra") == 0, is_offset = words[i][0] == 'c';
    int number = register_of(names[i], strlen(names[i]));
    bool is_plain = is_offset || strcmp(words[i], "u") == 0 || strcmp(words[i], "s") == 0;
    if (is_return && !is_offset) return false;
    if (number < QZ_REGISTERS && (!is_plain || (number == QZ_RSP && is_offset))) return false;
  }
  return true;
}

static bool is_as_told(const QzRow *row, char **names, char **words, int count) {
  size_t base = strcspn(words[1], "+-");
  int32_t kept[QZ_KEPT_REGISTERS] = {0}, back = 0;
  for (int i = 2; i < count; i++) {
    int number = register_of(names[i], strlen(names[i]));
    if (words[i][0] != 'c') continue;
    if (strcmp(names[i], "ra") == 0) back = atoi(words[i] + 1);
    else if (number < QZ_KEPT_REGISTERS) kept[number] = atoi(words[i] + 1);
  }
  return row->is_known && !row->is_indirect && row->base == register_of(words[1], base) &&
         row->offset == atoi(words[1] + base) && row->return_address == back &&
         memcmp(row->kept, kept, sizeof kept) == 0;
}

static void see_row(RowsSeen *seen, uintptr_t bias, char **names, char **words, int count) {
  QzRow row;
  qz_row_read(bias + strtoull(words[0], NULL, 16), &row);
  bool is_other = strcmp(words[1], "exp") == 0 && row.is_known && row.is_indirect;  // readelf does not say more
  bool is_right = can_be_known(names, words, count) ? is_as_told(&row, names, words, count) : !row.is_known || is_other;
  seen->rows++;
  seen->known += row.is_known;
  if (!is_right && seen->wrong++ == 0)
    snprintf(seen->first_wrong, sizeof seen->first_wrong, "at %s: %s, offset %d", words[0], words[1], row.offset);
}

// The file's code lies `bias` behind where it was linked.
static RowsSeen rows_of(const char *path, uintptr_t bias) {
  char command[LINE_ROOM], line[LINE_ROOM], names_line[LINE_ROOM] = "";
  char *names[ROW_WORDS], *words[ROW_WORDS];
  RowsSeen seen = {0};
  bool is_function = false, is_section = false;
  snprintf(command, sizeof command, "readelf --wide --debug-dump=frames-interp '%s' 2>/dev/null", path);
  FILE *told = popen(command, "r");
  for (int count, name_count = 0; told && fgets(line, sizeof line, told);) {
    if (strncmp(line, "Contents of", 11) == 0) is_section = strstr(line, ".eh_frame") != NULL;
    if (strstr(line, " CIE ") || strstr(line, " FDE ")) {
      is_function = is_section && strstr(line, " FDE ");
      name_count = 0;
    } else if (is_function && strstr(line, "LOC")) {
      strcpy(names_line, line);
      name_count = split(names_line, names);
    } else if (is_function && name_count && (count = split(line, words)) > 1) {
      see_row(&seen, bias, names, words, count < name_count ? count : name_count);
    }
  }
  if (told) pclose(told);
  return seen;
}

#endif
