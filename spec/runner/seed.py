"""spec/seed/*.qz: each ends with status 0, at both ends of the scale and interpreted."""
from .core import ROOT, Test, expect_status
from .programs import MODES, execute


def tests(_session):
    for source in sorted(ROOT.glob("spec/seed/*.qz")):
        for mode in MODES:
            yield Test(f"{source.stem} {mode}",
                       lambda a=(source.relative_to(ROOT), mode): expect_status(execute(*a), 0))
