"""spec/watching: what programs with tasks say about themselves, at -O0 and -O2, with one worker and several, and under
seeds. NAME.err is all of the standard error; `std/` stands for the library's folder."""
import re

from .core import ROOT, Test, expect_status, expect_text, quartz, run, scratch

FOLDER = ROOT / "spec/watching"
SCHEDULES = [{"QUARTZ_WORKERS": str(n)} for n in (1, 2, 4)]
SCHEDULES += [{"QUARTZ_WORKERS": "3", "QUARTZ_SCHED_SEED": str(n)} for n in range(10)]


def build(folder: str, name: str, level: str):
    program = f"{folder}/{name}{level}"
    expect_status(quartz("build", level, f"{name}.qz", "-o", program, cwd=FOLDER), 0)
    return program


def of_library(text: str) -> str:
    return re.sub(r"\S*/std/core/(\w+)\.qz:\d+", r"std/core/\1.qz", text)


def without_stacks(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("  "))


CASES = []


def test(body):
    CASES.append(body)
    return body


# ── Deadlocks ───────────────────────────────────────────────────────────────────────────────────────────────────
@test
def a_deadlock_is_told_with_every_waiter(folder):
    expected = (FOLDER / "deadlock.err").read_text()
    programs = [(build(folder, "deadlock", "-O0"), of_library, expected),
                (build(folder, "deadlock", "-O2"), without_stacks, without_stacks(expected))]  # the last call jumps
    for program, shown, wanted in programs:
        for schedule in SCHEDULES:
            result = run(program, env=schedule)
            expect_status(result, 101)
            expect_text(shown(result.err), wanted, f"{program} {schedule}")


@test
def an_interpreted_deadlock_is_told_without_stacks(_):
    result = quartz("run", "--interp", "deadlock.qz", cwd=FOLDER)
    expect_status(result, 101)
    expect_text(result.err, without_stacks((FOLDER / "deadlock.err").read_text()), "the report")


def tests(_session):
    for body in CASES:
        def in_folder(body=body):
            with scratch() as folder:
                body(folder)
        yield Test(body.__name__.replace("_", " "), in_folder)
