// Patterns as PCRE2 has them: what the compiler asks of a literal, and what programs ask through runtime.def.
#ifndef QZ_RUNTIME_REGEX_H
#define QZ_RUNTIME_REGEX_H

#include "runtime/qz_runtime.h"

typedef struct QzRegex QzRegex;

// What is wrong with a pattern, and at which of its bytes.
typedef struct QzRegexFault {
  int64_t code, offset;
} QzRegexFault;

QzRegex *qz_regex_compile(const char *pattern, size_t size, QzRegexFault *fault);  // NULL: see the fault
// The name of a group, as C text. Names are numbered from 0 in alphabetical order, each once.
const char *qz_regex_name_text(const QzRegex *regex, int64_t number);
// What a code of PCRE2 means, as C text.
void qz_regex_explain(int64_t code, char *text, size_t room);

#endif
