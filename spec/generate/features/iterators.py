"""Loops over everything that can be gone through, and lazy chains of iterators."""


PRELUDE = '''\
# An iterator by its method alone.
struct Countdown
  left: Int
  quiet: Quiet
end

impl Countdown
  def next(mut self): Option<Int>
    return None if self.left <= 0
    self.left -= 1
    Some(self.left)
  end
end

def countdown(n: Int): Countdown = Countdown { left: n, quiet: quiet(2) }
'''


class Maker:
    INT = ['char_code', 'chain_sum']
    VEC = ['chain_vec']
    NESTING = ['for_more', 'for_more']

    def char_code(self, depth):
        known = self.variables('Char')
        return ('char_code', ('name', self.pick(known).name)) if known else self.make_int(depth)

    def for_more(self):
        """A loop over something else than a range or vector of numbers."""
        label = self.label()
        source, names = self.pick([self.over_countdown, self.over_text, self.over_words, self.over_table, self.over_places,
                                   self.over_pairs, self.over_chain])()
        before = [(name, type_, False) for name, type_ in names]
        shape = source[0] if source[0] in ('zipped', 'zipped_lazily') else None
        head = names[0][0] if len(names) == 1 else ('names', shape == 'zipped', *[name for name, _ in names])
        return ('for', label, head, source, self.block('loop', label, before=before))

    def over_countdown(self):
        return ('countdown', self.random.randint(0, 5)), [(self.fresh('i'), 'Int')]

    def over_text(self):
        return ('clip', self.make_text(1)), [(self.fresh('ch'), 'Char')]

    def over_words(self):
        return ('words_method', 'clone', self.make_words(1)), [(self.fresh('t'), 'Text')]

    def over_table(self):
        return ('table_copy', self.make_table(1)), [(self.fresh('t'), 'Text'), (self.fresh('i'), 'Int')]

    def over_places(self):
        return ('places', self.copied(1)), [(self.fresh('i'), 'Int'), (self.fresh('i'), 'Int')]

    def over_pairs(self):
        zipped = self.pick(['zipped', 'zipped_lazily'])
        return (zipped, self.copied(1), self.copied(0)), [(self.fresh('i'), 'Int'), (self.fresh('i'), 'Int')]

    def over_chain(self):
        return self.chain(), [(self.fresh('i'), 'Int')]

    def chain(self):
        """Each step is done for one element before the next element is asked for."""
        steps = []
        for kind in self.random.sample(['map', 'filter', 'take', 'drop', 'take_while'], self.random.randint(1, 3)):
            name = self.fresh('e')
            if kind in ('take', 'drop'):
                steps.append((kind, name, ('int', self.random.randint(0, 4))))
            else:
                steps.append((kind, name, self.lambda_value('Int' if kind == 'map' else 'Bool', [name], 1)))
        return ('chain', self.copied(1), steps)

    def chain_sum(self, depth):
        return ('binary', '%', ('chain_sum', self.chain()), ('int', 10007))

    def chain_vec(self, depth):
        return ('chain_vec', self.chain())


class Printer:
    def expr_char_code(self, char):
        return f'{self.expr(char)}.ord()'

    def expr_countdown(self, count):
        return f'countdown({count})'

    def expr_table_copy(self, table):
        return f'{self.expr(table)}.clone()'

    def expr_places(self, vector):
        return f'{self.expr(vector)}.iter().enumerate()'

    def expr_zipped(self, a, b):
        return f'{self.expr(a)}.zip({self.expr(b)})'

    def expr_zipped_lazily(self, a, b):
        return f'{self.expr(a)}.iter().zip({self.expr(b)}.iter())'

    def expr_chain(self, source, steps):
        text = f'{self.expr(source)}.iter()'
        for kind, name, value in steps:
            lambda_ = '' if kind in ('take', 'drop') else f'{name} -> '
            text += f'.{kind}({lambda_}{self.expr(value)})'
        return text

    def expr_chain_sum(self, chain):
        return f'{self.expr(chain)}.sum()'

    def expr_chain_vec(self, chain):
        return f'{self.expr(chain)}.to_vec()'


class Evaluator:
    def expr_char_code(self, frame, char):
        return ord(self.expr(char, frame))

    def expr_countdown(self, frame, count):
        return range(count - 1, -1, -1)

    def expr_table_copy(self, frame, table):
        return list(self.expr(table, frame).items())

    def expr_places(self, frame, vector):
        return list(enumerate(self.expr(vector, frame)))

    def expr_zipped(self, frame, a, b):
        first = self.expr(a, frame)
        return list(zip(first, self.expr(b, frame)))

    expr_zipped_lazily = expr_zipped

    def expr_chain(self, frame, source, steps):
        items = iter(self.expr(source, frame))
        for kind, name, value in steps:
            items = getattr(self, f'chain_{kind}')(items, frame, name, value)
        return items

    def chain_map(self, items, frame, name, value):
        return (self.applied(frame, {name: item}, value) for item in items)

    def chain_filter(self, items, frame, name, value):
        return (item for item in items if self.applied(frame, {name: item}, value))

    def chain_take(self, items, frame, _name, count):
        left = self.expr(count, frame)
        while left > 0:
            for item in items:
                yield item
                break
            else:
                return
            left -= 1

    def chain_drop(self, items, frame, _name, count):
        left = self.expr(count, frame)
        for item in items:
            if left > 0:
                left -= 1
            else:
                yield item

    def chain_take_while(self, items, frame, name, value):
        for item in items:
            if not self.applied(frame, {name: item}, value):
                return
            yield item

    def expr_chain_sum(self, frame, chain):
        return sum(self.expr(chain, frame))

    def expr_chain_vec(self, frame, chain):
        return list(self.expr(chain, frame))
