"""memory: what the program holds while an object many times larger than its budget passes through it."""
from harness import processes, report, space

from .bench import Bench

LIMIT = 64 << 20
BUDGET = "32MiB"


class Memory(Bench):
    """One round: file to store to file through the program `coffer`, its peak RSS over 64 MiB."""

    name = "memory"
    rows = ["memory"]

    def bytes(self):
        return self.size(16 << 30, 256 << 20)

    def space(self):
        # The first file goes before the last one comes.
        return 2 * self.bytes()

    def run(self):
        folder = self.context.folder
        source, target, store = folder / "source.bin", folder / "target.bin", folder / "store"
        space.write_file(source, self.bytes())
        common = [self.context.cli, "--store", store, "--budget", BUDGET, "-q"]
        put = processes.run([*common, "put", source, "--key", "object.bin"], watch_memory=True)
        source.unlink()
        get = processes.run([*common, "get", "object.bin", target], watch_memory=True)
        if target.stat().st_size != self.bytes():
            raise processes.BenchBroken(f"{target.stat().st_size} bytes of {self.bytes()} came back")
        space.remove(store)
        peak = max(put.peak_rss, get.peak_rss)
        figures = {"bytes": self.bytes(), "budget": BUDGET, "of": "MiB peak RSS"}
        for name, done in (("put", put), ("get", get)):
            figures[name] = {"median": done.peak_rss / 2**20, "seconds": done.seconds,
                             "gib_per_s": self.bytes() / 2**30 / done.seconds,
                             "cpu_s_per_gib": done.cpu_seconds / (self.bytes() / 2**30)}
        value = peak / LIMIT
        yield report.judge(report.Row("memory", value, value, value, target=1, at_most=True, figures=figures),
                           self.context.small)
