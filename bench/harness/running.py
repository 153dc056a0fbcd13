"""How fast compiled programs are: each of bench/programs against its twin in C."""
import pathlib
import statistics
import tempfile

from runner.core import QUARTZ, ROOT, run

from .measure import compare, show_progress
from .report import Gate, Section

PROGRAMS = sorted(path.parent.name for path in ROOT.glob("bench/programs/*/*.qz"))
MEAN_LIMIT, EACH_LIMIT = 1.10, 1.5
HEAD = ["program", "Quartz", "C", "ratio", f"≤ {EACH_LIMIT}"]


def build(folder: pathlib.Path, name: str) -> tuple:
    """Both programs, and what went wrong."""
    source, ours, theirs = ROOT / "bench/programs" / name / name, folder / f"{name}-quartz", folder / f"{name}-c"
    made = [run(QUARTZ, "build", "-O2", f"{source}.qz", "-o", ours),
            run("clang-19", "-O2", "-std=gnu17", f"{source}.c", "-o", theirs, "-lm")]
    return ours, theirs, [f"{name} does not build: {result}" for result in made if result.status or result.err]


def outputs_differ(name: str, ours, theirs) -> list:
    results = run(ours), run(theirs)
    same = all(result.status == 0 for result in results) and results[0].out == results[1].out
    return [] if same else [f"{name}: the outputs differ:\n\nQuartz: {results[0]}\n\nC: {results[1]}"]


def section(names: list, runs: int) -> Section:
    result = Section("Running", f"Median user and system time of {runs} runs in turn, Quartz at -O2 and clang at -O2.", HEAD)
    with tempfile.TemporaryDirectory(prefix="quartz-bench-") as folder:
        for name in names:
            show_progress(f"{name} …")
            ours, theirs, wrong = build(pathlib.Path(folder), name)
            wrong = wrong or outputs_differ(name, ours, theirs)
            result.faults += wrong
            if not wrong:
                add_row(result, name, *compare([ours], [theirs], runs))
    show_progress("")
    if result.gates:
        mean = Gate("geometric mean", statistics.geometric_mean([gate.measured for gate in result.gates]), MEAN_LIMIT)
        result.rows.append([mean.what, "", "", f"{mean.measured:.2f}", f"{mean.verdict} (≤ {mean.limit:.2f})"])
        result.gates.insert(0, mean)
    return result


def add_row(result: Section, name: str, ours, theirs) -> None:
    gate = Gate(name, ours.cpu / theirs.cpu, EACH_LIMIT)
    result.gates.append(gate)
    result.rows.append([name, f"{ours.cpu:.3f} s", f"{theirs.cpu:.3f} s", f"{gate.measured:.2f}", gate.verdict])
