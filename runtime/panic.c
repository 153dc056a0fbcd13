// Panics: say what and where, then unwind to the innermost guard. No frame can stop that, and every cleanup on the way
// runs. A guard is a record on the stack of the function that set it up; unwinding has reached it when the frames left
// to unwind lie above that record.
#include <setjmp.h>
#include <stdlib.h>

#include "runtime/context.h"
#include "runtime/fault.h"
#include "runtime/internal.h"
#include "runtime/panic_message.h"
#include "runtime/unwind.h"

// Where a guard goes on. What the compiler has built in keeps three words, where the C library keeps all registers and
// encodes them; but a sanitizer follows a jump only if the library makes it.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
typedef void *Place[5];
#define REMEMBER(place) __builtin_setjmp(place)
#define GO_BACK_TO(place) __builtin_longjmp(place, 1)
#else
typedef jmp_buf Place;
#define REMEMBER(place) setjmp(place)
#define GO_BACK_TO(place) longjmp(place, 1)
#endif

typedef struct QzGuard {
  QzUnwinding unwind;
  struct QzGuard *outer;
  QzPanicWitness *witness;  // NULL: nobody is told
  bool unwinding;  // a panic is on its way here
  bool is_cancelled;  // it is none: nothing is said
  QzString *message;
  QzPlace place;
  Place after;
} QzGuard;

static const QzPlace nowhere = {.file = ""};

static QzContext first_context;
_Thread_local QzContext *qz_context = &first_context;

// ── The report ──────────────────────────────────────────────────────────────────────────────────────────────────
static void print_headline(const QzString *message, const QzPlace *place) {
  qz_error_printf("panic: ");
  (void)qz_write(2, message->bytes, message->byte_size);
  if (place->line) qz_error_printf("\n  at %s:%u:%u\n", place->file, place->line, place->column);
  else qz_error_printf("\n");
}

static void print_report(const QzString *message, const QzPlace *place);
void (*qz_panic_printer)(const QzString *message, const QzPlace *place) = print_report;

static void witness_by_printing(QzPanicWitness *self, const QzString *message, const QzPlace *place) {
  (void)self;
  qz_panic_printer(message, place);
}

static QzPanicWitness printing = {witness_by_printing};

static void print_stack(void) {
  void *addresses[QZ_TRACE_LIMIT];
  qz_trace_print(addresses, qz_trace_here(addresses, QZ_TRACE_LIMIT));
}

static void print_report(const QzString *message, const QzPlace *place) {
  qz_error_begin();
  print_headline(message, place);
  print_stack();
  qz_error_end();
}

// A drop panicked while another panic was unwinding: there is no state to go on from.
static _Noreturn void die_of_both(const QzGuard *first, const QzString *message, const QzPlace *place) {
  if (first->is_cancelled) qz_error_printf("while what was cancelled was unwinding, a panic:\n");
  else if (first->witness != &printing) print_headline(first->message, &first->place);
  if (!first->is_cancelled) qz_error_printf("while that panic was unwinding, another one:\n");
  print_report(message, place);
  qz_die(QZ_STATUS_PANIC);
}

// ── Unwinding ───────────────────────────────────────────────────────────────────────────────────────────────────
static void arrive(QzUnwinding *unwinding) { GO_BACK_TO(((QzGuard *)unwinding)->after); }

// What runs until the guard is reached are cleanups, whose waits last.
static _Noreturn void unwind_to(QzGuard *guard) {
  guard->unwinding = true;
  atomic_fetch_add_explicit(&qz_context->lasting, 1, memory_order_release);
  guard->unwind.end = guard;
  guard->unwind.arrive = arrive;
  qz_unwind(&guard->unwind);
}

// Where a panic is said to be: in the program, also when the library raised it.
static QzPlace place_in_program(const QzPlace *place) {
  QzPlace caller, own = place ? *place : (QzPlace){.file = ""};
  bool is_wanted = !own.line || qz_panic_is_inside(own.file, qz_program->library);
  return is_wanted && qz_trace_place(&caller) ? caller : own;
}

// Consumes message.
static _Noreturn void raise_panic(QzString *message, const QzPlace *raised_at) {
  qz_fault_before_unwind();
  QzGuard *guard = qz_context->guard;
  QzPlace place = place_in_program(raised_at);
  if (guard && guard->unwinding) die_of_both(guard, message, &place);
  QzPanicWitness *witness = guard ? guard->witness : &printing;
  if (witness) witness->tell(witness, message, &place);
  if (!guard) qz_die(QZ_STATUS_PANIC);
  guard->message = message;
  guard->place = place;
  unwind_to(guard);
}

static _Noreturn void panic_with(const char *text, QzPlace place) { raise_panic(qz_string_of(text), &place); }

_Noreturn void qz_panic_cancel(void) {
  qz_fault_before_unwind();
  QzGuard *guard = qz_context->guard;
  if (guard && guard->unwinding) panic_with("a wait of a cleanup was ended", nowhere);
  while (guard && !guard->witness) guard = guard->outer;
  if (!guard) qz_die(QZ_STATUS_PANIC);
  qz_context->guard = guard;  // those within are passed over
  guard->is_cancelled = true;
  unwind_to(guard);
}

static void remember(QzContext *context, const QzGuard *guard) {
  qz_string_release(context->caught_message);
  context->caught_message = guard->message;
  context->caught_place = guard->place;
}

QzString *qz_panic_passing(void) {
  const QzGuard *guard = qz_context->guard;
  return guard && guard->unwinding ? guard->message : NULL;
}

void qz_panic_forget(void) {
  QzContext *context = qz_context;
  if (!context->caught_message) return;
  qz_string_release(context->caught_message);
  context->caught_message = NULL;
}

// The rest is filled by whoever panics: clearing all of it would take longer than a call of an actor otherwise does.
static void begin_guard(QzGuard *guard, QzGuard *outer, QzPanicWitness *witness) {
  guard->outer = outer;
  guard->witness = witness;
  guard->unwinding = guard->is_cancelled = false;
  guard->message = NULL;
}

QzUnwound qz_panic_witnessed(void (*body)(void *argument), void *argument, QzPanicWitness *witness) {
  // The body may go on on another thread, but not with another context.
  QzContext *const context = qz_context;
  QzGuard guard;
  begin_guard(&guard, context->guard, witness);
  context->guard = &guard;
  bool panicked = REMEMBER(guard.after) != 0;
  if (!panicked) body(argument);
  context->guard = guard.outer;
  if (!panicked) return QZ_UNWOUND_NOT;
  atomic_fetch_sub_explicit(&context->lasting, 1, memory_order_release);
  qz_fault_after_unwind();
  if (guard.is_cancelled) return QZ_UNWOUND_BY_CANCEL;
  remember(context, &guard);
  return QZ_UNWOUND_BY_PANIC;
}

int qz_panic_guard(void (*body)(void *argument), void *argument, bool prints) {
  QzUnwound how = qz_panic_witnessed(body, argument, prints ? &printing : NULL);
  if (how == QZ_UNWOUND_BY_PANIC && prints) qz_panic_forget();
  return how != QZ_UNWOUND_NOT;
}

// ── Panics as values ────────────────────────────────────────────────────────────────────────────────────────────
static void call_closure(void *argument) {
  QzClosure *body = argument;
  if (qz_context->reserve) qz_panic_text("stack overflow");  // it would take what C code was let go on with
  ((void (*)(QzClosure *))body->code)(body);
}

int64_t qz_catch_panic(QzClosure *body) { return qz_panic_guard(call_closure, body, false); }

// Who waits for the end of something, and for nothing else, has a witness.
int32_t qz_panic_is_caught(void) {
  const QzGuard *guard = qz_context->guard;
  return guard && !guard->witness;
}

QzString *qz_panic_message(void) {
  QzString *message = qz_context->caught_message;
  qz_context->caught_message = NULL;
  return message ? message : qz_string_of("");
}

QzString *qz_panic_place(void) {
  const QzPlace *place = &qz_context->caught_place;
  return place->line ? qz_string_format("%s:%u", place->file, place->line) : qz_string_of("");
}

// ── What compiled code calls ────────────────────────────────────────────────────────────────────────────────────
void qz_panic(QzString *message, QzPlace place) { raise_panic(message, &place); }

_Noreturn void qz_panic_text(const char *text) { panic_with(text, nowhere); }

void qz_panic_overflow(int64_t a, int64_t b, const QzOperation *operation, QzSpot spot) {
  char text[QZ_PANIC_MESSAGE_ROOM];
  qz_panic_message_overflow(text, sizeof text, operation->op, a, b, operation->bits);
  panic_with(text, (QzPlace){operation->file, spot.line, spot.column});
}

void qz_panic_overflow_unsigned(uint64_t a, uint64_t b, const QzOperation *operation, QzSpot spot) {
  char text[QZ_PANIC_MESSAGE_ROOM];
  qz_panic_message_overflow_unsigned(text, sizeof text, operation->op, a, b, operation->bits);
  panic_with(text, (QzPlace){operation->file, spot.line, spot.column});
}

void qz_panic_divide(QzPlace place) {
  char text[QZ_PANIC_MESSAGE_ROOM];
  qz_panic_message_divide(text, sizeof text);
  panic_with(text, place);
}

void qz_panic_shift(int64_t count, uint32_t bits, QzPlace place) {
  char text[QZ_PANIC_MESSAGE_ROOM];
  qz_panic_message_shift(text, sizeof text, count, bits);
  panic_with(text, place);
}

void qz_panic_bounds(int64_t index, int64_t size, QzPlace place) {
  char text[QZ_PANIC_MESSAGE_ROOM];
  qz_panic_message_bounds(text, sizeof text, index, size);
  panic_with(text, place);
}

void qz_panic_unwrap(const char *found, QzPlace place) {
  char text[QZ_PANIC_MESSAGE_ROOM];
  qz_panic_message_unwrap(text, sizeof text, found);
  panic_with(text, place);
}
