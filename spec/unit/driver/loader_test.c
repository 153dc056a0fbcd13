// Modules to files: the order of the places, and each file once.
#include "driver/loader.h"

#include <sys/stat.h>
#include <unistd.h>

#include "driver/file.h"
#include "spec/unit/front.h"

typedef struct Fixture {
  Front front;
  Loader loader;
  const char *folder;
} Fixture;

static const char *write_file(Fixture *f, const char *name, const char *text) {
  const char *path = path_join(&f->front.arena, f->folder, name);
  for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/'))
    mkdir(path_join(&f->front.arena, f->folder, arena_text(&f->front.arena, name, (size_t)(slash - name))), 0700);
  Staged file;
  Text why = {.arena = &f->front.arena};
  assert_true(staged_open(&file, &f->front.arena, path, &why));
  assert_true(staged_write(&file, text, strlen(text), &why) && staged_keep(&file, &why));
  return path;
}

static int set_up(void **state) {
  Fixture *f = calloc(1, sizeof *f);
  front_open(&f->front);
  Text why = {.arena = &f->front.arena};
  f->folder = scratch_new(&f->front.arena, &why);
  setenv("QUARTZ_STD", path_folder(&f->front.arena, write_file(f, "std/prelude.qz", "")), 1);
  static const char *include[1];
  include[0] = path_join(&f->front.arena, f->folder, "given");
  loader_init(&f->loader, &f->front.context, include, 1);
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  Fixture *f = *state;
  scratch_remove(f->folder);
  front_close(&f->front);
  free(f);
  return 0;
}

static const char *text_of(const Source *source) { return source ? source->text : "nothing"; }

static void nearest_place_wins(void **state) {
  Fixture *f = *state;
  const char *root = write_file(f, "app/src/main.qz", "root");
  write_file(f, "app/quartz.toml", "");
  write_file(f, "std/m.qz", "std");
  const Source *main_source = loader_root(&f->loader, root);
  assert_string_equal(text_of(loader_import(&f->loader, main_source, "m")), "std");
  write_file(f, "given/m.qz", "given");
  assert_string_equal(text_of(loader_import(&f->loader, main_source, "m")), "given");
  write_file(f, "app/m/mod.qz", "project");
  assert_string_equal(text_of(loader_import(&f->loader, main_source, "m")), "project");
  write_file(f, "app/m.qz", "project file");
  assert_string_equal(text_of(loader_import(&f->loader, main_source, "m")), "project file");
  write_file(f, "app/src/m.qz", "beside");
  assert_string_equal(text_of(loader_import(&f->loader, main_source, "m")), "beside");
  assert_string_equal(text_of(loader_import(&f->loader, main_source, "std/m")), "std");
  assert_null(loader_import(&f->loader, main_source, "none"));
  assert_int_equal(f->front.diags.items.size, 0);
}

static void std_imports_from_std_only(void **state) {
  Fixture *f = *state;
  const Source *root = loader_root(&f->loader, write_file(f, "app/main.qz", ""));
  write_file(f, "app/m.qz", "the program's");
  write_file(f, "given/m.qz", "given");
  write_file(f, "std/net/http.qz", "");
  const Source *http = loader_import(&f->loader, root, "net/http");
  assert_null(loader_import(&f->loader, http, "m"));
  write_file(f, "std/m.qz", "std");
  assert_string_equal(text_of(loader_import(&f->loader, http, "m")), "std");
  assert_string_equal(text_of(loader_import(&f->loader, NULL, "m")), "std");
}

static void each_file_once(void **state) {
  Fixture *f = *state;
  const Source *root = loader_root(&f->loader, write_file(f, "app/main.qz", ""));
  const char *one = write_file(f, "app/one.qz", "");
  assert_int_equal(symlink(one, path_join(&f->front.arena, f->folder, "app/two.qz")), 0);
  const Source *first = loader_import(&f->loader, root, "one");
  assert_non_null(first);
  assert_ptr_equal(first, loader_import(&f->loader, root, "two"));
  assert_ptr_equal(root, loader_import(&f->loader, first, "main"));
}

static void unreadable_root(void **state) {
  Fixture *f = *state;
  assert_null(loader_root(&f->loader, "no/such/file.qz"));
  assert_null(loader_root(&f->loader, f->folder));
  assert_int_equal(f->front.diags.error_count, 2);
  assert_int_equal(f->front.diags.items.data[0]->id, QZ9000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nearest_place_wins, set_up, tear_down),
      cmocka_unit_test_setup_teardown(std_imports_from_std_only, set_up, tear_down),
      cmocka_unit_test_setup_teardown(each_file_once, set_up, tear_down),
      cmocka_unit_test_setup_teardown(unreadable_root, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
