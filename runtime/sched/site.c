// A table of chains that only grows. A look takes no lock: what is written is complete before it is shown. Functions of
// the library stand between the program and the runtime, two or three deep unless they were inlined.
#include "runtime/sched/site.h"

#include <pthread.h>
#include <stdatomic.h>

#include "runtime/internal.h"

enum { CHAIN = 4, SITES = 4096, NEAR = 16, FRAME_LIMIT = 1 << 20 };

typedef struct Chain {
  uintptr_t calls[CHAIN];  // addresses that calls return to, innermost first; or the file, line and column
  uint32_t skipped;
} Chain;

QzInterpreter qz_interpreter;

static struct {
  _Atomic bool is_taken;
  Chain chain;
} sites[SITES];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // of adding; no point of a seed

// The frame of the caller; NULL: it makes no sense, or there is none.
static inline const uintptr_t *caller_of(const uintptr_t *frame) {
  const uintptr_t *next = (const uintptr_t *)frame[0];
  uintptr_t distance = (uintptr_t)next - (uintptr_t)frame - 1;
  return frame[1] && distance < FRAME_LIMIT && (uintptr_t)next % sizeof *next == 0 ? next : NULL;
}

static Chain interpreted_chain(uint32_t skipped) {
  QzPlace place = qz_interpreter.place(qz_interpreter.self, skipped);
  return (Chain){.calls = {(uintptr_t)place.file, place.line, place.column}};
}

// Written out: a loop takes half as many instructions again of every start.
static inline Chain chain_of(const uintptr_t *frame, uint32_t skipped) {
  if (__builtin_expect(qz_interpreter.place != NULL, false)) return interpreted_chain(skipped);
  Chain chain = {.calls = {frame[1]}, .skipped = skipped};
  if (!(frame = caller_of(frame))) return chain;
  chain.calls[1] = frame[1];
  if (!(frame = caller_of(frame))) return chain;
  chain.calls[2] = frame[1];
  if (!(frame = caller_of(frame))) return chain;
  chain.calls[3] = frame[1];
  return chain;
}

static inline uint32_t hash_of(const Chain *chain) {
  const uintptr_t *calls = chain->calls;
  uintptr_t mixed = calls[0] ^ calls[1] << 7 ^ calls[2] << 14 ^ calls[3] << 21;
  return (uint32_t)(mixed * UINT64_C(0x9E3779B97F4A7C15) >> 40);
}

static inline bool is_same(const Chain *a, const Chain *b) {
  const uintptr_t *x = a->calls, *y = b->calls;
  return !((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]));
}

// 0: there is no room near its place.
static __attribute__((noinline)) QzSite add(const Chain *chain, uint32_t hash) {
  QzSite found = 0;
  pthread_mutex_lock(&lock);
  for (uint32_t i = 0; i < NEAR && !found; i++) {
    uint32_t at = (hash + i) % SITES;
    bool is_taken = atomic_load_explicit(&sites[at].is_taken, memory_order_relaxed);
    if (is_taken && !is_same(&sites[at].chain, chain)) continue;
    sites[at].chain = *chain;
    atomic_store_explicit(&sites[at].is_taken, true, memory_order_release);  // pairs with the look of qz_site_of
    found = at + 1;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

QzSite qz_site_of(const void *frame, uint32_t skipped) {
  Chain chain = chain_of(frame, skipped);
  uint32_t hash = hash_of(&chain);
  for (uint32_t i = 0; i < NEAR; i++) {
    uint32_t at = (hash + i) % SITES;
    if (!atomic_load_explicit(&sites[at].is_taken, memory_order_acquire)) break;
    if (is_same(&sites[at].chain, &chain)) return at + 1;
  }
  return add(&chain, hash);
}

static bool interpreted_place(const Chain *chain, QzPlace *place) {
  *place = (QzPlace){(const char *)chain->calls[0], (uint32_t)chain->calls[1], (uint32_t)chain->calls[2]};
  return place->line != 0;
}

// Where nothing is left to be skipped, the program itself did what its library does elsewhere.
bool qz_site_place(QzSite site, QzPlace *place) {
  void *calls[CHAIN];
  int count = 0;
  if (!site) return false;
  const Chain *chain = &sites[site - 1].chain;
  if (qz_interpreter.place) return interpreted_place(chain, place);
  for (; count < CHAIN && chain->calls[count]; count++) calls[count] = qz_trace_call(chain->calls[count]);
  for (int skipped = (int)chain->skipped; skipped >= 0; skipped--)
    if (qz_trace_place_of(calls, count, skipped, place)) return true;
  return false;
}
