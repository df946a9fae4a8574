"""overlap, overlap_plan, overlap_slow: do storage and work take place at the same time?"""
import statistics

from harness import processes, ratios, report, space
from harness.pairs import COFFER, Contest, Figure, Measurement

from .bench import Bench, PairBench

# Work on a MiB is counted in bytes that are read; the first guess, to learn how fast this machine reads.
FIRST_GUESS = 8 << 20


class Overlapped(Contest):
    """A run of three pipes whose work takes as long as their storage, beside the longer of the two alone, measured one
    after the other in the same round. The same run without overlap is the control."""

    rival = "longer of work and storage"
    figures = [Figure("overlap", lambda run: run.seconds, "s", 1.10, at_most=True)]

    def __init__(self, context, size):
        self.context = context
        self.bytes = size
        self.work = 0

    def begin(self, folder):
        """Makes work as long as storage."""
        place = folder / "begin"
        place.mkdir()
        storing = statistics.median(self.once(place / f"storage-{number}", "overlap", 0)["seconds"] for number in range(5))
        working = statistics.median(self.once(place / f"work-{number}", "work", FIRST_GUESS)["seconds"]
                                    for number in range(5))
        self.work = max(1, round(FIRST_GUESS * storing / working))
        space.remove(place)

    def once(self, folder, mode, work):
        folder.mkdir()
        done = processes.run([self.context.program("overlap"), folder, self.bytes, mode, work])
        return {**done.json(), "cpu_seconds": done.cpu_seconds}

    def run(self, contender, folder):
        if contender != COFFER:
            storage = self.once(folder / "storage", "overlap", 0)
            work = self.once(folder / "work", "work", self.work)
            longer = max(storage, work, key=lambda run: run["seconds"])
            return self.measurement(longer, storage_s=storage["seconds"], work_s=work["seconds"])
        found = self.once(folder / "overlap", "overlap", self.work)
        control = self.once(folder / "in-turn", "in-turn", self.work)
        return self.measurement(found, no_overlap_s=control["seconds"], hidden_share=found["hidden_share"],
                                read_back_gib=found["read_back"] / 2**30,
                                no_overlap_hidden_share=control["hidden_share"])

    def measurement(self, run, **extra):
        return Measurement(run["seconds"], run["bytes"], run["cpu_seconds"], run["peak_rss"], extra)


class Overlap(PairBench):
    """Three pipes whose work takes as long as their storage, beside the longer of the two alone."""

    name = "overlap"
    rows = ["overlap"]

    def bytes(self):
        return self.size(1 << 30, 16 << 20)

    def space(self):
        # Two objects a run, five runs at the start, four a round.
        return 10 * self.bytes()

    def contests(self):
        yield Overlapped(self.context, self.bytes())


class Planned(Contest):
    """A run of six pipes in a row, each with an inference of its own, beside the longer of work and storage alone,
    measured one after the other in the same round: the same run without inference, and with objects of a few bytes."""

    rival = "longer of work and storage"
    figures = [Figure("overlap_plan", lambda run: run.seconds, "s", 1.05, at_most=True)]

    def __init__(self, context, size, work_ms):
        self.context = context
        self.bytes = size
        self.work_ms = work_ms

    def once(self, folder, size, work_ms, mode="overlap"):
        folder.mkdir()
        return processes.run([self.context.program("overlap_plan"), folder, size, work_ms, mode]).json()

    def run(self, contender, folder):
        if contender != COFFER:
            storage = self.once(folder / "storage", self.bytes, 0)
            work = self.once(folder / "work", 256, self.work_ms)
            longer = max(storage, work, key=lambda run: run["seconds"])
            return self.measurement(longer, storage_s=storage["seconds"], work_s=work["seconds"])
        found = self.once(folder / "overlap", self.bytes, self.work_ms)
        control = self.once(folder / "in-turn", self.bytes, self.work_ms, "in-turn")
        return self.measurement(found, no_overlap_s=control["seconds"], hidden_share=found["hidden_share"],
                                no_overlap_hidden_share=control["hidden_share"])

    def measurement(self, run, **extra):
        return Measurement(run["seconds"], run["bytes"], run["cpu_seconds"], run["peak_rss"], extra)


class OverlapPlan(PairBench):
    """Six pipes in a row, each with an inference of 200 ms, beside the longer of work and storage alone."""

    name = "overlap_plan"
    rows = ["overlap_plan"]

    def bytes(self):
        return self.size(256 << 20, 1 << 20)

    def space(self):
        # Seven objects a run, five such runs a round and a few of nothing.
        return 40 * self.bytes()

    def contests(self):
        yield Planned(self.context, self.bytes(), self.size(200, 20))


class OverlapSlow(Bench):
    """Six pipes, one after the other, on a store at the end of a slow line: what passes the line while they work."""

    name = "overlap_slow"
    rows = ["overlap_slow"]
    target = 0.8

    def bytes(self):
        return self.size(256 << 20, 1 << 20)

    def space(self):
        # Inputs, outputs, what waits behind the writers, and the cache.
        return 6 * 3 * self.bytes() + 3 * self.bytes()

    def once(self, mode):
        folder = self.context.folder / mode
        folder.mkdir()
        rate = 200_000_000
        done = processes.run([self.context.program("overlap_slow"), folder, self.bytes(), rate, self.size(2000, 50), mode])
        space.remove(folder)
        return done.json()

    def run(self):
        rounds = [{mode: self.once(mode) for mode in ("overlap", "in-turn")} for _ in range(self.size(5, 2))]
        figures = {"rounds": len(rounds), "of": "share of hideable bytes that passed while pipes worked"}
        for mode in ("overlap", "in-turn"):
            runs = [each[mode] for each in rounds]
            shares = [run["share"] for run in runs]
            figures[mode] = {"median": statistics.median(shares), "spread": ratios.spread(shares),
                             "seconds": statistics.median(run["seconds"] for run in runs),
                             "ahead_gib": statistics.median(run["ahead"] for run in runs) / 2**30,
                             "peak_buffers": max(run["peak_buffers"] for run in runs)}
        found = ratios.median_interval([each["overlap"]["share"] for each in rounds])
        row = report.Row("overlap_slow", found.median, found.low, found.high, "share", self.target, figures=figures)
        yield report.judge(row, self.context.small)
