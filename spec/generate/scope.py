"""What a maker knows about the names in sight."""


class Variable:
    def __init__(self, name, type_, mutable, filled=False):
        self.name = name
        self.type = type_
        self.mutable = mutable
        self.filled = filled  # an Option that is never None, a Result that is never Err, a vector that is never empty


class Scope:
    """A block: its variables, and which kind of clean-up it may hold (mixing the two would fix an order of drops)."""

    def __init__(self, kind, label=None, cleanup=None, result=None):
        self.kind = kind  # 'function', 'lambda', 'loop', 'block'
        self.label = label
        self.variables = []
        self.cleanup = cleanup
        self.result = result  # of a function or lambda: the type of what it gives
