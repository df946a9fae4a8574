"""peers and peers_stream: the program beside what people use to copy files."""
from harness import processes, space
from harness.pairs import COFFER, Contest, Figure, Measurement

from .bench import PairBench

KEY = "object.bin"
# A shell, for `cp` and `sync` are two programs.
CP_AND_SYNC = ["sh", "-c", 'cp -- "$0" "$1" && sync -- "$1"']


class ByProgram(Contest):
    """Whole processes, from start to end, source not in the page cache. What was written leaves the page cache after the
    run: the next one must not wait for memory that this one filled."""

    def __init__(self, context, size, rival_command):
        self.context = context
        self.bytes = size
        self.rival_command = rival_command
        # Source and target go through the page cache.
        self.memory = 2 * size + (1 << 30)
        self.source = None

    def coffer(self, folder, *words):
        return processes.run([self.context.cli, "--store", folder, "-q", *words])

    def measured(self, command, source, target):
        space.drop_from_cache(source)
        done = command()
        if target.stat().st_size != self.bytes:
            raise processes.BenchBroken(f"{target} has {target.stat().st_size} bytes instead of {self.bytes}")
        space.drop_from_cache(target)
        return Measurement(done.seconds, self.bytes, done.cpu_seconds, done.peak_rss)

    def rival_run(self, source, target):
        return self.measured(lambda: processes.run([*self.rival_command, source, target]), source, target)


class Put(ByProgram):
    """A file into the store."""

    def begin(self, folder):
        self.source = folder / "source.bin"
        space.write_file(self.source, self.bytes)

    def run(self, contender, folder):
        if contender != COFFER:
            return self.rival_run(self.source, folder / KEY)
        return self.measured(lambda: self.coffer(folder, "put", self.source, "--key", KEY), self.source, folder / KEY)


class Get(ByProgram):
    """An object out of the store into a file; the rival copies the object's own file."""

    def prepare(self, folder):
        self.source = folder / "store" / KEY
        original = folder / "original.bin"
        space.write_file(original, self.bytes)
        self.coffer(folder / "store", "put", original, "--key", KEY)
        original.unlink()
        space.settle(folder)

    def run(self, contender, folder):
        target = folder / "target.bin"
        if contender != COFFER:
            return self.rival_run(self.source, target)
        return self.measured(lambda: self.coffer(self.source.parent, "get", KEY, target), self.source, target)


class CpPut(Put):
    rival = "cp+sync"
    figures = [Figure("peers_put", lambda run: run.seconds, "s", 1.1, at_most=True)]


class CpGet(Get):
    rival = "cp+sync"
    figures = [Figure("peers_get", lambda run: run.seconds, "s", 1.1, at_most=True)]


class StreamIn(Put):
    rival = "copy_file_range+fsync"
    figures = [Figure("peers_stream_in", lambda run: run.rate / 2**30, "GiB/s", 1.5)]


class StreamOut(Get):
    rival = "copy_file_range+fsync"
    figures = [Figure("peers_stream_out", lambda run: run.rate / 2**30, "GiB/s", 1.5)]


class Peers(PairBench):
    """put and get of 256 MiB beside cp and sync."""

    name = "peers"
    rows = ["peers_put", "peers_get"]

    def bytes(self):
        return self.size(256 << 20, 16 << 20)

    def space(self):
        return 4 * self.bytes()

    def contests(self):
        yield CpPut(self.context, self.bytes(), CP_AND_SYNC)
        yield CpGet(self.context, self.bytes(), CP_AND_SYNC)


class PeersStream(PairBench):
    """8 GiB from a file into the store and from there into a file, beside copy_file_range and fsync."""

    name = "peers_stream"
    rows = ["peers_stream_in", "peers_stream_out"]

    def bytes(self):
        return self.size(8 << 30, 64 << 20)

    def space(self):
        return 4 * self.bytes()

    def contests(self):
        copy = [self.context.rival("copy_file_range")]
        yield StreamIn(self.context, self.bytes(), copy)
        yield StreamOut(self.context, self.bytes(), copy)
