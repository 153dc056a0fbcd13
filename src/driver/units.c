// Units side by side. Each process is a copy of this one, so it sees the module and the plan without any locking, and
// LLVM's memory goes with it. A page that all of them share says which unit is next and takes the first failure.
#include "driver/units.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "driver/worker.h"

typedef struct Board {
  _Atomic uint32_t next;  // relaxed: what a unit needs was there before the processes were
  atomic_flag has_failed; // relaxed: `failure` and `why` are read when the processes have ended
  CodegenFailure failure;
  char why[3072];
} Board;

typedef struct Units {
  const CodegenPlan *plan;
  const char *const *outputs;
  CodegenFailure *failure;
  Board *board;
} Units;

static void fail(Units *u, const Text *why) {
  Board *board = u->board;
  if (atomic_flag_test_and_set_explicit(&board->has_failed, memory_order_relaxed)) return;
  board->failure = *u->failure;
  size_t size = why->size < sizeof board->why ? why->size : sizeof board->why - 1;
  memcpy(board->why, text_str(why), size);
}

static int emit_some(void *data) {
  Units *u = data;
  Arena arena = {0};
  Text why = {.arena = &arena};
  bool ok = true;
  for (uint32_t unit; ok;) {
    unit = atomic_fetch_add_explicit(&u->board->next, 1, memory_order_relaxed);
    if (unit >= codegen_unit_count(u->plan)) break;
    ok = codegen_emit(u->plan, unit, u->outputs[unit], NULL, &why);
  }
  if (!ok) fail(u, &why);
  arena_free(&arena);
  return ok ? 0 : 1;
}

static UnitsOutcome outcome_of(const Units *u, int status, Text *why) {
  if (status == 0) return UNITS_DONE;
  if (!u->board->why[0]) return UNITS_CRASHED;
  *u->failure = u->board->failure;
  text_append(why, u->board->why);
  return UNITS_FAILED;
}

// More processes would need more memory than the time they save is worth.
enum { PROCESSES_LIMIT = 4 };

static int process_count(const CodegenPlan *plan) {
  int count = processor_count(), units = (int)codegen_unit_count(plan);
  if (count > PROCESSES_LIMIT) count = PROCESSES_LIMIT;
  return count < units ? count : units;
}

UnitsOutcome units_emit(const CodegenPlan *plan, const char *const *outputs, CodegenFailure *failure, Text *why) {
  Board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (board == MAP_FAILED) return text_append(why, "no memory to share between processes"), UNITS_FAILED;
  Units units = {plan, outputs, failure, board};
  UnitsOutcome outcome = outcome_of(&units, worker_run_all(emit_some, &units, process_count(plan)), why);
  munmap(board, sizeof *board);
  return outcome;
}
