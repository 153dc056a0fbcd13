// The heap: blocks do not overlap, keep what was written, come back, move when they grow, whichever thread frees them;
// memory that none needs for long goes back to the system.
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/heap.h"

enum { SLOTS = 4000, ROUNDS = 200000 };

typedef struct Slot {
  uint8_t *bytes;
  size_t size;
  uint8_t fill;
} Slot;

static uint64_t seed = 12345;

static uint64_t next_random(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^= seed << 17;
}

static size_t random_size(void) {
  static const size_t limits[] = {16, 64, 128, 512, 4096, 70000};
  return 1 + next_random() % limits[next_random() % 6];
}

static void fill(Slot *slot) {
  slot->fill = (uint8_t)next_random();
  memset(slot->bytes, slot->fill, slot->size);
}

static void check(const Slot *slot) {
  for (size_t i = 0; i < slot->size; i++) assert_int_equal(slot->bytes[i], slot->fill);
}

static void open_slot(Slot *slot) {
  slot->size = random_size();
  slot->bytes = qz_heap_alloc(slot->size);
  assert_non_null(slot->bytes);
  assert_int_equal((uintptr_t)slot->bytes % 8, 0);
  fill(slot);
}

static void resize_slot(Slot *slot) {
  size_t size = random_size(), kept = size < slot->size ? size : slot->size;
  slot->bytes = qz_heap_realloc(slot->bytes, slot->size, size);
  slot->size = kept;
  check(slot);
  slot->size = size;
  fill(slot);
}

static void close_slot(Slot *slot) {
  check(slot);
  qz_heap_free(slot->bytes);
  slot->bytes = NULL;
}

static void blocks_keep_their_bytes(void **state) {
  (void)state;
  static Slot slots[SLOTS];
  for (int i = 0; i < ROUNDS; i++) {
    Slot *slot = &slots[next_random() % SLOTS];
    if (!slot->bytes) open_slot(slot);
    else if (next_random() % 4 == 0) resize_slot(slot);
    else close_slot(slot);
  }
  for (int i = 0; i < SLOTS; i++)
    if (slots[i].bytes) close_slot(&slots[i]);
}

// What one size gave back serves another: memory does not stay with a class for ever.
static void pages_change_their_size(void **state) {
  (void)state;
  static void *blocks[100000];
  for (size_t size = 8; size <= 4096; size *= 2) {
    size_t count = (size_t)(16 << 20) / size < 100000 ? (size_t)(16 << 20) / size : 100000;
    for (size_t i = 0; i < count; i++) memset(blocks[i] = qz_heap_alloc(size), 1, size);
    for (size_t i = 0; i < count; i++) qz_heap_free(blocks[i]);
  }
}

static void nothing_can_be_freed(void **state) {
  (void)state;
  qz_heap_free(NULL);
  void *made = qz_heap_realloc(NULL, 0, 24);
  assert_non_null(made);
  qz_heap_free(made);
}

// One thread makes what another one frees: nothing overlaps, and the maker gets its memory back.
enum { HANDED = 200000, ROOM = 256 };

typedef struct Belt {
  _Atomic(uint8_t *) slots[ROOM];
} Belt;

static size_t size_of_round(uint32_t i) { return 8 + i % 13 * 24; }

static void *free_what_comes(void *argument) {
  Belt *belt = argument;
  uintptr_t wrong = 0;
  if (!qz_heap_begin_thread()) return (void *)1;
  for (uint32_t i = 0; i < HANDED; i++) {
    uint8_t *block;
    while (!(block = atomic_exchange(&belt->slots[i % ROOM], NULL))) sched_yield();
    for (size_t at = 0; at < size_of_round(i); at++) wrong += block[at] != (uint8_t)i;
    qz_heap_free(block);
    uint8_t *own = qz_heap_alloc(size_of_round(i));
    memset(own, 0xEE, size_of_round(i));
    qz_heap_free(own);
  }
  qz_heap_end_thread();
  return (void *)wrong;
}

static void threads_free_for_each_other(void **state) {
  (void)state;
  static Belt belt;
  pthread_t thread;
  void *wrong;
  assert_int_equal(pthread_create(&thread, NULL, free_what_comes, &belt), 0);
  uint8_t *lowest = (uint8_t *)UINTPTR_MAX, *highest = NULL;
  for (uint32_t i = 0; i < HANDED; i++) {
    uint8_t *block = qz_heap_alloc(size_of_round(i));
    memset(block, (uint8_t)i, size_of_round(i));
    if (block < lowest) lowest = block;
    if (block > highest) highest = block;
    while (atomic_load(&belt.slots[i % ROOM])) sched_yield();
    atomic_store(&belt.slots[i % ROOM], block);
  }
  assert_int_equal(pthread_join(thread, &wrong), 0);
  assert_null(wrong);
  if (qz_heap_owns(lowest)) assert_true(highest - lowest < 8 << 20);  // all in all it were 30 MB
}

// The end of the mapping that an address lies in.
static uintptr_t mapping_end(uintptr_t address) {
  FILE *maps = fopen("/proc/self/maps", "r");
  uintptr_t start, end = 0;
  assert_non_null(maps);
  while (fscanf(maps, "%" SCNxPTR "-%" SCNxPTR "%*[^\n]", &start, &end) == 2 && address >= end) continue;
  assert_in_range(address, start, end - 1);
  fclose(maps);
  return end;
}

// Huge pages for a part of a mapping would split it, and the system moves only what is in one.
static void large_blocks_are_not_split(void **state) {
  (void)state;
  size_t size = 8 << 20;
  uint8_t *block = qz_heap_alloc(size);
  assert_true(mapping_end((uintptr_t)block - 16) >= (uintptr_t)block + size);  // with what malloc writes before it
  block = qz_heap_realloc(block, size, 4 * size);
  assert_true(mapping_end((uintptr_t)block - 16) >= (uintptr_t)block + 4 * size);
  qz_heap_free(block);
}

// ── Memory that nobody needs ────────────────────────────────────────────────────────────────────────────────────
enum { MANY = 1 << 20, MANY_SIZE = 128 };

static size_t resident(void) {
  size_t pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  assert_non_null(statm);
  assert_int_equal(fscanf(statm, "%*u %zu", &pages), 1);
  fclose(statm);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static long faults(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

static void grow(void **blocks) {
  for (int i = 0; i < MANY; i++) memset(blocks[i] = qz_heap_alloc(MANY_SIZE), 0x55, MANY_SIZE);
}

static void shrink(void **blocks) {
  for (int i = 0; i < MANY; i++) qz_heap_free(blocks[i]);
}

static int64_t time_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// What grows and shrinks all the time keeps its memory; what has shrunk for good gives it back, but for a little.
static void memory_goes_back_late(void **state) {
  (void)state;
  if (!qz_heap_region.size) skip();
  static void *blocks[MANY];
  memset(blocks, 1, sizeof blocks);
  size_t before = resident();
  grow(blocks), shrink(blocks);
  size_t grown = resident();
  long faults_before = faults();
  grow(blocks), shrink(blocks);
  assert_in_range(faults() - faults_before, 0, 100);
  assert_true(grown - before > (size_t)MANY * MANY_SIZE / 2);
  int64_t now = time_now();
  assert_in_range(qz_heap_look(now), now, now + 2000000000);
  for (int looks = 0; (now = qz_heap_look(now)) != INT64_MAX; looks++) assert_true(looks < 100);
  assert_true(resident() < before + (8 << 20));
  grow(blocks), shrink(blocks);
}

// A thread that made blocks sleeps while another one frees them.
static pthread_barrier_t sleep_begins, sleep_ends;

static void *grow_and_sleep(void *blocks) {
  if (!qz_heap_begin_thread()) return blocks;
  grow(blocks);
  qz_heap_lend();
  pthread_barrier_wait(&sleep_begins);
  pthread_barrier_wait(&sleep_ends);
  qz_heap_lend_end();
  uint8_t *block = qz_heap_alloc(MANY_SIZE);
  memset(block, 1, MANY_SIZE);
  qz_heap_free(block);
  qz_heap_end_thread();
  return NULL;
}

static void sleepers_get_their_blocks_back(void **state) {
  (void)state;
  if (!qz_heap_region.size) skip();
  static void *blocks[MANY];
  memset(blocks, 1, sizeof blocks);
  pthread_barrier_init(&sleep_begins, NULL, 2);
  pthread_barrier_init(&sleep_ends, NULL, 2);
  size_t before = resident();
  pthread_t thread;
  void *failed;
  assert_int_equal(pthread_create(&thread, NULL, grow_and_sleep, blocks), 0);
  pthread_barrier_wait(&sleep_begins);
  shrink(blocks);
  int64_t now = time_now();
  for (int looks = 0; (now = qz_heap_look(now)) != INT64_MAX; looks++) assert_true(looks < 1000);
  assert_true(resident() < before + (8 << 20));
  pthread_barrier_wait(&sleep_ends);
  assert_int_equal(pthread_join(thread, &failed), 0);
  assert_null(failed);
}

int main(void) {
  const char *allocator = getenv("QUARTZ_ALLOC");
  qz_heap_start(allocator && strcmp(allocator, "system") == 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(threads_free_for_each_other),  // first: nothing has been used yet
      cmocka_unit_test(memory_goes_back_late),
      cmocka_unit_test(sleepers_get_their_blocks_back),
      cmocka_unit_test(blocks_keep_their_bytes),
      cmocka_unit_test(pages_change_their_size),
      cmocka_unit_test(nothing_can_be_freed),
      cmocka_unit_test(large_blocks_are_not_split),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
