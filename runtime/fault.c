// Hardware faults: a stack that ran into its guard page is a panic that cannot unwind (there is no room to run
// cleanups), so the process ends with a report; any other bad address is reported and then left to the system.
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <ucontext.h>

#include "runtime/internal.h"

enum { HANDLER_STACK_SIZE = 64 << 10, GUARD_REACH = 1 << 20 };

static void registers_of(const ucontext_t *context, void **instruction, void **frame, uintptr_t *stack) {
#if defined(__x86_64__)
  *instruction = (void *)context->uc_mcontext.gregs[REG_RIP];
  *frame = (void *)context->uc_mcontext.gregs[REG_RBP];
  *stack = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
  *instruction = (void *)context->uc_mcontext.pc;
  *frame = (void *)context->uc_mcontext.regs[29];
  *stack = (uintptr_t)context->uc_mcontext.sp;
#else
#error "no registers known for this processor"
#endif
}

// Compiled functions touch their frame page by page, so an overflow faults close to the stack pointer.
static bool is_stack_overflow(uintptr_t address, uintptr_t stack) {
  return address < stack + GUARD_REACH && stack < address + GUARD_REACH;
}

static void on_fault(int signal_number, siginfo_t *info, void *context) {
  if (info->si_code <= 0) {  // a process sent it: no address is wrong, and no instruction would fault again
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    return;
  }
  void *instruction, *frame, *addresses[QZ_TRACE_LIMIT];
  uintptr_t stack, address = (uintptr_t)info->si_addr;
  registers_of(context, &instruction, &frame, &stack);
  bool is_overflow = is_stack_overflow(address, stack);
  if (is_overflow) qz_error_printf("panic: stack overflow\n");
  else qz_error_printf("fatal: invalid memory access at 0x%lx\n", (unsigned long)address);
  qz_trace_print(addresses, qz_trace_frames(instruction, frame, addresses, QZ_TRACE_LIMIT));
  if (is_overflow) qz_die(QZ_STATUS_PANIC);
  signal(signal_number, SIG_DFL);  // the instruction runs again and faults for good
}

void qz_fault_start(void) {
  static uint8_t handler_stack[HANDLER_STACK_SIZE];
  const stack_t alternative = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  if (sigaltstack(&alternative, NULL) != 0) return;  // no room for it: faults then end the process unreported
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
}
