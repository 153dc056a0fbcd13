"""What an evaluated program is made of: its values, its scopes, its ways out.

Int, Bool, String and vectors are Python's; an Option, Result or variant is a tuple that begins with its name; what has
an identity in Quartz is an object here.
"""

INT_MIN, INT_MAX = -2**63, 2**63 - 1


class Break(Exception):
    def __init__(self, label):
        self.label = label


class Continue(Break):
    pass


class Return(Exception):
    def __init__(self, value):
        self.value = value


class Panic(Exception):
    """A panic, with the message that the program prints."""


class TooLong(Exception):
    pass


class Frame:
    """A scope at run time: its variables, and what must be done when it is left, in reverse."""

    def __init__(self, outer):
        self.outer = outer
        self.names = {}
        self.cleanups = []

    def find(self, name):
        frame = self
        while name not in frame.names:
            frame = frame.outer
        return frame.names


class Record:
    """A struct of Quartz that is shared: fields by name, equal when they are."""

    def __init__(self, type_, **fields):
        self.type = type_
        self.fields = fields

    def __eq__(self, other):
        return self.fields == other.fields


def wrap(value, bits=64, is_signed=True):
    value %= 2**bits
    return value - 2**bits if is_signed and value >= 2**(bits - 1) else value


def fits(value, bits=64, is_signed=True):
    return wrap(value, bits, is_signed) == value


def divide(a, b):
    if b == 0:
        raise Panic('division by zero')
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def remainder(a, b):
    return a - divide(a, b) * b


def checked(value, a, op, b, bits=64, is_signed=True):
    """The result of an operation, which must fit its type."""
    if fits(value, bits, is_signed):
        return value
    name = 'Int' if bits == 64 and is_signed else f'{"I" if is_signed else "U"}{bits}'
    raise Panic(f'integer overflow: {a} {op} {b} does not fit in {name}')


def at(items, index):
    if not 0 <= index < len(items):
        raise Panic(f'index {index} is outside 0..{len(items)}')
    return index


def shown(value):
    """A value as interpolation prints it; text inside of something else is quoted."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, list):
        return f'[{", ".join(map(inspected, value))}]'
    if isinstance(value, dict):
        return '{ ' + ', '.join(f'{inspected(k)} => {inspected(v)}' for k, v in value.items()) + ' }' if value else '{}'
    if isinstance(value, Record):
        return f'{value.type} {{ ' + ', '.join(f'{k}: {inspected(v)}' for k, v in value.fields.items()) + ' }'
    if isinstance(value, tuple) and value[0] != 'tuple':
        return value[0] + (f'({", ".join(map(inspected, value[1:]))})' if len(value) > 1 else '')
    if isinstance(value, tuple):
        return f'({", ".join(map(inspected, value[1:]))})'
    return str(value)


def inspected(value):
    if isinstance(value, str):
        return '"' + value.replace('\\', '\\\\').replace('"', '\\"') + '"'
    return shown(value)
