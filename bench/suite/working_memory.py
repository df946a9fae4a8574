"""memory_size, memory_offload, memory_inline: what a working memory takes, and what the program holds while one full of data
goes into the store and back."""
import base64
import json
import random

from harness import processes, report, space

from .bench import Bench

LIMIT = 64 << 20
BUDGET = "32MiB"
IMAGE = 750_000  # Bytes; a third more as base64.


def write_memory(path, size):
    """A working memory of data: URLs, in Pipelex's form."""
    picture = random.Random(1).randbytes(IMAGE)
    with open(path, "w", encoding="ascii") as memory:
        memory.write('{"root": {')
        for index in range(max(1, size * 3 // 4 // IMAGE)):
            # Each its own, and none that compresses.
            data = base64.b64encode(index.to_bytes(8, "big") + picture[8:]).decode()
            content = {"url": f"data:image/png;base64,{data}", "caption": None, "mime_type": "image/png"}
            stuff = {"stuff_code": f"s{index}", "stuff_name": f"image_{index}", "concept": "native.Image", "content": content}
            memory.write(f'{", " if index else ""}"image_{index}": {json.dumps(stuff)}')
        memory.write('}, "aliases": {"main_stuff": "image_0"}, "absences": {}}')


class WorkingMemory(Bench):
    """One round: 200 MB of data: URLs go into the store and come back, peak RSS (anonymous memory is part of it) over 64 MiB."""

    name = "working_memory"
    rows = ["memory_offload", "memory_inline"]

    def bytes(self):
        return self.size(200_000_000, 8_000_000)

    def space(self):
        return 3 * self.bytes()

    def run(self):
        folder = self.context.folder
        memory, light, whole, store = (folder / name for name in ("memory.json", "light.json", "whole.json", "store"))
        write_memory(memory, self.bytes())
        common = [self.context.cli, "--store", store, "--budget", BUDGET, "-q", "memory"]
        yield self.row("memory_offload", [*common, "offload", memory, "-o", light], memory)
        yield self.row("memory_inline", [*common, "inline", light, "-o", whole], memory)
        if whole.read_bytes() != memory.read_bytes():
            raise processes.BenchBroken("another working memory came back")
        space.remove(store)

    def row(self, name, command, memory):
        size = memory.stat().st_size
        space.settle(memory.parent)
        done = processes.run(command, watch_memory=True)
        value = done.peak_rss / LIMIT
        figures = {"bytes": size, "budget": BUDGET, "of": "MiB peak RSS",
                   "coffer": {"median": done.peak_rss / 2**20, "seconds": done.seconds,
                              "mb_per_s": size / 1e6 / done.seconds, "cpu_s_per_gib": done.cpu_seconds / (size / 2**30)}}
        return report.judge(report.Row(name, value, value, value, target=1, at_most=True, figures=figures),
                            self.context.small)


class MemorySize(Bench):
    """100,000 stuffs by reference in a WorkingMemory: allocated bytes for each, put one by one; the parsed document beside."""

    name = "memory_size"
    rows = ["memory_size"]

    def space(self):
        return 0

    def run(self):
        found = processes.run([self.context.program("memory_size"), self.size(100_000, 1_000)]).json()
        value = found["put"] / found["stuffs"]
        figures = {"stuffs": found["stuffs"], "of": "bytes a stuff"}
        for name in ("put", "parsed", "text"):
            figures[name] = {"median": found[name] / found["stuffs"]}
        yield report.judge(report.Row("memory_size", value, value, value, "B", target=400, at_most=True, figures=figures),
                           self.context.small)
