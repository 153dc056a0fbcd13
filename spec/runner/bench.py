"""bench/: the generated program and the pairs are ready to be measured, and the harness measures."""
import shutil
import sys

from .core import ROOT, Counts, Failure, Skip, Test, expect, expect_status, expect_text, quartz, run, scratch

from . import valgrind

sys.path.append(str(ROOT / "bench"))
from harness import measure, report, running, runtime, runtime_rows  # noqa: E402

LARGE = 200  # functions
ENDLESS = {"busy_neighbours", "echo", "select"}  # programs of bench/runtime whose tasks never end
FEW = 100  # of what a program of bench/runtime does millions of


def generate(folder: str) -> None:
    expect_status(run(sys.executable, ROOT / "bench/generate.py", "--functions", LARGE, "--out", folder), 0)


def compile_silently(source: str) -> None:
    """No compiler has anything to say about the source, which stands there in both languages."""
    for result in (quartz("check", "--all", f"{source}.qz"),
                   run("gcc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"{source}.c")):
        expect(result.status == 0 and not result.err, str(result))


def generated_program_stays_the_same():
    with scratch() as first, scratch() as second:
        generate(first)
        generate(second)
        for name in ("large.qz", "large.c"):
            expect_text(*(open(f"{folder}/{name}").read() for folder in (second, first)), name)


def generated_program_compiles_silently_and_agrees_with_its_twin():
    with scratch() as folder:
        generate(folder)
        compile_silently(f"{folder}/large")
        expect_status(run("gcc", f"{folder}/large.c", "-o", f"{folder}/twin"), 0)
        ours, twin = quartz("run", f"{folder}/large.qz"), run(f"{folder}/twin")
        expect_status(ours, 0)
        expect_text(ours.out, twin.out, "output")


def programs_can_be_made_smaller_for_valgrind():
    for source in valgrind.benchmarks():
        expect(valgrind.smaller(source) != source.read_text(), f"{source} stays as large as it is")


def harness_measures_a_program():
    if not shutil.which("clang-19"):
        raise Skip("clang-19 is not installed")
    result = run(sys.executable, ROOT / "bench/run", "--runs", "1", "linked_list")
    expect_status(result, 0)
    expect("| linked_list " in result.out and "geometric mean" in result.out, str(result))


def harness_tells_outputs_apart():
    expect(not running.outputs_differ("same", "true", "true"), "`true` prints the same twice")
    expect(bool(running.outputs_differ("different", "true", "pwd")), "`true` and `pwd` print the same")


def harness_counts_the_memory_of_all_processes_and_what_they_share_once():
    program = "import os, time; shared = b'x' * (40 << 20); os.fork(); own = b'y' * (40 << 20); time.sleep(0.3)"
    found = measure.peak([sys.executable, "-c", program])
    expect(120 <= found < 155, f"40 MiB that two processes share and 40 MiB in each: {found:.0f} MiB")


def harness_keeps_the_sections_that_were_not_measured():
    before = report.merged("", [report.Section("Leaks", "none"), report.Section("Runtime", "slow")])
    expected = before.replace("slow", "fast").replace("## Leaks", "## Machine\n\nsmall\n\n## Leaks")
    found = report.merged(before, [report.Section("Runtime", "fast"), report.Section("Machine", "small")])
    expect_text(found, expected, "results")


def harness_compares_with_gate_moonshot_and_peers():
    less = runtime_rows.Row("1", "less", "", "", "ns", gate=10, moonshot=5)
    more = runtime_rows.Row("2", "more", "", "", "k/s", gate=1.5, moonshot=3, in_go=True)
    trails = runtime_rows.Row("3", "trails", "", "", "B", gate=10, moonshot=5, may_trail=True)
    scaled = runtime_rows.Row("4", "scaled", "", "", "ns", gate=10, moonshot=5, peer=("Go", 20))
    by_system = runtime_rows.Row("5", "by system", "", "", "us", gate=10, moonshot=5, peer=("C", 2))
    expect(runtime.verdict(by_system, {"Quartz": 20, "C": 4}) == "holds", "C is what the system takes, not a peer")
    for row, ours, go, expected in [
            (less, None, 9, "not yet"), (less, 11, 20, "MISSED"), (less, 10, 10, "holds"), (less, 9, 8, "behind Go"),
            (less, 5, 8, "moonshot"), (more, 14, 10, "MISSED"), (more, 15, 10, "holds"), (more, 30, 10, "moonshot"),
            (more, 30, None, "no Go"), (trails, 9, 8, "holds"),
            (scaled, 20, 40, "holds"), (scaled, 10, 40, "moonshot"), (scaled, 6, 10, "MISSED"), (scaled, 11, None, "MISSED")]:
        found = {language: value for language, value in (("Quartz", ours), ("Go", go)) if value is not None}
        expect(runtime.verdict(row, found) == expected, f"{row.what} {found}: {runtime.verdict(row, found)}")


def programs_of_the_runtime_build_and_print_their_figures():
    """Each program of bench/runtime counts as a test."""
    counts = Counts()
    runtime.build("load")
    for language in runtime.ENDINGS:
        if not runtime.is_installed(language):
            counts.skipped.append((language, f"{runtime.TOOLS[language]} is not installed"))
            continue
        runtime.build(language)
        for program in filter(lambda name: runtime.has_twin(language, name), runtime.COUNTS):
            try:
                runtime.figures(language, program, 2, FEW)
                counts.passed += 1
            except Failure as failure:
                counts.failures.append((f"{program} in {language}", str(failure)))
    return counts


def programs_of_the_runtime_in_quartz_leave_nothing():
    """Those that end before their tasks do are not asked."""
    runtime.build("Quartz")
    for program in filter(lambda name: runtime.has_twin("Quartz", name) and name not in ENDLESS, runtime.COUNTS):
        for workers in (1, 2):
            env = {**runtime.environment("Quartz", workers), "QUARTZ_LEAKS": "1"}
            result = run(*runtime.command("Quartz", program, FEW), env=env)
            expect(result.status == 0 and result.err.splitlines()[-1:] == ["0 live objects"], f"{program}: {result}")


def programs_of_the_runtime_and_rows_belong_together():
    there = {path.stem for ending in runtime.ENDINGS.values() for path in ROOT.glob(f"bench/runtime/*/*.{ending}")
             if path.stem == path.parent.name != "figure"}
    for what, named in (("counts", set(runtime_rows.COUNTS)), ("rows", {row.program for row in runtime_rows.ROWS})):
        expect(named == there, f"{what} and folders differ: {sorted(named ^ there)}")


def tests(_session):
    for body in (generated_program_stays_the_same, generated_program_compiles_silently_and_agrees_with_its_twin,
                 programs_can_be_made_smaller_for_valgrind, harness_measures_a_program, harness_tells_outputs_apart,
                 harness_counts_the_memory_of_all_processes_and_what_they_share_once,
                 harness_keeps_the_sections_that_were_not_measured, harness_compares_with_gate_moonshot_and_peers,
                 programs_of_the_runtime_and_rows_belong_together,
                 programs_of_the_runtime_build_and_print_their_figures,
                 programs_of_the_runtime_in_quartz_leave_nothing):
        yield Test(body.__name__.replace("_", " "), body)
    for source in sorted(ROOT.glob("bench/programs/*/*.qz")):
        yield Test(f"{source.stem} compiles silently", lambda name=source.with_suffix(""): compile_silently(name))
