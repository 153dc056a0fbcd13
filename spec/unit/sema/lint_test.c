// Borrows, linear values and lints: programs that state their messages as the files of spec/diagnostics do, a line with
// `# expect QZ0119 at 3`. What no line states must not be reported: half of each program is about that.
#include "sema/sema.h"
#include "spec/unit/front.h"

// ── Compiling ───────────────────────────────────────────────────────────────────────────────────────────────────
static const Source *check_text(Front *front, const char *text, bool freestanding) {
  const Source *source = source_add(&front->arena, &front->sources, "lint.qz", text, strlen(text));
  SemaOptions options = {.load = front_import, .load_data = front, .freestanding = freestanding};
  sema_program(&front->context, &front->arena, source, &options);
  diag_list_sort(&front->diags);
  return source;
}

// ── Messages ────────────────────────────────────────────────────────────────────────────────────────────────────
// One line a message, `12: QZ0119 at 3`, in order.
static const char *found_messages(Front *front) {
  Text out = {.arena = &front->arena};
  for (uint32_t i = 0; i < front->diags.items.size; i++) {
    const Diag *diag = front->diags.items.data[i];
    Location at = source_locate(&front->sources, diag->span.start);
    text_printf(&out, "%u: QZ%04d at %u\n", at.line, (int)diag->id, at.column);
  }
  return text_str(&out);
}

static const char *expected_messages(Front *front, const char *text) {
  Text out = {.arena = &front->arena};
  uint32_t line = 1;
  for (const char *at = text; *at; line++) {
    const char *end = strchr(at, '\n'), *mark = strstr(at, "# expect ");
    for (mark = mark && mark < end ? mark + strlen("# expect ") : NULL; mark;) {
      const char *comma = memchr(mark, ',', (size_t)(end - mark));
      text_printf(&out, "%u: %.*s\n", line, (int)((comma ? comma : end) - mark), mark);
      mark = comma ? comma + 2 : NULL;
    }
    at = end + 1;
  }
  return text_str(&out);
}

static void need(Front *front, const char *text) {
  check_text(front, text, false);
  assert_string_equal(found_messages(front), expected_messages(front, text));
}

// ── Unused and deprecated ───────────────────────────────────────────────────────────────────────────────────────
static void test_unused(void **state) {
  need(*state,
       "struct Pair\n  x: Int\n  y: Int\nend\n"
       "def fact(0, _n) = 1\n"
       "def fact(n: Int, m: Int): Int = 2\n"
       "def parts(p: Pair, v: Vec<Int>, o: Option<Int>): Int\n"
       "  { x, y } = p  # expect QZ0119 at 5\n"
       "  match v\n"
       "    [first, ...rest] => y  # expect QZ0119 at 6, QZ0119 at 16\n"
       "    [] => 0\n"
       "  end\n"
       "  match o\n"
       "    whole @ Some(_) => 1  # expect QZ0119 at 5\n"
       "    None => 2\n"
       "  end\n"
       "end\n"
       "def written(n: &mut Int)\n"
       "  alias = &mut n\n"
       "  alias += 1\n"
       "  var count = 0  # expect QZ0119 at 7\n"
       "  count += 1\n"
       "  var seen = false  # expect QZ0119 at 7\n"
       "  set = -> seen = true\n"
       "  set()\n"
       "end\n"
       "def main()\n"
       "  [1, 2].each(x -> puts(1))\n"
       "  for i in 0..3\n    puts(1)\n  end\n"
       "  var n = 1\n"
       "  written(&mut n)\n"
       "  puts([0 for k in 0..3].size() + fact(1, 2) + parts(Pair { x: 1, y: 2 }, [], None))\n"
       "end\n");
}

static void test_unused_values_that_do_something(void **state) {
  need(*state,
       "struct Guard\n  name: String\nend\n"
       "impl Drop for Guard\n  def drop(self) = puts(self.name)\nend\n"
       "struct Room\n  guard: Guard\nend\n"
       "def main()\n"
       "  guard = Guard { name: \"g\" }\n"
       "  room = Room { guard: Guard { name: \"r\" } }\n"
       "  maybe = Some(Guard { name: \"o\" })\n"
       "  list = [1, 2]  # expect QZ0119 at 3\n"
       "end\n");
}

static void test_unused_in_macros(void **state) {
  need(*state,
       "macro pair(e) do\n  quote do\n    left = unquote(e)\n    right = 3\n    left + 1\n  end\nend\n"
       "def main()\n"
       "  n = 2\n"
       "  puts($pair(n))\n"
       "end\n");
}

static void test_messages_of_generic_functions_come_once(void **state) {
  need(*state,
       "def show_both<T: Show>(a: T)\n"
       "  left = a  # expect QZ0119 at 3\n"
       "  puts(a)\n"
       "end\n"
       "def main()\n"
       "  show_both(1)\n"
       "  show_both(\"x\")\n"
       "end\n");
}

static void test_deprecated(void **state) {
  need(*state,
       "@deprecated(\"use Area\") struct Size\n  n: Int\nend\n"
       "impl Size\n  def twice(self): Size = Size { n: self.n * 2 }\nend\n"
       "@deprecated(\"gone\") def old(s: Size): Int = older(s)\n"
       "@deprecated(\"gone\") def older(s: Size): Int = s.n\n"
       "def main()\n"
       "  s: Size = Size { n: 1 }  # expect QZ0129 at 6, QZ0129 at 13\n"
       "  puts(old(s))  # expect QZ0129 at 8\n"
       "  puts(s.old())  # expect QZ0129 at 10\n"
       "  f = old  # expect QZ0129 at 7\n"
       "  puts(f(s.twice()))\n"
       "end\n");
}

// ── Linear values ───────────────────────────────────────────────────────────────────────────────────────────────
#define TICKET                                          \
  "linear struct Ticket\n  number: Int\nend\n"          \
  "impl Ticket\n"                                       \
  "  def redeem(self): Int = self.number\n"             \
  "  def peek(&self): Int = self.number\n"              \
  "  def bump(mut self)\n    self.number += 1\n  end\n" \
  "end\n"                                               \
  "def consume(t: Ticket) = puts(t.number)\n"           \
  "def make(n: Int): Ticket = Ticket { number: n }\n"   \
  "def maybe(n: Int): Option<Ticket> = Some(make(n))\n"

static void test_linear_values_that_are_consumed(void **state) {
  need(*state, TICKET
       "def branches(flag: Bool): Int\n"
       "  t = make(1)\n"
       "  if flag\n    consume(t)\n    return 1\n  end\n"
       "  t.redeem()\n"
       "end\n"
       "def at_the_end(): Int\n"
       "  t = make(1)\n"
       "  defer consume(t)\n"
       "  return 3 if t.number > 2\n"
       "  t.peek()\n"
       "end\n"
       "def patterns()\n"
       "  match maybe(2)\n    Some(t) => consume(t)\n    None => puts(0)\n  end\n"
       "end\n"
       "def rounds()\n"
       "  var n = 0\n"
       "  while n < 3\n"
       "    t = make(n)\n"
       "    n += 1\n"
       "    if n == 2\n      consume(t)\n      continue\n    end\n"
       "    puts(t.redeem())\n"
       "  end\n"
       "end\n"
       "def renamed(): Ticket\n"
       "  var a = make(1)\n"
       "  a.bump()\n"
       "  b = a\n"
       "  puts(\"#{b.number}\")\n"
       "  [b].pop()!\n"
       "end\n"
       "def panics(flag: Bool)\n"
       "  t = make(1)\n"
       "  panic(\"no\") if flag\n"
       "  consume(t)\n"
       "end\n"
       "def compared(): Bool\n"
       "  (a, b) = (make(1), make(2))\n"
       "  same = a == b\n"
       "  consume(a)\n"
       "  consume(b)\n"
       "  same\n"
       "end\n"
       "def main()\n"
       "  [1].each() do i ->\n    t = make(i)\n    consume(t)\n  end\n"
       "end\n");
}

static void test_linear_values_left_behind(void **state) {
  need(*state, TICKET
       "def returns(flag: Bool)\n"
       "  t = make(1)  # expect QZ1212 at 3\n"
       "  return if flag\n"
       "  consume(t)\n"
       "end\n"
       "def one_arm(n: Int)\n"
       "  t = make(1)  # expect QZ1212 at 3\n"
       "  match n\n    0 => consume(t)\n    1 => puts(1)\n    _ => consume(t)\n  end\n"
       "end\n"
       "def propagates(): Option<Int>\n"
       "  t = make(1)  # expect QZ1212 at 3\n"
       "  u = maybe(2)?\n"
       "  consume(u)\n"
       "  consume(t)\n"
       "  Some(1)\n"
       "end\n"
       "def replaces()\n"
       "  var t = make(1)  # expect QZ1212 at 7\n"
       "  t = make(2)\n"
       "  consume(t)\n"
       "end\n"
       "def drops()\n"
       "  make(2)  # expect QZ1212 at 3\n"
       "  puts(1)\n"
       "end\n"
       "def breaks()\n"
       "  loop\n"
       "    t = make(1)  # expect QZ1212 at 5\n"
       "    break if t.number > 1\n"
       "    consume(t)\n"
       "  end\n"
       "end\n"
       "def main()\n"
       "  match maybe(1)\n"
       "    Some(t) => puts(t.number)  # expect QZ1212 at 10\n"
       "    None => puts(0)\n"
       "  end\n"
       "end\n");
}

static void test_linear_values_used_after_move(void **state) {
  need(*state, TICKET
       "def in_a_loop()\n"
       "  t = make(1)\n"
       "  for i in 0..3\n    consume(t)  # expect QZ1211 at 13\n  end\n"
       "end\n"
       "def perhaps(flag: Bool)\n"
       "  t = make(1)\n"
       "  if flag then consume(t) else puts(t.redeem()) end\n"
       "  puts(t.number)  # expect QZ1211 at 8\n"
       "end\n"
       "def deferred()\n"
       "  t = make(1)\n"
       "  defer consume(t)\n"
       "  consume(t)  # expect QZ1211 at 11\n"
       "end\n"
       "def lent(t: &Ticket) = consume(t)  # expect QZ1211 at 32\n"
       "def passed_on(t: Ticket)\n"
       "  consume(t)\n"
       "  puts(t.peek())  # expect QZ1211 at 8\n"
       "end\n"
       "def main()\n"
       "  t = make(1)\n"
       "  use = -> consume(t)\n"
       "  use()\n"
       "  consume(t)  # expect QZ1211 at 11\n"
       "end\n");
}

// ── Borrows ─────────────────────────────────────────────────────────────────────────────────────────────────────
#define POINT                                                    \
  "@value struct Point\n  x: Int\n  y: Int\nend\n"               \
  "impl Point\n"                                                 \
  "  def add(mut self, o: &Point)\n    self.x += o.x\n  end\n"   \
  "  def grow(mut self, n: Int)\n    self.x += n\n  end\n"       \
  "  def sum(self): Int = self.x + self.y\n"                     \
  "end\n"                                                        \
  "struct Holder\n  p: Point\n  q: Point\nend\n"                 \
  "def two(a: &mut Int, b: &mut Int)\n  a += 1\n  b += 1\nend\n" \
  "def one(a: &mut Int, b: Int): Int = a + b\n"                  \
  "def read(a: &Int, b: &Int): Int = a + b\n"

static void test_borrows_within_the_rules(void **state) {
  need(*state, POINT
       "def main()\n"
       "  var p = Point { x: 1, y: 2 }\n"
       "  two(&mut p.x, &mut p.y)\n"
       "  p.grow(p.x)\n"
       "  p.grow(p.sum())\n"
       "  var n = 1\n"
       "  puts(one(&mut n, n) + read(&n, &n) + one(&mut n, read(&n, &n)))\n"
       "  h = Holder { p: p, q: p }\n"
       "  two(&mut h.p.x, &mut h.q.x)\n"
       "  var a = [0; 3]\n"
       "  two(&mut a[0], &mut a[1])\n"
       "  r = &n\n"
       "  if p.x > 1\n    n = 2\n  else\n    puts(r)\n  end\n"
       "  for i in 0..3\n    s = &n\n    puts(s + i)\n    n += 1\n  end\n"
       "  alias = &mut n\n"
       "  alias += 4\n"
       "  n += 1\n"
       "  puts(n)\n"
       "end\n");
}

static void test_borrows_in_conflict(void **state) {
  need(*state, POINT
       "def main()\n"
       "  var p = Point { x: 1, y: 2 }\n"
       "  p.add(&p)  # expect QZ1206 at 9\n"
       "  two(&mut p.x, &mut p.x)  # expect QZ1205 at 17\n"
       "  var a = [0; 3]\n"
       "  two(&mut a[0], &mut a[0])  # expect QZ1205 at 18\n"
       "  var n = 0\n"
       "  m = &mut n\n"
       "  k = &mut n  # expect QZ1205 at 7\n"
       "  k += 1\n"
       "  m += 1\n"
       "  puts(read(&n, &n))\n"
       "  w = &mut n\n"
       "  puts(read(&n, &n))  # expect QZ1206 at 13\n"
       "  w += 1\n"
       "  z = &n\n"
       "  for i in 0..3\n    puts(z)\n    n = i  # expect QZ1209 at 5\n  end\n"
       "end\n");
}

static void test_borrows_that_escape(void **state) {
  need(*state,
       "type Reader = &Int\n"
       "struct Kept\n  r: Reader  # expect QZ1210 at 6\n  f: Fn(&Int): Int\nend\n"
       "enum Either\n  Left(&Int)  # expect QZ1210 at 8\n  Right\nend\n"
       "def list(v: Vec<&Int>) = puts(v.size())  # expect QZ1210 at 17\n"
       "def calls(n: &Int): Int\n"
       "  f = x -> x + n\n"
       "  f(1) + [1].map(x -> x + n).size()\n"
       "end\n"
       "def wraps(n: &Int): Option<Int> = Some(&n)  # expect QZ1210 at 40\n"
       "def main() = puts(calls(&3))\n");
}

// ── Narrow comparisons ──────────────────────────────────────────────────────────────────────────────────────────
#define COMPARISONS                                                               \
  "const LIMIT: U16 = 100\n"                                                      \
  "def f(used: U16, posted: Int, b: U8, c: I8): Bool\n"                           \
  "  low = posted & 0xFF\n"                                                       \
  "  var changing = low\n"                                                        \
  "  changing += 1\n"                                                             \
  "  return true if b == low\n"                                                   \
  "  return true if b == low + 1  # expect QZ7301 at 20\n"                        \
  "  return true if b == changing  # expect QZ7301 at 20\n"                       \
  "  return true if LIMIT < posted\n"                                             \
  "  return true if used == posted >> 48\n"                                       \
  "  return true if c == posted % 128\n"                                          \
  "  return true if c == posted % 300  # expect QZ7301 at 20\n"                   \
  "  return true if b == used  # expect QZ7301 at 20\n"                           \
  "  return true if b == (if used > 3 then 5 else 7 end)\n"                       \
  "  for i in 0..256\n    return true if b == i\n  end\n"                         \
  "  for i in 0..=256\n    return true if b == i  # expect QZ7301 at 22\n  end\n" \
  "  wrapped = posted as U16\n"                                                   \
  "  used != wrapped\n"                                                           \
  "end\n"                                                                         \
  "def main() = puts(f(1, 2, 3, 4))\n"

static void test_narrow_comparisons(void **state) { need(*state, COMPARISONS); }

static void test_narrow_comparisons_are_errors_in_freestanding_programs(void **state) {
  Front *front = *state;
  check_text(front, COMPARISONS, true);
  assert_int_equal(front->diags.error_count, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, front_set_up, front_tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_unused),
      TEST(test_unused_values_that_do_something),
      TEST(test_unused_in_macros),
      TEST(test_messages_of_generic_functions_come_once),
      TEST(test_deprecated),
      TEST(test_linear_values_that_are_consumed),
      TEST(test_linear_values_left_behind),
      TEST(test_linear_values_used_after_move),
      TEST(test_borrows_within_the_rules),
      TEST(test_borrows_in_conflict),
      TEST(test_borrows_that_escape),
      TEST(test_narrow_comparisons),
      TEST(test_narrow_comparisons_are_errors_in_freestanding_programs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
