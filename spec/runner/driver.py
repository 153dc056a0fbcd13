"""The command line: exit statuses, what is said about bad input, and that nothing is left behind."""
import contextlib
import os
import pathlib
import re
import signal
import shutil
import subprocess
import threading
import time

from .core import (QUARTZ, SECONDS, Skip, Test, environment, expect, expect_status, expect_text, heed_signals, quartz,
                   run, scratch)

GOOD = 'def main()\n  puts("hi #{args().size()}")\nend\n'
SEVEN = "def main(): Int = 7\n"
WRONG = "def main()\n  x: Int = \"text\"\n  puts(y)\nend\n"
NO_FAULT_REPORTS = {"ASAN_OPTIONS": "handle_segv=0:handle_sigbus=0:detect_leaks=0"}  # of a sanitizer in the interpreter
ENDLESS = "def main()\n  loop\n    sleep(10)\n  end\nend\n"


class Folder:
    """A folder with sources in it, and a $TMPDIR of its own to see what is left there."""

    def __init__(self, path: str):
        self.path, self.temporary = pathlib.Path(path) / "work", pathlib.Path(path) / "tmp"
        self.path.mkdir()
        self.temporary.mkdir()

    def write(self, name: str, text) -> str:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    def quartz(self, *words, **options):
        return quartz(*words, cwd=self.path, env={"TMPDIR": str(self.temporary), **options.pop("env", {})}, **options)

    def names(self) -> list:
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*") if path.is_file())

    def expect_clean(self, *names) -> None:
        expect(self.names() == sorted(names), f"expected the files {sorted(names)}, found {self.names()}")
        left = list(self.temporary.iterdir())
        expect(not left, f"left in $TMPDIR: {left}")


def says(result, status: int, *words) -> None:
    expect_status(result, status)
    for word in words:
        expect(word in result.err, f"`{word}` is missing in {result}")


CASES = []


def test(body):
    """A test: a function that is given a folder."""
    CASES.append(body)
    return body


def in_folder(body):
    with scratch() as path:
        body(Folder(path))


# ── Usage ───────────────────────────────────────────────────────────────────────────────────────────────────────
@test
def help_fits_a_screen(_):
    for words in (["--help"], ["help"], *(["help", c] for c in ("build", "run", "check", "test", "fmt", "explain"))):
        result = quartz(*words)
        expect_status(result, 0)
        lines = result.out.splitlines()
        expect(len(lines) <= 24 and max(map(len, lines)) <= 80, f"too large: {result}")


@test
def version(_):
    result = quartz("--version")
    expect(result.status == 0 and result.out.startswith("quartz "), str(result))


@test
def bad_usage_is_two_lines(folder):
    folder.write("a.qz", GOOD)
    for words, hint in ((["biuld", "a.qz"], "did you mean `build`?"), (["build", "--relase", "a.qz"], "`--release`?"),
                        (["build", "--emit=mri", "a.qz"], "`mir`?"), (["build"], "needs FILE"), ([], "no command"),
                        (["run", "a.qz", "b"], "`-- b`"), (["build", "a.qz", "b.qz"], "`b.qz`"),
                         (["test", "--jobs=0"], "`0`"), (["build", "-o"], "needs a value"), (["explain", "QZ107"], "QZ0107"),
                         (["build", "--release=yes", "a.qz"], "`--release` takes no value"),
                         (["check", "-o", "x", "a.qz"], "has no option `-o`\n"), (["fmt"], "needs PATH")):
        result = folder.quartz(*words)
        says(result, 2, hint)
        expect(len(result.err.splitlines()) == 2 and not result.out, f"not two lines: {result}")


@test
def explain_knows_each_id(_):
    result = quartz("explain", "QZ0107")
    expect(result.status == 0 and "QZ0107" in result.out, str(result))


# ── Results ─────────────────────────────────────────────────────────────────────────────────────────────────────
@test
def build_names_the_program_after_the_file(folder):
    folder.write("a.qz", GOOD)
    expect_status(folder.quartz("build", "a.qz"), 0)
    expect(run(folder.path / "a", "x").out == "hi 1\n", "the program does not run")
    folder.expect_clean("a", "a.qz")


@test
def build_into(folder):
    folder.write("a.qz", GOOD)
    expect_status(folder.quartz("build", "-O2", "a.qz", "-o", "out"), 0)
    expect(os.access(folder.path / "out", os.X_OK), "out is not executable")
    folder.expect_clean("a.qz", "out")


@test
def emit_goes_to_standard_output(folder):
    folder.write("a.qz", GOOD)
    for stage in ("tokens", "ast", "typed", "mir", "llvm", "asm"):
        result = folder.quartz("build", f"--emit={stage}", "a.qz")
        expect(result.status == 0 and result.out and not result.err, f"{stage}: {result}")
    folder.expect_clean("a.qz")


@test
def emit_obj_is_named_after_the_file(folder):
    folder.write("a.qz", GOOD)
    expect_status(folder.quartz("build", "--emit=obj", "a.qz"), 0)
    folder.expect_clean("a.o", "a.qz")


@test
def check_writes_nothing(folder):
    folder.write("a.qz", GOOD)
    expect_status(folder.quartz("check", "a.qz"), 0)
    folder.expect_clean("a.qz")


def memory(result) -> float:
    """The MiB that --time names."""
    return float(re.search(r"([0-9.]+) MiB", result.err).group(1))


@test
def check_makes_no_text(folder):
    folder.write("a.qz", "".join(f"def f{i}(x: Int): Int = (x + {i}) * (x - {i}) % 7\n" for i in range(5000)))
    check, typed = (folder.quartz(*words, "--time", "a.qz") for words in (["check"], ["build", "--emit=typed"]))
    expect(check.status == typed.status == 0, str(check))
    text = len(typed.out) / (1 << 20)
    expect(text > 0.5 and memory(check) + text <= memory(typed), f"{memory(check)} MiB and {text} MiB: {typed.err}")


@test
def run_gives_the_programs_status(folder):
    folder.write("a.qz", SEVEN)
    for mode in ("-O0", "-O2", "--interp"):
        expect_status(folder.quartz("run", mode, "a.qz"), 7)
    folder.expect_clean("a.qz")


@test
def run_passes_arguments_and_input(folder):
    folder.write("a.qz", 'def main()\n  for a in args()\n    puts(a)\n  end\nend\n')
    for mode in ("-O0", "--interp"):
        result = folder.quartz("run", mode, "a.qz", "--", "one", "--two", "-v")
        expect(result.status == 0 and result.out == "one\n--two\n-v\n", str(result))


@test
def puts_alone_ends_a_line(folder):
    folder.write("a.qz", 'def main()\n  puts("a")\n  puts()\n  puts("b")\n  eputs()\nend\n')
    for mode in ("-O0", "--interp"):
        result = folder.quartz("run", mode, "a.qz")
        expect((result.status, result.out, result.err) == (0, "a\n\nb\n", "\n"), str(result))


# The formatter writes a line for each, so that no source of the tree can show it.
@test
def statements_share_a_line(folder):
    folder.write("a.qz", 'def main(): Int\n  var a = 1; var b = 2\n  a += 1; b += 1; puts("#{a} #{b}")\n  0\nend\n')
    result = folder.quartz("run", "a.qz")
    expect(result.status == 0 and result.out == "2 3\n", str(result))


@test
def panic_gives_101(folder):
    folder.write("a.qz", 'def main()\n  panic("so it goes")\nend\n')
    for mode in ("-O0", "-O2", "--interp"):
        says(folder.quartz("run", mode, "a.qz"), 101, "so it goes", "a.qz:2")
    folder.expect_clean("a.qz")


@test
def panic_of_the_library_names_the_program(folder):
    folder.write("a.qz", 'def pick(v: Vec<Int>, i: Int): Int\n  v[i]\nend\ndef main()\n  puts(pick([1], 7))\nend\n')
    for mode in (["-O0"], ["-O2"], ["--interp"], ["--interp", "-O2"]):
        says(folder.quartz("run", *mode, "a.qz"), 101, "panic: index 7 is outside 0..1\n  at a.qz:2:3\n")
    for level in ("-O0", "-O2"):
        says(folder.quartz("run", level, "a.qz"), 101, "std/core/vec.qz:", ": pick  a.qz:2\n", ": main  a.qz:5\n")


PANIC_PLACES = """def err(): Result<Int, String> = Err("no")
def none(): Option<Int> = None
def same(x: Int): Int = x
def main()
  least = same(Int.MIN)
  match args()[0]
    "1" => puts("x=#{err()!}")
    "2" => puts("#{1} a #{err()! + none()!}")
    "3" => puts("#{same(1)} #{same(2) + none()!}")
    "4" => puts("a #{least.abs()}")
    "5" => puts(same(1) + least.abs() + same(2))
    "6" => puts([1, 2].map(x -> least.abs() - x).sum())
    "7" => puts([same(1)].join(",") + ["a"][same(3)])
    "8" => puts("a" * same(2) + "b" * same(-1))
    "9" => puts(same(7) / (same(1) - same(1)))
    _ => panic("?")
  end
end
"""


@test
def panics_have_one_place_at_every_level(folder):
    folder.write("a.qz", PANIC_PLACES)
    lines = PANIC_PLACES.split("\n")
    marks = ("err()!}", "err()! +", "none()!", "least", "least", "least", '["a"]', '"b" *', "same(7)")
    for level in ("-O0", "-O1", "-O2", "-Os"):
        expect_status(folder.quartz("build", level, "a.qz", "-o", f"a{level}"), 0)
    for number, mark in enumerate(marks, 1):
        line = lines.index(next(line for line in lines if f'"{number}" =>' in line))
        place = f"  at a.qz:{line + 1}:{lines[line].index(mark) + 1}\n"
        says(folder.quartz("run", "--interp", "a.qz", "--", str(number)), 101, place)
        for level in ("-O0", "-O1", "-O2", "-Os"):
            says(run(folder.path / f"a{level}", str(number), cwd=folder.path), 101, place)


@test
def like_panics_keep_their_lines(folder):
    folder.write("a.qz", 'def main()\n  word = args()[0]\n  match word\n    "a" => $todo()\n    "b" => $unreachable()\n'
                 '    "c" => $todo()\n    _ => puts("?")\n  end\nend\n')
    for level in ("-O0", "-O2"):
        for word, line in (("a", 4), ("b", 5), ("c", 6)):
            says(folder.quartz("run", level, "a.qz", "--", word), 101, f"  at a.qz:{line}:12\n", f": main  a.qz:{line}\n")


@test
def output_is_the_same_each_time(folder):
    folder.write("a.qz", GOOD)
    first, second = (folder.quartz("build", "--emit=llvm", "-O2", "a.qz").out for _ in range(2))
    expect(first == second, "two builds differ")


# ── Units ───────────────────────────────────────────────────────────────────────────────────────────────────────
SMALL_UNITS = {"QUARTZ_UNIT": "30"}
DEEP = """const COUNT = 3
const VALUES = [1, 2, 3]
def deep(n: Int): Int
  VALUES[n]
end
def main()
  puts("#{deep(COUNT - 1)} #{VALUES.map(x -> x * 2)}")
  deep(COUNT)
end
"""


@test
def units_make_one_program(folder):
    folder.write("a.qz", DEEP)
    for units in ({}, SMALL_UNITS):
        result = folder.quartz("run", "-O0", "a.qz", env=units)
        says(result, 101, "index 3", "deep  a.qz:4", "main  a.qz:8")
        expect(result.out == "3 [2, 4, 6]\n", str(result))
        expect_status(folder.quartz("build", "-O0", "--emit=obj", "a.qz", "-o", "a.o", env=units), 0)
        own = subprocess.run(["nm", "-g", "--defined-only", folder.path / "a.o"], capture_output=True, text=True)
        seen = [line.split()[2] for line in own.stdout.splitlines()]
        expect(seen.count("main") == 1 and ("a::deep()" in seen) == bool(units), f"the object defines {seen}")
    folder.expect_clean("a.o", "a.qz")


@test
def units_are_the_same_on_any_number_of_processors(folder):
    folder.write("a.qz", DEEP)
    one = str(min(os.sched_getaffinity(0)))
    for number, alone in enumerate(([], [], ["taskset", "-c", one])):
        words = [*alone, QUARTZ, "build", "-O0", "--emit=obj", "a.qz", "-o", f"{number}.o"]
        expect_status(run(*words, cwd=folder.path, env=SMALL_UNITS), 0)
    expect(len({(folder.path / f"{number}.o").read_bytes() for number in range(3)}) == 1, "the objects differ")


@test
def units_on_a_full_disk(folder):
    folder.write("a.qz", DEEP)
    with small_disk(folder) as small:
        scratch_there = {**SMALL_UNITS, "TMPDIR": str(small)}
        for emit in ([], ["--emit=obj"]):
            says(folder.quartz("build", "-O0", *emit, "a.qz", "-o", "out", env=scratch_there), 1, "QZ9001", "No space")
        folder.expect_clean("a.qz")


# ── Bad input ───────────────────────────────────────────────────────────────────────────────────────────────────
@test
def errors_give_1_and_leave_nothing(folder):
    folder.write("wrong.qz", WRONG)
    for words in (["build", "wrong.qz"], ["build", "--emit=obj", "wrong.qz"], ["run", "wrong.qz"], ["check", "wrong.qz"]):
        result = folder.quartz(*words)
        says(result, 1, "QZ0101", "QZ0100", "2 errors")
        expect(not result.out, str(result))
    folder.expect_clean("wrong.qz")


@test
def misspelt_types_get_help(folder):
    folder.write("a.qz", "struct Box<Item>\n  item: Itm\nend\ndef f(x: Strng): Itn = 1\n")
    says(folder.quartz("check", "a.qz"), 1, "`Item`?", "`String`?", "`Int`?")


@test
def long_names_are_cut(folder):
    name, kind = "ä" * 100_000, "T" * 100_000
    folder.write("a.qz", f"struct {kind}\n  x: Int\nend\ndef main()\n  p = {kind} {{ x: 1 }}\n  p.{name}()\n  {name}\nend\n")
    for form in ("human", "short", "json"):
        result = folder.quartz("check", f"--message-format={form}", "a.qz")
        says(result, 1, "unknown name ä", "ä…", "T… has no method")
        expect(len(result.err) < 2000, f"{len(result.err)} characters")
    long_path = "/".join(["folder"] * 40)
    says(folder.quartz("check", long_path), 1, long_path)


@test
def message_formats(folder):
    folder.write("wrong.qz", WRONG)
    short = folder.quartz("check", "--message-format=short", "wrong.qz")
    expect(short.err.count("\n") == 2 and "wrong.qz:3:" in short.err, str(short))
    import json
    lines = folder.quartz("check", "--message-format=json", "wrong.qz").err.splitlines()
    expect(len(lines) == 2 and all(json.loads(line) for line in lines), str(lines))


# Mistakes with an obvious meaning: one message, and what was meant.
MISTAKES = (
    ('def main()\n  puts("abc)\nend\n', '""" … """'),
    ('def main()\n  puts([f(b"abc, 1],\n    2)\nend\n', "this literal is not closed"),
    ('def main()\n  puts("a #{args()")\nend\n', "`}` closes what `#{` opens"),
    ("def main()\n  if true\n    puts(1)\n  end\n  else\n    puts(2)\n  end\nend\n", "has one `end`"),
    ("def main()\n  if true\n    puts(1)\n  end\n  elsif false\n    puts(2)\n  end\nend\n", "has one `end`"),
    ("def main()\n  puts(1)\n  else\n  puts(2)\nend\n", "this `else` belongs to no `if`"),
    ("def main()\n  match 1\n    1 => puts(1)\n    else => puts(2)\n  end\nend\n", "`_ => …`"),
    ("fn main()\n  puts(1)\nend\n", "declared by `def`"),
    ("class Foo\n  x: Int\nend\ndef main()\nend\n", "declared by `struct`"),
    ("def main() {\n  puts(1)\n}\n", "blocks are closed by `end`"),
    ("def main()\n  if true\n    puts(1)\n  else if false\n    puts(2)\n  end\nend\n", "`elsif` goes on"),
    ("def main()\n  if false\n    puts(1)\n  elif true\n    puts(2)\n  end\nend\n", "behind `elsif`"),
    ("def f(a: Int) -> Int = a\ndef main()\n  f(1)\nend\n", "behind a colon: `def f(): Int`"),
    ("def f(a Int): Int\n  a\nend\ndef main()\n  f(1)\nend\n", "a colon stands between a name and its type"),
    ("def f(Int a): Int\n  a\nend\ndef main()\n  f(1)\nend\n", "the name stands before its type"),
    ("def main()\n  let mut x = 5\n  puts(x)\nend\n", "`var x = …`"),
    ("def main()\n  var x := 5\n  puts(x)\nend\n", "bound by `=` alone"),
    ("def main()\n  x = 3\n  if x = 5\n    puts(1)\n  end\nend\n", "`==` compares"),
    ("def main()\n  x: Int? = None\nend\n", "`Option<Type>`"),
    ('def main()\n  puts("a".pad_start(5, c = \'x\'))\nend\n', "`name: value`"),
)

# The same for names: what they are called here.
HABITS = (
    ("import maht\ndef main()\nend\n", "did you mean `math`?"),
    ("import math\ndef main()\n  puts(maht::sin(1.0))\nend\n", "did you mean `math`?"),
    ("def main()\n  puts(maht::sin(1.0))\nend\n", "did you mean `math`? It needs `import math`"),
    ("def main()\n  time::now()\nend\n", "write `import time` at the top"),
    ("def main()\n  puts(io.read_line())\nend\n", "`import io`, then `io::name`"),
    ("import io\ndef main()\n  puts(io.read_line())\nend\n", "with `::`: `io::name`"),
    ("def main()\n  puts(flase)\nend\n", "`false`"),
    ("def main()\n  puts(True)\nend\n", "`true`"),
    ("def main()\n  x: Option<Int> = null\nend\n", "`None`"),
    ("def main()\n  puts([1].len())\nend\n", "`size`"),
    ('def main()\n  puts("a".length())\nend\n', "`size`"),
    ("def main()\n  puts({ 1 => 2 }.length())\nend\n", "`size`"),
    ("def main()\n  puts([1].count())\nend\n", "`size`"),
    ("def main()\n  puts([1].length)\nend\n", "`size()`"),
    ("def main()\n  puts(Some(1) + 1)\nend\n", "take the value out"),
)


@test
def mistakes_are_one_message_with_help(folder):
    for text, help in MISTAKES + HABITS:
        folder.write("a.qz", text)
        says(folder.quartz("check", "a.qz"), 1, help, "\n1 error\n")


@test
def words_of_other_languages_are_names(folder):
    folder.write("a.qz", "def fun(let: Int): Int\n  val = let + 1\n  class = val\n  class if val > 0\n  elif = class\n"
                 "  elif\nend\ndef main(): Int = fun(2)\n")
    expect_status(folder.quartz("run", "a.qz"), 3)


UNCHANGEABLE = """@value struct Point
  x: Int
end
impl Point
  def shift(mut self)
    self.x += 1
  end
  def stay(self)
    self.x = 0
  end
end
def moved(start: Point)
  start.x = 5
end
def main()
  corner = Point { x: 1 }
  corner.shift()
  corner.stay()
  moved(corner)
end
"""


@test
def what_may_not_change_says_how_it_could(folder):
    folder.write("a.qz", UNCHANGEABLE)
    says(folder.quartz("check", "a.qz"), 1, "help: declare it with `var corner = …`", "`start: &mut Point`",
         "`var copy = start`", "help: declare the method with `mut self`")


@test
def unreadable_files(folder):
    folder.write("secret.qz", GOOD)
    (folder.path / "folder.qz").mkdir()
    os.chmod(folder.path / "secret.qz", 0)
    names = ["nothing.qz", "folder.qz", "/dev/null"] + ([] if os.geteuid() == 0 else ["secret.qz"])
    for name in names:
        for command in ("build", "run", "check"):
            says(folder.quartz(command, name), 1, "QZ9000", name)
    folder.expect_clean("secret.qz")


@test
def strange_files(folder):
    for name, text in (("empty.qz", b""), ("nul.qz", b"def main()\n  puts(\"\x00\x01\")\x00\nend\n"), ("nul2.qz", b"\0" * 10),
                       ("latin.qz", b"def main()\n  puts(\"\xe9\")\nend\n"), ("bom.qz", b"\xef\xbb\xbf\xff\xfe"),
                       ("open.qz", b"def main()\n" * 3000), ("deep.qz", b"def main() = " + b"(" * 100000),
                       ("cut.qz", b"def main()\n  match e" + b"\0" * 105 + b"\n  > \xe2"), ("long.qz", b"x" * (1 << 20))):
        folder.write(name, text)
        result = folder.quartz("build", name)
        expect(result.status == 1 and "QZ" in result.err, f"{name}: {result}")


@test
def files_that_are_no_programs_are_given_up(folder):
    for name, byte in (("nul.qz", b"\0"), ("bytes.qz", b"\xff a\n"), ("marks.qz", b"\x01 ")):
        folder.write(name, byte * (100_000_000 // len(byte)))
        result = folder.quartz("check", name, cpu=30)
        says(result, 1, "QZ000")
        (folder.path / name).unlink()


@test
def a_limit_of_file_sizes_is_an_error(folder):
    folder.write("a.qz", GOOD)
    for emit in ([], ["--emit=obj"], ["--emit=mir"]):
        words = [QUARTZ, "build", *emit, "a.qz", "-o", "out"]
        result = run("sh", "-c", 'ulimit -f 4; exec "$@"', "sh", *words, cwd=folder.path, env={"TMPDIR": str(folder.temporary)})
        says(result, 1, "QZ900", "File too large")
        expect("Stack dump" not in result.err, str(result))
    folder.expect_clean("a.qz")


@test
def empty_file_checks_but_has_no_main(folder):
    folder.write("empty.qz", b"")
    expect_status(folder.quartz("check", "empty.qz"), 0)
    says(folder.quartz("build", "empty.qz"), 1, "QZ0204")


@test
def unwritable_output(folder):
    folder.write("a.qz", GOOD)
    for output, why in (("no/such/folder", "No such file"), ("/", "folder"), ("a.qz", "source"), ("/dev/full", "")):
        for emit in ([], ["--emit=mir"], ["--emit=obj"]):
            says(folder.quartz("build", *emit, "a.qz", "-o", output), 1, "QZ900", why)
    folder.expect_clean("a.qz")


@test
def unknown_target(folder):
    folder.write("a.qz", GOOD)
    for words in (["build", "--emit=obj"], ["build", "--emit=mir"], ["build"], ["check"]):
        says(folder.quartz(*words, "--target", "pdp11-dec-unix", "a.qz"), 1, "QZ9004")
    expect_status(folder.quartz("check", "--target", "aarch64-linux-gnu", "a.qz"), 0)
    folder.expect_clean("a.qz")


@test
def a_failed_build_keeps_the_old_program(folder):
    folder.write("wrong.qz", WRONG)
    folder.write("unlinked.qz", 'extern "C" def no_such_function(): CInt\ndef main()\n  no_such_function()\nend\n')
    folder.write("out", "as it was")
    for name, emit in (("wrong.qz", []), ("wrong.qz", ["--emit=obj"]), ("wrong.qz", ["--emit=mir"]), ("unlinked.qz", [])):
        expect_status(folder.quartz("build", *emit, name, "-o", "out"), 1)
        expect((folder.path / "out").read_text() == "as it was", f"{name} {emit}: out was changed")
    folder.expect_clean("wrong.qz", "unlinked.qz", "out")


@test
def a_list_on_a_long_line_is_quick(folder):
    numbers = ", ".join(str(i % 10) for i in range(3_300_000))
    folder.write("a.qz", f"def main()\n  puts([{numbers}].sum())\nend\n")
    result = folder.quartz("run", "a.qz", cpu=60)
    expect(result.out == f"{330_000 * 45}\n", str(result)[:1000])


@test
def many_functions_are_quick(folder):
    functions = "".join(f"def f{i}(x: Int): Int = x + {i}\n" for i in range(100_000))
    folder.write("many.qz", functions + "def main(): Int = f3(f99999(0) - 99999)\n")
    result = folder.quartz("run", "many.qz", cpu=60)
    expect_status(result, 3)


def many_arms(subject: str, patterns: list, rest: str = "") -> str:
    """A function f of a match with an arm for each pattern, worth its number."""
    arms = "".join(f"    {pattern} => {i}\n" for i, pattern in enumerate(patterns))
    return f"def f(x: {subject}): Int\n  match x\n{arms}{rest}  end\nend\n"


@test
def matches_of_many_arms_are_quick(folder):
    other = "    _ => -1\n"
    variants = "".join(f"  V{i}(Int)\n" for i in range(8_000))
    for name, text, calls, answer in (
            ("numbers", many_arms("Int", [3 * i for i in range(50_000)], other), "f(149_997) + f(4)", 49_998),
            ("texts", many_arms("String", [f'"k{i}"' for i in range(20_000)], other), 'f("k19999") + f("x")', 19_998),
            ("ranges", many_arms("Int", [f"{3 * i}..={3 * i + 1}" for i in range(8_000)], other), "f(23_998) + f(5)", 7_998),
            ("guards", many_arms("Int", [f"n if n == {i}" for i in range(8_000)], other), "f(7_999) + f(-5)", 7_998),
            ("variants", f"enum E\n{variants}end\n" + many_arms("E", [f"V{i}(_)" for i in range(8_000)]),
             "f(E::V7999(5))", 7_999)):
        folder.write(f"{name}.qz", f"{text}def main()\n  puts({calls})\nend\n")
        result = folder.quartz("run", "--interp", f"{name}.qz", cpu=30)
        expect(result.out == f"{answer}\n", f"{name}: {str(result)[:1000]}")


@test
def large_declarations_are_quick(folder):
    many = range(30_000)
    folder.write("large.qz", "## A line of many.\n" * 300_000 +
                 "enum Large\n" + "".join(f"  V{i}\n" for i in many) + "end\n"
                 "struct Wide\n" + "".join(f"  f{i}: Int = {i}\n" for i in many) + "end\n"
                 "def sum(" + ", ".join(f"a{i}: Int = 1" for i in many) + "): Int = a1\n"
                 "def main(): Int\n" + "".join(f"  x{i} = {i}\n" for i in many) + "  x7\nend\n")
    expect_status(folder.quartz("check", "large.qz", cpu=20), 0)


@test
def names_of_large_declarations_are_quick(folder):
    many = range(60_000)
    folder.write("names.qz", "enum Large\n" + "".join(f"  V{i}(Int)\n" for i in many) + "end\n"
                 "struct Wide\n" + "".join(f"  f{i}: Int\n" for i in many) + "end\n"
                 "def same(a: Large): Bool = a == V7(1)\n"
                 "def main() = puts(Wide { " + ", ".join(f"f{i}: {i}" for i in many) + " }.f7)\n")
    expect_status(folder.quartz("check", "names.qz", cpu=5), 0)


@test
def many_unknown_names_are_quick(folder):
    folder.write("unknown.qz", "def main()\n" + "".join(f"  puts(x{i})\n" for i in range(50_000)) + "end\n")
    says(folder.quartz("check", "unknown.qz", cpu=5), 1, "QZ0100", "50000 errors")


@test
def many_locals_are_quick(folder):
    sums = "".join(f"  x{i} = x{i - 1} + 1\n" for i in range(1, 50_000))
    folder.write("locals.qz", f"def main()\n  x0 = 1\n{sums}  puts(x49999)\nend\n")
    expect_status(folder.quartz("build", "-O0", "--emit=mir", "locals.qz", cpu=5), 0)


@test
def many_texts_are_quick(folder):
    texts = ", ".join(f'"{i}"' for i in range(50_000))
    folder.write("texts.qz", f"def main()\n  texts = [{texts}]\n  puts(texts.size())\nend\n")
    result = folder.quartz("run", "-O0", "texts.qz", cpu=20)
    expect(result.out == "50000\n", str(result)[:1000])


def doubling(first: str, step: str, rest: str, count: int = 40) -> str:
    """A function whose values x0, x1, … have each a type with the one before in it twice."""
    lines = "".join("  " + step.format(i=i, p=i - 1) + "\n" for i in range(1, count + 1))
    return f"def main()\n  x0 = {first}\n{lines}  {rest}\nend\n"


@test
def types_that_double_are_quick(folder):
    pair, some = "struct P<A, B>\n  a: A\n  b: B\nend\n", range(1, 61)
    ident = "def id<T>(x: T): T = x\n"
    tuples, calls = "x{i} = (x{p}, x{p})", "x{i} = id((x{p}, x{p}))"
    values = "".join(f"@value struct V{i}\n  a: V{i - 1}\n  b: V{i - 1}\nend\n" for i in some)
    aliases = "".join(f"type A{i}<T> = (A{i - 1}<T>, A{i - 1}<T>)\n" for i in some)
    variants = "".join(f"enum E{i}\n  B{i}(E{i - 1}, E{i - 1})\n  C{i}\nend\n" for i in some)
    for name, text in (
            ("tuples", doubling("1", tuples, "puts(1)")), ("unknown", doubling("[]", tuples, "x0.push(1)")),
            ("calls", ident + doubling("[]", calls, "x0.push(1)")),
            ("equal", doubling("1", tuples, "puts(x25 == x25)", 25)),
            ("pairs", pair + doubling("1", "x{i} = P {{ a: x{p}, b: x{p} }}", "f = () -> x40\n  puts(f() == x40)")),
            ("values", "@value struct V0\n  x: Int\nend\n" + values + "def f(v: Vec<V60>): Int = v.size()\n"),
            ("aliases", "type A0<T> = T\n" + aliases + "def f(a: Vec<A60<Int>>): Int = a.size()\n"),
            ("variants", "enum E0\n  X(Int)\nend\n" + variants + "def f(e: E60): String = \"#{e}\"\n")):
        folder.write(f"{name}.qz", text if "main" in text else text + "def main() = puts(1)\n")
        expect_status(folder.quartz("check", f"{name}.qz", cpu=5), 0)
        built = folder.quartz("build", "-O0", "--emit=obj", "--message-format=short", f"{name}.qz", cpu=5)
        is_huge = name in ("tuples", "unknown", "calls", "equal")  # they make a value of 2^40 bytes, the others only refer to it
        if is_huge:
            says(built, 1, f"error[QZ0130]: a value of type ((((", "… takes 2097152 bytes")
        expect(is_huge or built.status == 0, str(built)[:1000])
        expect(built.err.count("QZ0130") == is_huge, str(built)[:2000])


@test
def functions_of_functions_are_quick(folder):
    nested = "".join(f"type A{i} = Fn(A{i - 1}): A{i - 1}\n" for i in range(1, 61))
    folder.write("nested.qz", f"type A0 = Int\n{nested}def f(v: Vec<[A60; 2]>): Int = v.size()\ndef main() = puts(f([]))\n")
    expect_status(folder.quartz("build", "--emit=mir", "-o", "nested.mir", "nested.qz", cpu=5), 0)
    text = (folder.path / "nested.mir").read_text()
    expect("type fn1 = fn(fn(i64) i64) fn(i64) i64\n" in text and "type fn59 = fn(fn58) fn58\n" in text, text[:1000])
    for options in ([], ["--interp"]):
        expect(folder.quartz("run", *options, "nested.qz", cpu=10).out == "0\n", str(options))


@test
def a_long_type_is_cut_in_messages(folder):
    folder.write("long.qz", doubling("1", "x{i} = (x{p}, x{p})", "y: String = x40"))
    result = folder.quartz("check", "--message-format=short", "long.qz", cpu=5)
    says(result, 1, "QZ0101", "found ((((", "Int),…")
    expect(len(result.err) < 1000, str(result)[:2000])


@test
def unclosed_functions_are_quick(folder):
    folder.write("open.qz", "def f\n" * 100_000)
    expect_status(folder.quartz("check", "open.qz", cpu=5), 1)


@test
def what_needs_each_other_is_bounded(folder):
    nested = "-(" * 900 + "{}" + ")" * 900
    values = "".join(f"const C{i} = C{i + 1} + 1\n" for i in range(10_000)) + "const C10000 = 0\n"
    bodies = "".join(f"def f{i}(x: Int) = {nested.format(f'f{i + 1}(x)')}\n" for i in range(100)) + "def f100(x: Int) = x\n"
    for text, words in ((values, ("QZ0011", "C2000")), (bodies, ("QZ0109",))):
        folder.write("chain.qz", text)
        says(folder.quartz("check", "chain.qz"), 1, *words)


@test
def link_failure(folder):
    folder.write("a.qz", 'extern "C" def no_such_function(): CInt\ndef main()\n  no_such_function()\nend\n')
    says(folder.quartz("build", "a.qz"), 1, "QZ9002", "no_such_function")
    folder.expect_clean("a.qz")


@test
def link_names_a_library(folder):
    if not list(pathlib.Path("/usr/lib").glob("*/libz.so")):
        raise Skip("needs a library of C to link with: zlib")
    folder.write("a.qz", '@link("z") extern "C" def zlibVersion(): CPtr\n@link("m") extern "C" def hypot(x: CDouble, y: CDouble): CDouble\n'
                 'def main()\n  zlibVersion()\n  puts(hypot(3.0, 4.0))\nend\n')
    for mode in ("-O0", "--interp"):
        result = folder.quartz("run", mode, "a.qz")
        expect(result.status == 0 and result.out == "5.0\n", str(result))
    folder.write("b.qz", '@link("no_such_library") extern "C" def cbrt(x: CDouble): CDouble\ndef main()\n  puts(cbrt(8.0))\nend\n')
    says(folder.quartz("build", "b.qz"), 1, "QZ9002", "no_such_library")


@test
def large_copies_are_told(folder):
    """Once for each place; what is given away is not copied."""
    folder.write("a.qz", "def main()\n  data = Vec<Int>.filled(1000, 7)\n  for _ in 0..3\n    await go do -> data.size() end\n"
                 "  end\n  await go do -> data.sum() end\nend\n")
    told = folder.quartz("run", "-O2", "a.qz", env={"QUARTZ_COPIES": "8000"})
    expect(re.fullmatch(r"note: 80\d\d bytes were copied for another task\n  at a.qz:4:\d+\n", told.err), str(told))
    for limit in ("0", "9000"):
        quiet = folder.quartz("run", "-O2", "a.qz", env={"QUARTZ_COPIES": limit})
        expect(quiet.status == 0 and not quiet.err, str(quiet))


@test
def what_an_actor_is_given_is_not_copied(folder):
    """Through the handle's method and the library's functions behind it."""
    folder.write("a.qz", "actor Sink\n  var size: Int = 0\n  def eat(data: Vec<Int>): Void\n    size += data.size()\n  end\n"
                 "  def weigh(data: Vec<Int>): Int = data.size()\n  def all(): Int = size\nend\n\n"
                 "def main()\n  sink = Sink()\n  sink.eat(Vec<Int>.filled(1000, 7))\n"
                 "  size = sink.weigh(Vec<Int>.filled(1000, 8))\n  puts(size + sink.all())\nend\n")
    for level in ("-O1", "-O2"):
        result = folder.quartz("run", level, "a.qz", env={"QUARTZ_COPIES": "8000"})
        expect(result.out == "2000\n" and not result.err, f"{level}: {result}")


@test
def full_standard_output(folder):
    folder.write("a.qz", GOOD)
    with open("/dev/full", "w") as full:
        process = subprocess.run([QUARTZ, "build", "--emit=mir", "a.qz"], cwd=folder.path, stdout=full,
                                 stderr=subprocess.PIPE, env=environment())
    expect(process.returncode == 1 and b"QZ9001" in process.stderr, str(process))


@contextlib.contextmanager
def small_disk(folder):
    """A file system with less room than a program needs, where nothing may be left."""
    small = folder.path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        raise Skip("needs the right to mount a small file system")
    try:
        yield small
        expect(not list(small.iterdir()), f"left behind: {list(small.iterdir())}")
    finally:
        subprocess.run(["umount", small], check=True)


@test
def full_disk(folder):
    folder.write("a.qz", GOOD)
    with small_disk(folder) as small:
        for emit in ([], ["--emit=obj"], ["--emit=llvm"]):
            says(folder.quartz("build", *emit, "a.qz", "-o", "small/out"), 1, "QZ900")
            expect(not list(small.iterdir()), f"left behind: {list(small.iterdir())}")


# ── Modules ─────────────────────────────────────────────────────────────────────────────────────────────────────
MODULE = "def answer(): Int = {}\n"


@test
def imports_beside_project_include(folder):
    folder.write("quartz.toml", "")
    folder.write("app/main.qz", "import near\nimport far/deep\nimport given\n"
                 "def main(): Int = near::answer() + far::deep::answer() + given::answer()\n".replace("far::", ""))
    folder.write("app/near.qz", MODULE.format(1))
    folder.write("far/deep/mod.qz", MODULE.format(20))
    folder.write("lib/given.qz", MODULE.format(100))
    expect_status(folder.quartz("run", "app/main.qz", "-I", "lib"), 121)
    says(folder.quartz("run", "app/main.qz"), 1, "QZ0200", "given")


@test
def one_module_by_two_names(folder):
    folder.write("a/one.qz", "var count = 0\ndef bump()\n  count += 1\nend\n")
    folder.write("a/two.qz", "import one\ndef go()\n  one::bump()\nend\n")
    folder.write("main.qz", "import a/one\nimport a/two\ndef main(): Int\n  one::bump()\n  two::go()\n  one::count\nend\n")
    expect_status(folder.quartz("run", "main.qz"), 2)


# ── Signals and crashes ─────────────────────────────────────────────────────────────────────────────────────────
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def until_it_speaks(folder, process):
    process.stderr.readline()


def until_it_makes_units(folder, process):
    while process.poll() is None and not list(folder.temporary.rglob("*.o")):
        time.sleep(0.01)


def stop(folder, number, *words, wait=until_it_speaks):
    """Starts quartz, waits, sends the signal."""
    process = subprocess.Popen([QUARTZ, *words], cwd=folder.path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env=environment({"TMPDIR": str(folder.temporary)}), start_new_session=True,
                               preexec_fn=heed_signals)
    late = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    late.start()
    wait(folder, process)
    process.send_signal(number)
    process.communicate()
    late.cancel()
    return process.returncode


@test
def a_task_that_reads_lets_others_run(folder):
    """The input comes only after another task has spoken; one worker does both."""
    folder.write("a.qz", """import io

def main()
  reader = go do -> io::read_line() end
  speaker = go do ->
    io::stderr().write("ready\\n")
  end
  await speaker
  puts((await reader).unwrap_or("nothing"))
end
""")
    for words in (["-O0"], ["-O2"], ["--interp"]):
        process = subprocess.Popen([QUARTZ, "run", *words, "a.qz"], cwd=folder.path, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment({"QUARTZ_WORKERS": "1", "TMPDIR": str(folder.temporary)}))
        late = threading.Timer(SECONDS, process.kill)
        late.start()
        until_it_speaks(folder, process)
        out, err = process.communicate(b"hello\n")
        late.cancel()
        expect(out == b"hello\n" and process.returncode == 0, f"{words}: {process.returncode} {out} {err}")


@test
def tasks_share_the_standard_streams(folder):
    """Each line of the input goes to one task; no line of the output has another in it."""
    folder.write("a.qz", """import io

def main()
  tasks = Vec.generate(4, _ -> go do ->
    var count = 0
    for line in io::lines()
      puts(line)
      io::stdout().write_line(line.upcase())
      count += 1
    end
    count
  end)
  eputs(tasks.map(task -> await task).sum())
end
""")
    lines = [chr(ord("a") + i % 26) * (i % 120) for i in range(8000)]
    expected = sorted(lines + [line.upper() for line in lines])
    for words, workers in ((["-O0"], "4"), (["-O2"], "4"), (["-O2"], "1"), (["--interp"], "1")):
        result = folder.quartz("run", *words, "a.qz", stdin="\n".join(lines), env={"QUARTZ_WORKERS": workers})
        expect_status(result, 0)
        expect_text(result.err, "8000\n", "standard error")
        expect(sorted(result.out.split("\n")[:-1]) == expected, f"{words} with {workers} workers: lines are torn or lost")


@test
def a_task_that_waits_for_input_can_be_cancelled(folder):
    """Nobody is told, and the stream is free for the next one, which was waiting for it."""
    folder.write("a.qz", """import io

def main()
  begun = Channel<Bool>.new(1)
  first = go do ->
    defer puts("deferred")
    begun.send(true)
    io::read_line()
  end
  begun.recv()
  yield_now()
  second = go do -> io::read_line() end
  yield_now()
  first.cancel()
  puts(first.join().err()!.message)
  io::stderr().write_line("ready")
  puts((await second).unwrap_or("nothing"))
end
""")
    for words, workers in ((["-O0"], "1"), (["-O2"], "4"), (["--interp"], "1")):
        process = subprocess.Popen([QUARTZ, "run", *words, "a.qz"], cwd=folder.path, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment({"QUARTZ_WORKERS": workers, "TMPDIR": str(folder.temporary)}))
        late = threading.Timer(SECONDS, process.kill)
        late.start()
        until_it_speaks(folder, process)
        out, err = process.communicate(b"hello\n")
        late.cancel()
        expect(out == b"deferred\ncancelled\nhello\n" and not err, f"{words}: {process.returncode} {out} {err}")


@test
def a_debugger_steps_forwards(folder):
    """What scopes release at their end belongs to their end: `next` goes back to no binding."""
    if not shutil.which("gdb"):
        raise Skip("gdb is not installed")
    folder.write("d.qz", """def show(x: String): Int
  a = "one #{x}"
  b = "two #{x}"
  if x.size() > 1
    c = "three #{x}"
    d = c + a
    puts(c.size() + d.size())
    puts(x)
  end
  match x.size()
    1 => puts(1)
    _ => do
      e = [x]
      puts(e.size() + b.size())
    end
  end
  puts(b)
  a.size()
end

def main()
  puts(show("abc"))
end
""")
    expect_status(folder.quartz("build", "-O0", "d.qz"), 0)
    steps = ["-ex", "break d.qz:2", "-ex", "run"] + ["-ex", "next"] * 14
    out = run("gdb", "-batch", "-nx", "-iex", "set debuginfod enabled off", *steps, "d", cwd=folder.path).out
    lines = [int(line) for line in re.findall(r"^(\d+)\t", out.split("main ()")[0], re.MULTILINE)]
    expect(lines[-1] == 18 and lines == sorted(lines), f"{lines} in {out}")


@test
def signals_clean_up(folder):
    folder.write("a.qz", 'import time\ndef main()\n  eputs("on")\n  loop\n    time::sleep(1)\n  end\nend\n')
    for number in STOPPING:
        for mode in ("-O0", "--interp"):
            status = stop(folder, number, "run", mode, "a.qz")
            expect(status == 128 + number, f"{mode}: status {status} after signal {number}")
    folder.expect_clean("a.qz")


@test
def signals_clean_up_builds(folder):
    folder.write("a.qz", "def f0(x: Int): Int = x\n" + "".join(
        f"def f{i}(x: Int): Int = x * {i} + f{i - 1}(x - 1)\n" for i in range(1, 6000)) + "def main() = puts(f5999(1))\n")
    for number in STOPPING:
        status = stop(folder, number, "build", "-O0", "a.qz", wait=until_it_makes_units)
        expect(status == 128 + number, f"status {status} after signal {number}")
        folder.expect_clean("a.qz")


@test
def signal_of_the_program_is_128_more(folder):
    folder.write("a.qz", 'extern "C" def abort(): !\ndef main()\n  abort()\nend\n')
    expect_status(folder.quartz("run", "a.qz"), 128 + signal.SIGABRT)
    folder.write("a.qz", 'extern "C" def raise(number: CInt): CInt\ndef main()\n  raise(args()[0].to_i()! as CInt)\nend\n')
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGTERM):
        for mode in ("-O0", "--interp"):
            result = folder.quartz("run", mode, "a.qz", "--", str(int(number)), env=NO_FAULT_REPORTS)
            expect(result.status == 128 + number and not result.err, f"{mode}, signal {number}: {result}")
    folder.expect_clean("a.qz")


# ── quartz test ─────────────────────────────────────────────────────────────────────────────────────────────────
TAP = 'def main(): Int\n  puts("1..2")\n  puts("ok 1 - one")\n  puts("{}ok 2 - two")\n  {}\nend\n'


@test
def test_counts(folder):
    folder.write("a_spec.qz", TAP.format("", "0"))
    folder.write("sub/b_spec.qz", TAP.format("not ", "1"))
    folder.write("not_a_spec.txt", "")
    result = folder.quartz("test")
    expect(result.out.endswith("\n3 passed, 1 failed, 0 skipped\n"), str(result))
    expect("again: quartz test sub/b_spec.qz --filter 'two'" in result.out, str(result))
    expect_status(result, 1)
    expect_status(folder.quartz("test", "a_spec.qz"), 0)


@test
def test_formats(folder):
    folder.write("a_spec.qz", TAP.format("", "0"))
    expect("ok 2 - a_spec.qz: two\n1..2\n" in folder.quartz("test", "--format=tap").out, "tap")
    expect('<testcase classname="a_spec.qz" name="two"/>' in folder.quartz("test", "--format=junit").out, "junit")
    expect("  ok      two\n" in folder.quartz("test", "--format=doc").out, "doc")
    expect(folder.quartz("test").out.startswith("..\n"), "progress")


@test
def test_reports_what_is_no_result(folder):
    folder.write("early_spec.qz", 'def main()\n  puts("1..2")\n  puts("ok 1 - one")\nend\n')
    folder.write("panic_spec.qz", 'def main()\n  panic("so it goes")\nend\n')
    folder.write("wrong_spec.qz", WRONG)
    result = folder.quartz("test")
    for words in ("1 of 2 tests reported", "so it goes", "QZ0101", "1 passed, 3 failed, 0 skipped"):
        expect(words in result.out, f"`{words}` is missing in {result}")
    folder.expect_clean("early_spec.qz", "panic_spec.qz", "wrong_spec.qz")


@test
def test_stops_what_takes_too_long(folder):
    folder.write("a_spec.qz", "def main()\n  loop\n  end\nend\n")
    result = folder.quartz("test", "--timeout=2")
    expect(result.status == 1 and "stopped after 2 s" in result.out, str(result))


@test
def test_tells_of_failures_in_tasks(folder):
    """At their own place, whether or not the example awaits the task, and only with the example that ran."""
    folder.write("a_spec.qz", """import * from qspec

actor Judge
  def look(n: Int): Int
    expect(n).to_eq(7)
    n
  end
end

def main(): Int
  it("awaits") do
    await go do -> await go expect(1).to_eq(2) end
  end
  it("asks") do
    Judge.new().look(5)
  end
  it("only waits") do
    done = Channel<Int>.new(1)
    go do ->
      defer done.send(1)
      fail("unseen")
    end
    done.recv()
  end
  it("passes") do
    await go expect(-> expect(1).to_eq(2)).to_panic()
  end
  it("panics") do
    expect(-> expect(1).to_eq(2)).to_panic()
    panic("boom")
  end
  qspec_main()
end
""")
    for workers in ("1", "4"):
        result = folder.quartz("test", "a_spec.qz", env={"QUARTZ_WORKERS": workers})
        expect_status(result, 1)
        told = [line.strip() for line in result.out.split("\n") if line.strip().startswith("# ")]
        expect(told == ["# expected: 2", "#   actual: 1", "# at a_spec.qz:12", "# expected: 7", "#   actual: 5",
                        "# at a_spec.qz:5", "# unseen", "# at a_spec.qz:21", "# panic: boom", "# at a_spec.qz:30"],
               str(result))


@test
def test_without_qspec_main_fails(folder):
    described = 'import * from qspec\ndef main()\n  describe("one") do\n    it("is two") do\n      fail("so")\n' \
                '    end\n  end\n{}end\n'
    for name, end in (("forgotten", ""), ("early", "  exit(0)\n  qspec_main()\n")):
        folder.write(f"{name}_spec.qz", described.format(end))
        result = folder.quartz("test", f"{name}_spec.qz")
        expect_status(result, 1)
        expect("`qspec_main()`" in result.out and "0 passed, 1 failed" in result.out, str(result))
    folder.write("alone_spec.qz", "def main()\n  assert(1 + 1 == 2)\nend\n")
    expect("1 passed" in folder.quartz("test", "alone_spec.qz").out, "a program that describes nothing is one test")


UNFRIENDLY = """import * from qspec
extern "C" def abort(): !
def main(): Int
  it("it's #1 # SKIP no <b> \\\\ &") do
    print("no end of line")
    fail("\\x01 é <failure> & ]]>")
  end
  it("is fine # SKIP no") do
    expect(1).to_eq(1)
  end
  it("ends") do
    CRASH
  end
  it("never runs") do
    expect(1).to_eq(1)
  end
  qspec_main()
end
"""


@test
def test_results_survive_what_examples_do(folder):
    import xml.dom.minidom
    folder.write("it's/a_spec.qz", UNFRIENDLY.replace("CRASH", "abort()"))
    folder.write("it's/b_spec.qz", UNFRIENDLY.replace("CRASH", "exit(0)"))
    result = folder.quartz("test")
    for words in ("2 passed, 4 failed, 0 skipped", "signal 6 (Aborted), behind `is fine # SKIP no`", "2 of 4 tests reported",
                  "again: quartz test 'it'\\''s/a_spec.qz' --filter 'it'\\''s #1 # SKIP no <b> \\ &'"):
        expect(words in result.out, f"`{words}` is missing in {result}")
    again = next(line for line in result.out.splitlines() if "again:" in line and "--filter" in line)
    again = run("sh", "-c", again.split("again: ")[1].replace("quartz", str(QUARTZ), 1), cwd=folder.path)
    expect("FAILED it's/a_spec.qz: it's #1" in again.out and "0 passed, 1 failed, 0 skipped" in again.out, str(again))
    tap = folder.quartz("test", "--format=tap").out
    expect("ok 2 - it's/a_spec.qz: is fine \\# SKIP no\n" in tap, tap)
    folder.write("it's/c_spec.qz", 'import io\ndef main()\n  io::stdout().write_bytes(b"\\xff\\xc0\\x80\\xed\\xa0\\x80\\x02")\n'
                 '  panic("so")\nend\n')
    folder.write("it's/d_spec.qz", UNFRIENDLY.replace("CRASH", 'fail("no")'))
    for result in (folder.quartz("test", "--format=junit"),
                   folder.quartz("run", "it's/d_spec.qz", env={"QSPEC_FORMAT": "junit"})):
        text = result.out[result.out.index("<?xml"):]
        xml.dom.minidom.parseString(text)


@test
def test_takes_nothing_for_a_result_that_an_example_prints(folder):
    folder.write("a_spec.qz", 'import * from qspec\nimport process\ndef main(): Int\n  puts("not ok 1 - before\\n1..7")\n'
                 '  it("prints") do\n    puts("# so\\nnot ok 5 - x\\nTAP version 14\\n1..9\\nok 6 - y # SKIP z")\n  end\n'
                 '  it("starts another") do\n    child = process::spawn("printenv", ["QSPEC_MARK"]).unwrap()\n'
                 '    expect(child.wait().unwrap()).to_eq(1)\n  end\n  qspec_main()\nend\n')
    result = folder.quartz("test", "--format=tap")
    expect_status(result, 0)
    names = [line for line in result.out.splitlines() if "ok " in line[:7]]
    expect(names == ["ok 1 - a_spec.qz: prints", "ok 2 - a_spec.qz: starts another"], str(result))
    plain = folder.quartz("run", "a_spec.qz", env={"QSPEC_FORMAT": "tap"})
    expect("1..7\nTAP version 14\n" in plain.out and "\nok 2 - starts another\n" in plain.out, str(plain))
    folder.write("b_spec.qz", 'def main()\n  puts("not ok 1 - own\\n1..1")\nend\n')
    own = folder.quartz("test", "b_spec.qz")
    expect(own.status == 1 and "own" in own.out, str(own))


@test
def test_failure_names_the_line_of_the_spec(folder):
    folder.write("a_spec.qz", 'import * from qspec\ndef main(): Int\n  it("adds") do\n    expect(1 + 1).to_eq(3)\n  end\n'
                 '  it("ends") do\n    fail("so it goes")\n  end\n  qspec_main()\nend\n')
    out = folder.quartz("test").out
    for place in ("a_spec.qz:4", "a_spec.qz:7"):
        expect(f"at {place}\n" in out, f"`at {place}` is missing in {out}")
    expect("qspec.qz" not in out, f"a place in the library in {out}")


TESTS = """private
def half(n: Int): Int = n / 2
@test def halves_even_numbers()
  assert(half(4) == 2)
end
@test def halves_odd_numbers()
  assert(half(3) == 2, "half of three is not two")
end
@test def says_something()
  puts("x")
end
def main()
  panic("main does not run")
end
"""


@test
def test_runs_the_test_functions_of_a_file(folder):
    folder.write("numbers.qz", TESTS)
    result = folder.quartz("test", "numbers.qz")
    expect_status(result, 1)
    for words in ("2 passed, 1 failed, 0 skipped", "numbers.qz: halves_odd_numbers", "half of three is not two",
                  "numbers.qz:7", "again: quartz test numbers.qz --filter 'halves_odd_numbers'"):
        expect(words in result.out, f"`{words}` is missing in {result}")
    expect("main does not run" not in result.out, str(result))
    expect("1 passed, 0 failed" in folder.quartz("test", "numbers.qz", "--filter", "even").out, "filter")
    says(folder.quartz("run", "numbers.qz"), 101, "main does not run")
    folder.write("alone.qz", "@test def one()\nend\n")
    expect_status(folder.quartz("test", "alone.qz"), 0)
    says(folder.quartz("run", "alone.qz"), 1, "QZ0204")
    folder.write("imports.qz", "import alone\ndef main()\n  alone::one()\nend\n")
    expect("1 passed" in folder.quartz("test", "imports.qz").out, "the tests of an imported file do not run")


@test
def test_without_tests(folder):
    folder.write("a_spec.qz", 'import * from qspec\ndef main(): Int\n  it("adds") do\n  end\n  qspec_main()\nend\n')
    expect_status(folder.quartz("test", "--filter", "adds"), 0)
    says(folder.quartz("test", "--filter", "misspelt"), 1, "`misspelt`")


@test
def test_without_specs(folder):
    says(folder.quartz("test"), 1, "_spec.qz")
    says(folder.quartz("test", "nothing.qz"), 1)


# ── quake ───────────────────────────────────────────────────────────────────────────────────────────────────────
@test
def quake_tells_its_usage(_):
    quake = QUARTZ.parent / "quake"
    for word in ("--help", "-h"):
        result = run(quake, word)
        expect(result.status == 0 and result.out.startswith("usage: quake ") and not result.err, str(result))
    says(run(quake, "no-such-task"), 1, "no-such-task", "quake --list")


# ── quartz fmt ──────────────────────────────────────────────────────────────────────────────────────────────────
LAID_OUT = "# Why.\ndef main()  # what it does\n  puts(1 + 2)\n\n  # the end\nend\n"
CROOKED = "# Why.\ndef  main() # what it does\n      puts( 1+2 )\n\n\n  # the end\nend"


@test
def fmt_replaces_what_has_another_layout(folder):
    for name in ("a.qz", "good.qz", "deep/b.qz", "deep/.hidden/c.qz", "deep/d.txt"):
        folder.write(name, LAID_OUT if name == "good.qz" else CROOKED)
    (folder.path / "a.qz").chmod(0o640)
    (folder.path / "link.qz").symlink_to("a.qz")
    before = (folder.path / "good.qz").stat()
    names = folder.names()
    result = folder.quartz("fmt", "link.qz", "good.qz", "deep")
    expect(result.status == 0 and not result.out and not result.err, str(result))
    for name, text in (("a.qz", LAID_OUT), ("deep/b.qz", LAID_OUT), ("deep/.hidden/c.qz", CROOKED),
                       ("deep/d.txt", CROOKED)):
        expect_text((folder.path / name).read_text(), text, name)
    after = (folder.path / "good.qz").stat()
    expect((after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns), "good.qz was written")
    expect((folder.path / "a.qz").stat().st_mode & 0o777 == 0o640, "a.qz has another mode")
    expect((folder.path / "link.qz").is_symlink(), "the link is gone")
    folder.expect_clean(*names)


@test
def fmt_leaves_comments_where_they_are(folder):
    text = "@inline  # behind\n@cold    # aligned\n# between\ndef f(): Int = 1\n\ndef main()  # at the head\n  puts(f())\nend\n"
    folder.write("a.qz", text)
    expect_status(folder.quartz("fmt", "a.qz"), 0)
    expect_text((folder.path / "a.qz").read_text(), text, "a.qz")


@test
def fmt_check_names_what_has_another_layout(folder):
    folder.write("good.qz", LAID_OUT)
    folder.write("bad.qz", CROOKED)
    result = folder.quartz("fmt", "--check", ".")
    expect(result.status == 1 and result.out == "bad.qz\n" and not result.err, str(result))
    expect_text((folder.path / "bad.qz").read_text(), CROOKED, "bad.qz")
    expect_status(folder.quartz("fmt", "--check", "good.qz"), 0)


# A newline shows that a `<` is less-than.
@test
def fmt_keeps_type_arguments_on_a_line(folder):
    function = f"Fn({', '.join(['Int'] * 30)}): Int"
    text = f"def f(\n  a: Vec<{function}>,\n): Vec<{function}> = g<Int, {function}>(\n  a,\n)\n"
    folder.write("a.qz", text)
    expect_status(folder.quartz("fmt", "a.qz"), 0)
    expect_text((folder.path / "a.qz").read_text(), text, "a.qz")


@test
def fmt_leaves_room_for_the_result(folder):
    text = f"def f({'a' * 40}: Int, {'b' * 40}: Int,\n      c: Int): Result<Void, String> where T: Show = 1\n"
    folder.write("a.qz", text)
    expect_status(folder.quartz("fmt", "a.qz"), 0)
    expect_text((folder.path / "a.qz").read_text(), text, "a.qz")


@test
def fmt_leaves_files_with_errors(folder):
    wrong = "def main(\n"
    folder.write("a.qz", wrong)
    folder.write("b.qz", CROOKED)
    says(folder.quartz("fmt", "a.qz", "b.qz", "missing.qz"), 1, "QZ0006", "a.qz:", "QZ9000", "missing.qz")
    expect_text((folder.path / "a.qz").read_text(), wrong, "a.qz")
    expect_text((folder.path / "b.qz").read_text(), LAID_OUT, "b.qz")
    folder.expect_clean("a.qz", "b.qz")


@test
def fmt_on_a_full_disk(folder):
    with small_disk(folder) as small:
        source, rest = small / "a.qz", small / "rest"
        source.write_text(CROOKED)
        rest.write_bytes(bytes(4096))  # the second and last page
        says(folder.quartz("fmt", source), 1, "QZ9001", "No space")
        expect_text(source.read_text(), CROOKED, "a.qz")
        source.unlink()
        rest.unlink()


def tests(_session):
    for body in CASES:
        yield Test(body.__name__.replace("_", " "), lambda body=body: in_folder(body))
