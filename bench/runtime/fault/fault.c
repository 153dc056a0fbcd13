//go:build ignore

// Reads through a nil pointer, which the processor reports, and goes on behind the read: the time of one. Nothing is
// isolated here: this is what processor and system take for it (Go's tool takes no C files, hence the first line).
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STACK_SIZE = 64 << 10 };

static jmp_buf behind;

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// No signal is blocked for the handler, so it may be left like that.
static void on_fault(int signal_number) {
  (void)signal_number;
  longjmp(behind, 1);
}

static int hear_faults(void) {
  static char stack[STACK_SIZE];
  const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
  const struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK | SA_NODEFER};
  return sigaltstack(&own, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0;
}

static __attribute__((noinline)) int is_caught(const volatile int *place) {
  if (setjmp(behind)) return 1;
  (void)*place;
  return 0;
}

int main(int count, char **words) {
  long faults = count == 2 ? strtol(words[1], NULL, 10) : 0, caught = 0;
  if (faults < 1 || !hear_faults()) {
    fprintf(stderr, "usage: fault COUNT\n");
    return 1;
  }
  double begin = seconds();
  for (long i = 0; i < faults; i++) caught += is_caught(NULL);
  double took = seconds() - begin;
  printf("fault %.3f us\n", took * 1e6 / (double)faults);
  return caught != faults;
}
