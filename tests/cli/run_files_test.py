"""run and exec: the files that tell of a run."""

import json
import os
import signal
import subprocess

from prometheus_client.parser import text_string_to_metric_families

from coffer_program import DEADLINE, main, wait_until
from pipeline_case import COUNT, SHOUT, PipelineTest


class RunFiles(PipelineTest):
    FAIL = {"name": "fail", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}},
            "command": ["sh", "-c", "cat >/dev/null; echo '</pre><script>alert(1)</script>' >&2; exit 3"]}

    def test_a_run_is_drawn_and_traced(self):
        done = self.run_coffer("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "--timeline", "run.html", "--trace",
                               "run.json", stdin=b"hello" * 100_000)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"coffer: timeline: {self.folder / 'run.html'}\n", done.stderr.decode())
        page = (self.folder / "run.html").read_text(encoding="utf-8")
        for words in ("<bdi>text</bdi>", "<bdi>shout</bdi>", "<bdi>count</bdi>", "Done in ", "Peak memory", "storage writes"):
            self.assertIn(words, page)
        self.assertTrue(page.endswith("</html>\n"))
        events = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))["traceEvents"]
        lanes = {event["name"]: event["args"] for event in events if event["ph"] == "X" and event.get("cat") in ("pipe", "ingest")}
        self.assertEqual(set(lanes), {"text", "shout", "count"})
        self.assertEqual(lanes["shout"], {"bytes_in": 500_000, "bytes_out": 500_000})
        self.assertEqual(events[-1]["name"], "storage bytes")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if path.is_file()),
                         ["pipeline.json", "run.html", "run.json"])

    def test_figures_are_prometheus_text(self):
        self.coffer("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "--metrics", "run.prom", stdin=b"hello" * 100_000)
        text = (self.folder / "run.prom").read_text(encoding="utf-8")
        found = {family.name: family for family in text_string_to_metric_families(text)}
        self.assertEqual(len(found), text.count("# TYPE "))
        self.assertEqual(found["coffer_run_succeeded"].samples[0].value, 1)
        self.assertEqual(found["coffer_bytes_written"].type, "counter")
        self.assertGreaterEqual(found["coffer_bytes_written"].samples[0].value, 1_000_000)
        read = {sample.labels["pipe"]: sample.value for sample in found["coffer_pipe_read_bytes"].samples}
        self.assertEqual(read, {"text": 500_000, "shout": 500_000, "count": 500_000})
        self.assertGreater(found["coffer_buffers_peak_bytes"].samples[0].value, 0)
        self.assertRegex(text, r"\ncoffer_bytes_read_total \d")

    def test_a_command_is_drawn_too(self):
        self.coffer("exec", "-i", f"in={self.file('in.txt')}", "-o", "out=out.txt", "--timeline", self.folder, "--", "cat")
        self.assertIn("<bdi>cat</bdi>", (self.folder / "timeline.html").read_text(encoding="utf-8"))

    def test_a_run_that_fails_is_drawn_and_says_why(self):
        self.file("run.html", b"old")
        done = self.run_coffer("run", self.pipeline(self.FAIL, outputs=("loud",)), "-i", "text=-", "--timeline", "run.html",
                               "--trace", "run.json", stdin=b"hello")
        self.assertEqual(done.returncode, 1, done.stderr)
        page = (self.folder / "run.html").read_text(encoding="utf-8")
        self.assertIn("the pipe <bdi>fail</bdi>", page)
        self.assertIn("&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;", page)
        self.assertNotIn("<script>alert", page)
        events = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))["traceEvents"]
        self.assertTrue(any("alert(1)" in event.get("args", {}).get("error", "") for event in events))

    def test_a_run_that_is_interrupted_is_drawn(self):
        started = self.folder / "started"
        wait = {"name": "wait", "reads": {}, "writes": {"loud": {"from": "stdout"}},
                "command": ["sh", "-c", f"touch {started}; exec sleep 1000"]}
        path = self.pipeline(wait, inputs=(), outputs=("loud",))
        run = self.start_coffer("run", path, "--timeline", "run.html")
        wait_until(started.exists, "the command runs")
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(DEADLINE), 130)
        self.assertIn("Ended before it was done", (self.folder / "run.html").read_text(encoding="utf-8"))

    def test_what_a_resumed_run_had_done_before_is_in_its_picture(self):
        again = {"name": "again", "reads": {"loud": "stdin"}, "writes": {"size": {"from": "stdout"}},
                 "command": ["sh", "-c", f"test -e {self.folder / 'ready'} && wc -c"]}
        path = self.pipeline(SHOUT, again)
        begun = self.run_coffer("run", path, "-i", f"text={self.file('in.txt')}", "--run-id", "one", "--no-overlap")
        self.assertEqual(begun.returncode, 1, begun.stderr)
        self.assertIn("coffer: run one\n", begun.stderr.decode())
        self.file("ready")
        resumed = self.run_coffer("runs", "resume", "one", "--timeline", "run.html")
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertIn("shout: done before\n", resumed.stderr.decode())
        page = (self.folder / "run.html").read_text(encoding="utf-8")
        self.assertRegex(page, r"<bdi>shout</bdi>.*>done before</div>")
        self.assertIn("Done in ", page)

    def told(self):
        """The page, the metrics by their names (of pipes: with the pipe), and what the trace says of the whole run."""
        page = (self.folder / "run.html").read_text(encoding="utf-8")
        families = text_string_to_metric_families((self.folder / "run.prom").read_text(encoding="utf-8"))
        figures = {(sample.name, sample.labels.get("pipe")): sample.value for family in families for sample in family.samples}
        events = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))["traceEvents"]
        return page, figures, [event for event in events if event.get("cat") == "run"]

    FILES = ("--timeline", "run.html", "--metrics", "run.prom", "--trace", "run.json")

    def test_a_run_whose_output_cannot_be_written_has_failed(self):
        done = self.run_coffer("run", self.pipeline(SHOUT, outputs=("loud",)), "-i", "text=-", "-o", "loud=/dev/full",
                               *self.FILES, stdin=b"hello")
        self.assertEqual(done.returncode, 1, done.stderr)
        page, figures, events = self.told()
        self.assertIn("Failed after ", page)
        self.assertNotIn("Done in ", page)
        self.assertRegex(page, r"Why it failed</h2><pre>.*no space left")
        self.assertEqual(figures["coffer_run_succeeded", None], 0)
        self.assertEqual(figures["coffer_pipe_succeeded", "shout"], 1)
        self.assertEqual([event["name"] for event in events], ["the run failed"])
        self.assertIn("no space left", events[0]["args"]["error"])

    def test_a_run_that_is_interrupted_while_its_reader_is_slow_has_not_ended_well(self):
        path = self.pipeline(SHOUT, outputs=("loud",))
        text = self.file("in.txt", b"hello" * 1_000_000)
        run = self.start_coffer("run", path, "-i", f"text={text}", "-o", "loud=-", *self.FILES, stdout=subprocess.PIPE)
        self.assertEqual(os.read(run.stdout.fileno(), 5), b"HELLO")
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(DEADLINE), 130)
        run.stdout.close()
        page, figures, events = self.told()
        self.assertIn("Ended before it was done, after ", page)
        self.assertEqual(figures["coffer_run_succeeded", None], 0)
        self.assertEqual([event["name"] for event in events], ["the run was cancelled"])

    def test_a_run_that_had_ended_well_before_is_told_as_such(self):
        path = self.pipeline(SHOUT, outputs=("loud",))
        self.coffer("run", path, "-i", "text=-", "--run-id", "one", stdin=b"hello")
        self.coffer("runs", "resume", "one", *self.FILES)
        page, figures, events = self.told()
        self.assertIn("Had ended well before: nothing was run", page)
        self.assertRegex(page, r"<bdi>text</bdi>.*>done before</div>")
        self.assertRegex(page, r"<bdi>shout</bdi>.*>done before</div>")
        self.assertEqual(figures["coffer_run_succeeded", None], 1)
        self.assertEqual(figures["coffer_pipe_succeeded", "shout"], 1)
        self.assertEqual([event["name"] for event in events], ["the run had ended well before"])

    def test_a_run_that_fails_before_its_first_pipe_says_why(self):
        missing = f"file://{self.folder}/none"
        done = self.run_coffer("run", self.pipeline(SHOUT, outputs=("loud",)), "-i", f"text={missing}", *self.FILES)
        self.assertEqual(done.returncode, 3, done.stderr)
        page, figures, _ = self.told()
        self.assertIn("Failed after ", page)
        self.assertRegex(page, rf"Why it failed</h2><pre>.*{missing}")
        self.assertEqual(figures["coffer_run_succeeded", None], 0)

    @staticmethod
    def ends(fifo):
        """Whether somebody read the FIFO, and is now at its end."""
        try:
            os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    def test_a_run_that_is_killed_leaves_no_part_of_a_picture(self):
        started, end = self.folder / "started", self.folder / "end"
        os.mkfifo(end)
        wait = {"name": "wait", "reads": {}, "writes": {"loud": {"from": "stdout"}},
                "command": ["sh", "-c", f"touch {started}; exec cat {end}"]}
        run = self.start_coffer("run", self.pipeline(wait, inputs=(), outputs=("loud",)), "--timeline", "run.html")
        wait_until(started.exists, "the command runs")
        run.kill()
        run.wait(DEADLINE)
        # The command outlives the run, until its input ends.
        wait_until(lambda: self.ends(end), "the command reads")
        self.assertFalse((self.folder / "run.html").exists())

    def test_a_place_that_cannot_be_written_is_refused_before_anything_runs(self):
        started = self.folder / "started"
        touch = {"name": "touch", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}},
                 "command": ["sh", "-c", f"touch {started}; cat"]}
        run = ("run", self.pipeline(touch, outputs=("loud",)), "-i", "text=-", "-o", "loud=loud.txt")
        self.assertIn("no folder", self.failure(*run, "--timeline", "absent/run.html", code=3))
        self.assertIn("write a FILE", self.failure(*run, "--trace", "-", code=2))
        self.assertIn("one file", self.failure(*run, "--trace", "a", "--timeline", "./a", code=2))
        self.assertIn("one file", self.failure(*run, "--trace", "loud.txt", code=2))
        self.assertIn("given as nothing", self.failure(*run, "--timeline", "", code=2))
        self.assertFalse(started.exists())
        self.assertFalse((self.folder / "loud.txt").exists())

    def test_a_picture_is_not_written_over_what_is_read(self):
        words = self.file("words.txt", b"hello")
        inner = self.pipeline(SHOUT, outputs=("loud",))
        outer = self.file("outer.json", json.dumps({
            "coffer_pipeline": 1, "name": "outer", "inputs": {"text": {}}, "outputs": ["loud"],
            "pipes": [{"name": "nested", "pipeline": inner.name, "inputs": {"text": "text"},
                       "outputs": {"loud": "loud"}}]}).encode())
        (self.folder / "link").symlink_to(words)
        before = {path: path.read_bytes() for path in (words, inner, outer)}
        run = ("run", outer.name, "-i", f"text={words.name}")
        exec_ = ("exec", "-i", f"text={words.as_uri()}", "-o", "loud=-", "--timeline", words.name, "--", "cat")
        for arguments, said in {
                (*run, "--timeline", outer.name): r"--timeline would write over .*/outer\.json.* the pipeline",
                (*run, "--trace", str(inner)): r"--trace would write over .*/pipeline\.json.* the pipeline",
                (*run, "--metrics", "./words.txt"): r"--metrics would write over .*/words\.txt.* -i text",
                (*run, "--timeline", "link"): r"--timeline would write over .*/words\.txt.* -i text",
                exec_: r"--timeline would write over .*/words\.txt.* -i text"}.items():
            self.assertRegex(self.failure(*arguments, code=2), said)
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        self.assertFalse(self.store.exists())
        self.coffer(*run, "--timeline", "page.html")

    def test_a_picture_that_cannot_be_finished_fails_what_was_otherwise_done(self):
        done = self.run_coffer("run", self.pipeline(SHOUT, outputs=("loud",)), "-i", "text=-", "-o", "loud=loud.txt",
                               "--timeline", "/dev/full", stdin=b"hello")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("/dev/full", done.stderr.decode())
        self.assertEqual((self.folder / "loud.txt").read_bytes(), b"HELLO")


if __name__ == "__main__":
    main()
