#include "runtime/sched/sim.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/sched/sim_descriptor.h"

enum { WORKERS_LIMIT = 64 };

typedef enum State { RUNS, SLEEPS, FINISHED } State;

typedef struct Place {
  State state;
  _Atomic uint32_t *word;  // it sleeps on
  int64_t deadline;
  int64_t priority;        // PCT: the highest that does not sleep runs
} Place;

bool qz_sim_on;

static struct {
  QzSimPlan plan;
  uint64_t random;
  uint64_t points;
  uint64_t trace;     // a hash of who ran when
  uint64_t *changes;  // PCT: points where the running worker falls behind all others
  uint32_t changed;
  int64_t now;
  int set;                   // of descriptors outside; -1: none
  _Atomic uint32_t outside;  // on which a wait for that set sleeps
  uint32_t count, current;
  Place places[WORKERS_LIMIT];
} sim;

// ── Chance ──────────────────────────────────────────────────────────────────────────────────────────────────────
// splitmix64 (Steele, Lea, Flood 2014)
static uint64_t next_random(void) {
  uint64_t z = sim.random += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

static uint32_t below(uint32_t limit) { return (uint32_t)((next_random() >> 32) * limit >> 32); }

uint32_t qz_sim_choose_slow(uint32_t count) { return below(count); }

// ── Who is next ─────────────────────────────────────────────────────────────────────────────────────────────────
enum { NOBODY = UINT32_MAX };

static uint32_t any_running(void) {
  uint32_t start = below(sim.count);
  for (uint32_t i = 0; i < sim.count; i++) {
    uint32_t at = start + i < sim.count ? start + i : start + i - sim.count;
    if (sim.places[at].state == RUNS) return at;
  }
  return NOBODY;
}

static uint32_t highest_running(void) {
  uint32_t found = NOBODY;
  for (uint32_t i = 0; i < sim.count; i++)
    if (sim.places[i].state == RUNS && (found == NOBODY || sim.places[i].priority > sim.places[found].priority))
      found = i;
  return found;
}

static uint32_t next_worker(void) { return sim.plan.policy == QZ_SIM_PCT ? highest_running() : any_running(); }

static int64_t first_deadline(void) {
  int64_t first = QZ_FOREVER;
  for (uint32_t i = 0; i < sim.count; i++)
    if (sim.places[i].state == SLEEPS && sim.places[i].deadline < first) first = sim.places[i].deadline;
  return first;
}

static Place *who_sleeps_outside(void) {
  for (uint32_t i = 0; i < sim.count; i++)
    if (sim.places[i].state == SLEEPS && sim.places[i].word == &sim.outside) return &sim.places[i];
  return NULL;
}

// The system may have something for who sleeps there, by that time. False: not until then.
static bool look_outside(int64_t until) {
  enum { NS = 1000000000 };
  Place *place = sim.set < 0 ? NULL : who_sleeps_outside();
  if (!place) return false;
  int64_t rest = until > sim.now ? until - sim.now : 0;
  const struct timespec time = {.tv_sec = rest / NS, .tv_nsec = rest % NS};
  struct pollfd set = {.fd = sim.set, .events = POLLIN};
  if (ppoll(&set, 1, until == QZ_FOREVER ? NULL : &time, NULL) == 0) return false;
  place->state = RUNS;  // or a signal came: it looks again
  return true;
}

// The first deadline comes. False: there is none.
static bool advance_time(void) {
  int64_t first = first_deadline();
  if (first == QZ_FOREVER) return false;
  if (sim.now < first) sim.now = first;
  for (uint32_t i = 0; i < sim.count; i++)
    if (sim.places[i].state == SLEEPS && sim.places[i].deadline <= sim.now) sim.places[i].state = RUNS;
  return true;
}

static void change_to(uint32_t next) {
  sim.trace = (sim.trace ^ next) * UINT64_C(0x100000001b3);  // FNV-1a
  if (next == sim.current) return;
  QzWorker *from = qz_sched_worker(sim.current), *to = qz_sched_worker(next);
  sim.current = next;
  qz_worker_here = to;
  qz_context = to->fiber->context;
  qz_before_switch(from->fiber, to->fiber);
  qz_stack_switch(&from->sim_stack, to->sim_stack);
  qz_behind_switch(from->fiber);
}

static void change(void) {
  uint32_t next;
  if (sim.set >= 0 && below(8) == 0) look_outside(0);  // others may run for long
  while ((next = next_worker()) == NOBODY)
    if (!look_outside(first_deadline()) && !advance_time()) {
      qz_sched_stuck();
      abort();  // nobody can go on: whoever is told must not come back
    }
  change_to(next);
}

// ── Points ──────────────────────────────────────────────────────────────────────────────────────────────────────
static void fall_behind(void) {
  sim.places[sim.current].priority = -(int64_t)++sim.changed;
}

#if defined(__x86_64__)
// What a call may change: nine registers, and the sixteen of vectors as the runtime uses them.
#define EACH_VECTOR(DO) \
  DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)
#define KEEP(n) "movups %xmm" #n ", 16*" #n "(%rsp)\n\t"
#define TAKE_BACK(n) "movups 16*" #n "(%rsp), %xmm" #n "\n\t"
__asm__(
    ".text\n.hidden qz_sim_point_kept\n.globl qz_sim_point_kept\n.type qz_sim_point_kept, @function\n"
    "qz_sim_point_kept:\n\t"
    ".cfi_startproc\n\tpushq %rbp\n\t.cfi_def_cfa_offset 16\n\t.cfi_offset %rbp, -16\n\t"
    "movq %rsp, %rbp\n\t.cfi_def_cfa_register %rbp\n\t"
    "pushq %rax\n\tpushq %rcx\n\tpushq %rdx\n\tpushq %rsi\n\tpushq %rdi\n\t"
    "pushq %r8\n\tpushq %r9\n\tpushq %r10\n\tpushq %r11\n\t"
    "subq $256, %rsp\n\tandq $-16, %rsp\n\t" EACH_VECTOR(KEEP)
    "call qz_sim_point\n\t" EACH_VECTOR(TAKE_BACK)
    "leaq -72(%rbp), %rsp\n\t"
    "popq %r11\n\tpopq %r10\n\tpopq %r9\n\tpopq %r8\n\t"
    "popq %rdi\n\tpopq %rsi\n\tpopq %rdx\n\tpopq %rcx\n\tpopq %rax\n\t"
    "popq %rbp\n\t.cfi_def_cfa %rsp, 8\n\tret\n\t.cfi_endproc\n\t"
    ".size qz_sim_point_kept, .-qz_sim_point_kept\n");
#endif

void qz_sim_point(void) {
  sim.points++;
  if (sim.plan.policy == QZ_SIM_PCT)
    for (uint32_t i = 0; i + 1 < sim.plan.depth; i++)
      if (sim.changes[i] == sim.points) fall_behind();
  change();
}

void qz_sim_spin(void) {
  if (sim.plan.policy == QZ_SIM_PCT) fall_behind();
  change();
}

void qz_sim_sleep(_Atomic uint32_t *word, uint32_t value, int64_t deadline) {
  qz_sim_point();
  if (atomic_load(word) != value || deadline <= sim.now) return;
  Place *place = &sim.places[sim.current];
  place->state = SLEEPS;
  place->word = word;
  place->deadline = deadline;
  change();
}

uint32_t qz_sim_wake(_Atomic uint32_t *word, int count) {
  uint32_t start = below(sim.count), woken = 0;
  for (uint32_t i = 0; i < sim.count && count > 0; i++) {
    Place *place = &sim.places[(start + i) % sim.count];
    if (place->state != SLEEPS || place->word != word) continue;
    place->state = RUNS;
    count--;
    woken++;
  }
  qz_sim_point();
  return woken;
}

void qz_sim_watch(int set) { sim.set = set; }

void qz_sim_sleep_outside(int64_t until) { qz_sim_sleep(&sim.outside, atomic_load(&sim.outside), until); }

void qz_sim_wake_outside(void) {
  atomic_fetch_add(&sim.outside, 1);
  qz_sim_wake(&sim.outside, 1);
}

// Time also passes while somebody runs, now and then by much: a timer must be able to come at any point.
int64_t qz_sim_now(void) {
  if (below(16) == 0) sim.now += (int64_t)(next_random() >> (40 + below(24)));
  return sim.now;
}

// ── Life ────────────────────────────────────────────────────────────────────────────────────────────────────────
uint64_t qz_sim_points(void) { return sim.points; }

uint64_t qz_sim_trace(void) { return sim.trace; }

bool qz_sim_start(const QzSimPlan *plan, uint32_t workers) {
  sim.plan = *plan;
  sim.random = plan->seed;
  sim.points = sim.trace = sim.changed = sim.current = 0;
  sim.count = workers < WORKERS_LIMIT ? workers : WORKERS_LIMIT;
  sim.now = 1;
  sim.set = -1;
  qz_sim_fd_start();
  free(sim.changes);
  sim.changes = calloc(plan->depth + 1, sizeof *sim.changes);
  if (!sim.changes) return false;
  for (uint32_t i = 0; i + 1 < plan->depth; i++) sim.changes[i] = 1 + next_random() % (plan->length + 1);
  for (uint32_t i = 0; i < sim.count; i++)
    sim.places[i] = (Place){.state = i ? FINISHED : RUNS, .priority = (int64_t)(next_random() >> 2)};
  return qz_sim_on = true;
}

void qz_sim_enter(uint32_t worker) { sim.places[worker].state = RUNS; }

_Noreturn void qz_sim_finish(void) {
  sim.places[sim.current].state = FINISHED;
  change();
  abort();  // nobody changes to one that finished
}

static bool others_run(void) {
  for (uint32_t i = 0; i < sim.count; i++)
    if (i != sim.current && sim.places[i].state != FINISHED) return true;
  return false;
}

void qz_sim_end(void) {
  while (others_run()) qz_sim_spin();
  qz_sim_abandon();
}

void qz_sim_abandon(void) { qz_sim_on = qz_sim_fd_on = false; }
