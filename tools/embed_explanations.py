#!/usr/bin/env python3
"""Turns docs/diagnostics/*.md into the C table that `quartz explain` prints from.

usage: embed_explanations.py OUT.c FILE.md...
"""
import pathlib
import sys

HEAD = '// Made from docs/diagnostics/*.md by tools/embed_explanations.py.\n#include "driver/explain.h"\n\n'


def c_literal(text: bytes) -> str:
    """One C string literal a line. Octal escapes: unlike hexadecimal ones they cannot swallow what follows."""
    plain = set(range(32, 127)) - {ord('"'), ord("\\"), ord("?")}
    lines = text.splitlines(keepends=True) or [b""]
    quoted = ("".join(chr(c) if c in plain else f"\\{c:03o}" for c in line) for line in lines)
    return "\n".join(f'     "{line}"' for line in quoted)


def main() -> None:
    out, *files = map(pathlib.Path, sys.argv[1:])
    rows = [f'    {{"{file.stem}",\n{c_literal(file.read_bytes())}}},\n' for file in sorted(files)]
    table = "const Explanation explanations[] = {\n" + "".join(rows) + "    {0, 0},\n};\n"
    out.write_text(f"{HEAD}{table}const size_t explanation_count = {len(rows)};\n")


main()
