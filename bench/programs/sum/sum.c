// Sums over a vector many times: a loop over elements with a check in it.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 1000000, ROUNDS = 600 };

static int64_t sum_below(const int64_t *values, size_t count, int64_t limit) {
  int64_t total = 0;
  for (size_t i = 0; i < count; i++)
    if (values[i] < limit) total += values[i];
  return total;
}

int main(void) {
  int64_t *values = malloc(SIZE * sizeof *values);
  int64_t seed = 42, total = 0;
  for (size_t i = 0; i < SIZE; i++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    values[i] = seed % 1000;
  }
  for (int64_t round = 0; round < ROUNDS; round++) total += sum_below(values, SIZE, round);
  printf("%" PRId64 "\n", total);
  free(values);
  return 0;
}
