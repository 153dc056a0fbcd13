"""What holds for the tree: where includes point, how long things are, that every table row is documented and tested."""
import re
import subprocess

from .core import BUILD, MODE, ROOT, Skip, Test, expect, quartz

FOLDERS = re.search(r"^FOLDERS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1).split()
INCLUDE = re.compile(r'^#include "(\w+)/', re.MULTILINE)
# Beyond the order of the pipeline: who never sees whom. Lowering is where MIR and sema meet.
HIDDEN = {"mir": {"lexer", "parser", "macro", "sema"}, "codegen": {"lexer", "parser", "macro", "sema"}}
HEADER_LINES, FUNCTION_LINES, LINE_COLUMNS = 400, 80, 120


def c_files(*patterns):
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def fail_with(found: list) -> None:
    expect(not found, "\n".join(found))


def may_include(path, folder: str) -> set:
    allowed = set(FOLDERS[: FOLDERS.index(folder) + 1]) | {"runtime"}
    is_lowering = folder == "mir" and path.name.startswith("lower")
    return allowed if is_lowering else allowed - HIDDEN.get(folder, set())


def includes_point_up():
    found = []
    for path in c_files("src/*/*.[ch]", "src/*/*.re", "src/*/*.y"):
        for target in INCLUDE.findall(path.read_text(errors="replace")):
            if target not in may_include(path, path.parent.name):
                found.append(f"{path.relative_to(ROOT)} includes {target}/")
    fail_with(found)


def llvm_stays_in_codegen():
    llvm = re.compile(r"\bLLVM[A-Z]\w+Ref\b|llvm-c/|llvm/")
    fail_with([str(path.relative_to(ROOT)) for path in c_files("src/*/*.[ch]")
               if path.parent.name != "codegen" and llvm.search(path.read_text(errors="replace"))])


def headers_are_short():
    found = []
    for path in c_files("src/*/*.h", "runtime/*.h"):
        lines = path.read_text(errors="replace").count("\n")
        if lines > HEADER_LINES:
            found.append(f"{path.relative_to(ROOT)} has {lines} lines (limit {HEADER_LINES})")
    fail_with(found)


def long_functions(path):
    """(line, length) of each; a comment above that says `Flat:` and why allows one."""
    lines, start, allowed = path.read_text(errors="replace").split("\n"), 0, False
    for number, line in enumerate(lines, 1):
        if re.match(r"[A-Za-z_].*\)\s*\{?\s*$", line) and not line.startswith(("#", "//")):
            start, allowed = number, "Flat:" in " ".join(lines[max(0, number - 4): number - 1])
        elif line.startswith("}"):
            if start and number - start > FUNCTION_LINES and not allowed:
                yield start, number - start
            start = 0


def functions_are_short():
    fail_with([f"{path.relative_to(ROOT)}:{line} has {length} lines (limit {FUNCTION_LINES})"
               for path in c_files("src/*/*.c", "runtime/*.c") for line, length in long_functions(path)])


def lines_fit():
    found = []
    for path in c_files("src/**/*.[ch]", "src/**/*.re", "runtime/**/*.[ch]", "spec/unit/**/*.[ch]", "std/**/*.qz",
                        "tools/**/*.qz", "spec/qspec/**/*.qz", "examples/**/*.qz", "bench/**/*.qz"):
        for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1):
            if len(line) > LINE_COLUMNS:
                found.append(f"{path.relative_to(ROOT)}:{number} has {len(line)} columns (limit {LINE_COLUMNS})")
    fail_with(found)


def diagnostic_ids() -> list:
    rows = re.findall(r"^DIAG\((\d{4}),", (ROOT / "src/diag/diagnostics.def").read_text(), re.MULTILINE)
    return [f"QZ{row}" for row in rows]


def diagnostics_are_explained():
    fail_with([f"docs/diagnostics/{name}.md is missing" for name in diagnostic_ids()
               if not (ROOT / f"docs/diagnostics/{name}.md").exists()])


def seeds_are_explained():
    """What a spec makes from a seed can be made again by who reads docs/testing.md."""
    text = (ROOT / "docs/testing.md").read_text()
    names = {name for path in c_files("spec/qspec/**/*.qz")
             for name in re.findall(r'env::get\("(\w+_(?:SEED|COUNT))"\)', path.read_text())}
    expect(len(names) > 1, "no spec takes a seed")
    fail_with([f"docs/testing.md does not name {name}" for name in sorted(names) if name not in text])


def diagnostics_are_tested():
    tested = "".join(path.read_text(errors="replace") for path in c_files("spec/diagnostics/**/*.qz", "spec/runner/*.py", "spec/unit/**/*.c"))
    fail_with([f"no test gives {name}" for name in diagnostic_ids() if name not in tested])


def compiler_has_no_state():
    """No object of the compiler has writable data, except what lemon writes for its debugger."""
    if MODE in ("asan", "tsan"):
        raise Skip("the sanitizers describe each constant in writable data of their own")
    objects = [path for path in c_files(f"{BUILD}/obj/*/*.o")
               if path.parent.name != "runtime" and path.name != "grammar.o"]
    if not objects:
        raise Skip("nothing is built")
    found = []
    for path in objects:
        sizes = subprocess.run(["size", "-A", path], capture_output=True, text=True, check=True).stdout
        for section, size in re.findall(r"^(\.t?bss\S*|\.t?data\S*)\s+(\d+)", sizes, re.MULTILINE):
            if int(size) and not section.startswith((".data.rel.ro", ".data.rel.local.DW.ref.")):  # the latter: unwinding
                found.append(f"{path.parent.name}/{path.stem}.c has {size} bytes of {section}")
    fail_with(found)


def only_main_exits():
    fail_with([f"{path.relative_to(ROOT)} calls exit" for path in c_files("src/*/*.c")
               if path.name != "main.c" and re.search(r"(?<![_\w])exit\(", path.read_text(errors="replace"))])


def nothing_is_unfinished():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    files = c_files("src/**/*.*", "runtime/*", "std/**/*.qz", "tools/**/*.*", "spec/**/*.py", "spec/**/*.c", "Makefile")
    fail_with([f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
               for path in files if path.is_file() and path.name != "rules.py"
               for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1) if marks.search(line)])


def table_rows(table: str, *kinds: str) -> list:
    return re.findall(rf"^(?:{'|'.join(kinds)})\((.*?)\)", table, re.MULTILINE)


def actors_agree():
    """What std/core/actor.qz writes of runtime/sched/actor.def: numbers of roles and exits, functions for hooks."""
    table, library = (ROOT / "runtime/sched/actor.def").read_text(), (ROOT / "std/core/actor.qz").read_text()
    roles = [row.split(",")[0] for row in table_rows(table, "ROLE", "HOOK")]
    exits = [row.split(", ") for row in table_rows(table, "EXIT")]
    wanted = [f"const ROLE_{role} = {number}" for number, role in enumerate(roles)]
    wanted += [f"    {number} => ExitReason::{variant}" if variant else f"const EXIT_{name} = {number}"
               for number, (name, variant) in enumerate(exits)]
    wanted += [f"@sends def actor_{row.split(', ')[1]}" for row in table_rows(table, "HOOK")]
    expect(len(wanted) > len(exits) > 1, "nothing is found in the table")
    fail_with([f"std/core/actor.qz has no line that begins with {line!r}" for line in wanted
               if not re.search(rf"^{re.escape(line)}(?!\w)", library, re.MULTILINE)])
    fail_with([f"std/core/actor.qz has ROLE_{role}, which is in no row" for role in
               re.findall(r"^const ROLE_(\w+)", library, re.MULTILINE) if role not in roles])


def faults_are_planted_and_found():
    """Each row of runtime/sched/faults.def has a place, and a test that must find it."""
    names = [row.split(",")[0] for row in table_rows((ROOT / "runtime/sched/faults.def").read_text(), "FAULT")]
    places, tests = ("\n".join(path.read_text() for path in c_files(pattern))
                     for pattern in ("runtime/sched/*.[ch]", "spec/unit/sched/*_test.c"))
    expect(len(names) > 1, "nothing is found in the table")
    fail_with([f"{name} is not planted" for name in names if f"QZ_PLANTED({name})" not in places] +
              [f"no test looks for {name}" for name in names if not re.search(rf"\bQZ_FAULT_{name}\b", tests)])


# spec/diagnostics and spec/parser hold sources that are wrong, or ugly on purpose.
def sources_are_laid_out():
    result = quartz("fmt", "--check", "std", "examples", "bench", "tools", "Quakefile.qz", "spec/qspec", "spec/seed",
                    "spec/watching", "spec/sanitize")
    expect(result.status == 0, f"`quartz fmt` would write anew:\n{result.out}{result.err}")


def tests(_session):
    for body in (includes_point_up, llvm_stays_in_codegen, headers_are_short, functions_are_short, lines_fit,
                 diagnostics_are_explained, seeds_are_explained, diagnostics_are_tested, compiler_has_no_state,
                 only_main_exits, nothing_is_unfinished, sources_are_laid_out, actors_agree, faults_are_planted_and_found):
        yield Test(body.__name__.replace("_", " "), body)
