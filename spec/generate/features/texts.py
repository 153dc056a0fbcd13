"""Strings: made, cut, compared and shown; vectors of them."""
from runtime import Panic, at, shown

PRELUDE = '''\
# Keeps texts that loops add to from growing without end.
def clip(s: String): String = if s.size() > 40 then s[0..20] else s end

def set_word(words: Vec<String>, i: Int, word: String): Void
  words[i] = word if i >= 0 and i < words.size()
end
'''
TYPE_NAMES = {'Words': 'Vec<String>'}


def clip(text):
    return text[:20] if len(text) > 40 else text


class Maker:
    TYPES = ['Words', 'Words']
    COMPARED = ['Words']
    TEXT = ['concatenation', 'repetition', 'text_method', 'text_method', 'show', 'joined', 'word_at']
    INT = ['text_number', 'words_size']
    BOOL = ['text_question', 'text_order']
    VEC = ['word_sizes']
    PANICS = ['any_slice', 'any_char']
    STATEMENTS = ['change_words']

    def concatenation(self, depth):
        return ('clip', ('binary', '+', self.make_text(depth), self.make_text(0)))

    def repetition(self, depth):
        return ('clip', ('repeat', self.make_text(depth), self.random.randint(0, 3)))

    def text_method(self, depth):
        return ('text_method', self.pick(['reversed', 'upcase', 'trim', 'replaced', 'padded']), self.make_text(depth))

    def show(self, depth):
        type_ = self.pick(['Option', 'Result', 'Vec', 'Shape', 'Cell', 'Words', 'Pair', 'Spot', 'Table', 'Bool'])
        return ('clip', ('show', ('typed', self.expression(type_, depth))))

    def joined(self, depth):
        return ('clip', ('join', self.expression(self.pick(['Words', 'Vec']), depth), self.pick(['', '-', ', '])))

    def word_at(self, depth):
        return ('word_at', self.make_words(0), self.make_int(depth))

    def text_number(self, depth):
        return ('text_number', self.pick(['byte_size', 'index_of', 'to_i', 'cmp']), self.make_text(depth), self.make_text(0))

    def words_size(self, depth):
        return ('call', 'size', self.make_words(depth))

    def text_question(self, depth):
        return ('text_question', self.pick(['contains', 'starts_with?', 'ends_with?']), self.make_text(depth), self.make_text(0))

    def text_order(self, depth):
        return ('binary', self.pick(['<', '<=', '>', '>=']), self.make_text(depth), self.make_text(0))

    def word_sizes(self, depth):
        return ('word_sizes', self.make_words(depth))

    def any_slice(self, depth):
        return ('call', 'size', ('text_slice', self.make_text(depth), self.random.randint(0, 5), self.place(0)))

    def any_char(self, depth):
        return ('char_at', self.make_text(depth), self.place(0))

    def make_words(self, depth):
        known = self.variables('Words')
        if known and self.chance(0.6):
            return ('name', self.pick(known).name)
        if depth > 0 and self.chance(0.5):
            return self.pick([lambda: ('split', self.make_text(depth - 1), self.pick(['-', 'o', ' '])),
                              lambda: ('words_method', self.pick(['sorted', 'reversed', 'clone', 'upcased']), self.make_words(0))])()
        return ('vec_of', 'String', [self.make_text(0) for _ in range(self.random.randint(0, 3))])

    def change_words(self):
        known = self.variables('Words')
        if not known:
            return self.declaration()
        words = ('name', self.pick(known).name)
        change = self.pick(['push', 'push', 'pop', 'sort', 'reverse', 'set', 'insert'])
        return ('change_words', change, words, self.make_int(0), self.make_text(1))


class Printer:
    METHODS = {'reversed': 'reversed()', 'upcase': 'upcase()', 'trim': 'trim()', 'replaced': 'replace("o", "0")',
               'padded': "pad_start(5, '_')", 'sorted': 'sorted()', 'clone': 'clone()', 'upcased': 'map(w -> w.upcase())'}

    def expr_clip(self, text):
        return f'clip({self.expr(text)})'

    def expr_repeat(self, text, count):
        return f'({self.expr(text)} * {count})'

    def expr_text_method(self, name, text):
        return f'{self.expr(text)}.{self.METHODS[name]}'

    expr_words_method = expr_text_method

    def expr_show(self, value):
        return f'"#{{{self.expr(value)}}}"'

    def expr_join(self, items, separator):
        return f'{self.expr(items)}.join("{separator}")'

    def expr_split(self, text, separator):
        return f'{self.expr(text)}.split("{separator}")'

    def expr_word_at(self, words, index):
        return f'{self.expr(words)}.get({self.expr(index)}).unwrap_or("?")'

    def expr_text_number(self, name, text, other):
        first, second = self.expr(text), self.expr(other)
        return {'byte_size': f'{first}.byte_size()', 'index_of': f'{first}.index_of({second}).unwrap_or(-1)',
                'to_i': f'({first}.to_i().unwrap_or(-2) % 10007)', 'cmp': f'{first}.cmp({second}).sign()'}[name]

    def expr_text_question(self, name, text, other):
        return f'{self.expr(text)}.{name}({self.expr(other)})'

    def expr_word_sizes(self, words):
        return f'{self.expr(words)}.map(w -> w.size())'

    def expr_text_slice(self, text, start, stop):
        return f'{self.expr(text)}[{start}..{self.expr(stop)}]'

    def expr_char_at(self, text, index):
        return f'{self.expr(text)}[{self.expr(index)}].ord()'

    def expr_vec_of(self, type_, items):
        return f'[{", ".join(self.expr(i) for i in items)}]' if items else f'Vec<{type_}>.new()'

    def do_change_words(self, change, words, index, text):
        target, at_, value = self.expr(words), self.expr(index), self.expr(text)
        self.line({'push': f'{target}.push(clip({value}))', 'pop': f'note_text({target}.pop().unwrap_or("!"))',
                   'sort': f'{target}.sort()', 'reverse': f'{target}.reverse()',
                   'set': f'set_word({target}, {at_}, {value})', 'insert': f'{target}.insert(0, {value})'}[change])
        self.line(f'{target}.truncate(8)')


class Evaluator:
    def expr_clip(self, frame, text):
        return clip(self.expr(text, frame))

    def expr_repeat(self, frame, text, count):
        return self.expr(text, frame) * count

    def expr_text_method(self, frame, name, text):
        found = self.expr(text, frame)
        return {'reversed': lambda: found[::-1], 'upcase': found.upper, 'trim': found.strip,
                'replaced': lambda: found.replace('o', '0'), 'padded': lambda: found.rjust(5, '_')}[name]()

    def expr_words_method(self, frame, name, words):
        found = self.expr(words, frame)
        return {'sorted': lambda: sorted(found), 'reversed': lambda: found[::-1], 'clone': lambda: list(found),
                'upcased': lambda: [w.upper() for w in found]}[name]()

    def expr_show(self, frame, value):
        return shown(self.expr(value, frame))

    def expr_join(self, frame, items, separator):
        return separator.join(map(shown, self.expr(items, frame)))

    def expr_split(self, frame, text, separator):
        return self.expr(text, frame).split(separator)

    def expr_word_at(self, frame, words, index):
        found, place = self.expr(words, frame), self.expr(index, frame)
        return found[place] if 0 <= place < len(found) else '?'

    def expr_text_number(self, frame, name, text, other):
        first, second = self.expr(text, frame), ''
        if name in ('index_of', 'cmp'):
            second = self.expr(other, frame)
        return {'byte_size': lambda: len(first.encode()), 'index_of': lambda: first.find(second),
                'to_i': lambda: self.number(first), 'cmp': lambda: (first > second) - (first < second)}[name]()

    @staticmethod
    def number(text):
        digits = text[1:] if text[:1] in ('-', '+') else text
        if not digits or not all('0' <= c <= '9' for c in digits):
            return -2
        value = int(text)
        return abs(value) % 10007 * (1 if value >= 0 else -1)

    def expr_text_question(self, frame, name, text, other):
        first, second = self.expr(text, frame), self.expr(other, frame)
        return {'contains': lambda: second in first, 'starts_with?': lambda: first.startswith(second),
                'ends_with?': lambda: first.endswith(second)}[name]()

    def expr_word_sizes(self, frame, words):
        return [len(w) for w in self.expr(words, frame)]

    def expr_text_slice(self, frame, text, start, stop):
        found, end = self.expr(text, frame), self.expr(stop, frame)
        if not 0 <= start <= end <= len(found):
            raise Panic(f'slice {start}..{end} is outside 0..{len(found)}')
        return found[start:end]

    def expr_char_at(self, frame, text, index):
        found = self.expr(text, frame)
        return ord(found[at(found, self.expr(index, frame))])

    def expr_vec_of(self, frame, type_, items):
        return [self.expr(i, frame) for i in items]

    def do_change_words(self, frame, change, words, index, text):
        found = self.expr(words, frame)
        if change == 'push':
            found.append(clip(self.expr(text, frame)))
        elif change == 'pop':
            self.note_text(found.pop() if found else '!')
        elif change == 'sort':
            found.sort()
        elif change == 'reverse':
            found.reverse()
        elif change == 'insert':
            found.insert(0, self.expr(text, frame))
        else:
            place, value = self.expr(index, frame), self.expr(text, frame)
            if 0 <= place < len(found):
                found[place] = value
        del self.expr(words, frame)[8:]
