// Multiplies two matrices of floats, row by row over a transposed right side.
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 700 };

typedef struct Matrix {
  size_t size;
  double *cells;
} Matrix;

static Matrix matrix_new(size_t size) { return (Matrix){size, malloc(size * size * sizeof(double))}; }

static Matrix make(size_t size, size_t seed) {
  Matrix m = matrix_new(size);
  for (size_t i = 0; i < size * size; i++) m.cells[i] = (double)((i * 7 + seed) % 31) / 10.0;
  return m;
}

static Matrix transposed(Matrix m) {
  Matrix t = matrix_new(m.size);
  for (size_t i = 0; i < m.size * m.size; i++) t.cells[i] = m.cells[i % m.size * m.size + i / m.size];
  return t;
}

static Matrix multiply(Matrix a, Matrix b) {
  size_t n = a.size;
  Matrix columns = transposed(b), product = matrix_new(n);
  for (size_t row = 0; row < n; row++)
    for (size_t column = 0; column < n; column++) {
      double sum = 0.0;
      for (size_t k = 0; k < n; k++) sum += a.cells[row * n + k] * columns.cells[column * n + k];
      product.cells[row * n + column] = sum;
    }
  free(columns.cells);
  return product;
}

int main(void) {
  Matrix a = make(SIZE, 1), b = make(SIZE, 2), product = multiply(a, b);
  double trace = 0.0;
  for (size_t i = 0; i < SIZE; i++) trace += product.cells[i * SIZE + i];
  printf("%.3f\n", trace);
  free(a.cells);
  free(b.cells);
  free(product.cells);
  return 0;
}
