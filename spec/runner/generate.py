"""Programs from spec/generate/loops.py print what its own interpreter says, compiled both ways and interpreted."""
import sys

from .core import ROOT, Failure, Test, expect_status, expect_text, scratch
from .programs import MODES, execute

SEEDS, STRESS_SEEDS = 40, 2000


def check(loops, seed):
    source, expected = loops.make(seed)
    with scratch() as folder:
        path = f"{folder}/loop_{seed}.qz"
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
        for mode in MODES:
            try:
                result = execute(path, mode, may_warn=True)
                expect_status(result, 0)
                expect_text(result.out, expected, "output")
            except Failure as failure:
                raise Failure(f"{mode}: {failure}\nthe program: python3 spec/generate/loops.py --seed {seed}") from None


def tests(session):
    sys.path.insert(0, str(ROOT / "spec/generate"))
    import loops

    sys.setrecursionlimit(20000)
    for seed in range(STRESS_SEEDS if session.arguments.stress else SEEDS):
        yield Test(f"seed {seed}.", lambda seed=seed: check(loops, seed), f"spec/run generate --filter 'seed {seed}.'")
