#!/usr/bin/env python3
"""Finds what g++ 12 miscompiles without a warning: owning temporaries written inside a co_await expression.

A lambda with captures, and an argument in braces, are destroyed twice there. They are to be named before the co_await.

usage: check_coroutines.py [FOLDER]...      all of this project unless folders are named
"""
import pathlib
import re
import sys

TOPS = ["include", "src", "io_backends", "cli", "examples", "bench", "tests"]
# Comments and literals, which may hold anything; replaced by blanks so that places stay.
IGNORED = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
AWAIT = re.compile(r"\bco_await\b")
# [x], [=], [&], [this]: something is captured; not a subscript, which follows a name or a bracket.
CAPTURE = re.compile(r"(?<![\w\])])\[[^\]\s][^\]]*\]\s*(?:\(|\{|mutable)")
BRACES = re.compile(r"[(,]\s*\{\s*[^\s}]")


def expression_after(text, start):
    """What belongs to a co_await: up to the ';' or to the bracket that closes around it."""
    depth = 0
    for i in range(start, len(text)):
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
            if depth < 0:
                return text[start:i]
        elif text[i] == ";" and depth == 0:
            return text[start:i]
    return text[start:]


def problems(source):
    text = IGNORED.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), source)
    for found in AWAIT.finditer(text):
        expression = expression_after(text, found.end())
        line = text.count("\n", 0, found.start()) + 1
        if CAPTURE.search(expression):
            yield line, "a lambda with captures inside a co_await expression: g++ 12 destroys it twice; name it first"
        if BRACES.search(expression):
            yield line, "an argument in braces inside a co_await expression: g++ 12 destroys it twice; name it first"


def sources(folders):
    """All sources below, less those that show what goes wrong."""
    paths = (path for folder in folders for path in sorted(folder.rglob("*.[ch]pp")))
    return [path for path in paths if not {"snippets", "sanitizers"} & set(path.parts)]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    folders = [pathlib.Path(name) for name in sys.argv[1:]] or [root / top for top in TOPS]
    found = False
    for path in sources(folders):
        for line, what in problems(path.read_text(encoding="utf-8")):
            found = True
            print(f"{path}:{line}: {what}")
    if not found:
        print("coroutines ok")
    return found


if __name__ == "__main__":
    sys.exit(main())
