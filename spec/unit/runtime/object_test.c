// Counts of objects: plain, immortal, and shared between threads.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "runtime/heap.h"
#include "runtime/internal.h"

enum { THREADS = 4, ROUNDS = 50000 };

static void *own_and_disown(void *argument) {
  uintptr_t freed = 0;
  for (int i = 0; i < ROUNDS; i++) {
    qz_retain_slow(argument);
    freed += (uintptr_t)qz_release_slow(argument);
  }
  return (void *)(freed + (uintptr_t)qz_release_slow(argument));
}

// Each thread has an owner's share; exactly one of them is the last to go.
static void the_last_owner_is_one(void **state) {
  (void)state;
  pthread_t threads[THREADS];
  uintptr_t freed = 0;
  QzString *string = qz_string_of("shared");
  qz_object_share(&string->header);
  for (int i = 0; i < THREADS; i++) qz_retain_slow(&string->header);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, own_and_disown, string), 0);
  for (int i = 0; i < THREADS; i++) {
    void *result;
    assert_int_equal(pthread_join(threads[i], &result), 0);
    freed += (uintptr_t)result;
  }
  assert_int_equal(freed, 0);
  assert_int_equal(string->header.count, -1);
  assert_int_equal(qz_release_slow(&string->header), 1);
  qz_string_free(string);
}

static void immortal_objects_are_not_counted(void **state) {
  (void)state;
  QzObject object = {.count = QZ_IMMORTAL};
  for (int i = 0; i < 100; i++) qz_retain_slow(&object);
  for (int i = 0; i < 200; i++) assert_int_equal(qz_release_slow(&object), 0);
  qz_object_share(&object);
  assert_int_equal(object.count, QZ_IMMORTAL);
}

static void shared_strings_are_not_written(void **state) {
  (void)state;
  QzString *string = qz_string_of("text"), *grown = string;
  qz_object_share(&string->header);
  qz_retain_slow(&string->header);
  qz_string_resize(&grown, 4, 100);
  assert_ptr_not_equal(grown, string);
  assert_int_equal(string->header.count, -1);
  qz_string_release(grown);
  qz_string_release(string);
}

int main(void) {
  qz_heap_start(false);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_last_owner_is_one),
      cmocka_unit_test(immortal_objects_are_not_counted),
      cmocka_unit_test(shared_strings_are_not_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
