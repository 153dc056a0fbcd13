// In the runtime that is made for tests every walk by rows is done by the C library's unwinder too: it has to find the
// same frames, with the same registers, as far as rows lead. Not endlessly far: each pad on the way begins a walk.
#include "runtime/unwind.h"

#ifdef QZ_FAULTS
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

_Atomic uint64_t qz_unwind_checked;

enum { FRAMES_LIMIT = 100 };

typedef struct Check {
  const QzUnwinding *unwinding;
  QzStand stand;
  int seen;
} Check;

static const int columns[QZ_KEPT_REGISTERS] = {
    [QZ_RBX] = 3, [QZ_RBP] = 6, [QZ_R12] = 12, [QZ_R13] = 13, [QZ_R14] = 14, [QZ_R15] = 15};

static void compare(const char *what, uintptr_t by_rows, uintptr_t by_library, const QzStand *stand) {
  if (by_rows == by_library) return;
  qz_error_printf("unwind: %s of the frame at 0x%" PRIxPTR " is 0x%" PRIxPTR ", by its row 0x%" PRIxPTR "\n", what,
                  stand->next, by_library, by_rows);
  abort();
}

static void compare_frame(const QzStand *stand, struct _Unwind_Context *frame) {
  int is_interrupted = 0;
  compare("the address", stand->next, _Unwind_GetIPInfo(frame, &is_interrupted), stand);
  compare("the kind", stand->is_interrupted, is_interrupted != 0, stand);
  compare("the stack pointer", stand->registers[QZ_RSP], _Unwind_GetCFA(frame), stand);
  for (int i = 0; i < QZ_KEPT_REGISTERS; i++)
    compare("a register", stand->registers[i], _Unwind_GetGR(frame, columns[i]), stand);
  atomic_fetch_add_explicit(&qz_unwind_checked, 1, memory_order_relaxed);
}

// The first frame is that of qz_unwind_check, which went on since its registers were noted.
static _Unwind_Reason_Code look(struct _Unwind_Context *frame, void *argument) {
  Check *check = argument;
  QzRow own;
  bool is_at_end = check->stand.registers[QZ_RSP] > (uintptr_t)check->unwinding->end;
  if (check->seen++ == 0) return _URC_NO_REASON;
  if (is_at_end || check->seen > FRAMES_LIMIT || !qz_stand_leave(&check->stand, qz_stand_row(&check->stand, &own)))
    return _URC_END_OF_STACK;
  compare_frame(&check->stand, frame);
  return _URC_NO_REASON;
}

void qz_unwind_check(const QzUnwinding *unwinding) {
  Check check = {.unwinding = unwinding};
  qz_stand_here(&check.stand);
  _Unwind_Backtrace(look, &check);
}
#endif
