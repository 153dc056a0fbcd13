// Linking: through ld.lld and through cc the program runs; a link that fails leaves nothing behind and says why.
#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/file.h"
#include "driver/link.h"

static char folder[] = "/tmp/quartz-link-XXXXXX";

// `main` of these programs is C's: what is tested is the linking.
static const char *object_of(Arena *arena, const char *source) {
  const char *file = path_join(arena, folder, "source.c"), *object = path_join(arena, folder, "source.o");
  Text command = {.arena = arena};
  FILE *out = fopen(file, "w");
  fputs(source, out);
  fclose(out);
  text_printf(&command, "cc -c -o '%s' '%s'", object, file);
  assert_int_equal(system(text_str(&command)), 0);
  unlink(file);
  return object;
}

static const char *runtime_path(Arena *arena) {
  char path[PATH_MAX] = {0};
  assert_true(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
  return path_join(arena, path_folder(arena, path_folder(arena, path_folder(arena, path))), "lib/libquartz_rt.a");
}

static bool link_source(Arena *arena, const char *source, bool use_cc, Text *why) {
  const char *object = object_of(arena, source);
  LinkOptions options = {.objects = &object,
                         .object_count = 1,
                         .runtime = runtime_path(arena),
                         .output = path_join(arena, folder, "program"),
                         .use_cc = use_cc};
  bool ok = link_program(&options, arena, why);
  unlink(object);
  return ok;
}

static int entries_left(void) {
  int count = -2;  // . and ..
  DIR *dir = opendir(folder);
  while (readdir(dir)) count++;
  closedir(dir);
  return count;
}

static void program_runs(bool use_cc) {
  Arena arena = {0};
  Text why = {.arena = &arena};
  const char *program = path_join(&arena, folder, "program");
  if (!link_source(&arena, "int main(void) { return 7; }", use_cc, &why)) fail_msg("%s", text_str(&why));
  assert_int_equal(WEXITSTATUS(system(program)), 7);
  assert_int_equal(entries_left(), 1);
  unlink(program);
  arena_free(&arena);
}

static void lld_makes_a_program(void **state) {
  (void)state;
  program_runs(false);
}

static void cc_makes_a_program(void **state) {
  (void)state;
  program_runs(true);
}

static void failure_leaves_nothing(void **state) {
  (void)state;
  Arena arena = {0};
  Text why = {.arena = &arena};
  assert_false(link_source(&arena, "int missing(void); int main(void) { return missing(); }", false, &why));
  assert_non_null(strstr(text_str(&why), "missing"));
  assert_int_equal(entries_left(), 0);
  arena_free(&arena);
}

int main(void) {
  if (!mkdtemp(folder)) return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lld_makes_a_program),
      cmocka_unit_test(cc_makes_a_program),
      cmocka_unit_test(failure_leaves_nothing),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  rmdir(folder);
  return failed;
}
