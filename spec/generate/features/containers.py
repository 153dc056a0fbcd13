"""Vectors and maps that change, and what goes through them."""
from runtime import Frame, Panic, at, inspected, remainder
from scope import Scope

PRELUDE = ''
TYPE_NAMES = {'Table': 'Map<String, Int>'}


class Maker:
    TYPES = ['Table']
    COMPARED = ['Table']
    INT = ['reduction', 'extreme', 'table_get', 'table_size', 'place_of', 'sum']
    VEC = ['mapped', 'filtered', 'vec_method', 'vec_method', 'vec_concat', 'table_values']
    PANICS = ['any_key', 'any_delete']
    STATEMENTS = ['change_vec', 'change_vec', 'change_table', 'change_table']

    def lambda_value(self, type_, params, depth):
        """The value of a lambda that is called at once."""
        self.scopes.append(Scope('lambda', result=type_))
        for name in params:
            self.declare(name, 'Int', False)
        value = self.expression(type_, depth)
        self.scopes.pop()
        return value

    def copied(self, depth):
        """A vector that nothing changes while it is gone through."""
        return ('call', 'clone', self.make_vec(depth))

    def mapped(self, depth):
        name = self.fresh('e')
        return ('map', self.copied(depth), name, self.lambda_value('Int', [name], 1))

    def filtered(self, depth):
        name = self.fresh('e')
        return ('filter', self.copied(depth), name, self.lambda_value('Bool', [name], 1))

    def reduction(self, depth):
        sum_, name = self.fresh('a'), self.fresh('e')
        return ('reduce', self.copied(depth), self.make_int(depth), sum_, name, self.lambda_value('Int', [sum_, name], 1))

    def vec_method(self, depth):
        name = self.pick(['sorted', 'reversed', 'take', 'drop', 'unique'])
        return ('vec_method', name, self.make_vec(depth), self.random.randint(0, 3))

    def vec_concat(self, depth):
        return ('vec_method', 'take', ('binary', '+', self.make_vec(depth), self.make_vec(0)), 6)

    def extreme(self, depth):
        return ('extreme', self.pick(['min', 'max', 'first', 'last']), self.make_vec(depth))

    def sum(self, depth):
        return ('binary', '%', ('sum', self.make_vec(depth)), ('int', 10007))

    def place_of(self, depth):
        return ('place_of', self.make_vec(depth), self.make_int(0))

    def make_table(self, depth):
        known = self.variables('Table')
        if known and self.chance(0.7):
            return ('name', self.pick(known).name)
        keys = self.random.sample(['a', 'b', 'x', 'quartz', ''], self.random.randint(0, 3))
        return ('table', [(('text', key), self.make_int(depth - 1)) for key in keys])

    def key(self):
        return self.make_text(0)

    def table_get(self, depth):
        return ('table_get', self.make_table(depth), self.key(), self.make_int(0))

    def table_size(self, depth):
        return ('call', 'size', self.make_table(depth))

    def table_values(self, depth):
        return ('table_values', self.make_table(depth))

    def any_key(self, depth):
        return ('any_key', self.make_table(depth), self.key())

    def any_delete(self, depth):
        return ('any_delete', self.make_vec(0), self.make_int(depth))

    def change_vec(self):
        known = self.variables('Vec')
        if not known:
            return self.declaration()
        change = self.pick(['push', 'push', 'pop', 'sort', 'reverse', 'add', 'swap', 'insert'])
        return ('change_vec', change, ('name', self.pick(known).name), self.make_int(1), self.make_int(0))

    def change_table(self):
        known = self.variables('Table')
        if not known:
            return self.declaration()
        change = self.pick(['set', 'set', 'delete', 'update', 'get_or_insert'])
        return ('change_table', change, ('name', self.pick(known).name), self.key(), self.make_int(1))


class Printer:
    def expr_map(self, source, name, value):
        return f'{self.expr(source)}.map({name} -> {self.expr(value)})'

    def expr_filter(self, source, name, value):
        return f'{self.expr(source)}.filter({name} -> {self.expr(value)})'

    def expr_reduce(self, source, start, sum_, name, value):
        return f'{self.expr(source)}.reduce({self.expr(start)}, ({sum_}, {name}) -> {self.expr(value)})'

    def expr_vec_method(self, name, source, count):
        return f'{self.expr(source)}.{name}({count if name in ("take", "drop") else ""})'

    def expr_extreme(self, name, source):
        return f'{self.expr(source)}.{name}().unwrap_or(-5)'

    def expr_sum(self, source):
        return f'{self.expr(source)}.sum()'

    def expr_place_of(self, source, value):
        return f'{self.expr(source)}.index_of({self.expr(value)}).unwrap_or(-1)'

    def expr_table(self, entries):
        if not entries:
            return 'Map<String, Int>.new()'
        return '{ ' + ', '.join(f'{self.expr(k)} => {self.expr(v)}' for k, v in entries) + ' }'

    def expr_table_get(self, table, key, fallback):
        return f'{self.expr(table)}.get_or({self.expr(key)}, {self.expr(fallback)})'

    def expr_table_values(self, table):
        return f'{self.expr(table)}.values()'

    def expr_any_key(self, table, key):
        return f'{self.expr(table)}[{self.expr(key)}]'

    def expr_any_delete(self, vector, index):
        return f'{self.expr(vector)}.delete({self.expr(index)})'

    def do_change_vec(self, change, vector, value, index):
        target, first, second = self.expr(vector), self.expr(value), self.expr(index)
        place = f'{second}.abs() % {target}.size()'
        self.line({'push': f'{target}.push({first})', 'pop': f'note({target}.pop().unwrap_or(-9))',
                   'sort': f'{target}.sort()', 'reverse': f'{target}.reverse()', 'insert': f'{target}.insert(0, {first})',
                   'add': f'{target}[{place}] += {second} if {target}.size() > 0',
                   'swap': f'{target}.swap(0, {place}) if {target}.size() > 0'}[change])
        self.line(f'{target}.truncate(12)')

    def do_change_table(self, change, table, key, value):
        target, at_, found = self.expr(table), self.expr(key), self.expr(value)
        name = f'{target}old'
        self.line({'set': f'{target}[{at_}] = {found}', 'delete': f'note({target}.delete({at_}).unwrap_or(-8))',
                   'update': f'{target}.update({at_}, 3, {name} -> ({name} + {found}) % 10007)',
                   'get_or_insert': f'note({target}.get_or_insert({at_}, -> {found}))'}[change])


class Evaluator:
    def expr_map(self, frame, source, name, value):
        return [self.applied(frame, {name: item}, value) for item in self.expr(source, frame)]

    def applied(self, frame, names, value):
        inner = Frame(frame)
        inner.names.update(names)
        return self.expr(value, inner)

    def expr_filter(self, frame, source, name, value):
        return [item for item in self.expr(source, frame) if self.applied(frame, {name: item}, value)]

    def expr_reduce(self, frame, source, start, sum_, name, value):
        items, result = self.expr(source, frame), self.expr(start, frame)
        for item in items:
            result = self.applied(frame, {sum_: result, name: item}, value)
        return result

    def expr_vec_method(self, frame, name, source, count):
        found = self.expr(source, frame)
        return {'sorted': lambda: sorted(found), 'reversed': lambda: found[::-1], 'take': lambda: found[:count],
                'drop': lambda: found[count:], 'unique': lambda: list(dict.fromkeys(found))}[name]()

    def expr_extreme(self, frame, name, source):
        found = self.expr(source, frame)
        return {'min': min, 'max': max, 'first': lambda v: v[0], 'last': lambda v: v[-1]}[name](found) if found else -5

    def expr_sum(self, frame, source):
        return sum(self.expr(source, frame))

    def expr_place_of(self, frame, source, value):
        found, wanted = self.expr(source, frame), self.expr(value, frame)
        return found.index(wanted) if wanted in found else -1

    def expr_table(self, frame, entries):
        return {self.expr(key, frame): self.expr(value, frame) for key, value in entries}

    def expr_table_get(self, frame, table, key, fallback):
        found, at_, other = self.expr(table, frame), self.expr(key, frame), self.expr(fallback, frame)
        return found.get(at_, other)

    def expr_table_values(self, frame, table):
        return list(self.expr(table, frame).values())

    def expr_any_key(self, frame, table, key):
        found, at_ = self.expr(table, frame), self.expr(key, frame)
        if at_ not in found:
            raise Panic(f'key {inspected(at_)} is not in the map')
        return found[at_]

    def expr_any_delete(self, frame, vector, index):
        found = self.expr(vector, frame)
        return found.pop(at(found, self.expr(index, frame)))

    def do_change_vec(self, frame, change, vector, value, index):
        found = self.expr(vector, frame)
        if change in ('push', 'insert'):
            found.insert(len(found) if change == 'push' else 0, self.expr(value, frame))
        elif change == 'pop':
            self.note(found.pop() if found else -9)
        elif change in ('sort', 'reverse'):
            getattr(found, change)()
        elif found:
            self.change_element(change, found, self.expr(index, frame))
        del self.expr(vector, frame)[12:]

    @staticmethod
    def change_element(change, found, index):
        place = abs(index) % len(found)
        if change == 'swap':
            found[0], found[place] = found[place], found[0]
        else:
            found[place] += index

    def do_change_table(self, frame, change, table, key, value):
        found, at_ = self.expr(table, frame), self.expr(key, frame)
        if change == 'set':
            found[at_] = self.expr(value, frame)
        elif change == 'delete':
            self.note(found.pop(at_, -8))
        elif change == 'update':
            old = found.get(at_, 3)
            found[at_] = remainder(old + self.expr(value, frame), 10007)
        elif at_ in found:
            self.note(found[at_])
        else:
            found[at_] = self.note(self.expr(value, frame))
