// Macros: source text in, expanded source text and messages out. Fresh names show as `tmp∙3`.
#include "base/fresh.h"
#include "macro/macro.h"
#include "parser/parser.h"
#include "spec/unit/front.h"

typedef struct Unit {
  Front front;
  ExpansionTable table;
} Unit;

static int set_up(void **state) {
  static Unit unit;
  front_open(&unit.front);
  expansion_table_init(&unit.table, &unit.front.arena);
  *state = &unit;
  return 0;
}

static int tear_down(void **state) {
  front_close(&((Unit *)*state)->front);
  return 0;
}

static AstNode *parse(Unit *unit, const char *path, const char *text) {
  const Source *source = source_add(&unit->front.arena, &unit->front.sources, path, text, strlen(text));
  return parse_module(&unit->front.context, source);
}

static const char *read_stored(void *data, Arena *arena, const char *path, size_t *size) {
  (void)data;
  bool is_bad = strcmp(path, "src/bad.bin") == 0;
  if (!is_bad && strcmp(path, "src/note.txt") != 0) return NULL;
  *size = is_bad ? 2 : 5;
  return arena_text(arena, is_bad ? "\xFF\x00" : "hello", *size);
}

static const MacroFiles stored_files = {read_stored, NULL};

static void check_tree(Unit *unit, AstNode *module) {
  Text why = {.arena = &unit->front.arena};
  if (!ast_check(&unit->front.context, module, AST_EXPANDED, &why)) fail_msg("%s", text_str(&why));
}

static AstNode *expand_tree(Unit *unit, const char *text) {
  AstNode *module = parse(unit, "src/main.qz", text);
  MacroScope *scope = macro_scope_new(&unit->front.context, module);
  macro_expand_module(&unit->front.context, &unit->table, scope, &stored_files);
  check_tree(unit, module);
  return module;
}

static const char *printed(Unit *unit, const AstNode *node) {
  Text out = {.arena = &unit->front.arena};
  ast_print(&out, &unit->front.names, node);
  return text_str(&out);
}

static const char *expand(Unit *unit, const char *text) { return printed(unit, expand_tree(unit, text)); }

// The messages, one a line: id line:column message, then notes and help indented.
static const char *messages(Unit *unit) {
  Text out = {.arena = &unit->front.arena};
  diag_list_sort(&unit->front.diags);
  for (uint32_t i = 0; i < unit->front.diags.items.size; i++) {
    const Diag *diag = unit->front.diags.items.data[i];
    Location at = source_locate(&unit->front.sources, diag->span.start);
    text_printf(&out, "QZ%04d %u:%u %s\n", (int)diag->id, at.line, at.column, diag->message);
    for (uint32_t k = 0; k < diag->notes.size; k++) {
      Location note = source_locate(&unit->front.sources, diag->notes.data[k].span.start);
      text_printf(&out, "  %u:%u %s\n", note.line, note.column, diag->notes.data[k].text);
    }
    if (diag->help) text_printf(&out, "  help: %s\n", diag->help);
  }
  return text_str(&out);
}

static void expect_expansion(Unit *unit, const char *text, const char *wanted) {
  const char *got = expand(unit, text);
  assert_string_equal(messages(unit), "");
  assert_string_equal(got, wanted);
}

static void expect_messages(Unit *unit, const char *text, const char *wanted) {
  expand_tree(unit, text);
  assert_string_equal(messages(unit), wanted);
}

// ── Built-in macros ─────────────────────────────────────────────────────────────────────────────────────────────
static void postfix_marks_become_intrinsics(void **state) {
  Unit *unit = *state;
  AstNode *module = expand_tree(unit, "def f(o: Option<Int>): Option<Int> = Some(o! + $unwrap(o) + o? + $try(o))\n");
  assert_string_equal(messages(unit), "");
  Text out = {.arena = &unit->front.arena};
  ast_dump(&out, &unit->front.names, module);
  uint32_t unwraps = 0, tries = 0;
  for (const char *at = text_str(&out); (at = strstr(at, "option_unwrap")); at++) unwraps++;
  for (const char *at = text_str(&out); (at = strstr(at, "try_propagate")); at++) tries++;
  assert_int_equal(unwraps, 2);
  assert_int_equal(tries, 2);
}

static void assert_shows_the_sides(void **state) {
  expect_expansion(
      *state, "def f(a: Int)\n  $assert(a  < g())\nend\n",
      "def f(a: Int)\n"
      "  do\n"
      "    left∙1 = a\n"
      "    right∙1 = g()\n"
      "    unless left∙1 < right∙1\n"
      "      panic(\"assertion failed: a  < g()\\n   left: #{left∙1.inspect()}\\n  right: #{right∙1.inspect()}\")\n"
      "    end\n"
      "  end\n"
      "end\n");
}

static void assert_leaves_what_needs_its_place(void **state) {
  expect_expansion(*state, "def f(s: Shape)\n  $assert(s == Circle(1.0), \"round\")\n  $assert(not s.empty?())\nend\n",
                   "def f(s: Shape)\n"
                   "  do\n"
                   "    left∙1 = s\n"
                   "    unless left∙1 == Circle(1.0)\n"
                   "      panic(\"assertion failed: round (s == Circle(1.0))\\n   left: #{left∙1.inspect()}\")\n"
                   "    end\n"
                   "  end\n"
                   "  do\n"
                   "    unless not s.empty?()\n"
                   "      panic(\"assertion failed: not s.empty?()\")\n"
                   "    end\n"
                   "  end\n"
                   "end\n");
}

static void assert_keeps_the_order_of_evaluation(void **state) {
  expect_expansion(*state, "def f()\n  $assert(Some(g()) == h())\n  $assert(1 == h())\nend\n",
                   "def f()\n"
                   "  do\n"
                   "    unless Some(g()) == h()\n"
                   "      panic(\"assertion failed: Some(g()) == h()\")\n"
                   "    end\n"
                   "  end\n"
                   "  do\n"
                   "    right∙2 = h()\n"
                   "    unless 1 == right∙2\n"
                   "      panic(\"assertion failed: 1 == h()\\n  right: #{right∙2.inspect()}\")\n"
                   "    end\n"
                   "  end\n"
                   "end\n");
}

static void debug_prints_and_yields(void **state) {
  expect_expansion(*state, "def f(x: Int): Int\n  y = $debug(x +\n     1)\n  y\nend\n",
                   "def f(x: Int): Int\n"
                   "  y = do\n"
                   "    value∙1 = x + 1\n"
                   "    eputs(\"src/main.qz:2: x + 1 = #{value∙1.inspect()}\")\n"
                   "    value∙1\n"
                   "  end\n"
                   "  y\n"
                   "end\n");
}

static void panics_and_places(void **state) {
  expect_expansion(
      *state,
      "def f(): String\n  $todo\n  $todo(\"later\")\n  $unreachable()\n  $unreachable(\"no #{1}\")\n  $file\nend\n"
      "const LINE = $line\n",
      "def f(): String\n"
      "  panic(\"not implemented yet\")\n"
      "  panic(\"not implemented yet: later\")\n"
      "  panic(\"unreachable code was reached\")\n"
      "  panic(\"unreachable code was reached: #{\"no #{1}\"}\")\n"
      "  \"src/main.qz\"\n"
      "end\n\n"
      "const LINE = 8\n");
}

static void included_files(void **state) {
  expect_expansion(*state, "const A = $include_str(\"note.txt\")\nconst B = $include_bytes(\"bad.bin\")\n",
                   "const A = \"hello\"\nconst B = b\"\\xFF\\0\"\n");
}

static void files_that_cannot_be_included(void **state) {
  expect_messages(
      *state, "const A = $include_str(\"no.txt\")\nconst B = $include_str(\"bad.bin\")\nconst C = $include_str(A)\n",
      "QZ9000 1:24 cannot read `src/no.txt`\n"
      "QZ0005 2:24 the file is not UTF-8 text\n"
      "  help: $include_bytes takes any file\n"
      "QZ0301 3:24 the file's name has to be a string literal\n");
}

static void builtins_check_their_arguments(void **state) {
  expect_messages(*state, "def f()\n  $assert()\n  $line(1)\n  $debug(x: 1)\nend\n",
                  "QZ0301 2:3 these arguments do not fit `$assert`\n"
                  "  help: write $assert(condition) or $assert(condition, message)\n"
                  "QZ0301 3:3 these arguments do not fit `$line`\n"
                  "  help: write $line\n"
                  "QZ0301 4:3 these arguments do not fit `$debug`\n"
                  "  help: write $debug(value)\n");
}

// ── AST macros ──────────────────────────────────────────────────────────────────────────────────────────────────
#define SWAP                            \
  "macro swap(a, b) do\n"               \
  "  quote do\n"                        \
  "    tmp = unquote(a)\n"              \
  "    unquote(a) = unquote(b)\n"       \
  "    unquote(b) = tmp\n"              \
  "  end\n"                             \
  "end\n"

static void swap_does_not_capture(void **state) {
  expect_expansion(*state, "def f()\n  var tmp = 1\n  var x = 2\n  $swap(tmp, x)\n  $swap(x, tmp)\nend\n" SWAP,
                   "def f()\n"
                   "  var tmp = 1\n"
                   "  var x = 2\n"
                   "  tmp∙1 = tmp\n"
                   "  tmp = x\n"
                   "  x = tmp∙1\n"
                   "  tmp∙2 = x\n"
                   "  x = tmp\n"
                   "  tmp = tmp∙2\n"
                   "end\n");
}

static void one_expression_is_a_value(void **state) {
  expect_expansion(
      *state,
      "macro twice(x) do\n  quote do\n    unquote(x) + unquote(x)\n  end\nend\ndef f(): Int = $twice($twice(3)) * 2\n",
      "def f(): Int = (3 + 3 + (3 + 3)) * 2\n");
}

static void every_binding_form_is_renamed(void **state) {
  expect_expansion(*state,
                   "macro all(v) do\n"
                   "  quote do\n"
                   "    (a, b) = unquote(v)\n"
                   "    { c, d: e } = r()\n"
                   "    var f = x -> x + a\n"
                   "    outer: for i, j in m()\n"
                   "      continue outer if f(i) == j\n"
                   "      break\n"
                   "    end\n"
                   "    match b\n"
                   "      Some(n) if n > c => [y for y in e if y != n]\n"
                   "      whole @ Pair { left, right: q } => { left, q: q }\n"
                   "      [first, ...rest] => g(first, rest)\n"
                   "      t: String => t\n"
                   "      _ => free\n"
                   "    end\n"
                   "  end\n"
                   "end\n"
                   "def main()\n  $all(a)\nend\n",
                   "def main()\n"
                   "  (a∙1, b∙1) = a\n"
                   "  { c: c∙1, d: e∙1 } = r()\n"
                   "  var f∙1 = x∙1 -> x∙1 + a∙1\n"
                   "  outer∙1: for i∙1, j∙1 in m()\n"
                   "    continue outer∙1 if f∙1(i∙1) == j∙1\n"
                   "    break\n"
                   "  end\n"
                   "  match b∙1\n"
                   "    Some(n∙1) if n∙1 > c∙1 => [y∙1 for y∙1 in e∙1 if y∙1 != n∙1]\n"
                   "    whole∙1 @ Pair { left: left∙1, right: q∙1 } => { left: left∙1, q: q∙1 }\n"
                   "    [first∙1, ...rest∙1] => g(first∙1, rest∙1)\n"
                   "    t∙1: String => t∙1\n"
                   "    _ => free\n"
                   "  end\n"
                   "end\n");
}

static void variables_of_the_module_are_assigned(void **state) {
  expect_expansion(*state,
                   "var count = 0\nmacro bump() do\n  quote do\n    count = count + 1\n    count += 1\n  end\nend\n"
                   "def f()\n  $bump\nend\n",
                   "var count = 0\n\ndef f()\n  count = count + 1\n  count += 1\nend\n");
}

static void variadic_parameters_are_spliced(void **state) {
  expect_expansion(*state,
                   "macro call(f, xs...) do\n  quote do\n    unquote(f)(0, unquote_each(xs))\n    [unquote_each(xs), "
                   "9]\n    unquote_each(xs)\n  end\nend\n"
                   "def f()\n  $call(g, 1, h())\n  $call(g)\nend\n",
                   "def f()\n  g(0, 1, h())\n  [1, h(), 9]\n  1\n  h()\n  g(0)\n  [9]\nend\n");
}

static void a_list_can_be_spliced(void **state) {
  expect_expansion(
      *state, "macro call(xs) do\n  quote do\n    g(unquote_each(xs))\n  end\nend\ndef f()\n  $call([1, 2])\nend\n",
      "def f()\n  g(1, 2)\nend\n");
}

static void names_defaults_and_blocks(void **state) {
  expect_expansion(*state,
                   "macro times(n, label = \"run\", body) do\n"
                   "  quote do\n"
                   "    for i in 0..unquote(n)\n"
                   "      log(unquote(label))\n"
                   "      unquote(body)\n"
                   "    end\n"
                   "  end\n"
                   "end\n"
                   "def f(i: Int)\n"
                   "  $times(3) do\n    puts(i)\n  end\n"
                   "  $times(label: \"x\", n: 2, body: x -> x)\n"
                   "end\n",
                   "def f(i: Int)\n"
                   "  for i∙1 in 0..3\n"
                   "    log(\"run\")\n"
                   "    do\n"
                   "      puts(i)\n"
                   "    end\n"
                   "  end\n"
                   "  for i∙3 in 0..2\n"
                   "    log(\"x\")\n"
                   "    x -> x\n"
                   "  end\n"
                   "end\n");
}

static void types_can_be_arguments(void **state) {
  expect_expansion(*state,
                   "macro empty(t, u) do\n  quote do\n    x: Map<unquote(t), unquote(u)> = { }\n    x\n  end\nend\n"
                   "def f()\n  $empty(String, Vec<Int>)\n  $empty(m::Key, (Int, Bool))\nend\n",
                   "def f()\n"
                   "  x∙1: Map<String, Vec<Int>> = {}\n"
                   "  x∙1\n"
                   "  x∙2: Map<m::Key, (Int, Bool)> = {}\n"
                   "  x∙2\n"
                   "end\n");
}

static void a_quote_can_declare(void **state) {
  Unit *unit = *state;
  AstNode *module = expand_tree(unit,
                                "macro counter(t) do\n"
                                "  quote do\n"
                                "    struct Counter\n      value: unquote(t)\n    end\n"
                                "    def start(n: unquote(t)): Counter = Counter { value: n }\n"
                                "    const STEP = 1\n"
                                "  end\n"
                                "end\n"
                                "private\n$counter(Int)\n");
  assert_string_equal(messages(unit), "");
  AstNode **decls = module->module.decls->items;
  assert_int_equal(module->module.decls->count, 4);
  assert_string_equal(printed(unit, decls[1]->struct_.members->items[0]), "value: Int");
  assert_string_equal(printed(unit, decls[2]->function.body), "Counter { value: n∙1 }");
  assert_int_equal(decls[3]->kind, AST_CONST);
  assert_true(decls[1]->struct_.is_private && decls[2]->function.is_private && decls[3]->const_.is_private);
  Name name = name_from(&unit->front.names, "Counter");
  assert_int_equal(expansion_names(&unit->table, &unit->front.names, 1, name, &module), EXPANSION_NAMES_HERE);
}

static void macros_call_macros(void **state) {
  Unit *unit = *state;
  AstNode *module = expand_tree(unit,
                                "macro outer(x) do\n  quote do\n    $inner(unquote(x)) + $line\n  end\nend\n"
                                "macro inner(x) do\n  quote do\n    y = unquote(x)\n    y * y\n  end\nend\n"
                                "def f(): Int = $outer(y)\n");
  assert_string_equal(messages(unit), "");
  assert_string_equal(printed(unit, module),
                      "def f(): Int = do\n  y∙2 = y\n  y∙2 * y∙2\nend + 12\n");
  assert_int_equal(unit->table.items.data[2].parent, 1);
  assert_int_equal(unit->table.items.data[2].depth, 2);
}

static const AstNode *find_ident(const AstNode *node, Name name);
typedef struct Search {
  Name name;
  const AstNode *found;
} Search;

static void search(AstNode *node, void *data) {
  Search *wanted = data;
  const AstNode *found = find_ident(node, wanted->name);
  if (found) wanted->found = found;
}

static const AstNode *find_ident(const AstNode *node, Name name) {
  Search wanted = {name, NULL};
  if (node->kind == AST_IDENT && node->ident.name == name) return node;
  ast_children((AstNode *)node, search, &wanted);
  return wanted.found;
}

static void free_names_belong_to_the_macros_module(void **state) {
  Unit *unit = *state;
  AstNode *tools =
      parse(unit, "tools.qz",
            "macro log(x) do\n  quote do\n    $emit(unquote(x))\n  end\nend\n"
            "private macro emit(x) do\n  quote do\n    write(sink, unquote(x))\n    $assert(ok)\n  end\nend\n");
  MacroScope *library = macro_scope_new(&unit->front.context, tools);
  AstNode *module = parse(unit, "main.qz", "def f(sink: Int)\n  $log(sink + here)\nend\n");
  MacroScope *scope = macro_scope_new(&unit->front.context, module);
  const MacroDef *log = macro_scope_own(library, name_from(&unit->front.names, "log"));
  macro_scope_import(&unit->front.context, scope, name_from(&unit->front.names, "log"), log);
  macro_expand_module(&unit->front.context, &unit->table, scope, NULL);
  check_tree(unit, module);
  assert_string_equal(messages(unit), "");
  struct { const char *name; ExpansionNames where; AstNode *module; } wanted[] = {
      {"write", EXPANSION_NAMES_MODULE, tools}, {"here", EXPANSION_NAMES_HERE, NULL},
      {"ok", EXPANSION_NAMES_MODULE, tools},    {"panic", EXPANSION_NAMES_PRELUDE, NULL}};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
    const AstNode *ident = find_ident(module, name_from(&unit->front.names, wanted[i].name));
    AstNode *where;
    assert_non_null(ident);
    assert_int_equal(expansion_names(&unit->table, &unit->front.names, ident->expansion, ident->ident.name, &where),
                     wanted[i].where);
    assert_ptr_equal(where, wanted[i].module);
  }
}

static void names_of_every_expansion_are_the_users(void **state) {
  Unit *unit = *state;
  AstNode *module = expand_tree(unit, SWAP "def f()\n  $swap(a, b)\nend\n");
  const AstNode *fresh = find_ident(module, name_from(&unit->front.names, "tmp∙1"));
  assert_non_null(fresh);
  assert_true(name_is_fresh(&unit->front.names, fresh->ident.name));
  assert_string_equal(name_text(&unit->front.names, name_written(&unit->front.names, fresh->ident.name)), "tmp");
  Span site = expansion_site(&unit->table, fresh->expansion, fresh->span);
  assert_int_equal(source_locate(&unit->front.sources, site.start).line, 9);
  Diag *diag = diag_report(&unit->front.diags, QZ0100, fresh->span, "something about %s", "tmp");
  expansion_note(&unit->front.context, &unit->table, diag, fresh->expansion);
  diag_report(&unit->front.diags, QZ0101, fresh->span, "something else");
  expansion_note_since(&unit->front.context, &unit->table, 0, fresh->expansion);
  assert_string_equal(messages(unit), "QZ0100 5:18 something about tmp\n  9:3 in this expansion of `$swap`\n"
                                      "QZ0101 5:18 something else\n  9:3 in this expansion of `$swap`\n");
}

// ── String templates ────────────────────────────────────────────────────────────────────────────────────────────
#define GETTER "macro getter(n, t) do\n  \"def get_${n}(self): ${t} = self.${n}\"\nend\n"

static void a_template_makes_members(void **state) {
  expect_expansion(*state, GETTER "impl Person\n  $getter(name, String)\n  $getter(\"age\", Option<Int>)\nend\n",
                   "impl Person\n"
                   "  def get_name(self): String = self.name\n"
                   "  def get_age(self): Option<Int> = self.age\n"
                   "end\n");
}

static void a_template_makes_declarations_and_fields(void **state) {
  expect_expansion(*state,
                   "macro constants(p) do\n  \"const ${p}_MIN = 0\\nconst ${p}_MAX = 9\"\nend\n"
                   "macro position() do \"x: Int\\ny: Int = 0\" end\n"
                   "macro shades() do \"Dark\\nLight(F64)\" end\n"
                   "$constants(:PORT)\n"
                   "struct Point\n  $position\nend\n"
                   "enum Colour\n  Red\n  $shades\nend\n",
                   "const PORT_MIN = 0\nconst PORT_MAX = 9\n\n"
                   "struct Point\n  x: Int\n  y: Int = 0\nend\n\n"
                   "enum Colour\n  Red\n  Dark\n  Light(F64)\nend\n");
}

static void a_template_can_be_an_expression(void **state) {
  expect_expansion(*state,
                   "macro show(xs...) do \"puts(\\\"\\#{${xs}} #{1}\\\")\" end\n"
                   "macro both(a) do \"x = ${a}\\nx + x\" end\n"
                   "def f()\n  $show(a + 1)\n  y = $both(3)\n  $both(4)\nend\n",
                   "def f()\n"
                   "  puts(\"#{a + 1} #{1}\")\n"
                   "  y = do\n    x = 3\n    x + x\n  end\n"
                   "  x = 4\n  x + x\n"
                   "end\n");
}

static void messages_of_a_template_stand_at_the_call(void **state) {
  Unit *unit = *state;
  expand_tree(unit, "macro broken(n) do \"def ${n}( = 1\" end\n\n$broken(f)\n");
  assert_int_equal(unit->front.diags.items.size, 1);
  const Diag *diag = unit->front.diags.items.data[0];
  assert_int_equal(diag->id, QZ0303);
  assert_int_equal(source_locate(&unit->front.sources, diag->span.start).line, 3);
  assert_string_equal(source_at(&unit->front.sources, diag->notes.data[0].span.start)->path,
                      "<macro broken at src/main.qz:3>");
  assert_int_equal(source_locate(&unit->front.sources, diag->notes.data[1].span.start).line, 1);
}

static void templates_stay_in_their_place(void **state) {
  expect_messages(*state,
                  "macro out() do \"end\\ndef g()\" end\nmacro more() do \"macro x() do \\\"1\\\" end\" end\n"
                  "def f()\n  $out\nend\n$more\n",
                  "QZ0303 4:3 a macro cannot make more than what stands in its place\n"
                  "QZ0303 1:1 a macro cannot make a macro\n");
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
static void unknown_macros_get_a_suggestion(void **state) {
  expect_messages(*state, SWAP "def f()\n  $swop(a, b)\n  $asert(a)\n  $quite_different\nend\n",
                  "QZ0300 9:3 there is no macro `$swop`\n  help: did you mean `$swap`?\n"
                  "QZ0300 10:3 there is no macro `$asert`\n  help: did you mean `$assert`?\n"
                  "QZ0300 11:3 there is no macro `$quite_different`\n");
}

static void wrong_arguments(void **state) {
  expect_messages(
      *state, SWAP "def f()\n  $swap(a)\n  $swap(a, b, c)\n  $swap(a, c: b)\n  $swap(a, a: b)\n  $swap(...a)\nend\n",
      "QZ0301 9:3 there is no argument for `b`\n  1:1 `$swap` is declared here\n  help: write `$swap(a, b)`\n"
      "QZ0301 10:15 the macro takes fewer arguments: this one is too many\n  1:1 `$swap` is declared here\n  help: "
      "write `$swap(a, b)`\n"
      "QZ0301 11:12 the macro has no parameter `c`\n  1:1 `$swap` is declared here\n  help: write `$swap(a, b)`\n"
      "QZ0301 12:15 there are two arguments for `a`\n  1:1 `$swap` is declared here\n  help: write `$swap(a, b)`\n"
      "QZ0301 13:9 a macro takes its arguments as code, so `...` cannot spread them\n  1:1 `$swap` is declared here\n  "
      "help: write `$swap(a, b)`\n");
}

static void unsound_declarations(void **state) {
  expect_messages(
      *state,
      "macro line() do \"1\" end\n"
      "macro a(x, x) do \"1\" end\n"
      "macro a(x) do quote do x + 1 end end\n"
      "macro b(xs..., y) do \"${z}\" end\n"
      "macro c(xs...) do quote do f(unquote(xs)) + unquote_each(xs) + unquote(1) end end\n"
      "def f()\n  $c(1)\n  unquote(x)\n  quote do 1 end\nend\n",
      "QZ0103 1:1 `$line` is a macro of the language\n"
      "QZ0103 2:12 macro parameter `x` is declared twice\n"
      "QZ0103 3:1 macro `$a` is declared twice\n  2:1 the first declaration\n"
      "QZ0303 3:24 `x` is a parameter of the macro, not a variable\n  help: write `unquote(x)` to paste the argument\n"
      "QZ0014 4:9 `xs...` takes all that is left, so it comes last\n"
      "QZ0303 5:30 `xs` holds several arguments\n  help: write `unquote_each(xs)`\n"
      "QZ0303 5:45 `unquote_each(xs)` gives several nodes, but one is wanted here\n"
      "QZ0303 5:72 unquote takes the name of a parameter of the macro\n"
      "QZ0303 8:3 `unquote` stands outside a macro\n"
      "QZ0303 9:3 `quote` stands outside a macro\n");
}

static void a_trailing_block_may_follow_defaults(void **state) {
  expect_messages(*state, "macro a(n) do quote do unquote(n) end end\n$a(1)\ndef f()\n  $a(1) do 2 end\nend\n",
                  "QZ0303 2:1 `$a` makes a statement, where only declarations can stand\n  2:4 this statement\n"
                  "QZ0301 4:9 there are two arguments for `n`\n  1:1 `$a` is declared here\n  help: write `$a(n)`\n");
}

static void recursion_has_a_limit_and_a_trace(void **state) {
  Unit *unit = *state;
  expand_tree(unit,
              "macro ping(x) do quote do $pong(unquote(x)) end end\nmacro pong(x) do quote do $ping(unquote(x)) + "
              "$ping(0) end end\n"
              "def f()\n  $ping(1)\n  $ping(2)\nend\n");
  assert_int_equal(unit->front.diags.items.size, 2);  // one for each call the user wrote
  assert_string_equal(messages(unit),
                      "QZ0302 4:3 expanding `$ping` takes more than 256 nested expansions\n"
                      "  2:27 the last call\n"
                      "  1:27 in this expansion of `$pong`\n"
                      "  2:27 in this expansion of `$ping`\n"
                      "  1:27 in this expansion of `$pong`\n"
                      "  0:0 251 more expansions stand between\n"
                      "  1:27 in this expansion of `$pong`\n"
                      "  4:3 in this expansion of `$ping`\n"
                      "  help: a macro that calls itself needs a variant that does not\n"
                      "QZ0302 5:3 expanding `$ping` takes more than 256 nested expansions\n"
                      "  2:27 the last call\n"
                      "  1:27 in this expansion of `$pong`\n"
                      "  2:27 in this expansion of `$ping`\n"
                      "  1:27 in this expansion of `$pong`\n"
                      "  0:0 251 more expansions stand between\n"
                      "  1:27 in this expansion of `$pong`\n"
                      "  5:3 in this expansion of `$ping`\n"
                      "  help: a macro that calls itself needs a variant that does not\n");
}

// Twenty-five macros, each of which calls the next one twice: 2^25 calls, or 2^25 copies of an argument.
static const char *doubling(Unit *unit, const char *body) {
  Text text = {.arena = &unit->front.arena};
  for (int i = 0; i < 25; i++) {
    text_printf(&text, "macro m%d(x) do quote do ", i);
    text_printf(&text, body, i + 1, i + 1);
    text_append(&text, " end end\n");
  }
  text_append(&text, "macro m25(x) do quote do unquote(x) end end\ndef f(): Int = $m0(1)\n");
  return text_str(&text);
}

static void work_is_limited(void **state) {
  Unit *unit = *state;
  expand_tree(unit, doubling(unit, "$m%d(unquote(x)) + $m%d(0)"));
  assert_int_equal(unit->front.diags.items.size, 1);
  assert_non_null(strstr(messages(unit), "takes more than 100000 macro calls"));
  unit->front.diags.items.size = 0;
  expand_tree(unit, doubling(unit, "$m%d(unquote(x) + unquote(x) + %d)"));
  assert_int_equal(unit->front.diags.items.size, 1);
  assert_non_null(strstr(messages(unit), "takes more than 4000000 nodes"));
}

// ── The tree ────────────────────────────────────────────────────────────────────────────────────────────────────
// The checker that every other test relies on has to see a node that stands in two places.
static void the_checker_sees_a_shared_node(void **state) {
  Unit *unit = *state;
  AstNode *module = expand_tree(unit, "def f(): Int = 1 + 2\n");
  AstNode *sum = module->module.decls->items[0]->function.body;
  sum->binary.right = sum->binary.left;
  Text why = {.arena = &unit->front.arena};
  assert_false(ast_check(&unit->front.context, module, AST_EXPANDED, &why));
  assert_non_null(strstr(text_str(&why), "two parents"));
}

static void a_loop_around_unwrap_has_its_own_tree(void **state) {
  Unit *unit = *state;
  expand_tree(unit,
              "macro next(o) do quote do unquote(o)! + unquote(o)! end end\n"
              "def f(o: Option<Int>): Int\n  var sum = 0\n  while sum < 10\n    sum += $next(o) + $next($debug(o))\n  "
              "end\n  sum\nend\n");
  assert_string_equal(messages(unit), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(postfix_marks_become_intrinsics), TEST(assert_shows_the_sides), TEST(assert_leaves_what_needs_its_place),
      TEST(assert_keeps_the_order_of_evaluation), TEST(debug_prints_and_yields), TEST(panics_and_places),
      TEST(included_files), TEST(files_that_cannot_be_included), TEST(builtins_check_their_arguments),
      TEST(swap_does_not_capture), TEST(one_expression_is_a_value), TEST(every_binding_form_is_renamed),
      TEST(variables_of_the_module_are_assigned), TEST(variadic_parameters_are_spliced), TEST(a_list_can_be_spliced),
      TEST(names_defaults_and_blocks), TEST(types_can_be_arguments), TEST(a_quote_can_declare),
      TEST(macros_call_macros), TEST(free_names_belong_to_the_macros_module),
      TEST(names_of_every_expansion_are_the_users), TEST(a_template_makes_members),
      TEST(a_template_makes_declarations_and_fields), TEST(a_template_can_be_an_expression),
      TEST(messages_of_a_template_stand_at_the_call), TEST(templates_stay_in_their_place),
      TEST(unknown_macros_get_a_suggestion), TEST(wrong_arguments), TEST(unsound_declarations),
      TEST(a_trailing_block_may_follow_defaults), TEST(recursion_has_a_limit_and_a_trace), TEST(work_is_limited),
      TEST(the_checker_sees_a_shared_node), TEST(a_loop_around_unwrap_has_its_own_tree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
