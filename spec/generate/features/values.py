"""Values that are copied and objects that are shared: @value structs, structs that hold them, tuples, recursive enums,
unions."""
from runtime import Record

PRELUDE = '''\
@value struct Spot
  x: Int
  name: String
end

# What it holds is counted, so that one that is lost or freed twice is seen.
struct Owner
  spot: Spot
  words: Vec<String>
  quiet: Quiet
  next: Option<Owner>
end

def owner(spot: Spot, words: Vec<String>, next: Option<Owner>): Owner
  Owner { spot: spot, words: words, quiet: quiet(1), next: next }
end

def owners(o: Owner): Int
  match o.next
    Some(next) => 1 + owners(next)
    None => 1
  end
end

# At the end of a chain that is long enough begins a new one.
def behind(o: Owner): Option<Owner> = if owners(o) > 3 then None else Some(o) end

enum Tree
  Leaf(Int)
  Fork(Tree, Int, Tree)
end

def tree_sum(t: Tree): Int
  match t
    Leaf(n) => n
    Fork(left, n, right) => (tree_sum(left) + n * 3 - tree_sum(right)) % 10007
  end
end

def height(t: Tree): Int
  match t
    Leaf(_) => 1
    Fork(left, _, right) => 1 + height(left).max(height(right))
  end
end

def fork(left: Tree, n: Int, right: Tree): Tree
  if height(left) + height(right) > 6 then Tree::Leaf(n) else Tree::Fork(left, n, right) end
end

type Either = Int | String

def either(e: Either): Either = e

def either_code(e: Either): Int
  match e
    n: Int => n
    s: String => s.size() + 1000
  end
end

def choose<T>(first: Bool, a: T, b: T): T = if first then a else b end
'''
TYPE_NAMES = {'Spot': 'Spot', 'Owner': 'Owner', 'Tree': 'Tree', 'Either': 'Either', 'Pair': '(Int, String)'}


def height(tree):
    return 1 if tree[0] == 'Leaf' else 1 + max(height(tree[1]), height(tree[3]))


class Maker:
    TYPES = ['Spot', 'Owner', 'Tree', 'Either', 'Pair']
    COMPARED = ['Spot', 'Tree', 'Pair']
    INT = ['field_of_value', 'owner_number', 'tree_number', 'either_number', 'pair_number', 'chosen']
    TEXT = ['spot_name', 'pair_text', 'chosen_text']
    STATEMENTS = ['change_spot', 'change_owner', 'take_apart']

    def known_or(self, type_, make, p=0.5):
        known = self.variables(type_)
        return ('name', self.pick(known).name) if known and self.chance(p) else make()

    def make_spot(self, depth):
        def literal():
            return ('spot', self.make_int(depth - 1), self.make_text(0))
        if self.variables('Owner') and self.chance(0.3):
            return ('field', self.make_owner(0), 'spot')
        return self.known_or('Spot', literal)

    def make_owner(self, depth):
        def literal():
            known = self.variables('Owner')
            next_ = ('behind', ('name', self.pick(known).name)) if known and self.chance(0.5) else None
            return ('owner', self.make_spot(0), self.make_words(0), next_)
        return self.known_or('Owner', literal, 0.6)

    def make_tree(self, depth):
        if depth > 0 and self.chance(0.5):
            return ('fork', self.make_tree(depth - 1), self.make_int(0), self.make_tree(depth - 1))
        return self.known_or('Tree', lambda: ('leaf', self.make_int(0)))

    def make_either(self, depth):
        make = self.pick([self.make_int, self.make_text])
        return self.known_or('Either', lambda: ('either', make(depth - 1)))

    def make_pair(self, depth):
        return self.known_or('Pair', lambda: ('pair', self.make_int(depth - 1), self.make_text(0)))

    def field_of_value(self, depth):
        return ('field', self.make_spot(depth), 'x')

    def spot_name(self, depth):
        return ('field', self.make_spot(depth), 'name')

    def owner_number(self, depth):
        return self.pick([lambda: ('call_helper', 'owners', self.make_owner(depth)),
                          lambda: ('call', 'size', ('field', self.make_owner(depth), 'words'))])()

    def tree_number(self, depth):
        return ('call_helper', self.pick(['tree_sum', 'height']), self.make_tree(depth))

    def either_number(self, depth):
        return ('call_helper', 'either_code', self.make_either(depth))

    def pair_number(self, depth):
        return ('position', self.make_pair(depth), 0)

    def pair_text(self, depth):
        return ('position', self.make_pair(depth), 1)

    def chosen(self, depth):
        return ('choose', self.make_bool(depth), self.make_int(depth), self.make_int(0))

    def chosen_text(self, depth):
        return ('choose', self.make_bool(depth), self.make_text(depth), self.make_text(0))

    def change_spot(self):
        known = self.variables('Spot', mutable=True)
        if not known:
            return self.declaration()
        if self.chance(0.3):
            return ('set_value_field', ('name', self.pick(known).name), 'name', self.make_text(1))
        return ('set_value_field', ('name', self.pick(known).name), 'x', self.make_int(2))

    def change_owner(self):
        known = self.variables('Owner')
        if not known:
            return self.declaration()
        owner = ('name', self.pick(known).name)
        return self.pick([lambda: ('set_value_field', ('field', owner, 'spot'), 'x', self.make_int(1)),
                          lambda: ('set_field', owner, 'spot', self.make_spot(1)),
                          lambda: ('set_field', owner, 'words', self.make_words(1))])()

    def take_apart(self):
        value, number, text = self.make_pair(1), self.fresh('d'), self.fresh('d')
        self.declare(number, 'Int', False)
        self.declare(text, 'Text', False)
        return ('take_apart', number, text, value)


class Printer:
    def expr_spot(self, x, name):
        return f'Spot {{ x: {self.expr(x)}, name: {self.expr(name)} }}'

    def expr_owner(self, spot, words, next_):
        return f'owner({self.expr(spot)}, {self.expr(words)}, {self.expr(next_) if next_ else "None"})'

    def expr_behind(self, owner):
        return f'behind({self.expr(owner)})'

    def expr_leaf(self, value):
        return f'Tree::Leaf({self.expr(value)})'

    def expr_fork(self, left, value, right):
        return f'fork({self.expr(left)}, {self.expr(value)}, {self.expr(right)})'

    def expr_pair(self, number, text):
        return f'({self.expr(number)}, {self.expr(text)})'

    def expr_either(self, value):
        return f'either({self.expr(value)})'

    def expr_position(self, value, position):
        return f'{self.expr(value)}.{position}'

    def expr_call_helper(self, name, value):
        return f'{name}({self.expr(value)})'

    def expr_choose(self, first, a, b):
        return f'choose({self.expr(first)}, {self.expr(a)}, {self.expr(b)})'

    def do_set_value_field(self, target, field, value):
        self.line(f'{self.expr(target)}.{field} = {self.expr(value)}')

    def do_take_apart(self, number, text, value):
        self.line(f'({number}, {text}) = {self.expr(value)}')


class Evaluator:
    # A Spot is never changed in place: who changes a field puts a new one where the old one was.
    def expr_spot(self, frame, x, name):
        return Record('Spot', x=self.expr(x, frame), name=self.expr(name, frame))

    def expr_owner(self, frame, spot, words, next_):
        return Record('Owner', spot=self.expr(spot, frame), words=self.expr(words, frame),
                      next=self.expr(next_, frame) if next_ else None)

    def expr_behind(self, frame, owner):
        found = self.expr(owner, frame)
        return None if self.owners(found) > 3 else found

    def owners(self, owner):
        return 1 + (self.owners(owner.fields['next']) if owner.fields['next'] else 0)

    def expr_leaf(self, frame, value):
        return ('Leaf', self.expr(value, frame))

    def expr_fork(self, frame, left, value, right):
        a, n, b = self.expr(left, frame), self.expr(value, frame), self.expr(right, frame)
        return ('Leaf', n) if height(a) + height(b) > 6 else ('Fork', a, n, b)

    def tree_sum(self, tree):
        if tree[0] == 'Leaf':
            return tree[1]
        value = self.tree_sum(tree[1]) + tree[2] * 3 - self.tree_sum(tree[3])
        return abs(value) % 10007 * (1 if value >= 0 else -1)

    def expr_pair(self, frame, number, text):
        return ('tuple', self.expr(number, frame), self.expr(text, frame))

    def expr_either(self, frame, value):
        return self.expr(value, frame)

    def expr_position(self, frame, value, position):
        return self.expr(value, frame)[position + 1]

    def expr_call_helper(self, frame, name, value):
        found = self.expr(value, frame)
        if name == 'either_code':
            return len(found) + 1000 if isinstance(found, str) else found
        return {'owners': self.owners, 'tree_sum': self.tree_sum, 'height': height}[name](found)

    def expr_choose(self, frame, first, a, b):
        condition, one, other = self.expr(first, frame), self.expr(a, frame), self.expr(b, frame)
        return one if condition else other

    def do_set_value_field(self, frame, target, field, value):
        new = self.expr(value, frame)
        old = self.expr(target, frame)
        changed = Record('Spot', **{**old.fields, field: new})
        if target[0] == 'name':
            frame.find(target[1])[target[1]] = changed
        else:
            self.expr(target[1], frame).fields['spot'] = changed

    def do_take_apart(self, frame, number, text, value):
        _, frame.names[number], frame.names[text] = self.expr(value, frame)
