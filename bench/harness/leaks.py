"""No program leaves anything allocated: the test suite's own check, over the examples and the benchmarks at -O2."""
from runner import leaks, programs
from runner.core import Failure

from .measure import show_progress
from .report import Section
from .running import PROGRAMS


def section() -> Section:
    sources = [(source, stdin) for source, stdin, _ in programs.examples()]
    sources += [(f"bench/programs/{name}/{name}.qz", "") for name in PROGRAMS]
    faults = []
    for source, stdin in sources:
        show_progress(f"leaks: {source} …")
        try:
            leaks.check(source, stdin, "-O2")
        except Failure as failure:
            faults.append(f"{source}: {failure}")
    show_progress("")
    clean = len(sources) - len(faults)
    return Section("Leaks", f"{clean} of {len(sources)} programs (examples and benchmarks) end with 0 live objects.",
                   faults=faults)
