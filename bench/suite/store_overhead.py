"""store_overhead: what it costs a pipe that its content goes through a store."""
import statistics

from harness import processes, ratios, report, space

from .bench import Bench

SIZES = {"4 KiB": 4 << 10, "64 KiB": 64 << 10, "1 MiB": 1 << 20}
ROUNDS = 5


class StoreOverhead(Bench):
    """1,000 pipes in a row that pass a content on, in turn: everything inline, in the memory provider, in the local one."""

    name = "store_overhead"
    rows = ["store_overhead"]

    def space(self):
        return 2 * 1_000 * max(SIZES.values())

    def run(self):
        pipes = self.size(1_000, 20)
        store = self.context.folder / "store"
        ways = {"inline": ("mem://bench", "inline"), "memory": ("mem://bench", "stored"), "local": (store, "stored")}
        found = {(way, size): [] for size in SIZES for way in ways}
        for _ in range(self.size(ROUNDS, 1)):
            for (way, size), values in found.items():
                where, how = ways[way]
                done = processes.run([self.context.program("store_overhead"), where, pipes, SIZES[size], how]).json()
                values.append(done["us_per_pipe"])
                if store.exists():
                    space.remove(store)
        figures = {"pipes": pipes, "rounds": self.size(ROUNDS, 1), "of": "us a pipe"}
        for (way, size), values in found.items():
            figures[f"{way}, {size}"] = {"median": statistics.median(values), "spread": ratios.spread(values)}
        over = ratios.median_interval(found["local", "4 KiB"])
        yield report.judge(report.Row("store_overhead", over.median, over.low, over.high, "us", figures=figures),
                           self.context.small)
