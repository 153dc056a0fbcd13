#!/usr/bin/env python3
"""Random Quartz programs about loops, and what each of them must print.

A program is made as a tree, from a seed. The tree is printed as Quartz, and it is also evaluated here, by an interpreter
of its own that shares nothing with the compiler: so a run is compared with an answer, not only with another run.

The programs are about what loops make hard: subjects of `!`, `?` and `match` that are reassigned, captured variables,
break, continue and return out of nested blocks, defer and drop on every way out, panics that are caught, vectors, maps,
strings and structs that live over a round or not. Every program is well typed, ends (each loop counts its rounds), and
prints a running checksum. Several stand in one file, so that many are compiled at once; the last one may end the whole
by a panic.

  loops.py --seed 7 --count 20             print a file with the programs of 20 seeds
  loops.py --seed 7 --count 20 --expected  print what it must print

`spec/run generate` runs and compares them.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from typing import Optional

from evaluator import Evaluator
from maker import Maker, names_read
from printer import Printer, prelude
from runtime import Panic, TooLong


@dataclass
class Program:
    seed: int
    text: str
    expected: str  # on standard output
    panicking: Optional[tuple]  # a call that panics, and its message


@dataclass
class File:
    source: str
    out: str
    panic: Optional[str]  # the message of the panic that ends it; None: it ends with status 0

    @property
    def status(self):
        return 0 if self.panic is None else 101


def mark_unread(text, functions):
    """A name that nobody reads begins with `_`, so that the compiler has nothing to warn of."""
    read = names_read(functions)
    return re.sub(r'\b[a-z]+\d+\b', lambda m: m.group() if is_read(m.group(), read) else '_' + m.group(), text)


def is_read(name, read):
    return name in read or name.startswith(('round', 'outer', 'k'))


def make(seed):
    """The program of a seed. A tree that runs too long or panics is thrown away for the next attempt."""
    for attempt in range(1000):
        maker = Maker(seed, attempt)
        functions, calls = maker.program()
        evaluator = Evaluator(functions)
        try:
            expected = evaluator.program(calls)
        except (TooLong, Panic):
            continue
        text = mark_unread(Printer().program(maker.prefix, functions, calls), functions)
        panicking = evaluator.panicking and (Printer().call(*evaluator.panicking[0]), evaluator.panicking[1])
        return Program(seed, text, expected, panicking)
    raise RuntimeError(f'no program for seed {seed}')


def file_of(programs):
    """Programs as one file, with a `main` that runs them in order."""
    panics = [program.panicking for program in programs if program.panicking]
    calls = ''.join(f'  p{p.seed}_program()\n  puts("seed {p.seed} live #{{g_live}}")\n' for p in programs)
    calls += ''.join(f'  note({call})\n' for call, _ in panics[-1:])
    main = f'def main(): Int\n  defer puts("end #{{g_live}}")\n{calls}  g_live\nend\n'
    seeds = f'# loops.py --seed {programs[0].seed} --count {len(programs)}\n\n'
    return File(source=seeds + prelude() + '\n' + ''.join(program.text for program in programs) + main,
                out=''.join(f'{p.expected}seed {p.seed} live 0\n' for p in programs) + 'end 0\n',
                panic=panics[-1][1] if panics else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--count', type=int, default=1)
    parser.add_argument('--expected', action='store_true')
    options = parser.parse_args()
    file = file_of([make(seed) for seed in range(options.seed, options.seed + options.count)])
    print(file.out if options.expected else file.source, end='')
    return 0


if __name__ == '__main__':
    sys.dont_write_bytecode = True
    sys.setrecursionlimit(20000)
    sys.exit(main())
