"""local_read, local_store and their CPU: the local provider beside fio on the same disk."""
import statistics

from harness import fio, processes, space
from harness.pairs import COFFER, Contest, Figure, Measurement

from .bench import PairBench

# How many requests of 1 MiB Coffer keeps in flight.
DEPTH = 4
OBJECT = "object.bin"
START_UPS = 5


class AgainstFio(Contest):
    """Both sides count their bytes and seconds themselves, from the opening of the file to its last byte (durable, for a
    store). CPU is counted from outside, the same way on both sides: the whole process and the kernel's workers for it,
    less what the same program spends on 1 MiB (start-up: fio calibrates clocks)."""

    rival = "fio"
    direction = ""

    def __init__(self, context, size):
        self.context = context
        self.bytes = size
        self.start_up = {}
        self.crc = 0.0

    def begin(self, folder):
        place = folder / "begin"
        place.mkdir()
        for side, once in (("coffer", self.coffer), (self.rival, self.fio)):
            spent = []
            for number in range(START_UPS):
                fresh = place / f"{side}-{number}"
                fresh.mkdir()
                self.lay_out(fresh, fio.CHUNK)
                spent.append(once(fresh, fio.CHUNK)[0].cpu_seconds)
            self.start_up[side] = statistics.median(spent)
        space.remove(place)
        found = processes.run([self.context.program("crc32c"), self.bytes]).json()
        self.crc = found["cpu_seconds"] / (found["bytes"] / 2**30)

    def run(self, contender, folder):
        if contender == COFFER:
            whole, seconds, moved = self.coffer(self.place(folder), self.bytes)
            return Measurement(seconds, moved, max(whole.cpu_seconds - self.start_up["coffer"], 0), whole.peak_rss,
                               {"crc32c_cpu_s_per_gib": self.crc, "start_up_cpu_s": self.start_up["coffer"]})
        whole, job = self.fio(self.place(folder), self.bytes)
        return Measurement(job.seconds, job.bytes, max(whole.cpu_seconds - self.start_up[self.rival], 0), whole.peak_rss,
                           {"own_cpu_s_per_gib": job.cpu_seconds / (job.bytes / 2**30),
                            "start_up_cpu_s": self.start_up[self.rival]})

    def lay_out(self, folder, size):
        """What must lie in the folder before a run."""

    def place(self, folder):
        """Where a contender's run works."""
        return folder

    def coffer(self, folder, size):
        raise NotImplementedError

    def fio(self, folder, size):
        whole = processes.run(fio.command(folder / OBJECT, self.direction, DEPTH, size // fio.CHUNK * fio.CHUNK))
        return whole, fio.parse(whole.output, self.direction)


class Read(AgainstFio):
    """All runs of a round read one object, stored just before by Coffer: the same blocks of the disk for each."""

    direction = "read"
    figures = [Figure("local_read", lambda run: run.rate / 1e9, "GB/s", 0.95),
               Figure("local_read_cpu", lambda run: run.cpu_per_gib, "CPU s/GiB", 2, at_most=True)]

    def lay_out(self, folder, size):
        processes.run([self.context.program("local_store"), folder, OBJECT, size])
        space.drop_from_cache(folder / OBJECT)

    def prepare(self, folder):
        self.lay_out(folder, self.bytes)

    def place(self, folder):
        return folder.parent

    def coffer(self, folder, size):
        space.drop_from_cache(folder / OBJECT)
        whole = processes.run([self.context.program("local_read"), folder, OBJECT])
        found = whole.json()
        if found["bytes"] != size:
            raise processes.BenchBroken(f"read {found['bytes']} bytes of {size}")
        return whole, found["seconds"], found["bytes"]

    def fio(self, folder, size):
        space.drop_from_cache(folder / OBJECT)
        return super().fio(folder, size)


class Store(AgainstFio):
    """Each run writes a new file in a folder of its own."""

    direction = "write"
    figures = [Figure("local_store", lambda run: run.rate / 1e9, "GB/s", 0.95),
               Figure("local_store_cpu", lambda run: run.cpu_per_gib, "CPU s/GiB", 2, at_most=True)]

    def coffer(self, folder, size):
        whole = processes.run([self.context.program("local_store"), folder, OBJECT, size])
        found = whole.json()
        if (folder / OBJECT).stat().st_size != size:
            raise processes.BenchBroken(f"stored {(folder / OBJECT).stat().st_size} bytes of {size}")
        return whole, found["seconds"], found["bytes"]


class LocalRead(PairBench):
    """A cold object, streamed through the public API, beside fio that reads the same file."""

    name = "local_read"
    rows = ["local_read", "local_read_cpu"]

    def bytes(self):
        return self.size(4 << 30, 64 << 20)

    def space(self):
        return self.bytes()

    def contests(self):
        yield Read(self.context, self.bytes())


class LocalStore(PairBench):
    """A durable object whose size is no multiple of 4096, beside fio that writes and flushes a new file."""

    name = "local_store"
    rows = ["local_store", "local_store_cpu"]

    def bytes(self):
        return self.size(2 << 30, 64 << 20) + 12_345

    def space(self):
        return 3 * self.bytes()

    def contests(self):
        yield Store(self.context, self.bytes())
