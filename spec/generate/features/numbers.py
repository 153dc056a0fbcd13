"""Numbers of other sizes, conversions between them, bits, floats."""
import math

from runtime import INT_MAX, INT_MIN, Panic, checked, fits, wrap

PRELUDE = ''
TYPE_NAMES = {'Byte': 'U8', 'Small': 'I32', 'Real': 'F64'}
SIZES = {'I8': (8, True), 'I16': (16, True), 'I32': (32, True), 'U8': (8, False), 'U16': (16, False), 'U32': (32, False),
         'U64': (64, False)}
OPERATIONS = {'+': lambda a, b: a + b, '-': lambda a, b: a - b, '*': lambda a, b: a * b, '&': lambda a, b: a & b,
              '|': lambda a, b: a | b, '^': lambda a, b: a ^ b}


class Maker:
    TYPES = ['Byte', 'Small', 'Real']
    COMPARED = ['Byte', 'Small', 'Real']
    INT = ['narrowed', 'sized_variable', 'checked_call', 'shifted', 'bits', 'rounded']
    PANICS = ['sized_overflow', 'any_shift']
    BOOL = ['sized_compare']

    def make_byte(self, depth):
        return self.sized('Byte', 'U8', depth)

    def make_small(self, depth):
        return self.sized('Small', 'I32', depth)

    def sized(self, type_, name, depth):
        known = self.variables(type_)
        if known and self.chance(0.5):
            return ('name', self.pick(known).name)
        if depth > 0 and self.chance(0.5):
            operation = self.pick(['&+', '&-', '&*', '&', '|', '^'])
            return ('sized', name, operation, self.sized(type_, name, depth - 1), self.sized(type_, name, depth - 1))
        return ('as', name, self.make_int(depth - 1))

    def narrowed(self, depth):
        return ('widen', ('as', self.pick([name for name in SIZES if name != 'U64']), self.make_int(depth)))

    def sized_variable(self, depth):
        return ('widen', self.expression(self.pick(['Byte', 'Small']), depth))

    def sized_compare(self, depth):
        type_ = self.pick(['Byte', 'Small', 'Real'])
        return ('binary', self.pick(['<', '<=', '>', '>=']), self.expression(type_, depth), self.expression(type_, 0))

    def checked_call(self, depth):
        found = ('checked_call', self.pick(['+', '-', '*']), self.make_int(depth),
                 self.pick([self.far, lambda: self.make_int(depth)])())
        return ('binary', '%', found, ('int', 10007))

    def shifted(self, depth):
        return ('binary', '%', ('shift', self.pick(['<<', '>>']), self.make_int(depth), ('int', self.random.randint(0, 63))),
                ('int', 10007))

    def any_shift(self, depth):
        return ('binary', '%', ('shift', self.pick(['<<', '>>']), self.make_int(depth), self.make_int(depth)), ('int', 10007))

    def bits(self, depth):
        return self.pick([lambda: ('complement', self.make_int(depth)),
                          lambda: ('binary', '%', ('sized', 'Int', self.pick(['&+', '&-', '&*', '|']), self.make_int(depth),
                                                   self.pick([self.far, lambda: self.make_int(depth)])()), ('int', 10007))])()

    def sized_overflow(self, depth):
        type_, name = self.pick([('Byte', 'U8'), ('Small', 'I32')])
        left, right = self.sized(type_, name, depth), self.sized(type_, name, depth)
        return ('binary', '%', ('widen', ('sized', name, self.pick(['+', '-', '*']), left, right)), ('int', 10007))

    def make_real(self, depth):
        known = self.variables('Real')
        if known and self.chance(0.5):
            return ('name', self.pick(known).name)
        if depth > 0 and self.chance(0.6):
            return ('float', self.pick(['+', '-', '*']), self.make_real(depth - 1), self.make_real(depth - 1))
        if self.chance(0.3):
            return ('to_float', self.make_int(depth - 1))
        return ('real', self.random.randint(-30, 100) / self.pick([1, 4, 10]))

    def rounded(self, depth):
        return ('binary', '%', ('to_int', self.make_real(depth)), ('int', 10007))


class Printer:
    def expr_as(self, name, value):
        return f'({self.expr(value)} as {name})'

    def expr_widen(self, value):
        return f'({self.expr(value)} as Int)'

    def expr_sized(self, name, op, left, right):
        return f'({self.expr(left)} {op} {self.expr(right)})'

    def expr_checked_call(self, op, left, right):
        name = {'+': 'add', '-': 'sub', '*': 'mul'}[op]
        return f'{self.expr(left)}.checked_{name}({self.expr(right)}).unwrap_or(-1)'

    def expr_shift(self, op, left, right):
        return f'({self.expr(left)} {op} {self.expr(right)})'

    expr_float = expr_shift

    def expr_complement(self, value):
        return f'(~{self.expr(value)})'

    def expr_real(self, value):
        return str(value) if value >= 0 else f'({value})'

    def expr_to_float(self, value):
        return f'{self.expr(value)}.to_f()'

    def expr_to_int(self, value):
        return f'{self.expr(value)}.to_i()'


class Evaluator:
    def expr_as(self, frame, name, value):
        return wrap(self.expr(value, frame), *SIZES[name])

    def expr_widen(self, frame, value):
        return self.expr(value, frame)

    def expr_sized(self, frame, name, op, left, right):
        size = SIZES.get(name, (64, True))
        a, b = self.expr(left, frame), self.expr(right, frame)
        value = OPERATIONS[op.lstrip('&') or '&'](a, b)
        return wrap(value, *size) if op.startswith('&') or op in '|^' else checked(value, a, op, b, *size)

    def expr_checked_call(self, frame, op, left, right):
        value = OPERATIONS[op](self.expr(left, frame), self.expr(right, frame))
        return value if fits(value) else -1

    def expr_shift(self, frame, op, left, right):
        value, count = self.expr(left, frame), self.expr(right, frame)
        if not 0 <= count < 64:
            raise Panic(f'shift count {count} is not in 0..64')
        return wrap(value << count) if op == '<<' else value >> count

    def expr_complement(self, frame, value):
        return ~self.expr(value, frame)

    def expr_real(self, frame, value):
        return value

    def expr_float(self, frame, op, left, right):
        return OPERATIONS[op](self.expr(left, frame), self.expr(right, frame))

    def expr_to_float(self, frame, value):
        return float(self.expr(value, frame))

    def expr_to_int(self, frame, value):
        found = self.expr(value, frame)
        if math.isnan(found):
            return 0
        return INT_MIN if found <= INT_MIN else INT_MAX if found >= INT_MAX else int(found)
