"""Nothing that a program allocates is left when it ends."""
from .core import ROOT, Test, expect_status, expect_text
from .programs import examples, execute


def check(source, stdin, level="-O0"):
    result = execute(source, level, stdin=stdin, env={"QUARTZ_LEAKS": "1"})
    expect_status(result, 0)
    expect_text(result.err, "0 live objects\n", "the leak report")


def tests(_session):
    for source, stdin, _ in examples():
        yield Test(source.stem, lambda a=(source, stdin): check(*a))
    for source in sorted(ROOT.glob("spec/seed/*.qz")):
        yield Test(source.stem, lambda a=(source.relative_to(ROOT), ""): check(*a))
