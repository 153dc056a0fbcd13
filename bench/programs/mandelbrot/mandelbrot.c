// How many points of a grid belong to the Mandelbrot set: floats in registers.
#include <inttypes.h>
#include <stdio.h>

enum { SIZE = 2000, LIMIT = 100 };

typedef struct Complex {
  double re, im;
} Complex;

static Complex add(Complex a, Complex b) { return (Complex){a.re + b.re, a.im + b.im}; }
static Complex squared(Complex z) { return (Complex){z.re * z.re - z.im * z.im, 2.0 * z.re * z.im}; }
static double norm(Complex z) { return z.re * z.re + z.im * z.im; }

static int64_t escape_time(Complex c, int64_t limit) {
  Complex z = {0.0, 0.0};
  for (int64_t i = 0; i < limit; i++) {
    if (norm(z) > 4.0) return i;
    z = add(squared(z), c);
  }
  return limit;
}

int main(void) {
  int64_t inside = 0, steps = 0;
  for (int64_t y = 0; y < SIZE; y++)
    for (int64_t x = 0; x < SIZE; x++) {
      Complex c = {3.0 * (double)x / (double)SIZE - 2.25, 2.5 * (double)y / (double)SIZE - 1.25};
      int64_t time = escape_time(c, LIMIT);
      steps += time;
      if (time == LIMIT) inside++;
    }
  printf("%" PRId64 " %" PRId64 "\n", inside, steps);
  return 0;
}
