"""examples/*.qz print what examples/expected/ says, compiled at both ends of the scale and interpreted."""
from .core import Test, expect, expect_status, expect_text
from .programs import MODES, examples, execute

from . import web


def check(source, mode, stdin, expected):
    expect(expected.exists(), f"{expected.name} is missing in examples/expected/")
    result = execute(source, mode, stdin=stdin)
    expect_status(result, 0)
    expect_text(result.out, expected.read_text(), "output")


def tests(session):
    yield from web.tests(session)
    for source, stdin, expected in examples():
        for mode in MODES:
            yield Test(f"{source.stem} {mode}", lambda a=(source, mode, stdin, expected): check(*a))
