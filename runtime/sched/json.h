// Text inside of a JSON string.
#ifndef QZ_SCHED_JSON_H
#define QZ_SCHED_JSON_H

#include <stdio.h>

static inline void qz_json_text(FILE *out, const char *text) {
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') fputc('\\', out);
    if ((unsigned char)*text < 0x20) fprintf(out, "\\u%04x", *text);
    else fputc(*text, out);
  }
}

#endif
