#!/usr/bin/env python3
"""Compiles a snippet that must be refused, and the same without its one bad line, which must not.

usage: run_misuse.py SNIPPET COMPILER [argument]...

A snippet names what the compiler says in a line `// error: REGULAR EXPRESSION` (g++ and clang both; it must match one of the
errors that are told of the snippet) and has exactly one line that ends in `// MISUSE`.
"""
import os
import pathlib
import re
import subprocess
import sys

EXPECTED = re.compile(r"^// error: (.+)$", re.M)
BAD_LINE = re.compile(r"^.*// MISUSE$\n", re.M)


class Bad(Exception):
    """Why a snippet does not show what it should."""


def compile_text(command, text):
    """Exit code and messages, in ASCII and English; the text is read from stdin and called `snippet`."""
    done = subprocess.run([*command, "-fsyntax-only", "-x", "c++", "-"], input=f'#line 1 "snippet"\n{text}',
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout


def check(text, command):
    expected = EXPECTED.findall(text)
    if len(expected) != 1:
        raise Bad(f"needs one line `// error: ...`, has {len(expected)}")
    bad_lines = BAD_LINE.findall(text)
    if len(bad_lines) != 1:
        raise Bad(f"needs one line that ends in `// MISUSE`, has {len(bad_lines)}")

    code, messages = compile_text(command, BAD_LINE.sub("\n", text))
    if code:
        raise Bad(f"is refused even without its bad line:\n{messages}")
    code, messages = compile_text(command, text)
    if not code:
        raise Bad(f"compiles, and should be refused: {bad_lines[0].strip()}")
    errors = [line for line in messages.splitlines() if re.search(r"\berror: ", line)]
    if not any(re.search(expected[0], line) for line in errors):
        raise Bad(f"is refused, but not with the message {expected[0]!r}:\n{messages}")


def main():
    path, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    try:
        check(path.read_text(encoding="utf-8"), command)
    except Bad as why:
        print(f"{path.name} {why}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
