"""Runs a program and measures it from outside, every program in the same way."""
import dataclasses
import json
import os
import subprocess
import tempfile
import threading
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


class PeakWatch:
    """Looks again and again at what the kernel counts as a process's peak RSS. What wait4 gives is never less than the
    parent's own peak, for a child begins as its parent's image; this begins with the program."""

    def __init__(self, pid):
        self.path = f"/proc/{pid}/status"
        self.peak = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.ended.wait(0.01):
            try:
                with open(self.path, encoding="ascii", errors="replace") as lines:
                    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
            except OSError:
                return
            # A process that has ended and was not waited for has no memory.
            if found:
                self.peak = int(found[0]) * 1024

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.peak


def run(command, environment=None, watch_memory=False):
    """Runs the command to its end. BenchBroken, with what it said, where it fails. `watch_memory`: its peak RSS as
    PeakWatch sees it, at the price of looking a hundred times a second."""
    command = [str(word) for word in command]
    with tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        try:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                     env={**clean_environment(), **(environment or {})})
        except OSError as error:
            raise BenchBroken(f"{command[0]} did not start: {error}") from error
        watch = PeakWatch(child.pid) if watch_memory else None
        try:
            output = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        finally:
            seen = watch.stop() if watch else 0
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        child.stdout.close()
        if child.returncode != 0:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()[-1000:]
            raise BenchBroken(f"{' '.join(command)} ended with {child.returncode}: {said}")
    return Finished(seconds, usage.ru_utime + usage.ru_stime, seen or usage.ru_maxrss * 1024,
                    output.decode(errors="replace"))
