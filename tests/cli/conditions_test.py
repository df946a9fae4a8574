"""Pipes that run only on a condition."""

import json

from coffer_program import main
from pipeline_case import PipelineTest


class Conditions(PipelineTest):
    """mail is of a kind, which decides what becomes of it."""

    def mail(self, kind, *more, code=0):
        when = lambda **condition: {"name": "kind", **condition}
        say = lambda name, when: {"name": name, "when": when, "writes": {"answer": {"from": "stdout"}},
                                  "command": ["printf", name]}
        pipeline = self.pipeline(
            {"name": "classify", "reads": {"text": "stdin"}, "writes": {"kind": {"from": "stdout"}}, "command": ["cat"]},
            say("pay", when(**{"is": "invoice"})), say("reply", when(is_not=["invoice", "spam"])),
            {"name": "size", "reads": {"answer": {"from": "path", "optional": True}}, "writes": {"size": {"from": "stdout"}},
             "command": ["sh", "-c", 'test -z "$1" || wc -c < "$1"', "sh", "{answer}"]},
            {"name": "send", "reads": {"answer": "stdin"}, "writes": {"sent": {"from": "stdout"}}, "command": ["cat"]},
            outputs=("answer", "size", "sent"))
        done = self.run_coffer("run", pipeline, "-i", f"text={self.file('in.txt', kind)}", *more)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_what_cannot_be_decided_stands_in_the_timeline(self):
        self.mail(b"x" * 70_000, "--timeline", "t.html", "--trace", "t.json", code=1)
        for name in ("t.html", "t.json"):
            self.assertIn("cannot be said", (self.folder / name).read_text())

    def test_alternatives_write_one_output(self):
        self.assertEqual(self.mail(b"invoice\n", "-o", "answer=-", "-q").stdout.splitlines()[0], b"pay")
        self.mail(b"letter", "-o", "answer=out.txt")
        self.assertEqual((self.folder / "out.txt").read_bytes(), b"reply")

    def test_a_run_that_reuses_decides_anew_and_takes_what_is_the_same(self):
        reuse = ("--reuse", "--keep", "everything")
        self.mail(b"invoice", "--run-id", "x", *reuse)
        said = self.mail(b"invoice", "--run-id", "y", *reuse).stderr.decode()
        for pipe in ("classify", "pay", "size", "send"):
            self.assertRegex(said, rf"(?m)^coffer: +{pipe}: taken from the run x$")
        self.assertRegex(said, r"reply: skipped, kind is 'invoice'")
        said = self.mail(b"letter", "--run-id", "z", *reuse, "-o", "answer=out.txt").stderr.decode()
        self.assertRegex(said, r"classify: not taken from an earlier run: its input 'text' is another one now")
        self.assertRegex(said, r"pay: skipped, kind is 'letter' and not 'invoice'")
        self.assertRegex(said, r"reply: not taken from an earlier run: no earlier run has finished it")
        self.assertEqual((self.folder / "out.txt").read_bytes(), b"reply")

    def test_an_output_that_is_absent_makes_no_file_and_is_told(self):
        done = self.mail(b"spam", "-o", "answer=out.txt", "--run-id", "x", "--timeline", "t.html", "--metrics", "m.txt")
        self.assertFalse((self.folder / "out.txt").exists())
        said = done.stderr.decode()
        self.assertRegex(said, r"(?m)^coffer: .* pay: skipped, kind is 'spam' and not 'invoice'$")
        self.assertRegex(said, r"(?m)^coffer: .* send: skipped, answer is absent$")
        self.assertRegex(said, r"(?m)^coffer: answer is absent: what would have written it was skipped$")
        self.assertRegex(done.stdout.decode(), r"^size\t")
        self.assertIn("send: skipped, answer is absent", (self.folder / "t.html").read_text())
        self.assertRegex((self.folder / "m.txt").read_text(), r'coffer_pipe_skipped\{[^}]*pipe="send"[^}]*\} 1')
        self.assertRegex("\n".join(self.lines("runs", "show", "x")), r"pipe +send: skipped, answer is absent")
        shown = self.json_lines("runs", "show", "x")[0]
        self.assertEqual((shown["pipes_finished"], shown["pipes_skipped"]), (2, 3))
        self.assertEqual(shown["pipes"]["send"]["skipped"], "answer is absent")
        self.assertIn("5/5", self.lines("runs", "list")[0])
        # Of the run that has ended well the result comes again.
        self.assertRegex(self.run_coffer("runs", "resume", "x").stderr.decode(), "answer is absent")

    def test_json_lines_tell_what_was_skipped(self):
        lines = [json.loads(line) for line in self.mail(b"spam", "--json").stdout.splitlines()]
        self.assertEqual({line["pipe"]: line["why"] for line in lines if line["event"] == "skipped"},
                         {"pay": "kind is 'spam' and not 'invoice'", "reply": "kind is 'spam'", "send": "answer is absent"})
        self.assertEqual(lines[-1]["absent"], ["answer", "sent"])

    def test_a_condition_that_cannot_be_looked_at_fails_the_run(self):
        said = self.mail(b"x" * 70_000, code=1).stderr.decode()
        self.assertRegex(said, r"whether the pipe '(pay|reply)' is to run cannot be said.*'kind' has more than 64 KiB")


if __name__ == "__main__":
    main()
