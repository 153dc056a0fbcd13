// Large values that were copied on their way to another task: told once for each place, since a copy is seldom meant.
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "runtime/internal.h"

enum { LIMIT = 1 << 20, TOLD_LIMIT = 64 };

static pthread_once_t begun = PTHREAD_ONCE_INIT;
static int64_t limit = LIMIT;

static struct {
  pthread_mutex_t lock;
  QzPlace places[TOLD_LIMIT];
  uint32_t count;
} told = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void begin(void) {
  const char *text = getenv("QUARTZ_COPIES");
  if (text) limit = strtoll(text, NULL, 10);
  if (limit <= 0) limit = INT64_MAX;
}

static bool is_same(const QzPlace *a, const QzPlace *b) {
  return a->file == b->file && a->line == b->line && a->column == b->column;
}

static bool is_news(const QzPlace *place) {
  bool is_new = told.count < TOLD_LIMIT;
  pthread_mutex_lock(&told.lock);
  for (uint32_t i = 0; i < told.count; i++) is_new = is_new && !is_same(&told.places[i], place);
  if (is_new) told.places[told.count++] = *place;
  pthread_mutex_unlock(&told.lock);
  return is_new;
}

static void tell(int64_t bytes) {
  QzPlace place = {.file = ""};
  bool is_known = qz_trace_place(&place);
  if (!is_news(&place)) return;
  qz_error_printf("note: %" PRId64 " bytes were copied for another task", bytes);
  if (is_known) qz_error_printf("\n  at %s:%u:%u\n", place.file, place.line, place.column);
  else qz_error_printf("\n");
}

void qz_copied(int64_t bytes) {
  pthread_once(&begun, begin);
  if (bytes >= limit) tell(bytes);
}
