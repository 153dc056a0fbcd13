"""spec/qspec/*_spec.qz: the language and its library, tested in Quartz by `quartz test`."""
import os

from .core import ROOT, Failure, Test, expect, parse_tap, quartz, scratch

LEVELS = ["-O0", "-O2"]


def check(source, level):
    """Neither the specs nor `quartz test` leave anything behind in the folder for temporary files."""
    with scratch() as folder:
        result = quartz("test", source, level, "--format=tap", "--jobs=1", env={"TMPDIR": folder})
        expect(not os.listdir(folder), f"left behind: {os.listdir(folder)}")
    counts = parse_tap(result.out)
    if result.status not in (0, 1) or (not counts.passed and not counts.failures):
        raise Failure(f"quartz test {source}: {result}")
    return counts


def tests(_session):
    for source in sorted(ROOT.glob("spec/qspec/**/*_spec.qz")):
        path = source.relative_to(ROOT)
        for level in LEVELS:
            yield Test(f"{source.stem} {level}", lambda a=(path, level): check(*a), f"quartz test {path} {level}")
