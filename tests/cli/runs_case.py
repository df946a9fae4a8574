"""What the tests of runs with an id share."""

import json
import os
import signal
import time
from collections import Counter

from coffer_program import DEADLINE, CofferTest


def counted(name, reads, writes, *command):
    """A pipe that adds its name to the file `ledger` when it starts."""
    return {"name": name, "reads": {reads: "stdin"}, "writes": {writes: {"from": "stdout", "type": "text/plain"}},
            "command": ["sh", "-c", f'echo {name} >> "$0"; ' + command[0], "LEDGER", *command[1:]]}


class RunsTest(CofferTest):
    def setUp(self):
        super().setUp()
        self.ledger = self.folder / "ledger"
        self.temporary = self.folder / "temporary"
        self.temporary.mkdir()
        self.environment["TMPDIR"] = str(self.temporary)

    def pipeline(self, *pipes, name="pipeline.json", outputs=("louder",)):
        text = json.dumps({"coffer_pipeline": 1, "name": "test", "inputs": {"text": {"type": "text/plain"}},
                           "outputs": list(outputs), "pipes": pipes})
        return self.file(name, text.replace('"LEDGER"', json.dumps(str(self.ledger))).encode())

    def usual(self, second='sed "s/$/!/"', name="pipeline.json"):
        return self.pipeline(counted("shout", "text", "loud", "tr a-z A-Z"), counted("louden", "loud", "louder", second),
                             name=name)

    def ran(self):
        """How often each has started. In which order those did that run side by side is nobody's promise."""
        return dict(Counter(self.ledger.read_text().splitlines())) if self.ledger.exists() else {}

    def show(self, run):
        return self.json_lines("runs", "show", run)[0]

    def objects(self):
        return self.lines("ls", "-r")

    def journals(self):
        folder = self.store / ".coffer/runs"
        return sorted(os.listdir(folder)) if folder.exists() else []

    def wait_for(self, condition):
        deadline = time.monotonic() + DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it does not come")
            time.sleep(0.01)

    def killed_run(self, run="x", *more):
        """A run whose first pipe has finished, killed while its second one waits. Returns the pid of that command."""
        waiting = self.folder / "waiting"
        path = self.usual('if ! test -e "$1"; then echo $$ > "$2"; exec sleep 1000; fi; sed "s/$/!/"')
        text = json.loads(path.read_bytes())
        text["pipes"][1]["command"] += [str(self.folder / "go"), str(waiting)]
        path.write_text(json.dumps(text))
        process = self.start_coffer("run", path, "-i", f"text={self.file('in.txt', b'hello')}", "--run-id", run, *more)
        self.wait_for(lambda: waiting.exists() and waiting.read_text().strip())
        self.wait_for(lambda: self.show(run)["pipes"]["shout"]["finished"])
        process.send_signal(signal.SIGKILL)
        process.wait(DEADLINE)
        (self.folder / "go").touch()
        return int(waiting.read_text())
