#!/usr/bin/env python3
"""Measures Coffer beside its rivals. Prints one line of JSON for each figure, then a table.

Ends with 1 where a figure misses its target, where a run is void (the rival did not even equal itself) or where a bench
could not be carried out; with 2 where it was called wrongly. docs/benchmarks.md says how to read it.
"""
import argparse
import contextlib
import pathlib
import sys
import tempfile

import suite
from harness import machine, pairs, processes, report, space
from suite.bench import Context


def parse(arguments, benches):
    names = sorted({name for bench in benches for name in [bench.name, *bench.rows]})
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="benches: " + ", ".join(names))
    parser.add_argument("names", nargs="*", metavar="NAME", help="all unless named")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the build folder, with the programs")
    parser.add_argument("--folder", type=pathlib.Path, help="where to write and read; default: in the build folder")
    parser.add_argument("--pairs", type=int, default=15, help="at least so many; default and least 15")
    parser.add_argument("--small", action="store_true", help="small sizes, few pairs: shows that it works, asserts nothing")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the lines of JSON there, too")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in names]
    if unknown:
        parser.error(f"there is no bench {', '.join(unknown)}; there are {', '.join(names)}")
    if options.pairs < 15:
        parser.error("fewer than 15 pairs say nothing; --small shows that the benches work")
    return options


def wanted(name, bench, asked):
    """Whether the row of this name was asked for; rows of a rival against itself come with their figure."""
    return not asked or bench.name in asked or name.split(":")[0] in asked


def run(options, benches, out):
    base = options.folder or options.build / "bench-data"
    base.mkdir(parents=True, exist_ok=True)
    plan = pairs.Plan(2, 2) if options.small else pairs.Plan(options.pairs, 3 * options.pairs)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(options.json.open("w", encoding="utf-8")) if options.json else None
        told = report.Report(file, out)
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(dir=base)))
        chosen = []
        for bench in benches:
            if any(wanted(name, bench, options.names) for name in [bench.name, *bench.rows]):
                place = folder / bench.name
                chosen.append(bench(Context(options.build, place, plan, options.small, note)))
        note(machine.description(base))
        busy = machine.others()
        if busy:
            note(busy)
        for bench in chosen:
            space.check(base, bench.space(), bench.name)
        for bench in chosen:
            note(f"{bench.name}: {type(bench).__doc__.splitlines()[0]}")
            carry_out(bench, told, options.names)
        return told.finish()


def carry_out(bench, told, asked):
    """All rows of a bench, or one that says why there is none."""
    bench.context.folder.mkdir()
    try:
        for row in bench.run():
            if wanted(row.bench, bench, asked):
                told.add(row)
    except processes.BenchBroken as error:
        told.add(report.Row(bench.name, broken=str(error)))
    finally:
        space.remove(bench.context.folder)


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def main(arguments=None, benches=None, out=sys.stdout):
    benches = suite.BENCHES if benches is None else benches
    options = parse(arguments, benches)
    try:
        return 0 if run(options, benches, out) else 1
    except processes.BenchBroken as error:
        note(error)
        return 1
    except KeyboardInterrupt:
        note("interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())
