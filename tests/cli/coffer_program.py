"""Drives the built program as a user would. COFFER_PROGRAM names it, COFFER_TEST_FOLDER where files may be made."""

import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["COFFER_PROGRAM"]
# Against hangs alone; sanitizers are slow.
DEADLINE = 120


def random_bytes(size, seed=1):
    return random.Random(seed).randbytes(size)


def is_asleep(process):
    """Whether every thread of the process waits, and it has more than one."""
    try:
        tasks = pathlib.Path(f"/proc/{process.pid}/task")
        states = [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks.iterdir()]
    except OSError:
        return False
    return len(states) > 2 and all(state == "S" for state in states)


def wait_until(condition, what):
    """Polls; the deadline is against hangs alone."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.01)


class CofferTest(unittest.TestCase):
    """Each test has a folder of its own with an empty store in it, and an environment that knows nothing else."""

    maxDiff = None

    def setUp(self):
        base = os.environ["COFFER_TEST_FOLDER"]
        os.makedirs(base, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=self._testMethodName[:40] + "-", dir=base)).resolve()
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.store = self.folder / "store"
        self.home = self.folder / "home"
        self.home.mkdir()
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir()
        self.temporary.chmod(0o1777)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "COFFER_STORE": str(self.store),
                            "TMPDIR": str(self.temporary), "TERM": "xterm", "TZ": "UTC"}
        # Sanitizers are told by their variables what to do.
        self.environment.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        backend = os.environ.get("COFFER_IO_BACKEND")
        if backend:
            self.environment["COFFER_IO_BACKEND"] = backend

    def run_coffer(self, *arguments, stdin=b"", cwd=None, **environment):
        """Runs it to its end; stdout and stderr are bytes."""
        return subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=cwd or self.folder,
                              env={**self.environment, **environment}, timeout=DEADLINE, check=False)

    def start_coffer(self, *arguments, **options):
        """Starts it; what is left of it when the test ends is killed."""
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.folder, env=self.environment, **options)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        process.kill()
        process.wait(DEADLINE)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass  # Bytes for a process that is gone.

    def coffer(self, *arguments, code=0, **options):
        """Runs it, expects this exit code, returns standard output as bytes."""
        done = self.run_coffer(*arguments, **options)
        self.assertEqual(done.returncode, code, f"coffer {arguments}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def lines(self, *arguments, **options):
        return self.coffer(*arguments, **options).decode().splitlines()

    def json_lines(self, *arguments, **options):
        return [json.loads(line) for line in self.lines("--json", *arguments, **options)]

    def failure(self, *arguments, code, **options):
        """Runs it, expects this exit code and one line of complaint, which it returns."""
        done = self.run_coffer(*arguments, **options)
        complaint = done.stderr.decode()
        self.assertEqual(done.returncode, code, complaint)
        lines = [line for line in complaint.splitlines() if line]
        self.assertEqual(len(lines), 1, complaint)
        self.assertTrue(lines[0].startswith("coffer: "), complaint)
        return lines[0]

    def file(self, name, content=b"content"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def put(self, key, content=b"content", *arguments):
        """Stores an object and returns its URI."""
        return self.lines("put", "-", "--key", key, *arguments, stdin=content)[0]

    def stored_files(self):
        """Files in the store's folder, the hidden folder's own bookkeeping (locks, journals of runs) left out."""
        found = []
        for path in self.store.rglob("*"):
            relative = path.relative_to(self.store)
            if path.is_file() and relative.parts[:2] not in ((".coffer", "locks"), (".coffer", "runs")):
                found.append(str(relative))
        return sorted(found)


def main():
    unittest.main(verbosity=2)
