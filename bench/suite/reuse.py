"""reuse: what does the main job cost a second time?"""
import json
import pathlib
import shutil

from harness import processes, ratios, report, space

from .bench import Bench

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/video"


class Reuse(Bench):
    """The main job on a film of 20 s, and the same again with --reuse: wall time of the second by that of the first.

    A copy of the film, which has to be read to be known, stands beside it."""

    name = "reuse"
    rows = ["reuse"]

    def space(self):
        # The film, its copy, two stores with one at a time.
        return 1 << 30

    def seconds(self, film, store):
        command = [self.context.cli, "--json", "--store", store, "run", EXAMPLE / "pipeline.json", "-i", f"video={film}",
                   "--reuse"]
        done = processes.run(command)
        taken = json.loads(done.output.splitlines()[-1])["taken"]
        return done.seconds, len(taken)

    def run(self):
        folder = self.context.folder
        film, copy = folder / "film.mkv", folder / "copy.mkv"
        processes.run(["sh", "-c", 'exec "$0" "$1" > "$2"', EXAMPLE / "record.sh", self.size(20, 1), film])
        shutil.copyfile(film, copy)
        pipes = len(json.loads((EXAMPLE / "pipeline.json").read_text())["pipes"])
        found = {"first": [], "again": [], "a copy": []}
        for _ in range(self.size(5, 1)):
            store = folder / "store"
            for which, of in (("first", film), ("again", film), ("a copy", copy)):
                seconds, taken = self.seconds(of, store)
                if taken != (0 if which == "first" else pipes):
                    raise processes.BenchBroken(f"{which}: {taken} of {pipes} pipes were taken")
                found[which].append(seconds)
            space.remove(store)
        over = ratios.median_interval([again / first for again, first in zip(found["again"], found["first"])])
        figures = {"rounds": len(found["first"]), "of": "wall time, second / first", "pipes": pipes}
        for which, values in found.items():
            figures[which] = {"median": ratios.median_interval(values).median, "spread": ratios.spread(values)}
        yield report.judge(report.Row("reuse", over.median, over.low, over.high, target=0.1, at_most=True,
                                      figures=figures), self.context.small)
