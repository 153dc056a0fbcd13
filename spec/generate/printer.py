"""Writes a tree as Quartz."""
from features import FEATURES

MODULUS = 1000003

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



TYPE_NAMES = {'Int': 'Int', 'Bool': 'Bool', 'Option': 'Option<Int>', 'Result': 'Result<Int, String>', 'Text': 'String',
              'Vec': 'Vec<Int>', 'Shape': 'Shape', 'Cell': 'Cell'}


for _feature in FEATURES:
    TYPE_NAMES.update(getattr(_feature, 'TYPE_NAMES', {}))


class Printer(*[feature.Printer for feature in FEATURES]):
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
        return getattr(self, f'pattern_{node[0]}')(*node[1:])

    def pattern_bind(self, name):
        return name

    def pattern_wild(self):
        return '_'

    def pattern_literal(self, value):
        return str(value)

    def pattern_between(self, low, high):
        return f'{low}..={high}'

    def pattern_none(self):
        return 'None'

    def pattern_variant(self, name, parts):
        return name + (f'({", ".join(map(self.pattern, parts))})' if parts else '')

    def pattern_some(self, inner):
        return f'Some({self.pattern(inner)})'

    def pattern_ok(self, inner):
        return f'Ok({self.pattern(inner)})'

    def pattern_err(self, inner):
        return f'Err({self.pattern(inner)})'

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
        if isinstance(name, tuple):
            _, is_tuple, *names = name
            name = f'({", ".join(names)})' if is_tuple else ', '.join(names)
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
        given = f' {self.expr(value)}' if value else ''
        self.line(f'return{given} {"unless" if is_unless else "if"} {self.expr(condition)}')

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

    # Programs

    def function(self, function):
        params = ', '.join(f'{n}: {TYPE_NAMES[t]}' for n, t in function['params'])
        self.line(f'def {function["name"]}({params}): {TYPE_NAMES[function["result"]]}')
        body = function['body']
        self.block(body[:-1])
        self.level += 1
        # What outlived its round is called before the function ends normally.
        for name in (s[1] for s in body if s[0] == 'closures'):
            self.line(f'{name}.each(f -> note(f()))')
        self.level -= 1
        self.block(body[-1:])
        self.line('end')
        self.line('')

    def call(self, function, args):
        return f'{function["name"]}({", ".join(self.expr(a) for a in args)})'

    def program(self, prefix, functions, calls):
        """The functions of one program, and `PREFIX_program`, which calls them and prints what they did."""
        for function in functions:
            self.function(function)
        self.line(f'def {prefix}_program(): Void')
        self.level += 1
        self.line('g_sum = 7')
        for function, args in calls:
            self.line(self.noted(function, self.call(function, args)))
            self.line(f'puts("{function["name"]} #{{g_sum}}")')
        self.level -= 1
        self.line('end')
        self.line('')
        return '\n'.join(self.lines) + '\n'

    @staticmethod
    def noted(function, text):
        if function['may_panic']:
            return f'note_caught(catch_panic(-> {text}))'
        if function['result'] == 'Int':
            return f'note({text})'
        return f'note({text}.unwrap_or(-1))' if function['result'] == 'Option' else f'note_result({text})'


def prelude():
    return '\n'.join([PRELUDE, *[feature.PRELUDE for feature in FEATURES if feature.PRELUDE]])
