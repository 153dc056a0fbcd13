// The other tests of the runtime again, under valgrind, with every block from malloc.
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
static const char *const obstacle = "a program with a sanitizer does not run under valgrind";
#else
static const char *const obstacle = NULL;
#endif

static void skip_without_valgrind(void) {
  const char *why = obstacle;
  if (!why && system("command -v valgrind >/dev/null") != 0) why = "valgrind is not installed";
  if (!why) return;
  print_message("skipped: %s\n", why);
  skip();
}

static void runs_clean(void **state) {
  char self[PATH_MAX] = {0}, command[2 * PATH_MAX];
  skip_without_valgrind();
  assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
  *strrchr(self, '/') = 0;
  snprintf(command, sizeof command,
           "QUARTZ_ALLOC=system valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite "
           "'%s/%s' >/dev/null",
           self, (const char *)*state);
  assert_int_equal(system(command), 0);
}

int main(void) {
  static char heap[] = "heap_test", text[] = "text_test", system_[] = "system_test", regex[] = "regex_test";
  const struct CMUnitTest tests[] = {
      {"heap_test", runs_clean, NULL, NULL, heap},
      {"text_test", runs_clean, NULL, NULL, text},
      {"system_test", runs_clean, NULL, NULL, system_},
      {"regex_test", runs_clean, NULL, NULL, regex},
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
