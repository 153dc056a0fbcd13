"""Programs that panic, linked with the runtime made for tests: there the unwinder of the C library walks every stack
that is about to unwind too, and has to find the frames and registers that rows lead to (runtime/unwind_check.c)."""
from .core import Test, expect_status, quartz, run, scratch
from .stress import RUNTIME, make_runtime

SPECS = ["actor_restart", "cancel", "drop", "fault", "panic", "unwind"]


def check(source, level) -> None:
    with scratch() as folder:
        expect_status(quartz("build", level, "--emit=obj", source, "-o", f"{folder}/spec.o"), 0)
        expect_status(run("cc", "-pie", f"{folder}/spec.o", RUNTIME, "-lm", "-o", f"{folder}/spec"), 0)
        expect_status(run(f"{folder}/spec", env={"QUARTZ_WORKERS": "2"}), 0)


def tests(session):
    if not session.arguments.list:
        make_runtime()
    for name in SPECS:
        for level in ("-O0", "-O2"):
            yield Test(f"{name} {level}", lambda a=(f"spec/qspec/{name}_spec.qz", level): check(*a))
