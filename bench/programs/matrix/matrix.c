// Multiplies two matrices of floats, row by row over a transposed right side.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 700 };

typedef struct Matrix {
  int64_t size;
  double *cells;
} Matrix;

static Matrix matrix_new(int64_t size) {
  return (Matrix){size, malloc((size_t)(size * size) * sizeof(double))};
}

static Matrix make(int64_t size, int64_t seed) {
  Matrix m = matrix_new(size);
  for (int64_t i = 0; i < size * size; i++) m.cells[i] = (double)((i * 7 + seed) % 31) / 10.0;
  return m;
}

static Matrix transposed(Matrix m) {
  Matrix t = matrix_new(m.size);
  for (int64_t row = 0; row < m.size; row++)
    for (int64_t column = 0; column < m.size; column++) t.cells[row * m.size + column] = m.cells[column * m.size + row];
  return t;
}

static Matrix multiply(Matrix a, Matrix b) {
  int64_t n = a.size;
  Matrix columns = transposed(b), product = matrix_new(n);
  for (int64_t row = 0; row < n; row++)
    for (int64_t column = 0; column < n; column++) {
      double sum = 0.0;
      for (int64_t k = 0; k < n; k++) sum += a.cells[row * n + k] * columns.cells[column * n + k];
      product.cells[row * n + column] = sum;
    }
  free(columns.cells);
  return product;
}

int main(void) {
  Matrix a = make(SIZE, 1), b = make(SIZE, 2), product = multiply(a, b);
  double trace = 0.0;
  for (int64_t i = 0; i < SIZE; i++) trace += product.cells[i * SIZE + i];
  printf("%.3f\n", trace);
  free(a.cells);
  free(b.cells);
  free(product.cells);
  return 0;
}
