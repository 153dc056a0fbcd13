// Rows of frames against what readelf says of them, and panics that pass through frames of each kind: with a landing
// pad of compiled code, of C code, without any, interrupted, unknown.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <link.h>
#include <stdatomic.h>
#include <unistd.h>

#include "runtime/fault.h"
#include "spec/unit/rows.h"

// ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────
static void check_file(const char *path, uintptr_t bias, int least) {
  RowsSeen seen = rows_of(path, bias);
  if (seen.wrong)
    fail_msg("%d of %d rows of %s are wrong, the first %s", seen.wrong, seen.rows, path, seen.first_wrong);
  if (seen.known < least) fail_msg("%d of %d rows of %s are known", seen.known, seen.rows, path);
}

static void rows_are_those_of_the_tables(void **state) {
  (void)state;
  char path[64];  // /proc/self would be readelf's own
  snprintf(path, sizeof path, "/proc/%d/exe", getpid());
  check_file(path, 0, 500);
}

static int find_c_library(struct dl_phdr_info *info, size_t size, void *found) {
  (void)size;
  if (!strstr(info->dlpi_name, "/libc.so")) return 0;
  *(struct dl_phdr_info *)found = *info;
  return 1;
}

static void rows_of_a_library_too(void **state) {
  (void)state;
  struct dl_phdr_info library;
  assert_true(dl_iterate_phdr(find_c_library, &library));
  check_file(library.dlpi_name, library.dlpi_addr, 10000);
}

void qz_fault_entry(void);
void qz_preempt_entry(void);

// The stack pointer of who was interrupted is a word on the stack.
static void check_entry(void (*entry)(void), int32_t from_word, int32_t to_address) {
  QzRow row;
  qz_row_read((uintptr_t)entry, &row);
  assert_true(row.is_known && row.is_indirect && row.interrupts);
  assert_int_equal(row.base, QZ_RSP);
  assert_int_equal(row.offset, 0);
  assert_int_equal(row.then, from_word);
  assert_int_equal(row.return_address, to_address);
}

static void entries_for_the_interrupted_have_rows(void **state) {
  (void)state;
  check_entry(qz_fault_entry, 0, -264);
  check_entry(qz_preempt_entry, 136, -136);
}

// ── Frames ──────────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Seen {
  uint64_t registers[5];  // rbx, r12 to r15, as the pad finds them
  uint64_t pushed;        // what of the arguments is still on the stack
  uint64_t turn;          // which pad it was
} Seen;

typedef struct Run {
  QzUnwinding unwinding;
  struct _Unwind_Exception foreign;  // what somebody else unwinds with
  bool is_foreign;
  jmp_buf after;
} Run;

Seen seen_outer, seen_middle, seen_inner;
uint64_t turns;

// `keeps`: a function with five numbers in its registers, which pushes two arguments, calls another one, and has a pad
// for that, which writes down what it finds.
__asm__(
    ".macro keeps name, callee, first, seen, section, resume\n"
    ".pushsection \\section, \"ax\", @progbits\n"
    ".globl \\name\n.type \\name, @function\n\\name:\n"
    ".cfi_startproc\n.cfi_personality 3, __gcc_personality_v0\n.cfi_lsda 3, .Lsites_\\name\n"
    "pushq %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset %rbp, -16\n"
    "movq %rsp, %rbp\n.cfi_def_cfa_register %rbp\n"
    "pushq %rbx\n.cfi_offset %rbx, -24\n"
    "pushq %r12\n.cfi_offset %r12, -32\n"
    "pushq %r13\n.cfi_offset %r13, -40\n"
    "pushq %r14\n.cfi_offset %r14, -48\n"
    "pushq %r15\n.cfi_offset %r15, -56\n"
    "subq $24, %rsp\n"
    "movq %rsp, -48(%rbp)\n"
    "movq $\\first, %rbx\n"
    "leaq 1(%rbx), %r12\n"
    "leaq 2(%rbx), %r13\n"
    "leaq 3(%rbx), %r14\n"
    "leaq 4(%rbx), %r15\n"
    "pushq $0\n"
    "pushq $0\n.cfi_escape 0x2e, 0x10\n"
    ".Lcall_\\name:\n"
    "call \\callee\n"
    ".Lreturn_\\name:\n"
    "addq $16, %rsp\n.cfi_escape 0x2e, 0\n"
    "leaq -40(%rbp), %rsp\n"
    "popq %r15\n"
    "popq %r14\n"
    "popq %r13\n"
    "popq %r12\n"
    "popq %rbx\n"
    "popq %rbp\n"
    "ret\n"
    ".Lpad_\\name:\n"
    "movq %rbx, \\seen(%rip)\n"
    "movq %r12, \\seen+8(%rip)\n"
    "movq %r13, \\seen+16(%rip)\n"
    "movq %r14, \\seen+24(%rip)\n"
    "movq %r15, \\seen+32(%rip)\n"
    "movq -48(%rbp), %rcx\n"
    "subq %rsp, %rcx\n"
    "movq %rcx, \\seen+40(%rip)\n"
    "incq turns(%rip)\n"
    "movq turns(%rip), %rcx\n"
    "movq %rcx, \\seen+48(%rip)\n"
    "movq %rax, %rdi\n"
    "call \\resume\n"
    ".cfi_endproc\n.size \\name, .-\\name\n"
    ".popsection\n"
    ".pushsection .gcc_except_table, \"a\", @progbits\n"
    ".Lsites_\\name:\n"
    ".byte 0xff, 0xff, 1\n"
    ".uleb128 .Lend_\\name-.Lbegin_\\name\n"
    ".Lbegin_\\name:\n"
    ".uleb128 .Lcall_\\name-\\name, .Lreturn_\\name-.Lcall_\\name, .Lpad_\\name-\\name, 0\n"
    ".Lend_\\name:\n"
    ".popsection\n"
    ".endm\n"
    // One without a frame pointer, which keeps all registers for its caller and changes them.
    ".macro changes name, callee, section\n"
    ".pushsection \\section, \"ax\", @progbits\n"
    ".type \\name, @function\n\\name:\n"
    ".cfi_startproc\n"
    "pushq %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset %rbp, -16\n"
    "pushq %rbx\n.cfi_def_cfa_offset 24\n.cfi_offset %rbx, -24\n"
    "pushq %r12\n.cfi_def_cfa_offset 32\n.cfi_offset %r12, -32\n"
    "pushq %r13\n.cfi_def_cfa_offset 40\n.cfi_offset %r13, -40\n"
    "pushq %r14\n.cfi_def_cfa_offset 48\n.cfi_offset %r14, -48\n"
    "pushq %r15\n.cfi_def_cfa_offset 56\n.cfi_offset %r15, -56\n"
    "subq $8, %rsp\n.cfi_def_cfa_offset 64\n"
    "movq $-1, %rbp\n"
    "movq $-1, %rbx\n"
    "movq $-1, %r12\n"
    "movq $-1, %r13\n"
    "movq $-1, %r14\n"
    "movq $-1, %r15\n"
    "\\callee\n"
    "ud2\n"
    ".cfi_endproc\n.size \\name, .-\\name\n"
    ".popsection\n"
    ".endm\n"
    "changes changes_all, \"call unwind_now\", .text\n"
    "changes faults, \"movq 8, %rax\", quartz_text\n"
    "keeps keeps_inner, changes_all, 300, seen_inner, quartz_text, qz_unwind_resume\n"
    "keeps keeps_twice, keeps_inner, 100, seen_outer, quartz_text, qz_unwind_resume\n"
    "keeps keeps_in_c, keeps_inner, 200, seen_middle, .text, _Unwind_Resume\n"
    "keeps keeps_around_c, keeps_in_c, 100, seen_outer, quartz_text, qz_unwind_resume\n"
    "keeps keeps_at_fault, faults, 100, seen_outer, quartz_text, qz_unwind_resume\n"
    "keeps keeps_around_unknown, has_no_table, 100, seen_outer, quartz_text, qz_unwind_resume\n"
    ".text\n.type has_no_table, @function\nhas_no_table:\n"
    "pushq %rbp\n"
    "call keeps_inner\n"
    "popq %rbp\n"
    "ret\n"
    ".size has_no_table, .-has_no_table\n");
void unwind_now(Run *run);
void keeps_twice(Run *run);
void keeps_around_c(Run *run);
void keeps_at_fault(void *unused);
void keeps_around_unknown(Run *run);

static _Unwind_Reason_Code stop_of_others(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                          struct _Unwind_Exception *exception, struct _Unwind_Context *context,
                                          void *run) {
  (void)version, (void)actions, (void)class, (void)exception;
  if (_Unwind_GetCFA(context) > (uintptr_t)run) longjmp(((Run *)run)->after, 1);
  return _URC_NO_REASON;
}

void unwind_now(Run *run) {
  if (run->is_foreign) _Unwind_ForcedUnwind(&run->foreign, stop_of_others, run);
  qz_unwind(&run->unwinding);
}

extern const char begin_of_code[] __asm__("__start_quartz_text"), end_of_code[] __asm__("__stop_quartz_text");
static const QzProgram program = {.code = begin_of_code, .code_end = end_of_code};

static int begin(void **state) {
  (void)state;
  qz_program = &program;
  seen_outer = seen_middle = seen_inner = (Seen){0};
  turns = qz_unwound_by_rows = qz_unwound_by_library = 0;
  return 0;
}

static void arrive(QzUnwinding *unwinding) { longjmp(((Run *)unwinding)->after, 1); }

static void run_through(void (*body)(Run *run), bool is_foreign) {
  Run run = {.unwinding = {.end = &run, .arrive = arrive}, .is_foreign = is_foreign};
  if (setjmp(run.after) == 0) body(&run);
}

static void check_seen(const Seen *seen, uint64_t first, uint64_t turn) {
  for (uint64_t i = 0; i < 5; i++) assert_int_equal(seen->registers[i], first + i);
  assert_int_equal(seen->pushed, 0);
  assert_int_equal(seen->turn, turn);
}

static void check_walks(uint64_t by_rows, uint64_t by_library) {
  assert_int_equal(qz_unwound_by_rows, by_rows);
  assert_int_equal(qz_unwound_by_library, by_library);
}

static void pads_find_their_registers(void **state) {
  (void)state;
  run_through(keeps_twice, false);
  check_seen(&seen_inner, 300, 1);
  check_seen(&seen_outer, 100, 2);
  check_walks(1, 0);
}

// The C library goes on where rows end, and rows where a pad of compiled code does.
static void pads_of_c_code_too(void **state) {
  (void)state;
  run_through(keeps_around_c, false);
  check_seen(&seen_inner, 300, 1);
  check_seen(&seen_middle, 200, 2);
  check_seen(&seen_outer, 100, 3);
  check_walks(1, 1);
}

// The end of a thread, exceptions of C++.
static void others_unwind_through_pads(void **state) {
  (void)state;
  run_through(keeps_around_c, true);
  check_seen(&seen_inner, 300, 1);
  check_seen(&seen_middle, 200, 2);
  check_seen(&seen_outer, 100, 3);
  check_walks(0, 0);
}

// What lies behind a frame of which nothing is known stays as it is.
static void frame_without_table_ends_the_stack(void **state) {
  (void)state;
  run_through(keeps_around_unknown, false);
  check_seen(&seen_inner, 300, 1);
  assert_int_equal(seen_outer.turn, 0);
  check_walks(0, 1);
}

static void faults_unwind_by_rows(void **state) {
  (void)state;
  qz_fault_start();
  assert_int_equal(qz_panic_guard(keeps_at_fault, NULL, false), 1);
  QzString *message = qz_panic_message();
  assert_string_equal((char *)message->bytes, "invalid memory access at 0x8");
  qz_string_free(message);
  check_seen(&seen_outer, 100, 1);
  check_walks(1, 0);
}

// More places than there are slots for rows.
static void rows_that_are_not_kept_are_read_again(void **state) {
  (void)state;
  QzRow own;
  for (const char *code = begin_of_code; code < end_of_code; code++) {
    QzStand stand = {.next = (uintptr_t)code, .is_interrupted = true};
    const QzRow *row = qz_stand_row(&stand, &own);
    assert_int_equal(row->place, (uintptr_t)code);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_those_of_the_tables),
      cmocka_unit_test(rows_of_a_library_too),
      cmocka_unit_test(entries_for_the_interrupted_have_rows),
      cmocka_unit_test_setup(pads_find_their_registers, begin),
      cmocka_unit_test_setup(pads_of_c_code_too, begin),
      cmocka_unit_test_setup(others_unwind_through_pads, begin),
      cmocka_unit_test_setup(frame_without_table_ends_the_stack, begin),
      cmocka_unit_test_setup(faults_unwind_by_rows, begin),
      cmocka_unit_test_setup(rows_that_are_not_kept_are_read_again, begin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
