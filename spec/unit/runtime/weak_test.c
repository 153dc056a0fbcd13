// Weak references of several threads: each to objects of its own, and all to objects that they share.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/heap.h"
#include "runtime/internal.h"

enum { THREADS = 4, ROUNDS = 300, OBJECTS = 100, SHARED_ROUNDS = 5000 };

static void run_threads(void *(*body)(void *argument), void *argument) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&threads[i], NULL, body, argument), 0);
  for (int i = 0; i < THREADS; i++) {
    void *wrong;
    assert_int_equal(pthread_join(threads[i], &wrong), 0);
    assert_null(wrong);
  }
}

// ── Objects of one thread ───────────────────────────────────────────────────────────────────────────────────────
static bool holds(const QzWeak *weak, QzString *object) {
  QzString *held = qz_weak_hold(weak);
  if (held) qz_string_release(held);
  return held == object;
}

// Two weak references an object, of which one goes before it.
static uintptr_t one_round(QzString **objects, QzWeak (*weaks)[2]) {
  uintptr_t wrong = 0;
  for (int i = 0; i < OBJECTS; i++) {
    objects[i] = qz_string_of("own");
    for (int k = 0; k < 2; k++) qz_weak_link(&weaks[i][k], &objects[i]->header);
  }
  for (int i = 0; i < OBJECTS; i++) {
    wrong += !(holds(&weaks[i][0], objects[i]) && holds(&weaks[i][1], objects[i]));
    qz_weak_unlink(&weaks[i][i % 2]);
    qz_string_release(objects[i]);
    wrong += !holds(&weaks[i][1 - i % 2], NULL) || qz_weak_is_alive(&weaks[i][1 - i % 2]);
    qz_weak_unlink(&weaks[i][1 - i % 2]);
  }
  return wrong;
}

static void *use_own_objects(void *argument) {
  (void)argument;
  QzString *objects[OBJECTS];
  QzWeak weaks[OBJECTS][2];
  uintptr_t wrong = 0;
  if (!qz_heap_begin_thread()) return (void *)1;
  for (int i = 0; i < ROUNDS; i++) wrong += one_round(objects, weaks);
  qz_heap_end_thread();
  return (void *)wrong;
}

static void threads_have_their_own(void **state) {
  (void)state;
  run_threads(use_own_objects, NULL);
}

// ── Objects that threads share ──────────────────────────────────────────────────────────────────────────────────
typedef struct Shared {
  pthread_barrier_t barrier;
  QzString *object;
} Shared;

// What a weak reference gives is there, until it is given back; nobody has it once the last owner went.
static uintptr_t look_and_let_go(Shared *shared) {
  QzWeak weak, other;
  QzString *object = shared->object;
  qz_weak_link(&weak, &object->header), qz_weak_link(&other, &object->header);
  uintptr_t wrong = !qz_weak_is_alive(&weak);
  qz_string_release(object);
  QzString *held = qz_weak_hold(&weak);
  qz_weak_unlink(&other);
  if (held) wrong += held->bytes[0] != 's', qz_string_release(held);
  pthread_barrier_wait(&shared->barrier);
  wrong += qz_weak_hold(&weak) != NULL;
  qz_weak_unlink(&weak);
  return wrong;
}

static QzString *shared_by_all(void) {
  QzString *object = qz_string_of("shared");
  qz_object_share(&object->header);
  for (int i = 1; i < THREADS; i++) qz_retain_slow(&object->header);
  return object;
}

static void *use_shared_objects(void *argument) {
  Shared *shared = argument;
  uintptr_t wrong = 0;
  if (!qz_heap_begin_thread()) return (void *)1;
  for (int i = 0; i < SHARED_ROUNDS; i++) {
    bool is_first = pthread_barrier_wait(&shared->barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
    if (is_first) shared->object = shared_by_all();
    pthread_barrier_wait(&shared->barrier);
    wrong += look_and_let_go(shared);
  }
  qz_heap_end_thread();
  return (void *)wrong;
}

static void threads_share_the_object(void **state) {
  (void)state;
  Shared shared;
  assert_int_equal(pthread_barrier_init(&shared.barrier, NULL, THREADS), 0);
  run_threads(use_shared_objects, &shared);
  pthread_barrier_destroy(&shared.barrier);
}

static void immortal_objects_stay(void **state) {
  (void)state;
  QzObject object = {.count = QZ_IMMORTAL};
  QzWeak weak;
  qz_weak_link(&weak, &object);
  assert_int_equal(qz_weak_is_alive(&weak), 1);
  assert_ptr_equal(qz_weak_hold(&weak), &object);
  qz_weak_unlink(&weak);
  assert_int_equal(object.count, QZ_IMMORTAL);
}

int main(void) {
  qz_heap_start(false);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(immortal_objects_stay),
      cmocka_unit_test(threads_have_their_own),
      cmocka_unit_test(threads_share_the_object),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
