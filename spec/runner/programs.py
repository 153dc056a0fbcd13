"""Quartz programs that are built and run: what examples, seeds and leak checks share."""
from .core import ROOT, Result, expect, quartz, run, scratch

MODES = ["-O0", "-O2", "--interp"]


def execute(source, mode: str, *arguments, stdin: str = "", env=None, may_warn=False) -> Result:
    """The program as `mode` runs it. An error is a failure, and so is a warning unless the program may have some."""
    if mode.startswith("--interp"):
        return quartz("run", *mode.split(), source, "--", *arguments, stdin=stdin, env=env)
    with scratch() as folder:
        program = f"{folder}/program"
        built = quartz("build", mode, source, "-o", program)
        expect(built.status == 0 and (may_warn or not built.err), f"quartz build {mode} {source}: {built}")
        return run(program, *arguments, stdin=stdin, env=env)


def examples():
    """(source, arguments, standard input, expected output) of each example; `name.in` is its input if there is one."""
    for source in sorted(ROOT.glob("examples/*.qz")):
        given = source.parent / "expected" / f"{source.stem}.in"
        expected = source.parent / "expected" / f"{source.stem}.out"
        yield source.relative_to(ROOT), given.read_text() if given.exists() else "", expected
