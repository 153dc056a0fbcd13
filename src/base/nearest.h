// Nearest: did-you-mean. The candidate nearest to a word that was not found.
//
//   Nearest meant = {.wanted = "relase"};
//   for (each name) nearest_try(&meant, name);
//   if (meant.best) … "did you mean `%s`?"
#ifndef QZ_BASE_NEAREST_H
#define QZ_BASE_NEAREST_H

#include <stddef.h>

typedef struct Nearest {
  const char *wanted;
  const char *best;  // NULL: nothing is near enough
  size_t distance;   // of best
} Nearest;

// Looks at one candidate. The result does not depend on the order of the candidates.
void nearest_try(Nearest *nearest, const char *candidate);

#endif
