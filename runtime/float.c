// Floats as text. Shortest: the fewest digits that read back as the same number, written like JavaScript's but always
// recognisable as a float (1.0). Decimal numbers of up to 15 digits survive a trip through a double, so if 15 digits
// read back, those without trailing zeros are the shortest; otherwise it is 16 digits or 17. The same holds for a
// float with 6, and 7 to 9.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/internal.h"

// With a point from 1e-7 up to, but not, 1e21; with an exponent outside.
enum { TEXT_ROOM = 64, DIGITS_ROOM = 24, POINT_LIMIT = 21, ZEROS_LIMIT = -6 };

// ── Digits ──────────────────────────────────────────────────────────────────────────────────────────────────────
// A positive number as 0.d1d2d3… times ten to the `point`.
typedef struct Decimal {
  char digits[DIGITS_ROOM];
  int count, point;
} Decimal;

static Decimal decimal_of(double x, int count) {
  char text[TEXT_ROOM];
  Decimal decimal = {.count = count};
  snprintf(text, sizeof text, "%.*e", count - 1, x);
  decimal.digits[0] = text[0];
  if (count > 1) memcpy(decimal.digits + 1, text + 2, (size_t)count - 1);
  decimal.point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
  return decimal;
}

static bool reads_back(const Decimal *decimal, double x, bool is_single) {
  char text[TEXT_ROOM];
  snprintf(text, sizeof text, "0.%.*se%d", decimal->count, decimal->digits, decimal->point);
  return is_single ? (double)strtof(text, NULL) == x : strtod(text, NULL) == x;
}

// The next number of as many digits.
static void step_up(Decimal *decimal) {
  int i = decimal->count - 1;
  while (i >= 0 && decimal->digits[i] == '9') decimal->digits[i--] = '0';
  if (i >= 0) decimal->digits[i]++;
  else decimal->digits[0] = '1', decimal->point++;
}

static void trim(Decimal *decimal) {
  while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0') decimal->count--;
}

// At a power of two the gap below is half the gap above: the nearest decimal may lie too far below while the next one
// up still reads back.
// Subnormal numbers have fewer digits than others; there every count is tried.
static Decimal shortest(double x, bool is_single) {
  int safe = is_single ? 6 : 15, enough = is_single ? 9 : 17;
  if (x < (is_single ? (double)FLT_MIN : DBL_MIN)) safe = 1;
  for (int count = safe; count < enough; count++) {
    Decimal decimal = decimal_of(x, count);
    bool is_right = reads_back(&decimal, x, is_single);
    if (!is_right && count > safe) step_up(&decimal), is_right = reads_back(&decimal, x, is_single);
    if (is_right) return trim(&decimal), decimal;
  }
  return decimal_of(x, enough);
}

// ── Text ────────────────────────────────────────────────────────────────────────────────────────────────────────
static int write_exponent(char *out, const Decimal *d) {
  int exponent = d->point - 1;
  if (d->count == 1) return snprintf(out, TEXT_ROOM, "%ce%+d", d->digits[0], exponent);
  return snprintf(out, TEXT_ROOM, "%c.%.*se%+d", d->digits[0], d->count - 1, d->digits + 1, exponent);
}

// Zeros stand between the point and the digits, or between the digits and the point, or nowhere.
static int write_plain(char *out, const Decimal *d) {
  static const char zeros[] = "00000000000000000000000";
  int before = d->point < d->count ? d->point : d->count;  // digits in front of the point
  if (d->point <= 0) return snprintf(out, TEXT_ROOM, "0.%.*s%.*s", -d->point, zeros, d->count, d->digits);
  if (before == d->count) return snprintf(out, TEXT_ROOM, "%.*s%.*s.0", before, d->digits, d->point - d->count, zeros);
  return snprintf(out, TEXT_ROOM, "%.*s.%.*s", before, d->digits, d->count - before, d->digits + before);
}

static QzString *show(double x, bool is_single) {
  char text[TEXT_ROOM + 1];
  if (isnan(x)) return qz_string_of("nan");
  if (isinf(x)) return qz_string_of(x < 0 ? "-inf" : "inf");
  if (x == 0) return qz_string_of(signbit(x) ? "-0.0" : "0.0");
  Decimal decimal = shortest(fabs(x), is_single);
  int sign = x < 0;
  text[0] = '-';
  bool is_plain = decimal.point <= POINT_LIMIT && decimal.point > ZEROS_LIMIT;
  int size = is_plain ? write_plain(text + sign, &decimal) : write_exponent(text + sign, &decimal);
  return qz_string_new((const uint8_t *)text, size + sign);
}

QzString *qz_float_show(double x) { return show(x, false); }
QzString *qz_float32_show(float x) { return show((double)x, true); }

QzString *qz_float_show_fixed(double x, int64_t places) {
  if (!isfinite(x)) return show(x, false);
  int count = places < 0 ? 0 : places > 1000 ? 1000 : (int)places;
  int size = snprintf(NULL, 0, "%.*f", count, x);
  QzString *string = qz_string_alloc(size);
  snprintf((char *)string->bytes, (size_t)size + 1, "%.*f", count, x);
  return string;
}

// ── Parsing ─────────────────────────────────────────────────────────────────────────────────────────────────────
static const uint8_t *skip_digits(const uint8_t *at, const uint8_t *end) {
  while (at < end && *at >= '0' && *at <= '9') at++;
  return at;
}

static const uint8_t *skip_sign(const uint8_t *at, const uint8_t *end) {
  return at < end && (*at == '+' || *at == '-') ? at + 1 : at;
}

// [sign] digits [. digits] [e [sign] digits], with a digit before or behind the point.
static bool is_decimal(const uint8_t *at, const uint8_t *end) {
  const uint8_t *whole = skip_sign(at, end), *part = skip_digits(whole, end);
  bool has_digits = part > whole;
  if (part < end && *part == '.') {
    const uint8_t *after = skip_digits(part + 1, end);
    has_digits |= after > part + 1;
    part = after;
  }
  if (!has_digits) return false;
  if (part < end && (*part == 'e' || *part == 'E')) {
    const uint8_t *digits = skip_sign(part + 1, end);
    part = skip_digits(digits, end);
    if (part == digits) return false;
  }
  return part == end;
}

int64_t qz_float_parse(const uint8_t *bytes, int64_t size, double *number) {
  if (size <= 0 || !is_decimal(bytes, bytes + size)) return 0;
  char small[TEXT_ROOM], *text = size < TEXT_ROOM ? small : malloc((size_t)size + 1);
  if (!text) return 0;
  memcpy(text, bytes, (size_t)size);
  text[size] = 0;
  *number = strtod(text, NULL);
  if (text != small) free(text);
  return 1;
}
