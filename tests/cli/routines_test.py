"""A program that is coffer with C++ pipes of its own, and coffer itself, which has none of them."""

import json
import os
import subprocess

from coffer_program import DEADLINE, CofferTest, main

PROGRAM = os.environ["COFFER_ROUTINE_PROGRAM"]


class Routines(CofferTest):
    def setUp(self):
        super().setUp()
        pipe = lambda name, read, write: {"name": name, "reads": {read: "stream"}, "writes": {write: {"from": "stream"}},
                                          "routine": name}
        self.pipeline = self.file("pipeline.json", json.dumps(
            {"coffer_pipeline": 1, "name": "test", "inputs": {"text": {}}, "outputs": ["louder"],
             "pipes": [pipe("upper", "text", "loud"), pipe("stumble", "loud", "louder")]}, indent=1).encode())
        self.text = self.file("in.txt", b"hello")
        self.go = self.folder / "go"

    def own(self, *arguments, code=0):
        done = subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.folder, env=self.environment, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_it_runs_and_checks_them_and_coffer_says_which_it_lacks(self):
        self.go.touch()
        done = self.own("run", self.pipeline, "-i", f"text={self.text}", "-o", "louder=-", "-q")
        self.assertEqual(done.stdout, b"HELLO!")
        self.assertIn(b"stumble", self.own("check", self.pipeline).stdout)
        for verb in (("check", self.pipeline), ("run", self.pipeline, "-i", f"text={self.text}")):
            said = self.failure(*verb, code=1)
            self.assertRegex(said, r"pipeline\.json:21:15: .*this program has no C\+\+ pipe 'upper': run the file with")
        self.assertFalse(self.store.joinpath(".coffer/runs").exists() and
                         len(os.listdir(self.store / ".coffer/runs")) > 1, "coffer has begun a run")

    def test_a_run_of_them_is_resumed_by_the_program_alone(self):
        said = self.own("run", self.pipeline, "-i", f"text={self.text}", "--run-id", "x", "-o", "louder=out", code=1).stderr
        self.assertIn(f"{os.path.basename(PROGRAM)} runs resume x goes on".encode(), said)
        self.assertIn("upper", self.json_lines("runs", "show", "x")[0]["pipes"])
        said = self.failure("runs", "resume", "x", code=1)
        self.assertRegex(said, r"no C\+\+ pipe 'upper', which the run x needs: resume it with " + os.path.realpath(PROGRAM))
        self.go.touch()
        self.own("runs", "resume", "x", "--timeline", "page.html")
        self.assertEqual((self.folder / "out").read_bytes(), b"HELLO!")
        self.assertIn("stumble", (self.folder / "page.html").read_text())


if __name__ == "__main__":
    main()
