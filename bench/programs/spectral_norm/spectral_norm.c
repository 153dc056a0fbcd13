// The spectral norm of the infinite matrix A with A(i, j) = 1 / ((i + j)(i + j + 1) / 2 + i + 1), cut to SIZE × SIZE,
// by the power method (a problem of the Benchmarks Game).
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 3000 };

static double cell(int64_t i, int64_t j) { return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1); }

static void product(const double *v, double *result, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    double sum = 0.0;
    for (int64_t j = 0; j < n; j++) sum += cell(i, j) * v[j];
    result[i] = sum;
  }
}

static void transposed_product(const double *v, double *result, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    double sum = 0.0;
    for (int64_t j = 0; j < n; j++) sum += cell(j, i) * v[j];
    result[i] = sum;
  }
}

static void step(const double *v, double *between, double *result, int64_t n) {
  product(v, between, n);
  transposed_product(between, result, n);
}

int main(void) {
  double *u = malloc(SIZE * sizeof *u), *v = malloc(SIZE * sizeof *v), *between = malloc(SIZE * sizeof *between);
  for (size_t i = 0; i < SIZE; i++) u[i] = 1.0;
  for (int i = 0; i < 10; i++) {
    step(u, between, v, SIZE);
    step(v, between, u, SIZE);
  }
  double u_dot_v = 0.0, v_dot_v = 0.0;
  for (size_t i = 0; i < SIZE; i++) {
    u_dot_v += u[i] * v[i];
    v_dot_v += v[i] * v[i];
  }
  printf("%.9f\n", sqrt(u_dot_v / v_dot_v));
  free(u);
  free(v);
  free(between);
  return 0;
}
