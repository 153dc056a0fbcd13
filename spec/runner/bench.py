"""bench/: the generated program and the pairs are ready to be measured, and the harness measures."""
import shutil
import sys

from .core import ROOT, Skip, Test, expect, expect_status, expect_text, quartz, run, scratch

LARGE = 200  # functions


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


def harness_measures_a_program():
    if not shutil.which("clang-19"):
        raise Skip("clang-19 is not installed")
    result = run(sys.executable, ROOT / "bench/run", "--runs", "1", "linked_list")
    expect_status(result, 0)
    expect("| linked_list " in result.out and "geometric mean" in result.out, str(result))


def harness_tells_outputs_apart():
    sys.path.append(str(ROOT / "bench"))
    from harness import running
    expect(not running.outputs_differ("same", "true", "true"), "`true` prints the same twice")
    expect(bool(running.outputs_differ("different", "true", "pwd")), "`true` and `pwd` print the same")


def harness_counts_the_memory_of_all_processes_and_what_they_share_once():
    sys.path.append(str(ROOT / "bench"))
    from harness import measure
    program = "import os, time; shared = b'x' * (40 << 20); os.fork(); own = b'y' * (40 << 20); time.sleep(0.3)"
    found = measure.peak([sys.executable, "-c", program])
    expect(120 <= found < 155, f"40 MiB that two processes share and 40 MiB in each: {found:.0f} MiB")


def tests(_session):
    for body in (generated_program_stays_the_same, generated_program_compiles_silently_and_agrees_with_its_twin,
                 harness_measures_a_program, harness_tells_outputs_apart,
                 harness_counts_the_memory_of_all_processes_and_what_they_share_once):
        yield Test(body.__name__.replace("_", " "), body)
    for source in sorted(ROOT.glob("bench/programs/*/*.qz")):
        yield Test(f"{source.stem} compiles silently", lambda name=source.with_suffix(""): compile_silently(name))
