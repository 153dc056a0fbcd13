"""What comes out of a run: sections of Markdown, which can be read on the screen as they are."""
import re
from dataclasses import dataclass, field

TITLE = "# Results of `make bench` and `make bench-runtime`"
ORDER = ["Machine", "Gates", "Compiling", "Running", "Leaks", "Runtime"]  # of the sections in the file


@dataclass(frozen=True)
class Gate:
    """A limit that a measured ratio should keep."""

    what: str
    measured: float
    limit: float

    @property
    def holds(self) -> bool:
        return self.measured <= self.limit

    @property
    def verdict(self) -> str:
        return "holds" if self.holds else "MISSED"

    def row(self) -> list:
        return [self.what, f"≤ {self.limit:.2f}", f"{self.measured:.2f}", self.verdict]


@dataclass
class Section:
    """One part of the results. Faults are wrong results, not slow ones: with any of them the run has failed."""

    title: str
    text: str
    head: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    gates: list = field(default_factory=list)
    faults: list = field(default_factory=list)

    def markdown(self) -> str:
        parts = [f"## {self.title}", self.text]
        if self.rows:
            parts.append(table(self.head, self.rows))
        parts += [f"**FAILED** {fault}" for fault in self.faults]
        return "\n\n".join(parts) + "\n"


def table(head: list, rows: list) -> str:
    """The first column to the left, the others, which are numbers, to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(row) -> str:
        cells = [cell.rjust(width) if at else cell.ljust(width) for at, (cell, width) in enumerate(zip(row, widths))]
        return f"| {' | '.join(cells)} |"

    ruler = [f"{'-' * (width + 1)}{':' if at else '-'}" for at, width in enumerate(widths)]
    return "\n".join([line(head), f"|{'|'.join(ruler)}|", *map(line, rows)])


def gates_section(sections: list) -> Section:
    """What was hoped for, what was found."""
    gates = [gate for section in sections for gate in section.gates]
    missed = sum(not gate.holds for gate in gates)
    text = f"{missed} of {len(gates)} missed." if missed else f"All {len(gates)} hold."
    return Section("Gates", text, ["gate", "limit", "ratio", ""], [gate.row() for gate in gates])


def merged(before: str, sections: list) -> str:
    """The text of the results: what was measured now, and of what stood there before what was not."""
    parts = {part.split("\n", 1)[0].removeprefix("## "): part.rstrip() + "\n"
             for part in re.split(r"^(?=## )", before, flags=re.MULTILINE)[1:]}
    parts.update((section.title, section.markdown()) for section in sections)
    return "\n".join([f"{TITLE}\n", *(parts[title] for title in ORDER if title in parts)])
