"""spec/qspec/*_spec.qz: the language and its library, tested in Quartz by `quartz test`.

A spec that says `# also under: A=1 B=2, C=3` runs twice more, with these variables in its environment.
"""
import os
import re

from .core import ROOT, SECONDS, Failure, Test, expect, parse_tap, quartz, scratch

LEVELS = ["-O0", "-O2"]
ALSO_UNDER = re.compile(r"^# also under: (.+)$", re.MULTILINE)


def check(source, level, settings=""):
    """Neither the specs nor `quartz test` leave anything behind in the folder for temporary files."""
    with scratch() as folder:
        variables = dict(setting.split("=") for setting in settings.split())
        result = quartz("test", source, level, "--format=tap", "--jobs=1", f"--timeout={SECONDS - 10}",
                        env={"TMPDIR": folder, **variables})
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
        for settings in (found for line in ALSO_UNDER.findall(source.read_text()) for found in line.split(", ")):
            yield Test(f"{source.stem} {settings}", lambda a=(path, "-O0", settings): check(*a),
                       f"{settings} quartz test {path}")
