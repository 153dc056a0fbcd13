"""How long the compiler takes: one large generated program and one tiny one, against clang."""
import pathlib
import sys
import tempfile
from dataclasses import dataclass
from typing import Optional

from runner.core import QUARTZ, ROOT, Failure, run

from .measure import compare, compare_peaks, show_progress
from .report import Gate, Section

HELLO = ROOT / "bench/hello/hello"
LIMIT = 1.0
TEXT = """\
A generated program of {size} of Quartz and its twin in C, and hello. Medians of {runs} runs in turn: processor time
(user and system), wall time, peak memory. Memory is physical and of all processes that a command has at one time: the
sum of their proportional set sizes (PSS: a page that n processes share counts 1/n in each), looked at every
millisecond in {runs} further runs. Quartz always writes what a debugger needs, clang with `-g`."""
HEAD = ["", *(f"{who}{what}" for what in (" time", " wall", " peak") for who in ("Quartz", "clang", "ratio"))]


@dataclass(frozen=True)
class Task:
    """The same for both compilers; `limit` is None for a row that only informs."""

    name: str
    ours: list
    theirs: list
    limit: Optional[float] = LIMIT


def tasks(folder: pathlib.Path) -> list:
    large, made = folder / "large", folder / "made"
    return [
        Task("check", [QUARTZ, "check", f"{large}.qz"], ["clang-19", "-fsyntax-only", f"{large}.c"]),
        Task("build -O0", [QUARTZ, "build", "-O0", "--emit=obj", f"{large}.qz", "-o", f"{made}.o"],
             ["clang-19", "-O0", "-c", f"{large}.c", "-o", f"{made}-c.o"]),
        Task("build -O0, C with -g", [QUARTZ, "build", "-O0", "--emit=obj", f"{large}.qz", "-o", f"{made}.o"],
             ["clang-19", "-O0", "-g", "-c", f"{large}.c", "-o", f"{made}-c.o"], limit=None),
        Task("run hello", ["sh", "-c", f"{QUARTZ} run {HELLO}.qz"],
             ["sh", "-c", f"clang-19 {HELLO}.c -o {made} && {made}"]),
    ]


def generate(folder: pathlib.Path) -> str:
    """Writes large.qz and large.c; gives what they are in words."""
    result = run(sys.executable, ROOT / "bench/generate.py", "--out", folder)
    if result.status != 0:
        raise Failure(f"bench/generate.py: {result}")
    lines = (folder / "large.qz").read_text().count("\n")
    return f"{lines:,} lines"


def faults(folder: pathlib.Path, task: Task) -> list:
    """Both commands must succeed, and alike: silent, or with the same output."""
    ours, theirs = (run(*command, cwd=folder) for command in (task.ours, task.theirs))
    same = ours.status == theirs.status == 0 and not ours.err and not theirs.err and ours.out == theirs.out
    return [] if same else [f"{task.name}:\n\nQuartz: {ours}\n\nclang: {theirs}"]


def outputs_differ(folder: pathlib.Path) -> list:
    """The large programs must print the same, or they are not the same work."""
    run(QUARTZ, "build", "-O0", folder / "large.qz", "-o", folder / "quartz-program")
    run("clang-19", "-O0", folder / "large.c", "-o", folder / "c-program")
    ours, theirs = run(folder / "quartz-program"), run(folder / "c-program")
    same = ours.status == theirs.status == 0 and ours.out == theirs.out
    return [] if same else [f"large: the outputs differ:\n\nQuartz: {ours}\n\nC: {theirs}"]


def row(name: str, ours, theirs, peaks: tuple) -> list:
    seconds = [(getattr(ours, kind), getattr(theirs, kind)) for kind in ("cpu", "wall")]
    cells = [name]
    for a, b in seconds:
        cells += [f"{a:.3f} s", f"{b:.3f} s", f"{a / b:.2f}"]
    a, b = peaks
    return [*cells, f"{a:.0f} MiB", f"{b:.0f} MiB", f"{a / b:.2f}"]


def section(runs: int) -> Section:
    with tempfile.TemporaryDirectory(prefix="quartz-bench-") as name:
        folder = pathlib.Path(name)
        size = generate(folder)
        result = Section("Compiling", TEXT.format(size=size, runs=runs), HEAD, faults=outputs_differ(folder))
        for task in tasks(folder):
            show_progress(f"{task.name} …")
            wrong = faults(folder, task)
            result.faults += wrong
            if wrong:
                continue
            ours, theirs = compare(task.ours, task.theirs, runs)
            peaks = compare_peaks(task.ours, task.theirs, runs)
            result.rows.append(row(task.name, ours, theirs, peaks))
            if task.limit:
                result.gates.append(Gate(task.name, ours.wall / theirs.wall, task.limit))
                result.gates.append(Gate(f"{task.name}, peak", peaks[0] / peaks[1], task.limit))
    show_progress("")
    return result
