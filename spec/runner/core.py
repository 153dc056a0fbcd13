"""What the suites share: running programs with a time limit, counting, reporting."""
import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from typing import Callable, Iterable, Optional

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
MODE = os.environ.get("MODE", "release")
QUARTZ = ROOT / BUILD / "bin" / "quartz"
SECONDS = 180 if MODE == "release" else 240


class Failure(Exception):
    """The test failed; the message says how."""


class Skip(Exception):
    """The test cannot run here; the message says why."""


@dataclass
class Counts:
    """What a test gives back that is a program of many tests itself."""

    passed: int = 0
    note: str = ""  # shown with -v
    failures: list = field(default_factory=list)  # of (name, details)
    skipped: list = field(default_factory=list)  # of (name, reason)


@dataclass
class Test:
    name: str
    body: Callable[[], Optional[Counts]]
    again: str = ""  # the command that runs it alone; default: this runner with a filter


@dataclass
class Result:
    """What a program did."""

    status: int  # negative: the number of the signal that ended it
    out: str
    err: str

    def __str__(self) -> str:
        parts = [f"status {self.status}"]
        parts += [f"{name}:\n{text.rstrip()}" for name, text in (("stdout", self.out), ("stderr", self.err)) if text]
        return "\n".join(parts)


def environment(extra: Optional[dict] = None) -> dict:
    """The checkers between the compiler's stages run in every test."""
    result = dict(os.environ, QUARTZ_CHECK="1", NO_COLOR="1", LC_ALL="C.UTF-8")
    # The sanitizers' report, not the compiler's own, is wanted for a crash; arenas are freed with the process.
    result.setdefault("ASAN_OPTIONS", "allow_user_segv_handler=0:handle_abort=1:detect_leaks=0")
    result.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    return {**result, **(extra or {})}


def heed_signals() -> None:
    """In a child. A shell starts what runs in the background with some signals ignored, and children inherit that."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def run(*words, stdin: str = "", env: Optional[dict] = None, seconds: float = SECONDS, cpu: int = 0, cwd=ROOT) -> Result:
    """Runs a program; when time is up, everything it started is stopped. `cpu`: the most processor time, in seconds, that
    each of its processes may take, however many others the machine runs; several times that with sanitizers."""
    if cpu:
        words = ("prlimit", f"--cpu={cpu if MODE == 'release' else 4 * cpu}", *words)
    process = subprocess.Popen(
        [str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(env), cwd=cwd, start_new_session=True)
    try:
        out, err = process.communicate(stdin.encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise Failure(f"still running after {seconds} s: {' '.join(map(str, words))}\n{err.decode(errors='replace')}")
    if process.returncode in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        raise Failure(f"took more than {cpu} s of processor time: {' '.join(map(str, words))}")
    return Result(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))


def quartz(*words, **options) -> Result:
    return run(QUARTZ, *words, **options)


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise Failure(message)


def expect_status(result: Result, status: int) -> None:
    expect(result.status == status, f"expected status {status}, got {result}")


def expect_text(actual: str, expected: str, what: str) -> None:
    """Fails with the first line that differs."""
    if actual == expected:
        return
    got, want = actual.split("\n"), expected.split("\n")
    at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
    here = [f"{name} {lines[at]!r}" if at < len(lines) else f"{name} nothing more"
            for name, lines in (("expected", want), ("got     ", got))]
    raise Failure(f"{what} differs at line {at + 1}:\n  {here[0]}\n  {here[1]}")


def scratch() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="quartz-spec-")


def parse_tap(text: str) -> Counts:
    """Results out of TAP; lines that begin with # or two spaces explain the result before them. cmocka says
    `not ok 1 # SKIP name` of a test that skipped itself, after what the test printed: `skipped: reason`."""
    counts, name, reason = Counts(), "", ""
    for line in text.splitlines():
        if line.startswith("skipped: "):
            reason = line.removeprefix("skipped: ")
        if line.startswith("not ok ") and " # SKIP " in line:
            counts.skipped.append((line.split(" # SKIP ", 1)[1], reason))
            continue
        verdict, _, rest = line.partition(" - ")
        name = rest or name
        if line.startswith("ok ") and " # SKIP" in rest:
            counts.skipped.append(tuple(rest.split(" # SKIP", 1)))
        elif line.startswith("ok "):
            counts.passed += 1
        elif line.startswith("not ok "):
            counts.failures.append((rest, ""))
        elif counts.failures and counts.failures[-1][0] == name and line[:2] in ("# ", "  "):
            counts.failures[-1] = (name, counts.failures[-1][1] + line[2:] + "\n")
    return counts


class Session:
    """One run: what was asked for, and what came out so far."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.passed = 0
        self.failures: list = []  # of (suite, name, details, again)
        self.skipped: list = []  # of (suite, name, reason)
        self.jobs = arguments.jobs or os.cpu_count() or 1

    # ── Running ─────────────────────────────────────────────────────────────────────────────────────────────────
    def run_suite(self, suite: str, tests: Iterable[Test]) -> None:
        chosen = [test for test in tests if self.arguments.filter in test.name]
        if self.arguments.list:
            print("".join(f"{suite} {test.name}\n" for test in chosen), end="")
            return
        start, before = time.monotonic(), (self.passed, len(self.failures), len(self.skipped))
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            running = {pool.submit(self.run_test, test): test for test in chosen}
            for done, future in enumerate(concurrent.futures.as_completed(running), 1):
                self.take(suite, running[future], future.result())
                self.show_progress(f"{suite}: {done} of {len(chosen)}")
        if chosen:
            self.show_suite(suite, time.monotonic() - start, before)

    @staticmethod
    def run_test(test: Test):
        try:
            return test.body() or Counts(passed=1)
        except Skip as reason:
            return Counts(skipped=[("", str(reason))])
        except Failure as failure:
            return Counts(failures=[("", str(failure))])
        except Exception:  # a fault of the test itself must not hide the other tests
            return Counts(failures=[("", traceback.format_exc())])

    def take(self, suite: str, test: Test, counts: Counts) -> None:
        def full(name: str) -> str:
            return f"{test.name}: {name}" if name else test.name

        again = test.again or f"spec/run {suite} --filter {test.name!r}"
        self.passed += counts.passed
        self.failures += [(suite, full(name), details, again) for name, details in counts.failures]
        self.skipped += [(suite, full(name), reason.strip()) for name, reason in counts.skipped]
        for name, details in counts.failures:
            self.show(f"FAILED {suite} {full(name)}\n{indent(details)}\n  again: {again}")
        if self.arguments.verbose and not counts.failures:
            note = f" ({counts.note})" if counts.note else ""
            self.show(f"{'skipped' if counts.skipped else 'ok     '} {suite} {test.name}{note}")

    # ── Reporting ───────────────────────────────────────────────────────────────────────────────────────────────
    @staticmethod
    def show_progress(text: str) -> None:
        if sys.stdout.isatty():
            print(f"\r\x1b[K{text}", end="", flush=True)

    @staticmethod
    def show(text: str) -> None:
        clear = "\r\x1b[K" if sys.stdout.isatty() else ""
        print(f"{clear}{text}", flush=True)

    def show_suite(self, suite: str, seconds: float, before: tuple) -> None:
        passed, failed, skipped = (now - then for now, then in zip(
            (self.passed, len(self.failures), len(self.skipped)), before))
        self.show(f"{suite:<12} {summary(passed, failed, skipped)}  ({seconds:.1f} s)")

    def finish(self) -> int:
        if len(self.failures) > 1:
            print("\nfailed:")
            for suite, name, _, _ in self.failures:
                print(f"  {suite} {name}")
        if self.skipped:
            print("\nskipped:")
            for suite, name, reason in self.skipped:
                print(f"  {suite} {name}: {reason}")
        print()
        print(summary(self.passed, len(self.failures), len(self.skipped)))
        return 1 if self.failures or not self.passed else 0


def summary(passed: int, failed: int, skipped: int) -> str:
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def indent(text: str) -> str:
    lines = text.rstrip().split("\n")
    shown = lines if len(lines) <= 60 else lines[:40] + [f"… {len(lines) - 55} lines …"] + lines[-15:]
    return "\n".join(f"    {line}" for line in shown)
