"""C unit tests: spec/unit/FOLDER/*_test.c, each a cmocka program."""
import re
import subprocess

from .core import BUILD, MODE, ROOT, SECONDS, Failure, Test, parse_tap, run


def build(session) -> None:
    """Builds what can be built; a program that is missing after it is a failure of that test."""
    command = ["make", "-k", "-s", f"-j{session.jobs}", f"BUILD={BUILD}", f"MODE={MODE}", "unit"]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# Some catch faults of their own.
ENVIRONMENT = {"CMOCKA_MESSAGE_OUTPUT": "TAP", "ASAN_OPTIONS": "allow_user_segv_handler=1:handle_abort=1:detect_leaks=0"}
SCHEDULES = re.compile(r"^# (schedules: .*)$", re.MULTILINE)  # how many a program of spec/unit/sched explored


def run_program(session, name: str):
    program = ROOT / BUILD / "unit" / name
    if not program.exists():
        raise Failure(f"it does not build; see: make BUILD={BUILD} MODE={MODE} {BUILD}/unit/{name}")
    # What may hang has an alarm of its own; the whole of it takes longer under a sanitizer, or beside other work.
    result = run(program, env=ENVIRONMENT, seconds=3 * SECONDS)
    for schedules in SCHEDULES.findall(result.out):
        session.show(f"  {name:<24} {schedules}")
    counts = parse_tap(result.out + result.err)
    if not counts.failures and (result.status != 0 or not (counts.passed or counts.skipped)):
        raise Failure(f"it ended before its tests did: {result}")
    return counts


def tests(session):
    if not session.arguments.list:
        build(session)
    for source in sorted(ROOT.glob("spec/unit/*/*_test.c")):
        name = str(source.relative_to(ROOT / "spec/unit").with_suffix(""))
        yield Test(name, lambda name=name: run_program(session, name), f"make unit && {BUILD}/unit/{name}")
