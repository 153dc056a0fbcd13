// Glue: spec/mir/glue/*.mir, each with what the functions made for its types look like. QZ_UPDATE=1 writes them anew.
#include "support.h"

static void make(const char *path) {
  Front s;
  front_open(&s);
  TestFile file = file_read(&s.arena, path);
  MirModule *module = module_need(&s, file.text);
  mir_make_glue(module);
  module_need_check(&s, module);
  const char *printed = module_print(&s, module);
  mir_make_glue(module);  // nothing is left to make
  assert_string_equal(printed, module_print(&s, module));
  if (getenv("QZ_UPDATE")) {
    FILE *out = fopen(path, "w");
    fprintf(out, "%s\n; expect\n%s", file.text, printed);
    fclose(out);
  } else if (!file.section_count || strcmp(printed, file.sections[0].body) != 0) {
    fail_msg("%s gives\n%s", path, printed);
  }
  front_close(&s);
}

static void glue_of_each_kind(void **state) {
  (void)state;
  for_each_file("spec/mir/glue", make);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(glue_of_each_kind)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
