"""run_overhead, resume: what it costs that a run is written down, and what that is good for."""
import json
import os
import signal
import statistics
import subprocess
import time

from harness import processes, ratios, report, space

from .bench import Bench

ROUNDS = 5


class RunOverhead(Bench):
    """Empty pipes in a row, whose contents stay in memory, in turn: with a journal, and without one."""

    name = "run_overhead"
    rows = ["run_overhead"]

    def space(self):
        return 64 << 20

    def run(self):
        pipes = self.size(10_000, 20)
        store = self.context.folder / "store"
        found = {"journal": [], "none": []}
        for _ in range(self.size(ROUNDS, 1)):
            for how, values in found.items():
                done = processes.run([self.context.program("run_overhead"), store, pipes, how]).json()
                values.append(done["us_per_pipe"])
                space.remove(store)
        figures = {"pipes": pipes, "rounds": self.size(ROUNDS, 1), "of": "us a pipe"}
        for how, values in found.items():
            figures[how] = {"median": statistics.median(values), "spread": ratios.spread(values)}
        figures["with a journal / without"] = {"median": statistics.median(found["journal"]) /
                                               statistics.median(found["none"])}
        over = ratios.median_interval(found["journal"])
        yield report.judge(report.Row("run_overhead", over.median, over.low, over.high, "us", figures=figures),
                           self.context.small)


class Resume(Bench):
    """A run of 64 commands that is killed when half of them have finished: how many of those run again."""

    name = "resume"
    rows = ["resume"]

    def space(self):
        return 64 << 20

    def coffer(self, *arguments):
        return [str(self.context.cli), "--store", str(self.context.folder / "store"), "--json", *arguments]

    def pipeline(self, pipes, ledger):
        """Each waits a moment, and says in the ledger that it has started."""
        script = 'echo "$1" >> "$0"; sleep 0.05; cat'
        steps = [{"name": f"pipe_{i}", "reads": {"text": "stdin"}, "writes": {f"out_{i}": {"from": "stdout"}},
                  "command": ["sh", "-c", script, str(ledger), f"pipe_{i}"]} for i in range(pipes)]
        # In eight rows, so that some have finished while others have not begun.
        for i, step in enumerate(steps[8:]):
            step["reads"] = {f"out_{i}": "stdin"}
        return {"coffer_pipeline": 1, "name": "resume", "inputs": {"text": {}},
                "outputs": [f"out_{i}" for i in range(pipes - 8, pipes)], "pipes": steps}

    def finished(self):
        """Names of pipes that have finished, as far as the run says."""
        shown = subprocess.run(self.coffer("runs", "show", "bench"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               check=False)
        if shown.returncode != 0:
            return set()
        pipes = json.loads(shown.stdout.splitlines()[0])["pipes"]
        return {name for name, pipe in pipes.items() if pipe["finished"]}

    def run(self):
        pipes = self.size(64, 16)
        folder = self.context.folder
        ledger, file = folder / "ledger", folder / "pipeline.json"
        ledger.write_text("")
        (folder / "text").write_bytes(b"text\n" * 1000)
        file.write_text(json.dumps(self.pipeline(pipes, ledger)))
        process = subprocess.Popen(self.coffer("run", str(file), "-i", f"text={folder / 'text'}", "--run-id", "bench",
                                               "--no-overlap", "-q"), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 300
        while len(self.finished()) < pipes // 2:
            if time.monotonic() > deadline or process.poll() is not None:
                raise processes.BenchBroken("half of the pipes never finished")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        finished = self.finished()
        before = ledger.read_text().split()
        started = time.monotonic()
        processes.run(self.coffer("runs", "resume", "bench", "-q"))
        seconds = time.monotonic() - started
        after = ledger.read_text().split()[len(before):]
        again = len(finished.intersection(after))
        figures = {"pipes": pipes, "finished before": len(finished), "of": "finished pipes that ran again",
                   "resume": {"seconds": seconds, "ran": len(after)}}
        space.remove(folder / "store")
        yield report.judge(report.Row("resume", again, again, again, target=0, at_most=True, figures=figures),
                           self.context.small)
