"""Nothing that a program allocates is left when it ends."""
from .core import ROOT, Test, expect, expect_status
from .programs import examples, execute


def check(source, stdin):
    result = execute(source, "-O0", stdin=stdin, env={"QUARTZ_LEAKS": "1"})
    expect_status(result, 0)
    expect(not result.err, f"left behind:\n{result.err}")


def tests(_session):
    for source, stdin, _ in examples():
        yield Test(source.stem, lambda a=(source, stdin): check(*a))
    for source in sorted(ROOT.glob("spec/seed/*.qz")):
        yield Test(source.stem, lambda a=(source.relative_to(ROOT), ""): check(*a))
