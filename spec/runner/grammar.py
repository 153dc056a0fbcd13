"""The grammar: no conflicts, and the list of what lemon settled by precedence is the reviewed one."""
import pathlib
import re

from .core import ROOT, Test, expect, expect_status, expect_text, run, scratch

GOLDEN = ROOT / "spec/grammar/precedence.golden"


def listing() -> str:
    """lemon's report; with -p it names what precedence settled."""
    with scratch() as folder:
        result = run("lemon", "-p", f"-d{folder}", "src/parser/grammar.y")
        expect_status(result, 0)
        return pathlib.Path(folder, "grammar.out").read_text()


ACTION = re.compile(r"^ +(\S+) +(shift|shift-reduce|reduce) +(\d+)(.*)$", re.MULTILINE)
COMPLETED = re.compile(r"^ +\((\d+)\) +(\S.* \*)$", re.MULTILINE)


def precedence_decisions(text: str) -> str:
    """For each rule that could be complete: the tokens before which precedence lets it go on instead."""
    goes_on: dict = {}
    for state in re.split(r"^State \d+:$", text, flags=re.MULTILINE)[1:]:
        rules = dict(COMPLETED.findall(state))
        for token, kind, number, rest in ACTION.findall(state):
            if kind == "reduce" and "dropped by precedence" in rest:
                goes_on.setdefault(rules[number], set()).add(token)
    return "".join(f"{rule}\n    goes on before {' '.join(sorted(goes_on[rule]))}\n" for rule in sorted(goes_on))


def has_no_conflicts():
    expect("** Parsing conflict **" not in listing(), "the listing shows conflicts")


def precedence_is_reviewed():
    expect(GOLDEN.exists(), f"{GOLDEN.relative_to(ROOT)} is missing")
    expect_text(precedence_decisions(listing()), GOLDEN.read_text(), "what precedence settles (review, then update)")


def tests(_session):
    yield Test("has no conflicts", has_no_conflicts)
    yield Test("precedence is reviewed", precedence_is_reviewed)
