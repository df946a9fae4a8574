"""Runs that are written down: listed, shown, gone on with."""

import json
import os
import pathlib
import select
import signal

from coffer_program import DEADLINE, main
from runs_case import RunsTest, counted


class RunIds(RunsTest):
    def test_a_run_is_written_down_under_an_id_of_its_own(self):
        done = self.run_coffer("run", self.usual(), "-i", "text=-", stdin=b"hello\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr.decode(), r"(?m)^coffer: run [0-9]{8}-[0-9]{6}-[a-z0-9]{6}$")
        runs = self.json_lines("runs", "list")
        self.assertEqual([(run["status"], run["pipeline"], run["pipes_finished"]) for run in runs],
                         [("finished", "test", 2)])
        name, uri = done.stdout.decode().strip().split("\t")
        self.assertEqual(name, "louder")
        self.assertTrue(uri.startswith(self.store.as_uri() + "/" + runs[0]["run"] + "/"), uri)

    def test_what_pipes_hand_each_other_is_gone_once_it_has_ended_well(self):
        for keep, count in (("everything", 3), ("outputs", 1), ("nothing", 0)):
            with self.subTest(keep=keep):
                out = self.folder / "out.txt"
                self.coffer("run", self.usual(), "-i", "text=-", "--keep", keep, "--run-id", "x", "-o", f"louder={out}",
                            stdin=b"hello\n")
                self.assertEqual(out.read_bytes(), b"HELLO!\n")
                self.assertEqual(len(self.objects()), count)
                self.assertEqual(self.journals(), ["x"] if count else [])
                self.coffer("runs", "dispose", "x")
                self.assertEqual(self.objects(), [])
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_a_name_that_others_have_is_refused(self):
        self.put("x/mine.txt")
        told = self.failure("run", self.usual(), "-i", "text=-", "--run-id", "x", code=1)
        self.assertRegex(told, r"already_exists|objects of that name")
        self.assertEqual(self.journals(), [])
        self.assertEqual(self.objects(), ["x/mine.txt"])
        self.assertRegex(self.failure("run", self.usual(), "-i", "text=-", "--run-id", "../x", code=2), r"run's id")
        self.assertRegex(self.failure("run", self.usual(), "-i", "text=-", "--run-id", "y", "--store", "mem://a", code=1),
                         r"keeps no journals")

    def test_the_last_json_line_names_the_run(self):
        lines = self.json_lines("run", self.usual(), "-i", "text=-", "--run-id", "x", stdin=b"hello\n")
        self.assertEqual(lines[0], {"event": "began", "run": "x"})
        self.assertEqual((lines[-1]["event"], lines[-1]["run"]), ("done", "x"))


    def test_a_pipe_that_fails_with_many_words_is_named_with_the_last(self):
        traceback = ["Traceback (most recent call last):", *(f'  File "job.py", line {i}, in frame' for i in range(15)),
                     "ValueError: frame 7 is broken"]
        fail = {"name": "fail", "reads": {"text": "stdin"}, "writes": {"out": {"from": "stdout"}},
                "command": ["sh", "-c", 'printf "%s\\n" "$@" >&2; exit 1', "sh", *traceback]}
        done = self.run_coffer("run", self.pipeline(fail, outputs=("out",)), "-i", "text=-", "--run-id", "x", "--json",
                               "--timeline", "run.html", stdin=b"hello")
        self.assertEqual(done.returncode, 1, done.stderr)
        end = r"ValueError: frame 7 is broken\)"
        self.assertRegex(done.stderr.decode().splitlines()[-1], rf'it said: …  File "job.py", line .*{end}$')
        events = [json.loads(line) for line in done.stdout.splitlines()]
        failed = [event for event in events if event.get("event") == "failed"]
        self.assertRegex(failed[0]["error"], end)
        self.assertRegex(self.show("x")["problem"], end)
        self.assertEqual(events[-1]["error"]["server_text"], "\n".join(traceback))
        page = (self.folder / "run.html").read_text(encoding="utf-8")
        for line in (traceback[0], traceback[-1]):
            self.assertEqual(page.count(line), 1)


class Resume(RunsTest):
    def test_what_had_finished_is_not_run_again(self):
        out = self.folder / "out.txt"
        command = self.killed_run("x", "-o", f"louder={out}")
        self.assertEqual(self.show("x")["status"], "interrupted")
        done = self.run_coffer("runs", "resume", "x")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(out.read_bytes(), b"HELLO!")
        self.assertEqual(self.ran(), {"shout": 1, "louden": 2})
        self.assertRegex(done.stderr.decode(), r"(?m)^coffer: .* shout: done before$")
        self.assertEqual(self.show("x")["status"], "finished")
        self.assertFalse(pathlib.Path(f"/proc/{command}/cmdline").exists() and
                         b"sleep" in pathlib.Path(f"/proc/{command}/cmdline").read_bytes(), "its command is alive")
        self.assertEqual(list(self.temporary.iterdir()), [])
        self.assertEqual(len(self.objects()), 1)

    def test_the_same_command_line_resumes_it_too(self):
        self.killed_run()
        printed = self.lines("run", "pipeline.json", "-i", "text=in.txt", "--run-id", "x")
        self.assertEqual(self.coffer("cat", printed[0].split("\t")[1]), b"HELLO!")
        self.assertEqual(self.ran(), {"shout": 1, "louden": 2})
        # It has ended well: only its result comes.
        self.assertEqual(self.lines("run", "pipeline.json", "-i", "text=in.txt", "--run-id", "x"), printed)
        self.assertEqual(self.lines("runs", "resume", "x"), printed)
        self.assertEqual(self.ran(), {"shout": 1, "louden": 2})

    def test_a_run_that_failed_goes_on_where_it_failed(self):
        fail, good = self.folder / "fail", self.folder / "good"
        path = self.usual(f"until test -e {fail}; do sleep 0.01; done; test -e {good} || exit 3; cat")
        process = self.start_coffer("run", path, "-i", f"text={self.file('in.txt', b'hello')}", "--run-id", "x")
        self.wait_for(lambda: self.run_coffer("runs", "show", "x").returncode == 0)
        self.wait_for(lambda: self.show("x")["pipes"]["shout"]["finished"])
        fail.touch()
        _, said = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(said.decode(), r"coffer runs resume x goes on")
        self.assertEqual(self.show("x")["status"], "failed")
        self.assertRegex(self.show("x")["problem"], r"'louden'")
        good.touch()
        self.assertRegex(self.coffer("runs", "resume", "x").decode(), r"^louder\t")
        self.assertEqual(self.ran(), {"shout": 1, "louden": 2})

    def test_what_has_changed_is_run_again_and_that_is_said(self):
        self.killed_run()
        program = self.file("program", b"#!/bin/sh\ncat\n")
        program.chmod(0o755)
        changed = self.pipeline(counted("shout", "text", "loud", "tr a-z A-Z; echo more"),
                                counted("louden", "loud", "louder", "cat"), name="changed.json")
        done = self.run_coffer("run", changed, "--run-id", "x")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr.decode(), r"shout: done before, and now again: its arguments")
        self.assertEqual(self.ran(), {"shout": 2, "louden": 2})
        self.assertEqual(len(self.objects()), 1)

    def test_another_input_file_is_stored_again(self):
        self.killed_run()
        self.file("in.txt", b"other")
        done = self.run_coffer("run", "pipeline.json", "-i", "text=in.txt", "--run-id", "x")
        self.assertRegex(done.stderr.decode(), r"text: done before, and now again: what it comes from has changed")
        self.assertEqual(self.coffer("cat", done.stdout.decode().strip().split("\t")[1]), b"OTHER!")
        self.assertEqual(self.ran(), {"shout": 2, "louden": 2})

    def test_an_input_that_is_given_anew_from_a_stream_is_stored_again(self):
        self.killed_run()
        done = self.run_coffer("run", "pipeline.json", "-i", "text=-", "--run-id", "x", stdin=b"other")
        self.assertRegex(done.stderr.decode(), r"text: done before, and now again: it was given anew")
        self.assertEqual(self.coffer("cat", done.stdout.decode().strip().split("\t")[1]), b"OTHER!")

    def test_what_it_stores_can_be_followed_as_before(self):
        waiting, go = self.folder / "waiting", self.folder / "go"
        path = self.usual(f"cat; touch {waiting}; until test -e {go}; do sleep 0.01; done")
        first = self.start_coffer("run", path, "-i", f"text={self.file('in.txt', b'hello')}", "--live", "--run-id", "x",
                                  "-o", f"louder={self.store.as_uri()}/out")
        self.wait_for(waiting.exists)
        self.wait_for(lambda: self.show("x")["pipes"]["shout"]["finished"])
        first.kill()
        first.wait(DEADLINE)
        waiting.unlink()
        resumed = self.start_coffer("runs", "resume", "x")
        self.wait_for(waiting.exists)
        follower = self.start_coffer("cat", "--follow", "out")
        self.assertTrue(select.select([follower.stdout], [], [], DEADLINE)[0], "nothing comes before the end")
        self.assertEqual(os.read(follower.stdout.fileno(), 5), b"HELLO")
        go.touch()
        for process in (resumed, follower):
            _, said = process.communicate(timeout=DEADLINE)
            self.assertEqual(process.returncode, 0, said)

    def test_an_input_from_a_stream_that_was_not_stored_as_a_whole_has_to_be_given_again(self):
        process = self.start_coffer("run", self.usual(), "-i", "text=-", "--run-id", "x")
        process.stdin.write(b"hello")
        process.stdin.flush()
        self.wait_for(lambda: self.run_coffer("runs", "show", "x").returncode == 0)
        process.kill()
        process.wait(DEADLINE)
        self.assertRegex(self.failure("runs", "resume", "x", code=2), r"input text .*stream.*--run-id x -i text=")
        self.assertRegex(self.failure("run", "pipeline.json", "--run-id", "x", code=2), r"'text' was not stored as a whole")
        self.coffer("run", "pipeline.json", "--run-id", "x", "-i", "text=-", stdin=b"hello")

    def test_two_that_resume_one_run_are_told_of_each_other(self):
        waiting = self.folder / "waiting"
        path = self.usual(f'touch {waiting}; exec sleep 1000')
        first = self.start_coffer("run", path, "-i", f"text={self.file('in.txt')}", "--run-id", "x")
        self.wait_for(waiting.exists)
        told = self.failure("runs", "resume", "x", code=1)
        self.assertRegex(told, rf"run x is at work in process {first.pid} on \S+ since 20")
        self.assertRegex(self.failure("runs", "dispose", "x", code=1), rf"process {first.pid}")
        self.assertEqual(self.show("x")["holder"]["pid"], first.pid)
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(DEADLINE), 130)
        self.assertEqual(self.show("x")["status"], "failed")

    def test_a_run_that_is_not_there_or_of_a_newer_program_is_refused(self):
        self.assertRegex(self.failure("runs", "resume", "nobody", code=3), r"there is no run .nobody.")
        self.assertRegex(self.failure("runs", "show", "nobody", code=3), r"there is no run .nobody.")
        self.killed_run()
        segment = self.store / ".coffer/runs/x/000001.seg"
        whole = segment.read_bytes()
        segment.write_bytes(whole.replace(b"hello", b"jello").replace(b'"pipe": "shout"', b'"pipe": "shoot"', 1))
        self.assertRegex(self.failure("runs", "resume", "x", code=1), r"damaged in its segment 000001\.seg at byte [0-9]+")
        self.assertRegex(self.lines("runs", "list")[0], r"^x +unreadable .*000001\.seg")
        self.assertRegex(self.failure("runs", "dispose", "x", code=1), r"journal of the run x is damaged")
        objects = self.objects()
        self.coffer("runs", "dispose", "x", "--keep", "everything")
        self.assertEqual((self.objects(), self.journals()), (objects, []))


class ResumeBatch(RunsTest):
    def setUp(self):
        super().setUp()
        self.words = self.folder / "words"
        self.words.mkdir()
        for name in ("a", "b", "c"):
            (self.words / name).write_text(f"word {name}")

    def batch(self):
        """Each word in the ledger when it begins; the last one waits until there is a file."""
        script = 'w=$(cat); echo "$w" >> "$0"; case $w in *c) until test -e "$1"; do sleep 0.01; done;; esac; echo "$w!"'
        text = {"coffer_pipeline": 1, "name": "batch", "inputs": {"words": {"type": "text/plain", "list": True}},
                "outputs": ["loud"],
                "pipes": [{"name": "each", "batch": {"over": "words", "item": "word", "at_most": 1},
                           "reads": {"word": "stdin"}, "writes": {"loud": {"from": "stdout", "type": "text/plain"}},
                           "command": ["sh", "-c", script, str(self.ledger), str(self.folder / "go")]}]}
        return self.file("batch.json", json.dumps(text).encode())

    def killed_batch(self):
        process = self.start_coffer("run", self.batch(), "-i", "words=words/", "-o", "loud=loud/", "--run-id", "x")
        self.wait_for(lambda: len(self.ran()) == 3 and self.show("x")["pipes"]["each"].get("elements") == 2)
        process.kill()
        process.wait(DEADLINE)
        (self.folder / "go").touch()

    def loud(self):
        return [(self.folder / "loud" / name).read_text() for name in sorted(os.listdir(self.folder / "loud"))]

    def test_elements_that_were_done_are_not_done_again(self):
        self.killed_batch()
        self.assertEqual(self.show("x")["inputs"]["words"]["uri"], self.words.as_uri() + "/")
        done = self.run_coffer("runs", "resume", "x")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"each: 2 elements done before\n", done.stderr)
        self.assertEqual(self.loud(), ["word a!\n", "word b!\n", "word c!\n"])
        self.assertEqual(self.ran(), {"word a": 1, "word b": 1, "word c": 2})
        self.assertEqual(len(self.objects()), 4)
        self.coffer("runs", "dispose", "x", "--keep", "outputs")
        self.assertEqual(len(self.objects()), 4)

    def killed_while_it_is_filled(self):
        """A command makes the list, which had not ended, for all that its two elements were done."""
        script = 'printf "word a" > "$2/1"; cp "$1" "$2/2"; until test -e "$0"; do sleep 0.01; done'
        path = self.batch()
        text = json.loads(path.read_bytes())
        text["inputs"] = {}
        text["pipes"].insert(0, {"name": "fill", "writes": {"words": {"from": "folder", "type": "text/plain"}},
                                 "command": ["sh", "-c", script, str(self.folder / "go"), str(self.words / "b"), "{words}"]})
        path.write_text(json.dumps(text))
        process = self.start_coffer("run", path, "-o", "loud=loud/", "--run-id", "x")
        self.wait_for(lambda: len(self.ran()) == 2 and self.show("x")["pipes"]["each"].get("elements") == 2)
        process.kill()
        process.wait(DEADLINE)
        (self.folder / "go").touch()

    def test_where_the_list_is_made_again_elements_that_are_what_they_were_are_not_done_again(self):
        self.killed_while_it_is_filled()
        done = self.run_coffer("runs", "resume", "x")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"each: 2 elements done before\n", done.stderr)
        self.assertEqual(self.loud(), ["word a!\n", "word b!\n"])
        self.assertEqual(self.ran(), {"word a": 1, "word b": 1})
        self.assertEqual(len(self.objects()), 3)

    def test_where_the_list_is_made_again_those_that_hold_something_else_are(self):
        self.killed_while_it_is_filled()
        (self.words / "b").write_text("word B")
        self.coffer("runs", "resume", "x")
        self.assertEqual(self.loud(), ["word a!\n", "word B!\n"])
        self.assertEqual(self.ran(), {"word a": 1, "word b": 1, "word B": 1})
        self.assertEqual(len(self.objects()), 3)

    def test_where_a_file_of_the_list_has_changed_that_one_is_done_again(self):
        self.killed_batch()
        (self.words / "a").write_text("word A")
        self.coffer("runs", "resume", "x")
        self.assertEqual(self.loud(), ["word A!\n", "word b!\n", "word c!\n"])
        self.assertEqual(self.ran(), {"word a": 1, "word b": 1, "word c": 2, "word A": 1})
        self.coffer("runs", "dispose", "x")
        self.assertEqual((self.objects(), self.journals()), ([], []))


class NestedRuns(RunsTest):
    """A pipeline in a file of its own is a pipe of another one."""

    def files(self):
        inner = {"coffer_pipeline": 1, "name": "inner", "inputs": {"in": {}}, "outputs": ["out"],
                 "pipes": [counted("shout", "in", "loud", "tr a-z A-Z"), counted("mark", "loud", "out", 'sed "s/$/!/"')]}
        text = json.dumps(inner).replace('"LEDGER"', json.dumps(str(self.ledger)))
        self.file("parts/inner.json", text.encode())
        last = counted("last", "louder", "end", f"test -e {self.folder}/go || exit 3; cat")
        return self.pipeline({"name": "n", "pipeline": "parts/inner.json", "inputs": {"in": "text"},
                              "outputs": {"out": "louder"}}, last, outputs=("end",))

    def test_it_is_resumed_from_the_journal_when_the_files_are_gone(self):
        failed = self.run_coffer("run", self.files(), "-i", f"text={self.file('in.txt', b'hello')}", "--run-id", "x",
                                 "--no-overlap", "-o", "end=out.txt")
        self.assertEqual(failed.returncode, 1, failed.stderr)
        self.assertEqual(self.ran(), {"shout": 1, "mark": 1, "last": 1})
        self.assertEqual(sorted(self.show("x")["pipes"]), ["last", "n/mark", "n/shout"])
        (self.folder / "parts/inner.json").unlink()
        (self.folder / "pipeline.json").unlink()
        (self.folder / "go").touch()
        done = self.run_coffer("runs", "resume", "x", "--timeline", "t.html")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"n/shout: done before", done.stderr)
        self.assertEqual((self.folder / "out.txt").read_bytes(), b"HELLO!")
        self.assertEqual(self.ran(), {"shout": 1, "mark": 1, "last": 2})
        self.assertIn("n/mark", (self.folder / "t.html").read_text())

    def test_what_its_pipes_have_made_is_taken_by_a_later_run(self):
        path, text = self.files(), self.file("in.txt", b"hello")
        (self.folder / "go").touch()
        for run in ("x", "y"):
            done = self.run_coffer("run", path, "-i", f"text={text}", "--run-id", run, "--reuse", "--keep", "everything",
                                   "--no-overlap")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr.decode(), r"n/shout: taken from the run x")
        self.assertEqual(self.ran(), {"shout": 1, "mark": 1, "last": 1})
        self.coffer("runs", "dispose", "y", "x")
        self.assertEqual((self.objects(), self.journals()), ([], []))

    def test_check_shows_its_pipes_and_names_its_file_line_and_column(self):
        path = self.files()
        self.assertRegex(self.coffer("check", path).decode(), r"(?m)^  n/mark starts as soon as n/loud is being written$")
        self.file("parts/inner.json", b'{"coffer_pipeline": 1,\n "nam": "x"}')
        self.assertRegex(self.failure("check", path, code=1),
                         r"pipeline\.json:1:[0-9]+: error: pipes\[0\]\.pipeline: .*parts/inner\.json: line [12], column [0-9]+: ")
        self.file("parts/inner.json", path.read_bytes().replace(b"parts/inner.json", b"../pipeline.json"))
        self.assertRegex(self.failure("check", path, code=1),
                         r"a circle of files: .*/pipeline\.json -> .*/parts/inner\.json -> .*/pipeline\.json")
        (self.folder / "parts/inner.json").unlink()
        self.assertRegex(self.failure("run", path, "-i", "text=-", code=1), r"parts/inner\.json cannot be read: ")


if __name__ == "__main__":
    main()
