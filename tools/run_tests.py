#!/usr/bin/env python3
"""Runs ctest and passes its output on; fails, too, where a test was left out.

usage: run_tests.py BUILD_FOLDER [ctest argument]...

What a failed test printed is shown again at the end, where thousands that passed do not hide it; and what tests counted, for
ctest hides what those that pass print.

A test counts only if it ran: skipped, disabled and not built ones are failures. Each name in tests/required_tests.txt must be
among ctest's, so that no test vanishes with a line in a CMakeLists.txt.
"""
import fnmatch
import pathlib
import re
import subprocess
import sys

REQUIRED = pathlib.Path(__file__).resolve().parent.parent / "tests" / "required_tests.txt"
SANITIZERS = ["asan", "tsan"]
LEFT_OUT = re.compile(r"\*\*\*(Skipped|Not Run|Disabled)|did not run:")
RESULT = re.compile(r" *\d+/\d+ Test +#\d+: |100% tests passed|\d+% tests passed, ")
STARTS = re.compile(r" +Start +\d+: ")
# What tests say of how thorough they were.
COUNTED = re.compile(r"(?:every_failure|kills with|pipelex_oracle|kajson_oracle|seed \d+) .*")
LISTED = re.compile(r"^ *Test +#\d+: (.*?)(?: \(Disabled\))?$", re.M)


def left_out(output):
    """The lines of ctest's output that tell of a test that did not run."""
    return [line for line in output.splitlines() if LEFT_OUT.search(line)]


def failures(output, last_lines=60):
    """Of each test that failed: its line of ctest's output and the last ones of its own."""
    found = []
    inside = False
    for line in output.splitlines():
        if RESULT.match(line):
            inside = "***" in line
            if inside:
                found.append([line])
        elif inside and not STARTS.match(line):
            found[-1].append(line)
    return ["\n".join(test[:1] + test[1:][-last_lines:]) for test in found]


def counted(folder):
    """What the tests of the last run counted."""
    log = pathlib.Path(folder, "Testing", "Temporary", "LastTest.log")
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return COUNTED.findall(text)


def required_names(text, preset):
    """The names in the list; those behind `[preset]` count in that preset alone, and the sanitizers' presets, in which a
    whole executable is one test, have no others."""
    names = []
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        match = re.match(r"\[(\w+)\]\s+(.*)", line)
        if match and match[1] == preset:
            names.append(match[2])
        elif line and not match and preset not in SANITIZERS:
            names.append(line)
    return names


def missing_names(required, listed):
    """The required names, which may hold *, that no listed test has."""
    return [name for name in required if not fnmatch.filter(listed, name)]


def listed_names(folder):
    done = subprocess.run(["ctest", "--test-dir", folder, "-N"], stdout=subprocess.PIPE, text=True, check=True)
    return LISTED.findall(done.stdout)


def run(folder, arguments):
    """ctest's exit code and output; the output is shown while it comes."""
    command = ["ctest", "--test-dir", folder, "--output-on-failure", "--no-tests=error", *arguments]
    lines = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as child:
        for line in child.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return child.returncode, "".join(lines)


def main():
    folder = sys.argv[1]
    missing = missing_names(required_names(REQUIRED.read_text(encoding="utf-8"), pathlib.Path(folder).name),
                            listed_names(folder))
    for name in missing:
        print(f"run_tests: {name} is required, and ctest does not have it")
    code, output = run(folder, sys.argv[2:])
    for line in counted(folder):
        print(f"run_tests: counted: {line}")
    for test in failures(output):
        print(f"run_tests: failed: {test.strip()}")
    dropped = left_out(output)
    for line in dropped:
        print(f"run_tests: left out: {line.strip()}")
    return 1 if code or missing or dropped else 0


if __name__ == "__main__":
    sys.exit(main())
