// Trees: the reviewed dumps of spec/parser/dump, and for every source in the tree that what is printed parses to an
// equal tree, that formatting keeps the tree and the comments, and that formatting twice changes nothing.
#include <fts.h>

#include "lexer/lexer.h"
#include "parser/parser.h"
#include "spec/unit/front.h"

static AstNode *parse(Front *front, const char *path, const char *text, size_t size) {
  AstNode *module = parse_module(&front->context, source_add(&front->arena, &front->sources, path, text, size));
  Text why = {.arena = &front->arena};
  if (!ast_check(&front->context, module, AST_PARSED, &why)) fail_msg("%s", text_str(&why));
  return module;
}

static AstNode *parse_text(Front *front, const char *path, const Text *text) {
  return parse(front, path, arena_text(&front->arena, text_str(text), text->size), text->size);
}

// ── Dumps ───────────────────────────────────────────────────────────────────────────────────────────────────────
static void expect_dump(const char *name) {
  Front front;
  front_open(&front);
  Text path = {.arena = &front.arena}, golden = {.arena = &front.arena}, dump = {.arena = &front.arena};
  text_printf(&path, "spec/parser/dump/%s.qz", name);
  text_printf(&golden, "spec/parser/dump/%s.ast", name);
  const char *text = read_text(&front.arena, text_str(&path));
  assert_non_null(text);
  ast_dump(&dump, &front.names, parse(&front, name, text, strlen(text)));
  assert_string_equal(front_messages(&front, true), "");
  if (getenv("QZ_ACCEPT")) {  // after a review of the difference
    FILE *out = fopen(text_str(&golden), "wb");
    fwrite(text_str(&dump), 1, dump.size, out);
    fclose(out);
  }
  const char *expected = read_text(&front.arena, text_str(&golden));
  assert_non_null(expected);
  assert_string_equal(text_str(&dump), expected);
  front_close(&front);
}

static void declarations(void **state) { (void)state, expect_dump("declarations"); }
static void expressions(void **state) { (void)state, expect_dump("expressions"); }
static void statements(void **state) { (void)state, expect_dump("statements"); }

// ── Every source ────────────────────────────────────────────────────────────────────────────────────────────────
static uint32_t comment_count(Front *front, const char *text, size_t size) {
  return lexer_run(&front->context, source_add(&front->arena, &front->sources, "count", text, size)).comments.size;
}

static void expect_formatted(Front *front, const char *path, const AstNode *module, const char *text) {
  Text once = {.arena = &front->arena}, twice = {.arena = &front->arena};
  assert_true(ast_format(&once, &front->context, source_add(&front->arena, &front->sources, path, text, strlen(text))));
  AstNode *again = parse_text(front, "formatted", &once);
  if (front->diags.error_count || !ast_equal(module, again))
    fail_msg("%s: formatted to another tree:\n%s", path, text_str(&once));
  assert_int_equal(comment_count(front, text, strlen(text)), comment_count(front, text_str(&once), once.size));
  Source *formatted = source_add(&front->arena, &front->sources, "formatted", text_str(&once), once.size);
  assert_true(ast_format(&twice, &front->context, formatted));
  if (strcmp(text_str(&once), text_str(&twice)) != 0)
    fail_msg("%s: formatting twice differs:\n%s\n=====\n%s", path, text_str(&once), text_str(&twice));
}

static void expect_round_trip(const char *path) {
  Front front;
  front_open(&front);
  const char *text = read_text(&front.arena, path);
  AstNode *module = parse(&front, path, text, strlen(text));
  bool may_fail = strncmp(path, "spec/diagnostics/", 17) == 0;
  if (front.diags.error_count && !may_fail) fail_msg("%s does not parse:\n%s", path, front_messages(&front, true));
  if (!front.diags.error_count) {
    Text printed = {.arena = &front.arena};
    ast_print(&printed, &front.names, module);
    AstNode *again = parse_text(&front, "printed", &printed);
    if (front.diags.error_count || !ast_equal(module, again))
      fail_msg("%s: printed as another tree:\n%s", path, text_str(&printed));
    assert_true(ast_equal(module, ast_copy(&front.arena, module)));
    expect_formatted(&front, path, module, text);
  }
  front_close(&front);
}

static bool is_source(const FTSENT *entry) {
  return entry->fts_info == FTS_F && entry->fts_namelen > 3 &&
         strcmp(entry->fts_name + entry->fts_namelen - 3, ".qz") == 0;
}

static void every_source(void **state) {
  (void)state;
  char *folders[] = {"spec", "std", "examples", "tools", "bench", "bootstrap", NULL};
  FTS *walk = fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  uint32_t count = 0;
  for (FTSENT *entry; (entry = fts_read(walk));) {
    if (!is_source(entry)) continue;
    expect_round_trip(entry->fts_path);
    count++;
  }
  fts_close(walk);
  assert_true(count >= 40);
}

// ── What a macro stage relies on ────────────────────────────────────────────────────────────────────────────────
static void count_node(AstNode *node, void *data) {
  ++*(uint32_t *)data;
  ast_children(node, count_node, data);
}

static void copies_share_nothing(void **state) {
  (void)state;
  Front front;
  front_open(&front);
  const char *text = "def f(x: Int) = if x then [x, 1] else g(a: x) end";
  AstNode *module = parse(&front, "t", text, strlen(text));
  AstNode *copy = ast_copy(&front.arena, module);
  uint32_t count = 0, copied = 0;
  count_node(module, &count);
  count_node(copy, &copied);
  assert_int_equal(count, copied);
  assert_ptr_not_equal(module->module.decls->items[0], copy->module.decls->items[0]);
  AstNode *items[] = {module->module.decls->items[0], copy->module.decls->items[0], module->module.decls->items[0]};
  Text why = {.arena = &front.arena};
  copy->module.decls = ast_list(&front.arena, items, 2);
  assert_true(ast_check(&front.context, copy, AST_PARSED, &why));
  copy->module.decls = ast_list(&front.arena, items, 3);
  assert_false(ast_check(&front.context, copy, AST_PARSED, &why));
  assert_non_null(strstr(text_str(&why), "two parents"));
  front_close(&front);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(declarations), cmocka_unit_test(expressions),          cmocka_unit_test(statements),
      cmocka_unit_test(every_source), cmocka_unit_test(copies_share_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
