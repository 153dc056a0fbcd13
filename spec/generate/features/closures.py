"""Functions as values: with a state of their own, made by others, given to others, blocks behind calls."""
from runtime import Frame, remainder
from scope import Scope

PRELUDE = '''\
def counter(start: Int, step: Int): Fn(): Int
  var n = start
  do ->
    n = (n + step) % 10007
    n
  end
end

def curried(a: Int): Fn(Int): Fn(Int): Int = b -> c -> (a * 3 + b - c) % 10007

def twice(x: Int, f: Fn(Int): Int): Int = f(f(x))
'''
TYPE_NAMES = {'Counter': 'Fn(): Int'}


class Maker:
    TYPES = ['Counter']
    INT = ['call_counter', 'call_curried', 'call_twice']
    NESTING = ['each_block', 'nested_lambda']

    def make_counter(self, depth):
        def fresh():
            return ('counter', self.make_int(depth - 1), self.make_int(0))
        return self.known_or('Counter', fresh)

    def call_counter(self, depth):
        return ('call_counter', self.make_counter(depth))

    def call_curried(self, depth):
        return ('call_curried', self.make_int(depth), self.make_int(0), self.make_int(0))

    def call_twice(self, depth):
        param = self.fresh('a')
        value = self.lambda_value('Int', [param], 1)
        return ('call_twice', self.make_int(depth), param, value)

    def each_block(self):
        source, name = self.copied(1), self.fresh('e')
        return ('each', source, name, self.lambda_body('Void', [(name, 'Int')]))

    def nested_lambda(self):
        """Two lambdas that share what the outer one binds; the inner one is called where it is made."""
        name, inner, shared = self.fresh('c'), self.fresh('f'), self.fresh('i')
        value, body = self.made_where(False, lambda: self.sharing_body(shared))
        self.declare(name, 'Counter', False)
        return ('nested_lambda', name, inner, shared, value, body)

    def sharing_body(self, shared):
        self.scopes.append(Scope('lambda', result='Int'))
        value = self.make_int(1)
        self.declare(shared, 'Int', True)
        body = self.lambda_body('Int', [])
        self.scopes.pop()
        return value, body


class Printer:
    def expr_counter(self, start, step):
        return f'counter({self.expr(start)}, {self.expr(step)})'

    def expr_call_counter(self, function):
        return f'{self.expr(function)}()'

    def expr_call_curried(self, a, b, c):
        return f'curried({self.expr(a)})({self.expr(b)})({self.expr(c)})'

    def expr_call_twice(self, value, param, result):
        return f'twice({self.expr(value)}, {param} -> {self.expr(result)})'

    def do_each(self, source, name, body):
        self.line(f'{self.expr(source)}.each() do {name} ->')
        self.block(body)
        self.line('end')

    def do_nested_lambda(self, name, inner, shared, value, body):
        self.line(f'{name} = do ->')
        self.level += 1
        self.line(f'var {shared} = {self.expr(value)}')
        self.line(f'{inner} = do ->')
        self.block(body)
        self.line('end')
        for _ in range(2):
            self.line(f'{shared} = ({shared} + {inner}()) % 10007')
        self.line(shared)
        self.level -= 1
        self.line('end')


class Evaluator:
    def expr_counter(self, frame, start, step):
        state, by = [self.expr(start, frame)], self.expr(step, frame)

        def function():
            state[0] = remainder(state[0] + by, 10007)
            return state[0]
        return function

    def expr_call_counter(self, frame, function):
        return self.expr(function, frame)()

    def expr_call_curried(self, frame, a, b, c):
        x, y, z = self.expr(a, frame), self.expr(b, frame), self.expr(c, frame)
        return remainder(x * 3 + y - z, 10007)

    def expr_call_twice(self, frame, value, param, result):
        found = self.expr(value, frame)
        for _ in range(2):
            found = self.applied(frame, {param: found}, result)
        return found

    def do_each(self, frame, source, name, body):
        for item in self.expr(source, frame):
            inner = Frame(frame)
            inner.names[name] = item
            self.call_body(body, inner)

    def do_nested_lambda(self, frame, name, _inner, shared, value, body):
        def function():
            outer = Frame(frame)
            outer.names[shared] = self.expr(value, outer)
            for _ in range(2):
                before = outer.names[shared]
                outer.names[shared] = remainder(before + self.call_body(body, Frame(outer)), 10007)
            return outer.names[shared]
        frame.names[name] = function
