"""Says what a program prints, by an interpreter of its own that shares nothing with the compiler."""
from features import FEATURES
from runtime import Break, Continue, Frame, Panic, Record, Return, TooLong, at, checked, divide, inspected, remainder, shown, wrap

MODULUS = 1000003
STEPS_MAX = 200_000


class Evaluator(*[feature.Evaluator for feature in FEATURES]):
    def __init__(self, functions):
        self.functions = {f['name']: f for f in functions}
        self.sum = 7
        self.steps = 0
        self.out = []
        self.panicking = None  # the first call that ended in a panic, and its message

    def note(self, value):
        self.sum = wrap(self.sum * 31 + value) & 0xFFFFFF
        return value

    def note_text(self, text):
        for c in text:
            self.note(ord(c))
        return len(text)

    # Expressions

    def expr(self, node, frame):
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise TooLong
        return getattr(self, 'expr_' + node[0])(frame, *node[1:])

    def expr_int(self, frame, value):
        return value

    expr_bool = expr_text = expr_int

    def expr_name(self, frame, name):
        return frame.find(name)[name]

    def expr_none(self, frame):
        return ('None',)

    def expr_some(self, frame, value):
        return ('Some', self.expr(value, frame))

    def expr_ok(self, frame, value):
        return ('Ok', self.expr(value, frame))

    def expr_err(self, frame, value):
        return ('Err', self.expr(value, frame))

    def expr_variant(self, frame, name, values):
        return (name, *[self.expr(v, frame) for v in values])

    def expr_cell(self, frame, value, step):
        return Record('Cell', value=self.expr(value, frame), step=self.expr(step, frame))

    def expr_field(self, frame, target, name):
        return self.expr(target, frame).fields[name]

    def expr_unwrap(self, frame, form, value):
        found = self.expr(value, frame)
        if found[0] in ('None', 'Err'):
            raise Panic(self.why_not(form, found))
        return found[1]

    @staticmethod
    def why_not(form, found):
        """The message of an unwrap that fails."""
        if form == 'expect':
            return 'filled' if found[0] == 'None' else f'filled: {inspected(found[1])}'
        return 'unwrapped a value that is None' if found[0] == 'None' else f'called ! on {shown(found)}'

    def expr_binary(self, frame, op, left, right):
        if op == 'and':
            return self.expr(left, frame) and self.expr(right, frame)
        if op == 'or':
            return self.expr(left, frame) or self.expr(right, frame)
        a = self.expr(left, frame)
        b = self.expr(right, frame)
        if op == '==':
            return a == b
        if op == '!=':
            return a != b
        value = {'+': lambda: a + b, '-': lambda: a - b, '*': lambda: a * b, '/': lambda: divide(a, b),
                 '%': lambda: remainder(a, b), '&': lambda: a & b, '^': lambda: a ^ b, '<': lambda: a < b,
                 '<=': lambda: a <= b, '>': lambda: a > b, '>=': lambda: a >= b}[op]()
        return checked(value, a, op, b) if type(value) is int else value

    def expr_typed(self, frame, value):
        return self.expr(value, frame)

    def expr_not(self, frame, value):
        return not self.expr(value, frame)

    def expr_if(self, frame, condition, then, other):
        return self.expr(then if self.expr(condition, frame) else other, frame)

    def expr_call(self, frame, name, target, *args):
        value = self.expr(target, frame)
        rest = [self.expr(a, frame) for a in args]
        if name == 'modulo':
            return remainder(checked(abs(value), 0, '-', value), rest[0])
        if name == 'size':
            return len(value)
        if name == 'clone':
            return list(value)
        if name == 'max':
            return max(value, rest[0])
        if name == 'min':
            return min(value, rest[0])
        if name == 'unwrap_or':
            return value[1] if value[0] == 'Some' else rest[0]
        return (value[0] == 'Some') == (name == 'some?')

    def expr_index(self, frame, target, index):
        found = self.expr(target, frame)
        return found[at(found, self.expr(index, frame))]

    def expr_call_lambda(self, frame, name, arg):
        function = frame.find(name)[name]
        return function(self.expr(arg, frame))

    def expr_call_function(self, frame, name, args):
        return self.call(self.functions[name], [self.expr(a, frame) for a in args])

    def expr_interpolate(self, frame, parts):
        return f'{parts[0]}{self.expr(parts[1], frame)}{parts[2]}'

    def expr_vec(self, frame, items):
        return [self.expr(i, frame) for i in items]

    def expr_range(self, frame, start, end, inclusive):
        return list(range(self.expr(start, frame), self.expr(end, frame) + inclusive))

    def expr_rev(self, frame, source):
        return self.expr(source, frame)[::-1]

    def expr_by2(self, frame, source):
        return self.expr(source, frame)[::2]

    def expr_comprehension(self, frame, value, name, source, condition):
        found = []
        for item in self.expr(source, frame):
            inner = Frame(frame)
            inner.names[name] = item
            if condition is None or self.expr(condition, inner):
                found.append(self.expr(value, inner))
        return found

    def expr_match(self, frame, subject, arms):
        inner, value = self.choose(frame, subject, arms)
        return self.expr(value, inner)

    def choose(self, frame, subject, arms):
        found = self.expr(subject, frame)
        for pattern, guard, body in arms:
            inner = Frame(frame)
            if self.matches(pattern, found, inner) and (guard is None or self.expr(guard, inner)):
                return inner, body
        raise AssertionError('no arm')

    def matches(self, pattern, value, frame):
        return getattr(self, f'match_{pattern[0]}')(value, frame, *pattern[1:])

    def match_wild(self, value, frame):
        return True

    def match_bind(self, value, frame, name):
        frame.names[name] = value
        return True

    def match_literal(self, value, frame, literal):
        return value == literal

    def match_between(self, value, frame, low, high):
        return low <= value <= high

    def match_none(self, value, frame):
        return value[0] == 'None'

    def match_variant(self, value, frame, name, parts):
        return value[0] == name and all(self.matches(p, v, frame) for p, v in zip(parts, value[1:]))

    def match_some(self, value, frame, inner):
        return value[0] == 'Some' and self.matches(inner, value[1], frame)

    def match_ok(self, value, frame, inner):
        return value[0] == 'Ok' and self.matches(inner, value[1], frame)

    def match_err(self, value, frame, inner):
        return value[0] == 'Err' and self.matches(inner, value[1], frame)

    # Statements

    def block(self, statements, frame):
        """Runs statements in `frame`; whatever the way out, its clean-ups run last first."""
        value = None
        try:
            for statement in statements:
                value = self.statement(statement, frame)
        finally:
            while frame.cleanups:
                frame.cleanups.pop()()
        return value

    def statement(self, node, frame):
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise TooLong
        return getattr(self, 'do_' + node[0])(frame, *node[1:])

    def do_declare(self, frame, name, type_, mutable, value):
        frame.names[name] = self.expr(value, frame)

    def do_note(self, frame, value):
        return self.note(self.expr(value, frame))

    def do_note_text(self, frame, value):
        return self.note_text(self.expr(value, frame))

    def do_value(self, frame, value):
        return self.expr(value, frame)

    def do_return(self, frame, value):
        raise Return(self.expr(value, frame))

    def do_assign(self, frame, name, value):
        found = self.expr(value, frame)
        frame.find(name)[name] = found

    def do_set_field(self, frame, target, field, value):
        found = self.expr(target, frame)
        found.fields[field] = self.expr(value, frame)

    def do_set_index(self, frame, target, index, value):
        vector = self.expr(target, frame)
        place = self.expr(index, frame)
        found = self.expr(value, frame)
        vector[at(vector, place)] = found

    def do_compound(self, frame, name, op, value):
        names = frame.find(name)
        old = names[name]
        found = self.expr(value, frame)
        result = {'+': lambda: old + found, '-': lambda: old - found, '^': lambda: old ^ found}[op]()
        names[name] = remainder(checked(result, old, op, found), MODULUS)

    def do_append(self, frame, name, value):
        names = frame.find(name)
        old = names[name]
        names[name] = old + self.expr(value, frame)
        if len(names[name]) > 60:
            names[name] = ''

    def do_branch(self, frame, is_unless, branches, otherwise):
        for condition, body in branches:
            if self.expr(condition, frame) != is_unless:
                self.block(body, Frame(frame))
                return
            is_unless = False
        if otherwise is not None:
            self.block(otherwise, Frame(frame))

    def do_match_statement(self, frame, match):
        inner, body = self.choose(frame, match[1], match[2])
        self.block(body[1], inner)

    def rounds(self, label, frames, body):
        for frame in frames:
            try:
                self.block(body, frame)
            except Break as jump:
                if jump.label is not None and jump.label != label:
                    raise
                if not isinstance(jump, Continue):
                    return

    def do_for(self, frame, label, name, source, body):
        def frames():
            for item in self.expr(source, frame):
                inner = Frame(frame)
                inner.names.update(zip(name[2:], item) if isinstance(name, tuple) else [(name, item)])
                yield inner
        self.rounds(label, frames(), body)

    def do_while(self, frame, label, is_until, count, limit, condition, body):
        frame.names[count] = 0

        def frames():
            while frame.names[count] < limit and (condition is None or self.expr(condition, frame)):
                frame.names[count] += 1
                yield Frame(frame)
        self.rounds(label, frames(), body)

    def do_loop(self, frame, label, count, limit, body):
        self.rounds(label, (Frame(frame) for _ in range(limit)), body)

    def do_loop_value(self, frame, count, limit, body, value, name):
        self.rounds(None, (Frame(frame) for _ in range(limit)), body)
        frame.names[name] = self.expr(value, frame)

    def do_jump_if(self, frame, kind, label, condition, is_unless):
        if self.expr(condition, frame) != is_unless:
            raise (Break if kind == 'break' else Continue)(label)

    def do_break(self, frame, label):
        raise Break(label)

    def do_continue(self, frame, label):
        raise Continue(label)

    def do_return_if(self, frame, condition, value, is_unless):
        if self.expr(condition, frame) != is_unless:
            raise Return(self.expr(value, frame) if value else None)

    def do_defer(self, frame, statement):
        frame.cleanups.append(lambda: self.statement(statement, frame))

    def do_noisy(self, frame, name, mutable, value):
        frame.names[name] = self.note(self.expr(value, frame))
        frame.cleanups.append(lambda: self.note(frame.names[name] + 5000))

    def do_noisy_assign(self, frame, name, value):
        old = frame.names[name]
        frame.names[name] = self.note(self.expr(value, frame))
        self.note(old + 5000)

    def do_slot(self, frame, name, rounds, value):
        for _ in range(rounds):
            self.note(self.expr(value, frame))

    def do_lambda(self, frame, name, param, body):
        def function(argument):
            inner = Frame(frame)
            inner.names[param] = argument
            return self.expr(body[1], inner) if body[0] == 'expression' else self.call_body(body[1], inner)
        frame.names[name] = function

    def call_body(self, body, frame):
        """Runs the statements of a function or lambda; what is left of a loop's jumps cannot leave it."""
        try:
            return self.block(body, frame)
        except Return as result:
            return result.value

    def do_closures(self, frame, name):
        frame.names[name] = []

    def do_keep(self, frame, name, body):
        def function():
            if body[0] == 'expression':
                return self.expr(body[1], frame)
            return self.block(body[1], Frame(frame))
        frame.find(name)[name].append(function)

    def do_propagate(self, frame, name, value):
        found = self.expr(value, frame)
        if found[0] in ('None', 'Err'):
            raise Return(found)
        frame.names[name] = found[1]

    # Programs

    def call(self, function, args):
        frame = Frame(None)
        for (name, _), value in zip(function['params'], args):
            frame.names[name] = value
        body = function['body']
        closures = [s[1] for s in body if s[0] == 'closures']
        if closures:
            body = body[:-1] + [('call_closures', name) for name in closures] + body[-1:]
        return self.call_body(body, frame)

    def do_call_closures(self, frame, name):
        for function in list(frame.names[name]):
            self.note(function())

    def program(self, calls):
        for function, args in calls:
            def run():
                return self.call(function, [self.expr(a, Frame(None)) for a in args])
            if function['may_panic']:
                message = self.caught(run)
                self.panicking = self.panicking or message and ((function, args), message)
            else:
                self.note_result(function['result'], run())
            self.out.append(f'{function["name"]} {self.sum}')
        return '\n'.join(self.out) + '\n'

    def note_result(self, type_, value):
        if type_ == 'Int':
            self.note(value)
        elif type_ == 'Option':
            self.note(value[1] if value[0] == 'Some' else -1)
        elif value[0] == 'Ok':
            self.note(value[1])
        else:
            self.note_text(value[1])
