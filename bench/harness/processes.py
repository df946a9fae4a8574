"""Runs a program and measures it from outside, every program in the same way."""
import dataclasses
import json
import os
import subprocess
import tempfile
import time


class BenchBroken(Exception):
    """A bench could not be carried out: it has no figure, good or bad."""


@dataclasses.dataclass(frozen=True)
class Finished:
    """One run of a program, from its start to its end."""

    seconds: float
    cpu_seconds: float  # user and system, with all children that it waited for
    peak_rss: int  # bytes
    output: str

    def json(self):
        """The last line of its output that is a JSON object."""
        for line in reversed(self.output.splitlines()):
            if line.startswith("{"):
                return json.loads(line)
        raise BenchBroken(f"no line of JSON in its output: {self.output[:400]!r}")


def clean_environment():
    """The caller's environment without settings of Coffer: a bench says itself what it wants."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COFFER_")}


def run(command, environment=None):
    """Runs the command to its end. BenchBroken, with what it said, where it fails."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        try:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                     env={**clean_environment(), **(environment or {})})
        except OSError as error:
            raise BenchBroken(f"{command[0]} did not start: {error}") from error
        try:
            output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        child.stdout.close()
        if child.returncode != 0:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()[-1000:]
            raise BenchBroken(f"{' '.join(command)} ended with {child.returncode}: {said}")
    return Finished(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output.decode(errors="replace"))
