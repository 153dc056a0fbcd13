#!/usr/bin/env python3
"""A large program for measuring compile time: the same work in Quartz and in C, the same every time for a seed.

  generate.py --out D                  D/large.qz and D/large.c: 5,000 functions, about 85,000 lines of Quartz
  generate.py --functions 500 --seed 3 --out D

The functions have locals, loops, conditions, structs, vectors and calls of functions before them. Each takes an Int and
gives one that fits in 31 bits, so the call tree cannot overflow; the number of calls stays small because a function
calls only few others and most calls stand behind a condition that holds for few arguments. Every function
is called at least once, and `main` prints a checksum. Every value is read by somebody, so that neither compiler has
anything to say about the program.
"""

import argparse
import os
import random

MODULUS = 2147483647


class Function:
    """The statements of one function in both languages, made side by side so that they cannot drift apart."""

    def __init__(self, rng, index):
        self.rng = rng
        self.index = index
        self.quartz = []
        self.c = []
        self.level = 1
        self.locals = ['n']
        self.unread = ['n']  # locals whose last value nobody has read yet
        self.temporaries = 0
        self.calls = 0

    def emit(self, quartz, c):
        indent = '  ' * self.level
        if quartz is not None:
            self.quartz.append(indent + quartz)
        if c is not None:
            self.c.append(indent + c)

    def name(self, prefix):
        self.temporaries += 1
        return f'{prefix}{self.temporaries}'

    # ── Who reads what ────────────────────────────────────────────────────────────────────────────────────────────
    def read(self, name):
        if name in self.unread:
            self.unread.remove(name)
        return name

    def wrote(self, name):
        if name not in self.unread:
            self.unread.append(name)

    def add_local(self, name):
        self.locals.append(name)
        self.wrote(name)

    def variables(self):
        """The locals that can be assigned; there is always one, because a function begins with a declaration."""
        return [name for name in self.locals if name.startswith('v')]

    def read_all(self, names):
        """Adds those of the names that nobody has read to a variable that lives longer."""
        left = [self.read(name) for name in names if name in self.unread]
        if left:
            self.accumulate(self.rng.choice([name for name in self.variables() if name not in names]), left)

    # ── Expressions ───────────────────────────────────────────────────────────────────────────────────────────────
    def operand(self):
        if self.rng.random() < 0.7:
            return self.read(self.rng.choice(self.locals))
        return str(self.rng.randint(1, 999))

    def expression(self, first=None):
        """A value of -MODULUS to MODULUS whose parts stay within 63 bits, made of `first` and something else."""
        a, b, c = first or self.operand(), self.operand(), self.rng.randint(2, 97)
        form = self.rng.randint(0, 4)
        if form == 0:
            return f'({a} * {c} + {b}) % {MODULUS}'
        if form == 1:
            return f'({a} - {b}) % {MODULUS}'
        if form == 2:
            return f'({a} ^ {b} * {c}) % {MODULUS}'
        if form == 3:
            return f'({a} / {c} + {b} % {c}) % {MODULUS}'
        return f'({a} & {b}) + {c}'

    def condition(self):
        a, b = self.operand(), self.operand()
        op = self.rng.choice(['<', '>', '<=', '>=', '==', '!='])
        left, right = self.rng.sample(range(3, 18), 2)
        return f'{a} % {left} {op} {b} % {right}'

    # ── Statements ────────────────────────────────────────────────────────────────────────────────────────────────
    def declare(self):
        name, value = self.name('v'), self.expression()
        self.emit(f'var {name} = {value}', f'int64_t {name} = {value};')
        self.add_local(name)

    def assign(self):
        """The new value is made from the old one, which is read by this at the latest."""
        name = self.rng.choice(self.variables())
        value = self.expression(name)
        self.emit(f'{name} = {value}', f'{name} = {value};')
        self.wrote(name)

    def accumulate(self, name, others):
        value = f'({" + ".join([name, *others])}) % {MODULUS}'
        self.emit(f'{name} = {value}', f'{name} = {value};')
        self.wrote(name)

    def block(self, count, depth):
        known = len(self.locals)
        self.level += 1
        for _ in range(count):
            self.statement(depth - 1)
        self.read_all(self.locals[known:])
        self.level -= 1
        del self.locals[known:]

    def branch(self, depth):
        condition = self.condition()
        self.emit(f'if {condition}', f'if ({condition}) {{')
        self.block(self.rng.randint(1, 3), depth)
        if self.rng.random() < 0.5:
            self.emit('else', '} else {')
            self.block(self.rng.randint(1, 2), depth)
        self.emit('end', '}')

    def for_loop(self, depth):
        name, count = self.name('i'), self.rng.randint(2, 6)
        self.emit(f'for {name} in 0..{count}', f'for (int64_t {name} = 0; {name} < {count}; {name}++) {{')
        self.locals.append(name)
        self.block(self.rng.randint(1, 3), depth)
        self.locals.remove(name)
        self.emit('end', '}')

    def while_loop(self, depth):
        name, start = self.name('w'), self.rng.randint(1, 200)
        self.emit(f'var {name} = {start}', f'int64_t {name} = {start};')
        self.emit(f'while {name} > 0', f'while ({name} > 0) {{')
        self.block(self.rng.randint(1, 2), depth)
        self.level += 1
        self.emit(f'{name} /= 3', f'{name} /= 3;')
        self.level -= 1
        self.emit('end', '}')

    def vector(self):
        name, index, size = self.name('a'), self.name('i'), self.rng.randint(3, 9)
        a, total = self.operand(), self.name('v')
        self.emit(f'{name} = Vec.filled({size}, {a})', f'int64_t {name}[{size}];')
        self.emit(None, f'for (int64_t {index} = 0; {index} < {size}; {index}++) {name}[{index}] = {a};')
        self.emit(f'for {index} in 1..{size}', f'for (int64_t {index} = 1; {index} < {size}; {index}++) {{')
        self.level += 1
        value = f'({name}[{index} - 1] * {self.rng.randint(2, 9)} + {index}) % {MODULUS}'
        self.emit(f'{name}[{index}] = {value}', f'{name}[{index}] = {value};')
        self.level -= 1
        self.emit('end', '}')
        self.emit(f'var {total} = {name}[{size - 1}]', f'int64_t {total} = {name}[{size - 1}];')
        self.add_local(total)

    def structure(self):
        name, x, y = self.name('p'), self.operand(), self.operand()
        kind = self.rng.randrange(RECORDS)
        result = self.name('v')
        self.emit(f'var {name} = Record{kind} {{ x: {x}, y: {y}, weight: {kind + 1} }}',
                  f'Record{kind} {name} = {{{x}, {y}, {kind + 1}}};')
        self.emit(f'{name}.x = ({name}.x + {name}.y * {name}.weight) % {MODULUS}',
                  f'{name}.x = ({name}.x + {name}.y * {name}.weight) % {MODULUS};')
        self.emit(f'var {result} = weigh{kind}({name})', f'int64_t {result} = weigh{kind}({name});')
        self.add_local(result)

    def call(self):
        if not self.index or self.calls == 2:
            return self.assign()
        self.calls += 1
        name = self.name('v')
        target = self.rng.randrange(max(0, self.index - 200), self.index)
        argument, divisor = self.operand(), self.rng.randint(5, 11)
        self.emit(f'var {name} = {argument}', f'int64_t {name} = {argument};')
        self.emit(f'if {name} % {divisor} == 1', f'if ({name} % {divisor} == 1) {{')
        self.level += 1
        self.emit(f'{name} = work{target}({name} / 2)', f'{name} = work{target}({name} / 2);')
        self.level -= 1
        self.emit('end', '}')
        self.add_local(name)

    def statement(self, depth):
        forms = [self.declare, self.assign, self.assign]
        if depth > 0:
            forms += [lambda: self.branch(depth), lambda: self.for_loop(depth), lambda: self.while_loop(depth)]
        if self.level == 1:
            forms += [self.vector, self.structure, self.call, self.call]
        self.rng.choice(forms)()

    def make(self):
        self.declare()
        # About 17 lines of Quartz a function, with head, result, `end` and blank line.
        while len(self.quartz) < 8:
            self.statement(2)
        recent = self.variables()[-3:]
        values = [name for name in self.unread if name not in recent] + recent
        total = ' + '.join(values)
        self.emit(f'({total}) % {MODULUS}', f'return ({total}) % {MODULUS};')
        return self


RECORDS = 20


def records():
    quartz, c = [], []
    for i in range(RECORDS):
        quartz += [f'@value struct Record{i}', '  x: Int', '  y: Int', '  weight: Int', 'end', '',
                   f'def weigh{i}(r: Record{i}): Int = (r.x * r.weight - r.y) % {MODULUS}', '']
        c += ['typedef struct {', '  int64_t x, y, weight;', f'}} Record{i};', '',
              f'static int64_t weigh{i}(Record{i} r) {{ return (r.x * r.weight - r.y) % {MODULUS}; }}', '']
    return quartz, c


GROUP = 20


def sum_lines(calls):
    """`total`, a checksum of what the calls give, in both languages."""
    quartz, c = ['  var total = 0'], ['  int64_t total = 0;']
    for call in calls:
        quartz.append(f'  total = (total * 31 + {call}) % {MODULUS}')
        c.append(f'  total = (total * 31 + {call}) % {MODULUS};')
    return quartz, c


def group(calls, quartz, c):
    """Functions that make GROUP of the calls each; gives the calls of these functions."""
    found = []
    for start in range(0, len(calls), GROUP):
        first = calls[start].split('(')[0]
        lines = sum_lines(calls[start:start + GROUP])
        quartz += [f'def sum_{first}(): Int', *lines[0], '  total', 'end', '']
        c += [f'static int64_t sum_{first}(void) {{', *lines[1], '  return total;', '}', '']
        found.append(f'sum_{first}()')
    return found


def program(functions, seed):
    rng = random.Random(seed)
    quartz, c = records()
    c = ['#include <inttypes.h>', '#include <stdio.h>', ''] + c
    for index in range(functions):
        function = Function(rng, index).make()
        quartz += [f'def work{index}(n: Int): Int'] + function.quartz + ['end', '']
        c += [f'static int64_t work{index}(int64_t n) {{'] + function.c + ['}', '']
    names = [f'work{index}({rng.randint(1, 9999)})' for index in range(functions)]
    # Groups of groups: no function is unlike what a person would write.
    while len(names) > GROUP:
        names = group(names, quartz, c)
    total = sum_lines(names)
    quartz += ['def main()'] + total[0] + ['  puts(total)', 'end']
    c += ['int main(void) {'] + total[1] + ['  printf("%" PRId64 "\\n", total);', '  return 0;', '}']
    return '\n'.join(quartz) + '\n', '\n'.join(c) + '\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--functions', type=int, default=5000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--out', default='.')
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    for ending, text in zip(('qz', 'c'), program(options.functions, options.seed)):
        path = os.path.join(options.out, f'large.{ending}')
        with open(path, 'w') as file:
            file.write(text)
        print(f'{path}: {text.count(chr(10))} lines')


if __name__ == '__main__':
    main()
