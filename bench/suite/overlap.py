"""overlap: do storage and work take place at the same time?"""
import statistics

from harness import processes, space
from harness.pairs import COFFER, Contest, Figure, Measurement

from .bench import PairBench

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
