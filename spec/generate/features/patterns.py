"""Matches with patterns of every kind, made by the type of the subject."""
import re

PRELUDE = ''

# Regular expressions that mean the same in Python. `{}` is where a group has its name, or nothing.
REGEXES = [r'^$', r'\d', r'^({}\w*?)({}\d+)', r'({}[a-z])({}.)?$', r'^(?:x|({}[^x]+))*', r'(?i)({}O+|é)',
           r'({}\w+)\W+({}\w+)']

class Maker:
    MATCHED = ['Text', 'Pair', 'Vec', 'Cell', 'Spot', 'Tree', 'Either', 'Bool', 'Words', 'Nested', 'Byte']
    STATEMENTS = ['drain']

    def arms_by_pattern(self, type_, depth, body):
        """Some arms that may fit, and a last one that does."""
        arms = []
        for _ in range(self.random.randint(1, 3)):
            names = []
            pattern = self.pattern(type_, names, 2)
            # What a guard calls could change the subject, and how much of it was read by then is not fixed.
            arms.append(self.arm(pattern, names, depth, body, self.chance(0.3), guard_depth=0))
            if pattern[0] in ('bind', 'wild') and arms[-1][1] is None:
                return arms
        last = self.fresh('p')
        if self.chance(0.3) and type_ != 'Nested':
            arms.append(self.arm(('bind', last), [(last, type_)], depth, body))
        else:
            arms.append(self.arm(('wild',), [], depth, body))
        return arms

    def pattern(self, type_, names, depth):
        """Names it binds go to `names`; None: it must not bind any."""
        may_bind = names is not None and type_ != 'Nested'
        if self.chance(0.25) or depth == 0:
            return self.binding(type_, names) if may_bind and self.chance(0.7) else ('wild',)
        if type_ == 'Either':  # what a type test is part of would read as part of the type
            return self.form(type_, names, depth)
        if self.chance(0.15):
            return ('or', [self.form(type_, None, depth - 1), self.form(type_, None, depth - 1)])
        if may_bind and self.chance(0.15):
            name = self.fresh('p')
            names.append((name, type_))
            return ('at', name, self.form(type_, names, depth - 1))
        return self.form(type_, names, depth - 1)

    def form(self, type_, names, depth):
        return getattr(self, f'pattern_{type_.lower()}')(names, depth)

    def binding(self, type_, names):
        name = self.fresh('p')
        names.append((name, type_))
        return ('bind', name)

    def pattern_int(self, names, depth):
        n = self.random.randint(-3, 30)
        return self.pick([('literal', n), ('between', n, n + self.random.randint(0, 40)), ('half_open', None, n),
                          ('half_open', n, None), ('half_open', n, n + 9)])

    def pattern_byte(self, names, depth):
        n = self.random.randint(0, 200)
        return self.pick([('literal', n), ('between', n, n + self.random.randint(0, 55)), ('half_open', n, None)])

    def pattern_text(self, names, depth):
        if self.chance(0.3):
            return ('regex', self.regex(names))
        return ('text', self.pick(['', 'x', 'loop', 'ü', 'quartz', '12', 'a1', 'é']))

    def regex(self, names):
        text = self.pick(REGEXES)
        groups = [self.fresh('p') for _ in range(text.count('{}'))] if names is not None else []
        for name in groups:
            names.append((name, 'Text'))
        return text.format(*[f'?P<{name}>' for name in groups] or [''] * text.count('{}'))

    def pattern_bool(self, names, depth):
        return ('bool', self.chance(0.5))

    def pattern_option(self, names, depth):
        return ('none',) if self.chance(0.3) else ('some', self.pattern('Int', names, depth))

    def pattern_pair(self, names, depth):
        return ('tuple', [self.pattern('Int', names, depth), self.pattern('Text', names, depth)])

    def pattern_nested(self, names, depth):
        """The subject is made of the others: (Option<Int>, Bool, Int)."""
        return ('tuple', [self.pattern(type_, names, depth) for type_ in ('Option', 'Bool', 'Int')])

    def make_nested(self, depth):
        return ('nested', ('typed', self.make_option(depth - 1)), self.make_bool(depth - 1), self.make_int(depth - 1))

    def pattern_vec(self, names, depth):
        return self.list_of('Int', 'Vec', names, depth)

    def pattern_words(self, names, depth):
        return self.list_of('Text', 'Words', names, depth)

    def list_of(self, element, type_, names, depth):
        before = [self.pattern(element, names, depth) for _ in range(self.random.randint(0, 2))]
        if self.chance(0.3):
            return ('list', before, None, [])
        after = [self.pattern(element, names, depth) for _ in range(self.random.randint(0, 1))]
        rest = '_'
        if names is not None and self.chance(0.7):
            rest = self.fresh('p')
            names.append((rest, type_))
        return ('list', before, rest, after)

    def pattern_cell(self, names, depth):
        return self.fields('Cell', [('value', 'Int'), ('step', 'Option')], names, depth)

    def pattern_spot(self, names, depth):
        return self.fields('Spot', [('x', 'Int'), ('name', 'Text')], names, depth)

    def fields(self, name, fields, names, depth):
        chosen = [field for field in fields if self.chance(0.7)]
        found = [[field, self.pattern(type_, names, depth)] for field, type_ in chosen]
        return ('fields', name, found, len(found) < len(fields))

    def pattern_tree(self, names, depth):
        if self.chance(0.4):
            return ('variant', 'Leaf', [self.pattern('Int', names, depth)])
        return ('variant', 'Fork', [self.pattern(type_, names, depth) for type_ in ('Tree', 'Int', 'Tree')])

    def pattern_either(self, names, depth):
        name, type_ = self.fresh('p'), self.pick(['Int', 'Text'])
        names.append((name, type_))
        return ('is', name, 'Int' if type_ == 'Int' else 'String')

    def drain(self):
        """A match that reads its subject again in each round while the arms change it."""
        options = self.variables('Option', mutable=True)
        if not options:
            return self.declaration()
        option = self.pick(options)
        if option.filled:
            return self.assignment()
        return ('drain', option.name, self.fresh('p'), self.random.randint(1, 4))

class Printer:
    def pattern_or(self, patterns):
        return '(' + ' | '.join(map(self.pattern, patterns)) + ')'

    def pattern_at(self, name, inner):
        return f'{name} @ {self.pattern(inner)}'

    def pattern_half_open(self, low, high):
        return f'{"" if low is None else low}..{"" if high is None else high}'

    def pattern_text(self, text):
        return f'"{text}"'

    def pattern_regex(self, text):
        return f'~r"{text}"'

    def pattern_bool(self, value):
        return 'true' if value else 'false'

    def pattern_tuple(self, items):
        return f'({", ".join(map(self.pattern, items))})'

    def pattern_list(self, before, rest, after):
        middle = [] if rest is None else [f'...{rest}']
        return f'[{", ".join([*map(self.pattern, before), *middle, *map(self.pattern, after)])}]'

    def pattern_fields(self, name, fields, is_open):
        parts = [f'{field}: {self.pattern(inner)}' for field, inner in fields]
        return f'{name} {{ {", ".join(parts + ["..."] * is_open)} }}'

    def pattern_is(self, name, type_):
        return f'{name}: {type_}'

    def expr_nested(self, *parts):
        return f'({", ".join(map(self.expr, parts))})'

    def do_drain(self, name, part, start):
        self.line(f'{name} = Some({start})')
        self.line('loop')
        self.level += 1
        self.line(f'match {name}')
        self.line('  Some(0) => do')
        self.line(f'    {name} = None')
        self.line('    continue')
        self.line('  end')
        self.line(f'  Some({part}) => {name} = Some(note({part}) - 1)')
        self.line('  None => break')
        self.line('end')
        self.level -= 1
        self.line('end')

class Evaluator:
    def match_or(self, value, frame, patterns):
        return any(self.matches(pattern, value, frame) for pattern in patterns)

    def match_at(self, value, frame, name, inner):
        frame.names[name] = value
        return self.matches(inner, value, frame)

    def match_half_open(self, value, frame, low, high):
        return (low is None or low <= value) and (high is None or value < high)

    def match_text(self, value, frame, text):
        return value == text

    match_bool = match_text

    def match_regex(self, value, frame, text):
        found = re.search(text, value)
        if found:
            frame.names.update({name: group or '' for name, group in found.groupdict().items()})
        return found is not None

    def match_tuple(self, value, frame, items):
        return all(self.matches(p, v, frame) for p, v in zip(items, value[1:]))

    def match_list(self, value, frame, before, rest, after):
        fixed = len(before) + len(after)
        if len(value) < fixed or (rest is None and len(value) != fixed):
            return False
        stop = len(value) - len(after)
        if rest is not None:
            frame.names[rest] = value[len(before):stop]
        return all(self.matches(p, v, frame) for p, v in zip(before + after, value[:len(before)] + value[stop:]))

    def match_fields(self, value, frame, _name, fields, _is_open):
        return all(self.matches(inner, value.fields[field], frame) for field, inner in fields)

    def match_is(self, value, frame, name, type_):
        frame.names[name] = value
        return isinstance(value, str) == (type_ == 'String')

    def expr_nested(self, frame, *parts):
        return ('tuple', *[self.expr(part, frame) for part in parts])

    def do_drain(self, frame, name, _part, start):
        for n in range(start, 0, -1):
            self.note(n)
        frame.find(name)[name] = ('None',)
