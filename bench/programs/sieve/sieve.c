// The sieve of Eratosthenes over one-byte flags, several times.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 5000000, ROUNDS = 24 };

static int64_t count_primes(int64_t limit) {
  bool *composite = calloc((size_t)limit + 1, sizeof *composite);
  int64_t count = 0;
  for (int64_t n = 2; n <= limit; n++) {
    if (composite[n]) continue;
    count++;
    for (int64_t multiple = n * n; multiple <= limit; multiple += n) composite[multiple] = true;
  }
  free(composite);
  return count;
}

int main(void) {
  int64_t total = 0;
  for (int64_t round = 0; round < ROUNDS; round++) total += count_primes(LIMIT + round);
  printf("%" PRId64 "\n", total);
  return 0;
}
