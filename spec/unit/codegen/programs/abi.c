// The C side of abi.mir.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Ints { int32_t a, b; } Ints;
typedef struct Mixed { int64_t a; double b; } Mixed;
typedef struct Floats { float a, b, c; } Floats;
typedef struct Bytes { uint8_t a, b, c; } Bytes;
typedef struct Large { int64_t a, b, c; } Large;
typedef struct Two { int64_t a, b; } Two;

Ints c_ints(Ints x) { return (Ints){x.b, x.a}; }
Mixed c_mixed(Mixed x) { return (Mixed){x.a + 1, x.b + 1}; }
Floats c_floats(Floats x) { return (Floats){x.c, x.b, x.a}; }
Bytes c_bytes(Bytes x) { return (Bytes){x.c, x.b, x.a}; }
Large c_large(Large x) { return (Large){x.a * 10, x.b * 10, x.c * 10}; }

void c_many(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, Two f, int64_t g) {
  printf("c_many %d %d %d %d %d %d %d %d\n", (int)a, (int)b, (int)c, (int)d, (int)e, (int)f.a, (int)f.b, (int)g);
}

Large quartz_large(Large x, Ints by);
int64_t c_calls_back(void) { return quartz_large((Large){11, 2, 3}, (Ints){3, 0}).a; }

bool c_small(bool a, int8_t b, uint16_t c, int32_t d) {
  printf("small %d %d %d %d\n", a, b, c, d);
  return a;
}
