// Characters: classes and simple case mapping, by binary search in ranges that tools/unicode_ranges.py makes.
#include "runtime/qz_runtime.h"

typedef struct ClassRange {
  uint32_t first, last;
  uint8_t even, odd;
} ClassRange;

typedef struct CaseRange {
  uint32_t first, last;
  int32_t step, distance;
} CaseRange;

static const ClassRange classes[] = {
#define CLASS_RANGE(first, last, even, odd) {first, last, even, odd},
#define UPCASE_RANGE(first, last, step, distance)
#define DOWNCASE_RANGE(first, last, step, distance)
#include "runtime/unicode_ranges.def"
};

static const CaseRange upcases[] = {
#define CLASS_RANGE(first, last, even, odd)
#define UPCASE_RANGE(first, last, step, distance) {first, last, step, distance},
#define DOWNCASE_RANGE(first, last, step, distance)
#include "runtime/unicode_ranges.def"
};

static const CaseRange downcases[] = {
#define CLASS_RANGE(first, last, even, odd)
#define UPCASE_RANGE(first, last, step, distance)
#define DOWNCASE_RANGE(first, last, step, distance) {first, last, step, distance},
#include "runtime/unicode_ranges.def"
};

static uint32_t mapped(const CaseRange *ranges, int count, uint32_t c) {
  int low = 0, high = count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (ranges[middle].last < c) low = middle + 1;
    else high = middle;
  }
  const CaseRange *range = &ranges[low];
  bool is_in = low < count && c >= range->first && (c - range->first) % (uint32_t)range->step == 0;
  return is_in ? (uint32_t)((int32_t)c + range->distance) : c;
}

uint32_t qz_char_upcase(uint32_t c) { return mapped(upcases, sizeof upcases / sizeof *upcases, c); }
uint32_t qz_char_downcase(uint32_t c) { return mapped(downcases, sizeof downcases / sizeof *downcases, c); }

int64_t qz_char_class(uint32_t c) {
  int low = 0, high = sizeof classes / sizeof *classes;
  while (low < high) {
    int middle = (low + high) / 2;
    if (classes[middle].last < c) low = middle + 1;
    else high = middle;
  }
  const ClassRange *range = &classes[low];
  if (low == sizeof classes / sizeof *classes || c < range->first) return 0;
  return (c - range->first) % 2 ? range->odd : range->even;
}
