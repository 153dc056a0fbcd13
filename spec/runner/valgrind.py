"""Examples and benchmarks under valgrind, at both ends of the scale: no bad access, nothing left allocated.

Their blocks come from malloc (QUARTZ_ALLOC=system), so that valgrind knows each of them; it takes minutes, so this suite
runs only when it is named: `make valgrind`.
"""
import shutil
from pathlib import Path

from .core import ROOT, Failure, Skip, Test, expect, quartz, run, scratch
from .programs import examples

LEVELS = ["-O0", "-O2"]
# Benchmarks are made smaller: what to write instead of a constant of theirs.
SMALLER = {
    "binary_trees": [("DEPTH_MAX = 17", "DEPTH_MAX = 8")],
    "fannkuch": [("N = 10", "N = 6")],
    "fibonacci": [("fib(40)", "fib(15)")],
    "hash_map": [("COUNT = 3_000_000", "COUNT = 2_000"), ("NUMBERS = 500_000", "NUMBERS = 1_000"),
                 ("WORDS = 50_000", "WORDS = 1_000")],
    "json": [("RECORDS = 40_000", "RECORDS = 40"), ("ROUNDS = 10", "ROUNDS = 2")],
    "linked_list": [("SIZE = 200_000", "SIZE = 500")],
    "mandelbrot": [("SIZE = 2000", "SIZE = 20")],
    "matrix": [("SIZE = 700", "SIZE = 15")],
    "nbody": [("STEPS = 3_000_000", "STEPS = 300")],
    "sieve": [("LIMIT = 5_000_000", "LIMIT = 2_000"), ("ROUNDS = 24", "ROUNDS = 2")],
    "spectral_norm": [("SIZE = 3000", "SIZE = 20")],
    "strings": [("LINES = 400_000", "LINES = 300")],
    "sum": [("SIZE = 1_000_000", "SIZE = 1_000"), ("ROUNDS = 600", "ROUNDS = 5")],
}
# valgrind follows no change from one stack to another, and does not know what the workers' set is asked by.
WITH_TASKS = {"http_server"}
VALGRIND = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]


def check(source, level, stdin=""):
    if not shutil.which("valgrind"):
        raise Skip("valgrind is not installed")
    if Path(source).stem in WITH_TASKS:
        raise Skip("valgrind cannot run programs with tasks")
    with scratch() as folder:
        program = f"{folder}/program"
        built = quartz("build", level, source, "-o", program)
        expect(built.status == 0, f"quartz build {level} {source}: {built}")
        result = run(*VALGRIND, program, stdin=stdin, env={"QUARTZ_ALLOC": "system", "QUARTZ_LEAKS": "1"})
    expect(result.status == 0 and result.err == "0 live objects\n", str(result))


def benchmarks() -> list:
    return sorted(ROOT.glob("bench/programs/*/*.qz"))


def smaller(source) -> str:
    """The text of a benchmark that takes moments instead of seconds."""
    text = source.read_text()
    for large, small in SMALLER[source.stem]:
        if large not in text:
            raise Failure(f"{source} has no {large!r} to make smaller")
        text = text.replace(large, small)
    return text


def check_benchmark(source, level):
    text = smaller(source)
    with scratch() as folder:
        copy = f"{folder}/{source.name}"
        with open(copy, "w", encoding="utf-8") as out:
            out.write(text)
        check(copy, level)


def tests(_session):
    for level in LEVELS:
        for source, stdin, _ in examples():
            yield Test(f"{source.stem} {level}", lambda a=(source, level, stdin): check(*a))
        for source in benchmarks():
            yield Test(f"bench {source.stem} {level}", lambda a=(source, level): check_benchmark(*a))
