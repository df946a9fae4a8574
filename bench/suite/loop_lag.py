"""loop_lag: does a program's own loop keep its beat while Coffer streams on it?"""
import statistics

from harness import memory_warm, processes, ratios, report, space

from .bench import Bench

LIMIT_MS = 5
STREAMS = 64
# Which they share: 64 GiB are read, not stored.
FILES = 4


class LoopLag(Bench):
    """64 streams on an attached loop of one thread with a heartbeat of 1 ms, and that loop without them, in turn.

    The value is the lateness itself (p99.9, milliseconds); where the idle loop alone is late, the run is void."""

    name = "loop_lag"
    rows = ["loop_lag"]

    def bytes(self):
        return self.size(1 << 30, 16 << 20)

    def space(self):
        return FILES * self.bytes()

    def run(self):
        folder = self.context.folder
        for number in range(FILES):
            processes.run([self.context.program("local_store"), folder, f"{number}.bin", self.bytes()])
        rounds = []
        while len(rounds) < self.context.plan.pairs:
            order = ("streams", "idle") if len(rounds) % 2 == 0 else ("idle", "streams")
            rounds.append({name: self.once(name) for name in order})
            self.context.note(f"round {len(rounds)}: " + ", ".join(f"{name} {done['p999_ms']:.3f} ms"
                                                                   for name, done in rounds[-1].items()))
        for number in range(FILES):
            (folder / f"{number}.bin").unlink()
        space.settle(folder)
        yield self.row(rounds)

    def once(self, name):
        memory_warm.warm(256 << 20)
        idle_ms = 1000 if self.context.small else 10_000
        done = processes.run([self.context.program("loop_lag"), self.context.folder, FILES,
                              STREAMS if name == "streams" else 0, idle_ms])
        return {**done.json(), "peak_rss_mib": done.peak_rss / 2**20}

    def row(self, rounds):
        late = ratios.median_interval([each["streams"]["p999_ms"] for each in rounds])
        idle = ratios.median_interval([each["idle"]["p999_ms"] for each in rounds])
        figures = {"pairs": len(rounds), "of": "ms late (p99.9)"}
        for name in ("streams", "idle"):
            runs = [each[name] for each in rounds]
            figures[name] = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            figures[name]["median"] = figures[name]["p999_ms"]
            figures[name]["spread"] = ratios.spread([run["p999_ms"] for run in runs])
        row = report.Row("loop_lag", late.median, late.low, late.high, "ms", LIMIT_MS, True, figures=figures)
        if idle.high > LIMIT_MS / 2:
            row.void = f"the loop is up to {idle.high:.2f} ms late with nothing on it: this machine is too restless now"
        return report.judge(row, self.context.small)
