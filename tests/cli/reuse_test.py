"""run --reuse."""

from coffer_program import main
from runs_case import RunsTest


class Reuse(RunsTest):
    def reuse(self, run, path, *more, text=b"hello"):
        return self.run_coffer("run", path, "-i", f"text={self.file('in.txt', text)}", "--run-id", run, "--reuse", *more)

    def test_what_was_made_before_is_taken_and_that_is_said(self):
        path = self.usual()
        done = self.reuse("x", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr.decode(), r"shout: not taken from an earlier run: no earlier run has finished it")
        out = self.folder / "out.txt"
        done = self.reuse("y", path, "-o", f"louder={out}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr.decode(), r"(?m)^coffer: +shout: taken from the run x$")
        self.assertRegex(done.stderr.decode(), r"(?m)^coffer: +louden: taken from the run x$")
        self.assertEqual(out.read_bytes(), b"HELLO!")
        self.assertEqual(self.ran(), {"shout": 1, "louden": 1})
        self.assertEqual(len(self.objects()), 1)
        self.assertTrue(self.show("y")["reuse"])
        self.assertEqual(self.show("y")["pipes_finished"], 2)

    def test_of_what_is_run_it_says_why(self):
        self.reuse("x", self.usual(), "--keep", "everything")
        done = self.reuse("y", self.usual('sed "s/$/?/"'))
        self.assertRegex(done.stderr.decode(), r"shout: taken from the run x")
        self.assertRegex(done.stderr.decode(), r"louden: not taken from an earlier run: its arguments")
        self.assertEqual(self.ran(), {"shout": 1, "louden": 2})
        done = self.reuse("z", self.usual(), text=b"hallo")
        self.assertRegex(done.stderr.decode(), r"shout: not taken from an earlier run: its input 'text' is another one now")
        self.assertEqual(self.ran(), {"shout": 2, "louden": 3})

    def test_json_lines_have_it_too(self):
        path, text = self.usual(), self.file("in.txt", b"hello")
        self.json_lines("run", path, "-i", f"text={text}", "--run-id", "x", "--reuse")
        lines = self.json_lines("run", path, "-i", f"text={text}", "--run-id", "y", "--reuse")
        self.assertIn({"event": "taken", "pipe": "shout", "run": "x"}, lines)
        self.assertEqual(lines[-1]["taken"], {"shout": "x", "louden": "x"})
        lines = self.json_lines("run", self.usual("cat"), "-i", f"text={text}", "--run-id", "z", "--reuse")
        refused = [line for line in lines if line["event"] == "not_taken"]
        self.assertEqual([line["pipe"] for line in refused], ["shout", "louden"])
        self.assertRegex(refused[0]["why"], r"'loud' is not in the store any more")

    def test_what_was_taken_stays_until_both_runs_are_disposed_of(self):
        path = self.usual()
        self.reuse("x", path)
        taken = self.reuse("y", path).stdout.decode().strip().split("\t")[1]
        self.assertRegex(self.run_coffer("runs", "dispose", "x").stderr.decode(), r"left alone: the run y reads it")
        self.assertEqual(self.coffer("cat", taken), b"HELLO!")
        self.coffer("runs", "dispose", "y", "x")
        self.assertEqual((self.objects(), self.journals()), ([], []))

    def test_killed_it_goes_on_and_reuses_still(self):
        self.reuse("x", self.usual(), "--keep", "everything")
        self.killed_run("y", "--reuse")
        self.assertEqual(self.ran(), {"shout": 1, "louden": 2})
        self.coffer("runs", "resume", "y")
        self.assertEqual(self.ran(), {"shout": 1, "louden": 3})
        self.assertTrue(self.show("y")["reuse"])
        self.coffer("runs", "dispose", "y", "x")
        self.assertEqual((self.objects(), self.journals()), ([], []))

    def test_a_store_without_journals_has_nothing_to_take_from(self):
        told = self.failure("run", self.usual(), "-i", "text=-", "--reuse", "--store", "mem://a", code=2)
        self.assertRegex(told, r"needs an id")


if __name__ == "__main__":
    main()
