// Hardware faults. One that compiled Quartz code runs into is a panic of that code: the handler goes on in a function
// that raises it, on the stack that faulted, as if the faulting instruction had called it. C code must not be unwound,
// since it may hold locks: there a bad address ends the process with a report.
//
// A fiber that overflows its stack does so in Quartz code or in a C function that this called. In Quartz code the
// reserve of the guard is opened and the panic raised. In C the reserve is opened too, but the function only goes on:
// it returns to an invalid instruction, whose handler closes the reserve and leads back to Quartz code, which will find
// the end of the stack itself if it goes deeper. The stack of a thread has no reserve; its overflow ends the process.
#include "runtime/fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unwind.h>

#include "runtime/context.h"
#include "runtime/internal.h"

enum {
  HANDLER_STACK_SIZE = 64 << 10,
  GUARD_REACH = 1 << 20,
  SYSTEM_PAGE = 4096,
  MADVISE_GUARD_INSTALL = 102,  // the headers of Debian 12 do not have them
  MADVISE_GUARD_REMOVE = 103,
};

// ── Guards ──────────────────────────────────────────────────────────────────────────────────────────────────────
size_t qz_stack_room(const void *address) {
  const char *low = qz_context->stack_low;
  if (!low) return SIZE_MAX;
  size_t left = (size_t)((const char *)address - low);
  return left > QZ_GUARD_SIZE ? left - QZ_GUARD_SIZE : 0;
}

// Where the system knows guard regions (Linux 6.13) they cost no mapping of their own; elsewhere a guard is protected.
bool qz_guard_install(char *low) {
  if (madvise(low, QZ_GUARD_SIZE, MADVISE_GUARD_INSTALL) == 0) return true;
  return mprotect(low, QZ_GUARD_SIZE, PROT_NONE) == 0;
}

static bool unguard(char *start, size_t size) {
  bool is_open = madvise(start, size, MADVISE_GUARD_REMOVE) == 0;
  return mprotect(start, size, PROT_READ | PROT_WRITE) == 0 || is_open;
}

// All but `kept` bytes of it.
static bool open_reserve(QzContext *context, size_t kept) {
  char *low = context->stack_low + kept;
  if (context->reserve && context->reserve <= low) return false;
  if (!unguard(low, QZ_GUARD_SIZE - kept)) return false;
  context->reserve = low;
  return true;
}

// Frames that run may lie in it: a guard region would take its memory away, protection leaves it.
static void close_reserve(QzContext *context) {
  char *low = context->reserve;
  context->reserve = NULL;
  if (!low || mprotect(low, (size_t)(context->stack_low + QZ_GUARD_SIZE - low), PROT_NONE) == 0) return;
  qz_error_printf("fatal: the guard of a stack cannot be closed\n");
  qz_die(QZ_STATUS_PANIC);
}

void qz_fault_after_unwind(void) { close_reserve(qz_context); }

// ── What faulted ────────────────────────────────────────────────────────────────────────────────────────────────
typedef struct Fault {
  int signal_number;
  uintptr_t address, stack;
  void *instruction, *frame;
  ucontext_t *context;
} Fault;

static Fault fault_of(int signal_number, const siginfo_t *info, ucontext_t *context) {
  Fault fault = {.signal_number = signal_number, .address = (uintptr_t)info->si_addr, .context = context};
#if defined(__x86_64__)
  fault.instruction = (void *)context->uc_mcontext.gregs[REG_RIP];
  fault.frame = (void *)context->uc_mcontext.gregs[REG_RBP];
  fault.stack = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
  fault.instruction = (void *)context->uc_mcontext.pc;
  fault.frame = (void *)context->uc_mcontext.regs[29];
  fault.stack = (uintptr_t)context->uc_mcontext.sp;
#else
#error "no registers known for this processor"
#endif
  return fault;
}

bool qz_fault_may_interrupt(const void *address) {
  const char *place = address;
  return qz_program && place >= qz_program->code && place < qz_program->code_end;
}

bool qz_fault_is_program(const void *address) {
  const char *place = address;
  bool is_unbroken = qz_program && place >= qz_program->unbroken && place < qz_program->unbroken_end;
  return is_unbroken || qz_fault_may_interrupt(address);
}

static bool is_memory_fault(const Fault *fault) {
  return fault->signal_number == SIGSEGV || fault->signal_number == SIGBUS;
}

static bool is_in_guard(const Fault *fault) {
  uintptr_t low = (uintptr_t)qz_context->stack_low;
  return is_memory_fault(fault) && low && fault->address - low < QZ_GUARD_SIZE;
}

// Compiled functions touch their frame page by page, so an overflow faults close to the stack pointer.
static bool is_stack_overflow(const Fault *fault) {
  bool is_near = fault->address < fault->stack + GUARD_REACH && fault->stack < fault->address + GUARD_REACH;
  return is_in_guard(fault) || (is_memory_fault(fault) && is_near);
}

// ── Panics ──────────────────────────────────────────────────────────────────────────────────────────────────────
#if defined(__x86_64__)
// What a function without calls uses below its stack pointer, and more; qz_fault_entry knows it.
enum { RED_ZONE = 256 };

void qz_fault_entry(void);
void qz_fault_return(void);
_Noreturn void qz_fault_raise(int signal_number, uintptr_t address) __attribute__((used));

// The thread goes on here, with the stack pointer it had on top of the stack, and the faulting instruction where a call
// below its red zone would have put it. To the unwinder this is the frame of a signal: the caller is just about to run
// that instruction. The arguments are those of qz_fault_raise.
//
// A C function that needed the reserve returns to qz_fault_return.
__asm__(
    ".text\n.hidden qz_fault_entry\n.globl qz_fault_entry\n.type qz_fault_entry, @function\nqz_fault_entry:\n"
    ".cfi_startproc\n.cfi_signal_frame\n"
    ".cfi_escape 0x0f, 0x03, 0x77, 0x00, 0x06\n"  // the caller's stack pointer is the word at the stack pointer
    ".cfi_offset %rip, -264\n"
    "call qz_fault_raise\n"
    "ud2\n"
    ".cfi_endproc\n.size qz_fault_entry, .-qz_fault_entry\n"
    "int3\n"  // the unwinder looks up the address before the one that is returned to
    ".hidden qz_fault_return\n.globl qz_fault_return\n.type qz_fault_return, @function\nqz_fault_return:\n"
    "ud2\n"
    ".size qz_fault_return, .-qz_fault_return\n");

// The words and a hexadecimal number behind them. A program may go on after very many of these.
static _Noreturn void panic_about(const char *words, uintptr_t number) {
  char text[64];
  char *at = stpcpy(text, words);
  int digits = (63 - __builtin_clzll(number | 1)) / 4 + 1;
  for (int left = digits; left; left--) *at++ = "0123456789abcdef"[number >> 4 * (left - 1) & 15];
  *at = 0;
  qz_panic_text(text);
}

_Noreturn void qz_fault_raise(int signal_number, uintptr_t address) {
  if (qz_context->reserve) qz_panic_text("stack overflow");
  if (signal_number == SIGFPE) qz_panic_text("invalid arithmetic operation");
  if (signal_number == SIGILL) qz_panic_text("invalid instruction");
  panic_about("invalid memory access at 0x", address);
}

#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer counts handlers that return.
static void leave_handler(const ucontext_t *context) { (void)context; }
#else
// What the kernel would do when the handler returns, without calling it: no signal was blocked for this one, and a
// landing pad finds only the registers that functions keep for their callers, and how numbers are rounded.
_Static_assert(offsetof(ucontext_t, uc_mcontext.gregs) == 40 && REG_R12 == 4 && REG_R15 == 7 && REG_RDI == 8 &&
                   REG_RSI == 9 && REG_RBP == 10 && REG_RBX == 11 && REG_RSP == 15 && REG_RIP == 16 &&
                   offsetof(ucontext_t, uc_mcontext.fpregs) == 224 && offsetof(struct _libc_fpstate, mxcsr) == 24,
               "what follows knows the places");
_Noreturn void leave_handler(const ucontext_t *context);
__asm__(
    ".text\n.type leave_handler, @function\nleave_handler:\n"
    "movq 224(%rdi), %rax\n"
    "fldcw (%rax)\n"
    "ldmxcsr 24(%rax)\n"
    "movq 72(%rdi), %r12\n"
    "movq 80(%rdi), %r13\n"
    "movq 88(%rdi), %r14\n"
    "movq 96(%rdi), %r15\n"
    "movq 112(%rdi), %rsi\n"
    "movq 120(%rdi), %rbp\n"
    "movq 128(%rdi), %rbx\n"
    "movq 168(%rdi), %rcx\n"
    "movq 160(%rdi), %rsp\n"
    "movq 104(%rdi), %rdi\n"
    "jmp *%rcx\n"
    ".size leave_handler, .-leave_handler\n");
#endif

static void raise_in_program(const Fault *fault) {
  greg_t *registers = fault->context->uc_mcontext.gregs;
  uintptr_t *instruction = (uintptr_t *)(fault->stack - RED_ZONE) - 1;
  uintptr_t *top = (uintptr_t *)((uintptr_t)(instruction - 1) & ~(uintptr_t)15);
  *instruction = (uintptr_t)fault->instruction;
  *top = fault->stack;
  registers[REG_RSP] = (greg_t)top;
  registers[REG_RIP] = (greg_t)qz_fault_entry;
  registers[REG_RDI] = fault->signal_number;
  registers[REG_RSI] = (greg_t)fault->address;
  leave_handler(fault->context);
}

void qz_fault_before_unwind(void) {
  QzContext *context = qz_context;
  if (context->return_slot) *context->return_slot = context->return_address;
  context->return_slot = NULL;
}

// The frame that the innermost Quartz function called from: what it returns to lies right below its stack pointer.
static _Unwind_Reason_Code find_quartz_frame(struct _Unwind_Context *frame, void *argument) {
  uintptr_t address = _Unwind_GetIP(frame), **slot = argument;
  if (!qz_fault_is_program((void *)address)) return _URC_NO_REASON;
  *slot = (uintptr_t *)_Unwind_GetCFA(frame) - 1;
  if (**slot != address) *slot = NULL;
  return _URC_END_OF_STACK;
}

// C code goes on in the reserve, the first time in a part of it: what it calls may be Quartz code, which would find the
// end of that part. False: it cannot go on, or no Quartz function called it.
static bool let_return(QzContext *context) {
  uintptr_t *slot = NULL;
  if (!open_reserve(context, context->reserve ? QZ_GUARD_KEPT : QZ_GUARD_SIZE / 2)) return false;
  qz_fault_before_unwind();
  _Unwind_Backtrace(find_quartz_frame, &slot);
  if (!slot) return false;
  context->return_slot = slot;
  context->return_address = *slot;
  *slot = (uintptr_t)qz_fault_return;
  return true;
}

static bool has_returned(const Fault *fault) { return fault->instruction == (void *)qz_fault_return; }

// With the registers as they are: results among them.
static void go_on_in_quartz(const Fault *fault) {
  QzContext *context = qz_context;
  close_reserve(context);
  context->return_slot = NULL;
  fault->context->uc_mcontext.gregs[REG_RIP] = (greg_t)context->return_address;
}

static bool has_room(const Fault *fault) {
  return is_in_guard(fault) && fault->stack - SYSTEM_PAGE > (uintptr_t)qz_context->stack_low + QZ_GUARD_KEPT;
}

// Does the program go on?
static bool becomes_panic(const Fault *fault) {
  bool is_quartz = qz_fault_is_program(fault->instruction), is_overflow = is_stack_overflow(fault);
  if (has_returned(fault)) return go_on_in_quartz(fault), true;
  if (is_overflow && !has_room(fault)) return false;
  if (!is_quartz) return is_overflow && let_return(qz_context);
  if (is_overflow && !open_reserve(qz_context, QZ_GUARD_KEPT)) return false;
  raise_in_program(fault);
  return true;
}
#else
void qz_fault_before_unwind(void) {}
static bool becomes_panic(const Fault *fault) {
  (void)fault;
  return false;
}
#endif

// ── The handler ─────────────────────────────────────────────────────────────────────────────────────────────────
static void report(const Fault *fault) {
  void *addresses[QZ_TRACE_LIMIT];
  qz_error_flush();  // it may have interrupted a report
  if (is_stack_overflow(fault)) qz_error_printf("panic: stack overflow\n");
  else if (!is_memory_fault(fault)) qz_error_printf("fatal: %s\n", strsignal(fault->signal_number));
  else qz_error_printf("fatal: invalid memory access at 0x%lx\n", (unsigned long)fault->address);
  qz_trace_print(addresses, qz_trace_frames(fault->instruction, fault->frame, NULL, addresses, QZ_TRACE_LIMIT));
}

static void on_fault(int signal_number, siginfo_t *info, void *context) {
  if (info->si_code <= 0) {  // a process sent it: no address is wrong, and no instruction would fault again
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    return;
  }
  Fault fault = fault_of(signal_number, info, context);
  if (becomes_panic(&fault)) return;
  report(&fault);
  if (is_stack_overflow(&fault)) qz_die(QZ_STATUS_PANIC);
  signal(signal_number, SIG_DFL);  // the instruction runs again and faults for good
}

static bool give_stack(void *memory) {
  const stack_t alternative = {.ss_sp = memory, .ss_size = HANDLER_STACK_SIZE};
  return sigaltstack(&alternative, NULL) == 0;
}

void qz_fault_start(void) {
  static uint8_t handler_stack[HANDLER_STACK_SIZE];
  static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  if (!give_stack(handler_stack)) return;  // no room for it: faults then end the process unreported
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}

// Without memory for a stack, a fault on this thread ends the process unreported.
void qz_fault_begin_thread(void) {
  void *memory = malloc(HANDLER_STACK_SIZE);
  if (memory && !give_stack(memory)) free(memory);
}

void qz_fault_end_thread(void) {
  stack_t own;
  const stack_t none = {.ss_flags = SS_DISABLE};
  if (sigaltstack(&none, &own) == 0 && !(own.ss_flags & SS_DISABLE)) free(own.ss_sp);
}
