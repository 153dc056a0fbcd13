"""Programs with tasks, actors and locks, each compiled once and run many times under conditions that change who runs
when. Every run has a watchdog: one that is still there after HANG_SECONDS hangs, and its stacks are kept before it goes.

The runs of a program are spread over all conditions. `make test` does a hundredth of those of the programs that must
never hang; `make stress` does all. Each condition prints a line; one with a hang, a failure or a rescue has failed.
"""
import contextlib
import os
import random
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import Callable, ContextManager

from .core import BUILD, MODE, ROOT, Failure, Result, Test, environment, expect, indent, quartz, run, scratch

HANG_SECONDS = 120  # of one run, which takes less than one on a machine of its own
SHORT_SHARE = 100   # `make test` does one run of so many
SHOWN = 3           # failures of one condition that are told in full
RUNTIME = ROOT / BUILD / "lib/quartz_rt_faults.a"  # with pauses at its points (runtime/sched/delay.c)
RESCUES = re.compile(r"^\s*rescues:\s*(\d+)\s*$", re.MULTILINE)

# The sequence that once hung in one run of four, and how often each program runs in all.
PROGRAMS = {"spec/parser/corpus/seed_actor.qz": 10000, "spec/qspec/actor_link_spec.qz": 500,
            "spec/qspec/async_mutex_spec.qz": 2000, "spec/qspec/async_rwlock_spec.qz": 1500}
OTHERS = ["actor", "actor_crash", "actor_drop", "actor_monitor", "actor_restart", "actor_signal", "atomic", "call_cycle",
          "cancel", "channel", "dead_letter", "fairness", "late_answer", "mailbox_bounds", "scope", "select", "semaphore",
          "stop", "supervisor", "task"]
OTHER_RUNS = 300


# ── Conditions ──────────────────────────────────────────────────────────────────────────────────────────────────────
@contextlib.contextmanager
def stops_and_goes_on(process):
    """SIGSTOP and SIGCONT at random moments, until the program has ended."""
    ended = threading.Event()

    def storm():
        while not ended.wait(random.uniform(0, 0.01)):
            process.send_signal(signal.SIGSTOP)
            time.sleep(random.uniform(0, 0.01))
            process.send_signal(signal.SIGCONT)

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def busy_processors():
    """A loop on each processor that never waits."""
    loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@dataclass(frozen=True)
class Condition:
    name: str
    variables: dict             # of the environment; {run} is the number of the run
    words: tuple = ()           # the program is started through these
    has_pauses: bool = False    # linked with the runtime for tests
    beside: Callable[[], ContextManager] = contextlib.nullcontext     # while all the runs last
    upon: Callable[..., ContextManager] = contextlib.nullcontext      # of a process, while it runs


def conditions() -> list:
    processor = min(os.sched_getaffinity(0))
    return [
        Condition("1 worker", {"QUARTZ_WORKERS": "1"}),
        Condition("2 workers", {"QUARTZ_WORKERS": "2"}),
        Condition("4 workers", {"QUARTZ_WORKERS": "4"}),
        Condition("one processor", {"QUARTZ_WORKERS": "4"}, words=("taskset", "-c", str(processor))),
        Condition("pauses", {"QUARTZ_WORKERS": "4", "QUARTZ_DELAYS": "{run}"}, has_pauses=True),
        Condition("pauses, one processor", {"QUARTZ_WORKERS": "2", "QUARTZ_DELAYS": "{run}"}, has_pauses=True,
                  words=("taskset", "-c", str(processor))),
        Condition("stops", {"QUARTZ_WORKERS": "4"}, upon=stops_and_goes_on),
        Condition("nice, busy processors", {"QUARTZ_WORKERS": "4"}, words=("nice", "-n", "19"), beside=busy_processors),
        Condition("seeds", {"QUARTZ_WORKERS": "3", "QUARTZ_SCHED_SEED": "{run}"}),
    ]


# ── Runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Tally:
    runs: int = 0
    hangs: int = 0
    failures: int = 0
    rescues: int = 0
    counts_rescues: bool = False
    details: list = field(default_factory=list)

    def __str__(self) -> str:
        rescues = f"rescues: {self.rescues}" if self.counts_rescues else "rescues: not counted"
        return f"{self.runs} runs, {self.hangs} hangs, {self.failures} failures, {rescues}"

    def take(self, result: Result, again: str) -> None:
        counted = RESCUES.findall(result.err)
        self.counts_rescues |= bool(counted)
        rescues = sum(map(int, counted))
        self.rescues += rescues
        self.failures += result.status != 0
        if result.status != 0 or rescues:
            self.details.append(f"{again}\n{result}")


def stacks_of(process) -> str:
    """Where each thread stands. The system's view, too: of a program that gdb cannot read."""
    parts = []
    for task in sorted(os.listdir(f"/proc/{process.pid}/task")):
        for name in ("wchan", "syscall"):
            with contextlib.suppress(OSError), open(f"/proc/{process.pid}/task/{task}/{name}", encoding="utf-8") as file:
                parts.append(f"thread {task} {name}: {file.read().strip()}")
    with contextlib.suppress(OSError, Failure):
        parts.append(run("gdb", "-batch", "-p", process.pid, "-ex", "thread apply all backtrace 30", seconds=60).out)
    return "\n".join(parts)


def run_once(program: str, condition: Condition, number: int, tally: Tally) -> None:
    variables = {name: value.format(run=number) for name, value in condition.variables.items()}
    words = [*condition.words, program]
    again = " ".join([*(f"{name}={value}" for name, value in variables.items()), *words])
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               cwd=ROOT, env=environment({"QUARTZ_STATS": "1", **variables}), start_new_session=True)
    tally.runs += 1
    try:
        with condition.upon(process):
            out, err = process.communicate(timeout=HANG_SECONDS)
        tally.take(Result(process.returncode, out.decode(errors="replace"), err.decode(errors="replace")), again)
    except subprocess.TimeoutExpired:
        tally.hangs += 1
        stacks = stacks_of(process)
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        tally.details.append(f"{again}\nhangs:\n{stacks}\nstderr:\n{err.decode(errors='replace')}")


# ── Programs ────────────────────────────────────────────────────────────────────────────────────────────────────────
class Program:
    """Compiled when it is first needed, by whichever condition that is: once as users link it, once for pauses. The
    folder goes with the last program."""

    def __init__(self, source: str, folder):
        self.source, self.folder = source, folder
        self.lock = threading.Lock()
        self.made: dict = {}

    def path(self, has_pauses: bool) -> str:
        with self.lock:
            if has_pauses not in self.made:
                self.made[has_pauses] = self.link_with_pauses() if has_pauses else self.build()
        return self.made[has_pauses]

    def output(self, suffix: str) -> str:
        return f"{self.folder.name}/{os.path.basename(self.source).removesuffix('.qz')}{suffix}"

    def build(self) -> str:
        built = quartz("build", self.source, "-o", self.output(""))
        expect(built.status == 0, f"quartz build {self.source}: {built}")
        return self.output("")

    def link_with_pauses(self) -> str:
        object_file = self.output(".o")
        built = quartz("build", "--emit=obj", self.source, "-o", object_file)
        expect(built.status == 0, f"quartz build --emit=obj {self.source}: {built}")
        linked = run("cc", "-pie", object_file, RUNTIME, "-lm", "-o", self.output("_pauses"))
        expect(linked.status == 0, f"cc {object_file} {RUNTIME}: {linked}")
        return self.output("_pauses")


def check(session, program: Program, condition: Condition, first: int, runs: int) -> None:
    tally, path = Tally(), program.path(condition.has_pauses)
    with condition.beside():
        for number in range(first, first + runs):
            run_once(path, condition, number, tally)
    session.show(f"  {os.path.basename(program.source):<24} {condition.name:<22} {tally}")
    shown = tally.details[:SHOWN]
    expect(not tally.details, "\n".join([str(tally), *(indent(details) for details in shown)]))


def make_runtime() -> None:
    made = run("make", "-s", f"BUILD={BUILD}", f"MODE={MODE}", RUNTIME.relative_to(ROOT), seconds=600)
    expect(made.status == 0, f"make {RUNTIME.relative_to(ROOT)}: {made}")


def chosen(is_long: bool) -> dict:
    if not is_long:
        return {source: max(1, runs // SHORT_SHARE) for source, runs in PROGRAMS.items()}
    return {**PROGRAMS, **{f"spec/qspec/{name}_spec.qz": OTHER_RUNS for name in OTHERS}}


def tests(session):
    if not session.arguments.list:
        make_runtime()
    first = session.arguments.seed + 1  # of the pauses, 0 asks for none
    all_conditions, folder = conditions(), scratch()
    for source, runs in chosen(session.arguments.stress).items():
        program, share = Program(source, folder), -(-runs // len(all_conditions))
        for condition in all_conditions:
            yield Test(f"{os.path.basename(source).removesuffix('.qz')} under {condition.name}",
                       lambda a=(session, program, condition, first, share): check(*a))
