"""spec/model: the scheduler's protocol as Promela models, explored by SPIN.

A correct model verifies without an error, in every interleaving; with a fault planted (-D) SPIN must find an error of
the expected kind. A safety check looks at assertions and at states in which all wait; a liveness check looks for a run,
weakly fair, in which the model's ltl formula does not come true.
"""
import re
import shutil
from dataclasses import dataclass

from .core import ROOT, Counts, Failure, Skip, Test, expect, run, scratch

MODELS = ROOT / "spec/model"
SAFETY, LIVENESS = "safety", "liveness"
COMPILE = {SAFETY: ["-DSAFETY", "-DNOCLAIM"], LIVENESS: ["-DNFAIR=3"]}
EXPLORE = {SAFETY: ["-m400000", "-w22"], LIVENESS: ["-a", "-f", "-m400000", "-w22"]}  # depth, bits of the table
ASSERTION, STUCK, CYCLE = "assertion violated", "invalid end state", "acceptance cycle"


@dataclass(frozen=True)
class Check:
    name: str
    model: str
    defines: str
    kind: str = SAFETY
    is_long: bool = False


@dataclass(frozen=True)
class Fault:
    name: str      # what is defined to plant it
    text: str
    model: str
    defines: str
    error: str     # that SPIN must find
    kind: str = SAFETY


CHECKS = [
    Check("a message and a stop", "mailbox", "STOPPERS=1"),
    Check("two messages and a stop", "mailbox", "MESSAGES=2 STOPPERS=1", is_long=True),
    Check("two stops", "mailbox", "STOPPERS=2", is_long=True),
    Check("a crash", "mailbox", "MESSAGES=2 KIND_1=CRASHES", LIVENESS),
    Check("a crash and a stop", "mailbox", "KIND_1=CRASHES STOPPERS=1"),
    Check("constructors that crash too", "mailbox", "KIND_1=CRASHES CONSTRUCTOR_CRASHES RESTARTS=2 STOPPERS=1",
          is_long=True),
    Check("a stop in a backoff", "mailbox", "KIND_1=CRASHES BACKOFF LATE STOPPERS=1"),
    Check("a stop in a backoff is answered", "mailbox", "KIND_1=CRASHES BACKOFF LATE STOPPERS=1", LIVENESS,
          is_long=True),
    Check("a backoff ends", "mailbox", "MESSAGES=2 KIND_1=CRASHES BACKOFF", LIVENESS, is_long=True),
    Check("a stop inside a message", "mailbox", "KIND_1=WAITS_INSIDE STOPPERS=1"),
    Check("a stop inside a message is answered", "mailbox", "KIND_1=WAITS_INSIDE STOPPERS=1", LIVENESS),
    Check("a stop and an event", "mailbox", "KIND_1=WAITS_INSIDE EVENTS=1 STOPPERS=1", is_long=True),
    Check("a wait goes on when other signals come", "mailbox", "KIND_1=WAITS_INSIDE EVENTS=1 NOTICES=1"),
    Check("… and messages with them", "mailbox", "MESSAGES=2 KIND_1=WAITS_INSIDE EVENTS=1 NOTICES=1", is_long=True),
    Check("a stop meets the actor's waits only", "mailbox", "MESSAGES=0 STOPPERS=1 BYSTANDER"),
    Check("a kill", "mailbox", "KILLERS=1", is_long=True),
    Check("a kill and a stop", "mailbox", "KILLERS=1 STOPPERS=1", is_long=True),
    Check("the last reference goes", "mailbox", "KILLERS=1 RELEASES"),
    Check("the last reference goes, signals before", "mailbox", "MESSAGES=0 KILLERS=1 NOTICES=1 RELEASES",
          is_long=True),
    Check("a stop by the registry", "mailbox", "MESSAGES=0 KILLERS=1 STOPPERS=1 REGISTRY RELEASES"),
    Check("a stop by the registry, and a message", "mailbox", "STOPPERS=1 REGISTRY RELEASES", is_long=True),
    Check("a stop by the registry is answered", "mailbox", "MESSAGES=0 KILLERS=1 STOPPERS=1 REGISTRY RELEASES",
          LIVENESS),
    Check("event, time-out and stop race", "wait", "ANSWERER TIMER STOPPER"),
    Check("event, time-out, cancel and stop race", "wait", "ANSWERER TIMER CANCELLER STOPPER", is_long=True),
    Check("a cancel ends one wait, the present or the next one", "wait", "WAITINGS=1 ASKER"),
    Check("a cancel, an event and a time-out race", "wait", "ANSWERER TIMER ASKER"),
    Check("every wait ends", "wait", "ANSWERER TIMER", LIVENESS),
    Check("every wait ends, with a stop", "wait", "ANSWERER TIMER STOPPER", LIVENESS, is_long=True),
    Check("two selects with each other", "select", "DUEL", is_long=True),
    Check("two selects with each other end", "select", "DUEL", LIVENESS, is_long=True),
    Check("a select and a send with time-outs", "select", "TIMED"),
    Check("… over a channel with room", "select", "TIMED ROOM=1", is_long=True),
    Check("… end", "select", "TIMED", LIVENESS),
    Check("a select and two sends with time-outs", "select", "MIXED", is_long=True),
    Check("a select sleeps when nobody is there", "select", "ALONE", LIVENESS),
    Check("two actors linked while one ends", "links", ""),
    Check("… who traps exits", "links", "TRAPS", is_long=True),
    Check("an exit is heard, and nothing is left", "links", "", LIVENESS, is_long=True),
    Check("a monitor is told once", "links", "MONITORS"),
    Check("a monitor is told, and nothing is left", "links", "MONITORS", LIVENESS),
    Check("a stop in a hook that waits", "links", "LINKED TRAPS WAITS STOPPER"),
    Check("a stop in a hook that waits is answered", "links", "LINKED TRAPS WAITS STOPPER", LIVENESS, is_long=True),
    Check("senders wait for room", "bounds", "DIES"),
    Check("… until a deadline", "bounds", "TIMED"),
    Check("all who wait for room get it, or give up", "bounds", "TIMED DIES", LIVENESS),
    Check("the oldest give way", "bounds", "OLDEST"),
    Check("what does not give way is handled", "bounds", "OLDEST", LIVENESS),
    Check("two that call each other", "calls", ""),
    Check("three that call in a circle", "calls", "ACTORS=3"),
    Check("calls in a circle end", "calls", "ACTORS=3", LIVENESS),
    Check("who was answered may be called", "calls", "EARLY"),
    Check("jobs of a worker", "park", "", LIVENESS),
    Check("jobs from outside", "park", "OUTSIDE=1 MADE=1", LIVENESS, is_long=True),
    Check("a timer", "park", "TIMER MADE=1", LIVENESS, is_long=True),
    Check("two long jobs", "park", "LONG MADE=1", LIVENESS),
    Check("three long jobs", "park", "LONG WORKERS=3", is_long=True),
    Check("a job beside who polls", "park", "DESCRIPTOR LONG MADE=1"),
    Check("an event while a job is long", "park", "DESCRIPTOR EVENTS=1 LONG MADE=0", LIVENESS),
    Check("an event", "park", "DESCRIPTOR EVENTS=1 MADE=1", is_long=True),
    Check("two read", "descriptor", ""),
    Check("two read, one with a deadline", "descriptor", "TIMEOUTS=1", LIVENESS),
    Check("two read what comes at once", "descriptor", "TIMEOUTS=2 AT_ONCE=2"),
    Check("three read what comes at once", "descriptor", "READERS=3 AT_ONCE=2", is_long=True),
]

FAULTS = [
    Fault("idle_by_store", "an actor goes idle by a look and a store", "mailbox", "STOPPERS=1", STUCK),
    Fault("link_is_cleared", "an actor that goes idle clears the link of the list's end, which a sender may have set",
          "mailbox", "STOPPERS=1", CYCLE, LIVENESS),
    Fault("only_the_bit", "an actor looks for signals at the bit only, which a message may have wiped", "mailbox",
          "STOPPERS=1", STUCK),
    Fault("waits_before_left", "a waiter can be claimed and run before its stack was left", "mailbox",
          "KIND_1=WAITS_INSIDE EVENTS=1", ASSERTION),
    Fault("wait_ignores_signal", "a handler begins to wait without a look at the signals that came before",
          "mailbox", "KIND_1=WAITS_INSIDE STOPPERS=1", STUCK),
    Fault("wait_ignores_signal", "… and the stop is never answered", "mailbox", "KIND_1=WAITS_INSIDE STOPPERS=1",
          CYCLE, LIVENESS),
    Fault("restart_leaves", "a restart gives up the right to run and takes it again", "mailbox",
          "MESSAGES=2 KIND_1=CRASHES", STUCK),
    Fault("backoff_keeps_from_stop", "a stop does not claim the wait of a backoff", "mailbox",
          "KIND_1=CRASHES BACKOFF LATE STOPPERS=1", STUCK),
    Fault("enqueued_twice", "a waiter that was claimed on its stack is enqueued by the claimer too", "wait",
          "ANSWERER TIMER", ASSERTION),
    Fault("epoch_stays", "a wait that ended leaves its ticket valid for the next one", "wait", "ANSWERER TIMER",
          ASSERTION),
    Fault("commit_by_store", "the worker that left a stack says so by a store", "wait", "ANSWERER TIMER", STUCK),
    Fault("lost_claim_counts", "a value handed to somebody who has gone counts as handed over", "select", "TIMED",
          ASSERTION),
    Fault("joins_without_a_look", "a select waits without a second look at its channels", "select", "DUEL", STUCK),
    Fault("chooses_without_a_claim", "a select performs a case without claiming itself", "select", "DUEL", STUCK),
    Fault("dead_hears_no_link", "a dead actor does not tell who is linked to it", "links", "", CYCLE, LIVENESS),
    Fault("dead_hears_no_link", "… nor who begins to monitor it", "links", "MONITORS", CYCLE, LIVENESS),
    Fault("looks_before_the_push", "who makes something ready looks for sleepers first", "park", "OUTSIDE=1 MADE=1",
          CYCLE, LIVENESS),
    Fault("no_second_look", "a worker sleeps without a second look at the queues", "park", "OUTSIDE=1 MADE=1", CYCLE,
          LIVENESS),
    Fault("last_searcher_wakes_nobody", "the last searcher finds something and wakes nobody", "park",
          "LONG WORKERS=3", STUCK),
    Fault("counts_as_asleep_before_it_looks", "a worker counts as asleep before its second look", "park", "",
          ASSERTION),
    Fault("wait_ignores_signal", "a task begins to wait without a look at the cancel that came before", "wait",
          "WAITINGS=1 ASKER", STUCK),
    Fault("cancel_stays", "every wait of a task that was cancelled ends", "wait", "ANSWERER TIMER ASKER", ASSERTION),
    Fault("dead_keep_places", "a message to a dead actor keeps its place in a bounded mailbox", "bounds", "DIES",
          STUCK),
    Fault("lost_claim_counts", "a place is handed to a sender who has given up", "bounds", "TIMED", STUCK),
    Fault("bell_rings_first", "a bell is rung before its message lies in the ring", "bounds", "OLDEST", ASSERTION),
    Fault("looks_and_then_notes", "a call looks for a circle and is noted in two steps", "calls", "", STUCK),
    Fault("answered_calls_count", "a caller that was answered counts as waiting until it runs", "calls", "EARLY",
          ASSERTION),
    Fault("freed_with_signals", "an actor that nobody refers to is freed without a look at its signals", "mailbox",
          "MESSAGES=0 KILLERS=1 STOPPERS=1 REGISTRY RELEASES", ASSERTION),
    Fault("signals_behind_the_lock", "an actor from the registry is signalled when its lock was given back",
          "mailbox", "MESSAGES=0 KILLERS=1 STOPPERS=1 REGISTRY RELEASES", ASSERTION),
    Fault("interrupt_not_written", "who sits at the descriptors is not interrupted", "park", "DESCRIPTOR LONG MADE=1",
          STUCK),
    Fault("seat_left_empty", "a worker that kept another one from polling goes on with its own work", "park",
          "DESCRIPTOR EVENTS=1 LONG MADE=0", STUCK),
    Fault("edge_forgotten", "an event that nobody waits for yet is forgotten", "descriptor", "", STUCK),
    Fault("waiter_stored", "who waits for a descriptor looks at the word and then stores itself there", "descriptor",
          "", STUCK),
    Fault("look_not_compared", "who waits does not ask whether an event came since its call", "descriptor", "", STUCK),
    Fault("hands_nothing_on", "of several that wait only the last one learns of an event", "descriptor", "AT_ONCE=2",
          STUCK),
    Fault("ends_any_wait", "an event that comes late ends whatever its fiber waits for now", "descriptor", "TIMEOUTS=1",
          ASSERTION),
    # What the models once found in the C code; see spec/model/README.md.
    Fault("send_interrupts", "a send that finds a signal ends the actor's wait", "mailbox",
          "MESSAGES=2 KIND_1=WAITS_INSIDE EVENTS=1 NOTICES=1", ASSERTION),
    Fault("claims_what_runs", "a stop claims with the ticket of a fiber that does not wait", "mailbox",
          "MESSAGES=0 STOPPERS=1 BYSTANDER", ASSERTION),
    Fault("unreachable_in_two_steps", "the end of the last reference is pushed, and then marked", "mailbox",
          "MESSAGES=0 KILLERS=1 RELEASES", ASSERTION),
    Fault("exit_holds_its_sender", "an exit signal takes a reference to an actor that may have none left", "links",
          "", ASSERTION),
    Fault("taken_signals_are_forgotten", "a hook waits without a look at the signals that were taken with its own",
          "links", "LINKED TRAPS WAITS STOPPER", STUCK),
    Fault("sees_itself", "a select over both ends of a channel takes itself for somebody to meet", "select", "ALONE",
          CYCLE, LIVENESS),
    Fault("second_look_wakes_nobody", "a worker whose second look finds something does not wake the next one",
          "park", "LONG WORKERS=3", STUCK),
    Fault("timers_are_read_late", "timers are looked at after the sleepers were counted", "park", "TIMER MADE=1",
          ASSERTION),
]


def command(model, defines) -> str:
    return f"spin -a {' '.join('-D' + name for name in defines.split())} spec/model/{model}.pml"


def explore(model, defines, kind, options) -> str:
    """What the verifier prints. It ends with status 0 also when it has found an error."""
    for tool in ("spin", "gcc"):
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed")
    with scratch() as folder:
        flags = [f"-D{name}" for name in defines.split()]
        made = run("spin", "-a", *flags, MODELS / f"{model}.pml", cwd=folder)
        expect(made.status == 0 and "rror" not in made.out, f"{command(model, defines)}: {made}")
        compiled = run("gcc", *options, "-w", *COMPILE[kind], "-o", "pan", "pan.c", cwd=folder)
        expect(compiled.status == 0, f"gcc pan.c: {compiled}")
        result = run("./pan", *EXPLORE[kind], cwd=folder)
    expect(result.status == 0, f"pan: {result}")
    if "Search not completed" in result.out and "errors: 0" in result.out or "max search depth too small" in result.out:
        raise Failure(f"the search was not completed: {result}")
    return result.out


def states_of(output: str) -> str:
    return f"{int(float(re.search(r'^ *([0-9.e+]+) states, stored', output, re.MULTILINE).group(1))):,} states"


def verify(check: Check) -> Counts:
    output = explore(check.model, check.defines, check.kind, ["-O2", "-DCOLLAPSE"] if check.is_long else ["-O0"])
    expect("errors: 0" in output, f"{command(check.model, check.defines)}\n{output}")
    return Counts(passed=1, note=states_of(output))


def find(fault: Fault) -> Counts:
    output = explore(fault.model, f"{fault.defines} {fault.name}", fault.kind, ["-O0"])
    found = re.search(r"^pan:1: (.*)$", output, re.MULTILINE)
    expect(found is not None, f"not found: {fault.text}\n{output}")
    expect(found.group(1).startswith(fault.error), f"expected {fault.error}, found: {found.group(1)}")
    return Counts(passed=1, note=f"{found.group(1)}, {states_of(output)}")


def tests(session):
    for check in CHECKS:
        if session.arguments.stress or not check.is_long:
            yield Test(f"{check.model}, {check.kind}: {check.name}", lambda check=check: verify(check))
    for fault in FAULTS:
        yield Test(f"{fault.model} with {fault.name}: {fault.text}", lambda fault=fault: find(fault))
