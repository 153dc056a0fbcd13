"""Runs commands and says what they used: time, and memory of all processes they have at one time.

Commands that are compared run in turn, A B A B …, since a shared machine is not equally fast all the time. What counts
is processor time for programs, as wall time says as much about the neighbours, and wall time for compilers, which may
use more than one processor. Memory is looked at in runs of its own: looking takes time from who is looked at.
"""
import os
import pathlib
import statistics
import sys
import time
from dataclasses import dataclass

from runner.core import Failure

KIB_IN_MIB = 1024
SAMPLE_SECONDS = 0.001


@dataclass(frozen=True)
class Usage:
    user: float  # seconds
    system: float
    wall: float

    @property
    def cpu(self) -> float:
        return self.user + self.system


def start(words: list) -> int:
    """The process of a command, with its output thrown away."""
    silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    return os.posix_spawnp(words[0], words, os.environ, file_actions=silent)


def expect_success(words: list, status: int) -> None:
    if status != 0:
        raise Failure(f"status {os.waitstatus_to_exitcode(status)}: {' '.join(words)}")


def measure(command: list) -> Usage:
    """One run. The times are sums over the process and those that it waited for."""
    words = [str(word) for word in command]
    begin = time.perf_counter()
    _, status, usage = os.wait4(start(words), 0)
    wall = time.perf_counter() - begin
    expect_success(words, status)
    return Usage(usage.ru_utime, usage.ru_stime, wall)


def processes(root: int):
    """A process and all below it. One that has just ended has no tasks to ask."""
    yield root
    for task in pathlib.Path(f"/proc/{root}/task").glob("*/children"):
        try:
            children = task.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in children.split():
            yield from processes(int(child))


def proportional_size(process: int) -> int:
    """KiB of physical memory: a page that n processes share counts as 1/n of a page in each (PSS)."""
    try:
        with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("Pss:")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def peak(command: list) -> float:
    """MiB that all processes of one run have together, at the sample where this is most."""
    words = [str(word) for word in command]
    root, ended, most = start(words), 0, 0
    while not ended:
        most = max(most, sum(map(proportional_size, processes(root))))
        time.sleep(SAMPLE_SECONDS)
        ended, status = os.waitpid(root, os.WNOHANG)
    expect_success(words, status)
    return most / KIB_IN_MIB


def median(usages) -> Usage:
    """Each column's own median."""
    return Usage(*(statistics.median(getattr(usage, name) for usage in usages) for name in ("user", "system", "wall")))


def in_turn(look, ours: list, theirs: list, runs: int):
    """What `look` says about each command, over `runs` rounds."""
    rounds = [(look(ours), look(theirs)) for _ in range(runs)]
    return zip(*rounds)


def compare(ours: list, theirs: list, runs: int) -> tuple:
    """The medians of what both commands use."""
    return tuple(map(median, in_turn(measure, ours, theirs, runs)))


def compare_peaks(ours: list, theirs: list, runs: int) -> tuple:
    """The medians of both commands' peak memory."""
    return tuple(map(statistics.median, in_turn(peak, ours, theirs, runs)))


def show_progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
