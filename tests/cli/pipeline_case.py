"""What the tests of pipelines share: pipelines of the commands that every system has."""

import json
import pathlib

from coffer_program import CofferTest

SHOUT = {"name": "shout", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout", "type": "text/plain"}},
         "command": ["tr", "a-z", "A-Z"]}
COUNT = {"name": "count", "reads": {"loud": "path"}, "writes": {"size": {"from": "stdout"}},
         "command": ["wc", "-c", "{loud}"]}


def is_running(pid):
    """One that has ended may stay as a zombie until its new parent looks."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class PipelineTest(CofferTest):
    def pipeline(self, *pipes, inputs=("text",), outputs=("loud", "size"), **members):
        document = {"coffer_pipeline": 1, "name": "test", "inputs": {name: {} for name in inputs},
                    "outputs": list(outputs), "pipes": list(pipes), **members}
        return self.file("pipeline.json", json.dumps(document, indent=1).encode())

    def places(self, *arguments, **options):
        """What `run` and `exec` print, as a dictionary."""
        return dict(line.split("\t") for line in self.lines(*arguments, **options))
