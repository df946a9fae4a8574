#!/usr/bin/env python3
"""Formatting, clang-tidy, layers, coroutines, shell scripts: all faults are shown, then it fails.

usage: lint.py --build FOLDER [--jobs N]        FOLDER holds compile_commands.json
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOPS = ["include", "src", "io_backends", "cli", "examples", "bench", "tests"]
SCRIPTS = ["dev", ".ci/run"]
# clang's count of what it did not show.
CHATTER = re.compile(r"^\d+ warnings? generated\.$|^\[\d+/\d+\] Processing file|^Suppressed \d+ warnings|^Use -header-filter")


def files(*suffixes):
    return sorted(path for top in TOPS for path in (ROOT / top).rglob("*") if path.suffix in suffixes and path.is_file())


def shell_scripts():
    return [ROOT / name for name in SCRIPTS] + sorted((ROOT / "tools").glob("*.sh")) + files(".sh")


def output_of(command):
    """Exit code and what the command said, without clang's chatter."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)
    lines = [line for line in done.stdout.splitlines() if not CHATTER.match(line)]
    return done.returncode, "\n".join(lines)


def check_formatting(_):
    return output_of(["clang-format-19", "--dry-run", "-Werror", *files(".hpp", ".cpp")])


def check_layers(_):
    return output_of([sys.executable, ROOT / "tools" / "check_layers.py", ROOT])


def check_coroutines(_):
    return output_of([sys.executable, ROOT / "tools" / "check_coroutines.py"])


def check_shell(_):
    return output_of(["shellcheck", *shell_scripts()])


def tidy(build, source):
    # A build that compiles several sources as one includes them; which is no mistake there.
    return output_of(["clang-tidy-19", "-p", build, "--quiet", "--checks=-bugprone-suspicious-include", source])


def compiled_sources(build):
    """What the build compiles of ours, the longest first: our sources, or generated ones that include several of them."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        root = build.resolve() if build.resolve() in source.parents else ROOT
        # Not the tests: two compilers and three sanitizers look at what would be found there.
        if source.relative_to(root).parts[0] in TOPS and "tests" not in source.relative_to(root).parts:
            found[source] = source.read_text(encoding="utf-8").count("#include")
    return sorted(found, key=found.get, reverse=True)


def check_tidy(arguments):
    """clang-tidy on each source that the build compiles, several at once."""
    sources = compiled_sources(arguments.build)
    worst, texts = 0, []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for code, text in pool.map(lambda source: tidy(arguments.build, source), sources):
            worst = max(worst, code)
            # A fault in a header is told by each source that includes it: once is enough.
            if text and text not in texts:
                texts.append(text)
    if not sources:
        return 1, "clang-tidy: the build compiles none of our sources"
    return worst, "\n".join(texts)


CHECKS = {"clang-format": check_formatting, "check_layers": check_layers,
          "check_coroutines": check_coroutines, "shellcheck": check_shell, "clang-tidy": check_tidy}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="without clang-tidy, which takes most of the time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if arguments.quick:
        del CHECKS["clang-tidy"]
    failed = []
    for name, check in CHECKS.items():
        start = time.monotonic()
        code, text = check(arguments)
        if text:
            print(text)
        print(f"lint: {name} {'failed' if code else 'ok'} ({time.monotonic() - start:.0f} s)", flush=True)
        if code:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
