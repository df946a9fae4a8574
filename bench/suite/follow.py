"""follow: how long is a byte on its way to another process that follows the object?"""
import statistics
import subprocess
import threading
import time

from harness import processes, ratios, report, space

from .bench import Bench

LIMIT_S = 0.2
EVERY_S = 0.1
# Against hangs alone.
DEADLINE_S = 60


class Follow(Bench):
    """Time stamps, given to `coffer put --live` every 100 ms, at the reader of `coffer cat --follow`.

    `tail -f` on a plain file stands beside it, in turn. The value is the median of the lags themselves (seconds), from before the producer's write to the reader of cat."""

    name = "follow"
    rows = ["follow"]

    def space(self):
        return 1 << 20

    def run(self):
        rounds = []
        while len(rounds) < self.context.plan.pairs:
            order = ("coffer", "tail") if len(rounds) % 2 == 0 else ("tail", "coffer")
            place = self.context.folder / f"{len(rounds)}"
            place.mkdir()
            rounds.append({name: getattr(self, name)(place) for name in order})
            space.remove(place)
            self.context.note(f"round {len(rounds)}: " + ", ".join(f"{name} {statistics.median(lags) * 1000:.2f} ms"
                                                                   for name, lags in rounds[-1].items()))
        yield self.row(rounds)

    def coffer(self, place):
        program = [self.context.cli, "--quiet", "--store", place / "store"]
        return self.lags([*program, "put", "-", "--key", "stamps", "--live"], [*program, "cat", "--follow", "stamps"])

    def tail(self, place):
        file = place / "plain"
        file.touch()
        with open(file, "ab") as output:
            return self.lags(["cat"], ["tail", "-f", file], output)

    def lags(self, writer, reader, output=subprocess.DEVNULL):
        """Of each stamp that is given to the writer, when the reader gives it back."""
        stamps = 5 if self.context.small else 20
        environment = processes.clean_environment()
        to = subprocess.Popen([str(word) for word in writer], stdin=subprocess.PIPE, stdout=output, env=environment)
        back = subprocess.Popen([str(word) for word in reader], stdout=subprocess.PIPE, env=environment)
        watchdog = threading.Timer(DEADLINE_S, lambda: (to.kill(), back.kill()))
        watchdog.start()
        try:
            producer = threading.Thread(target=produce, args=(to.stdin, stamps))
            producer.start()
            lags = []
            for line in back.stdout:
                lags.append((time.monotonic_ns() - int(line)) / 1e9)
                if len(lags) == stamps:
                    break
            producer.join()
            to.stdin.close()
            ended = to.wait()
        finally:
            watchdog.cancel()
            for process in (to, back):
                process.kill()
                process.wait()
            back.stdout.close()
        if len(lags) < stamps or ended != 0:
            raise processes.BenchBroken(f"{writer[0]} and {reader[0]}: {len(lags)} of {stamps} stamps came, {ended}")
        return lags

    def row(self, rounds):
        figures = {"pairs": len(rounds), "of": "s late"}
        for name in ("coffer", "tail"):
            lags = [lag for each in rounds for lag in each[name]]
            figures[name] = {"median": statistics.median(lags), "spread": ratios.spread(lags)}
        late = ratios.median_interval([statistics.median(each["coffer"]) for each in rounds])
        row = report.Row("follow", late.median, late.low, late.high, "s", LIMIT_S, True, figures=figures)
        return report.judge(row, self.context.small)


def produce(pipe, stamps):
    for _ in range(stamps):
        time.sleep(EVERY_S)
        try:
            pipe.write(b"%d\n" % time.monotonic_ns())
            pipe.flush()
        except BrokenPipeError:
            return
