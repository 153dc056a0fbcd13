"""Runs commands and says what they used: time, and memory of the largest process among those they started.

Commands that are compared run in turn, A B A B …, since a shared machine is not equally fast all the time. What counts
is processor time for programs, as wall time says as much about the neighbours, and wall time for compilers, which may
use more than one processor.
"""
import os
import statistics
import sys
import time
from dataclasses import dataclass

from runner.core import Failure

KIB_IN_MIB = 1024


@dataclass(frozen=True)
class Usage:
    user: float  # seconds
    system: float
    wall: float
    peak: float  # MiB

    @property
    def cpu(self) -> float:
        return self.user + self.system


def measure(command: list) -> Usage:
    """One run with its output thrown away."""
    words = [str(word) for word in command]
    silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    start = time.perf_counter()
    process = os.posix_spawnp(words[0], words, os.environ, file_actions=silent)
    # The usage counts the processes that this one waited for too: times are sums, the peak is the largest one's. Before
    # it becomes the command a process is a copy of this one, so no peak is below the 20 MiB of Python.
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - start
    if status != 0:
        raise Failure(f"status {os.waitstatus_to_exitcode(status)}: {' '.join(words)}")
    return Usage(usage.ru_utime, usage.ru_stime, wall, usage.ru_maxrss / KIB_IN_MIB)


def median(usages) -> Usage:
    """Each column's own median."""
    return Usage(*(statistics.median(getattr(usage, name) for usage in usages)
                   for name in ("user", "system", "wall", "peak")))


def compare(ours: list, theirs: list, runs: int) -> tuple:
    """The medians of both commands over `runs` rounds."""
    rounds = [(measure(ours), measure(theirs)) for _ in range(runs)]
    return tuple(median(column) for column in zip(*rounds))


def show_progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
