#include "runtime/sched/fence.h"

#include <linux/membarrier.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/sched/worker.h"

bool qz_fences_are_even;

static bool ask(int command) { return syscall(SYS_membarrier, command, 0, 0) == 0; }

void qz_fence_start(void) { qz_fences_are_even = !ask(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED); }

// Only workers have light halves. Who is the only worker has seen its own writes; one that is added later sees what is
// written before this look at their number.
void qz_fence_heavy(void) {
  atomic_thread_fence(memory_order_seq_cst);
  if (qz_fences_are_even || qz_sched_workers() == 1 || qz_sim_on) return;
  if (!ask(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) abort();  // it cannot fail once it was registered
}
