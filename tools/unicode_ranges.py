#!/usr/bin/env python3
"""Writes runtime/unicode_ranges.def: character classes and simple case mapping as ranges.

usage: tools/unicode_ranges.py > runtime/unicode_ranges.def
"""
import unicodedata

LIMIT = 0x110000
WHITE_SPACE = {*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}


def class_of(code):
    char = chr(code)
    if 0xD800 <= code < 0xE000:
        return 0
    category = unicodedata.category(char)
    bits = 1 * (category[0] == "L") + 2 * (category == "Nd") + 4 * (code in WHITE_SPACE)
    return bits + 8 * char.isupper() + 16 * char.islower()


def class_ranges():
    """(first, last, class of every other one from first on, class of those between)"""
    classes = [class_of(code) for code in range(LIMIT)] + [0, 0]
    at = 0
    while at < LIMIT:
        if not classes[at]:
            at += 1
            continue
        same = alternating = at
        while classes[same + 1] == classes[at]:
            same += 1
        while alternating + 2 < LIMIT and classes[alternating + 2] == classes[alternating]:
            alternating += 1
        if alternating > at + 2 and same == at:
            yield at, alternating + 1, classes[at], classes[at + 1]
            at = alternating + 2
        else:
            yield at, same, classes[at], classes[at]
            at = same + 1


def case_ranges(mapped):
    """(first, last, step, distance)"""
    pairs = [(code, ord(mapped(chr(code))) - code) for code in range(LIMIT)
             if not 0xD800 <= code < 0xE000 and len(mapped(chr(code))) == 1 and mapped(chr(code)) != chr(code)]
    at = 0
    while at < len(pairs):
        first, distance = pairs[at]
        end = at + 1
        step = pairs[end][0] - first if end < len(pairs) else 1
        if step > 2 or (end < len(pairs) and pairs[end][1] != distance):
            step = 1
        while end < len(pairs) and pairs[end] == (first + (end - at) * step, distance):
            end += 1
        yield first, pairs[end - 1][0], step, distance
        at = end


def main():
    print("// Made by tools/unicode_ranges.py from Unicode %s; not to be edited.\n//" % unicodedata.unidata_version)
    print("// CLASS_RANGE(first, last, class of first and every second one after it, class of the others)")
    print("// UPCASE_RANGE, DOWNCASE_RANGE(first, last, step, distance)")
    for name, ranges in (("CLASS", class_ranges()), ("UPCASE", case_ranges(str.upper)), ("DOWNCASE", case_ranges(str.lower))):
        for first, last, a, b in ranges:
            print("%s_RANGE(0x%X, 0x%X, %d, %d)" % (name, first, last, a, b))
    print("\n#undef CLASS_RANGE\n#undef UPCASE_RANGE\n#undef DOWNCASE_RANGE")


main()
