#!/usr/bin/env python3
"""Runs the compiler over the files of this folder and compares its messages with the expectations in them.

  check.py COMMAND [FILE …]      e.g. check.py 'build/bin/quartz build --message-format=short -o /tmp/program'

COMMAND prints one message a line as `file:line:column: severity[QZ0100]: …`. The README states the format of the
expectations. Exit status 0 when every file agrees.
"""

import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# `# expect QZ0100 at 8`, several separated by commas; alone on a line with `line:column`.
EXPECTATION = re.compile(r'#\s*expect\s+(QZ\d{4} at [\d:]+(?:, QZ\d{4} at [\d:]+)*)\s*$')
MESSAGE = re.compile(r'^(.*?):(\d+):(\d+): .*?(QZ\d{4})')


def expectations(path):
    found = []
    with open(path, encoding='utf-8', errors='replace') as file:
        for number, line in enumerate(file, 1):
            match = EXPECTATION.search(line)
            if not match:
                continue
            for part in match.group(1).split(', '):
                id_, place = part.split(' at ')
                row, _, column = place.rpartition(':')
                found.append((int(row or number), int(column), id_))
    return sorted(found)


def messages(command, path):
    result = subprocess.run([*command.split(), path], capture_output=True, text=True, timeout=60)
    found = set()
    for line in (result.stdout + result.stderr).splitlines():
        match = MESSAGE.match(line)
        if match and os.path.basename(match.group(1)) == os.path.basename(path):
            found.add((int(match.group(2)), int(match.group(3)), match.group(4)))
    return sorted(found), result


def check(command, path):
    wanted = expectations(path)
    found, result = messages(command, path)
    problems = [f'missing  {id_} at {row}:{column}' for row, column, id_ in wanted if (row, column, id_) not in found]
    problems += [f'unwanted {id_} at {row}:{column}' for row, column, id_ in found if (row, column, id_) not in wanted]
    if result.returncode < 0:
        problems.append(f'the compiler died of signal {-result.returncode}')
    if problems:
        print(os.path.relpath(path))
        for problem in problems:
            print(f'  {problem}')
    return not problems


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    paths = sys.argv[2:] or sorted(glob.glob(os.path.join(HERE, '*.qz')))
    good = sum(check(sys.argv[1], path) for path in paths)
    print(f'{good} of {len(paths)} files agree')
    return 0 if good == len(paths) else 1


if __name__ == '__main__':
    sys.exit(main())
