// Deterministic mode: all workers share one thread and change where they are told, by a seed. The same seed gives the
// same run. Time is logical: it moves when every worker sleeps, to the moment the first of them is to wake.
#ifndef QZ_SCHED_SIM_H
#define QZ_SCHED_SIM_H

#include "runtime/sched/point.h"
#include "runtime/sched/worker.h"

typedef enum QzSimPolicy {
  QZ_SIM_WALK,  // a random walk: at each point any worker may be next
  QZ_SIM_PCT,   // priorities, changed at a few points: finds what takes a few rare changes (Burckhardt et al. 2010)
} QzSimPolicy;

typedef struct QzSimPlan {
  uint64_t seed;
  QzSimPolicy policy;
  uint32_t depth;   // of PCT: how many changes in the order are needed for what is looked for
  uint64_t length;  // of PCT: how many points a run has, roughly
} QzSimPlan;

// Before qz_sched_start; false: no memory.
bool qz_sim_start(const QzSimPlan *plan, uint32_t workers);
void qz_sim_enter(uint32_t worker);   // it may run from here on; the first one does from the start
void qz_sim_end(void);                // waits until the others have finished
void qz_sim_abandon(void);            // leaves them where they are
_Noreturn void qz_sim_finish(void);   // by a worker that has nothing more to do
uint64_t qz_sim_points(void);  // how many were passed
uint64_t qz_sim_trace(void);   // the same for the same schedule

// For futex.c.
void qz_sim_sleep(_Atomic uint32_t *word, uint32_t value, int64_t deadline);
uint32_t qz_sim_wake(_Atomic uint32_t *word, int count);
int64_t qz_sim_now(void);

// For descriptor.c, of descriptors that are the system's: while nobody runs, and one waits there until then, the thread
// waits for the set, and time passes as it does outside.
void qz_sim_watch(int set);  // -1: there is none
void qz_sim_sleep_outside(int64_t until);
void qz_sim_wake_outside(void);

// A choice among 0 … count-1 where the program would follow a heuristic or the clock; 0 without a seed.
uint32_t qz_sim_choose_slow(uint32_t count);
static inline uint32_t qz_sim_choose(uint32_t count) {
  return __builtin_expect(qz_sim_on, false) ? qz_sim_choose_slow(count) : 0;
}

#endif
