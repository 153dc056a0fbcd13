// Stack traces: addresses of the running frames, and the Quartz functions and lines they stand for.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/panic_message.h"
#include "runtime/unwind.h"

typedef struct Walk {
  void **addresses;
  int count, room;
} Walk;

// An address in the calling instruction, not the one behind it, which may belong to another line.
void *qz_trace_call(uintptr_t return_address) { return (void *)(return_address - 1); }

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *argument) {
  Walk *walk = argument;
  if (walk->count == walk->room) return _URC_END_OF_STACK;
  uintptr_t address = _Unwind_GetIP(context);
  if (!address) return _URC_END_OF_STACK;
  walk->addresses[walk->count++] = qz_trace_call(address);
  return _URC_NO_REASON;
}

int qz_trace_here(void **addresses, int room) {
  Walk walk = {addresses, 0, room};
  _Unwind_Backtrace(step, &walk);
  return walk.count;
}

// Frames of one stack lie at rising addresses, not far from each other.
static bool follows(const uintptr_t *frame, const uintptr_t *next) {
  enum { FRAME_LIMIT = 1 << 20 };
  return next > frame && (uintptr_t)next - (uintptr_t)frame < FRAME_LIMIT && (uintptr_t)next % sizeof *next == 0;
}

int qz_trace_frames(void *instruction, void *first, const void *end, void **addresses, int room) {
  int count = 0;
  addresses[count++] = instruction;
  const uintptr_t *frame = first;
  if (!frame || (uintptr_t)frame % sizeof *frame) return count;
  while (count < room && (!end || (const void *)(frame + 2) <= end)) {
    const uintptr_t *next = (const uintptr_t *)frame[0];
    if (!frame[1]) break;
    addresses[count++] = qz_trace_call(frame[1]);
    if (!follows(frame, next)) break;
    frame = next;
  }
  return count;
}

// ── Printing: frames of one place that follow each other are shown once, with their number ──────────────────────
typedef struct Printer {
  QzFrame last;
  int shown, repeated;
} Printer;

enum { INLINED_LIMIT = 16, SHOWN_LIMIT = 40 };

static void print_repeated(Printer *printer) {
  if (printer->repeated) qz_error_printf("     … %d more of the same\n", printer->repeated);
  printer->repeated = 0;
}

static void print_frame(void *to, const QzFrame *frame) {
  Printer *printer = to;
  const QzFrame *last = &printer->last;
  if (printer->shown == SHOWN_LIMIT) return;
  if (printer->shown && last->function == frame->function && last->line == frame->line && last->file == frame->file) {
    printer->repeated++;
    return;
  }
  print_repeated(printer);
  printer->last = *frame;
  qz_error_printf("  %d: %s", printer->shown++, frame->function);
  if (frame->file && frame->line) qz_error_printf("  %s:%u", frame->file, frame->line);
  qz_error_printf("\n");
}

// Functions that the compiler made up are no news to anyone.
static bool is_shown(const QzFrame *frame) { return strncmp(frame->function, "quartz.", 7) != 0; }

void qz_trace_each(void *const *addresses, int count, void (*see)(void *to, const QzFrame *frame), void *to) {
  const QzSymbols *symbols = qz_symbols_open();
  QzFrame frames[INLINED_LIMIT];
  for (int i = 0; symbols && i < count; i++) {
    int found = qz_symbols_find(symbols, (uintptr_t)addresses[i], frames, INLINED_LIMIT);
    for (int j = 0; j < found; j++)
      if (is_shown(&frames[j])) see(to, &frames[j]);
  }
}

void qz_trace_print(void *const *addresses, int count) {
  Printer printer = {0};
  qz_error_begin();
  qz_trace_each(addresses, count, print_frame, &printer);
  print_repeated(&printer);
  if (printer.shown == SHOWN_LIMIT) qz_error_printf("  …\n");
  qz_error_end();
}

// ── Where the program called the library ────────────────────────────────────────────────────────────────────────
static bool is_of_program(const QzFrame *frame) {
  return frame->file && frame->line && !qz_panic_is_inside(frame->file, qz_program->library);
}

// Files of the library's core: what the language itself is made of.
static bool is_of_core(const QzFrame *frame) {
  return !frame->file || qz_panic_is_core(frame->file, qz_program->library);
}

typedef struct Search {
  QzPlace *place;
  int skipped;  // functions outside of the core, how many still are to be
  bool is_found;
} Search;

static void look_for_program(void *to, const QzFrame *frame) {
  Search *search = to;
  if (search->is_found || is_of_core(frame) || search->skipped-- > 0 || !is_of_program(frame)) return;
  *search->place = (QzPlace){frame->file, frame->line, frame->column};
  search->is_found = true;
}

bool qz_trace_place_of(void *const *addresses, int count, int skipped, QzPlace *place) {
  Search search = {.place = place, .skipped = skipped};
  qz_trace_each(addresses, count, look_for_program, &search);
  return search.is_found;
}

// Programs panic in few places, some of them often: what was found out about an address is kept.
typedef struct Known {
  void *address;
  bool is_of_program;
  QzPlace place;
} Known;

enum { KNOWN_LIMIT = 256 };
static _Atomic(Known *) known_places[KNOWN_LIMIT];

static void keep(_Atomic(Known *) *slot, Known found) {
  Known *kept = malloc(sizeof *kept), *none = NULL;
  if (!kept) return;
  *kept = found;
  if (!atomic_compare_exchange_strong(slot, &none, kept)) free(kept);
}

static Known place_at(void *address) {
  _Atomic(Known *) *slot = &known_places[((uintptr_t)address >> 2) % KNOWN_LIMIT];
  const Known *known = atomic_load_explicit(slot, memory_order_acquire);
  if (known && known->address == address) return *known;
  Known found = {.address = address, .place = {.file = ""}};
  found.is_of_program = qz_trace_place_of(&address, 1, 0, &found.place);
  if (!known) keep(slot, found);
  return found;
}

// False: there is a frame that no row leads out of.
static bool look_by_rows(Known *found) {
  QzStand stand;
  QzRow own;
  qz_stand_here(&stand);
  do {
    *found = place_at((void *)qz_stand_place(&stand));
    if (found->is_of_program) return true;
  } while (qz_stand_leave(&stand, qz_stand_row(&stand, &own)));
  return false;
}

static _Unwind_Reason_Code look_at_frame(struct _Unwind_Context *frame, void *argument) {
  Known *found = argument;
  uintptr_t address = _Unwind_GetIP(frame);
  if (!address) return _URC_END_OF_STACK;
  *found = place_at(qz_trace_call(address));
  return found->is_of_program ? _URC_END_OF_STACK : _URC_NO_REASON;
}

bool qz_trace_place(QzPlace *place) {
  Known found = {.is_of_program = false};
  if (!qz_symbols_open()) return false;
  if (!look_by_rows(&found)) _Unwind_Backtrace(look_at_frame, &found);
  if (found.is_of_program) *place = found.place;
  return found.is_of_program;
}
