"""Makes a random program as a tree, from a seed.

A tree is made of tuples whose first element says what it is; printer.py writes it as Quartz, evaluator.py says what it
prints. An expression knows its type by where it is made. What each of features/ adds is gathered from its lists: TYPES
of variables, INT, TEXT, … forms of expressions, STATEMENTS.
"""

import random

from features import FEATURES
from scope import Scope, Variable

MODULUS = 1000003


TYPES = ['Int', 'Int', 'Int', 'Bool', 'Option', 'Option', 'Option', 'Result', 'Text', 'Vec', 'Shape', 'Cell']


class Maker(*[feature.Maker for feature in FEATURES]):
    def __init__(self, seed, attempt):
        self.random = random.Random(f'{seed}/{attempt}')
        self.prefix = f'p{seed}'  # of the names of its functions: several programs may stand in one file
        self.counter = 0
        self.scopes = []
        self.functions = []
        self.budget = 0
        self.may_panic = False  # is what is being made called where a panic is caught?

    def gathered(self, name):
        """What the features add under `name`: names of methods, or types."""
        return [item for feature in FEATURES for item in getattr(feature.Maker, name, [])]

    def forms(self, name):
        return [getattr(self, form) for form in self.gathered(name)]

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

    def body(self):
        """The function or lambda that is being made."""
        return next(scope for scope in reversed(self.scopes) if scope.kind in ('function', 'lambda'))

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
            if self.callable('Int') and depth > 1 and self.chance(0.5):
                forms += [self.call_function]
            forms += self.forms('INT')
            if self.may_panic:
                forms += self.forms('PANICS')
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
        types = ['Option', 'Result', 'Shape', 'Int', 'Option'] + self.gathered('MATCHED')
        return self.match(self.pick(types), depth, self.make_int)

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

    def callable(self, type_):
        return [f for f in self.functions if f['result'] == type_ and (self.may_panic or not f['may_panic'])]

    def call_function(self, depth, type_='Int'):
        function = self.pick(self.callable(type_))
        return ('call_function', function['name'], [self.expression(t, 0) for _, t in function['params']])

    def make_bool(self, depth):
        if depth <= 0:
            if self.variables('Bool') and self.chance(0.6):
                return ('name', self.pick(self.variables('Bool')).name)
            return ('bool', self.chance(0.5))
        form = self.pick(['compare', 'compare', 'and', 'or', 'not', 'some', 'equal', 'more'])
        if form == 'more':
            return self.pick(self.forms('BOOL'))(depth - 1)
        if form == 'compare':
            return ('binary', self.pick(['<', '<=', '>', '>=', '==', '!=']), self.make_int(depth - 1), self.make_int(depth - 1))
        if form in ('and', 'or'):
            return ('binary', form, self.make_bool(depth - 1), self.make_bool(depth - 1))
        if form == 'not':
            return ('not', self.make_bool(depth - 1))
        if form == 'some':
            return ('call', self.pick(['some?', 'none?']), self.make_option(depth - 1))
        type_ = self.pick(['Option', 'Text', 'Shape', 'Vec', 'Result', 'Cell'] + self.gathered('COMPARED'))
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
        if depth > 0 and self.chance(0.7):
            return self.pick([self.interpolation] * 2 + self.forms('TEXT'))(depth - 1)
        return ('text', self.pick(['', 'x', 'loop', 'ü', 'quartz', '12']))

    def interpolation(self, depth):
        return ('interpolate', [self.pick(['', 'a', '-', 'é']), self.make_int(depth), self.pick(['', '.', ' '])])

    def make_vec(self, depth):
        names = self.variables('Vec')
        if names and self.chance(0.6):
            return ('name', self.pick(names).name)
        if depth > 0 and self.chance(0.6):
            return self.pick([self.comprehension] * 2 + self.forms('VEC'))(depth - 1)
        return ('vec', [self.make_int(0) for _ in range(self.random.randint(0, 4))])

    def comprehension(self, depth):
        source = self.pick([('range', ('int', 0), ('int', self.random.randint(0, 4)), False), None])
        source = source or ('call', 'clone', self.make_vec(0))  # a copy: what is called inside may change the vector
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
        by_hand = getattr(self, f'arms_{type_.lower()}', None)
        if by_hand and (type_ != 'Option' or self.chance(0.6)):
            arms = by_hand(depth, body)
        else:
            arms = self.arms_by_pattern(type_, depth, body)
        return ('match', subject, arms)

    def arm(self, pattern, names, depth, body, guarded=False, guard_depth=1):
        self.scopes.append(Scope('block'))
        for name, type_ in names:
            self.declare(name, type_, False)
        guard = self.make_bool(guard_depth) if guarded else None
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
        if self.body().result in ('Option', 'Result'):
            forms += [self.propagate] * 2
        if self.nesting():
            forms += [self.return_if]
        forms += [self.slot] + self.forms('STATEMENTS')
        if self.nesting() < 3:
            forms += self.forms('NESTING')
        return self.pick(forms)()

    def declaration(self):
        type_ = self.pick(TYPES + self.gathered('TYPES'))
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
        types = ['Int', 'Int', 'Option', 'Option', 'Result', 'Text', 'Vec', 'Shape', 'Bool', 'Cell']
        choices = [v for t in types + self.gathered('TYPES') for v in self.variables(t, mutable=True)]
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
        types = ['Option', 'Option', 'Result', 'Shape', 'Int'] + self.gathered('MATCHED')
        return ('match_statement', self.match(self.pick(types), 1, body))

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
        label, count = self.label(), self.fresh('round')
        limit = self.random.randint(1, 5)
        is_until = self.chance(0.3)
        condition = self.make_bool(1) if self.chance(0.5) else None
        if condition is None and self.variables('Option', mutable=True, filled=True) and self.chance(0.5):
            option = ('name', self.pick(self.variables('Option', mutable=True, filled=True)).name)
            condition = ('binary', '<', ('unwrap', '!', option), ('int', self.random.randint(0, 200)))
        return ('while', label, is_until, count, limit, condition, self.block('loop', label))

    def counted_loop(self):
        label, count = self.label(), self.fresh('round')
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
        """What is deferred must not panic: it may run while a panic unwinds, and a second one ends the program."""
        return ('defer', self.made_where(False, self.deferred))

    def deferred(self):
        return self.pick([('note', self.make_int(1)), self.assignment_of_int()])

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
        # Nobody knows where it is called, so it must not panic.
        body = self.made_where(False, lambda: self.lambda_of(param))
        self.declare(name, 'Fn', False)
        return ('lambda', name, param, body)

    def lambda_of(self, param):
        if self.chance(0.4):
            return ('expression', self.lambda_value('Int', [param], 2))
        return ('do', self.lambda_body('Int', [(param, 'Int')]))

    def lambda_body(self, result, params):
        """The statements of a lambda; the last one is its value unless it has none."""
        self.scopes.append(Scope('lambda', cleanup=self.pick(['defer', 'drop', None]), result=result))
        for name, type_ in params:
            self.declare(name, type_, False)
        statements = [s for s in self.statements(self.random.randint(1, 3)) if s[0] not in ('break', 'continue', 'return')]
        if result != 'Void':
            statements.append(('value', self.expression(result, 1)))
        self.scopes.pop()
        return statements

    def keep_closure(self):
        """A lambda that outlives the round it was made in."""
        return ('keep', self.pick(self.variables('Closures')).name, self.made_where(False, self.kept_body))

    def kept_body(self):
        if self.variables('Int', mutable=True) and self.chance(0.5):
            name = self.pick(self.variables('Int', mutable=True)).name
            return ('do', [('compound', name, '+', self.make_int(0)), ('value', ('name', name))])
        return ('expression', self.lambda_value('Int', [], 1))

    def return_if(self):
        """Out of the lambda, or else the function, that it stands in."""
        result = self.body().result
        value = None if result == 'Void' else self.expression(result, 1)
        return ('return_if', self.make_bool(2), value, self.chance(0.3))

    def propagate(self):
        name = self.fresh('q')
        if self.body().result == 'Option':
            value = self.make_option(1)
        else:
            value = self.make_result(1)
        self.declare(name, 'Int', False)
        return ('propagate', name, value)

    # Programs

    def function(self, index):
        result = self.pick(['Int', 'Option', 'Result'])
        types = ['Int', 'Int', 'Option', 'Text', 'Vec'] + self.gathered('TYPES')
        params = [(self.fresh('x'), self.pick(types)) for _ in range(self.random.randint(1, 2))]
        self.may_panic = result == 'Int' and self.chance(0.2)
        self.scopes = [Scope('function', cleanup=self.pick(['defer', 'drop', None]), result=result)]
        for name, type_ in params:
            self.declare(name, type_, False)
        self.budget = self.random.randint(6, 22)
        body = self.seed_variables() + self.statements(self.random.randint(3, 7))
        if self.chance(0.4) and result == 'Int':
            body.append(('return', self.make_int(1)))
        else:
            body.append(('value', self.final_value(result)))
        function = {'name': f'{self.prefix}_part{index}', 'params': params, 'result': result, 'body': body,
                    'may_panic': self.may_panic}
        self.scopes, self.may_panic = [], False
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
        return found

    def program(self):
        for index in range(self.random.randint(2, 4)):
            self.functions.append(self.function(index))
        calls = []
        for round_ in range(self.random.randint(1, 3)):
            for function in self.functions:
                self.scopes = [Scope('function', result='Int')]
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
        inner = inner or node[:1] in (('for',), ('while',), ('loop',), ('loop_value',), ('lambda',), ('each',))
        return tuple(fix(x, inner) for x in node)

    return fix(body, False)


