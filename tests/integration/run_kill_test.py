"""Runs are killed at random moments, and so are those that resume them and those that dispose of them. What comes in the
end is what comes of a run that nobody disturbs; what was recorded as finished is not run again; nothing is left.

COFFER_KILLS: how many kills (200); COFFER_TEST_SEED: of the moments."""

import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["COFFER_PROGRAM"]
BASE = os.environ["COFFER_TEST_FOLDER"]
KILLS = int(os.environ.get("COFFER_KILLS", "200"))
SEED = int(os.environ.get("COFFER_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
SIDE_BY_SIDE = 4
# Against hangs alone.
DEADLINE = 300
TEXT = b"".join(b"line %d of the text\n" % i for i in range(2000))
# At least so many kills in each of the three, and in each phase of a run.
LEAST = max(5, KILLS // 20)


def pipe(name, reads, writes, way, command):
    """Its name is in the ledger, durably, before it does anything."""
    script = f'echo {name} >> "$0" && sync -d "$0"; {command}'
    arguments = ["sh", "-c", script, "LEDGER"] + ([] if way == "stdout" else ["{%s}" % writes])
    return {"name": name, "reads": {reads: "stdin"}, "writes": {writes: {"from": way}}, "command": arguments}


PIPELINE = {"coffer_pipeline": 1, "name": "tiny", "inputs": {"text": {}}, "outputs": ["sorted", "sum", "turned_pieces"],
            "pipes": [pipe("shout", "text", "loud", "stdout", "tr a-z A-Z"),
                      pipe("turn", "loud", "turned", "path", 'rev > "$1"'),
                      pipe("sort", "turned", "sorted", "stdout", "sort"),
                      pipe("sum", "loud", "sum", "stdout", "cksum"),
                      pipe("split", "text", "pieces", "folder", 'split -l 700 - "$1"/'),
                      {**pipe("turn-each", "piece", "turned_pieces", "stdout", "rev"),
                       "batch": {"over": "pieces", "item": "piece", "at_most": 2}}]}


class Scene:
    """A store, and one run in it."""

    def __init__(self, number):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"run-kill-{number}-", dir=BASE)).resolve()
        self.store = self.folder / "store"
        self.ledger = self.folder / "ledger"
        self.random = random.Random(SEED * 1_000_003 + number)
        (self.folder / "tmp").mkdir()
        (self.folder / "text").write_bytes(TEXT)
        (self.folder / "pipeline.json").write_text(
            json.dumps(PIPELINE).replace('"LEDGER"', json.dumps(str(self.ledger))))
        self.environment = {**os.environ, "COFFER_STORE": str(self.store), "TMPDIR": str(self.folder / "tmp")}
        self.begin = ["run", "pipeline.json", "-i", "text=text", "--run-id", "x"]

    def start(self, *arguments):
        return subprocess.Popen([PROGRAM, "--json", *arguments], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, *arguments, codes=(0,)):
        process = self.start(*arguments)
        out, said = process.communicate(timeout=DEADLINE)
        assert process.returncode in codes, f"{self.folder}: coffer {arguments}: {process.returncode}: {said.decode()}"
        return [json.loads(line) for line in out.splitlines()]

    def kill(self, longest, *arguments):
        """Whether it was killed before it had ended."""
        process = self.start(*arguments)
        time.sleep(self.random.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=DEADLINE)
        return process.returncode == -signal.SIGKILL

    def journal(self):
        """What is recorded: nothing where the run has not begun, else the pipes that have finished."""
        shown = self.finish("runs", "show", "x", codes=(0, 3))
        if "pipes" not in shown[-1]:
            return None
        return {name for name, pipe in shown[0]["pipes"].items() if pipe["finished"]}, shown[0]["status"]

    def started(self):
        return collections.Counter(self.ledger.read_text().split()) if self.ledger.exists() else collections.Counter()

    def goes_on(self):
        """Arguments that begin the run, or resume it."""
        return self.begin if self.journal() is None else ["runs", "resume", "x"]

    def check_nothing_finished_ran_again(self, finished, before):
        for name in finished:
            assert self.started()[name] == before[name], f"{self.folder}: {name} had finished and was run again"

    @staticmethod
    def bytes_of(uri):
        return pathlib.Path(uri.removeprefix("file://")).read_bytes()

    def checksums(self, done):
        sums = {}
        for name, output in done["outputs"].items():
            whole = self.bytes_of(output["uri"])
            if output["content_type"] == "application/vnd.coffer.list+json":
                whole = b"".join(self.bytes_of(element["uri"]) for element in json.loads(whole)["elements"])
            sums[name] = hashlib.sha256(whole).hexdigest()
        return sums

    def check_nothing_is_left(self):
        assert self.finish("ls", "-r") == [], self.folder
        left = [str(path) for path in self.store.rglob("*") if ".coffer" not in path.parts]
        assert not left, f"{self.folder}: {left}"
        assert not os.listdir(self.store / ".coffer/runs"), self.folder
        # A program built for TSan that is killed as it starts leaves TSan's copy of its constants.
        left = [str(path.relative_to(self.folder)) for path in (self.folder / "tmp").rglob("*")
                if not path.name.startswith("tsan.rodata.")]
        assert not left, f"{self.folder}: {left}"
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes()
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(self.folder).encode() in environment and b"COFFER_RUN=x:" in environment and state != "Z":
                raise AssertionError(f"{self.folder}: process {process.name} is alive")


def undisturbed():
    """What the outputs are, and how long each of the three takes, in seconds."""
    scene = Scene(-1)
    begun = time.monotonic()
    done = scene.finish(*scene.begin)[-1]
    ran = time.monotonic()
    sums = scene.checksums(done)
    scene.finish("runs", "dispose", "x")
    disposed = time.monotonic()
    scene.check_nothing_is_left()
    shutil.rmtree(scene.folder)
    return sums, ran - begun, disposed - ran


def disturb(number, sums, run_takes, dispose_takes):
    """One run that is killed, perhaps several times, in all that is done to it. Its kills, by phase."""
    scene = Scene(number)
    kills = collections.Counter()
    attempts = 0
    while attempts == 0 or (attempts < 4 and scene.random.random() < 0.6):
        before, ledger = scene.journal(), scene.started()
        arguments = scene.goes_on()
        was_killed = scene.kill(1.2 * run_takes, *arguments)
        after = scene.journal()
        if before:
            scene.check_nothing_finished_ran_again(before[0] & (after[0] if after else set()), ledger)
        if was_killed:
            kills["resume" if before else "run"] += 1
            phase = "before it begins" if after is None else f"{len(after[0])} of {len(PIPELINE['pipes'])} pipes finished"
            kills[phase if after is None or after[1] != "finished" else "after all has finished"] += 1
        attempts += 1
    before, ledger = scene.journal(), scene.started()
    done = scene.finish(*scene.goes_on())[-1]
    assert scene.checksums(done) == sums, f"{scene.folder}: other outputs"
    if before:
        scene.check_nothing_finished_ran_again(before[0], ledger)
    while scene.random.random() < 0.6:
        kills["dispose"] += scene.kill(1.2 * dispose_takes, "runs", "dispose", "x")
    scene.finish("runs", "dispose", "x")
    scene.finish("runs", "dispose", "x")
    scene.finish("gc", "--older-than", "0")
    scene.check_nothing_is_left()
    shutil.rmtree(scene.folder)
    return kills


def main():
    os.makedirs(BASE, exist_ok=True)
    print(f"seed {SEED} (COFFER_TEST_SEED)", flush=True)
    sums, run_takes, dispose_takes = undisturbed()
    kills = collections.Counter()
    number = 0
    places = ("run", "resume", "dispose")
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        while sum(kills[place] for place in places) < KILLS or min(kills[place] for place in places) < LEAST:
            assert number < 20 * KILLS, f"some place is never hit: {kills}"
            for more in pool.map(lambda n: disturb(n, sums, run_takes, dispose_takes),
                                 range(number, number + 4 * SIDE_BY_SIDE)):
                kills += more
            number += 4 * SIDE_BY_SIDE
    print(f"{number} runs;", "; ".join(f"{phase}: {count}" for phase, count in sorted(kills.items())))
    within = sum(count for phase, count in kills.items() if phase.endswith("pipes finished"))
    assert within >= LEAST, "hardly any kill came while pipes worked"


if __name__ == "__main__":
    sys.exit(main())
