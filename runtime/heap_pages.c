// Picture: free pages are warm, which have memory, or cold, whose memory the system took back. The warm one that was
// freed last is taken first, since the processor's caches may still have it; then a cold one; then one that was never
// used. A bit for each page says what it is, so that neighbours are found.
//
// To give memory back costs a call and takes huge pages apart, to get it again costs a fault for each page and clearing
// it; so a program that shrinks and grows all the time should keep it. How many warm pages there always were, during a
// whole period, nobody needed: so many are given back, those that were freed first, with their neighbours.
#include "runtime/heap_pages.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "runtime/heap.h"

enum {
  KEPT = 64,          // warm pages that are never given back: 4 MiB
  PART = 256,         // so many at most are given back at a time: whoever does it has something else to do
  WORD = 64,
};
static const int64_t PERIOD = 1000000000, PAUSE = 10000000;  // ns; a pause between two parts

typedef struct Set {
  uint64_t *words;
  _Atomic uint32_t count;
} Set;

// In a warm page.
typedef struct Warm {
  struct Warm *newer, *older;
} Warm;

static struct {
  pthread_mutex_t lock;  // of what follows
  uintptr_t base;
  uint32_t all, used;    // pages; those that were ever used
  Set warm, cold;
  Warm *newest, *oldest;
  uint32_t lowest_cold;  // words of the cold ones below this one are empty
  uint32_t least;        // that were warm, since the period began
  uint32_t unneeded;     // of those before it, still to be given back
  _Atomic int64_t next;  // look
} pages = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *address_of(uint32_t page) { return (void *)(pages.base + (uintptr_t)page * HEAP_PAGE_SIZE); }

static uint32_t number_of(const void *page) { return (uint32_t)(((uintptr_t)page - pages.base) / HEAP_PAGE_SIZE); }

// ── Sets ────────────────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t count_of(const Set *set) { return atomic_load_explicit(&set->count, memory_order_relaxed); }

static void change_count(Set *set, uint32_t change) {
  atomic_store_explicit(&set->count, count_of(set) + change, memory_order_relaxed);
}

static bool has(const Set *set, uint32_t page) { return set->words[page / WORD] >> page % WORD & 1; }

static void add(Set *set, uint32_t page) {
  set->words[page / WORD] |= UINT64_C(1) << page % WORD;
  change_count(set, 1);
}

static void take_out(Set *set, uint32_t page) {
  set->words[page / WORD] &= ~(UINT64_C(1) << page % WORD);
  change_count(set, -1U);
}

static void add_warm(Warm *page) {
  *page = (Warm){.older = pages.newest};
  *(pages.newest ? &pages.newest->newer : &pages.oldest) = page;
  pages.newest = page;
  add(&pages.warm, number_of(page));
}

static void take_warm(Warm *page) {
  *(page->newer ? &page->newer->older : &pages.newest) = page->older;
  *(page->older ? &page->older->newer : &pages.oldest) = page->newer;
  take_out(&pages.warm, number_of(page));
  if (count_of(&pages.warm) < pages.least) pages.least = count_of(&pages.warm);
}

static void add_cold(uint32_t page) {
  add(&pages.cold, page);
  if (page / WORD < pages.lowest_cold) pages.lowest_cold = page / WORD;
}

static uint32_t take_lowest_cold(void) {
  while (!pages.cold.words[pages.lowest_cold]) pages.lowest_cold++;
  uint32_t page = pages.lowest_cold * WORD + (uint32_t)__builtin_ctzll(pages.cold.words[pages.lowest_cold]);
  take_out(&pages.cold, page);
  return page;
}

// ── Giving back ─────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Piece {
  uint32_t first, end;
} Piece;

// Takes one out, of so many pages at most.
static Piece take_piece(uint32_t most) {
  uint32_t page = number_of(pages.oldest);
  Piece piece = {.first = page, .end = page + 1};
  take_warm(pages.oldest);
  for (; most > 1 && has(&pages.warm, piece.end); most--) take_warm(address_of(piece.end++));
  for (; most > 1 && piece.first && has(&pages.warm, piece.first - 1); most--) take_warm(address_of(--piece.first));
  return piece;
}

// Nobody else knows of the piece meanwhile.
static void cool(Piece piece) {
  pthread_mutex_unlock(&pages.lock);
  madvise(address_of(piece.first), (size_t)(piece.end - piece.first) * HEAP_PAGE_SIZE, MADV_DONTNEED);
  pthread_mutex_lock(&pages.lock);
  for (uint32_t page = piece.first; page < piece.end; page++) add_cold(page);
}

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

// Of those that nobody needed some may be in use by now.
static void give_back_part(void) {
  for (uint32_t left = PART; left; left--) {
    uint32_t warm = count_of(&pages.warm);
    pages.unneeded = smaller(pages.unneeded, warm > KEPT ? warm - KEPT : 0);
    if (!pages.unneeded) return;
    Piece piece = take_piece(smaller(left, pages.unneeded));
    uint32_t taken = piece.end - piece.first;
    left -= taken - 1;
    pages.unneeded -= taken;
    cool(piece);
  }
}

static void end_period(void) {
  pages.unneeded = pages.least > KEPT ? pages.least - KEPT : 0;
  pages.least = count_of(&pages.warm);
}

static int64_t next_look(void) { return atomic_load_explicit(&pages.next, memory_order_relaxed); }

static void look(int64_t now) {
  if (!pages.unneeded) end_period();
  // Before the lock is left: others wait for the next time.
  atomic_store_explicit(&pages.next, now + PERIOD, memory_order_relaxed);
  give_back_part();
  if (pages.unneeded) atomic_store_explicit(&pages.next, now + PAUSE, memory_order_relaxed);
}

int64_t qz_pages_look(int64_t now) {
  if (now >= next_look()) {
    pthread_mutex_lock(&pages.lock);
    if (now >= next_look()) look(now);
    pthread_mutex_unlock(&pages.lock);
  }
  return count_of(&pages.warm) > KEPT ? next_look() : INT64_MAX;
}

// A program without tasks has nobody else to do it.
static void look_in_passing(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  qz_pages_look((int64_t)time.tv_sec * 1000000000 + time.tv_nsec);
}

// ── Taking and giving ───────────────────────────────────────────────────────────────────────────────────────────
size_t qz_pages_marks_size(size_t size) { return 2 * (size / HEAP_PAGE_SIZE / WORD + 1) * sizeof(uint64_t); }

void qz_pages_start(uintptr_t base, size_t size, void *marks) {
  pages.base = base;
  pages.all = (uint32_t)(size / HEAP_PAGE_SIZE);
  pages.warm.words = marks;
  pages.cold.words = pages.warm.words + pages.all / WORD + 1;
}

static void *take(void) {
  Warm *newest = pages.newest;
  if (newest) return take_warm(newest), newest;
  if (count_of(&pages.cold)) return address_of(take_lowest_cold());
  return pages.used < pages.all ? address_of(pages.used++) : NULL;
}

void *qz_page_take(void) {
  look_in_passing();
  pthread_mutex_lock(&pages.lock);
  void *page = take();
  pthread_mutex_unlock(&pages.lock);
  return page;
}

void qz_page_give(void *page) {
  look_in_passing();
  pthread_mutex_lock(&pages.lock);
  add_warm(page);
  pthread_mutex_unlock(&pages.lock);
}
