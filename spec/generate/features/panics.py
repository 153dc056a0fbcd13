"""Panics: arithmetic that does not fit, places that do not exist, values that are not there; caught, and seen by what
is cleaned up on the way. What is made here stands only where a panic is caught around it."""
from runtime import INT_MAX, INT_MIN, Frame, Panic

PRELUDE = '''\
# Keeps the compiler from knowing a value.
def same(x: Int): Int = x

def note_caught(r: Result<Int, Panic>): Void
  match r
    Ok(n) => note(n)
    Err(p) => note_text(p.message)
  end
end
'''

FAR = [INT_MAX, INT_MAX - 3, INT_MIN, INT_MIN + 5, 2**62, -2**62, 2**33]


class Maker:
    PANICS = ['overflow', 'overflow', 'division', 'negation', 'unchecked_index', 'unwrap_any', 'panic_if']
    STATEMENTS = ['catch_expression', 'catch_block']

    def far(self):
        return ('same', ('int', self.pick(FAR)))

    def overflow(self, depth):
        """The sum is brought back to size behind the check."""
        left, right = self.make_int(depth), self.pick([self.far, lambda: self.make_int(depth)])()
        if self.chance(0.5):
            left, right = right, left
        return ('binary', '%', ('binary', self.pick(['+', '-', '*']), left, right), ('int', 10007))

    def division(self, depth):
        right = self.pick([lambda: self.make_int(depth), lambda: ('same', ('int', self.pick([0, -1, 3])))])()
        left = self.pick([self.far, lambda: self.make_int(depth)])()
        return ('binary', '%', ('binary', self.pick(['/', '%']), left, right), ('int', 10007))

    def negation(self, depth):
        return ('binary', '%', ('negate', self.pick([self.far, lambda: self.make_int(depth)])()), ('int', 10007))

    def place(self, depth):
        """Any place in a vector or text. A negative literal would count from the end."""
        value = self.make_int(depth)
        return ('same', value) if value[0] == 'int' else value

    def unchecked_index(self, depth):
        return ('index', self.make_vec(0), self.place(depth))

    def unwrap_any(self, depth):
        value = self.pick([self.make_option, self.make_result])(depth)
        return ('unwrap', self.pick(['!', '!', '$unwrap', 'unwrap', 'expect']), ('typed', value))

    def panic_if(self, depth):
        return ('if', self.make_bool(depth), ('panic', self.make_text(1)), self.make_int(depth))

    def made_where(self, may_panic, make):
        """Makes what may panic, or must not, whatever holds around it."""
        outside, self.may_panic = self.may_panic, may_panic
        made = make()
        self.may_panic = outside
        return made

    def catch_expression(self):
        return ('catch', self.made_where(True, lambda: self.make_int(3)))

    def catch_block(self):
        return ('catch_block', self.fresh('caught'), self.made_where(True, lambda: self.lambda_body('Int', [])))


class Printer:
    def expr_same(self, value):
        return f'same({self.expr(value)})'

    def expr_negate(self, value):
        return f'(-{self.expr(value)})'

    def expr_panic(self, text):
        return f'panic({self.expr(text)})'

    def do_catch(self, value):
        self.line(f'note_caught(catch_panic(-> {self.expr(value)}))')

    def do_catch_block(self, name, body):
        self.line(f'{name} = catch_panic do ->')
        self.block(body)
        self.line('end')
        self.line(f'note_caught({name})')


class Evaluator:
    def expr_same(self, frame, value):
        return self.expr(value, frame)

    def expr_negate(self, frame, value):
        found = self.expr(value, frame)
        if found == INT_MIN:
            raise Panic(f'integer overflow: -({found}) does not fit in Int')
        return -found

    def expr_panic(self, frame, text):
        raise Panic(self.expr(text, frame))

    def caught(self, run):
        """Runs what may panic and notes how it ended; gives the message if it did."""
        try:
            self.note(run())
        except Panic as panic:
            self.note_text(str(panic))
            return str(panic)
        return None

    def do_catch(self, frame, value):
        self.caught(lambda: self.expr(value, frame))

    def do_catch_block(self, frame, name, body):
        self.caught(lambda: self.call_body(body, Frame(frame)))
