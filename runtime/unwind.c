// From frame to frame by rows, and the table of those. Frames of C code with something to do, frames whose tables are
// written in a way that no row can say, and processors without rows are the C library's: its forced unwinding begins
// again where the walk by rows began. A pad of Quartz code always comes back here, whoever entered it.
#include "runtime/unwind.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

_Atomic uint64_t qz_unwound_by_rows, qz_unwound_by_library;

static const _Unwind_Exception_Class own_class = 0x51554152545A0000;  // "QUARTZ"

// ── The C library's unwinder ────────────────────────────────────────────────────────────────────────────────────
static _Unwind_Reason_Code stop_at_end(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                       struct _Unwind_Exception *exception, struct _Unwind_Context *context,
                                       void *argument) {
  (void)version, (void)class, (void)exception;
  QzUnwinding *unwinding = argument;
  // The stack grows down: this frame was there before.
  if ((actions & _UA_END_OF_STACK) || _Unwind_GetCFA(context) > (uintptr_t)unwinding->end) unwinding->arrive(unwinding);
  return _URC_NO_REASON;
}

static void unwind_by_library(QzUnwinding *unwinding) {
  atomic_fetch_add_explicit(&qz_unwound_by_library, 1, memory_order_relaxed);
  _Unwind_ForcedUnwind(&unwinding->exception, stop_at_end, unwinding);
}

#if defined(__x86_64__)
// ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────
// Programs panic in few places. Rows are found by their place, in the slot of its hash or one of those behind.
enum { ROW_SLOTS = 4096, NEAR = 8 };
static _Atomic(QzRow *) rows[ROW_SLOTS];

static const QzRow *keep(_Atomic(QzRow *) *slot, const QzRow *row) {
  QzRow *kept = malloc(sizeof *kept), *none = NULL;
  if (!kept) return row;
  *kept = *row;
  if (atomic_compare_exchange_strong_explicit(slot, &none, kept, memory_order_release, memory_order_relaxed))
    return kept;
  free(kept);
  return row;
}

static __attribute__((noinline)) const QzRow *read_row(uintptr_t place, _Atomic(QzRow *) *slot, QzRow *own) {
  bool stays = qz_row_read(place, own);
  return stays && slot ? keep(slot, own) : own;
}

static inline const QzRow *row_at(uintptr_t place, QzRow *own) {
  uint32_t hash = (uint32_t)(place * UINT64_C(0x9E3779B97F4A7C15) >> 52);
  for (uint32_t i = 0; i < NEAR; i++) {
    _Atomic(QzRow *) *slot = &rows[(hash + i) % ROW_SLOTS];
    const QzRow *row = atomic_load_explicit(slot, memory_order_acquire);  // pairs with keep
    if (!row) return read_row(place, slot, own);
    if (row->place == place) return row;
  }
  return read_row(place, NULL, own);
}

// ── Frames ──────────────────────────────────────────────────────────────────────────────────────────────────────
_Static_assert(offsetof(QzStand, registers) == 0 && QZ_RSP == 6 && offsetof(QzStand, next) == 56,
               "what follows knows the places");
__asm__(
    ".text\n.hidden qz_stand_here\n.globl qz_stand_here\n.type qz_stand_here, @function\nqz_stand_here:\n"
    ".cfi_startproc\n"
    "movq %rbx, (%rdi)\n"
    "movq %rbp, 8(%rdi)\n"
    "movq %r12, 16(%rdi)\n"
    "movq %r13, 24(%rdi)\n"
    "movq %r14, 32(%rdi)\n"
    "movq %r15, 40(%rdi)\n"
    "leaq 8(%rsp), %rax\n"
    "movq %rax, 48(%rdi)\n"
    "movq (%rsp), %rax\n"
    "movq %rax, 56(%rdi)\n"
    "movb $0, 64(%rdi)\n"
    "ret\n"
    ".cfi_endproc\n.size qz_stand_here, .-qz_stand_here\n"
    // The pad of a frame: it wants to know what unwinds.
    ".type enter_pad, @function\nenter_pad:\n"
    ".cfi_startproc\n"
    "movq (%rdi), %rbx\n"
    "movq 8(%rdi), %rbp\n"
    "movq 16(%rdi), %r12\n"
    "movq 24(%rdi), %r13\n"
    "movq 32(%rdi), %r14\n"
    "movq 40(%rdi), %r15\n"
    "movq 56(%rdi), %rcx\n"
    "movq %rsi, %rax\n"
    "xorl %edx, %edx\n"
    "movq 48(%rdi), %rsp\n"
    "jmp *%rcx\n"
    ".cfi_endproc\n.size enter_pad, .-enter_pad\n");
_Noreturn void enter_pad(const QzStand *stand, QzUnwinding *unwinding);

uintptr_t qz_stand_place(const QzStand *stand) {
  return stand->is_interrupted ? stand->next : (uintptr_t)qz_trace_call(stand->next);
}

const QzRow *qz_stand_row(const QzStand *stand, QzRow *own) { return row_at(qz_stand_place(stand), own); }

bool qz_stand_leave(QzStand *stand, const QzRow *row) {
  if (!row->is_known) return false;
  uintptr_t edge = stand->registers[row->base] + (uintptr_t)(intptr_t)row->offset;
  if (row->is_indirect) edge = *(const uintptr_t *)edge + (uintptr_t)(intptr_t)row->then;
  if (edge <= stand->registers[QZ_RSP] || edge % sizeof edge) return false;
  const char *above = (const char *)edge;
  for (int i = 0; i < QZ_KEPT_REGISTERS; i++)
    if (row->kept[i]) stand->registers[i] = *(const uintptr_t *)(above + row->kept[i]);
  stand->next = *(const uintptr_t *)(above + row->return_address);
  stand->registers[QZ_RSP] = edge;
  stand->is_interrupted = row->interrupts;
  return stand->next != 0;
}

static void land(QzStand *stand, const QzRow *row, QzUnwinding *unwinding) {
  stand->next = row->pad;
  stand->registers[QZ_RSP] += row->pushed;
  enter_pad(stand, unwinding);
}

// Returns when there is a frame that no row says enough of.
static void unwind_by_rows(QzUnwinding *unwinding) {
  QzStand stand;
  QzRow own;
  qz_stand_here(&stand);
  for (;;) {
    if (stand.registers[QZ_RSP] > (uintptr_t)unwinding->end) break;
    const QzRow *row = qz_stand_row(&stand, &own);
    if (row->at_panic == QZ_PANIC_LANDS) land(&stand, row, unwinding);
    if (row->at_panic == QZ_PANIC_ASKS || !qz_stand_leave(&stand, row)) return;
  }
  atomic_fetch_add_explicit(&qz_unwound_by_rows, 1, memory_order_relaxed);
  unwinding->arrive(unwinding);
}
#else
static const QzRow unknown;

void qz_stand_here(QzStand *stand) { memset(stand, 0, sizeof *stand); }
uintptr_t qz_stand_place(const QzStand *stand) { return stand->next; }

const QzRow *qz_stand_row(const QzStand *stand, QzRow *own) {
  (void)stand, (void)own;
  return &unknown;
}

bool qz_stand_leave(QzStand *stand, const QzRow *row) {
  (void)stand, (void)row;
  return false;
}

static void unwind_by_rows(QzUnwinding *unwinding) { (void)unwinding; }
#endif

// ── Unwinding ───────────────────────────────────────────────────────────────────────────────────────────────────
static _Noreturn void go_on(QzUnwinding *unwinding) {
#ifdef QZ_FAULTS
  qz_unwind_check(unwinding);
#endif
  unwind_by_rows(unwinding);
  unwind_by_library(unwinding);
  qz_error_printf("panic: the stack cannot be unwound\n");
  qz_die(QZ_STATUS_PANIC);
}

void qz_unwind(QzUnwinding *unwinding) {
  memset(&unwinding->exception, 0, sizeof unwinding->exception);
  unwinding->exception.exception_class = own_class;
  go_on(unwinding);
}

// An exception of C++ code that passes through is none of ours.
void qz_unwind_resume(void *exception) {
  QzUnwinding *unwinding = exception;
  if (unwinding->exception.exception_class == own_class) go_on(unwinding);
  _Unwind_Resume(&unwinding->exception);
}
