"""Programs with tasks, actors and locks under --sanitize=thread and --sanitize=address: no report, and the sanitizers do
find what spec/sanitize/ has for them. It takes minutes, so this suite runs only when it is named: `make test-tsan`.
"""
from .core import BUILD, MODE, Test, expect, expect_status, quartz, run, scratch
from .stress import OTHERS

SPECS = sorted(["actor_link", "async_mutex", "async_rwlock", *OTHERS])
REPORTS = {"thread": "WARNING: ThreadSanitizer: data race", "address": "ERROR: AddressSanitizer: heap-use-after-free"}
# spec/sanitize: which sanitizer it is for, and where it must point.
PLANTED = {"race": ("thread", "race.qz:8"), "freed": ("address", "freed.qz:12")}
# Panics leave stacks without a return; who unwinds is known to AddressSanitizer, but not how much of the shadow that was.
OPTIONS = {"ASAN_OPTIONS": "allow_user_segv_handler=1:detect_leaks=0:detect_stack_use_after_return=0"}


def result_of(source, sanitizer):
    with scratch() as folder:
        program = f"{folder}/program"
        built = quartz("build", f"--sanitize={sanitizer}", source, "-o", program)
        expect(built.status == 0, f"quartz build --sanitize={sanitizer} {source}: {built}")
        return run(program, env={"QUARTZ_WORKERS": "4", **OPTIONS})


def check(source, sanitizer) -> None:
    result = result_of(source, sanitizer)
    expect_status(result, 0)
    expect("Sanitizer" not in result.err, str(result))


def check_planted(source, sanitizer, place) -> None:
    result = result_of(source, sanitizer)
    expect(result.status != 0 and REPORTS[sanitizer] in result.err and place in result.err, str(result))


def make_runtimes(session) -> None:
    runtimes = [f"{BUILD}/lib/libquartz_rt_{sanitizer}.a" for sanitizer in REPORTS]
    made = run("make", "-s", f"-j{session.jobs}", f"BUILD={BUILD}", f"MODE={MODE}", *runtimes, seconds=600)
    expect(made.status == 0, f"make {' '.join(runtimes)}: {made}")


def tests(session):
    if not session.arguments.list:
        make_runtimes(session)
    for name, (sanitizer, place) in PLANTED.items():
        yield Test(f"{name} is found", lambda a=(f"spec/sanitize/{name}.qz", sanitizer, place): check_planted(*a))
    for name in SPECS:
        for sanitizer in REPORTS:
            yield Test(f"{name} {sanitizer}", lambda a=(f"spec/qspec/{name}_spec.qz", sanitizer): check(*a))
