// Fannkuch redux (a problem of the Benchmarks Game): over all permutations of 0..N, how often must the first
// `first + 1` elements be turned round until a 0 is in front? Prints a checksum and the greatest number of turns.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { N = 10 };

static void turn(int64_t *v, int64_t size) {
  for (int64_t low = 0, high = size - 1; low < high; low++, high--) {
    int64_t old = v[low];
    v[low] = v[high];
    v[high] = old;
  }
}

static int64_t count_turns(int64_t *v) {
  int64_t turns = 0;
  for (; v[0] != 0; turns++) turn(v, v[0] + 1);
  return turns;
}

static bool next_permutation(int64_t *v, int64_t *rotations, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    int64_t first = v[0];
    for (int64_t k = 0; k < i; k++) v[k] = v[k + 1];
    v[i] = first;
    if (--rotations[i] > 0) return true;
    rotations[i] = i + 1;
  }
  return false;
}

int main(void) {
  int64_t permutation[N], rotations[N], copy[N];
  for (int64_t i = 0; i < N; i++) {
    permutation[i] = i;
    rotations[i] = i + 1;
  }
  int64_t checksum = 0, turns_max = 0;
  bool even = true;
  do {
    memcpy(copy, permutation, sizeof copy);
    int64_t turns = count_turns(copy);
    if (turns > turns_max) turns_max = turns;
    checksum += even ? turns : -turns;
    even = !even;
  } while (next_permutation(permutation, rotations, N));
  printf("%" PRId64 "\nPfannkuchen(%d) = %" PRId64 "\n", checksum, N, turns_max);
  return 0;
}
