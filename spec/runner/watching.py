"""spec/watching: what programs with tasks say about themselves, at -O0 and -O2, with one worker and several, and under
seeds. NAME.err is all of the standard error; `std/` stands for the library's folder."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from .core import (ROOT, SECONDS, Test, environment, expect, expect_status, expect_text, heed_signals, quartz, run, scratch)

FOLDER = ROOT / "spec/watching"
SCHEDULES = [{"QUARTZ_WORKERS": str(n)} for n in (1, 2, 4)]
SCHEDULES += [{"QUARTZ_WORKERS": "3", "QUARTZ_SCHED_SEED": str(n)} for n in range(10)]


def build(folder: str, name: str, level: str):
    program = f"{folder}/{name}{level}"
    expect_status(quartz("build", level, f"{name}.qz", "-o", program, cwd=FOLDER), 0)
    return program


def of_library(text: str) -> str:
    return re.sub(r"\S*/(std/(?:core/)?\w+\.qz):\d+", r"\1", text)


def without_stacks(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("  "))


CASES = []


def test(body):
    CASES.append(body)
    return body


# ── Deadlocks ───────────────────────────────────────────────────────────────────────────────────────────────────
DEADLOCKS = ["deadlock", "waits"]


@test
def a_deadlock_is_told_with_every_waiter(folder):
    for name in DEADLOCKS:
        expected = (FOLDER / f"{name}.err").read_text()
        programs = [(build(folder, name, "-O0"), of_library, expected),
                    (build(folder, name, "-O2"), without_stacks, without_stacks(expected))]  # the last call jumps
        for program, shown, wanted in programs:
            for schedule in SCHEDULES:
                result = run(program, env=schedule)
                expect_status(result, 101)
                expect_text(shown(result.err), wanted, f"{program} {schedule}")


@test
def an_interpreted_deadlock_is_told_without_stacks(_):
    for name in DEADLOCKS:
        result = quartz("run", "--interp", f"{name}.qz", cwd=FOLDER)
        expect_status(result, 101)
        expect_text(result.err, without_stacks((FOLDER / f"{name}.err").read_text()), "the report")


# ── Dumps ───────────────────────────────────────────────────────────────────────────────────────────────────────
def dumped(program, env: dict, begin: str, is_whole) -> str:
    """What the program says on SIGQUIT, from the last `begin` on, up to where `is_whole` is content: it is asked again
    until then, since main may not wait yet. It has to go on, and to end well."""
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=environment(env), cwd=FOLDER, preexec_fn=heed_signals)
    text = b""
    try:
        expect(process.stdout.readline() == b"ready\n", "the program is not ready")
        os.set_blocking(process.stderr.fileno(), False)
        for look in range(SECONDS * 100):
            if look % 100 == 0:
                process.send_signal(signal.SIGQUIT)
            text += process.stderr.read() or b""
            if begin in text.decode() and is_whole(text.decode()[text.decode().rindex(begin):]):
                break
            time.sleep(0.01)
        out, _ = process.communicate(b"\n", timeout=SECONDS)
        expect((out, process.returncode) == (b"over\n", 0), f"it did not go on: {out} {process.returncode}")
    finally:
        process.kill()
    return text.decode()[text.decode().rindex(begin):]


WAITING = "task started at dump.qz:{}, waits: recv on a channel (room for 2, 0 in it)\n"
CLERKS = """\
actor Clerk #1 started at dump.qz:24, waits for a message, restarts: 1
actor Clerk #2 started at dump.qz:26, waits: recv on a channel (room for 2, 0 in it), messages: 2
"""


@test
def a_signal_gives_a_dump(folder):
    program = build(folder, "dump", "-O0")
    text = dumped(program, {"QUARTZ_WORKERS": "1"}, "dump:",
                  lambda text: "main, waits" in text and text.count("Clerk.order") == 1)
    expect_text(without_stacks(text),
                "dump: tasks: 2, actors: 2, workers: 1\nmain, waits: input from descriptor 0\n" +
                WAITING.format(30) + WAITING.format(32) + CLERKS, "the dump")
    expect("  1: receive  dump.qz:19\n  2: main.lambda  dump.qz:30\n" in text, f"a stack is missing in {text}")


def seen_in(text: str) -> list:
    return json.loads(text)["seen"]


def is_json_of_waiting(text: str) -> bool:
    try:
        return "waits_for" in seen_in(text)[0]
    except ValueError:
        return False


@test
def a_dump_is_json_if_that_is_wanted(folder):
    program = build(folder, "dump", "-O2")
    text = dumped(program, {"QUARTZ_WORKERS": "1", "QUARTZ_DUMP": "json"}, '{"workers"', is_json_of_waiting)
    main, waiting, _, resting, busy = seen_in(text)
    expect((main["what"], main["waits_for"]) == ("main", "input from descriptor 0"), f"main: {main}")
    expect(waiting["waits_for"] == "recv on a channel (room for 2, 0 in it)", f"the task that waits: {waiting}")
    expect(waiting["started"] == {"file": "dump.qz", "line": 30}, f"the task that waits: {waiting}")
    expect((resting["kind"], resting["id"], resting["restarts"]) == ("Clerk", 1, 1), f"the first actor: {resting}")
    expect(busy["messages"] == 2 and busy["stack"][1]["line"] == 10, f"the second actor: {busy}")


@test
def a_dump_may_go_to_a_file(folder):
    program = build(folder, "dump", "-O0")
    result = run(program, "now", env={"QUARTZ_WORKERS": "1", "QUARTZ_DUMP": f"{folder}/dump.json"}, cwd=FOLDER)
    expect_status(result, 0)
    with open(f"{folder}/dump.json") as file:
        main, _, ready, *actors = seen_in(file.read())
    expect((main["what"], main["state"], main["worker"]) == ("main", "runs", 0), f"main: {main}")
    expect(ready["state"] == "to_begin" and not ready["stack"], f"the task that is ready: {ready}")
    expect(len(actors) == 2, f"the actors: {actors}")


@test
def a_program_can_dump_itself(folder):
    for level in ("-O0", "-O2"):
        program = build(folder, "dump", level)
        for schedule in SCHEDULES:
            result = run(program, "now", env=schedule, cwd=FOLDER)
            expect_status(result, 0)
            # A worker may have the second task in its hands.
            expect(re.search("dump: tasks: [12], actors: 2, ", result.err), f"{schedule}: {result.err}")
            expect(WAITING.format(30) in result.err, f"{schedule}: {result.err}")
            expect("\nmain, runs on worker " in result.err, f"{schedule}: {result.err}")
            expect("  1: main  dump.qz:34\n" in result.err, f"{schedule}: {result.err}")
    result = quartz("run", "--interp", "dump.qz", "--", "now", cwd=FOLDER)
    expect("task started at dump.qz:32, ready to begin\n" + CLERKS in result.err, f"{result}")


@test
def what_comes_from_outside_is_waited_for_by_name(folder):
    for level in ("-O0", "-O2"):  # one worker: when main runs again the others wait
        result = run(build(folder, "outside", level), env={"QUARTZ_WORKERS": "1"}, cwd=FOLDER)
        expect_status(result, 0)
        tasks = re.findall(r"^task started at outside\.qz:(\d+), waits: (\D+)\d*$", result.err, re.M)
        expect(tasks == [("10", "input from descriptor "), ("11", "input from descriptor "), ("12", "time to pass")],
               f"{level}: {result.err}")


# ── Stalls, and work that nobody was woken for ──────────────────────────────────────────────────────────────────
STALL = re.compile(r"stall: task started at stall\.qz:13 kept worker 0 for (\d+) ms of processor time "
                   r"while others were ready")


@test
def a_stall_is_told_once_with_its_stack(folder):
    for level in ("-O0", "-O2"):
        result = run(build(folder, "stall", level), "long", env={"QUARTZ_WORKERS": "1"}, cwd=FOLDER)
        expect_status(result, 0)
        told = STALL.findall(result.err)
        expect(len(told) == 1 and int(told[0]) >= 25, f"{level}: {result.err}")
        expect(re.search(r"stall.qz:[78]\n", result.err), f"{level}: the stack is missing in {result.err}")


@test
def no_stall_is_told_where_nobody_is_held_up(folder):
    program = build(folder, "stall", "-O2")
    for words, env in ((["alone"], {}), (["short"], {}), (["long"], {"QUARTZ_STALL_MS": "0"}),
                       (["long"], {"QUARTZ_STALL_MS": "100000"}), (["long"], {"QUARTZ_SCHED_SEED": "1"})):
        result = run(program, *words, env={"QUARTZ_WORKERS": "1", "QUARTZ_STATS": "1", **env}, cwd=FOLDER)
        expect_status(result, 0)
        expect_text(result.err, "rescues: 0\n", f"{words} {env}")


@test
def a_stopped_program_has_no_stalls(folder):
    process = subprocess.Popen([build(folder, "stall", "-O2"), "short"], stderr=subprocess.PIPE,
                               env=environment({"QUARTZ_WORKERS": "1", "QUARTZ_STATS": "1"}), cwd=FOLDER)
    for number in [signal.SIGSTOP, signal.SIGCONT] * 5:
        time.sleep(0.1)
        process.send_signal(number)
    _, err = process.communicate(timeout=SECONDS)
    expect_text(err.decode(), "rescues: 0\n", "what it said")


@test
def the_monitor_of_an_idle_program_sleeps(folder):
    """All that sleeps stays asleep: no thread of the program runs meanwhile."""
    process = subprocess.Popen([build(folder, "idle", "-O0")], stdout=subprocess.PIPE, env=environment(), cwd=FOLDER)
    try:
        expect(process.stdout.readline() == b"ready\n", "the program is not ready")
        time.sleep(0.3)
        before = switches_of(process.pid)
        time.sleep(0.5)
        expect(len(before) > 1 and switches_of(process.pid) == before, f"{before}, then {switches_of(process.pid)}")
    finally:
        process.kill()
        process.communicate()


def switches_of(pid: int) -> list:
    tasks = sorted(pathlib.Path(f"/proc/{pid}/task").iterdir())
    return [re.findall(r"ctxt_switches:\s*(\d+)", (task / "status").read_text()) for task in tasks]


# ── Leaks ───────────────────────────────────────────────────────────────────────────────────────────────────────
@test
def tasks_that_nobody_can_wake_are_told(folder):
    waiting = [f"task started at leaks.qz:{line}, waits: recv on a channel (without room)\n" for line in (7, 8)]
    said = {"leak": "leaks: tasks that wait and that nobody can wake: 2\n" + "".join(waiting),
            "busy": "leaks: not known, since something still goes on (tasks: 3)\n",
            "none": "leaks: tasks that wait and that nobody can wake: 0\n"}
    for level in ("-O0", "-O2"):
        program = build(folder, "leaks", level)
        for schedule in SCHEDULES:
            for word, text in said.items():
                result = run(program, word, env={"QUARTZ_TASKS": "leaks", **schedule}, cwd=FOLDER)
                expect_status(result, 0)
                expect_text(without_stacks(result.err), text, f"{word} {level} {schedule}")
            expect(not run(program, "leak", env=schedule, cwd=FOLDER).err, "it was not asked")
    result = quartz("run", "--interp", "leaks.qz", "--", "leak", env={"QUARTZ_TASKS": "leaks"}, cwd=FOLDER)
    expect_text(result.err, said["leak"], "interpreted")


# ── Traces ──────────────────────────────────────────────────────────────────────────────────────────────────────
def traced(program, folder: str, env: dict, *words) -> list:
    path = pathlib.Path(folder) / "trace.json"
    path.unlink(missing_ok=True)
    run(program, *words, env={**env, "QUARTZ_TRACE": str(path)}, cwd=FOLDER)
    return json.loads(path.read_text())["traceEvents"]


def runs_of(events: list, worker: int) -> list:
    return [event for event in events if event["ph"] == "X" and event["tid"] == worker]


def expect_in_turn(runs: list) -> None:
    """A worker runs one thing at a time; times are written with three digits."""
    for before, after in zip(runs, runs[1:]):
        expect(before["dur"] >= 0 and before["ts"] + before["dur"] <= after["ts"] + 0.002, f"{before}, then {after}")


@test
def a_trace_tells_what_ran_and_why_it_stopped(folder):
    for level in ("-O0", "-O2"):
        program = build(folder, "trace", level)
        for schedule in SCHEDULES:
            events = traced(program, folder, schedule)
            for worker in range(4):
                expect_in_turn(runs_of(events, worker))
            found = {event["name"] for event in events}
            missing = {"spawn task trace.qz:22", "task trace.qz:22", "main", "wake main", "spawn Clerk #1", "Clerk #1",
                       "message order of #1", "crash Clerk #1", "restart Clerk #1", "crash task trace.qz:34"} - found
            expect(not missing, f"{level} {schedule}: there is no {missing} in {sorted(found)}")
            ends = {event["args"]["then"] for event in events if event["ph"] == "X" and event["name"] == "main"}
            expect({"park: call of", "yield", "run"} <= ends, f"{level} {schedule}: main's runs end by {ends}")


@test
def the_last_events_of_a_long_program_are_kept(folder):
    events = traced(build(folder, "long", "-O2"), folder, {"QUARTZ_WORKERS": "1"})
    head, *rest = events
    expect(head["args"]["lost"] > 0 and 1 << 15 < len(rest) < 1 << 16, f"{head}, {len(rest)} events")  # a run is two
    expect_in_turn(runs_of(rest, 0))


@test
def a_trace_is_written_whatever_ends_the_program(folder):
    events = traced(build(folder, "deadlock", "-O2"), folder, {})
    expect(any(event["name"] == "Keeper #1" for event in events), "the deadlock has no trace")
    for ending in ("panic", "exit"):
        events = traced(build(folder, "trace", "-O2"), folder, {}, ending)
        expect(any(event["name"] == "Clerk #1" for event in events), f"{ending}: there is no trace")


# ── Reports ─────────────────────────────────────────────────────────────────────────────────────────────────────
@test
def a_report_comes_out_in_one_piece(folder):
    """Nothing that others say can come in between. The socket keeps apart what was written at a time."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        process = subprocess.Popen([build(folder, "panic", "-O0")], stderr=theirs, env=environment(), cwd=FOLDER)
        theirs.close()
        said = [ours.recv(1 << 16).decode(), ours.recv(1 << 16).decode()]
        expect(process.wait(SECONDS) == 101, f"status {process.returncode}")
    expect(said[0].startswith("panic: too deep\n") and ": main" in said[0] and said[1] == "", f"{said}")


def tests(_session):
    for body in CASES:
        def in_folder(body=body):
            with scratch() as folder:
                body(folder)
        yield Test(body.__name__.replace("_", " "), in_folder)
