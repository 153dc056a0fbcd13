"""Programs from spec/generate/loops.py do what its own interpreter says, compiled both ways and interpreted.

Many are compiled as one file. When a file differs, each of its programs is run by itself to name those that do.
Most of the time goes into LLVM's optimiser, so outside of long runs it works on some files only; our own passes,
interpreted, on all.
"""
import sys

from .core import ROOT, Failure, Test, expect_status, expect_text, scratch
from .programs import execute

TOGETHER = 25  # programs in a file
FILES, STRESS_FILES = 4, 400
MODES = ["--interp", "--interp -O2", "-O0"]
OPTIMISED_EVERY = 8  # files


def compare(result, file) -> None:
    expect_text(result.out, file.out, "output")
    expect_status(result, file.status)
    lines = result.err.splitlines()
    panics = [line for line in lines if line.startswith("panic: ")]  # before it stand warnings, behind it the stack
    expect_text("\n".join(panics), f"panic: {file.panic}" if file.panic else "", "the panic")
    expect_text(lines[-1] if lines else "", "0 live objects", "the leak report")


def check_file(file, mode) -> None:
    with scratch() as folder:
        path = f"{folder}/loops.qz"
        with open(path, "w", encoding="utf-8") as out:
            out.write(file.source)
        try:
            compare(execute(path, mode, may_warn=True, env={"QUARTZ_LEAKS": "1"}), file)
        except Failure as failure:
            raise Failure(f"{mode}: {failure}") from None


def differing(loops, programs, mode):
    """Which programs differ by themselves, and how."""
    for program in programs:
        try:
            check_file(loops.file_of([program]), mode)
        except Failure as failure:
            yield f"python3 spec/generate/loops.py --seed {program.seed}\n{failure}"


def check(loops, seeds, modes) -> None:
    programs = [loops.make(seed) for seed in seeds]
    file = loops.file_of(programs)
    for mode in modes:
        try:
            check_file(file, mode)
        except Failure as failure:
            found = "\n".join(differing(loops, programs, mode)) or "none of them differs by itself"
            raise Failure(f"seeds {seeds[0]} to {seeds[-1]}: {failure}\nthe programs that differ:\n{found}") from None


def tests(session):
    sys.path.insert(0, str(ROOT / "spec/generate"))
    import loops

    sys.setrecursionlimit(20000)
    is_long = session.arguments.stress
    for number in range(STRESS_FILES if is_long else FILES):
        start = session.arguments.seed + number * TOGETHER
        seeds = range(start, start + TOGETHER)
        modes = MODES + (["-O2"] if is_long or number % OPTIMISED_EVERY == 0 else [])
        yield Test(f"seeds from {start}.", lambda seeds=seeds, modes=modes: check(loops, seeds, modes),
                   f"spec/run generate --seed {start} --filter 'from {start}.'")
