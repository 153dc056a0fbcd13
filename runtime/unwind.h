// Unwinding for panics. What the unwinder of the C library reads anew from the tables of the program for every frame of
// every panic is read once for each place where a frame can stand, and kept as a row. Frames that have no row are left
// to that unwinder, from where the walk began: nothing was changed until then.
#ifndef QZ_RUNTIME_UNWIND_H
#define QZ_RUNTIME_UNWIND_H

#include <unwind.h>

#include "runtime/internal.h"

// Registers that functions keep for their callers, and the stack pointer.
enum { QZ_RBX, QZ_RBP, QZ_R12, QZ_R13, QZ_R14, QZ_R15, QZ_KEPT_REGISTERS, QZ_RSP = QZ_KEPT_REGISTERS, QZ_REGISTERS };

// A frame as it is once what it called has returned.
typedef struct QzStand {
  uintptr_t registers[QZ_REGISTERS];
  uintptr_t next;       // the instruction it goes on with
  bool is_interrupted;  // it called nothing: that instruction did not run yet
} QzStand;

typedef enum QzAtPanic {
  QZ_PANIC_PASSES,  // the frame has nothing to do
  QZ_PANIC_LANDS,   // it has a landing pad in compiled Quartz code, which ends with qz_unwind_resume
  QZ_PANIC_ASKS,    // its personality knows what it has to do
} QzAtPanic;

// How the frame that stands at an instruction is left: the stack pointer of its caller is a register with an offset, or
// the word there with another one. Other things lie at offsets from that.
typedef struct QzRow {
  uintptr_t place;       // in the instruction
  uintptr_t pad;         // QZ_PANIC_LANDS: where
  int32_t offset, then;
  int32_t kept[QZ_KEPT_REGISTERS];  // 0: the register has not been changed
  int32_t return_address;
  uint32_t pushed;       // bytes of arguments, which the pad finds taken away
  uint8_t base;          // the register
  bool is_known;         // false: the frame is left to the C library
  bool is_indirect;      // the second form
  bool interrupts;       // its caller called nothing
  uint8_t at_panic;      // QzAtPanic
} QzRow;

// Reads the row of an address from the tables of the program or library it lies in. True: it may be kept, since the
// code there stays.
bool qz_row_read(uintptr_t place, QzRow *row);

// ── Walking ─────────────────────────────────────────────────────────────────────────────────────────────────────
// The frame of the function that calls this. Its callers can be walked to as long as it does not return.
void qz_stand_here(QzStand *stand);
uintptr_t qz_stand_place(const QzStand *stand);  // an address in the instruction that it stands at
// The row of the frame; `own` is room for one that is not kept.
const QzRow *qz_stand_row(const QzStand *stand, QzRow *own);
// Goes to the caller; false: that makes no sense.
bool qz_stand_leave(QzStand *stand, const QzRow *row);

// ── Unwinding ───────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct QzUnwinding {
  struct _Unwind_Exception exception;
  const void *end;  // on this stack: frames above it stay
  void (*arrive)(struct QzUnwinding *self);  // called when all others are gone; does not return
} QzUnwinding;

// Leaves frame after frame with its cleanups, the caller's first.
_Noreturn void qz_unwind(QzUnwinding *unwinding);

// How many walks came to a pad or to the end by rows, and how many were left to the C library.
extern _Atomic uint64_t qz_unwound_by_rows, qz_unwound_by_library;

#ifdef QZ_FAULTS
// Walks as far as rows lead, and ends the process where the C library's unwinder finds another frame.
void qz_unwind_check(const QzUnwinding *unwinding);
extern _Atomic uint64_t qz_unwind_checked;  // frames that were the same
#endif

#endif
