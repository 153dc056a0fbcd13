#!/usr/bin/env python3
"""Random Quartz programs about loops, and what each of them must print.

A program is made as a tree, from a seed. The tree is printed as Quartz, and it is also evaluated here, by an interpreter
of its own that shares nothing with the compiler: so a run is compared with an answer, not only with another run.

The programs are about what loops make hard: subjects of `!`, `?` and `match` that are reassigned, captured variables,
break, continue and return out of nested blocks, defer and drop on every way out, Options, Results, enums, vectors and
strings that live over a round or not. Every program is well typed, ends (each loop counts its rounds), stays clear of
overflow, and prints a running checksum.

  loops.py --seed 7                       print the program
  loops.py --seed 7 --expected            print what it must print
  loops.py --seed 0 --count 100 --out D   write D/loop_0.qz, D/loop_0.out …
  loops.py --seed 0 --count 100 --check 'build/bin/quartz run {}' --check 'build/bin/quartz run -O2 {}'
                                          run each program by each command and compare; {} is the program's file
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile

MODULUS = 1000003
STEPS_MAX = 200_000

PRELUDE = '''\
var g_sum = 7
var g_live = 0

def note(x: Int): Int
  g_sum = (g_sum &* 31 &+ x) & 0xFF_FFFF
  x
end

def note_text(s: String): Int
  for c in s
    note(c.ord())
  end
  s.size()
end

struct Noisy
  id: Int
end

impl Drop for Noisy
  def drop(self): Void
    note(self.id + 5000)
    g_live -= 1
  end
end

def noisy(id: Int): Noisy
  note(id)
  g_live += 1
  Noisy { id: id }
end

enum Shape
  Dot
  Line(Int)
  Box(Int, String)
end

struct Cell
  value: Int
  step: Option<Int>
end
'''


# ── Generating ──────────────────────────────────────────────────────────────────────────────────────────────────────
# A tree is made of tuples whose first element says what it is. Expressions know their type by where they are made.

class Variable:
    def __init__(self, name, type_, mutable, filled=False):
        self.name = name
        self.type = type_
        self.mutable = mutable
        self.filled = filled  # an Option that is never None, a Result that is never Err, a vector that is never empty


class Scope:
    """A block: its variables, and which kind of clean-up it may hold (mixing the two would fix an order of drops)."""

    def __init__(self, kind, label=None, cleanup=None):
        self.kind = kind  # 'function', 'lambda', 'loop', 'block'
        self.label = label
        self.variables = []
        self.cleanup = cleanup


TYPES = ['Int', 'Int', 'Int', 'Bool', 'Option', 'Option', 'Option', 'Result', 'Text', 'Vec', 'Shape', 'Cell']


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counter = 0
        self.scopes = []
        self.functions = []
        self.result = None  # result type of the function that is being made
        self.budget = 0

    # Names and variables

    def fresh(self, prefix):
        self.counter += 1
        return f'{prefix}{self.counter}'

    def chance(self, p):
        return self.random.random() < p

    def pick(self, options):
        return self.random.choice(options)

    def variables(self, type_, mutable=None, filled=None):
        return [v for scope in self.scopes for v in scope.variables
                if v.type == type_ and (mutable is None or v.mutable == mutable) and (filled is None or v.filled == filled)]

    def declare(self, name, type_, mutable, filled=False):
        variable = Variable(name, type_, mutable, filled)
        self.scopes[-1].variables.append(variable)
        return variable

    def loops(self):
        """The loops that `break` can reach: the innermost first, up to the function or lambda around them."""
        found = []
        for scope in reversed(self.scopes):
            if scope.kind in ('function', 'lambda'):
                return found
            if scope.kind == 'loop':
                found.append(scope)
        return found

    def in_lambda(self):
        for scope in reversed(self.scopes):
            if scope.kind == 'lambda':
                return True
        return False

    # Expressions

    def expression(self, type_, depth=2):
        return getattr(self, 'make_' + type_.lower())(depth)

    def make_int(self, depth):
        forms = [self.int_literal]
        for type_ in ('Int', 'Int', 'Int'):
            if self.variables(type_):
                forms.append(self.int_variable)
        if self.variables('Option', filled=True):
            forms += [self.unwrap] * 4
        if self.variables('Result', filled=True):
            forms += [self.unwrap_result] * 2
        if self.variables('Cell'):
            forms += [self.cell_value]
        if depth > 0:
            forms += [self.arithmetic] * 3 + [self.int_if, self.int_match, self.int_default, self.vec_size, self.vec_at]
            if self.variables('Fn'):
                forms += [self.call_lambda] * 2
            callable_ = [f for f in self.functions if f['result'] == 'Int']
            if callable_ and depth > 1 and self.chance(0.5):
                forms += [self.call_function]
        return self.pick(forms)(depth - 1)

    def int_literal(self, depth):
        return ('int', self.random.randint(-20, 100))

    def int_variable(self, depth):
        return ('name', self.pick(self.variables('Int')).name)

    def unwrap(self, depth):
        form = self.pick(['!', '!', '!', '$unwrap', 'unwrap', 'expect'])
        return ('unwrap', form, ('name', self.pick(self.variables('Option', filled=True)).name))

    def unwrap_result(self, depth):
        return ('unwrap', '!', ('name', self.pick(self.variables('Result', filled=True)).name))

    def cell_value(self, depth):
        return ('field', ('name', self.pick(self.variables('Cell')).name), 'value')

    def arithmetic(self, depth):
        left, right = self.make_int(depth), self.make_int(depth)
        op = self.pick(['+', '+', '-', '*', '%', '&', '^', 'max'])
        if op == '*':
            return ('binary', '%', ('binary', '*', ('binary', '%', left, ('int', 1009)), ('binary', '%', right, ('int', 1013))), ('int', 10007))
        if op == '%':
            return ('binary', self.pick(['%', '/']), left, ('int', self.pick([2, 3, 5, 7, 10, -3])))
        if op == 'max':
            return ('call', self.pick(['max', 'min']), left, right)
        return ('binary', '%', ('binary', op, left, right), ('int', MODULUS))

    def int_if(self, depth):
        return ('if', self.make_bool(depth), self.make_int(depth), self.make_int(depth))

    def int_match(self, depth):
        return self.match(self.pick(['Option', 'Result', 'Shape', 'Int', 'Option']), depth, lambda d: self.make_int(d))

    def int_default(self, depth):
        return ('call', 'unwrap_or', self.make_option(depth), self.make_int(depth))

    def vec_size(self, depth):
        return ('call', 'size', self.expression(self.pick(['Vec', 'Text']), depth))

    def vec_at(self, depth):
        filled = self.variables('Vec', filled=True)
        if not filled:
            return self.int_literal(depth)
        vector = ('name', self.pick(filled).name)
        return ('index', vector, ('call', 'modulo', self.make_int(0), ('call', 'size', vector)))

    def call_lambda(self, depth):
        return ('call_lambda', self.pick(self.variables('Fn')).name, self.make_int(depth))

    def call_function(self, depth, type_='Int'):
        function = self.pick([f for f in self.functions if f['result'] == type_])
        return ('call_function', function['name'], [self.expression(t, 0) for _, t in function['params']])

    def make_bool(self, depth):
        if depth <= 0:
            if self.variables('Bool') and self.chance(0.6):
                return ('name', self.pick(self.variables('Bool')).name)
            return ('bool', self.chance(0.5))
        forms = ['compare', 'compare', 'and', 'or', 'not', 'some', 'equal']
        form = self.pick(forms)
        if form == 'compare':
            return ('binary', self.pick(['<', '<=', '>', '>=', '==', '!=']), self.make_int(depth - 1), self.make_int(depth - 1))
        if form in ('and', 'or'):
            return ('binary', form, self.make_bool(depth - 1), self.make_bool(depth - 1))
        if form == 'not':
            return ('not', self.make_bool(depth - 1))
        if form == 'some':
            return ('call', self.pick(['some?', 'none?']), self.make_option(depth - 1))
        type_ = self.pick(['Option', 'Text', 'Shape', 'Vec', 'Result'])
        left = self.expression(type_, depth - 1)
        return ('binary', self.pick(['==', '!=']), ('typed', left), self.expression(type_, 0))

    def make_option(self, depth):
        names = self.variables('Option')
        if names and self.chance(0.5):
            return ('name', self.pick(names).name)
        if self.variables('Cell') and self.chance(0.2):
            return ('field', ('name', self.pick(self.variables('Cell')).name), 'step')
        if self.chance(0.15):
            return ('none',)
        if depth > 0 and self.chance(0.3):
            return ('if', self.make_bool(depth - 1), self.make_option(depth - 1), self.make_option(depth - 1))
        return ('some', self.make_int(depth - 1))

    def filled_option(self, depth):
        return ('some', self.make_int(depth))

    def make_result(self, depth):
        names = self.variables('Result')
        if names and self.chance(0.5):
            return ('name', self.pick(names).name)
        if self.chance(0.3):
            return ('err', self.make_text(0))
        return ('ok', self.make_int(depth - 1))

    def make_text(self, depth):
        names = self.variables('Text')
        if names and self.chance(0.5):
            return ('name', self.pick(names).name)
        if depth > 0 and self.chance(0.6):
            return ('interpolate', [self.pick(['', 'a', '-', 'é']), self.make_int(depth - 1), self.pick(['', '.', ' '])])
        return ('text', self.pick(['', 'x', 'loop', 'ü', 'quartz', '12']))

    def make_vec(self, depth):
        names = self.variables('Vec')
        if names and self.chance(0.6):
            return ('name', self.pick(names).name)
        if depth > 0 and self.chance(0.4):
            return self.comprehension(depth - 1)
        return ('vec', [self.make_int(0) for _ in range(self.random.randint(0, 4))])

    def comprehension(self, depth):
        source = self.pick([('range', ('int', 0), ('int', self.random.randint(0, 4)), False), None])
        source = source or self.make_vec(0)
        name = self.fresh('e')
        self.scopes.append(Scope('block'))
        self.declare(name, 'Int', False)
        value = self.make_int(1)
        condition = self.make_bool(1) if self.chance(0.3) else None
        self.scopes.pop()
        return ('comprehension', value, name, source, condition)

    def make_shape(self, depth):
        names = self.variables('Shape')
        if names and self.chance(0.5):
            return ('name', self.pick(names).name)
        return self.pick([lambda: ('variant', 'Dot', []),
                          lambda: ('variant', 'Line', [self.make_int(depth - 1)]),
                          lambda: ('variant', 'Box', [self.make_int(0), self.make_text(0)])])()

    def make_cell(self, depth):
        names = self.variables('Cell')
        if names and self.chance(0.4):
            return ('name', self.pick(names).name)
        return ('cell', self.make_int(depth - 1), self.make_option(0))

    # A match: `body` makes what stands in each arm. Arms cover everything by construction.
    def match(self, type_, depth, body):
        subject = self.expression(type_, max(depth, 0))
        if type_ in ('Option', 'Result'):
            subject = ('typed', subject)
        arms = getattr(self, 'arms_' + type_.lower())(depth, body)
        return ('match', subject, arms)

    def arm(self, pattern, names, depth, body, guarded=False):
        self.scopes.append(Scope('block'))
        for name, type_ in names:
            self.declare(name, type_, False)
        guard = self.make_bool(1) if guarded else None
        result = body(depth)
        self.scopes.pop()
        return (pattern, guard, result)

    def arms_option(self, depth, body):
        arms = []
        if self.chance(0.4):
            low = self.random.randint(-5, 20)
            arms.append(self.arm(('some', ('between', low, low + self.random.randint(0, 30))), [], depth, body))
        if self.chance(0.4):
            n = self.fresh('p')
            arms.append(self.arm(('some', ('bind', n)), [(n, 'Int')], depth, body, guarded=True))
        n = self.fresh('p')
        arms.append(self.arm(('some', ('bind', n)), [(n, 'Int')], depth, body))
        arms.append(self.arm(('none',) if self.chance(0.7) else ('wild',), [], depth, body))
        return arms

    def arms_result(self, depth, body):
        n, e = self.fresh('p'), self.fresh('p')
        arms = [self.arm(('ok', ('bind', n)), [(n, 'Int')], depth, body)]
        arms.append(self.arm(('err', ('bind', e)), [(e, 'Text')], depth, body))
        return arms

    def arms_shape(self, depth, body):
        n, m, s = self.fresh('p'), self.fresh('p'), self.fresh('p')
        arms = [self.arm(('variant', 'Dot', []), [], depth, body)]
        if self.chance(0.3):
            g = self.fresh('p')
            arms.append(self.arm(('variant', 'Line', [('bind', g)]), [(g, 'Int')], depth, body, guarded=True))
        arms.append(self.arm(('variant', 'Line', [('bind', n)]), [(n, 'Int')], depth, body))
        arms.append(self.arm(('variant', 'Box', [('bind', m), ('bind', s)]), [(m, 'Int'), (s, 'Text')], depth, body))
        if self.chance(0.5):
            self.random.shuffle(arms)
            # A guarded arm must stand before the one without guard.
            arms.sort(key=lambda arm: arm[1] is None)
        return arms

    def arms_int(self, depth, body):
        arms = []
        for _ in range(self.random.randint(0, 2)):
            arms.append(self.arm(('literal', self.random.randint(-2, 6)), [], depth, body))
        if len(arms) == 2 and arms[0][0] == arms[1][0]:
            arms.pop()
        if self.chance(0.5):
            low = self.random.randint(7, 20)
            arms.append(self.arm(('between', low, low + 10), [], depth, body))
        n = self.fresh('p')
        if self.chance(0.4):
            arms.append(self.arm(('bind', n), [(n, 'Int')], depth, body, guarded=True))
        arms.append(self.arm(('wild',), [], depth, body))
        return arms

    # Statements

    def block(self, kind='block', label=None, size=None, before=()):
        """A list of statements in a scope of its own; `before` declares what the scope begins with."""
        self.scopes.append(Scope(kind, label, self.pick(['defer', 'drop', None])))
        for name, type_, mutable in before:
            self.declare(name, type_, mutable)
        statements = self.statements(size or self.random.randint(1, 4))
        self.scopes.pop()
        return statements

    def statements(self, count):
        found = []
        for _ in range(count):
            self.budget -= 1
            if self.budget < 0:
                found.append(('note', self.make_int(0)))
                break
            made = self.statement()
            found.append(made)
            if leaves(made):
                break
        return found

    def nesting(self):
        return sum(scope.kind in ('loop', 'lambda') for scope in self.scopes)

    def statement(self):
        forms = [self.declaration] * 3 + [self.note] * 2 + [self.assignment] * 5 + [self.conditional] * 2
        forms += [self.match_statement] * 2
        if self.nesting() < 3:
            forms += [self.for_loop] * 2 + [self.while_loop, self.counted_loop]
            forms += [self.lambda_declaration]
        if self.loops():
            forms += [self.jump] * 2
        if self.scopes[-1].cleanup == 'defer':
            forms += [self.defer] * 2
        if self.scopes[-1].cleanup == 'drop':
            forms += [self.noisy_declaration] * 2
        if self.nesting() and self.variables('Closures'):
            forms += [self.keep_closure]
        if self.result in ('Option', 'Result') and not self.in_lambda():
            forms += [self.propagate] * 2
        if self.nesting():
            forms += [self.return_if]
        forms += [self.guarded_unwrap, self.slot]
        return self.pick(forms)()

    def declaration(self):
        type_ = self.pick(TYPES)
        mutable = self.chance(0.75)
        filled = type_ in ('Option', 'Result') and self.chance(0.7) or type_ == 'Vec' and self.chance(0.5)
        name = self.fresh(type_[0].lower())
        value = self.filled(type_) if filled else self.expression(type_)
        self.declare(name, type_, mutable, filled)
        return ('declare', name, type_, mutable, value)

    def filled(self, type_):
        if type_ == 'Option':
            return self.filled_option(2)
        if type_ == 'Result':
            return ('ok', self.make_int(2))
        return ('vec', [self.make_int(0) for _ in range(self.random.randint(1, 4))])

    def note(self):
        type_ = self.pick(['Int', 'Int', 'Text'])
        return ('note' if type_ == 'Int' else 'note_text', self.expression(type_))

    def assignment(self):
        choices = [v for t in ('Int', 'Int', 'Option', 'Option', 'Result', 'Text', 'Vec', 'Shape', 'Bool', 'Cell')
                   for v in self.variables(t, mutable=True)]
        cells = self.variables('Cell')
        if cells and self.chance(0.25):
            cell = ('name', self.pick(cells).name)
            if self.chance(0.5):
                return ('set_field', cell, 'value', self.make_int(2))
            return ('set_field', cell, 'step', self.make_option(1))
        vectors = self.variables('Vec', filled=True)
        if vectors and self.chance(0.2):
            vector = ('name', self.pick(vectors).name)
            index = ('call', 'modulo', self.make_int(0), ('call', 'size', vector))
            return ('set_index', vector, index, self.make_int(2))
        if not choices:
            return self.declaration()
        variable = self.pick(choices)
        if variable.type == 'Int' and self.chance(0.6):
            op = self.pick(['+', '+', '-', '^'])
            return ('compound', variable.name, op, self.make_int(2))
        if variable.type == 'Text' and self.chance(0.5):
            return ('append', variable.name, self.make_text(1))
        value = self.filled(variable.type) if variable.filled else self.expression(variable.type)
        return ('assign', variable.name, value)

    def conditional(self):
        form = self.pick(['if', 'if', 'unless', 'if-else', 'elsif'])
        branches = [(self.make_bool(2), self.block())]
        if form == 'elsif':
            branches.append((self.make_bool(1), self.block()))
        otherwise = self.block() if form in ('if-else', 'elsif') else None
        return ('branch', form == 'unless', branches, otherwise)

    def match_statement(self):
        def body(depth):
            return ('do', self.block(size=self.random.randint(1, 3)))
        return ('match_statement', self.match(self.pick(['Option', 'Option', 'Result', 'Shape', 'Int']), 1, body))

    def label(self):
        return self.fresh('outer') if self.chance(0.3) else None

    def for_loop(self):
        label, name = self.label(), self.fresh('i')
        if self.chance(0.7):
            start = self.random.randint(-1, 3)
            source = ('range', ('int', start), ('int', start + self.random.randint(0, 5)), self.chance(0.2))
            if self.chance(0.2):
                source = (self.pick(['rev', 'by2']), source)
        else:
            # A copy: the rounds may change the vector itself.
            source = ('call', 'clone', self.make_vec(1))
        return ('for', label, name, source, self.block('loop', label, before=[(name, 'Int', False)]))

    def while_loop(self):
        label, count = self.label(), self.fresh('w')
        limit = self.random.randint(1, 5)
        is_until = self.chance(0.3)
        condition = self.make_bool(1) if self.chance(0.5) else None
        if condition is None and self.variables('Option', mutable=True, filled=True) and self.chance(0.5):
            option = ('name', self.pick(self.variables('Option', mutable=True, filled=True)).name)
            condition = ('binary', '<', ('unwrap', '!', option), ('int', self.random.randint(0, 200)))
        return ('while', label, is_until, count, limit, condition, self.block('loop', label))

    def counted_loop(self):
        label, count = self.label(), self.fresh('w')
        limit = self.random.randint(1, 5)
        if self.chance(0.5):
            return ('loop', label, count, limit, self.block('loop', label))
        body = without_breaks(self.block('loop'))
        name, value = self.fresh('v'), self.make_int(1)
        self.declare(name, 'Int', False)
        return ('loop_value', count, limit, body, value, name)

    def jump(self):
        loops = self.loops()
        kind = self.pick(['break', 'continue', 'continue'])
        target = self.pick(loops)
        label = target.label if target.label and (target is not loops[0] or self.chance(0.5)) else None
        if self.chance(0.8):
            return ('jump_if', kind, label, self.make_bool(2), self.chance(0.3))
        return (kind, label)

    def defer(self):
        return ('defer', self.pick([('note', self.make_int(1)), self.assignment_of_int()]))

    def assignment_of_int(self):
        names = self.variables('Int', mutable=True)
        if not names:
            return ('note', self.make_int(0))
        return ('compound', self.pick(names).name, '+', self.make_int(1))

    def noisy_declaration(self):
        existing = [v for v in self.scopes[-1].variables if v.type == 'Noisy' and v.mutable]
        if existing and self.chance(0.5):
            return ('noisy_assign', self.pick(existing).name, self.make_int(1))
        name = self.fresh('n')
        mutable = self.chance(0.5)
        value = self.make_int(1)
        self.declare(name, 'Noisy', mutable)
        return ('noisy', name, mutable, value)

    def slot(self):
        """An Option of something with a drop: when it goes is not fixed, that it goes once is."""
        name = self.fresh('k')
        return ('slot', name, self.random.randint(0, 3), self.make_int(1))

    def lambda_declaration(self):
        name, param = self.fresh('f'), self.fresh('a')
        self.scopes.append(Scope('lambda', cleanup=self.pick(['defer', 'drop', None])))
        self.declare(param, 'Int', False)
        if self.chance(0.4):
            body = ('expression', self.make_int(2))
        else:
            statements = self.statements(self.random.randint(1, 3))
            statements = [s for s in statements if s[0] not in ('break', 'continue', 'return')]
            body = ('do', statements + [('value', self.make_int(1))])
        self.scopes.pop()
        self.declare(name, 'Fn', False)
        return ('lambda', name, param, body)

    def keep_closure(self):
        """A lambda that outlives the round it was made in."""
        self.scopes.append(Scope('lambda'))
        if self.variables('Int', mutable=True) and self.chance(0.5):
            name = self.pick(self.variables('Int', mutable=True)).name
            body = ('do', [('compound', name, '+', self.make_int(0)), ('value', ('name', name))])
        else:
            body = ('expression', self.make_int(1))
        self.scopes.pop()
        return ('keep', self.pick(self.variables('Closures')).name, body)

    def return_if(self):
        """Out of the lambda, or else the function, that it stands in."""
        type_ = 'Int' if self.in_lambda() else self.result
        return ('return_if', self.make_bool(2), self.expression(type_, 1), self.chance(0.3))

    def propagate(self):
        name = self.fresh('q')
        if self.result == 'Option':
            value = self.make_option(1)
        else:
            value = self.make_result(1)
        self.declare(name, 'Int', False)
        return ('propagate', name, value)

    def guarded_unwrap(self):
        """An unwrap that may fail, seen from outside."""
        value = self.pick([self.make_option, self.make_result])(1)
        return ('catch', value)

    # Programs

    def function(self, index):
        result = self.pick(['Int', 'Option', 'Result'])
        params = [(self.fresh('x'), self.pick(['Int', 'Int', 'Option', 'Text', 'Vec'])) for _ in range(self.random.randint(1, 2))]
        self.result = result
        self.scopes = [Scope('function', cleanup=self.pick(['defer', 'drop', None]))]
        for name, type_ in params:
            self.declare(name, type_, False)
        self.budget = self.random.randint(6, 22)
        body = self.seed_variables() + self.statements(self.random.randint(3, 7))
        if self.chance(0.4) and result == 'Int':
            body.append(('return', self.make_int(1)))
        else:
            body.append(('value', self.final_value(result)))
        function = {'name': f'part{index}', 'params': params, 'result': result, 'body': body}
        self.scopes = []
        return function

    def final_value(self, result):
        if result == 'Option':
            return self.make_option(2)
        if result == 'Result':
            return self.make_result(2)
        return self.make_int(2)

    def seed_variables(self):
        """What every function has: a subject for `!`, a sum, and a place for closures."""
        found = []
        for type_ in ('Option', 'Int'):
            name = self.fresh(type_[0].lower())
            value = self.filled_option(0) if type_ == 'Option' else self.make_int(0)
            self.declare(name, type_, True, type_ == 'Option')
            found.append(('declare', name, type_, True, value))
        if self.chance(0.4):
            name = self.fresh('fs')
            self.declare(name, 'Closures', False)
            found.append(('closures', name))
            self.random_closures = name
        return found

    def program(self):
        for index in range(self.random.randint(2, 4)):
            self.functions.append(self.function(index))
        calls = []
        for round_ in range(self.random.randint(1, 3)):
            for function in self.functions:
                self.scopes = [Scope('function')]
                calls.append((function, [self.expression(t, 1) for _, t in function['params']]))
        return self.functions, calls


def leaves(statement):
    """Does control never come out behind the statement? What followed it would be unreachable."""
    kind = statement[0]
    if kind == 'branch':
        bodies = [body for _, body in statement[2]] + [statement[3] or []]
        return all(body and leaves(body[-1]) for body in bodies)
    if kind == 'match_statement':
        return all(leaves(body[-1]) for _, _, (_, body) in statement[1][2])
    return kind in ('break', 'continue', 'return')


def names_read(node):
    """Every name whose value the tree asks for."""
    if isinstance(node, list):
        return set().union(*map(names_read, node))
    if isinstance(node, dict):
        return names_read(node['body'])
    if not isinstance(node, tuple):
        return set()
    own = {node[1]} if node[:1] in (('name',), ('call_lambda',), ('keep',), ('closures',), ('append',)) else set()
    return own.union(*map(names_read, node))


def without_breaks(body):
    """The body of a loop that has a value: breaks that mean this loop become continues."""
    def fix(node, inner):
        if isinstance(node, list):
            return [fix(x, inner) for x in node]
        if not isinstance(node, tuple):
            return node
        if node[:2] == ('break', None) and not inner:
            return ('continue', None)
        if node[:3] == ('jump_if', 'break', None) and not inner:
            return ('jump_if', 'continue', None, *node[3:])
        inner = inner or node[:1] in (('for',), ('while',), ('loop',), ('loop_value',), ('lambda',))
        return tuple(fix(x, inner) for x in node)

    return fix(body, False)


# ── Printing as Quartz ──────────────────────────────────────────────────────────────────────────────────────────────

TYPE_NAMES = {'Int': 'Int', 'Bool': 'Bool', 'Option': 'Option<Int>', 'Result': 'Result<Int, String>', 'Text': 'String',
              'Vec': 'Vec<Int>', 'Shape': 'Shape', 'Cell': 'Cell'}


class Printer:
    def __init__(self):
        self.lines = []
        self.level = 0

    def line(self, text):
        self.lines.append('  ' * self.level + text)

    def expr(self, node):
        return getattr(self, 'expr_' + node[0])(*node[1:])

    def expr_int(self, value):
        return str(value) if value >= 0 else f'({value})'

    def expr_bool(self, value):
        return 'true' if value else 'false'

    def expr_text(self, value):
        return f'"{value}"'

    def expr_name(self, name):
        return name

    def expr_none(self):
        return 'None'

    def expr_some(self, value):
        return f'Some({self.expr(value)})'

    def expr_ok(self, value):
        return f'Ok({self.expr(value)})'

    def expr_err(self, value):
        return f'Err({self.expr(value)})'

    def expr_variant(self, name, values):
        return f'Shape::{name}' + (f'({", ".join(self.expr(v) for v in values)})' if values else '')

    def expr_cell(self, value, step):
        return f'Cell {{ value: {self.expr(value)}, step: {self.expr(step)} }}'

    def expr_field(self, target, name):
        return f'{self.expr(target)}.{name}'

    def expr_unwrap(self, form, value):
        text = self.expr(value)
        return {'!': f'{text}!', '$unwrap': f'$unwrap({text})', 'unwrap': f'{text}.unwrap()',
                'expect': f'{text}.expect("filled")'}[form]

    def expr_binary(self, op, left, right):
        return f'({self.expr(left)} {op} {self.expr(right)})'

    def expr_not(self, value):
        return f'(not {self.expr(value)})'

    # A literal such as None or Err("x") leaves a part of its type open; a helper's parameter states it.
    def expr_typed(self, value):
        text = self.expr(value)
        if value[0] in ('some', 'none', 'if'):
            return f'option({text})'
        return f'result({text})' if value[0] in ('ok', 'err') else text

    def expr_if(self, condition, then, other):
        return f'(if {self.expr(condition)} then {self.expr(then)} else {self.expr(other)} end)'

    def expr_call(self, name, target, *args):
        if name == 'modulo':
            return f'({self.expr(target)}.abs() % {self.expr(args[0])})'
        text = self.expr_typed(target) if name in ('unwrap_or', 'some?', 'none?') else self.expr(target)
        return f'{text}.{name}({", ".join(self.expr(a) for a in args)})'

    def expr_index(self, target, index):
        return f'{self.expr(target)}[{self.expr(index)}]'

    def expr_call_lambda(self, name, arg):
        return f'{name}({self.expr(arg)})'

    def expr_call_function(self, name, args):
        return f'{name}({", ".join(self.expr(a) for a in args)})'

    def expr_interpolate(self, parts):
        return f'"{parts[0]}#{{{self.expr(parts[1])}}}{parts[2]}"'

    def expr_vec(self, items):
        return f'[{", ".join(self.expr(i) for i in items)}]' if items else 'Vec<Int>.new()'

    def expr_range(self, start, end, inclusive):
        return f'({self.expr(start)}{"..=" if inclusive else ".."}{self.expr(end)})'

    def expr_rev(self, source):
        return f'{self.expr(source)}.rev()'

    def expr_by2(self, source):
        return f'{self.expr(source)}.by(2)'

    def expr_comprehension(self, value, name, source, condition):
        text = f'[{self.expr(value)} for {name} in {self.expr(source)}'
        return text + (f' if {self.expr(condition)}]' if condition else ']')

    def expr_match(self, subject, arms):
        lines = [f'(match {self.expr(subject)}']
        for pattern, guard, value in arms:
            condition = f' if {self.expr(guard)}' if guard else ''
            lines.append('  ' * (self.level + 1) + f'{self.pattern(pattern)}{condition} => {self.expr(value)}')
        return '\n'.join(lines) + '\n' + '  ' * self.level + 'end)'

    def pattern(self, node):
        kind = node[0]
        if kind == 'bind':
            return node[1]
        if kind == 'wild':
            return '_'
        if kind == 'literal':
            return str(node[1])
        if kind == 'between':
            return f'{node[1]}..={node[2]}'
        if kind == 'none':
            return 'None'
        if kind == 'variant':
            return node[1] + (f'({", ".join(self.pattern(p) for p in node[2])})' if node[2] else '')
        return f'{kind.capitalize()}({self.pattern(node[1])})'

    # Statements

    def block(self, statements):
        self.level += 1
        for statement in statements:
            self.statement(statement)
        self.level -= 1

    def statement(self, node):
        getattr(self, 'do_' + node[0])(*node[1:])

    def do_declare(self, name, type_, mutable, value):
        annotation = f': {TYPE_NAMES[type_]}'
        self.line(f'{"var " if mutable else ""}{name}{annotation} = {self.expr(value)}')

    def do_note(self, value):
        self.line(f'note({self.expr(value)})')

    def do_note_text(self, value):
        self.line(f'note_text({self.expr(value)})')

    def do_value(self, value):
        self.line(self.expr(value))

    def do_return(self, value):
        self.line(f'return {self.expr(value)}')

    def do_assign(self, name, value):
        self.line(f'{name} = {self.expr(value)}')

    def do_set_field(self, target, field, value):
        self.line(f'{self.expr(target)}.{field} = {self.expr(value)}')

    def do_set_index(self, target, index, value):
        self.line(f'{self.expr(target)}[{self.expr(index)}] = {self.expr(value)}')

    def do_compound(self, name, op, value):
        self.line(f'{name} {op}= {self.expr(value)}')
        self.line(f'{name} %= {MODULUS}')

    def do_append(self, name, value):
        self.line(f'{name} += {self.expr(value)}')
        self.line(f'{name} = "" if {name}.size() > 60')

    def do_branch(self, is_unless, branches, otherwise):
        for i, (condition, body) in enumerate(branches):
            self.line(f'{"elsif" if i else "unless" if is_unless else "if"} {self.expr(condition)}')
            self.block(body)
        if otherwise is not None:
            self.line('else')
            self.block(otherwise)
        self.line('end')

    def do_match_statement(self, match):
        _, subject, arms = match
        self.line(f'match {self.expr(subject)}')
        self.level += 1
        for pattern, guard, (_, body) in arms:
            condition = f' if {self.expr(guard)}' if guard else ''
            self.line(f'{self.pattern(pattern)}{condition} => do')
            self.block(body)
            self.line('end')
        self.level -= 1
        self.line('end')

    def head(self, label, text):
        self.line((f'{label}: ' if label else '') + text)

    def do_for(self, label, name, source, body):
        self.head(label, f'for {name} in {self.expr(source)}')
        self.block(body)
        self.line('end')

    def do_while(self, label, is_until, count, limit, condition, body):
        self.line(f'var {count} = 0')
        more = f' and {self.expr(condition)}' if condition else ''
        test = f'{count} < {limit}{more}'
        self.head(label, f'until not ({test})' if is_until else f'while {test}')
        self.level += 1
        self.line(f'{count} += 1')
        self.level -= 1
        self.block(body)
        self.line('end')

    def do_loop(self, label, count, limit, body):
        self.line(f'var {count} = 0')
        self.head(label, 'loop')
        self.level += 1
        self.line(f'{count} += 1')
        self.line(f'break if {count} > {limit}')
        self.level -= 1
        self.block(body)
        self.line('end')

    def do_loop_value(self, count, limit, body, value, name):
        self.line(f'var {count} = 0')
        self.line(f'{name} = loop')
        self.level += 1
        self.line(f'{count} += 1')
        self.line(f'break {self.expr(value)} if {count} > {limit}')
        self.level -= 1
        self.block(body)
        self.line('end')

    def do_jump_if(self, kind, label, condition, is_unless):
        self.line(f'{kind}{" " + label if label else ""} {"unless" if is_unless else "if"} {self.expr(condition)}')

    def do_break(self, label):
        self.line('break' + (f' {label}' if label else ''))

    def do_continue(self, label):
        self.line('continue' + (f' {label}' if label else ''))

    def do_return_if(self, condition, value, is_unless):
        self.line(f'return {self.expr(value)} {"unless" if is_unless else "if"} {self.expr(condition)}')

    def do_defer(self, statement):
        if statement[0] == 'note':
            self.line(f'defer note({self.expr(statement[1])})')
        else:
            _, name, op, value = statement
            self.line('defer do')
            self.block([statement])
            self.line('end')

    def do_noisy(self, name, mutable, value):
        self.line(f'{"var " if mutable else ""}{name} = noisy({self.expr(value)})')

    def do_noisy_assign(self, name, value):
        self.line(f'{name} = noisy({self.expr(value)})')

    def do_slot(self, name, rounds, value):
        self.line(f'var {name}: Option<Quiet> = None')
        self.line(f'for _ in 0..{rounds}')
        self.level += 1
        self.line(f'{name} = Some(quiet({self.expr(value)}))')
        self.line(f'note({name}!.id)')
        self.level -= 1
        self.line('end')

    def do_lambda(self, name, param, body):
        if body[0] == 'expression':
            self.line(f'{name} = ({param}: Int) -> {self.expr(body[1])}')
        else:
            self.line(f'{name} = do {param}: Int ->')
            self.block(body[1])
            self.line('end')

    def do_closures(self, name):
        self.line(f'{name}: Vec<Fn(): Int> = []')

    def do_keep(self, name, body):
        if body[0] == 'expression':
            self.line(f'{name}.push(-> {self.expr(body[1])})')
        else:
            self.line(f'{name}.push() do')
            self.block(body[1])
            self.line('end')

    def do_propagate(self, name, value):
        self.line(f'{name} = {self.expr_typed(value)}?')

    def do_catch(self, value):
        self.line(f'note(catch_panic(-> {self.expr_typed(value)}!).unwrap_or(-77))')

    def program(self, functions, calls):
        self.lines.append(PRELUDE)
        self.lines.append(HELPERS)
        for function in functions:
            params = ', '.join(f'{n}: {TYPE_NAMES[t]}' for n, t in function['params'])
            self.line(f'def {function["name"]}({params}): {TYPE_NAMES[function["result"]]}')
            closures = [s[1] for s in function['body'] if s[0] == 'closures']
            body = function['body']
            if closures:
                # What outlived its round is called before the function ends normally.
                self.block(body[:-1])
                self.level += 1
                for name in closures:
                    self.line(f'{name}.each(f -> note(f()))')
                self.level -= 1
                self.block(body[-1:])
            else:
                self.block(body)
            self.line('end')
            self.line('')
        self.line('def main(): Int')
        self.level += 1
        for function, args in calls:
            text = f'{function["name"]}({", ".join(self.expr(a) for a in args)})'
            if function['result'] == 'Int':
                self.line(f'note({text})')
            elif function['result'] == 'Option':
                self.line(f'note({text}.unwrap_or(-1))')
            else:
                self.line(f'note_result({text})')
            self.line(f'puts("{function["name"]} #{{g_sum}}")')
        self.line('puts("live #{g_live}")')
        self.line('g_live')
        self.level -= 1
        self.line('end')
        return '\n'.join(self.lines) + '\n'


HELPERS = '''\
# Like Noisy, but silent: when it is dropped is not part of what is printed, that it is dropped once is.
struct Quiet
  id: Int
end

impl Drop for Quiet
  def drop(self): Void
    g_live -= 1
  end
end

def quiet(id: Int): Quiet
  g_live += 1
  Quiet { id: id }
end

# They state the type of a literal.
def option(x: Option<Int>): Option<Int> = x
def result(x: Result<Int, String>): Result<Int, String> = x

def note_result(r: Result<Int, String>)
  match r
    Ok(n) => note(n)
    Err(text) => note_text(text)
  end
end
'''


# ── Evaluating ──────────────────────────────────────────────────────────────────────────────────────────────────────

class Break(Exception):
    def __init__(self, label):
        self.label = label


class Continue(Break):
    pass


class Return(Exception):
    def __init__(self, value):
        self.value = value


class Panic(Exception):
    pass


class TooLong(Exception):
    pass


class CellObject:
    def __init__(self, value, step):
        self.value = value
        self.step = step


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


def wrap(value):
    return (value + 2**63) % 2**64 - 2**63


def divide(a, b):
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


class Evaluator:
    def __init__(self, functions):
        self.functions = {f['name']: f for f in functions}
        self.sum = 7
        self.steps = 0
        self.out = []

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
        return CellObject(self.expr(value, frame), self.expr(step, frame))

    def expr_field(self, frame, target, name):
        return getattr(self.expr(target, frame), name)

    def expr_unwrap(self, frame, form, value):
        found = self.expr(value, frame)
        if found[0] in ('None', 'Err'):
            raise Panic
        return found[1]

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
                 '%': lambda: a - divide(a, b) * b, '&': lambda: a & b, '^': lambda: a ^ b, '<': lambda: a < b,
                 '<=': lambda: a <= b, '>': lambda: a > b, '>=': lambda: a >= b}[op]()
        assert isinstance(value, bool) or -2**63 <= value < 2**63
        return value

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
            return abs(value) % rest[0]
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
        return self.expr(target, frame)[self.expr(index, frame)]

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
        kind = pattern[0]
        if kind == 'wild':
            return True
        if kind == 'bind':
            frame.names[pattern[1]] = value
            return True
        if kind == 'literal':
            return value == pattern[1]
        if kind == 'between':
            return pattern[1] <= value <= pattern[2]
        if kind == 'none':
            return value[0] == 'None'
        if kind == 'variant':
            return value[0] == pattern[1] and all(self.matches(p, v, frame) for p, v in zip(pattern[2], value[1:]))
        return value[0] == kind.capitalize() and self.matches(pattern[1], value[1], frame)

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
        cell = self.expr(target, frame)
        setattr(cell, field, self.expr(value, frame))

    def do_set_index(self, frame, target, index, value):
        vector = self.expr(target, frame)
        at = self.expr(index, frame)
        found = self.expr(value, frame)
        if not 0 <= at < len(vector):
            raise Panic
        vector[at] = found

    def do_compound(self, frame, name, op, value):
        names = frame.find(name)
        old = names[name]
        found = self.expr(value, frame)
        names[name] = {'+': lambda: old + found, '-': lambda: old - found, '^': lambda: old ^ found}[op]()
        names[name] = names[name] - divide(names[name], MODULUS) * MODULUS

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
                inner.names[name] = item
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
            raise Return(self.expr(value, frame))

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
            if body[0] == 'expression':
                return self.expr(body[1], inner)
            try:
                return self.block(body[1], inner)
            except Return as result:
                return result.value
        frame.names[name] = function

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

    def do_catch(self, frame, value):
        found = self.expr(value, frame)
        self.note(-77 if found[0] in ('None', 'Err') else found[1])

    # Programs

    def call(self, function, args):
        frame = Frame(None)
        for (name, _), value in zip(function['params'], args):
            frame.names[name] = value
        body = function['body']
        closures = [s[1] for s in body if s[0] == 'closures']
        if closures:
            body = body[:-1] + [('call_closures', name) for name in closures] + body[-1:]
        try:
            return self.block(body, frame)
        except Return as result:
            return result.value

    def do_call_closures(self, frame, name):
        for function in list(frame.names[name]):
            self.note(function())

    def program(self, calls):
        for function, args in calls:
            value = self.call(function, [self.expr(a, Frame(None)) for a in args])
            if function['result'] == 'Int':
                self.note(value)
            elif function['result'] == 'Option':
                self.note(value[1] if value[0] == 'Some' else -1)
            elif value[0] == 'Ok':
                self.note(value[1])
            else:
                self.note_text(value[1])
            self.out.append(f'{function["name"]} {self.sum}')
        self.out.append('live 0')
        return '\n'.join(self.out) + '\n'


# ── Entry ───────────────────────────────────────────────────────────────────────────────────────────────────────────

def mark_unread(text, functions):
    """A name that nobody reads begins with `_`, so that the compiler has nothing to warn of."""
    read = names_read(functions)
    return re.sub(r'\b(?!part)[a-z]+\d+\b', lambda m: m.group() if is_read(m.group(), read) else '_' + m.group(), text)


def is_read(name, read):
    return name in read or name.startswith(('w', 'outer', 'k'))


def make(seed):
    """The program of a seed and its output. A tree that runs too long or panics is thrown away for the next attempt."""
    for attempt in range(1000):
        functions, calls = Generator(f'{seed}/{attempt}').program()
        try:
            expected = Evaluator(functions).program(calls)
        except (TooLong, Panic):
            continue
        return f'# loops.py --seed {seed}\n\n' + mark_unread(Printer().program(functions, calls), functions), expected
    raise RuntimeError(f'no program for seed {seed}')


def check(seed, commands, folder):
    source, expected = make(seed)
    path = os.path.join(folder, f'loop_{seed}.qz')
    with open(path, 'w') as file:
        file.write(source)
    good = True
    for command in commands:
        words = [word.replace('{}', path) for word in command.split()]
        result = subprocess.run(words, capture_output=True, text=True, timeout=120)
        if result.returncode != 0 or result.stdout != expected:
            good = False
            print(f'seed {seed}: {command}: status {result.returncode}')
            print(difference(expected, result.stdout, result.stderr))
    if good:
        os.remove(path)
    return good


def difference(expected, found, errors):
    for number, (a, b) in enumerate(zip(expected.splitlines(), found.splitlines())):
        if a != b:
            return f'  line {number + 1}: expected {a!r}, found {b!r}'
    return '  ' + '\n  '.join(errors.splitlines()[:8] or ['the output ends early'])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--count', type=int, default=1)
    parser.add_argument('--expected', action='store_true')
    parser.add_argument('--out')
    parser.add_argument('--check', action='append')
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.count)
    if options.check:
        folder = options.out or tempfile.mkdtemp(prefix='loops')
        os.makedirs(folder, exist_ok=True)
        bad = [seed for seed in seeds if not check(seed, options.check, folder)]
        print(f'{len(seeds) - len(bad)} of {len(seeds)} programs agree')
        return 1 if bad else 0
    for seed in seeds:
        source, expected = make(seed)
        if options.out:
            os.makedirs(options.out, exist_ok=True)
            for ending, text in (('qz', source), ('out', expected)):
                with open(os.path.join(options.out, f'loop_{seed}.{ending}'), 'w') as file:
                    file.write(text)
        else:
            print(expected if options.expected else source, end='')
    return 0


if __name__ == '__main__':
    sys.setrecursionlimit(20000)
    sys.exit(main())
