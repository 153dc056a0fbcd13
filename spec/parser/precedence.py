#!/usr/bin/env python3
"""What precedence decides in the grammar, in a form short enough to review.

usage: spec/parser/precedence.py            compare with grammar_precedence.txt (what the tests do)
       spec/parser/precedence.py --accept   write it anew, after a review of the difference

Precedence can hide a real ambiguity, so every choice it makes stands in the file: for each rule the tokens before which
the rule is complete (its operands bind tighter) and those that go on (what follows binds tighter).
"""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "spec/parser/grammar_precedence.txt"


def listing():
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(["lemon", "-p", f"-d{folder}", ROOT / "src/parser/grammar.y"], capture_output=True, text=True)
        text = (pathlib.Path(folder) / "grammar.out").read_text()
    if result.returncode or "Parsing conflict" in text:
        sys.exit(f"the grammar has conflicts\n{result.stderr}")
    return text


def rules_of(text):
    return dict(re.findall(r"^\s+(\d+): (.*?)\.(?: \[.*)?$", text, re.MULTILINE))


def decisions(text):
    """rule -> {"complete": tokens, "goes on": tokens, "error": tokens}"""
    rules, found = rules_of(text), collections.defaultdict(lambda: collections.defaultdict(set))
    for state in re.split(r"^State \d+:\n", text, flags=re.MULTILINE)[1:]:
        complete = [number for number, _ in re.findall(r"^\s+\((\d+)\) (.*)$", state, re.MULTILINE)]
        for token, action, number in re.findall(r"^\s+(\S+) (shift|reduce|shift-reduce)\s+(\d+).*-- dropped by precedence",
                                                state, re.MULTILINE):
            rule = rules[number] if action == "reduce" else rules[complete[0]]
            found[rule]["goes on" if action == "reduce" else "complete"].add(token)
        for token in re.findall(r"^\s+(\S+) error\s*$", state, re.MULTILINE):
            found[rules[complete[0]]]["error"].add(token)
    return found


POSTFIX = set("BANG_POSTFIX COLON_COLON DO DO_PARAMS DOT LBRACE_STRUCT LBRACKET_INDEX LPAREN_CALL LT_OPEN QUESTION".split())


def tokens_as_text(tokens):
    """All that may stand behind a value is one word."""
    return " ".join(sorted(tokens - POSTFIX | {"(postfix)"} if POSTFIX <= tokens else tokens))


def summary():
    text = listing()
    lines = [f"{len(rules_of(text))} rules, {len(re.findall('^State ', text, re.MULTILINE))} states, 0 conflicts", ""]
    for rule, choices in sorted(decisions(text).items()):
        lines.append(rule)
        for name in ("complete", "goes on", "error"):
            tokens = tokens_as_text(choices[name] - (choices["error"] if name != "error" else set()))
            if tokens:
                lines.append(f"  {name + ':':10}{tokens}")
    return "\n".join(lines) + "\n"


def main():
    made = summary()
    if "--accept" in sys.argv:
        GOLDEN.write_text(made)
    elif not GOLDEN.exists() or GOLDEN.read_text() != made:
        sys.exit(f"{GOLDEN.relative_to(ROOT)} differs: review `git diff` after spec/parser/precedence.py --accept")


if __name__ == "__main__":
    main()
