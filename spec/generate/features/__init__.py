"""What programs are made of beyond the core: each feature in one file, from how it is made to what it does.

A feature has a Maker, a Printer and an Evaluator, from which those of the core inherit, and a PRELUDE, the Quartz text that
its programs need. What a Maker's lists name is gathered by `Maker.gathered`.
"""
from . import closures, containers, iterators, numbers, panics, patterns, texts, values

FEATURES = [closures, containers, iterators, numbers, panics, patterns, texts, values]
