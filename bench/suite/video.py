"""overlap_video: what does the main job save where its pipes work while the video is recorded?"""
import json
import pathlib
import shlex
import statistics

from harness import processes, space
from harness.pairs import COFFER, Contest, Figure, Measurement

from .bench import PairBench

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/video"


class Recorded(Contest):
    """The main job on a film that comes as slowly as its pipes work on it, beside the same with --no-overlap. It is encoded
    before, for that is the camera's work. `cpu_s` is of all programs of the run."""

    rival = "the same with --no-overlap"
    figures = [Figure("overlap_video", lambda run: run.seconds, "s", 0.7, at_most=True)]

    def __init__(self, context, seconds, tries):
        self.context = context
        self.seconds = seconds
        self.tries = tries
        self.film = None
        self.pace = None

    def begin(self, folder):
        """Records the film, and learns how long the pipes work on it once it is there."""
        self.film = folder / "film.mkv"
        processes.run(["sh", "-c", 'exec "$0" "$1" > "$2"', EXAMPLE / "record.sh", self.seconds, self.film])
        working = []
        for number in range(self.tries):
            place = folder / f"begin-{number}"
            place.mkdir()
            working.append(self.once(place, ["--no-overlap"]).seconds)
            space.remove(place)
        self.pace = self.seconds / statistics.median(working)

    def run(self, contender, folder):
        return self.once(folder, [] if contender == COFFER else ["--no-overlap"])

    def once(self, folder, options):
        pace = ["-readrate", self.pace] if self.pace else []
        camera = ["ffmpeg", "-v", "error", "-nostdin", *pace, "-i", self.film, "-c", "copy", "-f", "matroska", "-"]
        job = [self.context.cli, "--json", "--store", folder / "store", "run", EXAMPLE / "pipeline.json", "-i", "video=-",
               *options]
        line = " | ".join(shlex.join(str(word) for word in command) for command in (camera, job))
        done = processes.run(["bash", "-o", "pipefail", "-c", line])
        events = [json.loads(line) for line in done.output.splitlines()]
        ended = {event["pipe"]: event["ended"] for event in events if event["event"] == "finished"}
        return Measurement(done.seconds, events[-1]["bytes_stored"], done.cpu_seconds, done.peak_rss,
                           {"recorded_s": ended["video"], "cpu_s": done.cpu_seconds})


class OverlapVideo(PairBench):
    """The main job while the video is still coming, beside the same with each pipe after what it reads."""

    name = "overlap_video"
    rows = ["overlap_video"]

    def space(self):
        # The film, three stores with it, and some frames.
        return 2 << 30

    def contests(self):
        yield Recorded(self.context, self.size(20, 1), self.size(3, 1))
