"""The figures of `make bench-runtime`: what a release must reach (gate), what is aimed at (moonshot)."""
from dataclasses import dataclass

# How often each program does what it measures: about a second in the slowest language.
COUNTS = {
    "ping_pong": 500_000,
    "yield": 2_000_000,
    "producers": 500_000,
    "ring": 500_000,
    "calls": 200_000,
    "actors": 1_000_000,
    "blocked_tasks": 200_000,
    "tasks": 500_000,
    "restart": 1_000_000,
    "fault": 300_000,
    "mutex": 5_000_000,
    "rwlock": 5_000_000,
    "select": 500_000,
    "timers": 500_000,
    "sleepers": 10_000,
    "busy_neighbours": 300,
    "hand_over": 20_000,
    "echo": 200_000,
    "queued_messages": 1_000_000,
}
# Where one language needs another count: an OTP supervisor looks at all restarts of the last second at each of them.
OTHER_COUNTS = {("Erlang", "restart"): 20_000}
# Who may write to standard error: crashes of our actors are reported, ten a second, and so are long mailboxes.
REPORTS = {("Quartz", "restart"), ("Quartz", "blocked_tasks"), ("Quartz", "queued_messages")}


@dataclass(frozen=True)
class Row:
    number: str
    what: str
    program: str  # a folder of bench/runtime
    figure: str  # the name of a line that it prints
    unit: str  # more is better when it ends with /s
    gate: float
    moonshot: float
    workers: int = 1
    peer: tuple = ()  # whose figure, and what it was on the machine that gate and moonshot were set on
    in_go: bool = False  # gate and moonshot are multiples of Go's figure
    may_trail: bool = False  # at the gate the best peer may still be better

    @property
    def more_is_better(self) -> bool:
        return self.unit.endswith("/s")


ROWS = [
    Row("1", "channel ping-pong, round trip", "ping_pong", "round_trip", "ns", 80, 50, peer=("Go", 216)),
    Row("2", "yield", "yield", "yield", "ns", 15, 8, peer=("Go", 54.5)),
    Row("3", "4 producers → 1, one worker", "producers", "messages", "M/s", 60, 90, peer=("Go", 29.6)),
    Row("4", "4 producers → 1, two workers", "producers", "messages", "M/s", 35, 50, workers=2, peer=("Go", 26.9)),
    Row("5", "ring of 10,000, hop", "ring", "hop", "ns", 40, 20, peer=("Go", 322)),
    Row("6", "blocking call from a task", "calls", "call", "ns", 90, 50, peer=("Go", 219)),
    Row("7", "the same, 1,000 messages waiting at the caller", "calls", "call_with_mail", "ns", 90, 50,
        peer=("Go", 219)),
    Row("8", "start an idle actor, untouched memory", "actors", "start_untouched", "ns", 250, 100,
        peer=("Erlang", 1219)),
    Row("9", "start an idle actor, memory touched before", "actors", "start_touched", "ns", 60, 25,
        peer=("Erlang", 1059)),
    Row("10", "idle actor", "actors", "idle", "B", 200, 128),
    Row("11", "task blocked in mid-call", "blocked_tasks", "blocked", "B", 4352, 1024, may_trail=True),
    Row("12", "start, run and end of a task", "tasks", "task", "ns", 70, 40, peer=("Go", 154)),
    Row("13", "stop 1,000,000 idle actors, each", "actors", "stop", "ns", 120, 60, peer=("Go", 557)),
    # Go's twin recovers by hand: nothing is cleaned up, reported or counted.
    Row("14", "crash and restart, the first 1,000", "restart", "first", "k/s", 300, 1500, may_trail=True),
    Row("14b", "crash and restart, after these", "restart", "storm", "k/s", 300, 1500, may_trail=True),
    Row("15", "hardware fault isolated", "fault", "fault", "us", 4, 2.5, peer=("C", 1.6)),
    Row("16", "mutex, one task", "mutex", "one_task", "ns", 10.9, 7, peer=("Go", 11)),
    Row("17", "mutex, 4 tasks, one worker", "mutex", "four_tasks", "ns", 12.5, 10, peer=("Go", 12.6)),
    Row("17b", "mutex, 4 tasks, two workers", "mutex", "four_tasks", "ns", 19, 16, workers=2, peer=("Go", 19.2)),
    Row("18", "rwlock, 15 reads to a write, two workers", "rwlock", "use", "ns", 11.5, 8, workers=2, peer=("Go", 11.9)),
    Row("19", "select over 2", "select", "over_2", "ns", 90, 60, peer=("Go", 170)),
    Row("19b", "select over 8", "select", "over_8", "ns", 200, 110, peer=("Go", 492)),
    Row("20", "timer: arm", "timers", "arm", "ns", 40, 15, peer=("Go", 203)),
    Row("20b", "timer: cancel", "timers", "cancel", "ns", 15, 6, peer=("Go", 20)),
    Row("21", "10,000 sleepers late, 50 %", "sleepers", "late_50", "us", 200, 80, workers=2, peer=("Go", 526)),
    Row("21b", "10,000 sleepers late, 99 %", "sleepers", "late_99", "us", 1500, 500, workers=2),
    Row("22", "1 ms sleeper late beside busy loops, 99 %", "busy_neighbours", "late_99", "ms", 1, 0.3,
        workers=2, peer=("Erlang", 1.04)),
    Row("23", "hand-over between parked threads, round trip", "hand_over", "round_trip", "us", 22, 5,
        workers=2, peer=("Go", 23)),
    Row("24", "echo, 1,000 connections, processor time", "echo", "cpu", "us", 7.5, 6.9, workers=2, peer=("Go", 9.21)),
    Row("25", "echo, 1,000 connections, requests", "echo", "rate", "k/s", 1.12, 1.2, workers=2, in_go=True),
    Row("25b", "echo, 1 connection, 50 %", "echo", "alone_50", "us", 16, 14, workers=2, peer=("Go", 16)),
    Row("26", "queued 16-byte message", "queued_messages", "queued", "B", 48, 32),
]
