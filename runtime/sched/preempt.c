// The handler puts all registers of the interrupted code on the stack of that code and changes those that the kernel
// will load: the thread goes on in qz_preempt_entry, which calls qz_give_way. When the stack runs again, on whatever
// worker, it takes the registers back. Compiled code keeps nothing in them that belongs to a thread.
//
// ThreadSanitizer calls handlers later, with a copy of the registers: that stack may be in use again by then. Tasks
// under it give way where they call the runtime.
#include "runtime/sched/preempt.h"

#include <string.h>

#include "runtime/fault.h"
#include "runtime/internal.h"
#include "runtime/sched/worker.h"

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
enum { RED_ZONE = 128, ROOM_NEEDED = 16 << 10 };

typedef struct Registers {
  uintptr_t stack;      // where the instruction to go on with stands, below the red zone
  uint64_t flags;
  uint64_t rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11;  // C functions keep the others
  uint32_t parts[2];    // of the vector state, as xrstor wants to know them
  uint64_t is_extended; // not 0: that state was written by xsave, not fxsave
  _Alignas(64) uint8_t vectors[];
} Registers;

_Static_assert(offsetof(Registers, rax) == 16 && offsetof(Registers, r11) == 80 && offsetof(Registers, parts) == 88 &&
                   offsetof(Registers, is_extended) == 96 && offsetof(Registers, vectors) == 128,
               "qz_preempt_entry knows the places");

void qz_preempt_entry(void);

// The stack pointer leads to Registers. `ret $128` goes on and gives the red zone back in one instruction.
__asm__(
    ".text\n.hidden qz_preempt_entry\n.globl qz_preempt_entry\n.type qz_preempt_entry, @function\nqz_preempt_entry:\n"
    ".cfi_startproc\n.cfi_signal_frame\n"
    ".cfi_escape 0x0f, 0x06, 0x77, 0x00, 0x06, 0x23, 0x88, 0x01\n"  // the caller's stack pointer: Registers.stack + 136
    ".cfi_offset %rip, -136\n"
    "call qz_give_way\n"
    "cmpq $0, 96(%rsp)\n"
    "je 1f\n"
    "movl 88(%rsp), %eax\n"
    "movl 92(%rsp), %edx\n"
    "xrstor64 128(%rsp)\n"
    "jmp 2f\n"
    "1: fxrstor64 128(%rsp)\n"
    "2: movq 16(%rsp), %rax\n"
    "movq 24(%rsp), %rcx\n"
    "movq 32(%rsp), %rdx\n"
    "movq 40(%rsp), %rsi\n"
    "movq 48(%rsp), %rdi\n"
    "movq 56(%rsp), %r8\n"
    "movq 64(%rsp), %r9\n"
    "movq 72(%rsp), %r10\n"
    "movq 80(%rsp), %r11\n"
    "pushq 8(%rsp)\n"
    "popfq\n"
    "movq (%rsp), %rsp\n"
    "ret $128\n"
    ".cfi_endproc\n.size qz_preempt_entry, .-qz_preempt_entry\n");

// What the kernel wrote of the vector registers: as much as the processor has, or the old 512 bytes.
typedef struct Vectors {
  const struct _libc_fpstate *state;
  size_t size;
  uint64_t parts;
  bool is_extended;
} Vectors;

enum { OLD_SIZE = 512, MAGIC_OF_EXTENDED = 0x46505853, WORDS_AT = 464, MAGIC_BEHIND = 4 };

static Vectors vectors_of(const ucontext_t *context) {
  struct { uint32_t magic, size_with_magic; uint64_t parts; uint32_t size; } words;  // the kernel's _fpx_sw_bytes
  Vectors vectors = {.state = context->uc_mcontext.fpregs, .size = OLD_SIZE};
  memcpy(&words, (const uint8_t *)vectors.state + WORDS_AT, sizeof words);
  if (words.magic != MAGIC_OF_EXTENDED) return vectors;
  return (Vectors){vectors.state, words.size, words.parts, true};
}

static void keep_registers(Registers *kept, const greg_t *registers) {
  kept->flags = (uint64_t)registers[REG_EFL];
  kept->rax = (uint64_t)registers[REG_RAX];
  kept->rcx = (uint64_t)registers[REG_RCX];
  kept->rdx = (uint64_t)registers[REG_RDX];
  kept->rsi = (uint64_t)registers[REG_RSI];
  kept->rdi = (uint64_t)registers[REG_RDI];
  kept->r8 = (uint64_t)registers[REG_R8];
  kept->r9 = (uint64_t)registers[REG_R9];
  kept->r10 = (uint64_t)registers[REG_R10];
  kept->r11 = (uint64_t)registers[REG_R11];
}

static void keep_vectors(Registers *kept, const Vectors *vectors) {
  memcpy(kept->vectors, vectors->state, vectors->size);
  memcpy(kept->parts, &vectors->parts, sizeof kept->parts);
  kept->is_extended = vectors->is_extended;
}

bool qz_preempt(ucontext_t *context) {
  greg_t *registers = context->uc_mcontext.gregs;
  uintptr_t stack = (uintptr_t)registers[REG_RSP];
  if (!qz_fault_may_interrupt((void *)registers[REG_RIP]) || qz_stack_room((void *)stack) < ROOM_NEEDED) return false;
  Vectors vectors = vectors_of(context);
  uintptr_t *instruction = (uintptr_t *)(stack - RED_ZONE) - 1;
  *instruction = (uintptr_t)registers[REG_RIP];
  Registers *kept = (Registers *)(((uintptr_t)instruction - sizeof(Registers) - vectors.size) & ~(uintptr_t)63);
  kept->stack = (uintptr_t)instruction;
  keep_registers(kept, registers);
  keep_vectors(kept, &vectors);
  registers[REG_RSP] = (greg_t)kept;
  registers[REG_RIP] = (greg_t)qz_preempt_entry;
  return true;
}
#else
bool qz_preempt(ucontext_t *context) {
  (void)context;
  return false;
}
#endif
