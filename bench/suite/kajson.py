"""kajson_parse, kajson_decode, kajson_encode: documents beside simdjson's own DOM, and beside CPython's kajson."""
import pathlib

from harness import processes
from harness.pairs import COFFER, Contest, Figure, Measurement

from .bench import PairBench

RIVALS = pathlib.Path(__file__).resolve().parent.parent / "rivals"
# Where ./dev puts what tests and benches need from PyPI: beside the build folder.
ORACLES = pathlib.Path("..", "oracles", "bin", "python")


def measurement(finished):
    found = finished.json()
    return Measurement(found["seconds"], found["bytes"], found["cpu_seconds"], found["peak_rss"])


class Parse(Contest):
    figures = [Figure("kajson_parse", lambda run: run.rate / 1e6, "MB/s", 0.4)]
    rival = "simdjson's DOM"

    def __init__(self, context, size, times):
        self.context = context
        self.arguments = [size, times]

    def run(self, contender, folder):
        who = "coffer" if contender == COFFER else "dom"
        return measurement(processes.run([self.context.program("kajson_parse"), who, *self.arguments]))


class Codec(Contest):
    """Structs and models of the same classes; Coffer's opaque values are looked at beside them."""

    rival = "CPython's kajson"
    what = ""

    def __init__(self, context, size, times):
        self.context = context
        self.size = size
        self.times = times
        self.file = None

    def begin(self, folder):
        self.file = folder / "documents.json"
        processes.run([self.context.program("kajson_codec"), "make", self.file, self.size])

    def run(self, contender, folder):
        if contender != COFFER:
            python = self.context.build / ORACLES
            # CPython is slow enough to be measured by a run or two.
            return measurement(processes.run([python, RIVALS / "kajson_python.py", self.what, self.file, max(1, self.times // 5)]))
        program = self.context.program("kajson_codec")
        typed = measurement(processes.run([program, self.what, self.file, self.times]))
        opaque = measurement(processes.run([program, f"{self.what}-opaque", self.file, self.times]))
        return Measurement(typed.seconds, typed.bytes, typed.cpu_seconds, typed.peak_rss, {"opaque_mb_s": opaque.rate / 1e6})


class Decode(Codec):
    figures = [Figure("kajson_decode", lambda run: run.rate / 1e6, "MB/s", 20)]
    what = "decode"


class Encode(Codec):
    figures = [Figure("kajson_encode", lambda run: run.rate / 1e6, "MB/s", 20)]
    what = "encode"


class Kajson(PairBench):
    """10 MB of mixed documents: read beside simdjson's DOM, and to structs and back beside CPython's kajson."""

    name = "kajson"
    rows = ["kajson_parse", "kajson_decode", "kajson_encode"]

    def space(self):
        return 20 << 20

    def contests(self):
        size, times = self.size(10_000_000, 100_000), self.size(10, 2)
        yield Parse(self.context, size, times)
        yield Decode(self.context, size, times)
        yield Encode(self.context, size, times)
