"""spec/diagnostics/*.qz: wrong programs, each with the messages it must give, exactly those and where.

How a file states them: spec/diagnostics/README.md. A file that states none must give none.
"""
import sys

from .core import ROOT, Test, expect, quartz, scratch


def check(expectations, message, path):
    wanted = expectations(ROOT / path)
    with scratch() as folder:
        result = quartz("build", "-O0", "--message-format=short", path, "-o", f"{folder}/program")
    lines = result.err.splitlines()
    matches = [message.match(line) for line in lines]
    expect(all(matches), f"a line that is no message:\n{result.err}")
    found = sorted((int(m.group(2)), int(m.group(3)), m.group(4)) for m in matches if m.group(1).endswith(path.name))
    problems = [f"missing  {name} at {line}:{column}" for line, column, name in wanted if (line, column, name) not in found]
    problems += [f"unwanted {name} at {line}:{column}" for line, column, name in found if (line, column, name) not in wanted]
    expect(not problems, "\n".join([*problems, result.err]))
    has_errors = any(": error[" in line for line in lines)
    expect(result.status == (1 if has_errors else 0), f"the status does not fit the messages: {result}")


def tests(_session):
    sys.path.insert(0, str(ROOT / "spec/diagnostics"))
    from check import MESSAGE, expectations

    for source in sorted(ROOT.glob("spec/diagnostics/*.qz")):
        path = source.relative_to(ROOT)
        yield Test(path.stem, lambda path=path: check(expectations, MESSAGE, path),
                   f"spec/run diagnostics --filter {path.stem}")
