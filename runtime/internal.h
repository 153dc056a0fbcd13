// What the files of the runtime share; compiled programs see none of it.
#ifndef QZ_RUNTIME_INTERNAL_H
#define QZ_RUNTIME_INTERNAL_H

#include "runtime/qz_runtime.h"

// ── start.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
extern const QzProgram *qz_program;  // set by qz_start
enum { QZ_STATUS_PANIC = 101 };
extern const void *qz_main_frame;  // of qz_start: on the first thread's stack, everything of the program lies below
// Ends the process at once: standard output is flushed, nothing is dropped.
_Noreturn void qz_die(int status);
extern void (*qz_before_death)(void);  // called by it, NULL: nothing is to be done

// ── mem.c ───────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_mem_start(void);          // reads QUARTZ_ALLOC and QUARTZ_LEAKS
void qz_mem_report_leaks(void);   // to standard error, when QUARTZ_LEAKS=1

// Its only owner is about to let other tasks see it, who will count it too.
void qz_object_share(QzObject *object);

// ── weak.c ──────────────────────────────────────────────────────────────────────────────────────────────────────
void qz_weak_forget(QzObject *object);  // it is freed: its weak references lead nowhere from now on

// ── string.c ────────────────────────────────────────────────────────────────────────────────────────────────────
QzString *qz_string_of(const char *text);  // a new string from a C string
void qz_string_release(QzString *string);       // NULL is allowed
// A string that several tasks may own, made of one that is given up.
QzString *qz_string_share(QzString *string);
// printf into a new string.
QzString *qz_string_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

// ── panic.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
// Runs body(argument) so that a panic in it ends here. 1: it panicked, and its report was printed when `prints`.
int qz_panic_guard(void (*body)(void *argument), void *argument, bool prints);
// The same; the witness is told before the stack unwinds, and qz_panic_message gives what the panic said.
typedef struct QzPanicWitness {
  void (*tell)(struct QzPanicWitness *self, const QzString *message, const QzPlace *place);
} QzPanicWitness;
typedef enum QzUnwound { QZ_UNWOUND_NOT, QZ_UNWOUND_BY_PANIC, QZ_UNWOUND_BY_CANCEL } QzUnwound;
QzUnwound qz_panic_witnessed(void (*body)(void *argument), void *argument, QzPanicWitness *witness);
// Unwinds to the innermost guard with a witness, who is not told: it is no panic, and nobody catches it on the way.
_Noreturn void qz_panic_cancel(void);
// Ends what is running with a panic about itself; `text` is copied.
_Noreturn void qz_panic_text(const char *text);
// Called for each panic whose guard prints, before the stack unwinds; at first the usual report.
extern void (*qz_panic_printer)(const QzString *message, const QzPlace *place);
// What the panic says that is unwinding this stack right now; NULL: none is, or what unwinds was cancelled.
QzString *qz_panic_passing(void);
void qz_panic_forget(void);  // gives back what was kept of the panic that was caught last

// ── copies.c ────────────────────────────────────────────────────────────────────────────────────────────────────
// So many bytes were copied for another task. Says so when they are many (QUARTZ_COPIES, 1 MiB; 0: never).
void qz_copied(int64_t bytes);

// ── What a program with tasks does otherwise (sched/program.c) ─────────────────────────────────────────────────────
extern void (*qz_sleeper)(int64_t nanoseconds);  // clock.c: at first the thread sleeps
// clock.c: from now on the program's clocks go on by what this says has passed, in ns. NULL: they are the system's.
void qz_clocks_follow(int64_t (*passed)(void));
// files.c: before a call that may block: returns when the descriptor can be read, or -errno. NULL: the thread blocks.
extern int64_t (*qz_awaiter)(int fd);
extern void (*qz_unwinder)(void);  // files.c: ends what runs here, since its wait was ended from outside (-ECANCELED)
// mem.c: take and give back a QzMutex. NULL: nobody else runs.
extern void (*qz_mutex_taker)(void *mutex);
extern void (*qz_mutex_giver)(void *mutex);
// start.c: called when main has ended. False: tasks are left, which may be running on other threads. NULL: no tasks.
extern bool (*qz_end_tasks)(void);

// ── trace.c ─────────────────────────────────────────────────────────────────────────────────────────────────────
enum { QZ_TRACE_LIMIT = 128 };
// Return addresses of the running frames, innermost first; gives how many.
int qz_trace_here(void **addresses, int room);
// The same from a frame pointer, for a stack that cannot be trusted. Stops at the first frame that makes no sense, or
// lies beyond the end of the stack, if that is known.
int qz_trace_frames(void *instruction, void *frame, const void *end, void **addresses, int room);
// Writes the frames of Quartz functions, one a line, to standard error.
void qz_trace_print(void *const *addresses, int count);

void *qz_trace_call(uintptr_t return_address);  // an address in the instruction that calls
// The innermost place outside the standard library where the program stands; false: it is not known.
bool qz_trace_place(QzPlace *place);
bool qz_trace_place_of(void *const *addresses, int count, int skipped, QzPlace *place);  // the same, of those frames

// ── symbolize.c ─────────────────────────────────────────────────────────────────────────────────────────────────
// One frame of source code. Several frames stand for one address where calls were inlined, innermost first.
typedef struct QzFrame {
  const char *function;  // as its user wrote it
  const char *file;      // as the compiler's messages call it; NULL: not known
  uint32_t line, column;
} QzFrame;
typedef struct QzSymbols QzSymbols;
// The debug information of the running program; NULL when it has none.
const QzSymbols *qz_symbols_open(void);
int qz_symbols_find(const QzSymbols *symbols, uintptr_t address, QzFrame *frames, int room);

// Shows the frames of Quartz functions that the addresses stand for, innermost first.
void qz_trace_each(void *const *addresses, int count, void (*see)(void *to, const QzFrame *frame), void *to);

// ── output.c ────────────────────────────────────────────────────────────────────────────────────────────────────
// Formats and writes to standard error, after flushing standard output.
void qz_error_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
// What this thread writes to standard error in between comes out in one piece, or in pieces of some thousand bytes.
void qz_error_begin(void);
void qz_error_end(void);
void qz_error_flush(void);  // what it keeps back comes out now

#endif
