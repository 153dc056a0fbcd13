// By the optimal string alignment distance: insert, delete, replace, swap neighbours.
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 48 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Distance of two words of at most LONGEST bytes.
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size) {
  size_t cost[LONGEST + 1][LONGEST + 1];
  for (size_t i = 0; i <= a_size; i++) cost[i][0] = i;
  for (size_t j = 0; j <= b_size; j++) cost[0][j] = j;
  for (size_t i = 1; i <= a_size; i++)
    for (size_t j = 1; j <= b_size; j++) {
      cost[i][j] = least(least(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a_size][b_size];
}

void nearest_try(Nearest *nearest, const char *candidate) {
  size_t wanted_size = strlen(nearest->wanted), size = strlen(candidate);
  if (!wanted_size || wanted_size > LONGEST || size > LONGEST) return;
  size_t limit = (wanted_size + 1) / 3;  // a third of the word may differ; of one letter, nothing
  if (size > wanted_size + limit || wanted_size > size + limit) return;
  size_t far = distance(nearest->wanted, wanted_size, candidate, size);
  if (far > limit || far >= size) return;
  bool is_better =
      !nearest->best || far < nearest->distance || (far == nearest->distance && strcmp(candidate, nearest->best) < 0);
  if (!is_better) return;
  nearest->best = candidate;
  nearest->distance = far;
}
