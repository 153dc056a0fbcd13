"""What tasks, channels and actors cost: the programs of bench/runtime in Quartz, Go and Erlang, in the same passes. What
the system takes for something, which nobody can do without, is measured in C."""
import re
import shutil
import statistics
from collections import defaultdict

from runner.core import BUILD, QUARTZ, ROOT, Failure, run

from . import machine
from .measure import show_progress
from .report import Section
from .runtime_rows import COUNTS, OTHER_COUNTS, REPORTS, ROWS

SOURCES, MADE = ROOT / "bench/runtime", ROOT / BUILD / "bench/runtime"
ENDINGS = {"Quartz": "qz", "Go": "go", "Erlang": "erl", "C": "c"}
TOOLS = {"Quartz": QUARTZ, "Go": "go", "Erlang": "erlc", "C": "gcc"}
PEERS = ["Go", "Erlang"]
UNITS = {"us": "µs"}
FIGURE = re.compile(r"^(\w+) (-?\d+\.\d+) (\S+)$", re.MULTILINE)
HEAD = ["figure", "unit", *ENDINGS, "gate", "moonshot", "verdict"]
TEXT = """\
Medians of {runs} passes, in each of which every program runs in Quartz, Go and Erlang in turn; wall time unless the
row says otherwise. What a row measures stands at the top of its program in `bench/runtime`. Gates and moonshots were set
on one machine; they are shown as they are on this one, by what the row's peer (`bench/harness/runtime_rows.py`) takes
beside us and took there. C is no peer but what processor and system take by themselves.

{state}

{go}; Erlang/OTP {erlang}; commit {commit};
load before {before}, after {after}."""


# ── Building ────────────────────────────────────────────────────────────────────────────────────────────────────
def has_twin(language: str, program: str) -> bool:
    return (SOURCES / program / f"{program}.{ENDINGS[language]}").exists()


def is_installed(language: str) -> bool:
    return shutil.which(TOOLS[language]) is not None


def make(*command, **options) -> None:
    result = run(*command, **options)
    if result.status or result.out or result.err:
        raise Failure(f"{' '.join(map(str, command))}: {result}")


def build_quartz() -> None:
    for program in filter(lambda name: has_twin("Quartz", name), COUNTS):
        make(QUARTZ, "build", "-O2", SOURCES / program / f"{program}.qz", "-o", MADE / "Quartz" / program)


def build_go() -> None:
    make("go", "build", "-buildvcs=false", "-o", f"{MADE}/Go/", "./...", cwd=SOURCES,
         env={"GOCACHE": str(MADE / "go-cache"), "GOPROXY": "off"})


def build_erlang() -> None:
    make("erlc", "-Werror", "-o", MADE / "Erlang", *sorted(SOURCES.glob("*/*.erl")))


def compile_c(sources, what: str) -> None:
    for source in sources:
        make("gcc", "-O2", "-std=gnu17", "-Wall", "-Wextra", "-Werror", source, "-o", MADE / what / source.stem)


def build_c() -> None:
    compile_c((SOURCES / program / f"{program}.c" for program in COUNTS if has_twin("C", program)), "C")


def build_loads() -> None:
    compile_c(SOURCES.glob("load/*.c"), "load")


BUILDS = {"Quartz": build_quartz, "Go": build_go, "Erlang": build_erlang, "C": build_c, "load": build_loads}


def build(what: str) -> None:
    """All programs of a language, or what loads the servers among them."""
    (MADE / what).mkdir(parents=True, exist_ok=True)
    BUILDS[what]()


# ── Running ─────────────────────────────────────────────────────────────────────────────────────────────────────
def program_words(language: str, program: str) -> list:
    if language != "Erlang":
        return [MADE / language / program]
    options = SOURCES / program / "vm.args"
    return ["erl", "-noinput", "-pa", MADE / "Erlang", *(["-args_file", options] if options.exists() else []),
            "-run", "figure", "main", program]


def command(language: str, program: str, count: int) -> list:
    """A program for which there is a load is a server, which the load starts and measures."""
    words = program_words(language, program)
    return [MADE / "load" / program, count, *words] if (SOURCES / f"load/{program}.c").exists() else [*words, count]


def environment(language: str, workers: int) -> dict:
    """So many threads run tasks."""
    return {"Quartz": {"QUARTZ_WORKERS": f"{workers}"},
            "Go": {"GOMAXPROCS": f"{workers}"},
            "Erlang": {"ERL_FLAGS": f"+S {workers}:{workers}", "ERL_CRASH_DUMP_BYTES": "0"},
            "C": {}}[language]


def figures(language: str, program: str, workers: int, count: int) -> dict:
    """What a run prints: values by name, in the units of the rows."""
    result = run(*command(language, program, count), env=environment(language, workers))
    if result.status or result.err and (language, program) not in REPORTS:
        raise Failure(f"{program} in {language}: {result}")
    found = {name: (float(value), unit) for name, value, unit in FIGURE.findall(result.out)}
    for row in ROWS:
        if row.program == program and found.get(row.figure, (0, ""))[1] != row.unit:
            raise Failure(f"{program} in {language} has no line `{row.figure} VALUE {row.unit}`: {result}")
    return {name: value for name, (value, _) in found.items()}


def jobs(programs: list) -> list:
    """What one pass runs: (program, workers, language). The languages of a program follow each other."""
    kinds = dict.fromkeys((row.program, row.workers) for row in ROWS if row.program in programs)
    return [(program, workers, language) for program, workers in kinds for language in ENDINGS
            if has_twin(language, program) and is_installed(language)]


def measure(programs: list, runs: int) -> tuple:
    """The values of all passes by (language, program, workers, figure), and what went wrong. What failed once does not
    run again."""
    values, faults, left = defaultdict(list), [], jobs(programs)
    for number in range(1, runs + 1):
        for job in list(left):
            program, workers, language = job
            show_progress(f"pass {number} of {runs}: {program} in {language} …")
            try:
                found = figures(language, program, workers, OTHER_COUNTS.get((language, program), COUNTS[program]))
            except Failure as failure:
                faults.append(str(failure))
                left.remove(job)
                continue
            for name, value in found.items():
                values[language, program, workers, name].append(value)
    show_progress("")
    return values, faults


# ── Reporting ───────────────────────────────────────────────────────────────────────────────────────────────────
def medians(row, values: dict) -> dict:
    """By language, where there is a figure."""
    found = {language: values.get((language, row.program, row.workers, row.figure)) for language in ENDINGS}
    return {language: statistics.median(series) for language, series in found.items() if series}


def is_better(row, value: float, other: float) -> bool:
    return value > other if row.more_is_better else value < other


def scale(row, found: dict) -> float:
    """How this machine, as it is today, compares for this row to the one that the gates were set on: by what a peer
    takes in the same passes. What is counted in bytes, or has no peer, is the same everywhere."""
    if row.in_go:
        return found["Go"]
    peer, value = row.peer or (None, 1)
    return found[peer] / value if peer in found else 1


def reaches(row, limit: float, found: dict) -> bool:
    return not is_better(row, limit * scale(row, found), found["Quartz"])


def verdict(row, found: dict) -> str:
    """A gate also asks that no peer is better, whatever the machine does to all of them."""
    if "Quartz" not in found:
        return "not yet"
    if row.in_go and "Go" not in found:
        return "no Go"
    if not reaches(row, row.gate, found):
        return "MISSED"
    ahead = [peer for peer in PEERS if peer in found and is_better(row, found[peer], found["Quartz"])]
    if ahead and not row.may_trail:
        return f"behind {ahead[0]}"
    return "moonshot" if reaches(row, row.moonshot, found) else "holds"


def number(value: float) -> str:
    """Three digits say as much as can be measured."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def limit_cell(row, limit: float, found: dict) -> str:
    sign = "≥" if row.more_is_better else "≤"
    return f"{sign} {limit:,g} × Go" if row.in_go else f"{sign} {number(limit * scale(row, found))}"


def cells(row, found: dict) -> list:
    return [f"{row.number} {row.what}", UNITS.get(row.unit, row.unit),
            *(number(found[language]) if language in found else "–" for language in ENDINGS),
            limit_cell(row, row.gate, found), limit_cell(row, row.moonshot, found), verdict(row, found)]


def state(rows: list) -> str:
    """In words, what the last column says."""
    said = [row[-1] for row in rows]
    hold, later = sum(word in ("holds", "moonshot") for word in said), said.count("not yet")
    return f"Of {len(said)} gates {hold} hold, {len(said) - hold - later} do not, {later} cannot be measured yet."


def section(programs: list, runs: int) -> Section:
    before = machine.load()
    for what in [*filter(is_installed, ENDINGS), "load"]:
        show_progress(f"building: {what} …")
        build(what)
    values, faults = measure(programs, runs)
    rows = [cells(row, medians(row, values)) for row in ROWS if row.program in programs]
    text = TEXT.format(
        runs=runs, state=state(rows), go=machine.first_line("go", "version"), erlang=erlang_version(),
        commit=machine.first_line("git", "describe", "--always", "--dirty"), before=before, after=machine.load())
    return Section("Runtime", text, HEAD, rows, faults=faults)


def erlang_version() -> str:
    ask = 'io:format("~s, erts ~s~n", [erlang:system_info(Item) || Item <- [otp_release, version]]), halt().'
    return machine.first_line("erl", "-noinput", "-eval", ask)
